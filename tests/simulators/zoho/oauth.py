"""The accounts server: clients, codes, refresh and access tokens (section 1)."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .knobs import Knobs

WINDOW = 600  # seconds of every "in 10 minutes"
THROTTLED = {
    "error": "Access Denied",
    "error_description": (
        "You have made too many requests continuously."
        " Please try again after some time."
    ),
    "status": "failure",
}


class OAuthError(Exception):
    """An `error` key in the answer of the token endpoint."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Throttled(Exception):
    """Too many tokens asked for: retryable, no failed sign-in."""


@dataclass
class Client:
    """An application of the API console. Redirect URI `*` allows any."""

    id: str
    secret: str
    redirect_uris: list[str]
    dcs: list[str]


@dataclass
class Code:
    """A grant token: one use, short life. `redirect_uri` None: a self client's."""

    value: str
    client: str
    user: str
    scopes: tuple[str, ...]
    redirect_uri: str | None
    expires: float
    refresh: bool
    used: bool = False


@dataclass
class Grant:
    """A refresh token and what was made of it."""

    token: str
    client: str
    user: str
    scopes: tuple[str, ...]
    created: float
    issued: deque[float] = field(default_factory=deque)
    live: list[str] = field(default_factory=list)


@dataclass
class Access:
    """An access token. `grant` None: an online grant without refresh token."""

    token: str
    user: str
    scopes: tuple[str, ...]
    expires: float
    grant: str | None


def read_scopes(text: str) -> tuple[str, ...]:
    """Scopes of a comma- or space-separated list."""
    return tuple(text.replace(",", " ").split())


def _token() -> str:
    return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"


def _prune(times: deque[float], now: float) -> None:
    while times and times[0] <= now - WINDOW:
        times.popleft()


