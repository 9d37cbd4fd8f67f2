"""Meetings called from Odoo, against both simulators over HTTP."""

from datetime import UTC, datetime, time, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from tests.simulators.common import FaultRule

from ..models import meeting_desk
from ..models.lock import session_lock
from ..services.domino.meeting import MeetingDesk
from .common import SimulatedCase

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class MeetingCase(SimulatedCase):
    """Anna syncs events in Berlin and invites Ben, a partner, and a typed address."""

    def setUp(self):
        super().setUp()
        self.account = self.make_account(
            self.anna, sync_contacts=False, sync_events=True, tz="Europe/Berlin"
        )
        self.bens = self.domino.world.user("Ben Test").email
        self.ben.partner_id.email = self.bens
        today = datetime.now(UTC).date()
        self.nine = datetime.combine(today + 8 * DAY, time(9))
        self.nine -= DAY * max(self.nine.weekday() - 4, 0)  # a working day

    def enter(self, **values):
        """Anna enters a meeting; nothing is sent yet."""
        return (
            self.env["notes.zoho.meeting"]
            .with_user(self.anna)
            .create(
                {
                    "subject": "New hall",
                    "participant_ids": [Command.set(self.ben.partner_id.ids)],
                    "participant_emails": "host@elsewhere.example",
                    "location": "Room 1",
                    "start": self.nine,
                    "stop": self.nine + HOUR,
                    "description": "Bring the plan",
                    **values,
                }
            )
        )

    def scheduled(self, **values):
        """A meeting in Notes, and in the CRM where the settings allow."""
        meeting = self.enter(**values)
        self.press(meeting, "action_schedule")
        self.run_done()
        self.clear_logs()
        return meeting

    def run_done(self):
        self.move_clocks()
        run = self.sync_now(self.account)
        self.assertEqual(run.state, "done", run.message)
        self.env.invalidate_all()
        return run

    def refused(self, meeting, name="action_schedule", words=""):
        with self.assertRaisesRegex(UserError, words):
            self.press(meeting, name)
        self.env.invalidate_all()

    def fault(self, kind, method, **values):
        self.domino.faults.add(FaultRule(kind, path="/events", method=method, **values))

    @property
    def mails(self):
        return [(mail["notice"], mail["to"]) for mail in self.domino.log.mails]

    def told(self, notice):
        return [(notice, self.bens), (notice, "host@elsewhere.example")]

    def in_notes(self):
        return self.domino.documents(self.mail[self.anna], "Appointment")

    def in_zoho(self):
        return self.zoho.records("Events")


