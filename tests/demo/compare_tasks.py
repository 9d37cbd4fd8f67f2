"""To-dos and tasks: do both stores agree? A small table of its own again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .values import (
    Account,
    Document,
    Record,
    flat,
    is_private,
    is_private_there,
    item,
    marks,
    same_comment,
    same_text,
    words,
)

#: Where the demo's people are.
ZONE = ZoneInfo("Europe/Berlin")
#: What was completed longer ago is not taken over.
OLD = timedelta(days=30)
COMPLETED, REJECTED = 9, 8
URGENCY = {
    "1": "high",
    "2": "middle",
    "3": "low",
    "highest": "high",
    "high": "high",
    "normal": "middle",
    "low": "low",
    "lowest": "low",
}


def _instant(value: Any) -> datetime | None:
    text = str(value or "")
    return datetime.fromisoformat(text) if len(text) > 10 else None


def due(document: Document) -> str:
    """The day on which a to-do is due, as its owner's calendar shows it."""
    moment = _instant(item(document, "DueDateTime", "DueDate", "EndDate"))
    return moment.astimezone(ZONE).date().isoformat() if moment else ""


def is_done(document: Document) -> bool:
    """Whether somebody ticked it off."""
    return bool(item(document, "CompletedDateTime")) or _state(document) == COMPLETED


def _state(document: Document) -> int:
    return int(float(item(document, "DueState") or 0))


def same_status(document: Document, record: Record) -> bool:
    """Completed on both sides or on none; what was rejected is not started over."""
    done = record["Status"] == "Completed"
    if is_done(document) or done:
        return is_done(document) and done
    return _state(document) != REJECTED or record["Status"] == "Deferred"


def same_subject(document: Document, record: Record) -> bool:
    """Zoho insists on a subject: one that is missing in Notes is a dash there."""
    return same_text(255)(item(document, "Subject") or "-", record["Subject"])


def _urgency(value: Any) -> str:
    text = str(value or "").lower()
    return URGENCY.get(text, "")


def alarm(document: Document) -> datetime | None:
    """When Notes reminds of a to-do: so many minutes from its start."""
    if str(item(document, "$Alarm")) not in ("1", "1.0"):
        return None
    start = _instant(item(document, "StartDateTime", "StartDate"))
    minutes = float(item(document, "$AlarmOffset") or 0)
    return start + timedelta(minutes=minutes) if start else None


def same_reminder(document: Document, record: Record) -> bool:
    """A reminder of Notes is in Zoho; one of Zoho's own cannot be in Notes."""
    wanted = alarm(document)
    if wanted is None:
        return True
    said = re.search(r"DATE-TIME:([^;]+)", flat(record["Remind_At"]))
    return said is not None and datetime.fromisoformat(said[1].strip('"}')) == wanted


@dataclass(frozen=True)
class Row:
    """One thing that both systems know of a task."""

    label: str
    same: Callable[[Document, Record], bool]
    notes: Callable[[Document], Any]
    zoho: Callable[[Record], Any]


TABLE = (
    Row("subject", same_subject, lambda d: item(d, "Subject"), lambda r: r["Subject"]),
    Row(
        "due date",
        lambda d, r: due(d) == (r["Due_Date"] or ""),
        due,
        lambda r: r["Due_Date"],
    ),
    Row("status", same_status, _state, lambda r: r["Status"]),
    Row(
        "priority",
        lambda d, r: _urgency(item(d, "Importance")) == _urgency(r["Priority"]),
        lambda d: item(d, "Importance"),
        lambda r: r["Priority"],
    ),
    Row(
        "description",
        lambda d, r: same_comment(item(d, "Body"), r["Description"]),
        lambda d: item(d, "Body"),
        lambda r: r["Description"],
    ),
    Row("reminder", same_reminder, alarm, lambda r: r["Remind_At"]),
)


def is_todo(document: Document) -> bool:
    """A to-do proper: no rule of a repeating one, no losing copy of a conflict."""
    rule = item(document, "RepeatDates") and not document["parent"]
    return document["form"] == "Task" and not document["conflict"] and not rule