class Accounts:
    """All state of the accounts server. Times are epoch seconds."""

    def __init__(self, knobs: Knobs) -> None:
        self.knobs = knobs
        self.clients: dict[str, Client] = {}
        self.codes: dict[str, Code] = {}
        self.grants: dict[str, Grant] = {}
        self.access: dict[str, Access] = {}
        self.consented: set[tuple[str, str]] = set()
        self._codes_made: dict[str, deque[float]] = {}
        self._grants_made: dict[tuple[str, str], deque[float]] = {}

    # -- codes ---------------------------------------------------------------

    def client(self, client_id: str | None) -> Client:
        """A client that is enabled in this data centre; else OAuthError."""
        client = self.clients.get(client_id or "")
        if client is None or self.knobs.dc not in client.dcs:
            raise OAuthError("invalid_client")
        return client

    def make_code(
        self,
        client: Client,
        user: str,
        scopes: Iterable[str],
        now: float,
        *,
        redirect_uri: str | None,
        seconds: float | None = None,
        offline: bool = True,
        prompt: bool = True,
    ) -> Code:
        """A grant token. Raises OAuthError past 10 in 10 minutes (1.2)."""
        made = self._codes_made.setdefault(client.id, deque())
        _prune(made, now)
        if self.knobs.token_limits and len(made) >= self.knobs.codes_per_window:
            raise OAuthError("access_denied")
        made.append(now)
        first = (client.id, user) not in self.consented
        self.consented.add((client.id, user))
        life = self.knobs.code_seconds if seconds is None else seconds
        code = Code(
            value=_token(),
            client=client.id,
            user=user,
            scopes=tuple(scopes),
            redirect_uri=redirect_uri,
            expires=now + life,
            refresh=offline and (prompt or first),
        )
        self.codes[code.value] = code
        return code

    # -- tokens --------------------------------------------------------------

    def token(self, form: dict[str, str], now: float) -> dict[str, Any]:
        """Answers the token endpoint. Raises OAuthError or Throttled."""
        client = self.client(form.get("client_id"))
        if form.get("client_secret") != client.secret:
            raise OAuthError(self.knobs.secret_error)
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchange(client, form, now)
            case "refresh_token":
                return self._refresh(client, form, now)
        raise OAuthError("unsupported_grant_type")

    def _exchange(
        self, client: Client, form: dict[str, str], now: float
    ) -> dict[str, Any]:
        code = self.codes.get(form.get("code", ""))
        if code is None or code.client != client.id or code.used or now >= code.expires:
            raise OAuthError("invalid_code")
        if code.redirect_uri is not None:
            if form.get("redirect_uri") != code.redirect_uri:
                raise OAuthError(self.knobs.redirect_error)
        code.used = True
        if not code.refresh:
            access = self.issue(code.user, code.scopes, now)
            return self._answer(access)
        grant = self.make_grant(client.id, code.user, code.scopes, now)
        access = self.issue(code.user, code.scopes, now, grant)
        return {**self._answer(access), "refresh_token": grant.token}

    def _refresh(
        self, client: Client, form: dict[str, str], now: float
    ) -> dict[str, Any]:
        grant = self.grants.get(form.get("refresh_token", ""))
        if grant is None or grant.client != client.id:
            raise OAuthError("invalid_code")
        return self._answer(self.issue(grant.user, grant.scopes, now, grant))

    def make_grant(
        self, client: str, user: str, scopes: tuple[str, ...], now: float
    ) -> Grant:
        """A refresh token; the 21st of a user and client kills the oldest (1.6)."""
        made = self._grants_made.setdefault((client, user), deque())
        _prune(made, now)
        if self.knobs.token_limits:
            if len(made) >= self.knobs.refresh_per_window:
                raise Throttled
            mine = [
                g for g in self.grants.values() if (g.client, g.user) == (client, user)
            ]
            if len(mine) >= self.knobs.refresh_tokens_per_user:
                self.revoke(min(mine, key=lambda g: g.created).token)
        made.append(now)
        grant = Grant(_token(), client, user, scopes, now)
        self.grants[grant.token] = grant
        return grant

    def issue(
        self,
        user: str,
        scopes: tuple[str, ...],
        now: float,
        grant: Grant | None = None,
    ) -> Access:
        """An access token. Raises Throttled past 10 in 10 minutes of a grant."""
        if grant is not None and self.knobs.token_limits:
            _prune(grant.issued, now)
            if len(grant.issued) >= self.knobs.access_per_window:
                raise Throttled
            grant.issued.append(now)
        access = Access(
            _token(),
            user,
            scopes,
            now + self.knobs.access_token_seconds,
            grant.token if grant else None,
        )
        self.access[access.token] = access
        if grant is not None:
            grant.live = [
                t
                for t in grant.live
                if t in self.access and self.access[t].expires > now
            ]
            grant.live.append(access.token)
            if self.knobs.token_limits:
                while len(grant.live) > self.knobs.live_access_tokens:
                    self.access.pop(grant.live.pop(0), None)
        return access

    def _answer(self, access: Access) -> dict[str, Any]:
        seconds = self.knobs.access_token_seconds
        answer: dict[str, Any] = {"access_token": access.token}
        if self.knobs.token_scope:
            answer["scope"] = " ".join(access.scopes)
        answer |= {"token_type": "Bearer", "expires_in": seconds}
        if self.knobs.old_expires:
            answer |= {"expires_in_sec": seconds, "expires_in": seconds * 1000}
        return answer

    def revoke(self, token: str) -> bool:
        """Ends a refresh token with its access tokens, or one access token."""
        grant = self.grants.pop(token, None)
        if grant is None:
            return self.access.pop(token, None) is not None
        for access in [a.token for a in self.access.values() if a.grant == token]:
            del self.access[access]
        return True

    def check(self, token: str, now: float) -> Access | None:
        """The live access token of that text."""
        access = self.access.get(token)
        return access if access is not None and access.expires > now else None


def allows(scopes: Iterable[str], needed: Iterable[str]) -> bool:
    """Whether any needed scope was granted; case does not count (1.8)."""
    granted = {s.lower() for s in scopes}
    return any(n.lower() in granted for n in needed)


def module_scopes(module: str, operation: str) -> list[str]:
    """Scopes of which one allows READ, CREATE, UPDATE or DELETE on a module."""
    wide = [operation, "ALL"]
    if operation in ("CREATE", "UPDATE"):
        wide.append("WRITE")
    return [f"ZohoCRM.modules.{o}" for o in wide] + [
        f"ZohoCRM.modules.{module}.{o}" for o in wide
    ]


def area_scopes(area: str, *parts: str) -> list[str]:
    """Scopes of which one allows reading an area, such as settings.fields."""
    names = [f"ZohoCRM.{area}.ALL", f"ZohoCRM.{area}.READ"]
    for part in parts:
        names += [f"ZohoCRM.{area}.{part}.ALL", f"ZohoCRM.{area}.{part}.READ"]
    return names
