"""What a person decides about one record: bring back, link, make apart."""

from dataclasses import replace

import pytest

from notes_zoho_sync.services.records import Name
from notes_zoho_sync.services.sync.person import (
    confirm,
    create_apart,
    dismiss,
    join,
    restore,
    retry,
    send_again,
)

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


def test_an_edit_before_its_side_was_settled_is_told_when_it_gives_way(bench):
    """Its answer was lost, so that nothing is settled yet; then it is edited."""
    record = bench.notes.person_creates(**person(job_title="Baker"))
    settle(bench)
    bench.zoho.person_deletes(bench.zoho.live()[0].key)
    settle(bench)
    values = lost(bench, "deleted")
    bench.notes.person_restores(record.key)
    bench.run_killed_at(1, "after writing zoho")
    bench.notes.person_edits(record.key, job_title="Miller")
    decide(bench, lambda link: restore(link, values))
    bench.clock.tick(200)
    settle(bench, 3)
    for side in (bench.notes, bench.zoho):
        assert [held.values["job_title"] for held in side.live()] == ["Baker"]
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


def test_a_record_that_is_made_again_on_both_sides_is_the_same_on_both(bench):
    """They had differed in what could not be carried."""
    record = bench.notes.person_creates(**person(description="photo<img>"))
    settle(bench)
    (copy,) = bench.zoho.live()
    bench.zoho.person_edits(copy.key, description="words")
    settle(bench)
    assert record.values["description"] == "photo<img>"
    bench.notes.person_edits(record.key, job_title="Baker")
    bench.zoho.person_edits(copy.key, job_title="Smith")
    settle(bench)
    values = lost(bench, "conflict")
    bench.notes.person_deletes(record.key)
    bench.zoho.person_deletes(copy.key)
    settle(bench, 3)
    decide(bench, lambda link: restore(link, values))
    settle(bench)
    for side in (bench.notes, bench.zoho):
        (made,) = side.live()
        assert made.values["description"] == "words"
        assert made.values["job_title"] == "Baker"
    assert bench.idle_writes() == 0


# -- what is left alone, and sent again ---------------------------------------------


def sent(bench, source):
    """The source's one record, sent one way, and its copy."""
    record = source.person_creates(**person(job_title="Baker"))
    settle(bench)
    (copy,) = target_of(bench, source).live()
    return record, copy


def target_of(bench, source):
    return bench.zoho if source is bench.notes else bench.notes


def one_way(direction):
    bench = Bench(direction=direction)
    return bench, bench.notes if direction == "notes_to_zoho" else bench.zoho


def deleted_where_it_was_sent(direction):
    """The source's one record, whose copy somebody has deleted, and that copy."""
    bench, source = one_way(direction)
    record, copy = sent(bench, source)
    target_of(bench, source).person_deletes(copy.key)
    settle(bench, 3)
    return bench, source, record, copy


ONE_WAYS = pytest.mark.parametrize("direction", ["notes_to_zoho", "zoho_to_notes"])


@ONE_WAYS
def test_what_was_deleted_where_a_one_way_sync_goes_is_sent_again(direction):
    bench, source, record, copy = deleted_where_it_was_sent(direction)
    target = target_of(bench, source)
    (link,) = bench.links
    assert (link.state, link.reason.code) == ("closed", "target_deleted")
    source.person_edits(record.key, job_title="Miller")
    settle(bench)
    assert not target.live()
    decide(bench, send_again)
    settle(bench)
    (made,) = target.live()
    assert made.values["job_title"] == "Miller"
    assert made.key != copy.key
    assert [link.state for link in bench.links] == ["linked"]
    source.person_edits(record.key, job_title="Smith")
    settle(bench)
    assert target.live()[0].values["job_title"] == "Smith"
    assert bench.idle_writes() == 0


