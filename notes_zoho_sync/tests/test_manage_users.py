from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import SimulatedCase


class ManageUsersCase(SimulatedCase):
    """Three seats; Anna has one of them and has synced."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.license.seats = 3
        cls.carla, cls.dora = (
            new_test_user(
                cls.env, name, groups="base.group_user", email=f"{name}@x.test"
            )
            for name in ("carla", "dora")
        )

    def setUp(self):
        super().setUp()
        self.account = self.make_account(self.anna)
        self.env["notes.zoho.run"].create(
            {"account_id": self.account.id, "company_id": self.company.id}
        )
        self.env.flush_all()

    def open(self, user=None):
        accounts = self.env["notes.zoho.account"].with_user(user or self.admin)
        action = accounts.action_manage_users()
        return accounts.env[action["res_model"]].browse(action["res_id"])

    def add(self, *users, dialog=None):
        dialog = dialog or self.open()
        dialog.user_ids = self.env["res.users"].union(*users)
        dialog.action_add()
        return dialog

    def line(self, dialog, user):
        dialog.invalidate_recordset()
        return dialog.line_ids.filtered(lambda line: line.user_id == user)

    def assertRefused(self, dialog, words):
        self.assertRegex(dialog.notice, words)
        self.assertEqual(dialog.notice_level, "warning")

    def accounts(self, *users):
        users = self.env["res.users"].union(*users)
        return self.env["notes.zoho.account"].search([("user_id", "in", users.ids)])


@tagged("post_install", "-at_install")
class TestManageUsers(ManageUsersCase):
    def test_everybody_is_listed_with_the_seats(self):
        dialog = self.open()
        line = self.line(dialog, self.anna)
        self.assertEqual((dialog.seats_used, dialog.seats_bought), (1, 3))
        self.assertEqual(line.server_id, self.server)
        self.assertEqual(line.state, "connected")
        self.assertEqual(line.last_run, self.account.last_run_id.started)
        self.assertEqual(line.zoho_user_id.name, "anna@x.test")

    def test_who_is_all_right_costs_no_request_to_zoho(self):
        self.clear_logs()
        self.open()
        self.assertEqual(self.zoho.log.count(), 0)

    def test_several_are_added_at_once_and_get_the_app(self):
        dialog = self.add(self.carla, self.dora)
        accounts = self.accounts(self.carla, self.dora)
        self.assertEqual(accounts.mapped("state"), ["draft", "draft"])
        for user in (self.carla, self.dora):
            self.assertTrue(user.has_group("notes_zoho_sync.group_user"))
            self.assertFalse(user.has_group("notes_zoho_sync.group_admin"))
            self.assertIn(user.name, dialog.notice)
        self.assertFalse(dialog.user_ids)
        dialog.invalidate_recordset()
        self.assertEqual(dialog.seats_used, 3)

    def test_too_many_are_refused_and_nobody_is_added(self):
        dialog = self.add(self.ben, self.carla, self.dora)
        self.assertRefused(dialog, "3 seats .* only 2 of 3 free")
        self.assertEqual(len(dialog.user_ids), 3)
        self.assertFalse(self.accounts(self.ben, self.carla, self.dora))
        self.assertFalse(self.carla.has_group("notes_zoho_sync.group_user"))

    def test_beyond_the_last_seat_is_refused_in_words(self):
        self.add(self.carla, self.dora)
        self.assertRefused(self.add(self.ben), "All 3 seats")
        self.assertFalse(self.accounts(self.ben))

    def test_several_made_by_any_way_are_all_made_or_none(self):
        accounts = self.env["notes.zoho.account"].with_user(self.admin)
        users = (self.ben, self.carla, self.dora)
        with self.assertRaisesRegex(UserError, "only 2 of 3 free"):
            accounts.create(
                [{"user_id": user.id, "org_id": self.org.id} for user in users]
            )

    def test_who_has_an_account_is_not_offered_again(self):
        form = Form(self.open())
        self.assertIn(self.anna, form.present_user_ids[:])
        self.assertNotIn(self.ben, form.present_user_ids[:])

    def test_without_a_choice_or_an_organisation_it_says_what_is_missing(self):
        self.assertRefused(self.add(), "Choose the users")
        dialog = self.open()
        dialog.org_id = False
        self.add(self.carla, dialog=dialog)
        self.assertRefused(dialog, "Connect Zoho CRM first")
        self.assertFalse(self.accounts(self.carla))

    # -- the Zoho user -----------------------------

    def test_the_zoho_user_is_proposed_by_e_mail_and_taken_when_confirmed(self):
        number = self.zoho.act.add_user(
            "Carla@X.test", "Carla", "Test", time_zone="America/Sao_Paulo"
        )
        dialog = self.add(self.carla)
        account = self.accounts(self.carla)
        line = self.line(dialog, self.carla)
        self.assertEqual(line.zoho_user_id.number, number)
        self.assertFalse(line.note)
        self.assertFalse(account.zoho_user_id)
        line.action_confirm()
        self.assertEqual(account.zoho_user_id, number)
        self.assertEqual(account.zoho_user_email, "Carla@X.test")
        self.assertEqual(account.tz, "America/Sao_Paulo")
        self.assertIn("carla", dialog.notice)

    def test_all_proposals_are_confirmed_together(self):
        numbers = [
            self.zoho.act.add_user(f"{name}@x.test", name, "Test")
            for name in ("carla", "dora")
        ]
        dialog = self.add(self.carla, self.dora)
        self.assertTrue(dialog.proposed)
        dialog.action_confirm_all()
        accounts = self.accounts(self.carla, self.dora)
        self.assertEqual(accounts.mapped("zoho_user_id"), numbers)
        self.env.invalidate_all()
        self.assertFalse(dialog.proposed)

    def test_a_missing_zoho_user_is_told_and_another_one_can_be_chosen(self):
        number = self.zoho.act.add_user("c.test@x.test", "Carla", "Test")
        dialog = self.add(self.carla)
        line = self.line(dialog, self.carla)
        self.assertFalse(line.zoho_user_id)
        self.assertRegex(line.note, "no active user .* carla@x.test")
        line.action_confirm()
        self.assertRefused(dialog, "Choose the Zoho user of carla")
        line.zoho_user_id = line.zoho_user_id.search([("number", "=", number)])
        line.action_confirm()
        self.assertEqual(self.accounts(self.carla).zoho_user_id, number)
        self.assertFalse(line.note)

    def test_an_address_of_several_zoho_users_proposes_none(self):
        for first in ("Carla", "Karla"):
            self.zoho.act.add_user("carla@x.test", first, "Test")
        line = self.line(self.add(self.carla), self.carla)
        self.assertFalse(line.zoho_user_id)
        self.assertIn("Carla Test, Karla Test", line.note)

    def test_a_zoho_user_of_another_account_is_not_proposed(self):
        self.carla.email = self.anna.email
        line = self.line(self.add(self.carla), self.carla)
        self.assertFalse(line.zoho_user_id)
        self.assertRegex(line.note, "belongs to the account of anna")

    def test_of_two_with_one_address_only_one_is_proposed(self):
        self.zoho.act.add_user("carla@x.test", "Carla", "Test")
        self.dora.email = "carla@x.test"
        dialog = self.add(self.carla, self.dora)
        notes = [self.line(dialog, user).note for user in (self.carla, self.dora)]
        self.assertEqual(sum(bool(note) for note in notes), 1)
        dialog.action_confirm_all()
        confirmed = self.accounts(self.carla, self.dora).mapped("zoho_user_id")
        self.assertEqual(sum(bool(number) for number in confirmed), 1)

    def test_who_has_no_e_mail_address_is_told(self):
        self.carla.email = False
        line = self.line(self.add(self.carla), self.carla)
        self.assertIn("no e-mail address in Odoo", line.note)

    def test_zoho_out_of_reach_keeps_nobody_from_being_added(self):
        self.zoho.stop()
        line = self.line(self.add(self.carla), self.carla)
        self.assertTrue(self.accounts(self.carla))
        self.assertFalse(line.zoho_user_id)
        self.assertTrue(line.note)

    # -- leaving -----------------------------

    def test_who_has_not_synced_is_removed(self):
        dialog = self.add(self.carla)
        self.line(dialog, self.carla).action_remove()
        self.assertFalse(self.accounts(self.carla))
        self.assertFalse(self.line(dialog, self.carla))
        self.assertEqual(dialog.seats_used, 1)
        self.assertIn("The seat is free", dialog.notice)

    def test_who_has_synced_is_not_removed_but_can_be_retired_instead(self):
        dialog = self.open()
        self.line(dialog, self.anna).action_remove()
        self.assertEqual(self.account.state, "connected")
        self.assertRefused(dialog, "has synced already")
        dialog.action_retire_instead()
        self.assertEqual(self.account.state, "retired")
        self.assertFalse(self.account._get_secret("notes_password"))
        dialog.invalidate_recordset()
        self.assertEqual(dialog.seats_used, 0)
        self.assertEqual(dialog.notice_level, "success")
        self.assertFalse(dialog.retire_id)

    def test_who_is_taken_up_again_needs_a_seat(self):
        dialog = self.open()
        self.line(dialog, self.anna).action_retire()
        self.add(self.ben, self.carla, self.dora)
        self.line(dialog, self.anna).action_reactivate()
        self.assertRefused(dialog, "All 3 seats")
        self.accounts(self.dora).unlink()
        self.line(dialog, self.anna).action_reactivate()
        self.assertEqual(self.account.state, "draft")

    def test_adding_a_retired_user_brings_the_same_account_back(self):
        self.account.action_retire()
        group = self.env.ref("notes_zoho_sync.group_user")
        self.anna.group_ids = [Command.unlink(group.id)]
        dialog = self.add(self.anna, self.carla)
        self.assertEqual(self.accounts(self.anna), self.account)
        self.assertEqual(self.account.state, "draft")
        self.assertEqual(self.account.zoho_user_id, self.owner[self.anna])
        self.assertTrue(self.anna.has_group("notes_zoho_sync.group_user"))
        self.assertEqual(len(self.line(dialog, self.anna)), 1)

    def test_new_and_retired_users_are_counted_together(self):
        self.account.action_retire()
        self.license.seats = 1
        dialog = self.add(self.anna, self.carla)
        self.assertRefused(dialog, "2 seats .* only 1 of 1 free")
        self.assertEqual(self.account.state, "retired")

    def test_of_several_accounts_of_one_person_the_one_in_use_is_listed(self):
        self.account.action_retire()
        self.env.flush_all()
        second = self.make_account(self.anna)
        self.assertEqual(self.line(self.open(), self.anna).account_id, second)
        second.action_retire()
        self.assertEqual(self.line(self.open(), self.anna).account_id, second)

    # -- who may -----------------------------

    def test_only_administrators_manage_users(self):
        for user in (self.anna, self.stranger):
            with self.assertRaises(AccessError):
                self.open(user)
            for model in (
                "notes.zoho.manage.users",
                "notes.zoho.manage.users.line",
                "notes.zoho.manage.zoho.user",
            ):
                with self.assertRaises(AccessError, msg=model):
                    self.env[model].with_user(user).create({})
        dialog = self.open()
        for name in ("action_add", "action_confirm_all", "action_retire_instead"):
            with self.assertRaises(AccessError, msg=name):
                getattr(dialog.with_user(self.anna), name)()
        for name in ("action_confirm", "action_remove", "action_retire"):
            with self.assertRaises(AccessError, msg=name):
                getattr(dialog.line_ids.with_user(self.anna), name)()
        self.assertEqual(self.account.state, "connected")

    def test_an_administrator_cannot_touch_anothers_dialog(self):
        dialog = self.open()
        other = new_test_user(self.env, "vice", groups="notes_zoho_sync.group_admin")
        with self.assertRaises(AccessError):
            dialog.with_user(other).read(["notice"])
        with self.assertRaises(AccessError):
            dialog.line_ids.with_user(other).read(["note"])

    def test_an_administrator_of_another_company_manages_nobody_here(self):
        foreign = self.make_foreign_admin()
        dialog = self.open(foreign)
        self.assertFalse(dialog.line_ids)
        self.assertEqual((dialog.seats_used, dialog.seats_bought), (0, 0))
        with self.assertRaises(AccessError):
            dialog.line_ids.create(
                {"wizard_id": dialog.id, "account_id": self.account.id}
            )
        dialog.write({"org_id": self.org.id, "user_ids": self.carla.ids})
        dialog.action_add()
        self.assertRefused(dialog, "no valid licence")
        self.license.copy({"company_id": foreign.company_id.id})
        dialog.action_add()
        self.assertEqual(dialog.notice_level, "warning")
        self.assertFalse(self.accounts(self.carla))
