"""The official SDK's rounds for Tasks and Events; see `sdk_round`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.record import (
    BodyWrapper,
    DeletedRecordsWrapper,
    DeleteRecordsParam,
    Field,
    GetDeletedRecordsHeader,
    GetRecordsHeader,
    GetRecordsParam,
    Participants,
    Record,
    RecordOperations,
    RecurringActivity,
    RemindAt,
    Reminder,
)
from zohocrmsdk.src.com.zoho.crm.api.record.response_wrapper import ResponseWrapper
from zohocrmsdk.src.com.zoho.crm.api.util import Choice

from .sdk_support import action_ids, body_of, tell

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2090, 1, 1, tzinfo=UTC)
Show = Callable[[Any], dict[str, Any]]


def body(*records: Record) -> BodyWrapper:
    """A write that runs no automation."""
    found = BodyWrapper()
    found.set_data(list(records))
    found.set_trigger([])
    return found


def rule(text: str) -> RecurringActivity:
    """A repeat rule."""
    found = RecurringActivity()
    found.set_rrule(text)
    return found


def task(subject: str) -> Record:
    """A task as a user of the SDK makes it."""
    alarm = RemindAt()
    alarm.set_alarm(
        "FREQ=NONE;ACTION=POPUP;TRIGGER=DATE-TIME:2026-07-18T12:45:00+05:30"
    )
    record = Record()
    record.add_field_value(Field.Tasks.subject(), subject)
    record.add_field_value(Field.Tasks.due_date(), date(2026, 7, 20))
    record.add_field_value(Field.Tasks.status(), Choice("In Progress"))
    record.add_field_value(Field.Tasks.priority(), Choice("High"))
    record.add_field_value(Field.Tasks.send_notification_email(), False)
    record.add_key_value("Remind_At", alarm)
    return record


def participant(kind: str, who: str) -> Participants:
    """Somebody invited, in the SDK's form: an address too is `participant`."""
    found = Participants()
    found.set_type(kind)
    found.set_participant(who)
    return found


def event(title: str, *people: Participants) -> Record:
    """A meeting as a user of the SDK makes it."""
    reminder = Reminder()
    reminder.set_period("minutes")
    reminder.set_unit(15)
    record = Record()
    record.add_field_value(Field.Events.event_title(), title)
    start = datetime(2026, 7, 20, 9, tzinfo=UTC)
    record.add_field_value(Field.Events.start_datetime(), start)
    record.add_field_value(Field.Events.end_datetime(), start.replace(hour=10))
    record.add_key_value("Meeting_Venue__s", Choice("Online"))
    record.add_field_value(Field.Events.remind_at(), [reminder])
    if people:
        record.add_field_value(Field.Events.participants(), list(people))
    record.add_key_value("$send_notification", False)
    return record


def show_task(record: Any) -> dict[str, Any]:
    """What the SDK reads of a task."""
    return {
        "title": record.get_key_value("Subject"),
        "due": record.get_key_value("Due_Date"),
        "state": record.get_key_value("Status").get_value(),
        "alarm": record.get_key_value("Remind_At").get_alarm(),
        "closed": record.get_key_value("Closed_Time"),
    }


def show_event(record: Any) -> dict[str, Any]:
    """What the SDK reads of a meeting."""
    people = record.get_key_value("Participants") or []
    return {
        "title": record.get_key_value("Event_Title"),
        "start": record.get_key_value("Start_DateTime").astimezone(UTC),
        "all_day": record.get_key_value("All_day"),
        "reminders": [
            (r.get_unit(), r.get_period()) for r in record.get_key_value("Remind_At")
        ],
        "people": [
            (p.get_type(), p.get_participant(), p.get_status(), p.get_invited())
            for p in people
        ],
    }


def listing(fields: str, since: datetime | None) -> tuple[ParameterMap, HeaderMap]:
    """Parameters and headers of a list."""
    parameters, headers = ParameterMap(), HeaderMap()
    parameters.add(GetRecordsParam.fields, fields)
    if since is not None:
        headers.add(GetRecordsHeader.if_modified_since, since)
    return parameters, headers


def play(module: str, new: list[Record], change: Record, show: Show) -> None:
    """Insert, read, list, update, conditional list, delete, deleted list."""
    operations = RecordOperations(module)

    def step(name: str, response: Any, **seen: Any) -> None:
        tell(f"{module} {name}", response, **seen)

    response = operations.create_records(body(*new))
    ids = action_ids(f"{module} insert", response)
    step("insert", response, ids=ids)

    response = operations.get_record(ids[0])
    (record,) = body_of(f"{module} get", response, ResponseWrapper).get_data()
    step("get", response, **show(record))

    fields = {
        "Tasks": "Subject,Due_Date,Status,Remind_At,Closed_Time",
        "Events": "Event_Title,Start_DateTime,All_day,Remind_At,Participants",
    }[module]
    response = operations.get_records(*listing(fields, None))
    records = body_of(f"{module} list", response, ResponseWrapper).get_data()
    step("list", response, titles=sorted(show(r)["title"] for r in records))

    change.set_id(ids[0])
    response = operations.update_records(body(change))
    step("update", response, ids=action_ids(f"{module} update", response))

    response = operations.get_records(*listing(fields, LONG_AGO))
    records = body_of(f"{module} list since", response, ResponseWrapper).get_data()
    changed = next(r for r in records if r.get_id() == ids[0])
    step("list since", response, count=len(records), **show(changed))

    response = operations.get_records(*listing(fields, FAR_AHEAD))
    step("list unchanged", response, body=response.get_object())

    parameters, headers = ParameterMap(), HeaderMap()
    parameters.add(DeleteRecordsParam.ids, ",".join(map(str, ids)))
    parameters.add(DeleteRecordsParam.wf_trigger, False)
    response = operations.delete_records(parameters)
    step("delete", response, ids=action_ids(f"{module} delete", response))

    headers.add(GetDeletedRecordsHeader.if_modified_since, LONG_AGO)
    response = operations.get_deleted_records(ParameterMap(), headers)
    gone = body_of(f"{module} deleted", response, DeletedRecordsWrapper).get_data()
    step("deleted", response, ids=sorted(int(g.get_id()) for g in gone))


def tasks_round() -> None:
    """Two single tasks; then a repeating one, which answers many items."""
    done = Record()
    done.add_field_value(Field.Tasks.status(), Choice("Completed"))
    play("Tasks", [task("Call Anna"), task("Send <offer> & Preis")], done, show_task)
    daily = task("Daily report")
    text = "FREQ=DAILY;INTERVAL=1;DTSTART=2026-07-20;UNTIL=2026-07-23"
    daily.add_field_value(Field.Tasks.recurring_activity(), rule(text))
    response = RecordOperations("Tasks").create_records(body(daily))
    ids = action_ids("Tasks series", response)
    tell("Tasks series", response, count=len(set(ids)))


def events_round(contact: str) -> None:
    """Meetings with participants of two kinds; one is moved to a whole day."""
    change = Record()
    day = datetime(2026, 7, 21, 12, tzinfo=UTC)
    change.add_field_value(Field.Events.all_day(), True)
    change.add_field_value(Field.Events.start_datetime(), day)
    change.add_field_value(Field.Events.end_datetime(), day)
    change.add_key_value("$send_notification", False)
    people = (
        participant("contact", contact),
        participant("email", "pia@zylker.example"),
    )
    play("Events", [event("Kick-off", *people), event("Lunch")], change, show_event)
