"""The grant: consent, code, tokens.

Rests on the Zoho fact sheet, section 1. Whatever the status, an answer of the token
endpoint is a success when it holds an ``access_token``, and its body alone tells
"too many tokens" (wait) from "the grant is dead" (a person must connect again).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

from ..errors import (
    Misconfigured,
    NeedsSignIn,
    OutcomeUnknown,
    RetryLater,
    SyncError,
    Throttled,
)
from ..reasons import reason
from .datacenters import DataCenter
from .transport import SERVER, Answer, Transport

_log = logging.getLogger(__name__)

#: What the sync needs; later kinds are in ``modules.ALL`` already.
SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.fields.READ",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.coql.READ",
)
#: A token is renewed this long before its end: a request may be under way.
EARLY = timedelta(seconds=60)
#: Zoho makes at most so many access tokens of a grant in a window (section 1.6).
WINDOW = timedelta(minutes=10)
TOKENS_PER_WINDOW = 10
LIFE = 3600
#: Seconds; whatever Zoho says, a token is renewed after a day.
LONGEST_LIFE = 24 * 3600

_CLIENT_ERRORS = {
    "invalid_client",
    "invalid_client_secret",
    "client_secret_mismatch",
    "unauthorized_client",
}
_GRANT_ERRORS = {"invalid_code", "invalid_grant", "invalid_token", "access_denied"}
_REDIRECT_ERRORS = {"invalid_redirect_uri", "redirect_uri_mismatch"}


@dataclass(frozen=True)
class Client:
    """The application as registered in Zoho's API console."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class Token:
    """A grant and the access token made of it last.

    :param refresh_token: lives until revoked.
    :param expires: instant (UTC, this machine's clock) the access token ends.
    :param api_domain: origin of the API this token is for.
    :param accounts_url: origin of the accounts server that made the grant.
    :param scopes: granted scopes, where the answer told.
    :param issued: instants (UTC) at which access tokens were made lately.
    :param skew: how far Zoho's clock was ahead of this machine's when it was made.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires: datetime
    api_domain: str
    accounts_url: str
    scopes: tuple[str, ...] = ()
    issued: tuple[datetime, ...] = ()
    skew: timedelta = timedelta()

    def fresh(self, now: datetime) -> bool:
        """Whether the access token still serves for a while."""
        return bool(self.access_token) and now < self.expires - EARLY


class TokenStore(Protocol):
    """Where an organisation's token lives, shared by all workers."""

    def load(self) -> Token | None:
        """The stored token, ``None`` when the organisation is not connected."""

    def refresh_locked(self) -> AbstractContextManager[Token | None]:
        """Shut out all other workers; gives the token as stored now.

        Leaving it without an error makes what ``save`` stored visible to them.
        """

    def save(self, token: Token) -> None:
        """Store a token; called inside ``refresh_locked`` only."""


