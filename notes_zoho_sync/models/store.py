"""What the engine remembers, kept in our own tables with few statements.

Links, entries and change rows are written with plain SQL (only these tables are
ours to write so): what the engine saves is gathered and goes out in one statement
before the next query or commit. So nothing is locked while a server is waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from psycopg2.extras import Json

from odoo import api
from odoo.tools import SQL

from ..services.reasons import Reason, reason
from ..services.records import Kind
from ..services.sync.entry import Entry
from ..services.sync.item import FeedRow
from ..services.sync.link import SIDES, Intent, Link, LinkState, SideName, SideState
from ..services.sync.preview import MADE_UP
from ..services.zoho.codec import KINDS, MODULES
from ..services.zoho.companies import MODULE as COMPANIES
from ..services.zoho.companies import NAME, company_key
from .lock import session_lock

ID_POOL = 200

_PLAIN = (
    "id",
    "kind",
    "state",
    "reason",
    "origin",
    "generation",
    "dirty",
    "held",
    "confirmed",
    "pending",
    "wanted",
    "apart",
    "claimed",
    "deleted_at",
)
_SIDE = (
    "key",
    "version",
    "stamp",
    "snapshot",
    "current",
    "locked",
    "intent",
    "unread",
    "missing",
    "gone",
    "told",
    "sync_key",
    "ours",
    "remarks",
    "organiser",
)
#: What of a Notes key names an instance (``records.instance``), as the index has it.
INSTANCE = r"/\d{8}(T\d{6}Z)?$"
#: The column of a side's key has the name that people know it by.
_KEY_COLUMN = {"notes": "notes_key", "zoho": "zoho_id"}


#: What few links meet at a time and a run asks for again and again, in the words of
#: the partial indexes.
_FEW = {
    "dirty": SQL("dirty"),
    "pending": SQL("pending"),
    "held": SQL("held"),
    **{f"{side}_missing": SQL(f"{side}_missing > 0") for side in SIDES},
    **{f"{side}_unread": SQL(f"{side}_unread") for side in SIDES},
    **{f"{side}_gone": SQL(f"{side}_gone") for side in SIDES},
    **{f"{side}_intent": SQL(f"{side}_intent IS NOT NULL") for side in SIDES},
}

#: Accounts that the lanes run, as far as it lies with the account.
RUNS = SQL(
    "account.settings_chosen AND account.zoho_user_id IS NOT NULL "
    "AND account.server_id IS NOT NULL AND account.mail_file IS NOT NULL "
    "AND (account.state = 'connected' "
    "OR (account.state = 'error' AND account.run_requested IS NOT NULL))"
)
#: Each kind's switch of an account.
_SWITCHES = {
    "contact": SQL("account.sync_contacts"),
    "task": SQL("account.sync_tasks"),
    "event": SQL("account.sync_events"),
}
#: Accounts that may make the CRM's event of a shared meeting.
_WRITES_EVENTS = SQL(
    "account.sync_events AND account.state = 'connected' "
    "AND account.direction <> 'zoho_to_notes'"
)


def _series() -> SQL:
    """The series of a Notes key, in the very words of the index."""
    return SQL("regexp_replace(notes_key, %s, '')", INSTANCE)


def _column(side: str, name: str) -> str:
    return _KEY_COLUMN[side] if name == "key" else f"{side}_{name}"


_COLUMNS = {side: {name: _column(side, name) for name in _SIDE} for side in SIDES}
LOADED = (
    *_PLAIN,
    *(column for names in _COLUMNS.values() for column in names.values()),
)
WRITTEN = (
    *LOADED,
    "account_id",
    "org_id",
    "company_id",
    "title",
    "reason_code",
    "write_date",
)


def naive(instant: datetime | None) -> datetime | None:
    """An instant as Odoo stores it: UTC without a zone."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant else None


def aware(value: datetime | None) -> datetime | None:
    """A stored instant as the service layer wants it."""
    return value.replace(tzinfo=UTC) if value else None


def now() -> datetime:
    """Odoo's present instant in UTC without a zone, with its fraction."""
    return datetime.now(UTC).replace(tzinfo=None)


def load_memory(env: api.Environment, owner: str, number: int, name: str) -> dict:
    """A named piece of JSON of an account or organisation; empty at first.

    :param owner: ``account`` or ``org``.
    """
    rows = env.execute_query(
        SQL(
            "SELECT data FROM notes_zoho_cursor WHERE %s = %s AND name = %s",
            SQL.identifier(f"{owner}_id"),
            number,
            name,
        )
    )
    return dict(rows[0][0] or {}) if rows else {}


def save_memory(
    env: api.Environment, owner: str, number: int, name: str, data: Mapping[str, Any]
) -> None:
    """Keep a named piece of JSON of an account or organisation."""
    column = SQL.identifier(f"{owner}_id")
    env.cr.execute(
        SQL(
            "INSERT INTO notes_zoho_cursor (%s, name, data) VALUES (%s, %s, %s) "
            "ON CONFLICT (%s, name) WHERE %s IS NOT NULL DO UPDATE "
            "SET data = EXCLUDED.data",
            column,
            number,
            name,
            Json(dict(data)),
            column,
            column,
        )
    )


