"""To-dos over HTTP with the mapping that the addon uses: what each side sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notes_zoho_sync.services.domino.side import DominoSide
from notes_zoho_sync.services.errors import ChangedMeanwhile
from notes_zoho_sync.services.mapping import notes
from notes_zoho_sync.services.mapping.metadata import documented
from notes_zoho_sync.services.records import (
    Reminder,
    Status,
    Task,
    TaskDates,
    task_kind,
)
from notes_zoho_sync.services.sync.item import (
    EXISTENCE,
    Change,
    Identified,
    Item,
    NewRecord,
    Removal,
    Written,
)
from tests.simulators.domino import DominoSimulator

from .domino_support import INSTALLATION, MAIL, USER, connect, server, side_of

BERLIN = ZoneInfo("Europe/Berlin")
KIND = task_kind()
INSTANT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def domino() -> Iterator[DominoSimulator]:
    with server(zone="Europe/Berlin") as simulator:
        yield simulator


@pytest.fixture
def side(domino: DominoSimulator) -> DominoSide:
    return task_side(domino)


def today(domino: DominoSimulator) -> date:
    moment: datetime = domino.clock.now()
    return moment.astimezone(BERLIN).date()


def task_side(domino: DominoSimulator, **options: Any) -> DominoSide:
    mapping = notes.for_org(documented, BERLIN, today=today(domino), **options)
    return side_of(
        connect(domino),
        mapping=mapping,
        kinds={"task": KIND},
        views={"task": "($ToDo)"},
    )


def item_of(side: DominoSide, unid: str) -> Item:
    [(_, item)] = side.read("task", [unid])
    assert item is not None
    return item


def new(side: DominoSide, task: Task, key: str = "1:Tasks:7:1") -> Written:
    fitted = side.fit("task", task.values(), {})
    [result] = side.create("task", [NewRecord(fitted.values, key)])
    assert isinstance(result, Written), result
    return result


def carry(side: DominoSide, item: Item, **values: Any) -> Any:
    """What the engine does with an edit of the CRM's."""
    fitted = side.fit("task", values, item.values).values
    [result] = side.update(
        "task", [Change(item.key, fitted, item.values, item.version, INSTANT)]
    )
    return result


def items(domino: DominoSimulator, unid: str) -> dict[str, Any]:
    found: dict[str, Any] = domino.document(unid)["items"]
    return found


# -- reading ---------------------------------------------------------------------------


def test_what_a_person_enters_in_notes_is_read(
    domino: DominoSimulator, side: DominoSide
) -> None:
    day = today(domino)
    unid = domino.act.create_todo(
        MAIL,
        "Send the offer",
        due=day + timedelta(days=2),
        start=day - timedelta(days=1),
        body="To Ida",
        Importance="1",
        **{"$Alarm": 1, "$AlarmOffset": -30},
    )
    item = item_of(side, unid)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)
    alarm = noon - timedelta(days=1, minutes=30)
    assert (
        item.values
        == Task(
            "Send the offer",
            Status("In Progress"),
            TaskDates(None, day + timedelta(days=2)),
            "High",
            "To Ida",
            Reminder(alarm.astimezone(UTC)),
        ).values()
    )
    assert item.values["dates"].start == day - timedelta(days=1)
    assert not item.locked and not item.remarks


def test_completing_and_reopening_is_seen(
    domino: DominoSimulator, side: DominoSide
) -> None:
    unid = domino.act.create_todo(MAIL, "Call")
    domino.act.complete_todo(unid)
    status = item_of(side, unid).values["status"]
    assert (status.status, status.completed is None) == ("Completed", False)
    domino.act.reopen_todo(unid)
    assert item_of(side, unid).values["status"] == Status("Not Started")
    domino.act.reject_todo(unid)
    assert item_of(side, unid).values["status"] == Status("Rejected")


def test_a_to_do_is_identified_by_its_form(
    domino: DominoSimulator, side: DominoSide
) -> None:
    unid = domino.act.create_todo(MAIL, "Call")
    other = domino.act.create_contact(MAIL, FirstName="Ida", LastName="Holm")
    assert side.identify([unid, other]) == {unid: Identified("task", unid)}
    assert side.holds("task", 1)
    assert side.list_keys("task").keys == (unid,)


def test_waiting_private_and_repeating_to_dos_are_told_apart(
    domino: DominoSimulator, side: DominoSide
) -> None:
    boss = domino.act.add_user("Bo Chef", "x")
    domino.act.create_group_todo(boss, "Write the report", [USER])
    own = domino.act.create_group_todo(MAIL, "Paint", ["Bo Chef"])
    secret = domino.act.create_todo(MAIL, "Secret", OrgConfidential="1")
    parent, first, second = domino.act.create_repeating_todo(
        MAIL, "Water", today(domino), "FREQ=WEEKLY;COUNT=2"
    )
    read = {}
    for unid in (document["unid"] for document in domino.documents(MAIL)):
        read[unid] = item_of(side, unid)
    waiting = [i for i in read.values() if i.skip and i.skip.code == "skip_waiting"]
    assert len(waiting) == 1
    domino.act.accept_todo(waiting[0].key)
    assert item_of(side, waiting[0].key).skip is None
    assert [r.code for r in read[own].remarks] == ["mapping_assignees"]
    assert read[secret].private and read[secret].values == {}
    assert read[parent].skip is not None and read[parent].skip.code == "skip_rule"
    days = [read[unid].values["dates"].due for unid in (first, second)]
    assert days == [today(domino), today(domino) + timedelta(days=7)]
    assert EXISTENCE in read[first].locked and "subject" in read[second].locked


