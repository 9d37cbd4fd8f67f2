"""The comparer finds what is wrong, and nothing where all is well."""

from __future__ import annotations

import ast
import copy
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.demo import compare, compare_events, compare_tasks, values
from tests.demo.compare import Comparer
from tests.demo.people import Person, people
from tests.demo.records import notes_items, zoho_fields
from tests.simulators.common.control import plain
from tests.simulators.domino import DominoSimulator
from tests.simulators.zoho import ZohoSimulator

OWNER = "anna@fjordlicht.example"
FILE = "mail/anna.nsf"
PRIVATE = Person(
    first="Vertraulich", last="Verschwiegen", email="v@verborgen.example", note="secret"
)


class Both:
    """Two dumps that can be bent, with their logs."""

    def __init__(self, domino: DominoSimulator, zoho: ZohoSimulator) -> None:
        self.domino = json.loads(json.dumps(domino.dump(), default=plain))
        self.zoho = json.loads(json.dumps(zoho.dump(), default=plain))
        self.logs: dict[str, Any] = {
            "domino": {"entries": [], "mails": []},
            "zoho": {"mails": []},
        }
        self.direction = "two_way"
        self.apart: list[dict[str, str]] = []

    @property
    def documents(self) -> list[dict[str, Any]]:
        """All of the mail file."""
        found: list[dict[str, Any]] = self.domino["mail_files"][FILE]["documents"]
        return found

    @property
    def persons(self) -> list[dict[str, Any]]:
        """The public contacts in Notes."""
        return [
            d
            for d in self.documents
            if d["form"] == "Person" and "Confidential" not in d["items"]
        ]

    @property
    def records(self) -> list[dict[str, Any]]:
        """All Zoho contacts."""
        found: list[dict[str, Any]] = self.zoho["records"]["Contacts"]
        return found

    def found(self) -> list[str]:
        """What the comparer says."""
        account = {
            "login": "anna",
            "mail_file": FILE,
            "owner": OWNER,
            "direction": self.direction,
        }
        story = {"accounts": [account], "apart": self.apart}
        return Comparer(self.domino, self.zoho, self.logs, story).all()


@pytest.fixture(scope="module")
def simulators() -> Iterator[tuple[DominoSimulator, ZohoSimulator]]:
    domino, zoho = DominoSimulator(), ZohoSimulator()
    domino.act.add_user("Anna Aalto", short="anna")
    zoho.act.add_user(OWNER, "Anna", "Aalto")
    for person in people(40):
        domino.act.create_contact(FILE, **notes_items(person))
        zoho.act.create("Contacts", owner=OWNER, **zoho_fields(person))
    domino.act.create_contact(FILE, **notes_items(PRIVATE), Confidential="1")
    domino.act.create_group(FILE, "Weihnachtskarten", ["Anna Aalto/Acme"])
    domino.act.receive_mail(FILE, n=2)
    yield domino, zoho


@pytest.fixture
def both(simulators: tuple[DominoSimulator, ZohoSimulator]) -> Both:
    return Both(*simulators)


@pytest.mark.parametrize("module", [compare, compare_events, compare_tasks, values])
def test_the_comparer_shares_no_code_with_what_it_judges(module: ModuleType) -> None:
    own = {"compare", "compare_events", "compare_tasks", "values"}
    tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "tests"]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert modules - own <= set(sys.stdlib_module_names)


def test_two_stores_that_mean_the_same_agree(both: Both) -> None:
    assert both.found() == []


