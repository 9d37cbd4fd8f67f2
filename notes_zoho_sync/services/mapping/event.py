"""The table of events: every unit that both sides have, one row each.

The Notes half reads and writes an event's JSON as the calendar service has it, its
times in UTC (``series``). DAS calendar service, 3.4; Zoho fact sheet, section 3.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ..reasons import Reason, reason
from ..records import Attendee, Values, When, event_kind
from ..records.event import SHORTEST, addresses
from ..records.text import same_text
from . import calendar_texts, clean  # noqa: F401  (registers the sentences)
from .addresses import address, zoho_takes_email
from .columns import (
    BodyField,
    TextField,
    TextItem,
    change,
    fit_text,
    keep_unseen,
    no_field,
)
from .items import Items
from .metadata import Fields
from .rows import ABSENT, Cell, Row, Table
from .series import LAST_DAY, WHOLE_DAYS
from .zones import Unreadable, Zones, date_object

KIND = event_kind()
APPT_TYPE = "x-lotus-appttype"
#: Values of ``AppointmentType`` (mail file schema, 2.1).
ALL_DAY_TYPE, REMINDER_TYPE = "2", "4"
MAX_PARTICIPANTS = 50
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_UTC = Zones([], UTC)

# -- Notes -----------------------------------------------------------------------------


def x_text(items: Items, name: str) -> str:
    """The text of an X- property."""
    value = items.raw(name)
    return str(value.get("data") or "") if isinstance(value, Mapping) else ""


@dataclass(frozen=True)
class WhenEntry:
    """Start and end.

    :param inclusive: the end of whole days is the last day on this server; otherwise
        it is the day after, as iCalendar has it (DAS calendar service, 3.4: not
        settled). One that equals the start is the last day in any case.
    :param takes_inclusive: the same for the end that the server is given.
    """

    inclusive: bool = False
    takes_inclusive: bool = False
    items: tuple[str, ...] = ("start", "end")

    def read(self, items: Items) -> Cell:
        start = self._moment(items, "start")
        if start is None:
            return Cell(None)
        last_day = self._moment(items, LAST_DAY)
        if last_day is not None:
            return Cell(When(start, max(start, last_day)))
        end = self._moment(items, "end")
        remarks: tuple[Reason, ...] = ()
        whole = not isinstance(start, datetime)
        if end is None or isinstance(end, datetime) == whole:
            end = start
            if not whole and x_text(items, APPT_TYPE) != REMINDER_TYPE:
                remarks = (reason("calendar_no_end"),)
        elif whole and end > start and not self.inclusive:
            end -= _DAY
        if end < start:
            end, remarks = start, (reason("calendar_end_first"),)
        return Cell(When(start, end), remarks)

    def write(self, value: When, items: Items) -> dict[str, Any]:
        end = value.end
        if value.all_day and not self.takes_inclusive:
            end += _DAY
        times = {"start": date_object(value.start), "end": date_object(end)}
        return times | self._type(value, x_text(items, APPT_TYPE))

    @staticmethod
    def _type(value: When, now: str) -> dict[str, Any]:
        """What sort of entry it becomes, so that its type does not contradict its
        times; an anniversary and a meeting stay what they are where they can."""
        if value.all_day:
            fits = now in WHOLE_DAYS
        else:
            fits = now not in WHOLE_DAYS and (value.is_moment or now != REMINDER_TYPE)
        if fits or not now:
            return {}
        return {APPT_TYPE: {"data": ALL_DAY_TYPE if value.all_day else "0"}}

    def fit(self, value: When | None, current: When | None, seen: When | None) -> Cell:
        if value is None:
            return Cell(ABSENT)
        if value == seen:
            return Cell(current)
        if (
            current is not None
            and current.is_moment
            and value.end == (value.start + SHORTEST)
        ):
            return Cell(When(value.start, value.start))
        return Cell(value)

    @staticmethod
    def _moment(items: Items, name: str) -> datetime | date | None:
        value = items.raw(name)
        return None if value is None else _UTC.moment(value)


@dataclass(frozen=True)
class LocationEntry(TextItem):
    """The place; where there is none, a booked room."""

    items: tuple[str, ...] = ("location",)

    def read(self, items: Items) -> Cell:
        place = clean.line(items.text("location"))
        room = clean.line(x_text(items, "x-lotus-room").partition("/")[0])
        if room and not place:
            return Cell(room, locked=reason("calendar_room"))
        return Cell(place)


@dataclass(frozen=True)
class TextEntry:
    """The description, as plain text."""

    items: tuple[str, ...] = ("description",)

    def read(self, items: Items) -> Cell:
        rich = x_text(items, "x-alt-desc")
        locked = reason("calendar_rich_text") if rich else None
        return Cell(clean.text("\n".join(items.texts("description"))), locked=locked)

    def write(self, value: str, items: Items) -> dict[str, Any]:
        return change(items, "description", value)

    def fit(self, value: str, current: str, seen: str | None) -> Cell:
        return Cell(keep_unseen(clean.text(value), current, seen, same_text))


@dataclass(frozen=True)
class AttendeesEntry:
    """Who takes part, the chair included; rooms and resources are no people.

    A meeting that only has a chair is an appointment.
    """

    items: tuple[str, ...] = ("attendees",)

    def read(self, items: Items) -> Cell:
        rows = [row for row in _rows(items.raw("attendees")) if _is_person(row)]
        if all(row.get("role") == "chair" for row in rows):
            return Cell(())
        people = [
            Attendee(
                address(str(row.get("email") or "")),
                clean.line(str(row.get("displayName") or row.get("email") or "")),
            )
            for row in rows
        ]
        return Cell(tuple(people), locked=reason("calendar_meeting"))

    def write(self, value: tuple[Attendee, ...], items: Items) -> dict[str, Any]:
        return {}  # it would invite people, or make a meeting that nobody knows of

    def fit(
        self,
        value: tuple[Attendee, ...],
        current: tuple[Attendee, ...],
        seen: tuple[Attendee, ...] | None,
    ) -> Cell:
        known = addresses(current or ())
        left = [who for key, who in addresses(value).items() if key not in known]
        left += [who for who in value if not who.email]
        if not left:
            return Cell(ABSENT)
        return Cell(ABSENT, (reason("calendar_people_left", names=_names(left)),))


@dataclass(frozen=True)
class AlarmEntry:
    """The first alarm, as minutes before the start."""

    items: tuple[str, ...] = ("alarm",)

    def read(self, items: Items) -> Cell:
        alarms = _rows(items.raw("alarm"))
        if not alarms:
            return Cell(None)
        minutes = self._minutes(alarms[0], items)
        if minutes is None or minutes < 0:
            why = (reason("calendar_reminder_after"),)
            return Cell(None, why, reason("calendar_other_reminder"))
        if len(alarms) > 1:
            why = (reason("calendar_reminders", count=len(alarms)),)
            return Cell(minutes, why, reason("calendar_other_reminder"))
        return Cell(minutes)

    def write(self, value: int | None, items: Items) -> dict[str, Any]:
        """``None`` as value of the key: it is left out."""
        if value is None:
            return {"alarm": None}
        alarms = _rows(items.raw("alarm"))
        old = alarms[0] if alarms else {"action": "display"}
        sign = "-" if value else ""
        trigger = {"related": "start", "value": f"{sign}PT{value}M"}
        return {"alarm": [{**old, "trigger": trigger}]}

    def fit(self, value: int | None, current: int | None, seen: int | None) -> Cell:
        return Cell(current if value == seen else value)

    @staticmethod
    def _minutes(alarm: Mapping[str, Any], items: Items) -> int | None:
        trigger = alarm.get("trigger")
        if not isinstance(trigger, Mapping):
            return None
        when = WhenEntry().read(items).value
        if when is None:
            return None
        start = _instant(when.start)
        text = str(trigger.get("value") or "").strip().upper()
        if str(trigger.get("valueDataType") or "").lower() == "date-time":
            try:
                at = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            except ValueError:
                return None
            return round((start - at) / _MINUTE)
        offset = duration(text)
        if offset is None:
            return None
        if str(trigger.get("related") or "").lower() == "end":
            offset += _instant(when.end) - start
        return round(-offset / _MINUTE)


@dataclass(frozen=True)
class AlarmFollows:
    """An alarm that names an instant moves with the start."""

    def follow(
        self, before: Values, after: Values, written: Values, items: Items
    ) -> dict[str, Any]:
        minutes = before.get("reminder")
        if "when" not in written or "reminder" in written or minutes is None:
            return {}
        trigger = _rows(items.raw("alarm"))[0].get("trigger") or {}
        if str(trigger.get("valueDataType") or "").lower() != "date-time":
            return {}
        return AlarmEntry().write(minutes, items)


_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


def duration(text: str) -> timedelta | None:
    """An iCalendar duration (RFC 5545, 3.3.6); ``None`` when it is none."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    parts = {
        name: int(value)
        for name, value in found.groupdict().items()
        if value and name != "sign"
    }
    try:
        length = timedelta(**parts)
    except OverflowError:
        return None
    return -length if found["sign"] == "-" else length


