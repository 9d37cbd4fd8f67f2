"""The people of these tests, what they have on both sides, and a day's work.

Small, and yet every operation is in it: each kind created, changed and deleted on
each side, a conflict, a new company, a record that turns private, a meeting that two
people share, instances of a series.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.demo import heroes
from tests.simulators.domino import DominoSimulator
from tests.simulators.zoho import ZohoSimulator

PASSWORD = "Winter-2026"
BERLIN = ZoneInfo("Europe/Berlin")
MODULES = {"contact": "Contacts", "task": "Tasks", "event": "Events"}


@dataclass(frozen=True)
class Hero(heroes.Hero):
    """A hero of these tests."""

    @property
    def owner(self) -> dict[str, str]:
        """Whose a CRM record is, for the acts of the simulator."""
        return {"owner": self.email, "by": self.email}


ANNA = Hero("anna", "Anna", "Aalto", "two_way", "zoho_wins", "all")
BEN = Hero("ben", "Ben", "Brodersen", "two_way", "notes_wins", "all")
HEROES = (ANNA, BEN)


def story() -> dict[str, Any]:
    """What the comparer, and Odoo's side of the demo, want to know."""
    today = datetime.now(BERLIN).date().isoformat()
    return heroes.told(HEROES, PASSWORD, today, [])


def at(days: int, clock: str) -> str:
    """An instant so many days from today, by a clock in Berlin."""
    day = datetime.now(BERLIN).date() + timedelta(days=days)
    return datetime.combine(day, time.fromisoformat(clock), BERLIN).isoformat()


def on(days: int) -> date:
    return datetime.now(BERLIN).date() + timedelta(days=days)


