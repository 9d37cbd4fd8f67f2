"""What holds for every contact, however odd."""

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from notes_zoho_sync.services.mapping import notes, zoho
from notes_zoho_sync.services.mapping.metadata import DOCUMENTED, Field, Fields
from notes_zoho_sync.services.records import Address, Contact, Kind, Name
from notes_zoho_sync.services.sync.item import Fitted

KIND: Kind = notes.TABLES["contact"].kind
EXAMPLES = settings(max_examples=80)

# -- what people and machines put into fields ----------------------------------------

WORDS = st.sampled_from(
    [
        "",
        "Ida",
        "Holm",
        "von der Au",
        "Dr.",
        "mr",
        "\u5c71\u7530",
        "Nord AS",
        "-",
        "a&b",
    ]
)
ODD = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("\r\n\t\x00\x0b\u00a0\u2028\ud83d\ude00<>&;\u0301 "),
    ),
    max_size=12,
)
LONG = st.integers(25, 400).map(lambda n: "word " * (n // 5))
LINES = st.one_of(WORDS, ODD, LONG)
TEXTS = st.one_of(LINES, st.lists(LINES, max_size=4).map("\n".join))
PHONES = st.one_of(
    st.sampled_from(
        [
            "",
            "030/123 45",
            "+49 (0)30 1234567",
            "+1 212 555 0100 x5",
            "n/a",
            "030 1234567 / 030 7654321",
        ]
    ),
    st.text("0123456789+-/() .xe", max_size=35),
    ODD,
)
ADDRESSES = st.one_of(
    st.sampled_from([f"{name}@x.test" for name in "abcdAB"]),
    st.sampled_from(
        ["CN=Ida/O=Nord", "x" * 120 + "@x.test", ".a@x.test", "Ida <i@x.test>"]
    ),
    ODD,
)
POSTAL = st.builds(Address, TEXTS, LINES, LINES, LINES, LINES)
DAYS = st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))


def contacts() -> st.SearchStrategy[dict[str, Any]]:
    by_unit: dict[str, st.SearchStrategy[Any]] = {
        "name": st.builds(Name, LINES, LINES, WORDS | LINES),
        "emails": st.lists(ADDRESSES, max_size=5).map(tuple),
        "address_business": POSTAL,
        "address_home": POSTAL,
        "birthday": DAYS,
        "description": TEXTS,
    }
    texts = {
        unit: PHONES if "phone" in unit or unit == "fax" else LINES
        for unit in Contact().values()
        if unit not in by_unit
    }
    return st.fixed_dictionaries({**texts, **by_unit})


def documents() -> st.SearchStrategy[dict[str, Any]]:
    values = st.one_of(LINES, st.lists(LINES, max_size=3), st.integers(0, 99))
    rich = TEXTS.map(
        lambda text: {"type": "richtext", "contentType": "text/html", "data": text}
    )
    names = [n for n in notes.fields_needed("contact") if n not in _MARKS]
    by_item: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(names, values)
    for name in names:
        if "mail" in name.casefold() or "Internet" in name:
            by_item[name] = ADDRESSES | st.lists(ADDRESSES, max_size=3)
        elif "hone" in name or "FAX" in name:
            by_item[name] = PHONES
    by_item["Comment"] = TEXTS | rich
    by_item["Birthday"] = st.sampled_from(["", "1970-05-01", "1970-05-01T22:00:00Z"])
    by_item["primaryPhoneNumber"] = PHONES
    return st.fixed_dictionaries({"@form": st.just("Person")}, optional=by_item)


_MARKS = {"Type", "Form", "Confidential", "OrgConfidential", "ZohoKey", "ZohoSyncBy"}
TIGHT = Fields.of(
    replace(field, length=12 if field.length else None)
    for field in DOCUMENTED.by_name.values()
    if field.api_name not in ("Fax", "Other_State", "Secondary_Email")
)
BY_NAME = {"documented": DOCUMENTED, "tight": TIGHT}
ORGANISATIONS = st.sampled_from(sorted(BY_NAME))


def record(values: Any, fields: Fields) -> dict[str, Any]:
    """What Zoho answers after the values were written."""
    body = zoho.write("contact", values, fields)
    company = {"name": body.company, "id": "1"} if body.company else None
    return {**body.fields, "Account_Name": company}