@ONE_WAYS
def test_what_is_sent_again_and_came_back_by_itself_is_not_made_twice(direction):
    bench, source, record, copy = deleted_where_it_was_sent(direction)
    target = target_of(bench, source)
    target.person_restores(copy.key)
    settle(bench, 3)
    source.person_edits(record.key, job_title="Miller")
    settle(bench)
    decide(bench, send_again)
    settle(bench)
    (held,) = target.live()
    assert held.values["job_title"] == "Miller"
    assert bench.idle_writes() == 0


@ONE_WAYS
def test_a_pair_left_alone_for_a_deletion_goes_on_when_that_is_undone(direction):
    bench, source, record, copy = deleted_where_it_was_sent(direction)
    target = target_of(bench, source)
    source.person_edits(record.key, job_title="Miller")
    settle(bench)
    target.person_restores(copy.key)
    settle(bench, 2)
    assert [held.key for held in target.live()] == [copy.key]
    assert copy.values["job_title"] == "Miller"
    assert [link.state for link in bench.links] == ["linked"]
    assert bench.idle_writes() == 0


@ONE_WAYS
def test_a_copy_that_comes_back_without_its_source_stays_alone(direction):
    bench, source, record, copy = deleted_where_it_was_sent(direction)
    target = target_of(bench, source)
    source.person_deletes(record.key)
    settle(bench, 3)
    target.person_restores(copy.key)
    settle(bench, 3)
    assert target.live() == [copy]
    assert not source.live()
    assert bench.idle_writes() == 0


def test_what_is_deleted_again_while_the_direction_forbids_it_is_not_made_anew():
    bench = Bench()
    record, copy = sent(bench, bench.notes)
    bench.notes.person_deletes(record.key)
    settle(bench, 3)
    bench.settings = replace(bench.settings, direction="notes_to_zoho")
    bench.zoho.person_restores(copy.key)
    settle(bench)
    assert [link.reason.code for link in bench.links] == ["direction_new"]
    bench.zoho.person_deletes(copy.key)
    settle(bench)
    bench.settings = replace(bench.settings, direction="two_way")
    settle(bench)
    assert not bench.notes.live()
    assert not bench.zoho.live()
    assert bench.idle_writes() == 0


def comes_back_unseen(record):
    """It is restored, and neither a feed nor a list of changes tells of that."""
    record.deleted = False


def test_what_is_sent_again_and_came_back_unseen_is_not_made_twice():
    bench, source, record, copy = deleted_where_it_was_sent("notes_to_zoho")
    comes_back_unseen(copy)
    source.person_edits(record.key, job_title="Miller")
    settle(bench)
    decide(bench, send_again)
    settle(bench)
    assert [held.key for held in bench.zoho.live()] == [copy.key]
    assert copy.values["job_title"] == "Miller"
    assert bench.idle_writes() == 0


def test_what_lies_in_the_trash_is_not_taken_for_what_came_back():
    bench, source = one_way("zoho_to_notes")
    record, copy = sent(bench, source)
    bench.notes.trash_opens = True
    bench.notes.person_deletes(copy.key)
    settle(bench, 3)
    decide(bench, send_again)
    settle(bench)
    (made,) = bench.notes.live()
    assert made.key != copy.key
    assert [link.state for link in bench.links] == ["linked"]
    assert bench.idle_writes() == 0


def test_what_is_sent_again_and_then_tried_again_is_made_once():
    """Both before a run has begun."""
    bench, _source, _record, _copy = deleted_where_it_was_sent("notes_to_zoho")
    decide(bench, send_again)
    decide(bench, retry)
    bench.settings = replace(bench.settings, direction="two_way")
    settle(bench, 3)
    assert len(bench.zoho.live()) == len(bench.notes.live()) == 1
    assert [link.state for link in bench.links] == ["linked"]
    assert bench.idle_writes() == 0


