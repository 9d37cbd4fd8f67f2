"""What the engine asks of the two sides and of the store.

The adapters (``services.domino``, ``services.zoho``), the Odoo models and the
in-memory fakes of the tests fulfil these. All instants are aware and in UTC.

**Errors.** Methods that read raise the types of ``services.errors``. Methods that
write (``create``, ``update``, ``delete``) answer one result for each thing asked,
in the same order: ``Written`` or a ``SyncError``. They raise only before anything
was sent; once something was, what was not sent any more is ``NotSent`` and what
may or may not have been applied is ``OutcomeUnknown``. They never repeat a write
unless no connection was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from ..errors import SyncError
from ..records import Values
from .entry import Entry
from .item import (
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
from .link import Link, LinkState, SideName

Result = Written | SyncError
Presence = Literal["there", "trash", "gone"]


class Side(Protocol):
    """What both sides can do with records of a kind."""

    def now(self) -> datetime:
        """That server's clock."""

    def fit(self, kind: str, values: Values, current: Values) -> Fitted:
        """``values`` of the other side as this side would hold them.

        Pure. ``current`` is what this side holds now (empty for a new record);
        it decides what of it must survive (further e-mail addresses, a fallback).
        """

    def create(self, kind: str, records: Sequence[NewRecord]) -> list[Result]:
        """Create records; ``Duplicate`` when a unique value is taken."""

    def update(self, kind: str, changes: Sequence[Change]) -> list[Result]:
        """Change units; ``ChangedMeanwhile``, ``Gone``."""

    def delete(self, kind: str, removals: Sequence[Removal]) -> list[Result]:
        """Delete; a record that is gone already counts as written."""


class NotesPort(Side, Protocol):
    """One mail file."""

    #: how many unknown documents may be identified one by one; 0: none
    identify_limit: int

    def changed_since(
        self, since: datetime, expected: Mapping[str, int]
    ) -> Changed | None:
        """Documents modified since; ``None`` when this mail file has no such list.

        :param expected: what ``holds`` will be asked next, for each kind, so that it
            may be looked at meanwhile.
        """

    def key_of(self, kind: str, unid: str) -> str:
        """The key that a document of the kind most likely has. Pure."""

    def identify(self, unids: Sequence[str]) -> dict[str, Identified]:
        """What each document is that is of a kind; mail and the rest are absent."""

    def holds(self, kind: str, expected: int) -> bool:
        """Whether the kind's view, or the window of the calendar, holds exactly that
        many records."""

    def list_keys(self, kind: str) -> Listing:
        """All keys of the kind's view (events: of the window), complete or an error."""

    def read(self, kind: str, keys: Iterable[str]) -> Iterator[tuple[str, Item | None]]:
        """Each key with its record, ``None`` when there is none (404); and what came
        along unasked: further instances, inside the window, of the same series."""

    def presence(self, kind: str, keys: Sequence[str]) -> dict[str, Presence]:
        """Whether each record exists, lies in the trash, or is gone."""


class ZohoPort(Side, Protocol):
    """One Zoho organisation, seen for one of its users."""

    def module(self, kind: str) -> str:
        """Zoho's API name of the kind's module."""

    def list_keys(self, kind: str, after: str) -> tuple[list[str], bool]:
        """Ids of the user's records above ``after`` in one large page, and whether
        there are more."""

    def read(self, kind: str, keys: Sequence[str]) -> dict[str, Item]:
        """Records by id, at most 100; what is missing is out of sight."""

    def prepare(self, kind: str, values: Sequence[Values]) -> None:
        """Look up or make, in batches, what the records to be written refer to (the
        companies of contacts)."""

    def parse(self, kind: str, record: Mapping[str, Any], read_at: datetime) -> Item:
        """A record of the feed. Pure."""

    def created_since(self, kind: str, since: datetime) -> list[Item]:
        """Records that our integration user made for this owner since (listed, not
        searched: an index lags)."""

    def take_over(self, kind: str, keys: Sequence[str]) -> list[Result]:
        """Make this account's user the owner of records."""

    def fields_version(self, kind: str) -> str:
        """Changes when the CRM's metadata of this kind changes."""


