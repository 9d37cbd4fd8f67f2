"""API credits of a rolling day, and what a call costs (section 5.1)."""

from __future__ import annotations

import math
from collections import Counter, deque

from .knobs import EDITIONS, Knobs
from .world import DAY


class Credits:
    """Counts credits. `by_route` goes on counting until `clear`."""

    def __init__(self, knobs: Knobs) -> None:
        self.knobs = knobs
        self.by_route: Counter[str] = Counter()
        self._spent: deque[tuple[float, int]] = deque()
        self._sum = 0

    @property
    def limit(self) -> int:
        """Credits a day: the knob, or what edition and licences grant."""
        if self.knobs.daily_limit is not None:
            return self.knobs.daily_limit
        base, each, cap, _ = EDITIONS[self.knobs.edition]
        granted = base + each * self.knobs.licenses
        return granted if cap is None else min(granted, cap)

    @property
    def total(self) -> int:
        """Credits spent since the last `clear`, whatever their age."""
        return sum(self.by_route.values())

    def used(self, now: float) -> int:
        """Credits spent in the last 24 hours."""
        while self._spent and self._spent[0][0] <= now - DAY:
            self._sum -= self._spent.popleft()[1]
        return self._sum

    def remaining(self, now: float) -> int:
        """Credits left."""
        return max(0, self.limit - self.used(now))

    def spend(self, route: str, cost: int, now: float) -> bool:
        """Charges a call; False where the day's credits are used up."""
        if self.used(now) + cost > self.limit:
            return False
        self._spent.append((now, cost))
        self._sum += cost
        self.by_route[route] += cost
        return True

    def clear(self) -> None:
        """Starts counting anew."""
        self.by_route.clear()
        self._spent.clear()
        self._sum = 0


def records_cost(count: int) -> int:
    """Insert, update and upsert: one credit for ten records."""
    return max(1, math.ceil(count / 10))
