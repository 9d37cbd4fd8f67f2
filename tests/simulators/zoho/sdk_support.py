"""What the rounds of the official SDK share."""

from __future__ import annotations

import json
from typing import Any

from zohocrmsdk.src.com.zoho.crm.api.record import SuccessResponse
from zohocrmsdk.src.com.zoho.crm.api.record.action_wrapper import ActionWrapper


class Failed(Exception):
    """A step whose answer is not what the SDK's documents promise."""


def tell(step: str, response: Any, **seen: Any) -> None:
    """Prints a step."""
    line = {"step": step, "status": response.get_status_code(), **seen}
    print(json.dumps(line, default=str), flush=True)


def body_of(step: str, response: Any, kind: type) -> Any:
    """The answer's object, which must be of that class."""
    if response is None:
        raise Failed(f"{step}: the SDK could not read the answer")
    found = response.get_object()
    if not isinstance(found, kind):
        values = getattr(found, "get_code", lambda: None)()
        code = values.get_value() if values is not None else found
        raise Failed(f"{step}: {type(found).__name__} {code}")
    return found


def action_ids(step: str, response: Any) -> list[int]:
    """Ids of an action's items, all of which must have gone well."""
    items = body_of(step, response, ActionWrapper).get_data()
    for item in items:
        if not isinstance(item, SuccessResponse):
            raise Failed(f"{step}: {item.get_code().get_value()}")
    return [int(item.get_details()["id"]) for item in items]
