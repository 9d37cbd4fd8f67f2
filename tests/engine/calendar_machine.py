"""The invariants for calendars: windows that slide, series, exceptions, meetings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from notes_zoho_sync.services.records.event import Attendee, When
from notes_zoho_sync.services.records.instance import split

from .calendar import CalendarBench, timed
from .machine import SIDES, Edit, Matter, SyncMachine
from .situations import CALENDAR_SITUATIONS

GUEST = (Attendee("guest@example.com"),)
#: days from now: before, inside, at the edges of and beyond the window
DAYS = st.sampled_from([-40, -11, -10, -9, -1, 0, 1, 2, 5, 29, 30, 31, 45])


class CalendarMachine(SyncMachine):
    """A user's calendar and the CRM's events."""

    situations = CALENDAR_SITUATIONS
    kind = "event"
    units = ("location", "description")
    secret_unit = "location"
    hasty_unit = "location"
    bench: CalendarBench  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.matters: list[Matter] = []

    def make_bench(self) -> CalendarBench:
        return CalendarBench()

    def matter(self) -> Matter:
        self.matters.append(Matter(f"Matter {len(self.matters)}."))
        return self.matters[-1]

    def when(self, days: int, whole: bool = False) -> When:
        """Some days from now; no two matters share an hour."""
        hours = len(self.matters) % 24
        start = self.bench.clock.at.replace(minute=0, second=0, microsecond=0)
        start += timedelta(days=days, hours=hours)
        return When(start.date(), start.date()) if whole else timed(start)

    def one_more(self, record: Any) -> None:
        for matter in self.matters:
            if matter.title == record.values["title"]:
                matter.births += 1

    # -- people

    @initialize(
        where=st.lists(st.sampled_from(["notes", "zoho", "both"]), max_size=4),
        synced=st.booleans(),
    )
    def a_calendar(self, where: list[str], synced: bool) -> None:
        for place in where:
            if place == "both":
                self.something_is_added_on_both_sides(1)
            else:
                self.somebody_is_added(place, True)
        if synced:
            self.run()

    def somebody_is_added(self, side: str, named: bool) -> None:
        self.something_is_added(side, 1, not named)

    @rule(side=st.sampled_from(SIDES), days=DAYS, whole=st.booleans())
    def something_is_added(self, side: str, days: int, whole: bool) -> None:
        token = self.token()
        record = self.side(side).person_creates(
            title=self.matter().title, when=self.when(days, whole), location=token
        )
        self.edits.append(Edit(side, record.key, "location", token))

    @rule(days=DAYS)
    def something_is_added_on_both_sides(self, days: int) -> None:
        values = {"title": self.matter().title, "when": self.when(days)}
        for side in SIDES:
            self.side(side).person_creates(**values)
        self.bench.situations["same event on both sides"] += 1

    @rule(days=DAYS)
    def a_meeting_is_called(self, days: int) -> None:
        self.bench.notes.person_creates(
            title=self.matter().title, when=self.when(days), attendees=GUEST
        )
        self.bench.situations["meeting"] += 1

    @rule(first=DAYS, every=st.sampled_from([1, 7]), number=st.integers(2, 6))
    def a_series_is_made(self, first: int, every: int, number: int) -> None:
        matter = self.matter()
        starts = [
            self.when(first + n * every).start  # type: ignore[misc]
            for n in range(number)
        ]
        self.bench.notes.person_makes_series(starts, title=matter.title)  # type: ignore[arg-type]
        self.bench.situations["series"] += 1

    @rule(side=st.sampled_from(SIDES), days=DAYS, data=st.data())
    def something_is_moved(self, side: str, days: int, data: Any) -> None:
        record = self.pick(side, data)
        if record is None:
            return
        old = record.values["when"]
        by = timedelta(days=days)
        self.side(side).person_edits(
            record.key, when=When(old.start + by, old.end + by)
        )
        self.one_more(record)
        if side == "notes" and split(record.key)[1]:
            self.bench.situations["instance moved"] += 1

    @rule(data=st.data())
    def a_series_is_edited_whole(self, data: Any) -> None:
        record = self.pick("notes", data)
        if record is None or not split(record.key)[1]:
            return
        token = self.token()
        for one in self.bench.notes.series(split(record.key)[0]):
            if not one.private:
                self.supersede("notes", one.key, "location")
                self.bench.notes.person_edits(one.key, location=token)
                self.edits.append(Edit("notes", one.key, "location", token))
        self.bench.situations["series edited"] += 1

    @rule(data=st.data())
    def a_series_is_made_anew(self, data: Any) -> None:
        record = self.pick("notes", data)
        if record is None or not split(record.key)[1]:
            return
        old = [x for x in self.bench.notes.series(split(record.key)[0])]
        if any(x.private for x in old):
            return
        for one in old:
            self.bench.notes.person_deletes(one.key)
            self.supersede("notes", one.key)
            self.one_more(one)
        starts = [one.values["when"].start for one in old]
        if len(set(starts)) == len(starts):
            self.bench.notes.person_makes_series(starts, title=record.values["title"])
        self.bench.situations["series made anew"] += 1

    @rule(data=st.data())
    def an_instance_is_cancelled(self, data: Any) -> None:
        record = self.pick("notes", data)
        if record is None or not split(record.key)[1]:
            return
        self.bench.notes.person_deletes(record.key)
        self.supersede("notes", record.key)
        self.bench.situations["instance cancelled"] += 1

    @rule(data=st.data())
    def an_entry_becomes_a_series(self, data: Any) -> None:
        record = self.pick("notes", data)
        if record is None or record.sync_key or split(record.key)[1]:
            return
        if record.values["when"].all_day:
            return
        self.supersede("notes", record.key)
        self.one_more(record)
        self.bench.notes.person_makes_it_a_series(record.key, [1, 2])
        self.bench.situations["entry became a series"] += 1

    @rule(number=st.sampled_from([2, 40]))
    def mail_arrives(self, number: int) -> None:
        self.bench.notes.mail_arrives(number)
        self.bench.situations[f"{number} mails"] += 1

    @rule(choice=st.sampled_from(["all", "today", "last_month"]))
    def the_range_is_changed(self, choice: str) -> None:
        if self.bench.choice != choice:
            self.bench.choice = choice
            self.bench.situations["range changed"] += 1

    @rule(data=st.data())
    def something_is_cut_and_pasted(self, data: Any) -> None:
        record = self.pick("notes", data)
        if record is None or split(record.key)[1] or record.values["attendees"]:
            return
        self.bench.notes.person_deletes(record.key)
        copy = self.bench.notes.person_creates(**record.values)
        self.one_more(record)
        self.goes_along("notes", record, copy)
        self.bench.situations["cut and pasted"] += 1

    # -- what must hold

    def waits(self, record: Any) -> bool:
        when = record.values["when"]
        assert self.bench.notes.window is not None
        return not self.bench.notes.window.overlaps((when.start, when.end))

    def check_no_duplicates(self) -> None:
        for matter in self.matters:
            for side in SIDES:
                held = [
                    (record.values["title"], str(record.values["when"]))
                    for record in self.side(side).live()
                    if record.values["title"] == matter.title
                ]
                for one in set(held):
                    number = held.count(one)
                    assert number <= matter.births, f"{one} {number} times in {side}"
