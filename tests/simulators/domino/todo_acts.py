"""What persons do with their to-dos in the Notes client."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from dateutil import rrule

from .act_base import BaseActs
from .calendar_acts import When, moment
from .items import to_values
from .world import Document

OVERDUE, CURRENT, FUTURE, REJECTED, COMPLETED = 0.0, 1.0, 2.0, 8.0, 9.0
_DUE = ("DueDate", "DueDateTime", "EndDate")
_START = ("StartDate", "STARTDATETIME", "CalendarDateTime")


class TodoActs(BaseActs):
    """To-do part of `Acts`.

    Dates are aware datetimes, ISO text, or plain dates: 12:00 in the server's
    zone then, as the form stores them.
    """

    def _noon(self, value: When) -> datetime:
        found = moment(value)
        if isinstance(found, datetime):
            return found
        return datetime.combine(found, time(12), tzinfo=self._world.zone())

    def _due_state(self, due: datetime | None, start: datetime | None) -> float:
        """As the form computes it on that day; it goes stale afterwards."""
        now = self._world.now()
        if due is not None and due < now:
            return OVERDUE
        if start is not None and start < now:
            return CURRENT
        return FUTURE

    def create_todo(
        self,
        mailfile: str,
        subject: str,
        due: When | None = None,
        start: When | None = None,
        body: str | None = None,
        **items: Any,
    ) -> str:
        """Adds a personal to-do as the Notes client does; returns its UNID."""
        with self._lock:
            values = self._todo(mailfile, subject, due, start, body)
            values.update(items)
            return self._new(mailfile, values).unid

    def _todo(
        self,
        mailfile: str,
        subject: str,
        due: When | None,
        start: When | None,
        body: str | None,
    ) -> dict[str, Any]:
        values: dict[str, Any] = {
            "Form": "Task",
            "Subject": subject,
            "TaskType": "1",
            "AppointmentType": "1",
            "$PublicAccess": "1",
            "Chair": self._file(mailfile).owner or "",
            "Importance": "",
            "_ViewIcon": 168,
            "$CSVersion": "2",
        }
        end = self._noon(due) if due is not None else None
        begin = self._noon(start) if start is not None else None
        values["DueState"] = self._due_state(end, begin)
        if end is not None:
            values.update(dict.fromkeys(_DUE, end))
        if begin is not None:
            values.update(dict.fromkeys(_START, begin))
        if body is not None:
            values["Body"] = {"type": "richtext", "text": body}
        return values

    def edit_todo(
        self,
        unid: str,
        *,
        due: When | None = None,
        start: When | None = None,
        clear: list[str] | None = None,
        **items: Any,
    ) -> None:
        """Edits a to-do in its form; `clear` empties `due` and/or `start`."""
        with self._lock:
            document = self._world.find(unid)
            for names, value, word in ((_DUE, due, "due"), (_START, start, "start")):
                if value is not None:
                    for name in names:
                        document.put(name, to_values(self._noon(value)))
                elif word in (clear or []):
                    for name in names:
                        document.put(name, [""])
            self._put(document, items)
            self._state(document)
            self._world.save(document, by=document.file.owner)

    def _state(self, document: Document) -> None:
        if document.get("DueState") in ([COMPLETED], [REJECTED]):
            return

        def one(name: str) -> datetime | None:
            values = document.get(name)
            stamp = values[0] if values else None
            return stamp if isinstance(stamp, datetime) else None

        state = self._due_state(one("DueDateTime"), one("STARTDATETIME"))
        document.put("DueState", [state])

    def complete_todo(self, unid: str) -> None:
        """Ticks a to-do off."""
        with self._lock:
            document = self._world.find(unid)
            document.put("DueState", [COMPLETED])
            document.put("CompletedDateTime", [self._world.now()])
            self._world.save(document, by=document.file.owner)

    def reopen_todo(self, unid: str) -> None:
        """Takes the tick off again."""
        with self._lock:
            document = self._world.find(unid)
            document.remove("CompletedDateTime")
            document.remove("DueState")
            self._state(document)
            self._world.save(document, by=document.file.owner)

    def reject_todo(self, unid: str) -> None:
        """Declines a group to-do."""
        with self._lock:
            document = self._world.find(unid)
            document.put("DueState", [REJECTED])
            self._world.save(document, by=document.file.owner)

    def create_group_todo(
        self,
        mailfile: str,
        subject: str,
        assignees: list[str],
        due: When | None = None,
        start: When | None = None,
        body: str | None = None,
        **items: Any,
    ) -> str:
        """Assigns a to-do: persons of this server find a notice; returns its UNID."""
        with self._lock:
            values = self._todo(mailfile, subject, due, start, body)
            users = [self._world.user(a) for a in assignees]
            names = [u.key if u else a for u, a in zip(users, assignees, strict=True)]
            addresses = [
                u.email if u else (a if "@" in a else ".")
                for u, a in zip(users, assignees, strict=True)
            ]
            values.update(
                TaskType="2",
                AppointmentType="2",
                AssignedTo=names,
                INetAssignedTo=addresses,
            )
            values.update(items)
            document = self._new(mailfile, values)
            document.put("ApptUNID", [document.unid])
            for user in users:
                theirs = self._world.file(user.mail_file or "") if user else None
                if theirs is None or theirs is document.file:
                    continue
                copy = {
                    **values,
                    "Form": "TaskNotice",
                    "NoticeType": "I",
                    "ApptUNID": document.unid,
                    "AssignState": 0,
                }
                self._new(theirs.path, copy, by=document.file.owner)
            return document.unid

    def accept_todo(self, unid: str) -> None:
        """Takes an assigned to-do: the notice becomes a to-do."""
        with self._lock:
            document = self._world.find(unid)
            document.put("Form", ["Task"])
            document.put("NoticeType", ["A"])
            document.put("AssignState", [1])
            self._world.save(document, by=document.file.owner)

    def create_repeating_todo(
        self,
        mailfile: str,
        subject: str,
        due: When,
        rule: str,
        *,
        lead_days: int = 0,
        together: bool = False,
        body: str | None = None,
        **items: Any,
    ) -> list[str]:
        """Adds a repeating to-do; returns the UNIDs, the parent's first.

        Every date has a child document of its own, or all dates stand as lists
        in one child (`together`). Starts lie `lead_days` before.
        """
        with self._lock:
            first = self._noon(due)
            zone = self._world.zone()
            local = first.astimezone(zone).replace(tzinfo=None)
            dates = [
                d.replace(tzinfo=zone) for d in rrule.rrulestr(rule, dtstart=local)
            ]
            begins = [
                (d.replace(tzinfo=None) - timedelta(days=lead_days)).replace(
                    tzinfo=zone
                )
                for d in dates
            ]
            values = self._todo(mailfile, subject, dates[0], begins[0], body)
            values.update(items, Repeats="1", OrgRepeat="1")
            parent = self._new(
                mailfile,
                {
                    **values,
                    "CalendarDateTime": None,
                    "RepeatDates": dates,
                    "$CSFlags": "c",
                },
            )
            parent.put("ApptUNID", [parent.unid])
            unids = [parent.unid]
            groups = [list(range(len(dates)))]
            if not together:
                groups = [[n] for n in range(len(dates))]
            for group in groups:
                child = self._child(parent, values)
                for name in _DUE:
                    child.put(name, to_values([dates[n] for n in group]))
                for name in _START:
                    child.put(name, to_values([begins[n] for n in group]))
                child.put("RepeatInstanceDates", to_values([dates[n] for n in group]))
                self._state(child)
                self._world.save(child, by=child.file.owner)
                unids.append(child.unid)
            return unids

    def _child(self, parent: Document, values: dict[str, Any]) -> Document:
        child = self._world.create(parent.file)
        self._put(child, {**values, "$CSFlags": "i", "ApptUNID": parent.unid})
        child.parent = parent.unid
        child.put("$REF", [parent.unid])
        child.put("$RefOptions", ["1"])
        return child
