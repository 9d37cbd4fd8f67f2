"""What runs cost in requests, as the simulators count them, and what they send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from notes_zoho_sync.services.sync.run import RunResult

from .http_world import HttpBench

N = 300
LEFT_OUT = 50
COMPANIES = 120


@pytest.fixture
def bench() -> Iterator[HttpBench]:
    made = HttpBench()
    made.domino_options["max_connections"] = 4
    yield made
    made.close()


def note_contact(bench: HttpBench, number: int, **items: Any) -> str:
    """A contact of the mail file as a person fills it in."""
    made: str = bench.domino.act.create_contact(
        bench.notes.mail_file,
        FirstName=f"Given{number}",
        LastName=f"Family{number}",
        MailAddress=f"n{number}@example.com",
        JobTitle="Buyer",
        CompanyName=f"Firm {number % COMPANIES}",
        OfficePhoneNumber=f"+49 30 {200000 + number}",
        OfficeCity="Köln",
        **items,
    )
    return made


def crm_contact(bench: HttpBench, number: int, **fields: Any) -> str:
    """A contact of the account's user in the CRM."""
    values: dict[str, Any] = {
        "owner": bench.zoho.owner,
        "First_Name": f"Given{number}",
        "Last_Name": f"Family{number}",
        "Email": f"z{number}@example.com",
        "Account_Name": f"Firm {number % COMPANIES}",
        "Mobile": f"+49 171 {2000000 + number}",
        "Mailing_City": "Zürich",
        **fields,
    }
    made: str = bench.crm.act.create("Contacts", **values)
    return made


def run(bench: HttpBench) -> tuple[int, int]:
    """A run that must go through; its requests to Domino and to Zoho."""
    before = bench.domino.log.count(), bench.crm.log.count()
    result = bench.run()
    assert isinstance(result, RunResult), result
    after = bench.domino.log.count(), bench.crm.log.count()
    return after[0] - before[0], after[1] - before[1]


def sends_nothing_by_mail(bench: HttpBench) -> bool:
    """No mail, and every write asks the CRM to run nothing because of it."""
    asked = [entry for entry in bench.crm.log.entries if entry.write]
    for entry in asked:
        if entry.method == "DELETE":
            assert "wf_trigger=false" in entry.query
        else:
            assert json.loads(entry.request_body or b"")["trigger"] == []
    return not bench.crm.log.mails and not bench.domino.log.mails


def in_step(bench: HttpBench, count: int) -> None:
    for number in range(count):
        note_contact(bench, number)
        crm_contact(bench, number)
    run(bench)
    bench.clock.tick(400)
    run(bench)


@pytest.mark.parametrize("mails", [0, 1, 12, 30])
def test_an_idle_run_writes_nothing_and_costs_little(bench: HttpBench, mails: int):
    in_step(bench, 60)
    for _ in range(2):
        bench.clock.tick(300)
        bench.notes.mail_arrives(mails)
        writes = bench.writes()
        domino, zoho = run(bench)
        assert bench.writes() == writes
        assert domino <= 3 + mails
        assert zoho <= 9


def test_a_flood_of_mail_costs_a_listing_and_no_look_at_any_mail(bench: HttpBench):
    in_step(bench, 60)
    bench.clock.tick(300)
    bench.notes.mail_arrives(200)
    domino, _ = run(bench)
    assert domino <= 3 + 3


def test_no_mail_is_ever_read(bench: HttpBench):
    bench.domino.act.receive_mail(
        bench.notes.mail_file, subject="Confidential offer", body="Best price", n=3
    )
    in_step(bench, 5)
    bench.clock.tick(300)
    bench.domino.act.receive_mail(
        bench.notes.mail_file, subject="Confidential offer", body="Best price", n=20
    )
    run(bench)
    answers = b"".join(e.response_body or b"" for e in bench.domino.log.entries)
    assert b"Best price" not in answers
    assert b"Confidential offer" not in answers


