"""Whole runs with to-dos in Odoo against both simulators over HTTP."""

from datetime import UTC, date, datetime, timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models import connect
from .common import SimulatedCase


@tagged("post_install", "-at_install")
class TestTasks(SimulatedCase):
    def setUp(self):
        super().setUp()
        self.account = self.make_account(
            self.anna, sync_contacts=False, sync_tasks=True, tz="Europe/Berlin"
        )

    def add_todo(self, subject, **values):
        return self.domino.act.create_todo(self.mail[self.anna], subject, **values)

    def add_task(self, subject, **values):
        return self.zoho.act.create(
            "Tasks", Subject=subject, owner=self.owner[self.anna], **values
        )

    def tasks(self):
        """The user's tasks in Zoho CRM, by subject."""
        return {
            record["Subject"]: record
            for record in self.zoho.records("Tasks")
            if record["Owner"]["id"] == self.owner[self.anna]
        }

    def todos(self):
        """The items of the user's to-dos, by subject."""
        return {
            document["items"]["Subject"][0]: document["items"]
            for document in self.domino.documents(self.mail[self.anna], "Task")
        }

    def run_done(self):
        self.move_clocks()
        run = self.sync_now(self.account)
        self.assertEqual(run.state, "done", run.message)
        return run

    def test_tasks_are_made_on_both_sides_and_an_idle_run_writes_nothing(self):
        self.add_todo("From Notes", due=date(2030, 5, 6), Importance="1")
        self.add_task(
            "From the CRM",
            Due_Date="2030-05-07",
            Status="Waiting for input",
            Priority="Lowest",
        )
        run = self.run_done()
        self.assertEqual(
            run.counters,
            {"task": {"zoho": {"created": 1}, "notes": {"created": 1}}},
        )
        made = self.tasks()["From Notes"]
        self.assertEqual(made["Due_Date"], "2030-05-06")
        self.assertEqual((made["Status"], made["Priority"]), ("Not Started", "High"))
        self.assertEqual(self.todos()["From the CRM"]["Importance"], ["3"])
        self.assertEqual(run.entry_ids.mapped("kind"), ["task", "task"])
        self.clear_logs()
        again = self.run_done()
        self.assertFalse(again.counters)
        self.assertEqual(self.domino.log.writes() + self.zoho.log.writes(), 0)
        self.assertLessEqual(self.domino.log.count(), 4)
        self.assertEqual(self.zoho.log.mails + self.domino.log.mails, [])

    def test_completing_and_reopening_travel_both_ways(self):
        unid = self.add_todo("Call")
        number = self.add_task("Write", Status="Waiting for input")
        self.run_done()
        self.move_clocks()
        self.domino.act.complete_todo(unid)
        self.zoho.act.complete_task(number)
        self.run_done()
        self.assertEqual(self.tasks()["Call"]["Status"], "Completed")
        self.assertEqual(self.todos()["Write"]["DueState"], [9])
        self.assertTrue(self.todos()["Write"]["CompletedDateTime"][0])
        self.domino.act.reopen_todo(unid)
        self.zoho.act.reopen_task(number, status="Deferred")
        self.run_done()
        self.assertEqual(self.tasks()["Call"]["Status"], "Not Started")
        self.assertEqual(self.todos()["Write"]["DueState"], [2])
        self.assertEqual(self.tasks()["Write"]["Status"], "Deferred")

    def test_a_finer_word_of_the_crm_is_no_reason_to_write(self):
        self.add_todo("Call", Importance="1")
        self.run_done()
        number = self.tasks()["Call"]["id"]
        self.move_clocks()
        self.zoho.act.edit(
            "Tasks", number, Status="Waiting for input", Priority="Highest"
        )
        self.clear_logs()
        self.run_done()
        self.assertEqual(self.domino.log.writes() + self.zoho.log.writes(), 0)
        held = self.tasks()["Call"]
        self.assertEqual(
            (held["Status"], held["Priority"]), ("Waiting for input", "Highest")
        )

    def test_a_due_date_is_a_day_in_the_accounts_zone(self):
        self.account.tz = "Pacific/Auckland"
        # Late in Berlin, where this server is; the next day in Auckland.
        self.add_todo("Late", due="2030-05-06T20:00:00+02:00")
        self.add_task("Early", Due_Date="2030-05-07")
        self.run_done()
        self.assertEqual(self.tasks()["Late"]["Due_Date"], "2030-05-07")
        noon = self.todos()["Early"]["DueDateTime"][0]
        here = noon.astimezone(connect.zone(self.account))
        self.assertEqual((here.date(), here.hour), (date(2030, 5, 7), 12))

    def test_a_reminder_of_the_crm_stays_and_the_entry_says_so(self):
        alarm = {"ALARM": "ACTION=EMAIL;TRIGGER=-P1D;TRIGGER_TIME=08:00"}
        number = self.add_task("Call", Due_Date="2030-05-07", Remind_At=alarm)
        run = self.run_done()
        self.assertIn("Reminder", run.entry_ids.remark_text)
        self.move_clocks()
        (document,) = self.domino.documents(self.mail[self.anna], "Task")
        self.domino.act.edit(document["unid"], Subject="Phone")
        self.run_done()
        held = self.tasks()["Phone"]
        self.assertEqual(held["id"], number)
        self.assertIn("-P1D", held["Remind_At"]["ALARM"])

    def test_a_private_to_do_leaves_nothing_of_it_in_odoo(self):
        self.add_todo("Geheimnis", OrgConfidential="1")
        self.run_done()
        self.env.cr.execute(
            "SELECT row_to_json(l)::text FROM notes_zoho_link l UNION ALL "
            "SELECT row_to_json(e)::text FROM notes_zoho_run_entry e"
        )
        self.assertNotIn("Geheimnis", str(self.env.cr.fetchall()))
        self.assertFalse(self.tasks())

    def test_a_date_of_a_repeating_to_do_is_not_written_from_the_crm(self):
        self.domino.act.create_repeating_todo(
            self.mail[self.anna], "Water", date(2030, 5, 6), "FREQ=WEEKLY;COUNT=3"
        )
        self.run_done()
        records = [r for r in self.zoho.records("Tasks") if r["Subject"] == "Water"]
        self.assertEqual(
            sorted(r["Due_Date"] for r in records),
            ["2030-05-06", "2030-05-13", "2030-05-20"],
        )
        self.move_clocks()
        self.domino.log.clear()
        self.zoho.act.edit("Tasks", records[0]["id"], Subject="Feed")
        run = self.run_done()
        self.assertEqual(self.domino.log.writes(), 0)
        entry = run.entry_ids.filtered(lambda e: e.title == "Feed")
        self.assertEqual(entry.outcome, "skipped")
        self.assertIn("repeating", entry.reason_text)
        self.move_clocks()
        self.zoho.act.delete("Tasks", records[1]["id"])
        self.run_done()
        self.assertEqual(self.domino.log.writes(), 0)

    def test_old_completed_tasks_are_left_out_as_set(self):
        for subject in ("Old in Notes", "Kept open"):
            unid = self.add_todo(subject)
            if subject.startswith("Old"):
                self.domino.act.complete_todo(unid)
        number = self.add_task("Old in the CRM")
        self.zoho.act.complete_task(number)
        real = connect.datetime

        class Later(real):
            @classmethod
            def now(cls, tz=None):
                return real.now(tz) + timedelta(days=31)

        self.patch(connect, "datetime", Later)
        run = self.run_done()
        self.assertEqual(run.counters["task"]["zoho"].get("created"), 1)
        self.assertEqual(set(self.tasks()), {"Kept open", "Old in the CRM"})
        self.assertEqual(set(self.todos()), {"Kept open", "Old in Notes"})
        skipped = run.entry_ids.filtered(lambda e: e.outcome == "skipped")
        self.assertEqual(len(skipped), 2)
        # One that is opened again is taken.
        self.zoho.act.reopen_task(number)
        self.run_done()
        self.assertIn("Old in the CRM", self.todos())

    def test_old_completed_tasks_are_taken_where_that_is_wanted(self):
        self.account.old_task_days = 0
        unid = self.add_todo("Old in Notes")
        self.domino.act.edit(unid, CompletedDateTime=datetime(2001, 5, 6, tzinfo=UTC))
        self.run_done()
        self.assertIn("Old in Notes", self.tasks())

    def test_a_pair_that_grows_old_stays_in_step(self):
        unid = self.add_todo("Call")
        self.run_done()
        self.move_clocks()
        self.domino.act.complete_todo(unid)
        real = connect.datetime

        class Later(real):
            @classmethod
            def now(cls, tz=None):
                return real.now(tz) + timedelta(days=90)

        self.patch(connect, "datetime", Later)
        self.run_done()
        self.assertEqual(self.tasks()["Call"]["Status"], "Completed")
        self.domino.act.edit(unid, Subject="Phone")
        self.run_done()
        self.assertIn("Phone", self.tasks())

    def test_tasks_switched_off_rest_and_are_listed_when_on_again(self):
        self.add_todo("First")
        self.run_done()
        self.account.write({"sync_tasks": False, "sync_contacts": True})
        self.add_todo("Second")
        self.add_task("Third")
        self.run_done()
        self.assertNotIn("Second", self.tasks())
        self.assertEqual(self.account.link_count, 1)
        self.account.sync_tasks = True
        self.run_done()
        self.assertEqual(set(self.tasks()), {"First", "Second", "Third"})
        self.assertEqual(set(self.todos()), {"First", "Second", "Third"})

    def test_the_feed_brings_only_what_somebody_syncs(self):
        self.assertEqual(self.org._feed_modules(), ["Tasks"])
        self.make_account(self.ben)
        self.assertEqual(self.org._feed_modules(), ["Accounts", "Contacts", "Tasks"])
        self.account.state = "retired"
        self.assertEqual(self.org._feed_modules(), ["Accounts", "Contacts"])

    def test_contacts_and_tasks_of_one_account_sync_in_one_run(self):
        self.account.sync_contacts = True
        self.add_contacts(self.anna, 2)
        self.add_todo("Call")
        run = self.run_done()
        self.assertEqual(
            run.counters,
            {
                "contact": {"zoho": {"created": 2}},
                "task": {"zoho": {"created": 1}},
            },
        )
        self.clear_logs()
        self.run_done()
        self.assertLessEqual(self.domino.log.count(), 4)
        self.assertEqual(self.domino.log.writes() + self.zoho.log.writes(), 0)

    def test_the_dialog_wants_something_to_sync(self):
        dialog = (
            self.env["notes.zoho.sync.settings"]
            .with_user(self.anna)
            .with_context(default_account_id=self.account.id)
            .create({})
        )
        self.assertTrue(dialog.sync_tasks)
        dialog.sync_tasks = False
        with self.assertRaises(UserError):
            dialog.action_save()
        dialog.write({"sync_tasks": True, "old_task_days": 7})
        dialog.action_save()
        self.assertEqual(self.account.old_task_days, 7)

    def test_a_zone_that_this_machine_does_not_know_is_utc(self):
        self.env.cr.execute(
            "UPDATE notes_zoho_account SET tz = 'Mars/Olympus' WHERE id = %s",
            [self.account.id],
        )
        self.account.invalidate_recordset()
        self.assertEqual(connect.zone(self.account).key, "UTC")
