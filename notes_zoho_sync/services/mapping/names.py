"""Names: parts on both sides, the last name's fallback, Notes' ``FullName``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..reasons import reason
from ..records import Name, Values
from ..records.text import same_line
from . import addresses, clean
from .columns import change, fit_text, keep_unseen, listed, no_field, string
from .items import Items
from .metadata import NONE, Fields
from .rows import Cell

#: What stands for a last name where nothing else does.
NOBODY = "-"
_CANONICAL = re.compile(r"CN=([^/]+)(?:/|$)", re.IGNORECASE)


def fallback(name: Name, company: str, emails: tuple[str, ...]) -> str:
    """What stands in for a last name: the last word of the full name, else the
    company, else the address's local part, else ``-``."""
    company = clean.line(company)
    rest = _after_first(name)
    no_person = addresses.address(rest) or any(
        same_line(text, company) for text in (rest, name.display)
    )
    if rest and not no_person:
        return rest.split()[-1]
    return company or (emails[0].partition("@")[0] if emails else "") or NOBODY


def _after_first(name: Name) -> str:
    """The full name without first name and salutation at its head."""
    words = name.display.split()
    first, salutation = name.first.split(), name.salutation.split()
    for head in (first, [*salutation, *first], salutation):
        if head and words[: len(head)] == head:
            return " ".join(words[len(head) :])
    return " ".join(words)


def full_name(values: Values) -> str:
    """First and last name, else what else the record is called by."""
    name = values.get("name") or Name()
    emails = values.get("emails") or ()
    return (
        " ".join(part for part in (name.first, name.last) if part)
        or values.get("company")
        or (emails[0] if emails else "")
    )


@dataclass(frozen=True)
class NameItems:
    """The parts of a name; middle name and suffix stay in Notes."""

    items: tuple[str, ...] = ("FirstName", "LastName", "Title", "FullName")

    def read(self, items: Items) -> Cell:
        first, last, salutation = (listed(items.texts(name)) for name in self.items[:3])
        # A group, which is skipped, still has to be called something in the entry.
        full = items.text("FullName") or items.text("ListName")
        return Cell(Name(first, last, salutation, display(full)))

    def write(self, value: Name, items: Items) -> dict[str, Any]:
        return (
            change(items, "FirstName", value.first)
            | change(items, "LastName", value.last)
            | change(items, "Title", value.salutation)
        )

    def fit(self, value: Name, current: Name, seen: Name | None) -> Cell:
        seen = seen or Name()
        if clean.line(value.last) == NOBODY and not current.last:
            value = replace(value, last="")
        first, last, salutation = (
            keep_unseen(
                clean.line(getattr(value, part)),
                getattr(current, part),
                getattr(seen, part),
                same_line,
            )
            for part in ("first", "last", "salutation")
        )
        if not last and current.last:
            # FullName is rebuilt without it, so that nothing of it can stand in.
            return Cell(Name(first, "", salutation, first))
        stand_in = "" if last else current.fallback
        return Cell(Name(first, last, salutation, current.display, stand_in))


def display(text: str) -> str:
    """A full name as people write it; a canonical Notes name loses its tags."""
    found = _CANONICAL.match(text.strip())
    return clean.line(found[1] if found else text)


@dataclass(frozen=True)
class NameFields:
    """The parts of a name in Zoho, where a last name is demanded and salutations are
    the organisation's."""

    unit: str = "name"
    fields: tuple[str, ...] = ("First_Name", "Last_Name", "Salutation", "Full_Name")

    def read(self, record: Mapping[str, Any]) -> Name:
        first, last, salutation, full = (
            clean.line(string(record, name)) for name in self.fields
        )
        return Name(first, last, "" if salutation == NONE else salutation, full)

    def write(self, value: Name, fields: Fields) -> dict[str, Any]:
        parts = {
            "First_Name": value.first,
            "Last_Name": value.last or value.fallback or NOBODY,
            "Salutation": value.salutation,
        }
        return {
            name: text or None for name, text in parts.items() if fields.writable(name)
        }

    def fit(self, value: Name, values: Values, fields: Fields) -> Cell:
        if not fields.writable("Last_Name"):
            return Cell(no_field(self.unit, value.last, "Last_Name").value)
        last = clean.line(value.last)
        remarks = []
        if not last:
            company, emails = values.get("company") or "", values.get("emails") or ()
            last = clean.line(value.fallback or fallback(value, company, emails))
            shown = clean.cut(last, 60)
            remarks.append(reason("mapping_last_name", name=shown))
        last, cut, locked = fit_text(self.unit, last, "Last_Name", fields)
        if value.last:
            remarks += cut
        else:
            locked = None
        first = clean.line(value.first)
        if fields.writable("First_Name"):
            first, cut, long = fit_text(self.unit, first, "First_Name", fields)
            remarks += cut
            locked = long or locked
        elif first:
            remarks += no_field(self.unit, first, "First_Name").remarks
            first = ""
        wanted = clean.line(value.salutation)
        salutation = _pick(wanted, fields)
        if wanted and not salutation:
            shown = clean.cut(wanted, 60)
            remarks.append(reason("mapping_salutation", value=shown))
        return Cell(Name(first, last, salutation), tuple(remarks), locked)