def shown(document: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
    """A document after a write, as the data service shows it: a date item that was
    written typed comes as its text, a list of one as a scalar."""
    result = dict(document)
    for name, value in written.items():
        if isinstance(value, dict) and value["type"] == "datetime":
            value = value["data"]
        result[name] = value
    return result


# -- Zoho ------------------------------------------------------------------------------


@EXAMPLES
@given(contacts(), ORGANISATIONS)
def test_what_fits_zoho_fits_as_it_is(
    values: dict[str, Any], organisation: str
) -> None:
    fields = BY_NAME[organisation]
    once = zoho.fit("contact", values, {}, fields)
    assert zoho.fit("contact", once.values, {}, fields) == Fitted(once.values)


@EXAMPLES
@given(contacts(), ORGANISATIONS)
def test_what_fits_zoho_comes_back_from_it(
    values: dict[str, Any], organisation: str
) -> None:
    fields = BY_NAME[organisation]
    fitted = zoho.fit("contact", values, {}, fields).values
    back = zoho.read("contact", record(fitted, fields), fields).values
    assert back.keys() == fitted.keys()
    assert KIND.differing(back, fitted) == []


@EXAMPLES
@given(contacts(), ORGANISATIONS)
def test_what_fits_zoho_is_within_every_length(
    values: dict[str, Any], organisation: str
) -> None:
    fields = BY_NAME[organisation]
    fitted = zoho.fit("contact", values, {}, fields).values
    for name, value in zoho.write("contact", fitted, fields).fields.items():
        limit = fields.length(name)
        if limit is not None and value is not None:
            assert len(value.encode("utf-16-le")) // 2 <= limit


@EXAMPLES
@given(contacts(), ORGANISATIONS)
def test_what_zoho_does_not_hold_is_named(
    values: dict[str, Any], organisation: str
) -> None:
    fields = BY_NAME[organisation]
    clean = notes.fit("contact", values, {}).values
    fitted = zoho.fit("contact", clean, {}, fields)
    lost = [unit for unit in clean if unit not in fitted.values]
    lost = [unit for unit in lost if not KIND.units[unit].is_empty(clean[unit])]
    held = fitted.values
    if held["name"].salutation:  # "mr" may well have become "Mr."
        salutation = held["name"].salutation
        clean = {**clean, "name": replace(clean["name"], salutation=salutation)}
    lost += KIND.differing(clean, held)
    labels = {str(KIND.units[unit].label) for unit in lost}
    named = {str(remark).partition(":")[0] for remark in fitted.remarks}
    assert labels <= named


# -- Notes -----------------------------------------------------------------------------


@EXAMPLES
@given(contacts(), documents())
def test_what_fits_notes_fits_as_it_is(
    values: dict[str, Any], document: dict[str, Any]
) -> None:
    current = notes.read("contact", document).values
    once = notes.fit("contact", values, current).values
    again = notes.fit("contact", once, current).values
    assert again.keys() == once.keys()
    assert KIND.differing(again, once) == []


@EXAMPLES
@given(contacts())
def test_what_fits_notes_comes_back_from_a_new_document(values: dict[str, Any]) -> None:
    fitted = notes.fit("contact", values, {}).values
    document = shown({}, notes.write("contact", fitted, None))
    assert KIND.differing(notes.read("contact", document).values, fitted) == []


@EXAMPLES
@given(documents(), st.data())
def test_what_fits_notes_comes_back_from_a_document_there(
    document: dict[str, Any], data: st.DataObject
) -> None:
    reading = notes.read("contact", document)
    values = data.draw(contacts())
    fitted = notes.fit("contact", values, reading.values).values
    # Emptied, the next of several items for one thing shows up, and that is no edit
    # of ours; what is made of other units follows them.
    written = {
        unit: value
        for unit, value in fitted.items()
        if not KIND.units[unit].is_empty(value)
    }
    after = shown(document, notes.write("contact", written, document))
    back = notes.read("contact", after).values
    differing = KIND.differing(back, {**reading.values, **written})
    made = not back["name"].last
    assert set(differing) <= ({"name"} if made else set())


@EXAMPLES
@given(documents())
def test_writing_what_a_document_holds_changes_nothing(
    document: dict[str, Any],
) -> None:
    values = notes.read("contact", document).values
    assert notes.write("contact", values, document) == {}


# -- both ------------------------------------------------------------------------------


@EXAMPLES
@given(documents(), ORGANISATIONS)
def test_an_untouched_copy_in_zoho_changes_nothing_in_notes(
    document: dict[str, Any], organisation: str
) -> None:
    fields = BY_NAME[organisation]
    mapping = notes.for_org(lambda module: fields)
    current = mapping.read("contact", document).values
    copy = zoho.fit("contact", current, {}, fields).values
    held = zoho.read("contact", record(copy, fields), fields).values
    back = mapping.fit("contact", held, current).values
    assert mapping.write("contact", back, document) == {}


@EXAMPLES
@given(documents(), contacts(), ORGANISATIONS)
def test_an_edit_in_zoho_is_the_same_there_after_it_reached_notes(
    document: dict[str, Any], values: dict[str, Any], organisation: str
) -> None:
    fields = BY_NAME[organisation]
    mapping = notes.for_org(lambda module: fields)
    reading = mapping.read("contact", document)
    # With room left over, Zoho would get an address that Notes kept beyond its two.
    values = {**values, "emails": ("new@x.test", "d@x.test")}
    held = zoho.fit("contact", values, {}, fields).values
    back = mapping.fit("contact", held, reading.values).values
    again = zoho.fit("contact", back, {}, fields).values
    differing = set(KIND.differing(again, held))
    # A dash is no name in Notes, which may know a better stand-in for one.
    dash = {"name"} if held["name"].last == "-" else set()
    assert differing <= dash


def test_the_tight_organisation_is_tight() -> None:
    assert TIGHT.by_name["Title"] == Field("Title", length=12)
    assert not TIGHT.has("Fax")
