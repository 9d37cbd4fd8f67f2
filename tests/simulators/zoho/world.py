"""The organisation: users, records with their indexes, recycle bin."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .activities import SE_MODULES
from .fields import ModuleDef
from .knobs import Knobs
from .metadata import default_modules

DAY = 86400
BIN_DAYS, GONE_DAYS = 60, 120  # section 2.7
ID_BASE = 5_460_920_000_000_000_000


@dataclass
class User:
    """A CRM user. `hidden` record ids and `denied` modules limit what is seen."""

    id: str
    email: str
    first_name: str
    last_name: str
    time_zone: str
    profile: str = "Standard"
    status: str = "active"
    confirmed: bool = True
    zuid: str = ""
    created: int = 0
    modified: int = 0
    hidden: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """Full name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def admin(self) -> bool:
        """Whether the profile is Administrator."""
        return self.profile == "Administrator"

    def ref(self) -> dict[str, str]:
        """`{name, id}`, as action answers name a user."""
        return {"name": self.name, "id": self.id}


@dataclass
class Record:
    """One record. Times are epoch seconds, lookups are ids, tags are names.

    `indexed` is what the search index still believes until `index_at`.
    """

    id: str
    module: str
    values: dict[str, Any]
    owner: str
    created: int
    created_by: str
    modified: int
    modified_by: str
    activity: int
    tags: list[str] = field(default_factory=list)
    locked: bool = False
    approval: str = "approved"
    deleted: int | None = None
    deleted_by: str | None = None
    touched: float = 0.0
    indexed: dict[str, Any] | None = None


@dataclass
class Gone:
    """What is left of a permanently deleted record."""

    id: str
    time: int


class Table:
    """The records of one module and the orders they are asked for in."""

    def __init__(self, module: ModuleDef) -> None:
        self.module = module
        self.rows: dict[str, Record] = {}
        self.ids: list[str] = []
        self.by_modified: list[tuple[int, str]] = []
        self.by_created: list[tuple[int, str]] = []
        self.by_owner: dict[str, list[str]] = {}
        self.keys: dict[str, dict[str, set[str]]] = {}
        self.bin: dict[str, Record] = {}
        self.gone: dict[str, Gone] = {}

    # Ids all have the same number of digits, so text order is number order.

    def link(self, record: Record) -> None:
        """Puts a record into all indexes."""
        self.rows[record.id] = record
        insort(self.ids, record.id)
        insort(self.by_modified, (record.modified, record.id))
        insort(self.by_created, (record.created, record.id))
        insort(self.by_owner.setdefault(record.owner, []), record.id)
        for name in self.keyed():
            self._key(name, record, add=True)

    def unlink(self, record: Record) -> None:
        """Takes a record out of all indexes."""
        del self.rows[record.id]
        _drop(self.ids, record.id)
        _drop(self.by_modified, (record.modified, record.id))
        _drop(self.by_created, (record.created, record.id))
        _drop(self.by_owner[record.owner], record.id)
        for name in self.keyed():
            self._key(name, record, add=False)

    def keyed(self) -> list[str]:
        """Fields by whose value records are found: duplicate checks, unique."""
        names = list(self.module.duplicate_check)
        names += [
            f.api_name
            for f in self.module.fields.values()
            if f.unique and f.api_name not in names
        ]
        return names

    def reindex(self) -> None:
        """Builds the value indexes anew, after a field became unique."""
        self.keys = {}
        for record in self.rows.values():
            for name in self.keyed():
                self._key(name, record, add=True)

    def _key(self, name: str, record: Record, *, add: bool) -> None:
        value = record.values.get(name)
        if value is None:
            return
        index = self.keys.setdefault(name, {})
        if add:
            index.setdefault(fold(value), set()).add(record.id)
        else:
            index[fold(value)].discard(record.id)

    def having(self, name: str, value: Any) -> set[str]:
        """Ids of the records with that value in an indexed field."""
        return self.keys.get(name, {}).get(fold(value), set())


def fold(value: Any) -> str:
    """The form in which values are compared for uniqueness."""
    return str(value).strip().casefold()


def _drop(items: list[Any], item: Any) -> None:
    position = bisect_left(items, item)
    if position < len(items) and items[position] == item:
        del items[position]


