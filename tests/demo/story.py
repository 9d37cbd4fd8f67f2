"""The story that the demo plays: who has what, and what happens next.

Three people of one company have a mail file and are users of its Zoho CRM. Every
record that the story comes back to has a label.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from . import calendars, heroes, todos
from .people import LONG_NOTE, Person, people
from .records import notes_items, zoho_fields

PASSWORD = "demo-Fjord-2026"
COLLEAGUE = "inga.holm@fjordlicht.example"

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")


class Control(Protocol):
    """What the story needs of a simulator's control endpoint."""

    def act(self, name: str, **values: Any) -> Any: ...
    def dump(self) -> Any: ...


@dataclass(frozen=True)
class Hero(heroes.Hero):
    """A hero of the demo, and how many contacts each side has of theirs at first."""

    in_notes: int
    in_zoho: int
    on_both: int


HEROES = (
    Hero("anna", "Anna", "Aalto", "two_way", "zoho_wins", "all", 95, 55, 14),
    Hero("ben", "Ben", "Brodersen", "two_way", "notes_wins", "last_month", 45, 40, 6),
    Hero("carla", "Carla", "Cunha", "notes_to_zoho", "zoho_wins", "today", 60, 8, 4),
)
BY_LOGIN = {hero.login: hero for hero in HEROES}


@dataclass
class Plot:
    """What the story made: labels to Notes UNIDs (a repeating to-do has several, the
    rule's first; calendar entries have UIDs) and to Zoho ids.

    `apart` names the records that are left as they are on purpose, with the reason:
    `side` and `label` or `id`, and `field` where only one field differs. `day` is the
    day from which the calendars count; `leaver` leaves a meeting to a colleague.
    """

    day: str

    notes: dict[str, Any] = field(default_factory=dict)
    zoho: dict[str, str] = field(default_factory=dict)
    apart: list[dict[str, str]] = field(default_factory=list)
    leaver: str = ""


# -- what there is before the first sync ---------------------------------------------


