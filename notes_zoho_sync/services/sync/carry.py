"""Carry out what was decided: intent, send, settle."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..errors import (
    ChangedMeanwhile,
    Duplicate,
    Gone,
    Misconfigured,
    NeedsSignIn,
    NotSent,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    SyncError,
    Throttled,
)
from ..reasons import Reason, reason
from ..records import Kind, Values
from .collect import read_unread, still_there
from .context import Context
from .entry import Entry, Outcome
from .guard import holds_creates, holds_deletes
from .item import Change, Fitted, NewRecord, Removal, Written
from .link import SIDES, Intent, Link, Operation, SideName, SideState, other
from .merge import SIDE_LABELS
from .observe import in_scope, locks, observe, set_values, settle_units
from .pairing import adopt, lost_creates, sync_key
from .plan import Plan, Write, plan
from .ports import Result
from .sharing import let_go_or_claim

CHUNK = 100
LOT = 1000
ATTEMPTS = 3
#: A create whose answer was lost may still be under way for this long.
IN_FLIGHT = {"notes": timedelta(seconds=60), "zoho": timedelta(seconds=120)}
DAY = timedelta(hours=24)
_DONE: dict[Operation, Outcome] = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
}


# -- what an earlier run left open -------------------------------------------------


def settle_first(ctx: Context, kind: str) -> None:
    """Open updates and deletions: look at the record; the merge does the rest."""
    for side in SIDES:
        deletions = []
        reread = []
        for link in ctx.store.select(kind, intent=side):
            intent = link.side(side).intent
            if intent is not None and intent.operation == "update":
                link.side(side).unread = True
                reread.append(link)
            elif intent is not None and intent.operation == "delete":
                deletions.append(link)
        ctx.store.save(reread)
        _settle_deletions(ctx, kind, side, deletions)
    ctx.store.commit()


def _settle_deletions(
    ctx: Context, kind: str, side: SideName, links: list[Link]
) -> None:
    if not links:
        return
    there = still_there(ctx, kind, side, [link.side(side).key for link in links])
    entries = []
    for link in links:
        state = link.side(side)
        if state.key in there:
            state.intent, state.unread, link.dirty = None, True, True
        else:
            entries.append(_deleted(ctx, link, side))
    ctx.store.save(links)
    ctx.store.report(entries)


def settle_creates(ctx: Context, kind: str) -> None:
    """Creates whose answer was lost and that were not found: wait, then send again.

    Runs after the collection and the pairing, which adopt what arrived.
    """
    for side in SIDES:
        now = _looked_at(ctx, side)
        due = []
        for link in ctx.store.select(kind, intent=side):
            intent = link.side(side).intent
            if intent is None or intent.operation != "create":
                continue
            ready = intent.sent_at + IN_FLIGHT[side]
            if now >= ready:
                due.append(link)
            else:
                ctx.wait_until(ready)
        if side == "zoho" and due:
            due = _look_in_zoho(ctx, kind, due)
        for link in due:
            state = link.side(side)
            state.intent = None
            link.dirty = True
            link.side(other(side)).unread = True  # it may have changed meanwhile
        ctx.store.save(due)
    ctx.store.commit()


def _looked_at(ctx: Context, side: SideName) -> datetime:
    """The instant (UTC) up to which a side's new records are known.

    A run that goes on after a crash looked at Notes before it wrote there.
    """
    if side == "zoho":
        return ctx.zoho.now()
    return datetime.fromisoformat(ctx.store.progress()["notes_found"])


def _look_in_zoho(ctx: Context, kind_name: str, due: list[Link]) -> list[Link]:
    """List what was created since (a search index lags); adopt what is ours.

    :returns: the links whose record is not there.
    """
    since = min(link.zoho.intent.sent_at for link in due if link.zoho.intent)
    items = ctx.zoho.created_since(kind_name, since - timedelta(minutes=5))
    keys = [item.key for item in items]
    known = {link.zoho.key for link in ctx.store.by_keys(kind_name, "zoho", keys)}
    known |= ctx.store.taken(kind_name, keys)
    strangers = []
    for item in items:
        if item.key in known:
            continue
        link = Link(kind_name)
        link.zoho.key = item.key
        strangers.append((link, item))
    ctx.store.save([link for link, _ in strangers])
    lost = [link for link, item in strangers if not observe(ctx, link, "zoho", item)]
    ctx.store.save([link for link, _ in strangers if link not in lost])
    ctx.store.remove(lost)
    kind = ctx.kinds[kind_name]
    found = lost_creates(ctx, kind, "zoho")
    for donor, link in found:
        adopt(ctx, kind, link, "zoho", donor)
    adopted = {link.id for _, link in found}
    return [link for link in due if link.id not in adopted]


# -- the guard ---------------------------------------------------------------------


def hold(ctx: Context, kind_name: str) -> None:
    """Put aside what is more than usual until a person has spoken."""
    for side in SIDES:
        _hold_deletes(ctx, kind_name, side)
        _hold_creates(ctx, kind_name, side)
    # What was confirmed happens in this very run.
    if not all(link.confirmed for link in ctx.store.select(kind_name, held=True)):
        ctx.held = True


def _hold_deletes(ctx: Context, kind: str, gone_on: SideName) -> None:
    target = other(gone_on)
    planned = [
        link
        for link in ctx.store.select(kind, gone=gone_on, dirty=True)
        if not link.confirmed
        and link.state not in ("deleted", "private", "closed")
        and "delete" in (w.operation for w in _plan(ctx, link).writes.values())
    ]
    if not planned:
        return
    links = ctx.store.count(kind, states=("linked", "failed"))
    lately = ctx.store.deletes(kind, target, ctx.port(target).now() - DAY)
    forced = bool(ctx.store.cursor().get("notes", {}).get("hold_deletes"))
    every = len(planned) >= links
    group_of = ctx.kinds[kind].group_of
    things = len({group_of(link.notes.key) for link in planned})  # a series as one
    if forced or holds_deletes(things, lately, links, every):
        why = reason("held_deletes", count=things, side=SIDE_LABELS[target])
        _put_aside(ctx, planned, target, why)


def _hold_creates(ctx: Context, kind: str, target: SideName) -> None:
    first = not ctx.store.cursor().get("first_done", {}).get(kind)
    if first or not ctx.settings.may_write(target):
        return
    planned = [
        link
        for link in ctx.store.select(kind, states=("new",), dirty=True)
        if not link.confirmed and not link.side(target).key
    ]
    links = ctx.store.count(kind, states=("linked", "failed"))
    if holds_creates(len(planned), links, first):
        why = reason("held_creates", count=len(planned), side=SIDE_LABELS[target])
        _put_aside(ctx, planned, target, why)


def _put_aside(ctx: Context, links: list[Link], target: SideName, why: Reason) -> None:
    fresh = [link for link in links if not link.held]
    for link in links:
        link.held, link.dirty, link.reason = True, False, why
    ctx.store.save(links)
    ctx.store.report(
        [
            Entry(link.kind, "held", target, ctx.title(link), why, link=link)
            for link in fresh
        ]
    )
    ctx.store.commit()


# -- carrying ----------------------------------------------------------------------


def carry(ctx: Context, kind: str) -> None:
    """Decide and execute every dirty link, a chunk at a time.

    A link whose record changed meanwhile is read and decided again, a few times, and
    so is one of which a part is still to be carried.
    """
    for _ in range(ATTEMPTS):
        _prepare(ctx, kind)
        after = 0
        while links := ctx.store.select(kind, dirty=True, after=after, limit=CHUNK):
            after = max(link.id or 0 for link in links)
            ready = [link for link in links if _ready(ctx, link)]
            if ready:
                _Chunk(ctx, ctx.kinds[kind]).run(ready)
                ctx.breathe()
        for side in SIDES:
            read_unread(ctx, kind, side)
        if not any(_ready(ctx, link) for link in ctx.store.select(kind, dirty=True)):
            return


def _prepare(ctx: Context, kind: str) -> None:
    """Let Zoho's side make in large batches what the records to come refer to."""
    if not ctx.settings.may_write("zoho"):
        return
    after = 0
    while links := ctx.store.select(kind, dirty=True, after=after, limit=LOT):
        after = max(link.id or 0 for link in links)
        ctx.zoho.prepare(
            kind,
            [
                link.notes.values
                for link in links
                if _ready(ctx, link) and link.notes.key and not link.zoho.key
            ],
        )


