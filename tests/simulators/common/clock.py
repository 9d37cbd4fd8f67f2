"""A clock that tests can move."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime


class Clock:
    """The simulated server's time: ticks by default, can be moved and frozen."""

    def __init__(self, start: datetime | None = None, *, frozen: bool = False) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta()
        self._frozen: datetime | None = None
        if start is not None:
            self.set(start)
        if frozen:
            self.freeze(start)

    def now(self) -> datetime:
        """The simulated instant, aware, in UTC."""
        with self._lock:
            return self._now()

    def _now(self) -> datetime:
        if self._frozen is not None:
            return self._frozen
        return datetime.now(UTC) + self._offset

    def set(self, instant: datetime) -> None:
        """Moves the clock to an aware instant; it goes on ticking unless frozen.

        Raises ValueError for a naive datetime.
        """
        if instant.tzinfo is None:
            raise ValueError("the clock takes aware datetimes only")
        instant = instant.astimezone(UTC)
        with self._lock:
            if self._frozen is not None:
                self._frozen = instant
            else:
                self._offset = instant - datetime.now(UTC)

    def advance(self, **delta: float) -> datetime:
        """Moves the clock by timedelta keywords (negative allowed)."""
        step = timedelta(**delta)
        with self._lock:
            if self._frozen is not None:
                self._frozen += step
            else:
                self._offset += step
            return self._now()

    def freeze(self, instant: datetime | None = None) -> None:
        """Stops the clock, at `instant` or where it stands."""
        with self._lock:
            self._frozen = (
                instant.astimezone(UTC) if instant is not None else self._now()
            )

    def unfreeze(self) -> None:
        """Lets a frozen clock tick on from where it stands."""
        with self._lock:
            if self._frozen is not None:
                self._offset = self._frozen - datetime.now(UTC)
                self._frozen = None

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen is not None

    def http_date(self) -> str:
        """Now, as an HTTP `Date` header."""
        return format_datetime(self.now().replace(microsecond=0), usegmt=True)
