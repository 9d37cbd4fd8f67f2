"""What this machine is, and what processes use of it (Linux)."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1024 * 1024
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Used:
    """What a piece of work took.

    :param wall: seconds.
    :param cpu: seconds of the processor, user and system, by part.
    :param peak: the most memory that the process had resident (MB).
    :param grown: by how much that is above what it had before (MB).
    """

    wall: float = 0.0
    cpu: float = 0.0
    database_cpu: float = 0.0
    peak: float = 0.0
    grown: float = 0.0


def describe() -> str:
    """Cores, processor, memory and Python; no names of hosts."""
    model = "unknown processor"
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (
        f"{os.cpu_count()} cores of {model}, {pages / 2**30:.0f} GB of memory, "
        f"Linux, Python {platform.python_version()}"
    )


def load() -> float:
    """How many processes wanted to run, over the last minute."""
    return os.getloadavg()[0]


def cpu_of(pid: int) -> float:
    """CPU seconds that a process has used so far; 0 when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def peak_of(pid: int | str = "self") -> float:
    """The most memory that a process had resident (MB)."""
    return _status(pid, "VmHWM")


def resident(pid: int | str = "self") -> float:
    """Resident memory now (MB)."""
    return _status(pid, "VmRSS")


def _status(pid: int | str, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def forget_peak() -> None:
    """Let this process's peak begin anew."""
    Path("/proc/self/clear_refs").write_text("5")


@contextmanager
def measured(backends: Iterable[int] = ()) -> Iterator[Used]:
    """Fill in what the block took of this process.

    :param backends: processes of the database that worked for it.
    """
    used = Used()
    pids = list(backends)
    before = {pid: cpu_of(pid) for pid in pids}
    began = resident()
    forget_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    yield used
    used.cpu = time.process_time() - cpu
    used.wall = time.perf_counter() - wall
    used.database_cpu = sum(cpu_of(pid) - before[pid] for pid in pids)
    used.peak = peak_of()
    used.grown = used.peak - began