@tagged("post_install", "-at_install")
class TestSchedule(MeetingCase):
    def test_guests_are_invited_once_and_the_crm_gets_one_linked_event(self):
        meeting = self.enter()
        self.press(meeting, "action_schedule")
        self.env.invalidate_all()
        self.assertEqual(meeting.state, "scheduled")
        self.assertFalse(meeting.is_changed)
        self.assertTrue(self.account.run_requested)
        self.assertEqual(self.mails, self.told("I"))
        self.assertEqual(self.in_zoho(), [])
        for _ in range(3):
            self.run_done()
        (event,) = self.in_zoho()
        self.assertEqual(event["Event_Title"], "New hall")
        self.assertEqual(event["Owner"]["id"], self.owner[self.anna])
        self.assertEqual(
            datetime.fromisoformat(event["Start_DateTime"]),
            self.nine.replace(tzinfo=UTC),
        )
        self.assertEqual(meeting.link_id.zoho_id, event["id"])
        self.assertEqual(meeting.link_id.state, "linked")
        self.assertEqual(self.env["notes.zoho.link"].search_count([]), 1)
        self.assertEqual(len(self.in_notes()), 1)
        # The invitations of the beginning are all that was ever sent.
        self.assertEqual(self.mails, self.told("I"))
        self.assertEqual(self.zoho.log.mails, [])
        self.clear_logs()
        self.run_done()
        self.assertEqual(self.domino.log.writes() + self.zoho.log.writes(), 0)

    def test_pressing_again_sends_nothing(self):
        meeting = self.scheduled()
        self.refused(meeting, words="sent already")
        self.press(meeting, "action_send_changes")
        self.assertEqual(self.domino.log.writes(), 0)

    def test_after_a_lost_answer_pressing_again_finds_it(self):
        self.fault("drop_after", "POST")
        meeting = self.enter()
        self.refused(meeting)
        self.assertEqual(meeting.state, "draft")
        self.assertTrue(meeting.sent_at and meeting.error_message and meeting.link_id)
        self.press(meeting, "action_schedule")
        self.env.invalidate_all()
        self.assertEqual(meeting.state, "scheduled")
        self.assertFalse(meeting.sent_at or meeting.error_message)
        self.run_done()
        self.assertEqual(len(self.in_zoho()), 1)
        self.assertEqual(self.mails, self.told("I"))

    def test_the_sync_carries_what_arrived_even_if_nobody_presses_again(self):
        self.fault("drop_after", "POST")
        meeting = self.enter()
        self.refused(meeting)
        for _ in range(2):
            self.run_done()
        (event,) = self.in_zoho()
        self.assertEqual(meeting.link_id.zoho_id, event["id"])
        self.press(meeting, "action_schedule")
        self.run_done()
        self.env.invalidate_all()
        self.assertEqual(meeting.state, "scheduled")
        self.assertEqual(len(self.in_zoho()), 1)
        self.assertEqual(self.mails, self.told("I"))

    def test_a_crash_between_intent_and_answer_invites_nobody_twice(self):
        meeting = self.enter()
        real = MeetingDesk.invite

        def dies_after(desk, *args):
            real(desk, *args)
            raise KeyboardInterrupt

        with (
            patch.object(MeetingDesk, "invite", dies_after),
            self.assertRaisesRegex(KeyboardInterrupt, ""),
        ):
            self.press(meeting, "action_schedule")
        self.env.invalidate_all()
        self.assertTrue(meeting.sent_at)
        self.press(meeting, "action_schedule")
        self.run_done()
        self.assertEqual(meeting.state, "scheduled")
        self.assertEqual(self.mails, self.told("I"))
        self.assertEqual(len(self.in_zoho()), 1)

    def test_a_crash_before_sending_waits_a_minute_then_sends(self):
        meeting = self.enter()
        with (
            patch.object(MeetingDesk, "invite", side_effect=KeyboardInterrupt),
            self.assertRaisesRegex(KeyboardInterrupt, ""),
        ):
            self.press(meeting, "action_schedule")
        self.env.invalidate_all()
        self.assertTrue(meeting.sent_at and meeting.link_id)
        # The engine leaves the link alone as long as there is nothing in Notes.
        for _ in range(3):
            self.run_done()
        self.assertEqual(self.in_zoho(), [])
        self.assertEqual(meeting.link_id.state, "new")
        self.refused(meeting, words="in a minute")
        self.assertEqual(self.mails, [])
        self.move_clocks(seconds=31)
        self.press(meeting, "action_schedule")
        self.run_done()
        self.assertEqual(self.mails, self.told("I"))
        self.assertEqual(len(self.in_zoho()), 1)

    def test_what_certainly_did_not_arrive_is_sent_at_once_when_pressed_again(self):
        meeting = self.enter()
        body = {"code": 500, "text": "Internal", "cserror": 1024, "message": "no"}
        self.fault("status", "POST", status=500, body=body)
        self.refused(meeting)
        self.assertFalse(meeting.sent_at)
        self.press(meeting, "action_schedule")
        self.assertEqual(self.mails, self.told("I"))

    def test_notices_that_failed_are_told_of(self):
        self.fault("notices_failed", "POST")
        meeting = self.enter()
        self.press(meeting, "action_schedule")
        self.env.invalidate_all()
        self.assertEqual(meeting.state, "scheduled")
        self.assertIn("Ask your guests", meeting.notice)
        self.press(meeting, "action_send_changes")
        self.assertEqual(self.mails, self.told("I"))
        self.assertEqual(len(self.in_notes()), 1)

    def test_a_one_way_account_schedules_and_leaves_the_crm_alone(self):
        self.account.direction = "zoho_to_notes"
        meeting = self.enter()
        self.press(meeting, "action_schedule")
        for _ in range(2):
            self.run_done()
        self.assertEqual(self.mails, self.told("I"))
        self.assertEqual(meeting.state, "scheduled")
        self.assertEqual(self.in_zoho(), [])

    def test_a_whole_day_lasts_from_midnight_to_midnight_of_the_account(self):
        day = self.nine.date()
        meeting = self.enter(allday=True, start_date=day, stop_date=day)
        self.press(meeting, "action_schedule")
        self.run_done()
        self.assertEqual(self.mails, self.told("I"))
        (event,) = self.in_zoho()
        self.assertEqual(
            datetime.fromisoformat(event["End_DateTime"])
            - datetime.fromisoformat(event["Start_DateTime"]),
            DAY,
        )
        self.assertTrue(meeting.allday)
        self.assertFalse(meeting.is_changed)
        self.assertEqual((meeting.start_date, meeting.stop_date), (day, day))

    def test_nothing_is_sent_beside_a_run(self):
        meeting = self.enter()
        self.patch(meeting_desk, "PATIENCE", 0)
        with session_lock(self.env, "account", self.account.id):
            self.refused(meeting, words="being synced")
        self.assertEqual(self.domino.log.count(), 0)

    def test_an_unreachable_server_is_told_and_stays_at_the_meeting(self):
        meeting = self.enter()
        self.domino.stop()
        self.refused(meeting)
        self.assertTrue(meeting.error_message)
        self.assertEqual(meeting.state, "draft")
        self.assertFalse(meeting.sent_at)

    def test_a_neutralized_copy_sends_nothing(self):
        meeting = self.enter()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        self.refused(meeting, words="neutralized")
        self.assertEqual(self.domino.log.count(), 0)


