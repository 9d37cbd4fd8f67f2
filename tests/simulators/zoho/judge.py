"""What the CRM accepts in a record that is written (sections 2.3 to 2.5, 3.4)."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from .activity_judge import (
    read_participants,
    read_related,
    read_value,
    settle_times,
)
from .errors import ItemError
from .fields import FieldDef, ModuleDef
from .knobs import Knobs
from .times import read_date, read_instant
from .world import Record, User, World

_BLOCK = r"(?>[.-]?[ ]?[0-9A-Za-z]+)+"
_BRACKET = r"[ ]?\((?![.-])(?>[ .-]?[0-9A-Za-z]+)+\)(?![.])(?:[ -]?[0-9A-Za-z]+)?"
_EXTENSION = r"(?>(?:,+)?;?[0-9A-Za-z]+)+(?:(?:#[0-9A-Za-z]+)+)?"
PHONE = re.compile(rf"\+?(?![.-])(?>{_BLOCK}|(?:{_BRACKET})+)+(?>{_EXTENSION})?[#;]?")
EMAIL = re.compile(
    r"[\w+-][\w!#$%&'*+\-/=?^`{|}~.]*@(?=.{4,256}$)"
    r"(?:[^\W_]+(?:[-_]*[^\W_])*\.)+[^\W\d_]{2,22}"
)
NONE = "-None-"


@dataclass
class Judged:
    """What of an item goes into the record. `owner`, `tags` None: untouched.

    `days` are the dates of the instants sent, in their own offset; `notify` is
    `$send_notification`, `se_module` the module that What_Id points to.
    """

    values: dict[str, Any] = field(default_factory=dict)
    owner: str | None = None
    tags: list[str] | None = None
    approved: bool | None = None
    layout: bool = False
    refused: set[str] = field(default_factory=set)
    days: dict[str, str] = field(default_factory=dict)
    notify: bool | None = None
    se_module: Any = None


def id_text(value: object) -> str | None:
    """A record id sent as text or number; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str) and value.isdecimal() and value.isascii():
        return value
    return None


def is_email(text: str) -> bool:
    """The CRM's e-mail pattern; combining marks count as letters."""
    plain = "".join("a" if unicodedata.category(c)[0] == "M" else c for c in text)
    return EMAIL.fullmatch(plain) is not None


