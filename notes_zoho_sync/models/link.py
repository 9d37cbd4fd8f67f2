import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..services.reasons import TEXTS, Reason
from ..services.records.identity import IDENTITY
from ..services.sync import person
from ..services.sync.link import Link as EngineLink
from ..services.sync.link import other
from ..services.sync.pairing import MAY_PAIR
from ..services.sync.settings import writes_to
from ..services.zoho.codec import MODULES
from ..services.zoho.datacenters import record_url
from .lock import session_lock
from .store import INSTANCE, LOADED, OdooStore
from .words import reason_text, say

KINDS = [("contact", "Contact"), ("task", "Task"), ("event", "Event")]
SIDES = [("notes", "IBM Notes"), ("zoho", "Zoho CRM")]
_KEYS = {"notes": "notes_key", "zoho": "zoho_id"}
_PRESENT_BY = ["notes_key", "zoho_id", "notes_gone", "zoho_gone"]
_HALF_BY = [
    f"{side}_{name}"
    for side, _ in SIDES
    for name in ("unread", "gone", "missing", "intent")
]


def _free(side: str) -> Domain:
    """Links of records that are on this side only and may get a counterpart: nothing
    of them is being read or written, and they are not on their way out."""
    return (
        (
            Domain("state", "in", ("new", "failed"))
            | (
                Domain("state", "=", "closed")
                & Domain("reason_code", "in", list(MAY_PAIR))
            )
        )
        & Domain(_KEYS[side], "!=", False)
        & Domain(_KEYS[other(side)], "=", False)
        & Domain(f"{side}_unread", "=", False)
        & Domain(f"{side}_gone", "=", False)
        & Domain(f"{side}_missing", "=", 0)
        & Domain("notes_intent", "=", False)
        & Domain("zoho_intent", "=", False)
    )


