from odoo.tests import HttpCase, tagged

from .common import SimulatedCase


class TourCase(HttpCase, SimulatedCase):
    def sync(self, account, times=1):
        """Whole runs; a test with a browser has cursors that can commit already."""
        for _time in range(times):
            self.move_clocks()
            self.env.flush_all()
            with self.registry.cursor() as cr:
                account.with_env(self.env(cr=cr)).sync_now()
            self.env.invalidate_all()

    def tour(self, name, url="/odoo", login="anna"):
        self.env.flush_all()
        self.start_tour(url, f"notes_zoho_sync_{name}", login=login)
        self.env.invalidate_all()


@tagged("post_install", "-at_install", "tour")
class TestHeldTour(TourCase):
    def setUp(self):
        super().setUp()
        self.account = self.make_account(self.anna)
        self.unids = self.add_contacts(self.anna, 12)
        self.sync(self.account)
        self.assertEqual(len(self.zoho_contacts(self.anna)), 12)
        for unid in self.unids:
            self.domino.act.delete(unid)
        self.sync(self.account, times=2)
        self.assertEqual(self.account.last_run_id.state, "held")
        self.assertEqual(len(self.zoho_contacts(self.anna)), 12)

    def test_held_deletions_are_explained_and_dismissed(self):
        self.tour("held_dismiss")
        self.sync(self.account)
        self.assertEqual(len(self.notes_contacts(self.anna)), 12)
        self.assertEqual(len(self.zoho_contacts(self.anna)), 12)

    def test_held_deletions_are_explained_and_confirmed(self):
        self.tour("held_confirm")
        self.sync(self.account)
        self.assertFalse(self.notes_contacts(self.anna))
        self.assertFalse(self.zoho_contacts(self.anna))


@tagged("post_install", "-at_install", "tour")
class TestPasswordTour(TourCase):
    def test_who_is_asked_for_the_password_changes_it_on_the_page(self):
        account = self.make_account(self.anna)
        self.add_contacts(self.anna, 2)
        self.domino.act.change_password("Anna Test", "Winter-18")
        self.sync(account, times=2)
        self.assertEqual(account.state, "error")
        self.tour("password")
        self.assertEqual(account._get_secret("notes_password"), "Winter-18")
        self.assertEqual(account.notes_username, "anna.test@acme.example")
        self.sync(account)
        self.assertEqual(len(self.zoho_contacts(self.anna)), 2)


@tagged("post_install", "-at_install", "tour")
class TestSettingsTour(TourCase):
    def test_the_first_start_asks_for_the_settings_and_explains_each(self):
        account = self.make_account(self.anna, settings_chosen=False)
        self.add_contacts(self.anna, 1)
        self.zoho.act.create("Contacts", Last_Name="Only", owner=self.owner[self.anna])
        self.tour("settings")
        self.assertRecordValues(
            account,
            [
                {
                    "direction": "notes_to_zoho",
                    "sync_events": True,
                    "event_range": "today",
                    "days_ahead": 30,
                    "interval_minutes": 60,
                    "create_companies": False,
                    "settings_chosen": True,
                }
            ],
        )
        self.assertTrue(account.run_requested)
        self.clear_logs()
        self.sync(account)
        self.assertEqual(self.domino.log.writes(), 0)
        self.assertEqual(len(self.zoho_contacts(self.anna)), 2)
        self.assertFalse(self.zoho.records("Accounts"))


@tagged("post_install", "-at_install", "tour")
class TestZohoTour(TourCase):
    def test_an_administrator_connects_and_disconnects_zoho(self):
        self.org.action_disconnect()
        self.org._forget_secrets("client_secret")
        self.env["ir.config_parameter"].set_param("web.base.url", self.base_url())
        self.zoho.log.clear()
        url = f"/odoo/action-notes_zoho_sync.action_org/{self.org.id}"
        self.tour("connect_zoho", url, "boss")
        self.assertEqual(self.org.state, "draft")
        self.assertFalse(self.org._get_secret("refresh_token"))
        self.assertEqual(self.zoho.log.count("oauth/auth"), 1)
        self.assertEqual(self.zoho.log.count("oauth/revoke"), 1)
