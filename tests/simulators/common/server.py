"""An HTTP/1.1 server in a thread of its own, with log and faults around it."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import threading
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from .clock import Clock
from .control import PREFIX, handle_control
from .faults import PROXY_PAGE, FaultRule, Faults
from .log import RequestLog

MAX_BODY = 64 * 1024 * 1024
#: Turns of the loop that a connection may need until the server knows it: one that
#: comes in while the listener closes is left open by asyncio.
ACCEPTING = 8


@dataclass
class Request:
    """One request as it came.

    `path` is the raw path without the query, still percent-encoded; `args`
    are the decoded query parameters in order. `user` and `write` are filled by
    the simulator for the log; `verb` is the method that counts (another than
    `method` where a server knows an override header); `busy` counts the requests
    under way when it came, itself included; `faults` are the rules that struck and
    that the generic layer left to the simulator; `extra` is the simulator's scratch
    pad.
    """

    method: str
    path: str
    query: str
    headers: Any
    body: bytes
    host: str
    secure: bool
    args: list[tuple[str, str]] = field(default_factory=list)
    transport: asyncio.Transport | None = None
    route: str = ""
    verb: str = ""
    user: str = ""
    write: bool | None = None
    busy: int = 1
    faults: list[FaultRule] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def segments(self) -> list[str]:
        """Decoded path segments; an encoded slash stays inside its segment."""
        return [unquote(part) for part in self.path.split("/")[1:]]

    @property
    def origin(self) -> str:
        """`scheme://host` as the client addressed the server."""
        return f"{'https' if self.secure else 'http'}://{self.host}"

    def arg(self, name: str, default: str | None = None) -> str | None:
        """The first query parameter of that name."""
        for key, value in self.args:
            if key == name:
                return value
        return default

    def form(self) -> dict[str, str]:
        """The body as a URL-encoded form; of repeated names the first counts."""
        values: dict[str, str] = {}
        pairs = parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        for key, value in pairs:
            values.setdefault(key, value)
        return values

    def cookies(self) -> dict[str, str]:
        """The cookies sent; of repeated names the first counts."""
        found: dict[str, str] = {}
        for header in self.headers.getall("Cookie", []):
            for part in header.split(";"):
                name, _, value = part.strip().partition("=")
                if name:
                    found.setdefault(name, value)
        return found

    def fault(self, kind: str) -> FaultRule | None:
        """The simulator's own fault that struck this request, if any."""
        return next((r for r in self.faults if r.kind == kind), None)


@dataclass
class Response:
    """One answer. Without `content_type` no Content-Type header is sent."""

    status: int = 200
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    content_type: str | None = None
    reason: str | None = None
    chunked: bool = False

    def header(self, name: str) -> str | None:
        """The first header of that name, case ignored."""
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None

    def add(self, name: str, value: str) -> Response:
        """Adds a header and returns itself."""
        self.headers.append((name, value))
        return self


