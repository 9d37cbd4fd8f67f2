"""Contacts between Notes items and Zoho fields, field by field."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from notes_zoho_sync.services.mapping import notes, zoho
from notes_zoho_sync.services.mapping.metadata import DOCUMENTED, Field, Fields
from notes_zoho_sync.services.records import Address, Contact, Name, contact_kind

EMPTY = Contact().values()


def read(**items: Any) -> dict[str, Any]:
    return dict(notes.read("contact", person(**items)).values)


def person(**items: Any) -> dict[str, Any]:
    return {"@unid": "A" * 32, "@form": "Person", "Type": "Person", **items}


def write(document: dict[str, Any], **values: Any) -> dict[str, Any]:
    return notes.write("contact", values, document)


def after(document: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The document with the values written, read again."""
    return read(**{**document, **write(document, **values)})


def to_zoho(fields: Fields = DOCUMENTED, **values: Any) -> Any:
    return zoho.fit("contact", values, {}, fields)


def from_zoho(current: dict[str, Any], **values: Any) -> dict[str, Any]:
    return dict(notes.fit("contact", values, current).values)


def without(*names: str) -> Fields:
    return Fields.of(f for f in DOCUMENTED.by_name.values() if f.api_name not in names)


def codes(fitted: Any) -> list[str]:
    return [remark.code for remark in fitted.remarks]


# -- every field, both ways ------------------------------------------------------------

FIELDS = [
    ("job_title", "Head of Sales", {"JobTitle": "Head of Sales"}, "Title"),
    ("department", "Sales", {"Department": "Sales"}, "Department"),
    ("phone_office", "+49 30 123", {"OfficePhoneNumber": "+49 30 123"}, "Phone"),
    ("phone_mobile", "+49 170 1", {"CellPhoneNumber": "+49 170 1"}, "Mobile"),
    ("phone_home", "+49 40 5", {"PhoneNumber": "+49 40 5"}, "Home_Phone"),
    ("phone_other", "+49 89 7", {"OtherPhone": "+49 89 7"}, "Other_Phone"),
    ("fax", "+49 30 124", {"OfficeFAXPhoneNumber": "+49 30 124"}, "Fax"),
    ("assistant", "Bo Berg", {"Assistant": "Bo Berg"}, "Assistant"),
    ("phone_assistant", "+49 30 9", {"AssistantPhone": "+49 30 9"}, "Asst_Phone"),
    ("description", "Two\nlines", {"Comment": "Two\nlines"}, "Description"),
]


@pytest.mark.parametrize(("unit", "value", "items", "field"), FIELDS)
def test_texts_and_phones_stand_in_their_item_and_field(
    unit: str, value: str, items: dict[str, str], field: str
) -> None:
    assert read(**items) == {**read(), unit: value}
    body = notes.write("contact", {unit: value}, None)
    assert items.items() <= body.items()
    assert zoho.write("contact", {unit: value}, DOCUMENTED).fields == {field: value}
    assert zoho.read("contact", {field: value}, DOCUMENTED).values == {unit: value}


def test_addresses_stand_in_their_items_and_fields() -> None:
    address = Address("Hafenweg 3\nHof", "Kiel", "SH", "24103", "Germany")
    business = {
        "OfficeStreetAddress": "Hafenweg 3\nHof",
        "OfficeCity": "Kiel",
        "OfficeState": "SH",
        "OfficeZIP": "24103",
        "OfficeCountry": "Germany",
    }
    home = {
        "StreetAddress": "Hafenweg 3\nHof",
        "City": "Kiel",
        "State": "SH",
        "Zip": "24103",
        "country": "Germany",
    }
    assert read(**business)["address_business"] == address
    assert read(**home)["address_home"] == address
    assert notes.write("contact", {"address_business": address}, None) == {
        "Type": "Person",
        **business,
    }
    assert notes.write("contact", {"address_home": address}, None) == {
        "Type": "Person",
        **home,
    }
    for unit, prefix in (("address_business", "Mailing"), ("address_home", "Other")):
        fields = {
            f"{prefix}_Street": "Hafenweg 3\nHof",
            f"{prefix}_City": "Kiel",
            f"{prefix}_State": "SH",
            f"{prefix}_Zip": "24103",
            f"{prefix}_Country": "Germany",
        }
        assert zoho.write("contact", {unit: address}, DOCUMENTED).fields == fields
        assert zoho.read("contact", fields, DOCUMENTED).values == {unit: address}


