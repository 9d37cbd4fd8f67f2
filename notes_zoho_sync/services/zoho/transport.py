"""One HTTP exchange with Zoho, with all that may go wrong told apart by type.

Nothing here repeats a request. What decides: ``NotSent`` means that no connection
was made, ``OutcomeUnknown`` that the request may have been applied.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from ssl import SSLCertVerificationError
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ReadTimeoutError,
)

from .. import bounded, instants
from ..errors import NotSent, OutcomeUnknown
from ..reasons import reason
from . import texts  # noqa: F401  (registers the sentences)

SERVER = "Zoho"


@dataclass(frozen=True)
class Limits:
    """What one exchange may take.

    :param connect: seconds to connect.
    :param read: seconds between two pieces of the answer.
    :param total: seconds until the answer is complete.
    :param size: bytes of the answer after decompression.
    """

    connect: float = 10.0
    read: float = 60.0
    total: float = 120.0
    size: int = 32 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """An answer as it came.

    :param data: the body as JSON, ``None`` when it is empty or not JSON.
    :param date: the server's clock (UTC); the local one where it did not tell.
    """

    status: int
    headers: Mapping[str, str]
    data: Any
    date: datetime
    empty: bool

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """Zoho's error code, where the whole request was refused."""
        found = self.error.get("code")
        return found if isinstance(found, str) else ""

    @property
    def error(self) -> dict[str, Any]:
        """The error object of a refused request; some come wrapped in a list
        (fact sheet 2.7)."""
        data = self.data
        if isinstance(data, dict) and self.status >= 400:
            inner = data.get("data")
            if isinstance(inner, list) and len(inner) == 1:
                data = inner[0]
            if isinstance(data, dict) and data.get("status") == "error":
                return data
        return {}

    @property
    def details(self) -> dict[str, Any]:
        found = self.error.get("details")
        return found if isinstance(found, dict) else {}

    def retry_after(self) -> float | None:
        """Seconds to wait as the server says: header, or ``details.retry_after``
        (fact sheet 5, 429)."""
        text = self.headers.get("Retry-After", "") or self.details.get("retry_after")
        if isinstance(text, int | float) and not isinstance(text, bool):
            return instants.bounded_wait(text)
        return instants.retry_after(text, self.date) if isinstance(text, str) else None


def local_now() -> datetime:
    """This machine's clock (UTC)."""
    return datetime.now(UTC)


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Takes the place of requests' own sign-in, which would read ~/.netrc."""
    return request


class _Adapter(HTTPAdapter):
    """Connections, direct or through a proxy, whose answers end in time."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        bounded.bind(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        bounded.bind(manager)
        return manager


class Transport:
    """Kept-alive connections to Zoho's servers.

    :param connections: how many are kept open to one server.
    :param verify: check certificates: yes, no, or by this CA file.
    :param clock: this machine's clock (UTC).
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        connections: int = 4,
        verify: bool | str = True,
        clock: Callable[[], datetime] = local_now,
    ) -> None:
        self.limits = limits or Limits()
        self.clock = clock
        self._http = bounded.Session()
        self._http.auth = _unchanged
        # The token alone says who we are.
        self._http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.verify = verify
        adapter = _Adapter(pool_connections=2, pool_maxsize=connections, max_retries=0)
        self._http.mount("https://", adapter)
        self._http.mount("http://", adapter)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json_body: Any = None,
    ) -> Answer:
        """One exchange. Redirects are not followed: their answer comes back.

        :raises NotSent: no connection was made.
        :raises OutcomeUnknown: the answer was lost, too big or too slow.
        """
        sent = dict(headers or {})
        body: bytes | Mapping[str, str] | None = form
        if json_body is not None:
            body = json.dumps(json_body).encode()
            sent["Content-Type"] = "application/json"
        deadline = time.monotonic() + self.limits.total
        bounded.begin(deadline)
        try:
            response = self._http.request(
                method,
                url,
                params=params,
                data=body,
                headers=sent,
                timeout=(self.limits.connect, self.limits.read),
                allow_redirects=False,
                # Per request: the environment's CA file would win over the session's.
                verify=self.verify,
                stream=True,
            )
            with response:
                content = bounded.body(response, deadline, self.limits.size)
        except bounded.TooBig:
            why = reason("unexpected_answer", server=SERVER, detail="too big")
            raise OutcomeUnknown(why) from None
        except bounded.TooSlow:
            raise OutcomeUnknown(reason("timed_out", server=SERVER)) from None
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _failure(error) from None
        return self._answer(response, content)

    def _answer(self, response: requests.Response, content: bytes) -> Answer:
        try:
            data = bounded.parse_json(content) if content else None
        except ValueError:
            data = None
        date = instants.http_date(response.headers.get("Date")) or self.clock()
        return Answer(response.status_code, response.headers, data, date, not content)


def _never_connected(error: Exception) -> bool:
    return isinstance(error, NewConnectionError | requests.exceptions.ProxyError)


def _malformed(error: Exception) -> bool:
    """Whether requests refused to build the request (such errors are ValueErrors)."""
    return isinstance(error, requests.RequestException) and isinstance(
        error, ValueError
    )


def _failure(error: Exception) -> NotSent | OutcomeUnknown:
    """What a failed exchange means. Its text is not shown: it names addresses."""
    cause: Any = error
    while cause is not None:
        if isinstance(cause, SSLCertVerificationError):
            detail = cause.verify_message
            return NotSent(reason("zoho_certificate", detail=detail))
        # urllib3 calls a refused connection a connect time-out too: look at it first.
        if _never_connected(cause) or _malformed(cause):
            name = type(cause).__name__
            return NotSent(reason("unreachable", server=SERVER, detail=name))
        if isinstance(cause, requests.ConnectTimeout | ConnectTimeoutError):
            return NotSent(reason("timed_out", server=SERVER))
        if isinstance(cause, requests.ReadTimeout | ReadTimeoutError):
            return OutcomeUnknown(reason("timed_out", server=SERVER))
        if isinstance(cause, MaxRetryError):
            cause = cause.reason
        else:
            inner = cause.args[0] if cause.args else None
            cause = inner if isinstance(inner, Exception) else None
    return OutcomeUnknown(reason("zoho_answer_lost", detail=type(error).__name__))