class SimulatorServer:
    """Base of the simulators.

    Subclasses override `handle`, `route_of`, `is_write`, `dump`, set `act` to
    an object whose public methods are the acts of a person, and may override
    `own_fault` (an answer instead of handling) and `finish` (last touch on
    every answer, such as compression). State is guarded by `lock`: `handle`
    takes it while it works, so do acts.
    """

    own_fault_kinds: frozenset[str] = frozenset()
    server_header = "simulator"

    def __init__(self, clock: Clock | None = None, *, keep_bodies: bool = False):
        self.clock = clock or Clock()
        self.log = RequestLog(keep_bodies=keep_bodies)
        self.faults = Faults(self.own_fault_kinds)
        self.lock = threading.RLock()
        self.act: Any = object()
        #: Seconds that every answer takes longer, as over a distance.
        self.latency = 0.0
        self.in_flight = 0
        #: The most requests, and the most open connections, at one time.
        self.peak_requests = self.peak_connections = 0
        self.port = 0
        self._ssl: ssl.SSLContext | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._server: web.Server | None = None
        self._controllers: set[Any] = set()
        self._ready = threading.Event()
        self._error: BaseException | None = None

    # -- what a simulator defines -------------------------------------------

    async def handle(self, request: Request) -> Response:
        """Answers a request."""
        raise NotImplementedError

    def route_of(self, request: Request) -> str:
        """The name under which the request is counted and faults match it."""
        return request.path

    def is_write(self, request: Request) -> bool:
        """Whether the request asks for a change of data."""
        return request.verb not in ("GET", "HEAD", "OPTIONS", "TRACE")

    def own_fault(self, rule: FaultRule, request: Request) -> Response | None:
        """The answer of a simulator's own fault; None lets `handle` decide."""
        return None

    def finish(self, request: Request, response: Response) -> Response:
        """Last touch on an answer that is about to be sent."""
        return response

    def clear_log(self) -> None:
        """Forgets what was logged; a simulator may have more than the log."""
        self.log.clear()
        self.peak_requests = self.peak_connections = 0

    def dump(self) -> Any:
        """The whole store as plain data, for independent comparers."""
        return {}

    # -- life ----------------------------------------------------------------

    def start(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Listens on `port` (0: a free one). Raises OSError when it is taken."""
        if self._thread is not None:
            raise RuntimeError("already started")
        self._ready.clear()
        self._error = None
        self._ssl = ssl_context
        self._thread = threading.Thread(
            target=self._run, args=(host, port), name=type(self).__name__, daemon=True
        )
        self._thread.start()
        self._ready.wait()
        error = self._failure()
        if error is not None:
            self._thread.join()
            self._thread = None
            raise error

    def _failure(self) -> BaseException | None:
        return self._error

    def stop(self) -> None:
        """Closes all connections and stops listening; state is kept."""
        thread, loop, stop = self._thread, self._loop, self._stop
        if thread is None or loop is None or stop is None:
            return
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        self._thread = None

    def join(self) -> None:
        """Waits until the server stops (for running alone)."""
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        if self._thread is None:
            self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Base URL without a trailing slash."""
        scheme = "https" if self._ssl else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    def _run(self, host: str, port: int) -> None:
        try:
            asyncio.run(self._serve(host, port))
        except BaseException as error:
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self, host: str, port: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()

        def make_request(
            message: Any, payload: Any, protocol: Any, writer: Any, task: Any
        ) -> web.BaseRequest:
            return web.BaseRequest(
                message,
                payload,
                protocol,
                writer,
                task,
                asyncio.get_running_loop(),
                client_max_size=MAX_BODY,
            )

        server = self._server = web.Server(
            self._dispatch,
            request_factory=make_request,
            access_log=None,
            keepalive_timeout=300.0,
        )
        listener = await self._loop.create_server(
            server, host, port, ssl=self._ssl, backlog=256
        )
        self.port = listener.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        for _ in range(ACCEPTING):
            await asyncio.sleep(0)
        listener.close()
        server.pre_shutdown()
        await server.shutdown(0.5)
        await listener.wait_closed()

    # -- one request -----------------------------------------------------------

    async def _dispatch(self, raw: web.BaseRequest) -> web.StreamResponse:
        request = await self._read(raw)
        if request.path.startswith(PREFIX):
            self._controllers.add(raw.protocol)
            return self._send(handle_control(self, request))
        request.route = self.route_of(request)
        request.verb = request.verb or request.method
        target = f"{request.path}?{request.query}" if request.query else request.path
        struck = self.faults.strike(request.route, request.verb, target)
        self.in_flight += 1
        request.busy = self.in_flight
        self._count_load()
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            response = await self._answer(request, struck)
        finally:
            self.in_flight -= 1
        plain = response.body if response else b""
        if response is not None:
            response = self.finish(request, response)
        self._note(request, response, struck, plain)
        if response is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return self._send(response)

    def _count_load(self) -> None:
        """Note how much is going on; who controls the simulator is no client."""
        self.peak_requests = max(self.peak_requests, self.in_flight)
        if self._server is not None:
            there = set(self._server.connections)
            self._controllers &= there
            clients = len(there - self._controllers)
            self.peak_connections = max(self.peak_connections, clients)

    async def _read(self, raw: web.BaseRequest) -> Request:
        path, _, query = raw.raw_path.partition("?")
        transport = raw.transport
        return Request(
            method=raw.method,
            path=path,
            query=query,
            headers=raw.headers,
            body=await raw.read() if raw.body_exists else b"",
            host=raw.headers.get("Host", f"127.0.0.1:{self.port}"),
            secure=self._ssl is not None,
            args=parse_qsl(query, keep_blank_values=True) if query else [],
            transport=transport,
        )

    async def _answer(
        self, request: Request, struck: list[FaultRule]
    ) -> Response | None:
        """The answer, or None when the connection is to be dropped."""
        for rule in struck:
            if rule.kind == "slow" and rule.when == "before":
                await asyncio.sleep(rule.seconds)
        for rule in struck:
            if rule.kind == "drop_before":
                return None
            early = self._instead(rule, request) if rule.when == "before" else None
            if early is not None:
                return early
        request.faults = [r for r in struck if r.kind in self.own_fault_kinds]
        response = await self.handle(request)
        for rule in struck:
            if rule.kind == "slow" and rule.when == "after":
                await asyncio.sleep(rule.seconds)
        for rule in struck:
            if rule.kind == "drop_after":
                return None
            if rule.kind == "bad_json":
                response.body = response.body[: len(response.body) // 2]
            late = self._instead(rule, request) if rule.when == "after" else None
            if late is not None:
                response = late
        return response

    def _instead(self, rule: FaultRule, request: Request) -> Response | None:
        headers = list(rule.headers.items())
        match rule.kind:
            case "status":
                body, kind = _encode(rule.body)
                return Response(rule.status or 500, body, headers, kind)
            case "throttle":
                if rule.retry_after is not None:
                    headers.append(("Retry-After", str(rule.retry_after)))
                body, kind = _encode(rule.body)
                return Response(rule.status or 429, body, headers, kind)
            case "html":
                body = (rule.body or PROXY_PAGE).encode()
                return Response(rule.status or 502, body, headers, "text/html")
        if rule.kind in self.own_fault_kinds:
            with self.lock:
                return self.own_fault(rule, request)
        return None

    def _note(
        self,
        request: Request,
        response: Response | None,
        struck: list[FaultRule],
        plain: bytes,
    ) -> None:
        keep = self.log.keep_bodies
        write = request.write if request.write is not None else self.is_write(request)
        self.log.add(
            time=self.clock.now(),
            method=request.verb,
            route=request.route,
            path=request.path,
            query=request.query,
            status=response.status if response else 0,
            user=request.user,
            bytes=len(response.body) if response else 0,
            write=write,
            fault=",".join(r.kind for r in struck),
            request_body=request.body if keep else None,
            response_body=plain if keep else None,
            headers=dict(request.headers) if keep else {},
        )

    def _send(self, response: Response) -> web.Response:
        sent = web.Response(
            status=response.status,
            reason=response.reason,
            body=response.body or None,
        )
        if response.chunked:
            sent.enable_chunked_encoding()
        headers = sent.headers
        headers["Server"] = self.server_header
        headers["Date"] = self.clock.http_date()
        for name, value in response.headers:
            headers.add(name, value)
        if response.content_type is not None:
            headers["Content-Type"] = response.content_type
        return sent


def _encode(body: Any) -> tuple[bytes, str | None]:

    if body is None:
        return b"", None
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        kind = "text/html" if body.lstrip().startswith("<") else "text/plain"
        return body.encode(), kind
    return json.dumps(body).encode(), "application/json"


def accepted_encodings(headers: Any) -> set[str]:
    """The content codings a request allows, lower case, without `q=0` ones."""
    allowed: set[str] = set()
    values: Iterable[str] = headers.getall("Accept-Encoding", [])
    for part in ",".join(values).split(","):
        name, _, parameter = part.strip().lower().partition(";")
        quality = parameter.replace(" ", "").removeprefix("q=")
        if name and quality not in ("0", "0.0", "0.00", "0.000"):
            allowed.add(name.strip())
    return allowed


def compress(response: Response, coding: str) -> Response:
    """Encodes the body with `gzip` or `deflate` and says so in the headers."""
    if coding == "gzip":
        response.body = gzip.compress(response.body, compresslevel=1, mtime=0)
    else:
        response.body = zlib.compress(response.body, 1)
    return response.add("Content-Encoding", coding)
