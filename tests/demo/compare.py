"""Do both stores agree? Judged by what the two systems hold, and by nothing else.

This knows nothing of the product: it has a small table of its own, reads both
simulators' dumps and logs, and prints each disagreement.

    python -m tests.demo.compare --domino URL --zoho URL --story FILE

ends with status 1 if there is one. FILE holds `accounts` (`login, mail_file, owner,
direction, event_range`), `apart`: records that are known to differ, with the reason,
and `day`, from which the ranges of events count.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from .compare_events import EventComparer
from .compare_tasks import TaskComparer
from .values import (
    Account,
    Document,
    Record,
    digits,
    flat,
    is_private,
    is_private_there,
    item,
    marks,
    same_comment,
    same_text,
    targets,
    words,
)

EMAIL = re.compile(r"[^@\s<>/,;]+@[^@\s<>/,;]+\.[^@\s<>/,;]{2,}")
SALUTATIONS = ("mr", "mrs", "ms", "dr", "prof")
MAIL_FORMS = ("Memo", "Notice", "Reply")
MAIL_ITEMS = (
    "MailAddress",
    "InternetAddress",
    "InternetAddress1",
    "email_1",
    "email_2",
    "email_3",
    "Work0Email",
    "work1email",
    "work2email",
    "HomeEmail",
    "home1email",
    "OtherEmail",
)


# -- values ----------------------------------------------------------------------------


def is_dialled(value: Any) -> bool:
    """Whether this can be a telephone number at all."""
    text = str(value or "")
    return len(digits(text)) >= 3 and len(text) <= 30


def same_phone(notes: Any, zoho: Any) -> bool:
    """Whether both ring at the same place; what is no number need not be there."""
    left, right = digits(notes), digits(zoho)
    if left == right:
        return True
    if not right and not is_dialled(notes):
        return True
    short, long = sorted((left.lstrip("0"), right.lstrip("0")), key=len)
    return len(short) >= 6 and long.endswith(short)


def same_salutation(notes: Any, zoho: Any) -> bool:
    """Zoho has a list of them; others stay in Notes."""
    left, right = words(notes).rstrip(".").lower(), words(zoho).rstrip(".").lower()
    right = "" if right == "-none-" else right
    return left == right or (bool(left) and left not in SALUTATIONS and not right)


def same_last_name(document: Document, record: Record) -> bool:
    """Zoho insists on a last name: one that is missing in Notes has a stand-in."""
    own, there = item(document, "LastName"), record["Last_Name"]
    if own:
        return same_text(80)(own, there)
    first_mail = next(iter(addresses(document)), "")
    stand_ins = [
        (words(item(document, "FullName")).split() or [""])[-1],
        words(item(document, "CompanyName")),
        first_mail.split("@")[0],
        "-",
    ]
    return any(same_text(80)(text, there) for text in stand_ins if text)


def addresses(document: Document) -> list[str]:
    """Internet addresses of a Notes contact, each once."""
    found = [str(item(document, name)).strip() for name in MAIL_ITEMS]
    valid = [text.lower() for text in found if EMAIL.fullmatch(text)]
    return list(dict.fromkeys(valid))


def same_emails(document: Document, record: Record) -> bool:
    """Zoho holds two of them."""
    there = [str(record[n] or "").lower() for n in ("Email", "Secondary_Email")]
    return addresses(document)[:2] == [text for text in there if text]


# -- the table -------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One thing that both systems know of a contact."""

    label: str
    same: Callable[[Document, Record], bool]
    notes: Callable[[Document], Any]
    zoho: Callable[[Record], Any]


def _row(
    label: str,
    items: tuple[str, ...],
    field: str,
    same: Callable[[Any, Any], bool],
) -> Row:
    def read(document: Document) -> Any:
        return item(document, *items)

    def there(record: Record) -> Any:
        value = record.get(field)
        return value.get("name") if isinstance(value, dict) else value

    return Row(label, lambda d, r: same(read(d), there(r)), read, there)


def _phone(label: str, field: str, *items: str) -> Row:
    return _row(label, items, field, same_phone)


