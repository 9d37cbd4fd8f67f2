"""Several Odoo processes on one database, and one that stops in the midst of a run.

Each check gives sentences of what is wrong.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .boundaries import Point, crossed
from .stage import Child, Servers
from .trial import Trier, sync

#: Seconds that every answer takes, so that processes are at it at the same time.
FAR = {"domino": 0.02, "zoho": 0.04}
LANES = 4
HOSTS = 2
PATIENCE = 60.0
NOTICED = ("going on already", "idle-in-transaction", "connection already closed")
#: How long a silent process keeps its locks, in these tests (seconds).
LEASE = 5.0
DUE = """
    UPDATE notes_zoho_account SET run_requested = NULL,
           next_run = (now() AT TIME ZONE 'UTC') - interval '1 minute'
"""
NOT_PULLED_LATELY = "UPDATE notes_zoho_org SET last_pull = NULL"
RUNS = "SELECT account_id, state FROM notes_zoho_run ORDER BY id"
CRONS = "SELECT id FROM ir_cron WHERE cron_name LIKE 'IBM Notes Sync: lane%'"


# -- looking ---------------------------------------------------------------------------


class Watch:
    """What happened since a moment: runs in the database, requests at Zoho."""

    def __init__(self, trier: Trier, servers: Servers) -> None:
        self._query = trier.stage.query
        self._zoho = servers.zoho
        self._seen = len(self._query(RUNS))
        self._counts = self._requests()

    def _requests(self) -> Counter[str]:
        """Requests by method and route."""
        entries = self._zoho.log(True)["entries"]
        return Counter(f"{e['method']} {e['route']}" for e in entries)

    def runs(self) -> list[tuple[Any, ...]]:
        """Account and state of each new run."""
        return self._query(RUNS)[self._seen :]

    def asked(self, what: str) -> int:
        return (self._requests() - self._counts)[what]

    def one_run_each(self) -> list[str]:
        runs = self.runs()
        counts = Counter(account for account, _ in runs)
        wrong = [f"{n} runs of account {a}" for a, n in counts.items() if n != 1]
        wrong += [f"a run is {state}" for _, state in runs if state != "done"]
        accounts = self._query("SELECT id FROM notes_zoho_account")
        wrong += [f"no run of account {a}" for (a,) in accounts if a not in counts]
        return wrong

    def once(self, *requests: str) -> list[str]:
        """These were sent exactly once."""
        asked = {request: self.asked(request) for request in requests}
        return [f"{n} times {request}" for request, n in asked.items() if n != 1]


TOKEN = "POST oauth/token"
#: Asked for by nobody but the feed, once each time.
FEED = ("GET Contacts/deleted", "GET Tasks/deleted", "GET Events/deleted")


@contextmanager
def _due(trier: Trier) -> Iterator[Servers]:
    """Everybody is due, the grant's access token has expired, servers are far away."""
    with trier.stage.again() as servers:
        trier.stage.query(DUE)
        trier.stage.query(NOT_PULLED_LATELY)
        servers.zoho.act("expire_access_tokens")
        servers.domino.latency(FAR["domino"])
        servers.zoho.latency(FAR["zoho"])
        yield servers
        # Whoever comes after them finds what they left.
        trier.stage.settle()


def _lane(env: Any) -> None:
    """What Odoo's cron calls."""
    env["notes.zoho.account"]._cron_sync()
    env.cr.commit()


def _ended(children: list[Child]) -> list[str]:
    wrong = []
    for child in children:
        ended = child.wait()
        wrong += ended.trouble
        if ended.error or ended.signal:
            wrong.append(ended.error or f"ended by signal {ended.signal}")
    return wrong


# -- checks ----------------------------------------------------------------------------


def lanes_at_the_same_time(trier: Trier) -> list[str]:
    """Four processes begin the cron's work in the same moment."""
    with _due(trier) as servers:
        watch = Watch(trier, servers)
        wrong = _ended([trier.stage.start(_lane) for _ in range(LANES)])
        wrong += watch.one_run_each() + watch.once(TOKEN, *FEED)
        return wrong + trier.rest(servers)


def people_and_lanes_at_the_same_time(trier: Trier) -> list[str]:
    """Somebody asks for a sync while the cron is at it: told so, or served."""

    def asking(env: Any) -> str:
        from odoo.exceptions import UserError

        try:
            sync(env)
        except UserError as error:
            env.cr.rollback()
            return str(error)
        return ""

    with _due(trier) as servers:
        watch = Watch(trier, servers)
        people = [trier.stage.start(asking) for _ in range(2)]
        wrong = _ended([trier.stage.start(_lane) for _ in range(2)] + people)
        wrong += watch.once(TOKEN)
        wrong += [f"a run is {state}" for _, state in watch.runs() if state != "done"]
        return wrong + trier.rest(servers)


def two_hosts_with_crons(trier: Trier) -> list[str]:
    """Two Odoo servers, as on two hosts, whose cron threads all wake up at once."""
    with _due(trier) as servers:
        watch = Watch(trier, servers)
        folder = tempfile.TemporaryDirectory()
        logs = [Path(folder.name, f"host-{number}.log") for number in range(HOSTS)]
        with _hosts(trier, logs):
            wrong = _until(lambda: len(watch.runs()) >= 2 and _idle(watch), trier)
            wrong += watch.one_run_each() + watch.once(TOKEN, *FEED)
            # Due again within the feed's interval: they run, the feed is not read.
            watch = Watch(trier, servers)
            trier.stage.query(DUE)
            wrong += _until(lambda: len(watch.runs()) >= 2 and _idle(watch), trier)
            wrong += watch.one_run_each()
            wrong += [f"{r} within its interval" for r in FEED if watch.asked(r)]
        return wrong + _trouble(logs) + trier.rest(servers)


