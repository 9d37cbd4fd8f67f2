"""What the Sync page shows and what happens there."""

import time
from collections.abc import Callable
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..services.errors import SyncError
from . import connect
from .account import SWITCHES
from .license import SEATED
from .run import OUTCOMES
from .words import say

#: Runs in the page's graph.
RECENT = 14
#: How long a decided conflict is worth a look.
CONFLICTS = timedelta(days=7)
#: Messages of one run are that far apart at least (seconds).
PACE = 1.0
MESSAGE = "notes_zoho_sync/progress"
#: Part of the channel on which administrators of a company hear of its accounts.
CHANNEL = "notes_zoho_sync"


def check_lines(env, diagnosis) -> list[dict]:
    """The steps of a DAS check, in words."""
    return [
        {
            "label": say(env, check.label),
            "outcome": check.outcome,
            "detail": say(env, check.reason),
            "advice": say(env, check.advice),
        }
        for check in diagnosis.checks
    ]


def tree(counters) -> dict:
    """Kind, target and outcome to number.

    :param counters: rows of these four.
    """
    found: dict = {}
    for kind, target, outcome, number in counters:
        found.setdefault(kind, {}).setdefault(target, {})[outcome] = number
    return found


class Account(models.Model):
    _inherit = "notes.zoho.account"  # pylint: disable=consider-merging-classes-inherited

    # -- what browsers are told -----------------------------

    def _tell(self, message: dict) -> None:
        """To the account's person and the company's administrators, after commit."""
        self.ensure_one()
        bus = self.env["bus.bus"].sudo()
        bus._sendone(self.user_id.partner_id, MESSAGE, message)
        bus._sendone((self.company_id, CHANNEL), MESSAGE, message)

    def _tell_run(self, run) -> None:
        """How far a run is, with the next commit: numbers only, nothing of records."""
        counters = self.env.execute_query(
            SQL(
                "SELECT kind, target, outcome, number FROM notes_zoho_run_counter "
                "WHERE run_id = %s",
                run.id,
            )
        )
        message = {
            "account": self.id,
            "run": run.id,
            "state": run.state,
            "counters": tree(counters),
        }
        self._tell(message)

    def _telling_commit(self, run) -> Callable[[], None]:
        """The commit of a run's store, which now and then tells how far the run is."""
        told = time.monotonic()

        def commit() -> None:
            nonlocal told
            if time.monotonic() - told >= PACE:
                told = time.monotonic()
                self._tell_run(run)
            self._commit()

        return commit

    # -- what the page shows -----------------------------

    @api.model
    def sync_page_data(self) -> dict:
        """All that the Sync page shows to the present user, in one answer.

        How many queries it takes does not depend on how much there is. Instants are
        strings in UTC as everywhere in Odoo's answers.

        :raises AccessError: no user of the app.
        """
        user = self.env.user
        if not user.has_group("notes_zoho_sync.group_user"):
            raise AccessError(self.env._("You may not use IBM Notes Sync."))
        admin = user.has_group("notes_zoho_sync.group_admin")
        account = self._own()
        company = self.env.company
        data = {
            "admin": admin,
            "meetings": self._meetings_are_there(),
            "neutralized": self._is_neutralized(),
            "kinds": self._kind_labels(),
            "outcomes": self._labels("notes.zoho.run.entry", "outcome", OUTCOMES),
            "account": account._page_account() if account else False,
            "attention": account._page_attention(admin) if account else [],
            "run": False,
            "progress": False,
            "recent": [],
        }
        if account:
            data.update(account._page_runs())
        if not account or account.state == "draft":
            servers = self.env["notes.zoho.domino.server"].sudo()
            data["servers"] = servers.search(
                [("company_id", "=", company.id)], order="name"
            ).mapped("name")
            data["ask"] = [] if account or admin else self._administrators(company)
        if admin:
            data.update(self._page_company(company, account))
        return data

    @api.model
    def _meetings_are_there(self) -> bool:
        name = "notes.zoho.meeting"
        return name in self.env and self.env[name].has_access("read")

    @api.model
    def _kind_labels(self) -> list:
        """Code and name of the kinds in the plural, in run order."""
        names = self.fields_get(SWITCHES.values(), ["string"])
        return [[kind, names[switch]["string"]] for kind, switch in SWITCHES.items()]

    @api.model
    def _labels(self, model, name, order) -> list:
        """Code and label of a selection, in the user's language."""
        labels = dict(self.env[model]._fields[name]._description_selection(self.env))
        return [[code, labels[code]] for code, _label in order]

    def _label(self, name) -> str:
        field = self._fields[name]
        return dict(field._description_selection(self.env)).get(self[name], "")

    @api.model
    def _administrators(self, company) -> list[str]:
        """Names of those who can give a seat."""
        group = self.env.ref("notes_zoho_sync.group_admin").sudo()
        return group.all_user_ids.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        ).mapped("name")[:5]

    def _page_account(self) -> dict:
        linked = dict(
            self.env["notes.zoho.link"]
            .sudo()
            ._read_group(
                [("account_id", "=", self.id), ("state", "=", "linked")],
                ["kind"],
                ["__count"],
            )
        )
        try:
            self._check_ready()
            obstacle = False
        except UserError as error:
            obstacle = str(error)
        return {
            "id": self.id,
            "name": self.user_id.name,
            "state": self.state,
            "state_label": self._label("state"),
            "server": self.server_id.name or False,
            "username": self.notes_username or False,
            "direction": self.direction,
            "direction_label": self._label("direction"),
            "policy_label": self._label("conflict_policy"),
            "settings_chosen": self.settings_chosen,
            "kinds": list(self._synced_kinds()),
            "linked": linked,
            "obstacle": obstacle,
            "requested": bool(self.run_requested),
            "next_run": fields.Datetime.to_string(self.next_run) or False,
        }

    def _page_runs(self) -> dict:
        """The run at work, the last one, and the recent ones with their numbers."""
        runs = self.env["notes.zoho.run"].sudo()
        runs = runs.search(
            [("account_id", "=", self.id), ("trigger", "!=", "preview")],
            limit=RECENT,
        )
        runs.counter_ids.fetch(["run_id", "kind", "target", "outcome", "number"])
        at_work = runs.filtered(lambda run: run.state == "running")
        ended = runs - at_work
        found: dict = {"recent": [run._page_summary() for run in reversed(ended)]}
        if at_work:
            counters = at_work[:1].counters or {}
            found["progress"] = {"id": at_work[:1].id, "counters": counters}
        if ended:
            found["run"] = ended[0]._page_result()
        return found

    # -- what needs a person -----------------------------

    def _page_attention(self, admin: bool) -> list[dict]:
        """What needs a person, most pressing first; each with at most one act.

        ``act``: ``password``, ``org``, ``account``, ``held``, ``failed``,
        ``conflicts`` or empty; ``id``: of the record that the act opens.
        """
        found = [*self._page_obstacles(admin), *self._page_records()]
        return [{"act": "", "id": 0, **each} for each in found]

    def _page_obstacles(self, admin: bool) -> list[dict]:
        org = self.org_id
        if self.state == "draft":
            return []
        found = []
        if org.state != "connected":
            text = org.error_message or self.env._("Zoho CRM is not connected.")
            if not admin:
                text = self.env._(
                    "Zoho CRM has to be connected again; an administrator does that."
                )
            found.append(
                {
                    "level": "danger",
                    "title": self.env._("Connection with Zoho CRM"),
                    "text": text,
                    **({"act": "org", "id": org.id} if admin else {}),
                }
            )
        if self.foreign_installation:
            act = {"act": "account", "id": self.id} if admin else {}
            title = self.env._("Another installation")
        elif self.state == "error" or self.sign_in_failed:
            act = {"act": "password"}
            title = self.env._("Sign-in to IBM Notes")
        else:
            act = {}
            title = self.env._("Last problem")
        if self.error_message and self.error_message != org.error_message:
            level = "danger" if self.state == "error" else "warning"
            text = self.error_message
            found.append({"level": level, "title": title, "text": text, **act})
        return found

    def _page_records(self) -> list[dict]:
        links = self.env["notes.zoho.link"].sudo()
        runs = self.env["notes.zoho.run"].sudo()
        mine = [("account_id", "=", self.id)]
        real = [*mine, ("trigger", "!=", "preview")]
        held = links.search_count(self._waiting())
        failed = links.search_count([*mine, ("state", "=", "failed")])
        entries = self.env["notes.zoho.run.entry"].sudo()
        # The same that the filters of the list show, to which the button leads.
        conflicts = entries.search_count(
            [
                *real,
                ("outcome", "=", "conflict"),
                ("decision", "=", False),
                ("moment", ">=", fields.Datetime.now() - CONFLICTS),
            ]
        )
        found = []
        if held:
            run = runs.search([*real, ("state", "=", "held")], limit=1)
            found.append(
                {
                    "level": "warning",
                    "title": self.env._("Held back"),
                    "text": self.env._(
                        "%(count)s changes wait until you confirm or dismiss them. "
                        "%(reasons)s",
                        count=held,
                        reasons=" ".join(say(self.env, w) for w in self._why_held()),
                    ),
                    "act": "held",
                    "id": run.id or 0,
                }
            )
        if failed:
            found.append(
                {
                    "level": "warning",
                    "title": self.env._("Refused"),
                    "text": self.env._(
                        "%(count)s records could not be synced.", count=failed
                    ),
                    "act": "failed",
                }
            )
        if conflicts:
            found.append(
                {
                    "level": "info",
                    "title": self.env._("Conflicts"),
                    "text": self.env._(
                        "%(count)s in the last 7 days, decided as the settings say; "
                        "what lost can be restored.",
                        count=conflicts,
                    ),
                    "act": "conflicts",
                }
            )
        return found

    # -- for administrators -----------------------------

    @api.model
    def _page_company(self, company, account) -> dict:
        """Seats, everybody's state and what is still to be set up."""
        states = dict(
            self.sudo()._read_group(
                [("company_id", "=", company.id)], ["state"], ["__count"]
            )
        )
        licenses = self.env["notes.zoho.license"]._valid(company)
        orgs = self.env["notes.zoho.org"].sudo()
        org = orgs.search([("company_id", "=", company.id)], order="id", limit=1)
        connected = orgs.search_count(
            [("company_id", "=", company.id), ("state", "=", "connected")], limit=1
        )
        servers = self.env["notes.zoho.domino.server"].sudo()
        others = [
            ("company_id", "=", company.id),
            ("user_id", "!=", self.env.uid),
            ("state", "!=", "retired"),
        ]
        return {
            "people": [
                [state, label, states.get(state, 0)]
                for state, label in self._fields["state"]._description_selection(
                    self.env
                )
            ],
            "seats": {
                "taken": sum(states.get(state, 0) for state in SEATED),
                "bought": sum(licenses.mapped("seats")),
            },
            "org": org.id or False,
            "checklist": [
                ["org", bool(connected)],
                [
                    "server",
                    bool(
                        servers.search_count([("company_id", "=", company.id)], limit=1)
                    ),
                ],
                ["license", bool(licenses)],
                ["users", bool(self.sudo().search_count(others, limit=1))],
                ["self", bool(account) and account.state != "draft"],
            ],
        }

    # -- what happens on the page -----------------------------

    @api.model
    def sync_page_connect(self, server: str, username: str, password: str) -> dict:
        """The authentication page's *Submit*: check, then store.

        :returns: ``ok``; ``message`` when not; ``checks``, the DAS check's lines.
        """
        dialog = self.env["notes.zoho.connect"].create(
            {"server_name": server, "username": username, "password": password}
        )
        dialog.action_submit()
        return {
            "ok": not dialog.failed,
            "message": dialog.message or False,
            "checks": [
                {
                    "label": line.name,
                    "outcome": line.outcome,
                    "detail": line.detail or "",
                    "advice": line.advice or "",
                }
                for line in dialog.check_ids
            ],
        }

    def action_das_check(self) -> dict:
        """Check server, sign-in and mail file with what is stored; changes nothing.

        :returns: ``ok``, ``message`` and ``checks`` as ``sync_page_connect``.
        """
        self.ensure_one()
        self._check_may_act()
        account = self.sudo()
        if not (account.server_id and account.notes_password_cipher):
            raise UserError(
                self.env._("The account is not connected with IBM Notes yet.")
            )
        try:
            diagnosis = connect.diagnose(
                account.server_id,
                account.notes_username,
                account._get_secret("notes_password"),
                account.mail_file or "",
                account._synced_kinds(),
            )
        except SyncError as error:
            return {"ok": False, "message": say(self.env, error.reason), "checks": []}
        return {
            "ok": diagnosis.ok,
            "message": False,
            "checks": check_lines(self.env, diagnosis),
        }


class Run(models.Model):
    _inherit = "notes.zoho.run"

    def _page_summary(self) -> dict:
        """A bar of the page's graph."""
        return {
            "id": self.id,
            "started": fields.Datetime.to_string(self.started),
            "state": self.state,
            "state_label": dict(self._fields["state"]._description_selection(self.env))[
                self.state
            ],
            "changed": self.created + self.updated + self.deleted,
            "trouble": self.conflicts + self.failed + self.held,
        }

    def _page_result(self) -> dict:
        """What the last run did."""
        return {
            **self._page_summary(),
            "finished": fields.Datetime.to_string(self.finished) or False,
            "message": self.message or False,
            "counters": self.counters or {},
        }
