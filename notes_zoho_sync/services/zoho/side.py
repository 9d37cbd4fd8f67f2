"""Zoho CRM as the engine sees it, for one of its users."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..errors import Bug, NotSent, Rejected, RetryLater, SyncError
from ..instants import from_iso
from ..reasons import Reason, reason
from ..records import Values
from ..sync.item import Change, Fitted, Item, NewRecord, Removal, Written
from ..sync.ports import Result, ZohoPort
from .codec import MAX_FIELDS, MODULES, NOTES_KEY, Codec
from .companies import MODULE as COMPANIES
from .companies import Companies, cut
from .judge import Accepted, Judged, not_sent, stopped
from .meetings import KIND as MEETING
from .meetings import QUIET, Meetings
from .metadata import FieldsView, Metadata
from .records import Record, Records, id_of, iso, modified_of
from .session import ZohoSession

COMPANY = "company"
COMPANY_FIELD = "Account_Name"


def list_fields(codec: Codec, kind: str, metadata: FieldsView) -> list[str]:
    """API names that a list of a kind asks for."""
    names = list(codec.fields(kind, metadata))
    if metadata.has(NOTES_KEY) and NOTES_KEY not in names:
        names.append(NOTES_KEY)
    if len(names) > MAX_FIELDS:
        raise Bug(f"{len(names)} fields of {kind} in one list")
    return names


@dataclass
class _Draft:
    """A record on its way: what is sent, or why nothing is."""

    fields: dict[str, Any]
    company: str | None
    remarks: tuple[Reason, ...] = ()
    error: SyncError | None = None


class ZohoSide:
    """Fulfils ``sync.ports.ZohoPort``.

    :param owner: Zoho id of the account's user: owner of what is created, and whose
        records are listed.
    :param integration_user: Zoho id of the user who owns the grant.
    :param private_tag: the tag that keeps a record from being carried.
    """

    def __init__(
        self,
        session: ZohoSession,
        codec: Codec,
        metadata: Metadata,
        companies: Companies,
        *,
        owner: str,
        integration_user: str,
        private_tag: str = "Private",
    ) -> None:
        self.session = session
        self.codec = codec
        self.metadata = metadata
        self.companies = companies
        self.records: Records = companies.records
        self.owner = owner
        self.integration_user = integration_user
        self.private_tag = private_tag
        self.meetings = Meetings(self.records, private_tag)

    # -- looking

    def now(self) -> datetime:
        """Zoho's clock (UTC)."""
        return self.session.now()

    def module(self, kind: str) -> str:
        """Zoho's API name of the kind's module."""
        return MODULES[kind]

    def fields_version(self, kind: str) -> str:
        """Changes when the CRM's metadata of this kind changes (or of companies)."""
        view = self._view(kind)
        if not view.has(COMPANY_FIELD):
            return view.version
        return f"{view.version}:{self.metadata.fields(COMPANIES).version}"

    def list_keys(self, kind: str, after: str) -> tuple[list[str], bool]:
        """Ids of the user's records above ``after``, and whether there are more."""
        return self.records.owned(self.module(kind), self.owner, after)

    def read(self, kind: str, keys: Sequence[str]) -> dict[str, Item]:
        """Records by id; what is missing is out of sight."""
        found = self.records.by_ids(self.module(kind), keys, self._fields(kind))
        whole = self._whole(kind, found.values())
        read_at = self.now()
        return {
            key: self.parse(kind, record, read_at)
            for key, record in zip(found, whole, strict=True)
        }

    def _whole(self, kind: str, found: Iterable[Record]) -> list[Record]:
        if kind != MEETING:
            return list(found)
        view, fields = self._view(kind), self._fields(kind)
        return list(self.meetings.whole(found, view, fields))

    def created_since(self, kind: str, since: datetime) -> list[Item]:
        """Records that our integration user made for this owner since (inclusive)."""
        rows = self.records.created_since(self.module(kind), self._fields(kind), since)
        found = {
            str(row.get("id")): row
            for row in rows
            if id_of(row.get("Owner")) == self.owner
            and id_of(row.get("Created_By")) == self.integration_user
        }
        whole = self._whole(kind, found.values())
        read_at = self.now()
        return [self.parse(kind, record, read_at) for record in whole]

    def parse(self, kind: str, record: Mapping[str, Any], read_at: datetime) -> Item:
        """A record as JSON, as the engine wants it."""
        reading = self.codec.read(kind, record, self._view(kind), self.private_tag)
        modified = modified_of(record)
        version = str(record["Modified_Time"])
        return Item(
            key=str(record.get("id") or ""),
            values={} if reading.private else self._visible(reading.values),
            version=version,
            stamp=version,
            read_at=read_at,
            modified=modified,
            private=reading.private,
            skip_new=reading.skip_new,
            owner=id_of(record.get("Owner")),
            created_by=id_of(record.get("Created_By")),
            remarks=() if reading.private else tuple(reading.remarks),
            sync_key=str(record.get(NOTES_KEY) or ""),
        )

    def _visible(self, values: Values) -> Values:
        """Where no companies are made, one that is lacking was perhaps left out by
        us: it says nothing."""
        if self.companies.create or values.get(COMPANY) != "":
            return values
        return {name: value for name, value in values.items() if name != COMPANY}

    def fit(self, kind: str, values: Values, current: Values) -> Fitted:
        """``values`` as Zoho would hold them."""
        fitted = self.codec.fit(kind, values, current, self._view(kind))
        company = fitted.values.get(COMPANY)
        if not isinstance(company, str) or company in ("", current.get(COMPANY)):
            return fitted
        limit = self.companies.limit()
        short = cut(company, limit)
        if short == company:
            return fitted
        return replace(
            fitted,
            values={**fitted.values, COMPANY: short},
            remarks=(*fitted.remarks, reason("zoho_company_cut", limit=limit)),
        )

    # -- writing

    def prepare(self, kind: str, values: Iterable[Values]) -> None:
        """Find or make the companies of many records ahead, a hundred a call, or find
        who takes part; later writes need no call for them. What fails here fails, or
        works, there again.

        :param values: of the other side's records that will be created here.
        :raises SyncError: the metadata cannot be read.
        """
        if kind == MEETING:
            self.meetings.know([self.fit(kind, item, {}).values for item in values])
        if not self._view(kind).has(COMPANY_FIELD):
            return
        named = [{COMPANY: item[COMPANY]} for item in values if item.get(COMPANY)]
        fitted = (self.fit(kind, item, {}).values.get(COMPANY) for item in named)
        self._company_ids({company for company in fitted if company})

    def create(self, kind: str, records: Sequence[NewRecord]) -> list[Result]:
        """Create records owned by the account's user."""
        view = self._view(kind)
        drafts = [self._draft(kind, new.values, view) for new in records]
        self._finish(kind, drafts, [(new.values, None) for new in records])
        for draft, new in zip(drafts, records, strict=True):
            draft.fields["Owner"] = {"id": self.owner}
            if _takes_key(view, new.sync_key):
                draft.fields[NOTES_KEY] = new.sync_key
        module = self.module(kind)
        judged = self._send(
            drafts, lambda bodies, _: self.records.insert(module, bodies)
        )
        return self._results(kind, drafts, judged)

    def update(self, kind: str, changes: Sequence[Change]) -> list[Result]:
        """Change units of records that nobody changed since they were known."""
        view = self._view(kind)
        drafts = [
            self._draft(kind, change.values, view, change.current) for change in changes
        ]
        known = [(change.values, change.current) for change in changes]
        self._finish(kind, drafts, known)
        for draft, change in zip(drafts, changes, strict=True):
            draft.fields.pop("Owner", None)
            draft.fields["id"] = change.key
        module = self.module(kind)

        def send(bodies: list[dict[str, Any]], places: list[int]) -> list[Judged]:
            return self._update(module, bodies, [changes[n] for n in places])

        return self._results(kind, drafts, self._send(drafts, send))

    def take_over(self, kind: str, keys: Sequence[str]) -> list[Result]:
        """Make the account's user the owner of records, whoever owns them."""
        quiet = QUIET if kind == MEETING else {}
        bodies = [{"id": key, "Owner": {"id": self.owner}, **quiet} for key in keys]
        drafts = [_Draft(body, None) for body in bodies]
        judged = self.records.update(self.module(kind), bodies, None)
        return self._results(kind, drafts, dict(enumerate(judged)))

    def delete(self, kind: str, removals: Sequence[Removal]) -> list[Result]:
        """Move records to the recycle bin, if nobody changed them since."""
        judged = self.records.delete(
            self.module(kind),
            [removal.key for removal in removals],
            [_known_until(removal) for removal in removals],
        )
        return [
            Written(removal.key, removal.version, removal.version)
            if isinstance(result, Accepted)
            else result
            for removal, result in zip(removals, judged, strict=True)
        ]

    # -- parts

    def _view(self, kind: str) -> FieldsView:
        return self.metadata.fields(self.module(kind))

    def _fields(self, kind: str) -> list[str]:
        return list_fields(self.codec, kind, self._view(kind))

    def _draft(
        self,
        kind: str,
        values: Values,
        view: FieldsView,
        current: Values | None = None,
    ) -> _Draft:
        body = self.codec.write(kind, values, view, current)
        return _Draft(dict(body.fields), body.company)

    def _finish(
        self,
        kind: str,
        drafts: list[_Draft],
        known: Sequence[tuple[Values, Values | None]],
    ) -> None:
        """What of meetings only Zoho can tell: who is who, and its user's zone."""
        if kind != MEETING:
            return
        self.meetings.know([values for values, _ in known])
        for draft, (_, current) in zip(drafts, known, strict=True):
            self.meetings.finish(draft.fields, current)

    def _send(self, drafts: list[_Draft], send: Any) -> dict[int, Judged]:
        """Send what can be sent; once more, with companies asked anew, what Zoho
        refused for its company (which somebody deleted there).

        :param send: takes bodies and their places, answers one result for each.
        :returns: place to result; places without one had an error before.
        """
        self._resolve(drafts)
        judged = self._send_some(drafts, range(len(drafts)), send)
        stale = [
            place
            for place, result in judged.items()
            if isinstance(result, Rejected)
            and result.field == COMPANY_FIELD
            and drafts[place].fields.get(COMPANY_FIELD)
        ]
        if stale:
            self.companies.forget(
                {drafts[place].fields[COMPANY_FIELD]["id"] for place in stale}
            )
            self._resolve([drafts[place] for place in stale])
            for place in stale:
                del judged[place]
            judged |= self._send_some(drafts, stale, send)
        return judged

    def _send_some(
        self, drafts: list[_Draft], places: Iterable[int], send: Any
    ) -> dict[int, Judged]:
        ready = [place for place in places if drafts[place].error is None]
        bodies = [drafts[place].fields for place in ready]
        return dict(zip(ready, send(bodies, ready), strict=True))

    def _resolve(self, drafts: list[_Draft]) -> None:
        """Give each draft the id of its company."""
        named = {draft.company for draft in drafts if draft.company}
        found = self._company_ids(named)
        for draft in drafts:
            name = draft.company
            if name is None:
                continue
            company = found.get(name)
            draft.fields.pop(COMPANY_FIELD, None)
            if not name:
                draft.fields[COMPANY_FIELD] = None
            elif isinstance(company, str):
                draft.fields[COMPANY_FIELD] = {"id": company}
            elif company is not None:
                draft.error = company
            else:
                why = reason("zoho_company_unknown", company=name[:80])
                draft.remarks = (why,)

    def _company_ids(self, names: set[str]) -> Mapping[str, str | SyncError]:
        if not names:
            return {}
        try:
            return self.companies.ids(sorted(names), self.owner)
        except RetryLater as error:
            # The records themselves were not sent.
            return dict.fromkeys(names, NotSent(error.reason, error.after))
        except SyncError as error:
            return dict.fromkeys(names, error)

    def _update(
        self, module: str, bodies: list[dict[str, Any]], changes: list[Change]
    ) -> list[Judged]:
        """One call for a hundred records that share an instant."""
        groups: dict[datetime, list[int]] = defaultdict(list)
        results: dict[int, Judged] = {}
        for place, (body, change) in enumerate(zip(bodies, changes, strict=True)):
            if body.keys() == {"id"}:
                results[place] = Accepted(change.key, change.version)
            else:
                groups[_guarded_from(change)].append(place)
        stop: SyncError | None = None
        for as_of, places in groups.items():
            if stop is None:
                sent = self.records.update(module, [bodies[n] for n in places], as_of)
                stop = stopped(sent)
            else:
                sent = not_sent(len(places), stop)
            results.update(zip(places, sent, strict=True))
        return [results[place] for place in range(len(bodies))]

    def _results(
        self, kind: str, drafts: list[_Draft], judged: Mapping[int, Judged]
    ) -> list[Result]:
        results: list[Result] = []
        for place, draft in enumerate(drafts):
            result: Judged | None = judged.get(place, draft.error)
            if isinstance(result, Accepted):
                version = result.modified or iso(self.now())
                results.append(
                    Written(result.key, version, version, remarks=draft.remarks)
                )
            elif result is None:
                results.append(Bug("a record was neither sent nor refused"))
            else:
                results.append(result)
        refused = [x for x in results if isinstance(x, Rejected) and x.field]
        if refused:
            self.metadata.doubt(self.module(kind))
        if any(x.reason.code == "zoho_company_refused" for x in refused):
            self.metadata.doubt(COMPANIES)
        return results


def _guarded_from(change: Change) -> datetime:
    """The instant after which an edit stands against a change.

    Zoho's times have whole seconds, so an edit in the very second of ``as_of`` would
    pass for a known one: a record known to be older is guarded from a second before.
    """
    as_of = change.as_of.replace(microsecond=0)
    before = as_of - timedelta(seconds=1)
    version = from_iso(change.version)
    return before if version is not None and version <= before else as_of


def _known_until(removal: Removal) -> datetime:
    """A record to delete must be the very version that was decided about."""
    version = from_iso(removal.version)
    return removal.as_of if version is None else min(version, removal.as_of)


def _takes_key(view: FieldsView, key: str) -> bool:
    """Whether the organisation has a field for our key that holds it whole."""
    if not key or not view.has(NOTES_KEY):
        return False
    limit = view.length(NOTES_KEY)
    return limit is None or len(key) <= limit


if TYPE_CHECKING:
    _fulfils: type[ZohoPort] = ZohoSide
