"""Text as both servers can take it: no control characters, one sort of line end."""

from __future__ import annotations

import re
import unicodedata

_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNFIT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def text(value: str) -> str:
    """Text of several lines: ``\\n`` line ends, no blanks around it."""
    if value.isprintable():
        return value.strip()  # most are: nothing in it would have to go
    return _UNFIT.sub("", _LINE_END.sub("\n", value)).strip()


def line(value: str) -> str:
    """Text of one line: a run of blanks, tabs or line ends becomes one blank."""
    if not value:
        return ""
    return " ".join((value if value.isprintable() else text(value)).split())


def size(value: str) -> int:
    """How long a text may count: what Zoho counts is not documented, so a line end
    and a character beyond 16 bits count as two."""
    return sum(2 if char == "\n" or char > "\uffff" else 1 for char in value)


def cut(value: str, limit: int | None) -> str:
    """As much of a text as surely fits, never half a composed character.

    :param limit: characters; ``None``: any number.
    """
    # No character counts more than two, so that most texts need no counting.
    if limit is None or 2 * len(value) <= limit or size(value) <= limit:
        return value
    room, end = limit, 0
    for end, char in enumerate(value):  # noqa: B007
        room -= size(char)
        if room < 0:
            break
    while end and unicodedata.combining(value[end]):
        end -= 1
    return value[:end].rstrip()
