"""The calendar service of a mail file: the range list, details, writes.

Rests on the DAS fact sheet, section 3. The sync itself never lets anything be sent
to people (``workflow=false``); ``invite``, ``change`` and ``cancel`` do, on a person's
word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from ..errors import Gone, Rejected, RetryLater, SyncError
from ..reasons import Reason, reason
from . import texts  # noqa: F401  (registers the sentences)
from .answer import Answer
from .discovery import quoted
from .session import DominoSession, ReadFault, ServerFault
from .turns import NotApplied

Json = Mapping[str, Any]
#: Most entries of one list (3.3).
PAGE = 100
LISTING_ATTEMPTS = 3
#: Entries of one list that are read; no calendar holds more.
MOST = 200_000
_RANGE = re.compile(r"items (\d{1,12})-(\d{1,12})")
#: 3.12: the calendar's own errors that mean something to us.
_NOTICES, _NOT_ACCEPTED, _PERSONAL, _EXISTS = 1026, 1029, 1030, 1032
_QUIET = {"workflow": "false"}


@dataclass(frozen=True)
class Detail:
    """An entry, a series with its changed instances, or one instance.

    :param body: the JSON object, ``events`` and ``timezones``.
    :param read_at: the server's clock (UTC) at the answer.
    """

    body: Json
    read_at: datetime

    @property
    def uid(self) -> str:
        """The durable UID, whichever id was asked for."""
        return str(self.body["events"][0].get("id") or "")


@dataclass(frozen=True)
class Entries:
    """The range list, read whole.

    :param total: entries that the server's list holds, whether shown or not.
    :param began: the server's clock (UTC) at the first answer.
    """

    rows: tuple[Json, ...]
    total: int
    began: datetime


@dataclass(frozen=True)
class _Page:
    """Rows, and how many entries there are up to the last of them."""

    rows: list[Json]
    seen: int
    processed: int
    at: datetime


class _Moving(Exception):
    """Entries shifted between two pages."""


class CalendarService:
    """Calendar entries of one mail file.

    :param mail_file: path from the root, not percent-encoded.
    """

    def __init__(self, session: DominoSession, mail_file: str) -> None:
        self.session = session
        self._base = f"{quoted(mail_file)}/api/calendar/events"
        self.most = MOST

    # -- the range list ----------------------------------------------------------------

    def entries(self, since: datetime, before: datetime) -> Entries:
        """All entries that start in a range, complete or an error.

        Pages are no snapshot: each begins with the last entry of the one before, and
        a shift starts the reading anew.

        :param since: aware; sent as whole seconds in UTC, as is ``before``.
        :raises RetryLater: the list never stood still.
        """
        for _ in range(LISTING_ATTEMPTS):
            try:
                return self._enumerate(since, before)
            except _Moving:
                continue
        raise RetryLater(reason("domino_calendar_moving"))

    def _enumerate(self, since: datetime, before: datetime) -> Entries:
        page = self._page(since, before, 0, PAGE)
        began, rows, total = page.at, list(page.rows), page.seen
        while page.processed == PAGE:
            last, whole = page.rows[-1:], len(page.rows) == page.processed
            if total > self.most:
                raise RetryLater(reason("domino_calendar_endless"))
            page = self._page(since, before, total - 1, PAGE)
            if page.processed == 0 or page.seen < total + page.processed - 1:
                raise _Moving  # it does not begin where the last one ended
            if whole and len(page.rows) == page.processed:
                if not _same_row(last[0], page.rows[0]):
                    raise _Moving
            rows += page.rows[1:] if whole else page.rows
            total = page.seen
        return Entries(tuple(rows), total, began)

    def ends_at(self, since: datetime, before: datetime, total: int) -> bool:
        """Whether the list holds exactly so many entries, in one request."""
        if total <= 0:
            return self._page(since, before, 0, 1).processed == 0
        return self._page(since, before, total - 1, 2).processed == 1

    def _page(self, since: datetime, before: datetime, start: int, count: int) -> _Page:
        params = {
            "since": _query(since),
            "before": _query(before),
            "start": str(start),
            "count": str(count),
        }
        answer = self.session.get(self._base, params, shape=_is_list, empty=True)
        rows = answer.data["events"] if answer.body.strip() else []
        found = _RANGE.search(answer.header("Content-Range"))
        if found is None:
            return _Page(rows, start + len(rows), len(rows), self._date(answer))
        first, last = int(found[1]), int(found[2])
        return _Page(rows, last + 1, last + 1 - first, self._date(answer))

    # -- one entry ---------------------------------------------------------------------

    def get(self, uid: str, recurrence_id: str = "") -> Detail | None:
        """A detail; ``None`` when there is none (404), as of an unanswered
        invitation.

        :raises ReadFault: the server cannot show this entry.
        """
        path = self._path(uid, recurrence_id)
        try:
            answer = self.session.get(path, shape=_is_detail, allow=(400, 409))
        except Gone:
            return None
        if answer.status != 200:
            if answer.calendar_error == _NOT_ACCEPTED:
                return None
            raise ReadFault(self._said(answer))
        return Detail(answer.data, self._date(answer))

    def create(self, body: Json, uid: str) -> str:
        """A new entry, unless there is one with this UID already.

        :param body: with ``uid`` as the event's ``id``.
        :returns: the UID that it has.
        :raises OutcomeUnknown: it may have been created.
        """
        try:
            answer = self.session.send(
                "POST", self._base, _QUIET, body=dict(body), allow=(_NOTICES, _EXISTS)
            )
        except ServerFault as fault:
            return self._created(uid, fault)
        if answer.calendar_error is None:
            return _uid_in(answer) or uid
        return self._created(uid, ServerFault(self._said(answer)))

    def _created(self, uid: str, fault: ServerFault) -> str:
        """After an error of the calendar's own: whether the entry is there (3.7).

        :raises NotApplied: it is not, and nothing is under way.
        """
        try:
            found = self.get(uid)
        except SyncError:
            raise fault from None
        if found is None:
            raise NotApplied(fault.reason)
        return found.uid or uid

    def update(self, uid: str, recurrence_id: str, body: Json) -> None:
        """Replace a single entry or one instance: a PUT drops what it lacks (3.8)."""
        path = self._path(uid, recurrence_id)
        answer = self.session.send(
            "PUT", path, _QUIET, body=dict(body), allow=(_NOT_ACCEPTED, _PERSONAL)
        )
        self._stop_if_guest(answer)

    def delete(self, uid: str, recurrence_id: str) -> None:
        """Delete a single entry or one instance; nobody is told (3.9).

        :raises Gone: there is none.
        """
        self.session.send("DELETE", self._path(uid, recurrence_id), _QUIET)

    # -- what people are told of -------------------------------------------------------

    def invite(self, body: Json, uid: str) -> bool:
        """A new meeting; Domino invites its guests at once (3.7).

        :param body: with ``organizer``, ``attendees`` and ``uid`` as ``id``.
        :returns: ``False``: it stands in the calendar, but whether everybody was
            invited is not known (1026).
        :raises NotApplied: it certainly does not.
        :raises OutcomeUnknown: it may have been created, and people invited.
        """
        try:
            answer = self.session.send(
                "POST", self._base, body=dict(body), allow=(_NOTICES, _EXISTS)
            )
        except ServerFault as fault:
            self._created(uid, fault)
            return False
        if answer.calendar_error == _NOTICES:
            self._created(uid, ServerFault(self._said(answer)))
            return False
        return True

    def change(self, uid: str, recurrence_id: str, body: Json) -> bool:
        """As ``update``; Domino tells the guests.

        :returns: ``False``: whether it is changed, and everybody told, is to be seen.
        :raises OutcomeUnknown: it may have been changed.
        """
        return self._aloud("PUT", uid, recurrence_id, body)

    def cancel(self, uid: str, recurrence_id: str) -> bool:
        """As ``delete``; Domino tells the guests that it is cancelled.

        :returns: as of ``change``. :raises Gone: there is none.
        """
        return self._aloud("DELETE", uid, recurrence_id, None)

    def _aloud(
        self,
        method: Literal["PUT", "DELETE"],
        uid: str,
        recurrence_id: str,
        body: Json | None,
    ) -> bool:
        path = self._path(uid, recurrence_id)
        try:
            answer = self.session.send(
                method,
                path,
                body=None if body is None else dict(body),
                allow=(_NOTICES, _NOT_ACCEPTED, _PERSONAL),
            )
        except ServerFault:
            return False
        self._stop_if_guest(answer)
        return answer.calendar_error is None

    # -- helpers -----------------------------------------------------------------------

    def _stop_if_guest(self, answer: Answer) -> None:
        """:raises Rejected: the meeting is somebody else's, and not to be changed."""
        if answer.calendar_error == _NOT_ACCEPTED:
            raise Rejected(reason("domino_not_accepted"))
        if answer.calendar_error == _PERSONAL:
            why = reason("domino_personal_changes", detail=answer.message)
            raise Rejected(why)

    def _said(self, answer: Answer) -> Reason:
        return reason(
            "domino_server_error", server=self.session.server, detail=answer.message
        )

    def _path(self, uid: str, recurrence_id: str) -> str:
        path = f"{self._base}/{quote(uid, safe='')}"
        return f"{path}/{quote(recurrence_id, safe='')}" if recurrence_id else path

    def _date(self, answer: Answer) -> datetime:
        return answer.date or self.session.now()


def _query(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _is_list(data: Any) -> bool:
    return _has_events(data, lambda rows: True)


def _is_detail(data: Any) -> bool:
    return _has_events(data, bool)


def _has_events(data: Any, enough: Callable[[list[Any]], bool]) -> bool:
    rows = data.get("events") if isinstance(data, dict) else None
    return (
        isinstance(rows, list)
        and enough(rows)
        and all(isinstance(row, dict) for row in rows)
    )


def _same_row(left: Json, right: Json) -> bool:
    """Whether two rows are of one entry; ids of old templates hold a running number
    (3.3)."""
    ids = [str(row.get("id") or "").partition("_")[0] for row in (left, right)]
    names = ("recurrenceId", "start")
    return ids[0] == ids[1] and all(left.get(n) == right.get(n) for n in names)


def _uid_in(answer: Answer) -> str:
    """The UID of the entry that a POST answers with."""
    try:
        data = answer.data
    except ValueError:
        return ""
    return str(data["events"][0].get("id") or "") if _is_detail(data) else ""
