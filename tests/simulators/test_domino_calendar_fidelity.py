"""The Domino simulator's calendar against the DAS fact sheet, one behaviour a test.

Section numbers are those of the DAS fact sheet; payloads are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.simulators.domino import DominoSimulator

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
