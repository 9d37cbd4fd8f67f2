"""Service discovery: /api, /api/core, and the roots of services to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.simulators.common import Request, Response

from . import wire
from .errors import DasError

if TYPE_CHECKING:
    from .server import DominoSimulator
    from .world import User

# Name and path of every service that an installation may have.
SERVICES = {
    "Core": "core",
    "Data": "data",
    "Calendar": "calendar",
    "Mail": "mail",
    "Freebusy": "freebusy",
    "Directory": "directory",
}
_JAVA = "com.ibm.domino.services.ServiceException"


def _answer(body: str) -> Response:
    return Response(200, body.encode(), content_type="application/json")


def services(server: DominoSimulator) -> Response:
    """GET /api: installed services; links are relative whatever is set."""
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "enabled": server.enabled(name),
            "version": "9.0.1",
            "href": f"/api/{SERVICES[name]}",
        }
        for name in server.knobs.installed
    ]
    return _answer(wire.flat("services", rows))


def core() -> Response:
    """GET /api/core."""
    rows: list[dict[str, Any]] = [
        {"rel": name, "href": f"/api/core/{name}"}
        for name in ("pwstats", "nonce", "stats")
    ]
    return _answer(wire.flat("links", rows))


def calendars(server: DominoSimulator, request: Request, caller: User) -> Response:
    """GET /api/calendar: where the caller's, or `owner`'s, mail file is.

    The address names the home server; with relative links its host is cut
    off, so that it may point at a file that this server does not have.
    """
    wanted = request.arg("owner")
    owner = server.world.user(wanted) if wanted else caller
    if owner is None:
        raise DasError(400, "Name not found.", _JAVA)
    if owner.mail_file is None:
        raise DasError(500, "Cannot build service resource address.", _JAVA)
    if not owner.home_known:
        raise DasError(500, "Server not found.", _JAVA)
    home = owner.home_server or server.knobs.server_name
    base = server.link_origin(request)
    if base and home != server.knobs.server_name:
        base = f"http://{home.partition('/')[0].lower()}"
    path = "/" + quote(owner.mail_file.lower())
    person: dict[str, Any] = {
        "displayName": owner.name,
        "distinguishedName": owner.abbreviated,
    }
    if server.knobs.home_server_shown:
        person["homeServer"] = home
    person["email"] = owner.email
    links = [
        {"rel": name, "href": f"{base}{path}/api/calendar/{name}"}
        for name in ("events", "invitations")
    ]
    return _answer(wire.flat("calendars", [{"owner": person, "links": links}]))
