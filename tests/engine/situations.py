"""Which situations the random tests met; a test that never met one proves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping


class Situations:
    """Named situations that must occur, with how often they did."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.met: Counter[str] = Counter()

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def count(self, met: Mapping[str, int]) -> None:
        self.met.update(met)

    def never(self) -> list[str]:
        return [name for name in self.names if not self.met[name]]


SITUATIONS = Situations(
    (
        "ambiguous",
        "both_changed",
        "brought back a record",
        "brought back a value",
        "brought_back",
        "confirmed",
        "crash after commit",
        "crash after writing notes",
        "crash after writing zoho",
        "crash before commit",
        "crash before reading notes",
        "crash before writing notes",
        "crash before writing zoho",
        "cut and pasted",
        "delete_won",
        "direction",
        "direction changed",
        "dismissed",
        "edit_won",
        "edited in mid-run",
        "edited on both sides",
        "ended by NotSent",
        "ended by OutcomeUnknown",
        "ended by RetryLater",
        "held run",
        "held_deletes",
        "linked by a person",
        "locked unit",
        "metadata changed",
        "not_carried",
        "owner changed",
        "owner changed back",
        "owner_changed",
        "policy changed",
        "previewed",
        "process died",
        "rejected",
        "restored",
        "same person on both sides",
        "set apart",
        "slice over",
        "source_wins",
        "target_deleted",
        "turned private",
        "turned public",
    )
)

CALENDAR_SITUATIONS = Situations(
    (
        "2 mails",
        "40 mails",
        "both_changed",
        "brought back a record",
        "brought back a value",
        "brought_back",
        "confirmed",
        "crash after commit",
        "crash after writing notes",
        "crash after writing zoho",
        "crash before commit",
        "crash before reading notes",
        "crash before writing notes",
        "crash before writing zoho",
        "cut and pasted",
        "direction changed",
        "dismissed",
        "edited in mid-run",
        "ended by NotSent",
        "ended by OutcomeUnknown",
        "ended by RetryLater",
        "entry became a series",
        "held run",
        "instance cancelled",
        "instance moved",
        "kept",
        "meeting",
        "not_carried",
        "owner changed",
        "policy changed",
        "previewed",
        "private_copy",
        "process died",
        "range changed",
        "restored",
        "same event on both sides",
        "series",
        "series edited",
        "series made anew",
        "slice over",
        "turned private",
        "turned public",
    )
)

TASK_SITUATIONS = Situations(
    (
        "ambiguous",
        "both_changed",
        "brought back a record",
        "brought back a value",
        "brought_back",
        "completed",
        "confirmed",
        "crash after commit",
        "crash after writing notes",
        "crash after writing zoho",
        "crash before commit",
        "crash before reading notes",
        "crash before writing notes",
        "crash before writing zoho",
        "cut and pasted",
        "delete_won",
        "direction",
        "direction changed",
        "dismissed",
        "edit_won",
        "edited in mid-run",
        "edited on both sides",
        "ended by NotSent",
        "ended by OutcomeUnknown",
        "ended by RetryLater",
        "fake_old",
        "held run",
        "held_deletes",
        "kept",
        "linked by a person",
        "locked unit",
        "not_carried",
        "owner changed back",
        "owner_changed",
        "policy changed",
        "previewed",
        "private_copy",
        "process died",
        "rejected",
        "reminder set in notes",
        "reminder set in zoho",
        "reopened",
        "reopened after long",
        "repeating",
        "restored",
        "same task on both sides",
        "set apart",
        "slice over",
        "source_wins",
        "target_deleted",
        "turned private",
        "turned public",
    )
)
