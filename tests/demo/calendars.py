"""The calendars of the demo: events of all sorts, and what people do with them.

All days are counted from the one on which the demo is started.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from .people import LONG_NOTE

if TYPE_CHECKING:
    from .story import Control, Hero, Plot

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK, SAO_PAULO = "America/New_York", "America/Sao_Paulo"
#: A day that lies before the range that an account chose, and one after every range.
BEFORE = {"all": -400, "last_month": -45, "today": -3}
AFTER = 400
WEEKLY_FROM = -20
LETTER = {
    "html": '<font size="2" face="sans-serif">Ablauf:<br></font><ul><li>Begrüßung'
    "<li><b>Rundgang</b></ul>",
    "type": "richtext",
}


@dataclass(frozen=True)
class Days:
    """Days and times as the simulators take them, so many days from the first."""

    first: date

    def on(self, days: int) -> str:
        """A whole day."""
        return (self.first + timedelta(days=days)).isoformat()

    def at(self, days: int, clock: str, zone: str = "Europe/Berlin") -> str:
        """An instant by a clock on the wall."""
        day = self.first + timedelta(days=days)
        wall = datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone))
        return wall.isoformat()

    def rid(self, days: int, clock: str) -> str:
        """What an instance that begins then in Berlin is called."""
        moment = datetime.fromisoformat(self.at(days, clock)).astimezone(UTC)
        return f"{moment:%Y%m%dT%H%M%SZ}"


def notes_acts(
    hero: Hero, others: list[Hero], days: Days, guest: str
) -> list[list[Any]]:
    """What a mail file holds in calendar entries.

    :param guest: address of a contact that the CRM knows.
    """
    acts: list[list[Any]] = []

    def enter(act: str, label: str, **values: Any) -> None:
        named = {"mailfile": hero.mail_file, "as": f"{hero.login}/event-{label}"}
        acts.append([act, {**named, **values}])

    def later(act: str, label: str, **values: Any) -> None:
        uid = f"@{hero.login}/event-{label}"
        acts.append([act, {"mailfile": hero.mail_file, "uid": uid, **values}])

    for label, single in _singles(hero, days).items():
        enter("create_event", label, **single)
    for label, series in _series(days).items():
        enter("create_series", label, **series)
    later(
        "move_instance",
        "weekly",
        rid=days.rid(WEEKLY_FROM + 35, "09:00"),
        start=days.at(WEEKLY_FROM + 36, "11:15"),
    )
    later("cancel_instance", "weekly", rid=days.rid(WEEKLY_FROM + 42, "09:00"))
    later(
        "edit_event",
        "training",
        rid=days.rid(12, "17:00"),
        subject=f"Einzelgespräch {hero.last} unter vier Augen",
        body=f"Abmahnung besprechen, {hero.login}, streng vertraulich.",
        private=True,
    )
    enter(
        "create_meeting",
        "guests",
        subject="Vertragsverhandlung",
        start=days.at(7, "13:00"),
        end=days.at(7, "14:30"),
        location="Besprechungsraum 3",
        body="Entwurf liegt bei.",
        reminder=15,
        attendees=[guest, "inga.holm@fjordlicht.example", "a.gast@auswaerts.example"],
        optional=["Max Ohneadresse"],
    )
    enter(
        "receive_invitation",
        "unanswered",
        subject="Einladung zum Sommerfest",
        start=days.at(25, "18:00"),
        end=days.at(25, "22:00"),
        organiser="feste@auswaerts.example",
    )
    enter("import_holiday", "holiday", subject="Feiertag der Liste", day=days.on(33))
    for how in ("no_end", "unknown_zone"):
        later("break_event", how, how=how)
    if hero.login == "anna":
        acts += _shared(hero, others, days)
    return acts


def _singles(hero: Hero, days: Days) -> dict[str, dict[str, Any]]:
    outside = BEFORE[hero.event_range]
    return {
        "visit": {
            "subject": "Kundenbesuch Brückner & Söhne",
            "start": days.at(2, "10:00"),
            "end": days.at(2, "11:30"),
            "location": "Würzburg, Werk 2",
            "reminder": 30,
            "body": "Muster mitnehmen.\nParkplatz hinten.",
        },
        "call": {
            "subject": "Telefonat mit São Paulo",
            "start": days.at(3, "15:00", SAO_PAULO),
            "end": days.at(3, "15:45", SAO_PAULO),
            "zone": SAO_PAULO,
        },
        "night": {
            "subject": "Nachtzug nach Wien",
            "start": days.at(4, "22:40"),
            "end": days.at(5, "07:10"),
            "location": "Gleis 7",
        },
        "fair": {
            "subject": "Messe Hannover",
            "start": days.on(10),
            "end": days.on(13),
            "reminder": 24 * 60,
        },
        "outing": {"subject": "Betriebsausflug", "start": days.on(20)},
        "flowers": {
            "subject": "Blumen gießen",
            "start": days.at(1, "08:00"),
            "kind": "reminder",
            "reminder": 0,
        },
        "late-reminder": {
            "subject": "Rückmeldung einholen",
            "start": days.at(6, "16:00"),
            "reminder": -10,
        },
        "long": {
            "subject": "Sitzung über " + "das Protokoll und " * 20 + "den Rest",
            "start": days.at(8, "09:00"),
            "body": "\n\n".join([LONG_NOTE] * 12),
        },
        "scripts": {
            "subject": '会議 🌻 <b>not bold</b> & "quoted" שלום',
            "start": days.at(8, "14:00"),
            "location": "東京都千代田区丸の内一丁目",
            "body": "تفضل المكالمات صباحًا.\n1 < 2 & 3 > 2\n\n  eingerückt",
        },
        "formatted": {
            "subject": "Führung durch die Produktion",
            "start": days.at(9, "10:00"),
            "body": LETTER,
        },
        "pay": {
            "subject": f"Gehaltsrunde mit {hero.first} {hero.last}",
            "start": days.at(21, "15:00"),
            "location": f"Kaminzimmer von {hero.login}",
            "body": f"Zahlen für {hero.login} stehen im Umschlag.",
        },
        "nameless": {"subject": "", "start": days.at(9, "12:00")},
        "both": {
            "subject": "Jahresplanung",
            "start": days.at(11, "09:30"),
            "end": days.at(11, "12:00"),
        },
        "single": {"subject": "Sprachkurs", "start": days.at(14, "18:00")},
        "no_end": {"subject": "Ohne Ende", "start": days.at(15, "09:00")},
        "unknown_zone": {"subject": "Irgendwo anders", "start": days.at(15, "13:00")},
        "before": {"subject": "Vor dem Zeitraum", "start": days.at(outside, "10:00")},
        "after": {"subject": "Nach dem Zeitraum", "start": days.on(AFTER)},
        "private": {
            "subject": f"Verschwiegener Arztbesuch {hero.last}",
            "start": days.at(5, "11:00"),
            "location": f"Praxis Dr. Stille, {hero.login}",
            "body": f"Befund holen, {hero.login}, geht niemanden an.",
            "private": True,
        },
        "private-days": {
            "subject": f"Heimliche Reise von {hero.last}",
            "start": days.on(17),
            "end": days.on(18),
            "private": True,
        },
    }


def _series(days: Days) -> dict[str, dict[str, Any]]:
    return {
        "weekly": {
            "subject": "Jour fixe Vertrieb",
            "start": days.at(WEEKLY_FROM, "09:00"),
            "end": days.at(WEEKLY_FROM, "10:00"),
            "rule": "FREQ=WEEKLY;COUNT=10",
            "location": "Raum Fjord",
            "reminder": 5,
            "zone": "Europe/Berlin",
        },
        "monthly": {
            "subject": "Monthly review with New York",
            "start": days.at(5, "10:30", NEW_YORK),
            "end": days.at(5, "11:30", NEW_YORK),
            "rule": "FREQ=MONTHLY;BYDAY=-1FR;COUNT=8",
            "zone": NEW_YORK,
        },
        "market": {
            "subject": "Wochenmarkt",
            "start": days.on(6),
            "rule": "FREQ=WEEKLY;COUNT=3",
        },
        "birthday": {
            "subject": "Geburtstag Vroni Hölzl",
            "start": days.on(30),
            "rule": "FREQ=YEARLY;COUNT=5",
            "kind": "anniversary",
        },
        # What the client calls a custom repeat: no rule, only dates.
        "custom": {
            "subject": "Werkschau",
            "start": days.at(8, "17:00"),
            "end": days.at(8, "18:30"),
            "dates": [days.at(number, "17:00") for number in (8, 9, 15)],
        },
        "training": {
            "subject": "Schulung",
            "start": days.at(5, "17:00"),
            "end": days.at(5, "18:00"),
            "rule": "FREQ=WEEKLY;COUNT=3",
        },
    }


def _shared(anna: Hero, others: list[Hero], days: Days) -> list[list[Any]]:
    """Meetings in several calendars: Anna's own, and one of somebody outside."""
    ben, carla = others
    own = {"mailfile": anna.mail_file}
    acts: list[list[Any]] = [
        [
            "create_meeting",
            {
                **own,
                "as": "shared/event-board",
                "subject": "Vorstandssitzung",
                "start": days.at(16, "09:00"),
                "end": days.at(16, "11:00"),
                "location": "Raum Horizont",
                # Carla does not answer.
                "attendees": [ben.name, carla.name],
            },
        ],
        [
            "create_meeting",
            {
                **own,
                "as": "shared/event-team",
                "subject": "Teamrunde",
                "start": days.at(4, "08:30"),
                "end": days.at(4, "09:00"),
                "rule": "FREQ=WEEKLY;COUNT=4",
                "attendees": [ben.name],
            },
        ],
    ]
    for label in ("board", "team"):
        answer = {"mailfile": ben.mail_file, "uid": f"@shared/event-{label}"}
        acts.append(["respond", {**answer, "answer": "accept"}])
    for hero in (anna, ben):
        known = {} if hero is anna else {"uid": "@shared/event-outsider"}
        acts.append(
            [
                "receive_invitation",
                {
                    "mailfile": hero.mail_file,
                    "as": "shared/event-outsider",
                    "subject": "Lieferantentag in Lübeck",
                    "start": days.at(19, "10:00"),
                    "end": days.at(19, "15:00"),
                    "organiser": "host@auswaerts.example",
                    "attendees": [anna.name, ben.name],
                    **known,
                },
            ]
        )
        answer = {"mailfile": hero.mail_file, "uid": "@shared/event-outsider"}
        acts.append(["respond", {**answer, "answer": "accept"}])
    return acts


