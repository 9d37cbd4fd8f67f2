"""Calendar entries as the engine sees them, against the simulated server."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notes_zoho_sync.services.domino.side import DominoSide
from notes_zoho_sync.services.errors import (
    ChangedMeanwhile,
    Gone,
    Misconfigured,
    NotSent,
    OutcomeUnknown,
    Rejected,
    RetryLater,
)
from notes_zoho_sync.services.mapping import notes
from notes_zoho_sync.services.mapping.calendar import documented_mapping
from notes_zoho_sync.services.records import Attendee, Event, When, event_kind
from notes_zoho_sync.services.sync.item import (
    EXISTENCE,
    Change,
    Identified,
    Item,
    NewRecord,
    Removal,
    Written,
)
from notes_zoho_sync.services.sync.window import Window, midnight
from tests.simulators.common import FaultRule
from tests.simulators.domino import DominoSimulator

from .domino_support import INSTALLATION, MAIL, USER, connect, server

BERLIN = ZoneInfo("Europe/Berlin")
NINE = datetime(2026, 3, 2, 8, tzinfo=UTC)  # nine o'clock in Berlin
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SERIES = "FREQ=WEEKLY;COUNT=6"
OURS = "60001:Events:4711:0"
OUR_UID = "zoho-60001-4711-0"


def window(first: date = date(2026, 2, 1), last: date = date(2026, 6, 1)) -> Window:
    return Window(midnight(first, BERLIN), midnight(last, BERLIN), BERLIN)


@pytest.fixture
def domino() -> Iterator[DominoSimulator]:
    with server() as simulator:
        yield simulator


def side_of(domino: DominoSimulator, **options: Any) -> DominoSide:
    return DominoSide(
        connect(domino),
        f"/{MAIL}",
        **{
            "mapping": notes.for_org(notes.documented),
            "kinds": {"event": event_kind()},
            "installation": INSTALLATION,
            "views": {},
            "calendar": documented_mapping(),
            "window": window(),
            **options,
        },
    )


@pytest.fixture
def side(domino: DominoSimulator) -> DominoSide:
    return side_of(domino)


def read(side: DominoSide, *keys: str) -> dict[str, Item | None]:
    return dict(side.read("event", keys))


def one(side: DominoSide, key: str) -> Item:
    item = read(side, key)[key]
    assert item is not None
    return item


def when(item: Item | None) -> When:
    assert item is not None
    found = item.values["when"]
    assert isinstance(found, When)
    return found


def requests_for(domino: DominoSimulator, act: Any) -> list[tuple[str, str]]:
    domino.log.clear()
    act()
    return [(entry.method, entry.route) for entry in domino.log.entries]


def api_error(cserror: int = 1024, **where: Any) -> FaultRule:
    """An error of the calendar's own."""
    body = {"code": 500, "text": "Internal", "cserror": cserror, "message": "Sick"}
    return FaultRule("status", status=500, body=body, **where)


def instances(uid: str, *starts: datetime) -> list[str]:
    return [f"{uid}/{start:%Y%m%dT%H%M%SZ}" for start in starts]


def change(item: Item, **values: Any) -> Change:
    return Change(item.key, values, item.values, item.version, NINE)


def removal(item: Item) -> Removal:
    return Removal(item.key, item.version, NINE)


# -- listing ---------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (99, 1), (100, 2), (250, 3)])
def test_the_window_is_listed_in_pages_of_a_hundred(
    domino: DominoSimulator, side: DominoSide, count: int, pages: int
) -> None:
    for number in range(count):
        domino.act.create_event(MAIL, f"E{number}", NINE + number * HOUR)
    side.session.now()
    side.session.features["fields"] = True
    listed = requests_for(domino, lambda: side.list_keys("event"))
    listing = side.list_keys("event")
    assert len(set(listing.keys)) == listing.total == count
    assert len(listed) == pages


def test_keys_are_those_of_what_overlaps_the_window(
    domino: DominoSimulator, side: DominoSide
) -> None:
    begins = midnight(date(2026, 2, 1), BERLIN)
    ends = midnight(date(2026, 6, 1), BERLIN)
    inside = [
        domino.act.create_event(MAIL, "over midnight", begins - HOUR, begins + HOUR),
        domino.act.create_event(MAIL, "first", begins),
        domino.act.create_event(MAIL, "last", ends - HOUR),
        domino.act.create_event(MAIL, "two days", date(2026, 1, 31), date(2026, 2, 1)),
        domino.act.create_event(MAIL, "a moment", begins, kind="reminder"),
    ]
    domino.act.create_event(MAIL, "the day before", begins - 2 * HOUR)
    domino.act.create_event(MAIL, "its day", date(2026, 1, 31))
    domino.act.create_event(MAIL, "the day after", ends)
    listing = side.list_keys("event")
    assert set(listing.keys) == set(inside)
    assert side.holds("event", listing.total)


