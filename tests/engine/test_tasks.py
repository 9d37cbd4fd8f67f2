"""What a run does with tasks: each side's own words, old ones, repeating ones."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from notes_zoho_sync.services.records.task import (
    COMPLETED,
    IN_PROGRESS,
    NOT_STARTED,
    Reminder,
    Status,
    TaskDates,
    status_class,
)

from .todos import TaskBench

DUE = date(2026, 3, 9)
LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
def bench():
    return TaskBench()


def task(subject="Report", due=DUE, start=None, **values):
    return {"subject": subject, "dates": TaskDates(start, due), **values}


def settle(bench, runs=2):
    for _ in range(runs):
        bench.run()
        bench.clock.tick(400)


def subjects(side):
    return sorted(record.values["subject"] for record in side.live())


def done(at):
    return Status(COMPLETED, at)


def codes(bench):
    return [entry.reason.code for entry in bench.entries if entry.reason]


def test_a_todo_appears_in_the_crm_and_a_task_in_notes(bench):
    bench.notes.person_creates(**task("Report"))
    bench.zoho.person_creates(**task("Offer"))
    settle(bench)
    assert subjects(bench.notes) == subjects(bench.zoho) == ["Offer", "Report"]
    assert bench.idle_writes() == 0


def test_same_subject_and_due_date_are_one_task(bench):
    for side in (bench.notes, bench.zoho):
        side.person_creates(**task())
    settle(bench)
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 1


def test_a_completed_task_is_completed_on_the_other_side_and_reopened_again(bench):
    record = bench.notes.person_creates(**task())
    settle(bench)
    (copy,) = bench.zoho.live()
    bench.zoho.person_edits(copy.key, status=done(bench.clock.at))
    settle(bench)
    assert record.values["status"].status == COMPLETED
    bench.notes.person_edits(record.key, status=Status(NOT_STARTED))
    settle(bench)
    assert copy.values["status"] == Status(NOT_STARTED)
    assert bench.idle_writes() == 0


def test_finer_words_of_the_crm_survive_edits_of_other_units(bench):
    record = bench.notes.person_creates(**task())
    settle(bench)
    (copy,) = bench.zoho.live()
    fine = {"status": Status(IN_PROGRESS), "priority": "Highest"}
    bench.zoho.person_edits(copy.key, **fine)
    settle(bench)
    bench.notes.person_edits(record.key, description="more", priority="High")
    settle(bench)
    assert {name: copy.values[name] for name in fine} == fine
    assert copy.values["description"] == "more"
    assert record.values["priority"] == "High"
    assert status_class(record.values["status"].status) == "open"


def test_a_start_stays_in_notes_when_the_crm_moves_the_due_date(bench):
    start = DUE - timedelta(days=3)
    record = bench.notes.person_creates(**task(start=start))
    settle(bench)
    (copy,) = bench.zoho.live()
    later = DUE + timedelta(days=4)
    bench.zoho.person_edits(copy.key, dates=TaskDates(due=later))
    settle(bench)
    assert record.values["dates"].start == start
    assert record.values["dates"].due == later
    before = start - timedelta(days=1)
    bench.zoho.person_edits(copy.key, dates=TaskDates(due=before))
    settle(bench)
    assert record.values["dates"].start == record.values["dates"].due == before
    assert bench.idle_writes() == 0


def test_a_reminder_goes_to_the_crm_and_never_comes_back(bench):
    at = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
    record = bench.notes.person_creates(**task(reminder=Reminder(at)))
    settle(bench)
    (copy,) = bench.zoho.live()
    assert copy.values["reminder"] == Reminder(at)
    bench.zoho.person_edits(copy.key, reminder=Reminder(at + timedelta(hours=1)))
    settle(bench)
    assert record.values["reminder"] == Reminder(at)
    assert codes(bench).count("not_held") == 1
    bench.notes.person_edits(record.key, reminder=None)
    settle(bench)
    assert bench.idle_writes() == 0


def test_a_task_made_in_the_crm_with_a_reminder_comes_without_it_and_is_told(bench):
    """The reminder that Notes does not have is no edit of Notes."""
    at = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
    bench.zoho.person_creates(**task(reminder=Reminder(at)))
    settle(bench, 3)
    assert bench.notes.live()[0].values["reminder"] is None
    assert bench.zoho.live()[0].values["reminder"] == Reminder(at)
    (created,) = [e for e in bench.entries if e.outcome == "created"]
    assert [remark.code for remark in created.remarks] == ["fake_alarm"]
    bench.zoho.person_edits(bench.zoho.live()[0].key, description="more")
    settle(bench)
    assert bench.notes.live()[0].values["description"] == "more"
    assert [e.outcome for e in bench.entries] == ["created", "updated"]
    assert not any(link.pending for link in bench.links)
    assert bench.idle_writes() == 0


def test_a_reminder_that_notes_never_had_is_told_of_when_the_crm_changes_it(bench):
    at = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
    bench.zoho.person_creates(**task(reminder=Reminder(at)))
    settle(bench)
    (record,) = bench.zoho.live()
    later = Reminder(at + timedelta(hours=1))
    bench.zoho.person_edits(record.key, reminder=later)
    settle(bench, 3)
    assert codes(bench) == ["not_held"]
    assert record.values["reminder"] == later
    assert bench.idle_writes() == 0


def test_a_reminder_that_the_direction_held_up_goes_when_it_may(bench):
    """Notes could not take the CRM's, so its own is not measured against that one."""
    at = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
    bench.zoho.person_creates(**task(reminder=Reminder(at)))
    settle(bench)
    bench.settings = replace(bench.settings, direction="zoho_to_notes")
    mine = Reminder(at + timedelta(hours=2))
    bench.notes.person_edits(bench.notes.live()[0].key, reminder=mine)
    settle(bench)
    assert codes(bench) == ["direction"]
    bench.settings = replace(bench.settings, direction="two_way")
    settle(bench)
    assert bench.zoho.live()[0].values["reminder"] == mine
    assert bench.idle_writes() == 0


