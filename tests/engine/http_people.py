"""Contacts of a mail file and of the CRM as people see them, over the simulators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notes_zoho_sync.services.records import Name

from .http_servers import Crm, Documents, Seen, texts

ITEMS = {
    "job_title": "JobTitle",
    "department": "Department",
    "company": "CompanyName",
    "assistant": "Assistant",
    "fax": "OfficeFAXPhoneNumber",
    "description": "Comment",
}
FIELDS = {
    "job_title": "Title",
    "department": "Department",
    "company": "Account_Name",
    "assistant": "Assistant",
    "fax": "Fax",
    "description": "Description",
}


class NotesPeople(Documents):
    """The contacts of a mail file."""

    form = "Person"

    def seen(self, document: Mapping[str, Any], trash: bool) -> Seen:
        text = texts(document)
        addresses = (text("MailAddress"), text("InternetAddress"))
        values: dict[str, Any] = {unit: text(item) for unit, item in ITEMS.items()}
        values["name"] = Name(text("FirstName"), text("LastName"))
        values["emails"] = tuple(filter(None, addresses))
        private = text("Confidential") == "1"
        return Seen(document["unid"], values, private, deleted=trash)

    def _items(self, values: Mapping[str, Any]) -> dict[str, Any]:
        items = {ITEMS[unit]: values[unit] for unit in ITEMS if unit in values}
        if "<img>" in items.get("Comment", ""):
            html = items["Comment"].replace("<img>", '<img src="/icon.gif">')
            items["Comment"] = {"type": "richtext", "html": html}
        if "name" in values:
            items["FirstName"] = values["name"].first
            items["LastName"] = values["name"].last
        if "emails" in values:
            padded = (*values["emails"], "", "")
            items["MailAddress"], items["InternetAddress"] = padded[:2]
        return items

    def create(self, values: Mapping[str, Any]) -> str:
        made: str = self.sim.act.create_contact(self.mail_file, **self._items(values))
        return made

    def edit(self, key: str, values: Mapping[str, Any]) -> None:
        self.sim.act.edit(key, **self._items(values))


class ZohoPeople(Crm):
    """The module Contacts."""

    module = "Contacts"

    def values(self, record: Mapping[str, Any]) -> dict[str, Any]:
        company = (record["Account_Name"] or {}).get("name") or ""
        values = {unit: record[name] or "" for unit, name in FIELDS.items()}
        values["company"] = company
        values["name"] = Name(record["First_Name"] or "", record["Last_Name"] or "")
        addresses = (record["Email"], record["Secondary_Email"])
        values["emails"] = tuple(filter(None, addresses))
        return values

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        named = {FIELDS[unit]: values[unit] for unit in FIELDS if unit in values}
        fields: dict[str, Any] = {name: text or None for name, text in named.items()}
        if "name" in values:
            name = values["name"]
            fields["First_Name"] = name.first if name.last else None
            fields["Last_Name"] = name.last or name.first
        if "emails" in values:
            padded = (*values["emails"], None, None)
            fields["Email"], fields["Secondary_Email"] = padded[:2]
        return fields