def _place(label: str, prefix: str, office: bool) -> list[Row]:
    own = "Office" if office else ""
    limits = {"Street": 250, "City": 100, "State": 100, "Zip": 30, "Country": 100}
    names = {"Street": "StreetAddress"}
    return [
        _row(
            f"{label} {part.lower()}",
            (f"{own}{names.get(part, part)}",),
            f"{prefix}_{part}",
            same_text(limit),
        )
        for part, limit in limits.items()
    ]


TABLE: tuple[Row, ...] = (
    Row(
        "last name",
        same_last_name,
        lambda d: item(d, "LastName", "FullName"),
        lambda r: r["Last_Name"],
    ),
    _row("first name", ("FirstName",), "First_Name", same_text(40)),
    _row("salutation", ("Title",), "Salutation", same_salutation),
    _row("job title", ("JobTitle",), "Title", same_text(100)),
    _row("department", ("Department",), "Department", same_text(100)),
    _row("company", ("CompanyName",), "Account_Name", same_text(200)),
    Row(
        "e-mail",
        same_emails,
        addresses,
        lambda r: [r["Email"], r["Secondary_Email"]],
    ),
    _phone("office phone", "Phone", "OfficePhoneNumber"),
    _phone("mobile phone", "Mobile", "CellPhoneNumber"),
    _phone("home phone", "Home_Phone", "PhoneNumber", "HomePhone"),
    _phone(
        "other phone",
        "Other_Phone",
        "OtherPhone",
        "CarPhone",
        "PersPager",
        "PhoneNumber_6",
    ),
    _phone("fax", "Fax", "OfficeFAXPhoneNumber", "HomeFAXPhoneNumber"),
    _row("assistant", ("Assistant",), "Assistant", same_text(100)),
    _phone("assistant's phone", "Asst_Phone", "AssistantPhone"),
    _row(
        "birthday",
        ("Birthday",),
        "Date_of_Birth",
        lambda n, z: str(n or "")[:10] == str(z or ""),
    ),
    _row("comment", ("Comment",), "Description", same_comment),
    *_place("business", "Mailing", office=True),
    *_place("home", "Other", office=False),
)


def disagreements(document: Document, record: Record) -> list[Row]:
    """The rows in which the two say different things."""
    return [row for row in TABLE if not row.same(document, record)]


def called(document: Document) -> str:
    """What a person would call this Notes contact."""
    name = words(f"{item(document, 'FirstName')} {item(document, 'LastName')}")
    return name or words(item(document, "FullName", "CompanyName", "MailAddress"))


# -- whose and what --------------------------------------------------------------


def is_person(document: Document) -> bool:
    """A contact proper: no group, no losing copy of a replication conflict."""
    kind = str(item(document, "Type")).lower()
    return document["form"] == "Person" and kind != "group" and not document["conflict"]


