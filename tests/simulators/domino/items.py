"""What Notes documents hold: typed values and rich text."""

from __future__ import annotations

import base64
import html as html_lib
import quopri
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<br\s*/?>|</p>|</div>", re.IGNORECASE)
_HEAD = re.compile(r"<head.*?</head>", re.IGNORECASE | re.DOTALL)


@dataclass
class Attachment:
    """A file inside rich text."""

    name: str
    data: bytes
    content_type: str = "application/octet-stream"


@dataclass
class RichText:
    """A rich-text item: composed in a Notes client (`native`), or MIME.

    `parts` are MIME parts as a client sent them; otherwise they are made from
    `html` on reading.
    """

    html: str
    native: bool = True
    attachments: list[Attachment] = field(default_factory=list)
    parts: list[dict[str, Any]] | None = None
    boundary: str = "0__=4EBB0A5EDFC31D6E8f9e8a93df938690918c4EBB0A5EDFC31D6E"

    @classmethod
    def from_text(cls, plain: str) -> RichText:
        """What a Notes client stores for typed text: all of it inside font."""
        lines = html_lib.escape(plain, quote=False).replace("\r\n", "\n").split("\n")
        return cls(
            '<font size="2" face="sans-serif">' + "<br>\r\n".join(lines) + "</font>"
        )

    @property
    def text(self) -> str:
        """The plain text of it."""
        body = _HEAD.sub("", self.html)
        body = body.replace("\r", "").replace("\n", "")
        body = _TAG.sub("", _BREAK.sub("\n", body))
        return html_lib.unescape(body).strip("\n")

    def page(self) -> str:
        """The whole HTML page."""
        if "<html" in self.html.lower():
            return self.html
        return f"<html><body>{self.html}</body></html>"

    @property
    def has_attachments(self) -> bool:
        """Whether a file hangs on it."""
        if self.attachments:
            return True
        return any(
            'name="' in part.get("contentType", "").lower()
            or 'filename="' in part.get("contentDisposition", "").lower()
            for part in self.parts or []
        )

    def as_parts(self, links: str | None = None) -> list[dict[str, Any]]:
        """Flat MIME parts, depth first, still transfer-encoded.

        With `links` (base address) attachments come as links.
        """
        if self.parts is not None:
            return self.parts
        if not self.native:
            return self._mime_parts()
        outer = self.boundary
        inner = f"1__={outer[3:]}" if self.attachments else outer
        parts: list[dict[str, Any]] = []
        if self.attachments:
            parts.append(_container("mixed", outer))
        alternative = _container("alternative", inner)
        if self.attachments:
            alternative["boundary"] = f"--{outer}"
        parts.append(alternative)
        parts.append(_printable("text/plain", f"\n{self.text}", inner))
        parts.append(_printable("text/html", self.page(), inner, "inline"))
        for file in self.attachments:
            parts.append(_file(file, outer, links))
        return parts

    def _mime_parts(self) -> list[dict[str, Any]]:
        return [
            _container("mixed", self.boundary),
            {
                "contentType": "text/html; charset=UTF-8",
                "contentTransferEncoding": "8bit",
                "data": self.html,
                "boundary": f"--{self.boundary}",
            },
        ]


def _container(kind: str, boundary: str) -> dict[str, Any]:
    return {
        "contentType": f'multipart/{kind}; Boundary="{boundary}"',
        "contentDisposition": "inline",
    }


def _printable(
    kind: str, content: str, boundary: str, disposition: str | None = None
) -> dict[str, Any]:
    for charset in ("US-ASCII", "ISO-8859-1", "UTF-8"):
        try:
            raw = content.encode(charset)
            break
        except UnicodeEncodeError:
            continue
    encoded = quopri.encodestring(raw).decode("ascii")
    data = encoded.replace("\r\n", "\n").replace("\n", "\r\n") + "=\r\n"
    part: dict[str, Any] = {"contentType": f"{kind}; charset={charset}"}
    if disposition:
        part["contentDisposition"] = disposition
    part["contentTransferEncoding"] = "quoted-printable"
    part["data"] = data
    part["boundary"] = f"--{boundary}"
    return part


