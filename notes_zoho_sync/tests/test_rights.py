from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestRights(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls.make_account(cls.anna)
        cls.other = cls.make_account(cls.ben)
        cls.runs = cls.env["notes.zoho.run"].create(
            [
                {"account_id": account.id, "company_id": account.company_id.id}
                for account in (cls.mine, cls.other)
            ]
        )
        cls.links = cls.env["notes.zoho.link"].create(
            [
                {
                    "account_id": account.id,
                    "org_id": cls.org.id,
                    "company_id": account.company_id.id,
                    "kind": "contact",
                    "notes_key": f"KEY{account.id}",
                }
                for account in (cls.mine, cls.other)
            ]
        )
        cls.entries = cls.env["notes.zoho.run.entry"].create(
            [
                {
                    "run_id": run.id,
                    "account_id": run.account_id.id,
                    "company_id": run.company_id.id,
                    "kind": "contact",
                    "outcome": "failed",
                    "target": "zoho",
                    "moment": fields.Datetime.now(),
                    "link_id": link.id,
                }
                for run, link in zip(cls.runs, cls.links, strict=True)
            ]
        )

    def test_a_user_sees_the_own_account_with_its_runs_links_and_entries_only(self):
        for records in (self.mine | self.other, self.runs, self.links, self.entries):
            seen = records.with_user(self.anna).search([("id", "in", records.ids)])
            self.assertEqual(seen.ids, records[0].ids, records._name)
            with self.assertRaises(AccessError):
                records[1].with_user(self.anna).read(["display_name"])

    def test_a_user_writes_nothing_directly(self):
        for record in (
            self.mine,
            self.runs[0],
            self.links[0],
            self.entries[0],
            self.org,
            self.server,
        ):
            for act in (
                lambda r: r.write({"company_id": self.company.id}),
                lambda r: r.unlink(),
                lambda r: r.copy(),
            ):
                with self.assertRaises(AccessError, msg=record._name):
                    act(record.with_user(self.anna))
        with self.assertRaises(AccessError):
            self.license.with_user(self.anna).read(["seats"])

    def test_a_user_cannot_set_whose_records_are_synced(self):
        for name in ("org_id", "server_id", "mail_file", "zoho_user_id", "state"):
            with self.assertRaises(AccessError, msg=name):
                self.mine.with_user(self.anna).write({name: self.mine[name]})

    def test_a_user_pauses_and_resumes_the_own_account_only(self):
        self.mine.with_user(self.anna).action_pause()
        self.assertEqual(self.mine.state, "paused")
        self.mine.with_user(self.anna).action_resume()
        self.assertEqual(self.mine.state, "connected")
        for act in ("action_pause", "action_start_sync", "action_change_password"):
            with self.assertRaises(AccessError, msg=act):
                getattr(self.other.with_user(self.anna), act)()
        self.other.action_pause()
        with self.assertRaises(AccessError):
            self.other.with_user(self.anna).action_resume()

    def test_only_an_administrator_retires_and_finds_zoho_users(self):
        for act in (
            "action_retire",
            "action_reactivate",
            "action_propose_zoho_user",
            "action_take_over",
        ):
            with self.assertRaises(AccessError, msg=act):
                getattr(self.mine.with_user(self.anna), act)()
        self.mine.with_user(self.admin).action_retire()
        self.assertEqual(self.mine.state, "retired")

    def test_a_stranger_gets_nothing(self):
        for record in (self.mine, self.org, self.server, self.runs, self.links):
            with self.assertRaises(AccessError, msg=record._name):
                record.with_user(self.stranger).read(["display_name"])
        with self.assertRaises(AccessError):
            self.mine.with_user(self.stranger).action_pause()
        with self.assertRaises(AccessError):
            self.env["notes.zoho.connect"].with_user(self.stranger).create({})

    def test_a_user_without_the_group_loses_the_own_account(self):
        account = self.mine.with_user(self.anna)
        self.anna.group_ids = [
            Command.unlink(self.env.ref("notes_zoho_sync.group_user").id)
        ]
        with self.assertRaises(AccessError):
            account.action_pause()

    def test_a_user_decides_on_the_own_entries_only(self):
        self.press(self.entries[0], "action_retry")
        self.assertTrue(self.links[0].dirty)
        for act in (
            "action_retry",
            "action_confirm",
            "action_dismiss",
            "action_restore",
            "action_link_to",
            "action_create_apart",
        ):
            with self.assertRaises(AccessError, msg=act):
                self.press(self.entries[1], act)
        for act in ("action_retry", "action_link_to", "action_create_apart"):
            with self.assertRaises(AccessError, msg=act):
                self.press(self.links[1], act)
        self.assertFalse(self.links[1].dirty)

    def test_a_user_does_not_change_anothers_settings_or_password(self):
        settings = self.env["notes.zoho.sync.settings"].with_user(self.anna)
        values = {
            "account_id": self.other.id,
            "direction": "two_way",
            "conflict_policy": "notes_wins",
            "event_range": "all",
            "sync_contacts": True,
            "tz": "UTC",
        }
        with self.assertRaises(AccessError):
            settings.create(values).action_save()
        with self.assertRaises(AccessError):
            settings.with_context(default_account_id=self.other.id).default_get(
                ["direction"]
            )
        dialog = (
            self.env["notes.zoho.connect"]
            .with_user(self.anna)
            .create(
                {
                    "account_id": self.other.id,
                    "server_name": self.server.name,
                    "username": "Anna",
                    "password": "p",
                }
            )
        )
        dialog.action_submit()
        self.assertTrue(dialog.failed)
        self.assertEqual(self.other.notes_username, self.ben.name)

    def test_a_server_needs_leave_for_plain_http(self):
        servers = self.env["notes.zoho.domino.server"].with_user(self.admin)
        for url in (
            "http://mail.x.test",
            "http://localhost",
            "https://u:p@mail.x.test",
            "https://mail.x.test/names.nsf",
            "ftp://mail.x.test",
            "mail.x.test",
        ):
            with self.assertRaises(ValidationError, msg=url):
                servers.create({"name": f"server {url}", "base_url": url})
        servers.create(
            {"name": "plain", "base_url": "http://plain.x.test", "allow_http": True}
        )

    def test_an_administrator_of_another_company_sees_nothing(self):
        foreign = self.make_foreign_admin()
        for records in (
            self.mine,
            self.org,
            self.server,
            self.license,
            self.runs,
            self.links,
            self.entries,
        ):
            self.assertFalse(
                records.with_user(foreign).search([("id", "in", records.ids)]),
                records._name,
            )
            with self.assertRaises(AccessError, msg=records._name):
                records.with_user(foreign).read(["display_name"])

    def test_records_of_two_companies_do_not_mix(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        org = self.env["notes.zoho.org"].create({"company_id": company.id})
        with self.assertRaises(UserError):
            self.mine.org_id = org

    def test_system_administrators_are_administrators_of_the_sync(self):
        system = self.env.ref("base.group_system")
        self.assertIn(
            self.env.ref("notes_zoho_sync.group_admin"), system.all_implied_ids
        )

    def test_who_is_added_gets_the_app(self):
        account = self.env["notes.zoho.account"].with_user(self.admin)
        account.create({"user_id": self.stranger.id, "org_id": self.org.id})
        self.assertTrue(self.stranger.has_group("notes_zoho_sync.group_user"))
        self.assertFalse(self.stranger.has_group("notes_zoho_sync.group_admin"))

    def test_a_person_without_account_is_sent_to_the_administrator(self):
        user = new_test_user(self.env, "newcomer", groups="notes_zoho_sync.group_user")
        wizard = (
            self.env["notes.zoho.connect"]
            .with_user(user)
            .create({"server_name": "mail.x.test", "username": "N", "password": "p"})
        )
        wizard.action_submit()
        self.assertIn("Ask an administrator", wizard.message)
        self.assertFalse(
            self.env["notes.zoho.account"].search([("user_id", "=", user.id)])
        )
