"""Calendar entries in the API's JSON: how they are shown, how bodies are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import recurrence, zones
from .agenda import uid_of
from .entries import (
    ALL_DAY,
    APPOINTMENT,
    CANCELLED,
    FLOATING,
    MEETING,
    WHOLE_DAYS,
    Entry,
    Instance,
    Person,
    entry_of,
    in_series,
    instance_id,
    instances,
)
from .items import RichText
from .knobs import Knobs
from .zones import Zone

if TYPE_CHECKING:
    from .world import Document, User, World

Json = dict[str, Any]
_SAFE = "@:$&+,;=!'()*~"


class BadCalendar(Exception):
    """A body that is no event: what the parser says about it."""


def address(base: str, uid: str, rid: str | None = None) -> str:
    """The URL of an event or instance below `base` (`.../events`)."""
    path = f"{base}/{quote(uid, safe=_SAFE)}"
    return f"{path}/{rid}" if rid else path


def utc_date(value: datetime) -> Json:
    """A date object in UTC."""
    value = value.astimezone(UTC)
    return {"date": f"{value:%Y-%m-%d}", "time": f"{value:%H:%M:%S}", "utc": True}


class Writer:
    """Shows the entries of one mail file."""

    def __init__(self, world: World, knobs: Knobs, owner: str | None) -> None:
        self._world = world
        self._knobs = knobs
        self._owner = owner

    # -- lists ---------------------------------------------------------------------

    def summary(self, document: Document, place: int, base: str) -> Json:
        """A list entry: from the view, in UTC, without what only documents hold."""
        entry = entry_of(document, place)
        uid = uid_of(document)
        rid = self._rid(document, place)
        row: Json = {"href": address(base, uid, rid), "id": uid}
        if entry.subject:
            row["summary"] = entry.subject
        if entry.location:
            row["location"] = entry.location
        self._span(row, entry, None)
        if rid is not None:
            row["recurrenceId"] = rid
        row["class"] = self._class(entry)
        row["transparency"] = "transparent" if entry.free else "opaque"
        self._status(row, document)
        row["sequence"] = entry.sequence
        if entry.categories:
            row["categories"] = ";".join(entry.categories)
        if entry.priority:
            row["priority"] = entry.priority
        if entry.chair:
            row["x-lotus-organizer"] = {"data": entry.chair}
        row["x-lotus-summarydataonly"] = {"data": "TRUE"}
        if document.form.lower() == "notice":
            row["x-lotus-unid"] = {"data": document.unid}
        if notice := document.text("NoticeType"):
            row["x-lotus-noticetype"] = {"data": notice}
        if room := document.text("Room"):
            row["x-lotus-room"] = {"data": room}
        if entry.url:
            row["x-lotus-onlinemeeting-url"] = {"data": entry.url}
        row["x-lotus-appttype"] = {"data": str(entry.kind)}
        return row

    def old_summary(
        self, document: Document, place: int, base: str, number: int
    ) -> Json:
        """The list entry of a mail template before 9: another id every time."""
        entry = entry_of(document, place)
        uid = f"{document.unid}_{number}-Lotus_ReadRange_Generated"
        who = Person(entry.chair).shown or entry.chair
        glued = [entry.subject, entry.location, who.partition("/")[0]]
        row: Json = {
            "href": address(base, uid),
            "id": uid,
            "summary": ",".join(part for part in glued if part),
        }
        self._span(row, entry, None)
        row["class"] = self._class(entry)
        if who:
            row["x-lotus-organizer"] = {"data": who.partition("/")[0]}
        row["x-lotus-summarydataonly"] = {"data": "TRUE"}
        row["x-lotus-appttype"] = {"data": str(entry.kind)}
        return row

    def _rid(self, document: Document, place: int) -> str | None:
        if document.parent is None or document.form.lower() == "notice":
            return None
        originals = document.get("RepeatInstanceDates") or document.get("StartDateTime")
        entry = entry_of(document, place)
        return recurrence.identifier(
            originals[place], entry.place, entry.kind in WHOLE_DAYS
        )

    # -- details -------------------------------------------------------------------

    def whole(self, documents: list[Document], base: str) -> Json:
        """All of an entry: a series with its changed instances."""
        if not in_series(documents):
            return self._wrapped([self.event(documents[0], 0, base)], documents[:1])
        found = instances(documents)
        events = [self._series(documents[0], found, base)]
        events += [self._instance(i, base) for i in found if i.changed]
        return self._wrapped(events, documents)

    def one(self, instance: Instance, base: str) -> Json:
        """One instance of a series."""
        return self._wrapped([self._instance(instance, base)], [instance.document])

    def notice(self, document: Document) -> Json:
        """The event of a notice, with the meeting's own subject and no link."""
        entry = entry_of(document)
        if topic := document.text("Topic"):
            entry.subject = topic
        row = self._head(document, entry, None)
        if document.text("RescheduleWhich"):
            original = document.get("RepeatInstanceDates")[0]
            row["recurrenceId"] = recurrence.identifier(
                original, entry.place, entry.whole_days
            )
        self._tail(row, document, entry)
        row["attendees"][0]["status"] = "needs-action"
        return self._wrapped([row], [document])

    def _wrapped(self, events: list[Json], documents: list[Document]) -> Json:
        known: dict[str, Json] = {}
        for document in documents:
            zone = zones.parse(document.text("StartTimeZone") or "-")
            whole = entry_of(document).whole_days
            if zone is not None and not whole:
                known[zone.name] = zone.definition
        body: Json = {}
        if known:
            body["timezones"] = list(known.values())
        body["events"] = events
        return body

    def _instance(self, instance: Instance, base: str) -> Json:
        rid = instance_id(instance)
        return self.event(instance.document, instance.place, base, rid)

    def event(
        self, document: Document, place: int, base: str, rid: str | None = None
    ) -> Json:
        """One event in the order in which the API writes its keys."""
        entry = entry_of(document, place)
        uid = uid_of(document)
        row = self._head(document, entry, address(base, uid, rid))
        if rid is not None:
            row["recurrenceId"] = rid
        self._tail(row, document, entry)
        return row

    def _head(self, document: Document, entry: Entry, href: str | None) -> Json:
        row: Json = {"href": href} if href else {}
        row["id"] = uid_of(document)
        if entry.subject:
            row["summary"] = entry.subject
        if entry.location:
            row["location"] = entry.location
        if entry.body is not None and entry.body.text:
            row["description"] = entry.body.text.replace("\n", "\r\n")
        self._span(row, entry, entry.zone)
        return row

    def _tail(self, row: Json, document: Document, entry: Entry) -> None:
        row["class"] = self._class(entry)
        row["transparency"] = "transparent" if entry.free else "opaque"
        self._status(row, document)
        row["sequence"] = entry.sequence
        row["last-modified"] = f"{document.modified:%Y%m%dT%H%M%SZ}"
        if entry.categories:
            row["categories"] = ";".join(entry.categories)
        if entry.priority:
            row["priority"] = entry.priority
        if entry.kind == MEETING or entry.attendees:
            row["attendees"] = self._attendees(document, entry)
            row["organizer"] = self._organizer(entry)
        row["x-lotus-broadcast"] = {"data": "FALSE"}
        row["x-lotus-notesversion"] = {"data": "2"}
        if notice := document.text("NoticeType"):
            row["x-lotus-noticetype"] = {"data": notice}
        if entry.url:
            row["x-lotus-onlinemeeting-url"] = {"data": entry.url}
        if room := document.text("Room"):
            row["x-lotus-room"] = {"data": room}
        row["x-lotus-appttype"] = {"data": str(entry.kind)}
        if entry.alarm is not None:
            row["alarm"] = [_alarm(entry)]

    def _class(self, entry: Entry) -> str:
        return self._knobs.private_class if entry.private else "public"

    def _status(self, row: Json, document: Document) -> None:
        if document.get("_ViewIcon") == [CANCELLED] and self._knobs.cancelled_status:
            row["status"] = "cancelled"
        elif document.text("NoticeType") == "P":
            row["status"] = "tentative"

    def _span(self, row: Json, entry: Entry, zone: str | None) -> None:
        """Start and end; `zone` None: the list's UTC."""
        if entry.whole_days and entry.zone != FLOATING:
            if entry.start is not None:
                row["start"] = {"date": f"{zones.wall(entry.start, entry.place):%F}"}
            if entry.end is not None:
                last = zones.wall(entry.end, entry.place).date()
                if self._knobs.all_day_end == "exclusive":
                    last += timedelta(1)
                row["end"] = {"date": f"{last:%F}"}
            return
        for name, value in (("start", entry.start), ("end", entry.end)):
            if value is not None:
                row[name] = self._date(value, zone)

    def _date(self, value: datetime, zone: str | None) -> Json:
        if not zone:
            return utc_date(value)
        place = zones.parse(zone)
        if place is not None:
            local = zones.wall(value, place)
        else:
            local = value.astimezone(self._world.zone()).replace(tzinfo=None)
        shown: Json = {"date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M:%S}"}
        if zone != FLOATING:
            shown["tzid"] = place.name if place is not None else zone
        return shown

    # -- series --------------------------------------------------------------------

    def _series(self, parent: Document, found: list[Instance], base: str) -> Json:
        entry = entry_of(parent)
        uid = uid_of(parent)
        row = self._head(parent, entry, address(base, uid))
        row |= self._dates(parent, entry, found)
        row["links"] = [{"rel": "instances", "href": f"{address(base, uid)}/instances"}]
        self._tail(row, parent, entry)
        return row

    def _dates(self, parent: Document, entry: Entry, found: list[Instance]) -> Json:
        form = self._knobs.series_form
        if entry.whole_days and self._knobs.all_day_series == "rule":
            form = "rule"
        if form == "rdate" or (form == "mixed" and any(i.changed for i in found)):
            return self._by_dates(entry, found)
        shown = self._by_rule(parent, entry, found)
        if shown is None or (form == "mixed" and "exceptDates" in shown):
            return self._by_dates(entry, found)
        return shown

    def _by_rule(
        self, parent: Document, entry: Entry, found: list[Instance]
    ) -> Json | None:
        rule = recurrence.rule_of(parent.get, entry.place)
        if rule is None or entry.start is None:
            return None
        originals = {i.original for i in found}
        expanded = recurrence.starts(rule, entry.start, entry.place)
        if not originals <= set(expanded):
            return None
        row: Json = {"recurrenceRule": rule}
        gone = [d for d in expanded if d not in originals]
        if gone:
            row["exceptDates"] = [self._plain(d, entry) for d in gone]
        return row

    def _by_dates(self, entry: Entry, found: list[Instance]) -> Json:
        """RDATE: the present starts, all with the length of the series."""
        starts = sorted({i.start for i in found})
        first = entry.start
        row: Json = {}
        if first is not None and first not in starts:
            # DTSTART always counts as an instance; EXDATE takes it out.
            starts.insert(0, first)
            row["exceptDates"] = [self._plain(first, entry)]
        length = timedelta()
        if entry.start is not None and entry.end is not None:
            length = entry.end - entry.start
        row["recurrenceDates"] = [
            {
                "start": self._plain(s, entry),
                "end": self._plain(s + length, entry, last=True),
            }
            for s in starts
        ]
        return row

    def _plain(self, value: datetime, entry: Entry, last: bool = False) -> Json:
        if not entry.whole_days:
            return utc_date(value)
        day = zones.wall(value, entry.place).date()
        if last and self._knobs.all_day_end == "exclusive":
            day += timedelta(1)
        return {"date": f"{day:%F}"}

    def series_ids(self, documents: list[Document]) -> list[str]:
        """The recurrence ids that /instances computes from what is shown.

        For dates they are the present ones: a moved instance gets a wrong id.
        """
        found = instances(documents)
        entry = entry_of(documents[0])
        shown = self._dates(documents[0], entry, found)
        if "recurrenceDates" not in shown:
            return sorted(instance_id(i) for i in found)
        starts = sorted({i.start for i in found})
        return [recurrence.identifier(s, entry.place, entry.whole_days) for s in starts]

    # -- people --------------------------------------------------------------------

    def _attendees(self, document: Document, entry: Entry) -> list[Json]:
        chair = self._person(entry.chair)
        rows = [_attendee(chair, "chair", "accepted", False)]
        answer = {"A": "accepted", "P": "tentative", "R": "declined"}
        mine = answer.get(document.text("NoticeType"))
        roles = {
            "req": "req-participant",
            "opt": "opt-participant",
            "fyi": "non-participant",
        }
        for person in entry.attendees:
            status = "needs-action"
            if mine and self._knobs.own_answer_shown and person.name == self._owner:
                status = mine
            rows.append(_attendee(person, roles[person.role], status, True))
        return rows

    def _person(self, name: str) -> Person:
        user = self._world.user(name) if name else None
        if user is not None:
            return Person(user.key, user.email)
        return Person(name, name if "@" in name else "")

    def _organizer(self, entry: Entry) -> Json:
        chair = self._person(entry.chair)
        row: Json = {}
        if chair.shown:
            row["displayName"] = chair.shown
        if chair.email:
            row["sentBy"] = f"mailto:{chair.email}"
            row["email"] = chair.email
        return row


