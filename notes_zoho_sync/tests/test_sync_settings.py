"""The dialog of settings: what it says of each choice, and what it stores."""

from datetime import UTC, date, datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import SimulatedCase, SyncCase


class SettingsCase(SyncCase):
    def dialog(self, account, user=None):
        model = self.env["notes.zoho.sync.settings"].with_user(user or self.anna)
        return model.with_context(default_account_id=account.id)


@tagged("post_install", "-at_install")
class TestSettings(SettingsCase):
    def setUp(self):
        super().setUp()
        self.account = self.make_account(
            self.anna, tz="America/Sao_Paulo", settings_chosen=False
        )

    def test_the_dialog_shows_the_present_choices_and_stores_the_new_ones(self):
        self.account.write({"interval_minutes": 60, "direction": "notes_to_zoho"})
        with Form(self.dialog(self.account)) as form:
            self.assertEqual(form.interval_minutes, 60)
            self.assertEqual(form.direction, "notes_to_zoho")
            self.assertEqual(form.tz, "America/Sao_Paulo")
            form.sync_tasks = True
            form.sync_events = True
            form.event_range = "all"
            form.days_back = 30
            form.days_ahead = 90
            form.interval_minutes = 45
            form.create_companies = False
            form.tz = "Europe/Berlin"
        answer = form.record.action_save()
        self.assertEqual(answer["tag"], "display_notification")
        self.assertRecordValues(
            self.account,
            [
                {
                    "sync_tasks": True,
                    "sync_events": True,
                    "event_range": "all",
                    "days_back": 30,
                    "days_ahead": 90,
                    "interval_minutes": 45,
                    "create_companies": False,
                    "tz": "Europe/Berlin",
                    "settings_chosen": True,
                }
            ],
        )
        self.assertTrue(self.account.run_requested)

    def test_the_explanations_follow_the_choices(self):
        with Form(self.dialog(self.account)) as form:
            self.assertIn("first sync", form.start_words)
            form.direction = "notes_to_zoho"
            self.assertIn("IBM Notes is the source and is never", form.direction_words)
            self.assertFalse(form.policy_words)
            form.direction = "zoho_to_notes"
            self.assertIn("Zoho CRM is the source and is never", form.direction_words)
            form.direction = "two_way"
            self.assertIn("Each side takes over", form.direction_words)
            self.assertIn("changed on both sides", form.policy_words)
            self.assertIn("Zoho CRM's stands", form.policy_words)
            form.conflict_policy = "notes_wins"
            self.assertIn("Notes' stands", form.policy_words)
            form.sync_tasks = True
            form.old_task_days = 12
            self.assertIn("12 days ago", form.tasks_words)
            form.sync_contacts = False
            self.assertIn("not synced", form.contacts_words)

    def test_the_range_of_events_is_named_by_its_days_in_the_accounts_zone(self):
        # It is still the 9th in Sao Paulo.
        now = datetime(2026, 3, 10, 1, tzinfo=UTC)
        with freeze_time(now), Form(self.dialog(self.account)) as form:
            form.sync_events = True
            form.event_range = "today"
            form.days_ahead = 2
            self.assertIn("From 03/09/2026 to 03/10/2026", form.events_words)
            form.event_range = "last_month"
            self.assertIn("From 02/09/2026", form.events_words)
            form.event_range = "all"
            form.days_back = 10
            self.assertIn("From 02/27/2026", form.events_words)
            form.tz = "UTC"
            self.assertIn("From 02/28/2026", form.events_words)
        self.account.write({"sync_events": True, "event_range": "all", "days_back": 10})
        window = self.account._window(now)
        first = window.since.astimezone(window.zone).date()
        self.assertEqual(first, date(2026, 2, 27))

    def test_bad_numbers_are_named_at_once_and_never_stored(self):
        for name, wrong in (
            ("days_back", -1),
            ("days_ahead", 0),
            ("days_ahead", 10**9),
            ("old_task_days", -3),
            ("interval_minutes", 0),
        ):
            with self.subTest(name=name), Form(self.dialog(self.account)) as form:
                form.sync_tasks = form.sync_events = True
                form.event_range = "all"
                right = form[name]
                form[name] = wrong
                problem = form[f"{name}_problem"]
                label = form._view["fields"][name]["string"]
                self.assertIn(label, problem)
                self.assertIn("enter a number from", problem)
                dialog = form.save()
                with self.assertRaisesRegex(UserError, "enter a number from"):
                    dialog.action_save()
                form[name] = right
                self.assertFalse(form[f"{name}_problem"])
        self.assertFalse(self.account.settings_chosen)

    def test_nothing_to_sync_is_refused_in_words(self):
        with Form(self.dialog(self.account)) as form:
            form.sync_contacts = False
        with self.assertRaisesRegex(UserError, "Choose something"):
            form.record.action_save()

    def test_a_paused_account_takes_new_settings_and_stays_paused(self):
        self.account.state = "paused"
        with Form(self.dialog(self.account)) as form:
            self.assertIn("no sync", form.start_words)
            form.direction = "zoho_to_notes"
        answer = form.record.action_save()
        self.assertEqual(answer["params"]["type"], "warning")
        self.assertIn("paused", answer["params"]["message"])
        self.assertEqual(self.account.direction, "zoho_to_notes")
        self.assertEqual(self.account.state, "paused")
        self.assertFalse(self.account.run_requested)

    def test_only_the_own_account_can_be_set(self):
        with self.assertRaises(AccessError):
            self.dialog(self.account, self.ben).create({})
        dialog = self.dialog(self.account, self.admin).create({})
        dialog.action_save()
        self.assertTrue(self.account.settings_chosen)

    def test_who_may_not_create_companies_is_told_so(self):
        self.org.create_companies = False
        with Form(self.dialog(self.account)) as form:
            self.assertFalse(form.companies_allowed)
            self.assertIn("administrator", form.companies_words)


@tagged("post_install", "-at_install")
class TestCompanies(SimulatedCase, SettingsCase):
    def test_an_account_that_makes_no_companies_syncs_its_contacts_without(self):
        anna, ben = self.make_account(self.anna), self.make_account(self.ben)
        dialog = self.dialog(anna).create({"create_companies": False})
        dialog.action_save()
        self.add_contacts(self.anna, 1)
        self.sync_now(anna)
        ((_, contact),) = self.zoho_contacts(self.anna).items()
        self.assertFalse(contact["Account_Name"])
        self.assertFalse(self.zoho.records("Accounts"))
        self.add_contacts(self.ben, 1, "Other")
        self.sync_now(ben)
        (company,) = self.zoho.records("Accounts")
        self.assertEqual(company["Account_Name"], "Company 0")
