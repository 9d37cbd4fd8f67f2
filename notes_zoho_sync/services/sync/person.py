"""What a person decides about one link. Pure; the caller saves the link."""

from __future__ import annotations

from ..reasons import reason
from ..records import Values
from .link import SIDES, Link, SideName, SideState, other
from .merge import SIDE_LABELS
from .settings import AccountSettings

#: Why a pair is left alone that a person may have sent again: its record lacks a
#: counterpart because that was deleted, or never made, and not for what it is.
SENT_AGAIN = frozenset({"kept", "left_there", "target_deleted"})
#: Why a pair is left alone whose deletion a person may have carried after all.
DELETED_AFTER_ALL = frozenset({"stays"})


def confirm(link: Link) -> None:
    """Let a held operation happen; it is checked again when it is carried."""
    link.confirmed = link.dirty = True


def dismiss(link: Link, settings: AccountSettings) -> None:
    """Bring back what vanished; where that side is not written to, the copy stays. A
    new record stays where it is, without a counterpart."""
    link.held = link.confirmed = False
    gone = [side for side in SIDES if link.side(side).gone]
    if not gone:
        here: SideName = "notes" if link.notes.key else "zoho"
        link.close(reason("left_there", side=SIDE_LABELS[here]))
        return
    for side in gone:
        if not settings.may_write(side):
            what = {"side": SIDE_LABELS[side], "other": SIDE_LABELS[other(side)]}
            link.close(reason("stays", **what))
            return
    send_again(link)


def send_again(link: Link) -> None:
    """Make a counterpart anew for a record that is left alone without one; it is read
    first. A counterpart that is there again is the one: who pairs looks for it. A
    person has spoken, so that what is made is not held."""
    _read_again(link)
    pair = all(state.key and not state.gone for state in link.sides.values())
    link.state, link.reason = ("linked" if pair else "new"), None
    link.dirty = link.confirmed = True


def restore(link: Link, values: Values) -> None:
    """Bring back values that an entry tells of as lost, on both sides; a record that
    was deleted is made again."""
    link.wanted, link.dirty = dict(values), True
    _read_again(link)


def join(link: Link, side: SideName, donor: Link) -> None:
    """Make one pair of two halves: the donor's ``side`` moves into ``link``; the
    caller forgets the donor."""
    state = donor.side(side)
    moved = SideState(
        key=state.key,
        version=state.version,
        stamp=state.stamp,
        current=dict(state.values),
        locked=state.locked,
        remarks=state.remarks,
        organiser=state.organiser,
    )
    if side == "notes":
        link.notes = moved
    else:
        link.zoho = moved
    link.state, link.reason = "linked", None
    link.dirty, link.held, link.confirmed = True, False, False


def create_apart(link: Link) -> None:
    """Make a counterpart of its own for a record that several others resemble."""
    link.apart = link.dirty = True
    link.state, link.reason = "new", None


def retry(link: Link) -> None:
    """Try a refused or skipped record again, with its present values; carry a deletion
    that was dismissed after all."""
    if link.reason is not None and link.reason.code in DELETED_AFTER_ALL:
        link.state, link.reason = "linked", None
    link.dirty = True
    _read_again(link)


def _read_again(link: Link) -> None:
    for state in link.sides.values():
        state.unread = bool(state.key) and not state.gone