def _ready(ctx: Context, link: Link) -> bool:
    return (
        link.id not in ctx.set_aside
        and not (link.held and not link.confirmed)
        and not any(state.intent or state.unread for state in link.sides.values())
    )


def _plan(ctx: Context, link: Link) -> Plan:
    def fit(side: SideName, values: Values, current: Values) -> Fitted:
        return ctx.port(side).fit(link.kind, values, current)

    return plan(ctx.kinds[link.kind], link, ctx.settings, fit)


@dataclass
class _Planned:
    link: Link
    write: Write


class _Chunk:
    """Up to a hundred links: one commit of intents, sending, one commit of results."""

    def __init__(self, ctx: Context, kind: Kind) -> None:
        self.ctx = ctx
        self.kind = kind
        self.entries: list[Entry] = []
        self.refused: set[int | None] = set()

    def run(self, links: list[Link]) -> None:
        """:raises SyncError: what ended the sending; results so far are stored."""
        self._look_before_remaking(links)
        if self.kind.span is not None:
            for link, why in let_go_or_claim(self.ctx, links):
                self.entries.append(self._entry(link, "skipped", why))
        planned: dict[tuple[SideName, Operation], list[_Planned]] = defaultdict(list)
        for link in links:
            if not link.dirty:
                continue
            for side, write in self._decide(link).items():
                planned[side, write.operation].append(_Planned(link, write))
        for (side, operation), items in planned.items():
            self._intend(side, operation, items)
        self._store(links)
        for (side, operation), items in planned.items():
            self._send(side, operation, items)

    def _store(self, links: list[Link]) -> None:
        self.ctx.store.save(links)
        self.ctx.store.report(self.entries)
        self.entries = []
        self.ctx.store.commit()

    def _look_before_remaking(self, links: list[Link]) -> None:
        """A restored record's counterpart may be back as well: then it is the one. So
        may be what a person wants back, and what was to be deleted for a person's
        word."""
        for side in SIDES:
            doubtful = {
                link.side(side).key: link
                for link in links
                if link.side(side).key
                and link.side(side).gone
                and (
                    link.confirmed
                    if link.state != "deleted"
                    else link.wanted is not None or not link.side(other(side)).gone
                )
            }
            if not doubtful:
                continue
            for key in still_there(self.ctx, self.kind.name, side, list(doubtful)):
                link = doubtful[key]
                link.side(side).gone = False
                link.side(side).unread = True
                link.state, link.held, link.confirmed = "linked", False, False

    # -- decide

    def _decide(self, link: Link) -> dict[SideName, Write]:
        if any(state.unread for state in link.sides.values()):
            return {}
        if not in_scope(self.ctx, link):
            link.dirty, link.pending = False, True
            return {}
        decision = _plan(self.ctx, link)
        if not any(write.values for write in decision.writes.values()):
            link.wanted = None
        self.entries.extend(decision.entries)
        for side in SIDES:
            state = link.side(side)
            state.told |= decision.told[side]
            lacking = link.side(other(side)).values
            settled = [
                name
                for name in state.values
                if name in decision.agreed or (lacking and name not in lacking)
            ]
            if settled:
                settle_units(self.kind, state, state.values, settled)
        link.pending = decision.pending
        link.dirty = bool(decision.writes)
        if decision.close is not None:
            link.close(decision.close)
            self.entries.append(self._entry(link, "skipped", decision.close))
        elif decision.deleted:
            self._mark_deleted(link)
        elif self._at_rest(link) and not decision.writes:
            link.state, link.reason, link.deleted_at = "linked", None, None
        return decision.writes

    @staticmethod
    def _at_rest(link: Link) -> bool:
        """Whether the link is a pair that is kept in step."""
        both = all(state.key and not state.gone for state in link.sides.values())
        return both and link.state not in ("closed", "private")

    def _entry(
        self,
        link: Link,
        outcome: Outcome,
        why: Reason | None,
        target: SideName | None = None,
        remarks: tuple[Reason, ...] = (),
    ) -> Entry:
        if target is None:
            target = "zoho" if link.notes.key else "notes"
        return Entry(
            link.kind, outcome, target, self.ctx.title(link), why, remarks, link
        )

    def _mark_deleted(self, link: Link) -> None:
        link.state, link.reason, link.claimed = "deleted", None, False
        link.dirty = link.held = link.confirmed = False
        link.deleted_at = self.ctx.zoho.now()
        for state in link.sides.values():
            state.gone, state.unread, state.missing = True, False, 0

    # -- intend

    def _intend(
        self, side: SideName, operation: Operation, items: list[_Planned]
    ) -> None:
        now = self.ctx.port(side).now()
        for item in items:
            key = ""
            if operation == "create":
                item.link.generation += 1
                key = self._sync_key(item.link, side)
            item.link.side(side).intent = Intent(
                operation, dict(item.write.values), now, key
            )

    def _sync_key(self, link: Link, side: SideName) -> str:
        if side == "notes":
            module = self.ctx.zoho.module(link.kind)
            return sync_key(
                self.ctx.settings.zgid, module, link.zoho.key, link.generation
            )
        return f"{self.ctx.settings.installation}:{link.notes.key}:{link.generation}"

    # -- send

    def _send(
        self, side: SideName, operation: Operation, items: list[_Planned]
    ) -> None:
        links = [item.link for item in items]
        try:
            results = self._call(side, operation, items)
        except SyncError:
            # The port raises only before anything was sent.
            for link in links:
                link.side(side).intent = None
            self._store(links)
            raise
        stop: SyncError | None = None
        if operation == "create" and side == "notes":
            results = self._not_anothers(items, results)
        for item, result in zip(items, results, strict=True):
            failure = self._settle(item, side, operation, result)
            stop = stop or failure
        self._store(links)
        if stop is not None:
            raise stop

    def _not_anothers(
        self, items: list[_Planned], results: list[Result]
    ) -> list[Result]:
        """An entry whose UID we chose may be there already, made for another link from
        a CRM record that was away meanwhile: the next attempt takes the next number."""
        if self.kind.span is None:
            return results
        keys = [result.key for result in results if isinstance(result, Written)]
        holders = {
            link.notes.key: link.id
            for link in self.ctx.store.by_keys(self.kind.name, "notes", keys)
        }
        return [
            ChangedMeanwhile()
            if isinstance(result, Written)
            and holders.get(result.key, item.link.id) != item.link.id
            else result
            for item, result in zip(items, results, strict=True)
        ]

    def _call(
        self, side: SideName, operation: Operation, items: list[_Planned]
    ) -> list[Result]:
        port, kind = self.ctx.port(side), self.kind.name
        if operation == "create":
            new = []
            for item in items:
                intent = item.link.side(side).intent
                assert intent is not None
                new.append(NewRecord(item.write.values, intent.sync_key))
            return port.create(kind, new)
        changes = []
        removals = []
        for item in items:
            state = item.link.side(side)
            instant = self.ctx.known_until(side, kind, state)
            if operation == "update":
                changes.append(
                    Change(
                        state.key,
                        item.write.values,
                        state.values,
                        state.version,
                        instant,
                    )
                )
            else:
                removals.append(Removal(state.key, state.version, instant))
        if operation == "update":
            return port.update(kind, changes)
        return port.delete(kind, removals)

    # -- settle

    def _settle(
        self, item: _Planned, side: SideName, operation: Operation, result: Result
    ) -> SyncError | None:
        """Take a result over.

        :returns: the error, if it ends the run.
        """
        link = item.link
        state = link.side(side)
        if operation == "update" and self._overtaken(item, state, result):
            result = ChangedMeanwhile()
        if isinstance(result, Written):
            self._written(item, side, operation, result)
            return None
        if isinstance(result, OutcomeUnknown):
            self.ctx.wait_until(self.ctx.port(side).now() + IN_FLIGHT[side])
            return result
        state.intent = None
        if isinstance(result, ChangedMeanwhile):
            state.unread = bool(state.key)
        elif isinstance(result, Gone):
            self._gone(link, side)
        elif isinstance(result, Duplicate) and self._adopt_duplicate(link, result):
            pass
        elif isinstance(result, Rejected):
            link.dirty = False
            if link.state != "private":
                link.state, link.reason = "failed", result.reason
            self.refused.add(link.id)
            self.entries.append(self._entry(link, "failed", result.reason, side))
        elif isinstance(result, NotSent | Throttled | NeedsSignIn | Misconfigured):
            return result
        elif isinstance(result, RetryLater):
            self.ctx.set_aside.add(link.id or 0)
            self.ctx.wait_until(
                self.ctx.port(side).now() + timedelta(seconds=result.after or 300)
            )
            self.entries.append(self._entry(link, "failed", result.reason, side))
        else:
            return result
        return None

    def _overtaken(self, item: _Planned, state: SideState, result: Result) -> bool:
        """Whether an update that counts as written left no trace: somebody else's
        save won the race (mail file schema: rules of the data service)."""
        if not isinstance(result, Written) or result.values is None:
            return False
        units = self.kind.units
        return all(
            name in result.values
            and name in state.values
            and units[name].same(result.values[name], state.values[name])
            and not units[name].same(result.values[name], value)
            for name, value in item.write.values.items()
        )

    def _gone(self, link: Link, side: SideName) -> None:
        """An update found nothing: that alone is no proof of a deletion."""
        link.dirty, link.pending = False, True
        why = reason("out_of_sight", side=SIDE_LABELS[side])
        self.entries.append(self._entry(link, "failed", why, side))
        if side == "notes":
            recheck = self.ctx.store.cursor()["notes"].setdefault("recheck", {})
            recheck[link.kind] = True

    def _adopt_duplicate(self, link: Link, result: Duplicate) -> bool:
        """Zoho has it already: linked, if it is this owner's and unlinked."""
        if not result.key or link.zoho.key:
            return False
        kind = self.kind.name
        items = self.ctx.zoho.read(kind, [result.key])
        item = items.get(result.key)
        known = self.ctx.store.by_keys(kind, "zoho", [result.key])
        taken = self.ctx.store.taken(kind, [result.key])
        unlinked = [other_ for other_ in known if not other_.notes.key]
        if item is None or item.private or taken or (known and not unlinked):
            return False
        if item.owner != self.ctx.settings.zoho_user:
            return False
        self.ctx.store.remove(unlinked)
        link.zoho.key = result.key
        link.state, link.reason = "linked", None
        observe(self.ctx, link, "zoho", item)
        link.dirty = True
        return True

    def _written(
        self, item: _Planned, side: SideName, operation: Operation, result: Written
    ) -> None:
        link, state = item.link, item.link.side(side)
        self._count(link.kind, side, operation)
        if operation == "delete":
            self.entries.append(_deleted(self.ctx, link, side))
            return
        values: dict[str, Any] = dict(item.write.values)
        expected = {**state.values, **values} if operation == "update" else values
        held = expected if result.values is None else dict(result.values)
        intent, state.intent = state.intent, None
        assert intent is not None
        state.key, state.version, state.stamp = (
            result.key,
            result.version,
            result.stamp,
        )
        state.gone, state.missing = False, 0
        if result.values is not None:
            state.locked = locks(state, result.locked)
        if operation == "create":
            # What it could not be given is settled as it is: a later word is an edit.
            state.snapshot = {k: v for k, v in held.items() if k not in values}
            state.current = None
            state.told = frozenset()
        source = link.side(other(side))
        spilled = self._spilled(link, side, values, held)
        state.snapshot = {
            **(state.snapshot or {}),
            **{name: value for name, value in values.items() if name not in spilled},
        }
        set_values(self.kind, state, held)
        settle_units(self.kind, source, source.values, list(values))
        if operation == "create":
            settle_units(self.kind, source, source.values, list(source.values))
            link.origin = link.origin or other(side)
        if link.id not in self.refused:
            link.state, link.reason = "linked", None
        link.deleted_at = None
        link.held = link.confirmed = False
        # What was read back may hold somebody's edit of the same second.
        link.dirty = (
            bool(spilled)
            or not self.kind.equal(held, expected)
            or any(state.intent or state.unread for state in link.sides.values())
            or link.wanted is not None
        )
        remarks = (*source.remarks, *item.write.remarks, *result.remarks)
        source.remarks = ()
        self.entries.append(
            self._entry(
                link, _DONE[operation], None, side, tuple(dict.fromkeys(remarks))
            )
        )

    def _spilled(
        self, link: Link, side: SideName, values: Values, held: Values
    ) -> set[str]:
        """Units of which ``side`` keeps more than it was given, room for which the
        other side now has: they count as changed here and are carried back."""
        back = other(side)
        if not self.ctx.settings.may_write(back):
            return set()
        known = link.side(back).values
        fitted = self.ctx.port(back).fit(self.kind.name, held, known).values
        return {
            name
            for name in values
            if self.kind.units[name].spills
            and name in fitted
            and name in known
            and not self.kind.units[name].same(fitted[name], known[name])
        }

    def _count(self, kind: str, side: SideName, operation: Operation) -> None:
        """Keep the expected number of records in the Notes view right."""
        if side != "notes" or operation == "update":
            return
        totals = self.ctx.store.cursor()["notes"].setdefault("totals", {})
        totals[kind] = totals.get(kind, 0) + (1 if operation == "create" else -1)


def _deleted(ctx: Context, link: Link, side: SideName) -> Entry:
    """A deletion was carried: remember the pair for a while."""
    title = ctx.title(link)
    values = {
        name: {"lost": value}
        for name, value in ctx.kinds[link.kind].dump(link.side(side).values).items()
    }
    link.side(side).intent = None
    if link.state == "private":
        link.zoho, link.reason, link.dirty = SideState(), None, False
        return Entry(link.kind, "deleted", side, "", reason("private_copy"), link=link)
    link.state, link.reason, link.claimed = "deleted", None, False
    link.dirty = link.held = link.confirmed = False
    link.deleted_at = ctx.port(side).now()
    for state in link.sides.values():
        state.gone, state.unread, state.missing = True, False, 0
    return Entry(link.kind, "deleted", side, title, link=link, values=values)
