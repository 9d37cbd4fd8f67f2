"""Rich text and MIME as the data service shows them, read as plain text.

Rests on the DAS fact sheet: how item values appear (multipart, richtext) and values in
request bodies. Notes wraps every text in font, so that alone is no formatting.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import quopri
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from ..reasons import Reason, _lt, reason, register
from . import clean

#: Tags that say nothing of their own (sync rules: text).
_PLAIN_TAGS = frozenset(
    {"html", "head", "body", "meta", "title", "p", "br", "div", "span", "font"}
)
_SILENT = frozenset({"head", "title", "style", "script"})
_BLOCKS = frozenset({"p", "div"})
register(
    {
        "body_pictures": _lt("pictures"),
        "body_attachments": _lt("attachments"),
        "body_table": _lt("a table"),
        "body_list": _lt("a list"),
        "body_links": _lt("links"),
        "body_formatting": _lt("formatting"),
    }
)
_PICTURES = reason("body_pictures")
_ATTACHMENTS = reason("body_attachments")
_LIST = reason("body_list")
_NAMES = {
    "img": _PICTURES,
    "table": reason("body_table"),
    "ul": _LIST,
    "ol": _LIST,
    "a": reason("body_links"),
}
_FORMAT = reason("body_formatting")
_CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.IGNORECASE)
#: Characters of HTML that are read; the rest stays in Notes.
_MOST = 2_000_000
#: What Python can decode and no mail is written in; some take hours for long texts.
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
)
#: Declarations and instructions, and what begins like a tag and is none.
_DECLARED = re.compile(r"<[!?][^<>]*>")
_NO_TAG = re.compile(r"<(?!/?[a-zA-Z][^<>]*>)")
_FILE = re.compile(r"\b(?:file)?name\*?\d*\*?=", re.IGNORECASE)


@dataclass
class Body:
    """What a text item holds.

    :param kept: what would be lost if plain text replaced it, in words.
    :param broken: encodings of parts that could not be read.
    """

    text: str = ""
    kept: list[Reason] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def read(value: Any) -> Body:
    """Rich text or MIME (a JSON object) as text."""
    body = Body()
    if not isinstance(value, Mapping):
        return body
    if value.get("type") == "multipart":
        parts = value.get("content")
        _multipart(body, parts if isinstance(parts, list) else [])
    else:
        _text(body, str(value.get("data") or ""), str(value.get("contentType") or ""))
        if value.get("attachments"):
            body.kept.append(_ATTACHMENTS)
    body.text = clean.text(body.text)
    return body


def write(text: str) -> dict[str, Any]:
    """Plain text as rich text: escaped, so that nothing in it acts as markup."""
    lines = []
    for line in text.split("\n"):
        escaped = html.escape(line, quote=False).replace("\t", "    ")
        lines.append(re.sub("^ |(?<= ) ", "\u00a0", escaped))
    joined = "<br>\n".join(lines).replace("\u00a0", "&nbsp;")
    return {"type": "richtext", "contentType": "text/html", "data": joined}


def _multipart(body: Body, parts: list[Any]) -> None:
    """Parts come flat, depth first; of alternatives the HTML tells more."""
    html_texts: list[str] = []
    plain_texts: list[str] = []
    for part in parts:
        if not isinstance(part, Mapping):
            continue
        kind = str(part.get("contentType") or "text/plain").strip().lower()
        if kind.startswith("multipart/"):
            continue
        if _is_file(part, kind):
            image = kind.startswith("image/")
            body.kept.append(_PICTURES if image else _ATTACHMENTS)
            continue
        decoded = _decoded(body, part)
        (html_texts if kind.startswith("text/html") else plain_texts).append(decoded)
    if html_texts:
        for text in html_texts:
            _text(body, text, "text/html")
    else:
        _text(body, "\n".join(plain_texts), "text/plain")


def _is_file(part: Mapping[str, Any], kind: str) -> bool:
    placed = str(part.get("contentDisposition") or "").strip().lower()
    return (
        placed.startswith("attachment")
        or _FILE.search(f"{placed} {kind}") is not None
        or "href" in part
        or not kind.startswith(("text/html", "text/plain"))
    )


def _decoded(body: Body, part: Mapping[str, Any]) -> str:
    data = str(part.get("data") or "")
    encoding = str(part.get("contentTransferEncoding") or "").strip().lower()
    if encoding == "quoted-printable":
        raw = quopri.decodestring(data.encode("utf-8", "replace"))
    elif encoding == "base64":
        try:
            raw = base64.b64decode(data)
        except (binascii.Error, ValueError):
            body.broken.append("base64")
            return ""
    else:
        return data
    found = _CHARSET.search(str(part.get("contentType") or ""))
    charset = found[1] if found else "utf-8"
    try:
        if codecs.lookup(charset).name in _NO_CHARSETS:
            raise LookupError(charset)
        return raw.decode(charset)
    except (LookupError, UnicodeError):
        body.broken.append(charset)
        return raw.decode("utf-8", "replace")


def _text(body: Body, data: str, kind: str) -> None:
    if body.text:
        body.text += "\n"
    if kind and not kind.lower().startswith("text/html"):
        body.text += data
        return
    reader = _Reader()
    if len(data) > _MOST:
        body.kept.append(_FORMAT)
    reader.feed(_tidy(data[:_MOST]))
    reader.close()
    body.text += reader.text()
    body.kept += reader.kept


def _tidy(data: str) -> str:
    """HTML without what is never shown, each tag closed: what is not makes Python's
    parser fail, or look for its end again and again."""
    parts = []
    place = 0
    while (start := data.find("<!--", place)) >= 0:
        end = data.find("-->", start)
        if end < 0:
            break
        parts.append(data[place:start])
        place = end + 3
    parts.append(data[place:])
    return _NO_TAG.sub("&lt;", _DECLARED.sub("", "".join(parts)))


class _Reader(HTMLParser):
    """Text of HTML, and whether there is more to it than text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[Reason] = []
        self._out: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag == "body":
            self._silent.clear()
        elif tag == "br":
            self._out.append("\n")
        elif tag in _BLOCKS:
            self._block()
        if tag not in _PLAIN_TAGS and not self._silent:
            self.kept.append(_NAMES.get(tag, _FORMAT))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass
        elif tag in _BLOCKS:
            self._block()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        words = re.sub("[ \t\r\n\f]+", " ", data)
        if self._at_line_start():
            words = words.lstrip(" ")
        if words:
            self._out.append(words.replace("\u00a0", " "))

    def _at_line_start(self) -> bool:
        return not self._out or self._out[-1].endswith("\n")

    def _block(self) -> None:
        if self._out and not self._out[-1].endswith("\n"):
            self._out.append("\n")

    def text(self) -> str:
        return "".join(self._out)
