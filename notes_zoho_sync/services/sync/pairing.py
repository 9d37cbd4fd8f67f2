"""Unlinked records find their counterparts: by our keys, then by content."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from ..reasons import reason
from ..records import Kind, Values
from ..records.base import Span
from ..records.identity import IDENTITY
from .collect import still_there
from .context import Context
from .entry import Entry
from .link import SIDES, Intent, Link, LinkState, SideName, other
from .match import Matches, match
from .person import join

#: Why a one-sided link is left alone that may still find a counterpart: nobody makes
#: one for it.
MAY_PAIR = frozenset({"direction_new", "left_there"})
#: One-sided links in these states may still find a counterpart.
_UNPAIRED: tuple[LinkState, ...] = ("new", "failed")


def sync_key(zgid: str, module: str, zoho_id: str, generation: int) -> str:
    """Our key on a Notes document: ``<zgid>:<module>:<zoho id>:<n>``."""
    return f"{zgid}:{module}:{zoho_id}:{generation}"


def pair(ctx: Context, kind_name: str) -> None:
    """Match what is new in this run. Needs both listings complete and read."""
    kind = ctx.kinds[kind_name]
    if not ctx.store.select(kind_name, states=_UNPAIRED, dirty=True, limit=1):
        return
    _look_for_vanished(ctx, kind_name)
    pool = _unpaired(ctx, kind_name)
    for side in SIDES:
        for donor, link in lost_creates(ctx, kind, side):
            pool.pop(donor.id or 0)
            adopt(ctx, kind, link, side, donor)
    _pair_by_key(ctx, kind_name, pool)
    for side in SIDES:
        _rekey(ctx, kind, side, pool)
    _pair_by_content(ctx, kind, pool)
    ctx.store.commit()


def _look_for_vanished(ctx: Context, kind: str) -> None:
    """Of what a person wants anew the lost side may have come back unseen."""
    for side in SIDES:
        links = ctx.store.select(kind, states=("new",), gone=side)
        there = still_there(ctx, kind, side, [link.side(side).key for link in links])
        for link in links:
            if link.side(side).key not in there:
                link.vacate(side)
                continue
            link.side(side).gone, link.side(side).unread = False, True
            if link.side(other(side)).key:
                link.state, link.confirmed = "linked", False
        empty = [link for link in links if not (link.notes.key or link.zoho.key)]
        ctx.store.remove(empty)
        ctx.store.save([link for link in links if link not in empty])


def _unpaired(ctx: Context, kind: str) -> dict[int, Link]:
    links = ctx.store.select(kind, states=_UNPAIRED)
    alone = [
        link
        for link in ctx.store.select(kind, states=("closed",))
        if link.reason is not None and link.reason.code in MAY_PAIR
    ]
    taken = ctx.store.taken(kind, {x.zoho.key for x in alone if x.zoho.key})
    links += [link for link in alone if link.zoho.key not in taken]
    return {
        link.id: link
        for link in links
        if link.id is not None
        and bool(link.notes.key) != bool(link.zoho.key)
        and not (link.notes.intent or link.zoho.intent)
        and not (link.notes.unread or link.zoho.unread)
        and not link.apart
    }


def _on(pool: dict[int, Link], side: SideName) -> dict[int, Link]:
    return {number: link for number, link in pool.items() if link.side(side).key}


def absorb(ctx: Context, link: Link, side: SideName, donor: Link) -> None:
    """Move the donor's side into ``link``; the donor is forgotten."""
    ctx.store.remove([donor])
    join(link, side, donor)
    ctx.store.save([link])


# -- our own writes whose answer was lost ----------------------------------------


def lost_creates(ctx: Context, kind: Kind, side: SideName) -> list[tuple[Link, Link]]:
    """Unlinked records on ``side`` that open creates made: record's link, our link."""
    waiting = ctx.store.select(kind.name, intent=side)
    if not waiting:
        return []
    candidates = {
        number: link
        for number, link in _on(_unpaired(ctx, kind.name), side).items()
        if side == "notes" or link.zoho.ours
    }
    return [
        (candidates[number], link)
        for number, link in _owners_of(kind, side, waiting, candidates)
    ]


