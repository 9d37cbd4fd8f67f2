"""What servers say of time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notes_zoho_sync.services.instants import (
    LONGEST_WAIT,
    bounded_wait,
    from_iso,
    http_date,
    retry_after,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("9" * 40, LONGEST_WAIT),
        ("Mon, 02 Mar 2026 12:01:30 GMT", 90.0),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0.0),
        ("Fri, 02 Mar 2096 12:00:00 GMT", LONGEST_WAIT),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_wait_is_seconds_or_until_a_date_and_bounded(text, seconds):
    assert retry_after(text, NOON) == seconds


@pytest.mark.parametrize(
    ("seconds", "wait"),
    [(-3, 0.0), (2.5, 2.5), (10**9, LONGEST_WAIT), (float("inf"), LONGEST_WAIT)],
)
def test_no_wait_is_negative_or_longer_than_a_day(seconds, wait):
    assert bounded_wait(seconds) == wait


def test_instants_are_in_utc_and_anything_else_is_none():
    assert from_iso("2026-03-02T13:00:00+01:00") == NOON
    assert http_date("Mon, 02 Mar 2026 12:00:00 GMT") == NOON
    for text in ("2026-03-02T13:00:00", "yesterday", "", None, 5):
        assert from_iso(text) is None
    for text in ("yesterday", "", None):
        assert http_date(text) is None
