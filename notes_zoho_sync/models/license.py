from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

#: States of an account that take a seat.
SEATED = ("draft", "connected", "error")


class License(models.Model):
    """Seats that a company has bought."""

    _name = "notes.zoho.license"
    _description = "Notes Sync Licence"
    _order = "valid_from desc, id desc"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    seats = fields.Integer(required=True, default=1)
    valid_from = fields.Date(required=True, default=fields.Date.context_today)
    valid_until = fields.Date(help="Empty: without end.")
    active = fields.Boolean(default=True)
    taken = fields.Integer("Seats taken in the company", readonly=True, copy=False)

    _seats_positive = models.Constraint(
        "CHECK(seats > 0)", "A licence has a seat or more."
    )
    _dates_in_order = models.Constraint(
        "CHECK(valid_until IS NULL OR valid_until >= valid_from)",
        "A licence cannot end before it begins.",
    )

    @api.model
    def _valid(self, company):
        """The company's licences that count today."""
        today = fields.Date.today()
        return self.sudo().search(
            Domain("company_id", "=", company.id)
            & Domain("valid_from", "<=", today)
            & (Domain("valid_until", "=", False) | Domain("valid_until", ">=", today))
        )

    @api.model
    def _seats(self, company):
        """The licences that count today, their seats, and how many are taken."""
        licenses = self._valid(company)
        self.env["notes.zoho.account"].flush_model(["state", "company_id"])
        ((taken,),) = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM notes_zoho_account "
                "WHERE company_id = %s AND state IN %s",
                company.id,
                SEATED,
            )
        )
        return licenses, sum(licenses.mapped("seats")), taken

    @api.model
    def _check_free(self, company, wanted: int):
        """Refuse before anything is done when fewer seats are free than are wanted.

        :raises UserError: says how many are free.
        """
        _licenses, seats, taken = self._seats(company)
        if taken + wanted > seats:
            raise self._no_seats(company, seats, taken, wanted)

    @api.model
    def _check_seats(self, company, new: int = 1):
        """Refuse when more accounts take a seat than there are.

        The licences are written to, so that of two administrators at once one is run
        again and sees the other's account.

        :param new: how many of these accounts did not take one before.
        :raises UserError: says how many were free.
        """
        licenses, seats, taken = self._seats(company)
        if taken > seats:
            raise self._no_seats(company, seats, taken - new, new)
        licenses.flush_recordset()
        # Always, even if the number is the same: the conflict is what is wanted.
        self.env.cr.execute(
            SQL(
                "UPDATE notes_zoho_license SET taken = %s WHERE id = ANY(%s)",
                taken,
                licenses.ids,
            )
        )
        licenses.invalidate_recordset(["taken"])

    @api.model
    def _no_seats(self, company, seats: int, taken: int, wanted: int) -> UserError:
        """Why that many accounts more cannot have a seat, in words."""
        if not seats:
            return UserError(
                self.env._(
                    "%(company)s has no valid licence. Enter one under Licences first.",
                    company=company.name,
                )
            )
        if taken >= seats:
            return UserError(
                self.env._(
                    "All %(seats)s seats of %(company)s are taken. Retire or pause an "
                    "account, or enter a further licence.",
                    seats=seats,
                    company=company.name,
                )
            )
        return UserError(
            self.env._(
                "%(wanted)s seats are needed, but %(company)s has only %(free)s of "
                "%(seats)s free. Nobody was given one: choose fewer users, retire or "
                "pause an account, or enter a further licence.",
                wanted=wanted,
                company=company.name,
                free=seats - taken,
                seats=seats,
            )
        )