def test_a_company_is_a_text_in_notes_and_a_name_to_be_looked_up_in_zoho() -> None:
    assert read(CompanyName="Nordlicht AG")["company"] == "Nordlicht AG"
    body = zoho.write("contact", {"company": "Nordlicht AG"}, DOCUMENTED)
    assert (body.fields, body.company) == ({}, "Nordlicht AG")
    record = {"Account_Name": {"name": "Nordlicht AG", "id": "7"}}
    assert zoho.read("contact", record, DOCUMENTED).values == {
        "company": "Nordlicht AG"
    }


def test_an_emptied_company_unlinks_and_an_untouched_one_says_nothing() -> None:
    assert zoho.write("contact", {"company": ""}, DOCUMENTED).company == ""
    assert zoho.write("contact", {"fax": "1"}, DOCUMENTED).company is None


def test_emptied_values_are_written_as_empty_text_and_as_null() -> None:
    document = person(JobTitle="Boss", City="Kiel", Birthday="1970-05-01")
    values = {"job_title": "", "address_home": Address(), "birthday": None}
    assert write(document, **values) == {"JobTitle": "", "City": "", "Birthday": ""}
    fields = zoho.write("contact", values, DOCUMENTED).fields
    assert fields["Title"] is fields["Other_City"] is fields["Date_of_Birth"] is None


def test_a_new_document_is_a_person_and_holds_no_empty_items() -> None:
    values = {**EMPTY, "name": Name("Ida", "Holm"), "emails": ("ida@holm.test",)}
    assert notes.write("contact", values, None) == {
        "Type": "Person",
        "FirstName": "Ida",
        "LastName": "Holm",
        "FullName": ["Ida Holm", "Holm Ida", "ida@holm.test"],
        "MailAddress": "ida@holm.test",
    }


# -- items -----------------------------------------------------------------------------


def test_item_names_are_read_in_any_case_and_written_as_the_document_spells_them() -> (
    None
):
    document = person(JOBTITLE="Boss", COUNTRY="Norway")
    assert read(**document)["job_title"] == "Boss"
    assert read(**document)["address_home"].country == "Norway"
    assert write(document, job_title="Chair") == {"JOBTITLE": "Chair"}


def test_several_values_of_one_line_become_one_text() -> None:
    assert read(JobTitle=["Boss", "", "Chair"])["job_title"] == "Boss, Chair"
    assert read(StreetAddress=["Hof", "Weg 3"])["address_home"].street == "Hof\nWeg 3"


def test_numbers_are_read_as_text() -> None:
    values = read(OfficeZIP=24103, OfficePhoneNumber=12.0)
    assert values["address_business"].zip == "24103"
    assert values["phone_office"] == "12"


def test_of_several_items_for_one_thing_the_first_filled_is_read_and_written() -> None:
    document = person(PhoneNumber="", HomePhone="040 5")
    assert read(**document)["phone_home"] == "040 5"
    assert write(document, phone_home="040 6") == {"HomePhone": "040 6"}
    assert write(person(), phone_home="040 6") == {"PhoneNumber": "040 6"}


def test_a_home_address_is_one_set_of_items_never_a_mix() -> None:
    document = person(HomeStreetAddress="Weg 3", HomeCity="Kiel", OtherCity="Bonn")
    assert read(**document)["address_home"] == Address("Weg 3", "Kiel")
    assert write(document, address_home=Address("Weg 4", "Kiel")) == {
        "HomeStreetAddress": "Weg 4"
    }