def seed(domino: Control, zoho: Control, today: date | None = None) -> Plot:
    """Fill both simulators; returns the labels.

    :param today: in Berlin; the real one by default.
    """
    days = calendars.Days(today or datetime.now(calendars.BERLIN).date())
    notes_acts: list[list[Any]] = []
    zoho_rows: list[dict[str, Any]] = []
    zoho_labels: list[str] = []
    task_rows: list[dict[str, Any]] = []
    task_labels: list[str] = []

    def add_note(hero: Hero, label: str, items: dict[str, Any]) -> None:
        act = "create_contact"
        notes_acts.append([act, {"mailfile": hero.mail_file, "as": label, **items}])

    def add_row(owner: str, label: str, tags: list[str], row: dict[str, Any]) -> None:
        zoho_labels.append(label)
        zoho_rows.append({"owner": owner, "by": owner, "tags": tags, **row})

    def add_task(hero: Hero, label: str, tags: list[str], row: dict[str, Any]) -> None:
        task_labels.append(f"{hero.login}/{label}")
        owner = {"owner": hero.email, "by": hero.email}
        task_rows.append({**owner, "tags": tags, **row})

    crowd = iter(people(sum(h.in_notes + h.in_zoho for h in HEROES)))
    for hero in HEROES:
        both = [next(crowd) for _ in range(hero.on_both)]
        for number, person in enumerate(both):
            label = f"{hero.login}/both{number}"
            add_note(hero, label, notes_items(person))
            there = person if number % 2 == 0 else _as_the_crm_knows(person)
            add_row(hero.email, label, [], zoho_fields(there))
        for number in range(hero.in_notes - hero.on_both):
            label = f"{hero.login}/notes{number}"
            add_note(hero, label, notes_items(next(crowd)))
        for number in range(hero.in_zoho - hero.on_both):
            label = f"{hero.login}/zoho{number}"
            add_row(hero.email, label, [], zoho_fields(next(crowd)))
        for label, items in _odd_notes(hero).items():
            add_note(hero, f"{hero.login}/{label}", items)
        for label, fields in _odd_rows(hero).items():
            add_row(hero.email, f"{hero.login}/{label}", [], fields)
        add_row(
            hero.email,
            f"{hero.login}/private-crm",
            ["Private"],
            zoho_fields(_private_of(hero, "crm")),
        )
        add_note(
            hero,
            f"{hero.login}/private-notes",
            {
                **notes_items(_private_of(hero, "notes")),
                "Confidential": "1",
                "$PublicAccess": None,
            },
        )
        notes_acts += _other_documents(hero)
        others = [h for h in HEROES if h != hero]
        notes_acts += todos.notes_acts(hero, others)
        notes_acts += calendars.notes_acts(hero, others, days, both[0].email)
        for label, row in todos.zoho_rows(hero).items():
            add_task(hero, label, [], row)
        add_task(hero, "task-private", ["Private"], todos.private_row(hero))
    doubled = _doubled()
    add_row(COLLEAGUE, "colleague/doubled", ["Key account"], zoho_fields(doubled))
    add_note(BY_LOGIN["ben"], "ben/doubled", notes_items(doubled))

    known = domino.act(
        "load",
        seed={
            "users": [
                {
                    "name": h.name,
                    "password": PASSWORD,
                    "short": h.login,
                    "email": h.email,
                }
                for h in HEROES
            ],
            "acts": notes_acts,
        },
    )
    colleague = {"email": COLLEAGUE, "first_name": "Inga", "last_name": "Holm"}
    ids = zoho.act(
        "seed",
        users=[
            *(
                {"email": h.email, "first_name": h.first, "last_name": h.last}
                for h in HEROES
            ),
            colleague,
        ],
        records={"Contacts": zoho_rows, "Tasks": task_rows},
    )
    labels = [*zoho_labels, *task_labels]
    made = dict(zip(labels, [*ids["Contacts"], *ids["Tasks"]], strict=True))
    made |= _seed_meetings(zoho, days, made)
    return Plot(
        day=days.first.isoformat(),
        notes=known,
        zoho=made,
        apart=[
            {
                "side": "notes",
                "label": "ben/doubled",
                "who": f"{doubled.first} {doubled.last} (ben)",
                "why": "Zoho has this mail address already, in a colleague's record",
            },
            {
                "side": "zoho",
                "label": "carla/meeting-both",
                "field": "location",
                "who": "Jahresplanung (carla)",
                "why": "only the CRM knows it, and the account goes one way to the CRM",
            },
            *(
                {
                    "side": "notes",
                    "label": f"{hero.login}/event-unknown_zone",
                    "who": f"Irgendwo anders ({hero.login})",
                    "why": "nobody knows the time zone of this calendar entry",
                }
                for hero in HEROES
            ),
        ],
    )


def _seed_meetings(
    zoho: Control, days: calendars.Days, contacts: dict[str, str]
) -> dict[str, str]:
    """The CRM's events; returns ids by label."""
    labels: list[str] = []
    rows: list[dict[str, Any]] = []
    series: dict[str, str] = {}
    for hero in HEROES:
        guest = contacts[f"{hero.login}/both0"]
        own = {"owner": hero.email, "by": hero.email}
        for label, row in calendars.zoho_rows(hero, days, guest).items():
            labels.append(f"{hero.login}/{label}")
            rows.append({**own, **row})
        labels.append(f"{hero.login}/meeting-private")
        private = calendars.private_row(hero, days)
        rows.append({**own, "tags": ["Private"], **private})
        for number, key in enumerate(
            zoho.act("create_series", **calendars.zoho_series(hero, days))
        ):
            series[f"{hero.login}/series{number}"] = key
    ids = zoho.act("seed", records={"Events": rows})["Events"]
    return {**dict(zip(labels, ids, strict=True)), **series}


def _as_the_crm_knows(person: Person) -> Person:
    """The same person a little otherwise: some empty, one different, phone respelt."""
    return person.but(
        job="Contact person",
        fax="",
        note="",
        home=None,
        office_phone=person.office_phone.replace("-", " "),
    )


