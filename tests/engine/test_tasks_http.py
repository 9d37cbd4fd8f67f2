"""What a run does with to-dos over HTTP, beyond what the machine meets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from notes_zoho_sync.services.errors import Misconfigured
from notes_zoho_sync.services.records.task import TaskDates
from notes_zoho_sync.services.sync.person import restore
from notes_zoho_sync.services.sync.run import RunResult

from .http_world import HttpBench


@pytest.fixture
def bench() -> Iterator[HttpBench]:
    made = HttpBench(kinds=("task",))
    yield made
    made.close()


def settle(bench: HttpBench, runs: int = 2) -> None:
    for _ in range(runs):
        result = bench.run()
        assert isinstance(result, RunResult), result
        bench.clock.tick(400)


def test_rules_that_the_view_does_not_list_stop_nothing(bench: HttpBench):
    """The view shows the dates of a repeating to-do, their rule is known of by the
    list of changed documents alone."""
    bench.notes.person_creates(subject="First", dates=TaskDates())
    settle(bench)
    for number in range(5):
        days = [TaskDates(due=date(2026, 3, 5 + 7 * n)) for n in range(2)]
        bench.notes.person_makes_repeating(days, subject=f"Weekly {number}")
    settle(bench)
    bench.clock.tick(25 * 3600)
    settle(bench)
    assert len(bench.zoho.live()) == 1 + 5 * 2
    assert bench.idle_writes() == 0


def test_a_view_that_loses_what_is_still_there_deletes_nothing(bench: HttpBench):
    for number in range(6):
        bench.notes.person_creates(subject=f"To do {number}", dates=TaskDates())
    settle(bench)
    file = bench.domino.world.file(bench.mail_file)
    view = file.view("($ToDo)")
    view.selects = lambda document: False
    for document in list(file.documents.values()):
        view.refresh(document, True)
    bench.clock.tick(25 * 3600)
    error = bench.run()
    assert isinstance(error, Misconfigured)
    assert error.reason.code == "view_untrusted"
    assert len(bench.zoho.live()) == 6


@pytest.mark.parametrize("side", ["notes", "zoho"])
def test_what_came_back_by_itself_is_not_made_again(bench: HttpBench, side: str):
    """Somebody takes it out of the trash, somebody else brings it back from its
    entry."""
    record = bench.notes.person_creates(subject="Call", dates=TaskDates())
    settle(bench)
    [event] = bench.zoho.live()
    bench.zoho.person_deletes(event.key)
    settle(bench)
    assert bench.notes.live() == []
    if side == "notes":
        bench.notes.person_restores(record.key)
    else:
        bench.zoho.person_restores(event.key)
    [entry] = [entry for entry in bench.entries if entry.outcome == "deleted"]
    [link] = bench.store.by_ids([entry.link.id])
    lost = {unit: both["lost"] for unit, both in entry.values.items()}
    restore(link, bench.kinds["task"].load(lost))
    bench.store.save([link])
    bench.store.commit()
    settle(bench, 3)
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 1
    kept = bench.notes if side == "notes" else bench.zoho
    assert kept.live()[0].key == (record if side == "notes" else event).key
    assert bench.idle_writes() == 0
