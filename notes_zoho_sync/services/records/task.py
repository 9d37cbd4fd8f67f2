"""Something to do, as both sides mean it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from .base import Kind, Unit, Values
from .text import same_line, same_text

#: The words that Notes has for a status, and those of Zoho that every organisation
#: starts with. Whatever is neither completed nor put off is open.
NOT_STARTED = "Not Started"
IN_PROGRESS = "In Progress"
OVERDUE = "Overdue"
COMPLETED = "Completed"
REJECTED = "Rejected"
DEFERRED = "Deferred"
OPEN = "open"

_STATUS_CLASSES = {
    COMPLETED.casefold(): COMPLETED,
    REJECTED.casefold(): DEFERRED,
    DEFERRED.casefold(): DEFERRED,
}

HIGH, MEDIUM, LOW = "High", "Medium", "Low"
_PRIORITY_CLASSES = {
    "": "",
    "highest": HIGH,
    "high": HIGH,
    "low": LOW,
    "lowest": LOW,
}


def status_class(word: str) -> str:
    """``COMPLETED``, ``DEFERRED`` (rejected, too) or ``OPEN``: what a status comes to,
    whichever side's word it is."""
    return _STATUS_CLASSES.get(word.strip().casefold(), OPEN)


def priority_class(word: str) -> str:
    """``HIGH``, ``MEDIUM``, ``LOW`` or empty; what nobody knows is in the middle."""
    return _PRIORITY_CLASSES.get(word.strip().casefold(), MEDIUM)


@dataclass(frozen=True)
class Status:
    """How far a task is, in the words of the side that holds it.

    :param completed: instant (UTC) of its completion; it takes no part in comparing,
        since Zoho does not let it be written.
    """

    status: str = ""
    completed: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class TaskDates:
    """When a task is due (a day, in no zone).

    :param start: only Notes has one, so it takes no part in comparing.
    """

    start: date | None = field(default=None, compare=False)
    due: date | None = None


@dataclass(frozen=True)
class Reminder:
    """When somebody is reminded.

    :param at: the instant (UTC, whole minutes).
    :param rule: Zoho's own words for one that hangs on the due date; ``at`` is
        ``None`` then.
    """

    at: datetime | None = None
    rule: str = ""


@dataclass(frozen=True)
class Task:
    """One task. Texts are plain."""

    subject: str = ""
    status: Status = Status()
    dates: TaskDates = TaskDates()
    priority: str = ""
    description: str = ""
    reminder: Reminder | None = None

    def values(self) -> dict[str, Any]:
        """Unit name to value."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


def _same_status(left: Status, right: Status) -> bool:
    return status_class(left.status) == status_class(right.status)


def _same_priority(left: str, right: str) -> bool:
    return priority_class(left) == priority_class(right)


def _equal(left: Any, right: Any) -> bool:
    return bool(left == right)


def _as_is(value: Any) -> Any:
    return value


def _dump_instant(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat() if value else None


def _load_instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _dump_day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _load_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(same: Callable[[Any, Any], bool] = same_line) -> Unit:
    return Unit("", "", same, _as_is, str)


_UNITS = {
    "subject": _text(),
    # Within a class one side knows finer shades than the other: those stay where
    # they are, and are no edit.
    "status": Unit(
        "",
        Status(),
        _same_status,
        lambda value: {
            "status": value.status,
            "completed": _dump_instant(value.completed),
        },
        lambda data: Status(data["status"], _load_instant(data["completed"])),
    ),
    "dates": Unit(
        "",
        TaskDates(),
        _equal,
        lambda value: {"start": _dump_day(value.start), "due": _dump_day(value.due)},
        lambda data: TaskDates(_load_day(data["start"]), _load_day(data["due"])),
    ),
    "priority": _text(_same_priority),
    "description": _text(same_text),
    "reminder": Unit(
        "",
        None,
        _equal,
        lambda value: (
            {"at": _dump_instant(value.at), "rule": value.rule} if value else None
        ),
        lambda data: (
            Reminder(_load_instant(data["at"]), data["rule"]) if data else None
        ),
    ),
}


def title(values: Values) -> str:
    """How people call this task."""
    return values.get("subject") or "-"


@lru_cache(maxsize=1)
def task_kind() -> Kind:
    """The kind *task*."""
    return Kind(
        name="task",
        record=Task,
        units={key: replace(unit, name=key) for key, unit in _UNITS.items()},
        title=title,
    )