def _attendee(person: Person, role: str, status: str, rsvp: bool) -> Json:
    row: Json = {"role": role, "status": status, "rsvp": rsvp}
    if person.shown:
        row["displayName"] = person.shown
    if person.email:
        row["email"] = person.email
    return row


def _alarm(entry: Entry) -> Json:
    if isinstance(entry.alarm, datetime):
        trigger = {
            "valueDataType": "date-time",
            "value": f"{entry.alarm:%Y%m%dT%H%M%SZ}",
        }
    else:
        trigger = {"related": "start", "value": duration(entry.alarm or 0)}
    return {"action": "display", "trigger": trigger, "description": entry.subject}


def duration(minutes: int) -> str:
    """Minutes as an ISO 8601 duration."""
    sign, rest = ("-" if minutes < 0 else ""), abs(minutes)
    if rest and rest % 1440 == 0:
        return f"{sign}P{rest // 1440}D"
    if rest and rest % 60 == 0:
        return f"{sign}PT{rest // 60}H"
    return f"{sign}PT{rest}M"


_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?"
    r"(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+)S)?)?$"
)


def minutes_of(text: str) -> int:
    """An ISO 8601 duration in minutes. Raises BadCalendar."""
    found = _DURATION.match(text)
    if found is None:
        raise BadCalendar(f"Invalid duration: {text}")
    n = {k: int(found[k] or 0) for k in "wdhms"}
    total = n["w"] * 10080 + n["d"] * 1440 + n["h"] * 60 + n["m"] + n["s"] // 60
    return -total if found["sign"] == "-" else total


