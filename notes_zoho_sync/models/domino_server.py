from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from . import connect
from .attention import MANY_FAILURES
from .secret import may_move

#: Failures to reach a server after which its accounts wait.
PATIENCE = 2
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=1)


class DominoServer(models.Model):
    """A Domino server that users may name; no other is ever called."""

    _name = "notes.zoho.domino.server"
    _description = "Domino Server"
    _inherit = ["notes.zoho.attention.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char("Server name", required=True, help="What users type.")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True)
    base_url = fields.Char(
        "Web address", required=True, help="For example https://mail.example.com"
    )
    allow_http = fields.Boolean(
        "Allow plain http", help="Passwords then travel unprotected: for tests only."
    )
    verify_tls = fields.Boolean("Check the certificate", default=True)
    ca_file = fields.Char(
        "Certificates (file)", help="Path of a PEM file with the own authority."
    )
    auth_mode = fields.Selection(
        [("auto", "Find out"), ("basic", "Basic"), ("session", "Login form")],
        "Sign-in",
        required=True,
        default="auto",
    )
    contact_view = fields.Char(required=True, default="($Contacts)")
    task_view = fields.Char(required=True, default="($ToDo)")
    max_connections = fields.Integer(required=True, default=4)
    failures = fields.Integer(copy=False, readonly=True)
    retry_at = fields.Datetime("Waits until", copy=False, readonly=True)

    _name_uniq = models.UniqueIndex(
        "(lower(name), company_id)", "A server of this name is listed already."
    )
    _max_connections_range = models.Constraint(
        "CHECK(max_connections BETWEEN 1 AND 20)", "1 to 20 connections are possible."
    )

    @api.constrains("base_url", "allow_http")
    def _check_base_url(self):
        for server in self:
            if not connect.is_web_address(server.base_url, plain=server.allow_http):
                raise ValidationError(
                    self.env._(
                        "%(url)s is no address of a server: it starts with https:// "
                        "(http:// only where plain http is allowed) and has nothing "
                        "after the host name and port.",
                        url=server.base_url,
                    )
                )

    def write(self, vals):
        if {"base_url", "allow_http", "verify_tls", "ca_file", "auth_mode"} & set(vals):
            self._check_may_move(vals)
            # Whatever was wrong may be right now: nobody waits any longer.
            vals = {"failures": 0, "retry_at": False, **vals}
        return super().write(vals)

    def _check_may_move(self, vals) -> None:
        """A stored password goes to the place it was entered for, and not less safely.

        :raises UserError: only a system administrator may change that now.
        """
        if may_move(self.env):
            return
        names = {"base_url", "allow_http", "verify_tls", "ca_file"} & set(vals)
        moved = self.filtered(
            lambda server: any(server[name] != vals[name] for name in names)
        )
        accounts = self.env["notes.zoho.account"].sudo()
        if moved and accounts.search_count(
            [("server_id", "in", moved.ids), ("notes_password_cipher", "!=", False)],
            limit=1,
        ):
            raise UserError(
                self.env._(
                    "Passwords are stored for %(server)s. Ask an administrator of the "
                    "whole system to change its address or protection, or list the "
                    "new address as another server.",
                    server=", ".join(moved.mapped("name")),
                )
            )

    def action_test(self):
        """Say whether the server answers, without signing in."""
        self.ensure_one()
        self.check_access("write")
        message = connect.probe(self)
        if not message:
            self._answered()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.name,
                "message": message or self.env._("The server answers."),
                "type": "danger" if message else "success",
                "sticky": bool(message),
            },
        }

    @api.model
    def _named(self, text: str):
        """The listed server that a user names, by name, host name or address."""
        wanted = (text or "").strip().rstrip("/").casefold()
        servers = self.sudo().search([("company_id", "in", self.env.companies.ids)])
        return servers.filtered(
            lambda server: (
                wanted
                in (
                    server.name.casefold(),
                    server.base_url.rstrip("/").casefold(),
                    server.base_url.split("://")[-1].rstrip("/").casefold(),
                    (connect.host(server.base_url) or "").casefold(),
                )
            )
        )[:1]

    def _failed(self, why):
        """The server could not be reached: after two times its accounts wait, after
        many administrators are asked to look.

        :returns: until when, or ``False``.
        """
        self.ensure_one()
        failures = self.failures + 1
        wait = min(FIRST_WAIT * 2 ** max(failures - PATIENCE, 0), LONGEST_WAIT)
        until = failures >= PATIENCE and fields.Datetime.now() + wait
        self.write({"failures": failures, "retry_at": until})
        if failures >= MANY_FAILURES:
            self._ask("server", self._administrators(), why)
        return until

    def _answered(self):
        if self.failures or self.retry_at:
            self.write({"failures": 0, "retry_at": False})
        self._settle("server")