def _private_of(hero: Hero, where: str) -> Person:
    return Person(
        first="Vertraulich",
        last=f"{hero.last}-Geheim ({where})",
        email=f"geheim.{where}.{hero.login}@verborgen.example",
        mobile=f"+49 176 040690{40 + 2 * HEROES.index(hero) + (where == 'crm')}",
        note=f"Streng vertraulich: Gehalt und Diagnose, {hero.login}, {where}.",
    )


def _doubled() -> Person:
    return Person(
        first="Frida",
        last="Falkenried",
        email="frida.falkenried@doppelt.example",
        company="Brückner & Söhne GmbH",
        office_phone="+49 30 23125 404",
    )


def _odd_notes(hero: Hero) -> dict[str, dict[str, Any]]:
    """Contacts as they really are: incomplete, too long, formatted, misused."""
    domain = f"{hero.login}s-freunde.example"
    rich = '<font size="2" face="sans-serif">'
    return {
        "no-last-name": {
            "FirstName": "Cheryl",
            "FullName": "Cheryl",
            "CellPhoneNumber": "+44 7700 900461",
        },
        "company-only": {
            "CompanyName": "Thistle & Rose Ltd",
            "FullName": "Thistle & Rose Ltd",
            "OfficePhoneNumber": "+44 20 7946 0999",
        },
        "address-only": {"MailAddress": f"newsletter@{domain}"},
        "long": {
            "FirstName": "Maximiliane Theodora Friederike Wilhelmine",
            "LastName": "von und zu Hohenstein-Lichtenfels",
            "JobTitle": "Stellvertretende Leiterin der Abteilung für besonders lange "
            "Berufsbezeichnungen und deren Abkürzung (m/w/d)",
            "Comment": LONG_NOTE,
            "MailAddress": f"m.hohenstein@{domain}",
        },
        "rich-plain": {
            "FirstName": "Tove",
            "LastName": "Ekström",
            "Comment": {"type": "richtext", "text": "Ringer gärna.\nSpråk: svenska"},
        },
        "rich-picture": {
            "FirstName": "Ingvild",
            "LastName": "Åsgård",
            "Comment": {
                "type": "richtext",
                "html": f"{rich}Visittkort:<br></font><b>se bildet</b>"
                '<img src="cid:kort" alt="kort">',
                "attachments": [
                    {
                        "name": "kort.gif",
                        "content_type": "image/gif",
                        "data": base64.b64encode(PIXEL).decode(),
                    }
                ],
            },
        },
        "bad-values": {
            "FirstName": "Otto",
            "LastName": "Normalverbraucher",
            "MailAddress": "CN=Otto Normalverbraucher/OU=Werk/O=Acme",
            "OfficePhoneNumber": "bitte nur über die Zentrale, siehe Rückseite",
            "CellPhoneNumber": "+49 171 3920012",
        },
        "emoji": {
            "FirstName": "Zoë 🌻",
            "LastName": "Nuñez de la Peña",
            "Comment": 'Likes 🐙 & <angle brackets> & "quotes"',
            "MailAddress": f"zoe@{domain}",
        },
    }


def _odd_rows(hero: Hero) -> dict[str, dict[str, Any]]:
    """Zoho contacts with what is hard to carry: markup, length, other scripts."""
    domain = f"{hero.login}s-kunden.example"
    return {
        "crm-last-name-only": {"Last_Name": f"Nurnachname-{hero.last}"},
        "crm-markup": {
            "First_Name": "Ada",
            "Last_Name": "Märkup <b> & Söhne",
            "Email": f"ada@{domain}",
            "Description": "<script>alert('no')</script> & \"quotes\"\n"
            "second line\n\nfourth, 100 % <i>plain</i>",
        },
        "crm-long": {
            "First_Name": "Wolfgang",
            "Last_Name": "Langenscheidt",
            "Email": f"wolfgang@{domain}",
            "Description": "\n\n".join([LONG_NOTE] * 3),
        },
        "crm-hebrew": {
            "First_Name": "שרה",
            "Last_Name": "לוי",
            "Email": f"sara.levi@{domain}",
            "Phone": "+972 3 555 0123",
            "Mailing_Street": "רחוב הרצל 12",
            "Mailing_City": "תל אביב",
            "Mailing_Country": "ישראל",
        },
        "crm-arabic": {
            "First_Name": "ليلى",
            "Last_Name": "العربي",
            "Email": f"laila@{domain}",
            "Mobile": "+971 50 555 0123",
            "Description": "تفضل المكالمات صباحًا.",
        },
    }


