"""A signed-in conversation with one Domino server.

Rests on the DAS fact sheet: authentication and transport (Basic, session login,
CSRF), HTTP methods, error body, compression, robustness.
"""

from __future__ import annotations

import base64
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

import requests
from requests.cookies import extract_cookies_to_jar

from .. import bounded
from ..errors import (
    Bug,
    ChangedMeanwhile,
    Gone,
    Misconfigured,
    NeedsSignIn,
    NotSent,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    SyncError,
    Throttled,
)
from ..reasons import Reason, reason
from . import texts, wire  # noqa: F401  (texts registers the sentences)
from .answer import Answer, NotJson

AuthMode = Literal["auto", "basic", "session"]
ResolvedMode = Literal["", "basic", "session"]

USER_AGENT = "notes-zoho-sync/1.0"
LOGIN_COOKIES = ("DomAuthSessId", "LtpaToken", "LtpaToken2")
LOGIN_PATH = "/names.nsf?Login"
MEGABYTE = 1024 * 1024
#: Seconds between the attempts of a request that may be repeated.
PAUSES = (0.5, 2.0)
#: A server that asks for no more than this is waited for in place.
SHORT_WAIT = 5.0
_BLOCKED = (405, 501)
_ANONYMOUS = ("/api", "/api/core", "/api/data")


class ServerFault(OutcomeUnknown):
    """The API itself answered a write with an error of its own (500): it may have
    been applied before, but it is not under way any more."""


class ReadFault(RetryLater):
    """The API itself answered a read with an error of its own (500)."""


