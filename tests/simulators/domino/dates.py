"""The Notes date parser as far as the data service leans on it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from .errors import NotesError
from .knobs import Knobs

_FULL = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)[T ](\d\d?):(\d\d)(?::(\d\d))?( GMT)?$")
_ISO = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)$")
_SLASHED = re.compile(r"(\d\d?)[/.](\d\d?)[/.](\d{4})$")
_TIME = re.compile(r"(\d\d?):(\d\d)(?::(\d\d))?$")


def parse(value: str, knobs: Knobs, zone: ZoneInfo) -> datetime | date | time:
    """Reads text as Notes does: full, date only or time only.

    A trailing `Z` means UTC (the API rewrites it to ` GMT`); times without it
    are in the server's zone. Raises NotesError for what the parser cannot read.
    """
    text = value.strip()
    if text.endswith("Z"):
        text = text[:-1] + " GMT"
    try:
        found = _FULL.match(text)
        if found:
            parts = [int(p or 0) for p in found.groups()[:6]]
            stamp = datetime(*parts, tzinfo=UTC if found[7] else zone)  # type: ignore[arg-type,misc]
            return stamp.astimezone(UTC)
        found = _ISO.match(text)
        if found and knobs.iso_dates:
            return date(int(found[1]), int(found[2]), int(found[3]))
        found = _SLASHED.match(text)
        if found:
            first, second, year = int(found[1]), int(found[2]), int(found[3])
            if knobs.day_first:
                return date(year, second, first)
            return date(year, first, second)
        found = _TIME.match(text)
        if found:
            return time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError as error:
        raise NotesError("Unable to interpret Time or Date") from error
    raise NotesError("Unable to interpret Time or Date")


def http_date(value: str) -> datetime | None:
    """An HTTP date header, None when it cannot be read."""
    try:
        stamp = parsedate_to_datetime(value)
    except ValueError:
        return None
    return stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp
