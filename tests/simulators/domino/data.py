"""The data service: databases, views, entries, documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from tests.simulators.common import Request, Response

from . import wire
from .dates import http_date, parse
from .errors import DasError, NotesError
from .items import RichText
from .world import AUTHOR, EDITOR, Document, MailFile, User, View, full_text
from .writing import SERVICE, Draft

if TYPE_CHECKING:
    from .server import DominoSimulator

NOTES = "NotesException"
NO_DATABASE = "URI path must include a database."
NOT_INDEXED = "Database is not full text indexed."
NOT_DELETED = "Document is not deleted because another user modified it."
DENIED = "You are not authorized to perform that operation"
_FIELDS = re.compile(r"[A-Za-z0-9_\-, ]*$")

# Bits of `systemcolumns`.
NOTEID, UNID, POSITION, READ, SIBLINGS = 0x1, 0x2, 0x4, 0x8, 0x10
FORM, HREF, LINK, SCORE = 0x100, 0x800, 0x1000, 0x2000


def truth(request: Request, name: str) -> bool:
    """A boolean query parameter: only `true`, in any case."""
    return (request.arg(name) or "").lower() == "true"


def http_stamp(value: datetime) -> str:
    """An instant as Last-Modified: whole seconds, hundredths cut off."""
    return format_datetime(value.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _int(request: Request, name: str, default: int) -> int:
    value = request.arg(name)
    if not value:
        return default
    try:
        number = int(value, 16 if value.lower().startswith("0x") else 10)
    except ValueError:
        number = -1
    if number < 0:
        raise DasError(400, f"Invalid parameter {name}: {value}", SERVICE)
    return number


class DataService:
    """Resources below `/api/data`."""

    def __init__(self, server: DominoSimulator) -> None:
        self._server = server
        self._world = server.world

    @property
    def _knobs(self) -> Any:
        return self._server.knobs

    # -- plumbing --------------------------------------------------------------

    def _json(
        self, request: Request, value: Any, compact: bool | None = None
    ) -> Response:
        short = truth(request, "compact") if compact is None else compact
        body = wire.stream(value, short).encode()
        return Response(200, body, content_type="application/json")

    def _base(self, request: Request) -> str:
        """The request's own address, as links in bodies begin."""
        return self._server.link_origin(request) + request.path

    def _level(self, file: MailFile, wanted: int) -> None:
        if file.level == 0:
            text = "The Domino data service is not enabled for this database."
            raise DasError(403, text)
        if file.level < wanted:
            raise DasError(403, "Cannot access resource")

    def _view(self, file: MailFile, key: str, value: str) -> View:
        if key not in ("name", "unid"):
            raise DasError(404, f"The query method {key} not supported")
        if key == "name":
            view = file.view(value)
        else:
            wanted = value.upper()
            view = next((v for v in file.views if v.unid == wanted), None)
        if view is None:
            raise DasError(404, "The URI must refer to an existing view.")
        if not view.enabled:
            text = (
                f"The Domino data service is not enabled for this view [{view.name}]."
            )
            raise DasError(403, text)
        return view

    def _document(self, file: MailFile, user: User, unid: str) -> Document:
        document = file.documents.get(unid.upper())
        if document is None and self._knobs.trashed_get == "document":
            document = file.trash.get(unid.upper())
        if document is None or not document.may_read(user):
            text = self._knobs.missing_text
            raise DasError(404, text, NOTES)
        return document

    @staticmethod
    def _body(request: Request) -> dict[str, Any]:
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise DasError(400, "Error while parsing the JSON content", SERVICE)
        return body

    def _allow(self, file: MailFile, user: User, level: int) -> None:
        if file.access(user) < level:
            raise NotesError(DENIED)

    # -- databases and views ---------------------------------------------------

    def databases(self, request: Request) -> Response:
        """GET /api/data."""
        origin = self._server.link_origin(request)
        rows = [
            {
                "@title": file.title,
                "@filepath": file.path,
                "@replicaid": file.replica,
                "@template": file.template,
                "@href": f"{origin}/{file.path}/api/data/collections",
            }
            for file in self._world.files.values()
            if file.listed
        ]
        return self._json(request, rows)

    def collections(self, request: Request, file: MailFile | None) -> Response:
        """GET collections: all views, whatever their own switch says."""
        if file is None:
            raise DasError(400, NO_DATABASE)
        self._level(file, 1)
        base = self._base(request)
        rows = [
            {
                "@title": view.name,
                "@folder": view.folder,
                "@private": view.private,
                "@modified": view.modified,
                "@unid": view.unid,
                "@href": f"{base}/unid/{view.unid}",
            }
            for view in file.views
        ]
        return self._json(request, rows)

    def design(
        self, request: Request, file: MailFile | None, key: str, value: str
    ) -> Response:
        """GET the columns of a view."""
        if file is None:
            raise DasError(404, NO_DATABASE)
        self._level(file, 1)
        view = self._view(file, key, value)
        rows = [
            {
                "@columnNumber": number,
                "@name": column.name,
                "@title": column.title,
                "@width": column.width,
                "@alignment": 0,
                "@hidden": column.hidden,
                "@response": False,
                "@twistie": False,
                "@field": column.item is not None,
                "@category": False,
            }
            for number, column in enumerate(view.columns, 1)
        ]
        return self._json(request, rows)

    # -- entries ---------------------------------------------------------------

    def entries(
        self, request: Request, user: User, file: MailFile | None, key: str, value: str
    ) -> Response:
        """GET the entries of a view."""
        if file is None:
            raise DasError(404, NO_DATABASE)
        self._level(file, 1)
        view = self._view(file, key, value)
        start, count = self._window(request)
        mask = _int(request, "systemcolumns", 0xFFFFFFFF)
        whole = self._rows(view, file, user)
        positions = self._navigate(request, view, file, whole)
        base = f"{self._base(request)}/unid/"
        path = request.path[: request.path.rindex("/collections")]
        link = f"{self._server.link_origin(request)}{path}/documents/unid/"
        searched = bool(request.arg("search")) and self._knobs.fp >= 9
        rows = []
        for position in positions[start : start + count]:
            document = self._at(file, whole[position])
            row: dict[str, Any] = {}
            if mask & HREF:
                row["@href"] = base + document.unid
            if mask & LINK:
                row["@link"] = {"rel": "document", "href": link + document.unid}
            place = str(position + 1)
            row["@entryid"] = f"{place}-{document.unid}"
            if mask & UNID:
                row["@unid"] = document.unid
            if mask & NOTEID:
                row["@noteid"] = f"{document.noteid:X}"
            if mask & POSITION:
                row["@position"] = place
            if mask & READ and user.key in document.read_by:
                row["@read"] = True
            if mask & SIBLINGS and whole:
                row["@siblings"] = len(whole)
            if mask & FORM and document.form:
                row["@form"] = document.form
            if mask & SCORE and searched:
                row["@score"] = 100
            for column in view.columns:
                row[column.name] = self._column(column.value(document))
            rows.append(row)
        answer = self._json(request, rows)
        total = len(whole)
        if (request.arg("entrycount") or "").lower() != "false" and start < total:
            last = min(total - 1, start + count - 1)
            answer.add("Content-Range", f"items {start}-{last}/{total}")
        return answer

    def _window(self, request: Request) -> tuple[int, int]:
        span = request.headers.get("Range", "")
        if span.startswith("items="):
            try:
                first, last = (int(n) for n in span[6:].split("-"))
            except ValueError as error:
                java = "java.lang.NumberFormatException"
                raise DasError(500, f'For input string: "{span[6:]}"', java) from error
            start, count = first, last - first + 1
        else:
            start = _int(request, "start", 0)
            count = _int(request, "count", 10)
            count = _int(request, "ps", count)
            if request.arg("page"):
                start = _int(request, "page", 0) * count
            start += _int(request, "si", 0)
        limit = self._knobs.page_limit
        if limit is not None and count > limit:
            text = f"Limit exceeded.  Cannot read more than {limit} entries."
            raise DasError(400, text)
        return start, count

    def _rows(self, view: View, file: MailFile, user: User) -> list[tuple[Any, str]]:
        if not file.hidden:
            return view.rows
        return [r for r in view.rows if self._at(file, r).may_read(user)]

    @staticmethod
    def _at(file: MailFile, row: tuple[Any, str]) -> Document:
        found = file.documents.get(row[1]) or file.trash.get(row[1])
        if found is None:
            raise LookupError(row[1])
        return found

    def _navigate(
        self, request: Request, view: View, file: MailFile, whole: list[tuple[Any, str]]
    ) -> list[int] | range:
        """Positions of the entries asked for, in order.

        Precedence: search, keys, parentid, category, startkeys, plain.
        """
        order: list[int] | range = range(len(whole))
        column = next(
            (c for c in view.columns if c.name == request.arg("sortcolumn")), None
        )
        sort = column if column is not None and column.resortable else None
        if sort is not None:
            descending = (request.arg("sortorder") or "").lower() == "descending"
            order = sorted(
                order,
                key=lambda p: self._sortable(sort.value(self._at(file, whole[p]))),
                reverse=descending,
            )
        if search := request.arg("search"):
            if not file.full_text:
                raise DasError(400, NOT_INDEXED, SERVICE)
            hits = self._search(search, _int(request, "searchmaxdocs", 0))
            found = [p for p in order if hits(self._at(file, whole[p]))]
            most = _int(request, "searchmaxdocs", 0)
            return found[:most] if most else found
        keyed = sort or next((c for c in view.columns if not c.hidden), None)
        if (keys := request.arg("keys")) and keyed is not None:
            exact = truth(request, "keysexactmatch")
            return [
                p
                for p in order
                if self._matches(keyed.value(self._at(file, whole[p])), keys, exact)
            ]
        if parent := request.arg("parentid"):
            wanted = self._parents(file, parent)
            return [p for p in order if self._at(file, whole[p]).parent in wanted]
        if request.arg("category"):
            return []
        if (startkeys := request.arg("startkeys")) and keyed is not None:
            places = list(order)
            for index, p in enumerate(places):
                value = self._sortable(keyed.value(self._at(file, whole[p])))
                if value >= self._sortable([startkeys]):
                    return places[index:]
            return places
        return order

    @staticmethod
    def _parents(file: MailFile, parent: str) -> set[str]:
        wanted = parent.upper()
        return {wanted} | {
            d.unid for d in file.documents.values() if f"{d.noteid:X}" == wanted
        }

    @staticmethod
    def _sortable(values: list[Any]) -> str:
        first = values[0] if values else ""
        if isinstance(first, datetime | date | time):
            return first.isoformat()
        if isinstance(first, int | float):
            return f"{first:020.6f}"
        return str(first).lower()

    @staticmethod
    def _matches(values: list[Any], key: str, exact: bool) -> bool:
        wanted = key.lower()
        texts = [str(v).lower() for v in values]
        return any(t == wanted if exact else t.startswith(wanted) for t in texts)

    def _search(self, query: str, _most: int) -> Any:
        test = full_text(query)
        lag = timedelta(seconds=self._knobs.full_text_lag_seconds)
        if not lag:
            return test
        known = self._world.now() - lag
        return lambda d: d.in_file <= known and test(d)

    def _column(self, values: list[Any]) -> Any:
        shown = [self._cell(v) for v in values]
        if not shown:
            return ""
        return shown[0] if len(shown) == 1 else shown

    def _cell(self, value: Any) -> Any:
        """Date-only values lose their wall date: an instant, noon local."""
        if isinstance(value, RichText):
            return "???"
        if isinstance(value, date) and not isinstance(value, datetime):
            noon = datetime.combine(value, time(12), tzinfo=self._world.zone())
            return noon.astimezone(UTC)
        return value

    def create_entry(
        self, request: Request, user: User, file: MailFile | None, key: str, value: str
    ) -> Response:
        """POST to a view: keys are column names, mapped to their items."""
        if file is None:
            raise DasError(404, NO_DATABASE)
        self._level(file, 1)
        view = self._view(file, key, value)
        body = self._mapped(view, self._body(request))
        document = self._store_new(request, user, file, body)
        path = request.path[: request.path.rindex("/collections")]
        return self._created(request, f"{path}/documents/unid/{document.unid}")

    @staticmethod
    def _mapped(view: View, body: dict[str, Any]) -> dict[str, Any]:
        items = {c.name: c.item for c in view.columns if c.item}
        return {
            items[name]: value
            for name, value in body.items()
            if name in items and not isinstance(value, dict)
        }

    def folder(
        self, request: Request, user: User, file: MailFile | None, key: str, value: str
    ) -> Response:
        """PUT {"add": [...], "remove": [...]} on a folder."""
        if file is None:
            raise DasError(404, NO_DATABASE)
        self._level(file, 1)
        view = self._view(file, key, value)
        if not view.folder:
            raise DasError(400, "Cannot perform folder operations on a view.", SERVICE)
        body = self._body(request)
        self._allow(file, user, AUTHOR)
        wanted = [(True, u) for u in body.get("add", [])]
        wanted += [(False, u) for u in body.get("remove", [])]
        failed = 0
        for add, unid in wanted:
            document = file.documents.get(str(unid).upper())
            if document is None:
                failed += 1
                continue
            (view.removed if add else view.added).discard(document.unid)
            (view.added if add else view.removed).add(document.unid)
            view.refresh(document, True)
        if failed:
            raise DasError(
                400,
                f"Error(s) performing {failed} of {len(wanted)} folder operation(s).",
                SERVICE,
            )
        return Response(200)

    def entry(
        self,
        request: Request,
        user: User,
        file: MailFile | None,
        key: str,
        value: str,
        unid: str,
    ) -> Response:
        """PUT or DELETE a document by way of a view. There is no GET."""
        if file is None:
            raise DasError(404, NO_DATABASE)
        deleting = request.verb == "DELETE"
        self._level(file, 2 if deleting else 1)
        view = self._view(file, key, value)
        document = self._document(file, user, unid)
        if deleting:
            return self._remove(request, user, document)
        body = self._mapped(view, self._body(request))
        return self._change(request, user, document, body, replace=False)

    # -- documents -------------------------------------------------------------

    def documents(
        self, request: Request, user: User, file: MailFile | None
    ) -> Response:
        """GET the document list: no paging, no deletions."""
        if file is None:
            raise DasError(400, NO_DATABASE)
        self._level(file, 1)
        most = _int(request, "searchmaxdocs", 0)
        search = request.arg("search")
        found = self._selected(request, file, user)
        if search:
            if not file.full_text:
                raise DasError(400, NOT_INDEXED, SERVICE)
            hits = self._search(search, most)
            found = [d for d in found if hits(d)]
            if most:
                found = found[:most]
        base = f"{self._base(request)}/unid/"
        body = self._list(
            found,
            base,
            truth(request, "compact"),
            score=bool(search) and self._knobs.fp >= 9,
        )
        return Response(200, body.encode(), content_type="application/json")

    def _selected(
        self, request: Request, file: MailFile, user: User
    ) -> Iterable[Document]:
        since = request.arg("since")
        if not since:
            everything = list(file.visible(user))
            if self._knobs.trashed_listed:
                everything += file.trash.values()
            return everything
        try:
            stamp = parse(since, self._knobs, self._world.zone())
        except NotesError as error:
            raise DasError(400, str(error), SERVICE, f"{NOTES}: {error}") from error
        if isinstance(stamp, time):
            raise DasError(400, "Invalid date", SERVICE)
        if not isinstance(stamp, datetime):
            stamp = datetime.combine(stamp, time(), tzinfo=self._world.zone())
        return self._modified(file, user, stamp.astimezone(UTC))

    def _modified(self, file: MailFile, user: User, since: datetime) -> list[Document]:
        knobs = self._knobs
        if not knobs.since_inclusive:
            since += timedelta(milliseconds=10)
        if not knobs.replica_time:
            return [d for d in file.visible(user) if d.modified >= since]
        found: list[Document] = []
        for stamp, unid in reversed(file.by_file):
            if stamp < since:
                break
            document = file.documents[unid]
            if document.may_read(user):
                found.append(document)
        found.reverse()
        return found

    @staticmethod
    def _list(found: Iterable[Document], base: str, compact: bool, score: bool) -> str:
        """The rows written straight: this list can be the whole database."""
        href = wire.text(base)[:-1]
        tail = ',"@score":100' if score else ""
        if compact:
            rows = ",".join(
                f'{{"@modified":"{wire.instant(d.modified)}","@unid":"{d.unid}",'
                f'"@href":{href}{d.unid}"{tail}}}'
                for d in found
            )
            return f"[{rows}]"
        pad = "\n      "
        if score:
            tail = f',{pad}"@score":100'
        rows = ",".join(
            f'\n  {{{pad}"@modified":"{wire.instant(d.modified)}",'
            f'{pad}"@unid":"{d.unid}",{pad}"@href":{href}{d.unid}"{tail}\n  }}'
            for d in found
        )
        return f"\n[{rows}\n]"

    def create(self, request: Request, user: User, file: MailFile | None) -> Response:
        """POST a document: 201 with its absolute address, no body."""
        if file is None:
            raise DasError(500, "", "java.lang.NullPointerException")
        self._level(file, 2)
        document = self._store_new(request, user, file, self._body(request))
        return self._created(request, f"{request.path}/unid/{document.unid}")

    def _created(self, request: Request, path: str) -> Response:
        origin = self._knobs.public_origin or request.origin
        return Response(201, b"", [("Location", origin + path)])

    def _store_new(
        self, request: Request, user: User, file: MailFile, body: dict[str, Any]
    ) -> Document:
        self._allow(file, user, AUTHOR)
        document = self._world.create(file)
        draft = Draft([], self._knobs, self._world.zone())
        if form := request.arg("form"):
            draft.put("Form", [form])
        draft.update(body, replace=False)
        if parent := request.arg("parentid"):
            main = file.documents.get(parent.upper())
            if main is None:
                raise NotesError(self._knobs.missing_text)
            document.parent = main.unid
            draft.put("$REF", [main.unid])
        if truth(request, "computewithform"):
            draft.compute()
        document.items = draft.items
        self._world.save(document, by=user.key)
        return document

    def get(self, request: Request, user: User, file: MailFile, unid: str) -> Response:
        """GET one document."""
        self._level(file, 2)
        document = self._document(file, user, unid)
        stamp = http_stamp(document.modified)
        if self._not_modified(request, document, stamp):
            return Response(304)
        fields = self._fields(request)
        mark = request.arg("markread")
        if mark is not None and mark.lower() not in ("true", "false"):
            raise DasError(400, "Invalid parameter.")
        address = self._base(request)
        href = f"{address[: address.rindex('/')]}/{document.unid}"
        value = self._shown(request, document, href, fields)
        if mark is None or mark.lower() == "true":
            document.read_by.add(user.key)
        return self._json(request, value).add("Last-Modified", stamp)

    @staticmethod
    def _not_modified(request: Request, document: Document, stamp: str) -> bool:
        since = request.headers.get("If-Modified-Since")
        if since is None:
            return False
        if since.lower() == stamp.lower():
            return True
        instant = http_date(since)
        return instant is not None and instant >= document.modified

    def _fields(self, request: Request) -> set[str] | None:
        fields = request.arg("fields")
        if not fields or self._knobs.fp < 8:
            return None
        if not _FIELDS.match(fields):
            raise DasError(400, f"Invalid parameter fields: {fields}", SERVICE)
        return {f.strip().lower() for f in fields.split(",")}

    def _shown(
        self, request: Request, document: Document, href: str, fields: set[str] | None
    ) -> dict[str, Any]:
        strong = truth(request, "strongtype")

        def dated(value: datetime) -> Any:
            if not strong:
                return value
            return {"data": value, "type": "datetime"}

        row: dict[str, Any] = {
            "@href": href,
            "@unid": document.unid,
            "@noteid": f"{document.noteid:X}",
        }
        if document.parent is not None:
            row["@parentid"] = document.parent
        row["@created"] = dated(document.created)
        row["@modified"] = dated(document.modified)
        authors = document.get("$UpdatedBy")
        if authors:
            row["@authors"] = authors[0] if len(authors) == 1 else list(authors)
        if document.form:
            row["@form"] = document.form
        lower = self._knobs.fp >= 8 and truth(request, "lowercasefields")
        page = (request.arg("multipart") or "").lower() == "false"
        links = None
        if self._knobs.fp >= 9 and truth(request, "attachmentlinks"):
            links = f"{href}/$FILE"
        if truth(request, "hidden"):
            for item in document.items.values():
                if item.name.startswith("$") and item.name.lower() != "$fonts":
                    self._show(row, item.name, item.values, strong, page, links)
        for name, item in document.items.items():
            if item.name.startswith("$") or name == "form":
                continue
            if fields is None or name in fields:
                key = name if lower else item.name
                self._show(row, key, item.values, strong, page, links)
        return row

    @staticmethod
    def _show(
        row: dict[str, Any],
        name: str,
        values: list[Any],
        strong: bool,
        page: bool,
        links: str | None,
    ) -> None:
        if not values:
            return
        first = values[0]
        if isinstance(first, RichText):
            if page:
                row[name] = _page(first, links or f"{row['@href']}/$FILE")
            else:
                content = wire.Tree(first.as_parts(links))
                row[name] = {"type": "multipart", "content": content}
            return
        value = first if len(values) == 1 else list(values)
        if strong and isinstance(first, datetime | date | time):
            value = {"data": value, "type": "datetime"}
        row[name] = value

    def update(
        self, request: Request, user: User, file: MailFile, unid: str
    ) -> Response:
        """PUT or PATCH a document: 200, no body."""
        self._level(file, 2)
        document = self._document(file, user, unid)
        if not self._unmodified(request, document):
            return Response(412)
        body = self._body(request)
        replace = request.verb == "PUT"
        return self._change(request, user, document, body, replace)

    @staticmethod
    def _unmodified(request: Request, document: Document) -> bool:
        since = request.headers.get("If-Unmodified-Since")
        if since is None or since.lower() == http_stamp(document.modified).lower():
            return True
        instant = http_date(since)
        return instant is not None and document.modified <= instant

    def _change(
        self,
        request: Request,
        user: User,
        document: Document,
        body: dict[str, Any],
        replace: bool,
    ) -> Response:
        draft = Draft(document.items.values(), self._knobs, self._world.zone())
        if form := request.arg("form"):
            draft.put("Form", [form])
        draft.update(body, replace)
        if truth(request, "computewithform"):
            draft.compute()
        self._allow(document.file, user, EDITOR)
        race = request.fault("lost_race")
        if race is not None:
            self._server.act.lose_race(document, draft.items, race.options)
        else:
            document.items = draft.items
            self._world.save(document, by=user.key)
        return Response(200)

    def delete(
        self, request: Request, user: User, file: MailFile, unid: str
    ) -> Response:
        """DELETE a document: 200, no body; 409 after another's change."""
        self._level(file, 2)
        document = self._document(file, user, unid)
        if not self._unmodified(request, document):
            return Response(412)
        return self._remove(request, user, document)

    def _remove(self, request: Request, user: User, document: Document) -> Response:
        file = document.file
        self._allow(file, user, EDITOR)
        if user.key in file.no_delete:
            raise NotesError(DENIED)
        if request.fault("delete_conflict"):
            raise DasError(409, NOT_DELETED)
        if file.soft_deletes and self._knobs.delete_to_trash and not document.deleted:
            self._world.soft_delete(document)
        else:
            self._world.hard_delete(document)
        return Response(200)


def _page(rich: RichText, links: str) -> dict[str, Any]:
    """Rich text as one HTML part; empty members are left out."""
    shown: dict[str, Any] = {"type": "richtext", "contentType": "text/html"}
    if rich.html:
        shown["data"] = rich.page()
    if rich.attachments:
        shown["attachments"] = [{"href": f"{links}/{f.name}"} for f in rich.attachments]
    return shown
