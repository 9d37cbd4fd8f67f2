"""What people do in the CRM and in its set-up, past the API.

Every act may be called from another thread or over `/__sim__/act/<name>`.
`by` names a user by id or e-mail; without it the first administrator acts.
Times are aware datetimes or ISO 8601 text.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

from .activities import ALL_DAY, CLOSED, END, START, VENUES
from .activity_judge import (
    PARTICIPANT_MODULES,
    as_kind,
    in_order,
    occurrences,
    participant_row,
)
from .activity_values import kept, read_alarm, read_reminders, read_rule
from .fields import FieldDef
from .metadata import register_field
from .oauth import Client, read_scopes
from .times import read_date, zone_of
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


def _when(value: datetime | date | str | None) -> int | str | None:
    """Seconds of an instant, or a date as text."""
    if isinstance(value, datetime):
        return _seconds(value)
    if isinstance(value, date):
        return value.isoformat()
    if value is None:
        return None
    return read_date(value) or _seconds(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _minutes(value: Any) -> Any:
    """A reminder given in minutes, as the list that it is."""
    if isinstance(value, int):
        return [{"unit": value, "period": "minutes"}]
    return value


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
            elif name in (START, END):
                value = _when(value)
            elif value is not None:
                value = self._kind(definition, value)
            stored[name] = None if value in ("", []) else value
        if stored.get("What_Id"):
            target = self._sim.world.find("se_module", stored["What_Id"])
            stored["$se_module"] = target.module if target else None
        return stored

    def _kind(self, definition: FieldDef, value: Any) -> Any:
        """A value as stored; people cannot enter one that makes no sense."""
        match definition.data_type:
            case "datetime" | "event_reminder":
                return _seconds(value)
            case "date":
                return value.isoformat() if isinstance(value, date) else value
            case "ALARM":
                read: Any = read_alarm({"ALARM": value} if _is_text(value) else value)
            case "multireminder":
                read = read_reminders(_minutes(value))
            case "RRULE":
                read = read_rule({"RRULE": value} if _is_text(value) else value)
            case _ if definition.api_name == "Participants":
                return [self._participant(row) for row in value]
            case _:
                return value
        if read is None:
            raise ValueError(f"{definition.api_name}: {value!r}")
        return read

    def _participant(self, row: str | dict[str, Any]) -> dict[str, Any]:
        """An address or id of somebody, or `{participant, status, invited, ..}`."""
        world = self._sim.world
        given = {"participant": row} if isinstance(row, str) else dict(row)
        who = given.pop("participant", None) or given.pop("Email")
        kind = given.pop("type", None)
        if kind is None and who in world.users:
            kind = "user"
        for name, module in PARTICIPANT_MODULES.items():
            if kind is None and world.find(module, who) is not None:
                kind = name
        given = {k: v for k, v in given.items() if k in ("name", "invited", "status")}
        found = participant_row(world, kind or "email", who, **given)
        return {**found, "id": world.new_id()}

    def _new_event(self, stored: dict[str, Any], by: User) -> dict[str, Any]:
        """What the screen's form adds to a new event."""
        stored = self._settled(stored, {}, by)
        if "Meeting_Venue__s" in self._sim.world.modules["Events"].fields:
            stored.setdefault("Meeting_Venue__s", VENUES[1])
        return stored

    def _settled(
        self, stored: dict[str, Any], old: dict[str, Any], by: User
    ) -> dict[str, Any]:
        """Times of an event as instants or, all-day, as dates; in order."""
        times = [n for n in (START, END) if n in stored]
        if not times and ALL_DAY not in stored:
            return stored
        stored = dict(stored)
        if ALL_DAY not in stored and times:
            stored[ALL_DAY] = all(isinstance(stored[n], str) for n in times)
        world, all_day = self._sim.world, bool(stored[ALL_DAY])
        for name in (START, END):
            value = stored.get(name, old.get(name))
            if value is None:
                raise ValueError(f"an event needs {name}")
            stored[name] = as_kind(value, all_day, by, name == END, world)
        if not in_order(world, stored[START], stored[END]):
            raise ValueError("the event ends before it starts")
        return stored

    def _target(self, definition: FieldDef, value: Any, by: User) -> str:
        if isinstance(value, dict):
            value = value.get("id") or value["name"]
        if definition.lookup == "se_module":
            if self._sim.world.find("se_module", str(value)) is None:
                raise LookupError(f"no record {value!r}")
            return str(value)
        table = self._table(definition.lookup or "")
        if str(value) in table.rows:
            return str(value)
        if not table.module.duplicate_check:
            raise LookupError(f"no record {value!r} in {table.module.api_name}")
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
        if module == "Events":
            stored = self._new_event(stored, user)
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
        record = self._record(module, record_id)
        stored = self._values(module, values, user)
        if module == "Events":
            stored = self._settled(stored, record.values, user)
        if stored.get("Participants"):
            stored["Participants"] = kept(
                record.values.get("Participants") or (), stored["Participants"]
            )
        self._sim.world.update(
            record,
            stored,
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

    # -- tasks and events ------------------------------------------------------

    def create_task(
        self, subject: str, due: date | str | None = None, **more: Any
    ) -> str:
        """Makes a task; `more` as for `create`, fields by API name."""
        status = more.pop("Status", "Not Started")
        key: str = self.create(
            "Tasks", Subject=subject, Due_Date=due, Status=status, **more
        )
        return key

    def complete_task(self, record_id: str, by: str | None = None) -> None:
        """Closes a task."""
        self.edit("Tasks", record_id, by=by, Status=CLOSED)

    def reopen_task(
        self, record_id: str, status: str = "Not Started", by: str | None = None
    ) -> None:
        """Opens a closed task again."""
        self.edit("Tasks", record_id, by=by, Status=status)

    def create_event(
        self,
        title: str,
        start: datetime | date | str,
        end: datetime | date | str | None = None,
        participants: Iterable[str | dict[str, Any]] = (),
        **more: Any,
    ) -> str:
        """Makes an event: all-day from dates, else from aware datetimes.

        Without `end` it takes an hour, or that day. A participant is the id of a
        user, contact or lead, an e-mail address, or an object with more.
        """
        begin = _when(start)
        if end is None and isinstance(begin, int):
            end = datetime.fromtimestamp(begin + 3600, UTC)
        key: str = self.create(
            "Events",
            Event_Title=title,
            Start_DateTime=start,
            End_DateTime=start if end is None else end,
            Participants=list(participants),
            **more,
        )
        return key

    @_locked
    def move_event(
        self,
        record_id: str,
        start: datetime | date | str,
        end: datetime | date | str | None = None,
        by: str | None = None,
    ) -> None:
        """Moves an event; without `end` it keeps its length."""
        begin, values = _when(start), self._record("Events", record_id).values
        stop: int | str | None = _when(end)
        if stop is None and isinstance(begin, int) and isinstance(values[START], int):
            stop = begin + values[END] - values[START]
        elif stop is None and isinstance(begin, str):
            days = date.fromisoformat(values[END]) - date.fromisoformat(values[START])
            stop = (date.fromisoformat(begin) + days).isoformat()
        user = self._by(by)
        changes = self._settled({START: begin, END: stop}, values, user)
        self._sim.world.update(
            self._record("Events", record_id), changes, user.id, self._now
        )

    @_locked
    def create_series(
        self,
        module: str,
        rule: str,
        by: str | None = None,
        owner: str | None = None,
        tags: Iterable[str] = (),
        **values: Any,
    ) -> list[str]:
        """Makes a repeating task or event: one record an occurrence (2.9)."""
        world, user = self._sim.world, self._by(by)
        host = world.user(owner) if owner else user
        stored = self._values(module, {**values, "Recurring_Activity": rule}, user)
        if module == "Events":
            stored = self._new_event(stored, user)
            remind = world.modules[module].fields["Remind_At"].data_type
            if "Remind_At" not in stored and remind == "multireminder":
                stored["Remind_At"] = _minutes(15)
            elif "Remind_At" not in stored:
                start = as_kind(stored[START], False, user, False, world)
                stored["Remind_At"] = int(start) - 900
        stored = {k: v for k, v in stored.items() if v is not None}
        return [
            world.insert(module, copy, user.id, self._now, owner=host.id, tags=tags).id
            for copy in occurrences(world, stored, 0, host)
        ]

    @_locked
    def invite(self, record_id: str, by: str | None = None) -> None:
        """Sends the invitations of an event from the CRM's screen."""
        record = self._record("Events", record_id)
        rows = [{**r, "invited": True} for r in record.values.get("Participants", ())]
        changes = {"Participants": rows or None}
        self._sim.world.update(record, changes, self._by(by).id, self._now)

    @_locked
    def respond(
        self, record_id: str, participant: str, status: str = "attending"
    ) -> None:
        """A participant answers, which moves no Modified_Time.

        :param participant: the address, or the id of contact, lead or user.
        """
        record = self._record("Events", record_id)
        rows = record.values.get("Participants") or []
        if not any(participant in (r["participant"], r["Email"]) for r in rows):
            raise LookupError(f"no participant {participant!r}")
        record.values["Participants"] = [
            {**r, "status": status}
            if participant in (r["participant"], r["Email"])
            else r
            for r in rows
        ]

    @_locked
    def cancel_event(self, record_id: str, by: str | None = None) -> None:
        """Cancels an event from the CRM's screen; the record stays."""
        record = self._record("Events", record_id)
        changes = {"$event_cancelled": True}
        self._sim.world.update(record, changes, self._by(by).id, self._now)

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