def test_only_what_differs_is_written() -> None:
    document = person(FirstName="Ida", LastName="Holm", OfficePhoneNumber="030/1 2")
    same = {"name": Name("Ida", "Holm"), "phone_office": "030 12", "job_title": ""}
    assert write(document, **same) == {}


def test_the_other_numbers_of_a_list_stay() -> None:
    document = person(OfficePhoneNumber=["1", "2"])
    assert write(document, phone_office="3") == {"OfficePhoneNumber": ["3", "2"]}
    assert write(document, phone_office="") == {"OfficePhoneNumber": "2"}


# -- text: what is cleaned, cut, locked ------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\x00\x07b\x0bc", "ab\nc"),
        ("a\ud83db", "ab"),
        ("\U0001f600 ok", "\U0001f600 ok"),
        ("  a  \n", "a"),
        ("日本語", "日本語"),
    ],
)
def test_text_is_cleaned_of_what_servers_refuse(stored: str, text: str) -> None:
    assert read(Comment=stored)["description"] == text
    record = {"Description": stored}
    assert zoho.read("contact", record, DOCUMENTED).values["description"] == text


def test_entities_and_blanks_are_no_edit() -> None:
    document = person(Comment="Fish & chips\n<b>  now")
    assert write(document, description="Fish &amp; chips\n&lt;b&gt; now") == {}


def test_a_long_text_is_cut_with_a_remark() -> None:
    fitted = to_zoho(job_title="x" * 101)
    assert fitted.values["job_title"] == "x" * 100
    assert codes(fitted) == ["mapping_cut"]
    assert "100 characters in Title" in str(fitted.remarks[0])


def test_cutting_halves_no_character_and_counts_pairs_as_two() -> None:
    short = Fields.of([Field("Title", length=4), Field("Department", length=4)])
    fitted = to_zoho(short, job_title="ab\U0001f600\U0001f600", department="abce\u0301")
    assert fitted.values == {"job_title": "ab\U0001f600", "department": "abc"}


def test_a_text_longer_than_zoho_takes_is_locked_in_notes() -> None:
    reading = notes.read("contact", person(Comment="x" * 32001, City="y" * 101))
    assert {unit: why.code for unit, why in reading.locked.items()} == {
        "description": "mapping_longer",
        "address_home": "mapping_longer",
    }
    assert reading.values["description"] == "x" * 32001


def test_the_end_of_a_text_survives_while_zoho_holds_its_beginning() -> None:
    current = read(Comment="x" * 32001)
    fitted = from_zoho(current, description="x" * 32000)
    assert fitted["description"] == "x" * 32001


def test_an_organisations_own_lengths_decide_what_is_locked() -> None:
    short = Fields.of([Field("Title", length=5)])
    mapping = notes.for_org(lambda module: {"Contacts": short}[module])
    reading = mapping.read("contact", person(JobTitle="Director"))
    assert set(reading.locked) == {"job_title"}
    fitted = mapping.fit("contact", {"job_title": "Direc"}, reading.values)
    assert fitted.values == {"job_title": "Director"}


def test_what_zoho_holds_already_is_not_cut() -> None:
    text = "line\n" * 6399 + "ends!"
    assert len(text) == 32000
    fitted = zoho.fit(
        "contact", {"description": text}, {"description": text}, DOCUMENTED
    )
    assert (fitted.values["description"], fitted.remarks) == (text, ())