@tagged("post_install", "-at_install")
class TestMeetingWords(MeetingCase):
    def test_what_is_wrong_stands_at_the_field_and_nothing_is_sent(self):
        nobody = self.env["res.partner"].create({"name": "Nobody Known"})
        wrong = [
            ({"participant_ids": [Command.set(nobody.ids)]}, "Nobody Known"),
            ({"participant_emails": "ann(at)x"}, "ann\\(at\\)x"),
            (
                {
                    "participant_ids": [Command.set(self.anna.partner_id.ids)],
                    "participant_emails": False,
                },
                "somebody else",
            ),
            ({"stop": self.nine}, "not after the start"),
            (
                {"start": self.nine - 90 * DAY, "stop": self.nine - 89 * DAY},
                "in the past",
            ),
            (
                {
                    "allday": True,
                    "start_date": self.nine.date(),
                    "stop_date": self.nine.date() - DAY,
                },
                "before the first",
            ),
        ]
        for values, words in wrong:
            meeting = self.enter(**values)
            problem = f"{meeting.time_problem or ''}{meeting.people_problem or ''}"
            self.assertRegex(problem, words)
            self.refused(meeting, words=words)
        self.assertEqual(self.domino.log.count(), 0)

    def test_an_account_without_a_mail_file_or_paused_is_told_so(self):
        meeting = self.enter()
        self.assertFalse(meeting.account_problem)
        self.account.mail_file = False
        self.assertIn("mail file", meeting.account_problem)
        self.account.state = "paused"
        self.refused(meeting, words="paused")

    def test_everybody_is_invited_once_whatever_names_them(self):
        meeting = self.enter(
            participant_emails=f"{self.bens.upper()}; x@y.example ,x@y.example,"
        )
        guests = [who.email for who in meeting._guests()]
        self.assertEqual(guests, [self.bens, "x@y.example"])

    def test_the_form_proposes_an_hour_and_takes_whole_days(self):
        form = Form(self.env["notes.zoho.meeting"].with_user(self.anna))
        form.subject = "Walk"
        self.assertEqual(form.stop - form.start, HOUR)
        form.start = self.nine
        self.assertEqual(form.stop, self.nine + HOUR)
        form.allday = True
        self.assertEqual(form.start_date, self.nine.date())
        meeting = form.save()
        self.assertEqual(meeting.account_id, self.account)
        self.assertTrue(meeting.people_problem)


