"""Running accounts: now, or by the two cron lanes."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.server import SLEEP_INTERVAL
from odoo.tools import SQL, config

from ..services.errors import (
    Bug,
    NeedsSignIn,
    RetryLater,
    SyncError,
    Throttled,
)
from ..services.reasons import Reason, reason
from ..services.sync.entry import Entry
from ..services.sync.feed import pull
from ..services.sync.preview import dry
from ..services.sync.run import Run, RunResult
from . import connect
from .account import SWITCHES
from .attention import ATTEMPTS, MANY_FAILURES
from .lock import LockLost, SessionLock, limit_pause, session_lock
from .store import (
    COMPANIES,
    MODULES,
    RUNS,
    ForgetfulStore,
    OdooFeedStore,
    OdooStore,
    aware,
    load_memory,
    naive,
    save_memory,
)

_logger = logging.getLogger(__name__)

#: Part of the worker's time that a pass may use.
SHARE = 0.6
#: A pass with less than this left does not begin another account (seconds).
WORTH = 5
#: Cron methods called by one thread within this time share one limit (seconds).
SAME_PASS = 5
#: How long Odoo's cron workers sleep when nobody wakes them, at most (seconds).
LONGEST_SLEEP = SLEEP_INTERVAL + 9
#: A pass has at least this (seconds), though the limit may be shorter than the sleep:
#: then Odoo ends its workers as they sleep.
SHORTEST_PASS = 20
SECOND_TRY = timedelta(minutes=30)
#: That many refused sign-ins of one server at once are the server's fault.
SERVERS_FAULT = 3
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
#: How long a person waits for a preview where requests have no limit (seconds).
PATIENCE = 300
#: A feed read so lately is not read again for a person either.
JUST_NOW = timedelta(seconds=10)
#: What is due within this is triggered; the lanes' own schedule covers the rest.
WAKE_WITHIN = timedelta(minutes=6)

_pass = threading.local()


def pass_deadline(job: int | None) -> float:
    """Until when (monotonic seconds) this cron worker may sync.

    The limit counts for all that a worker does for a database in one go, so jobs that
    a thread calls one right after the other share one deadline. In one go each job is
    called once: whose turn it is again has a new limit.

    :param job: the scheduled action that calls.
    """
    started = time.monotonic()
    jobs = getattr(_pass, "jobs", {job})
    if job in jobs or started - _pass.ended > SAME_PASS:
        _pass.deadline = started + SHARE * _worker_time(started)
        _pass.ended = started
        jobs = set()
    _pass.jobs = jobs | {job}
    return _pass.deadline


def _worker_time(started: float) -> float:
    """Seconds until Odoo ends this worker, at least.

    Of a worker process Odoo counts the sleep before the work as well: a minute and
    some seconds, unless it was woken. It ends one that has used up its CPU time, too.
    """
    limit = config["limit_time_real_cron"]
    if limit is None or limit < 0:
        limit = config["limit_time_real"]
    if not config["workers"]:
        return limit or float("inf")
    slept = min(LONGEST_SLEEP, started - getattr(_pass, "ended", -LONGEST_SLEEP))
    times = [limit - slept if limit else float("inf")]
    if config["limit_time_cpu"]:
        times.append(config["limit_time_cpu"])
    return max(min(times), SHORTEST_PASS)


class Account(models.Model):
    _inherit = "notes.zoho.account"

    # -- entry points -----------------------------

    @api.private
    def sync_now(self, preview=False):
        """Run each account once, whole, before this returns; commits as it goes.

        The organisation's feed is pulled once for all of them.

        :param preview: only tell what would be done; nothing is written on either
            side, and nothing but the run's report here.
        :returns: the runs, in the order of the accounts.
        :raises UserError: an account is not ready, is being synced at the moment, or
            the database is neutralized.
        """
        self._check_may_act()
        accounts = self.sudo()
        accounts._check_can_run()
        problems = {org: org._pull_feed() for org in accounts.org_id}
        runs = self.env["notes.zoho.run"]
        for account in accounts:
            problem = problems[account.org_id]
            if preview:
                run = account._preview(problem=problem)
            else:
                run = account._run("manual", problem=problem)
            if run is None:
                raise account._busy()
            runs |= run
        return runs.with_env(self.env)

    def action_preview(self):
        """Tell, record by record, what a run would do now; nothing is written.

        As far as a request's time goes: the person waits for it.
        """
        self.ensure_one()
        self._check_may_act()
        account = self.sudo()
        account._check_can_run()
        deadline = time.monotonic() + SHARE * (config["limit_time_real"] or PATIENCE)
        problem = account.org_id._pull_feed()
        run = account._preview(lambda: deadline - time.monotonic(), problem)
        if run is None:
            raise account._busy()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview"),
            "res_model": run._name,
            "res_id": run.id,
            "view_mode": "form",
        }

    def _check_can_run(self) -> None:
        """:raises UserError: what keeps these accounts from being synced now."""
        if self._is_neutralized():
            raise UserError(
                self.env._("This database is a neutralized copy; it never syncs.")
            )
        for account in self:
            account._check_ready()

    def _busy(self) -> UserError:
        return UserError(
            self.env._(
                "A sync of %(account)s is going on already.",
                account=self.display_name,
            )
        )

    @api.model
    def _cron_sync(self):
        """One lane: the accounts that are due, those a person waits for first."""
        if self._is_neutralized():
            return
        cron = self.env["ir.cron"]
        job = self.env.context.get("cron_id")
        deadline = pass_deadline(job)
        try:
            self._pause_archived()
            tried: set[int] = set()
            done = 0
            while account := self._next_due(tried):
                left = deadline - time.monotonic()
                if left < WORTH:
                    # The rest comes in the worker's next pass.
                    cron.browse(job)._trigger()
                    break
                tried.add(account.id)
                if account._lane_turn(deadline):
                    done += 1
            self._wake_lanes_later()
            cron._commit_progress(done, remaining=0)
        finally:
            _pass.ended = time.monotonic()

    def _lane_turn(self, deadline: float) -> bool:
        """A slice of this account's run; whether there was one (see ``_run``)."""
        requested = bool(self.run_requested)
        problem = None
        if self.org_id._pull_is_due(requested):
            # A person waits for what is new, so another lane's pull is waited for.
            problem = self.org_id._pull_feed(wait=requested)
        run = self._run(
            "manual" if requested else "cron",
            lambda: deadline - time.monotonic(),
            problem,
            only_if_due=True,
        )
        return run is not None

    # -- which account -----------------------------

    @api.model
    def _is_neutralized(self) -> bool:
        parameters = self.env["ir.config_parameter"].sudo()
        return bool(parameters.get_param("database.is_neutralized"))

    @api.model
    def _next_due(self, tried: set[int]):
        """The account whose turn it is; none when nothing is due."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT account.id FROM notes_zoho_account account "
                "JOIN notes_zoho_org o ON o.id = account.org_id "
                "JOIN notes_zoho_domino_server s ON s.id = account.server_id "
                "WHERE %(runs)s "
                "AND account.next_run <= %(now)s AND o.state = 'connected' "
                "AND (o.retry_at IS NULL OR o.retry_at <= %(now)s) "
                "AND (s.retry_at IS NULL OR s.retry_at <= %(now)s) "
                "AND NOT account.id = ANY(%(tried)s::int[]) "
                "ORDER BY account.run_requested NULLS LAST, account.next_run, "
                "account.id LIMIT 1",
                runs=RUNS,
                now=fields.Datetime.now(),
                tried=list(tried),
            )
        )
        return self.sudo().browse(rows[0][0]) if rows else self.browse()

    def _is_due(self) -> bool:
        self.invalidate_recordset(["state", "next_run"])
        return (
            self.state in ("connected", "error")
            and bool(self.next_run)
            and self.next_run <= fields.Datetime.now()
        )

    @api.model
    def _pause_archived(self):
        """Accounts of people who left Odoo stop by themselves."""
        archived = self.sudo().search(
            [("state", "in", ("connected", "error")), ("user_id.active", "=", False)]
        )
        if archived:
            archived.write(
                {
                    "state": "paused",
                    "error": reason("user_archived").to_json(),
                }
            )

    @api.model
    def _wake_lanes_later(self):
        """Come back when the next account is due, if that is before the schedule."""
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                "SELECT min(greatest(a.next_run, s.retry_at, o.retry_at)) "
                "FROM notes_zoho_account a "
                "JOIN notes_zoho_org o ON o.id = a.org_id "
                "JOIN notes_zoho_domino_server s ON s.id = a.server_id "
                "WHERE a.settings_chosen AND a.state = 'connected' "
                "AND o.state = 'connected' "
                "AND greatest(a.next_run, s.retry_at, o.retry_at) > %s",
                now,
            )
        )
        at = rows[0][0]
        if at and at <= now + WAKE_WITHIN:
            self._wake_lanes(at=at)

    # -- one run -----------------------------

    def _run(
        self,
        trigger: str,
        time_left: Callable[[], float] = lambda: float("inf"),
        problem: SyncError | None = None,
        only_if_due: bool = False,
    ):
        """A slice of this account's run under its lock; with endless time all of it.

        :param problem: what kept the organisation's feed from being pulled.
        :param only_if_due: the other lane may have run it since it was chosen.
        :returns: the run, or ``None`` when somebody else runs this account now, or
            has just done so.
        """
        self.ensure_one()
        self._commit()
        with session_lock(self.env, "account", self.id) as lock:
            if not lock or (only_if_due and not self._is_due()):
                return None
            run = self._open_run(trigger)
            if run.trigger != "cron":  # at rest it is over before anybody looks
                self._tell_run(run)
            self._commit()
            try:
                self._attempt(run, time_left, problem, lock)
            except LockLost:
                # This process stood still; whoever has the lock now goes on with it.
                self.env.cr.rollback()
                _logger.info("Run %s of account %s is left to others", run.id, self.id)
                return None
            self._tell_run(run)
            self._commit()
            return run

    def _attempt(
        self,
        run,
        time_left: Callable[[], float],
        problem: SyncError | None,
        lock: SessionLock,
    ) -> None:
        """Let the engine work, and note how that ended.

        :raises LockLost: nothing was noted.
        """
        try:
            if problem is not None:
                raise problem
            result = self._slices(run, time_left, lock)
        except LockLost:
            raise
        except Exception as error:  # one sick account never stops the lane
            self.env.cr.rollback()
            lock.check()
            failure = connect.as_sync_error(error)
            if isinstance(failure, Bug):
                _logger.exception("Run %s of account %s", run.id, self.id)
            self._run_failed(run, failure)
        else:
            lock.check()
            self._run_ended(run, result)

    def _preview(
        self,
        time_left: Callable[[], float] = lambda: float("inf"),
        problem: SyncError | None = None,
    ):
        """Let the engine work with ports that do not write and a store that forgets.

        :param time_left: seconds; what was not looked at by then is left out.
        :returns: the preview's run, or ``None`` when somebody runs this account.
        """
        self._commit()
        with session_lock(self.env, "account", self.id) as locked:
            if not locked or self._unfinished_run():
                return None
            run = self._open_run("preview")
            try:
                if problem is not None:
                    raise problem
                result, entries = self._dry_run(run, time_left)
            except Exception as error:  # the person is told, whatever it was
                self.env.cr.rollback()
                failure = connect.as_sync_error(error)
                if isinstance(failure, Bug):
                    _logger.exception("Preview %s of account %s", run.id, self.id)
                self._finish(run, "failed", failure.reason)
            else:
                report = self._store_for_decisions(run)
                report.report(entries)
                report.flush()
                self._finish(run, *self._preview_end(result))
            return run

    def _preview_end(self, result: RunResult) -> tuple[str, Reason | None]:
        """State of a preview, and what is to be said of it."""
        if not result.finished:
            return "partial", reason("preview_partial")
        return "held" if result.held else "done", None

    def _dry_run(
        self, run, time_left: Callable[[], float]
    ) -> tuple[RunResult, list[Entry]]:
        settings = self._engine_settings(aware(run.started))
        with connect.ports(self, settings) as ports:
            store = ForgetfulStore(
                self,
                run,
                self._engine_kinds(),
                {"notes": ports.notes.now, "zoho": ports.zoho.now},
                lambda: None,
            )
            store.begin()
            notes, zoho = dry(ports.notes, ports.zoho)
            engine = Run(settings, self._engine_kinds(), notes, zoho, store, time_left)
            result = engine.slice()
        self.env.cr.rollback()
        return result, store.reported

    def _commit(self) -> None:
        """Make durable what is done; within a cron this keeps its progress."""
        limit_pause(self.env.cr)
        self.env["ir.cron"]._commit_progress()

    def _open_run(self, trigger: str):
        """The account's unfinished run, else a new one."""
        run = self._unfinished_run()
        if not run:
            run = run.create(
                {
                    "account_id": self.id,
                    "company_id": self.company_id.id,
                    "trigger": trigger,
                }
            )
            self._commit()
        if trigger != "preview":
            self._note({"last_run_id": run.id, "run_requested": False})
        return run

    def _unfinished_run(self):
        """The run that the next slice goes on with. For who holds the account's lock:
        a preview that is not finished has died."""
        run = (
            self.env["notes.zoho.run"]
            .sudo()
            .search([("account_id", "=", self.id), ("state", "=", "running")])
        )
        if run.trigger == "preview":
            self._finish(run, "failed", reason("preview_interrupted"))
            return run.browse()
        return run

    def _slices(
        self, run, time_left: Callable[[], float], lock: SessionLock
    ) -> RunResult:
        """Let the engine work; what the database could not serialize is done again.

        :raises LockLost: before anything is written without the lock.
        """
        for attempt in range(1, ATTEMPTS + 1):
            settings = self._engine_settings(aware(run.started))
            try:
                with connect.ports(self, settings, lock.check) as ports:
                    store = self._store(run, ports, lock)
                    store.begin()
                    engine = Run(
                        settings,
                        self._engine_kinds(),
                        ports.notes,
                        ports.zoho,
                        store,
                        time_left,
                    )
                    result = engine.slice()
                    while not result.finished and time_left() > 0:
                        result = engine.slice()
                    self._remember(ports.session)
                    return result
            except (
                psycopg2.extensions.TransactionRollbackError,
                psycopg2.IntegrityError,
            ):
                self.env.cr.rollback()
                if attempt == ATTEMPTS:
                    raise
                _logger.info("Account %s: the run goes on after a collision", self.id)
        raise AssertionError("unreachable")

    def _remember(self, session) -> None:
        """Keep what was learned of the server, which spares requests next time."""
        learned = {
            "notes_auth_mode": session.resolved_mode or self.notes_auth_mode,
            "notes_features": dict(session.features) or False,
        }
        news = {name: value for name, value in learned.items() if self[name] != value}
        if news:
            self._note(news)

    def _store(self, run, ports, lock: SessionLock) -> OdooStore:
        commit = self._telling_commit(run)

        def commit_with_lock() -> None:
            lock.check()
            commit()

        return OdooStore(
            self,
            run,
            self._engine_kinds(),
            {"notes": ports.notes.now, "zoho": ports.zoho.now},
            commit_with_lock,
        )

    def _store_for_decisions(self, run=None) -> OdooStore:
        """The store outside of the engine: for a person's decisions on links, or the
        report of a preview's run."""
        self.ensure_one()

        def clock() -> datetime:
            return datetime.now(UTC)

        def refuse() -> None:
            raise AssertionError("decisions are committed by their caller")

        kinds = self._engine_kinds()
        return OdooStore(self, run, kinds, {"notes": clock, "zoho": clock}, refuse)

    def _list_again(self) -> None:
        """Let the next run of these accounts list all of their Zoho records."""
        for account in self:
            cursor = load_memory(self.env, "account", account.id, "sync")
            for kind in account._engine_kinds():
                cursor.setdefault("zoho", {}).setdefault(kind, {})["paused"] = True
            save_memory(self.env, "account", account.id, "sync", cursor)

    # -- how it ended -----------------------------

    def _note(self, vals: dict) -> None:
        """Write to this account in a transaction of its own, also beside a person."""
        self._committed(lambda: self.write(vals))

    def _finish(self, run, state: str, *reasons: Reason | None) -> None:
        run.write(
            {
                "state": state,
                # One reason for many records is said once.
                "reasons": [why.to_json() for why in dict.fromkeys(reasons) if why],
                "finished": fields.Datetime.now(),
                "progress": False,
            }
        )
        self._commit()

    def _later(self, wait: timedelta | None = None) -> dict:
        wait = wait or timedelta(minutes=self.interval_minutes)
        return {"next_run": fields.Datetime.now() + wait}

    def _run_ended(self, run, result: RunResult) -> None:
        if not result.finished:
            self._note({"next_run": fields.Datetime.now()})
            return
        run.invalidate_recordset()
        self.invalidate_recordset()
        state = "done"
        if result.held:
            state = "held"
        elif run.failed:
            state = "partial"
        self._finish(run, state, *result.reasons)
        later = self._later()
        if result.retry_at is not None:
            later["next_run"] = min(later["next_run"], naive(result.retry_at))

        def note():
            self.write(
                {
                    **later,
                    "failures": 0,
                    "sign_in_failed": False,
                    "error": False,
                    "foreign_installation": False,
                    **({"state": "connected"} if self.state == "error" else {}),
                }
            )
            self._see_to_attention(run, result)
            self.server_id._answered()

        self._committed(note)

    def _run_failed(self, run, error: SyncError) -> None:
        """Act on the error's type alone."""
        side = getattr(error, "side", None)
        self._finish(run, "failed", error.reason)
        if isinstance(error, NeedsSignIn) and side == "zoho":
            self.org_id._needs_consent(error.reason)
            self._note({"error": error.reason.to_json(), **self._later()})
        elif isinstance(error, NeedsSignIn):
            self._sign_in_refused(error.reason)
        elif isinstance(error, RetryLater):
            self._wait(error, side)
        else:
            foreign = dict(error.reason.params).get("installation")
            self._note(
                {
                    "failures": self.failures + 1,
                    "error": error.reason.to_json(),
                    "foreign_installation": foreign or False,
                    **self._later(),
                }
            )
            self._fails_again(error)

    def _wait(self, error: RetryLater, side: str | None) -> None:
        if error.after:
            wait = timedelta(seconds=error.after)
        else:
            wait = min(FIRST_WAIT * 2 ** min(self.failures, 10), LONGEST_WAIT)
        self._note(
            {
                "failures": self.failures + 1,
                "error": error.reason.to_json(),
                **self._later(wait),
            }
        )
        if side == "notes" and not isinstance(error, Throttled):
            server = self.server_id
            self._committed(lambda: server._failed(error.reason))
            if server.retry_at:
                # The server's trouble is not for its users to mend.
                _logger.info(
                    "Domino server %s waits until %s", server.id, server.retry_at
                )
                return
        self._fails_again(error)

    def _sign_in_refused(self, why: Reason) -> None:
        """Once may be the server's mood or its access list; twice is the password."""
        now = fields.Datetime.now()
        again = bool(self.sign_in_failed)
        self._note(
            {
                "sign_in_failed": now,
                "error": why.to_json(),
                **self._later(SECOND_TRY),
            }
        )
        together = self.search_count(
            [
                ("server_id", "=", self.server_id.id),
                ("sign_in_failed", ">", now - SECOND_TRY),
            ]
        )
        if together >= SERVERS_FAULT:
            server = self.server_id
            self._committed(lambda: server.write({"retry_at": now + SECOND_TRY}))
        elif again:
            self._committed(lambda: self._ask_for_password(why))


