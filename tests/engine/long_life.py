"""Months in the life of one account, and what happens to such an account in months.

People add, edit and delete on both sides every day, mail arrives, clocks change,
windows slide. In between: passwords and grants end, views are closed, an old backup
comes back, the addon is installed anew, a second installation meets the same mail file,
a holiday is longer than Zoho remembers deletions, the user leaves. A ledger of its own
says what has to stand on both sides.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from notes_zoho_sync.services.errors import Misconfigured, NeedsSignIn, SyncError
from notes_zoho_sync.services.records import Name
from notes_zoho_sync.services.records.event import When
from notes_zoho_sync.services.records.task import TaskDates
from notes_zoho_sync.services.sync.run import RunResult

from .http_world import HttpBench, MemoryTokens
from .store import MemoryStore, OrgStore

START = datetime(2026, 9, 20, 5, 0, tzinfo=UTC)
ZONE = "America/New_York"  # its clocks change on 2026-11-01 and on 2027-03-14
KINDS = ("contact", "task", "event")
SIDES = ("notes", "zoho")
#: A value that people change, by kind.
UNIT = {"contact": "job_title", "task": "description", "event": "location"}
HOLIDAY = 75


@dataclass
class Kept:
    """A record as its person knows it: a word that no other has, and a value."""

    kind: str
    value: str = ""
    deleted: bool = False
    #: when it happens, if it is an event
    at: datetime | None = None


@dataclass
class Ledger:
    """What people did, by the word that names the record."""

    records: dict[str, Kept] = field(default_factory=dict)
    #: records touched since the sides were in step last
    touched: set[str] = field(default_factory=set)

    def expected(self) -> Counter[tuple[str, str, str]]:
        return Counter(
            (kept.kind, word, kept.value)
            for word, kept in self.records.items()
            if not kept.deleted
        )


class Life:
    """An account from its first day.

    :param days: how many it is followed, besides the week that a backup is old; the
        incidents are spread over them.
    :param seed: of what people do.
    """

    def __init__(self, days: int, seed: int) -> None:
        self.days = days
        self.chance = random.Random(seed)
        self.bench = HttpBench(
            kinds=KINDS, zone=ZONE, at=START, choice="all", back=100, ahead=120
        )
        for pair in self.bench.worlds.values():
            for world in pair:
                world.remembers = False
        self._dates_its_entries()
        self.ledger = Ledger()
        self.told: list[str] = []
        self.day = 0

    def close(self) -> None:
        self.bench.close()

    # -- days --------------------------------------------------------------------------

    def live(self) -> None:
        """All of it; after each incident and at the end both sides agree.

        :raises AssertionError: a record was lost, doubled or changed, or somebody got
            mail, or an idle run wrote.
        """
        plan = self._plan()
        for _ in range(5):
            self.people_are_busy()
        self.settle("first sync")
        for planned in range(1, self.days + 1):
            self.day += 1
            for hour in (2, 9):
                self.people_are_busy()
                self.sync()
                self.bench.clock.tick(hour * 3600)
            self.to_the_next_morning()
            for incident in plan.get(planned, ()):
                incident()
                self.settle(incident.__name__)
        self.the_user_leaves()

    def _plan(self) -> dict[int, list[Callable[[], None]]]:
        incidents = (
            self.the_password_changes,
            self.the_grant_ends,
            self.a_view_is_closed_for_a_while,
            self.a_backup_of_last_week_comes_back,
            self.sessions_end_and_tokens_expire,
            self.a_second_installation_comes_along,
            self.the_addon_is_installed_anew,
            self.the_crm_gets_new_fields,
            self.the_server_is_upgraded,
            self.a_holiday_longer_than_zoho_remembers,
        )
        plan: dict[int, list[Callable[[], None]]] = {}
        for number, incident in enumerate(incidents, 1):
            day = max(1, number * self.days // (len(incidents) + 1))
            plan.setdefault(day, []).append(incident)
        return plan

    def to_the_next_morning(self) -> None:
        now = self.bench.clock.at
        morning = (now + timedelta(days=1)).replace(
            hour=12, minute=0, second=0, microsecond=0
        )
        self.bench.clock.tick((morning - now).total_seconds())

    def sync(self) -> None:
        result = self.bench.run()
        assert isinstance(result, RunResult), result
        held = [str(entry) for entry in self.bench.entries if entry.outcome == "held"]
        assert not result.held, f"day {self.day}: held {held[:5]}"

    def settle(self, after: str) -> None:
        """Run until what has to be proven is proven; then compare with the ledger."""
        for wait in (200, 200, 3600, 200):
            self.bench.clock.tick(wait)
            self.sync()
        self.compare(after)
        writes = self.bench.idle_writes()
        assert writes == 0, f"day {self.day}, {after}: an idle run wrote {writes} times"
        assert not self.bench.mails(), f"day {self.day}, {after}: somebody got mail"
        self.ledger.touched.clear()
        self.told.append(f"day {self.day}: {after}")

    def compare(self, after: str) -> None:
        expected = self.ledger.expected()
        for number, side in enumerate(SIDES):
            held = self.held(number)
            assert held == expected, (
                f"day {self.day}, {after}, {side}: too many "
                f"{sorted(held - expected)}, too few {sorted(expected - held)}"
            )

    def held(self, side: int) -> Counter[tuple[str, str, str]]:
        return Counter(
            (kind, _word(kind, record.values), record.values[UNIT[kind]])
            for kind in KINDS
            for record in self.bench.worlds[kind][side].live()
        )

    # -- people ------------------------------------------------------------------------

    def people_are_busy(self) -> None:
        for _ in range(self.chance.randint(1, 3)):
            self._new(self.chance.choice(KINDS), self.chance.choice((0, 1)))
        for _ in range(self.chance.randint(0, 3)):
            self._edit(self.chance.choice((0, 1)))
        if self.chance.random() < 0.5:
            self._delete(self.chance.choice((0, 1)))
        self.bench.notes.mail_arrives(self.chance.randint(0, 3))

    def _new(self, kind: str, side: int) -> None:
        word = f"w{len(self.ledger.records)}"
        kept = Kept(kind)
        values: dict[str, Any]
        if kind == "contact":
            values = {"name": Name("Ada", word), "emails": (f"{word}@example.com",)}
        elif kind == "task":
            due = date(2027, 6, 1) - timedelta(days=self.chance.randint(0, 30))
            values = {"subject": word, "dates": TaskDates(None, due)}
        else:
            days = self.chance.randint(1, 60)
            kept.at = self.bench.clock.at.replace(
                minute=0, second=0, microsecond=0
            ) + timedelta(days=days)
            end = kept.at + timedelta(hours=1)
            values = {"title": word, "when": When(kept.at, end)}
        self.bench.worlds[kind][side].person_creates(**values)
        self.ledger.records[word] = kept
        self.ledger.touched.add(word)

    def _pick(self, side: int) -> tuple[str, Kept, Any] | None:
        """A record of that side that nobody touched since the sides were in step."""
        words = [
            word
            for word, kept in self.ledger.records.items()
            if not kept.deleted
            and word not in self.ledger.touched
            and (kept.at is None or kept.at > self.bench.clock.at + timedelta(days=2))
        ]
        if not words:
            return None
        word = self.chance.choice(words)
        kept = self.ledger.records[word]
        for record in self.bench.worlds[kept.kind][side].live():
            if _word(kept.kind, record.values) == word:
                self.ledger.touched.add(word)
                return word, kept, record
        raise AssertionError(f"{word} is not on side {side}")

    def _edit(self, side: int) -> None:
        if (found := self._pick(side)) is not None:
            _word, kept, record = found
            kept.value = f"v{self.chance.randint(1, 10**6)}"
            world = self.bench.worlds[kept.kind][side]
            world.person_edits(record.key, **{UNIT[kept.kind]: kept.value})

    def _delete(self, side: int) -> None:
        if (found := self._pick(side)) is not None:
            _word, kept, record = found
            kept.deleted = True
            self.bench.worlds[kept.kind][side].person_deletes(record.key)

    # -- incidents ---------------------------------------------------------------------

    def refused(self, error: type[SyncError]) -> None:
        """A run that ends with this error and writes nothing."""
        before = self.bench.writes()
        result = self.bench.run()
        assert type(result) is error, result
        assert self.bench.writes() == before

    def the_password_changes(self) -> None:
        self.bench.domino.act.change_password(self.bench.user, "Analytical-2")
        self.bench.domino.act.expire_sessions()
        self.people_are_busy()
        self.refused(NeedsSignIn)
        self.bench.password = "Analytical-2"

    def the_grant_ends(self) -> None:
        token = self.bench.tokens.token
        assert token is not None
        self.bench.crm.act.revoke(token.refresh_token)
        self.bench.crm.act.expire_access_tokens()
        self.people_are_busy()
        self.refused(NeedsSignIn)
        self.bench.tokens = MemoryTokens(self.bench.grant())

    def a_view_is_closed_for_a_while(self) -> None:
        """As a design refresh does it."""
        file, view = self.bench.mail_file, "($Contacts)"
        self.bench.domino.act.set_view(file, view, False)
        self.people_are_busy()
        self.refused(Misconfigured)
        self.bench.domino.act.set_view(file, view, True)

    def sessions_end_and_tokens_expire(self) -> None:
        self.bench.domino.act.expire_sessions()
        self.bench.crm.act.expire_access_tokens()
        self.people_are_busy()

    def the_crm_gets_new_fields(self) -> None:
        self.bench.crm_fields_change()
        self.people_are_busy()

    def the_server_is_upgraded(self) -> None:
        """A fix pack later, with PATCH allowed by the web site."""
        self.bench.domino.act.set_knob("fp", 9)
        methods = (*self.bench.domino.knobs.methods, "PATCH")
        self.bench.domino.act.set_knob("methods", methods)
        self.people_are_busy()

    def a_backup_of_last_week_comes_back(self) -> None:
        """Odoo's database is restored; both systems are a week further."""
        self.settle("before the backup")
        kept = self._database()
        for _ in range(7):
            self.day += 1
            self.people_are_busy()
            self.sync()
            self.to_the_next_morning()
        self.settle("before the restore")
        self._restore(kept)
        # An edit now of what was edited in that week would be a conflict: nobody
        # knows any more what both sides had in common.
        for kind in KINDS:
            for side in (0, 1):
                self._new(kind, side)

    def _database(self) -> Any:
        """All that lies in Odoo's database."""
        bench = self.bench
        kept = (bench.org, bench.store, bench.tokens.token, bench.companies.ids)
        return deepcopy((*kept, bench.features))

    def _dates_its_entries(self) -> None:
        clock = self.bench.clock
        self.bench.store.now = lambda: clock.at

    def _nothing_is_known(self) -> None:
        """The database of an addon that has just been installed."""
        bench = self.bench
        bench.org = OrgStore(bench.org.owner_of)
        bench.store = MemoryStore(bench.org, bench.zoho.owner)
        bench.store.organiser = bench.email
        bench.features = {}
        bench.companies.ids.clear()
        bench.metadata.answers.clear()
        self._dates_its_entries()

    def _restore(self, kept: Any) -> None:
        org, store, token, companies, features = kept
        self.bench.org, self.bench.store, self.bench.features = org, store, features
        self.bench.tokens.token = token
        self.bench.companies.ids = companies
        self.bench.metadata.answers.clear()

    def the_addon_is_installed_anew(self) -> None:
        """Nothing is left of what it knew, and it has another identity."""
        self.settle("before the uninstall")
        self._nothing_is_known()
        bench = self.bench
        old = bench.settings.installation
        bench.settings = replace(bench.settings, installation=f"new-{self.day}")
        self.refused(Misconfigured)
        accepted = bench.settings.accepted | {old}
        bench.settings = replace(bench.settings, accepted=accepted)

    def a_second_installation_comes_along(self) -> None:
        """Somebody connects the same mail file elsewhere: nothing is written there."""
        bench = self.bench
        kept = self._database()
        settings = bench.settings
        self._nothing_is_known()
        bench.settings = replace(settings, installation="elsewhere")
        self.refused(Misconfigured)
        bench.settings = settings
        self._restore(kept)
        self.people_are_busy()

    def a_holiday_longer_than_zoho_remembers(self) -> None:
        """No run for so long that Zoho tells of deletions no more."""
        self.settle("before the holiday")
        self.people_are_busy()
        self.bench.clock.tick(HOLIDAY * 86_400)
        self.people_are_busy()

    def the_user_leaves(self) -> None:
        """Somebody else gets the CRM's records; Notes keeps its own."""
        self.settle("before the user leaves")
        bench = self.bench
        notes = self.held(0)
        for pair in bench.worlds.values():
            for record in pair[1].live():
                pair[1].person_gives_away(record.key, "another")
        for _ in range(3):
            bench.clock.tick(3600)
            result = bench.run()
            assert isinstance(result, RunResult), result
        assert self.held(0) == notes == self.held(1)
        self.told.append(f"day {self.day}: the user left")


def _word(kind: str, values: Mapping[str, Any]) -> str:
    """The word that names a record."""
    if kind == "contact":
        return str(values["name"].last)
    return str(values["subject" if kind == "task" else "title"])