def _instant(moment: datetime | date) -> datetime:
    """Of a day its beginning, in no particular zone: for differences only."""
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time(), UTC)


def _rows(value: Any) -> list[Mapping[str, Any]]:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, Mapping)]


def _is_person(row: Mapping[str, Any]) -> bool:
    return str(row.get("userType") or "").lower() not in ("room", "resource")


def _names(people: Sequence[Attendee]) -> str:
    shown = [clean.cut(who.name or who.email or "-", 60) for who in people[:5]]
    more = len(people) - len(shown)
    return ", ".join(shown) + (f" (+{more})" if more else "")


# -- Zoho ------------------------------------------------------------------------------

#: Stands in for a title, which Zoho demands.
NO_TITLE = "-"


@dataclass(frozen=True)
class TitleField(TextField):
    """The title, which no event of Zoho's may lack."""

    def fit(self, value: str, values: Values, fields: Fields) -> Cell:
        return Cell(
            *fit_text(self.unit, clean.line(value) or NO_TITLE, self.field, fields)
        )


START, END, ALL_DAY = "Start_DateTime", "End_DateTime", "All_day"


@dataclass(frozen=True)
class WhenFields:
    """Start, end and whether it takes whole days.

    Days are written as a time without an offset: the side adds that of the grant's
    user, in whose zone Zoho understands a day (Zoho fact sheet, trap 3).
    """

    fields: tuple[str, ...] = (START, END, ALL_DAY)

    def read(self, record: Mapping[str, Any]) -> When | None:
        start, end = _zoho_time(record.get(START)), _zoho_time(record.get(END))
        if start is None:
            return None
        end = max(start, end or start)
        if record.get(ALL_DAY) is not True:
            return When(start.astimezone(UTC), end.astimezone(UTC))
        # Both are shown by the clock of the grant's user: if that is no longer the
        # zone in which it was entered, midnight shows as another time.
        away = datetime.combine(start.date(), time(), start.tzinfo) - start
        if away < timedelta(hours=-12):
            away += _DAY
        try:
            return When((start + away).date(), (end + away).date())
        except OverflowError:
            return None

    def write(self, value: When | None, fields: Fields) -> dict[str, Any]:
        if value is None:
            return {}
        if value.all_day:
            start, end = f"{value.start}T00:00:00", f"{value.end}T23:59:59"
        else:
            start, end = _iso(value.start), _iso(value.end)
        return {START: start, END: end, ALL_DAY: value.all_day}

    def fit(self, value: When | None, values: Values, fields: Fields) -> Cell:
        return Cell(ABSENT if value is None else value.lasting())


