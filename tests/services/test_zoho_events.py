"""Meetings of Zoho's with the real mapping, against the simulated CRM."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from notes_zoho_sync.services.records import Attendee, Event, When, event_kind
from notes_zoho_sync.services.sync.item import Change, Item, NewRecord, Written
from notes_zoho_sync.services.zoho.side import ZohoSide

from .test_zoho_mapped import Mapped

KIND = event_kind()
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHOLE = Event(
    "Besuch & mehr <b>",
    When(NINE, NINE + HOUR),
    "Hamburg",
    "Eine\nzweite Zeile",
    (Attendee("a@x.example"), Attendee("b@x.example")),
    30,
)


@pytest.fixture
def bench() -> Iterator[Mapped]:
    made = Mapped()
    yield made
    made.close()


@pytest.fixture
def side(bench: Mapped) -> ZohoSide:
    return bench.side()


def carry(side: ZohoSide, event: Event) -> tuple[str, list[str]]:
    """What the engine does with a new event: fit, then create."""
    fitted = side.fit("event", event.values(), {})
    (result,) = side.create("event", [NewRecord(fitted.values, "k")])
    assert isinstance(result, Written), result
    return result.key, [why.code for why in fitted.remarks]


def item_of(side: ZohoSide, key: str) -> Item:
    return side.read("event", [key])[key]


def update(side: ZohoSide, key: str, **values: Any) -> None:
    item = item_of(side, key)
    (result,) = side.update(
        "event", [Change(key, values, item.values, item.version, side.now())]
    )
    assert isinstance(result, Written), result


def calls(bench: Mapped, route: str = "") -> int:
    return sum(route in entry.path for entry in bench.sim.log.entries)


@pytest.mark.parametrize(
    "event",
    [
        WHOLE,
        Event("Tag", When(date(2026, 3, 29), date(2026, 3, 29)), reminder=0),
        Event("Messe", When(date(2026, 10, 24), date(2026, 10, 26)), reminder=900),
        Event("Nacht", When(NINE + 12 * HOUR, NINE + 3 * DAY), reminder=2 * 24 * 60),
    ],
)
@pytest.mark.parametrize("reminder", ["multireminder", "event_reminder"])
@pytest.mark.parametrize("all_day_end", ["00:00:00", "23:59:59"])
def test_an_event_comes_back_as_it_was_sent(
    event: Event, reminder: str, all_day_end: str
) -> None:
    bench = Mapped(event_reminder=reminder, all_day_end=all_day_end)
    try:
        side = bench.side()
        key, remarks = carry(side, event)
        item = item_of(side, key)
        assert remarks == []
        assert KIND.differing(item.values, event.values()) == []
        assert item.values.keys() == event.values().keys()
        row = bench.feed().modified("Events", side.now() - HOUR, "").rows[0]
        fed = side.parse("event", row.record, side.now())
        assert fed.values == item.values
    finally:
        bench.close()


@pytest.mark.parametrize(
    "zone",
    ["UTC", "America/Los_Angeles", "Pacific/Auckland", "Asia/Kolkata", "Europe/Berlin"],
)
def test_a_day_stays_that_day_in_whatever_zone_the_grant_s_user_lives(
    bench: Mapped, zone: str
) -> None:
    user = bench.sim.world.person(None)
    user.time_zone = zone
    side = bench.side()
    for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 1, 1)):
        event = Event("Tag", When(day, day + DAY))
        key, _ = carry(side, event)
        assert item_of(side, key).values["when"] == event.when


def test_a_day_stays_that_day_when_the_user_moves(bench: Mapped) -> None:
    user = bench.sim.world.person(None)
    user.time_zone = "Europe/Berlin"
    side = bench.side()
    when = When(date(2026, 3, 3), date(2026, 3, 4))
    shown = {
        "All_day": True,
        "Start_DateTime": "2026-03-02T15:00:00-08:00",
        "End_DateTime": "2026-03-03T15:00:00-08:00",
        "Modified_Time": "2026-03-01T00:00:00+00:00",
        "id": "7",
    }
    assert side.parse("event", shown, side.now()).values["when"] == when


def test_a_moment_lasts_a_minute_there_and_does_not_bounce(side: ZohoSide) -> None:
    event = Event("Anruf", When(NINE, NINE))
    key, _ = carry(side, event)
    held = item_of(side, key).values
    assert held["when"] == When(NINE, NINE + timedelta(minutes=1))
    assert side.fit("event", event.values(), held).values["when"] == held["when"]


def test_an_event_without_title_gets_a_dash(side: ZohoSide) -> None:
    key, _ = carry(side, Event("", When(NINE, NINE + HOUR)))
    assert item_of(side, key).values["title"] == "-"


def test_nobody_is_told_by_zoho(bench: Mapped, side: ZohoSide) -> None:
    key, _ = carry(side, WHOLE)
    update(side, key, when=When(NINE + DAY, NINE + DAY + HOUR))
    side.take_over("event", [key])
    assert bench.sim.log.mails == []


# -- who takes part --------------------------------------------------------------------


def rows(bench: Mapped, key: str) -> list[tuple[str, str]]:
    record = bench.record(key, "Events")
    return [(row["type"], row["participant"]) for row in record["Participants"] or []]


def test_contacts_and_users_take_part_as_such(bench: Mapped, side: ZohoSide) -> None:
    ann = bench.contact(Email="Ann@X.example", Last_Name="A")
    bench.contact(Email="ann@x.example", Last_Name="Twin")
    people = ("ann@x.example", "ULLA@kontor.example", "new@x.example")
    key, _ = carry(
        side,
        Event(
            "Besuch",
            When(NINE, NINE + HOUR),
            attendees=tuple(Attendee(email) for email in people),
        ),
    )
    assert rows(bench, key) == [
        ("contact", ann),
        ("user", bench.ulla),
        ("email", "new@x.example"),
    ]
    attendees = item_of(side, key).values["attendees"]
    assert [who.email.lower() for who in attendees] == [p.lower() for p in people]


def test_who_takes_part_is_looked_up_fifty_at_a_time(
    bench: Mapped, side: ZohoSide
) -> None:
    events = [
        Event(
            f"E{number}",
            When(NINE, NINE + HOUR),
            attendees=(Attendee(f"p{number % 60}@x.example"), Attendee("a@x.example")),
        )
        for number in range(120)
    ]
    fitted = [side.fit("event", event.values(), {}).values for event in events]
    bench.sim.log.clear()
    side.prepare("event", [event.values() for event in events])
    side.create("event", [NewRecord(values, "k") for values in fitted])
    assert calls(bench, "/coql") == 2
    assert calls(bench, "/users") == 1
    assert calls(bench) == 5


def test_a_lookup_that_fails_leaves_the_address(bench: Mapped, side: ZohoSide) -> None:
    bench.contact(Email="a@x.example", Last_Name="A")
    bench.sim.faults.add("status", route="coql", status=400, count=None)
    key, _ = carry(side, WHOLE)
    assert rows(bench, key) == [("email", "a@x.example"), ("email", "b@x.example")]


def test_another_list_keeps_who_is_known_by_record_alone(
    bench: Mapped, side: ZohoSide
) -> None:
    ann = bench.contact(Email="a@x.example", Last_Name="A")
    nobody = bench.contact(Last_Name="Nobody")
    key = bench.sim.act.create_event(
        "Besuch", NINE, participants=[ann, nobody, "old@x.example"], owner=bench.ulla
    )
    item = item_of(side, key)
    assert [who.email for who in item.values["attendees"]] == [
        "a@x.example",
        "",
        "old@x.example",
    ]
    wanted = {"attendees": (Attendee("a@x.example"), Attendee("new@x.example"))}
    fitted = side.fit("event", wanted, item.values)
    bench.sim.log.clear()
    update(side, key, **fitted.values)
    assert rows(bench, key) == [
        ("contact", ann),
        ("email", "new@x.example"),
        ("contact", nobody),
    ]


def test_who_is_known_by_record_alone_can_be_written_back(
    bench: Mapped, side: ZohoSide
) -> None:
    nobody = bench.contact(Last_Name="Nobody")
    people = (Attendee("", "Nobody", f"contact/{nobody}"), Attendee("a@x.example"))
    values = {**WHOLE.values(), "attendees": people}
    (result,) = side.create("event", [NewRecord(values, "k")])
    assert isinstance(result, Written)
    expected = [("contact", nobody), ("email", "a@x.example")]
    assert rows(bench, result.key) == expected
    update(side, result.key, attendees=people)
    assert rows(bench, result.key) == expected


def test_fifty_take_part_and_the_rest_is_named(bench: Mapped, side: ZohoSide) -> None:
    people = [Attendee(f"p{n}@x.example") for n in range(60)]
    people += [Attendee("", "Jim"), Attendee("no address", "Joe")]
    event = Event("Besuch", When(NINE, NINE + HOUR), attendees=tuple(people))
    fitted = side.fit("event", event.values(), {})
    assert [why.code for why in fitted.remarks] == [
        "calendar_people_no_address",
        "calendar_people_more",
    ]
    assert fitted.remarks[0].params["names"] == "Jim, Joe"
    key, _ = carry(side, event)
    assert len(rows(bench, key)) == 50
    held = item_of(side, key).values
    again = side.fit("event", event.values(), held).values["attendees"]
    assert KIND.units["attendees"].same(again, held["attendees"])


def test_participants_that_a_list_lacks_are_fetched_one_by_one() -> None:
    bench = Mapped(participants_in_list=False)
    try:
        side = bench.side()
        keys = [carry(side, WHOLE)[0] for _ in range(3)]
        private = bench.sim.act.create_event(
            "Privat", NINE, participants=["x@x.example"], owner=bench.ulla
        )
        bench.sim.act.tag("Events", private, "Private")
        bench.sim.log.clear()
        items = side.read("event", [*keys, private])
        assert [len(items[key].values["attendees"]) for key in keys] == [2, 2, 2]
        assert items[private].private and not items[private].values
        assert calls(bench, f"/Events/{private}") == 0
        assert calls(bench) == 4
        page = bench.feed().modified("Events", side.now() - HOUR, "")
        fed = {row.key: row.record for row in page.rows}
        assert all(len(fed[key]["Participants"]) == 2 for key in keys)
    finally:
        bench.close()


# -- what organisations differ in ------------------------------------------------------


@pytest.mark.parametrize("venue", ["mandatory", "optional", "absent"])
def test_a_venue_kind_is_sent_where_it_is_demanded(venue: str) -> None:
    bench = Mapped(meeting_venue=venue)
    try:
        side = bench.side()
        key, _ = carry(side, WHOLE)
        sent = [
            entry.request_body or b""
            for entry in bench.sim.log.select("Events", "POST")
        ]
        assert [b"Meeting_Venue__s" in body for body in sent] == [venue == "mandatory"]
        if venue == "absent":
            return
        bench.sim.act.edit("Events", key, Meeting_Venue__s="Online")
        update(side, key, location="Bremen")
        assert bench.record(key, "Events")["Meeting_Venue__s"] == "Online"
    finally:
        bench.close()


def test_a_reminder_that_names_an_instant_moves_with_the_event() -> None:
    bench = Mapped(event_reminder="event_reminder")
    try:
        side = bench.side()
        key, _ = carry(side, WHOLE)
        update(side, key, when=When(NINE + DAY, NINE + DAY + HOUR))
        assert item_of(side, key).values["reminder"] == 30
        update(side, key, reminder=10)
        assert item_of(side, key).values["reminder"] == 10
        update(side, key, reminder=None)
        assert item_of(side, key).values["reminder"] is None
    finally:
        bench.close()


def test_units_are_emptied(side: ZohoSide) -> None:
    key, _ = carry(side, WHOLE)
    update(side, key, location="", description="", attendees=(), reminder=None)
    held = item_of(side, key).values
    assert held == {
        **WHOLE.values(),
        "location": "",
        "description": "",
        "attendees": (),
        "reminder": None,
    }


def test_occurrences_of_zoho_s_series_are_events_of_their_own(
    bench: Mapped, side: ZohoSide
) -> None:
    keys = bench.sim.act.create_series(
        "Events",
        "FREQ=DAILY;INTERVAL=1;DTSTART=2026-03-02;UNTIL=2026-03-04",
        owner=bench.ulla,
        Event_Title="Serie",
        Start_DateTime=NINE,
        End_DateTime=NINE + HOUR,
    )
    items = side.read("event", keys)
    starts = [items[key].values["when"].start for key in keys]
    assert starts == [NINE, NINE + DAY, NINE + 2 * DAY]
    update(side, keys[1], title="Anders")
    assert item_of(side, keys[0]).values["title"] == "Serie"


@pytest.mark.parametrize(
    ("row", "minutes"),
    [
        ({"unit": 15, "period": "minutes"}, 15),
        ({"unit": 2, "period": "hours"}, 120),
        ({"unit": 1, "period": "weeks"}, 10080),
        # Nine o'clock in UTC is one o'clock in Los Angeles.
        ({"unit": 1, "period": "days", "time": "0.30"}, 24 * 60 + 30),
        ({"unit": 0, "period": "days", "time": "23.00"}, None),
    ],
)
def test_reminders_of_every_kind_are_understood(
    bench: Mapped, row: dict[str, Any], minutes: int | None
) -> None:
    bench.sim.world.person(None).time_zone = "America/Los_Angeles"
    side = bench.side()
    key = bench.sim.act.create_event("E", NINE, Remind_At=[row], owner=bench.ulla)
    assert item_of(side, key).values["reminder"] == minutes
