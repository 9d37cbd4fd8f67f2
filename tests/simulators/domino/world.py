"""Users, mail files, views and documents: the state behind the protocol."""

from __future__ import annotations

import random
import re
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .agenda import Agenda
from .items import Item, RichText, hundredths

NO_ACCESS, READER, AUTHOR, EDITOR, MANAGER = 0, 2, 3, 4, 6


class Document:
    """A note: items by lower-case name in note order, and its times.

    `modified` is the document's own time, `in_file` when it changed in this
    file; they differ after replication. `deleted` is set while in the trash.
    """

    __slots__ = (
        "created",
        "deleted",
        "file",
        "in_file",
        "items",
        "modified",
        "noteid",
        "parent",
        "read_by",
        "readers",
        "unid",
    )

    def __init__(self, file: MailFile, unid: str, noteid: int, now: datetime) -> None:
        self.file = file
        self.unid = unid
        self.noteid = noteid
        self.created = now
        self.modified = now
        self.in_file = now
        self.items: dict[str, Item] = {}
        self.parent: str | None = None
        self.deleted: datetime | None = None
        self.readers: frozenset[str] | None = None
        self.read_by: set[str] = set()

    def get(self, name: str) -> list[Any]:
        """The values of an item, [] when it is absent."""
        item = self.items.get(name.lower())
        return item.values if item else []

    def text(self, name: str) -> str:
        """The first value as text, "" when there is none."""
        values = self.get(name)
        return values[0] if values and isinstance(values[0], str) else ""

    def put(self, name: str, values: list[Any]) -> None:
        """Replaces an item; the spelling it was stored with stays."""
        old = self.items.get(name.lower())
        if old is not None:
            old.values = values
        else:
            self.items[name.lower()] = Item(name, values)

    def remove(self, name: str) -> None:
        """Takes an item out."""
        self.items.pop(name.lower(), None)

    @property
    def form(self) -> str:
        """The form's name."""
        return self.text("Form")

    def may_read(self, user: User) -> bool:
        """Whether reader fields let a user see it."""
        return self.readers is None or user.key in self.readers


@dataclass
class Column:
    """A view column: programmatic name, and an item or a formula behind it."""

    name: str
    title: str = ""
    item: str | None = None
    formula: Callable[[Document], Any] | None = None
    hidden: bool = False
    resortable: bool = False
    width: int = 10

    def value(self, document: Document) -> list[Any]:
        """The column's values for a document."""
        if self.formula is not None:
            found = self.formula(document)
            return found if isinstance(found, list) else [found]
        return document.get(self.item or self.name)


@dataclass
class View:
    """A view or folder: what it selects, how it sorts, its API switch."""

    name: str
    unid: str
    selects: Callable[[Document], bool]
    key: Callable[[Document], Any]
    columns: list[Column]
    aliases: tuple[str, ...] = ()
    enabled: bool = True
    folder: bool = False
    private: bool = False
    trash: bool = False
    modified: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    rows: list[tuple[Any, str]] = field(default_factory=list)
    keys: dict[str, tuple[Any, str]] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    def holds(self, document: Document) -> bool:
        """Whether the view selects, or the folder contains, a document."""
        if document.unid in self.removed:
            return False
        return document.unid in self.added or self.selects(document)

    def refresh(self, document: Document, present: bool) -> None:
        """Puts a changed document where it belongs, or takes it out."""
        unid = document.unid
        row = None
        if present and self.trash == (document.deleted is not None):
            if self.holds(document):
                row = (self.key(document), unid)
        old = self.keys.get(unid)
        if old == row:
            return
        if old is not None:
            del self.rows[bisect_left(self.rows, old)]
            del self.keys[unid]
        if row is not None:
            insort(self.rows, row)
            self.keys[unid] = row

    def named(self, name: str) -> bool:
        """Whether a name or alias means this view."""
        lower = name.lower()
        return self.name.lower() == lower or lower in (a.lower() for a in self.aliases)