@dataclass(frozen=True)
class _Row:
    """A link as it is to be written: the columns that are not empty, as plain JSON."""

    columns: dict[str, Any]
    keys: tuple[str, str]


class OdooStore:
    """Fulfils ``services.sync.ports.Store`` for one run of one account.

    :param account: the record, as superuser; its cursor is what ``commit`` commits.
    :param run: the run's record; ``None`` for a person's decisions on links.
    :param kinds: kind name to kind, for the JSON of values.
    :param clocks: side to that server's clock.
    :param commit: makes the transaction durable.
    """

    def __init__(
        self,
        account: Any,
        run: Any,
        kinds: Mapping[str, Kind],
        clocks: Mapping[SideName, Callable[[], datetime]],
        commit: Callable[[], object],
    ) -> None:
        self._env = account.env
        self._account = account.id
        self._org = account.org_id.id
        self._company = account.company_id.id
        self._run = run.id if run else None
        self._kinds = kinds
        self._clocks = clocks
        self._commit = commit
        #: Change rows that are there and count as done: in a preview only.
        self._passed: list[int] = []
        self._ids: list[int] = []
        self._pending: dict[int, _Row] = {}
        self._removed: set[int] = set()
        self._known: dict[int, tuple[str, str]] = {}
        #: By kind, which of the few no link met when it was asked, nor did one since.
        self._none: dict[str, set[str]] | None = None
        self._entries: list[tuple[Any, ...]] = []
        self._counts: dict[tuple[str, str, str], int] = {}
        self._cursor = load_memory(self._env, "account", self._account, "sync")
        self._cursor_saved = repr(self._cursor)
        self._progress: dict[str, Any] = {}
        if run:
            rows = self._env.execute_query(
                SQL("SELECT progress FROM notes_zoho_run WHERE id = %s", run.id)
            )
            self._progress = dict(rows[0][0] or {})
        self._progress_saved = repr(self._progress)

    # -- links ---------------------------------------------------------------

    def by_keys(self, kind: str, side: SideName, keys: Iterable[str]) -> list[Link]:
        wanted = [key for key in keys if key]
        if not wanted:
            return []
        column = SQL.identifier(_KEY_COLUMN[side])
        return self._links(
            SQL("kind = %s AND %s = ANY(%s)", kind, column, list(wanted))
        )

    def by_groups(self, kind: str, groups: Iterable[str]) -> list[Link]:
        wanted = [group for group in groups if group]
        if kind != "event" or not wanted:
            return self.by_keys(kind, "notes", wanted)
        return self._links(SQL("kind = %s AND %s = ANY(%s)", kind, _series(), wanted))

    def by_ids(self, ids: Iterable[int]) -> list[Link]:
        wanted = list(ids)
        return self._links(SQL("id = ANY(%s)", wanted)) if wanted else []

    def keys(self, kind: str, side: SideName) -> dict[str, LinkState]:
        self._flush()
        column = SQL.identifier(_KEY_COLUMN[side])
        rows = self._env.execute_query(
            SQL(
                "SELECT %s, state FROM notes_zoho_link "
                "WHERE account_id = %s AND kind = %s AND %s IS NOT NULL",
                column,
                self._account,
                kind,
                column,
            )
        )
        return dict(rows)

    def select(
        self,
        kind: str,
        *,
        dirty: bool | None = None,
        unread: SideName | None = None,
        intent: SideName | None = None,
        gone: SideName | None = None,
        missing: SideName | None = None,
        pending: bool | None = None,
        held: bool | None = None,
        states: Sequence[LinkState] = (),
        after: int = 0,
        limit: int | None = None,
    ) -> list[Link]:
        flags = {"dirty": dirty, "pending": pending, "held": held}
        sides = {"unread": unread, "intent": intent, "gone": gone, "missing": missing}
        few = [name for name, wanted in flags.items() if wanted]
        few += [f"{side}_{name}" for name, side in sides.items() if side]
        if self._nobody(kind).intersection(few):
            return []
        where = [SQL("kind = %s", kind), *(_FEW[name] for name in few)]
        for name, wanted in flags.items():
            if wanted is False:
                where.append(SQL("NOT %s", SQL.identifier(name)))
        if states:
            where.append(SQL("state IN %s", tuple(states)))
        if after:
            where.append(SQL("id > %s", after))
        return self._links(SQL(" AND ").join(where), limit)

    def _nobody(self, kind: str) -> set[str]:
        """Which of the few conditions no link of this kind meets.

        Asked of all at once: most runs have nothing to do, and this account's links
        are changed by nobody else meanwhile, but for a meeting that is handed over,
        which the next run sees.
        """
        if self._none is None:
            self._flush()
            rows = self._env.execute_query(
                SQL(
                    "SELECT kinds.kind, %s FROM unnest(%s) AS kinds (kind)",
                    SQL(", ").join(
                        SQL(
                            "EXISTS (SELECT FROM notes_zoho_link link WHERE "
                            "account_id = %s AND link.kind = kinds.kind AND %s)",
                            self._account,
                            condition,
                        )
                        for condition in _FEW.values()
                    ),
                    list(self._kinds),
                )
            )
            self._none = {
                name: {few for few, there in zip(_FEW, met, strict=True) if not there}
                for name, *met in rows
            }
        return self._none[kind]

    def count(
        self, kind: str, *, states: Sequence[LinkState], dirty: bool | None = None
    ) -> int:
        self._flush()
        where = [SQL("kind = %s AND state IN %s", kind, tuple(states))]
        if dirty is not None:
            where.append(SQL("dirty") if dirty else SQL("NOT dirty"))
        rows = self._env.execute_query(
            SQL(
                "SELECT count(*) FROM notes_zoho_link WHERE account_id = %s AND %s",
                self._account,
                SQL(" AND ").join(where),
            )
        )
        return int(rows[0][0])

    def save(self, links: Iterable[Link]) -> None:
        for link in links:
            if link.id is None:
                link.id = self._new_id()
            self._removed.discard(link.id)
            self._pending[link.id] = self._row(link)
            if self._none is not None:
                self._none[link.kind] -= _met(link)

    def remove(self, links: Iterable[Link]) -> None:
        for link in links:
            if link.id is not None:
                self._pending.pop(link.id, None)
                self._removed.add(link.id)

    def taken(self, kind: str, keys: Iterable[str]) -> set[str]:
        wanted = list(keys)
        if not wanted:
            return set()
        rows = self._env.execute_query(
            SQL(
                "SELECT DISTINCT zoho_id FROM notes_zoho_link "
                "WHERE org_id = %s AND kind = %s AND zoho_id = ANY(%s) "
                "AND account_id <> %s AND state <> 'closed'",
                self._org,
                kind,
                wanted,
                self._account,
            )
        )
        return {key for (key,) in rows}

    def let_go(self, kind: str, keys: Iterable[str]) -> set[str]:
        wanted = list(keys)
        free: set[str] = set()
        for holder in self._resting_holders(kind, wanted):
            # A run may still be going on, or a person deciding: then the record is
            # waited for. Nothing else writes to these links.
            with session_lock(self._env, "account", holder) as locked:
                if not locked:
                    continue
                self.commit()  # so that what was done under the lock before is seen
                if holder in self._resting_holders(kind, wanted):
                    free |= self._let_go(holder, kind, wanted)
                    self.commit()
        return free

    def _resting_holders(self, kind: str, keys: list[str]) -> list[int]:
        """Other accounts that hold any of the keys and do not run, or not for this
        kind."""
        if not keys:
            return []
        rows = self._env.execute_query(
            SQL(
                "SELECT DISTINCT account.id FROM notes_zoho_link link "
                "JOIN notes_zoho_account account ON account.id = link.account_id "
                "WHERE link.org_id = %s AND link.kind = %s "
                "AND link.zoho_id = ANY(%s) AND link.account_id <> %s "
                "AND link.state <> 'closed' AND (%s AND %s) IS NOT TRUE",
                self._org,
                kind,
                keys,
                self._account,
                RUNS,
                _SWITCHES[kind],
            )
        )
        return [number for (number,) in rows]

    def _let_go(self, holder: int, kind: str, keys: list[str]) -> set[str]:
        """What that account would do in a run of its own."""
        account = self._env["notes.zoho.account"].browse(holder)
        theirs = OdooStore(account, None, self._kinds, self._clocks, self._commit)
        links = [
            link
            for link in theirs.by_keys(kind, "zoho", keys)
            if link.state != "closed" and not link.inherited
        ]
        kept = [link for link in links if link.lose_owner()]
        theirs.save(kept)
        theirs.remove(link for link in links if link not in kept)
        theirs.flush()
        return {link.zoho.key for link in links}

    # -- meetings that several accounts share ---------------------------------------

    def claim(self, links: Sequence[Link]) -> dict[str, str]:
        refused = self._holders({link.notes.key for link in links})
        for link in links:
            link.claimed = link.notes.key not in refused
        return refused

    def _holders(self, keys: Iterable[str]) -> dict[str, str]:
        """Notes key to the name of who makes, or should make, the CRM's event."""
        rows = self._env.execute_query(
            SQL(
                "SELECT link.notes_key, partner.name FROM notes_zoho_link link "
                "JOIN notes_zoho_account account ON account.id = link.account_id "
                "JOIN res_users person ON person.id = account.user_id "
                "JOIN res_partner partner ON partner.id = person.partner_id "
                "WHERE link.org_id = %s AND link.kind = 'event' "
                "AND link.notes_key = ANY(%s) AND link.account_id <> %s "
                "AND (link.claimed OR (link.state = 'new' AND %s "
                "AND lower(link.notes_organiser) IN "
                "(lower(account.notes_username), lower(account.zoho_user_email))))",
                self._org,
                list(keys),
                self._account,
                _WRITES_EVENTS,
            )
        )
        return dict(rows)

    def hand_over(self, link: Link) -> bool:
        self._flush()
        heir = self._heir(link, SQL("FOR UPDATE OF link"))
        if heir is None:
            return False
        self._env.cr.execute(
            SQL(
                "UPDATE notes_zoho_link SET zoho_id = NULL, claimed = false "
                "WHERE id = %s",
                link.id,
            )
        )
        why = reason("inherited")
        self._env.cr.execute(
            SQL(
                "UPDATE notes_zoho_link SET state = 'linked', reason = %s, "
                "reason_code = %s, claimed = true, dirty = true, notes_unread = true, "
                "zoho_unread = true, zoho_id = %s, zoho_version = %s WHERE id = %s",
                Json(why.to_json()),
                why.code,
                link.zoho.key,
                link.zoho.version or None,
                heir,
            )
        )
        return True

    def _heir(self, link: Link, lock: SQL) -> int | None:
        """The link of the account that a shared meeting passes on to."""
        rows = self._env.execute_query(
            SQL(
                "SELECT link.id FROM notes_zoho_link link "
                "JOIN notes_zoho_account account ON account.id = link.account_id "
                "WHERE link.org_id = %s AND link.kind = 'event' "
                "AND link.notes_key = %s AND link.account_id <> %s "
                "AND link.state = 'closed' AND link.reason_code = 'shadow' AND %s "
                "ORDER BY link.id LIMIT 1 %s",
                self._org,
                link.notes.key,
                self._account,
                _WRITES_EVENTS,
                lock,
            )
        )
        return rows[0][0] if rows else None

    def freed(self, kind: str) -> list[Link]:
        shadows = SQL("kind = %s AND state = 'closed' AND reason_code = 'shadow'", kind)
        links = self._links(shadows)
        if not links:
            return []
        held = self._holders({link.notes.key for link in links})
        return [link for link in links if link.notes.key not in held]

    def _links(self, where: SQL, limit: int | None = None) -> list[Link]:
        self._flush()
        rows = self._env.execute_query(
            SQL(
                "SELECT %s FROM notes_zoho_link WHERE account_id = %s AND %s "
                "ORDER BY id %s",
                SQL(", ").join(map(SQL.identifier, LOADED)),
                self._account,
                where,
                SQL("LIMIT %s", limit) if limit else SQL(),
            )
        )
        return [self._link(row) for row in rows]

    def _link(self, row: tuple[Any, ...]) -> Link:
        plain = dict(zip(_PLAIN, row, strict=False))
        kind = self._kinds[plain["kind"]]
        width = len(_SIDE)
        begin = len(_PLAIN)
        notes = _load_side(kind, row[begin : begin + width])
        zoho = _load_side(kind, row[begin + width :])
        self._known[plain["id"]] = (notes.key, zoho.key)
        return Link(
            kind=plain["kind"],
            id=plain["id"],
            state=plain["state"],
            reason=Reason.from_json(plain["reason"]),
            origin=plain["origin"] or "",
            generation=plain["generation"],
            notes=notes,
            zoho=zoho,
            dirty=plain["dirty"],
            held=plain["held"],
            confirmed=plain["confirmed"],
            pending=plain["pending"],
            wanted=_load_values(kind, plain["wanted"]),
            apart=plain["apart"],
            claimed=plain["claimed"],
            deleted_at=aware(plain["deleted_at"]),
        )

    def _row(self, link: Link) -> _Row:
        kind = self._kinds[link.kind]
        values = link.notes.values or link.zoho.values
        title = kind.title(values) if values and link.state != "private" else None
        deleted_at = naive(link.deleted_at)
        columns = {
            "id": link.id,
            "kind": link.kind,
            "state": link.state,
            "reason": link.reason.to_json() if link.reason else None,
            "origin": link.origin or None,
            "generation": link.generation,
            "dirty": link.dirty,
            "held": link.held,
            "confirmed": link.confirmed,
            "pending": link.pending,
            "wanted": _dump_values(kind, link.wanted),
            "apart": link.apart,
            "claimed": link.claimed,
            "deleted_at": deleted_at.isoformat() if deleted_at else None,
            "account_id": self._account,
            "org_id": self._org,
            "company_id": self._company,
            "title": title,
            "reason_code": link.reason.code if link.reason else None,
            "write_date": now().isoformat(),
        }
        for side, state in link.sides.items():
            names = _COLUMNS[side]
            for name, value in _dump_side(kind, state).items():
                columns[names[name]] = value
        columns = {name: value for name, value in columns.items() if value is not None}
        return _Row(columns, (link.notes.key, link.zoho.key))

    def _new_id(self) -> int:
        if not self._ids:
            rows = self._env.execute_query(
                SQL(
                    "SELECT nextval('notes_zoho_link_id_seq') "
                    "FROM generate_series(1, %s)",
                    ID_POOL,
                )
            )
            self._ids = [number for (number,) in reversed(rows)]
        return self._ids.pop()

    def _flush(self) -> None:
        """Write what was saved and removed since the last query."""
        cr = self._env.cr
        if self._removed:
            cr.execute(
                SQL(
                    "DELETE FROM notes_zoho_link WHERE account_id = %s "
                    "AND id = ANY(%s)",
                    self._account,
                    list(self._removed),
                )
            )
            self._removed = set()
        if not self._pending:
            return
        # A key may go from one link to another in the same statement, which a
        # unique index that cannot wait would refuse: leave the old ones first.
        leaving = [
            number
            for number, row in self._pending.items()
            if any(
                old and old != new
                for old, new in zip(
                    self._known.get(number, ("", "")), row.keys, strict=True
                )
            )
        ]
        if leaving:
            cr.execute(
                SQL(
                    "UPDATE notes_zoho_link SET notes_key = NULL, zoho_id = NULL "
                    "WHERE id = ANY(%s)",
                    leaving,
                )
            )
        # One text: PostgreSQL takes it apart faster than thousands of parameters are
        # put together. Two accounts may claim a meeting at once: the second one's slice
        # is done again, which is no error, and the log is no place for what records
        # say.
        cr.execute(
            SQL(
                "INSERT INTO notes_zoho_link (%s) SELECT %s "
                "FROM jsonb_populate_recordset(NULL::notes_zoho_link, %s) "
                "ON CONFLICT (id) DO UPDATE SET %s",
                SQL(", ").join(map(SQL.identifier, WRITTEN)),
                SQL(", ").join(map(SQL.identifier, WRITTEN)),
                Json([row.columns for row in self._pending.values()]),
                SQL(", ").join(
                    SQL("%s = EXCLUDED.%s", SQL.identifier(c), SQL.identifier(c))
                    for c in WRITTEN
                    if c != "id"
                ),
            ),
            log_exceptions=False,
        )
        for number, row in self._pending.items():
            self._known[number] = row.keys
        self._pending = {}

    # -- what the feed brought -------------------------------------------------

    def changes(
        self, kind: str, until: datetime, limit: int
    ) -> list[tuple[int, FeedRow, datetime]]:
        rows = self._env.execute_query(
            SQL(
                "SELECT id, module, zoho_id, modified_at, deleted, record, read_at "
                "FROM notes_zoho_change WHERE account_id = %s AND module = %s "
                "AND read_at <= %s "
                "AND (not_before IS NULL OR not_before <= %s) "
                "AND NOT id = ANY(%s) ORDER BY id LIMIT %s",
                self._account,
                MODULES[kind],
                naive(until),
                naive(self._clocks["zoho"]()),
                self._passed,
                limit,
            )
        )
        return [
            (
                number,
                FeedRow(module, key, aware(modified), deleted, record or {}),
                aware(read_at),
            )
            for number, module, key, modified, deleted, record, read_at in rows
        ]

    def drop_changes(self, numbers: Iterable[int]) -> None:
        gone = list(numbers)
        if gone:
            self._env.cr.execute(
                SQL(
                    "DELETE FROM notes_zoho_change WHERE account_id = %s "
                    "AND id = ANY(%s)",
                    self._account,
                    gone,
                )
            )

    def defer_changes(self, numbers: Iterable[int], until: datetime) -> None:
        waiting = list(numbers)
        if waiting:
            self._env.cr.execute(
                SQL(
                    "UPDATE notes_zoho_change SET not_before = %s "
                    "WHERE account_id = %s AND id = ANY(%s)",
                    naive(until),
                    self._account,
                    waiting,
                )
            )

    def feed_instant(self, kind: str) -> datetime | None:
        cursor = load_memory(self._env, "org", self._org, f"feed:{MODULES[kind]}")
        return datetime.fromisoformat(cursor["since"]) if cursor else None

    def _renamed(self) -> SQL:
        """Take the old names of companies that were renamed."""
        return SQL(
            "DELETE FROM notes_zoho_change WHERE account_id = %s AND module = %s "
            "RETURNING record->>'old_name' AS name",
            self._account,
            COMPANIES,
        )

    def begin(self) -> None:
        """Before the engine starts: a renamed company renames it in its contacts,
        which Zoho does not say."""
        self._env.cr.execute(
            SQL(
                "WITH renamed AS (%s) "
                "UPDATE notes_zoho_link SET zoho_unread = true FROM renamed "
                "WHERE account_id = %s AND kind = 'contact' AND zoho_id IS NOT NULL "
                "AND state IN ('linked', 'failed') "
                "AND lower(coalesce(zoho_current, zoho_snapshot)->>'company') "
                "= renamed.name",
                self._renamed(),
                self._account,
            )
        )
        self._none = None
        self._commit()  # the engine asks the servers next

    # -- cursors, counters, report ----------------------------------------------

    def cursor(self) -> dict[str, Any]:
        return self._cursor

    def progress(self) -> dict[str, Any]:
        return self._progress

    def deletes(self, kind: str, side: SideName, since: datetime) -> int:
        self._flush_entries()
        rows = self._env.execute_query(
            SQL(
                "SELECT count(DISTINCT coalesce(%s, entry.id::text)) "
                "FROM notes_zoho_run_entry entry "
                "JOIN notes_zoho_run run ON run.id = entry.run_id "
                "AND run.trigger <> 'preview' "
                "WHERE entry.account_id = %s AND entry.kind = %s "
                "AND entry.target = %s AND entry.outcome = 'deleted' "
                "AND entry.moment >= %s",
                _series(),
                self._account,
                kind,
                side,
                naive(since),
            )
        )
        return int(rows[0][0])

    def report(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            key = (entry.kind, entry.target, entry.outcome)
            self._counts[key] = self._counts.get(key, 0) + 1
            link = entry.link.id if entry.link is not None else None
            keys = _real_keys(entry.link)
            why = entry.reason
            remarks = [remark.to_json() for remark in entry.remarks]
            self._entries.append(
                (
                    self._run,
                    self._account,
                    self._company,
                    link,
                    entry.kind,
                    entry.outcome,
                    entry.target,
                    entry.title or None,
                    Json(why.to_json()) if why else None,
                    why.code if why else None,
                    Json(remarks) if remarks else None,
                    Json(_plain_json(entry.values)) if entry.values else None,
                    naive(self._clocks[entry.target]()),
                    *keys,
                )
            )

    def _flush_entries(self) -> None:
        if not self._entries:
            return
        self._flush()
        rows, self._entries = self._entries, []
        # A link may have been absorbed by another since it was reported.
        self._env.cr.execute(
            SQL(
                "INSERT INTO notes_zoho_run_entry (run_id, account_id, company_id, "
                "link_id, kind, outcome, target, title, reason, reason_code, remarks, "
                "lost_values, moment, notes_key, zoho_id) "
                "SELECT run_id, account_id, company_id, "
                "(SELECT id FROM notes_zoho_link WHERE id = link_id), kind, outcome, "
                "target, title, reason::jsonb, reason_code, remarks::jsonb, "
                "lost_values::jsonb, moment::timestamp, notes_key, zoho_id "
                "FROM (VALUES %s) AS fresh "
                "(run_id, account_id, company_id, link_id, kind, outcome, target, "
                "title, reason, reason_code, remarks, lost_values, moment, "
                "notes_key, zoho_id)",
                SQL(", ").join(
                    SQL(
                        "(%s, %s, %s, %s::integer, %s, %s, %s, %s, %s::jsonb, %s, "
                        "%s::jsonb, %s::jsonb, %s, %s::varchar, %s::varchar)",
                        *row,
                    )
                    for row in rows
                ),
            )
        )
        counts, self._counts = self._counts, {}
        self._env.cr.execute(
            SQL(
                "INSERT INTO notes_zoho_run_counter "
                "(run_id, kind, target, outcome, number) VALUES %s "
                "ON CONFLICT (run_id, kind, target, outcome) DO UPDATE "
                "SET number = notes_zoho_run_counter.number + EXCLUDED.number",
                SQL(", ").join((self._run, *key, n) for key, n in counts.items()),
            )
        )

    def blank(self, link: Link) -> None:
        self._flush_entries()
        notes_key, zoho_id = _real_keys(link)
        self._env.cr.execute(
            SQL(
                "UPDATE notes_zoho_run_entry SET title = NULL, lost_values = NULL "
                "WHERE account_id = %(account)s AND (link_id = %(link)s OR link_id "
                "IS NULL AND kind = %(kind)s AND (notes_key = %(notes_key)s "
                "OR zoho_id = %(zoho_id)s))",
                account=self._account,
                link=link.id,
                kind=link.kind,
                notes_key=notes_key,
                zoho_id=zoho_id,
            )
        )
        if link.zoho.key:
            rows = self._env.execute_query(
                SQL(
                    "SELECT id FROM notes_zoho_change WHERE account_id = %s "
                    "AND module = %s AND zoho_id = %s",
                    self._account,
                    MODULES[link.kind],
                    link.zoho.key,
                )
            )
            self.drop_changes(number for (number,) in rows)

    def flush(self) -> None:
        """Write what is gathered, without a commit."""
        self._flush()
        self._flush_entries()

    def commit(self) -> None:
        self.flush()
        if repr(self._cursor) != self._cursor_saved:
            save_memory(self._env, "account", self._account, "sync", self._cursor)
        if repr(self._progress) != self._progress_saved:
            self._env.cr.execute(
                SQL(
                    "UPDATE notes_zoho_run SET progress = %s WHERE id = %s",
                    Json(self._progress),
                    self._run,
                )
            )
        self._commit()
        self._cursor_saved = repr(self._cursor)
        self._progress_saved = repr(self._progress)


def _met(link: Link) -> set[str]:
    """Which of the few conditions a link meets."""
    flags = {"dirty": link.dirty, "pending": link.pending, "held": link.held}
    for side, state in link.sides.items():
        flags[f"{side}_unread"] = state.unread
        flags[f"{side}_gone"] = state.gone
        flags[f"{side}_intent"] = state.intent is not None
        flags[f"{side}_missing"] = state.missing > 0
    return {name for name, met in flags.items() if met}


def _real_keys(link: Link | None) -> tuple[str | None, str | None]:
    """Notes key and Zoho id of a link's records, as far as there are any."""
    keys = (
        [state.key for state in link.sides.values()] if link is not None else ["", ""]
    )
    notes, zoho = (key if key and not key.startswith(MADE_UP) else None for key in keys)
    return notes, zoho


def _plain_json(values: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {unit: dict(sides) for unit, sides in values.items()}


class ForgetfulStore(OdooStore):
    """For a preview: the caller rolls back what the engine stored; what it reported
    is kept aside.

    Until then the transaction stays open while servers are waited for, so it touches
    no row, and takes no place in an index, that anybody but this account needs: change
    rows, another account's link, a claim.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.reported: list[Entry] = []
        self._claims: set[int | None] = set()

    def report(self, entries: Iterable[Entry]) -> None:
        told = list(entries)
        self.reported += told
        return super().report(told)

    def blank(self, link: Link) -> None:
        self.reported = [
            replace(entry, title="", values={})
            if entry.link is not None and entry.link.id == link.id
            else entry
            for entry in self.reported
        ]
        return super().blank(link)

    def drop_changes(self, numbers: Iterable[int]) -> None:
        self._passed += numbers

    def defer_changes(self, numbers: Iterable[int], until: datetime) -> None:
        self._passed += numbers

    def _renamed(self) -> SQL:
        return SQL(
            "SELECT record->>'old_name' AS name FROM notes_zoho_change "
            "WHERE account_id = %s AND module = %s",
            self._account,
            COMPANIES,
        )

    def let_go(self, kind: str, keys: Iterable[str]) -> set[str]:
        return set()

    def claim(self, links: Sequence[Link]) -> dict[str, str]:
        refused = super().claim(links)
        self._claims |= {link.id for link in links if link.claimed}
        return refused

    def hand_over(self, link: Link) -> bool:
        return self._heir(link, SQL()) is not None

    def _row(self, link: Link) -> _Row:
        if not link.claimed:
            self._claims.discard(link.id)
        unclaimed = link.id in self._claims
        return super()._row(replace(link, claimed=False) if unclaimed else link)

    def _link(self, row: tuple[Any, ...]) -> Link:
        link = super()._link(row)
        link.claimed = link.claimed or link.id in self._claims
        return link


def _load_side(kind: Kind, row: Sequence[Any]) -> SideState:
    data = dict(zip(_SIDE, row, strict=True))
    intent = data["intent"]
    return SideState(
        key=data["key"] or "",
        version=data["version"] or "",
        stamp=data["stamp"] or "",
        snapshot=_load_values(kind, data["snapshot"]),
        current=_load_values(kind, data["current"]),
        locked={
            unit: why
            for unit, text in (data["locked"] or {}).items()
            if (why := Reason.from_json(text)) is not None
        },
        intent=intent
        and Intent(
            operation=intent["operation"],
            values=kind.load(intent["values"]),
            sent_at=datetime.fromisoformat(intent["sent_at"]),
            sync_key=intent["sync_key"],
        ),
        unread=data["unread"],
        missing=data["missing"],
        gone=data["gone"],
        told=frozenset(data["told"] or ()),
        sync_key=data["sync_key"] or "",
        ours=data["ours"],
        remarks=tuple(
            why
            for text in data["remarks"] or ()
            if (why := Reason.from_json(text)) is not None
        ),
        organiser=data["organiser"] or "",
    )


def _dump_side(kind: Kind, state: SideState) -> dict[str, Any]:
    intent = state.intent
    return {
        "key": state.key or None,
        "version": state.version or None,
        "stamp": state.stamp or None,
        "snapshot": _dump_values(kind, state.snapshot),
        "current": _dump_values(kind, state.current),
        "locked": {unit: why.to_json() for unit, why in state.locked.items()} or None,
        "intent": {
            "operation": intent.operation,
            "values": kind.dump(intent.values),
            "sent_at": intent.sent_at.isoformat(),
            "sync_key": intent.sync_key,
        }
        if intent
        else None,
        "unread": state.unread,
        "missing": state.missing,
        "gone": state.gone,
        "told": sorted(state.told) or None,
        "sync_key": state.sync_key or None,
        "ours": state.ours,
        "remarks": [why.to_json() for why in state.remarks] or None,
        "organiser": state.organiser or None,
    }


def _load_values(kind: Kind, data: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if data is None else kind.load(data)


def _dump_values(kind: Kind, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else kind.dump(values)


class OdooFeedStore:
    """Fulfils ``services.sync.ports.FeedStore`` for one organisation."""

    def __init__(
        self, org: Any, clock: Callable[[], datetime], commit: Callable[[], object]
    ) -> None:
        self._env = org.env
        self._org = org.id
        self._company = org.company_id.id
        self._clock = clock
        self._commit = commit
        self._rows: list[tuple[Sequence[FeedRow], datetime]] = []

    def cursor(self, module: str) -> dict[str, Any]:
        return load_memory(self._env, "org", self._org, f"feed:{module}")

    def set_cursor(self, module: str, cursor: Mapping[str, Any]) -> None:
        save_memory(self._env, "org", self._org, f"feed:{module}", cursor)

    def keep(self, rows: Sequence[FeedRow], read_at: datetime) -> None:
        # Written by ``commit``: nothing is locked while Zoho is asked for more.
        self._rows.append((rows, read_at))

    def _write(self, rows: Sequence[FeedRow], read_at: datetime) -> None:
        companies = [row for row in rows if row.module == COMPANIES]
        if companies:
            self._keep_companies(companies)
        records = [row for row in rows if row.module != COMPANIES]
        if records:
            self._keep_records(records, read_at)

    def _keep_records(self, rows: Sequence[FeedRow], read_at: datetime) -> None:
        """One statement: each row for its owner's account and for linked ones.

        An account that has not dealt with an older version gets the newer one.
        """
        # One statement must not touch a row twice: the last word on a record counts.
        last = {(row.module, row.key): row for row in rows}
        self._env.cr.execute(
            SQL(
                "WITH fresh (module, kind, zoho_id, modified, deleted, record, owner) "
                "AS (VALUES %(rows)s), concerned AS ("
                " SELECT a.id AS account_id, f.* FROM fresh f"
                " JOIN notes_zoho_account a ON a.zoho_user_id = f.owner"
                " WHERE a.org_id = %(org)s AND a.state <> 'retired'"
                " AND NOT f.deleted"
                " UNION"
                " SELECT l.account_id, f.* FROM fresh f"
                " JOIN notes_zoho_link l ON l.kind = f.kind AND l.zoho_id = f.zoho_id"
                " JOIN notes_zoho_account a ON a.id = l.account_id"
                " WHERE l.org_id = %(org)s AND a.state <> 'retired'"
                " UNION"
                " SELECT c.account_id, f.* FROM fresh f JOIN notes_zoho_change c"
                " ON c.module = f.module AND c.zoho_id = f.zoho_id"
                " WHERE c.org_id = %(org)s)"
                " INSERT INTO notes_zoho_change (org_id, company_id, account_id,"
                " module, zoho_id, modified_at, deleted, record, read_at)"
                " SELECT %(org)s, %(company)s, account_id, module, zoho_id,"
                " modified, deleted, record, %(read_at)s FROM concerned"
                " ON CONFLICT (account_id, module, zoho_id) DO UPDATE"
                " SET modified_at = EXCLUDED.modified_at, deleted = EXCLUDED.deleted,"
                " record = EXCLUDED.record, read_at = EXCLUDED.read_at"
                " WHERE notes_zoho_change.modified_at <= EXCLUDED.modified_at",
                rows=SQL(", ").join(
                    SQL(
                        "(%s, %s, %s, %s::timestamp, %s, %s::jsonb, %s)",
                        row.module,
                        KINDS[row.module],
                        row.key,
                        naive(row.modified),
                        row.deleted,
                        Json(dict(row.record)) if row.record else None,
                        owner_of(row.record),
                    )
                    for row in last.values()
                ),
                org=self._org,
                company=self._company,
                read_at=naive(read_at),
            )
        )

    def _keep_companies(self, rows: Sequence[FeedRow]) -> None:
        """Keep the cache right; tell the accounts which companies were renamed."""
        last = {row.key: row for row in rows}
        names = {
            key: "" if row.deleted else company_key(str(row.record.get(NAME) or ""))
            for key, row in last.items()
        }
        cr = self._env.cr
        fresh = SQL(", ").join(names.items())
        cr.execute(
            SQL(
                "WITH fresh (zoho_id, name) AS (VALUES %(fresh)s)"
                " INSERT INTO notes_zoho_change (org_id, company_id, account_id,"
                " module, zoho_id, modified_at, deleted, record, read_at)"
                " SELECT DISTINCT ON (a.id, c.zoho_id) %(org)s, %(company)s, a.id,"
                " %(module)s, c.zoho_id, %(now)s::timestamp, false,"
                " jsonb_build_object('old_name', c.name), %(now)s::timestamp"
                " FROM notes_zoho_company c JOIN fresh f ON f.zoho_id = c.zoho_id"
                " JOIN notes_zoho_account a ON a.org_id = c.org_id"
                " WHERE c.org_id = %(org)s AND c.name <> f.name"
                " AND a.state <> 'retired'"
                " ON CONFLICT (account_id, module, zoho_id) DO NOTHING",
                fresh=fresh,
                org=self._org,
                company=self._company,
                module=COMPANIES,
                now=naive(self._clock()),
            )
        )
        cr.execute(
            SQL(
                "DELETE FROM notes_zoho_company WHERE org_id = %s "
                "AND zoho_id = ANY(%s)",
                self._org,
                list(names),
            )
        )
        # Of namesakes the oldest counts, as where companies are looked up.
        known: dict[str, str] = {}
        for key, name in sorted(names.items(), key=lambda item: int(item[0])):
            if name:
                known.setdefault(name, key)
        if known:
            cr.execute(
                SQL(
                    "INSERT INTO notes_zoho_company (org_id, name, zoho_id) "
                    "VALUES %s ON CONFLICT (org_id, name) DO NOTHING",
                    SQL(", ").join((self._org, *item) for item in known.items()),
                )
            )

    def commit(self) -> None:
        waiting, self._rows = self._rows, []
        for rows, read_at in waiting:
            self._write(rows, read_at)
        self._commit()


def owner_of(record: Mapping[str, Any]) -> str:
    """Zoho's id of a record's owner."""
    owner = record.get("Owner")
    return str(owner.get("id") or "") if isinstance(owner, Mapping) else ""