def zoho_rows(hero: Hero, days: Days, guest: str) -> dict[str, dict[str, Any]]:
    """What the CRM holds in events of this user, by label.

    :param guest: id of a contact of theirs.
    """
    outside = BEFORE[hero.event_range]
    rows: dict[str, tuple[str, str, str, dict[str, Any]]] = {
        "demo": (
            "Produktvorführung",
            days.at(3, "14:00"),
            days.at(3, "15:00"),
            {
                "Venue": "Lübeck, Musterraum",
                "Description": "Leinwand ist da.\nStrom nicht vergessen.",
                "Remind_At": 30,
            },
        ),
        "leave": ("Urlaubsvertretung", days.on(16), days.on(17), {}),
        "midnight": ("Inventur", days.at(12, "21:00"), days.at(13, "01:30"), {}),
        "guests": (
            "Abstimmung mit dem Einkauf",
            days.at(10, "10:00"),
            days.at(10, "10:45"),
            {
                "Participants": [
                    guest,
                    "inga.holm@fjordlicht.example",
                    "b.gast@auswaerts.example",
                ]
            },
        ),
        "markup": (
            "<i>Angebot</i> & Rückfrage 会議",
            days.at(11, "15:00"),
            days.at(11, "15:20"),
            {"Description": "<script>alert('no')</script>\nzweite Zeile & 100 %"},
        ),
        "short-notice": ("Rückruf", days.at(1, "16:00"), days.at(1, "16:05"), {}),
        # The same as in Notes, as the CRM knows it.
        "both": (
            "Jahresplanung",
            days.at(11, "09:30"),
            days.at(11, "12:00"),
            {"Venue": "Großer Saal"},
        ),
        "before": (
            "Früher in der CRM-Zeit",
            days.at(outside, "11:00"),
            days.at(outside, "12:00"),
            {},
        ),
        "after": ("Viel später im CRM", days.on(AFTER), days.on(AFTER), {}),
    }
    return {
        f"meeting-{label}": {
            "Event_Title": title,
            "Start_DateTime": start,
            "End_DateTime": end,
            **more,
        }
        for label, (title, start, end, more) in rows.items()
    }


