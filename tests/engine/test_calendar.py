"""What a run does with calendars: windows, series, meetings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notes_zoho_sync.services.records.event import Attendee, When
from notes_zoho_sync.services.sync.person import dismiss, retry, send_again

from .calendar import CalendarBench, timed

DAY = timedelta(days=1)
TOMORROW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
GUEST = (Attendee("guest@example.com"),)


@pytest.fixture
def bench():
    return CalendarBench()


def titles(side):
    return sorted(record.values["title"] for record in side.live())


def starts(side):
    return sorted(record.values["when"].start for record in side.live())


def settle(bench, runs=2):
    for _ in range(runs):
        bench.run()
        bench.clock.tick(400)


def idle(bench):
    bench.clock.tick(400)
    return bench.idle_writes()


def test_an_entry_of_notes_appears_in_the_crm(bench):
    bench.notes.person_creates(title="Lunch", when=timed(TOMORROW))
    bench.run()
    assert titles(bench.zoho) == ["Lunch"]
    assert idle(bench) == 0


def test_an_event_of_the_crm_appears_in_notes(bench):
    bench.zoho.person_creates(title="Call", when=timed(TOMORROW))
    bench.run()
    assert titles(bench.notes) == ["Call"]
    assert idle(bench) == 0


def test_every_instance_of_a_series_is_an_event(bench):
    bench.notes.person_makes_series(
        [TOMORROW + n * DAY for n in range(5)], title="Stand-up"
    )
    bench.run()
    assert len(bench.zoho.live()) == 5
    assert idle(bench) == 0


def test_a_series_is_read_with_one_request(bench):
    bench.run()
    bench.notes.person_makes_series(
        [TOMORROW + n * DAY for n in range(20)], title="Stand-up"
    )
    before = bench.notes.requests
    bench.run()
    # what changed, what it is, the window, the series
    assert bench.notes.requests - before == 4


def test_an_edit_of_a_whole_series_changes_its_events(bench):
    uid = bench.notes.person_makes_series(
        [TOMORROW + n * DAY for n in range(3)], title="Stand-up"
    )
    settle(bench)
    for record in bench.notes.series(uid):
        bench.notes.person_edits(record.key, location="Room 4")
    settle(bench)
    assert {r.values["location"] for r in bench.zoho.live()} == {"Room 4"}


def test_an_edited_instance_changes_its_event_only(bench):
    uid = bench.notes.person_makes_series(
        [TOMORROW + n * DAY for n in range(3)], title="Stand-up"
    )
    settle(bench)
    key = bench.notes.series(uid)[1].key
    bench.notes.person_edits(key, when=timed(TOMORROW + DAY + timedelta(hours=2)))
    settle(bench)
    assert starts(bench.zoho) == starts(bench.notes)
    moved = bench.zoho.live()[0]
    bench.zoho.person_edits(moved.key, location="Café")
    settle(bench)
    held = [r for r in bench.notes.live() if r.values["location"] == "Café"]
    assert len(held) == 1


def test_a_cancelled_instance_is_deleted_in_the_crm(bench):
    uid = bench.notes.person_makes_series(
        [TOMORROW + n * DAY for n in range(3)], title="Stand-up"
    )
    settle(bench)
    bench.notes.person_deletes(bench.notes.series(uid)[1].key)
    settle(bench, 3)
    assert starts(bench.zoho) == [TOMORROW, TOMORROW + 2 * DAY]


def test_an_instance_deleted_in_the_crm_is_cancelled_in_notes(bench):
    bench.notes.person_makes_series(
        [TOMORROW + n * DAY for n in range(3)], title="Stand-up"
    )
    settle(bench)
    bench.zoho.person_deletes(bench.zoho.live()[0].key)
    settle(bench)
    assert len(bench.notes.live()) == 2


def test_an_entry_that_becomes_a_series_keeps_its_event(bench):
    record = bench.notes.person_creates(title="Review", when=timed(TOMORROW))
    settle(bench)
    event = bench.zoho.live()[0].key
    bench.notes.person_makes_it_a_series(record.key, [1, 2])
    settle(bench, 4)
    assert bench.zoho.records[event].values["when"].start == TOMORROW
    assert not bench.zoho.records[event].deleted
    assert starts(bench.zoho) == [TOMORROW, TOMORROW + DAY, TOMORROW + 2 * DAY]
    assert idle(bench) == 0


def test_a_series_made_anew_keeps_its_events(bench):
    uid = bench.notes.person_makes_series(
        [TOMORROW + n * DAY for n in range(3)], title="Stand-up"
    )
    settle(bench)
    events = {record.key for record in bench.zoho.live()}
    for record in bench.notes.series(uid):
        bench.notes.person_deletes(record.key)
    bench.notes.person_makes_series(
        [TOMORROW + n * DAY for n in range(3)], title="Stand-up"
    )
    settle(bench, 4)
    assert {record.key for record in bench.zoho.live()} == events


def test_a_series_moved_as_a_whole_keeps_its_events(bench):
    """Its instances' original times change with it."""
    uid = bench.notes.person_makes_series(
        [TOMORROW + n * 7 * DAY for n in range(3)], title="Jour fixe"
    )
    settle(bench)
    events = {record.key for record in bench.zoho.live()}
    for record in bench.notes.series(uid):
        bench.notes.records.pop(record.key)
        start = record.values["when"].start + timedelta(hours=3)
        bench.notes.instance(uid, start, title="Jour fixe")
    settle(bench, 4)
    assert {record.key for record in bench.zoho.live()} == events
    assert starts(bench.zoho) == starts(bench.notes)
    assert idle(bench) == 0


