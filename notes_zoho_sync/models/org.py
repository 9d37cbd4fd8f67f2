import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import formatLang

from ..services.errors import SyncError
from ..services.reasons import Reason, reason
from . import connect
from .secret import cipher_field, may_move, secret_field
from .words import say

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
#: Causes for which administrators are asked, the soonest first.
LICENSE_WARNINGS = {
    "license_soon": timedelta(7),
    "license": timedelta(30),
}


class Org(models.Model):
    """A Zoho CRM organisation and its grant (one integration user)."""

    _name = "notes.zoho.org"
    _description = "Zoho CRM Organisation"
    _inherit = [
        "notes.zoho.secret.mixin",
        "notes.zoho.attention.mixin",
        "notes.zoho.last.error.mixin",
    ]
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
    crm_url = fields.Char(
        "Address of the pages",
        compute="_compute_crm_url",
        store=True,
        readonly=False,
        precompute=True,
        help="Where people open Zoho CRM in a browser; Open in Zoho leads there.",
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
    # Seconds by which Zoho's clock was ahead of this machine's.
    token_skew = fields.Float(copy=False, readonly=True, groups=fields.NO_ACCESS)
    scopes = fields.Char(
        copy=False, readonly=True, groups="notes_zoho_sync.group_admin"
    )
    redirect_uri = fields.Char("Redirect URI", compute="_compute_redirect_uri")
    state = fields.Selection(
        STATES, required=True, default="draft", copy=False, readonly=True
    )
    zgid = fields.Char("Zoho's number", copy=False, readonly=True)
    zoho_user_id = fields.Char("Integration user's id", copy=False, readonly=True)
    zoho_user_name = fields.Char("Connected as", copy=False, readonly=True)
    zoho_org_name = fields.Char("Organisation", copy=False, readonly=True)
    edition = fields.Char(copy=False, readonly=True)
    licenses = fields.Integer("Users bought", copy=False, readonly=True)
    credits_text = fields.Char(
        "API credits",
        compute="_compute_credits_text",
        groups="notes_zoho_sync.group_admin",
        help="What this app has spent on calls in the last 24 hours. Other apps spend "
        "from the same allowance.",
    )
    secret_hint = fields.Char(
        compute="_compute_secret_hint", groups="notes_zoho_sync.group_admin"
    )
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
    failures = fields.Integer(copy=False, readonly=True)
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

    @api.depends("data_center")
    def _compute_crm_url(self):
        for org in self:
            own = org.data_center == "custom"
            org.crm_url = False if own else connect.crm_address(org.data_center)

    def _compute_credits_text(self):
        for org in self:
            spent, allowed, left = connect.credits_spent(org)
            values = {
                "spent": formatLang(self.env, spent, 0),
                "allowed": formatLang(self.env, allowed or 0, 0),
                "left": formatLang(self.env, left or 0, 0),
            }
            if left is not None:
                org.credits_text = self.env._(
                    "%(spent)s in the last 24 hours; Zoho says that %(left)s are left",
                    **values,
                )
            elif allowed:
                org.credits_text = self.env._(
                    "%(spent)s of %(allowed)s in the last 24 hours", **values
                )
            else:
                org.credits_text = self.env._(
                    "%(spent)s in the last 24 hours", **values
                )

    @api.depends("client_secret_cipher")
    def _compute_secret_hint(self):
        for org in self:
            stored = org.sudo().client_secret_cipher
            org.secret_hint = stored and self.env._("Stored; enter one to replace it")

    def _compute_redirect_uri(self):
        for org in self:
            org.redirect_uri = f"{org.get_base_url()}/notes_zoho_sync/oauth"

    @api.constrains("data_center", "accounts_url", "api_url", "crm_url")
    def _check_addresses(self):
        for org in self:
            if org.data_center == "custom" and not (org.accounts_url and org.api_url):
                raise ValidationError(
                    self.env._("Own addresses: enter the accounts and API address.")
                )
            for url in filter(None, (org.accounts_url, org.api_url, org.crm_url)):
                if not connect.is_web_address(url, plain_here=True):
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

    def write(self, vals):
        addresses = {"data_center", "accounts_url", "api_url"}
        if not addresses & vals.keys() or may_move(self.env):
            return super().write(vals)
        before = {org: (org.accounts_url, org.api_url) for org in self}
        result = super().write(vals)
        for org in self:
            own = org.data_center == "custom"
            moved = before[org] != (org.accounts_url, org.api_url)
            if own and moved and org.sudo().client_secret_cipher:
                raise UserError(
                    self.env._(
                        "A client secret is stored for %(org)s. Ask an administrator "
                        "of the whole system to lead it to other addresses than "
                        "Zoho's, or make a new record for them.",
                        org=org.name,
                    )
                )
        return result

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

    def _forget_grant(self, problem=None) -> None:
        """Not connected any more.

        :param problem: what remains to be done, as a reason.
        """
        self._forget_secrets("refresh_token", "access_token")
        self._settle("consent", "feed")
        self.sudo().write(
            {
                "state": "draft",
                "error": problem.to_json() if problem else False,
                "failures": 0,
                "token_expires": False,
                "token_domain": False,
                "token_server": False,
                "token_issued": False,
                "scopes": False,
                "zoho_user_name": False,
            }
        )

    def action_disconnect(self):
        """Hand the grant back; the accounts wait until a new one is given.

        It is forgotten here in any case. If Zoho could not be told, the record says
        what remains to be done there.
        """
        self._check_administrator()
        problem = None
        try:
            connect.revoke(self)
        except (SyncError, UserError) as error:
            _logger.info("The grant of %s was not revoked: %s", self.id, error)
            problem = reason(
                "zoho_not_revoked",
                detail=connect.as_sync_error(error).reason,
                server=self.sudo().token_server or self.accounts_url,
                user=self.zoho_user_name or "-",
            )
        self._forget_grant(problem)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.name,
                "message": say(self.env, problem)
                or self.env._("Disconnected. Zoho CRM has ended the grant."),
                "type": "warning" if problem else "success",
                "sticky": bool(problem),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _needs_consent(self, why: Reason) -> None:
        """The grant is dead: every account waits, administrators are told once.

        :param why: what Zoho says. Commits.
        """

        def note():
            if self.state == "connected":
                self.write({"state": "error", "error": why.to_json()})
                self._ask("consent", self._administrators(), why)

        self._committed(note)

    def _warn_of_end(self, left: timedelta) -> None:
        """Tell administrators that the licence ends, a month and a week before.

        :param left: until then.
        """
        cause = next((c for c, time in LICENSE_WARNINGS.items() if left <= time), None)
        self._settle(*(LICENSE_WARNINGS.keys() - {cause}))
        if cause:
            self._ask(cause, self._administrators())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.sudo().with_context(active_test=False).account_ids:
            raise UserError(
                self.env._("Accounts use this organisation. Disconnect it instead.")
            )
