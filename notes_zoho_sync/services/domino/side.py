"""One mail file as the engine sees it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

from ..errors import (
    Bug,
    ChangedMeanwhile,
    Gone,
    Misconfigured,
    RetryLater,
    SyncError,
)
from ..reasons import Reason, reason
from ..records import Kind, Values
from ..sync.item import (
    Change,
    Changed,
    Fitted,
    Identified,
    Item,
    Listing,
    NewRecord,
    Removal,
    Written,
)
from ..sync.ports import Presence, Result
from ..sync.window import Window
from .data import NO_UNID, TRASH_VIEW, DataService, Document
from .events import IDENTIFYING, CalendarSide, EntryMapping
from .session import DominoSession, ReadFault, ServerFault
from .turns import (
    SECOND,
    UNSETTLED,
    NotApplied,
    in_turn,
    is_fresh,
    let_settle,
    parallel,
    stamp,
)

VIEWS: Mapping[str, str] = MappingProxyType(
    {"contact": "($Contacts)", "task": "($ToDo)"}
)
EVENT = "event"
#: The form of calendar entries, in lower case; what is not acted on yet has another.
ENTRY_FORM = "appointment"
IDENTIFY_LIMIT = 30
#: Documents that are looked for, to see whether they can be read in part.
_TRIES = 3
#: What a diagnosis calls the switches of the data service.
_DATA_SWITCHES = ("data_service", "database", "database_level")
KEY_ITEM = "ZohoKey"
INSTALLATION_ITEM = "ZohoSyncBy"


class Reading(Protocol):
    """What the mapping made of a document."""

    @property
    def values(self) -> Values: ...
    @property
    def locked(self) -> Mapping[str, Reason]: ...
    @property
    def remarks(self) -> tuple[Reason, ...]: ...
    @property
    def private(self) -> bool: ...
    @property
    def skip(self) -> Reason | None: ...
    @property
    def skip_new(self) -> Reason | None: ...
    @property
    def sync_key(self) -> str: ...
    @property
    def installation(self) -> str: ...


class NotesMapping(Protocol):
    """Records to Notes items and back (``services.mapping.notes``). Pure."""

    @property
    def FORMS(self) -> Mapping[str, str]:
        """The form of each kind's documents."""

    def read(self, kind: str, document: Mapping[str, Any], /) -> Reading: ...

    def write(
        self, kind: str, values: Values, current: Mapping[str, Any] | None, /
    ) -> Mapping[str, Any]: ...

    def fit(self, kind: str, values: Values, current: Values, /) -> Fitted: ...


