"""Meetings that a person calls, changes or cancels: guests included. Pure.

DAS calendar service, 3.4 and 3.7: ``organizer`` and ``attendees`` make a meeting.
``MeetingMapping`` is what ``domino.meeting`` is handed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from ..records import Attendee, Values
from .calendar import EntryMapping, EntryReading, documented_mapping
from .zones import Json

#: Nothing takes place then: of an entry only what is asked for is read.
_NEVER = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class MeetingMapping:
    """One entry at a time, with its guests."""

    entries: EntryMapping = field(default_factory=documented_mapping)

    def read(
        self, detail: Json, recurrence_id: str, home: tzinfo, *, inclusive: bool = False
    ) -> EntryReading | None:
        """An entry, or an instance, in the answer to a GET of it alone.

        :param home: the account's zone, for times without one.
        """
        wanted = [recurrence_id]
        readings = self.entries.read(
            detail, home, _NEVER, _NEVER, wanted, inclusive=inclusive
        )
        return next(
            (each for each in readings if each.recurrence_id == recurrence_id), None
        )

    def new(
        self, values: Values, uid: str, organiser: Attendee, guests: Sequence[Attendee]
    ) -> dict[str, Any]:
        """The body of a POST that calls a meeting.

        :param values: units of an event; ``when`` is timed (Notes has no meeting of
            whole days: mail file schema, 2.1).
        """
        body = self.entries.new(values, uid)
        (event,) = body["events"]
        chair = {"role": "chair", "status": "accepted", "rsvp": False}
        guest = {"role": "req-participant", "status": "needs-action", "rsvp": True}
        event["organizer"] = _person(organiser)
        event["attendees"] = [
            {**chair, **_person(organiser)},
            *({**guest, **_person(who)} for who in guests),
        ]
        return body

    def changed(
        self,
        detail: Json,
        values: Values,
        home: tzinfo,
        *,
        inclusive: bool = False,
        takes_inclusive: bool = False,
    ) -> dict[str, Any] | None:
        """The body of a PUT; see ``EntryMapping.changed``."""
        return self.entries.changed(
            detail,
            values,
            home,
            inclusive=inclusive,
            takes_inclusive=takes_inclusive,
        )


def _person(who: Attendee) -> dict[str, Any]:
    named = {"displayName": who.name, "email": who.email}
    return {name: text for name, text in named.items() if text}
