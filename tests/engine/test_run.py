"""What a run does in the plain cases, one behaviour a test."""

from dataclasses import replace

import pytest

from notes_zoho_sync.services.errors import OutcomeUnknown, RetryLater
from notes_zoho_sync.services.reasons import reason
from notes_zoho_sync.services.records import Address, Name
from notes_zoho_sync.services.sync.collect import READ_BATCH
from notes_zoho_sync.services.sync.feed import pull
from notes_zoho_sync.services.sync.person import confirm, dismiss, retry

from .bench import Bench
from .store import Crash


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


def decide(bench, act, *more):
    """A person's word on every held or failed link."""
    store = bench.store
    store.rollback()
    links = [
        link for link in store.select("contact") if link.held or link.state == "failed"
    ]
    for link in links:
        act(link, *more)
    store.save(links)
    store.commit()
    return links


def full_book(bench, size=40):
    for n in range(size):
        bench.notes.person_creates(**person("A", f"B{n}", f"b{n}@example.com"))
    bench.run()


def test_confirming_a_held_run_does_exactly_what_was_listed():
    bench = Bench()
    full_book(bench)
    for record in bench.zoho.live()[:11]:
        bench.zoho.person_deletes(record.key)
    bench.run()
    assert len(decide(bench, confirm)) == 11
    bench.run()
    assert len(bench.notes.live()) == 29


def test_dismissing_a_held_run_brings_back_what_vanished():
    bench = Bench()
    full_book(bench)
    for record in bench.zoho.live()[:11]:
        bench.zoho.person_deletes(record.key)
    bench.run()
    decide(bench, dismiss, bench.settings)
    bench.run()
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 40
    assert bench.idle_writes() == 0


def test_a_lost_create_is_found_again_and_not_repeated():
    for side in ("notes", "zoho"):
        bench = Bench()
        source = bench.zoho if side == "notes" else bench.notes
        source.person_creates(**person("Ada", "L", "ada@example.com"))
        target = bench.notes if side == "notes" else bench.zoho
        bench.faults.next = lambda writes: "lost" if writes else ""
        assert isinstance(bench.run(), OutcomeUnknown)
        del bench.faults.next
        bench.quiesce()
        assert len(target.live()) == 1
        assert target.writes["create"] == 1


def test_a_create_whose_answer_is_lost_is_not_sent_again_while_it_may_arrive():
    bench = Bench()
    bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    timed_out = OutcomeUnknown(reason("timed_out", server="Zoho CRM"))
    bench.zoho._each = lambda things, act: [timed_out for _ in things]
    bench.run()
    del bench.zoho._each
    result = bench.run()
    assert not bench.zoho.live()
    assert result.retry_at is not None
    bench.quiesce()
    assert len(bench.zoho.live()) == 1


def test_a_pasted_copy_of_a_deleted_record_keeps_its_crm_record():
    bench = Bench()
    record = bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    full_book(bench, 5)
    (copy,) = [r for r in bench.zoho.live() if r.values["name"].first == "Ada"]
    bench.notes.person_deletes(record.key)
    bench.notes.person_creates(**record.values)
    bench.run()
    bench.run()
    assert [r.key for r in bench.zoho.live() if r.values["name"].first == "Ada"] == [
        copy.key
    ]
    assert not bench.zoho.writes["delete"]


def test_look_alikes_are_left_to_a_person():
    bench = Bench()
    for n in (1, 2):
        bench.notes.person_creates(**person("Ada", "L", "a@x", job_title=f"{n}"))
    bench.zoho.person_creates(**person("Ada", "L", "a@x", job_title="3"))
    bench.run()
    assert bench.writes() == 0
    skipped = [e for e in bench.entries if e.reason and e.reason.code == "ambiguous"]
    assert len(skipped) == 3
    bench.run()
    assert len(bench.entries) == 3


def test_an_edit_that_the_direction_forbids_is_told_once_and_carried_later():
    bench = Bench(direction="notes_to_zoho")
    bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    bench.run()
    (copy,) = bench.zoho.live()
    bench.zoho.person_edits(copy.key, job_title="Z")
    bench.run()
    bench.zoho.person_edits(copy.key, department="D")
    bench.run()
    told = [e for e in bench.entries if e.reason and e.reason.code == "direction"]
    assert len(told) == 2
    bench.settings = replace(bench.settings, direction="two_way")
    bench.run()
    assert bench.notes.live()[0].values["job_title"] == "Z"


def test_what_the_crm_refused_is_tried_again_when_its_fields_change():
    bench = Bench()
    bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    original = bench.faults.next
    bench.faults.next = lambda writes: "refuse" if writes else ""
    bench.run()
    bench.faults.next = original
    assert [e.outcome for e in bench.entries] == ["failed"]
    bench.run()
    assert not bench.zoho.live()
    bench.zoho.fields += "1"
    bench.run()
    assert len(bench.zoho.live()) == 1


