"""The dates of a to-do: instants in Notes, where noon stands for the day.

A day is one in the account's zone and passes through no other (mail file schema,
section 3.2; sync rules: dates and times).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from ..reasons import Reason, reason
from ..records import TaskDates, Values
from . import clean
from .columns import DateField, change, day, no_field
from .items import Items
from .metadata import Fields
from .rows import Cell

DUE = ("DueDateTime", "DueDate", "EndDate")
START = ("StartDateTime", "StartDate")
#: Where the calendar shows it: a copy of the start, if there is one.
SHOWN = "CalendarDateTime"
_NOON = time(12)


def instant(text: str) -> datetime | None:
    """An instant as the data service writes it: ``2026-05-04T10:00:00Z``."""
    if len(text) != 20 or not text.endswith("Z"):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def zoned(text: str) -> datetime | None:
    """An instant as Zoho writes it, with an offset (fact sheet, 3.4), in UTC."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (OverflowError, ValueError):
        return None


def typed(moment: datetime) -> dict[str, str]:
    """An instant as it is sent: typed, since a plain text would stay text (DAS data
    service: values in request bodies)."""
    text = moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()
    return {"type": "datetime", "data": f"{text}Z"}


def noon(value: date, zone: tzinfo) -> datetime | None:
    """Noon of a day (UTC); ``None`` at the very ends of the calendar."""
    try:
        return datetime.combine(value, _NOON, zone).astimezone(UTC)
    except OverflowError:
        return None


def day_in(moment: datetime, zone: tzinfo) -> date | None:
    """The day of an instant in a zone; ``None`` at the very ends of the calendar."""
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        return None


def first_filled(items: Items, names: tuple[str, ...]) -> str:
    """The first text of the first filled item."""
    return next(filter(None, (clean.line(items.text(name)) for name in names)), "")


@dataclass(frozen=True)
class DatesItems:
    """Start and due date of a to-do; all copies of the due date are written alike.

    :param zone: the account's.
    """

    zone: tzinfo = UTC
    items: tuple[str, ...] = (*DUE, *START, SHOWN)

    def read(self, items: Items) -> Cell:
        text = first_filled(items, DUE)
        due = self._day(text)
        start = self._day(first_filled(items, START))
        if due is not None or not text:
            return Cell(TaskDates(start, due))
        shown = clean.cut(text, 60)
        return Cell(
            TaskDates(start),
            (reason("mapping_due", value=shown),),
            reason("mapping_no_date", value=shown),
        )

    def write(self, value: TaskDates, items: Items) -> dict[str, Any]:
        out = self._same(DUE, value.due, items)
        start = self.read(items).value.start if items else value.start
        if start is None:
            return out
        if value.due is not None and value.due < start:
            start = value.due
        elif items:
            return out
        copies = (*START, SHOWN) if SHOWN in items else START
        return out | self._same(copies, start, items)

    def fit(self, value: TaskDates, current: TaskDates, seen: TaskDates | None) -> Cell:
        due = self._held(value.due)
        remarks: tuple[Reason, ...] = ()
        if value.due is not None and due is None:
            remarks = (reason("mapping_due_range", value=value.due),)
        start = current.start
        if start is not None and due is not None and due < start:
            start = due
        return Cell(TaskDates(start, due), remarks)

    def _day(self, text: str) -> date | None:
        moment = instant(text)
        return day(text) if moment is None else day_in(moment, self.zone)

    def _held(self, value: date | None) -> date | None:
        """The day as it comes back: some zone skipped one when it crossed the date
        line."""
        moment = noon(value, self.zone) if value is not None else None
        return day_in(moment, self.zone) if moment is not None else None

    def _same(
        self, names: tuple[str, ...], value: date | None, items: Items
    ) -> dict[str, Any]:
        moment = noon(value, self.zone) if value is not None else None
        out: dict[str, Any] = {}
        for name in names:
            if moment is None:
                out |= change(items, name, "")
            else:
                out[items.stored(name)] = typed(moment)
        return out


@dataclass(frozen=True)
class DueField(DateField):
    """The due date in Zoho, which knows no start."""

    def read(self, record: Mapping[str, Any]) -> Any:
        return TaskDates(due=super().read(record))

    def write(self, value: Any, fields: Fields) -> dict[str, Any]:
        return super().write(value.due, fields)

    def fit(self, value: Any, values: Values, fields: Fields) -> Cell:
        if not fields.writable(self.field):
            return no_field(self.unit, value.due, self.field)
        return Cell(TaskDates(due=value.due))
