"""The store in memory: committed state survives a crash, the rest does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from notes_zoho_sync.services.reasons import reason
from notes_zoho_sync.services.records.instance import series_of
from notes_zoho_sync.services.sync.entry import Entry
from notes_zoho_sync.services.sync.item import FeedRow
from notes_zoho_sync.services.sync.link import Link, LinkState, SideName, SideState

#: Zoho's module of each kind.
MODULES = {"contact": "Contacts", "task": "Tasks", "event": "Events"}


class Crash(BaseException):
    """The process dies here."""


def _only_the_id(entry: Entry) -> Entry:
    """An entry as it is stored: it names its link, it holds no copy of it."""
    if entry.link is None:
        return entry
    return replace(entry, link=Link(entry.link.kind, id=entry.link.id))


def _copy(link: Link) -> Link:
    return replace(link, notes=replace(link.notes), zoho=replace(link.zoho))


def _owner(record: Mapping[str, Any]) -> str:
    return record.get("owner", "")


class OrgStore:
    """What all accounts of an organisation share: the feed's rows and cursors.

    :param owner_of: Zoho's user id of the owner of a row's record; empty: not told.
    """

    def __init__(self, owner_of: Callable[[Mapping[str, Any]], str] = _owner) -> None:
        self.owner_of = owner_of
        self.cursors: dict[str, Any] = {}
        self.rows: dict[int, tuple[str, FeedRow, datetime]] = {}
        self.accounts: dict[str, MemoryStore] = {}
        self._cursors = dict(self.cursors)
        self._rows = dict(self.rows)
        self._next = 0

    # -- FeedStore

    def cursor(self, module: str) -> dict[str, Any]:
        return dict(self._cursors.get(module, {}))

    def keep(self, rows: Sequence[FeedRow], read_at: datetime) -> None:
        for row in rows:
            if row.module not in MODULES.values():
                continue  # companies concern no account
            owner = self.owner_of(row.record)
            for name, store in self.accounts.items():
                known = any(
                    link.zoho.key == row.key for link in store.committed.values()
                ) or any(
                    who == name and waiting.key == row.key
                    for who, waiting, _ in self._rows.values()
                )
                if owner == name or known:
                    self._next += 1
                    self._rows[self._next] = (name, row, read_at)

    def set_cursor(self, module: str, cursor: Mapping[str, Any]) -> None:
        self._cursors[module] = json.loads(json.dumps(cursor))

    def commit(self) -> None:
        self.cursors, self.rows = dict(self._cursors), dict(self._rows)

    def rollback(self) -> None:
        self._cursors, self._rows = dict(self.cursors), dict(self.rows)


class MemoryStore:
    """Fulfils ``services.sync.ports.Store``; ``crash`` is asked at every commit."""

    def __init__(
        self, org: OrgStore, owner: str, crash: Callable[[str], None] = lambda at: None
    ) -> None:
        self.org, self.owner, self.crash = org, owner, crash
        org.accounts[owner] = self
        self.committed: dict[int, Link] = {}
        self.links: dict[int, Link] = {}
        self.entries: list[Entry] = []
        self._entries: list[Entry] = []
        self._saved: dict[str, str] = {"cursor": "{}", "progress": "{}"}
        self._state: dict[str, Any] = {"cursor": {}, "progress": {}}
        self._dropped: set[int] = set()
        self._deferred: dict[int, datetime] = {}
        self._next = 0
        self.commits = 0
        #: a preview is going on: nothing becomes durable
        self.dry = False
        #: as whom this account's user organises meetings
        self.organiser = ""
        #: the account does not run: its person has paused it, left, ...
        self.asleep = False
        #: what becomes of other accounts' links with the next commit; ``None``: gone
        self._others: list[tuple[MemoryStore, int, Link | None]] = []
        #: tells when entries were written; without it all are of today
        self.now: Callable[[], datetime] | None = None
        self._entered: list[datetime | None] = []

    # -- links

    def by_keys(self, kind: str, side: SideName, keys: Iterable[str]) -> list[Link]:
        wanted = set(keys)
        return self._copies(
            link
            for link in self.links.values()
            if link.kind == kind and link.side(side).key in wanted
        )

    def by_groups(self, kind: str, groups: Iterable[str]) -> list[Link]:
        wanted = set(groups)
        return self._copies(
            link
            for link in self.links.values()
            if link.kind == kind
            and (series_of(link.notes.key) if kind == "event" else link.notes.key)
            in wanted
        )

    def by_ids(self, ids: Iterable[int]) -> list[Link]:
        return self._copies(self.links[i] for i in ids if i in self.links)

    def keys(self, kind: str, side: SideName) -> dict[str, LinkState]:
        return {
            link.side(side).key: link.state
            for link in self.links.values()
            if link.kind == kind and link.side(side).key
        }

    def select(
        self,
        kind: str,
        *,
        dirty: bool | None = None,
        unread: SideName | None = None,
        intent: SideName | None = None,
        gone: SideName | None = None,
        missing: SideName | None = None,
        pending: bool | None = None,
        held: bool | None = None,
        states: Sequence[LinkState] = (),
        after: int = 0,
        limit: int | None = None,
    ) -> list[Link]:
        found = [
            link
            for number, link in sorted(self.links.items())
            if link.kind == kind
            and number > after
            and dirty in (None, link.dirty)
            and pending in (None, link.pending)
            and held in (None, link.held)
            and (unread is None or link.side(unread).unread)
            and (intent is None or link.side(intent).intent is not None)
            and (gone is None or link.side(gone).gone)
            and (missing is None or link.side(missing).missing)
            and (not states or link.state in states)
        ]
        return self._copies(found[:limit])

    def count(
        self, kind: str, *, states: Sequence[LinkState], dirty: bool | None = None
    ) -> int:
        return len(self.select(kind, states=states, dirty=dirty))

    def save(self, links: Iterable[Link]) -> None:
        for link in links:
            if link.id is None:
                self._next += 1
                link.id = self._next
            self.links[link.id] = _copy(link)
        self._check_unique()

    def _check_unique(self) -> None:
        for side in ("notes", "zoho"):
            keys = [
                (link.kind, link.side(side).key)
                for link in self.links.values()
                if link.side(side).key and link.state != "closed"
            ]
            assert len(keys) == len(set(keys)), f"two links hold one {side} record"
        held = {
            (link.kind, link.zoho.key)
            for link in self.links.values()
            if link.zoho.key and link.state != "closed"
        }
        for kind, key in held:
            assert not self.taken(kind, [key]), f"two accounts hold {kind} {key}"

    def remove(self, links: Iterable[Link]) -> None:
        for link in links:
            if link.id is not None:
                self.links.pop(link.id, None)

    def taken(self, kind: str, keys: Iterable[str]) -> set[str]:
        wanted = set(keys)
        return {
            link.zoho.key
            for store in self.org.accounts.values()
            if store is not self
            for link in store.committed.values()
            if link.kind == kind and link.zoho.key in wanted and link.state != "closed"
        }

    def let_go(self, kind: str, keys: Iterable[str]) -> set[str]:
        free: set[str] = set()
        wanted = set(keys)
        if self.dry or not wanted:
            return free
        for store in self.org.accounts.values():
            if store is self or not store.asleep:
                continue
            for link in store.by_keys(kind, "zoho", wanted):
                if link.state == "closed" or link.inherited:
                    continue
                free.add(link.zoho.key)
                kept = link if link.lose_owner() else None
                self._others.append((store, link.id or 0, kept))
        if free:
            self.commit()
        return free

    # -- shared meetings

    def claim(self, links: Sequence[Link]) -> dict[str, str]:
        refused = {}
        for link in links:
            holder = self._holder(link)
            if holder:
                refused[link.notes.key] = holder
            else:
                link.claimed = True
        return refused

    def _holder(self, link: Link) -> str:
        """Who makes, or should make, the CRM's event of a meeting instead of us."""
        for name, store in self.org.accounts.items():
            if store is self:
                continue
            for one in store.committed.values():
                if one.kind != link.kind or one.notes.key != link.notes.key:
                    continue
                first = link.notes.organiser == store.organiser != ""
                if one.claimed or (first and one.state == "new"):
                    return name
        return ""

    def hand_over(self, link: Link) -> bool:
        for store in self.org.accounts.values():
            for one in store.committed.values():
                shadow = one.state == "closed" and one.reason is not None
                if store is self or one.kind != link.kind or not shadow:
                    continue
                if one.notes.key != link.notes.key or one.reason.code != "shadow":
                    continue
                heir = _copy(one)
                heir.state, heir.reason = "linked", reason("inherited")
                heir.claimed = heir.dirty = True
                heir.notes.unread = True
                heir.zoho = SideState(
                    key=link.zoho.key, version=link.zoho.version, unread=True
                )
                self._others.append((store, heir.id or 0, heir))
                return True
        return False

    def freed(self, kind: str) -> list[Link]:
        return self._copies(
            link
            for link in self.links.values()
            if link.kind == kind
            and link.state == "closed"
            and link.reason is not None
            and link.reason.code == "shadow"
            and not self._holder(link)
        )

    def _copies(self, links: Iterable[Link]) -> list[Link]:
        return [_copy(link) for link in links]

    # -- feed

    def changes(
        self, kind: str, until: datetime, limit: int
    ) -> list[tuple[int, FeedRow, datetime]]:
        return [
            (number, row, read_at)
            for number, (owner, row, read_at) in sorted(self.org.rows.items())
            if owner == self.owner
            and row.module == MODULES[kind]
            and number not in self._dropped
            and number not in self._deferred
            and read_at <= until
        ][:limit]

    def drop_changes(self, numbers: Iterable[int]) -> None:
        self._dropped.update(numbers)

    def defer_changes(self, numbers: Iterable[int], until: datetime) -> None:
        self._deferred.update(dict.fromkeys(numbers, until))

    def feed_instant(self, kind: str) -> datetime | None:
        cursor = self.org.cursors.get(MODULES[kind])
        return datetime.fromisoformat(cursor["since"]) if cursor else None

    # -- cursors, report

    def cursor(self) -> dict[str, Any]:
        return self._state["cursor"]

    def progress(self) -> dict[str, Any]:
        return self._state["progress"]

    def deletes(self, kind: str, side: SideName, since: datetime) -> int:
        links = [
            entry.link.id if entry.link else None
            for entry, at in zip(self.entries, self._entered, strict=True)
            if (entry.kind, entry.outcome, entry.target) == (kind, "deleted", side)
            and (at is None or at >= since)
        ]
        keys = {
            number: link.notes.key
            for number in links
            if (link := self.links.get(number or 0)) is not None
        }
        return len({series_of(keys.get(number, f"link {number}")) for number in links})

    def report(self, entries: Iterable[Entry]) -> None:
        self._entries.extend(entries)

    def blank(self, link: Link) -> None:
        def clean(entry: Entry) -> Entry:
            if entry.link is not None and entry.link.id == link.id:
                return replace(entry, title="", values={})
            return entry

        self.entries = [clean(entry) for entry in self.entries]
        self._entries = [clean(entry) for entry in self._entries]
        keys = {link.zoho.key}
        self._dropped.update(
            number for number, (_, row, _) in self.org.rows.items() if row.key in keys
        )

    def commit(self) -> None:
        if self.dry:
            return
        self.crash("before commit")
        self.commits += 1
        self.committed = dict(self.links)
        for store, number, other in self._others:
            for links in (store.links, store.committed):
                if other is not None:
                    links[number] = other
                else:
                    links.pop(number, None)
        self._others = []
        self.entries = [*self.entries, *map(_only_the_id, self._entries)]
        at = self.now() if self.now is not None else None
        self._entered += [at] * len(self._entries)
        self._entries = []
        for number in self._dropped:
            self.org.rows.pop(number, None)
            self.org._rows.pop(number, None)
        self._dropped = set()
        self._saved = {k: json.dumps(v) for k, v in self._state.items()}
        self.crash("after commit")

    def rollback(self) -> None:
        self.links = dict(self.committed)
        self._entries, self._dropped, self._others = [], set(), []
        self._state = {k: json.loads(v) for k, v in self._saved.items()}

    def new_run(self) -> None:
        """A new run starts with empty progress, unless the last one is unfinished."""
        self.rollback()
        self._deferred = {}

    def end_run(self) -> None:
        self._state["progress"] = {}
        self.commit()
