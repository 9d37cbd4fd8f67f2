"""What changed on either side since the last run, stored as links to decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ..errors import Misconfigured, RetryLater
from ..reasons import reason
from .context import Context
from .item import FeedRow, Item, Listing
from .link import Link, LinkState, SideName, SideState
from .observe import is_foreign, leave_to_others, left_alone, observe
from .ports import Presence

OVERLAP = timedelta(minutes=5)
STALE_NOTES = timedelta(days=7)
LISTING_EVERY = timedelta(hours=24)
RESTORE_EVERY = timedelta(hours=24)
RESTORE_WITHIN = timedelta(days=60)
READ_BATCH = 100
#: Documents of Notes that are read in one go, and stored a batch at a time.
READ_LOT = 1000
TRUST_SAMPLE = 3
#: Calendar entries read again in a run where their edits may pass unseen.
REREAD = 50


def instant(text: str | None) -> datetime | None:
    """A cursor's instant (ISO 8601, UTC)."""
    return datetime.fromisoformat(text) if text else None


# -- Notes -------------------------------------------------------------------


def collect_notes(ctx: Context) -> None:
    """Find what changed, appeared or vanished in the mail file; read nothing yet.

    One request when nothing changed, and one a kind for its count. Everything found
    is committed together with the cursor. Every slice begins with it, after Zoho's
    feed was pulled: a record that is new in Zoho must not be made in Notes while its
    twin there is not yet known.
    """
    progress = ctx.store.progress()
    cursor = ctx.store.cursor().setdefault("notes", {})
    _another_source(ctx, cursor)
    since = instant(cursor.get("since"))
    began_at = ctx.notes.now()
    kinds = list(ctx.settings.kinds)
    stale = since is None or began_at - since > STALE_NOTES
    changed = None
    if since is not None and not stale:
        counted = _to_be_counted(ctx, cursor)
        changed = ctx.notes.changed_since(since - OVERLAP, counted)
    complete = [
        kind
        for kind in kinds
        if stale
        or kind not in cursor.get("kinds", [])
        # A view tells nothing but keys; the calendar's list shows times and titles.
        or (changed is None and ctx.kinds[kind].span is None)
    ]
    found: dict[str, int] = dict.fromkeys(kinds, 0)
    blind = changed is None and not stale  # then all is read anyway
    if changed is not None:
        found, blind = _changed_documents(ctx, cursor, changed.stamps)
        cursor["since"] = changed.began.isoformat()
        cursor["seen"] = dict(changed.stamps)
    for kind in kinds:
        began = _enumerate_if_needed(
            ctx, cursor, kind, found[kind], kind in complete, blind
        )
        _reread_some(ctx, cursor, kind, blind)
        if changed is None and began is not None:
            first = instant(cursor.get("next_since"))
            cursor["next_since"] = min(filter(None, (first, began))).isoformat()
    if changed is None:
        cursor["since"] = cursor.pop("next_since", None)
        cursor["seen"] = {}
    cursor["kinds"] = kinds
    progress["notes_found"] = began_at.isoformat()
    ctx.store.commit()


def _to_be_counted(ctx: Context, cursor: dict[str, Any]) -> dict[str, int]:
    """How many records each kind had that will be counted and not listed."""
    totals = cursor.get("totals", {})
    return {
        kind: totals[kind]
        for kind in ctx.settings.kinds
        if kind in totals
        and kind in cursor.get("kinds", [])
        and not _listing_is_due(ctx, cursor, kind)
    }


def _listing_is_due(ctx: Context, cursor: dict[str, Any], kind: str) -> bool:
    """Whether a kind is listed for its own sake, whatever the count says."""
    last = instant(cursor.get("listed", {}).get(kind))
    return (
        last is None
        or ctx.notes.now() - last >= LISTING_EVERY
        or _window_moved(ctx, cursor, kind)
        or bool(cursor.get("recheck", {}).get(kind))
    )


