"""The calendar of one mail file: rows by start, documents by UID.

It follows every change of a document, so that no request scans the file and no
rule is expanded while reading: documents hold the dates of their instances.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .world import Document

SUFFIX = "-Lotus_Notes_Generated"

# Start, note id, UNID, place in the document's lists.
Row = tuple[datetime, int, str, int]


def uid_of(document: Document) -> str:
    """The iCalendar UID that `ApptUNID` stands for, "" without one."""
    value = document.text("ApptUNID")
    if len(value) == 32 and all(c in "0123456789ABCDEF" for c in value):
        return value + SUFFIX
    return value


def appt_unid(uid: str) -> str:
    """The `ApptUNID` item for a UID."""
    value = uid.removesuffix(SUFFIX)
    if len(value) == 32 and all(c in "0123456789ABCDEF" for c in value):
        return value
    return uid


def is_parent(document: Document) -> bool:
    """Whether it is the document that holds the rule of a series."""
    return "c" in document.text("$CSFlags")


class Agenda:
    """Index of the calendar entries of a mail file."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.cache: dict[str, dict[Any, Any]] = {}
        self._of: dict[str, list[Row]] = {}
        self._uid: dict[str, str] = {}
        self._documents: dict[str, dict[str, Document]] = {}
        self._notices: dict[str, dict[str, Document]] = {}
        self._notice_uid: dict[str, str] = {}

    def refresh(self, document: Document, present: bool) -> None:
        """Takes in a changed document, or drops it."""
        unid = document.unid
        form = document.form.lower()
        known = unid in self._uid or unid in self._notice_uid
        if form not in ("appointment", "notice") and not known:
            return
        self._drop(unid)
        if not present or document.deleted or "$conflict" in document.items:
            return
        uid = uid_of(document)
        if form == "appointment":
            self._uid[unid] = uid
            self._documents.setdefault(uid, {})[unid] = document
            self.cache.pop(uid, None)
        elif form == "notice":
            self._notice_uid[unid] = uid
            self._notices.setdefault(uid, {})[unid] = document
        else:
            return
        self._place(document)

    def _drop(self, unid: str) -> None:
        old = self._of.pop(unid, [])
        if len(old) > 50:
            gone = set(old)
            self.rows = [r for r in self.rows if r not in gone]
        else:
            for row in old:
                del self.rows[bisect_left(self.rows, row)]
        for uids, groups in (
            (self._uid, self._documents),
            (self._notice_uid, self._notices),
        ):
            uid = uids.pop(unid, None)
            if uid is None:
                continue
            self.cache.pop(uid, None)
            groups[uid].pop(unid)
            if not groups[uid]:
                del groups[uid]

    def _place(self, document: Document) -> None:
        if not document.get("CalendarDateTime"):
            return
        rows = [
            (start, document.noteid, document.unid, place)
            for place, start in enumerate(document.get("StartDateTime"))
            if isinstance(start, datetime)
        ]
        if not rows:
            return
        self._of[document.unid] = rows
        if len(rows) > 50:
            self.rows.extend(rows)
            self.rows.sort()
        else:
            for row in rows:
                insort(self.rows, row)

    def between(self, since: datetime, before: datetime, last: bool) -> tuple[int, int]:
        """The range of `rows` that start in the span; `last`: its end included."""
        low = bisect_left(self.rows, (since,))
        if last:
            return low, bisect_left(self.rows, (before, 1 << 62))
        return low, bisect_left(self.rows, (before,))

    def documents(self, uid: str) -> list[Document]:
        """The documents of an entry, parent first, then in the order made."""
        found = self._documents.get(uid, {}).values()
        return sorted(found, key=lambda d: (not is_parent(d), d.noteid))

    def notices(self, uid: str | None = None) -> list[Document]:
        """Notices of an entry, or all, in the order they came."""
        if uid is not None:
            found = list(self._notices.get(uid, {}).values())
        else:
            found = [d for group in self._notices.values() for d in group.values()]
        return sorted(found, key=lambda d: d.noteid)

    def uids(self) -> Iterator[str]:
        """All UIDs that have documents."""
        return iter(list(self._documents))
