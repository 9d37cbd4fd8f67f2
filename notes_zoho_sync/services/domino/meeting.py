"""Meetings called, changed and cancelled on a person's word: Domino tells the guests.

Rests on the DAS fact sheet, 3.7 to 3.9. Nothing here is repeated by itself; the caller
commits what it is about to do, and looks (``find``) before it does it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Protocol

from ..errors import Gone, Misconfigured, OutcomeUnknown, Rejected, SyncError
from ..reasons import Reason, reason
from ..records import Attendee, Kind, Values
from ..records.instance import split
from . import texts  # noqa: F401  (registers the sentences)
from .calendar import CalendarService, Detail
from .discovery import find_mail_file
from .events import INCLUSIVE, TAKES_INCLUSIVE, EntryReading
from .session import DominoSession
from .turns import NotApplied

#: A request whose answer was lost may still be under way for this long.
IN_FLIGHT = timedelta(seconds=60)
#: Locks of the sync that are none for a person: the guests are told, and the text is
#: known to be plain.
_OPEN = ("calendar_meeting", "calendar_text")


class MeetingMapping(Protocol):
    """See ``mapping.meeting.MeetingMapping``. Pure."""

    def read(
        self,
        detail: Mapping[str, Any],
        recurrence_id: str,
        home: tzinfo,
        *,
        inclusive: bool = ...,
    ) -> EntryReading | None: ...

    def new(
        self, values: Values, uid: str, organiser: Attendee, guests: Sequence[Attendee]
    ) -> Mapping[str, Any]: ...

    def changed(
        self,
        detail: Mapping[str, Any],
        values: Values,
        home: tzinfo,
        *,
        inclusive: bool = ...,
        takes_inclusive: bool = ...,
    ) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True)
class Held:
    """A meeting, or an instance of one, as it stands in the calendar.

    :param locked: units that cannot be changed from here, with the reason.
    :param organiser: address in lower case, or Notes name, of who called it.
    """

    key: str
    values: Values
    locked: Mapping[str, Reason]
    organiser: str
    detail: Detail


@dataclass(frozen=True)
class Sent:
    """What became of an act.

    :param held: how the meeting stands now; ``None``: it does not, or not visibly.
    :param told: ``False``: Domino does not say that everybody was told.
    """

    held: Held | None
    told: bool


class MeetingDesk:
    """One person's meetings.

    :param mail_file: path from the root, not percent-encoded.
    :param mapping: ``services.mapping.meeting``.
    :param home: the account's zone.
    """

    def __init__(
        self,
        session: DominoSession,
        mail_file: str,
        *,
        mapping: MeetingMapping,
        kind: Kind,
        home: tzinfo,
    ) -> None:
        self.session = session
        self.service = CalendarService(session, mail_file)
        self._mail_file = mail_file
        self._mapping = mapping
        self._kind = kind
        self._home = home

    def now(self) -> datetime:
        """The server's clock (UTC)."""
        return self.session.now()

    def myself(self) -> Attendee | None:
        """Who the server says keeps this calendar; ``None``: it does not say.

        :returns: Notes name (abbreviated) and address.
        """
        try:
            found = find_mail_file(self.session)
        except Misconfigured:
            return None
        if found.path.casefold() != self._mail_file.casefold() or not found.email:
            return None
        return Attendee(found.email, found.owner)

    def find(self, key: str) -> Held | None:
        """How a meeting stands; ``None``: it is not there, or was cancelled.

        :param key: of an event; see ``records.instance``.
        :raises ReadFault: the server cannot show it.
        :raises Rejected: it is private, or cannot be understood.
        """
        uid, recurrence_id = split(key)
        detail = self.service.get(uid, recurrence_id)
        if detail is None:
            return None
        reading = self._mapping.read(
            detail.body, recurrence_id, self._home, inclusive=self._inclusive
        )
        if reading is None or reading.gone:
            return None
        if reading.private or reading.skip is not None:
            raise Rejected(reading.skip or reason("domino_no_meeting"))
        locked = {
            name: why for name, why in reading.locked.items() if why.code not in _OPEN
        }
        return Held(key, reading.values, locked, reading.organiser, detail)

    def wait_for(self, sent_at: datetime | None) -> None:
        """After a request whose answer is not known, and of which nothing shows.

        :param sent_at: when it was sent, by the server's clock.
        :raises NotApplied: it may still be under way.
        """
        if sent_at is not None and self.now() < sent_at + IN_FLIGHT:
            why = reason("domino_under_way", server=self.session.server)
            raise NotApplied(why, IN_FLIGHT.total_seconds())

    def invite(
        self, uid: str, values: Values, organiser: Attendee, guests: Sequence[Attendee]
    ) -> Sent:
        """Call a meeting that ``find`` does not find.

        :raises OutcomeUnknown: people may have been invited.
        :raises SyncError: they were not.
        """
        body = self._mapping.new(values, uid, organiser, guests)
        told = self.service.invite(body, uid)
        return Sent(self._look_after(uid, told), told)

    def differing(self, held: Held, values: Values) -> list[str]:
        """The units that a meeting holds otherwise, or not at all."""
        units = self._kind.units
        return [
            name
            for name, value in values.items()
            if name not in held.values or not units[name].same(held.values[name], value)
        ]

    def change(self, held: Held, values: Values, me: Collection[str]) -> Sent:
        """Change units of a meeting, as ``find`` has just found it.

        :param me: addresses and Notes names, in lower case, of who acts.
        :raises Rejected: it is somebody else's meeting, or a unit is locked.
        :raises OutcomeUnknown: it may have been changed.
        :raises SyncError: it was not.
        """
        self._check_organiser(held, me)
        wrong = self.differing(held, values)
        for name in wrong:
            if name in held.locked:
                why = reason(
                    "domino_meeting_unit",
                    unit=self._kind.units[name].label,
                    why=held.locked[name],
                )
                raise Rejected(why, name)
        body = self._mapping.changed(
            held.detail.body,
            {name: values[name] for name in wrong},
            self._home,
            inclusive=self._inclusive,
            takes_inclusive=bool(self.session.features.get(TAKES_INCLUSIVE)),
        )
        if body is None:
            return Sent(held, True)
        told = self.service.change(*split(held.key), body)
        after = self._look_after(held.key, told)
        if not told and (after is None or self.differing(after, values)):
            raise self._not_applied(held)
        return Sent(after, told)

    def cancel(self, held: Held, me: Collection[str]) -> Sent:
        """Cancel a meeting; parameters and errors as of ``change``."""
        self._check_organiser(held, me)
        try:
            told = self.service.cancel(*split(held.key))
        except Gone:
            return Sent(None, True)
        if not told and self._look_after(held.key, told) is not None:
            raise self._not_applied(held)
        return Sent(None, told)

    def _look_after(self, key: str, told: bool) -> Held | None:
        """How a meeting stands after a write.

        :raises OutcomeUnknown: that cannot be seen, and the write went wrong.
        """
        try:
            return self.find(key)
        except SyncError as error:
            if told:
                return None
            raise OutcomeUnknown(error.reason) from None

    def _not_applied(self, held: Held) -> NotApplied:
        title = self._kind.title(held.values)
        server = self.session.server
        return NotApplied(reason("domino_server_error", server=server, detail=title))

    @staticmethod
    def _check_organiser(held: Held, me: Collection[str]) -> None:
        if held.organiser and held.organiser.lower() not in me:
            why = reason("domino_not_organiser", organiser=held.organiser)
            raise Rejected(why)

    @property
    def _inclusive(self) -> bool:
        return bool(self.session.features.get(INCLUSIVE))


def names_of(people: Iterable[Attendee | None]) -> set[str]:
    """Addresses and names in lower case, for ``MeetingDesk.change``."""
    return {
        text.strip().lower()
        for who in people
        if who is not None
        for text in (who.email, who.name)
        if text.strip()
    }
