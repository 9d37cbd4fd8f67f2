"""Records of any module: lists, deletions, batches of writes.

Rests on the Zoho fact sheet, sections 2 and 4.3. Nothing here knows a field beyond
the system ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..errors import (
    ChangedMeanwhile,
    Gone,
    RetryLater,
    SyncError,
    Throttled,
)
from ..instants import from_iso
from ..reasons import reason
from .judge import Accepted, Judged, judge_all, not_sent, number, stopped
from .session import ApiRefused, WalkBroken, ZohoSession
from .transport import SERVER, Answer

BATCH = 100
PER_PAGE = 200
#: Pages of one list that are read in one go; Zoho shows 100,000 records so.
PAGES = 600
#: Values that one ``in`` of a query takes (4.3).
IN_VALUES = 50
#: Rows of one query: the largest known limit, and the one of v7's error text (4.3).
QUERY_ROWS = (2000, 200)
Record = Mapping[str, Any]


def iso(instant: datetime) -> str:
    """An instant as Zoho's headers want it: ISO 8601, offset, whole seconds."""
    return instant.astimezone(UTC).replace(microsecond=0).isoformat()


def modified_of(record: Record) -> datetime:
    """When a record was modified last (UTC).

    :raises RetryLater: the record does not tell.
    """
    moment = from_iso(record.get("Modified_Time"))
    if moment is None:
        detail = "a record without Modified_Time"
        raise RetryLater(reason("unexpected_answer", server=SERVER, detail=detail))
    return moment


def id_of(value: Any) -> str:
    """The id of a lookup or user object; empty when there is none."""
    return number(value.get("id")) if isinstance(value, Mapping) else ""


@dataclass(frozen=True)
class Page:
    """One page of a list.

    :param date: Zoho's clock (UTC) at this answer.
    :param token: of the next page; empty at the end.
    """

    records: tuple[Record, ...]
    date: datetime
    token: str = ""