def _another_source(ctx: Context, cursor: dict[str, Any]) -> None:
    """Another server or mail file: what is linked becomes a hint."""
    source = ctx.settings.source
    if cursor.get("source") not in (None, source):
        for kind in ctx.settings.kinds:
            links = ctx.store.select(kind, states=("linked", "failed"))
            for link in links:
                for state in link.sides.values():
                    state.snapshot, state.current = None, dict(state.values)
                link.dirty = True
            ctx.store.save(links)
        for name in ("since", "seen", "totals", "listed", "kinds"):
            cursor.pop(name, None)
        cursor["hold_deletes"] = True
    cursor["source"] = source


def _changed_documents(
    ctx: Context, cursor: dict[str, Any], stamps: dict[str, str] | Any
) -> tuple[dict[str, int], bool]:
    """Sort out the changed documents.

    :returns: new records by kind; and whether there were too many unknown documents
        to look at one by one, so that the views must be listed.
    """
    seen = cursor.get("seen", {})
    fresh = {key: stamp for key, stamp in stamps.items() if seen.get(key) != stamp}
    unknown = set(fresh)
    found = dict.fromkeys(ctx.settings.kinds, 0)
    for kind in ctx.settings.kinds:
        group_of = ctx.kinds[kind].group_of
        stamp_of = {ctx.notes.key_of(kind, unid): fresh[unid] for unid in fresh}
        links = ctx.store.by_groups(kind, stamp_of)
        known = {group_of(link.notes.key) for link in links}
        unknown = {x for x in unknown if ctx.notes.key_of(kind, x) not in known}
        # Back from the trash: the view holds one more, though it is no new record.
        found[kind] += sum(
            link.state == "deleted" or link.notes.missing > 0 for link in links
        )
        edited = [
            link
            for link in links
            if link.notes.stamp != stamp_of[group_of(link.notes.key)]
        ]
        for link in edited:
            link.notes.unread = True
        ctx.store.save(edited)
    if len(unknown) > ctx.notes.identify_limit:
        return found, True
    identified = ctx.notes.identify(sorted(unknown)) if unknown else {}
    for kind in ctx.settings.kinds:
        keys = {x.key: x.single for x in identified.values() if x.kind == kind}
        fresh_keys = _mark_group_unread(ctx, kind, keys)
        _add_unread(ctx, kind, "notes", fresh_keys)
        found[kind] += len(fresh_keys)
        if not all(keys[key] for key in fresh_keys):
            ctx.store.cursor()["notes"].setdefault("recheck", {})[kind] = True
    return found, False


def _mark_group_unread(ctx: Context, kind: str, keys: Iterable[str]) -> list[str]:
    """Known series and entries by what their documents name; the rest is new.

    :returns: the keys that are not known.
    """
    links = ctx.store.by_groups(kind, keys)
    for link in links:
        link.notes.unread = True
    ctx.store.save(links)
    known = {ctx.kinds[kind].group_of(link.notes.key) for link in links}
    return [key for key in keys if key not in known]


def _enumerate_if_needed(
    ctx: Context,
    cursor: dict[str, Any],
    kind: str,
    found: int,
    complete: bool,
    blind: bool,
) -> datetime | None:
    """Count the view, and list it whole when the count does not add up.

    :returns: the server's clock at the listing's first answer, if there was one.
    """
    totals = cursor.setdefault("totals", {})
    listed = cursor.setdefault("listed", {})
    recheck = cursor.setdefault("recheck", {})
    once: list[str] = ctx.store.progress().setdefault("listed", [])
    due = complete or _listing_is_due(ctx, cursor, kind)
    wanted = kind not in once and due
    if not (wanted or blind):
        expected = totals.get(kind, 0) + found
        if ctx.notes.holds(kind, expected):
            totals[kind] = expected
            return None
    listing = ctx.notes.list_keys(kind)
    known = ctx.store.keys(kind, "notes")
    present = set(listing.keys)
    _add_unread(ctx, kind, "notes", [key for key in listing.keys if key not in known])
    if complete:
        _mark_unread(ctx, kind, "notes", [key for key in known if key in present])
    elif blind:
        _compare_glimpses(ctx, kind, listing)
    _back_in_view(ctx, kind, present)
    missing = [key for key in known if key not in present and known[key] != "deleted"]
    recheck[kind] = _missing_from_view(ctx, kind, _expected(ctx, kind, missing))
    _follow_window(ctx, cursor, kind)
    totals[kind] = listing.total
    listed[kind] = listing.began.isoformat()
    once.append(kind)
    return listing.began


