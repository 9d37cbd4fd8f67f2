"""The comparer finds what is wrong with events, and nothing where all is well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.demo.compare_events import EventComparer, first_day, overlaps
from tests.demo.values import Account
from tests.simulators.common.control import plain
from tests.simulators.domino import DominoSimulator
from tests.simulators.zoho import ZohoSimulator

ANNA, BEN = "anna@fjordlicht.example", "ben@fjordlicht.example"
FILE, BENS = "mail/anna.nsf", "mail/ben.nsf"
TODAY = date(2026, 11, 25)
SECRET = "Verschwiegener Termin"
MOVED = "20261208T080000Z"


class Both:
    """Two dumps that can be bent."""

    def __init__(self, domino: DominoSimulator, zoho: ZohoSimulator) -> None:
        self.domino = json.loads(json.dumps(domino.dump(), default=plain))
        self.zoho = json.loads(json.dumps(zoho.dump(), default=plain))
        self.direction = "two_way"
        self.range = "all"
        self.apart: list[dict[str, str]] = []

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Anna's calendar."""
        found: list[dict[str, Any]] = self.domino["mail_files"][FILE]["events"]
        return found

    @property
    def records(self) -> list[dict[str, Any]]:
        """All events of the CRM."""
        found: list[dict[str, Any]] = self.zoho["records"]["Events"]
        return found

    def entry(self, subject: str) -> dict[str, Any]:
        """The first entry called so."""
        return next(e for e in self.entries if e["subject"] == subject)

    def record(self, title: str) -> dict[str, Any]:
        """The first event called so."""
        return next(r for r in self.records if r["Event_Title"] == title)

    def found(self) -> list[str]:
        """What the comparer says."""
        accounts = [
            Account("anna", FILE, ANNA, self.direction, self.range),
            Account("ben", BENS, BEN, "two_way"),
        ]
        return EventComparer(self.domino, self.zoho, accounts, self.apart, TODAY).all()


@pytest.fixture(scope="module")
def simulators() -> Iterator[tuple[DominoSimulator, ZohoSimulator]]:
    domino, zoho = DominoSimulator(), ZohoSimulator()
    for email, first, last in ((ANNA, "Anna", "Aalto"), (BEN, "Ben", "Brodersen")):
        domino.act.add_user(f"{first} {last}", short=first.lower(), email=email)
        zoho.act.add_user(email, first, last)
    act, make = domino.act, zoho.act.create_event

    def both(title: str, start: str, end: str, reminder: Any = None) -> None:
        act.create_event(FILE, title, start, end, reminder=reminder)
        make(title, start, end, owner=ANNA, Remind_At=reminder)

    nine, ten = "2026-12-01T09:00:00+01:00", "2026-12-01T10:00:00+01:00"
    act.create_event(
        FILE, "Whole", nine, ten, location="Raum 1", body="eins\nzwei", reminder=60
    )
    more = {"Venue": "Raum 1", "Description": "eins\nzwei"}
    remind = [{"unit": 1, "period": "hours"}]
    make("Whole", nine, ten, owner=ANNA, Remind_At=remind, **more)
    both("Days", "2026-12-03", "2026-12-05")
    both("Night", "2026-12-06T23:00:00+01:00", "2026-12-07T02:00:00+01:00", 15)
    act.create_event(FILE, "Moment", nine, kind="reminder", reminder=-5)
    make("Moment", nine, "2026-12-01T09:01:00+01:00", owner=ANNA)
    act.create_event(FILE, "", ten)
    make("-", ten, owner=ANNA)
    uid = act.create_series(FILE, "Weekly", nine, ten, rule="FREQ=WEEKLY;COUNT=3")
    act.move_instance(FILE, uid, MOVED, "2026-12-09T12:00:00+01:00")
    for start in (nine, "2026-12-09T12:00:00+01:00", "2026-12-15T09:00:00+01:00"):
        make("Weekly", start, owner=ANNA)
    people = ["Ben Brodersen", "guest@x.example", "Max Nobody"]
    uid = act.create_meeting(FILE, "Meeting", nine, ten, attendees=people)
    act.respond(BENS, uid, "accept")
    make("Meeting", nine, ten, [ANNA, BEN, "guest@x.example"], owner=ANNA)
    act.create_event(FILE, "Made", nine, ten, uid="zoho-1-2-3")
    make("Made", nine, ten, ["somebody@x.example"], owner=ANNA)
    act.create_event(FILE, SECRET, nine, location="Praxis am Markt", private=True)
    act.receive_invitation(FILE, "Waits", nine, ten)
    act.import_holiday(FILE, "Holiday", "2026-12-26")
    act.create_event(FILE, "Long ago", "2025-01-10T09:00:00+01:00")
    yield domino, zoho


