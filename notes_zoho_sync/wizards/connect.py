import logging

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models import connect
from ..models.secret import cipher_field, secret_field
from ..models.words import say
from ..services.errors import SyncError

_logger = logging.getLogger(__name__)

OUTCOMES = [
    ("ok", "All right"),
    ("warning", "Look at this"),
    ("failed", "Wrong"),
    ("skipped", "Not looked at"),
]


class Connect(models.TransientModel):
    """Server, user name and password, checked before anything is stored."""

    _name = "notes.zoho.connect"
    _description = "Connect IBM Notes"
    _inherit = ["notes.zoho.secret.mixin"]

    _secrets = ("password",)

    def _default_account(self):
        return self.env["notes.zoho.account"]._own().id

    def _default_server_name(self):
        return self._known_account().server_id.name

    def _default_username(self):
        return self._known_account().notes_username

    account_id = fields.Many2one(
        "notes.zoho.account",
        readonly=True,
        default=lambda self: self._default_account(),
    )
    server_name = fields.Char(
        "Server name", default=lambda self: self._default_server_name()
    )
    username = fields.Char("User name", default=lambda self: self._default_username())
    password = secret_field("Password")
    password_cipher = cipher_field()
    changes = fields.Boolean(
        compute="_compute_changes", help="The account is connected already."
    )
    failed = fields.Boolean(readonly=True)
    message = fields.Text(readonly=True)
    check_ids = fields.One2many("notes.zoho.connect.check", "wizard_id", readonly=True)

    @api.depends("account_id")
    def _compute_changes(self):
        for dialog in self:
            account = dialog.account_id.sudo()
            dialog.changes = bool(account.notes_password_cipher)

    def _known_account(self):
        """The account of the dialog, as far as its user may see it."""
        accounts = self.env["notes.zoho.account"]
        asked = accounts.browse(self.env.context.get("default_account_id")).exists()
        account = asked or accounts._own().with_env(self.env)
        account._check_may_act()
        return account.sudo()

    def action_submit(self):
        """Check with the server; on failure say what is wrong and store nothing."""
        self.ensure_one()
        password = self._get_secret("password")
        self._forget_secrets()
        changes = self.changes
        try:
            server = self._server()
            if not (self.username and password):
                raise UserError(self.env._("Enter user name and password."))
            account, diagnosis = self._connect(server, self.username.strip(), password)
        except SyncError as error:
            return self._again(say(self.env, error.reason))
        except UserError as error:
            return self._again(str(error))
        if not diagnosis.ok:
            return self._again(
                self.env._(
                    "This was not accepted; what was stored before stays in place:"
                )
                if changes
                else self.env._("The connection failed, nothing was stored:"),
                diagnosis,
            )
        self.failed = False
        self._keep(diagnosis)
        return self._changed() if changes else self._done(account)

    def _server(self):
        server = self.env["notes.zoho.domino.server"]._named(self.server_name)
        if not server:
            raise UserError(
                self.env._(
                    "The server %(name)s is not listed. Check its name, or ask an "
                    "administrator to list it under Configuration, Domino servers.",
                    name=self.server_name or "",
                )
            )
        return server

    def _connect(self, server, username: str, password: str):
        """Check first: an account of one's own is only made when all is well."""
        if self.account_id:
            account = self.account_id
            return account, account.connect_notes(server, username, password)
        accounts = self.env["notes.zoho.account"]
        if not accounts.has_access("create"):
            raise UserError(
                self.env._("You have no account yet. Ask an administrator to add you.")
            )
        diagnosis = connect.diagnose(server, username, password)
        if not diagnosis.ok:
            return accounts, diagnosis
        with self.env.cr.savepoint():
            account = accounts.create({"user_id": self.env.uid})
            account.sudo()._store_connection(server, username, password, diagnosis)
        try:
            account.action_propose_zoho_user()
        except UserError as error:
            _logger.info("No Zoho user for account %s yet: %s", account.id, error)
        return account, diagnosis

    def _keep(self, diagnosis) -> None:
        """What the check found, line by line."""
        lines = [
            Command.create(
                {
                    "name": say(self.env, check.label),
                    "outcome": check.outcome,
                    "detail": say(self.env, check.reason),
                    "advice": say(self.env, check.advice),
                }
            )
            for check in (diagnosis.checks if diagnosis else ())
        ]
        self.check_ids = [Command.clear(), *lines]

    def _again(self, message: str, diagnosis=None):
        self.write({"failed": True, "message": message})
        self._keep(diagnosis)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change password")
            if self.changes
            else self.env._("Connect IBM Notes"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _changed(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("The password was changed."),
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _done(self, account):
        if account.sudo().user_id == self.env.user:
            action = self.env["notes.zoho.account"].action_open_app()
            return {**action, "target": "main"}
        return {"type": "ir.actions.act_window_close"}


class ConnectCheck(models.TransientModel):
    """One line of the check of Domino Access Services."""

    _name = "notes.zoho.connect.check"
    _description = "Check of Domino Access Services"
    _order = "id"

    wizard_id = fields.Many2one(
        "notes.zoho.connect", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char("Checked", readonly=True)
    outcome = fields.Selection(OUTCOMES, readonly=True)
    detail = fields.Char("Found", readonly=True)
    advice = fields.Char("What to do", readonly=True)
