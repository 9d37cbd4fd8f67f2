"""The language of the golden calendar: cases as data, and a reader that plays them.

A day is written ``D``, ``D+3`` or ``2026-03-27``, a time ``D+3 10:00``: by the clocks
of the case's zone, in which ``D`` is the case's day. A row says what somebody sees:
``title | day .. last day`` or ``title | start - end``, then, where there is one,
``| in <place>``, ``| says <text>``, ``| reminder <minutes>``, ``| with <addresses>``,
``| private`` and, where several users are synced, the CRM's owner, ``| of <user>``.
An entry reads ``<outcome> <target> <title>: <reason> + <remark>``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import unified_diff
from typing import Any
from zoneinfo import ZoneInfo

from notes_zoho_sync.services.records.event import When
from notes_zoho_sync.services.sync.entry import Entry
from notes_zoho_sync.services.sync.run import RunResult

from .http_world import MINE, HttpBench

MOMENT = re.compile(r"(D(?:[+-]\d+)?|\d{4}-\d\d-\d\d)(?: (\d\d:\d\d))?")
DAY = re.compile(r"\bD([+-]\d+)?(?= |$)")
#: acts of Notes that make an entry
MAKING = (
    "create_event",
    "create_series",
    "create_meeting",
    "receive_invitation",
    "import_holiday",
)
#: a zone in which nobody of the cases lives, of the user whose grant is used
GRANT_ZONE = "America/Los_Angeles"
ADA = "Ada Byron"


@dataclass(frozen=True)
class Step:
    """What a person does.

    :param act: of the simulator; of entries that exist, ``title`` names one.
    :param at: original time of an instance.
    :param by: the user whose mail file it is, in Notes.
    """

    side: str
    act: str
    title: str
    values: tuple[Any, ...] = ()
    at: str = ""
    by: str = ADA
    more: Mapping[str, Any] = field(default_factory=dict)


def notes(
    act: str, title: str, *values: Any, at: str = "", by: str = ADA, **more: Any
) -> Step:
    """Somebody does something in Notes."""
    return Step("notes", act, title, values, at, by, more)


def zoho(act: str, title: str, *values: Any, **more: Any) -> Step:
    """Somebody does something in the CRM."""
    return Step("zoho", act, title, values, more=more)


Rows = Sequence[str]


@dataclass(frozen=True)
class Stage:
    """What people do, and what must be seen after the sync ran.

    :param both: rows that both sides show; ``notes`` and ``zoho``: of one side only,
        ``notes`` by user where there are several.
    :param said: what the runs' entries say; several alike as ``<n> x <entry>``.
    """

    steps: Sequence[Step] = ()
    both: Rows = ()
    notes: Rows | Mapping[str, Rows] = ()
    zoho: Rows = ()
    said: Rows = ()


@dataclass(frozen=True)
class Case:
    """A case of the table.

    :param zones: IANA zone to the day that ``D`` stands for there.
    :param now: when it begins; every stage takes a while.
    :param inside: rows of Notes are only those inside the window.
    :param accounts: users whose accounts are synced, in that order.
    :param others: further users of the Domino server.
    :param variants: knobs of the Domino simulator, each a run of its own.
    """

    name: str
    zones: Mapping[str, str]
    stages: Sequence[Stage]
    now: str = "D 08:00"
    choice: str = "all"
    back: int = 10
    ahead: int = 30
    inside: bool = False
    accounts: Sequence[str] = (ADA,)
    others: Sequence[str] = ()
    variants: Sequence[Mapping[str, Any]] = ({},)
    zoho: Mapping[str, Any] = field(default_factory=dict)


class Player:
    """Plays a case in one of its zones."""

    def __init__(self, case: Case, zone: str, variant: Mapping[str, Any]) -> None:
        self.case, self.zone = case, ZoneInfo(zone)
        self.day = date.fromisoformat(case.zones[zone])
        begins = self.moment(case.now)
        assert isinstance(begins, datetime)
        self.benches: dict[str, HttpBench] = {}
        self.uids: dict[str, str] = {}
        knobs = {"zone": zone, **variant}
        for user in case.accounts:
            self.benches[user] = HttpBench(
                knobs,
                case.zoho,
                kinds=("event",),
                user=user,
                zone=zone,
                choice=case.choice,
                back=case.back,
                ahead=case.ahead,
                at=begins,
                beside=next(iter(self.benches.values()), None),
            )
        self.first = self.benches[case.accounts[0]]
        self.files = {user: bench.mail_file for user, bench in self.benches.items()}
        for user in case.others:
            email = f"{user.split()[0].lower()}@kontor.example"
            self.files[user] = self.first.domino.act.add_user(user, email=email)
        self.first.crm.act.change_time_zone(
            self.first.settings.integration_user, GRANT_ZONE
        )

    def close(self) -> None:
        for bench in reversed(self.benches.values()):
            bench.close()

    # -- time

    def moment(self, text: str) -> datetime | date:
        """A day, or an instant (UTC)."""
        found = MOMENT.fullmatch(text)
        assert found, text
        if found[1].startswith("D"):
            day = self.day + timedelta(days=int(found[1][1:] or 0))
        else:
            day = date.fromisoformat(found[1])
        if not found[2]:
            return day
        clock = time.fromisoformat(found[2])
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def value(self, value: Any) -> Any:
        if isinstance(value, str) and MOMENT.fullmatch(value):
            return self.moment(value)
        if isinstance(value, list):
            return [self.value(one) for one in value]
        return value

    # -- people

    def play(self, step: Step) -> None:
        self.first.clock.tick()
        values = [self.value(value) for value in step.values]
        more = {name: self.value(value) for name, value in step.more.items()}
        if step.side == "zoho":
            self._in_the_crm(step, values, more)
            return
        act = getattr(self.first.domino.act, step.act)
        file = self.files[step.by]
        if step.act in MAKING:
            if step.act != "import_holiday":
                more.setdefault("zone", str(self.zone))
            self.uids[step.title] = act(file, step.title, *values, **more)
            return
        if step.at:
            original = self.moment(step.at)
            form = "%Y%m%dT%H%M%SZ" if isinstance(original, datetime) else "%Y%m%d"
            values.insert(0, original.strftime(form))
        act(file, self._uid(step), *values, **more)

    def _uid(self, step: Step) -> str:
        if step.title in self.uids:
            return self.uids[step.title]
        world = self.benches[step.by].notes
        keys = [x.key for x in world.live() if x.values["title"] == step.title]
        return keys[0]

    def _in_the_crm(self, step: Step, values: list[Any], more: dict[str, Any]) -> None:
        act = getattr(self.first.crm.act, step.act)
        if step.act == "create_event":
            act(step.title, *values, owner=self.first.zoho.owner, **more)
            return
        if step.act == "create_series":
            rule, start, end = values
            times = {"Start_DateTime": start, "End_DateTime": end}
            owner = self.first.zoho.owner
            act("Events", rule, owner=owner, Event_Title=step.title, **times, **more)
            return
        keys = [
            x.key for x in self.first.zoho.live() if x.values["title"] == step.title
        ]
        if step.act == "move_event":
            act(keys[0], *values, **more)
        else:
            act("Events", keys[0], *values, **more)

    # -- the sync

    def sync(self) -> list[str]:
        """Runs until all that was begun is done; what their entries say."""
        before = {user: len(bench.entries) for user, bench in self.benches.items()}
        for _ in range(3):
            for bench in self.benches.values():
                result = bench.run()
                assert isinstance(result, RunResult), result
                bench.clock.tick(400)
        new = [
            _words(entry)
            for user, bench in self.benches.items()
            for entry in bench.entries[before[user] :]
        ]
        return _counted(new)

    def idle_writes(self) -> int:
        return sum(bench.idle_writes() for bench in self.benches.values())

    # -- looking

    def seen(self, side: str, user: str = "") -> list[str]:
        bench = self.benches[user] if user else self.first
        world = bench.notes if side == "notes" else bench.zoho
        records = world.live()
        if side == "notes" and self.case.inside:
            records = [x for x in records if self._is_inside(x.values["when"])]
        return sorted(self._row(side, record) for record in records)

    def _owner(self, key: str) -> str:
        for user, bench in self.benches.items():
            if bench.zoho.records[key].owner == MINE:
                return user.split()[0]
        return "nobody"

    def _is_inside(self, when: When) -> bool:
        window = self.first.notes.window
        return window.overlaps((when.start, when.end))

    def _row(self, side: str, record: Any) -> str:
        values = record.values
        parts = [values["title"], self._span(values["when"])]
        if values["location"]:
            parts.append(f"in {values['location']}")
        text = values["description"]
        if text:
            parts.append(
                f"says {text if len(text) < 40 else f'{len(text)} characters'}"
            )
        if values["reminder"] is not None:
            parts.append(f"reminder {values['reminder']}")
        if values["attendees"]:
            parts.append(f"with {', '.join(values['attendees'])}")
        if record.private:
            parts.append("private")
        if side == "zoho" and len(self.benches) > 1:
            parts.append(f"of {self._owner(record.key)}")
        return " | ".join(parts)

    def _span(self, when: When) -> str:
        if when.all_day:
            return f"{when.start} .. {when.end}"
        start, end = (x.astimezone(self.zone) for x in (when.start, when.end))
        last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%F %H:%M}"
        return f"{start:%F %H:%M} - {last}"

    def expected(self, *rows: Sequence[str]) -> list[str]:
        def day(found: re.Match[str]) -> str:
            return str(self.day + timedelta(days=int(found[1] or 0)))

        return sorted(DAY.sub(day, row) for some in rows for row in some)


def _words(entry: Entry) -> str:
    said = f"{entry.outcome} {entry.target} {entry.title}"
    if entry.reason is not None:
        said += f": {entry.reason.code}"
    return said + "".join(f" + {remark.code}" for remark in entry.remarks)


def _counted(lines: Sequence[str]) -> list[str]:
    counts = Counter(lines)
    return sorted(f"{n} x {line}" if n > 1 else line for line, n in counts.items())


def check(what: str, seen: Sequence[str], expected: Sequence[str]) -> None:
    """:raises AssertionError: they differ, told line by line."""
    if seen != expected:
        lines = unified_diff(expected, seen, "expected", "seen", n=99, lineterm="")
        raise AssertionError(f"{what}\n" + "\n".join(lines))


def play(case: Case, zone: str, variant: Mapping[str, Any]) -> None:
    """Plays a case and checks every stage of it.

    :raises AssertionError: somebody sees, or an entry says, something else; the run
        after it writes; somebody got mail.
    """
    player = Player(case, zone, variant)
    try:
        for number, stage in enumerate(case.stages, 1):
            for step in stage.steps:
                player.play(step)
            said = player.sync()
            of_notes = stage.notes
            if not isinstance(of_notes, Mapping):
                of_notes = {case.accounts[0]: of_notes}
            for user, rows in of_notes.items():
                seen = player.seen("notes", user)
                expected = player.expected(stage.both, rows)
                check(f"stage {number}: Notes of {user}", seen, expected)
            expected = player.expected(stage.both, stage.zoho)
            check(f"stage {number}: Zoho CRM", player.seen("zoho"), expected)
            check(f"stage {number}: entries", said, sorted(stage.said))
            assert player.idle_writes() == 0, f"stage {number}: an idle run writes"
        assert player.first.mails() == []
    finally:
        player.close()
