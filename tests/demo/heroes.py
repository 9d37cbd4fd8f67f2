"""Licensed users on all three systems, and what is told of them.

The comparer and Odoo's side of the demo want to know the same of every story.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

COMPANY = "Fjordlicht Handels GmbH"


@dataclass(frozen=True)
class Hero:
    """A licensed user, on all three systems."""

    login: str
    first: str
    last: str
    direction: str
    policy: str
    event_range: str

    @property
    def name(self) -> str:
        """The name as Notes and Odoo have it."""
        return f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        """The address that Zoho and Odoo know."""
        return f"{self.login}@fjordlicht.example"

    @property
    def mail_file(self) -> str:
        """The path of the mail file."""
        return f"mail/{self.login}.nsf"


def told(
    heroes: Sequence[Hero], password: str, day: str, apart: list[dict[str, Any]]
) -> dict[str, Any]:
    """What the comparer, and Odoo's side of the demo, want to know of a story.

    :param day: ISO date from which the calendars count.
    :param apart: the records that are left as they are on purpose.
    """
    return {
        "company": COMPANY,
        "password": password,
        "day": day,
        "accounts": [
            {
                "login": hero.login,
                "mail_file": hero.mail_file,
                "owner": hero.email,
                "direction": hero.direction,
                "event_range": hero.event_range,
            }
            for hero in heroes
        ],
        "heroes": [
            {
                "login": hero.login,
                "name": hero.name,
                "email": hero.email,
                "direction": hero.direction,
                "policy": hero.policy,
                "event_range": hero.event_range,
            }
            for hero in heroes
        ],
        "apart": apart,
    }
