"""Locks that outlive commits and die with the process, or when it stands still."""

import logging
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from odoo import api
from odoo.sql_db import db_connect

_logger = logging.getLogger(__name__)

#: A process that does not say for so long that it lives has lost its locks (seconds).
#: So a host that is frozen or cut off keeps nobody waiting for longer.
LEASE = 60.0
#: How often it says so.
BEAT = LEASE / 4
#: How long rows stay locked by a process that stands still in the midst of a commit.
ROWS = 600.0


def lock_class(name: str) -> int:
    """PostgreSQL's first number of an advisory lock."""
    return zlib.crc32(f"notes_zoho_sync.{name}".encode()) - 2**31


class LockLost(Exception):
    """This process stood still for so long that somebody else may be at work: it must
    not write any more, neither to a server nor to the database."""


class SessionLock:
    """A lock that was asked for; true while it is held.

    A thread of its own tells PostgreSQL now and then that this process lives, since
    PostgreSQL ends the session of one that is silent.
    """

    def __init__(self, cr, keys: tuple[int, int], wait: bool) -> None:
        self._cr = cr
        self._keys = keys
        self._lost = False
        self._ended = threading.Event()
        if wait:
            cr.execute("SELECT pg_advisory_lock(%s, %s)", keys)
            self._got = True
        else:
            cr.execute("SELECT pg_try_advisory_lock(%s, %s)", keys)
            self._got = cr.fetchone()[0]
        self._lease(LEASE if self._got else 0)
        # This connection holds nothing but the lock.
        cr.commit()  # pylint: disable=invalid-commit
        self._alive = time.monotonic()
        self._thread = threading.Thread(
            target=self._beat, name=f"lock {keys}", daemon=True
        )
        if self._got:
            self._thread.start()

    def __bool__(self) -> bool:
        return self._got

    def check(self) -> None:
        """To be called before something is written.

        :raises LockLost: somebody else may have the lock by now.
        """
        if self._lost or time.monotonic() - self._alive > LEASE:
            self._lost = True
            raise LockLost(f"The lock {self._keys} is lost")

    def release(self) -> None:
        self._ended.set()
        if not self._got:
            return
        self._thread.join()
        try:
            unlock = "SELECT pg_advisory_unlock(%s, %s)"
            self._cr.execute(unlock, self._keys, log_exceptions=False)
            self._lease(0)
            self._cr.commit()  # pylint: disable=invalid-commit
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            # The lock died with its connection.
            _logger.info("The connection of the lock %s is gone", self._keys)

    def _lease(self, seconds: float) -> None:
        """How long PostgreSQL (14 and later) lets this connection be silent."""
        self._cr.execute(
            "SELECT set_config(name, %s, false) FROM pg_settings "
            "WHERE name = 'idle_session_timeout'",
            (f"{round(seconds * 1000)}ms",),
        )

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            now = time.monotonic()
            try:
                self._cr.execute("SELECT 1", log_exceptions=False)
                self._cr.commit()  # pylint: disable=invalid-commit
            except psycopg2.Error:
                self._lost = True
                return
            self._alive = now


def limit_pause(cr) -> None:
    """Before rows are written that are committed at once: let PostgreSQL roll this
    transaction back when this process stands still meanwhile."""
    pause = round(ROWS * 1000)
    cr.execute("SET LOCAL idle_in_transaction_session_timeout = %s", (pause,))


@contextmanager
def session_lock(
    env: api.Environment, name: str, number: int, *, wait: bool = False
) -> Iterator[SessionLock]:
    """Hold a session advisory lock on a connection of its own.

    The connection has no open transaction meanwhile, so it holds back nothing.

    :param name: what is locked (``account``, ``org``).
    :param number: which one.
    :param wait: until it is free; else gives a false one when somebody else has it.
    """
    cr = db_connect(env.cr.dbname).cursor()
    try:
        lock = SessionLock(cr, (lock_class(name), number), wait)
        try:
            yield lock
        finally:
            lock.release()
    finally:
        cr.close()
