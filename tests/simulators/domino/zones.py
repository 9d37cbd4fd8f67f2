"""Time zones as Notes keeps them: an offset, a rule by month, week and weekday.

Notes knows no IANA names and no history: a zone is a text item such as
`Z=-1$DO=1$DL=3 -1 1 10 -1 1$ZX=21$ZN=Romance Standard Time`, its changes fall at
02:00 wall time, and the API writes that rule as anchored in 1950.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule, tz
from dateutil.relativedelta import relativedelta, weekday

# What Notes and its API call some zones.
NAMES = {
    "Europe/Berlin": "W. Europe",
    "Europe/Vienna": "W. Europe",
    "Europe/Zurich": "W. Europe",
    "Europe/Rome": "W. Europe",
    "Europe/Paris": "Romance Standard Time",
    "Europe/Madrid": "Romance Standard Time",
    "Europe/Brussels": "Romance Standard Time",
    "Europe/London": "GMT",
    "Europe/Dublin": "GMT",
    "Europe/Helsinki": "FLE",
    "Europe/Athens": "GTB",
    "Europe/Moscow": "Russian",
    "America/New_York": "Eastern",
    "America/Chicago": "Central",
    "America/Denver": "Mountain",
    "America/Los_Angeles": "Pacific",
    "America/Sao_Paulo": "E. South America",
    "Pacific/Auckland": "New Zealand",
    "Australia/Sydney": "AUS Eastern",
    "Asia/Tokyo": "Tokyo",
    "Asia/Seoul": "Korea",
    "Asia/Kolkata": "India",
    "Asia/Dubai": "Arabian",
    "Asia/Singapore": "Singapore",
    "Asia/Shanghai": "China",
    "Africa/Johannesburg": "South Africa",
}
_DAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_HOUR = 2


@dataclass(frozen=True)
class Change:
    """When a zone changes: `week` -1 is the last one, `day` 1 is Sunday."""

    month: int
    week: int
    day: int

    def delta(self, hours: int) -> relativedelta:
        """From 1 January to the change, at an hour."""
        nth = weekday((self.day - 2) % 7)(self.week)
        if self.week < 0:
            return relativedelta(hours=hours, month=self.month, day=31, weekday=nth)
        return relativedelta(hours=hours, month=self.month, day=1, weekday=nth)

    @property
    def rule(self) -> str:
        """As an RRULE of the API."""
        return (
            f"FREQ=YEARLY;BYMONTH={self.month};BYDAY={self.week}{_DAYS[self.day - 1]};"
            f"BYHOUR={_HOUR};BYMINUTE=0"
        )

    @property
    def anchor(self) -> dict[str, str]:
        """The change of 1950."""
        day = datetime(1950, 1, 1) + self.delta(0)
        return {"date": f"{day:%Y-%m-%d}", "time": f"{_HOUR:02}:00:00"}


@dataclass(frozen=True)
class Zone:
    """A zone: offsets in minutes east of UTC, and its changes if it has any."""

    name: str
    standard: int
    begins: Change | None = None
    ends: Change | None = None

    @property
    def tz(self) -> tzinfo:
        """For conversions by Notes' own rule."""
        return _tz(self)

    @property
    def text(self) -> str:
        """The StartTimeZone item."""
        hours, minutes = divmod(abs(self.standard), 60)
        sign = "-" if self.standard > 0 else ""
        number = f"{minutes}{hours:02}" if minutes else f"{hours}"
        if self.begins is None or self.ends is None:
            return f"Z={sign}{number}$DO=0$ZX=1$ZN={self.name}"
        rule = " ".join(f"{c.month} {c.week} {c.day}" for c in (self.begins, self.ends))
        return f"Z={sign}{number}$DO=1$DL={rule}$ZX=1$ZN={self.name}"

    @property
    def definition(self) -> dict[str, Any]:
        """The entry of `timezones`."""
        base = _offset(self.standard)
        if self.begins is None or self.ends is None:
            start = {"date": "1950-01-01", "time": f"{_HOUR:02}:00:00"}
            standard = {"start": start, "offsetFrom": base, "offsetTo": base}
            return {"tzid": self.name, "standard": standard}
        summer = _offset(self.standard + 60)
        return {
            "tzid": self.name,
            "standard": {
                "start": self.ends.anchor,
                "offsetFrom": summer,
                "offsetTo": base,
                "recurrenceRule": self.ends.rule,
            },
            "daylight": {
                "start": self.begins.anchor,
                "offsetFrom": base,
                "offsetTo": summer,
                "recurrenceRule": self.begins.rule,
            },
        }