def _window_text(ctx: Context, kind: str) -> str | None:
    window = ctx.settings.window
    if ctx.kinds[kind].span is None or window is None:
        return None
    return f"{window.since.isoformat()}/{window.until.isoformat()}"


def _window_moved(ctx: Context, cursor: dict[str, Any], kind: str) -> bool:
    return bool(cursor.get("windows", {}).get(kind) != _window_text(ctx, kind))


def _follow_window(ctx: Context, cursor: dict[str, Any], kind: str) -> None:
    """Another day: what waited outside the window is decided again."""
    if not _window_moved(ctx, cursor, kind):
        return
    cursor.setdefault("windows", {})[kind] = _window_text(ctx, kind)
    links = ctx.store.select(kind, pending=True)
    for link in links:
        link.dirty, link.pending = True, False
    ctx.store.save(links)


def _expected(ctx: Context, kind: str, keys: Sequence[str]) -> list[str]:
    """Of known records that a list lacks, those that it should show: not what slid
    or moved out of the window."""
    window, span_of = ctx.settings.window, ctx.kinds[kind].span
    if window is None or span_of is None:
        return list(keys)
    expected = []
    for batch in _batches(keys):
        for link in ctx.store.by_keys(kind, "notes", batch):
            if link.state not in ("linked", "failed"):
                continue
            values = link.notes.values or link.zoho.values
            span = span_of(values) if values else None
            if span is None or window.is_listed(span):
                expected.append(link.notes.key)
    return expected


def _compare_glimpses(ctx: Context, kind: str, listing: Listing) -> None:
    """Read what the list shows to be other than known."""
    differing = []
    for batch in _batches(list(listing.glimpses)):
        for link in ctx.store.by_keys(kind, "notes", batch):
            glimpse = listing.glimpses[link.notes.key]
            if link.notes.values and not ctx.kinds[kind].equal(
                glimpse, link.notes.values
            ):
                differing.append(link.notes.key)
    _mark_unread(ctx, kind, "notes", differing)


def _reread_some(ctx: Context, cursor: dict[str, Any], kind: str, blind: bool) -> None:
    """Where edits of texts may have passed unseen, read everything in turn."""
    queue = cursor.setdefault("reread", {})
    once: list[str] = ctx.store.progress().setdefault("reread", [])
    if ctx.kinds[kind].span is None or kind in once:
        return
    if blind:
        queue.setdefault(kind, 0)
    if kind not in queue:
        return
    once.append(kind)
    # What is left alone, or private, may have ceased to be so; what is about to be
    # made may have turned private.
    states: tuple[LinkState, ...] = ("new", "linked", "failed", "private", "closed")
    links = ctx.store.select(kind, states=states, after=queue[kind], limit=REREAD)
    for link in links:
        link.notes.unread = bool(link.notes.key)
    ctx.store.save(links)
    if len(links) < REREAD:
        del queue[kind]
    else:
        queue[kind] = links[-1].id


def _back_in_view(ctx: Context, kind: str, present: set[str]) -> None:
    """What was missed, or deleted on both sides, and is listed now: read it."""
    links = {
        link.id: link
        for link in (
            *ctx.store.select(kind, missing="notes"),
            *ctx.store.select(kind, gone="notes"),
        )
        if link.notes.key in present
    }
    for link in links.values():
        link.notes.missing = 0
        link.notes.unread = True
    ctx.store.save(links.values())