def _pick(wanted: str, fields: Fields) -> str:
    """The organisation's salutation that is meant, else none."""
    if not wanted or not fields.writable("Salutation"):
        return ""
    if fields.data_type("Salutation") != "picklist":
        return clean.cut(wanted, fields.length("Salutation"))
    picks = fields.picklist("Salutation")
    if wanted in picks:
        return wanted
    folded = wanted.casefold().rstrip(".")
    return next((p for p in picks if p.casefold().rstrip(".") == folded), "")


# -- FullName --------------------------------------------------------------------------

#: How clients and tools build a full name (t title, f first, m middle, l last,
#: s suffix); the first that gives the stored text is taken to be how it was built.
_FORMS = (
    "f l",
    "f m l",
    "t f l",
    "t f m l",
    "f l s",
    "f m l s",
    "t f l s",
    "t f m l s",
)
_TURNED = ("l f", "l f m", "l, f", "l, f m", "l f s", "l, f s")


@dataclass(frozen=True)
class FullName:
    """``FullName`` repeats the name, turned round too, and the address: lookups and
    type-ahead show the old one unless it is rebuilt (mail file schema, 4.3)."""

    def follow(
        self, before: Values, after: Values, written: Values, items: Items
    ) -> dict[str, Any]:
        if not written.keys() & {"name", "emails", "company"}:
            return {}
        stored = [clean.line(text) for text in items.texts("FullName")]
        old = [text for text in stored if text]
        if not old:
            made = self._made(after) if "name" in written else []
        else:
            made = self._rebuilt(old, before, after, items)
        if made == old:
            return {}
        value: Any = made if len(made) > 1 else "".join(made)
        return {items.stored("FullName"): value}

    def _made(self, after: Values) -> list[str]:
        name = after.get("name") or Name()
        texts = [full_name(after)]
        if name.first and name.last:
            texts.append(f"{name.last} {name.first}")
        texts += (after.get("emails") or ())[:1]
        return [text for text in dict.fromkeys(texts) if text]

    def _rebuilt(
        self, old: list[str], before: Values, after: Values, items: Items
    ) -> list[str]:
        middle, suffix = items.text("MiddleInitial"), items.text("Suffix")
        was, now = before.get("name") or Name(), after.get("name") or Name()
        emails = (before.get("emails") or ("",))[0], (after.get("emails") or ("",))[0]
        made: list[str] = []
        derived = False
        for place, text in enumerate(old):
            built = _rebuild(text, was, now, middle, suffix, place > 0)
            if _only_company(text, before, after):
                made.append(after["company"])
            elif built is not None:
                derived = True
                made.append(built)
            elif emails[0] and text.casefold() == emails[0].casefold():
                made.append(emails[1])
            else:
                made.append(text)
        renamed = (was.first, was.last) != (now.first, now.last)
        if renamed and not derived and now.last:
            made.insert(0, full_name(after))
        return [text for text in dict.fromkeys(made) if text]


def _only_company(text: str, before: Values, after: Values) -> bool:
    """Whether the text stands for a company without a person, then and now."""
    names = [values.get("name") or Name() for values in (before, after)]
    person = any(name.first or name.last for name in names)
    return not person and same_line(text, before.get("company") or "")


def _rebuild(
    text: str, was: Name, now: Name, middle: str, suffix: str, turned: bool
) -> str | None:
    """The text as it is built from the new name; ``None``: it was not built so."""
    forms = (*_TURNED, *_FORMS) if turned else (*_FORMS, *_TURNED)
    old, new = (_parts(name, name.last, middle, suffix) for name in (was, now))
    pairs = [(old, new)]
    if not was.last and was.fallback:
        pairs.append(
            (
                _parts(was, was.fallback, middle, suffix),
                _parts(now, now.last or was.fallback, middle, suffix),
            )
        )
    for before, after in pairs:
        for form in forms:
            if text and _build(form, before).casefold() == text.casefold():
                return _build(form, after)
    return None


def _parts(name: Name, last: str, middle: str, suffix: str) -> dict[str, str]:
    return {
        "t": name.salutation,
        "f": name.first,
        "m": clean.line(middle),
        "l": last,
        "s": clean.line(suffix),
    }


def _build(form: str, parts: Mapping[str, str]) -> str:
    """The form with its letters replaced, without what is empty."""
    left, comma, right = form.partition(",")
    words = [
        clean.line(" ".join(parts[letter] for letter in half.split()))
        for half in (left, right)
    ]
    joined = ", " if comma and all(words) else " "
    return joined.join(word for word in words if word)
