"""What a mapping table is made of.

A table says for each unit how Notes holds it and how Zoho does: a new field is one
row. Both halves of a row are *columns*; the walkers in ``notes`` and ``zoho`` know
nothing of what a unit is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from ..reasons import Reason, reason
from ..records import Kind, Values
from .items import Items
from .metadata import Fields

#: The value of a unit that a side cannot carry.
ABSENT: Any = object()


@dataclass(frozen=True)
class Cell:
    """A value and what is to be said about it.

    :param value: ``ABSENT``: the side cannot carry it.
    :param remarks: what of it is not carried.
    :param locked: why the side it was read from must not be written; on the Zoho side:
        why the original would lose its end if what fits came back.
    """

    value: Any
    remarks: tuple[Reason, ...] = ()
    locked: Reason | None = None


class NotesColumn(Protocol):
    """How Notes holds a unit."""

    @property
    def items(self) -> tuple[str, ...]:
        """Names of the items it may stand in."""

    def read(self, items: Items) -> Cell:
        """The value of a document."""

    def write(self, value: Any, items: Items) -> dict[str, Any]:
        """The items to change in a document that holds ``items``, as JSON."""

    def fit(self, value: Any, current: Any, seen: Any) -> Cell:
        """A value of Zoho's as Notes would hold it.

        :param current: what Notes holds now; empty for a new document.
        :param seen: what Zoho would hold of that; ``None``: nothing, or new.
        """


class ZohoColumn(Protocol):
    """How Zoho holds a unit."""

    @property
    def fields(self) -> tuple[str, ...]:
        """API names."""

    def read(self, record: Mapping[str, Any]) -> Any:
        """The value of a record."""

    def write(self, value: Any, fields: Fields) -> dict[str, Any]:
        """Fields as JSON, ``None`` for an empty one; only those that can be written."""

    def fit(self, value: Any, values: Values, fields: Fields) -> Cell:
        """A value of Notes as Zoho would hold it.

        :param values: all of the record, for what stands in for what.
        """


class Follower(Protocol):
    """Items that repeat what others say and must not be left behind."""

    def follow(
        self, before: Values, after: Values, written: Values, items: Items
    ) -> dict[str, Any]:
        """The items to change.

        :param before: the document's values; empty for a new one.
        :param after: its values once ``written`` is in.
        """


@dataclass(frozen=True)
class Row:
    """One unit on both sides."""

    unit: str
    notes: NotesColumn
    zoho: ZohoColumn


@dataclass(frozen=True)
class Table:
    """How one kind of record is mapped.

    :param form: the form of its Notes documents; ``type``: their item ``Type``.
    :param module: Zoho's API name of its module.
    :param complete: what of a document's values follows from others.
    :param marks: items that every new document gets.
    :param sent: fields that go with whatever is written to Zoho.
    :param also: further fields that go with units: from the units, what Zoho holds
        (``None``: a new record) and its metadata.
    :param looked_at: items that the following rest on.
    :param skip: why a document of this sort is never synced.
    :param locked: why nothing of a document may be written or deleted.
    :param remarks: what of a document has no counterpart.
    :param done: since when (UTC) a record is over and done with; ``None``: it is not.
    """

    kind: Kind
    form: str
    type: str
    module: str
    rows: tuple[Row, ...]
    followers: tuple[Follower, ...] = ()
    complete: Callable[[Values], Values] = lambda values: values
    marks: Mapping[str, Any] = field(default_factory=dict)
    sent: Mapping[str, Any] = field(default_factory=dict)
    also: Callable[[Values, Values | None, Fields], Mapping[str, Any]] = (
        lambda values, current, fields: {}
    )
    looked_at: tuple[str, ...] = ()
    skip: Callable[[Items], Reason | None] = lambda items: None
    locked: Callable[[Items], Reason | None] = lambda items: None
    remarks: Callable[[Items], tuple[Reason, ...]] = lambda items: ()
    done: Callable[[Values], datetime | None] = lambda values: None

    @property
    def by_unit(self) -> Mapping[str, Row]:
        return {row.unit: row for row in self.rows}


def done_before(table: Table, values: Values, day: date | None) -> Reason | None:
    """Why a record that was over before that day is not taken; ``None``: it is."""
    done = table.done(values)
    if day is None or done is None or done.date() >= day:
        return None
    return reason("skip_done", date=done.date())
