"""A warm Odoo and both simulators, set back to one moment as often as wanted.

The process that holds the stage has Odoo's registry loaded and the simulators' state
in memory, but no thread and no connection while it forks: a child process is an Odoo
that has just started, or the two servers, as they were at that moment. The database
is copied from one that nobody writes to.
"""

from __future__ import annotations

import json
import logging
import os
import select
import shutil
import signal
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from cryptography.fernet import Fernet

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

from tests.simulators.common import ControlClient
from tests.simulators.domino import DominoSimulator
from tests.simulators.zoho import ZohoSimulator

KEY_VARIABLE = "NOTES_ZOHO_SYNC_KEY"
PREFIX = "nzs_processes_"
OLD_TOKEN = "UPDATE notes_zoho_org SET token_expires = '2020-01-01'"
#: How long a database may take to notice that a process is no more (seconds).
PATIENCE = 30.0
#: No act of these tests takes longer, on a busy machine either (seconds).
LONGEST = 120.0


@dataclass
class Ended:
    """How a child process ended.

    `signal` is what killed it, `error` the traceback of what it raised, `trouble` the
    warnings and errors that it logged.
    """

    value: Any = None
    error: str = ""
    signal: int = 0
    trouble: list[str] = field(default_factory=list)

    @property
    def killed(self) -> bool:
        return self.signal == signal.SIGKILL

    def result(self) -> Any:
        """What it returned. Raises RuntimeError when it did not come to that."""
        if self.error or self.signal:
            raise RuntimeError(self.error or f"ended by signal {self.signal}")
        return self.value


class Trouble(logging.Handler):
    """Keeps what is logged as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")


@dataclass
class Child:
    """A forked process that will say how it ended."""

    pid: int
    reader: int

    def wait(self) -> Ended:
        """How it ended; one that takes too long is killed."""
        if not select.select([self.reader], [], [], LONGEST)[0]:
            os.kill(self.pid, signal.SIGKILL)
        with os.fdopen(self.reader, "rb") as pipe:
            data = pipe.read()
        _, status = os.waitpid(self.pid, 0)
        ended = Ended(signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)
        if data:
            ended.value, ended.error, ended.trouble = json.loads(data)
        elif not ended.signal:
            ended.error = f"ended with status {status} and told nothing"
        return ended

    def wait_until_stopped(self) -> bool:
        """Whether it stops (SIGSTOP) before it ends, which is not taken notice of."""
        flags = os.WSTOPPED | os.WEXITED | os.WNOWAIT
        found = os.waitid(os.P_PID, self.pid, flags)
        return found is not None and found.si_code == os.CLD_STOPPED

    def go_on(self) -> None:
        """Let it go on after it was stopped."""
        os.kill(self.pid, signal.SIGCONT)


def fork(work: Callable[[], Any]) -> Child:
    """Do `work` in a child process; its result must be fit for JSON."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return Child(pid, reader)
    status = 1
    try:
        os.close(reader)
        trouble = Trouble()
        logging.getLogger().addHandler(trouble)
        value, error = None, ""
        try:
            value = work()
            status = 0
        except BaseException:
            error = traceback.format_exc()
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(json.dumps([value, error, trouble.lines], default=str).encode())
    finally:
        os._exit(status)


@dataclass
class Servers:
    """Both simulators in a process of their own."""

    domino: ControlClient
    zoho: ControlClient

    def writes(self) -> int:
        return sum(s.log()["writes"] for s in (self.domino, self.zoho))


