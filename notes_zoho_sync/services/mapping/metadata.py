"""What a Zoho module's fields take, as far as mapping needs to know.

Rests on the Zoho fact sheet, section 3.5 (``settings/fields``); ``DOCUMENTED`` on
section 3.1 and stands in until an organisation's own metadata is at hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

#: A picklist value that means: nothing chosen (Zoho fact sheet, trap 18).
NONE = "-None-"


@dataclass(frozen=True)
class Field:
    """One field.

    :param length: most characters; ``None``: not told.
    :param picks: the values of a picklist that may be used.
    :param writable: whether the API may create and update it.
    :param default: what Zoho's own form fills in; empty: nothing.
    """

    api_name: str
    data_type: str = "text"
    length: int | None = None
    mandatory: bool = False
    writable: bool = True
    picks: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True)
class Fields:
    """The fields of one module that the connection's user can see."""

    by_name: Mapping[str, Field]

    @classmethod
    def parse(cls, answer: Mapping[str, Any]) -> Fields:
        """From an answer of ``settings/fields``; what is no field is passed over."""
        rows = answer.get("fields")
        rows = rows if isinstance(rows, list) else []
        found = [_field(row) for row in rows if isinstance(row, Mapping)]
        return cls.of(field for field in found if field is not None)

    @classmethod
    def of(cls, fields: Iterable[Field]) -> Fields:
        return cls({field.api_name: field for field in fields})

    def has(self, api_name: str) -> bool:
        """Whether the organisation has, and shows us, this field."""
        return api_name in self.by_name

    def length(self, api_name: str) -> int | None:
        """How many characters it takes; ``None``: not told, or no such field."""
        field = self.by_name.get(api_name)
        return field.length if field else None

    def data_type(self, api_name: str) -> str:
        """Zoho's type of it, such as ``phone``; empty when there is none."""
        field = self.by_name.get(api_name)
        return field.data_type if field else ""

    def picklist(self, api_name: str) -> tuple[str, ...]:
        """The values that may be chosen, as they are stored."""
        field = self.by_name.get(api_name)
        return field.picks if field else ()

    def default(self, api_name: str) -> str:
        """What Zoho's own form fills in."""
        field = self.by_name.get(api_name)
        return field.default if field else ""

    def is_mandatory(self, api_name: str) -> bool:
        """Whether there is such a field and no record may lack it."""
        field = self.by_name.get(api_name)
        return field is not None and field.mandatory

    def mandatory(self) -> tuple[str, ...]:
        """Fields that no record may lack."""
        return tuple(name for name, field in self.by_name.items() if field.mandatory)

    def writable(self, api_name: str) -> bool:
        """Whether we see it and the API may write it.

        ``operation_type`` alone tells: in real metadata ``field_read_only`` is true
        for fields that can be written and false for some that cannot.
        """
        field = self.by_name.get(api_name)
        return field is not None and field.writable

    @cached_property
    def version(self) -> str:
        """Changes when something changes that counts here."""
        rows = sorted(
            (f.api_name, f.data_type, f.length, f.mandatory, f.writable, f.picks)
            for f in self.by_name.values()
        )
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def _field(row: Mapping[str, Any]) -> Field | None:
    name = row.get("api_name")
    if not isinstance(name, str) or not name or row.get("visible") is False:
        return None
    operations = row.get("operation_type")
    if not isinstance(operations, Mapping):
        operations = {}
    length = row.get("length")
    return Field(
        name,
        str(row.get("data_type") or "text"),
        length if isinstance(length, int) and length > 0 else None,
        row.get("system_mandatory") is True,
        all(operations.get(f"api_{act}") is not False for act in ("create", "update")),
        tuple(_picks(row.get("pick_list_values"))),
        default if isinstance(default := row.get("default_value"), str) else "",
    )


def _picks(values: Any) -> Iterable[str]:
    for pick in values if isinstance(values, list) else []:
        if not isinstance(pick, Mapping) or pick.get("type") == "unused":
            continue
        value = pick.get("actual_value")
        if isinstance(value, str) and value and value != NONE:
            yield value


def _documented() -> Iterable[Field]:
    yield Field("Last_Name", length=80, mandatory=True)
    yield Field("First_Name", length=40)
    yield Field("Full_Name", length=120, writable=False)
    titles = ("Mr.", "Mrs.", "Ms.", "Dr.", "Prof.")
    yield Field("Salutation", "picklist", 25, picks=titles)
    for name in ("Email", "Secondary_Email"):
        yield Field(name, "email", 100)
    for name in ("Phone", "Mobile", "Home_Phone", "Other_Phone", "Asst_Phone"):
        yield Field(name, "phone", 30)
    yield Field("Fax", length=30)
    yield Field("Account_Name", "lookup")
    for name in ("Title", "Department", "Assistant"):
        yield Field(name, length=100)
    yield Field("Date_of_Birth", "date")
    for prefix in ("Mailing", "Other"):
        yield Field(f"{prefix}_Street", length=250)
        for part in ("City", "State", "Country"):
            yield Field(f"{prefix}_{part}", length=100)
        yield Field(f"{prefix}_Zip", length=30)
    yield Field("Description", "textarea", 32000)


def _documented_task() -> Iterable[Field]:
    yield Field("Subject", length=255, mandatory=True)
    states = ("Not Started", "Deferred", "In Progress", "Completed")
    yield Field("Status", "picklist", 120, picks=(*states, "Waiting for input"))
    priorities = ("High", "Highest", "Low", "Lowest", "Normal")
    yield Field("Priority", "picklist", 120, picks=priorities)
    yield Field("Due_Date", "date")
    yield Field("Closed_Time", "datetime", writable=False)
    yield Field("Description", "textarea", 32000)
    yield Field("Remind_At", "ALARM")
    yield Field("Send_Notification_Email", "boolean")


def _documented_event() -> Iterable[Field]:
    yield Field("Event_Title", length=255, mandatory=True)
    yield Field("Venue", length=255)
    for name in ("Start_DateTime", "End_DateTime"):
        yield Field(name, "datetime", mandatory=True)
    yield Field("All_day", "boolean")
    yield Field("Participants", "bigint")
    yield Field("Remind_At", "multireminder", 100)
    yield Field("Description", "textarea", 32000)


#: The standard contact, as documented.
DOCUMENTED = Fields.of(_documented())
#: The standard task, as documented (section 3.2).
DOCUMENTED_TASK = Fields.of(_documented_task())
#: The standard event, as documented (section 3.3).
DOCUMENTED_EVENT = Fields.of(_documented_event())
_STANDARD = {
    "Contacts": DOCUMENTED,
    "Tasks": DOCUMENTED_TASK,
    "Events": DOCUMENTED_EVENT,
}


def documented(module: str) -> Fields:
    """A standard module's fields."""
    return _STANDARD[module]
