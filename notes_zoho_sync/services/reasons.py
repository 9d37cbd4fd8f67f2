"""Every sentence that the service layer says to a person, in one table.

A reason is a code with parameters, so that it can be stored, searched, counted
and translated; its English text comes from ``TEXTS``. Parameters never hold a
secret, and never a value of a private record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TEXTS: dict[str, str] = {}


def register(texts: Mapping[str, str]) -> None:
    """Add sentences; a code belongs to one place only."""
    clash = TEXTS.keys() & texts.keys()
    if clash:
        raise ValueError(f"reason codes defined twice: {sorted(clash)}")
    TEXTS.update(texts)


@dataclass(frozen=True)
class Reason:
    """Why something happened or did not: a code of ``TEXTS`` and its values."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in TEXTS:
            raise KeyError(f"unknown reason code {self.code!r}")

    def __str__(self) -> str:
        return TEXTS[self.code] % self.params

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted(self.params.items()))))

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Reason | None:
        if not data:
            return None
        return cls(data["code"], dict(data.get("params") or {}))


def reason(code: str, **params: object) -> Reason:
    """A reason with its parameters as text."""
    return Reason(code, {name: str(value) for name, value in params.items()})
