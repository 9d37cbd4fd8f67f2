"""The words of private records: in no link, entry, change row or log, and never sent to
the other server.

A record is private from the start, or turns so when it is in step; in Notes or in the
CRM; of each kind.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from notes_zoho_sync.services.records import Name
from notes_zoho_sync.services.records.event import Attendee, When
from notes_zoho_sync.services.records.task import TaskDates
from notes_zoho_sync.services.sync.run import RunResult

from .calendar import timed
from .http_world import HttpBench

SECRET = "Zwiebelturm"
KINDS = ("contact", "task", "event")
START = datetime.fromisoformat("2026-03-04T10:00:00+00:00")
#: how people fill in a record of each kind
WORDS: dict[str, dict[str, Any]] = {
    "contact": {"name": Name("Ada", "Brook"), "emails": ("ada@example.com",)},
    "task": {"subject": "Call", "dates": TaskDates(due=date(2026, 3, 5))},
    "event": {"title": "Visit", "when": timed(START)},
}
#: and where they write what nobody else may read
SECRETS: dict[str, dict[str, Any]] = {
    "contact": {
        "name": Name(SECRET, SECRET),
        "emails": (f"{SECRET}@example.com",),
        "job_title": SECRET,
        "description": SECRET,
    },
    "task": {"subject": SECRET, "description": SECRET},
    "event": {"title": SECRET, "location": SECRET, "description": SECRET},
}


@pytest.fixture
def bench() -> Iterator[HttpBench]:
    made = HttpBench(kinds=KINDS)
    yield made
    made.close()


def settle(bench: HttpBench, runs: int = 3) -> None:
    for _ in range(runs):
        result = bench.run()
        assert isinstance(result, RunResult), result
        bench.clock.tick(400)


def world(bench: HttpBench, side: str, kind: str) -> Any:
    return bench.worlds[kind][0 if side == "notes" else 1]


def sent(sim: Any) -> str:
    """All that a simulated server was sent."""
    parts = [
        f"{entry.path}?{entry.query} {(entry.request_body or b'').decode()}"
        for entry in sim.log.entries
    ]
    return "\n".join(parts)


def is_unspoken(bench: HttpBench, side: str, logs: str) -> None:
    """Nobody but the server whose record it is knows the word."""
    other = bench.crm if side == "notes" else bench.domino
    word = SECRET.casefold()
    kept = {
        "links": repr(bench.links),
        "entries": repr(bench.entries),
        "said": " ".join(str(r) for e in bench.entries for r in (e.reason, *e.remarks)),
        "change rows": repr(bench.org.rows),
        "cursors": repr((bench.store._saved, bench.org.cursors)),
        "caches": repr((bench.companies.ids, bench.features)),
        "log": logs,
        "what the other server was sent": sent(other),
        "the other server": repr(other.dump()),
    }
    for place, text in kept.items():
        assert word not in text.casefold(), place


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that anybody logs."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    return caplog


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", ["notes", "zoho"])
def test_what_is_private_from_the_start_is_never_spoken_of(
    bench: HttpBench, logs: pytest.LogCaptureFixture, side: str, kind: str
):
    here = world(bench, side, kind)
    for synced_before in (False, True):
        if synced_before:
            settle(bench)
        record = here.person_creates(**{**WORDS[kind], **SECRETS[kind]})
        here.person_hides(record.key, True)
        settle(bench)
        here.person_edits(record.key, **SECRETS[kind])
        settle(bench)
    bench.clock.tick(90_000)
    settle(bench)
    assert bench.idle_writes() == 0
    assert len(here.live()) == 2
    is_unspoken(bench, side, logs.text)
    assert bench.mails() == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", ["notes", "zoho"])
def test_what_turns_private_is_spoken_of_no_more(
    bench: HttpBench, logs: pytest.LogCaptureFixture, side: str, kind: str
):
    """Its words before were public; those since are not, and those kept of it go."""
    here = world(bench, side, kind)
    record = here.person_creates(**WORDS[kind])
    settle(bench)
    here.person_hides(record.key, True)
    here.person_edits(record.key, **SECRETS[kind])
    settle(bench)
    is_unspoken(bench, side, logs.text)
    kept = repr(bench.links) + repr(bench.entries) + repr(bench.org.rows)
    for word in ("Brook", "ada@example.com", "Call", "Visit"):
        assert word not in kept
    binned = side == "notes" and kind != "contact"
    copies = world(bench, "zoho" if side == "notes" else "notes", kind).live()
    assert len(copies) == (0 if binned else 1)
    assert bench.idle_writes() == 0
    assert bench.mails() == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", ["notes", "zoho"])
def test_a_private_record_that_goes_or_cannot_be_read_is_not_spoken_of(
    bench: HttpBench, logs: pytest.LogCaptureFixture, side: str, kind: str
):
    here = world(bench, side, kind)
    record = here.person_creates(**{**WORDS[kind], **SECRETS[kind]})
    here.person_hides(record.key, True)
    sim = bench.domino if side == "notes" else bench.crm
    for fault in ("bad_json", "drop_after", "html"):
        rule = sim.faults.add(fault, count=3)
        bench.run()
        bench.clock.tick(400)
        sim.faults.remove(rule)
    settle(bench)
    here.person_deletes(record.key)
    settle(bench)
    here.person_restores(record.key)
    bench.clock.tick(90_000)
    settle(bench)
    is_unspoken(bench, side, logs.text)


def test_a_private_date_of_a_series_and_a_private_meeting_are_not_spoken_of(
    bench: HttpBench, logs: pytest.LogCaptureFixture
):
    here = bench.worlds["event"][0]
    uid = here.person_makes_series(
        [START, START.replace(day=5), START.replace(day=6)], title="Stand-up"
    )
    settle(bench)
    second = here.series(uid)[1]
    here.person_hides(second.key, True)
    here.person_edits(second.key, title=SECRET, location=SECRET)
    guest = Attendee(f"{SECRET}@elsewhere.example")
    meeting = here.person_creates(
        title=SECRET,
        when=When(date(2026, 3, 9), date(2026, 3, 9)),
        attendees=(guest,),
    )
    here.person_hides(meeting.key, True)
    settle(bench)
    events = bench.worlds["event"][1].live()
    assert [event.values["title"] for event in events] == ["Stand-up"] * 2
    is_unspoken(bench, "notes", logs.text)
    assert bench.mails() == []


@pytest.mark.parametrize("how", ["unknown_zone", "no_start", "backwards", "no_end"])
def test_a_private_entry_in_disorder_is_not_spoken_of(
    bench: HttpBench, logs: pytest.LogCaptureFixture, how: str
):
    here = bench.worlds["event"][0]
    record = here.person_creates(title=SECRET, when=timed(START), location=SECRET)
    here.person_hides(record.key, True)
    bench.domino.act.break_event(bench.mail_file, record.key, how)
    settle(bench)
    is_unspoken(bench, "notes", logs.text)


def test_the_word_is_found_where_it_is_public(
    bench: HttpBench, logs: pytest.LogCaptureFixture
):
    """Else the other tests would prove nothing."""
    bench.worlds["event"][0].person_creates(title=SECRET, when=timed(START))
    settle(bench)
    with pytest.raises(AssertionError):
        is_unspoken(bench, "notes", logs.text)
    assert SECRET in sent(bench.crm)
    assert SECRET in repr(bench.links) and SECRET in repr(bench.entries)
