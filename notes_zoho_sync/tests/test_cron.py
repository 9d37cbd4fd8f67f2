import contextlib
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unittest.mock import Mock, patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..models import account_run, connect
from ..models.lock import session_lock
from ..services.errors import (
    Bug,
    Misconfigured,
    NeedsSignIn,
    RetryLater,
    Throttled,
)
from ..services.reasons import reason
from ..services.sync.run import RunResult
from .common import SyncCase

RUNNER = "odoo.addons.notes_zoho_sync.models.account_run"


def refused(side="notes"):
    error = NeedsSignIn(reason("sign_in", server="mail.x.test", user="Anna"))
    error.side = side
    return error


def unreachable():
    error = RetryLater(reason("timed_out", server="mail.x.test"))
    error.side = "notes"
    return error


class FakeEngine:
    """Stands in for the engine: does what the test says, for each account in turn."""

    def __init__(self, case):
        self.case = case
        self.ran = []
        self.outcomes = {}
        self.pulled = []

    def run(self, settings, kinds, notes, zoho, store, time_left):
        user = settings.zoho_user
        engine = self

        class Run:
            def slice(self):
                engine.ran.append(user)
                outcome = engine.outcomes.get(user, RunResult(True))
                if isinstance(outcome, list):
                    outcome = outcome.pop(0)
                if callable(outcome):
                    outcome = outcome()
                if isinstance(outcome, BaseException):
                    raise outcome
                store.commit()
                return outcome

        return Run()

    @contextlib.contextmanager
    def ports(self, account, settings, before_write=None):
        def now():
            return datetime.now(UTC)

        side = SimpleNamespace(now=now)
        yield SimpleNamespace(
            notes=side,
            zoho=side,
            session=SimpleNamespace(resolved_mode="basic", features={}),
        )

    @contextlib.contextmanager
    def feed(self, org):
        yield SimpleNamespace(), lambda: datetime.now(UTC)

    def pull(self, feed, store, modules, start):
        self.pulled.append(list(modules))
        outcome = self.outcomes.get("feed")
        if outcome:
            raise outcome
        return []


