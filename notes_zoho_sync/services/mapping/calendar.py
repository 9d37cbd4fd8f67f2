"""Calendar entries as the service shows them to records, and back. Pure.

DAS calendar service, 3.4 to 3.8; mail file schema, 2.3 to 2.5. ``EntryMapping`` is made
for one organisation; ``domino.events`` is handed it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any

from ..reasons import Reason, reason
from ..records import Values, When
from ..sync.item import EXISTENCE, Fitted
from . import calendar_texts, clean  # noqa: F401  (registers the sentences)
from .event import event_table
from .metadata import Fields, documented
from .notes import NotesMapping
from .series import Instance, alone, elements, instances, text_of
from .zones import Json, Unreadable, floats

MODULE = "Events"
_OURS = re.compile(r"zoho-([^-/]+)-([^-/]+)-([^-/]+)")
_OUR_KEY = re.compile(r"([^:]+):Events:([^:]+):([^:]+)")
#: ``NoticeType`` (mail file schema, 2.1): not answered; and what ends an entry:
#: cancelled by the chair, declined, delegated, deleted.
_UNANSWERED = "I"
_ENDED = ("C", "R", "D", "H")
_HOLIDAY = "holiday"
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")
_TEMPORARY = "-Lotus_ReadRange_"


@dataclass(frozen=True)
class EntryReading:
    """One occurrence as the engine needs it (fields: see ``sync.item.Item``).

    :param recurrence_id: original start of an instance; empty for a single entry.
    :param when: also of a private one, for whether it lies in the window.
    :param gone: cancelled or declined: as good as deleted.
    :param modified: ``yyyy-MM-ddTHH:mm:ssZ``; empty when not told.
    """

    recurrence_id: str
    values: Values = field(default_factory=dict)
    locked: Mapping[str, Reason] = field(default_factory=dict)
    remarks: tuple[Reason, ...] = ()
    private: bool = False
    skip: Reason | None = None
    organiser: str = ""
    when: When | None = None
    gone: bool = False
    modified: str = ""


@dataclass(frozen=True)
class RowReading:
    """An entry of the range list.

    :param temporary: its id is one of an old mail template's list, good for the next
        call only (mail file schema, 2.3).
    :param glimpse: the units that it tells as the detail would.
    :param unanswered: an invitation that has no detail yet.
    :param gone: as of ``EntryReading``.
    """

    uid: str
    recurrence_id: str
    temporary: bool
    when: When | None
    glimpse: Values
    unanswered: bool
    gone: bool


@dataclass(frozen=True)
class EntryMapping:
    """The mapping of calendar entries for one organisation.

    :param metadata: as of ``NotesMapping``.
    """

    metadata: Callable[[str], Fields]

    # -- reading -----------------------------------------------------------------------

    def read(
        self,
        detail: Json,
        home: tzinfo,
        since: datetime,
        until: datetime,
        wanted: Collection[str] = (),
        *,
        inclusive: bool = False,
    ) -> list[EntryReading]:
        """The occurrences of an entry that may take place between two instants, and
        those wanted.

        :param detail: the answer to a GET of the entry, or of one instance.
        :param home: the account's zone, for times without one.
        :param wanted: recurrence ids.
        :param inclusive: whether whole days end with their last day on this server.
        """
        try:
            found = list(instances(detail, home, since, until, wanted))
        except Unreadable as error:
            private = any(map(_is_private, elements(detail)))
            titled = {} if private else _title(elements(detail)[0])
            return [
                EntryReading(each, titled, private=private, skip=error.reason)
                for each in wanted or [""]
            ]
        floating = any(
            floats(row.get(name)) for row in elements(detail) for name in _TIMES
        )
        zone = str(home) if floating else ""
        return [self._reading(each, inclusive, zone) for each in found]

    def _reading(self, found: Instance, inclusive: bool, floating: str) -> EntryReading:
        element = found.element
        base = EntryReading(
            found.recurrence_id,
            private=_is_private(element),
            gone=_is_gone(element),
            modified=_modified(element),
        )
        if found.unreadable is not None:
            titled = {} if base.private else _title(element)
            return replace(base, values=titled, skip=found.unreadable.reason)
        mapping = self._mapping(inclusive)
        reading = mapping.read("event", element)
        values = dict(reading.values)
        when = values.get("when")
        if base.private:
            return replace(base, when=when)
        skip = reason("calendar_no_start") if when is None else _skip(element)
        locked = dict(reading.locked)
        ours = _OURS.fullmatch(text_of(element, "id")) is not None
        organiser = ""
        if "attendees" in locked:
            organiser = _organiser(element)
            why = locked["attendees"]
            locked |= {"when": why, "location": why, EXISTENCE: why}
        elif ours:
            # The participants that Zoho knows are no part of this plain appointment.
            del values["attendees"]
        if not ours:
            locked.setdefault("description", reason("calendar_text"))
        remarks = reading.remarks
        if floating and when is not None and not when.all_day:
            remarks += (reason("calendar_floating", zone=floating),)
        return replace(
            base,
            values=values,
            when=when,
            skip=skip,
            locked=locked,
            remarks=remarks,
            organiser=organiser,
        )

    def row(self, row: Json, home: tzinfo, *, inclusive: bool = False) -> RowReading:
        """An entry of the range list, which has its times in UTC."""
        uid, recurrence_id = text_of(row, "id"), text_of(row, "recurrenceId")
        notice = text_of(row, "x-lotus-noticetype")[:1].upper()
        temporary = _TEMPORARY in uid
        when = None
        glimpse: dict[str, Any] = {}
        found = alone(row, home)
        if found.unreadable is None:
            values = self._mapping(inclusive).read("event", found.element).values
            when = values.get("when")
            names = ("when",) if temporary else ("title", "when", "location")
            glimpse = {name: values[name] for name in names}
        if _is_private(row):
            glimpse = {}
        return RowReading(
            uid,
            recurrence_id,
            temporary,
            when,
            glimpse,
            unanswered=notice == _UNANSWERED,
            gone=_is_gone(row),
        )

    # -- writing -----------------------------------------------------------------------

    def new(
        self, values: Values, uid: str, *, takes_inclusive: bool = False
    ) -> dict[str, Any]:
        """The body of a POST.

        :param uid: the identifier that the entry is to have.
        :param takes_inclusive: whether the server takes an end of whole days as their
            last day.
        """
        mapping = self._mapping(False, takes_inclusive)
        body = mapping.write("event", values, None)
        event = {"id": uid, **body, "class": "public"}
        return {"events": [_filled(event)]}

    def changed(
        self,
        detail: Json,
        values: Values,
        home: tzinfo,
        *,
        inclusive: bool = False,
        takes_inclusive: bool = False,
    ) -> dict[str, Any] | None:
        """The body of a PUT: the whole detail with these units changed, since what a
        PUT lacks is dropped (DAS calendar service, 3.8).

        :param detail: the answer to a GET of a single entry or of one instance.
        :returns: ``None`` when nothing changes.
        """
        row = elements(detail)[0]
        found = alone(row, home, detail.get("timezones"))
        mapping = self._mapping(inclusive, takes_inclusive)
        body = mapping.write("event", values, found.element)
        if not body:
            return None
        event = _filled({**row, **body})
        zones = detail.get("timezones")
        return {**({"timezones": zones} if zones else {}), "events": [event]}

    def fit(self, values: Values, current: Values) -> Fitted:
        """Zoho's values as a calendar entry would hold them."""
        return self._mapping(False).fit("event", values, current)

    @staticmethod
    def ends_inclusively(rows: Sequence[Json]) -> bool:
        """Whether some entry shows that whole days end with their last day on this
        server: one that ends on the day it starts. Otherwise that is not settled, and
        the end is taken as iCalendar has it (3.4)."""
        return any(
            isinstance(start := row.get("start"), Mapping)
            and "time" not in start
            and start == row.get("end")
            for row in rows
        )

    # -- keys --------------------------------------------------------------------------

    @staticmethod
    def uid_of(sync_key: str) -> str:
        """The UID of an entry that we make; a Notes-like one for any other key."""
        found = _OUR_KEY.fullmatch(sync_key)
        return "zoho-{}-{}-{}".format(*found.groups()) if found else sync_key

    @staticmethod
    def sync_key_of(uid: str) -> str:
        """Our key of an entry that we made; empty for another."""
        found = _OURS.fullmatch(uid)
        return f"{found[1]}:{MODULE}:{found[2]}:{found[3]}" if found else ""

    # -- helpers -----------------------------------------------------------------------

    def _mapping(self, inclusive: bool, takes_inclusive: bool = False) -> NotesMapping:
        table = _TABLES[inclusive, takes_inclusive]
        return NotesMapping(self.metadata, {"event": table})


