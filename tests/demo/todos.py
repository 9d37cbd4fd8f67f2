"""The to-dos and tasks of the demo: of all sorts, and what people do with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .people import LONG_NOTE

if TYPE_CHECKING:
    from .story import Control, Hero, Plot

#: Dates that lie behind and ahead whenever the demo is started.
PAST, SOON, LATER = "2025-09-05", "2031-03-07", "2031-06-20"
LONG_AGO = {"type": "datetime", "data": "2024-05-06T09:30:00Z"}


def notes_acts(hero: Hero, others: list[Hero]) -> list[list[Any]]:
    """What a mail file holds in to-dos."""
    path = hero.mail_file
    simple: dict[str, dict[str, Any]] = {
        "todo-offer": {
            "subject": "Angebot nachfassen",
            "due": SOON,
            "start": PAST,
            "Importance": "1",
            "body": "Zweite Fassung, mit Rabatt.\nVorher Lager fragen.",
        },
        "todo-fair": {"subject": "Messestand buchen", "due": LATER, "Importance": "2"},
        "todo-expenses": {"subject": "Reisekosten abrechnen", "Importance": "3"},
        "todo-overdue": {"subject": "Muster zurückschicken", "due": PAST},
        "todo-alarm": {
            "subject": f"Jahresgespräch von {hero.name} vorbereiten",
            "due": LATER,
            "start": SOON,
            "$Alarm": 1,
            "$AlarmOffset": -90,
        },
        "todo-done": {"subject": "Katalog bestellt", "due": PAST},
        "todo-old": {
            "subject": "Längst erledigt",
            "DueState": 9,
            "CompletedDateTime": LONG_AGO,
        },
        "todo-rejected": {"subject": "Umfrage beantworten"},
        "todo-formatted": {
            "subject": "Checkliste durchgehen",
            "Body": {"type": "richtext", "html": "<ul><li>eins<li><b>zwei</b></ul>"},
        },
        "todo-long": {
            "subject": "Protokoll über " + "die Sitzung und " * 20 + "den Rest",
            "body": LONG_NOTE,
        },
        "todo-markup": {
            "subject": 'A <b>bold</b> & "quoted" 会議 🌻',
            "due": SOON,
            "body": "1 < 2 & 3 > 2\n\n  eingerückt",
        },
        "todo-nameless": {"subject": "", "due": SOON},
        "todo-both": {"subject": "Vertrag prüfen", "due": SOON, "Importance": "1"},
        "todo-private": {
            "subject": f"Geheimer Arzttermin {hero.last}",
            "body": f"Befund besprechen, {hero.login}, streng vertraulich.",
            "OrgConfidential": "1",
            "$PublicAccess": None,
        },
    }
    acts: list[list[Any]] = [
        ["create_todo", {"mailfile": path, "as": f"{hero.login}/{label}", **values}]
        for label, values in simple.items()
    ]
    for act, label in (("complete_todo", "done"), ("reject_todo", "rejected")):
        acts.append([act, {"unid": f"@{hero.login}/todo-{label}"}])
    acts.append(
        [
            "create_group_todo",
            {
                "mailfile": path,
                "subject": f"Inventur, gemeinsam mit {others[0].first}",
                "assignees": [others[0].name],
                "due": LATER,
            },
        ]
    )
    acts.append(
        [
            "create_repeating_todo",
            {
                "mailfile": path,
                "subject": "Wochenbericht",
                "due": SOON,
                "rule": "FREQ=WEEKLY;COUNT=4",
                "as": f"{hero.login}/todo-weekly",
            },
        ]
    )
    return acts


def zoho_rows(hero: Hero) -> dict[str, dict[str, Any]]:
    """What the CRM holds in tasks of this user, by label."""
    alarm = {"ALARM": "ACTION=POPUP;TRIGGER=-P1D;TRIGGER_TIME=08:30"}
    states = ("Not Started", "Deferred", "In Progress", "Completed")
    rows: dict[str, dict[str, Any]] = {
        f"task-state{number}": {"Subject": f"{state}: Kunde {number}", "Status": state}
        for number, state in enumerate((*states, "Waiting for input"))
    }
    rows |= {
        f"task-priority{number}": {
            "Subject": f"Rückruf {priority}",
            "Priority": priority,
            "Status": "Not Started",
            "Due_Date": LATER,
        }
        for number, priority in enumerate(("Highest", "High", "Normal", "Lowest"))
    }
    return rows | {
        "task-alarm": {
            "Subject": "Probelieferung ansehen",
            "Status": "Not Started",
            "Due_Date": SOON,
            "Remind_At": alarm,
        },
        "task-markup": {
            "Subject": "<i>Angebot</i> & Rückfrage",
            "Status": "In Progress",
            "Description": "<script>alert('no')</script>\nzweite Zeile & 100 %",
        },
        # The same task as in Notes, as the CRM knows it.
        "task-both": {
            "Subject": "Vertrag  prüfen",
            "Status": "Waiting for input",
            "Priority": "Highest",
            "Due_Date": SOON,
        },
    }


def private_row(hero: Hero) -> dict[str, Any]:
    """A task that nobody else may know of."""
    return {
        "Subject": f"Verschwiegene Sache {hero.last}",
        "Status": "Not Started",
        "Description": f"Kündigung von {hero.login} vorbereiten, streng geheim.",
    }


def edit(
    domino: Control, zoho: Control, plot: Plot, say: Callable[[str], None]
) -> None:
    """A working day's edits of to-dos and tasks."""
    partner = _partners(domino, zoho, plot)

    def change(record_id: str, who: str, **values: Any) -> None:
        by = f"{who}@fjordlicht.example"
        zoho.act("edit", module="Tasks", record_id=record_id, by=by, **values)

    domino.act("complete_todo", unid=plot.notes["anna/todo-overdue"])
    say("Anna completes a to-do in Notes")
    zoho.act("complete_task", record_id=plot.zoho["anna/task-state0"])
    say("Anna completes a task in Zoho")
    domino.act("reopen_todo", unid=plot.notes["anna/todo-done"])
    zoho.act("reopen_task", record_id=plot.zoho["anna/task-state3"])
    say("Anna opens completed ones again, one on each side")
    change(partner["anna/todo-offer"], "anna", Due_Date=PAST)
    say("Anna moves a due date in Zoho before the start that Notes has: it moves along")
    change(partner["anna/todo-both"], "anna", Status="Deferred")
    say("Anna defers a task in Zoho: an open to-do stays one in Notes")
    for login in ("anna", "ben"):
        domino.act("edit_todo", unid=plot.notes[f"{login}/todo-fair"], due=SOON)
        change(partner[f"{login}/todo-fair"], login, Due_Date=PAST)
        say(f"{login.title()} moves the same due date on both sides")
    domino.act("delete", unid=plot.notes["ben/todo-expenses"])
    zoho.act("delete", module="Tasks", record_id=plot.zoho["ben/task-priority0"])
    say("Ben deletes a to-do in Notes and a task in Zoho")
    domino.act("mark_private", unid=plot.notes["ben/todo-alarm"])
    say("Ben marks a to-do private: its copy goes to Zoho's recycle bin")
    weekly = next(iter(plot.notes["anna/todo-weekly"][1:]))
    change(partner["anna/todo-weekly"], "anna", Description="Edited in the CRM")
    plot.apart.append(
        {
            "side": "notes",
            "id": weekly,
            "field": "description",
            "who": "Wochenbericht (anna)",
            "why": "one date of a repeating to-do; only Notes changes those",
        }
    )
    say("Anna edits one date of a repeating to-do in Zoho: Notes keeps its own")
    change(partner["carla/todo-offer"], "carla", Priority="Low")
    plot.apart.append(
        {
            "side": "notes",
            "label": "carla/todo-offer",
            "field": "priority",
            "who": "Angebot nachfassen (carla)",
            "why": "the account goes one way; the CRM's edit stays until Notes changes",
        }
    )
    say("Carla (one way to Zoho) edits a task in Zoho: it stays there")


def _partners(domino: Control, zoho: Control, plot: Plot) -> dict[str, str]:
    """Label of a to-do to the id of the task of its owner that is called the same.

    Of a repeating one: of its first date.
    """
    tasks = {
        (task["Owner"]["email"], " ".join(task["Subject"].split()), task["Due_Date"]): (
            task["id"]
        )
        for task in zoho.dump()["records"]["Tasks"]
    }
    documents = {
        document["unid"]: document
        for file in domino.dump()["mail_files"].values()
        for document in file["documents"]
    }
    found = {}
    for label, key in plot.notes.items():
        login, _, name = label.partition("/")
        if not name.startswith("todo-"):
            continue
        unid = key if isinstance(key, str) else key[1]
        items = documents[unid]["items"]
        due = (items.get("DueDateTime") or [None])[0]
        who = (f"{login}@fjordlicht.example", " ".join(items["Subject"][0].split()))
        task = tasks.get((*who, due[:10] if due else None))
        if task:
            found[label] = task
    return found
