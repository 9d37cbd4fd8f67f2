"""Keys of calendar entries: the UID, and for an instance of a series its original time.

A key is ``<uid>`` or ``<uid>/<recurrence id>``; recurrence ids as the calendar writes
them: ``20170503T073000Z``, of whole days ``20170503`` (DAS calendar service, event).
"""

from __future__ import annotations

import re

_INSTANCE = re.compile(r"/(\d{8}(?:T\d{6}Z)?)$")


def join(uid: str, recurrence_id: str = "") -> str:
    """The key of an entry, or of an instance of a series."""
    return f"{uid}/{recurrence_id}" if recurrence_id else uid


def split(key: str) -> tuple[str, str]:
    """UID and recurrence id; the latter empty for an entry that does not repeat."""
    found = _INSTANCE.search(key)
    return (key[: found.start()], found.group(1)) if found else (key, "")


def series_of(key: str) -> str:
    """The UID: what all instances of a series have in common."""
    return split(key)[0]