class Plot:
    """What there is: labels to Notes ids (UNIDs, UIDs) and to Zoho ids."""

    def __init__(self, domino: DominoSimulator, zoho: ZohoSimulator) -> None:
        self.domino = domino.act
        self.zoho = zoho.act
        self.servers = domino, zoho
        self.notes: dict[str, str] = {}
        self.crm: dict[str, str] = {}
        #: What the comparer must not mind, with the reason.
        self.apart: list[dict[str, str]] = []

    def story(self) -> dict[str, Any]:
        """For the comparer."""
        return {**story(), "apart": self.apart}

    # -- before the first sync -------------------------------------------------

    def seed(self) -> None:
        """People, and what they have."""
        for hero in HEROES:
            self.domino.add_user(
                hero.name, PASSWORD, short=hero.login, email=hero.email
            )
            self.zoho.add_user(hero.email, hero.first, hero.last)
        self._contacts()
        self._tasks()
        self._events()
        for hero in HEROES:
            self.domino.receive_mail(hero.mail_file, subject="Angebot", n=3)

    def person(self, hero: Hero, label: str, **items: Any) -> None:
        """A contact in Notes."""
        name = label.title()
        self.notes[label] = self.domino.create_contact(
            hero.mail_file,
            **{
                "FirstName": hero.first,
                "LastName": f"{name}son",
                "MailAddress": f"{label}@kunden.example",
                "CompanyName": "Brückner & Söhne",
                "OfficePhoneNumber": f"+49 30 2312{len(self.notes):04}",
                **items,
            },
        )

    def row(self, hero: Hero, label: str, **fields: Any) -> None:
        """A contact in Zoho."""
        self.crm[label] = self.zoho.create(
            "Contacts",
            **hero.owner,
            **{
                "First_Name": hero.first,
                "Last_Name": f"{label.title()}sen",
                "Email": f"{label}@crm.example",
                "Mobile": f"+49 171 3920{len(self.crm):04}",
                "Account_Name": "Huta Szkła Źródło",
                **fields,
            },
        )

    def _contacts(self) -> None:
        for label in ("n-edited", "n-gone", "n-gone-now", "n-both", "n-private"):
            self.person(ANNA, label)
        for label in ("c-edited", "c-gone", "c-quiet"):
            self.row(ANNA, label)
        self.person(BEN, "b-edited")
        self.row(BEN, "b-gone")
        # The same person on both sides, who is found by the address.
        self.person(BEN, "b-both", JobTitle="")
        self.row(
            BEN,
            "b-both",
            First_Name=BEN.first,
            Last_Name="B-Bothson",
            Email="b-both@kunden.example",
            Title="Einkauf",
        )

    def todo(self, hero: Hero, label: str, **values: Any) -> None:
        self.notes[label] = self.domino.create_todo(
            hero.mail_file, f"To-do {label}", due=on(4), start=on(2), **values
        )

    def task(self, hero: Hero, label: str, **values: Any) -> None:
        self.crm[label] = self.zoho.create_task(
            f"Task {label}", due=on(6), **hero.owner, **values
        )

    def _tasks(self) -> None:
        for label in ("t-edited", "t-gone", "t-done", "t-both"):
            self.todo(ANNA, label, body="Zuerst anrufen.")
        for label in ("k-edited", "k-gone"):
            self.task(ANNA, label)
        self.todo(BEN, "t-ben")

    def event(self, hero: Hero, label: str, days: int, **values: Any) -> None:
        self.notes[label] = self.domino.create_event(
            hero.mail_file,
            f"Entry {label}",
            at(days, "10:00"),
            at(days, "11:00"),
            **values,
        )

    def meeting(self, hero: Hero, label: str, days: int, **values: Any) -> None:
        self.crm[label] = self.zoho.create_event(
            f"Event {label}", at(days, "14:00"), **hero.owner, **values
        )

    def _events(self) -> None:
        for days, label in enumerate(("e-moved", "e-gone", "e-private", "e-both"), 2):
            self.event(ANNA, label, days, reminder=15)
        for days, label in enumerate(("v-moved", "v-gone"), 2):
            self.meeting(ANNA, label, days)
        self.notes["series"] = self.domino.create_series(
            ANNA.mail_file,
            "Jour fixe",
            at(7, "09:00"),
            at(7, "09:30"),
            rule="FREQ=WEEKLY;COUNT=4",
        )
        self.notes["shared"] = self.domino.create_meeting(
            ANNA.mail_file,
            "Planung zu zweit",
            at(9, "15:00"),
            at(9, "16:00"),
            attendees=[f"CN={BEN.name}/O=Acme", "gast@auswaerts.example"],
        )
        self.domino.respond(BEN.mail_file, self.notes["shared"], "accept")

    # -- afterwards -----------------------------------------------------------------

    def vanish(self) -> None:
        """What is deleted in Notes before a sync that sees it missing."""
        self.domino.delete(self.notes["n-gone"])
        self.domino.delete(self.notes["t-gone"])
        self.domino.delete_event(ANNA.mail_file, self.notes["e-gone"])

    def work(self) -> None:
        """The day's work, which the sync carries."""
        self._work_on_contacts()
        self._work_on_tasks()
        self._work_on_events()
        for hero in HEROES:
            self.domino.receive_mail(hero.mail_file, subject="Neues", n=1)

    def partner(self, module: str, field: str, value: str) -> str:
        """The Zoho id of what was made for a record of Notes."""
        return next(
            record["id"]
            for record in self.servers[1].records(module)
            if record[field] == value
        )

    def copy(self, hero: Hero, item: str, value: str) -> str:
        """The UNID of what was made for a record of Zoho."""
        return next(
            str(document["unid"])
            for document in self.servers[0].documents(hero.mail_file)
            if value in document["items"].get(item, [])
        )

    def _work_on_contacts(self) -> None:
        domino, zoho = self.domino, self.zoho
        self.person(ANNA, "n-new", CompanyName="Norðurljós ehf.")
        self.person(ANNA, "n-newer", CompanyName="Thistle & Rose Ltd")
        self.row(ANNA, "c-new")
        self.row(ANNA, "c-newer")
        domino.edit(self.notes["n-edited"], JobTitle="Leiterin Einkauf")
        domino.delete(self.notes["n-gone-now"])
        stays = self.partner("Contacts", "Email", "n-private@kunden.example")
        self.apart.append({"id": stays, "why": "a contact's copy stays as it is"})
        domino.mark_private(self.notes["n-private"])
        zoho.edit("Contacts", self.crm["c-edited"], Mobile="+49 171 3929999")
        zoho.delete("Contacts", self.crm["c-gone"])
        both = self.partner("Contacts", "Email", "n-both@kunden.example")
        domino.edit(self.notes["n-both"], JobTitle="As Notes says", Department="Neu")
        zoho.edit("Contacts", both, Title="As the CRM says", Mailing_City="Reykjavík")
        domino.edit(self.notes["b-edited"], Department="Qualität")
        zoho.delete("Contacts", self.crm["b-gone"])
        self.row(BEN, "b-new")
        self.person(BEN, "b-newer")

    def _work_on_tasks(self) -> None:
        self.todo(ANNA, "t-new")
        self.task(ANNA, "k-new")
        self.domino.edit_todo(self.notes["t-edited"], due=on(9), Importance="1")
        self.domino.complete_todo(self.notes["t-done"])
        self.zoho.edit("Tasks", self.crm["k-edited"], Subject="Task k-edited, again")
        self.zoho.delete("Tasks", self.crm["k-gone"])
        both = self.partner("Tasks", "Subject", "To-do t-both")
        self.domino.edit_todo(self.notes["t-both"], Importance="3")
        self.zoho.edit("Tasks", both, Priority="Highest", Due_Date=on(20).isoformat())
        ben = self.partner("Tasks", "Subject", "To-do t-ben")
        self.zoho.complete_task(ben)

    def _work_on_events(self) -> None:
        domino, zoho, file = self.domino, self.zoho, ANNA.mail_file
        self.event(ANNA, "e-new", 11)
        self.meeting(ANNA, "v-new", 12)
        domino.edit_event(
            file, self.notes["e-moved"], start=at(3, "08:00"), end=at(3, "09:00")
        )
        both = self.partner("Events", "Event_Title", "Entry e-both")
        domino.edit_event(file, self.notes["e-both"], subject="Entry e-both, Notes")
        zoho.edit("Events", both, Event_Title="Entry e-both, CRM")
        domino.mark_event_private(file, self.notes["e-private"])
        zoho.move_event(self.crm["v-moved"], at(13, "16:00"))
        zoho.delete("Events", self.crm["v-gone"])
        rid = datetime.fromisoformat(at(14, "09:00")).astimezone(ZoneInfo("UTC"))
        domino.move_instance(
            file,
            self.notes["series"],
            f"{rid:%Y%m%dT%H%M%SZ}",
            start=at(15, "11:00"),
            end=at(15, "11:30"),
        )
        rid += timedelta(days=7)
        domino.cancel_instance(file, self.notes["series"], f"{rid:%Y%m%dT%H%M%SZ}")
        self.event(BEN, "e-ben", 6)
