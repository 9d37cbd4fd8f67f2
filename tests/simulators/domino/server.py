"""The server: from a request to the service that answers it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from tests.simulators.common import Clock, FaultRule, Request, Response, SimulatorServer
from tests.simulators.common.server import accepted_encodings, compress

from . import roots
from .acts import Acts, plain_document
from .auth import Gate
from .calendar import EVENT_ROUTES, CalendarService, calendar_route
from .calendar import METHODS as CALENDAR_METHODS
from .data import NOTES, DataService
from .entries import plain_entry
from .errors import DasError, NotesError, error_response, json_error, login_form, page
from .freebusy import FreebusyService, freebusy_route
from .knobs import Knobs
from .meetings import Post
from .notices import NoticeService
from .world import NO_ACCESS, MailFile, User, World

_API = re.compile(r"(?:/(?P<db>[^?]+?\.nsf))?/api(?P<rest>/.*)?$", re.IGNORECASE)
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

# Resources of the data service: route -> methods.
_ROUTES: dict[str, tuple[str, ...]] = {
    "databases": ("GET",),
    "collections": ("GET",),
    "entries": ("GET", "POST", "PUT"),
    "design": ("GET",),
    "entry": ("PUT", "DELETE"),
    "documents": ("GET", "POST"),
    "document": ("GET", "PUT", "PATCH", "DELETE"),
}


def data_route(parts: list[str]) -> str | None:
    """The data service's resource for the path parts after `data`."""
    match parts:
        case []:
            return "databases"
        case ["collections"]:
            return "collections"
        case ["collections", _, _]:
            return "entries"
        case ["collections", _, _, "design"]:
            return "design"
        case ["collections", _, _, "unid", _]:
            return "entry"
        case ["documents"]:
            return "documents"
        case ["documents", "unid", _]:
            return "document"
    return None


