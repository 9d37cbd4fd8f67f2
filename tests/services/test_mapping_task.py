"""To-dos and tasks, case by case: what Notes stores, what Zoho takes, what bounces."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notes_zoho_sync.services.mapping import notes, zoho
from notes_zoho_sync.services.mapping.metadata import (
    DOCUMENTED_TASK,
    Field,
    Fields,
    documented,
)
from notes_zoho_sync.services.mapping.notes import NotesMapping
from notes_zoho_sync.services.records import (
    Reminder,
    Status,
    Task,
    TaskDates,
    task_kind,
)
from notes_zoho_sync.services.records.identity import IDENTITY
from notes_zoho_sync.services.sync.item import EXISTENCE, Fitted

KIND = task_kind()
ZONES = ("America/Sao_Paulo", "America/New_York", "Pacific/Auckland", "UTC")
DAY = date(2026, 5, 4)


def mapping(
    zone: str = "UTC",
    today: date | None = DAY,
    fields: Fields = DOCUMENTED_TASK,
    **more: Any,
) -> NotesMapping:
    return notes.for_org(lambda module: fields, ZoneInfo(zone), today=today, **more)


def todo(**items: Any) -> dict[str, Any]:
    return {"@form": "Task", "Subject": "Call", "DueState": 2.0, **items}


def read(document: dict[str, Any], **options: Any) -> Any:
    return mapping(**options).read("task", document).values


def written(values: dict[str, Any], document: Any = None, **options: Any) -> Any:
    return mapping(**options).write("task", values, document)


def typed(text: str) -> dict[str, str]:
    return {"type": "datetime", "data": text}


def without(*names: str) -> Fields:
    kept = DOCUMENTED_TASK.by_name.values()
    return Fields.of(field for field in kept if field.api_name not in names)


def picks(name: str, *values: str) -> Fields:
    field = replace(DOCUMENTED_TASK.by_name[name], picks=values)
    return Fields({**DOCUMENTED_TASK.by_name, name: field})


def to_zoho(
    current: dict[str, Any] | None = None,
    fields: Fields = DOCUMENTED_TASK,
    **values: Any,
) -> Fitted:
    return zoho.fit("task", values, current or {}, fields)


def to_notes(current: dict[str, Any] | None = None, **values: Any) -> Fitted:
    return mapping().fit("task", values, current or {})


def codes(fitted: Any) -> list[str]:
    return [remark.code for remark in fitted.remarks]


# -- what is read ----------------------------------------------------------------------


def test_a_to_do_is_read_whole() -> None:
    document = todo(
        Subject="Send the offer",
        DueDate="2026-05-06T10:00:00Z",
        DueDateTime="2026-05-06T10:00:00Z",
        EndDate="2026-05-06T10:00:00Z",
        STARTDATETIME="2026-05-04T10:00:00Z",
        Importance="2",
        Body={"type": "richtext", "contentType": "text/html", "data": "<p>To Ida</p>"},
    )
    reading = mapping("Europe/Berlin").read("task", document)
    assert reading.values == Task(
        subject="Send the offer",
        status=Status("In Progress"),
        dates=TaskDates(DAY, date(2026, 5, 6)),
        priority="Medium",
        description="To Ida",
    ).values() | {"reminder": None}
    assert not reading.locked
    assert reading.skip is None


def test_a_task_of_the_crm_is_read_whole() -> None:
    record = {
        "Subject": "Send the offer",
        "Due_Date": "2026-05-06",
        "Status": "Waiting for Input",
        "Priority": "Highest",
        "Description": "To Ida",
        "Remind_At": {
            "ALARM": "ACTION=EMAIL;TRIGGER=DATE-TIME:2026-05-06T09:00:00+05:30"
        },
    }
    assert zoho.read("task", record, DOCUMENTED_TASK).values == {
        "subject": "Send the offer",
        "status": Status("Waiting for Input"),
        "dates": TaskDates(due=date(2026, 5, 6)),
        "priority": "Highest",
        "description": "To Ida",
        "reminder": Reminder(datetime(2026, 5, 6, 3, 30, tzinfo=UTC)),
    }


def test_values_survive_the_store() -> None:
    at = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
    values = Task(
        "Call",
        Status("Completed", at),
        TaskDates(DAY, DAY),
        "High",
        "To Ida",
        Reminder(at),
    ).values()
    back = KIND.load(KIND.dump(values))
    assert back == values
    assert back["status"].completed == at
    assert back["dates"].start == DAY
    empty = Task().values()
    assert KIND.load(KIND.dump(empty)) == empty


# -- due dates -------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "day",
    [
        DAY,
        date(2026, 1, 1),
        date(2024, 2, 29),
        date(2018, 11, 4),  # midnight did not exist in São Paulo
        date(2026, 3, 8),  # spring in New York
        date(2026, 11, 1),  # autumn in New York
        date(2026, 4, 5),  # autumn in Auckland
        date(2026, 9, 27),  # spring in Auckland
    ],
)
def test_a_due_date_comes_back_as_the_same_day(zone: str, day: date) -> None:
    body = written({"dates": TaskDates(due=day)}, zone=zone)
    document = todo(**{name: body[name]["data"] for name in ("DueDate", "EndDate")})
    assert read(document, zone=zone)["dates"] == TaskDates(due=day)


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("America/Sao_Paulo", "2026-05-04T15:00:00Z"),
        ("America/New_York", "2026-05-04T16:00:00Z"),
        ("Pacific/Auckland", "2026-05-04T00:00:00Z"),
        ("UTC", "2026-05-04T12:00:00Z"),
    ],
)
def test_a_due_date_is_written_as_noon_on_all_three_items(zone: str, text: str) -> None:
    body = written({"dates": TaskDates(due=DAY)}, todo(), zone=zone)
    names = ("DueDate", "DueDateTime", "EndDate")
    assert {name: body.pop(name) for name in names} == dict.fromkeys(names, typed(text))
    assert body == {}


@pytest.mark.parametrize(
    ("zone", "text", "day"),
    [
        ("Pacific/Auckland", "2026-05-03T23:30:00Z", DAY),
        ("America/New_York", "2026-05-05T03:30:00Z", DAY),
        ("Europe/Berlin", "2026-05-03T22:00:00Z", DAY),
        ("America/Sao_Paulo", "2026-05-04", DAY),
    ],
)
def test_whatever_the_hour_the_day_is_the_accounts(
    zone: str, text: str, day: date
) -> None:
    assert read(todo(DueDateTime=text), zone=zone)["dates"].due == day


def test_the_same_day_at_another_hour_is_left_alone() -> None:
    document = todo(DueDateTime="2026-05-04T16:30:00Z")
    assert written({"dates": TaskDates(due=DAY)}, document) == {}


def test_a_due_date_can_be_emptied() -> None:
    noon = "2026-05-04T12:00:00Z"
    document = todo(DueDate=noon, DueDateTime=noon, EndDate=noon)
    assert written({"dates": TaskDates()}, document) == {
        "DueDate": "",
        "DueDateTime": "",
        "EndDate": "",
    }


def test_a_start_stays_where_it_is() -> None:
    document = todo(StartDateTime="2026-05-02T12:00:00Z")
    current = read(document)
    fitted = to_notes(current, dates=TaskDates(due=DAY)).values
    assert fitted["dates"].start == date(2026, 5, 2)
    assert "StartDateTime" not in written(fitted, document)


def test_a_start_moves_to_a_due_date_before_it() -> None:
    start = "2026-05-09T12:00:00Z"
    document = todo(STARTDATETIME=start, StartDate=start, CalendarDateTime=start)
    fitted = to_notes(read(document), dates=TaskDates(due=DAY)).values
    assert fitted["dates"].start == DAY
    body = written(fitted, document)
    for name in ("STARTDATETIME", "StartDate", "CalendarDateTime", "DueDateTime"):
        assert body[name] == typed("2026-05-04T12:00:00Z")


def test_a_start_that_moved_meanwhile_is_not_put_back() -> None:
    document = todo(StartDateTime="2026-05-02T12:00:00Z")
    body = written({"dates": TaskDates(date(2026, 4, 1), DAY)}, document)
    assert "StartDateTime" not in body
    assert body["DueDateTime"] == typed("2026-05-04T12:00:00Z")


def test_a_start_is_no_edit_for_zoho() -> None:
    before, after = TaskDates(date(2026, 5, 1), DAY), TaskDates(DAY, DAY)
    assert KIND.units["dates"].same(before, after)
    fitted = to_zoho(dates=after).values
    assert zoho.write("task", fitted, DOCUMENTED_TASK).fields == {
        "Due_Date": "2026-05-04",
        "Send_Notification_Email": False,
    }


def test_a_due_date_that_is_no_date_is_told_and_not_overwritten() -> None:
    reading = mapping().read("task", todo(DueDateTime="next week"))
    assert reading.values["dates"] == TaskDates()
    assert codes(reading) == ["mapping_due"]
    assert reading.locked.keys() == {"dates"}


def test_a_day_that_a_zone_skipped_does_not_bounce() -> None:
    samoa = mapping("Pacific/Apia")
    skipped = TaskDates(due=date(2011, 12, 30))
    fitted = samoa.fit("task", {"dates": skipped}, {}).values
    body = samoa.write("task", fitted, None)
    document = todo(DueDateTime=body["DueDateTime"]["data"])
    assert samoa.read("task", document).values["dates"] == fitted["dates"]


def test_the_last_day_of_all_is_told_where_notes_cannot_hold_it() -> None:
    west = mapping("Etc/GMT+12")
    fitted = west.fit("task", {"dates": TaskDates(due=date(9999, 12, 31))}, {})
    assert fitted.values["dates"] == TaskDates()
    assert codes(fitted) == ["mapping_due_range"]


# -- status ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "status"),
    [
        ({"DueState": 9}, "Completed"),
        ({"DueState": 9.0}, "Completed"),
        ({"DueState": "9"}, "Completed"),
        ({"DueState": 2.0, "CompletedDateTime": "2026-05-01T09:00:00Z"}, "Completed"),
        ({"DueState": 8}, "Rejected"),
        ({"DueState": 0.0}, "Not Started"),
        ({"DueState": 2.0, "DueDate": "2026-05-03T12:00:00Z"}, "Overdue"),
        ({"DueState": 0.0, "DueDate": "2026-05-04T12:00:00Z"}, "Not Started"),
        ({"DueState": 2.0, "StartDate": "2026-05-04T12:00:00Z"}, "In Progress"),
        ({"DueState": 1.0, "StartDate": "2026-05-05T12:00:00Z"}, "Not Started"),
        ({}, "Not Started"),
    ],
)
def test_only_completed_and_rejected_are_trusted(
    items: dict[str, Any], status: str
) -> None:
    document = {"@form": "Task", **items}
    assert read(document)["status"].status == status


def test_a_to_do_that_goes_stale_is_no_edit() -> None:
    document = todo(DueDateTime="2026-05-06T12:00:00Z", StartDate="2026-05-05")
    days = [DAY, date(2026, 5, 5), date(2026, 5, 7), None]
    seen = [read(document, today=day)["status"] for day in days]
    assert [status.status for status in seen] == [
        "Not Started",
        "In Progress",
        "Overdue",
        "Not Started",
    ]
    assert all(KIND.units["status"].same(seen[0], status) for status in seen)


@pytest.mark.parametrize("word", ["Deferred", "Waiting for input", "In Progress", ""])
def test_the_finer_word_of_the_crm_stays_while_the_to_do_is_open(word: str) -> None:
    notes_status, held = Status("Not Started"), Status(word)
    # The CRM's edit is settled, not written to Notes ...
    fitted = to_notes({"status": notes_status}, status=held)
    assert fitted == Fitted({"status": notes_status})
    # ... and an edit of something else in Notes does not touch it.
    if word != "Deferred":
        assert to_zoho({"status": held}, status=notes_status).values["status"] == held


def test_rejected_stands_in_the_crm_as_deferred_and_stays_rejected_in_notes() -> None:
    rejected = Status("Rejected")
    held = to_zoho(status=rejected)
    assert held == Fitted({"status": Status("Deferred")})
    assert to_notes({"status": rejected}, **held.values).values["status"] == rejected
    reopened = to_notes({"status": rejected}, status=Status("In Progress"))
    assert reopened.values["status"] == Status("Not Started")
    assert written(reopened.values, todo(DueState=8)) == {"DueState": 2}


def test_deferring_in_the_crm_rejects_nothing_in_notes() -> None:
    fitted = to_notes({}, status=Status("Deferred"))
    assert fitted.values["status"] == Status("Not Started")


def test_completing_in_the_crm_completes_the_to_do_at_that_instant() -> None:
    record = {"Status": "Completed", "Closed_Time": "2026-05-04T11:00:00+02:00"}
    values = zoho.read("task", record, DOCUMENTED_TASK).values
    fitted = to_notes({"status": Status("Not Started")}, status=values["status"]).values
    assert written(fitted, todo()) == {
        "DueState": 9,
        "CompletedDateTime": typed("2026-05-04T09:00:00Z"),
    }


def test_where_the_crm_tells_no_closing_time_its_last_change_serves() -> None:
    record = {"Status": "completed", "Modified_Time": "2026-05-04T11:00:00+02:00"}
    status = zoho.read("task", record, DOCUMENTED_TASK).values["status"]
    assert status.completed == datetime(2026, 5, 4, 9, tzinfo=UTC)


def test_reopening_in_the_crm_clears_and_computes_anew() -> None:
    document = todo(
        DueState=9.0,
        CompletedDateTime="2026-05-01T09:00:00Z",
        DueDateTime="2026-05-03T12:00:00Z",
    )
    fitted = to_notes(read(document), status=Status("In Progress")).values
    assert written(fitted, document) == {"CompletedDateTime": "", "DueState": 0}


def test_a_new_due_date_brings_the_state_up_to_date() -> None:
    document = todo(DueState=0.0, DueDateTime="2026-05-01T12:00:00Z")
    body = written({"dates": TaskDates(due=date(2026, 6, 1))}, document)
    assert body["DueState"] == 2


def test_completing_and_reopening_in_notes_reaches_the_crm() -> None:
    held = {"status": Status("Waiting for input")}
    done = to_zoho(held, status=Status("Completed")).values["status"]
    assert done == Status("Completed")
    back = to_zoho({"status": done}, status=Status("Overdue")).values["status"]
    assert back == Status("Not Started")


def test_a_to_do_under_way_arrives_as_such() -> None:
    assert to_zoho(status=Status("In Progress")).values["status"].status == (
        "In Progress"
    )


def test_the_crms_own_spelling_is_used() -> None:
    fields = picks("Status", "NOT STARTED", "completed")
    for word, spelled in (("Not Started", "NOT STARTED"), ("Completed", "completed")):
        fitted = to_zoho(fields=fields, status=Status(word))
        assert fitted == Fitted({"status": Status(spelled)})


def test_a_crm_without_deferred_shows_a_rejected_to_do_as_open_and_says_so() -> None:
    fields = picks("Status", "Not Started", "Completed")
    held = to_zoho(fields=fields, status=Status("Rejected"))
    assert held.values["status"] == Status("Not Started")
    assert codes(held) == ["mapping_other_status"]
    back = mapping(fields=fields).fit(
        "task", held.values, {"status": Status("Rejected")}
    )
    assert back.values["status"] == Status("Rejected")


def test_a_crm_without_completed_keeps_its_status_and_says_so() -> None:
    fields = picks("Status", "Offen", "Erledigt")
    held = to_zoho(fields=fields, status=Status("Completed"))
    assert held.values == {}
    assert codes(held) == ["mapping_no_status"]
    assert to_zoho(fields=fields, status=Status("Overdue")).values == {
        "status": Status("Offen")
    }
    current = {"status": Status("Completed")}
    back = mapping(fields=fields).fit("task", {"status": Status("Offen")}, current)
    assert back.values == current


# -- priority --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("digit", "word", "held", "finer"),
    [
        ("1", "High", "High", "Highest"),
        ("2", "Medium", "Normal", "Normal"),
        ("3", "Low", "Low", "Lowest"),
        ("", "", "", ""),
    ],
)
def test_priorities_meet_by_class(digit: str, word: str, held: str, finer: str) -> None:
    assert read(todo(Importance=digit))["priority"] == word
    assert to_zoho(priority=word).values["priority"] == held
    # The extreme goes inward and stays where it is.
    assert to_notes(priority=finer).values["priority"] == word
    assert to_zoho({"priority": finer}, priority=word).values["priority"] == finer
    assert KIND.units["priority"].same(word, finer)
    expected = {"Importance": digit} if digit else {}
    body = written({"priority": word}, todo())
    assert body == expected


def test_a_priority_can_be_taken_away() -> None:
    assert written({"priority": ""}, todo(Importance="1")) == {"Importance": ""}
    assert zoho.write("task", {"priority": ""}, DOCUMENTED_TASK).fields["Priority"] is (
        None
    )


def test_none_is_no_priority() -> None:
    record = {"Priority": "-None-", "Subject": "Call"}
    assert zoho.read("task", record, DOCUMENTED_TASK).values["priority"] == ""


def test_a_priority_that_only_the_crm_has_stands_in_the_middle_and_is_told() -> None:
    fitted = to_notes(priority="Urgent")
    assert fitted.values == {"priority": "Medium"}
    assert codes(fitted) == ["mapping_priority_notes"]
    assert to_zoho({"priority": "Urgent"}, priority="Medium").values == {
        "priority": "Urgent"
    }


def test_a_crm_without_the_priority_says_so() -> None:
    fields = picks("Priority", "High", "Lowest")
    assert codes(to_zoho(fields=fields, priority="Medium")) == ["mapping_no_priority"]
    assert to_zoho(fields=fields, priority="Low").values == {"priority": "Lowest"}
    current = {"priority": "Medium"}
    assert mapping(fields=fields).fit("task", {"priority": ""}, current).values == (
        current
    )


# -- subject and description -----------------------------------------------------------


def test_a_to_do_without_a_subject_gets_a_dash_in_the_crm_only() -> None:
    held = to_zoho(subject="")
    assert held.values == {"subject": "-"}
    assert codes(held) == ["mapping_no_subject"]
    assert to_notes({"subject": ""}, subject="-").values == {"subject": ""}


def test_a_long_subject_is_cut_and_its_end_survives() -> None:
    long = "x" * 300
    reading = mapping().read("task", todo(Subject=long))
    assert reading.locked.keys() == {"subject"}
    held = to_zoho(subject=long)
    assert held.values["subject"] == "x" * 255
    assert codes(held) == ["mapping_cut"]
    assert to_notes({"subject": long}, **held.values).values == {"subject": long}


def test_a_new_description_is_escaped_rich_text() -> None:
    assert written({"description": "a < b\n& c"})["Body"] == {
        "type": "richtext",
        "contentType": "text/html",
        "data": "a &lt; b<br>\n&amp; c",
    }


@pytest.mark.parametrize(
    ("html", "locked"),
    [
        ('<font size="2" face="sans-serif">plain</font>', False),
        ("<p>one</p><div>two<br></div>", False),
        ("<b>bold</b>", True),
        ("<ul><li>list</li></ul>", True),
        ('<a href="https://x.test">link</a>', True),
        ('<img src="cid:1">', True),
        ("<table><tr><td>cell</td></tr></table>", True),
    ],
)
def test_a_description_is_written_only_where_it_is_plain(
    html: str, locked: bool
) -> None:
    body = {"type": "richtext", "contentType": "text/html", "data": html}
    assert ("description" in mapping().read("task", todo(Body=body)).locked) is locked


# -- reminders -------------------------------------------------------------------------

START = {"StartDateTime": "2026-05-04T10:00:00Z"}


@pytest.mark.parametrize(
    ("items", "at"),
    [
        ({"$AlarmOffset": -30, **START}, "09:30"),
        ({"$AlarmOffset": -30, "$AlarmUnit": "M", **START}, "09:30"),
        ({"$AlarmOffset": -1.58333, "$AlarmUnit": "H", **START}, "08:25"),
        ({"$AlarmOffset": "-1,58333", "$AlarmUnit": "H", **START}, "08:25"),
        ({"$AlarmOffset": 15, **START}, "10:15"),
        ({"$AlarmOffset": 0, "DueDateTime": "2026-05-04T12:00:00Z"}, "12:00"),
        ({"$AlarmTime": "2026-05-04T07:45:20Z", **START}, "07:45"),
    ],
)
def test_an_alarm_is_read_as_an_instant(items: dict[str, Any], at: str) -> None:
    reminder = read(todo(**{"$Alarm": 1, **items}))["reminder"]
    assert reminder == Reminder(datetime.fromisoformat(f"2026-05-04T{at}:00+00:00"))


def test_an_alarm_that_is_off_is_none() -> None:
    assert read(todo(**{"$AlarmOffset": -30, **START}))["reminder"] is None


def test_an_alarm_without_a_time_is_told() -> None:
    reading = mapping().read("task", todo(**{"$Alarm": 1, "$AlarmOffset": -5}))
    assert reading.values["reminder"] is None
    assert codes(reading) == ["mapping_no_alarm_time"]


def test_a_reminder_goes_to_the_crm_as_a_pop_up() -> None:
    value = Reminder(datetime(2026, 5, 4, 9, 30, tzinfo=UTC))
    fitted = to_zoho(reminder=value)
    assert fitted == Fitted({"reminder": value})
    body = zoho.write("task", fitted.values, DOCUMENTED_TASK).fields
    assert body["Remind_At"] == {
        "ALARM": "FREQ=NONE;ACTION=POPUP;TRIGGER=DATE-TIME:2026-05-04T09:30:00+00:00"
    }
    back = zoho.read("task", body, DOCUMENTED_TASK).values["reminder"]
    assert back == value


def test_a_reminder_that_hangs_on_the_due_date_keeps_the_crms_words() -> None:
    alarm = {"ALARM": "ACTION=EMAIL;TRIGGER=-P1D;TRIGGER_TIME=22:52"}
    value = zoho.read("task", {"Remind_At": alarm}, DOCUMENTED_TASK).values["reminder"]
    assert value == Reminder(rule="TRIGGER=-P1D;TRIGGER_TIME=22:52")
    body = zoho.write("task", {"reminder": value}, DOCUMENTED_TASK).fields
    again = zoho.read("task", body, DOCUMENTED_TASK).values["reminder"]
    assert again == value


def test_a_reminder_of_the_crm_stays_there_and_is_told() -> None:
    value = Reminder(rule="TRIGGER=-P1D;TRIGGER_TIME=22:52")
    fitted = to_notes(reminder=value)
    assert fitted.values == {}
    assert codes(fitted) == ["mapping_alarm"]


def test_a_reminder_that_came_from_notes_is_left_in_peace() -> None:
    value = {"reminder": Reminder(datetime(2026, 5, 4, 9, 30, tzinfo=UTC))}
    assert to_notes(value, **value) == Fitted(value)


def test_where_the_crm_takes_no_alarm_the_record_goes_without() -> None:
    remind = Field("Remind_At", "datetime")
    fields = Fields({**DOCUMENTED_TASK.by_name, "Remind_At": remind})
    value = Reminder(datetime(2026, 5, 4, 9, 30, tzinfo=UTC))
    fitted = to_zoho(fields=fields, subject="Call", reminder=value)
    assert fitted.values == {"subject": "Call"}
    assert codes(fitted) == ["mapping_no_field"]
    # That it has none says nothing about the one in Notes.
    current = {"reminder": value}
    back = mapping(fields=fields).fit("task", {"reminder": None}, current)
    assert back == Fitted(current)


# -- sorts of to-dos -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ({"@form": "TaskNotice", "NoticeType": "I"}, "skip_waiting"),
        ({"$Conflict": "", "@parentid": "A" * 32}, "skip_conflict"),
        ({"@form": "Memo"}, "skip_form"),
        ({"Repeats": "1", "RepeatDates": ["2026-05-04T10:00:00Z"]}, "skip_rule"),
    ],
)
def test_what_is_no_to_do_of_ones_own_is_skipped(
    items: dict[str, Any], code: str
) -> None:
    skip = mapping().read("task", todo(**items)).skip
    assert skip is not None
    assert skip.code == code


@pytest.mark.parametrize(
    "items", [{"OrgConfidential": "1"}, {"$PublicAccess": "0"}, {"Confidential": "1"}]
)
def test_a_private_to_do_tells_nothing(items: dict[str, Any]) -> None:
    reading = mapping().read("task", todo(**items))
    assert reading.private
    assert reading.values == {}


def test_a_missing_public_mark_is_not_private() -> None:
    assert not mapping().read("task", todo()).private


def test_a_date_of_a_repeating_to_do_is_read_and_never_written() -> None:
    child = todo(
        **{"$REF": "A" * 32, "@parentid": "A" * 32},
        Repeats="1",
        RepeatDates=["2026-05-04T10:00:00Z", "2026-05-11T10:00:00Z"],
        DueDateTime="2026-05-11T10:00:00Z",
    )
    reading = mapping().read("task", child)
    assert reading.skip is None
    assert reading.values["dates"].due == date(2026, 5, 11)
    assert reading.locked.keys() == {*KIND.units, EXISTENCE}


def test_several_dates_in_one_document_are_told() -> None:
    dates = ["2026-05-04T10:00:00Z", "2026-05-11T10:00:00Z", "2026-05-18T10:00:00Z"]
    child = todo(
        **{"$REF": "A" * 32}, Repeats="1", STARTDATETIME=dates, DueDateTime=dates
    )
    reading = mapping().read("task", child)
    assert reading.values["dates"].due == DAY
    assert [str(remark) for remark in reading.remarks] == [
        "This to-do stands for several dates; the 2 after the first stay in Notes only."
    ]


def test_a_group_to_do_is_synced_without_its_assignees() -> None:
    document = todo(TaskType="2", AssignedTo=["CN=Ida/O=Acme", "CN=Bo/O=Acme"])
    reading = mapping().read("task", document)
    assert reading.skip is None
    assert codes(reading) == ["mapping_assignees"]
    body = written({"subject": "Write"}, document)
    assert body == {"Subject": "Write"}


def test_a_new_to_do_is_a_personal_one() -> None:
    body = written({"subject": "Call"})
    assert body == {
        "TaskType": "1",
        "OrgTable": "T0",
        "_ViewIcon": 168,
        "Subject": "Call",
        "DueState": 2,
    }


# -- completed long ago ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("completed", "skipped"),
    [("2026-04-03", True), ("2026-04-04", False), ("2026-05-01", False)],
)
def test_what_was_completed_long_ago_is_not_taken_anew(
    completed: str, skipped: bool
) -> None:
    before = date(2026, 4, 4)
    document = todo(DueState=9, CompletedDateTime=f"{completed}T09:00:00Z")
    reading = mapping(completed_before=before).read("task", document)
    assert (reading.skip_new is not None) is skipped
    assert reading.skip is None
    record = {"Status": "Completed", "Closed_Time": f"{completed}T09:00:00+00:00"}
    task = zoho.for_account(completed_before=before).read(
        "task", record, DOCUMENTED_TASK
    )
    assert (task.skip_new is not None) is skipped


def test_an_open_to_do_is_taken_however_old() -> None:
    document = todo(DueDateTime="2019-05-04T12:00:00Z")
    reading = mapping(completed_before=DAY).read("task", document)
    assert reading.skip_new is None


def test_without_the_setting_everything_is_taken() -> None:
    document = todo(DueState=9, CompletedDateTime="2019-05-04T12:00:00Z")
    assert mapping().read("task", document).skip_new is None


# -- Zoho ------------------------------------------------------------------------------


def test_no_repeat_rule_is_ever_asked_for_or_written() -> None:
    assert "Recurring_Activity" not in zoho.fields("task", DOCUMENTED_TASK)
    values = Task(
        "Call", Status("Completed"), TaskDates(DAY, DAY), "High", "x"
    ).values()
    body = zoho.write("task", values, DOCUMENTED_TASK).fields
    assert body == {
        "Subject": "Call",
        "Status": "Completed",
        "Due_Date": "2026-05-04",
        "Priority": "High",
        "Description": "x",
        "Remind_At": None,
        "Send_Notification_Email": False,
    }


def test_nothing_to_write_stays_nothing() -> None:
    assert zoho.write("task", {}, DOCUMENTED_TASK).fields == {}
    hidden = without("Due_Date")
    assert zoho.write("task", {"dates": TaskDates(due=DAY)}, hidden).fields == {}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("Due_Date", {"dates": TaskDates(due=DAY)}),
        ("Status", {"status": Status("Completed")}),
        ("Priority", {"priority": "High"}),
        ("Description", {"description": "x"}),
        ("Remind_At", {"reminder": Reminder(datetime(2026, 5, 4, 9, tzinfo=UTC))}),
    ],
)
def test_a_field_that_is_hidden_is_told_and_the_rest_is_carried(
    field: str, values: dict[str, Any]
) -> None:
    fitted = to_zoho(fields=without(field), subject="Call", **values)
    assert fitted.values == {"subject": "Call"}
    assert codes(fitted) == ["mapping_no_field"]


def test_every_field_of_the_table_is_documented() -> None:
    names = zoho.fields("task", DOCUMENTED_TASK)
    for row in zoho.TABLES["task"].rows:
        assert set(row.zoho.fields) <= set(names)
    assert documented("Tasks") is DOCUMENTED_TASK


def test_hidden_items_are_not_asked_for_by_name() -> None:
    names = notes.fields_needed("task")
    assert {"DueState", "Body", "OrgConfidential", "Repeats"} <= set(names)
    assert not [name for name in names if name.startswith("$")]


# -- matching --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        (("Call  IDA", DAY), ("call ida", DAY), True),
        (("Call", DAY), ("Call", None), False),
        (("Call", None), ("Call", None), True),
        (("", DAY), ("", DAY), False),
        (("-", DAY), ("-", DAY), False),
    ],
)
def test_tasks_are_the_same_by_subject_and_due_date(
    left: tuple[str, date | None], right: tuple[str, date | None], alike: bool
) -> None:
    (tier,) = IDENTITY["task"]
    keys = [
        set(tier.keys({"subject": subject, "dates": TaskDates(DAY, due)}, ""))
        for subject, due in (left, right)
    ]
    assert bool(keys[0] & keys[1]) is alike


def test_a_task_is_called_by_its_subject() -> None:
    assert KIND.title({"subject": "Call"}) == "Call"
    assert KIND.title({}) == "-"
