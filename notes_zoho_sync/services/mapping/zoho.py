"""Records to Zoho's fields and back. Pure.

The functions take every record; ``for_account`` makes the same for one account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..reasons import Reason
from ..records import Values
from ..sync.item import Fitted
from . import texts  # noqa: F401  (registers the sentences)
from .columns import COMPANY
from .contact import CONTACT
from .event import EVENT
from .metadata import Fields
from .rows import ABSENT, Row, Table, done_before
from .task import TASK

TABLES: Mapping[str, Table] = {"contact": CONTACT, "task": TASK, "event": EVENT}
#: Fields that every list asks for, whatever the kind.
SYSTEM = ("Owner", "Tag", "Modified_Time", "Created_Time", "Created_By")


@dataclass(frozen=True)
class ZohoReading:
    """A record as the engine needs it (fields: see ``sync.item.Item``).

    :param skip_new: why it is left alone unless it is linked already.
    """

    values: Values
    remarks: tuple[Reason, ...] = ()
    private: bool = False
    skip_new: Reason | None = None


@dataclass(frozen=True)
class ZohoBody:
    """A record to write.

    :param fields: API name to JSON value.
    :param company: a name that needs the id of an account; empty: unlink; ``None``:
        not touched.
    """

    fields: Mapping[str, Any]
    company: str | None = None


@dataclass(frozen=True)
class ZohoMapping:
    """The mapping for one account.

    :param completed_before: what was completed before that day is not taken any more.
    """

    completed_before: date | None = None

    def fields(self, kind: str, metadata: Fields) -> list[str]:
        """API names to ask for: what the organisation has of the table, and the
        system's.

        At most 50, which is what one list takes (Zoho fact sheet, section 2.1).
        """
        table = TABLES[kind]
        names = [name for row in table.rows for name in row.zoho.fields]
        return [name for name in names if metadata.has(name)] + list(SYSTEM)

    def read(
        self,
        kind: str,
        record: Mapping[str, Any],
        metadata: Fields,
        private_tag: str = "Private",
    ) -> ZohoReading:
        """A record's values; units whose fields it lacks are absent.

        :param private_tag: name of the tag that keeps a record from being carried.
        """
        if _has_tag(record, private_tag):
            return ZohoReading({}, private=True)
        table = TABLES[kind]
        values = {
            row.unit: row.zoho.read(record)
            for row in table.rows
            if _readable(row, record, metadata)
        }
        old = done_before(table, values, self.completed_before)
        return ZohoReading(values, skip_new=old)

    def write(
        self,
        kind: str,
        values: Values,
        metadata: Fields,
        current: Values | None = None,
    ) -> ZohoBody:
        """Values as fields; an empty one becomes ``None``.

        :param current: what Zoho holds; ``None`` for a new record.
        """
        table = TABLES[kind]
        body: dict[str, Any] = {}
        for row in table.rows:
            if row.unit in values:
                body |= row.zoho.write(values[row.unit], metadata)
        company = body.pop(COMPANY, None)
        body |= table.also(values, current, metadata)
        if body:
            body |= {
                name: value
                for name, value in table.sent.items()
                if name.startswith("$") or metadata.writable(name)
            }
        return ZohoBody(body, company)

    def fit(
        self, kind: str, values: Values, current: Values, metadata: Fields
    ) -> Fitted:
        """A document's values as Zoho would hold them.

        :param current: what Zoho holds now: that much it can surely hold.
        """
        table = TABLES[kind]
        fitted = {}
        remarks: tuple[Reason, ...] = ()
        for row in table.rows:
            if row.unit not in values:
                continue
            same = table.kind.units[row.unit].same
            if row.unit in current and same(values[row.unit], current[row.unit]):
                fitted[row.unit] = current[row.unit]
                continue
            cell = row.zoho.fit(values[row.unit], values, metadata)
            remarks += cell.remarks
            if cell.value is not ABSENT:
                fitted[row.unit] = cell.value
        return Fitted(fitted, tuple(dict.fromkeys(remarks)))


def _readable(row: Row, record: Mapping[str, Any], metadata: Fields) -> bool:
    return any(name in record and metadata.has(name) for name in row.zoho.fields)


def _has_tag(record: Mapping[str, Any], wanted: str) -> bool:
    tags = record.get("Tag")
    names = [
        tag.get("name") if isinstance(tag, Mapping) else tag
        for tag in (tags if isinstance(tags, list) else [])
    ]
    folded = wanted.strip().casefold()
    return any(
        isinstance(name, str) and name.strip().casefold() == folded for name in names
    )


def for_account(*, completed_before: date | None = None) -> ZohoMapping:
    """The mapping for one account.

    :param completed_before: tasks completed before that day are not taken any more.
    """
    return ZohoMapping(completed_before)


_EVERY = ZohoMapping()
fields = _EVERY.fields
read = _EVERY.read
write = _EVERY.write
fit = _EVERY.fit
