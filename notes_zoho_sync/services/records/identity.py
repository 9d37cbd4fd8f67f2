"""By what two unlinked records are known to be the same thing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from ..reasons import Reason, _lt, reason, register
from .base import Values
from .contact import Name
from .phone import canonical
from .task import TaskDates
from .text import plain

register(
    {
        "same_email": _lt("e-mail address"),
        "same_phone": _lt("phone number and name"),
        "same_company": _lt("name and company"),
        "same_due": _lt("subject and due date"),
        "same_time": _lt("title, start and end"),
    }
)

Keys = Callable[[Values, str], Sequence[Hashable]]


@dataclass(frozen=True)
class Tier:
    """One way to recognise a record; tiers are tried from strong to weak.

    :param what: its name for people.
    :param keys: a record's keys (values, phone region); records that share one match.
    :param compatible: what must hold besides.
    """

    what: Reason
    keys: Keys
    compatible: Callable[[Values, Values], bool] = lambda left, right: True


def _fold(text: str) -> str:
    return " ".join(plain(text).casefold().split())


def _full_name(values: Values) -> str:
    name = values.get("name") or Name()
    return _fold(f"{name.first} {name.last}")


def _emails(values: Values, region: str) -> Sequence[Hashable]:
    return [item.strip().casefold() for item in values.get("emails") or () if item]


def _last_names_agree(left: Values, right: Values) -> bool:
    lasts = [_fold((values.get("name") or Name()).last) for values in (left, right)]
    return not all(lasts) or lasts[0] == lasts[1]


_PHONES = ("phone_office", "phone_mobile", "phone_home", "phone_other")


def _phone_and_name(values: Values, region: str) -> Sequence[Hashable]:
    name = _full_name(values)
    numbers = {canonical(values.get(unit) or "", region) for unit in _PHONES} - {""}
    return [(name, number) for number in sorted(numbers)] if name else []


def _name_and_company(values: Values, region: str) -> Sequence[Hashable]:
    name, company = _full_name(values), _fold(values.get("company") or "")
    return [(name, company)] if name and company else []


def _subject_and_due(values: Values, region: str) -> Sequence[Hashable]:
    subject = _fold(values.get("subject") or "")
    dates = values.get("dates") or TaskDates()
    # A mere dash stands in for a subject where one is demanded.
    return [(subject, dates.due)] if subject not in ("", "-") else []


def _title_and_time(values: Values, region: str) -> Sequence[Hashable]:
    title, when = _fold(values.get("title") or ""), values.get("when")
    if title in ("", "-") or when is None:
        return []
    lasting = when.lasting()
    return [(title, lasting.start, lasting.end)]


IDENTITY: Mapping[str, tuple[Tier, ...]] = {
    "contact": (
        Tier(reason("same_email"), _emails, _last_names_agree),
        Tier(reason("same_phone"), _phone_and_name),
        Tier(reason("same_company"), _name_and_company),
    ),
    "task": (Tier(reason("same_due"), _subject_and_due),),
    "event": (Tier(reason("same_time"), _title_and_time),),
}