def zoho_series(hero: Hero, days: Days) -> dict[str, Any]:
    """A series that the CRM made: the act's values."""
    return {
        "module": "Events",
        "owner": hero.email,
        "by": hero.email,
        "rule": "FREQ=WEEKLY;INTERVAL=1;COUNT=4",
        "Event_Title": "Pipeline-Durchsicht",
        "Start_DateTime": days.at(2, "08:00"),
        "End_DateTime": days.at(2, "08:45"),
        "Remind_At": 10,
    }


def private_row(hero: Hero, days: Days) -> dict[str, Any]:
    """An event that nobody else may know of."""
    return {
        "Event_Title": f"Bewerbungsgespräch anderswo, {hero.last}",
        "Start_DateTime": days.at(13, "17:00"),
        "End_DateTime": days.at(13, "18:00"),
        "Description": f"Davon weiß hier niemand, {hero.login}.",
    }


# -- what people do after the first sync -----------------------------------------------


@dataclass
class Day:
    """A working day: the two systems, and who is whose partner in the morning."""

    domino: Control
    zoho: Control
    plot: Plot
    say: Callable[[str], None]
    files: dict[str, str]
    owners: dict[str, str]

    def __post_init__(self) -> None:
        self.days = Days(date.fromisoformat(self.plot.day))
        self._events = self.zoho.dump()["records"]["Events"]
        self._files = self.domino.dump()["mail_files"]

    def uid(self, label: str, who: str) -> str:
        """UID of an entry of theirs, or of one that they share."""
        own = self.plot.notes.get(f"{who}/event-{label}")
        return str(own or self.plot.notes[f"shared/event-{label}"])

    def notes(self, act: str, who: str, label: str, **values: Any) -> Any:
        """An act in Notes on an entry."""
        uid = self.uid(label, who)
        return self.domino.act(act, mailfile=self.files[who], uid=uid, **values)

    def crm(self, who: str, record_id: str, **values: Any) -> None:
        """An edit in the CRM."""
        by = self.owners[who]
        self.zoho.act("edit", module="Events", record_id=record_id, by=by, **values)

    def move(
        self, who: str, record_id: str, start: str, end: str | None = None
    ) -> None:
        """Another time in the CRM."""
        by = self.owners[who]
        self.zoho.act("move_event", record_id=record_id, start=start, end=end, by=by)

    def partner(self, who: str, label: str, rid: str | None = None) -> str:
        """Id of the CRM's event of this user with the title and start of an entry."""
        uid = self.uid(label, who)
        entry = next(
            row
            for row in self._files[self.files[who]]["events"]
            if row["uid"] == uid and rid in (None, row["recurrence_id"])
        )
        for record in self._events:
            same = (
                record["Owner"]["email"] == self.owners[who],
                record["Event_Title"].split() == entry["subject"].split(),
                record["Start_DateTime"] == entry["start"],
            )
            if all(same):
                return str(record["id"])
        raise LookupError(f"{who}'s {entry['subject']} of {entry['start']} in the CRM")

    def holder(self, label: str, among: tuple[str, ...]) -> str:
        """Whose account made the CRM's event of a meeting that several share."""
        for who in among:
            try:
                self.partner(who, label)
            except LookupError:
                continue
            return who
        raise LookupError(label)

    def apart(self, record_id: str, field: str, who: str, why: str) -> None:
        """The CRM's record differs in this field from now on, and is to."""
        entry = {"side": "zoho", "id": record_id, "field": field}
        self.plot.apart.append({**entry, "who": who, "why": why})


