"""The instances of a calendar entry, taken out of its detail. Pure.

Rests on the DAS fact sheet, 3.4 and 3.5, and the mail file schema, 2.4: element 0 is
the series, by rule or by dates, further ones are changed instances. Of an instance
that was moved, ``recurrenceId`` tells the original time and ``recurrenceDates`` the new
one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from dateutil import rrule

from ..reasons import reason
from . import clean
from .zones import Json, Unreadable, Zones, date_object, instant

Moment = datetime | date
#: What makes an element a series; an instance has none of it.
_REPEATING = ("recurrenceRule", "recurrenceDates", "exceptDates", "links")
#: What a changed instance has of its series if it says no more than its times. Servers
#: show it whole (3.4, recorded), so that what is lacking is empty there.
_WHOLE = ("summary", "class")
_INHERITED = (
    "summary",
    "description",
    "location",
    "class",
    "attendees",
    "organizer",
    "x-lotus-appttype",
    "x-lotus-noticetype",
)
#: Anniversaries and all-day events (``x-lotus-appttype``).
WHOLE_DAYS = ("1", "2")
#: Where the last day stands when it is known to be the last one.
LAST_DAY = "last-day"
_RULES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_UNTIL = re.compile(r"UNTIL=([^;]*)", re.IGNORECASE)
_FREQ = re.compile(r"FREQ=(\w+)", re.IGNORECASE)
#: A rule is followed no further; a daily one comes to eighty years.
_MOST = 30_000
#: Days that a rule may look at: dateutil follows one that never comes true to the end
#: of time, or for ever.
_DAYS = 300_000
_RULE = re.compile("[A-Za-z0-9=;,+-]+")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Instance:
    """One occurrence.

    :param recurrence_id: empty for an entry that does not repeat.
    :param element: what the service says of it, its times in UTC (or as days).
    :param unreadable: why its times are not known; they are absent then.
    """

    recurrence_id: str
    element: Json
    unreadable: Unreadable | None = None


def elements(detail: Json) -> list[Json]:
    """The events of an answer."""
    events = detail.get("events")
    rows = events if isinstance(events, list) else []
    return [row for row in rows if isinstance(row, Mapping)]


def repeats(detail: Json) -> bool:
    """Whether the answer tells of a series, or of instances of one."""
    return any(
        row.get("recurrenceRule")
        or row.get("recurrenceDates") is not None
        or row.get("recurrenceId")
        for row in elements(detail)
    )


def instances(
    detail: Json,
    home: tzinfo,
    since: datetime,
    until: datetime,
    wanted: Collection[str] = (),
) -> Iterator[Instance]:
    """The occurrences that may take place between two instants, and those wanted.

    :param home: the account's zone.
    :param since: aware; some that end before may come as well.
    :param wanted: recurrence ids that are found wherever they lie.
    :raises Unreadable: the series cannot be followed.
    """
    rows = elements(detail)
    zones = Zones(detail.get("timezones"), home)
    if not repeats(detail):
        for row in rows[:1]:
            yield _instance("", row, zones)
        return
    master = next((row for row in rows if not row.get("recurrenceId")), None)
    changed = {str(row["recurrenceId"]): row for row in rows if row.get("recurrenceId")}
    for recurrence_id, row in changed.items():
        sparse = not any(name in row for name in _WHOLE)
        names = _INHERITED if sparse else ("class",)
        inherited = {name: master[name] for name in names if master and name in master}
        yield _instance(recurrence_id, {**inherited, **row}, zones)
    if master is not None:
        series = _Series(master, zones, changed)
        yield from series.unchanged(since, until, frozenset(wanted) - changed.keys())


def alone(row: Json, home: tzinfo, definitions: object = None) -> Instance:
    """What one element says of itself, whatever it says about repeating."""
    recurrence_id = text_of(row, "recurrenceId")
    return _instance(recurrence_id, row, Zones(definitions, home))


def _instance(recurrence_id: str, row: Json, zones: Zones) -> Instance:
    element = {name: value for name, value in row.items() if name not in _REPEATING}
    if recurrence_id:
        element["recurrenceId"] = recurrence_id
    try:
        for name in ("start", "end"):
            if row.get(name) is not None:
                element[name] = _timed(row[name], zones)
        if text_of(row, "x-lotus-appttype") in WHOLE_DAYS:
            element |= _whole_days(row, zones)
    except Unreadable as error:
        times = ("start", "end")
        rest = {name: value for name, value in element.items() if name not in times}
        return Instance(recurrence_id, rest, error)
    return Instance(recurrence_id, element)


def text_of(row: Json, name: str) -> str:
    """A text, or the one of an X- property, which comes as an object."""
    value = row.get(name)
    if isinstance(value, Mapping):
        value = value.get("data")
    return str(value) if value is not None else ""


def _whole_days(row: Json, zones: Zones) -> dict[str, Any]:
    """Days of an entry that an old template shows with times: those of its clock."""
    start, end = row.get("start"), row.get("end")
    if not isinstance(start, Mapping) or "time" not in start:
        return {}
    first = _clock(start, zones)
    last = _clock(end, zones) if isinstance(end, Mapping) and "time" in end else first
    day = last.date()
    if last.time() == datetime.min.time() and day > first.date():
        day -= _DAY
    return {"start": date_object(first.date()), LAST_DAY: date_object(day)}


def _clock(value: Json, zones: Zones) -> datetime:
    if value.get("utc"):
        return _wall(zones.wall(value).replace(tzinfo=UTC), zones.home)
    return zones.wall(value)


def _timed(value: Any, zones: Zones) -> dict[str, Any]:
    """A date object in UTC; one that came without a zone keeps that mark."""
    shown = date_object(zones.moment(value))
    if "time" in value and not value.get("utc") and not value.get("tzid"):
        shown["floating"] = True
    return shown


class _Series:
    """Element 0 of a series."""

    def __init__(self, master: Json, zones: Zones, changed: Mapping[str, Json]) -> None:
        self._master = master
        self._zones = zones
        self._changed = changed
        self._rest = {
            name: value
            for name, value in master.items()
            if name not in (*_REPEATING, "start", "end")
        }
        self._moved = {
            identifier: _start_or_none(row, zones)
            for identifier, row in changed.items()
        }

    def unchanged(
        self, since: datetime, until: datetime, wanted: frozenset[str]
    ) -> Iterator[Instance]:
        """Occurrences that have no element of their own."""
        taken_out = {
            identifier_of(self._zones.moment(value))
            for value in _list(self._master.get("exceptDates"))
        }
        seen = set(self._changed)
        spans = [*self._by_dates(wanted), *self._by_rule(since, until, wanted)]
        for start, end in spans:
            identifier = identifier_of(start)
            if identifier in taken_out or identifier in seen:
                continue
            if identifier not in wanted and _is_far(start, end, since, until):
                continue
            seen.add(identifier)
            element = {**self._rest, "start": date_object(start)}
            if end is not None:
                element["end"] = date_object(end)
            yield _instance(identifier, element, self._zones)

    # -- by dates ----------------------------------------------------------------------

    def _by_dates(
        self, wanted: frozenset[str]
    ) -> Iterator[tuple[Moment, Moment | None]]:
        """Those listed, less one for each changed instance: it stands there with its
        new time, or with its original one."""
        spans = [
            self._period(value) for value in _list(self._master.get("recurrenceDates"))
        ]
        starts = [identifier_of(start) for start, _ in spans]
        left = Counter(starts)
        for identifier, moved_to in self._moved.items():
            now = identifier_of(moved_to) if moved_to is not None else identifier
            for known in (now, identifier):
                if left[known]:
                    left[known] -= 1
                    break
        for identifier, span in zip(starts, spans, strict=True):
            if left[identifier] or identifier in wanted:
                yield span

    def _period(self, value: Any) -> tuple[Moment, Moment | None]:
        if isinstance(value, Mapping) and "start" in value:
            start = self._zones.moment(value["start"])
            end = value.get("end")
            return start, self._zones.moment(end) if end else None
        start = self._zones.moment(value)
        return start, self._end_of(start)

    def _end_of(self, start: Moment) -> Moment | None:
        """The end of an occurrence of which only the start is told."""
        first = self._zones.moment(self._master.get("start"))
        last = self._master.get("end")
        if not last:
            return None
        return start + (self._zones.moment(last) - first)

    # -- by rule -----------------------------------------------------------------------

    def _by_rule(
        self, since: datetime, until: datetime, wanted: frozenset[str]
    ) -> Iterator[tuple[Moment, Moment | None]]:
        """The rule by the clock of the series' own zone."""
        text = str(self._master.get("recurrenceRule") or "").strip()
        if not text:
            return
        start = self._master.get("start")
        if not isinstance(start, Mapping):
            raise Unreadable(reason("calendar_no_start"))
        if "time" not in start:
            yield from self._days(text, since, until, wanted)
            return
        zone = self._zones.zone(start)
        wall = self._zones.wall(start)
        length = self._wall_length(wall, zone)
        first = _wall(since, zone) - max(length or _DAY, _DAY)
        last = _wall(until, zone)
        more = [_wall(moment, zone) for moment in map(_moment_of, wanted)]
        for occurrence in self._followed(text, wall, zone, first, last, more):
            end = None if length is None else instant(occurrence + length, zone)
            yield instant(occurrence, zone), end

    def _days(
        self, text: str, since: datetime, until: datetime, wanted: frozenset[str]
    ) -> Iterator[tuple[Moment, Moment | None]]:
        day = self._zones.moment(self._master.get("start"))
        end = self._master.get("end")
        length = self._zones.moment(end) - day if end else None
        wall = datetime.combine(day, datetime.min.time())
        first = _wall(since, UTC) - max(length or _DAY, _DAY) - _DAY
        last = _wall(until, UTC) + _DAY
        more = [_wall(moment, UTC) for moment in map(_moment_of, wanted)]
        for occurrence in self._followed(text, wall, UTC, first, last, more):
            start = occurrence.date()
            yield start, None if length is None else start + length

    def _wall_length(self, wall: datetime, zone: tzinfo) -> timedelta | None:
        """How long it takes by the clock, so that it ends at the same time of day."""
        end = self._master.get("end")
        if not isinstance(end, Mapping):
            return None
        moment = self._zones.moment(end)
        if not isinstance(moment, datetime):
            return None
        return _wall(moment, zone) - wall

    @staticmethod
    def _followed(
        text: str,
        start: datetime,
        zone: tzinfo,
        first: datetime,
        last: datetime,
        more: Sequence[datetime],
    ) -> Iterator[datetime]:
        """Occurrences (naive, by the zone's clock) from first to last, and of the
        others those that the rule knows."""
        found = _FREQ.search(text)
        if found is None or found[1].upper() not in _RULES:
            raise _bad_rule(text)
        asked = {moment for moment in more if not first <= moment < last}
        end = max((last, *asked))
        try:
            rule = _rule(_until_by_clock(text, zone), start)
            for number, occurrence in enumerate(rule):
                if occurrence > end or number > _MOST:
                    return
                if first <= occurrence < last or occurrence in asked:
                    yield occurrence
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            raise _bad_rule(text) from None