class DominoSimulator(SimulatorServer):
    """A Domino server with its API. Knobs are given as keywords.

    Route names for log and faults: login, logout, api, core, nonce,
    databases, collections, entries, design, entry, documents, document,
    calendar, events, event, instance, instances, action, event_notices,
    invitations, notice, notice_action, freebusy, page (anything else). Own
    faults: `login_form` (the session has expired just now), `lost_race`
    (PATCH or PUT of a document answers 200 while another edit wins; options
    `items`, `conflict`), `delete_conflict` (409), `notices_failed` (an event
    is stored, the answer is 500 with cserror 1026).
    """

    own_fault_kinds = frozenset(
        {"login_form", "lost_race", "delete_conflict", "notices_failed"}
    )
    server_header = "Lotus-Domino"

    def __init__(
        self, *, clock: Clock | None = None, keep_bodies: bool = False, **knobs: Any
    ) -> None:
        super().__init__(clock, keep_bodies=keep_bodies)
        self.knobs = Knobs(**knobs)
        self.world = World(self.clock.now, lambda: self.knobs.zone)
        self.gate = Gate(self.world, self.knobs)
        self.data = DataService(self)
        self.post = Post(self.world, self.log)
        self.calendar = CalendarService(self)
        self.notices = NoticeService(self, self.calendar)
        self.freebusy = FreebusyService(self)
        self.act: Acts = Acts(self)
        self._session_ids = 0

    # -- looking from outside ------------------------------------------------------

    def documents(
        self, mailfile: str, form: str | None = None, *, trash: bool = False
    ) -> list[dict[str, Any]]:
        """Plain documents of a mail file, or of its trash."""
        with self.lock:
            file = self.world.file(mailfile)
            if file is None:
                raise LookupError(f"no mail file {mailfile!r}")
            self.world.expire(file)
            found = (file.trash if trash else file.documents).values()
            return [
                plain_document(d)
                for d in found
                if form is None or d.form.lower() == form.lower()
            ]

    def events(self, mailfile: str) -> list[dict[str, Any]]:
        """What stands on the calendar of a mail file, one row an instance.

        Unanswered notices are left out. `start` and `end` are instants, or the
        first and last date of whole days; rows by start.
        """
        with self.lock:
            file = self.world.file(mailfile)
            if file is None:
                raise LookupError(f"no mail file {mailfile!r}")
            self.world.expire(file)
            return [
                plain_entry(file.documents[unid], place)
                for _, _, unid, place in file.agenda.rows
                if file.documents[unid].form.lower() == "appointment"
            ]

    def document(self, unid: str) -> dict[str, Any]:
        """One plain document, trash included. Raises LookupError."""
        with self.lock:
            return plain_document(self.world.find(unid))

    def dump(self) -> dict[str, Any]:
        """Users and all mail files with documents and trash."""
        with self.lock:
            return {
                "users": [
                    {
                        "name": u.name,
                        "key": u.key,
                        "email": u.email,
                        "mail_file": u.mail_file,
                    }
                    for u in self.world.users
                ],
                "mail_files": {
                    f.path: {
                        "owner": f.owner,
                        "documents": self.documents(f.path),
                        "events": self.events(f.path),
                        "trash": self.documents(f.path, trash=True),
                    }
                    for f in self.world.files.values()
                },
            }

    # -- what the services ask -----------------------------------------------------

    def enabled(self, name: str) -> bool:
        """Whether a service is installed and switched on; Core always is."""
        if name not in self.knobs.installed:
            return False
        wanted = {s.strip().lower() for s in self.knobs.services}
        return name == "Core" or name.lower() in wanted

    def link_origin(self, request: Request) -> str:
        """What links in bodies begin with: nothing, or the server's address."""
        if not self.knobs.absolute_urls:
            return ""
        return self.knobs.public_origin or request.origin

    # -- log and faults ------------------------------------------------------------

    def route_of(self, request: Request) -> str:
        """See the class; also settles the method that counts."""
        if request.method == "POST":
            override = request.headers.get("X-HTTP-Method-Override")
            if override:
                request.verb = override.upper()
        query = request.query.lower()
        if query.startswith("login") and request.path.lower().endswith(".nsf"):
            return "login"
        if query.startswith("logout"):
            return "logout"
        found = _API.match(request.path)
        if found is None:
            return "page"
        request.extra["db"] = unquote(found["db"]) if found["db"] else None
        rest = (found["rest"] or "").strip("/")
        parts = [unquote(p) for p in rest.split("/")] if rest else []
        request.extra["parts"] = parts
        match parts:
            case []:
                return "api"
            case ["core", "nonce"]:
                return "nonce"
            case ["data", *inner]:
                return data_route(inner) or "page"
            case ["calendar", *inner]:
                return calendar_route(inner) or "page"
            case ["freebusy", *inner]:
                return freebusy_route(inner) or "page"
            case [name, *_] if name in roots.SERVICES.values():
                return name
        return "page"

    def is_write(self, request: Request) -> bool:
        """Changes through the API; logins are none."""
        return request.verb in _WRITES and request.route not in ("login", "logout")

    def own_fault(self, rule: FaultRule, request: Request) -> Response | None:
        """`login_form`: the session ends now; Basic sites show a form too."""
        if rule.kind != "login_form":
            return None
        self.gate.forget(request)
        target = f"{request.path}?{request.query}" if request.query else request.path
        status = 401 if self.knobs.force401 else 200
        return login_form(target, status=status, form=self.knobs.login_form)

    # -- answering -----------------------------------------------------------------

    async def handle(self, request: Request) -> Response:
        """Takes the steps in the order of the real server."""
        with self.lock:
            try:
                return self._http_task(request)
            except DasError as error:
                return error_response(error, self.knobs.stack_traces)
            except NotesError as error:
                wrapped = DasError(400, str(error), NOTES)
                return error_response(wrapped, self.knobs.stack_traces)

    def _http_task(self, request: Request) -> Response:
        knobs = self.knobs
        if request.method not in knobs.methods:
            return page(405, "HTTP Web Server: Invalid Method Exception")
        if request.route == "login":
            return self.gate.login(request)
        if request.route == "logout":
            return self.gate.logout(request)
        user = self.gate.identify(request)
        if user is not None:
            request.user = user.name
        elif self.gate.refused(request):
            return self.gate.challenge(request)
        if "parts" not in request.extra:
            if user is None:
                return self.gate.challenge(request)
            return page(404, "HTTP Web Server: Couldn't find design note")
        path = request.extra["db"]
        if path is None:
            if user is None and not self._anonymous(request):
                return self.gate.challenge(request)
            return self._api(request, user, None)
        return self._database(request, user, path)

    def _anonymous(self, request: Request) -> bool:
        if request.route == "databases":
            return self.knobs.anonymous_data
        return request.route in ("api", "core") and self.knobs.anonymous_root

    def _database(self, request: Request, user: User | None, path: str) -> Response:
        if user is None:
            return self.gate.challenge(request)
        file = self.world.file(path)
        if file is None:
            return page(404, "HTTP Web Server: File does not exist")
        if file.access(user) <= NO_ACCESS + 1:
            return self.gate.challenge(request, reason=2)
        return self._api(request, user, file)

    def _api(
        self, request: Request, user: User | None, file: MailFile | None
    ) -> Response:
        knobs = self.knobs
        if not self.gate.token_ok(request):
            return self._forbidden()
        parts = request.extra["parts"]
        name = next((n for n, p in roots.SERVICES.items() if parts[:1] == [p]), None)
        if name in knobs.installed and not self.enabled(name or ""):
            return self._forbidden()
        request.extra["das"] = True
        if not parts:
            if file is not None:
                raise DasError(404, "Database context not allowed.")
            return self._only_get(request) or roots.services(self)
        if name is None or name not in knobs.installed:
            return self._router(404)
        match name:
            case "Core":
                return self._core(request, user, parts[1:], file)
            case "Data":
                return self._data(request, user, file, parts[1:])
            case "Calendar":
                return self._calendar(request, user, file, parts[1:])
            case "Freebusy":
                return self._freebusy(request, user, file, parts[1:])
        return self._router(404)

    def _freebusy(
        self,
        request: Request,
        user: User | None,
        file: MailFile | None,
        parts: list[str],
    ) -> Response:
        if file is not None:
            raise DasError(404, "Database context not allowed.")
        if user is None:
            return self.gate.challenge(request)
        if freebusy_route(parts) is None:
            return self._router(404)
        return self._only_get(request) or self.freebusy.answer(request, parts)

    def _core(
        self,
        request: Request,
        user: User | None,
        parts: list[str],
        file: MailFile | None,
    ) -> Response:
        if file is not None:
            raise DasError(404, "Database context not allowed.")
        if parts == ["nonce"]:
            if user is None:
                return self.gate.challenge(request)
            return self._only_get(request) or self.gate.nonce()
        if parts:
            return self._router(404)
        return self._only_get(request) or roots.core()

    def _calendar(
        self,
        request: Request,
        user: User | None,
        file: MailFile | None,
        parts: list[str],
    ) -> Response:
        if not parts:
            if file is not None:
                raise DasError(404, "Database context not allowed.")
            if user is None:
                return self.gate.challenge(request)
            return self._only_get(request) or roots.calendars(self, request, user)
        if file is None:
            raise DasError(404, "No database context.")
        route = calendar_route(parts)
        if user is None or route is None:
            return self._router(404)
        refused = self._refused_event(request, route)
        if refused is not None:
            return refused
        if route in EVENT_ROUTES:
            return self.calendar.answer(request, user, file, route, parts)
        return self.notices.answer(request, user, file, route, parts)

    def _refused_event(self, request: Request, route: str) -> Response | None:
        """The calendar looks at no Accept header and takes iCalendar too."""
        verb, methods = request.verb, CALENDAR_METHODS[route]
        if verb == "OPTIONS" or (verb not in methods and verb != "HEAD"):
            return self._refused(request, methods)
        if verb in ("POST", "PUT"):
            kind = request.headers.get("Content-Type", "application/json")
            kind = kind.partition(";")[0].strip().lower()
            if route in ("action", "notice_action"):
                if kind != "application/json":
                    raise DasError(415, "Unsupported media type.")
            elif kind not in ("application/json", "text/calendar"):
                return self._router(415)
        return None

    def _data(
        self,
        request: Request,
        user: User | None,
        file: MailFile | None,
        parts: list[str],
    ) -> Response:
        route = data_route(parts)
        if route is None:
            return self._router(404)
        refused = self._refused(request, _ROUTES[route])
        if refused is not None:
            return refused
        if file is not None:
            self.world.expire(file)
        if route == "databases":
            if file is not None:
                raise DasError(400, "URI path must not include a database.")
            return self.data.databases(request)
        if user is None:
            return self.gate.challenge(request)
        return self._resource(request, user, file, route, parts)

    def _resource(
        self,
        request: Request,
        user: User,
        file: MailFile | None,
        route: str,
        parts: list[str],
    ) -> Response:
        data = self.data
        verb = "GET" if request.verb == "HEAD" else request.verb
        match route, verb:
            case "collections", _:
                return data.collections(request, file)
            case "design", _:
                return data.design(request, file, parts[1], parts[2])
            case "entries", "GET":
                return data.entries(request, user, file, parts[1], parts[2])
            case "entries", "POST":
                return data.create_entry(request, user, file, parts[1], parts[2])
            case "entries", _:
                return data.folder(request, user, file, parts[1], parts[2])
            case "entry", _:
                return data.entry(request, user, file, parts[1], parts[2], parts[4])
            case "documents", "GET":
                return data.documents(request, user, file)
            case "documents", _:
                return data.create(request, user, file)
        if file is None:
            raise DasError(500, "", "java.lang.NullPointerException")
        match verb:
            case "GET":
                return data.get(request, user, file, parts[2])
            case "DELETE":
                return data.delete(request, user, file, parts[2])
        return data.update(request, user, file, parts[2])

    # -- the router's own answers ----------------------------------------------------

    def _only_get(self, request: Request) -> Response | None:
        return self._refused(request, ("GET",))

    def _refused(self, request: Request, methods: tuple[str, ...]) -> Response | None:
        verb = request.verb
        if verb == "OPTIONS":
            allowed = [*methods, "HEAD", "OPTIONS"] if "GET" in methods else methods
            return Response(200, b"", [("Allow", ", ".join(allowed))])
        if verb not in methods and not (verb == "HEAD" and "GET" in methods):
            return self._router(405)
        if verb in ("POST", "PUT", "PATCH"):
            kind = request.headers.get("Content-Type", "application/json")
            if kind.partition(";")[0].strip().lower() != "application/json":
                return self._router(415)
        if verb in ("GET", "HEAD") and not _takes_json(request):
            return self._router(406)
        return None

    def _router(self, status: int) -> Response:
        if self.knobs.router_body == "html":
            return page(status, "HTTP Web Server: Command Not Handled Exception")
        return Response(status)

    def _forbidden(self) -> Response:
        if self.knobs.forbidden_body == "html":
            return page(403, "Forbidden")
        return json_error(403, {"code": 403, "text": "Forbidden"})

    def finish(self, request: Request, response: Response) -> Response:
        """What the API's response wrapper adds: coding, Vary, SessionID."""
        if not request.extra.get("das"):
            return response
        if self.knobs.session_id_cookie and "SessionID" not in request.cookies():
            self._session_ids += 1
            response.headers.insert(
                0,
                ("Set-Cookie", f"SessionID={self._session_ids:040X}; path=/; HttpOnly"),
            )
        if request.arg("streaming") == "true" and response.body:
            response.chunked = True
        offered = request.headers.get("Accept-Encoding")
        if offered is None or not response.body or self.knobs.prevent_gzip:
            return response
        codings = accepted_encodings(request.headers)
        response.add("Vary", "Accept-Encoding")
        if codings & {"gzip", "*"}:
            return compress(response, "gzip")
        if "deflate" in codings:
            return compress(response, "deflate")
        if self.knobs.empty_content_encoding:
            response.add("Content-Encoding", "")
        return response


def _takes_json(request: Request) -> bool:
    accept = request.headers.get("Accept")
    if not accept:
        return True
    kinds = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return bool(kinds & {"*/*", "application/*", "application/json"})
