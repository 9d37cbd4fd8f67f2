"""What holds for every task, however odd, in every zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from notes_zoho_sync.services.mapping import notes, zoho
from notes_zoho_sync.services.mapping.metadata import DOCUMENTED_TASK, Fields
from notes_zoho_sync.services.mapping.notes import NotesMapping
from notes_zoho_sync.services.records import (
    Kind,
    Reminder,
    Status,
    TaskDates,
    task_kind,
)

from .test_mapping_properties import LINES, TEXTS, shown

KIND: Kind = task_kind()
EXAMPLES = settings(max_examples=120)

# -- what people and machines put into fields ------------------------------------------

ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",
        "Pacific/Auckland",
        "Pacific/Kiritimati",
        "Pacific/Apia",
        "Asia/Kathmandu",
        "Etc/GMT+12",
    ]
)
DAYS = st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))
NEAR = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))
INSTANTS = st.datetimes(
    datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)
).map(lambda moment: moment.replace(microsecond=0))
MINUTES = INSTANTS.map(lambda moment: moment.replace(second=0))
ZOHO_STATES = ("Not Started", "Deferred", "In Progress", "Completed")
STATES = st.sampled_from([*ZOHO_STATES, "Waiting for input", "waiting FOR me", ""])
NOTES_STATES = st.sampled_from(
    ["Not Started", "In Progress", "Overdue", "Completed", "Rejected"]
)
PRIORITIES = st.sampled_from(
    ["Highest", "High", "Normal", "Low", "Lowest", "high", "Urgent", ""]
)
RULES = st.sampled_from(["TRIGGER=-P1D;TRIGGER_TIME=22:52", "TRIGGER=-P2W"])
REMINDERS = st.none() | st.builds(Reminder, MINUTES)


def tasks(states: Any, priorities: Any, reminders: Any, days: Any) -> Any:
    return st.fixed_dictionaries(
        {
            "subject": LINES,
            "status": st.builds(Status, states, st.none() | INSTANTS),
            "dates": st.builds(TaskDates, st.none(), days),
            "priority": priorities,
            "description": TEXTS,
            "reminder": reminders,
        }
    )


def in_zoho() -> st.SearchStrategy[dict[str, Any]]:
    """What a task of the CRM may hold."""
    reminders = REMINDERS | st.builds(Reminder, st.none(), RULES)
    return tasks(STATES, PRIORITIES, reminders, NEAR | DAYS)


def in_notes() -> st.SearchStrategy[dict[str, Any]]:
    """What a to-do may hold."""
    words = st.sampled_from(["High", "Medium", "Low", ""])
    return tasks(NOTES_STATES, words, REMINDERS, NEAR)


def texts(moments: Any) -> Any:
    return moments.map(lambda m: m.strftime("%Y-%m-%dT%H:%M:%SZ"))


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """To-dos as clients of all sorts leave them."""
    near = st.datetimes(datetime(2025, 12, 31), datetime(2027, 1, 1))
    when = texts(near) | st.sampled_from(["", "2026-05-04", "soon"])
    alarms = st.sampled_from([-30, -1.58333, "-1,5", 0, 15, "", "x"])
    rich = TEXTS.map(
        lambda text: {"type": "richtext", "contentType": "text/html", "data": text}
    )
    return st.fixed_dictionaries(
        {"@form": st.just("Task")},
        optional={
            "Subject": LINES,
            "DueDate": when,
            "DueDateTime": when | st.lists(when, max_size=3),
            "EndDate": when,
            "STARTDATETIME": when,
            "StartDate": when,
            "CalendarDateTime": when,
            "DueState": st.sampled_from([0, 1.0, 2.0, "2", 8, 9, "9", 5, ""]),
            "CompletedDateTime": when,
            "Importance": st.sampled_from(["1", "2", "3", "", "0", "x"]),
            "Body": TEXTS | rich,
            "$Alarm": st.sampled_from([1, "1", 0]),
            "$AlarmOffset": alarms,
            "$AlarmUnit": st.sampled_from(["M", "H", "D", "", "?"]),
            "$AlarmTime": when,
        },
    )


TIGHT = Fields.of(
    replace(field, length=12 if field.length else None, picks=field.picks[:2])
    for field in DOCUMENTED_TASK.by_name.values()
    if field.api_name != "Remind_At"
)
OTHER = Fields(
    {
        **DOCUMENTED_TASK.by_name,
        "Status": replace(
            DOCUMENTED_TASK.by_name["Status"], picks=("completed", "Running")
        ),
        "Priority": replace(DOCUMENTED_TASK.by_name["Priority"], picks=("LOWEST",)),
    }
)
BY_NAME = {"documented": DOCUMENTED_TASK, "tight": TIGHT, "other": OTHER}
ORGANISATIONS = st.sampled_from(sorted(BY_NAME))
TODAY = date(2026, 5, 4)


def mapped(zone: str, fields: Fields, today: date | None = TODAY) -> NotesMapping:
    return notes.for_org(lambda module: fields, ZoneInfo(zone), today=today)


def as_record(values: Any, fields: Fields) -> dict[str, Any]:
    """What Zoho answers after the values were written."""
    empty = dict.fromkeys(fields.by_name)
    return {**empty, **zoho.write("task", values, fields).fields}


# -- Zoho ------------------------------------------------------------------------------


@EXAMPLES
@given(in_notes(), ORGANISATIONS)
def test_what_fits_zoho_fits_as_it_is(
    values: dict[str, Any], organisation: str
) -> None:
    fields = BY_NAME[organisation]
    once = zoho.fit("task", values, {}, fields).values
    again = zoho.fit("task", once, {}, fields)
    assert again.values == once
    # A dash in place of a subject is no subject, and so it is told once.
    assert again.remarks == ()


@EXAMPLES
@given(in_notes(), ORGANISATIONS)
def test_what_fits_zoho_comes_back_from_it(
    values: dict[str, Any], organisation: str
) -> None:
    fields = BY_NAME[organisation]
    fitted = zoho.fit("task", values, {}, fields).values
    back = zoho.read("task", as_record(fitted, fields), fields).values
    assert {unit: back[unit] for unit in fitted} == fitted


@EXAMPLES
@given(in_notes(), ORGANISATIONS)
def test_what_fits_zoho_is_within_every_length_and_list(
    values: dict[str, Any], organisation: str
) -> None:
    fields = BY_NAME[organisation]
    fitted = zoho.fit("task", values, {}, fields).values
    for name, value in zoho.write("task", fitted, fields).fields.items():
        limit = fields.length(name)
        if limit is not None and value is not None:
            assert len(value.encode("utf-16-le")) // 2 <= limit
        if fields.picklist(name) and value is not None:
            assert value in fields.picklist(name)


@EXAMPLES
@given(in_notes(), ORGANISATIONS)
def test_what_zoho_does_not_hold_is_named(
    values: dict[str, Any], organisation: str
) -> None:
    fields = BY_NAME[organisation]
    clean = notes.fit("task", values, {}).values | {"reminder": values["reminder"]}
    fitted = zoho.fit("task", clean, {}, fields)
    lost = [unit for unit in clean if unit not in fitted.values]
    lost = [unit for unit in lost if not KIND.units[unit].is_empty(clean[unit])]
    lost += KIND.differing(clean, fitted.values)
    labels = {str(KIND.units[unit].label) for unit in lost}
    named = {str(remark).partition(":")[0] for remark in fitted.remarks}
    assert labels <= named


# -- Notes -----------------------------------------------------------------------------


@EXAMPLES
@given(in_zoho(), documents(), ZONES)
def test_what_fits_notes_fits_as_it_is(
    values: dict[str, Any], document: dict[str, Any], zone: str
) -> None:
    mapping = mapped(zone, DOCUMENTED_TASK)
    current = mapping.read("task", document).values
    once = mapping.fit("task", values, current).values
    again = mapping.fit("task", once, current)
    assert again.values.keys() == once.keys()
    assert KIND.differing(again.values, once) == []
    assert again.remarks == ()


@EXAMPLES
@given(in_zoho(), ZONES)
def test_what_fits_notes_comes_back_from_a_new_document(
    values: dict[str, Any], zone: str
) -> None:
    mapping = mapped(zone, DOCUMENTED_TASK)
    fitted = mapping.fit("task", values, {}).values
    document = shown({}, mapping.write("task", fitted, None))
    back = mapping.read("task", document).values
    assert KIND.differing(back, fitted) == []


@EXAMPLES
@given(in_zoho(), ZONES)
def test_what_notes_does_not_hold_is_named(values: dict[str, Any], zone: str) -> None:
    fitted = mapped(zone, DOCUMENTED_TASK).fit("task", values, {})
    held = fitted.values
    clean = zoho.fit("task", values, {}, DOCUMENTED_TASK).values
    values = {unit: clean.get(unit, value) for unit, value in values.items()}
    lost = {unit for unit in values if unit not in held}
    lost = {unit for unit in lost if not KIND.units[unit].is_empty(values[unit])}
    lost |= set(KIND.differing(values, held))
    if values["priority"] == "Urgent":
        lost.add("priority")
    # Notes has no word for it, and a to-do that is deferred is an open one there.
    if values["status"].status == "Deferred":
        lost.discard("status")
    # What the CRM demands is not lost: the dash, and what is longer than it takes.
    lost -= {"subject", "description"}
    named = {str(remark).partition(":")[0] for remark in fitted.remarks}
    assert {str(KIND.units[unit].label) for unit in lost} <= named


@EXAMPLES
@given(documents(), in_zoho(), ZONES)
def test_what_fits_notes_comes_back_from_a_document_there(
    document: dict[str, Any], values: dict[str, Any], zone: str
) -> None:
    mapping = mapped(zone, DOCUMENTED_TASK)
    current = mapping.read("task", document).values
    fitted = mapping.fit("task", values, current).values
    after = shown(document, mapping.write("task", fitted, document))
    back = mapping.read("task", after).values
    # An alarm hangs on the start, which may have moved with the due date.
    assert set(KIND.differing(back, {**current, **fitted})) <= {"reminder"}


@EXAMPLES
@given(documents(), ZONES, st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_writing_what_a_document_holds_changes_nothing(
    document: dict[str, Any], zone: str, today: date | None
) -> None:
    mapping = mapped(zone, DOCUMENTED_TASK, today)
    values = mapping.read("task", document).values
    assert mapping.write("task", values, document) == {}


@EXAMPLES
@given(documents(), ZONES)
def test_the_passing_of_time_is_no_edit(document: dict[str, Any], zone: str) -> None:
    days = (date(2026, 1, 1), TODAY, date(2027, 1, 1), None)
    seen = [
        mapped(zone, DOCUMENTED_TASK, day).read("task", document).values for day in days
    ]
    assert all(KIND.equal(seen[0], values) for values in seen)


# -- both ------------------------------------------------------------------------------


@EXAMPLES
@given(documents(), ORGANISATIONS, ZONES)
def test_an_untouched_copy_in_zoho_changes_nothing_in_notes(
    document: dict[str, Any], organisation: str, zone: str
) -> None:
    fields = BY_NAME[organisation]
    mapping = mapped(zone, fields)
    current = mapping.read("task", document).values
    copy = zoho.fit("task", current, {}, fields).values
    held = zoho.read("task", as_record(copy, fields), fields).values
    back = mapping.fit("task", held, current).values
    assert mapping.write("task", back, document) == {}


@EXAMPLES
@given(in_zoho(), ORGANISATIONS, ZONES)
def test_an_untouched_copy_in_notes_changes_nothing_in_zoho(
    values: dict[str, Any], organisation: str, zone: str
) -> None:
    fields = BY_NAME[organisation]
    mapping = mapped(zone, fields)
    # The status in Zoho is one of its list; the rest as people left it.
    current = {**values, "subject": values["subject"] or "-"}
    copy = mapping.fit("task", current, {}).values
    document = shown({}, mapping.write("task", copy, None))
    held = mapping.read("task", document).values
    fitted = zoho.fit("task", {unit: held[unit] for unit in copy}, current, fields)
    for unit in copy:
        as_zoho = fitted.values.get(unit, current[unit])
        as_notes = mapping.fit("task", {unit: current[unit]}, held).values[unit]
        same = KIND.units[unit].same
        assert same(as_zoho, current[unit]) or same(as_notes, held[unit]), unit


@EXAMPLES
@given(documents(), in_zoho(), ORGANISATIONS, ZONES)
def test_an_edit_in_zoho_is_the_same_there_after_it_reached_notes(
    document: dict[str, Any], values: dict[str, Any], organisation: str, zone: str
) -> None:
    fields = BY_NAME[organisation]
    mapping = mapped(zone, fields)
    current = mapping.read("task", document).values
    held = zoho.fit("task", values, {}, fields).values
    back = mapping.fit("task", held, current).values
    after = shown(document, mapping.write("task", back, document))
    read = mapping.read("task", after).values
    again = zoho.fit("task", {unit: read[unit] for unit in back}, held, fields).values
    # An alarm hangs on the start, which may have moved with the due date.
    for unit in back.keys() - {"reminder"}:
        same = KIND.units[unit].same
        settled = same(mapping.fit("task", held, read).values[unit], read[unit])
        assert settled or same(again.get(unit, held[unit]), held[unit]), unit


def test_the_tight_organisation_is_tight() -> None:
    assert TIGHT.length("Subject") == 12
    assert not TIGHT.has("Remind_At")
    assert TIGHT.picklist("Status") == ("Not Started", "Deferred")
