"""To-dos of a mail file and the CRM's tasks as people see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from .http_servers import Crm, Documents, Seen, texts

#: The zone of the Domino server, in which its people enter days.
ZONE = ZoneInfo("Europe/Berlin")
PRIORITIES = {"1": "High", "2": "Normal", "3": "Low", "": ""}
DONE = 9


class NotesTodos(Documents):
    """The to-dos of a mail file."""

    form = "Task"

    def seen(self, document: Mapping[str, Any], trash: bool) -> Seen:
        text = texts(document)
        due = text("DueDateTime")
        values = {
            "subject": text("Subject"),
            "due": datetime.fromisoformat(due).astimezone(ZONE).date() if due else None,
            "description": text("Body"),
            "done": float(text("DueState") or 0) == DONE,
            "priority": PRIORITIES[text("Importance")],
        }
        private = text("OrgConfidential") == "1"
        return Seen(document["unid"], values, private, deleted=trash)

    @staticmethod
    def _items(values: Mapping[str, Any]) -> dict[str, Any]:
        items: dict[str, Any] = {}
        if "description" in values:
            items["Body"] = {"type": "richtext", "text": values["description"]}
        if "subject" in values:
            items["Subject"] = values["subject"]
        if "priority" in values:
            digits = {word: digit for digit, word in PRIORITIES.items()}
            items["Importance"] = digits[values["priority"]]
        return items

    def create(self, values: Mapping[str, Any]) -> str:
        items = self._items(values)
        made: str = self.sim.act.create_todo(
            self.mail_file, items.pop("Subject"), values.get("due"), **items
        )
        if values.get("done"):
            self.sim.act.complete_todo(made)
        return made

    def edit(self, key: str, values: Mapping[str, Any]) -> None:
        act = self.sim.act
        items = self._items(values)
        due: date | None = values.get("due")
        if due is not None:
            items["due"] = due
        elif "due" in values:
            items["clear"] = ["due"]
        if items:
            act.edit_todo(key, **items)
        if "done" in values:
            (act.complete_todo if values["done"] else act.reopen_todo)(key)


class ZohoTasks(Crm):
    """The module Tasks."""

    module = "Tasks"

    def values(self, record: Mapping[str, Any]) -> dict[str, Any]:
        due = record["Due_Date"]
        return {
            "subject": record["Subject"] or "",
            "due": date.fromisoformat(due) if due else None,
            "description": record["Description"] or "",
            "done": record["Status"] == "Completed",
            "priority": record["Priority"] or "",
        }

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if "done" in values:
            fields["Status"] = "Completed" if values["done"] else "In Progress"
        for name, field in (
            ("subject", "Subject"),
            ("due", "Due_Date"),
            ("description", "Description"),
            ("priority", "Priority"),
        ):
            if name in values:
                fields[field] = values[name] or None
        return fields