class Stage:
    """One database and one pair of servers.

    :param source: the database with the addon that is copied.
    :param options: Odoo's, where its addons and data lie.
    """

    def __init__(self, source: str, options: list[str]) -> None:
        os.environ[KEY_VARIABLE] = Fernet.generate_key().decode()
        mark = f"{PREFIX}{os.getpid()}"
        self.database, self._moment = f"{mark}_run", f"{mark}_moment"
        #: Odoo on this database; more options may follow.
        self.odoo_options = [f"--database={self.database}", "--no-http", *options]
        config.parse_config(
            [*self.odoo_options, "--log-level=warn"], setup_logging=True
        )
        _drop_abandoned()
        _copy(source, self.database)
        self.domino = DominoSimulator(auth="session")
        self.zoho = ZohoSimulator()
        self.ports = {self.domino: _free_port(), self.zoho: _free_port()}
        self.urls = {
            "domino": f"http://127.0.0.1:{self.ports[self.domino]}",
            "zoho": f"http://127.0.0.1:{self.ports[self.zoho]}",
        }

    def close(self) -> None:
        odoo.sql_db.close_all()
        for name in (self.database, self._moment):
            _drop(name)

    # -- before it is set: in this very process ------------------------------------

    @contextmanager
    def open(self) -> Iterator[api.Environment]:
        """Odoo and both servers, here, for setting the stage."""
        for simulator, port in self.ports.items():
            simulator.start(port)
        try:
            with Registry(self.database).cursor() as cr:
                yield api.Environment(cr, SUPERUSER_ID, {})
        finally:
            for simulator in self.ports:
                simulator.stop()
            odoo.sql_db.close_all()

    def let_pass(self, **delta: float) -> None:
        """Time goes by on both servers."""
        for simulator in self.ports:
            simulator.clock.advance(**delta)

    def set(self) -> None:
        """This is the moment to which everything is set back from now on."""
        self.query(OLD_TOKEN)
        _copy(self.database, self._moment)

    def pass_time(self, servers: Servers, **delta: float) -> None:
        """Time goes by on the running servers.

        Odoo's clock does not, so what it knows of theirs is out of date: a new token
        tells.
        """
        for server in (servers.domino, servers.zoho):
            server.clock(advance=delta)
        self.query(OLD_TOKEN)

    # -- and then, in child processes ---------------------------------------------

    @contextmanager
    def again(self) -> Iterator[Servers]:
        """Everything as it was; the servers run until the block ends."""
        _copy(self._moment, self.database)
        ready, told = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                os.close(ready)
                for simulator, port in self.ports.items():
                    simulator.start(port)
                os.write(told, b"!")
                while True:
                    signal.pause()
            finally:
                os._exit(1)
        os.close(told)
        try:
            started = os.read(ready, 1)
            os.close(ready)
            if not started:
                raise RuntimeError("the simulators do not start")
            yield Servers(*(ControlClient(url) for url in self.urls.values()))
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def start(self, act: Callable[[api.Environment], Any]) -> Child:
        """An Odoo process that does `act`, beginning now."""

        def work() -> Any:
            with Registry(self.database).cursor() as cr:
                return act(api.Environment(cr, SUPERUSER_ID, {}))

        return fork(work)

    def odoo(self, act: Callable[[api.Environment], Any]) -> Ended:
        """The same, and how it ended; the database has noticed that, too."""
        ended = self.start(act).wait()
        self.settle()
        return ended

    def settle(self) -> None:
        """Until no connection to the database is left.

        Raises TimeoutError: something outlives the process that it belonged to.
        """
        end = time.monotonic() + PATIENCE
        while self.query(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        ) != [(0,)]:
            if time.monotonic() > end:
                raise TimeoutError("a dead process still has a connection")
            time.sleep(0.005)

    def wake(self) -> None:
        """All cron threads of all servers on this database."""
        _administer(f"NOTIFY cron_trigger, '{self.database}'")

    def wait_for_listeners(self, pids: list[int], each: int) -> None:
        """Until each of these servers has so many cron threads that can be woken."""
        names = ", ".join(f"'odoo-{pid}'" for pid in pids)
        end = time.monotonic() + 2 * PATIENCE
        while _query(
            "postgres",
            "SELECT count(*) FROM pg_stat_activity WHERE datname = 'postgres' "
            f"AND query = 'COMMIT' AND application_name IN ({names})",
        ) != [(each * len(pids),)]:
            if time.monotonic() > end:
                raise TimeoutError("the servers' cron threads do not start")
            time.sleep(0.1)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows, past Odoo."""
        return _query(self.database, sql)


def _query(database: str, sql: str) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(dbname=database)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def _administer(sql: str) -> None:
    _query("postgres", sql)


def _copy(source: str, target: str) -> None:
    """Make a database anew; it gets the source's files, which nobody changes."""
    _administer(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)')
    _administer(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
    files = _files()
    if (files / source).is_dir() and not (files / target).is_dir():
        shutil.copytree(files / source, files / target, copy_function=os.link)


def _drop(name: str) -> None:
    _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(_files() / name, ignore_errors=True)


def _files() -> Path:
    return Path(config["data_dir"]) / "filestore"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _drop_abandoned() -> None:
    """Databases of processes that are no more."""
    for (name,) in _query(
        "postgres", f"SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'"
    ):
        if not os.path.exists(f"/proc/{name.removeprefix(PREFIX).split('_')[0]}"):
            _drop(name)