def _missing_from_view(ctx: Context, kind: str, missing: Sequence[str]) -> bool:
    """Records that the view no longer lists: proven gone by the second run.

    A slice of the same run is no second proof.

    :returns: whether the next run must list again.
    :raises Misconfigured: the records still exist, so the view cannot be trusted.
    """
    missed: dict[str, bool] = ctx.store.progress().setdefault("missed", {})
    again = any(missed.get(key) for key in missing)
    fresh = [key for key in missing if key not in missed]
    timed = ctx.kinds[kind].span is not None
    telling = [] if timed else _synced(ctx, kind, fresh)
    if len(telling) > TRUST_SAMPLE:
        sample = ctx.notes.presence(kind, telling[:TRUST_SAMPLE])
        if all(where == "there" for where in sample.values()):
            raise Misconfigured(reason("view_untrusted", view=kind), "view")
    for batch in _batches(fresh):
        presence = ctx.notes.presence(kind, batch)
        forgotten: list[Link] = []
        changed: list[Link] = []
        for link in ctx.store.by_keys(kind, "notes", batch):
            key = link.notes.key
            keep = _missed(link, presence.get(key, "there"))
            link.notes.unread |= timed and link.notes.missing == 0  # it moved out
            missed[key] = link.notes.missing == 1
            again = again or missed[key]
            (changed if keep else forgotten).append(link)
        ctx.store.save(changed)
        ctx.store.remove(forgotten)
        ctx.store.commit()
        ctx.breathe()
    return again


def _synced(ctx: Context, kind: str, keys: Sequence[str]) -> list[str]:
    """Those of the keys that the view once showed for sure: what is new, or left
    alone, need not be of a sort that it shows."""
    return [
        link.notes.key
        for batch in _batches(keys)
        for link in ctx.store.by_keys(kind, "notes", batch)
        if link.state not in ("new", "closed")
    ]


def _missed(link: Link, presence: Presence) -> bool:
    """Note that the view lacks a record.

    :returns: whether the link is worth keeping.
    """
    state = link.notes
    if presence == "there":
        state.missing = 0
    elif link.state in ("new", "failed", "closed") and not link.zoho.key:
        return False
    elif link.state == "private":
        link.close(reason("private_deleted"))
    elif not state.gone and (link.state != "closed" or link.left_for_a_deletion):
        state.missing += 1
        if state.missing > 1:
            link.vanish("notes")
    return True


# -- Zoho --------------------------------------------------------------------


def fix_feed_instants(ctx: Context) -> None:
    """Fix up to when this slice knows Zoho: rows of a later pull wait.

    Before Notes is looked at, and so that no update passes for knowing more.
    """
    as_of = ctx.store.progress()["as_of"] = {}
    for kind in ctx.settings.kinds:
        known = ctx.store.feed_instant(kind)
        as_of[kind] = known.isoformat() if known else None


def collect_zoho(ctx: Context, kind: str) -> None:
    """List the user's records once, then take in what the feed brought."""
    cursor = ctx.store.cursor().setdefault("zoho", {})
    _list_zoho(ctx, kind, cursor)
    _take_changes(ctx, kind)
    _look_for_restored(ctx, kind, cursor)
    _metadata_changed(ctx, kind, cursor)


def _list_zoho(ctx: Context, kind: str, cursor: dict[str, Any]) -> None:
    source = f"{ctx.settings.zgid}:{ctx.settings.zoho_user}"
    state = cursor.setdefault(kind, {})
    if state.get("source") != source:
        if state.get("source", "").split(":")[0] not in ("", ctx.settings.zgid):
            _forget_zoho(ctx, kind)
        state.clear()
        state["source"] = source
    if state.get("paused"):
        state.pop("listed", None)
        state.pop("after", None)
        state.pop("paused")
    while not state.get("listed"):
        keys, more = ctx.zoho.list_keys(kind, state.get("after", ""))
        known = {link.zoho.key for link in ctx.store.by_keys(kind, "zoho", keys)}
        taken = ctx.store.taken(kind, keys)
        taken -= ctx.store.let_go(kind, taken)
        free = [key for key in keys if key not in taken]
        _add_unread(ctx, kind, "zoho", [key for key in free if key not in known])
        _mark_unread(ctx, kind, "zoho", [key for key in free if key in known])
        if keys:
            state["after"] = keys[-1]
        state["listed"] = not more
        ctx.store.commit()
        ctx.breathe()


def _forget_zoho(ctx: Context, kind: str) -> None:
    """Another organisation: the Notes records are matched anew there."""
    kept, lost = [], []
    for link in ctx.store.select(kind):
        if not link.notes.key:
            lost.append(link)
            continue
        link.zoho = SideState()
        if link.state in ("linked", "failed", "deleted"):
            link.state, link.reason = "new", None
            link.notes.current, link.notes.snapshot = dict(link.notes.values), None
            link.dirty = True
        kept.append(link)
    ctx.store.save(kept)
    ctx.store.remove(lost)


