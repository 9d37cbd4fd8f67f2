"""What a person decides about one link. Pure; the caller saves the link."""

from __future__ import annotations

from ..reasons import reason
from .link import SIDES, Link
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


def retry(link: Link) -> None:
    """Try a refused or skipped record again, with its present values."""
    link.dirty = True
    for state in link.sides.values():
        state.unread = bool(state.key)
