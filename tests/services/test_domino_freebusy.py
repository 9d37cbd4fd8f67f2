"""When people are busy, against the simulated server."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from notes_zoho_sync.services.domino.freebusy import Span, busy_times
from notes_zoho_sync.services.errors import Misconfigured, Rejected, RetryLater
from tests.simulators.common import FaultRule
from tests.simulators.domino import DominoSimulator

from .domino_support import MAIL, USER, connect, server

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SINCE, UNTIL = NINE - 2 * HOUR, NINE + 10 * HOUR


@pytest.fixture
def domino() -> Iterator[DominoSimulator]:
    with server(working_hours=None) as simulator:
        yield simulator


def address(domino: DominoSimulator) -> str:
    user = domino.world.user(USER)
    assert user is not None
    return user.email


def busy(domino: DominoSimulator) -> tuple[Span, ...]:
    return busy_times(connect(domino), address(domino), SINCE, UNTIL)


def test_spans_are_told_in_order_and_as_one_where_they_touch(
    domino: DominoSimulator,
) -> None:
    domino.act.create_event(MAIL, "c", NINE + 6 * HOUR, NINE + 7 * HOUR)
    domino.act.create_event(MAIL, "a", NINE, NINE + 2 * HOUR, private=True)
    domino.act.create_event(MAIL, "b", NINE + HOUR, NINE + 3 * HOUR)
    domino.act.create_event(MAIL, "free", NINE + 4 * HOUR, free=True)
    assert busy(domino) == (
        Span(NINE, NINE + 3 * HOUR),
        Span(NINE + 6 * HOUR, NINE + 7 * HOUR),
    )


def test_spans_are_clipped_to_the_range(domino: DominoSimulator) -> None:
    domino.act.create_event(MAIL, "before", SINCE - HOUR, SINCE + HOUR)
    domino.act.create_event(MAIL, "after", UNTIL - HOUR, UNTIL + HOUR)
    assert busy(domino) == (Span(SINCE, SINCE + HOUR), Span(UNTIL - HOUR, UNTIL))


def test_a_block_that_ends_before_it_starts_is_none(domino: DominoSimulator) -> None:
    domino.act.create_event(MAIL, "over", SINCE - HOUR, SINCE - timedelta(minutes=3))
    assert busy(domino) == ()


def test_the_range_may_be_given_in_any_zone(domino: DominoSimulator) -> None:
    domino.act.create_event(MAIL, "a", NINE)
    there = timezone(timedelta(hours=-5))
    found = busy_times(
        connect(domino),
        address(domino),
        SINCE.astimezone(there),
        UNTIL.astimezone(there),
    )
    assert found == (Span(NINE, NINE + HOUR),)


def test_a_whole_day_blocks_what_lies_in_it(domino: DominoSimulator) -> None:
    domino.act.create_event(MAIL, "Fair", date(2026, 3, 2))
    (span,) = busy(domino)
    assert span.start == SINCE and span.end <= UNTIL


def test_an_unknown_address_is_said_to_be_that(domino: DominoSimulator) -> None:
    with pytest.raises(Rejected) as caught:
        busy_times(connect(domino), "nobody@x.example", SINCE, UNTIL)
    assert "nobody@x.example" in str(caught.value)


@pytest.mark.parametrize(
    "off", [{"services": ("Data", "Calendar")}, {"installed": ("Core", "Data")}]
)
def test_a_service_that_is_off_or_missing_is_named(off: dict[str, object]) -> None:
    with server(**off) as domino, pytest.raises(Misconfigured) as caught:
        busy(domino)
    assert caught.value.setting == "freebusy_service"
    assert "Freebusy" in str(caught.value)


def test_an_answer_without_spans_is_a_free_day(domino: DominoSimulator) -> None:
    body: dict[str, object] = {"start": {}, "end": {}}
    domino.faults.add(FaultRule("status", route="freebusy", status=200, body=body))
    assert busy(domino) == ()


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"busyTimes": []},
        {"start": {}, "end": {}, "busyTimes": [{"start": {"date": "2026-03-02"}}]},
    ],
)
def test_another_answer_is_no_free_day(domino: DominoSimulator, body: object) -> None:
    domino.faults.add(
        FaultRule("status", route="freebusy", status=200, body=body, count=None)
    )
    with pytest.raises(RetryLater):
        busy(domino)
