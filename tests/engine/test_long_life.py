"""A short life of an account with all that happens in a long one.

``./dev bench --life`` follows one for 200 days.
"""

from __future__ import annotations

from .long_life import Life


def test_months_of_edits_and_incidents_lose_and_double_nothing():
    life = Life(days=6, seed=7)
    try:
        life.live()
    finally:
        life.close()
    assert life.told[-1].endswith("the user left")
    assert len(life.told) >= 15
