"""What the tests of the Zoho side share: a simulator connected, a small mapping."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from notes_zoho_sync.services.reasons import Reason, reason, register
from notes_zoho_sync.services.records import Name
from notes_zoho_sync.services.sync.item import Fitted
from notes_zoho_sync.services.zoho.companies import Companies
from notes_zoho_sync.services.zoho.datacenters import data_center
from notes_zoho_sync.services.zoho.feed import ZohoFeed
from notes_zoho_sync.services.zoho.metadata import Metadata, current_user
from notes_zoho_sync.services.zoho.oauth import SCOPES, Client, OAuth, Token, Tokens
from notes_zoho_sync.services.zoho.records import Records
from notes_zoho_sync.services.zoho.session import ZohoSession
from notes_zoho_sync.services.zoho.side import ZohoSide
from notes_zoho_sync.services.zoho.transport import Limits, Transport
from tests.simulators.zoho import ZohoSimulator

register({"test_cut": "The job title was cut."})

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class MemoryTokens:
    """A TokenStore in memory; counts how often it was saved."""

    def __init__(self, token: Token | None = None) -> None:
        self.token = token
        self.saves = 0
        self._lock = threading.Lock()

    def load(self) -> Token | None:
        return self.token

    @contextmanager
    def refresh_locked(self) -> Iterator[Token | None]:
        with self._lock:
            yield self.token

    def save(self, token: Token) -> None:
        assert self._lock.locked()
        self.token = token
        self.saves += 1


class MemoryCompanies:
    """A CompanyCache in memory."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}

    def get_many(self, names: Collection[str]) -> dict[str, str]:
        return {name: self.ids[name] for name in names if name in self.ids}

    def put_many(self, ids: Mapping[str, str]) -> None:
        self.ids.update(ids)

    def forget(self, ids: Collection[str]) -> None:
        self.ids = {name: key for name, key in self.ids.items() if key not in ids}


class MemoryMetadata:
    """A MetadataCache in memory."""

    def __init__(self) -> None:
        self.answers: dict[str, Mapping[str, Any]] = {}

    def load(self, module: str) -> Mapping[str, Any] | None:
        return self.answers.get(module)

    def save(self, module: str, answer: Mapping[str, Any]) -> None:
        self.answers[module] = answer