def test_a_description_of_the_crm_is_written_until_notes_changes_it(bench):
    event = bench.zoho.person_creates(
        title="Call", when=timed(TOMORROW), description="one"
    )
    settle(bench)
    entry = bench.notes.live()[0]
    bench.zoho.person_edits(event.key, description="two")
    settle(bench)
    assert entry.values["description"] == "two"
    bench.notes.person_edits(entry.key, description="three")
    settle(bench)
    assert event.values["description"] == "three"
    bench.zoho.person_edits(event.key, description="four", location="Lab")
    settle(bench)
    bench.zoho.person_edits(event.key, description="five")
    settle(bench)
    assert entry.values["description"] == "three"
    assert entry.values["location"] == "Lab"
    assert idle(bench) == 0


def test_what_lies_outside_the_window_waits(bench):
    far = TOMORROW + 60 * DAY
    bench.notes.person_creates(title="Far", when=timed(far))
    bench.zoho.person_creates(title="Farther", when=timed(far + DAY))
    settle(bench)
    assert titles(bench.zoho) == ["Farther"]
    assert titles(bench.notes) == ["Far"]
    bench.clock.tick(40 * 86400)
    settle(bench)
    assert titles(bench.zoho) == titles(bench.notes) == ["Far", "Farther"]
    assert idle(bench) == 0


def test_what_slid_out_of_the_window_stays_on_both_sides(bench):
    bench.notes.person_creates(title="Old", when=timed(TOMORROW))
    settle(bench)
    bench.clock.tick(30 * 86400)
    settle(bench, 3)
    assert titles(bench.zoho) == titles(bench.notes) == ["Old"]
    assert idle(bench) == 0


def test_a_move_out_of_the_window_is_carried_once(bench):
    record = bench.notes.person_creates(title="Trip", when=timed(TOMORROW))
    settle(bench)
    bench.notes.person_edits(record.key, when=timed(TOMORROW + 90 * DAY))
    settle(bench)
    assert starts(bench.zoho) == [TOMORROW + 90 * DAY]
    bench.notes.person_edits(record.key, location="Rome")
    settle(bench)
    assert bench.zoho.live()[0].values["location"] == ""
    bench.clock.tick(70 * 86400)
    settle(bench)
    assert bench.zoho.live()[0].values["location"] == "Rome"


def test_a_wider_range_brings_what_lay_outside(bench):
    bench.choice = "today"
    past = datetime(2026, 2, 27, 12, 0, tzinfo=UTC)
    bench.notes.person_creates(title="Past in Notes", when=timed(past))
    bench.zoho.person_creates(title="Past in the CRM", when=timed(past + DAY))
    settle(bench)
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 1
    bench.choice = "all"
    settle(bench)
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 2
    bench.choice = "today"
    settle(bench, 3)
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 2


def test_the_crm_does_not_move_or_delete_a_meeting_with_guests(bench):
    bench.notes.person_creates(title="Board", when=timed(TOMORROW), attendees=GUEST)
    settle(bench)
    event = bench.zoho.live()[0]
    assert event.values["attendees"] == GUEST
    bench.zoho.person_edits(event.key, when=timed(TOMORROW + DAY), location="Elsewhere")
    settle(bench)
    meeting = bench.notes.live()[0]
    assert meeting.values["when"].start == TOMORROW
    assert meeting.values["location"] == "Elsewhere"
    bench.zoho.person_deletes(event.key)
    settle(bench, 3)
    assert titles(bench.notes) == ["Board"]
    codes = {entry.reason.code for entry in bench.entries if entry.reason}
    assert {"not_carried", "kept"} <= codes


