"""The official Python SDK at work against the simulator: a foreign client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.zoho import ZohoSimulator

ROOT = Path(__file__).parents[2]
Steps = dict[str, dict[str, Any]]


def run_round(
    sim: ZohoSimulator, directory: Path, zone: str = "UTC", **change: str
) -> tuple[int, Steps]:
    """Runs the SDK's round in a process of its own; exit code and steps by name."""
    options = {
        "url": sim.url,
        "client-id": sim.client_id,
        "client-secret": sim.client_secret,
        "refresh-token": change.get("refresh_token") or sim.act.make_refresh_token(),
        "directory": str(directory),
    }
    command = [sys.executable, "-m", "tests.simulators.zoho.sdk_round"]
    for name, value in options.items():
        command += [f"--{name}", value]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines, done.stderr
    return done.returncode, {line["step"]: line for line in lines}


@pytest.fixture(scope="module", params=["UTC", "America/New_York"])
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ZohoSimulator, Steps]]:
    """One whole round, with the process in a zone of its own."""
    directory = tmp_path_factory.mktemp("sdk")
    with ZohoSimulator(search_lag=0, keep_bodies=True) as sim:
        code, steps = run_round(sim, directory, request.param)
        assert code == 0, steps
        yield sim, steps


def test_sdk_signs_in_with_a_refresh_token_once(
    played: tuple[ZohoSimulator, Steps],
) -> None:
    sim, _ = played
    assert sim.log.count("oauth/token", "POST") == 1


def test_sdk_reads_users_and_edition(played: tuple[ZohoSimulator, Steps]) -> None:
    _, steps = played
    assert steps["users"]["emails"] == ["integration@fjordlicht.example"]
    assert steps["org"]["edition"] == "enterprise"


def test_sdk_inserts_a_batch(played: tuple[ZohoSimulator, Steps]) -> None:
    _, steps = played
    assert steps["insert"]["status"] == 201
    assert len(set(steps["insert"]["ids"])) == 2


def test_sdk_lists_what_it_inserted(played: tuple[ZohoSimulator, Steps]) -> None:
    _, steps = played
    assert steps["list"]["names"] == ["Holm", "Őry"]


def test_sdk_updates_one_record(played: tuple[ZohoSimulator, Steps]) -> None:
    _, steps = played
    assert steps["update"]["status"] == 200
    assert steps["update"]["ids"] == steps["insert"]["ids"][:1]


def test_sdk_lists_changes_since_an_instant(
    played: tuple[ZohoSimulator, Steps],
) -> None:
    _, steps = played
    assert steps["list since"]["ids"] == sorted(steps["insert"]["ids"])


def test_sdk_takes_304_for_nothing_changed(
    played: tuple[ZohoSimulator, Steps],
) -> None:
    _, steps = played
    assert steps["list unchanged"]["status"] == 304
    assert steps["list unchanged"]["body"] is None


def test_sdk_reads_a_whole_record(played: tuple[ZohoSimulator, Steps]) -> None:
    _, steps = played
    record = steps["get"]
    assert record["last"] == "Holm-Vester"
    assert record["account"] == "Holm & Söhne <KG>"
    assert record["tags"] == ["Private"]
    assert record["owner"] == "integration@fjordlicht.example"


def test_sdk_upserts_on_the_email(played: tuple[ZohoSimulator, Steps]) -> None:
    _, steps = played
    assert steps["upsert"]["status"] == 200
    assert steps["upsert"]["ids"] == steps["insert"]["ids"][:1]


def test_sdk_sees_a_refused_record_as_an_item(
    played: tuple[ZohoSimulator, Steps],
) -> None:
    _, steps = played
    assert steps["refused"]["status"] == 400
    assert steps["refused"]["code"] == "INVALID_DATA"
    assert steps["refused"]["details"]["api_name"] == "Phone"


def test_sdk_searches_by_email(played: tuple[ZohoSimulator, Steps]) -> None:
    _, steps = played
    assert steps["search"]["ids"] == steps["insert"]["ids"][1:]


