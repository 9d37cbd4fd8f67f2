"""What persons do with their calendars in the Notes client."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from . import recurrence, zones
from .act_base import BaseActs
from .agenda import SUFFIX, uid_of
from .entries import (
    ALL_DAY,
    ANNIVERSARY,
    APPOINTMENT,
    FLOATING,
    MEETING,
    REMINDER,
    Book,
    Entry,
    Person,
    entry_of,
    find_instance,
    in_series,
)
from .items import Item, RichText, to_values
from .world import Document, MailFile, Room

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


class CalendarActs(BaseActs):
    """Calendar part of `Acts`.

    Entries are named by mail file and UID, instances by recurrence id besides.
    Starts and ends are aware datetimes, dates for whole days (`end` the last
    day), or ISO text of either.
    """

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

    def create_series(
        self,
        mailfile: str,
        subject: str,
        start: When,
        end: When | None = None,
        *,
        rule: str | None = None,
        dates: list[When] | None = None,
        uid: str | None = None,
        draft: bool = False,
        items: dict[str, Any] | None = None,
        **values: Any,
    ) -> str:
        """Enters a repeating event; returns its UID.

        `rule` is an RRULE (endless ones get dates for ten years); without it
        `dates` are all starts (the client's *custom*). A `draft` is a
        meeting not sent yet. Other values as in create_event.
        """
        with self._lock:
            file = self._file(mailfile)
            entry = self._entry(file, subject, start, end, **values)
            extra = {k: to_values(v) for k, v in (items or {}).items()}
            if draft:
                extra["$Draft"] = ["1"]
            starts = self._starts(entry, rule, dates)
            return self._book(mailfile).add_series(entry, starts, rule, uid, extra)

    @staticmethod
    def _starts(
        entry: Entry, rule: str | None, dates: list[When] | None
    ) -> list[datetime]:
        if entry.start is None:
            raise ValueError("a series needs a start")
        if rule is not None:
            return recurrence.starts(rule, entry.start, entry.place)
        found = []
        for value in dates or []:
            day = moment(value)
            if not isinstance(day, datetime):
                day = recurrence.whole_day(day, day, entry.place)[0]
            found.append(day)
        return sorted(found)

    # -- editing -------------------------------------------------------------------

    def edit_event(
        self, mailfile: str, uid: str, rid: str | None = None, **changes: Any
    ) -> None:
        """Changes an event, or one instance; values as in create_event.

        A new `start` alone keeps the length. Raises LookupError for what is
        not there and ValueError for a series without `rid`.
        """
        with self._lock:
            book = self._book(mailfile)
            documents = book.documents(uid)
            if rid is None:
                if in_series(documents):
                    raise ValueError("a series: name the instance, or edit_series")
                entry = entry_of(documents[0])
                self._edit(entry, changes)
                book.change(uid, entry)
                return
            instance = find_instance(documents, rid)
            if instance is None:
                raise LookupError(f"no instance {rid} of {uid}")
            entry = entry_of(instance.document, instance.place)
            self._edit(entry, changes)
            book.change_instance(uid, rid, entry)

    def move_instance(
        self,
        mailfile: str,
        uid: str,
        rid: str,
        start: When,
        end: When | None = None,
    ) -> None:
        """Moves one instance: it splits into a document of its own."""
        self.edit_event(mailfile, uid, rid, start=start, end=end)

    def _edit(self, entry: Entry, changes: dict[str, Any]) -> None:
        start, end = changes.pop("start", None), changes.pop("end", None)
        for name, value in changes.items():
            match name:
                case "subject" | "location" | "private" | "free" | "priority":
                    setattr(entry, name, value)
                case "categories":
                    entry.categories = list(value)
                case "body":
                    entry.body = self._rich(value)
                case "kind":
                    entry.kind = KINDS[value]
                case "zone":
                    entry.zone = zones.iana(value, self._world.now().year).text
                case "reminder":
                    entry.alarm = -value if isinstance(value, int) else value
                case "attendees":
                    entry.attendees = [self._person(p) for p in value]
                    entry.kind = MEETING if value else APPOINTMENT
                case _:
                    raise ValueError(f"unknown change {name!r}")
        if start is not None or end is not None:
            self._move(entry, start, end)

    def _move(self, entry: Entry, start: When | None, end: When | None) -> None:
        old = entry.start
        length = entry.end - old if entry.end and old else timedelta(hours=1)
        first = moment(start) if start is not None else old
        last = moment(end) if end is not None else None
        entry.sequence += 1
        if isinstance(first, datetime):
            if entry.whole_days and start is not None:
                entry.kind = APPOINTMENT
                length = timedelta(hours=1)
            entry.start = first
            entry.end = last if isinstance(last, datetime) else first + length
            if entry.whole_days and last is not None and not isinstance(last, datetime):
                begin = zones.wall(first, entry.place).date()
                self._set_times(entry, begin, last)
        elif first is not None:
            if not entry.whole_days:
                entry.kind = ALL_DAY
            elif last is None:
                last = first + timedelta(days=length.days)
            self._set_times(entry, first, last)

    def cancel_instance(self, mailfile: str, uid: str, rid: str) -> None:
        """Deletes one instance of a series."""
        with self._lock:
            self._book(mailfile).drop_instance(uid, rid)

    def edit_series(
        self,
        mailfile: str,
        uid: str,
        *,
        shift_minutes: int | None = None,
        **changes: Any,
    ) -> None:
        """Edits all instances at once; `shift_minutes` moves them by wall clock.

        Times moved so become the original ones: recurrence ids change.
        """
        with self._lock:
            book = self._book(mailfile)
            entry = entry_of(book.documents(uid)[0])
            if "start" in changes or "end" in changes:
                raise ValueError("a series moves by shift_minutes")
            self._edit(entry, changes)
            shift = timedelta(minutes=shift_minutes) if shift_minutes else None
            book.change_series(uid, entry, shift)

    def make_series(self, mailfile: str, uid: str, rule: str) -> None:
        """Lets a single event repeat; its UID stays."""
        with self._lock:
            self._book(mailfile).repeat(uid, rule)

    def delete_event(self, mailfile: str, uid: str) -> None:
        """Deletes an event, or a whole series, to the trash if there is one."""
        with self._lock:
            self._book(mailfile).remove(uid, soft=True)

    def restore_event(self, mailfile: str, uid: str) -> None:
        """Takes an event out of the trash, with its UID."""
        with self._lock:
            file = self._file(mailfile)
            self._world.expire(file)
            found = [d for d in file.trash.values() if uid_of(d) == uid]
            if not found:
                raise LookupError(f"no calendar entry {uid!r} in the trash")
            for document in found:
                touch = self._server.knobs.restore_touches_file
                self._world.restore(document, touch)

    def recreate_event(self, mailfile: str, uid: str) -> str:
        """Cuts an event or series and pastes it: the same again, another UID."""
        with self._lock:
            book = self._book(mailfile)
            old = book.documents(uid)
            unids: dict[str, str] = {}
            for document in old:
                new = self._world.create(book.file)
                unids[document.unid] = new.unid
                new.items = {
                    key: Item(item.name, list(item.values))
                    for key, item in document.items.items()
                }
                new.put("ApptUNID", [unids[old[0].unid]])
                if document.parent is not None:
                    new.parent = unids.get(document.parent, document.parent)
                    new.put("$REF", [new.parent])
                book.save(new)
            book.remove(uid, soft=True)
            return unids[old[0].unid] + SUFFIX

    def mark_event_private(
        self, mailfile: str, uid: str, rid: str | None = None, private: bool = True
    ) -> None:
        """Ticks *Mark Private*, or takes it off, for all or one instance."""
        with self._lock:
            if rid is not None:
                self.edit_event(mailfile, uid, rid, private=private)
                return
            documents = self._book(mailfile).documents(uid)
            for document in documents:
                document.put("OrgConfidential", ["1" if private else ""])
                if private:
                    document.remove("$PublicAccess")
                else:
                    document.put("$PublicAccess", ["1"])
            self._book(mailfile).save(*documents)

    def break_event(self, mailfile: str, uid: str, how: str) -> None:
        """Leaves what old templates left: `no_end`, `backwards` (end before
        start), `floating` (no zone), `midnight` (whole days as floating times
        from midnight to midnight), `unknown_zone` (one that is not defined),
        `no_start` or `no_subject`.
        """
        with self._lock:
            book = self._book(mailfile)
            documents = book.documents(uid)
            for document in documents:
                match how:
                    case "no_end":
                        for name in ("EndDateTime", "EndDate", "EndTime"):
                            document.remove(name)
                    case "backwards":
                        starts = document.get("StartDateTime")
                        ends = [s - timedelta(hours=1) for s in starts]
                        document.put("EndDateTime", ends)
                    case "floating":
                        document.put("StartTimeZone", [FLOATING])
                    case "midnight":
                        self._to_midnight(document)
                    case "unknown_zone":
                        document.put("StartTimeZone", ["Customized Time Zone"])
                    case "no_start":
                        document.remove("StartDateTime")
                    case "no_subject":
                        document.put("Subject", [""])
                    case _:
                        raise ValueError(f"unknown damage {how!r}")
            book.save(*documents)

    def _to_midnight(self, document: Document) -> None:
        place = self._world.zone()
        zone = entry_of(document).place
        for name, extra in (("StartDateTime", 0), ("EndDateTime", 1)):
            days = [zones.wall(t, zone).date() for t in document.get(name)]
            walls = [datetime(d.year, d.month, d.day) for d in days]
            document.put(
                name,
                [zones.instant(w + timedelta(days=extra), place) for w in walls],
            )
        document.put("StartTimeZone", [FLOATING])

    def import_holiday(self, mailfile: str, subject: str, day: When) -> str:
        """Imports a public holiday of the server's list; returns its UID."""
        return self.create_event(
            mailfile,
            subject,
            day,
            free=True,
            categories=["Holiday"],
            items={"$SrvrHldy": 1, "$CSFlags": "h"},
        )

    def add_room(
        self, name: str, site: str, capacity: int = 10, email: str | None = None
    ) -> str:
        """Adds a room; returns what the item `Room` of an entry says to book it."""
        with self._lock:
            address = email or f"{name.lower().replace(' ', '-')}@acme.example"
            self._world.rooms.append(Room(name, site, capacity, address))
            return f"{name}/{site}"

    # -- meetings ------------------------------------------------------------------

    def create_meeting(
        self,
        mailfile: str,
        subject: str,
        start: When,
        end: When | None = None,
        *,
        attendees: list[str],
        rule: str | None = None,
        dates: list[When] | None = None,
        **values: Any,
    ) -> str:
        """Calls a meeting: persons of this server find an invitation.

        Returns the UID, the same in all mail files.
        """
        with self._lock:
            values["attendees"] = attendees
            if rule is None and dates is None:
                uid = self.create_event(mailfile, subject, start, end, **values)
            else:
                uid = self.create_series(
                    mailfile, subject, start, end, rule=rule, dates=dates, **values
                )
            self._server.post.invite(self._file(mailfile), uid, log=False)
            return uid

    def receive_invitation(
        self,
        mailfile: str,
        subject: str,
        start: When,
        end: When | None = None,
        *,
        organiser: str = "host@elsewhere.example",
        uid: str | None = None,
        rule: str | None = None,
        attendees: list[str] | None = None,
        **values: Any,
    ) -> str:
        """An invitation comes from somebody outside; returns its UID."""
        with self._lock:
            file = self._file(mailfile)
            people = attendees or [file.owner or ""]
            entry = self._entry(
                file, subject, start, end, chair=organiser, attendees=people, **values
            )
            uid = uid or f"{self._world.new_unid().lower()}@elsewhere.example"
            if entry.start is None or entry.end is None:
                raise ValueError("an invitation needs a start")
            starts = self._starts(entry, rule, None) if rule else [entry.start]
            length = entry.end - entry.start
            ends = [s + length for s in starts]
            self._server.post.deliver(file, uid, "I", entry, starts, ends)
            return uid

    def respond(
        self, mailfile: str, uid: str, answer: str, rid: str | None = None
    ) -> None:
        """Answers an invitation, or again: accept, tentative or decline."""
        with self._lock:
            file = self._file(mailfile)
            self._server.post.answer(file, uid, answer, log=False, rid=rid)

    def reschedule_meeting(
        self,
        mailfile: str,
        uid: str,
        start: When,
        end: When | None = None,
        *,
        rid: str | None = None,
        processed: bool = True,
    ) -> None:
        """The organiser moves a meeting or one instance.

        Accepted copies follow; with `processed` false a notice waits instead.
        """
        with self._lock:
            self.edit_event(mailfile, uid, rid, start=start, end=end)
            file = self._file(mailfile)
            self._server.post.update(file, uid, rid, log=False)
            if processed:
                self._server.post.process_all(file, uid)

    def cancel_meeting(
        self,
        mailfile: str,
        uid: str,
        *,
        rid: str | None = None,
        copies: str = "mark",
    ) -> None:
        """The organiser cancels a meeting or one instance.

        The copies of the invited: `mark` them as cancelled, `remove` them, or
        leave a `notice` that waits.
        """
        with self._lock:
            file = self._file(mailfile)
            self._server.post.withdraw(file, uid, [rid] if rid else None, log=False)
            if copies != "notice":
                remove = copies == "remove"
                self._server.post.process_all(file, uid, remove=remove)
            if rid is not None:
                self._book(mailfile).drop_instance(uid, rid)
            else:
                self._book(mailfile).remove(uid, soft=True)

    def process_notices(self, mailfile: str, uid: str, remove: bool = True) -> int:
        """Takes in waiting changes and cancellations; returns how many."""
        with self._lock:
            return self._server.post.process(self._file(mailfile), uid, remove)