class World:
    """Everything the organisation knows. Not thread-safe: callers hold the lock.

    `lag` is how long the search index is behind; `settle` runs what was
    planned for later (workflow touches).
    """

    def __init__(self, knobs: Knobs, now: int) -> None:
        self.knobs = knobs
        self._next = ID_BASE
        self.org_id, self.zgid = self.new_id(), "774120336"
        self.company = "Fjordlicht Handels GmbH"
        self.time_zone = "Europe/Berlin"
        self.created = now
        self.users: dict[str, User] = {}
        self.roles = {"Administrator": self.new_id(), "Standard": self.new_id()}
        self.profiles = {"Administrator": self.new_id(), "Standard": self.new_id()}
        self.modules = default_modules(
            self.new_id, unique_email=knobs.unique_email, knobs=knobs
        )
        for module in self.modules.values():
            module.modified = now
        self.tables = {name: Table(m) for name, m in self.modules.items()}
        self.tags: dict[str, str] = {}
        self.later: list[tuple[float, Callable[[int], None]]] = []

    def new_id(self) -> str:
        """The next id: 19 digits, rising."""
        self._next += 1
        return str(self._next)

    # -- users ---------------------------------------------------------------

    def user(self, key: str) -> User:
        """A user by id or e-mail. Raises LookupError for a stranger."""
        if key in self.users:
            return self.users[key]
        for user in self.users.values():
            if user.email.casefold() == key.casefold():
                return user
        raise LookupError(f"no user {key!r}")

    def person(self, key: str | None) -> User:
        """A user by id or e-mail; None: the first administrator."""
        if key is not None:
            return self.user(key)
        return next(u for u in self.users.values() if u.admin)

    def profile_refs(self) -> list[dict[str, str]]:
        """All profiles as `{name, id}`."""
        return [{"name": n, "id": i} for n, i in self.profiles.items()]

    def sees(self, user: User, record: Record) -> bool:
        """Whether a user may see a record at all."""
        if record.id in user.hidden:
            return False
        return self.knobs.sharing == "public" or user.admin or record.owner == user.id

    # -- records -------------------------------------------------------------

    def name_of(self, record: Record) -> str | None:
        """What lists and lookups call the record."""
        module = self.modules[record.module]
        if module.name_parts:
            parts = (record.values.get(p) for p in module.name_parts)
            return " ".join(p for p in parts if p) or None
        name = record.values.get(module.display_field)
        return None if name is None else str(name)

    def insert(
        self,
        module: str,
        values: dict[str, Any],
        by: str,
        now: float,
        *,
        owner: str | None = None,
        tags: Iterable[str] = (),
        record_id: str | None = None,
        created: int | None = None,
    ) -> Record:
        """Stores a new record."""
        stamp = int(now) if created is None else created
        derive = self.modules[module].derive
        if derive is not None:
            made = derive(self.knobs, {}, values, stamp)
            values = {k: v for k, v in made.items() if v is not None}
        record = Record(
            id=record_id or self.new_id(),
            module=module,
            values=values,
            owner=owner or by,
            created=stamp,
            created_by=by,
            modified=stamp,
            modified_by=by,
            activity=stamp,
            tags=self.known_tags(tags),
            touched=now,
        )
        self.tables[module].link(record)
        return record

    def known_tags(self, names: Iterable[str]) -> list[str]:
        """Names without repeats; new ones get an id in the organisation."""
        unique = list(dict.fromkeys(names))
        for name in unique:
            if name not in self.tags:
                self.tags[name] = self.new_id()
        return unique

    def update(
        self,
        record: Record,
        changes: dict[str, Any],
        by: str,
        now: float,
        *,
        owner: str | None = None,
        tags: list[str] | None = None,
        modified: int | None = None,
    ) -> None:
        """Changes a live record; a value None empties the field."""
        table = self.tables[record.module]
        derive = table.module.derive
        if derive is not None:
            changes = derive(self.knobs, record.values, changes, int(now))
        table.unlink(record)
        self.freeze_index(record, now)
        record.values = {**record.values, **changes}
        record.owner = owner or record.owner
        if tags is not None:
            record.tags = self.known_tags(tags)
        record.modified = int(now) if modified is None else modified
        record.modified_by = by
        record.activity = record.modified
        table.link(record)

    def freeze_index(self, record: Record, now: float) -> None:
        """Remembers what the search index knows before a change."""
        if record.touched + self.knobs.search_lag <= now:
            record.indexed = record.values
        record.touched = now

    def indexed(self, record: Record, now: float, lag: float) -> dict[str, Any] | None:
        """Values of a record as an index `lag` seconds behind has them."""
        return record.values if record.touched + lag <= now else record.indexed

    def delete(self, record: Record, by: str, now: float) -> None:
        """Moves a record to the recycle bin."""
        table = self.tables[record.module]
        table.unlink(record)
        record.deleted, record.deleted_by = int(now), by
        table.bin[record.id] = record

    def purge(self, record: Record, now: float) -> None:
        """Deletes for good, from the bin or at once."""
        table = self.tables[record.module]
        if record.id in table.rows:
            table.unlink(record)
        table.bin.pop(record.id, None)
        table.gone[record.id] = Gone(record.id, int(now))

    def restore(self, record: Record, by: str, now: float) -> None:
        """Takes a record out of the bin under its old id."""
        table = self.tables[record.module]
        del table.bin[record.id]
        record.deleted = record.deleted_by = None
        if self.knobs.restore_bumps:
            record.modified, record.modified_by = int(now), by
        self.freeze_index(record, now)
        table.link(record)

    def expire(self, table: Table, now: float) -> None:
        """Applies the retention of bin and list of deleted records (2.7)."""
        old = int(now) - BIN_DAYS * DAY
        for record in [r for r in table.bin.values() if (r.deleted or 0) <= old]:
            self.purge(record, (record.deleted or 0) + BIN_DAYS * DAY)
        old = int(now) - GONE_DAYS * DAY
        for gone in [g for g in table.gone.values() if g.time <= old]:
            del table.gone[gone.id]

    def find(self, module: str, record_id: str) -> Record | None:
        """A live record; `se_module` is whatever What_Id may point to."""
        if module == "se_module":
            found = (self.find(name, record_id) for name in SE_MODULES)
            return next((record for record in found if record), None)
        table = self.tables.get(module)
        return table.rows.get(record_id) if table else None

    def settle(self, now: float) -> None:
        """Runs what is due by now."""
        if not self.later:
            return
        due = sorted((x for x in self.later if x[0] <= now), key=lambda x: x[0])
        self.later = [x for x in self.later if x[0] > now]
        for when, work in due:
            work(int(when))