# -- names -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "last"),
    [
        ({"FullName": "Ida Holm"}, "Holm"),
        ({"FirstName": "Ida", "FullName": ["Ida Holm", "Holm Ida"]}, "Holm"),
        ({"FullName": "CN=Ida Holm/OU=Oslo/O=Nord"}, "Holm"),
        ({"FirstName": "Ida", "FullName": "Ida", "CompanyName": "Nord AS"}, "Nord AS"),
        ({"FirstName": "Ida", "Title": "Dr.", "FullName": "Dr. Ida"}, "-"),
        ({"CompanyName": "Nord AS", "MailAddress": "x@nord.test"}, "Nord AS"),
        ({"CompanyName": "Nord AS", "FullName": "Nord AS"}, "Nord AS"),
        ({"MailAddress": "info@nord.test", "FullName": "info@nord.test"}, "info"),
        ({"MailAddress": "info@nord.test"}, "info"),
        ({"OfficePhoneNumber": "1"}, "-"),
    ],
)
def test_a_missing_last_name_is_made_from_the_next_best(
    items: dict[str, Any], last: str
) -> None:
    values = read(**items)
    assert values["name"].last == ""
    fitted = to_zoho(**values)
    assert fitted.values["name"].last == last
    assert "mapping_last_name" in codes(fitted)


def test_a_made_last_name_never_goes_to_notes() -> None:
    current = read(FirstName="Ida", CompanyName="Nord AS")
    fitted = from_zoho(current, name=Name("Ina", "Nord AS"))
    assert (fitted["name"].first, fitted["name"].last) == ("Ina", "")


def test_a_last_name_typed_in_zoho_replaces_the_made_one() -> None:
    current = read(FirstName="Ida", CompanyName="Nord AS")
    assert from_zoho(current, name=Name("Ida", "Holm"))["name"].last == "Holm"


def test_a_made_last_name_follows_what_it_was_made_of() -> None:
    kind = notes.TABLES["contact"].kind
    before = read(FirstName="Ida", CompanyName="Nord AS")
    moved = read(FirstName="Ida", CompanyName="Sør AS")
    assert kind.differing(before, moved) == ["name", "company"]
    assert to_zoho(**moved).values["name"].last == "Sør AS"


@pytest.mark.parametrize(
    "items",
    [
        {"FirstName": "Ida", "FullName": "Ida Holm"},
        {"FirstName": "Ida", "FullName": "Ida", "CompanyName": "Nord AS"},
        {"FullName": "Nord Info", "CompanyName": "Nord AS"},
        {"CompanyName": "Nord AS", "FullName": "Nord AS"},
        {"MailAddress": "info@nord.test"},
        {"OfficePhoneNumber": "1"},
    ],
)
@pytest.mark.parametrize("first", ["Ina", "Ina Maria", "Info", ""])
def test_a_made_last_name_is_the_same_after_an_edit_of_the_first_name(
    items: dict[str, Any], first: str
) -> None:
    kind = notes.TABLES["contact"].kind
    current = read(**items)
    held = to_zoho(**current).values["name"]
    fitted = from_zoho(current, name=replace(held, first=first))
    assert kind.equal(after(person(**items), **fitted), {**current, **fitted})


def test_a_dash_for_a_last_name_never_goes_to_notes() -> None:
    assert from_zoho({}, name=Name("Ida", "-"))["name"].last == ""
    assert from_zoho(read(FirstName="Ida"), name=Name("Ina", "-"))["name"].last == ""


@pytest.mark.parametrize(
    "items",
    [
        {"FirstName": "Ida", "LastName": "Holm", "FullName": ["Ida Holm", "Holm Ida"]},
        {"LastName": "Holm", "FullName": "Holm", "CompanyName": "Nord AS"},
        {"FirstName": "Ida", "LastName": "Holm", "FullName": "The boss"},
    ],
)
def test_a_last_name_emptied_in_zoho_is_emptied_in_notes(
    items: dict[str, Any],
) -> None:
    current = read(**items)
    fitted = from_zoho(current, name=Name(current["name"].first))
    assert fitted["name"].last == ""
    left = after(person(**items), **fitted)["name"]
    assert (left.first, left.last) == (current["name"].first, "")
    assert "Holm" not in left.display


def test_middle_name_and_suffix_stay_in_notes() -> None:
    document = person(FirstName="Ida", MiddleInitial="M", LastName="Holm", Suffix="Jr.")
    assert write(document, name=Name("Ina", "Holm")) == {
        "FirstName": "Ina",
        "FullName": ["Ina Holm", "Holm Ina"],
    }


