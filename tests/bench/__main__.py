"""Measurements: of speed and scale, or one of the long proofs."""

from __future__ import annotations

import argparse
import sys

from . import faults, kill, life, mutants, speed


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"{', '.join(speed.PARTS)}; or all"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small sizes; only prints the report"
    )
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
    parser.add_argument(
        "--faults",
        choices=("play", "write"),
        nargs="?",
        const="play",
        help="every fault of both servers at every route; `write` renews the table",
    )
    parser.add_argument(
        "--life",
        nargs="?",
        type=int,
        const=200,
        metavar="DAYS",
        help="follow an account for many days and incidents (200)",
    )
    parser.add_argument("--seed", type=int, default=1, help="of what people do in them")
    arguments = parser.parse_args()
    if arguments.faults is not None:
        return faults.main(write=arguments.faults == "write")
    if arguments.life is not None:
        return life.main(arguments.life, arguments.seed)
    if arguments.kill is not None:
        return kill.main(arguments.kill)
    if arguments.mutants is not None:
        return mutants.main(arguments.mutants)
    return speed.main(arguments.parts, quick=arguments.quick)


if __name__ == "__main__":
    sys.exit(main())