class Judge:
    """Judges the items of one write request."""

    def __init__(self, world: World, user: User, module: ModuleDef, now: float) -> None:
        self.world = world
        self.now = now
        self.knobs: Knobs = world.knobs
        self.user = user
        self.module = module

    def judge(self, item: dict[str, Any], index: int, current: Record | None) -> Judged:
        """The changes an item asks for; raises ItemError where it is refused.

        `current` is the record to update, None for an insert.
        """
        old = current.values if current else {}
        judged = Judged(se_module=item.get("$se_module") or old.get("$se_module"))
        errors: list[ItemError] = []
        for name, value in item.items():
            try:
                self._field(judged, name, value, f"$.data[{index}].{name}", current)
            except ItemError as error:
                judged.refused.add(name)
                errors.append(error)
        for check in (self._mandatory, self._unique, self._times):
            try:
                check(judged, index, current)
            except ItemError as error:
                errors.append(error)
        if not errors:
            self._complete(judged, item, current)
            return judged
        if len(errors) == 1 or not self.knobs.multiple_errors:
            raise errors[0]
        raise ItemError(
            "MULTIPLE_OR_MULTI_ERRORS",
            "Multiple errors in the request",
            {"errors": [e.body for e in errors]},
        )

    # -- one field -------------------------------------------------------------

    def _field(
        self, judged: Judged, name: str, value: Any, path: str, current: Record | None
    ) -> None:
        if name == "id":
            return
        if name.startswith("$"):
            if name == "$approved" and isinstance(value, bool):
                judged.approved = value
            if name == "$send_notification" and isinstance(value, bool):
                judged.notify = value
            return
        definition = self.module.get(name)
        if definition is None:
            if self.knobs.unknown_fields == "refuse":
                raise _invalid(
                    name, path, "the field api name given seems to be invalid"
                )
            return
        if not (definition.create if current is None else definition.update):
            refusal = self.knobs.read_only_fields
            if definition.data_type == "RRULE":
                refusal = self.knobs.recurring_update
            if refusal == "refuse":
                raise _invalid(name, path, "the field is not editable")
            return
        match name:
            case "Owner":
                judged.owner = self._owner(value, path)
            case "Tag":
                judged.tags = self._tags(value, path, current)
            case "Layout":
                self._layout(value, path)
                judged.layout = True
            case "Participants" if definition.json_type == "jsonarray":
                judged.values[name] = read_participants(
                    self.world, value, path, current, is_email
                )
            case "What_Id":
                judged.values[name] = read_related(
                    self.world, value, path, judged.se_module, id_text
                )
            case _:
                judged.values[name] = self._value(definition, value, path)
                if definition.data_type == "datetime" and value is not None:
                    judged.days[name] = value.strip()[:10]

    def _value(self, f: FieldDef, value: Any, path: str) -> Any:
        if value is None:
            return None
        match f.data_type:
            case "text" | "textarea" | "website":
                return self._text(f, value, path)
            case "email" | "phone":
                text = self._text(f, value, path)
                if text is not None:
                    known = is_email if f.data_type == "email" else PHONE.fullmatch
                    if not known(text):
                        raise _type(f, path, f.data_type)
                return text
            case "picklist":
                return self._pick(f, value, path)
            case "multiselectpicklist":
                if not isinstance(value, list):
                    raise _type(f, path, "jsonarray")
                picks = [self._pick(f, v, f"{path}[{n}]") for n, v in enumerate(value)]
                return [p for p in picks if p is not None] or None
            case "boolean":
                if not isinstance(value, bool):
                    raise _type(f, path, "boolean")
                return value
            case "lookup":
                return self._lookup(f, value, path)
            case "ALARM" | "RRULE" | "multireminder" | "event_reminder":
                return read_value(f, value, path, zulu=self.knobs.zulu_times)
        return self._number_or_time(f, value, path)

    def _number_or_time(self, f: FieldDef, value: Any, path: str) -> Any:
        if f.data_type == "date":
            answer: Any = read_date(value)
        elif f.data_type == "datetime":
            answer = read_instant(value, zulu=self.knobs.zulu_times)
        elif f.data_type == "bigint":
            answer = id_text(value)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            answer = None
        elif f.data_type == "integer":
            answer = int(value) if value == int(value) else None
        else:
            answer = value
        if answer is None:
            raise _type(f, path, f.data_type)
        if f.data_type in ("integer", "bigint"):
            self._length(f, str(answer).lstrip("-"), path)
        return answer

    def _text(self, f: FieldDef, value: Any, path: str) -> str | None:
        if not isinstance(value, str):
            raise _type(f, path, "string")
        text = value
        match self.knobs.line_ends:
            case "lf":
                text = text.replace("\r\n", "\n")
            case "crlf":
                text = re.sub("\r?\n", "\r\n", text)
        match self.knobs.html:
            case "escape":
                text = html.escape(text, quote=False)
            case "strip":
                text = re.sub(r"<[^>]*>", "", text)
        if self.knobs.trim:
            text = text.strip()
        self._length(f, text, path)
        return text or None

    def _length(self, f: FieldDef, text: str, path: str) -> None:
        count = len(text)
        if self.knobs.length_unit == "utf16":
            count = len(text.encode("utf-16-le")) // 2
        if count > f.length:
            raise ItemError(
                "INVALID_DATA",
                "invalid data",
                {
                    "maximum_length": f.length,
                    "api_name": f.api_name,
                    "json_path": path,
                },
            )

    def _pick(self, f: FieldDef, value: Any, path: str) -> str | None:
        if not isinstance(value, str):
            raise _type(f, path, "string")
        if value in ("", NONE):
            return None
        self._length(f, value, path)
        if value not in f.picks:
            if self.knobs.picklist == "refuse":
                raise ItemError(
                    "INVALID_DATA",
                    "invalid data",
                    {
                        "api_name": f.api_name,
                        "json_path": path,
                        "supported_values": f.picks,
                    },
                )
            if self.knobs.picklist == "add":
                f.picks.append(value)
                f.pick_ids[value] = self.world.new_id()
        return value

    def _lookup(self, f: FieldDef, value: Any, path: str) -> str | None:
        if not isinstance(value, dict):
            raise _type(f, path, "jsonobject")
        if value.get("id") is None:
            return self._lookup_by_name(f, value.get("name"), path)
        target = self.world.find(f.lookup or "", id_text(value["id"]) or "")
        if target is None:
            raise _invalid(f.api_name, f"{path}.id", "the id given seems to be invalid")
        return target.id

    def _lookup_by_name(self, f: FieldDef, name: Any, path: str) -> str:
        table = self.world.tables.get(f.lookup or "")
        if self.knobs.lookup_by_name == "refuse" or table is None:
            raise _invalid(f.api_name, path, "invalid data")
        if not isinstance(name, str) or not name:
            raise _invalid(f.api_name, path, "invalid data")
        matches = sorted(table.having(table.module.display_field, name))
        if matches:
            return matches[0]
        if self.knobs.lookup_by_name == "match":
            raise _invalid(f.api_name, path, "invalid data")
        made = self.world.insert(
            table.module.api_name,
            {table.module.display_field: name},
            self.user.id,
            self.now,
        )
        return made.id

    def _owner(self, value: Any, path: str) -> str:
        if not isinstance(value, dict):
            raise ItemError(
                "INVALID_DATA",
                "invalid data",
                {
                    "expected_data_type": "jsonobject",
                    "api_name": "Owner",
                    "json_path": path,
                },
            )
        key = id_text(value.get("id")) or value.get("email")
        try:
            user = self.world.user(str(key))
        except LookupError:
            raise _invalid("Owner", path, "invalid data") from None
        if user.status != "active":
            raise ItemError(
                self.knobs.inactive_owner_code,
                "invalid data",
                {"api_name": "Owner", "json_path": path},
            )
        return user.id

    def _tags(self, value: Any, path: str, current: Record | None) -> list[str]:
        if value is None:
            value = []
        if not isinstance(value, list):
            raise _type(self.module.fields["Tag"], path, "jsonarray")
        names: list[str] = []
        for number, tag in enumerate(value):
            name = tag.get("name") if isinstance(tag, dict) else None
            if name is None and isinstance(tag, dict):
                known = {i: n for n, i in self.world.tags.items()}
                name = known.get(id_text(tag.get("id")) or "")
            if not isinstance(name, str) or not name.strip():
                raise _invalid("Tag", f"{path}[{number}]", "invalid data")
            names.append(name)
        if current is not None and self.knobs.tag_update == "add":
            names = [*current.tags, *names]
        return names

    def _layout(self, value: Any, path: str) -> None:
        known = isinstance(value, dict) and id_text(value.get("id"))
        if not known or known != self.module.layout_id:
            raise _invalid("Layout", path, "invalid data")

    # -- the whole record ------------------------------------------------------

    def _mandatory(self, judged: Judged, index: int, current: Record | None) -> None:
        wanted = [
            f
            for f in self.module.shown()
            if (f.mandatory or (f.required and judged.layout))
            and f.api_name not in judged.refused
        ]
        if self.knobs.name_rule == "either" and self.module.api_name == "Contacts":
            wanted = [f for f in wanted if f.api_name != "Last_Name"]
            old = current.values if current else {}
            merged = {**old, **judged.values}
            if not merged.get("First_Name") and not merged.get("Last_Name"):
                raise self._not_found(self.module.fields["Last_Name"], index)
        for f in wanted:
            if current is not None and f.api_name not in judged.values:
                continue
            if judged.values.get(f.api_name) in (None, []):
                raise self._not_found(f, index)

    def _times(self, judged: Judged, index: int, current: Record | None) -> None:
        if self.module.api_name == "Events":
            settle_times(self, judged, index, current)

    def _complete(
        self, judged: Judged, item: dict[str, Any], current: Record | None
    ) -> None:
        """Adds what the CRM adds by itself."""
        values = judged.values
        if "What_Id" in values:
            values["$se_module"] = judged.se_module if values["What_Id"] else None
        if current is None and self.knobs.picklist_defaults:
            for f in self.module.shown():
                if f.data_type == "picklist" and f.default and f.api_name not in item:
                    values[f.api_name] = f.default

    def _not_found(self, f: FieldDef, index: int) -> ItemError:
        details = {
            "api_name": f.api_name,
            "json_path": f"$.data[{index}].{f.api_name}",
        }
        if f.custom:
            details["id"] = f.id
        return ItemError("MANDATORY_NOT_FOUND", "required field not found", details)

    def _unique(self, judged: Judged, index: int, current: Record | None) -> None:
        table = self.world.tables[self.module.api_name]
        for f in self.module.fields.values():
            value = judged.values.get(f.api_name)
            if not f.unique or value is None:
                continue
            others = table.having(f.api_name, value) - {current.id if current else ""}
            if others:
                twin = table.rows[min(others)]
                raise duplicate(
                    self.world, self.module, f.api_name, index, twin, len(others) > 1
                )


def duplicate(
    world: World,
    module: ModuleDef,
    name: str,
    index: int,
    twin: Record,
    more: bool,
) -> ItemError:
    """DUPLICATE_DATA with all keys that versions of the API have had."""
    owner = world.users[twin.owner]
    return ItemError(
        "DUPLICATE_DATA",
        "duplicate data",
        {
            "api_name": name,
            "duplicate_record": {
                "Owner": {**owner.ref(), "zuid": owner.zuid},
                "module": {"api_name": module.api_name, "id": module.id},
                "id": twin.id,
            },
            "json_path": f"$.data[{index}].{name}",
            "id": twin.id,
            "more_records": more,
        },
    )


def _invalid(name: str, path: str, message: str) -> ItemError:
    return ItemError("INVALID_DATA", message, {"api_name": name, "json_path": path})


def _type(f: FieldDef, path: str, expected: str) -> ItemError:
    return ItemError(
        "INVALID_DATA",
        "invalid data",
        {
            "expected_data_type": expected,
            "api_name": f.api_name,
            "json_path": path,
        },
    )
