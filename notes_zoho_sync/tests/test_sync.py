"""Whole runs in Odoo against both simulators over HTTP."""

import itertools
from types import SimpleNamespace
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.tests import tagged

from ..models.secret import VARIABLE
from .common import PASSWORD, SimulatedCase

RUNNER = "odoo.addons.notes_zoho_sync.models.account_run"


class AccountCase(SimulatedCase):
    """Anna's account is connected."""

    def setUp(self):
        super().setUp()
        self.account = self.make_account(self.anna)

    def statements(self, act):
        before = self.env.cr.sql_log_count
        act()
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestSync(AccountCase):
    def test_contacts_are_made_on_both_sides_and_an_idle_run_writes_nothing(self):
        self.add_contacts(self.anna, 3)
        self.zoho.act.create(
            "Contacts",
            Last_Name="Zola",
            First_Name="Zoe",
            Email="zoe@example.com",
            owner=self.owner[self.anna],
        )
        run = self.sync_now(self.account)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(
            run.counters,
            {"contact": {"zoho": {"created": 3}, "notes": {"created": 1}}},
        )
        self.assertEqual(len(self.zoho_contacts(self.anna)), 4)
        self.assertEqual(len(self.notes_contacts(self.anna)), 4)
        self.assertEqual(self.account.link_count, 4)
        self.clear_logs()
        again = self.sync_now(self.account)
        self.assertEqual(again.state, "done")
        self.assertFalse(again.counters)
        self.assertEqual(self.domino.log.writes() + self.zoho.log.writes(), 0)

    def test_edits_travel_both_ways(self):
        (unid,) = self.add_contacts(self.anna, 1)
        self.sync_now(self.account)
        ((number, _),) = self.zoho_contacts(self.anna).items()
        self.move_clocks()
        self.domino.act.edit(unid, JobTitle="Captain")
        self.zoho.act.edit("Contacts", number, Department="Bridge")
        self.move_clocks()
        run = self.sync_now(self.account)
        self.assertEqual(
            run.counters,
            {"contact": {"zoho": {"updated": 1}, "notes": {"updated": 1}}},
        )
        self.assertEqual(self.zoho_contacts(self.anna)[number]["Title"], "Captain")
        (document,) = self.notes_contacts(self.anna)
        self.assertEqual(document["items"]["Department"], ["Bridge"])

    def test_a_conflict_stands_in_the_entry_with_both_values(self):
        (unid,) = self.add_contacts(self.anna, 1)
        self.sync_now(self.account)
        ((number, _),) = self.zoho_contacts(self.anna).items()
        self.move_clocks()
        self.domino.act.edit(unid, JobTitle="Captain")
        self.zoho.act.edit("Contacts", number, Title="Pilot")
        self.move_clocks()
        run = self.sync_now(self.account)
        entry = run.entry_ids.filtered(lambda e: e.outcome == "conflict")
        self.assertEqual(
            entry.lost_values["job_title"], {"kept": "Pilot", "lost": "Captain"}
        )
        self.assertEqual(entry.values_text, "Job title: Pilot stands, Captain is lost")

    def test_two_users_never_take_each_others_records(self):
        ben = self.make_account(self.ben)
        self.add_contacts(self.anna, 2, "Anna")
        self.add_contacts(self.ben, 2, "Ben")
        runs = self.sync_now(self.account | ben)
        self.assertEqual(runs.mapped("state"), ["done", "done"])
        self.assertEqual(len(self.zoho_contacts(self.anna)), 2)
        self.assertEqual(len(self.zoho_contacts(self.ben)), 2)
        again = self.sync_now(self.account | ben)
        self.assertFalse(again.counter_ids)

    def test_one_way_writes_to_the_target_only(self):
        self.account.direction = "notes_to_zoho"
        self.add_contacts(self.anna, 1)
        self.zoho.act.create("Contacts", Last_Name="Z", owner=self.owner[self.anna])
        self.domino.log.clear()
        self.sync_now(self.account)
        self.assertEqual(self.domino.log.writes(), 0)
        self.assertEqual(len(self.zoho_contacts(self.anna)), 2)

    def test_a_private_contact_leaves_nothing_of_it_in_odoo(self):
        self.domino.act.create_contact(
            self.mail[self.anna], LastName="Geheimnis", Confidential="1"
        )
        self.sync_now(self.account)
        self.env.cr.execute(
            "SELECT row_to_json(l)::text FROM notes_zoho_link l UNION ALL "
            "SELECT row_to_json(e)::text FROM notes_zoho_run_entry e"
        )
        self.assertNotIn("Geheimnis", str(self.env.cr.fetchall()))
        self.assertFalse(self.zoho_contacts(self.anna))

    def test_more_deletions_than_usual_wait_for_the_users_word(self):
        unids = self.add_contacts(self.anna, 15)
        self.sync_now(self.account)
        for unid in unids[:12]:
            self.domino.act.delete(unid)
        self.move_clocks()
        self.sync_now(self.account)
        self.move_clocks()
        run = self.sync_now(self.account)
        self.assertEqual(run.state, "held")
        self.assertEqual(len(self.zoho_contacts(self.anna)), 15)
        entries = run.entry_ids.filtered(lambda e: e.outcome == "held")
        self.assertEqual(len(entries), 12)
        self.press(entries[:7], "action_confirm")
        self.press(entries[7:], "action_dismiss")
        self.move_clocks()
        run = self.sync_now(self.account)
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.zoho_contacts(self.anna)), 8)
        self.assertEqual(len(self.notes_contacts(self.anna)), 8)

    def test_the_cron_goes_on_where_its_time_ended(self):
        self.add_contacts(self.anna, 250)
        self.account.with_user(self.anna).action_start_sync()
        self.env.flush_all()
        lane = self.env.ref("notes_zoho_sync.cron_lane_1")
        passes = 0
        # A clock that every look moves on, so that a pass ends after a few of them.
        clock = SimpleNamespace(monotonic=itertools.count(0, 10).__next__)
        with self.enter_registry_test_mode(), patch(f"{RUNNER}.time", clock):
            while not passes or self.state_of_run() == "running":
                passes += 1
                self.assertIs(lane.method_direct_trigger(), True)
        self.assertGreater(passes, 1)
        self.env.invalidate_all()
        self.assertEqual(len(self.zoho_contacts(self.anna)), 250)
        self.assertEqual(self.account.last_run_id.created, 250)
        self.assertEqual(len(self.account.run_ids), 1)

    def state_of_run(self):
        self.env.cr.execute(
            "SELECT state FROM notes_zoho_run WHERE account_id = %s ORDER BY id DESC",
            [self.account.id],
        )
        return self.env.cr.fetchone()[0]


