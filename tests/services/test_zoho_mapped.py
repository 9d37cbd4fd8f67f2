"""The Zoho side with the real mapping: whole contacts, and bad input.

Each bad value is either made to fit with a remark, or refused with the field's name;
the rest of the batch is carried.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from notes_zoho_sync.services.errors import Rejected
from notes_zoho_sync.services.mapping import zoho as mapping
from notes_zoho_sync.services.mapping.metadata import Fields
from notes_zoho_sync.services.reasons import Reason
from notes_zoho_sync.services.records import Address, Contact, Name, contact_kind
from notes_zoho_sync.services.sync.item import Change, NewRecord, Written
from notes_zoho_sync.services.zoho.companies import Companies
from notes_zoho_sync.services.zoho.feed import ZohoFeed
from notes_zoho_sync.services.zoho.metadata import Metadata, current_user
from notes_zoho_sync.services.zoho.records import Records
from notes_zoho_sync.services.zoho.side import ZohoSide
from tests.services.zoho_support import Bench

KIND = contact_kind("DE")
WHOLE = Contact(
    name=Name("Zoë", "Çelik", "Dr."),
    job_title="Kapitänin",
    department="Brücke",
    company="Reederei Süd & Söhne",
    emails=("zoe@reederei.example", "celik@privat.example"),
    phone_office="+49 40 1234567",
    phone_mobile="+49 171 7654321",
    phone_home="+49 40 7654321",
    phone_other="+49 40 1111111",
    fax="+49 40 1234568",
    assistant="Ben Ahoi",
    phone_assistant="+49 40 1234569",
    address_business=Address("Kai 1\nHaus B", "Hamburg", "HH", "20457", "Germany"),
    address_home=Address("Deichweg 2", "Stade", "NI", "21680", "Germany"),
    birthday=date(1980, 2, 29),
    description="Erste Zeile\nzweite <b>Zeile</b> & mehr\n漢字",
)


class Mapped(Bench):
    """The bench with the mapping that the addon uses."""

    def _metadata(self) -> Metadata:
        return Metadata(self.session, Fields.parse, self.metadata)

    def side(self, owner: str = "") -> ZohoSide:
        metadata = self._metadata()
        return ZohoSide(
            self.session,
            mapping,
            metadata,
            Companies(Records(self.session), metadata, self.companies),
            owner=owner or self.ulla,
            integration_user=current_user(self.session).id,
        )

    def feed(self) -> ZohoFeed:
        return ZohoFeed(self.session, mapping, self._metadata(), self.companies)


@pytest.fixture
def bench() -> Iterator[Mapped]:
    made = Mapped()
    yield made
    made.close()


@pytest.fixture
def side(bench: Mapped) -> ZohoSide:
    return bench.side()


def carry(side: ZohoSide, contact: Contact) -> tuple[Any, tuple[Reason, ...]]:
    """What the engine does with a new contact: fit, then create."""
    fitted = side.fit("contact", contact.values(), {})
    return side.create("contact", [NewRecord(fitted.values, "k")])[0], fitted.remarks


def test_a_whole_contact_comes_back_as_it_was_sent(
    bench: Mapped, side: ZohoSide
) -> None:
    result, remarks = carry(side, WHOLE)
    assert isinstance(result, Written) and remarks == ()
    item = side.read("contact", [result.key])[result.key]
    assert KIND.differing(item.values, WHOLE.values()) == []
    assert item.values.keys() == WHOLE.values().keys()


def test_the_feed_brings_the_same_contact(bench: Mapped, side: ZohoSide) -> None:
    since = side.now()
    result, _ = carry(side, WHOLE)
    row = bench.feed().modified("Contacts", since, "").rows[0]
    item = side.parse("contact", row.record, side.now())
    assert item.key == result.key
    assert KIND.differing(item.values, WHOLE.values()) == []


def test_every_unit_can_be_changed_and_emptied(bench: Mapped, side: ZohoSide) -> None:
    result, _ = carry(side, WHOLE)
    other = Contact(name=Name("", "Anders"))
    item = side.read("contact", [result.key])[result.key]
    fitted = side.fit("contact", other.values(), item.values)
    change = Change(item.key, fitted.values, item.values, item.version, item.read_at)
    assert isinstance(side.update("contact", [change])[0], Written)
    after = side.read("contact", [result.key])[result.key]
    assert KIND.differing(after.values, other.values()) == []


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("name", Name("x" * 100, "y" * 200)),
        ("name", Name("Nur Vorname", "")),
        ("name", Name()),
        ("job_title", "z" * 300),
        ("job_title", "\N{SAILBOAT}\N{SHIP}" * 60),
        ("company", "Firma " * 100),
        ("emails", ("kein Konto", "ok@hafen.example")),
        ("emails", ("a" * 120 + "@hafen.example",)),
        ("emails", tuple(f"n{n}@hafen.example" for n in range(5))),
        ("phone_office", "bitte klingeln!! ???"),
        ("phone_mobile", "0" * 60),
        ("description", "Wort " * 20000),
        ("address_business", Address("s" * 400, "c" * 200, "", "z" * 60, "")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_zoho_would_refuse_is_made_to_fit(
    bench: Mapped, side: ZohoSide, unit: str, value: Any
) -> None:
    values = {**WHOLE.values(), "emails": (), unit: value}
    fitted = side.fit("contact", values, {})
    result = side.create("contact", [NewRecord(fitted.values, "k")])[0]
    assert isinstance(result, Written), result
    item = side.read("contact", [result.key])[result.key]
    assert KIND.differing(item.values, fitted.values) == []
    assert side.fit("contact", fitted.values, {}).values == fitted.values


@pytest.mark.parametrize("strict", ["refuse", "accept"])
def test_a_salutation_that_zoho_does_not_know_keeps_nothing_back(
    bench: Mapped, strict: str
) -> None:
    bench.sim.knobs.picklist = strict
    contact = Contact(name=Name("Zoë", "Çelik", "Kapitänin zur See"))
    result, remarks = carry(bench.side(), contact)
    assert isinstance(result, Written)
    assert remarks


def test_a_custom_mandatory_field_is_named_and_the_rest_is_carried(
    bench: Mapped, side: ZohoSide
) -> None:
    carry(side, WHOLE)
    bench.sim.act.add_field("Contacts", "Region", mandatory=True)
    result, _ = carry(side, Contact(name=Name("", "Neu")))
    assert isinstance(result, Rejected) and result.field == "Region"
    bench.sim.act.change_field("Contacts", "Region", mandatory=False)
    again, _ = carry(bench.side(), Contact(name=Name("", "Neu")))
    assert isinstance(again, Written)


def test_a_shortened_field_is_respected_after_one_refusal(
    bench: Mapped, side: ZohoSide
) -> None:
    carry(side, WHOLE)
    bench.sim.act.change_field("Contacts", "Title", length=5)
    contact = Contact(name=Name("", "Neu"), job_title="Kapitänin")
    assert isinstance(carry(side, contact)[0], Rejected)
    result, remarks = carry(side, contact)
    assert isinstance(result, Written) and remarks
    assert bench.record(result.key)["Title"] == "Kapit"


def test_a_hidden_field_is_neither_asked_for_nor_written(bench: Mapped) -> None:
    bench.sim.act.hide_field("Contacts", "Fax")
    bench.sim.knobs.unknown_fields = "refuse"
    bench.sim.knobs.unknown_list_fields = "refuse"
    side = bench.side()
    result, _ = carry(side, WHOLE)
    assert isinstance(result, Written)
    assert "fax" not in side.read("contact", [result.key])[result.key].values


def test_an_organisation_without_companies_syncs_contacts(bench: Mapped) -> None:
    bench.sim.act.hide_field("Contacts", "Account_Name")
    bench.sim.act.set_module("Accounts", supported=False)
    side = bench.side()
    assert side.fields_version("contact")
    result, _ = carry(side, WHOLE)
    assert isinstance(result, Written)
    assert "company" not in side.read("contact", [result.key])[result.key].values


def test_nothing_of_a_private_contact_leaves_the_side(
    bench: Mapped, side: ZohoSide
) -> None:
    result, _ = carry(side, WHOLE)
    bench.sim.act.tag_private("Contacts", result.key)
    item = side.read("contact", [result.key])[result.key]
    assert item.private and "elik" not in repr(item)
