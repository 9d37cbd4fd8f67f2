"""Zoho's feed, pulled once per organisation whatever the users do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from .item import FeedPage, FeedRow
from .ports import FeedPort, FeedStore

OVERLAP = timedelta(minutes=5)
#: A version this young may still change within its second.
SETTLED = timedelta(seconds=2)
#: Zoho forgets deletions after 60 days; before that the ids are compared.
STALE = timedelta(days=50)


def pull(
    feed: FeedPort, store: FeedStore, modules: Sequence[str], start: datetime
) -> list[str]:
    """Store what was modified or deleted since the last pull.

    :param start: Zoho's clock (UTC): where a module's feed begins that has none yet.
    :returns: modules whose cursor is so old that deletions may be missing from the
        feed; their accounts must compare ids.
    :raises SyncError: pages stored so far stay; the cursor moves only with the last.
    """
    stale = []
    for module in modules:
        cursor = store.cursor(module)
        since = datetime.fromisoformat(cursor["since"]) if cursor else start
        if start - since > STALE:
            stale.append(module)
        seen: dict[str, str] = cursor.get("seen", {})
        first, seen_now = _walk(store, feed.modified, module, since, seen)
        if cursor:  # before the beginning nothing is linked that could be deleted
            _, gone_now = _walk(store, feed.deleted, module, since, seen, first)
            seen_now |= gone_now
        store.set_cursor(module, {"since": first.isoformat(), "seen": seen_now})
        store.commit()
    return stale


def _walk(
    store: FeedStore,
    page_of: Callable[[str, datetime, str], FeedPage],
    module: str,
    since: datetime,
    seen: dict[str, str],
    first: datetime | None = None,
) -> tuple[datetime, dict[str, str]]:
    """All pages of one list.

    :param first: the pull's instant, if an earlier list began it; rows carry it,
        since what they say may be that old.
    :returns: Zoho's clock at the first answer, and what was seen (key to hash).
    """
    seen_now: dict[str, str] = {}
    token = ""
    while True:
        page = page_of(module, since - OVERLAP, token)
        first = first or page.began
        fresh = []
        for row in page.rows:
            mark = f"{'-' if row.deleted else ''}{row.key}"
            digest = _digest(row)
            if seen.get(mark) != digest:
                fresh.append(row)
            if page.began - row.modified >= SETTLED:
                seen_now[mark] = digest
        store.keep(fresh, first)
        token = page.more
        if not token:
            return first, seen_now
        store.commit()


def _digest(row: FeedRow) -> str:
    data: Any = row.modified.isoformat() if row.deleted else row.record
    text = json.dumps(data, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
