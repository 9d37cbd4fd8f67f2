"""What holds for every event, however odd."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule, tz
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from notes_zoho_sync.services.mapping import zoho
from notes_zoho_sync.services.mapping.calendar import EntryMapping
from notes_zoho_sync.services.mapping.metadata import DOCUMENTED_EVENT, Field, Fields
from notes_zoho_sync.services.records import Attendee, When, event_kind
from notes_zoho_sync.services.zoho.meetings import Meetings

from .test_mapping_event import ZONES, definition, element

KIND = event_kind()
EXAMPLES = settings(max_examples=80)
SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OURS = "zoho-60001-4711-0"

# -- events ----------------------------------------------------------------------------

WORDS = st.sampled_from(["", "Review", "Besuch & mehr", "-", "\u5c71\u7530", "a<b>"])
ODD = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("\r\n\t\x00\x0b\u00a0\u2028\ud83d\ude00<>&;\u0301 "),
    ),
    max_size=12,
)
LONG = st.integers(25, 400).map(lambda n: "word " * (n // 5))
LINES = st.one_of(WORDS, ODD, LONG)
TEXTS = st.one_of(LINES, st.lists(LINES, max_size=4).map("\n".join))
MOMENTS = st.integers(0, 1_000_000).map(
    lambda n: datetime(2025, 6, 1, tzinfo=UTC) + n * MINUTE
)
LENGTHS = st.one_of(st.just(0), st.integers(1, 60 * 24 * 5)).map(lambda n: n * MINUTE)
TIMED = st.builds(lambda start, length: When(start, start + length), MOMENTS, LENGTHS)
DAYS = st.builds(
    lambda first, more: When(first, first + timedelta(days=more)),
    st.dates(date(2025, 1, 1), date(2027, 12, 1)),
    st.integers(0, 20),
)
EMAILS = st.one_of(
    st.sampled_from([f"{name}@x.example" for name in "abcdAB"]),
    st.integers(0, 99).map(lambda n: f"p{n}@x.example"),
    st.sampled_from(["", "CN=Ida/O=Nord", "Ida <i@x.example>", "\u00fc@x.example"]),
)
PEOPLE = st.lists(st.builds(Attendee, EMAILS, WORDS), max_size=4).map(tuple)
CROWD = st.integers(40, 60).map(
    lambda n: tuple(Attendee(f"p{i}@x.example") for i in range(n))
)
REMINDERS = st.none() | st.integers(0, 60 * 24 * 8)
VALUES = st.fixed_dictionaries(
    {
        "title": LINES,
        "when": TIMED | DAYS,
        "location": LINES,
        "description": TEXTS,
        "attendees": PEOPLE | CROWD,
        "reminder": REMINDERS,
    }
)


def _organisations() -> dict[str, Fields]:
    tight = Fields.of(
        Field(f.api_name, f.data_type, 12 if f.length else None, f.mandatory)
        for f in DOCUMENTED_EVENT.by_name.values()
        if f.api_name != "Venue"
    )
    old = [f for f in DOCUMENTED_EVENT.by_name.values() if f.api_name != "Remind_At"]
    return {
        "documented": DOCUMENTED_EVENT,
        "tight": tight,
        "old": Fields.of([*old, Field("Remind_At", "event_reminder")]),
    }


BY_NAME = _organisations()
ORGANISATIONS = st.sampled_from(sorted(BY_NAME))


class Zoned(Meetings):
    """The part of the side that adds the offset of the grant's user."""

    def __init__(self, zone: str) -> None:
        self._people = {}
        self._zone = ZoneInfo(zone)


HOMES = st.sampled_from(
    ["UTC", "America/Los_Angeles", "Pacific/Auckland", "Asia/Kolkata", "Europe/Berlin"]
)


def record(values: Any, fields: Fields, home: str) -> dict[str, Any]:
    """What Zoho answers after the values were written."""
    body = dict(zoho.write("event", values, fields).fields)
    Zoned(home).finish(body)
    assert json.loads(json.dumps(body)) == body
    rows = [
        {"type": "email", "Email": row["Email"], "participant": row["Email"]}
        for row in body.get("Participants") or []
    ]
    return {**body, "Participants": rows}


@EXAMPLES
@given(VALUES, ORGANISATIONS, HOMES)
def test_what_zoho_can_hold_comes_back_equal(
    values: dict[str, Any], name: str, home: str
) -> None:
    fields = BY_NAME[name]
    fitted = zoho.fit("event", values, {}, fields)
    reading = zoho.read("event", record(fitted.values, fields, home), fields)
    held = {unit: reading.values[unit] for unit in fitted.values}
    assert KIND.differing(fitted.values, held) == []