_TABLES = {
    (shown, taken): event_table(shown, taken)
    for shown in (False, True)
    for taken in (False, True)
}
_TIMES = ("start", "end")


def for_org(metadata: Callable[[str], Fields]) -> EntryMapping:
    """The mapping with an organisation's own metadata; see ``notes.for_org``."""
    return EntryMapping(metadata)


def documented_mapping() -> EntryMapping:
    """The mapping that rests on Zoho's documented lengths."""
    return EntryMapping(documented)


def _is_private(element: Json) -> bool:
    """Any class but public, which is what no class means (RFC 5545, 3.8.1.3)."""
    return (text_of(element, "class") or "public").strip().lower() != "public"


def _title(element: Json) -> dict[str, str]:
    """What people call an entry of which no more can be read."""
    return {"title": clean.line(text_of(element, "summary"))}


def _is_gone(element: Json) -> bool:
    notice = text_of(element, "x-lotus-noticetype")[:1].upper()
    return text_of(element, "status").lower() == "cancelled" or notice in _ENDED


def _skip(element: Json) -> Reason | None:
    if text_of(element, "x-lotus-noticetype")[:1].upper() == _UNANSWERED:
        return reason("calendar_invitation")
    names = text_of(element, "categories").casefold().split(";")
    start = element.get("start")
    whole = isinstance(start, Mapping) and "time" not in start
    free = text_of(element, "transparency").lower() == "transparent"
    if whole and free and _HOLIDAY in names:
        # $SrvrHldy is no part of the detail; this is what an import looks like.
        return reason("calendar_holiday")
    return None


def _organiser(element: Json) -> str:
    """Address, else Notes name, of who rules a meeting."""
    rows = element.get("attendees")
    people = rows if isinstance(rows, list) else []
    chairs = [
        row for row in people if isinstance(row, Mapping) and row.get("role") == "chair"
    ]
    for who in (element.get("organizer"), *chairs):
        if isinstance(who, Mapping):
            found = clean.line(text_of(who, "email").lower())
            found = found or clean.line(text_of(who, "displayName"))
            if found:
                return found
    return ""


def _modified(element: Json) -> str:
    found = _STAMP.fullmatch(text_of(element, "last-modified"))
    return "{}-{}-{}T{}:{}:{}Z".format(*found.groups()) if found else ""


def _filled(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if value is not None}
