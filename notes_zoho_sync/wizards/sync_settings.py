from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.base.models.res_partner import _tz_get

from ..models import connect
from ..models.account import (
    BINS_HELP,
    BOUNDS,
    COMPANIES_HELP,
    OLD_TASKS_HELP,
    RANGE_HELP,
    SWITCHES,
)
from ..services.sync.window import window_for

CHOICES = (
    *SWITCHES.values(),
    "old_task_days",
    "event_range",
    "days_back",
    "days_ahead",
    "bins_private",
    "direction",
    "conflict_policy",
    "create_companies",
    "interval_minutes",
    "tz",
)


def _of_account(name):
    """The present choice of the account that the dialog is for."""

    def default(self):
        number = self.env.context.get("default_account_id")
        account = self.env["notes.zoho.account"].browse(number)
        account._check_may_act()
        return account.sudo()[name]

    return default


def _words():
    """What a choice means, as it stands at the moment."""
    return fields.Char(compute="_compute_words")


def _problem():
    """What is wrong with a value, if something is."""
    return fields.Char(compute="_compute_problems")


class SyncSettings(models.TransientModel):
    """What is synced, which way, and who wins; saving it the first time starts it."""

    _name = "notes.zoho.sync.settings"
    _description = "Sync Settings"

    account_id = fields.Many2one("notes.zoho.account", required=True, readonly=True)
    sync_contacts = fields.Boolean("Contacts", default=_of_account("sync_contacts"))
    sync_tasks = fields.Boolean("Tasks", default=_of_account("sync_tasks"))
    old_task_days = fields.Integer(
        "Leave out old tasks (days)",
        required=True,
        default=_of_account("old_task_days"),
        help=OLD_TASKS_HELP,
    )
    sync_events = fields.Boolean("Events", default=_of_account("sync_events"))
    event_range = fields.Selection(
        selection=lambda self: self._choices("event_range"),
        string="Which events",
        required=True,
        default=_of_account("event_range"),
        help=RANGE_HELP,
    )
    days_back = fields.Integer(
        "Days back", required=True, default=_of_account("days_back")
    )
    days_ahead = fields.Integer(
        "Days ahead", required=True, default=_of_account("days_ahead")
    )
    bins_private = fields.Boolean(
        "Remove private copies", default=_of_account("bins_private"), help=BINS_HELP
    )
    direction = fields.Selection(
        selection=lambda self: self._choices("direction"),
        required=True,
        default=_of_account("direction"),
    )
    conflict_policy = fields.Selection(
        selection=lambda self: self._choices("conflict_policy"),
        string="On conflict",
        required=True,
        default=_of_account("conflict_policy"),
    )
    create_companies = fields.Boolean(
        "Create missing companies",
        default=_of_account("create_companies"),
        help=COMPANIES_HELP,
    )
    companies_allowed = fields.Boolean(compute="_compute_words")
    interval_minutes = fields.Integer(
        "Sync every (minutes)", required=True, default=_of_account("interval_minutes")
    )
    tz = fields.Selection(_tz_get, "Time zone", default=_of_account("tz"))
    start_words = _words()
    contacts_words = _words()
    tasks_words = _words()
    events_words = _words()
    direction_words = _words()
    policy_words = _words()
    interval_words = _words()
    companies_words = _words()
    private_words = _words()
    old_task_days_problem = _problem()
    days_back_problem = _problem()
    days_ahead_problem = _problem()
    interval_minutes_problem = _problem()

    def _choices(self, name):
        field = self.env["notes.zoho.account"]._fields[name]
        return field._description_selection(self.env)

    # -- what it means -----------------------------

    @api.depends("account_id", *CHOICES)
    def _compute_words(self):
        for dialog in self:
            account = dialog.account_id.sudo()
            dialog.companies_allowed = account.org_id.create_companies
            dialog.start_words = dialog._say_start(account)
            dialog.contacts_words = dialog._say_contacts()
            dialog.tasks_words = dialog._say_tasks()
            dialog.events_words = dialog._say_events()
            dialog.direction_words = dialog._say_direction()
            dialog.policy_words = dialog._say_policy()
            dialog.interval_words = dialog._say_interval(account.org_id)
            dialog.companies_words = dialog._say_companies()
            dialog.private_words = dialog._say_private()

    def _say_start(self, account):
        if account.state not in ("connected", "error"):
            return self.env._("Saving starts no sync, as the account is not active.")
        if account.settings_chosen:
            return self.env._("Saving starts a sync with these settings.")
        return self.env._(
            "Saving starts the first sync. What is on both sides already is linked, "
            "not doubled."
        )

    def _say_contacts(self):
        if self.sync_contacts:
            return self.env._(
                "People of your address book and your contacts in Zoho CRM. Groups and "
                "private contacts stay where they are."
            )
        return self.env._(
            "Contacts are not synced; both sides keep what they have, as it is."
        )

    def _say_tasks(self):
        if not self.sync_tasks:
            return self.env._(
                "Tasks are not synced; both sides keep what they have, as it is."
            )
        if not self.old_task_days:
            return self.env._("To-dos of your mail file and your tasks in Zoho CRM.")
        return self.env._(
            "To-dos of your mail file and your tasks in Zoho CRM, without those that "
            "were completed more than %(days)s days ago.",
            days=self.old_task_days,
        )

    def _say_events(self):
        if not self.sync_events:
            return self.env._(
                "Events are not synced; both sides keep what they have, as it is."
            )
        if self.days_back_problem or self.days_ahead_problem:
            return False
        window = window_for(
            self.event_range,
            datetime.now(UTC),
            connect.zone(self),
            self.days_back,
            self.days_ahead,
        )
        first = window.since.astimezone(window.zone).date()
        last = (window.until - timedelta(seconds=1)).astimezone(window.zone).date()
        return self.env._(
            "From %(first)s to %(last)s, moving on every day. What slides out of this "
            "range stays as it is on both sides.",
            first=format_date(self.env, first),
            last=format_date(self.env, last),
        )

    def _say_direction(self):
        if self.direction == "two_way":
            return self.env._(
                "Each side takes over what was added, changed or deleted on the other."
            )
        if self.direction == "notes_to_zoho":
            return self.env._(
                "IBM Notes is the source and is never changed. What is made in Zoho "
                "CRM stays there alone; what is changed there stays until the same "
                "value changes in IBM Notes."
            )
        return self.env._(
            "Zoho CRM is the source and is never changed. What is made in IBM Notes "
            "stays there alone; what is changed there stays until the same value "
            "changes in Zoho CRM."
        )

    def _say_policy(self):
        if self.direction != "two_way":
            return False
        if self.conflict_policy == "zoho_wins":
            return self.env._(
                "Only for a value that was changed on both sides since the last sync: "
                "Zoho CRM's stands. IBM Notes' is kept in the history and can be "
                "restored."
            )
        return self.env._(
            "Only for a value that was changed on both sides since the last sync: IBM "
            "Notes' stands. Zoho CRM's is kept in the history and can be restored."
        )

    def _say_interval(self, org):
        return self.env._(
            "So long after a sync the next one begins. Changes in Zoho CRM are read "
            "every %(minutes)s minutes for everybody.",
            minutes=org.pull_interval,
        )

    def _say_companies(self):
        if not self.companies_allowed:
            return self.env._(
                "Your administrator does not let the sync create companies in Zoho "
                "CRM: a contact of an unknown company is synced without it."
            )
        if self.create_companies:
            return self.env._(
                "A contact's company that Zoho CRM does not know is made there."
            )
        return self.env._(
            "A contact whose company Zoho CRM does not know is synced without it."
        )

    def _say_private(self):
        if self.bins_private:
            return self.env._(
                "An event or task of IBM Notes that is marked private later: its copy "
                "goes to Zoho CRM's recycle bin."
            )
        return self.env._(
            "An event or task of IBM Notes that is marked private later: its copy "
            "stays in Zoho CRM as it was."
        )

    # -- what is wrong -----------------------------

    @api.depends(*BOUNDS)
    def _compute_problems(self):
        for dialog in self:
            for name, (least, most) in BOUNDS.items():
                right = least <= dialog[name] <= most
                dialog[f"{name}_problem"] = not right and self.env._(
                    "%(setting)s: enter a number from %(least)s to %(most)s.",
                    setting=dialog._fields[name]._description_string(self.env),
                    least=least,
                    most=most,
                )

    def _check(self):
        """:raises UserError: what is wrong with the choices."""
        if not any(self[switch] for switch in SWITCHES.values()):
            raise UserError(
                self.env._("Choose something to sync, or pause the account.")
            )
        problems = [self[f"{name}_problem"] for name in BOUNDS]
        if any(problems):
            raise UserError("\n".join(filter(None, problems)))

    def action_save(self):
        """Store the settings; the account syncs in the background, if it may."""
        self.ensure_one()
        account = self.account_id
        account._check_may_act()
        self._check()
        account.sudo().write(
            {**{name: self[name] for name in CHOICES}, "settings_chosen": True}
        )
        try:
            answer = account.action_start_sync()
        except UserError as error:  # it is paused, or something is missing
            answer = {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "title": self.env._("The settings are saved"),
                    "message": str(error),
                    "type": "warning",
                },
            }
        answer["params"]["next"] = {"type": "ir.actions.act_window_close"}
        return answer
