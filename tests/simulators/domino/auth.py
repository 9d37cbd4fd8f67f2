"""Who is asking: Basic, form login with sessions, CSRF token."""

from __future__ import annotations

import base64
import binascii
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.simulators.common import Request, Response

from .errors import login_form, page, unauthorized
from .knobs import Knobs
from .world import User, World


@dataclass
class Session:
    """A form login; ends after some idle time."""

    user: User
    password: str
    used: datetime


class Gate:
    """Authentication of the HTTP task, before anything of the API runs."""

    def __init__(self, world: World, knobs: Knobs) -> None:
        self._world = world
        self._knobs = knobs
        self.sessions: dict[str, Session] = {}
        self.tokens: set[str] = set()

    def identify(self, request: Request) -> User | None:
        """The caller, or None for anonymous and wrong credentials."""
        knobs = self._knobs
        if knobs.auth != "basic":
            user = self._by_session(request)
            if user is not None:
                return user
            if knobs.auth == "session" and not knobs.basic_on_session:
                return None
        return self._by_header(request)

    def refused(self, request: Request) -> bool:
        """Whether credentials were sent that Basic looks at and finds wrong."""
        header = request.headers.get("Authorization", "")
        looks = self._knobs.auth != "session" or self._knobs.basic_on_session
        return looks and header.lower().startswith("basic ")

    def _by_session(self, request: Request) -> User | None:
        value = request.cookies().get(self._knobs.session_cookie)
        session = self.sessions.get(value or "")
        if session is None or value is None:
            return None
        now = self._world.now()
        idle = timedelta(minutes=self._knobs.session_idle_minutes)
        if now - session.used > idle:
            del self.sessions[value]
            return None
        session.used = max(now, session.used)
        return session.user

    def _by_header(self, request: Request) -> User | None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            pair = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        name, _, password = pair.partition(":")
        return self._check(name, password)

    def _check(self, name: str, password: str) -> User | None:
        user = self._world.user(name)
        if user is None or not password or user.password != password:
            return None
        return user

    def challenge(self, request: Request, reason: int = 0) -> Response:
        """What an unknown caller gets: 401 or the login form."""
        knobs = self._knobs
        api = "/api" in request.path
        if knobs.auth == "basic" or (knobs.auth == "session_override" and api):
            return unauthorized(knobs.realm)
        target = f"{request.path}?{request.query}" if request.query else request.path
        return self.form(target, reason)

    def form(self, target: str, reason: int = 0) -> Response:
        """The login form."""
        knobs = self._knobs
        status = 401 if knobs.force401 else 200
        return login_form(target, status=status, form=knobs.login_form, reason=reason)

    def forget(self, request: Request) -> None:
        """Ends the caller's session."""
        self.sessions.pop(request.cookies().get(self._knobs.session_cookie, ""), None)

    def login(self, request: Request) -> Response:
        """`names.nsf?Login`: the form, or 302 with the session's cookie."""
        if self._knobs.auth == "basic":
            user = self._by_header(request)
            if user is None:
                return unauthorized(self._knobs.realm)
            request.user = user.name
            return page(200, "Domino Directory")
        form = request.form() if request.method == "POST" else {}
        target = form.get("RedirectTo") or "/names.nsf"
        user = self._check(form.get("Username", ""), form.get("Password", ""))
        if user is None:
            return self.form(target, reason=1 if form else 0)
        request.user = user.name
        value = uuid.uuid4().hex.upper()
        self.sessions[value] = Session(user, user.password, self._world.now())
        where = target if "://" in target else request.origin + target
        cookie = f"{self._knobs.session_cookie}={value}; path=/"
        if self._knobs.cookie_domain:
            cookie += f"; domain={self._knobs.cookie_domain}"
        return Response(302, b"", [("Location", where), ("Set-Cookie", cookie)])

    def logout(self, request: Request) -> Response:
        """`?Logout`: ends the session."""
        self.forget(request)
        name = self._knobs.session_cookie
        gone = f"{name}=0; path=/; expires=Tue, 01 Jan 1980 06:00:00 GMT"
        return page(200, "Logged out").add("Set-Cookie", gone)

    def nonce(self) -> Response:
        """A CSRF token as a cookie; from then on the header must match it."""
        token = str(uuid.uuid4())
        self.tokens.add(token)
        return Response(200, b"", [("Set-Cookie", f"DasToken={token}; Path=/")])

    @staticmethod
    def token_ok(request: Request) -> bool:
        """Whether a DasToken cookie, if sent, is matched by X-DAS-Token."""
        cookie = request.cookies().get("DasToken")
        return cookie is None or cookie == request.headers.get("X-DAS-Token")
