from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.secret import SecretKeyError


class SecretKey(models.TransientModel):
    """The key under which passwords and tokens lie, for system administrators: they
    have the host in their hands anyway, and all companies' secrets are under one key.
    """

    _name = "notes.zoho.secret.key"
    _description = "Key of the Secrets"
    _inherit = ["notes.zoho.secret.mixin"]

    missing = fields.Char(compute="_compute_missing")
    count = fields.Integer("Stored secrets", compute="_compute_missing")

    @api.depends_context("uid")
    def _compute_missing(self):
        self._check_system()
        missing = False
        try:
            self.sudo()._fernet()
        except SecretKeyError as error:
            missing = str(error)
        count = sum(1 for _ in self.sudo()._encrypted())
        for dialog in self:
            # Where nothing is stored yet, nothing is missing.
            dialog.missing = missing if count else False
            dialog.count = count

    def _check_system(self) -> None:
        """:raises AccessError: no system administrator."""
        if not (self.env.su or self.env.user.has_group("base.group_system")):
            raise AccessError(
                self.env._("Only an administrator of the whole system does that.")
            )

    @api.model
    def action_encrypt_again(self):
        """Put all secrets under the host's new key."""
        self._check_system()
        if not self.sudo()._encrypt_again():
            raise UserError(
                self.env._(
                    "All secrets are under the host's key already. Put a new key "
                    "before the old one in NOTES_ZOHO_SYNC_KEY, with a blank between "
                    "them, and start Odoo again."
                )
            )
        return self._told(self.env._("All secrets are under the new key now."))

    @api.model
    def action_forget(self):
        """Forget all secrets, for their key is lost; everybody signs in again."""
        self._check_system()
        mixin = self.sudo()
        for record, column in list(mixin._encrypted()):
            record[column] = False
        accounts = self.env["notes.zoho.account"].sudo()
        accounts.search([("state", "in", ("connected", "error"))]).write(
            {"state": "draft", "run_requested": False}
        )
        orgs = self.env["notes.zoho.org"].sudo()
        orgs.search([("state", "!=", "draft")])._forget_grant()
        return self._told(
            self.env._("All secrets are forgotten. Connect Zoho CRM and users again.")
        )

    def _told(self, message: str):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
