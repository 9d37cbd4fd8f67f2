"""Scale and speed: this addon beside vdirsyncer, over a distance, for many people.

Each part leaves its result as JSON; the table of all parts goes to the terminal,
``docs/bench.md``, ``docs/bench.json`` and the README.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any

from tools import cache, packages, ui
from tools.setup import ensure_all

from . import machine, peer, report
from .stage import open_stage

#: Seconds that a Domino server and Zoho CRM take longer than here.
FAR = {"domino": 0.04, "zoho": 0.12}
#: What each person has at organisation scale.
CONTACTS, TODOS, EVENTS = 200, 60, 40
#: Up to so many contacts the way from Zoho CRM to Notes is measured too.
BACKWARDS = 2000
#: One in ten has changes on both sides.
ACTIVE, CHANGES = 0.1, 1


class Sizes:
    """How much is measured."""

    def __init__(self, quick: bool) -> None:
        self.contacts = (200, 400) if quick else (500, 2000, 10_000)
        self.far = 200 if quick else 1000
        self.people = 20 if quick else 1000
        self.links = 2000 if quick else 100_000
        self.original = 200 if quick else 1000


def measure_peer(sizes: Sizes) -> dict[str, Any]:
    """vdirsyncer between two Radicale servers."""
    return {
        str(size): peer.measure(cache.cache() / "bench" / "peer", size)
        for size in sizes.contacts
    }


def measure_contacts(sizes: Sizes) -> dict[str, Any]:
    """The same people, Notes to Zoho CRM and the other way."""
    found: dict[str, Any] = {}
    for size in sizes.contacts:
        # Notes takes one write after the other: thousands tell no more than hundreds.
        for born_in in ("notes", "zoho") if size <= BACKWARDS else ("notes",):
            with open_stage("contacts") as stage:
                found[f"{size} {born_in}"] = stage.odoo(
                    "contacts", stage.urls, size, born_in
                )
    return found


def measure_distance(sizes: Sizes) -> dict[str, Any]:
    """First syncs with servers that are far away."""
    found: dict[str, Any] = {"far": FAR, "size": sizes.far}
    for born_in in ("notes", "zoho"):
        with open_stage("distance") as stage:
            stage.far_away(**FAR)
            found[born_in] = stage.odoo("contacts", stage.urls, sizes.far, born_in, 1)
    return found


def measure_people(sizes: Sizes) -> dict[str, Any]:
    """One pass over everybody, by Odoo's own cron in two lanes, at rest and with some
    at work."""
    with open_stage("people") as stage:
        source = stage.odoo("one_of_many", stage.urls, CONTACTS, TODOS, EVENTS)
        with ui.step(f"{sizes.people} people with {CONTACTS + TODOS + EVENTS} records"):
            stage.odoo("multiply", stage.urls, source, sizes.people)
        stage.far_away(**FAR)
        found: dict[str, Any] = {
            "people": sizes.people,
            "records": CONTACTS + TODOS + EVENTS,
            "far": FAR,
        }
        for name, share in (("idle", 0.0), ("active", ACTIVE)):
            found[name] = stage.cron_pass(share, CHANGES)
        stage.far_away(0, 0)
        found["checked"] = len(stage.odoo("idle_check", stage.urls, 3))
        found["database"] = stage.odoo("sizes")
    return found


def measure_memory(sizes: Sizes) -> dict[str, Any]:
    """One account with very many links."""
    with open_stage("memory") as stage:
        return dict(stage.odoo("many_links", stage.urls, sizes.original, sizes.links))


PARTS: dict[str, Callable[[Sizes], dict[str, Any]]] = {
    "peer": measure_peer,
    "contacts": measure_contacts,
    "distance": measure_distance,
    "people": measure_people,
    "memory": measure_memory,
}


def main(chosen: Sequence[str], *, quick: bool = False) -> int:
    """Measure the parts (none named: all) and write what is known of all of them.

    :returns: 0; what falls short of its goal is in the report, not in the status.
    """
    unknown = set(chosen) - set(PARTS)
    if unknown:
        raise SystemExit(f"No part {', '.join(sorted(unknown))}: {', '.join(PARTS)}.")
    ensure_all()
    packages.environment("bench", peer.PINS)
    folder = cache.cache() / "bench" / ("quick" if quick else "results")
    folder.mkdir(parents=True, exist_ok=True)
    for name in chosen or PARTS:
        with ui.step(f"Measuring: {name}"):
            result: dict[str, Any] = {
                "when": datetime.now(UTC).isoformat(timespec="minutes"),
                "machine": machine.describe(),
                "load": [machine.load()],
                "found": PARTS[name](Sizes(quick)),
            }
            result["load"].append(machine.load())
        text = json.dumps(result, indent=1, default=_plain)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    known = {
        name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in PARTS
        if (folder / f"{name}.json").exists()
    }
    print(report.text(known))
    if not quick:
        report.write(known)
    return 0


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(type(value).__name__)
