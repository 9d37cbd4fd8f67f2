"""Tasks and Events of the Zoho simulator against what is known of Zoho CRM v8."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import requests

from tests.simulators.common import Clock, ControlClient
from tests.simulators.zoho import ZohoSimulator

# A Thursday in winter; the integration user's zone is Europe/Berlin.
START = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
LONG_AGO = {"If-Modified-Since": "2020-01-01T00:00:00+00:00"}
MODULES = ("Tasks", "Events")
LIST_FIELDS = {
    "Tasks": "Subject,Due_Date,Status,Priority,Remind_At,Owner,Tag,Modified_Time",
    "Events": "Event_Title,Start_DateTime,End_DateTime,All_day,Participants,Tag",
}


class Api:
    """A plain HTTP client of one simulator."""

    def __init__(self, sim: ZohoSimulator, **token: Any) -> None:
        self.sim = sim
        self.http = requests.Session()
        access = sim.act.make_access_token(**token)
        self.http.headers["Authorization"] = f"Zoho-oauthtoken {access}"

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.http.request(method, f"{self.sim.url}/crm/v8{path}", **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self("GET", path, **more)

    def insert(self, module: str, *items: Any, **keys: Any) -> requests.Response:
        body = {"data": list(items), "trigger": [], **keys}
        return self("POST", f"/{module}", json=body)

    def update(self, module: str, *items: Any, **headers: str) -> requests.Response:
        body = {"data": list(items), "trigger": []}
        return self("PUT", f"/{module}", json=body, headers=headers)

    def made(self, module: str, item: Any) -> str:
        """The id of a record that goes in without a word."""
        return str(good(self.insert(module, item))["id"])

    def changed(self, module: str, record_id: str, **values: Any) -> None:
        good(self.update(module, {"id": record_id, **values}))

    def read(self, module: str, record_id: str, query: str = "") -> dict[str, Any]:
        answer = self.get(f"/{module}/{record_id}{query}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["data"][0]
        return found

    def coql(self, query: str) -> requests.Response:
        return self("POST", "/coql", json={"select_query": query})


def good(answer: requests.Response) -> dict[str, Any]:
    """Details of the one item of an answer, which went well."""
    assert answer.status_code in (200, 201), answer.text
    (item,) = answer.json()["data"]
    assert item["code"] == "SUCCESS"
    details: dict[str, Any] = item["details"]
    return details


def bad(answer: requests.Response) -> tuple[str, dict[str, Any]]:
    """Code and details of the one item of an answer, which was refused."""
    assert answer.status_code == 400, answer.text
    (item,) = answer.json()["data"]
    assert item["status"] == "error"
    return item["code"], item["details"]


def make(**knobs: Any) -> ZohoSimulator:
    return ZohoSimulator(clock=Clock(START, frozen=True), **knobs)


@pytest.fixture
def sim() -> Iterator[ZohoSimulator]:
    with make() as running:
        yield running


@pytest.fixture
def api(sim: ZohoSimulator) -> Api:
    return Api(sim)


def task(subject: str = "Call Anna", **more: Any) -> dict[str, Any]:
    return {"Subject": subject, "Send_Notification_Email": False, **more}


def event(title: str = "Kick-off", **more: Any) -> dict[str, Any]:
    return {
        "Event_Title": title,
        "Start_DateTime": "2026-03-02T10:00:00+01:00",
        "End_DateTime": "2026-03-02T11:00:00+01:00",
        "Meeting_Venue__s": "Online",
        "$send_notification": False,
        **more,
    }


def all_day(start: str, end: str, **more: Any) -> dict[str, Any]:
    more = {"Start_DateTime": start, "End_DateTime": end, "All_day": True, **more}
    return event(**more)


NEW = {"Tasks": task, "Events": event}
NAME = {"Tasks": "Subject", "Events": "Event_Title"}


# -- both modules ------------------------------------------------------------------


@pytest.mark.parametrize("module", MODULES)
def test_record_is_inserted_listed_changed_deleted_and_in_the_deleted_list(
    api: Api, module: str
) -> None:
    key = api.made(module, NEW[module]("First"))
    listed = api.get(f"/{module}?fields={LIST_FIELDS[module]}").json()["data"]
    assert [(r["id"], r[NAME[module]]) for r in listed] == [(key, "First")]
    api.sim.clock.advance(seconds=5)
    api.changed(module, key, **{NAME[module]: "Second", "Description": "a\nb"})
    record = api.read(module, key)
    assert (record[NAME[module]], record["Description"]) == ("Second", "a\nb")
    assert record["Modified_Time"] == "2026-01-15T10:30:05+01:00"
    good(api("DELETE", f"/{module}?ids={key}&wf_trigger=false"))
    assert api.get(f"/{module}/{key}").status_code == 204
    gone = api.get(f"/{module}/deleted?type=all", headers=LONG_AGO).json()["data"]
    assert [(g["id"], g["display_name"], g["type"]) for g in gone] == [
        (key, "Second", "recycle")
    ]


@pytest.mark.parametrize("module", MODULES)
def test_conditional_list_is_inclusive_and_304_when_nothing_changed(
    api: Api, module: str
) -> None:
    key = api.made(module, NEW[module]())
    path = f"/{module}?fields=id&sort_by=Modified_Time&sort_order=asc"
    same = {"If-Modified-Since": "2026-01-15T09:30:00+00:00"}
    later = {"If-Modified-Since": "2026-01-15T09:30:01+00:00"}
    assert api.get(path, headers=same).json()["data"] == [{"id": key}]
    assert api.get(path, headers=later).status_code == 304


@pytest.mark.parametrize("module", MODULES)
def test_upsert_is_refused(api: Api, module: str) -> None:
    body = {"data": [NEW[module]()]}
    answer = api("POST", f"/{module}/upsert", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "NOT_SUPPORTED")
    assert api.sim.records(module) == []


@pytest.mark.parametrize("module", MODULES)
def test_a_late_update_is_already_modified(api: Api, module: str) -> None:
    key = api.made(module, NEW[module]())
    api.sim.clock.advance(seconds=10)
    api.sim.act.edit(module, key, Description="by a person")
    seen = {"If-Unmodified-Since": "2026-01-15T09:30:05+00:00"}
    answer = api.update(module, {"id": key, "Description": "by us"}, **seen)
    assert answer.status_code == 412
    assert answer.json()["data"][0]["code"] == "ALREADY_MODIFIED"
    assert api.read(module, key)["Description"] == "by a person"


@pytest.mark.parametrize("module", MODULES)
def test_restored_record_has_its_old_id_and_leaves_the_deleted_list(
    api: Api, module: str
) -> None:
    key = api.made(module, NEW[module]("Kept"))
    api.sim.act.delete(module, key)
    api.sim.act.restore(module, key)
    assert api.read(module, key)[NAME[module]] == "Kept"
    assert api.get(f"/{module}/deleted").status_code == 204


@pytest.mark.parametrize("module", MODULES)
def test_tag_and_owner_come_with_a_list(api: Api, module: str) -> None:
    api.sim.act.add_user("ben@fjordlicht.example", "Ben", "Berg")
    key = api.made(module, NEW[module]())
    api.sim.act.tag_private(module, key)
    api.sim.act.change_owner(module, key, "ben@fjordlicht.example")
    (row,) = api.get(f"/{module}?fields=Tag,Owner").json()["data"]
    assert [t["name"] for t in row["Tag"]] == ["Private"]
    assert row["Owner"]["email"] == "ben@fjordlicht.example"


@pytest.mark.parametrize("module", MODULES)
def test_nobody_can_write_the_times_of_creation_or_closing(
    api: Api, module: str
) -> None:
    stamp = "2020-01-01T00:00:00+00:00"
    item = NEW[module](Created_Time=stamp, Closed_Time=stamp)
    record = api.read(module, api.made(module, item))
    assert record["Created_Time"] == "2026-01-15T10:30:00+01:00"
    assert record.get("Closed_Time") is None


def fields_of(api: Api, module: str) -> dict[str, dict[str, Any]]:
    found = api.get(f"/settings/fields?module={module}").json()["fields"]
    return {f["api_name"]: f for f in found}


@pytest.mark.parametrize("module", MODULES)
def test_a_repeat_rule_can_be_created_but_not_updated(api: Api, module: str) -> None:
    rule = fields_of(api, module)["Recurring_Activity"]
    assert (rule["data_type"], rule["json_type"]) == ("RRULE", "jsonobject")
    assert rule["operation_type"] == {
        "web_update": False,
        "api_create": True,
        "web_create": True,
        "api_update": False,
    }


def test_tasks_have_the_fields_of_the_documents(api: Api) -> None:
    fields = fields_of(api, "Tasks")
    known = ("Subject", "Due_Date", "Status", "Priority", "Remind_At", "Closed_Time")
    assert {n: fields[n]["data_type"] for n in known} == {
        "Subject": "text",
        "Due_Date": "date",
        "Status": "picklist",
        "Priority": "picklist",
        "Remind_At": "ALARM",
        "Closed_Time": "datetime",
    }
    mandatory = [n for n, f in fields.items() if f["system_mandatory"]]
    assert mandatory == ["Subject"]
    assert fields["Subject"]["length"] == 255
    assert fields["What_Id"]["lookup"]["module"] == {"api_name": "se_module"}
    assert fields["Who_Id"]["lookup"]["module"]["api_name"] == "Contacts"
    assert not fields["Closed_Time"]["operation_type"]["api_create"]


def test_events_have_the_fields_of_the_documents(api: Api) -> None:
    fields = fields_of(api, "Events")
    mandatory = {n for n, f in fields.items() if f["system_mandatory"]}
    assert mandatory == {
        "Event_Title",
        "Meeting_Venue__s",
        "Start_DateTime",
        "End_DateTime",
    }
    people = fields["Participants"]
    assert (people["data_type"], people["json_type"]) == ("bigint", "jsonarray")
    reminder = fields["Remind_At"]
    assert (reminder["data_type"], reminder["json_type"]) == (
        "multireminder",
        "jsonarray",
    )
    venue = fields["Meeting_Venue__s"]
    assert venue["default_value"] == "Client location"
    picks = [p["actual_value"] for p in venue["pick_list_values"]]
    assert picks == ["In-office", "Client location", "Online"]
    assert fields["All_day"]["default_value"] is False
    assert fields["Owner"]["field_label"] == "Host"
    assert "Locked__s" not in fields


def test_people_know_events_as_meetings(api: Api) -> None:
    (module,) = api.get("/settings/modules/Events").json()["modules"]
    assert (module["api_name"], module["plural_label"]) == ("Events", "Meetings")


@pytest.mark.parametrize(
    ("module", "item", "expected"),
    [
        ("Tasks", {"Status": "Completed"}, ("MANDATORY_NOT_FOUND", "Subject")),
        ("Tasks", task(Subject="x" * 256), ("INVALID_DATA", "Subject")),
        ("Tasks", task(Due_Date="02.03.2026"), ("INVALID_DATA", "Due_Date")),
        (
            "Tasks",
            task(Due_Date="2026-03-02T00:00:00+01:00"),
            ("INVALID_DATA", "Due_Date"),
        ),
        ("Tasks", task(Due_Date="2026-02-30"), ("INVALID_DATA", "Due_Date")),
        ("Events", event(Event_Title=None), ("MANDATORY_NOT_FOUND", "Event_Title")),
        (
            "Events",
            event(Start_DateTime=None),
            ("MANDATORY_NOT_FOUND", "Start_DateTime"),
        ),
        ("Events", event(Venue="x" * 256), ("INVALID_DATA", "Venue")),
        (
            "Events",
            event(Start_DateTime="2026-03-02 10:00"),
            ("INVALID_DATA", "Start_DateTime"),
        ),
        (
            "Events",
            event(Start_DateTime="2026-03-02T10:00:00.500+01:00"),
            ("INVALID_DATA", "Start_DateTime"),
        ),
        ("Events", event(All_day="yes"), ("INVALID_DATA", "All_day")),
    ],
)
def test_a_bad_value_is_refused_with_its_field(
    api: Api, module: str, item: dict[str, Any], expected: tuple[str, str]
) -> None:
    code, details = bad(api.insert(module, item))
    assert (code, details["api_name"]) == expected
    assert api.sim.records(module) == []


@pytest.mark.parametrize("module", MODULES)
def test_five_thousand_records_come_in_pages_by_token(module: str) -> None:
    with make() as sim:
        api = Api(sim)
        for n in range(5000):
            if module == "Tasks":
                sim.act.create_task(f"Task {n}", due="2026-03-02")
            else:
                sim.act.create_event(f"Event {n}", date(2026, 3, 2))
        path = f"/{module}?fields={LIST_FIELDS[module]}&per_page=200"
        seen: set[str] = set()
        target, pages = path, 0
        while True:
            body = api.get(target).json()
            seen |= {r["id"] for r in body["data"]}
            pages += 1
            if not body["info"]["more_records"]:
                break
            target = f"{path}&page_token={body['info']['next_page_token']}"
    assert (len(seen), pages) == (5000, 25)


# -- tasks -------------------------------------------------------------------------


def test_due_date_is_a_plain_date_in_every_zone(sim: ZohoSimulator) -> None:
    sim.act.add_user("kiri@fjordlicht.example", "Kiri", "Te", "Pacific/Auckland")
    key = Api(sim).made("Tasks", task(Due_Date="2026-03-02"))
    far = Api(sim, user="kiri@fjordlicht.example")
    assert far.read("Tasks", key)["Due_Date"] == "2026-03-02"
    far.changed("Tasks", key, Due_Date=None)
    assert far.read("Tasks", key)["Due_Date"] is None


def test_closed_time_is_set_when_a_task_is_completed_and_kept(api: Api) -> None:
    key = api.made("Tasks", task(Status="In Progress"))
    assert api.read("Tasks", key)["Closed_Time"] is None
    api.sim.clock.advance(minutes=5)
    api.changed("Tasks", key, Status="Completed")
    closed = "2026-01-15T10:35:00+01:00"
    assert api.read("Tasks", key)["Closed_Time"] == closed
    api.sim.clock.advance(minutes=5)
    api.changed("Tasks", key, Status="Completed", Description="again")
    assert api.read("Tasks", key)["Closed_Time"] == closed


def test_a_task_inserted_as_completed_is_closed_at_once(api: Api) -> None:
    key = api.made("Tasks", task(Status="Completed"))
    assert api.read("Tasks", key)["Closed_Time"] == "2026-01-15T10:30:00+01:00"


@pytest.mark.parametrize("empties", [True, False])
def test_reopening_a_task_empties_its_closed_time_or_leaves_it(empties: bool) -> None:
    with make(reopening_empties_closed_time=empties) as sim:
        api = Api(sim)
        key = api.made("Tasks", task(Status="Completed"))
        sim.act.reopen_task(key)
        assert (api.read("Tasks", key)["Closed_Time"] is None) is empties


@pytest.mark.parametrize("strict", [False, True])
def test_a_status_outside_the_list_is_taken_or_refused(strict: bool) -> None:
    with make(picklist="refuse" if strict else "accept") as sim:
        answer = Api(sim).insert("Tasks", task(Status="On the way"))
        if strict:
            code, details = bad(answer)
            assert (code, details["api_name"]) == ("INVALID_DATA", "Status")
            assert "Completed" in details["supported_values"]
        else:
            good(answer)
            assert sim.records("Tasks")[0]["Status"] == "On the way"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (
            "FREQ=NONE;ACTION=POPUP;TRIGGER=DATE-TIME:2026-07-18T12:45:00+05:30",
            "FREQ=NONE;ACTION=POPUP;TRIGGER=DATE-TIME:2026-07-18T09:15:00+02:00",
        ),
        ("ACTION=EMAIL;TRIGGER=-P1D;TRIGGER_TIME=22:52",) * 2,
        ("ACTION=EMAIL;TRIGGER=-P3W",) * 2,
    ],
)
def test_an_alarm_is_read_in_the_readers_offset(api: Api, sent: str, read: str) -> None:
    key = api.made("Tasks", task(Remind_At={"ALARM": sent}))
    assert api.read("Tasks", key)["Remind_At"] == {"ALARM": read}
    api.changed("Tasks", key, Remind_At=None)
    assert api.read("Tasks", key)["Remind_At"] is None


@pytest.mark.parametrize(
    "value",
    [
        "ACTION=EMAIL;TRIGGER=-P1D",
        [{"unit": 15, "period": "minutes"}],
        {"ALARM": "ACTION=SING;TRIGGER=-P1D"},
        {"ALARM": "ACTION=EMAIL;TRIGGER=-P7D"},
        {"ALARM": "ACTION=EMAIL;TRIGGER=-P1D;TRIGGER_TIME=25:00"},
        {"ALARM": "ACTION=EMAIL;TRIGGER=DATE-TIME:2026-07-18 12:45"},
        {"ALARM": "ACTION=EMAIL"},
        {"ALARM": ""},
    ],
)
def test_what_is_no_alarm_is_refused(api: Api, value: Any) -> None:
    code, details = bad(api.insert("Tasks", task(Remind_At=value)))
    assert (code, details["api_name"]) == ("INVALID_DATA", "Remind_At")
    assert details["expected_data_type"] == "jsonobject"


def test_a_task_is_about_a_record_of_the_module_that_se_module_names(
    api: Api,
) -> None:
    company = api.sim.act.create("Accounts", Account_Name="Holm KG")
    person = api.sim.act.create("Contacts", First_Name="Anna", Last_Name="Holm")
    about: dict[str, Any] = {"What_Id": {"id": int(company)}, "$se_module": "Accounts"}
    key = api.made("Tasks", task(Who_Id={"id": person}, **about))
    record = api.read("Tasks", key)
    assert record["What_Id"] == {"name": "Holm KG", "id": company}
    assert record["$se_module"] == "Accounts"
    assert record["Who_Id"] == {"name": "Anna Holm", "id": person}
    (row,) = api.get("/Tasks?fields=What_Id,$se_module").json()["data"]
    assert (row["What_Id"]["id"], row["$se_module"]) == (company, "Accounts")
    api.changed("Tasks", key, What_Id=None)
    record = api.read("Tasks", key)
    assert (record["What_Id"], record["$se_module"]) == (None, None)


def test_a_lead_is_a_what_id(api: Api) -> None:
    lead = api.sim.act.create("Leads", Last_Name="Lund")
    about: dict[str, Any] = {"What_Id": {"id": lead}, "$se_module": "Leads"}
    key = api.made("Events", event(**about))
    assert api.read("Events", key)["What_Id"]["name"] == "Lund"


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (None, ("MANDATORY_NOT_FOUND", "$se_module")),
        ("Nothing", ("INVALID_DATA", "$se_module")),
        ("Deals", ("INVALID_DATA", "What_Id")),
    ],
)
def test_what_id_is_refused_without_its_module(
    api: Api, module: str | None, expected: tuple[str, str]
) -> None:
    company = api.sim.act.create("Accounts", Account_Name="Holm KG")
    item = task(What_Id={"id": company}) | ({"$se_module": module} if module else {})
    code, details = bad(api.insert("Tasks", item))
    assert (code, details["api_name"]) == expected


def test_assignee_gets_a_mail_unless_the_write_says_no(api: Api) -> None:
    api.sim.act.add_user("ben@fjordlicht.example", "Ben", "Berg")
    ben = {"email": "ben@fjordlicht.example"}
    key = api.made("Tasks", task(Owner=ben))
    assert api.sim.log.mails == []
    api.made("Tasks", {"Subject": "No word about mail", "Owner": ben})
    api.changed("Tasks", key, Send_Notification_Email=True)
    mails = [(m["kind"], m["to"], m["operation"]) for m in api.sim.log.mails]
    assert mails == [
        ("assignment", "ben@fjordlicht.example", "create"),
        ("assignment", "ben@fjordlicht.example", "edit"),
    ]


def test_a_change_without_a_new_assignee_sends_no_mail(api: Api) -> None:
    api.sim.act.add_user("ben@fjordlicht.example", "Ben", "Berg")
    key = api.made("Tasks", task())
    api.changed("Tasks", key, Subject="Other")
    assert api.sim.log.mails == []
    api.changed("Tasks", key, Owner={"email": "ben@fjordlicht.example"})
    assert [m["kind"] for m in api.sim.log.mails] == ["assignment"]


def test_missing_word_about_the_assignees_mail_may_mean_no() -> None:
    with make(notify_assignee=False) as sim:
        Api(sim).made("Tasks", {"Subject": "Quiet"})
        assert sim.log.mails == []


# -- times of events ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [
        ("Europe/Berlin", "2026-01-20T10:00:00+01:00", "2026-07-20T11:00:00+02:00"),
        ("America/New_York", "2026-01-20T04:00:00-05:00", "2026-07-20T05:00:00-04:00"),
        ("Asia/Kolkata", "2026-01-20T14:30:00+05:30", "2026-07-20T14:30:00+05:30"),
    ],
)
def test_times_come_in_the_users_offset_of_that_date(
    sim: ZohoSimulator, zone: str, winter: str, summer: str
) -> None:
    sim.act.add_user("una@fjordlicht.example", "Una", "User", zone)
    api = Api(sim, user="una@fjordlicht.example")
    for month, expected in (("01", winter), ("07", summer)):
        start, end = (f"2026-{month}-20T{h}:00:00+00:00" for h in ("09", "10"))
        item = event(Start_DateTime=start, End_DateTime=end)
        key = api.made("Events", item)
        assert api.read("Events", key)["Start_DateTime"] == expected


def test_same_instant_prints_otherwise_after_the_user_moved(api: Api) -> None:
    key = api.made("Events", event())
    before = api.read("Events", key)
    api.sim.act.change_time_zone("integration@fjordlicht.example", "Asia/Tokyo")
    after = api.read("Events", key)
    assert before["Start_DateTime"] == "2026-03-02T10:00:00+01:00"
    assert after["Start_DateTime"] == "2026-03-02T18:00:00+09:00"


@pytest.mark.parametrize("clock", ["00:00:00", "23:59:59"])
def test_last_day_of_an_all_day_event_counts(clock: str) -> None:
    with make(all_day_end=clock) as sim:
        api = Api(sim)
        item = all_day("2026-03-02T00:00:00+01:00", "2026-03-03T00:00:00+01:00")
        record = api.read("Events", api.made("Events", item))
        assert record["All_day"] is True
        assert record["Start_DateTime"] == "2026-03-02T00:00:00+01:00"
        assert record["End_DateTime"] == f"2026-03-03T{clock}+01:00"


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Sao_Paulo"])
def test_an_all_day_event_is_on_the_same_date_for_everybody(zone: str) -> None:
    with make() as sim:
        sim.act.add_user("far@fjordlicht.example", "Far", "Away", zone)
        day = "2026-07-02T00:00:00+02:00"
        key = Api(sim).made("Events", all_day(day, day))
        record = Api(sim, user="far@fjordlicht.example").read("Events", key)
        assert record["Start_DateTime"].startswith("2026-07-02T00:00:00")
        assert record["End_DateTime"].startswith("2026-07-02T00:00:00")
        (row,) = sim.records("Events")
        assert (row["Start_DateTime"], row["End_DateTime"]) == ("2026-07-02",) * 2


def test_the_date_of_an_all_day_event_is_that_of_the_offset_sent(api: Api) -> None:
    day = "2026-03-02T00:00:00+13:00"
    record = api.read("Events", api.made("Events", all_day(day, day)))
    assert record["Start_DateTime"] == "2026-03-02T00:00:00+01:00"


def test_an_event_becomes_all_day_and_timed_again(api: Api) -> None:
    key = api.made("Events", event())
    api.changed("Events", key, All_day=True)
    record = api.read("Events", key)
    assert record["Start_DateTime"] == record["End_DateTime"]
    assert record["Start_DateTime"] == "2026-03-02T00:00:00+01:00"
    times = {k: event()[k] for k in ("Start_DateTime", "End_DateTime")}
    api.changed("Events", key, All_day=False, **times)
    record = api.read("Events", key)
    assert record["All_day"] is False
    assert record["End_DateTime"] == "2026-03-02T11:00:00+01:00"


ENDS = {
    "before": "2026-03-02T09:59:59+01:00",
    "equal": "2026-03-02T09:00:00+00:00",
    "after": "2026-03-02T10:00:01+01:00",
}


@pytest.mark.parametrize(
    ("rule", "end", "taken"),
    [
        ("after", "before", False),
        ("after", "equal", False),
        ("after", "after", True),
        ("not_before", "before", False),
        ("not_before", "equal", True),
    ],
)
def test_an_event_ends_after_its_start(rule: str, end: str, taken: bool) -> None:
    with make(end_rule=rule) as sim:
        api = Api(sim)
        answer = api.insert("Events", event(End_DateTime=ENDS[end]))
        assert (answer.status_code == 201) is taken
        if not taken:
            code, details = bad(answer)
            assert (code, details["api_name"]) == ("INVALID_DATA", "End_DateTime")
            key = api.made("Events", event())
            moved = {"id": key, "Start_DateTime": "2026-03-02T12:00:00+01:00"}
            assert bad(api.update("Events", moved))[0] == "INVALID_DATA"


def test_a_days_last_day_is_not_before_its_first(api: Api) -> None:
    item = all_day("2026-03-02T00:00:00+01:00", "2026-03-01T23:59:59+01:00")
    assert bad(api.insert("Events", item))[0] == "INVALID_DATA"


@pytest.mark.parametrize("venue", ["mandatory", "optional", "absent"])
def test_a_meetings_venue_is_mandatory_where_the_organisation_has_it(
    venue: str,
) -> None:
    item = event()
    del item["Meeting_Venue__s"]
    with make(meeting_venue=venue) as sim:
        api = Api(sim)
        answer = api.insert("Events", item)
        if venue == "mandatory":
            code, details = bad(answer)
            assert code == "MANDATORY_NOT_FOUND"
            assert details["api_name"] == "Meeting_Venue__s"
            return
        record = api.read("Events", str(good(answer)["id"]))
        if venue == "optional":
            assert record["Meeting_Venue__s"] == "Client location"
        else:
            assert "Meeting_Venue__s" not in record
            assert "Meeting_Venue__s" not in fields_of(api, "Events")


def test_a_picklists_default_may_stay_out_of_an_insert() -> None:
    item = event()
    del item["Meeting_Venue__s"]
    with make(meeting_venue="optional", picklist_defaults=False) as sim:
        api = Api(sim)
        record = api.read("Events", api.made("Events", item))
        assert record["Meeting_Venue__s"] is None


# -- reminders of events -----------------------------------------------------------


def test_reminders_of_an_event_come_back_as_written(api: Api) -> None:
    rows = [
        {"unit": 15, "period": "minutes"},
        {"unit": 1, "period": "days", "time": "10.30"},
    ]
    key = api.made("Events", event(Remind_At=rows, Remind_Participants=rows[:1]))
    record = api.read("Events", key)
    assert record["Remind_At"] == rows
    assert record["Remind_Participants"] == rows[:1]
    api.changed("Events", key, Remind_At=[], Remind_Participants=None)
    record = api.read("Events", key)
    assert (record["Remind_At"], record["Remind_Participants"]) == (None, None)


@pytest.mark.parametrize(
    "value",
    [
        {"ALARM": "ACTION=EMAIL;TRIGGER=-P1D"},
        "2026-03-02T09:45:00+01:00",
        [{"unit": 15, "period": "years"}],
        [{"unit": "15", "period": "minutes"}],
        [{"unit": -5, "period": "minutes"}],
        [{"unit": 5, "period": "minutes", "time": "10.30"}],
        [{"period": "minutes"}],
    ],
)
def test_what_is_no_reminder_is_refused(api: Api, value: Any) -> None:
    code, details = bad(api.insert("Events", event(Remind_At=value)))
    assert (code, details["api_name"]) == ("INVALID_DATA", "Remind_At")


def test_an_older_organisation_reminds_at_one_instant() -> None:
    with make(event_reminder="event_reminder") as sim:
        api = Api(sim)
        field = fields_of(api, "Events")["Remind_At"]
        assert (field["data_type"], field["json_type"]) == ("event_reminder", "string")
        key = api.made("Events", event(Remind_At="2026-03-02T08:45:00+00:00"))
        assert api.read("Events", key)["Remind_At"] == "2026-03-02T09:45:00+01:00"
        rows = [{"unit": 15, "period": "minutes"}]
        assert bad(api.insert("Events", event(Remind_At=rows)))[0] == "INVALID_DATA"


# -- participants ------------------------------------------------------------------


def people(api: Api) -> dict[str, str]:
    """A contact, a lead and a user by the name of their type."""
    act = api.sim.act
    return {
        "contact": act.create(
            "Contacts", First_Name="Anna", Last_Name="Holm", Email="anna@holm.example"
        ),
        "lead": act.create("Leads", Last_Name="Lund", Email="lund@lund.example"),
        "user": act.add_user("ben@fjordlicht.example", "Ben", "Berg"),
    }


def test_participants_are_read_with_name_address_and_row_id(api: Api) -> None:
    known = people(api)
    rows = [{"type": k, "participant": v} for k, v in known.items()]
    key = api.made("Events", event(Participants=rows))
    read = api.read("Events", key)["Participants"]
    assert [(r["type"], r["participant"]) for r in read] == list(known.items())
    assert [(r["name"], r["Email"]) for r in read] == [
        ("Anna Holm", "anna@holm.example"),
        ("Lund", "lund@lund.example"),
        ("Ben Berg", "ben@fjordlicht.example"),
    ]
    assert {(r["invited"], r["status"]) for r in read} == {(False, "not_known")}
    assert len({r["id"] for r in read}) == 3


@pytest.mark.parametrize("key", ["Email", "participant"])
def test_an_address_is_taken_in_both_write_forms(api: Api, key: str) -> None:
    rows = [{"type": "email", key: "pia@zylker.example"}]
    found = api.read("Events", api.made("Events", event(Participants=rows)))
    (row,) = found["Participants"]
    assert (row["type"], row["participant"]) == ("email", "pia@zylker.example")
    assert row["Email"] == "pia@zylker.example"


def test_an_address_may_be_read_without_the_key_email() -> None:
    with make(email_participant="bare") as sim:
        api = Api(sim)
        rows = [{"type": "email", "Email": "pia@zylker.example"}]
        found = api.read("Events", api.made("Events", event(Participants=rows)))
        (row,) = found["Participants"]
        assert (row["participant"], row["Email"]) == ("pia@zylker.example", None)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("anna@holm.example", ("INVALID_DATA", "Participants")),
        ({"participant": "1"}, ("MANDATORY_NOT_FOUND", "type")),
        ({"type": "robot", "participant": "1"}, ("INVALID_DATA", "type")),
        ({"type": "contact", "participant": "1"}, ("INVALID_DATA", "participant")),
        ({"type": "user", "participant": None}, ("INVALID_DATA", "participant")),
        ({"type": "email", "Email": "no address"}, ("INVALID_DATA", "Email")),
        ({"type": "email"}, ("INVALID_DATA", "Email")),
    ],
)
def test_a_participant_nobody_knows_is_refused(
    api: Api, row: Any, expected: tuple[str, str]
) -> None:
    code, details = bad(api.insert("Events", event(Participants=[row])))
    assert (code, details["api_name"]) == expected
    assert details["json_path"].startswith("$.data[0].Participants[0]")


def addresses(count: int, start: int = 0) -> list[dict[str, str]]:
    span = range(start, start + count)
    return [{"type": "email", "Email": f"p{n}@zylker.example"} for n in span]


def test_an_event_has_fifty_participants_at_most(api: Api) -> None:
    api.made("Events", event(Participants=addresses(50)))
    code, details = bad(api.insert("Events", event(Participants=addresses(51))))
    assert (code, details["limit"]) == ("LIMIT_EXCEEDED", 50)


def test_participants_of_an_update_replace_those_before(api: Api) -> None:
    key = api.made("Events", event(Participants=addresses(2)))
    before = api.read("Events", key)["Participants"]
    quiet = {"$send_notification": False}
    api.changed("Events", key, Participants=addresses(2, start=1), **quiet)
    after = api.read("Events", key)["Participants"]
    assert [r["participant"] for r in after] == [
        "p1@zylker.example",
        "p2@zylker.example",
    ]
    assert after[0] == before[1]
    api.changed("Events", key, Participants=[])
    assert api.read("Events", key)["Participants"] == []


@pytest.mark.parametrize(("way", "expected"), [("list", []), ("null", None)])
def test_an_event_without_participants_has_an_empty_list_or_null(
    way: str, expected: Any
) -> None:
    with make(empty_participants=way) as sim:
        key = sim.act.create_event("Alone", "2026-03-02")
        assert Api(sim).read("Events", key)["Participants"] == expected


def test_participants_of_an_update_may_join_those_before() -> None:
    with make(participants_update="merge") as sim:
        api = Api(sim)
        key = api.made("Events", event(Participants=addresses(2)))
        api.changed("Events", key, Participants=addresses(2, start=1))
        rows = api.read("Events", key)["Participants"]
        assert [r["participant"][:2] for r in rows] == ["p0", "p1", "p2"]
        more = {"id": key, "Participants": addresses(48, start=10)}
        assert bad(api.update("Events", more))[0] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize("listed", [True, False])
def test_a_list_has_participants_or_only_the_single_record_has(listed: bool) -> None:
    with make(participants_in_list=listed) as sim:
        api = Api(sim)
        key = api.made("Events", event(Participants=addresses(1)))
        for path in (f"/Events?ids={key}&", "/Events?"):
            (row,) = api.get(f"{path}fields=Event_Title,Participants").json()["data"]
            assert ("Participants" in row) is listed
        single = api.read("Events", key, "?fields=Participants")
        assert len(single["Participants"]) == 1


def test_a_participant_shows_the_contact_as_it_is_now(api: Api) -> None:
    known = people(api)
    rows = [{"type": "contact", "participant": known["contact"]}]
    key = api.made("Events", event(Participants=rows))
    api.sim.act.edit("Contacts", known["contact"], Email="anna@new.example")
    assert api.read("Events", key)["Participants"][0]["Email"] == "anna@new.example"
    api.sim.act.delete("Contacts", known["contact"])
    assert api.read("Events", key)["Participants"][0]["name"] == "Anna Holm"


def test_participants_sent_back_as_read_change_nothing(api: Api) -> None:
    known = people(api)
    rows = [{"type": k, "participant": v} for k, v in known.items()]
    key = api.made("Events", event(Participants=[*rows, *addresses(1)]))
    read = api.read("Events", key)["Participants"]
    api.changed("Events", key, Participants=read, **{"$send_notification": False})
    assert api.read("Events", key)["Participants"] == read


# -- mails, answers, cancelling ----------------------------------------------------


@pytest.mark.parametrize(
    ("default", "word", "told"),
    [
        (True, {}, True),
        (True, {"$send_notification": True}, True),
        (True, {"$send_notification": False}, False),
        (False, {}, False),
        (False, {"$send_notification": True}, True),
    ],
)
def test_participants_get_invitations_unless_the_write_says_no(
    default: bool, word: dict[str, bool], told: bool
) -> None:
    item = event(Participants=addresses(2))
    del item["$send_notification"]
    with make(send_notification=default) as sim:
        api = Api(sim)
        key = api.made("Events", {**item, **word})
        expected = [f"p{n}@zylker.example" for n in range(2)] if told else []
        assert [m["to"] for m in sim.log.mails] == expected
        assert {m["kind"] for m in sim.log.mails} <= {"invitation"}
        rows = api.read("Events", key)["Participants"]
        assert {r["invited"] for r in rows} == {told}


def test_a_change_invites_again_unless_the_write_says_no(api: Api) -> None:
    key = api.made("Events", event(Participants=addresses(1)))
    api.changed("Events", key, Venue="Room 1", **{"$send_notification": False})
    assert api.sim.log.mails == []
    api.changed("Events", key, Venue="Room 2")
    assert [m["operation"] for m in api.sim.log.mails] == ["edit"]


def test_an_event_without_participants_sends_no_invitations(api: Api) -> None:
    api.made("Events", {k: v for k, v in event().items() if k[0] != "$"})
    assert api.sim.log.mails == []


def test_an_answer_of_a_participant_shows_as_status(api: Api) -> None:
    key = api.made("Events", event(Participants=addresses(1)))
    api.sim.act.respond(key, "p0@zylker.example", "attending")
    (row,) = api.read("Events", key)["Participants"]
    assert row["status"] == "attending"


def cancel(api: Api, key: str, **body: Any) -> requests.Response:
    path = f"/Events/{key}/actions/cancel"
    return api("POST", path, json={"data": [body]})


@pytest.mark.parametrize("mail", [True, False])
def test_an_invited_event_can_be_cancelled_once(api: Api, mail: bool) -> None:
    key = api.made("Events", event(Participants=addresses(1)))
    api.sim.act.invite(key)
    assert api.read("Events", key, "?fields=$event_cancelled")["$event_cancelled"] is (
        False
    )
    api.sim.clock.advance(seconds=30)
    answer = cancel(api, key, send_cancelling_mail=mail)
    assert good(answer) == {"id": key}
    record = api.read("Events", key, "?fields=$event_cancelled,Modified_Time")
    assert record["$event_cancelled"] is True
    assert record["Modified_Time"] == "2026-01-15T10:30:30+01:00"
    assert [m["kind"] for m in api.sim.log.mails] == ["cancellation"] * mail
    assert bad(cancel(api, key, send_cancelling_mail=False))[0] == "NOT_ALLOWED"


def test_event_cancelled_comes_only_when_asked_for(api: Api) -> None:
    key = api.sim.act.create_event("Gone", "2026-03-02")
    api.sim.act.cancel_event(key)
    assert "$event_cancelled" not in api.read("Events", key)
    (row,) = api.get("/Events?fields=$event_cancelled").json()["data"]
    assert row["$event_cancelled"] is True


def test_cancelling_needs_invitations_a_future_end_and_its_word(api: Api) -> None:
    key = api.made("Events", event(Participants=addresses(1)))
    assert bad(cancel(api, key, send_cancelling_mail=False))[0] == "NOT_ALLOWED"
    api.sim.act.invite(key)
    assert bad(cancel(api, key))[0] == "MANDATORY_NOT_FOUND"
    api.sim.clock.advance(days=60)
    late = Api(api.sim)
    assert bad(cancel(late, key, send_cancelling_mail=False))[0] == "NOT_ALLOWED"


def test_only_events_are_cancelled(api: Api) -> None:
    key = api.made("Tasks", task())
    answer = api("POST", f"/Tasks/{key}/actions/cancel", json={"data": [{}]})
    assert answer.status_code == 404


# -- repeating ---------------------------------------------------------------------

DAILY = {"RRULE": "FREQ=DAILY;INTERVAL=1;DTSTART=2026-03-27;UNTIL=2026-03-30"}
REMINDER = [{"unit": 15, "period": "minutes"}]


def ids_of(answer: requests.Response) -> list[str]:
    assert answer.status_code == 201, answer.text
    return [item["details"]["id"] for item in answer.json()["data"]]


def test_a_repeating_event_answers_one_item_an_occurrence_by_wall_clock(
    api: Api,
) -> None:
    item = event(
        Start_DateTime="2026-03-27T10:00:00+01:00",
        End_DateTime="2026-03-27T11:30:00+01:00",
        Recurring_Activity=DAILY,
        Remind_At=REMINDER,
        Participants=addresses(1),
    )
    ids = ids_of(api.insert("Events", item))
    records = [api.read("Events", key) for key in ids]
    # Summer time begins on the 29th.
    assert [r["Start_DateTime"] for r in records] == [
        "2026-03-27T10:00:00+01:00",
        "2026-03-28T10:00:00+01:00",
        "2026-03-29T10:00:00+02:00",
        "2026-03-30T10:00:00+02:00",
    ]
    assert records[3]["End_DateTime"] == "2026-03-30T11:30:00+02:00"
    assert {r["Recurring_Activity"]["RRULE"] for r in records} == {DAILY["RRULE"]}
    assert len({r["Participants"][0]["id"] for r in records}) == 4


def test_a_repeating_all_day_event_keeps_its_length(api: Api) -> None:
    rule = {"RRULE": "FREQ=WEEKLY;INTERVAL=2;UNTIL=2026-04-01;DTSTART=2026-03-02"}
    item = all_day(
        "2026-03-02T00:00:00+01:00",
        "2026-03-03T00:00:00+01:00",
        Recurring_Activity=rule,
        Remind_At=REMINDER,
    )
    ids_of(api.insert("Events", item))
    rows = api.sim.records("Events")
    assert [(r["Start_DateTime"], r["End_DateTime"]) for r in rows] == [
        ("2026-03-02", "2026-03-03"),
        ("2026-03-16", "2026-03-17"),
        ("2026-03-30", "2026-03-31"),
    ]


def test_a_repeating_task_is_due_on_each_day_of_its_rule(api: Api) -> None:
    ids = ids_of(api.insert("Tasks", task(Recurring_Activity=DAILY)))
    due = [api.read("Tasks", key)["Due_Date"] for key in ids]
    assert due == ["2026-03-27", "2026-03-28", "2026-03-29", "2026-03-30"]


def test_items_of_a_batch_with_a_repeating_record_are_more_than_it_has(
    api: Api,
) -> None:
    answer = api.insert("Tasks", task("A"), task("B", Recurring_Activity=DAILY), {})
    assert answer.status_code == 207
    assert len(answer.json()["data"]) == 6
    assert [r["Subject"] for r in api.sim.records("Tasks")] == ["A", *"BBBB"]


def test_an_occurrence_is_changed_and_deleted_alone(api: Api) -> None:
    one, two, *_ = ids_of(api.insert("Tasks", task(Recurring_Activity=DAILY)))
    api.changed("Tasks", one, Subject="Alone")
    good(api("DELETE", f"/Tasks/{two}"))
    subjects = [r["Subject"] for r in api.sim.records("Tasks")]
    assert subjects == ["Alone", "Call Anna", "Call Anna"]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("way", ["ignore", "refuse"])
def test_a_repeat_rule_on_update_is_ignored_or_refused(module: str, way: str) -> None:
    with make(recurring_update=way) as sim:
        api = Api(sim)
        key = api.made(module, NEW[module]())
        answer = api.update(module, {"id": key, "Recurring_Activity": DAILY})
        if way == "refuse":
            code, details = bad(answer)
            assert (code, details["api_name"]) == ("INVALID_DATA", "Recurring_Activity")
        else:
            good(answer)
        assert [r["Recurring_Activity"] for r in sim.records(module)] == [None]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;DTSTART=2026-03-27;UNTIL=2026-03-30",
        {"RRULE": "INTERVAL=1;DTSTART=2026-03-27;UNTIL=2026-03-30"},
        {"RRULE": "FREQ=HOURLY;DTSTART=2026-03-27;UNTIL=2026-03-30"},
        {"RRULE": "FREQ=DAILY;DTSTART=27.03.2026;UNTIL=2026-03-30"},
        {"RRULE": "FREQ=DAILY;DTSTART=2026-03-27"},
        {"RRULE": "FREQ=DAILY;DTSTART=2026-03-27;UNTIL=2026-03-26"},
        {"RRULE": "FREQ=DAILY;INTERVAL=0;DTSTART=2026-03-27;UNTIL=2026-03-30"},
        {"RRULE": "FREQ=DAILY;INTERVAL=x;DTSTART=2026-03-27;UNTIL=2026-03-30"},
        {"RRULE": "FREQ=DAILY;UNTIL=2026-03-30"},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(api: Api, rule: Any) -> None:
    code, details = bad(api.insert("Tasks", task(Recurring_Activity=rule)))
    assert (code, details["api_name"]) == ("INVALID_DATA", "Recurring_Activity")
    assert api.sim.records("Tasks") == []


def test_a_rule_that_makes_too_many_is_refused(api: Api) -> None:
    rule = {"RRULE": "FREQ=DAILY;DTSTART=2026-01-01;UNTIL=2036-01-01"}
    code, details = bad(api.insert("Tasks", task(Recurring_Activity=rule)))
    assert (code, details["limit"]) == ("LIMIT_EXCEEDED", 500)


def test_excluded_dates_make_no_record(api: Api) -> None:
    rule = {**DAILY, "EXDATE": "2026-03-28,2026-03-30"}
    ids_of(api.insert("Tasks", task(Recurring_Activity=rule)))
    due = [r["Due_Date"] for r in api.sim.records("Tasks")]
    assert due == ["2026-03-27", "2026-03-29"]


@pytest.mark.parametrize("needed", [True, False])
def test_a_repeating_event_needs_a_reminder(needed: bool) -> None:
    with make(recurring_needs_reminder=needed) as sim:
        answer = Api(sim).insert("Events", event(Recurring_Activity=DAILY))
        if needed:
            code, details = bad(answer)
            assert (code, details["api_name"]) == ("MANDATORY_NOT_FOUND", "Remind_At")
        else:
            assert len(ids_of(answer)) == 4


# -- COQL and search ---------------------------------------------------------------


def found_by(api: Api, query: str) -> list[str]:
    answer = api.coql(query)
    if answer.status_code == 204:
        return []
    assert answer.status_code == 200, answer.text
    return [r["Event_Title"] for r in answer.json()["data"]]


def test_coql_compares_times_of_events(api: Api) -> None:
    for hour in (8, 9, 10):
        start = datetime(2026, 3, 2, hour, tzinfo=UTC)
        api.sim.act.create_event(f"At {hour}", start)
    api.sim.act.create_event("All day", date(2026, 3, 2))
    base = "select Event_Title from Events where"
    late = f"{base} Start_DateTime >= '2026-03-02T10:00:00+01:00'"
    assert found_by(api, late) == ["At 9", "At 10"]
    # An all-day event begins at midnight of the user's zone.
    early = f"{base} Start_DateTime <= '2026-03-01T23:00:00+00:00'"
    assert found_by(api, early) == ["All day"]
    window = (
        f"{base} Start_DateTime < '2026-03-02T09:30:00+00:00'"
        " and End_DateTime > '2026-03-02T09:00:00+00:00'"
    )
    assert found_by(api, window) == ["At 9"]
    assert found_by(api, f"{base} All_day = true") == ["All day"]


def test_coql_answers_times_in_the_users_offset(api: Api) -> None:
    api.sim.act.create_event("Day", date(2026, 7, 2))
    query = "select Start_DateTime, Who_Id from Events where id is not null"
    (row,) = api.coql(query).json()["data"]
    assert row["Start_DateTime"] == "2026-07-02T00:00:00+02:00"


def test_coql_selects_tasks_by_owner_status_and_due_date(api: Api) -> None:
    ben = api.sim.act.add_user("ben@fjordlicht.example", "Ben", "Berg")
    api.sim.act.create_task("Mine", due="2026-03-01")
    api.sim.act.create_task("Early", due="2026-03-01", owner=ben)
    late = api.sim.act.create_task("Late", due=date(2026, 3, 9), owner=ben)
    api.sim.act.complete_task(late)
    query = f"select id, Closed_Time from Tasks where (Owner = '{ben}' and id > '0')"
    answer = api.coql(f"{query} and Due_Date > '2026-03-02'")
    (row,) = answer.json()["data"]
    assert row["id"] == late
    assert row["Closed_Time"] == "2026-01-15T10:30:00+01:00"
    (row,) = api.coql(f"{query} and Status = 'Not Started'").json()["data"]
    assert row["Closed_Time"] is None


@pytest.mark.parametrize("name", ["Participants", "Remind_At", "Recurring_Activity"])
def test_coql_lacks_what_is_no_plain_value(api: Api, name: str) -> None:
    answer = api.coql(f"select {name} from Events where id is not null")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_QUERY")


def test_search_finds_an_event_by_its_title_once_indexed(api: Api) -> None:
    key = api.made("Events", event("Budget 2027", Participants=addresses(1)))
    path = "/Events/search?criteria=(Event_Title:starts_with:Budget)&fields=id"
    assert api.get(path).status_code == 204
    api.sim.clock.advance(seconds=61)
    assert api.get(path).json()["data"] == [{"id": key}]


# -- people at the screens ---------------------------------------------------------


def test_a_person_completes_and_reopens_a_task(api: Api) -> None:
    key = api.sim.act.create_task("Call", due="2026-03-02", Priority="High")
    assert api.read("Tasks", key)["Status"] == "Not Started"
    api.sim.act.complete_task(key)
    assert api.read("Tasks", key)["Closed_Time"] is not None
    api.sim.act.reopen_task(key, "In Progress")
    record = api.read("Tasks", key)
    assert (record["Status"], record["Closed_Time"]) == ("In Progress", None)


def test_a_person_moves_an_event_and_it_keeps_its_length(api: Api) -> None:
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    key = api.sim.act.create_event("Kick-off", start, start.replace(hour=11))
    api.sim.act.move_event(key, "2026-03-04T08:00:00+00:00")
    record = api.read("Events", key)
    assert record["End_DateTime"] == "2026-03-04T11:00:00+01:00"
    day = api.sim.act.create_event("Fair", date(2026, 3, 2), date(2026, 3, 4))
    api.sim.act.move_event(day, date(2026, 4, 1))
    rows = {r["id"]: r for r in api.sim.records("Events")}
    assert rows[day]["End_DateTime"] == "2026-04-03"


def test_a_person_turns_an_event_into_an_all_day_one(api: Api) -> None:
    key = api.sim.act.create_event("Fair", "2026-03-02T09:00:00+00:00")
    api.sim.act.edit(
        "Events", key, Start_DateTime="2026-03-02", End_DateTime="2026-03-03"
    )
    record = api.read("Events", key)
    assert record["All_day"] is True
    assert record["End_DateTime"] == "2026-03-03T00:00:00+01:00"


def test_a_person_cannot_save_an_event_that_ends_too_early(api: Api) -> None:
    with pytest.raises(ValueError, match="ends before"):
        api.sim.act.create_event("No", date(2026, 3, 2), date(2026, 3, 1))
    assert api.sim.records("Events") == []


def test_a_person_names_participants_by_id_or_address(api: Api) -> None:
    known = people(api)
    named: list[Any] = [
        *known.values(),
        {"Email": "pia@zylker.example", "invited": True},
    ]
    key = api.sim.act.create_event("All", "2026-03-02", participants=named)
    rows = api.read("Events", key)["Participants"]
    assert [r["type"] for r in rows] == [*known, "email"]
    assert [r["invited"] for r in rows] == [False, False, False, True]


def test_who_stays_invited_when_a_person_edits_keeps_the_answer(api: Api) -> None:
    key = api.sim.act.create_event(
        "All", "2026-03-02", participants=["a@zylker.example", "b@zylker.example"]
    )
    api.sim.act.respond(key, "a@zylker.example", "attending")
    named = ["A@zylker.example", "c@zylker.example"]
    api.sim.act.edit("Events", key, Participants=named)
    rows = api.read("Events", key)["Participants"]
    assert [(r["participant"], r["status"]) for r in rows] == [
        ("a@zylker.example", "attending"),
        ("c@zylker.example", "not_known"),
    ]
    api.sim.act.edit("Events", key, Participants=[])
    assert api.read("Events", key)["Participants"] == []


def test_people_act_over_the_control_path_too(api: Api) -> None:
    control = ControlClient(api.sim.url)
    key = control.act(
        "create_event",
        title="Fair",
        start="2026-03-02T09:00:00+00:00",
        participants=["a@zylker.example"],
    )
    control.act("move_event", record_id=key, start="2026-03-03T09:00:00+00:00")
    record = api.read("Events", key)
    assert record["End_DateTime"] == "2026-03-03T11:00:00+01:00"
    done = control.act("create_task", subject="Call", due="2026-03-02")
    control.act("complete_task", record_id=done)
    assert api.read("Tasks", done)["Status"] == "Completed"


@pytest.mark.parametrize("kind", ["multireminder", "event_reminder"])
def test_a_person_makes_a_series(kind: str) -> None:
    rule = "FREQ=DAILY;INTERVAL=1;DTSTART=2026-03-27;UNTIL=2026-03-30"
    with make(event_reminder=kind) as sim:
        start = datetime(2026, 3, 27, 9, tzinfo=UTC)
        ids = sim.act.create_series(
            "Events",
            rule,
            Event_Title="Stand-up",
            Start_DateTime=start,
            End_DateTime=start.replace(minute=15),
        )
        assert len(ids) == 4
        starts = [r["Start_DateTime"] for r in sim.records("Events")]
        assert starts[-1] == "2026-03-30T08:00:00+00:00"
        assert len(sim.act.create_series("Tasks", rule, Subject="Report")) == 4


def test_an_event_of_an_organisation_without_venues_has_none() -> None:
    with make(meeting_venue="absent") as sim:
        key = sim.act.create_event("Plain", "2026-03-02")
        assert "Meeting_Venue__s" not in Api(sim).read("Events", key)


def test_records_can_be_looked_at_without_changing_them(api: Api) -> None:
    key = api.made("Events", event(Participants=addresses(1), Remind_At=REMINDER))
    (row,) = api.sim.records("Events")
    row["Participants"][0]["status"] = "spoiled"
    row["Remind_At"].clear()
    record = api.read("Events", key)
    assert record["Participants"][0]["status"] == "not_known"
    assert record["Remind_At"] == REMINDER


def test_dump_is_plain_json(api: Api) -> None:
    company = api.sim.act.create("Accounts", Account_Name="Holm KG")
    api.sim.act.create_task(
        "Call", due="2026-03-02", What_Id=company, Remind_At="ACTION=EMAIL;TRIGGER=-P1D"
    )
    api.sim.act.create_event("Fair", "2026-03-02", participants=["a@b.example"])
    text = json.dumps(api.sim.dump())
    assert '"$se_module": "Accounts"' in text
    assert '"ALARM": "ACTION=EMAIL;TRIGGER=-P1D"' in text