def _owners_of(
    kind: Kind, side: SideName, waiting: list[Link], candidates: dict[int, Link]
) -> Iterable[tuple[int, Link]]:
    """Candidate id and the link whose open create it is.

    By our key where the record carries it; in Zoho else by equality in what was
    sent, then (a workflow may have changed it at once) by content.
    """
    creates = [
        link
        for link in waiting
        if (intent := link.side(side).intent) and intent.operation == "create"
    ]
    by_key = {_intent(link, side).sync_key: link for link in creates}
    rest = dict(candidates)
    for number, donor in candidates.items():
        link = by_key.pop(donor.side(side).sync_key, None)
        if link is not None:
            creates.remove(link)
            rest.pop(number)
            yield number, link
    if side == "notes" or not creates or not rest:
        return
    found = match(
        {number: link.zoho.values for number, link in rest.items()},
        {link.id or 0: _intent(link, side).values for link in creates},
        IDENTITY[kind.name],
        kind.equal,
    )
    by_id = {link.id: link for link in creates}
    pairs = dict(found.pairs)
    _pair_equal(kind, rest, by_id, pairs)
    for number, link_id in pairs.items():
        yield number, by_id[link_id]


def _pair_equal(
    kind: Kind,
    rest: dict[int, Link],
    by_id: dict[int | None, Link],
    pairs: dict[int, int],
) -> None:
    """Records without any identifying key still pair off when equal throughout."""
    used = set(pairs.values())
    for number, donor in rest.items():
        if number in pairs:
            continue
        for link_id, link in by_id.items():
            if link_id in used or link_id is None:
                continue
            if kind.equal(_intent(link, "zoho").values, donor.zoho.values):
                pairs[number] = link_id
                used.add(link_id)
                break


def _intent(link: Link, side: SideName) -> Intent:
    intent = link.side(side).intent
    assert intent is not None
    return intent


def adopt(ctx: Context, kind: Kind, link: Link, side: SideName, donor: Link) -> None:
    """Finish an open create with the record that it made.

    The other side may have moved on since: its snapshot is left open, so that the
    merge takes its present values as the newer ones.
    """
    intent = _intent(link, side)
    source = link.side(other(side))
    given_away = link.reason if link.state == "closed" and side == "notes" else None
    ctx.store.remove([donor])
    join(link, side, donor)
    if given_away is not None:
        link.close(given_away)
    made = link.side(side)
    held = made.values
    made.snapshot = {
        name: value for name, value in intent.values.items() if name in held
    }
    made.current = dict(held)
    source.current, source.snapshot = dict(source.values), None
    ctx.store.save([link])
    ctx.store.report([Entry(link.kind, "created", side, ctx.title(link), link=link)])


# -- our keys on Notes documents ---------------------------------------------------


def _pair_by_key(ctx: Context, kind: str, pool: dict[int, Link]) -> None:
    """Restored backups and reinstalls: the document says whose copy it is."""
    prefix = f"{ctx.settings.zgid}:{ctx.zoho.module(kind)}:"
    named: dict[str, int] = {}
    for number, link in _on(pool, "notes").items():
        if link.notes.sync_key.startswith(prefix):
            zoho_id = link.notes.sync_key[len(prefix) :].split(":")[0]
            named.setdefault(zoho_id, number)
    if not named:
        return
    for link in ctx.store.by_keys(kind, "zoho", named):
        donor = pool.get(named[link.zoho.key])
        if donor is None or link.state in ("closed", "private"):
            continue
        lost = not link.notes.key or link.notes.gone or link.notes.missing
        if not lost or link.notes.intent:
            continue  # a person's copy of a document that is still there
        pool.pop(named[link.zoho.key])
        pool.pop(link.id or 0, None)
        snapshot = link.notes.snapshot
        absorb(ctx, link, "notes", donor)
        link.notes.snapshot = snapshot
        ctx.store.save([link])


# -- rekeying ----------------------------------------------------------------------


