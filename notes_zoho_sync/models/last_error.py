from odoo import api, fields, models

from .words import reason_text


class LastError(models.AbstractModel):
    """What went wrong last, kept as a reason and said to who reads it."""

    _name = "notes.zoho.last.error.mixin"
    _description = "What Went Wrong Last"

    error = fields.Json(copy=False, readonly=True)
    error_message = fields.Char(compute="_compute_error_message")

    @api.depends("error")
    @api.depends_context("lang")
    def _compute_error_message(self):
        for record in self:
            record.error_message = reason_text(self.env, record.error)
