from odoo import api, fields, models
from odoo.exceptions import UserError

from ..services.sync import person
from .link import KINDS, SIDES, reason_text
from .run import OUTCOMES


class RunEntry(models.Model):
    """What happened to one record in a run, and why."""

    _name = "notes.zoho.run.entry"
    _description = "Sync Run Entry"
    _rec_name = "title"
    _order = "id desc"
    _log_access = False

    run_id = fields.Many2one(
        "notes.zoho.run", required=True, index=True, ondelete="cascade"
    )
    account_id = fields.Many2one(
        "notes.zoho.account", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    link_id = fields.Many2one("notes.zoho.link", index=True, ondelete="set null")
    kind = fields.Selection(KINDS, required=True)
    outcome = fields.Selection(OUTCOMES, required=True)
    target = fields.Selection(SIDES, "Written to", required=True)
    title = fields.Char("Record")
    reason_code = fields.Char()
    reason = fields.Json()
    reason_text = fields.Char("Why", compute="_compute_texts")
    remarks = fields.Json()
    remark_text = fields.Text("Left out", compute="_compute_texts")
    lost_values = fields.Json()
    values_text = fields.Text("Values", compute="_compute_texts")
    moment = fields.Datetime("Time", required=True)

    _guard_idx = models.Index(
        "(account_id, kind, target, moment) WHERE outcome = 'deleted'"
    )

    @api.depends("reason", "remarks", "lost_values")
    def _compute_texts(self):
        for entry in self:
            entry.reason_text = reason_text(entry.reason)
            entry.remark_text = "\n".join(
                text for data in entry.remarks or [] if (text := reason_text(data))
            )
            entry.values_text = "\n".join(
                f"{unit}: "
                + ", ".join(f"{name} {value}" for name, value in sides.items())
                for unit, sides in (entry.lost_values or {}).items()
            )

    def _links(self):
        """The entries' links, for somebody who may act on their accounts."""
        for account in self.account_id:
            account._check_may_act()
        links = self.sudo().link_id
        if not links:
            raise UserError(self.env._("The record is no longer known."))
        return links

    def action_retry(self):
        """Try the records again in a run at once."""
        self._links()._decide(lambda link, account: person.retry(link))
        return True

    def action_confirm(self):
        """Let the held operations of exactly these records happen."""
        links = self._links().filtered("held")
        links._decide(lambda link, account: person.confirm(link))
        return True

    def action_dismiss(self):
        """Bring back what vanished."""
        links = self._links().filtered("held")
        links._decide(
            lambda link, account: person.dismiss(link, account._engine_settings())
        )
        return True
