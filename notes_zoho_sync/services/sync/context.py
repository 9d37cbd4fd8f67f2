"""What the steps of a run share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..reasons import Reason
from ..records import Kind
from .link import Link, SideName, SideState
from .ports import NotesPort, Side, Store, ZohoPort
from .settings import AccountSettings


class SliceOver(Exception):
    """The slice's time is up; everything done so far is stored."""


@dataclass
class Context:
    """One run of one account.

    :param time_left: seconds this slice may still use.
    :param retry_at: when (UTC) something that waits can go on.
    :param held: something waits for a person.
    :param set_aside: links not tried again in this run.
    """

    settings: AccountSettings
    kinds: Mapping[str, Kind]
    notes: NotesPort
    zoho: ZohoPort
    store: Store
    time_left: Callable[[], float]
    retry_at: datetime | None = None
    held: bool = False
    set_aside: set[int] = field(default_factory=set)
    reasons: list[Reason] = field(default_factory=list)

    def port(self, side: SideName) -> Side:
        return self.notes if side == "notes" else self.zoho

    def breathe(self) -> None:
        """Between two batches: end the slice when its time is up.

        :raises SliceOver: everything is committed by then.
        """
        if self.time_left() <= 0:
            raise SliceOver

    def wait_until(self, instant: datetime) -> None:
        """Remember the earliest instant at which something can go on."""
        if self.retry_at is None or instant < self.retry_at:
            self.retry_at = instant

    def known_until(self, side: SideName, kind: str, state: SideState) -> datetime:
        """The instant (UTC) up to which every change of a record is known to us.

        For Zoho the feed's instant when this run took its rows over, or the record's
        own version where that is later; records that share it travel in one batch.
        """
        if side == "notes":
            return self.notes.now()
        version = datetime.fromisoformat(state.version).astimezone(UTC)
        known = self.store.progress().get("as_of", {}).get(kind)
        return max(version, datetime.fromisoformat(known)) if known else version

    def title(self, link: Link) -> str:
        """What people call a link's record; empty for a private one."""
        if link.state == "private":
            return ""
        values = link.notes.values or link.zoho.values
        return self.kinds[link.kind].title(values) if values else ""
