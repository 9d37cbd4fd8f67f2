"""Calendar entries, rules, dates and zones of any sort: no crash, no hang."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notes_zoho_sync.services.mapping.calendar import documented_mapping
from notes_zoho_sync.services.mapping.series import instances
from notes_zoho_sync.services.mapping.zones import Unreadable, Zones

from .fuzz import EXAMPLES, WORD, json_values, some

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
#: Seconds of processor time that nothing may take: a hang, not a speed.
HANG = 10.0

DATES = st.one_of(
    st.dates(date(1, 1, 1), date(9999, 12, 31)).map(str),
    st.sampled_from(["2026-05-04", "0001-01-01", "9999-12-31", "2026-02-30", "", "x"]),
)
TIMES = st.one_of(
    st.times().map(lambda value: value.isoformat("seconds")),
    st.sampled_from(["25:00:00", "10:00", "10:00:00+14:00", "", "noon", "24:00:00"]),
)
MOMENT = st.fixed_dictionaries(
    {"date": some(DATES)},
    optional={
        "time": some(TIMES),
        "utc": some(st.booleans()),
        "tzid": some(st.sampled_from(["A", "B", "C", "Europe/Berlin", "../../etc"])),
    },
)
NUMBERS = st.one_of(
    st.integers(-400, 400),
    st.sampled_from([0, 7, 30, 31, 366, 10**6, 10**20, -(10**20)]),
).map(str)
NAMES = st.sampled_from(
    "INTERVAL COUNT BYMONTH BYMONTHDAY BYYEARDAY BYWEEKNO BYSETPOS BYHOUR BYMINUTE "
    "BYSECOND BYEASTER".split()
)
DAY_NAMES = st.builds(
    lambda number, day: f"{number or ''}{day}",
    st.integers(-5, 5),
    st.sampled_from("MO TU WE TH FR SA SU XX".split()),
)
PART = st.one_of(
    st.builds(
        lambda name, values: f"{name}={','.join(values)}",
        NAMES,
        st.lists(NUMBERS, min_size=1, max_size=4),
    ),
    st.lists(DAY_NAMES, min_size=1, max_size=3).map(lambda d: f"BYDAY={','.join(d)}"),
    st.sampled_from(
        [
            "UNTIL=20260601",
            "UNTIL=20260601T080000Z",
            "UNTIL=x",
            "UNTIL=99991231T235959Z",
        ]
        + ["WKST=SU", "WKST=1", "", ";", "RDATE:20260101", "\nEXRULE:FREQ=DAILY"]
    ),
    WORD,
)
FREQ = st.sampled_from(
    "YEARLY MONTHLY WEEKLY DAILY DAILY HOURLY MINUTELY SECONDLY X".split()
)
RULE = st.one_of(
    st.builds(
        lambda freq, parts: ";".join([f"FREQ={freq}", *parts]),
        FREQ,
        st.lists(PART, max_size=4),
    ),
    WORD,
)
OFFSET = st.one_of(
    st.sampled_from(["+0100", "+0200", "-0330", "+2400", "+9999", "+010000", "0100"]),
    WORD,
)
OBSERVANCE = st.fixed_dictionaries(
    {"start": some(MOMENT), "offsetFrom": some(OFFSET), "offsetTo": some(OFFSET)},
    optional={"recurrenceRule": some(RULE)},
)
ZONE = st.fixed_dictionaries(
    {"tzid": some(st.sampled_from(["A", "B"]))},
    optional={"standard": some(OBSERVANCE), "daylight": some(OBSERVANCE)},
)
PERSON = st.fixed_dictionaries(
    {},
    optional={
        name: some(WORD)
        for name in ("email", "displayName", "role", "status", "userType")
    },
)
PERIOD = st.fixed_dictionaries({"start": some(MOMENT)}, optional={"end": some(MOMENT)})
ALARM = st.fixed_dictionaries(
    {},
    optional={
        "trigger": some(
            st.fixed_dictionaries(
                {},
                optional={
                    "value": some(
                        st.sampled_from(
                            ["-PT15M", "PT0S", "P99999999999W", "-P1DT1H", "x"]
                            + ["20260504T080000Z", f"PT{'9' * 5000}M"]
                        )
                    ),
                    "related": some(st.sampled_from(["start", "end"])),
                    "valueDataType": some(st.just("date-time")),
                },
            )
        )
    },
)
EVENT = st.fixed_dictionaries(
    {"start": some(MOMENT)},
    optional={
        "id": some(WORD),
        "summary": some(WORD),
        "location": some(WORD),
        "description": some(WORD),
        "end": some(MOMENT),
        "class": some(st.sampled_from(["public", "private"])),
        "recurrenceId": some(st.sampled_from(["20260504T080000Z", "20260504", "x"])),
        "recurrenceRule": some(RULE),
        "recurrenceDates": some(st.lists(some(st.one_of(MOMENT, PERIOD)), max_size=4)),
        "exceptDates": some(st.lists(some(MOMENT), max_size=3)),
        "attendees": some(st.lists(some(PERSON), max_size=3)),
        "organizer": some(PERSON),
        "alarm": some(st.lists(some(ALARM), max_size=2)),
        "last-modified": some(WORD),
        "x-lotus-appttype": some(
            st.fixed_dictionaries({"data": st.sampled_from(list("0123"))})
        ),
        "x-lotus-noticetype": some(WORD),
        "sequence": some(WORD),
        "transparency": some(WORD),
        "status": some(WORD),
        "links": some(json_values()),
    },
)
DETAIL = st.fixed_dictionaries(
    {"events": st.lists(EVENT, min_size=1, max_size=3)},
    optional={"timezones": some(st.lists(some(ZONE), max_size=3))},
)
WANTED = st.lists(
    st.sampled_from(["20260504T080000Z", "20260504", "x", "99991231T235959Z", ""]),
    max_size=2,
)


def in_time(act):
    """What it gives; it must not take processor time without end."""
    started = time.process_time()
    result = act()
    assert time.process_time() - started < HANG
    return result


@EXAMPLES
@given(DETAIL, WANTED, st.booleans())
def test_no_detail_breaks_the_reading_of_entries(
    detail: dict[str, Any], wanted: list[str], inclusive: bool
) -> None:
    mapping = documented_mapping()
    readings = in_time(
        lambda: mapping.read(detail, BERLIN, SINCE, UNTIL, wanted, inclusive=inclusive)
    )
    for reading in readings:
        assert isinstance(reading.recurrence_id, str)
        if reading.when is not None:
            assert reading.when.start <= reading.when.end


@EXAMPLES
@given(st.lists(EVENT, max_size=4), st.booleans())
def test_no_row_breaks_the_list(rows: list[dict[str, Any]], inclusive: bool) -> None:
    mapping = documented_mapping()
    assert mapping.ends_inclusively(rows) in (True, False)
    for row in rows:
        reading = mapping.row(row, BERLIN, inclusive=inclusive)
        assert isinstance(reading.uid, str) and isinstance(reading.recurrence_id, str)


def follow(rule: str, **more: Any) -> list[Any]:
    start = {"date": "2026-01-05", "time": "09:00:00", "tzid": "A"}
    zone = {
        "tzid": "A",
        "standard": {
            "start": {"date": "1970-01-01", "time": "00:00:00"},
            "offsetFrom": "+0100",
            "offsetTo": "+0100",
        },
    }
    event = {"id": "x", "start": start, "recurrenceRule": rule, **more}
    detail = {"events": [event], "timezones": [zone]}
    return list(instances(detail, BERLIN, SINCE, UNTIL))


@EXAMPLES
@given(RULE)
@example("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")
@example("FREQ=DAILY;INTERVAL=0;BYMONTH=2;BYMONTHDAY=30")
@example("FREQ=WEEKLY;INTERVAL=0;BYSETPOS=366")
@example("FREQ=YEARLY;INTERVAL=0;BYMONTHDAY=31;BYMONTH=2")
@example("FREQ=MONTHLY;INTERVAL=0;BYMONTHDAY=31;BYMONTH=2")
@example("FREQ=DAILY;INTERVAL=7;BYDAY=TU")
def test_every_rule_is_followed_or_refused_in_time(rule: str) -> None:
    def act() -> list[Any] | None:
        try:
            return follow(rule)
        except Unreadable as error:
            assert str(error.reason)
            return None

    found = in_time(act)
    assert found is None or len(found) <= 366


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;INTERVAL=0;BYMONTHDAY=31;BYMONTH=2",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
    ],
)
def test_a_rule_that_never_comes_true_is_refused(rule: str) -> None:
    with pytest.raises(Unreadable):
        follow(rule)


@EXAMPLES
@given(some(st.lists(some(ZONE), max_size=3)), MOMENT)
def test_no_definition_of_a_zone_breaks_a_moment(definitions: Any, moment: Any) -> None:
    def act() -> None:
        try:
            found = Zones(definitions, BERLIN).moment(moment)
        except Unreadable as error:
            assert str(error.reason)
        else:
            assert isinstance(found, date)

    in_time(act)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=YEARLY;INTERVAL=0",
        "FREQ=YEARLY;BYHOUR=1,2,3;BYMINUTE=1,2,3",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_a_zone_whose_clocks_change_all_the_time_is_refused(rule: str) -> None:
    observance = {
        "start": {"date": "1601-01-01", "time": "00:00:00"},
        "offsetFrom": "+0200",
        "offsetTo": "+0100",
        "recurrenceRule": rule,
    }
    zones = Zones([{"tzid": "A", "standard": observance}], BERLIN)
    with pytest.raises(Unreadable):
        zones.moment({"date": "2026-05-04", "time": "10:00:00", "tzid": "A"})