def test_sdk_deletes_and_lists_the_deleted(
    played: tuple[ZohoSimulator, Steps],
) -> None:
    sim, steps = played
    assert steps["delete"]["ids"] == steps["insert"]["ids"]
    assert steps["deleted"]["ids"] == sorted(steps["insert"]["ids"])
    left = {r["id"] for r in sim.records("Contacts")}
    assert not left & {str(i) for i in steps["delete"]["ids"]}


def test_sdk_takes_204_for_an_empty_list(
    played: tuple[ZohoSimulator, Steps],
) -> None:
    _, steps = played
    assert steps["list empty"]["status"] == 204


def test_sdk_sends_json_without_content_type_and_ids_as_numbers(
    played: tuple[ZohoSimulator, Steps],
) -> None:
    sim, _ = played
    sent = sim.log.select("Contacts", "PUT")[0]
    assert "application/json" not in sent.headers.get("Content-Type", "")
    body = json.loads(sent.request_body or b"")
    assert isinstance(body["data"][0]["id"], int)


def test_sdk_run_sends_no_mail_with_empty_triggers(
    played: tuple[ZohoSimulator, Steps],
) -> None:
    sim, _ = played
    assert sim.log.mails == []


ACTIVITIES = pytest.mark.parametrize("module", ["Tasks", "Events"])


@ACTIVITIES
def test_sdk_plays_insert_list_update_delete_with_activities(
    played: tuple[ZohoSimulator, Steps], module: str
) -> None:
    _, steps = played
    ids = steps[f"{module} insert"]["ids"]
    assert len(set(ids)) == 2
    assert len(steps[f"{module} list"]["titles"]) == 2
    assert steps[f"{module} update"]["ids"] == ids[:1]
    assert steps[f"{module} list since"]["count"] == 2
    assert steps[f"{module} list unchanged"]["status"] == 304
    assert steps[f"{module} delete"]["ids"] == ids
    assert steps[f"{module} deleted"]["ids"] == ids


def test_sdk_reads_a_task_and_that_it_was_closed(
    played: tuple[ZohoSimulator, Steps],
) -> None:
    _, steps = played
    task = steps["Tasks get"]
    assert (task["title"], task["due"]) == ("Call Anna", "2026-07-20")
    assert (task["state"], task["closed"]) == ("In Progress", None)
    assert task["alarm"].endswith("TRIGGER=DATE-TIME:2026-07-18T09:15:00+02:00")
    changed = steps["Tasks list since"]
    assert changed["state"] == "Completed"
    assert changed["closed"] is not None


def test_sdk_gets_an_item_for_each_occurrence(
    played: tuple[ZohoSimulator, Steps],
) -> None:
    sim, steps = played
    assert steps["Tasks series"]["count"] == 4
    assert [r["Due_Date"] for r in sim.records("Tasks")] == [
        "2026-07-20",
        "2026-07-21",
        "2026-07-22",
        "2026-07-23",
    ]


def test_sdk_reads_a_meeting_with_its_people(
    played: tuple[ZohoSimulator, Steps],
) -> None:
    sim, steps = played
    meeting = steps["Events get"]
    assert meeting["start"] == "2026-07-20 09:00:00+00:00"
    assert meeting["reminders"] == [[15, "minutes"]]
    (guest,) = sim.records("Contacts")
    assert meeting["people"] == [
        ["contact", guest["id"], "not_known", False],
        ["email", "pia@zylker.example", "not_known", False],
    ]


def test_sdk_reads_an_all_day_meeting_from_midnight_of_the_users_zone(
    played: tuple[ZohoSimulator, Steps],
) -> None:
    _, steps = played
    meeting = steps["Events list since"]
    assert meeting["all_day"] is True
    assert meeting["start"] == "2026-07-20 22:00:00+00:00"


def test_sdk_fails_on_a_bad_refresh_token(tmp_path: Path) -> None:
    with ZohoSimulator() as sim:
        code, steps = run_round(sim, tmp_path, refresh_token="1000.bad.token")
    assert code == 1
    assert "invalid_code" in steps["failed"]["why"]
