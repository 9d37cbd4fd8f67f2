import logging
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..services.reasons import reason
from ..services.records import contact_kind, event_kind, task_kind
from ..services.sync.settings import AccountSettings
from ..services.sync.window import Window, window_for
from . import connect
from .license import SEATED
from .secret import cipher_field, secret_field

_logger = logging.getLogger(__name__)

STATES = [
    ("draft", "Not connected"),
    ("connected", "Connected"),
    ("paused", "Paused"),
    ("error", "Needs attention"),
    ("retired", "Retired"),
]
#: Nothing is synced in these, so nobody is asked for anything.
AT_REST = ("paused", "retired")
INSTALLATION = "notes_zoho_sync.installation"
#: Each kind's switch, in the order in which they run.
SWITCHES = {
    "contact": "sync_contacts",
    "task": "sync_tasks",
    "event": "sync_events",
}
#: The least and the most that may be set.
BOUNDS = {
    "days_back": (0, 3650),
    "days_ahead": (1, 3650),
    "old_task_days": (0, 3650),
    "interval_minutes": (1, 10080),
}
#: What the settings mean, here and in the dialog.
OLD_TASKS_HELP = (
    "Tasks completed longer ago than this are not taken over; those synced already "
    "stay in step. 0: all are taken."
)
RANGE_HELP = (
    "Days are those of the account's time zone. What slides out of this range stays "
    "as it is on both sides."
)
COMPANIES_HELP = (
    "A contact's company that Zoho CRM does not know is made there as an account, if "
    "the Zoho organisation allows it. Otherwise the contact is synced without it."
)
BINS_HELP = (
    "When an event or task made in IBM Notes is marked private there, its copy in "
    "Zoho CRM goes to the recycle bin. Otherwise it stays there as it was and is not "
    "updated any more. A contact always stays."
)