@dataclass
class User:
    """A person of the directory. `key` is the canonical name."""

    name: str
    key: str
    password: str
    short: str
    email: str
    mail_file: str | None = None
    home_server: str | None = None
    home_known: bool = True

    @property
    def abbreviated(self) -> str:
        """`Jane Doe/Acme`."""
        return "/".join(part.partition("=")[2] for part in self.key.split("/"))

    def answers_to(self, name: str) -> bool:
        """Whether a login name or lookup means this person, case ignored."""
        forms = (self.name, self.key, self.abbreviated, self.short, self.email)
        return name.strip().lower() in (f.lower() for f in forms)


@dataclass(frozen=True)
class Room:
    """A room of the resource directory."""

    name: str
    site: str
    capacity: int
    email: str


class MailFile:
    """A mail file: documents, views, access list, API level."""

    def __init__(self, path: str, title: str, replica: str, owner: str | None) -> None:
        self.path = path
        self.title = title
        self.replica = replica
        self.owner = owner
        self.template = "StdR9Mail"
        self.level = 2
        self.listed = True
        self.full_text = True
        self.soft_deletes = True
        self.trash_hours = 48.0
        self.acl: dict[str, int] = {}
        self.default_access = NO_ACCESS
        self.no_delete: set[str] = set()
        self.documents: dict[str, Document] = {}
        self.trash: dict[str, Document] = {}
        self.hidden = 0
        self.views: list[View] = []
        self.by_file: list[tuple[datetime, str]] = []
        self.agenda = Agenda()
        self.old_template = False

    def access(self, user: User | None) -> int:
        """The access level of a user, or of anonymous."""
        if user is None:
            return self.acl.get("Anonymous", NO_ACCESS)
        return self.acl.get(user.key, self.default_access)

    def view(self, name: str) -> View | None:
        """A view by name or alias."""
        return next((v for v in self.views if v.named(name)), None)

    def changed(self, document: Document, old_in_file: datetime | None) -> None:
        """Brings indexes and views up to date after any change."""
        unid = document.unid
        if old_in_file is not None:
            at = bisect_left(self.by_file, (old_in_file, unid))
            if at < len(self.by_file) and self.by_file[at] == (old_in_file, unid):
                del self.by_file[at]
        present = unid in self.documents
        if present:
            insort(self.by_file, (document.in_file, unid))
        self.agenda.refresh(document, present)
        for view in self.views:
            view.refresh(document, present or unid in self.trash)

    def add_view(self, view: View) -> None:
        """Adds a view and fills it."""
        self.views.append(view)
        for document in (*self.documents.values(), *self.trash.values()):
            view.refresh(document, True)

    def visible(self, user: User) -> Iterable[Document]:
        """The documents, trash excluded, that reader fields let a user see."""
        if not self.hidden:
            return self.documents.values()
        return (d for d in self.documents.values() if d.may_read(user))


