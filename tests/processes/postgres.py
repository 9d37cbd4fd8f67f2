"""A PostgreSQL of one's own, which may crash while it is used."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tools import cache
from tools.postgres import _Cluster, start_postgres

#: What is committed outlives a crash, as where it matters.
DURABLE = "synchronous_commit = on\nfull_page_writes = on\nfsync = on\n"
#: Run by a worker, which need not know how it was started.
CRASH = """
import subprocess
subprocess.run(
    {command!r},
    check=True,
    cwd="/",
    stdin=subprocess.DEVNULL,
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
    **{who!r},
)
"""


class OwnCluster(_Cluster):
    """Like the one that every `./dev` uses, in a folder that goes with it."""

    def __init__(self) -> None:
        super().__init__()
        place = self.home.parent if self.owner else cache.cache()
        self.home = place / f"own-{os.getpid()}"
        self.data = self.home / "data"
        self.log = self.home / "log"
        self.socket = self.home

    def __enter__(self) -> OwnCluster:
        self._make_folders()
        self._create()
        with open(self.data / "postgresql.conf", "a") as configuration:
            configuration.write(DURABLE)
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_up():
            self._control("stop", "-m", "immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def env(self) -> dict[str, str]:
        """What a client's environment must say."""
        return {"PGHOST": str(self.socket), "PGPORT": "5432", "PGUSER": "odoo"}

    def crash_script(self) -> Path:
        """A script that stops it as a power cut does, and starts it again."""
        command = [
            *(str(self.binaries / "pg_ctl"), "restart", "-w", "-s"),
            *("-m", "immediate", f"--pgdata={self.data}", f"--log={self.log}"),
        ]
        who = {}
        if self.owner:
            who = {"user": self.owner.pw_uid, "group": self.owner.pw_gid}
            who["extra_groups"] = []
        script = self.home / "crash.py"
        script.write_text(CRASH.format(command=command, who=who))
        return script

    def copy(self, database: str) -> None:
        """Bring a database here from the server that everybody uses."""
        there = start_postgres()
        here = {**os.environ, **self.env}
        subprocess.run([there.tool("createdb"), database], check=True, env=here)
        with subprocess.Popen(
            [there.tool("pg_dump"), "--no-owner", database],
            env={**os.environ, **there.env},
            stdout=subprocess.PIPE,
        ) as dump:
            subprocess.run(
                [there.tool("psql"), "-Xq", "-v", "ON_ERROR_STOP=1", database],
                check=True,
                env=here,
                stdin=dump.stdout,
                stdout=subprocess.DEVNULL,
            )
