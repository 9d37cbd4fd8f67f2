"""Invitations, notices and actions of the calendar service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.simulators.common import Request, Response

from . import ical, wire
from .agenda import uid_of
from .calendar import CalendarService, query_date, store_error
from .entries import MEETING, Book, Person, entry_of, find_instance, in_series
from .errors import DasError
from .eventjson import Writer
from .meetings import METHODS
from .world import EDITOR, Document, MailFile, User

if TYPE_CHECKING:
    from .server import DominoSimulator

SERVICE = "com.ibm.domino.services.ServiceException"
ACTIONS = frozenset(
    {
        "accept",
        "cancel",
        "counter",
        "decline",
        "delegate",
        "delete",
        "requestinfo",
        "tentative",
        "processall",
        "removecancelled",
    }
)
ON_NOTICES = ACTIONS - {"cancel", "delete", "processall"}
REFUSED = "Error processing event action."


class NoticeService:
    """Resources below `/{db}/api/calendar` that deal with workflow."""

    def __init__(self, server: DominoSimulator, events: CalendarService) -> None:
        self._server = server
        self._world = server.world
        self._events = events

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
        match route:
            case "invitations":
                return self._invitations(request, user, file)
            case "event_notices":
                self._events.find(file, user, parts[1])
                uid = self._events.durable(file, parts[1])
                return self._rows(request, user, file.agenda.notices(uid))
            case "notice":
                return self._notice(request, user, file, parts[1])
            case "notice_action":
                return self._act_on_notice(request, user, file, parts[1])
        rid = parts[2] if len(parts) == 4 else None
        return self._act(request, user, file, parts[1], rid)

    # -- reading -------------------------------------------------------------------

    def _root(self, request: Request) -> str:
        end = request.path.lower().index("/api/calendar") + len("/api/calendar")
        return f"{self._server.link_origin(request)}{request.path[:end]}"

    def _rows(self, request: Request, user: User, found: list[Document]) -> Response:
        root = self._root(request)
        rows: list[dict[str, Any]] = [
            {
                "summary": d.text("Subject"),
                "scheduleMethod": METHODS[d.text("NoticeType")],
                "href": f"{root}/notices/{d.unid}",
            }
            for d in found
            if d.may_read(user)
        ]
        if not rows:
            return Response(200)
        body = wire.calendar({"notices": rows})
        return Response(200, body.encode(), content_type="application/json")

    def _invitations(self, request: Request, user: User, file: MailFile) -> Response:
        since = query_date(request, "since")
        received = query_date(request, "receivedsince")
        uid = request.arg("id")
        found = []
        for document in file.agenda.notices(uid or None):
            if document.text("NoticeType") not in ("I", "L"):
                continue
            starts = document.get("StartDateTime")
            if since is not None and not (starts and starts[-1] >= since):
                continue
            if received is not None and document.created < received:
                continue
            found.append(document)
        return self._rows(request, user, found)

    def _find(self, file: MailFile, user: User, unid: str) -> Document:
        document = file.documents.get(unid.upper())
        if (
            document is None
            or document.form.lower() != "notice"
            or not document.may_read(user)
        ):
            raise store_error(1031, "Error getting calendar notice")
        return document

    def _notice(
        self, request: Request, user: User, file: MailFile, unid: str
    ) -> Response:
        document = self._find(file, user, unid)
        method = METHODS[document.text("NoticeType")]
        writer = Writer(self._world, self._server.knobs, file.owner)
        value = writer.notice(document)
        if request.arg("format") == "icalendar":
            return self._events.icalendar(ical.text(value, method))
        body = wire.calendar(
            {
                "href": f"{self._root(request)}/notices/{document.unid}",
                "x-lotus-charset": {"data": "UTF-8"},
                "scheduleMethod": method,
                **value,
            }
        )
        return Response(200, body.encode(), content_type="application/json")

    # -- acting --------------------------------------------------------------------

    def _type(self, request: Request) -> str:
        kind = (request.arg("type") or "").lower()
        if not kind:
            raise DasError(400, "Action type not specified.", SERVICE)
        if kind not in ACTIONS:
            raise DasError(400, "Unknown action type.", SERVICE)
        return kind

    @staticmethod
    def _body(request: Request) -> dict[str, Any]:
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise DasError(400, "Error while parsing the JSON content", SERVICE)
        return body

    def _allow(self, file: MailFile, user: User) -> None:
        if file.access(user) < EDITOR:
            raise store_error(1028, REFUSED, "You are not authorized")

    def _act(
        self, request: Request, user: User, file: MailFile, uid: str, rid: str | None
    ) -> Response:
        kind = self._type(request)
        body = self._body(request)
        self._allow(file, user)
        if kind in ("processall", "removecancelled"):
            self._events.find(file, user, uid)
            return Response(200)
        uid = self._events.durable(file, uid)
        if not file.agenda.documents(uid) and file.agenda.notices(uid):
            raise store_error(1029, REFUSED)
        found = self._events.find(file, user, uid)
        document = found[0]
        if rid is not None:
            instance = find_instance(found, rid) if in_series(found) else None
            if instance is None:
                raise store_error(1031, REFUSED)
            document = instance.document
        entry = entry_of(document)
        mine = entry.chair == file.owner
        if kind == "delete":
            self._remove(request, file, uid, found, rid, tell=False)
        elif entry.kind != MEETING or mine != (kind == "cancel"):
            raise store_error(1033, REFUSED)
        elif kind == "cancel":
            self._remove(request, file, uid, found, rid, tell=True)
        elif kind in ("accept", "tentative", "decline"):
            self._server.post.answer(file, uid, kind, log=True, rid=rid)
        else:
            self._speak(file, document, kind, body)
            if kind == "delegate":
                self._remove(request, file, uid, found, rid, tell=False)
        return Response(200)

    def _remove(
        self,
        request: Request,
        file: MailFile,
        uid: str,
        found: list[Document],
        rid: str | None,
        tell: bool,
    ) -> None:
        rids = None
        if rid is not None:
            rids = self._events.spread(request, found, rid, REFUSED)
        if tell:
            self._server.post.withdraw(file, uid, rids)
        book = Book(self._world, file)
        if rids is None:
            book.remove(uid, soft=self._server.knobs.calendar_delete_to_trash)
        for one in rids or []:
            book.drop_instance(uid, one)

    def _speak(
        self, file: MailFile, document: Document, kind: str, body: dict[str, Any]
    ) -> None:
        """Counter-proposal, delegation or question to the organiser."""
        notice = {"counter": "T", "delegate": "D", "requestinfo": "E"}[kind]
        if kind == "counter" and "counterStart" not in body:
            raise store_error(1033, REFUSED)
        if kind == "delegate":
            name = str(body.get("delegateTo") or "")
            if not name:
                raise store_error(1033, REFUSED)
            user = self._world.user(name)
            person = Person(user.key, user.email) if user else Person(name, name)
            self._server.post.delegate(file, document, person)
        self._server.post.reply(file, document, notice)

    def _act_on_notice(
        self, request: Request, user: User, file: MailFile, unid: str
    ) -> Response:
        kind = self._type(request)
        body = self._body(request)
        self._allow(file, user)
        document = self._find(file, user, unid)
        notice = document.text("NoticeType")
        if kind not in ON_NOTICES:
            raise store_error(1033, REFUSED)
        if kind == "removecancelled":
            if notice != "C":
                raise store_error(1033, REFUSED)
            self._server.post.process(file, uid_of(document), remove=True)
            return Response(200)
        if notice == "U" and kind == "accept":
            self._server.post.process(file, uid_of(document), remove=True)
        elif notice not in ("I", "L", "U"):
            raise store_error(1033, REFUSED)
        elif kind in ("accept", "tentative", "decline"):
            self._server.post.answer(file, uid_of(document), kind, log=True)
        else:
            self._speak(file, document, kind, body)
            if kind == "delegate":
                self._world.hard_delete(document)
        return Response(200)
