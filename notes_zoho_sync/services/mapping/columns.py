"""Columns for texts, phones, addresses, dates and lookups."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from ..reasons import Reason, reason
from ..records import Address, Values
from ..records.labels import label
from ..records.phone import same_phone
from ..records.text import same_line, same_text
from . import addresses, body, clean
from .items import Items
from .metadata import Fields
from .rows import ABSENT, Cell

Same = Callable[[Any, Any], bool]

# -- helpers ---------------------------------------------------------------------------


def keep_unseen(value: Any, current: Any, seen: Any, same: Same) -> Any:
    """What Zoho has no more of than it could take of ours stays as it is here."""
    return current if same(value, "" if seen is None else seen) else value


def change(items: Items, name: str, value: str) -> dict[str, Any]:
    """The item, where it holds another text."""
    texts = items.texts(name)
    if texts == [value] or (not value and not any(texts)):
        if not isinstance(items.raw(name), Mapping):
            return {}
    return {items.stored(name): value}


def fit_text(
    unit: str, value: str, api_name: str, fields: Fields
) -> tuple[str, tuple[Reason, ...], Reason | None]:
    """A text cut to what a field takes, with remark and lock."""
    limit = fields.length(api_name)
    fitted = clean.cut(value, limit)
    if fitted == value:
        return value, (), None
    cut = reason("mapping_cut", unit=label(unit), limit=limit, field=api_name)
    return fitted, (cut,), reason("mapping_longer", limit=limit, field=api_name)


def no_field(unit: str, value: Any, api_name: str) -> Cell:
    """The organisation lacks the field: said only where something is lost."""
    if not value:
        return Cell(ABSENT)
    why = reason("mapping_no_field", unit=label(unit), field=api_name)
    return Cell(ABSENT, (why,))


def string(record: Mapping[str, Any], api_name: str) -> str:
    """A field's value as text; empty for ``null``."""
    value = record.get(api_name)
    if value is None or isinstance(value, bool | Mapping | list):
        return ""
    return str(value)


def listed(texts: list[str]) -> str:
    """Several values of one line each, as one line."""
    return ", ".join(text for text in map(clean.line, texts) if text)


# -- one text --------------------------------------------------------------------------


@dataclass(frozen=True)
class TextItem:
    """One line of text; several names for one thing, the first filled counts."""

    items: tuple[str, ...]

    def read(self, items: Items) -> Cell:
        return Cell(listed(items.texts(self._holder(items))))

    def write(self, value: str, items: Items) -> dict[str, Any]:
        return change(items, self._holder(items), value)

    def fit(self, value: str, current: str, seen: str | None) -> Cell:
        return Cell(keep_unseen(clean.line(value), current, seen, same_line))

    def _holder(self, items: Items) -> str:
        return holder(items, self.items)


def holder(items: Items, names: tuple[str, ...]) -> str:
    """The item that holds the thing, else the first name."""
    return next((name for name in names if items.text(name)), names[0])


@dataclass(frozen=True)
class TextField:
    """One line of text in Zoho."""

    unit: str
    field: str

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.field,)

    def read(self, record: Mapping[str, Any]) -> str:
        return clean.line(string(record, self.field))

    def write(self, value: str, fields: Fields) -> dict[str, Any]:
        return {self.field: value or None} if fields.writable(self.field) else {}

    def fit(self, value: str, values: Values, fields: Fields) -> Cell:
        if not fields.writable(self.field):
            return no_field(self.unit, value, self.field)
        return Cell(*fit_text(self.unit, clean.line(value), self.field, fields))


# -- long text -------------------------------------------------------------------------

#: Bytes that surely go into a text item; more needs rich text (Notes keeps texts in
#: summary items of at most 32 KB).
TEXT_ITEM_BYTES = 30_000


@dataclass(frozen=True)
class BodyItem:
    """Text of many lines, in a text item or in rich text.

    :param rich: the form's field is rich text, so a new document gets that.
    """

    items: tuple[str, ...]
    rich: bool = False

    def read(self, items: Items) -> Cell:
        raw = items.raw(holder_of_body(items, self.items))
        if not isinstance(raw, Mapping):
            name = holder_of_body(items, self.items)
            return Cell(clean.text("\n".join(items.texts(name))))
        found = body.read(raw)
        locked = None
        if found.broken:
            locked = reason("mapping_unreadable", what=_once(found.broken))
        elif found.kept:
            locked = reason("mapping_formatted", what=_once(found.kept))
        return Cell(found.text, locked=locked)

    def write(self, value: str, items: Items) -> dict[str, Any]:
        name = holder_of_body(items, self.items)
        rich = isinstance(items.raw(name), Mapping) or (self.rich and name not in items)
        if rich or len(value.encode("utf-8")) > TEXT_ITEM_BYTES:
            return {items.stored(name): body.write(value)}
        return change(items, name, value)

    def fit(self, value: str, current: str, seen: str | None) -> Cell:
        return Cell(keep_unseen(clean.text(value), current, seen, same_text))


