"""The addon's terms and their translations; runs inside Odoo (`env` is its).

A file of translations holds the template's terms in the template's order and nothing
else; its header says nothing that changes from day to day.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import polib

from tools import cache
from tools.odoo import MODULE, SERIES

FOLDER = cache.ROOT / MODULE / "i18n"
TEMPLATE = FOLDER / f"{MODULE}.pot"
#: Files and their languages' plural forms.
LANGUAGES = {
    "de": "nplurals=2; plural=(n != 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "pt_BR": "nplurals=2; plural=(n > 1);",
}
#: What must be the same in every language: values to fill in, and markup.
_KEPT = re.compile(r"%\(\w+\)[sd]|%[sd%]|</?[a-zA-Z][^>]*>")
_LETTERS = re.compile(r"[^\W\d_]")


def export(env: Any) -> polib.POFile:
    """The template as Odoo's own exporter gives it, with a header of ours."""
    from odoo.tools.translate import trans_export

    buffer = io.BytesIO()
    trans_export(None, [MODULE], buffer, "po", env)
    return _headed(polib.pofile(buffer.getvalue().decode()))


def translations(language: str) -> polib.POFile:
    """The committed translations; none for a language without a file."""
    path = FOLDER / f"{language}.po"
    return polib.pofile(path.read_text()) if path.exists() else polib.POFile()


def renew(env: Any) -> str:
    """Write the template and bring each language's file into line with it.

    :returns: in words, what is still missing.
    """
    FOLDER.mkdir(exist_ok=True)
    template = export(env)
    template.save(str(TEMPLATE))
    said = [f"{len(template)} terms"]
    for language in LANGUAGES:
        known = {term.msgid: term for term in translations(language)}
        merged = _headed(polib.POFile(), language)
        for term in template:
            held = known.pop(term.msgid, None)
            merged.append(
                polib.POEntry(
                    msgid=term.msgid,
                    msgstr=held.msgstr if held else "",
                    comment=term.comment,
                    occurrences=term.occurrences,
                    flags=held.flags if held else [],
                )
            )
        merged.save(str(FOLDER / f"{language}.po"))
        said += [f"{language}: no longer there: {text!r}" for text in known]
        said += faults(template, merged, language)
    return "\n".join(said)


def faults(
    template: polib.POFile, translated: polib.POFile, language: str
) -> Iterator[str]:
    """What is wrong with a language's translations, in words."""
    known = {term.msgid: term for term in translated}
    for source in template:
        term = known.pop(source.msgid, None)
        why = _fault(term, language) if term else "is missing"
        if why:
            yield f"{language}: {source.msgid!r} {why}"
    for text in known:
        yield f"{language}: {text!r} is no term of the addon"


def _fault(term: polib.POEntry, language: str) -> str:
    source, text = term.msgid, term.msgstr
    if term.obsolete or not text:
        return "is not translated"
    if term.fuzzy:
        return "is marked as fuzzy"
    if text == source and not _may_be_same(source, language):
        return "is in English"
    if Counter(_KEPT.findall(source)) != Counter(_KEPT.findall(text)):
        return f"has other placeholders or markup: {text!r}"
    if _edges(source) != _edges(text):
        return f"begins or ends with another space: {text!r}"
    return ""


def _edges(text: str) -> tuple[str, str]:
    return text[: -len(text.lstrip()) or None], text[len(text.rstrip()) :]


def _may_be_same(text: str, language: str) -> bool:
    bare = _KEPT.sub("", text).strip()
    return not _LETTERS.search(bare) or bare in SAME_EVERYWHERE | SAME[language]


def _headed(file: polib.POFile, language: str = "") -> polib.POFile:
    file.header = ""
    file.metadata = {
        "Project-Id-Version": f"Odoo Server {SERIES}",
        "Report-Msgid-Bugs-To": "",
        "Last-Translator": "",
        "Language-Team": "",
        **({"Language": language} if language else {}),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "",
        "Plural-Forms": LANGUAGES[language] if language else "",
    }
    return file


#: Names, and what is written alike in all four languages.
SAME_EVERYWHERE = frozenset(
    {"China (zoho.com.cn)", "IBM Notes", "ID", "Zoho", "Zoho CRM"}
)
#: Words that a language spells as English does.
SAME: dict[str, frozenset[str]] = {
    "de": frozenset(
        {
            "Administrator",
            "Basic",
            "Code",
            "Edition",
            "Fax",
            "Generation",
            "Icon",
            "Japan (zoho.jp)",
            "Name",
            "Organisation",
            "Scopes",
            "Server",
            "Status",
        }
    ),
    "es": frozenset({"Australia (zoho.com.au)", "Error", "Fax", "India (zoho.in)"}),
    "fr": frozenset(
        {
            "Assistant",
            "Canada (zohocloud.ca)",
            "Code",
            "Configuration",
            "Contact",
            "Contacts",
            "Description",
            "E-mail",
            "Europe (zoho.eu)",
            "Fax",
            "Licences",
            "Message",
            "Messages",
            "Module",
            "Organisation",
            "Participants",
        }
    ),
    "pt_BR": frozenset({"E-mail", "Fax", "Status", "links"}),
}