def test_guests_of_the_crm_are_left_out_and_named(bench):
    bench.zoho.person_creates(title="Pitch", when=timed(TOMORROW), attendees=GUEST)
    settle(bench)
    assert bench.notes.live()[0].values["attendees"] == ()
    created = [e for e in bench.entries if e.outcome == "created"]
    assert [r.code for r in created[0].remarks] == ["fake_guests"]


def test_a_private_entrys_copy_goes_to_the_crms_bin(bench):
    record = bench.notes.person_creates(title="Doctor", when=timed(TOMORROW))
    settle(bench)
    bench.notes.person_edits(record.key, location="SECRET clinic")
    bench.notes.person_hides(record.key, True)
    settle(bench, 3)
    assert titles(bench.zoho) == []
    assert titles(bench.notes) == ["Doctor"]
    assert "SECRET" not in repr(bench.links) + repr(bench.entries)
    assert "Doctor" not in repr(bench.links) + repr(bench.entries)
    assert [link.state for link in bench.links] == ["private"]
    assert idle(bench) == 0
    bench.notes.person_hides(record.key, False)
    settle(bench, 3)
    assert titles(bench.zoho) == ["Doctor"]


def test_a_private_entrys_copy_that_was_given_to_somebody_else_is_theirs(bench):
    record = bench.notes.person_creates(title="Doctor", when=timed(TOMORROW))
    settle(bench)
    bench.zoho.person_gives_away(bench.zoho.live()[0].key, "somebody")
    settle(bench)
    bench.notes.person_hides(record.key, True)
    settle(bench, 3)
    assert titles(bench.zoho) == ["Doctor"]
    assert [link.state for link in bench.links] == ["private"]
    assert "Doctor" not in repr(bench.links)


def test_a_private_entrys_copy_stays_where_that_is_chosen(bench):
    bench = CalendarBench(bins_private=False)
    record = bench.notes.person_creates(title="Doctor", when=timed(TOMORROW))
    settle(bench)
    bench.notes.person_hides(record.key, True)
    settle(bench, 3)
    assert titles(bench.zoho) == ["Doctor"]


def test_a_series_counts_as_one_for_the_guard(bench):
    bench.notes.person_makes_series(
        [TOMORROW + n * DAY for n in range(25)], title="Daily"
    )
    for n in range(40):
        bench.notes.person_creates(title=f"E{n}", when=timed(TOMORROW + n * DAY / 3))
    settle(bench)
    for record in list(bench.notes.live()):
        if record.values["title"] == "Daily":
            bench.notes.person_deletes(record.key)
    settle(bench, 3)
    assert "Daily" not in titles(bench.zoho)


def test_whole_days_pass_through_no_zone(bench):
    when = When(TOMORROW.date(), (TOMORROW + DAY).date())
    bench.zoho.person_creates(title="Fair", when=when)
    settle(bench)
    assert bench.notes.live()[0].values["when"] == when


def test_without_a_list_of_documents_times_and_titles_are_seen_at_once(bench):
    bench.notes.has_documents = False
    record = bench.notes.person_creates(title="Old name", when=timed(TOMORROW))
    settle(bench)
    bench.notes.person_edits(record.key, title="New name")
    settle(bench)
    assert titles(bench.zoho) == ["New name"]
    bench.notes.person_edits(record.key, location="Room 5")
    settle(bench, 3)
    assert bench.zoho.live()[0].values["location"] == "Room 5"


def test_idle_requests_do_not_grow_with_the_calendar():
    counts = []
    for number in (5, 200):
        bench = CalendarBench()
        for n in range(number):
            at = TOMORROW + timedelta(hours=n)
            bench.notes.person_creates(title=f"E{n}", when=timed(at))
        settle(bench, 3)
        before = bench.notes.requests, bench.zoho.requests
        bench.run()
        counts.append(
            (bench.notes.requests - before[0], bench.zoho.requests - before[1])
        )
    assert counts[0] == counts[1]
    assert counts[0][0] == 2


