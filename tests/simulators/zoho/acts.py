"""What people do in the CRM and in its set-up, past the API.

Every act may be called from another thread or over `/__sim__/act/<name>`.
`by` names a user by id or e-mail; without it the first administrator acts.
Times are aware datetimes or ISO 8601 text.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

from .metadata import FieldDef, register_field
from .oauth import Client, read_scopes
from .times import zone_of
from .world import Record, Table, User
from .writing import Workflow

if TYPE_CHECKING:
    from .server import ZohoSimulator

ALL_SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.coql.READ",
    "ZohoSearch.securesearch.READ",
)


def _locked(method: Any) -> Any:
    @wraps(method)
    def run(self: Acts, *args: Any, **values: Any) -> Any:
        with self._sim.lock:
            self._sim.world.settle(self._now)
            return method(self, *args, **values)

    return run


def _seconds(value: datetime | str) -> int:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if moment.tzinfo is None:
        raise ValueError("times need an offset")
    return int(moment.timestamp())


class Acts:
    """A person at the CRM's screens; returns ids."""

    def __init__(self, sim: ZohoSimulator) -> None:
        self._sim = sim

    @property
    def _now(self) -> float:
        return self._sim.clock.now().timestamp()

    def _by(self, by: str | None) -> User:
        return self._sim.world.person(by)

    def _table(self, module: str) -> Table:
        table = self._sim.world.tables.get(module)
        if table is None:
            raise LookupError(f"no module {module!r}")
        return table

    def _record(self, module: str, record_id: str) -> Record:
        record = self._table(module).rows.get(str(record_id))
        if record is None:
            raise LookupError(f"no live record {record_id} in {module}")
        return record

    def _values(self, module: str, values: dict[str, Any], by: User) -> dict[str, Any]:
        """Values as stored: a lookup may be an id, `{id}` or a name to make."""
        table = self._table(module)
        stored: dict[str, Any] = {}
        for name, value in values.items():
            definition = table.module.fields.get(name)
            if definition is None:
                raise LookupError(f"no field {name!r} in {module}")
            if value is not None and definition.data_type == "lookup":
                value = self._target(definition, value, by)
            elif value is not None and definition.data_type == "datetime":
                value = _seconds(value)
            stored[name] = None if value == "" else value
        return stored

    def _target(self, definition: FieldDef, value: Any, by: User) -> str:
        if isinstance(value, dict):
            value = value.get("id") or value["name"]
        table = self._table(definition.lookup or "")
        if str(value) in table.rows:
            return str(value)
        display = table.module.display_field
        known = sorted(table.having(display, value))
        if known:
            return known[0]
        made = self._sim.world.insert(
            table.module.api_name, {display: str(value)}, by.id, self._now
        )
        return made.id

    # -- records ---------------------------------------------------------------

    @_locked
    def create(
        self,
        module: str,
        by: str | None = None,
        owner: str | None = None,
        tags: Iterable[str] = (),
        at: datetime | str | None = None,
        **values: Any,
    ) -> str:
        """Makes a record; `at` gives it another Created_Time. Returns its id."""
        world, user = self._sim.world, self._by(by)
        stored = self._values(module, values, user)
        record = world.insert(
            module,
            {k: v for k, v in stored.items() if v is not None},
            user.id,
            self._now,
            owner=world.user(owner).id if owner else user.id,
            tags=tags,
            created=None if at is None else _seconds(at),
        )
        return record.id

    @_locked
    def edit(
        self,
        module: str,
        record_id: str,
        by: str | None = None,
        at: datetime | str | None = None,
        **values: Any,
    ) -> None:
        """Changes fields; None empties. `at` in the past plays a late commit."""
        user = self._by(by)
        self._sim.world.update(
            self._record(module, record_id),
            self._values(module, values, user),
            user.id,
            self._now,
            modified=None if at is None else _seconds(at),
        )

    @_locked
    def delete(self, module: str, record_id: str, by: str | None = None) -> None:
        """Moves a record to the recycle bin."""
        record = self._record(module, record_id)
        self._sim.world.delete(record, self._by(by).id, self._now)

    @_locked
    def restore(self, module: str, record_id: str, by: str | None = None) -> None:
        """Takes a record out of the recycle bin."""
        record = self._table(module).bin.get(record_id)
        if record is None:
            raise LookupError(f"{record_id} is not in the bin of {module}")
        self._sim.world.restore(record, self._by(by).id, self._now)

    @_locked
    def purge(self, module: str, record_id: str) -> None:
        """Deletes a record for good, from the bin or at once."""
        table = self._table(module)
        record = table.bin.get(record_id) or self._record(module, record_id)
        self._sim.world.purge(record, self._now)

    @_locked
    def change_owner(
        self, module: str, record_id: str, owner: str, by: str | None = None
    ) -> None:
        """Gives a record to another user."""
        world = self._sim.world
        world.update(
            self._record(module, record_id),
            {},
            self._by(by).id,
            self._now,
            owner=world.user(owner).id,
        )

    @_locked
    def tag(
        self, module: str, record_id: str, name: str, by: str | None = None
    ) -> None:
        """Puts a tag on a record."""
        record = self._record(module, record_id)
        tags = [*record.tags, name]
        self._sim.world.update(record, {}, self._by(by).id, self._now, tags=tags)

    @_locked
    def untag(
        self,
        module: str,
        record_id: str,
        name: str = "Private",
        by: str | None = None,
    ) -> None:
        """Takes a tag off a record."""
        record = self._record(module, record_id)
        tags = [t for t in record.tags if t != name]
        self._sim.world.update(record, {}, self._by(by).id, self._now, tags=tags)

    def tag_private(self, module: str, record_id: str, by: str | None = None) -> None:
        """Puts the tag Private on a record."""
        self.tag(module, record_id, "Private", by=by)

    @_locked
    def merge(
        self,
        module: str,
        master: str,
        others: Iterable[str],
        by: str | None = None,
    ) -> None:
        """Merges duplicates: the master takes what it lacks, the others go."""
        world, user = self._sim.world, self._by(by)
        keep = self._record(module, master)
        for record_id in list(others):
            other = self._record(module, record_id)
            gaps = {k: v for k, v in other.values.items() if keep.values.get(k) is None}
            world.delete(other, user.id, self._now)
            if world.knobs.merge_leaves == "permanent":
                world.purge(other, self._now)
            world.update(keep, gaps, user.id, self._now)

    @_locked
    def lock(self, module: str, record_id: str, locked: bool = True) -> None:
        """Locks a record against writes, or unlocks it."""
        self._record(module, record_id).locked = locked

    @_locked
    def put_in_approval(
        self, module: str, record_id: str, pending: bool = True
    ) -> None:
        """Sends a record into approval, or approves it."""
        state = "approval_pending" if pending else "approved"
        self._record(module, record_id).approval = state

    @_locked
    def touch_activity(self, module: str, record_id: str) -> None:
        """Moves Last_Activity_Time alone, as a note or a mail does."""
        self._record(module, record_id).activity = int(self._now)

    # -- people and rights -----------------------------------------------------

    @_locked
    def add_user(
        self,
        email: str,
        first_name: str = "",
        last_name: str = "",
        time_zone: str = "Europe/Berlin",
        profile: str = "Standard",
        confirmed: bool = True,
    ) -> str:
        """Adds an active user."""
        zone_of(time_zone)
        world = self._sim.world
        user = User(
            id=world.new_id(),
            email=email,
            first_name=first_name,
            last_name=last_name,
            time_zone=time_zone,
            profile=profile,
            confirmed=confirmed,
            zuid=str(700_000_000 + len(world.users)),
            created=int(self._now),
            modified=int(self._now),
        )
        world.users[user.id] = user
        return user.id

    def _set_user(self, user: str, **values: Any) -> None:
        found = self._sim.world.user(user)
        for name, value in values.items():
            setattr(found, name, value)
        found.modified = int(self._now)

    @_locked
    def deactivate_user(self, user: str, deleted: bool = False) -> None:
        """Makes a user inactive, or deletes it; records keep their owner."""
        self._set_user(user, status="deleted" if deleted else "disabled")

    @_locked
    def activate_user(self, user: str) -> None:
        """Makes a user active again."""
        self._set_user(user, status="active")

    @_locked
    def change_time_zone(self, user: str, time_zone: str) -> None:
        """Moves a user to another zone: the same instants print differently."""
        zone_of(time_zone)
        self._set_user(user, time_zone=time_zone)

    @_locked
    def change_email(self, user: str, email: str) -> None:
        """Gives a user another e-mail address."""
        self._set_user(user, email=email)

    @_locked
    def hide_record(self, record_id: str, user: str) -> None:
        """A sharing rule changes: the user no longer sees this record."""
        self._sim.world.user(user).hidden.add(record_id)

    @_locked
    def show_record(self, record_id: str, user: str) -> None:
        """The user sees the record again."""
        self._sim.world.user(user).hidden.discard(record_id)

    @_locked
    def deny_module(self, module: str, user: str) -> None:
        """The user's profile loses a module: 403 NO_PERMISSION."""
        self._sim.world.user(user).denied.add(module)

    @_locked
    def allow_module(self, module: str, user: str) -> None:
        """The profile gets the module back."""
        self._sim.world.user(user).denied.discard(module)

    # -- set-up ----------------------------------------------------------------

    @_locked
    def add_field(
        self,
        module: str,
        api_name: str,
        data_type: str = "text",
        length: int = 0,
        mandatory: bool = False,
        required: bool = False,
        unique: bool = False,
        picks: Iterable[str] = (),
        lookup: str | None = None,
    ) -> str:
        """Adds a custom field; `required` counts only with a layout id sent."""
        table = self._table(module)
        definition = FieldDef(
            api_name,
            data_type,
            length,
            mandatory=mandatory,
            required=required,
            unique=unique,
            picks=list(picks),
            lookup=lookup,
            custom=True,
        )
        register_field(definition, self._sim.world.new_id)
        table.module.fields[api_name] = definition
        self._changed(table)
        return definition.id

    @_locked
    def change_field(self, module: str, api_name: str, **values: Any) -> None:
        """Changes a field: mandatory, required, unique, length, visible, picks."""
        table = self._table(module)
        definition = table.module.fields[api_name]
        for name, value in values.items():
            if not hasattr(definition, name):
                raise AttributeError(name)
            setattr(definition, name, value)
        for value in definition.picks:
            definition.pick_ids.setdefault(value, self._sim.world.new_id())
        self._changed(table)

    def hide_field(self, module: str, api_name: str) -> None:
        """Takes a field out of metadata, reads and writes."""
        self.change_field(module, api_name, visible=False)

    def _changed(self, table: Table) -> None:
        table.module.modified = int(self._now)
        table.reindex()

    @_locked
    def set_module(self, module: str, supported: bool) -> None:
        """Switches a module off for the API, or on."""
        table = self._table(module)
        table.module.supported = supported
        table.module.modified = int(self._now)

    @_locked
    def add_workflow(
        self,
        module: str,
        fields: dict[str, Any] | None = None,
        delay: float = 0.0,
        on: Iterable[str] = ("create", "edit"),
    ) -> None:
        """A rule that sets fields `delay` seconds after a write that runs workflows."""
        values = self._values(module, fields or {}, self._by(None))
        self._sim.workflows.append(Workflow(module, values, delay, tuple(on)))

    # -- API console -----------------------------------------------------------

    @_locked
    def add_client(
        self,
        client_id: str,
        client_secret: str,
        redirect_uris: Iterable[str] = ("*",),
        dcs: Iterable[str] | None = None,
    ) -> str:
        """Registers a client; `dcs`: the data centres it is enabled in."""
        enabled = list(dcs) if dcs is not None else [self._sim.knobs.dc]
        client = Client(client_id, client_secret, list(redirect_uris), enabled)
        self._sim.accounts.clients[client_id] = client
        return client_id

    @_locked
    def make_self_client_code(
        self,
        scope: str = ",".join(ALL_SCOPES),
        minutes: float = 10,
        user: str | None = None,
        client_id: str | None = None,
    ) -> str:
        """A grant token made by hand in the API console."""
        code = self._sim.accounts.make_code(
            self._sim.accounts.client(client_id or self._sim.client_id),
            self._by(user).id,
            read_scopes(scope),
            self._now,
            redirect_uri=None,
            seconds=minutes * 60,
        )
        return code.value

    @_locked
    def make_refresh_token(
        self,
        scope: str = ",".join(ALL_SCOPES),
        user: str | None = None,
        client_id: str | None = None,
    ) -> str:
        """A refresh token, as if a grant had been exchanged."""
        grant = self._sim.accounts.make_grant(
            client_id or self._sim.client_id,
            self._by(user).id,
            read_scopes(scope),
            self._now,
        )
        return grant.token

    @_locked
    def make_access_token(
        self, scope: str = ",".join(ALL_SCOPES), user: str | None = None
    ) -> str:
        """An access token, past all limits of the accounts server."""
        access = self._sim.accounts.issue(
            self._by(user).id, read_scopes(scope), self._now
        )
        return access.token

    @_locked
    def revoke(self, token: str) -> bool:
        """The user withdraws consent: a refresh token and all it made end."""
        return self._sim.accounts.revoke(token)

    @_locked
    def expire_access_tokens(self) -> None:
        """Ends all access tokens; refresh tokens stay good."""
        self._sim.accounts.access.clear()

    @_locked
    def seed(
        self,
        users: Iterable[dict[str, Any]] = (),
        clients: Iterable[dict[str, Any]] = (),
        records: dict[str, list[dict[str, Any]]] | None = None,
    ) -> dict[str, list[str]]:
        """Fills the organisation from plain data; returns ids by module."""
        for user in users:
            self.add_user(**user)
        for client in clients:
            self.add_client(**client)
        return {
            module: [self.create(module, **row) for row in rows]
            for module, rows in (records or {}).items()
        }