MEETING = "a meeting with participants; Notes rules when it takes place"
TEXT = "text that was born in Notes is never written there"
ONE_WAY = "the account goes one way; the CRM's edit stays until Notes changes"


def edit(day: Day) -> None:
    """A working day's edits of calendars."""
    _edit_single(day)
    _edit_series(day)
    _edit_meetings(day)
    _delete_and_hide(day)


def _edit_single(day: Day) -> None:
    say, days, plot = day.say, day.days, day.plot
    day.notes(
        "edit_event",
        "anna",
        "visit",
        location="Würzburg, Werk 1",
        start=days.at(2, "10:30"),
        reminder=60,
    )
    say("Anna moves an event in Notes, to another place, with another reminder")
    day.move("anna", plot.zoho["anna/meeting-demo"], days.at(3, "16:15"))
    say("Anna moves an event in the CRM")
    outing = day.partner("anna", "outing")
    day.move("anna", outing, days.at(20, "09:00"), days.at(20, "17:00"))
    day.crm("anna", plot.zoho["anna/meeting-leave"], Event_Title="Vertretung für Inga")
    say(
        "Anna gives a whole day of Notes hours in the CRM; renames two whole days there"
    )
    for who in ("anna", "ben"):
        day.crm(who, day.partner(who, "call"), Venue="As the CRM says")
        day.notes("edit_event", who, "call", location="As Notes says")
        say(f"{who.title()} edits the place of the same event on both sides")
    long = day.partner("anna", "formatted")
    day.crm("anna", long, Description="Edited in the CRM")
    day.apart(long, "description", "Führung durch die Produktion (anna)", TEXT)
    say("Anna edits in the CRM the text of an event born in Notes: it stays there")
    visit = day.partner("carla", "visit")
    day.crm("carla", visit, Venue="Edited in the CRM, one-way account")
    day.apart(visit, "location", "Kundenbesuch Brückner & Söhne (carla)", ONE_WAY)
    say("Carla (one way to Zoho) edits the place of an event in the CRM: it stays")
    plot.notes["anna/event-new"] = day.domino.act(
        "create_event",
        mailfile=day.files["anna"],
        subject="Nachbesprechung",
        start=days.at(18, "11:00"),
    )
    plot.zoho["ben/meeting-new"] = day.zoho.act(
        "create_event",
        title="Ortstermin Łódź",
        start=days.at(18, "14:00"),
        owner=day.owners["ben"],
        by=day.owners["ben"],
    )
    say("Anna enters a new event in Notes, Ben one in the CRM")
    away = plot.zoho["ben/meeting-midnight"]
    day.move("ben", away, days.at(AFTER, "21:00"))
    day.apart(
        away,
        "range",
        "Inventur (ben)",
        "moved out of the range in the CRM; that is carried once, then it rests",
    )
    say("Ben moves an event out of his range in the CRM: that is carried once")