@tagged("post_install", "-at_install")
class TestCosts(AccountCase):
    """What the issue promises, counted by the simulators and the cursor."""

    def test_an_idle_run_costs_the_same_whatever_the_number(self):
        ben = self.make_account(self.ben)
        both = self.account | ben
        costs = []
        for number in (5, 150):
            self.add_contacts(self.anna, number, f"Anna{number}")
            self.add_contacts(self.ben, number, f"Ben{number}")
            self.sync_now(both)
            self.move_clocks(minutes=10)
            self.sync_now(both)
            self.clear_logs()
            # A time that falls into the same second again would not be written.
            both.next_run = False
            self.env.flush_all()
            statements = self.statements(lambda: self.sync_now(both))
            self.assertEqual(self.domino.log.writes() + self.zoho.log.writes(), 0)
            self.assertLessEqual(self.domino.log.count(), 4 * 2)
            self.assertLessEqual(self.zoho.log.count(), 9)
            costs.append((statements, self.domino.log.count(), self.zoho.log.count()))
        few, many = costs
        self.assertLessEqual(many[0], few[0])
        self.assertEqual(many[1:], few[1:])

    def test_each_arrived_mail_costs_one_request(self):
        self.add_contacts(self.anna, 5)
        self.move_clocks(minutes=10)
        self.sync_now(self.account)
        self.move_clocks(minutes=10)
        self.domino.act.receive_mail(self.mail[self.anna], "Hello", "text", n=7)
        self.clear_logs()
        self.sync_now(self.account)
        self.assertLessEqual(self.domino.log.count(), 4 + 7)
        self.assertEqual(self.domino.log.writes(), 0)

    def test_a_first_sync_from_notes_stays_within_its_bounds(self):
        number = 300
        self.add_contacts(self.anna, number)
        self.clear_logs()
        statements = self.statements(lambda: self.sync_now(self.account))
        self.assertEqual(len(self.zoho_contacts(self.anna)), number)
        self.assertLessEqual(self.domino.log.count(), number + number / 100 + 20)
        self.assertLessEqual(self.zoho.log.count(), number / 100 + 7 / 100 + 20)
        self.assertLess(statements, number)

    def test_a_first_sync_from_zoho_stays_within_its_bounds(self):
        number = 300
        for index in range(number):
            self.zoho.act.create(
                "Contacts",
                Last_Name=f"Zola {index}",
                Email=f"zola{index}@example.com",
                owner=self.owner[self.anna],
            )
        self.clear_logs()
        statements = self.statements(lambda: self.sync_now(self.account))
        self.assertEqual(len(self.notes_contacts(self.anna)), number)
        bound = number / 100 + number / 2000 + 20
        self.assertLessEqual(self.zoho.log.count(), bound)
        self.assertLessEqual(self.domino.log.count(), 2 * number + 20)
        self.assertLess(statements, number)


