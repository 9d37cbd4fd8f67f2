"""Meetings on a person's word, against the simulated server."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notes_zoho_sync.services.domino.meeting import (
    IN_FLIGHT,
    Held,
    MeetingDesk,
    Sent,
    names_of,
)
from notes_zoho_sync.services.domino.turns import NotApplied
from notes_zoho_sync.services.errors import OutcomeUnknown, Rejected, SyncError
from notes_zoho_sync.services.mapping.meeting import MeetingMapping
from notes_zoho_sync.services.reasons import reason
from notes_zoho_sync.services.records import Attendee, Event, When, event_kind
from tests.simulators.common import FaultRule
from tests.simulators.domino import DominoSimulator

from .domino_support import MAIL, USER, connect, server

NINE = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
UID = "a-meeting-of-ours"
GUESTS = [Attendee("bo@acme.example", "Bo Guest"), Attendee("x@elsewhere.example")]
MEETING = Event("Board", When(NINE, NINE + HOUR), "Room 1", "Agenda", (), 15)
WORDS = {name: value for name, value in MEETING.values().items() if name != "attendees"}


@pytest.fixture
def domino() -> Iterator[DominoSimulator]:
    with server() as simulator:
        simulator.act.add_user("Bo Guest", "secret", email="bo@acme.example")
        yield simulator


def desk_of(domino: DominoSimulator) -> MeetingDesk:
    return MeetingDesk(
        connect(domino),
        f"/{MAIL}",
        mapping=MeetingMapping(),
        kind=event_kind(),
        home=ZoneInfo("Europe/Berlin"),
    )


def call(desk: MeetingDesk) -> Sent:
    me = desk.myself()
    assert me is not None
    return desk.invite(UID, WORDS, me, GUESTS)


def found(desk: MeetingDesk, key: str = UID) -> Held:
    held = desk.find(key)
    assert held is not None
    return held


def notices(domino: DominoSimulator) -> list[tuple[str, str]]:
    return [(mail["notice"], mail["to"]) for mail in domino.log.mails]


def fault(domino: DominoSimulator, kind: str, method: str, **values: Any) -> None:
    domino.faults.add(FaultRule(kind, path="/events", method=method, **values))


def test_a_meeting_is_called_and_every_guest_is_invited_once(
    domino: DominoSimulator,
) -> None:
    sent = call(desk_of(domino))
    assert sent.told and sent.held is not None
    assert {n: sent.held.values[n] for n in WORDS} == WORDS
    assert [who.email for who in sent.held.values["attendees"]][1:] == [
        "bo@acme.example",
        "x@elsewhere.example",
    ]
    assert notices(domino) == [("I", "bo@acme.example"), ("I", "x@elsewhere.example")]


def test_the_server_says_who_calls_the_meeting(domino: DominoSimulator) -> None:
    desk = desk_of(domino)
    user = domino.world.user(USER)
    assert user is not None
    assert desk.myself() == Attendee(user.email)
    call(desk)
    assert found(desk).organiser in names_of([desk.myself()])
    domino.act.set_knob("services", ["data"])
    assert desk_of(domino).myself() is None


def test_after_a_lost_answer_the_meeting_is_found(domino: DominoSimulator) -> None:
    fault(domino, "drop_after", "POST")
    desk = desk_of(domino)
    with pytest.raises(OutcomeUnknown):
        call(desk)
    assert found(desk).values["title"] == "Board"


def test_notices_that_failed_are_told_of_and_nothing_is_sent_again(
    domino: DominoSimulator,
) -> None:
    fault(domino, "notices_failed", "POST")
    sent = call(desk_of(domino))
    assert sent.held is not None and not sent.told
    assert domino.log.count(method="POST") == 1


def test_an_error_that_left_nothing_is_certain(domino: DominoSimulator) -> None:
    body = {"code": 500, "text": "Internal", "cserror": 1026, "message": "no"}
    fault(domino, "status", "POST", status=500, body=body)
    with pytest.raises(NotApplied):
        call(desk_of(domino))
    assert notices(domino) == []


def test_what_may_be_under_way_is_waited_for(domino: DominoSimulator) -> None:
    desk = desk_of(domino)
    desk.wait_for(None)
    sent_at = desk.now()
    with pytest.raises(NotApplied):
        desk.wait_for(sent_at)
    desk.wait_for(sent_at - IN_FLIGHT)


def test_a_change_tells_the_guests_and_a_repeat_does_not(
    domino: DominoSimulator,
) -> None:
    desk = desk_of(domino)
    call(desk)
    domino.log.clear()
    wanted = {"when": When(NINE + HOUR, NINE + 3 * HOUR), "location": "Room 2"}
    me = names_of([desk.myself()])
    sent = desk.change(found(desk), wanted, me)
    assert sent.told and sent.held is not None
    assert desk.differing(sent.held, wanted) == []
    assert sent.held.values["description"] == "Agenda"
    assert notices(domino) == [("U", "bo@acme.example"), ("U", "x@elsewhere.example")]
    desk.change(found(desk), wanted, me)
    assert domino.log.count(method="PUT") == 1


def test_a_change_whose_notices_failed_stands(domino: DominoSimulator) -> None:
    desk = desk_of(domino)
    call(desk)
    fault(domino, "notices_failed", "PUT")
    sent = desk.change(found(desk), {"title": "Bored"}, names_of([desk.myself()]))
    assert not sent.told and found(desk).values["title"] == "Bored"


def test_a_change_that_an_error_kept_out_is_certain(domino: DominoSimulator) -> None:
    desk = desk_of(domino)
    call(desk)
    body = {"code": 500, "text": "Internal", "cserror": 1024, "message": "no"}
    fault(domino, "status", "PUT", status=500, body=body)
    with pytest.raises(NotApplied):
        desk.change(found(desk), {"title": "Bored"}, names_of([desk.myself()]))


def test_an_outcome_that_cannot_be_seen_is_not_certain(
    domino: DominoSimulator,
) -> None:
    desk = desk_of(domino)
    call(desk)
    held = found(desk)
    body = {"code": 500, "text": "Internal", "cserror": 1024, "message": "no"}
    fault(domino, "status", "PUT", status=500, body=body)
    fault(domino, "status", "GET", status=500, body=body, count=None)
    with pytest.raises(OutcomeUnknown):
        desk.change(held, {"title": "Bored"}, names_of([desk.myself()]))


def test_a_cancellation_tells_the_guests_and_a_repeat_finds_nothing(
    domino: DominoSimulator,
) -> None:
    desk = desk_of(domino)
    call(desk)
    held = found(desk)
    domino.log.clear()
    me = names_of([desk.myself()])
    assert desk.cancel(held, me) == Sent(None, True)
    assert [notice for notice, _ in notices(domino)] == ["C", "C"]
    assert desk.find(UID) is None
    assert desk.cancel(held, me) == Sent(None, True)


def test_a_guest_can_neither_change_nor_cancel(domino: DominoSimulator) -> None:
    uid = domino.act.receive_invitation(MAIL, "Theirs", NINE)
    domino.act.respond(MAIL, uid, "accept")
    desk = desk_of(domino)
    held = found(desk, uid)
    me = names_of([desk.myself()])
    with pytest.raises(Rejected, match="host@elsewhere.example"):
        desk.change(held, {"title": "Mine"}, me)
    with pytest.raises(Rejected):
        desk.cancel(held, me)
    assert notices(domino) == []


def test_one_instance_of_a_series_is_changed_alone(domino: DominoSimulator) -> None:
    uid = domino.act.create_meeting(
        MAIL, "Weekly", NINE, attendees=["Bo Guest"], rule="FREQ=WEEKLY;COUNT=3"
    )
    second = NINE + timedelta(days=7)
    key = f"{uid}/{second:%Y%m%dT%H%M%SZ}"
    desk = desk_of(domino)
    wanted = {"when": When(second + HOUR, second + 2 * HOUR)}
    sent = desk.change(found(desk, key), wanted, names_of([desk.myself()]))
    assert sent.held is not None and sent.held.values["when"] == wanted["when"]
    third = f"{uid}/{second + timedelta(days=7):%Y%m%dT%H%M%SZ}"
    assert found(desk, third).values["when"].start == second + timedelta(days=7)


def test_a_text_with_formatting_is_not_overwritten(domino: DominoSimulator) -> None:
    desk = desk_of(domino)
    call(desk)
    held = found(desk)
    rich = {"description": reason("calendar_rich_text")}
    held = Held(UID, held.values, rich, held.organiser, held.detail)
    with pytest.raises(Rejected, match="formatting"):
        desk.change(held, {"description": "Other"}, names_of([desk.myself()]))


def test_a_private_entry_is_not_touched(domino: DominoSimulator) -> None:
    uid = domino.act.create_event(MAIL, "Doctor", NINE, private=True)
    with pytest.raises(Rejected) as caught:
        desk_of(domino).find(uid)
    assert "Doctor" not in str(caught.value)


def test_the_sync_of_the_same_calendar_stays_silent(domino: DominoSimulator) -> None:
    desk = desk_of(domino)
    call(desk)
    domino.log.clear()
    detail = desk.service.get(UID)
    assert detail is not None
    desk.service.update(UID, "", detail.body)
    desk.service.delete(UID, "")
    assert notices(domino) == []


def test_an_unreachable_server_raises_what_a_person_can_read(
    domino: DominoSimulator,
) -> None:
    desk = desk_of(domino)
    domino.stop()
    with pytest.raises(SyncError):
        desk.find(UID)
