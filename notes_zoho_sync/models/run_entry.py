from collections.abc import Mapping
from dataclasses import fields as parts_of
from dataclasses import is_dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_datetime

from ..services.records import contact_kind, event_kind, task_kind
from ..services.sync import person
from .link import KINDS, SIDES, reason_codes
from .run import OUTCOMES
from .store import naive
from .words import reason_text, say

UNITS = {kind.name: kind.units for kind in (contact_kind(), task_kind(), event_kind())}


def _words(env: api.Environment, value: Any) -> str:
    """A unit's value as a person reads it, in their language and time zone; empty
    parts are left out."""
    if isinstance(value, datetime):
        return format_datetime(env, naive(value), dt_format="short")
    if isinstance(value, date):
        return format_date(env, value)
    if is_dataclass(value):
        value = [
            getattr(value, part.name) for part in parts_of(value) if part.name != "ref"
        ]
    if isinstance(value, list | tuple):
        parts = (_words(env, part) for part in value)
        return ", ".join(dict.fromkeys(filter(None, parts)))
    return "" if value is None else str(value)


class RunEntry(models.Model):
    """What happened to one record in a run, and why."""

    _name = "notes.zoho.run.entry"
    _description = "Sync Run Entry"
    _rec_name = "title"
    _order = "id desc"
    _log_access = False

    run_id = fields.Many2one(
        "notes.zoho.run", required=True, index=True, ondelete="cascade"
    )
    trigger = fields.Selection(related="run_id.trigger")
    account_id = fields.Many2one(
        "notes.zoho.account", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    link_id = fields.Many2one("notes.zoho.link", index=True, ondelete="set null")
    # By these an entry is found whose link is forgotten, or was never stored: what a
    # private record was called must go from there too.
    notes_key = fields.Char()
    zoho_id = fields.Char()
    kind = fields.Selection(KINDS, required=True)
    outcome = fields.Selection(OUTCOMES, required=True)
    target = fields.Selection(SIDES, "Written to", required=True)
    title = fields.Char("Record")
    reason_code = fields.Selection(lambda self: reason_codes(self.env), "Reason")
    reason = fields.Json("Reason data")
    reason_text = fields.Char("Why", compute="_compute_texts")
    remarks = fields.Json()
    remark_text = fields.Text("Left out", compute="_compute_texts")
    lost_values = fields.Json()
    values_text = fields.Text("Values", compute="_compute_texts")
    values_html = fields.Html("What was lost", compute="_compute_texts", sanitize=False)
    moment = fields.Datetime("Time", required=True)
    sentence = fields.Char("What happened", compute="_compute_sentence")
    decision = fields.Selection(
        [("kept", "Kept as it is"), ("restored", "Brought back")],
        readonly=True,
        help="What somebody decided about the values that were lost.",
    )
    zoho_url = fields.Char(related="link_id.zoho_url")
    can_retry = fields.Boolean(compute="_compute_acts")
    can_send_again = fields.Boolean(compute="_compute_acts")
    can_keep = fields.Boolean(compute="_compute_acts")
    can_confirm = fields.Boolean(compute="_compute_acts")
    can_dismiss = fields.Boolean(compute="_compute_acts")
    can_restore = fields.Boolean(compute="_compute_acts")
    can_link = fields.Boolean(compute="_compute_acts")
    can_create_apart = fields.Boolean(compute="_compute_acts")

    _notes_key_idx = models.Index("(account_id, notes_key) WHERE link_id IS NULL")
    _zoho_id_idx = models.Index("(account_id, zoho_id) WHERE link_id IS NULL")
    _conflict_idx = models.Index("(account_id, moment) WHERE outcome = 'conflict'")
    _guard_idx = models.Index(
        "(account_id, kind, target, moment) WHERE outcome = 'deleted'"
    )

    @api.depends("reason", "remarks", "lost_values")
    @api.depends_context("lang", "tz")
    def _compute_texts(self):
        for entry in self:
            entry.reason_text = reason_text(self.env, entry.reason)
            entry.remark_text = "\n".join(
                text
                for data in entry.remarks or []
                if (text := reason_text(self.env, data))
            )
            rows = [
                entry._unit_words(name, sides)
                for name, sides in (entry.lost_values or {}).items()
            ]
            entry.values_text = "\n".join(map(self._unit_text, rows))
            entry.values_html = self._unit_table(rows) if rows else False

    def _unit_words(self, name: str, sides: Mapping[str, Any]) -> dict[str, str]:
        """``unit``, ``lost`` and, where one stands instead, ``kept``, in words."""
        unit = UNITS[self.kind].get(name)
        row = {"unit": say(self.env, unit.label) if unit else name}
        for side in ("kept", "lost"):
            if side in sides:
                value = unit.load(sides[side]) if unit else sides[side]
                row[side] = _words(self.env, value) or self.env._("(empty)")
        return row

    def _unit_text(self, row: dict[str, str]) -> str:
        """A line on what became of a unit's values."""
        if "kept" not in row:
            return self.env._("%(unit)s: %(lost)s", **row)
        return self.env._("%(unit)s: %(kept)s stands, %(lost)s is lost", **row)

    def _unit_table(self, rows: list[dict[str, str]]) -> Markup:
        """The same as a table."""
        sides = ["kept", "lost"] if any("kept" in row for row in rows) else ["lost"]
        names = {"kept": self.env._("Stands"), "lost": self.env._("Lost")}

        def line(tag: str, cells: list[str]) -> Markup:
            shape = Markup(f"<{tag}>%s</{tag}>")
            return Markup("<tr>%s</tr>") % Markup("").join(
                shape % cell for cell in cells
            )

        head = line("th", [self.env._("Field"), *(names[side] for side in sides)])
        body = Markup("").join(
            line("td", [row["unit"], *(row.get(side, "") for side in sides)])
            for row in rows
        )
        return Markup(
            '<div class="table-responsive"><table class="table table-sm '
            'text-break"><thead>%s</thead><tbody>%s</tbody></table></div>'
        ) % (head, body)

    @api.depends("title", "target", "outcome", "trigger", "reason")
    @api.depends_context("lang")
    def _compute_sentence(self):
        """What happened to the record, and why, as one reads it."""
        sides = dict(self._fields["target"]._description_selection(self.env))
        for entry in self:
            what = entry._what_happened(
                entry.title or self.env._("A record"), sides[entry.target]
            )
            why = reason_text(self.env, entry.reason)
            entry.sentence = (
                self.env._("%(what)s. %(why)s", what=what, why=why)
                if why
                else self.env._("%(what)s.", what=what)
            )

    def _what_happened(self, title: str, side: str) -> str:
        """The sentence without its reason and its full stop."""
        names = {"title": title, "side": side}
        match (self.outcome, self.trigger == "preview"):
            case ("created", False):
                return self.env._("%(title)s was made in %(side)s", **names)
            case ("created", True):
                return self.env._("%(title)s would be made in %(side)s", **names)
            case ("updated", False):
                return self.env._("%(title)s was changed in %(side)s", **names)
            case ("updated", True):
                return self.env._("%(title)s would be changed in %(side)s", **names)
            case ("deleted", False):
                return self.env._("%(title)s was deleted in %(side)s", **names)
            case ("deleted", True):
                return self.env._("%(title)s would be deleted in %(side)s", **names)
            case ("conflict", False):
                return self.env._("%(title)s was in conflict", **names)
            case ("conflict", True):
                return self.env._("%(title)s is in conflict", **names)
            case ("failed", False):
                return self.env._("%(title)s could not be written in %(side)s", **names)
            case ("failed", True):
                return self.env._("%(title)s cannot be written in %(side)s", **names)
            case ("held", _preview):
                return self.env._("%(title)s waits before it goes to %(side)s", **names)
        return self.env._("%(title)s was not carried to %(side)s", **names)

    @api.depends(
        "outcome",
        "trigger",
        "lost_values",
        "reason_code",
        "decision",
        "link_id.state",
        "link_id.held",
        "link_id.confirmed",
        "link_id.half",
        "link_id.can_retry",
        "link_id.can_send_again",
    )
    def _compute_acts(self):
        """Which of a person's acts make sense, as far as the record is known."""
        for entry in self:
            link = entry.sudo().link_id
            told = bool(link) and entry.trigger != "preview"
            waits = told and entry.outcome == "held" and link.held
            left_out = told and entry.outcome in ("failed", "skipped")
            open_conflict = told and entry.outcome == "conflict"
            entry.can_retry = (left_out or entry.outcome == "held") and (
                link.can_retry and not link.held
            )
            entry.can_send_again = (left_out or entry.outcome == "held") and (
                link.can_send_again
            )
            entry.can_confirm = waits and not link.confirmed
            entry.can_dismiss = waits
            entry.can_restore = (
                told and entry.decision != "restored" and not entry._why_not_restored()
            )
            entry.can_keep = open_conflict and not entry.decision
            entry.can_link = left_out and bool(link.half) and link.state == "failed"
            entry.can_create_apart = left_out and link.can_create_apart

    def _links(self):
        """The entries' links, for somebody who may act on their accounts.

        :raises UserError: nothing can be done with them any more, or yet.
        """
        for account in self.account_id:
            account._check_may_act()
        if any(entry.trigger == "preview" for entry in self):
            raise UserError(
                self.env._("A preview has done nothing yet. Sync, then decide.")
            )
        links = self.sudo().link_id
        if not links:
            raise UserError(self.env._("The record is no longer known."))
        return links

    def action_retry(self):
        """Try the records again in a run at once."""
        self._links()._decide(lambda link, account: person.retry(link))
        return True

    def action_confirm(self):
        """Let the held operations of exactly these records happen."""
        links = self._links().filtered("held")
        links._decide(lambda link, account: person.confirm(link))
        return True

    def action_dismiss(self):
        """Bring back what vanished; leave new records where they are."""
        links = self._links().filtered("held")
        links._decide(
            lambda link, account: person.dismiss(link, account._engine_settings())
        )
        return True

    def action_send_again(self):
        """Make counterparts anew for records that are left alone without one."""
        return self._links().with_env(self.env).action_send_again()

    def action_open_in_zoho(self):
        """The record's page in Zoho CRM."""
        self.ensure_one()
        link = self.link_id
        if not link:
            raise UserError(self.env._("The record is no longer known."))
        return link.action_open_in_zoho()

    def action_keep(self):
        """Let conflicts stand as they were decided, so that nobody is asked again."""
        for account in self.account_id:
            account._check_may_act()
        conflicts = self.sudo().filtered("can_keep")
        if not conflicts:
            raise UserError(self.env._("There is no conflict here to decide about."))
        conflicts.decision = "kept"
        return True

    # -- bringing back -----------------------------

    def _lost(self) -> dict:
        """Plain JSON of the values that were lost, by unit."""
        return {
            unit: sides["lost"]
            for unit, sides in (self.lost_values or {}).items()
            if "lost" in sides
        }

    def _why_not_restored(self) -> str | bool:
        """What keeps the lost values from coming back, in words."""
        link = self.sudo().link_id
        if not link:
            return self.env._(
                "The record is no longer known, so its values cannot be brought back."
            )
        if link.state == "private":
            return self.env._("The record is private; nothing of it is carried.")
        if not self._lost():
            return self.env._("No value was lost here.")
        if link.state == "closed":
            return self.env._(
                "The pair is left alone: %(reason)s", reason=link.reason_text
            )
        return False

    def action_restore(self):
        """Bring back the values that these entries tell of as lost, on both sides, and
        records that were deleted."""
        self._links()
        values: dict[int, dict] = {}
        for entry in self.sudo().sorted("id"):
            if why := entry._why_not_restored():
                raise UserError(why)
            values.setdefault(entry.link_id.id, {}).update(entry._lost())

        def act(link, account):
            kind = account._engine_kinds()[link.kind]
            person.restore(link, kind.load(values[link.id]))

        self.sudo().link_id._decide(act)
        self.sudo().decision = "restored"
        return True

    # -- ambiguous records -----------------------------

    def action_link_to(self):
        """Choose which record of the other side is the same."""
        self.ensure_one()
        return self._links().with_env(self.env).action_link_to()

    def action_create_apart(self):
        """Make counterparts of their own."""
        return self._links().with_env(self.env).action_create_apart()
