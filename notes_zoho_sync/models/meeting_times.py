"""When the people of a meeting are busy, and when all of them are free."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_datetime

from ..services.domino.freebusy import Span, busy_times
from ..services.domino.slots import clashes, suggest, without
from ..services.errors import Rejected, SyncError
from ..services.reasons import Reason
from ..services.records import Attendee
from ..services.sync.window import midnight
from . import connect
from .store import aware, naive
from .words import Told, say

#: How many days are looked at for suggestions.
DAYS = 7
#: The hours that the bars show.
SHOWN = (time(7), time(20))


class Meeting(models.Model):
    _inherit = "notes.zoho.meeting"

    availability = fields.Json(copy=False, readonly=True)
    availability_html = fields.Html(
        "Free and busy", compute="_compute_availability", sanitize=False
    )
    availability_old = fields.Boolean(
        compute="_compute_availability",
        help="Time or people are others than those looked at.",
    )
    suggestion_1 = fields.Char(compute="_compute_availability")
    suggestion_2 = fields.Char(compute="_compute_availability")
    suggestion_3 = fields.Char(compute="_compute_availability")

    def free_busy(self, day=None) -> dict[str, Any]:
        """When organiser and participants are busy on a day, and when all are free.

        :param day: date, or its ISO text; else the day of the meeting in the
            account's zone.
        :returns: ``day``; ``zone``; ``asked``, for whom and when; ``people`` with
            ``name``, ``address``, ``known`` (``False``: not known, which is not free),
            ``why``, ``busy`` (pairs of instants, ISO in UTC, of that day), ``clash``
            with the meeting's time; and ``suggestions``, pairs of instants.
        :raises UserError: what keeps Domino from being asked at all.
        """
        self.ensure_one()
        self._check_may_act()
        if self.account_problem:
            raise UserError(self.account_problem)
        account = self.account_id.sudo()
        here = connect.zone(account)
        day = fields.Date.to_date(day) or self._day()
        since, until = midnight(day, here), midnight(day + timedelta(days=DAYS), here)
        try:
            with connect.meeting_desk(account) as desk:
                me = desk.myself() or account._aliases()[0]
                people = [me, *self._guests()]
                found = _ask(desk.session, people, since, until)
        except SyncError as error:
            raise Told(self.env, error.reason) from None
        found = [(self._but_for_itself(busy), why) for busy, why in found]
        when = self._when()
        length = self.stop - self.start
        tomorrow = midnight(day + timedelta(days=1), here)
        rows = []
        for who, (busy, why) in zip(people, found, strict=True):
            spans = busy or ()
            rows.append(
                {
                    "name": who.name or who.email,
                    "address": who.email,
                    "known": busy is not None,
                    "why": say(self.env, why),
                    "busy": [
                        [
                            max(s.start, since).isoformat(),
                            min(s.end, tomorrow).isoformat(),
                        ]
                        for s in spans
                        if s.start < tomorrow
                    ],
                    "clash": not when.all_day and clashes(spans, when.start, when.end),
                }
            )
        every = [span for busy, _ in found for span in busy or ()]
        days = [day + timedelta(days=n) for n in range(DAYS)]
        slots = suggest(every, length, days, here, datetime.now(UTC))
        return {
            "day": day.isoformat(),
            "zone": str(here),
            "asked": self._asked(),
            "people": rows,
            "suggestions": [[s.start.isoformat(), s.end.isoformat()] for s in slots],
        }

    def _day(self):
        if self.allday:
            return self.start_date
        return aware(self.start).astimezone(connect.zone(self.account_id.sudo())).date()

    def _but_for_itself(self, busy) -> list[Span] | None:
        """Busy times without the meeting as Notes has it, which is to be moved."""
        then = self._known().get("when") if self.state == "scheduled" else None
        if busy is None or then is None or then.all_day:
            return busy
        return without(busy, then.start, then.end)

    def _asked(self) -> list[str]:
        """What free and busy times depend on."""
        when = self._when()
        people = sorted(who.email for who in self._guests())
        return [when.start.isoformat(), when.end.isoformat(), *people]

    def action_check_times(self):
        """Show free and busy times beside the form."""
        for meeting in self:
            meeting.sudo().availability = meeting.free_busy()
        return True

    def action_take_suggestion(self):
        """Move the meeting here to one of the suggested times (context: which)."""
        self.ensure_one()
        self._check_may_act()
        slots = (self.availability or {}).get("suggestions", [])
        number = self.env.context.get("suggestion", 0)
        if not 0 <= number < len(slots):
            raise UserError(self.env._("Look for free times again."))
        start, stop = (naive(datetime.fromisoformat(text)) for text in slots[number])
        self.write({"start": start, "stop": stop, "allday": False})
        return self.action_check_times()

    @api.depends(
        "availability",
        "start",
        "stop",
        "allday",
        "start_date",
        "stop_date",
        "participant_ids.email",
        "participant_emails",
    )
    @api.depends_context("tz", "lang")
    def _compute_availability(self):
        for meeting in self:
            data = meeting.availability or {}
            whole = meeting.start_date and meeting.stop_date
            ready = meeting.start and meeting.stop and (whole or not meeting.allday)
            meeting.availability_old = bool(
                data and ready and data.get("asked") != meeting._asked()
            )
            slots = data.get("suggestions", [])
            texts = [meeting._slot_text(*slot) for slot in slots]
            for number in range(3):
                text = texts[number] if number < len(texts) else False
                meeting[f"suggestion_{number + 1}"] = text
            meeting.availability_html = meeting._bars(data) if data else False

    def _slot_text(self, start: str, stop: str) -> str:
        begin, end = map(datetime.fromisoformat, (start, stop))
        shown = format_datetime(self.env, naive(begin), dt_format="EEE d MMM HH:mm")
        until = format_datetime(self.env, naive(end), dt_format="HH:mm")
        return f"{shown} – {until}"

    def _bars(self, data: dict[str, Any]) -> Markup:
        """Everybody's day as a bar; in words for who does not see it."""
        here = connect.zone(self.account_id.sudo())
        day = fields.Date.to_date(data["day"])
        edges = [
            datetime.combine(day, hour, here).astimezone(UTC).timestamp()
            for hour in SHOWN
        ]
        frame = self._frame(data, edges)
        rows = [self._row(person, edges, here, frame) for person in data["people"]]
        hours = Markup(
            '<div class="d-flex justify-content-between small text-muted">%s</div>'
        ) % (
            Markup("").join(
                Markup("<span>%s</span>") % hour
                for hour in range(SHOWN[0].hour, SHOWN[1].hour + 1)
            )
        )
        # The form shows times in the person's zone, which may be another.
        zone = Markup('<div class="small text-muted">%s, %s</div>') % (
            format_date(self.env, day),
            str(here),
        )
        return Markup("<div>%s%s%s</div>") % (zone, hours, Markup("").join(rows))

    @staticmethod
    def _frame(data: dict[str, Any], edges: list[float]) -> Markup:
        """Where in a bar the meeting is that was looked for."""
        asked = data.get("asked") or []
        if len(asked) < 2 or "T" not in asked[0]:
            return Markup("")
        left, right = (
            _percent(datetime.fromisoformat(moment).timestamp(), edges)
            for moment in asked[:2]
        )
        return Markup(
            '<span class="position-absolute h-100 border border-2 border-primary '
            'rounded" style="inset-inline-start:%s%%;width:%s%%"></span>'
        ) % (left, round(right - left, 2))

    def _row(
        self, person: dict[str, Any], edges: list[float], here, frame: Markup
    ) -> Markup:
        pieces, words = [], []
        for start, end in person["busy"]:
            begin, stop = map(datetime.fromisoformat, (start, end))
            left, right = (_percent(x.timestamp(), edges) for x in (begin, stop))
            words.append(
                f"{begin.astimezone(here):%H:%M}–{stop.astimezone(here):%H:%M}"
            )
            if right > left:
                colour = "bg-danger" if person["clash"] else "bg-warning"
                pieces.append(
                    Markup(
                        '<span class="position-absolute h-100 %s" '
                        'style="inset-inline-start:%s%%;width:%s%%"></span>'
                    )
                    % (colour, left, round(right - left, 2))
                )
        if not person["known"]:
            told = self.env._("not known: %(why)s", why=person["why"])
        elif person["clash"]:
            told = self.env._("clashes; busy %(times)s", times=", ".join(words))
        elif words:
            told = self.env._("busy %(times)s", times=", ".join(words))
        else:
            told = self.env._("free")
        colour = "bg-success-subtle" if person["known"] else "bg-secondary-subtle"
        return Markup(
            '<div class="mb-2"><div><strong>%s</strong> '
            '<span class="small text-muted">%s</span></div>'
            '<div class="position-relative overflow-hidden rounded %s" '
            'style="height:0.75rem" aria-hidden="true">%s</div></div>'
        ) % (person["name"], told, colour, Markup("").join([*pieces, frame]))


def _percent(moment: float, edges: list[float]) -> float:
    first, last = edges
    return round(min(max((moment - first) / (last - first), 0), 1) * 100, 2)


def _ask(
    session, people: Sequence[Attendee], since: datetime, until: datetime
) -> list[tuple[tuple[Span, ...] | None, Reason | None]]:
    """For each when they are busy, or ``None`` and why that is not known.

    What keeps the server from answering for one keeps it from answering for the next.
    """
    found: list[tuple[tuple[Span, ...] | None, Reason | None]] = []
    broken = None
    for who in people:
        if broken is not None:
            found.append((None, broken))
            continue
        try:
            found.append((busy_times(session, who.email, since, until), None))
        except SyncError as error:
            found.append((None, error.reason))
            if not isinstance(error, Rejected):
                broken = error.reason
    return found
