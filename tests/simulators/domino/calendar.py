"""The calendar service of a mail file: /{db}/api/calendar/..."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulators.common import Request, Response

from . import ical, recurrence, wire, zones
from .agenda import uid_of
from .entries import (
    MEETING,
    WHOLE_DAYS,
    Book,
    Entry,
    entry_of,
    find_instance,
    in_series,
    instance_id,
    instances,
)
from .errors import DasError
from .eventjson import BadCalendar, Body, Reader, Writer, address
from .items import RichText
from .world import AUTHOR, Document, MailFile, User

if TYPE_CHECKING:
    from .server import DominoSimulator

SERVICE = "com.ibm.domino.services.ServiceException"
STORE = "com.ibm.domino.calendar.store.StoreException"

# cserror: HTTP status and what the Notes layer says.
ERRORS = {
    1024: (500, "Internal error"),
    1025: (400, "Invalid identifier"),
    1026: (500, "Error sending notices"),
    1027: (409, "Newer version exists"),
    1028: (400, "Action not supported"),
    1029: (400, "Invitation not accepted"),
    1030: (409, "Personal changes present"),
    1031: (404, "Identifier not found"),
    1032: (409, "Entry exists"),
    1033: (400, "Bad action"),
    1034: (400, "Invalid iCalendar"),
}
FIELDS = {
    "categories": "categories",
    "class": "class",
    "end": "end",
    "location": "location",
    "priority": "priority",
    "reccurenceid": "recurrenceId",
    "sequence": "sequence",
    "start": "start",
    "status": "status",
    "summary": "summary",
    "transparency": "transparency",
    "x-lotus-apptype": "x-lotus-appttype",
    "x-lotus-noticetype": "x-lotus-noticetype",
    "x-lotus-onlinemeeting-url": "x-lotus-onlinemeeting-url",
    "x-lotus-organizer": "x-lotus-organizer",
    "x-lotus-room": "x-lotus-room",
}
_KEPT = frozenset({"href", "id", "x-lotus-summarydataonly", "x-lotus-unid"})
_MASK = re.compile(r"[\w\-, ]*$")
_READ_RANGE = re.compile(r"([0-9A-F]{32})_\d+-Lotus_ReadRange_Generated$")


def store_error(cserror: int, message: str, cause: str = "") -> DasError:
    """An error of the calendar store, with its number."""
    status, text = ERRORS[cserror]
    return DasError(status, message, STORE, f"NotesException: {cause or text}", cserror)


def calendar_route(parts: list[str]) -> str | None:
    """The resource for the path parts after `calendar`."""
    match parts:
        case []:
            return "calendar"
        case ["events"]:
            return "events"
        case ["events", _]:
            return "event"
        case ["events", _, "instances"]:
            return "instances"
        case ["events", _, "notices"]:
            return "event_notices"
        case ["events", _, "action"] | ["events", _, _, "action"]:
            return "action"
        case ["events", _, _]:
            return "instance"
        case ["invitations"]:
            return "invitations"
        case ["notices", _]:
            return "notice"
        case ["notices", _, "action"]:
            return "notice_action"
    return None


# What CalendarService answers; the rest is NoticeService's.
EVENT_ROUTES = frozenset({"events", "event", "instance", "instances"})
METHODS: dict[str, tuple[str, ...]] = {
    "calendar": ("GET",),
    "events": ("GET", "POST"),
    "event": ("GET", "PUT", "DELETE"),
    "instances": ("GET",),
    "event_notices": ("GET",),
    "action": ("PUT",),
    "instance": ("GET", "PUT", "DELETE"),
    "invitations": ("GET",),
    "notice": ("GET",),
    "notice_action": ("PUT",),
}


def query_date(request: Request, name: str) -> datetime | None:
    """A date parameter: exactly `yyyy-MM-ddTHH:mm:ssZ`, else 400."""
    value = request.arg(name)
    if not value:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise DasError(400, f'Unparseable date: "{value}"', SERVICE) from error


def _integer(request: Request, name: str) -> int | None:
    value = request.arg(name)
    if not value:
        return None
    try:
        return int(value)
    except ValueError as error:
        text = f"Invalid {name} parameter: {value}"
        raise DasError(400, text, SERVICE) from error


class CalendarService:
    """Resources below `/{db}/api/calendar`."""

    def __init__(self, server: DominoSimulator) -> None:
        self._server = server
        self._world = server.world
        # ReadRange ids of old templates: when they were handed out.
        self._handed: dict[tuple[str, str], datetime] = {}

    @property
    def _knobs(self) -> Any:
        return self._server.knobs

    def _writer(self, file: MailFile) -> Writer:
        return Writer(self._world, self._server.knobs, file.owner)

    def _base(self, request: Request) -> str:
        """`.../events` as links begin."""
        path = request.path
        end = path.lower().index("/api/calendar") + len("/api/calendar")
        return f"{self._server.link_origin(request)}{path[:end]}/events"

    def answer(
        self,
        request: Request,
        user: User,
        file: MailFile,
        route: str,
        parts: list[str],
    ) -> Response:
        """Answers a request whose route and method are settled."""
        self._world.expire(file)
        verb = "GET" if request.verb == "HEAD" else request.verb
        match route, verb:
            case "events", "GET":
                return self._list(request, user, file)
            case "events", _:
                return self._create(request, user, file)
            case (("event" | "instance"), "GET"):
                return self._get(request, user, file, parts[1], _rid(parts))
            case (("event" | "instance"), "PUT"):
                return self._update(request, user, file, parts[1], _rid(parts))
            case (("event" | "instance"), _):
                return self._delete(request, user, file, parts[1], _rid(parts))
            case "instances", _:
                return self._instances(request, user, file, parts[1])
        raise DasError(404, "")

    # -- list ----------------------------------------------------------------------

    def _range(self, request: Request) -> tuple[datetime, datetime]:
        since = query_date(request, "since")
        before = query_date(request, "before")
        now = self._world.now().replace(microsecond=0)
        days = None
        if self._knobs.fp >= 8:
            relative = _integer(request, "sincenow")
            if relative is not None:
                if since is not None:
                    text = 'The "since" and "sincenow" parameters exclude each other'
                    raise DasError(400, text, SERVICE)
                since = now + timedelta(days=relative)
            days = _integer(request, "days")
        if days is not None:
            if before is not None:
                text = 'The "before" and "days" parameters exclude each other'
                raise DasError(400, text, SERVICE)
            if days <= 0:
                raise DasError(400, f"Invalid days parameter: {days}", SERVICE)
            before = (since or now) + timedelta(days=days)
        year = timedelta(days=365)
        if since is None:
            since = before - year if before is not None else now
        if before is None:
            before = since + year
        if before <= since:
            text = 'The "before" date must be after the "since" date'
            raise DasError(400, text, SERVICE)
        return since, before

    @staticmethod
    def _page(request: Request) -> tuple[int, int]:
        count = _integer(request, "count")
        count = 50 if count is None else count
        if not 1 <= count <= 100:
            text = (
                f"Invalid count parameter: {count}.  "
                "It must be greater than 0 and less than 101."
            )
            raise DasError(400, text, SERVICE)
        start = _integer(request, "start") or 0
        if start < 0:
            text = (
                f"Invalid start parameter: {start}.  "
                "It must be greater than or equal to 0."
            )
            raise DasError(400, text, SERVICE)
        return start, count

    @staticmethod
    def _mask(request: Request) -> frozenset[str] | None:
        fields = request.arg("fields")
        if not fields:
            return None
        if not _MASK.match(fields):
            raise DasError(400, f"Invalid fields parameter: {fields}", SERVICE)
        chosen = {FIELDS.get(f.strip()) for f in fields.split(",")} - {None}
        return frozenset(c for c in chosen if c) | _KEPT if chosen else None

    def _list(self, request: Request, user: User, file: MailFile) -> Response:
        since, before = self._range(request)
        start, count = self._page(request)
        mask = self._mask(request) if self._knobs.fp >= 8 else None
        agenda = file.agenda
        low, high = agenda.between(since, before, self._knobs.before_inclusive)
        rows = agenda.rows[low:high]
        if file.hidden:
            rows = [r for r in rows if file.documents[r[2]].may_read(user)]
        page = rows[start : start + count]
        writer, base = self._writer(file), self._base(request)
        events: list[dict[str, Any]] = []
        for number, (_, _, unid, place) in enumerate(page):
            document = file.documents[unid]
            if document.parent is not None and document.get("$Draft"):
                continue
            shown = self._row(file, writer, document, place, base, number)
            if mask is not None:
                shown = {k: v for k, v in shown.items() if k in mask}
            events.append(shown)
        if not page:
            return Response(200)
        last = start + len(page) - 1
        answer = Response(200)
        if events and request.arg("format") == "icalendar":
            answer = self.icalendar(ical.text({"events": events}))
        elif events:
            body = wire.events([wire.element(e) for e in events])
            answer = Response(200, body.encode(), content_type="application/json")
        return answer.add("Content-Range", f"items {start}-{last}")

    def _row(
        self,
        file: MailFile,
        writer: Writer,
        document: Document,
        place: int,
        base: str,
        number: int,
    ) -> dict[str, Any]:
        if not (self._knobs.old_template or file.old_template):
            return writer.summary(document, place, base)
        row = writer.old_summary(document, place, base, number)
        self._handed[file.path, row["id"]] = self._world.now()
        return row

    # -- one entry -----------------------------------------------------------------

    def durable(self, file: MailFile, uid: str) -> str:
        """The UID behind a ReadRange id, while that one is valid."""
        found = _READ_RANGE.match(uid)
        if found is None:
            return uid
        handed = self._handed.get((file.path, uid))
        limit = timedelta(minutes=self._knobs.read_range_minutes)
        document = file.documents.get(found[1])
        if handed is None or document is None or self._world.now() - handed > limit:
            raise store_error(1031, "Error reading event")
        return uid_of(document)

    def find(
        self, file: MailFile, user: User, uid: str, what: str = "reading"
    ) -> list[Document]:
        """The documents of an entry, or 1031; what a declined one answers."""
        found = file.agenda.documents(self.durable(file, uid))
        found = [d for d in found if d.may_read(user)]
        if not found and self._knobs.trashed_get == "document":
            found = [
                d
                for d in file.trash.values()
                if d.form.lower() == "appointment" and uid_of(d) == uid
            ]
        declined = found and found[0].text("NoticeType") == "R"
        if not found or (declined and self._knobs.declined_get == "404"):
            raise store_error(1031, f"Error {what} event")
        return found

    def _get(
        self, request: Request, user: User, file: MailFile, uid: str, rid: str | None
    ) -> Response:
        return self._shown(request, file, self.find(file, user, uid), rid)

    @staticmethod
    def icalendar(text: str) -> Response:
        """An answer in iCalendar."""
        kind = "text/calendar; charset=UTF-8"
        return Response(200, text.encode(), content_type=kind)

    def _shown(
        self, request: Request, file: MailFile, found: list[Document], rid: str | None
    ) -> Response:
        base = self._base(request)
        if request.arg("format") == "icalendar" or _is_text(request):
            return self.icalendar(ical.text(self._value(file, found, rid, base)))
        key = (
            base,
            rid,
            tuple(d.unid for d in found),
            self._knobs.series_form,
            self._knobs.all_day_series,
            self._knobs.all_day_end,
            self._knobs.private_class,
            self._knobs.cancelled_status,
            self._knobs.own_answer_shown,
        )
        kept = file.agenda.cache.setdefault(uid_of(found[0]), {})
        body = kept.get(key)
        if body is None:
            body = kept[key] = self._written(file, found, rid, base)
        return Response(200, body, content_type="application/json")

    def _written(
        self, file: MailFile, found: list[Document], rid: str | None, base: str
    ) -> bytes:
        whole = rid is None and in_series(found) and entry_of(found[0]).whole_days
        if whole and self._knobs.all_day_series == "error":
            text = "net.fortuna.ical4j.model.Date cannot be cast"
            raise DasError(500, text, "java.lang.ClassCastException")
        return wire.calendar(self._value(file, found, rid, base)).encode()

    def _value(
        self, file: MailFile, found: list[Document], rid: str | None, base: str
    ) -> dict[str, Any]:
        writer = self._writer(file)
        if rid is None:
            return writer.whole(found, base)
        instance = find_instance(found, rid) if in_series(found) else None
        if instance is None:
            raise store_error(1031, "Error reading event")
        return writer.one(instance, base)

    def _instances(
        self, request: Request, user: User, file: MailFile, uid: str
    ) -> Response:
        """Computed from the dates shown; links reuse the id of the request."""
        found = self.find(file, user, uid)
        if not in_series(found):
            raise DasError(400, "Event does not recur", SERVICE)
        base = self._base(request)
        limit = self._world.now() + recurrence.LONGEST
        rows: list[dict[str, Any]] = [
            {"recurrenceId": rid, "href": address(base, uid, rid)}
            for rid in self._writer(file).series_ids(found)
            if rid[:8] <= f"{limit:%Y%m%d}"
        ]
        body = wire.flat("instances", rows)
        return Response(200, body.encode(), content_type="application/json")

    # -- writing -------------------------------------------------------------------

    def _allow(self, file: MailFile, user: User, message: str) -> None:
        if file.access(user) < AUTHOR:
            raise store_error(1028, message, "You are not authorized")

    def _body(self, request: Request, file: MailFile, message: str) -> Body:
        if not request.body.strip():
            raise DasError(400, "Empty request body.", SERVICE)
        value = self._parsed(request)
        owner = self._world.user(file.owner) if file.owner else None
        try:
            events = Reader(self._world, value, owner).events
        except BadCalendar as error:
            raise store_error(1034, str(error)) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise store_error(1034, message) from error
        if len(events) != 1:
            raise store_error(1034, message)
        return events[0]

    @staticmethod
    def _parsed(request: Request) -> dict[str, Any]:
        if _is_text(request):
            try:
                return ical.parse(request.body.decode("utf-8", "replace"))
            except ical.BadText as error:
                raise store_error(1034, str(error)) from error
        try:
            value = json.loads(request.body)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise DasError(400, "Error while parsing the JSON content", SERVICE)
        return value

    @staticmethod
    def _workflow(request: Request) -> bool:
        return request.arg("workflow") != "false"

    def _create(self, request: Request, user: User, file: MailFile) -> Response:
        message = "Error creating event"
        self._allow(file, user, message)
        body = self._body(request, file, message)
        if body.uid and self._taken(file, body.uid):
            raise store_error(1032, message)
        book = Book(self._world, file)
        entry = body.entry
        try:
            dates, ends = self._dates(body)
        except ValueError as error:
            raise store_error(1034, message) from error
        if dates:
            uid = book.add_series(entry, dates, body.rule, body.uid, ends=ends)
        else:
            uid = book.add(entry, body.uid)
        if entry.kind == MEETING and self._workflow(request):
            self._server.post.invite(file, uid)
        if request.fault("notices_failed"):
            raise store_error(1026, message)
        origin = self._knobs.public_origin or request.origin
        place = address(f"{origin}{request.path}", uid)
        answer = self._shown(request, file, book.documents(uid), None)
        answer.status = 201
        return answer.add("Location", place)

    def _taken(self, file: MailFile, uid: str) -> bool:
        return bool(file.agenda.documents(uid) or file.agenda.notices(uid))

    @staticmethod
    def _dates(body: Body) -> tuple[list[datetime], list[datetime] | None]:
        """The starts of a series that a body makes; nothing for a single entry."""
        start = body.entry.start
        if start is None or not (body.rule or body.dates):
            return [], None
        gone = set(body.except_dates)
        if body.rule:
            dates = recurrence.starts(body.rule, start, body.entry.place)
            return [d for d in dates if d not in gone], None
        pairs = dict(zip(body.dates, body.ends, strict=True))
        if start not in pairs and start not in gone:
            pairs[start] = body.entry.end or start
        kept = sorted(d for d in pairs if d not in gone)
        return kept, [pairs[d] for d in kept]

    def _update(
        self, request: Request, user: User, file: MailFile, uid: str, rid: str | None
    ) -> Response:
        message = "Error updating event"
        self._allow(file, user, message)
        uid = self.durable(file, uid)
        body = self._body(request, file, message)
        if not file.agenda.documents(uid) and file.agenda.notices(uid):
            raise store_error(1029, message)
        found = self.find(file, user, uid, "updating")
        series = in_series(found)
        if series and rid is None:
            raise store_error(1028, message)
        document, place = found[0], 0
        if rid is not None:
            instance = find_instance(found, rid) if series else None
            if instance is None:
                raise store_error(1031, message)
            document, place = instance.document, instance.place
        old = entry_of(document, place)
        if old.chair != file.owner and old.kind == MEETING:
            if self._knobs.invitee_put == "refuse":
                raise store_error(1030, message)
        entry = self._merged(request, old, body, message)
        book = Book(self._world, file)
        if rid is None:
            book.change(uid, entry)
        else:
            book.change_instance(uid, rid, entry)
        if entry.kind == MEETING and self._workflow(request):
            self._server.post.update(file, uid, rid)
        if request.fault("notices_failed"):
            raise store_error(1026, message)
        return self._shown(request, file, book.documents(uid), rid)

    @staticmethod
    def _merged(request: Request, old: Entry, body: Body, message: str) -> Entry:
        """What a PUT leaves: the body, and the kept description."""
        entry = replace(body.entry)
        moved = (entry.start, entry.end) != (old.start, old.end)
        current = old.sequence
        given = body.sequence if body.sequence is not None else current
        strict = request.arg("strictsequence") == "true"
        if given < current or (strict and given <= current):
            raise store_error(1027, message)
        entry.sequence = given
        if moved and given == current and not strict:
            entry.sequence = current + 1
        if not body.described:
            # None leaves the stored description as it is.
            literally = request.arg("literally") == "true"
            entry.body = RichText.from_text("") if literally else None
        elif entry.body is not None and old.body is not None:
            if request.arg("literally") != "true":
                entry.body.attachments = list(old.body.attachments)
        if entry.kind != MEETING:
            fits = entry.whole_days == (old.kind in WHOLE_DAYS)
            entry.kind = old.kind if fits and old.kind != MEETING else entry.kind
        entry.chair = old.chair if entry.kind != MEETING else entry.chair
        if entry.whole_days and old.whole_days and entry.start and entry.end:
            first = zones.wall(entry.start, entry.place).date()
            last = zones.wall(entry.end, entry.place).date()
            entry.zone = old.zone
            entry.start, entry.end = recurrence.whole_day(first, last, entry.place)
        return entry

    def _delete(
        self, request: Request, user: User, file: MailFile, uid: str, rid: str | None
    ) -> Response:
        message = "Error deleting event"
        self._allow(file, user, message)
        uid = self.durable(file, uid)
        found = self.find(file, user, uid, "deleting")
        if user.key in file.no_delete:
            raise store_error(1028, message, "You are not authorized")
        book = Book(self._world, file)
        rids: list[str] | None = None
        if rid is not None:
            rids = self.spread(request, found, rid, message)
        if self._workflow(request):
            self._server.post.withdraw(file, uid, rids)
        if rids is None:
            book.remove(uid, soft=self._knobs.calendar_delete_to_trash)
        else:
            for one in rids:
                book.drop_instance(uid, one)
        return Response(200)

    @staticmethod
    def spread(
        request: Request, found: list[Document], rid: str, message: str
    ) -> list[str] | None:
        """The instances that `recurrenceRange` means; None for the whole series."""
        instance = find_instance(found, rid) if in_series(found) else None
        if instance is None:
            raise store_error(1031, message)
        span = (request.arg("recurrenceRange") or "").lower()
        if span == "all":
            return None
        everything = instances(found)
        at = instance.original
        chosen = {
            "future": [i for i in everything if i.original >= at],
            "previous": [i for i in everything if i.original <= at],
        }.get(span, [instance])
        if len(chosen) == len(everything):
            return None
        return [instance_id(i) for i in chosen]


def _rid(parts: list[str]) -> str | None:
    return parts[2] if len(parts) > 2 else None


def _is_text(request: Request) -> bool:
    """Whether a body came as iCalendar; the answer is iCalendar then."""
    if request.verb not in ("POST", "PUT"):
        return False
    kind = request.headers.get("Content-Type", "")
    return bool(kind.partition(";")[0].strip().lower() == "text/calendar")
