"""Calls of the CRM's API: signed in, bounded, counted, and told apart by type.

Rests on the Zoho fact sheet, section 5. Only reads are repeated; a write is repeated
only when Zoho did not take its token (a 401 was not applied).
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..errors import (
    Bug,
    Misconfigured,
    NeedsSignIn,
    NotSent,
    OutcomeUnknown,
    RetryLater,
    SyncError,
    Throttled,
)
from ..reasons import reason
from .oauth import Token, Tokens
from .transport import SERVER, Answer, Transport

_log = logging.getLogger(__name__)

VERSION = "v8"
ATTEMPTS = 3
#: What to wait when the limit of a day is reached.
DAY_FULL = 3600.0
#: What to wait when a token just made is not accepted.
TOKEN_REFUSED = 300.0

_OUR_FAULT = {
    "REQUIRED_PARAM_MISSING",
    "PATTERN_NOT_MATCHED",
    "UNABLE_TO_PARSE_DATA_TYPE",
    "AMBIGUITY_DURING_PROCESSING",
    "EXPECTED_FIELD_MISSING",
    "EXPECTED_PARAM_MISSING",
    "DEPENDENT_PARAM_MISSING",
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
    "INVALID_REQUEST_METHOD",
    "INVALID_URL_PATTERN",
    "INVALID_DATA",
    "MANDATORY_NOT_FOUND",
    "LIMIT_EXCEEDED",
    "SYNTAX_ERROR",
    "INVALID_QUERY",
}
FULL = {
    "MAX_RECORDS_LIMIT_REACHED",
    "STORAGE_SPACE_EXCEEDED",
    "LICENSE_LIMIT_EXCEEDED",
    "LIMIT_REACHED",
}
NOT_ALLOWED = {"NO_PERMISSION", "AUTHORIZATION_FAILED"}
EDITION = {
    "FEATURE_NOT_ENABLED",
    "FEATURE_NOT_SUPPORTED",
    "NOT_SUPPORTED",
    "API_NOT_SUPPORTED",
}
#: The page token no longer serves, or its walk has reached the ceiling.
WALK_BROKEN = {
    "TOKEN_BOUND_DATA_MISMATCH",
    "EXPIRED_VALUE",
    "PAGINATION_LIMIT_EXCEEDED",
}


class WalkBroken(RetryLater):
    """A walk over pages cannot go on with this token; it may begin anew."""


class ZohoSession:
    """The API of one Zoho organisation. Safe to share between threads.

    :param tokens: where the access token comes from.
    :param transport: connections of this session.
    :param concurrency: calls under way at once (Zoho allows 5 in the smallest
        edition, section 5.1).
    :param patience: seconds that one call may spend waiting before it is repeated.
    :param sleep: how to wait.

    ``credits`` counts what the calls cost (section 5.1), ``credits_left`` is what
    Zoho said last, which it does only when half is used.
    """

    def __init__(
        self,
        tokens: Tokens,
        *,
        transport: Transport | None = None,
        concurrency: int = 4,
        patience: float = 20.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.tokens = tokens
        self.transport = transport or Transport(connections=concurrency)
        self.patience = patience
        #: Called before a request that may change something; may raise.
        self.before_write: Callable[[], None] = lambda: None
        self._skew: timedelta | None = None
        self.credits = 0
        self.credits_left: int | None = None
        self._sleep = sleep
        self._slots = threading.BoundedSemaphore(concurrency)
        self._count = threading.Lock()

    def now(self) -> datetime:
        """Zoho's clock (UTC), carried on from its last answer; before the first one
        from the answer that brought the token, so that it costs no call."""
        if self._skew is None:
            token = self.tokens.store.load()
            return self.transport.clock() + (token.skew if token else timedelta())
        return self.transport.clock() + self._skew

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()

    def read(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        cost: int = 1,
    ) -> Answer:
        """A call that changes nothing; repeated a few times where that may help.

        :param path: below ``/crm/v8``.
        :returns: an answer of 2xx (its ``data`` an object, ``None`` with 204) or 304.
        :raises WalkBroken: the page token no longer serves.
        :raises ApiRefused: any other refusal that names a code.
        :raises SyncError: the types of ``services.errors``.
        """
        waited = 0.0
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._checked(path, method, params, headers, body, cost)
            except WalkBroken:
                raise
            except OutcomeUnknown as error:
                failure = RetryLater(error.reason, error.after)
                if error.reason.code == "timed_out":
                    raise failure from None
            except RetryLater as error:
                failure = error
            pause = _pause(failure, attempt)
            if attempt >= ATTEMPTS or waited + pause > self.patience:
                raise failure
            waited += pause
            self._sleep(pause)

    def write(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        cost: int = 1,
    ) -> Answer:
        """A call that changes something; never repeated.

        :returns: an answer whose ``data`` has a list of judged items under ``data``,
            whatever its status.
        :raises NotSent: it did not reach Zoho.
        :raises OutcomeUnknown: it may have been applied.
        :raises SyncError: Zoho refused the whole of it.
        """
        answer = self._send(method, path, params, headers, body, cost)
        data = answer.data
        items = data.get("data") if isinstance(data, dict) else None
        if answer.status < 500 and isinstance(items, list) and answer.status != 429:
            return answer
        failure = refusal(answer)
        if answer.code and answer.status < 500:
            raise failure
        if isinstance(failure, Throttled | NeedsSignIn):
            raise failure
        raise OutcomeUnknown(failure.reason)

    # -- parts

    def _checked(
        self,
        path: str,
        method: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: Any,
        cost: int,
    ) -> Answer:
        answer = self._send(method, path, params, headers, body, cost)
        if answer.status == 304 or (answer.ok and answer.empty):
            return answer
        if answer.ok and isinstance(answer.data, dict):
            return answer
        raise refusal(answer)

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: Any,
        cost: int,
    ) -> Answer:
        """One call; with a new token once more when Zoho does not take the old."""
        token = self._token(self.tokens.current)
        answer = self._once(token, method, path, params, headers, body, cost)
        if answer.status == 401 and answer.code == "INVALID_TOKEN":
            refused = token.access_token
            token = self._token(lambda: self.tokens.renew(refused))
            answer = self._once(token, method, path, params, headers, body, cost)
        return answer

    def _token(self, get: Callable[[], Token]) -> Token:
        """A token; failing to get one means that nothing was sent."""
        try:
            return get()
        except Throttled:
            raise
        except RetryLater as error:
            raise NotSent(error.reason, error.after) from None

    def _once(
        self,
        token: Token,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: Any,
        cost: int,
    ) -> Answer:
        api = self.tokens.oauth.center.check_api_domain(token.api_domain)
        signed = {
            **(headers or {}),
            "Authorization": f"Zoho-oauthtoken {token.access_token}",
            "Accept": "application/json",
        }
        with self._slots:
            if method != "GET":
                self.before_write()
            answer = self.transport.send(
                method,
                f"{api}/crm/{VERSION}{path}",
                headers=signed,
                params=params,
                json_body=body,
            )
        self._take_notes(answer, cost)
        return answer

    def _take_notes(self, answer: Answer, cost: int) -> None:
        left = answer.headers.get("X-API-CREDITS-REMAINING", "")
        with self._count:
            if answer.status < 400:
                self.credits += cost
            self.credits_left = int(left[:12]) if left.isdecimal() else None
            self._skew = answer.date - self.transport.clock()


def _pause(failure: RetryLater, attempt: int) -> float:
    """Seconds until the next attempt."""
    if failure.after is not None:
        return failure.after
    # Jitter: workers that were refused together do not come back together.
    return float(0.5 * 2**attempt * (1 + random.random() / 2))


class ApiRefused(Bug):
    """Zoho refused the whole request with a code that means our mistake, unless the
    caller knows better.

    :param api_code: Zoho's code.
    :param details: what Zoho said about it.
    """

    def __init__(self, api_code: str, details: Mapping[str, Any]) -> None:
        where = details.get("param_name") or details.get("api_name") or ""
        super().__init__(f"Zoho: {api_code} {where}".strip())
        self.api_code = api_code
        self.details = details


def refusal(answer: Answer) -> SyncError:
    """What an answer means that is no success (section 5)."""
    code, status = answer.code, answer.status
    if status == 401 and code:
        return _no_sign_in(code)
    if status == 429 or code == "DAILY_LIMIT_EXCEEDED":
        after = answer.retry_after()
        if after is None and status != 429:
            after = DAY_FULL
        return Throttled(reason("throttled", server=SERVER), after)
    if status >= 500 or not code:
        return _unforeseen(answer)
    if code in WALK_BROKEN:
        detail = f"page token: {code}"
        return WalkBroken(reason("unexpected_answer", server=SERVER, detail=detail))
    found = _misconfigured(code, answer.details)
    if found is not None:
        return found
    if code in _OUR_FAULT:
        return ApiRefused(code, answer.details)
    return _unforeseen(answer)


def _no_sign_in(code: str) -> SyncError:
    if code == "OAUTH_SCOPE_MISMATCH":
        return NeedsSignIn(reason("zoho_scope"))
    if code == "INVALID_TOKEN":
        # Only the accounts server knows whether a grant is dead; it gave a token.
        return NotSent(reason("zoho_token_refused"), TOKEN_REFUSED)
    return NeedsSignIn(reason("zoho_grant_ended", detail=code))


def _misconfigured(code: str, details: Mapping[str, Any]) -> SyncError | None:
    detail = code
    for name in ("permissions", "module", "resource", "supported_version"):
        if details.get(name):
            detail = f"{code}: {details[name]}"[:120]
    if code in NOT_ALLOWED:
        return Misconfigured(reason("zoho_permission", detail=detail), "permission")
    if code == "INVALID_MODULE":
        return Misconfigured(reason("zoho_module", detail=detail), "module")
    if code == "INVALID_HOST":
        why = reason("zoho_foreign_server", server=detail)
        return Misconfigured(why, "data_center")
    if code in EDITION:
        return Misconfigured(reason("zoho_edition", detail=detail), "edition")
    if code in FULL:
        return Misconfigured(reason("zoho_full", detail=detail), "storage")
    return None


def _unforeseen(answer: Answer) -> RetryLater:
    after = answer.retry_after()
    if answer.status == 503 and after is not None:
        return Throttled(reason("throttled", server=SERVER), after)
    detail = f"status {answer.status} {answer.code}".strip()
    if answer.data is None and not answer.empty:
        detail += ", not JSON"
    return RetryLater(reason("unexpected_answer", server=SERVER, detail=detail), after)
