"""JSON as Domino writes it: ASCII, `\\/`, upper-case `\\uXXXX`, two layouts.

The data service and all error bodies come from a streaming writer (property
names two levels deeper than their brace, first a line feed); service root and
calendar come from a tree generator (two blanks a level, a blank before a
nested brace, objects in nested arrays indented twice). White space means
nothing, but it is what a client sees on the wire.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

_SPECIAL = re.compile(r"[^ !#-.0-\[\]-\x80]")
_SHORT = {
    '"': '\\"',
    "\\": "\\\\",
    "/": "\\/",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04X}\\u{0xDC00 + (code & 0x3FF):04X}"
    return f"\\u{code:04X}"


def text(value: str) -> str:
    """A JSON string literal."""
    return f'"{_SPECIAL.sub(_escape, value)}"'


def number(value: float) -> str:
    """A number: whole ones as integers, others as Java prints a double."""
    if isinstance(value, int):
        return str(value)
    if value == int(value) and abs(value) < 2**63:
        return str(int(value))
    digits = repr(value)
    mantissa, _, exponent = digits.partition("e")
    if 1e-3 <= abs(value) < 1e7 and not exponent:
        return digits
    sign, plain = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
    whole, _, fraction = plain.partition(".")
    power = int(exponent or 0) + len(whole) - 1
    significant = whole + (fraction if fraction != "0" else "")
    stripped = significant.lstrip("0")
    power -= len(significant) - len(stripped)
    stripped = stripped.rstrip("0") or "0"
    return f"{sign}{stripped[0]}.{stripped[1:] or '0'}E{power}"


def instant(value: datetime) -> str:
    """A date-time in UTC without fraction."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def scalar(value: Any) -> str:
    """A single Notes value; what has no form in JSON becomes `"???"`."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, datetime):
        return f'"{instant(value)}"'
    if isinstance(value, date):
        return f'"{value.isoformat()}"'
    if isinstance(value, time):
        return f'"{value.strftime("%H:%M:%S")}"'
    return '"???"'


class Tree(list[Any]):
    """A list that the streaming writer hands to the tree generator."""


def stream(value: Any, compact: bool = False) -> str:
    """A whole answer of the data service, or an error body."""
    out: list[str] = []
    _stream(value, 0, compact, out.append)
    return "".join(out)


def _stream(value: Any, level: int, compact: bool, out: Callable[[str], None]) -> None:
    line = "" if compact else "\n" + "  " * level
    if isinstance(value, dict):
        out(f"{line}{{")
        inner = "" if compact else "\n" + "  " * (level + 2)
        comma = ""
        for key, item in value.items():
            out(f"{comma}{inner}{text(key)}:")
            comma = ","
            if isinstance(item, dict | list):
                _stream(item, level + 2, compact, out)
            else:
                out(scalar(item))
        out(f"{line}}}")
    elif isinstance(value, Tree):
        _array(value, level, compact, False, out)
    elif isinstance(value, list):
        out(f"{line}[")
        comma = ""
        for item in value:
            out(comma)
            comma = ","
            if isinstance(item, dict | list):
                _stream(item, level + 1, compact, out)
            else:
                out(scalar(item))
        out(f"{line}]")
    else:
        out(scalar(value))


def tree(value: Any, compact: bool = False) -> str:
    """A whole answer of the tree generator."""
    out: list[str] = []
    _tree(value, 0, compact, False, out.append)
    return "".join(out)


def _tree(
    value: Any, level: int, compact: bool, named: bool, out: Callable[[str], None]
) -> None:
    if isinstance(value, dict):
        pad = "" if compact else "  " * level
        end = "" if compact else "\n"
        out(" {" if named else f"{pad}{{")
        comma = ""
        for key, item in value.items():
            out(f"{comma}{end}{'' if compact else pad + '  '}{text(key)}:")
            comma = ","
            _tree(item, level + 1, compact, True, out)
        out(f"{end}{pad}}}")
    elif isinstance(value, list | tuple):
        _array(value, level, compact, named, out)
    else:
        out(scalar(value))


def _array(
    value: Sequence[Any],
    level: int,
    compact: bool,
    named: bool,
    out: Callable[[str], None],
) -> None:
    pad = "" if compact else "  " * level
    end = "" if compact else "\n"
    out(f"{' ' if named else pad}[{end}")
    for position, item in enumerate(value):
        if position:
            out(f",{end}")
        out("" if compact else "  " * (level + 1))
        _tree(item, level + 1, compact, False, out)
    out(f"{end}{pad}]")


def calendar(members: dict[str, Any]) -> str:
    """An answer of the calendar: elements of the outer lists indented once."""
    lines = []
    for key, value in members.items():
        if isinstance(value, list):
            lines.append(_outer(key, [element(v) for v in value]))
        else:
            out: list[str] = []
            _tree(value, 1, False, True, out.append)
            lines.append(f"  {text(key)}:{''.join(out)}")
    return "{\n" + ",\n".join(lines) + "\n}"


def _outer(key: str, rows: list[str]) -> str:
    return f"  {text(key)}: [\n" + ",\n".join(rows) + "\n  ]"


def element(value: dict[str, Any]) -> str:
    """One element of an outer list of `calendar`."""
    out: list[str] = []
    _tree(value, 2, False, False, out.append)
    return "".join(out)


def events(rows: list[str]) -> str:
    """`{"events": [...]}` from elements written before."""
    return "{\n" + _outer("events", rows) + "\n}"


def flat(name: str, rows: list[dict[str, Any]]) -> str:
    """`{name: [objects]}` as the roots write it, elements indented once."""
    lines = []
    for row in rows:
        body = ",\n".join(f"      {text(k)}:{_nested(v)}" for k, v in row.items())
        lines.append(f"    {{\n{body}\n    }}")
    return f"{{\n  {text(name)}:[\n" + ",\n".join(lines) + "\n  ]\n}"


def _nested(value: Any) -> str:
    if not isinstance(value, dict | list):
        return scalar(value)
    out: list[str] = []
    _tree(value, 3, False, True, out.append)
    return "".join(out)
