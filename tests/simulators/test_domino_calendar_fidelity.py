"""The Domino simulator's calendar against the DAS fact sheet, one behaviour a test.

Section numbers are those of the DAS fact sheet; payloads are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.simulators.common import ControlClient
from tests.simulators.domino import DominoSimulator, recurrence, wire

MAIL = "mail/jdoe.nsf"
AUTH = ("Jane Doe", "secret")
START = datetime(2026, 3, 10, 9, 0, 0, tzinfo=UTC)

Maker = Callable[..., DominoSimulator]


@pytest.fixture
def make() -> Iterator[Maker]:
    """Starts simulators with one user, Jane Doe, and stops them afterwards."""
    started: list[DominoSimulator] = []

    def start(**knobs: Any) -> DominoSimulator:
        sim = DominoSimulator(keep_bodies=True, **knobs)
        sim.clock.freeze(START)
        sim.act.add_user("Jane Doe", "secret")
        sim.start()
        started.append(sim)
        return sim

    yield start
    for sim in started:
        sim.stop()


@pytest.fixture
def sim(make: Maker) -> DominoSimulator:
    """A server with Basic authentication."""
    return make()


def call(
    sim: DominoSimulator, path: str = "", method: str = "GET", **options: Any
) -> requests.Response:
    """A request in Jane's name; `path` without `/api` is below her events."""
    if "/api/" not in path:
        path = f"/{MAIL}/api/calendar/events{path}"
    options.setdefault("auth", AUTH)
    return requests.request(method, sim.url + path, timeout=10, **options)


def at(day: int, hour: int = 10, minute: int = 0, month: int = 3) -> datetime:
    """An instant of 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def utc(value: datetime) -> dict[str, Any]:
    """A date object in UTC."""
    return {"date": f"{value:%Y-%m-%d}", "time": f"{value:%H:%M:%S}", "utc": True}


def sent(summary: str = "Call", start: datetime | None = None, **more: Any) -> Any:
    """A body for POST and PUT."""
    start = start or at(12)
    event = {
        "summary": summary,
        "start": utc(start),
        "end": utc(start.replace(hour=start.hour + 1)),
        **more,
    }
    return {"events": [event]}


# -- 3.3 list --------------------------------------------------------------------------


def test_an_empty_list_is_200_without_body_and_type(sim: DominoSimulator) -> None:
    answer = call(sim)
    assert answer.status_code == 200
    assert answer.content == b""
    assert "Content-Type" not in answer.headers
    assert "Content-Range" not in answer.headers


def test_a_list_has_a_range_without_total(sim: DominoSimulator) -> None:
    for day in (11, 12, 13):
        sim.act.create_event(MAIL, "Call", at(day))
    answer = call(sim, "?start=1&count=2")
    assert answer.headers["Content-Range"] == "items 1-2"
    assert len(answer.json()["events"]) == 2
    assert call(sim, "?start=3").content == b""


# -- 3.5, 3.7, 3.8, 3.9 one event ------------------------------------------------------


def test_a_posted_id_is_kept_as_uid_and_refused_again(sim: DominoSimulator) -> None:
    body = sent(id="zoho-1-2-3")
    first = call(sim, "?workflow=false", "POST", json=body)
    assert first.status_code == 201
    assert first.headers["Location"].endswith("/api/calendar/events/zoho-1-2-3")
    again = call(sim, "?workflow=false", "POST", json=body)
    assert (again.status_code, again.json()["cserror"]) == (409, 1032)


def test_an_event_made_in_notes_is_read_changed_and_deleted(
    sim: DominoSimulator,
) -> None:
    uid = sim.act.create_event(MAIL, "Lunch", at(11), body="Bring cake")
    body = call(sim, f"/{uid}").json()
    assert body["events"][0]["description"] == "Bring cake"
    body["events"][0]["summary"] = "Dinner"
    changed = call(sim, f"/{uid}?workflow=false", "PUT", json=body)
    assert changed.json()["events"][0]["summary"] == "Dinner"
    assert call(sim, f"/{uid}?workflow=false", "DELETE").status_code == 200
    gone = call(sim, f"/{uid}")
    assert (gone.status_code, gone.json()["cserror"]) == (404, 1031)


# -- fixtures of the rest --------------------------------------------------------------


SAM = "mail/sroe.nsf"
SAM_AUTH = ("Sam Roe", "secret")


@pytest.fixture
def pair(sim: DominoSimulator) -> DominoSimulator:
    """A server with Jane Doe and Sam Roe."""
    sim.act.add_user("Sam Roe", "secret")
    return sim


def as_sam(
    sim: DominoSimulator, path: str = "", method: str = "GET", **options: Any
) -> requests.Response:
    """A request in Sam's name, below his events."""
    if "/api/" not in path:
        path = f"/{SAM}/api/calendar/events{path}"
    return call(sim, path, method, auth=SAM_AUTH, **options)


def events(answer: requests.Response) -> list[dict[str, Any]]:
    """The events of an answer; none for an empty body."""
    assert answer.status_code == 200, answer.text
    return list(answer.json()["events"]) if answer.content else []


def event(answer: requests.Response) -> dict[str, Any]:
    """The only event of an answer."""
    (found,) = events(answer)
    return found


def summaries(answer: requests.Response) -> list[str]:
    """The summaries of an answer."""
    return [e["summary"] for e in events(answer)]


def error(answer: requests.Response) -> tuple[int, int | None]:
    """Status and cserror."""
    return answer.status_code, answer.json().get("cserror")


def weekly(sim: DominoSimulator, count: int = 4, **values: Any) -> str:
    """A series at 10:00 Berlin time on Fridays from 13 March, over the change."""
    return sim.act.create_series(
        MAIL,
        "Jour fixe",
        at(13, 9),
        at(13, 10),
        rule=f"FREQ=WEEKLY;COUNT={count}",
        zone="Europe/Berlin",
        **values,
    )


# -- 3.3 list: parameters --------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("since=2026-03-10", "Unparseable date"),
        ("since=2026-03-10T00:00:00.000Z", "Unparseable date"),
        ("before=2026-03-10T00:00:00%2B01:00", "Unparseable date"),
        ("count=0", "Invalid count parameter: 0.  It must be"),
        ("count=101", "Invalid count parameter: 101.  It must be"),
        ("count=x", "Invalid count parameter: x"),
        ("start=-1", "Invalid start parameter: -1.  It must be"),
        ("days=0", "Invalid days parameter"),
        ("sincenow=0&since=2026-03-10T00:00:00Z", "exclude each other"),
        ("days=3&before=2026-04-10T00:00:00Z", "exclude each other"),
        ("before=2026-03-10T00:00:00Z&since=2026-03-10T00:00:00Z", "must be after"),
        ("fields=summary;start", "Invalid fields"),
    ],
)
def test_a_bad_list_parameter_is_400(
    sim: DominoSimulator, query: str, message: str
) -> None:
    answer = call(sim, f"?{query}")
    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_without_dates_the_year_from_now_is_listed_and_slides(
    sim: DominoSimulator,
) -> None:
    for when in (at(9), at(11), at(9).replace(year=2027), at(11).replace(year=2027)):
        sim.act.create_event(MAIL, f"{when:%F}", when)
    assert summaries(call(sim)) == ["2026-03-11", "2027-03-09"]
    sim.clock.advance(days=2)
    assert summaries(call(sim)) == ["2027-03-09", "2027-03-11"]


def test_since_and_before_alone_mean_a_year(sim: DominoSimulator) -> None:
    for year in (2024, 2025, 2026, 2027):
        sim.act.create_event(MAIL, str(year), at(20).replace(year=year))
    assert summaries(call(sim, "?since=2025-01-01T00:00:00Z")) == ["2025"]
    assert summaries(call(sim, "?before=2028-01-01T00:00:00Z")) == ["2027"]


def test_sincenow_and_days_came_with_fp8(make: Maker) -> None:
    sim = make()
    sim.act.create_event(MAIL, "past", at(8))
    sim.act.create_event(MAIL, "near", at(11))
    sim.act.create_event(MAIL, "far", at(20))
    assert summaries(call(sim, "?sincenow=-3&days=5")) == ["past", "near"]
    sim.act.set_knob("fp", 7)
    assert summaries(call(sim, "?sincenow=-3&days=5")) == ["near", "far"]


def test_only_entries_that_start_in_the_range_are_listed(sim: DominoSimulator) -> None:
    sim.act.create_event(MAIL, "over midnight", at(10, 22), at(11, 2))
    sim.act.create_event(MAIL, "at the start", at(11, 0))
    sim.act.create_event(MAIL, "at the end", at(12, 0))
    query = "?since=2026-03-11T00:00:00Z&before=2026-03-12T00:00:00Z"
    assert summaries(call(sim, query)) == ["at the start"]
    sim.act.set_knob("before_inclusive", True)
    assert summaries(call(sim, query)) == ["at the start", "at the end"]


def test_pages_follow_the_start_and_end_with_an_empty_body(
    sim: DominoSimulator,
) -> None:
    for n in range(130):
        sim.act.create_event(MAIL, str(n), at(11) + timedelta(hours=n))
    assert len(events(call(sim))) == 50
    found: list[str] = []
    ranges = []
    for start in (0, 100, 200):
        answer = call(sim, f"?count=100&start={start}")
        found += summaries(answer)
        ranges.append(answer.headers.get("Content-Range"))
    assert found == [str(n) for n in range(130)]
    assert ranges == ["items 0-99", "items 100-129", None]


