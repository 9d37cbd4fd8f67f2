"""A meeting that lies in several synced calendars is one event in the CRM."""

import copy
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notes_zoho_sync.services.records.event import Attendee

from .calendar import CalendarBench, timed
from .store import MemoryStore

WHEN = timed(datetime(2026, 3, 5, 14, 0, tzinfo=UTC))
GUESTS = tuple(Attendee(f"{name}@example.com") for name in ("ada", "bob", "eve"))
UID = "shared-L"


class Office:
    """Accounts with a calendar each in one organisation."""

    def __init__(self, *names: str, **settings: object) -> None:
        first = CalendarBench()
        self.zoho = first.zoho
        self.benches: dict[str, CalendarBench] = {}
        for name in names:
            bench = CalendarBench(
                zoho_user=name, source=f"server|mail/{name}.nsf", **settings
            )
            bench.clock = bench.notes.clock = first.clock
            bench.org = first.org
            bench.store = MemoryStore(first.org, name)
            bench.store.organiser = f"{name}@example.com"
            bench.zoho = copy.copy(first.zoho)
            bench.zoho.owner = name
            self.benches[name] = bench
        first.org.accounts = {n: bench.store for n, bench in self.benches.items()}
        for bench in self.benches.values():
            bench.zoho._add = first.zoho._add

    def __getitem__(self, name: str) -> CalendarBench:
        return self.benches[name]

    def invite(self, *names: str, organiser: str = "ada") -> None:
        for name in names:
            self[name].notes.copy_of(
                UID,
                title="Board",
                when=WHEN,
                attendees=GUESTS,
                organiser=f"{organiser}@example.com",
            )

    def run(self, times: int = 3) -> None:
        for _ in range(times):
            for bench in self.benches.values():
                bench.clock.tick(400)
                if not bench.store.asleep:
                    bench.run()

    @property
    def events(self):
        return self.zoho.live()

    def states(self) -> dict[str, str]:
        return {
            name: link.reason.code if link.reason else link.state
            for name, bench in self.benches.items()
            for link in bench.links
        }


@pytest.fixture
def office():
    return Office("ada", "bob", "eve")


def test_a_shared_meeting_is_one_event(office):
    office.invite("ada", "bob", "eve")
    office.run()
    assert [event.owner for event in office.events] == ["ada"]
    assert office.states() == {"ada": "linked", "bob": "shadow", "eve": "shadow"}


def test_the_organisers_account_goes_first():
    office = Office("bob", "eve", "ada")
    office["ada"].run()
    office.invite("ada", "bob", "eve")
    office["ada"].notes.person_edits(UID, location="Room 1")
    for name in ("ada", "bob", "eve"):
        office[name].run()
    assert [event.owner for event in office.events] == ["ada"]


def test_without_the_organiser_the_first_who_may_write_makes_it():
    office = Office("bob", "eve")
    office.invite("bob", "eve")
    office.run()
    assert [event.owner for event in office.events] == ["bob"]


def test_who_may_not_write_leaves_it_to_the_next(office):
    bob = office["bob"]
    bob.settings = bob.settings.__class__(
        **{**vars(bob.settings), "direction": "zoho_to_notes"}
    )
    office.invite("bob", "eve")
    office.run()
    assert [event.owner for event in office.events] == ["eve"]


def test_when_the_holder_declines_the_event_changes_hands(office):
    office.invite("ada", "bob", "eve")
    office.run()
    event = office.events[0].key
    office["ada"].notes.person_deletes(UID)
    office.run(4)
    assert [(e.key, e.owner) for e in office.events] == [(event, "bob")]
    office["bob"].notes.person_edits(UID, location="Room 9")
    office.run()
    assert office.events[0].values["location"] == "Room 9"


def test_the_event_goes_when_no_copy_is_left(office):
    office.invite("ada", "bob", "eve")
    office.run()
    for name in ("ada", "bob", "eve"):
        office[name].notes.person_deletes(UID)
    office.run(8)
    assert office.events == []


def test_when_the_holder_turns_private_the_next_takes_over(office):
    office.invite("ada", "bob")
    office.run()
    event = office.events[0].key
    office["ada"].notes.person_hides(UID, True)
    office.run(4)
    assert [(e.key, e.owner) for e in office.events] == [(event, "bob")]


