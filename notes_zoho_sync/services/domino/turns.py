"""How requests for many records follow one another, and what their stamps say."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import chain, islice
from typing import TypeVar

from ..errors import (
    ChangedMeanwhile,
    Gone,
    NotSent,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    SyncError,
)
from ..instants import from_iso
from .session import DominoSession, ReadFault, ServerFault

#: Notes stamps show whole seconds: what was read in the second of its last change may
#: be changed once more without another stamp. The mark makes it read again.
UNSETTLED = "~"
SECOND = 1.0
#: So few records that were written are not worth waiting for the next second: what is
#: read back at once is read again by the next run.
FEW = 10
#: Seconds for which what was asked ahead serves.
FRESH = 30.0
#: Answers of each connection that may wait for the caller.
AHEAD = 8

T = TypeVar("T")
R = TypeVar("R")


class NotApplied(RetryLater):
    """The API's own error kept one write from being applied."""


#: Errors that concern one record only; the next one may go well.
_OF_THE_RECORD = (
    ChangedMeanwhile,
    Gone,
    ReadFault,
    Rejected,
    ServerFault,
    NotApplied,
)


def in_turn(items: Sequence[T], write: Callable[[T], str]) -> list[str | SyncError]:
    """Write one after another.

    :returns: for each its key, or why not; after an error that concerns more than
        the record the rest is not sent.
    :raises SyncError: the first one already failed without being sent.
    """
    results: list[str | SyncError] = []
    for item in items:
        try:
            results.append(write(item))
        except _OF_THE_RECORD as error:
            results.append(error)
        except SyncError as error:
            if not results and not isinstance(error, OutcomeUnknown):
                raise
            results.append(error)
            rest = len(items) - len(results)
            after = error.after if isinstance(error, RetryLater) else None
            results += [NotSent(error.reason, after) for _ in range(rest)]
            break
    return results


def parallel(
    session: DominoSession, ask: Callable[[str], R], keys: Iterable[str]
) -> Iterator[tuple[str, R]]:
    """Ask for each key on as many connections as the session has, in order.

    Goes on asking, a little ahead, while the caller deals with what it was given.
    """
    keys = iter(keys)
    few = list(islice(keys, 2))
    if len(few) < 2 or session.max_connections == 1:
        for key in chain(few, keys):
            yield key, ask(key)
        return
    pool = ThreadPoolExecutor(session.max_connections)
    asked: deque[tuple[str, Future[R]]] = deque()
    try:
        for key in chain(few, keys):
            asked.append((key, pool.submit(ask, key)))
            if len(asked) > session.max_connections * AHEAD:
                first, answer = asked.popleft()
                yield first, answer.result()
        for first, answer in asked:
            yield first, answer.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def is_fresh(asked_at: float) -> bool:
    """Whether what was asked ahead still serves.

    :param asked_at: monotonic seconds.
    """
    return time.monotonic() - asked_at < FRESH


def let_settle(session: DominoSession, written: int, took: float = 0.0) -> None:
    """Before records are read back in the order of their writing: let the second in
    which they were written pass, so that their stamps tell of any later change.

    :param written: how many they are; few are marked and read again by the next run.
    :param took: seconds that writing them took, one after the other, a request each.
        Reading them on all connections will take so much less; where that is a second
        nothing needs to be waited for.
    """
    if written > FEW and took / session.max_connections < SECOND:
        session.sleep(SECOND)


def stamp(modified: str, read_at: datetime) -> str:
    """``@modified``, marked when it may be changed again in the same second."""
    instant = from_iso(modified)
    if instant is not None and read_at <= instant:
        return modified + UNSETTLED
    return modified