@tagged("post_install", "-at_install")
class TestReschedule(MeetingCase):
    def move(self, meeting, **values):
        meeting.with_user(self.anna).write(
            {"start": self.nine + HOUR, "stop": self.nine + 2 * HOUR, **values}
        )
        self.assertTrue(meeting.is_changed)

    def start_in_zoho(self):
        (event,) = self.in_zoho()
        return datetime.fromisoformat(event["Start_DateTime"]).astimezone(UTC)

    def test_a_change_reaches_notes_guests_and_the_crm_once(self):
        meeting = self.scheduled()
        self.move(meeting, location="Room 2")
        self.run_done()
        self.assertEqual(self.domino.log.writes(), 0)
        self.press(meeting, "action_send_changes")
        self.press(meeting, "action_send_changes")
        self.run_done()
        self.assertFalse(meeting.is_changed)
        self.assertEqual(self.mails, self.told("U"))
        self.assertEqual(self.start_in_zoho(), (self.nine + HOUR).replace(tzinfo=UTC))
        self.assertEqual(self.in_zoho()[0]["Venue"], "Room 2")
        self.clear_logs()
        self.run_done()
        self.assertEqual(self.domino.log.writes() + self.zoho.log.writes(), 0)

    def test_a_lost_answer_is_repaired_by_pressing_again(self):
        meeting = self.scheduled()
        self.fault("drop_after", "PUT")
        self.move(meeting)
        self.refused(meeting, "action_send_changes")
        self.assertTrue(meeting.is_changed and meeting.sent_at)
        self.press(meeting, "action_send_changes")
        self.env.invalidate_all()
        self.assertFalse(meeting.is_changed or meeting.sent_at)
        self.assertEqual(self.mails, self.told("U"))
        self.assertEqual(self.domino.log.count(method="PUT"), 1)

    def test_changes_can_be_discarded(self):
        meeting = self.scheduled()
        self.move(meeting, subject="Old hall")
        self.press(meeting, "action_discard_changes")
        self.env.invalidate_all()
        self.assertEqual((meeting.subject, meeting.start), ("New hall", self.nine))
        self.assertFalse(meeting.is_changed)

    def test_what_was_moved_in_notes_shows_here(self):
        meeting = self.scheduled()
        self.domino.act.reschedule_meeting(
            self.mail[self.anna],
            meeting.uid,
            (self.nine + 3 * HOUR).replace(tzinfo=UTC),
        )
        self.run_done()
        self.assertEqual(meeting.start, self.nine + 3 * HOUR)
        self.assertFalse(meeting.is_changed)
        self.assertEqual(meeting.state, "scheduled")

    def test_looking_in_notes_needs_no_run(self):
        meeting = self.scheduled()
        self.domino.act.edit_event(
            self.mail[self.anna], meeting.uid, subject="Newer hall"
        )
        self.press(meeting, "action_refresh")
        self.env.invalidate_all()
        self.assertEqual(meeting.subject, "Newer hall")

    def test_a_change_on_both_sides_is_shown_before_it_is_sent(self):
        meeting = self.scheduled()
        self.move(meeting)
        self.domino.act.edit_event(
            self.mail[self.anna],
            meeting.uid,
            start=(self.nine + 5 * HOUR).replace(tzinfo=UTC),
            end=(self.nine + 6 * HOUR).replace(tzinfo=UTC),
        )
        self.refused(meeting, "action_send_changes", "changed meanwhile: Time")
        self.assertEqual(self.mails, [])
        self.press(meeting, "action_send_changes")
        self.assertEqual(self.mails, self.told("U"))
        self.env.invalidate_all()
        self.assertFalse(meeting.is_changed)

    def test_who_takes_part_stays_as_it_was_sent(self):
        meeting = self.scheduled()
        with self.assertRaisesRegex(UserError, "stays as it was sent"):
            meeting.with_user(self.anna).participant_emails = "new@x.example"