def test_a_claim_that_goes_otherwise_is_free_for_the_next(office):
    office.invite("ada", "bob")
    office.run()
    event = office.events[0]
    office.zoho.person_gives_away(event.key, "nobody")
    office.run(4)
    assert office.states()["ada"] == "owner_changed"
    assert sorted(e.owner for e in office.events) == ["bob", "nobody"]


def test_an_event_found_in_the_crm_serves_for_all_copies(office):
    """It was linked by content, not made by the sync."""
    event = office.zoho.person_creates(title="Board", when=WHEN)
    office.zoho.person_gives_away(event.key, "ada")
    office.invite("ada", "bob")
    office.run(4)
    assert [(e.key, e.owner) for e in office.events] == [(event.key, "ada")]
    assert office.states() == {"ada": "linked", "bob": "shadow"}


def test_an_event_that_is_given_to_a_colleague_is_not_doubled(office):
    """Its holder does not run any more; the colleague's copy was a shadow."""
    office.invite("ada", "bob")
    office.run()
    (event,) = office.events
    office["ada"].store.asleep = True
    office.zoho.person_gives_away(event.key, "bob")
    office.run()
    assert office.states() == {"ada": "owner_changed", "bob": "linked"}
    assert [one.key for one in office.events] == [event.key]
    assert len(office["bob"].notes.live()) == 1
    office["bob"].notes.person_edits(UID, location="Room 9")
    office.run()
    assert office.events[0].values["location"] == "Room 9"


def test_who_left_a_meeting_does_not_get_it_back_from_an_heir_that_rests(office):
    """Zoho still names who left as the owner, until the heir's account runs."""
    office.invite("ada", "bob")
    office.run()
    (event,) = office.events
    office["ada"].notes.person_deletes(UID)
    for _ in range(4):
        office["ada"].clock.tick(400)
        office["ada"].run()
    assert office.states() == {"ada": "left_meeting", "bob": "inherited"}
    office["bob"].store.asleep = True
    office.zoho.person_edits(event.key, location="Room 9")
    office.run()
    assert office.states() == {"ada": "left_meeting", "bob": "inherited"}
    assert not office["ada"].notes.live()
    office["bob"].store.asleep = False
    office.run(4)
    assert [(e.key, e.owner) for e in office.events] == [(event.key, "bob")]


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["ada", "bob", "eve"]),
        st.sampled_from(
            [
                "invite",
                "delete",
                "restore",
                "hide",
                "show",
                "edit",
                "run",
                "rest",
                "return",
            ]
        ),
    ),
    max_size=16,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ACTS)
def test_whatever_people_do_it_is_one_event_at_most_while_anybody_has_it(acts):
    office = Office("ada", "bob", "eve")
    for name, act in acts:
        bench = office[name]
        record = bench.notes.records.get(UID)
        if act in ("rest", "return"):
            bench.store.asleep = act == "rest"
        elif act == "run":
            bench.clock.tick(400)
            if not bench.store.asleep:
                bench.run()
        elif act == "invite" and record is None:
            office.invite(name)
        elif record is None:
            continue
        elif act == "delete":
            bench.notes.person_deletes(UID)
        elif act == "restore":
            bench.notes.person_restores(UID)
        elif act == "hide":
            bench.notes.person_hides(UID, True)
        elif act == "show":
            bench.notes.person_hides(UID, False)
        elif act == "edit" and not record.deleted:
            bench.notes.person_edits(UID, location=f"Room {bench.clock.at}")
    for bench in office.benches.values():
        bench.store.asleep = False
    office.run(6)
    for bench in office.benches.values():
        bench.clock.tick(90000)
    office.run(4)
    having = [
        name
        for name, bench in office.benches.items()
        if (record := bench.notes.records.get(UID)) is not None
        and not record.deleted
        and not record.private
    ]
    assert len(office.events) == (1 if having else 0), (having, office.states())
    if having:
        assert office.events[0].owner in having
    before = sum(office.zoho.writes.values())
    office.run(1)
    assert sum(office.zoho.writes.values()) == before
