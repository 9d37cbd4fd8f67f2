"""The comparer finds what is wrong with to-dos, and nothing where all is well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.demo.compare_tasks import TaskComparer
from tests.demo.values import Account
from tests.simulators.common.control import plain
from tests.simulators.domino import DominoSimulator
from tests.simulators.zoho import ZohoSimulator

OWNER = "anna@fjordlicht.example"
FILE = "mail/anna.nsf"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
SECRET = "Verschwiegene Sache"


class Both:
    """Two dumps that can be bent."""

    def __init__(self, domino: DominoSimulator, zoho: ZohoSimulator) -> None:
        self.domino = json.loads(json.dumps(domino.dump(), default=plain))
        self.zoho = json.loads(json.dumps(zoho.dump(), default=plain))
        self.direction = "two_way"
        self.apart: list[dict[str, str]] = []

    @property
    def documents(self) -> list[dict[str, Any]]:
        """All of the mail file."""
        found: list[dict[str, Any]] = self.domino["mail_files"][FILE]["documents"]
        return found

    @property
    def records(self) -> list[dict[str, Any]]:
        """All tasks."""
        found: list[dict[str, Any]] = self.zoho["records"]["Tasks"]
        return found

    def record(self, subject: str) -> dict[str, Any]:
        """The task called so."""
        return next(r for r in self.records if r["Subject"] == subject)

    def items(self, subject: str) -> dict[str, Any]:
        """The items of the to-do called so."""
        found: dict[str, Any] = next(
            d["items"] for d in self.documents if d["items"]["Subject"] == [subject]
        )
        return found

    def found(self) -> list[str]:
        """What the comparer says."""
        account = Account("anna", FILE, OWNER, self.direction)
        return TaskComparer(self.domino, self.zoho, [account], self.apart, NOW).all()


@pytest.fixture(scope="module")
def simulators() -> Iterator[tuple[DominoSimulator, ZohoSimulator]]:
    domino, zoho = DominoSimulator(), ZohoSimulator()
    domino.act.add_user("Anna Aalto", short="anna")
    zoho.act.add_user(OWNER, "Anna", "Aalto")
    body = "Erste Zeile\nzweite"
    alarm = {"$Alarm": 1, "$AlarmOffset": -90}
    domino.act.create_todo(
        FILE, "Whole", "2031-03-07", "2031-03-05", body, Importance="1", **alarm
    )
    zoho.act.create(
        "Tasks",
        owner=OWNER,
        Subject="Whole",
        Due_Date="2031-03-07",
        Status="Deferred",
        Priority="Highest",
        Description=body,
        Remind_At={"ALARM": "ACTION=POPUP;TRIGGER=DATE-TIME:2031-03-05T10:30:00+01:00"},
    )
    unid = domino.act.create_todo(FILE, "Done")
    domino.act.complete_todo(unid)
    zoho.act.create("Tasks", owner=OWNER, Subject="Done", Status="Completed")
    unid = domino.act.create_todo(FILE, "Rejected")
    domino.act.reject_todo(unid)
    zoho.act.create("Tasks", owner=OWNER, Subject="Rejected", Status="Deferred")
    domino.act.create_todo(FILE, "")
    zoho.act.create("Tasks", owner=OWNER, Subject="-", Status="Not Started")
    old = datetime(2024, 5, 6, tzinfo=UTC)
    domino.act.create_todo(FILE, "Old", DueState=9, CompletedDateTime=old)
    domino.act.create_todo(FILE, SECRET, OrgConfidential="1")
    domino.act.create_repeating_todo(FILE, "Weekly", "2031-03-07", "FREQ=DAILY;COUNT=2")
    for day in ("2031-03-07", "2031-03-08"):
        zoho.act.create("Tasks", owner=OWNER, Subject="Weekly", Due_Date=day)
    yield domino, zoho


@pytest.fixture
def both(simulators: tuple[DominoSimulator, ZohoSimulator]) -> Both:
    return Both(*simulators)


def test_two_stores_that_mean_the_same_agree(both: Both) -> None:
    assert both.found() == []


@pytest.mark.parametrize(
    ("field", "value", "label"),
    [
        ("Due_Date", "2031-03-08", "due date"),
        ("Due_Date", None, "due date"),
        ("Status", "Completed", "status"),
        ("Priority", "Low", "priority"),
        ("Priority", None, "priority"),
        ("Description", "Erste Zeile", "description"),
        ("Remind_At", None, "reminder"),
        (
            "Remind_At",
            {"ALARM": "TRIGGER=DATE-TIME:2031-03-05T10:31:00+01:00"},
            "reminder",
        ),
    ],
)
def test_each_field_that_differs_is_named(
    both: Both, field: str, value: Any, label: str
) -> None:
    both.record("Whole")[field] = value
    (line,) = both.found()
    assert f"Whole: {label} is" in line


def test_a_completed_to_do_that_is_open_in_zoho_is_found(both: Both) -> None:
    both.record("Done")["Status"] = "In Progress"
    (line,) = both.found()
    assert "Done: status is" in line


def test_a_rejected_to_do_that_was_started_over_is_found(both: Both) -> None:
    both.record("Rejected")["Status"] = "Not Started"
    (line,) = both.found()
    assert "Rejected: status is" in line


def test_an_invented_subject_is_found(both: Both) -> None:
    both.record("-")["Subject"] = "Something"
    assert len(both.found()) == 2


def test_a_to_do_without_a_partner_is_found_on_either_side(both: Both) -> None:
    record = both.record("Whole")
    both.records.remove(record)
    (line,) = both.found()
    assert f"is in Notes and no task of {OWNER} in Zoho" in line
    both.records.append(record)
    document = next(d for d in both.documents if d["items"]["Subject"] == ["Done"])
    both.documents.remove(document)
    (line,) = both.found()
    assert f"the task Done is in Zoho and no to-do in {FILE}" in line


def test_a_duplicate_is_found(both: Both) -> None:
    both.records.append({**both.record("Done"), "id": "1"})
    assert len(both.found()) == 1


def test_one_way_accounts_may_lack_partners_on_the_target_only(both: Both) -> None:
    both.direction = "notes_to_zoho"
    both.records.append({**both.record("Done"), "id": "1"})
    assert both.found() == []
    both.records.clear()
    assert both.found()


def test_each_date_of_a_repeating_to_do_has_its_own_task(both: Both) -> None:
    both.records.remove(both.record("Weekly"))
    assert len(both.found()) == 1


def test_anything_of_a_private_to_do_in_zoho_is_found(both: Both) -> None:
    both.record("Done")["Description"] = f"about {SECRET}"
    both.items("Done")["Body"] = [f"about {SECRET}"]
    assert any("of a private to-do is in Zoho" in line for line in both.found())


def test_anything_of_a_private_task_in_notes_is_found(both: Both) -> None:
    both.record("Whole")["Tag"] = ["Private"]
    both.record("Whole")["Description"] = "Kündigung vorbereiten"
    both.items("Whole")["Body"] = ["Kündigung vorbereiten"]
    assert any("of a private Zoho task" in line for line in both.found())


def test_what_the_story_left_apart_is_no_disagreement(both: Both) -> None:
    both.record("Whole")["Priority"] = "Low"
    key = both.record("Whole")["id"]
    both.apart = [{"id": key, "field": "priority", "why": "so"}]
    assert both.found() == []
    both.apart = [{"id": key, "field": "status", "why": "so"}]
    assert len(both.found()) == 1