def test_list_entries_are_summaries_in_utc(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(
        MAIL,
        "Lunch",
        at(11, 11),
        at(11, 12),
        zone="America/New_York",
        location="Café",
        body="text",
        reminder=15,
        categories=["A", "B"],
    )
    row = event(call(sim))
    assert list(row) == [
        "href",
        "id",
        "summary",
        "location",
        "start",
        "end",
        "class",
        "transparency",
        "sequence",
        "categories",
        "x-lotus-organizer",
        "x-lotus-summarydataonly",
        "x-lotus-appttype",
    ]
    assert row["id"] == uid
    assert row["start"] == utc(at(11, 11))
    assert row["categories"] == "A;B"
    assert row["x-lotus-organizer"] == {"data": "CN=Jane Doe/O=Acme"}


def test_fields_choose_the_keys_by_their_odd_names(make: Maker) -> None:
    sim = make()
    weekly(sim)
    row = events(call(sim, "?fields=start,reccurenceid,x-lotus-apptype,bogus"))[0]
    assert list(row) == [
        "href",
        "id",
        "start",
        "recurrenceId",
        "x-lotus-summarydataonly",
        "x-lotus-appttype",
    ]
    assert "summary" in events(call(sim, "?fields=Start,recurrenceId"))[0]
    sim.act.set_knob("fp", 7)
    assert "summary" in events(call(sim, "?fields=start"))[0]


def test_the_wire_has_domino_escapes_and_layout(sim: DominoSimulator) -> None:
    sim.act.create_event(MAIL, "Café/Bar", at(11))
    text = call(sim).text
    assert text.startswith('{\n  "events": [\n    {\n      "href":"\\/mail\\/jdoe.nsf')
    assert '\n      "summary":"Caf\\u00E9\\/Bar",\n      "start": {\n' in text


def test_links_are_absolute_when_the_server_is_set_so(make: Maker) -> None:
    sim = make(absolute_urls=True)
    uid = sim.act.create_event(MAIL, "Call", at(11))
    wanted = f"{sim.url}/{MAIL}/api/calendar/events/{uid}"
    assert event(call(sim))["href"] == wanted


def test_todos_and_mail_are_not_listed(sim: DominoSimulator) -> None:
    sim.act.create_todo(MAIL, "Do", due=at(11))
    sim.act.receive_mail(MAIL)
    assert call(sim).content == b""


def test_a_hidden_entry_is_just_missing(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "Hidden", at(11))
    sim.act.create_event(MAIL, "Open", at(12))
    sim.act.hide(sim.events(MAIL)[0]["unid"])
    assert summaries(call(sim)) == ["Open"]
    assert error(call(sim, f"/{uid}")) == (404, 1031)


# -- old mail templates ----------------------------------------------------------------


def test_an_old_template_lists_passing_ids_with_glued_summaries(
    sim: DominoSimulator,
) -> None:
    sim.act.set_file(MAIL, old_template=True)
    uid = sim.act.create_event(MAIL, "Talk", at(11), location="Room 1")
    sim.act.create_event(MAIL, "Walk", at(12))
    row = events(call(sim, "?start=0"))[0]
    unid = sim.events(MAIL)[0]["unid"]
    assert row["id"] == f"{unid}_0-Lotus_ReadRange_Generated"
    assert row["summary"] == "Talk,Room 1,Jane Doe"
    assert row["x-lotus-organizer"] == {"data": "Jane Doe"}
    assert not {"location", "transparency", "sequence", "recurrenceId"} & set(row)
    detail = event(call(sim, f"/{row['id']}"))
    assert (detail["id"], detail["summary"], detail["location"]) == (
        uid,
        "Talk",
        "Room 1",
    )


def test_passing_ids_count_within_the_answer_and_expire(sim: DominoSimulator) -> None:
    sim.act.set_knob("old_template", True)
    for day in (11, 12, 13):
        sim.act.create_event(MAIL, "Talk", at(day))
    first, second = (e["id"] for e in events(call(sim, "?start=1")))
    assert "_0-Lotus" in first and "_1-Lotus" in second
    never = first.replace("_0-", "_7-")
    assert error(call(sim, f"/{never}")) == (404, 1031)
    sim.clock.advance(minutes=11)
    assert error(call(sim, f"/{first}")) == (404, 1031)


def test_an_old_template_gives_every_instance_another_id(sim: DominoSimulator) -> None:
    sim.act.set_knob("old_template", True)
    uid = weekly(sim)
    rows = events(call(sim))
    assert len({e["id"] for e in rows}) == 4
    assert all("recurrenceId" not in e for e in rows)
    answer = call(sim, f"/{rows[2]['id']}")
    assert events(answer)[0]["id"] == uid
    ids = call(sim, f"/{rows[2]['id']}/instances").json()["instances"]
    assert all(rows[2]["id"] in row["href"] for row in ids)


# -- 3.4, 3.5 details ------------------------------------------------------------------


def test_a_detail_has_local_times_and_the_zone_that_explains_them(
    sim: DominoSimulator,
) -> None:
    uid = sim.act.create_event(MAIL, "Lunch", at(11, 16), zone="America/New_York")
    body = call(sim, f"/{uid}").json()
    rule = "FREQ=YEARLY;BYMONTH={};BYDAY={}SU;BYHOUR=2;BYMINUTE=0"
    assert body["events"][0]["start"] == {
        "date": "2026-03-11",
        "time": "12:00:00",
        "tzid": "Eastern",
    }
    assert body["timezones"] == [
        {
            "tzid": "Eastern",
            "standard": {
                "start": {"date": "1950-11-05", "time": "02:00:00"},
                "offsetFrom": "-0400",
                "offsetTo": "-0500",
                "recurrenceRule": rule.format(11, 1),
            },
            "daylight": {
                "start": {"date": "1950-03-12", "time": "02:00:00"},
                "offsetFrom": "-0500",
                "offsetTo": "-0400",
                "recurrenceRule": rule.format(3, 2),
            },
        }
    ]


@pytest.mark.parametrize(
    ("zone", "name", "winter", "summer"),
    [
        ("Europe/Berlin", "W. Europe", 12, 13),
        ("Pacific/Auckland", "New Zealand", 0, 23),
        ("America/Sao_Paulo", "E. South America", 8, 8),
        ("Asia/Kolkata", "India", 16, 16),
    ],
)
def test_zones_follow_their_rule_north_and_south(
    sim: DominoSimulator, zone: str, name: str, winter: int, summer: int
) -> None:
    for month, hour in ((1, winter), (7, summer)):
        uid = sim.act.create_event(MAIL, "x", at(15, 11, month=month), zone=zone)
        start = event(call(sim, f"/{uid}"))["start"]
        assert (start["tzid"], int(start["time"][:2])) == (name, hour)


@pytest.mark.parametrize(
    ("zone", "month", "day", "hour", "shown"),
    [
        ("America/New_York", 3, 8, 6, "01:30:00"),
        ("America/New_York", 3, 8, 7, "03:30:00"),
        ("America/New_York", 11, 1, 5, "01:30:00"),
        ("America/New_York", 11, 1, 6, "01:30:00"),
        ("America/New_York", 11, 1, 7, "02:30:00"),
        ("Europe/Berlin", 3, 29, 0, "01:30:00"),
        ("Europe/Berlin", 3, 29, 1, "03:30:00"),
        # Notes changes at 02:00 wall time, where Europe does at 03:00.
        ("Europe/Berlin", 10, 24, 23, "01:30:00"),
        ("Europe/Berlin", 10, 25, 0, "01:30:00"),
        ("Europe/Berlin", 10, 25, 1, "02:30:00"),
        ("Australia/Sydney", 4, 4, 14, "01:30:00"),
        ("Australia/Sydney", 4, 4, 16, "02:30:00"),
    ],
)
def test_a_zone_changes_at_two_by_the_wall_clock(
    sim: DominoSimulator, zone: str, month: int, day: int, hour: int, shown: str
) -> None:
    when = at(day, hour, 30, month)
    uid = sim.act.create_event(MAIL, "x", when, zone=zone)
    assert event(call(sim, f"/{uid}"))["start"]["time"] == shown
    assert event(call(sim, "?since=2026-01-01T00:00:00Z"))["start"] == utc(when)


def test_an_entry_in_utc_comes_without_timezones(sim: DominoSimulator) -> None:
    call(sim, "?workflow=false", "POST", json=sent(id="u-1"))
    body = call(sim, "/u-1").json()
    assert "timezones" not in body
    assert body["events"][0]["start"] == utc(at(12))


def test_whole_days_have_dates_and_an_end_by_knob(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "Fair", "2026-03-12", "2026-03-14")
    found = event(call(sim, f"/{uid}"))
    assert found["start"] == {"date": "2026-03-12"}
    assert found["end"] == {"date": "2026-03-15"}
    assert found["x-lotus-appttype"] == {"data": "2"}
    sim.act.set_knob("all_day_end", "inclusive")
    assert event(call(sim, f"/{uid}"))["end"] == {"date": "2026-03-14"}
    assert event(call(sim))["end"] == {"date": "2026-03-14"}


def test_whole_days_are_stored_from_four_to_twenty_local(sim: DominoSimulator) -> None:
    sim.act.create_event(MAIL, "Fair", "2026-07-01", zone="Pacific/Auckland")
    row = sim.events(MAIL)[0]
    items = sim.document(row["unid"])["items"]
    assert items["StartDateTime"] == [datetime(2026, 6, 30, 16, tzinfo=UTC)]
    assert items["EndDateTime"] == [datetime(2026, 7, 1, 8, tzinfo=UTC)]
    assert row["start"].isoformat() == "2026-07-01"


@pytest.mark.parametrize(
    ("kind", "number"),
    [("anniversary", "1"), ("reminder", "4"), ("appointment", "0"), ("meeting", "3")],
)
def test_kinds_show_as_appttype(sim: DominoSimulator, kind: str, number: str) -> None:
    start: Any = "2026-03-12" if kind == "anniversary" else at(12)
    uid = sim.act.create_event(MAIL, "x", start, kind=kind)
    assert event(call(sim, f"/{uid}"))["x-lotus-appttype"] == {"data": number}


def test_a_reminder_takes_no_time(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "Call back", at(12), kind="reminder")
    found = event(call(sim, f"/{uid}"))
    assert found["start"] == found["end"]
    assert found["transparency"] == "transparent"


def test_a_private_entry_stays_in_the_list_with_its_class(make: Maker) -> None:
    sim = make()
    uid = sim.act.create_event(MAIL, "Doctor", at(12), private=True)
    assert event(call(sim))["class"] == "private"
    sim.act.set_knob("private_class", "confidential")
    assert event(call(sim, f"/{uid}"))["class"] == "confidential"
    sim.act.mark_event_private(MAIL, uid, private=False)
    assert event(call(sim, f"/{uid}"))["class"] == "public"


@pytest.mark.parametrize(
    ("reminder", "value"),
    [(15, "-PT15M"), (95, "-PT95M"), (120, "-PT2H"), (1440, "-P1D"), (-10, "PT10M")],
)
def test_a_reminder_is_an_alarm_relative_to_the_start(
    sim: DominoSimulator, reminder: int, value: str
) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12), reminder=reminder)
    (alarm,) = event(call(sim, f"/{uid}"))["alarm"]
    assert alarm["trigger"] == {"related": "start", "value": value}


