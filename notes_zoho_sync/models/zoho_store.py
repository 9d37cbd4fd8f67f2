"""What the Zoho client keeps between runs: token, metadata, companies.

Each write is a short transaction of its own, so that other workers see it at once
and nothing of it depends on how a run ends.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg2.extensions import TransactionRollbackError

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from ..services.zoho.credits import add as add_credits
from ..services.zoho.credits import spent as spent_credits
from ..services.zoho.oauth import Token
from .lock import session_lock
from .store import load_memory, save_memory

_logger = logging.getLogger(__name__)

METADATA_LIFE = timedelta(hours=24)


def instant(text: str) -> datetime:
    """An instant as ``datetime.isoformat`` wrote it."""
    return datetime.fromisoformat(text)


@contextmanager
def _own_transaction(env: api.Environment) -> Iterator[api.Environment]:
    with env.registry.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})


@contextmanager
def _beside_others(env: api.Environment) -> Iterator[api.Environment]:
    """A write to a cache: when another worker writes the same, that is as good."""
    try:
        with _own_transaction(env) as own:
            yield own
    except TransactionRollbackError:
        _logger.info("Another worker wrote to the same cache")


class OdooTokenStore:
    """Fulfils ``services.zoho.oauth.TokenStore`` for one organisation.

    :param load_token: reads the grant of an organisation's record.
    :param token_values: a grant as the record's fields.
    """

    def __init__(
        self,
        org: Any,
        load_token: Callable[[Any], Token | None],
        token_values: Callable[[Token], dict[str, Any]],
    ) -> None:
        self._env = org.env
        self._org = org.id
        self._load_token = load_token
        self._token_values = token_values
        self._known: Token | None = None

    def load(self) -> Token | None:
        # What this transaction sees will do: an older token is good until it
        # expires, and is renewed from what is stored then.
        if self._known is None:
            self._known = self._load_token(self._record(self._env(su=True)))
        return self._known

    @contextmanager
    def refresh_locked(self) -> Iterator[Token | None]:
        # A lock inside the transaction would come after its snapshot.
        with session_lock(self._env, "token", self._org, wait=True):
            with _own_transaction(self._env) as env:
                self._known = self._load_token(self._record(env))
            yield self._known

    def save(self, token: Token) -> None:
        with _own_transaction(self._env) as env:
            self._record(env).write(self._token_values(token))
        self._known = token

    def _record(self, env: api.Environment) -> Any:
        return env["notes.zoho.org"].browse(self._org)


class OdooMetadataCache:
    """Fulfils ``services.zoho.metadata.MetadataCache``; entries live for a day."""

    def __init__(self, org: Any) -> None:
        self._env = org.env
        self._org = org.id

    def load(self, module: str) -> Mapping[str, Any] | None:
        entry = load_memory(self._env, "org", self._org, f"fields:{module}")
        if not entry or datetime.now(UTC) - instant(entry["at"]) > METADATA_LIFE:
            return None
        return entry["answer"]

    def save(self, module: str, answer: Mapping[str, Any]) -> None:
        entry = {"at": datetime.now(UTC).isoformat(), "answer": dict(answer)}
        with _beside_others(self._env) as env:
            save_memory(env, "org", self._org, f"fields:{module}", entry)


class OdooCredits:
    """What an organisation spends on calls."""

    NAME = "credits"

    def __init__(self, org: Any) -> None:
        self._env = org.env
        self._org = org.id

    def add(self, credits: int, left: int | None) -> None:
        """Count what a session has spent; a call that cost nothing counts nothing.

        :param left: what Zoho said last, if it did.
        """
        if not credits:
            return
        now = datetime.now(UTC)
        # A lock inside the transaction would come after its snapshot.
        with (
            session_lock(self._env, self.NAME, self._org, wait=True),
            _own_transaction(self._env) as env,
        ):
            known = load_memory(env, "org", self._org, self.NAME)
            hours = add_credits(known.get("hours") or {}, credits, now)
            told = {} if left is None else {"left": left, "at": now.isoformat()}
            save_memory(env, "org", self._org, self.NAME, {"hours": hours, **told})

    def spent(self) -> tuple[int, int | None]:
        """Credits spent here in the last 24 hours, and what Zoho said is left."""
        known = load_memory(self._env, "org", self._org, self.NAME)
        spent = spent_credits(known.get("hours") or {}, datetime.now(UTC))
        return spent, known.get("left")


class OdooCompanyCache:
    """Fulfils ``services.zoho.companies.CompanyCache`` for one organisation."""

    def __init__(self, org: Any) -> None:
        self._env = org.env
        self._org = org.id

    def get_many(self, names: Collection[str]) -> dict[str, str]:
        if not names:
            return {}
        rows = self._env.execute_query(
            SQL(
                "SELECT name, zoho_id FROM notes_zoho_company "
                "WHERE org_id = %s AND name = ANY(%s)",
                self._org,
                list(names),
            )
        )
        return dict(rows)

    def put_many(self, ids: Mapping[str, str]) -> None:
        if not ids:
            return
        with _beside_others(self._env) as env:
            env.cr.execute(
                SQL(
                    "INSERT INTO notes_zoho_company (org_id, name, zoho_id) "
                    "VALUES %s ON CONFLICT (org_id, name) "
                    "DO UPDATE SET zoho_id = EXCLUDED.zoho_id "
                    "WHERE notes_zoho_company.zoho_id <> EXCLUDED.zoho_id",
                    SQL(", ").join((self._org, name, key) for name, key in ids.items()),
                )
            )

    def forget(self, ids: Collection[str]) -> None:
        if not ids:
            return
        with _beside_others(self._env) as env:
            env.cr.execute(
                SQL(
                    "DELETE FROM notes_zoho_company "
                    "WHERE org_id = %s AND zoho_id = ANY(%s)",
                    self._org,
                    list(ids),
                )
            )
