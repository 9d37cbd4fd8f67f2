"""Every sentence that the service layer says to a person, in one table.

A reason is a code with parameters, so that it can be stored, searched, counted and
shown in the language of whoever reads it; its English text comes from ``TEXTS``.
Parameters never hold a secret, and never a value of a private record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

TEXTS: dict[str, str] = {}


def _lt(text: str) -> str:
    """Mark a sentence of ``TEXTS``: Odoo's export of terms looks for this name."""
    return text


def register(texts: Mapping[str, str]) -> None:
    """Add sentences, each marked with ``_lt``; a code belongs to one place only."""
    clash = TEXTS.keys() & texts.keys()
    if clash:
        raise ValueError(f"reason codes defined twice: {sorted(clash)}")
    TEXTS.update(texts)


def in_english(text: str, values: Mapping[str, str]) -> str:
    """A sentence of ``TEXTS`` with its values, as it stands there."""
    return text % values


@dataclass(frozen=True)
class Reason:
    """Why something happened or did not: a code of ``TEXTS`` and its values.

    A value is a text that is shown as it is (a name, what a server said), a reason of
    its own (a word or sentence of ours), or several of these, which are listed.
    """

    code: str
    params: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in TEXTS:
            raise KeyError(f"unknown reason code {self.code!r}")

    def __str__(self) -> str:
        return self.say(in_english)

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted(self.params.items()))))

    def say(self, translate: Callable[[str, Mapping[str, str]], str]) -> str:
        """The sentence in some language.

        :param translate: gives an English sentence of ``TEXTS`` in that language, with
            the values filled in.
        """
        values = {
            name: ", ".join(
                part.say(translate) if isinstance(part, Reason) else part
                for part in (value if isinstance(value, tuple) else (value,))
            )
            for name, value in self.params.items()
        }
        return translate(TEXTS[self.code], values)

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "params": {name: _dump(value) for name, value in self.params.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Reason | None:
        if not data:
            return None
        params = data.get("params") or {}
        return cls(data["code"], {name: _load(value) for name, value in params.items()})


Part = str | Reason
Value = Part | tuple[Part, ...]


def reason(code: str, **params: object) -> Reason:
    """A reason with its parameters: what is no reason, or tuple of them, as text."""
    return Reason(code, {name: _value(value) for name, value in params.items()})


def _value(value: object) -> Value:
    if isinstance(value, tuple):
        return tuple(_part(part) for part in value)
    return _part(value)


def _part(value: object) -> Part:
    return value if isinstance(value, Reason) else str(value)


def _dump(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_dump(part) for part in value]
    return value.to_json() if isinstance(value, Reason) else value


def _load(data: Any) -> Value:
    if isinstance(data, list):
        return tuple(_load_part(part) for part in data)
    return _load_part(data)


def _load_part(data: Any) -> Part:
    found = Reason.from_json(data) if isinstance(data, Mapping) else None
    return found if found is not None else str(data)