def test_an_alarm_may_be_absolute(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12), reminder=at(11, 7))
    (alarm,) = event(call(sim, f"/{uid}"))["alarm"]
    assert alarm["trigger"]["value"] == "20260311T070000Z"
    assert alarm["trigger"]["valueDataType"] == "date-time"


def test_line_breaks_of_a_description_arrive_as_cr_lf(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12), body="a\nb")
    assert event(call(sim, f"/{uid}"))["description"] == "a\r\nb"


def test_an_unknown_uid_is_404_with_1031(sim: DominoSimulator) -> None:
    answer = call(sim, "/nobody")
    assert error(answer) == (404, 1031)
    body = answer.json()
    assert list(body) == ["code", "text", "cserror", "message", "type", "data"]
    assert body["message"] == "Error reading event"
    assert "Caused by: NotesException" in body["data"]


def test_a_uid_with_odd_signs_is_escaped_in_links(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12), uid="{A B}/1@example.org")
    href = event(call(sim))["href"]
    assert href.endswith("/%7BA%20B%7D%2F1@example.org")
    assert event(call(sim, href))["id"] == uid


@pytest.mark.parametrize(
    ("how", "check"),
    [
        ("no_end", lambda e: "end" not in e),
        ("backwards", lambda e: e["end"]["time"] < e["start"]["time"]),
        ("floating", lambda e: set(e["start"]) == {"date", "time"}),
        ("unknown_zone", lambda e: e["start"]["tzid"] == "Customized Time Zone"),
        ("no_subject", lambda e: "summary" not in e),
        ("no_start", lambda e: "start" not in e),
    ],
)
def test_damage_of_old_templates_can_be_made(
    sim: DominoSimulator, how: str, check: Callable[[Any], bool]
) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12))
    sim.act.break_event(MAIL, uid, how)
    body = call(sim, f"/{uid}").json()
    assert check(body["events"][0])
    assert ("timezones" in body) == (how not in ("floating", "unknown_zone"))


def test_old_whole_days_may_come_as_floating_midnights(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "x", "2026-03-12", "2026-03-13")
    sim.act.break_event(MAIL, uid, "midnight")
    found = event(call(sim, f"/{uid}"))
    assert found["start"] == {"date": "2026-03-12", "time": "00:00:00"}
    assert found["end"] == {"date": "2026-03-14", "time": "00:00:00"}
    assert found["x-lotus-appttype"] == {"data": "2"}


def test_the_accept_header_does_not_choose_icalendar(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "Lunch, late", at(12))
    answer = call(sim, f"/{uid}", headers={"Accept": "text/calendar"})
    assert answer.headers["Content-Type"] == "application/json"
    answer = call(sim, f"/{uid}?format=icalendar")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert "\r\nBEGIN:VTIMEZONE\r\nTZID:W. Europe\r\n" in answer.text
    assert "\r\nSUMMARY:Lunch\\, late\r\n" in answer.text
    assert 'DTSTART;TZID="W. Europe":20260312T110000' in answer.text


# -- 3.5, 3.6 series -------------------------------------------------------------------


def test_a_series_keeps_its_wall_clock_over_the_change(sim: DominoSimulator) -> None:
    weekly(sim)
    rows = events(call(sim))
    assert [e["recurrenceId"] for e in rows] == [
        "20260313T090000Z",
        "20260320T090000Z",
        "20260327T090000Z",
        "20260403T080000Z",
    ]
    assert all(e["href"].endswith(f"/{e['recurrenceId']}") for e in rows)
    assert len({e["id"] for e in rows}) == 1


def test_a_series_comes_as_dates_and_a_moved_instance_as_second_element(
    sim: DominoSimulator,
) -> None:
    uid = weekly(sim)
    sim.act.move_instance(MAIL, uid, "20260320T090000Z", at(20, 13), at(20, 16))
    whole, moved = events(call(sim, f"/{uid}"))
    assert "recurrenceRule" not in whole
    assert [p["start"]["time"] for p in whole["recurrenceDates"]] == [
        "09:00:00",
        "13:00:00",
        "09:00:00",
        "08:00:00",
    ]
    # The period has the length of the series, not that of the instance.
    assert whole["recurrenceDates"][1]["end"] == utc(at(20, 14))
    assert whole["links"][0]["rel"] == "instances"
    assert moved["recurrenceId"] == "20260320T090000Z"
    assert moved["start"]["time"] == "14:00:00"
    assert moved["sequence"] == whole["sequence"] + 1


def test_a_lost_first_instance_stays_as_date_and_exception(
    sim: DominoSimulator,
) -> None:
    uid = weekly(sim)
    sim.act.cancel_instance(MAIL, uid, "20260313T090000Z")
    sim.act.cancel_instance(MAIL, uid, "20260327T090000Z")
    whole = event(call(sim, f"/{uid}"))
    assert whole["exceptDates"] == [utc(at(13, 9))]
    assert [p["start"]["date"] for p in whole["recurrenceDates"]] == [
        "2026-03-13",
        "2026-03-20",
        "2026-04-03",
    ]
    ids = call(sim, f"/{uid}/instances").json()["instances"]
    assert [i["recurrenceId"] for i in ids] == ["20260320T090000Z", "20260403T080000Z"]


def test_instances_name_a_moved_one_by_its_new_time_which_is_404(
    sim: DominoSimulator,
) -> None:
    uid = weekly(sim)
    sim.act.move_instance(MAIL, uid, "20260320T090000Z", at(21, 13))
    rows = call(sim, f"/{uid}/instances").json()["instances"]
    assert rows[1]["recurrenceId"] == "20260321T130000Z"
    assert error(call(sim, rows[1]["href"])) == (404, 1031)
    found = event(call(sim, f"/{uid}/20260320T090000Z"))
    assert found["start"]["date"] == "2026-03-21"
    row = events(call(sim))[1]
    assert (row["recurrenceId"], row["start"]) == ("20260320T090000Z", utc(at(21, 13)))


def test_instances_of_a_single_entry_are_400(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12))
    answer = call(sim, f"/{uid}/instances")
    assert answer.status_code == 400
    assert answer.json()["message"] == "Event does not recur"


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;COUNT=3",
        "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=4",
        "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
        "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3",
        "FREQ=MONTHLY;BYDAY=2MO;INTERVAL=2;COUNT=3",
        "FREQ=YEARLY;COUNT=3",
    ],
)
def test_a_rule_that_notes_knows_comes_back_as_rule(make: Maker, rule: str) -> None:
    sim = make(series_form="rule")
    uid = sim.act.create_series(MAIL, "x", at(13, 9), rule=rule)
    assert event(call(sim, f"/{uid}"))["recurrenceRule"] == rule


def test_with_a_rule_lost_instances_are_exceptions_and_ids_stay(make: Maker) -> None:
    sim = make(series_form="rule")
    uid = weekly(sim)
    sim.act.move_instance(MAIL, uid, "20260320T090000Z", at(21, 13))
    sim.act.cancel_instance(MAIL, uid, "20260327T090000Z")
    whole, moved = events(call(sim, f"/{uid}"))
    assert whole["recurrenceRule"] == "FREQ=WEEKLY;COUNT=4"
    assert whole["exceptDates"] == [utc(at(27, 9))]
    assert "recurrenceDates" not in whole
    rows = call(sim, f"/{uid}/instances").json()["instances"]
    assert moved["recurrenceId"] in [r["recurrenceId"] for r in rows]


def test_mixed_shows_a_rule_until_an_instance_is_changed(make: Maker) -> None:
    sim = make(series_form="mixed")
    for act in ("move", "cancel"):
        uid = weekly(sim)
        assert "recurrenceRule" in event(call(sim, f"/{uid}"))
        if act == "move":
            sim.act.move_instance(MAIL, uid, "20260320T090000Z", at(21, 13))
        else:
            sim.act.cancel_instance(MAIL, uid, "20260320T090000Z")
        assert "recurrenceDates" in events(call(sim, f"/{uid}"))[0]


def test_custom_dates_have_no_rule_whatever_the_knob(make: Maker) -> None:
    sim = make(series_form="rule")
    uid = sim.act.create_series(MAIL, "x", at(13), dates=[at(13), at(17), at(30)])
    assert "recurrenceRule" not in event(call(sim, f"/{uid}"))
    assert len(events(call(sim))) == 3


def test_an_endless_rule_gets_dates_for_ten_years(sim: DominoSimulator) -> None:
    uid = sim.act.create_series(MAIL, "x", at(13), rule="FREQ=MONTHLY")
    assert len(event(call(sim, f"/{uid}"))["recurrenceDates"]) == 121


def test_a_leap_day_series_falls_on_leap_days(sim: DominoSimulator) -> None:
    start = datetime(2024, 2, 29, 9, tzinfo=UTC)
    sim.act.create_series(MAIL, "x", start, rule="FREQ=YEARLY;COUNT=3")
    found = [e["start"].year for e in sim.events(MAIL)]
    assert found == [2024, 2028, 2032]


