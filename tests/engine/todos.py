"""Tasks in memory: to-dos of a mail file, tasks of the CRM, each in its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from notes_zoho_sync.services.errors import SyncError
from notes_zoho_sync.services.reasons import TEXTS, Reason, reason, register
from notes_zoho_sync.services.records.task import (
    COMPLETED,
    DEFERRED,
    NOT_STARTED,
    REJECTED,
    Status,
    Task,
    TaskDates,
    priority_class,
    status_class,
    task_kind,
)
from notes_zoho_sync.services.sync.item import (
    EXISTENCE,
    Change,
    Fitted,
    Identified,
    Item,
    Written,
)

from .bench import Bench
from .world import DESCRIPTION_LIMIT, Notes, Record, Side, Zoho

KIND = task_kind()
EMPTY = Task().values()
#: completed longer ago than that is not taken
OLD = timedelta(days=30)
#: what stands for a subject in the CRM, which demands one
NOTHING = "-"

if "fake_old" not in TEXTS:
    register(
        {
            "fake_old": "completed long ago",
            "fake_repeats": "it repeats",
            "fake_alarm": "a reminder cannot be written",
        }
    )


class _Tasks(Side):
    """What both sides have in common here."""

    empty = EMPTY

    def visible(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name in EMPTY}

    def remarks(self, record: Record) -> tuple[Any, ...]:
        return ()

    def item(self, record: Record) -> Item:
        return replace(super().item(record), skip_new=self.too_old(record))

    def too_old(self, record: Record) -> Reason | None:
        done = record.values["status"].completed
        old = done is not None and self.clock.at - done > OLD
        return reason("fake_old") if old and not record.private else None

    def _change(self, change: Change, read_back: bool) -> Written | SyncError:
        """No write may say what stands there already in finer words."""
        record = self.records.get(change.key)
        if record is not None and not record.deleted and not self.stale(record, change):
            same = [
                name
                for name, value in change.values.items()
                if KIND.units[name].same(value, self.visible(record.values)[name])
            ]
            assert not same, f"{self.name}: {same} written, but nothing new"
        return super()._change(change, read_back)


class Todos(_Tasks, Notes):
    """A mail file's to-dos."""

    def person_makes_repeating(
        self, days: Sequence[TaskDates], **values: Any
    ) -> list[Record]:
        """A to-do that repeats: every date is a document of its own."""
        return [
            self.person_creates(repeats=True, dates=dates, **values) for dates in days
        ]

    def identify(self, unids: Sequence[str]) -> dict[str, Identified]:
        found = super().identify(unids)
        return {unid: replace(one, kind="task") for unid, one in found.items()}

    def locked(self, record: Record) -> dict[str, Any]:
        if record.values.get("repeats"):
            return dict.fromkeys((*EMPTY, EXISTENCE), reason("fake_repeats"))
        return super().locked(record)

    def fit(
        self, kind: str, values: Mapping[str, Any], current: Mapping[str, Any]
    ) -> Fitted:
        fitted, differing = _kept(values, current)
        remarks: tuple[Reason, ...] = ()
        for name in differing:
            value = values[name]
            if name == "reminder":
                remarks = (reason("fake_alarm"),)
            elif name == "status":
                fitted[name] = _status_of_notes(value, current.get(name))
            elif name == "dates":
                fitted[name] = _dates_of_notes(value, current.get(name))
            elif name == "priority":
                fitted[name] = priority_class(value)
            elif name == "subject" and value == NOTHING:
                fitted[name] = current.get(name, value) and value
            else:
                fitted[name] = value
        return Fitted(fitted, remarks)

    def _change(self, change: Change, read_back: bool) -> Written | SyncError:
        record = self.records.get(change.key)
        before = record.values["dates"] if record is not None else TaskDates()
        result = super()._change(change, read_back)
        if record is not None and isinstance(result, Written):
            after = record.values["dates"]
            moved_along = after.start == after.due and after.due is not None
            assert after.start == before.start or moved_along, "a start was lost"
        return result


class Tasks(_Tasks, Zoho):
    """The organisation's tasks."""

    def module(self, kind: str) -> str:
        return "Tasks"

    def visible(self, values: Mapping[str, Any]) -> dict[str, Any]:
        seen = super().visible(values)
        if "dates" in seen:
            seen["dates"] = replace(seen["dates"], start=None)
        return seen

    def _touch(self, record: Record) -> None:
        """Zoho itself notes when a task was closed."""
        status: Status = record.values["status"]
        if status_class(status.status) != COMPLETED:
            at: datetime | None = None
        else:
            at = status.completed or self.clock.at
        record.values = {**record.values, "status": Status(status.status, at)}
        super()._touch(record)

    def fit(
        self, kind: str, values: Mapping[str, Any], current: Mapping[str, Any]
    ) -> Fitted:
        fitted, differing = _kept(values, current)
        for name in differing:
            value = values[name]
            if name == "status":
                word = DEFERRED if value.status == REJECTED else value.status
                fitted[name] = Status(word or NOT_STARTED)
            elif name == "dates":
                fitted[name] = TaskDates(due=value.due)
            elif name == "priority":
                word = priority_class(value)
                fitted[name] = "Normal" if word == "Medium" else word
            elif name == "subject":
                fitted[name] = value or NOTHING
            elif name == "description":
                fitted[name] = value[:DESCRIPTION_LIMIT]
            else:
                fitted[name] = value
        return Fitted(fitted)


class TaskBench(Bench):
    """One account that syncs its tasks."""

    kinds = {"task": KIND}
    modules = ("Tasks",)

    def __init__(self, **settings: object) -> None:
        super().__init__(kinds=("task",), **settings)

    def make_notes(self) -> Todos:
        return Todos(self.clock, self.faults)

    def make_zoho(self) -> Tasks:
        return Tasks(self.clock, self.faults)


def _kept(
    values: Mapping[str, Any], current: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """What means the same stays in that side's own words; the names of the rest."""
    fitted, differing = {}, []
    for name, value in values.items():
        if name in current and KIND.units[name].same(value, current[name]):
            fitted[name] = current[name]
        elif name in EMPTY:
            differing.append(name)
    return fitted, differing


def _status_of_notes(value: Status, current: Status | None) -> Status:
    found = status_class(value.status)
    if found == COMPLETED:
        return Status(COMPLETED, value.completed)
    return Status(NOT_STARTED)


def _dates_of_notes(value: TaskDates, current: TaskDates | None) -> TaskDates:
    """The start stays, unless it would lie behind the due date."""
    start = current.start if current is not None else None
    if start is not None and value.due is not None and value.due < start:
        start = value.due
    return TaskDates(start, value.due)


__all__ = ["TaskBench", "Tasks", "Todos"]
