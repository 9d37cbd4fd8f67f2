"""The golden calendar: what both sides show, zone by zone (see ``golden``)."""

from __future__ import annotations

from typing import Any

import pytest

from .golden import ADA, Case, Stage, notes, play, zoho

SAO, NEW, AUCK, UTC_ = (
    "America/Sao_Paulo",
    "America/New_York",
    "Pacific/Auckland",
    "UTC",
)
#: the same day everywhere
EVERYWHERE = dict.fromkeys((SAO, NEW, AUCK, UTC_), "2026-03-02")
BERLIN = {"Europe/Berlin": "2026-03-02"}
#: nights in which clocks go forward, and back; Brazil did so until 2019
SPRING = {
    SAO: "2018-11-04",
    NEW: "2026-03-08",
    AUCK: "2026-09-27",
    UTC_: "2026-03-29",
}
AUTUMN = {
    SAO: "2018-02-18",
    NEW: "2026-11-01",
    AUCK: "2026-04-05",
    UTC_: "2026-10-25",
}
#: how a server shows a series: by its dates, mostly, or by its rule
FORMS = ({"series_form": "rdate"}, {"series_form": "rrule"})
#: servers that read no documents in part, or that only have the calendar service
SERVERS = (*FORMS, {"fp": 7}, {"services": ("Calendar",)}, {"old_template": True})
BOB, EVE, OLGA = "Bob Babbage", "Eve Turing", "Olga Host"
HOST = "olga@kontor.example"
ONE = "with ada@kontor.example"
THREE = f"{ONE}, bob@kontor.example, eve@kontor.example"
LONG = "word " * 8_000

CLOCK_CHANGE = (
    Stage(
        [
            notes("create_series", "Daily", "D-1 10:00", rule="FREQ=DAILY;COUNT=3"),
            notes("create_event", "Night", "D-1 23:00", "D 06:00"),
            notes("create_event", "Whole", "D-1", "D+1"),
            zoho("create_event", "Call", "D 09:00", "D 09:30"),
            zoho("create_event", "Day off", "D", "D"),
        ],
        both=[
            "Daily | D-1 10:00 - 11:00",
            "Daily | D 10:00 - 11:00",
            "Daily | D+1 10:00 - 11:00",
            "Night | D-1 23:00 - D 06:00",
            "Whole | D-1 .. D+1",
            "Call | D 09:00 - 09:30",
            "Day off | D .. D",
        ],
        said=[
            "3 x created zoho Daily",
            "created zoho Night",
            "created zoho Whole",
            "created notes Call",
            "created notes Day off",
        ],
    ),
    Stage(
        [
            zoho("move_event", "Night", "D-1 22:00", "D 05:00"),
            zoho("move_event", "Whole", "D", "D"),
            notes("edit_event", "Daily", at="D 10:00", start="D 11:00"),
        ],
        both=[
            "Daily | D-1 10:00 - 11:00",
            "Daily | D 11:00 - 12:00",
            "Daily | D+1 10:00 - 11:00",
            "Night | D-1 22:00 - D 05:00",
            "Whole | D .. D",
            "Call | D 09:00 - 09:30",
            "Day off | D .. D",
        ],
        said=[
            "updated notes Night",
            "updated notes Whole",
            "updated zoho Daily",
        ],
    ),
)