def test_what_the_crm_refused_is_tried_again_by_a_person():
    bench = Bench()
    bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    original = bench.faults.next
    bench.faults.next = lambda writes: "refuse" if writes else ""
    bench.run()
    bench.faults.next = original
    decide(bench, retry)
    bench.run()
    assert len(bench.zoho.live()) == 1


def test_a_refused_edit_is_carried_when_it_is_tried_again():
    bench = Bench()
    record = bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    bench.run()
    bench.notes.person_edits(record.key, job_title="N")
    bench.faults.next = lambda writes: "refuse" if writes else ""
    bench.run()
    del bench.faults.next
    assert bench.zoho.live()[0].values["job_title"] == ""
    decide(bench, retry)
    bench.run()
    assert bench.zoho.live()[0].values["job_title"] == "N"


def test_a_record_out_of_sight_in_the_crm_is_not_deleted_in_notes():
    bench = Bench()
    record = bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    bench.run()
    (copy,) = bench.zoho.live()
    bench.zoho.hidden = {copy.key}
    bench.notes.person_edits(record.key, job_title="N")
    for _ in range(3):
        bench.run()
    assert [item.key for item in bench.notes.live()] == [record.key]
    bench.zoho.hidden = set()
    bench.run()
    assert bench.zoho.live()[0].values["job_title"] == "N"


def test_one_refused_record_does_not_stop_the_others():
    bench = Bench()
    for n in range(5):
        bench.notes.person_creates(**person("A", f"B{n}", f"b{n}@example.com"))
    seen = []

    def refuse_the_second(writes):
        seen.append(writes)
        return "refuse" if writes and sum(seen) == 2 else ""

    bench.faults.next = refuse_the_second
    bench.run()
    assert len(bench.zoho.live()) == 4
    assert sum(e.outcome == "failed" for e in bench.entries) == 1


def test_an_edit_wins_over_a_deletion_when_its_side_rules():
    bench = Bench(policy="zoho_wins")
    record = bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    full_book(bench, 12)
    (copy,) = [r for r in bench.zoho.live() if r.values["name"].first == "Ada"]
    bench.notes.person_deletes(record.key)
    bench.run()
    bench.zoho.person_edits(copy.key, job_title="Z")
    bench.run()
    (again,) = [r for r in bench.notes.live() if r.values["name"].first == "Ada"]
    assert again.values["job_title"] == "Z"
    assert again.sync_key.endswith(":2")


def test_an_edit_that_loses_against_a_deletion_stands_whole_in_the_entry():
    bench = Bench(policy="notes_wins")
    record = bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    full_book(bench, 12)
    (copy,) = [r for r in bench.zoho.live() if r.values["name"].first == "Ada"]
    bench.notes.person_deletes(record.key)
    bench.run()
    bench.zoho.person_edits(copy.key, job_title="Z")
    bench.run()
    assert bench.zoho.records[copy.key].deleted
    (entry,) = [e for e in bench.entries if e.outcome == "conflict"]
    assert entry.values["job_title"] == {"lost": "Z"}


def test_what_was_restored_on_one_side_comes_back_on_the_other():
    bench = Bench()
    full_book(bench, 12)
    gone = bench.zoho.live()[0]
    bench.zoho.person_deletes(gone.key)
    bench.run()
    assert len(bench.notes.live()) == 11
    bench.zoho.person_restores(gone.key)
    bench.run()
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 12
    assert bench.idle_writes() == 0


def test_what_was_restored_on_both_sides_is_linked_again():
    bench = Bench()
    full_book(bench, 12)
    gone = bench.zoho.live()[0]
    bench.zoho.person_deletes(gone.key)
    bench.run()
    (twin,) = [r for r in bench.notes.records.values() if r.deleted]
    bench.zoho.person_restores(gone.key)
    bench.notes.person_restores(twin.key)
    bench.run()
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 12
    assert bench.notes.writes["create"] == 0


def test_an_edit_between_reading_and_writing_is_merged_and_not_overwritten():
    bench = Bench()
    record = bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    bench.run()
    (copy,) = bench.zoho.live()
    bench.notes.person_edits(record.key, job_title="N")
    done = []

    def meanwhile(where):
        if where == "before writing zoho" and not done:
            done.append(where)
            bench.clock.tick(5)
            bench.zoho.person_edits(copy.key, department="D")

    bench.faults.crash = meanwhile
    bench.run()
    bench.faults.crash = lambda where: None
    assert done
    bench.run()
    for side in (bench.notes, bench.zoho):
        assert side.live()[0].values["job_title"] == "N"
        assert side.live()[0].values["department"] == "D"


