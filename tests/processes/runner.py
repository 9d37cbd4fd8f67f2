"""Starts workers, each with a stage of its own, and gathers what they tell."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tools import cache, databases, packages, ui
from tools.odoo import odoo_command, odoo_env
from tools.setup import ensure_all

from .postgres import OwnCluster


@dataclass
class Report:
    """How one trial went, with the seconds that its workers took beside each other."""

    trial: str
    points: list[str] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failures(self) -> list[dict[str, Any]]:
        return [outcome for outcome in self.outcomes if outcome["wrong"]]

    @property
    def kills(self) -> Counter[str]:
        """How often a process was killed at each boundary."""
        return Counter(
            " ".join(outcome["point"].split()[:2])
            for outcome in self.outcomes
            if outcome["killed"]
        )

    @property
    def ok(self) -> bool:
        return bool(self.outcomes) and not self.failures and not self.errors

    def plain(self) -> dict[str, Any]:
        return {
            "trial": self.trial,
            "points": len(self.points),
            "killed": sum(self.kills.values()),
            "by_boundary": dict(self.kills),
            "failures": self.failures,
            "errors": self.errors,
            "seconds": round(self.seconds, 1),
        }


def prepare() -> None:
    """All that workers share: packages, Odoo, PostgreSQL, a database with the addon."""
    ensure_all()
    databases.with_addon()


def run(trial: str, jobs: int = 1, options: Sequence[str] = ()) -> Report:
    """Try one trial's points, by so many workers at a time."""
    begun = time.monotonic()
    workers = [
        _worker(trial, [*options, f"--share={number}/{jobs}"])
        for number in range(1, jobs + 1)
    ]
    report = Report(trial)
    for worker in workers:
        printed, errors = worker.communicate()
        for line in printed.splitlines():
            _take(report, json.loads(line))
        if worker.returncode:
            report.errors.append(errors.strip()[-3000:])
    report.outcomes.sort(key=lambda outcome: int(outcome["number"]))
    report.seconds = time.monotonic() - begun
    return report


def _take(report: Report, told: dict[str, Any]) -> None:
    if "points" not in told:
        report.outcomes.append(told)
    elif report.points and len(report.points) != len(told["points"]):
        report.errors.append("the workers do not come by the same points")
    else:
        report.points = told["points"]


def check(*options: str, cluster: OwnCluster | None = None) -> dict[str, list[str]]:
    """The checks that these options ask for: name to what is wrong.

    :param cluster: a PostgreSQL of one's own for them.
    """
    if cluster:
        cluster.copy(databases.with_addon())
    done = subprocess.run(
        command("sync", *options),
        cwd=cache.ROOT,
        env={**odoo_env(), **(cluster.env if cluster else {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ui.Failure(done.stderr.strip()[-3000:])
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return {each["check"]: each["wrong"] for each in told if "check" in each}


def command(trial: str, *options: str) -> list[str]:
    """The command line of a worker."""
    places = [
        o for o in odoo_command() if o.startswith(("--addons-path", "--data-dir"))
    ]
    source = f"--source={databases.with_addon()}"
    python = str(packages.python())
    return [
        *(python, "-m", "tests.processes.worker", trial, source),
        *options,
        *places,
    ]


def _worker(trial: str, options: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(trial, *options),
        cwd=cache.ROOT,
        env=odoo_env(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
