"""Records to Notes items and back. Pure.

``read``, ``write``, ``fit`` rest on Zoho's documented lengths and picklists and on UTC;
``for_org`` makes the same with an organisation's own, for one account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from typing import Any

from ..reasons import Reason, reason
from ..records import Values
from ..sync.item import EXISTENCE, Fitted
from . import texts  # noqa: F401  (registers the sentences)
from .contact import CONTACT
from .items import Items
from .metadata import Fields, documented
from .rows import ABSENT, Table, done_before
from .task import TASK, task_table

#: The form of each kind's documents.
FORMS: Mapping[str, str] = {"contact": "Person", "task": "Task"}
TABLES: Mapping[str, Table] = {"contact": CONTACT, "task": TASK}
#: Our key of a document that we made, and which installation made it.
KEY_ITEM = "ZohoKey"
INSTALLATION_ITEM = "ZohoSyncBy"
_GROUP = "group"
_PRIVATE_ITEMS = ("Confidential", "OrgConfidential")
_PUBLIC_ITEM = "$PublicAccess"


@dataclass(frozen=True)
class NotesReading:
    """A document as the engine needs it (fields: see ``sync.item.Item``).

    :param skip_new: why it is left alone unless it is linked already.
    """

    values: Values
    locked: Mapping[str, Reason] = field(default_factory=dict)
    remarks: tuple[Reason, ...] = ()
    private: bool = False
    skip: Reason | None = None
    sync_key: str = ""
    installation: str = ""
    skip_new: Reason | None = None


@dataclass(frozen=True)
class NotesMapping:
    """The mapping for one account.

    :param metadata: gives, by Zoho's module, what its fields take: it decides what of
        a document Zoho cannot hold, which must therefore survive a write.
    :param completed_before: what was completed before that day is not taken any more.
    """

    metadata: Callable[[str], Fields]
    tables: Mapping[str, Table] = field(default_factory=lambda: TABLES)
    completed_before: date | None = None

    @property
    def FORMS(self) -> Mapping[str, str]:
        """The form of each kind's documents."""
        return FORMS

    def read(self, kind: str, document: Mapping[str, Any], /) -> NotesReading:
        """A document's values.

        :param document: the JSON object of the data service, hidden items included.
        """
        table = self.tables[kind]
        items = Items(document)
        private = _is_private(items)
        skip = _skip(table, items)
        key, installation = items.text(KEY_ITEM), items.text(INSTALLATION_ITEM)
        if private:
            return NotesReading(
                {}, private=True, skip=skip, sync_key=key, installation=installation
            )
        values, locked, remarks = self._values(table, items)
        return NotesReading(
            values,
            locked,
            remarks,
            False,
            skip,
            sync_key=key,
            installation=installation,
            skip_new=done_before(table, values, self.completed_before),
        )

    def _values(
        self, table: Table, items: Items
    ) -> tuple[Values, dict[str, Reason], tuple[Reason, ...]]:
        cells = {row.unit: row.notes.read(items) for row in table.rows}
        values = table.complete({unit: cell.value for unit, cell in cells.items()})
        fields = self.metadata(table.module)
        whole = table.locked(items)
        locked = {} if whole is None else {EXISTENCE: whole}
        remarks = table.remarks(items)
        for row in table.rows:
            cell = cells[row.unit]
            remarks += cell.remarks
            why = (
                whole
                or cell.locked
                or row.zoho.fit(values[row.unit], values, fields).locked
            )
            if why is not None:
                locked[row.unit] = why
        return values, locked, remarks

    def write(
        self, kind: str, values: Values, current: Mapping[str, Any] | None, /
    ) -> dict[str, Any]:
        """The items to send: only those that change something.

        :param values: units to write; emptied ones become ``""``.
        :param current: the document as read; ``None`` for a new one.
        """
        table = self.tables[kind]
        items = Items(current or {})
        before: Values = {}
        if current is not None:
            before = self._values(table, items)[0]
        body: dict[str, Any] = {} if current is not None else dict(table.marks)
        written = {}
        for row in table.rows:
            if row.unit not in values:
                continue
            value, unit = values[row.unit], table.kind.units[row.unit]
            if before and unit.same(value, before[row.unit]):
                continue
            if not before and unit.is_empty(value):
                continue
            written[row.unit] = value
            body |= row.notes.write(value, items)
        after = {**before, **written}
        for follower in table.followers:
            body |= follower.follow(before, after, written, items)
        return body

    def fit(self, kind: str, values: Values, current: Values, /) -> Fitted:
        """Zoho's values as a document would hold them.

        What Zoho holds just as it could take it from the document stays as it is
        there: further addresses, the end of a text that was cut, a salutation Zoho
        does not know, an empty last name.

        :param current: the document's values; empty for a new one.
        """
        table = self.tables[kind]
        fields = self.metadata(table.module)
        fitted = {}
        remarks: tuple[Reason, ...] = ()
        for row in table.rows:
            if row.unit not in values:
                continue
            unit = table.kind.units[row.unit]
            seen = None
            if row.unit in current:
                if unit.same(values[row.unit], current[row.unit]):
                    fitted[row.unit] = current[row.unit]
                    continue
                seen = row.zoho.fit(current[row.unit], current, fields).value
            cell = row.notes.fit(
                values[row.unit],
                current.get(row.unit, unit.empty),
                None if seen is ABSENT else seen,
            )
            remarks += cell.remarks
            if cell.value is not ABSENT:
                fitted[row.unit] = cell.value
        whole = table.complete({**current, **fitted})
        return Fitted(
            {unit: whole[unit] for unit in fitted}, tuple(dict.fromkeys(remarks))
        )


