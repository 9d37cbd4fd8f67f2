from odoo import api, fields, models


class BaseModuleUninstall(models.TransientModel):
    """Odoo's dialog says what leaves with this addon and what stays."""

    _inherit = "base.module.uninstall"

    removes_notes_sync = fields.Boolean(compute="_compute_removes_notes_sync")

    @api.depends("module_ids")
    def _compute_removes_notes_sync(self):
        for dialog in self:
            names = dialog._get_modules().mapped("name")
            dialog.removes_notes_sync = "notes_zoho_sync" in names
