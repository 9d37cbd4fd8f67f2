"""Where a process can die: around each request and each commit.

Counted here, outside of the product: around what sends a request, and around what
makes a transaction durable.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from psycopg2.extensions import TRANSACTION_STATUS_INTRANS
from requests.adapters import HTTPAdapter

from odoo.sql_db import PsycoConnection

#: before a request is sent; when the server has done it, before the answer is looked
#: at; before and after a commit.
BOUNDARIES = ("before request", "after request", "before commit", "after commit")


@dataclass(frozen=True)
class Point:
    """The `number`th time (from 1) that a boundary is crossed.

    `what` names the request; it is for people.
    """

    boundary: str
    number: int
    what: str = ""

    def __str__(self) -> str:
        return f"{self.boundary} {self.number}" + (
            f" ({self.what})" if self.what else ""
        )


def _has_written(connection: Any) -> bool:
    """Whether a commit makes a difference."""
    if connection.info.transaction_status != TRANSACTION_STATUS_INTRANS:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        return bool(cursor.fetchone()[0])


def die() -> None:
    """What a power cut, or the kernel short of memory, does to a process."""
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def crossed(
    at: Point | None = None, then: Callable[[], object] = die
) -> Iterator[list[Point]]:
    """Count the boundaries that this process crosses, and do something at one of them.

    Yields the points so far, in order.
    """
    points: list[Point] = []
    counts = dict.fromkeys(BOUNDARIES, 0)
    send, commit = HTTPAdapter.send, PsycoConnection.commit

    def cross(boundary: str, what: str = "") -> None:
        counts[boundary] += 1
        number = counts[boundary]
        points.append(Point(boundary, number, what))
        if at and (at.boundary, at.number) == (boundary, number):
            then()

    def counted_send(
        adapter: HTTPAdapter, request: Any, *args: Any, **more: Any
    ) -> Any:
        what = f"{request.method} {urlsplit(request.url).path}"
        cross("before request", what)
        answer = send(adapter, request, *args, **more)
        cross("after request", what)
        return answer

    def counted_commit(connection: Any) -> None:
        durable = _has_written(connection)
        if durable:
            cross("before commit")
        commit(connection)
        if durable:
            cross("after commit")

    HTTPAdapter.send = counted_send  # type: ignore[method-assign]
    PsycoConnection.commit = counted_commit
    try:
        yield points
    finally:
        HTTPAdapter.send = send  # type: ignore[method-assign]
        PsycoConnection.commit = commit