class SmallFields:
    """A FieldsView with nothing but what this side asks."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.by_name = {item["api_name"]: item for item in answer["fields"]}

    @property
    def version(self) -> str:
        mandatory = [n for n, f in self.by_name.items() if f["system_mandatory"]]
        return ",".join([*self.by_name, *mandatory])

    def has(self, api_name: str) -> bool:
        return api_name in self.by_name

    def length(self, api_name: str) -> int | None:
        found = self.by_name.get(api_name)
        return found["length"] if found else None


@dataclass(frozen=True)
class Reading:
    values: Mapping[str, Any]
    remarks: tuple[Reason, ...] = ()
    private: bool = False
    skip_new: Reason | None = None


@dataclass(frozen=True)
class Body:
    fields: dict[str, Any] = field(default_factory=dict)
    company: str | None = None


class SmallMapping:
    """A few units of a contact, so that these tests rest on no real mapping."""

    TEXTS = {"job_title": "Title", "phone_office": "Phone", "department": "Department"}

    def fields(self, kind: str, metadata: Any) -> list[str]:
        system = ["Owner", "Tag", "Created_By", "Created_Time", "Modified_Time"]
        return ["First_Name", "Last_Name", "Account_Name", *self.TEXTS.values()] + (
            ["Email", *system]
        )

    def read(
        self,
        kind: str,
        record: Mapping[str, Any],
        metadata: Any,
        private_tag: str = "Private",
    ) -> Reading:
        values: dict[str, Any] = {
            unit: record.get(name) or "" for unit, name in self.TEXTS.items()
        }
        values["name"] = Name(
            record.get("First_Name") or "", record.get("Last_Name") or ""
        )
        values["company"] = (record.get("Account_Name") or {}).get("name") or ""
        values["emails"] = tuple(filter(None, [record.get("Email")]))
        tags = {tag["name"] for tag in record.get("Tag") or []}
        return Reading(values, private=private_tag in tags)

    def write(
        self, kind: str, values: Mapping[str, Any], metadata: Any, current: Any = None
    ) -> Body:
        fields: dict[str, Any] = {
            name: values[unit] or None
            for unit, name in self.TEXTS.items()
            if unit in values
        }
        if "name" in values:
            fields["First_Name"] = values["name"].first or None
            fields["Last_Name"] = values["name"].last or None
        if "emails" in values:
            fields["Email"] = next(iter(values["emails"]), None)
        return Body(fields, values.get("company"))

    def fit(
        self,
        kind: str,
        values: Mapping[str, Any],
        current: Mapping[str, Any],
        metadata: Any,
    ) -> Fitted:
        title = values.get("job_title", "")
        limit = metadata.length("Title")
        if len(title) <= limit:
            return Fitted(values)
        return Fitted({**values, "job_title": title[:limit]}, (reason("test_cut"),))


class Bench:
    """A simulator, an organisation connected to it, and its user Ulla."""

    def __init__(self, *, create_companies: bool = True, **knobs: Any) -> None:
        self.sim = ZohoSimulator(keep_bodies=True, **knobs)
        self.sim.start()
        self.ulla = self.sim.act.add_user("ulla@kontor.example", "Ulla", "Kontor")
        self.create_companies = create_companies
        self.store = MemoryTokens(self.grant())
        self.companies = MemoryCompanies()
        self.metadata = MemoryMetadata()
        self.mapping = SmallMapping()
        self.slept: list[float] = []
        self.transport = Transport(clock=self.clock, limits=Limits(read=5, total=10))
        self.session = self.new_session()

    def close(self) -> None:
        self.session.close()
        self.transport.close()
        self.sim.stop()

    def clock(self) -> datetime:
        """This machine's clock; it goes with the simulator's, a minute behind."""
        return self.sim.clock.now() - timedelta(minutes=1)

    @property
    def oauth(self) -> OAuth:
        client = Client(self.sim.client_id, self.sim.client_secret)
        center = data_center("custom", self.sim.url, self.sim.url)
        return OAuth(client, center, self.transport)

    def grant(self, **more: Any) -> Token:
        """A grant whose access token has yet to be made."""
        token = Token(
            "",
            self.sim.act.make_refresh_token(scope=",".join(SCOPES)),
            LONG_AGO,
            self.sim.url,
            self.sim.url,
        )
        return replace(token, **more)

    def new_session(self, **more: Any) -> ZohoSession:
        tokens = Tokens(self.oauth, self.store)
        return ZohoSession(
            tokens, transport=self.transport, sleep=self.slept.append, **more
        )

    def side(self, owner: str = "") -> ZohoSide:
        """The side of a run."""
        metadata = Metadata(self.session, SmallFields, self.metadata)
        companies = Companies(
            Records(self.session),
            metadata,
            self.companies,
            create=self.create_companies,
        )
        return ZohoSide(
            self.session,
            self.mapping,
            metadata,
            companies,
            owner=owner or self.ulla,
            integration_user=current_user(self.session).id,
        )

    def feed(self) -> ZohoFeed:
        metadata = Metadata(self.session, SmallFields, self.metadata)
        return ZohoFeed(self.session, self.mapping, metadata, self.companies)

    def record(self, key: str, module: str = "Contacts") -> dict[str, Any]:
        """A record as the simulator holds it."""
        return next(r for r in self.sim.records(module) if r["id"] == key)

    def contact(self, **values: Any) -> str:
        """A contact of Ulla's that somebody made in the CRM."""
        values.setdefault("Last_Name", "Petersen")
        made: str = self.sim.act.create("Contacts", owner=self.ulla, **values)
        return made
