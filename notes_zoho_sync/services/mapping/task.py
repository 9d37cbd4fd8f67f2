"""The table of tasks: to-dos in Notes, the module Tasks in Zoho.

Items: mail file schema, section 3; fields: Zoho fact sheet, section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from ..reasons import Reason, reason
from ..records import Status, Values, task_kind
from .columns import BodyField, BodyItem, TextField, TextItem, listed
from .days import DatesItems, DueField
from .items import Items
from .metadata import Fields
from .reminders import AlarmField, AlarmItems
from .rows import Cell, Row, Table
from .states import (
    DueState,
    PriorityField,
    PriorityItem,
    StatusField,
    StatusItems,
)

KIND = task_kind()
#: What stands for a subject where one is demanded and there is none.
NOTHING = "-"
_WAITING = "tasknotice"
_REPEATS = ("Repeats", "OrgRepeat")
_PARENT = ("$REF", "@parentid")
_ASSIGNEES = ("AssignedTo", "OptionalAssignedTo", "FYIAssignedTo")


@dataclass(frozen=True)
class SubjectField(TextField):
    """The subject in Zoho, where one is demanded."""

    def fit(self, value: str, values: Values, fields: Fields) -> Cell:
        cell = super().fit(value, values, fields)
        if cell.value == "":
            return Cell(NOTHING, (reason("mapping_no_subject"),))
        return cell


# -- sorts of to-dos -------------------------------------------------------------------


def _repeats(items: Items) -> bool:
    return any("1" in items.texts(name) for name in _REPEATS)


def _is_child(items: Items) -> bool:
    return any(items.text(name) for name in _PARENT)


def _skip(items: Items) -> Reason | None:
    if (items.text("@form") or items.text("Form")).casefold() == _WAITING:
        return reason("skip_waiting")
    if _repeats(items) and "RepeatDates" in items and not _is_child(items):
        return reason("skip_rule")
    return None


def _locked(items: Items) -> Reason | None:
    """A date of a repeating to-do hangs on its rule, which only Notes can change."""
    return reason("mapping_repeating") if _repeats(items) else None


def _remarks(items: Items) -> tuple[Reason, ...]:
    found = []
    names = [name for item in _ASSIGNEES for name in items.texts(item)]
    if listed(names):
        found.append(reason("mapping_assignees", count=len(names)))
    dates = len(items.texts("StartDateTime"))
    if dates > 1:
        found.append(reason("mapping_more_dates", count=dates - 1))
    return tuple(found)


def _done(values: Values) -> datetime | None:
    status = values.get("status")
    return status.completed if isinstance(status, Status) else None


def task_table(zone: tzinfo = UTC, today: date | None = None) -> Table:
    """The table for one account.

    :param zone: the account's: in it a due date is a day.
    :param today: the day there; ``None``: nothing is under way or overdue.
    """
    dates = DatesItems(zone)
    return Table(
        kind=KIND,
        form="Task",
        type="",
        module="Tasks",
        rows=(
            Row(
                "subject",
                TextItem(("Subject",)),
                SubjectField("subject", "Subject"),
            ),
            Row("status", StatusItems(dates, today), StatusField("status")),
            Row("dates", dates, DueField("dates", "Due_Date")),
            Row(
                "priority",
                PriorityItem(),
                PriorityField("priority", "Priority"),
            ),
            Row(
                "description",
                BodyItem(("Body",), rich=True),
                BodyField("description", "Description"),
            ),
            Row("reminder", AlarmItems(), AlarmField("reminder")),
        ),
        followers=(DueState(today),),
        marks={"TaskType": "1", "OrgTable": "T0", "_ViewIcon": 168},
        sent={"Send_Notification_Email": False},
        looked_at=(*_REPEATS, "RepeatDates", *_ASSIGNEES),
        skip=_skip,
        locked=_locked,
        remarks=_remarks,
        done=_done,
    )


#: For where only Zoho's half counts, and for an account in UTC.
TASK = task_table()