class OAuth:
    """Zoho's accounts server, for one client in one data centre.

    :param transport: connections; one for this purpose, or the session's.
    """

    def __init__(
        self, client: Client, center: DataCenter, transport: Transport | None = None
    ) -> None:
        self.client = client
        self.center = center
        self.transport = transport or Transport()

    def authorization_url(
        self, redirect_uri: str, state: str, scopes: Sequence[str] = SCOPES
    ) -> str:
        """Where a person is sent to grant access (section 1.2).

        ``prompt=consent`` makes a repeated consent yield a refresh token again.
        """
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self.client.client_id,
                "scope": ",".join(scopes),
                "redirect_uri": redirect_uri,
                "access_type": "offline",
                "prompt": "consent",
                "state": state,
            }
        )
        return f"{self.center.accounts_url}/oauth/v2/auth?{query}"

    def exchange(
        self, code: str, redirect_uri: str = "", accounts_server: str = ""
    ) -> Token:
        """A code for a token (sections 1.2 and 1.3).

        :param redirect_uri: the one of the authorization URL; empty for the code of a
            self client.
        :param accounts_server: as named in Zoho's redirect.
        :raises Misconfigured: code, client, redirect address or servers are wrong.
        :raises RetryLater: no word from Zoho; the code may be used up.
        """
        accounts = self.center.accounts_url
        if accounts_server:
            accounts = self.center.check_accounts_server(accounts_server)
        form = {"grant_type": "authorization_code", "code": code.strip()}
        if redirect_uri:
            form["redirect_uri"] = redirect_uri
        answer = self._post(accounts, "/oauth/v2/token", self._signed(form))
        data = _body(answer)
        if not data.get("access_token"):
            raise self._code_refused(answer, data, redirect_uri)
        refresh = data.get("refresh_token")
        if not isinstance(refresh, str) or not refresh:
            raise Misconfigured(reason("zoho_no_refresh_token"), "refresh_token")
        return self._token(answer, data, refresh, accounts)

    def refresh(self, token: Token) -> Token:
        """A new access token of the same grant (section 1.4).

        :raises NeedsSignIn: the grant is revoked or replaced.
        :raises Throttled: too many tokens in ten minutes.
        :raises RetryLater: no word from Zoho.
        """
        form = {"grant_type": "refresh_token", "refresh_token": token.refresh_token}
        accounts = self.center.check_accounts_server(token.accounts_url)
        answer = self._post(accounts, "/oauth/v2/token", self._signed(form))
        data = _body(answer)
        if not data.get("access_token"):
            raise self._refresh_refused(answer, data)
        made = self._token(answer, data, token.refresh_token, accounts)
        return replace(
            made,
            scopes=made.scopes or token.scopes,
            issued=(*_recent(token.issued, self.transport.clock()), *made.issued),
        )

    def revoke(self, token: Token) -> None:
        """End the grant and all its access tokens (section 1.7).

        A grant that is dead already counts as revoked.

        :raises RetryLater: no word from Zoho.
        """
        accounts = self.center.check_accounts_server(token.accounts_url)
        form = {"token": token.refresh_token}
        answer = self._post(accounts, "/oauth/v2/token/revoke", form)
        data = _body(answer)
        error = str(data.get("error", ""))
        if data.get("status") != "success" and error not in _GRANT_ERRORS:
            raise _unexpected(answer, error)

    # -- parts

    def _signed(self, form: dict[str, str]) -> dict[str, str]:
        return {
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
            **form,
        }

    def _post(self, accounts: str, path: str, form: dict[str, str]) -> Answer:
        try:
            return self.transport.send("POST", accounts + path, form=form)
        except OutcomeUnknown as error:
            # No record is at stake: asking for another token does no harm.
            raise RetryLater(error.reason) from None

    def _token(
        self, answer: Answer, data: dict[str, Any], refresh: str, accounts: str
    ) -> Token:
        now = self.transport.clock()
        domain = data.get("api_domain")
        api = self.center.api_url
        if isinstance(domain, str) and domain:
            api = self.center.check_api_domain(domain)
        scope = data.get("scope")
        return Token(
            access_token=str(data["access_token"]),
            refresh_token=refresh,
            expires=now + timedelta(seconds=_life(data)),
            api_domain=api,
            accounts_url=accounts,
            scopes=tuple(scope.replace(",", " ").split())
            if isinstance(scope, str)
            else (),
            issued=(now,),
            skew=answer.date - now,
        )

    def _code_refused(
        self, answer: Answer, data: dict[str, Any], redirect_uri: str
    ) -> SyncError:
        error = str(data.get("error", ""))
        if _throttled(answer, data):
            return Throttled(
                reason("throttled", server=SERVER), answer.retry_after() or 600.0
            )
        if error in _CLIENT_ERRORS:
            return Misconfigured(reason("zoho_client", detail=error), "client_id")
        if error in _REDIRECT_ERRORS:
            why = reason("zoho_redirect", uri=redirect_uri or "-")
            return Misconfigured(why, "redirect_uri")
        if error in _GRANT_ERRORS:
            return Misconfigured(reason("zoho_code_refused", detail=error), "code")
        return _unexpected(answer, error)

    def _refresh_refused(self, answer: Answer, data: dict[str, Any]) -> SyncError:
        error = str(data.get("error", ""))
        if _throttled(answer, data):
            return Throttled(
                reason("throttled", server=SERVER), answer.retry_after() or 600.0
            )
        if error in _CLIENT_ERRORS:
            return Misconfigured(reason("zoho_client", detail=error), "client_id")
        if error in _GRANT_ERRORS:
            return NeedsSignIn(reason("zoho_grant_ended", detail=error))
        return _unexpected(answer, error)


