"""What calls cost: counted by the hour, over the last 24."""

from datetime import UTC, datetime, timedelta

from notes_zoho_sync.services.zoho.credits import add, allowance, spent

NOW = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


def test_what_was_spent_counts_for_24_hours() -> None:
    hours: dict[str, int] = {}
    for hour in range(30):
        hours = add(hours, 10, NOW + timedelta(hours=hour))
    last = NOW + timedelta(hours=29)
    assert spent(hours, last) == 240
    assert spent(hours, last + timedelta(hours=12)) == 120
    assert spent(hours, last + timedelta(hours=25)) == 0


def test_what_counts_no_more_is_not_kept() -> None:
    hours = add({}, 5, NOW)
    hours = add(hours, 7, NOW + timedelta(minutes=20))
    assert list(hours.values()) == [12]
    assert len(add(hours, 1, NOW + timedelta(days=2))) == 1


def test_an_edition_allows_by_its_users_up_to_a_ceiling() -> None:
    assert allowance("free", 3) == 5_000
    assert allowance("enterprise", 10) == 60_000
    assert allowance("standard", 1_000) == 100_000
    assert allowance("Zoho One", 20) == 70_000
    assert allowance("ultimate", 10_000) == 20_050_000


def test_an_edition_that_is_not_known_allows_nobody_knows_what() -> None:
    assert allowance("", 10) is None
    assert allowance("galaxy", 10) is None
