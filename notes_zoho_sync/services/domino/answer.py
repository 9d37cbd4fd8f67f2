"""One answer of a Domino server, and what can be told from it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from .. import bounded, instants

_FORM = re.compile(
    rb"""_DominoForm|action\s*=\s*["']?[^"'>]{0,400}\?login\b|"""
    rb"""<input[^>]{0,400}\bname\s*=\s*["']?password\b""",
    re.IGNORECASE,
)
_LOGIN_PAGE = re.compile(r"\?(?:open\w*&)?login\b", re.IGNORECASE)
#: A login form is a small page; a look at its beginning is enough.
_HEAD = 64 * 1024


class NotJson(ValueError):
    """The body is not JSON."""


@dataclass(frozen=True)
class Answer:
    """An answer, read whole.

    :param headers: case-insensitive.
    :param cookies: names and values of the cookies it set and we took.
    :param generation: the sign-in with which it was asked for.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: Mapping[str, str]
    generation: int = 0

    def header(self, name: str) -> str:
        return bounded.line(self.headers, name)

    @property
    def media_type(self) -> str:
        return self.header("Content-Type").partition(";")[0].strip().lower()

    @property
    def date(self) -> datetime | None:
        """The server's clock (UTC) when it answered."""
        return instants.http_date(self.header("Date"))

    @cached_property
    def data(self) -> Any:
        """The body as JSON. Domino writes ASCII (DAS: JSON writing rules), so a
        missing charset does no harm.

        :raises NotJson: HTML, empty, cut off, nested too deeply.
        """
        try:
            return bounded.parse_json(self.body)
        except ValueError:
            raise NotJson from None

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The JSON error body of the API (DAS: error body), if that is what it is."""
        try:
            data = self.data
        except NotJson:
            return None
        if isinstance(data, dict) and data.get("code") == self.status:
            return data
        return None

    @property
    def calendar_error(self) -> int | None:
        """The number of the calendar's own error (DAS calendar service, 3.12)."""
        number = (self.error or {}).get("cserror")
        return number if isinstance(number, int) else None

    @property
    def message(self) -> str:
        """The API's own words in one short line; never the Java stack."""
        text = str((self.error or {}).get("message") or "")
        return " ".join(text.split())[:200] or f"HTTP {self.status}"

    @property
    def wants_sign_in(self) -> bool:
        """Whether this is a login form or a 401 instead of an answer.

        The form may come under status 200 or 401, as a site's own page or JSON, or
        by way of a redirect (DAS: session login).
        """
        if self.status == 401:
            return True
        if self.status in (301, 302, 303, 307):
            return bool(_LOGIN_PAGE.search(self.header("Location")))
        return self.status == 200 and self.has_form

    @property
    def wants_basic(self) -> bool:
        """Whether it is a 401 that asks for Basic, without any form."""
        return (
            self.status == 401
            and self.header("WWW-Authenticate").lower().startswith("basic")
            and not self.has_form
        )

    @property
    def has_form(self) -> bool:
        """Whether the body is a login form, HTML or a site's own JSON."""
        return self._html_form or self._json_form

    @property
    def _html_form(self) -> bool:
        head = self.body[:_HEAD].lstrip()
        if self.media_type == "application/json" and head[:1] in (b"{", b"["):
            return False
        return b"<" in head and _FORM.search(head) is not None

    @property
    def _json_form(self) -> bool:
        """A site's own form in JSON, such as ``{"status": "401", "error": ...}``."""
        if len(self.body) > _HEAD or self.body.lstrip()[:1] != b"{":
            return False
        try:
            data = self.data
        except NotJson:
            return False
        code = data.get("status", data.get("code"))
        return str(code) == "401" and "@unid" not in data

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait."""
        now = self.date or datetime.now(UTC)
        return instants.retry_after(self.header("Retry-After"), now)
