"""HTTP connections that know whether a request may have left.

Whether a write may be repeated depends on one fact: were any of its bytes handed to
a connection? The exceptions of ``requests`` do not tell (a reset can come before or
after), so the connection itself notes it.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from .. import bounded
from ..errors import Misconfigured, NotSent, SyncError
from ..reasons import reason
from . import texts  # noqa: F401  (registers the sentences)

_state = threading.local()


def begin(deadline: float) -> None:
    """A new request of this thread: nothing of it was sent yet.

    :param deadline: until when (monotonic seconds) its answer may be read.
    """
    _state.sent = False
    bounded.begin(deadline)


def sent() -> bool:
    """Whether bytes of this thread's request were handed to a connection."""
    return bool(getattr(_state, "sent", False))


class _Connection(bounded.Connection):
    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _state.sent = True
        super().send(data)


class _SecureConnection(bounded.SecureConnection):
    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _state.sent = True
        super().send(data)


class _Pool(bounded.Pool):
    ConnectionCls = _Connection


class _SecurePool(bounded.SecurePool):
    ConnectionCls = _SecureConnection


class Adapter(HTTPAdapter):
    """Kept-alive connections, never more than ``connections`` at a time."""

    def __init__(self, connections: int) -> None:
        super().__init__(
            pool_connections=1, pool_maxsize=connections, max_retries=0, pool_block=True
        )

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,
        **pool_kwargs: Any,
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        bounded.bind(self.poolmanager, _Pool, _SecurePool)


def not_sent(error: requests.RequestException, server: str) -> SyncError:
    """Why no connection was made.

    :param server: host name for the sentence.
    :returns: ``NotSent`` when it may pass, ``Misconfigured`` when a setting is wrong.
    """
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _tls(cause, server)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return NotSent(reason("domino_dns", server=server))
    if isinstance(error, requests.Timeout):
        return NotSent(reason("domino_connect_timeout", server=server))
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return NotSent(reason("domino_refused", server=server))
    detail = type(causes[-1]).__name__
    return NotSent(reason("domino_connection", server=server, detail=detail))


def _tls(error: ssl.SSLError, server: str) -> SyncError:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = reason("domino_certificate", server=server, detail=error.verify_message)
        return Misconfigured(why, "tls")
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        # The peer hung up in mid-handshake, as a restarting HTTP task does.
        detail = "TLS handshake"
        return NotSent(reason("domino_connection", server=server, detail=detail))
    name = (error.reason or "TLS").replace("_", " ").lower()
    if name in ("wrong version number", "http request", "packet length too long"):
        return Misconfigured(reason("domino_no_tls", server=server), "tls")
    return Misconfigured(reason("domino_tls", server=server, detail=name), "tls")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that it wraps, in whatever way, outermost first."""
    seen: set[int] = set()
    todo: list[Any] = [error]
    while todo:
        item = todo.pop(0)
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        todo += [*item.args, getattr(item, "reason", None)]
        todo += [item.__cause__, item.__context__]
