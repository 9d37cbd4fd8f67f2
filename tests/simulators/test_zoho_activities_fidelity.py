"""Tasks and Events of the Zoho simulator against what is known of Zoho CRM v8."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import requests

from tests.simulators.common import Clock
from tests.simulators.zoho import ZohoSimulator

# A Thursday in winter; the integration user's zone is Europe/Berlin.
START = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
LONG_AGO = {"If-Modified-Since": "2020-01-01T00:00:00+00:00"}
MODULES = ("Tasks", "Events")
LIST_FIELDS = {
    "Tasks": "Subject,Due_Date,Status,Priority,Remind_At,Owner,Tag,Modified_Time",
    "Events": "Event_Title,Start_DateTime,End_DateTime,All_day,Participants,Tag",
}


class Api:
    """A plain HTTP client of one simulator."""

    def __init__(self, sim: ZohoSimulator, **token: Any) -> None:
        self.sim = sim
        self.http = requests.Session()
        access = sim.act.make_access_token(**token)
        self.http.headers["Authorization"] = f"Zoho-oauthtoken {access}"

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.http.request(method, f"{self.sim.url}/crm/v8{path}", **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self("GET", path, **more)

    def insert(self, module: str, *items: Any, **keys: Any) -> requests.Response:
        body = {"data": list(items), "trigger": [], **keys}
        return self("POST", f"/{module}", json=body)

    def update(self, module: str, *items: Any, **headers: str) -> requests.Response:
        body = {"data": list(items), "trigger": []}
        return self("PUT", f"/{module}", json=body, headers=headers)

    def made(self, module: str, item: Any) -> str:
        """The id of a record that goes in without a word."""
        return str(good(self.insert(module, item))["id"])

    def changed(self, module: str, record_id: str, **values: Any) -> None:
        good(self.update(module, {"id": record_id, **values}))

    def read(self, module: str, record_id: str, query: str = "") -> dict[str, Any]:
        answer = self.get(f"/{module}/{record_id}{query}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["data"][0]
        return found

    def coql(self, query: str) -> requests.Response:
        return self("POST", "/coql", json={"select_query": query})


def good(answer: requests.Response) -> dict[str, Any]:
    """Details of the one item of an answer, which went well."""
    assert answer.status_code in (200, 201), answer.text
    (item,) = answer.json()["data"]
    assert item["code"] == "SUCCESS"
    details: dict[str, Any] = item["details"]
    return details


def bad(answer: requests.Response) -> tuple[str, dict[str, Any]]:
    """Code and details of the one item of an answer, which was refused."""
    assert answer.status_code == 400, answer.text
    (item,) = answer.json()["data"]
    assert item["status"] == "error"
    return item["code"], item["details"]


def make(**knobs: Any) -> ZohoSimulator:
    return ZohoSimulator(clock=Clock(START, frozen=True), **knobs)


@pytest.fixture
def sim() -> Iterator[ZohoSimulator]:
    with make() as running:
        yield running


@pytest.fixture
def api(sim: ZohoSimulator) -> Api:
    return Api(sim)


def task(subject: str = "Call Anna", **more: Any) -> dict[str, Any]:
    return {"Subject": subject, "Send_Notification_Email": False, **more}


def event(title: str = "Kick-off", **more: Any) -> dict[str, Any]:
    return {
        "Event_Title": title,
        "Start_DateTime": "2026-03-02T10:00:00+01:00",
        "End_DateTime": "2026-03-02T11:00:00+01:00",
        "Meeting_Venue__s": "Online",
        "$send_notification": False,
        **more,
    }


def all_day(start: str, end: str, **more: Any) -> dict[str, Any]:
    more = {"Start_DateTime": start, "End_DateTime": end, "All_day": True, **more}
    return event(**more)


NEW = {"Tasks": task, "Events": event}
NAME = {"Tasks": "Subject", "Events": "Event_Title"}


# -- both modules ------------------------------------------------------------------


@pytest.mark.parametrize("module", MODULES)
def test_record_is_inserted_listed_changed_deleted_and_in_the_deleted_list(
    api: Api, module: str
) -> None:
    key = api.made(module, NEW[module]("First"))
    listed = api.get(f"/{module}?fields={LIST_FIELDS[module]}").json()["data"]
    assert [(r["id"], r[NAME[module]]) for r in listed] == [(key, "First")]
    api.sim.clock.advance(seconds=5)
    api.changed(module, key, **{NAME[module]: "Second", "Description": "a\nb"})
    record = api.read(module, key)
    assert (record[NAME[module]], record["Description"]) == ("Second", "a\nb")
    assert record["Modified_Time"] == "2026-01-15T10:30:05+01:00"
    good(api("DELETE", f"/{module}?ids={key}&wf_trigger=false"))
    assert api.get(f"/{module}/{key}").status_code == 204
    gone = api.get(f"/{module}/deleted?type=all", headers=LONG_AGO).json()["data"]
    assert [(g["id"], g["display_name"], g["type"]) for g in gone] == [
        (key, "Second", "recycle")
    ]
