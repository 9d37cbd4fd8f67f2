import secrets

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request
from odoo.tools import consteq

from ..models import connect
from ..models.words import say
from ..services.errors import SyncError

SESSION_KEY = "notes_zoho_sync_oauth"


class OAuth(http.Controller):
    """Zoho's consent: the way there and back, bound to the browser's session."""

    @http.route(
        "/notes_zoho_sync/oauth/start", type="http", auth="user", methods=["GET"]
    )
    def start(self, org="", **_params):
        """Go to Zoho's consent page with a state that is good for one answer."""
        number = int(org) if org.isascii() and org.isdecimal() and len(org) < 10 else 0
        record = request.env["notes.zoho.org"].browse(number).exists()
        if not record:
            raise request.not_found()
        record._check_administrator()
        state = secrets.token_urlsafe(32)
        request.session[SESSION_KEY] = {"state": state, "org": record.id}
        url = connect.consent_url(record, record.redirect_uri, state)
        return request.redirect(url, local=False)

    @http.route("/notes_zoho_sync/oauth", type="http", auth="user", methods=["GET"])
    def callback(self, code=None, state=None, error=None, **params):
        """Take Zoho's answer, if this session asked for it."""
        asked = request.session.pop(SESSION_KEY, None)
        if not asked or not state or not consteq(asked["state"], state):
            return self._page(
                request.env._(
                    "This answer was not asked for in this browser, or it was used "
                    "already. Press Connect again."
                )
            )
        org = request.env["notes.zoho.org"].browse(asked["org"])
        if error or not code:
            return self._page(
                request.env._("Zoho CRM was not connected: the consent was refused.")
            )
        try:
            org.exchange_code(code, org.redirect_uri, params.get("accounts-server"))
        except (AccessError, MissingError):
            raise request.not_found() from None
        except UserError as problem:
            return self._page(str(problem))
        except SyncError as problem:
            return self._page(say(request.env, problem.reason))
        return request.redirect(f"/odoo/action-notes_zoho_sync.action_org/{org.id}")

    def _page(self, message):
        """A plain page with a sentence; what a server said is text, never markup."""
        return request.render(
            "notes_zoho_sync.oauth_problem", {"message": message}, status=400
        )