@tagged("post_install", "-at_install")
class TestCancelMeeting(MeetingCase):
    def test_cancelling_tells_the_guests_once_and_takes_the_crms_event_away(self):
        meeting = self.scheduled()
        self.press(meeting, "action_cancel")
        self.press(meeting, "action_cancel")
        self.env.invalidate_all()
        self.assertEqual(meeting.state, "cancelled")
        self.assertEqual(self.mails, self.told("C"))
        self.assertEqual(self.in_notes(), [])
        self.run_done()
        self.assertEqual(self.in_zoho(), [])
        self.assertEqual(meeting.link_id.state, "deleted")
        self.run_done()
        self.assertEqual(self.mails, self.told("C"))

    def test_a_lost_answer_is_repaired_by_pressing_again(self):
        meeting = self.scheduled()
        self.fault("drop_after", "DELETE")
        self.refused(meeting, "action_cancel")
        self.assertEqual(meeting.state, "scheduled")
        self.press(meeting, "action_cancel")
        self.run_done()
        self.assertEqual(meeting.state, "cancelled")
        self.assertEqual(self.mails, self.told("C"))
        self.assertEqual(self.in_zoho(), [])

    def test_one_that_is_not_in_the_crm_yet_never_gets_there(self):
        meeting = self.enter()
        self.press(meeting, "action_schedule")
        self.press(meeting, "action_cancel")
        self.run_done()
        self.assertEqual(meeting.state, "cancelled")
        self.assertEqual(self.in_zoho(), [])
        self.assertFalse(meeting.link_id)

    def test_what_is_cancelled_in_notes_is_cancelled_here(self):
        meeting = self.scheduled()
        self.domino.act.cancel_meeting(self.mail[self.anna], meeting.uid)
        for _ in range(3):
            self.run_done()
        self.assertEqual(meeting.state, "cancelled")
        self.assertEqual(self.in_zoho(), [])

    def test_a_change_of_one_that_is_gone_tells_that_it_is(self):
        meeting = self.scheduled()
        self.domino.act.cancel_meeting(self.mail[self.anna], meeting.uid)
        meeting.with_user(self.anna).location = "Room 2"
        self.refused(meeting, "action_send_changes", "cancelled in Notes")
        self.assertEqual(meeting.state, "cancelled")

    def test_a_meeting_that_people_know_of_is_not_deleted(self):
        meeting = self.scheduled()
        with self.assertRaisesRegex(UserError, "cancelled"):
            meeting.with_user(self.anna).unlink()
        draft = self.enter()
        draft.with_user(self.anna).unlink()
        self.assertFalse(draft.exists())


