"""The invariants for calendars over HTTP (see ``http_machine``)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from notes_zoho_sync.services.records.event import When
from notes_zoho_sync.services.records.instance import split

from .calendar_machine import CalendarMachine
from .http_machine import COMMON, OverHttp, hunt
from .http_world import HttpBench
from .machine import Edit
from .situations import Situations

EXAMPLES = 20
#: How servers show series, and what they can besides.
SERVERS = (
    {},
    {"series_form": "rrule"},
    {"fp": 7},
    {"old_template": True},
    {"services": ("Calendar",)},
    {"trashed_get": "200", "declined_get": "404"},
)


class HttpCalendarMachine(OverHttp, CalendarMachine):
    """A calendar of the simulated Domino, and the simulated CRM's events."""

    situations = Situations(
        (
            *COMMON,
            "cut and pasted",
            "entry became a series",
            "held run",
            "instance cancelled",
            "instance moved",
            "kept",
            "meeting",
            "not_carried",
            "owner changed",
            "private_copy",
            "range changed",
            "same event on both sides",
            "series",
            "series edited",
            "series made anew",
        )
    )
    bench: HttpBench  # type: ignore[assignment]
    #: A PUT of the calendar service knows no condition; it is sent right after the
    #: reading that it rests on.
    unguarded = ("notes",)

    def make_bench(self) -> HttpBench:
        return HttpBench(kinds=("event",), zone="America/Sao_Paulo")

    @rule(place=st.integers(0, len(SERVERS) - 1))
    def another_server(self, place: int) -> None:
        """Only what has not been synced yet may find itself on another server."""
        if not self.bench.links and not self.matters:
            for name, value in SERVERS[place].items():
                self.bench.domino.act.set_knob(name, value)

    @rule(data=st.data())
    def something_is_cut_and_pasted(self, data: Any) -> None:
        record = self.pick("notes", data)
        if record is None or split(record.key)[1] or record.values["attendees"]:
            return
        copy = self.bench.notes.person_pastes(record.key)
        self.one_more(record)
        self.goes_along("notes", record, copy)
        self.bench.situations["cut and pasted"] += 1

    def a_series_is_there(self) -> None:
        if not any(split(x.key)[1] and not x.private for x in self.bench.notes.live()):
            self.a_series_is_made(1, 1, 3)
            self.run()

    @rule(data=st.data())
    def an_instance_is_cancelled(self, data: Any) -> None:
        self.a_series_is_there()
        super().an_instance_is_cancelled(data)

    @rule(data=st.data())
    def a_series_is_made_anew(self, data: Any) -> None:
        self.a_series_is_there()
        super().a_series_is_made_anew(data)

    @rule(place=st.integers(0, 5), days=st.sampled_from([-40, -1, 1, 3, 45]))
    def an_instance_is_moved(self, place: int, days: int) -> None:
        self.a_series_is_there()
        found = [x for x in self.bench.notes.live() if split(x.key)[1]]
        record = found[place % len(found)] if found else None
        if record is None or record.private:
            return
        old, by = record.values["when"], timedelta(days=days)
        moved = When(old.start + by, old.end + by)
        self.bench.notes.person_edits(record.key, when=moved)
        self.one_more(record)
        self.bench.situations["instance moved"] += 1

    @rule()
    def a_meeting_is_deleted_in_the_crm(self) -> None:
        self.a_meeting_is_called(2)
        self.run()
        title = self.matters[-1].title
        for event in self.bench.zoho.live():
            if event.values["title"] == title:
                self.bench.zoho.person_deletes(event.key)
                self.supersede("zoho", event.key)
        self.run()

    @rule(data=st.data())
    def a_series_is_edited_whole(self, data: Any) -> None:
        """All its dates at once, as the Notes client offers."""
        record = self.pick("notes", data)
        if record is None or not split(record.key)[1]:
            return
        uid = split(record.key)[0]
        every = self.bench.notes.series(uid)
        if any(one.private for one in every):
            return
        token = self.token()
        for one in every:
            self.supersede("notes", one.key, "location")
            self.edits.append(Edit("notes", one.key, "location", token))
        self.bench.notes.person_edits_series(uid, location=token)
        self.bench.situations["series edited"] += 1

    def check_same(self, notes: dict[str, Any], zoho: dict[str, Any]) -> None:
        """By the two stores' own words; nothing of ours has a say."""
        pair = (notes, zoho)
        assert notes["when"].lasting() == zoho["when"].lasting(), pair
        for unit in ("title", "location", "description"):
            assert notes[unit] == zoho[unit], (unit, *pair)


def test_invariants_hold_for_calendars_over_http():
    hunt(HttpCalendarMachine, EXAMPLES)
