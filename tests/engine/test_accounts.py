"""Several accounts of one organisation: each has its own, none takes another's."""

import copy
from dataclasses import replace

import pytest

from notes_zoho_sync.services.reasons import reason
from notes_zoho_sync.services.records import Name

from .bench import Bench
from .store import MemoryStore
from .world import Record


def company_of(*owners: str) -> dict[str, Bench]:
    """Accounts with a mail file each and one Zoho organisation together."""
    first = Bench()
    benches = {}
    for owner in owners:
        bench = Bench(zoho_user=owner, source=f"server|mail/{owner}.nsf")
        bench.clock = bench.notes.clock = first.clock
        bench.org = first.org
        bench.store = MemoryStore(first.org, owner)
        bench.zoho = copy.copy(first.zoho)  # the same records, seen by its owner
        bench.zoho.owner = owner
        benches[owner] = bench
    first.org.accounts = {owner: bench.store for owner, bench in benches.items()}
    for bench in benches.values():
        bench.zoho._add = first.zoho._add
    return benches


def person(n: int) -> dict:
    return {"name": Name("A", f"B{n}"), "emails": (f"b{n}@example.com",)}


def run_all(benches: dict[str, Bench]) -> None:
    for bench in benches.values():
        if not bench.store.asleep:
            bench.run()


def synced_by_the_first() -> tuple[dict[str, Bench], Bench, Bench, Record]:
    """Two accounts, and a record of the first one's that both have seen."""
    benches = company_of("1", "2")
    ada, bob = benches.values()
    record = ada.zoho.person_creates(**person(1))
    run_all(benches)
    return benches, ada, bob, record


def left_by_the_direction() -> tuple[dict[str, Bench], Bench, Bench, Record]:
    """Two accounts, and a record of the first one's that its direction keeps out."""
    benches = company_of("1", "2")
    ada, bob = benches.values()
    set_direction(ada, "notes_to_zoho")
    record = ada.zoho.person_creates(**person(1))
    ada.run()
    return benches, ada, bob, record


def give_away(benches: dict[str, Bench], key: str, owner: str) -> None:
    """Somebody else gets the record, and every account has seen it."""
    first, *_others = benches.values()
    first.zoho.person_gives_away(key, owner)
    for _ in range(3):
        first.clock.tick(600)
        run_all(benches)


def test_each_account_gets_its_owners_records_only():
    benches = company_of("1", "2")
    for owner, bench in benches.items():
        bench.zoho.person_creates(**person(int(owner)))
    run_all(benches)
    for owner, bench in benches.items():
        (record,) = bench.notes.live()
        assert record.values["emails"] == (f"b{owner}@example.com",)


def test_a_record_that_changes_hands_leaves_one_account_for_the_other():
    benches, ada, bob, record = synced_by_the_first()
    give_away(benches, record.key, "2")
    assert len(ada.notes.live()) == 1, "the old owner's copy stays"
    assert len(bob.notes.live()) == 1, "the new owner gets one"
    assert [link.state for link in ada.links] == ["closed"]
    assert [link.state for link in bob.links] == ["linked"]
    bob.zoho.person_edits(record.key, job_title="Z")
    run_all(benches)
    assert bob.notes.live()[0].values["job_title"] == "Z"
    assert ada.notes.live()[0].values["job_title"] == ""


def test_a_record_that_comes_back_is_linked_to_the_copy_that_stayed():
    benches, ada, bob, record = synced_by_the_first()
    for owner in ("2", "1"):
        give_away(benches, record.key, owner)
    assert len(ada.notes.live()) == 1
    assert [link.state for link in ada.links] == ["linked"]
    assert [link.state for link in bob.links] == ["closed"]


def test_a_record_that_comes_back_waits_until_the_other_account_lets_go():
    """Which rests for now; only one of them may hold the record."""
    benches, ada, bob, record = synced_by_the_first()
    give_away(benches, record.key, "2")
    ada.zoho.person_gives_away(record.key, "1")
    ada.zoho.person_creates(**person(2))
    for _ in range(2):
        ada.clock.tick(600)
        assert ada.run().finished
    assert len(ada.notes.live()) == 2
    assert sorted(link.state for link in ada.links) == ["closed", "linked"]
    for _ in range(2):
        ada.clock.tick(600)
        run_all(dict(reversed(benches.items())))
    assert [link.state for link in ada.links] == ["linked", "linked"]
    assert len(ada.notes.live()) == 2


def test_one_accounts_failure_does_not_touch_the_other():
    benches = company_of("1", "2")
    ada, bob = benches.values()
    ada.zoho.person_creates(**person(1))
    bob.zoho.person_creates(**person(2))
    ada.faults.plan = {n: "down" for n in range(1, 400)}
    run_all(benches)
    assert not ada.notes.live()
    assert len(bob.notes.live()) == 1


def set_direction(bench: Bench, direction: str) -> None:
    bench.settings = replace(bench.settings, direction=direction)


def why(bench: Bench) -> list[str]:
    return [link.reason.code if link.reason else link.state for link in bench.links]


