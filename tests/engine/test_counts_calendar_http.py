"""What runs over calendars and to-dos cost in requests, as the simulators count them,
and that nobody gets mail because of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from .http_world import HttpBench
from .test_counts_http import run, sends_nothing_by_mail

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALL = ("contact", "task", "event")
#: what an idle run may cost at most
IDLE_DOMINO, IDLE_ZOHO = 6, 9
MANY = 5_000


@pytest.fixture
def benches() -> Iterator[list[HttpBench]]:
    made: list[HttpBench] = []
    yield made
    for bench in reversed(made):
        bench.close()


def open_bench(benches: list[HttpBench], **options: Any) -> HttpBench:
    bench = HttpBench(back=365, ahead=365, **options)
    bench.domino_options["max_connections"] = 4
    for world in (world for pair in bench.worlds.values() for world in pair):
        world.remembers = False
    benches.append(bench)
    return bench


def start_of(number: int) -> datetime:
    """Hours of the year, one after another, from a month ago on."""
    begin = datetime.fromisoformat("2026-02-01T00:00:00+00:00")
    return begin + number * HOUR


def note_event(bench: HttpBench, number: int) -> str:
    made: str = bench.domino.act.create_event(
        bench.mail_file, f"Event {number}", start_of(number), location="Room 1"
    )
    return made


def note_todo(bench: HttpBench, number: int) -> str:
    due = date(2026, 3, 1) + number * DAY / 10
    made: str = bench.domino.act.create_todo(
        bench.mail_file, f"To do {number}", due, body="Call them"
    )
    return made


def crm_event(bench: HttpBench, number: int) -> str:
    made: str = bench.crm.act.create_event(
        f"Event {number}",
        start_of(number),
        owner=bench.zoho.owner,
        Venue="Room 1",
    )
    return made


def in_step(bench: HttpBench, events: int) -> None:
    """So many events on both sides, linked."""
    for number in range(events):
        note_event(bench, number)
    run(bench)
    bench.clock.tick(400)
    run(bench)
    assert len(bench.links) == events
    assert {link.state for link in bench.links} == {"linked"}


@pytest.mark.parametrize("mails", [0, 1, 30])
def test_an_idle_run_over_all_kinds_writes_nothing_and_costs_little(
    benches: list[HttpBench], mails: int
):
    bench = open_bench(benches, kinds=ALL)
    for number in range(40):
        note_event(bench, number)
        note_todo(bench, number)
        bench.domino.act.create_contact(bench.mail_file, LastName=f"Person {number}")
    uid = bench.domino.act.create_series(
        bench.mail_file, "Weekly", start_of(1), rule="FREQ=WEEKLY;COUNT=30"
    )
    bench.domino.act.move_instance(
        bench.mail_file, uid, "20260208T010000Z", start_of(500)
    )
    run(bench)
    bench.clock.tick(400)
    run(bench)
    for _ in range(2):
        bench.clock.tick(300)
        bench.notes.mail_arrives(mails)
        writes = bench.writes()
        domino, zoho = run(bench)
        assert bench.writes() == writes
        assert domino <= IDLE_DOMINO + mails
        assert zoho <= IDLE_ZOHO
    assert sends_nothing_by_mail(bench)


def test_a_calendar_of_thousands_costs_no_more(benches: list[HttpBench]):
    """Idle as an empty one; ten changes cost two requests each."""
    bench = open_bench(benches, kinds=("event",))
    in_step(bench, MANY)
    bench.clock.tick(300)
    bench.notes.mail_arrives(1)
    writes = bench.writes()
    domino, zoho = run(bench)
    assert bench.writes() == writes
    assert domino <= IDLE_DOMINO + 1
    assert zoho <= IDLE_ZOHO
    keys = [link.notes.key for link in bench.links]
    for key in keys[7 :: MANY // 10]:
        bench.domino.act.edit_event(bench.mail_file, key, location="Room 2")
    bench.clock.tick(300)
    domino, zoho = run(bench)
    assert domino <= IDLE_DOMINO + 2 * 10
    assert zoho <= IDLE_ZOHO + 1
    venues = [record["Venue"] for record in bench.crm.records("Events")]
    assert venues.count("Room 2") == 10
    assert sends_nothing_by_mail(bench)


def test_a_first_sync_to_an_empty_crm_costs_one_request_a_record(
    benches: list[HttpBench],
):
    events, todos = 1_000, 500
    bench = open_bench(benches, kinds=("task", "event"))
    for number in range(events):
        note_event(bench, number)
    for number in range(todos):
        note_todo(bench, number)
    bench.notes.mail_arrives(40)
    domino, zoho = run(bench)
    records, pages = events + todos, (events + todos) // 100
    assert domino <= records + pages + 30
    assert zoho <= records // 100 + 30
    assert len(bench.crm.records("Events")) == events
    assert len(bench.crm.records("Tasks")) == todos
    owners = {r["Owner"]["id"] for r in bench.crm.records("Events")}
    assert owners == {bench.zoho.owner}
    assert sends_nothing_by_mail(bench)


def test_a_first_sync_reads_a_series_once(benches: list[HttpBench]):
    bench = open_bench(benches, kinds=("event",))
    for number in range(20):
        bench.domino.act.create_series(
            bench.mail_file,
            f"Series {number}",
            start_of(number),
            rule="FREQ=WEEKLY;COUNT=50",
        )
    domino, zoho = run(bench)
    assert domino <= 20 + 1_000 // 100 + 30
    assert zoho <= 1_000 // 100 + 30
    assert len(bench.crm.records("Events")) == 1_000
    assert len(bench.domino.log.select("event", "GET")) == 20


def test_a_first_sync_to_an_empty_mail_file_costs_two_requests_an_event(
    benches: list[HttpBench],
):
    bench = open_bench(benches, kinds=("task", "event"))
    for number in range(200):
        crm_event(bench, number)
        bench.crm.act.create_task(
            f"Task {number}", date(2026, 3, 5), owner=bench.zoho.owner
        )
    domino, zoho = run(bench)
    assert domino <= 2 * 400 + 30
    assert zoho <= 400 // 100 + 30
    assert bench.crm.log.writes() == 0
    assert len(bench.domino.events(bench.mail_file)) == 200
    assert len(bench.domino.documents(bench.mail_file, "Task")) == 200
    assert sends_nothing_by_mail(bench)


def test_participants_cost_a_call_for_fifty_of_them(benches: list[HttpBench]):
    bench = open_bench(benches, kinds=("event",))
    people = [f"guest{number}@elsewhere.example" for number in range(100)]
    for number in range(100):
        bench.domino.act.create_event(
            bench.mail_file,
            f"Meeting {number}",
            start_of(number),
            attendees=[people[number], people[number // 2]],
        )
    domino, zoho = run(bench)
    assert domino <= 100 + 1 + 30
    assert zoho <= 1 + 100 // 50 + 1 + 30
    rows = [len(r["Participants"]) for r in bench.crm.records("Events")]
    assert set(rows) <= {2, 3} and len(rows) == 100
    assert sends_nothing_by_mail(bench)


def test_where_the_list_lacks_participants_each_event_is_fetched_once(
    benches: list[HttpBench],
):
    """Of an idle run it is none."""
    bench = open_bench(benches, kinds=("event",), zoho={"participants_in_list": False})
    for number in range(50):
        crm_event(bench, number)
    _, zoho = run(bench)
    assert zoho <= 2 * 50 + 30
    bench.clock.tick(400)
    run(bench)
    bench.clock.tick(400)
    _, zoho = run(bench)
    assert zoho <= IDLE_ZOHO


def test_accounts_of_one_organisation_cost_domino_requests_only(
    benches: list[HttpBench],
):
    """Zoho's feed is pulled once a cycle, whatever the users do."""
    first = open_bench(benches, kinds=("event",))
    others = [
        open_bench(benches, kinds=("event",), user=name, beside=first)
        for name in ("Bob Babbage", "Eve Turing")
    ]
    for bench in (first, *others):
        for number in range(30):
            note_event(bench, number)
        run(bench)
        bench.clock.tick(400)
        run(bench)
    for bench in (first, *others):
        bench.clock.tick(60)
        writes = bench.writes()
        domino, zoho = run(bench)
        assert bench.writes() == writes
        assert domino <= IDLE_DOMINO
        assert zoho <= IDLE_ZOHO
