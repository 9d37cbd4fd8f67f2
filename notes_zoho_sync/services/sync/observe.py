"""What a record that was read tells about its link."""

from __future__ import annotations

from ..errors import Misconfigured
from ..reasons import reason
from ..records import Kind, Values
from . import texts  # noqa: F401  (registers the sentences)
from .context import Context
from .entry import Entry
from .item import Item
from .link import Link, SideName, SideState, other

#: Why a link may be closed besides what the record is (a group, unreadable, ...).
_ENGINES_OWN = {"direction_new", "target_deleted", "private_deleted", "owner_changed"}


def set_values(kind: Kind, state: SideState, values: Values) -> None:
    """Remember what a side holds now, beside what was settled."""
    snapshot = state.snapshot
    settled = snapshot is not None and all(
        name in snapshot and kind.units[name].same(value, snapshot[name])
        for name, value in values.items()
    )
    state.current = None if settled else dict(values)


def settle_units(
    kind: Kind, state: SideState, values: Values, units: list[str]
) -> None:
    """Advance the snapshot of ``units`` to ``values``; the rest stays."""
    held = state.values
    snapshot = dict(state.snapshot or {})
    snapshot.update({name: values[name] for name in units if name in values})
    state.snapshot = snapshot
    state.told = state.told - frozenset(units)
    set_values(kind, state, held)


def observe(ctx: Context, link: Link, side: SideName, item: Item) -> bool:
    """Take over what was read; marks the link dirty when there is something to decide.

    :returns: whether the link is worth keeping; if not, the caller removes it.
    :raises Misconfigured: the record was made by another installation.
    """
    _check_installation(ctx, item)
    kind = ctx.kinds[link.kind]
    state = link.side(side)
    state.unread, state.missing = False, 0
    state.version, state.stamp = item.version, item.stamp
    state.sync_key = item.sync_key
    state.ours = bool(item.created_by) and (
        item.created_by == ctx.settings.integration_user
    )
    if side == "zoho" and item.owner and item.owner != ctx.settings.zoho_user:
        return _lose_owner(ctx, link)
    if item.skip is not None:
        _skip(ctx, link, side, item)
        return True
    if item.private:
        _turn_private(ctx, link, side)
        return True
    _reopen(ctx, link, side)
    if state.gone:
        state.gone = False
        link.held = link.confirmed = False
        link.dirty = True
    before = state.values
    state.locked = item.locked
    state.remarks = item.remarks
    set_values(kind, state, item.values)
    changed = {
        name
        for name, value in item.values.items()
        if name not in before or not kind.units[name].same(value, before[name])
    }
    state.told = state.told - frozenset(changed)
    if _confirm_update(kind, state):
        link.dirty = True
    if link.state in ("new", "deleted") or changed or state.snapshot is None:
        link.dirty = True
    elif state.current is not None and link.state == "failed":
        link.dirty = True
    if link.state == "closed":
        link.dirty = False
    return True


def _confirm_update(kind: Kind, state: SideState) -> bool:
    """An update whose answer was lost: what arrived is settled.

    :returns: whether there was one, so that the rest is decided again.
    """
    intent = state.intent
    if intent is None or intent.operation != "update":
        return False
    held = state.values
    arrived = [
        name
        for name, value in intent.values.items()
        if name in held and kind.units[name].same(value, held[name])
    ]
    settle_units(kind, state, held, arrived)
    state.intent = None
    return True


def _check_installation(ctx: Context, item: Item) -> None:
    ours = {ctx.settings.installation, *ctx.settings.accepted}
    if item.installation and item.installation not in ours:
        why = reason("foreign_installation", installation=item.installation)
        raise Misconfigured(why, "installation")


def _lose_owner(ctx: Context, link: Link) -> bool:
    """Another user's record now: the copy in Notes stays, this account lets go."""
    if not link.notes.key:
        return False
    if link.state != "closed":
        link.zoho.forget_values()
        link.close(reason("owner_changed"))
        ctx.store.report(
            [
                Entry(
                    link.kind,
                    "skipped",
                    "notes",
                    ctx.title(link),
                    link.reason,
                    link=link,
                )
            ]
        )
    return True


def _skip(ctx: Context, link: Link, side: SideName, item: Item) -> None:
    """A record of a sort that is never synced."""
    known = link.state == "closed" and link.reason == item.skip
    title = ctx.kinds[link.kind].title(item.values) if item.values else ""
    assert item.skip is not None
    link.close(item.skip)
    if not known:
        ctx.store.report(
            [Entry(link.kind, "skipped", other(side), title, item.skip, link=link)]
        )


def _turn_private(ctx: Context, link: Link, side: SideName) -> None:
    if link.creating:
        # What was sent must be found first, else its copy would look like a new
        # record; it is read again right after that.
        link.side(side).unread = True
        return
    if link.state != "private":
        link.turn_private()
        ctx.store.blank(link)
    link.side(side).forget_values()


def _reopen(ctx: Context, link: Link, side: SideName) -> None:
    """The cause of leaving it alone ended: it is matched for the first time again."""
    both = all(state.key for state in link.sides.values())
    if link.state == "private" or _ended(link, side):
        link.state, link.reason = ("linked" if both else "new"), None
        for name, state in link.sides.items():
            state.forget_values()
            state.unread = bool(state.key) and name != side
        link.dirty = True
    if link.state == "deleted":
        link.deleted_at = None
        link.dirty = True


def _ended(link: Link, side: SideName) -> bool:
    """Whether the cause of a closed link is over now that ``side`` reads well."""
    if link.state != "closed" or link.reason is None:
        return False
    if link.reason.code == "owner_changed":
        return side == "zoho"
    return link.reason.code not in _ENGINES_OWN