def test_what_is_sent_again_gives_its_values_to_a_copy_that_somebody_made():
    bench, _source, _record, _copy = deleted_where_it_was_sent("notes_to_zoho")
    decide(bench, send_again)
    bench.settings = replace(bench.settings, direction="two_way")
    made = bench.zoho.person_creates(**person(department="Bread"))
    settle(bench)
    for side in (bench.notes, bench.zoho):
        (held,) = side.live()
        assert held.values["job_title"] == "Baker"
        assert held.values["department"] == "Bread"
    assert bench.zoho.live() == [made]
    assert bench.idle_writes() == 0


def test_what_is_gone_on_both_sides_is_not_sent_again():
    bench, _source, record, _copy = deleted_where_it_was_sent("notes_to_zoho")
    bench.notes.person_deletes(record.key)
    decide(bench, send_again)
    settle(bench, 3)
    assert not bench.zoho.live()
    assert bench.idle_writes() == 0


def inflow(bench, number=201):
    """Somebody else's address book is poured into Notes; it is held."""
    bench.run()
    for place in range(number):
        bench.notes.person_creates(
            name=Name("Ada", f"N{place:03d}"), emails=(f"n{place}@example.com",)
        )
    bench.run()
    assert len(bench.store.select("contact", held=True)) == number
    assert not bench.zoho.live()


def let_go(bench):
    decide(bench, lambda link: dismiss(link, bench.settings))
    settle(bench)


def test_new_records_that_are_dismissed_stay_where_they_are(bench):
    inflow(bench)
    let_go(bench)
    told = len(bench.entries)
    settle(bench, 3)
    assert not bench.zoho.live()
    assert len(bench.notes.live()) == 201
    assert {(x.state, x.reason.code) for x in bench.links} == {("closed", "left_there")}
    assert not bench.run().held
    assert len(bench.entries) == told
    bench.notes.person_edits(bench.notes.live()[0].key, job_title="Baker")
    settle(bench)
    assert not bench.zoho.live()


def test_dismissed_new_records_are_sent_when_a_person_says_so(bench):
    """All of them, and they are not held again."""
    inflow(bench)
    let_go(bench)
    decide(bench, send_again)
    settle(bench)
    assert len(bench.zoho.live()) == 201
    assert bench.idle_writes() == 0


def test_a_dismissed_new_record_meets_its_counterpart_that_is_made_later(bench):
    inflow(bench)
    let_go(bench)
    bench.zoho.person_creates(name=Name("Ada", "N007"), emails=("n7@example.com",))
    settle(bench)
    assert len(bench.notes.live()) == 201
    assert [x.state for x in bench.links].count("linked") == 1
    assert bench.idle_writes() == 0


def test_a_dismissed_new_record_that_is_deleted_is_forgotten(bench):
    inflow(bench)
    let_go(bench)
    bench.notes.person_deletes(bench.notes.live()[0].key)
    bench.clock.tick(90000)
    settle(bench, 3)
    assert len(bench.links) == 200


def test_many_deletions_that_are_dismissed_come_back_without_another_question(bench):
    for place in range(250):
        bench.notes.person_creates(
            name=Name("Ada", f"N{place:03d}"), emails=(f"n{place}@example.com",)
        )
    settle(bench)
    for record in bench.zoho.live():
        bench.zoho.person_deletes(record.key)
    settle(bench)
    let_go(bench)
    assert len(bench.zoho.live()) == len(bench.notes.live()) == 250
    assert bench.idle_writes() == 0


def vanished(bench, number=12):
    """The CRM loses everything at once; that is held."""
    for place in range(number):
        bench.notes.person_creates(
            name=Name("Ada", f"N{place:03d}"),
            emails=(f"n{place}@example.com",),
            job_title="Baker",
        )
    settle(bench)
    for record in bench.zoho.live():
        bench.zoho.person_deletes(record.key)
    settle(bench)
    assert len(bench.store.select("contact", held=True)) == number


