"""The data service of one mail file.

Rests on the DAS fact sheet: data service (view entries, document list, document,
create, update, delete) and traps and limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from ..errors import Gone, Misconfigured, OutcomeUnknown, RetryLater
from ..instants import from_iso
from ..reasons import reason
from . import texts  # noqa: F401  (registers the sentences)
from .answer import Answer
from .discovery import quoted
from .session import DominoSession
from .turns import parallel

PAGE = 100
#: Page sizes to fall back to when the server grants less and does not say how much.
SMALLER = (50, 20, 10)
LISTING_ATTEMPTS = 3
TRASH_VIEW = "($SoftDeletions)"
#: ``systemcolumns``: the UNID and nothing else (DAS data service, view entries).
_UNID_ONLY = "0x2"
#: Rows of one view that are read; a view that shows more is none of ours.
MOST = 500_000
_RANGE = re.compile(r"items (\d{1,12})-(\d{1,12})/(\d{1,12})")
_LIMIT = re.compile(r"more than (\d{1,9})")
_UNID = re.compile(r"/unid/([0-9A-Fa-f]{32})$")
NO_UNID = "0" * 32


@dataclass(frozen=True)
class Document:
    """One document as it was read.

    :param items: the JSON object: ``@`` keys, ``$`` items, items.
    :param version: the ``Last-Modified`` text, to be sent back as it is.
    :param modified: ``@modified`` as text; ``modified_at`` the same as an instant.
    :param read_at: the server's clock (UTC) at the answer.
    """

    unid: str
    items: Mapping[str, Any]
    version: str
    modified: str
    read_at: datetime

    @property
    def form(self) -> str:
        return str(self.items.get("@form") or "")

    @property
    def modified_at(self) -> datetime | None:
        return from_iso(self.modified)


@dataclass(frozen=True)
class Entries:
    """A view, enumerated whole.

    :param total: all rows, category rows included.
    :param began: the server's clock (UTC) at the first answer.
    """

    unids: tuple[str, ...]
    total: int
    began: datetime


@dataclass(frozen=True)
class _Page:
    unids: list[str]
    total: int
    at: datetime


class _Moving(Exception):
    """Rows shifted between two pages."""


class DataService:
    """Views and documents of one mail file.

    :param mail_file: path from the root, not percent-encoded (``/mail/jdoe.nsf``).
    """

    def __init__(self, session: DominoSession, mail_file: str) -> None:
        self.session = session
        self.mail_file = mail_file
        self._base = f"{quoted(mail_file)}/api/data"
        self._page = PAGE
        self.most = MOST

    # -- documents ----------------------------------------------------------------

    def since(self, since: datetime) -> tuple[dict[str, str], datetime] | None:
        """Documents added or modified in this file since (DAS: document list).

        No paging, no deletions, mail included.

        :param since: aware; sent as whole seconds in UTC.
        :returns: UNID to ``@modified`` text, and the server's clock (UTC); ``None``
            when the server's locale cannot read the date.
        """
        text = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        answer = self.session.get(
            f"{self._base}/documents",
            {"since": text, "compact": "true"},
            shape=_rows,
            allow=(400,),
        )
        if answer.status == 400:
            return None
        stamps = {
            str(row["@unid"]).upper(): str(row.get("@modified") or "")
            for row in answer.data
        }
        return stamps, self._date(answer)

    def get(self, unid: str, fields: Sequence[str] = ()) -> Document | None:
        """One document with its hidden items, not marked as read; ``None``: 404.

        :param fields: only these items, without hidden ones (a server before 9.0.1
            FP8 ignores that).
        """
        params = {"markread": "false", "compact": "true"}
        if fields:
            params["fields"] = ",".join(fields)
        else:
            params["hidden"] = "true"
        try:
            answer = self.session.get(
                self._document(unid),
                params,
                shape=lambda data: isinstance(data, dict) and "@unid" in data,
            )
        except Gone:
            return None
        modified = str(answer.data.get("@modified") or "")
        return Document(
            str(answer.data["@unid"]).upper(),
            answer.data,
            answer.header("Last-Modified") or _http_date(modified),
            modified,
            self._date(answer),
        )

    def create(self, form: str, items: Mapping[str, Any]) -> str:
        """A new document.

        :returns: its UNID, from the ``Location`` header; nothing else of that
            address counts, since a proxy may have spoiled it.
        :raises OutcomeUnknown: it may have been created.
        """
        answer = self.session.send(
            "POST", f"{self._base}/documents", {"form": form}, body=dict(items)
        )
        found = _UNID.search(answer.header("Location"))
        if found is None:
            detail = f"HTTP {answer.status} without the new document's address"
            why = reason(
                "domino_answer_lost", server=self.session.server, detail=detail
            )
            raise OutcomeUnknown(why)
        return found[1].upper()

    def patch(self, unid: str, items: Mapping[str, Any], version: str) -> None:
        """Change items, if the document is still at ``version``."""
        self.session.send(
            "PATCH", self._document(unid), body=dict(items), unmodified_since=version
        )

    def delete(self, unid: str, version: str) -> None:
        """Delete a document, if it is still at ``version``."""
        self.session.send("DELETE", self._document(unid), unmodified_since=version)

    # -- views -----------------------------------------------------------------------

    def count(self, view: str) -> int:
        """How many rows a view has, category rows included."""
        return self._entries(view, 0, 1).total

    def first(self, view: str) -> tuple[str, int]:
        """The first document's UNID, empty if there is none, and the rows' number."""
        page = self._entries(view, 0, 1)
        return "".join(page.unids[:1]), page.total

    def entries(self, view: str) -> Entries:
        """Every document of a view, complete or an error.

        Pages are no snapshot: each begins with the last row of the one before, and a
        shift, another total or a row too few starts the reading anew.

        :raises RetryLater: the view never stood still.
        """
        for _ in range(LISTING_ATTEMPTS):
            try:
                return self._enumerate(view)
            except _Moving:
                continue
        raise RetryLater(reason("domino_view_moving", view=view))

    def _enumerate(self, view: str) -> Entries:
        page = self._entries(view, 0, self._page)
        began, total = page.at, page.total
        rows = list(page.unids)

        def follow(page: _Page) -> None:
            if page.total != total or page.unids[:1] != rows[-1:]:
                raise _Moving
            if len(page.unids) < 2:
                raise _Moving
            rows.extend(page.unids[1:])

        def ask(start: str) -> _Page:
            return self._entries(view, int(start), self._page)

        step = len(rows) - 1
        ahead = range(step, total - 1, step) if 0 < step and total <= self.most else ()
        for start, page in parallel(self.session, ask, map(str, ahead)):
            if int(start) != len(rows) - 1:
                break  # the pages are not all as large as the first
            follow(page)
        while len(rows) < total:
            if len(rows) > self.most:
                raise RetryLater(reason("domino_view_endless", view=view))
            follow(self._entries(view, len(rows) - 1, self._page))
        unids = [unid for unid in rows if unid]
        if len(rows) != total or len(set(unids)) != len(unids):
            raise _Moving
        return Entries(tuple(unids), total, began)

    def _entries(self, view: str, start: int, count: int) -> _Page:
        """Rows of a view; those without a document (categories) are empty."""
        params = {
            "start": str(start),
            "count": str(count),
            "systemcolumns": _UNID_ONLY,
            "compact": "true",
        }
        path = f"{self._base}/collections/name/{quote(view, safe='')}"
        try:
            answer = self.session.get(path, params, shape=_list, allow=(400,))
        except Gone:
            why = reason("domino_view_missing", mail_file=self.mail_file, view=view)
            raise Misconfigured(why, "view") from None
        if answer.status == 400:
            smaller = self._smaller(count, answer)
            if smaller is None:
                raise RetryLater(self._unexpected(answer.message))
            self._page = min(self._page, smaller)
            return self._entries(view, start, smaller)
        unids = [str(row.get("@unid") or "").upper() for row in answer.data]
        found = _RANGE.search(answer.header("Content-Range"))
        if found is None:
            if unids:
                raise RetryLater(self._unexpected("no Content-Range"))
            return _Page([], 0, self._date(answer))
        return _Page(unids, int(found[3]), self._date(answer))

    @staticmethod
    def _smaller(count: int, answer: Answer) -> int | None:
        """The page size to try after a refusal; ``None``: it was not the size."""
        named = _LIMIT.search(answer.message)
        if named and 0 < int(named[1]) < count:
            return int(named[1])
        return next((size for size in SMALLER if size < count), None)

    # -- helpers -----------------------------------------------------------------------

    def _document(self, unid: str) -> str:
        return f"{self._base}/documents/unid/{quote(unid, safe='')}"

    def _date(self, answer: Answer) -> datetime:
        return answer.date or self.session.now()

    def _unexpected(self, detail: str) -> Any:
        return reason("unexpected_answer", server=self.session.server, detail=detail)


def _http_date(modified: str) -> str:
    """What ``Last-Modified`` says, for where a proxy has taken it out."""
    instant = from_iso(modified)
    return format_datetime(instant, usegmt=True) if instant else ""


def _list(data: Any) -> bool:
    return isinstance(data, list) and all(isinstance(row, dict) for row in data)


def _rows(data: Any) -> bool:
    return _list(data) and all("@unid" in row for row in data)
