"""Which unlinked records are recognised as the same person."""

from notes_zoho_sync.services.reasons import reason
from notes_zoho_sync.services.records import Name, contact_kind
from notes_zoho_sync.services.records.identity import IDENTITY
from notes_zoho_sync.services.sync.match import Matches, match

KIND = contact_kind("DE")


def person(first: str = "", last: str = "", *emails: str, **more):
    values = {name: unit.empty for name, unit in KIND.units.items()}
    return {**values, "name": Name(first, last), "emails": emails, **more}


def found(left: list, right: list) -> Matches:
    return match(
        dict(enumerate(left, 1)),
        dict(enumerate(right, 101)),
        IDENTITY["contact"],
        KIND.equal,
        "DE",
    )


def test_an_address_in_common_is_enough_whatever_its_case():
    result = found([person("A", "B", "A@x.org")], [person("", "B", "a@X.org")])
    assert result.pairs == {1: 101}


def test_an_address_in_common_is_not_enough_when_last_names_differ():
    result = found(
        [person("Ann", "Smith", "home@x.org")], [person("Bob", "Jones", "home@x.org")]
    )
    assert not result.pairs
    assert not result.ambiguous_left


def test_phone_and_name_match_in_international_and_national_form():
    result = found(
        [person("Ann", "Smith", phone_office="030 901820")],
        [person("ann", "SMITH", phone_mobile="+49 30 901820")],
    )
    assert result.pairs == {1: 101}


def test_a_phone_alone_is_not_enough():
    result = found(
        [person("Ann", "Smith", phone_office="030 901820")],
        [person("Bob", "Smith", phone_office="030 901820")],
    )
    assert not result.pairs


def test_full_name_and_company_match():
    result = found(
        [person("Ann", "Smith", company="Acme  GmbH")],
        [person("Ann", "Smith", company="ACME GmbH")],
    )
    assert result.pairs == {1: 101}


def test_a_name_without_company_is_not_enough():
    assert not found([person("Ann", "Smith")], [person("Ann", "Smith")]).pairs


def test_records_equal_in_every_unit_pair_off_in_order():
    twin = person("Ann", "Smith", "a@x.org")
    assert found([twin, twin], [twin, twin]).pairs == {1: 101, 2: 102}


def test_an_equal_record_is_taken_and_its_look_alike_is_new():
    equal = person("Ann", "Smith", "a@x.org")
    other = person("Ann", "Smith", "a@x.org", job_title="Boss")
    result = found([other, equal], [equal])
    assert result.pairs == {2: 101}
    assert not result.ambiguous_left


def test_several_look_alikes_are_ambiguous_on_both_sides():
    result = found(
        [
            person("Ann", "Smith", "a@x.org", job_title="1"),
            person("Ann", "Smith", "a@x.org", job_title="2"),
        ],
        [person("Ann", "Smith", "a@x.org", job_title="3")],
    )
    assert not result.pairs
    assert set(result.ambiguous_left) == {1, 2}
    assert result.ambiguous_right == {101: (reason("same_email"), 3)}


def test_a_stronger_tier_goes_first():
    result = found(
        [person("Ann", "Smith", "a@x.org", company="Acme")],
        [
            person("Ann", "Smith", company="Acme"),
            person("Ann", "Smith", "a@x.org"),
        ],
    )
    assert result.pairs == {1: 102}
