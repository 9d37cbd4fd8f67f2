"""What the CRM accepts in tasks and events beyond single fields (3.2, 3.3)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from .activities import ALL_DAY, END, SE_MODULES, START
from .activity_values import (
    PERIODS,
    day_instant,
    day_of,
    joined,
    kept,
    moved,
    occurrence_days,
    read_alarm,
    read_reminders,
    read_rule,
)
from .errors import ItemError
from .times import read_instant
from .world import Record, User, World

if TYPE_CHECKING:
    from .fields import FieldDef
    from .judge import Judge, Judged

MAX_PARTICIPANTS = 50
PARTICIPANT_MODULES = {"contact": "Contacts", "lead": "Leads"}
PARTICIPANT_TYPES = (*PARTICIPANT_MODULES, "user", "email")


def invalid(
    name: str, path: str, message: str = "invalid data", **more: Any
) -> ItemError:
    """INVALID_DATA of one field."""
    details = {"api_name": name, "json_path": path, **more}
    return ItemError("INVALID_DATA", message, details)


def read_value(f: FieldDef, value: Any, path: str, *, zulu: bool) -> Any:
    """A value of the kinds that only activities have; raises ItemError."""
    match f.data_type:
        case "ALARM":
            found: Any = read_alarm(value)
        case "RRULE":
            found = read_rule(value)
        case "multireminder":
            found = read_reminders(value)
            if found is None and isinstance(value, list):
                raise invalid(f.api_name, path, supported_values=list(PERIODS))
        case _:
            found = read_instant(value, zulu=zulu)
    if found is None:
        raise invalid(f.api_name, path, expected_data_type=f.json_type)
    return found or None


# -- participants --------------------------------------------------------------


def read_participants(
    world: World, value: Any, path: str, current: Record | None, is_email: Any
) -> list[dict[str, Any]] | None:
    """Rows of a write, with the row ids of people who were there before."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise invalid("Participants", path, expected_data_type="jsonarray")
    old = (current.values.get("Participants") or []) if current else []
    read = [
        _participant(world, row, f"{path}[{n}]", is_email)
        for n, row in enumerate(value)
    ]
    rows = kept(old, read)
    if world.knobs.participants_update == "merge":
        rows = joined(old, rows)
    if len(rows) > MAX_PARTICIPANTS:
        raise ItemError(
            "LIMIT_EXCEEDED",
            "limit exceeded",
            {"limit": MAX_PARTICIPANTS, "api_name": "Participants", "json_path": path},
        )
    return [{**row, "id": row.get("id") or world.new_id()} for row in rows] or None


