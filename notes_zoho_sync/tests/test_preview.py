"""What a run would do is told, and nothing of it is done."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import account_run, zoho_store
from ..models.lock import session_lock
from ..services.errors import RetryLater
from ..services.reasons import reason
from .common import SimulatedCase

TABLES = (
    "notes_zoho_link",
    "notes_zoho_cursor",
    "notes_zoho_change",
    "notes_zoho_company",
    "notes_zoho_account",
)


class PreviewCase(SimulatedCase):
    def setUp(self):
        super().setUp()
        self.account = self.make_account(
            self.anna, sync_tasks=True, sync_events=True, tz="Europe/Berlin"
        )

    def preview(self, account=None):
        with self.transactions() as env:
            run = (account or self.account).with_env(env).sync_now(preview=True)
        return self.env["notes.zoho.run"].browse(run.ids)

    def rows(self):
        """Everything that a run may change, but when the feed was pulled."""
        self.env.flush_all()
        found = {}
        for table in TABLES:
            self.env.cr.execute(f"SELECT to_jsonb(t) FROM {table} t ORDER BY id")
            found[table] = [row for (row,) in self.env.cr.fetchall()]
        return found

    def told(self, run):
        """What the entries say, the way a person compares them."""
        return sorted(
            (
                entry.kind,
                entry.title or "",
                entry.outcome,
                entry.target,
                entry.reason_text or "",
                entry.remark_text or "",
            )
            for entry in run.entry_ids
        )


@tagged("post_install", "-at_install")
class TestPreview(PreviewCase):
    def busy_world(self):
        """Something of every sort to do."""
        act, mail = self.domino.act, self.mail[self.anna]
        nine = self.domino.clock.now().replace(hour=9, minute=0, second=0)
        edited, clash, doomed, hidden = self.add_contacts(self.anna, 4)
        kept = act.create_event(mail, "Kept", nine)
        todo = act.create_todo(mail, "Call")
        self.sync_now(self.account)
        self.move_clocks()
        in_zoho = {
            r["Last_Name"]: r["id"] for r in self.zoho_contacts(self.anna).values()
        }
        act.edit(edited, JobTitle="Captain", CompanyName="New Company")
        act.edit(clash, JobTitle="Captain")
        self.zoho.act.edit("Contacts", in_zoho["Person 0001"], Title="Pilot")
        self.zoho.act.delete("Contacts", in_zoho["Person 0002"])
        act.edit(hidden, Confidential="1")
        act.complete_todo(todo)
        act.edit_event(mail, kept, location="Room 2")
        act.create_event(mail, "Fresh", nine)
        act.create_contact(
            mail, LastName="Long", JobTitle="x" * 300, MailAddress="long@example.com"
        )
        for place in range(2):
            act.create_contact(mail, LastName="Twin", JobTitle=f"T{place}", **TWIN)
        self.zoho.act.create(
            "Contacts",
            Last_Name="Twin",
            Email="twin@example.com",
            owner=self.owner[self.anna],
        )
        self.zoho.act.create(
            "Tasks", Subject="From the CRM", owner=self.owner[self.anna]
        )
        self.move_clocks()
        # The feed is read by either; what it brings is no part of a preview's work.
        with self.transactions() as env:
            self.org.with_env(env)._pull_feed()

    def test_it_writes_nothing_anywhere_and_the_next_run_does_exactly_that(self):
        self.busy_world()
        before = self.rows()
        with patch.object(type(self.org), "_pull_feed", lambda self, wait=True: None):
            self.clear_logs()
            run = self.preview()
            self.assertEqual(self.domino.log.writes() + self.zoho.log.writes(), 0)
            after = self.rows()
            for table in TABLES:
                self.assertEqual(before[table], after[table], table)
            self.assertEqual((run.state, run.trigger), ("done", "preview"), run.message)
            outcomes = {entry.outcome for entry in run.entry_ids}
            self.assertLessEqual(
                {"created", "updated", "deleted", "conflict", "skipped"}, outcomes
            )
            done = self.sync_now(self.account)
        self.assertEqual(self.told(run), self.told(done))
        self.assertEqual(run.counters, done.counters)

    def test_a_first_sync_is_told_before_it_happens(self):
        self.add_contacts(self.anna, 3)
        self.zoho.act.create("Contacts", Last_Name="Zola", owner=self.owner[self.anna])
        run = self.preview()
        self.assertEqual((run.state, run.created), ("done", 4))
        self.assertFalse(self.account.last_run_id or self.account.next_run)
        self.assertFalse(self.env["notes.zoho.link"].search([]))
        self.assertFalse(run.entry_ids.link_id)
        done = self.sync_now(self.account)
        self.assertEqual(self.told(run), self.told(done))

    def test_a_renamed_company_is_still_told_to_the_run(self):
        self.add_contacts(self.anna, 1)
        self.sync_now(self.account)
        ((company),) = self.zoho.records("Accounts")
        self.move_clocks()
        self.zoho.act.edit("Accounts", company["id"], Account_Name="Renamed Ltd")
        self.move_clocks()
        self.assertEqual(self.preview().updated, 1)
        self.assertEqual(self.sync_now(self.account).updated, 1)
        (document,) = self.notes_contacts(self.anna)
        self.assertEqual(document["items"]["CompanyName"], ["Renamed Ltd"])

    def test_more_deletions_than_usual_are_told_as_held(self):
        unids = self.add_contacts(self.anna, 15)
        self.sync_now(self.account)
        for unid in unids[:12]:
            self.domino.act.delete(unid)
        self.move_clocks()
        self.sync_now(self.account)  # the first of two looks
        self.move_clocks()
        run = self.preview()
        self.assertEqual((run.state, run.held), ("held", 12))
        entries = run.entry_ids
        self.assertFalse(any(entries.mapped("can_confirm")))
        with self.assertRaisesRegex(UserError, "preview"):
            self.press(entries, "action_confirm")
        self.assertFalse(self.env["notes.zoho.link"].search([("held", "=", True)]))

    def test_a_token_that_is_renewed_meanwhile_is_kept(self):
        self.add_contacts(self.anna, 1)
        old = self.org._get_secret("access_token")
        dry_run, own = type(self.account)._dry_run, zoho_store._own_transaction
        saved = []

        def expire_first(account, *args):
            self.zoho.act.expire_access_tokens()
            return dry_run(account, *args)

        @contextmanager
        def watched(env):
            # In a test another transaction is a savepoint inside the preview's own, so
            # that it is another one is all that can be seen here.
            with own(env) as theirs:
                yield theirs
                token = theirs["notes.zoho.org"].browse(self.org.id)
                if theirs.cr is not env.cr:
                    saved.append(token._get_secret("access_token"))

        with (
            patch.object(type(self.account), "_dry_run", expire_first),
            patch.object(zoho_store, "_own_transaction", watched),
        ):
            run = self.preview()
        self.assertEqual((run.state, run.created), ("done", 1))
        self.assertNotEqual(saved[-1], old)
        self.assertTrue(saved[-1])

    def test_what_keeps_the_account_from_syncing_is_said(self):
        self.domino.act.change_password("Anna Test", "Winter-18")
        run = self.preview()
        self.assertEqual(run.state, "failed")
        self.assertTrue(run.message)
        self.assertFalse(self.account.error_message or self.account.sign_in_failed)
        error = RetryLater(reason("timed_out", server="zoho.test"))
        with patch.object(type(self.org), "_pull_feed", lambda self, wait=True: error):
            self.assertIn("zoho.test", self.preview().message)
        with session_lock(self.env, "account", self.account.id):
            with self.assertRaisesRegex(UserError, "going on already"):
                self.preview()

    def test_a_preview_that_died_is_no_run_to_go_on_with(self):
        values = {"account_id": self.account.id, "company_id": self.company.id}
        for again in (self.preview, lambda: self.sync_now(self.account)):
            dead = self.env["notes.zoho.run"].create({**values, "trigger": "preview"})
            run = again()
            self.assertNotEqual(run, dead)
            self.assertEqual((run.state, dead.state), ("done", "failed"))
        open_run = self.env["notes.zoho.run"].create(values)
        with self.assertRaisesRegex(UserError, "going on already"):
            self.preview()
        self.assertEqual(self.sync_now(self.account), open_run)

    def test_the_button_opens_what_was_told_and_says_when_that_is_not_all(self):
        self.add_contacts(self.anna, 3)
        action = self.press(self.account, "action_preview")
        run = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((run.trigger, run.created), ("preview", 3))
        with patch.object(account_run, "SHARE", 0):
            action = self.press(self.account, "action_preview")
        run = run.browse(action["res_id"])
        self.assertEqual(run.state, "partial")
        self.assertIn("more than", run.message)
        with self.assertRaises(AccessError):
            self.press(self.account, "action_preview", self.ben)

    def test_previews_of_two_accounts_at_once_are_in_nobodys_way(self):
        """Nothing of what one writes for a while is waited for by another."""
        ben = self.make_account(self.ben)
        self.add_contacts(self.anna, 1)
        self.add_contacts(self.ben, 1)
        keys = []
        dry_run = type(self.account)._dry_run

        def note(account, *args):
            result, entries = dry_run(account, *args)
            keys.extend(entry.link.zoho.key for entry in entries)
            return result, entries

        with patch.object(type(self.account), "_dry_run", note):
            self.preview()
            self.preview(ben)
        self.assertEqual(len(set(keys)), 2)


TWIN = {"MailAddress": "twin@example.com"}