def _take_changes(ctx: Context, kind: str) -> None:
    as_of = instant(ctx.store.progress()["as_of"][kind])
    if as_of is None:
        return
    while rows := ctx.store.changes(kind, as_of, READ_BATCH):
        wait = _take_rows(ctx, kind, [(row, read_at) for _, row, read_at in rows])
        waiting = [number for number, row, _ in rows if row.key in wait]
        ctx.store.drop_changes(
            [number for number, row, _ in rows if row.key not in wait]
        )
        if waiting:
            ctx.store.defer_changes(waiting, ctx.zoho.now() + OVERLAP)
        ctx.store.commit()
        ctx.breathe()


def _take_rows(
    ctx: Context, kind: str, rows: list[tuple[FeedRow, datetime]]
) -> set[str]:
    """:returns: keys that wait until another account has let go of them."""
    keys = {row.key for row, _ in rows}
    links = {link.zoho.key: link for link in ctx.store.by_keys(kind, "zoho", keys)}
    taken = ctx.store.taken(kind, keys)
    items = {
        row.key: ctx.zoho.parse(kind, row.record, read_at)
        for row, read_at in rows
        if row.key in taken and not row.deleted
    }
    # What is somebody else's, says the row, is not waited for.
    foreign = {key for key, item in items.items() if is_foreign(ctx, item)}
    taken -= ctx.store.let_go(kind, items.keys() - foreign)
    wait = taken - foreign
    new = [
        Link(kind, zoho=SideState(key=row.key))
        for row in {row.key: row for row, _ in rows if not row.deleted}.values()
        if row.key not in links and row.key not in taken
    ]
    ctx.store.save(new)
    links |= {link.zoho.key: link for link in new}
    lost = []
    for row, read_at in rows:
        link = links.get(row.key)
        if link is None or (link.state == "closed" and row.key in wait):
            continue
        if row.deleted:
            keep = _deleted_in_zoho(link)
        elif _older(row.modified, link.zoho.version):
            keep = True
        else:
            item = ctx.zoho.parse(kind, row.record, read_at)
            keep = observe(ctx, link, "zoho", item)
        if not keep:
            lost.append(links.pop(row.key))
    ctx.store.save(links.values())
    ctx.store.remove(lost)
    return wait


def _older(modified: datetime, version: str) -> bool:
    """Whether a feed row is older than what we know (our own later write)."""
    if not version:
        return False
    return modified < datetime.fromisoformat(version).astimezone(UTC)


def _deleted_in_zoho(link: Link) -> bool:
    """A deletion of the feed.

    :returns: whether the link is worth keeping.
    """
    if link.state in ("new", "failed", "closed") and not link.notes.key:
        return False
    if link.state == "private":
        link.zoho = SideState()  # public again, it finds or gets another one
        return bool(link.notes.key)
    if not link.zoho.gone and (link.state != "closed" or link.left_for_a_deletion):
        link.vanish("zoho")
    return True


def _look_for_restored(ctx: Context, kind: str, cursor: dict[str, Any]) -> None:
    """Once a day: deleted in the last 60 days, and back? Older ones are forgotten."""
    state = cursor[kind]
    last = instant(state.get("restored"))
    now = ctx.zoho.now()
    if last is not None and now - last < RESTORE_EVERY:
        return
    links = ctx.store.select(kind, states=("deleted",))
    old = [x for x in links if x.deleted_at and now - x.deleted_at > RESTORE_WITHIN]
    ctx.store.remove(old)
    forgotten = {link.id for link in old}
    rest = {x.zoho.key: x for x in links if x.id not in forgotten and x.zoho.key}
    for batch in _batches(list(rest)):
        back = ctx.zoho.read(kind, batch)
        for key, item in back.items():
            observe(ctx, rest[key], "zoho", item)
        ctx.store.save([rest[key] for key in back])
    state["restored"] = now.isoformat()
    ctx.store.commit()