@dataclass(frozen=True)
class Request:
    """What is asked of a server.

    :param path: below the origin, percent-encoded.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)  # it may be a password
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_login(self) -> bool:
        return self.path == LOGIN_PATH

    @property
    def repeatable(self) -> bool:
        """Whether asking again does no harm."""
        return self.method == "GET" or self.is_login


class DominoSession:
    """Requests to one origin as one user. Threads may share it.

    Reads are repeated a few times on a quick failure; a write only when no
    connection was made or the login form came instead (then it was not applied).
    The environment's proxies and ``.netrc`` are not looked at: the credentials go to
    this origin only, and redirects are never followed.

    :param base_url: ``https://host[:port]``; ``http`` only with ``allow_http``.
    :param auth_mode: ``auto`` finds out by itself.
    :param known_mode: what ``resolved_mode`` said last time; spares ``auto`` the
        finding out, and is dropped when the server has changed.
    :param verify: whether to check the certificate, or the path of a CA file.
    :param max_connections: open connections at a time.
    :param timeouts: seconds to connect, seconds of silence while reading.
    :param total_timeout: seconds until an answer must have been read whole.
    :param max_bytes: largest answer that is read, unpacked.
    :param sleep: waits between attempts.
    """

    def __init__(
        self,
        base_url: str,
        user: str,
        password: str,
        *,
        auth_mode: AuthMode = "auto",
        known_mode: ResolvedMode = "",
        verify: bool | str = True,
        allow_http: bool = False,
        max_connections: int = 4,
        timeouts: tuple[float, float] = (10.0, 60.0),
        total_timeout: float = 180.0,
        max_bytes: int = 64 * MEGABYTE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """:raises Misconfigured: the address or the CA file is unusable."""
        self.origin = _origin(base_url, allow_http)
        self.server = urlsplit(self.origin).hostname or ""
        self.user = user
        self.max_connections = max(1, max_connections)
        self.sleep = sleep
        #: Called before a request that may change something; may raise.
        self.before_write: Callable[[], None] = lambda: None
        #: What was learned of the server; ``fields`` tells whether documents can be
        #: read in part (9.0.1 FP8), ``PATCH as POST`` that its site forbids a method.
        #: Plain JSON, worth remembering.
        self.features: dict[str, bool] = {}
        self._password = password
        self._auto = auth_mode == "auto"
        self._mode: Literal["basic", "session"] = (
            "session" if "session" in (auth_mode, known_mode) else "basic"
        )
        if auth_mode == "basic":
            self._mode = "basic"
        self._known = bool(known_mode)
        self._proven = False
        self._refused_for_good: Reason | None = None
        self._generation = 0
        self._lock = threading.Lock()
        self._clock: tuple[datetime, float] | None = None
        self._timeouts = timeouts
        self._total_timeout = total_timeout
        self._max_bytes = max_bytes
        self._verify = verify
        if isinstance(verify, str) and not Path(verify).exists():
            why = reason("domino_certificate", server=self.server, detail=verify)
            raise Misconfigured(why, "tls")
        self._http = bounded.Session()
        self._http.trust_env = False
        self._http.headers.clear()
        self._http.headers.update(
            {
                "User-Agent": USER_AGENT,
                "Accept": "*/*",
                "Accept-Encoding": "gzip, deflate",
            }
        )
        self._root = _encoded(self.origin)
        self._http.mount(self.origin, wire.Adapter(self.max_connections))

    def __repr__(self) -> str:
        return f"<DominoSession {self.origin} {self.user}>"

    def __enter__(self) -> DominoSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop the connections."""
        self._http.close()

    # -- what is known of the server -----------------------------------------------

    @property
    def resolved_mode(self) -> ResolvedMode:
        """How the server signs people in, once it has shown; else empty."""
        return self._mode if self._proven or not self._auto else ""

    @property
    def proven(self) -> bool:
        """Whether the server has accepted the name and password."""
        return self._proven

    def now(self) -> datetime:
        """The server's clock (UTC), from its latest ``Date`` header.

        Costs a request only when there was no answer yet: the sign-in by form, which
        is needed anyway or shows that there is none, or the list of services.

        :raises SyncError: that request failed.
        """
        if self._clock is None:
            with self._lock:
                if self._auto and not self._known:
                    self._mode, self._known = "session", True
            if self._mode == "session":
                self._signed_in()
            if self._clock is None:
                self._exchange(Request("GET", "/api"))
        if self._clock is None:  # a server without a Date header: ours must do
            self._clock = (datetime.now(UTC), time.monotonic())
        date, taken = self._clock
        return date + timedelta(seconds=time.monotonic() - taken)

    # -- reading -----------------------------------------------------------------------

    def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        shape: Callable[[Any], bool],
        allow: Collection[int] = (),
        empty: bool = False,
    ) -> Answer:
        """Read something; the answer is 200 with JSON of that shape.

        :param path: below the origin, percent-encoded.
        :param shape: whether the JSON is what was asked for; a login form in JSON or
            a proxy's page under status 200 is not.
        :param allow: further statuses of the API's own errors to be given back.
        :param empty: whether an answer without a body is one as well (DAS calendar
            service, list), unless it calls itself a page.
        :raises Gone: 404 by the API itself.
        :raises SyncError: as the type says.
        """
        for last in (False, True):
            answer = self._exchange(Request("GET", path, params or {}))
            if answer.status != 200:
                if answer.error is not None and mail_file_of(path):
                    self._proven = True  # the API speaks for a database: we are in
                if answer.status in allow and answer.error is not None:
                    return answer
                raise self._refusal("GET", path, answer)
            nothing = not answer.body.strip()
            if empty and nothing and answer.media_type in ("", "application/json"):
                self._proven = True
                return answer
            try:
                fits = shape(answer.data)
            except NotJson:
                fits = False
            if fits:
                self._proven = self._proven or path not in _ANONYMOUS
                return answer
            if not last and not (self._mode == "basic" and self._proven):
                # Perhaps a site's own login form that nobody could foresee.
                self._sign_in_again(answer, path, strict=False)
        detail = f"{answer.media_type or 'no type'} instead of JSON, {path}"
        raise RetryLater(self._unexpected(detail))

    # -- writing -----------------------------------------------------------------------

    def send(
        self,
        method: Literal["POST", "PATCH", "PUT", "DELETE"],
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        body: Any = None,
        unmodified_since: str = "",
        allow: Collection[int] = (),
    ) -> Answer:
        """Write something; the answer is 200, 201 or 204.

        :param unmodified_since: a stored ``Last-Modified`` text, sent back as it was
            (DAS data service, document PATCH).
        :param allow: numbers of the calendar's own errors to be given back.
        :raises NotSent: it certainly did not arrive.
        :raises OutcomeUnknown: it may have been applied.
        :raises ChangedMeanwhile: 412 or 409.
        :raises Gone: 404 by the API itself.
        :raises Rejected: the server does not take these values.
        :raises SyncError: as the type says.
        """
        headers = {"If-Unmodified-Since": unmodified_since} if unmodified_since else {}
        veiled = f"{method} as POST"
        if not self.features.get(veiled):
            request = Request(method, path, params or {}, body, headers)
            answer = self._exchange(request)
            if answer.status in _BLOCKED and method != "POST":
                # The site forbids the method; the API knows another way.
                self.features[veiled] = True
        if self.features.get(veiled):
            headers["X-HTTP-Method-Override"] = method
            request = Request("POST", path, params or {}, body or {}, headers)
            answer = self._exchange(request)
            if answer.status in _BLOCKED:
                del self.features[veiled]
        if answer.status in (200, 201, 204):
            if answer.body.strip() and answer.media_type == "text/html":
                raise OutcomeUnknown(self._lost("text/html"))
            self._proven = True
            return answer
        if answer.calendar_error in allow:
            return answer
        raise self._refusal(method, path, answer)

    # -- signing in --------------------------------------------------------------------

    def _exchange(self, request: Request) -> Answer:
        """One answer that is no login form."""
        for last in (False, True):
            self._stop_if_refused()
            if self._mode == "session":
                self._signed_in()
            answer = self._attempts(request)
            if not answer.wants_sign_in:
                return answer
            if last:
                raise self._refused(request.path)
            self._sign_in_again(answer, request.path)
        raise AssertionError("unreachable")

    def _stop_if_refused(self) -> None:
        """A password that was refused is not sent again: that may lock the user
        out."""
        if self._refused_for_good is not None:
            raise NeedsSignIn(self._refused_for_good)

    def _signed_in(self) -> None:
        """Make sure that there is a form login."""
        with self._lock:
            if self._mode == "session" and self._generation == 0:
                self._login(may_be_basic=self._auto)

    def _sign_in_again(self, answer: Answer, path: str, strict: bool = True) -> None:
        """The server asks who we are; answer, or say why that is no use.

        :param strict: the answer surely is a challenge, not only a strange one.
        :raises SyncError: unless asking again makes sense.
        """
        with self._lock:
            if answer.generation != self._generation:
                return  # another thread has signed in meanwhile
            if self._mode == "basic":
                unasked = answer.status == 401 and not answer.has_form
                if answer.wants_basic or (unasked and not self._auto):
                    raise self._refused(path)
                if not self._auto:
                    if not strict:
                        return
                    why = reason("domino_wants_form", server=self.server)
                    raise Misconfigured(why, "auth_mode")
                self._mode = "session"
                try:
                    self._login()
                except SyncError:
                    self._mode = "basic"
                    if strict:
                        raise
                return
            if self._auto and answer.wants_basic:
                # A form for people, Basic for the API (override of session login).
                self._mode = "basic"
                return
            self._login()

    def _refused(self, path: str) -> NeedsSignIn:
        """Asked to sign in though we have: the password, or the access list.

        The API does not tell the two apart (DAS: Basic, session login); a password
        that was good elsewhere in this conversation is good.
        """
        if self._proven:
            place = mail_file_of(path) or path
            where = {"server": self.server, "user": self.user, "path": place}
            return NeedsSignIn(reason("domino_no_access", **where))
        return self._wrong_password()

    def _wrong_password(self) -> NeedsSignIn:
        why = reason("sign_in", server=self.server, user=self.user)
        self._refused_for_good = why
        return NeedsSignIn(why)

    def _login(self, may_be_basic: bool = False) -> None:
        """POST the form. The caller holds the lock.

        :param may_be_basic: we only suppose that there is a form; when there is
            none, go on with Basic.
        :raises NotSent: no answer; nothing that waits for the sign-in was sent.
        """
        self._stop_if_refused()  # another thread may have tried meanwhile
        form = {
            "Username": self.user,
            "Password": self._password,
            "RedirectTo": "/api",
        }
        try:
            answer = self._attempts(Request("POST", LOGIN_PATH, body=form))
        except RetryLater as error:
            raise NotSent(error.reason, error.after) from None
        given = {name for name in LOGIN_COOKIES if answer.cookies.get(name, "0") != "0"}
        if given:
            probe = requests.Request("GET", self.origin + "/mail/x.nsf")
            sent = self._http.prepare_request(probe).headers.get("Cookie") or ""
            if not any(f"{name}=" in sent for name in given):
                raise self._wrong_cookie()
            self._generation += 1
            self._proven = True
            return
        no_form = answer.wants_basic or not answer.wants_sign_in
        if may_be_basic and no_form and not _sets_login_cookie(answer):
            self._mode = "basic"
            return
        raise self._no_login(answer)

    def _no_login(self, answer: Answer) -> SyncError:
        """Why the form was not accepted."""
        if _sets_login_cookie(answer):
            return self._wrong_cookie()
        if answer.wants_basic or answer.status in (403, 404, *_BLOCKED):
            why = reason("domino_wants_basic", server=self.server)
            return Misconfigured(why, "auth_mode")
        empty = answer.status == 200 and not answer.body.strip()
        if answer.wants_sign_in or (empty and answer.media_type == "text/html"):
            return self._wrong_password()
        refusal = self._refusal("GET", LOGIN_PATH, answer)
        if isinstance(refusal, RetryLater):
            return NotSent(refusal.reason, refusal.after)
        return refusal

    def _wrong_cookie(self) -> Misconfigured:
        return Misconfigured(reason("domino_cookie", server=self.server), "address")

    # -- transport ---------------------------------------------------------------------

    def _attempts(self, request: Request) -> Answer:
        """One answer, whatever it is; asked for again where that does no harm."""
        for pause in (*PAUSES, None):
            result = self._once(request)
            if pause is None:
                break
            if isinstance(result, Answer):
                wait = _worth_waiting(result, pause) if request.repeatable else None
            else:
                wait = pause if self._quick(result, request.repeatable) else None
            if wait is None:
                break
            self.sleep(wait)
        if isinstance(result, Answer):
            return result
        raise result

    @staticmethod
    def _quick(error: SyncError, repeatable: bool) -> bool:
        """Whether a failure may pass at once: no time-out, which would add up."""
        if error.reason.code in ("domino_connect_timeout", "timed_out", "domino_dns"):
            return False
        if isinstance(error, NotSent):
            return True
        return repeatable and error.reason.code == "domino_connection"

    def _once(self, request: Request) -> Answer | SyncError:
        """Ask once.

        Errors are given back, not raised inside the handler: an exception of
        ``requests`` holds the request with its password and must not stay attached.
        """
        if request.method != "GET":
            self.before_write()
        generation = self._generation
        deadline = time.monotonic() + self._total_timeout
        wire.begin(deadline)
        try:
            with self._ask(request) as response:
                content = bounded.body(response, deadline, self._max_bytes)
                answer = Answer(
                    response.status_code,
                    response.headers,
                    content,
                    dict(response.cookies.items()),
                    generation,
                )
        except bounded.TooBig:
            limit = self._max_bytes // MEGABYTE
            where = {"server": self.server, "path": request.path}
            why = reason("domino_too_big", **where, limit=limit)
            return RetryLater(why) if request.repeatable else OutcomeUnknown(why)
        except (requests.RequestException, bounded.TooSlow) as error:
            if not wire.sent() and isinstance(error, requests.RequestException):
                return wire.not_sent(error, self.server)
            slow = isinstance(error, requests.Timeout | bounded.TooSlow)
            # Within a body requests calls a time-out a lost connection.
            if slow or time.monotonic() > deadline:
                why = reason("timed_out", server=self.server)
            else:
                detail = type(error).__name__
                why = reason("domino_connection", server=self.server, detail=detail)
        else:
            if (date := answer.date) is not None:
                self._clock = (date, time.monotonic())
            return answer
        if request.repeatable:
            return RetryLater(why)
        return OutcomeUnknown(self._lost(why.code.removeprefix("domino_")))

    def _ask(self, request: Request) -> requests.Response:
        """What ``requests.Session.request`` does where there are no redirects, proxies
        or hooks. Asked document by document, that took as long as all the rest."""
        query = f"?{urlencode(request.params)}" if request.params else ""
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.url = self._root + request.path + query
        prepared.prepare_headers(
            {**self._http.headers, **self._headers(request.path), **request.headers}
        )
        prepared.prepare_cookies(self._http.cookies)
        if request.is_login:
            prepared.prepare_body(request.body, None)
        else:
            prepared.prepare_body(None, None, request.body)
        response = self._http.get_adapter(prepared.url).send(
            prepared, stream=True, timeout=self._timeouts, verify=self._verify
        )
        if "Set-Cookie" in response.headers:
            extract_cookies_to_jar(  # type: ignore[no-untyped-call]
                self._http.cookies, prepared, response.raw
            )
        return response

    def _headers(self, path: str) -> dict[str, str]:
        headers = {}
        if self._mode == "basic" and path != LOGIN_PATH:
            pair = f"{self.user}:{self._password}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        for cookie in self._http.cookies:
            if cookie.name == "DasToken":
                # We never ask for a CSRF token; if one is there, it must be matched.
                headers["X-DAS-Token"] = cookie.value or ""
        return headers

    # -- judging -----------------------------------------------------------------------

    def _refusal(self, method: str, path: str, answer: Answer) -> SyncError:
        """The error that an answer other than success stands for."""
        status = answer.status
        if 300 <= status < 400:
            to = answer.header("Location").split("?")[0][:200] or f"HTTP {status}"
            why = reason("domino_redirect", server=self.server, to=to)
            return Misconfigured(why, "address")
        if status == 429 or (
            # A write may have been applied behind a proxy that says 503.
            status == 503 and (method == "GET" or answer.retry_after is not None)
        ):
            why = reason("throttled", server=self.server)
            return Throttled(why, answer.retry_after)
        if status in (409, 412):
            return ChangedMeanwhile()
        if status == 403:
            return self._forbidden(path, answer)
        if status == 404 and answer.error is not None:
            return Gone(self.server)
        if status == 404 and answer.media_type != "application/json":
            return self._not_found(path)
        if status in _BLOCKED:
            why = reason("domino_method_blocked", server=self.server, method=method)
            return Misconfigured(why, "methods")
        if status in (406, 415):
            return Bug(f"Domino: HTTP {status} for {method} {path}")
        if method != "GET":
            return self._write_refusal(path, answer)
        if status >= 500:
            why = reason(
                "domino_server_error", server=self.server, detail=answer.message
            )
            return RetryLater(why) if answer.error is None else ReadFault(why)
        return RetryLater(self._unexpected(f"{answer.message}, {path}"))

    def _write_refusal(self, path: str, answer: Answer) -> SyncError:
        if 400 <= answer.status < 500 and answer.error is not None:
            if "not authorized" in answer.message.lower():
                why = reason(
                    "domino_read_only", user=self.user, mail_file=mail_file_of(path)
                )
                return Misconfigured(why, "write_access")
            return Rejected(reason("domino_refused_record", detail=answer.message))
        if answer.status == 413:
            return Rejected(reason("domino_refused_record", detail=answer.message))
        if answer.error is not None:
            why = reason(
                "domino_server_error", server=self.server, detail=answer.message
            )
            return ServerFault(why)
        return OutcomeUnknown(self._lost(answer.message))

    def _forbidden(self, path: str, answer: Answer) -> Misconfigured:
        """Which of the three levels says no (DAS: three levels of enabling)."""
        place = {"server": self.server, "mail_file": mail_file_of(path)}
        said = str((answer.error or {}).get("message") or "")
        service = path.partition("/api/")[2].split("/")[0].split("?")[0]
        if not said:
            # The server level answers without a message, or with a page.
            if service == "calendar":
                why, setting = reason("domino_calendar_off", **place), service
            elif service == "data":
                why, setting = reason("domino_data_off", **place), service
            else:
                detail = answer.message
                why = reason("domino_forbidden", **place, path=path, detail=detail)
                setting = service or "core"
            return Misconfigured(why, f"{setting}_service")
        if "[" in said and "/collections/" in path:
            view = said.partition("[")[2].partition("]")[0]
            return Misconfigured(reason("domino_view_off", **place, view=view), "view")
        if "/documents/unid/" in path and "enabled" not in said:
            return Misconfigured(reason("domino_views_only", **place), "database_level")
        return Misconfigured(reason("domino_database_off", **place), "database")

    def _not_found(self, path: str) -> SyncError:
        """404 by the web server, not by the API: the file or the API is not there."""
        mail_file = mail_file_of(path)
        if mail_file:
            where = {"server": self.server, "mail_file": mail_file, "elsewhere": ""}
            return Misconfigured(reason("domino_no_mail_file", **where), "mail_file")
        if path.startswith("/api"):
            return Misconfigured(reason("domino_no_das", server=self.server), "das")
        return RetryLater(self._unexpected(f"HTTP 404, {path}"))

    def _unexpected(self, detail: str) -> Reason:
        return reason("unexpected_answer", server=self.server, detail=detail)

    def _lost(self, detail: str) -> Reason:
        return reason("domino_answer_lost", server=self.server, detail=detail)


