"""The free/busy service: /api/freebusy, over all mail files and rooms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.simulators.common import Request, Response

from . import wire, zones
from .calendar import query_date
from .entries import CANCELLED, entry_of
from .errors import DasError
from .eventjson import utc_date

if TYPE_CHECKING:
    from .server import DominoSimulator
    from .world import MailFile

SERVICE = "com.ibm.domino.services.ServiceException"
# Longest entry that a search for overlaps looks back for.
_LONGEST = timedelta(days=62)
# A block that ended so shortly before the range still shows, clipped badly.
_STALE = timedelta(minutes=15)

Span = tuple[datetime, datetime]


def freebusy_route(parts: list[str]) -> str | None:
    """The resource for the path parts after `freebusy`."""
    match parts:
        case [] | ["busytime"] | ["freerooms"] | ["directories"]:
            return "freebusy"
        case ["sites", _]:
            return "freebusy"
    return None


def busy_spans(file: MailFile, since: datetime, before: datetime) -> Iterator[Span]:
    """When the entries of a mail file take time; private ones too."""
    low, high = file.agenda.between(since - _LONGEST, before, False)
    for _, _, unid, place in file.agenda.rows[low:high]:
        document = file.documents[unid]
        if document.form.lower() != "appointment":
            continue
        if document.get("_ViewIcon") == [CANCELLED]:
            continue
        entry = entry_of(document, place)
        if entry.free or entry.start is None or entry.end is None:
            continue
        if entry.end > entry.start and entry.end > since - _STALE:
            yield entry.start, entry.end


def merged(spans: Iterator[Span] | list[Span]) -> list[Span]:
    """Overlapping and touching spans as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


class FreebusyService:
    """Resources below `/api/freebusy`."""

    def __init__(self, server: DominoSimulator) -> None:
        self._server = server
        self._world = server.world

    def answer(self, request: Request, parts: list[str]) -> Response:
        """Answers a GET whose route is settled."""
        match parts:
            case ["busytime"]:
                return self._busytime(request)
            case ["freerooms"]:
                return self._freerooms(request)
            case ["directories"]:
                return self._directories(request)
            case ["sites", _]:
                return self._sites(parts[1])
        base = self._base(request)
        rows: list[dict[str, Any]] = [
            {"rel": name, "href": f"{base}/{name}"}
            for name in ("busytime", "freerooms", "directories")
        ]
        return _json({"links": rows})

    def _base(self, request: Request) -> str:
        return f"{self._server.link_origin(request)}/api/freebusy"

    # -- persons -------------------------------------------------------------------

    def _busytime(self, request: Request) -> Response:
        name = request.arg("name") or ""
        user = self._world.user(name) if name else None
        if user is None:
            raise DasError(400, "Name not found.", SERVICE)
        since, before = self._range(request)
        file = self._world.file(user.mail_file) if user.mail_file else None
        spans = list(busy_spans(file, since, before)) if file is not None else []
        blocks = merged([*spans, *self._off_hours(since, before)])
        # The start is clipped to the range, the end is not.
        shown = [(max(s, since), e) for s, e in blocks if e > since - _STALE]
        if request.arg("format") == "icalendar":
            return self._icalendar(since, before, shown)
        return _json(
            {
                "start": utc_date(since),
                "end": utc_date(before),
                "busyTimes": [
                    {"start": utc_date(s), "end": utc_date(e)} for s, e in shown
                ],
            }
        )

    def _range(self, request: Request) -> Span:
        now = self._world.now().replace(microsecond=0)
        since = query_date(request, "since") or now - timedelta(minutes=30)
        before = query_date(request, "before")
        days = request.arg("days")
        if before is not None and days:
            text = 'The "before" and "days" parameters exclude each other'
            raise DasError(400, text, SERVICE)
        if before is None:
            try:
                length = int(days or 30)
            except ValueError as error:
                text = f"Invalid days parameter: {days}"
                raise DasError(400, text, SERVICE) from error
            before = since + timedelta(days=length)
        if before <= since:
            text = 'The "before" date must be after the "since" date'
            raise DasError(400, text, SERVICE)
        return since, before

    def _off_hours(self, since: datetime, before: datetime) -> Iterator[Span]:
        """Nights and week-ends, where the profile's hours count as busy."""
        hours = self._server.knobs.working_hours
        if hours is None:
            return
        place = self._world.zone()
        day = since.astimezone(place).date() - timedelta(days=1)
        while day <= before.astimezone(place).date():
            midnight = datetime(day.year, day.month, day.day)
            edges = [0, 24] if day.weekday() > 4 else [0, hours[0], hours[1], 24]
            points = [
                zones.instant(midnight + timedelta(hours=h), place) for h in edges
            ]
            for start, end in zip(points[::2], points[1::2], strict=True):
                if end > since and start < before:
                    yield start, end
            day += timedelta(days=1)

    @staticmethod
    def _icalendar(since: datetime, before: datetime, blocks: list[Span]) -> Response:
        form = "%Y%m%dT%H%M%SZ"
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "BEGIN:VFREEBUSY",
            f"DTSTART:{since:{form}}",
            f"DTEND:{before:{form}}",
            *(f"FREEBUSY:{s:{form}}/{e:{form}}" for s, e in blocks),
            "END:VFREEBUSY",
            "END:VCALENDAR",
        ]
        body = "".join(f"{line}\r\n" for line in lines)
        return Response(200, body.encode(), content_type="text/calendar; charset=UTF-8")

    # -- rooms ---------------------------------------------------------------------

    def _freerooms(self, request: Request) -> Response:
        start, end = query_date(request, "start"), query_date(request, "end")
        site = request.arg("site")
        if start is None or end is None or not site:
            raise DasError(400, "A required parameter is missing.", SERVICE)
        if end <= start:
            text = 'The "end" date must be after the "start" date'
            raise DasError(400, text, SERVICE)
        try:
            capacity = int(request.arg("capacity") or 5)
        except ValueError as error:
            raise DasError(400, "Invalid capacity parameter", SERVICE) from error
        taken = set(self._booked(start, end))
        rows = [
            {
                "displayName": room.name,
                "distinguishedName": f"{room.name}/{room.site}",
                "email": room.email,
                "capacity": room.capacity,
            }
            for room in self._world.rooms
            if room.site == site and room.capacity >= capacity
            if f"{room.name}/{room.site}" not in taken
        ]
        return _json({"rooms": rows})

    def _booked(self, start: datetime, end: datetime) -> Iterator[str]:
        for file in self._world.files.values():
            low, high = file.agenda.between(start - _LONGEST, end, False)
            for _, _, unid, place in file.agenda.rows[low:high]:
                document = file.documents[unid]
                room = document.text("Room")
                until = entry_of(document, place).end
                if room and until is not None and until > start:
                    yield room

    def _directories(self, request: Request) -> Response:
        server = self._server.knobs.server_name
        first, _, rest = server.partition("/")
        key = quote(f"CN={first}/O={rest}!!names.nsf", safe="")
        link = {"rel": "sites", "href": f"{self._base(request)}/sites/{key}"}
        row = {"links": [link], "displayName": f"{rest or first}'s Directory"}
        return _json({"directories": [row]})

    def _sites(self, key: str) -> Response:
        if not key.endswith("!!names.nsf"):
            raise DasError(404, "Directory not found.", SERVICE)
        sites = dict.fromkeys(room.site for room in self._world.rooms)
        return _json({"sites": [{"displayName": s} for s in sites]})


def _json(value: dict[str, Any]) -> Response:
    body = wire.calendar(value)
    return Response(200, body.encode(), content_type="application/json")
