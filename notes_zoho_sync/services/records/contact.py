"""A person in an address book, as both sides mean it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import lru_cache, partial
from typing import Any

from .base import Kind, Unit, Values
from .phone import same_phone
from .text import same_line, same_text


@dataclass(frozen=True)
class Name:
    """First name, last name and salutation: they only make sense together.

    ``display`` is how that side shows the whole name; it takes no part in comparing.
    ``fallback`` is what stands in for a last name where one is demanded and ``last``
    is empty. It counts as the last name when names are compared, so that it follows
    what it was made of and is never mistaken for an edit.
    """

    first: str = ""
    last: str = ""
    salutation: str = ""
    display: str = field(default="", compare=False)
    fallback: str = field(default="", compare=False)


@dataclass(frozen=True)
class Address:
    """A postal address; ``street`` may have several lines."""

    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""


@dataclass(frozen=True)
class Contact:
    """One contact. Texts are plain; ``emails`` are distinct, the main one first."""

    name: Name = Name()
    job_title: str = ""
    department: str = ""
    company: str = ""
    emails: tuple[str, ...] = ()
    phone_office: str = ""
    phone_mobile: str = ""
    phone_home: str = ""
    phone_other: str = ""
    fax: str = ""
    assistant: str = ""
    phone_assistant: str = ""
    address_business: Address = Address()
    address_home: Address = Address()
    birthday: date | None = None
    description: str = ""

    def values(self) -> dict[str, Any]:
        """Unit name to value."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


def _same_name(left: Name, right: Name) -> bool:
    return (
        same_line(left.first, right.first)
        and same_line(left.last or left.fallback, right.last or right.fallback)
        and same_line(left.salutation, right.salutation)
    )


def _same_address(left: Address, right: Address) -> bool:
    return same_text(left.street, right.street) and all(
        same_line(getattr(left, name), getattr(right, name))
        for name in ("city", "state", "zip", "country")
    )


def _same_emails(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    return [item.strip().casefold() for item in left] == [
        item.strip().casefold() for item in right
    ]


def _parts(value: Name | Address) -> dict[str, str]:
    """Its texts by name; there is nothing deeper that would have to be copied."""
    return dict(vars(value))


def _as_is(value: Any) -> Any:
    return value


def _text(same: Callable[[Any, Any], bool] = same_line) -> Unit:
    return Unit("", "", same, _as_is, str)


def _phone(region: str) -> Unit:
    return _text(partial(same_phone, region=region))


def _address() -> Unit:
    return Unit("", Address(), _same_address, _parts, lambda d: Address(**d))


def _units(region: str) -> dict[str, Unit]:
    return {
        "name": Unit("", Name(), _same_name, _parts, lambda d: Name(**d)),
        "job_title": _text(),
        "department": _text(),
        "company": _text(),
        "emails": Unit("", (), _same_emails, list, tuple, spills=True),
        "phone_office": _phone(region),
        "phone_mobile": _phone(region),
        "phone_home": _phone(region),
        "phone_other": _phone(region),
        "fax": _phone(region),
        "assistant": _text(),
        "phone_assistant": _phone(region),
        "address_business": _address(),
        "address_home": _address(),
        "birthday": Unit(
            "",
            None,
            lambda left, right: bool(left == right),
            lambda value: value.isoformat() if value else None,
            lambda text: date.fromisoformat(text) if text else None,
        ),
        "description": _text(same_text),
    }


def title(values: Values) -> str:
    """How people call this contact: full name, else company, else address."""
    name = values.get("name") or Name()
    emails = values.get("emails") or ()
    full = " ".join(part for part in (name.first, name.last) if part)
    return (
        full
        or name.display
        or values.get("company")
        or (emails[0] if emails else "")
        or "-"
    )


@lru_cache(maxsize=256)
def contact_kind(region: str = "") -> Kind:
    """The kind *contact*.

    :param region: ISO 3166 country whose national phone numbers are understood.
    """
    return Kind(
        name="contact",
        record=Contact,
        units={key: replace(unit, name=key) for key, unit in _units(region).items()},
        title=title,
    )