def goes_to(benches: dict[str, Bench], key: str, owner: str) -> None:
    """Somebody else gets the record, whose account syncs before the others."""
    bench = benches[owner]
    bench.zoho.person_gives_away(key, owner)
    for _ in range(2):
        bench.clock.tick(600)
        assert bench.run().finished


def assert_comes_back(benches: dict[str, Bench], key: str) -> None:
    """Given back, the record is the first account's again, and nothing is doubled."""
    ada, bob = benches.values()
    give_away(benches, key, ada.settings.zoho_user)
    assert [link.state for link in ada.links] == ["linked"]
    assert [link.state for link in bob.links] == ["closed"]
    assert len(ada.notes.live()) == len(ada.zoho.live()) == 1
    assert ada.idle_writes() == 0


def test_a_new_direction_opens_nothing_that_another_account_has_by_now():
    benches, ada, bob, record = left_by_the_direction()
    assert why(ada) == ["direction_new"]
    goes_to(benches, record.key, "2")
    set_direction(ada, "two_way")
    assert ada.run().finished
    assert not ada.links
    assert not ada.notes.live()
    assert len(bob.notes.live()) == 1
    assert_comes_back(benches, record.key)


def left_for_a_deletion(benches: dict[str, Bench]):
    """A record whose copy was deleted where it must not be; and that copy."""
    ada = next(iter(benches.values()))
    set_direction(ada, "zoho_to_notes")
    record = ada.zoho.person_creates(**person(1))
    run_all(benches)
    (copy_,) = ada.notes.live()
    ada.notes.person_deletes(copy_.key)
    for _ in range(3):
        ada.clock.tick(90000)
        ada.run()
    assert why(ada) == ["target_deleted"]
    return record, copy_


def test_a_deletion_that_is_undone_takes_nothing_from_another_account():
    benches = company_of("1", "2")
    ada, bob = benches.values()
    record, copy_ = left_for_a_deletion(benches)
    goes_to(benches, record.key, "2")
    ada.notes.person_restores(copy_.key)
    told = len(ada.entries)
    for _ in range(2):
        ada.clock.tick(600)
        assert ada.run().finished
    assert why(ada) == ["owner_changed"]
    assert [entry.reason.code for entry in ada.entries[told:]] == ["owner_changed"]
    assert len(ada.notes.live()) == len(bob.notes.live()) == 1
    assert_comes_back(benches, record.key)


def test_what_may_be_synced_again_takes_nothing_from_another_account():
    """It was left alone for what it was: here an entry that cannot be read."""
    benches, ada, bob, record = synced_by_the_first()
    (copy_,) = ada.notes.live()
    item = ada.notes.item
    ada.notes.item = lambda one: replace(item(one), skip=reason("fake_locked"))
    ada.notes.person_edits(copy_.key, job_title="X")
    ada.run()
    assert why(ada) == ["fake_locked"]
    goes_to(benches, record.key, "2")
    ada.notes.item = item
    ada.notes.person_edits(copy_.key, job_title="Y")
    assert ada.run().finished
    assert why(ada) == ["owner_changed"]
    assert_comes_back(benches, record.key)


def test_what_turns_private_takes_nothing_from_another_account():
    benches, ada, bob, record = synced_by_the_first()
    give_away(benches, record.key, "2")
    (copy_,) = ada.notes.live()
    ada.notes.person_hides(copy_.key, True)
    assert ada.run().finished
    assert why(ada) == ["owner_changed"]
    assert not any(link.notes.values or link.zoho.values for link in ada.links)
    bob.zoho.person_edits(record.key, job_title="Z")
    run_all(benches)
    assert bob.notes.live()[0].values["job_title"] == "Z"
    give_away(benches, record.key, "1")
    assert why(ada) == ["private"]


def test_a_counterpart_is_not_looked_for_among_what_another_account_has():
    benches, ada, bob, record = left_by_the_direction()
    goes_to(benches, record.key, "2")
    ada.notes.person_creates(**person(1))
    with pytest.MonkeyPatch.context() as patch:
        # Its row comes later than the instant up to which this run looks at the feed.
        patch.setattr(ada.store, "changes", lambda *args: [])
        assert ada.run().finished
    assert sorted(why(ada)) == ["direction_new", "linked"]
    ada.clock.tick(600)
    assert ada.run().finished
    assert why(ada) == ["linked"]
    assert [one.owner for one in ada.zoho.live()] == ["2", "1"]


def test_what_another_account_has_is_not_waited_for_when_it_is_not_ones_own():
    benches, ada, bob, record = synced_by_the_first()
    give_away(benches, record.key, "2")
    bob.zoho.person_edits(record.key, job_title="Z")
    run_all(benches)
    run_all(benches)
    assert why(ada) == ["owner_changed"]
    assert not ada.org.rows


def leaves(benches: dict[str, Bench], name: str) -> None:
    """The account does not run any more."""
    benches[name].store.asleep = True


def returns(benches: dict[str, Bench], name: str) -> None:
    benches[name].store.asleep = False