def _other_documents(hero: Hero) -> list[list[Any]]:
    """A group, a conflict document and the mail that a mail file is full of."""
    path = hero.mail_file
    acts: list[list[Any]] = [
        [
            "create_group",
            {
                "mailfile": path,
                "name": "Weihnachtskarten",
                "members": ["Anna Aalto/Acme", "Ben Brodersen/Acme"],
            },
        ],
        [
            "make_conflict",
            {
                "unid": f"@{hero.login}/both0",
                "as": f"{hero.login}/conflict",
                "JobTitle": "The version that lost",
            },
        ],
        ["receive_mail", {"mailfile": path, "subject": "Angebot", "n": 40}],
        [
            "receive_mail",
            {"mailfile": path, "subject": "Kantine", "body": "Heute: Grünkohl."},
        ],
    ]
    return acts


# -- what people do after it ----------------------------------------------------------


def edit(domino: Control, zoho: Control, plot: Plot) -> list[str]:
    """A working day: edits, a deletion each way, conflicts, a refused record, mail.

    Adds to `plot` what it makes; returns what happened, a line each.
    """
    anna, ben, carla = HEROES
    pair = _pairs(domino, zoho, plot)
    told: list[str] = []

    def say(line: str) -> None:
        told.append(line)

    # An edit each way, and one on each side of the same contact.
    domino.act("edit", unid=plot.notes["anna/notes0"], JobTitle="Leiterin Einkauf")
    say("Anna edits a job title in Notes")
    _edit(zoho, plot.zoho["anna/zoho0"], Mobile="+49 171 3920042")
    say("Anna edits a mobile number in Zoho")
    domino.act("edit", unid=plot.notes["anna/notes1"], Department="Innovation")
    _edit(zoho, pair["anna/notes1"], Mailing_City="Reykjavík")
    say("Anna edits one contact on both sides, different fields: both stay")
    # The same field on both sides.
    for hero in (anna, ben):
        unid = plot.notes[f"{hero.login}/notes2"]
        domino.act("edit", unid=unid, JobTitle="As Notes says")
        _edit(zoho, pair[f"{hero.login}/notes2"], Title="As the CRM says")
        winner = "the CRM" if hero.policy == "zoho_wins" else "Notes"
        say(f"{hero.first} edits the same job title on both sides: {winner} wins")
    # Deletions.
    domino.act("delete", unid=plot.notes["anna/notes3"])
    say("Anna deletes a contact in Notes")
    zoho.act("delete", module="Contacts", record_id=plot.zoho["ben/zoho1"])
    say("Ben deletes a contact in Zoho")
    # New ones.
    plot.notes["anna/new"] = domino.act(
        "create_contact",
        mailfile=anna.mail_file,
        FirstName="Ólafur",
        LastName="Þórðarson",
        MailAddress="olafur@nyr.example",
        CompanyName="Norðurljós ehf.",
    )
    say("Anna adds a contact in Notes")
    plot.zoho["ben/new"] = zoho.act(
        "create",
        module="Contacts",
        owner=ben.email,
        by=ben.email,
        First_Name="Thuy",
        Last_Name="Nguyễn",
        Email="thuy@moi.example",
        Account_Name="Huta Szkła Źródło sp. z o.o.",
    )
    say("Ben adds a contact in Zoho")
    # Private later.
    domino.act("mark_private", unid=plot.notes["anna/notes4"])
    plot.apart.append(
        {
            "side": "zoho",
            "id": pair["anna/notes4"],
            "who": _name(domino, plot.notes["anna/notes4"], anna),
            "why": "its Notes contact turned private; a copy in Zoho stays as it was",
        }
    )
    say("Anna marks a contact private in Notes: its copy in Zoho stays as it is")
    # One way: what changes on the target side stays there.
    _edit(zoho, pair["carla/notes0"], Title="Edited in the CRM, one-way account")
    plot.apart.append(
        {
            "side": "notes",
            "label": "carla/notes0",
            "field": "job title",
            "who": _name(domino, plot.notes["carla/notes0"], carla),
            "why": "the account goes one way; the CRM's edit stays until Notes changes",
        }
    )
    domino.act("edit", unid=plot.notes["carla/notes1"], Department="Neue Abteilung")
    say("Carla (one way to Zoho) edits on each side: only Notes' edit goes on")
    # A refused record: somebody locked it in Zoho.
    plot.zoho["ben/locked"] = pair["ben/notes3"]
    zoho.act("lock", module="Contacts", record_id=pair["ben/notes3"])
    domino.act("edit", unid=plot.notes["ben/notes3"], Department="Qualität")
    say("Ben edits a contact in Notes that is locked in Zoho: Zoho refuses it")
    todos.edit(domino, zoho, plot, say)
    calendars.edit(
        calendars.Day(
            domino,
            zoho,
            plot,
            say,
            files={hero.login: hero.mail_file for hero in HEROES},
            owners={hero.login: hero.email for hero in HEROES},
        )
    )
    say(f"{receive(domino, 4)} mails arrive")
    return told


