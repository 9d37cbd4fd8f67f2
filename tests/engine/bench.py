"""One account in a world: runs, crashes, faults, and the checks that need no rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from notes_zoho_sync.services.errors import SyncError
from notes_zoho_sync.services.records import Kind
from notes_zoho_sync.services.sync.entry import Entry
from notes_zoho_sync.services.sync.feed import pull
from notes_zoho_sync.services.sync.ports import FeedPort, NotesPort, ZohoPort
from notes_zoho_sync.services.sync.preview import dry
from notes_zoho_sync.services.sync.run import Run, RunResult
from notes_zoho_sync.services.sync.settings import AccountSettings

from .store import Crash, MemoryStore, OrgStore
from .world import (
    INSTALLATION,
    INTEGRATION_USER,
    KIND,
    ZGID,
    Clock,
    Faults,
    Notes,
    Zoho,
)


class Bench:
    """Both fake systems, one account, and a way to run it."""

    #: modules that the feed is pulled of
    modules: Sequence[str] = ("Contacts",)
    kinds: Mapping[str, Kind] = {"contact": KIND}

    def __init__(self, **settings: object) -> None:
        self.clock = Clock()
        self.faults = Faults()
        self.notes = self.make_notes()
        self.zoho = self.make_zoho()
        self.org = OrgStore()
        self.store = MemoryStore(self.org, "1")
        self.settings = AccountSettings(
            zoho_user="1",
            zgid=ZGID,
            integration_user=INTEGRATION_USER,
            installation=INSTALLATION,
            source="server|mail/ada.nsf",
        )
        self.settings = replace(self.settings, **settings)  # type: ignore[arg-type]
        self.situations: Counter[str] = Counter()
        self.slice_after = 0

    def make_notes(self) -> Any:
        return Notes(self.clock, self.faults)

    def make_zoho(self) -> Any:
        return Zoho(self.clock, self.faults)

    @property
    def links(self):
        return list(self.store.committed.values())

    @property
    def entries(self):
        return self.store.entries

    def writes(self) -> int:
        return sum(self.notes.writes.values()) + sum(self.zoho.writes.values())

    def connect(self) -> tuple[FeedPort, NotesPort, ZohoPort]:
        """The ports of one run, as a process that has just started has them."""
        return self.zoho, self.notes, self.zoho

    def close(self) -> None:
        """Leave nothing running."""

    def run(self) -> RunResult | SyncError:
        """A whole run (feed first); an error that ends it is returned."""
        self.clock.tick(10)
        feed, notes, zoho = self.connect()
        try:
            pull(feed, self.org, self.modules, zoho.now())
        except SyncError as error:
            self.org.rollback()
            return error
        self.store.new_run()
        for _ in range(200):
            run = Run(
                self.settings,
                self.kinds,
                notes,
                zoho,
                self.store,
                self._time_left(),
            )
            try:
                result = run.slice()
            except SyncError as error:
                self.store.rollback()
                self.store.end_run()
                return error
            if result.finished:
                if result.held:
                    self.situations["held run"] += 1
                self.store.end_run()
                return result
            self.situations["slice over"] += 1
        raise AssertionError("a run did not end after 200 slices")

    def preview(self) -> list[Entry]:
        """What a run would do now; nothing is kept of it."""
        feed, notes, zoho = self.connect()
        pull(feed, self.org, self.modules, zoho.now())
        self.store.new_run()
        self.store.dry = True
        try:
            run = Run(self.settings, self.kinds, *dry(notes, zoho), self.store)
            run.slice()
            return list(self.store._entries)
        finally:
            self.store.dry = False
            self.store.rollback()

    def _time_left(self):
        if not self.slice_after:
            return lambda: 1.0
        left = [self.slice_after]

        def time_left() -> float:
            left[0] -= 1
            return float(left[0])

        return time_left

    def run_killed_at(self, step: int, doing: str = "") -> bool:
        """A run whose process dies at the n-th step; whether it came that far.

        :param doing: only steps with this in their name count, such as "writing".
        """
        left = [step]

        def crash(where: str) -> None:
            if doing not in where:
                return
            left[0] -= 1
            if left[0] == 0:
                self.situations[f"crash {where}"] += 1
                raise Crash(where)

        self.faults.crash = self.store.crash = crash
        try:
            self.run()
        except Crash:
            self.org.rollback()
            self.store.rollback()
            return True
        finally:
            self.faults.crash = self.store.crash = lambda where: None
        return False

    def quiesce(self) -> None:
        """No more edits, no more faults: run until the open ends are settled."""
        self.faults.plan.clear()
        for wait in (200, 200, 90000, 200, 200):
            self.clock.tick(wait)
            self.run()

    def idle_writes(self) -> int:
        before = self.writes()
        self.run()
        return self.writes() - before
