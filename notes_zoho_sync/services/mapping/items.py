"""A Notes document as the data service shows it, item by item.

Notes does not tell upper from lower case in names of items, and one value comes as a
scalar, several as an array (DAS data service: how item values appear).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Items:
    """The items of one document, by name in any case.

    :param document: the JSON object as read; empty for a document to be made.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._items = {name.casefold(): (name, document[name]) for name in document}

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._items

    def __bool__(self) -> bool:
        return bool(self._items)

    def stored(self, name: str) -> str:
        """The name as this document spells it."""
        return self._items.get(name.casefold(), (name, None))[0]

    def raw(self, name: str) -> Any:
        """The value as JSON; ``None`` when there is no such item."""
        return self._items.get(name.casefold(), (name, None))[1]

    def texts(self, name: str) -> list[str]:
        """The values as text, empty ones included; none of rich text."""
        value = self.raw(name)
        if value is None:
            return []
        return [value] if isinstance(value, str) else list(_texts(value))

    def text(self, name: str) -> str:
        """The first value that is filled, else an empty text."""
        value = self.raw(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return "" if value.isspace() else value
        return next((text for text in _texts(value) if text.strip()), "")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, Mapping):
        # strongtype=true wraps dates (DAS data service, document)
        if value.get("type") == "datetime":
            yield from _texts(value.get("data"))
    elif isinstance(value, float) and value.is_integer():
        yield str(int(value))
    elif value is not None:
        yield str(value)
