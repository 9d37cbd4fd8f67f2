"""What meetings need of accounts, links and entries."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..services.mapping.calendar import documented_mapping
from ..services.records import Attendee, Values
from ..services.sync.merge import changed_units
from . import connect
from .lock import LockLost, session_lock
from .meeting import KIND

#: How long somebody waits while the account is being synced (seconds).
PATIENCE = 10.0
PAUSE = 0.25
#: Why the sync leaves a meeting's unit alone.
MEETING = "calendar_meeting"


class Account(models.Model):
    # pylint: disable=consider-merging-classes-inherited
    _inherit = "notes.zoho.account"

    meeting_ids = fields.One2many("notes.zoho.meeting", "account_id", readonly=True)

    def _why_no_meetings(self) -> str | bool:
        """What keeps this account's person from calling meetings, in words."""
        if not self:
            return self.env._("Connect your account with IBM Notes first (My sync).")
        if self._is_neutralized():
            return self.env._("This database is a neutralized copy; it sends nothing.")
        if self.state == "paused":
            return self.env._("The account is paused. Resume it first.")
        if self.state not in ("connected", "error") or not self.server_id:
            return self.env._("The account is not connected with IBM Notes yet.")
        if not self.mail_file:
            return self.env._("The account has no mail file yet.")
        return False

    def _aliases(self) -> list[Attendee]:
        """By what the account's person is known, as far as Odoo knows."""
        user = self.user_id
        return [
            Attendee(self.zoho_user_email or user.email or "", user.name),
            Attendee(user.email_normalized or "", self.notes_username or ""),
        ]

    @contextmanager
    def _at_desk(self) -> Iterator[Callable]:
        """Hold the account's lock; what was entered so far is committed.

        :returns: what gives the ``MeetingDesk``.
        :raises UserError: a run of this account takes too long, or has begun because
            this process stood still.
        """
        self.ensure_one()
        self._commit()
        deadline = time.monotonic() + PATIENCE
        while True:
            with session_lock(self.env, "account", self.id) as lock:
                if lock:
                    self._commit()  # what others committed meanwhile is seen
                    self.invalidate_recordset()
                    try:
                        yield lambda: connect.meeting_desk(self, lock.check)
                    except LockLost:
                        self.env.cr.rollback()
                        break
                    return
            if time.monotonic() >= deadline:
                break
            time.sleep(PAUSE)
        raise UserError(
            self.env._(
                "%(account)s is being synced at the moment. Try again when that is "
                "done.",
                account=self.display_name,
            )
        )

    def _run_ended(self, run, result) -> None:
        ended = super()._run_ended(run, result)
        self._follow_meetings()
        return ended

    def _follow_meetings(self) -> None:
        """Meetings that were changed or cancelled in Notes."""
        meetings = self.meeting_ids.filtered(lambda m: m.state == "scheduled")
        if not meetings:
            return
        store = self._store_for_decisions()
        keys = meetings.mapped("uid")
        links = {link.notes.key: link for link in store.by_keys("event", "notes", keys)}
        for meeting in meetings:
            link = links.get(meeting.uid)
            if link is None:
                continue
            if link.notes.gone:
                meeting.write({"state": "cancelled", "sent_at": False})
            elif link.notes.values and not link.notes.unread:
                meeting._take(link.notes.values)
            if meeting.link_id.id != link.id:
                meeting.link_id = link.id
        self._commit()


class Link(models.Model):
    _inherit = "notes.zoho.link"

    can_change_with_notices = fields.Boolean(compute="_compute_can_change_with_notices")

    @api.depends(
        "kind",
        "state",
        "reason_code",
        "pending",
        "notes_locked",
        "zoho_gone",
        "zoho_told",
    )
    def _compute_can_change_with_notices(self):
        for link in self:
            link.can_change_with_notices = link.kind == "event" and (
                link._is_kept_meeting()
                or (link.state == "linked" and bool(link._left_in_crm()))
            )

    def _is_kept_meeting(self) -> bool:
        """Whether it was deleted in the CRM, but Notes rules its existence."""
        locks = self.notes_locked or {}
        return (
            self.state == "closed"
            and self.reason_code == "kept"
            and locks.get("existence", {}).get("code") == MEETING
        )

    def _left_in_crm(self) -> Values:
        """What of a meeting was changed in the CRM and left alone by the sync, as
        Notes would hold it."""
        locks = self.notes_locked or {}
        names = [name for name, why in locks.items() if why.get("code") == MEETING]
        if not self.pending or not names:
            return {}
        (link,) = self.sudo().account_id._store_for_decisions().by_ids(self.ids)
        edited = set(changed_units(KIND, link, "zoho")).intersection(names)
        fitted = documented_mapping().fit(link.zoho.values, link.notes.values).values
        return {
            name: fitted[name]
            for name in KIND.differing(fitted, link.notes.values)
            if name in edited and name in ("when", "location")
        }

    def action_change_with_notices(self):
        """Carry to Notes what was changed, or deleted, in the CRM; Domino tells the
        guests.

        :returns: the meeting's form.
        """
        self.ensure_one()
        self._check_may_decide()
        if not self.can_change_with_notices:
            raise UserError(
                self.env._("Nothing of this meeting was changed in the CRM alone.")
            )
        link = self.sudo()
        deleted, values = link._is_kept_meeting(), link._left_in_crm()
        meeting = link._meeting().with_env(self.env)
        if deleted:
            meeting.action_cancel()
        else:
            meeting.sudo().write(meeting._fields_of(values))
            meeting.action_send_changes()
        return {
            "type": "ir.actions.act_window",
            "res_model": meeting._name,
            "res_id": meeting.id,
            "view_mode": "form",
        }

    def _meeting(self):
        """The meeting of a link; one that was called in Notes gets a record here."""
        meetings = self.env["notes.zoho.meeting"].sudo()
        found = meetings.search(
            [("account_id", "=", self.account_id.id), ("uid", "=", self.notes_key)]
        )
        if found:
            found.link_id = self
            return found
        (link,) = self.account_id._store_for_decisions().by_ids(self.ids)
        held = link.notes.values
        mine = {who.email.lower() for who in self.account_id._aliases()}
        guests = [who.email for who in held.get("attendees", ())]
        draft = meetings.new({"account_id": self.account_id.id})
        meeting = meetings.create(
            {
                "account_id": self.account_id.id,
                "uid": self.notes_key,
                "link_id": self.id,
                "state": "scheduled",
                "subject": "-",
                **draft._fields_of(held),
                "participant_emails": ", ".join(
                    mail for mail in guests if mail and mail.lower() not in mine
                ),
            }
        )
        meeting._take(held)
        return meeting


class RunEntry(models.Model):
    _inherit = "notes.zoho.run.entry"

    can_change_with_notices = fields.Boolean(compute="_compute_can_change_with_notices")

    @api.depends("reason_code", "trigger", "link_id.can_change_with_notices")
    def _compute_can_change_with_notices(self):
        for entry in self:
            left = entry.reason_code in ("not_carried", "kept")
            told = entry.kind == "event" and entry.trigger != "preview"
            link = entry.link_id if left and told else entry.link_id.browse()
            entry.can_change_with_notices = link.can_change_with_notices

    def action_change_with_notices(self):
        """Carry the CRM's change of a meeting to Notes; Domino tells the guests."""
        self.ensure_one()
        return self._links().with_env(self.env).action_change_with_notices()