def _metadata_changed(ctx: Context, kind: str, cursor: dict[str, Any]) -> None:
    """What the CRM refused is tried again when its fields changed."""
    version = ctx.zoho.fields_version(kind)
    state = cursor[kind]
    if state.get("fields") not in (None, version):
        links = ctx.store.select(kind, states=("failed",))
        for link in links:
            link.dirty = True
        ctx.store.save(links)
    state["fields"] = version


# -- both ----------------------------------------------------------------------


def settings_changed(ctx: Context) -> None:
    """A new direction: what waited because of the old one is decided again."""
    cursor = ctx.store.cursor()
    chosen = {
        "direction": ctx.settings.direction,
        "kinds": list(ctx.settings.kinds),
        "window": ctx.settings.window.name if ctx.settings.window else None,
    }
    before = cursor.get("chosen")
    if before == chosen:
        return
    for kind in (before or {}).get("kinds", []):
        if kind not in ctx.settings.kinds:
            cursor.setdefault("zoho", {}).setdefault(kind, {})["paused"] = True
            kinds = cursor.setdefault("notes", {}).get("kinds", [])
            if kind in kinds:
                kinds.remove(kind)
    if before is not None and before.get("window") != chosen["window"]:
        for kind in ctx.settings.kinds:
            if ctx.kinds[kind].span is not None:
                cursor.setdefault("zoho", {}).setdefault(kind, {})["paused"] = True
    if before is not None and before["direction"] != chosen["direction"]:
        for kind in ctx.settings.kinds:
            links = ctx.store.select(kind, pending=True)
            opened = [
                link
                for link in ctx.store.select(kind, states=("closed",))
                if link.reason is not None and link.reason.code == "direction_new"
            ]
            alone = left_alone(opened)
            for link in opened:
                link.state, link.reason = "new", None
            for link in (*links, *opened):
                link.dirty, link.pending = True, False
            leave_to_others(ctx, kind, opened, alone)
            ctx.store.save([*links, *opened])
    cursor["chosen"] = chosen
    ctx.store.commit()


def read_unread(ctx: Context, kind: str, side: SideName) -> None:
    """Read every record whose key is known and whose values are not, each once.

    A record whose copy may or may not have been made waits until that is clear.
    """
    after = 0
    # What belongs to series is stored together with its siblings.
    in_lots = side == "notes" and ctx.kinds[kind].span is None
    limit = READ_LOT if in_lots else READ_BATCH
    while links := ctx.store.select(kind, unread=side, after=after, limit=limit):
        after = max(link.id or 0 for link in links)
        by_key = {link.side(side).key: link for link in links if not link.creating}
        if not by_key:
            continue
        try:
            if side == "notes":
                _read_notes(ctx, kind, by_key, in_lots)
            else:
                _read_zoho(ctx, kind, by_key)
        except RetryLater:
            ctx.store.commit()  # what was read stays read
            raise
        ctx.store.commit()
        ctx.breathe()


def _read_notes(ctx: Context, kind: str, links: dict[str, Link], in_lots: bool) -> None:
    recheck = ctx.store.cursor()["notes"].setdefault("recheck", {})
    done: list[Link] = []
    lost: list[Link] = []
    beside: dict[str, Item] = {}
    absent: list[Link] = []
    alone = left_alone(links.values())
    try:
        for key, item in ctx.notes.read(kind, _while_time(ctx, list(links))):
            if key not in links:
                if item is not None:
                    beside[key] = item
                continue
            link = links[key]
            if item is not None:
                keep = observe(ctx, link, "notes", item)
                (done if keep else lost).append(link)
            elif link.state in ("new", "failed") and not link.zoho.key:
                lost.append(link)
            elif link.state == "new":  # a person wants it anew
                link.vacate("notes")
                done.append(link)
            else:
                # A 404 alone is no proof: the next run's enumeration decides.
                _not_there(link, link.notes)
                recheck[kind] = True
                done.append(link)
                absent.append(link)
            if len(done) + len(lost) >= READ_BATCH and in_lots:
                _keep(ctx, kind, done, lost, alone)
                ctx.store.commit()
        alone |= _take_siblings(ctx, kind, beside, done, lost)
        _vanished_from_series(ctx, kind, absent, {*beside, *links})
    finally:
        _keep(ctx, kind, done, lost, alone)


