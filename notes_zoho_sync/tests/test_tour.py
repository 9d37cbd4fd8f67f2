from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.web.tests import test_js

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
        self.clear_logs()
        self.start_tour("/odoo", "notes_zoho_sync_result", login="anna")
        self.assertFalse(self.zoho.log.writes())

    def test_the_gear_checks_changes_the_password_and_settings_and_pauses(self):
        account = self.make_account(self.anna)
        self.domino.act.change_password("Anna Test", "Winter-18")
        account.notes_password = "Winter-18"
        self.env.flush_all()
        self.start_tour("/odoo", "notes_zoho_sync_gear", login="anna")
        self.env.invalidate_all()
        self.assertEqual(account._get_secret("notes_password"), "Winter-18")
        self.assertEqual(account.conflict_policy, "notes_wins")
        self.assertEqual(account.state, "connected")

    def test_an_administrator_is_led_through_the_first_steps(self):
        self.license.active = False
        self.env.flush_all()
        self.start_tour("/odoo", "notes_zoho_sync_checklist", login="boss")

    def test_who_has_no_seat_is_told_whom_to_ask(self):
        new_test_user(self.env, "newcomer", groups="notes_zoho_sync.group_user")
        self.env.flush_all()
        self.start_tour("/odoo", "notes_zoho_sync_no_seat", login="newcomer")


@tagged("post_install", "-at_install", "tour")
class TestComponents(HttpCase):
    def test_the_pages_components_pass_their_own_tests(self):
        suite = test_js.HOOTCommon._generate_hash(None, "@notes_zoho_sync/sync_page")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )
