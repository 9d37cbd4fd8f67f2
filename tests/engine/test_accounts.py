"""Several accounts of one organisation: each has its own, none takes another's."""

import copy

from notes_zoho_sync.services.records import Name

from .bench import Bench
from .store import MemoryStore


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
        bench.run()


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
    benches = company_of("1", "2")
    ada, bob = benches.values()
    record = ada.zoho.person_creates(**person(1))
    run_all(benches)
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
    benches = company_of("1", "2")
    ada, bob = benches.values()
    record = ada.zoho.person_creates(**person(1))
    run_all(benches)
    for owner in ("2", "1"):
        give_away(benches, record.key, owner)
    assert len(ada.notes.live()) == 1
    assert [link.state for link in ada.links] == ["linked"]
    assert [link.state for link in bob.links] == ["closed"]


def test_a_record_that_comes_back_waits_until_the_other_account_lets_go():
    """Which rests for now; only one of them may hold the record."""
    benches = company_of("1", "2")
    ada, bob = benches.values()
    record = ada.zoho.person_creates(**person(1))
    run_all(benches)
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
