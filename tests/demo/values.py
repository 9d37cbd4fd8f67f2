"""How the comparer reads the two systems, whatever the kind of record."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
Record = dict[str, Any]

PRIVATE_TAG = "Private"


def words(value: Any) -> str:
    """A text for comparing: composed, without blanks that nobody sees."""
    return " ".join(unicodedata.normalize("NFC", str(value or "")).split())


def digits(value: Any) -> str:
    """What is dialled."""
    return re.sub(r"\D", "", str(value or ""))


def item(document: Document, *names: str) -> Any:
    """The first filled item of these, in any spelling."""
    values = {name.lower(): held for name, held in document["items"].items()}
    for name in names:
        held = values.get(name.lower())
        if held and held[0] not in ("", None):
            return held[0]
    return ""


def same_text(limit: int) -> Callable[[Any, Any], bool]:
    """Sameness of texts of which Zoho holds `limit` characters."""

    def same(notes: Any, zoho: Any) -> bool:
        left, right = words(notes), words(zoho)
        if left == right:
            return True
        cut = len(str(notes)) > limit and len(right) >= limit * 0.8
        return cut and left.startswith(right.rstrip("…").rstrip())

    return same


def same_comment(notes: Any, zoho: Any) -> bool:
    """Rich text is compared by what one reads."""
    text = notes["text"] if isinstance(notes, dict) else notes
    return same_text(32000)(re.sub(r"\s+", " ", str(text or "")), zoho)


def is_private(document: Document) -> bool:
    """Whether somebody marked it private in Notes."""
    marks = [item(document, "Confidential"), item(document, "OrgConfidential")]
    shown = item(document, "$PublicAccess")
    return "1" in marks or (bool(shown) and shown != "1")


def is_private_there(record: Record) -> bool:
    """Whether it carries the tag that means private."""
    return PRIVATE_TAG in record["Tag"]


@dataclass(frozen=True)
class Account:
    """One person on both systems; `event_range`: all, last_month or today."""

    login: str
    mail_file: str
    owner: str
    direction: str
    event_range: str = "all"


def flat(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def marks(values: Iterable[Any]) -> list[str]:
    """Values that nobody else has by chance."""
    texts = [words(value) for value in values]
    return [text for text in texts if len(text) >= 8]


def targets(write: dict[str, Any]) -> set[str]:
    ids = {str(one) for one in write.get("ids", [])}
    return ids | {str(one.get("id")) for one in write.get("items", [])}
