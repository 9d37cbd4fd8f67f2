"""The link: one pair of records and all that the engine remembers of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ..reasons import Reason, reason
from ..records import Values

SideName = Literal["notes", "zoho"]
SIDES: tuple[SideName, SideName] = ("notes", "zoho")

#: ``new``: seen on one side, not yet matched. ``linked``: a pair in step.
#: ``closed``: left alone on purpose (reason). ``deleted``: gone on both sides;
#: snapshots stay 60 days. ``private``: never carried, nothing remembered of it.
#: ``failed``: a server refused it (reason); tried again when something changed.
LinkState = Literal["new", "linked", "closed", "deleted", "private", "failed"]

Operation = Literal["create", "update", "delete"]


#: Why a pair is left alone of which one record was deleted (or came back alone, where
#: the direction forbids to make the other); undone, it goes on.
FOR_A_DELETION = frozenset({"direction_new", "kept", "stays", "target_deleted"})


def other(side: SideName) -> SideName:
    """The opposite side."""
    return "zoho" if side == "notes" else "notes"


@dataclass(frozen=True)
class Intent:
    """An operation decided and committed, not yet confirmed.

    :param values: what the side is to hold afterwards (create: all units; update:
        the changed ones; delete: none).
    :param sent_at: instant (UTC) by that server's clock.
    :param sync_key: our key that goes with a create.
    """

    operation: Operation
    values: Values
    sent_at: datetime
    sync_key: str = ""


@dataclass
class SideState:
    """What is known of one side of a link.

    :param key: UNID or UID there, Zoho's record id here.
    :param version: opaque text for the optimistic check.
    :param stamp: modification stamp as that side's lists show it.
    :param snapshot: values last settled; ``None``: nothing settled yet.
    :param current: values last read where they differ from the snapshot; ``None``:
        the same as the snapshot.
    :param locked: units that must not be written here, with the reason.
    :param unread: the key is known, the values are to be read (again).
    :param missing: complete enumerations that lacked it, each with a 404.
    :param gone: deletion proven there and not yet carried.
    :param told: units whose uncarried edit stands in an entry already.
    :param sync_key: our own key found on the record.
    :param ours: made by our integration user.
    :param remarks: what of the record cannot be read for the other side, until told.
    :param organiser: of a meeting: address or Notes name of who rules it.
    """

    key: str = ""
    version: str = ""
    stamp: str = ""
    snapshot: Values | None = None
    current: Values | None = None
    locked: Mapping[str, Reason] = field(default_factory=dict)
    intent: Intent | None = None
    unread: bool = False
    missing: int = 0
    gone: bool = False
    told: frozenset[str] = frozenset()
    sync_key: str = ""
    ours: bool = False
    remarks: tuple[Reason, ...] = ()
    organiser: str = ""

    @property
    def values(self) -> Values:
        """What the side holds as far as is known (empty: nothing known)."""
        if self.current is not None:
            return self.current
        return self.snapshot if self.snapshot is not None else {}

    def forget_values(self) -> None:
        """Blank everything that was read of the record."""
        self.snapshot = self.current = None
        self.locked = {}
        self.told = frozenset()
        self.remarks = ()
        self.organiser = ""


@dataclass
class Link:
    """One pair of records of one account, or one side of a pair to be.

    :param id: the store's own number; ``None`` until saved.
    :param origin: the side the record was born on, ``""`` when matched.
    :param generation: how often the record was created anew under this link.
    :param dirty: something is to be decided in this run.
    :param held: an operation waits for a person's word; ``confirmed``: given.
    :param pending: an edit is left uncarried on purpose (direction, lock, window).
    :param wanted: units that a person wants on both sides, whatever the direction.
    :param apart: a person said that it has no counterpart yet.
    :param claimed: of a shared meeting: this account's link makes the CRM's event.
    :param deleted_at: instant (UTC) at which both sides were gone.
    """

    kind: str
    id: int | None = None
    state: LinkState = "new"
    reason: Reason | None = None
    origin: SideName | Literal[""] = ""
    generation: int = 0
    notes: SideState = field(default_factory=SideState)
    zoho: SideState = field(default_factory=SideState)
    dirty: bool = False
    held: bool = False
    confirmed: bool = False
    pending: bool = False
    wanted: Values | None = None
    apart: bool = False
    claimed: bool = False
    deleted_at: datetime | None = None

    def side(self, name: SideName) -> SideState:
        return self.notes if name == "notes" else self.zoho

    @property
    def sides(self) -> dict[SideName, SideState]:
        return {"notes": self.notes, "zoho": self.zoho}

    @property
    def creating(self) -> bool:
        """Whether a create is open whose answer is not known."""
        return any(
            state.intent is not None and state.intent.operation == "create"
            for state in self.sides.values()
        )

    @property
    def inherited(self) -> bool:
        """Whether it is a meeting's that a colleague's account handed over, of which
        this account has yet to become the owner."""
        return self.reason is not None and self.reason.code == "inherited"

    @property
    def left_for_a_deletion(self) -> bool:
        """Whether the pair is left alone because one of its records was deleted."""
        why = self.reason
        return self.state == "closed" and why is not None and why.code in FOR_A_DELETION

    def vanish(self, side: SideName) -> None:
        """A record is proven to be gone; with both gone there is nothing to ask."""
        self.side(side).gone = True
        self.dirty = self.state != "closed"
        if self.notes.gone and self.zoho.gone:
            self.held = False

    def come_back(self, side: SideName) -> None:
        """A deletion was undone, and no longer is a cause to leave the pair alone."""
        self.side(side).gone = self.held = self.confirmed = False
        self.dirty = True
        rest = self.side(other(side))
        if self.left_for_a_deletion:
            self.state, self.reason = ("deleted" if rest.gone else "linked"), None
            rest.unread = bool(rest.key) and not rest.gone
        elif self.state == "new" and rest.key:
            self.state = "linked"  # it was to be made anew

    def vacate(self, side: SideName) -> None:
        """Forget a record that is not there. Whatever becomes the counterpart of the
        other one now meets it for the first time."""
        rest = self.side(other(side))
        if rest.snapshot is not None:
            rest.current, rest.snapshot = dict(rest.values), None
        if side == "notes":
            self.notes = SideState()
        else:
            self.zoho = SideState()

    def close(self, why: Reason) -> None:
        """Leave the pair alone from now on; both records stay as they are."""
        self.state, self.reason = "closed", why
        self.dirty = self.held = self.confirmed = self.pending = False
        self.wanted, self.claimed = None, False

    def lose_owner(self) -> bool:
        """The Zoho record is another user's now: this account lets go, its copy stays.

        :returns: whether the link is worth keeping: there is a copy, or one that was
            sent may turn up.
        """
        self.zoho.forget_values()
        for state in self.sides.values():
            if state.intent is not None and state.intent.operation != "create":
                state.intent = None
        self.close(reason("owner_changed"))
        return bool(self.notes.key) or self.creating

    def turn_private(self) -> None:
        """Keep only the keys; a private record's values are not remembered."""
        self.state, self.reason = "private", None
        self.dirty = self.held = self.confirmed = self.pending = False
        self.wanted, self.claimed = None, False
        if self.notes.gone:
            self.notes = SideState()
        if self.zoho.gone:
            self.zoho = SideState()
        for side in self.sides.values():
            side.forget_values()
            side.intent = None
