"""Something that takes place, as both sides mean it. Of a series: one instance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from .base import Kind, Span, Unit, Values
from .instance import series_of
from .text import same_line, same_text

#: How long a moment lasts for Zoho, whose events must end after they start.
SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True)
class When:
    """When it takes place: two instants (aware, UTC), or two days in no zone.

    :param end: not before ``start``; of whole days the last one, inclusive.
    """

    start: datetime | date
    end: datetime | date

    @property
    def all_day(self) -> bool:
        """Whether it takes whole days."""
        return not isinstance(self.start, datetime)

    @property
    def is_moment(self) -> bool:
        """Whether it begins and ends at once, as a reminder of Notes does."""
        return not self.all_day and self.start == self.end

    def lasting(self) -> When:
        """The same where nothing may end as it begins: a moment lasts a minute."""
        return replace(self, end=self.end + SHORTEST) if self.is_moment else self


@dataclass(frozen=True)
class Attendee:
    """Somebody who takes part; one without an address is known by name only.

    :param ref: ``<type>/<id>`` of the record or user that Zoho knows as this person.
    """

    email: str = ""
    name: str = field(default="", compare=False)
    ref: str = field(default="", compare=False)


@dataclass(frozen=True)
class Event:
    """One event. Texts are plain.

    :param reminder: minutes before the start; ``None``: nobody is reminded.
    """

    title: str = ""
    when: When | None = None
    location: str = ""
    description: str = ""
    attendees: tuple[Attendee, ...] = ()
    reminder: int | None = None

    def values(self) -> dict[str, Any]:
        """Unit name to value."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


def addresses(attendees: tuple[Attendee, ...]) -> dict[str, Attendee]:
    """Who can be told apart: by address in lower case, the first of each."""
    found: dict[str, Attendee] = {}
    for person in attendees:
        if person.email.strip():
            found.setdefault(person.email.strip().casefold(), person)
    return found


def _same_attendees(left: tuple[Attendee, ...], right: tuple[Attendee, ...]) -> bool:
    """In whatever order; those without an address cannot be told apart."""
    return addresses(left).keys() == addresses(right).keys()


def _equal(left: Any, right: Any) -> bool:
    return bool(left == right)


def _as_is(value: Any) -> Any:
    return value


def _dump_when(value: When | None) -> list[str] | None:
    return [_dump(value.start), _dump(value.end)] if value else None


def _dump(moment: datetime | date) -> str:
    if isinstance(moment, datetime):
        moment = moment.astimezone(UTC)
    return moment.isoformat()


def _load_when(data: list[str] | None) -> When | None:
    return When(_load(data[0]), _load(data[1])) if data else None


def _load(text: str) -> datetime | date:
    if "T" in text:
        return datetime.fromisoformat(text).astimezone(UTC)
    return date.fromisoformat(text)


def _dump_attendees(value: tuple[Attendee, ...]) -> list[list[str]]:
    return [[person.email, person.name, person.ref] for person in value]


def _load_attendees(data: list[list[str]]) -> tuple[Attendee, ...]:
    return tuple(Attendee(*row) for row in data)


def _text(same: Callable[[Any, Any], bool] = same_line) -> Unit:
    return Unit("", "", same, _as_is, str)


_UNITS = {
    "title": _text(),
    "when": Unit("", None, _equal, _dump_when, _load_when),
    "location": _text(),
    "description": _text(same_text),
    "attendees": Unit("", (), _same_attendees, _dump_attendees, _load_attendees),
    "reminder": Unit("", None, _equal, _as_is, _as_is),
}


def title(values: Values) -> str:
    """How people call this event."""
    return values.get("title") or "-"


def span(values: Values) -> Span | None:
    """First and last instant, or first and last day."""
    when = values.get("when")
    return (when.start, when.end) if when else None


@lru_cache(maxsize=1)
def event_kind() -> Kind:
    """The kind *event*."""
    return Kind(
        name="event",
        record=Event,
        units={key: replace(unit, name=key) for key, unit in _UNITS.items()},
        title=title,
        span=span,
        group_of=series_of,
    )