def test_a_record_given_to_another_user_is_let_go_and_its_copy_stays():
    bench = Bench()
    record = bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    bench.run()
    (copy,) = bench.zoho.live()
    bench.zoho.person_gives_away(copy.key, "2")
    bench.run()
    bench.notes.person_edits(record.key, job_title="N")
    bench.run()
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 1
    assert copy.values["job_title"] == ""
    bench.zoho.person_gives_away(copy.key, "1")
    bench.run()
    bench.run()
    assert bench.zoho.live()[0].values["job_title"] == "N"


def test_an_inflow_of_new_records_waits_for_a_person():
    bench = Bench()
    full_book(bench, 5)
    for n in range(201):
        bench.notes.person_creates(**person("X", f"Y{n}", f"y{n}@example.com"))
    assert bench.run().held
    assert len(bench.zoho.live()) == 5


def test_a_fallback_last_name_never_goes_to_notes():
    bench = Bench()
    record = bench.notes.person_creates(**person("Ada", "", "ada@example.com"))
    bench.run()
    (copy,) = bench.zoho.live()
    assert copy.values["name"].last == "-"
    bench.zoho.person_edits(copy.key, name=Name("Augusta", "-"))
    bench.run()
    assert record.values["name"] == Name("Augusta", "")


def test_what_cannot_be_read_of_a_record_is_named_in_its_entry():
    bench = Bench()
    street = Address(street="Here <drawing>")
    bench.notes.person_creates(
        **person("Ada", "L", "ada@example.com", address_home=street)
    )
    bench.slice_after = 1  # read in one slice, written in another
    bench.run()
    (entry,) = [e for e in bench.entries if e.outcome == "created"]
    assert [remark.code for remark in entry.remarks] == ["fake_locked"]


def many(count: int) -> Bench:
    bench = Bench()
    for number in range(count):
        bench.notes.person_creates(**person("Ada", f"L{number}", f"{number}@x"))
    return bench


def watch_reading(bench: Bench, dies_after: int = 0) -> list[int]:
    """How many records each call reads in Notes.

    :param dies_after: the process dies with this record.
    """
    read, calls = bench.notes.read, []

    def watched(kind, keys):
        calls.append(0)
        for answer in read(kind, keys):
            calls[-1] += 1
            if sum(calls) == dies_after:
                raise Crash
            yield answer

    bench.notes.read = watched
    return calls


def test_reading_stops_when_the_slices_time_is_up():
    bench = many(3 * READ_BATCH + 50)
    calls = watch_reading(bench)
    bench.slice_after = 1
    bench.run()
    assert calls == [READ_BATCH, READ_BATCH, READ_BATCH, 50]


def test_what_was_read_is_stored_a_batch_at_a_time():
    bench = many(3 * READ_BATCH)
    watch_reading(bench, dies_after=2 * READ_BATCH + 50)
    with pytest.raises(Crash):
        bench.run()
    bench.store.rollback()
    assert sum(bool(link.notes.values) for link in bench.links) == 2 * READ_BATCH


def test_an_address_that_gets_room_in_the_crm_is_carried_there():
    bench = Bench()
    record = bench.notes.person_creates(name=Name("A", "B"), emails=("a", "b", "c"))
    bench.run()
    (copy,) = bench.zoho.live()
    assert copy.values["emails"] == ("a", "b")
    bench.zoho.person_edits(copy.key, emails=("a",))
    bench.run()
    assert record.values["emails"] == copy.values["emails"] == ("a", "c")
    assert bench.idle_writes() == 0


def test_a_value_the_crm_cannot_hold_is_told_once_and_an_edit_there_is_carried():
    bench = Bench()
    record = bench.notes.person_creates(**person("A", "B", "a@x", fax="1"))
    bench.run()
    (copy,) = bench.zoho.live()
    bench.notes.person_edits(record.key, fax="unfit")
    bench.run()
    bench.notes.person_edits(record.key, job_title="N")
    bench.run()
    told = [e for e in bench.entries if e.reason and e.reason.code == "not_held"]
    assert len(told) == 1
    assert copy.values["fax"] == "1"
    bench.notes.person_edits(record.key, fax="2")
    bench.run()
    assert copy.values["fax"] == "2"


def test_a_pair_that_was_let_go_stays_so_when_the_direction_changes():
    bench = Bench(direction="notes_to_zoho")
    bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    bench.run()
    (copy,) = bench.zoho.live()
    bench.zoho.person_edits(copy.key, job_title="Z")
    bench.run()
    bench.zoho.person_gives_away(copy.key, "2")
    bench.run()
    bench.settings = replace(bench.settings, direction="two_way")
    bench.run()
    assert [link.state for link in bench.links] == ["closed"]
    assert bench.notes.live()[0].values["job_title"] == ""