def test_whole_day_series_are_named_by_dates(make: Maker) -> None:
    sim = make()
    uid = sim.act.create_series(MAIL, "x", "2026-03-12", rule="FREQ=DAILY;COUNT=2")
    assert [e["recurrenceId"] for e in events(call(sim))] == ["20260312", "20260313"]
    assert event(call(sim, f"/{uid}"))["recurrenceDates"][1] == {
        "start": {"date": "2026-03-13"},
        "end": {"date": "2026-03-14"},
    }
    assert event(call(sim, f"/{uid}/20260313"))["start"] == {"date": "2026-03-13"}
    sim.act.set_knob("all_day_series", "rule")
    assert "recurrenceRule" in event(call(sim, f"/{uid}"))
    sim.act.set_knob("all_day_series", "error")
    assert call(sim, f"/{uid}").status_code == 500


def test_a_draft_series_is_missing_but_counted(sim: DominoSimulator) -> None:
    weekly(sim, draft=True)
    sim.act.create_event(MAIL, "after", at(30, month=4))
    answer = call(sim)
    assert summaries(answer) == ["after"]
    assert answer.headers["Content-Range"] == "items 0-4"


# -- documents of entries --------------------------------------------------------------


def documents(sim: DominoSimulator, query: str = "") -> list[dict[str, Any]]:
    """The mail file's document list."""
    found: list[dict[str, Any]] = call(sim, f"/{MAIL}/api/data/documents{query}").json()
    return found


def document(sim: DominoSimulator, unid: str, query: str = "") -> dict[str, Any]:
    """One document by the data service."""
    path = f"/{MAIL}/api/data/documents/unid/{unid}{query}"
    found: dict[str, Any] = call(sim, path).json()
    return found


def test_an_entry_is_a_document_that_names_its_uid(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12))
    (row,) = documents(sim, "?since=2026-03-10T08:00:00Z")
    found = document(sim, row["@unid"], "?fields=Type,ApptUNID")
    assert found["@form"] == "Appointment"
    assert found["ApptUNID"] == row["@unid"]
    assert uid == f"{row['@unid']}-Lotus_Notes_Generated"


def test_an_entry_with_a_foreign_uid_keeps_it_in_its_document(
    sim: DominoSimulator,
) -> None:
    call(sim, "?workflow=false", "POST", json=sent(id="zoho-1-2-3"))
    (row,) = documents(sim)
    assert document(sim, row["@unid"])["ApptUNID"] == "zoho-1-2-3"


def test_a_series_is_a_parent_and_a_child_with_lists(sim: DominoSimulator) -> None:
    uid = weekly(sim)
    parent, child = (document(sim, d["@unid"], "?hidden=true") for d in documents(sim))
    assert parent["ApptUNID"] == child["ApptUNID"] == uid.partition("-")[0]
    assert child["@parentid"] == child["$REF"] == parent["@unid"]
    assert "CalendarDateTime" not in parent
    assert len(parent["RepeatDates"]) == len(child["StartDateTime"]) == 4
    assert child["RepeatInstanceDates"] == child["StartDateTime"]
    assert (parent["RepeatUnit"], parent["Repeats"]) == ("W", "1")
    assert (parent["$CSFlags"], child["$CSFlags"]) == ("c", "i")


def test_a_moved_instance_splits_into_a_document_of_its_own(
    sim: DominoSimulator,
) -> None:
    uid = weekly(sim)
    sim.clock.advance(hours=1)
    sim.act.move_instance(MAIL, uid, "20260320T090000Z", at(21, 13))
    changed = documents(sim, "?since=2026-03-10T09:30:00Z")
    assert len(changed) == len(documents(sim)) == 3
    split = document(sim, documents(sim)[-1]["@unid"])
    assert split["StartDateTime"] == "2026-03-21T13:00:00Z"
    assert split["RepeatInstanceDates"] == "2026-03-20T09:00:00Z"
    assert split["ApptUNID"] == uid.partition("-")[0]
    sim.act.move_instance(MAIL, uid, "20260320T090000Z", at(22, 13))
    assert len(documents(sim)) == 3


def test_a_conflict_document_is_no_second_entry(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12))
    sim.act.make_conflict(sim.events(MAIL)[0]["unid"], Subject="y")
    assert summaries(call(sim)) == ["x"]
    assert event(call(sim, f"/{uid}"))["summary"] == "x"


def test_a_private_document_loses_public_access(sim: DominoSimulator) -> None:
    sim.act.create_event(MAIL, "x", at(12), private=True)
    found = document(sim, documents(sim)[0]["@unid"], "?hidden=true")
    assert found["OrgConfidential"] == "1"
    assert "$PublicAccess" not in found


# -- 3.7 create ------------------------------------------------------------------------


def test_a_created_event_answers_itself_with_its_address(sim: DominoSimulator) -> None:
    answer = call(sim, "?workflow=false", "POST", json=sent(location="Here"))
    assert answer.status_code == 201
    made = answer.json()["events"][0]
    assert made["id"].endswith("-Lotus_Notes_Generated")
    assert answer.headers["Location"] == sim.url + made["href"]
    assert made["x-lotus-appttype"] == {"data": "0"}
    assert sim.events(MAIL)[0]["location"] == "Here"


def zoned(tzid: str = "Here") -> dict[str, Any]:
    """A body with a zone of its own, five hours west, with summer time."""
    rule = "FREQ=YEARLY;BYMONTH={};BYDAY={}SU;BYHOUR=2;BYMINUTE=0"
    body = sent()
    for key in ("start", "end"):
        del body["events"][0][key]["utc"]
        body["events"][0][key]["tzid"] = tzid
    body["timezones"] = [
        {
            "tzid": "Here",
            "standard": {
                "start": {"date": "1950-11-05", "time": "02:00:00"},
                "offsetFrom": "-0400",
                "offsetTo": "-0500",
                "recurrenceRule": rule.format(11, 1),
            },
            "daylight": {
                "start": {"date": "1950-03-12", "time": "02:00:00"},
                "offsetFrom": "-0500",
                "offsetTo": "-0400",
                "recurrenceRule": rule.format(3, 2),
            },
        }
    ]
    return dict(body)


def test_a_zone_counts_by_the_definition_in_the_body(sim: DominoSimulator) -> None:
    answer = call(sim, "?workflow=false", "POST", json=zoned())
    made = answer.json()["events"][0]
    assert made["start"] == {"date": "2026-03-12", "time": "10:00:00", "tzid": "Here"}
    assert sim.events(MAIL)[0]["start"] == at(12, 14)


def test_an_undefined_zone_is_refused(sim: DominoSimulator) -> None:
    answer = call(sim, "?workflow=false", "POST", json=zoned("Elsewhere"))
    assert error(answer) == (400, 1034)
    assert answer.json()["message"] == "The Timezone ID is not found"


@pytest.mark.parametrize(
    "change",
    [
        {"start": {**utc(at(12)), "tzid": "Here"}},
        {"start": None},
        {"start": {"date": "12.3.2026", "time": "10:00:00", "utc": True}},
        {"sequence": "1"},
        {"priority": "1"},
        {"end": utc(at(12, 9))},
        {"recurrenceRule": "FREQ=SOMETIMES"},
        {"alarm": [{"action": "display", "trigger": {"value": "soon"}}]},
        {"x-lotus-summarydataonly": {"data": "TRUE"}},
    ],
)
def test_a_body_that_is_no_event_is_refused(
    sim: DominoSimulator, change: dict[str, Any]
) -> None:
    body = sent()
    body["events"][0].update(change)
    answer = call(sim, "?workflow=false", "POST", json=body)
    assert error(answer) == (400, 1034)
    assert sim.events(MAIL) == []


def test_an_empty_or_broken_body_is_400(sim: DominoSimulator) -> None:
    kind = {"Content-Type": "application/json"}
    empty = call(sim, "", "POST", data=b"", headers=kind)
    assert empty.json()["message"] == "Empty request body."
    assert call(sim, "", "POST", data=b"{", headers=kind).status_code == 400
    assert error(call(sim, "", "POST", json={"events": []})) == (400, 1034)
    text = call(sim, "", "POST", data=b"x", headers={"Content-Type": "text/plain"})
    assert text.status_code == 415


def test_icalendar_makes_the_event_that_json_makes(sim: DominoSimulator) -> None:
    first = call(
        sim,
        "?workflow=false",
        "POST",
        json=sent(
            "A, b; c",
            location="Here",
            description="x\ny",
            categories="One;Two",
            alarm=[{"action": "display", "trigger": {"value": "-PT15M"}}],
        ),
    ).json()["events"][0]
    text = call(sim, f"/{first['id']}?format=icalendar").text
    text = text.replace(first["id"], "copy-1")
    second = call(
        sim,
        "?workflow=false",
        "POST",
        data=text.encode(),
        headers={"Content-Type": "text/calendar"},
    )
    assert second.status_code == 201
    assert second.headers["Content-Type"].startswith("text/calendar")
    copy = event(call(sim, "/copy-1"))
    for key in ("href", "id"):
        del copy[key], first[key]
    assert copy == first


def test_appttype_alone_makes_no_meeting(sim: DominoSimulator) -> None:
    body = sent(**{"x-lotus-appttype": {"data": "3"}})
    made = call(sim, "", "POST", json=body).json()["events"][0]
    assert made["x-lotus-appttype"] == {"data": "0"}
    assert sim.log.mails == []


def test_a_posted_whole_day_has_an_exclusive_end(sim: DominoSimulator) -> None:
    body = sent()
    body["events"][0].update(start={"date": "2026-03-12"}, end={"date": "2026-03-14"})
    made = call(sim, "?workflow=false", "POST", json=body).json()["events"][0]
    assert made["end"] == {"date": "2026-03-14"}
    row = sim.events(MAIL)[0]
    assert (f"{row['start']}", f"{row['end']}") == ("2026-03-12", "2026-03-13")