@pytest.mark.parametrize(
    ("stored", "picked"),
    [("Dr.", "Dr."), ("dr", "Dr."), ("Mr", "Mr."), ("Herr", ""), ("", "")],
)
def test_a_salutation_is_one_of_the_organisations(stored: str, picked: str) -> None:
    fitted = to_zoho(name=Name("Ida", "Holm", stored))
    assert fitted.values["name"].salutation == picked
    assert codes(fitted) == (["mapping_salutation"] if stored == "Herr" else [])


@pytest.mark.parametrize("stored", ["Herr", "Mr"])
def test_a_salutation_zoho_writes_otherwise_survives_an_edit_there(stored: str) -> None:
    current = read(FirstName="Ida", LastName="Holm", Title=stored)
    held = to_zoho(**current).values["name"]
    fitted = from_zoho(current, name=replace(held, first="Ina"))
    assert fitted["name"] == Name("Ina", "Holm", stored)


def test_none_in_zoho_is_no_salutation() -> None:
    record = {"First_Name": "Ida", "Last_Name": "Holm", "Salutation": "-None-"}
    name = zoho.read("contact", record, DOCUMENTED).values["name"]
    assert name == Name("Ida", "Holm")


def test_all_forms_of_the_full_name_follow_a_name_edit() -> None:
    document = person(
        FirstName="Ida",
        MiddleInitial="M",
        LastName="Holm",
        Title="Dr.",
        FullName=["Ida Holm", "Holm Ida", "Dr. Ida M Holm", "Holm, Ida", "The boss"],
    )
    body = write(document, name=Name("Ina", "Berg", "Dr."))
    assert body["FullName"] == [
        "Ina Berg",
        "Berg Ina",
        "Dr. Ina M Berg",
        "Berg, Ina",
        "The boss",
    ]


def test_a_full_name_of_its_own_comes_after_the_new_name() -> None:
    document = person(FirstName="Ida", LastName="Holm", FullName="The boss")
    body = write(document, name=Name("Ida", "Berg"))
    assert body == {"LastName": "Berg", "FullName": ["Ida Berg", "The boss"]}


def test_an_address_within_the_full_name_follows_the_address() -> None:
    document = person(
        LastName="Holm",
        FullName=["Holm", "ida@holm.test"],
        MailAddress="ida@holm.test",
    )
    assert write(document, emails=("ida@berg.test",)) == {
        "MailAddress": "ida@berg.test",
        "FullName": ["Holm", "ida@berg.test"],
    }


# -- e-mail addresses ------------------------------------------------------------------


def test_all_distinct_addresses_are_read_in_order() -> None:
    values = read(
        OtherEmail="d@x.test",
        MailAddress="A@x.test",
        InternetAddress=["a@x.test", "b@x.test"],
        HomeEmail="Ida Holm <c@x.test>",
    )
    assert values["emails"] == ("A@x.test", "b@x.test", "c@x.test", "d@x.test")


@pytest.mark.parametrize(
    "text",
    ["CN=Ida Holm/O=Nord", "Ida Holm/Nord", "Ida Holm/Nord@NORD", "Ida Holm", "ida@"],
)
def test_a_notes_name_is_no_address_and_stays(text: str) -> None:
    document = person(MailAddress=text)
    assert read(**document)["emails"] == ()
    assert write(document, emails=("ida@x.test",)) == {"InternetAddress": "ida@x.test"}


def test_zoho_takes_two_and_the_rest_is_named() -> None:
    fitted = to_zoho(emails=("a@x.test", "no address", "b@x.test", "c@x.test"))
    assert fitted.values["emails"] == ("a@x.test", "b@x.test")
    assert codes(fitted) == ["mapping_email", "mapping_more_emails"]
    assert zoho.write("contact", fitted.values, DOCUMENTED).fields == {
        "Email": "a@x.test",
        "Secondary_Email": "b@x.test",
    }
    assert zoho.write("contact", {"emails": ()}, DOCUMENTED).fields == {
        "Email": None,
        "Secondary_Email": None,
    }


