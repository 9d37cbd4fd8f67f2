from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from .link import KINDS, SIDES
from .words import reason_text

KEEP = timedelta(days=90)
#: Runs that did nothing tell nothing after a while.
KEEP_IDLE = timedelta(days=7)
GC_LIMIT = 10_000

TRIGGERS = [
    ("manual", "A person"),
    ("cron", "The schedule"),
    ("preview", "Preview"),
]
OUTCOMES = [
    ("created", "Created"),
    ("updated", "Updated"),
    ("deleted", "Deleted"),
    ("skipped", "Skipped"),
    ("conflict", "Conflict"),
    ("failed", "Failed"),
    ("held", "Held"),
]


class Run(models.Model):
    """One run of one account."""

    _name = "notes.zoho.run"
    _description = "Sync Run"
    _order = "id desc"

    account_id = fields.Many2one(
        "notes.zoho.account", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade"
    )
    trigger = fields.Selection(TRIGGERS, required=True, default="manual")
    state = fields.Selection(
        [
            ("running", "Running"),
            ("done", "Done"),
            ("partial", "Done in part"),
            ("failed", "Failed"),
            ("held", "Waits for a decision"),
        ],
        required=True,
        default="running",
    )
    started = fields.Datetime(required=True, default=fields.Datetime.now)
    finished = fields.Datetime()
    reasons = fields.Json()
    message = fields.Char(compute="_compute_message")
    progress = fields.Json()
    entry_ids = fields.One2many("notes.zoho.run.entry", "run_id")
    counter_ids = fields.One2many("notes.zoho.run.counter", "run_id")
    counters = fields.Json(
        compute="_compute_counters", help="kind, target and outcome to number"
    )
    created = fields.Integer(compute="_compute_counters")
    updated = fields.Integer(compute="_compute_counters")
    deleted = fields.Integer(compute="_compute_counters")
    skipped = fields.Integer(compute="_compute_counters")
    conflicts = fields.Integer(compute="_compute_counters")
    failed = fields.Integer(compute="_compute_counters")
    held = fields.Integer(compute="_compute_counters")
    summary = fields.Char("What it did", compute="_compute_summary")
    waiting = fields.Integer(
        "Waiting for a decision",
        compute="_compute_waiting",
        help="Records that this run held back and nobody has decided about yet.",
    )

    _open_idx = models.UniqueIndex(
        "(account_id) WHERE state = 'running'",
        "A run of this account is open already.",
    )
    _started_idx = models.Index("(account_id, started DESC)")
    _preview_idx = models.Index("(id) WHERE trigger = 'preview'")

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_message(self):
        for run in self:
            run.message = reason_text(self.env, run.reasons)

    @api.depends("account_id", "started")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        for run in self:
            run.display_name = self.env._(
                "%(account)s, %(time)s",
                account=run.account_id.display_name,
                time=format_datetime(self.env, run.started, dt_format="short"),
            )

    @api.depends("counter_ids.number")
    def _compute_counters(self):
        for run in self:
            totals: dict[str, int] = defaultdict(int)
            tree: dict = {}
            for counter in run.counter_ids:
                targets = tree.setdefault(counter.kind, {})
                outcomes = targets.setdefault(counter.target, {})
                outcomes[counter.outcome] = counter.number
                totals[counter.outcome] += counter.number
            run.counters = tree
            for outcome, _label in OUTCOMES:
                name = "conflicts" if outcome == "conflict" else outcome
                run[name] = totals[outcome]

    @api.depends("counter_ids.number", "state", "trigger")
    @api.depends_context("lang")
    def _compute_summary(self):
        """Its numbers in one line."""
        outcomes = self.env["notes.zoho.run.counter"]._fields["outcome"]
        labels = outcomes._description_selection(self.env)
        for run in self:
            totals = [
                (label, run["conflicts" if outcome == "conflict" else outcome])
                for outcome, label in labels
            ]
            told = [f"{label}: {number}" for label, number in totals if number]
            run.summary = ", ".join(told) or self.env._("Nothing to do")

    @api.depends(
        "entry_ids.outcome", "entry_ids.link_id.held", "entry_ids.link_id.confirmed"
    )
    def _compute_waiting(self):
        entries = self.env["notes.zoho.run.entry"].sudo()
        waiting = dict(
            entries._read_group(
                Domain("run_id", "in", self.ids)
                & Domain("outcome", "=", "held")
                & Domain("link_id.held", "=", True)
                & Domain("link_id.confirmed", "=", False),
                ["run_id"],
                ["__count"],
            )
        )
        for run in self:
            run.waiting = waiting.get(run.sudo(), 0)

    def action_open_entries(self):
        """The records of this run, with search and groups."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "notes_zoho_sync.action_run_entry"
        )
        return {
            **action,
            "name": self.display_name,
            "domain": [("run_id", "=", self.id)],
            "context": {},
        }

    def action_confirm_held(self):
        """Let all held operations of this run happen."""
        return self.entry_ids.filtered("can_confirm").action_confirm()

    def action_dismiss_held(self):
        """Bring back all that vanished and is held in this run; new records stay where
        they are."""
        return self.entry_ids.filtered("can_dismiss").action_dismiss()

    @api.autovacuum
    def _gc_runs(self):
        """Old runs go with their entries; idle ones earlier; the last one stays."""
        now = fields.Datetime.now()
        old = Domain("state", "!=", "running") & (
            Domain("started", "<", now - KEEP)
            | (
                Domain("started", "<", now - KEEP_IDLE)
                & Domain("counter_ids", "=", False)
            )
        )
        runs = self.search(old, limit=GC_LIMIT, order="id")
        (runs - runs.account_id.last_run_id).unlink()
        return len(runs), len(runs) == GC_LIMIT


class RunCounter(models.Model):
    """How many records met one outcome in a run."""

    _name = "notes.zoho.run.counter"
    _description = "Sync Run Counter"
    _order = "kind, target, outcome"
    _log_access = False

    run_id = fields.Many2one("notes.zoho.run", required=True, ondelete="cascade")
    kind = fields.Selection(KINDS, required=True)
    target = fields.Selection(SIDES, "Written to", required=True)
    outcome = fields.Selection(OUTCOMES, required=True)
    number = fields.Integer(required=True)

    _counter_uniq = models.UniqueIndex("(run_id, kind, target, outcome)")