def _is_private(items: Items) -> bool:
    """Mark Private of a contact, to-do or entry (mail file schema, section 5)."""
    if any("1" in items.texts(name) for name in _PRIVATE_ITEMS):
        return True
    return any(text != "1" for text in items.texts(_PUBLIC_ITEM))


def _skip(table: Table, items: Items) -> Reason | None:
    """Why documents of this sort are never synced; ``None``: they are."""
    form = items.text("@form") or items.text("Form")
    kind = items.text("Type")
    if _GROUP in (form.casefold(), kind.casefold()):
        return reason("skip_group")
    if "$Conflict" in items:
        return reason("skip_conflict")
    why = table.skip(items)
    if why is not None:
        return why
    if form and form.casefold() != table.form.casefold():
        return reason("skip_form", form=form)
    if table.type and kind and kind.casefold() != table.type.casefold():
        return reason("skip_form", form=kind)
    return None


def for_org(
    metadata: Callable[[str], Fields],
    zone: tzinfo = UTC,
    *,
    today: date | None = None,
    completed_before: date | None = None,
) -> NotesMapping:
    """The mapping with an organisation's own metadata, for one account.

    :param metadata: gives a module's fields by its API name
        (``services.zoho.metadata.Metadata.fields`` with ``Fields.parse``).
    :param zone: the account's: in it a due date is a day.
    :param today: the day there; ``None``: nothing is under way or overdue.
    :param completed_before: to-dos completed before that day are not taken any more.
    """
    tables = {**TABLES, "task": task_table(zone, today)}
    return NotesMapping(metadata, tables, completed_before)


def fields_needed(kind: str) -> tuple[str, ...]:
    """Items that reading looks at, for ``fields=`` (which takes no hidden ones)."""
    table = TABLES[kind]
    names = [name for row in table.rows for name in row.notes.items]
    more = ("Type", "Form", *_PRIVATE_ITEMS, KEY_ITEM, INSTALLATION_ITEM)
    every = (*names, *table.looked_at, *more)
    return tuple(dict.fromkeys(name for name in every if not name.startswith("$")))


_DOCUMENTED = NotesMapping(documented)
read = _DOCUMENTED.read
write = _DOCUMENTED.write
fit = _DOCUMENTED.fit