class Link(models.Model):
    """One pair of records of one account, or one side of a pair to be.

    The engine reads and writes it through ``store.OdooStore`` only.
    """

    _name = "notes.zoho.link"
    _description = "Pair of Records"
    _rec_name = "title"
    _order = "id desc"
    _check_company_auto = True

    account_id = fields.Many2one(
        "notes.zoho.account", required=True, ondelete="cascade", readonly=True
    )
    org_id = fields.Many2one(
        "notes.zoho.org", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", readonly=True
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    title = fields.Char("Record", readonly=True)
    state = fields.Selection(
        [
            ("new", "Seen"),
            ("linked", "Linked"),
            ("closed", "Left alone"),
            ("deleted", "Deleted"),
            ("private", "Private"),
            ("failed", "Refused"),
        ],
        required=True,
        readonly=True,
        default="new",
    )
    reason_code = fields.Selection(
        lambda self: reason_codes(self.env), "Why", readonly=True
    )
    reason = fields.Json("Reason data", readonly=True)
    reason_text = fields.Char("Reason", compute="_compute_reason_text")
    origin = fields.Selection(SIDES, "Born in", readonly=True)
    generation = fields.Integer(readonly=True, aggregator=None)
    dirty = fields.Boolean("To be decided", readonly=True)
    held = fields.Boolean(readonly=True)
    confirmed = fields.Boolean(readonly=True)
    pending = fields.Boolean("Edit not carried", readonly=True)
    wanted = fields.Json("To be restored", readonly=True)
    apart = fields.Boolean("No counterpart yet", readonly=True)
    claimed = fields.Boolean("Makes the CRM's event", readonly=True)
    deleted_at = fields.Datetime(readonly=True)
    entry_ids = fields.One2many("notes.zoho.run.entry", "link_id", "History")
    half = fields.Selection(
        SIDES,
        "Only in",
        compute="_compute_half",
        search="_search_half",
        help="The side of a record that has no counterpart and is free to get one.",
    )
    can_create_apart = fields.Boolean(compute="_compute_half")
    can_retry = fields.Boolean(compute="_compute_acts")
    can_send_again = fields.Boolean(compute="_compute_acts")
    zoho_url = fields.Char("Open in Zoho", compute="_compute_zoho_url")

    notes_key = fields.Char("Notes ID", readonly=True)
    notes_version = fields.Char(readonly=True)
    notes_stamp = fields.Char(readonly=True)
    notes_snapshot = fields.Json(readonly=True)
    notes_current = fields.Json(readonly=True)
    notes_locked = fields.Json(readonly=True)
    notes_intent = fields.Json(readonly=True)
    notes_unread = fields.Boolean(readonly=True)
    notes_missing = fields.Integer(readonly=True, aggregator=None)
    notes_gone = fields.Boolean(readonly=True)
    notes_told = fields.Json(readonly=True)
    notes_sync_key = fields.Char(readonly=True)
    notes_ours = fields.Boolean(readonly=True)
    notes_remarks = fields.Json(readonly=True)
    notes_organiser = fields.Char(readonly=True)

    zoho_id = fields.Char("Zoho ID", readonly=True)
    zoho_version = fields.Char(readonly=True)
    zoho_stamp = fields.Char(readonly=True)
    zoho_snapshot = fields.Json(readonly=True)
    zoho_current = fields.Json(readonly=True)
    zoho_locked = fields.Json(readonly=True)
    zoho_intent = fields.Json(readonly=True)
    zoho_unread = fields.Boolean(readonly=True)
    zoho_missing = fields.Integer(readonly=True, aggregator=None)
    zoho_gone = fields.Boolean(readonly=True)
    zoho_told = fields.Json(readonly=True)
    zoho_sync_key = fields.Char(readonly=True)
    zoho_ours = fields.Boolean(readonly=True)
    zoho_remarks = fields.Json(readonly=True)
    zoho_organiser = fields.Char(readonly=True)

    _notes_key_uniq = models.UniqueIndex(
        "(account_id, kind, notes_key) WHERE notes_key IS NOT NULL "
        "AND state <> 'closed'"
    )
    _zoho_id_uniq = models.UniqueIndex(
        "(org_id, kind, zoho_id) WHERE zoho_id IS NOT NULL AND state <> 'closed'"
    )
    _notes_key_idx = models.Index("(account_id, kind, notes_key)")
    _zoho_id_idx = models.Index("(org_id, kind, zoho_id)")
    _series_idx = models.Index(
        f"(account_id, regexp_replace(notes_key, '{INSTANCE}', '')) "
        "WHERE kind = 'event'"
    )
    _meeting_idx = models.Index("(org_id, notes_key) WHERE kind = 'event'")
    _claim_uniq = models.UniqueIndex("(org_id, notes_key) WHERE claimed")
    _account_idx = models.Index("(account_id, kind, id)")
    _dirty_idx = models.Index("(account_id, kind, id) WHERE dirty")
    _pending_idx = models.Index("(account_id, kind, id) WHERE pending")
    _held_idx = models.Index("(account_id, kind, id) WHERE held")
    _notes_unread_idx = models.Index("(account_id, kind, id) WHERE notes_unread")
    _zoho_unread_idx = models.Index("(account_id, kind, id) WHERE zoho_unread")
    _notes_intent_idx = models.Index(
        "(account_id, kind, id) WHERE notes_intent IS NOT NULL"
    )
    _zoho_intent_idx = models.Index(
        "(account_id, kind, id) WHERE zoho_intent IS NOT NULL"
    )
    _notes_gone_idx = models.Index("(account_id, kind, id) WHERE notes_gone")
    _zoho_gone_idx = models.Index("(account_id, kind, id) WHERE zoho_gone")
    _notes_missing_idx = models.Index("(account_id, kind, id) WHERE notes_missing > 0")
    _zoho_missing_idx = models.Index("(account_id, kind, id) WHERE zoho_missing > 0")
    _state_idx = models.Index("(account_id, kind, state, id)")

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        for link in self:
            link.reason_text = reason_text(self.env, link.reason)

    @api.depends("state", "reason_code", *_KEYS.values(), *_HALF_BY)
    def _compute_half(self):
        free = {side: self.filtered_domain(_free(side)) for side, _ in SIDES}
        for link in self:
            sides = [side for side, links in free.items() if link in links]
            link.half = sides[0] if sides else False
            link.can_create_apart = bool(sides) and link.reason_code == "ambiguous"

    @api.depends("state", "reason_code", "account_id.direction", *_PRESENT_BY)
    def _compute_acts(self):
        for link in self:
            code = link.reason_code
            link.can_retry = (
                link.state in ("new", "linked", "failed")
                or (link.state == "private" and bool(code))
                or (link.state == "closed" and code in person.DELETED_AFTER_ALL)
            )
            link.can_send_again = (
                link.state == "closed"
                and code in person.SENT_AGAIN
                and not link._why_not_sent_again()
            )

    def _why_not_sent_again(self) -> str | bool:
        """What keeps a counterpart from being made anew, in words."""
        lacking = [
            side for side, _ in SIDES if not self[_KEYS[side]] or self[f"{side}_gone"]
        ]
        if len(lacking) > 1:
            return self.env._(
                "%(title)s is on neither side any more.",
                title=self.title or self.env._("The record"),
            )
        direction = self.sudo().account_id.direction
        if lacking and not writes_to(direction, lacking[0]):
            return self.env._(
                "%(side)s is not written to: the sync goes one way. Change the "
                "direction first.",
                side=dict(SIDES)[lacking[0]],
            )
        return False

    @api.depends("kind", "zoho_id", "zoho_gone", "state", "org_id.crm_url")
    def _compute_zoho_url(self):
        for link in self:
            base = link.sudo().org_id.crm_url
            there = link.zoho_id and not link.zoho_gone and link.state != "deleted"
            module = MODULES[link.kind]
            link.zoho_url = base and there and record_url(base, module, link.zoho_id)

    def _search_half(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = Domain.OR(_free(side) for side, _ in SIDES if side in value)
        if False in value:
            found |= ~Domain.OR(_free(side) for side, _ in SIDES)
        return found

    # -- what a person decides -----------------------------

    @contextmanager
    def _deciding(self) -> Iterator[list[tuple[models.Model, OdooStore]]]:
        """The accounts of these links, each with its store, for a person's decision,
        which the next run carries.

        A run that is at work would overwrite it, so the accounts are locked until it
        is committed.

        :raises UserError: an account is being synced at the moment.
        """
        with ExitStack() as locks:
            for account in self.account_id.sorted("id"):
                lock = session_lock(self.env, "account", account.id)
                if not locks.enter_context(lock):
                    raise UserError(
                        self.env._(
                            "%(account)s is being synced at the moment. Try again when "
                            "that is done.",
                            account=account.display_name,
                        )
                    )
            stores = [(each, each._store_for_decisions()) for each in self.account_id]
            yield stores
            for account, store in stores:
                store.flush()
                account._settle_decided()
                account._request_run()
            self.env["ir.cron"]._commit_progress()
        self.invalidate_model([*LOADED[1:], "title", "reason_code"])

    def _decide(self, act: Callable) -> None:
        """Let a person's decision on these links be carried by the next run.

        :param act: takes the engine's link and its account, and changes the link.
        """
        with self._deciding() as stores:
            for account, store in stores:
                mine = self.filtered_domain([("account_id", "=", account.id)])
                links = store.by_ids(mine.ids)
                for link in links:
                    act(link, account)
                self._check_not_taken(account, links)
                store.save(links)

    def _check_not_taken(self, account, decided: list[EngineLink]) -> None:
        """A record that was left alone may have changed hands meanwhile, and only one
        account syncs it.

        :param decided: the account's links as they are to be stored.
        :raises UserError: another account syncs one of the Zoho records.
        """
        wanted = {
            (link.kind, link.zoho.key): self.browse(link.id)
            for link in decided
            if link.state != "closed" and link.zoho.key
        }
        others = self.search(
            [
                ("org_id", "=", account.org_id.id),
                ("account_id", "!=", account.id),
                ("zoho_id", "in", [key for _kind, key in wanted]),
                ("state", "!=", "closed"),
            ]
        )
        for link in others:
            if mine := wanted.get((link.kind, link.zoho_id)):
                raise UserError(
                    self.env._(
                        "%(title)s is synced by the account of %(holder)s. Make "
                        "%(user)s its owner in Zoho CRM, let both accounts sync and "
                        "try again.",
                        title=mine.title or self.env._("The record"),
                        holder=link.account_id.display_name,
                        user=account.display_name,
                    )
                )

    def _check_may_decide(self) -> None:
        """:raises AccessError: they are somebody else's."""
        for account in self.sudo().account_id:
            account.with_env(self.env)._check_may_act()

    def action_retry(self):
        """Try refused or skipped records again in a run at once."""
        self._check_may_decide()
        self.sudo()._decide(lambda link, account: person.retry(link))
        return True

    def action_send_again(self):
        """Make counterparts anew for records that are left alone without one."""
        self._check_may_decide()
        links = self.sudo()
        for link in links:
            if why := link._why_not_sent_again():
                raise UserError(why)
            if not link.can_send_again:
                raise UserError(
                    self.env._(
                        "%(title)s is not left alone for want of a counterpart.",
                        title=link.title or self.env._("The record"),
                    )
                )
        links._decide(lambda link, account: person.send_again(link))
        return True

    def action_open_in_zoho(self):
        """The record's page in Zoho CRM."""
        self.ensure_one()
        self.check_access("read")  # computing the address asks nobody
        if not self.zoho_url:
            raise UserError(self.env._("The record is not in Zoho CRM."))
        return {"type": "ir.actions.act_url", "url": self.zoho_url, "target": "new"}

    def action_create_apart(self):
        """Make counterparts of their own for records that resemble several others."""
        self._check_may_decide()
        links = self.sudo()
        if not links or not all(links.mapped("can_create_apart")):
            raise UserError(
                self.env._("Only a record that resembles several others needs that.")
            )
        links._decide(lambda link, account: person.create_apart(link))
        return True

    def action_link_to(self):
        """Choose which record of the other side is the same."""
        self.ensure_one()
        self._check_may_decide()
        self.sudo()._check_half()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Link to..."),
            "res_model": "notes.zoho.link.to",
            "view_mode": "form",
            "target": "new",
            "context": {"default_link_id": self.id},
        }

    def _check_half(self) -> None:
        """:raises UserError: it has a counterpart, or must not get one now."""
        for link in self:
            if not link.half:
                raise UserError(
                    self.env._(
                        "%(title)s cannot be linked: it has a counterpart already, is "
                        "private, or is just being read or written.",
                        title=link.title or self.env._("The record"),
                    )
                )

    def _join(self, donor) -> None:
        """Make one pair of this record and one of the other side.

        :param donor: link of the same account and kind; it is forgotten.
        :raises UserError: they do not fit together.
        """
        self.ensure_one()
        (self | donor)._check_half()
        if (
            donor.account_id != self.account_id
            or donor.kind != self.kind
            or donor.half != other(self.half)
        ):
            raise UserError(
                self.env._("Choose a record of the same kind on the other side.")
            )
        side = donor.half
        with self._deciding() as [(account, store)]:
            by_id = {link.id: link for link in store.by_ids([self.id, donor.id])}
            store.remove([by_id[donor.id]])
            person.join(by_id[self.id], side, by_id[donor.id])
            self._check_not_taken(account, [by_id[self.id]])
            store.save([by_id[self.id]])
        donor.invalidate_recordset(flush=False)

    def _alike(self):
        """Records of the other side that resemble this one, the likest first."""
        self.ensure_one()
        if not self.half:
            return self.browse()
        candidates = self.search(
            [
                ("account_id", "=", self.account_id.id),
                ("kind", "=", self.kind),
                ("half", "=", other(self.half)),
            ]
        )
        store = self.account_id._store_for_decisions()
        region = self.company_id.country_id.code or ""

        def values(link):
            return link.side("notes").values or link.side("zoho").values

        found = {
            link.id: values(link) for link in store.by_ids([self.id, *candidates.ids])
        }
        mine = found.pop(self.id)
        alike: dict[int, None] = {}
        for tier in IDENTITY[self.kind]:
            keys = set(tier.keys(mine, region))
            alike |= {
                number: None
                for number, theirs in found.items()
                if keys.intersection(tier.keys(theirs, region))
            }
        return self.browse(alike)


def reason_codes(env: api.Environment) -> list[tuple[str, str]]:
    """Every reason's code with its sentence, without what the record adds to it."""
    return [
        (code, say(env, Reason(code, _left_open(text)))) for code, text in TEXTS.items()
    ]


def _left_open(text: str) -> dict[str, str]:
    return dict.fromkeys(re.findall(r"%\((\w+)\)s", text), "…")