class Records:
    """The records of one organisation."""

    def __init__(self, session: ZohoSession) -> None:
        self.session = session
        self._query_rows = list(QUERY_ROWS)

    # -- reading

    def by_ids(
        self, module: str, ids: Sequence[str], fields: Sequence[str]
    ) -> dict[str, Record]:
        """Records by id, in as few calls as may be; what is missing is out of sight."""
        found: dict[str, Record] = {}
        for start in range(0, len(ids), BATCH):
            part = ids[start : start + BATCH]
            for record in self._by_ids(module, part, fields):
                found[str(record.get("id"))] = record
        return found

    def single(self, module: str, key: str, fields: Sequence[str]) -> Record | None:
        """One record in the form that shows all of it; ``None``: out of sight."""
        params = {"fields": ",".join(fields)}
        rows = _rows(self.session.read(f"/{module}/{key}", params))
        return rows[0] if rows else None

    def _by_ids(
        self, module: str, ids: Sequence[str], fields: Sequence[str]
    ) -> list[Record]:
        params = {"ids": ",".join(ids), "fields": ",".join(fields)}
        try:
            answer = self.session.read(f"/{module}", params)
        except ApiRefused as error:
            # How many ids one call takes is not documented (2.1).
            many = len(ids) > 1 and error.details.get("param_name") == "ids"
            if error.api_code != "LIMIT_EXCEEDED" or not many:
                raise
            half = len(ids) // 2
            return [
                *self._by_ids(module, ids[:half], fields),
                *self._by_ids(module, ids[half:], fields),
            ]
        return _rows(answer)

    def modified(
        self, module: str, fields: Sequence[str], since: datetime | None, token: str
    ) -> Page:
        """A page of the records modified since (inclusive), oldest first.

        ``since`` must stay the same over a walk: whether a page token is bound to
        the header is not settled (6.6).

        :raises WalkBroken: the token is too old, or the walk at its ceiling.
        """
        headers = {"If-Modified-Since": iso(since)} if since else None
        order = "Modified_Time", "asc"
        return self._page(module, fields, order, token, headers)

    def _page(
        self,
        module: str,
        fields: Sequence[str],
        order: tuple[str, str],
        token: str,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        params = {
            "fields": ",".join(fields),
            "sort_by": order[0],
            "sort_order": order[1],
            "per_page": str(PER_PAGE),
        }
        if token:
            params["page_token"] = token
        answer = self.session.read(f"/{module}", params, headers=headers)
        return Page(tuple(_rows(answer)), answer.date, _next_token(answer))

    def first_page(self, module: str, fields: Sequence[str]) -> Page:
        """Some records of a module; all of them when the page has no token."""
        return self._page(module, fields, ("id", "asc"), "")

    def created_since(
        self, module: str, fields: Sequence[str], since: datetime
    ) -> Iterator[Record]:
        """Records created since (inclusive), the newest first, by listing: a search
        index lags (6.10). A record may come twice when the walk had to begin anew."""
        since = since.replace(microsecond=0)
        token = ""
        restarts = 0
        for _ in range(PAGES):
            try:
                page = self._page(module, fields, ("Created_Time", "desc"), token)
            except WalkBroken:
                restarts += 1
                if not token or restarts > 3:
                    raise
                token = ""
                continue
            for record in page.records:
                created = from_iso(record.get("Created_Time"))
                if created is not None and created < since:
                    return
                yield record
            token = page.token
            if not token:
                return
        detail = "pages without end"
        raise RetryLater(reason("unexpected_answer", server=SERVER, detail=detail))

    def deleted(self, module: str, since: datetime | None, page: int) -> Page:
        """A page of deletions since (inclusive), the newest first (2.7).

        :param page: from 1; ``token`` of the answer is the next number.
        """
        params = {"type": "all", "page": str(page), "per_page": str(PER_PAGE)}
        headers = {"If-Modified-Since": iso(since)} if since else None
        answer = self.session.read(
            f"/{module}/deleted", params, headers=headers, cost=2
        )
        more = str(page + 1) if _info(answer).get("more_records") else ""
        return Page(tuple(_rows(answer)), answer.date, more)

    def query(self, text: str) -> tuple[list[Record], bool]:
        """Rows of a COQL query (4.3), and whether there are more."""
        answer = self.session.read("/coql", method="POST", body={"select_query": text})
        return _rows(answer), bool(_info(answer).get("more_records"))

    def owned(self, module: str, owner: str, after: str) -> tuple[list[str], bool]:
        """Ids of an owner's records above ``after``, in the largest page the server
        grants, and whether there are more."""
        where = f"(Owner = {quoted(owner)} and id > {quoted(after or '0')})"
        while True:
            rows = self._query_rows[0]
            text = f"select id from {module} where {where} order by id limit {rows}"
            try:
                found, more = self.query(text)
            except ApiRefused as error:
                if len(self._query_rows) == 1 or not _about_limit(error):
                    raise
                self._query_rows.pop(0)
                continue
            return sorted((str(row.get("id")) for row in found), key=int), more

    # -- writing

    def insert(self, module: str, records: Sequence[Record]) -> list[Judged]:
        """Create records, a hundred a call; nothing runs in the CRM because of it."""
        return self._batches(
            records, lambda part: self._write(f"/{module}", "POST", part)
        )

    def upsert(
        self, module: str, records: Sequence[Record], field: str
    ) -> list[Judged]:
        """Create records, or update the ones with the same ``field`` (2.5)."""
        more = {"duplicate_check_fields": [field]}
        return self._batches(
            records,
            lambda part: self._write(f"/{module}/upsert", "POST", part, more),
        )

    def update(
        self, module: str, records: Sequence[Record], as_of: datetime | None
    ) -> list[Judged]:
        """Change the given fields of records (each with its ``id``).

        :param as_of: instant (UTC); a record changed later is left alone
            (``ChangedMeanwhile``).
        """
        headers = {"If-Unmodified-Since": iso(as_of)} if as_of else None
        return self._batches(
            records,
            lambda part: self._write(f"/{module}", "PUT", part, headers=headers),
        )

    def delete(
        self, module: str, keys: Sequence[str], as_of: Sequence[datetime]
    ) -> list[Judged]:
        """Move records to the recycle bin; one that is gone already counts as done.

        Zoho checks no condition here (2.6), so each hundred is looked at right
        before: a record changed after its ``as_of`` is left alone.
        """
        pairs = list(zip(keys, as_of, strict=True))
        return self._batches(pairs, lambda part: self._delete(module, part))

    def _delete(
        self, module: str, part: Sequence[tuple[str, datetime]]
    ) -> list[Judged]:
        try:
            there = self.by_ids(module, [key for key, _ in part], ["Modified_Time"])
            judged: list[Judged | None] = [
                _known(there.get(key), key, as_of) for key, as_of in part
            ]
        except Throttled as error:
            return [error] * len(part)
        except RetryLater as error:
            return not_sent(len(part), error)
        except SyncError as error:
            return [error] * len(part)
        send = [
            key for (key, _), found in zip(part, judged, strict=True) if found is None
        ]
        told: dict[str, Judged] = {}
        if send:
            params = {"ids": ",".join(send), "wf_trigger": "false"}
            answers = self._call(f"/{module}", "DELETE", len(send), params=params)
            told = dict(zip(send, answers, strict=True))
        results = [
            told[key] if found is None else found
            for (key, _), found in zip(part, judged, strict=True)
        ]
        return [
            Accepted(key) if isinstance(result, Gone) else result
            for (key, _), result in zip(part, results, strict=True)
        ]

    def _write(
        self,
        path: str,
        method: str,
        records: Sequence[Record],
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> list[Judged]:
        body = {"data": list(records), "trigger": [], **(more or {})}
        return self._call(path, method, len(records), headers=headers, body=body)

    def _call(
        self,
        path: str,
        method: str,
        count: int,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> list[Judged]:
        """One write of ``count`` records; an error of the call is each record's."""
        try:
            answer = self.session.write(
                path,
                params,
                method=method,
                headers=headers,
                body=body,
                cost=1 if body is None else -(-count // 10),
            )
        except SyncError as error:
            return [error] * count
        return judge_all(answer, count)

    def _batches(self, things: Sequence[Any], send: Any) -> list[Judged]:
        results: list[Judged] = []
        for start in range(0, len(things), BATCH):
            part = things[start : start + BATCH]
            results += send(part)
            stop = stopped(results[start:])
            rest = len(things) - len(results)
            if stop is not None and rest:
                return results + not_sent(rest, stop)
        return results


def quoted(text: str) -> str:
    """A text literal of a COQL query."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _about_limit(error: ApiRefused) -> bool:
    """Whether a query was refused for its page size; the code varies (4.3)."""
    return error.api_code == "LIMIT_EXCEEDED" or "limit" in str(error.details).lower()


def _known(record: Record | None, key: str, as_of: datetime) -> Judged | None:
    """What stands against deleting a record; ``None``: nothing."""
    if record is None:
        return Accepted(key)
    if modified_of(record) > as_of:
        return ChangedMeanwhile()
    return None


def _rows(answer: Answer) -> list[Record]:
    """The records of a list; none with 204 and 304.

    :raises RetryLater: the answer is no list.
    """
    if answer.data is None:
        return []
    rows = answer.data.get("data") if isinstance(answer.data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        detail = "a list without data"
        raise RetryLater(reason("unexpected_answer", server=SERVER, detail=detail))
    if not all(number(row.get("id")) for row in rows):
        detail = "a record without a proper id"
        raise RetryLater(reason("unexpected_answer", server=SERVER, detail=detail))
    return rows


def _info(answer: Answer) -> Mapping[str, Any]:
    found = answer.data.get("info") if isinstance(answer.data, dict) else None
    return found if isinstance(found, Mapping) else {}


def _next_token(answer: Answer) -> str:
    info = _info(answer)
    if not info.get("more_records"):
        return ""
    token = info.get("next_page_token")
    if not isinstance(token, str) or not token:
        detail = "more records without a page token"
        raise RetryLater(reason("unexpected_answer", server=SERVER, detail=detail))
    return token