def test_after_the_first_sync_nothing_is_read_again(bench):
    for n in range(5):
        bench.notes.person_creates(title=f"E{n}", when=timed(TOMORROW + n * DAY))
    bench.run()
    bench.clock.tick(600)
    before = bench.notes.requests
    bench.run()
    assert bench.notes.requests - before == 2


def test_more_changes_than_can_be_looked_at_are_found_in_the_list(bench):
    settle(bench)
    for n in range(60):
        bench.notes.person_makes_series([TOMORROW + n * DAY / 4], title=f"S{n}")
    settle(bench)
    assert len(bench.zoho.live()) == 60


def test_an_edit_among_much_mail_is_found_in_turn(bench):
    uid = bench.notes.person_makes_series([TOMORROW, TOMORROW + DAY], title="Talk")
    settle(bench)
    bench.notes.person_edits(bench.notes.series(uid)[0].key, location="Seen in turn")
    bench.notes.mail_arrives(40)
    settle(bench, 3)
    assert "Seen in turn" in {r.values["location"] for r in bench.zoho.live()}


def test_an_event_back_from_the_bin_gets_an_entry_of_its_own(bench):
    """Its former entry has another counterpart by now."""
    for n in range(3):
        bench.zoho.person_creates(title=f"E{n}", when=timed(TOMORROW + n * DAY))
    settle(bench)
    old = [record.key for record in bench.zoho.live()]
    for key in old:
        bench.zoho.person_deletes(key)
    settle(bench)
    links = bench.store.select("event", held=True)
    for link in links:
        dismiss(link, bench.settings)
    bench.store.save(links)
    bench.store.commit()
    settle(bench)
    bench.zoho.person_edits(old[0], location="back", when=timed(TOMORROW - DAY / 9))
    bench.zoho.person_restores(old[0])
    settle(bench, 3)
    assert len(bench.notes.live()) == len(bench.zoho.live()) == 4
    assert idle(bench) == 0


def many(bench, number, **values):
    """That many entries, an hour apart."""
    for n in range(number):
        at = TOMORROW + timedelta(hours=n)
        bench.notes.person_creates(title=f"E{n}", when=timed(at), **values)


def test_leaving_the_list_twice_is_no_deletion_while_the_entry_is_there(bench):
    """Where its edit passes unseen: the list lacks it before its turn to be read."""
    bench.notes.has_documents = False
    many(bench, 120)
    settle(bench, 4)
    last = bench.notes.live()[-1]
    bench.notes.person_edits(last.key, when=timed(TOMORROW + 90 * DAY))
    settle(bench)
    assert len(bench.zoho.live()) == 120
    assert max(starts(bench.zoho)) == TOMORROW + 90 * DAY


def test_without_a_list_of_documents_the_windows_list_tells_new_titles_at_once(bench):
    bench.notes.has_documents = False
    many(bench, 120)
    settle(bench, 4)
    last = bench.notes.live()[-1]
    bench.notes.person_edits(last.key, title="New name")
    bench.run()
    assert "New name" in titles(bench.zoho)


def test_what_slid_out_of_the_window_costs_nothing(bench):
    many(bench, 5)
    settle(bench)
    bench.clock.tick(30 * 86400)
    settle(bench, 3)
    bench.clock.tick(25 * 3600)
    before = bench.notes.requests
    bench.run()
    # what changed, the window
    assert bench.notes.requests - before == 2


def test_a_new_day_brings_one_event_and_lets_another_go(bench):
    """The list is as long as before."""
    leaving, entering = TOMORROW - 11 * DAY, TOMORROW + 29 * DAY
    bench.notes.person_creates(title="Leaving", when=timed(leaving))
    bench.notes.person_creates(title="Entering", when=timed(entering))
    settle(bench)
    assert titles(bench.zoho) == ["Leaving"]
    bench.clock.tick(20 * 3600)
    bench.run()
    assert titles(bench.zoho) == ["Entering", "Leaving"]


def test_an_instance_that_takes_anothers_place_is_found_with_its_series(bench):
    """The list is as long as before."""
    uid = bench.notes.person_makes_series(
        [TOMORROW + n * DAY for n in range(3)], title="Stand-up"
    )
    settle(bench)
    bench.notes.person_deletes(bench.notes.series(uid)[2].key)
    bench.notes.instance(uid, TOMORROW + 5 * DAY, title="Stand-up")
    bench.run()
    assert TOMORROW + 5 * DAY in starts(bench.zoho)
    settle(bench, 3)
    assert starts(bench.zoho) == [TOMORROW, TOMORROW + DAY, TOMORROW + 5 * DAY]


