"""What a user chose and an administrator set, as the engine needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .link import SideName
from .window import Window

Direction = Literal["notes_to_zoho", "zoho_to_notes", "two_way"]
Policy = Literal["zoho_wins", "notes_wins"]


def writes_to(direction: str, side: SideName) -> bool:
    """Whether a direction allows writing to ``side``."""
    return direction == "two_way" or direction.endswith(f"to_{side}")


@dataclass(frozen=True)
class AccountSettings:
    """Settings of one account.

    :param kinds: kinds to sync, in run order.
    :param zoho_user: Zoho id of the account's user; owner of what is created.
    :param zgid: Zoho's organisation id.
    :param integration_user: Zoho id of the user who owns the grant.
    :param installation: this addon's installation (UUID).
    :param accepted: other installations whose documents were taken over.
    :param source: identity of server and mail file; another one means another
        address book, and links become hints.
    :param window: what of a calendar is synced; ``None``: no events are.
    :param bins_private: whether the CRM's copy of a task or event that turns private
        in Notes goes to its recycle bin.
    """

    zoho_user: str
    zgid: str
    integration_user: str
    installation: str
    source: str
    kinds: tuple[str, ...] = ("contact",)
    direction: Direction = "two_way"
    policy: Policy = "zoho_wins"
    accepted: frozenset[str] = frozenset()
    window: Window | None = None
    bins_private: bool = True

    def may_write(self, side: SideName) -> bool:
        """Whether the direction allows writing to ``side``."""
        return writes_to(self.direction, side)

    @property
    def source_side(self) -> SideName | None:
        """The side that is never written to; ``None`` when two-way."""
        if self.direction == "two_way":
            return None
        return "notes" if self.direction == "notes_to_zoho" else "zoho"

    @property
    def winner(self) -> SideName:
        """Whose value stands when both sides changed the same unit."""
        if self.source_side is not None:
            return self.source_side
        return "zoho" if self.policy == "zoho_wins" else "notes"
