"""Three-way merge of one pair, unit by unit. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..reasons import Reason, reason
from ..records import Kind
from . import texts  # noqa: F401  (registers the sentences)
from .item import Fitted
from .link import SIDES, Link, SideName, other
from .settings import AccountSettings

_MISSING: Any = object()
SIDE_LABELS: dict[SideName, str] = {"notes": "Notes", "zoho": "Zoho CRM"}


@dataclass(frozen=True)
class Clash:
    """A unit that both sides hold differently and only one value can stand."""

    unit: str
    winner: SideName
    kept: Any
    lost: Any
    first: bool = False


@dataclass(frozen=True)
class Left:
    """A value of ``side`` that is not carried, and why.

    ``quiet``: no edit of a person's, only a difference found at the first match.
    """

    unit: str
    side: SideName
    reason: Reason
    quiet: bool = False


@dataclass
class Merge:
    """What is to be done with a pair.

    :param write: per side, units to write there with the value it can hold.
    :param agreed: units whose values on both sides are settled as they are.
    :param clashes: decided by policy; the losing side is in ``write``.
    :param left: edits that stay where they are.
    :param remarks: what was cut or left out of ``write``.
    """

    write: dict[SideName, dict[str, Any]] = field(
        default_factory=lambda: {"notes": {}, "zoho": {}}
    )
    agreed: list[str] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    remarks: tuple[Reason, ...] = ()


def changed_units(kind: Kind, link: Link, side: SideName) -> list[str]:
    """Units in which ``side`` differs from its snapshot (all, without a snapshot)."""
    state = link.side(side)
    if state.snapshot is None:
        return list(state.values)
    return [
        name
        for name, value in state.values.items()
        if name in kind.units
        and (
            name not in state.snapshot
            or not kind.units[name].same(value, state.snapshot[name])
        )
    ]


def merge(
    kind: Kind, link: Link, fitted: dict[SideName, Fitted], settings: AccountSettings
) -> Merge:
    """Decide every unit of a pair.

    :param fitted: for each side, the *other* side's values as it would hold them.
    """
    result = Merge()
    changed = {side: set(changed_units(kind, link, side)) for side in SIDES}
    for name, unit in kind.units.items():
        if not all(name in link.side(side).values for side in SIDES):
            continue  # one side cannot carry it: not carried is no difference
        values = {side: link.side(side).values[name] for side in SIDES}
        sources = [side for side in SIDES if name in changed[side]]
        if not sources:
            continue
        if any(
            name in fitted[side].values
            and unit.same(fitted[side].values[name], values[side])
            for side in SIDES
        ):
            result.agreed.append(name)
            continue
        known = [link.side(side).snapshot for side in SIDES]
        settled = [values is not None and name in values for values in known]
        # A side that was settled without the unit could not take it, or did not show
        # it: what it shows now is no edit either. One that was told of is an edit.
        told = any(name in link.side(side).told for side in SIDES)
        new = any(settled) and not all(settled) and None not in known and not told
        first = new or not any(settled)
        edited = any(
            settled[place] and name in changed[side] for place, side in enumerate(SIDES)
        )
        if first:
            filled = [side for side in SIDES if not unit.is_empty(values[side])]
            sources = filled if len(filled) == 1 else list(SIDES)
        if len(sources) == 2:
            winner = settings.winner
        else:
            winner = sources[0]
        loser = other(winner)
        obstacle = _obstacle(kind, link, loser, name, settings)
        if obstacle is None and name not in fitted[loser].values:
            obstacle = reason("not_held", unit=unit.label, side=SIDE_LABELS[loser])
        if obstacle is not None and new and not edited and settings.may_write(loser):
            result.agreed.append(name)
            continue
        if obstacle is not None:
            quiet = first and not edited
            result.left.append(Left(name, winner, obstacle, quiet))
            continue
        result.write[loser][name] = fitted[loser].values[name]
        if len(sources) == 2:
            result.clashes.append(
                Clash(name, winner, values[winner], values[loser], first)
            )
    result.remarks = tuple(
        remark
        for side in SIDES
        if result.write[side]
        for remark in fitted[side].remarks
    )
    return result


def _obstacle(
    kind: Kind, link: Link, target: SideName, name: str, settings: AccountSettings
) -> Reason | None:
    """Why a unit must not be written to ``target``; ``None`` when it may."""
    if not settings.may_write(target):
        return reason("direction", side=SIDE_LABELS[target])
    why = link.side(target).locked.get(name)
    if why is not None:
        return reason(
            "not_carried",
            unit=kind.units[name].label,
            side=SIDE_LABELS[target],
            why=why,
        )
    return None
