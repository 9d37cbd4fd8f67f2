"""When people are busy, whoever keeps their calendar on the servers of the domain.

Rests on the DAS fact sheet, section 4.1. Only spans of time are told, no titles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..errors import Misconfigured, Rejected
from ..reasons import reason
from . import texts  # noqa: F401  (registers the sentences)
from .session import DominoSession

_PATH = "/api/freebusy/busytime"


@dataclass(frozen=True, order=True)
class Span:
    """From an instant to another (UTC)."""

    start: datetime
    end: datetime


def busy_times(
    session: DominoSession, address: str, since: datetime, until: datetime
) -> tuple[Span, ...]:
    """When somebody is busy in a range: spans in order that neither touch nor overlap.

    :param address: e-mail address.
    :param since: aware; sent as whole seconds in UTC, as is ``until``.
    :raises Rejected: the server knows nobody of that address.
    :raises Misconfigured: the service is off, or not installed.
    """
    params = {"name": address, "since": _query(since), "before": _query(until)}
    try:
        answer = session.get(_PATH, params, shape=_is_answer, allow=(400,))
    except Misconfigured as error:
        if error.setting not in ("das", "freebusy_service"):
            raise
        why = reason("domino_freebusy_off", server=session.server)
        raise Misconfigured(why, "freebusy_service") from None
    if answer.status != 200:
        why = reason("domino_freebusy_unknown", server=session.server, address=address)
        raise Rejected(why, "name")
    found: list[Span] = []
    for span in sorted(_spans(_blocks(answer.data), since, until)):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)


def _spans(blocks: list[Any], since: datetime, until: datetime) -> list[Span]:
    """The blocks, clipped to the range. The first may end before it starts: the server
    clips its start only, so that it lies before the range."""
    spans = [
        Span(max(_instant(block["start"]), since), min(_instant(block["end"]), until))
        for block in blocks
    ]
    return [span for span in spans if span.start < span.end]


def _instant(value: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(f"{value['date']}T{value['time']}").replace(
        tzinfo=UTC
    )


def _query(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _blocks(data: Mapping[str, Any]) -> Any:
    """What the answer lists; without the key, nothing."""
    return data.get("busyTimes", [])


def _is_answer(data: Any) -> bool:
    """Whether it is a list of blocks, each with two times in UTC."""
    if not isinstance(data, dict) or not {"start", "end"} <= data.keys():
        return False
    blocks = _blocks(data)
    if not isinstance(blocks, list):
        return False
    return all(
        isinstance(block, Mapping)
        and all(_is_utc(block.get(n)) for n in ("start", "end"))
        for block in blocks
    )


def _is_utc(value: Any) -> bool:
    if not isinstance(value, Mapping) or not value.get("utc"):
        return False
    try:
        _instant(value)
    except (KeyError, ValueError):
        return False
    return True
