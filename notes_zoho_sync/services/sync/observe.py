"""What a record that was read tells about its link."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import Misconfigured
from ..reasons import Reason, reason
from ..records import Kind, Values
from . import texts  # noqa: F401  (registers the sentences)
from .context import Context
from .entry import Entry
from .item import Item
from .link import Link, SideName, SideState, other

#: Why a link may be closed besides what the record is (a group, unreadable, ...).
_ENGINES_OWN = {
    "direction_new",
    "kept",
    "left_there",
    "owner_changed",
    "private_deleted",
    "shadow",
    "stays",
    "target_deleted",
}
#: Units born in the CRM that are no longer written once Notes has changed them.
_LEFT_TO_NOTES = {"event": {"description"}}
#: Kinds whose copy in the CRM goes when a record born in Notes turns private there.
_BINNED = {"task", "event"}


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
    state.organiser = item.organiser
    state.ours = bool(item.created_by) and (
        item.created_by == ctx.settings.integration_user
    )
    if side == "zoho" and is_foreign(ctx, item):
        if link.inherited:
            state.unread = True  # until this account is its owner
            return True
        return _lose_owner(ctx, link)
    why = item.skip or _skip_new(link, item)
    if why is not None:
        _skip(ctx, link, side, item, why)
        return True
    if item.private:
        _turn_private(ctx, link, side)
        return True
    _reopen(ctx, link, side)
    if state.gone:
        link.come_back(side)
    before = state.values
    state.locked = locks(state, item.locked)
    state.remarks = item.remarks
    set_values(kind, state, item.values)
    changed = {
        name
        for name, value in item.values.items()
        if name not in before or not kind.units[name].same(value, before[name])
    }
    state.told = state.told - frozenset(changed)
    if side == "notes" and link.origin == "zoho" and before:
        for name in changed & _LEFT_TO_NOTES.get(link.kind, set()):
            state.locked = {**state.locked, name: reason("notes_rules")}
    if _confirm_update(kind, link, side):
        link.dirty = True
    if link.state in ("new", "deleted") or changed or state.snapshot is None:
        link.dirty = True
    elif state.current is not None and link.state == "failed":
        link.dirty = True
    if link.state == "closed":
        link.dirty = False
    if link.state == "new" and not in_scope(ctx, link):
        return _waits_outside(ctx, link, side)
    return True


def is_foreign(ctx: Context, item: Item) -> bool:
    """Whether a Zoho record is another user's."""
    return bool(item.owner) and item.owner != ctx.settings.zoho_user


def in_scope(ctx: Context, link: Link) -> bool:
    """Whether a link's record takes place in the window, now or when last settled, on
    either side; so that a move out of it is carried once."""
    window, span_of = ctx.settings.window, ctx.kinds[link.kind].span
    if window is None or span_of is None:
        return True
    spans = [
        span_of(values)
        for state in link.sides.values()
        for values in (state.snapshot, state.current)
        if values
    ]
    known = [span for span in spans if span is not None]
    return not known or any(window.overlaps(span) for span in known)


def _waits_outside(ctx: Context, link: Link, side: SideName) -> bool:
    """A new record outside the window.

    :returns: whether to remember it: the calendar's list brings it once it is inside,
        the CRM's feed tells of what is still to come only once.
    """
    window, span_of = ctx.settings.window, ctx.kinds[link.kind].span
    assert window is not None and span_of is not None
    span = span_of(link.side(side).values)
    link.dirty, link.pending = False, True
    return side == "zoho" and (span is None or not window.is_past(span))


def locks(state: SideState, read: Mapping[str, Reason]) -> Mapping[str, Reason]:
    """The units that must not be written: those that the record tells of, and those
    that were left to Notes earlier."""
    left = {n: why for n, why in state.locked.items() if why.code == "notes_rules"}
    return {**left, **read}


def _confirm_update(kind: Kind, link: Link, side: SideName) -> bool:
    """An update whose answer was lost: what arrived is settled, on the side that it
    came from as well, where somebody may have changed it again.

    :returns: whether there was one, so that the rest is decided again.
    """
    state, source = link.side(side), link.side(other(side))
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
    if source.snapshot is not None:
        known = [name for name in arrived if name in source.values]
        settle_units(kind, source, intent.values, known)
    state.intent = None
    return True


def _check_installation(ctx: Context, item: Item) -> None:
    ours = {ctx.settings.installation, *ctx.settings.accepted}
    if item.installation and item.installation not in ours:
        why = reason("foreign_installation", installation=item.installation)
        raise Misconfigured(why, "installation")


def _lose_owner(ctx: Context, link: Link) -> bool:
    """Another user's record now: the copy in Notes stays, this account lets go."""
    if link.state == "closed":
        return bool(link.notes.key) or link.creating
    title = ctx.title(link)
    if not link.lose_owner():
        return False
    ctx.store.report(
        [Entry(link.kind, "skipped", "notes", title, link.reason, link=link)]
    )
    return True


def left_alone(links: Iterable[Link]) -> set[int | None]:
    """The numbers of those that are closed."""
    return {link.id for link in links if link.state == "closed"}


def leave_to_others(
    ctx: Context, kind: str, links: Iterable[Link], alone: set[int | None]
) -> None:
    """What was left alone may have changed hands meanwhile: where another account
    syncs the Zoho record by now, it stays alone until Zoho gives it back.

    :param links: not saved yet.
    :param alone: those that were closed before (see ``left_alone``).
    """
    opened = [
        link
        for link in links
        if link.id in alone and link.state != "closed" and link.zoho.key
    ]
    taken = ctx.store.taken(kind, {link.zoho.key for link in opened})
    for link in opened:
        if link.zoho.key not in taken:
            continue
        if link.state == "private" or not link.notes.key:
            link.lose_owner()  # nobody is told of what nobody knew
        else:
            _lose_owner(ctx, link)


def _skip_new(link: Link, item: Item) -> Reason | None:
    """Why a record that is in no pair is not taken; what we made always is."""
    paired = all(state.key for state in link.sides.values())
    return None if paired or item.sync_key else item.skip_new


def _skip(ctx: Context, link: Link, side: SideName, item: Item, why: Reason) -> None:
    """A record of a sort that is never synced."""
    known = link.state == "closed" and link.reason == why
    title = ctx.kinds[link.kind].title(item.values) if item.values else ""
    link.close(why)
    if not known:
        ctx.store.report(
            [Entry(link.kind, "skipped", other(side), title, why, link=link)]
        )


def _turn_private(ctx: Context, link: Link, side: SideName) -> None:
    if link.creating:
        # What was sent must be found first, else its copy would look like a new
        # record; it is read again right after that.
        link.side(side).unread = True
        return
    if link.state != "private":
        settings = ctx.settings
        bins = (
            side == "notes"
            and link.state != "closed"  # then the copy is left alone, or another's
            and link.kind in _BINNED
            and link.origin == "notes"
            and bool(link.zoho.key)
            and settings.bins_private
            and settings.may_write("zoho")
        )
        handed = link.claimed and ctx.store.hand_over(link)
        link.turn_private()
        ctx.store.blank(link)
        if handed:
            link.zoho = SideState()  # it is the heir's
        elif bins:
            link.reason, link.dirty = reason("private_copy"), True
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