def holder_of_body(items: Items, names: tuple[str, ...]) -> str:
    """The item that holds rich text or text, else the first name."""
    for name in names:
        if isinstance(items.raw(name), Mapping) or items.text(name):
            return name
    return names[0]


def _once(things: list[Reason] | list[str]) -> tuple[Reason | str, ...]:
    return tuple(dict.fromkeys(things))


@dataclass(frozen=True)
class BodyField(TextField):
    """Text of many lines in Zoho."""

    def read(self, record: Mapping[str, Any]) -> str:
        return clean.text(string(record, self.field))

    def fit(self, value: str, values: Values, fields: Fields) -> Cell:
        if not fields.writable(self.field):
            return no_field(self.unit, value, self.field)
        return Cell(*fit_text(self.unit, clean.text(value), self.field, fields))


# -- phones ----------------------------------------------------------------------------


@dataclass(frozen=True)
class PhoneItem:
    """A phone number; of a list the first counts and the others stay."""

    items: tuple[str, ...]

    def read(self, items: Items) -> Cell:
        return Cell(clean.line(items.text(holder(items, self.items))))

    def write(self, value: str, items: Items) -> dict[str, Any]:
        name = holder(items, self.items)
        old = items.text(name)
        if old and same_phone(clean.line(old), value):
            return {}
        texts = [text for text in items.texts(name) if text.strip()]
        rest = texts[1:] if texts else []
        new = [text for text in (value, *rest) if text]
        if len(new) > 1:
            return {items.stored(name): new}
        return change(items, name, new[0] if new else "")

    def fit(self, value: str, current: str, seen: str | None) -> Cell:
        return Cell(keep_unseen(clean.line(value), current, seen, same_phone))


@dataclass(frozen=True)
class PhoneField(TextField):
    """A phone number in Zoho, which looks at its form where the type is phone."""

    def fit(self, value: str, values: Values, fields: Fields) -> Cell:
        if not fields.writable(self.field):
            return no_field(self.unit, value, self.field)
        text = clean.line(value)
        checked = fields.data_type(self.field) == "phone"
        fitted = addresses.zoho_phone(text, fields.length(self.field), checked=checked)
        if text and not fitted:
            shown = clean.cut(text, 60)
            why = reason("mapping_phone", unit=label(self.unit), value=shown)
            return Cell(ABSENT, (why,))
        return Cell(fitted)


# -- addresses -------------------------------------------------------------------------

PARTS = ("street", "city", "state", "zip", "country")


@dataclass(frozen=True)
class AddressItems:
    """A postal address; each set of five names is one release's way to store it."""

    sets: tuple[tuple[str, str, str, str, str], ...]

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(name for names in self.sets for name in names)

    def read(self, items: Items) -> Cell:
        texts = [items.texts(name) for name in self._set(items)]
        street, *others = texts
        values = [clean.text("\n".join(street))]
        values += [listed(each) for each in others]
        return Cell(Address(*values))

    def write(self, value: Address, items: Items) -> dict[str, Any]:
        old = self.read(items).value
        out: dict[str, Any] = {}
        for part, name in zip(PARTS, self._set(items), strict=True):
            if getattr(old, part) != getattr(value, part):
                out |= change(items, name, getattr(value, part))
        return out

    def fit(self, value: Address, current: Address, seen: Address | None) -> Cell:
        seen = seen or Address()
        parts = {}
        for part in PARTS:
            tidy, same = _tidy(part)
            parts[part] = keep_unseen(
                tidy(getattr(value, part)),
                getattr(current, part),
                getattr(seen, part),
                same,
            )
        return Cell(Address(**parts))

    def _set(self, items: Items) -> tuple[str, str, str, str, str]:
        filled = (names for names in self.sets if any(items.text(n) for n in names))
        return next(filled, self.sets[0])


def _tidy(part: str) -> tuple[Callable[[str], str], Same]:
    return (clean.text, same_text) if part == "street" else (clean.line, same_line)


