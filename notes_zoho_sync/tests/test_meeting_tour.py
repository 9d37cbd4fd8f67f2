"""The meeting scheduler in a browser."""

from datetime import timedelta

from odoo.tests import HttpCase, tagged

from .test_meeting import MeetingCase

HOUR = timedelta(hours=1)


@tagged("post_install", "-at_install", "tour")
class TestMeetingTour(HttpCase, MeetingCase):
    def test_a_meeting_is_scheduled_at_another_time_changed_and_cancelled(self):
        now = self.domino.clock.now()
        self.domino.act.create_event(
            self.mail[self.ben], "Away", now - HOUR, now + 5 * HOUR
        )
        self.env.flush_all()
        url = "/odoo/action-notes_zoho_sync.action_meeting/new"
        self.start_tour(url, "notes_zoho_sync_meeting", login="anna")
        self.env.invalidate_all()
        meeting = self.env["notes.zoho.meeting"].search([])
        self.assertEqual(meeting.location, "Room 2")
        self.assertEqual(meeting.state, "cancelled")
        told = [(notice, self.bens) for notice in "IUC"]
        self.assertEqual(self.mails, told)
        self.assertEqual(self.in_notes(), [])
