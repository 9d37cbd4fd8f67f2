"""The invariants of the sync, in memory, in thousands of steps.

``SYNC_EXAMPLES`` and ``SYNC_STEPS`` set how many, ``SYNC_SEED`` which;
``SYNC_SHRINK=0`` reports a failure as it was met, ``SYNC_SITUATIONS=0`` does not ask
which situations were.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from .left_alone import Calendar, Contacts, Tasks

EXAMPLES = int(os.environ.get("SYNC_EXAMPLES", "240"))
STEPS = int(os.environ.get("SYNC_STEPS", "20"))
SEED = int(os.environ.get("SYNC_SEED", "20260302"))
#: Several small hunts see more than a long one, and a few more follow if a situation
#: was not met yet.
ROUND = 60
MORE_ROUNDS = 20
SHRINK = os.environ.get("SYNC_SHRINK") != "0"
ASK_SITUATIONS = os.environ.get("SYNC_SITUATIONS") != "0"


def explore(machine, examples, start):
    """Random steps until an invariant breaks."""
    run_state_machine_as_test(
        seed(start)(machine),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            phases=list(Phase) if SHRINK else [Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("machine", [Contacts, Tasks, Calendar])
def test_invariants_hold_under_random_edits_faults_and_crashes(machine):
    for begin in range(0, EXAMPLES, ROUND):
        explore(machine, min(ROUND, EXAMPLES - begin), SEED + begin)
    for number in range(MORE_ROUNDS if ASK_SITUATIONS else 0):
        if not machine.situations.never():
            break
        explore(machine, ROUND, SEED + EXAMPLES + number)
    if ASK_SITUATIONS:
        never = machine.situations.never()
        assert not never, f"never met: {never}"
