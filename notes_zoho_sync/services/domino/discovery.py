"""Which services a server offers, and which mail file is the user's.

Rests on the DAS fact sheet: service discovery, calendar service root, mail root.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ..errors import Gone, Misconfigured, RetryLater
from ..reasons import Reason, reason
from . import texts  # noqa: F401  (registers the sentences)
from .answer import Answer
from .session import DominoSession

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff?#]")


@dataclass(frozen=True)
class MailFile:
    """Where a person's mail file is.

    :param path: from the server's root, ``/mail/jdoe.nsf``, not percent-encoded.
    :param home_server: its home server as the directory names it, if it says so; it
        need not be the server that was asked.
    """

    path: str
    owner: str = ""
    email: str = ""
    home_server: str = ""


def normalise_path(text: str) -> str:
    """A mail file as people and directories write it, as a path from the root.

    ``mail\\jdoe``, ``mail/jdoe.nsf`` and a whole address all become
    ``/mail/jdoe.nsf`` (DAS: URL encoding).

    :raises Misconfigured: it is no path of a database.
    """
    path = text.strip()
    if "://" in path:
        path = _path_of(path)
    path = path.replace("\\", "/").strip("/")
    head, extension, _ = _partition_nsf(path)
    path = head + extension if extension else f"{path}.nsf"
    parts = path.split("/")
    if len(path) <= 4 or _CONTROL.search(path) or {"", ".", ".."} & set(parts):
        detail = reason("domino_no_path")
        why = reason("domino_address", address=text[:100], detail=detail)
        raise Misconfigured(why, "mail_file")
    return f"/{path}"


def _partition_nsf(path: str) -> tuple[str, str, str]:
    found = re.match(r"(.*?)(\.nsf)(/.*)?$", path, re.IGNORECASE)
    return (found[1], found[2], found[3] or "") if found else (path, "", "")


def _path_of(address: str) -> str:
    """The path of an address, decoded; empty when it is no address."""
    try:
        return unquote(urlsplit(address).path)
    except ValueError:
        return ""


def quoted(path: str) -> str:
    """A path as it stands in a URL."""
    return quote(path, safe="/")


def services(session: DominoSession) -> dict[str, bool]:
    """The services of ``/api`` in lower case, and whether each is enabled.

    :raises Misconfigured: no Domino Access Services there.
    """
    answer = session.get("/api", shape=_has("services"))
    return {
        str(row.get("name", "")).lower(): row.get("enabled") is True
        for row in answer.data["services"]
        if isinstance(row, dict)
    }


def find_mail_file(session: DominoSession) -> MailFile:
    """The mail file of the signed-in user: the calendar service's word, else the
    mail service's.

    :raises Misconfigured: neither knows, or both are off.
    """
    answer: Answer | None = None
    for path, key, rels in (
        ("/api/calendar", "calendars", ("events", "invitations")),
        ("/api/mail", "mailboxes", ("inbox", "outbox", "sent", "drafts", "trash")),
    ):
        try:
            answer = session.get(path, shape=_has(key), allow=(400, 500))
        except (Gone, Misconfigured) as error:
            if isinstance(error, Misconfigured) and not (
                error.setting == "das" or error.setting.endswith("_service")
            ):
                raise
            continue
        except RetryLater:
            if path == "/api/calendar" or answer is None:
                raise
            break
        if answer.status == 200:
            found = _mail_file(answer.data[key], rels)
            if found is not None:
                return found
    where = {"server": session.server, "user": session.user}
    if answer is None:
        raise Misconfigured(reason("domino_mail_undiscoverable", **where), "mail_file")
    detail: Reason | str = answer.message
    if answer.status == 200:
        detail = reason("domino_none_named")
    why = reason("domino_mail_unknown", **where, detail=detail)
    raise Misconfigured(why, "mail_file")


def _mail_file(rows: Any, rels: tuple[str, ...]) -> MailFile | None:
    """The first row with a link into a database.

    Only the link's path counts: its host may be the name of another server, or what
    a proxy made of it.
    """
    for row in _objects(rows):
        owner = row.get("owner")
        owner = owner if isinstance(owner, Mapping) else {}
        for link in _objects(row.get("links")):
            path = _path_of(str(link.get("href") or ""))
            _, extension, _ = _partition_nsf(path)
            if link.get("rel") in rels and extension:
                return MailFile(
                    normalise_path(path),
                    str(owner.get("distinguishedName") or ""),
                    str(owner.get("email") or ""),
                    str(owner.get("homeServer") or ""),
                )
    return None


def stored_spelling(session: DominoSession, path: str) -> str | None:
    """The path as the database list spells it: discovery answers in lower case,
    and a server on Linux tells cases apart.

    :returns: ``None`` when the list does not hold it (or is not to be had).
    """
    try:
        answer = session.get(
            "/api/data", {"compact": "true"}, shape=lambda data: isinstance(data, list)
        )
    except (Gone, Misconfigured):
        return None
    for row in _objects(answer.data):
        try:
            found = normalise_path(str(row.get("@filepath") or ""))
        except Misconfigured:
            continue  # somebody else's database
        if found.casefold() == path.casefold():
            return found
    return None


def _objects(value: Any) -> list[Mapping[str, Any]]:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, Mapping)]


def _has(key: str) -> Any:
    return lambda data: isinstance(data, dict) and isinstance(data.get(key), list)
