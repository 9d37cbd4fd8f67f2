"""What a field and a module are (section 3.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .knobs import Knobs

NewId = Callable[[], str]
# knobs, old values, changes, now -> changes
Derive = Callable[[Knobs, dict[str, Any], dict[str, Any], int], dict[str, Any]]

JSON_TYPES = {
    "ALARM": "jsonobject",
    "RRULE": "jsonobject",
    "bigint": "string",
    "boolean": "boolean",
    "currency": "double",
    "double": "double",
    "integer": "integer",
    "layout": "jsonobject",
    "lookup": "jsonobject",
    "multireminder": "jsonarray",
    "multiselectpicklist": "jsonarray",
    "ownerlookup": "jsonobject",
}
LENGTHS = {
    "ALARM": 100,
    "RRULE": 100,
    "bigint": 18,
    "boolean": 5,
    "currency": 16,
    "date": 20,
    "datetime": 120,
    "double": 16,
    "email": 100,
    "event_reminder": 120,
    "integer": 9,
    "layout": 50,
    "lookup": 120,
    "multireminder": 100,
    "multiselectpicklist": 2000,
    "ownerlookup": 120,
    "phone": 30,
    "picklist": 120,
    "profileimage": 255,
    "text": 255,
    "textarea": 32000,
    "website": 450,
}


@dataclass
class FieldDef:
    """One field of a module.

    `create` and `update` are the API's halves of `operation_type`; `required`
    counts only for a record that names its layout (section 2.8, Layout).
    """

    api_name: str
    data_type: str = "text"
    length: int = 0
    label: str = ""
    json_type: str = ""
    mandatory: bool = False
    required: bool = False
    create: bool = True
    update: bool = True
    picks: list[str] = field(default_factory=list)
    lookup: str | None = None
    unique: bool = False
    custom: bool = False
    visible: bool = True
    large: bool = True
    default: Any = None
    id: str = ""
    pick_ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.length = self.length or LENGTHS.get(self.data_type, 255)
        self.json_type = self.json_type or JSON_TYPES.get(self.data_type, "string")
        self.label = self.label or self.api_name.removesuffix("__s").replace("_", " ")


@dataclass
class ModuleDef:
    """One module: its fields, which of them names a record, and duplicate checks.

    `derive` turns the changes of a record into those that the CRM makes of them.
    """

    api_name: str
    singular: str
    plural: str
    display_field: str
    fields: dict[str, FieldDef]
    upsert: bool = True
    duplicate_check: tuple[str, ...] = ()
    name_parts: tuple[str, ...] = ()
    derive: Derive | None = None
    id: str = ""
    layout_id: str = ""
    view_id: str = ""
    modified: int = 0
    supported: bool = True

    def shown(self) -> Iterable[FieldDef]:
        """The fields that the API shows at all."""
        return (f for f in self.fields.values() if f.visible)

    def get(self, name: str) -> FieldDef | None:
        """A visible field by API name."""
        found = self.fields.get(name)
        return found if found is not None and found.visible else None


def read_only(name: str, data_type: str, **more: Any) -> FieldDef:
    """A field that the API never writes."""
    return FieldDef(name, data_type, create=False, update=False, **more)


def system_fields() -> list[FieldDef]:
    """Fields of every module."""
    return [
        read_only("id", "bigint", label="Record Id"),
        FieldDef("Owner", "ownerlookup"),
        read_only("Created_By", "ownerlookup"),
        read_only("Modified_By", "ownerlookup"),
        read_only("Created_Time", "datetime"),
        read_only("Modified_Time", "datetime"),
        read_only("Last_Activity_Time", "datetime"),
        read_only("Change_Log_Time__s", "datetime"),
        FieldDef("Tag", "text", 2000, json_type="jsonarray"),
        FieldDef("Layout", "layout"),
        read_only("Locked__s", "boolean"),
        read_only("Record_Status__s", "picklist", picks=["Available", "Trash"]),
        FieldDef("Description", "textarea"),
    ]
