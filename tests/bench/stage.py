"""Where the bench plays: a database with the addon, both simulators, Odoo."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.simulators.common import ControlClient
from tools import cache, databases, demo, odoo, packages, ui
from tools.postgres import start_postgres

from . import machine

DATABASE = "nzs_bench"
#: A pass over everybody that takes longer has failed.
PASS_SECONDS = 1200


class Stage:
    """Lives as long as the block of ``open_stage``.

    :param urls: ``domino``, ``zoho``.
    """

    def __init__(self, database: str, folder: Path, stack: ExitStack) -> None:
        self.database = database
        self.folder = folder
        self.urls: dict[str, str] = {}
        self.client: dict[str, str] = {}
        for name in ("domino", "zoho"):
            ready = stack.enter_context(_simulator(name, folder / f"{name}.log"))
            self.urls[name] = ready.pop("url")
            self.client.update(ready)

    def odoo(self, function: str, *values: Any) -> Any:
        """Call a function of ``tests.bench.odoo_side`` in Odoo's shell."""
        script = (
            "import json\n"
            "from tests.bench import odoo_side\n"
            f"values = json.loads({json.dumps(values)!r})\n"
            f"print(json.dumps(odoo_side.{function}(env, *values)))\n"
        )
        printed = databases.run_script(self.database, script)
        return json.loads(printed.splitlines()[-1])

    def cron_pass(self, share: float, changes: int) -> dict[str, Any]:
        """Everybody is due at once: until Odoo's two lanes have run them all.

        :param share: of the accounts, which changed so many contacts on each side.
        """
        for url in self.urls.values():
            ControlClient(url).clock(advance={"minutes": 10})
        active = self.odoo("be_active", self.urls, share, changes) if share else 0
        before = self.odoo("spent", self.urls)
        for url in self.urls.values():
            ControlClient(url).clear_log()
        self.odoo("all_due")
        log = self.folder / "odoo.log"
        with odoo.odoo_crons(self.database, "--log-level=warn", log=log):
            used = self._until_all_ran(log)
        allowed = odoo.allowed_messages()
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if odoo.is_trouble(line, allowed):
                raise ui.Failure(f"{line}\nOdoo's log of the pass: {log}")
        after = self.odoo("spent", self.urls)
        logs = {name: ControlClient(url, 120).log() for name, url in self.urls.items()}
        return {
            "active": active,
            **used,
            "requests": {name: found["requests"] for name, found in logs.items()},
            "writes": {name: found["writes"] for name, found in logs.items()},
            "counts": {name: found["counts"] for name, found in logs.items()},
            "connections": {
                name: found["peak_connections"] for name, found in logs.items()
            },
            "credits": {
                route: number - before.get(route, 0)
                for route, number in after.items()
                if number > before.get(route, 0)
            },
            "states": self._query(
                "SELECT state || ':' || count(*) FROM notes_zoho_run WHERE id IN "
                "(SELECT last_run_id FROM notes_zoho_account WHERE state = 'connected')"
                " GROUP BY state ORDER BY state"
            ),
        }

    def _query(self, sql: str) -> list[str]:
        return start_postgres().query(sql, self.database)

    def _until_all_ran(self, log: Path) -> dict[str, Any]:
        """Seconds from the first run's start to the last one's end, and the CPU that
        the lanes and their database used."""
        cpu = 0.0
        end = time.monotonic() + PASS_SECONDS
        while time.monotonic() < end:
            time.sleep(1)
            cpu = max(cpu, _cpu_of_lanes(self.database))
            waiting = self._query(
                "SELECT count(*) FROM notes_zoho_account a "
                "LEFT JOIN notes_zoho_run r ON r.id = a.last_run_id "
                "WHERE a.state = 'connected' AND (r.id IS NULL "
                "OR r.state = 'running' OR a.next_run <= now() AT TIME ZONE 'utc')"
            )
            if waiting == ["0"]:
                break
        else:
            raise ui.Failure(f"The pass does not end. Odoo's log: {log}")
        found = self._query(
            "SELECT extract(epoch FROM max(r.finished) - min(r.started)) "
            "FROM notes_zoho_account a JOIN notes_zoho_run r ON r.id = a.last_run_id "
            "WHERE a.state = 'connected'"
        )
        return {"wall": float(found[0]), "cpu": cpu}

    def far_away(self, domino: float, zoho: float) -> None:
        """How much longer (seconds) each answer of a side takes from now on."""
        ControlClient(self.urls["domino"]).latency(domino)
        ControlClient(self.urls["zoho"]).latency(zoho)


@contextmanager
def open_stage(name: str) -> Iterator[Stage]:
    """A database of its own and both simulators, empty but for the connection."""
    database = f"{DATABASE}_{name}"
    folder = cache.cache() / "bench" / name
    folder.mkdir(parents=True, exist_ok=True)
    demo.forget_key(database)
    databases.copy_template(database, databases.with_addon())
    with ExitStack() as stack:
        stack.callback(databases.drop, database)
        stack.callback(demo.forget_key, database)
        stage = Stage(database, folder, stack)
        stage.odoo("connect", stage.urls, stage.client)
        yield stage


def _cpu_of_lanes(database: str) -> float:
    """CPU seconds so far of an Odoo on this database and of what serves it."""
    total = 0.0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
            if f"--database={database}" in command or f" {database} " in command:
                total += machine.cpu_of(int(entry.name))
    return total


@contextmanager
def _simulator(name: str, log: Path) -> Iterator[dict[str, str]]:
    """Run one until the block ends; gives what its first line says."""
    with open(log, "wb") as errors:
        process = subprocess.Popen(
            [str(packages.python()), "-m", "tests.bench.servers", name],
            cwd=cache.ROOT,
            env={**os.environ, "PYTHONPATH": str(cache.ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise ui.Failure(f"The {name} simulator does not start: {log}")
        yield json.loads(line)
    finally:
        process.terminate()
        process.wait(20)
