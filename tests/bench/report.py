"""What was measured, as Markdown: a table with ratios for people, JSON for machines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tools import cache

PAGE = cache.ROOT / "docs" / "bench.md"
DATA = cache.ROOT / "docs" / "bench.json"
README = cache.ROOT / "README.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
STEPS = {
    "first": "first sync",
    "settled": "the run after it",
    "idle": "idle",
    "changed": "1 % changed",
    "listing": "idle, once a day: all listed",
}
#: Concurrent requests that the addon allows itself, by side.
CONNECTIONS = {"domino": 4, "zoho": 4}
#: Zoho's editions: credits a day, more for each user, the most (fact sheet, 5.1).
EDITIONS = {
    "Free": (5_000, 0, 5_000),
    "Standard": (50_000, 250, 100_000),
    "Professional": (50_000, 500, 3_000_000),
    "Enterprise": (50_000, 1_000, 5_000_000),
    "Ultimate": (50_000, 2_000, None),
}
#: What stands in the way of more, as profiled.
LIMITS = {
    "peer": "The limit of a first sync is that DAS gives one document a request. Of "
    "what a contact takes, `requests` takes some 30 % (half of that `urllib3` "
    "underneath it), PostgreSQL 15 %, reading and fitting its items 20 %, and keeping "
    "the link four times (seen, read, intended, settled), so that nothing is lost in a "
    "crash, most of the rest.",
    "people": "The limit of a pass: an account at rest waits for two answers of "
    "Domino one after the other (sign-in; changed documents with the counts of views "
    "and calendar), 80 ms here, and has about 90 statements for the database; an "
    "account with a change on each side waits for four more and for one of Zoho.",
}
#: Free knows 3 users at most.
FREE_USERS = 3
MINUTES_A_DAY = 24 * 60

Results = Mapping[str, Mapping[str, Any]]


def write(known: Results) -> None:
    """Renew the page, the data beside it and the README's lines."""
    PAGE.write_text(text(known), encoding="utf-8")
    DATA.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    readme = README.read_text(encoding="utf-8")
    if BEGIN not in readme:
        return
    lines = "\n".join([BEGIN, "", *summary(known), "", END])
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    README.write_text(
        re.sub(pattern, lambda _: lines, readme, flags=re.DOTALL), encoding="utf-8"
    )


def text(known: Results) -> str:
    """The whole page."""
    parts = [
        "# Scale and speed",
        "Made by `./dev bench`; do not edit. CPU seconds are user and system time of "
        "the syncing process: of Odoo with its PostgreSQL backends, or of vdirsyncer. "
        "The simulators and Radicale are not counted. Wall times depend on what else "
        "the machine does; its load is told with each part.",
        "## In short",
        "\n".join(summary(known)),
    ]
    for name, section in SECTIONS.items():
        if name in known:
            parts += section(known)
    return "\n\n".join(parts) + "\n"


def summary(known: Results) -> list[str]:
    """The goals, each with what was measured; for the README too."""
    rows = [
        [goal, value, "yes" if met else "**no**"] for goal, value, met in _goals(known)
    ]
    about = next(iter(known.values()))
    loads = [load for part in known.values() for load in part["load"]]
    return [
        f"Measured on {about['machine']}, with a load of {min(loads):.0f} to "
        f"{max(loads):.0f} (what the bench itself asks for is 2 to 3; more makes wall "
        "times long and CPU seconds somewhat more).",
        "",
        *_table(["goal", "measured", "met"], rows),
    ]


def _goals(known: Results) -> Iterable[tuple[str, str, bool]]:
    if "peer" in known and "contacts" in known:
        yield from _peer_goals(known["peer"]["found"], known["contacts"]["found"])
    if "distance" in known:
        yield from _distance_goals(known["distance"]["found"])
    if "people" in known:
        yield from _people_goals(known["people"]["found"])
    if "memory" in known:
        found = known["memory"]["found"]
        above = max(found["idle"]["above"], found["changed"]["above"])
        yield (
            f"{found['links']:,} links in one account within 150 MB over the base",
            f"{above:.0f} MB",
            above <= 150,
        )


