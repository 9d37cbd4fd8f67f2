"""What calls of the API cost, and what an organisation may spend. Pure.

Rests on the Zoho fact sheet, section 5.1: credits count over the last 24 hours, and
Zoho tells of them only when half are used; so what was spent here is counted here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

DAY = timedelta(hours=24)

#: Edition, as Zoho names it, to credits a day: base, more for each user, ceiling.
_EDITIONS: Mapping[str, tuple[int, int, int | None]] = {
    "free": (5_000, 0, 5_000),
    "standard": (50_000, 250, 100_000),
    "starter": (50_000, 250, 100_000),
    "professional": (50_000, 500, 3_000_000),
    "enterprise": (50_000, 1_000, 5_000_000),
    "zohoone": (50_000, 1_000, 5_000_000),
    "ultimate": (50_000, 2_000, None),
    "crmplus": (50_000, 2_000, None),
}


def allowance(edition: str, users: int) -> int | None:
    """Credits that an organisation may spend in 24 hours; ``None``: not known.

    :param users: licences bought.
    """
    known = _EDITIONS.get("".join(edition.lower().split()))
    if known is None:
        return None
    base, each, ceiling = known
    granted = base + each * users
    return granted if ceiling is None else min(granted, ceiling)


def add(hours: Mapping[str, int], credits: int, now: datetime) -> dict[str, int]:
    """Hours with what was spent in each, without those that count no more.

    :param now: when the credits were spent (UTC).
    """
    name = now.astimezone(UTC).strftime("%Y-%m-%dT%H:00+00:00")
    found = {hour: n for hour, n in hours.items() if _counts(hour, now)}
    found[name] = found.get(name, 0) + credits
    return found


def spent(hours: Mapping[str, int], now: datetime) -> int:
    """Credits spent in the last 24 hours, to the hour.

    :param hours: as ``add`` made them.
    """
    return sum(number for hour, number in hours.items() if _counts(hour, now))


def _counts(hour: str, now: datetime) -> bool:
    return datetime.fromisoformat(hour) > now - DAY