def test_a_posted_rule_makes_a_series(sim: DominoSimulator) -> None:
    body = sent(recurrenceRule="FREQ=DAILY;COUNT=3", exceptDates=[utc(at(13))])
    uid = call(sim, "?workflow=false", "POST", json=body).json()["events"][0]["id"]
    assert [e["recurrenceId"] for e in events(call(sim))] == [
        "20260312T100000Z",
        "20260314T100000Z",
    ]
    assert len(sim.documents(MAIL)) == 2
    assert error(call(sim, f"/{uid}", "PUT", json=sent())) == (400, 1028)


def test_notices_that_fail_leave_the_event_behind_a_500(sim: DominoSimulator) -> None:
    sim.faults.add("notices_failed", route="events", method="POST")
    answer = call(sim, "", "POST", json=sent(id="u-1"))
    assert error(answer) == (500, 1026)
    assert event(call(sim, "/u-1"))["summary"] == "Call"


# -- 3.8 update ------------------------------------------------------------------------


def put(
    sim: DominoSimulator, path: str, query: str = "", **changes: Any
) -> requests.Response:
    """Reads, changes (None takes a key out) and puts back."""
    body = call(sim, path).json()
    for key, value in changes.items():
        if value is None:
            body["events"][0].pop(key, None)
        else:
            body["events"][0][key] = value
    return call(sim, f"{path}?workflow=false{query}", "PUT", json=body)


def test_a_put_drops_what_it_lacks_but_the_description(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(
        MAIL,
        "x",
        at(12),
        location="Here",
        body="text",
        reminder=15,
        private=True,
        categories=["A"],
    )
    answer = call(sim, f"/{uid}?workflow=false", "PUT", json=sent("y"))
    left = event(answer)
    assert left["summary"] == "y"
    assert left["description"] == "text"
    assert left["class"] == "public"
    assert not {"location", "alarm", "categories"} & set(left)


def test_literally_drops_the_description_too(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12), body="text")
    answer = put(sim, f"/{uid}", "&literally=true", description=None)
    assert "description" not in event(answer)


def test_a_description_that_is_sent_loses_its_formatting(sim: DominoSimulator) -> None:
    rich = {"type": "richtext", "html": "<b>Bold</b> text"}
    uid = sim.act.create_event(MAIL, "x", at(12), body=rich)
    unid = sim.events(MAIL)[0]["unid"]
    put(sim, f"/{uid}", description=None, summary="y")
    assert sim.document(unid)["items"]["Body"][0]["html"] == "<b>Bold</b> text"
    put(sim, f"/{uid}")
    assert "<b>" not in sim.document(unid)["items"]["Body"][0]["html"]


def test_attachments_outlive_a_put(sim: DominoSimulator) -> None:
    rich = {
        "type": "richtext",
        "text": "see file",
        "attachments": [{"name": "a.pdf", "data": "QQ=="}],
    }
    uid = sim.act.create_event(MAIL, "x", at(12), body=rich)
    put(sim, f"/{uid}", description="see the file")
    body = sim.document(sim.events(MAIL)[0]["unid"])["items"]["Body"][0]
    assert (body["text"], body["attachments"]) == ("see the file", ["a.pdf"])


def test_what_was_read_can_be_put_back_without_a_change(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(
        MAIL,
        "x",
        at(12),
        zone="America/New_York",
        location="Here",
        reminder=30,
        categories=["A", "B"],
        private=True,
        priority=1,
        free=True,
        attendees=["x@example.org"],
    )
    before = call(sim, f"/{uid}").json()
    assert put(sim, f"/{uid}").status_code == 200
    assert call(sim, f"/{uid}").json() == before


def test_a_time_change_raises_the_sequence_by_itself(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12))
    assert event(put(sim, f"/{uid}", summary="y"))["sequence"] == 0
    moved = put(sim, f"/{uid}", start=utc(at(13)), end=utc(at(13, 11)))
    assert event(moved)["sequence"] == 1


def test_an_old_sequence_is_refused_and_strict_wants_a_newer_one(
    sim: DominoSimulator,
) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12))
    put(sim, f"/{uid}", start=utc(at(12, 9)))
    assert error(put(sim, f"/{uid}", sequence=0)) == (409, 1027)
    assert error(put(sim, f"/{uid}", "&strictsequence=true")) == (409, 1027)
    strict = put(sim, f"/{uid}", "&strictsequence=true", sequence=2)
    assert event(strict)["sequence"] == 2


def test_a_whole_series_cannot_be_put_but_an_instance_can(
    sim: DominoSimulator,
) -> None:
    uid = weekly(sim)
    assert error(put(sim, f"/{uid}")) == (400, 1028)
    changed = put(sim, f"/{uid}/20260320T090000Z", summary="Special")
    assert event(changed)["recurrenceId"] == "20260320T090000Z"
    titles = [e["summary"] for e in events(call(sim))]
    assert titles == ["Jour fixe", "Special", "Jour fixe", "Jour fixe"]
    assert error(call(sim, f"/{uid}/20260321T090000Z", "PUT", json=sent())) == (
        404,
        1031,
    )


def test_an_instance_of_a_whole_day_series_keeps_its_zone(
    sim: DominoSimulator,
) -> None:
    uid = sim.act.create_series(
        MAIL, "x", "2026-03-12", rule="FREQ=DAILY;COUNT=3", zone="Pacific/Auckland"
    )
    put(
        sim,
        f"/{uid}/20260313",
        start={"date": "2026-03-20"},
        end={"date": "2026-03-21"},
    )
    assert [e["recurrenceId"] for e in events(call(sim))] == [
        "20260312",
        "20260314",
        "20260313",
    ]


def test_an_event_becomes_whole_days_and_back(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12))
    days = {"start": {"date": "2026-03-14"}, "end": {"date": "2026-03-15"}}
    assert event(put(sim, f"/{uid}", **days))["x-lotus-appttype"] == {"data": "2"}
    back = put(sim, f"/{uid}", start=utc(at(15)), end=utc(at(15, 11)))
    assert event(back)["x-lotus-appttype"] == {"data": "0"}


def test_a_refused_put_changes_nothing(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12))
    before = sim.events(MAIL)
    assert error(put(sim, f"/{uid}", sequence="1")) == (400, 1034)
    assert sim.events(MAIL) == before


def test_an_invited_persons_change_may_be_refused(pair: DominoSimulator) -> None:
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    pair.act.respond(SAM, uid, "accept")
    body = as_sam(pair, f"/{uid}").json()
    path = f"/{uid}?workflow=false"
    assert as_sam(pair, path, "PUT", json=body).status_code == 200
    pair.act.set_knob("invitee_put", "refuse")
    assert error(as_sam(pair, path, "PUT", json=body)) == (409, 1030)
    assert call(pair, path, "PUT", json=body).status_code == 200


def test_a_put_wakes_no_cancelled_meeting(pair: DominoSimulator) -> None:
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    pair.act.respond(SAM, uid, "accept")
    pair.act.cancel_meeting(MAIL, uid)
    body = as_sam(pair, f"/{uid}").json()
    changed = as_sam(pair, f"/{uid}?workflow=false", "PUT", json=body)
    assert event(changed)["status"] == "cancelled"


# -- 3.9 delete ------------------------------------------------------------------------


def test_a_deleted_event_lies_in_the_trash_and_comes_back(
    sim: DominoSimulator,
) -> None:
    uid = weekly(sim)
    call(sim, f"/{uid}?workflow=false", "DELETE")
    assert call(sim).content == b""
    assert len(sim.documents(MAIL, trash=True)) == 2
    sim.act.restore_event(MAIL, uid)
    assert len(events(call(sim))) == 4


def test_a_calendar_delete_may_be_final(make: Maker) -> None:
    sim = make(calendar_delete_to_trash=False)
    uid = sim.act.create_event(MAIL, "x", at(12))
    call(sim, f"/{uid}?workflow=false", "DELETE")
    assert sim.documents(MAIL, trash=True) == []


def test_a_trashed_event_may_still_be_read(make: Maker) -> None:
    sim = make(trashed_get="document")
    uid = sim.act.create_event(MAIL, "x", at(12))
    sim.act.delete_event(MAIL, uid)
    assert call(sim).content == b""
    assert event(call(sim, f"/{uid}"))["summary"] == "x"


@pytest.mark.parametrize(
    ("span", "left"),
    [
        ("", ["13", "27", "03"]),
        ("future", ["13"]),
        ("previous", ["27", "03"]),
        ("all", []),
    ],
)
def test_deleting_an_instance_spreads_as_asked(
    sim: DominoSimulator, span: str, left: list[str]
) -> None:
    uid = weekly(sim)
    query = f"?workflow=false&recurrenceRange={span}"
    call(sim, f"/{uid}/20260320T090000Z{query}", "DELETE")
    assert [f"{e['start']:%d}" for e in sim.events(MAIL)] == left


def test_deleting_what_is_not_there_is_404(sim: DominoSimulator) -> None:
    uid = weekly(sim)
    assert error(call(sim, "/nobody", "DELETE")) == (404, 1031)
    assert error(call(sim, f"/{uid}/20260321T090000Z", "DELETE")) == (404, 1031)


# -- meetings: mails -------------------------------------------------------------------


def meeting(**more: Any) -> Any:
    """A body that calls Sam and an outsider."""
    return sent(
        organizer={"email": "jane.doe@acme.example"},
        attendees=[
            {"role": "chair", "email": "jane.doe@acme.example"},
            {"role": "req-participant", "email": "sam.roe@acme.example"},
            {"role": "opt-participant", "displayName": "X", "email": "x@example.org"},
        ],
        **more,
    )


