"""The table of contacts: every field that both sides have, one row each.

Items: mail file schema, section 4.3; fields: Zoho fact sheet, section 3.1. Where a row
names several items, releases of Notes differ; the first that is filled counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..records import Name, Values, contact_kind
from ..records.phone import same_phone
from ..records.text import same_line
from .columns import (
    AddressFields,
    AddressItems,
    BodyField,
    BodyItem,
    CompanyField,
    DateField,
    DateItem,
    PhoneField,
    PhoneItem,
    TextField,
    TextItem,
    change,
)
from .emails import EmailFields, EmailItems
from .items import Items
from .names import FullName, NameFields, NameItems, fallback
from .rows import Row, Table

KIND = contact_kind()

_EMAILS = (
    "MailAddress",
    "InternetAddress",
    "InternetAddress1",
    "email_1",
    "email_2",
    "email_3",
    "Work0Email",
    "work1email",
    "work2email",
    "Work3Email",
    "HomeEmail",
    "home1email",
    "SchoolEmail",
    "mobileEmail",
    "OtherEmail",
)
_OTHER_PHONES = (
    "OtherPhone",
    "CarPhone",
    "PhoneNumber_1",
    "PhoneNumber_2",
    "PhoneNumber_8",
    "PhoneNumber_9",
    "PhoneNumber_10",
    "Work2Phone",
    "Work3Phone",
    "Home2Phone",
    "Home3Phone",
    "PersPager",
    "PhoneNumber_6",
)
_FAXES = ("OfficeFAXPhoneNumber", "HomeFAXPhoneNumber", "WorkFax2", "WorkFax3")
_BUSINESS = (
    "OfficeStreetAddress",
    "OfficeCity",
    "OfficeState",
    "OfficeZIP",
    "OfficeCountry",
)
_HOME = ("StreetAddress", "City", "State", "Zip", "country")
_HOME_TOO = ("HomeStreetAddress", "HomeCity", "HomeState", "HomeZip", "HomeCountry")


def _text(unit: str, items: tuple[str, ...], field: str) -> Row:
    return Row(unit, TextItem(items), TextField(unit, field))


def _phone(unit: str, items: tuple[str, ...], field: str) -> Row:
    return Row(unit, PhoneItem(items), PhoneField(unit, field))


@dataclass(frozen=True)
class PrimaryPhone:
    """``primaryPhoneNumber`` repeats one of the numbers; the card shows it."""

    units: tuple[str, ...] = ("phone_office", "phone_mobile", "phone_home")

    def follow(
        self, before: Values, after: Values, written: Values, items: Items
    ) -> dict[str, Any]:
        old = items.text("primaryPhoneNumber")
        if not before:
            numbers = (after.get(unit) for unit in self.units)
            return change(items, "primaryPhoneNumber", next(filter(None, numbers), ""))
        for unit in (*self.units, "phone_other"):
            source = before.get(unit) or ""
            if old and source and unit in written and same_phone(old, source):
                return change(items, "primaryPhoneNumber", after[unit])
        return {}


@dataclass(frozen=True)
class Copy:
    """An item that repeats a unit, where a release keeps one."""

    item: str
    unit: str

    def follow(
        self, before: Values, after: Values, written: Values, items: Items
    ) -> dict[str, Any]:
        old = items.text(self.item)
        if self.unit in written and old and same_line(old, before.get(self.unit, "")):
            return change(items, self.item, after[self.unit])
        return {}


def _with_fallback(values: Values) -> Values:
    """The values, with what stands in for the last name if there is none."""
    name = values.get("name")
    if not isinstance(name, Name) or name.last or name.fallback:
        return values
    made = fallback(name, values.get("company") or "", values.get("emails") or ())
    return {**values, "name": replace(name, fallback=made)}


CONTACT = Table(
    kind=KIND,
    form="Person",
    type="Person",
    module="Contacts",
    marks={"Type": "Person"},
    rows=(
        Row("name", NameItems(), NameFields()),
        _text("job_title", ("JobTitle",), "Title"),
        _text("department", ("Department",), "Department"),
        Row(
            "company",
            TextItem(("CompanyName",)),
            CompanyField("company", "Account_Name"),
        ),
        Row("emails", EmailItems(_EMAILS), EmailFields()),
        _phone("phone_office", ("OfficePhoneNumber",), "Phone"),
        _phone("phone_mobile", ("CellPhoneNumber",), "Mobile"),
        _phone("phone_home", ("PhoneNumber", "HomePhone"), "Home_Phone"),
        _phone("phone_other", _OTHER_PHONES, "Other_Phone"),
        _phone("fax", _FAXES, "Fax"),
        _text("assistant", ("Assistant",), "Assistant"),
        _phone("phone_assistant", ("AssistantPhone",), "Asst_Phone"),
        Row(
            "address_business",
            AddressItems((_BUSINESS,)),
            AddressFields("address_business", "Mailing"),
        ),
        Row(
            "address_home",
            AddressItems((_HOME, _HOME_TOO)),
            AddressFields("address_home", "Other"),
        ),
        Row(
            "birthday",
            DateItem(("Birthday",)),
            DateField("birthday", "Date_of_Birth"),
        ),
        Row(
            "description",
            BodyItem(("Comment",)),
            BodyField("description", "Description"),
        ),
    ),
    followers=(FullName(), PrimaryPhone(), Copy("CompanyNameSort", "company")),
    complete=_with_fallback,
)