class FeedPort(Protocol):
    """Zoho's feed of an organisation."""

    def modified(self, module: str, since: datetime, page: str) -> FeedPage:
        """Records modified since (inclusive), oldest first; ``page``: token or ""."""

    def deleted(self, module: str, since: datetime, page: str) -> FeedPage:
        """Deletions since (inclusive)."""


class FeedStore(Protocol):
    """Where the feed's rows wait for their accounts."""

    def cursor(self, module: str) -> dict[str, Any]:
        """The module's cursor as plain JSON; empty at first."""

    def keep(self, rows: Sequence[FeedRow], read_at: datetime) -> None:
        """Store rows, read at that instant (UTC), for the accounts concerned: by
        owner, by existing link, and by a row of the same record that still waits
        there (a deletion names no owner)."""

    def set_cursor(self, module: str, cursor: Mapping[str, Any]) -> None: ...

    def commit(self) -> None:
        """Make rows and cursor durable together."""


class Store(Protocol):
    """What one account remembers between runs. Batched; nothing is asked one by one."""

    # -- links ---------------------------------------------------------------
    def by_keys(self, kind: str, side: SideName, keys: Iterable[str]) -> list[Link]:
        """Links of this account that hold any of the keys."""

    def by_groups(self, kind: str, groups: Iterable[str]) -> list[Link]:
        """Links of this account whose Notes key belongs to any of the groups."""

    def by_ids(self, ids: Iterable[int]) -> list[Link]: ...

    def keys(self, kind: str, side: SideName) -> dict[str, LinkState]:
        """Every key this account knows on that side, with its link's state."""

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
        """Links that meet every condition given, by ascending id, above ``after``."""

    def count(
        self, kind: str, *, states: Sequence[LinkState], dirty: bool | None = None
    ) -> int: ...

    def save(self, links: Iterable[Link]) -> None:
        """Insert (``id`` is set) or update."""

    def remove(self, links: Iterable[Link]) -> None:
        """Forget links (a one-sided link absorbed by another)."""

    def taken(self, kind: str, keys: Iterable[str]) -> set[str]:
        """Zoho ids that another account's open link holds."""

    def let_go(self, kind: str, keys: Iterable[str]) -> set[str]:
        """Records that Zoho says are this account's user's: another account that does
        not run lets go of them, as it would in a run (``Link.lose_owner``). Commits,
        so nothing may be half done.

        :returns: which of them are nobody's now.
        """

    # -- meetings that several accounts share ---------------------------------------
    def claim(self, links: Sequence[Link]) -> dict[str, str]:
        """Mark links as the ones that make the CRM's events, but for meetings that
        another account has claimed, or whose organiser's account should.

        :returns: Notes keys refused, and the name of who holds each.
        """

    def hand_over(self, link: Link) -> bool:
        """Give the CRM's event of a claimed link to another account whose copy is its
        shadow; the caller saves ``link``, which lets go of it.

        :returns: whether there was one.
        """

    def freed(self, kind: str) -> list[Link]:
        """This account's shadows whose meeting nobody claims any more."""

    # -- what the feed brought -------------------------------------------------
    def changes(
        self, kind: str, until: datetime, limit: int
    ) -> list[tuple[int, FeedRow, datetime]]:
        """Rows waiting for this account that were read by ``until`` (UTC), oldest
        first: number, row, read at."""

    def drop_changes(self, numbers: Iterable[int]) -> None: ...

    def defer_changes(self, numbers: Iterable[int], until: datetime) -> None:
        """Let rows wait; ``changes`` does not show them before ``until`` (UTC)."""

    def feed_instant(self, kind: str) -> datetime | None:
        """Zoho's clock at the last complete pull of the kind's module."""

    # -- cursors, counters, report ----------------------------------------------
    def cursor(self) -> dict[str, Any]:
        """The account's own cursors, plain JSON, mutable; stored by ``commit``."""

    def progress(self) -> dict[str, Any]:
        """What this run has done so far, plain JSON, mutable; stored by ``commit``."""

    def deletes(self, kind: str, side: SideName, since: datetime) -> int:
        """How many records we deleted on ``side`` since."""

    def report(self, entries: Iterable[Entry]) -> None: ...

    def blank(self, link: Link) -> None:
        """Take values and titles of a record out of entries and change rows."""

    def commit(self) -> None:
        """Make everything since the last commit durable, or raise."""