def _rekey(ctx: Context, kind: Kind, side: SideName, pool: dict[int, Link]) -> None:
    """A new record that is a vanished one of the same side: the link goes with it."""
    fresh = {n: link for n, link in _on(pool, side).items() if link.dirty}
    if not fresh:
        return
    vanished = {
        link.id: link
        for link in (
            *ctx.store.select(kind.name, gone=side),
            *ctx.store.select(kind.name, missing=side),
        )
        if link.id is not None
        and link.state in ("linked", "failed")
        and link.side(side).snapshot
        and link.side(other(side)).key
        and not link.side(other(side)).gone
    }
    if not vanished:
        return
    found = match(
        {number: link.side(side).values for number, link in fresh.items()},
        {number: link.side(side).values for number, link in vanished.items()},
        IDENTITY[kind.name],
        kind.equal,
    )
    pairs = dict(found.pairs)
    if side == "notes" and kind.span is not None:
        pairs |= _moved_series(kind, fresh, vanished, pairs)
    for number, link_id in pairs.items():
        link = vanished[link_id]
        snapshot = link.side(side).snapshot
        absorb(ctx, link, side, pool.pop(number))
        link.side(side).snapshot = snapshot
        ctx.store.save([link])


def _moved_series(
    kind: Kind,
    fresh: dict[int, Link],
    vanished: dict[int, Link],
    pairs: dict[int, int],
) -> dict[int, int]:
    """Instances of a series that was moved as a whole: all their original times
    changed. Each new one is the vanished one nearest in time."""
    assert kind.span is not None
    distances = []
    for number, link in fresh.items():
        for link_id, old in vanished.items():
            spans = [kind.span(one.notes.values) for one in (link, old)]
            same = kind.group_of(link.notes.key) == kind.group_of(old.notes.key)
            if same and all(spans) and number not in pairs:
                distance = _between(spans[0], spans[1])
                if distance is not None:
                    distances.append((distance, number, link_id))
    found: dict[int, int] = {}
    used = set(pairs.values())
    for _, number, link_id in sorted(distances):
        if number not in found and link_id not in used:
            found[number] = link_id
            used.add(link_id)
    return found


def _between(one: Span | None, another: Span | None) -> timedelta | None:
    """How far two beginnings lie apart; ``None``: one is a day, one an instant."""
    if one is None or another is None:
        return None
    left, right = one[0], another[0]
    if isinstance(left, datetime) and isinstance(right, datetime):
        return abs(left - right)
    if isinstance(left, datetime) or isinstance(right, datetime):
        return None
    return abs(left - right)


# -- content -----------------------------------------------------------------------


def _pair_by_content(ctx: Context, kind: Kind, pool: dict[int, Link]) -> None:
    notes, zoho = _on(pool, "notes"), _on(pool, "zoho")
    found = match(
        {number: link.notes.values for number, link in notes.items()},
        {number: link.zoho.values for number, link in zoho.items()},
        IDENTITY[kind.name],
        _equal_across(ctx, kind),
    )
    for left, right in found.pairs.items():
        if notes[left].dirty or zoho[right].dirty:
            absorb(ctx, notes[left], "zoho", zoho[right])
    _report_ambiguous(ctx, found, pool)


def _equal_across(ctx: Context, kind: Kind) -> Callable[[Values, Values], bool]:
    def equal(notes: Values, zoho: Values) -> bool:
        return kind.equal(ctx.zoho.fit(kind.name, notes, zoho).values, zoho)

    return equal


def _report_ambiguous(ctx: Context, found: Matches, pool: dict[int, Link]) -> None:
    unclear = found.ambiguous_left | found.ambiguous_right
    links = [pool[number] for number in unclear if pool[number].dirty]
    entries = []
    for link in links:
        what, count = unclear[link.id or 0]
        link.state, link.dirty = "failed", False
        link.reason = reason("ambiguous", what=what, count=count)
        side: SideName = "notes" if link.notes.key else "zoho"
        entries.append(
            Entry(
                link.kind,
                "skipped",
                other(side),
                ctx.title(link),
                link.reason,
                link=link,
            )
        )
    ctx.store.save(links)
    ctx.store.report(entries)