@dataclass(frozen=True)
class AddressFields:
    """A postal address in Zoho."""

    unit: str
    prefix: str

    @cached_property
    def _names(self) -> dict[str, str]:
        return {part: f"{self.prefix}_{part.capitalize()}" for part in PARTS}

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self._names.values())

    def read(self, record: Mapping[str, Any]) -> Address:
        parts = {
            part: _tidy(part)[0](string(record, name))
            for part, name in self._names.items()
        }
        return Address(**parts)

    def write(self, value: Address, fields: Fields) -> dict[str, Any]:
        return {
            name: getattr(value, part) or None
            for part, name in self._names.items()
            if fields.writable(name)
        }

    def fit(self, value: Address, values: Values, fields: Fields) -> Cell:
        if not any(fields.writable(name) for name in self.fields):
            filled = value != Address()
            return no_field(self.unit, filled, f"{self.prefix}_Street")
        parts: dict[str, str] = {}
        remarks: tuple[Reason, ...] = ()
        locked = None
        for part, name in self._names.items():
            text = _tidy(part)[0](getattr(value, part))
            if text and fields.writable(name):
                text, more, why = fit_text(self.unit, text, name, fields)
                remarks, locked = remarks + more, locked or why
            elif text:
                remarks += no_field(self.unit, text, name).remarks
                text = ""
            parts[part] = text
        return Cell(Address(**parts), remarks, locked)


# -- dates -----------------------------------------------------------------------------

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class DateItem:
    """A day. The text ``yyyy-MM-dd`` is taken as it is: a day has no zone.

    An instant, which odd documents hold instead, is midnight or noon of somebody's
    zone: the day whose midnight or noon is nearest, as far as that can be told.
    """

    items: tuple[str, ...]

    def read(self, items: Items) -> Cell:
        text = clean.line(items.text(holder(items, self.items)))
        if not text:
            return Cell(None)
        found = day(text)
        if found is not None:
            return Cell(found)
        found = _day_of_instant(text)
        if found is not None:
            return Cell(found, (reason("mapping_instant", value=text, date=found),))
        shown = clean.cut(text, 60)
        return Cell(
            None,
            (reason("mapping_date", value=shown),),
            reason("mapping_no_date", value=shown),
        )

    def write(self, value: date | None, items: Items) -> dict[str, Any]:
        name = holder(items, self.items)
        if value is None:
            return change(items, name, "")
        # Typed: a plain text would stay text where the form does not say better (DAS
        # data service: values in request bodies).
        typed = {"type": "datetime", "data": value.isoformat()}
        return {items.stored(name): typed}

    def fit(self, value: date | None, current: date | None, seen: date | None) -> Cell:
        return Cell(current if value == seen else value)


def day(text: str) -> date | None:
    """A day written ``yyyy-MM-dd``."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _day_of_instant(text: str) -> date | None:
    """Midnight in any zone from -11 to +12 is nearest to the midnight (UTC) of the
    same day; noon (UTC) itself is the usual stand-in for a day."""
    if len(text) != 20 or not text.endswith("Z"):
        return None
    try:
        moment = datetime.fromisoformat(text)
        if (moment.hour, moment.minute, moment.second) > (12, 0, 0):
            moment += timedelta(days=1)
    except (OverflowError, ValueError):
        return None
    return moment.date()


@dataclass(frozen=True)
class DateField:
    """A day in Zoho: ``yyyy-MM-dd``."""

    unit: str
    field: str

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.field,)

    def read(self, record: Mapping[str, Any]) -> date | None:
        return day(string(record, self.field))

    def write(self, value: date | None, fields: Fields) -> dict[str, Any]:
        if not fields.writable(self.field):
            return {}
        return {self.field: value.isoformat() if value else None}

    def fit(self, value: date | None, values: Values, fields: Fields) -> Cell:
        if not fields.writable(self.field):
            return no_field(self.unit, value, self.field)
        return Cell(value)


# -- the company -----------------------------------------------------------------------


@dataclass(frozen=True)
class CompanyField:
    """A company's name, which Zoho holds as a lookup; the side finds its id.

    ``write`` answers the name under ``COMPANY``, which is no field of Zoho's.
    """

    unit: str
    field: str

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.field,)

    def read(self, record: Mapping[str, Any]) -> str:
        found = record.get(self.field)
        name = found.get("name") if isinstance(found, Mapping) else found
        return clean.line(name) if isinstance(name, str) else ""

    def write(self, value: str, fields: Fields) -> dict[str, Any]:
        return {COMPANY: value} if fields.writable(self.field) else {}

    def fit(self, value: str, values: Values, fields: Fields) -> Cell:
        if not fields.writable(self.field):
            return no_field(self.unit, value, self.field)
        return Cell(clean.line(value))


#: Where ``CompanyField.write`` leaves the name.
COMPANY = "$company"