PARTICIPANTS = "Participants"


@dataclass(frozen=True)
class ParticipantsField:
    """Who takes part. By address, where no record of Zoho's is known; the side looks
    for contacts and users (Zoho fact sheet, 3.3)."""

    unit: str
    fields: tuple[str, ...] = (PARTICIPANTS,)

    def read(self, record: Mapping[str, Any]) -> tuple[Attendee, ...]:
        return tuple(map(_attendee, _rows(record.get(PARTICIPANTS))))

    def write(self, value: tuple[Attendee, ...], fields: Fields) -> dict[str, Any]:
        if not fields.writable(PARTICIPANTS):
            return {}
        rows = [participant(who) for who in value if who.email or who.ref]
        return {PARTICIPANTS: rows or None}

    def fit(self, value: tuple[Attendee, ...], values: Values, fields: Fields) -> Cell:
        if not fields.writable(PARTICIPANTS):
            return no_field(self.unit, value, PARTICIPANTS)
        known = {
            key: who
            for key, who in addresses(value).items()
            if zoho_takes_email(who.email, None)
        }
        remarks = []
        left = [who for who in value if who.email.strip().casefold() not in known]
        if left:
            why = reason("calendar_people_no_address", names=_names(left))
            remarks.append(why)
        taken = tuple(known.values())[:MAX_PARTICIPANTS]
        if len(known) > len(taken):
            more = len(known) - len(taken)
            why = reason("calendar_people_more", limit=MAX_PARTICIPANTS, count=more)
            remarks.append(why)
        return Cell(taken, tuple(remarks))


def participant(who: Attendee) -> dict[str, Any]:
    """A participant as Zoho wants it."""
    kind, _, key = who.ref.partition("/")
    if key:
        return {"type": kind, "participant": key}
    return {"type": "email", "Email": who.email}


def _attendee(row: Mapping[str, Any]) -> Attendee:
    kind, key = str(row.get("type") or ""), str(row.get("participant") or "")
    email = clean.line(str(row.get("Email") or ""))
    name = clean.line(str(row.get("name") or ""))
    if kind == "email" or not key:
        return Attendee(email or key, name)
    return Attendee(email, name, f"{kind}/{key}")


