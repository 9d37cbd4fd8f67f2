"""Every fault of both simulators at every route of one busy run, and what comes of it.

``fault_matrix.csv`` holds what is expected; ``./dev bench --faults`` plays it all, the
tests a part of it. After each fault the same must hold: both sides agree, nothing
is doubled or lost, nobody got a mail, an idle run writes nothing.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path
from time import sleep
from typing import Any

from notes_zoho_sync.services.errors import SyncError
from notes_zoho_sync.services.records import Name
from notes_zoho_sync.services.records.event import When
from notes_zoho_sync.services.records.task import TaskDates
from notes_zoho_sync.services.sync.entry import Entry
from notes_zoho_sync.services.sync.run import RunResult
from notes_zoho_sync.services.zoho.transport import Limits, Transport
from tests.simulators.common import FaultRule

from .http_servers import tap
from .http_world import HttpBench

TABLE = Path(__file__).with_suffix(".csv")
#: Where in the run the fault strikes: at one request of the route, or at all of them.
PLACES = ("first", "middle", "last", "all")
#: How long after the fault its traces may be seen: what heals, and in how many seconds.
WAITS = (("next run", 200), ("later", 200), ("later", 1800), ("next day", 90_000))
MORE = (("next day", 200), ("next day", 90_000), ("next day", 200))
#: Seconds of silence, and how many a side that meets them has patience (real ones).
SILENCE = 2.5
PATIENCE = 1.0


def _rule(kind: str, **values: Any) -> Callable[..., FaultRule]:
    return partial(FaultRule, kind, **values)


_COMMON: Mapping[str, Callable[..., FaultRule]] = {
    "closed before": _rule("drop_before"),
    "closed after": _rule("drop_after"),
    "silent before": _rule("slow", seconds=SILENCE),
    "silent after": _rule("slow", seconds=SILENCE, when="after"),
    "half an answer": _rule("bad_json"),
    "proxy's page": _rule("html"),
    "proxy's page after": _rule("html", when="after"),
    "empty 200": _rule("html", status=200),
    "400": _rule("status", status=400),
    "403": _rule("status", status=403),
    "404": _rule("status", status=404),
    "500": _rule("status", status=500),
    "500 after": _rule("status", status=500, when="after"),
    "429, wait 120 s": _rule("throttle", retry_after=120),
}
FAULTS: Mapping[str, Mapping[str, Callable[..., FaultRule]]] = {
    "domino": {
        **_COMMON,
        "503, wait 120 s": _rule("throttle", status=503, retry_after=120),
        "login page": _rule("login_form"),
        "lost race": _rule("lost_race", options={"items": {"Location": "Tower"}}),
        "conflict on delete": _rule("delete_conflict"),
        "notices failed": _rule("notices_failed"),
    },
    "zoho": {
        **_COMMON,
        "internal error": _rule("internal_error"),
        "internal error after": _rule("internal_error", when="after"),
        "record refused": _rule("item_error", options={"items": [0]}),
        "maintenance": _rule("maintenance"),
        "no permission": _rule("no_permission"),
        "scope mismatch": _rule("scope_mismatch"),
        "token expired": _rule("token_expired"),
        "token throttled": _rule("token_throttled"),
        "too many requests": _rule("too_many_requests"),
    },
}
#: A person says so where Domino sends invitations; a sync asks for none.
NEVER = ("notices failed",)
#: What only some requests can meet; the others are answered as ever.
OF_SOME = ("lost race", "conflict on delete", "record refused", "token throttled")


@dataclass(frozen=True)
class Cell:
    """One fault at one place of the run."""

    server: str
    route: str
    fault: str
    place: str


@dataclass(frozen=True)
class Row:
    """A cell and what came of it.

    :param ended: how the run ended: ``done``, or its error's type and code.
    :param entries: outcome and code of the records that it names, with their number.
    :param repeated: requests of the route more than without the fault, in that run.
    :param healed: when both sides agreed: ``same run``, ``next run``, ``later`` (an
        hour at most), ``next day``.
    """

    server: str
    route: str
    fault: str
    place: str
    ended: str
    entries: str
    repeated: int
    healed: str

    @property
    def cell(self) -> Cell:
        return Cell(self.server, self.route, self.fault, self.place)


class Scene:
    """An account with all kinds in step, and then much to do on both sides."""

    def __init__(self, hasty: str = "") -> None:
        """``hasty``: the server whose silence is met with less patience."""
        patience = {server: 10.0 for server in FAULTS} | {hasty: PATIENCE}
        self.bench = HttpBench(kinds=("contact", "task", "event"))
        self.bench.domino_options = {"timeouts": (2.0, patience["domino"])}
        self.bench.transport.close()
        self.bench.transport = Transport(
            clock=self.bench.clock.servers.now,
            limits=Limits(connect=2, read=patience["zoho"], total=20),
        )
        tap(self.bench.transport._http, self.bench.crm.url, self.bench.zoho)
        for world in self.worlds:
            world.remembers = False
        self._in_step()
        self._much_to_do()
        self.servers = {"domino": self.bench.domino, "zoho": self.bench.crm}
        for server in self.servers.values():
            server.clear_log()

    @property
    def worlds(self) -> list[Any]:
        return [world for pair in self.bench.worlds.values() for world in pair]

    def run(self, wait: float = 0) -> RunResult | SyncError:
        self.bench.clock.tick(wait)
        return self.bench.run()

    def _in_step(self) -> None:
        start = self._tomorrow()
        for number in range(6):
            side = number % 2
            for kind, values in (
                ("contact", self._person(f"Old{number}")),
                ("task", {"subject": f"Old {number}", "dates": self._day()}),
                (
                    "event",
                    {
                        "title": f"Old {number}",
                        "when": When(start, start + timedelta(hours=1)),
                    },
                ),
            ):
                self.bench.worlds[kind][side].person_creates(**values)
        self.series = self.bench.worlds["event"][0].person_makes_series(
            [start + timedelta(days=day) for day in range(3)], title="Series"
        )
        for _ in range(3):
            result = self.run(200)
            assert isinstance(result, RunResult), result
        assert {link.state for link in self.bench.links} == {"linked"}

    def _tomorrow(self) -> Any:
        hour = self.bench.clock.at.replace(minute=0, second=0, microsecond=0)
        return hour + timedelta(days=1)

    @staticmethod
    def _person(name: str) -> dict[str, Any]:
        return {
            "name": Name("Given", name),
            "emails": (f"{name.lower()}@example.com",),
            "company": f"{name} Inc.",
        }

    @staticmethod
    def _day() -> TaskDates:
        return TaskDates(None, date(2026, 3, 20))

    def _much_to_do(self) -> None:
        """Edits, deletions and new records of all kinds on both sides."""
        edits = {
            "contact": {"job_title": "Chair", "company": "New Inc."},
            "task": {"description": "Chair"},
            "event": {"location": "Chair"},
        }
        by_kind: dict[str, list[Any]] = {}
        for link in sorted(self.bench.links, key=lambda link: link.id):
            if "/" not in link.notes.key:
                by_kind.setdefault(link.kind, []).append(link)
        for kind, links in by_kind.items():
            self.bench.worlds[kind][0].person_deletes(links[0].notes.key)
        self.run(200)  # the first proof of what Notes has not any more
        for kind, links in by_kind.items():
            notes, zoho = self.bench.worlds[kind]
            zoho.person_deletes(links[1].zoho.key)
            notes.person_edits(links[2].notes.key, **edits[kind])
            zoho.person_edits(links[3].zoho.key, **edits[kind])
        moved = self._tomorrow() + timedelta(days=1, hours=4)
        new = {
            "contact": lambda side: self._person(f"New{side}"),
            "task": lambda side: {"subject": f"New {side}", "dates": self._day()},
            "event": lambda side: {
                "title": f"New {side}",
                "when": When(moved, moved + timedelta(hours=1)),
            },
        }
        for kind, pair in self.bench.worlds.items():
            for number, world in enumerate(pair):
                world.person_creates(**new[kind](number))
        instance = self.bench.worlds["event"][0].series(self.series)[1]
        self.bench.worlds["event"][0].person_edits(instance.key, location="Moved")
        # What a process reads now and then is read in this run, too.
        self.bench.clock.tick(4000)
        self.bench.metadata.answers.clear()

    # -- what is looked at

    def held(self) -> list[list[tuple[str, ...]]]:
        """What people see on each side, in an order of its own."""
        units = {
            "contact": ("name", "emails", "company", "job_title"),
            "task": ("subject", "description"),
            "event": ("title", "when", "location"),
        }
        return [
            sorted(
                (kind, *(str(record.values[unit]) for unit in units[kind]))
                for kind, pair in self.bench.worlds.items()
                for record in pair[side].live()
            )
            for side in (0, 1)
        ]

    def counts(self, server: str) -> Counter[str]:
        return Counter(self.servers[server].log.counts())

    def close(self) -> None:
        self.bench.close()


@dataclass(frozen=True)
class Calm:
    """The busy run without a fault.

    :param counts: its requests by server and route.
    :param held: what both sides hold after it.
    :param ended: as in a row.
    """

    counts: Mapping[str, Counter[str]]
    held: list[tuple[str, ...]]
    ended: str


@cache
def undisturbed() -> Calm:
    scene = Scene()
    try:
        result = scene.run(200)
        counts = {server: scene.counts(server) for server in FAULTS}
        for wait in (200, 200, 90_000):
            scene.run(wait)
        notes, zoho = scene.held()
        assert notes == zoho
        assert scene.bench.idle_writes() == 0
        return Calm(counts, notes, _ended(result))
    finally:
        scene.close()


def cells() -> list[Cell]:
    """All there are; where a route is asked once or twice, fewer places."""
    return [
        Cell(server, route, fault, place)
        for server, routes in undisturbed().counts.items()
        for route, number in sorted(routes.items())
        for fault in FAULTS[server]
        if fault not in NEVER
        for place in PLACES
        if number >= {"first": 1, "middle": 3, "last": 2, "all": 2}[place]
    ]


def play(cell: Cell) -> Row | None:
    """The busy run with the fault, and the runs after it.

    None where the fault says nothing of such a request (a lost race of a reading).

    :raises AssertionError: the two sides never came to agree, or something else that
        must always hold does not.
    """
    calm = undisturbed()
    scene = Scene(cell.server if cell.fault.startswith("silent") else "")
    try:
        number = calm.counts[cell.server][cell.route]
        where = {"first": 1, "middle": (number + 1) // 2, "last": number}
        at: dict[str, Any] = (
            {"count": None} if cell.place == "all" else {"nth": where[cell.place]}
        )
        method, _, route = cell.route.partition(" ")
        rule = FAULTS[cell.server][cell.fault](route=route, method=method, **at)
        scene.servers[cell.server].faults.add(rule)
        before = len(scene.bench.entries)
        result = scene.run(200)
        if not rule.fired:
            raise AssertionError(f"{cell}: the fault did not strike")
        scene.servers[cell.server].faults.clear()
        if cell.fault.startswith("silent"):
            sleep(SILENCE)  # the servers' clock stands still; what is late comes now
        repeated = max(0, scene.counts(cell.server)[cell.route] - number)
        named = _named(scene.bench.entries[before:])
        ended = _ended(result)
        healed = _healed(scene, calm.held)
        assert scene.bench.idle_writes() == 0, f"{cell}: an idle run writes"
        assert not scene.bench.mails(), f"{cell}: somebody got a mail"
        unmoved = (calm.ended, "", 0, "same run")
        if cell.fault in OF_SOME and (ended, named, repeated, healed) == unmoved:
            return None
        return Row(*astuple(cell), ended, named, repeated, healed)
    finally:
        scene.close()


def _healed(scene: Scene, expected: list[tuple[str, ...]]) -> str:
    if scene.held() == [expected, expected]:
        # What is in step may still wait for an answer's proof.
        for wait in (200, 200, 90_000, 200):
            scene.run(wait)
        assert scene.held() == [expected, expected]
        return "same run"
    word = ""
    for name, wait in (*WAITS, *MORE):
        scene.run(wait)
        if not word and scene.held() == [expected, expected]:
            word = name
    for held in scene.held():
        surplus, lack = Counter(held), Counter(expected)
        assert held == expected, f"too much {surplus - lack}, lacking {lack - surplus}"
    return word


def _ended(result: RunResult | SyncError) -> str:
    if isinstance(result, SyncError):
        return f"{type(result).__name__} {result.reason.code}"
    codes = sorted({reason.code for reason in result.reasons})
    return " ".join(("held" if result.held else "done", *codes))


def _named(entries: Iterable[Entry]) -> str:
    """The records that were not simply carried."""
    found = Counter(
        f"{entry.outcome} {entry.target} {entry.reason.code}"
        for entry in entries
        if entry.reason is not None
    )
    return ", ".join(f"{number} {words}" for words, number in sorted(found.items()))


# -- the table -----------------------------------------------------------------------


def read() -> dict[Cell, Row]:
    """The committed table."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        rows = [
            Row(**{**row, "repeated": int(row["repeated"])})
            for row in csv.DictReader(file, delimiter=";")
        ]
    return {row.cell: row for row in rows}


def write(rows: Iterable[Row]) -> None:
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter=";", lineterminator="\n")
        table.writerow(field.name for field in fields(Row))
        table.writerows(astuple(row) for row in rows)


def play_all(chosen: Iterable[Cell]) -> Iterator[tuple[Cell, Row | None | str]]:
    """Each cell with its row, None where the fault is none for it, or what broke."""
    for cell in chosen:
        try:
            yield cell, play(cell)
        except AssertionError as error:
            yield cell, str(error)
