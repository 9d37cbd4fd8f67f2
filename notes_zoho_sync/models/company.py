from odoo import fields, models


class Company(models.Model):
    """A company (account) of Zoho CRM as last seen: name to id.

    The name is as ``services.zoho.companies.company_key`` makes it.
    """

    _name = "notes.zoho.company"
    _description = "Zoho CRM Company"
    _log_access = False

    org_id = fields.Many2one("notes.zoho.org", required=True, ondelete="cascade")
    name = fields.Char(required=True)
    zoho_id = fields.Char(required=True)

    _name_uniq = models.UniqueIndex("(org_id, name)")
    _zoho_id_idx = models.Index("(org_id, zoho_id)")
