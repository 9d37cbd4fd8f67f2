"""Zoho's feed of an organisation: what was modified, what was deleted."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..errors import RetryLater
from ..instants import from_iso
from ..reasons import reason
from ..sync.item import FeedPage, FeedRow
from ..sync.ports import FeedPort
from .codec import KINDS, Codec
from .companies import MODULE as ACCOUNTS
from .companies import NAME, CompanyCache, learn
from .meetings import MODULE as MEETINGS
from .meetings import Meetings
from .metadata import Metadata
from .records import Record, Records, iso, modified_of
from .session import WalkBroken, ZohoSession
from .side import list_fields
from .transport import SERVER

#: What is kept of a private record, and asked for of a company.
SYSTEM = ("id", "Owner", "Tag", "Created_By", "Created_Time", "Modified_Time")


@dataclass(frozen=True)
class _Place:
    """Where a walk stands; its text is the page token of the port.

    :param since: what the walk's header says, the same for all its pages.
    :param last: newest Modified_Time seen; a walk that breaks goes on from there.
    """

    since: datetime
    token: str
    last: datetime

    def dump(self) -> str:
        return json.dumps([iso(self.since), self.token, iso(self.last)])

    @classmethod
    def load(cls, text: str) -> _Place:
        since, token, last = json.loads(text)
        return cls(datetime.fromisoformat(since), token, datetime.fromisoformat(last))


class ZohoFeed:
    """Fulfils ``sync.ports.FeedPort``.

    :param companies: kept in step with the feed of the module Accounts.
    :param private_tag: of records so tagged only system fields are given out.
    """

    def __init__(
        self,
        session: ZohoSession,
        codec: Codec,
        metadata: Metadata,
        companies: CompanyCache | None = None,
        *,
        private_tag: str = "Private",
    ) -> None:
        self.session = session
        self.records = Records(session)
        self.codec = codec
        self.metadata = metadata
        self.companies = companies
        self.private_tag = private_tag

    def modified(self, module: str, since: datetime, page: str) -> FeedPage:
        """Records modified since (inclusive), oldest first.

        A walk whose token no longer serves, or that is at Zoho's ceiling, goes on
        from the last ``Modified_Time``; repeats are dropped by the engine.
        """
        place = _Place.load(page) if page else _Place(since, "", since)
        fields = self._fields(module)
        try:
            got = self.records.modified(module, fields, place.since, place.token)
        except WalkBroken:
            if not place.token:
                raise
            place = _go_on(place)
            got = self.records.modified(module, fields, place.since, place.token)
        found: Iterable[Record] = got.records
        if module == MEETINGS:
            view = self.metadata.fields(module)
            meetings = Meetings(self.records, self.private_tag)
            found = meetings.whole(found, view, fields)
        rows = [self._row(module, record) for record in found]
        if module == ACCOUNTS and self.companies is not None:
            learn(self.companies, got.records)
        last = max([place.last, *(row.modified for row in rows)])
        more = _Place(place.since, got.token, last).dump() if got.token else ""
        return FeedPage(tuple(rows), got.date, more)

    def deleted(self, module: str, since: datetime, page: str) -> FeedPage:
        """Deletions since (inclusive)."""
        got = self.records.deleted(module, since, int(page or "1"))
        rows = tuple(_deletion(module, record) for record in got.records)
        if module == ACCOUNTS and self.companies is not None and rows:
            self.companies.forget({row.key for row in rows})
        return FeedPage(rows, got.date, got.token)

    def _fields(self, module: str) -> list[str]:
        if module in KINDS:
            view = self.metadata.fields(module)
            return list_fields(self.codec, KINDS[module], view)
        return [*SYSTEM[1:], *([NAME] if module == ACCOUNTS else [])]

    def _row(self, module: str, record: Record) -> FeedRow:
        if module in KINDS and self._private(module, record):
            record = {name: record[name] for name in SYSTEM if name in record}
        return FeedRow(
            module, str(record.get("id") or ""), modified_of(record), record=record
        )

    def _private(self, module: str, record: Record) -> bool:
        view = self.metadata.fields(module)
        reading = self.codec.read(KINDS[module], record, view, self.private_tag)
        return reading.private


def _go_on(place: _Place) -> _Place:
    """A new walk from where the broken one stood."""
    if place.last <= place.since:
        detail = "too many records of one second"
        raise RetryLater(reason("unexpected_answer", server=SERVER, detail=detail))
    return _Place(place.last, "", place.last)


def _deletion(module: str, record: Record) -> FeedRow:
    """A deleted record (2.7); permanent ones have nothing but id and time."""
    when = from_iso(record.get("deleted_time"))
    if when is None:
        detail = "a deletion without time"
        raise RetryLater(reason("unexpected_answer", server=SERVER, detail=detail))
    return FeedRow(module, str(record.get("id") or ""), when, deleted=True)


if TYPE_CHECKING:
    _fulfils: type[FeedPort] = ZohoFeed
