"""Answers of servers that may be hostile: bounded in time, size and depth.

The time limits of ``requests`` count from byte to byte, and it reads the body of a
redirect whole even when it is not to be followed; so both clients rest on this.
"""

from __future__ import annotations

import io
import json
import math
import re
import threading
import time
import weakref
from collections.abc import Mapping
from http.client import HTTPResponse
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import Any

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager

#: Bytes taken at a time. Packed ones may grow a thousandfold, so it is no more.
CHUNK = 16 * 1024
#: How deeply an answer in JSON may be nested.
DEEPEST = 64
#: Cookies of one conversation, and characters of one.
COOKIES = 30
COOKIE_SIZE = 4096
_CODINGS = ("", "identity", "gzip", "deflate")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]+")
#: What JSON can say and no database can hold: NUL and halves of characters. Those
#: come escaped, or as bytes that are no proper UTF-8.
_MARKS = re.compile(rb"\\u(?:0000|d[89a-f])|\xed[\xa0-\xbf]", re.IGNORECASE)
_UNFIT = re.compile("[\x00\ud800-\udfff]")

_state = threading.local()


class TooBig(Exception):
    """An answer is larger than its limit, or packed in a way that nobody asked for."""


class TooSlow(Exception):
    """An answer is not complete when its time is over."""


def begin(deadline: float) -> None:
    """A request of this thread begins.

    :param deadline: until when (monotonic seconds) its answer may be read.
    """
    _state.deadline = deadline


class _Timed(io.RawIOBase):
    """What comes from a connection, until the deadline."""

    def __init__(self, raw: Any, deadline: float) -> None:
        self._raw = raw
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Any:
        if time.monotonic() > self._deadline:
            raise TimeoutError("the answer takes too long")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """Status line and headers are read by the clock as well."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        deadline = getattr(_state, "deadline", math.inf)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_Timed(raw, deadline))


class Connection(HTTPConnection):
    response_class = _Response


class SecureConnection(HTTPSConnection):
    response_class = _Response


class Pool(HTTPConnectionPool):
    ConnectionCls = Connection


class SecurePool(HTTPSConnectionPool):
    ConnectionCls = SecureConnection


def bind(
    manager: PoolManager, plain: type[Any] = Pool, secure: type[Any] = SecurePool
) -> None:
    """Let a pool manager make connections whose answers end in time."""
    manager.pool_classes_by_scheme = {"http": plain, "https": secure}


class _FewCookies(DefaultCookiePolicy):
    """Takes a few small cookies of the server that is spoken with.

    :param jar: that holds them.
    """

    def __init__(self, jar: CookieJar) -> None:
        super().__init__()
        # The jar holds its policy: a circle would keep sessions from ending.
        self._jar = weakref.proxy(jar)

    def set_ok(self, cookie: Cookie, request: Any) -> bool:
        small = len(cookie.name) + len(cookie.value or "") <= COOKIE_SIZE
        return small and len(self._jar) < COOKIES and super().set_ok(cookie, request)


class Session(requests.Session):
    """Follows no redirect and does not look where one leads."""

    def __init__(self) -> None:
        super().__init__()
        self.cookies.set_policy(_FewCookies(self.cookies))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None ever: asking for it makes ``requests`` read the whole body."""
        return None


def body(response: requests.Response, deadline: float, most: int) -> bytes:
    """An answer's body, unpacked.

    :param deadline: until when (monotonic seconds) it must be there.
    :param most: bytes.
    :raises TooBig: it is larger. :raises TooSlow: it is not there in time.
    """
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in _CODINGS:
        raise TooBig  # packed several times over it could grow without bounds
    parts, size = [], 0
    for part in response.iter_content(CHUNK):
        size += len(part)
        if size > most:
            raise TooBig
        if time.monotonic() > deadline:
            raise TooSlow
        parts.append(part)
    return b"".join(parts)


def line(headers: Mapping[str, str], name: str) -> str:
    """A header as one line, whatever the server put into it; empty without it."""
    text = headers.get(name) or ""
    return _CONTROL.sub(" ", text).strip() if not text.isprintable() else text


# -- JSON ------------------------------------------------------------------------------


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} is no number")
    return value


_JSON = json.JSONDecoder(parse_float=_number, parse_constant=_number)


def parse_json(content: bytes) -> Any:
    """An answer's body as plain JSON that every part of this program can bear.

    :raises ValueError: it is no JSON, or nested too deeply.
    """
    text = content.decode(json.detect_encoding(content), "surrogatepass")
    try:
        data = _JSON.decode(text.removeprefix("\ufeff"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    # Each level takes a bracket.
    if content.count(b"[") + content.count(b"{") > DEEPEST:
        _check_depth(data)
    odd = b"\\u" in content or b"\xed" in content
    return _fit(data) if odd and _MARKS.search(content) else data


def _check_depth(data: Any) -> None:
    level: list[Any] = [data]
    for _ in range(DEEPEST + 1):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += [each for each in value.values() if type(each) in _HOLDERS]
            elif isinstance(value, list):
                below += [each for each in value if type(each) in _HOLDERS]
        if not below:
            return
        level = below
    raise ValueError("nested too deeply")


_HOLDERS = (dict, list)


def _fit(value: Any) -> Any:
    if isinstance(value, str):
        return _UNFIT.sub("", value)
    if isinstance(value, list):
        return [_fit(each) for each in value]
    if isinstance(value, dict):
        return {_fit(name): _fit(each) for name, each in value.items()}
    return value
