import logging

from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..services.errors import SyncError
from . import connect
from .secret import cipher_field, secret_field

_logger = logging.getLogger(__name__)

DATA_CENTERS = [
    ("us", "United States (zoho.com)"),
    ("eu", "Europe (zoho.eu)"),
    ("in", "India (zoho.in)"),
    ("au", "Australia (zoho.com.au)"),
    ("jp", "Japan (zoho.jp)"),
    ("cn", "China (zoho.com.cn)"),
    ("ca", "Canada (zohocloud.ca)"),
    ("sa", "Saudi Arabia (zoho.sa)"),
    ("uk", "United Kingdom (zoho.uk)"),
    ("custom", "Own addresses"),
]
STATES = [
    ("draft", "Not connected"),
    ("connected", "Connected"),
    ("error", "Needs attention"),
]


class Org(models.Model):
    """A Zoho CRM organisation and its grant (one integration user)."""

    _name = "notes.zoho.org"
    _description = "Zoho CRM Organisation"
    _inherit = ["notes.zoho.secret.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True

    _secrets = ("client_secret", "refresh_token", "access_token")

    name = fields.Char(required=True, default="Zoho CRM")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    data_center = fields.Selection(DATA_CENTERS, required=True, default="us")
    accounts_url = fields.Char(
        "Accounts address",
        compute="_compute_addresses",
        store=True,
        readonly=False,
        precompute=True,
    )
    api_url = fields.Char(
        "API address",
        compute="_compute_addresses",
        store=True,
        readonly=False,
        precompute=True,
    )
    client_id = fields.Char("Client ID", groups="notes_zoho_sync.group_admin")
    client_secret = secret_field("Client secret")
    client_secret_cipher = cipher_field()
    refresh_token = secret_field("Refresh token")
    refresh_token_cipher = cipher_field()
    access_token = secret_field("Access token")
    access_token_cipher = cipher_field()
    token_expires = fields.Datetime(
        copy=False, readonly=True, groups="notes_zoho_sync.group_admin"
    )
    token_domain = fields.Char(copy=False, readonly=True, groups=fields.NO_ACCESS)
    token_server = fields.Char(copy=False, readonly=True, groups=fields.NO_ACCESS)
    token_issued = fields.Json(copy=False, readonly=True, groups=fields.NO_ACCESS)
    scopes = fields.Char(
        copy=False, readonly=True, groups="notes_zoho_sync.group_admin"
    )
    redirect_uri = fields.Char("Redirect URI", compute="_compute_redirect_uri")
    state = fields.Selection(
        STATES, required=True, default="draft", copy=False, readonly=True
    )
    error_message = fields.Char(copy=False, readonly=True)
    zgid = fields.Char("Zoho's number", copy=False, readonly=True)
    zoho_user_id = fields.Char("Integration user's id", copy=False, readonly=True)
    zoho_user_name = fields.Char("Connected as", copy=False, readonly=True)
    zoho_org_name = fields.Char("Organisation", copy=False, readonly=True)
    edition = fields.Char(copy=False, readonly=True)
    pull_interval = fields.Integer(
        "Look for changes every (minutes)", default=5, required=True
    )
    private_tag = fields.Char(
        default="Private",
        required=True,
        help="Zoho records with this tag are private and stay in Zoho.",
    )
    create_companies = fields.Boolean(
        "Create missing companies",
        default=True,
        help="A contact's company that Zoho does not have is made there as an account.",
    )
    last_pull = fields.Datetime(copy=False, readonly=True)
    retry_at = fields.Datetime(copy=False, readonly=True)
    account_ids = fields.One2many("notes.zoho.account", "org_id", readonly=True)

    _pull_interval_positive = models.Constraint(
        "CHECK(pull_interval > 0)", "The interval must be a minute or more."
    )
    _zgid_uniq = models.UniqueIndex(
        "(zgid, company_id) WHERE zgid IS NOT NULL",
        "This Zoho organisation is connected already.",
    )

    @api.depends("data_center")
    def _compute_addresses(self):
        for org in self:
            if org.data_center != "custom":
                org.accounts_url, org.api_url = connect.addresses(org.data_center)

    def _compute_redirect_uri(self):
        for org in self:
            org.redirect_uri = f"{org.get_base_url()}/notes_zoho_sync/oauth"

    @api.constrains("data_center", "accounts_url", "api_url")
    def _check_addresses(self):
        for org in self:
            if org.data_center == "custom" and not (org.accounts_url and org.api_url):
                raise ValidationError(
                    self.env._("Own addresses: enter the accounts and API address.")
                )
            for url in (org.accounts_url, org.api_url):
                if org.data_center == "custom" and not connect.is_web_address(
                    url, plain_here=True
                ):
                    raise ValidationError(
                        self.env._(
                            "%(url)s is no web address (https://...); plain http is "
                            "for this machine only.",
                            url=url,
                        )
                    )

    @api.onchange("data_center")
    def _onchange_data_center(self):
        if self.data_center != "custom":
            self.accounts_url, self.api_url = connect.addresses(self.data_center)

    # -- the grant -----------------------------------------------------------------

    def _check_administrator(self):
        """Connecting and disconnecting is for administrators of the company."""
        self.ensure_one()
        self.check_access("write")

    def action_connect(self):
        """Send the administrator to Zoho's consent page."""
        self._check_administrator()
        if not self.client_id or not self.sudo().client_secret_cipher:
            raise UserError(
                self.env._("Enter the client ID and the client secret first.")
            )
        return {
            "type": "ir.actions.act_url",
            "url": f"/notes_zoho_sync/oauth/start?org={self.id}",
            "target": "self",
        }

    def action_self_client(self):
        """Ask for a code that Zoho's API console made for a self client."""
        self._check_administrator()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Connect with a self client's code"),
            "res_model": "notes.zoho.self.client",
            "view_mode": "form",
            "target": "new",
            "context": {"default_org_id": self.id},
        }

    @api.private
    def exchange_code(
        self,
        code: str,
        redirect_uri: str | None = None,
        accounts_server: str | None = None,
    ) -> None:
        """Turn a code into a grant, and learn whose it is.

        :param redirect_uri: as the consent page was asked with; none for a code of a
            self client.
        :param accounts_server: where Zoho's redirect says that the grant lives.
        :raises UserError: Zoho refused, in words.
        """
        self._check_administrator()
        connect.exchange(self, code, redirect_uri, accounts_server)

    def action_disconnect(self):
        """Hand the grant back; the accounts wait until a new one is given."""
        self._check_administrator()
        try:
            connect.revoke(self)
        except SyncError as error:
            # It is forgotten here in any case; Zoho's own page can end it as well.
            _logger.info("The grant of %s was not revoked: %s", self.id, error)
        self._forget_secrets("refresh_token", "access_token")
        self.sudo().write(
            {
                "state": "draft",
                "error_message": False,
                "token_expires": False,
                "token_domain": False,
                "token_server": False,
                "token_issued": False,
                "scopes": False,
                "zoho_user_name": False,
            }
        )

    def _needs_consent(self, message: str) -> None:
        """The grant is dead: every account waits, administrators are told once."""
        for org in self.filtered(lambda record: record.state != "error"):
            org.write({"state": "error", "error_message": message})
            for user in org._administrators():
                org.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Connect Zoho CRM again"),
                    note=escape(message),
                    user_id=user.id,
                )

    def _administrators(self):
        """The administrators of the organisation's company."""
        group = self.env.ref("notes_zoho_sync.group_admin")
        return group.sudo().all_user_ids.filtered(
            lambda user: (
                user.active and not user.share and self.company_id in user.company_ids
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.sudo().with_context(active_test=False).account_ids:
            raise UserError(
                self.env._("Accounts use this organisation. Disconnect it instead.")
            )
