from odoo import fields, models
from odoo.exceptions import UserError

from ..models.account import BINS_HELP, OLD_TASKS_HELP, RANGE_HELP, SWITCHES

CHOICES = (
    *SWITCHES.values(),
    "old_task_days",
    "event_range",
    "days_back",
    "days_ahead",
    "bins_private",
    "direction",
    "conflict_policy",
)


def _of_account(name):
    """The present choice of the account that the dialog is for."""

    def default(self):
        number = self.env.context.get("default_account_id")
        account = self.env["notes.zoho.account"].browse(number)
        account._check_may_act()
        return account.sudo()[name]

    return default


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

    def _choices(self, name):
        field = self.env["notes.zoho.account"]._fields[name]
        return field._description_selection(self.env)

    def action_save(self):
        """Store the settings; the account syncs in the background."""
        self.ensure_one()
        account = self.account_id
        account._check_may_act()
        if not any(self[switch] for switch in SWITCHES.values()):
            raise UserError(
                self.env._("Choose something to sync, or pause the account.")
            )
        account.sudo().write(
            {**{name: self[name] for name in CHOICES}, "settings_chosen": True}
        )
        answer = account.action_start_sync()
        answer["params"]["next"] = {"type": "ir.actions.act_window_close"}
        return answer
