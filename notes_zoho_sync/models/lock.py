"""Locks that outlive commits and die with the process."""

import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from odoo import api
from odoo.sql_db import db_connect

_logger = logging.getLogger(__name__)


def lock_class(name: str) -> int:
    """PostgreSQL's first number of an advisory lock."""
    return zlib.crc32(f"notes_zoho_sync.{name}".encode()) - 2**31


@contextmanager
def session_lock(
    env: api.Environment, name: str, number: int, *, wait: bool = False
) -> Iterator[bool]:
    """Hold a session advisory lock on a connection of its own.

    The connection has no open transaction meanwhile, so it holds back nothing.

    :param name: what is locked (``account``, ``org``).
    :param number: which one.
    :param wait: until it is free; else gives ``False`` when somebody else has it.
    """
    keys = (lock_class(name), number)
    cr = db_connect(env.cr.dbname).cursor()
    try:
        if wait:
            cr.execute("SELECT pg_advisory_lock(%s, %s)", keys)
            got = True
        else:
            cr.execute("SELECT pg_try_advisory_lock(%s, %s)", keys)
            got = cr.fetchone()[0]
        # This connection holds nothing but the lock.
        cr.commit()  # pylint: disable=invalid-commit
        try:
            yield got
        finally:
            if got:
                _unlock(cr, keys)
    finally:
        cr.close()


def _unlock(cr, keys: tuple[int, int]) -> None:
    try:
        cr.execute("SELECT pg_advisory_unlock(%s, %s)", keys)
        cr.commit()  # pylint: disable=invalid-commit
    except (psycopg2.OperationalError, psycopg2.InterfaceError):
        # The lock died with its connection.
        _logger.info("The connection of the lock %s is gone", keys)
