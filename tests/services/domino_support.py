"""What the tests of the Domino side share: a small mapping, sessions, waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from notes_zoho_sync.services.domino.session import DominoSession
from notes_zoho_sync.services.domino.side import DominoSide
from notes_zoho_sync.services.reasons import Reason, reason, register
from notes_zoho_sync.services.records import Name, contact_kind
from notes_zoho_sync.services.sync.item import Fitted
from tests.simulators.domino import DominoSimulator

register({"test_conflict_document": "A conflict document is not synced."})

USER, PASSWORD, MAIL = "Jane Doe", "Sommer-17", "mail/jdoe.nsf"
INSTALLATION = "1f0c2f7e-installation"


@dataclass(frozen=True)
class Reading:
    values: dict[str, Any]
    locked: dict[str, Reason] = field(default_factory=dict)
    remarks: tuple[Reason, ...] = ()
    private: bool = False
    skip: Reason | None = None
    skip_new: Reason | None = None
    sync_key: str = ""
    installation: str = ""


class SmallMapping:
    """A few units of a contact, so that these tests rest on no real mapping."""

    FORMS = {"contact": "Person", "task": "Task"}
    ITEMS = {"job_title": "JobTitle", "company": "CompanyName"}

    def read(self, kind: str, document: Mapping[str, Any], /) -> Reading:
        conflict = "@parentid" in document and "$Conflict" in document
        name = Name(document.get("FirstName", ""), document.get("LastName", ""))
        values = {unit: document.get(item, "") for unit, item in self.ITEMS.items()}
        return Reading(
            values={"name": name, **values},
            private=document.get("Confidential") == "1",
            skip=reason("test_conflict_document") if conflict else None,
            sync_key=document.get("ZohoKey", ""),
            installation=document.get("ZohoSyncBy", ""),
        )

    def write(
        self, kind: str, values: Mapping[str, Any], current: Any, /
    ) -> dict[str, Any]:
        items = {self.ITEMS[unit]: values[unit] for unit in values if unit != "name"}
        if "name" in values:
            name = values["name"]
            items.update(FirstName=name.first, LastName=name.last, Type="Person")
        return items

    def fit(self, kind: str, values: Any, current: Any, /) -> Fitted:
        carried = {"name", *self.ITEMS}
        return Fitted({unit: values[unit] for unit in values if unit in carried})


def server(**knobs: Any) -> DominoSimulator:
    """A running server with one user and an empty mail file."""
    simulator = DominoSimulator(**knobs)
    simulator.act.add_user(USER, PASSWORD)
    simulator.start()
    return simulator


def connect(simulator: DominoSimulator, **options: Any) -> DominoSession:
    """A session that never really waits: the server's clock moves instead."""
    values: dict[str, Any] = {
        "allow_http": True,
        "timeouts": (2.0, 5.0),
        "sleep": lambda seconds: simulator.clock.advance(seconds=seconds),
        **options,
    }
    user, password = values.pop("user", USER), values.pop("password", PASSWORD)
    url = values.pop("url", simulator.url)
    return DominoSession(url, user, password, **values)


def side_of(session: DominoSession, **options: Any) -> DominoSide:
    return DominoSide(
        session,
        f"/{MAIL}",
        **{
            "mapping": SmallMapping(),
            "kinds": {"contact": contact_kind("DE")},
            "installation": INSTALLATION,
            "views": {"contact": "($Contacts)"},
            **options,
        },
    )


def people(simulator: DominoSimulator, count: int) -> list[str]:
    """So many contacts; their UNIDs."""
    return [
        simulator.act.create_contact(MAIL, FirstName=f"P{n:04}", LastName=f"Q{n:04}")
        for n in range(count)
    ]
