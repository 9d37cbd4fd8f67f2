"""The service layer's sentences in the language of whoever reads them.

What is stored for people to read is stored as reasons, and said when it is read.
"""

from collections.abc import Mapping

from odoo import api
from odoo.exceptions import UserError
from odoo.tools.translate import get_translation

from ..services.reasons import Reason, _lt, reason, register

MODULE = "notes_zoho_sync"

register(
    {
        "license_ended": _lt("The licence has ended. Resume when there is a new one."),
        "preview_interrupted": _lt("The preview was interrupted."),
        "preview_partial": _lt(
            "There is more than can be looked at in one go: a sync will do more than "
            "is listed here."
        ),
        "user_archived": _lt("The user is archived in Odoo."),
        "zoho_user_inactive": _lt(
            "The Zoho user is not active any more. Set another one, then resume."
        ),
    }
)


class Told(UserError):
    """A reason, told to the person who asked for what it keeps from happening."""

    def __init__(self, env: api.Environment, why: Reason) -> None:
        super().__init__(say(env, why))
        self.reason = why


def reason_of(error: UserError) -> Reason:
    """Why Odoo's side refused, to be stored."""
    if isinstance(error, Told):
        return error.reason
    return reason("odoo", detail=str(error))


def say(env: api.Environment, why: Reason | None) -> str:
    """A sentence in the environment's language; empty for none."""
    lang = env.lang or "en_US"

    def translate(text: str, values: Mapping[str, str]) -> str:
        return get_translation(MODULE, lang, text, dict(values))

    return why.say(translate) if why is not None else ""


def reason_text(env: api.Environment, data) -> str | bool:
    """What a stored reason, or several of them, say to a person."""
    found = map(Reason.from_json, data if isinstance(data, list) else [data])
    return " ".join(say(env, why) for why in found if why is not None) or False
