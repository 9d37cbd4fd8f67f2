"""`./dev test`: lint, pytest, Odoo's tests and the browser tours.

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

from tools import browser, cache, databases, lint, odoo, packages, ui
from tools.postgres import start_postgres
from tools.setup import ensure_all, ensure_template

# Browser tests carry this tag beside `post_install`; they run last and on their own.
TOUR_TAG = "tour"
ODOO_TESTS = cache.ROOT / odoo.MODULE / "tests"


def main(arguments: list[str]) -> int:
    """Run the named part, or all of them, going on when one has failed."""
    parts = {
        "lint": lambda rest: lint.main([]),
        "services": lambda rest: _pytest("tests", "--ignore=tests/simulators", *rest),
        "simulators": lambda rest: _pytest("tests/simulators", *rest),
        "odoo": lambda rest: _odoo("odoo", f"/{odoo.MODULE},-{TOUR_TAG}"),
        "tours": _tours,
    }
    name, rest = (arguments[0], arguments[1:]) if arguments else ("all", [])
    if name.startswith("-"):
        name, rest = "all", arguments
    if name != "all" and name not in parts:
        raise ui.Failure(
            f"there is no part `{name}`; the parts are {', '.join(parts)} and all."
        )
    if rest and name not in ("all", "services", "simulators"):
        raise ui.Failure(f"the part `{name}` takes no further arguments.")
    started = time.monotonic()
    if name == "all":
        outcomes = {
            "lint": _part("lint", parts["lint"], rest),
            "pytest": _part("pytest", lambda more: _pytest("tests", *more), rest),
            "odoo": _part("odoo", parts["odoo"], rest),
            "tours": _part("tours", parts["tours"], rest),
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


def _pytest(*arguments: str) -> int:
    python = packages.ensure_packages() / "bin" / "python"
    # Two workers at least pay off; a single file or -k is quicker without.
    spread = ["-n", str(min(os.cpu_count() or 1, 8))] if len(arguments) <= 2 else []
    return subprocess.run(
        [python, "-m", "pytest", *spread, *arguments],
        cwd=cache.ROOT,
        env={**os.environ, "PYTHONPATH": str(cache.ROOT)},
        stdin=subprocess.DEVNULL,
    ).returncode


def _tours(_rest: list[str]) -> int:
    browser.ensure_browser()
    return _odoo("tours", f"{TOUR_TAG}/{odoo.MODULE}")


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
_STARTING = re.compile(r" INFO \S+ \S+: Starting (\S+\.\S+) \.\.\.")
_LOADING = re.compile(r" odoo\.modules\.loading: Loading module (\S+) \((\d+/\d+)\)")


def _odoo(name: str, tags: str) -> int:
    """Install the addon in a copy of the prepared database and run the tests of `tags`.

    Fails on a failed or skipped test, on a run without a result, on any warning or
    error in Odoo's log that is not on the allow-list.
    """
    if not _has_tests(name == "tours"):
        ui.say(f"{name}: the addon has none yet")
        return 0
    ensure_all()
    ensure_template()
    database = databases.copy_template(f"{databases.TEST}_{os.getpid()}")
    # Odoo does so itself where it is in test mode from the start: no onboarding tour
    # of another module starts by itself in the midst of ours.
    start_postgres().query("UPDATE res_users SET tour_enabled = FALSE", database)
    log = cache.cache() / f"{name}.log"
    try:
        with ui.step(f"Odoo: installing the addon, running {name}"):
            status, outcome = _run_logged(database, tags, log)
    finally:
        databases.drop(database)
    for line in (*outcome.skipped, *outcome.trouble):
        print(line)
    if status != 0 and not outcome.trouble:
        print("\n".join(log.read_text(errors="replace").splitlines()[-40:]))
    bad = outcome.failed + outcome.errors
    good = outcome.tests - bad - len(outcome.skipped)
    print(f"{name}: {good} passed, {bad} failed", flush=True)
    if outcome.trouble:
        ui.say(f"{len(outcome.trouble)} warnings or errors; the whole log: {log}")
    broken = status or bad or outcome.skipped or outcome.trouble
    return 1 if broken or not outcome.tests else 0


def _run_logged(database: str, tags: str, log: Path) -> tuple[int, Outcome]:
    allowed = odoo.allowed_messages()
    outcome = Outcome()
    command = odoo.odoo_command(
        f"--database={database}",
        f"--init={odoo.MODULE}",
        f"--test-tags={tags}",
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
    elif found := _STARTING.search(line):
        print(f"  {found[1]}", flush=True)


def _has_tests(tours: bool) -> bool:
    """Whether the addon has Odoo tests of this sort in its sources."""
    tag = re.compile(rf"@tagged\(.*[\"']{TOUR_TAG}[\"']", re.DOTALL)
    sources = [path.read_text() for path in ODOO_TESTS.glob("test_*.py")]
    with_tours = [source for source in sources if tag.search(source)]
    return bool(with_tours) if tours else len(with_tours) < len(sources)
