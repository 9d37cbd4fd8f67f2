"""What a run does in the plain cases, one behaviour a test."""

from notes_zoho_sync.services.records import Name

from .bench import Bench


def person(first: str, last: str, email: str, **more):
    return {"name": Name(first, last), "emails": (email,), **more}


def test_a_notes_contact_is_created_in_an_empty_zoho():
    bench = Bench()
    bench.notes.person_creates(**person("Ada", "Lovelace", "ada@example.com"))
    bench.run()
    (record,) = bench.zoho.live()
    assert record.values["name"] == Name("Ada", "Lovelace")
    assert record.owner == "1"


def test_a_zoho_contact_is_created_in_empty_notes():
    bench = Bench()
    bench.zoho.person_creates(**person("Alan", "Turing", "alan@example.com"))
    bench.run()
    (record,) = bench.notes.live()
    assert record.values["emails"] == ("alan@example.com",)
    assert record.sync_key.startswith("zgid1:Contacts:zoho000001:")


def test_an_idle_run_writes_nothing_and_asks_little():
    bench = Bench()
    for n in range(30):
        bench.notes.person_creates(**person("A", f"N{n}", f"n{n}@example.com"))
        bench.zoho.person_creates(**person("A", f"Z{n}", f"z{n}@example.com"))
    bench.run()
    bench.run()
    before = bench.notes.requests, bench.zoho.requests
    assert bench.idle_writes() == 0
    assert bench.notes.requests - before[0] <= 2
    assert bench.zoho.requests - before[1] <= 2


def test_an_edit_travels_both_ways_and_other_units_stay():
    bench = Bench()
    record = bench.notes.person_creates(
        **person("Ada", "Lovelace", "ada@example.com", company="Engines")
    )
    bench.run()
    (copy,) = bench.zoho.live()
    bench.notes.person_edits(record.key, job_title="Countess")
    bench.zoho.person_edits(copy.key, department="Mathematics")
    bench.run()
    for side in (bench.notes, bench.zoho):
        (held,) = side.live()
        assert held.values["job_title"] == "Countess"
        assert held.values["department"] == "Mathematics"
        assert held.values["company"] == "Engines"


def test_a_conflict_is_decided_by_policy_and_both_values_stand_in_the_entry():
    for policy, kept in (("zoho_wins", "Z"), ("notes_wins", "N")):
        bench = Bench(policy=policy)
        record = bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
        bench.run()
        (copy,) = bench.zoho.live()
        bench.notes.person_edits(record.key, job_title="N")
        bench.zoho.person_edits(copy.key, job_title="Z")
        bench.run()
        assert bench.notes.live()[0].values["job_title"] == kept
        assert bench.zoho.live()[0].values["job_title"] == kept
        (entry,) = [e for e in bench.entries if e.outcome == "conflict"]
        assert entry.values["job_title"]["kept"] == kept
        assert entry.values["job_title"]["lost"] in ("N", "Z")


def test_the_first_sync_matches_what_is_on_both_sides_already():
    bench = Bench()
    bench.notes.person_creates(
        **person("Ada", "Lovelace", "ADA@example.com", company="Engines")
    )
    bench.zoho.person_creates(
        **person("Ada", "Lovelace", "ada@example.com", job_title="Countess")
    )
    bench.run()
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 1
    assert bench.zoho.live()[0].values["company"] == "Engines"
    assert bench.notes.live()[0].values["job_title"] == "Countess"


def test_a_notes_deletion_is_carried_only_after_a_second_proof():
    bench = Bench()
    records = [
        bench.notes.person_creates(**person("A", f"B{n}", f"b{n}@example.com"))
        for n in range(12)
    ]
    bench.run()
    bench.notes.person_deletes(records[0].key)
    bench.run()
    assert len(bench.zoho.live()) == 12
    bench.run()
    assert len(bench.zoho.live()) == 11


def test_a_zoho_deletion_is_carried():
    bench = Bench()
    for n in range(12):
        bench.notes.person_creates(**person("A", f"B{n}", f"b{n}@example.com"))
    bench.run()
    bench.zoho.person_deletes(bench.zoho.live()[0].key)
    bench.run()
    assert len(bench.notes.live()) == 11


def test_more_deletions_than_usual_are_held():
    bench = Bench()
    for n in range(40):
        bench.notes.person_creates(**person("A", f"B{n}", f"b{n}@example.com"))
    bench.run()
    for record in bench.zoho.live()[:11]:
        bench.zoho.person_deletes(record.key)
    result = bench.run()
    assert result.held
    assert len(bench.notes.live()) == 40
    assert sum(e.outcome == "held" for e in bench.entries) == 11


def test_a_private_contact_never_leaves_notes():
    bench = Bench()
    record = bench.notes.person_creates(**person("Se", "Cret", "s@example.com"))
    record.private = True
    bench.run()
    assert not bench.zoho.live()


def test_a_contact_that_turns_private_is_forgotten_and_its_copy_stays():
    bench = Bench()
    record = bench.notes.person_creates(**person("Se", "Cret", "s@example.com"))
    bench.run()
    bench.notes.person_hides(record.key, True)
    bench.run()
    assert len(bench.zoho.live()) == 1
    assert "Cret" not in repr(bench.links) + repr(bench.entries)


def test_one_way_never_writes_to_its_source():
    bench = Bench(direction="notes_to_zoho")
    record = bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    bench.zoho.person_creates(**person("Only", "Zoho", "z@example.com"))
    bench.run()
    copy = next(r for r in bench.zoho.live() if r.values["name"].first == "Ada")
    bench.zoho.person_edits(copy.key, job_title="Z")
    bench.run()
    assert not bench.notes.writes
    assert bench.zoho.live()[1].values["job_title"] == "Z"
    assert any(e.reason and e.reason.code == "direction" for e in bench.entries)
    bench.notes.person_edits(record.key, job_title="N")
    bench.run()
    assert bench.zoho.records[copy.key].values["job_title"] == "N"
    assert any(e.reason and e.reason.code == "source_wins" for e in bench.entries)
