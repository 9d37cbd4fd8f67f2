"""Tasks and Events as tables, and what the CRM derives in them (3.2, 3.3)."""

from __future__ import annotations

from typing import Any

from .fields import FieldDef, ModuleDef, read_only, system_fields
from .knobs import Knobs

# Modules that What_Id may point to, as far as this organisation has them.
SE_MODULES = ("Accounts", "Deals", "Leads", "Vendors")
CLOSED = "Completed"
START, END, ALL_DAY = "Start_DateTime", "End_DateTime", "All_day"
VENUES = ["In-office", "Client location", "Online"]


def _about(contact_label: str) -> list[FieldDef]:
    return [
        FieldDef("Who_Id", "lookup", label=contact_label, lookup="Contacts"),
        FieldDef("What_Id", "lookup", label="Related To", lookup="se_module"),
        FieldDef("Recurring_Activity", "RRULE", label="Repeat", update=False),
    ]


def tasks() -> ModuleDef:
    """Tasks: a due date without a time, one reminder as an ALARM."""
    fields = [
        FieldDef("Subject", mandatory=True),
        FieldDef("Due_Date", "date"),
        FieldDef(
            "Status",
            "picklist",
            picks=[
                "Not Started",
                "Deferred",
                "In Progress",
                CLOSED,
                "Waiting for input",
            ],
        ),
        FieldDef(
            "Priority",
            "picklist",
            picks=["High", "Highest", "Low", "Lowest", "Normal"],
        ),
        *_about("Contact Name"),
        FieldDef("Remind_At", "ALARM", label="Reminder"),
        FieldDef("Send_Notification_Email", "boolean", default=False),
        read_only("Closed_Time", "datetime"),
        *system_fields(),
    ]
    return ModuleDef(
        "Tasks",
        "Task",
        "Tasks",
        "Subject",
        {f.api_name: f for f in fields},
        upsert=False,
        derive=closed_time,
    )


def events(knobs: Knobs) -> ModuleDef:
    """Events, shown to people as Meetings."""
    fields = [
        FieldDef("Event_Title", label="Title", mandatory=True),
        FieldDef("Venue", label="Location"),
        FieldDef("Meeting_Provider__s", "picklist", label="Provider"),
        FieldDef(ALL_DAY, "boolean", label="All day", default=False),
        FieldDef(START, "datetime", label="From", mandatory=True),
        FieldDef(END, "datetime", label="To", mandatory=True),
        FieldDef("Participants", "bigint", 120, json_type="jsonarray"),
        *_about("Contact Name"),
        FieldDef("Remind_At", knobs.event_reminder, label="Reminder"),
        FieldDef("Remind_Participants", "multireminder", label="Participants Reminder"),
        *(
            read_only(f"Check_In_{part}", "text", length=255)
            for part in (
                "Comment",
                "Address",
                "Sub_Locality",
                "City",
                "State",
                "Country",
                "Status",
            )
        ),
        read_only("Check_In_Time", "datetime"),
        read_only("Check_In_By", "ownerlookup"),
        read_only("Latitude", "double"),
        read_only("Longitude", "double"),
        read_only("ZIP_Code", "text"),
        *(f for f in system_fields() if f.api_name != "Locked__s"),
    ]
    if knobs.meeting_venue != "absent":
        venue = FieldDef(
            "Meeting_Venue__s",
            "picklist",
            label="Meeting Venue",
            picks=list(VENUES),
            mandatory=knobs.meeting_venue == "mandatory",
            required=knobs.meeting_venue == "mandatory",
            default="Client location",
        )
        fields.insert(1, venue)
    module = ModuleDef(
        "Events",
        "Meeting",
        "Meetings",
        "Event_Title",
        {f.api_name: f for f in fields},
        upsert=False,
    )
    module.fields["Owner"].label = "Host"
    return module


def closed_time(
    knobs: Knobs, old: dict[str, Any], changes: dict[str, Any], now: int
) -> dict[str, Any]:
    """Closed_Time follows Status (3.2)."""
    if "Status" not in changes:
        return changes
    closed = changes["Status"] == CLOSED
    if closed and old.get("Status") != CLOSED:
        return {**changes, "Closed_Time": now}
    if not closed and knobs.reopening_empties_closed_time:
        return {**changes, "Closed_Time": None}
    return changes
