"""What Zoho's field metadata tells the mapping."""

from typing import Any

import pytest

from notes_zoho_sync.services.mapping.metadata import Fields
from notes_zoho_sync.services.reasons import TEXTS
from tests.simulators.zoho.metadata import default_modules, field_json


def field(name: str, **more: Any) -> dict[str, Any]:
    return {"api_name": name, "data_type": "text", "length": 50, **more}


def parse(*rows: Any) -> Fields:
    return Fields.parse({"fields": list(rows)})


def test_length_type_and_mandatory_fields_are_known() -> None:
    fields = parse(
        field("A", system_mandatory=True), field("B", data_type="date", length=None)
    )
    assert fields.has("A") and not fields.has("C")
    assert (fields.length("A"), fields.length("B"), fields.length("C")) == (
        50,
        None,
        None,
    )
    assert (fields.data_type("B"), fields.data_type("C")) == ("date", "")
    assert fields.mandatory() == ("A",)


def test_operation_type_alone_tells_what_can_be_written() -> None:
    both = {"api_create": True, "api_update": True}
    fields = parse(
        field("A", operation_type=both, field_read_only=True),
        field("B", operation_type={**both, "api_update": False}, field_read_only=False),
        field("C", operation_type={**both, "api_create": False}),
        field("D"),
    )
    assert [name for name in "ABCDE" if fields.writable(name)] == ["A", "D"]


def test_a_hidden_field_is_as_good_as_none() -> None:
    assert not parse(field("A", visible=False)).has("A")


def test_a_picklist_lists_what_may_be_chosen() -> None:
    picks = [
        {"actual_value": "-None-", "display_value": "-None-"},
        {"actual_value": "Mr.", "display_value": "Herr", "type": "used"},
        {"actual_value": "Sir", "type": "unused"},
        "odd",
    ]
    fields = parse(field("A", data_type="picklist", pick_list_values=picks))
    assert fields.picklist("A") == ("Mr.",)
    assert fields.picklist("B") == ()


@pytest.mark.parametrize("answer", [{}, {"fields": None}, {"fields": ["x", {}, None]}])
def test_what_is_no_field_is_passed_over(answer: dict[str, Any]) -> None:
    assert Fields.parse(answer).by_name == {}


@pytest.mark.parametrize(
    "change",
    [
        {"length": 51},
        {"system_mandatory": True},
        {"data_type": "email"},
        {"operation_type": {"api_update": False}},
        {"pick_list_values": [{"actual_value": "x"}]},
        {"visible": False},
    ],
)
def test_the_version_changes_with_what_counts(change: dict[str, Any]) -> None:
    assert parse(field("A")).version != parse(field("A", **change)).version


def test_the_version_does_not_change_with_order_or_looks() -> None:
    one = parse(field("A", tooltip="x", id="1"), field("B"))
    assert one.version == parse(field("B"), field("A", id="2")).version


def test_a_simulated_organisation_is_understood() -> None:
    numbers = iter(range(10**6))
    modules = default_modules(lambda: str(next(numbers)), unique_email=False)
    contacts = modules["Contacts"]
    rows = [field_json(f, contacts, modules, []) for f in contacts.shown()]
    fields = Fields.parse({"fields": rows})
    assert fields.length("Description") == 32000
    assert fields.picklist("Salutation")[:2] == ("Mr.", "Mrs.")
    assert fields.writable("Owner") and not fields.writable("Full_Name")
    assert fields.mandatory() == ("Last_Name",)


def test_every_sentence_of_the_mapping_ends_as_one() -> None:
    codes = [code for code in TEXTS if code.startswith(("mapping_", "skip_"))]
    assert len(codes) > 10
    assert all(TEXTS[code].endswith(".") for code in codes)
