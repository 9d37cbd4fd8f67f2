"""People are asked for what only they can do: once, and no longer than needed."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import attention
from ..services.errors import Misconfigured, RetryLater
from ..services.reasons import reason
from ..services.sync.run import RunResult
from .common import PASSWORD, SimulatedCase, SyncCase
from .test_cron import CronCase, refused, unreachable


class AttentionCase(SyncCase):
    def to_do(self, record, user=None):
        """Causes for which activities wait, of this user or of anybody."""
        found = record.sudo().activity_ids
        if user:
            found = found.filtered(lambda activity: activity.user_id == user)
        names = found.activity_type_id._get_external_ids()
        return sorted(
            names[activity.activity_type_id.id][0].split(".activity_")[1]
            for activity in found
        )

    def told(self, user):
        """What was shown in the user's browser."""
        channel = json.dumps(
            [self.env.cr.dbname, "res.partner", user.partner_id.id],
            separators=(",", ":"),
        )
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].search([("channel", "=", channel)], order="id")
        messages = [json.loads(row.message) for row in rows]
        return [m["payload"] for m in messages if m["type"] == "simple_notification"]


class TroubleCase(CronCase, AttentionCase):
    def fails(self, account, *errors):
        """What the account's next runs meet, one after the other."""
        for error in errors:
            self.engine.outcomes[account.zoho_user_id] = error
            account.next_run = fields.Datetime.now()
            self.tick()

    def wrong_switch(self):
        return Misconfigured(reason("view_untrusted", view="($Contacts)"), "view")


@tagged("post_install", "-at_install")
class TestPassword(TroubleCase):
    def test_a_person_is_asked_for_the_password_once_and_told_in_the_browser(self):
        account = self.due(self.anna)
        self.fails(account, refused())
        self.assertFalse(self.to_do(account) + self.told(self.anna))
        self.fails(account, refused())
        self.assertEqual(self.to_do(account, self.anna), ["sign_in"])
        self.assertEqual(len(account.activity_ids), 1)
        (message,) = self.told(self.anna)
        self.assertIn("password", message["title"])
        self.assertIn("refused the sign-in", message["message"])
        account.run_requested = fields.Datetime.now()
        self.fails(account, refused())
        self.assertEqual(len(account.activity_ids), 1)
        self.assertEqual(len(self.told(self.anna)), 1)
        self.assertFalse(self.told(self.admin))

    def test_who_puts_it_aside_is_not_asked_again_until_it_happens_anew(self):
        account = self.due(self.anna)
        self.fails(account, refused(), refused())
        account.activity_ids.unlink()
        account.run_requested = fields.Datetime.now()
        self.fails(account, refused())
        self.assertFalse(account.activity_ids)
        account.run_requested = fields.Datetime.now()
        self.fails(account, RunResult(True))
        self.fails(account, refused(), refused())
        self.assertEqual(self.to_do(account), ["sign_in"])
        self.assertEqual(len(self.told(self.anna)), 2)

    def test_a_run_that_signs_in_again_settles_it(self):
        account = self.due(self.anna)
        self.fails(account, refused(), refused())
        account.run_requested = fields.Datetime.now()
        self.fails(account, RunResult(True))
        self.assertFalse(account.activity_ids)

    def test_nobody_is_asked_for_an_account_that_rests(self):
        for act, user in (("action_pause", self.anna), ("action_retire", self.ben)):
            account = self.due(user)
            self.fails(account, refused(), refused())
            self.assertTrue(account.activity_ids)
            getattr(account.with_user(self.admin), act)()
            self.assertFalse(account.activity_ids)

    def test_an_account_that_is_paused_while_it_fails_stays_paused(self):
        account = self.due(self.anna)
        self.fails(account, refused())
        account.state = "paused"
        with self.transactions() as env:
            account.with_env(env)._run_failed(account.last_run_id, refused())
        self.assertEqual(account.state, "paused")
        self.assertFalse(account.activity_ids)