def _file(file: Attachment, boundary: str, links: str | None) -> dict[str, Any]:
    part: dict[str, Any] = {
        "contentType": f'{file.content_type}; name="{file.name}"',
        "contentDisposition": f'attachment; filename="{file.name}"',
        "contentTransferEncoding": "base64",
    }
    if links is not None:
        part["href"] = f"{links}/{file.name}"
    else:
        part["data"] = base64.encodebytes(file.data).decode("ascii")
    part["boundary"] = f"--{boundary}"
    return part


def from_parts(parts: list[dict[str, Any]]) -> RichText:
    """Rich text from MIME parts as a client sent them."""
    html = ""
    for part in parts:
        kind = str(part.get("contentType", "")).lower()
        if not kind.startswith("text/") or "data" not in part:
            continue
        decoded = _decode(part)
        if kind.startswith("text/html"):
            html = decoded
            break
        html = html or html_lib.escape(decoded, quote=False)
    return RichText(html, native=False, parts=[dict(p) for p in parts])


def _decode(part: dict[str, Any]) -> str:
    data = str(part["data"])
    match str(part.get("contentTransferEncoding", "")).lower():
        case "quoted-printable":
            raw = quopri.decodestring(data.encode("ascii", "replace"))
        case "base64":
            raw = base64.b64decode(data)
        case _:
            return data
    found = re.search(r'charset="?([\w-]+)', str(part.get("contentType", "")), re.I)
    return raw.decode(found[1] if found else "ascii", "replace")


@dataclass
class Item:
    """One item: stored spelling of its name and its values.

    All values are of one type: str, int/float, aware datetime (UTC), date,
    time, or a single RichText.
    """

    name: str
    values: list[Any]

    @property
    def is_rich(self) -> bool:
        """Whether this is a rich-text or MIME item."""
        return bool(self.values) and isinstance(self.values[0], RichText)


def hundredths(value: datetime) -> datetime:
    """Notes times have hundredths of a second, in UTC."""
    value = value.astimezone(UTC)
    return value.replace(microsecond=value.microsecond // 10000 * 10000)


def to_values(value: Any) -> list[Any]:
    """Item values from what an act or a seed file gives.

    Beside Python values: `{"type": "datetime" | "date" | "time", "data": text or
    list}` and `{"type": "richtext", "text": ... or "html": ..., "attachments":
    [{"name", "content_type", "data" (base64)}]}`.
    """
    if isinstance(value, list | tuple):
        return [v for one in value for v in to_values(one)]
    if isinstance(value, dict):
        return _typed(value)
    if isinstance(value, datetime):
        return [hundredths(value)]
    if isinstance(value, bool):
        raise ValueError("Notes knows no booleans")
    return [value]


def _typed(value: dict[str, Any]) -> list[Any]:
    kind = value.get("type")
    if kind == "richtext":
        if "html" in value:
            rich = RichText(value["html"], native=value.get("native", True))
        else:
            rich = RichText.from_text(value.get("text", ""))
        for file in value.get("attachments", []):
            rich.attachments.append(
                Attachment(
                    file["name"],
                    base64.b64decode(file.get("data", "")),
                    file.get("content_type", "application/octet-stream"),
                )
            )
        return [rich]
    data = value.get("data")
    several = data if isinstance(data, list) else [data]
    match kind:
        case "datetime":
            return [hundredths(datetime.fromisoformat(str(d))) for d in several]
        case "date":
            return [date.fromisoformat(str(d)) for d in several]
        case "time":
            return [time.fromisoformat(str(d)) for d in several]
    raise ValueError(f"unknown value type {kind!r}")
