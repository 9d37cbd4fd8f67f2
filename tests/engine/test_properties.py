"""The invariants of the sync, in memory, in thousands of steps."""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from .machine import SyncMachine
from .situations import SITUATIONS

EXAMPLES = int(os.environ.get("SYNC_EXAMPLES", "200"))
STEPS = int(os.environ.get("SYNC_STEPS", "40"))


def test_invariants_hold_under_random_edits_faults_and_crashes():
    run_state_machine_as_test(
        SyncMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert not SITUATIONS.never(), f"never met: {SITUATIONS.never()}"