def test_a_save_that_changed_nothing_makes_an_edit_wait_but_not_be_forgotten():
    """The write to the other side succeeds in the same run."""
    bench = Bench()
    record = bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    bench.run()
    (copy,) = bench.zoho.live()
    bench.notes.person_edits(record.key, department="N")
    bench.zoho.person_edits(copy.key, job_title="Z")

    def meanwhile(where):
        if where == "before writing notes":
            bench.notes.person_edits(record.key)
            bench.faults.crash = lambda where: None

    bench.faults.crash = meanwhile
    for _ in range(2):
        bench.run()
        bench.clock.tick(400)
    for side in (bench.notes, bench.zoho):
        (held,) = side.live()
        assert (held.values["department"], held.values["job_title"]) == ("N", "Z")


def test_a_deletion_that_was_decided_but_not_sent_is_decided_again():
    bench = Bench()
    full_book(bench, 12)
    bench.zoho.person_deletes(bench.zoho.live()[0].key)
    assert bench.run_killed_at(1, "before writing notes")
    assert len(bench.notes.live()) == 12
    bench.run()
    assert len(bench.notes.live()) == 11


def test_what_another_pull_brings_in_mid_run_waits_for_the_next_run():
    """Its twin in Notes is not known yet: it would be made a second time."""
    bench = Bench()
    full_book(bench, 3)
    holds = bench.notes.holds

    def another_pull(*asked):
        found = holds(*asked)
        bench.notes.holds = holds
        for side in (bench.notes, bench.zoho):
            side.person_creates(**person("Ada", "L", "ada@example.com"))
        pull(bench.zoho, bench.org, bench.modules, bench.zoho.now())
        return found

    bench.notes.holds = another_pull
    for _ in range(3):
        bench.run()
        bench.clock.tick(400)
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 4


def test_a_pull_that_failed_is_made_good_by_the_next_one():
    bench = Bench()
    full_book(bench, 3)
    bench.zoho.person_creates(**person("Ada", "L", "ada@example.com"))
    bench.clock.tick(3600)
    bench.faults.plan = {bench.faults.calls + 1: "down"}
    assert isinstance(bench.run(), RetryLater)
    bench.clock.tick(3600)
    bench.run()
    assert len(bench.notes.live()) == 4


def test_an_edit_of_a_held_record_lets_its_deletion_wait_all_the_same():
    bench = Bench()
    full_book(bench, 12)
    for record in bench.zoho.live():
        bench.zoho.person_deletes(record.key)
    assert bench.run().held
    for wait in (10, 400):
        bench.clock.tick(wait)
        bench.notes.person_edits(bench.notes.live()[0].key, job_title=f"J{wait}")
        assert bench.run().held
    assert len(bench.notes.live()) == 12


def test_what_came_back_unseen_is_found_before_it_would_be_made_again():
    """The feed tells nothing of a record that left the recycle bin."""
    bench = Bench()
    full_book(bench, 12)
    gone = bench.notes.live()[0]
    bench.notes.person_deletes(gone.key)
    for _ in range(2):
        bench.run()
        bench.clock.tick(400)
    bench.clock.tick(400)
    bench.run()
    (twin,) = [record for record in bench.zoho.records.values() if record.deleted]
    twin.deleted = False
    bench.notes.person_restores(gone.key)
    made = bench.zoho.writes["create"]
    bench.run()
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 12
    assert bench.zoho.writes["create"] == made


def test_a_run_after_records_were_made_in_notes_does_not_list_them():
    bench = Bench()
    full_book(bench, 3)
    bench.zoho.person_creates(**person("Ada", "L", "ada@example.com"))
    bench.run()
    assert len(bench.notes.live()) == 4
    before = bench.notes.requests
    bench.run()
    # what changed, the count
    assert bench.notes.requests - before == 2


def test_an_edit_that_was_undone_after_its_answer_was_lost_is_undone_everywhere():
    bench = Bench()
    record = bench.notes.person_creates(**person("Ada", "L", "ada@example.com"))
    bench.run()
    (copy,) = bench.zoho.live()
    bench.notes.person_edits(record.key, job_title="N")
    assert bench.run_killed_at(1, "after writing zoho")
    assert copy.values["job_title"] == "N"
    bench.notes.person_edits(record.key, job_title="")
    for _ in range(2):
        bench.run()
        bench.clock.tick(400)
    assert record.values["job_title"] == copy.values["job_title"] == ""
    assert not [entry for entry in bench.entries if entry.outcome == "conflict"]
