"""Whole runs with events in Odoo against both simulators over HTTP."""

from datetime import UTC, datetime, time, timedelta

from psycopg2 import IntegrityError

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models import account_run
from .common import SimulatedCase

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class EventCase(SimulatedCase):
    """Anna's account syncs events only, in Berlin."""

    def setUp(self):
        super().setUp()
        self.account = self.make_events_account(self.anna)
        today = self.domino.clock.now().astimezone(UTC).date()
        self.nine = datetime.combine(today + 3 * DAY, time(9), UTC)
        self.day = today + 5 * DAY

    def make_events_account(self, user, **values):
        return self.make_account(
            user,
            **{
                "sync_contacts": False,
                "sync_events": True,
                "tz": "Europe/Berlin",
                **values,
            },
        )

    def enter(self, title, start=None, user=None, **values):
        """Somebody enters an event in Notes; its UID."""
        mail = self.mail[user or self.anna]
        return self.domino.act.create_event(mail, title, start or self.nine, **values)

    def plan(self, title, start=None, user=None, **values):
        """Somebody plans an event in the CRM; its id."""
        owner = self.owner[user or self.anna]
        return self.zoho.act.create_event(
            title, start or self.nine, owner=owner, **values
        )

    def in_zoho(self, title=None):
        """Events in Zoho CRM, by start."""
        return sorted(
            (
                record
                for record in self.zoho.records("Events")
                if title in (None, record["Event_Title"])
            ),
            key=lambda record: record["Start_DateTime"],
        )

    def in_notes(self, user=None):
        """Subjects of the documents of the user's calendar."""
        return [
            document["items"]["Subject"][0]
            for document in self.domino.documents(
                self.mail[user or self.anna], "Appointment"
            )
        ]

    def run_done(self, accounts=None):
        self.move_clocks()
        runs = self.sync_now(accounts or self.account)
        for run in runs:
            self.assertEqual(run.state, "done", run.message)
        return runs

    def writes(self):
        return self.domino.log.writes() + self.zoho.log.writes()


