"""The server: accounts paths and `/crm/v8/` on one port."""

from __future__ import annotations

import copy
import html
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from ..common import Clock, FaultRule, Request, Response, SimulatorServer
from . import coql, directory, reading, writing
from .activity_values import show_alarm
from .acts import Acts
from .call import JSON, Call, answer
from .credits import Credits, records_cost
from .errors import ApiError, invalid_url
from .knobs import EDITIONS, Knobs
from .oauth import (
    THROTTLED,
    Accounts,
    Client,
    OAuthError,
    Throttled,
    allows,
    area_scopes,
    module_scopes,
    read_scopes,
)
from .reading import Tokens
from .render import OWN_DOLLAR, Renderer
from .times import show
from .world import Record, World
from .writing import Workflow, Writer

API = "crm"
VERSION = "v8"
MODULE_PARTS = frozenset({"deleted", "search", "upsert", "actions"})
_INSTANTS = ("datetime", "event_reminder")
Handler = Callable[[Call], Response]


class ZohoSimulator(SimulatorServer):
    """A Zoho organisation over HTTP.

    `ZohoSimulator(**knobs)`: the fields of `Knobs`, which may also be changed
    later as `sim.knobs.x`. `sim.act` acts as a person there, `sim.log` has
    the requests and mails, `sim.writes_seen` what each write asked for,
    `sim.credits` the API credits, `sim.faults` the faults; own kinds beside
    the common ones: token_expired, token_throttled, too_many_requests,
    internal_error, maintenance, no_permission, scope_mismatch, item_error
    (options: items, code, message, details).

    Routes in log and faults: `oauth/token`, `oauth/auth`, `oauth/revoke`,
    `users`, `org`, `coql`, `settings/fields`, `Contacts`, `Contacts/{id}`,
    `Contacts/deleted`, `Contacts/search`, `Contacts/upsert`,
    `Contacts/actions/count`, `Events/{id}/actions/cancel`, ...
    """

    own_fault_kinds = frozenset(
        {
            "internal_error",
            "item_error",
            "maintenance",
            "no_permission",
            "scope_mismatch",
            "token_expired",
            "token_throttled",
            "too_many_requests",
        }
    )
    server_header = "ZGS"

    def __init__(
        self, *, clock: Clock | None = None, keep_bodies: bool = False, **knobs: Any
    ) -> None:
        super().__init__(clock, keep_bodies=keep_bodies)
        self.knobs = Knobs(**knobs)
        self.world = World(self.knobs, int(self.clock.now().timestamp()))
        self.accounts = Accounts(self.knobs)
        self.credits = Credits(self.knobs)
        self.page_tokens = Tokens()
        self.workflows: list[Workflow] = []
        self.writes_seen: list[dict[str, Any]] = []
        self.act: Acts = Acts(self)
        self.act.add_user(
            "integration@fjordlicht.example",
            "Inga",
            "Integration",
            profile="Administrator",
        )
        self.client_id = "1000.SIMULATORCLIENT"
        self.client_secret = "simulator-secret"
        self.act.add_client(self.client_id, self.client_secret)

    @property
    def base_url(self) -> str:
        """The address that token answers and redirects name."""
        return self.knobs.base_url or self.url

    # -- looking at it from outside ------------------------------------------

    def records(self, module: str) -> list[dict[str, Any]]:
        """Live records as plain dicts: every field, times in UTC, rising ids.

        Start and end of an all-day event are its first and last date.
        """
        with self.lock:
            self.world.settle(self.clock.now().timestamp())
            table = self.world.tables[module]
            return [self._plain(table.rows[i]) for i in table.ids]

    def deleted(self, module: str) -> list[dict[str, Any]]:
        """Deleted records: `{id, type, deleted_time}`."""
        with self.lock:
            table = self.world.tables[module]
            self.world.expire(table, self.clock.now().timestamp())
            rows = [(r.deleted or 0, r.id, "recycle") for r in table.bin.values()]
            rows += [(g.time, g.id, "permanent") for g in table.gone.values()]
            return [
                {"id": i, "type": kind, "deleted_time": show(t, "UTC")}
                for t, i, kind in sorted(rows)
            ]

    def _plain(self, record: Record) -> dict[str, Any]:
        world = self.world
        module = world.modules[record.module]
        values: dict[str, Any] = {}
        for f in module.fields.values():
            value = record.values.get(f.api_name)
            if value is not None and f.data_type == "lookup":
                target = world.find(f.lookup or "", value)
                value = {"id": value, "name": world.name_of(target)} if target else None
            elif value is not None and f.data_type == "ALARM":
                value = show_alarm(value, "UTC")
            elif isinstance(value, int) and f.data_type in _INSTANTS:
                value = show(value, "UTC")
            values[f.api_name] = copy.deepcopy(value)
        for name in OWN_DOLLAR.get(module.api_name, ()):
            values[name] = record.values.get(name)
        owner = world.users[record.owner]
        return {
            **values,
            "id": record.id,
            "Full_Name": world.name_of(record),
            "Owner": {**owner.ref(), "email": owner.email},
            "Created_By": world.users[record.created_by].ref(),
            "Modified_By": world.users[record.modified_by].ref(),
            "Created_Time": show(record.created, "UTC"),
            "Modified_Time": show(record.modified, "UTC"),
            "Last_Activity_Time": show(record.activity, "UTC"),
            "Change_Log_Time__s": show(record.modified, "UTC"),
            "Tag": list(record.tags),
            "Locked__s": record.locked,
            "Record_Status__s": "Available",
        }

    def dump(self) -> dict[str, Any]:
        """Everything an independent comparer may want to know."""
        now = self.clock.now().timestamp()
        with self.lock:
            return {
                "org": {"zgid": self.world.zgid, "company": self.world.company},
                "users": [
                    {
                        "id": u.id,
                        "email": u.email,
                        "name": u.name,
                        "status": u.status,
                        "time_zone": u.time_zone,
                    }
                    for u in self.world.users.values()
                ],
                "records": {m: self.records(m) for m in self.world.modules},
                "deleted": {m: self.deleted(m) for m in self.world.modules},
                "credits": {
                    "used": self.credits.used(now),
                    "limit": self.credits.limit,
                    "by_route": dict(self.credits.by_route),
                },
                "writes_seen": self.writes_seen,
            }

    def clear_log(self) -> None:
        """Forgets requests, mails and writes seen; credits stay spent."""
        super().clear_log()
        self.writes_seen.clear()

    # -- dispatch ------------------------------------------------------------

    def route_of(self, request: Request) -> str:
        """Module paths keep the module's name; ids become `{id}`."""
        parts = [p for p in request.segments if p]
        if parts[:2] == ["oauth", "v2"]:
            return "oauth/" + "/".join(parts[2:]).removeprefix("token/")
        if parts[:1] == [API] and len(parts) > 2:
            return "/".join("{id}" if p.isdecimal() else p for p in parts[2:])
        return "/".join(parts)

    def is_write(self, request: Request) -> bool:
        """Changes of the organisation's data; no token calls, no COQL."""
        if request.route.startswith("oauth/") or request.route == "coql":
            return False
        return request.method not in ("GET", "HEAD", "OPTIONS")

    async def handle(self, request: Request) -> Response:
        """Answers a request."""
        if request.route.startswith("oauth/"):
            with self.lock:
                return self._oauth(request)
        with self.lock:
            return self._api(request, request.busy)

    def own_fault(self, rule: FaultRule, request: Request) -> Response | None:
        """Faults that answer instead of the API."""
        oauth = request.route.startswith("oauth/")
        if rule.kind == "token_throttled":
            return self._throttled() if oauth else None
        if oauth:
            return None
        match rule.kind:
            case "token_expired":
                self.accounts.access.pop(self._token_text(request), None)
                error = ApiError(401, "INVALID_TOKEN", "invalid oauth token")
            case "too_many_requests":
                error = self._too_many()
            case "internal_error":
                error = ApiError(500, "INTERNAL_ERROR", "Internal Server Error")
            case "maintenance":
                error = ApiError(
                    503,
                    "SERVICE_UNAVAILABLE",
                    "Service temporarily unavailable for maintenance",
                )
            case "no_permission":
                error = ApiError(
                    self.knobs.permission_status,
                    "NO_PERMISSION",
                    "Permission denied",
                    {"permissions": rule.options.get("permissions", [])},
                )
            case "scope_mismatch":
                error = ApiError(401, "OAUTH_SCOPE_MISMATCH", "Unauthorized")
            case _:
                return None
        return self._refuse(error)

    # -- accounts server -----------------------------------------------------

    def _oauth(self, request: Request) -> Response:
        now = self.clock.now().timestamp()
        args = {**dict(request.args), **request.form()}
        match request.method, request.route:
            case "POST", "oauth/token":
                return self._token_call(args, now)
            case "POST", "oauth/revoke":
                if self.accounts.revoke(args.get("token", "")):
                    return _plain_json({"status": "success"})
                return _plain_json({"error": "invalid_code"})
            case "GET", "oauth/auth":
                return self._consent(request, dict(request.args), now)
        return Response(404, b"<html>Not Found</html>", content_type="text/html")

    def _token_call(self, args: dict[str, str], now: float) -> Response:
        try:
            data = self.accounts.token(args, now)
        except Throttled:
            return self._throttled()
        except OAuthError as error:
            return _plain_json({"error": error.error}, self.knobs.token_error_status)
        return _plain_json({**data, "api_domain": self.base_url})

    def _throttled(self) -> Response:
        return _plain_json(THROTTLED, self.knobs.token_limit_status)

    def _consent(self, request: Request, args: dict[str, str], now: float) -> Response:
        """GET /oauth/v2/auth: asks the user, redirects back with a code (1.2)."""
        redirect = args.get("redirect_uri", "")
        scopes = read_scopes(args.get("scope", ""))
        try:
            client = self.accounts.client(args.get("client_id"))
            self._check_consent(client, redirect, args, scopes)
        except OAuthError as error:
            page = f"<html><body><h1>Error</h1><p>{error.error}</p></body></html>"
            return Response(400, page.encode(), content_type="text/html;charset=UTF-8")
        choice = args.get("consent_choice", self.knobs.consent)
        if choice == "page":
            return self._consent_page(request, client, scopes)
        back = {"state": args["state"]} if "state" in args else {}
        if choice in ("deny", "reject"):
            return _redirect(redirect, {"error": "access_denied", **back})
        user = self.world.person(self.knobs.consent_user)
        try:
            code = self.accounts.make_code(
                client,
                user.id,
                scopes,
                now,
                redirect_uri=redirect,
                offline=args.get("access_type") == "offline",
                prompt=args.get("prompt") == "consent",
            )
        except OAuthError as error:
            return _redirect(redirect, {"error": error.error, **back})
        found = {
            **back,
            "code": code.value,
            "location": self.knobs.dc,
            "accounts-server": self.base_url,
        }
        return _redirect(redirect, found)

    def _check_consent(
        self,
        client: Client,
        redirect: str,
        args: dict[str, str],
        scopes: tuple[str, ...],
    ) -> None:
        if args.get("response_type") != "code":
            raise OAuthError("invalid_response_type")
        known = redirect in client.redirect_uris or "*" in client.redirect_uris
        if not redirect or not known:
            raise OAuthError(self.knobs.redirect_error)
        if not scopes:
            raise OAuthError("invalid_scope")

    def _consent_page(
        self, request: Request, client: Client, scopes: tuple[str, ...]
    ) -> Response:
        def link(choice: str) -> str:
            query = urlencode([*request.args, ("consent_choice", choice)])
            return html.escape(f"{request.path}?{query}")

        items = "".join(f"<li>{html.escape(s)}</li>" for s in scopes)
        page = (
            "<html><head><title>Accounts</title></head><body>"
            f"<p>{html.escape(client.id)} would like to access:</p><ul>{items}</ul>"
            f'<a id="accept" href="{link("accept")}">Accept</a> '
            f'<a id="reject" href="{link("reject")}">Reject</a></body></html>'
        )
        return Response(200, page.encode(), content_type="text/html;charset=UTF-8")

    # -- CRM -----------------------------------------------------------------

    def _api(self, request: Request, busy: int) -> Response:
        now = self.clock.now().timestamp()
        self.world.settle(now)
        call: Call | None = None
        try:
            parts = self._version(request)
            call = self._sign_in(request, now)
            request.user = call.user.email
            self._concurrency(request, call, busy)
            handler, cost = self._route(call, parts)
            if not self.credits.spend(request.route, cost, now):
                raise self._too_many()
            response = handler(call)
        except ApiError as error:
            response = self._refuse(error)
        if call is not None:
            self._headers(response, call)
            if self.is_write(request):
                self._note_write(call, response)
        return response

    def _version(self, request: Request) -> list[str]:
        parts = [p for p in request.segments if p]
        if len(parts) < 3 or parts[0] != API:
            raise invalid_url()
        if parts[1] != VERSION:
            raise ApiError(
                400,
                "API_NOT_SUPPORTED",
                "the API is not supported in this version",
                {"supported_version": 8.0},
            )
        return parts[2:]

    def _token_text(self, request: Request) -> str:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        known = ["zoho-oauthtoken"] + ["bearer"] * self.knobs.bearer
        return token.strip() if kind.lower() in known else ""

    def _sign_in(self, request: Request, now: float) -> Call:
        token = self._token_text(request)
        if not token:
            raise ApiError(401, "AUTHENTICATION_FAILURE", "Authentication failed")
        access = self.accounts.check(token, now)
        if access is None:
            raise ApiError(401, "INVALID_TOKEN", "invalid oauth token")
        user = self.world.users[access.user]
        if user.status != "active":
            raise ApiError(401, "AUTHENTICATION_FAILURE", "Authentication failed")
        return Call(
            request=request,
            world=self.world,
            user=user,
            scopes=access.scopes,
            now=now,
            args=dict(request.args),
            show=Renderer(self.world, user),
            token_expires=int(access.expires),
        )

    def _concurrency(self, request: Request, call: Call, busy: int) -> None:
        limit = self.knobs.concurrency
        if limit is None:
            limit = EDITIONS[self.knobs.edition][3]
        heavy = request.route == "coql" or request.route.endswith("/search")
        heavy = heavy or (request.method in ("POST", "PUT") and _cost(call) > 1)
        if busy > limit or (heavy and busy > self.knobs.heavy_concurrency):
            raise self._too_many()

    def _too_many(self) -> ApiError:
        headers = []
        if self.knobs.retry_after is not None:
            headers.append(("Retry-After", str(self.knobs.retry_after)))
        if self.knobs.limit_body == "plain":
            return ApiError(
                429,
                "RATE_LIMIT_EXCEEDED",
                "Too many requests. Please try again later.",
                headers=headers,
            )
        wait = 60 if self.knobs.retry_after is None else self.knobs.retry_after
        return ApiError(
            429,
            "TOO_MANY_REQUESTS",
            "Rate limit exceeded. Please retry after the specified time.",
            {
                "trace_id": f"sim-{self.log.count() + 1}",
                "retry_after": wait,
                "limit": self.credits.limit,
                "window": 60,
            },
            headers=headers,
        )

    def _note_write(self, call: Call, response: Response) -> None:
        """Keeps what a write asked for: switches, items, results."""
        items = call.seen.get("items", [])
        self.writes_seen.append(
            {
                "time": int(call.now),
                "user": call.user.email,
                "method": call.request.method,
                "route": call.request.route,
                "status": response.status,
                "if_unmodified_since": call.header("If-Unmodified-Since"),
                "send_notification": [
                    i["$send_notification"]
                    for i in items
                    if isinstance(i, dict) and "$send_notification" in i
                ],
                **call.seen,
            }
        )

    def _refuse(self, error: ApiError) -> Response:
        body: Any = error.body
        if error.wrap is not None:
            body = {error.wrap: [body]}
        response = answer(body, error.status)
        response.headers += error.headers
        return response

    def _headers(self, response: Response, call: Call) -> None:
        """The headers of real answers (5.2)."""
        for name, value in (
            ("X-ACCESSTOKEN-RESET", show(call.token_expires, call.user.time_zone)),
            ("clientVersion", "8794360"),
            ("clientsubVersion", "c1f2a9d04be7"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store, no-cache, must-revalidate, private"),
            ("Pragma", "no-cache"),
            ("Expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("X-XSS-Protection", "1; mode=block"),
            ("Referrer-Policy", "strict-origin"),
        ):
            response.add(name, value)
        if response.content_type == JSON:
            response.add("Content-Disposition", "attachment; filename=response.json")
            response.add("Content-Language", "en-US")
        remaining = self.credits.remaining(call.now)
        if remaining * 2 < self.credits.limit:
            response.add("X-API-CREDITS-REMAINING", str(remaining))

    # -- routes --------------------------------------------------------------

    def _route(self, call: Call, parts: list[str]) -> tuple[Handler, int]:
        """What answers a path, and what it costs; refuses by scope."""
        method = call.request.method
        match method, *parts:
            case "GET", "users":
                return self._area(call, directory.list_users, "users")
            case "GET", "users", user_id:
                return self._area(
                    call, lambda c: directory.get_user(c, user_id), "users"
                )
            case "GET", "org":
                return self._area(call, directory.get_org, "org")
            case "POST", "coql":
                self._scope(call, ["ZohoCRM.coql.READ", "ZohoCRM.coql.ALL"])
                return coql.run, 1
            case _, "settings", *rest:
                return self._settings(call, method, rest)
            case _, name, *rest:
                return self._module(call, method, name, rest)
        raise invalid_url()

    def _scope(self, call: Call, needed: list[str]) -> None:
        if not allows(call.scopes, needed):
            raise ApiError(401, "OAUTH_SCOPE_MISMATCH", "Unauthorized")

    def _area(
        self, call: Call, handler: Handler, area: str, *parts: str
    ) -> tuple[Handler, int]:
        self._scope(call, area_scopes(area, *parts))
        return handler, 1

    def _settings(
        self, call: Call, method: str, rest: list[str]
    ) -> tuple[Handler, int]:
        def area(handler: Handler, *parts: str) -> tuple[Handler, int]:
            return self._area(call, handler, "settings", *parts)

        match method, *rest:
            case "GET", "fields":
                return area(directory.list_fields, "fields")
            case "GET", "fields", field_id:
                return area(lambda c: directory.list_fields(c, field_id), "fields")
            case "GET", "fields", field_id, "pick_list_values":
                return area(lambda c: directory.list_picks(c, field_id), "fields")
            case "GET", "modules":
                return area(directory.list_modules, "modules")
            case "GET", "modules", name:
                return area(lambda c: directory.list_modules(c, name), "modules")
            case "GET", "layouts":
                return area(directory.list_layouts, "layouts")
            case "GET", "layouts", layout_id:
                return area(lambda c: directory.list_layouts(c, layout_id), "layouts")
            case "GET", "related_lists":
                return area(directory.list_related, "related_lists")
            case "GET", "recycle_bin":
                return area(reading.list_bin, "recycle_bin")
            case "DELETE", "recycle_bin":
                self._scope(
                    call,
                    ["ZohoCRM.settings.ALL"]
                    + [f"ZohoCRM.settings.recycle_bin.{o}" for o in ("ALL", "DELETE")],
                )
                return writing.purge_bin, 1
        raise invalid_url()

    def _module(
        self, call: Call, method: str, name: str, rest: list[str]
    ) -> tuple[Handler, int]:
        call.module(name)
        match method, *rest:
            case "GET", *path:
                return self._reading(call, name, path)
            case "POST", *path if path in ([], ["upsert"]):
                self._scope(call, module_scopes(name, "CREATE"))
                if path:
                    self._scope(call, module_scopes(name, "UPDATE"))
                    return self._writer(name, "Edit", Writer.upsert), _cost(call)
                return self._writer(name, "Create", Writer.insert), _cost(call)
            case "POST", record_id, "actions", "cancel" if name == "Events":
                self._scope(call, module_scopes(name, "UPDATE"))
                return self._writer(name, "Edit", lambda w: w.cancel(record_id)), 1
            case "PUT", *path if len(path) < 2:
                self._scope(call, module_scopes(name, "UPDATE"))
                work: Any = Writer.update
                if path:
                    work = _with_id(Writer.update, path[0])
                return self._writer(name, "Edit", work), _cost(call)
            case "DELETE", *path if len(path) < 2:
                self._scope(call, module_scopes(name, "DELETE"))
                work = _with_id(Writer.delete, path[0]) if path else Writer.delete
                return self._writer(name, "Delete", work), 1
            case _, *path if len(path) < 2:
                raise ApiError(
                    self.knobs.method_status,
                    "INVALID_REQUEST_METHOD",
                    "The http request method type is not a valid one",
                )
        raise invalid_url()

    def _reading(self, call: Call, name: str, path: list[str]) -> tuple[Handler, int]:
        self._scope(call, module_scopes(name, "READ"))
        match path:
            case []:
                cost = 3 if "cvid" in call.args else 1
                return lambda c: reading.list_records(c, name, self.page_tokens), cost
            case ["deleted"]:
                return lambda c: reading.list_deleted(c, name), 2
            case ["search"]:
                self._scope(call, ["ZohoSearch.securesearch.READ"])
                return lambda c: reading.search(c, name), 1
            case ["actions", "count"]:
                self._scope(call, ["ZohoSearch.securesearch.READ"])
                return lambda c: reading.count(c, name), 1
            case [record_id] if record_id not in MODULE_PARTS:
                return lambda c: reading.get_record(c, name, record_id), 1
        raise invalid_url()

    def _writer(
        self, name: str, permission: str, work: Callable[[Writer], Response]
    ) -> Handler:
        def handler(call: Call) -> Response:
            table = call.table(name, permission)
            return work(Writer(call, table, self.log, self.workflows))

        return handler


def _with_id(
    work: Callable[[Writer, str | None], Response], record_id: str
) -> Callable[[Writer], Response]:
    return lambda writer: work(writer, record_id)


def _cost(call: Call) -> int:
    """Credits of an insert, update or upsert: by the records it carries."""
    try:
        items = json.loads(call.request.body)["data"]
    except (ValueError, KeyError, TypeError):
        return 1
    return records_cost(len(items) if isinstance(items, list) else 1)


def _plain_json(data: dict[str, Any], status: int = 200) -> Response:
    body = json.dumps(data, separators=(",", ":")).encode()
    return Response(status, body, content_type="application/json;charset=UTF-8")


def _redirect(target: str, found: dict[str, str]) -> Response:
    glue = "&" if "?" in target else "?"
    return Response(302, headers=[("Location", f"{target}{glue}{urlencode(found)}")])