class Comparer:
    """Collects the disagreements of two dumps and two logs."""

    def __init__(
        self,
        domino: dict[str, Any],
        zoho: dict[str, Any],
        logs: dict[str, dict[str, Any]],
        story: dict[str, Any],
    ) -> None:
        self.domino = domino
        self.zoho = zoho
        self.logs = logs
        self.accounts = [Account(**row) for row in story["accounts"]]
        self.apart: list[dict[str, str]] = story.get("apart", [])
        self.day = story.get("day")
        self.found: list[str] = []

    def all(self) -> list[str]:
        """Every disagreement, as a sentence."""
        for account in self.accounts:
            self.account(account)
        self.private()
        self.groups()
        tasks = TaskComparer(
            self.domino, self.zoho, self.accounts, self.apart, datetime.now(UTC)
        )
        self.found += tasks.all()
        today = date.fromisoformat(self.day) if self.day else datetime.now(UTC).date()
        events = EventComparer(self.domino, self.zoho, self.accounts, self.apart, today)
        self.found += events.all()
        self.silence()
        self.unread_mail()
        return self.found

    # -- one account ---------------------------------------------------------

    def account(self, account: Account) -> None:
        """Partners, duplicates and the rules of the account's direction."""
        persons = [d for d in self._documents(account) if not is_private(d)]
        records = [r for r in self._records(account) if not is_private_there(r)]
        left = {id(d): d for d in persons if not self._whole(d["unid"])}
        right = {id(r): r for r in records if not self._whole(r["id"])}
        pairs = list(_pairs(list(left.values()), list(right.values())))
        for document, record in pairs:
            del left[id(document)], right[id(record)]
            for row in disagreements(document, record):
                if not self._known(document["unid"], record["id"], row.label):
                    self.found.append(
                        f"{account.login}: {called(document)}: {row.label} is "
                        f"{row.notes(document)!r} in Notes and {row.zoho(record)!r} "
                        "in Zoho"
                    )
        if account.direction != "zoho_to_notes":
            for document in left.values():
                self.found.append(
                    f"{account.login}: {called(document)} is in Notes and has no "
                    f"contact of {account.owner} in Zoho"
                )
        if account.direction != "notes_to_zoho":
            for record in right.values():
                self.found.append(
                    f"{account.login}: {record['Full_Name']} is in Zoho and has no "
                    f"contact in {account.mail_file}"
                )
        self._apart(account, persons, list(right.values()))
        self._twins(account, [record for _, record in pairs], list(right.values()))
        self._one_way(account)

    def _documents(self, account: Account) -> list[Document]:
        documents = self.domino["mail_files"][account.mail_file]["documents"]
        return [document for document in documents if is_person(document)]

    def _records(self, account: Account) -> list[Record]:
        return [
            record
            for record in self.zoho["records"]["Contacts"]
            if record["Owner"]["email"] == account.owner
        ]

    def _whole(self, key: str) -> bool:
        """Whether a record as a whole is known to stand alone."""
        return any(a["id"] == key and not a.get("field") for a in self.apart)

    def _known(self, unid: str, zoho_id: str, label: str) -> bool:
        return any(
            a["id"] in (unid, zoho_id) and a.get("field") == label for a in self.apart
        )

    def _apart(
        self, account: Account, persons: list[Document], alone: list[Record]
    ) -> None:
        """What is said to have no partner has none."""
        refused = [d for d in persons if self._whole(d["unid"])]
        for document, _record in _pairs(refused, alone):
            self.found.append(
                f"{account.login}: {called(document)} has a partner against what the "
                "story says"
            )

    def _twins(
        self, account: Account, paired: list[Record], alone: list[Record]
    ) -> None:
        seen = {_meaning(record) for record in paired}
        for record in alone:
            if _meaning(record) in seen:
                self.found.append(
                    f"{account.login}: {record['Full_Name']} is in Zoho twice"
                )

    def _one_way(self, account: Account) -> None:
        """A one-way account writes to its target only."""
        if account.direction == "notes_to_zoho":
            for entry in self.logs["domino"]["entries"]:
                if entry["write"] and account.mail_file in entry["path"].lower():
                    self.found.append(
                        f"{account.login}: one way to Zoho, yet {entry['method']} "
                        f"{entry['path']}"
                    )
        if account.direction == "zoho_to_notes":
            own = {
                record["id"]
                for module in ("Contacts", "Tasks", "Events")
                for record in self.zoho["records"][module]
                if record["Owner"]["email"] == account.owner
            }
            for write in self.zoho["writes_seen"]:
                if own & targets(write):
                    self.found.append(
                        f"{account.login}: one way to Notes, yet {write['method']} "
                        f"{write['route']}"
                    )

    # -- rules for all ----------------------------------------------------------

    def private(self) -> None:
        """Nothing of a private record is on the other side."""
        there = flat(self.zoho["records"])
        for account in self.accounts:
            for document in self._documents(account):
                if is_private(document) and not self._left(document):
                    for mark in _marks_of_document(document):
                        if mark in there:
                            self.found.append(
                                f"{account.login}: {mark!r} of a private Notes contact "
                                "is in Zoho"
                            )
        here = flat(
            [
                document
                for file in self.domino["mail_files"].values()
                for document in file["documents"]
                if document["form"] == "Person"
            ]
        )
        for record in self.zoho["records"]["Contacts"]:
            if is_private_there(record) and not self._whole(record["id"]):
                for mark in _marks_of_record(record):
                    if mark in here:
                        self.found.append(
                            f"{mark!r} of a private Zoho contact is in Notes"
                        )

    def _left(self, document: Document) -> bool:
        """Whether its copy in Zoho is one that stays (it was public at first)."""
        known = {a["id"] for a in self.apart if not a.get("field")}
        return any(
            record["id"] in known
            and set(addresses(document)) & {str(record["Email"]).lower()}
            for record in self.zoho["records"]["Contacts"]
        )

    def groups(self) -> None:
        """Mailing lists and losing copies are no contacts."""
        names = {words(r["Full_Name"]) for r in self.zoho["records"]["Contacts"]}
        texts = flat(self.zoho["records"]["Contacts"])
        for file in self.domino["mail_files"].values():
            for document in file["documents"]:
                if document["form"] == "Group" and item(document, "ListName") in names:
                    self.found.append(
                        f"the group {item(document, 'ListName')} is a Zoho contact"
                    )
                lost = str(item(document, "JobTitle"))
                if document["conflict"] and lost and f'"{lost}"' in texts:
                    self.found.append(f"{lost!r} of a conflict document is in Zoho")

    def silence(self) -> None:
        """No mail was sent, and no write asked Zoho to run its workflows."""
        for name, log in self.logs.items():
            for mail in log["mails"]:
                self.found.append(f"{name} would have sent a mail: {mail}")
        for write in self.zoho["writes_seen"]:
            quiet = (
                write.get("wf_trigger") == "false"
                if write["method"] == "DELETE"
                else write.get("trigger") == []
            )
            if not quiet:
                self.found.append(f"{write['method']} {write['route']} runs workflows")

    def unread_mail(self) -> None:
        """The content of mail was never asked for."""
        mails = {
            document["unid"].lower()
            for file in self.domino["mail_files"].values()
            for document in file["documents"]
            if document["form"] in MAIL_FORMS
        }
        for entry in self.logs["domino"]["entries"]:
            unid = entry["path"].rstrip("/").rsplit("/", 1)[-1].lower()
            if unid in mails and "fields=" not in entry["query"]:
                self.found.append(f"a mail was read: {entry['method']} {entry['path']}")