class World:
    """Everything the server holds, and the primitive changes to it."""

    def __init__(self, now: Callable[[], datetime], zone: Callable[[], str]) -> None:
        self._now = now
        self._zone = zone
        self._random = random.Random(20260101)
        self._noteid = 0x8F6
        self.users: list[User] = []
        self.rooms: list[Room] = []
        self.files: dict[str, MailFile] = {}
        self.where: dict[str, MailFile] = {}

    def now(self) -> datetime:
        """The server's time in Notes' resolution."""
        return hundredths(self._now())

    def zone(self) -> ZoneInfo:
        """The server's time zone."""
        return ZoneInfo(self._zone())

    def new_unid(self) -> str:
        """A fresh UNID or replica id material: 32 hex digits, upper case."""
        return f"{self._random.getrandbits(128):032X}"

    # -- directory -------------------------------------------------------------

    def user(self, name: str) -> User | None:
        """The person that a name in any accepted form means."""
        return next((u for u in self.users if u.answers_to(name)), None)

    def file(self, path: str) -> MailFile | None:
        """A database by its path, with or without a leading slash."""
        return self.files.get(path.strip("/").lower())

    # -- documents -------------------------------------------------------------

    def find(self, unid: str) -> Document:
        """A document anywhere, trash included. Raises LookupError."""
        unid = unid.upper()
        file = self.where.get(unid)
        if file is None:
            raise LookupError(f"no document {unid}")
        self.expire(file)
        document = file.documents.get(unid) or file.trash.get(unid)
        if document is None:
            raise LookupError(f"document {unid} is gone")
        return document

    def create(self, file: MailFile) -> Document:
        """A new, empty document that `save` will put into the file."""
        self._noteid += 4
        return Document(file, self.new_unid(), self._noteid, self.now())

    def save(
        self,
        document: Document,
        by: str | None = None,
        *,
        modified: datetime | None = None,
    ) -> None:
        """Stores a document: new times, `$UpdatedBy`, `$Revisions`, views."""
        file = document.file
        now = self.now()
        new = document.unid not in file.documents and document.unid not in file.trash
        old = None if new else document.in_file
        document.modified = modified or now
        document.in_file = now
        if by is not None:
            editors = document.get("$UpdatedBy")
            if not editors or editors[-1] != by:
                document.put("$UpdatedBy", [*editors, by])
            if not new:
                document.put("$Revisions", [*document.get("$Revisions")[-9:], now])
        if new:
            file.documents[document.unid] = document
            self.where[document.unid] = file
        file.changed(document, old)

    def soft_delete(self, document: Document) -> None:
        """Moves a document to the trash; it leaves all other views."""
        file = document.file
        if document.deleted is None:
            del file.documents[document.unid]
            file.trash[document.unid] = document
            document.deleted = self.now()
            file.changed(document, document.in_file)

    def hard_delete(self, document: Document) -> None:
        """Removes a document for good; no stub shows anywhere."""
        file = document.file
        file.documents.pop(document.unid, None)
        file.trash.pop(document.unid, None)
        self.where.pop(document.unid, None)
        if document.readers is not None:
            file.hidden -= 1
        file.changed(document, document.in_file)

    def restore(self, document: Document, touch: bool) -> None:
        """Takes a document out of the trash."""
        file = document.file
        if document.deleted is None:
            return
        del file.trash[document.unid]
        file.documents[document.unid] = document
        document.deleted = None
        if touch:
            document.in_file = self.now()
        file.changed(document, None)

    def set_readers(self, document: Document, readers: frozenset[str] | None) -> None:
        """Sets or clears reader fields."""
        had, has = document.readers is not None, readers is not None
        document.readers = readers
        document.file.hidden += has - had

    def expire(self, file: MailFile) -> None:
        """Removes what has lain in the trash for longer than allowed."""
        if not file.trash:
            return
        limit = self.now() - timedelta(hours=file.trash_hours)
        gone = [d for d in file.trash.values() if d.deleted and d.deleted <= limit]
        for document in gone:
            self.hard_delete(document)


# -- views of a mail template ------------------------------------------------------


def _is(*forms: str) -> Callable[[Document], bool]:
    lower = {f.lower() for f in forms}
    return lambda d: d.form.lower() in lower


def _is_todo(document: Document) -> bool:
    # The parent of a repeating one holds the rule and is none itself.
    return document.form.lower() == "task" and "c" not in document.text("$CSFlags")


def _everything(_: Document) -> bool:
    return True


def _contact_key(d: Document) -> Any:
    return (d.text("LastName").lower(), d.text("FirstName").lower())


def _contact_label(d: Document) -> str:
    last, first = d.text("LastName"), d.text("FirstName")
    if d.form.lower() == "group":
        return d.text("ListName")
    return f"{last} , {first}" if first else last


def _filled(*names: str) -> Callable[[Document], list[Any]]:
    return lambda d: [d.text(n) for n in names if d.text(n)] or [""]