def _peer_goals(peer: Any, ours: Any) -> Iterable[tuple[str, str, bool]]:
    for size in peer:
        theirs = _net(peer[size], "first") / int(size) * 1000
        mine = _cpu(ours[f"{size} notes"]["first"]) / int(size) * 1000
        yield (
            f"first sync of {int(size):,} contacts: at most vdirsyncer's CPU for each",
            f"{mine:.2f} ms, vdirsyncer {theirs:.2f} ms ({mine / theirs:.2f} x)",
            mine <= theirs,
        )
    size = max(peer, key=int)
    theirs, mine = _net(peer[size], "idle"), _cpu(ours[f"{size} notes"]["idle"])
    yield (
        f"idle with {int(size):,} contacts: a tenth of vdirsyncer's CPU",
        f"{mine:.3f} s, vdirsyncer {theirs:.2f} s ({theirs / mine:.0f} times cheaper)",
        theirs >= 10 * mine,
    )
    small = min(peer, key=int)
    growth = mine / _cpu(ours[f"{small} notes"]["idle"])
    yield (
        f"idle is flat from {int(small):,} to {int(size):,} contacts",
        f"{growth:.2f} x the CPU, as many requests",
        growth < 1.5 and _asked(ours, small) == _asked(ours, size),
    )


def _asked(ours: Any, size: str) -> int:
    run = ours[f"{size} notes"]["idle"]
    return int(run["domino"]["requests"] + run["zoho"]["requests"])


def _distance_goals(found: Any) -> Iterable[tuple[str, str, bool]]:
    for born_in, way in (("notes", "to Zoho CRM"), ("zoho", "to Notes")):
        run = found[born_in]["first"]
        ideal = _ideal(run, found["far"])
        yield (
            f"first sync {way} over a distance: within 1.3 x of the ideal",
            f"{run['wall']:.0f} s, ideal {ideal:.0f} s ({run['wall'] / ideal:.2f} x)",
            run["wall"] <= 1.3 * ideal,
        )
    most = {
        side: max(
            run[side]["peak_connections"]
            for born_in in ("notes", "zoho")
            for run in found[born_in].values()
        )
        for side in CONNECTIONS
    }
    yield (
        "never more connections of a run than allowed (4 to Domino, 4 to Zoho)",
        f"{most['domino']} to Domino, {most['zoho']} to Zoho",
        all(most[side] <= CONNECTIONS[side] for side in CONNECTIONS),
    )


def _ideal(run: Any, far: Mapping[str, float]) -> float:
    """Requests times latency, spread over the connections; what changes documents goes
    one at a time (Domino's date parser is not safe for several)."""
    total = 0.0
    for side, seconds in far.items():
        writes = run[side]["writes"] if side == "domino" else 0
        reads = run[side]["requests"] - writes
        total += (reads / CONNECTIONS[side] + writes) * seconds
    return total


def _people_goals(found: Any) -> Iterable[tuple[str, str, bool]]:
    done = found["active"]
    people, active = found["people"], done["active"]
    yield (
        f"one pass over {people:,} accounts, {active} of them active, under 120 s",
        f"{done['wall']:.0f} s; nobody active: {found['idle']['wall']:.0f} s",
        done["wall"] < 120,
    )
    asked = found["idle"]["requests"]["zoho"]
    yield (
        f"at most 9 requests to Zoho for {people:,} accounts at rest",
        str(asked),
        asked <= 9,
    )
    written = sum(found["idle"]["writes"].values())
    yield (
        "a pass over accounts at rest writes nothing",
        f"{written} writes",
        not written,
    )


# -- sections ------------------------------------------------------------------------


