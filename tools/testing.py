"""`./dev test`: lint, pytest, Odoo's tests, browser tours, uninstalling and the demo.

pytest and Odoo print on standard output, which CI reads.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tools import (
    browser,
    cache,
    databases,
    demo_check,
    lint,
    odoo,
    packages,
    ui,
    uninstall_check,
)
from tools.postgres import start_postgres
from tools.setup import ensure_all, ensure_template

# Browser tests carry this tag beside `post_install`; they run last and on their own.
TOUR_TAG = "tour"
# These start Odoos of their own, as many as there are cores.
NOT_PROCESSES = "--ignore=tests/processes"
ODOO_TESTS = cache.ROOT / odoo.MODULE / "tests"


def main(arguments: list[str]) -> int:
    """Run the named part, or all of them, going on when one has failed."""
    parts = {
        "lint": lambda rest: lint.main([]),
        "pytest": lambda rest: _pytest(["tests", NOT_PROCESSES], rest),
        "services": lambda rest: _pytest(
            ["tests", "--ignore=tests/simulators", NOT_PROCESSES], rest
        ),
        "simulators": lambda rest: _pytest(["tests/simulators"], rest),
        "processes": lambda rest: _pytest([], ["tests/processes", "-v", *rest]),
        "odoo": _odoo_tests,
        "tours": _tours,
        "uninstall": uninstall_check.main,
        "demo": demo_check.main,
    }
    name, rest = (arguments[0], arguments[1:]) if arguments else ("all", [])
    if name.startswith("-"):
        name, rest = "all", arguments
    if name != "all" and name not in parts:
        raise ui.Failure(
            f"there is no part `{name}`; the parts are {', '.join(parts)} and all."
        )
    started = time.monotonic()
    if name == "all":
        # What is not for pytest takes no arguments here.
        outcomes = {
            part: _part(part, parts[part], rest if part == "pytest" else [])
            for part in (
                *("lint", "pytest", "processes"),
                *("odoo", "tours", "uninstall", "demo"),
            )
        }
    else:
        outcomes = {name: _part(name, parts[name], rest)}
    sys.stdout.flush()
    ui.say(
        "\n"
        + ", ".join(f"{n}: {'ok' if ok else 'FAILED'}" for n, ok in outcomes.items())
        + f" ({time.monotonic() - started:.0f} s)"
    )
    return 0 if all(outcomes.values()) else 1


def _part(name: str, run: Callable[[list[str]], int], rest: list[str]) -> bool:
    ui.say(f"\n=== {name}")
    try:
        return run(rest) == 0
    except ui.Failure as failure:
        ui.say(f"{name}: {failure}")
        return False


def _pytest(paths: list[str], arguments: list[str]) -> int:
    python = packages.ensure_packages() / "bin" / "python"
    # All of them are spread over the cores; a chosen few are quicker without.
    spread = [] if arguments else ["-n", str(min(os.cpu_count() or 1, 8))]
    return subprocess.run(
        [python, "-m", "pytest", *spread, *paths, *arguments],
        cwd=cache.ROOT,
        env={**os.environ, "PYTHONPATH": str(cache.ROOT)},
        stdin=subprocess.DEVNULL,
    ).returncode


def _odoo_tests(chosen: list[str]) -> int:
    return _odoo("odoo", f"/{odoo.MODULE}{_chosen(chosen)},-{TOUR_TAG}")


def _tours(chosen: list[str]) -> int:
    browser.ensure_browser()
    return _odoo("tours", f"{TOUR_TAG}/{odoo.MODULE}{_chosen(chosen)}")


def _chosen(arguments: list[str]) -> str:
    """Odoo's way to name a class or a method: `TestLink`, `TestLink.test_unique`."""
    if len(arguments) > 1:
        raise ui.Failure("name one test class or one CLASS.METHOD.")
    return f":{arguments[0]}" if arguments else ""


