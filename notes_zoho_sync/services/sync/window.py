"""The stretch of time whose events are synced. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from ..records.base import Span

Range = Literal["all", "today", "last_month"]

#: The calendar's list holds what *starts* in the range asked for, so it is asked for
#: from a day before (DAS calendar service, list).
LEAD = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """From the start of a day to the start of another, in the account's zone.

    :param name: the settings it was made from; another name is another choice of the
        user's, the same name on another day has only moved on.
    """

    since: datetime
    until: datetime
    zone: ZoneInfo
    name: str = ""

    def overlaps(self, span: Span) -> bool:
        """Whether something takes place inside, at least in part."""
        start, end = self._instants(span)
        return start < self.until and (end > self.since or start >= self.since)

    def is_past(self, span: Span) -> bool:
        """Whether it was over before the window; it can enter only by being moved."""
        start, end = self._instants(span)
        return end <= self.since and start < self.since

    def is_listed(self, span: Span) -> bool:
        """Whether the calendar's list of the window must show it."""
        start, _ = self._instants(span)
        return self.since - LEAD <= start < self.until and self.overlaps(span)

    def _instants(self, span: Span) -> tuple[datetime, datetime]:
        start, end = span
        return self._instant(start), self._instant(end, last=True)

    def _instant(self, moment: date | datetime, last: bool = False) -> datetime:
        if isinstance(moment, datetime):
            return moment
        return midnight(moment + timedelta(days=1) if last else moment, self.zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a day begins in a zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def window_for(
    choice: Range, now: datetime, zone: ZoneInfo, back: int = 365, ahead: int = 365
) -> Window:
    """The window of a day.

    :param now: instant (aware).
    :param back: days, for *all*.
    :param ahead: days.
    """
    today = now.astimezone(zone).date()
    if choice == "all":
        first = today - timedelta(days=back)
    elif choice == "last_month":
        first = today - relativedelta(months=1)
    else:
        first = today
    last = today + timedelta(days=ahead)
    return Window(
        midnight(first, zone),
        midnight(last, zone),
        zone,
        f"{choice}:{back}:{ahead}:{zone.key}",
    )