def test_organizer_and_attendees_send_invitations_unless_told_not_to(
    pair: DominoSimulator,
) -> None:
    quiet = call(pair, "?workflow=false", "POST", json=meeting(id="m-1"))
    assert quiet.json()["events"][0]["x-lotus-appttype"] == {"data": "3"}
    assert pair.log.mails == []
    assert as_sam(pair).content == b""
    call(pair, "?workflow=FALSE", "POST", json=meeting(id="m-2"))
    assert [m["to"] for m in pair.log.mails] == [
        "sam.roe@acme.example",
        "x@example.org",
    ]
    assert {m["kind"] for m in pair.log.mails} == {"request"}
    assert event(as_sam(pair))["id"] == "m-2"


def test_changes_and_deletes_of_the_organiser_send_mails_too(
    pair: DominoSimulator,
) -> None:
    call(pair, "?workflow=false", "POST", json=meeting(id="m-1"))
    body = call(pair, "/m-1").json()
    call(pair, "/m-1?workflow=false", "PUT", json=body)
    assert pair.log.mails == []
    call(pair, "/m-1", "PUT", json=body)
    call(pair, "/m-1", "DELETE")
    assert [m["notice"] for m in pair.log.mails] == ["U", "U", "C", "C"]


def test_an_invited_persons_delete_declines(pair: DominoSimulator) -> None:
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    pair.act.respond(SAM, uid, "accept")
    assert pair.log.mails == []
    as_sam(pair, f"/{uid}", "DELETE")
    (mail,) = pair.log.mails
    assert (mail["notice"], mail["to"]) == ("R", "jane.doe@acme.example")


def test_a_meeting_shows_its_people(pair: DominoSimulator) -> None:
    uid = pair.act.create_meeting(
        MAIL,
        "Plan",
        at(12),
        attendees=["Sam Roe", "x@example.org", "Only Name"],
        optional=["y@example.org"],
    )
    found = event(call(pair, f"/{uid}"))
    assert found["organizer"] == {
        "displayName": "Jane Doe/Acme",
        "sentBy": "mailto:jane.doe@acme.example",
        "email": "jane.doe@acme.example",
    }
    chair, sam, outsider, nameless, optional = found["attendees"]
    assert (chair["role"], chair["status"], chair["rsvp"]) == (
        "chair",
        "accepted",
        False,
    )
    assert sam["displayName"] == "Sam Roe/Acme"
    assert sam["status"] == "needs-action"
    assert outsider["email"] == "x@example.org"
    assert "email" not in nameless
    assert optional["role"] == "opt-participant"


# -- 3.11 invitations and notices ------------------------------------------------------


def test_an_unanswered_invitation_is_listed_but_only_its_notice_can_be_read(
    pair: DominoSimulator,
) -> None:
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    row = event(as_sam(pair))
    assert row["x-lotus-noticetype"] == {"data": "I"}
    assert row["summary"] == "Invitation: Plan"
    assert error(as_sam(pair, f"/{uid}")) == (404, 1031)
    assert error(as_sam(pair, f"/{uid}", "PUT", json=sent())) == (400, 1029)
    path = f"/{SAM}/api/calendar/notices/{row['x-lotus-unid']['data']}"
    notice = as_sam(pair, path).json()
    assert list(notice) == [
        "href",
        "x-lotus-charset",
        "scheduleMethod",
        "timezones",
        "events",
    ]
    assert notice["scheduleMethod"] == "request"
    assert notice["events"][0]["summary"] == "Plan"
    text = as_sam(pair, f"{path}?format=icalendar").text
    assert "METHOD:REQUEST" in text


def test_invitations_are_listed_apart(pair: DominoSimulator) -> None:
    path = f"/{SAM}/api/calendar/invitations"
    empty = as_sam(pair, path)
    assert (empty.status_code, empty.content) == (200, b"")
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    pair.clock.advance(hours=1)
    other = pair.act.receive_invitation(SAM, "Pitch", at(20))

    def found(query: str = "") -> list[str]:
        answer = as_sam(pair, path + query)
        rows = answer.json()["notices"] if answer.content else []
        assert all(r["scheduleMethod"] == "request" for r in rows)
        return [r["summary"] for r in rows]

    both = ["Invitation: Plan", "Invitation: Pitch"]
    assert found() == both
    assert found("?since=2026-03-15T00:00:00Z") == both[1:]
    assert found("?receivedsince=2026-03-10T09:30:00Z") == both[1:]
    assert found(f"?id={uid}") == both[:1]
    pair.act.respond(SAM, other, "accept")
    assert found() == both[:1]


def test_an_accepted_invitation_is_the_same_document_now_an_entry(
    pair: DominoSimulator,
) -> None:
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    unid = event(as_sam(pair))["x-lotus-unid"]["data"]
    path = f"/{SAM}/api/calendar/notices/{unid}/action?type=ACCEPT"
    assert as_sam(pair, path, "PUT", json={}).status_code == 200
    found = event(as_sam(pair, f"/{uid}"))
    assert found["x-lotus-noticetype"] == {"data": "A"}
    assert found["summary"] == "Plan"
    assert found["attendees"][1]["status"] == "accepted"
    assert pair.events(SAM)[0]["unid"] == unid
    assert [m["notice"] for m in pair.log.mails] == ["A"]
    rows = call(pair, f"/{uid}/notices").json()["notices"]
    assert [(r["summary"], r["scheduleMethod"]) for r in rows] == [
        ("Accepted: Plan", "reply")
    ]


def test_a_repeating_invitation_becomes_a_series_in_the_other_file(
    pair: DominoSimulator,
) -> None:
    uid = pair.act.create_meeting(
        MAIL, "Plan", at(12), attendees=["Sam Roe"], rule="FREQ=DAILY;COUNT=3"
    )
    assert {e["x-lotus-noticetype"]["data"] for e in events(as_sam(pair))} == {"I"}
    pair.act.respond(SAM, uid, "accept")
    theirs = [(e["recurrence_id"], e["start"]) for e in pair.events(SAM)]
    assert theirs == [(e["recurrence_id"], e["start"]) for e in pair.events(MAIL)]
    assert events(as_sam(pair))[0]["id"] == uid


@pytest.mark.parametrize("knob", ["event", "404"])
def test_a_declined_meeting_leaves_the_list(pair: DominoSimulator, knob: str) -> None:
    pair.act.set_knob("declined_get", knob)
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    pair.act.respond(SAM, uid, "decline")
    assert as_sam(pair).content == b""
    answer = as_sam(pair, f"/{uid}")
    if knob == "404":
        assert error(answer) == (404, 1031)
    else:
        assert event(answer)["attendees"][1]["status"] == "declined"


def test_a_cancelled_meeting_stays_marked_until_it_is_removed(
    pair: DominoSimulator,
) -> None:
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    pair.act.respond(SAM, uid, "accept")
    pair.act.cancel_meeting(MAIL, uid)
    found = event(as_sam(pair, f"/{uid}"))
    assert (found["status"], found["summary"]) == ("cancelled", "Cancelled: Plan")
    assert error(call(pair, f"/{uid}")) == (404, 1031)
    pair.act.set_knob("cancelled_status", False)
    assert "status" not in event(as_sam(pair, f"/{uid}"))


def test_a_cancellation_may_wait_as_a_notice(pair: DominoSimulator) -> None:
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    pair.act.respond(SAM, uid, "accept")
    pair.act.cancel_meeting(MAIL, uid, copies="notice")
    kinds = [e["x-lotus-noticetype"]["data"] for e in events(as_sam(pair))]
    assert sorted(kinds) == ["A", "C"]
    unid = next(
        e["x-lotus-unid"]["data"] for e in events(as_sam(pair)) if "x-lotus-unid" in e
    )
    path = f"/{SAM}/api/calendar/notices/{unid}/action?type=removeCancelled"
    assert as_sam(pair, path, "PUT", json={}).status_code == 200
    assert as_sam(pair).content == b""


def test_a_rescheduled_meeting_moves_every_copy_or_waits(
    pair: DominoSimulator,
) -> None:
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    pair.act.respond(SAM, uid, "accept")
    pair.act.reschedule_meeting(MAIL, uid, at(13))
    assert pair.events(SAM)[0]["start"] == at(13)
    pair.act.reschedule_meeting(MAIL, uid, at(14), processed=False)
    assert [(e["start"]["date"], e["summary"]) for e in events(as_sam(pair))] == [
        ("2026-03-13", "Plan"),
        ("2026-03-14", "Rescheduled: Plan"),
    ]
    assert pair.act.process_notices(SAM, uid) == 1
    assert pair.events(SAM)[0]["start"] == at(14)


def test_single_instances_of_a_meeting_move_and_go_in_every_copy(
    pair: DominoSimulator,
) -> None:
    uid = pair.act.create_meeting(
        MAIL, "Plan", at(12), attendees=["Sam Roe"], rule="FREQ=DAILY;COUNT=3"
    )
    pair.act.respond(SAM, uid, "accept")
    pair.act.reschedule_meeting(MAIL, uid, at(12, 15), rid="20260312T100000Z")
    pair.act.cancel_meeting(MAIL, uid, rid="20260313T100000Z", copies="remove")
    wanted = [
        ("20260312T100000Z", at(12, 15)),
        ("20260314T100000Z", at(14)),
    ]
    for file in (MAIL, SAM):
        found = [(e["recurrence_id"], e["start"]) for e in pair.events(file)]
        assert found == wanted


# -- 3.10 actions ----------------------------------------------------------------------


def act(
    sim: DominoSimulator, uid: str, query: str, **options: Any
) -> requests.Response:
    """An action of Sam's on an event."""
    options.setdefault("json", {})
    return as_sam(sim, f"/{uid}/action{query}", "PUT", **options)