def _while_time(ctx: Context, keys: Sequence[str]) -> Iterator[str]:
    """As many batches as the slice has time for; what was asked for is taken in."""
    for batch in _batches(keys):
        yield from batch
        if ctx.time_left() <= 0:
            return


def _keep(
    ctx: Context,
    kind: str,
    done: list[Link],
    lost: list[Link],
    alone: set[int | None],
) -> None:
    """Store what was read, and begin anew."""
    leave_to_others(ctx, kind, done, alone)
    ctx.store.save(done)
    ctx.store.remove(lost)
    done.clear()
    lost.clear()


def _take_siblings(
    ctx: Context,
    kind: str,
    items: dict[str, Item],
    done: list[Link],
    lost: list[Link],
) -> set[int | None]:
    """Further instances of series that were read: known ones or new.

    :returns: the numbers of those that were left alone until now.
    """
    known = {x.notes.key: x for x in ctx.store.by_keys(kind, "notes", items)}
    alone = left_alone(known.values())
    new = []
    for key in items:
        if key not in known:
            known[key] = Link(kind, notes=SideState(key=key))
            new.append(known[key])
    ctx.store.save(new)
    for key, item in items.items():
        if known[key].creating:
            continue
        keep = observe(ctx, known[key], "notes", item)
        (done if keep else lost).append(known[key])
    return alone


def _vanished_from_series(
    ctx: Context, kind: str, absent: list[Link], there: set[str]
) -> None:
    """An instance that its series no longer has, or a single entry that became one:
    counted as missed, so that what came in its place may take over its link."""
    if not absent or ctx.kinds[kind].span is None:
        return
    missed: dict[str, bool] = ctx.store.progress().setdefault("missed", {})
    group_of = ctx.kinds[kind].group_of
    gone = {link.notes.key for link in absent}
    groups = {group_of(key) for key in there - gone}
    for link in absent:
        key = link.notes.key
        if link.notes.missing == 0 and group_of(key) in groups and key not in missed:
            link.notes.missing = 1
            missed[key] = True


def _read_zoho(ctx: Context, kind: str, links: dict[str, Link]) -> None:
    items = ctx.zoho.read(kind, list(links))
    alone = left_alone(links.values())
    lost = []
    for key, link in links.items():
        item = items.get(key)
        if item is not None:
            if not observe(ctx, link, "zoho", item):
                lost.append(link)
        elif not link.notes.key:
            lost.append(link)
        elif link.state == "new":  # a person wants it anew
            link.vacate("zoho")
        else:
            _not_there(link, link.zoho)  # out of sight; only /deleted proves a deletion
    leave_to_others(ctx, kind, links.values(), alone)
    ctx.store.save([link for link in links.values() if link not in lost])
    ctx.store.remove(lost)


def still_there(
    ctx: Context, kind: str, side: SideName, keys: Sequence[str]
) -> set[str]:
    """Which of the records exist; what lies in the trash does not."""
    found: set[str] = set()
    for batch in _batches(keys):
        if side == "notes":
            presence = ctx.notes.presence(kind, batch)
            found |= {key for key, where in presence.items() if where == "there"}
        else:
            found |= ctx.zoho.read(kind, batch).keys()
    return found


def _not_there(link: Link, state: SideState) -> None:
    """Nothing to read, and nothing that an open update could have changed."""
    state.unread = False
    if state.intent is not None and state.intent.operation == "update":
        state.intent, link.dirty = None, True


def _add_unread(ctx: Context, kind: str, side: SideName, keys: Sequence[str]) -> None:
    links = []
    for key in keys:
        link = Link(kind)
        link.side(side).key = key
        link.side(side).unread = True
        links.append(link)
    ctx.store.save(links)


def _mark_unread(ctx: Context, kind: str, side: SideName, keys: Sequence[str]) -> None:
    if not keys:
        return
    links = ctx.store.by_keys(kind, side, keys)
    for link in links:
        link.side(side).unread = True
    ctx.store.save(links)


def _batches(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[i : i + READ_BATCH] for i in range(0, len(keys), READ_BATCH))
