from odoo import api, fields, models

from ..services.reasons import Reason
from ..services.sync import person
from .store import INSTANCE, LOADED

KINDS = [("contact", "Contact"), ("task", "Task"), ("event", "Event")]
SIDES = [("notes", "IBM Notes"), ("zoho", "Zoho CRM")]


class Link(models.Model):
    """One pair of records of one account, or one side of a pair to be.

    The engine reads and writes it through ``store.OdooStore`` only.
    """

    _name = "notes.zoho.link"
    _description = "Pair of Records"
    _rec_name = "title"
    _order = "id desc"
    _check_company_auto = True

    account_id = fields.Many2one(
        "notes.zoho.account", required=True, ondelete="cascade", readonly=True
    )
    org_id = fields.Many2one(
        "notes.zoho.org", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", readonly=True
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    title = fields.Char("Record", readonly=True)
    state = fields.Selection(
        [
            ("new", "Seen"),
            ("linked", "Linked"),
            ("closed", "Left alone"),
            ("deleted", "Deleted"),
            ("private", "Private"),
            ("failed", "Refused"),
        ],
        required=True,
        readonly=True,
        default="new",
    )
    reason_code = fields.Char(readonly=True)
    reason = fields.Json("Reason data", readonly=True)
    reason_text = fields.Char("Reason", compute="_compute_reason_text")
    origin = fields.Selection(SIDES, "Born in", readonly=True)
    generation = fields.Integer(readonly=True, aggregator=None)
    dirty = fields.Boolean("To be decided", readonly=True)
    held = fields.Boolean(readonly=True)
    confirmed = fields.Boolean(readonly=True)
    pending = fields.Boolean("Edit not carried", readonly=True)
    wanted = fields.Json("To be restored", readonly=True)
    apart = fields.Boolean("No counterpart yet", readonly=True)
    claimed = fields.Boolean("Makes the CRM's event", readonly=True)
    deleted_at = fields.Datetime(readonly=True)

    notes_key = fields.Char("Notes ID", readonly=True)
    notes_version = fields.Char(readonly=True)
    notes_stamp = fields.Char(readonly=True)
    notes_snapshot = fields.Json(readonly=True)
    notes_current = fields.Json(readonly=True)
    notes_locked = fields.Json(readonly=True)
    notes_intent = fields.Json(readonly=True)
    notes_unread = fields.Boolean(readonly=True)
    notes_missing = fields.Integer(readonly=True, aggregator=None)
    notes_gone = fields.Boolean(readonly=True)
    notes_told = fields.Json(readonly=True)
    notes_sync_key = fields.Char(readonly=True)
    notes_ours = fields.Boolean(readonly=True)
    notes_remarks = fields.Json(readonly=True)
    notes_organiser = fields.Char(readonly=True)

    zoho_id = fields.Char("Zoho ID", readonly=True)
    zoho_version = fields.Char(readonly=True)
    zoho_stamp = fields.Char(readonly=True)
    zoho_snapshot = fields.Json(readonly=True)
    zoho_current = fields.Json(readonly=True)
    zoho_locked = fields.Json(readonly=True)
    zoho_intent = fields.Json(readonly=True)
    zoho_unread = fields.Boolean(readonly=True)
    zoho_missing = fields.Integer(readonly=True, aggregator=None)
    zoho_gone = fields.Boolean(readonly=True)
    zoho_told = fields.Json(readonly=True)
    zoho_sync_key = fields.Char(readonly=True)
    zoho_ours = fields.Boolean(readonly=True)
    zoho_remarks = fields.Json(readonly=True)
    zoho_organiser = fields.Char(readonly=True)

    _notes_key_uniq = models.UniqueIndex(
        "(account_id, kind, notes_key) WHERE notes_key IS NOT NULL "
        "AND state <> 'closed'"
    )
    _zoho_id_uniq = models.UniqueIndex(
        "(org_id, kind, zoho_id) WHERE zoho_id IS NOT NULL AND state <> 'closed'"
    )
    _notes_key_idx = models.Index("(account_id, kind, notes_key)")
    _zoho_id_idx = models.Index("(org_id, kind, zoho_id)")
    _series_idx = models.Index(
        f"(account_id, regexp_replace(notes_key, '{INSTANCE}', '')) "
        "WHERE kind = 'event'"
    )
    _meeting_idx = models.Index("(org_id, notes_key) WHERE kind = 'event'")
    _claim_uniq = models.UniqueIndex("(org_id, notes_key) WHERE claimed")
    _account_idx = models.Index("(account_id, kind, id)")
    _dirty_idx = models.Index("(account_id, kind, id) WHERE dirty")
    _pending_idx = models.Index("(account_id, kind, id) WHERE pending")
    _held_idx = models.Index("(account_id, kind, id) WHERE held")
    _notes_unread_idx = models.Index("(account_id, kind, id) WHERE notes_unread")
    _zoho_unread_idx = models.Index("(account_id, kind, id) WHERE zoho_unread")
    _notes_intent_idx = models.Index(
        "(account_id, kind, id) WHERE notes_intent IS NOT NULL"
    )
    _zoho_intent_idx = models.Index(
        "(account_id, kind, id) WHERE zoho_intent IS NOT NULL"
    )
    _notes_gone_idx = models.Index("(account_id, kind, id) WHERE notes_gone")
    _zoho_gone_idx = models.Index("(account_id, kind, id) WHERE zoho_gone")
    _notes_missing_idx = models.Index("(account_id, kind, id) WHERE notes_missing > 0")
    _state_idx = models.Index("(account_id, kind, state, id)")

    @api.depends("reason")
    def _compute_reason_text(self):
        for link in self:
            link.reason_text = reason_text(link.reason)

    def _decide(self, act) -> None:
        """Let a person's decision on these links be carried by the next run.

        :param act: takes the engine's link and changes it.
        """
        for account in self.account_id:
            store = account._store_for_decisions()
            mine = self.filtered_domain([("account_id", "=", account.id)])
            links = store.by_ids(mine.ids)
            for link in links:
                act(link, account)
            store.save(links)
            store.flush()
            account._request_run()
        self.invalidate_recordset(list(LOADED[1:]))

    def action_retry(self):
        """Try refused or skipped records again in a run at once."""
        for link in self:
            link.account_id._check_may_act()
        self.sudo()._decide(lambda link, account: person.retry(link))
        return True


def reason_text(data) -> str | bool:
    """What a stored reason says to a person."""
    found = Reason.from_json(data or None)
    return str(found) if found else False
