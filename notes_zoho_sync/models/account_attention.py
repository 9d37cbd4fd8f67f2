"""When an account needs its person, and when no longer."""

from odoo import models

from ..services.errors import SyncError
from ..services.reasons import Reason
from ..services.sync.run import RunResult
from .account import AT_REST
from .attention import MANY_FAILURES

#: More refused records than this, and than this share of the linked ones, are many.
REFUSED_AT_LEAST = 20
REFUSED_SHARE = 0.10


class Account(models.Model):
    _inherit = "notes.zoho.account"  # pylint: disable=consider-merging-classes-inherited

    def _rests(self):
        return self.state in AT_REST

    def _see_to_attention(self, run, result: RunResult) -> None:
        """A run has ended: what that settles, and what its person has to do."""
        self._settle("sign_in", "failing")
        if result.held:
            self._ask("held", self.user_id, *self._why_held())
        else:
            self._settle("held")
        if self._refuses_many(run):
            self._ask("refused", self.user_id)
        else:
            self._settle("refused")

    def _ask_for_password(self, why: Reason) -> None:
        if self.state == "connected":  # nobody has paused it meanwhile
            self.state = "error"
        self._ask("sign_in", self.user_id, why)

    def _fails_again(self, error: SyncError) -> None:
        """Ask the person to look when it goes on and on."""
        # What fails for the whole organisation is told to its administrators.
        if self.failures >= MANY_FAILURES and not self.org_id.failures:
            self._committed(
                lambda: self._ask("failing", self.user_id, error.reason),
            )

    # -- what a person decides -----------------------------

    def _waiting(self) -> list:
        """Domain of the links that wait for this account's person to decide."""
        mine = [("account_id", "=", self.id)]
        return [*mine, ("held", "=", True), ("confirmed", "=", False)]

    def _why_held(self) -> list[Reason]:
        """What is held back, each kind of it once."""
        links = self.env["notes.zoho.link"].sudo()
        groups = links._read_group(self._waiting(), ["kind", "reason_code"], ["id:min"])
        found = links.browse(first for _kind, _code, first in groups)
        return [Reason.from_json(link.reason) for link in found if link.reason]

    def _settle_decided(self) -> None:
        """Nobody is asked any longer when nothing waits for a decision."""
        links = self.env["notes.zoho.link"].sudo()
        if not links.search_count(self._waiting(), limit=1):
            self._settle("held")

    def _refuses_many(self, run) -> bool:
        """Whether more records are refused than a person would overlook."""
        if not run.failed and "refused" not in (self.asked or {}):
            return False
        links = self.env["notes.zoho.link"].sudo()
        mine = [("account_id", "=", self.id)]
        refused = links.search_count([*mine, ("state", "=", "failed")])
        linked = links.search_count([*mine, ("state", "=", "linked")])
        return refused > max(REFUSED_AT_LEAST, REFUSED_SHARE * linked)