def test_a_first_sync_to_an_empty_crm_costs_one_request_a_contact(bench: HttpBench):
    private = []
    for number in range(N - LEFT_OUT):
        note_contact(bench, number)
    for number in range(N, N + 20):
        private.append(note_contact(bench, number))
        bench.domino.act.mark_private(private[-1])
    for number in range(15):
        bench.domino.act.create_group(bench.notes.mail_file, f"List {number}", ["x"])
    for number in range(15):
        bench.domino.act.create_todo(bench.notes.mail_file, f"To do {number}")
    bench.notes.mail_arrives(40)
    domino, zoho = run(bench)
    assert domino <= N + N // 100 + 20
    assert zoho <= N // 100 + -(-COMPANIES // 100) + 20
    made = bench.crm.records("Contacts")
    assert {r["Email"] for r in made} == {f"n{n}@example.com" for n in range(250)}
    assert {r["Owner"]["id"] for r in made} == {bench.zoho.owner}
    assert len(bench.crm.records("Accounts")) == COMPANIES
    assert sends_nothing_by_mail(bench)
    everything = json.dumps([e.request_body.decode() for e in _bodies(bench)])
    assert "Family300" not in everything


def _bodies(bench: HttpBench) -> list[Any]:
    return [entry for entry in bench.crm.log.entries if entry.request_body]


def test_a_first_sync_to_an_empty_mail_file_costs_two_requests_a_contact(
    bench: HttpBench,
):
    for number in range(N - LEFT_OUT):
        crm_contact(bench, number)
    for number in range(N, N + 25):
        crm_contact(bench, number, tags=["Private"])
    for number in range(N + 25, N + 50):
        crm_contact(bench, number, owner=bench.zoho.other)
    bench.notes.mail_arrives(40)
    domino, zoho = run(bench)
    assert zoho <= N // 100 + -(-N // 2000) + 20
    assert domino <= 2 * N + 20
    made = bench.notes.live()
    addresses = {address for record in made for address in record.values["emails"]}
    assert addresses == {f"z{n}@example.com" for n in range(250)}
    assert len(made) == 250
    assert not bench.crm.log.writes()
    assert sends_nothing_by_mail(bench)


def test_a_first_sync_of_equal_books_writes_nothing(bench: HttpBench):
    for number in range(N):
        note_contact(bench, number)
        bench.crm.act.create(
            "Contacts",
            owner=bench.zoho.owner,
            First_Name=f"Given{number}",
            Last_Name=f"Family{number}",
            Email=f"n{number}@example.com",
            Title="Buyer",
            Account_Name=f"Firm {number % COMPANIES}",
            Phone=f"+49 30 {200000 + number}",
            Mailing_City="Köln",
        )
    domino, zoho = run(bench)
    assert bench.writes() == 0
    assert domino <= N + N // 100 + 20
    assert zoho <= N // 100 + 20


def test_what_is_listed_once_a_day_is_not_counted_before(bench: HttpBench):
    in_step(bench, 60)
    bench.clock.tick(25 * 3600)
    bench.domino.log.clear()
    run(bench)
    assert bench.domino.log.counts()["GET entries"] == 1


def test_a_hundred_edits_cost_one_call_to_the_crm(bench: HttpBench):
    in_step(bench, 100)
    bench.clock.tick(400)
    keys = [link.notes.key for link in bench.links]
    for key in keys[:100]:
        bench.notes.person_edits(key, job_title="Head of it")
    bench.clock.tick(5)
    domino, zoho = run(bench)
    assert zoho <= 9 + 1
    assert domino <= 3 + 100
    assert sends_nothing_by_mail(bench)
    titles = [record.values["job_title"] for record in bench.zoho.live()]
    assert titles.count("Head of it") == 100


def test_a_run_in_slices_reads_nothing_twice(bench: HttpBench):
    for number in range(N):
        note_contact(bench, number)
    bench.slice_after = 1
    domino, zoho = run(bench)
    slices = bench.situations["slice over"] + 1
    assert slices > 3
    # Each slice asks what is new and how many there are.
    assert domino <= N + N // 100 + 20 + 2 * slices
    assert zoho <= N // 100 + -(-COMPANIES // 100) + 20
    asked = bench.domino.log.select("document", "GET")
    reads = [entry.path for entry in asked if "hidden=true" in entry.query]
    assert len(reads) == len(set(reads)) == N