def _participant(world: World, row: Any, path: str, is_email: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise invalid("Participants", path, expected_data_type="jsonobject")
    kind, who = row.get("type"), row.get("participant")
    if kind is None:
        details = {"api_name": "type", "json_path": f"{path}.type"}
        raise ItemError("MANDATORY_NOT_FOUND", "required field not found", details)
    if kind not in PARTICIPANT_TYPES:
        values = list(PARTICIPANT_TYPES)
        raise invalid("type", f"{path}.type", supported_values=values)
    if kind == "email":
        address = row.get("Email") or who
        if not isinstance(address, str) or not is_email(address):
            raise invalid("Email", f"{path}.Email", expected_data_type="email")
        return participant_row(world, kind, address, name=row.get("name"))
    key = str(who) if isinstance(who, int | str) and not isinstance(who, bool) else ""
    if kind == "user":
        known = key in world.users
    else:
        known = world.find(PARTICIPANT_MODULES[kind], key) is not None
    if not known:
        message = "the id given seems to be invalid"
        raise invalid("participant", f"{path}.participant", message)
    return participant_row(world, kind, key)


def participant_row(
    world: World,
    kind: str,
    who: str,
    *,
    name: Any = None,
    invited: bool = False,
    status: str = "not_known",
) -> dict[str, Any]:
    """A row as it is stored, with name and address of this moment."""
    email: str | None = who
    if kind == "user":
        user = world.users[who]
        email, name = user.email, user.name
    elif kind != "email":
        record = world.find(PARTICIPANT_MODULES[kind], who)
        if record is not None:
            email, name = record.values.get("Email"), world.name_of(record)
    elif world.knobs.email_participant != "both":
        email = None
    return {
        "Email": email,
        "name": name if isinstance(name, str) else None,
        "invited": invited,
        "type": kind,
        "participant": who,
        "status": status,
    }


# -- related records -----------------------------------------------------------


def read_related(
    world: World, value: Any, path: str, module: Any, find: Any
) -> str | None:
    """The id of a What_Id; `$se_module` must name its module (3.2)."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid("What_Id", path, expected_data_type="jsonobject")
    where = path.removesuffix("What_Id") + "$se_module"
    if module is None:
        details = {"api_name": "$se_module", "json_path": where}
        raise ItemError("MANDATORY_NOT_FOUND", "required field not found", details)
    if module not in SE_MODULES:
        raise invalid("$se_module", where, supported_values=list(SE_MODULES))
    key = find(value.get("id")) or ""
    if world.find(module, key) is None:
        message = "the id given seems to be invalid"
        raise invalid("What_Id", f"{path}.id", message)
    return str(key)


# -- the whole record ----------------------------------------------------------


def settle_times(
    judge: Judge, judged: Judged, index: int, current: Record | None
) -> None:
    """Turns the times into instants, or dates of an all-day event, and compares.

    An all-day event's date is the one in the offset that was sent (6, trap 3).
    """
    given = judged.values
    if not {ALL_DAY, START, END} & given.keys():
        return
    if {ALL_DAY, START, END} & judged.refused:
        return
    old = current.values if current else {}
    all_day = bool(given.get(ALL_DAY, old.get(ALL_DAY)))
    if given.get(ALL_DAY, False) is None:
        given[ALL_DAY] = False
    for name in (START, END):
        value = given.get(name)
        if value is not None:
            given[name] = judged.days[name] if all_day else value
        elif name not in given and old.get(name) is not None:
            given[name] = as_kind(
                old[name], all_day, judge.user, name == END, judge.world
            )
    if given.get(START) is None or given.get(END) is None:
        return
    if not in_order(judge.world, given[START], given[END]):
        raise invalid(END, f"$.data[{index}].{END}")


def as_kind(
    value: int | str, all_day: bool, user: User, end: bool, world: World
) -> int | str:
    """A stored time as date or as instant, by the clocks of a user."""
    if isinstance(value, str) == all_day:
        return value
    if isinstance(value, str):
        clock = world.knobs.all_day_end
        return day_instant(value, user.time_zone, end=end, clock=clock)
    return day_of(value, user.time_zone)


def in_order(world: World, start: Any, end: Any) -> bool:
    """Whether an event may end then; the last day of an all-day one counts."""
    if isinstance(start, str):
        return bool(start <= end)
    return bool(start < end or (start == end and world.knobs.end_rule != "after"))


def occurrences(
    world: World, values: dict[str, Any], index: int, owner: User
) -> list[dict[str, Any]]:
    """Values of each record that an insert makes (2.9): one without a rule.

    Times keep the wall clock of the owner's zone (6, trap 2).
    """
    rule = values.get("Recurring_Activity")
    if rule is None:
        return [values]
    path = f"$.data[{index}].Recurring_Activity"
    event = START in values
    if event and world.knobs.recurring_needs_reminder and not values.get("Remind_At"):
        details = {"api_name": "Remind_At", "json_path": f"$.data[{index}].Remind_At"}
        raise ItemError("MANDATORY_NOT_FOUND", "required field not found", details)
    first = values.get("Due_Date")
    if event:
        start = values[START]
        first = start if isinstance(start, str) else day_of(start, owner.time_zone)
    most = world.knobs.max_occurrences
    try:
        days = occurrence_days(rule, first, most)
    except (ValueError, TypeError):
        raise invalid("Recurring_Activity", path) from None
    if not days:
        raise invalid("Recurring_Activity", path)
    if len(days) > most:
        raise ItemError(
            "LIMIT_EXCEEDED",
            "limit exceeded",
            {"limit": most, "api_name": "Recurring_Activity", "json_path": path},
        )
    made = []
    for day in days:
        copy = dict(values)
        if not event:
            copy["Due_Date"] = day
        else:
            away = date.fromisoformat(day) - date.fromisoformat(str(first))
            for name in (START, END):
                copy[name] = moved(values[name], away, owner.time_zone)
        if copy.get("Participants"):
            copy["Participants"] = [
                {**row, "id": world.new_id()} for row in copy["Participants"]
            ]
        made.append(copy)
    return made