def _peer_section(known: Results) -> list[str]:
    peer = known["peer"]["found"]
    ours = known["contacts"]["found"] if "contacts" in known else {}
    rows: list[list[str]] = []
    for step, title in STEPS.items():
        for size in peer:
            for born_in, way in (("notes", "Notes to CRM"), ("zoho", "CRM to Notes")):
                run = ours.get(f"{size} {born_in}", {}).get(step)
                if run is None:
                    continue
                same = "idle" if step == "listing" else step
                theirs, mine = _net(peer[size], same), _cpu(run)
                rows.append(
                    [
                        f"{title}, {int(size):,}, {way}",
                        f"{mine:.3f}",
                        f"{mine / int(size) * 1000:.2f}",
                        f"{theirs:.3f}",
                        f"{theirs / int(size) * 1000:.2f}",
                        f"{mine / theirs:.2f}",
                        f"{run['wall']:.1f} / {peer[size][same]['wall']:.1f}",
                        f"{run['domino']['requests']} + {run['zoho']['requests']} / "
                        f"{peer[size][f'{same}_requests']}",
                        f"{run['peak']:.0f} (+{run['grown']:.0f}) / "
                        f"{peer[size][same]['peak']:.0f}",
                    ]
                )
    heads = [
        *("step, contacts", "CPU s", "ms each", "vdirsyncer CPU s", "ms each"),
        *("ratio", "wall s", "requests", "peak MB"),
    ]
    start = peer[max(peer, key=int)]["start"]
    return [
        "## Beside vdirsyncer",
        "vdirsyncer 0.21 between two Radicale servers, and this addon between the two "
        "simulators, carry the same people over real HTTP on the same machine. "
        f"vdirsyncer's start ({start['cpu']:.2f} s of CPU) is taken off its figures, "
        "since Odoo is up already. Pairs are ours / vdirsyncer's; requests of ours to "
        "Domino + Zoho; memory of ours is that of a whole Odoo, what the run added in "
        "parentheses. vdirsyncer lists everything at every run: beside our daily "
        "listing stands its idle run. Radicale runs without `fsync`, and without "
        "reading its whole book at each PUT; its time is not measured. Idle runs "
        "follow when PostgreSQL has tidied up after the first sync, within a minute.",
        _load(known, "peer", "contacts"),
        "\n".join(_table(heads, rows)),
        LIMITS["peer"],
    ]


def _distance_section(known: Results) -> list[str]:
    found = known["distance"]["found"]
    rows = []
    for born_in, way in (("notes", "Notes to CRM"), ("zoho", "CRM to Notes")):
        for step, title in STEPS.items():
            run = found[born_in][step]
            ideal = _ideal(run, found["far"])
            rows.append(
                [
                    f"{title}, {way}",
                    f"{run['wall']:.1f}",
                    f"{ideal:.1f}",
                    f"{run['wall'] / ideal:.2f}",
                    f"{run['domino']['requests']} ({run['domino']['writes']} writes)",
                    f"{run['zoho']['requests']}",
                    f"{run['domino']['peak_connections']} / "
                    f"{run['zoho']['peak_connections']}",
                ]
            )
    heads = [
        *("step", "wall s", "ideal s", "ratio", "requests to Domino", "to Zoho"),
        "most connections",
    ]
    far = found["far"]
    return [
        "## Over a distance",
        f"{found['size']:,} contacts; every answer takes {far['domino'] * 1000:.0f} ms "
        f"longer from Domino and {far['zoho'] * 1000:.0f} ms from Zoho. The ideal is "
        "requests x latency / 4 connections; writes to Notes go one at a time. A run "
        "has up to 4 connections to a Domino server (a setting of the server) and 4 to "
        "Zoho; two lanes run beside one another, so that a server may see twice as "
        "many.",
        _load(known, "distance"),
        "\n".join(_table(heads, rows)),
    ]


