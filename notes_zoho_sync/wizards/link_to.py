from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.link import SIDES
from ..services.sync.link import other


class LinkTo(models.TransientModel):
    """Which record of the other side is the same: a person knows."""

    _name = "notes.zoho.link.to"
    _description = "Link Two Records"

    link_id = fields.Many2one(
        "notes.zoho.link", "Record", required=True, readonly=True, ondelete="cascade"
    )
    account_id = fields.Many2one(related="link_id.account_id")
    kind = fields.Selection(related="link_id.kind")
    other_side = fields.Selection(SIDES, "Look in", compute="_compute_other_side")
    alike_ids = fields.Many2many("notes.zoho.link", compute="_compute_alike_ids")
    donor_id = fields.Many2one("notes.zoho.link", "Is the same as")

    @api.depends("link_id")
    def _compute_other_side(self):
        for dialog in self:
            half = dialog.link_id.half
            dialog.other_side = other(half) if half else False

    @api.depends("link_id")
    def _compute_alike_ids(self):
        for dialog in self:
            link = dialog.link_id
            link._check_may_decide()
            dialog.alike_ids = link.sudo()._alike().with_env(self.env)

    def action_link(self):
        """Make one pair of the two; the next run brings them in step."""
        self.ensure_one()
        # Reading both as the user says whose they are.
        (self.link_id | self.donor_id).check_access("read")
        self.link_id._check_may_decide()
        if not self.donor_id:
            raise UserError(self.env._("Choose a record."))
        self.link_id.sudo()._join(self.donor_id.sudo())
        return {"type": "ir.actions.act_window_close"}
