"""The commands of `./dev`."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from typing import cast

from tools import cache, databases, odoo, packages, ui
from tools.setup import ensure_all

USAGE = """\
usage: ./dev COMMAND [ARGUMENTS]

  demo [--once] [--json] [--screenshots DIR]
                           simulators, Odoo with the addon, three accounts, first sync
  test [PART] [ARGUMENTS]  PART: lint, services, simulators, pytest (both), processes,
                           odoo, tours, uninstall, demo or all (the default); ARGUMENTS
                           go to pytest, or name one Odoo test: CLASS or CLASS.METHOD
  lint [--fix]             everything that can be said without running the code
  audit [--offline]        pins, unused and undeclared packages, advisories
  bench [ARGUMENTS]        measurements; --mutants proves the tests
  i18n                     renew the translations' files; tells what they lack
  odoo ARGUMENTS           Odoo with this addon, such as -d mine -i {module}
  shell [-d DATABASE]      a Python shell of Odoo, on the demo's database by default

Set-up is done as needed and kept in {cache} (root's database server
also in /var/cache/notes_zoho_sync). Removing that undoes it.
NZS_CACHE, DEBIAN_MIRROR, ODOO_PATH and PGHOST change where things come from.
"""


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    # Cleaning up (PostgreSQL, Odoo) is done on the way out, so a polite end is wanted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    command = COMMANDS.get(name)
    try:
        if command is None:
            print(USAGE.format(module=odoo.MODULE, cache=cache.cache()), end="")
            return 0 if name in ("help", "-h", "--help") else 2
        return command(rest)
    except ui.Failure as failure:
        ui.say(f"\n./dev {name}: {failure}")
        return 1
    except KeyboardInterrupt:
        ui.say("\nStopped.")
        return 130


def _tool(module: str) -> Callable[[list[str]], int]:
    """A command that lives in a module of its own, imported when it is asked for."""

    def command(arguments: list[str]) -> int:
        return int(import_module(module).main(arguments))

    return command


def _odoo(arguments: list[str]) -> int:
    ensure_all()
    name = _database(arguments)
    if name and not databases.exists(name):
        ui.say(f"· The database {name} is new: a copy of the prepared one")
        databases.copy_template(name)
    return databases.run_odoo(*arguments)


def _database(arguments: list[str]) -> str | None:
    """The database that Odoo's options name, if they name one."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-d", "--database")
    return cast(str | None, parser.parse_known_args(arguments)[0].database)


def _shell(arguments: list[str]) -> int:
    ensure_all()
    if not _database(arguments):
        if not databases.exists(databases.DEMO):
            raise ui.Failure(
                "There is no demo database yet. Run `./dev demo --once` first, or name "
                "another one: `./dev shell -d NAME`."
            )
        arguments = [f"--database={databases.DEMO}", *arguments]
    return databases.run_odoo("shell", "--no-http", *arguments)


def _bench(arguments: list[str]) -> int:
    script = cache.ROOT / "tests" / "bench" / "__main__.py"
    if not script.exists():
        raise ui.Failure("There are no benchmarks in tests/bench yet.")
    return subprocess.run(
        [packages.python(), "-m", "tests.bench", *arguments],
        cwd=cache.ROOT,
        env={**os.environ, "PYTHONPATH": str(cache.ROOT)},
    ).returncode


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "demo": _tool("tools.demo"),
    "test": _tool("tools.testing"),
    "lint": _tool("tools.lint"),
    "audit": _tool("tools.audit"),
    "bench": _bench,
    "i18n": _tool("tools.i18n"),
    "odoo": _odoo,
    "shell": _shell,
}
