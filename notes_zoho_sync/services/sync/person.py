"""What a person decides about one link. Pure; the caller saves the link."""

from __future__ import annotations

from ..reasons import reason
from ..records import Values
from .link import SIDES, Link, SideName, SideState
from .merge import SIDE_LABELS
from .settings import AccountSettings


def confirm(link: Link) -> None:
    """Let a held operation happen; it is checked again when it is carried."""
    link.confirmed = link.dirty = True


def dismiss(link: Link, settings: AccountSettings) -> None:
    """Bring back what vanished; where that side is not written to, leave it alone."""
    link.held = link.confirmed = False
    for side in SIDES:
        state = link.side(side)
        if not state.gone:
            continue
        if not settings.may_write(side):
            link.close(reason("target_deleted", side=SIDE_LABELS[side]))
            return
        state.key, state.gone, state.missing = "", False, 0
        state.forget_values()
    link.state, link.reason, link.dirty = "new", None, True


def restore(link: Link, values: Values) -> None:
    """Bring back values that an entry tells of as lost, on both sides; a record that
    was deleted is made again."""
    link.wanted, link.dirty = dict(values), True
    for state in link.sides.values():
        state.unread = bool(state.key) and not state.gone


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
    """Try a refused or skipped record again, with its present values."""
    link.dirty = True
    for state in link.sides.values():
        state.unread = bool(state.key)
