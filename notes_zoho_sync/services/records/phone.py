"""Sameness of phone numbers: by E.164 where the number can be understood."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

_DIGITS = re.compile(r"\D+")


@lru_cache(maxsize=65536)
def canonical(text: str, region: str = "") -> str:
    """E.164 with extension; else the digits; else the trimmed text.

    :param text: as people typed it.
    :param region: ISO 3166 country whose national form is assumed.
    """
    text = text.strip()
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return _DIGITS.sub("", text) or text.casefold()
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{e164};ext={number.extension}" if number.extension else e164


def same_phone(left: str, right: str, region: str = "") -> bool:
    """Whether two numbers reach the same line.

    A national form equals the international one of ``region``; without a region
    only the digits as written are compared.
    """
    return left.strip() == right.strip() or canonical(left, region) == canonical(
        right, region
    )
