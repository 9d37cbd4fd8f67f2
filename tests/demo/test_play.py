"""The whole story without Odoo, on days of all sorts: both stores agree in the end."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.demo import calendars, compare, story
from tests.demo.odoo_side import PAUSE_MINUTES
from tests.engine.http_world import WORLDS, HttpBench
from tests.simulators.common import ControlClient


class Account(HttpBench):
    """The account of one of the story's people.

    :param beside: an account whose servers it shares; without, they are made and
        filled with what the story begins with.
    """

    def __init__(
        self, hero: story.Hero, at: datetime, beside: Account | None = None
    ) -> None:
        self.hero = hero
        super().__init__(
            zoho={"unique_email": True},
            kinds=("contact", "task", "event"),
            user=hero.name,
            choice=hero.event_range,
            back=365,
            ahead=365,
            at=at,
            beside=beside,
            direction=hero.direction,
            policy=hero.policy,
        )
        self.password = story.PASSWORD
        self.old_task_days = 30

    def _register(self, kinds: Any) -> None:
        if self._own_servers:
            today = self.clock.at.astimezone(calendars.BERLIN).date()
            self.plot = story.seed(*self.controls, today)
        self.email, self.mail_file = self.hero.email, self.hero.mail_file
        owner = self.crm.world.user(self.email).id
        self.worlds = {
            kind: (
                WORLDS[kind][0](self.domino, self.clock, self.faults, self.mail_file),
                WORLDS[kind][1](self.crm, self.clock, self.faults, owner, self.other),
            )
            for kind in kinds
        }
        self.notes, self.zoho = self.worlds[kinds[0]]

    @property
    def controls(self) -> tuple[ControlClient, ControlClient]:
        """The two systems as the story's people reach them."""
        return ControlClient(self.domino.url), ControlClient(self.crm.url)


def _round(accounts: list[Account]) -> None:
    accounts[0].clock.tick(60 * PAUSE_MINUTES)
    for account in accounts:
        result = account.run()
        assert getattr(result, "finished", False), result
        assert not result.held


@pytest.mark.parametrize(
    "day",
    [
        "2026-10-20",  # clocks go back, here and a week later in New York
        "2027-03-10",  # clocks go forward, in New York first
        "2027-03-31",  # no such day a month before
        "2028-02-29",
    ],
)
def test_the_story_ends_in_agreement_whenever_it_is_played(
    day: str, tmp_path: Path
) -> None:
    at = datetime.fromisoformat(f"{day}T21:00:00").replace(tzinfo=UTC)
    with ExitStack() as stack:
        first = Account(story.HEROES[0], at)
        accounts = [first, *(Account(h, at, first) for h in story.HEROES[1:])]
        for account in reversed(accounts):
            stack.callback(account.close)
        domino, zoho = first.controls
        _round(accounts)
        first.clock.tick(60 * PAUSE_MINUTES)
        story.edit(domino, zoho, first.plot)
        accounts.sort(key=lambda account: account.hero.login != first.plot.leaver)
        _round(accounts)
        story.unlock(zoho, first.plot)
        for _ in range(2):
            _round(accounts)
        before = [simulator.log()["writes"] for simulator in (domino, zoho)]
        story.receive(domino, 1)
        _round(accounts)
        after = [simulator.log()["writes"] for simulator in (domino, zoho)]
        story.save(tmp_path / "story.json", first.plot)
        told = json.loads((tmp_path / "story.json").read_text(encoding="utf-8"))
        assert compare.compare(first.domino.url, first.crm.url, told) == []
        assert after == before
