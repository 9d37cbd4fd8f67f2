"""Tasks over HTTP with the mapping that the addon uses: what Zoho takes and gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from notes_zoho_sync.services.mapping import zoho as mapping
from notes_zoho_sync.services.reasons import Reason
from notes_zoho_sync.services.records import (
    Reminder,
    Status,
    Task,
    TaskDates,
    task_kind,
)
from notes_zoho_sync.services.sync.item import Change, Item, NewRecord, Written
from notes_zoho_sync.services.zoho.companies import Companies
from notes_zoho_sync.services.zoho.metadata import current_user
from notes_zoho_sync.services.zoho.records import Records
from notes_zoho_sync.services.zoho.side import ZohoSide

from .test_zoho_mapped import Mapped

KIND = task_kind()
AT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
WHOLE = Task(
    "Angebot <schicken> & nachfassen",
    Status("In Progress"),
    TaskDates(due=date(2026, 5, 6)),
    "Medium",
    "Erste Zeile\nzweite <b>Zeile</b> & mehr\n漢字",
    Reminder(AT),
)


@pytest.fixture
def bench() -> Iterator[Mapped]:
    made = Mapped()
    yield made
    made.close()


@pytest.fixture
def side(bench: Mapped) -> ZohoSide:
    return bench.side()


def carry(side: ZohoSide, task: Task) -> tuple[Written, tuple[Reason, ...]]:
    """What the engine does with a new to-do: fit, then create."""
    fitted = side.fit("task", task.values(), {})
    [result] = side.create("task", [NewRecord(fitted.values, "k")])
    assert isinstance(result, Written), result
    return result, fitted.remarks


def item_of(side: ZohoSide, key: str) -> Item:
    return side.read("task", [key])[key]


def update(side: ZohoSide, item: Item, **values: Any) -> Any:
    fitted = side.fit("task", values, item.values)
    [result] = side.update(
        "task",
        [Change(item.key, fitted.values, item.values, item.version, item.read_at)],
    )
    return result


def task(bench: Mapped, **values: Any) -> str:
    """A task of Ulla's that somebody made in the CRM."""
    values.setdefault("Subject", "Anrufen")
    made: str = bench.sim.act.create("Tasks", owner=bench.ulla, **values)
    return made


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York", "UTC"])
def test_a_whole_task_comes_back_as_it_was_sent(bench: Mapped, zone: str) -> None:
    for user in (bench.ulla, current_user(bench.session).id):
        bench.sim.act.change_time_zone(user, zone)
    side = bench.side()
    result, remarks = carry(side, WHOLE)
    assert remarks == ()
    item = item_of(side, result.key)
    assert KIND.differing(item.values, WHOLE.values()) == []
    assert item.values.keys() == WHOLE.values().keys()
    held = bench.record(result.key, "Tasks")
    assert (held["Due_Date"], held["Priority"]) == ("2026-05-06", "Normal")
    assert held["Status"] == "In Progress"


def test_the_feed_brings_the_same_task(bench: Mapped, side: ZohoSide) -> None:
    since = side.now()
    result, _ = carry(side, WHOLE)
    [row] = bench.feed().modified("Tasks", since, "").rows
    item = side.parse("task", row.record, side.now())
    assert item.key == result.key
    assert KIND.differing(item.values, WHOLE.values()) == []


def test_every_unit_can_be_changed_and_emptied(bench: Mapped, side: ZohoSide) -> None:
    result, _ = carry(side, WHOLE)
    other = Task("Schreiben", Status("Completed"))
    assert isinstance(
        update(side, item_of(side, result.key), **other.values()), Written
    )
    after = item_of(side, result.key)
    assert KIND.differing(after.values, other.values()) == []
    assert after.values["status"].completed is not None
    again = update(side, after, status=Status("Overdue"))
    assert isinstance(again, Written)
    assert item_of(side, result.key).values["status"] == Status("Not Started")


def test_nobody_gets_mail_from_a_task_and_no_rule_is_touched(
    bench: Mapped, side: ZohoSide
) -> None:
    bench.sim.act.add_workflow("Tasks")
    result, _ = carry(side, WHOLE)
    update(side, item_of(side, result.key), subject="Schreiben", status=Status("Done"))
    assert bench.sim.log.mails == []
    bodies = [entry.request_body or b"" for entry in bench.sim.log.select()]
    assert sum(b"Send_Notification_Email" in body for body in bodies) == 2
    assert not any(b"Recurring_Activity" in body for body in bodies)


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("subject", ""),
        ("subject", "x" * 400),
        ("subject", "\N{SAILBOAT}\N{SHIP}" * 200),
        ("description", "Wort " * 20000),
        ("status", Status("Rejected")),
        ("status", Status("Overdue")),
        ("priority", ""),
        ("dates", TaskDates(due=date(1, 1, 1))),
        ("reminder", None),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_what_zoho_would_refuse_is_made_to_fit(
    bench: Mapped, unit: str, value: Any
) -> None:
    bench.sim.knobs.picklist = "refuse"
    side = bench.side()
    fitted = side.fit("task", {**WHOLE.values(), unit: value}, {})
    [result] = side.create("task", [NewRecord(fitted.values, "k")])
    assert isinstance(result, Written), result
    item = item_of(side, result.key)
    assert KIND.differing(item.values, fitted.values) == []
    assert side.fit("task", fitted.values, {}).values == fitted.values


