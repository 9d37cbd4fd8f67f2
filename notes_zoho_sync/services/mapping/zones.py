"""Time zones of calendar entries, from the definition that comes along. Pure.

Names such as ``W. Europe`` are Windows' or Domino's own and are never guessed from; the
rule of standard and daylight time tells (DAS calendar service, 3.4, ``timezones``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any

from dateutil import tz

from ..reasons import Reason, reason
from . import calendar_texts, clean  # noqa: F401  (registers the sentences)

Json = Mapping[str, Any]
_PLAIN = re.compile(r"[A-Za-z0-9=;,+-]*")
#: A change of clocks comes about once a year; other rules are followed for ever.
_YEARLY = re.compile(
    r"FREQ=YEARLY|INTERVAL=1|BYMONTH=\d\d?|BYDAY=[+-]?\d?(?:SU|MO|TU|WE|TH|FR|SA)"
    r"|BYHOUR=\d\d?|BYMINUTE=\d\d?|BYSECOND=\d\d?"
    r"|BYMONTHDAY=-?\d\d?(?:,-?\d\d?){0,6}|WKST=[A-Z]{2}|UNTIL=\d{8}(?:T\d{6}Z?)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"[+-](?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?")


class Unreadable(ValueError):
    """A time or a rule that cannot be understood.

    :param reason: what a person reads.
    """

    def __init__(self, why: Reason) -> None:
        super().__init__(str(why))
        self.reason = why


class Zones:
    """The zones of one answer.

    :param definitions: its ``timezones``.
    :param home: the account's zone, in which times without a zone are taken.
    """

    def __init__(self, definitions: object, home: tzinfo) -> None:
        rows = definitions if isinstance(definitions, list) else []
        self._defined = {
            str(row.get("tzid")): row for row in rows if isinstance(row, Mapping)
        }
        self.home = home

    def moment(self, value: object) -> datetime | date:
        """A date object as an instant (UTC), or as a day.

        A time that a change of clocks skips counts by the clock before the change;
        of one that comes twice, the first is meant.

        :raises Unreadable: it is none, or its zone is not defined.
        """
        if not isinstance(value, Mapping):
            raise _no_moment(value)
        if "time" not in value:
            return _day(value)
        try:
            return instant(self.wall(value), self.zone(value))
        except OverflowError:
            raise _no_moment(value) from None

    def wall(self, value: Json) -> datetime:
        """What the clock of its zone shows (naive)."""
        text = f"{value.get('date')}T{value.get('time')}"
        try:
            shown = datetime.fromisoformat(text)
        except ValueError:
            raise _no_moment(value) from None
        if shown.tzinfo is not None:
            raise _no_moment(value)
        return shown

    def zone(self, value: Json) -> tzinfo:
        """The zone of a date object with a time."""
        if value.get("utc"):
            return UTC
        name = value.get("tzid")
        if not name:
            return self.home
        found = self._of(str(name))
        if found is None:
            shown = clean.cut(clean.line(str(name)), 60)
            raise Unreadable(reason("calendar_zone", zone=shown))
        return found

    def _of(self, name: str) -> tzinfo | None:
        definition = self._defined.get(name)
        return None if definition is None else _zone(_as_calendar(definition))


def instant(wall: datetime, zone: tzinfo) -> datetime:
    """What the clock of a zone shows, as an instant (UTC)."""
    return tz.resolve_imaginary(wall.replace(tzinfo=zone)).astimezone(UTC)


def floats(value: object) -> bool:
    """Whether a date object is a time in no zone."""
    return (
        isinstance(value, Mapping)
        and "time" in value
        and not value.get("utc")
        and not value.get("tzid")
    )


def date_object(moment: datetime | date) -> dict[str, Any]:
    """An instant, in UTC, or a day, as the service wants it."""
    if not isinstance(moment, datetime):
        return {"date": moment.isoformat()}
    # Not by strftime, which leaves early years short.
    day, clock = moment.astimezone(UTC).isoformat()[:19].split("T")
    return {"date": day, "time": clock, "utc": True}


def _day(value: Json) -> date:
    try:
        return date.fromisoformat(str(value.get("date")))
    except ValueError:
        raise _no_moment(value) from None


def _no_moment(value: object) -> Unreadable:
    shown = value
    if isinstance(value, Mapping):
        shown = " ".join(str(value.get(name) or "") for name in ("date", "time"))
    text = clean.cut(clean.line(str(shown)), 60)
    return Unreadable(reason("calendar_moment", value=text or "-"))


class _Text:
    """Text that ``tzical`` can read."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read(self) -> str:
        return self._text


def _as_calendar(definition: Json) -> str:
    """A definition as iCalendar, which dateutil understands."""
    lines = ["BEGIN:VTIMEZONE", "TZID:X"]
    for name in ("standard", "daylight"):
        observance = definition.get(name)
        if isinstance(observance, Mapping):
            lines += _observance(name.upper(), observance)
    return "\n".join([*lines, "END:VTIMEZONE"])


def _observance(name: str, value: Json) -> list[str]:
    start = value.get("start")
    start = start if isinstance(start, Mapping) else {}
    day = str(start.get("date") or "").replace("-", "")
    time = str(start.get("time") or "00:00:00").replace(":", "")
    lines = [
        f"BEGIN:{name}",
        f"DTSTART:{day}T{time}",
        f"TZOFFSETFROM:{value.get('offsetFrom')}",
        f"TZOFFSETTO:{value.get('offsetTo')}",
    ]
    offsets = (str(value.get(name)) for name in ("offsetFrom", "offsetTo"))
    plain = all(_PLAIN.fullmatch(line.partition(":")[2]) for line in lines)
    plain = plain and all(map(_OFFSET.fullmatch, offsets))
    rule = str(value.get("recurrenceRule") or "").strip().rstrip(";")
    if rule:
        lines.append(f"RRULE:{rule}")
        plain = plain and all(map(_YEARLY.fullmatch, rule.split(";")))
    return [*lines, f"END:{name}"] if plain else ["unreadable"]


@lru_cache(maxsize=256)
def _zone(text: str) -> tzinfo | None:
    """:returns: ``None`` when the definition makes no sense."""
    try:
        return tz.tzical(_Text(text)).get()
    except (ValueError, IndexError, TypeError):
        return None