class Account(models.Model):
    """One licensed user: connection, settings, state."""

    _name = "notes.zoho.account"
    _description = "Notes Sync Account"
    _inherit = [
        "notes.zoho.secret.mixin",
        "notes.zoho.attention.mixin",
        "notes.zoho.last.error.mixin",
    ]
    _order = "user_id, id"
    _check_company_auto = True
    _mail_post_access = "read"

    _secrets = ("notes_password",)

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    org_id = fields.Many2one(
        "notes.zoho.org",
        "Zoho organisation",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        default=lambda self: self._default_org(),
    )
    server_id = fields.Many2one(
        "notes.zoho.domino.server",
        "Domino server",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    notes_username = fields.Char("User name in Notes", copy=False)
    notes_password = secret_field("Password in Notes")
    notes_password_cipher = cipher_field()
    notes_auth_mode = fields.Char(copy=False, readonly=True)
    notes_features = fields.Json(copy=False, readonly=True)
    mail_file = fields.Char(copy=False, help="For example /mail/jdoe.nsf")
    zoho_user_id = fields.Char("Zoho user's id", copy=False)
    zoho_user_email = fields.Char("Zoho user's e-mail", copy=False)
    tz = fields.Selection(
        _tz_get, "Time zone", default=lambda self: self.env.user.tz or "UTC"
    )
    state = fields.Selection(STATES, required=True, default="draft", copy=False)
    sync_contacts = fields.Boolean("Contacts", default=True)
    sync_tasks = fields.Boolean("Tasks")
    old_task_days = fields.Integer(
        "Leave out old tasks (days)",
        default=30,
        required=True,
        help=OLD_TASKS_HELP,
    )
    sync_events = fields.Boolean("Events")
    event_range = fields.Selection(
        [
            ("all", "All events"),
            ("today", "From today"),
            ("last_month", "From last month"),
        ],
        "Which events",
        required=True,
        default="last_month",
        help=RANGE_HELP,
    )
    days_back = fields.Integer(
        "Days back",
        default=365,
        required=True,
        help="How far back all events go.",
    )
    days_ahead = fields.Integer(
        "Days ahead",
        default=365,
        required=True,
        help="How far ahead events are synced, whatever range is chosen.",
    )
    bins_private = fields.Boolean(
        "Remove private copies",
        default=True,
        help=BINS_HELP,
    )
    create_companies = fields.Boolean(
        "Create missing companies", default=True, help=COMPANIES_HELP
    )
    direction = fields.Selection(
        [
            ("notes_to_zoho", "One way: IBM Notes to Zoho CRM"),
            ("zoho_to_notes", "One way: Zoho CRM to IBM Notes"),
            ("two_way", "Both ways"),
        ],
        required=True,
        default="two_way",
    )
    conflict_policy = fields.Selection(
        [
            ("zoho_wins", "CRM always wins"),
            ("notes_wins", "IBM Notes always wins"),
        ],
        "On conflict",
        required=True,
        default="zoho_wins",
    )
    interval_minutes = fields.Integer("Sync every (minutes)", default=15, required=True)
    settings_chosen = fields.Boolean(
        readonly=True, copy=False, help="The sync settings were saved once."
    )
    accepted_installations = fields.Json(copy=False, readonly=True)
    foreign_installation = fields.Char(
        copy=False,
        readonly=True,
        help="Number of the other installation whose records stopped the last run.",
    )
    last_run_id = fields.Many2one(
        "notes.zoho.run", readonly=True, copy=False, ondelete="set null"
    )
    last_run_state = fields.Selection(related="last_run_id.state", string="Last result")
    run_ids = fields.One2many("notes.zoho.run", "account_id", readonly=True)
    next_run = fields.Datetime(copy=False, readonly=True)
    run_requested = fields.Datetime(copy=False, readonly=True)
    sign_in_failed = fields.Datetime(copy=False, readonly=True)
    failures = fields.Integer(copy=False, readonly=True)
    link_count = fields.Integer("Linked records", compute="_compute_link_count")

    _user_uniq = models.UniqueIndex(
        "(user_id, company_id) WHERE state <> 'retired'",
        "This user has an account in this company already.",
    )
    _zoho_user_uniq = models.UniqueIndex(
        "(org_id, zoho_user_id) WHERE zoho_user_id IS NOT NULL AND state <> 'retired'",
        "Another account has this Zoho user already.",
    )
    _mail_file_uniq = models.UniqueIndex(
        "(server_id, lower(mail_file)) "
        "WHERE mail_file IS NOT NULL AND state <> 'retired'",
        "Another account has this mail file already.",
    )
    _interval_positive = models.Constraint(
        "CHECK(interval_minutes BETWEEN 1 AND 10080)",
        "The interval is from one minute to a week (10,080 minutes).",
    )
    _days_positive = models.Constraint(
        "CHECK(days_back BETWEEN 0 AND 3650 AND days_ahead BETWEEN 1 AND 3650)",
        "Days back cannot be negative, at least one day ahead is synced, and neither "
        "may be more than ten years (3,650 days).",
    )
    _old_task_days_positive = models.Constraint(
        "CHECK(old_task_days BETWEEN 0 AND 3650)",
        "The age of old tasks is from 0 to ten years (3,650 days).",
    )
    _due_idx = models.Index("(next_run) WHERE state = 'connected'")

    @api.model
    def _default_org(self):
        """The company's only organisation."""
        orgs = (
            self.env["notes.zoho.org"]
            .sudo()
            .search([("company_id", "=", self.env.company.id)], limit=2)
        )
        return orgs if len(orgs) == 1 else False

    @api.depends("user_id")
    def _compute_display_name(self):
        for account in self:
            account.display_name = account.sudo().user_id.name

    def _compute_link_count(self):
        counts = dict(
            self.env["notes.zoho.link"]._read_group(
                [("account_id", "in", self.ids), ("state", "=", "linked")],
                ["account_id"],
                ["__count"],
            )
        )
        for account in self:
            account.link_count = counts.get(account, 0)

    @api.constrains("user_id", "company_id")
    def _check_user(self):
        for account in self:
            user = account.user_id.sudo()
            if user.share or account.company_id not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s is no internal user of %(company)s.",
                        user=user.name,
                        company=account.company_id.name,
                    )
                )

    # -- seats -----------------------------

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts._check_seats()
        accounts._give_app()
        return accounts

    def write(self, vals):
        seated = self.filtered(lambda account: account.state in SEATED)
        if "company_id" in vals and any(
            account.run_ids and account.company_id.id != vals["company_id"]
            for account in self.sudo()
        ):
            raise UserError(
                self.env._(
                    "An account that has synced stays in its company. Retire it and "
                    "add the user in the other company."
                )
            )
        moved = {"org_id", "server_id", "mail_file", "zoho_user_id"} & vals.keys()
        if "server_id" in vals and "notes_password" not in vals:
            # Assigning to the field hands the record itself over.
            self._leave_server(getattr(vals["server_id"], "id", vals["server_id"]))
        result = super().write(vals)
        if {"state", "company_id"} & vals.keys():
            now_seated = self.filtered(lambda account: account.state in SEATED)
            more = now_seated if "company_id" in vals else now_seated - seated
            more._check_seats()
        if moved:
            self._request_run()
        if vals.get("state") in AT_REST:
            self._settle()
        return result

    def _leave_server(self, number) -> None:
        """A password is for the server it was entered for, and is sent to no other."""
        leaving = self.sudo().filtered(
            lambda a: a.notes_password_cipher and a.server_id.id != number
        )
        leaving._forget_secrets()
        leaving.filtered(lambda a: a.state in ("connected", "error")).write(
            {"state": "draft"}
        )

    def _check_seats(self):
        """:raises UserError: there are too few for these, which are new."""
        for company, accounts in self.grouped("company_id").items():
            self.env["notes.zoho.license"]._check_seats(company, len(accounts))

    def _give_app(self):
        """Who gets a seat needs the app; nothing else comes with its group."""
        group = self.env.ref("notes_zoho_sync.group_user")
        new = self.sudo().user_id.filtered(lambda user: group not in user.all_group_ids)
        new.write({"group_ids": [(4, group.id)]})

    @api.model
    def _seat_users(self, users, org):
        """Give each of these users a seat in the present company, or none of them.

        Who was retired comes back with links and history.

        :returns: their accounts. :raises UserError: there are too few seats.
        """
        company = self.env.company
        self.env["notes.zoho.license"]._check_free(company, len(users))
        retired = self.search(
            [
                ("company_id", "=", company.id),
                ("user_id", "in", users.ids),
                ("state", "=", "retired"),
            ],
            order="id",
        )
        # Of several accounts of one person, the newest.
        back = self.browse({a.user_id: a.id for a in retired}.values())
        back.action_reactivate()
        return back + self.create(
            [
                {"user_id": user.id, "org_id": org.id, "company_id": company.id}
                for user in users - back.user_id
            ]
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_synced(self):
        for account in self:
            if account.sudo().run_ids:
                raise UserError(
                    self.env._(
                        "%(user)s has synced already, so the account cannot be "
                        "removed. Retire it: that frees the seat and keeps the "
                        "history.",
                        user=account.display_name,
                    )
                )

    # -- who may act -----------------------------

    def _check_may_act(self):
        """Own account, or an administrator's rights on it.

        :raises AccessError: neither.
        """
        if self.env.su:
            return
        user = self.env.user
        if not user.has_group("notes_zoho_sync.group_user"):
            raise AccessError(self.env._("You may not use IBM Notes Sync."))
        own = self.browse(self.sudo().filtered(lambda a: a.user_id == user).ids)
        own.check_access("read")
        if others := self - own:
            others.check_access("write")

    def action_pause(self):
        self._check_may_act()
        wrong = self.sudo().filtered(lambda a: a.state not in ("connected", "error"))
        if wrong:
            raise UserError(self.env._("Only a connected account can be paused."))
        self.sudo().write({"state": "paused", "run_requested": False})
        return True

    def action_resume(self):
        self._check_may_act()
        for account in self.sudo():
            if account.state != "paused":
                raise UserError(self.env._("The account is not paused."))
            if not account.user_id.active:
                raise UserError(self.env._("The user is archived in Odoo."))
            ready = account.server_id and account.notes_password_cipher
            account.write({"state": "connected" if ready else "draft", "error": False})
            account._request_run()
        return True

    def action_retire(self):
        """Pause for good: frees the seat, keeps the history. Administrators only."""
        self.check_access("write")
        self.sudo()._forget_secrets()
        self.sudo().write(
            {"state": "retired", "run_requested": False, "next_run": False}
        )
        return True

    def action_reactivate(self):
        """Take a retired account into use again, which needs a seat."""
        self.check_access("write")
        if any(account.state != "retired" for account in self):
            raise UserError(self.env._("The account is not retired."))
        self.sudo().write({"state": "draft"})
        self._give_app()
        self.sudo()._list_again()  # the feed has passed it by meanwhile
        return True

    def action_take_over(self):
        """Treat another installation's records in the mail file as our own."""
        self.check_access("write")
        for account in self.sudo().filtered("foreign_installation"):
            known = account.accepted_installations or []
            account.write(
                {
                    "accepted_installations": [*known, account.foreign_installation],
                    "foreign_installation": False,
                    "error": False,
                }
            )
            account._request_run()
        return True

    # -- connecting -----------------------------

    @api.model
    def _own(self):
        """The present user's account in the present company, if there is one."""
        return self.sudo().search(
            [
                ("user_id", "=", self.env.uid),
                ("company_id", "=", self.env.company.id),
                ("state", "!=", "retired"),
            ],
            limit=1,
        )

    @api.model
    def action_open_app(self):
        """What the app's menu leads to."""
        return self.env["ir.actions.client"]._for_xml_id(
            "notes_zoho_sync.action_sync_page"
        )

    @api.private
    def connect_notes(self, server, username: str, password: str):
        """Check name and password with the server; store them if all is well.

        Only an administrator moves an account to another server or mail file; the
        first connection takes the server named and the mail file that it says.

        :param server: a listed server.
        :returns: the diagnosis; nothing was stored unless it is ``ok``.
        :raises UserError: the server is another than the account's.
        :raises Misconfigured: the server's record is unusable.
        """
        self.ensure_one()
        self._check_may_act()
        account = self.sudo()
        if account.state == "retired":
            raise UserError(self.env._("The account is retired."))
        if account.server_id and account.server_id != server:
            raise UserError(
                self.env._(
                    "This account belongs to the server %(server)s. Ask an "
                    "administrator to change it.",
                    server=account.server_id.name,
                )
            )
        diagnosis = connect.diagnose(
            server,
            username,
            password,
            account.mail_file or "",
            account._synced_kinds(),
        )
        if diagnosis.ok:
            account._store_connection(server, username, password, diagnosis)
        return diagnosis

    def _store_connection(self, server, username, password, diagnosis) -> None:
        """Keep what the check has proved; a paused account stays paused."""
        self.ensure_one()
        self.write(
            {
                "server_id": server.id,
                "notes_username": username,
                "notes_password": password,
                "notes_auth_mode": diagnosis.auth_mode or False,
                "notes_features": diagnosis.features or False,
                "mail_file": self.mail_file or diagnosis.mail_file,
                "state": "paused" if self.state == "paused" else "connected",
                "error": False,
                "sign_in_failed": False,
            }
        )
        self._settle("sign_in")
        self._request_run()

    def action_change_password(self):
        self._check_may_act()
        return self._dialog("notes.zoho.connect", self.env._("Change password"))

    def action_sync_settings(self):
        self._check_may_act()
        return self._dialog("notes.zoho.sync.settings", self.env._("Sync settings"))

    def _dialog(self, model: str, name: str):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_account_id": self.id},
        }

    @api.model
    def action_manage_users(self):
        """The dialog in which administrators add, retire and remove users."""
        self.check_access("create")
        return self.env["notes.zoho.manage.users"]._opened()

    def action_propose_zoho_user(self):
        """Take the Zoho users with the accounts' e-mail addresses."""
        self.check_access("write")
        for org, accounts in self.grouped("org_id").items():
            users = connect.zoho_users(org)
            for account, (user, why) in accounts._zoho_proposals(users).items():
                if user is None:
                    raise UserError(why)
                account._take_zoho_user(user.id, user.email, user.time_zone)
        return True

    def _zoho_proposals(self, users) -> dict:
        """Which of Zoho's users these accounts' people are, by e-mail address.

        :param users: the active users of the accounts' organisation.
        :returns: account to Zoho's user and an empty text, or to ``None`` and why.
        """
        found = defaultdict(list)
        for user in users:
            found[user.email.strip().casefold()].append(user)
        others = self.sudo().search(
            [
                ("org_id", "in", self.org_id.ids),
                ("zoho_user_id", "!=", False),
                ("state", "!=", "retired"),
                ("id", "not in", self.ids),
            ]
        )
        taken = {other.zoho_user_id: other.display_name for other in others}
        proposals = {}
        for account in self:
            email = account.zoho_user_email or account.user_id.email or ""
            same = found[email.strip().casefold()] if email else []
            why = account._why_no_proposal(email, same, taken)
            proposals[account] = (None, why) if why else (same[0], "")
            if not why:
                taken[same[0].id] = account.display_name
        return proposals

    def _why_no_proposal(self, email: str, same: list, taken: dict) -> str:
        """In words; empty when the address tells who it is."""
        if not email:
            return self.env._(
                "%(user)s has no e-mail address in Odoo, so nobody can be proposed. "
                "Choose the Zoho user under Manage users.",
                user=self.display_name,
            )
        if not same:
            return self.env._(
                "Zoho CRM has no active user with the e-mail address %(email)s. Enter "
                "the address that %(user)s has there, or choose the Zoho user under "
                "Manage users.",
                email=email,
                user=self.display_name,
            )
        if len(same) > 1:
            return self.env._(
                "Zoho CRM has several active users with the e-mail address %(email)s: "
                "%(names)s. Choose the right one under Manage users.",
                email=email,
                names=", ".join(user.name for user in same),
            )
        if same[0].id in taken:
            return self.env._(
                "The Zoho user with the e-mail address %(email)s belongs to the "
                "account of %(other)s. Choose another one under Manage users.",
                email=email,
                other=taken[same[0].id],
            )
        return ""

    def _take_zoho_user(self, number: str, email: str, tz: str) -> None:
        """Whose records the account syncs; days are those of that person's zone
        before the first run."""
        self.ensure_one()
        values = {"zoho_user_id": number, "zoho_user_email": email}
        zones = dict(self._fields["tz"]._description_selection(self.env))
        if tz in zones and not self.sudo().run_ids:
            values["tz"] = tz
        self.write(values)

    # -- what the engine is given -----------------------------

    @api.model
    def _installation(self) -> str:
        """This installation's own number."""
        return self.env["ir.config_parameter"].sudo().get_param(INSTALLATION) or ""

    def _synced_kinds(self) -> tuple[str, ...]:
        """Kinds whose switch is on, in run order."""
        self.ensure_one()
        return tuple(kind for kind, switch in SWITCHES.items() if self[switch])

    def _window(self, now: datetime) -> Window | None:
        """The stretch of time whose events are synced on the day of ``now`` (UTC);
        ``None`` when no events are."""
        if not self.sync_events:
            return None
        return window_for(
            self.event_range, now, connect.zone(self), self.days_back, self.days_ahead
        )

    def _engine_settings(self, now: datetime | None = None) -> AccountSettings:
        """The account's settings as the engine needs them.

        :param now: instant (UTC) at which the run began: all its slices have one
            window.
        """
        self.ensure_one()
        return AccountSettings(
            zoho_user=self.zoho_user_id,
            zgid=self.org_id.zgid or "",
            integration_user=self.org_id.zoho_user_id or "",
            installation=self._installation(),
            source=f"{self.server_id.id}:{(self.mail_file or '').lower()}",
            kinds=self._synced_kinds(),
            direction=self.direction,
            policy=self.conflict_policy,
            accepted=frozenset(self.accepted_installations or ()),
            window=self._window(now or datetime.now(UTC)),
            bins_private=self.bins_private,
        )

    def _engine_kinds(self):
        """Kind name to kind, whatever the switches say: links of each are known."""
        # The company's own country is computed, by several queries.
        region = self.company_id.partner_id.country_id.code or ""
        return {
            "contact": contact_kind(region),
            "task": task_kind(),
            "event": event_kind(),
        }

    # -- the button -----------------------------

    def action_start_sync(self):
        """Settings the first time; then a run in the background."""
        self.ensure_one()
        self._check_may_act()
        account = self.sudo()
        account._check_ready()
        if not account.settings_chosen:
            return self.action_sync_settings()
        account._request_run()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("The sync starts"),
                "message": self.env._("It goes on in the background."),
                "type": "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _check_ready(self):
        """:raises UserError: what is missing before this account can sync."""
        self.ensure_one()
        reason = False
        if self.state == "paused":
            reason = self.env._("The account is paused. Resume it first.")
        elif self.state not in ("connected", "error"):
            reason = self.env._("The account is not connected with IBM Notes yet.")
        elif self.org_id.state == "draft":
            reason = self.env._(
                "Zoho CRM is not connected yet. An administrator does that under "
                "Configuration, Zoho organisations."
            )
        elif not self.zoho_user_id:
            reason = self.env._(
                "The account has no Zoho user yet. An administrator confirms it "
                "under Manage users."
            )
        elif not self.mail_file:
            reason = self.env._("The account has no mail file yet.")
        if reason:
            raise UserError(reason)

    def _request_run(self):
        """A person waits: the next free lane takes these accounts first.

        Not before somebody chose what is synced.
        """
        ready = self.sudo().filtered(
            lambda a: a.settings_chosen and a.state in ("connected", "error")
        )
        now = fields.Datetime.now()
        ready.write({"run_requested": now, "next_run": now})
        if ready:
            self._wake_lanes()

    def _wake_lanes(self, at=None):
        for name in ("cron_lane_1", "cron_lane_2"):
            cron = self.env.ref(f"notes_zoho_sync.{name}", raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger(at=at)

    def action_view_runs(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "notes_zoho_sync.action_run"
        )
        return {**action, "domain": [("account_id", "=", self.id)]}

    def action_view_links(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "notes_zoho_sync.action_link"
        )
        return {**action, "domain": [("account_id", "=", self.id)]}

    @api.model
    def _cron_daily(self):
        """What needs a look once a day: licences that end, people who left Zoho."""
        if self.env["ir.config_parameter"].sudo().get_param("database.is_neutralized"):
            return
        self._check_licenses()
        for org in (
            self.env["notes.zoho.org"].sudo().search([("state", "=", "connected")])
        ):
            self._pause_inactive(org)

    def _pause_inactive(self, org):
        """Accounts whose Zoho user is no longer active cannot own records."""
        accounts = self.sudo().search(
            [
                ("org_id", "=", org.id),
                ("state", "in", ("connected", "error")),
                ("zoho_user_id", "!=", False),
            ]
        )
        if not accounts:
            return
        try:
            active = {user.id for user in connect.zoho_users(org)}
        except UserError as error:
            _logger.info("The users of %s could not be looked at: %s", org.id, error)
            return
        accounts.filtered(lambda a: a.zoho_user_id not in active).write(
            {
                "state": "paused",
                "error": reason("zoho_user_inactive").to_json(),
            }
        )

    @api.model
    def _check_licenses(self):
        """Licences that end: warn 30 and 7 days before; then all accounts pause."""
        today = fields.Date.today()
        licenses = self.env["notes.zoho.license"].sudo()
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            accounts = self.sudo().search(
                [("company_id", "=", company.id), ("state", "in", SEATED)]
            )
            if not accounts:
                continue
            valid = licenses._valid(company)
            if not valid:
                accounts.filtered(lambda a: a.state != "draft").write(
                    {
                        "state": "paused",
                        "error": reason("license_ended").to_json(),
                    }
                )
                continue
            ends = valid.mapped("valid_until")
            left = max(ends) - today if all(ends) else timedelta.max
            accounts.org_id[:1]._warn_of_end(left)