FIELDS = {
    "Last_Name": "last name",
    "First_Name": "first name",
    "Salutation": "salutation",
    "Title": "job title",
    "Department": "department",
    "Email": "e-mail",
    "Secondary_Email": "e-mail",
    "Phone": "office phone",
    "Mobile": "mobile phone",
    "Home_Phone": "home phone",
    "Other_Phone": "other phone",
    "Fax": "fax",
    "Assistant": "assistant",
    "Asst_Phone": "assistant's phone",
    "Date_of_Birth": "birthday",
    "Description": "comment",
    "Mailing_Street": "business street",
    "Mailing_City": "business city",
    "Mailing_State": "business state",
    "Mailing_Zip": "business zip",
    "Mailing_Country": "business country",
    "Other_Street": "home street",
    "Other_City": "home city",
    "Other_State": "home state",
    "Other_Zip": "home zip",
    "Other_Country": "home country",
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", ["Mrs.", None])
def test_each_field_that_differs_is_named(
    both: Both, field: str, value: str | None
) -> None:
    record = next(r for r in both.records if r[field] and r[field] != value)
    record[field] = "999 999 999" if value and "Phone" in field else value
    found = both.found()
    assert found and all(FIELDS[field] in line for line in found)


def test_another_company_is_named(both: Both) -> None:
    next(r for r in both.records if r["Account_Name"])["Account_Name"] = None
    (line,) = both.found()
    assert "company" in line


def test_a_phone_in_another_layout_is_the_same(both: Both) -> None:
    for record in both.records:
        record["Phone"] = record["Phone"].replace(" ", "").replace("-", "")
    assert both.found() == []


def test_a_text_that_zoho_had_to_cut_is_the_same(both: Both) -> None:
    document = both.persons[0]
    document["items"]["JobTitle"] = ["Leiterin " * 30]
    mail = document["items"]["MailAddress"][0]
    record = next(r for r in both.records if r["Email"] == mail)
    record["Title"] = ("Leiterin " * 30)[:100]
    assert both.found() == []
    record["Title"] = "Leiterin"
    assert len(both.found()) == 1


def test_a_missing_last_name_may_have_a_stand_in_only_from_the_contact(
    both: Both,
) -> None:
    document = both.persons[0]
    mail = document["items"]["MailAddress"][0]
    record = next(r for r in both.records if r["Email"] == mail)
    del document["items"]["LastName"]
    document["items"]["FullName"] = ["Cheryl"]
    record["Last_Name"] = "Cheryl"
    assert both.found() == []
    record["Last_Name"] = "Somebody"
    assert len(both.found()) == 1


def test_a_contact_without_a_partner_is_found_on_either_side(both: Both) -> None:
    gone = both.persons[0]
    both.documents.remove(gone)
    (line,) = both.found()
    assert "has no contact in mail/anna.nsf" in line
    both.documents.append(gone)
    both.records.pop()
    (line,) = both.found()
    assert "is in Notes and has no contact" in line


def test_a_duplicate_is_found(both: Both) -> None:
    both.records.append({**both.records[0], "id": "1"})
    assert any("in Zoho twice" in line for line in both.found())


def test_a_partner_of_another_owner_does_not_count(both: Both) -> None:
    both.records[0]["Owner"] = {"id": "2", "name": "Ben", "email": "ben@x.example"}
    (line,) = both.found()
    assert f"no contact of {OWNER}" in line


def test_one_way_accounts_may_lack_partners_on_the_target_only(both: Both) -> None:
    both.direction = "notes_to_zoho"
    both.documents.remove(both.persons[0])
    assert both.found() == []
    both.records.pop()
    assert len(both.found()) == 1


def test_a_write_to_the_source_of_a_one_way_account_is_found(both: Both) -> None:
    both.direction = "notes_to_zoho"
    entry = {
        "method": "PATCH",
        "path": f"/{FILE}/api/data/documents/unid/{'A' * 32}",
        "query": "",
        "write": True,
    }
    both.logs["domino"]["entries"] = [entry]
    (line,) = both.found()
    assert "one way to Zoho, yet PATCH" in line
    both.direction = "two_way"
    assert both.found() == []


def test_a_write_to_zoho_of_an_account_that_goes_to_notes_is_found(both: Both) -> None:
    both.direction = "zoho_to_notes"
    write = {"method": "PUT", "route": "Contacts", "trigger": []}
    both.zoho["writes_seen"] = [{**write, "ids": [both.records[0]["id"]]}]
    (line,) = both.found()
    assert "one way to Notes, yet PUT" in line


@pytest.mark.parametrize("field", ["Last_Name", "Email", "Description"])
def test_anything_of_a_private_notes_contact_in_zoho_is_found(
    both: Both, field: str
) -> None:
    both.zoho["records"]["Accounts"].append({"Description": PRIVATE.email})
    assert any("of a private Notes contact" in line for line in both.found())
    del both.zoho["records"]["Accounts"][-1]
    both.records.append(
        {**{name: None for name in both.records[0]}, **_stranger(both, field)}
    )
    assert any("of a private Notes contact" in line for line in both.found())


def _stranger(both: Both, field: str) -> dict[str, Any]:
    """A contact of somebody without an account that carries the private value."""
    values = {
        "Last_Name": PRIVATE.last,
        "Email": PRIVATE.email,
        "Description": f"on her: {PRIVATE.note} {PRIVATE.last}",
    }
    return {
        "id": "3",
        "Owner": {"id": "2", "name": "Ben", "email": "ben@x.example"},
        "Tag": [],
        "Full_Name": "N. N.",
        field: values[field],
    }


def test_anything_of_a_private_zoho_contact_in_notes_is_found(both: Both) -> None:
    record = both.records[0]
    record["Tag"] = ["Private"]
    assert any("of a private Zoho contact" in line for line in both.found())


def test_a_group_that_became_a_contact_is_found(both: Both) -> None:
    both.records[0]["Full_Name"] = "Weihnachtskarten"
    assert "the group Weihnachtskarten is a Zoho contact" in both.found()


def test_a_conflict_documents_value_in_zoho_is_found(both: Both) -> None:
    loser = copy.deepcopy(both.persons[0])
    loser |= {"unid": "B" * 32, "conflict": True}
    loser["items"]["JobTitle"] = ["The version that lost"]
    both.documents.append(loser)
    assert both.found() == []
    both.records[-1]["Title"] = "The version that lost"
    assert any("of a conflict document" in line for line in both.found())


def _mail_sent(both: Both) -> None:
    both.logs["zoho"]["mails"] = [{"to": "somebody@x.example"}]


def _workflow(both: Both) -> None:
    both.zoho["writes_seen"] = [
        {"method": "POST", "route": "Contacts", "trigger": ["workflow"]}
    ]


def _workflow_of_delete(both: Both) -> None:
    both.zoho["writes_seen"] = [
        {"method": "DELETE", "route": "Contacts", "wf_trigger": "missing"}
    ]


def _mail_read(both: Both) -> None:
    mail = next(d for d in both.documents if d["form"] == "Memo")
    path = f"/{FILE}/api/data/documents/unid/{mail['unid']}"
    both.logs["domino"]["entries"] = [
        {"method": "GET", "path": path, "query": "markread=false", "write": False}
    ]


@pytest.mark.parametrize(
    ("bend", "words"),
    [
        (_mail_sent, "would have sent a mail"),
        (_workflow, "runs workflows"),
        (_workflow_of_delete, "runs workflows"),
        (_mail_read, "a mail was read"),
    ],
)
def test_noise_is_found(both: Both, bend: Callable[[Both], None], words: str) -> None:
    bend(both)
    (line,) = both.found()
    assert words in line


def test_what_the_story_left_apart_is_no_disagreement(both: Both) -> None:
    document = both.persons[0]
    document["items"]["JobTitle"] = ["Apart"]
    both.apart = [{"id": document["unid"], "field": "job title", "why": "so"}]
    assert both.found() == []
    mail = document["items"]["MailAddress"][0]
    record = next(r for r in both.records if r["Email"] == mail)
    both.records.remove(record)
    both.apart = [{"id": document["unid"], "why": "so"}]
    assert both.found() == []
    both.records.append(record)
    assert any("against what the story says" in line for line in both.found())