class _Months(frozenset[int]):
    """The months of a rule, which are looked at for every day, a limited number of
    times."""

    looked = 0

    def __contains__(self, month: object) -> bool:
        self.looked += 1
        if self.looked > _DAYS:
            raise ValueError("a rule that never comes true")
        return super().__contains__(month)


def _rule(text: str, start: datetime) -> rrule.rrule:
    """:raises ValueError: it is none."""
    if _RULE.fullmatch(text) is None:
        raise ValueError(text)
    rule = rrule.rrulestr(text, dtstart=start)
    if not isinstance(rule, rrule.rrule):
        raise ValueError(text)
    months = getattr(rule, "_bymonth", None) or range(1, 13)
    rule._bymonth = _Months(months)  # type: ignore[attr-defined]
    return rule


def identifier_of(moment: Moment) -> str:
    """The recurrence id that stands for an original start."""
    if not isinstance(moment, datetime):
        return moment.isoformat().replace("-", "")
    text = moment.astimezone(UTC).isoformat()[:19]
    return f"{text.replace('-', '').replace(':', '')}Z"


def _is_far(
    start: Moment, end: Moment | None, since: datetime, until: datetime
) -> bool:
    """Whether it surely lies outside, whatever the zone of a day."""
    first, last = _roughly(start), _roughly(end or start)
    return first - _DAY > until or max(first, last) + _DAY < since


def _roughly(moment: Moment) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, datetime.min.time(), UTC)


def _moment_of(identifier: str) -> datetime:
    """The start that a recurrence id names (UTC); of a day its midnight."""
    text = identifier.rstrip("Z")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return moment.replace(tzinfo=None)


def _start_or_none(row: Json, zones: Zones) -> Moment | None:
    try:
        return zones.moment(row.get("start"))
    except Unreadable:
        return None


def _until_by_clock(text: str, zone: tzinfo) -> str:
    """The rule with its end as the clock of the zone shows it, like the start."""
    found = _UNTIL.search(text)
    if found is None:
        return text
    value = found[1].strip().upper()
    if len(value) == 8:
        value += "T235959"
    elif value.endswith("Z"):
        end = datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        value = f"{_wall(end, zone):%Y%m%dT%H%M%S}"
    return text[: found.start(1)] + value + text[found.end(1) :]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _bad_rule(text: str) -> Unreadable:
    shown = clean.cut(clean.line(text), 80)
    return Unreadable(reason("calendar_rule", rule=shown))