def _categories(d: Document) -> list[Any]:
    return d.get("Categories") or ["Not Categorized"]


def _due(d: Document) -> Any:
    for value in (*d.get("DueDateTime"), *d.get("DueDate")):
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, date):
            return value.isoformat()
    return "9999"


_STATES = {0: "Overdue", 1: "In Progress", 2: "Not Started", 8: "Rejected"}


def _due_label(d: Document) -> str:
    if d.get("CompletedDateTime") not in ([], [""]):
        return "Completed"
    state = d.get("DueState")
    return _STATES.get(state[0], "Completed") if state else "Not Started"


def _arrival(d: Document) -> Any:
    return d.created.isoformat()


def template_views(new_unid: Callable[[], str]) -> list[View]:
    """The views of a mail template that matter here."""
    people = View(
        "($Contacts)",
        new_unid(),
        _is("Person", "Group"),
        _contact_key,
        [
            Column("$126", "Name", formula=_contact_label, resortable=True),
            Column(
                "$19",
                "Phone",
                formula=_filled("OfficePhoneNumber", "CellPhoneNumber", "PhoneNumber"),
            ),
            Column("$20", "Company", formula=_filled("CompanyName", "JobTitle")),
            Column("$21", "Category", formula=_categories),
            Column("$22", "Type", item="Type", hidden=True),
        ],
        aliases=("People",),
    )
    tasks = View(
        "($ToDo)",
        new_unid(),
        _is_todo,
        _due,
        [
            Column("$186", "", formula=lambda d: d.get("Importance") or [""]),
            Column("$187", "Subject", item="Subject", resortable=True),
            Column("$188", "Status", formula=_due_label),
            Column("DueDateTime", "Due", item="DueDateTime", resortable=True),
        ],
        aliases=("Tasks",),
    )
    subject = Column("Subject", "Subject", item="Subject")
    return [
        people,
        tasks,
        View(
            "($Calendar)",
            new_unid(),
            _is("Appointment"),
            _arrival,
            [Column("$134", "Date", item="CalendarDateTime"), subject],
            aliases=("Calendar",),
            enabled=False,
        ),
        View(
            "($Inbox)",
            new_unid(),
            _is("Memo", "Notice", "Reply"),
            _arrival,
            [Column("$73", "Who", item="From"), subject],
            folder=True,
            enabled=False,
        ),
        View("($All)", new_unid(), _everything, _arrival, [subject], enabled=False),
        View(
            "($SoftDeletions)",
            new_unid(),
            _everything,
            _arrival,
            [Column("$65", "Form", item="Form"), subject],
            aliases=("Trash",),
            trash=True,
        ),
    ]


# -- full-text search ------------------------------------------------------------------


def full_text(query: str) -> Callable[[Document], bool]:
    """A test for a query: words, quoted text, `[Field]=value`, AND, `*`."""
    terms: list[tuple[str | None, str]] = []
    pattern = re.compile(
        r'\[(\w+)\]\s*(?:=|contains)\s*(?:"([^"]*)"|(\S+))|"([^"]*)"|(\S+)', re.I
    )
    for found in pattern.finditer(query):
        name, quoted, bare, phrase, word = found.groups()
        if name:
            terms.append((name, (quoted if quoted is not None else bare).lower()))
        elif (phrase or word or "").lower() not in ("and", "", "contains", "field"):
            terms.append((None, (phrase or word).lower()))

    def test(document: Document) -> bool:
        return all(_hit(document, name, value) for name, value in terms)

    return test


def _hit(document: Document, name: str | None, value: str) -> bool:
    wanted = value.replace("*", "")
    if name is not None:
        return any(wanted in v for v in _texts(document.get(name)))
    return any(
        wanted in v for item in document.items.values() for v in _texts(item.values)
    )


def _texts(values: list[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value.lower()
        elif isinstance(value, RichText):
            yield value.text.lower()
        elif not isinstance(value, datetime | date | time):
            yield str(value)
