"""Repeat rules: dates from a rule, Notes' informational items, and back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dateutil import rrule

from . import zones
from .zones import Zone

DAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")

# How far Notes writes dates for a rule that has no end.
LONGEST = timedelta(days=3653)


def parts(rule: str) -> dict[str, str]:
    """The parts of an RRULE by name."""
    text = rule.removeprefix("RRULE:")
    return dict(p.split("=", 1) for p in text.split(";") if "=" in p)


def starts(rule: str, first: datetime, zone: Zone | None) -> list[datetime]:
    """The instants of a rule that begins at `first` (UTC), by wall clock.

    Endless rules stop after ten years. Raises ValueError for a bad rule.
    """
    place = zone.tz if zone is not None else UTC
    local = zones.wall(first, zone)
    known = parts(rule)
    if until := known.get("UNTIL"):
        # dateutil wants the end in the same kind of time as the start.
        if until.endswith("Z"):
            stamp = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            known["UNTIL"] = f"{zones.wall(stamp, zone):%Y%m%dT%H%M%S}"
        elif "T" not in until:
            known["UNTIL"] = f"{until}T235959"
    text = ";".join(f"{k}={v}" for k, v in known.items())
    limit = local + LONGEST
    found: list[datetime] = []
    for day in rrule.rrulestr(text, dtstart=local):
        if day > limit:
            break
        found.append(zones.instant(day, place))
    return found


def items(
    rule: str | None, dates: list[datetime], ends: list[datetime]
) -> dict[str, Any]:
    """The repeat items of a parent document."""
    values: dict[str, Any] = {
        "Repeats": "1",
        "OrgRepeat": "1",
        "RepeatStartDate": dates[0],
        "RepeatDates": dates,
        "RepeatEndDates": ends,
        "RepeatUntil": dates[-1],
        "RepeatHow": "U",
        "RepeatInterval": "1",
        "RepeatUnit": "C",
        "RepeatWeekends": "D",
    }
    if rule is not None:
        values.update(_unit(parts(rule)))
    return values


def _unit(known: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {"RepeatInterval": known.get("INTERVAL", "1")}
    if "COUNT" in known:
        values |= {"RepeatHow": "F", "RepeatFor": known["COUNT"], "RepeatForUnit": ""}
    days = known["BYDAY"].split(",") if "BYDAY" in known else []
    extra = set(known) - {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}
    match known.get("FREQ"), sorted(extra):
        case "DAILY", []:
            values["RepeatUnit"] = "D"
        case "WEEKLY", [] | ["BYDAY"]:
            values["RepeatUnit"] = "W"
            values["RepeatAdjust"] = [str(DAYS.index(d)) for d in days]
        case "MONTHLY", ["BYMONTHDAY"]:
            values["RepeatUnit"] = "MD"
            wanted = [int(n) for n in known["BYMONTHDAY"].split(",")]
            values["RepeatFromEnd"] = "1" if wanted[0] < 0 else ""
            values["RepeatAdjust"] = [str(abs(n)) for n in wanted]
        case "MONTHLY", []:
            values["RepeatUnit"] = "MD"
        case "MONTHLY", ["BYDAY"] if all(len(d) > 2 for d in days):
            values["RepeatUnit"] = "MP"
            values["RepeatFromEnd"] = "1" if days[0].startswith("-") else ""
            values["RepeatAdjust"] = [
                f"{d[:-2].lstrip('+-')}.{DAYS.index(d[-2:])}" for d in days
            ]
        case "YEARLY", []:
            values["RepeatUnit"] = "Y"
    return values


def rule_of(get: Any, zone: Zone | None) -> str | None:
    """The RRULE that the repeat items of a parent say, None when none can.

    `get` answers the values of an item by name.
    """

    def one(name: str) -> str:
        values = get(name)
        return str(values[0]) if values else ""

    if one("RepeatWeekends") in ("F", "M", "N"):
        return None
    adjust = [str(v) for v in get("RepeatAdjust") if v != ""]
    minus = "-" if one("RepeatFromEnd") == "1" else ""
    match one("RepeatUnit"):
        case "D":
            rule = "FREQ=DAILY"
        case "W":
            rule = "FREQ=WEEKLY"
            if adjust:
                rule += ";BYDAY=" + ",".join(DAYS[int(a)] for a in adjust)
        case "MD":
            rule = "FREQ=MONTHLY"
            if adjust:
                rule += ";BYMONTHDAY=" + ",".join(minus + a for a in adjust)
        case "MP":
            pairs = [a.split(".") for a in adjust]
            rule = "FREQ=MONTHLY;BYDAY=" + ",".join(
                f"{minus}{n}{DAYS[int(d)]}" for n, d in pairs
            )
        case "Y":
            rule = "FREQ=YEARLY"
        case _:
            return None
    if one("RepeatInterval") not in ("", "1"):
        rule += f";INTERVAL={one('RepeatInterval')}"
    if one("RepeatHow") == "F":
        return f"{rule};COUNT={one('RepeatFor')}"
    until = get("RepeatUntil")
    if until and isinstance(until[0], datetime):
        rule += f";UNTIL={until[0]:%Y%m%dT%H%M%SZ}"
    return rule


def identifier(start: datetime, zone: Zone | None, all_day: bool) -> str:
    """The recurrence id of an instance by its original start."""
    if all_day:
        return f"{zones.wall(start, zone):%Y%m%d}"
    return f"{start.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def whole_day(first: date, last: date, zone: Zone | None) -> tuple[datetime, datetime]:
    """How Notes keeps whole days: from 04:00 to 20:00 by wall clock."""
    place = zone.tz if zone is not None else UTC
    begin = datetime(first.year, first.month, first.day, 4)
    end = datetime(last.year, last.month, last.day, 20)
    return zones.instant(begin, place), zones.instant(end, place)


def together(starts: Iterable[datetime], length: timedelta) -> list[datetime]:
    """The ends that belong to starts."""
    return [s + length for s in starts]