REMIND_AT = "Remind_At"
_LIST, _INSTANT = "multireminder", "event_reminder"
_PERIODS = {"minutes": 1, "hours": 60, "days": 1440, "weeks": 10080}


@dataclass(frozen=True)
class ReminderField:
    """The first reminder, in the form that the organisation's field has."""

    fields: tuple[str, ...] = (REMIND_AT,)

    def read(self, record: Mapping[str, Any]) -> int | None:
        value = record.get(REMIND_AT)
        rows = _rows(value)
        minutes = None
        if rows:
            minutes = _minutes_before(rows[0], _zoho_time(record.get(START)))
        elif isinstance(value, str):
            at, start = _zoho_time(value), _zoho_time(record.get(START))
            if at is not None and start is not None:
                minutes = round((start - at) / _MINUTE)
        return minutes if minutes is not None and minutes >= 0 else None

    def write(self, value: int | None, fields: Fields) -> dict[str, Any]:
        """The form that names an instant is written by ``also``: it hangs on the
        start."""
        if not fields.writable(REMIND_AT) or fields.data_type(REMIND_AT) != _LIST:
            return {}
        if value is None:
            return {REMIND_AT: None}
        period = "hours" if value and value % 60 == 0 else "minutes"
        row = {"unit": value // _PERIODS[period], "period": period}
        return {REMIND_AT: [row]}

    def fit(self, value: int | None, values: Values, fields: Fields) -> Cell:
        known = fields.data_type(REMIND_AT) in (_LIST, _INSTANT)
        if known and fields.writable(REMIND_AT):
            return Cell(value)
        if value is None:
            return Cell(ABSENT)
        return Cell(ABSENT, (reason("calendar_reminder_field"),))


def _minutes_before(row: Mapping[str, Any], start: datetime | None) -> int | None:
    unit, factor = row.get("unit"), _PERIODS.get(str(row.get("period")))
    if isinstance(unit, bool) or not isinstance(unit, int) or factor is None:
        return None
    minutes = unit * factor
    at = re.fullmatch(r"(\d\d?)[.:](\d\d)", str(row.get("time") or ""))
    if at and start is not None:
        # So many days before, at a time of day.
        clock = int(at[1]) * 60 + int(at[2])
        minutes += start.hour * 60 + start.minute - clock
    return minutes


def _zoho_time(value: Any) -> datetime | None:
    """A time with its offset."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None


def _iso(moment: datetime | date) -> str:
    assert isinstance(moment, datetime)
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


#: Nobody gets an invitation because of the sync (Zoho fact sheet, 3.3).
QUIET = {"$send_notification": False}
VENUE_KIND = "Meeting_Venue__s"


def also(values: Values, current: Values | None, fields: Fields) -> dict[str, Any]:
    """What goes with the units to be written.

    :param current: what Zoho holds; ``None`` for a new event.
    """
    body: dict[str, Any] = {}
    whole = {**(current or {}), **values}
    if fields.data_type(REMIND_AT) == _INSTANT and fields.writable(REMIND_AT):
        minutes, when = whole.get("reminder"), whole.get("when")
        moved = "when" in values and minutes is not None
        if when is not None and (moved or "reminder" in values):
            body[REMIND_AT] = _reminder_instant(when, minutes)
    if current is None and fields.is_mandatory(VENUE_KIND):
        venue = fields.default(VENUE_KIND) or next(
            iter(fields.picklist(VENUE_KIND)), None
        )
        if venue:
            body[VENUE_KIND] = venue
    return body


def _reminder_instant(when: When, minutes: int | None) -> str | None:
    """Of whole days: counted from midnight, without an offset, as the days are."""
    if minutes is None:
        return None
    at = _instant(when.start) - timedelta(minutes=minutes)
    return f"{at:%Y-%m-%dT%H:%M:%S}" if when.all_day else _iso(at)


def event_table(inclusive: bool = False, takes_inclusive: bool = False) -> Table:
    """The table for a server; parameters: see ``WhenEntry``."""
    return Table(
        kind=KIND,
        form="Appointment",
        type="",
        module="Events",
        sent=QUIET,
        also=also,
        followers=(AlarmFollows(),),
        rows=(
            Row("title", TextItem(("summary",)), TitleField("title", "Event_Title")),
            Row("when", WhenEntry(inclusive, takes_inclusive), WhenFields()),
            Row("location", LocationEntry(), TextField("location", "Venue")),
            Row("description", TextEntry(), BodyField("description", "Description")),
            Row("attendees", AttendeesEntry(), ParticipantsField("attendees")),
            Row("reminder", AlarmEntry(), ReminderField()),
        ),
    )


EVENT = event_table()

__all__ = ["EVENT", "KIND", "Unreadable", "event_table"]
