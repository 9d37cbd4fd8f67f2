"""E-mail addresses: Notes keeps any number in many items, Zoho takes two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from ..reasons import Reason, reason
from ..records import Values
from . import addresses, clean
from .columns import no_field, string
from .items import Items
from .metadata import Fields
from .rows import Cell

Emails = tuple[str, ...]
#: Where an address stands: item and place in its list.
Place = tuple[str, int]


def distinct(texts: Iterable[str]) -> Emails:
    """Addresses in order, each once, whatever its case."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(text.casefold(), text)
    return tuple(found.values())


def beyond(kept: Emails, taken: Emails) -> Emails:
    """Those of ``kept`` that are not in ``taken``."""
    folded = {text.casefold() for text in taken}
    return tuple(text for text in kept if text.casefold() not in folded)


@dataclass(frozen=True)
class EmailItems:
    """All valid addresses in the order of the items; a canonical Notes name in one of
    them is none and stays."""

    items: tuple[str, ...]

    def read(self, items: Items) -> Cell:
        remarks: list[Reason] = []
        found = []
        for name in self.items:
            for text in items.texts(name):
                address = addresses.address(text)
                if address:
                    found.append(address)
                elif "@" in text and "/" not in text:
                    shown = clean.cut(clean.line(text), 60)
                    remarks.append(reason("mapping_not_email", value=shown))
        return Cell(distinct(found), tuple(dict.fromkeys(remarks)))

    def write(self, value: Emails, items: Items) -> dict[str, Any]:
        texts = {name: items.texts(name) for name in self.items}
        old = self._places(texts)
        changed, added = _steps(list(old), value)
        new: dict[Place, str] = {}
        for address, text in changed.items():
            # Copies in other items change together with the first.
            new.update(dict.fromkeys(old[address], text))
        if added:
            new |= self._added(added, old, texts)
        return self._body(new, texts, items)

    def _places(self, texts: Mapping[str, list[str]]) -> dict[str, list[Place]]:
        """Each distinct address (folded) with all places that hold it, in order."""
        found: dict[str, list[Place]] = {}
        for name in self.items:
            for number, text in enumerate(texts[name]):
                address = addresses.address(text).casefold()
                if address:
                    found.setdefault(address, []).append((name, number))
        return found

    def _added(
        self,
        added: Emails,
        old: Mapping[str, list[Place]],
        texts: Mapping[str, list[str]],
    ) -> dict[Place, str]:
        """Free items after the last filled one; more than there is room for goes into
        the last of them as a list."""
        firsts = [places[0][0] for places in old.values()]
        start = max((self.items.index(name) + 1 for name in firsts), default=0)
        free = [n for n in self.items[start:] if not any(map(str.strip, texts[n]))]
        placed = {(n, 0): address for n, address in zip(free, added, strict=False)}
        rest = added[len(free) :]
        if rest:
            last = free[-1] if free else self.items[-1]
            begin = 1 if free else len(texts[last])
            for number, address in enumerate(rest, begin):
                placed[last, number] = address
        return placed

    def _body(
        self,
        new: Mapping[Place, str],
        texts: Mapping[str, list[str]],
        items: Items,
    ) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for name in self.items:
            changed = {n: text for (item, n), text in new.items() if item == name}
            if not changed:
                continue
            length = max(len(texts[name]), max(changed) + 1)
            old = [*texts[name], *[""] * (length - len(texts[name]))]
            filled = [t for n, text in enumerate(old) if (t := changed.get(n, text))]
            value: Any = filled if len(filled) > 1 else "".join(filled)
            body[items.stored(name)] = value
        return body

    def fit(self, value: Emails, current: Emails | None, seen: Emails | None) -> Cell:
        value = distinct(filter(None, map(addresses.address, value)))
        current, seen = current or (), seen or ()
        if [text.casefold() for text in value] == [text.casefold() for text in seen]:
            return Cell(current)
        return Cell(distinct((*value, *beyond(current, seen))))


def _steps(old: Sequence[str], value: Emails) -> tuple[dict[str, str], Emails]:
    """How to get from the old addresses (folded) to the new ones, in order.

    :returns: old address to what replaces it (empty: nothing), and what comes after
        the last. Addresses that stay keep their place where the order allows.
    """
    changed: dict[str, str] = {}
    added: Emails = ()
    folded = [text.casefold() for text in value]
    for tag, a, b, c, d in SequenceMatcher(None, old, folded, False).get_opcodes():
        if tag == "equal":
            continue
        spare = value[c:d][b - a :]
        if spare and b < len(old):
            # One is to stand between two that stay: all move up.
            changed = dict(zip_longest(old, value[: len(old)], fillvalue=""))
            return changed, value[len(old) :]
        changed.update(zip_longest(old[a:b], value[c:d][: b - a], fillvalue=""))
        added += spare
    return changed, added


@dataclass(frozen=True)
class EmailFields:
    """Zoho's two addresses."""

    unit: str = "emails"
    fields: tuple[str, ...] = ("Email", "Secondary_Email")

    def read(self, record: Mapping[str, Any]) -> Emails:
        texts = (clean.line(string(record, name)) for name in self.fields)
        return distinct(filter(None, texts))

    def write(self, value: Emails, fields: Fields) -> dict[str, Any]:
        names = self._writable(fields)
        padded = (*value, *[None] * len(names))
        return dict(zip(names, padded, strict=False))

    def fit(self, value: Emails, values: Values, fields: Fields) -> Cell:
        names = self._writable(fields)
        if not names:
            return no_field(self.unit, value, self.fields[0])
        limits = [fields.length(name) for name in names]
        limit = min((n for n in limits if n is not None), default=None)
        taken: list[str] = []
        remarks = []
        for text in distinct(map(clean.line, value)):
            if addresses.zoho_takes_email(text, limit):
                taken.append(text)
            elif text:
                shown = clean.cut(text, 60)
                remarks.append(reason("mapping_email", value=shown))
        room = len(names)
        if len(taken) > room:
            more = len(taken) - room
            remarks.append(reason("mapping_more_emails", room=room, count=more))
        return Cell(tuple(taken[:room]), tuple(remarks))

    def _writable(self, fields: Fields) -> list[str]:
        return [name for name in self.fields if fields.writable(name)]