def _idle(watch: Watch) -> bool:
    return all(state != "running" for _, state in watch.runs())


def _until(happened: Any, trier: Trier) -> list[str]:
    """Wake all cron threads until it has happened."""
    end = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > end:
            return ["it takes too long"]
        trier.stage.query(
            "INSERT INTO ir_cron_trigger (cron_id, call_at) "
            f"SELECT id, now() AT TIME ZONE 'UTC' FROM ({CRONS}) AS lanes "
            "WHERE NOT EXISTS (SELECT 1 FROM ir_cron_trigger)"
        )
        trier.stage.wake()
        time.sleep(0.5)
    return []


@contextmanager
def _hosts(trier: Trier, logs: list[Path]) -> Iterator[None]:
    """Odoo servers with two cron threads each."""
    command = [
        *(sys.executable, "-m", "odoo", "server"),
        *trier.stage.odoo_options,
        *("--max-cron-threads=2", "--log-level=info"),
    ]
    processes = []
    try:
        for log in logs:
            with open(log, "w") as output:
                processes.append(
                    subprocess.Popen(
                        command,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=subprocess.STDOUT,
                    )
                )
        trier.stage.wait_for_listeners([p.pid for p in processes], 2)
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(30)


def _trouble(logs: list[Path]) -> list[str]:
    from tools.odoo import allowed_messages, is_trouble

    allowed = allowed_messages()
    return [
        line
        for log in logs
        for line in log.read_text(errors="replace").splitlines()
        if is_trouble(line, allowed)
    ]


def killed_and_taken_over(trier: Trier) -> list[str]:
    """A lane dies; another one, that comes at once, ends the same run."""

    def dying(env: Any) -> None:
        with crossed(_first_write(trier)):
            _lane(env)

    with _due(trier) as servers:
        watch = Watch(trier, servers)
        killed = trier.stage.start(dying).wait().killed
        wrong = [] if killed else ["it was not killed"]
        trier.stage.settle()
        wrong += _ended([trier.stage.start(_lane)])
        return wrong + watch.one_run_each() + trier.rest(servers)


def stopped_before_a_write(trier: Trier) -> list[str]:
    """A process stops (a frozen host) with an intent stored and nothing sent."""
    points = trier.reference.points
    before = points[: points.index(_first_write(trier))]
    return _stopped(trier, [p for p in before if p.boundary == "after commit"][-1])


def stopped_after_a_write(trier: Trier) -> list[str]:
    """The same, and the server has done it."""
    write = _first_write(trier)
    return _stopped(trier, Point("after request", write.number))


def stopped_before_a_commit(trier: Trier) -> list[str]:
    """It stops with rows written and not committed."""
    points = trier.reference.points
    at = points.index(Point("after request", _first_write(trier).number, _what(trier)))
    commit = next(p for p in points[at:] if p.boundary == "before commit")
    return _stopped(trier, commit)


def _first_write(trier: Trier) -> Point:
    """Where the first new record is about to be sent to Zoho."""
    return next(
        point
        for point in trier.reference.points
        if point.boundary == "before request" and point.what == "POST /crm/v8/Contacts"
    )


def _what(trier: Trier) -> str:
    return _first_write(trier).what


def _stopped(trier: Trier, point: Point) -> list[str]:
    """Stop a process there, let another one do the work, let the first go on."""

    def stopping(env: Any) -> None:
        from odoo.addons.notes_zoho_sync.models import lock

        lock.LEASE, lock.BEAT, lock.ROWS = LEASE, LEASE / 4, LEASE
        with crossed(point, lambda: os.kill(os.getpid(), signal.SIGSTOP)):
            sync(env)

    with trier.stage.again() as servers:
        frozen = trier.stage.start(stopping)
        if not frozen.wait_until_stopped():
            return ["it was not stopped", *_ended([frozen])]
        wrong = _others_sync(trier, servers)
        frozen.go_on()
        late = frozen.wait()
        # It has to notice that another one has the account, or that PostgreSQL has
        # ended its transaction.
        if not any(words in late.error for words in NOTICED):
            wrong.append(f"the stopped process ended {late.error or 'as if it ran'}")
        trier.stage.settle()
        return wrong + trier.rest(servers)


def _others_sync(trier: Trier, servers: Servers) -> list[str]:
    """Until the account is free, then all there is to do."""
    end = time.monotonic() + PATIENCE
    while True:
        trier.stage.pass_time(servers, minutes=20)
        ended = trier.stage.start(sync).wait()
        if ended.killed:
            return ["another process waits for ever"]
        if not ended.error:
            return ended.trouble
        if "going on already" not in ended.error:
            return [ended.error]
        if time.monotonic() > end:
            return ["the account stays locked"]
        time.sleep(1)


CHECKS = (
    lanes_at_the_same_time,
    people_and_lanes_at_the_same_time,
    two_hosts_with_crons,
    killed_and_taken_over,
    stopped_before_a_write,
    stopped_after_a_write,
    stopped_before_a_commit,
)
