"""Two systems in memory, as simple as the ports allow, with people and faults.

They are no protocol: the simulators are. They are quick, so that the engine's
properties can be tried in thousands of steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from notes_zoho_sync.services.errors import (
    ChangedMeanwhile,
    Gone,
    NotSent,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    SyncError,
)
from notes_zoho_sync.services.reasons import TEXTS, reason, register
from notes_zoho_sync.services.records import Name, contact_kind
from notes_zoho_sync.services.sync.item import (
    Change,
    Changed,
    FeedPage,
    FeedRow,
    Fitted,
    Identified,
    Item,
    Listing,
    NewRecord,
    Removal,
    Written,
)

KIND = contact_kind()
EMPTY = {name: unit.empty for name, unit in KIND.units.items()}
DESCRIPTION_LIMIT = 40
INTEGRATION_USER = "900"
ZGID = "zgid1"
INSTALLATION = "installation-1"

if "fake_locked" not in TEXTS:
    register({"fake_locked": "has pictures"})


class Clock:
    """One clock for both worlds; every event takes a while."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def tick(self, seconds: float = 1) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at


@dataclass
class Record:
    """One record of one side."""

    key: str
    values: dict[str, Any]
    modified: datetime
    created: datetime
    private: bool = False
    deleted: bool = False
    owner: str = ""
    created_by: str = "person"
    sync_key: str = ""
    installation: str = ""
    changed_here: datetime | None = None


@dataclass
class Faults:
    """What goes wrong at the n-th call from now on."""

    plan: dict[int, str] = field(default_factory=dict)
    calls: int = 0
    hit: Counter[str] = field(default_factory=Counter)
    crash: Callable[[str], None] = lambda where: None

    def next(self, writes: bool) -> str:
        """The fault of this call: "", "down" or "lost" (writes only)."""
        self.calls += 1
        fault = self.plan.pop(self.calls, "")
        if fault == "lost" and not writes:
            fault = "down"
        if fault:
            self.hit[fault] += 1
        return fault


