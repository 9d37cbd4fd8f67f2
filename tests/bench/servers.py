"""One simulator in a process of its own, with acts that fill it quickly.

``python -m tests.bench.servers domino|zoho`` prints a line of JSON (``url`` and, of
Zoho, the client) and serves until it is ended.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.demo.people import people
from tests.demo.records import notes_items, zoho_fields
from tests.simulators.domino import DominoSimulator
from tests.simulators.domino.acts import Acts as DominoActs
from tests.simulators.domino.items import Item
from tests.simulators.domino.world import Document
from tests.simulators.zoho import ZohoSimulator
from tests.simulators.zoho.acts import Acts as ZohoActs

#: Ids of the n-th copy of a Zoho record lie so far from the original's.
STRIDE = 10_000_000


def copied_unid(unid: str, number: int) -> str:
    """The UNID of the n-th copy of a document."""
    return f"{0xC0000000 + number:08X}{unid[8:]}"


class FillDomino(DominoActs):
    """People who have kept their mail files for years."""

    def fill(self, mailfile: str, number: int) -> None:
        """That many contacts."""
        with self._lock:
            for person in people(number):
                self.create_contact(mailfile, **notes_items(person))

    def fill_agenda(self, mailfile: str, todos: int, events: int) -> None:
        """To-dos and calendar entries around the server's present day; every tenth
        entry is a weekly series."""
        with self._lock:
            today = self._world.now().date()
            for number in range(todos):
                due = today.fromordinal(today.toordinal() + number % 60 + 1)
                self.create_todo(mailfile, f"To do {number}", due.isoformat())
            for number in range(events):
                day = today.fromordinal(today.toordinal() + number % 90 + 1)
                start = f"{day.isoformat()}T{number % 9 + 8:02}:00:00+00:00"
                title = f"Event {number}"
                self.create_event(mailfile, title, start, location="Room 1")

    def touch(self, mailfile: str, first: int, number: int, text: str) -> int:
        """Somebody changes the job title of some of a file's contacts."""
        with self._lock:
            persons = [
                document.unid
                for document in self._file(mailfile).documents.values()
                if document.form == "Person"
            ][first : first + number]
            for unid in persons:
                self.edit(unid, JobTitle=text)
            return len(persons)

    def copy_documents(self, source: str, target: str, number: int) -> None:
        """Give a file copies of all documents of another, or of its own first ones,
        without telling anybody: as if it had them all along."""
        with self._lock:
            documents = self._originals(source)
            file = self._file(target)
            for old in documents:
                new = Document(file, copied_unid(old.unid, number), 0, old.created)
                self._world._noteid += 4
                new.noteid = self._world._noteid
                new.modified, new.in_file = old.modified, old.in_file
                new.items = {
                    key: Item(item.name, item.values) for key, item in old.items.items()
                }
                for name in ("ApptUNID", "$REF"):
                    if unid := new.text(name):
                        new.put(name, [copied_unid(unid, number)])
                if old.parent:
                    new.parent = copied_unid(old.parent, number)
                file.documents[new.unid] = new
                self._world.where[new.unid] = file
                file.changed(new, None)

    def _originals(self, path: str) -> list[Document]:
        return [
            document
            for document in self._file(path).documents.values()
            if not document.unid.startswith("C000")
        ]

    def copy_people(self, source: str, password: str, number: int) -> list[str]:
        """Users with mail files that are copies of one; their mail files."""
        paths = []
        for each in range(1, number + 1):
            name = f"Person {each:04}"
            path = self.add_user(name, password, short=f"person{each:04}")
            self.copy_documents(source, path, each)
            paths.append(path)
        return paths


class FillZoho(ZohoActs):
    """An organisation that has its records."""

    def fill(self, owner: str, number: int) -> None:
        """That many contacts with their companies."""
        with self._sim.lock:
            for person in people(number):
                self.create("Contacts", owner=owner, **zoho_fields(person))

    def touch(self, owner: str, first: int, number: int, text: str) -> int:
        """Somebody changes the title of some of a user's contacts."""
        with self._sim.lock:
            ids = self._sim.world.tables["Contacts"].by_owner.get(owner, [])
            some = list(ids[first : first + number])
            for key in some:
                self.edit("Contacts", key, Title=text)
            return len(some)

    def copy_records(self, source: str, target: str, number: int) -> None:
        """Give a user copies of all records of another, or of their own first ones."""
        with self._sim.lock:
            world = self._sim.world
            for module in ("Contacts", "Tasks", "Events"):
                table = world.tables[module]
                for key in self._originals(table.by_owner.get(source, [])):
                    record = replace(
                        table.rows[key],
                        id=str(int(key) + number * STRIDE),
                        owner=target,
                    )
                    table.link(record)

    def _originals(self, ids: list[str]) -> Iterator[str]:
        limit = int(self._sim.world.org_id) + STRIDE
        return (key for key in list(ids) if int(key) < limit)

    def copy_people(self, source: str, number: int) -> list[str]:
        """Users with copies of one's records; their ids."""
        found = []
        for each in range(1, number + 1):
            user = self.add_user(f"person{each:04}@x.example", "Person", f"{each:04}")
            self.copy_records(source, user, each)
            found.append(user)
        return found

    def owned(self, owner: str) -> int:
        """How many contacts a user has."""
        return len(self._sim.world.tables["Contacts"].by_owner.get(owner, []))

    def spent(self) -> dict[str, int]:
        """API credits by route, since the server began."""
        with self._sim.lock:
            return dict(self._sim.credits.by_route)


def main() -> None:
    """Serves one of them."""
    about: dict[str, Any] = {}
    if sys.argv[1] == "domino":
        domino = DominoSimulator(auth="session")
        domino.act = FillDomino(domino)
        server: Any = domino
    else:
        zoho = ZohoSimulator(daily_limit=10**9)
        zoho.act = FillZoho(zoho)
        about = {"client_id": zoho.client_id, "client_secret": zoho.client_secret}
        server = zoho
    server.start()
    print(json.dumps({"url": server.url, **about}), flush=True)
    server.join()


if __name__ == "__main__":
    main()