def _people_section(known: Results) -> list[str]:
    found = known["people"]["found"]
    rows = []
    for name, title in (("idle", "nobody active"), ("active", "one in ten active")):
        run = found[name]
        rows.append(
            [
                title,
                f"{run['wall']:.0f}",
                f"{run['cpu']:.0f}",
                f"{run['requests']['domino']:,} ({run['writes']['domino']})",
                f"{run['requests']['zoho']:,} ({run['writes']['zoho']})",
                f"{sum(run['credits'].values()):,}",
                f"{run['connections']['domino']} / {run['connections']['zoho']}",
                ", ".join(run["states"]),
            ]
        )
    heads = [
        *("pass", "wall s", "CPU s", "Domino: requests (writes)", "Zoho"),
        *("credits", "most connections", "runs"),
    ]
    size = found["database"]
    return [
        "## A whole organisation",
        f"{found['people']:,} accounts with a mail file of {found['records']} records "
        "each (contacts, to-dos, calendar entries), all due at once, run by Odoo's own "
        "cron in two lanes (worker processes), over the same distance. Active accounts "
        "have a changed contact on each side. One account was really synced; the "
        "others are copies of it on both sides and in the database, and "
        f"{found['checked']} runs of them, at rest and with everything listed anew, "
        "wrote nothing. CPU is of all of Odoo's processes, their start included, and "
        "of PostgreSQL.",
        _load(known, "people"),
        "\n".join(_table(heads, rows)),
        LIMITS["people"],
        "### API credits a day",
        _credits_words(found),
        "\n".join(_credits(found)),
        "### Database",
        f"With its indexes a link takes {size['link']:,.0f} bytes "
        f"({size['link_data']:,.0f} without), a run "
        f"{size['run']:,.0f}, an entry {size['run_entry']:,.0f}. Runs that did nothing "
        "go after 7 days, the others with their entries after 90, waiting change rows "
        "after 60 (Odoo's daily vacuum).",
    ]


def _cycle(found: Any) -> tuple[float, float]:
    """Credits of a pull with nothing new; more for each change made in Zoho."""
    idle = sum(found["idle"]["credits"].values())
    active = found["active"]
    more = sum(active["credits"].values()) - idle
    return idle, more / max(active["active"], 1)


def _credits_words(found: Any) -> str:
    idle, more = _cycle(found)
    return (
        f"Measured: a pull with nothing new costs {idle:.0f} credits, whatever the "
        f"number of users; an active account {more:.1f} more (one contact written, one "
        "read). Projected: a pull every 5 minutes (15 on Free) around the clock, and "
        "20 changes of each user a day on either side, each on its own, the worst case."
    )


def _credits(found: Any) -> list[str]:
    idle, more = _cycle(found)
    rows = []
    for edition, (base, each, most) in EDITIONS.items():
        every = 15 if edition == "Free" else 5
        pulls = MINUTES_A_DAY / every * idle
        cells = []
        for users in (100, 1000, 5000):
            if edition == "Free":
                users = FREE_USERS
            allowed = base + each * users
            allowed = min(allowed, most) if most else allowed
            need = pulls + users * 20 * more
            cells.append(f"{need:,.0f} of {allowed:,} ({need / allowed:.0%})")
        if edition == "Free":
            cells = [f"{cells[0]}, {FREE_USERS} users", "-", "-"]
        rows.append([edition, *cells])
    return _table(["edition", "100 users", "1,000 users", "5,000 users"], rows)


def _memory_section(known: Results) -> list[str]:
    found = known["memory"]["found"]
    rows = [
        [
            STEPS[step],
            f"{found[step]['above']:.0f}",
            f"{_cpu(found[step]):.2f}",
            f"{found[step]['wall']:.1f}",
            f"{found[step]['domino']['requests']} + {found[step]['zoho']['requests']}",
        ]
        for step in ("idle", "changed", "settled", "listing")
    ]
    heads = ["step", "MB over the base", "CPU s", "wall s", "requests"]
    return [
        f"## {found['links']:,} links in one account",
        f"The base is Odoo after a run of the same account with {found['original']:,} "
        f"links: {found['base']:.0f} MB.",
        _load(known, "memory"),
        "\n".join(_table(heads, rows)),
    ]


SECTIONS = {
    "peer": _peer_section,
    "distance": _distance_section,
    "people": _people_section,
    "memory": _memory_section,
}


# -- helpers -------------------------------------------------------------------------


def _cpu(run: Mapping[str, Any]) -> float:
    return float(run["cpu"] + run["database_cpu"])


def _net(peer: Mapping[str, Any], step: str) -> float:
    """vdirsyncer's CPU seconds without its start."""
    return float(peer[step]["cpu"] - peer["start"]["cpu"])


def _load(known: Results, *names: str) -> str:
    told = [
        f"{name} {known[name]['when'][:10]}, load "
        + " to ".join(f"{load:.1f}" for load in known[name]["load"])
        for name in names
        if name in known
    ]
    return f"Measured: {'; '.join(told)}."


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(heads) + " |",
        "|" + "---|" * len(heads),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]