@dataclass
class Outcome:
    """What the log of one test run tells."""

    tests: int = 0
    failed: int = 0
    errors: int = 0
    skipped: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)


_RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")
_SKIPPED = re.compile(r" INFO \S+ \S+: skipped (.*)")
_SCREENSHOT = re.compile(r"Screenshot in: (.*)")
_STARTING = re.compile(r" INFO \S+ \S+: Starting (\S+\.\S+) \.\.\.")


def _odoo(name: str, tags: str) -> int:
    """Install the addon in a copy of the prepared database and run the tests of `tags`.

    Fails on a failed or skipped test, on a run without a result, on any warning or
    error in Odoo's log that is not on the allow-list.
    """
    has_tests = _has_tests(name == "tours")
    if not has_tests:
        ui.say(f"{name}: the addon has no such test yet")
        if name == "tours":
            return 0
    ensure_all()
    ensure_template()
    databases.drop_abandoned()
    database = databases.copy_template(f"{databases.TEST_PREFIX}{os.getpid()}")
    # Odoo does so itself where it is in test mode from the start: no onboarding tour
    # of another module starts by itself in the midst of ours.
    start_postgres().query("UPDATE res_users SET tour_enabled = FALSE", database)
    log = cache.cache() / f"{name}.log"
    try:
        with ui.step(f"Odoo: installing the addon, running {name}"):
            options = [f"--test-tags={tags}"] if has_tests else []
            status, outcome = _run_logged(database, options, log)
    finally:
        databases.drop(database)
    for line in (*outcome.skipped, *outcome.trouble):
        print(line)
    if status != 0 and not outcome.trouble:
        print("\n".join(log.read_text(errors="replace").splitlines()[-40:]))
    bad = outcome.failed + outcome.errors
    good = outcome.tests - bad - len(outcome.skipped)
    skipped = f", {len(outcome.skipped)} skipped" if outcome.skipped else ""
    print(f"{name}: {good} passed, {bad} failed{skipped}", flush=True)
    if outcome.trouble:
        ui.say(f"{len(outcome.trouble)} warnings or errors; the whole log: {log}")
    broken = status or bad or outcome.skipped or outcome.trouble
    return 1 if broken or bool(outcome.tests) != has_tests else 0


def _run_logged(database: str, options: list[str], log: Path) -> tuple[int, Outcome]:
    allowed = odoo.allowed_messages()
    outcome = Outcome()
    command = odoo.odoo_command(
        f"--database={database}",
        f"--init={odoo.MODULE}",
        *options,
        f"--http-port={odoo.free_port()}",
        "--stop-after-init",
    )
    process = subprocess.Popen(
        command,
        env=odoo.odoo_env(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    in_trouble = False
    with process, open(log, "w") as copy:
        for line in process.stdout:
            copy.write(line)
            _read(line, outcome)
            # A traceback follows its line and belongs to it.
            if odoo.is_log_line(line):
                in_trouble = odoo.is_trouble(line, allowed)
            if in_trouble:
                outcome.trouble.append(line.rstrip())
    return process.returncode, outcome


def _read(line: str, outcome: Outcome) -> None:
    if found := _RESULT.search(line):
        outcome.failed, outcome.errors, outcome.tests = map(int, found.groups())
    elif found := _SKIPPED.search(line):
        outcome.skipped.append(f"skipped {found[1].rstrip()}")
    elif found := _SCREENSHOT.search(line):
        print(f"  screenshot: {found[1]}", flush=True)
    elif found := _STARTING.search(line):
        print(f"  {found[1]}", flush=True)


def _has_tests(tours: bool) -> bool:
    """Whether the addon has Odoo tests of this sort in its sources."""
    tag = re.compile(rf"@tagged\(.*[\"']{TOUR_TAG}[\"']", re.DOTALL)
    sources = [path.read_text() for path in ODOO_TESTS.glob("test_*.py")]
    with_tours = [source for source in sources if tag.search(source)]
    return bool(with_tours) if tours else len(with_tours) < len(sources)
