"""What counts as an e-mail address, and what Zoho takes as e-mail and phone."""

from __future__ import annotations

import re
from email.utils import parseaddr

from ..records.phone import same_phone
from . import clean

# An address as the internet has it; a Notes name has no @ or no domain with a dot.
_ADDRESS = re.compile(
    r"[^\s@<>()\[\],;:\"\\]+@(?:[^\s@<>()\[\],;:\"\\.]+\.)+[^\W\d_]{2,}"
)
# The patterns of Zoho's insert-records documentation (Zoho fact sheet, 3.1 and 3.4).
_ZOHO_EMAIL = re.compile(
    r"[\w+-][\w!#$%&'*+\-/=?^`{|}~.]*@(?:[^\W_]+(?:[-_]*[^\W_])*\.)+[^\W\d_]{2,22}"
)
_BLOCKS = r"(?>[.-]?[ ]?[0-9A-Za-z]+)+"
_BRACKETS = r"(?:[ ]?\((?![.-])(?>[ .-]?[0-9A-Za-z]+)+\)(?![.])(?:[ -]?[0-9A-Za-z]+)?)+"
_ZOHO_PHONE = re.compile(
    rf"\+?(?![.-])(?>{_BLOCKS}|{_BRACKETS})+(?>(?:,+)?;?[0-9A-Za-z]+)*[#;]?"
)
_TWO_NUMBERS = 7


def address(text: str) -> str:
    """The internet address in a text such as ``Ann <ann@x.org>``; empty if none."""
    text = clean.line(text)
    if _ADDRESS.fullmatch(text):
        return text
    inner = parseaddr(text)[1] if "<" in text else ""
    return inner if _ADDRESS.fullmatch(inner) else ""


def zoho_takes_email(text: str, limit: int | None) -> bool:
    """Whether Zoho takes an address."""
    whole = limit is None or clean.size(text) <= limit
    return whole and _ZOHO_EMAIL.fullmatch(text) is not None


def zoho_phone(text: str, limit: int | None, *, checked: bool) -> str:
    """A phone number as Zoho takes it, the same number otherwise written if need be.

    :param checked: Zoho looks at its form (type phone), not only at its length.
    :returns: empty when no form of it will do.
    """
    text = clean.line(text)
    if not text:
        return ""
    if _fits(text, limit, checked):
        return text
    if _several(text):
        return ""
    for form in (clean.line(re.sub(r"[^\w+.()-]", " ", text)), _bare(text)):
        if form and _fits(form, limit, checked) and same_phone(form, text):
            return form
    return ""


def _fits(text: str, limit: int | None, checked: bool) -> bool:
    if limit is not None and clean.size(text) > limit:
        return False
    return not checked or _ZOHO_PHONE.fullmatch(text) is not None


def _bare(text: str) -> str:
    """Digits only, where the text has no letters that mean something."""
    if re.search(r"[^\W\d_]", text):
        return ""
    digits = re.sub(r"[^0-9]", "", text.replace("(0)", "") if "+" in text else text)
    return f"+{digits}" if text.lstrip("( ").startswith("+") else digits


def _several(text: str) -> bool:
    """Two numbers in one text must not run into one."""
    pieces = [re.sub(r"\D", "", piece) for piece in re.split(r"[/;,&|]", text)]
    return sum(len(piece) >= _TWO_NUMBERS for piece in pieces) > 1