# -- bodies --------------------------------------------------------------------------


@dataclass
class Body:
    """An event as a client sent it."""

    entry: Entry
    uid: str | None
    rid: str | None
    rule: str | None
    dates: list[datetime]
    ends: list[datetime]
    except_dates: list[datetime]
    sequence: int | None
    described: bool


class Reader:
    """Reads events from a JSON body. Raises BadCalendar for what is none."""

    def __init__(self, world: World, body: Json, owner: User | None) -> None:
        self._world = world
        self._owner = owner
        self._zones: dict[str, tuple[Zone, tzinfo]] = {}
        for value in body.get("timezones") or []:
            try:
                zone, exact = zones.from_definition(value)
            except (KeyError, TypeError, ValueError) as error:
                raise BadCalendar("Invalid time zone") from error
            self._zones[str(value["tzid"])] = (zone, exact)
        self.events = [self._event(e) for e in body.get("events") or []]

    def _event(self, row: Json) -> Body:
        if not isinstance(row, dict):
            raise BadCalendar("Invalid event")
        if "x-lotus-summarydataonly" in row:
            raise BadCalendar("Summary data only")
        if "start" not in row:
            raise BadCalendar("DTSTART is missing")
        entry = Entry(chair=self._owner.key if self._owner else "")
        entry.subject = str(row.get("summary") or "")
        entry.location = str(row.get("location") or "")
        entry.private = str(row.get("class") or "public").lower() != "public"
        entry.free = str(row.get("transparency") or "").lower() == "transparent"
        if row.get("categories"):
            entry.categories = str(row["categories"]).split(";")
        if (priority := row.get("priority")) is not None:
            entry.priority = self._integer(priority, "priority")
        described = "description" in row
        if described:
            text = str(row["description"] or "").replace("\r\n", "\n")
            entry.body = RichText.from_text(text)
        url = row.get("x-lotus-onlinemeeting-url")
        if isinstance(url, dict):
            entry.url = str(url.get("data") or "")
        sequence = None
        if "sequence" in row:
            sequence = self._integer(row["sequence"], "sequence")
            entry.sequence = sequence
        self._times(entry, row)
        self._people(entry, row)
        if alarms := row.get("alarm"):
            entry.alarm = self._alarm(alarms[0], entry)
        dates, ends = self._periods(row, entry)
        return Body(
            entry=entry,
            uid=str(row["id"]) if row.get("id") else None,
            rid=str(row["recurrenceId"]) if row.get("recurrenceId") else None,
            rule=str(row["recurrenceRule"]) if row.get("recurrenceRule") else None,
            dates=dates,
            ends=ends,
            except_dates=[self._mark(d, entry) for d in row.get("exceptDates") or []],
            sequence=sequence,
            described=described,
        )

    @staticmethod
    def _integer(value: Any, name: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadCalendar(f"Invalid {name}")
        return value

    def _times(self, entry: Entry, row: Json) -> None:
        start, end = row["start"], row.get("end")
        if "time" not in start:
            first = self._day(start)
            last = self._day(end) - timedelta(1) if end else first
            entry.kind = ALL_DAY
            entry.zone = zones.iana(str(self._world.zone()), self._year()).text
            entry.start, entry.end = recurrence.whole_day(
                first, max(first, last), entry.place
            )
            return
        entry.kind = APPOINTMENT
        entry.start, entry.zone = self._moment(start)
        if end:
            entry.end, _ = self._moment(end)
        elif "duration" in row:
            entry.end = entry.start + timedelta(minutes=minutes_of(row["duration"]))
        if entry.end is not None and entry.end < entry.start:
            raise BadCalendar("DTEND before DTSTART")

    def _year(self) -> int:
        return self._world.now().year

    @staticmethod
    def _day(value: Json) -> date:
        try:
            return date.fromisoformat(str(value["date"]))
        except (KeyError, TypeError, ValueError) as error:
            raise BadCalendar(f"Unparseable date {value}") from error

    def _moment(self, value: Json) -> tuple[datetime, str]:
        try:
            local = datetime.fromisoformat(f"{value['date']}T{value['time']}")
        except (KeyError, TypeError, ValueError) as error:
            raise BadCalendar(f"Unparseable date {value}") from error
        tzid = value.get("tzid")
        if tzid and value.get("utc"):
            raise BadCalendar("A date cannot have both utc and tzid")
        if tzid:
            known = self._zones.get(str(tzid))
            if known is None:
                raise BadCalendar("The Timezone ID is not found")
            return zones.instant(local, known[1]), known[0].text
        if value.get("utc"):
            return local.replace(tzinfo=UTC), ""
        return zones.instant(local, self._world.zone()), FLOATING

    def _mark(self, value: Json, entry: Entry) -> datetime:
        if "time" in value:
            return self._moment(value)[0]
        day = self._day(value)
        return recurrence.whole_day(day, day, entry.place)[0]

    def _periods(
        self, row: Json, entry: Entry
    ) -> tuple[list[datetime], list[datetime]]:
        starts, ends = [], []
        for period in row.get("recurrenceDates") or []:
            begin = self._mark(period["start"], entry)
            length = timedelta()
            if entry.start is not None and entry.end is not None:
                length = entry.end - entry.start
            starts.append(begin)
            if "end" in period and "time" in period["end"]:
                ends.append(self._moment(period["end"])[0])
            else:
                ends.append(begin + length)
        return starts, ends

    def _people(self, entry: Entry, row: Json) -> None:
        rows = row.get("attendees") or []
        organizer = row.get("organizer") or {}
        if not rows or not organizer:
            return
        entry.kind = MEETING if "time" in row["start"] else entry.kind
        if email := organizer.get("email"):
            known = self._world.user(str(email))
            entry.chair = known.key if known else str(email)
        roles = {"opt-participant": "opt", "non-participant": "fyi"}
        for value in rows:
            role = str(value.get("role") or "req-participant").lower()
            if role == "chair":
                continue
            email = str(value.get("email") or "")
            known = self._world.user(email) if email else None
            name = known.key if known else str(value.get("displayName") or email)
            entry.attendees.append(Person(name, email, roles.get(role, "req")))

    def _alarm(self, value: Json, entry: Entry) -> int | datetime:
        trigger = value.get("trigger") or {}
        text = str(trigger.get("value") or "")
        if str(trigger.get("valueDataType") or "").lower() == "date-time":
            try:
                stamp = datetime.strptime(text, "%Y%m%dT%H%M%SZ")
            except ValueError as error:
                raise BadCalendar(f"Unparseable date {text}") from error
            return stamp.replace(tzinfo=UTC)
        minutes = minutes_of(text)
        if str(trigger.get("related") or "").lower() == "end" and entry.end:
            length = entry.end - (entry.start or entry.end)
            minutes += int(length.total_seconds() // 60)
        return minutes