@tagged("post_install", "-at_install")
class TestConnect(AccountCase):
    """The dialog: what is wrong is said there, and nothing is stored."""

    def setUp(self):
        super().setUp()
        self.account.write(
            {
                "state": "draft",
                "server_id": False,
                "mail_file": False,
                "notes_username": False,
                "settings_chosen": False,
            }
        )
        self.account._forget_secrets()

    def submit(self, server=None, username="Anna Test", password=PASSWORD):
        wizard = (
            self.env["notes.zoho.connect"]
            .with_user(self.anna)
            .create(
                {
                    "server_name": server or self.server.name,
                    "username": username,
                    "password": password,
                }
            )
        )
        self.answer = wizard.action_submit()
        self.assertFalse(wizard.sudo().password_cipher)
        return wizard

    def assertNothingStored(self):
        self.env.invalidate_all()
        self.assertEqual(self.account.state, "draft")
        self.assertFalse(self.account.server_id or self.account.notes_username)
        self.assertFalse(self.account.sudo().notes_password_cipher)

    def test_the_right_password_connects_and_finds_the_mail_file(self):
        wizard = self.submit()
        self.assertFalse(wizard.failed, wizard.message)
        self.assertEqual(self.account.state, "connected")
        self.assertEqual(
            self.account.mail_file.strip("/").lower(), self.mail[self.anna].lower()
        )
        self.assertEqual(self.account._get_secret("notes_password"), PASSWORD)
        self.assertEqual(self.answer["tag"], "notes_zoho_sync.sync_page")

    def submit_as_administrator(self, password):
        wizard = (
            self.env["notes.zoho.connect"]
            .with_user(self.admin)
            .create(
                {
                    "server_name": self.server.name,
                    "username": "Carla Boss",
                    "password": password,
                }
            )
        )
        wizard.action_submit()
        accounts = self.env["notes.zoho.account"]
        return wizard, accounts.search([("user_id", "=", self.admin.id)])

    def test_an_administrators_own_account_is_made_when_all_is_well(self):
        self.domino.act.add_user("Carla Boss", PASSWORD)
        owner = self.zoho.act.add_user(self.admin.email, "Boss", "Test")
        wizard, account = self.submit_as_administrator("wrong")
        self.assertTrue(wizard.failed)
        self.assertFalse(account)
        self.env.flush_all()
        wizard, account = self.submit_as_administrator(PASSWORD)
        self.assertFalse(wizard.failed, wizard.message)
        self.assertEqual((account.state, account.zoho_user_id), ("connected", owner))

    def test_without_a_seat_nothing_is_stored(self):
        self.license.seats = 1
        self.domino.act.add_user("Carla Boss", PASSWORD)
        wizard, account = self.submit_as_administrator(PASSWORD)
        self.assertIn("seats", wizard.message)
        self.assertFalse(account)

    def test_a_server_may_be_named_by_its_address(self):
        self.assertFalse(self.submit(server=self.domino.url + "/").failed)

    def test_a_wrong_password_is_said_and_stores_nothing(self):
        wizard = self.submit(password="wrong")
        self.assertTrue(wizard.failed)
        failed = wizard.check_ids.filtered(lambda c: c.outcome == "failed")
        self.assertEqual(failed.name, "Sign-in")
        self.assertTrue(failed.advice)
        self.assertNothingStored()

    def test_a_server_that_is_not_listed_is_not_called(self):
        wizard = self.submit(server="https://evil.test")
        self.assertIn("not listed", wizard.message)
        self.assertNothingStored()

    def test_a_server_without_das_is_told_where_to_switch_it_on(self):
        self.domino.act.set_knob("services", [])
        wizard = self.submit()
        text = " ".join(wizard.check_ids.mapped(lambda c: c.advice or ""))
        self.assertIn("Enabled services", text)
        self.assertNothingStored()

    def test_each_switch_that_is_off_is_named_where_it_is_turned_on(self):
        mail, act = self.mail[self.anna], self.domino.act
        for turn, name, place in (
            (lambda: act.set_level(mail, 0), "Mail file allows", "Advanced tab"),
            (lambda: act.set_level(mail, 1), "Mail file allows", "Views and documents"),
            (
                lambda: (
                    act.set_level(mail, 2) or act.set_view(mail, "($Contacts)", False)
                ),
                "View ($Contacts)",
                "Web Access",
            ),
        ):
            turn()
            wizard = self.submit()
            failed = wizard.check_ids.filtered(lambda c: c.outcome == "failed")
            self.assertIn(name, failed[0].name)
            self.assertIn(place, failed[0].advice)
            self.assertNothingStored()

    def test_an_unreachable_server_is_said(self):
        self.server.base_url = "http://127.0.0.1:9"
        wizard = self.submit()
        failed = wizard.check_ids.filtered(lambda c: c.outcome == "failed")
        self.assertEqual(failed[0].name, "Server reachable")
        self.assertNothingStored()

    def test_a_user_does_not_move_the_account_to_another_server(self):
        self.submit()
        other = self.server.copy({"name": "other"})
        wizard = self.submit(server=other.name)
        self.assertIn("Ask an administrator", wizard.message)
        self.assertEqual(self.account.server_id, self.server)

    def test_starting_asks_for_the_settings_the_first_time_only(self):
        self.submit()
        account = self.account.with_user(self.anna)
        action = account.action_start_sync()
        self.assertEqual(action["res_model"], "notes.zoho.sync.settings")
        wizard = (
            self.env["notes.zoho.sync.settings"]
            .with_user(self.anna)
            .with_context(**action["context"])
            .create({"direction": "notes_to_zoho"})
        )
        wizard.action_save()
        self.assertEqual(account.direction, "notes_to_zoho")
        self.assertTrue(account.run_requested)
        self.assertEqual(account.action_start_sync()["tag"], "display_notification")

    def test_a_new_password_is_checked_before_it_is_stored(self):
        self.submit()
        self.domino.act.change_password("Anna Test", "Winter-18")
        self.submit(password="also wrong")
        self.assertEqual(self.account._get_secret("notes_password"), PASSWORD)
        self.submit(password="Winter-18")
        self.assertEqual(self.account._get_secret("notes_password"), "Winter-18")

    def test_the_server_form_tells_whether_the_server_answers(self):
        server = self.server.with_user(self.admin)
        self.assertEqual(server.action_test()["params"]["type"], "success")
        self.server.base_url = "http://127.0.0.1:9"
        self.assertEqual(server.action_test()["params"]["type"], "danger")