def mail_file_of(path: str) -> str:
    """The database in a request's path, empty if there is none."""
    before, api, _ = path.partition("/api/")
    return before if api else ""


def _sets_login_cookie(answer: Answer) -> bool:
    """Whether it tried to set one, even one that we do not take."""
    cookies = answer.header("Set-Cookie")
    return any(f"{name}=" in cookies for name in LOGIN_COOKIES)


def _worth_waiting(answer: Answer, pause: float) -> float | None:
    """Seconds after which a read is worth repeating; ``None``: its answer stands."""
    if answer.status in (429, 503) and answer.retry_after is not None:
        return answer.retry_after if answer.retry_after <= SHORT_WAIT else None
    if answer.status >= 500 and answer.status not in _BLOCKED and answer.error is None:
        return pause  # restarts and proxies; an error of the API itself stands
    return None


def _well_formed(host: str) -> bool:
    if re.fullmatch(r"[\w.:-]+", host) is None:
        return False
    try:
        host.encode("idna")
        _encoded(f"http://[{host}]" if ":" in host else f"http://{host}")
    except (requests.RequestException, UnicodeError):
        return False
    return True


def _encoded(origin: str) -> str:
    """As it goes over the wire: names in Punycode.

    :raises requests.RequestException: it is no name.
    """
    return str(requests.Request("GET", origin).prepare().url).rstrip("/")


def _origin(base_url: str, allow_http: bool) -> str:
    """The address without trailing slash.

    :raises Misconfigured: anything but scheme, host and port.
    """
    fault = ""
    try:
        parts = urlsplit(base_url.strip())
        port = parts.port
    except ValueError:
        parts, port, fault = urlsplit(""), None, "port"
    if parts.scheme == "http" and not allow_http:
        fault = fault or "plain"
    elif parts.scheme not in ("http", "https"):
        fault = fault or "scheme"
    elif not parts.hostname:
        fault = fault or "no_host"
    elif not _well_formed(parts.hostname):
        fault = fault or "host"
    elif parts.username is not None or parts.password is not None:
        fault = fault or "user"
    elif parts.path.strip("/") or parts.query or parts.fragment:
        fault = fault or "rest"
    if fault:
        detail = reason(f"address_{fault}")
        why = reason("domino_no_address", detail=detail)
        if parts.hostname:
            shown = f"{parts.scheme}://{parts.hostname}"
            why = reason("domino_address", address=shown, detail=detail)
        raise Misconfigured(why, "address")
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")