def _pairs(
    documents: list[Document], records: list[Record]
) -> Iterator[tuple[Document, Record]]:
    """Who belongs to whom: by sameness in all, then by address, then by name."""
    left, right = list(documents), list(records)
    ways: tuple[Callable[[Document, Record], bool], ...] = (
        lambda d, r: not disagreements(d, r),
        lambda d, r: (
            bool(addresses(d)) and str(r["Email"] or "").lower() in addresses(d)
        ),
        lambda d, r: bool(called(d)) and called(d) == words(r["Full_Name"]),
    )
    for belongs in ways:
        for document in list(left):
            found = next((r for r in right if belongs(document, r)), None)
            if found is not None:
                left.remove(document)
                right.remove(found)
                yield document, found


def _meaning(record: Record) -> tuple[str, str]:
    return words(record["Full_Name"]), str(record["Email"] or "").lower()


def _marks_of_document(document: Document) -> list[str]:
    comment = item(document, "Comment")
    text = comment["text"] if isinstance(comment, dict) else comment
    return marks(
        [
            item(document, "LastName"),
            *addresses(document),
            item(document, "CellPhoneNumber"),
            text,
        ]
    )


def _marks_of_record(record: Record) -> list[str]:
    names = ("Last_Name", "Email", "Secondary_Email", "Mobile", "Description")
    return marks(record[name] for name in names)


# -- reading the simulators --------------------------------------------------------


def _get(url: str, what: str) -> Any:
    with urlopen(f"{url.rstrip('/')}/__sim__/{what}", timeout=60) as answer:
        return json.loads(answer.read())


def compare(domino: str, zoho: str, story: dict[str, Any]) -> list[str]:
    """The disagreements of two running simulators."""
    logs = {"domino": _get(domino, "log?entries=1"), "zoho": _get(zoho, "log")}
    return Comparer(_get(domino, "dump"), _get(zoho, "dump"), logs, story).all()


def main(arguments: list[str]) -> int:
    """Print each disagreement; 1 if there is one."""
    parser = argparse.ArgumentParser(prog="python -m tests.demo.compare")
    parser.add_argument("--domino", required=True)
    parser.add_argument("--zoho", required=True)
    parser.add_argument("--story", required=True, type=Path)
    options = parser.parse_args(arguments)
    story = json.loads(options.story.read_text(encoding="utf-8"))
    found = compare(options.domino, options.zoho, story)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
