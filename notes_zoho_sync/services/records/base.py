"""What all kinds of record have in common: units, their sameness, their JSON.

A record is a frozen dataclass; each of its fields is one *merge unit*: a value
that only makes sense as a whole. The engine handles records as plain mappings
``unit name -> value`` (``Values``), so that one side may lack a unit: *absent*
means "this side cannot carry it", which is not the same as empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ..reasons import Reason
from .labels import label

Values = Mapping[str, Any]
Span = tuple[datetime, datetime] | tuple[date, date]


@dataclass(frozen=True)
class Unit:
    """One merge unit.

    :param name: field of the record's dataclass.
    :param empty: the value that means "nothing here".
    :param same: whether two values mean the same (formatting apart).
    :param dump: value to plain JSON.
    :param load: plain JSON to value.
    :param spills: one side may keep more values than the other has room for.
    """

    name: str
    empty: Any
    same: Callable[[Any, Any], bool]
    dump: Callable[[Any], Any]
    load: Callable[[Any], Any]
    spills: bool = False

    @property
    def label(self) -> Reason:
        """What people call it."""
        return label(self.name)

    def is_empty(self, value: Any) -> bool:
        return bool(value == self.empty)


@dataclass(frozen=True)
class Kind:
    """A kind of record: its name, its units and how one is called by people.

    :param name: ``contact``, ``task`` or ``event``.
    :param record: the frozen dataclass.
    :param title: one line that names the record to a person.
    :param span: when a record takes place: first and last instant (aware), or first
        and last day; ``None`` for a kind without a place in time.
    :param group_of: a Notes key's group: the series that an instance belongs to.
    """

    name: str
    record: type
    units: Mapping[str, Unit]
    title: Callable[[Values], str]
    span: Callable[[Values], Span | None] | None = None
    group_of: Callable[[str], str] = str

    def dump(self, values: Values) -> dict[str, Any]:
        """Values to plain JSON; empty units are kept (empty is not absent)."""
        return {name: self.units[name].dump(value) for name, value in values.items()}

    def load(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Plain JSON to values; units that no longer exist are dropped."""
        return {
            name: self.units[name].load(value)
            for name, value in data.items()
            if name in self.units
        }

    def differing(self, left: Values, right: Values) -> list[str]:
        """Names of the units present in both whose meaning differs."""
        return [
            name
            for name, unit in self.units.items()
            if name in left and name in right and not unit.same(left[name], right[name])
        ]

    def equal(self, left: Values, right: Values) -> bool:
        """Whether all units present in both mean the same."""
        return not self.differing(left, right)
