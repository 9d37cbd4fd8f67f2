"""What a simulator saw: requests with counts per route, and mails it would send."""

from __future__ import annotations

import builtins
import threading
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class LogEntry:
    """One request and its answer; `status` 0 means that no answer was sent."""

    n: int
    time: datetime
    method: str
    route: str
    path: str
    query: str
    status: int
    user: str
    bytes: int
    write: bool
    fault: str = ""
    request_body: builtins.bytes | None = None
    response_body: builtins.bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """A JSON-able form without bodies and headers."""
        row = asdict(self)
        for key in ("request_body", "response_body", "headers"):
            del row[key]
        row["time"] = self.time.isoformat()
        return row


class RequestLog:
    """All requests since the last `clear`. Control calls are not logged.

    `keep_bodies` also keeps headers and both bodies of later requests.
    """

    def __init__(self, *, keep_bodies: bool = False) -> None:
        self.keep_bodies = keep_bodies
        self.entries: list[LogEntry] = []
        self.mails: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._n = 0

    def add(self, **values: Any) -> LogEntry:
        """Appends one entry; its number goes on counting over `clear`."""
        with self._lock:
            self._n += 1
            entry = LogEntry(n=self._n, **values)
            self.entries.append(entry)
            return entry

    def mail(self, **values: Any) -> None:
        """Notes a mail that the server would have sent."""
        with self._lock:
            self.mails.append(values)

    def select(
        self, route: str | None = None, method: str | None = None
    ) -> list[LogEntry]:
        """Entries of a route and/or method, oldest first."""
        with self._lock:
            return [
                e
                for e in self.entries
                if (route is None or e.route == route)
                and (method is None or e.method == method)
            ]

    def count(self, route: str | None = None, method: str | None = None) -> int:
        """Number of requests, of a route and/or method."""
        return len(self.select(route, method))

    def counts(self) -> dict[str, int]:
        """Number of requests per `METHOD route`."""
        with self._lock:
            return dict(Counter(f"{e.method} {e.route}" for e in self.entries))

    def writes(self) -> int:
        """Number of requests that asked for a change, whatever became of them."""
        with self._lock:
            return sum(e.write for e in self.entries)

    def clear(self) -> None:
        """Forgets requests and mails."""
        with self._lock:
            self.entries.clear()
            self.mails.clear()
