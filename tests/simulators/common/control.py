"""Control over HTTP, so that another process can look and act.

All under `/__sim__/`, JSON in and out, never logged:

- GET `log`: counts, writes, requests, mails, the most requests and the most open
  connections at one time (`?entries=1`: each request too)
- POST `log/clear`
- POST `latency` with `{"seconds": 0.04}`: how much longer every answer takes
- GET `clock`; POST `clock` with `{"set": iso}`, `{"advance": {"minutes": 5}}`
  or `{"frozen": true}`
- GET `faults`; POST `faults` with the fields of a FaultRule; POST `faults/clear`
- GET `dump`: the whole store as plain data
- GET `acts`: names; POST `act/<name>` with the keyword arguments
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from urllib.request import Request as UrlRequest
from urllib.request import urlopen

if TYPE_CHECKING:
    from .server import Request, Response, SimulatorServer

PREFIX = "/__sim__/"


def plain(value: Any) -> Any:
    """What JSON has no word for: dates as ISO text, bytes as base64."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def acts_of(server: SimulatorServer) -> list[str]:
    """Names of what a person can do on this server."""
    act = server.act
    return sorted(
        name
        for name in dir(act)
        if not name.startswith("_") and callable(getattr(act, name))
    )


def handle_control(server: SimulatorServer, request: Request) -> Response:
    """Answers a control call; errors come as 400 with `{"error": text}`."""
    from .server import Response

    name = unquote(request.path[len(PREFIX) :]).strip("/")
    try:
        data = json.loads(request.body) if request.body else {}
        with server.lock:
            status, answer = _answer(server, request, name, data)
    except (TypeError, ValueError, KeyError, AttributeError, LookupError) as error:
        status, answer = 400, {"error": f"{type(error).__name__}: {error}"}
    return Response(
        status,
        json.dumps(answer, default=plain, ensure_ascii=False).encode(),
        content_type="application/json; charset=utf-8",
    )


def _answer(
    server: SimulatorServer, request: Request, name: str, data: dict[str, Any]
) -> tuple[int, Any]:
    if request.method == "GET":
        return _look(server, request, name)
    if request.method != "POST":
        return 405, {"error": "GET or POST"}
    match name.split("/"):
        case ["log", "clear"]:
            server.clear_log()
        case ["latency"]:
            server.latency = float(data["seconds"])
        case ["clock"]:
            return 200, _move_clock(server, data)
        case ["faults"]:
            return 200, server.faults.add(data.pop("kind"), **data).as_dict()
        case ["faults", "clear"]:
            server.faults.clear()
        case ["act", act] if act in acts_of(server):
            return 200, {"result": getattr(server.act, act)(**data)}
        case _:
            return 404, {"error": f"no control {name!r}"}
    return 200, {"ok": True}


def _look(server: SimulatorServer, request: Request, name: str) -> tuple[int, Any]:
    log = server.log
    match name:
        case "log":
            answer: dict[str, Any] = {
                "counts": log.counts(),
                "requests": log.count(),
                "writes": log.writes(),
                "mails": log.mails,
                "peak_requests": server.peak_requests,
                "peak_connections": server.peak_connections,
            }
            if request.arg("entries"):
                answer["entries"] = [e.as_dict() for e in log.select()]
            return 200, answer
        case "clock":
            return 200, _clock(server)
        case "faults":
            return 200, [r.as_dict() for r in server.faults.rules]
        case "dump":
            return 200, server.dump()
        case "acts":
            return 200, acts_of(server)
    return 404, {"error": f"no control {name!r}"}


def _clock(server: SimulatorServer) -> dict[str, Any]:
    return {"now": server.clock.now(), "frozen": server.clock.frozen}


def _move_clock(server: SimulatorServer, data: dict[str, Any]) -> dict[str, Any]:
    if "frozen" in data:
        if data["frozen"]:
            server.clock.freeze()
        else:
            server.clock.unfreeze()
    if "set" in data:
        server.clock.set(datetime.fromisoformat(data["set"]))
    if "advance" in data:
        server.clock.advance(**data["advance"])
    return _clock(server)


class ControlClient:
    """Drives a simulator in another process.

    Every method returns the parsed JSON; a refused call raises
    urllib.error.HTTPError.
    """

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self._base = url.rstrip("/") + PREFIX
        self._timeout = timeout

    def _call(self, name: str, data: dict[str, Any] | None = None) -> Any:
        body = None if data is None else json.dumps(data, default=plain).encode()
        request = UrlRequest(self._base + name, data=body)
        with urlopen(request, timeout=self._timeout) as answer:
            return json.loads(answer.read())

    def log(self, entries: bool = False) -> dict[str, Any]:
        """Counts, number of requests and writes, mails."""
        result: dict[str, Any] = self._call("log?entries=1" if entries else "log")
        return result

    def clear_log(self) -> None:
        """Forgets requests and mails."""
        self._call("log/clear", {})

    def clock(self, **move: Any) -> dict[str, Any]:
        """Reads the clock, or moves it by `set`, `advance`, `frozen`."""
        result: dict[str, Any] = self._call("clock", move or None)
        return result

    def latency(self, seconds: float) -> None:
        """Lets every answer take so much longer."""
        self._call("latency", {"seconds": seconds})

    def add_fault(self, kind: str, **values: Any) -> dict[str, Any]:
        """Adds a fault rule."""
        result: dict[str, Any] = self._call("faults", {"kind": kind, **values})
        return result

    def faults(self) -> list[dict[str, Any]]:
        """The rules with their counts."""
        result: list[dict[str, Any]] = self._call("faults")
        return result

    def clear_faults(self) -> None:
        """Takes all rules out."""
        self._call("faults/clear", {})

    def dump(self) -> Any:
        """The whole store as plain data."""
        return self._call("dump")

    def act(self, name: str, /, **values: Any) -> Any:
        """Acts as a person there; returns what the act returns."""
        return self._call(f"act/{name}", values)["result"]
