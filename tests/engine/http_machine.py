"""The machines over HTTP: real services, real connections, both simulators.

``SYNC_HTTP_EXAMPLES`` and ``SYNC_HTTP_STEPS`` set how many, ``SYNC_HTTP_SEED`` which;
``SYNC_SHRINK=1`` makes a failure small, ``SYNC_SITUATIONS=0`` asks for no situations.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from .http_world import FAULTS, MINE, HttpBench
from .machine import PLACE, SIDES, Edit, SyncMachine
from .situations import Situations

STEPS = int(os.environ.get("SYNC_HTTP_STEPS", "20"))
SEED = int(os.environ.get("SYNC_HTTP_SEED", "20260302"))
ROUND = 20
MORE_ROUNDS = 12
SHRINK = os.environ.get("SYNC_SHRINK") == "1"
ASK_SITUATIONS = os.environ.get("SYNC_SITUATIONS") != "0"

EDITS = st.lists(st.tuples(st.sampled_from([*SIDES, "both"]), PLACE), max_size=3)
#: At which steps the process dies.
WRITING = [f"{when} writing {side}" for when in ("before", "after") for side in SIDES]
DOING = (*WRITING, "commit", "reading", "")
#: What every machine over HTTP must meet.
COMMON = (
    "both_changed",
    "crash after commit",
    "crash after writing notes",
    "crash after writing zoho",
    "crash before commit",
    "crash before reading notes",
    "crash before reading zoho",
    "crash before writing notes",
    "crash before writing zoho",
    "direction changed",
    "edited in mid-run",
    "edited on both sides",
    "ended by OutcomeUnknown",
    "failed reading notes",
    "failed reading zoho",
    "failed writing notes",
    "failed writing zoho",
    "mail arrived",
    "metadata changed",
    "policy changed",
    "process died",
    "restored",
    "slice over",
    "turned private",
    "turned public",
)


class OverHttp(SyncMachine):
    """A machine in the simulators' world."""

    bench: HttpBench  # type: ignore[assignment]
    #: sides that take a write whatever was saved in the moment before
    unguarded: tuple[str, ...] = ()

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
    def something_is_private_for_a_while(self, side: str, data: Any) -> None:
        self.somebody_turns_private(side, data)
        self.run()
        self.somebody_turns_public(side, data)

    def people_are_busy(self, edits: list[tuple[str, int]], data: Any) -> None:
        """Edits on either side or on both, and something new on each."""
        for side, unit in edits:
            if side == "both":
                self.a_unit_is_edited_on_both_sides(unit, data)
            else:
                self.a_unit_is_edited(side, unit, data)
        for name in SIDES:
            self.somebody_is_added(name, True)

    def run_again(self, again: bool) -> None:
        """Whatever was lost is looked for only after a while."""
        if again:
            self.bench.clock.tick(130)
            self.run()

    @rule(
        edits=EDITS,
        at=st.integers(1, 3),
        fault=st.sampled_from(FAULTS),
        again=st.booleans(),
        data=st.data(),
    )
    def an_answer_is_lost_while_carrying(
        self,
        edits: list[tuple[str, int]],
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
        deaths=st.lists(
            st.tuples(st.sampled_from(DOING), st.sampled_from([1, 1, 1, 2])),
            min_size=2,
            max_size=5,
            unique=True,
        ),
        again=st.booleans(),
        data=st.data(),
    )
    def the_process_dies_while_carrying(
        self,
        edits: list[tuple[str, int]],
        deaths: list[tuple[str, int]],
        again: bool,
        data: Any,
    ) -> None:
        """And once more, while there is much to do again."""
        for doing, step in deaths:
            self.people_are_busy(edits, data)
            self.the_process_dies(step if doing else 9 * step, doing)
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
        edits: list[tuple[str, int]],
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

    @rule(edits=EDITS, at=st.integers(1, 3), data=st.data())
    def somebody_edits_in_mid_run(
        self, edits: list[tuple[str, int]], at: int, data: Any
    ) -> None:
        """A person's edit lands between our reading and our n-th write."""
        self.people_are_busy(edits, data)
        left = [at]

        def act(where: str) -> None:
            left[0] -= where.startswith("before writing")
            if left[0] == 0:
                left[0] = -1
                self.somebody_is_hasty(where)

        self.bench.faults.crash = act
        try:
            self.run()
        finally:
            self.bench.faults.crash = lambda where: None

    def somebody_is_hasty(self, where: str) -> None:
        for name in SIDES:
            if name in where and name in self.unguarded:
                continue
            world = self.side(name)
            mine = [x for x in world.live() if not x.private and x.owner == MINE]
            if mine:
                token = self.token(self.hasty_unit)
                self.supersede(name, mine[0].key, self.hasty_unit)
                world.person_edits(mine[0].key, **{self.hasty_unit: token})
                self.edits.append(Edit(name, mine[0].key, self.hasty_unit, token))
        self.bench.situations["edited in mid-run"] += 1

    @rule(edits=EDITS, data=st.data())
    def the_sync_runs(self, edits: list[tuple[str, int]], data: Any) -> None:
        self.people_are_busy(edits, data)
        self.run()

    def teardown(self) -> None:
        try:
            super().teardown()
            assert self.bench.mails() == [], "somebody got mail"
            for fault, number in self.bench.faults.hit.items():
                act = fault.partition(" ")[2]
                self.situations.count({f"failed {act}": number})
        finally:
            self.bench.close()


def explore(machine: type[SyncMachine], start: int) -> None:
    """Some examples of their own; several small hunts see more than a long one."""
    run_state_machine_as_test(
        seed(start)(machine),
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


def hunt(machine: type[SyncMachine], examples: int) -> None:
    """At least so many examples, and a few more if a situation was not met yet."""
    examples = int(os.environ.get("SYNC_HTTP_EXAMPLES", examples))
    situations: Situations = machine.situations
    for number in range(-(-examples // ROUND)):
        explore(machine, SEED + number)
    for number in range(MORE_ROUNDS if ASK_SITUATIONS else 0):
        if not situations.never():
            break
        explore(machine, SEED + examples + number)
    if ASK_SITUATIONS:
        assert not situations.never(), f"never met: {situations.never()}"
