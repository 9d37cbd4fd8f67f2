"""Dates and times as the CRM writes and takes them (section 3.4)."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)")


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """The IANA zone of that name."""
    return ZoneInfo(name)


@lru_cache(maxsize=65536)
def show(instant: int, zone: str) -> str:
    """Epoch seconds as ISO 8601 in the zone's offset of that date."""
    return datetime.fromtimestamp(instant, zone_of(zone)).isoformat()


def read_instant(text: object, *, zulu: bool = False) -> int | None:
    """Epoch seconds of `yyyy-MM-ddTHH:mm:ss±HH:mm`; None for anything else."""
    if not isinstance(text, str):
        return None
    match = _INSTANT.fullmatch(text.strip())
    if match is None or (match[1] == "Z" and not zulu):
        return None
    try:
        return int(datetime.fromisoformat(text.strip()).timestamp())
    except (ValueError, OverflowError):
        return None


def read_date(text: object) -> str | None:
    """A `yyyy-MM-dd` that exists; None for anything else."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def offset_ms(instant: int, zone: str) -> int:
    """The zone's offset at an instant, in milliseconds, as `users.offset` has it."""
    offset = datetime.fromtimestamp(instant, zone_of(zone)).utcoffset()
    return int(offset.total_seconds() * 1000) if offset is not None else 0