class DominoSide:
    """Fulfils ``NotesPort`` for one mail file.

    ``version`` is the ``Last-Modified`` header's text, ``stamp`` the ``@modified``
    text. Reads run side by side on the session's connections; writes follow one
    another, since the API's date parser is not safe for several (DAS: values in
    request bodies).

    :param mail_file: path from the root (``discovery.normalise_path``).
    :param mapping: ``services.mapping.notes``.
    :param kinds: the kinds by name, for what counts as the same value.
    :param installation: this addon's installation, written into what we create.
    :param views: the view of each kind of document.
    :param calendar: ``services.mapping.calendar``; without it there are no events.
    :param window: the stretch of time whose events are listed.
    """

    def __init__(
        self,
        session: DominoSession,
        mail_file: str,
        *,
        mapping: NotesMapping,
        kinds: Mapping[str, Kind],
        installation: str,
        views: Mapping[str, str] = VIEWS,
        calendar: EntryMapping | None = None,
        window: Window | None = None,
    ) -> None:
        self.session = session
        self.data = DataService(session, mail_file)
        self._mapping = mapping
        self._kinds = kinds
        self._installation = installation
        self._views = views
        #: Of a kind's view: the first document, the rows' number, and when asked.
        self._counted: dict[str, tuple[str, int, float]] = {}
        self._events: CalendarSide | None = None
        if calendar is not None:
            self._events = CalendarSide(
                session,
                self.data,
                mapping=calendar,
                kind=kinds[EVENT],
                window=window,
            )

    @property
    def identify_limit(self) -> int:
        """None while it is not known whether documents can be read in part: there was
        none to try it on, so that lists are short."""
        return IDENTIFY_LIMIT if self.session.features.get("fields") else 0

    @property
    def source(self) -> str:
        """Identity of server and mail file."""
        return f"{self.session.origin}{self.data.mail_file.casefold()}"

    def now(self) -> datetime:
        return self.session.now()

    def fit(self, kind: str, values: Values, current: Values) -> Fitted:
        if kind == EVENT:
            return self._calendar.fit(values, current)
        return self._mapping.fit(kind, values, current)

    @property
    def _calendar(self) -> CalendarSide:
        if self._events is None:
            raise Bug("events without a calendar")
        return self._events

    # -- what changed ----------------------------------------------------------------

    def changed_since(
        self, since: datetime, expected: Mapping[str, int]
    ) -> Changed | None:
        try:
            found = self._since(since, expected)
        except Misconfigured as error:
            # Events alone do without the data service.
            if self._views or error.setting not in _DATA_SWITCHES:
                raise
            return None
        if found is None:
            return None
        stamps, began = found
        return Changed(
            {unid: stamp(text, began) for unid, text in stamps.items()}, began
        )

    def _since(
        self, since: datetime, expected: Mapping[str, int]
    ) -> tuple[dict[str, str], datetime] | None:
        """The changed documents, and what ``holds`` will ask: a far server answers
        all of it in the time of one request."""
        changed: list[tuple[dict[str, str], datetime] | None] = []

        def ask(kind: str) -> None:
            if not kind:
                changed.append(self.data.since(since))
            elif kind == EVENT:
                self._calendar.look_at_end(expected[kind])
            else:
                self._first(kind)

        for _ in parallel(self.session, ask, ["", *expected]):
            pass
        return changed[0]

    def key_of(self, kind: str, unid: str) -> str:
        return self._calendar.key_of(unid) if kind == EVENT else unid

    def identify(self, unids: Sequence[str]) -> dict[str, Identified]:
        """By form, read with a few items only, so that no mail's content is fetched.

        A server that cannot read documents in part is asked for the views instead.
        """
        if not self._reads_in_part():
            return self._identify_by_views(unids)
        by_form = {form.casefold(): kind for kind, form in self._forms().items()}
        found = {}
        for unid, document in self._look(unids, ("Type", *IDENTIFYING)):
            if not isinstance(document, Document):
                continue
            form = document.form.casefold()
            if form == ENTRY_FORM and self._events is not None:
                found[unid] = self._events.identify(document)
            elif form in by_form:
                found[unid] = Identified(by_form[form], unid)
        return found

    def _identify_by_views(self, unids: Sequence[str]) -> dict[str, Identified]:
        wanted = set(unids)
        found = {}
        for kind, view in self._views.items():
            for unid in wanted.intersection(self.data.entries(view).unids):
                found[unid] = Identified(kind, unid)
        if self._events is not None and wanted - found.keys():
            found |= self._events.identify_listed(wanted - found.keys())
        return found

    def _forms(self) -> dict[str, str]:
        return {kind: self._mapping.FORMS[kind] for kind in self._views}

    def _reads_in_part(self, known: str = "") -> bool:
        """Whether the server knows ``fields=`` (9.0.1 FP8), tried on a document that
        surely is no mail: one of our views.

        :param known: UNID of such a document, if one is at hand.
        """
        features = self.session.features
        if "fields" not in features:
            for kind in self._views:
                if known:
                    break
                known = (
                    self._counted[kind][0] if self._fresh(kind) else self._first(kind)
                )
            answer = reads_in_part(self.data, known) if known else None
            if answer is None:
                return False
            features["fields"] = answer
        return features["fields"]

    def holds(self, kind: str, expected: int) -> bool:
        if kind == EVENT:
            return self._calendar.holds(expected)
        if not self._fresh(kind):
            self._first(kind)
        return self._counted.pop(kind)[1] == expected

    def _fresh(self, kind: str) -> bool:
        known = self._counted.get(kind)
        return known is not None and is_fresh(known[2])

    def _first(self, kind: str) -> str:
        """Ask how many rows a kind's view has; the first document's UNID."""
        unid, total = self.data.first(self._views[kind])
        self._counted[kind] = (unid, total, time.monotonic())
        return unid

    def list_keys(self, kind: str) -> Listing:
        if kind == EVENT:
            return self._list_events()
        self._counted.pop(kind, None)
        entries = self.data.entries(self._views[kind])
        if entries.unids:
            self._reads_in_part(entries.unids[0])
        return Listing(entries.unids, entries.total, entries.began)

    def _list_events(self) -> Listing:
        listing = self._calendar.list_keys()
        if "fields" not in self.session.features:
            # Without the data service there is nothing to be read in part.
            with suppress(Misconfigured):
                for unid in self._calendar.documents_in(listing.keys)[:_TRIES]:
                    if self._reads_in_part(unid):
                        break
        return listing

    # -- reading -----------------------------------------------------------------------

    def read(self, kind: str, keys: Iterable[str]) -> Iterator[tuple[str, Item | None]]:
        if kind == EVENT:
            yield from self._calendar.read(keys)
            return
        sick = []
        seen = False
        for key, document in self._look(keys):
            if isinstance(document, ReadFault):
                sick.append(key)
                continue
            seen = True
            yield key, self._item(kind, key, document) if document else None
        if not sick:
            return
        if not seen:
            # Is it the server? Then this raises what is wrong.
            self.data.get(NO_UNID)
        self.session.sleep(SECOND)
        for key, document in self._look(sick):
            if isinstance(document, ReadFault):
                yield key, self._unreadable(key, document)
            else:
                yield key, self._item(kind, key, document) if document else None

    def _unreadable(self, key: str, fault: ReadFault) -> Item:
        """One sick document must not keep the others from being synced."""
        detail = fault.reason.params.get("detail", "")
        why = reason("domino_unreadable", detail=detail)
        return Item(key, {}, "", "", self.now(), skip=why)

    def _item(self, kind: str, key: str, document: Document) -> Item:
        reading = self._mapping.read(kind, document.items)
        return Item(
            key=key,
            values=reading.values,
            version=document.version,
            stamp=stamp(document.modified, document.read_at),
            read_at=document.read_at,
            modified=document.modified_at,
            private=reading.private,
            skip=reading.skip,
            skip_new=reading.skip_new,
            locked=reading.locked,
            remarks=reading.remarks,
            sync_key=reading.sync_key,
            installation=reading.installation,
        )

    def presence(self, kind: str, keys: Sequence[str]) -> dict[str, Presence]:
        """404 is *gone*; a document that still opens may lie in the trash (mail file
        schema: deletions, trash). A trash that cannot be looked into proves nothing.
        """
        if kind == EVENT:
            return self._calendar.presence(keys)
        found: dict[str, Presence] = {}
        for key, document in self._look(keys, ("Type",)):
            found[key] = "gone" if document is None else "there"
        if "there" in found.values():
            try:
                trash = set(self.data.entries(TRASH_VIEW).unids)
            except Misconfigured:
                return found
            for key, where in found.items():
                if where == "there" and key.upper() in trash:
                    found[key] = "trash"
        return found

    # -- writing -----------------------------------------------------------------------

    def create(self, kind: str, records: Sequence[NewRecord]) -> list[Result]:
        if kind == EVENT:
            return self._calendar.create(records)
        began = self.now()
        form = self._mapping.FORMS[kind]

        def post(record: NewRecord) -> str:
            items = dict(self._mapping.write(kind, record.values, None))
            items[KEY_ITEM] = record.sync_key
            items[INSTALLATION_ITEM] = self._installation
            return self.data.create(form, items)

        started = time.monotonic()
        sent = in_turn(records, post)
        took = time.monotonic() - started
        sent = self._resolve_faults(records, sent, began)
        return self._read_back(kind, sent, took)

    def update(self, kind: str, changes: Sequence[Change]) -> list[Result]:
        if kind == EVENT:
            return self._calendar.update(changes)
        documents = dict(self._look([change.key for change in changes]))
        late = [key for key, document in documents.items() if _fresh(document)]
        if late:
            # Changed in this very second: its version would not tell one more change.
            self.session.sleep(SECOND)
            documents.update(self._look(late))

        def patch(change: Change) -> str:
            document = documents[change.key]
            if document is None:
                raise Gone(self.session.server)
            if isinstance(document, ReadFault):
                raise document
            if self._differs(kind, change, document):
                raise ChangedMeanwhile
            items = self._mapping.write(kind, change.values, document.items)
            if items:
                try:
                    self.data.patch(change.key, items, document.version)
                except ServerFault as fault:
                    self._look_at_change(kind, change, fault)
            return change.key

        started = time.monotonic()
        sent = in_turn(changes, patch)
        return self._read_back(kind, sent, time.monotonic() - started)

    def _differs(self, kind: str, change: Change, document: Document) -> bool:
        """Whether the document is another than the one the change was decided for."""
        if not change.version or change.version != document.version:
            return True
        reading = self._mapping.read(kind, document.items)
        if reading.private or reading.skip is not None:
            return True
        units = self._kinds[kind].units
        return any(
            name in reading.values
            and name in change.current
            and not units[name].same(reading.values[name], change.current[name])
            for name in change.values
        )

    def _look_at_change(self, kind: str, change: Change, fault: ServerFault) -> None:
        """After an error of the API's own, which is not under way any more: see
        whether the change is in, so that one sick document does not end the run.

        :raises SyncError: it is not (this record waits), or that cannot be seen.
        """
        document = self._look_after(change.key, fault)
        if document is None:
            raise Gone(self.session.server)
        held = self._mapping.read(kind, document.items).values
        units = self._kinds[kind].units
        for name, value in change.values.items():
            if name not in held or not units[name].same(held[name], value):
                raise NotApplied(fault.reason)

    def _look_after(self, key: str, fault: ServerFault) -> Document | None:
        """:raises ServerFault: the document cannot be looked at: still unknown."""
        try:
            return self.data.get(key)
        except SyncError:
            raise fault from None

    def delete(self, kind: str, removals: Sequence[Removal]) -> list[Result]:
        if kind == EVENT:
            return self._calendar.delete(removals)

        def remove(removal: Removal) -> str:
            if not removal.version:
                raise ChangedMeanwhile  # never read: let the engine look first
            try:
                self.data.delete(removal.key, removal.version)
            except Gone:
                return removal.key  # somebody was faster: that is what was wanted
            except ServerFault as fault:
                if self._look_after(removal.key, fault) is not None:
                    raise NotApplied(fault.reason) from None
            return removal.key

        return [
            Written(result, "", "") if isinstance(result, str) else result
            for result in in_turn(removals, remove)
        ]

    def _resolve_faults(
        self,
        records: Sequence[NewRecord],
        sent: list[str | SyncError],
        began: datetime,
    ) -> list[str | SyncError]:
        """Creates that the server answered with an error of its own: look whether
        they arrived, so that one record's trouble does not end the run."""
        if not any(isinstance(result, ServerFault) for result in sent):
            return sent
        try:
            arrived = self._arrived(
                began, {key for key in sent if isinstance(key, str)}
            )
        except SyncError:
            return sent  # still unknown; the engine looks again
        results: list[str | SyncError] = []
        for record, result in zip(records, sent, strict=True):
            if isinstance(result, ServerFault) and arrived is not None:
                key = arrived.get(record.sync_key)
                results.append(key or RetryLater(result.reason))
            else:
                results.append(result)
        return results

    def _arrived(self, since: datetime, known: set[str]) -> dict[str, str] | None:
        """Our key to UNID of documents made since; ``None``: too many to look at."""
        changed = self.changed_since(since, {})
        if changed is None or not self._reads_in_part():
            return None
        unknown = [unid for unid in changed.stamps if unid not in known]
        if len(unknown) > IDENTIFY_LIMIT:
            return None
        found = {}
        for unid, document in self._look(unknown, ("Type", KEY_ITEM)):
            if isinstance(document, ReadFault):
                return None
            key = _item_text(document, KEY_ITEM) if document else ""
            if key:
                found[key] = unid
        return found

    def _read_back(
        self, kind: str, sent: Sequence[str | SyncError], took: float
    ) -> list[Result]:
        """What really stands in the documents: a write that lost a race is answered
        200 as well (mail file schema: rules of the data service).

        :param took: seconds that the writing took.
        """
        keys = [result for result in sent if isinstance(result, str)]
        written: dict[str, Written] = {}
        if keys:
            let_settle(self.session, len(keys), took)
            # If it fails, it is written all the same; without a stamp the next run
            # reads it again.
            with suppress(SyncError):
                for key, document in self._look(keys):
                    if isinstance(document, Document):
                        written[key] = self._written(kind, key, document)
        return [
            written.get(result, Written(result, "", ""))
            if isinstance(result, str)
            else result
            for result in sent
        ]

    def _written(self, kind: str, key: str, document: Document) -> Written:
        item = self._item(kind, key, document)
        if item.private or item.skip is not None:
            return Written(key, "", "")
        return Written(key, item.version, item.stamp, item.values, item.locked)

    # -- helpers -----------------------------------------------------------------------

    def _look(
        self, keys: Iterable[str], fields: Sequence[str] = ()
    ) -> Iterator[tuple[str, Document | ReadFault | None]]:
        """Each document, ``None`` where there is none, or why it alone is unreadable.

        :raises SyncError: what concerns more than one document.
        """

        def ask(key: str) -> Document | ReadFault | None:
            try:
                return self.data.get(key, fields)
            except ReadFault as fault:
                return fault

        return parallel(self.session, ask, keys)


def reads_in_part(data: DataService, unid: str) -> bool | None:
    """Whether the server heeds ``fields=``, tried on a document that is no mail.

    :returns: ``None`` when the document is gone.
    """
    document = data.get(unid, ("Type",))
    if document is None:
        return None
    items = {name.casefold() for name in document.items if not name.startswith("@")}
    return items <= {"type"}


def _fresh(document: Document | ReadFault | None) -> bool:
    if not isinstance(document, Document):
        return False
    return stamp(document.modified, document.read_at).endswith(UNSETTLED)


def _item_text(document: Document, name: str) -> str:
    for key, value in document.items.items():
        if key.casefold() == name.casefold():
            return str(value)
    return ""
