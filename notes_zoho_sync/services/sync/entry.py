"""What happened to one record in a run, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..reasons import Reason
from .link import Link, SideName

Outcome = Literal[
    "created", "updated", "deleted", "skipped", "conflict", "failed", "held"
]


@dataclass(frozen=True)
class Entry:
    """One line of a run's report.

    :param target: the side that was, or would have been, written to.
    :param title: what people call the record; empty for a private one.
    :param values: plain JSON for *Restore*: for a conflict
        ``{unit: {"kept": ..., "lost": ...}}``, for a lost edit or a deletion
        ``{unit: {"lost": ...}}``.
    :param remarks: what of the record could not be carried.
    """

    kind: str
    outcome: Outcome
    target: SideName
    title: str
    reason: Reason | None = None
    remarks: tuple[Reason, ...] = ()
    link: Link | None = None
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
