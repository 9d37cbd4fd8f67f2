"""The kinds of value that only activities have: read, judged, shown (3.2, 3.3).

Stored are: an alarm as its parts with an instant in seconds, reminders and
participants as lists of objects, and the times of an all-day event as dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import rrulestr

from .times import read_date, read_instant, zone_of

PERIODS = ("minutes", "hours", "days", "weeks")
_CLOCK = re.compile(r"(?:[01]?\d|2[0-3])[.:][0-5]\d")
_BEFORE = re.compile(r"-P(?:[1-6]D|[1-3]W)")
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


# -- days ----------------------------------------------------------------------


def day_instant(day: str, zone: str, *, end: bool, clock: str) -> int:
    """Epoch seconds of an all-day event's first or last day in a zone.

    `clock` is the time that the last day is shown with (6, trap 3).
    """
    at = time.fromisoformat(clock) if end else time()
    moment = datetime.combine(date.fromisoformat(day), at, zone_of(zone))
    return int(moment.timestamp())


def day_of(instant: int, zone: str) -> str:
    """The date of an instant in a zone."""
    return datetime.fromtimestamp(instant, zone_of(zone)).date().isoformat()


# -- reminders -----------------------------------------------------------------


def read_alarm(value: object) -> dict[str, Any] | None:
    """The parts of `{"ALARM": ".."}`; None for anything else."""
    text = value.get("ALARM") if isinstance(value, dict) else None
    parts = _pairs(text)
    if parts is None or parts.get("ACTION") not in ("EMAIL", "POPUP"):
        return None
    if not parts.keys() <= {"FREQ", "ACTION", "TRIGGER", "TRIGGER_TIME"}:
        return None
    trigger = parts.get("TRIGGER", "")
    if trigger.startswith("DATE-TIME:"):
        instant = read_instant(trigger.removeprefix("DATE-TIME:"))
        return None if instant is None else {**parts, "TRIGGER": instant}
    if not _BEFORE.fullmatch(trigger):
        return None
    if "TRIGGER_TIME" in parts and not _CLOCK.fullmatch(parts["TRIGGER_TIME"]):
        return None
    return dict(parts)


def show_alarm(parts: dict[str, Any], zone: str) -> dict[str, str]:
    """`{"ALARM": ".."}` in a zone's offset."""
    shown = dict(parts)
    if isinstance(parts["TRIGGER"], int):
        moment = datetime.fromtimestamp(parts["TRIGGER"], zone_of(zone))
        shown["TRIGGER"] = f"DATE-TIME:{moment.isoformat()}"
    return {"ALARM": ";".join(f"{k}={v}" for k, v in shown.items())}


def read_reminders(value: object) -> list[dict[str, Any]] | None:
    """A multireminder list; None for anything else."""
    if not isinstance(value, list):
        return None
    found: list[dict[str, Any]] = []
    for row in value:
        if not isinstance(row, dict) or row.get("period") not in PERIODS:
            return None
        unit = row.get("unit")
        if isinstance(unit, bool) or not isinstance(unit, int) or unit < 0:
            return None
        kept = {"unit": unit, "period": row["period"]}
        if row.get("time") is not None:
            if row["period"] not in ("days", "weeks"):
                return None
            if not isinstance(row["time"], str) or not _CLOCK.fullmatch(row["time"]):
                return None
            kept["time"] = row["time"]
        found.append(kept)
    return found


# -- repeating -----------------------------------------------------------------


def _pairs(text: object) -> dict[str, str] | None:
    """`A=1;B=2` as a dict; None for anything else."""
    if not isinstance(text, str):
        return None
    parts: dict[str, str] = {}
    for piece in text.strip().rstrip(";").split(";"):
        name, sign, value = piece.partition("=")
        if not sign or not name or not value or name in parts:
            return None
        parts[name] = value
    return parts


def read_rule(value: object) -> dict[str, Any] | None:
    """`{"RRULE": ".."[, "EXDATE": ..]}` with a known frequency; else None."""
    if not isinstance(value, dict) or not value.keys() <= {"RRULE", "EXDATE"}:
        return None
    parts = _pairs(value.get("RRULE"))
    if parts is None or parts.get("FREQ") not in _FREQUENCIES:
        return None
    if any(n in parts and read_date(parts[n]) is None for n in ("DTSTART", "UNTIL")):
        return None
    if not {"UNTIL", "COUNT"} & parts.keys():
        return None
    interval = parts.get("INTERVAL", "1")
    if not interval.isdecimal() or int(interval) < 1:
        return None
    if value.get("EXDATE") is not None and _dates(value["EXDATE"]) is None:
        return None
    return {k: v for k, v in value.items() if v is not None}


def _dates(value: object) -> set[str] | None:
    texts = value.split(",") if isinstance(value, str) else value
    if not isinstance(texts, list):
        return None
    found = {read_date(t) for t in texts}
    return None if None in found else {t for t in found if t is not None}


def occurrence_days(rule: dict[str, Any], start: str | None, most: int) -> list[str]:
    """The dates of a rule, not more than `most` + 1.

    :param start: the first date where the rule names none.
    :raises ValueError: no first date, or a rule that makes no sense.
    """
    parts = _pairs(rule["RRULE"]) or {}
    first = parts.pop("DTSTART", start)
    if first is None:
        raise ValueError("no first date")
    if "UNTIL" in parts:
        parts["UNTIL"] = parts["UNTIL"].replace("-", "") + "T235959"
    text = ";".join(f"{k}={v}" for k, v in parts.items())
    left_out = _dates(rule.get("EXDATE") or []) or set()
    days: list[str] = []
    for moment in rrulestr(text, dtstart=datetime.fromisoformat(first)):
        day = moment.date().isoformat()
        if day not in left_out:
            days.append(day)
        if len(days) > most:
            break
    return days


def moved(value: int | str, days: timedelta, zone: str) -> int | str:
    """A time some days later by the zone's clocks, or a date some days later."""
    if isinstance(value, str):
        return (date.fromisoformat(value) + days).isoformat()
    local = datetime.fromtimestamp(value, zone_of(zone)).replace(tzinfo=None, fold=0)
    return int((local + days).replace(tzinfo=zone_of(zone)).timestamp())


# -- participants --------------------------------------------------------------


def same_participant(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether two rows name the same person."""
    if a["type"] != b["type"]:
        return False
    return str(a["participant"]).casefold() == str(b["participant"]).casefold()


def kept(
    old: Iterable[dict[str, Any]], new: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The new rows without repeats; who was there before keeps the old row."""
    before = list(old)
    return [
        next((o for o in before if same_participant(o, row)), row)
        for row in joined((), new)
    ]


def joined(
    old: Iterable[dict[str, Any]], new: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Old rows, then those of the new ones that name somebody else."""
    rows = list(old)
    for row in new:
        if not any(same_participant(row, r) for r in rows):
            rows.append(row)
    return rows