class CronCase(SyncCase, CronMixinCase):
    def setUp(self):
        super().setUp()
        self.engine = FakeEngine(self)
        self.startPatcher(patch.object(account_run, "Run", self.engine.run))
        self.startPatcher(patch.object(account_run, "pull", self.engine.pull))
        self.startPatcher(patch.object(connect, "ports", self.engine.ports))
        self.startPatcher(patch.object(connect, "feed", self.engine.feed))
        self.env["notes.zoho.account"].search([]).write({"state": "paused"})
        self.lanes = self.env.ref("notes_zoho_sync.cron_lane_1") | self.env.ref(
            "notes_zoho_sync.cron_lane_2"
        )
        account_run._pass.__dict__.clear()
        self.addCleanup(account_run._pass.__dict__.clear)

    def due(self, user, minutes=1, **values):
        """An account whose next run was due so many minutes ago."""
        now = fields.Datetime.now()
        return self.make_account(
            user, next_run=now - timedelta(minutes=minutes), **values
        )

    def tick(self, lane=0):
        """One lane does its work, as the scheduler would have it."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            answer = self.lanes[lane].method_direct_trigger()
        self.assertIs(answer, True)
        self.env.invalidate_all()

    def users(self, *accounts):
        return [account.zoho_user_id for account in accounts]


@tagged("post_install", "-at_install")
class TestLanes(CronCase):
    def test_a_lane_runs_what_is_due_the_oldest_first(self):
        young = self.due(self.anna, minutes=5)
        old = self.due(self.ben, minutes=50)
        later = self.make_account(
            self.stranger, next_run=fields.Datetime.now() + timedelta(hours=1)
        )
        self.tick()
        self.assertEqual(self.engine.ran, self.users(old, young))
        self.assertFalse(later.run_ids)
        self.assertEqual(old.last_run_id.state, "done")
        self.assertEqual(old.last_run_id.trigger, "cron")
        self.assertGreater(old.next_run, fields.Datetime.now())

    def test_a_person_who_waits_comes_first(self):
        old = self.due(self.ben, minutes=50)
        asked = self.make_account(self.anna)
        asked.with_user(self.anna).action_start_sync()
        self.tick()
        self.assertEqual(self.engine.ran, self.users(asked, old))
        self.assertEqual(asked.last_run_id.trigger, "manual")
        self.assertFalse(asked.run_requested)

    def test_an_account_that_another_process_runs_is_left_to_it(self):
        busy, free = self.due(self.anna, minutes=50), self.due(self.ben)
        with session_lock(self.env, "account", busy.id) as got:
            self.assertTrue(got)
            self.tick()
            self.assertEqual(self.engine.ran, self.users(free))
        self.tick()
        self.assertEqual(self.engine.ran, self.users(free, busy))

    def test_an_account_that_the_other_lane_has_just_run_is_not_run_again(self):
        account = self.due(self.anna)

        def other_lane_was_quicker(*args):
            account.next_run = fields.Datetime.now() + timedelta(minutes=15)
            self.env.flush_all()
            return []

        with patch.object(account_run, "pull", other_lane_was_quicker):
            self.tick()
        self.assertFalse(self.engine.ran)
        self.assertFalse(account.run_ids)

    def test_a_run_that_died_goes_on_under_its_own_record(self):
        account = self.make_account(self.anna)
        self.engine.outcomes[account.zoho_user_id] = [SystemExit(), RunResult(True)]
        with contextlib.suppress(SystemExit):  # assertRaises would roll it all back
            self.sync_now(account)
        died = account.run_ids
        self.assertEqual(died.state, "running")
        self.assertEqual(self.sync_now(account), died)
        self.assertEqual(died.state, "done")

    def test_a_lock_is_held_once_and_free_again_after(self):
        with session_lock(self.env, "account", 1) as first:
            with session_lock(self.env, "account", 1) as second:
                self.assertEqual((bool(first), bool(second)), (True, False))
            with session_lock(self.env, "account", 2) as other:
                self.assertTrue(other)
        with session_lock(self.env, "account", 1) as again:
            self.assertTrue(again)

    def test_a_lock_has_no_open_transaction_and_outlives_commits(self):
        with session_lock(self.env, "account", 77):
            self.env.cr.execute(
                "SELECT a.state FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                "WHERE l.locktype = 'advisory' AND l.objid = 77 AND l.granted"
            )
            self.assertEqual(self.env.cr.fetchall(), [("idle",)])

    def test_starting_a_sync_wakes_both_lanes_at_once(self):
        account = self.make_account(self.anna)
        with self.capture_triggers("notes_zoho_sync.cron_lane_1") as one:
            account.with_user(self.anna).action_start_sync()
        self.assertEqual(len(one.records), 1)
        self.assertLessEqual(one.records.call_at, fields.Datetime.now())

    def test_an_unfinished_run_goes_on_in_the_next_slice(self):
        account = self.due(self.anna)
        self.engine.outcomes[account.zoho_user_id] = [RunResult(False), RunResult(True)]
        with patch(f"{RUNNER}.pass_deadline", return_value=0.0):
            self.tick()
        self.assertFalse(self.engine.ran)

        clock = Mock(return_value=0.0)

        def out_of_time():
            clock.return_value = 10_000.0
            return RunResult(False)

        self.engine.outcomes[account.zoho_user_id] = [out_of_time, RunResult(True)]
        with (
            patch(f"{RUNNER}.time", Mock(monotonic=clock)),
            patch(f"{RUNNER}.pass_deadline", return_value=100.0),
        ):
            self.tick()
        run = account.last_run_id
        self.assertEqual(run.state, "running")
        self.tick()
        self.assertEqual(account.last_run_id, run)
        self.assertEqual(run.state, "done")

    def test_a_lane_without_time_left_asks_to_be_called_again(self):
        self.due(self.anna)
        with (
            patch(f"{RUNNER}.pass_deadline", return_value=0.0),
            self.capture_triggers("notes_zoho_sync.cron_lane_1") as triggers,
        ):
            self.tick()
        self.assertTrue(triggers.records)

    @contextlib.contextmanager
    def worker(self, **limits):
        """A cron worker with these limits; gives its clock, at 1000."""
        clock = Mock(return_value=1000.0)
        known = {
            "limit_time_real_cron": 120,
            "limit_time_real": 120,
            "limit_time_cpu": 0,
            "workers": 0,
        }
        with (
            patch(f"{RUNNER}.config", known | limits),
            patch(f"{RUNNER}.time", Mock(monotonic=clock)),
        ):
            yield clock

    def test_a_pass_ends_at_sixty_percent_of_the_time_limit(self):
        with self.worker(limit_time_real_cron=-1) as clock:
            self.assertEqual(account_run.pass_deadline(1), 1072.0)
            # The second lane of the same worker shares the limit with the first.
            account_run._pass.ended = clock.return_value = 1050.0
            self.assertEqual(account_run.pass_deadline(2), 1072.0)
            clock.return_value = 1060.0
            self.assertEqual(account_run.pass_deadline(3), 1132.0)

    def test_a_lane_that_is_called_again_at_once_has_a_pass_of_its_own(self):
        with self.worker() as clock:
            account_run.pass_deadline(1)
            account_run._pass.ended = clock.return_value = 1070.0
            self.assertEqual(account_run.pass_deadline(1), 1142.0)
            # So has the other lane, which takes part in this pass.
            self.assertEqual(account_run.pass_deadline(2), 1142.0)

    def test_a_worker_process_may_have_slept_for_a_part_of_its_time(self):
        with self.worker(workers=2) as clock:
            self.assertEqual(account_run.pass_deadline(1), 1000 + 0.6 * (120 - 69))
            account_run._pass.ended = 1030.0
            clock.return_value = 1040.0  # woken after ten seconds
            self.assertEqual(account_run.pass_deadline(1), 1040 + 0.6 * 110)

    def test_a_pass_ends_before_the_cpu_time_of_a_worker_process_does(self):
        with self.worker(workers=2, limit_time_cpu=30):
            self.assertEqual(account_run.pass_deadline(1), 1000 + 0.6 * 30)

    def test_a_pass_has_some_time_however_short_the_limit_is(self):
        with self.worker(workers=2, limit_time_real_cron=60):
            self.assertEqual(account_run.pass_deadline(1), 1000 + 0.6 * 20)

    def test_a_pass_without_limits_has_no_end(self):
        for workers in (0, 2):
            with self.worker(workers=workers, limit_time_real_cron=0):
                account_run._pass.__dict__.clear()
                self.assertEqual(account_run.pass_deadline(1), float("inf"))

    def test_the_feed_is_pulled_once_for_all_accounts_and_interval(self):
        self.due(self.anna, minutes=3)
        self.due(self.ben, minutes=2)
        self.due(self.stranger)
        self.tick()
        self.assertEqual(self.engine.pulled, [["Accounts", "Contacts"]])
        self.env["notes.zoho.account"].search([]).write(
            {"next_run": fields.Datetime.now()}
        )
        self.tick(lane=1)
        self.assertEqual(len(self.engine.ran), 6)
        self.assertEqual(len(self.engine.pulled), 1)
        with freeze_time(datetime.now() + timedelta(minutes=6)):
            self.env["notes.zoho.account"].search([]).write(
                {"next_run": fields.Datetime.now()}
            )
            self.tick()
        self.assertEqual(len(self.engine.pulled), 2)

    def test_a_person_who_waits_gets_what_is_new_in_zoho(self):
        account = self.due(self.anna)
        self.tick()
        account.next_run = fields.Datetime.now()
        with freeze_time(datetime.now() + timedelta(seconds=30)):
            account.with_user(self.anna).action_start_sync()
            self.tick()
        self.assertEqual(len(self.engine.pulled), 2)

    def test_sync_now_pulls_once_for_many_accounts(self):
        accounts = self.make_account(self.anna) | self.make_account(self.ben)
        runs = self.sync_now(accounts)
        self.assertEqual(runs.mapped("state"), ["done", "done"])
        self.assertEqual(len(self.engine.pulled), 1)

    def test_sync_now_refuses_an_account_that_is_being_synced(self):
        account = self.make_account(self.anna)
        with (
            session_lock(self.env, "account", account.id),
            self.assertRaisesRegex(UserError, "going on already"),
        ):
            self.sync_now(account)

    def test_an_archived_user_is_paused(self):
        account = self.due(self.anna)
        self.anna.active = False
        self.tick()
        self.assertEqual(account.state, "paused")
        self.assertFalse(self.engine.ran)

    def test_a_paused_or_unconnected_account_never_runs(self):
        for state in ("draft", "paused", "error", "retired"):
            self.due(self.anna, state=state)
            self.tick()
            self.env["notes.zoho.account"].search([]).write({"state": "retired"})
            self.env.flush_all()
        self.assertFalse(self.engine.ran)


@tagged("post_install", "-at_install")
class TestErrors(CronCase):
    def test_one_sick_account_never_holds_up_the_others(self):
        sick, well = self.due(self.anna, minutes=50), self.due(self.ben)
        self.engine.outcomes[sick.zoho_user_id] = ZeroDivisionError("secret detail")
        with self.assertLogs(RUNNER, "ERROR"):
            self.tick()
        self.assertEqual(self.engine.ran, self.users(sick, well))
        self.assertEqual(sick.last_run_id.state, "failed")
        self.assertIn("ZeroDivisionError", sick.last_run_id.message)
        self.assertNotIn("secret detail", sick.last_run_id.message)
        self.assertEqual(well.last_run_id.state, "done")

    def test_a_bug_is_logged_with_the_run(self):
        account = self.due(self.anna)
        self.engine.outcomes[account.zoho_user_id] = Bug("two snapshots")
        with self.assertLogs(RUNNER, "ERROR") as logged:
            self.tick()
        self.assertIn(f"Run {account.last_run_id.id}", logged.output[0])
        self.assertEqual(account.state, "connected")

    def test_a_refused_password_is_tried_once_more_then_the_user_is_asked(self):
        account = self.due(self.anna)
        self.engine.outcomes[account.zoho_user_id] = [refused(), refused()]
        self.tick()
        self.assertEqual(account.state, "connected")
        wait = account.next_run - fields.Datetime.now()
        self.assertAlmostEqual(wait / timedelta(minutes=1), 30, delta=1)
        self.assertFalse(account.activity_ids)
        account.next_run = fields.Datetime.now()
        self.tick()
        self.assertEqual(account.state, "error")
        self.assertEqual(account.activity_ids.user_id, self.anna)
        self.assertIn("refused the sign-in", account.error_message)

    def test_three_refused_accounts_of_a_server_are_the_servers_fault(self):
        accounts = [self.due(user) for user in (self.anna, self.ben, self.stranger)]
        for account in accounts:
            self.engine.outcomes[account.zoho_user_id] = [refused(), refused()]
        self.tick()
        self.env["notes.zoho.account"].search([]).next_run = fields.Datetime.now()
        self.server.retry_at = False
        self.tick()
        for account in accounts:
            self.assertEqual(account.state, "connected")
            self.assertFalse(account.activity_ids)
        self.assertGreater(self.server.retry_at, fields.Datetime.now())

    def test_a_dead_grant_stops_the_organisation_and_tells_administrators_once(self):
        first, second = self.due(self.anna, minutes=9), self.due(self.ben)
        self.engine.outcomes["feed"] = refused("zoho")
        self.tick()
        self.assertEqual(self.org.state, "error")
        self.assertFalse(self.engine.ran)
        self.assertEqual(first.state, "connected")
        self.assertEqual(first.last_run_id.state, "failed")
        self.assertFalse(second.run_ids)
        mine = self.org.activity_ids.filtered(lambda a: a.user_id == self.admin)
        self.assertEqual(len(mine), 1)
        self.tick()
        self.assertEqual(len(self.engine.pulled), 1)

    def test_a_server_out_of_reach_twice_lets_its_accounts_wait(self):
        first, second = self.due(self.anna, minutes=9), self.due(self.ben, minutes=5)
        other = self.env["notes.zoho.domino.server"].create(
            {"name": "other", "base_url": "https://other.x.test"}
        )
        third = self.due(self.stranger, minutes=4)
        fourth = self.due(self.admin, server_id=other.id)
        for account in (first, second, third):
            self.engine.outcomes[account.zoho_user_id] = unreachable()
        with self.capture_triggers("notes_zoho_sync.cron_lane_1") as triggers:
            self.tick()
        self.assertEqual(self.engine.ran, self.users(first, second, fourth))
        self.assertGreater(self.server.retry_at, fields.Datetime.now())
        calls = triggers.records.mapped("call_at")
        self.assertGreater(max(calls), fields.Datetime.now())
        self.assertEqual(fourth.last_run_id.state, "done")

    def test_a_server_that_answers_again_is_forgiven(self):
        account = self.due(self.anna)
        self.server.write({"failures": 3, "retry_at": "2020-01-01 00:00:00"})
        self.tick()
        self.assertEqual(account.last_run_id.state, "done")
        self.assertEqual((self.server.failures, self.server.retry_at), (0, False))

    def test_a_throttled_run_waits_as_long_as_the_server_asks(self):
        account = self.due(self.anna)
        error = Throttled(reason("throttled", server="Zoho CRM"), after=240)
        error.side = "zoho"
        self.engine.outcomes[account.zoho_user_id] = error
        self.tick()
        wait = (account.next_run - fields.Datetime.now()).total_seconds()
        self.assertAlmostEqual(wait, 240, delta=10)
        self.assertFalse(self.server.failures)

    def test_a_wrong_switch_is_named_in_the_account(self):
        account = self.due(self.anna)
        self.engine.outcomes[account.zoho_user_id] = Misconfigured(
            reason("view_untrusted", view="($Contacts)"), "view"
        )
        self.tick()
        self.assertIn("($Contacts)", account.error_message)
        self.assertEqual(account.state, "connected")

    def test_records_of_another_installation_wait_for_an_administrator(self):
        account = self.due(self.anna)
        self.engine.outcomes[account.zoho_user_id] = Misconfigured(
            reason("foreign_installation", installation="another-one"), "installation"
        )
        self.tick()
        self.assertEqual(account.foreign_installation, "another-one")
        account.with_user(self.admin).action_take_over()
        self.assertIn("another-one", account._engine_settings().accepted)
        self.assertFalse(account.foreign_installation)
        self.assertTrue(account.run_requested)

    def test_a_bug_in_the_feed_never_stops_the_lane(self):
        account = self.due(self.anna)
        self.engine.outcomes["feed"] = ZeroDivisionError()
        with self.assertLogs(RUNNER, "ERROR"):
            self.tick()
        self.assertEqual(account.last_run_id.state, "failed")
        self.assertGreater(self.org.retry_at, fields.Datetime.now())

    def test_what_waits_is_gone_on_with_when_it_can(self):
        account = self.due(self.anna, interval_minutes=60)
        soon = datetime.now(UTC) + timedelta(minutes=2)
        self.engine.outcomes[account.zoho_user_id] = RunResult(True, retry_at=soon)
        self.tick()
        self.assertLess(account.next_run, fields.Datetime.now() + timedelta(minutes=3))

    def test_a_held_run_says_so(self):
        account = self.due(self.anna)
        self.engine.outcomes[account.zoho_user_id] = RunResult(True, held=True)
        self.tick()
        self.assertEqual(account.last_run_id.state, "held")

    def test_a_missing_key_stops_the_account_in_words(self):
        account = self.due(self.anna)
        self.engine.outcomes[account.zoho_user_id] = UserError("The key is missing.")
        self.tick()
        self.assertEqual(account.error_message, "The key is missing.")
        self.assertEqual(account.last_run_id.state, "failed")
