from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

#: Older rows are as good as lost: Zoho itself forgets deletions after 60 days.
KEEP = timedelta(days=60)
GC_LIMIT = 10_000


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
    # `modified` is a method of every model.
    modified_at = fields.Datetime(required=True)
    deleted = fields.Boolean()
    record = fields.Json()
    read_at = fields.Datetime(required=True)
    not_before = fields.Datetime()

    _record_uniq = models.UniqueIndex("(account_id, module, zoho_id)")
    _feed_idx = models.Index("(org_id, module, zoho_id)")

    @api.autovacuum
    def _gc_changes(self):
        """Rows that nobody fetches: of retired accounts, and of long pauses.

        An account that was paused for so long lists its records anew.
        """
        stale = self.search(
            Domain("account_id.state", "=", "retired")
            | Domain("read_at", "<", fields.Datetime.now() - KEEP),
            limit=GC_LIMIT,
        )
        stale.account_id._list_again()
        stale.unlink()
        return len(stale), len(stale) == GC_LIMIT
