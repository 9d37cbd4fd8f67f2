"""Measurements: ``python -m tests.bench --mutants``."""

from __future__ import annotations

import argparse
import sys

from . import mutants


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument(
        "--mutants",
        nargs="*",
        metavar="NAME",
        help="break the engine on purpose, each in turn, and see the tests fail",
    )
    arguments = parser.parse_args()
    if arguments.mutants is None:
        parser.print_help()
        return 2
    return mutants.main(arguments.mutants)


if __name__ == "__main__":
    sys.exit(main())