class TaskComparer:
    """Collects the disagreements about to-dos and tasks.

    :param now: this moment; it decides what was completed long ago.
    """

    def __init__(
        self,
        domino: dict[str, Any],
        zoho: dict[str, Any],
        accounts: list[Account],
        apart: list[dict[str, str]],
        now: datetime,
    ) -> None:
        self.domino = domino
        self.zoho = zoho
        self.accounts = accounts
        self.apart = apart
        self.now = now
        self.found: list[str] = []

    def all(self) -> list[str]:
        """Every disagreement, as a sentence."""
        for account in self.accounts:
            self.account(account)
        self.private()
        return self.found

    def account(self, account: Account) -> None:
        """Partners, what they disagree in, and what has none."""
        todos = [d for d in self._todos(account) if not is_private(d)]
        tasks = [t for t in self._tasks(account) if not is_private_there(t)]
        for document, record in list(_pairs(todos, tasks)):
            todos.remove(document)
            tasks.remove(record)
            for row in TABLE:
                if row.same(document, record):
                    continue
                if not self._known(document["unid"], record["id"], row.label):
                    self.found.append(
                        f"{account.login}: the to-do {item(document, 'Subject')}: "
                        f"{row.label} is {row.notes(document)!r} in Notes and "
                        f"{row.zoho(record)!r} in Zoho"
                    )
        if account.direction != "zoho_to_notes":
            self.found += [
                f"{account.login}: the to-do {item(document, 'Subject')} is in Notes "
                f"and no task of {account.owner} in Zoho"
                for document in todos
                if not self._is_old(item(document, "CompletedDateTime"))
            ]
        if account.direction != "notes_to_zoho":
            self.found += [
                f"{account.login}: the task {record['Subject']} is in Zoho and no "
                f"to-do in {account.mail_file}"
                for record in tasks
                if not self._is_old(record["Closed_Time"])
            ]

    def _todos(self, account: Account) -> list[Document]:
        documents = self.domino["mail_files"][account.mail_file]["documents"]
        return [document for document in documents if is_todo(document)]

    def _tasks(self, account: Account) -> list[Record]:
        return [
            record
            for record in self.zoho["records"]["Tasks"]
            if record["Owner"]["email"] == account.owner
        ]

    def _is_old(self, completed: Any) -> bool:
        moment = _instant(completed)
        return moment is not None and moment < self.now - OLD

    def _known(self, unid: str, zoho_id: str, label: str) -> bool:
        return any(
            a["id"] in (unid, zoho_id) and a.get("field") == label for a in self.apart
        )

    def private(self) -> None:
        """Nothing of a private to-do or task is on the other side."""
        there = flat(self.zoho["records"]["Tasks"])
        for account in self.accounts:
            for document in self._todos(account):
                if is_private(document):
                    body = item(document, "Body")
                    text = body["text"] if isinstance(body, dict) else body
                    for mark in marks([item(document, "Subject"), text]):
                        if mark in there:
                            self.found.append(
                                f"{account.login}: {mark!r} of a private to-do is in "
                                "Zoho"
                            )
        here = flat(
            [
                document
                for file in self.domino["mail_files"].values()
                for document in file["documents"]
                if document["form"] == "Task"
            ]
        )
        for record in self.zoho["records"]["Tasks"]:
            if is_private_there(record):
                for mark in marks([record["Subject"], record["Description"]]):
                    if mark in here:
                        self.found.append(
                            f"{mark!r} of a private Zoho task is in Notes"
                        )


def _pairs(
    todos: list[Document], tasks: list[Record]
) -> Iterator[tuple[Document, Record]]:
    """Who belongs to whom: by sameness in all, then by subject and due date, then by
    subject."""
    left, right = list(todos), list(tasks)
    ways: tuple[Callable[[Document, Record], bool], ...] = (
        lambda d, r: all(row.same(d, r) for row in TABLE),
        lambda d, r: same_subject(d, r) and due(d) == (r["Due_Date"] or ""),
        lambda d, r: same_subject(d, r) and words(item(d, "Subject")) != "",
    )
    for belongs in ways:
        for document in list(left):
            found = next((r for r in right if belongs(document, r)), None)
            if found is not None:
                left.remove(document)
                right.remove(found)
                yield document, found
