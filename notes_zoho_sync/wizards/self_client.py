from odoo import fields, models
from odoo.exceptions import UserError

from ..models import connect
from ..models.secret import cipher_field, secret_field


class SelfClient(models.TransientModel):
    """A grant by a pasted code of Zoho's API console."""

    _name = "notes.zoho.self.client"
    _description = "Connect with a Self Client's Code"
    _inherit = ["notes.zoho.secret.mixin"]

    _secrets = ("code",)

    org_id = fields.Many2one("notes.zoho.org", required=True, readonly=True)
    needed_scopes = fields.Char(
        "Scopes", readonly=True, default=lambda self: connect.scopes()
    )
    code = secret_field("Code")
    code_cipher = cipher_field()
    message = fields.Char("What is wrong", readonly=True)

    def action_submit(self):
        """Exchange the code, which is good for one use; or say at it what is wrong."""
        self.ensure_one()
        code = self._get_secret("code").strip()
        self._forget_secrets()
        try:
            if not code:
                raise UserError(self.env._("Paste the code first."))
            self.org_id.exchange_code(code)
        except UserError as error:
            self.message = str(error)
            return {
                **self.org_id.action_self_client(),
                "res_id": self.id,
            }
        return {"type": "ir.actions.client", "tag": "soft_reload"}
