"""Calendar entries as documents: what their items say, and how they are made.

A single entry is one document. A series is a parent, which holds the rule and
is not on the calendar, and children with lists of dates: the first child holds
what follows the series, further ones what was changed (flag `e`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from . import recurrence, zones
from .agenda import Agenda, appt_unid, is_parent, uid_of
from .items import Item, RichText
from .world import Document, MailFile, World
from .zones import Zone

APPOINTMENT, ANNIVERSARY, ALL_DAY, MEETING, REMINDER = range(5)
WHOLE_DAYS = (ANNIVERSARY, ALL_DAY)

# StartTimeZone of an entry whose times float, as old templates left them.
FLOATING = "*"

_ICONS = {
    APPOINTMENT: 160,
    ANNIVERSARY: 63,
    ALL_DAY: 9,
    MEETING: 158,
    REMINDER: 10,
}
_ROLES = {"req": "Required", "opt": "Optional", "fyi": "FYI"}
_UNITS = {"M": 1, "H": 60, "D": 1440}
CANCELLED = 81


@dataclass(frozen=True)
class Person:
    """A participant: name as Notes keeps it, address ("" when unknown)."""

    name: str
    email: str = ""
    role: str = "req"

    @property
    def shown(self) -> str:
        """`Jane Doe/Acme`, or the plain name."""
        if "=" not in self.name:
            return "" if "@" in self.name else self.name
        return "/".join(p.partition("=")[2] for p in self.name.split("/"))


@dataclass
class Entry:
    """What a calendar entry says; instants in UTC.

    `alarm`: minutes from the start (negative before), or an instant.
    """

    subject: str = ""
    start: datetime | None = None
    end: datetime | None = None
    zone: str = ""
    kind: int = APPOINTMENT
    location: str = ""
    body: RichText | None = None
    private: bool = False
    free: bool = False
    categories: list[str] = field(default_factory=list)
    alarm: int | datetime | None = None
    chair: str = ""
    attendees: list[Person] = field(default_factory=list)
    priority: int | None = None
    sequence: int = 0
    url: str = ""

    @property
    def place(self) -> Zone | None:
        """The zone, None for UTC and for what is none."""
        return zones.parse(self.zone) if self.zone else None

    @property
    def whole_days(self) -> bool:
        """Whether it has dates and no times."""
        return self.kind in WHOLE_DAYS


@dataclass(frozen=True)
class Instance:
    """One occurrence: its document, its place in the lists, its times."""

    document: Document
    place: int
    original: datetime
    start: datetime
    end: datetime | None
    changed: bool


# -- reading -------------------------------------------------------------------------


def _number(document: Document, name: str, default: int = 0) -> int:
    values = document.get(name)
    try:
        return int(float(values[0])) if values else default
    except (TypeError, ValueError):
        return default


def _stamp(document: Document, name: str, place: int = 0) -> datetime | None:
    values = document.get(name)
    if place < len(values) and isinstance(values[place], datetime):
        stamp: datetime = values[place]
        return stamp
    return None


def _alarm(document: Document) -> int | datetime | None:
    if not document.get("$Alarm"):
        return None
    at = _stamp(document, "$AlarmTime")
    if at is not None:
        return at
    offset = document.get("$AlarmOffset")
    unit = _UNITS.get(document.text("$AlarmUnit") or "M", 1)
    return round(float(offset[0]) * unit) if offset else 0


def people(document: Document) -> list[Person]:
    """The participants; parallel lists hold their addresses, "." unknown."""
    found: list[Person] = []
    for role, name in _ROLES.items():
        addresses = document.get(f"INet{name}Names")
        for n, person in enumerate(document.get(f"{name}Attendees")):
            email = addresses[n] if n < len(addresses) else "."
            found.append(Person(person, "" if email == "." else email, role))
    return found


def entry_of(document: Document, place: int = 0) -> Entry:
    """What a document says; `place` picks an instance of its lists."""
    body = document.get("Body")
    priority = document.text("Importance")
    return Entry(
        subject=document.text("Subject"),
        start=_stamp(document, "StartDateTime", place),
        end=_stamp(document, "EndDateTime", place),
        zone=document.text("StartTimeZone"),
        kind=_number(document, "AppointmentType"),
        location=document.text("Location"),
        body=body[0] if body and isinstance(body[0], RichText) else None,
        private=document.text("OrgConfidential") == "1",
        free=document.text("BookFreeTime") == "1",
        categories=[c for c in document.get("Categories") if c],
        alarm=_alarm(document),
        chair=document.text("Chair"),
        attendees=people(document),
        priority={"1": 1, "2": 5, "3": 9}.get(priority),
        sequence=_number(document, "SequenceNum"),
        url=document.text("ApptUNIDURL"),
    )


def in_series(documents: list[Document]) -> bool:
    """Whether the documents of a UID make a series."""
    return bool(documents) and (
        is_parent(documents[0]) or documents[0].parent is not None
    )


def instances(documents: Iterable[Document]) -> list[Instance]:
    """All instances of a series by original start."""
    found = []
    for document in documents:
        if is_parent(document):
            continue
        starts, ends = document.get("StartDateTime"), document.get("EndDateTime")
        originals = document.get("RepeatInstanceDates") or starts
        changed = "e" in document.text("$CSFlags")
        for place, start in enumerate(starts):
            end = ends[place] if place < len(ends) else None
            original = originals[place] if place < len(originals) else start
            found.append(Instance(document, place, original, start, end, changed))
    return sorted(found, key=lambda i: (i.original, i.document.noteid))


def instance_id(instance: Instance) -> str:
    """Its recurrence id: the original start."""
    document = instance.document
    zone = zones.parse(document.text("StartTimeZone") or "-")
    whole = _number(document, "AppointmentType") in WHOLE_DAYS
    return recurrence.identifier(instance.original, zone, whole)


def find_instance(documents: Iterable[Document], rid: str) -> Instance | None:
    """The instance with a recurrence id."""
    return next((i for i in instances(documents) if instance_id(i) == rid), None)


def plain_entry(document: Document, place: int) -> dict[str, Any]:
    """An entry or instance as plain data, for looking from outside."""
    entry = entry_of(document, place)
    start: Any = entry.start
    end: Any = entry.end
    if entry.whole_days and entry.zone != FLOATING:
        start, end = (
            zones.wall(t, entry.place).date() if t else None for t in (start, end)
        )
    rid = None
    if document.parent is not None:
        originals = document.get("RepeatInstanceDates") or document.get("StartDateTime")
        rid = recurrence.identifier(originals[place], entry.place, entry.whole_days)
    return {
        "uid": uid_of(document),
        "recurrence_id": rid,
        "unid": document.unid,
        "subject": entry.subject,
        "start": start,
        "end": end,
        "all_day": entry.whole_days,
        "kind": entry.kind,
        "location": entry.location,
        "description": entry.body.text if entry.body else "",
        "private": entry.private,
        "free": entry.free,
        "categories": list(entry.categories),
        "reminder": entry.alarm,
        "organiser": entry.chair,
        "attendees": [p.email or p.name for p in entry.attendees],
        "cancelled": document.get("_ViewIcon") == [CANCELLED],
        "answer": document.text("NoticeType"),
        "sequence": entry.sequence,
        "modified": document.modified,
    }


# -- writing -------------------------------------------------------------------------


def put_entry(document: Document, entry: Entry) -> None:
    """Writes what an entry says, all but its dates."""

    def put(name: str, value: Any) -> None:
        document.put(name, value if isinstance(value, list) else [value])

    def put_or_remove(name: str, value: Any) -> None:
        if value in (None, "", []):
            document.remove(name)
        else:
            put(name, value)

    put("Form", "Appointment")
    put("Subject", entry.subject)
    put("AppointmentType", str(entry.kind))
    put("Location", entry.location)
    put("Chair", entry.chair)
    put_or_remove("StartTimeZone", entry.zone)
    put_or_remove("EndTimeZone", entry.zone)
    put("OrgConfidential", "1" if entry.private else "")
    put_or_remove("$PublicAccess", "" if entry.private else "1")
    put_or_remove("BookFreeTime", "1" if entry.free else "")
    put("$BusyPriority", "2" if entry.free else "1")
    put_or_remove("Categories", list(entry.categories))
    put_or_remove("ApptUNIDURL", entry.url)
    urgent = entry.priority
    put_or_remove(
        "Importance",
        "" if not urgent else "1" if urgent <= 3 else "2" if urgent <= 6 else "3",
    )
    put("SequenceNum", entry.sequence)
    put("UpdateSeq", max(entry.sequence, _number(document, "UpdateSeq")))
    if document.get("_ViewIcon") != [CANCELLED]:
        put("_ViewIcon", _ICONS.get(entry.kind, 160))
    put("$CSVersion", "2")
    if entry.body is not None:
        put("Body", entry.body)
    for role, name in _ROLES.items():
        chosen = [p for p in entry.attendees if p.role == role]
        put_or_remove(f"{name}Attendees", [p.name for p in chosen])
        put_or_remove(f"INet{name}Names", [p.email or "." for p in chosen])
    _put_alarm(document, entry.alarm)


def _put_alarm(document: Document, alarm: int | datetime | None) -> None:
    for name in ("Alarms", "$Alarm", "$AlarmTime", "$AlarmOffset", "$AlarmUnit"):
        document.remove(name)
    if alarm is None:
        return
    document.put("Alarms", ["1"])
    document.put("$Alarm", [1])
    if isinstance(alarm, datetime):
        document.put("$AlarmTime", [alarm])
    else:
        document.put("$AlarmOffset", [alarm])
        document.put("$AlarmUnit", ["M"])


def put_times(
    document: Document,
    starts: list[datetime],
    ends: list[datetime],
    originals: list[datetime] | None = None,
    on_calendar: bool = True,
) -> None:
    """Writes dates: lists of one length; `originals` for children."""
    document.put("StartDateTime", list(starts))
    if ends:
        document.put("EndDateTime", list(ends))
    else:
        document.remove("EndDateTime")
    for name, values in (("StartDate", starts), ("EndDate", ends)):
        if values:
            document.put(name, [values[0]])
    if on_calendar:
        document.put("CalendarDateTime", list(starts))
    else:
        document.remove("CalendarDateTime")
    if originals is not None:
        document.put("RepeatInstanceDates", list(originals))


class Book:
    """A mail file's calendar: whole entries made and changed as documents."""

    def __init__(self, world: World, file: MailFile) -> None:
        self._world = world
        self.file = file

    @property
    def agenda(self) -> Agenda:
        """The index."""
        return self.file.agenda

    def documents(self, uid: str) -> list[Document]:
        """The documents of an entry. Raises LookupError without any."""
        found = self.agenda.documents(uid)
        if not found:
            raise LookupError(f"no calendar entry {uid!r} in {self.file.path}")
        return found

    def save(self, *documents: Document, by: str | None = None) -> None:
        """Stores documents as their owner's edit."""
        for document in documents:
            self._world.save(document, by=by or self.file.owner)

    # -- making ------------------------------------------------------------------

    def add(
        self, entry: Entry, uid: str | None = None, items: dict[str, Any] | None = None
    ) -> str:
        """A single entry; returns its UID."""
        document = self._world.create(self.file)
        document.put("ApptUNID", [appt_unid(uid) if uid else document.unid])
        put_entry(document, entry)
        if entry.start is not None:
            put_times(document, [entry.start], [entry.end] if entry.end else [])
        for name, values in (items or {}).items():
            document.put(name, values)
        self.save(document)
        return uid_of(document)

    def add_series(
        self,
        entry: Entry,
        dates: list[datetime],
        rule: str | None = None,
        uid: str | None = None,
        items: dict[str, Any] | None = None,
        ends: list[datetime] | None = None,
    ) -> str:
        """A series with these starts, by rule or not; returns its UID."""
        parent = self._world.create(self.file)
        parent.put("ApptUNID", [appt_unid(uid) if uid else parent.unid])
        self._fill_series(parent, entry, dates, rule, items or {}, ends)
        return uid_of(parent)

    def _fill_series(
        self,
        parent: Document,
        entry: Entry,
        dates: list[datetime],
        rule: str | None,
        items: dict[str, Any],
        ends: list[datetime] | None,
    ) -> None:
        if not dates:
            raise ValueError("a series needs dates")
        if ends is None:
            ends = self._ends(entry, dates)
        put_entry(parent, entry)
        put_times(parent, dates[:1], ends[:1], on_calendar=False)
        for name, value in recurrence.items(rule, dates, ends).items():
            parent.put(name, value if isinstance(value, list) else [value])
        parent.put("$CSFlags", ["c"])
        child = self._world.create(self.file)
        child.parent = parent.unid
        child.put("ApptUNID", parent.get("ApptUNID"))
        put_entry(child, entry)
        put_times(child, dates, ends, dates)
        child.put("$REF", [parent.unid])
        child.put("$RefOptions", ["1"])
        child.put("$CSFlags", ["i"])
        for document in (parent, child):
            document.put("Repeats", ["1"])
            document.put("OrgRepeat", ["1"])
            for name, values in items.items():
                document.put(name, values)
        self.save(parent, child)

    def _ends(self, entry: Entry, dates: list[datetime]) -> list[datetime]:
        if entry.start is None or entry.end is None:
            return list(dates)
        zone = entry.place
        if zone is None:
            return [d + (entry.end - entry.start) for d in dates]
        length = zones.wall(entry.end, zone) - zones.wall(entry.start, zone)
        return [zones.instant(zones.wall(d, zone) + length, zone.tz) for d in dates]

    def repeat(self, uid: str, rule: str) -> None:
        """Turns a single entry into a series; UID and document stay."""
        document = self.documents(uid)[0]
        entry = entry_of(document)
        if entry.start is None:
            raise ValueError("an entry without start cannot repeat")
        dates = recurrence.starts(rule, entry.start, entry.place)
        self._fill_series(document, entry, dates, rule, {}, None)

    # -- changing ----------------------------------------------------------------

    def change(self, uid: str, entry: Entry) -> None:
        """A single entry says something else now."""
        document = self.documents(uid)[0]
        put_entry(document, entry)
        if entry.start is not None:
            put_times(document, [entry.start], [entry.end] if entry.end else [])
        self.save(document)

    def change_instance(self, uid: str, rid: str, entry: Entry) -> None:
        """One instance differs now: it gets a child document of its own."""
        documents = self.documents(uid)
        found = find_instance(documents, rid)
        if found is None:
            raise LookupError(f"no instance {rid} of {uid}")
        alone = found.document
        if len(alone.get("StartDateTime")) > 1:
            alone = self._split(found)
        put_entry(alone, entry)
        start = entry.start or found.start
        put_times(alone, [start], [entry.end] if entry.end else [], [found.original])
        alone.put("$CSFlags", ["ie"])
        self.save(alone)
        self._touch_parent(documents)

    def _split(self, found: Instance) -> Document:
        old = found.document
        child = self._world.create(self.file)
        child.parent = old.parent
        child.items = {
            key: Item(item.name, list(item.values)) for key, item in old.items.items()
        }
        self._take_out(found)
        self.save(old)
        return child

    @staticmethod
    def _take_out(found: Instance) -> None:
        for name in (
            "StartDateTime",
            "EndDateTime",
            "CalendarDateTime",
            "RepeatInstanceDates",
        ):
            values = list(found.document.get(name))
            if found.place < len(values):
                del values[found.place]
                found.document.put(name, values)

    def _touch_parent(self, documents: list[Document]) -> None:
        if is_parent(documents[0]):
            self.save(documents[0])

    def drop_instance(self, uid: str, rid: str) -> None:
        """Takes one instance out of its series."""
        documents = self.documents(uid)
        found = find_instance(documents, rid)
        if found is None:
            raise LookupError(f"no instance {rid} of {uid}")
        parent = documents[0]
        if is_parent(parent):
            dates = parent.get("RepeatDates")
            kept = [n for n, d in enumerate(dates) if d != found.original]
            for name in ("RepeatDates", "RepeatEndDates"):
                values = parent.get(name)
                parent.put(name, [values[n] for n in kept if n < len(values)])
        if len(found.document.get("StartDateTime")) > 1:
            self._take_out(found)
            self.save(found.document)
        else:
            self._world.hard_delete(found.document)
        if len(instances(self.agenda.documents(uid))) == 0:
            self.remove(uid, soft=True)
        else:
            self._touch_parent(documents)

    def change_series(self, uid: str, entry: Entry, shift: timedelta | None) -> None:
        """The whole series says something else; `shift` moves all its dates.

        Instances changed earlier keep their own times but for the shift, and
        take over what is said.
        """
        documents = self.documents(uid)
        zone = entry.place
        for document in documents:
            old = entry_of(document)
            put_entry(document, replace(entry, sequence=old.sequence + bool(shift)))
            if shift is None:
                continue
            for name in (
                "StartDateTime",
                "EndDateTime",
                "CalendarDateTime",
                "RepeatInstanceDates",
                "RepeatDates",
                "RepeatEndDates",
                "RepeatStartDate",
                "RepeatUntil",
                "StartDate",
                "EndDate",
            ):
                values = document.get(name)
                if values:
                    document.put(name, [_shifted(v, shift, zone) for v in values])
        self.save(*documents)

    def remove(self, uid: str, soft: bool) -> None:
        """Deletes an entry with all its documents."""
        for document in reversed(self.documents(uid)):
            if soft and self.file.soft_deletes:
                self._world.soft_delete(document)
            else:
                self._world.hard_delete(document)


def _shifted(value: datetime, shift: timedelta, zone: Zone | None) -> datetime:
    if zone is None:
        return value + shift
    return zones.instant(zones.wall(value, zone) + shift, zone.tz)
