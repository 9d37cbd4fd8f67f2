from odoo import fields, models


class Cursor(models.Model):
    """How far an account or an organisation has read; cached metadata.

    Apart from the account, so that a run's commits never meet a person who edits
    the account. Written by ``store.save_memory`` only.
    """

    _name = "notes.zoho.cursor"
    _description = "Notes Sync Cursor"
    _log_access = False

    account_id = fields.Many2one("notes.zoho.account", ondelete="cascade")
    org_id = fields.Many2one("notes.zoho.org", ondelete="cascade")
    name = fields.Char(required=True)
    data = fields.Json()

    _account_uniq = models.UniqueIndex(
        "(account_id, name) WHERE account_id IS NOT NULL"
    )
    _org_uniq = models.UniqueIndex("(org_id, name) WHERE org_id IS NOT NULL")