class Side:
    """What both fake sides share: records, people, and writes with faults."""

    name = ""
    #: a record without any value
    empty: Mapping[str, Any] = EMPTY

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self.clock, self.faults = clock, faults
        self.records: dict[str, Record] = {}
        self.history: set[str] = set()
        self.requests = 0
        self.writes: Counter[str] = Counter()
        self._number = 0

    # -- people

    def live(self) -> list[Record]:
        return [record for record in self.records.values() if not record.deleted]

    def person_creates(self, **values: Any) -> Record:
        return self._add({**self.empty, **values})

    def person_edits(self, key: str, **values: Any) -> None:
        record = self.records[key]
        record.values = {**record.values, **values}
        self._touch(record)

    def person_deletes(self, key: str) -> None:
        self.records[key].deleted = True
        self._touch(self.records[key])

    def person_restores(self, key: str) -> None:
        self.records[key].deleted = False
        self._touch(self.records[key])

    def person_hides(self, key: str, private: bool) -> None:
        self.records[key].private = private
        self._touch(self.records[key])

    def _add(self, values: dict[str, Any], **more: Any) -> Record:
        self._number += 1
        now = self.clock.tick()
        record = Record(f"{self.name}{self._number:06d}", values, now, now, **more)
        self.records[record.key] = record
        self._touch(record)
        return record

    def _touch(self, record: Record) -> None:
        record.modified = record.changed_here = self.clock.tick()
        for value in record.values.values():
            self.history.add(str(value))

    # -- port

    def now(self) -> datetime:
        return self.clock.at

    def _read(self) -> None:
        self.requests += 1
        self.clock.tick(0.2)
        self.faults.crash(f"before reading {self.name}")
        if self.faults.next(writes=False):
            raise RetryLater(reason("timed_out", server=self.name))

    def item(self, record: Record) -> Item:
        private = record.private
        return Item(
            key=record.key,
            values={} if private else self.visible(record.values),
            version=self.version(record),
            stamp=record.modified.isoformat(),
            read_at=self.clock.at,
            modified=record.modified,
            private=private,
            owner=record.owner,
            created_by=record.created_by if self.name == "zoho" else "",
            sync_key=record.sync_key,
            installation=record.installation,
            locked=self.locked(record),
            remarks=self.remarks(record),
        )

    def remarks(self, record: Record) -> tuple[Any, ...]:
        """Of a street with a drawing only the text can be read."""
        if "<drawing>" in record.values["address_home"].street:
            return (reason("fake_locked"),)
        return ()

    def version(self, record: Record) -> str:
        return record.modified.isoformat()

    def visible(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return dict(values)

    def locked(self, record: Record) -> dict[str, Any]:
        return {}

    def _each(
        self, things: Sequence[Any], act: Callable[[Any], Written | SyncError]
    ) -> list[Written | SyncError]:
        """Write one thing after the other; a fault ends the sending."""
        results: list[Written | SyncError] = []
        for position, thing in enumerate(things):
            self.requests += 1
            self.clock.tick(0.5)
            self.faults.crash(f"before writing {self.name}")
            fault = self.faults.next(writes=True)
            if fault == "down":
                error = NotSent(reason("unreachable", server=self.name, detail="test"))
                return results + [error] * (len(things) - position)
            if fault == "refuse":
                results.append(
                    Rejected(
                        reason("rejected", server=self.name, field="x", detail="test")
                    )
                )
                continue
            result = act(thing)
            self.faults.crash(f"after writing {self.name}")
            if fault == "lost":
                unknown = OutcomeUnknown(reason("timed_out", server=self.name))
                rest = NotSent(reason("unreachable", server=self.name, detail="test"))
                return [*results, unknown, *[rest] * (len(things) - position - 1)]
            results.append(result)
        return results

    def _written(self, record: Record, read_back: bool) -> Written:
        return Written(
            record.key,
            self.version(record),
            record.modified.isoformat(),
            self.visible(record.values) if read_back else None,
            locked=self.locked(record),
        )

    def _change(self, change: Change, read_back: bool) -> Written | SyncError:
        record = self.records.get(change.key)
        if record is None or record.deleted:
            return Gone(self.name)
        if self.stale(record, change):
            return ChangedMeanwhile()
        self.writes["update"] += 1
        record.values = {**record.values, **change.values}
        self._touch(record)
        return self._written(record, read_back)

    def _remove(self, removal: Removal) -> Written | SyncError:
        record = self.records.get(removal.key)
        if record is None or record.deleted:
            return Written(removal.key, "", "")
        if self.stale(record, removal):
            return ChangedMeanwhile()
        self.writes["delete"] += 1
        record.deleted = True
        self._touch(record)
        return Written(removal.key, "", "")

    def stale(self, record: Record, expected: Change | Removal) -> bool:
        raise NotImplementedError


class Notes(Side):
    """One mail file: documents, a view, a list of changes without deletions."""

    name = "notes"
    identify_limit = 30
    #: a document that lies in the trash opens like any other
    trash_opens = False

    def locked(self, record: Record) -> dict[str, Any]:
        if "<img>" in record.values["description"]:
            return {"description": reason("fake_locked")}
        return {}

    def stale(self, record: Record, expected: Change | Removal) -> bool:
        return expected.version != self.version(record)

    def changed_since(self, since: datetime, expected: Mapping[str, int]) -> Changed:
        self._read()
        return Changed(
            {
                record.key: record.modified.isoformat()
                for record in self.live()
                if record.changed_here and record.changed_here >= since
            },
            self.clock.at,
        )

    def key_of(self, kind: str, unid: str) -> str:
        return unid

    def identify(self, unids: Sequence[str]) -> dict[str, Identified]:
        self._read()
        return {
            unid: Identified("contact", unid) for unid in unids if unid in self.records
        }

    def holds(self, kind: str, expected: int) -> bool:
        self._read()
        return len(self.live()) == expected

    def list_keys(self, kind: str) -> Listing:
        began = self.clock.at
        self._read()
        keys = tuple(record.key for record in self.live())
        return Listing(keys, len(keys), began)

    def read(self, kind: str, keys: Sequence[str]) -> Iterator[tuple[str, Item | None]]:
        for key in keys:
            self._read()
            record = self.records.get(key)
            there = record and (self.trash_opens or not record.deleted)
            yield key, self.item(record) if record and there else None

    def presence(self, kind: str, keys: Sequence[str]) -> dict[str, Any]:
        self._read()
        return {
            key: "gone"
            if key not in self.records
            else "trash"
            if self.records[key].deleted
            else "there"
            for key in keys
        }

    def fit(
        self, kind: str, values: Mapping[str, Any], current: Mapping[str, Any]
    ) -> Fitted:
        fitted = {name: value for name, value in values.items() if name in EMPTY}
        if "emails" in values and current:
            fitted["emails"] = (*values["emails"], *current.get("emails", ())[2:])
        name = values.get("name")
        mine = current.get("name", Name())
        if name is not None and name.last == "-" and not mine.last:
            fitted["name"] = replace(name, last="")
        return Fitted(fitted)

    def create(self, kind: str, records: Sequence[NewRecord]) -> list[Any]:
        def act(new: NewRecord) -> Written:
            self.writes["create"] += 1
            record = self._add(
                {**self.empty, **new.values},
                sync_key=new.sync_key,
                installation=INSTALLATION,
                created_by=INTEGRATION_USER,
            )
            return self._written(record, True)

        return self._each(records, act)

    def update(self, kind: str, changes: Sequence[Change]) -> list[Any]:
        return self._each(changes, lambda change: self._change(change, True))

    def delete(self, kind: str, removals: Sequence[Removal]) -> list[Any]:
        return self._each(removals, self._remove)


class Zoho(Side):
    """One organisation: records with owners, a feed, times in whole seconds."""

    name = "zoho"

    def __init__(self, clock: Clock, faults: Faults, owner: str = "1") -> None:
        super().__init__(clock, faults)
        self.owner = owner
        self.fields = "1"
        self.hidden: set[str] = set()

    def person_creates(self, **values: Any) -> Record:
        record = super().person_creates(**values)
        record.owner = self.owner
        return record

    def person_gives_away(self, key: str, owner: str) -> None:
        self.records[key].owner = owner
        self._touch(self.records[key])

    def _touch(self, record: Record) -> None:
        super()._touch(record)
        record.modified = record.modified.replace(microsecond=0)

    def visible(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name != "phone_other"}

    def stale(self, record: Record, expected: Change | Removal) -> bool:
        return record.modified > expected.as_of or record.key in self.hidden

    def module(self, kind: str) -> str:
        return "Contacts"

    def take_over(self, kind: str, keys: Sequence[str]) -> list[Any]:
        def act(key: str) -> Written | SyncError:
            record = self.records.get(key)
            if record is None or record.deleted:
                return Gone(self.name)
            record.owner = self.owner
            self._touch(record)
            return self._written(record, False)

        return self._each(keys, act)

    def fields_version(self, kind: str) -> str:
        return self.fields

    def mine(self) -> list[Record]:
        return [record for record in self.live() if record.owner == self.owner]

    def list_keys(self, kind: str, after: str) -> tuple[list[str], bool]:
        self._read()
        keys = sorted(record.key for record in self.mine() if record.key > after)
        return keys[:7], len(keys) > 7

    def read(self, kind: str, keys: Sequence[str]) -> dict[str, Item]:
        self._read()
        found = {key: self.records[key] for key in keys if key in self.records}
        live = {
            key: record
            for key, record in found.items()
            if not record.deleted and key not in self.hidden
        }
        return {key: self.item(record) for key, record in live.items()}

    def prepare(self, kind: str, values: Sequence[Mapping[str, Any]]) -> None:
        """Nothing refers to anything here."""

    def parse(self, kind: str, record: Mapping[str, Any], read_at: datetime) -> Item:
        return record["item"]

    def created_since(self, kind: str, since: datetime) -> list[Item]:
        self._read()
        return [
            self.item(record)
            for record in self.mine()
            if record.created >= since and record.created_by == INTEGRATION_USER
        ]

    def fit(
        self, kind: str, values: Mapping[str, Any], current: Mapping[str, Any]
    ) -> Fitted:
        fitted = self.visible(values)
        if "description" in fitted:
            fitted["description"] = fitted["description"][:DESCRIPTION_LIMIT]
        if "emails" in fitted:
            fitted["emails"] = fitted["emails"][:2]
        if "unfit" in fitted.get("fax", ""):
            del fitted["fax"]
        name = fitted.get("name")
        if name is not None and not name.last:
            fitted["name"] = replace(name, last="-")
        return Fitted(fitted)

    def create(self, kind: str, records: Sequence[NewRecord]) -> list[Any]:
        def act(new: NewRecord) -> Written:
            self.writes["create"] += 1
            record = self._add(
                {**self.empty, **new.values},
                owner=self.owner,
                created_by=INTEGRATION_USER,
            )
            return self._written(record, False)

        return self._each(records, act)

    def update(self, kind: str, changes: Sequence[Change]) -> list[Any]:
        return self._each(changes, lambda change: self._change(change, False))

    def delete(self, kind: str, removals: Sequence[Removal]) -> list[Any]:
        return self._each(removals, self._remove)

    # -- the feed

    def modified(self, module: str, since: datetime, page: str) -> FeedPage:
        self._read()
        rows = [
            FeedRow(
                module,
                record.key,
                record.modified,
                record={
                    "owner": record.owner,
                    "item": replace(self.item(record), read_at=record.modified),
                    "stamp": record.modified.isoformat(),
                },
            )
            for record in sorted(self.live(), key=lambda r: r.modified)
            if record.modified >= since
        ]
        return FeedPage(tuple(rows), self.clock.at)

    def deleted(self, module: str, since: datetime, page: str) -> FeedPage:
        self._read()
        rows = [
            FeedRow(module, record.key, record.modified, deleted=True)
            for record in self.records.values()
            if record.deleted and record.modified >= since
        ]
        return FeedPage(tuple(rows), self.clock.at)
