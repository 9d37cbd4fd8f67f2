"""When people could meet. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from .freebusy import Span

#: Hours between which a meeting is suggested, and how its start is rounded.
WORK = (time(9), time(17))
STEP = timedelta(minutes=30)
#: The first day of the week that nobody is asked for.
_SATURDAY = 5


def suggest(
    busy: Iterable[Span],
    length: timedelta,
    days: Iterable[date],
    zone: tzinfo,
    not_before: datetime,
    count: int = 3,
) -> list[Span]:
    """The first free spans of a length within working hours, one after another.

    :param busy: when somebody cannot; in any order.
    :param days: in order; week-ends among them are passed over.
    :param zone: in which the working hours are meant.
    :param not_before: instant (aware).
    """
    taken = sorted(busy)
    found: list[Span] = []
    for day in days:
        if day.weekday() >= _SATURDAY:
            continue
        start, close = (
            datetime.combine(day, hour, zone).astimezone(UTC) for hour in WORK
        )
        while start + length <= close and len(found) < count:
            clash = _clash(taken, start, start + length)
            if start >= not_before and clash is None:
                found.append(Span(start, start + length))
                start = _on_grid(start + length)
            else:
                start = max(start + STEP, _on_grid(clash.end) if clash else start)
    return found


def without(busy: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """Busy times but for one: a meeting that is moved is no obstacle to itself."""
    found = []
    for span in busy:
        before = Span(span.start, min(span.end, start))
        after = Span(max(span.start, end), span.end)
        found += [part for part in (before, after) if part.start < part.end]
    return found


def clashes(busy: Iterable[Span], start: datetime, end: datetime) -> bool:
    """Whether somebody is busy at some time in between."""
    return _clash(sorted(busy), start, end) is not None


def _clash(taken: list[Span], start: datetime, end: datetime) -> Span | None:
    return next((x for x in taken if x.start < end and x.end > start), None)


def _on_grid(moment: datetime) -> datetime:
    """The next round time, seen from the hour in UTC."""
    past = timedelta(minutes=moment.minute % 30, seconds=moment.second)
    past += timedelta(microseconds=moment.microsecond)
    return moment + (STEP - past) if past else moment