class Org(models.Model):
    _inherit = "notes.zoho.org"

    def _pull_is_due(self, requested: bool = False) -> bool:
        """Whether the feed is to be read now.

        :param requested: a person waits: only what was read just now is new enough.
        """
        self.ensure_one()
        wait = JUST_NOW if requested else timedelta(minutes=self.pull_interval)
        return not self.last_pull or fields.Datetime.now() >= self.last_pull + wait

    def _feed_modules(self) -> list[str]:
        """Modules that at least one account syncs; companies come with contacts."""
        accounts = self.env["notes.zoho.account"].sudo()
        own = [("org_id", "=", self.id), ("state", "!=", "retired")]
        used = [
            kind
            for kind, switch in SWITCHES.items()
            if accounts.search_count([*own, (switch, "=", True)], limit=1)
        ]
        companies = [COMPANIES] if "contact" in used else []
        return companies + [MODULES[kind] for kind in used]

    def _pull_feed(self, wait: bool = True) -> SyncError | None:
        """Read what changed in the organisation, once for all its accounts.

        :param wait: for another process that is at it, whose pull then counts.
        :returns: what kept it from being read.
        """
        self.ensure_one()
        commit = self.env["ir.cron"]._commit_progress
        asked = fields.Datetime.now()
        commit()
        with session_lock(self.env, "org", self.id, wait=wait) as locked:
            if not locked:
                return None
            self.invalidate_recordset(["last_pull"])
            if self.last_pull and self.last_pull > asked:
                return None
            modules = self._feed_modules()
            try:
                with connect.feed(self) as (feed, now):
                    stale = pull(feed, OdooFeedStore(self, now, commit), modules, now())
                    if stale:
                        # Deletions may be missing from what was read.
                        accounts = self.env["notes.zoho.account"].sudo()
                        accounts.search([("org_id", "=", self.id)])._list_again()
            except psycopg2.extensions.TransactionRollbackError:
                # The cursor did not move: the next pull reads the same again.
                self.env.cr.rollback()
                return None
            except Exception as error:  # one sick organisation never stops the lane
                self.env.cr.rollback()
                failure = connect.as_sync_error(error)
                if isinstance(failure, Bug):
                    _logger.exception("Feed of organisation %s", self.id)
                return self._pull_failed(failure)
            # A fresh snapshot: the token may have been renewed beside us.
            commit()
            self.write(
                {
                    "last_pull": fields.Datetime.now(),
                    "retry_at": False,
                    "failures": 0,
                    "error": False,
                }
            )
            self._settle("feed")
            commit()
        return None

    def _pull_failed(self, error: SyncError) -> SyncError:
        error.side = "zoho"
        if isinstance(error, NeedsSignIn):
            self._needs_consent(error.reason)
        else:
            seconds = getattr(error, "after", None) or FIRST_WAIT.total_seconds()
            self._committed(lambda: self._wait_for_zoho(error, seconds))
        return error

    def _wait_for_zoho(self, error: SyncError, seconds: float) -> None:
        self.write(
            {
                "failures": self.failures + 1,
                "error": error.reason.to_json(),
                "retry_at": fields.Datetime.now() + timedelta(seconds=seconds),
            }
        )
        if self.failures >= MANY_FAILURES:
            self._ask("feed", self._administrators(), error.reason)
