"""The same invariants over HTTP: real services, real connections, both simulators.

``SYNC_HTTP_EXAMPLES`` and ``SYNC_HTTP_STEPS`` set how many, ``SYNC_HTTP_SEED`` which.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from .http_world import FAULTS, HttpBench
from .machine import SIDES, UNITS, ContactMachine
from .situations import Situations

EXAMPLES = int(os.environ.get("SYNC_HTTP_EXAMPLES", "80"))
STEPS = int(os.environ.get("SYNC_HTTP_STEPS", "20"))
SEED = int(os.environ.get("SYNC_HTTP_SEED", "20260302"))
ROUND = 20
MORE_ROUNDS = 12
SHRINK = os.environ.get("SYNC_SHRINK") == "1"
ASK_SITUATIONS = os.environ.get("SYNC_SITUATIONS") != "0"

EDITS = st.lists(
    st.tuples(st.sampled_from([*SIDES, "both"]), st.sampled_from(UNITS)), max_size=3
)

SITUATIONS = Situations(
    (
        "both_changed",
        "crash after commit",
        "crash after writing notes",
        "crash after writing zoho",
        "crash before commit",
        "crash before reading notes",
        "crash before reading zoho",
        "crash before writing notes",
        "crash before writing zoho",
        "cut and pasted",
        "direction",
        "direction changed",
        "edited in mid-run",
        "edited on both sides",
        "ended by OutcomeUnknown",
        "failed reading notes",
        "failed reading zoho",
        "failed writing notes",
        "failed writing zoho",
        "held run",
        "locked unit",
        "mail arrived",
        "metadata changed",
        "owner_changed",
        "policy changed",
        "process died",
        "restored",
        "same person on both sides",
        "slice over",
        "turned private",
        "turned public",
    )
)


class HttpMachine(ContactMachine):
    """The machine in the simulators' world."""

    situations = SITUATIONS
    bench: HttpBench  # type: ignore[assignment]

    def make_bench(self) -> HttpBench:
        return HttpBench()

    def token(self, unit: str = "") -> str:
        """A fax number must be one."""
        token = super().token(unit)
        return f"+49 30 {100000 + self.tokens}" if unit == "fax" else token

    @rule(number=st.sampled_from([1, 3, 40]))
    def mail_arrives(self, number: int) -> None:
        self.bench.notes.mail_arrives(number)
        self.bench.situations["mail arrived"] += 1

    @rule(yes=st.sampled_from([True, False, False, False]))
    def crm_fields_change(self, yes: bool) -> None:
        if yes:
            self.bench.crm_fields_change()
            self.bench.situations["metadata changed"] += 1

    @rule(side=st.sampled_from(SIDES), data=st.data())
    def somebody_is_cut_and_pasted(self, side: str, data: Any) -> None:
        """In Notes whatever stands on the document goes along, our key too."""
        if side == "zoho":
            super().somebody_is_cut_and_pasted(side, data)
            return
        record = self.pick(side, data)
        if record is None:
            return
        copy = self.bench.notes.person_pastes(record.key)
        self.one_more(record)
        self.goes_along(side, record, copy)
        self.bench.situations["cut and pasted"] += 1

    def people_are_busy(self, edits: list[tuple[str, str]], data: Any) -> None:
        """Edits on either side or on both, and somebody new."""
        for side, unit in edits:
            if side == "both":
                self.a_unit_is_edited_on_both_sides(unit, data)
            else:
                self.a_unit_is_edited(side, unit, data)
        self.somebody_is_added(SIDES[len(self.people) % 2], True)

    def run_again(self, again: bool) -> None:
        """Whatever was lost is looked for only after a while."""
        if again:
            self.bench.clock.tick(130)
            self.run()

    @rule(
        edits=EDITS,
        at=st.integers(1, 4),
        fault=st.sampled_from(FAULTS),
        again=st.booleans(),
        data=st.data(),
    )
    def an_answer_is_lost_while_carrying(
        self,
        edits: list[tuple[str, str]],
        at: int,
        fault: str,
        again: bool,
        data: Any,
    ) -> None:
        """The n-th write fails, whatever was read before it."""
        self.people_are_busy(edits, data)
        faults = self.bench.faults
        faults.plan_writes = {faults.writes + at: fault}
        self.run()
        faults.clear()
        self.run_again(again)

    @rule(
        edits=EDITS,
        step=st.integers(1, 8),
        doing=st.sampled_from(["writing", "writing", "commit", "reading", ""]),
        again=st.booleans(),
        data=st.data(),
    )
    def the_process_dies_while_carrying(
        self,
        edits: list[tuple[str, str]],
        step: int,
        doing: str,
        again: bool,
        data: Any,
    ) -> None:
        self.people_are_busy(edits, data)
        self.the_process_dies(step, doing)
        self.run_again(again)

    @rule(
        edits=EDITS,
        at=st.integers(1, 25),
        fault=st.sampled_from(FAULTS),
        again=st.booleans(),
        data=st.data(),
    )
    def the_sync_runs_with_faults(
        self,
        edits: list[tuple[str, str]],
        at: int,
        fault: str,
        again: bool,
        data: Any,
    ) -> None:
        self.people_are_busy(edits, data)
        faults = self.bench.faults
        faults.plan = {faults.calls + at: fault}
        self.run()
        faults.clear()
        self.run_again(again)

    @rule(edits=EDITS, data=st.data())
    def the_sync_runs(self, edits: list[tuple[str, str]], data: Any) -> None:
        self.people_are_busy(edits, data)
        self.run()

    def check_same(self, notes: dict[str, Any], zoho: dict[str, Any]) -> None:
        """By the two stores' own words; nothing of ours has a say."""
        pair = (notes, zoho)
        for unit in UNITS:
            assert notes[unit] == zoho[unit], (unit, *pair)
        assert notes["emails"] == zoho["emails"], pair
        if notes["name"].last:
            assert notes["name"] == zoho["name"], pair
        else:
            assert zoho["name"].last, pair  # stands in; it never comes back

    def teardown(self) -> None:
        try:
            super().teardown()
            for fault, number in self.bench.faults.hit.items():
                act = fault.partition(" ")[2]
                self.situations.count({f"failed {act}": number})
        finally:
            self.bench.close()


def explore(start: int) -> None:
    """Some examples of their own; several small hunts see more than a long one."""
    run_state_machine_as_test(
        seed(start)(HttpMachine),
        settings=settings(
            max_examples=ROUND,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            phases=list(Phase) if SHRINK else [Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_invariants_hold_over_http():
    """At least so many examples, and a few more if a situation was not met yet."""
    for number in range(-(-EXAMPLES // ROUND)):
        explore(SEED + number)
    for number in range(MORE_ROUNDS if ASK_SITUATIONS else 0):
        if not SITUATIONS.never():
            break
        explore(SEED + EXAMPLES + number)
    if ASK_SITUATIONS:
        assert not SITUATIONS.never(), f"never met: {SITUATIONS.never()}"
