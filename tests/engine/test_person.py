"""What a person decides about one record: bring back, link, make apart."""

import pytest

from notes_zoho_sync.services.records import Name
from notes_zoho_sync.services.sync.person import create_apart, join, restore

from .bench import Bench


@pytest.fixture
def bench():
    return Bench()


def person(**values):
    return {"name": Name("Ada", "Brook"), "emails": ("ada@example.com",), **values}


def settle(bench, runs=2):
    for _ in range(runs):
        bench.run()
        bench.clock.tick(400)


def decide(bench, act):
    for link in bench.store.select("contact"):
        act(link)
        bench.store.save([link])
    bench.store.commit()


def lost(bench, outcome):
    """The lost values of the last entry of an outcome."""
    entry = [e for e in bench.entries if e.outcome == outcome][-1]
    kind = bench.kinds["contact"]
    return kind.load({unit: sides["lost"] for unit, sides in entry.values.items()})


def test_a_value_that_lost_a_conflict_comes_back_on_both_sides(bench):
    record = bench.notes.person_creates(**person())
    settle(bench)
    bench.notes.person_edits(record.key, job_title="Baker")
    bench.zoho.person_edits(bench.zoho.live()[0].key, job_title="Smith")
    settle(bench)
    assert bench.notes.live()[0].values["job_title"] == "Smith"
    values = lost(bench, "conflict")
    decide(bench, lambda link: restore(link, values))
    settle(bench)
    for side in (bench.notes, bench.zoho):
        assert side.live()[0].values["job_title"] == "Baker"
    assert bench.idle_writes() == 0


def test_bringing_back_is_exempt_from_the_direction(bench):
    bench = Bench(direction="notes_to_zoho")
    record = bench.notes.person_creates(**person())
    settle(bench)
    bench.zoho.person_edits(bench.zoho.live()[0].key, job_title="Smith")
    settle(bench)
    bench.notes.person_edits(record.key, job_title="Baker")
    settle(bench)
    assert bench.zoho.live()[0].values["job_title"] == "Baker"
    values = lost(bench, "conflict")
    decide(bench, lambda link: restore(link, values))
    settle(bench)
    for side in (bench.notes, bench.zoho):
        assert side.live()[0].values["job_title"] == "Smith"


def test_a_deleted_record_is_made_again_on_both_sides(bench):
    record = bench.notes.person_creates(**person(job_title="Baker"))
    settle(bench)
    bench.notes.person_deletes(record.key)
    settle(bench, 3)
    assert not bench.zoho.live()
    values = lost(bench, "deleted")
    decide(bench, lambda link: restore(link, values))
    settle(bench)
    for side in (bench.notes, bench.zoho):
        (made,) = side.live()
        assert made.values["job_title"] == "Baker"
    assert len(bench.links) == 1
    assert bench.idle_writes() == 0


def test_a_restore_whose_answer_is_lost_makes_one_record(bench):
    record = bench.notes.person_creates(**person())
    settle(bench)
    bench.notes.person_deletes(record.key)
    settle(bench, 3)
    values = lost(bench, "deleted")
    decide(bench, lambda link: restore(link, values))
    bench.run_killed_at(1, "after writing notes")
    bench.clock.tick(200)
    settle(bench, 4)
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 1
    assert bench.idle_writes() == 0


def twins(bench):
    """Two alike in Notes, one in the CRM: nobody knows which is which."""
    for place in (1, 2):
        bench.notes.person_creates(**person(job_title=f"T{place}"))
    bench.zoho.person_creates(**person(job_title="T3"))
    settle(bench)
    assert len(bench.notes.live()) == 2
    assert len(bench.zoho.live()) == 1


def test_an_ambiguous_record_is_linked_to_the_one_that_a_person_names(bench):
    twins(bench)
    links = bench.store.select("contact")
    link = next(x for x in links if x.notes.values.get("job_title") == "T2")
    donor = next(x for x in links if x.zoho.key)
    bench.store.remove([donor])
    join(link, "zoho", donor)
    bench.store.save([link])
    bench.store.commit()
    settle(bench)
    linked = [x for x in bench.links if x.state == "linked"]
    assert [x.notes.values["job_title"] for x in linked] == ["T3"]


