"""Measurements: ``python -m tests.bench --mutants``, ``--kill``."""

from __future__ import annotations

import argparse
import sys

from . import kill, mutants


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument(
        "--mutants",
        nargs="*",
        metavar="NAME",
        help="break the engine on purpose, each in turn, and see the tests fail",
    )
    parser.add_argument(
        "--kill",
        nargs="*",
        metavar="TRIAL",
        help="kill Odoo at each request and each commit in turn; nothing may be lost",
    )
    arguments = parser.parse_args()
    if arguments.kill is not None:
        return kill.main(arguments.kill)
    if arguments.mutants is None:
        parser.print_help()
        return 2
    return mutants.main(arguments.mutants)


if __name__ == "__main__":
    sys.exit(main())
