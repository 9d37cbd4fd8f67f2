"""What is to be done with one link. Pure: it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..reasons import Reason, reason
from ..records import Kind, Values
from .entry import Entry
from .item import EXISTENCE, Fitted
from .link import SIDES, Link, Operation, SideName, other
from .merge import SIDE_LABELS, Merge, changed_units, merge
from .settings import AccountSettings

Fit = Callable[[SideName, Values, Values], Fitted]


@dataclass(frozen=True)
class Write:
    """One operation on one side."""

    operation: Operation
    values: Values = field(default_factory=dict)
    remarks: tuple[Reason, ...] = ()


@dataclass
class Plan:
    """Decision for one link.

    :param writes: at most one operation a side.
    :param agreed: units settled as they are on both sides.
    :param entries: what must stand in the report before anything is sent.
    :param close: leave the pair alone, for this reason.
    :param deleted: both sides are gone.
    :param told: per side, units whose uncarried edit is now reported.
    :param pending: an edit stays uncarried.
    """

    writes: dict[SideName, Write] = field(default_factory=dict)
    agreed: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    close: Reason | None = None
    deleted: bool = False
    told: dict[SideName, set[str]] = field(
        default_factory=lambda: {"notes": set(), "zoho": set()}
    )
    pending: bool = False


def plan(kind: Kind, link: Link, settings: AccountSettings, fit: Fit) -> Plan:
    """Decide one link.

    :param fit: ``fit(side, values of the other side, current values)``.
    """
    present = [s for s in SIDES if link.side(s).key and not link.side(s).gone]
    gone = [s for s in SIDES if link.side(s).gone]
    if link.state == "private" and link.reason is not None:
        return Plan(writes={"zoho": Write("delete")} if link.zoho.key else {})
    if link.state in ("private", "closed") or not (present or gone):
        return Plan()
    if link.wanted is not None:
        wished = _wished(kind, link, link.wanted, settings, fit)
        if wished.writes:
            return wished
    if not present:
        return Plan(deleted=True)
    if len(present) == 2:
        return _merged(kind, link, settings, fit)
    if gone and link.state != "deleted":
        return _after_deletion(kind, link, settings, fit, gone[0])
    return _one_sided(kind, link, settings, fit, present[0])


def _one_sided(
    kind: Kind, link: Link, settings: AccountSettings, fit: Fit, side: SideName
) -> Plan:
    """A record without its counterpart: make one, if the direction allows."""
    target = other(side)
    if not settings.may_write(target):
        return Plan(close=reason("direction_new", side=SIDE_LABELS[side]))
    fitted = fit(target, link.side(side).values, {})
    return Plan(writes={target: Write("create", fitted.values, fitted.remarks)})


def _wished(
    kind: Kind, link: Link, wanted: Values, settings: AccountSettings, fit: Fit
) -> Plan:
    """What a person wants back is written to both sides; a record that was deleted
    is made again, on both sides the same. An edit that it overwrites, and what cannot
    be written, is told."""
    result = Plan()
    present = [s for s in SIDES if link.side(s).key and not link.side(s).gone]
    model = present[0] if len(present) == 1 else settings.winner
    base = {**link.side(other(model)).values, **link.side(model).values}
    for side in SIDES:
        state = link.side(side)
        if not state.key or state.gone:
            fitted = fit(side, {**base, **wanted}, {})
            result.writes[side] = Write("create", fitted.values, fitted.remarks)
            continue
        fitted = fit(side, {**state.values, **wanted}, state.values)
        differing = [
            name
            for name in kind.differing(fitted.values, state.values)
            if name in wanted
        ]
        changed = {
            name: fitted.values[name] for name in differing if name not in state.locked
        }
        if changed:
            result.writes[side] = Write("update", changed, fitted.remarks)
            result.entries.extend(_overwritten(kind, link, side, changed))
        for name in differing:
            if name in state.locked and name not in link.side(other(side)).told:
                result.told[other(side)].add(name)
                result.entries.append(_not_brought_back(kind, link, side, name))
    return result


def _overwritten(kind: Kind, link: Link, side: SideName, wanted: Values) -> list[Entry]:
    """Edits not yet carried that give way to what a person wants back."""
    state = link.side(side)
    lost = [name for name in changed_units(kind, link, side) if name in wanted]
    if not lost:
        return []
    values = {
        name: {
            "kept": kind.units[name].dump(wanted[name]),
            "lost": kind.units[name].dump(state.values[name]),
        }
        for name in lost
    }
    labels = tuple(kind.units[name].label for name in lost)
    why = reason("brought_back", side=SIDE_LABELS[side], units=labels)
    title = kind.title(state.values)
    return [
        Entry(link.kind, "conflict", side, title, why, link=link, values=values),
    ]


def _not_brought_back(kind: Kind, link: Link, side: SideName, name: str) -> Entry:
    state = link.side(side)
    why = reason(
        "not_carried",
        unit=kind.units[name].label,
        side=SIDE_LABELS[side],
        why=state.locked[name],
    )
    return Entry(link.kind, "skipped", side, kind.title(state.values), why, link=link)


def _after_deletion(
    kind: Kind, link: Link, settings: AccountSettings, fit: Fit, side: SideName
) -> Plan:
    """One side was deleted: the deletion is carried, undone or left alone."""
    target = other(side)
    if not settings.may_write(target):
        return Plan(close=reason("target_deleted", side=SIDE_LABELS[side]))
    state = link.side(target)
    kept = state.locked.get(EXISTENCE)
    if kept is not None:
        return Plan(close=reason("kept", side=SIDE_LABELS[target], why=kept))
    edited = bool(kind.differing(state.values, state.snapshot or {}))
    title = kind.title(state.values)
    if edited and settings.winner == target:
        fitted = fit(side, state.values, {})
        entry = Entry(
            link.kind,
            "conflict",
            side,
            title,
            reason("edit_won", side=SIDE_LABELS[side]),
            link=link,
        )
        write = Write("create", fitted.values, fitted.remarks)
        return Plan(writes={side: write}, entries=[entry])
    result = Plan(writes={target: Write("delete")})
    if edited:
        result.entries.append(
            Entry(
                link.kind,
                "conflict",
                target,
                title,
                reason("delete_won", side=SIDE_LABELS[side]),
                link=link,
                values={
                    name: {"lost": value}
                    for name, value in kind.dump(state.values).items()
                },
            )
        )
    return result


def _merged(kind: Kind, link: Link, settings: AccountSettings, fit: Fit) -> Plan:
    fitted = {
        side: fit(side, link.side(other(side)).values, link.side(side).values)
        for side in SIDES
    }
    merged = merge(kind, link, fitted, settings)
    result = Plan(agreed=merged.agreed)
    for side in SIDES:
        if merged.write[side]:
            result.writes[side] = Write(
                "update", merged.write[side], fitted[side].remarks
            )
    result.entries.extend(_clash_entries(kind, link, settings, merged))
    for item in merged.left:
        result.pending = True
        if item.quiet or item.unit in link.side(item.side).told:
            continue
        result.told[item.side].add(item.unit)
        result.entries.append(
            Entry(
                link.kind,
                "skipped",
                other(item.side),
                kind.title(link.side(item.side).values),
                item.reason,
                link=link,
            )
        )
    return result


def _clash_entries(
    kind: Kind, link: Link, settings: AccountSettings, merged: Merge
) -> list[Entry]:
    """One entry a losing side, with both values of every unit."""
    entries = []
    for loser in SIDES:
        clashes = [item for item in merged.clashes if item.winner != loser]
        if not clashes:
            continue
        if all(item.first for item in clashes):
            code, side = "first_match", other(loser)
        elif settings.source_side is not None:
            code, side = "source_wins", loser
        else:
            code, side = "both_changed", other(loser)
        labels = tuple(kind.units[item.unit].label for item in clashes)
        values: dict[str, dict[str, Any]] = {
            item.unit: {
                "kept": kind.units[item.unit].dump(item.kept),
                "lost": kind.units[item.unit].dump(item.lost),
            }
            for item in clashes
        }
        entries.append(
            Entry(
                link.kind,
                "conflict",
                loser,
                kind.title(link.side(other(loser)).values),
                reason(code, side=SIDE_LABELS[side], units=labels),
                link=link,
                values=values,
            )
        )
    return entries
