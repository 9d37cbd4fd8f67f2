"""The invariants for tasks over HTTP (see ``http_machine``)."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from notes_zoho_sync.services.records.task import (
    COMPLETED,
    priority_class,
    status_class,
)

from .http_machine import COMMON, OverHttp, hunt
from .http_world import HttpBench
from .machine import SIDES
from .situations import Situations
from .task_machine import TaskMachine

EXAMPLES = 20


class HttpTaskMachine(OverHttp, TaskMachine):
    """To-dos of the simulated Domino, tasks of the simulated CRM."""

    situations = Situations(
        (
            *COMMON,
            "completed",
            "cut and pasted",
            "held run",
            "kept",
            "locked unit",
            "not_carried",
            "owner_changed",
            "private_copy",
            "reminder set in notes",
            "reminder set in zoho",
            "reopened",
            "repeating",
            "same task on both sides",
        )
    )
    bench: HttpBench  # type: ignore[assignment]

    def make_bench(self) -> HttpBench:
        bench = HttpBench(kinds=("task",))
        bench.old_task_days = 30
        return bench

    @rule(side=st.sampled_from(SIDES), data=st.data())
    def something_is_cut_and_pasted(self, side: str, data: Any) -> None:
        """In Notes whatever stands on the document goes along, our key too."""
        if side == "zoho":
            return
        record = self.pick(side, data)
        if record is None or record.values.get("repeats"):
            return
        copy = self.bench.notes.person_pastes(record.key)
        self.one_more(record)
        self.goes_along(side, record, copy)
        self.bench.situations["cut and pasted"] += 1

    def check_same(self, notes: dict[str, Any], zoho: dict[str, Any]) -> None:
        """By the two stores' own words; nothing of ours has a say."""
        pair = (notes, zoho)
        assert (notes["subject"] or "-") == zoho["subject"], pair
        assert notes["dates"].due == zoho["dates"].due, pair
        words = [values["status"].status for values in pair]
        done = [status_class(word) == COMPLETED for word in words]
        assert done[0] == done[1], pair
        classes = [priority_class(values["priority"]) for values in pair]
        assert classes[0] == classes[1], pair
        texts = [values["description"].strip() for values in pair]
        assert texts[0] == texts[1], pair


def test_invariants_hold_for_tasks_over_http():
    hunt(HttpTaskMachine, EXAMPLES)
