"""What people do on the server without our client."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .calendar_acts import CalendarActs
from .items import Item, RichText
from .todo_acts import TodoActs
from .world import MANAGER, Document, MailFile, User, template_views

if TYPE_CHECKING:
    pass


def _instant(value: datetime | str) -> datetime:
    stamp = datetime.fromisoformat(value) if isinstance(value, str) else value
    if stamp.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return stamp.astimezone(UTC)


class Acts(CalendarActs, TodoActs):
    """Acts of persons and administrators; every public method is one.

    They bypass HTTP, count in no log, and may be called from any thread or by
    the control endpoint. Mail files are named by path, documents by UNID.
    Items are given as keyword arguments: Python values, or for JSON callers
    the typed forms of `items.to_values`. None removes an item.
    """

    # -- set-up --------------------------------------------------------------------

    def add_user(
        self,
        name: str,
        password: str = "secret",
        *,
        mail_file: str | None = None,
        organization: str = "Acme",
        short: str | None = None,
        email: str | None = None,
        home_server: str | None = None,
        create_file: bool = True,
    ) -> str:
        """Registers a person, by default with a mail file; returns its path."""
        with self._lock:
            first, _, last = name.rpartition(" ")
            short = short or (first[:1] + last).lower()
            path = mail_file or f"mail/{short}.nsf"
            user = User(
                name,
                f"CN={name}/O={organization}",
                password,
                short,
                email or f"{name.lower().replace(' ', '.')}@acme.example",
                path,
                home_server,
            )
            self._world.users.append(user)
            if create_file and self._world.file(path) is None:
                self.add_mail_file(path, owner=name)
            return path

    def add_mail_file(
        self, path: str, owner: str | None = None, title: str | None = None
    ) -> str:
        """Makes a database with the mail template's views; returns its path."""
        with self._lock:
            user = self._user(owner) if owner else None
            key = user.key if user else None
            replica = self._world.new_unid()[:16]
            file = MailFile(path, title or (owner or path), replica, key)
            if key:
                file.acl[key] = MANAGER
            file.views = template_views(self._world.new_unid)
            self._world.files[path.strip("/").lower()] = file
            return path

    # -- documents -----------------------------------------------------------------

    def create_contact(self, mailfile: str, **items: Any) -> str:
        """Adds a contact as the Notes client does; returns its UNID."""
        with self._lock:
            first = items.get("FirstName") or ""
            last = items.get("LastName") or ""
            names = [f"{first} {last}".strip(), f"{last} {first}".strip()]
            if items.get("MailAddress"):
                names.append(items["MailAddress"])
            values: dict[str, Any] = {
                "Form": "Person",
                "Type": "Person",
                "$PublicAccess": "1",
                "FullName": list(dict.fromkeys(n for n in names if n)) or "",
                **items,
            }
            return self._new(mailfile, values).unid

    def create_group(self, mailfile: str, name: str, members: list[str]) -> str:
        """Adds a mailing list; returns its UNID."""
        with self._lock:
            values = {
                "Form": "Group",
                "Type": "Group",
                "ListName": name,
                "Members": members,
            }
            return self._new(mailfile, values).unid

    def create_document(self, mailfile: str, form: str, **items: Any) -> str:
        """Adds any other document; returns its UNID."""
        with self._lock:
            return self._new(mailfile, {"Form": form, **items}).unid

    def receive_mail(
        self,
        mailfile: str,
        subject: str = "News",
        body: str = "Hello.",
        n: int = 1,
        sender: str = "CN=Post Office/O=Acme",
    ) -> list[str]:
        """Delivers mails; returns their UNIDs."""
        with self._lock:
            unids = []
            for number in range(1, n + 1):
                values = {
                    "Form": "Memo",
                    "From": sender,
                    "Principal": sender,
                    "Subject": subject if n == 1 else f"{subject} {number}",
                    "DeliveredDate": self._world.now(),
                    "Body": {"type": "richtext", "text": body},
                }
                unids.append(self._new(mailfile, values, by=sender).unid)
            return unids

    def edit(self, unid: str, by: str | None = None, **items: Any) -> None:
        """Changes items of a document, as its owner or another person."""
        with self._lock:
            document = self._world.find(unid)
            self._put(document, items)
            editor = self._user(by).key if by else document.file.owner
            self._world.save(document, by=editor)

    def delete(self, unid: str) -> None:
        """Deletes a document in the Notes client: to the trash if there is one."""
        with self._lock:
            document = self._world.find(unid)
            if document.file.soft_deletes:
                self._world.soft_delete(document)
            else:
                self._world.hard_delete(document)

    def hard_delete(self, unid: str) -> None:
        """Deletes a document for good."""
        with self._lock:
            self._world.hard_delete(self._world.find(unid))

    def restore(self, unid: str) -> None:
        """Takes a document out of the trash, with its UNID."""
        with self._lock:
            document = self._world.find(unid)
            self._world.restore(document, self._server.knobs.restore_touches_file)

    def empty_trash(self, mailfile: str) -> int:
        """Removes all of the trash for good; returns how many."""
        with self._lock:
            gone = list(self._file(mailfile).trash.values())
            for document in gone:
                self._world.hard_delete(document)
            return len(gone)

    def mark_private(self, unid: str) -> None:
        """Ticks *Mark Private*."""
        with self._lock:
            document = self._world.find(unid)
            if document.form.lower() == "person":
                document.put("Confidential", ["1"])
                match self._server.knobs.private_contact_access:
                    case "remove":
                        document.remove("$PublicAccess")
                    case "zero":
                        document.put("$PublicAccess", ["0"])
            else:
                document.put("OrgConfidential", ["1"])
                document.remove("$PublicAccess")
            self._world.save(document, by=document.file.owner)

    def mark_public(self, unid: str) -> None:
        """Takes the private mark off."""
        with self._lock:
            document = self._world.find(unid)
            for name in ("Confidential", "OrgConfidential"):
                if document.get(name):
                    document.put(name, [""])
            document.put("$PublicAccess", ["1"])
            self._world.save(document, by=document.file.owner)

    def cut_and_paste(self, unid: str) -> str:
        """Cuts a document and pastes it: the same content, another UNID."""
        with self._lock:
            new = self.copy(unid)
            self.delete(unid)
            return new

    def copy(self, unid: str) -> str:
        """Copies a document within its file; returns the new UNID."""
        with self._lock:
            old = self._world.find(unid)
            new = self._world.create(old.file)
            new.items = _copied(old)
            if new.get("ApptUNID"):
                new.put("ApptUNID", [new.unid])
            self._world.save(new, by=old.file.owner)
            return new.unid

    def make_conflict(self, unid: str, **items: Any) -> str:
        """A replication conflict: the losing copy as a response; its UNID."""
        with self._lock:
            winner = self._world.find(unid)
            loser = self._world.create(winner.file)
            loser.items = _copied(winner)
            self._put(loser, items)
            self._as_conflict(winner, loser)
            return loser.unid

    def _as_conflict(self, winner: Document, loser: Document) -> None:
        loser.parent = winner.unid
        loser.put("$REF", [winner.unid])
        loser.put("$Conflict", [""])
        self._world.save(loser, by=winner.file.owner)

    def lose_race(
        self,
        document: Document | str,
        lost: dict[str, Item] | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        """Another person's save wins at the same moment (fault `lost_race`).

        `options`: `items` of the winning edit, `conflict` true to keep the
        losing version as a conflict document.
        """
        with self._lock:
            if isinstance(document, str):
                document = self._world.find(document)
            options = options or {}
            edit = options.get("items", {"Comment": "Changed at the same moment"})
            self._put(document, edit)
            self._world.save(document, by=document.file.owner)
            if options.get("conflict") and lost is not None:
                loser = self._world.create(document.file)
                loser.items = lost
                self._as_conflict(document, loser)

    def replicate_in(
        self,
        mailfile: str,
        modified: datetime | str,
        unid: str | None = None,
        form: str = "Person",
        **items: Any,
    ) -> str:
        """A document, new or known, arrives by replication.

        Its own modified time is the older `modified`; this file changes now.
        """
        with self._lock:
            file = self._file(mailfile)
            if unid is not None:
                document = self._world.find(unid)
            else:
                document = self._world.create(file)
                document.created = _instant(modified)
                document.put("Form", [form])
                if form == "Person":
                    document.put("Type", ["Person"])
            self._put(document, items)
            self._world.save(document, modified=_instant(modified))
            return document.unid

    def hide(self, unid: str, readers: list[str] | None = None) -> None:
        """Puts reader fields on: only the named persons see the document."""
        with self._lock:
            document = self._world.find(unid)
            keys = frozenset(self._user(n).key for n in readers or [])
            self._world.set_readers(document, keys)

    def unhide(self, unid: str) -> None:
        """Takes reader fields off."""
        with self._lock:
            self._world.set_readers(self._world.find(unid), None)

    # -- administration --------------------------------------------------------------

    def change_password(self, user: str, password: str) -> None:
        """Sets a new Internet password; sessions go on."""
        with self._lock:
            self._user(user).password = password

    def expire_sessions(self) -> int:
        """Ends all form logins; returns how many."""
        with self._lock:
            count = len(self._server.gate.sessions)
            self._server.gate.sessions.clear()
            return count

    def set_access(
        self, mailfile: str, user: str, level: int, can_delete: bool = True
    ) -> None:
        """Sets an access level: 0 none, 2 reader, 3 author, 4 editor, 6 manager."""
        with self._lock:
            file = self._file(mailfile)
            key = user if user == "Anonymous" else self._user(user).key
            file.acl[key] = level
            (file.no_delete.discard if can_delete else file.no_delete.add)(key)

    def set_level(self, mailfile: str, level: int) -> None:
        """Allow Domino Data Service: 0 off, 1 views, 2 views and documents."""
        with self._lock:
            self._file(mailfile).level = level

    def set_view(self, mailfile: str, view: str, enabled: bool) -> None:
        """Allow Domino Data Service operations on a view."""
        with self._lock:
            found = self._file(mailfile).view(view)
            if found is None:
                raise LookupError(f"no view {view!r}")
            found.enabled = enabled

    def remove_view(self, mailfile: str, view: str) -> None:
        """Deletes a view from the design."""
        with self._lock:
            file = self._file(mailfile)
            file.views = [v for v in file.views if not v.named(view)]

    def move_user(
        self,
        user: str,
        mail_file: str | None = None,
        home_server: str | None = None,
        home_known: bool = True,
    ) -> None:
        """Changes where the directory says that a user's mail file is."""
        with self._lock:
            person = self._user(user)
            person.mail_file = mail_file
            person.home_server = home_server
            person.home_known = home_known

    def set_file(self, mailfile: str, **values: Any) -> None:
        """Sets `full_text`, `listed`, `old_template`, `soft_deletes`, `trash_hours`."""
        known = ("full_text", "listed", "old_template", "soft_deletes", "trash_hours")
        with self._lock:
            file = self._file(mailfile)
            for name, value in values.items():
                if name not in known:
                    raise ValueError(f"unknown property {name!r}")
                setattr(file, name, value)

    def set_knob(self, name: str, value: Any) -> None:
        """Changes one knob of the server."""
        with self._lock:
            if not hasattr(self._server.knobs, name) or name == "page_limit":
                raise ValueError(f"unknown knob {name!r}")
            old = getattr(self._server.knobs, name)
            setattr(
                self._server.knobs,
                name,
                tuple(value) if isinstance(old, tuple) else value,
            )

    def load(self, seed: dict[str, Any]) -> dict[str, str]:
        """Fills the server: `{"users": [...], "acts": [[name, {...}], ...]}`.

        Users are keyword arguments of `add_user`. An act may carry `"as"`: the
        name under which its result stands in the answer, and which a later
        act's `"unid": "@name"` or `"uid": "@name"` means.
        """
        with self._lock:
            for user in seed.get("users", []):
                self.add_user(**user)
            known: dict[str, str] = {}
            for name, values in seed.get("acts", []):
                arguments = dict(values)
                label = arguments.pop("as", None)
                for key in ("unid", "uid"):
                    reference = arguments.get(key)
                    if isinstance(reference, str) and reference.startswith("@"):
                        arguments[key] = known[reference[1:]]
                result = getattr(self, name)(**arguments)
                if label:
                    known[label] = result
            return known


def _copied(document: Document) -> dict[str, Item]:
    return {
        key: Item(item.name, list(item.values)) for key, item in document.items.items()
    }


def plain_document(document: Document) -> dict[str, Any]:
    """A document as plain data: item values are lists, in stored spelling."""
    return {
        "unid": document.unid,
        "noteid": f"{document.noteid:X}",
        "form": document.form,
        "created": document.created,
        "modified": document.modified,
        "in_file": document.in_file,
        "parent": document.parent,
        "conflict": "$conflict" in document.items,
        "deleted": document.deleted,
        "readers": sorted(document.readers) if document.readers is not None else None,
        "items": {
            i.name: [_plain(v) for v in i.values] for i in document.items.values()
        },
    }


def _plain(value: Any) -> Any:
    if isinstance(value, RichText):
        files = [f.name for f in value.attachments]
        return {"html": value.html, "text": value.text, "attachments": files}
    return value
