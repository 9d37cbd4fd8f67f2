"""Calendar entries to values and back: times, series, people, reminders, bad data."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notes_zoho_sync.services.mapping import zoho
from notes_zoho_sync.services.mapping.calendar import EntryReading, documented_mapping
from notes_zoho_sync.services.mapping.metadata import (
    DOCUMENTED_EVENT,
    Field,
    Fields,
)
from notes_zoho_sync.services.records import Attendee, Event, When, event_kind
from notes_zoho_sync.services.sync.item import EXISTENCE

KIND = event_kind()
MAPPING = documented_mapping()
BERLIN = ZoneInfo("Europe/Berlin")
SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UID = "0123456789ABCDEF0123456789ABCDEF-Lotus_Notes_Generated"
OURS = "zoho-60001-4711-0"

#: Rules as Domino writes them: the change falls at two o'clock.
ZONES = {
    "Europe/Berlin": ("+0100", "+0200", (3, -1), (10, -1)),
    "America/New_York": ("-0500", "-0400", (3, 2), (11, 1)),
    "Australia/Sydney": ("+1000", "+1100", (10, 1), (4, 1)),
    "Asia/Kolkata": ("+0530", "+0530", None, None),
}


def definition(key: str, name: str = "") -> dict[str, Any]:
    base, summer, begins, ends = ZONES[key]
    name = name or key

    def observance(rule: Any, before: str, after: str) -> dict[str, Any]:
        month, week = rule or (1, 1)
        found = {
            "start": {"date": f"1950-{month:02}-01", "time": "02:00:00"},
            "offsetFrom": before,
            "offsetTo": after,
        }
        if rule:
            by = f"BYMONTH={month};BYDAY={week}SU;BYHOUR=2;BYMINUTE=0"
            found["recurrenceRule"] = f"FREQ=YEARLY;{by}"
        return found

    made = {"tzid": name, "standard": observance(ends, summer, base)}
    if begins:
        made["daylight"] = observance(begins, base, summer)
    return made


def local(text: str, tzid: str = "Europe/Berlin") -> dict[str, Any]:
    day, _, time = text.partition("T")
    return {"date": day, "time": f"{time}:00", "tzid": tzid}


def utc(text: str) -> dict[str, Any]:
    day, _, time = text.partition("T")
    return {"date": day, "time": f"{time}:00", "utc": True}


def day(text: str) -> dict[str, Any]:
    return {"date": text}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def element(**values: Any) -> dict[str, Any]:
    values = {name.replace("_", "-"): value for name, value in values.items()}
    return {
        "id": UID,
        "summary": "Review",
        "start": local("2026-03-02T09:00"),
        "end": local("2026-03-02T10:00"),
        "class": "public",
        "last-modified": "20260301T120000Z",
        **values,
    }


def detail(*elements: dict[str, Any], zones: Sequence[str] = tuple(ZONES)) -> Any:
    return {"timezones": [definition(key) for key in zones], "events": list(elements)}


def read(
    body: Any, wanted: Sequence[str] = (), home: Any = BERLIN, **options: Any
) -> list[EntryReading]:
    return MAPPING.read(body, home, SINCE, UNTIL, wanted, **options)


def one(**values: Any) -> EntryReading:
    (found,) = read(detail(element(**values)))
    return found


def times(readings: Sequence[EntryReading]) -> dict[str, When]:
    return {each.recurrence_id: each.values["when"] for each in readings}


# -- one entry -------------------------------------------------------------------------


def test_an_entry_is_read_as_it_stands() -> None:
    found = one(
        summary="Review",
        location="Room 2",
        description="One\r\nTwo\r\n",
        alarm=[{"trigger": {"related": "start", "value": "-PT15M"}}],
    )
    assert found.values == {
        "title": "Review",
        "when": When(at("2026-03-02T08:00"), at("2026-03-02T09:00")),
        "location": "Room 2",
        "description": "One\nTwo",
        "attendees": (),
        "reminder": 15,
    }
    assert found.modified == "2026-03-01T12:00:00Z"
    assert found.recurrence_id == ""
    assert not (found.remarks or found.private or found.skip or found.gone)


@pytest.mark.parametrize("key", ZONES)
@pytest.mark.parametrize(
    "text", ["2026-01-15T09:00", "2026-03-29T12:00", "2026-07-15T09:00"]
)
def test_a_zone_is_what_its_definition_says_whatever_its_name(
    key: str, text: str
) -> None:
    body = {
        "timezones": [definition(key, "Romance Standard Time")],
        "events": [element(start=local(text, "Romance Standard Time"), end=None)],
    }
    (found,) = read(body)
    wall = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(key))
    assert found.values["when"].start == wall


def test_a_time_that_the_clocks_skip_counts_by_the_clock_before() -> None:
    found = one(start=local("2026-03-29T02:30"), end=local("2026-03-29T04:00"))
    assert found.values["when"] == When(at("2026-03-29T01:30"), at("2026-03-29T02:00"))


@pytest.mark.parametrize(
    "broken",
    [
        {"standard": {"offsetFrom": "x", "offsetTo": "+0100"}},
        {"standard": {}},
        {},
        {"standard": {**definition("Asia/Kolkata")["standard"], "offsetTo": "+01\n00"}},
        {
            "standard": {
                **definition("Europe/Berlin")["standard"],
                "recurrenceRule": "FREQ=YEARLY\nTZID:X",
            }
        },
    ],
)
def test_a_definition_that_makes_no_sense_is_none(broken: dict[str, Any]) -> None:
    body = {
        "timezones": [{"tzid": "Europe/Berlin", **broken}],
        "events": [element()],
    }
    (found,) = read(body)
    assert found.skip is not None and found.skip.code == "calendar_zone"


def test_a_time_in_no_zone_counts_in_the_account_s_and_that_is_said() -> None:
    floating = {"date": "2026-03-02", "time": "09:00:00"}
    body = detail(element(start=floating, end=floating))
    (found,) = read(body, home=ZoneInfo("America/New_York"))
    assert found.values["when"].start == at("2026-03-02T14:00")
    assert [why.code for why in found.remarks] == ["calendar_floating"]


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        ("2026-03-02", None, "2026-03-02", "2026-03-02"),
        ("2026-03-02", "2026-03-02", "2026-03-02", "2026-03-02"),
        ("2026-03-02", "2026-03-03", "2026-03-02", "2026-03-02"),
        ("2026-03-02", "2026-03-05", "2026-03-02", "2026-03-04"),
        ("2026-02-28", "2026-03-01", "2026-02-28", "2026-02-28"),
    ],
)
def test_whole_days_end_the_day_before_their_end(
    start: str, end: str | None, first: str, last: str
) -> None:
    found = one(start=day(start), end=day(end) if end else None)
    assert found.values["when"] == When(
        date.fromisoformat(first), date.fromisoformat(last)
    )
    assert found.remarks == ()


def test_on_a_server_that_says_so_they_end_with_it() -> None:
    body = detail(element(start=day("2026-03-02"), end=day("2026-03-05")))
    (found,) = read(body, inclusive=True)
    assert found.values["when"] == When(date(2026, 3, 2), date(2026, 3, 5))
    assert MAPPING.ends_inclusively(
        [{"start": day("2026-03-02"), "end": day("2026-03-02")}]
    )
    assert not MAPPING.ends_inclusively(body["events"])
    assert not MAPPING.ends_inclusively([element(end=element()["start"])])


@pytest.mark.parametrize("number", ["1", "2"])
@pytest.mark.parametrize(
    ("start", "end", "last"),
    [
        (local("2026-03-02T04:00"), local("2026-03-02T20:00"), 2),
        (local("2026-03-02T00:00"), local("2026-03-03T00:00"), 2),
        (
            {"date": "2026-03-02", "time": "00:00:00"},
            {"date": "2026-03-04", "time": "00:00:00"},
            3,
        ),
        (utc("2026-03-01T23:00"), utc("2026-03-02T23:00"), 2),
    ],
)
def test_whole_days_that_come_with_times_are_the_days_of_their_clock(
    number: str, start: Any, end: Any, last: int
) -> None:
    found = one(start=start, end=end, x_lotus_appttype={"data": number})
    assert found.values["when"] == When(date(2026, 3, 2), date(2026, 3, last))


def test_a_reminder_has_no_end_and_that_is_right() -> None:
    found = one(end=None, x_lotus_appttype={"data": "4"})
    assert found.values["when"].is_moment
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (None, "calendar_no_end"),
        (day("2026-03-03"), "calendar_no_end"),
        (local("2026-03-02T08:00"), "calendar_end_first"),
    ],
)
def test_an_end_that_makes_no_sense_is_mended(end: Any, code: str) -> None:
    found = one(end=end)
    assert found.values["when"].is_moment
    assert [why.code for why in found.remarks] == [code]


@pytest.mark.parametrize(
    "start",
    [
        {"date": "2026-13-02", "time": "09:00:00", "utc": True},
        {"date": "2026-03-02", "time": "25:00:00", "utc": True},
        {"time": "09:00:00", "utc": True},
        {"date": None},
        {},
        "2026-03-02",
        7,
    ],
)
def test_a_start_that_is_no_time_is_a_reason(start: Any) -> None:
    found = one(start=start)
    assert found.skip is not None and found.skip.code == "calendar_moment"
    assert found.values == {"title": "Review"}


def test_an_entry_over_midnight_and_one_of_several_days_are_what_they_are() -> None:
    night = one(start=local("2026-03-02T23:00"), end=local("2026-03-03T01:00"))
    assert night.values["when"].end - night.values["when"].start == 2 * HOUR
    days = one(end=local("2026-03-05T09:00"))
    assert days.values["when"].end - days.values["when"].start == 3 * DAY


# -- private, gone, skipped ------------------------------------------------------------


@pytest.mark.parametrize("word", ["private", "confidential", "PRIVATE", "x-else"])
def test_of_a_private_entry_nothing_is_read_but_its_time(word: str) -> None:
    found = one(**{"class": word}, description="Ache", location="Clinic")
    assert found.private and found.values == {} and found.remarks == ()
    assert found.when is not None and found.organiser == ""
    assert "Ache" not in repr(found) and "Clinic" not in repr(found)


def test_no_class_is_public() -> None:
    assert not one(**{"class": None}).private


@pytest.mark.parametrize(
    "values",
    [
        {"status": "cancelled"},
        {"status": "CANCELLED"},
        {"x_lotus_noticetype": {"data": "C"}},
        {"x_lotus_noticetype": {"data": "R"}},
    ],
)
def test_cancelled_and_declined_are_gone(values: dict[str, Any]) -> None:
    assert one(**values).gone


@pytest.mark.parametrize("notice", ["A", "P", "U", "N"])
def test_answered_and_rescheduled_entries_are_entries(notice: str) -> None:
    found = one(x_lotus_noticetype={"data": notice}, status="tentative")
    assert not found.gone and found.skip is None


def test_an_unanswered_invitation_waits() -> None:
    found = one(x_lotus_noticetype={"data": "I"})
    assert found.skip is not None and found.skip.code == "calendar_invitation"


@pytest.mark.parametrize(
    ("values", "skipped"),
    [
        ({"categories": "Holiday", "transparency": "transparent"}, True),
        ({"categories": "Trips;Holiday", "transparency": "transparent"}, True),
        ({"categories": "Holiday", "transparency": "opaque"}, False),
        ({"transparency": "transparent"}, False),
    ],
)
def test_an_imported_holiday_is_known_by_its_looks(
    values: dict[str, Any], skipped: bool
) -> None:
    found = one(start=day("2026-05-01"), end=day("2026-05-02"), **values)
    assert (found.skip is not None) == skipped


# -- series ----------------------------------------------------------------------------


def series(*changed: dict[str, Any], **values: Any) -> Any:
    return detail(element(**values), *changed)


def changed(rid: str, **values: Any) -> dict[str, Any]:
    return {**element(recurrenceId=rid), **values}


def period(start: str, end: str) -> dict[str, Any]:
    return {"start": utc(start), "end": utc(end)}


FRIDAYS = series(
    changed(
        "20260206T100000Z",
        summary="Moved",
        start=local("2026-02-06T13:30"),
        end=local("2026-02-06T16:00"),
    ),
    start=local("2026-01-02T12:00"),
    end=local("2026-01-02T16:00"),
    exceptDates=[utc("2026-01-02T11:00")],
    recurrenceDates=[
        period("2026-01-02T11:00", "2026-01-02T15:00"),
        period("2026-02-06T12:30", "2026-02-06T16:30"),
        period("2026-03-06T11:00", "2026-03-06T15:00"),
        period("2026-04-03T10:00", "2026-04-03T14:00"),
    ],
    links=[{"rel": "instances", "href": "/x"}],
)


def test_dates_show_new_times_and_recurrence_ids_original_ones() -> None:
    found = read(FRIDAYS)
    assert times(found) == {
        "20260206T100000Z": When(at("2026-02-06T12:30"), at("2026-02-06T15:00")),
        "20260306T110000Z": When(at("2026-03-06T11:00"), at("2026-03-06T15:00")),
        "20260403T100000Z": When(at("2026-04-03T10:00"), at("2026-04-03T14:00")),
    }
    assert [each.values["title"] for each in found] == ["Moved", "Review", "Review"]


def test_a_server_that_shows_original_times_of_moved_ones_is_understood() -> None:
    body = deepcopy(FRIDAYS)
    body["events"][0]["recurrenceDates"][1] = period(
        "2026-02-06T10:00", "2026-02-06T14:00"
    )
    assert times(read(body)) == times(read(FRIDAYS))


def test_an_instance_moved_onto_another_one_hides_neither() -> None:
    body = deepcopy(FRIDAYS)
    body["events"][1] |= {
        "start": utc("2026-03-06T11:00"),
        "end": utc("2026-03-06T12:00"),
    }
    dates = body["events"][0]["recurrenceDates"]
    dates[1] = period("2026-03-06T11:00", "2026-03-06T15:00")
    assert times(read(body))["20260306T110000Z"].start == at("2026-03-06T11:00")
    # Shown as one date: the list still names both.
    del dates[1]
    found = read(body, ["20260206T100000Z", "20260306T110000Z"])
    assert {"20260206T100000Z", "20260306T110000Z"} <= times(found).keys()


def test_what_a_changed_instance_does_not_say_it_has_of_its_series() -> None:
    body = series(
        {
            "id": UID,
            "recurrenceId": "20260303T080000Z",
            "start": local("2026-03-03T11:00"),
            "end": local("2026-03-03T12:00"),
        },
        recurrenceRule="FREQ=DAILY;COUNT=3",
        location="Room 2",
        description="Agenda",
    )
    found = {each.recurrence_id: each for each in read(body)}
    assert len(found) == 3
    values = found["20260303T080000Z"].values
    assert (values["title"], values["location"], values["description"]) == (
        "Review",
        "Room 2",
        "Agenda",
    )


def test_what_was_emptied_of_one_instance_is_empty() -> None:
    """A changed instance is shown whole, and nothing empty is shown."""
    body = series(
        changed("20260303T080000Z", start=local("2026-03-03T11:00")),
        recurrenceRule="FREQ=DAILY;COUNT=3",
        location="Room 2",
        description="Agenda",
    )
    found = {each.recurrence_id: each.values for each in read(body)}
    values = found["20260303T080000Z"]
    assert (values["location"], values["description"]) == ("", "")
    assert found["20260302T080000Z"]["location"] == "Room 2"


def test_no_instance_is_public_for_want_of_a_word() -> None:
    silent = changed("20260303T080000Z", start=local("2026-03-03T11:00"))
    del silent["class"]
    body = series(silent, recurrenceRule="FREQ=DAILY;COUNT=3", **{"class": "private"})
    assert all(each.private for each in read(body))


@pytest.mark.parametrize("key", ZONES)
def test_a_rule_follows_the_clock_of_its_zone(key: str) -> None:
    zone = ZoneInfo(key)
    for begins in (date(2026, 3, 1), date(2026, 9, 20)):
        body = series(
            start=local(f"{begins}T09:00", key),
            end=local(f"{begins}T10:30", key),
            recurrenceRule="FREQ=WEEKLY;COUNT=10",
        )
        spans = sorted(times(read(body)).values(), key=lambda when: when.start)
        starts = [span.start.astimezone(zone) for span in spans]
        assert [start.hour for start in starts] == [9] * 10
        assert [start.date() for start in starts] == [
            begins + 7 * n * DAY for n in range(10)
        ]
        assert {span.end - span.start for span in spans} == {HOUR * 1.5}


def test_a_series_over_midnight_keeps_its_clock_when_clocks_change() -> None:
    body = series(
        start=local("2026-03-27T23:00"),
        end=local("2026-03-28T07:00"),
        recurrenceRule="FREQ=DAILY;COUNT=3",
    )
    lengths = [span.end - span.start for span in times(read(body)).values()]
    assert lengths == [8 * HOUR, 7 * HOUR, 8 * HOUR]


def test_the_last_friday_of_months_with_one_moved_and_one_cancelled() -> None:
    body = series(
        changed(
            "20260424T150000Z",
            start=local("2026-04-23T17:00"),
            end=local("2026-04-23T18:00"),
        ),
        start=local("2026-01-30T17:00"),
        end=local("2026-01-30T18:00"),
        recurrenceRule="FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20260630T215959Z",
        exceptDates=[local("2026-03-27T17:00")],
    )
    starts = {rid: when.start for rid, when in times(read(body)).items()}
    assert starts == {
        "20260130T160000Z": at("2026-01-30T16:00"),
        "20260227T160000Z": at("2026-02-27T16:00"),
        "20260424T150000Z": at("2026-04-23T15:00"),
        "20260529T150000Z": at("2026-05-29T15:00"),
        "20260626T150000Z": at("2026-06-26T15:00"),
    }


def test_the_29th_of_february_comes_every_four_years() -> None:
    body = series(
        start=day("2024-02-29"),
        end=day("2024-03-01"),
        recurrenceRule="FREQ=YEARLY",
        x_lotus_appttype={"data": "1"},
    )
    assert times(read(body)) == {}
    found = times(read(body, ["20280229", "20270301"]))
    assert found == {"20280229": When(date(2028, 2, 29), date(2028, 2, 29))}


@pytest.mark.parametrize(
    "until", ["20260304T080000Z", "20260304", "20260304T090000", "20260304T235959Z"]
)
def test_the_end_of_a_rule_may_come_in_any_form(until: str) -> None:
    body = series(recurrenceRule=f"FREQ=DAILY;UNTIL={until}")
    assert list(times(read(body))) == [
        "20260302T080000Z",
        "20260303T080000Z",
        "20260304T080000Z",
    ]


def test_a_series_without_end_is_bounded_by_the_window() -> None:
    body = series(start=utc("1990-01-01T08:00"), end=None, recurrenceRule="FREQ=DAILY")
    found = times(read(body))
    inside = [when for when in found.values() if SINCE <= when.start < UNTIL]
    assert len(inside) == 365 and len(found) <= 369
    far = times(read(body, ["20300101T080000Z", "20300101T090000Z"]))
    assert far.keys() - found.keys() == {"20300101T080000Z"}


def test_dates_of_ten_years_are_bounded_as_well() -> None:
    days = [date(2020, 1, 1) + n * DAY for n in range(3650)]
    periods = [period(f"{each}T08:00", f"{each}T09:00") for each in days]
    found = read(series(recurrenceDates=periods))
    assert 365 <= len(found) <= 369
    asked = read(series(recurrenceDates=periods), ["20200101T080000Z"])
    assert times(asked)["20200101T080000Z"].start == at("2020-01-01T08:00")


@pytest.mark.parametrize(
    ("first", "rule"),
    [("2026-03-28", "FREQ=DAILY;COUNT=3"), ("2026-10-24", "FREQ=DAILY;UNTIL=20261026")],
)
def test_days_of_a_series_never_pass_through_a_zone(first: str, rule: str) -> None:
    start = date.fromisoformat(first)
    body = series(start=day(first), end=day(str(start + 2 * DAY)), recurrenceRule=rule)
    for home in ("Pacific/Auckland", "America/Los_Angeles", "UTC"):
        found = times(read(body, home=ZoneInfo(home)))
        assert found == {
            f"{each:%Y%m%d}": When(each, each + DAY)
            for each in (start, start + DAY, start + 2 * DAY)
        }


def test_days_may_be_listed_as_dates() -> None:
    body = series(
        start=day("2026-03-02"),
        end=day("2026-03-03"),
        recurrenceDates=[
            {"start": day("2026-03-02"), "end": day("2026-03-03")},
            {"start": day("2026-03-09"), "end": day("2026-03-10")},
            day("2026-03-16"),
        ],
    )
    assert times(read(body)) == {
        f"{each:%Y%m%d}": When(each, each)
        for each in (date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16))
    }


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=HOURLY;COUNT=3", "WEEKLY", "FREQ=DAILY;BYDAY=XX"]
)
def test_a_rule_that_is_none_is_a_reason_for_whoever_asks(rule: str) -> None:
    found = read(series(recurrenceRule=rule), ["20260302T080000Z"])
    assert [each.recurrence_id for each in found] == ["20260302T080000Z"]
    assert found[0].skip is not None and found[0].skip.code == "calendar_rule"


@pytest.mark.parametrize(("word", "title"), [("public", "Stand-up"), ("private", "")])
def test_what_cannot_be_followed_has_its_name_unless_it_is_private(
    word: str, title: str
) -> None:
    words = {"summary": "Stand-up", "class": word}
    endless = series(**words, recurrenceRule="FREQ=NEVER")
    nowhere = one(**words, start=local("2026-03-02T10:00", "Atlantis"))
    for found in (read(endless)[0], nowhere):
        assert found.skip is not None
        assert found.values.get("title", "") == title
        assert found.private == (word == "private")


def test_one_instance_in_an_unknown_zone_spoils_no_other() -> None:
    body = series(
        changed("20260303T080000Z", start=local("2026-03-03T09:00", "Nowhere")),
        recurrenceRule="FREQ=DAILY;COUNT=3",
    )
    found = {each.recurrence_id: each for each in read(body)}
    assert found["20260303T080000Z"].skip is not None
    assert found["20260304T080000Z"].skip is None and len(found) == 3


def test_dates_in_utc_need_no_zone() -> None:
    body = series(
        start=local("2026-03-02T09:00", "Nowhere"),
        recurrenceDates=[period("2026-03-02T08:00", "2026-03-02T09:00")],
    )
    assert times(read(body)) == {
        "20260302T080000Z": When(at("2026-03-02T08:00"), at("2026-03-02T09:00"))
    }


def test_one_instance_alone_is_read_by_its_id() -> None:
    body = detail(changed("20260306T110000Z", start=utc("2026-03-09T11:00")))
    assert list(times(read(body, ["20260306T110000Z"]))) == ["20260306T110000Z"]


def test_a_private_and_a_cancelled_instance_concern_themselves_alone() -> None:
    body = series(
        changed("20260303T080000Z", **{"class": "private"}),
        changed("20260304T080000Z", status="cancelled"),
        recurrenceRule="FREQ=DAILY;COUNT=4",
    )
    found = {each.recurrence_id: each for each in read(body)}
    assert [found[f"2026030{n}T080000Z"].private for n in (2, 3, 4, 5)] == [
        *(False, True, False, False)
    ]
    assert [each.recurrence_id for each in found.values() if each.gone] == [
        "20260304T080000Z"
    ]


# -- people ----------------------------------------------------------------------------

CHAIR = {"role": "chair", "displayName": "Duke Lawson/Peaks", "email": "Duke@p.example"}


def person(email: str = "", name: str = "", **more: Any) -> dict[str, Any]:
    found = {"role": "req-participant", "displayName": name, "email": email, **more}
    return {key: value for key, value in found.items() if value}


def test_of_a_meeting_time_place_people_and_existence_are_notes_s_own() -> None:
    found = one(attendees=[CHAIR, person("dean@p.example", "Dean Melnyk/Peaks")])
    assert found.values["attendees"] == (
        Attendee("Duke@p.example"),
        Attendee("dean@p.example"),
    )
    assert {"when", "location", "attendees", EXISTENCE} <= found.locked.keys()
    assert found.organiser == "duke@p.example"


def test_rooms_and_resources_are_no_people() -> None:
    room = person("room1@p.example", "Room 1/HQ", userType="room")
    car = person("car@p.example", "Car", userType="resource")
    found = one(attendees=[CHAIR, room, car])
    assert found.values["attendees"] == ()
    assert not {"when", EXISTENCE} & found.locked.keys()
    assert found.organiser == ""


@pytest.mark.parametrize("email", ["", "CN=Jim/O=Acme", "Jim Nobody", "@", "a@b@c"])
def test_somebody_without_an_address_is_known_by_name(email: str) -> None:
    found = one(attendees=[CHAIR, person(email, "Jim")])
    assert found.values["attendees"][1] == Attendee("")
    assert found.values["attendees"][1].name == "Jim"


def test_the_organiser_may_be_known_by_name_alone() -> None:
    organizer = {"displayName": "Duke Lawson/Peaks"}
    chair = {"role": "chair", "displayName": "Duke Lawson/Peaks"}
    found = one(attendees=[chair, person("a@b.example")], organizer=organizer)
    assert found.organiser == "Duke Lawson/Peaks"


def test_participants_that_zoho_knows_are_no_part_of_an_appointment_of_ours() -> None:
    found = one(id=OURS)
    assert "attendees" not in found.values
    assert found.locked == {}
    met = one(id=OURS, attendees=[CHAIR, person("a@b.example")])
    assert len(met.values["attendees"]) == 2


def test_a_booked_room_stands_for_a_missing_place() -> None:
    room = {"data": "Room 1/HQ"}
    found = one(x_lotus_room=room)
    assert found.values["location"] == "Room 1"
    assert found.locked["location"].code == "calendar_room"
    told = one(x_lotus_room=room, location="Lobby")
    assert told.values["location"] == "Lobby" and "location" not in told.locked


# -- reminders -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "minutes"),
    [
        ({"related": "start", "value": "-PT15M"}, 15),
        ({"value": "-P1D"}, 1440),
        ({"value": "-P1W"}, 10080),
        ({"value": "-PT1H30M"}, 90),
        ({"value": "-P1DT2H"}, 1560),
        ({"value": "PT0M"}, 0),
        ({"value": "-PT94M59S"}, 95),
        ({"related": "end", "value": "-PT75M"}, 15),
        ({"valueDataType": "date-time", "value": "20260302T074500Z"}, 15),
        ({"value": "PT10M"}, None),
        ({"related": "end", "value": "PT0M"}, None),
        ({"valueDataType": "date-time", "value": "soon"}, None),
        ({"value": "whenever"}, None),
        ({"value": "-P99999999999D"}, None),
        (None, None),
    ],
)
def test_a_reminder_is_minutes_before_the_start(
    trigger: Any, minutes: int | None
) -> None:
    found = one(alarm=[{"action": "display", "trigger": trigger}])
    assert found.values["reminder"] == minutes
    told = minutes is None
    assert bool(found.remarks) == told and ("reminder" in found.locked) == told


def test_of_several_reminders_the_first_is_carried_and_all_are_kept() -> None:
    alarms = [{"trigger": {"value": value}} for value in ("-PT15M", "-P1D")]
    found = one(alarm=alarms)
    assert found.values["reminder"] == 15
    assert [why.code for why in found.remarks] == ["calendar_reminders"]
    assert "reminder" in found.locked


# -- text ------------------------------------------------------------------------------


def test_text_that_was_born_in_notes_is_never_written() -> None:
    assert one(description="x").locked["description"].code == "calendar_text"
    assert "description" not in one(id=OURS, description="x").locked
    rich = one(id=OURS, description="x", x_alt_desc={"data": "<b>x</b>"})
    assert rich.locked["description"].code == "calendar_rich_text"


def test_text_that_zoho_has_no_room_for_is_cut_there_and_kept_here() -> None:
    found = one(id=OURS, description="word " * 8000, summary="t" * 300)
    assert {"description", "title"} <= found.locked.keys()
    fitted = zoho.fit("event", found.values, {}, DOCUMENTED_EVENT)
    assert len(fitted.values["description"]) <= 32000
    assert len(fitted.values["title"]) == 255
    assert len(fitted.remarks) == 2


# -- the range list --------------------------------------------------------------------


def test_a_row_tells_its_key_time_title_and_place() -> None:
    row = {
        **element(
            start=utc("2026-03-05T07:00"),
            end=utc("2026-03-05T09:00"),
            location="Room 2",
            recurrenceId="20260303T073000Z",
        ),
        "x-lotus-summarydataonly": {"data": "TRUE"},
    }
    found = MAPPING.row(row, BERLIN)
    assert (found.uid, found.recurrence_id) == (UID, "20260303T073000Z")
    assert found.glimpse == {
        "title": "Review",
        "when": When(at("2026-03-05T07:00"), at("2026-03-05T09:00")),
        "location": "Room 2",
    }
    assert not found.temporary and not found.unanswered


def test_of_an_old_template_s_row_only_the_time_counts() -> None:
    uid = "0123456789ABCDEF0123456789ABCDEF_3-Lotus_ReadRange_Generated"
    found = MAPPING.row(element(id=uid, summary="Review,Room 2,Duke"), BERLIN)
    assert found.temporary
    assert found.glimpse.keys() == {"when"} or found.glimpse == {}


# -- writing ---------------------------------------------------------------------------


def test_a_new_entry_is_in_utc_with_our_uid() -> None:
    values = Event(
        "Visit",
        When(at("2026-03-29T01:00"), at("2026-03-29T02:00")),
        "Berlin",
        "One\nTwo",
        reminder=90,
    ).values()
    body = MAPPING.new(values, OURS)
    assert body == {
        "events": [
            {
                "id": OURS,
                "class": "public",
                "summary": "Visit",
                "location": "Berlin",
                "description": "One\nTwo",
                "start": utc("2026-03-29T01:00"),
                "end": utc("2026-03-29T02:00"),
                "alarm": [
                    {
                        "action": "display",
                        "trigger": {"related": "start", "value": "-PT90M"},
                    }
                ],
            }
        ]
    }


def test_a_change_sends_the_whole_detail_with_only_its_fields_changed() -> None:
    alarm = {"action": "audio", "trigger": {"value": "-PT5M"}, "attach": {"uri": "x"}}
    body = detail(
        element(
            categories="a;b",
            sequence=2,
            alarm=[alarm],
            attendees=[CHAIR],
            x_custom={"data": "1"},
        )
    )
    before = deepcopy(body)
    sent = MAPPING.changed(body, {"title": "Other", "reminder": 10}, BERLIN)
    assert body == before
    assert sent is not None and sent["timezones"] == body["timezones"]
    trigger = {"related": "start", "value": "-PT10M"}
    assert sent["events"] == [
        {
            **body["events"][0],
            "summary": "Other",
            "alarm": [{**alarm, "trigger": trigger}],
        }
    ]


def test_what_says_the_same_is_not_sent() -> None:
    body = detail(element(location="Room  2"))
    values = {
        "title": "Review",
        "location": "Room 2",
        "when": When(at("2026-03-02T08:00"), at("2026-03-02T09:00")),
    }
    assert MAPPING.changed(body, values, BERLIN) is None


def test_an_emptied_reminder_is_left_out_and_an_emptied_text_is_sent_empty() -> None:
    body = detail(
        element(
            id=OURS,
            location="L",
            description="D",
            alarm=[{"trigger": {"value": "-PT5M"}}],
        )
    )
    values = {"reminder": None, "location": "", "description": ""}
    sent = MAPPING.changed(body, values, BERLIN)
    assert sent is not None
    (event,) = sent["events"]
    assert "alarm" not in event
    assert (event["location"], event["description"]) == ("", "")


def test_an_alarm_at_an_instant_moves_with_the_start() -> None:
    trigger = {"valueDataType": "date-time", "value": "20260302T073000Z"}
    body = detail(element(alarm=[{"action": "display", "trigger": trigger}]))
    (before,) = read(body)
    later = When(at("2026-03-04T08:00"), at("2026-03-04T09:00"))
    sent = MAPPING.changed(body, {"when": later}, BERLIN)
    (after,) = read(sent)
    assert after.values == {**before.values, "when": later}
    assert after.values["reminder"] == 30


@pytest.mark.parametrize(
    ("now", "whole", "becomes"),
    [
        ("0", False, "0"),
        ("0", True, "2"),
        ("1", False, "0"),
        ("1", True, "1"),
        ("2", False, "0"),
        ("2", True, "2"),
        ("3", False, "3"),
        ("4", False, "0"),
        ("4", True, "2"),
    ],
)
def test_the_type_of_an_entry_does_not_contradict_its_times(
    now: str, whole: bool, becomes: str
) -> None:
    days = {"start": day("2026-03-02"), "end": day("2026-03-03")}
    old = days if now in "12" else {"start": utc("2026-03-02T08:00"), "end": None}
    body = detail(element(**old, x_lotus_appttype={"data": now}))
    wanted = When(at("2026-03-09T08:00"), at("2026-03-09T09:00"))
    if whole:
        wanted = When(date(2026, 3, 9), date(2026, 3, 10))
    sent = MAPPING.changed(body, {"when": wanted}, BERLIN)
    assert sent is not None
    assert sent["events"][0]["x-lotus-appttype"] == {"data": becomes}
    (found,) = read(sent)
    assert found.values["when"] == wanted


def test_participants_are_never_sent() -> None:
    people = (Attendee("a@x.example", "Ann"),)
    body = detail(element())
    assert MAPPING.changed(body, {"attendees": people}, BERLIN) is None
    assert "attendees" not in MAPPING.new({"attendees": people}, OURS)["events"][0]
    fitted = MAPPING.fit({"attendees": people}, {"attendees": ()})
    assert fitted.values == {}
    assert [why.params["names"] for why in fitted.remarks] == ["Ann"]


def test_many_participants_are_named_in_short() -> None:
    people = tuple(Attendee(f"p{n}@x.example") for n in range(9))
    (why,) = MAPPING.fit({"attendees": people}, {}).remarks
    assert why.params["names"].endswith("p4@x.example (+4)")


def test_our_key_and_our_uid_stand_for_one_another() -> None:
    key = "60001:Events:4711:0"
    assert MAPPING.uid_of(key) == OURS
    assert MAPPING.sync_key_of(OURS) == key
    assert MAPPING.sync_key_of(UID) == MAPPING.sync_key_of("zoho-1-2") == ""


# -- what goes back and forth ----------------------------------------------------------


def test_a_moment_stays_one_when_zoho_moves_it() -> None:
    nine = at("2026-03-02T09:00")
    call = {"when": When(nine, nine)}
    there = zoho.fit("event", call, {}, DOCUMENTED_EVENT).values
    assert MAPPING.fit(there, call).values == call
    later = {"when": When(nine + DAY, nine + DAY + timedelta(minutes=1))}
    assert MAPPING.fit(later, call).values == {"when": When(nine + DAY, nine + DAY)}
    longer = {"when": When(nine, nine + HOUR)}
    assert MAPPING.fit(longer, call).values == longer


def test_a_dash_for_a_missing_title_never_comes_back() -> None:
    nothing = {"title": ""}
    there = zoho.fit("event", nothing, {}, DOCUMENTED_EVENT).values
    assert there == {"title": "-"}
    assert MAPPING.fit(there, nothing).values == nothing
    assert MAPPING.fit({"title": "New"}, nothing).values == {"title": "New"}


def test_an_organisation_without_reminders_is_told() -> None:
    fields = Fields.of(
        field
        for field in DOCUMENTED_EVENT.by_name.values()
        if field.api_name != "Remind_At"
    )
    fitted = zoho.fit("event", {"reminder": 15}, {}, fields)
    assert fitted.values == {}
    assert [why.code for why in fitted.remarks] == ["calendar_reminder_field"]
    odd = Fields.of([Field("Remind_At", "picklist")])
    assert zoho.fit("event", {"reminder": 15}, {}, odd).values == {}


def test_units_of_the_table_are_those_of_the_kind() -> None:
    assert list(zoho.TABLES["event"].by_unit) == list(KIND.units)
