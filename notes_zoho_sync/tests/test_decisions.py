"""What a person decides about records, through real runs against both simulators."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models.lock import session_lock
from ..services.sync import guard
from .common import SimulatedCase

TWIN = {"MailAddress": "twin@example.com", "LastName": "Twin"}


class DecisionCase(SimulatedCase):
    def setUp(self):
        super().setUp()
        self.account = self.make_account(self.anna, tz="Europe/Berlin")

    def sync(self, times=1):
        for _ in range(times):
            self.move_clocks()
            run = self.sync_now(self.account)
        return run

    def entry(self, run, outcome):
        (entry,) = run.entry_ids.filtered(lambda e: e.outcome == outcome)
        return entry

    def links(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["notes.zoho.link"].search(domain, order="id")

    def conflict(self):
        """The entry of a conflict that Notes lost; the Zoho id."""
        (unid,) = self.add_contacts(self.anna, 1)
        self.sync()
        ((number, _),) = self.zoho_contacts(self.anna).items()
        self.move_clocks()
        self.domino.act.edit(unid, JobTitle="Captain")
        self.zoho.act.edit("Contacts", number, Title="Pilot")
        return self.entry(self.sync(), "conflict"), number

    def assertIdle(self):
        self.clear_logs()
        self.sync()
        self.assertEqual(self.domino.log.writes() + self.zoho.log.writes(), 0)


@tagged("post_install", "-at_install")
class TestRestore(DecisionCase):
    def test_a_value_that_lost_comes_back_on_both_sides_and_the_rest_stays(self):
        entry, number = self.conflict()
        self.assertTrue(entry.can_restore)
        self.zoho.act.edit("Contacts", number, Department="Bridge")
        self.press(entry, "action_restore")
        self.assertTrue(self.account.run_requested)
        self.sync()
        record = self.zoho_contacts(self.anna)[number]
        (document,) = self.notes_contacts(self.anna)
        self.assertEqual((record["Title"], record["Department"]), ("Captain", "Bridge"))
        self.assertEqual(document["items"]["JobTitle"], ["Captain"])
        self.assertEqual(document["items"]["Department"], ["Bridge"])
        self.assertIdle()

    def test_a_deleted_record_is_made_again_with_what_it_held(self):
        (unid,) = self.add_contacts(self.anna, 1)
        self.sync()
        self.domino.act.delete(unid)
        entry = self.entry(self.sync(2), "deleted")
        self.assertFalse(self.zoho_contacts(self.anna))
        self.assertIn("E-mail: person0@example.com", entry.values_text.splitlines())
        self.assertIn("Birthday: (empty)", entry.values_text.splitlines())
        self.press(entry, "action_restore")
        self.sync()
        ((_, record),) = self.zoho_contacts(self.anna).items()
        self.assertEqual(record["Email"], "person0@example.com")
        (document,) = self.notes_contacts(self.anna)
        self.assertEqual(document["items"]["CompanyName"], ["Company 0"])
        self.assertEqual(self.links().mapped("state"), ["linked"])
        self.assertIdle()

    def test_a_deleted_event_is_made_again_at_its_time(self):
        self.account.write({"sync_contacts": False, "sync_events": True})
        nine = self.domino.clock.now().replace(hour=9, minute=0, second=0)
        nine = nine.replace(microsecond=0) + timedelta(days=3)
        number = self.zoho.act.create_event(
            "Review", nine, owner=self.owner[self.anna], Venue="Room 1"
        )
        self.sync()
        self.zoho.act.delete("Events", number)
        entry = self.entry(self.sync(), "deleted")
        self.press(entry, "action_restore")
        self.sync()
        (record,) = self.zoho.records("Events")
        start = datetime.fromisoformat(record["Start_DateTime"])
        self.assertEqual((record["Venue"], start), ("Room 1", nine))
        mail = self.mail[self.anna]
        self.assertEqual(len(self.domino.documents(mail, "Appointment")), 1)
        self.assertIdle()

    def test_nothing_comes_back_of_a_record_that_is_private_now(self):
        entry, _ = self.conflict()
        (document,) = self.notes_contacts(self.anna)
        self.domino.act.edit(document["unid"], Confidential="1")
        self.sync()
        entry.invalidate_recordset()
        self.assertFalse(entry.can_restore)
        with self.assertRaisesRegex(UserError, "private"):
            self.press(entry, "action_restore")

    def test_without_a_record_or_a_lost_value_that_is_said(self):
        entry, _ = self.conflict()
        created = self.account.run_ids.entry_ids.filtered(
            lambda e: e.outcome == "created"
        )
        self.assertFalse(created.can_restore)
        with self.assertRaisesRegex(UserError, "No value was lost"):
            self.press(created, "action_restore")
        entry.link_id = False
        self.assertFalse(entry.can_restore)
        with self.assertRaisesRegex(UserError, "no longer known"):
            self.press(entry, "action_restore")

    def test_a_pair_that_is_left_alone_is_not_written_to(self):
        entry, number = self.conflict()
        self.zoho.act.change_owner("Contacts", number, self.owner[self.ben])
        self.sync()
        entry.invalidate_recordset()
        self.assertFalse(entry.can_restore)
        with self.assertRaisesRegex(UserError, "another user"):
            self.press(entry, "action_restore")

    def test_an_account_that_is_being_synced_takes_no_decision(self):
        entry, _ = self.conflict()
        with session_lock(self.env, "account", self.account.id):
            for act in ("action_restore", "action_retry"):
                with self.assertRaisesRegex(UserError, "being synced"):
                    self.press(entry, act)
        self.assertFalse(entry.link_id.wanted)
        self.press(entry, "action_restore")
        self.assertEqual(entry.link_id.wanted, {"job_title": "Captain"})

    def test_others_bring_back_nothing(self):
        entry, _ = self.conflict()
        with self.assertRaises(AccessError):
            self.press(entry, "action_restore", self.ben)
        self.assertFalse(entry.link_id.wanted)
        self.press(entry, "action_restore", self.admin)
        self.assertTrue(entry.link_id.wanted)


@tagged("post_install", "-at_install")
class TestSendAgain(DecisionCase):
    """Pairs that are left alone because one record was deleted, or never made."""

    def closed_by_direction(self):
        """A contact whose copy in the CRM was deleted, with the entry that says so."""
        self.account.direction = "notes_to_zoho"
        self.add_contacts(self.anna, 1)
        self.sync()
        ((number, _),) = self.zoho_contacts(self.anna).items()
        self.zoho.act.delete("Contacts", number)
        return self.entry(self.sync(), "skipped")

    def test_what_was_deleted_at_the_target_is_sent_again_from_its_entry(self):
        entry = self.closed_by_direction()
        self.assertEqual(entry.link_id.state, "closed")
        self.assertIn("send it again", entry.sentence)
        self.assertTrue(entry.can_send_again)
        self.assertFalse(entry.can_retry or entry.can_restore)
        self.press(entry, "action_send_again")
        self.assertTrue(self.account.run_requested)
        self.sync()
        ((_, record),) = self.zoho_contacts(self.anna).items()
        self.assertEqual(record["Email"], "person0@example.com")
        self.assertEqual(entry.link_id.state, "linked")
        entry.invalidate_recordset()
        self.assertFalse(entry.can_send_again)
        with self.assertRaisesRegex(UserError, "not left alone"):
            self.press(entry, "action_send_again")
        self.assertIdle()

    def test_what_the_direction_forbids_is_not_sent_again_and_that_is_said(self):
        entry = self.closed_by_direction()
        self.account.direction = "zoho_to_notes"
        entry.invalidate_recordset()
        self.assertFalse(entry.can_send_again)
        with self.assertRaisesRegex(UserError, "Zoho CRM is not written to"):
            self.press(entry.link_id, "action_send_again")

    def given_to_ben(self):
        """The entry of such a contact, which came back in the CRM for Ben, whose
        account has it now; and that account."""
        entry = self.closed_by_direction()
        number = entry.link_id.zoho_id
        self.zoho.act.restore("Contacts", number)
        self.zoho.act.change_owner("Contacts", number, self.owner[self.ben])
        self.move_clocks()
        ben = self.make_account(self.ben)
        self.sync_now(ben)
        states = self.links(zoho_id=number).mapped("state")
        self.assertEqual(states, ["closed", "linked"])
        return entry, ben

    def test_what_another_account_syncs_is_not_sent_again_and_that_is_said(self):
        entry, _ben = self.given_to_ben()
        said = "Person 0000 is synced by the account of ben.*Make anna .*its owner"
        for records in (entry, entry.link_id):
            with self.assertRaisesRegex(UserError, said):
                self.press(records, "action_send_again")
        self.assertEqual(entry.link_id.state, "closed")
        entry.link_id.reason_code, entry.link_id.reason = "stays", {"code": "stays"}
        with self.assertRaisesRegex(UserError, said):
            self.press(entry.link_id, "action_retry")

    def test_what_comes_back_from_another_account_is_synced_again(self):
        entry, ben = self.given_to_ben()
        number = entry.link_id.zoho_id
        self.zoho.act.change_owner("Contacts", number, self.owner[self.anna])
        self.move_clocks()
        self.sync_now(ben)
        self.sync()
        self.assertEqual(entry.link_id.state, "linked")
        self.assertEqual(list(self.zoho_contacts(self.anna)), [number])
        self.assertEqual(len(self.notes_contacts(self.anna)), 1)
        self.assertIdle()

    def test_others_send_nothing_again(self):
        entry = self.closed_by_direction()
        for records in (entry, entry.link_id):
            with self.assertRaises(AccessError):
                self.press(records, "action_send_again", self.ben)
        self.assertEqual(entry.link_id.state, "closed")
        self.press(entry.link_id, "action_send_again", self.admin)
        self.assertEqual(entry.link_id.state, "new")

    def held_creates(self):
        """A run that holds back three new contacts."""
        self.sync()
        self.add_contacts(self.anna, 3)
        limits = {"CREATES_AT_LEAST": 2, "CREATES_SHARE": 0}
        self.startPatcher(patch.multiple(guard, **limits))
        run = self.sync()
        self.assertEqual((run.state, run.waiting), ("held", 3))
        return run

    def test_held_new_records_that_are_dismissed_stay_and_are_not_held_again(self):
        run = self.held_creates()
        self.press(run, "action_dismiss_held")
        run.invalidate_recordset()
        self.assertEqual(run.waiting, 0)
        self.assertEqual(self.sync().state, "done")
        self.assertFalse(self.zoho_contacts(self.anna))
        self.assertEqual(len(self.notes_contacts(self.anna)), 3)
        entry = run.entry_ids[0]
        self.assertEqual(entry.link_id.reason_code, "left_there")
        self.assertIn("stays in Notes only", entry.link_id.reason_text)
        self.assertTrue(entry.can_send_again)
        self.assertFalse(entry.can_dismiss or entry.can_confirm or entry.can_retry)
        self.assertIdle()

    def test_dismissed_new_records_are_sent_after_all(self):
        run = self.held_creates()
        self.press(run, "action_dismiss_held")
        self.press(run.entry_ids, "action_send_again")
        self.assertEqual(self.sync().state, "done")
        self.assertEqual(len(self.zoho_contacts(self.anna)), 3)
        self.assertIdle()

    def test_a_run_about_which_all_is_decided_offers_nothing_more(self):
        run = self.held_creates()
        self.press(run, "action_confirm_held")
        run.invalidate_recordset()
        self.assertEqual(run.waiting, 0)
        self.sync()
        self.assertEqual(len(self.zoho_contacts(self.anna)), 3)


@tagged("post_install", "-at_install")
class TestEntryTells(DecisionCase):
    """What an entry says and where it leads."""

    def test_one_sentence_says_what_happened_and_why(self):
        entry, _number = self.conflict()
        self.assertRegex(
            entry.sentence,
            "^.*Person 0000 was in conflict. Changed on both sides; "
            "Zoho CRM wins in: Job title.$",
        )
        created = self.account.run_ids.entry_ids.filtered(
            lambda e: e.outcome == "created"
        )
        self.assertRegex(created.sentence, "Person 0000 was made in Zoho CRM.$")

    def test_a_preview_does_not_claim_that_it_was_done(self):
        self.add_contacts(self.anna, 1)
        action = self.press(self.account, "action_preview")
        run = self.env["notes.zoho.run"].browse(action["res_id"])
        self.assertIn("would be made in Zoho CRM", run.entry_ids.sentence)
        self.assertEqual(run.summary, "Created: 1")

    def test_a_conflict_is_decided_once_whichever_way(self):
        entry, _number = self.conflict()
        self.assertTrue(entry.can_keep and entry.can_restore)
        with self.assertRaises(AccessError):
            self.press(entry, "action_keep", self.ben)
        self.press(entry, "action_keep")
        self.assertEqual(entry.decision, "kept")
        self.assertFalse(entry.can_keep)
        self.assertTrue(entry.can_restore)
        with self.assertRaisesRegex(UserError, "no conflict"):
            self.press(entry, "action_keep")
        self.press(entry, "action_restore")
        self.assertEqual(entry.decision, "restored")
        self.assertFalse(entry.can_restore)

    def test_a_record_is_opened_in_zoho_where_people_open_it(self):
        entry, number = self.conflict()
        self.assertFalse(entry.zoho_url)
        with self.assertRaisesRegex(UserError, "not in Zoho"):
            self.press(entry, "action_open_in_zoho")
        self.org.crm_url = "https://crm.example.test"
        entry.invalidate_recordset()
        entry.link_id.invalidate_recordset()
        action = self.press(entry, "action_open_in_zoho")
        self.assertEqual(
            action["url"], f"https://crm.example.test/crm/tab/Contacts/{number}"
        )
        self.assertEqual(self.press(entry.link_id, "action_open_in_zoho"), action)
        self.zoho.act.delete("Contacts", number)
        self.sync()
        entry.invalidate_recordset()
        self.assertFalse(entry.zoho_url)

    def test_each_data_centre_has_its_own_pages_and_own_ones_are_checked(self):
        self.org.data_center = "eu"
        self.assertEqual(self.org.crm_url, "https://crm.zoho.eu")
        self.org.data_center = "ca"
        self.assertEqual(self.org.crm_url, "https://crm.zohocloud.ca")
        with self.assertRaisesRegex(UserError, "no web address"):
            self.org.write({"data_center": "custom", "crm_url": "javascript:x"})

    def test_lost_times_are_shown_in_the_readers_zone_and_language(self):
        self.account.write({"sync_contacts": False, "sync_events": True})
        nine = self.domino.clock.now().replace(hour=9, minute=0, second=0)
        nine = nine.replace(microsecond=0) + timedelta(days=3)
        number = self.zoho.act.create_event(
            "Review", nine, owner=self.owner[self.anna], Venue="Room 1"
        )
        self.sync()
        self.zoho.act.delete("Events", number)
        entry = self.entry(self.sync(), "deleted").with_user(self.anna)
        shown = {}
        for zone, shift in (("Asia/Tokyo", 9), ("UTC", 0)):
            self.anna.tz = zone
            local = nine + timedelta(hours=shift)
            shown[zone] = entry.with_context(tz=zone).values_text
            self.assertIn(f"{local.hour % 12 or 12}:00", shown[zone])
            self.assertNotIn("T0", shown[zone])
            self.assertIn(
                f"{local.hour % 12 or 12}:00", entry.with_context(tz=zone).values_html
            )
        self.assertNotEqual(*shown.values())

    def test_what_a_server_says_is_text_in_the_table_of_values(self):
        entry, _number = self.conflict()
        entry.lost_values = {"job_title": {"kept": "<b>P</b>", "lost": "<i>x</i>"}}
        self.assertIn("&lt;i&gt;x&lt;/i&gt;", entry.values_html)
        self.assertNotIn("<i>", entry.values_html)

    def test_entries_group_by_reason_in_words(self):
        entry, _number = self.conflict()
        groups = self.env["notes.zoho.run.entry"].formatted_read_group(
            [("id", "=", entry.id)], ["reason_code"], ["__count"]
        )
        labels = dict(entry._fields["reason_code"]._description_selection(self.env))
        (group,) = groups
        self.assertEqual(
            labels[group["reason_code"]], "Changed on both sides; … wins in: …."
        )


@tagged("post_install", "-at_install")
class TestTwins(DecisionCase):
    """Two alike in Notes, one in the CRM: nobody but a person knows which is which."""

    def setUp(self):
        super().setUp()
        for title in ("T1", "T2"):
            self.domino.act.create_contact(self.mail[self.anna], JobTitle=title, **TWIN)
        self.zoho.act.create(
            "Contacts",
            Last_Name="Twin",
            Email="twin@example.com",
            Title="T3",
            owner=self.owner[self.anna],
        )
        self.first = self.sync()
        self.mine = self.links().filtered(
            lambda link: (link.notes_current or {}).get("job_title") == "T2"
        )
        self.theirs = self.links().filtered("zoho_id")

    def dialog(self, link, user=None):
        """The dialog as it opens; what is chosen in it is stored when it closes."""
        action = self.press(link, "action_link_to", user)
        model = self.env[action["res_model"]].with_user(user or self.anna)
        return model.with_context(**action["context"])

    def test_what_looks_alike_is_offered_and_becomes_one_pair(self):
        entries = self.first.entry_ids
        self.assertEqual(entries.mapped("outcome"), ["skipped"] * 3)
        self.assertTrue(all(entries.mapped("can_link")))
        self.assertTrue(all(entries.mapped("can_create_apart")))
        entry = entries.filtered(lambda e: e.link_id == self.mine)
        form = Form(self.dialog(entry))
        self.assertEqual(form.other_side, "zoho")
        self.assertEqual(form.alike_ids.ids, self.theirs.ids)
        form.donor_id = self.theirs
        self.press(form.save(), "action_link")
        self.assertFalse(self.theirs.exists())
        self.assertEqual(self.mine.state, "linked")
        self.sync()
        titles = [r["Title"] for r in self.zoho_contacts(self.anna).values()]
        self.assertIn("T3", titles)
        self.assertEqual(self.mine.state, "linked")
        self.assertEqual(
            self.mine.zoho_current or self.mine.zoho_snapshot,
            self.mine.notes_current or self.mine.notes_snapshot,
        )
        entry.invalidate_recordset()
        self.assertFalse(entry.can_link or entry.can_create_apart)
        with self.assertRaisesRegex(UserError, "cannot be linked"):
            self.press(entry, "action_link_to")

    def test_from_the_other_side_both_are_offered(self):
        form = Form(self.dialog(self.theirs))
        self.assertEqual(form.other_side, "notes")
        self.assertEqual(len(form.alike_ids.ids), 2)
        form.donor_id = self.mine
        self.press(form.save(), "action_link")
        self.assertFalse(self.mine.exists())
        self.sync()
        items = [document["items"] for document in self.notes_contacts(self.anna)]
        titles = sorted(item["JobTitle"][0] for item in items)
        self.assertEqual(titles, ["T1", "T3"])

    def test_a_record_made_apart_gets_a_counterpart_of_its_own(self):
        entry = self.first.entry_ids.filtered(lambda e: e.link_id == self.mine)
        self.press(entry, "action_create_apart")
        self.sync()
        titles = sorted(r["Title"] for r in self.zoho_contacts(self.anna).values())
        self.assertEqual(titles, ["T2", "T3"])
        self.assertEqual(self.mine.state, "linked")
        entry.invalidate_recordset()
        self.assertFalse(entry.can_create_apart)
        with self.assertRaisesRegex(UserError, "resembles several"):
            self.press(entry, "action_create_apart")

    def test_only_a_record_of_the_other_side_of_the_same_account_fits(self):
        other = self.links(zoho_id=False) - self.mine
        for donor in (other, self.mine):
            wizard = self.dialog(self.mine).create({"donor_id": donor.id})
            with self.assertRaisesRegex(UserError, "other side"):
                self.press(wizard, "action_link")
        wizard = self.dialog(self.mine).create({})
        with self.assertRaisesRegex(UserError, "Choose"):
            self.press(wizard, "action_link")
        ben = self.make_account(self.ben)
        self.theirs.account_id = ben
        wizard = self.dialog(self.mine, self.admin).create({"donor_id": self.theirs.id})
        with self.assertRaisesRegex(UserError, "other side"):
            self.press(wizard, "action_link", self.admin)

    def test_others_neither_link_nor_make_apart(self):
        for act in ("action_link_to", "action_create_apart", "action_retry"):
            with self.assertRaises(AccessError, msg=act):
                self.press(self.mine, act, self.ben)
        wizards = self.env["notes.zoho.link.to"].with_user(self.ben)
        values = {"link_id": self.mine.id, "donor_id": self.theirs.id}
        wizard = wizards.sudo().create(values).with_env(wizards.env)
        with self.assertRaises(AccessError):
            self.press(wizard, "action_link", self.ben)
        with self.assertRaises(AccessError):
            wizard.alike_ids.mapped("title")
        # One's own with another's.
        ben = self.make_account(self.ben)
        self.mine.account_id = ben
        with self.assertRaises(AccessError):
            self.press(wizard, "action_link", self.ben)
        self.assertTrue(self.theirs.exists())

    def test_what_another_account_syncs_is_not_linked(self):
        self.theirs.write({"state": "closed", "reason_code": "left_there"})
        self.theirs.flush_recordset()
        ben = self.make_account(self.ben)
        self.theirs.copy({"account_id": ben.id, "state": "linked"})
        wizard = self.dialog(self.mine).create({"donor_id": self.theirs.id})
        with self.assertRaisesRegex(UserError, "is synced by the account of ben"):
            self.press(wizard, "action_link")
        self.assertTrue(self.theirs.exists())

    def test_what_is_being_read_or_written_cannot_be_linked(self):
        for values in (
            {"zoho_unread": True},
            {"zoho_missing": 1},
            {"zoho_gone": True},
            {"zoho_intent": {"operation": "create"}},
            {"state": "private"},
            {"notes_key": "there"},
        ):
            before = {name: self.theirs[name] for name in values}
            self.theirs.write(values)
            self.assertFalse(self.theirs.half, values)
            found = self.links(half="zoho")
            self.assertNotIn(self.theirs, found, values)
            self.theirs.write(before)
        self.assertEqual(self.links(half="zoho"), self.theirs)
        self.assertEqual(self.theirs.half, "zoho")

    def test_what_the_direction_leaves_alone_can_be_linked(self):
        self.account.direction = "zoho_to_notes"
        unid = self.domino.act.create_contact(self.mail[self.anna], LastName="Alone")
        self.sync()
        link = self.links(notes_key=unid)
        self.assertEqual((link.state, link.half), ("closed", "notes"))
