"""Asking people for what only they can do: an activity, once for each incident."""

from collections.abc import Callable

from markupsafe import escape
from psycopg2.extensions import TransactionRollbackError

from odoo import fields, models

from ..services.reasons import Reason
from .words import say

ATTEMPTS = 3
#: Failures in a row after which somebody is asked to look.
MANY_FAILURES = 10


class Attention(models.AbstractModel):
    """A record that now and then needs people.

    An incident is open from the time that somebody is asked until it is settled,
    whatever became of the activities meanwhile: who has put one aside is not asked
    again about the same.
    """

    _name = "notes.zoho.attention.mixin"
    _description = "Needs People"
    _inherit = ["mail.thread", "mail.activity.mixin"]

    asked = fields.Json(
        copy=False,
        readonly=True,
        groups=fields.NO_ACCESS,
        export_string_translation=False,
        help="Cause of each open incident to its activities' ids",
    )

    def _ask(self, cause: str, users, *reasons: Reason) -> None:
        """Ask people to see to something, each in their own language.

        :param cause: there is an activity type ``activity_<cause>`` for it.
        :param reasons: what they should know.
        """
        self.ensure_one()
        holder = self.sudo()
        asked = holder.asked or {}
        if cause in asked or not users or holder._rests():
            return
        # Of two at once that ask for the same one has to read again, before it can
        # stumble over what the other has made.
        holder.asked = {**asked, cause: []}
        holder.flush_recordset(["asked"])
        activities = self.env["mail.activity"].sudo()
        for user in users:
            mine = holder.with_context(lang=user.lang)
            words = " ".join(say(mine.env, why) for why in reasons)
            activity = mine.activity_schedule(
                f"notes_zoho_sync.activity_{cause}",
                note=escape(words),
                user_id=user.id,
            )
            user._bus_send(
                "simple_notification",
                {
                    "type": "warning",
                    "title": activity.summary,
                    "message": words,
                    "sticky": True,
                },
            )
            activities += activity
        holder.asked = {**asked, cause: activities.ids}

    def _rests(self) -> bool:
        """Whether nobody is to be asked for anything at present."""
        return False

    def _settle(self, *causes: str) -> None:
        """These incidents are over: what is still to do for them goes.

        :param causes: none: all of them.
        """
        for holder in self.sudo():
            asked = holder.asked or {}
            over = [cause for cause in asked if not causes or cause in causes]
            if not over:
                continue
            numbers = [number for cause in over for number in asked[cause]]
            activities = self.env["mail.activity"].sudo()
            # What somebody marked as done stays in the history as that.
            activities.search([("id", "in", numbers)]).unlink()
            holder.asked = {c: ids for c, ids in asked.items() if c not in over}

    def _administrators(self):
        """The administrators of the record's company."""
        group = self.env.ref("notes_zoho_sync.group_admin")
        return group.sudo().all_user_ids.filtered(
            lambda user: (
                user.active and not user.share and self.company_id in user.company_ids
            )
        )

    def _committed(self, act: Callable[[], None]) -> None:
        """Do something in a transaction of its own, also beside others.

        :param act: is done again when another transaction was quicker; it must read
            what it depends on.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                act()
                self.env["ir.cron"]._commit_progress()
                return
            except TransactionRollbackError:
                self.env.cr.rollback()
                if attempt == ATTEMPTS:
                    raise
