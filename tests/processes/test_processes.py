"""A seeded sample of the kill suite (`./dev bench --kill` does all of it), and what
several processes, or a database in trouble, do to a run.

The workers are started beside each other; each test looks at what one of them found.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from . import runner
from .postgres import OwnCluster

#: How many points of each trial are tried here.
SAMPLES = {"sync": 16, "schedule": 9}
TOGETHER = (
    "lanes_at_the_same_time",
    "people_and_lanes_at_the_same_time",
    "two_hosts_with_crons",
    "killed_and_taken_over",
    "stopped_before_a_write",
    "stopped_after_a_write",
    "stopped_before_a_commit",
    "collisions",
)
Found = dict[str, list[str]]


@pytest.fixture(scope="module")
def workers() -> Iterator[ThreadPoolExecutor]:
    runner.prepare()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        yield pool


@pytest.fixture(scope="module")
def found(workers: ThreadPoolExecutor) -> dict[str, Future[Any]]:
    """What each worker will have found."""
    trials = {
        name: workers.submit(runner.run, name, options=[f"--sample={number}"])
        for name, number in SAMPLES.items()
    }
    checks = [TOGETHER[:3], TOGETHER[3:]]
    some = [workers.submit(runner.check, "--check", *names) for names in checks]
    crashes = workers.submit(_with_crashes)
    return {
        **trials,
        **{name: some[name in checks[1]] for name in TOGETHER},
        "crashes": crashes,
    }


def _with_crashes() -> Found:
    with OwnCluster() as own:
        return runner.check(f"--crash={own.crash_script()}", cluster=own)


@pytest.mark.parametrize("trial", SAMPLES)
def test_a_process_killed_at_any_step_costs_nothing(
    trial: str, found: dict[str, Future[Any]]
) -> None:
    report: runner.Report = found[trial].result()
    assert report.ok, json.dumps(report.plain(), ensure_ascii=False, indent=1)
    assert len(report.outcomes) == SAMPLES[trial]


@pytest.mark.parametrize("check", [*TOGETHER, "crashes"])
def test_processes_and_a_database_do_not_get_in_each_others_way(
    check: str, found: dict[str, Future[Any]]
) -> None:
    assert found[check].result()[check] == []
