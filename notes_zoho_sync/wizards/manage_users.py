from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models import connect


class ManageUsers(models.TransientModel):
    """Who has a seat: add, remove, retire, and say whose records in Zoho CRM."""

    _name = "notes.zoho.manage.users"
    _description = "Manage Users"

    org_id = fields.Many2one(
        "notes.zoho.org",
        "Zoho organisation",
        default=lambda self: self.env["notes.zoho.account"]._default_org(),
    )
    user_ids = fields.Many2many("res.users", string="Add users")
    line_ids = fields.One2many("notes.zoho.manage.users.line", "wizard_id")
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    several_orgs = fields.Boolean(compute="_compute_company_id")
    seats_used = fields.Integer("Seats used", compute="_compute_seats")
    seats_bought = fields.Integer("Seats bought", compute="_compute_seats")
    seats = fields.Char(compute="_compute_seats")
    present_user_ids = fields.Many2many(
        "res.users",
        "notes_zoho_manage_users_present_rel",
        compute="_compute_present_user_ids",
    )
    proposed = fields.Boolean(compute="_compute_proposed")
    troubled = fields.Boolean(compute="_compute_proposed")
    notice = fields.Text(readonly=True)
    notice_level = fields.Selection(
        [("success", "Done"), ("warning", "Refused")], readonly=True
    )
    retire_id = fields.Many2one("notes.zoho.account", "Retire instead", readonly=True)

    @api.depends_context("company")
    def _compute_company_id(self):
        company = self.env.company
        orgs = self.env["notes.zoho.org"].search_count(
            [("company_id", "=", company.id)], limit=2
        )
        self.company_id = company
        self.several_orgs = orgs > 1

    @api.depends("line_ids.state")
    @api.depends_context("company")
    def _compute_seats(self):
        _licenses, seats, taken = self.env["notes.zoho.license"]._seats(
            self.env.company
        )
        self.seats_used = taken
        self.seats_bought = seats
        self.seats = self.env._(
            "%(taken)s of %(seats)s taken", taken=taken, seats=seats
        )

    @api.depends("line_ids.state")
    def _compute_present_user_ids(self):
        for dialog in self:
            dialog.present_user_ids = dialog.line_ids.filtered(
                lambda line: line.state != "retired"
            ).user_id

    @api.depends("line_ids.zoho_user_id", "line_ids.confirmed", "line_ids.note")
    def _compute_proposed(self):
        for dialog in self:
            dialog.proposed = any(line._is_proposed() for line in dialog.line_ids)
            dialog.troubled = any(dialog.line_ids.mapped("note"))

    # -- opening -----------------------------

    @api.model
    def _opened(self):
        """A new dialog with everybody of the company, as an action."""
        dialog = self.create({})
        accounts = self.env["notes.zoho.account"].search(
            [("company_id", "=", self.env.company.id)], order="id desc"
        )
        seen = accounts.filtered(lambda account: account.state != "retired")
        people = seen.user_id
        for account in accounts - seen:
            # Of retired accounts the newest, of who has no other.
            if account.user_id not in people:
                seen += account
                people += account.user_id
        dialog._list(
            seen.sorted(lambda a: (a.state == "retired", a.display_name.casefold()))
        )
        return dialog._shown()

    def _shown(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Manage users"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _list(self, accounts) -> None:
        """A line for each of these accounts, with the Zoho user or a proposal."""
        lines = self.env["notes.zoho.manage.users.line"].create(
            [{"wizard_id": self.id, "account_id": account.id} for account in accounts]
        )
        chosen = lines.filtered("confirmed")
        known = self.env["notes.zoho.manage.zoho.user"].create(
            [
                {
                    "wizard_id": self.id,
                    "name": line.account_id.zoho_user_email
                    or line.account_id.zoho_user_id,
                    "number": line.account_id.zoho_user_id,
                }
                for line in chosen
            ]
        )
        for line, user in zip(chosen, known, strict=True):
            line.zoho_user_id = user
        (lines - chosen)._propose()

    # -- acts -----------------------------

    def _told(self, act, retire=None):
        """Do something and show the dialog anew, with what came of it.

        :param act: gives the words; what it refuses has no effect and is shown, too.
        :param retire: the account that can be retired when it refuses.
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                values = {"notice": act(), "notice_level": "success"}
                values["retire_id"] = False
        except UserError as error:
            values = {"notice": str(error), "notice_level": "warning"}
            values["retire_id"] = retire and retire.id
        self.write(values)
        return self._shown()

    def action_add(self):
        """Give the chosen users a seat each, or nobody one."""
        return self._told(self._add)

    def _add(self) -> str:
        if not self.user_ids:
            raise UserError(self.env._("Choose the users to add first."))
        if not self.org_id:
            raise UserError(
                self.env._("Choose the Zoho organisation of these users first.")
                if self.several_orgs
                else self.env._(
                    "%(company)s has no Zoho organisation yet. Connect Zoho CRM first, "
                    "under Configuration, Zoho organisations.",
                    company=self.env.company.name,
                )
            )
        accounts = self.env["notes.zoho.account"]._seat_users(
            self.user_ids, self.org_id
        )
        self.line_ids.filtered(lambda line: line.account_id in accounts).unlink()
        self._list(accounts)
        self.user_ids = False
        return self.env._(
            "Added: %(names)s. Confirm the Zoho user of each below; then they "
            "connect themselves under IBM Notes Sync.",
            names=", ".join(accounts.mapped("display_name")),
        )

    def action_confirm_all(self):
        """Confirm whatever is proposed or chosen."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line._is_proposed())
        return self._told(lines._confirm)

    def action_retire_instead(self):
        """Retire the one who could not be removed."""
        self.ensure_one()
        line = self.line_ids.filtered(lambda line: line.account_id == self.retire_id)
        return line.action_retire()


class ManageUsersLine(models.TransientModel):
    """One person in the dialog."""

    _name = "notes.zoho.manage.users.line"
    _description = "Managed User"
    _order = "id"

    wizard_id = fields.Many2one(
        "notes.zoho.manage.users", required=True, index=True, ondelete="cascade"
    )
    account_id = fields.Many2one(
        "notes.zoho.account", required=True, readonly=True, ondelete="cascade"
    )
    # Not by sudo: an administrator sees the own companies' accounts.
    user_id = fields.Many2one(related="account_id.user_id", related_sudo=False)
    server_id = fields.Many2one(related="account_id.server_id", related_sudo=False)
    state = fields.Selection(related="account_id.state", related_sudo=False)
    last_run = fields.Datetime(
        "Last run", related="account_id.last_run_id.started", related_sudo=False
    )
    last_run_state = fields.Selection(
        related="account_id.last_run_state", related_sudo=False
    )
    confirmed = fields.Boolean(compute="_compute_confirmed")
    org_id = fields.Many2one(related="account_id.org_id", related_sudo=False)
    zoho_user_id = fields.Many2one(
        "notes.zoho.manage.zoho.user", "Zoho user", ondelete="set null"
    )
    note = fields.Char("What is missing", readonly=True)

    @api.depends("account_id.zoho_user_id")
    def _compute_confirmed(self):
        for line in self:
            line.confirmed = bool(line.account_id.zoho_user_id)

    def _is_proposed(self) -> bool:
        return bool(
            self.zoho_user_id and not self.confirmed and self.state != "retired"
        )

    def _propose(self) -> None:
        """Ask Zoho CRM who these people are there; in words what it cannot tell."""
        lines = self.filtered(lambda line: line.state != "retired")
        for org, group in lines.grouped("org_id").items():
            try:
                users = connect.zoho_users(org)
            except UserError as error:
                group.note = str(error)
                continue
            known = dict(
                zip(
                    users,
                    self.env["notes.zoho.manage.zoho.user"].create(
                        [
                            {
                                "wizard_id": self.wizard_id.id,
                                "org_id": org.id,
                                "name": f"{user.name} <{user.email}>",
                                "number": user.id,
                                "email": user.email,
                                "tz": user.time_zone,
                            }
                            for user in users
                        ]
                    ),
                    strict=True,
                )
            )
            proposals = group.account_id._zoho_proposals(users)
            for line in group:
                user, why = proposals[line.account_id]
                line.zoho_user_id = known[user] if user else False
                line.note = why

    def _names(self) -> str:
        return ", ".join(self.mapped("user_id.name"))

    def _confirm(self) -> str:
        for line in self:
            user = line.zoho_user_id
            if not user:
                raise UserError(
                    self.env._(
                        "Choose the Zoho user of %(user)s first.", user=line._names()
                    )
                )
            line.account_id._take_zoho_user(user.number, user.email, user.tz)
            line.note = False
        return self.env._("Zoho user confirmed: %(names)s.", names=self._names())

    def action_confirm(self):
        """The chosen Zoho user is this person's."""
        return self.wizard_id._told(self._confirm)

    def action_remove(self):
        """Remove who has not synced; who has can be retired instead."""
        account = self.account_id
        return self.wizard_id._told(self._remove, retire=account)

    def _remove(self) -> str:
        names = self._names()
        self.account_id.unlink()
        return self.env._("Removed: %(names)s. The seat is free.", names=names)

    def action_retire(self):
        """Pause for good; the seat is free, the history stays."""
        return self.wizard_id._told(self._retire)

    def _retire(self) -> str:
        self.account_id.action_retire()
        return self.env._(
            "Retired: %(names)s. The seat is free; the history stays.",
            names=self._names(),
        )

    def action_reactivate(self):
        """Take a retired person into use again, which needs a seat."""
        return self.wizard_id._told(self._reactivate)

    def _reactivate(self) -> str:
        self.account_id.action_reactivate()
        self.filtered(lambda line: not line.confirmed)._propose()
        return self.env._(
            "Taken up again: %(names)s. The password in Notes has to be entered anew.",
            names=self._names(),
        )


class ManageZohoUser(models.TransientModel):
    """A user of Zoho CRM, to be chosen from."""

    _name = "notes.zoho.manage.zoho.user"
    _description = "Zoho User"
    _order = "name, id"

    wizard_id = fields.Many2one(
        "notes.zoho.manage.users", required=True, index=True, ondelete="cascade"
    )
    org_id = fields.Many2one("notes.zoho.org", ondelete="cascade")
    name = fields.Char(required=True)
    number = fields.Char(required=True)
    email = fields.Char()
    tz = fields.Char()