def _body(answer: Answer) -> dict[str, Any]:
    return answer.data if isinstance(answer.data, dict) else {}


def _throttled(answer: Answer, data: dict[str, Any]) -> bool:
    """The token throttle (section 1.5): "Access Denied" in words, at 400 or 200."""
    error = str(data.get("error", ""))
    described = str(data.get("error_description", "")).lower()
    return answer.status == 429 or error == "Access Denied" or "too many" in described


def _unexpected(answer: Answer, error: object) -> RetryLater:
    detail = str(error or f"status {answer.status}")[:80]
    return RetryLater(reason("unexpected_answer", server=SERVER, detail=detail))


def _life(data: dict[str, Any]) -> float:
    """Seconds an access token lives: old answers have ``expires_in`` in
    milliseconds beside ``expires_in_sec`` (section 1.4)."""
    for name in ("expires_in_sec", "expires_in"):
        value = data.get(name)
        if isinstance(value, str) and value.isdecimal():
            value = int(value[:12])
        if isinstance(value, int | float) and value > 0:
            return float(min(value, LONGEST_LIFE))
    return LIFE


def _recent(issued: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    return tuple(instant for instant in issued if now - instant < WINDOW)


class Tokens:
    """The organisation's access token, renewed by one worker at a time.

    :param clock: this machine's clock (UTC).
    """

    def __init__(
        self,
        oauth: OAuth,
        store: TokenStore,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.oauth = oauth
        self.store = store
        self.clock = clock or oauth.transport.clock
        self._ended: tuple[str, NeedsSignIn] | None = None

    def current(self) -> Token:
        """A token that serves for a while yet.

        :raises NeedsSignIn: not connected, or the grant is dead.
        :raises RetryLater: a new token cannot be had now.
        """
        token = self.store.load()
        if token is not None and token.fresh(self.clock()):
            return token
        return self._renew(refused="")

    def renew(self, refused: str) -> Token:
        """Another token than the one Zoho refused; a worker may have made it already.

        :param refused: the access token that Zoho did not take.
        :raises NeedsSignIn: not connected, or the grant is dead.
        :raises RetryLater: a new token cannot be had now.
        """
        return self._renew(refused)

    def _renew(self, refused: str) -> Token:
        with self.store.refresh_locked() as token:
            if token is None:
                raise NeedsSignIn(reason("zoho_not_connected"))
            now = self.clock()
            if token.access_token != refused and token.fresh(now):
                return token
            self._check_ended(token)
            self._check_window(token, now)
            try:
                made = self.oauth.refresh(token)
            except NeedsSignIn as error:
                self._ended = token.refresh_token, error
                raise
            self.store.save(made)
        _log.info("a new access token for Zoho, valid until %s", made.expires)
        return made

    def _check_ended(self, token: Token) -> None:
        """A dead grant is not tried again by every account."""
        if self._ended is not None and self._ended[0] == token.refresh_token:
            raise self._ended[1]

    def _check_window(self, token: Token, now: datetime) -> None:
        recent = _recent(token.issued, now)
        if len(recent) >= TOKENS_PER_WINDOW:
            wait = (recent[-TOKENS_PER_WINDOW] + WINDOW - now).total_seconds()
            raise Throttled(reason("throttled", server=SERVER), max(1.0, wait))
