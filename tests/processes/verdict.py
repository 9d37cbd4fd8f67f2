"""Is all well? Judged by what both simulators hold, and by the database's links.

Knows nothing of the engine: the demo's comparer says whether both stores agree, and
what they hold is compared with what they hold after the same work undisturbed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from tests.demo.compare import Comparer

#: What differs from one time to the next, or says who and when.
FLEETING_ITEMS = {
    "applicationuid",
    "apptunid",
    "apptunidurl",
    "orgapptunid",
    "zohokey",
}
FLEETING_ENTRY = {"uid", "unid", "recurrence_id", "modified", "sequence"}
FLEETING_RECORD = {
    "id",
    "Created_Time",
    "Modified_Time",
    "Last_Activity_Time",
    "Closed_Time",
    "Change_Log_Time__s",
    "CompletedDateTime",
}
#: So much of a record is told.
LONGEST = 1000
#: The links, and what they are called by.
LINKS = """
    SELECT kind, state, notes_key, zoho_id,
           notes_intent IS NOT NULL OR zoho_intent IS NOT NULL,
           dirty OR coalesce(pending, FALSE) OR coalesce(held, FALSE),
           notes_gone, zoho_gone
      FROM notes_zoho_link
"""


def meaning(domino: Mapping[str, Any], zoho: Mapping[str, Any]) -> Counter[str]:
    """Each record of both stores without ids and times, with how often it is there."""
    found: list[Any] = []
    for path, file in domino["mail_files"].items():
        found += [[path, *_document(each)] for each in file["documents"]]
        found += [
            [path, "entry", _without(each, FLEETING_ENTRY)] for each in file["events"]
        ]
    for module, records in zoho["records"].items():
        found += [[module, _record(each)] for each in records]
    return Counter(
        json.dumps(each, sort_keys=True, ensure_ascii=False) for each in found
    )


def _document(document: Mapping[str, Any]) -> list[Any]:
    if document["form"] in ("Appointment", "Notice"):
        return ["calendar"]  # its meaning is told by its entries
    items = {
        name: held
        for name, held in document["items"].items()
        if not name.startswith("$") and name.lower() not in FLEETING_ITEMS
    }
    if items.get("CompletedDateTime"):
        items["CompletedDateTime"] = "some time"
    return [document["form"], items]


def _record(record: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {
        name: _named(value)
        for name, value in record.items()
        if value is not None and name not in FLEETING_RECORD
    }
    return known


def _named(value: Any) -> Any:
    """A lookup by its name; people of an event by their addresses."""
    if isinstance(value, dict):
        return value.get("name") or {
            name: held for name, held in value.items() if name != "id"
        }
    if isinstance(value, list):
        return [_named(each) for each in value]
    return value


def _without(values: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: held for name, held in values.items() if name not in names}


def differences(now: Counter[str], wanted: Counter[str]) -> list[str]:
    """Records that are too few or too many, in words."""
    return [
        *(f"lost: {n} x {each[:LONGEST]}" for each, n in (wanted - now).items()),
        *(f"too many: {n} x {each[:LONGEST]}" for each, n in (now - wanted).items()),
    ]


def disagreements(servers: Any, story: Mapping[str, Any], mails: bool) -> list[str]:
    """What the comparer finds.

    :param mails: whether mail is meant to be sent, since a meeting was called.
    """
    logs = {"domino": servers.domino.log(True), "zoho": servers.zoho.log()}
    if mails:
        logs["domino"]["mails"] = []
    domino, zoho = servers.domino.dump(), servers.zoho.dump()
    return Comparer(domino, zoho, logs, dict(story)).all()


def broken_links(
    query: Callable[[str], list[tuple[Any, ...]]],
    domino: Mapping[str, Any],
    zoho: Mapping[str, Any],
) -> list[str]:
    """Links that are not whole: half of them missing, open, or of nothing."""
    found = []
    ids = {each["id"] for records in zoho["records"].values() for each in records}
    keys = set()
    for file in domino["mail_files"].values():
        keys |= {each["unid"] for each in file["documents"]}
        for entry in file["events"]:
            rid = entry["recurrence_id"]
            keys.add(f"{entry['uid']}/{rid}" if rid else entry["uid"])
    for kind, state, notes, crm, intent, open_, notes_gone, crm_gone in query(LINKS):
        name = f"the {state} {kind} link of {notes or '-'} and {crm or '-'}"
        if intent:
            found.append(f"{name} has an open intent")
        if state != "linked":
            continue
        if open_:
            found.append(f"{name} waits for something")
        if notes not in keys or notes_gone:
            found.append(f"{name} has nothing in Notes")
        if crm is not None and (crm not in ids or crm_gone):
            found.append(f"{name} has nothing in Zoho")
    return found


def links(query: Callable[[str], list[tuple[Any, ...]]]) -> Counter[str]:
    """How many links there are of each kind and state."""
    return Counter(
        f"{kind} {state}{'' if crm else ' without a Zoho record'}"
        for kind, state, _, crm, *_ in query(LINKS)
    )


def mails(sent: list[Mapping[str, Any]]) -> Counter[str]:
    """Who got what: each mail once is as it must be."""
    return Counter(f"{m['notice']} {m['to']}: {m['subject']}" for m in sent)