def test_a_dismissed_deletion_that_was_undone_unseen_is_not_made_twice(bench):
    vanished(bench)
    back = list(bench.zoho.records.values())
    for record in back:
        comes_back_unseen(record)
    let_go(bench)
    assert bench.zoho.live() == back
    assert len(bench.notes.live()) == 12
    assert bench.idle_writes() == 0


def test_a_dismissed_deletion_that_is_tried_again_at_once_is_not_carried(bench):
    vanished(bench)
    decide(bench, lambda link: dismiss(link, bench.settings))
    decide(bench, retry)
    settle(bench)
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 12


def test_a_dismissed_deletion_takes_nothing_from_what_somebody_made_anew(bench):
    vanished(bench)
    bench.zoho.person_creates(name=Name("Ada", "N007"), emails=("n7@example.com",))
    let_go(bench)
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 12
    for side in (bench.notes, bench.zoho):
        assert {record.values["job_title"] for record in side.live()} == {"Baker"}
    assert bench.idle_writes() == 0


def test_a_confirmed_deletion_that_was_undone_unseen_is_not_carried(bench):
    vanished(bench)
    back = list(bench.zoho.records.values())
    for record in back[:5]:
        comes_back_unseen(record)
    decide(bench, confirm)
    settle(bench)
    assert bench.zoho.live() == back[:5]
    assert len(bench.notes.live()) == 5
    assert {link.state for link in bench.links} == {"linked", "deleted"}
    assert not bench.run().held
    assert bench.idle_writes() == 0


def test_nobody_is_asked_any_more_about_what_is_gone_on_both_sides(bench):
    vanished(bench)
    for record in bench.notes.live():
        bench.notes.person_deletes(record.key)
    settle(bench, 3)
    assert not bench.run().held
    assert {link.state for link in bench.links} == {"deleted"}


def vanished_source(bench, number=11):
    """A one-way sync whose source loses much at once; a person dismisses that."""
    for place in range(40):
        bench.notes.person_creates(
            name=Name("Ada", f"N{place:03d}"), emails=(f"n{place}@example.com",)
        )
    settle(bench)
    for record in bench.notes.live()[:number]:
        bench.notes.person_deletes(record.key)
    settle(bench, 3)
    assert len(bench.store.select("contact", held=True)) == number
    held = {link.id for link in bench.store.select("contact", held=True)}
    decide(
        bench,
        lambda link: dismiss(link, bench.settings) if link.id in held else None,
    )
    settle(bench, 2)
    return held


def test_what_vanished_at_a_one_way_source_and_is_dismissed_stays_at_the_target():
    bench = Bench(direction="notes_to_zoho")
    vanished_source(bench)
    assert len(bench.zoho.live()) == 40
    left = [x for x in bench.links if x.state == "closed"]
    assert {x.reason.code for x in left} == {"stays"}
    assert len(left) == 11
    assert not bench.run().held
    bench.zoho.person_edits(left[0].zoho.key, job_title="Baker")
    settle(bench)
    assert len(bench.zoho.live()) == 40


def test_what_stays_at_the_target_is_in_step_again_when_the_source_has_it_back():
    bench = Bench(direction="notes_to_zoho")
    vanished_source(bench)
    record = next(record for record in bench.notes.records.values() if record.deleted)
    bench.notes.person_restores(record.key)
    bench.notes.person_edits(record.key, job_title="Baker")
    settle(bench)
    assert len(bench.zoho.live()) == 40
    titles = [held.values["job_title"] for held in bench.zoho.live()]
    assert titles.count("Baker") == 1
    assert [link.state for link in bench.links].count("closed") == 10
    assert bench.idle_writes() == 0


def test_a_dismissed_deletion_of_a_one_way_sync_happens_when_tried_again():
    bench = Bench(direction="notes_to_zoho")
    held = vanished_source(bench)
    one = min(held)
    decide(bench, lambda link: retry(link) if link.id == one else None)
    settle(bench)
    assert len(bench.zoho.live()) == 39
    assert bench.idle_writes() == 0
