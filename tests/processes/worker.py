"""``python -m tests.processes.worker TRIAL``: the points of one trial, or some.

Runs with Odoo's environment (`tools.odoo.odoo_env`). Prints JSON, a line each: first
what there is to try, then each outcome.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import traceback
from collections.abc import Callable

from . import database, together
from .boundaries import Point
from .stage import Stage
from .trial import TRIALS, Trier

SEED = 20260101
CHECKS = {check.__name__: check for check in (*together.CHECKS, database.collisions)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trial", choices=TRIALS)
    parser.add_argument("--sample", type=int, help="so many of them, by a fixed seed")
    parser.add_argument("--share", default="1/1", help="part of the work, as 1/2")
    parser.add_argument("--point", nargs="*", type=int, help="these of the list only")
    parser.add_argument("--check", nargs="*", choices=CHECKS, metavar="CHECK")
    parser.add_argument("--crash", help="a script that lets PostgreSQL crash")
    parser.add_argument("--source", required=True, help="a database with the addon")
    options, odoo_options = parser.parse_known_args()
    begun = time.monotonic()
    stage = Stage(options.source, odoo_options)
    try:
        trier = Trier(stage, TRIALS[options.trial])
        points = trier.reference.points
        _say(
            trial=options.trial,
            points=[str(point) for point in points],
            seconds=round(time.monotonic() - begun, 1),
        )
        if options.check is not None:
            _check(trier, options.check or list(CHECKS))
        if options.crash:
            crash = [sys.executable, options.crash]
            _say_check("crashes", lambda: database.crashes(trier, crash))
        if options.check is not None or options.crash:
            return 0
        for number in _chosen(points, options):
            begun = time.monotonic()
            outcome = trier.kill(points[number])
            seconds = round(time.monotonic() - begun, 2)
            _say(number=number, seconds=seconds, **outcome.plain())
    finally:
        stage.close()
    return 0


def _check(trier: Trier, names: list[str]) -> None:
    for name in names:
        _say_check(name, lambda name=name: CHECKS[name](trier))


def _say_check(name: str, check: Callable[[], list[str]]) -> None:
    begun = time.monotonic()
    try:
        wrong = check()
    except Exception:
        wrong = [traceback.format_exc()]
    _say(check=name, wrong=wrong, seconds=round(time.monotonic() - begun, 2))


def _chosen(points: list[Point], options: argparse.Namespace) -> list[int]:
    numbers = list(range(len(points)))
    if options.point is not None:
        return [number for number in numbers if number in options.point]
    if options.sample and options.sample < len(numbers):
        numbers = sorted(random.Random(SEED).sample(numbers, options.sample))
    part, parts = map(int, options.share.split("/"))
    return numbers[part - 1 :: parts]


def _say(**values: object) -> None:
    print(json.dumps(values, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
