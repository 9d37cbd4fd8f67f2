from odoo.exceptions import UserError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestNeutralize(SyncCase):
    def setUp(self):
        super().setUp()
        self.account = self.make_account(self.anna, run_requested="2026-01-01 00:00:00")
        self.retired = self.make_account(self.ben, state="retired")
        self.env.flush_all()

    def neutralize(self):
        for query in get_neutralization_queries(["notes_zoho_sync"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()

    def test_a_neutralized_copy_has_no_credentials_and_no_account_that_runs(self):
        self.neutralize()
        self.assertFalse(self.account.sudo().notes_password_cipher)
        self.assertFalse(self.org.sudo().refresh_token_cipher)
        self.assertFalse(self.org.sudo().client_secret_cipher)
        self.assertEqual(self.account.state, "paused")
        self.assertFalse(self.account.run_requested)
        self.assertEqual(self.retired.state, "retired")
        self.assertEqual(self.org.state, "draft")

    def test_a_neutralized_copy_asks_nobody_for_anything(self):
        self.account._ask("sign_in", self.anna)
        self.org._ask("consent", self.admin)
        done, waiting = self.account.activity_ids, self.org.activity_ids
        done.action_done()
        self.env.flush_all()
        self.neutralize()
        self.assertFalse((done | waiting).exists())
        self.assertFalse(self.account.sudo().asked)

    def test_the_engine_refuses_to_run_in_a_neutralized_database(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        with self.assertRaisesRegex(UserError, "neutralized"):
            self.account.sync_now()
        self.env["notes.zoho.account"]._cron_sync()
        self.assertFalse(self.account.run_ids)

    def test_a_neutralized_copy_can_take_new_secrets(self):
        self.neutralize()
        self.org.client_secret = "another"
        self.assertEqual(self.org._get_secret("client_secret"), "another")
