"""Lists, pages, queries and batches against the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from notes_zoho_sync.services.errors import (
    Bug,
    ChangedMeanwhile,
    Duplicate,
    Gone,
    Misconfigured,
    NotSent,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    SyncError,
    Throttled,
)
from notes_zoho_sync.services.instants import from_iso
from notes_zoho_sync.services.zoho.judge import Accepted, judge
from notes_zoho_sync.services.zoho.records import (
    Records,
    id_of,
    iso,
    modified_of,
    quoted,
)
from notes_zoho_sync.services.zoho.session import ApiRefused, WalkBroken
from tests.services.zoho_support import LONG_AGO, Bench

FIELDS = ["Last_Name", "Modified_Time", "Created_Time"]


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


@pytest.fixture
def records(bench: Bench) -> Records:
    return Records(bench.session)


def walk(records: Records, since: datetime | None = None) -> list[str]:
    found: list[str] = []
    token = ""
    while True:
        page = records.modified("Contacts", FIELDS, since, token)
        found += [str(row["id"]) for row in page.records]
        token = page.token
        if not token:
            return found


# -- reading -----------------------------------------------------------------------


def test_ids_are_read_a_hundred_a_call(bench: Bench, records: Records) -> None:
    keys = [bench.contact(Last_Name=f"N{n}") for n in range(205)]
    found = records.by_ids("Contacts", keys, FIELDS)
    assert found.keys() == set(keys)
    assert bench.sim.log.count("Contacts", "GET") == 3


def test_a_missing_id_is_left_out(bench: Bench, records: Records) -> None:
    key, gone = bench.contact(), bench.contact()
    bench.sim.act.delete("Contacts", gone)
    assert records.by_ids("Contacts", [key, gone], FIELDS).keys() == {key}
    assert records.by_ids("Contacts", [gone], FIELDS) == {}


def test_fewer_ids_a_call_are_sent_where_zoho_wants_it(
    bench: Bench, records: Records
) -> None:
    bench.sim.knobs.max_ids = 30
    keys = [bench.contact() for _ in range(100)]
    assert records.by_ids("Contacts", keys, FIELDS).keys() == set(keys)


def test_a_walk_brings_each_record_once_oldest_first(
    bench: Bench, records: Records
) -> None:
    keys = [bench.contact() for _ in range(450)]
    bench.sim.clock.advance(minutes=1)
    bench.sim.act.edit("Contacts", keys[0], Title="x")
    found = walk(records)
    assert found[-1] == keys[0]
    assert sorted(found) == sorted(keys)
    assert bench.sim.log.count("Contacts", "GET") == 3


def test_a_walk_goes_past_the_limit_of_numbered_pages(
    bench: Bench, records: Records
) -> None:
    bench.sim.knobs.discrete_limit = 400
    keys = [bench.contact() for _ in range(900)]
    assert len(walk(records)) == len(keys)


def test_nothing_new_is_an_empty_page(bench: Bench, records: Records) -> None:
    bench.contact()
    bench.sim.clock.advance(minutes=10)
    since = bench.sim.clock.now()
    assert walk(records, since) == []
    assert bench.sim.log.entries[-1].status == 304


def test_a_module_without_records_is_an_empty_page(records: Records) -> None:
    assert walk(records) == []


def test_the_second_of_the_cursor_is_included(bench: Bench, records: Records) -> None:
    bench.sim.clock.freeze()
    key = bench.contact()
    assert walk(records, bench.sim.clock.now()) == [key]


def test_an_old_page_token_breaks_the_walk(bench: Bench, records: Records) -> None:
    for _ in range(201):
        bench.contact()
    token = records.modified("Contacts", FIELDS, None, "").token
    bench.sim.clock.advance(hours=25)
    with pytest.raises(WalkBroken):
        records.modified("Contacts", FIELDS, None, token)


def test_a_list_without_data_is_tried_again_later(
    bench: Bench, records: Records
) -> None:
    bench.sim.faults.add(
        "status", route="Contacts", status=200, body={"rows": []}, count=None
    )
    with pytest.raises(RetryLater):
        walk(records)


def test_more_records_without_a_token_is_no_end(bench: Bench, records: Records) -> None:
    body = {"data": [{"id": "1"}], "info": {"more_records": True}}
    bench.sim.faults.add("status", route="Contacts", status=200, body=body)
    with pytest.raises(RetryLater, match="page token"):
        walk(records)


def test_deletions_are_listed_with_their_pages(bench: Bench, records: Records) -> None:
    for _ in range(230):
        bench.sim.act.delete("Contacts", bench.contact())
    first = records.deleted("Contacts", None, 1)
    second = records.deleted("Contacts", None, int(first.token))
    assert (len(first.records), len(second.records), second.token) == (200, 30, "")
    assert bench.session.credits == bench.sim.credits.total == 4


@pytest.mark.parametrize("conditional", [False, True])
def test_no_deletion_is_an_empty_page(
    bench: Bench, records: Records, conditional: bool
) -> None:
    bench.sim.knobs.deleted_304 = conditional
    assert records.deleted("Contacts", LONG_AGO, 1).records == ()


def test_the_ids_of_an_owner_come_in_rising_order(
    bench: Bench, records: Records
) -> None:
    mine = [bench.contact() for _ in range(5)]
    bench.sim.act.create("Contacts", Last_Name="Somebody else's")
    assert records.owned("Contacts", bench.ulla, "") == (mine, False)
    assert records.owned("Contacts", bench.ulla, mine[2]) == (mine[3:], False)


@pytest.mark.parametrize(("limit", "calls"), [(2000, 1), (200, 3)])
def test_the_largest_page_of_ids_is_found_out(
    bench: Bench, records: Records, limit: int, calls: int
) -> None:
    bench.sim.knobs.coql_limit = limit
    mine = [bench.contact() for _ in range(250)]
    found: list[str] = []
    more = True
    while more:
        part, more = records.owned("Contacts", bench.ulla, found[-1] if found else "")
        found += part
    assert found == mine
    assert bench.sim.log.count("coql") == calls


def test_a_page_size_once_refused_is_not_asked_for_again(
    bench: Bench, records: Records
) -> None:
    bench.sim.knobs.coql_limit = 200
    records.owned("Contacts", bench.ulla, "")
    records.owned("Contacts", bench.ulla, "")
    assert bench.sim.log.count("coql") == 3


def test_a_query_refused_for_another_reason_is_our_mistake(records: Records) -> None:
    with pytest.raises(ApiRefused):
        records.query("select nothing from")


def test_what_was_created_since_is_listed_and_no_more(
    bench: Bench, records: Records
) -> None:
    for _ in range(300):
        bench.contact(at="2026-01-01T00:00:00+00:00")
    new = bench.contact()
    since = bench.sim.clock.now() - timedelta(minutes=1)
    found = [row["id"] for row in records.created_since("Contacts", FIELDS, since)]
    assert found == [new]
    assert bench.sim.log.count("Contacts", "GET") == 1


def test_a_list_of_new_records_begins_anew_when_its_token_ends(
    bench: Bench, records: Records
) -> None:
    keys = {bench.contact() for _ in range(201)}
    rows = records.created_since("Contacts", FIELDS, LONG_AGO)
    found = {next(rows)["id"]}
    bench.sim.clock.advance(hours=25)
    found |= {row["id"] for row in rows}
    assert found == keys


# -- writing -----------------------------------------------------------------------


def test_records_are_created_a_hundred_a_call(bench: Bench, records: Records) -> None:
    bodies = [{"Last_Name": f"N{n}"} for n in range(201)]
    judged = records.insert("Contacts", bodies)
    assert [bench.record(x.key)["Last_Name"] for x in judged] == [
        body["Last_Name"] for body in bodies
    ]
    assert bench.sim.log.count("Contacts", "POST") == 3
    assert bench.session.credits == bench.sim.credits.total == 21


def test_nothing_runs_in_the_crm_because_of_us(bench: Bench, records: Records) -> None:
    made = records.insert("Contacts", [{"Last_Name": "A"}])[0]
    records.update("Contacts", [{"id": made.key, "Title": "B"}], None)
    records.upsert("Accounts", [{"Account_Name": "C"}], "Account_Name")
    records.delete("Contacts", [made.key], [bench.sim.clock.now()])
    assert bench.sim.log.mails == []
    assert [w["trigger"] for w in bench.sim.writes_seen[:3]] == [[], [], []]
    assert bench.sim.writes_seen[3]["wf_trigger"] == "false"


def test_each_record_of_a_batch_is_judged_alone(bench: Bench, records: Records) -> None:
    judged = records.insert(
        "Contacts",
        [
            {"Last_Name": "Good"},
            {"First_Name": "Lacking"},
            {"Last_Name": "x" * 81},
            {"Last_Name": "Mail", "Email": "no address"},
            {"Last_Name": "Phone", "Phone": "??"},
            {"Last_Name": "Last"},
        ],
    )
    assert [type(x) for x in judged] == [Accepted, *[Rejected] * 4, Accepted]
    fields = [x.field for x in judged if isinstance(x, Rejected)]
    assert fields == ["Last_Name", "Last_Name", "Email", "Phone"]
    assert "at most 80 characters" in str(judged[2])
    assert len(bench.sim.records("Contacts")) == 2


@pytest.mark.parametrize("old", [False, True])
def test_the_items_count_and_not_the_status(
    bench: Bench, records: Records, old: bool
) -> None:
    bench.sim.knobs.old_write_status = old
    judged = records.insert("Contacts", [{"First_Name": "Lacking"}])
    assert isinstance(judged[0], Rejected)


def test_a_duplicate_names_its_twin(bench: Bench, records: Records) -> None:
    bench.sim.knobs.unique_email = True
    bench.sim.act.change_field("Contacts", "Email", unique=True)
    twin = bench.contact(Email="pia@hafen.example")
    judged = records.insert(
        "Contacts", [{"Last_Name": "P", "Email": "pia@hafen.example"}]
    )[0]
    assert isinstance(judged, Duplicate)
    assert (judged.field, judged.key) == ("Email", twin)
    assert "Ulla Kontor" in str(judged)


def test_a_record_changed_since_is_left_alone(bench: Bench, records: Records) -> None:
    key, other = bench.contact(), bench.contact()
    as_of = bench.sim.clock.now()
    bench.sim.clock.advance(seconds=5)
    bench.sim.act.edit("Contacts", key, Title="Theirs")
    judged = records.update(
        "Contacts",
        [{"id": key, "Title": "Ours"}, {"id": other, "Title": "Ours"}],
        as_of,
    )
    assert isinstance(judged[0], ChangedMeanwhile)
    assert isinstance(judged[1], Accepted)
    assert bench.record(key)["Title"] == "Theirs"


def test_a_single_record_changed_since_is_left_alone(
    bench: Bench, records: Records
) -> None:
    key = bench.contact()
    as_of = bench.sim.clock.now()
    bench.sim.clock.advance(seconds=5)
    bench.sim.act.edit("Contacts", key, Title="Theirs")
    judged = records.update("Contacts", [{"id": key, "Title": "Ours"}], as_of)
    assert isinstance(judged[0], ChangedMeanwhile)


def test_an_update_of_a_deleted_record_finds_it_gone(
    bench: Bench, records: Records
) -> None:
    key = bench.contact()
    bench.sim.act.delete("Contacts", key)
    assert isinstance(records.update("Contacts", [{"id": key}], None)[0], Gone)


def test_a_locked_record_is_tried_again_later(bench: Bench, records: Records) -> None:
    key, other = bench.contact(), bench.contact()
    bench.sim.act.lock("Contacts", key)
    judged = records.update(
        "Contacts", [{"id": key, "Title": "x"}, {"id": other, "Title": "x"}], None
    )
    assert isinstance(judged[0], RetryLater)
    assert isinstance(judged[1], Accepted)


def test_a_deletion_goes_to_the_recycle_bin(bench: Bench, records: Records) -> None:
    keys = [bench.contact() for _ in range(120)]
    now = bench.sim.clock.now()
    judged = records.delete("Contacts", keys, [now] * 120)
    assert [x.key for x in judged] == keys
    assert bench.sim.records("Contacts") == []
    assert {row["type"] for row in bench.sim.deleted("Contacts")} == {"recycle"}
    assert bench.sim.log.count() == 5


def test_a_record_edited_since_is_not_deleted(bench: Bench, records: Records) -> None:
    key, other = bench.contact(), bench.contact()
    as_of = bench.sim.clock.now()
    bench.sim.clock.advance(seconds=5)
    bench.sim.act.edit("Contacts", key, Title="Wanted")
    judged = records.delete("Contacts", [key, other], [as_of, as_of])
    assert isinstance(judged[0], ChangedMeanwhile)
    assert isinstance(judged[1], Accepted)
    assert [row["id"] for row in bench.sim.records("Contacts")] == [key]


def test_deleting_what_is_gone_is_done_already(bench: Bench, records: Records) -> None:
    key = bench.contact()
    bench.sim.act.delete("Contacts", key)
    judged = records.delete("Contacts", [key], [bench.sim.clock.now()])
    assert judged == [Accepted(key)]
    assert bench.sim.log.writes() == 0


def test_a_record_that_vanishes_under_our_hands_is_deleted(
    bench: Bench, records: Records
) -> None:
    key = bench.contact()
    details = {"id": key}
    bench.sim.faults.add(
        "item_error",
        route="Contacts",
        method="DELETE",
        options={"code": "INVALID_DATA", "details": details, "message": "gone"},
    )
    assert records.delete("Contacts", [key], [bench.sim.clock.now()]) == [Accepted(key)]


def test_a_look_that_fails_deletes_nothing(bench: Bench, records: Records) -> None:
    key = bench.contact()
    bench.sim.faults.add("html", route="Contacts", count=None)
    judged = records.delete("Contacts", [key], [bench.sim.clock.now()])
    assert isinstance(judged[0], NotSent)
    assert bench.sim.log.writes() == 0


def test_a_throttled_look_is_a_throttle(bench: Bench, records: Records) -> None:
    key = bench.contact()
    bench.sim.faults.add("throttle", route="Contacts", retry_after=300)
    judged = records.delete("Contacts", [key], [bench.sim.clock.now()])
    assert isinstance(judged[0], Throttled)


def test_a_lost_permission_to_look_deletes_nothing(
    bench: Bench, records: Records
) -> None:
    key = bench.contact()
    bench.sim.faults.add("no_permission", route="Contacts")
    judged = records.delete("Contacts", [key], [bench.sim.clock.now()])
    assert isinstance(judged[0], Misconfigured)


@pytest.mark.parametrize("kind", ["drop_after", "internal_error", "bad_json"])
def test_after_a_lost_answer_nothing_more_is_sent(
    bench: Bench, records: Records, kind: str
) -> None:
    bench.sim.faults.add(kind, route="Contacts", when="after", nth=2)
    judged = records.insert("Contacts", [{"Last_Name": "x"}] * 250)
    kinds = [type(x) for x in judged]
    assert kinds == [Accepted] * 100 + [OutcomeUnknown] * 100 + [NotSent] * 50
    assert len(bench.sim.records("Contacts")) == 200


def test_after_a_throttle_nothing_more_is_sent(bench: Bench, records: Records) -> None:
    bench.sim.faults.add("throttle", route="Contacts", retry_after=90)
    judged = records.insert("Contacts", [{"Last_Name": "x"}] * 150)
    assert isinstance(judged[0], Throttled)
    assert isinstance(judged[149], NotSent) and judged[149].after == 90
    assert bench.sim.records("Contacts") == []


def test_an_answer_of_another_length_proves_nothing(
    bench: Bench, records: Records
) -> None:
    details = {"id": "1", "Modified_Time": "2026-01-01T00:00:00+00:00"}
    item = {"code": "SUCCESS", "details": details, "status": "success"}
    bench.sim.faults.add("status", route="Contacts", status=201, body={"data": [item]})
    judged = records.insert("Contacts", [{"Last_Name": "x"}] * 2)
    assert [type(x) for x in judged] == [OutcomeUnknown] * 2


def test_a_whole_request_refused_is_the_answer_for_each(
    bench: Bench, records: Records
) -> None:
    bench.sim.faults.add("no_permission", route="Contacts")
    judged = records.insert("Contacts", [{"Last_Name": "x"}] * 2)
    assert [type(x) for x in judged] == [Misconfigured] * 2


def test_a_full_organisation_stops_the_run(bench: Bench, records: Records) -> None:
    bench.sim.knobs.max_records = 0
    judged = records.insert("Contacts", [{"Last_Name": "x"}])
    assert isinstance(judged[0], Misconfigured)
    assert judged[0].setting == "storage"


# -- one answer --------------------------------------------------------------------


def item(code: str, **details: Any) -> dict[str, Any]:
    return {"code": code, "details": details, "message": "", "status": "error"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (item("ALREADY_MODIFIED", id="1"), ChangedMeanwhile),
        (item("INVALID_DATA", api_name="id"), Gone),
        (item("INVALID_DATA", resource_path_index=1), Gone),
        (item("INVALID_DATA", api_name="Owner"), Misconfigured),
        (item("INVALID_DATA", api_name="Salutation", supported_values=["a"]), Rejected),
        (item("INVALID_DATA", api_name="Title"), Rejected),
        (item("MANDATORY_NOT_FOUND", api_name="Region__c"), Rejected),
        (item("DEPENDENT_FIELD_MISSING", api_name="Region__c"), Rejected),
        (item("MAPPING_MISMATCH", api_name="Region__c"), Rejected),
        (item("NO_PERMISSION"), Rejected),
        (item("NOT_APPROVED", id="1"), RetryLater),
        (item("RECORD_IN_BLUEPRINT"), RetryLater),
        (item("STORAGE_SPACE_EXCEEDED"), Misconfigured),
        (item("INTERNAL_ERROR"), OutcomeUnknown),
        (item("SOMETHING_NEW"), RetryLater),
        ({"code": "SUCCESS", "details": {}, "status": "success"}, OutcomeUnknown),
        ({"status": "success", "details": {"id": "1"}}, RetryLater),
        ("text", OutcomeUnknown),
        ({}, RetryLater),
    ],
)
def test_a_judgement_is_a_type(answer: Any, kind: type[SyncError]) -> None:
    judged = judge(answer)
    assert type(judged) is kind
    assert str(judged)


def test_several_faults_at_once_name_the_first(bench: Bench, records: Records) -> None:
    bench.sim.knobs.multiple_errors = True
    judged = records.insert(
        "Contacts", [{"First_Name": "x" * 41, "Email": "none", "Last_Name": "y"}]
    )[0]
    assert isinstance(judged, Rejected) and judged.field == "First_Name"


def test_several_faults_without_a_known_one_are_a_refusal() -> None:
    errors = item("MULTIPLE_OR_MULTI_ERRORS", errors=[item("SOMETHING_NEW")])
    assert type(judge(errors)) is Rejected


def test_an_older_duplicate_answer_names_the_twin_too() -> None:
    judged = judge(item("DUPLICATE_DATA", api_name="Email", id="77"))
    assert isinstance(judged, Duplicate) and judged.key == "77"


# -- small things ------------------------------------------------------------------


def test_instants_are_sent_with_offset_and_whole_seconds() -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    moment = datetime(2026, 3, 1, 10, 0, 0, 999999, zone)
    assert iso(moment) == "2026-03-01T04:30:00+00:00"


@pytest.mark.parametrize("text", [None, "", "soon", "2026-03-01T10:00:00", 7])
def test_a_time_without_offset_is_none(text: object) -> None:
    assert from_iso(text) is None


def test_the_same_instant_in_another_offset_is_the_same() -> None:
    expected = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)
    assert from_iso("2026-03-01T10:00:00+05:30") == expected
    assert modified_of({"Modified_Time": "2026-02-28T23:30:00-05:00"}) == expected


def test_a_record_without_time_is_tried_again_later() -> None:
    with pytest.raises(RetryLater):
        modified_of({"id": "1"})


def test_quotes_cannot_end_a_text_in_a_query() -> None:
    assert quoted("O'Hara \\") == "'O\\'Hara \\\\'"


def test_an_empty_lookup_has_no_id() -> None:
    assert (id_of(None), id_of({"id": "7"}), id_of({})) == ("", "7", "")


def test_our_mistakes_are_bugs() -> None:
    assert issubclass(ApiRefused, Bug)
