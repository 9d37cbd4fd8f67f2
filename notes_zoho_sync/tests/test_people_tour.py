"""Who comes to the app, and how they leave it, in a browser."""

from odoo.tests import HttpCase, tagged

from .test_first_visit import FirstVisitCase
from .test_manage_users import ManageUsersCase


@tagged("post_install", "-at_install", "tour")
class TestFirstVisitTour(HttpCase, FirstVisitCase):
    def visit(self, knob, mode):
        self.domino.act.set_knob("auth", knob)
        self.start_tour("/odoo", "notes_zoho_sync_first_visit", login="anna")
        self.assertConnected(mode)

    def test_a_basic_server_takes_the_right_password_after_a_wrong_one(self):
        self.visit("basic", "basic")

    def test_a_session_server_takes_the_right_password_after_a_wrong_one(self):
        self.visit("session", "session")

    def test_a_session_server_with_override_takes_the_right_password(self):
        self.visit("session_override", "basic")

    def test_servers_that_cannot_be_used_have_their_own_words(self):
        self.add_servers()
        self.env.flush_all()
        self.start_tour("/odoo", "notes_zoho_sync_wrong_servers", login="anna")
        self.assertNothingStored()

    def test_a_switch_that_is_off_is_red_with_advice(self):
        self.domino.act.set_view(self.mail[self.anna], "($Contacts)", False)
        self.in_notes = self.domino.dump()
        self.start_tour("/odoo", "notes_zoho_sync_switch_off", login="anna")
        self.assertNothingStored()


@tagged("post_install", "-at_install", "tour")
class TestManageUsersTour(HttpCase, ManageUsersCase):
    def test_users_are_added_to_the_last_seat_and_beyond_removed_and_retired(self):
        number = self.zoho.act.add_user("carla@x.test", "Carla", "Test")
        in_notes, in_zoho = self.domino.dump(), self.zoho.dump()["records"]
        self.start_tour("/odoo", "notes_zoho_sync_manage_users", login="boss")
        self.env.invalidate_all()
        self.assertEqual(self.account.state, "retired")
        self.assertFalse(self.account._get_secret("notes_password"))
        self.assertFalse(self.accounts(self.ben))
        added = self.accounts(self.carla, self.dora)
        self.assertEqual(added.mapped("state"), ["draft", "draft"])
        carla = self.accounts(self.carla)
        self.assertEqual(carla.zoho_user_id, number)
        self.assertFalse((added - carla).zoho_user_id)
        for user in (self.carla, self.dora):
            self.assertTrue(user.has_group("notes_zoho_sync.group_user"))
        self.assertEqual(self.domino.dump(), in_notes)
        self.assertEqual(self.zoho.dump()["records"], in_zoho)
        self.assertFalse(self.zoho.log.writes())


@tagged("post_install", "-at_install", "tour")
class TestUninstallTour(HttpCase):
    def test_odoos_dialog_says_what_goes_and_what_stays(self):
        self.start_tour("/odoo/apps", "notes_zoho_sync_uninstall", login="admin")
        module = self.env.ref("base.module_notes_zoho_sync")
        self.assertEqual(module.state, "installed")
