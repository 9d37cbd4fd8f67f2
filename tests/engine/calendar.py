"""Calendars in memory: entries and series of a mail file, events of the CRM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from notes_zoho_sync.services.errors import Gone, SyncError
from notes_zoho_sync.services.reasons import TEXTS, reason, register
from notes_zoho_sync.services.records.event import Event, When, event_kind
from notes_zoho_sync.services.records.instance import join, split
from notes_zoho_sync.services.sync.item import (
    EXISTENCE,
    Change,
    Changed,
    Fitted,
    Identified,
    Item,
    Listing,
    NewRecord,
    Removal,
    Written,
)
from notes_zoho_sync.services.sync.window import Window, window_for

from .bench import Bench
from .world import DESCRIPTION_LIMIT, Clock, Faults, Notes, Record, Zoho

KIND = event_kind()
EMPTY = Event().values()
ZONE = ZoneInfo("America/Sao_Paulo")
BACK, AHEAD = 10, 30

if "fake_meeting" not in TEXTS:
    register(
        {
            "fake_meeting": "people were invited",
            "fake_born": "written in Notes",
            "fake_guests": "participants are left out",
        }
    )


@dataclass
class Document:
    """A document of the calendar: an entry, or the instances of a series."""

    unid: str
    uid: str
    single: bool
    changed: datetime


def timed(start: datetime, minutes: int = 60) -> When:
    """Some minutes from an instant on."""
    return When(start, start + timedelta(minutes=minutes))


class Calendar(Notes):
    """A mail file's calendar. A record is an entry or one instance of a series."""

    empty = EMPTY

    def __init__(self, clock: Clock, faults: Faults) -> None:
        super().__init__(clock, faults)
        self.documents: dict[str, Document] = {}
        self.mail: dict[str, datetime] = {}
        self.window: Window | None = None
        self.has_documents = True

    # -- people

    def person_makes_series(self, starts: Sequence[datetime], **values: Any) -> str:
        """A series by explicit dates; its UID."""
        uid = self._document(single=False)
        for start in starts:
            self.instance(uid, start, **values)
        return uid

    def instance(self, uid: str, start: datetime, **values: Any) -> Record:
        """One more instance of a series."""
        when = {"when": timed(start)}
        key = join(uid, start.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"))
        return self._put(key, {**EMPTY, **when, **values})

    def copy_of(self, uid: str, **values: Any) -> Record:
        """This user's copy of a meeting that lies in several calendars."""
        self._number += 1
        unid = f"D{self._number:05d}"
        self.documents[uid] = Document(unid, uid, True, self.clock.tick())
        return self._put(uid, {**EMPTY, **values})

    def person_makes_it_a_series(self, key: str, days: Sequence[int]) -> None:
        """An entry starts to repeat: the UID stays, the entry becomes instances."""
        old = self.records.pop(key)
        self.documents[key].single = False
        start = old.values["when"].start
        for day in (0, *days):
            at = start + timedelta(days=day)
            self.instance(key, at, **{**old.values, "when": timed(at)})

    def mail_arrives(self, number: int) -> None:
        for _ in range(number):
            self.mail[f"M{len(self.mail)}"] = self.clock.tick()

    def series(self, uid: str) -> list[Record]:
        return [
            record
            for record in self.live()
            if split(record.key)[0] == uid and record.key != uid
        ]

    def _document(self, single: bool) -> str:
        self._number += 1
        unid = f"D{self._number:05d}"
        # The documents of a series are its parent's children.
        uid = f"{unid}-L" if single else f"{unid}p-L"
        self.documents[uid] = Document(unid, uid, single, self.clock.tick())
        return uid

    def _add(self, values: dict[str, Any], **more: Any) -> Record:
        return self._put(self._document(single=True), values, **more)

    def _put(self, key: str, values: dict[str, Any], **more: Any) -> Record:
        now = self.clock.tick()
        record = Record(key, values, now, now, **more)
        self.records[key] = record
        self._touch(record)
        return record

    def _touch(self, record: Record) -> None:
        super()._touch(record)
        self.documents[split(record.key)[0]].changed = record.modified

    # -- port

    def changed_since(
        self, since: datetime, expected: Mapping[str, int]
    ) -> Changed | None:
        self._read()
        if not self.has_documents:
            return None
        living = {split(record.key)[0] for record in self.live()}
        entries = {
            document.unid: document.changed.isoformat()
            for document in self.documents.values()
            if document.uid in living and document.changed >= since
        }
        mail = {unid: at.isoformat() for unid, at in self.mail.items() if at >= since}
        return Changed({**entries, **mail}, self.clock.at)

    def key_of(self, kind: str, unid: str) -> str:
        return f"{unid}-L"

    def identify(self, unids: Sequence[str]) -> dict[str, Identified]:
        self._read()
        return {
            document.unid: Identified("event", document.uid, document.single)
            for document in self.documents.values()
            if document.unid in unids
        }

    def _listed(self) -> list[Record]:
        assert self.window is not None
        return [
            record
            for record in self.live()
            if self.window.is_listed(_span(record.values["when"]))
        ]

    def holds(self, kind: str, expected: int) -> bool:
        self._read()
        return len(self._listed()) == expected

    def list_keys(self, kind: str) -> Listing:
        began = self.clock.at
        self._read()
        records = self._listed()
        glimpses = {
            record.key: {name: record.values[name] for name in ("title", "when")}
            for record in records
            if not record.private
        }
        return Listing(
            tuple(record.key for record in records), len(records), began, glimpses
        )

    def read(self, kind: str, keys: Sequence[str]) -> Iterator[tuple[str, Item | None]]:
        assert self.window is not None
        wanted: dict[str, list[str]] = {}
        for key in keys:
            wanted.setdefault(split(key)[0], []).append(key)
        for uid, asked in wanted.items():
            self._read()
            for key in asked:
                record = self.records.get(key)
                gone = record is None or record.deleted
                yield key, None if gone or record is None else self.item(record)
            for record in self.series(uid):
                inside = self.window.overlaps(_span(record.values["when"]))
                if inside and record.key not in asked:
                    yield record.key, self.item(record)

    def item(self, record: Record) -> Item:
        return replace(
            super().item(record), organiser=record.values.get("organiser", "")
        )

    def visible(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name in EMPTY}

    def remarks(self, record: Record) -> tuple[Any, ...]:
        return ()

    def locked(self, record: Record) -> dict[str, Any]:
        locked = {}
        if not record.sync_key:
            locked["description"] = reason("fake_born")
        if record.values["attendees"]:
            meeting = reason("fake_meeting")
            locked |= dict.fromkeys(("when", "attendees", EXISTENCE), meeting)
        return locked

    def fit(
        self, kind: str, values: Mapping[str, Any], current: Mapping[str, Any]
    ) -> Fitted:
        fitted = {name: v for name, v in values.items() if name != "attendees"}
        guests = (reason("fake_guests"),) if values.get("attendees") else ()
        return Fitted(fitted, guests)

    def stale(self, record: Record, expected: Change | Removal) -> bool:
        return expected.version != self.version(record)

    def create(self, kind: str, records: Sequence[NewRecord]) -> list[Any]:
        def act(new: NewRecord) -> Written | SyncError:
            zgid, _, zoho_id, number = new.sync_key.split(":")
            uid = f"zoho-{zgid}-{zoho_id}-{number}"
            record = self.records.get(uid)
            if record is None:
                self.writes["create"] += 1
                self._number += 1
                unid = f"D{self._number:05d}"
                self.documents[uid] = Document(unid, uid, True, self.clock.at)
                record = self._put(uid, {**EMPTY, **new.values}, sync_key=new.sync_key)
            elif record.deleted:
                return Gone(self.name)
            return self._written(record, True)

        return self._each(records, act)


class Crm(Zoho):
    """The organisation's events."""

    empty = EMPTY

    def module(self, kind: str) -> str:
        return "Events"

    def visible(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name in EMPTY}

    def remarks(self, record: Record) -> tuple[Any, ...]:
        return ()

    def fit(
        self, kind: str, values: Mapping[str, Any], current: Mapping[str, Any]
    ) -> Fitted:
        fitted = self.visible(values)
        if "description" in fitted:
            fitted["description"] = fitted["description"][:DESCRIPTION_LIMIT]
        return Fitted(fitted)


class CalendarBench(Bench):
    """One account that syncs its calendar."""

    kinds = {"event": KIND}
    modules = ("Events",)

    def __init__(self, **settings: object) -> None:
        super().__init__(kinds=("event",), **settings)
        self.choice: Any = "all"

    def make_notes(self) -> Calendar:
        return Calendar(self.clock, self.faults)

    def make_zoho(self) -> Crm:
        return Crm(self.clock, self.faults)

    def run(self) -> Any:
        self.look_at_the_day()
        return super().run()

    def preview(self) -> Any:
        self.look_at_the_day()
        return super().preview()

    def look_at_the_day(self) -> None:
        window = window_for(self.choice, self.clock.at, ZONE, BACK, AHEAD)
        self.settings = replace(self.settings, window=window)
        self.notes.window = window


def _span(when: When) -> Any:
    return when.start, when.end


__all__ = ["Calendar", "CalendarBench", "Crm", "timed"]
