"""Calendar entries as the engine sees them: ``NotesPort`` for the kind *event*.

The unit is the instance: a key is ``<uid>`` or ``<uid>/<recurrence id>``. However many
instances of a series are asked for, its detail is read once (DAS fact sheet, 3).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from typing import Any, Protocol

from ..errors import (
    Bug,
    ChangedMeanwhile,
    Gone,
    Misconfigured,
    SyncError,
)
from ..instants import from_iso
from ..reasons import Reason, reason
from ..records import Kind, Values
from ..records.instance import join, split
from ..sync.item import (
    Change,
    Fitted,
    Identified,
    Item,
    Listing,
    NewRecord,
    Removal,
    Written,
)
from ..sync.ports import Presence, Result
from ..sync.window import LEAD, Window
from . import texts  # noqa: F401  (registers the sentences)
from .calendar import CalendarService, Detail, Entries
from .data import TRASH_VIEW, DataService, Document
from .session import DominoSession, ReadFault, ServerFault
from .turns import SECOND, NotApplied, in_turn, is_fresh, let_settle, parallel, stamp

#: What the service makes of ``ApptUNID`` where that is a UNID (3.4).
SUFFIX = "-Lotus_Notes_Generated"
_UNID_LENGTH = 32
#: Items that tell what a calendar document is.
IDENTIFYING = ("ApptUNID", "OrgRepeat", "Repeats")
#: What was learned of a server (``DominoSession.features``): whether whole days end
#: with their last day where it shows them, and where it is given them.
INCLUSIVE = "inclusive_days"
TAKES_INCLUSIVE = "takes_inclusive_days"
_DAY = timedelta(days=1)


class EntryReading(Protocol):
    """One occurrence; see ``mapping.calendar.EntryReading``."""

    @property
    def recurrence_id(self) -> str: ...
    @property
    def values(self) -> Values: ...
    @property
    def locked(self) -> Mapping[str, Reason]: ...
    @property
    def remarks(self) -> tuple[Reason, ...]: ...
    @property
    def private(self) -> bool: ...
    @property
    def skip(self) -> Reason | None: ...
    @property
    def organiser(self) -> str: ...
    @property
    def when(self) -> Any: ...
    @property
    def gone(self) -> bool: ...
    @property
    def modified(self) -> str: ...


class RowReading(Protocol):
    """An entry of the range list; see ``mapping.calendar.RowReading``."""

    @property
    def uid(self) -> str: ...
    @property
    def recurrence_id(self) -> str: ...
    @property
    def temporary(self) -> bool: ...
    @property
    def when(self) -> Any: ...
    @property
    def glimpse(self) -> Values: ...
    @property
    def unanswered(self) -> bool: ...
    @property
    def gone(self) -> bool: ...


class EntryMapping(Protocol):
    """Calendar entries to values and back (``services.mapping.calendar``). Pure."""

    def read(
        self,
        detail: Mapping[str, Any],
        home: tzinfo,
        since: datetime,
        until: datetime,
        wanted: Collection[str] = ...,
        *,
        inclusive: bool = ...,
    ) -> Sequence[EntryReading]: ...

    def row(
        self, row: Mapping[str, Any], home: tzinfo, *, inclusive: bool = ...
    ) -> RowReading: ...

    def new(
        self, values: Values, uid: str, *, takes_inclusive: bool = ...
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

    def fit(self, values: Values, current: Values) -> Fitted: ...

    def ends_inclusively(self, rows: Sequence[Mapping[str, Any]]) -> bool: ...

    def uid_of(self, sync_key: str) -> str: ...

    def sync_key_of(self, uid: str) -> str: ...


class CalendarSide:
    """The part of ``DominoSide`` that deals with events.

    :param mapping: ``services.mapping.calendar``.
    :param window: the stretch of time that is listed; its zone is the account's.
    """

    def __init__(
        self,
        session: DominoSession,
        data: DataService,
        *,
        mapping: EntryMapping,
        kind: Kind,
        window: Window | None,
    ) -> None:
        self.session = session
        self.service = CalendarService(session, data.mail_file)
        self._data = data
        self._mapping = mapping
        self._kind = kind
        self._window = window
        #: An expected number of entries, whether there were as many, and when asked.
        self._end: tuple[int, bool, float] | None = None
        #: Invitations without a detail, with what the list tells of them.
        self._unanswered: dict[str, Values] = {}
        #: Details that a list of an old template needed already.
        self._ahead: dict[str, Detail] = {}

    @property
    def window(self) -> Window:
        if self._window is None:
            raise Bug("events without a window")
        return self._window

    def fit(self, values: Values, current: Values) -> Fitted:
        return self._mapping.fit(values, current)

    # -- what changed ------------------------------------------------------------------

    @staticmethod
    def key_of(unid: str) -> str:
        return f"{unid.upper()}{SUFFIX}"

    def identify(self, document: Document) -> Identified:
        """What a calendar document is, by ``IDENTIFYING``; the children of a series
        are answers to its parent (mail file schema, 2.4)."""
        items = {name.casefold(): value for name, value in document.items.items()}
        named = str(items.get("apptunid") or document.unid).strip()
        uid = self.key_of(named) if _is_unid(named) else named
        repeats = any(
            str(items.get(name) or "") == "1" for name in ("orgrepeat", "repeats")
        )
        return Identified("event", uid, not repeats and not items.get("@parentid"))

    def identify_listed(self, unids: Collection[str]) -> dict[str, Identified]:
        """The same for a server that cannot read documents in part: by the window's
        list, as far as an entry's own UNID is its UID."""
        wanted = {self.key_of(unid): unid for unid in unids}
        found: dict[str, Identified] = {}
        for key in self.list_keys().keys:
            uid, recurrence_id = split(key)
            if uid in wanted:
                found[wanted[uid]] = Identified("event", uid, not recurrence_id)
        return found

    @staticmethod
    def documents_in(keys: Sequence[str]) -> list[str]:
        """UNIDs of documents of entries, or of parents of series: those that begin in
        this mail file have them; an invited person's copy has that of the chair's."""
        uids = dict.fromkeys(split(key)[0] for key in sorted(keys, key=len))
        unids = (uid.removesuffix(SUFFIX) for uid in uids if uid.endswith(SUFFIX))
        return list(filter(_is_unid, unids))

    def holds(self, expected: int) -> bool:
        seen, self._end = self._end, None
        if seen is not None and seen[0] == expected and is_fresh(seen[2]):
            return seen[1]
        return self._ends_at(expected)

    def look_at_end(self, expected: int) -> None:
        """Ask ahead what ``holds`` will say."""
        self._end = (expected, self._ends_at(expected), time.monotonic())

    def _ends_at(self, expected: int) -> bool:
        window = self.window
        return self.service.ends_at(window.since - LEAD, window.until, expected)

    def list_keys(self) -> Listing:
        listed = self._list()
        found: dict[str, Values] = {}
        temporary: dict[str, str] = {}
        self._unanswered.clear()
        answered = set()
        for each in listed.rows:
            row = self._mapping.row(each, self._home, inclusive=self._inclusive)
            if row.temporary:
                temporary.setdefault(row.uid.partition("_")[0], row.uid)
                continue
            outside = row.when is not None and not self._overlaps(row.when)
            if row.gone or outside or not row.uid:
                continue
            key = join(row.uid, row.recurrence_id)
            if row.unanswered and key not in answered:
                self._unanswered[key] = row.glimpse
                found.setdefault(key, {})
            else:
                # An entry and a notice about it may stand side by side.
                answered.add(key)
                self._unanswered.pop(key, None)
                found[key] = found.get(key) or row.glimpse
        found |= self._settle(list(temporary.values()))
        return Listing(tuple(found), listed.total, listed.began, found)

    def _list(self) -> Entries:
        window = self.window
        listed = self.service.entries(window.since - LEAD, window.until)
        self._learn(listed.rows)
        return listed

    def _settle(self, temporary: Sequence[str]) -> dict[str, Values]:
        """Keys of entries that an old template lists by ids of the moment: the single
        GET names the durable one (mail file schema, 2.3)."""
        found: dict[str, Values] = {}
        self._ahead.clear()
        for _, detail in self._details(temporary):
            if not isinstance(detail, Detail):
                continue  # not answered yet, gone meanwhile, or unreadable
            self._ahead[detail.uid] = detail
            for reading in self._readings(detail):
                unreadable = reading.skip is not None and reading.when is None
                if self._is_listed(reading) or unreadable:
                    key = join(detail.uid, reading.recurrence_id)
                    names = ("title", "when", "location")
                    values = reading.values
                    found[key] = {n: values[n] for n in names if n in values}
        return found

    def _is_listed(self, reading: EntryReading) -> bool:
        return (
            not reading.gone
            and reading.when is not None
            and self._overlaps(reading.when)
        )

    # -- reading -----------------------------------------------------------------------

    def read(self, keys: Iterable[str]) -> Iterator[tuple[str, Item | None]]:
        asked: dict[str, list[str]] = {}
        for key in keys:
            if key in self._unanswered:
                why = reason("domino_invitation")
                told = self._unanswered[key]
                yield key, Item(key, told, "", "", self.session.now(), skip=why)
                continue
            uid, recurrence_id = split(key)
            asked.setdefault(uid, []).append(recurrence_id)
        sick = []
        seen = False
        for uid, detail in self._details(list(asked)):
            if isinstance(detail, ReadFault):
                sick.append(uid)
                continue
            seen = True
            yield from self._items(uid, asked[uid], detail)
        if not sick:
            return
        if not seen:
            # Is it the server? Then this raises what is wrong.
            self.holds(0)
        self.session.sleep(SECOND)
        for uid in sick:
            yield from self._sick(uid, asked[uid])

    def _items(
        self, uid: str, asked: Sequence[str], detail: Detail | None
    ) -> Iterator[tuple[str, Item | None]]:
        """The instances asked for, and further ones inside the window."""
        readings = {
            reading.recurrence_id: reading
            for reading in (self._readings(detail, asked) if detail else ())
        }
        for recurrence_id in asked:
            key = join(uid, recurrence_id)
            yield key, self._item(key, readings.pop(recurrence_id, None), detail)
        for recurrence_id, reading in readings.items():
            if self._is_listed(reading):
                key = join(uid, recurrence_id)
                yield key, self._item(key, reading, detail)

    def _sick(
        self, uid: str, asked: Sequence[str]
    ) -> Iterator[tuple[str, Item | None]]:
        """One sick entry must not keep the others from being synced."""
        (_, detail) = next(self._details([uid]))
        if not isinstance(detail, ReadFault):
            yield from self._items(uid, asked, detail)
            return
        for recurrence_id in asked:
            key = join(uid, recurrence_id)
            try:
                alone = self._alone(uid, recurrence_id, detail)
            except ReadFault as fault:
                yield key, self._unreadable(key, fault)
                continue
            reading = self._one(alone, recurrence_id) if alone else None
            yield key, self._item(key, reading, alone)

    def _unreadable(self, key: str, fault: ReadFault) -> Item:
        detail = fault.reason.params.get("detail", "")
        why = reason("domino_unreadable", detail=detail)
        return Item(key, {}, "", "", self.session.now(), skip=why)

    def _item(
        self, key: str, reading: EntryReading | None, detail: Detail | None
    ) -> Item | None:
        if reading is None or detail is None or reading.gone:
            return None
        return Item(
            key=key,
            values=reading.values,
            version=self._version(reading),
            stamp=stamp(reading.modified, detail.read_at),
            read_at=detail.read_at,
            modified=from_iso(reading.modified),
            private=reading.private,
            skip=reading.skip,
            locked=reading.locked,
            remarks=reading.remarks,
            sync_key=self._mapping.sync_key_of(split(key)[0]),
            organiser=reading.organiser,
        )

    def _version(self, reading: EntryReading) -> str:
        """A digest of what it says: its series' stamp changes with any instance."""
        if reading.private or reading.skip is not None:
            return reading.modified
        text = json.dumps(self._kind.dump(reading.values), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def presence(self, keys: Sequence[str]) -> dict[str, Presence]:
        """404 is *gone*, as is an instance that its series no longer has, and what was
        cancelled or declined; an entry that still opens may lie in the trash."""
        asked: dict[str, list[str]] = {}
        for key in keys:
            uid, recurrence_id = split(key)
            asked.setdefault(uid, []).append(recurrence_id)
        found: dict[str, Presence] = {}
        for uid, detail in self._details(list(asked)):
            for recurrence_id in asked[uid]:
                found[join(uid, recurrence_id)] = self._presence(
                    uid, recurrence_id, detail, asked[uid]
                )
        # An invitation without a detail is no less there for that.
        found |= dict.fromkeys(self._unanswered.keys() & found.keys(), "there")
        if "there" in found.values():
            self._look_into_trash(found)
        return found

    def _presence(
        self,
        uid: str,
        recurrence_id: str,
        detail: Detail | ReadFault | None,
        asked: Sequence[str],
    ) -> Presence:
        if isinstance(detail, ReadFault):
            try:
                detail = self._alone(uid, recurrence_id, detail)
            except ReadFault:
                return "there"  # nothing proves that it is not
        if detail is None:
            return "gone"
        reading = self._find(detail, recurrence_id, asked)
        return "gone" if reading is None or reading.gone else "there"

    def _alone(self, uid: str, recurrence_id: str, fault: ReadFault) -> Detail | None:
        """An instance whose series cannot be shown whole (3.5: dates of whole days).

        :raises ReadFault: it cannot be shown alone either, or is no instance.
        """
        if not recurrence_id:
            raise fault
        return self.service.get(uid, recurrence_id)

    def _look_into_trash(self, found: dict[str, Presence]) -> None:
        """A trash that cannot be looked into proves nothing."""
        try:
            trash = set(self._data.entries(TRASH_VIEW).unids)
        except Misconfigured:
            return
        for key, where in found.items():
            uid = split(key)[0]
            if where == "there" and uid.removesuffix(SUFFIX).upper() in trash:
                found[key] = "trash"

    # -- writing -----------------------------------------------------------------------

    def create(self, records: Sequence[NewRecord]) -> list[Result]:
        self._ahead.clear()

        def post(record: NewRecord) -> str:
            uid = self._mapping.uid_of(record.sync_key)
            body = self._mapping.new(
                record.values, uid, takes_inclusive=self._takes_inclusive
            )
            return self.service.create(body, uid)

        sent = in_turn(records, post)
        wanted = zip(sent, (record.values for record in records), strict=True)
        return self._read_back(sent, _days_in(wanted))

    def update(self, changes: Sequence[Change]) -> list[Result]:
        self._ahead.clear()
        sent = in_turn(changes, self._put)
        wanted = zip(sent, (change.values for change in changes), strict=True)
        return self._read_back(sent, _days_in(wanted))

    def _put(self, change: Change) -> str:
        uid, recurrence_id = split(change.key)
        detail = self.service.get(uid, recurrence_id)
        reading = self._one(detail, recurrence_id) if detail else None
        if detail is None or reading is None or reading.gone:
            raise Gone(self.session.server)
        if self._differs(change, reading):
            raise ChangedMeanwhile
        body = self._mapping.changed(
            detail.body,
            change.values,
            self._home,
            inclusive=self._inclusive,
            takes_inclusive=self._takes_inclusive,
        )
        if body is not None:
            try:
                self.service.update(uid, recurrence_id, body)
            except ServerFault as fault:
                self._look_at_change(change, fault)
        return change.key

    def _differs(self, change: Change, reading: EntryReading) -> bool:
        """Whether the entry is another than the one the change was decided for."""
        if reading.private or reading.skip is not None:
            return True
        units = self._kind.units
        return any(
            name in reading.values
            and name in change.current
            and not units[name].same(reading.values[name], change.current[name])
            for name in {*change.values, "when", "attendees"}
        )

    def _look_at_change(self, change: Change, fault: ServerFault) -> None:
        """After an error of the API's own: whether the change is in.

        :raises SyncError: it is not (this record waits), or that cannot be seen.
        """
        uid, recurrence_id = split(change.key)
        try:
            detail = self.service.get(uid, recurrence_id)
        except SyncError:
            raise fault from None
        reading = self._one(detail, recurrence_id) if detail else None
        if reading is None:
            raise Gone(self.session.server)
        units = self._kind.units
        for name, value in change.values.items():
            held = reading.values.get(name)
            if name not in reading.values or not units[name].same(held, value):
                raise NotApplied(fault.reason)

    def delete(self, removals: Sequence[Removal]) -> list[Result]:
        self._ahead.clear()
        looked: dict[str, Detail | ReadFault | None] = {}
        asked: dict[str, list[str]] = {}
        for removal in removals:
            uid, recurrence_id = split(removal.key)
            asked.setdefault(uid, []).append(recurrence_id)

        def remove(removal: Removal) -> str:
            if not removal.version:
                raise ChangedMeanwhile  # never read: let the engine look first
            uid, recurrence_id = split(removal.key)
            if uid not in looked:
                looked[uid] = next(self._details([uid]))[1]
            detail = looked[uid]
            if isinstance(detail, ReadFault):
                detail = self._alone(uid, recurrence_id, detail)
            reading = self._find(detail, recurrence_id, asked[uid]) if detail else None
            if reading is None or reading.gone:
                return removal.key  # somebody was faster: that is what was wanted
            if self._version(reading) != removal.version:
                raise ChangedMeanwhile
            self._delete(uid, recurrence_id)
            return removal.key

        return [
            Written(result, "", "") if isinstance(result, str) else result
            for result in in_turn(removals, remove)
        ]

    def _delete(self, uid: str, recurrence_id: str) -> None:
        try:
            self.service.delete(uid, recurrence_id)
        except Gone:
            return
        except ServerFault as fault:
            try:
                left = self.service.get(uid, recurrence_id)
            except SyncError:
                raise fault from None
            if left is not None:
                raise NotApplied(fault.reason) from None

    def _read_back(
        self, sent: Sequence[str | SyncError], days: Mapping[str, Any]
    ) -> list[Result]:
        """What really stands in the calendar, each entry or series read once.

        :param days: by key, the whole days that were to be written.
        """
        keys = [result for result in sent if isinstance(result, str)]
        written: dict[str, Written] = {}
        if keys:
            let_settle(self.session, len(keys))
            # If it fails, it is written all the same; without a stamp the next run
            # reads it again.
            with suppress(SyncError):
                items = self._written(keys)
                wrong = [key for key in items if self._is_a_day_off(items[key], days)]
                if wrong:
                    items |= self._corrected(wrong, items, days)
                for key, item in items.items():
                    written[key] = Written(
                        key, item.version, item.stamp, item.values, item.locked
                    )
        return [
            written.get(result, Written(result, "", ""))
            if isinstance(result, str)
            else result
            for result in sent
        ]

    def _written(self, keys: Sequence[str]) -> dict[str, Item]:
        return {
            key: item
            for key, item in self.read(list(dict.fromkeys(keys)))
            if item is not None and not item.private and item.skip is None
        }

    @staticmethod
    def _is_a_day_off(item: Item, days: Mapping[str, Any]) -> bool:
        """Whether the server understood the end of whole days in the other way."""
        wanted, held = days.get(item.key), item.values.get("when")
        return (
            wanted is not None
            and held is not None
            and held.all_day
            and held.start == wanted.start
            and abs(held.end - wanted.end) == _DAY
        )

    def _corrected(
        self, keys: Sequence[str], items: Mapping[str, Item], days: Mapping[str, Any]
    ) -> dict[str, Item]:
        """Write whole days again in the server's way, which is remembered."""
        self.session.features[TAKES_INCLUSIVE] = not self._takes_inclusive
        changes = [
            Change(
                key,
                {"when": days[key]},
                items[key].values,
                items[key].version,
                items[key].read_at,
            )
            for key in keys
        ]
        done = [key for key in in_turn(changes, self._put) if isinstance(key, str)]
        self.session.sleep(SECOND)
        return self._written(done)

    # -- helpers -----------------------------------------------------------------------

    @property
    def _home(self) -> tzinfo:
        return self.window.zone

    @property
    def _inclusive(self) -> bool:
        return self.session.features.get(INCLUSIVE, False)

    @property
    def _takes_inclusive(self) -> bool:
        return self.session.features.get(TAKES_INCLUSIVE, False)

    def _learn(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Whether whole days end with their last day on this server."""
        if not self._inclusive and self._mapping.ends_inclusively(rows):
            self.session.features[INCLUSIVE] = True

    def _overlaps(self, when: Any) -> bool:
        return self.window.overlaps((when.start, when.end))

    def _details(
        self, uids: Sequence[str]
    ) -> Iterator[tuple[str, Detail | ReadFault | None]]:
        """Each detail, ``None`` where there is none, or why it alone is unreadable.

        :raises SyncError: what concerns more than one entry.
        """

        def ask(uid: str) -> Detail | ReadFault | None:
            ahead = self._ahead.pop(uid, None)
            if ahead is not None:
                return ahead
            try:
                return self.service.get(uid)
            except ReadFault as fault:
                return fault

        return parallel(self.session, ask, uids)

    def _readings(
        self, detail: Detail, wanted: Collection[str] = ()
    ) -> Sequence[EntryReading]:
        self._learn(detail.body["events"])
        window = self.window
        return self._mapping.read(
            detail.body,
            self._home,
            window.since - LEAD,
            window.until,
            wanted,
            inclusive=self._inclusive,
        )

    def _find(
        self, detail: Detail, recurrence_id: str, asked: Collection[str]
    ) -> EntryReading | None:
        """An entry, or an instance of a series, in the detail of the whole."""
        return next(
            (
                reading
                for reading in self._readings(detail, asked)
                if reading.recurrence_id == recurrence_id
            ),
            None,
        )

    def _one(self, detail: Detail, recurrence_id: str) -> EntryReading | None:
        """An entry, or an instance, in a detail of it alone."""
        return self._find(detail, recurrence_id, [recurrence_id])


def _days_in(
    sent: Iterable[tuple[str | SyncError, Values]],
) -> dict[str, Any]:
    """By key, the whole days among what was written."""
    return {
        key: values["when"]
        for key, values in sent
        if isinstance(key, str) and values.get("when") and values["when"].all_day
    }


def _is_unid(text: str) -> bool:
    return len(text) == _UNID_LENGTH and all(
        c in "0123456789abcdefABCDEF" for c in text
    )
