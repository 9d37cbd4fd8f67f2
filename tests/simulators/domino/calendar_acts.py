"""What persons do with their calendars in the Notes client."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from . import recurrence, zones
from .entries import (
    ALL_DAY,
    ANNIVERSARY,
    APPOINTMENT,
    MEETING,
    REMINDER,
    Book,
    Entry,
    Person,
)
from .items import RichText, to_values
from .world import MailFile, World

if TYPE_CHECKING:
    from .server import DominoSimulator

When = datetime | date | str
KINDS = {
    "appointment": APPOINTMENT,
    "anniversary": ANNIVERSARY,
    "all_day": ALL_DAY,
    "meeting": MEETING,
    "reminder": REMINDER,
}


def moment(value: When) -> datetime | date:
    """A date for whole days, else an instant in UTC; text is ISO 8601."""
    if isinstance(value, str):
        if len(value) == 10:
            return date.fromisoformat(value)
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return value.astimezone(UTC)


class CalendarActs:
    """Calendar part of `Acts`.

    Entries are named by mail file and UID, instances by recurrence id besides.
    Starts and ends are aware datetimes, dates for whole days (`end` the last
    day), or ISO text of either.
    """

    _server: DominoSimulator
    _world: World
    _lock: Any

    def _file(self, path: str) -> MailFile:
        raise NotImplementedError

    def _book(self, mailfile: str) -> Book:
        return Book(self._world, self._file(mailfile))

    def _person(self, text: str, role: str = "req") -> Person:
        user = self._world.user(text)
        if user is not None:
            return Person(user.key, user.email, role)
        return Person(text, text if "@" in text else "", role)

    def _entry(
        self,
        file: MailFile,
        subject: str,
        start: When,
        end: When | None,
        *,
        zone: str | None = None,
        kind: str | None = None,
        location: str = "",
        body: Any = None,
        private: bool = False,
        free: bool | None = None,
        categories: list[str] | None = None,
        reminder: int | str | datetime | None = None,
        attendees: list[str] | None = None,
        optional: list[str] | None = None,
        fyi: list[str] | None = None,
        chair: str | None = None,
        priority: int | None = None,
    ) -> Entry:
        first = moment(start)
        last = moment(end) if end is not None else None
        whole = not isinstance(first, datetime)
        people = [self._person(p) for p in attendees or []]
        people += [self._person(p, "opt") for p in optional or []]
        people += [self._person(p, "fyi") for p in fyi or []]
        number = ALL_DAY if whole else MEETING if people else APPOINTMENT
        if kind is not None:
            number = KINDS[kind]
        key = zone or self._server.knobs.zone
        entry = Entry(
            subject,
            kind=number,
            zone=zones.iana(key, self._world.now().year).text,
            location=location,
            private=private,
            free=number in (ANNIVERSARY, REMINDER) if free is None else free,
            categories=list(categories or []),
            chair=self._person(chair).name if chair else (file.owner or ""),
            attendees=people,
            priority=priority,
        )
        if body is not None:
            entry.body = self._rich(body)
        if isinstance(reminder, int):
            entry.alarm = -reminder
        elif reminder is not None:
            at = moment(reminder)
            if isinstance(at, datetime):
                entry.alarm = at
        self._set_times(entry, first, last)
        return entry

    @staticmethod
    def _rich(body: Any) -> RichText:
        if isinstance(body, RichText):
            return body
        if isinstance(body, dict):
            value: RichText = to_values(body)[0]
            return value
        return RichText.from_text(str(body))

    @staticmethod
    def _set_times(
        entry: Entry, first: datetime | date, last: datetime | date | None
    ) -> None:
        if isinstance(first, datetime):
            entry.start = first
            if isinstance(last, datetime):
                entry.end = last
            elif entry.kind == REMINDER:
                entry.end = first
            else:
                entry.end = first + timedelta(hours=1)
            return
        until = last if last is not None and not isinstance(last, datetime) else first
        entry.start, entry.end = recurrence.whole_day(first, until, entry.place)

    def create_event(
        self,
        mailfile: str,
        subject: str,
        start: When,
        end: When | None = None,
        *,
        uid: str | None = None,
        items: dict[str, Any] | None = None,
        **values: Any,
    ) -> str:
        """Enters an event as the Notes client does; returns its UID.

        `values`: `zone` (IANA, default the server's), `kind` (appointment,
        anniversary, all_day, meeting, reminder; default by what is given),
        `location`, `body` (text or rich text), `private`, `free`,
        `categories`, `reminder` (minutes before, negative after; or an
        instant), `priority` (1 to 9), `attendees`, `optional`, `fyi` (names or
        addresses; nobody is told, see create_meeting), `chair`. `items` are
        set as they are.
        """
        with self._lock:
            file = self._file(mailfile)
            entry = self._entry(file, subject, start, end, **values)
            extra = {k: to_values(v) for k, v in (items or {}).items()}
            return self._book(mailfile).add(entry, uid, extra)
