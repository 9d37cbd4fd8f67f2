"""The judge finds what is doubled, lost or broken, and nothing where all is well."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.common import ControlClient
from tests.simulators.domino import DominoSimulator
from tests.simulators.zoho import ZohoSimulator

from . import verdict
from .plot import ANNA, Plot


@pytest.fixture
def plot() -> Any:
    domino, zoho = DominoSimulator(auth="session"), ZohoSimulator()
    with domino, zoho:
        plot = Plot(domino, zoho)
        plot.seed()
        yield plot


def _look(plot: Plot) -> tuple[Any, Any]:
    domino, zoho = (ControlClient(server.url).dump() for server in plot.servers)
    return domino, zoho


def _found(plot: Plot, before: Any) -> list[str]:
    return verdict.differences(verdict.meaning(*_look(plot)), before)


def test_the_same_is_the_same(plot: Plot) -> None:
    before = verdict.meaning(*_look(plot))
    for server in plot.servers:
        server.clock.advance(minutes=20)
    assert _found(plot, before) == []


def test_a_record_made_again_is_the_same_one(plot: Plot) -> None:
    before = verdict.meaning(*_look(plot))
    plot.zoho.purge("Tasks", plot.crm["k-edited"])
    plot.task(ANNA, "k-edited")
    assert _found(plot, before) == []


def test_a_twin_is_found_on_either_side(plot: Plot) -> None:
    before = verdict.meaning(*_look(plot))
    plot.task(ANNA, "k-edited")
    plot.domino.copy(plot.notes["n-edited"])
    plot.event(ANNA, "e-both", 5, reminder=15)
    found = [words for words in _found(plot, before) if '"calendar"' not in words]
    assert [words.split(" x ")[0] for words in found] == ["too many: 1"] * 3


def test_what_is_lost_or_reverted_is_found(plot: Plot) -> None:
    before = verdict.meaning(*_look(plot))
    plot.domino.delete(plot.notes["t-done"])
    plot.zoho.edit("Contacts", plot.crm["c-edited"], Mobile="+49 171 0000000")
    found = _found(plot, before)
    assert any("lost" in words and "t-done" in words for words in found)
    assert any("lost" in words and "c-edited" in words for words in found)
    assert any("too many" in words and "0000000" in words for words in found)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("contact", "linked", "UNID", "ID", False, False, False, False), None),
        (("contact", "deleted", "x", "y", False, False, True, True), None),
        (("contact", "linked", "x", "ID", False, False, False, False), "in Notes"),
        (("contact", "linked", "UNID", "x", False, False, False, False), "in Zoho"),
        (("contact", "linked", "UNID", "ID", True, False, False, False), "intent"),
        (("contact", "linked", "UNID", "ID", False, True, False, False), "waits"),
    ],
)
def test_a_link_is_whole_or_it_is_told(
    plot: Plot, row: tuple[Any, ...], told: str | None
) -> None:
    known = {"UNID": plot.notes["n-edited"], "ID": plot.crm["c-edited"]}
    rows = [tuple(known.get(each, each) for each in row)]
    found = verdict.broken_links(lambda _: rows, *_look(plot))
    assert [told in words for words in found] == [True] * (told is not None)


def test_a_mail_sent_twice_is_seen() -> None:
    mail = {"notice": "I", "to": "gast@auswaerts.example", "subject": "Einladung"}
    assert verdict.mails([mail, mail]) != verdict.mails([mail])