@tagged("post_install", "-at_install")
class TestChangeWithNotices(MeetingCase):
    def called_in_notes(self):
        """A meeting that Anna called in Notes, and its event's id in the CRM."""
        uid = self.domino.act.create_meeting(
            self.mail[self.anna],
            "Board",
            self.nine.replace(tzinfo=UTC),
            attendees=["Ben Test"],
        )
        self.run_done()
        (event,) = self.in_zoho()
        return uid, event["id"]

    def moved_in_crm(self, number):
        start = (self.nine + 4 * HOUR).replace(tzinfo=UTC)
        self.zoho.act.edit(
            "Events",
            number,
            Start_DateTime=start.isoformat(),
            End_DateTime=(start + HOUR).isoformat(),
        )
        run = self.run_done()
        (entry,) = run.entry_ids.filtered(lambda e: e.reason_code == "not_carried")
        self.assertTrue(entry.can_change_with_notices)
        return entry

    def test_the_crms_time_is_carried_and_the_guests_are_told(self):
        _uid, number = self.called_in_notes()
        entry = self.moved_in_crm(number)
        self.assertEqual(self.mails, [])
        action = self.press(entry, "action_change_with_notices")
        self.assertEqual(self.mails, [("U", self.bens)])
        for _ in range(2):
            self.run_done()
        meeting = self.env["notes.zoho.meeting"].browse(action["res_id"])
        self.assertEqual(meeting.start, self.nine + 4 * HOUR)
        self.assertFalse(meeting.is_changed or meeting.link_id.pending)
        self.assertFalse(entry.can_change_with_notices)
        (event,) = self.in_zoho()
        self.assertEqual(
            datetime.fromisoformat(event["Start_DateTime"]).astimezone(UTC),
            (self.nine + 4 * HOUR).replace(tzinfo=UTC),
        )
        self.refused(entry, "action_change_with_notices", "Nothing")
        self.assertEqual(self.mails, [("U", self.bens)])

    def test_a_meeting_scheduled_here_offers_it_too(self):
        meeting = self.scheduled()
        (event,) = self.in_zoho()
        self.moved_in_crm(event["id"])
        self.assertTrue(meeting.can_change_with_notices)
        self.press(meeting, "action_change_with_notices")
        self.run_done()
        self.assertEqual(meeting.start, self.nine + 4 * HOUR)
        self.assertEqual(self.mails, self.told("U"))
        self.assertFalse(meeting.can_change_with_notices)

    def test_one_deleted_in_the_crm_can_be_cancelled_with_notices(self):
        _uid, number = self.called_in_notes()
        self.zoho.act.delete("Events", number)
        run = self.run_done()
        (entry,) = run.entry_ids.filtered(lambda e: e.reason_code == "kept")
        self.assertEqual(self.mails, [])
        self.press(entry, "action_change_with_notices")
        self.run_done()
        self.assertEqual(self.mails, [("C", self.bens)])
        self.assertEqual(self.in_notes(), [])
        self.assertEqual(self.in_zoho(), [])
        self.assertFalse(entry.can_change_with_notices)


@tagged("post_install", "-at_install")
class TestFreeBusy(MeetingCase):
    def test_busy_people_unknown_people_and_times_that_suit(self):
        at = self.nine.replace(tzinfo=UTC)
        self.domino.act.create_event(self.mail[self.ben], "Secret", at, at + HOUR)
        meeting = self.enter()
        answer = meeting.with_user(self.anna).free_busy()
        anna, ben, host = answer["people"]
        self.assertEqual((anna["known"], anna["busy"]), (True, []))
        self.assertEqual(ben["busy"], [[at.isoformat(), (at + HOUR).isoformat()]])
        self.assertTrue(ben["clash"])
        self.assertFalse(host["known"])
        self.assertIn("host@elsewhere.example", host["why"])
        self.assertEqual(len(answer["suggestions"]), 3)
        for start, end in answer["suggestions"]:
            begin, stop = map(datetime.fromisoformat, (start, end))
            self.assertTrue(stop <= at or begin >= at + HOUR)
            self.assertEqual(stop - begin, HOUR)
        self.assertNotIn("Secret", str(answer))

    def test_nobody_counts_as_free_where_the_service_is_off(self):
        self.domino.act.set_knob("services", ["Data", "Calendar"])
        answer = self.enter().with_user(self.anna).free_busy()
        self.assertEqual([p["known"] for p in answer["people"]], [False] * 3)
        self.assertLessEqual(self.domino.log.count(route="freebusy"), 1)

    def test_a_suggestion_is_taken(self):
        at = self.nine.replace(tzinfo=UTC)
        self.domino.act.create_event(self.mail[self.ben], "x", at, at + HOUR)
        meeting = self.enter()
        self.press(meeting, "action_check_times")
        self.env.invalidate_all()
        self.assertTrue(meeting.suggestion_1 and meeting.suggestion_3)
        self.assertIn("clashes", meeting.availability_html)
        self.assertIn("Europe/Berlin", meeting.availability_html)
        action = meeting.with_context(suggestion=1)
        self.press(action, "action_take_suggestion")
        self.env.invalidate_all()
        self.assertFalse(any(p["clash"] for p in meeting.availability["people"]))
        self.assertNotIn("clashes", meeting.availability_html)

    def test_a_meeting_that_is_moved_does_not_clash_with_itself(self):
        meeting = self.enter()
        self.press(meeting, "action_schedule")
        self.env.invalidate_all()
        answer = meeting.with_user(self.anna).free_busy()
        anna = answer["people"][0]
        self.assertEqual(
            (anna["known"], anna["busy"], anna["clash"]), (True, [], False)
        )
        at = self.nine.replace(tzinfo=UTC)
        self.domino.act.create_event(
            self.mail[self.anna], "x", at + HOUR, at + 2 * HOUR
        )
        meeting.write({"start": self.nine + HOUR, "stop": self.nine + 2 * HOUR})
        anna = meeting.with_user(self.anna).free_busy()["people"][0]
        self.assertTrue(anna["clash"])

    def test_times_looked_at_for_another_time_or_other_people_are_told_to_be_old(self):
        meeting = self.enter()
        self.assertFalse(meeting.availability_old)
        self.press(meeting, "action_check_times")
        self.env.invalidate_all()
        self.assertFalse(meeting.availability_old)
        self.assertIn("border-primary", meeting.availability_html)
        meeting.stop += HOUR
        self.assertTrue(meeting.availability_old)
        meeting.stop -= HOUR
        meeting.participant_emails = "another@elsewhere.example"
        self.assertTrue(meeting.availability_old)

    def test_what_people_are_called_is_no_markup(self):
        self.ben.partner_id.name = "<b onclick=x>Ben</b>"
        meeting = self.enter()
        self.press(meeting, "action_check_times")
        self.env.invalidate_all()
        self.assertNotIn("<b onclick", meeting.availability_html)
        self.assertIn("&lt;b onclick", meeting.availability_html)


