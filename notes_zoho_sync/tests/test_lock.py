import time
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from ..models import lock
from ..models.lock import LockLost, session_lock

NAME = "test"


@tagged("post_install", "-at_install")
class TestLock(TransactionCase):
    """The lock of a process that lives, and of one that stands still."""

    def taken_over(self, number):
        """Whether somebody else gets the lock, sooner or later."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with session_lock(self.env, NAME, number) as other:
                if other:
                    return True
            time.sleep(0.05)
        return False

    def test_nobody_else_gets_it_while_it_is_held(self):
        with session_lock(self.env, NAME, 1) as mine:
            self.assertTrue(mine)
            mine.check()
            with session_lock(self.env, NAME, 1) as other:
                self.assertFalse(other)
        self.assertTrue(self.taken_over(1))

    def test_who_lives_keeps_it_for_longer_than_the_lease(self):
        with (
            patch.multiple(lock, LEASE=1.0, BEAT=0.05),
            session_lock(self.env, NAME, 2) as mine,
        ):
            time.sleep(2)
            mine.check()
            with session_lock(self.env, NAME, 2) as other:
                self.assertFalse(other)

    def test_who_stands_still_loses_it_and_must_not_write(self):
        with (
            patch.multiple(lock, LEASE=0.2, BEAT=60.0),
            session_lock(self.env, NAME, 3) as mine,
        ):
            self.assertTrue(self.taken_over(3))
            with self.assertRaises(LockLost):
                mine.check()

    def test_it_is_not_got_back_by_going_on(self):
        with (
            patch.multiple(lock, LEASE=0.2, BEAT=60.0),
            session_lock(self.env, NAME, 4) as mine,
        ):
            self.assertTrue(self.taken_over(4))
            with self.assertRaises(LockLost):
                mine.check()
            with patch.object(lock, "LEASE", 60.0), self.assertRaises(LockLost):
                mine.check()
