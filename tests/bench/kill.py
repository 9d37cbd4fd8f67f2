"""``--kill``: a sync whose process dies at each request and each commit, in turn.

Then it is gone on with, and everything must have come right (``tests.processes``).
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from tests.processes import runner
from tools import cache, ui

TRIALS = ("sync", "first sync", "schedule", "reschedule", "cancel")
BOUNDARIES = ("before request", "after request", "before commit", "after commit")
FILE = "kill.json"


def main(names: list[str]) -> int:
    """Try the named trials, or all; 0 when everything came right each time."""
    unknown = [name for name in names if name not in TRIALS]
    if unknown:
        raise ui.Failure(
            f"There is no trial {', '.join(unknown)}; there are {', '.join(TRIALS)}."
        )
    runner.prepare()
    jobs = int(os.environ.get("NZS_JOBS") or os.cpu_count() or 1)
    begun = time.monotonic()
    reports = []
    for name in names or TRIALS:
        with ui.step(f"Killing Odoo at every step of: {name}"):
            reports.append(runner.run(name, jobs))
        _tell_failures(reports[-1])
    seconds = time.monotonic() - begun
    print(_table(reports, seconds))
    print(f"\n{_save(reports, seconds, jobs)}")
    return 0 if all(report.ok for report in reports) else 1


def _tell_failures(report: runner.Report) -> None:
    for error in report.errors:
        print(error)
    for failure in report.failures:
        print(f"{report.trial}: killed {failure['point']}:")
        for line in failure["wrong"]:
            print(f"  {line}")


def _table(reports: list[runner.Report], seconds: float) -> str:
    head = ("trial", "points", *BOUNDARIES, "failures", "seconds")
    rows = [
        (
            report.trial,
            len(report.points),
            *(report.kills[boundary] for boundary in BOUNDARIES),
            len(report.failures) + len(report.errors),
            round(report.seconds),
        )
        for report in reports
    ]
    totals = [sum(int(row[at]) for row in rows) for at in range(1, len(head) - 1)]
    rows.append(("all", *totals, round(seconds)))
    lines = [" | ".join(("---",) * len(head))]
    lines += [" | ".join(str(cell) for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in (" | ".join(head), *lines))


def _save(reports: list[runner.Report], seconds: float, jobs: int) -> Path:
    """The figures as JSON, with the places where it went wrong."""
    figures: dict[str, Any] = {
        "trials": [report.plain() for report in reports],
        "seconds": round(seconds, 1),
        "jobs": jobs,
    }
    path = cache.cache() / FILE
    path.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    return path