@tagged("post_install", "-at_install")
class TestEvents(EventCase):
    def test_events_are_made_on_both_sides_and_an_idle_run_writes_nothing(self):
        self.enter("From Notes", location="Room 1", reminder=15)
        self.plan("From the CRM", self.nine + DAY)
        run = self.run_done()
        self.assertEqual(
            run.counters,
            {"event": {"zoho": {"created": 1}, "notes": {"created": 1}}},
        )
        (made,) = self.in_zoho("From Notes")
        start = datetime.fromisoformat(made["Start_DateTime"])
        self.assertEqual((start, made["Venue"]), (self.nine, "Room 1"))
        self.assertIn("From the CRM", self.in_notes())
        self.clear_logs()
        again = self.run_done()
        self.assertFalse(again.counters)
        self.assertEqual(self.writes(), 0)
        self.assertLessEqual(self.domino.log.count(), 6)
        self.assertLessEqual(self.zoho.log.count(), 9)

    def test_a_series_is_one_event_an_instance(self):
        uid = self.domino.act.create_series(
            self.mail[self.anna], "Jour fixe", self.nine, rule="FREQ=WEEKLY;COUNT=4"
        )
        run = self.run_done()
        self.assertEqual(run.created, 4)
        self.move_clocks()
        second = self.nine + 7 * DAY
        self.domino.act.move_instance(
            self.mail[self.anna], uid, f"{second:%Y%m%dT%H%M%SZ}", second + HOUR
        )
        third = self.nine + 14 * DAY
        self.domino.act.cancel_instance(
            self.mail[self.anna], uid, f"{third:%Y%m%dT%H%M%SZ}"
        )
        for _ in range(2):
            self.run_done()
        starts = [
            datetime.fromisoformat(record["Start_DateTime"])
            for record in self.in_zoho("Jour fixe")
        ]
        self.assertEqual(
            starts, [self.nine, second + HOUR, self.nine + timedelta(days=21)]
        )

    def test_whole_days_stay_those_days_in_both_directions(self):
        self.account.tz = "America/Sao_Paulo"
        self.enter("Fair", self.day, end=self.day + 2 * DAY)
        self.plan("Leave", self.day, end=self.day + DAY)
        self.run_done()
        (made,) = self.in_zoho("Fair")
        self.assertTrue(made["All_day"])
        self.assertEqual(made["Start_DateTime"][:10], self.day.isoformat())
        self.assertEqual(made["End_DateTime"][:10], (self.day + 2 * DAY).isoformat())
        self.assertIn("Leave", self.in_notes())
        self.clear_logs()
        self.run_done()
        self.assertEqual(self.writes(), 0)

    def test_a_meeting_of_two_synced_users_is_one_event_and_changes_hands(self):
        both = self.account | self.make_events_account(self.ben)
        uid = self.domino.act.create_meeting(
            self.mail[self.anna], "Board", self.nine, attendees=["Ben Test"]
        )
        self.domino.act.respond(self.mail[self.ben], uid, "accept")
        self.clear_logs()
        self.run_done(both)
        self.run_done(both)
        (event,) = self.in_zoho()
        self.assertEqual(event["Owner"]["id"], self.owner[self.anna])
        shadow = both[1].run_ids.entry_ids.filtered(
            lambda entry: entry.reason_code == "shadow"
        )
        self.assertIn(self.anna.name, shadow[0].reason_text)
        self.assertEqual(self.domino.log.mails + self.zoho.log.mails, [])
        self.domino.act.delete_event(self.mail[self.anna], uid)
        for _ in range(4):
            self.run_done(both)
        (event,) = self.in_zoho()
        self.assertEqual(event["Owner"]["id"], self.owner[self.ben])
        self.clear_logs()
        self.run_done(both)
        self.assertEqual(self.writes(), 0)

    def test_only_what_lies_in_the_chosen_range_is_taken(self):
        past = self.nine - 40 * DAY
        self.enter("Past", past)
        self.enter("Next")
        self.account.write({"event_range": "today", "days_ahead": 30})
        self.plan("Far", self.nine + 60 * DAY)
        self.run_done()
        titles = {record["Event_Title"] for record in self.in_zoho()}
        self.assertEqual(titles, {"Next", "Far"})
        self.assertNotIn("Far", self.in_notes())
        self.account.write({"event_range": "all", "days_back": 60, "days_ahead": 90})
        self.run_done()
        titles = {record["Event_Title"] for record in self.in_zoho()}
        self.assertEqual(titles, {"Past", "Next", "Far"})
        self.assertIn("Far", self.in_notes())

    def test_a_private_event_leaves_the_crm_unless_copies_are_to_stay(self):
        for bins, left in ((True, []), (False, ["Doctor"])):
            self.account.bins_private = bins
            uid = self.enter("Doctor")
            self.run_done()
            self.assertEqual(len(self.in_zoho("Doctor")), 1)
            self.move_clocks()
            self.domino.act.mark_event_private(self.mail[self.anna], uid)
            self.run_done()
            titles = [record["Event_Title"] for record in self.in_zoho()]
            self.assertEqual(titles, left)

    def test_a_run_keeps_its_days_past_midnight(self):
        self.account.tz = "Pacific/Auckland"
        run = self.env["notes.zoho.run"].create(
            {
                "account_id": self.account.id,
                "company_id": self.account.company_id.id,
                # A minute before midnight there.
                "started": datetime(2026, 3, 1, 10, 59),
            }
        )
        self.account.event_range = "today"
        seen = []

        class Engine:
            def __init__(self, settings, *others):
                seen.append(settings.window)

            def slice(self):
                raise ValueError

        self.patch(account_run, "Run", Engine)
        with freeze_time("2026-03-01 11:05:00"), mute_logger(account_run.__name__):
            self.sync_now(self.account)
        self.assertEqual(run.state, "failed")
        self.assertEqual(seen[0].since, datetime(2026, 2, 28, 11, tzinfo=UTC))

    def test_the_dialog_stores_the_choice_of_events(self):
        dialog = (
            self.env["notes.zoho.sync.settings"]
            .with_user(self.anna)
            .with_context(default_account_id=self.account.id)
            .create({})
        )
        self.assertTrue(dialog.sync_events and dialog.bins_private)
        dialog.write({"event_range": "all", "days_back": 7, "bins_private": False})
        dialog.action_save()
        self.assertEqual((self.account.event_range, self.account.days_back), ("all", 7))
        self.assertFalse(self.account.bins_private)
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.account.days_ahead = 0
            self.env.flush_all()

    def test_the_feed_brings_events_when_somebody_syncs_them(self):
        self.assertEqual(self.org._feed_modules(), ["Events"])

    def test_a_server_without_the_calendar_service_is_told_when_events_are_on(self):
        self.domino.act.set_knob("services", ["data"])
        wizard = (
            self.env["notes.zoho.connect"]
            .with_user(self.anna)
            .create(
                {
                    "account_id": self.account.id,
                    "server_name": self.server.name,
                    "username": "Anna Test",
                    "password": "Sommer-17",
                }
            )
        )
        wizard.action_submit()
        failed = wizard.check_ids.filtered(lambda c: c.outcome == "failed")
        self.assertIn("Calendar", failed[0].name)


@tagged("post_install", "-at_install")
class TestEventCosts(EventCase):
    def test_a_first_sync_takes_less_than_one_statement_an_event(self):
        number = 300
        for index in range(number):
            self.enter(f"Event {index}", self.nine + index * HOUR)
        self.clear_logs()
        before = self.env.cr.sql_log_count
        self.sync_now(self.account)
        self.assertLess(self.env.cr.sql_log_count - before, number)
        self.assertEqual(len(self.in_zoho()), number)
        self.assertLessEqual(self.domino.log.count(), number + number / 100 + 30)
        self.assertLessEqual(self.zoho.log.count(), number / 100 + 30)