@EXAMPLES
@given(VALUES, ORGANISATIONS)
def test_what_fits_zoho_fits_again_without_a_word(
    values: dict[str, Any], name: str
) -> None:
    fields = BY_NAME[name]
    fitted = zoho.fit("event", values, {}, fields)
    again = zoho.fit("event", fitted.values, {}, fields)
    assert again.values == fitted.values
    assert again.remarks == ()
    known = zoho.fit("event", values, fitted.values, fields)
    assert KIND.differing(known.values, fitted.values) == []


@EXAMPLES
@given(VALUES, ORGANISATIONS)
def test_what_zoho_cannot_hold_is_named(values: dict[str, Any], name: str) -> None:
    fields = BY_NAME[name]
    mapping = EntryMapping(lambda module: fields)
    (found,) = mapping.read(mapping.new(values, OURS), UTC, SINCE, UNTIL)
    held = {"attendees": values["attendees"], **found.values}
    fitted = zoho.fit("event", held, {}, fields)
    lost = [
        unit
        for unit, value in held.items()
        if not KIND.units[unit].is_empty(value)
        and unit not in fitted.values
        or unit in KIND.differing(held, fitted.values)
    ]
    said = [str(remark) for remark in fitted.remarks]
    for unit in lost:
        if (unit == "title" and not held["title"]) or unit == "when":
            continue  # a dash and a minute stand in for nothing
        label = str(KIND.units[unit].label)
        assert any(sentence.startswith(label) for sentence in said), unit


@EXAMPLES
@given(VALUES, ORGANISATIONS, HOMES)
def test_what_went_to_zoho_does_not_come_back_as_an_edit(
    values: dict[str, Any], name: str, home: str
) -> None:
    fields = BY_NAME[name]
    fitted = zoho.fit("event", values, {}, fields)
    held = zoho.read("event", record(fitted.values, fields, home), fields).values
    mapping = EntryMapping(lambda module: fields)
    back = mapping.fit(held, values).values
    assert KIND.differing(back, values) == []


@EXAMPLES
@given(VALUES, st.booleans(), HOMES)
def test_what_notes_can_hold_comes_back_equal(
    values: dict[str, Any], inclusive: bool, home: str
) -> None:
    mapping = EntryMapping(lambda module: DOCUMENTED_EVENT)
    fitted = mapping.fit(values, {}).values
    new = mapping.new(fitted, OURS, takes_inclusive=inclusive)
    body = json.loads(json.dumps(new))
    (found,) = mapping.read(body, ZoneInfo(home), SINCE, UNTIL, inclusive=inclusive)
    assert found.skip is None and not found.private and found.remarks == ()
    assert KIND.differing(fitted, found.values) == []
    assert found.values.keys() == fitted.keys()


@EXAMPLES
@given(VALUES, VALUES)
def test_a_change_makes_of_an_entry_what_was_asked_for(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    mapping = EntryMapping(lambda module: DOCUMENTED_EVENT)
    body = mapping.new(mapping.fit(before, {}).values, OURS)
    (old,) = mapping.read(body, UTC, SINCE, UNTIL)
    wanted = mapping.fit(after, old.values).values
    sent = mapping.changed(body, wanted, UTC)
    (new,) = mapping.read(sent or body, UTC, SINCE, UNTIL)
    assert KIND.differing(wanted, new.values) == []
    assert mapping.changed(sent or body, wanted, UTC) is None


# -- series ----------------------------------------------------------------------------

RULES = st.builds(
    lambda freq, interval, by, count: (
        f"FREQ={freq};INTERVAL={interval}{by if freq == 'WEEKLY' else ''};COUNT={count}"
    ),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 3),
    st.sampled_from(["", ";BYDAY=MO,WE", ";BYDAY=SU,SA,TH"]),
    st.integers(1, 40),
)