CASES = [
    Case(
        "whole days are the same days in every zone",
        EVERYWHERE,
        [
            Stage(
                [
                    notes("create_event", "Fair", "D+3", "D+4"),
                    notes("create_event", "Jubilee", "D+7", kind="anniversary"),
                    zoho("create_event", "Holiday", "D+5"),
                ],
                both=[
                    "Fair | D+3 .. D+4",
                    "Jubilee | D+7 .. D+7",
                    "Holiday | D+5 .. D+5",
                ],
                said=[
                    "created zoho Fair",
                    "created zoho Jubilee",
                    "created notes Holiday",
                ],
            ),
            Stage(
                [
                    zoho("move_event", "Fair", "D+6", "D+8"),
                    notes("edit_event", "Holiday", start="D+9", end="D+9"),
                ],
                both=[
                    "Fair | D+6 .. D+8",
                    "Jubilee | D+7 .. D+7",
                    "Holiday | D+9 .. D+9",
                ],
                said=["updated notes Fair", "updated zoho Holiday"],
            ),
        ],
        variants=({}, {"all_day_end": "inclusive"}),
    ),
    Case(
        "a whole day becomes an hour, and an hour a whole day",
        EVERYWHERE,
        [
            Stage(
                [
                    notes("create_event", "Visit", "D+3"),
                    notes("create_event", "Talk", "D+4 10:00"),
                ],
                both=["Visit | D+3 .. D+3", "Talk | D+4 10:00 - 11:00"],
                said=["created zoho Visit", "created zoho Talk"],
            ),
            Stage(
                [
                    zoho("move_event", "Visit", "D+3 14:00", "D+3 15:00"),
                    notes("edit_event", "Talk", start="D+4", end="D+4"),
                ],
                both=["Visit | D+3 14:00 - 15:00", "Talk | D+4 .. D+4"],
                said=["updated notes Visit", "updated zoho Talk"],
            ),
        ],
    ),
    Case(
        "several days, by the clock and whole",
        EVERYWHERE,
        [
            Stage(
                [
                    notes("create_event", "Trip", "D+1 18:00", "D+4 09:00"),
                    notes("create_event", "Holidays", "D+6", "D+16"),
                    zoho("create_event", "Cruise", "D+2 12:00", "D+9 12:00"),
                ],
                both=[
                    "Trip | D+1 18:00 - D+4 09:00",
                    "Holidays | D+6 .. D+16",
                    "Cruise | D+2 12:00 - D+9 12:00",
                ],
                said=[
                    "created zoho Trip",
                    "created zoho Holidays",
                    "created notes Cruise",
                ],
            ),
        ],
    ),
    Case(
        "over midnight at both edges of the window",
        EVERYWHERE,
        [
            Stage(
                [
                    notes("create_event", "Over", "D-1 23:00", "D 01:00"),
                    notes("create_event", "Before", "D-1 22:00", "D 00:00"),
                    notes("create_event", "Yesterday", "D-1"),
                    notes("create_event", "Two days", "D-1", "D"),
                    notes("create_event", "Late", "D+29 23:00", "D+30 01:00"),
                    notes("create_event", "After", "D+30 00:00", "D+30 01:00"),
                    zoho("create_event", "Party", "D-1 20:00", "D 02:00"),
                    zoho("create_event", "Last night", "D-1 20:00", "D-1 23:00"),
                    zoho("create_event", "Next month", "D+30 00:00"),
                ],
                both=[
                    "Over | D-1 23:00 - D 01:00",
                    "Two days | D-1 .. D",
                    "Late | D+29 23:00 - D+30 01:00",
                    "Party | D-1 20:00 - D 02:00",
                ],
                notes=[
                    "Before | D-1 22:00 - D 00:00",
                    "Yesterday | D-1 .. D-1",
                    "After | D+30 00:00 - 01:00",
                ],
                zoho=[
                    "Last night | D-1 20:00 - 23:00",
                    "Next month | D+30 00:00 - 01:00",
                ],
                said=[
                    "created zoho Over",
                    "created zoho Two days",
                    "created zoho Late",
                    "created notes Party",
                ],
            ),
        ],
        choice="today",
    ),
    Case("clocks go forward", SPRING, CLOCK_CHANGE, now="D-2 08:00", variants=FORMS),
    Case("clocks go back", AUTUMN, CLOCK_CHANGE, now="D-2 08:00", variants=FORMS),
    Case(
        "the 29th of February comes every fourth year",
        dict.fromkeys(EVERYWHERE, "2028-02-20"),
        [
            Stage(
                [
                    notes(
                        "create_series",
                        "Leap",
                        "2024-02-29 18:00",
                        rule="FREQ=YEARLY;COUNT=3",
                    ),
                    notes(
                        "create_series",
                        "Birthday",
                        "2024-02-29",
                        rule="FREQ=YEARLY;COUNT=3",
                        kind="anniversary",
                    ),
                ],
                both=[
                    "Leap | 2028-02-29 18:00 - 19:00",
                    "Birthday | 2028-02-29 .. 2028-02-29",
                ],
                notes=[
                    "Leap | 2024-02-29 18:00 - 19:00",
                    "Leap | 2032-02-29 18:00 - 19:00",
                    "Birthday | 2024-02-29 .. 2024-02-29",
                    "Birthday | 2032-02-29 .. 2032-02-29",
                ],
                said=["created zoho Leap", "created zoho Birthday"],
            ),
        ],
        variants=FORMS,
    ),
    Case(
        "the last Friday of the month, one moved and one cancelled",
        EVERYWHERE,
        [
            Stage(
                [
                    notes(
                        "create_series",
                        "Board",
                        "2026-03-27 10:00",
                        "2026-03-27 11:30",
                        rule="FREQ=MONTHLY;BYDAY=-1FR;COUNT=4",
                        location="Room 1",
                    ),
                ],
                both=[
                    "Board | 2026-03-27 10:00 - 11:30 | in Room 1",
                    "Board | 2026-04-24 10:00 - 11:30 | in Room 1",
                    "Board | 2026-05-29 10:00 - 11:30 | in Room 1",
                    "Board | 2026-06-26 10:00 - 11:30 | in Room 1",
                ],
                said=["4 x created zoho Board"],
            ),
            Stage(
                [
                    notes(
                        "move_instance",
                        "Board",
                        "2026-04-23 14:00",
                        at="2026-04-24 10:00",
                    ),
                    notes("cancel_instance", "Board", at="2026-05-29 10:00"),
                ],
                both=[
                    "Board | 2026-03-27 10:00 - 11:30 | in Room 1",
                    "Board | 2026-04-23 14:00 - 15:30 | in Room 1",
                    "Board | 2026-06-26 10:00 - 11:30 | in Room 1",
                ],
                said=["updated zoho Board", "deleted zoho Board"],
            ),
            Stage(
                [
                    notes(
                        "edit_event", "Board", at="2026-04-24 10:00", location="Room 9"
                    ),
                    notes("edit_series", "Board", subject="Council"),
                ],
                both=[
                    "Council | 2026-03-27 10:00 - 11:30 | in Room 1",
                    "Council | 2026-04-23 14:00 - 15:30 | in Room 1",
                    "Council | 2026-06-26 10:00 - 11:30 | in Room 1",
                ],
                said=["3 x updated zoho Council"],
            ),
        ],
        ahead=180,
        variants=SERVERS,
    ),
    Case(
        "one instance is edited in the CRM, another one deleted there",
        EVERYWHERE,
        [
            Stage(
                [
                    notes(
                        "create_series", "Yoga", "D+1 07:00", rule="FREQ=DAILY;COUNT=3"
                    ),
                ],
                both=[
                    "Yoga | D+1 07:00 - 08:00",
                    "Yoga | D+2 07:00 - 08:00",
                    "Yoga | D+3 07:00 - 08:00",
                ],
                said=["3 x created zoho Yoga"],
            ),
            Stage(
                [
                    zoho("move_event", "Yoga", "D+1 18:00"),
                    zoho("edit", "Yoga", Event_Title="Late yoga"),
                    zoho("delete", "Yoga"),
                ],
                both=["Late yoga | D+1 18:00 - 19:00", "Yoga | D+3 07:00 - 08:00"],
                said=["updated notes Late yoga", "deleted notes Yoga"],
            ),
        ],
        variants=FORMS,
    ),
    Case(
        "a series of the CRM's comes as single entries",
        BERLIN,
        [
            Stage(
                [
                    zoho(
                        "create_series",
                        "Gym",
                        "FREQ=DAILY;INTERVAL=2;DTSTART=2026-03-03;UNTIL=2026-03-07",
                        "2026-03-03 07:00",
                        "2026-03-03 08:00",
                        Remind_At=30,
                    ),
                ],
                both=[
                    "Gym | 2026-03-03 07:00 - 08:00 | reminder 30",
                    "Gym | 2026-03-05 07:00 - 08:00 | reminder 30",
                    "Gym | 2026-03-07 07:00 - 08:00 | reminder 30",
                ],
                said=["3 x created notes Gym"],
            ),
        ],
    ),
    Case(
        "reminders before and after the start",
        BERLIN,
        [
            Stage(
                [
                    notes("create_event", "Before", "D+1 10:00", reminder=15),
                    notes("create_event", "After", "D+1 11:00", reminder=-30),
                    notes("create_event", "At", "D+1 12:00", reminder="D+1 09:00"),
                    notes("create_event", "Moment", "D+1 13:00", kind="reminder"),
                    zoho("create_event", "Theirs", "D+2 10:00", Remind_At=60),
                ],
                both=[
                    "Before | D+1 10:00 - 11:00 | reminder 15",
                    "At | D+1 12:00 - 13:00 | reminder 180",
                    "Theirs | D+2 10:00 - 11:00 | reminder 60",
                ],
                notes=[
                    "After | D+1 11:00 - 12:00 | reminder -30",
                    "Moment | D+1 13:00 - 13:00",
                ],
                zoho=["After | D+1 11:00 - 12:00", "Moment | D+1 13:00 - 13:01"],
                said=[
                    "created zoho Before",
                    "created zoho After + calendar_reminder_after",
                    "created zoho At",
                    "created zoho Moment",
                    "created notes Theirs",
                ],
            ),
            Stage(
                [
                    zoho("edit", "After", Remind_At=10),
                    zoho("edit", "Before", Remind_At=None),
                ],
                both=[
                    "Before | D+1 10:00 - 11:00",
                    "At | D+1 12:00 - 13:00 | reminder 180",
                    "Theirs | D+2 10:00 - 11:00 | reminder 60",
                ],
                notes=[
                    "After | D+1 11:00 - 12:00 | reminder -30",
                    "Moment | D+1 13:00 - 13:00",
                ],
                zoho=[
                    "After | D+1 11:00 - 12:00 | reminder 10",
                    "Moment | D+1 13:00 - 13:01",
                ],
                said=["updated notes Before", "skipped notes After: not_carried"],
            ),
        ],
    ),
    Case(
        "an invitation is answered later",
        BERLIN,
        [
            Stage(
                [notes("receive_invitation", "Offer", "D+2 10:00")],
                said=["skipped zoho Invitation: Offer: domino_invitation"],
            ),
            Stage(
                [notes("respond", "Offer", "accept")],
                notes=["Offer | D+2 10:00 - 11:00 | with ada@kontor.example"],
                zoho=[
                    "Offer | D+2 10:00 - 11:00 | with ada@kontor.example, "
                    "host@elsewhere.example",
                ],
                said=["created zoho Offer"],
            ),
            Stage(
                [notes("respond", "Offer", "decline")],
                said=["deleted zoho Offer"],
            ),
        ],
    ),
    Case(
        "the organiser cancels",
        BERLIN,
        [
            Stage(
                [
                    notes(
                        "create_meeting",
                        "Pitch",
                        "D+2 10:00",
                        attendees=[ADA],
                        by=OLGA,
                    ),
                    notes(
                        "create_meeting",
                        "Review",
                        "D+2 12:00",
                        attendees=[ADA],
                        by=OLGA,
                    ),
                    notes("respond", "Pitch", "accept"),
                    notes("respond", "Review", "accept"),
                ],
                notes=[
                    f"Pitch | D+2 10:00 - 11:00 | {ONE}",
                    f"Review | D+2 12:00 - 13:00 | {ONE}",
                ],
                zoho=[
                    f"Pitch | D+2 10:00 - 11:00 | {ONE}, {HOST}",
                    f"Review | D+2 12:00 - 13:00 | {ONE}, {HOST}",
                ],
                said=["created zoho Pitch", "created zoho Review"],
            ),
            Stage(
                [
                    notes("cancel_meeting", "Pitch", copies="mark", by=OLGA),
                    notes("cancel_meeting", "Review", copies="remove", by=OLGA),
                ],
                said=["deleted zoho Pitch", "deleted zoho Review"],
            ),
        ],
        others=(OLGA,),
    ),
    Case(
        "the organiser cancels one date of a series",
        BERLIN,
        [
            Stage(
                [
                    notes(
                        "create_meeting",
                        "Sprint",
                        "D+2 10:00",
                        rule="FREQ=DAILY;COUNT=3",
                        attendees=[ADA],
                        by=OLGA,
                    ),
                    notes("respond", "Sprint", "accept"),
                ],
                notes=[
                    f"Sprint | D+2 10:00 - 11:00 | {ONE}",
                    f"Sprint | D+3 10:00 - 11:00 | {ONE}",
                    f"Sprint | D+4 10:00 - 11:00 | {ONE}",
                ],
                zoho=[
                    f"Sprint | D+2 10:00 - 11:00 | {ONE}, {HOST}",
                    f"Sprint | D+3 10:00 - 11:00 | {ONE}, {HOST}",
                    f"Sprint | D+4 10:00 - 11:00 | {ONE}, {HOST}",
                ],
                said=["3 x created zoho Sprint"],
            ),
            Stage(
                [notes("cancel_meeting", "Sprint", rid="20260305T090000Z", by=OLGA)],
                notes=[
                    f"Sprint | D+2 10:00 - 11:00 | {ONE}",
                    f"Sprint | D+4 10:00 - 11:00 | {ONE}",
                ],
                zoho=[
                    f"Sprint | D+2 10:00 - 11:00 | {ONE}, {HOST}",
                    f"Sprint | D+4 10:00 - 11:00 | {ONE}, {HOST}",
                ],
                said=["deleted zoho Sprint"],
            ),
        ],
        variants=SERVERS,
        others=(OLGA,),
    ),
    Case(
        "one instance of a public series is private",
        BERLIN,
        [
            Stage(
                [
                    notes(
                        "create_series", "Lunch", "D+1 12:00", rule="FREQ=DAILY;COUNT=3"
                    ),
                    notes("mark_event_private", "Lunch", at="D+2 12:00"),
                ],
                both=["Lunch | D+1 12:00 - 13:00", "Lunch | D+3 12:00 - 13:00"],
                notes=["Lunch | D+2 12:00 - 13:00 | private"],
                said=["2 x created zoho Lunch"],
            ),
            Stage(
                [notes("mark_event_private", "Lunch", at="D+3 12:00")],
                both=["Lunch | D+1 12:00 - 13:00"],
                notes=[
                    "Lunch | D+2 12:00 - 13:00 | private",
                    "Lunch | D+3 12:00 - 13:00 | private",
                ],
                said=["deleted zoho : private_copy"],
            ),
            Stage(
                [notes("mark_event_private", "Lunch", private=False, at="D+2 12:00")],
                both=["Lunch | D+1 12:00 - 13:00", "Lunch | D+2 12:00 - 13:00"],
                notes=["Lunch | D+3 12:00 - 13:00 | private"],
                said=["created zoho Lunch"],
            ),
        ],
        variants=SERVERS,
    ),
    Case(
        "three synced users meet; the organiser is not synced",
        BERLIN,
        [
            Stage(
                [
                    notes(
                        "create_meeting",
                        "Summit",
                        "D+2 10:00",
                        attendees=[ADA, BOB, EVE],
                        by=OLGA,
                    ),
                    notes("respond", "Summit", "accept"),
                    notes("respond", "Summit", "accept", by=BOB),
                ],
                notes={
                    user: [f"Summit | D+2 10:00 - 11:00 | {THREE}"]
                    for user in (ADA, BOB)
                },
                zoho=[
                    f"Summit | D+2 10:00 - 11:00 | {THREE}, {HOST} | of Ada",
                ],
                said=[
                    "created zoho Summit",
                    "skipped zoho Summit: shadow",
                    "skipped zoho Invitation: Summit: domino_invitation",
                ],
            ),
            Stage(
                [
                    notes("respond", "Summit", "accept", by=EVE),
                    notes("respond", "Summit", "decline"),
                ],
                notes={
                    user: [f"Summit | D+2 10:00 - 11:00 | {THREE}"]
                    for user in (BOB, EVE)
                },
                zoho=[
                    f"Summit | D+2 10:00 - 11:00 | {THREE}, {HOST} | of Bob",
                ],
                said=["skipped zoho Summit: shadow"],
            ),
            Stage(
                [notes("reschedule_meeting", "Summit", "D+3 15:00", by=OLGA)],
                notes={
                    user: [f"Summit | D+3 15:00 - 16:00 | {THREE}"]
                    for user in (BOB, EVE)
                },
                zoho=[
                    f"Summit | D+3 15:00 - 16:00 | {THREE}, {HOST} | of Bob",
                ],
                said=["updated zoho Summit"],
            ),
            Stage(
                [notes("cancel_meeting", "Summit", by=OLGA)],
                notes={BOB: [], EVE: []},
                said=["deleted zoho Summit"],
            ),
        ],
        accounts=(ADA, BOB, EVE),
        others=(OLGA,),
    ),
    # -- bad input ---------------------------------------------------------------------
    Case(
        "a series without end",
        BERLIN,
        [
            Stage(
                [
                    notes(
                        "create_series", "Rent", "2020-01-03 09:00", rule="FREQ=WEEKLY"
                    )
                ],
                both=[
                    "Rent | 2026-02-20 09:00 - 10:00",
                    "Rent | 2026-02-27 09:00 - 10:00",
                    "Rent | 2026-03-06 09:00 - 10:00",
                    "Rent | 2026-03-13 09:00 - 10:00",
                    "Rent | 2026-03-20 09:00 - 10:00",
                    "Rent | 2026-03-27 09:00 - 10:00",
                ],
                said=["6 x created zoho Rent"],
            ),
        ],
        inside=True,
        variants=FORMS,
    ),
    Case(
        "a series of ten years",
        BERLIN,
        [
            Stage(
                [
                    notes(
                        "create_series",
                        "Walk",
                        "2021-03-01 12:00",
                        "2021-03-01 12:20",
                        rule="FREQ=DAILY;COUNT=3650",
                    )
                ],
                both=[f"Walk | D{n:+} 12:00 - 12:20" for n in range(-1, 3)],
                said=["4 x created zoho Walk"],
            ),
        ],
        inside=True,
        back=1,
        ahead=3,
        variants=FORMS,
    ),
    Case(
        "repeats that the CRM knows no rule for",
        BERLIN,
        [
            Stage(
                [
                    notes(
                        "create_series",
                        "Own dates",
                        "D+1 10:00",
                        dates=["D+1 10:00", "D+4 15:30", "D+5 09:00"],
                    ),
                    notes(
                        "create_series",
                        "Two rules",
                        "D+1 17:00",
                        rule="FREQ=MONTHLY;BYDAY=1TU,2TH,-1FR;COUNT=3",
                    ),
                ],
                both=[
                    "Own dates | D+1 10:00 - 11:00",
                    "Own dates | D+4 15:30 - 16:30",
                    "Own dates | D+5 09:00 - 10:00",
                    "Two rules | 2026-03-03 17:00 - 18:00",
                    "Two rules | 2026-03-12 17:00 - 18:00",
                    "Two rules | 2026-03-27 17:00 - 18:00",
                ],
                said=["3 x created zoho Own dates", "3 x created zoho Two rules"],
            ),
        ],
        variants=FORMS,
    ),
    Case(
        "entries without end, and such as end before they start",
        BERLIN,
        [
            Stage(
                [
                    notes("create_event", "Open end", "D+1 10:00"),
                    notes("break_event", "Open end", "no_end"),
                    notes("create_event", "Backwards", "D+1 12:00"),
                    notes("break_event", "Backwards", "backwards"),
                ],
                notes=[
                    "Open end | D+1 10:00 - 10:00",
                    "Backwards | D+1 12:00 - 11:00",
                ],
                zoho=[
                    "Open end | D+1 10:00 - 10:01",
                    "Backwards | D+1 12:00 - 12:01",
                ],
                said=[
                    "created zoho Open end + calendar_no_end",
                    "created zoho Backwards + calendar_end_first",
                ],
            ),
            Stage(
                [zoho("move_event", "Open end", "D+2 10:00", "D+2 11:00")],
                both=["Open end | D+2 10:00 - 11:00"],
                notes=["Backwards | D+1 12:00 - 11:00"],
                zoho=["Backwards | D+1 12:00 - 12:01"],
                said=["updated notes Open end"],
            ),
        ],
    ),
    Case(
        "a time zone that nobody explains, and entries without start or title",
        BERLIN,
        [
            Stage(
                [
                    notes("create_event", "Nowhere", "D+1 10:00"),
                    notes("break_event", "Nowhere", "unknown_zone"),
                    notes("create_event", "Somewhere", "D+1 11:00"),
                    notes("create_event", "Startless", "D+1 12:00"),
                    notes("break_event", "Startless", "no_start"),
                    notes("create_event", "Nameless", "D+1 13:00"),
                    notes("break_event", "Nameless", "no_subject"),
                ],
                both=["Somewhere | D+1 11:00 - 12:00"],
                notes=["Nowhere | D+1 10:00 - 11:00", " | D+1 13:00 - 14:00"],
                zoho=["- | D+1 13:00 - 14:00"],
                said=[
                    "skipped zoho Nowhere: calendar_zone",
                    "skipped zoho Startless: calendar_no_start",
                    "created zoho Somewhere",
                    "created zoho -",
                ],
            ),
        ],
    ),
    Case(
        "somebody who takes part and has no address",
        BERLIN,
        [
            Stage(
                [
                    notes(
                        "create_event",
                        "Talk",
                        "D+1 10:00",
                        attendees=["Heinz Old", "guest@example.com"],
                    ),
                    zoho(
                        "create_event",
                        "Pitch",
                        "D+2 10:00",
                        "D+2 11:00",
                        ["guest@example.com"],
                    ),
                ],
                notes=[
                    "Talk | D+1 10:00 - 11:00 | with Heinz Old, guest@example.com",
                    "Pitch | D+2 10:00 - 11:00",
                ],
                zoho=[
                    "Talk | D+1 10:00 - 11:00 | with ada@kontor.example, "
                    "guest@example.com",
                    "Pitch | D+2 10:00 - 11:00 | with guest@example.com",
                ],
                said=[
                    "created zoho Talk + calendar_people_no_address",
                    "created notes Pitch + calendar_people_left",
                ],
            ),
            Stage(
                [
                    zoho("move_event", "Talk", "D+5 10:00"),
                    zoho("delete", "Pitch"),
                ],
                notes=["Talk | D+1 10:00 - 11:00 | with Heinz Old, guest@example.com"],
                zoho=[
                    "Talk | D+5 10:00 - 11:00 | with ada@kontor.example, "
                    "guest@example.com",
                ],
                said=["skipped notes Talk: not_carried", "deleted notes Pitch"],
            ),
        ],
    ),
    Case(
        "text of more than 32,000 characters",
        BERLIN,
        [
            Stage(
                [
                    notes("create_event", "Minutes", "D+1 10:00", body=LONG),
                    zoho(
                        "create_event",
                        "Brief",
                        "D+2 10:00",
                        Description=LONG[:31_000].strip(),
                    ),
                ],
                both=["Brief | D+2 10:00 - 11:00 | says 30999 characters"],
                notes=["Minutes | D+1 10:00 - 11:00 | says 40000 characters"],
                zoho=["Minutes | D+1 10:00 - 11:00 | says 31999 characters"],
                said=[
                    "created zoho Minutes + mapping_cut",
                    "created notes Brief",
                ],
            ),
        ],
    ),
    Case(
        "what old templates left",
        EVERYWHERE,
        [
            Stage(
                [
                    notes("create_event", "Floats", "D+1 10:00", location="Hall"),
                    notes("break_event", "Floats", "floating"),
                    notes("create_event", "Days", "D+3", "D+4"),
                    notes("break_event", "Days", "midnight"),
                    notes(
                        "create_series", "Old", "D+1 15:00", rule="FREQ=DAILY;COUNT=2"
                    ),
                    notes("create_event", "Sound", "D+2 10:00", location="Hall, left"),
                ],
                both=[
                    "Floats | D+1 10:00 - 11:00 | in Hall",
                    "Old | D+1 15:00 - 16:00",
                    "Old | D+2 15:00 - 16:00",
                    "Sound | D+2 10:00 - 11:00 | in Hall, left",
                ],
                notes=["Days | D+3 00:00 - D+5 00:00"],
                zoho=["Days | D+3 .. D+4"],
                said=[
                    "created zoho Floats + calendar_floating",
                    "created zoho Days",
                    "2 x created zoho Old",
                    "created zoho Sound",
                ],
            ),
            Stage(
                [
                    zoho("edit", "Sound", Venue="Cellar"),
                    notes("edit_event", "Old", at="D+1 15:00", location="Attic"),
                    notes("delete_event", "Floats"),
                ],
                both=[
                    "Old | D+1 15:00 - 16:00 | in Attic",
                    "Old | D+2 15:00 - 16:00",
                    "Sound | D+2 10:00 - 11:00 | in Cellar",
                ],
                notes=["Days | D+3 00:00 - D+5 00:00"],
                zoho=["Days | D+3 .. D+4"],
                said=[
                    "updated notes Sound",
                    "updated zoho Old",
                    "deleted zoho Floats",
                ],
            ),
        ],
        variants=({"old_template": False}, {"old_template": True}),
    ),
    Case(
        "imported holidays are left alone",
        BERLIN,
        [
            Stage(
                [
                    notes("import_holiday", "Carnival", "D+1"),
                    notes("create_event", "Work", "D+1 10:00"),
                ],
                both=["Work | D+1 10:00 - 11:00"],
                notes=["Carnival | D+1 .. D+1"],
                said=["skipped zoho Carnival: calendar_holiday", "created zoho Work"],
            ),
        ],
    ),
]


def _plays() -> list[Any]:
    return [
        pytest.param(
            case,
            zone,
            variant,
            id=" ".join([case.name, "in", zone, *map(str, variant.values())]),
        )
        for case in CASES
        for zone in case.zones
        for variant in case.variants
    ]


@pytest.mark.parametrize(("case", "zone", "variant"), _plays())
def test_golden(case: Case, zone: str, variant: dict[str, Any]) -> None:
    play(case, zone, variant)