def test_bad_actions_are_refused(pair: DominoSimulator) -> None:
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    assert error(act(pair, uid, "?type=accept")) == (400, 1029)
    pair.act.respond(SAM, uid, "accept")
    assert act(pair, uid, "").json()["message"] == "Action type not specified."
    assert act(pair, uid, "?type=x").json()["message"] == "Unknown action type."
    text = act(pair, uid, "?type=accept", json=None, data=b"x")
    assert text.status_code == 400
    wrong = {"Content-Type": "text/plain"}
    answer = act(pair, uid, "?type=accept", headers=wrong)
    assert answer.status_code == 415
    assert answer.json()["message"] == "Unsupported media type."
    assert error(act(pair, uid, "?type=cancel")) == (400, 1033)
    assert error(act(pair, "nobody", "?type=accept")) == (404, 1031)
    single = pair.act.create_event(SAM, "x", at(12))
    assert error(act(pair, single, "?type=accept")) == (400, 1033)


def test_answers_can_be_changed_and_are_told(pair: DominoSimulator) -> None:
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    pair.act.respond(SAM, uid, "accept")
    assert act(pair, uid, "?type=Tentative").status_code == 200
    assert event(as_sam(pair, f"/{uid}"))["status"] == "tentative"
    assert act(pair, uid, "?type=decline").status_code == 200
    assert as_sam(pair).content == b""
    assert [m["notice"] for m in pair.log.mails] == ["P", "R"]


def test_counter_delegate_and_request_reach_the_organiser(
    pair: DominoSimulator,
) -> None:
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    pair.act.respond(SAM, uid, "accept")
    assert error(act(pair, uid, "?type=counter")) == (400, 1033)
    proposal = {"counterStart": utc(at(13)), "counterEnd": utc(at(13, 11))}
    assert act(pair, uid, "?type=counter", json=proposal).status_code == 200
    assert act(pair, uid, "?type=requestInfo").status_code == 200
    other = {"delegateTo": "z@example.org"}
    assert act(pair, uid, "?type=delegate", json=other).status_code == 200
    assert [(m["notice"], m["to"]) for m in pair.log.mails] == [
        ("T", "jane.doe@acme.example"),
        ("E", "jane.doe@acme.example"),
        ("L", "z@example.org"),
        ("D", "jane.doe@acme.example"),
    ]
    assert as_sam(pair).content == b""


def test_process_all_does_nothing_on_events(pair: DominoSimulator) -> None:
    uid = pair.act.create_event(SAM, "x", at(12))
    before = pair.events(SAM)
    for kind in ("processAll", "removeCancelled"):
        assert act(pair, uid, f"?type={kind}").status_code == 200
    assert pair.events(SAM) == before


def test_the_organiser_cancels_an_instance_with_notices(pair: DominoSimulator) -> None:
    uid = pair.act.create_meeting(
        MAIL, "Plan", at(12), attendees=["Sam Roe"], rule="FREQ=DAILY;COUNT=2"
    )
    path = f"/{uid}/20260312T100000Z/action?type=cancel"
    assert call(pair, path, "PUT", json={}).status_code == 200
    assert [e["recurrence_id"] for e in pair.events(MAIL)] == ["20260313T100000Z"]
    assert [m["notice"] for m in pair.log.mails] == ["C"]


# -- 3.1 routes ------------------------------------------------------------------------


def test_the_calendar_needs_a_database(sim: DominoSimulator) -> None:
    answer = call(sim, "/api/calendar/events")
    assert answer.status_code == 404
    assert answer.json()["message"] == "No database context."


def test_the_calendar_needs_no_switch_of_the_mail_file(make: Maker) -> None:
    sim = make()
    sim.act.set_level(MAIL, 0)
    assert call(sim).status_code == 200
    sim.act.set_knob("services", ["Data"])
    assert call(sim).status_code == 403


def test_there_is_no_patch(sim: DominoSimulator) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12))
    patch = {"X-HTTP-Method-Override": "PATCH"}
    assert call(sim, f"/{uid}", "POST", json={}, headers=patch).status_code == 405


def test_requests_are_counted_by_route(sim: DominoSimulator) -> None:
    uid = weekly(sim)
    call(sim)
    call(sim, f"/{uid}")
    call(sim, f"/{uid}/20260313T090000Z")
    call(sim, f"/{uid}/instances")
    call(sim, f"/{uid}?workflow=false", "DELETE")
    assert sim.log.counts() == {
        "GET events": 1,
        "GET event": 1,
        "GET instance": 1,
        "GET instances": 1,
        "DELETE event": 1,
    }
    assert sim.log.writes() == 1


def test_a_reader_may_not_write(pair: DominoSimulator) -> None:
    pair.act.set_access(MAIL, "Sam Roe", 2)
    uid = pair.act.create_event(MAIL, "x", at(12))
    path = f"/{MAIL}/api/calendar/events/{uid}"
    assert as_sam(pair, path).status_code == 200
    assert error(as_sam(pair, path, "DELETE")) == (400, 1028)
    assert len(pair.events(MAIL)) == 1


# -- persons ---------------------------------------------------------------------------


def test_a_single_entry_becomes_a_series_with_the_same_uid(
    sim: DominoSimulator,
) -> None:
    uid = sim.act.create_event(MAIL, "x", at(12), body="text")
    sim.act.make_series(MAIL, uid, "FREQ=DAILY;COUNT=3")
    rows = events(call(sim))
    assert [(e["id"], e["recurrenceId"][:8]) for e in rows] == [
        (uid, "20260312"),
        (uid, "20260313"),
        (uid, "20260314"),
    ]
    assert events(call(sim, f"/{uid}"))[0]["description"] == "text"


def test_cut_and_paste_makes_the_same_entry_with_another_uid(
    sim: DominoSimulator,
) -> None:
    uid = weekly(sim)
    sim.act.move_instance(MAIL, uid, "20260320T090000Z", at(21, 13))
    before = [(e["recurrence_id"], e["start"]) for e in sim.events(MAIL)]
    again = sim.act.recreate_event(MAIL, uid)
    assert again != uid
    assert error(call(sim, f"/{uid}")) == (404, 1031)
    assert [(e["recurrence_id"], e["start"]) for e in sim.events(MAIL)] == before
    assert {e["uid"] for e in sim.events(MAIL)} == {again}


def test_a_copied_entry_is_another_one(sim: DominoSimulator) -> None:
    call(sim, "?workflow=false", "POST", json=sent(id="zoho-1-2-3"))
    sim.act.cut_and_paste(sim.events(MAIL)[0]["unid"])
    (row,) = sim.events(MAIL)
    assert row["uid"] == f"{row['unid']}-Lotus_Notes_Generated"
    assert error(call(sim, "/zoho-1-2-3")) == (404, 1031)


def test_a_seed_names_entries_for_later_acts(sim: DominoSimulator) -> None:
    when = "2026-03-12T10:00:00+00:00"
    entry = {"mailfile": MAIL, "subject": "x", "start": when, "as": "one"}
    rename = {"mailfile": MAIL, "uid": "@one", "subject": "y"}
    sim.act.load({"acts": [["create_event", entry], ["edit_event", rename]]})
    assert summaries(call(sim)) == ["y"]


def test_a_whole_series_edit_reaches_every_instance(sim: DominoSimulator) -> None:
    uid = weekly(sim)
    sim.act.move_instance(MAIL, uid, "20260320T090000Z", at(21, 13))
    sim.act.edit_series(MAIL, uid, subject="New", shift_minutes=60)
    assert [(e["subject"], f"{e['start']:%d %H}") for e in sim.events(MAIL)] == [
        ("New", "13 10"),
        ("New", "21 14"),
        ("New", "27 10"),
        ("New", "03 09"),
    ]
    assert sim.events(MAIL)[1]["recurrence_id"] == "20260320T100000Z"


def test_one_instance_of_a_public_series_may_be_private(sim: DominoSimulator) -> None:
    uid = weekly(sim)
    sim.act.mark_event_private(MAIL, uid, "20260320T090000Z")
    assert [e["class"] for e in events(call(sim))] == [
        "public",
        "private",
        "public",
        "public",
    ]
    assert [e["class"] for e in events(call(sim, f"/{uid}"))] == ["public", "private"]


def test_a_holiday_is_marked_in_its_document_only(sim: DominoSimulator) -> None:
    uid = sim.act.import_holiday(MAIL, "May Day", "2026-05-01")
    unid = sim.events(MAIL)[0]["unid"]
    assert document(sim, unid, "?hidden=true")["$SrvrHldy"] == 1
    assert event(call(sim, f"/{uid}"))["categories"] == "Holiday"


def test_persons_act_without_mails_and_without_requests(pair: DominoSimulator) -> None:
    uid = pair.act.create_meeting(MAIL, "Plan", at(12), attendees=["Sam Roe"])
    pair.act.respond(SAM, uid, "accept")
    pair.act.cancel_meeting(MAIL, uid)
    assert pair.log.mails == []
    assert pair.log.count() == 0


def test_acts_can_be_driven_over_http(sim: DominoSimulator) -> None:
    person = ControlClient(sim.url)
    uid = person.act(
        "create_series",
        mailfile=MAIL,
        subject="x",
        start="2026-03-12T10:00:00+00:00",
        rule="FREQ=DAILY;COUNT=2",
        body={"type": "richtext", "text": "hello"},
    )
    person.act(
        "move_instance",
        mailfile=MAIL,
        uid=uid,
        rid="20260313T100000Z",
        start="2026-03-14T10:00:00+00:00",
    )
    person.act("create_event", mailfile=MAIL, subject="y", start="2026-03-20")
    assert [f"{e['start']:%d}" for e in sim.events(MAIL)] == ["12", "14", "20"]
    assert len(person.dump()["mail_files"][MAIL]["events"]) == 3


# -- 4.1 free/busy ---------------------------------------------------------------------


def busy(sim: DominoSimulator, query: str = "") -> list[tuple[str, str]]:
    """Jane's busy times as `day time` pairs, asked by Sam."""
    path = f"/api/freebusy/busytime?name=jane.doe@acme.example{query}"
    body = as_sam(sim, path).json()
    return [
        tuple(f"{b[k]['date'][8:]} {b[k]['time'][:5]}" for k in ("start", "end"))  # type: ignore[misc]
        for b in body["busyTimes"]
    ]


