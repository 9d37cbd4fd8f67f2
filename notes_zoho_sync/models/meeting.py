"""Meetings that a person calls from Odoo: in Notes with invitations, then in the CRM.

The act is committed as an intent before Domino is asked, and looked for before it is
done again: nobody is invited or told twice.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import email_normalize

from ..services.domino.meeting import Held, MeetingDesk, names_of
from ..services.errors import OutcomeUnknown, SyncError
from ..services.records import Attendee, Values, When, event_kind
from ..services.sync.link import Link, SideState
from ..services.sync.window import midnight
from . import connect
from .store import aware, naive
from .words import Told, say

KIND = event_kind()
DAY = timedelta(days=1)
#: How whole days stand in ``start`` and ``stop``, as Odoo's calendar view wants it.
MORNING, EVENING = time(8), time(18)
STATES = [
    ("draft", "Not sent yet"),
    ("scheduled", "Scheduled"),
    ("cancelled", "Cancelled"),
]
#: What only the acts write.
_OWN = {
    "state",
    "uid",
    "sent_at",
    "link_id",
    "notes_values",
    "error",
    "notice",
    "availability",
}
#: What stays as it was sent.
_SENT = {"account_id", "participant_ids", "participant_emails"}


class Meeting(models.Model):
    """A meeting of one account, whose person calls it."""

    _name = "notes.zoho.meeting"
    _description = "Notes Meeting"
    _inherit = ["notes.zoho.last.error.mixin"]
    _rec_name = "subject"
    _order = "start desc, id desc"
    _check_company_auto = True

    account_id = fields.Many2one(
        "notes.zoho.account",
        "Organiser",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["notes.zoho.account"]._own(),
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    subject = fields.Char(required=True)
    participant_ids = fields.Many2many("res.partner", string="Participants")
    participant_emails = fields.Char(
        "Further addresses",
        help="E-mail addresses of people who are no contacts here, with commas "
        "between them.",
    )
    location = fields.Char()
    start = fields.Datetime(required=True, default=lambda self: self._next_hour())
    stop = fields.Datetime(
        "End",
        required=True,
        default=lambda self: self._next_hour() + timedelta(hours=1),
    )
    allday = fields.Boolean("All day")
    start_date = fields.Date(
        "First day", compute="_compute_days", inverse="_inverse_days", store=True
    )
    stop_date = fields.Date(
        "Last day", compute="_compute_days", inverse="_inverse_days", store=True
    )
    reminder_minutes = fields.Integer(
        "Reminder (minutes before)",
        default=15,
        aggregator=None,
        help="0: nobody is reminded.",
    )
    description = fields.Text()
    state = fields.Selection(
        STATES, required=True, default="draft", copy=False, readonly=True
    )
    link_id = fields.Many2one(
        "notes.zoho.link",
        "Linked record",
        copy=False,
        readonly=True,
        ondelete="set null",
    )
    link_state = fields.Selection(related="link_id.state", string="Sync")
    can_change_with_notices = fields.Boolean(related="link_id.can_change_with_notices")
    uid = fields.Char(
        "Notes ID",
        required=True,
        copy=False,
        readonly=True,
        default=lambda self: f"meeting-{uuid.uuid4().hex}",
    )
    sent_at = fields.Datetime(
        copy=False,
        readonly=True,
        help="When what is not known to have arrived was sent.",
    )
    notes_values = fields.Json(copy=False, readonly=True)
    notice = fields.Char(copy=False, readonly=True)
    time_problem = fields.Char(compute="_compute_time_problem")
    people_problem = fields.Char(compute="_compute_people_problem")
    account_problem = fields.Char(compute="_compute_account_problem")
    is_changed = fields.Boolean(
        "Changes not sent",
        compute="_compute_is_changed",
        help="It is otherwise here than in Notes.",
    )

    _uid_uniq = models.UniqueIndex("(account_id, uid)")
    _link_idx = models.Index("(link_id) WHERE link_id IS NOT NULL")

    # -- when ------------------------------------------

    @api.model
    def _next_hour(self) -> datetime:
        now = fields.Datetime.now()
        return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)

    @api.depends("allday", "start", "stop")
    def _compute_days(self):
        for meeting in self:
            whole = meeting.allday and meeting.start and meeting.stop
            meeting.start_date = meeting.start.date() if whole else False
            meeting.stop_date = meeting.stop.date() if whole else False

    def _inverse_days(self):
        for meeting in self:
            if meeting.allday and meeting.start_date and meeting.stop_date:
                meeting.start = datetime.combine(meeting.start_date, MORNING)
                meeting.stop = datetime.combine(meeting.stop_date, EVENING)

    @api.onchange("allday")
    def _onchange_allday(self):
        if self.allday and self.start:
            here = connect.zone(self.account_id.sudo())
            day = aware(self.start).astimezone(here).date()
            self.start = datetime.combine(day, MORNING)
            self.stop = datetime.combine(day, EVENING)

    @api.onchange("start")
    def _onchange_start(self):
        if self.start and (not self.stop or self.stop <= self.start):
            self.stop = self.start + timedelta(hours=1)

    def _when(self) -> When:
        """As the calendar has it. Notes knows no meeting of whole days, so such a one
        lasts from midnight to midnight in the account's zone."""
        if not self.allday:
            return When(aware(self.start), aware(self.stop))
        known = self._known().get("when")
        if known is not None and known.all_day:
            return When(self.start_date, self.stop_date)
        here = connect.zone(self.account_id.sudo())
        last = max(self.start_date, self.stop_date)
        return When(midnight(self.start_date, here), midnight(last + DAY, here))

    def _from_when(self, when: When) -> dict[str, Any]:
        """The fields for a time of the calendar's."""
        if when.all_day:
            first, last = when.start, when.end
        else:
            here = connect.zone(self.account_id.sudo())
            begin, end = (each.astimezone(here) for each in (when.start, when.end))
            if begin.time() != time() or end.time() != time() or begin == end:
                return {
                    "start": naive(when.start),
                    "stop": naive(when.end),
                    "allday": False,
                }
            first, last = begin.date(), end.date() - DAY
        return {
            "start": datetime.combine(first, MORNING),
            "stop": datetime.combine(last, EVENING),
            "allday": True,
        }

    # -- what keeps it from being sent -------------------------------

    @api.depends("start", "stop", "allday", "start_date", "stop_date")
    def _compute_time_problem(self):
        for meeting in self:
            meeting.time_problem = meeting._why_not_then()

    def _why_not_then(self) -> str | bool:
        if not (self.start and self.stop):
            return self.env._("Enter when it starts and ends.")
        if self.allday:
            if self.stop_date < self.start_date:
                return self.env._("The last day is before the first.")
            here = connect.zone(self.account_id.sudo())
            if self.start_date < datetime.now(here).date():
                return self.env._("The first day is in the past.")
            return False
        if self.stop <= self.start:
            return self.env._("The end is not after the start.")
        if self.start < fields.Datetime.now():
            return self.env._("The start is in the past.")
        return False

    @api.depends("participant_ids.email", "participant_emails")
    def _compute_people_problem(self):
        for meeting in self:
            meeting.people_problem = meeting._why_not_they()

    def _why_not_they(self) -> str | bool:
        unknown = self.participant_ids.filtered(lambda p: not email_normalize(p.email))
        if unknown:
            return self.env._(
                "No e-mail address that can be used: %(names)s.",
                names=", ".join(unknown.mapped("display_name")),
            )
        wrong = [text for text in self._typed() if not email_normalize(text)]
        if wrong:
            return self.env._("No e-mail address: %(texts)s.", texts=", ".join(wrong))
        if not self._guests():
            return self.env._("Choose somebody else to take part.")
        return False

    @api.depends("account_id.state", "account_id.mail_file", "account_id.server_id")
    def _compute_account_problem(self):
        for meeting in self:
            meeting.account_problem = meeting.account_id.sudo()._why_no_meetings()

    def _check_sendable(self) -> None:
        """:raises UserError: what is missing, or wrong, in words."""
        problems = filter(
            None, (self.account_problem, self.time_problem, self.people_problem)
        )
        if text := "\n".join(problems):
            raise UserError(text)

    def _typed(self) -> list[str]:
        text = (self.participant_emails or "").replace(";", ",")
        return [part.strip() for part in text.split(",") if part.strip()]

    def _guests(self) -> list[Attendee]:
        """Who is invited, each once; the organiser is not."""
        people = [
            (email_normalize(partner.email), partner.name or "")
            for partner in self.participant_ids
        ]
        people += [(email_normalize(text), "") for text in self._typed()]
        mine = names_of(self.account_id.sudo()._aliases())
        found: dict[str, Attendee] = {}
        for address, name in people:
            if address and address not in mine:
                found.setdefault(address, Attendee(address, name))
        return list(found.values())

    # -- what it says ---------------------------------------

    def _known(self) -> dict[str, Any]:
        """The units that Notes is known to hold."""
        return KIND.load(self.notes_values or {})

    def _values(self) -> dict[str, Any]:
        """The units as they stand here."""
        return {
            "title": (self.subject or "").strip(),
            "when": self._when(),
            "location": (self.location or "").strip(),
            "description": self.description or "",
            "reminder": self.reminder_minutes or None,
        }

    def _changed(self) -> dict[str, Any]:
        """The units that are otherwise here than in Notes."""
        known, values = self._known(), self._values()
        if not known.get("reminder"):
            known["reminder"] = None
        return {name: values[name] for name in KIND.differing(values, known)}

    @api.depends(
        "subject",
        "start",
        "stop",
        "allday",
        "start_date",
        "stop_date",
        "location",
        "description",
        "reminder_minutes",
        "state",
        "notes_values",
    )
    def _compute_is_changed(self):
        for meeting in self:
            whole = meeting.start_date and meeting.stop_date
            ready = meeting.start and meeting.stop and (whole or not meeting.allday)
            sent = meeting.state == "scheduled" and meeting.notes_values
            meeting.is_changed = bool(sent and ready and meeting._changed())

    def _fields_of(self, values: Values) -> dict[str, Any]:
        """Units as this record's fields; times are left alone that mean the same."""
        named = {
            "title": "subject",
            "location": "location",
            "description": "description",
        }
        found: dict[str, Any] = {
            named[unit]: text or False for unit, text in values.items() if unit in named
        }
        if not found.get("subject", True):
            found["subject"] = "-"
        if values.get("when") is not None:
            found |= self._from_when(values["when"])
        if "reminder" in values:
            found["reminder_minutes"] = values["reminder"] or 0
        return found

    # -- writing --------------------------------------------

    def _check_own(self, vals: Mapping[str, Any]) -> None:
        if not self.env.su and _OWN & vals.keys():
            raise AccessError(self.env._("This is not entered but follows the acts."))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_own(vals)
            if not vals.get("account_id") and not self.env["notes.zoho.account"]._own():
                raise UserError(
                    self.env._("Connect your account with IBM Notes first (My sync).")
                )
        return super().create(vals_list)

    def write(self, vals):
        self._check_own(vals)
        if number := not self.env.su and vals.get("account_id"):
            # The rules look at whose it was, not at whose it becomes.
            number = getattr(number, "id", number)
            self.env["notes.zoho.account"].browse(number)._check_may_act()
        if not self.env.su and _SENT & vals.keys():
            if any(m.state != "draft" or m.sent_at for m in self):
                raise UserError(
                    self.env._(
                        "Who takes part stays as it was sent. Cancel the meeting and "
                        "call another one."
                    )
                )
        return super().write(vals)

    @api.constrains("account_id", "participant_ids")
    def _check_account(self):
        for meeting in self:
            if (
                meeting.account_id.sudo().state == "retired"
                and meeting.state == "draft"
            ):
                raise ValidationError(self.env._("The account is retired."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if any(m.state == "scheduled" or m.sent_at for m in self):
            raise UserError(
                self.env._(
                    "A meeting that people are invited to is not deleted but cancelled."
                )
            )

    # -- acts ------------------------------------------------

    def _check_may_act(self) -> None:
        """:raises AccessError: it is somebody else's."""
        self.check_access("write")
        self.sudo().account_id.with_env(self.env)._check_may_act()

    def action_schedule(self):
        """Put it into Notes, which invites everybody once; a run does the CRM's half.

        Pressed again after a failure it looks first what has arrived.
        """
        for meeting in self:
            meeting._check_may_act()
            if meeting.state != "draft":
                raise UserError(self.env._("The meeting was sent already."))
            meeting._check_sendable()
            meeting.sudo()._schedule(meeting._guests())
        return True

    def action_send_changes(self):
        """Change it in Notes as it is here; Domino tells the guests."""
        for meeting in self:
            meeting._check_may_act()
            if meeting.state != "scheduled":
                raise UserError(
                    self.env._("The meeting was not sent, or is cancelled.")
                )
            # Who takes part is no part of it, nor is a time that stays as it is.
            then = "when" in meeting._changed() and meeting.time_problem
            if problem := meeting.account_problem or then:
                raise UserError(problem)
            meeting.sudo()._send_changes()
        return True

    def action_change_with_notices(self):
        """Carry to Notes what was changed in the CRM; Domino tells the guests."""
        self.ensure_one()
        self._check_may_act()
        self.sudo().link_id.with_env(self.env).action_change_with_notices()
        return True

    def action_discard_changes(self):
        """Take what Notes holds."""
        for meeting in self:
            meeting._check_may_act()
            if meeting.state == "scheduled":
                meeting.sudo().write(meeting._fields_of(meeting._known()))
        return True

    def action_cancel(self):
        """Cancel it in Notes, where it goes; Domino tells the guests."""
        for meeting in self:
            meeting._check_may_act()
            if meeting.state == "cancelled":
                continue
            if meeting.state == "draft" and not meeting.sent_at:
                meeting.sudo().state = "cancelled"
                continue
            if meeting.account_problem:
                raise UserError(meeting.account_problem)
            meeting.sudo()._cancel()
        return True

    def action_refresh(self):
        """Look how it stands in Notes."""
        for meeting in self:
            meeting._check_may_act()
            if meeting.state != "scheduled":
                continue
            if meeting.account_problem:
                raise UserError(meeting.account_problem)
            meeting.sudo()._look()
        return True

    # The rest runs as superuser, under the account's lock.

    def _schedule(self, guests: list[Attendee]) -> None:
        with self._acting() as desk:
            if self.state != "draft":
                return  # pressed twice
            values = self._values()
            held, told = desk.find(self.uid), True
            if held is None:
                desk.wait_for(aware(self.sent_at))
                account = self.account_id
                me = desk.myself() or account._aliases()[0]
                mine = names_of([me])
                guests = [who for who in guests if who.email not in mine]
                if not guests:
                    raise UserError(self.env._("Choose somebody else to take part."))
                self._intend(desk)
                with self._certain():
                    sent = desk.invite(self.uid, values, me, guests)
                held, told = sent.held, sent.told
            self._arrived(held.values if held else values, told)

    def _send_changes(self) -> None:
        with self._acting() as desk:
            changed = self._changed()
            held = self._find(desk)
            values, told = held.values, True
            if todo := desk.differing(held, changed):
                desk.wait_for(aware(self.sent_at))
                self._stop_if_moved(held, todo)
                self._intend(desk)
                with self._certain():
                    sent = desk.change(held, changed, self._names(desk))
                values = sent.held.values if sent.held else {**values, **changed}
                told = sent.told
            self._arrived(values, told)

    def _stop_if_moved(self, held: Held, todo: list[str]) -> None:
        """:raises UserError: somebody changed the same in Notes; the next time this
        one's word counts."""
        known = self._known()
        moved = [
            name
            for name in KIND.differing(held.values, known)
            if name in todo and name in known
        ]
        if not moved:
            return
        self.notes_values = KIND.dump(_ours(held.values))
        self.account_id._commit()
        raise UserError(
            self.env._(
                "In Notes it was changed meanwhile: %(units)s. Look at it again, then "
                "send your changes or discard them.",
                units=", ".join(
                    say(self.env, KIND.units[name].label) for name in moved
                ),
            )
        )

    def _cancel(self) -> None:
        with self._acting() as desk:
            held, told = desk.find(self.uid), True
            if held is not None or self.state == "draft":
                desk.wait_for(aware(self.sent_at))
            if held is not None:
                self._intend(desk)
                with self._certain():
                    told = desk.cancel(held, self._names(desk)).told
            self._gone(told)

    def _look(self) -> None:
        with self._acting() as desk:
            held = self._find(desk)
            self._take(held.values)
            self.write({"error": False, "sent_at": False})
            self.account_id._commit()

    def _find(self, desk: MeetingDesk) -> Held:
        """:raises UserError: it is no longer in Notes; it counts as cancelled now."""
        held = desk.find(self.uid)
        if held is None:
            self._gone(told=True)
            raise UserError(self.env._("The meeting was cancelled in Notes."))
        return held

    def _names(self, desk: MeetingDesk) -> set[str]:
        return names_of([desk.myself(), *self.account_id._aliases()])

    # -- intent and outcome ----------------------------------

    @contextmanager
    def _acting(self) -> Iterator[MeetingDesk]:
        """The account's lock and desk; what fails is told to the person.

        :raises UserError: in words, what kept it from happening.
        """
        self.ensure_one()
        account = self.account_id
        with account._at_desk() as enter:
            self.invalidate_recordset()
            if not self.exists():
                raise UserError(self.env._("The meeting was deleted meanwhile."))
            try:
                with enter() as desk:
                    yield desk
                    account._remember(desk.session)
            except SyncError as error:
                self.env.cr.rollback()
                self.error = error.reason.to_json()
                account._commit()
                raise Told(self.env, error.reason) from None

    @contextmanager
    def _certain(self) -> Iterator[None]:
        """Forget the intent after an error that says that nothing has happened."""
        try:
            yield
        except OutcomeUnknown:
            raise
        except SyncError:
            self.env.cr.rollback()
            self.sent_at = False
            self.account_id._commit()
            raise

    def _intend(self, desk: MeetingDesk) -> None:
        """Commit what is about to be done, with a link that the engine leaves alone
        until there is something to read."""
        with self._stored() as (store, link):
            if link is None:
                link = Link(KIND.name, notes=SideState(key=self.uid))
                store.save([link])
                store.flush()
            # The fraction is dropped: it waits no longer for that.
            sent_at = naive(desk.now()).replace(microsecond=0)
            self.write({"sent_at": sent_at, "link_id": link.id})
        self.account_id._commit()

    def _arrived(self, values: Values, told: bool) -> None:
        """Domino has it: the engine reads it in a run at once."""
        notice = False
        if not told:
            notice = self.env._(
                "It is in Notes, but Domino does not say that everybody was told. Ask "
                "your guests."
            )
        self.write(
            {
                "state": "scheduled",
                "sent_at": False,
                "error": False,
                "notice": notice,
                "notes_values": KIND.dump(_ours(values)),
            }
        )
        with self._stored() as (store, link):
            if link is None:
                link = Link(KIND.name, notes=SideState(key=self.uid))
            link.notes.unread = link.dirty = True
            store.save([link])
            store.flush()
            self.link_id = link.id
        self._done()

    def _gone(self, told: bool) -> None:
        """It is cancelled in Notes: the run deletes the CRM's event without asking."""
        notice = False
        if not told:
            notice = self.env._(
                "It is gone from Notes, but Domino does not say that everybody was "
                "told. Ask your guests."
            )
        self.write(
            {
                "state": "cancelled",
                "sent_at": False,
                "error": False,
                "notice": notice,
            }
        )
        with self._stored() as (store, link):
            if link is not None and not (link.zoho.key or link.zoho.intent):
                store.remove([link])
            elif link is not None and _may_follow(link):
                link.state, link.reason = "linked", None
                link.notes.gone, link.notes.unread = True, False
                link.confirmed = link.dirty = True
                store.save([link])
        self._done()

    def _done(self) -> None:
        self.account_id._request_run()
        self.account_id._commit()

    @contextmanager
    def _stored(self):
        """The account's store and the link of this meeting, if there is one."""
        store = self.account_id._store_for_decisions()
        links = store.by_keys(KIND.name, "notes", [self.uid])
        open_first = sorted(links, key=lambda link: link.state == "closed")
        yield store, next(iter(open_first), None)
        store.flush()
        self.env["notes.zoho.link"].invalidate_model()
        self.invalidate_recordset(["link_id"])

    # -- what Notes says ---------------------------------------

    def _take(self, values: Values) -> None:
        """Follow what Notes holds, unless somebody is about to change it here."""
        ours = KIND.dump(_ours(values))
        if self.is_changed:
            self.notes_values = ours
        elif KIND.differing(self._known(), _ours(values)) or not self.notes_values:
            self.write({**self._fields_of(values), "notes_values": ours})


def _may_follow(link: Link) -> bool:
    """Whether a link tells the CRM of a cancellation: unless it is left alone, but for
    a meeting that the CRM deleted first."""
    return link.zoho.gone or link.state not in ("closed", "private")


def _ours(values: Values) -> dict[str, Any]:
    """The units that a meeting has here."""
    names = ("title", "when", "location", "description", "reminder")
    return {name: values[name] for name in names if name in values}