def left_to(benches: dict[str, Bench], owner: str):
    """A record of the last account, whose person has left; it is somebody else's
    now, whose account has not run yet."""
    bob = list(benches.values())[-1]
    record = bob.zoho.person_creates(**person(1))
    run_all(benches)
    leaves(benches, bob.settings.zoho_user)
    bob.zoho.person_gives_away(record.key, owner)
    bob.clock.tick(600)
    return record


def test_an_account_that_does_not_run_keeps_nothing_from_the_new_owner():
    benches = company_of("1", "2")
    ada, bob = benches.values()
    left_to(benches, "1")
    run_all(benches)
    assert [link.state for link in ada.links] == ["linked"]
    assert why(bob) == ["owner_changed"]
    assert len(ada.notes.live()) == len(bob.notes.live()) == 1
    assert ada.idle_writes() == 0


def test_a_new_owner_who_lists_for_the_first_time_finds_it_as_well():
    benches = company_of("1", "2", "3")
    ada, bob, eve = benches.values()
    accounts = ada.org.accounts
    del accounts["1"]
    record = bob.zoho.person_creates(**person(1))
    bob.run()
    leaves(benches, "2")
    bob.zoho.person_gives_away(record.key, "1")
    eve.run()  # the feed passes by an account that is not there yet
    accounts["1"] = ada.store
    ada.run()
    assert [link.state for link in ada.links] == ["linked"]
    assert why(bob) == ["owner_changed"]


def test_it_keeps_what_is_not_given_to_anybody_who_asks():
    benches = company_of("1", "2")
    ada, bob = benches.values()
    record = left_to(benches, "3")
    ada.zoho.person_creates(**person(2))
    run_all(benches)
    assert why(bob) == ["linked"]
    assert len(ada.links) == 1
    returns(benches, "2")
    run_all(benches)
    assert why(bob) == ["owner_changed"]
    assert ada.zoho.records[record.key].owner == "3"


def test_it_keeps_what_is_still_its_users_whoever_had_it_before():
    benches, ada, bob, record = synced_by_the_first()
    give_away(benches, record.key, "2")
    leaves(benches, "2")
    ada.zoho.person_edits(record.key, job_title="Z")
    for _ in range(2):
        ada.clock.tick(600)
        run_all(benches)
    assert (why(ada), why(bob)) == (["owner_changed"], ["linked"])


def test_a_preview_lets_nobody_go():
    benches = company_of("1", "2")
    ada, bob = benches.values()
    left_to(benches, "1")
    assert not ada.preview()
    assert why(bob) == ["linked"]


def test_who_comes_back_finds_nothing_doubled_and_gets_the_record_again():
    benches = company_of("1", "2")
    ada, bob = benches.values()
    record = left_to(benches, "1")
    run_all(benches)
    ada.notes.person_edits(ada.notes.live()[0].key, job_title="Z")
    returns(benches, "2")
    for _ in range(2):
        run_all(benches)
        ada.clock.tick(90000)
    assert why(bob) == ["owner_changed"]
    assert len(ada.zoho.live()) == len(bob.notes.live()) == 1
    assert bob.notes.live()[0].values["job_title"] == ""
    give_away(benches, record.key, "2")
    assert [link.state for link in bob.links] == ["linked"]
    assert [link.state for link in ada.links] == ["closed"]
    assert len(bob.notes.live()) == 1
    assert bob.notes.live()[0].values["job_title"] == "Z"
    assert bob.idle_writes() == ada.idle_writes() == 0


@pytest.mark.parametrize("given", [True, False], ids=["while away", "after"])
@pytest.mark.parametrize("doing", ["create", "update", "delete"])
@pytest.mark.parametrize("lost", [True, False], ids=["arrived", "not"])
def test_what_its_last_run_left_open_takes_nothing_back(doing, lost, given):
    """The process died with an operation in Notes whose outcome nobody knows."""
    benches = company_of("1", "2")
    ada, bob = benches.values()
    record = bob.zoho.person_creates(**person(1))
    if doing != "create":
        run_all(benches)
        bob.clock.tick(600)
    if doing == "update":
        bob.zoho.person_edits(record.key, job_title="Y")
    elif doing == "delete":
        bob.zoho.person_deletes(record.key)
    where = "after writing notes" if lost else "before writing notes"
    assert bob.run_killed_at(1, where)
    assert any(link.notes.intent for link in bob.links)
    if given:
        leaves(benches, "2")
    if doing == "delete":
        bob.zoho.person_restores(record.key)
    bob.zoho.person_gives_away(record.key, "1")
    for _ in range(3):
        bob.clock.tick(600)
        run_all(benches)
    if given:
        assert [link.state for link in ada.links] == ["linked"]
    returns(benches, "2")
    for _ in range(3):
        bob.clock.tick(90000)
        run_all(benches)
    assert [link.state for link in ada.links] == ["linked"]
    assert not any(link.notes.intent or link.zoho.intent for link in bob.links)
    assert {link.state for link in bob.links} <= {"closed"}
    assert len(ada.zoho.live()) == len(ada.notes.live()) == 1
    assert bob.idle_writes() == ada.idle_writes() == 0