def test_notes_keeps_the_addresses_that_zoho_has_no_room_for() -> None:
    current = {"emails": ("a@x.test", "b@x.test", "c@x.test")}
    assert from_zoho(current, emails=("a@x.test", "b@x.test")) == current
    fitted = from_zoho(current, emails=("n@x.test", "b@x.test"))
    assert fitted["emails"] == ("n@x.test", "b@x.test", "c@x.test")


@pytest.mark.parametrize(
    ("new", "body"),
    [
        (
            ("n@x.test", "b@x.test"),
            {"MailAddress": "n@x.test", "home1email": "n@x.test"},
        ),
        (("a@x.test",), {"HomeEmail": ""}),
        (("b@x.test",), {"MailAddress": "", "home1email": ""}),
        (("a@x.test", "b@x.test", "c@x.test"), {"SchoolEmail": "c@x.test"}),
        ((), {"MailAddress": "", "HomeEmail": "", "home1email": ""}),
        (
            ("b@x.test", "a@x.test"),
            {
                "MailAddress": "b@x.test",
                "HomeEmail": "a@x.test",
                "home1email": "b@x.test",
            },
        ),
    ],
)
def test_an_address_is_written_to_the_items_that_hold_it(
    new: tuple[str, ...], body: dict[str, str]
) -> None:
    document = person(
        MailAddress="a@x.test", HomeEmail="b@x.test", home1email="A@x.test"
    )
    assert write(document, emails=new) == body
    assert after(document, emails=new)["emails"] == new


# -- phones ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "held"),
    [
        ("+49 (30) 123-45", "+49 (30) 123-45"),
        ("030/12345", "030 12345"),
        ("+49 (0)30 / 123 45 67", "+49 (0)30 123 45 67"),
        ("+1 212 555 0100 ext. 5", "+1 212 555 0100 ext. 5"),
        ("+49\u00a030\u00a0123", "+49 30 123"),
        ("", ""),
    ],
)
def test_a_phone_number_is_carried_in_a_form_zoho_takes(stored: str, held: str) -> None:
    fitted = to_zoho(phone_office=stored)
    assert fitted.values == {"phone_office": held}
    assert fitted.remarks == ()


@pytest.mark.parametrize("stored", ["030 1234567 / 030 7654321", "n/a", "1" * 31, "?"])
def test_a_phone_number_zoho_refuses_is_left_out_and_named(stored: str) -> None:
    fitted = to_zoho(phone_office=stored, fax="1")
    assert fitted.values == {"fax": "1"}
    assert codes(fitted) == ["mapping_phone"]


def test_a_fax_number_is_only_measured_since_its_field_is_a_text() -> None:
    assert to_zoho(fax="?").values == {"fax": "?"}


def test_the_primary_number_follows_its_source() -> None:
    document = person(
        OfficePhoneNumber="030 1", CellPhoneNumber="0170 2", primaryPhoneNumber="0170/2"
    )
    assert write(document, phone_mobile="0170 3") == {
        "CellPhoneNumber": "0170 3",
        "primaryPhoneNumber": "0170 3",
    }
    assert write(document, phone_office="030 4") == {"OfficePhoneNumber": "030 4"}
    assert notes.write("contact", {"phone_mobile": "0170 3"}, None) == {
        "Type": "Person",
        "CellPhoneNumber": "0170 3",
        "primaryPhoneNumber": "0170 3",
    }


def test_the_sort_copy_of_the_company_follows_it() -> None:
    document = person(CompanyName="Nord AS", CompanyNameSort="Nord AS")
    assert write(document, company="Sør AS") == {
        "CompanyName": "Sør AS",
        "CompanyNameSort": "Sør AS",
    }
    assert "CompanyNameSort" not in write(person(), company="Sør AS")


