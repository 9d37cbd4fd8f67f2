"""Company names to Zoho accounts, many at a time.

Rests on the Zoho fact sheet, sections 2.5 (upsert on ``Account_Name``) and 4.3. An
upsert would also write its other fields into a company that exists, so the owner goes
along only where Zoho's own list has shown that there is none.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from ..errors import Duplicate, NotSent, Rejected, RetryLater, SyncError
from ..reasons import reason
from ..records.text import plain
from .judge import Accepted
from .metadata import Metadata
from .records import IN_VALUES, Record, Records, id_of, quoted
from .session import ApiRefused

_log = logging.getLogger(__name__)

MODULE = "Accounts"
NAME = "Account_Name"

#: A company's id, or why it has none.
Found = str | SyncError


class CompanyCache(Protocol):
    """Which company has which id, kept for the organisation. Batched."""

    def get_many(self, names: Collection[str]) -> dict[str, str]:
        """Ids of those names (as ``company_key`` makes them) that are known."""

    def put_many(self, ids: Mapping[str, str]) -> None:
        """Remember names and their ids."""

    def forget(self, ids: Collection[str]) -> None:
        """Drop companies: renamed, deleted, or refused by Zoho."""


def company_key(name: str) -> str:
    """A name as the cache knows it: Zoho does not tell upper from lower case."""
    return " ".join(plain(name).split()).casefold()


def cut(text: str, limit: int | None) -> str:
    """A text of at most ``limit`` characters; whether Zoho counts the rarer ones
    once or twice (UTF-16) is not documented, so they count twice."""
    if limit is None:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * limit:
        return text
    return units[: 2 * limit].decode("utf-16-le", "ignore").rstrip()


class Companies:
    """The companies of one organisation, for one run.

    :param create: make missing companies; otherwise they are only looked up.
    """

    def __init__(
        self,
        records: Records,
        metadata: Metadata,
        cache: CompanyCache,
        *,
        create: bool = True,
    ) -> None:
        self.records = records
        self.metadata = metadata
        self.cache = cache
        self.create = create
        self._all_known: bool | None = None
        # What this run found out itself: the cache may show it only to the next.
        self._fresh: dict[str, str] = {}
        self._stale: set[str] = set()

    def limit(self) -> int | None:
        """How many characters a company's name takes."""
        return self.metadata.fields(MODULE).length(NAME)

    def ids(self, names: Iterable[str], owner: str) -> dict[str, Found]:
        """The Zoho ids of companies.

        :param owner: Zoho user who owns what is created.
        :returns: name as given to id or error; an unknown one that may not be
            created is absent. The errors mean that nothing was sent for the contact.
        """
        asked = {name: company_key(name) for name in names}
        spelling = {key: name for name, key in asked.items() if key}
        found: dict[str, Found] = {**self._known(spelling)}
        missing = {k: v for k, v in spelling.items() if k not in found}
        if missing:
            found |= self._look_up(missing)
            missing = {k: v for k, v in missing.items() if k not in found}
        if missing and self.create:
            found |= self._make(missing, owner)
        return {name: found[key] for name, key in asked.items() if key in found}

    def forget(self, ids: Collection[str]) -> None:
        """Zoho did not take these ids: ask anew next time."""
        self._stale.update(ids)
        self._fresh = {k: v for k, v in self._fresh.items() if v not in self._stale}
        self.cache.forget(ids)

    # -- parts

    def _known(self, keys: Collection[str]) -> dict[str, str]:
        found = {key: self._fresh[key] for key in keys if key in self._fresh}
        rest = [key for key in keys if key not in found]
        kept = self.cache.get_many(rest) if rest else {}
        return found | {k: v for k, v in kept.items() if v not in self._stale}

    def _keep(self, ids: Mapping[str, str]) -> None:
        if ids:
            self._fresh.update(ids)
            self._stale.difference_update(ids.values())
            self.cache.put_many(ids)

    def _look_up(self, missing: Mapping[str, str]) -> dict[str, str]:
        """Ask Zoho; one short list spares all questions where it is complete."""
        found: dict[str, str] = {}
        if self._all_known is None:
            page = self.records.first_page(MODULE, [NAME])
            self._all_known = not page.token
            self._remember(page.records, found)
        rest = [name for key, name in missing.items() if key not in found]
        if not self._all_known:
            for start in range(0, len(rest), IN_VALUES):
                self._remember(self._query(rest[start : start + IN_VALUES]), found)
        return {key: found[key] for key in missing if key in found}

    def _query(self, names: list[str]) -> list[Record]:
        listed = ", ".join(quoted(name) for name in names)
        text = f"select {NAME} from {MODULE} where {NAME} in ({listed}) limit 200"
        try:
            return self.records.query(text)[0]
        except ApiRefused as error:
            # A name that the query language cannot hold: the upsert finds it.
            _log.info("companies could not be queried: %s", error.api_code)
            return []

    def _remember(self, rows: Iterable[Record], found: dict[str, str]) -> None:
        """Of namesakes the oldest counts, so that it is the same one each time."""
        new: dict[str, str] = {}
        for row in rows:
            key, number = company_key(str(row.get(NAME) or "")), str(row.get("id"))
            if key and (key not in new or int(number) < int(new[key])):
                new[key] = number
        found.update(new)
        self._keep(new)

    def _make(self, missing: Mapping[str, str], owner: str) -> dict[str, Found]:
        owned = {"Owner": {"id": owner}} if self._all_known else {}
        limit = self.limit()
        bodies = [{NAME: cut(name, limit), **owned} for name in missing.values()]
        judged = self.records.upsert(MODULE, bodies, NAME)
        found: dict[str, Found] = {}
        fresh: dict[str, str] = {}
        inserted: list[Record] = []
        for (key, name), result in zip(missing.items(), judged, strict=True):
            if isinstance(result, Accepted):
                found[key] = fresh[key] = result.key
                if result.action == "insert" and not owned:
                    inserted.append({"id": result.key, "Owner": {"id": owner}})
            else:
                found[key] = _explain(name, result)
        self._keep(fresh)
        self._give(inserted)
        return found

    def _give(self, inserted: Sequence[Record]) -> None:
        """New companies go to the account's user; that they exist is what counts."""
        for result in self.records.update(MODULE, inserted, None):
            if not isinstance(result, Accepted):
                _log.warning("a new company kept its owner: %s", result.reason.code)


def _explain(name: str, result: SyncError) -> Found:
    """Why a contact must wait for its company."""
    if isinstance(result, Duplicate) and result.key:
        return result.key
    if isinstance(result, RetryLater):
        # An upsert may be repeated, and the contact itself was not sent.
        return NotSent(result.reason, result.after)
    if isinstance(result, Rejected):
        why = reason("zoho_company_refused", company=name[:80], detail=result.reason)
        return Rejected(why, NAME)
    return result


def learn(cache: CompanyCache, rows: Iterable[Record]) -> None:
    """Take over companies that the feed brought: new, renamed.

    Of namesakes the oldest counts, here too.
    """
    names: dict[str, str] = {}
    numbers = set()
    for row in sorted(rows, key=lambda row: int(id_of(row) or 0)):
        number = id_of(row)
        numbers.add(number)
        key = company_key(str(row.get(NAME) or ""))
        if key:
            names.setdefault(key, number)
    cache.forget(numbers)
    known = cache.get_many(names)
    cache.put_many({key: n for key, n in names.items() if key not in known})