def test_a_private_entrys_copy_stays_where_the_crm_is_only_read(bench):
    record = bench.notes.person_creates(title="Doctor", when=timed(TOMORROW))
    settle(bench)
    bench.settings = replace(bench.settings, direction="zoho_to_notes")
    bench.notes.person_hides(record.key, True)
    settle(bench, 3)
    assert titles(bench.zoho) == ["Doctor"]


def test_an_event_born_in_the_crm_stays_when_notes_hides_its_copy(bench):
    bench.zoho.person_creates(title="Call", when=timed(TOMORROW))
    settle(bench)
    bench.notes.person_hides(bench.notes.live()[0].key, True)
    settle(bench, 3)
    assert titles(bench.zoho) == ["Call"]


def test_what_the_crm_hides_stays_on_both_sides(bench):
    bench.notes.person_creates(title="Call", when=timed(TOMORROW))
    settle(bench)
    bench.zoho.person_hides(bench.zoho.live()[0].key, True)
    settle(bench, 3)
    assert titles(bench.zoho) == titles(bench.notes) == ["Call"]


def test_a_private_copy_that_the_crm_keeps_is_told_and_goes_when_tried_again(bench):
    record = bench.notes.person_creates(title="Doctor", when=timed(TOMORROW))
    settle(bench)
    bench.notes.person_hides(record.key, True)
    bench.faults.next = lambda writes: "refuse" if writes else ""
    bench.run()
    del bench.faults.next
    (link,) = bench.links
    assert link.state == "private"
    assert [e.outcome for e in bench.entries][-1] == "failed"
    (link,) = bench.store.select("event")
    retry(link)
    bench.store.save([link])
    bench.store.commit()
    settle(bench)
    assert titles(bench.zoho) == []


def test_what_a_person_brings_back_is_read_again_before_it_is_made(bench):
    """It turned private meanwhile, among so much mail that nobody saw it."""
    many(bench, 3)
    settle(bench)
    for record in bench.zoho.live():
        bench.zoho.person_deletes(record.key)
    settle(bench)
    links = bench.store.select("event", held=True)
    for link in links:
        dismiss(link, bench.settings)
    bench.store.save(links)
    bench.store.commit()
    # Its document does not tell by itself which entry it is.
    bench.notes.key_of = lambda kind, unid: ""
    bench.notes.person_hides(bench.notes.live()[0].key, True)
    bench.notes.mail_arrives(40)
    settle(bench)
    assert titles(bench.zoho) == ["E1", "E2"]


def test_what_a_person_sends_again_is_read_before_it_is_made():
    """It turned private meanwhile, among so much mail that nobody saw it."""
    bench = CalendarBench(direction="notes_to_zoho")
    many(bench, 2)
    settle(bench)
    for record in bench.zoho.live():
        bench.zoho.person_deletes(record.key)
    settle(bench)
    links = bench.store.select("event", states=("closed",))
    assert {link.reason.code for link in links} == {"target_deleted"}
    # Its document does not tell by itself which entry it is.
    bench.notes.key_of = lambda kind, unid: ""
    bench.notes.person_hides(bench.notes.live()[0].key, True)
    bench.notes.mail_arrives(40)
    for link in links:
        send_again(link)
    bench.store.save(links)
    bench.store.commit()
    settle(bench)
    assert titles(bench.zoho) == ["E1"]


def test_once_all_was_read_in_turn_an_idle_run_costs_no_more_than_before(bench):
    many(bench, 3)
    settle(bench)
    bench.notes.mail_arrives(40)
    settle(bench, 3)
    before = bench.notes.requests
    bench.run()
    assert bench.notes.requests - before == 2


def test_an_edit_that_was_told_of_stays_as_it_is(bench):
    """The CRM's copy was emptied before it was known to be there."""
    record = bench.notes.person_creates(
        title="Board", when=timed(TOMORROW), description="Agenda"
    )
    assert bench.run_killed_at(1, "after writing zoho")
    (copy,) = bench.zoho.live()
    bench.zoho.person_edits(copy.key, description="")
    bench.clock.tick(400)
    settle(bench)
    bench.notes.person_edits(record.key, title="Board meeting")
    settle(bench)
    assert copy.values["title"] == "Board meeting"
    assert copy.values["description"] == ""
    codes = [entry.reason.code for entry in bench.entries if entry.reason]
    assert codes == ["not_carried"]
