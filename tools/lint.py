"""`./dev lint`: everything that can be said without running the code."""

import argparse
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools import cache, node, packages, ui
from tools.odoo import MODULE

FORMATTED = (".css", ".js", ".scss", ".xml")
# Not for us: one README in Markdown, and static/description/index.html for Odoo.
OCA_DISABLED = ("prefer-readme-rst",)


@dataclass(frozen=True)
class Check:
    """One command that must end with status 0, and how to put right what it finds."""

    name: str
    command: list[str]
    fix: list[str] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    """Run all checks; 0 if none found anything. `--fix` first corrects what it can."""
    parser = argparse.ArgumentParser(prog="./dev lint")
    parser.add_argument(
        "--fix", action="store_true", help="correct what can be corrected by itself"
    )
    options = parser.parse_args(arguments)
    checks = list(all_checks())
    if options.fix:
        for check in checks:
            if check.fix:
                _run(check.fix)
    failed = [check.name for check in checks if not _passes(check)]
    if failed:
        ui.say(f"lint: {', '.join(failed)} found something (./dev lint --fix may help)")
        return 1
    ui.say(f"lint: nothing found by {', '.join(check.name for check in checks)}")
    return 0


def all_checks() -> Iterator[Check]:
    """The checks, cheapest first."""
    tool = packages.ensure_packages() / "bin"
    ruff = str(tool / "ruff")
    yield Check("ruff check", [ruff, "check", "."], [ruff, "check", "--fix", "."])
    yield Check("ruff format", [ruff, "format", "--check", "."], [ruff, "format", "."])
    yield Check(
        "layers",
        [str(tool / "python"), "-m", "pytest", "-q", "tests/test_layers.py"],
    )
    yield Check(
        "dependencies", [str(tool / "python"), "-m", "tools.audit", "--offline"]
    )
    mypy = str(tool / "mypy")
    yield Check("mypy services", [mypy, "-p", f"{MODULE}.services"])
    yield Check("mypy tools", [mypy, "tools"])
    pylint = str(tool / "pylint")
    yield Check("pylint-odoo", [pylint, "--ignore-paths=.*/services/.*", MODULE])
    # Plain classes are no models: their `create` has no parent's method to call, and
    # what they override may return nothing.
    plain = "--disable=method-required-super,missing-return"
    yield Check("pylint-odoo services", [pylint, plain, f"{MODULE}/services"])
    yield Check(
        "OCA hooks",
        [
            str(tool / "oca-checks-odoo-module"),
            f"--disable={','.join(OCA_DISABLED)}",
            MODULE,
        ],
    )
    translations = _sources((".po", ".pot"))
    if translations:
        # It would empty what a language spells as English does, so that nobody could
        # tell it from what is not translated yet.
        spelled = "--disable=po-pretty-format"
        yield Check("OCA po", [str(tool / "oca-checks-po"), spelled, *translations])
    formatted = _sources(FORMATTED)
    if formatted:
        prettier = node.ensure_prettier()
        yield Check(
            "prettier",
            [*prettier, "--check", *formatted],
            [*prettier, "--write", *formatted],
        )


def _sources(endings: tuple[str, ...]) -> list[str]:
    found = (cache.ROOT / MODULE).rglob("*")
    return sorted(
        str(path.relative_to(cache.ROOT)) for path in found if path.suffix in endings
    )


def _passes(check: Check) -> bool:
    done = _run(check.command)
    printed = (done.stdout + done.stderr).strip()
    if done.returncode:
        print(f"--- {check.name}\n{printed}", flush=True)
        return False
    ui.say(f"· {check.name}: nothing")
    return True


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ["PATH"]])
    return subprocess.run(
        command,
        cwd=cache.ROOT,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(cache.ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
