"""Zoho CRM as the engine sees it: reading, writing, companies, metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from notes_zoho_sync.services.errors import (
    Bug,
    ChangedMeanwhile,
    Duplicate,
    Gone,
    Misconfigured,
    NeedsSignIn,
    NotSent,
    OutcomeUnknown,
    Rejected,
    RetryLater,
)
from notes_zoho_sync.services.records import Name
from notes_zoho_sync.services.sync.item import Change, NewRecord, Removal, Written
from notes_zoho_sync.services.sync.ports import Result, ZohoPort
from notes_zoho_sync.services.zoho.companies import company_key
from notes_zoho_sync.services.zoho.side import ZohoSide
from tests.services.zoho_support import Bench

INTEGRATION = "integration@fjordlicht.example"


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


@pytest.fixture
def side(bench: Bench) -> ZohoSide:
    made = bench.side()
    bench.sim.clear_log()
    return made


def new(last: str = "Petersen", key: str = "", **values: Any) -> NewRecord:
    return NewRecord({"name": Name("", last), **values}, key)


def create(side: ZohoSide, *records: NewRecord) -> list[Result]:
    return side.create("contact", records)


def change(side: ZohoSide, key: str, as_of: datetime | None = None, **values: Any):
    item = side.read("contact", [key])[key]
    moment = as_of or item.modified or side.now()
    return Change(key, values, item.values, item.version, moment)


def written(results: list[Result]) -> list[Written]:
    assert all(isinstance(result, Written) for result in results), results
    return [result for result in results if isinstance(result, Written)]


# -- reading -----------------------------------------------------------------------


def test_the_side_is_what_the_engine_asks_for(side: ZohoSide) -> None:
    port: ZohoPort = side
    assert port.module("contact") == "Contacts"


def test_a_record_is_read_with_all_the_engine_needs(
    bench: Bench, side: ZohoSide
) -> None:
    bench.sim.act.change_time_zone(INTEGRATION, "America/New_York")
    key = bench.contact(First_Name="Pia", Title="Lotsin", Account_Name="Reederei")
    item = side.read("contact", [key])[key]
    assert item.values["name"] == Name("Pia", "Petersen")
    assert item.values["company"] == "Reederei"
    assert item.owner == bench.ulla
    assert item.modified is not None and item.modified.utcoffset() == timedelta()
    assert datetime.fromisoformat(item.version) == item.modified
    assert item.version == item.stamp and item.version[-6] == "-"
    assert abs(side.now() - item.read_at) < timedelta(seconds=2)


def test_a_record_out_of_sight_is_left_out(bench: Bench, side: ZohoSide) -> None:
    key, hidden = bench.contact(), bench.contact()
    bench.sim.act.hide_record(hidden, INTEGRATION)
    assert side.read("contact", [key, hidden]).keys() == {key}


def test_nothing_of_a_private_record_is_read(bench: Bench, side: ZohoSide) -> None:
    key = bench.contact(Title="Geheim")
    bench.sim.act.tag_private("Contacts", key)
    item = side.read("contact", [key])[key]
    assert item.private and item.values == {} and "Geheim" not in repr(item)


def test_only_the_users_records_are_listed(bench: Bench, side: ZohoSide) -> None:
    mine = bench.contact()
    bench.sim.act.create("Contacts", Last_Name="Other")
    assert side.list_keys("contact", "") == ([mine], False)


def test_our_own_creations_for_this_user_are_listed(
    bench: Bench, side: ZohoSide
) -> None:
    since = bench.sim.clock.now() - timedelta(seconds=2)
    ours = written(create(side, new("Ours")))[0].key
    bench.sim.act.create("Contacts", by="ulla@kontor.example", Last_Name="Hers")
    bench.sim.act.create("Contacts", by=INTEGRATION, Last_Name="For another")
    assert [item.key for item in side.created_since("contact", since)] == [ours]


# -- creating ----------------------------------------------------------------------


def test_a_new_record_belongs_to_the_user_and_has_a_version(
    bench: Bench, side: ZohoSide
) -> None:
    result = written(create(side, new(job_title="Lotsin")))[0]
    record = bench.record(result.key)
    assert record["Owner"]["id"] == bench.ulla and record["Title"] == "Lotsin"
    read = side.read("contact", [result.key])[result.key]
    assert (read.version, read.stamp) == (result.version, result.stamp)


def test_results_stand_in_the_order_asked(bench: Bench, side: ZohoSide) -> None:
    results = create(side, new("A"), new(""), new("B"), new("C" * 81))
    kinds = [type(result) for result in results]
    assert kinds == [Written, Rejected, Written, Rejected]
    assert bench.record(results[2].key)["Last_Name"] == "B"


def test_our_key_goes_into_the_field_made_for_it(bench: Bench) -> None:
    bench.sim.act.add_field("Contacts", "Notes_Key", length=100, unique=True)
    side = bench.side()
    result = written(create(side, new(key="inst:UNID:1")))[0]
    assert side.read("contact", [result.key])[result.key].sync_key == "inst:UNID:1"
    again = create(side, new(key="inst:UNID:1"))[0]
    assert isinstance(again, Duplicate) and again.key == result.key


def test_a_field_too_short_for_our_key_stays_empty(bench: Bench) -> None:
    bench.sim.act.add_field("Contacts", "Notes_Key", length=5)
    side = bench.side()
    result = written(create(side, new(key="inst:UNID:1")))[0]
    assert bench.record(result.key)["Notes_Key"] is None


def test_without_such_a_field_our_key_is_not_sent(bench: Bench, side: ZohoSide) -> None:
    written(create(side, new(key="inst:UNID:1")))
    assert "Notes_Key" not in bench.sim.writes_seen[0]["items"][0]


def test_an_inactive_owner_is_a_setting_of_the_account(
    bench: Bench, side: ZohoSide
) -> None:
    bench.sim.act.deactivate_user("ulla@kontor.example")
    result = create(side, new())[0]
    assert isinstance(result, Misconfigured) and result.setting == "zoho_user_id"


def test_a_lost_answer_is_found_in_the_list_of_new_records(
    bench: Bench, side: ZohoSide
) -> None:
    since = side.now() - timedelta(seconds=5)
    bench.sim.faults.add("drop_after", route="Contacts", method="POST")
    assert isinstance(create(side, new("Lost"))[0], OutcomeUnknown)
    found = side.created_since("contact", since)
    assert [item.values["name"].last for item in found] == ["Lost"]


def test_metadata_that_cannot_be_read_sends_nothing(bench: Bench) -> None:
    side = bench.side()
    bench.sim.faults.add("html", route="settings/fields", count=None)
    with pytest.raises(RetryLater):
        create(side, new())
    assert bench.sim.records("Contacts") == []


def test_a_revoked_grant_needs_a_person(bench: Bench, side: ZohoSide) -> None:
    written(create(side, new()))
    assert bench.store.token is not None
    bench.sim.act.revoke(bench.store.token.refresh_token)
    result = create(side, new())[0]
    assert isinstance(result, NeedsSignIn)


# -- updating and deleting ---------------------------------------------------------


def test_only_changed_fields_are_sent_and_never_the_owner(
    bench: Bench, side: ZohoSide
) -> None:
    key = bench.contact(Title="Alt", Department="Hafen")
    change_ = change(side, key, job_title="Neu")
    result = written(side.update("contact", [change_]))[0]
    sent = bench.sim.writes_seen[0]
    assert sent["items"] == [{"id": key, "Title": "Neu"}]
    assert sent["if_unmodified_since"].endswith("+00:00")
    record = bench.record(key)
    assert (record["Title"], record["Department"]) == ("Neu", "Hafen")
    assert side.read("contact", [key])[key].version == result.version


def test_an_emptied_unit_is_emptied(bench: Bench, side: ZohoSide) -> None:
    key = bench.contact(Title="Alt")
    written(side.update("contact", [change(side, key, job_title="")]))
    assert bench.record(key)["Title"] is None


def test_an_edit_made_meanwhile_is_not_overwritten(
    bench: Bench, side: ZohoSide
) -> None:
    key = bench.contact(Title="Alt")
    ours = change(side, key, job_title="Unser")
    bench.sim.clock.advance(seconds=2)
    bench.sim.act.edit("Contacts", key, Title="Ihr")
    assert isinstance(side.update("contact", [ours])[0], ChangedMeanwhile)
    assert bench.record(key)["Title"] == "Ihr"


def test_an_edit_in_the_second_of_the_last_look_is_not_overwritten(
    bench: Bench, side: ZohoSide
) -> None:
    key = bench.contact(Title="Alt")
    bench.sim.clock.advance(minutes=1)
    bench.sim.clock.freeze()
    ours = change(side, key, bench.sim.clock.now(), job_title="Unser")
    bench.sim.act.edit("Contacts", key, Title="Ihr")
    assert isinstance(side.update("contact", [ours])[0], ChangedMeanwhile)


def test_a_record_made_in_the_second_of_the_last_look_can_be_changed(
    bench: Bench, side: ZohoSide
) -> None:
    bench.sim.clock.freeze()
    key = bench.contact(Title="Alt")
    ours = change(side, key, bench.sim.clock.now(), job_title="Unser")
    written(side.update("contact", [ours]))


def test_updates_known_up_to_the_same_instant_share_a_call(
    bench: Bench, side: ZohoSide
) -> None:
    keys = [bench.contact() for _ in range(6)]
    early = side.now()
    bench.sim.clock.advance(seconds=30)
    late = bench.sim.clock.now()
    changes = [
        change(side, key, (early, late)[n % 2], job_title=f"T{n}")
        for n, key in enumerate(keys)
    ]
    bench.sim.clear_log()
    results = written(side.update("contact", changes))
    assert [result.key for result in results] == keys
    assert [bench.record(key)["Title"] for key in keys] == [f"T{n}" for n in range(6)]
    assert bench.sim.log.count("Contacts", "PUT") == 2


def test_after_a_throttle_the_other_updates_are_not_sent(
    bench: Bench, side: ZohoSide
) -> None:
    one, two = bench.contact(), bench.contact()
    changes = [
        change(side, one, job_title="x"),
        change(side, two, side.now() + timedelta(seconds=9), job_title="x"),
    ]
    bench.sim.faults.add("throttle", route="Contacts", method="PUT", retry_after=60)
    results = side.update("contact", changes)
    assert isinstance(results[1], NotSent)
    assert bench.sim.log.count("Contacts", "PUT") == 1


def test_a_record_deleted_meanwhile_is_gone(bench: Bench, side: ZohoSide) -> None:
    key = bench.contact()
    ours = change(side, key, job_title="x")
    bench.sim.act.delete("Contacts", key)
    assert isinstance(side.update("contact", [ours])[0], Gone)


def test_a_deletion_is_done_once(bench: Bench, side: ZohoSide) -> None:
    key = bench.contact()
    removal = Removal(key, "", bench.sim.clock.now())
    written(side.delete("contact", [removal]))
    written(side.delete("contact", [removal]))
    assert bench.sim.records("Contacts") == []
    assert bench.sim.log.writes() == 1


def test_only_the_version_decided_about_is_deleted(
    bench: Bench, side: ZohoSide
) -> None:
    key = bench.contact()
    version = side.read("contact", [key])[key].version
    bench.sim.clock.advance(seconds=2)
    bench.sim.act.edit("Contacts", key, Title="Wichtig")
    later = bench.sim.clock.now() + timedelta(minutes=1)
    result = side.delete("contact", [Removal(key, version, later)])[0]
    assert isinstance(result, ChangedMeanwhile)
    version = side.read("contact", [key])[key].version
    written(side.delete("contact", [Removal(key, version, later)]))


def test_an_edited_record_is_not_deleted(bench: Bench, side: ZohoSide) -> None:
    key = bench.contact()
    removal = Removal(key, "", bench.sim.clock.now())
    bench.sim.clock.advance(seconds=2)
    bench.sim.act.edit("Contacts", key, Title="Wichtig")
    result = side.delete("contact", [removal])[0]
    assert isinstance(result, ChangedMeanwhile)
    assert bench.record(key)["Title"] == "Wichtig"


# -- companies ---------------------------------------------------------------------


def company_of(bench: Bench, key: str) -> str:
    found: str = bench.record(key)["Account_Name"]["name"]
    return found


def test_a_missing_company_is_made_for_the_user(bench: Bench, side: ZohoSide) -> None:
    result = written(create(side, new(company="Reederei Süd")))[0]
    assert company_of(bench, result.key) == "Reederei Süd"
    company = bench.sim.records("Accounts")[0]
    assert company["Owner"]["id"] == bench.ulla


def test_a_company_that_exists_is_used_and_left_as_it_is(
    bench: Bench, side: ZohoSide
) -> None:
    there = bench.sim.act.create("Accounts", Account_Name="Reederei Nord")
    before = bench.record(there, "Accounts")
    result = written(create(side, new(company="REEDEREI  nord")))[0]
    assert bench.record(result.key)["Account_Name"]["id"] == there
    assert bench.record(there, "Accounts") == before


def test_contacts_of_one_company_share_it(bench: Bench, side: ZohoSide) -> None:
    results = written(create(side, *[new(company="Eine") for _ in range(100)]))
    assert {company_of(bench, result.key) for result in results} == {"Eine"}
    assert len(bench.sim.records("Accounts")) == 1


def test_many_companies_cost_few_calls(bench: Bench, side: ZohoSide) -> None:
    side.fields_version("contact")
    side.companies.limit()
    bench.sim.clear_log()
    for start in range(0, 300, 100):
        create(side, *[new(company=f"Firma {start + n}") for n in range(100)])
    counts = bench.sim.log.counts()
    assert counts == {
        "GET Accounts": 1,
        "POST Accounts/upsert": 3,
        "POST Contacts": 3,
    }


def test_companies_prepared_ahead_cost_a_call_for_a_hundred(
    bench: Bench, side: ZohoSide
) -> None:
    ahead = [new(company=f"Firma {n % 150}") for n in range(1000)]
    side.prepare("contact", [record.values for record in ahead])
    for start in range(0, 1000, 100):
        written(create(side, *ahead[start : start + 100]))
    assert bench.sim.log.count("Accounts/upsert") == 2
    assert len(bench.sim.records("Accounts")) == 150


def test_preparing_that_fails_sends_the_contacts_failure_later(
    bench: Bench, side: ZohoSide
) -> None:
    bench.sim.faults.add("drop_before", route="Accounts/upsert", count=2)
    side.prepare("contact", [new(company="Eine").values])
    assert isinstance(create(side, new(company="Eine"))[0], NotSent)
    assert company_of(bench, written(create(side, new(company="Eine")))[0].key)


def test_where_contacts_have_no_company_none_is_prepared(bench: Bench) -> None:
    bench.sim.act.hide_field("Contacts", "Account_Name")
    bench.side().prepare("contact", [new(company="Eine").values])
    assert bench.sim.records("Accounts") == []


def test_a_cache_that_lags_does_not_bring_a_deleted_company_back(
    bench: Bench, side: ZohoSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(side, new(company="Eine"))
    gone = bench.sim.records("Accounts")[0]["id"]
    bench.sim.act.delete("Accounts", gone)
    lagging = {company_key("Eine"): gone}
    monkeypatch.setattr(bench.companies, "get_many", lambda names: lagging)
    result = written(create(side, new(company="Eine")))[0]
    assert bench.record(result.key)["Account_Name"]["id"] != gone


def test_a_known_company_costs_nothing(bench: Bench, side: ZohoSide) -> None:
    create(side, new(company="Eine"))
    bench.sim.clear_log()
    create(bench.side(), new(company="eine"))
    counts = bench.sim.log.counts()
    assert "GET Accounts" not in counts and "POST Accounts/upsert" not in counts


def test_in_a_full_crm_companies_are_asked_for_by_name(bench: Bench) -> None:
    for n in range(250):
        bench.sim.act.create("Accounts", Account_Name=f"Firma {n}")
    before = {row["id"]: row for row in bench.sim.records("Accounts")}
    side = bench.side()
    side.companies.cache.put_many({})
    names = ["Firma 240", "O'Hara & Söhne", "Neu (Kiel)", 'Der "Anker"']
    results = written(create(side, *[new(company=name) for name in names]))
    assert [company_of(bench, result.key) for result in results] == names
    after = {row["id"]: row for row in bench.sim.records("Accounts")}
    fresh = [row for key, row in after.items() if key not in before]
    assert {row["Owner"]["id"] for row in fresh} == {bench.ulla}
    assert len(fresh) == 3
    assert {key: after[key] for key in before} == before


def test_names_that_no_query_holds_are_found_by_the_upsert(bench: Bench) -> None:
    for n in range(201):
        bench.sim.act.create("Accounts", Account_Name=f"Firma {n}")
    body = {"code": "SYNTAX_ERROR", "details": {}, "message": "", "status": "error"}
    bench.sim.faults.add("status", route="coql", status=400, body=body)
    owner = bench.sim.records("Accounts")[200]["Owner"]["id"]
    result = written(create(bench.side(), new(company="Firma 200")))[0]
    assert company_of(bench, result.key) == "Firma 200"
    rows = [
        r for r in bench.sim.records("Accounts") if r["Account_Name"] == "Firma 200"
    ]
    assert [row["Owner"]["id"] for row in rows] == [owner]


def test_of_namesakes_the_oldest_is_taken(bench: Bench, side: ZohoSide) -> None:
    first = bench.sim.act.create("Accounts", Account_Name="Doppelt")
    bench.sim.act.create("Accounts", Account_Name="doppelt")
    result = written(create(side, new(company="Doppelt")))[0]
    assert bench.record(result.key)["Account_Name"]["id"] == first


def test_a_company_deleted_in_the_crm_is_made_anew(
    bench: Bench, side: ZohoSide
) -> None:
    create(side, new(company="Eine"))
    bench.sim.act.delete("Accounts", bench.sim.records("Accounts")[0]["id"])
    results = written(create(side, new("A", company="Eine"), new("B")))
    assert company_of(bench, results[0].key) == "Eine"
    assert len(bench.sim.records("Contacts")) == 3


def test_an_emptied_company_unlinks(bench: Bench, side: ZohoSide) -> None:
    key = bench.contact(Account_Name="Eine")
    written(side.update("contact", [change(side, key, company="")]))
    assert bench.record(key)["Account_Name"] is None


def test_a_changed_company_is_linked_anew(bench: Bench, side: ZohoSide) -> None:
    key = bench.contact(Account_Name="Eine")
    written(side.update("contact", [change(side, key, company="Andere")]))
    assert company_of(bench, key) == "Andere"


def test_a_company_that_zoho_refuses_keeps_only_its_contacts_back(
    bench: Bench, side: ZohoSide
) -> None:
    bench.sim.act.add_field("Accounts", "Branche", mandatory=True)
    results = create(side, new("A", company="Eine"), new("B"))
    assert isinstance(results[0], Rejected)
    assert "Eine" in str(results[0]) and "Branche" in str(results[0])
    assert isinstance(results[1], Written)


def test_a_company_refused_for_a_field_makes_its_metadata_be_read_again(
    bench: Bench, side: ZohoSide
) -> None:
    before = side.fields_version("contact")
    bench.sim.act.add_field("Accounts", "Branche", mandatory=True)
    assert isinstance(create(side, new(company="Eine"))[0], Rejected)
    assert side.fields_version("contact") != before


def test_what_was_refused_for_a_company_waits_for_its_metadata_too(
    bench: Bench,
) -> None:
    before = bench.side().fields_version("contact")
    bench.metadata.answers.clear()
    bench.sim.act.add_field("Accounts", "Branche", mandatory=True)
    assert bench.side().fields_version("contact") != before


@pytest.mark.parametrize("kind", ["drop_after", "throttle"])
def test_contacts_wait_when_their_companies_fail(
    bench: Bench, side: ZohoSide, kind: str
) -> None:
    bench.sim.faults.add(kind, route="Accounts/upsert")
    assert isinstance(create(side, new(company="Eine"))[0], NotSent)
    assert bench.sim.records("Contacts") == []
    result = written(create(side, new(company="Eine")))[0]
    assert company_of(bench, result.key) == "Eine"
    assert len(bench.sim.records("Accounts")) == 1


def test_contacts_wait_when_companies_cannot_be_looked_up(
    bench: Bench, side: ZohoSide
) -> None:
    side.fields_version("contact")
    bench.sim.faults.add("html", route="Accounts", count=None)
    results = create(side, new("A", company="Eine"), new("B"))
    assert isinstance(results[0], NotSent)
    assert isinstance(results[1], Written)


def test_a_name_longer_than_zoho_takes_is_cut_with_a_remark(
    bench: Bench, side: ZohoSide
) -> None:
    bench.sim.act.change_field("Accounts", "Account_Name", length=20)
    fitted = side.fit("contact", {"company": "Gesellschaft für Seefunk"}, {})
    assert fitted.values["company"] == "Gesellschaft für See"
    assert [remark.code for remark in fitted.remarks] == ["zoho_company_cut"]


def test_a_name_that_zoho_holds_already_is_not_cut(
    bench: Bench, side: ZohoSide
) -> None:
    bench.sim.act.change_field("Accounts", "Account_Name", length=20)
    values = {"company": "Gesellschaft für Seefunk"}
    assert side.fit("contact", values, values).values == values


def test_what_fits_passes_as_it_is(side: ZohoSide) -> None:
    values = {"company": "Eine", "job_title": "Lotsin"}
    assert side.fit("contact", values, {}).values == values


def test_what_the_mapping_cuts_stays_cut(side: ZohoSide) -> None:
    fitted = side.fit("contact", {"job_title": "x" * 300}, {})
    assert len(fitted.values["job_title"]) == 100 and fitted.remarks


@pytest.fixture
def modest() -> Iterator[Bench]:
    """An organisation where the sync makes no companies."""
    made = Bench(create_companies=False)
    yield made
    made.close()


def test_a_company_that_may_not_be_made_is_left_out_with_a_remark(
    modest: Bench,
) -> None:
    modest.sim.act.create("Accounts", Account_Name="Bekannt")
    side = modest.side()
    results = written(create(side, new(company="Bekannt"), new(company="Fremd")))
    assert company_of(modest, results[0].key) == "Bekannt"
    assert modest.record(results[1].key)["Account_Name"] is None
    assert [remark.code for remark in results[1].remarks] == ["zoho_company_unknown"]
    assert len(modest.sim.records("Accounts")) == 1


def test_a_company_left_out_does_not_read_as_emptied(modest: Bench) -> None:
    side = modest.side()
    key = written(create(side, new(company="Fremd")))[0].key
    assert "company" not in side.read("contact", [key])[key].values


def test_an_update_of_an_unknown_company_alone_sends_nothing(modest: Bench) -> None:
    side = modest.side()
    key = modest.contact()
    ours = change(side, key, company="Fremd")
    result = written(side.update("contact", [ours]))[0]
    assert result.version == ours.version and result.remarks
    assert modest.sim.log.writes() == 0


def test_company_names_are_one_whatever_their_case_and_blanks() -> None:
    assert company_key(" Müller &amp; Söhne ") == company_key("MÜLLER  & söhne")


# -- metadata ----------------------------------------------------------------------


def test_metadata_is_read_once_and_kept(bench: Bench) -> None:
    for _ in range(3):
        bench.side().fields_version("contact")
    queries = [entry.query for entry in bench.sim.log.select("settings/fields")]
    assert queries == ["module=Contacts", "module=Accounts"]


def test_kept_metadata_is_small_and_plain(bench: Bench, side: ZohoSide) -> None:
    side.fields_version("contact")
    kept = bench.metadata.answers["Contacts"]["fields"]
    assert not any("profiles" in row or "id" in row for row in kept)
    by_name = {row["api_name"]: row for row in kept}
    assert by_name["Last_Name"]["length"] == 80
    assert by_name["Account_Name"]["lookup"]["module"]["api_name"] == "Accounts"
    picks = [p["actual_value"] for p in by_name["Salutation"]["pick_list_values"]]
    assert "Mr." in picks


def test_a_refused_field_makes_the_metadata_be_read_again(
    bench: Bench, side: ZohoSide
) -> None:
    before = side.fields_version("contact")
    bench.sim.act.add_field("Contacts", "Region", mandatory=True)
    result = create(side, new())[0]
    assert isinstance(result, Rejected) and result.field == "Region"
    assert side.fields_version("contact") != before


def test_the_metadata_is_read_again_once_a_run(bench: Bench, side: ZohoSide) -> None:
    bench.sim.act.add_field("Contacts", "Region", mandatory=True)
    for _ in range(3):
        create(side, new())
    assert bench.sim.log.count("settings/fields") == 2


def test_metadata_that_cannot_be_read_again_is_read_later(
    bench: Bench, side: ZohoSide
) -> None:
    before = side.fields_version("contact")
    bench.sim.act.add_field("Contacts", "Region", mandatory=True)
    rule = bench.sim.faults.add("html", route="settings/fields", count=None)
    assert isinstance(create(side, new())[0], Rejected)
    assert side.fields_version("contact") == before
    bench.sim.faults.remove(rule)
    create(side, new())
    assert side.fields_version("contact") != before


def test_more_fields_than_a_list_takes_is_our_mistake(
    bench: Bench, side: ZohoSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"F{n}" for n in range(51)]
    many: Callable[..., list[str]] = lambda kind, metadata: names  # noqa: E731
    monkeypatch.setattr(bench.mapping, "fields", many)
    with pytest.raises(Bug):
        side.read("contact", ["1"])
