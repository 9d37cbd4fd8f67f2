"""What the demo begins with is lifelike, and the same every time."""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers
import pytest

from tests.demo import story
from tests.demo.people import COUNTRIES, people
from tests.simulators.domino import DominoSimulator
from tests.simulators.zoho import ZohoSimulator
from tests.simulators.zoho.judge import PHONE, is_email


class Direct:
    """A simulator of this process where the story expects a control endpoint."""

    def __init__(self, simulator: DominoSimulator | ZohoSimulator) -> None:
        self.simulator = simulator

    def act(self, name: str, **values: object) -> object:
        return getattr(self.simulator.act, name)(**values)

    def dump(self) -> object:
        return self.simulator.dump()


@pytest.fixture
def sides() -> Iterator[tuple[Direct, Direct, story.Plot]]:
    domino = Direct(DominoSimulator())
    zoho = Direct(ZohoSimulator(unique_email=True))
    yield domino, zoho, story.seed(domino, zoho)


def test_people_are_the_same_every_time_and_have_addresses_of_their_own() -> None:
    once = people(200)
    assert once == people(200)
    assert len({person.email for person in once}) == 200
    assert all(is_email(person.email) for person in once)


def test_every_country_has_people_with_numbers_that_can_be_dialled() -> None:
    made = people(300)
    countries = {person.office.country for person in made if person.office}
    assert countries == {country.name for country in COUNTRIES}
    for person in made:
        number = phonenumbers.parse(person.office_phone)
        assert phonenumbers.is_possible_number(number), person.office_phone
        assert PHONE.fullmatch(person.office_phone)


def test_the_story_begins_with_a_few_hundred_contacts(
    sides: tuple[Direct, Direct, story.Plot],
) -> None:
    _domino, _zoho, plot = sides
    assert 200 <= len(plot.notes) + len(plot.zoho) <= 900
    for hero in story.HEROES:
        kinds = {label.split("/")[1] for label in plot.notes if hero.login in label}
        assert {"private-notes", "no-last-name", "rich-picture", "conflict"} <= kinds


def test_the_story_has_to_dos_and_tasks_of_all_sorts(
    sides: tuple[Direct, Direct, story.Plot],
) -> None:
    domino, zoho, _plot = sides
    documents = domino.simulator.dump()["mail_files"]["mail/anna.nsf"]["documents"]
    todos = [d for d in documents if d["form"] in ("Task", "TaskNotice")]
    states = {d["items"]["DueState"][0] for d in todos if "DueState" in d["items"]}
    assert states == {0, 1, 2, 8, 9}
    held = {name for d in todos for name, value in d["items"].items() if any(value)}
    wanted = {"$Alarm", "Repeats", "OrgConfidential", "AssignedTo", "Importance"}
    assert wanted <= held
    assert {d["form"] for d in todos} == {"Task", "TaskNotice"}
    tasks = zoho.simulator.dump()["records"]["Tasks"]
    assert len({t["Status"] for t in tasks}) == 5
    assert len({t["Priority"] for t in tasks}) >= 5
    assert any(t["Tag"] for t in tasks) and any(t["Remind_At"] for t in tasks)


def test_the_story_has_events_of_all_sorts(
    sides: tuple[Direct, Direct, story.Plot],
) -> None:
    domino, zoho, _plot = sides
    files = domino.simulator.dump()["mail_files"]
    entries = files["mail/anna.nsf"]["events"]
    assert {entry["kind"] for entry in entries} == {0, 1, 2, 3, 4}
    for what in ("private", "reminder", "attendees", "location", "recurrence_id"):
        assert any(entry[what] for entry in entries), what
    shared = {e["uid"] for e in entries} & {
        e["uid"] for e in files["mail/ben.nsf"]["events"]
    }
    assert len(shared) == 3
    notices = [d["items"] for d in files["mail/carla.nsf"]["documents"]]
    assert sum(items.get("NoticeType") == ["I"] for items in notices) == 2
    events = zoho.simulator.dump()["records"]["Events"]
    for field in ("All_day", "Participants", "Remind_At", "Venue", "Tag"):
        assert any(event[field] for event in events), field
    assert sum(e["Event_Title"] == "Pipeline-Durchsicht" for e in events) == 12


def test_directions_policies_and_ranges_differ() -> None:
    assert len({hero.event_range for hero in story.HEROES}) == 3
    assert len({(hero.direction, hero.policy) for hero in story.HEROES}) == 3


def test_no_two_zoho_contacts_share_an_address(
    sides: tuple[Direct, Direct, story.Plot],
) -> None:
    _domino, zoho, _plot = sides
    records = zoho.simulator.dump()["records"]["Contacts"]
    addresses = [r["Email"].casefold() for r in records if r["Email"]]
    assert len(addresses) == len(set(addresses))
