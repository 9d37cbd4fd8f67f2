"""Sameness of free text: what two systems do to it on the way is no edit."""

from __future__ import annotations

import html
import re
import unicodedata

_BLANKS = re.compile("[ \t\u00a0]+")


def plain(text: str) -> str:
    """Text in one form: NFC, ``\\n`` line ends, no entities, and blanks as HTML shows
    them: a run counts as one, none at the ends of a line."""
    text = unicodedata.normalize("NFC", html.unescape(text))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_BLANKS.sub(" ", line).strip() for line in lines).strip()


def same_text(left: str, right: str) -> bool:
    """Whether two texts mean the same to a reader."""
    return left == right or plain(left) == plain(right)


def same_line(left: str, right: str) -> bool:
    """Whether two one-line texts mean the same (runs of blanks count as one)."""
    return left == right or " ".join(plain(left).split()) == " ".join(
        plain(right).split()
    )