@tagged("post_install", "-at_install")
class TestTroubleOnAndOn(TroubleCase):
    def test_many_failures_in_a_row_ask_the_person_to_look(self):
        account = self.due(self.anna)
        self.fails(account, *[self.wrong_switch()] * (attention.MANY_FAILURES - 1))
        self.assertFalse(account.activity_ids)
        self.fails(account, self.wrong_switch(), self.wrong_switch())
        self.assertEqual(self.to_do(account, self.anna), ["failing"])
        self.assertIn("($Contacts)", str(account.activity_ids.note))
        self.assertEqual(len(account.activity_ids), 1)
        self.fails(account, RunResult(True))
        self.assertFalse(account.activity_ids)

    def test_a_server_out_of_reach_is_for_administrators_and_not_for_its_users(self):
        accounts = [self.due(self.anna), self.due(self.ben)]
        for _number in range(attention.MANY_FAILURES):
            self.server.retry_at = False
            self.fails(accounts[0], unreachable())
        for account in accounts:
            self.assertFalse(account.activity_ids)
        self.assertEqual(self.to_do(self.server, self.admin), ["server"])
        self.server.retry_at = False
        self.fails(accounts[0], RunResult(True))
        self.assertFalse(self.server.activity_ids)

    def test_a_feed_that_fails_on_and_on_is_told_to_administrators(self):
        account = self.due(self.anna)
        self.engine.outcomes["feed"] = RetryLater(reason("timed_out", server="Zoho"))
        for _number in range(attention.MANY_FAILURES + 1):
            self.org.write({"retry_at": False, "last_pull": False})
            account.next_run = fields.Datetime.now()
            self.tick()
        self.assertEqual(self.to_do(self.org, self.admin), ["feed"])
        self.assertFalse(account.activity_ids)
        del self.engine.outcomes["feed"]
        self.org.retry_at = False
        self.fails(account, RunResult(True))
        self.assertFalse(self.org.activity_ids)

    def test_many_refused_records_are_told_once_until_they_are_fewer(self):
        account = self.due(self.anna)
        links = self.env["notes.zoho.link"].create(
            [
                {
                    "account_id": account.id,
                    "org_id": self.org.id,
                    "company_id": account.company_id.id,
                    "kind": "contact",
                    "state": "failed",
                    "notes_key": str(number),
                }
                for number in range(21)
            ]
        )

        def refusal():
            self.env["notes.zoho.run.counter"].create(
                {
                    "run_id": account.last_run_id.id,
                    "kind": "contact",
                    "target": "zoho",
                    "outcome": "failed",
                    "number": 1,
                }
            )
            return RunResult(True)

        self.fails(account, refusal)
        self.fails(account, RunResult(True))
        self.assertEqual(self.to_do(account, self.anna), ["refused"])
        links[:2].state = "linked"
        self.fails(account, RunResult(True))
        self.assertFalse(account.activity_ids)