def test_a_picklist_of_the_organisations_own_is_respected(bench: Mapped) -> None:
    bench.sim.act.change_field("Tasks", "Status", picks=["Offen", "completed"])
    bench.sim.act.change_field("Tasks", "Priority", picks=["High", "Low"])
    bench.sim.knobs.picklist = "refuse"
    side = bench.side()
    result, remarks = carry(side, WHOLE)
    assert [remark.code for remark in remarks] == ["mapping_no_priority"]
    held = bench.record(result.key, "Tasks")
    assert held["Status"] == "Offen"
    update(side, item_of(side, result.key), status=Status("Completed"))
    assert bench.record(result.key, "Tasks")["Status"] == "completed"


def test_what_a_person_did_in_the_crm_is_read(bench: Mapped, side: ZohoSide) -> None:
    key = task(
        bench,
        Due_Date="2026-05-06",
        Status="Waiting for input",
        Priority="Highest",
        Remind_At={"ALARM": "ACTION=EMAIL;TRIGGER=-P1D;TRIGGER_TIME=22:52"},
    )
    item = item_of(side, key)
    assert (
        item.values
        == Task(
            "Anrufen",
            Status("Waiting for input"),
            TaskDates(due=date(2026, 5, 6)),
            "Highest",
            reminder=Reminder(rule="TRIGGER=-P1D;TRIGGER_TIME=22:52"),
        ).values()
    )
    bench.sim.act.complete_task(key)
    done = item_of(side, key).values["status"]
    assert (done.status, done.completed is None) == ("Completed", False)
    bench.sim.act.tag_private("Tasks", key)
    secret = item_of(side, key)
    assert secret.private and secret.values == {}


def test_the_finer_words_of_the_crm_survive_an_edit_in_notes(
    bench: Mapped, side: ZohoSide
) -> None:
    key = task(bench, Status="Waiting for input", Priority="Highest")
    edit = Task("Schreiben", Status("Overdue"), priority="High")
    assert isinstance(update(side, item_of(side, key), **edit.values()), Written)
    held = bench.record(key, "Tasks")
    assert (held["Subject"], held["Status"], held["Priority"]) == (
        "Schreiben",
        "Waiting for input",
        "Highest",
    )


def test_a_series_of_the_crm_is_the_records_it_made(
    bench: Mapped, side: ZohoSide
) -> None:
    rule = "FREQ=DAILY;INTERVAL=1;DTSTART=2026-05-04;UNTIL=2026-05-06"
    bench.sim.act.create_series(
        "Tasks", rule, owner=bench.ulla, Subject="Gießen", Due_Date="2026-05-04"
    )
    keys, more = side.list_keys("task", "")
    assert (len(keys), more) == (3, False)
    days = {item.values["dates"].due for item in side.read("task", keys).values()}
    assert days == {date(2026, 5, day) for day in (4, 5, 6)}


def test_an_old_completed_task_is_marked_for_the_engine(bench: Mapped) -> None:
    key = task(bench)
    bench.sim.act.complete_task(key)
    metadata = bench._metadata()
    for before, marked in ((date(2000, 1, 1), False), (date(2100, 1, 1), True)):
        side = ZohoSide(
            bench.session,
            mapping.for_account(completed_before=before),
            metadata,
            Companies(Records(bench.session), metadata, bench.companies),
            owner=bench.ulla,
            integration_user=current_user(bench.session).id,
        )
        assert (item_of(side, key).skip_new is not None) is marked


def test_five_hundred_tasks_cost_five_calls(bench: Mapped, side: ZohoSide) -> None:
    values = side.fit("task", WHOLE.values(), {}).values
    bench.sim.log.clear()
    side.prepare("task", [values] * 500)
    for start in range(0, 500, 100):
        new = [NewRecord(values, f"k{start + n}") for n in range(100)]
        results = side.create("task", new)
        assert all(isinstance(result, Written) for result in results)
    assert bench.sim.log.count() <= 7