def test_an_ambiguous_record_is_made_apart_when_a_person_says_so(bench):
    twins(bench)
    link = next(
        x
        for x in bench.store.select("contact")
        if x.notes.values.get("job_title") == "T1"
    )
    create_apart(link)
    bench.store.save([link])
    bench.store.commit()
    settle(bench)
    titles = sorted(r.values["job_title"] for r in bench.zoho.live())
    assert titles == ["T1", "T3"]


def test_what_was_brought_back_may_be_changed_again(bench):
    record = bench.notes.person_creates(**person())
    settle(bench)
    bench.notes.person_edits(record.key, job_title="Baker")
    bench.zoho.person_edits(bench.zoho.live()[0].key, job_title="Smith")
    settle(bench)
    values = lost(bench, "conflict")
    decide(bench, lambda link: restore(link, values))
    settle(bench)
    bench.notes.person_edits(record.key, job_title="Miller")
    settle(bench)
    assert bench.notes.live()[0].values["job_title"] == "Miller"
    assert bench.zoho.live()[0].values["job_title"] == "Miller"


def test_what_must_not_be_written_is_brought_back_on_the_other_side_only(bench):
    bench = Bench(policy="notes_wins")
    record = bench.notes.person_creates(**person(description="plain"))
    settle(bench)
    bench.notes.person_edits(record.key, description="photo<img>")
    bench.zoho.person_edits(bench.zoho.live()[0].key, description="words")
    settle(bench)
    values = lost(bench, "conflict")
    decide(bench, lambda link: restore(link, values))
    settle(bench)
    assert bench.notes.live()[0].values["description"] == "photo<img>"
    assert bench.zoho.live()[0].values["description"] == "words"
    told = [e.target for e in bench.entries if e.outcome == "skipped"]
    assert told == ["notes"]
    assert bench.idle_writes() == 0


def test_an_edit_that_gives_way_to_what_is_brought_back_is_told(bench):
    record = bench.notes.person_creates(**person())
    settle(bench)
    bench.notes.person_edits(record.key, job_title="Baker")
    bench.zoho.person_edits(bench.zoho.live()[0].key, job_title="Smith")
    settle(bench)
    values = lost(bench, "conflict")
    decide(bench, lambda link: restore(link, values))
    bench.zoho.person_edits(bench.zoho.live()[0].key, job_title="Miller")
    settle(bench)
    assert bench.zoho.live()[0].values["job_title"] == "Baker"
    assert lost(bench, "conflict") == {"job_title": "Miller"}


def test_a_preview_tells_what_a_run_will_do_and_does_nothing(bench):
    bench.notes.person_creates(**person())
    bench.zoho.person_creates(name=Name("Bob", "Cole"), emails=("bob@example.com",))
    foreseen = bench.preview()
    assert bench.writes() == 0
    assert bench.links == bench.entries == []
    assert bench.store.cursor() == {}
    bench.run()
    assert bench.writes() == 2
    for entries in (foreseen, bench.entries):
        acts = sorted((e.outcome, e.target, e.title) for e in entries)
        assert acts == [
            ("created", "notes", "Bob Cole"),
            ("created", "zoho", "Ada Brook"),
        ]


def test_a_value_of_a_record_that_is_gone_by_now_comes_back_with_the_whole_record(
    bench,
):
    record = bench.notes.person_creates(**person(department="Bread"))
    settle(bench)
    bench.notes.person_edits(record.key, job_title="Baker")
    bench.zoho.person_edits(bench.zoho.live()[0].key, job_title="Smith")
    settle(bench)
    values = lost(bench, "conflict")
    bench.notes.person_deletes(record.key)
    settle(bench, 3)
    assert not bench.zoho.live()
    decide(bench, lambda link: restore(link, values))
    settle(bench)
    for side in (bench.notes, bench.zoho):
        (made,) = side.live()
        assert made.values["name"] == Name("Ada", "Brook")
        assert made.values["department"] == "Bread"
        assert made.values["job_title"] == "Baker"
    assert bench.idle_writes() == 0
