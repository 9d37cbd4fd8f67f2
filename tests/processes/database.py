"""A database that gets in the way in the midst of a run: it cannot serialize what
two transactions did, or it crashes and comes back.

Each check gives sentences of what is wrong.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from typing import Any

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from .boundaries import Point, crossed
from .stage import fork
from .trial import Trier, sync

SEED = 20260102
#: Rows that a run writes, touched by somebody else beside it.
TOUCH = (
    "UPDATE notes_zoho_account SET write_date = now()",
    "UPDATE notes_zoho_org SET write_date = now()",
    "UPDATE notes_zoho_run SET write_date = now()",
    "UPDATE notes_zoho_link SET write_date = now()",
    "UPDATE notes_zoho_change SET read_at = read_at",
    "UPDATE notes_zoho_cursor SET data = data",
)


def collide(database: str) -> None:
    """Write to all that a run writes to, except for what it holds itself."""
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
            for statement in TOUCH:
                try:
                    cursor.execute(statement)
                except psycopg2.errors.LockNotAvailable:
                    continue
    finally:
        connection.close()


def _points(trier: Trier, number: int) -> list[Point]:
    """Some of the points after what a run begins with, by a fixed seed."""
    points = trier.reference.points
    later = [point for point in points[10:] if point.boundary != "before commit"]
    return random.Random(SEED).sample(later, number)


def collisions(trier: Trier) -> list[str]:
    """Somebody else writes to the same rows while a run is at it, at several points."""
    wrong = []
    for point in _points(trier, 6):

        def disturbed(env: Any, point: Point = point) -> list[list[Any]]:
            with crossed(point, lambda: collide(env.cr.dbname)):
                return sync(env)

        with trier.stage.again() as servers:
            ended = trier.stage.odoo(disturbed)
            found = ended.trouble + ([ended.error] if ended.error else [])
            for state, _ in ended.value or ():
                if state != "done":
                    found.append(f"a run is {state}")
            wrong += [f"{point}: {each}" for each in found + trier.rest(servers)]
    return wrong


def crashes(trier: Trier, crash: list[str]) -> list[str]:
    """PostgreSQL crashes and is there again at once; the same process goes on.

    :param crash: the command that does that.
    """
    wrong = []
    for point in _points(trier, 3):
        wrong += [f"{point}: {each}" for each in _crash(trier, point, crash)]
    return wrong


def _crash(trier: Trier, point: Point, crash: list[str]) -> list[str]:
    def restart() -> None:
        subprocess.run(crash, check=True)

    def disturbed() -> list[list[Any]]:
        _in_a_cursor(trier, sync, point, restart)
        # As a cron worker does, the process goes on with its next job; Odoo finds one
        # by one that the connections of its pool are dead.
        for _ in range(10):
            done = _in_a_cursor(trier, sync)
            if isinstance(done, list):
                return done
        raise RuntimeError(done)

    with trier.stage.again() as servers:
        # Else a sequence of a database that was just copied goes back in a crash.
        trier.stage.query("CHECKPOINT")
        ended = fork(disturbed).wait()
        trier.stage.settle()
        # That the connection was lost is in the log, as it should be.
        found = [ended.error] if ended.error else []
        for state, _ in ended.value or ():
            if state != "done":
                found.append(f"the next run is {state}")
        return found + trier.rest(servers)


def _in_a_cursor(
    trier: Trier,
    act: Callable[[Any], Any],
    point: Point | None = None,
    then: Callable[[], None] = lambda: None,
) -> Any:
    """Do it; a lost connection is given back as its error."""
    try:
        with Registry(trier.stage.database).cursor() as cr, crossed(point, then):
            return act(api.Environment(cr, SUPERUSER_ID, {}))
    except psycopg2.Error as error:
        return str(error)
