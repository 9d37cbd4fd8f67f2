"""What Zoho CRM says about itself: fields, users, the organisation.

Rests on the Zoho fact sheet, sections 3.5 and 3.6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import RetryLater, SyncError
from ..reasons import reason
from .session import ZohoSession
from .transport import SERVER

#: The part of a field's description that anything here rests on.
_KEPT = (
    "api_name",
    "data_type",
    "json_type",
    "length",
    "system_mandatory",
    "field_read_only",
    "read_only",
    "visible",
    "custom_field",
    "operation_type",
    "unique",
    "textarea",
    "default_value",
)
#: Pages of users that are read; no organisation has more than 100,000.
PAGES = 500
_KEPT_PICK = ("actual_value", "display_value", "reference_value", "type")


class FieldsView(Protocol):
    """What is known of a module's fields (``mapping.metadata.Fields`` is one)."""

    @property
    def version(self) -> str:
        """Changes when something changes that counts."""

    def has(self, api_name: str) -> bool:
        """Whether the organisation has, and shows us, this field."""

    def length(self, api_name: str) -> int | None:
        """How many characters it takes."""


class MetadataCache(Protocol):
    """Where the descriptions wait between runs, so that an idle run asks nothing.

    The cache decides how old an entry may be; a day is right.
    """

    def load(self, module: str) -> Mapping[str, Any] | None:
        """What ``save`` stored lately, as plain JSON."""

    def save(self, module: str, answer: Mapping[str, Any]) -> None:
        """Store a module's description (plain JSON)."""


@dataclass(frozen=True)
class User:
    """A user of the CRM.

    :param time_zone: IANA name.
    """

    id: str
    email: str
    name: str
    active: bool
    time_zone: str


@dataclass(frozen=True)
class Organisation:
    """The organisation behind the grant.

    :param edition: such as ``free`` or ``enterprise``; empty when not told.
    :param country: ISO 3166 code; empty when not told.
    :param licenses: users that may be had; 0 when not told.
    """

    zgid: str
    name: str
    edition: str
    country: str
    time_zone: str
    licenses: int = 0


class Metadata:
    """The fields of an organisation's modules, read once and kept.

    :param parse: makes a view of an answer of ``settings/fields``.
    """

    def __init__(
        self,
        session: ZohoSession,
        parse: Callable[[Mapping[str, Any]], FieldsView],
        cache: MetadataCache,
    ) -> None:
        self.session = session
        self.parse = parse
        self.cache = cache
        self._views: dict[str, FieldsView] = {}
        self._reread: set[str] = set()

    def fields(self, module: str) -> FieldsView:
        """A module's fields.

        :raises SyncError: they are not cached and cannot be read.
        """
        if module not in self._views:
            known = self.cache.load(module)
            if known is None:
                return self._read(module)
            self._views[module] = self.parse(known)
        return self._views[module]

    def doubt(self, module: str) -> None:
        """A record was refused for a field: read the fields again, once.

        What fails to be read now is read again another time.
        """
        if module in self._reread:
            return
        self._reread.add(module)
        try:
            self._read(module)
        except SyncError:
            self._reread.discard(module)

    def _read(self, module: str) -> FieldsView:
        answer = self.session.read("/settings/fields", {"module": module})
        data = answer.data if isinstance(answer.data, dict) else {}
        fields = data.get("fields")
        if not isinstance(fields, list):
            detail = f"no fields of {module}"
            raise RetryLater(reason("unexpected_answer", server=SERVER, detail=detail))
        kept = {"fields": [_kept(item) for item in fields if isinstance(item, dict)]}
        view = self.parse(kept)
        self.cache.save(module, kept)
        self._views[module] = view
        return view


def _kept(item: Mapping[str, Any]) -> dict[str, Any]:
    """A field's description without ids, profiles and looks."""
    kept = {name: item[name] for name in _KEPT if name in item}
    picks = item.get("pick_list_values")
    if isinstance(picks, list):
        kept["pick_list_values"] = [
            {name: pick[name] for name in _KEPT_PICK if name in pick}
            for pick in picks
            if isinstance(pick, dict)
        ]
    lookup = item.get("lookup")
    if isinstance(lookup, dict) and isinstance(lookup.get("module"), dict):
        kept["lookup"] = {"module": {"api_name": lookup["module"].get("api_name")}}
    return kept


def current_user(session: ZohoSession) -> User:
    """Who owns the grant: the integration user, and the cheap connection test."""
    users = _users(session, {"type": "CurrentUser"})[0]
    if len(users) != 1:
        detail = "no current user"
        raise RetryLater(reason("unexpected_answer", server=SERVER, detail=detail))
    return users[0]


def list_users(session: ZohoSession, kind: str = "AllUsers") -> list[User]:
    """All users of the organisation, active or not.

    :param kind: Zoho's type of users, such as ``ActiveUsers``.
    """
    users: list[User] = []
    for page in range(1, PAGES + 1):
        part, more = _users(
            session, {"type": kind, "page": str(page), "per_page": "200"}
        )
        users += part
        if not more or not part:
            return users
    detail = "users without end"
    raise RetryLater(reason("unexpected_answer", server=SERVER, detail=detail))


def _users(session: ZohoSession, params: Mapping[str, str]) -> tuple[list[User], bool]:
    data = session.read("/users", params).data or {}
    found = data.get("users")
    info = data.get("info") or {}
    users = [_user(item) for item in found or [] if isinstance(item, dict)]
    return users, bool(info.get("more_records"))


def _user(item: Mapping[str, Any]) -> User:
    email = str(item.get("email") or "")
    return User(
        id=str(item.get("id") or ""),
        email=email,
        name=str(item.get("full_name") or email),
        active=item.get("status") == "active",
        time_zone=str(item.get("time_zone") or ""),
    )


def organisation(session: ZohoSession) -> Organisation:
    """The organisation behind the grant."""
    data = session.read("/org").data or {}
    found = data.get("org")
    if not isinstance(found, list) or not found or not found[0].get("zgid"):
        detail = "no organisation"
        raise RetryLater(reason("unexpected_answer", server=SERVER, detail=detail))
    org = found[0]
    details = org.get("license_details") or {}
    bought = str(details.get("users_license_purchased") or "")[:9]
    return Organisation(
        zgid=str(org["zgid"]),
        name=str(org.get("company_name") or ""),
        edition=str(details.get("paid_type") or ""),
        country=str(org.get("country_code") or ""),
        time_zone=str(org.get("time_zone") or ""),
        licenses=int(bought) if bought.isdecimal() else 0,
    )
