"""What servers say of time: dates of HTTP, instants in JSON, how long to wait.

Whatever they say, an instant is in UTC and a wait is bounded.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Seconds after which a server is asked again, however long it wants us to wait: a
#: day's limit is over by then.
LONGEST_WAIT = 24 * 3600.0


def http_date(text: str | None) -> datetime | None:
    """An HTTP date (RFC 1123) as an instant; ``None`` when it is none."""
    try:
        moment = parsedate_to_datetime(text or "")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ArithmeticError, IndexError, TypeError, ValueError):
        return None


def from_iso(text: object) -> datetime | None:
    """An instant of ISO text with an offset (``2026-08-21T20:21:00Z``); ``None`` when
    it is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def bounded_wait(seconds: float) -> float:
    """Seconds to wait, neither less than none nor more than a day."""
    return float(min(max(0, seconds), LONGEST_WAIT))


def retry_after(text: str, now: datetime) -> float | None:
    """Seconds that ``Retry-After`` asks to wait, in seconds or until a date; ``None``
    when it says neither.

    :param now: the server's clock.
    """
    text = text.strip()
    if text.isdecimal():
        return bounded_wait(float(text[:12]))
    until = http_date(text)
    return None if until is None else bounded_wait((until - now).total_seconds())
