"""A private record's words are nowhere in Odoo: in no table and in no log line."""

import logging
from datetime import timedelta

from odoo.tests import tagged

from .common import SimulatedCase

#: Tables besides our own in which a record's words could end up.
OTHERS = ("mail_%", "bus_%", "ir_logging", "ir_attachment", "ir_cron_progress")
TEXTS = ("text", "character varying", "json", "jsonb", "character", "bytea")


@tagged("post_install", "-at_install")
class TestPrivateWords(SimulatedCase):
    def setUp(self):
        super().setUp()
        self.account = self.make_account(
            self.anna, sync_tasks=True, sync_events=True, tz="Europe/Berlin"
        )
        now = self.domino.clock.now().replace(minute=0, second=0, microsecond=0)
        self.nine = now + timedelta(days=3)

    def columns(self):
        """Table and column of every text that could hold such a word."""
        self.env.cr.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c "
            "JOIN information_schema.tables t USING (table_schema, table_name) "
            "WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' "
            "AND c.data_type = ANY(%s) AND (c.table_name LIKE 'notes_zoho_%%' "
            "OR c.table_name LIKE ANY(%s))",
            [list(TEXTS), list(OTHERS)],
        )
        return self.env.cr.fetchall()

    def found(self, word):
        """Where the word stands in the database."""
        self.env.flush_all()
        places = []
        for table, column in self.columns():
            self.env.cr.execute(
                f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE %s',
                [f"%{word}%"],
            )
            if self.env.cr.fetchone()[0]:
                places.append(f"{table}.{column}")
        return places

    def sync(self, times=1):
        """Runs; everything that was logged, down to the debug level.

        The statements themselves are left out, since they are no log of a server that
        does not debug its database.
        """
        with self.assertLogs(level=logging.DEBUG) as logged:
            for _ in range(times):
                self.move_clocks()
                with self.transactions() as env:
                    run = self.account.with_env(env).sync_now(preview=True)
                    self.assertIn(run.state, ("done", "partial"), run.message)
                run = self.sync_now(self.account)
                self.assertIn(run.state, ("done", "partial"), run.message)
        return "\n".join(
            record.getMessage() for record in logged.records if record.name != SQL_LOG
        )

    def enter(self, word, **more):
        """A contact, to-do, event and series in Notes that have the word in all their
        texts; keyword arguments by what they are."""
        act, mail = self.domino.act, self.mail[self.anna]
        document = more.get("document", {})
        event = more.get("event", {})
        texts = {"location": f"Room {word}", "body": f"About {word}", **event}
        contact = act.create_contact(
            mail,
            FirstName=word,
            LastName=word,
            CompanyName="Public Ltd",
            MailAddress=f"{word}@example.com",
            Comment=f"About {word}",
            **more.get("contact", {}),
        )
        todo = act.create_todo(mail, f"Call {word}", body=f"About {word}", **document)
        single = act.create_event(mail, f"Meet {word}", self.nine, **texts)
        series = act.create_series(
            mail, f"Each {word}", self.nine, rule="FREQ=DAILY;COUNT=3", **texts
        )
        return contact, todo, single, series

    def enter_in_zoho(self, word, tags=()):
        act, owner = self.zoho.act, self.owner[self.anna]
        common = {"owner": owner, "tags": tags, "Description": f"About {word}"}
        return {
            "Contacts": act.create("Contacts", Last_Name=word, Title=word, **common),
            "Tasks": act.create("Tasks", Subject=f"Call {word}", **common),
            "Events": act.create_event(f"Meet {word}", self.nine, Venue=word, **common),
        }

    def test_the_search_finds_the_words_of_public_records(self):
        self.enter("Offenkundig")
        self.enter_in_zoho("Sichtbar")
        self.sync()
        for word in ("Offenkundig", "Sichtbar"):
            places = self.found(word)
            self.assertIn("notes_zoho_link.title", places)
            self.assertIn("notes_zoho_link.notes_snapshot", places)
            self.assertIn("notes_zoho_run_entry.title", places)

    def test_what_was_always_private_leaves_no_word(self):
        private = {"OrgConfidential": "1"}
        self.enter(
            "Geheimnis",
            contact={"Confidential": "1"},
            document=private,
            event={"private": True},
        )
        self.enter_in_zoho("Verborgen", tags=["Private"])
        log = self.sync(2)
        for word in ("Geheimnis", "Verborgen"):
            self.assertEqual(self.found(word), [])
            self.assertNotIn(word.lower(), log.lower())
        notes = str([r.body for r in self.zoho.log.entries if r.write])
        self.assertNotIn("Geheimnis", notes)

    def test_what_turns_private_leaves_no_word_behind(self):
        act, mail = self.domino.act, self.mail[self.anna]
        contact, todo, single, series = self.enter("Geheimnis")
        in_zoho = self.enter_in_zoho("Verborgen")
        self.sync()
        # A conflict's values and an edit's title stand in entries by now.
        self.move_clocks()
        act.edit(contact, JobTitle="Geheimnisse")
        edited = {r["Last_Name"]: r["id"] for r in self.zoho.records("Contacts")}
        self.zoho.act.edit("Contacts", edited["Geheimnis"], Title="Geheimnistat")
        self.zoho.act.edit("Tasks", in_zoho["Tasks"], Subject="Verborgenes")
        self.sync()
        self.assertIn("notes_zoho_run_entry.lost_values", self.found("Geheimnis"))
        self.move_clocks()
        act.edit(contact, Confidential="1")
        act.edit(todo, OrgConfidential="1")
        for uid in (single, series):
            act.mark_event_private(mail, uid)
        for module, number in in_zoho.items():
            self.zoho.act.tag_private(module, number)
        log = self.sync(2)
        for word in ("Geheimnis", "Verborgen"):
            self.assertEqual(self.found(word), [])
            self.assertNotIn(word.lower(), log.lower())

    def test_what_turns_private_while_a_decision_waits_leaves_no_word(self):
        contact, *_ = self.enter("Geheimnis")
        self.sync()
        self.domino.act.edit(contact, JobTitle="Geheimnisse")
        number = next(r["id"] for r in self.zoho.records("Contacts"))
        self.zoho.act.edit("Contacts", number, Title="Geheimnistat")
        self.sync()
        conflict = self.account.run_ids.entry_ids.filtered(
            lambda e: e.outcome == "conflict" and e.trigger != "preview"
        )
        self.press(conflict, "action_restore")
        self.domino.act.edit(contact, Confidential="1")
        self.sync()
        link = conflict.link_id
        link.invalidate_recordset()
        self.assertEqual(link.state, "private")
        self.assertFalse(link.wanted or link.title)
        self.assertFalse(conflict.lost_values)


SQL_LOG = "odoo.sql_db"
