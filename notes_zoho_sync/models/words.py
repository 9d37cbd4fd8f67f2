"""The service layer's sentences in the language of whoever reads them."""

from collections.abc import Mapping

from odoo import api
from odoo.tools.translate import get_translation

from ..services.reasons import Reason

MODULE = "notes_zoho_sync"


def say(env: api.Environment, why: Reason) -> str:
    """A sentence in the environment's language."""
    lang = env.lang or "en_US"

    def translate(text: str, values: Mapping[str, str]) -> str:
        return get_translation(MODULE, lang, text, dict(values))

    return why.say(translate)


def reason_text(env: api.Environment, data) -> str | bool:
    """What a stored reason, or a list of them, says to a person."""
    found = map(Reason.from_json, data if isinstance(data, list) else [data])
    # One reason for many records is said once.
    said = dict.fromkeys(say(env, why) for why in found if why is not None)
    return " ".join(said) or False
