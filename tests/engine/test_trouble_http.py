"""Bad input and sick servers over HTTP: what is said, that nothing is lost, that the
rest of the run is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from notes_zoho_sync.services.errors import (
    Bug,
    Misconfigured,
    NeedsSignIn,
    SyncError,
    Throttled,
)
from notes_zoho_sync.services.records import Name
from notes_zoho_sync.services.sync.entry import Entry
from notes_zoho_sync.services.sync.run import RunResult
from tests.simulators.domino.world import template_views

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


# -- values that do not fit ----------------------------------------------------------


def test_what_is_too_long_is_cut_in_the_crm_with_a_remark_and_whole_in_notes(bench):
    title, text = "T" * 300, "word " * 8000
    key = bench.domino.act.create_contact(
        bench.notes.mail_file,
        FirstName="Lena",
        LastName="L" * 200,
        MailAddress="lena@example.com",
        JobTitle=title,
        CompanyName="C" * 400,
        Comment=text,
    )
    done(bench)
    (made,) = bench.crm.records("Contacts")
    (entry,) = said(bench, "created")
    assert len(made["Title"]) == 100
    assert len(made["Last_Name"]) == 80
    assert len(made["Account_Name"]["name"]) == 200
    assert len(made["Description"]) <= 32000
    for unit in ("Job title", "Name", "Company", "Description"):
        assert unit.lower() in words(entry).lower()
    bench.zoho.person_edits(made["id"], department="Sales")
    bench.quiesce()
    assert bench.idle_writes() == 0
    (held,) = bench.domino.documents(bench.notes.mail_file, "Person")
    assert held["unid"] == key
    assert held["items"]["JobTitle"] == [title]
    assert held["items"]["LastName"] == ["L" * 200]
    assert held["items"]["CompanyName"] == ["C" * 400]
    assert held["items"]["Comment"] == [text]
    assert held["items"]["Department"] == ["Sales"]


def test_an_address_or_number_that_is_none_stays_behind_with_a_remark(bench):
    for number, (address, phone) in enumerate(
        [("lena at home", "+49 30 1234"), ("lena@example.com", "x" * 200)]
    ):
        bench.domino.act.create_contact(
            bench.notes.mail_file,
            FirstName="Lena",
            LastName=f"Klein{number}",
            MailAddress=address,
            OfficePhoneNumber=phone,
            JobTitle="Buyer",
        )
    bench.domino.act.create_contact(
        bench.notes.mail_file, FirstName="Ole", LastName="Gross", MailAddress="a@b@c"
    )
    done(bench)
    made = {record["Last_Name"]: record for record in bench.crm.records("Contacts")}
    assert set(made) == {"Klein0", "Klein1", "Gross"}
    assert made["Klein0"]["Email"] is None
    assert made["Klein0"]["Phone"] == "+49 30 1234"
    assert made["Klein1"]["Email"] == "lena@example.com"
    assert made["Gross"]["Email"] is None
    told = {entry.title: words(entry) for entry in said(bench, "created")}
    assert "phone" in told["Lena Klein1"].lower()
    assert "a@b@c" in told["Ole Gross"]
    assert bench.idle_writes() == 0
    held = bench.domino.documents(bench.notes.mail_file, "Person")
    assert {d["items"]["OfficePhoneNumber"][0] for d in held[:2]} == {
        "+49 30 1234",
        "x" * 200,
    }


def test_a_field_that_the_crm_demands_is_named_and_the_rest_is_done(bench):
    links = in_step(bench)
    bench.crm.act.add_field("Contacts", "Region", mandatory=True)
    for number in range(3):
        bench.notes.person_creates(
            name=Name("New", f"Comer{number}"), emails=(f"c{number}@example.com",)
        )
    bench.notes.person_edits(links[0].notes.key, job_title="Chair")
    bench.zoho.person_creates(name=Name("Zoe", "Zander"), emails=("z@example.com",))
    done(bench)
    entries = said(bench, "failed")
    assert len(entries) == 3
    for entry in entries:
        assert "Comer" in entry.title and "Region" in words(entry)
    assert bench.zoho.records[links[0].zoho.key].values["job_title"] == "Chair"
    assert any(r.values["emails"] == ("z@example.com",) for r in bench.notes.live())
    done(bench)  # the fields were read anew since, so it is tried once more
    assert bench.idle_writes() == 0, "what was refused is tried again for nothing"
    bench.crm.act.change_field("Contacts", "Region", mandatory=False)
    bench.metadata.answers.clear()  # what was read of the fields is a day old
    agrees(bench)
    assert len(bench.zoho.live()) == 8


def test_one_refused_record_of_a_batch_is_named_and_the_others_are_made(bench):
    for number in range(5):
        bench.notes.person_creates(
            name=Name("New", f"Comer{number}"), emails=(f"c{number}@example.com",)
        )
    details = {"api_name": "Email", "json_path": "$.data[2].Email"}
    bench.crm.faults.add(
        "item_error",
        route="Contacts",
        method="POST",
        options={
            "items": [2],
            "code": "INVALID_DATA",
            "message": "invalid data",
            "details": details,
        },
    )
    done(bench)
    (entry,) = said(bench, "failed")
    assert "Email" in words(entry)
    assert len(bench.zoho.live()) == 4
    (link,) = [link for link in bench.links if link.state == "failed"]
    bench.notes.person_edits(link.notes.key, job_title="Chair")
    agrees(bench)
    assert len(bench.zoho.live()) == 5


# -- servers that do not want --------------------------------------------------------


@pytest.mark.parametrize("side", ["notes", "zoho"])
def test_a_server_that_asks_to_slow_down_is_left_alone_and_nothing_is_lost(bench, side):
    links = in_step(bench)
    for link in links:
        bench.notes.person_edits(link.notes.key, job_title="Chair")
        bench.zoho.person_edits(link.zoho.key, department="Sales")
    if side == "zoho":
        bench.crm.knobs.retry_after = 240
        bench.crm.faults.add("too_many_requests", count=None)
    else:
        bench.domino.faults.add("throttle", status=503, retry_after=240, count=None)
    error = fails(bench, Throttled)
    assert error.after == 240
    bench.crm.faults.clear()
    bench.domino.faults.clear()
    agrees(bench)
    assert {r.values["department"] for r in bench.notes.live()} == {"Sales"}
    assert {r.values["job_title"] for r in bench.zoho.live()} == {"Chair"}


def test_throttling_in_the_middle_of_writing_loses_and_doubles_nothing(bench):
    for number in range(150):
        bench.notes.person_creates(
            name=Name("New", f"Comer{number}"), emails=(f"c{number}@example.com",)
        )
    bench.crm.faults.add("too_many_requests", route="Contacts", method="POST", nth=2)
    fails(bench, Throttled)
    assert len(bench.zoho.live()) == 100
    agrees(bench)
    assert len(bench.zoho.live()) == 150


def test_an_access_token_that_ends_in_mid_run_is_renewed(bench):
    links = in_step(bench)
    bench.notes.person_edits(links[0].notes.key, job_title="Chair")
    tokens = bench.crm.log.count("oauth/token")
    bench.crm.faults.add("token_expired", route="Contacts", method="PUT")
    done(bench)
    assert bench.crm.log.count("oauth/token") == tokens + 1
    assert bench.zoho.records[links[0].zoho.key].values["job_title"] == "Chair"


def test_a_revoked_grant_needs_a_person_and_nothing_is_lost(bench):
    links = in_step(bench)
    bench.notes.person_edits(links[0].notes.key, job_title="Chair")
    bench.zoho.person_edits(links[1].zoho.key, job_title="Cook")
    assert bench.tokens.token is not None
    bench.crm.act.revoke(bench.tokens.token.refresh_token)
    before = bench.writes()
    error = fails(bench, NeedsSignIn)
    assert error.reason.code == "zoho_grant_ended"
    assert bench.writes() == before
    bench.tokens.token = bench.grant()
    agrees(bench)
    assert bench.zoho.records[links[0].zoho.key].values["job_title"] == "Chair"


@pytest.mark.parametrize("nth", range(1, 7))
def test_a_login_form_in_mid_run_costs_a_login(bench, nth: int):
    links = in_step(bench)
    bench.zoho.person_edits(links[0].zoho.key, job_title="Chair")
    bench.notes.mail_arrives(1)
    logins = bench.domino.log.count("login")
    bench.domino.faults.add("login_form", route="doc*", nth=nth)
    done(bench)
    assert bench.domino.log.count("login") - logins in (1, 2)
    assert bench.notes.records[links[0].notes.key].values["job_title"] == "Chair"
    agrees(bench)


def test_a_wrong_password_is_sent_once_and_nothing_is_lost(bench):
    links = in_step(bench)
    bench.domino.act.change_password("Ada Byron", "Another-2")
    bench.zoho.person_edits(links[0].zoho.key, job_title="Chair")
    logins, writes = bench.domino.log.count("login"), bench.writes()
    error = fails(bench, NeedsSignIn)
    assert error.reason.code == "sign_in"
    assert "Ada Byron" in str(error) and "Analytical" not in str(error)
    assert bench.domino.log.count("login") == logins + 1
    assert bench.writes() == writes
    bench.password = "Another-2"
    agrees(bench)
    assert bench.notes.records[links[0].notes.key].values["job_title"] == "Chair"


def _server_off(bench: HttpBench) -> None:
    bench.domino.act.set_knob("services", ())


def _database_off(bench: HttpBench) -> None:
    bench.domino.act.set_level(bench.notes.mail_file, 0)


def _views_only(bench: HttpBench) -> None:
    bench.domino.act.set_level(bench.notes.mail_file, 1)


def _view_off(bench: HttpBench) -> None:
    bench.domino.act.set_view(bench.notes.mail_file, "($Contacts)", False)


def _no_view(bench: HttpBench) -> None:
    bench.domino.act.remove_view(bench.notes.mail_file, "($Contacts)")


def _on(bench: HttpBench) -> None:
    bench.domino.act.set_knob("services", ("Data", "Calendar"))
    bench.domino.act.set_level(bench.notes.mail_file, 2)
    file = bench.domino.world.file(bench.notes.mail_file)
    if file.view("($Contacts)") is None:
        for view in template_views(bench.domino.world.new_unid):
            if view.named("($Contacts)"):
                file.add_view(view)
    bench.domino.act.set_view(bench.notes.mail_file, "($Contacts)", True)


LEVELS = [
    (_server_off, "data_service"),
    (_database_off, "database"),
    (_views_only, "database_level"),
    (_view_off, "view"),
    (_no_view, "view"),
]


@pytest.mark.parametrize(("turn_off", "setting"), LEVELS)
def test_das_that_is_off_is_named_at_the_first_sync(bench, turn_off, setting):
    bench.notes.person_creates(name=Name("Ada", "Love"), emails=("a@example.com",))
    bench.zoho.person_creates(name=Name("Zoe", "Zander"), emails=("z@example.com",))
    turn_off(bench)
    error = fails(bench, Misconfigured)
    assert error.setting == setting
    assert bench.writes() == 0
    _on(bench)
    agrees(bench)
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 2


@pytest.mark.parametrize(("turn_off", "setting"), LEVELS)
def test_das_that_is_turned_off_later_deletes_nothing(bench, turn_off, setting):
    links = in_step(bench, 6)
    turn_off(bench)
    bench.notes.person_edits(links[0].notes.key, job_title="Chair")
    bench.zoho.person_edits(links[1].zoho.key, job_title="Cook")
    bench.notes.person_creates(name=Name("Ada", "Love"), emails=("a@example.com",))
    for _ in range(3):
        bench.clock.tick(90000)
        error = fails(bench, Misconfigured)
        assert error.setting == setting
    assert len(bench.zoho.live()) == 6
    assert len(bench.notes.live()) == 7
    _on(bench)
    agrees(bench)
    assert len(bench.zoho.live()) == len(bench.notes.live()) == 7
    assert bench.zoho.records[links[0].zoho.key].values["job_title"] == "Chair"
    assert bench.notes.records[links[1].notes.key].values["job_title"] == "Cook"


def test_a_view_that_suddenly_lists_nothing_deletes_nothing(bench):
    in_step(bench, 6)
    file = bench.domino.world.file(bench.notes.mail_file)
    view = file.view("($Contacts)")
    chosen = view.selects
    view.selects = lambda document: False
    for document in list(file.documents.values()):
        view.refresh(document, True)
    for _ in range(3):
        bench.clock.tick(90000)
        error = fails(bench, Misconfigured)
        assert error.setting == "view"
    assert len(bench.zoho.live()) == 6
    view.selects = chosen
    for document in list(file.documents.values()):
        view.refresh(document, True)
    agrees(bench)
    assert len(bench.zoho.live()) == 6


@pytest.mark.parametrize("kind", ["html", "bad_json"])
@pytest.mark.parametrize("side", ["notes", "zoho"])
def test_answers_that_are_no_json_are_tried_again_later(bench, side, kind):
    links = in_step(bench)
    bench.notes.person_edits(links[0].notes.key, job_title="Chair")
    bench.zoho.person_edits(links[1].zoho.key, job_title="Cook")
    sim = bench.domino if side == "notes" else bench.crm
    rule = sim.faults.add(kind, status=200, method="GET", count=None)
    result = bench.run()
    assert isinstance(result, SyncError)
    assert not isinstance(result, Misconfigured | Bug), result
    sim.faults.remove(rule)
    agrees(bench)
    assert len(bench.zoho.live()) == 4
