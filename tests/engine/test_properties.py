"""The invariants of the sync, in memory, in thousands of steps.

``SYNC_EXAMPLES`` and ``SYNC_STEPS`` set how many; ``SYNC_SHRINK=0`` reports a
failure as it was met, ``SYNC_SITUATIONS=0`` does not ask which situations were.
"""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from .calendar_machine import CalendarMachine
from .machine import ContactMachine
from .task_machine import TaskMachine

EXAMPLES = int(os.environ.get("SYNC_EXAMPLES", "1500"))
STEPS = int(os.environ.get("SYNC_STEPS", "20"))
SHRINK = os.environ.get("SYNC_SHRINK") != "0"
ASK_SITUATIONS = os.environ.get("SYNC_SITUATIONS") != "0"


def hunt(machine):
    """Random steps until an invariant breaks; every named situation must be met."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            report_multiple_bugs=False,
            phases=list(Phase) if SHRINK else [Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    if ASK_SITUATIONS:
        never = machine.situations.never()
        assert not never, f"never met: {never}"


def test_invariants_hold_under_random_edits_faults_and_crashes():
    hunt(ContactMachine)


def test_invariants_hold_for_calendars():
    hunt(CalendarMachine)


def test_invariants_hold_for_tasks():
    hunt(TaskMachine)
