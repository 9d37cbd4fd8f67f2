"""Status and priority of a task: each side has words the other lacks.

What both mean is a class (``records.task``); the finer word of a side stays while its
class does not change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..reasons import reason
from ..records import Status, TaskDates, Values
from ..records.task import (
    COMPLETED,
    DEFERRED,
    HIGH,
    IN_PROGRESS,
    LOW,
    MEDIUM,
    NOT_STARTED,
    OPEN,
    OVERDUE,
    REJECTED,
    priority_class,
    status_class,
)
from . import clean
from .columns import TextField, change, no_field, string
from .days import DatesItems, instant, typed, zoned
from .items import Items
from .metadata import NONE, Fields
from .rows import ABSENT, Cell

STATE = "DueState"
DONE_AT = "CompletedDateTime"
#: Mail file schema, section 3.3. Only the last two say something of their own; the
#: others follow from the dates and go stale.
STATES: Mapping[str, int] = {
    OVERDUE: 0,
    IN_PROGRESS: 1,
    NOT_STARTED: 2,
    REJECTED: 8,
    COMPLETED: 9,
}


def open_word(dates: TaskDates, today: date | None) -> str:
    """What Notes calls an open to-do on a day."""
    if today is not None and dates.due is not None and dates.due < today:
        return OVERDUE
    if today is not None and dates.start is not None and dates.start <= today:
        return IN_PROGRESS
    return NOT_STARTED


# -- Notes -----------------------------------------------------------------------------


@dataclass(frozen=True)
class StatusItems:
    """``DueState`` and the instant of completion, which alone says completed, too."""

    dates: DatesItems
    today: date | None = None
    items: tuple[str, ...] = (STATE, DONE_AT)

    def read(self, items: Items) -> Cell:
        state, at = items.text(STATE), clean.line(items.text(DONE_AT))
        if at or state == str(STATES[COMPLETED]):
            return Cell(Status(COMPLETED, instant(at)))
        if state == str(STATES[REJECTED]):
            return Cell(Status(REJECTED))
        return Cell(Status(open_word(self.dates.read(items).value, self.today)))

    def write(self, value: Status, items: Items) -> dict[str, Any]:
        # The number is written by ``DueState``: it hangs on the dates as well.
        if status_class(value.status) != COMPLETED:
            return change(items, DONE_AT, "")
        if value.completed is None or items.text(DONE_AT):
            return {}
        return {items.stored(DONE_AT): typed(value.completed)}

    def fit(self, value: Status, current: Status, seen: Status | None) -> Cell:
        found = status_class(value.status)
        if current.status and (
            seen is None  # Zoho has no word for it, so its own says nothing
            or found == status_class(seen.status)
        ):
            return Cell(current)
        if found == COMPLETED:
            return Cell(Status(COMPLETED, value.completed))
        # Deferred, too: Notes knows no such state of one's own to-do.
        return Cell(Status(NOT_STARTED))


@dataclass(frozen=True)
class DueState:
    """``DueState`` follows status and dates."""

    today: date | None = None

    def follow(
        self, before: Values, after: Values, written: Values, items: Items
    ) -> dict[str, Any]:
        if before and not written.keys() & {"status", "dates"}:
            return {}
        word = (after.get("status") or Status()).status
        if status_class(word) == COMPLETED:
            word = COMPLETED
        elif word != REJECTED:
            word = open_word(after.get("dates") or TaskDates(), self.today)
        state = STATES[word]
        if items.text(STATE) == str(state):
            return {}
        return {items.stored(STATE): state}


_DIGITS = {"1": HIGH, "2": MEDIUM, "3": LOW}


@dataclass(frozen=True)
class PriorityItem:
    """``Importance``: 1 high, 2 medium, 3 low."""

    items: tuple[str, ...] = ("Importance",)

    def read(self, items: Items) -> Cell:
        return Cell(_DIGITS.get(clean.line(items.text(self.items[0])), ""))

    def write(self, value: str, items: Items) -> dict[str, Any]:
        wanted = priority_class(value)
        digit = next((key for key, word in _DIGITS.items() if word == wanted), "")
        return change(items, self.items[0], digit)

    def fit(self, value: str, current: str, seen: str | None) -> Cell:
        found = priority_class(value)
        if not found and seen is None:
            return Cell(current)  # Zoho could not take it, so that it has none
        if found == MEDIUM and value.strip().casefold() not in _KNOWN_MEDIUM:
            shown = clean.cut(value, 60)
            return Cell(found, (reason("mapping_priority_notes", value=shown),))
        return Cell(found)


# -- Zoho ------------------------------------------------------------------------------

_KNOWN_MEDIUM = ("normal", "medium")


@dataclass(frozen=True)
class StatusField:
    """The status in Zoho: a picklist that an organisation may have changed."""

    unit: str = "status"
    fields: tuple[str, ...] = ("Status", "Closed_Time")

    def read(self, record: Mapping[str, Any]) -> Status:
        word = _word(record, "Status")
        if status_class(word) != COMPLETED:
            return Status(word)
        # Zoho sets it; where it is not shown, the last change is near enough.
        times = (zoned(string(record, n)) for n in ("Closed_Time", "Modified_Time"))
        return Status(word, next(filter(None, times), None))

    def write(self, value: Status, fields: Fields) -> dict[str, Any]:
        if not fields.writable("Status"):
            return {}
        return {"Status": value.status or None}

    def fit(self, value: Status, values: Values, fields: Fields) -> Cell:
        word = value.status
        if not fields.writable("Status"):
            told = word if status_class(word) != OPEN else ""
            return no_field(self.unit, told, "Status")
        wanted = DEFERRED if word == REJECTED else word
        picks = fields.picklist("Status")
        if not picks and fields.data_type("Status") != "picklist":
            return Cell(Status(wanted))
        found = _pick(picks, (wanted,))
        if found is None and status_class(word) != COMPLETED:
            open_ = (pick for pick in picks if status_class(pick) == OPEN)
            found = _pick(picks, (NOT_STARTED, IN_PROGRESS)) or next(open_, None)
        if found is None:
            return Cell(ABSENT, (reason("mapping_no_status", value=word),))
        if status_class(found) != status_class(wanted):
            why = reason("mapping_other_status", value=word, instead=found)
            return Cell(Status(found), (why,))
        return Cell(Status(found))


@dataclass(frozen=True)
class PriorityField(TextField):
    """The priority in Zoho: a picklist that an organisation may have changed."""

    def read(self, record: Mapping[str, Any]) -> str:
        return _word(record, self.field)

    def fit(self, value: str, values: Values, fields: Fields) -> Cell:
        if not fields.writable(self.field):
            return no_field(self.unit, value, self.field)
        wanted = priority_class(value)
        picks = fields.picklist(self.field)
        if not wanted or (not picks and fields.data_type(self.field) != "picklist"):
            return Cell(value)
        names = ("normal", "medium") if wanted == MEDIUM else (wanted,)
        found = _pick(picks, (value, *names))
        if found is None:
            same = (pick for pick in picks if priority_class(pick) == wanted)
            found = next(same, None)
        if found is None:
            return Cell(ABSENT, (reason("mapping_no_priority", value=value),))
        return Cell(found)


def _word(record: Mapping[str, Any], name: str) -> str:
    word = clean.line(string(record, name))
    return "" if word == NONE else word


def _pick(picks: Iterable[str], wanted: Iterable[str]) -> str | None:
    """The organisation's spelling of the first of the words that it has."""
    spelled = {pick.casefold(): pick for pick in picks}
    return next(
        (spelled[w.casefold()] for w in wanted if w.casefold() in spelled), None
    )
