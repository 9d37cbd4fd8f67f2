"""The invariants of the sync, in memory, in thousands of steps.

``SYNC_EXAMPLES`` and ``SYNC_STEPS`` set how many; ``SYNC_SHRINK=0`` reports a
failure as it was met, ``SYNC_SITUATIONS=0`` does not ask which situations were.
"""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from .machine import ContactMachine
from .situations import SITUATIONS

EXAMPLES = int(os.environ.get("SYNC_EXAMPLES", "1500"))
STEPS = int(os.environ.get("SYNC_STEPS", "20"))
SHRINK = os.environ.get("SYNC_SHRINK") != "0"
ASK_SITUATIONS = os.environ.get("SYNC_SITUATIONS") != "0"


def test_invariants_hold_under_random_edits_faults_and_crashes():
    run_state_machine_as_test(
        ContactMachine,
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
        assert not SITUATIONS.never(), f"never met: {SITUATIONS.never()}"
