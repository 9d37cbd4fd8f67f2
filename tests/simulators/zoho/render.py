"""Records as the API shows them to one user (sections 2.2, 2.8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .activities import END
from .activity_judge import participant_row
from .activity_values import day_instant, show_alarm
from .fields import FieldDef, ModuleDef
from .metadata import layout_ref
from .times import show
from .world import Record, User, World

DOLLAR: dict[str, Any] = {
    "$currency_symbol": "€",
    "$field_states": None,
    "$sharing_permission": "full_access",
    "$process_flow": False,
    "$locked_for_me": False,
    "$approval": {
        "delegate": False,
        "approve": False,
        "reject": False,
        "resubmit": False,
    },
    "$wizard_connection_path": None,
    "$editable": True,
    "$review_process": {"approve": False, "reject": False, "resubmit": False},
    "$review": None,
    "$zia_visions": None,
    "$zia_owner_assignment": "owner_recommendation_unavailable",
    "$orchestration": False,
    "$in_merge": False,
    "$pathfinder": False,
    "$state": "save",
    "$has_more": {},
}
DOLLAR_NAMES = frozenset({*DOLLAR, "$approval_state", "$approved"})
# `$` keys that only some modules have; `$event_cancelled` comes when asked for.
OWN_DOLLAR = {
    "Events": {"$se_module", "$event_cancelled", "$calendar_booking_event"},
    "Tasks": {"$se_module"},
}


class Renderer:
    """Shows records of the world in one user's offset."""

    def __init__(self, world: World, user: User) -> None:
        self.world = world
        self.zone = user.time_zone
        self._users: dict[str, dict[str, str]] = {}

    def time(self, instant: int | None) -> str | None:
        """An instant in the user's offset."""
        return None if instant is None else show(instant, self.zone)

    def user(self, user_id: str) -> dict[str, str]:
        """`{name, id, email}` of a user."""
        found = self._users.get(user_id)
        if found is None:
            user = self.world.users[user_id]
            found = self._users[user_id] = {**user.ref(), "email": user.email}
        return found

    def record(
        self, record: Record, module: ModuleDef, names: Iterable[str]
    ) -> dict[str, Any]:
        """The named fields of a record; names that do not exist are left out."""
        answer: dict[str, Any] = {}
        own = OWN_DOLLAR.get(module.api_name, ())
        for name in names:
            if name.startswith("$"):
                if name in DOLLAR_NAMES or name in own:
                    answer[name] = self._dollar(record, name)
                continue
            definition = module.get(name)
            if definition is not None:
                answer[name] = self.value(record, definition)
        answer["id"] = record.id
        return answer

    def whole(self, record: Record, module: ModuleDef) -> dict[str, Any]:
        """All fields and `$` keys, as the single GET has them."""
        names = [f.api_name for f in module.shown()]
        own = OWN_DOLLAR.get(module.api_name, set()) - {"$event_cancelled"}
        return self.record(record, module, [*names, *sorted(DOLLAR_NAMES | own)])

    def _dollar(self, record: Record, name: str) -> Any:
        match name:
            case "$approval_state":
                return record.approval
            case "$approved":
                return record.approval == "approved"
            case "$locked_for_me":
                return record.locked
            case "$editable":
                return not record.locked
            case "$se_module":
                return record.values.get(name)
            case "$event_cancelled" | "$calendar_booking_event":
                return record.values.get(name, False)
        return DOLLAR[name]

    def value(self, record: Record, definition: FieldDef) -> Any:
        """One field's value in JSON."""
        name = definition.api_name
        system = _SYSTEM.get(name)
        if system is not None:
            return system(self, record)
        value = record.values.get(name)
        if name == "Participants" and definition.json_type == "jsonarray":
            rows = [self._participant(row) for row in value or ()]
            return rows or (
                None if self.world.knobs.empty_participants == "null" else []
            )
        if value is None:
            # Another kind's default is filled in at an insert, or not at all.
            return definition.default if definition.data_type == "boolean" else None
        match definition.data_type:
            case "lookup":
                return self.lookup(definition, value)
            case "datetime" | "event_reminder":
                return self.time(self.instant(name, value))
            case "ALARM":
                return show_alarm(value, self.zone)
        return value

    def instant(self, name: str, value: int | str) -> int:
        """A stored time; an all-day event's date begins by the user's clocks."""
        if isinstance(value, int):
            return value
        clock = self.world.knobs.all_day_end
        return day_instant(value, self.zone, end=name == END, clock=clock)

    def _participant(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row with the name and address that its record has now."""
        now = participant_row(self.world, row["type"], row["participant"])
        if row["type"] == "email" or now["name"] is None:
            return dict(row)
        return {**row, "Email": now["Email"], "name": now["name"]}

    def lookup(self, definition: FieldDef, target_id: str) -> dict[str, Any] | None:
        """`{name, id}` of a lookup's target; None once that is deleted."""
        target = self.world.find(definition.lookup or "", target_id)
        if target is None:
            return None
        return {"name": self.world.name_of(target), "id": target.id}

    def tags(self, record: Record) -> list[dict[str, Any]]:
        """`Tag` as it is read."""
        return [
            {"name": t, "id": self.world.tags[t], "color_code": None}
            for t in record.tags
        ]

    def layout(self, record: Record) -> dict[str, str]:
        """`Layout` as it is read."""
        ref = layout_ref(self.world.modules[record.module])
        return {"name": ref["name"], "id": ref["id"]}


_SYSTEM: dict[str, Any] = {
    "id": lambda r, x: x.id,
    "Owner": lambda r, x: r.user(x.owner),
    "Created_By": lambda r, x: r.user(x.created_by),
    "Modified_By": lambda r, x: r.user(x.modified_by),
    "Created_Time": lambda r, x: r.time(x.created),
    "Modified_Time": lambda r, x: r.time(x.modified),
    "Last_Activity_Time": lambda r, x: r.time(x.activity),
    "Change_Log_Time__s": lambda r, x: r.time(x.modified),
    "Tag": lambda r, x: r.tags(x),
    "Layout": lambda r, x: r.layout(x),
    "Locked__s": lambda r, x: x.locked,
    "Record_Status__s": lambda r, x: "Available" if x.deleted is None else "Trash",
    "Full_Name": lambda r, x: r.world.name_of(x),
}
SYSTEM_NAMES = frozenset(_SYSTEM)