@tagged("post_install", "-at_install")
class TestTrouble(AccountCase):
    def test_a_refused_password_in_a_run_is_said_and_nothing_is_lost(self):
        self.add_contacts(self.anna, 2)
        self.domino.act.change_password("Anna Test", "Winter-18")
        run = self.sync_now(self.account)
        self.assertEqual(run.state, "failed")
        self.assertTrue(self.account.sign_in_failed)
        self.domino.act.change_password("Anna Test", PASSWORD)
        run = self.sync_now(self.account)
        self.assertEqual((run.state, run.created), ("done", 2))
        self.assertFalse(self.account.sign_in_failed or self.account.error_message)

    def test_a_revoked_grant_asks_the_administrators(self):
        token = self.org._get_secret("refresh_token")
        self.zoho.act.revoke(token)
        run = self.sync_now(self.account)
        self.assertEqual(run.state, "failed")
        self.assertEqual(self.org.state, "error")
        self.assertIn(self.admin, self.org.activity_ids.user_id)
        self.org.exchange_code(self.zoho.act.make_self_client_code())
        self.assertEqual(self.org.state, "connected")
        self.assertFalse(self.org.activity_ids)

    def test_an_expired_access_token_is_renewed_once_for_all(self):
        ben = self.make_account(self.ben)
        self.sync_now(self.account | ben)
        self.zoho.act.expire_access_tokens()
        self.clear_logs()
        runs = self.sync_now(self.account | ben)
        self.assertEqual(runs.mapped("state"), ["done", "done"])
        self.assertEqual(self.zoho.log.count("oauth/token"), 1)

    def test_a_lost_answer_makes_no_duplicate(self):
        self.add_contacts(self.anna, 5)
        self.zoho.faults.add("drop_after", route="Contacts", method="POST")
        run = self.sync_now(self.account)
        self.assertEqual(run.state, "failed")
        self.move_clocks(minutes=10)
        self.sync_now(self.account)
        self.assertEqual(len(self.zoho_contacts(self.anna)), 5)
        self.assertEqual(self.account.link_count, 5)

    def test_a_refused_record_is_listed_and_the_rest_is_synced(self):
        self.zoho.act.add_field("Contacts", "Region", mandatory=True)
        self.add_contacts(self.anna, 2)
        run = self.sync_now(self.account)
        self.assertEqual(run.state, "partial")
        self.assertEqual(run.failed, 2)
        self.assertIn("Region", run.entry_ids[0].reason_text)

    def test_what_a_side_cannot_hold_is_named_and_the_rest_is_synced(self):
        self.domino.act.create_contact(
            self.mail[self.anna],
            LastName="Long",
            JobTitle="x" * 300,
            MailAddress="{strange}@example.com",
            CompanyName="Good Ltd",
        )
        run = self.sync_now(self.account)
        self.assertEqual((run.state, run.created), ("done", 1))
        ((_, record),) = self.zoho_contacts(self.anna).items()
        self.assertEqual(record["Account_Name"]["name"], "Good Ltd")
        self.assertLess(len(record["Title"]), 300)
        self.assertFalse(record["Email"])
        remarks = run.entry_ids.remark_text
        self.assertIn("{strange}@example.com", remarks)
        self.assertIn("100 characters", remarks)

    def test_a_lost_key_stops_the_sync_in_words(self):
        self.clear_logs()
        with patch.dict("os.environ", {VARIABLE: Fernet.generate_key().decode()}):
            run = self.sync_now(self.account)
        self.assertEqual(run.state, "failed")
        self.assertIn("another key", run.message)
        self.assertEqual(self.domino.log.count() + self.zoho.log.count(), 0)

    def test_no_secret_is_in_the_log_of_a_run(self):
        self.add_contacts(self.anna, 2)
        with self.assertLogs(level="DEBUG") as logged:
            self.sync_now(self.account)
        text = "\n".join(logged.output)
        for secret in (
            PASSWORD,
            self.zoho.client_secret,
            self.org._get_secret("refresh_token"),
            self.org._get_secret("access_token"),
        ):
            self.assertNotIn(secret, text)