@lru_cache(maxsize=256)
def _tz(zone: Zone) -> tzinfo:
    base = timedelta(minutes=zone.standard)
    if zone.begins is None or zone.ends is None:
        return tz.tzoffset(zone.name, base)
    return tz.tzrange(
        "STD",
        base,
        "DST",
        base + timedelta(hours=1),
        start=zone.begins.delta(_HOUR),
        # dateutil wants the end in standard time.
        end=zone.ends.delta(_HOUR - 1),
    )


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}{rest:02}"


@lru_cache(maxsize=512)
def iana(key: str, year: int = 2026) -> Zone:
    """Notes' zone for an IANA name, with the rule of a year."""
    place = ZoneInfo(key)
    name = NAMES.get(key, key.rpartition("/")[2].replace("_", " "))
    noon = [datetime(year, 1, 1, 12, tzinfo=place) + timedelta(d) for d in range(366)]
    offsets = [int((n.utcoffset() or timedelta()).total_seconds()) // 60 for n in noon]
    standard = min(offsets)
    begins = ends = None
    for before, after, day in zip(offsets, offsets[1:], noon[1:], strict=False):
        if after > before:
            begins = _change(day.date())
        elif after < before:
            ends = _change(day.date())
    if begins is None or ends is None:
        return Zone(name, offsets[0])
    return Zone(name, standard, begins, ends)


def _change(day: date) -> Change:
    week = (day.day - 1) // 7 + 1
    last = (day + timedelta(7)).month != day.month
    return Change(day.month, -1 if last else week, (day.weekday() + 1) % 7 + 1)


_TEXT = re.compile(
    r"Z=(?P<sign>-?)(?P<number>\d+)\$DO=(?P<summer>[01])"
    r"(?:\$DL=(?P<rule>[-\d ]+))?(?:\$ZX=\d+)?\$ZN=(?P<name>[^$]+)$"
)


@lru_cache(maxsize=512)
def parse(text: str) -> Zone | None:
    """The zone of a StartTimeZone item, None when it is not one."""
    found = _TEXT.match(text)
    if found is None:
        return None
    number = int(found["number"])
    minutes = (number % 100) * 60 + number // 100
    if not found["sign"]:
        minutes = -minutes
    if found["summer"] == "0" or not found["rule"]:
        return Zone(found["name"], minutes)
    n = [int(part) for part in found["rule"].split()]
    return Zone(found["name"], minutes, Change(*n[:3]), Change(*n[3:6]))


def from_definition(value: dict[str, Any]) -> tuple[Zone, tzinfo]:
    """A zone that a client defines: what Notes keeps of it, and the exact one.

    Raises ValueError or KeyError when the definition cannot be read.
    """
    name = str(value["tzid"])
    winter = value.get("standard")
    summer = value.get("daylight")
    if winter is None and summer is None:
        raise ValueError("no observance")
    if winter is None or summer is None or "recurrenceRule" not in summer:
        base = _minutes((winter or summer or {})["offsetTo"])
        return Zone(name, base), tz.tzoffset(name, timedelta(minutes=base))
    base = _minutes(winter["offsetTo"])
    begins, ends = _yearly(summer), _yearly(winter)
    first = _start(summer).hour
    last = _start(winter).hour - 1
    exact = tz.tzrange(
        "STD",
        timedelta(minutes=base),
        "DST",
        timedelta(minutes=_minutes(summer["offsetTo"])),
        start=begins.delta(first),
        end=ends.delta(last),
    )
    return Zone(name, base, begins, ends), exact


def _start(observance: dict[str, Any]) -> datetime:
    start = observance["start"]
    return datetime.fromisoformat(f"{start['date']}T{start.get('time', '00:00:00')}")


def _yearly(observance: dict[str, Any]) -> Change:
    start = _start(observance)
    rule = rrule.rrulestr(observance["recurrenceRule"], dtstart=start)
    next_one = rule.after(datetime(2020, 1, 1))
    if next_one is None:
        raise ValueError("a rule that has ended")
    return _change(next_one.date())


def _minutes(text: str) -> int:
    found = re.match(r"([+-])(\d\d)(\d\d)", text)
    if found is None:
        raise ValueError(f"offset {text!r}")
    minutes = int(found[2]) * 60 + int(found[3])
    return -minutes if found[1] == "-" else minutes


def wall(instant: datetime, zone: Zone | None) -> datetime:
    """An instant as naive wall time of a zone (None: UTC)."""
    place = zone.tz if zone is not None else UTC
    return instant.astimezone(place).replace(tzinfo=None)


def instant(local: datetime, place: tzinfo) -> datetime:
    """A naive wall time as an instant in UTC.

    A time that a change skips counts with the offset before the change.
    """
    aware = local.replace(tzinfo=place)
    return tz.resolve_imaginary(aware).astimezone(UTC)
