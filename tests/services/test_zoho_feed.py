"""Zoho's feed of an organisation, alone and pulled by the engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from notes_zoho_sync.services.errors import RetryLater
from notes_zoho_sync.services.sync.feed import pull
from notes_zoho_sync.services.sync.item import FeedPage, FeedRow
from notes_zoho_sync.services.sync.ports import FeedPort
from notes_zoho_sync.services.zoho.feed import ZohoFeed
from notes_zoho_sync.services.zoho.metadata import (
    current_user,
    list_users,
    organisation,
)
from tests.services.zoho_support import Bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def pages(feed: ZohoFeed, since: datetime, module: str = "Contacts") -> list[FeedPage]:
    found = [feed.modified(module, since, "")]
    while found[-1].more:
        found.append(feed.modified(module, since, found[-1].more))
    return found


def keys(found: list[FeedPage]) -> list[str]:
    return [row.key for page in found for row in page.rows]


def test_the_feed_is_what_the_engine_asks_for(bench: Bench) -> None:
    port: FeedPort = bench.feed()
    assert port.deleted("Contacts", bench.clock(), "").rows == ()


def test_what_was_modified_comes_with_its_record_and_instant(bench: Bench) -> None:
    old = bench.contact()
    bench.sim.clock.advance(minutes=10)
    since = bench.sim.clock.now()
    key = bench.contact(Title="Lotsin")
    page = bench.feed().modified("Contacts", since - timedelta(seconds=1), "")
    assert [row.key for row in page.rows] == [key] and old != key
    row = page.rows[0]
    assert row.record["Title"] == "Lotsin" and not row.deleted
    assert row.record["Owner"]["id"] == bench.ulla
    assert row.modified == datetime.fromisoformat(row.record["Modified_Time"])
    assert row.modified.utcoffset() == timedelta()
    assert abs(page.began - bench.sim.clock.now()) < timedelta(seconds=2)


def test_a_long_feed_comes_in_pages_with_the_same_header(bench: Bench) -> None:
    since = bench.clock()
    made = [bench.contact() for _ in range(450)]
    found = pages(bench.feed(), since)
    assert [len(page.rows) for page in found] == [200, 200, 50]
    assert sorted(keys(found)) == sorted(made)
    headers = {
        entry.headers["If-Modified-Since"] for entry in bench.sim.log.select("Contacts")
    }
    assert len(headers) == 1


@pytest.mark.parametrize("bound", [True, False])
def test_a_record_edited_during_the_walk_is_not_missed(
    bench: Bench, bound: bool
) -> None:
    bench.sim.knobs.page_token_bound_to_header = bound
    since = bench.clock()
    made = [bench.contact() for _ in range(250)]
    feed = bench.feed()
    first = feed.modified("Contacts", since, "")
    bench.sim.clock.advance(seconds=5)
    bench.sim.act.edit("Contacts", made[0], Title="Neu")
    second = feed.modified("Contacts", since, first.more)
    assert set(keys([first, second])) == set(made)
    titles = [row.record["Title"] for row in second.rows if row.key == made[0]]
    assert titles == ["Neu"]


def test_a_walk_whose_token_ended_goes_on_where_it_stood(bench: Bench) -> None:
    since = bench.clock()
    made = [bench.contact() for _ in range(200)]
    bench.sim.clock.advance(minutes=1)
    made += [bench.contact() for _ in range(50)]
    feed = bench.feed()
    first = feed.modified("Contacts", since, "")
    bench.sim.clock.advance(hours=25)
    rest = [feed.modified("Contacts", since, first.more)]
    while rest[-1].more:
        rest.append(feed.modified("Contacts", since, rest[-1].more))
    assert set(keys([first, *rest])) == set(made)
    assert bench.sim.log.select("Contacts")[1].status == 400


def test_a_feed_beyond_the_ceiling_goes_on_where_it_stood(bench: Bench) -> None:
    bench.sim.knobs.pagination_ceiling = 400
    since = bench.clock()
    made = []
    for _ in range(5):
        made += [bench.contact() for _ in range(190)]
        bench.sim.clock.advance(seconds=10)
    assert set(keys(pages(bench.feed(), since))) == set(made)


def test_a_walk_that_cannot_get_on_says_so(bench: Bench) -> None:
    bench.sim.clock.freeze()
    bench.sim.knobs.pagination_ceiling = 200
    for _ in range(250):
        bench.contact()
    feed = bench.feed()
    first = feed.modified("Contacts", bench.sim.clock.now(), "")
    with pytest.raises(RetryLater, match="one second"):
        feed.modified("Contacts", bench.sim.clock.now(), first.more)


def test_deletions_come_with_their_instant(bench: Bench) -> None:
    since = bench.clock()
    key, purged = bench.contact(), bench.contact()
    bench.sim.act.delete("Contacts", key)
    bench.sim.act.purge("Contacts", purged)
    page = bench.feed().deleted("Contacts", since, "")
    assert {row.key for row in page.rows} == {key, purged}
    assert all(row.deleted and row.modified >= since for row in page.rows)
    assert page.more == ""


def test_many_deletions_come_in_pages(bench: Bench) -> None:
    since = bench.clock()
    made = {bench.contact() for _ in range(201)}
    for key in made:
        bench.sim.act.delete("Contacts", key)
    feed = bench.feed()
    first = feed.deleted("Contacts", since, "")
    second = feed.deleted("Contacts", since, first.more)
    assert set(keys([first, second])) == made and second.more == ""


def test_a_deletion_without_a_time_is_tried_again_later(bench: Bench) -> None:
    body = {"data": [{"id": "1"}], "info": {"more_records": False}}
    bench.sim.faults.add("status", route="Contacts/deleted", status=200, body=body)
    with pytest.raises(RetryLater):
        bench.feed().deleted("Contacts", bench.clock(), "")


def test_nothing_of_a_private_record_waits_in_the_feed(bench: Bench) -> None:
    since = bench.clock()
    key = bench.contact(Title="Geheim", Email="geheim@hafen.example")
    bench.sim.act.tag_private("Contacts", key)
    row = bench.feed().modified("Contacts", since, "").rows[0]
    assert row.record["Tag"][0]["name"] == "Private"
    assert row.record["Owner"]["id"] == bench.ulla
    assert "eheim" not in json.dumps(row.record)
    assert bench.side().parse("contact", row.record, bench.clock()).private


def test_the_feed_and_the_side_speak_of_the_same_versions(bench: Bench) -> None:
    since = bench.clock()
    key = bench.contact()
    side = bench.side()
    row = bench.feed().modified("Contacts", since, "").rows[0]
    item = side.parse("contact", row.record, bench.clock())
    assert item.version == side.read("contact", [key])[key].version
    assert item.values == side.read("contact", [key])[key].values


# -- companies ---------------------------------------------------------------------


def test_companies_of_the_feed_are_known_afterwards(bench: Bench) -> None:
    since = bench.clock()
    key = bench.sim.act.create("Accounts", Account_Name="Reederei")
    page = bench.feed().modified("Accounts", since, "")
    assert [row.key for row in page.rows] == [key]
    assert bench.companies.ids == {"reederei": key}


def test_of_namesakes_the_oldest_is_known(bench: Bench) -> None:
    since = bench.clock()
    first = bench.sim.act.create("Accounts", Account_Name="Doppelt")
    bench.feed().modified("Accounts", since, "")
    bench.sim.clock.advance(minutes=2)
    bench.sim.act.create("Accounts", Account_Name="DOPPELT")
    bench.feed().modified("Accounts", bench.sim.clock.now(), "")
    assert bench.companies.ids == {"doppelt": first}


def test_a_renamed_company_loses_its_old_name(bench: Bench) -> None:
    since = bench.clock()
    key = bench.sim.act.create("Accounts", Account_Name="Alt")
    bench.feed().modified("Accounts", since, "")
    bench.sim.act.edit("Accounts", key, Account_Name="Neu")
    bench.feed().modified("Accounts", since, "")
    assert bench.companies.ids == {"neu": key}


def test_a_deleted_company_is_forgotten(bench: Bench) -> None:
    since = bench.clock()
    key = bench.sim.act.create("Accounts", Account_Name="Alt")
    bench.feed().modified("Accounts", since, "")
    bench.sim.act.delete("Accounts", key)
    bench.feed().deleted("Accounts", since, "")
    assert bench.companies.ids == {}


# -- pulled by the engine ----------------------------------------------------------


class MemoryFeed:
    """A FeedStore in memory; rows count once they are committed."""

    def __init__(self) -> None:
        self.cursors: dict[str, Any] = {}
        self.rows: list[FeedRow] = []

    def cursor(self, module: str) -> dict[str, Any]:
        return dict(self.cursors.get(module, {}))

    def keep(self, rows: Sequence[FeedRow], read_at: datetime) -> None:
        self.rows += rows

    def set_cursor(self, module: str, cursor: Mapping[str, Any]) -> None:
        self.cursors[module] = json.loads(json.dumps(cursor))

    def commit(self) -> None:
        pass


MODULES = ["Contacts", "Accounts"]


def test_an_idle_pull_costs_two_calls_a_module(bench: Bench) -> None:
    store = MemoryFeed()
    for _ in range(300):
        bench.contact(Account_Name="Reederei")
    pull(bench.feed(), store, MODULES, bench.clock())
    bench.sim.clock.advance(minutes=30)
    pull(bench.feed(), store, MODULES, bench.clock())
    bench.sim.clear_log()
    store.rows.clear()
    pull(bench.feed(), store, MODULES, bench.clock())
    assert bench.sim.log.counts() == {
        "GET Contacts": 1,
        "GET Contacts/deleted": 1,
        "GET Accounts": 1,
        "GET Accounts/deleted": 1,
    }
    assert store.rows == []


def test_after_an_hour_an_idle_pull_needs_one_token_more(bench: Bench) -> None:
    store = MemoryFeed()
    pull(bench.feed(), store, MODULES, bench.clock())
    bench.sim.clock.advance(hours=2)
    bench.sim.clear_log()
    pull(bench.feed(), store, MODULES, bench.clock())
    assert bench.sim.log.count() == 5
    assert bench.sim.log.count("oauth/token") == 1


def test_the_first_pull_of_a_module_asks_for_no_deletions(bench: Bench) -> None:
    store = MemoryFeed()
    pull(bench.feed(), store, MODULES, bench.clock())
    assert not [route for route in bench.sim.log.counts() if "deleted" in route]


def test_two_pulls_bring_each_change_once(bench: Bench) -> None:
    store = MemoryFeed()
    pull(bench.feed(), store, MODULES, bench.clock())
    key = bench.contact()
    bench.sim.clock.advance(seconds=5)
    pull(bench.feed(), store, MODULES, bench.clock())
    bench.sim.act.delete("Contacts", key)
    bench.sim.clock.advance(seconds=5)
    pull(bench.feed(), store, MODULES, bench.clock())
    pull(bench.feed(), store, MODULES, bench.clock())
    assert [(row.key, row.deleted) for row in store.rows] == [
        (key, False),
        (key, True),
    ]


# -- the organisation --------------------------------------------------------------


def test_the_integration_user_is_known(bench: Bench) -> None:
    user = current_user(bench.session)
    assert user.email == "integration@fjordlicht.example"
    assert user.active and user.id and user.name == "Inga Integration"


def test_all_users_are_listed_inactive_ones_as_such(bench: Bench) -> None:
    for n in range(205):
        bench.sim.act.add_user(f"u{n}@kontor.example", "U", str(n))
    bench.sim.act.deactivate_user("u3@kontor.example")
    users = {user.email: user for user in list_users(bench.session)}
    assert len(users) == 207
    assert not users["u3@kontor.example"].active
    assert users["ulla@kontor.example"].time_zone == "Europe/Berlin"


def test_the_organisation_tells_its_edition_and_country(bench: Bench) -> None:
    org = organisation(bench.session)
    assert org.zgid == bench.sim.dump()["org"]["zgid"]
    assert org.edition == "enterprise" and len(org.country) == 2


@pytest.mark.parametrize("route", ["org", "users"])
def test_an_empty_answer_is_no_organisation(bench: Bench, route: str) -> None:
    bench.sim.faults.add("status", route=route, status=204)
    with pytest.raises(RetryLater):
        if route == "org":
            organisation(bench.session)
        else:
            current_user(bench.session)