@tagged("post_install", "-at_install")
class TestMeetingRights(MeetingCase):
    def test_a_user_sees_and_sends_the_own_meetings_only(self):
        meeting = self.enter()
        model = self.env["notes.zoho.meeting"]
        self.assertEqual(model.with_user(self.anna).search([]), meeting)
        self.assertFalse(model.with_user(self.ben).search([]))
        self.assertEqual(model.with_user(self.admin).search([]), meeting)
        for act in (
            "action_schedule",
            "action_send_changes",
            "action_cancel",
            "action_refresh",
            "action_discard_changes",
            "action_check_times",
            "action_take_suggestion",
            "free_busy",
        ):
            with self.assertRaises(AccessError, msg=act):
                self.press(meeting, act, user=self.ben)
        self.assertEqual(self.domino.log.count(), 0)

    def test_a_user_makes_no_meeting_for_somebody_else(self):
        with self.assertRaises(AccessError):
            self.enter().with_user(self.ben).copy({"account_id": self.account.id})
        bens = self.make_account(self.ben)
        with self.assertRaises(AccessError):
            self.enter(account_id=bens.id)

    def test_an_administrator_cancels_one_of_the_own_company(self):
        meeting = self.scheduled()
        self.press(meeting, "action_cancel", user=self.admin)
        self.env.invalidate_all()
        self.assertEqual(meeting.state, "cancelled")

    def test_another_companys_administrator_gets_nothing(self):
        meeting = self.enter()
        other = self.env["res.company"].create({"name": "Other"})
        self.admin.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        with self.assertRaises(AccessError):
            meeting.with_user(self.admin).read(["subject"])

    def test_nobody_writes_what_follows_from_the_acts(self):
        meeting = self.enter()
        for name in ("state", "uid", "sent_at", "link_id", "notes_values", "notice"):
            with self.assertRaises(AccessError, msg=name):
                meeting.with_user(self.anna).write({name: False})
        with self.assertRaises(AccessError):
            self.enter(state="scheduled")

    def test_without_an_account_the_way_to_one_is_told(self):
        with self.assertRaisesRegex(UserError, "Connect"):
            self.env["notes.zoho.meeting"].with_user(self.ben).create({"subject": "x"})

    @mute_logger("odoo.sql_db")
    def test_a_copy_is_another_meeting(self):
        meeting = self.scheduled()
        copy = meeting.with_user(self.anna).copy()
        self.assertEqual(copy.state, "draft")
        self.assertNotEqual(copy.uid, meeting.uid)
        self.assertFalse(copy.link_id or copy.notes_values)