@EXAMPLES
@given(
    st.sampled_from(sorted(ZONES)),
    st.datetimes(datetime(2025, 11, 1), datetime(2027, 12, 1)),
    RULES,
    st.data(),
)
def test_a_rule_and_its_dates_tell_the_same_instances(
    key: str, start: datetime, rule: str, data: st.DataObject
) -> None:
    # About two o'clock Domino's rule of a zone is coarser than the zone.
    start = start.replace(hour=data.draw(st.integers(5, 22)), second=0, microsecond=0)
    wall = list(rrule.rrulestr(rule, dtstart=start))
    assume(wall)
    zone = ZoneInfo(key)
    starts = [
        tz.resolve_imaginary(each.replace(tzinfo=zone)).astimezone(UTC) for each in wall
    ]
    gone = data.draw(st.sets(st.sampled_from(starts), max_size=3))
    moved = data.draw(
        st.dictionaries(
            st.sampled_from(starts), st.integers(7, 300).map(lambda n: n * MINUTE)
        )
    )
    moved = {each: shift for each, shift in moved.items() if each not in gone}
    expected = {
        f"{each:%Y%m%dT%H%M%SZ}": each + moved.get(each, timedelta())
        for each in starts
        if each not in gone
    }
    assume(max(Counter(expected.values()).values(), default=1) == 1)
    changes = [
        element(
            recurrenceId=f"{each:%Y%m%dT%H%M%SZ}",
            start=_utc(each + shift),
            end=_utc(each + shift + 30 * MINUTE),
        )
        for each, shift in moved.items()
    ]
    by_rule = element(
        start=_local(start, key),
        end=_local(start + 30 * MINUTE, key),
        recurrenceRule=rule,
        exceptDates=[_utc(each) for each in gone],
    )
    by_dates = element(
        start=_local(start, key),
        end=_local(start + 30 * MINUTE, key),
        recurrenceDates=[
            {"start": _utc(each), "end": _utc(each + 30 * MINUTE)}
            for each in sorted(expected.values())
        ],
    )
    for master in (by_rule, by_dates):
        body = {"timezones": [definition(key)], "events": [master, *changes]}
        found = EntryMapping(lambda module: DOCUMENTED_EVENT).read(
            body, UTC, SINCE, UNTIL, list(expected)
        )
        assert {
            each.recurrence_id: each.values["when"].start for each in found
        } == expected
        inside = EntryMapping(lambda module: DOCUMENTED_EVENT).read(
            body, UTC, SINCE, UNTIL
        )
        assert {
            each.recurrence_id
            for each in inside
            if SINCE <= each.values["when"].start < UNTIL
        } == {rid for rid, at in expected.items() if SINCE <= at < UNTIL}


def _local(value: datetime, key: str) -> dict[str, Any]:
    return {"date": f"{value:%Y-%m-%d}", "time": f"{value:%H:%M:%S}", "tzid": key}


def _utc(value: datetime) -> dict[str, Any]:
    return {"date": f"{value:%Y-%m-%d}", "time": f"{value:%H:%M:%S}", "utc": True}


# -- broken data -----------------------------------------------------------------------

JUNK: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from(
            [
                "",
                "x",
                "FREQ=DAILY",
                "FREQ=DAILY;UNTIL=x",
                "20260302T080000Z",
                "-PT5M",
                "2026-03-02",
                "09:00:00",
                "private",
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["date", "time", "utc", "tzid", "data", "start", "end", "value"]
                + ["trigger", "related", "email", "role", "valueDataType"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)
KEYS = (
    "id",
    "summary",
    "start",
    "end",
    "recurrenceRule",
    "recurrenceDates",
    "exceptDates",
    "recurrenceId",
    "class",
    "status",
    "last-modified",
    "attendees",
    "organizer",
    "alarm",
    "categories",
    "x-lotus-appttype",
    "x-lotus-noticetype",
    "x-lotus-room",
    "description",
    "location",
)
ELEMENTS = st.dictionaries(st.sampled_from(KEYS), JUNK, max_size=8).map(
    lambda junk: {**element(), **junk}
)


@settings(max_examples=300)
@given(st.lists(ELEMENTS, min_size=1, max_size=3), JUNK)
def test_whatever_the_server_says_there_is_an_answer(
    elements: list[dict[str, Any]], zones: Any
) -> None:
    mapping = EntryMapping(lambda module: DOCUMENTED_EVENT)
    for timezones in (zones, [definition("Europe/Berlin")]):
        body = {"timezones": timezones, "events": elements}
        for found in mapping.read(body, UTC, SINCE, UNTIL, ["", "20260302T080000Z"]):
            if found.skip is None and not found.private:
                KIND.load(json.loads(json.dumps(KIND.dump(found.values))))
                zoho.fit("event", found.values, {}, DOCUMENTED_EVENT)
            str(found.skip)
    for row in elements:
        mapping.row(row, UTC)


@settings(max_examples=300)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                *("Event_Title", "Start_DateTime", "End_DateTime", "All_day", "Venue"),
                *("Description", "Participants", "Remind_At", "Tag"),
            ]
        ),
        JUNK | st.just("2026-03-02T09:00:00+01:00"),
    )
)
def test_whatever_zoho_says_there_is_an_answer(row: dict[str, Any]) -> None:
    found = zoho.read("event", row, DOCUMENTED_EVENT)
    KIND.load(json.loads(json.dumps(KIND.dump(found.values))))
    EntryMapping(lambda module: DOCUMENTED_EVENT).fit(found.values, {})
