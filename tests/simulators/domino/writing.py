"""Request bodies onto documents: the rules of PUT, PATCH and POST."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from .dates import parse
from .errors import DasError, NotesError
from .items import Item, RichText, from_parts
from .knobs import Knobs

SERVICE = "com.ibm.domino.services.ServiceException"

# Fields that the mail template's forms define as date/time, per form.
DATE_FIELDS: dict[str, frozenset[str]] = {
    "person": frozenset({"birthday", "anniversary"}),
    "task": frozenset(
        {
            "duedate",
            "duedatetime",
            "enddate",
            "enddatetime",
            "startdate",
            "startdatetime",
            "calendardatetime",
            "completeddatetime",
        }
    ),
    "appointment": frozenset(
        {"startdatetime", "enddatetime", "startdate", "enddate", "calendardatetime"}
    ),
}


class Draft:
    """A document's items while a request changes them.

    Nothing reaches the document before `items` is assigned to it: an error
    half way leaves it as it was.
    """

    def __init__(self, items: Iterable[Item], knobs: Knobs, zone: ZoneInfo) -> None:
        self.items = {i.name.lower(): Item(i.name, i.values) for i in items}
        self._knobs = knobs
        self._zone = zone

    @property
    def form(self) -> str:
        """The form's name, lower case."""
        item = self.items.get("form")
        return str(item.values[0]).lower() if item and item.values else ""

    def put(self, name: str, values: list[Any]) -> None:
        """Replaces an item; its stored spelling stays."""
        old = self.items.get(name.lower())
        if old is not None:
            old.values = values
        else:
            self.items[name.lower()] = Item(name, values)

    def update(self, body: dict[str, Any], replace: bool) -> None:
        """Applies a body; `replace` (PUT) removes what it does not name.

        The names to remove are compared with their case, while Notes has
        none: a key in another case is written and removed again.
        """
        leftover = {
            item.name
            for item in self.items.values()
            if not item.name.startswith("$") and item.name.lower() != "form"
        }
        for name, value in body.items():
            if not name or name[0] in "$@" or name.lower() == "form":
                continue
            self._field(name, value)
            leftover.discard(name)
        if replace:
            for name in leftover:
                self.items.pop(name.lower(), None)

    def _field(self, name: str, value: Any) -> None:
        if isinstance(value, dict):
            self._object(name, value)
        elif isinstance(value, list):
            if self._is_date(name):
                self._dates(name, value)
            else:
                self.put(name, [self._plain(v) for v in value] or [""])
        elif self._is_date(name):
            self._dates(name, [value])
        elif value is None:
            self._choice(name, self._knobs.null_value)
        else:
            self.put(name, [self._plain(value)])

    def _is_date(self, name: str) -> bool:
        return name.lower() in DATE_FIELDS.get(self.form, frozenset())

    def _plain(self, value: Any) -> Any:
        if isinstance(value, bool):
            match self._knobs.boolean_value:
                case "text":
                    return "true" if value else "false"
                case "number":
                    return int(value)
            raise NotesError("Unknown or unsupported object type in Vector")
        if isinstance(value, str | int | float):
            return value
        raise NotesError("Unknown or unsupported object type in Vector")

    def _choice(self, name: str, choice: str) -> None:
        match choice:
            case "empty":
                self.put(name, [""])
            case "remove":
                self.items.pop(name.lower(), None)
            case _:
                raise NotesError("Invalid argument")

    def _object(self, name: str, value: dict[str, Any]) -> None:
        match str(value.get("type", "")).lower():
            case "datetime":
                data = value.get("data")
                self._dates(name, data if isinstance(data, list) else [data])
            case "richtext":
                self._richtext(name, value)
            case "multipart":
                self.put(name, [from_parts(value.get("content") or [])])

    def _dates(self, name: str, data: list[Any]) -> None:
        stamps: list[datetime | date | time] = []
        for value in data:
            if not isinstance(value, str):
                continue
            if not value:
                self._choice(name, self._knobs.empty_date)
                return
            stamps.append(parse(value, self._knobs, self._zone))
        if stamps:
            self.put(name, list(stamps))

    def _richtext(self, name: str, value: dict[str, Any]) -> None:
        refused = DasError(400, "Updating embedded objects is not supported.", SERVICE)
        if value.get("attachments"):
            raise refused
        old = self.items.get(name.lower())
        if old is not None and old.is_rich and old.values[0].has_attachments:
            raise refused
        html = str(value.get("data") or " ")
        # A replaced item goes to the end of the note.
        self.items.pop(name.lower(), None)
        self.items[name.lower()] = Item(
            old.name if old else name, [RichText(html, native=False)]
        )

    def compute(self) -> None:
        """`computewithform=true` as the knobs have it."""
        for name in self._knobs.required_items.get(self._form_name(), ()):
            item = self.items.get(name.lower())
            if item is None or item.values in ([], [""]):
                raise NotesError(f"Field validation formula failed: {name}")
        if self._knobs.compute_adds_public_access:
            self.put("$PublicAccess", ["1"])

    def _form_name(self) -> str:
        item = self.items.get("form")
        return str(item.values[0]) if item and item.values else ""