@pytest.fixture
def both(simulators: tuple[DominoSimulator, ZohoSimulator]) -> Both:
    return Both(*simulators)


def test_two_stores_that_mean_the_same_agree(both: Both) -> None:
    assert both.found() == []


@pytest.mark.parametrize(
    ("field", "value", "label"),
    [
        ("Start_DateTime", "2026-12-01T08:30:00+00:00", "time"),
        ("End_DateTime", "2026-12-01T09:15:00+00:00", "time"),
        ("Venue", "Raum 2", "location"),
        ("Description", "eins", "description"),
        ("Remind_At", None, "reminder"),
        ("Remind_At", [{"unit": 1, "period": "days"}], "reminder"),
        (
            "Participants",
            [{"Email": "x@x.example", "participant": "x@x.example"}],
            "participants",
        ),
    ],
)
def test_each_field_that_differs_is_named(
    both: Both, field: str, value: Any, label: str
) -> None:
    both.record("Whole")[field] = value
    (line,) = both.found()
    assert "the event Whole" in line and f"{label} " in line


def test_another_title_is_named(both: Both) -> None:
    both.record("Night")["Event_Title"] = "Day"
    (line,) = both.found()
    assert "title is 'Night' in Notes and 'Day' in Zoho" in line


@pytest.mark.parametrize(
    ("field", "value"),
    [("Start_DateTime", "2026-12-02"), ("End_DateTime", "2026-12-06")],
)
def test_a_shifted_whole_day_is_found(both: Both, field: str, value: str) -> None:
    both.record("Days")[field] = value
    (line,) = both.found()
    assert "the event Days" in line and "time is" in line


def test_whole_days_that_became_hours_are_found(both: Both) -> None:
    both.record("Days").update(
        All_day=False,
        Start_DateTime="2026-12-02T23:00:00+00:00",
        End_DateTime="2026-12-05T22:59:59+00:00",
    )
    (line,) = both.found()
    assert "time is" in line


def test_a_reminder_that_begins_after_the_start_is_not_wanted(both: Both) -> None:
    both.record("Moment")["Remind_At"] = [{"unit": 5, "period": "minutes"}]
    (line,) = both.found()
    assert "the event Moment" in line and "reminder is" in line


def test_each_instance_of_a_series_is_judged_by_itself(both: Both) -> None:
    moved = next(
        r for r in both.records if r["Start_DateTime"].startswith("2026-12-09")
    )
    moved["Start_DateTime"] = "2026-12-08T08:00:00+00:00"
    moved["End_DateTime"] = "2026-12-08T09:00:00+00:00"
    (line,) = both.found()
    assert "the event Weekly (2026-12-09" in line and "time is" in line
    both.records.remove(moved)
    (line,) = both.found()
    assert "Weekly (2026-12-09" in line and "no event of" in line


def test_a_cancelled_instance_that_is_still_in_zoho_is_found(both: Both) -> None:
    both.entries.remove(both.entry("Weekly"))
    (line,) = both.found()
    assert "Weekly (2026-12-01T08:00:00+00:00) is in Zoho and no entry" in line


def test_an_event_without_a_partner_is_found_on_either_side(both: Both) -> None:
    record = both.record("Days")
    both.records.remove(record)
    (line,) = both.found()
    assert f"is in Notes and no event of {ANNA}" in line
    both.records.append(record)
    both.entries.remove(both.entry("Days"))
    (line,) = both.found()
    assert f"Days (2026-12-03) is in Zoho and no entry in {FILE}" in line


def test_a_duplicate_is_found_whatever_the_direction(both: Both) -> None:
    both.records.append({**both.record("Days"), "id": "1"})
    assert len(both.found()) == 1
    both.direction = "notes_to_zoho"
    (line,) = both.found()
    assert "Days is in Zoho twice" in line


def test_one_way_accounts_may_lack_partners_on_the_target_only(both: Both) -> None:
    both.direction = "notes_to_zoho"
    both.entries.remove(both.entry("Days"))
    assert both.found() == []
    both.records.remove(both.record("Night"))
    assert len(both.found()) == 1


def test_people_who_are_missing_or_too_many_are_found(both: Both) -> None:
    rows = both.record("Meeting")["Participants"]
    last = rows.pop()
    (line,) = both.found()
    assert "participants are" in line
    both.record("Meeting")["Participants"] = [
        *rows,
        last,
        {**last, "Email": None, "participant": "more@x.example"},
    ]
    (line,) = both.found()
    assert "participants are" in line


def test_an_invitation_in_notes_to_people_of_the_crm_is_found(both: Both) -> None:
    both.entry("Made")["attendees"] = ["somebody@x.example"]
    (line,) = both.found()
    assert "came from Zoho and invites" in line