# -- writing ---------------------------------------------------------------------------


def test_a_task_of_the_crm_becomes_a_to_do_that_reads_the_same(
    domino: DominoSimulator, side: DominoSide
) -> None:
    day = today(domino) + timedelta(days=3)
    task = Task(
        "Send <the> offer",
        Status("Waiting for input"),
        TaskDates(due=day),
        "Lowest",
        "a < b\n& c",
        Reminder(rule="TRIGGER=-P1D"),
    )
    result = new(side, task)
    item = item_of(side, result.key)
    assert KIND.differing(item.values, task.values()) == ["reminder"]
    assert item.sync_key == "1:Tasks:7:1"
    assert item.installation == INSTALLATION
    assert not item.locked
    held = items(domino, result.key)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)
    for name in ("DueDate", "DueDateTime", "EndDate"):
        assert held[name] == [noon]
    assert held["DueState"] == [2]
    assert side.list_keys("task").keys == (result.key,)


def test_every_unit_can_be_changed_and_emptied(
    domino: DominoSimulator, side: DominoSide
) -> None:
    day = today(domino)
    unid = domino.act.create_todo(
        MAIL, "Call", due=day, start=day, body="Old", Importance="1"
    )
    at = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
    task = Task(
        "Write", Status("Completed", at), TaskDates(due=date(2026, 1, 3)), "Low"
    )
    values = {unit: v for unit, v in task.values().items() if unit != "reminder"}
    domino.clock.advance(seconds=2)
    result = carry(side, item_of(side, unid), **values)
    assert isinstance(result, Written) and result.values is not None
    assert KIND.differing(result.values, values) == []
    assert result.values["status"].completed == at
    # The start went along, since nothing starts after it is due.
    assert result.values["dates"].start == date(2026, 1, 3)
    domino.clock.advance(seconds=2)
    empty = {**values, "dates": TaskDates(), "priority": "", "status": Status("")}
    result = carry(side, item_of(side, unid), **empty)
    assert isinstance(result, Written) and result.values is not None
    assert KIND.differing(result.values, empty) == []
    assert items(domino, unid)["CompletedDateTime"] == [""]


def test_writing_is_no_change_next_time(
    domino: DominoSimulator, side: DominoSide
) -> None:
    result = new(side, Task("Call", dates=TaskDates(due=today(domino))))
    item = item_of(side, result.key)
    assert (item.version, item.stamp) == (result.version, result.stamp)
    assert result.values is not None
    assert KIND.differing(item.values, result.values) == []
    written = domino.log.writes()
    assert isinstance(carry(side, item, subject="Call"), Written)
    assert domino.log.writes() == written


def test_what_a_person_changed_meanwhile_is_not_overwritten(
    domino: DominoSimulator, side: DominoSide
) -> None:
    unid = domino.act.create_todo(MAIL, "Call", due=today(domino))
    domino.clock.advance(seconds=2)
    item = item_of(side, unid)
    domino.clock.advance(seconds=2)
    domino.act.complete_todo(unid)
    domino.clock.advance(seconds=2)
    assert isinstance(carry(side, item, subject="Write"), ChangedMeanwhile)
    assert item_of(side, unid).values["status"].status == "Completed"


def test_formatted_text_and_unknown_items_survive(
    domino: DominoSimulator, side: DominoSide
) -> None:
    html = "<p><b>bold</b></p>"
    unid = domino.act.create_todo(
        MAIL,
        "Call",
        Body={"type": "richtext", "html": html},
        Categories=["CRM"],
        KeepPosted="1",
    )
    domino.clock.advance(seconds=2)
    item = item_of(side, unid)
    assert item.locked.keys() == {"description"}
    before = items(domino, unid)
    assert isinstance(carry(side, item, subject="Write"), Written)
    after = items(domino, unid)
    assert {n for n in before if before[n] != after.get(n)} == {"Subject"}


def test_a_deleted_to_do_is_gone(domino: DominoSimulator, side: DominoSide) -> None:
    unid = domino.act.create_todo(MAIL, "Call")
    domino.clock.advance(seconds=2)
    item = item_of(side, unid)
    [result] = side.delete("task", [Removal(unid, item.version, INSTANT)])
    assert isinstance(result, Written)
    assert side.list_keys("task").keys == ()


def test_an_old_completed_to_do_is_marked_for_the_engine(
    domino: DominoSimulator,
) -> None:
    unid = domino.act.create_todo(MAIL, "Call")
    domino.act.complete_todo(unid)
    status = item_of(task_side(domino), unid).values["status"]
    day = status.completed.date()
    fresh = item_of(task_side(domino, completed_before=day), unid)
    old = item_of(task_side(domino, completed_before=day + timedelta(days=2)), unid)
    assert fresh.skip_new is None
    assert old.skip_new is not None and old.skip_new.code == "skip_done"


def test_to_dos_cost_a_request_each_and_a_page_a_thousand(
    domino: DominoSimulator, side: DominoSide
) -> None:
    unids = [domino.act.create_todo(MAIL, f"T{n}") for n in range(120)]
    side.list_keys("task")
    domino.log.clear()
    assert set(side.list_keys("task").keys) == set(unids)
    assert len(dict(side.read("task", unids))) == 120
    assert domino.log.count() <= 123
