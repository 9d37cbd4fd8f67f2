"""What the Zoho client keeps between runs: token, metadata, companies.

Each write is a short transaction of its own, so that other workers see it at once
and nothing of it depends on how a run ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg2.extensions import TransactionRollbackError

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from ..services.zoho.oauth import Token
from .lock import session_lock
from .store import load_memory, save_memory

METADATA_LIFE = timedelta(hours=24)


def instant(text: str) -> datetime:
    """An instant as ``datetime.isoformat`` wrote it."""
    return datetime.fromisoformat(text)


@contextmanager
def _own_transaction(env: api.Environment) -> Iterator[api.Environment]:
    with env.registry.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})


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
        if self._known is None:
            with _own_transaction(self._env) as env:
                self._known = self._load_token(self._record(env))
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
        try:
            with _own_transaction(self._env) as env:
                save_memory(env, "org", self._org, f"fields:{module}", entry)
        except TransactionRollbackError:
            return  # another worker stored the same just now


class OdooCompanyCache:
    """Fulfils ``services.zoho.companies.CompanyCache``: company name to Zoho id."""

    def __init__(self, org: Any) -> None:
        self._env = org.env
        self._org = org.id

    def get(self, names: Iterable[str]) -> dict[str, str]:
        wanted = {name.lower(): name for name in names}
        if not wanted:
            return {}
        rows = self._env.execute_query(
            SQL(
                "SELECT lower(name), zoho_id FROM notes_zoho_company "
                "WHERE org_id = %s AND lower(name) = ANY(%s)",
                self._org,
                list(wanted),
            )
        )
        return {wanted[name]: key for name, key in rows if name in wanted}

    def put(self, companies: Mapping[str, str]) -> None:
        rows = {name.lower(): (self._org, name, key) for name, key in companies.items()}
        if not rows:
            return
        try:
            with _own_transaction(self._env) as env:
                env.cr.execute(
                    SQL(
                        "INSERT INTO notes_zoho_company (org_id, name, zoho_id) "
                        "VALUES %s ON CONFLICT (org_id, lower(name)) "
                        "DO UPDATE SET zoho_id = EXCLUDED.zoho_id "
                        "WHERE notes_zoho_company.zoho_id <> EXCLUDED.zoho_id",
                        SQL(", ").join(rows.values()),
                    )
                )
        except TransactionRollbackError:
            return  # another worker stored the same just now
