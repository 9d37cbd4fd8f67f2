from odoo import api, fields, models
from odoo.exceptions import UserError

from ..services.records import contact_kind, event_kind, task_kind
from ..services.sync import person
from .link import KINDS, SIDES, reason_text
from .run import OUTCOMES

UNITS = {kind.name: kind.units for kind in (contact_kind(), task_kind(), event_kind())}


def _words(value) -> str:
    """Plain JSON of a value as a person reads it; empty parts are left out."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return ", ".join(filter(None, map(_words, value)))
    return "" if value is None or value is False else str(value)


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
    reason_code = fields.Char()
    reason = fields.Json()
    reason_text = fields.Char("Why", compute="_compute_texts")
    remarks = fields.Json()
    remark_text = fields.Text("Left out", compute="_compute_texts")
    lost_values = fields.Json()
    values_text = fields.Text("Values", compute="_compute_texts")
    moment = fields.Datetime("Time", required=True)
    can_retry = fields.Boolean(compute="_compute_acts")
    can_confirm = fields.Boolean(compute="_compute_acts")
    can_dismiss = fields.Boolean(compute="_compute_acts")
    can_restore = fields.Boolean(compute="_compute_acts")
    can_link = fields.Boolean(compute="_compute_acts")
    can_create_apart = fields.Boolean(compute="_compute_acts")

    _notes_key_idx = models.Index("(account_id, notes_key) WHERE link_id IS NULL")
    _zoho_id_idx = models.Index("(account_id, zoho_id) WHERE link_id IS NULL")
    _guard_idx = models.Index(
        "(account_id, kind, target, moment) WHERE outcome = 'deleted'"
    )

    @api.depends("reason", "remarks", "lost_values")
    def _compute_texts(self):
        for entry in self:
            entry.reason_text = reason_text(entry.reason)
            entry.remark_text = "\n".join(
                text for data in entry.remarks or [] if (text := reason_text(data))
            )
            labels = {name: unit.label for name, unit in UNITS[entry.kind].items()}
            entry.values_text = "\n".join(
                self._unit_text(labels.get(unit, unit), sides)
                for unit, sides in (entry.lost_values or {}).items()
            )

    def _unit_text(self, label: str, sides: dict) -> str:
        """A line on what became of a unit's values."""
        lost = _words(sides.get("lost")) or self.env._("(empty)")
        if "kept" not in sides:
            return self.env._("%(unit)s: %(lost)s", unit=label, lost=lost)
        return self.env._(
            "%(unit)s: %(kept)s stands, %(lost)s is lost",
            unit=label,
            kept=_words(sides["kept"]) or self.env._("(empty)"),
            lost=lost,
        )

    @api.depends(
        "outcome",
        "trigger",
        "lost_values",
        "reason_code",
        "link_id.state",
        "link_id.held",
        "link_id.confirmed",
        "link_id.half",
    )
    def _compute_acts(self):
        """Which of a person's acts make sense, as far as the record is known."""
        for entry in self:
            link = entry.sudo().link_id
            told = bool(link) and entry.trigger != "preview"
            waits = told and entry.outcome == "held" and link.held
            left_out = told and entry.outcome in ("failed", "skipped")
            entry.can_retry = left_out
            entry.can_confirm = waits and not link.confirmed
            # Nothing vanished where new records are held.
            entry.can_dismiss = waits and entry.reason_code != "held_creates"
            entry.can_restore = told and not entry._why_not_restored()
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
        """Bring back what vanished."""
        links = self._links().filtered("held")
        links._decide(
            lambda link, account: person.dismiss(link, account._engine_settings())
        )
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
        return True

    # -- ambiguous records -----------------------------

    def action_link_to(self):
        """Choose which record of the other side is the same."""
        self.ensure_one()
        return self._links().with_env(self.env).action_link_to()

    def action_create_apart(self):
        """Make counterparts of their own."""
        return self._links().with_env(self.env).action_create_apart()
