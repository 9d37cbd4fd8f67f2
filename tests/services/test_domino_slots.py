"""When people could meet."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from notes_zoho_sync.services.domino.freebusy import Span
from notes_zoho_sync.services.domino.slots import WORK, clashes, suggest, without

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 3, 2)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN)
    return wall.astimezone(UTC)


def starts(
    busy: list[Span],
    length: timedelta = HOUR,
    days: int = 1,
    not_before: datetime = LONG_AGO,
    first: date = MONDAY,
) -> list[datetime]:
    asked = [first + timedelta(days=n) for n in range(days)]
    found = suggest(busy, length, asked, BERLIN, not_before)
    assert all(span.end - span.start == length for span in found)
    return [span.start for span in found]


def test_a_free_day_begins_in_the_morning() -> None:
    assert starts([]) == [at(9), at(10), at(11)]


def test_busy_times_are_passed_over_on_the_half_hour() -> None:
    busy = [Span(at(9), at(10, 20)), Span(at(11, 30), at(16))]
    assert starts(busy) == [at(10, 30), at(16)]


def test_a_meeting_that_is_moved_leaves_what_is_beside_it() -> None:
    busy = [Span(at(9), at(12)), Span(at(13), at(14))]
    left = without(busy, at(10), at(11))
    assert left == [Span(at(9), at(10)), Span(at(11), at(12)), Span(at(13), at(14))]
    assert without(busy, at(8), at(15)) == []
    assert without(busy, at(12), at(13)) == busy


def test_a_full_day_leads_to_the_next_one() -> None:
    tuesday = MONDAY + timedelta(days=1)
    busy = [Span(at(0), at(23))]
    assert starts(busy, days=2)[0] == at(9, day=tuesday)


def test_nothing_is_suggested_in_the_past_or_at_week_ends() -> None:
    assert starts([], not_before=at(14, 10)) == [at(14, 30), at(15, 30)]
    assert starts([], days=2, first=date(2026, 3, 7)) == []


def test_what_is_longer_than_a_working_day_fits_nowhere() -> None:
    assert starts([], timedelta(hours=9), days=5) == []


def test_the_working_day_follows_the_clock_of_its_zone() -> None:
    # The clock was put forward on the last Sunday of March.
    monday = date(2026, 3, 30)
    assert starts([], first=monday)[0] == datetime(2026, 3, 30, 7, tzinfo=UTC)


def test_touching_is_no_clash() -> None:
    busy = [Span(at(9), at(10))]
    assert not clashes(busy, at(10), at(11))
    assert clashes(busy, at(9, 59), at(11))


@given(
    st.lists(st.tuples(st.integers(0, 60 * 48), st.integers(1, 600)), max_size=8),
    st.integers(10, 300),
)
def test_every_suggestion_is_free_and_within_working_hours(
    blocks: list[tuple[int, int]], minutes: int
) -> None:
    busy = [
        Span(at(0) + timedelta(minutes=s), at(0) + timedelta(minutes=s + n))
        for s, n in blocks
    ]
    days = [MONDAY + timedelta(days=n) for n in range(2)]
    found = suggest(busy, timedelta(minutes=minutes), days, BERLIN, LONG_AGO)
    for span in found:
        assert not clashes(busy, span.start, span.end)
        assert span.start.astimezone(BERLIN).time() >= WORK[0]
        assert span.end.astimezone(BERLIN).time() <= WORK[1]
    assert found == sorted(found)