def test_the_root_of_free_busy_links_its_resources(pair: DominoSimulator) -> None:
    links = call(pair, "/api/freebusy").json()["links"]
    assert [r["rel"] for r in links] == ["busytime", "freerooms", "directories"]
    assert call(pair, "/api/freebusy", auth=None).status_code == 401
    assert call(pair, f"/{MAIL}/api/freebusy").status_code == 404


def test_busy_times_are_in_utc_merged_and_say_nothing_else(
    pair: DominoSimulator,
) -> None:
    pair.act.create_event(MAIL, "a", at(12, 10), at(12, 12))
    pair.act.create_event(MAIL, "b", at(12, 11), at(12, 13), private=True)
    pair.act.create_event(MAIL, "free", at(12, 15), at(12, 16), free=True)
    pair.act.create_event(MAIL, "note", at(12, 17), kind="reminder")
    pair.act.create_series(MAIL, "c", at(13, 8), rule="FREQ=DAILY;COUNT=2")
    assert busy(pair) == [
        ("12 10:00", "12 13:00"),
        ("13 08:00", "13 09:00"),
        ("14 08:00", "14 09:00"),
    ]


def test_the_range_of_busy_times_begins_half_an_hour_ago(
    pair: DominoSimulator,
) -> None:
    path = "/api/freebusy/busytime?name=jane.doe@acme.example"
    body = call(pair, path).json()
    assert body["start"] == utc(at(10, 8, 30))
    assert body["end"] == utc(at(9, 8, 30, month=4))
    body = call(pair, f"{path}&since=2026-03-12T00:00:00Z&days=2").json()
    assert body["end"] == utc(at(14, 0))
    both = call(pair, f"{path}&before=2026-04-01T00:00:00Z&days=2")
    assert both.status_code == 400


def test_the_first_block_is_clipped_at_its_start_only(pair: DominoSimulator) -> None:
    pair.act.create_event(MAIL, "running", at(10, 7), at(10, 9))
    assert busy(pair)[0] == ("10 08:30", "10 09:00")
    query = "&since=2026-03-10T09:05:00Z&days=1"
    assert busy(pair, query) == [("10 09:05", "10 09:00")]
    assert busy(pair, "&since=2026-03-10T09:30:00Z&days=1") == []


def test_declined_cancelled_and_unanswered_meetings_are_not_busy(
    pair: DominoSimulator,
) -> None:
    uids = [
        pair.act.create_meeting(SAM, "x", at(12, hour), attendees=["Jane Doe"])
        for hour in (8, 10, 12, 14)
    ]
    pair.act.respond(MAIL, uids[0], "decline")
    pair.act.respond(MAIL, uids[1], "accept")
    pair.act.respond(MAIL, uids[2], "accept")
    pair.act.cancel_meeting(SAM, uids[2])
    assert busy(pair) == [("12 10:00", "12 11:00")]


def test_hours_outside_the_profile_may_count_as_busy(pair: DominoSimulator) -> None:
    pair.act.set_knob("working_hours", [9, 17])
    query = "&since=2026-03-12T00:00:00Z&before=2026-03-13T00:00:00Z"
    assert busy(pair, query) == [("12 00:00", "12 08:00"), ("12 16:00", "13 08:00")]


def test_an_unknown_name_is_400(pair: DominoSimulator) -> None:
    assert call(pair, "/api/freebusy/busytime?name=no@body").status_code == 400
    assert call(pair, "/api/freebusy/busytime").status_code == 400


def test_free_rooms_are_of_the_site_big_enough_and_not_booked(
    pair: DominoSimulator,
) -> None:
    big = pair.act.add_room("Big", "Tower", 20)
    pair.act.add_room("Small", "Tower", 4)
    pair.act.add_room("Other", "Barn", 20)
    path = (
        "/api/freebusy/freerooms?site=Tower"
        "&start=2026-03-12T10:00:00Z&end=2026-03-12T11:00:00Z"
    )

    def names(query: str = "") -> list[str]:
        rows = call(pair, path + query).json()["rooms"]
        return [r["distinguishedName"] for r in rows]

    assert names() == ["Big/Tower"]
    assert names("&capacity=2") == ["Big/Tower", "Small/Tower"]
    pair.act.create_event(MAIL, "x", at(12, 9), at(12, 12), items={"Room": big})
    assert names("&capacity=2") == ["Small/Tower"]
    links = call(pair, "/api/freebusy/directories").json()["directories"][0]["links"]
    assert "%21%21names.nsf" in links[0]["href"]
    sites = call(pair, links[0]["href"]).json()["sites"]
    assert sites == [{"displayName": "Tower"}, {"displayName": "Barn"}]


# -- to-dos ----------------------------------------------------------------------------


def test_a_todos_state_is_a_number_by_its_dates(sim: DominoSimulator) -> None:
    todos = {
        "future": sim.act.create_todo(MAIL, "a", due=at(20), start=at(15)),
        "current": sim.act.create_todo(MAIL, "b", due=at(20), start=at(9)),
        "overdue": sim.act.create_todo(MAIL, "c", due=at(9)),
        "undated": sim.act.create_todo(MAIL, "d"),
    }
    states = {k: document(sim, u)["DueState"] for k, u in todos.items()}
    assert states == {"future": 2, "current": 1, "overdue": 0, "undated": 2}


def test_a_todo_is_ticked_off_and_reopened(sim: DominoSimulator) -> None:
    unid = sim.act.create_todo(MAIL, "a", due=at(20))
    sim.act.complete_todo(unid)
    found = document(sim, unid)
    assert (found["DueState"], found["CompletedDateTime"]) == (
        9,
        "2026-03-10T09:00:00Z",
    )
    sim.act.reopen_todo(unid)
    found = document(sim, unid)
    assert found["DueState"] == 2
    assert "CompletedDateTime" not in found
    sim.act.reject_todo(unid)
    assert document(sim, unid)["DueState"] == 8


def test_a_due_day_is_stored_at_noon_of_the_server_on_all_items(make: Maker) -> None:
    sim = make(zone="Pacific/Auckland")
    unid = sim.act.create_todo(MAIL, "a", due="2026-07-01")
    found = document(sim, unid)
    for name in ("DueDate", "DueDateTime", "EndDate"):
        assert found[name] == "2026-07-01T00:00:00Z"
    sim.act.edit_todo(unid, due="2026-07-02", Subject="b")
    assert document(sim, unid)["EndDate"] == "2026-07-02T00:00:00Z"
    sim.act.edit_todo(unid, clear=["due"])
    assert document(sim, unid)["DueDate"] == ""


def test_a_group_todo_waits_as_a_notice_until_it_is_taken(
    pair: DominoSimulator,
) -> None:
    pair.act.create_group_todo(MAIL, "Help", ["Sam Roe", "x@example.org"], due=at(20))
    (mine,) = pair.documents(MAIL, "Task")
    assert mine["items"]["TaskType"] == ["2"]
    assert mine["items"]["INetAssignedTo"] == ["sam.roe@acme.example", "x@example.org"]
    (waiting,) = pair.documents(SAM, "TaskNotice")
    view = f"/{SAM}/api/data/collections/name/Tasks"
    assert as_sam(pair, view).json() == []
    pair.act.accept_todo(waiting["unid"])
    assert [r["@unid"] for r in as_sam(pair, view).json()] == [waiting["unid"]]


def test_a_repeating_todo_has_a_child_for_every_date(sim: DominoSimulator) -> None:
    parent, *children = sim.act.create_repeating_todo(
        MAIL, "Report", "2026-03-20", "FREQ=WEEKLY;COUNT=3", lead_days=2
    )
    found = [document(sim, u) for u in children]
    assert [f["DueDateTime"] for f in found] == [
        "2026-03-20T11:00:00Z",
        "2026-03-27T11:00:00Z",
        "2026-04-03T10:00:00Z",
    ]
    assert {f["@parentid"] for f in found} == {parent}
    assert found[2]["STARTDATETIME"] == "2026-04-01T10:00:00Z"
    rows = call(sim, f"/{MAIL}/api/data/collections/name/Tasks").json()
    assert [r["@unid"] for r in rows] == children


def test_a_repeating_todo_may_keep_all_dates_in_one_child(
    sim: DominoSimulator,
) -> None:
    _, child = sim.act.create_repeating_todo(
        MAIL, "Report", "2026-03-20", "FREQ=WEEKLY;COUNT=3", together=True
    )
    assert len(document(sim, child)["DueDateTime"]) == 3


# -- size ------------------------------------------------------------------------------


def test_the_index_follows_documents_and_expands_no_rule_while_reading(
    sim: DominoSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    expanded: list[str] = []
    real = recurrence.starts

    def counted(rule: str, *rest: Any) -> list[datetime]:
        expanded.append(rule)
        return real(rule, *rest)

    monkeypatch.setattr(recurrence, "starts", counted)
    uid = sim.act.create_series(MAIL, "x", at(12), rule="FREQ=DAILY")
    assert len(expanded) == 1
    for _ in range(3):
        assert len(events(call(sim, "?count=100"))) == 100
        assert len(events(call(sim, f"/{uid}"))[0]["recurrenceDates"]) > 3600
    assert len(expanded) == 1


def test_an_unchanged_detail_is_written_once(
    sim: DominoSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    real = wire.calendar

    def counted(members: dict[str, Any]) -> str:
        written.append(next(iter(members)))
        return real(members)

    monkeypatch.setattr(wire, "calendar", counted)
    uid = sim.act.create_event(MAIL, "x", at(12))
    for _ in range(3):
        call(sim, f"/{uid}")
    assert len(written) == 1
    sim.act.edit_event(MAIL, uid, subject="y")
    assert event(call(sim, f"/{uid}"))["summary"] == "y"
    assert len(written) == 2
