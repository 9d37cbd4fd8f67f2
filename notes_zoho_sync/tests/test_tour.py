from odoo.tests import HttpCase, tagged

from .common import SimulatedCase


@tagged("post_install", "-at_install", "tour")
class TestTour(HttpCase, SimulatedCase):
    def test_a_user_connects_starts_the_sync_and_sees_the_result(self):
        account = self.make_account(
            self.anna,
            state="draft",
            server_id=False,
            mail_file=False,
            notes_username=False,
            settings_chosen=False,
        )
        account._forget_secrets()
        self.add_contacts(self.anna, 3)
        self.env.flush_all()
        self.start_tour("/odoo", "notes_zoho_sync_connect", login="anna")
        self.env.invalidate_all()
        self.assertTrue(account.run_requested)
        lane = self.env.ref("notes_zoho_sync.cron_lane_1")
        self.assertIs(lane.method_direct_trigger(), True)
        self.env.invalidate_all()
        self.assertEqual(len(self.zoho_contacts(self.anna)), 3)
        self.start_tour("/odoo", "notes_zoho_sync_result", login="anna")