def test_a_shared_meeting_is_one_event_of_either_who_has_it(both: Both) -> None:
    meeting = both.record("Meeting")
    other = {"id": "9", "name": "Ben Brodersen", "email": BEN}
    own, meeting["Owner"] = meeting["Owner"], other
    assert both.found() == []
    both.records.append({**meeting, "id": "1", "Owner": own})
    (line,) = both.found()
    assert "anna and ben: the event Meeting" in line and "once for each" in line
    both.records[:] = [r for r in both.records if r["Event_Title"] != "Meeting"]
    assert len(both.found()) == 2


@pytest.mark.parametrize(
    ("title", "day", "what"),
    [("Waits", "2026-12-01", "invitation"), ("Holiday", "2026-12-26", "holiday")],
)
def test_what_is_no_appointment_is_found_in_zoho(
    both: Both, title: str, day: str, what: str
) -> None:
    times = {"Start_DateTime": day, "End_DateTime": day, "All_day": True}
    both.direction = "notes_to_zoho"
    both.records.append(
        {**both.record("Days"), "id": "1", "Event_Title": title} | times
    )
    (line,) = both.found()
    assert f"{title} is an" in line and what in line


def test_a_declined_meeting_that_stays_in_zoho_is_found(
    both: Both,
) -> None:
    document = next(
        d
        for d in both.domino["mail_files"][BENS]["documents"]
        if d["form"] == "Appointment"
    )
    document["items"]["NoticeType"] = ["R"]
    both.domino["mail_files"][BENS]["events"].clear()
    assert both.found() == []
    other = {"id": "9", "name": "Ben Brodersen", "email": BEN}
    both.records.append({**both.record("Meeting"), "id": "1", "Owner": other})
    assert any("Meeting is declined and in Zoho" in line for line in both.found())


def test_what_lies_outside_of_the_range_has_no_partner(both: Both) -> None:
    times = {
        "Start_DateTime": "2025-01-10T08:00:00+00:00",
        "End_DateTime": "2025-01-10T09:00:00+00:00",
    }
    extra = {**both.record("Night"), "id": "1", "Event_Title": "Long ago"} | times
    both.records.append({**extra, "Remind_At": None})
    (line,) = both.found()
    assert "lies outside of the range and is on both sides" in line
    both.apart = [{"id": "1", "field": "range", "why": "moved out"}]
    assert both.found() == []
    both.entries.remove(both.entry("Long ago"))
    (line,) = both.found()
    assert "was moved out of the range, and Notes does not know it" in line


@pytest.mark.parametrize(
    ("choice", "today", "first"),
    [
        ("today", date(2026, 11, 25), date(2026, 11, 25)),
        ("last_month", date(2026, 11, 25), date(2026, 10, 25)),
        ("last_month", date(2027, 3, 31), date(2027, 2, 28)),
        ("last_month", date(2027, 1, 15), date(2026, 12, 15)),
        ("all", date(2027, 1, 15), date(2026, 1, 15)),
    ],
)
def test_ranges_begin_where_people_expect(
    choice: str, today: date, first: date
) -> None:
    assert first_day(choice, today) == first


def test_a_range_ends_before_its_last_midnight() -> None:
    first, end = date(2026, 11, 25), date(2026, 11, 27)
    assert overlaps(("2026-11-20", "2026-11-25"), first, end)
    assert overlaps(("2026-11-26", "2026-11-30"), first, end)
    assert not overlaps(("2026-11-27", "2026-11-27"), first, end)
    assert not overlaps(("2026-11-20", "2026-11-24"), first, end)


@pytest.mark.parametrize("text", [SECRET, "Praxis am Markt"])
def test_anything_of_a_private_entry_in_zoho_is_found(both: Both, text: str) -> None:
    both.zoho["records"]["Accounts"].append({"Description": f"on {text}"})
    (line,) = both.found()
    assert "of a private calendar entry is in Zoho" in line


def test_anything_of_a_private_event_in_notes_is_found(both: Both) -> None:
    record = both.record("Whole")
    record["Tag"], record["Venue"] = ["Private"], "Kaminzimmer"
    document = both.domino["mail_files"][FILE]["documents"][0]
    document["items"]["Location"] = ["Kaminzimmer"]
    assert any("of a private Zoho event is in Notes" in line for line in both.found())


def test_what_the_story_left_apart_is_no_disagreement(both: Both) -> None:
    record = both.record("Whole")
    record["Venue"] = "Raum 2"
    both.apart = [{"id": record["id"], "field": "location", "why": "so"}]
    assert both.found() == []
    both.apart = [{"id": record["id"], "field": "time", "why": "so"}]
    assert len(both.found()) == 1
    both.records.remove(record)
    both.apart = [{"id": both.entry("Whole")["uid"], "why": "so"}]
    assert both.found() == []