def unlock(zoho: Control, plot: Plot) -> list[str]:
    """The lock of the refused record is taken off; returns what happened."""
    locked = plot.zoho["ben/locked"]
    zoho.act("lock", module="Contacts", record_id=locked, locked=False)
    return ["An administrator unlocks that contact in Zoho: the edit goes on"]


def receive(domino: Control, each: int) -> int:
    """Mail arrives in all mail files; returns how many."""
    for hero in HEROES:
        domino.act("receive_mail", mailfile=hero.mail_file, subject="Neues", n=each)
    return each * len(HEROES)


def save(path: Path, plot: Plot) -> None:
    """Write the plot, and what the comparer and Odoo's side need of the story."""
    keys = {"notes": plot.notes, "zoho": plot.zoho}
    apart = [
        {**entry, "id": entry.get("id") or keys[entry["side"]][entry["label"]]}
        for entry in plot.apart
    ]
    data = {
        **heroes.told(HEROES, PASSWORD, plot.day, apart),
        "plot": asdict(plot),
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")


def _edit(zoho: Control, record_id: str, **values: Any) -> None:
    record = next(r for r in zoho.dump()["records"]["Contacts"] if r["id"] == record_id)
    owner = record["Owner"]["email"]
    zoho.act("edit", module="Contacts", record_id=record_id, by=owner, **values)


def _name(domino: Control, unid: str, hero: Hero) -> str:
    documents = domino.dump()["mail_files"][hero.mail_file]["documents"]
    items = next(d["items"] for d in documents if d["unid"] == unid)
    return f"{items['FirstName'][0]} {items['LastName'][0]} ({hero.login})"


def _pairs(domino: Control, zoho: Control, plot: Plot) -> dict[str, str]:
    """Label of a Notes contact to the id of the Zoho contact with its address."""
    by_email = {
        (record["Owner"]["email"], record["Email"].casefold()): record["id"]
        for record in zoho.dump()["records"]["Contacts"]
        if record["Email"]
    }
    labels = {
        unid: label for label, unid in plot.notes.items() if "/todo-" not in label
    }
    pairs: dict[str, str] = {}
    files = domino.dump()["mail_files"]
    for hero in HEROES:
        for document in files[hero.mail_file]["documents"]:
            address = (document["items"].get("MailAddress") or [""])[0]
            found = by_email.get((hero.email, str(address).casefold()))
            if found and document["unid"] in labels:
                pairs[labels[document["unid"]]] = found
    return pairs
