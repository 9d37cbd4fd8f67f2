"""What a run would do, without doing it: ports that read but do not write.

The engine runs as ever; the caller's store must not make anything durable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from ..records import Values
from .item import Change, NewRecord, Removal, Written
from .ports import NotesPort, Result, ZohoPort

#: How keys begin that a preview makes up.
MADE_UP = "preview:"


class _Dry:
    """Answers every write as if it had been done."""

    def __init__(self, port: Any) -> None:
        self._port = port
        # No two previews at once may take each other's keys for the same record's.
        self._name = f"{MADE_UP}{uuid4()}"
        self._made = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def create(self, kind: str, records: Sequence[NewRecord]) -> list[Result]:
        version = self._port.now().isoformat()
        results: list[Result] = []
        for _ in records:
            self._made += 1
            results.append(Written(f"{self._name}:{self._made}", version, version))
        return results

    def update(self, kind: str, changes: Sequence[Change]) -> list[Result]:
        return [Written(change.key, change.version, "") for change in changes]

    def delete(self, kind: str, removals: Sequence[Removal]) -> list[Result]:
        return [Written(removal.key, removal.version, "") for removal in removals]

    def take_over(self, kind: str, keys: Sequence[str]) -> list[Result]:
        version = self._port.now().isoformat()
        return [Written(key, version, version) for key in keys]

    def prepare(self, kind: str, values: Sequence[Values]) -> None:
        """Companies are made only when it is meant."""


def dry(notes: NotesPort, zoho: ZohoPort) -> tuple[NotesPort, ZohoPort]:
    """Both sides, read-only."""
    left: Any = _Dry(notes)
    right: Any = _Dry(zoho)
    return left, right
