"""What an event is: its units, their sameness and their JSON."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from notes_zoho_sync.services.records import Attendee, Event, When, event_kind
from notes_zoho_sync.services.records.identity import IDENTITY

KIND = event_kind()
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    "event",
    [
        Event(),
        Event("Review", When(NINE, TEN), "Room 2", "One\nTwo", reminder=0),
        Event("Fair", When(DAY, DAY + timedelta(days=2))),
        Event(attendees=(Attendee("a@x.org", "Ann", "contact/7"), Attendee("", "Bo"))),
    ],
)
def test_values_survive_their_json(event: Event) -> None:
    values = event.values()
    loaded = KIND.load(json.loads(json.dumps(KIND.dump(values))))
    assert loaded == values
    assert loaded["attendees"] == values["attendees"]


def test_the_same_instant_in_another_offset_is_the_same_time() -> None:
    berlin = timezone(timedelta(hours=1))
    local = When(NINE.astimezone(berlin), TEN.astimezone(berlin))
    assert KIND.units["when"].same(local, When(NINE, TEN))
    assert KIND.dump({"when": local}) == KIND.dump({"when": When(NINE, TEN)})


def test_a_day_is_not_its_midnight() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert not KIND.units["when"].same(When(DAY, DAY), When(midnight, midnight))


def test_participants_are_told_apart_by_address_in_any_order() -> None:
    same = KIND.units["attendees"].same
    left = (Attendee("a@x.org", "Ann"), Attendee("B@x.org"))
    assert same(left, (Attendee("b@X.org", "Bo"), Attendee("A@x.org")))
    assert same(left, (*left, Attendee("", "Nobody's address")))
    assert not same(left, left[:1])


def test_a_moment_lasts_a_minute_where_it_must() -> None:
    assert When(NINE, NINE).lasting() == When(NINE, NINE + timedelta(minutes=1))
    assert When(NINE, TEN).lasting() == When(NINE, TEN)
    assert When(DAY, DAY).lasting() == When(DAY, DAY)


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        (Event("Review", When(NINE, TEN)), Event("review ", When(NINE, TEN)), True),
        (
            Event("Call", When(NINE, NINE)),
            Event("Call", When(NINE, NINE + timedelta(minutes=1))),
            True,
        ),
        (Event("Review", When(NINE, TEN)), Event("Review", When(NINE, NINE)), False),
        (Event("Fair", When(DAY, DAY)), Event("Fair", When(DAY, DAY)), True),
        (Event("-", When(NINE, TEN)), Event("-", When(NINE, TEN)), False),
        (Event("Review"), Event("Review"), False),
    ],
)
def test_two_events_are_known_by_title_and_time(
    left: Event, right: Event, alike: bool
) -> None:
    (tier,) = IDENTITY["event"]

    def keys(event: Event) -> set[Any]:
        return set(tier.keys(event.values(), ""))

    assert bool(keys(left) & keys(right)) == alike


def test_an_instance_belongs_to_its_series() -> None:
    assert KIND.group_of("ABC/20260302T090000Z") == KIND.group_of("ABC") == "ABC"


def test_an_event_takes_place_from_its_start_to_its_end() -> None:
    assert KIND.span is not None
    assert KIND.span(Event(when=When(NINE, TEN)).values()) == (NINE, TEN)
    assert KIND.span(Event().values()) is None
    assert KIND.title(Event().values()) == "-"
