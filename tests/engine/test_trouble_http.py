"""Bad input and sick servers over HTTP: what is said, that nothing is lost, that the
rest of the run is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from notes_zoho_sync.services.errors import (
    Misconfigured,
    NeedsSignIn,
    SyncError,
    Throttled,
)
from notes_zoho_sync.services.records import Name
from notes_zoho_sync.services.sync.entry import Entry
from notes_zoho_sync.services.sync.run import RunResult

from .http_world import HttpBench

SERVER_ERROR = {
    "code": 500,
    "text": "Internal Server Error",
    "message": "Notes error: The note is damaged",
}


@pytest.fixture
def bench() -> Iterator[HttpBench]:
    made = HttpBench()
    yield made
    made.close()


def in_step(bench: HttpBench, count: int = 4) -> list[Any]:
    """So many pairs; their links, oldest first."""
    for number in range(count):
        bench.notes.person_creates(
            name=Name(f"Given{number}", f"Family{number}"),
            emails=(f"n{number}@example.com",),
        )
    done(bench)
    bench.clock.tick(400)
    done(bench)
    links = sorted(bench.links, key=lambda link: link.id)
    assert [link.state for link in links] == ["linked"] * count
    return links


def done(bench: HttpBench) -> RunResult:
    """A run that goes through."""
    result = bench.run()
    assert isinstance(result, RunResult), result
    return result


def fails(bench: HttpBench, error: type[SyncError]) -> Any:
    result = bench.run()
    assert type(result) is error, result
    return result


def said(bench: HttpBench, outcome: str) -> list[Entry]:
    return [entry for entry in bench.entries if entry.outcome == outcome]


def words(entry: Entry) -> str:
    """All that an entry says."""
    return " ".join(map(str, (entry.title, entry.reason or "", *entry.remarks)))


def agrees(bench: HttpBench) -> None:
    """Both sides hold the same people with the same titles, and it stays like that."""
    bench.quiesce()
    assert bench.idle_writes() == 0
    held = [
        sorted(
            (record.values["emails"], record.values["job_title"])
            for record in side.live()
        )
        for side in (bench.notes, bench.zoho)
    ]
    assert held[0] == held[1]


# -- one sick record ---------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_document_that_cannot_be_saved_holds_up_no_other(bench, when):
    links = in_step(bench)
    for link in links:
        bench.zoho.person_edits(link.zoho.key, job_title="Chair")
    bench.zoho.person_creates(name=Name("Late", "Comer"), emails=("l@example.com",))
    sick = bench.domino.faults.add(
        "status",
        status=500,
        body=SERVER_ERROR,
        path=links[0].notes.key,
        method="PATCH",
        when=when,
        count=None,
    )
    done(bench)
    titles = {r.key: r.values["job_title"] for r in bench.notes.live()}
    assert [titles[link.notes.key] for link in links[1:]] == ["Chair"] * 3
    assert len(titles) == 5
    if when == "before":
        (entry,) = said(bench, "failed")
        assert "Family0" in words(entry) and "damaged" in words(entry)
    bench.domino.faults.remove(sick)
    agrees(bench)


def test_a_document_that_cannot_be_deleted_holds_up_no_other(bench):
    links = in_step(bench)
    bench.zoho.person_deletes(links[0].zoho.key)
    bench.zoho.person_deletes(links[1].zoho.key)
    bench.zoho.person_edits(links[2].zoho.key, job_title="Chair")
    sick = bench.domino.faults.add(
        "status",
        status=500,
        body=SERVER_ERROR,
        path=links[0].notes.key,
        method="DELETE",
        count=None,
    )
    done(bench)
    assert {r.key for r in bench.notes.live()} == {x.notes.key for x in links} - {
        links[1].notes.key
    }
    assert bench.notes.records[links[2].notes.key].values["job_title"] == "Chair"
    bench.domino.faults.remove(sick)
    agrees(bench)
    assert len(bench.notes.live()) == 2


def test_half_an_error_body_is_no_word_about_the_mail_file(bench):
    links = in_step(bench)
    bench.notes.person_deletes(links[0].notes.key)
    bench.domino.faults.add("bad_json", path=links[0].notes.key, count=None)
    result = bench.run()
    assert not isinstance(result, Misconfigured)
    bench.domino.faults.clear()
    agrees(bench)