@tagged("post_install", "-at_install")
class TestConsent(TroubleCase):
    def setUp(self):
        super().setUp()
        self.foreign = self.make_foreign_admin()

    def dead_grant(self, why):
        with self.transactions() as env:
            self.org.with_env(env)._needs_consent(why)

    def test_administrators_of_the_company_are_asked_once_and_others_never(self):
        first, second = self.due(self.anna, minutes=9), self.due(self.ben)
        self.engine.outcomes[first.zoho_user_id] = refused("zoho")
        self.tick()
        self.assertEqual(self.to_do(self.org, self.admin), ["consent"])
        self.assertEqual(len(self.told(self.admin)), 1)
        self.assertFalse(self.to_do(self.org, self.foreign))
        for user in (self.foreign, self.anna, self.ben):
            self.assertFalse(self.told(user))
        self.assertFalse(first.activity_ids | second.activity_ids)
        self.dead_grant(reason("zoho_scope"))
        self.assertEqual(self.to_do(self.org, self.admin), ["consent"])

    def test_each_is_asked_in_the_own_language(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.admin.lang = "pt_BR"
        kind = self.env.ref("notes_zoho_sync.activity_consent")
        kind.with_context(lang="pt_BR").summary = "Conecte o Zoho CRM novamente"
        self.dead_grant(reason("zoho_scope"))
        mine = self.org.activity_ids.filtered(lambda a: a.user_id == self.admin)
        self.assertEqual(mine.summary, "Conecte o Zoho CRM novamente")
        others = self.org.activity_ids - mine
        self.assertTrue(others)
        self.assertEqual(set(others.mapped("summary")), {"Connect Zoho CRM again"})
        (message,) = self.told(self.admin)
        self.assertEqual(message["title"], "Conecte o Zoho CRM novamente")

    def test_what_zoho_says_is_text_and_never_markup(self):
        self.dead_grant(reason("zoho_grant_ended", detail="<b>x</b>"))
        self.assertIn("&lt;b&gt;", self.org.activity_ids[0].note)

    def test_a_disconnected_organisation_needs_nothing(self):
        self.org.state = "draft"
        self.dead_grant(reason("zoho_not_connected"))
        self.assertEqual(self.org.state, "draft")
        self.assertFalse(self.org.activity_ids)

    def test_a_licence_that_ends_is_told_a_month_and_a_week_before(self):
        self.make_account(self.anna)
        accounts = self.env["notes.zoho.account"]
        for days, causes in (
            (31, []),
            (30, ["license"]),
            (29, ["license"]),
            (7, ["license_soon"]),
            (1, ["license_soon"]),
            (400, []),
        ):
            self.license.valid_until = fields.Date.today() + timedelta(days)
            accounts._check_licenses()
            self.assertEqual(self.to_do(self.org, self.admin), causes)
        self.assertEqual(len(self.told(self.admin)), 2)


@tagged("post_install", "-at_install")
class TestSettledByPeople(SimulatedCase, AttentionCase):
    def setUp(self):
        super().setUp()
        self.account = self.make_account(self.anna)

    def hold(self):
        """So many deletions that they are held."""
        unids = self.add_contacts(self.anna, 12)
        self.sync_now(self.account)
        for unid in unids:
            self.domino.act.delete(unid)
        for _time in range(2):
            self.move_clocks()
            run = self.sync_now(self.account)
        return run

    def test_a_new_password_settles_it_and_a_wrong_one_does_not(self):
        self.domino.act.change_password("Anna Test", "Winter-18")
        for _time in range(2):
            self.sync_now(self.account)
        self.assertEqual(self.to_do(self.account, self.anna), ["sign_in"])
        account = self.account.with_user(self.anna)
        account.connect_notes(self.server, "Anna Test", "Herbst-19")
        self.assertTrue(self.account.activity_ids)
        account.connect_notes(self.server, "Anna Test", "Winter-18")
        self.assertFalse(self.account.activity_ids)
        self.assertNotIn(PASSWORD, str(self.account.message_ids.mapped("body")))

    def test_held_deletions_are_told_once_until_they_are_decided(self):
        run = self.hold()
        self.assertEqual(run.state, "held")
        self.assertEqual(self.to_do(self.account, self.anna), ["held"])
        self.move_clocks()
        self.sync_now(self.account)
        self.assertEqual(len(self.account.activity_ids), 1)
        self.assertEqual(len(self.told(self.anna)), 1)
        held = run.entry_ids.filtered(lambda entry: entry.outcome == "held")
        self.press(held[:3], "action_confirm")
        self.assertEqual(self.to_do(self.account), ["held"])
        self.press(held[3:], "action_dismiss")
        self.assertFalse(self.account.activity_ids)
        self.move_clocks()
        self.sync_now(self.account)
        self.assertFalse(self.account.activity_ids)
        self.assertEqual(len(self.notes_contacts(self.anna)), 9)
        self.assertEqual(len(self.zoho_contacts(self.anna)), 9)

    def test_a_new_consent_settles_it_for_everybody(self):
        self.zoho.act.revoke(self.org._get_secret("refresh_token"))
        self.sync_now(self.account)
        self.assertEqual(self.to_do(self.org, self.admin), ["consent"])
        self.org.with_user(self.admin).exchange_code(
            self.zoho.act.make_self_client_code()
        )
        self.assertFalse(self.org.activity_ids)


@tagged("post_install", "-at_install")
class TestAskedAtOnce(SyncCase):
    """Two lanes meet the same dead grant: real transactions, cleared away after."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            org = env["notes.zoho.org"].create({"name": "Twice", "state": "connected"})
            cls.number = org.id
        cls.addClassCleanup(cls.clear_away)

    @classmethod
    def clear_away(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["notes.zoho.org"].browse(cls.number).unlink()

    def test_of_two_lanes_at_once_one_asks(self):
        with self.registry.cursor() as one, self.registry.cursor() as two:
            orgs = [
                api.Environment(cr, SUPERUSER_ID, {})["notes.zoho.org"].browse(
                    self.number
                )
                for cr in (one, two)
            ]
            self.assertEqual(orgs[1].state, "connected")  # it has begun, too
            why = reason("zoho_scope")
            orgs[0]._needs_consent(why)
            with (
                mute_logger("odoo.sql_db"),
                patch.object(two, "rollback", wraps=two.rollback) as again,
            ):
                orgs[1]._needs_consent(why)
            self.assertTrue(again.called)
            activities = orgs[1].activity_ids
            self.assertTrue(activities)
            self.assertEqual(len(activities.user_id), len(activities))
