"""To-dos of a mail file and the CRM's tasks as people see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from notes_zoho_sync.services.records.task import (
    COMPLETED,
    NOT_STARTED,
    REJECTED,
    Reminder,
    Status,
    TaskDates,
    status_class,
)

from .http_servers import Crm, Documents, Seen, texts

#: The zone of the Domino server, in which its people enter days.
ZONE = ZoneInfo("Europe/Berlin")
PRIORITIES = {"1": "High", "2": "Medium", "3": "Low", "": ""}
STATES = {9: COMPLETED, 8: REJECTED}
#: what was completed before is not taken, where the account says so
OLD = timedelta(days=30)
_AT = "TRIGGER=DATE-TIME:"


def _day(text: str) -> date | None:
    return datetime.fromisoformat(text).astimezone(ZONE).date() if text else None


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


class NotesTodos(Documents):
    """The to-dos of a mail file, but for the rules of repeating ones."""

    form = "Task"

    def look(self) -> dict[str, Seen]:
        return {k: x for k, x in super().look().items() if "rule" not in x.values}

    def seen(self, document: Mapping[str, Any], trash: bool) -> Seen:
        text = texts(document)
        done = _instant(text("CompletedDateTime"))
        word = STATES.get(round(float(text("DueState") or 0)), NOT_STARTED)
        at = _instant(text("$AlarmTime"))
        values: dict[str, Any] = {
            "subject": text("Subject"),
            "dates": TaskDates(_day(text("StartDateTime")), _day(text("DueDateTime"))),
            "status": Status(word, done if word == COMPLETED else None),
            "priority": PRIORITIES[text("Importance")],
            "description": text("Body"),
            "reminder": Reminder(at) if at is not None else None,
        }
        if text("Repeats") == "1":
            values["repeats" if text("$REF") else "rule"] = True
        private = text("OrgConfidential") == "1"
        return Seen(document["unid"], values, private, deleted=trash)

    @staticmethod
    def _items(values: Mapping[str, Any]) -> dict[str, Any]:
        items: dict[str, Any] = {}
        words = values.get("description")
        if words is not None and "<img>" in words:
            html = words.replace("<img>", '<img src="/icon.gif">')
            items["Body"] = {"type": "richtext", "html": html}
        elif words is not None:
            items["Body"] = {"type": "richtext", "text": words}
        if "subject" in values:
            items["Subject"] = values["subject"]
        if "priority" in values:
            digits = {word: digit for digit, word in PRIORITIES.items()}
            items["Importance"] = digits[values["priority"]]
        if "reminder" in values:
            reminder = values["reminder"]
            items["$Alarm"] = 1 if reminder else None
            items["$AlarmTime"] = reminder.at if reminder else None
        return items

    def create(self, values: Mapping[str, Any]) -> str:
        items = self._items(values)
        dates = values.get("dates") or TaskDates()
        subject = items.pop("Subject")
        made: str = self.sim.act.create_todo(
            self.mail_file, subject, dates.due, dates.start, **items
        )
        self._state(made, values)
        return made

    def edit(self, key: str, values: Mapping[str, Any]) -> None:
        items = self._items(values)
        if "dates" in values:
            dates = values["dates"]
            items |= {"due": dates.due, "start": dates.start}
            items["clear"] = [name for name in ("due", "start") if not items[name]]
        if items:
            self.sim.act.edit_todo(key, **items)
        self._state(key, values)

    def _state(self, key: str, values: Mapping[str, Any]) -> None:
        status: Status | None = values.get("status")
        if status is None:
            return
        act = self.sim.act
        if status.status == REJECTED:
            act.reopen_todo(key)  # who declines has not done it
            act.reject_todo(key)
        elif status.status != COMPLETED:
            act.reopen_todo(key)
        else:
            act.complete_todo(key)
            if status.completed is not None:
                act.edit(key, CompletedDateTime=status.completed)

    def too_old(self, record: Seen) -> bool:
        done = record.values["status"].completed
        return done is not None and self.clock.at - done > OLD

    def person_makes_repeating(self, days: Sequence[TaskDates], **values: Any) -> None:
        """A to-do that repeats weekly: every date is a document of its own."""
        self.clock.tick()
        rule = f"FREQ=WEEKLY;COUNT={len(days)}"
        subject, due = values["subject"], days[0].due
        self.sim.act.create_repeating_todo(self.mail_file, subject, due, rule)
        self.remember()


class ZohoTasks(Crm):
    """The module Tasks."""

    module = "Tasks"

    def values(self, record: Mapping[str, Any]) -> dict[str, Any]:
        due, alarm = record["Due_Date"], (record["Remind_At"] or {}).get("ALARM", "")
        at = alarm.partition(_AT)[2].partition(";")[0]
        return {
            "subject": record["Subject"] or "",
            "dates": TaskDates(None, date.fromisoformat(due) if due else None),
            "status": Status(
                record["Status"] or "", _instant(record["Closed_Time"] or "")
            ),
            "priority": record["Priority"] or "",
            "description": record["Description"] or "",
            "reminder": Reminder(_instant(at)) if at else None,
        }

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if "subject" in values:
            fields["Subject"] = values["subject"] or "-"
        if "status" in values:
            fields["Status"] = values["status"].status or NOT_STARTED
        if "dates" in values:
            fields["Due_Date"] = values["dates"].due
        for name, field in (("description", "Description"), ("priority", "Priority")):
            if name in values:
                fields[field] = values[name] or None
        if "reminder" in values:
            reminder = values["reminder"]
            when = f"{_AT}{reminder.at.isoformat()}" if reminder else None
            fields["Remind_At"] = f"FREQ=NONE;ACTION=POPUP;{when}" if when else None
        return fields

    def create(self, values: Mapping[str, Any]) -> str:
        made = super().create(values)
        status: Status | None = values.get("status")
        if status is not None and status.completed is not None:
            with self.sim.lock:
                at = int(status.completed.timestamp())
                self.sim.world.tables["Tasks"].rows[made].values["Closed_Time"] = at
        return made

    def too_old(self, record: Seen) -> bool:
        status = record.values["status"]
        done = status_class(status.status) == COMPLETED and status.completed
        return bool(done) and self.clock.at - done > OLD