def test_what_repeats_is_never_changed_or_deleted_by_the_crm(bench):
    bench.notes.person_makes_repeating(
        [TaskDates(due=DUE), TaskDates(due=DUE + timedelta(days=7))], subject="Backup"
    )
    settle(bench)
    first, second = bench.zoho.live()
    bench.zoho.person_edits(first.key, status=done(bench.clock.at))
    bench.zoho.person_deletes(second.key)
    settle(bench, 3)
    assert subjects(bench.notes) == ["Backup", "Backup"]
    assert {r.values["status"].status for r in bench.notes.live()} == {""}
    assert {"not_carried", "kept"} <= set(codes(bench))
    assert bench.idle_writes() == 0


def test_what_was_completed_long_ago_is_not_taken_on_either_side(bench):
    bench.notes.person_creates(**task("Old to-do", status=done(LONG_AGO)))
    bench.zoho.person_creates(**task("Old task", status=done(LONG_AGO)))
    settle(bench)
    assert subjects(bench.zoho) == ["Old task"]
    assert subjects(bench.notes) == ["Old to-do"]
    assert codes(bench) == ["fake_old", "fake_old"]


def test_what_was_completed_long_ago_is_taken_when_it_is_opened_again(bench):
    record = bench.notes.person_creates(**task(status=done(LONG_AGO)))
    settle(bench)
    bench.notes.person_edits(record.key, status=Status(NOT_STARTED))
    settle(bench)
    assert subjects(bench.zoho) == ["Report"]


def test_a_pair_stays_in_step_however_long_ago_it_was_completed(bench):
    record = bench.notes.person_creates(**task(status=done(bench.clock.at)))
    settle(bench)
    bench.clock.tick(60 * 86400)
    bench.notes.person_edits(record.key, description="kept in step")
    settle(bench)
    assert bench.zoho.live()[0].values["description"] == "kept in step"
    bench.notes.person_deletes(record.key)
    settle(bench, 3)
    assert bench.zoho.live() == []


def test_a_private_todos_copy_goes_to_the_crms_bin_and_comes_back(bench):
    record = bench.notes.person_creates(**task("Diagnosis"))
    settle(bench)
    bench.notes.person_hides(record.key, True)
    settle(bench, 3)
    assert bench.zoho.live() == []
    assert "Diagnosis" not in repr(bench.links) + repr(bench.entries)
    bench.notes.person_hides(record.key, False)
    settle(bench, 3)
    assert subjects(bench.zoho) == ["Diagnosis"]
    assert bench.idle_writes() == 0