# -- birthdays -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stored", ["1970-05-01", {"type": "datetime", "data": "1970-05-01"}, ["1970-05-01"]]
)
def test_a_birthday_is_the_day_as_written(stored: Any) -> None:
    reading = notes.read("contact", person(Birthday=stored))
    assert reading.values["birthday"] == date(1970, 5, 1)
    assert (reading.remarks, reading.locked) == ((), {})


@pytest.mark.parametrize(
    ("stored", "day"),
    [
        ("1970-05-01T00:00:00Z", date(1970, 5, 1)),  # midnight in London
        ("1970-04-30T23:00:00Z", date(1970, 5, 1)),  # midnight in Berlin
        ("1970-05-01T05:00:00Z", date(1970, 5, 1)),  # midnight in New York
        ("1970-05-01T12:00:00Z", date(1970, 5, 1)),  # noon, a stand-in for a day
        ("1969-12-31T15:00:00Z", date(1970, 1, 1)),  # midnight in Tokyo
    ],
)
def test_an_instant_for_a_birthday_is_the_nearest_day_and_named(
    stored: str, day: date
) -> None:
    reading = notes.read("contact", person(Birthday=stored))
    assert reading.values["birthday"] == day
    assert [remark.code for remark in reading.remarks] == ["mapping_instant"]


@pytest.mark.parametrize(
    "stored", ["1.5.1970", "1970-02-30", "9999-12-31T23:00:00Z", "May"]
)
def test_a_birthday_that_is_no_date_is_named_and_never_overwritten(stored: str) -> None:
    reading = notes.read("contact", person(Birthday=stored))
    assert reading.values["birthday"] is None
    assert [remark.code for remark in reading.remarks] == ["mapping_date"]
    assert set(reading.locked) == {"birthday"}


def test_a_birthday_is_written_as_a_date_to_both() -> None:
    values = {"birthday": date(1970, 5, 1)}
    assert write(person(), **values) == {
        "Birthday": {"type": "datetime", "data": "1970-05-01"}
    }
    fields = zoho.write("contact", values, DOCUMENTED).fields
    assert fields == {"Date_of_Birth": "1970-05-01"}


# -- what is not carried ---------------------------------------------------------------


@pytest.mark.parametrize(
    "items",
    [
        {"Confidential": "1"},
        {"OrgConfidential": "1"},
        {"CONFIDENTIAL": 1},
        {"$PublicAccess": "0"},
        {"$PublicAccess": ""},
    ],
)
def test_a_private_contact_is_known_by_its_markers_and_shows_no_values(
    items: dict[str, Any],
) -> None:
    reading = notes.read("contact", person(LastName="Holm", ZohoKey="k", **items))
    assert (reading.private, reading.values, reading.remarks) == (True, {}, ())
    assert reading.sync_key == "k"


@pytest.mark.parametrize("items", [{"Confidential": ""}, {"$PublicAccess": "1"}, {}])
def test_a_public_contact_is_not_private(items: dict[str, Any]) -> None:
    reading = notes.read("contact", person(LastName="Holm", **items))
    assert not reading.private
    assert reading.values["name"].last == "Holm"


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ({"Type": "Group"}, "skip_group"),
        ({"@form": "Group"}, "skip_group"),
        ({"$Conflict": "", "@parentid": "B" * 32}, "skip_conflict"),
        ({"@form": "Memo"}, "skip_form"),
        ({"Type": "Database"}, "skip_form"),
    ],
)
def test_groups_conflicts_and_other_forms_are_skipped(
    items: dict[str, Any], code: str
) -> None:
    skip = notes.read("contact", person(**items)).skip
    assert skip is not None
    assert skip.code == code
    assert str(skip)


def test_a_skipped_group_is_called_by_its_name() -> None:
    group = {"@form": "Group", "Type": "Group", "ListName": "Christmas cards"}
    reading = notes.read("contact", group)
    assert contact_kind().title(reading.values) == "Christmas cards"


