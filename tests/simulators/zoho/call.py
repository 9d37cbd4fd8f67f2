"""One API call: who calls, when, with what; and how it is answered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ..common import Request, Response
from .errors import ApiError, bad_param, invalid_module
from .fields import ModuleDef
from .knobs import Knobs
from .render import Renderer
from .times import read_instant
from .world import Table, User, World

JSON = "application/json;charset=UTF-8"


@dataclass
class Call:
    """A call whose token was found good. `now` is epoch seconds."""

    request: Request
    world: World
    user: User
    scopes: tuple[str, ...]
    now: float
    args: dict[str, str]
    show: Renderer
    token_expires: int
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def knobs(self) -> Knobs:
        """The simulator's switches."""
        return self.world.knobs

    def header(self, name: str) -> str | None:
        """A request header."""
        value: str | None = self.request.headers.get(name)
        return value

    def since(self, name: str) -> int | None:
        """A conditional header as epoch seconds (ISO 8601, sections 2.1, 2.4)."""
        text = self.header(name)
        if text is None:
            return None
        instant = read_instant(text, zulu=self.knobs.zulu_times)
        if instant is None and self.knobs.bad_since == "refuse":
            raise ApiError(
                400,
                "INVALID_DATA",
                "invalid data",
                {"header_name": name, "expected_data_type": "datetime"},
            )
        return instant

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from the query."""
        text = self.args.get(name)
        if text is None:
            return default
        if not text.isdecimal() or not low <= int(text) <= high:
            raise bad_param(name)
        return int(text)

    def flag(self, name: str, default: bool) -> bool:
        """A boolean from the query, in any case (2.6)."""
        text = self.args.get(name, "").lower()
        return default if text not in ("true", "false") else text == "true"

    def module(self, name: str) -> ModuleDef:
        """A module by API name. Raises INVALID_MODULE."""
        module = self.world.modules.get(name)
        if module is None or not module.supported:
            raise invalid_module()
        return module

    def table(self, name: str, permission: str) -> Table:
        """A module's records; 403 where the user's rights are gone."""
        module = self.module(name)
        if name in self.user.denied:
            raise ApiError(
                self.knobs.permission_status,
                "NO_PERMISSION",
                "Permission denied",
                {"permissions": [f"Crm_Implied_{permission}_{name}"]},
            )
        return self.world.tables[module.api_name]

    def body(self) -> dict[str, Any]:
        """The JSON body, whatever Content-Type says (8.2)."""
        try:
            data = json.loads(self.request.body)
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise ApiError(
                400, "INVALID_DATA", "body", {"expected_data_type": "jsonobject"}
            )
        return data


def answer(data: Any, status: int = 200) -> Response:
    """A JSON answer."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Response(status, text.encode(), content_type=JSON)


def empty(status: int = 204) -> Response:
    """204 or 304: no body, no Content-Type (2.1)."""
    return Response(status)