def test_each_instance_of_a_series_has_its_original_time_as_key(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_series(MAIL, "S", NINE, rule="FREQ=WEEKLY;COUNT=3")
    keys = instances(uid, NINE, NINE + 7 * DAY, NINE + 14 * DAY)
    domino.act.move_instance(MAIL, uid, keys[1].partition("/")[2], NINE + 8 * DAY)
    assert list(side.list_keys("event").keys) == keys


def test_the_list_tells_title_time_and_place_as_the_detail_does(
    domino: DominoSimulator, side: DominoSide
) -> None:
    single = domino.act.create_event(MAIL, "Review", NINE, location="Room 2")
    days = domino.act.create_event(MAIL, "Fair", date(2026, 3, 3), date(2026, 3, 5))
    uid = domino.act.create_series(MAIL, "S", NINE + HOUR, rule="FREQ=DAILY;COUNT=2")
    listing = side.list_keys("event")
    assert {single, days} < set(listing.keys)
    for key, item in side.read("event", listing.keys):
        assert item is not None
        for name, value in listing.glimpses[key].items():
            assert item.values[name] == value
    assert listing.glimpses[days]["when"] == When(date(2026, 3, 3), date(2026, 3, 5))
    assert set(listing.glimpses[f"{uid}/20260302T090000Z"]) == {
        "title",
        "when",
        "location",
    }


def test_the_list_tells_nothing_of_a_private_entry(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_event(MAIL, "Doctor", NINE, private=True)
    assert side.list_keys("event").glimpses == {uid: {}}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_one_request_tells_whether_the_window_holds_as_many_as_known(
    domino: DominoSimulator, side: DominoSide, count: int
) -> None:
    for number in range(count):
        domino.act.create_event(MAIL, f"E{number}", NINE + number * DAY)
    for expected in range(5):
        domino.log.clear()
        assert side.holds("event", expected) == (expected == count)
        assert domino.log.counts() == {"GET events": 1}


def test_a_listing_during_which_entries_shift_begins_anew(
    domino: DominoSimulator, side: DominoSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(150):
        domino.act.create_event(MAIL, f"E{number:03}", NINE + number * HOUR)
    get = side.session.get
    calls = []

    def shifted(*args: Any, **options: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            domino.act.create_event(MAIL, "early", NINE - DAY)
        return get(*args, **options)

    monkeypatch.setattr(side.session, "get", shifted)
    side.session.features["fields"] = True
    listing = side.list_keys("event")
    assert len(set(listing.keys)) == listing.total == 151
    assert len(calls) == 4


def test_a_calendar_that_never_stands_still_is_listed_another_time(
    domino: DominoSimulator, side: DominoSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(101):
        domino.act.create_event(MAIL, f"E{number:03}", NINE + number * HOUR)
    get = side.session.get

    def shifted(*args: Any, **options: Any) -> Any:
        domino.act.create_event(MAIL, "early", NINE - DAY)
        return get(*args, **options)

    monkeypatch.setattr(side.session, "get", shifted)
    with pytest.raises(RetryLater) as caught:
        side.list_keys("event")
    assert caught.value.reason.code == "domino_calendar_moving"


@pytest.mark.parametrize("kind", ["", "application/json"])
def test_an_answer_without_a_body_is_an_empty_window(
    domino: DominoSimulator, side: DominoSide, kind: str
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    domino.faults.add(
        FaultRule("status", route="events", status=200, body=b"", headers=headers)
    )
    assert side.list_keys("event").keys == ()


def test_an_empty_page_is_no_empty_window(
    domino: DominoSimulator, side: DominoSide
) -> None:
    headers = {"Content-Type": "text/html"}
    rule = FaultRule(
        "status", route="events", status=200, body=b"", headers=headers, count=None
    )
    domino.faults.add(rule)
    with pytest.raises(RetryLater):
        side.list_keys("event")


# -- reading ---------------------------------------------------------------------------


def test_an_entry_is_read_whole(domino: DominoSimulator, side: DominoSide) -> None:
    uid = domino.act.create_event(
        MAIL,
        "Review",
        NINE,
        NINE + HOUR,
        location="Room 2",
        body="One\nTwo",
        reminder=15,
    )
    item = one(side, uid)
    assert item.values == {
        "title": "Review",
        "when": When(NINE, NINE + HOUR),
        "location": "Room 2",
        "description": "One\nTwo",
        "attendees": (),
        "reminder": 15,
    }
    assert not item.remarks
    assert set(item.locked) == {"description"}
    assert item.organiser == item.sync_key == ""


def test_the_stamp_of_a_single_entry_is_the_one_of_its_document(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_event(MAIL, "Review", NINE)
    domino.clock.advance(seconds=5)
    changed = side.changed_since(NINE - 5000 * DAY, {})
    assert changed is not None
    [(unid, stamp)] = changed.stamps.items()
    assert one(side, side.key_of("event", unid)).stamp == stamp
    assert side.key_of("event", unid) == uid


def test_a_stamp_of_this_very_second_is_marked(
    domino: DominoSimulator, side: DominoSide
) -> None:
    side.session.now()
    uid = domino.act.create_event(MAIL, "Review", NINE)
    first = one(side, uid).stamp
    domino.clock.advance(seconds=5)
    assert first == one(side, uid).stamp + "~"


def test_any_number_of_instances_costs_one_request(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_series(MAIL, "S", NINE, rule="FREQ=DAILY;COUNT=20")
    single = domino.act.create_event(MAIL, "Review", NINE)
    keys = side.list_keys("event").keys
    found: dict[str, Item | None] = {}
    made = requests_for(domino, lambda: found.update(read(side, *keys)))
    assert len(found) == 21
    assert made == [("GET", "event")] * 2
    assert {key.partition("/")[0] for key in found} == {uid, single}


def test_further_instances_inside_the_window_come_along(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_series(MAIL, "S", NINE, rule="FREQ=MONTHLY;COUNT=24")
    first = f"{uid}/20260302T080000Z"
    found = read(side, first)
    assert list(found) == [
        first,
        # Clocks went forward on 29 March.
        f"{uid}/20260402T070000Z",
        f"{uid}/20260502T070000Z",
    ]


@pytest.mark.parametrize("form", ["rdate", "rule", "mixed"])
def test_a_series_reads_the_same_in_every_form_the_server_may_choose(form: str) -> None:
    with server(series_form=form) as domino:
        side = side_of(domino)
        uid = domino.act.create_series(
            MAIL, "S", NINE, rule="FREQ=WEEKLY;COUNT=8", location="L", body="text"
        )
        keys = side.list_keys("event").keys
        rids = [key.partition("/")[2] for key in keys]
        domino.act.move_instance(MAIL, uid, rids[1], NINE + 8 * DAY, NINE + 8 * DAY)
        domino.act.edit_event(MAIL, uid, rids[2], subject="Other")
        domino.act.cancel_instance(MAIL, uid, rids[3])
        domino.act.cancel_instance(MAIL, uid, rids[0])
        found = read(side, *keys)
        assert found[keys[0]] is None
        assert found[keys[3]] is None
        assert when(found[keys[1]]) == When(NINE + 8 * DAY, NINE + 8 * DAY)
        kept = [found[key] for key in (*keys[1:3], *keys[4:])]
        titles = [item.values["title"] for item in kept if item]
        assert titles == ["S", "Other", "S", "S", "S", "S"]
        assert [w.start.hour for w in map(when, kept[2:])] == [7] * 4
        assert {item.values["location"] for item in kept if item} == {"L"}
        assert {item.values["description"] for item in kept if item} == {"text"}
        assert list(found) == list(keys)
        assert set(side.list_keys("event").keys) == set(keys) - {keys[0], keys[3]}


def test_an_instance_outside_the_window_is_found_when_asked_for(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_series(MAIL, "S", NINE, rule="FREQ=WEEKLY;COUNT=100")
    far = NINE + 70 * 7 * DAY - HOUR  # in summer
    (key,) = instances(uid, far)
    assert when(read(side, key)[key]).start == far


def test_endless_and_ten_year_series_are_bounded_by_the_window(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_series(MAIL, "S", NINE, rule="FREQ=DAILY")
    keys = side.list_keys("event").keys
    assert len(keys) == 91
    assert list(read(side, keys[0])) == list(keys)
    domino.knobs.series_form = "rule"
    assert list(read(side, keys[0])) == list(keys)
    assert {key.partition("/")[0] for key in keys} == {uid}


def test_a_key_of_a_single_entry_that_became_a_series_is_nothing(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_event(MAIL, "Review", NINE)
    domino.act.make_series(MAIL, uid, "FREQ=WEEKLY;COUNT=2")
    found = read(side, uid)
    assert found.pop(uid) is None
    assert list(found) == instances(uid, NINE, NINE + 7 * DAY)
    assert side.presence("event", [uid]) == {uid: "gone"}


def test_whole_days_have_their_last_day_on_either_kind_of_server() -> None:
    found = []
    for end in ("exclusive", "inclusive"):
        with server(all_day_end=end) as domino:
            side = side_of(domino)
            one_day = domino.act.create_event(MAIL, "Holiday", date(2026, 3, 3))
            days = domino.act.create_event(
                MAIL, "Fair", date(2026, 3, 3), date(2026, 3, 5)
            )
            year = domino.act.create_event(
                MAIL, "Wedding", date(2026, 3, 9), kind="anniversary"
            )
            keys = side.list_keys("event").keys
            items = read(side, *keys)
            found.append([when(items[key]) for key in (one_day, days, year)])
    assert found[0] == found[1]
    assert found[0] == [
        When(date(2026, 3, 3), date(2026, 3, 3)),
        When(date(2026, 3, 3), date(2026, 3, 5)),
        When(date(2026, 3, 9), date(2026, 3, 9)),
    ]


@pytest.mark.parametrize("form", ["dates", "rule", "error"])
def test_a_series_of_whole_days_is_read(form: str) -> None:
    with server(all_day_series=form) as domino:
        side = side_of(domino)
        uid = domino.act.create_series(
            MAIL, "Fair", date(2026, 3, 28), rule="FREQ=DAILY;COUNT=3"
        )
        keys = list(side.list_keys("event").keys)
        assert keys == [f"{uid}/202603{day}" for day in (28, 29, 30)]
        days = [date(2026, 3, day) for day in (28, 29, 30)]
        items = read(side, *keys)
        assert [when(items[key]) for key in keys] == [When(day, day) for day in days]
        domino.act.cancel_instance(MAIL, uid, "20260329")
        found = side.presence("event", keys)
        assert list(found.values()) == ["there", "gone", "there"]
        item = items[keys[0]]
        assert item is not None
        (result,) = side.delete("event", [removal(item)])
        assert isinstance(result, Written)
        assert side.list_keys("event").keys == (keys[2],)


def test_a_reminder_of_notes_is_a_moment(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_event(MAIL, "Call", NINE, kind="reminder")
    item = one(side, uid)
    assert when(item) == When(NINE, NINE)
    assert not item.remarks


@pytest.mark.parametrize("how", ["no_end", "backwards"])
def test_an_entry_without_a_sound_end_ends_as_it_starts_and_says_so(
    domino: DominoSimulator, side: DominoSide, how: str
) -> None:
    uid = domino.act.create_event(MAIL, "Review", NINE)
    domino.act.break_event(MAIL, uid, how)
    item = one(side, uid)
    assert when(item) == When(NINE, NINE)
    assert len(item.remarks) == 1


def test_a_time_without_a_zone_counts_in_the_account_s(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_event(MAIL, "Review", NINE)
    domino.act.break_event(MAIL, uid, "floating")
    item = one(side, uid)
    assert when(item) == When(NINE, NINE + HOUR)
    assert [why.params["zone"] for why in item.remarks] == ["Europe/Berlin"]


def test_a_zone_that_is_not_defined_is_not_guessed(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_event(MAIL, "Review", NINE)
    other = domino.act.create_event(MAIL, "Fine", NINE)
    domino.act.break_event(MAIL, uid, "unknown_zone")
    found = read(side, uid, other)
    item = found[uid]
    assert item is not None and item.skip is not None
    assert "Customized Time Zone" in str(item.skip)
    assert item.values == {"title": "Review"}
    assert when(found[other]).start == NINE


def test_an_entry_without_start_is_skipped_with_a_reason(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_event(MAIL, "Review", NINE)
    domino.act.break_event(MAIL, uid, "no_start")
    assert one(side, uid).skip is not None


def test_an_imported_holiday_is_skipped(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.import_holiday(MAIL, "Labour Day", date(2026, 5, 1))
    own = domino.act.create_event(MAIL, "Off", date(2026, 5, 4), categories=["Holiday"])
    found = read(side, uid, own)
    assert [found[key] and found[key].skip is not None for key in (uid, own)] == [  # type: ignore[union-attr]
        True,
        False,
    ]


def test_one_entry_that_domino_cannot_show_holds_up_no_other(
    domino: DominoSimulator, side: DominoSide
) -> None:
    sick = domino.act.create_event(MAIL, "Sick", NINE)
    well = domino.act.create_event(MAIL, "Well", NINE)
    domino.faults.add(api_error(route="event", path=sick, count=None))
    found = read(side, sick, well)
    assert found[sick] is not None and found[sick].skip is not None
    assert found[well] is not None and found[well].skip is None
    assert side.presence("event", [sick])[sick] == "there"


# -- meetings and what is private ------------------------------------------------------


@pytest.fixture
def colleague(domino: DominoSimulator) -> str:
    domino.act.add_user("Dean Melnyk", "Winter-18")
    return "mail/dmelnyk.nsf"


def test_of_a_meeting_notes_rules_time_place_and_existence(
    domino: DominoSimulator, side: DominoSide, colleague: str
) -> None:
    uid = domino.act.create_meeting(
        MAIL, "Review", NINE, attendees=["Dean Melnyk", "guest@x.example", "Jim Nobody"]
    )
    item = one(side, uid)
    assert {"when", "location", "attendees", EXISTENCE} <= set(item.locked)
    emails = [who.email for who in item.values["attendees"]]
    assert emails == [
        domino.world.user(USER).email,  # type: ignore[union-attr]
        domino.world.user("Dean Melnyk").email,  # type: ignore[union-attr]
        "guest@x.example",
        "",
    ]
    assert item.organiser == emails[0].lower()


def test_a_meeting_without_anybody_else_is_an_appointment(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_event(MAIL, "Review", NINE, kind="meeting")
    item = one(side, uid)
    assert item.values["attendees"] == ()
    assert set(item.locked) == {"description"}
    assert item.organiser == ""


def test_an_invitation_waits_until_it_is_accepted(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.receive_invitation(MAIL, "Visit", NINE)
    assert side.list_keys("event").keys == (uid,)
    made = requests_for(domino, lambda: read(side, uid))
    item = one(side, uid)
    assert item.skip is not None and "Visit" in item.values["title"]
    assert made == []
    assert side.presence("event", [uid]) == {uid: "there"}
    domino.act.respond(MAIL, uid, "accept")
    side.list_keys("event")
    item = one(side, uid)
    assert item.skip is None
    assert item.organiser == "host@elsewhere.example"


def test_what_was_cancelled_or_declined_is_as_good_as_deleted(
    domino: DominoSimulator, side: DominoSide, colleague: str
) -> None:
    declined = domino.act.create_meeting(MAIL, "A", NINE, attendees=["Dean Melnyk"])
    cancelled = domino.act.create_meeting(MAIL, "B", NINE, attendees=["Dean Melnyk"])
    kept = domino.act.create_meeting(MAIL, "C", NINE, attendees=["Dean Melnyk"])
    for uid in (declined, cancelled, kept):
        domino.act.respond(colleague, uid, "accept")
    domino.act.respond(colleague, declined, "decline")
    domino.act.cancel_meeting(MAIL, cancelled)
    theirs = DominoSide(
        connect(domino, user="Dean Melnyk", password="Winter-18"),
        f"/{colleague}",
        mapping=notes.for_org(notes.documented),
        kinds={"event": event_kind()},
        installation=INSTALLATION,
        views={},
        calendar=documented_mapping(),
        window=window(),
    )
    assert theirs.list_keys("event").keys == (kept,)
    found = read(theirs, declined, cancelled, kept)
    assert found[declined] is None
    assert found[cancelled] is None
    assert found[kept] is not None
    assert theirs.presence("event", [declined, cancelled, kept]) == {
        declined: "gone",
        cancelled: "gone",
        kept: "there",
    }


@pytest.mark.parametrize("word", ["private", "confidential"])
def test_nothing_is_read_of_a_private_entry(word: str) -> None:
    with server(private_class=word) as domino:
        side = side_of(domino)
        uid = domino.act.create_event(
            MAIL, "Doctor", NINE, private=True, location="Clinic", body="Ache"
        )
        item = one(side, uid)
        assert item.private
        assert "Doctor" not in repr(item) and "Clinic" not in repr(item)


def test_one_instance_may_be_private_in_a_public_series(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_series(MAIL, "S", NINE, rule="FREQ=DAILY;COUNT=3")
    keys = side.list_keys("event").keys
    rid = keys[1].partition("/")[2]
    domino.act.mark_event_private(MAIL, uid, rid)
    found = read(side, *keys)
    private = [item.private for key in keys if (item := found[key]) is not None]
    assert private == [False, True, False]


# -- what changed, what is gone --------------------------------------------------------


def test_a_changed_document_names_its_entry(
    domino: DominoSimulator, side: DominoSide
) -> None:
    single = domino.act.create_event(MAIL, "Review", NINE)
    series = domino.act.create_series(MAIL, "S", NINE, rule=SERIES)
    foreign = domino.act.receive_invitation(MAIL, "Visit", NINE, uid="{x}@y.example")
    domino.act.respond(MAIL, foreign, "accept")
    domino.act.receive_mail(MAIL, "Hello")
    side.list_keys("event")
    changed = side.changed_since(NINE - 5000 * DAY, {})
    assert changed is not None
    unids = list(changed.stamps)
    found = side.identify(unids)
    assert set(map(_named, found.values())) == {
        (single, True),
        (series, False),
        (foreign, True),
    }
    domino.log.clear()
    side.identify(unids)
    assert len(domino.log.entries) == len(unids)


def test_the_end_of_the_calendar_is_looked_at_beside_the_changes(
    domino: DominoSimulator, side: DominoSide
) -> None:
    domino.act.create_event(MAIL, "Review", NINE)
    side.list_keys("event")
    now = side.now()
    domino.log.clear()
    side.changed_since(now, {"event": 1})
    assert side.holds("event", 1)
    assert len(domino.log.entries) == 2
    side.changed_since(now, {"event": 1})
    assert not side.holds("event", 2), "what was not asked ahead is asked"
    assert len(domino.log.entries) == 5
    assert side.holds("event", 1), "an answer serves once"
    assert len(domino.log.entries) == 6


def _named(found: Identified) -> tuple[str, bool]:
    assert found.kind == "event"
    return found.key, found.single


def test_a_server_that_reads_no_parts_is_asked_for_the_window_instead() -> None:
    with server(fp=4) as domino:
        side = side_of(domino)
        single = domino.act.create_event(MAIL, "Review", NINE)
        (mail,) = domino.act.receive_mail(MAIL, "Hello")
        unid = single.partition("-")[0]
        side.list_keys("event")
        assert side.identify_limit == 0
        domino.log.clear()
        assert side.identify([unid, mail]) == {unid: Identified("event", single)}
        assert {entry.route for entry in domino.log.entries} <= {"events", "document"}


def test_the_parent_of_a_series_shows_whether_parts_can_be_read(
    domino: DominoSimulator, side: DominoSide
) -> None:
    domino.act.create_series(MAIL, "S", NINE, rule="FREQ=DAILY;COUNT=2")
    side.list_keys("event")
    assert side.identify_limit == 30


def test_a_calendar_of_others_meetings_shows_not_whether_parts_can_be_read(
    domino: DominoSimulator, side: DominoSide
) -> None:
    for number in range(5):
        uid = f"{number:032X}-Lotus_Notes_Generated"
        domino.act.create_event(MAIL, "Copy", NINE + number * HOUR, uid=uid)
    asked = requests_for(domino, lambda: side.list_keys("event"))
    assert side.identify_limit == 0
    assert len(asked) == 1 + 3


def test_without_the_data_service_events_are_listed_all_the_same() -> None:
    with server(services=("Calendar",)) as domino:
        side = side_of(domino)
        uid = domino.act.create_event(MAIL, "Review", NINE)
        assert side.changed_since(NINE, {}) is None
        assert side.list_keys("event").keys == (uid,)
        assert side.presence("event", [uid]) == {uid: "there"}


def test_a_calendar_service_that_is_off_is_named() -> None:
    with server(services=("Data",)) as domino:
        with pytest.raises(Misconfigured) as caught:
            side_of(domino).list_keys("event")
        assert caught.value.setting == "calendar_service"


def test_a_deleted_entry_is_gone_and_one_that_left_the_window_is_not(
    domino: DominoSimulator, side: DominoSide
) -> None:
    deleted = domino.act.create_event(MAIL, "A", NINE)
    moved = domino.act.create_event(MAIL, "B", NINE)
    series = domino.act.create_series(MAIL, "S", NINE, rule="FREQ=DAILY;COUNT=3")
    keys = instances(series, NINE, NINE + DAY, NINE + 2 * DAY)
    domino.act.delete_event(MAIL, deleted)
    domino.act.edit_event(MAIL, moved, start=NINE + 900 * DAY)
    domino.act.cancel_instance(MAIL, series, keys[0].partition("/")[2])
    domino.act.move_instance(MAIL, series, keys[1].partition("/")[2], NINE + 900 * DAY)
    assert side.presence("event", [deleted, moved, *keys]) == {
        deleted: "gone",
        moved: "there",
        keys[0]: "gone",
        keys[1]: "there",
        keys[2]: "there",
    }
    assert side.list_keys("event").keys == (keys[2],)


def test_what_opens_but_lies_in_the_trash_is_said_to_be_there() -> None:
    with server(trashed_get="document") as domino:
        domino.act.set_view(MAIL, "($SoftDeletions)", True)
        side = side_of(domino)
        uid = domino.act.create_event(MAIL, "A", NINE)
        domino.act.delete_event(MAIL, uid)
        assert side.presence("event", [uid]) == {uid: "trash"}


# -- old mail templates ----------------------------------------------------------------


def test_ids_of_an_old_template_are_never_keys() -> None:
    with server(old_template=True) as domino:
        side = side_of(domino)
        single = domino.act.create_event(MAIL, "Review", NINE, location="Room 2")
        series = domino.act.create_series(MAIL, "S", NINE, rule="FREQ=DAILY;COUNT=3")
        keys = instances(series, NINE, NINE + DAY, NINE + 2 * DAY)
        side.session.features["fields"] = True
        made = requests_for(domino, lambda: side.list_keys("event"))
        listing = side.list_keys("event")
        assert set(listing.keys) == {single, *keys}
        assert listing.total == 4
        assert made == [("GET", "events"), ("GET", "event"), ("GET", "event")]
        assert listing.glimpses[single]["title"] == "Review"
        # What the listing had to read is not read again.
        assert requests_for(domino, lambda: read(side, *listing.keys)) == []
        assert side.holds("event", 4)


def test_what_an_old_template_s_list_had_to_read_is_not_written_on() -> None:
    with server(old_template=True) as domino:
        side = side_of(domino)
        uid = domino.act.create_event(MAIL, "Review", NINE)
        item = one(side, uid)
        side.list_keys("event")
        domino.act.edit_event(MAIL, uid, subject="Edited")
        (result,) = side.delete("event", [removal(item)])
        assert isinstance(result, ChangedMeanwhile)


# -- writing ---------------------------------------------------------------------------

NEW = Event("Visit", When(NINE, NINE + HOUR), "Berlin", "One\nTwo", reminder=30)


def create(side: DominoSide, event: Event = NEW, key: str = OURS) -> Any:
    fitted = side.fit("event", event.values(), {})
    (result,) = side.create("event", [NewRecord(fitted.values, key)])
    return result


def test_an_entry_of_ours_has_our_uid_and_gives_our_key_back(
    domino: DominoSimulator, side: DominoSide
) -> None:
    result = create(side)
    assert isinstance(result, Written)
    assert result.key == OUR_UID
    assert result.values == {
        **{name: value for name, value in NEW.values().items() if name != "attendees"},
    }
    domino.clock.advance(seconds=2)
    item = one(side, OUR_UID)
    assert item.sync_key == OURS
    assert not item.locked
    assert item.version == result.version
    assert not item.stamp.endswith("~")
    assert result.stamp in (item.stamp, item.stamp + "~"), "it may be read once more"


@pytest.mark.parametrize(
    "event",
    [
        Event("Fair", When(date(2026, 3, 3), date(2026, 3, 5))),
        Event("Day", When(date(2026, 3, 29), date(2026, 3, 29)), reminder=600),
        Event("Night", When(NINE + 14 * HOUR, NINE + 40 * HOUR), reminder=0),
        Event("\u5c71\u7530 & <b>", When(NINE, NINE + HOUR), description="\u00e4 <x>"),
    ],
)
@pytest.mark.parametrize("end", ["exclusive", "inclusive"])
def test_what_is_written_reads_the_same(event: Event, end: str) -> None:
    with server(all_day_end=end) as domino:
        side = side_of(domino)
        domino.act.create_event(MAIL, "Some day", date(2026, 3, 1))
        side.list_keys("event")
        result = create(side, event)
        assert isinstance(result, Written)
        assert result.values == {
            name: value for name, value in event.values().items() if name != "attendees"
        }


def test_a_server_that_takes_whole_days_in_another_way_is_understood(
    domino: DominoSimulator, side: DominoSide
) -> None:
    side.session.features["takes_inclusive_days"] = True  # which this one does not
    side.session.now()
    days = When(date(2026, 3, 3), date(2026, 3, 5))
    made: list[Any] = []
    requests = requests_for(domino, lambda: made.append(create(side, Event(when=days))))
    assert made[0].values["when"] == days
    assert side.session.features["takes_inclusive_days"] is False
    assert requests[1:] == [("GET", "event"), ("GET", "event"), ("PUT", "event")] + [
        ("GET", "event")
    ]
    longer = When(date(2026, 3, 3), date(2026, 3, 9))
    (result,) = side.update("event", [change(one(side, OUR_UID), when=longer)])
    assert isinstance(result, Written) and result.values
    assert result.values["when"] == longer


def test_participants_of_zoho_s_are_named_and_nobody_is_invited(
    domino: DominoSimulator, side: DominoSide
) -> None:
    people = (Attendee("a@x.example", "Ann"), Attendee("", "Bo"))
    event = Event("Visit", When(NINE, NINE + HOUR), attendees=people)
    fitted = side.fit("event", event.values(), {})
    assert "attendees" not in fitted.values
    assert [why.params["names"] for why in fitted.remarks] == ["Ann, Bo"]
    create(side, event)
    assert domino.log.mails == []
    assert "attendees" not in one(side, OUR_UID).values


def test_a_create_costs_a_post_and_a_look(
    domino: DominoSimulator, side: DominoSide
) -> None:
    side.session.now()
    made = requests_for(domino, lambda: create(side))
    assert made == [("POST", "events"), ("GET", "event")]


def test_an_entry_that_is_there_already_is_adopted(
    domino: DominoSimulator, side: DominoSide
) -> None:
    create(side)
    result = create(side)
    assert isinstance(result, Written) and result.key == OUR_UID
    assert side.list_keys("event").total == 1


@pytest.mark.parametrize("cserror", [1024, 1026])
def test_an_error_after_storing_is_looked_into(
    domino: DominoSimulator, side: DominoSide, cserror: int
) -> None:
    domino.faults.add(api_error(cserror, route="events", method="POST", when="after"))
    result = create(side)
    assert isinstance(result, Written) and result.key == OUR_UID


@pytest.mark.parametrize("cserror", [1024, 1026])
def test_an_error_before_storing_leaves_the_record_to_the_next_run(
    domino: DominoSimulator, side: DominoSide, cserror: int
) -> None:
    domino.faults.add(api_error(cserror, route="events", method="POST"))
    result = create(side)
    assert isinstance(result, RetryLater) and not isinstance(result, OutcomeUnknown)
    assert side.list_keys("event").total == 0


def test_a_change_keeps_whatever_it_does_not_concern(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_event(
        MAIL,
        "Review",
        NINE,
        zone="America/New_York",
        location="Room 2",
        body="One",
        categories=["Projects", "Phone Calls"],
        free=True,
        priority=1,
        reminder=15,
    )
    item = one(side, uid)
    (result,) = side.update("event", [change(item, title="Renamed", reminder=None)])
    assert isinstance(result, Written)
    assert result.values == {**item.values, "title": "Renamed", "reminder": None}
    unid = uid.partition("-")[0]
    items = domino.document(unid)["items"]
    assert items["Categories"] == ["Projects", "Phone Calls"]
    assert items["BookFreeTime"] in ("1", ["1"])
    assert "Eastern" in str(items["StartTimeZone"])


def test_a_new_time_is_written_in_utc_and_nobody_is_told(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_event(MAIL, "Review", NINE)
    item = one(side, uid)
    later = When(NINE + DAY, NINE + DAY + 2 * HOUR)
    made: list[Any] = []
    requests = requests_for(
        domino,
        lambda: made.extend(side.update("event", [change(item, when=later)])),
    )
    assert made[0].values["when"] == later
    assert requests == [("GET", "event"), ("PUT", "event"), ("GET", "event")]
    puts = [entry for entry in domino.log.entries if entry.method == "PUT"]
    assert all("workflow=false" in entry.query for entry in puts)
    assert domino.log.mails == []


def test_a_timed_entry_may_become_whole_days_and_back(
    domino: DominoSimulator, side: DominoSide
) -> None:
    create(side)
    days = When(date(2026, 3, 3), date(2026, 3, 4))
    for wanted in (days, When(NINE, NINE + HOUR)):
        (result,) = side.update("event", [change(one(side, OUR_UID), when=wanted)])
        assert isinstance(result, Written) and result.values
        assert result.values["when"] == wanted


def test_one_instance_is_changed_and_the_others_stay(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_series(MAIL, "S", NINE, rule="FREQ=DAILY;COUNT=3")
    keys = side.list_keys("event").keys
    before = read(side, *keys)
    item = before[keys[1]]
    assert item is not None
    moved = When(NINE + DAY + HOUR, NINE + DAY + 2 * HOUR)
    (result,) = side.update("event", [change(item, when=moved, title="Moved")])
    assert isinstance(result, Written) and result.key == keys[1]
    after = read(side, *keys)
    assert when(after[keys[1]]) == moved
    assert [after[key] and after[key].values["title"] for key in keys] == [  # type: ignore[union-attr]
        "S",
        "Moved",
        "S",
    ]
    for key in (keys[0], keys[2]):
        left, right = before[key], after[key]
        assert left is not None and right is not None
        assert left.version == right.version
    # A moved instance can be changed again, by its original time.
    (result,) = side.update("event", [change(after[keys[1]], title="Again")])  # type: ignore[arg-type]
    assert isinstance(result, Written) and result.values
    assert result.values["title"] == "Again"
    assert len(side.list_keys("event").keys) == 3
    assert uid in keys[0]


def test_several_instances_are_read_back_with_one_request(
    domino: DominoSimulator, side: DominoSide
) -> None:
    domino.act.create_series(MAIL, "S", NINE, rule="FREQ=DAILY;COUNT=3")
    keys = side.list_keys("event").keys
    items = read(side, *keys)
    changes = [change(items[key], title=key[-4:]) for key in keys]  # type: ignore[arg-type]
    made = requests_for(domino, lambda: side.update("event", changes))
    assert made == [("GET", "instance"), ("PUT", "instance")] * 3 + [("GET", "event")]


@pytest.mark.parametrize(
    "edit",
    [{"subject": "Mine"}, {"start": NINE + DAY}, {"private": True}],
)
def test_an_entry_changed_meanwhile_is_left_alone(
    domino: DominoSimulator, side: DominoSide, edit: dict[str, Any]
) -> None:
    uid = domino.act.create_event(MAIL, "Review", NINE)
    item = one(side, uid)
    domino.act.edit_event(MAIL, uid, **edit)
    (result,) = side.update("event", [change(item, title="Ours")])
    assert isinstance(result, ChangedMeanwhile)
    assert domino.log.count(method="PUT") == 0


def test_an_edit_elsewhere_in_the_entry_is_kept(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_event(MAIL, "Review", NINE)
    item = one(side, uid)
    domino.act.edit_event(MAIL, uid, location="Room 9")
    (result,) = side.update("event", [change(item, title="Ours")])
    assert isinstance(result, Written) and result.values
    assert (result.values["title"], result.values["location"]) == ("Ours", "Room 9")


def test_a_change_of_what_is_gone_says_so(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_event(MAIL, "Review", NINE)
    item = one(side, uid)
    domino.act.delete_event(MAIL, uid)
    (result,) = side.update("event", [change(item, title="Ours")])
    assert isinstance(result, Gone)


def test_a_copy_that_domino_does_not_let_change_is_refused_once() -> None:
    with server(invitee_put="refuse") as domino:
        side = side_of(domino)
        uid = domino.act.receive_invitation(MAIL, "Visit", NINE)
        domino.act.respond(MAIL, uid, "accept")
        (result,) = side.update("event", [change(one(side, uid), title="Ours")])
        assert isinstance(result, Rejected)


def test_an_entry_is_deleted_quietly(domino: DominoSimulator, side: DominoSide) -> None:
    create(side)
    item = one(side, OUR_UID)
    made: list[Any] = []
    requests = requests_for(
        domino, lambda: made.extend(side.delete("event", [removal(item)]))
    )
    assert isinstance(made[0], Written)
    assert requests == [("GET", "event"), ("DELETE", "event")]
    assert side.presence("event", [OUR_UID]) == {OUR_UID: "gone"}
    assert domino.log.mails == []
    (again,) = side.delete("event", [removal(item)])
    assert isinstance(again, Written)


def test_instances_of_a_series_are_deleted_one_by_one(
    domino: DominoSimulator, side: DominoSide
) -> None:
    domino.act.create_series(MAIL, "S", NINE, rule="FREQ=DAILY;COUNT=4")
    keys = side.list_keys("event").keys
    items = read(side, *keys)
    removals = [removal(items[key]) for key in keys[:3]]  # type: ignore[arg-type]
    made: list[Any] = []
    requests = requests_for(domino, lambda: made.extend(side.delete("event", removals)))
    assert all(isinstance(result, Written) for result in made)
    assert requests == [("GET", "event")] + [("DELETE", "instance")] * 3
    assert side.list_keys("event").keys == keys[3:]


def test_an_entry_edited_since_is_not_deleted(
    domino: DominoSimulator, side: DominoSide
) -> None:
    uid = domino.act.create_event(MAIL, "Review", NINE)
    item = one(side, uid)
    domino.act.edit_event(MAIL, uid, subject="Still needed")
    (result,) = side.delete("event", [removal(item)])
    assert isinstance(result, ChangedMeanwhile)
    assert side.presence("event", [uid]) == {uid: "there"}


def test_after_a_lost_answer_the_rest_is_not_sent(
    domino: DominoSimulator, side: DominoSide
) -> None:
    side.session.now()
    domino.faults.add(FaultRule("drop_after", route="events", method="POST"))
    records = [
        NewRecord(side.fit("event", NEW.values(), {}).values, f"60001:Events:{n}:0")
        for n in (1, 2)
    ]
    first, second = side.create("event", records)
    assert isinstance(first, OutcomeUnknown)
    assert isinstance(second, NotSent)
    # The next run asks for the UID and finds it.
    assert side.presence("event", ["zoho-60001-1-0"])["zoho-60001-1-0"] == "there"