def test_a_person_without_a_type_is_a_contact() -> None:
    assert notes.read("contact", {"@form": "Person", "LastName": "Holm"}).skip is None


def test_our_own_marks_are_read() -> None:
    reading = notes.read("contact", person(zohokey="1:Contacts:2:1", ZohoSyncBy="me"))
    assert (reading.sync_key, reading.installation) == ("1:Contacts:2:1", "me")


@pytest.mark.parametrize(
    ("tags", "private"),
    [
        ([{"name": "private", "id": "1"}], True),
        ([{"name": "VIP"}], False),
        (["Private"], True),
        ([], False),
        (None, False),
    ],
)
def test_a_tag_makes_a_zoho_record_private(tags: Any, private: bool) -> None:
    record = {"Last_Name": "Holm", "Tag": tags}
    reading = zoho.read("contact", record, DOCUMENTED)
    assert reading.private is private
    assert (reading.values == {}) is private


def test_the_private_tag_is_a_setting() -> None:
    record = {"Last_Name": "Holm", "Tag": [{"name": "Geheim"}]}
    assert zoho.read("contact", record, DOCUMENTED, "geheim").private


# -- the organisation's fields ---------------------------------------------------------


def test_all_fields_of_the_table_and_the_systems_are_asked_for() -> None:
    names = zoho.fields("contact", DOCUMENTED)
    assert set(zoho.SYSTEM) < set(names)
    assert {"Last_Name", "Account_Name", "Other_Zip", "Description"} < set(names)
    assert len(names) == len(set(names)) <= 50


def test_a_unit_whose_fields_are_missing_is_absent_and_named_when_filled() -> None:
    fields = without("Fax", "Date_of_Birth", "Account_Name", "Title")
    assert "Fax" not in zoho.fields("contact", fields)
    record = {"Fax": "1", "Last_Name": "Holm"}
    assert set(zoho.read("contact", record, fields).values) == {"name"}
    values = {"fax": "1", "birthday": None, "company": "Nord AS", "job_title": ""}
    fitted = to_zoho(fields, **values)
    assert fitted.values == {}
    assert codes(fitted) == ["mapping_no_field", "mapping_no_field"]


def test_a_missing_part_of_an_address_survives_in_notes() -> None:
    fields = without("Other_State")
    mapping = notes.for_org(lambda module: fields)
    current = {"address_home": Address("Weg 3", "Kiel", "SH")}
    fitted = to_zoho(fields, **current)
    assert fitted.values == {"address_home": Address("Weg 3", "Kiel")}
    assert codes(fitted) == ["mapping_no_field"]
    edited = {"address_home": Address("Weg 4", "Kiel")}
    assert mapping.fit("contact", edited, current).values == {
        "address_home": Address("Weg 4", "Kiel", "SH")
    }


def test_a_field_that_may_only_be_read_is_not_written() -> None:
    fields = Fields.of(
        replace(f, writable=f.api_name != "Title") for f in DOCUMENTED.by_name.values()
    )
    assert zoho.read("contact", {"Title": "Boss"}, fields).values == {
        "job_title": "Boss"
    }
    assert to_zoho(fields, job_title="Boss").values == {}
    assert zoho.write("contact", {"job_title": "Boss"}, fields).fields == {}


def test_one_address_goes_to_the_only_field_there_is() -> None:
    fields = without("Secondary_Email")
    fitted = to_zoho(fields, emails=("a@x.test", "b@x.test"))
    assert fitted.values == {"emails": ("a@x.test",)}
    assert zoho.write("contact", fitted.values, fields).fields == {"Email": "a@x.test"}


def test_every_item_that_is_read_is_among_those_needed() -> None:
    needed = notes.fields_needed("contact")
    assert {"FirstName", "FullName", "Comment", "Confidential", "ZohoKey"} < set(needed)
    assert not any(name.startswith(("$", "@")) for name in needed)