def _edit_series(day: Day) -> None:
    say, days = day.say, day.days
    rid = days.rid(WEEKLY_FROM + 21, "09:00")
    day.notes("move_instance", "anna", "weekly", rid=rid, start=days.at(1, "12:00"))
    rid = days.rid(WEEKLY_FROM + 28, "09:00")
    day.notes("cancel_instance", "anna", "weekly", rid=rid)
    say("Anna moves one date of a series in Notes and cancels another")
    rid = days.rid(WEEKLY_FROM + 49, "09:00")
    moved = day.partner("ben", "weekly", rid)
    day.move("ben", moved, days.at(WEEKLY_FROM + 50, "09:30"))
    rid = days.rid(WEEKLY_FROM + 56, "09:00")
    by = day.owners["ben"]
    gone = day.partner("ben", "weekly", rid)
    day.zoho.act("delete", module="Events", record_id=gone, by=by)
    say("Ben moves one date of a series in the CRM and deletes another")
    day.notes("edit_series", "ben", "monthly", shift_minutes=-30, subject="NY review")
    say("Ben moves a whole series in Notes by half an hour and renames it")
    day.notes("make_series", "anna", "single", rule="FREQ=WEEKLY;COUNT=3")
    say("Anna lets a single event repeat in Notes")
    second, third = day.plot.zoho["anna/series1"], day.plot.zoho["anna/series2"]
    day.move("anna", second, days.at(10, "08:00"))
    by = day.owners["anna"]
    day.zoho.act("delete", module="Events", record_id=third, by=by)
    say("Anna moves one event of a series made in the CRM, and deletes another")


def _edit_meetings(day: Day) -> None:
    say, days = day.say, day.days
    guests = day.partner("anna", "guests")
    day.move("anna", guests, days.at(7, "17:00"))
    day.apart(guests, "time", "Vertragsverhandlung (anna)", MEETING)
    say("Anna moves a meeting with guests in the CRM: it is left alone and listed")
    day.notes(
        "reschedule_meeting",
        "anna",
        "team",
        rid=days.rid(11, "08:30"),
        start=days.at(11, "08:00"),
    )
    say("Anna reschedules one date of a meeting with Ben: Ben's calendar follows")
    day.notes("respond", "anna", "unanswered", answer="accept")
    say("Anna accepts an invitation: now it is an event")
    holder = day.holder("outsider", ("anna", "ben"))
    other = "ben" if holder == "anna" else "anna"
    day.plot.leaver = holder
    day.notes("respond", holder, "outsider", answer="decline")
    say(
        f"{holder.title()} declines a meeting that Anna and Ben share: the CRM's event "
        f"passes on to {other.title()}"
    )


def _delete_and_hide(day: Day) -> None:
    say, plot = day.say, day.plot
    day.notes("delete_event", "ben", "night")
    leave = plot.zoho["ben/meeting-leave"]
    by = day.owners["ben"]
    day.zoho.act("delete", module="Events", record_id=leave, by=by)
    say("Ben deletes an event in Notes and one in the CRM")
    day.notes("mark_event_private", "ben", "pay")
    say("Ben marks an event private: its copy goes to Zoho's recycle bin")
