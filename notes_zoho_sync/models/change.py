from odoo import fields, models


class Change(models.Model):
    """What Zoho's feed brought and an account has still to deal with."""

    _name = "notes.zoho.change"
    _description = "Waiting Change from Zoho CRM"
    _order = "id"
    _log_access = False

    org_id = fields.Many2one(
        "notes.zoho.org", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    account_id = fields.Many2one(
        "notes.zoho.account", required=True, ondelete="cascade"
    )
    module = fields.Char(required=True)
    zoho_id = fields.Char(required=True)
    modified = fields.Datetime(required=True)
    deleted = fields.Boolean()
    record = fields.Json()
    read_at = fields.Datetime(required=True)
    not_before = fields.Datetime()

    _record_uniq = models.UniqueIndex("(account_id, module, zoho_id)")
    _feed_idx = models.Index("(org_id, module, zoho_id)")
