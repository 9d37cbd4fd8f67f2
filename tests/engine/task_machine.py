"""The invariants for tasks: each side's own words, old ones, repeating ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from notes_zoho_sync.services.records.task import (
    COMPLETED,
    IN_PROGRESS,
    NOT_STARTED,
    REJECTED,
    Reminder,
    Status,
    TaskDates,
    status_class,
)

from .machine import SIDES, Edit, Matter, SyncMachine
from .situations import TASK_SITUATIONS
from .todos import TaskBench

STATES = {
    "notes": (NOT_STARTED, REJECTED),
    "zoho": (NOT_STARTED, IN_PROGRESS, "Waiting on someone else", "Deferred"),
}
PRIORITIES = {
    "notes": ("", "High", "Medium", "Low"),
    "zoho": ("", "Highest", "High", "Normal", "Low", "Lowest"),
}
DAYS = st.sampled_from([-60, -3, 0, 1, 7, 40, None])


class TaskMachine(SyncMachine):
    """A user's to-dos and the CRM's tasks."""

    situations = TASK_SITUATIONS
    kind = "task"
    units = ("description",)
    secret_unit = "description"
    hasty_unit = "description"
    bench: TaskBench  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.matters: list[Matter] = []

    def make_bench(self) -> TaskBench:
        return TaskBench()

    def matter(self) -> Matter:
        self.matters.append(Matter(f"Matter {len(self.matters)}."))
        return self.matters[-1]

    def due(self, days: int | None, start: bool = False) -> TaskDates:
        if days is None:
            return TaskDates()
        day = self.bench.clock.at.date() + timedelta(days=days)
        return TaskDates(day - timedelta(days=2) if start else None, day)

    def matters_of(self, record: Any) -> list[Matter]:
        subject = record.values["subject"]
        return [x for x in self.matters if subject.startswith(x.title)]

    def one_more(self, record: Any) -> None:
        for matter in self.matters_of(record):
            matter.births += 1

    # -- people

    @initialize(
        where=st.lists(st.sampled_from(["notes", "zoho", "both"]), max_size=5),
        synced=st.booleans(),
    )
    def a_list(self, where: list[str], synced: bool) -> None:
        for place in where:
            if place == "both":
                self.something_is_added_on_both_sides(1)
            else:
                self.somebody_is_added(place, True)
        if synced:
            self.run()

    @rule(side=st.sampled_from(SIDES), named=st.booleans())
    def somebody_is_added(self, side: str, named: bool) -> None:
        token = self.token()
        record = self.side(side).person_creates(
            subject=self.matter().title if named else "",
            dates=self.due(len(self.matters) % 5, side == "notes"),
            description=token,
        )
        self.edits.append(Edit(side, record.key, "description", token))

    @rule(days=DAYS)
    def something_is_added_on_both_sides(self, days: int | None) -> None:
        values = {"subject": self.matter().title, "dates": self.due(days)}
        for side in SIDES:
            self.side(side).person_creates(**values)
        self.bench.situations["same task on both sides"] += 1

    @rule(mirrored=st.booleans())
    def twins_are_added(self, mirrored: bool) -> None:
        """Two alike here, one there, none equal to another."""
        sides = SIDES[::-1] if mirrored else SIDES
        matter = self.matter()
        matter.births = 3
        for side in (sides[0], sides[0], sides[1]):
            token = self.token()
            record = self.side(side).person_creates(
                subject=matter.title, dates=self.due(1), description=token
            )
            self.edits.append(Edit(side, record.key, "description", token))

    @rule(
        side=st.sampled_from(SIDES),
        ago=st.sampled_from([31, 200]),
        both=st.booleans(),
    )
    def something_was_done_long_ago(self, side: str, ago: int, both: bool) -> None:
        matter = self.matter()
        # Each of two that are left alone may come back on its own.
        matter.births = 2 if both else 1
        done = Status(COMPLETED, self.bench.clock.at - timedelta(days=ago))
        for name in SIDES if both else (side,):
            self.side(name).person_creates(
                subject=matter.title, dates=self.due(-ago), status=done
            )

    @rule(side=st.sampled_from(SIDES), seen=st.booleans())
    def something_done_long_ago_is_reopened(self, side: str, seen: bool) -> None:
        self.something_was_done_long_ago(side, 31, False)
        if seen:
            self.run()
        record = self.side(side).live()[-1]
        self.side(side).person_edits(record.key, status=Status(NOT_STARTED))
        self.bench.situations["reopened after long"] += 1

    @rule(number=st.integers(1, 3), days=st.integers(0, 5))
    def something_repeats(self, number: int, days: int) -> None:
        self.bench.notes.person_makes_repeating(
            [self.due(days + 7 * n) for n in range(number)],
            subject=self.matter().title,
        )
        self.bench.situations["repeating"] += 1

    @rule(side=st.sampled_from(SIDES), data=st.data())
    def something_is_completed(self, side: str, data: Any) -> None:
        record = self.pick(side, data)
        if record is not None:
            done = Status(COMPLETED, self.bench.clock.at)
            self.side(side).person_edits(record.key, status=done)
            self.bench.situations["completed"] += 1

    @rule(side=st.sampled_from(SIDES), data=st.data())
    def something_is_reopened(self, side: str, data: Any) -> None:
        record = self.pick(side, data)
        if record is None:
            return
        if status_class(record.values["status"].status) == COMPLETED:
            self.side(side).person_edits(record.key, status=Status(NOT_STARTED))
            self.bench.situations["reopened"] += 1

    @rule(side=st.sampled_from(SIDES), word=st.integers(0, 3), data=st.data())
    def a_state_is_chosen(self, side: str, word: int, data: Any) -> None:
        record = self.pick(side, data)
        if record is not None:
            words = STATES[side]
            chosen = Status(words[word % len(words)])
            self.side(side).person_edits(record.key, status=chosen)

    @rule(side=st.sampled_from(SIDES), word=st.integers(0, 5), data=st.data())
    def a_priority_is_chosen(self, side: str, word: int, data: Any) -> None:
        record = self.pick(side, data)
        if record is not None:
            words = PRIORITIES[side]
            chosen = words[word % len(words)]
            self.side(side).person_edits(record.key, priority=chosen)

    @rule(side=st.sampled_from(SIDES), days=DAYS, data=st.data())
    def a_due_date_is_moved(self, side: str, days: int | None, data: Any) -> None:
        record = self.pick(side, data)
        if record is None:
            return
        start = record.values["dates"].start
        due = self.due(days).due
        if start is not None and due is not None and due < start:
            start = due
        self.side(side).person_edits(record.key, dates=TaskDates(start, due))
        self.one_more(record)

    @rule(side=st.sampled_from(SIDES), data=st.data())
    def something_is_renamed(self, side: str, data: Any) -> None:
        record = self.pick(side, data)
        matters = self.matters_of(record) if record is not None else []
        if not matters:
            return
        token = self.token()
        self.one_more(record)
        self.supersede(side, record.key, "subject")
        subject = f"{matters[0].title} {token}"
        self.side(side).person_edits(record.key, subject=subject)
        self.edits.append(Edit(side, record.key, "subject", token))

    @rule(
        side=st.sampled_from(SIDES),
        hours=st.sampled_from([None, 2, 30]),
        data=st.data(),
    )
    def a_reminder_is_set(self, side: str, hours: int | None, data: Any) -> None:
        record = self.pick(side, data)
        if record is None:
            return
        at = self.bench.clock.at.replace(second=0, microsecond=0)
        reminder = Reminder(at + timedelta(hours=hours)) if hours else None
        self.side(side).person_edits(record.key, reminder=reminder)
        self.bench.situations[f"reminder set in {side}"] += reminder is not None

    @rule(data=st.data())
    def a_description_gets_a_picture(self, data: Any) -> None:
        record = self.pick("notes", data)
        if record is not None:
            token = self.token()
            self.supersede("notes", record.key, "description")
            self.side("notes").person_edits(record.key, description=f"{token}<img>")
            self.edits.append(Edit("notes", record.key, "description", token))
            self.bench.situations["locked unit"] += 1

    @rule(side=st.sampled_from(SIDES), data=st.data())
    def something_is_cut_and_pasted(self, side: str, data: Any) -> None:
        record = self.pick(side, data)
        if record is None or record.values.get("repeats"):
            return
        self.side(side).person_deletes(record.key)
        copy = self.side(side).person_creates(**record.values)
        self.one_more(record)
        if side == "zoho":
            copy.owner = record.owner
        self.goes_along(side, record, copy)
        self.bench.situations["cut and pasted"] += 1

    @rule(data=st.data())
    def a_repeating_one_is_changed_in_the_crm(self, data: Any) -> None:
        """Only Notes knows the rule that its dates hang on."""
        self.something_repeats(1, 2)
        self.run()
        pairs = [
            link.zoho.key
            for link in self.bench.links
            if link.state == "linked"
            and self.lives("zoho", link.zoho.key)
            and self.lives("notes", link.notes.key)
            and self.bench.notes.records[link.notes.key].values.get("repeats")
        ]
        if not pairs:
            return
        key = pairs[data.draw(st.integers(0, len(pairs) - 1), label="pair")]
        record = self.bench.zoho.records[key]
        if record.private or record.owner != "1":
            return
        if data.draw(st.booleans(), label="delete"):
            self.bench.zoho.person_deletes(key)
            self.supersede("zoho", key)
        else:
            done = Status(COMPLETED, self.bench.clock.at)
            self.bench.zoho.person_edits(key, status=done)
        self.run()

    # -- what must hold

    def check_no_duplicates(self) -> None:
        for matter in self.matters:
            for side in SIDES:
                held: dict[Any, int] = {}
                for record in self.side(side).live():
                    if record.values["subject"].startswith(matter.title):
                        due = record.values["dates"].due
                        held[due] = held.get(due, 0) + 1
                for due, number in held.items():
                    told = f"{matter.title} {due} {number} times in {side}"
                    assert number <= matter.births, told
