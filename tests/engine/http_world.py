"""The two simulators as worlds of the bench, reached over real HTTP.

What persons see and do goes past our code: by the simulators' acts, and by a reader
of its own. The runs go through the real sessions, sides and mapping.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from notes_zoho_sync.services.domino.session import DominoSession
from notes_zoho_sync.services.domino.side import DominoSide
from notes_zoho_sync.services.mapping import notes as notes_mapping
from notes_zoho_sync.services.mapping import zoho as zoho_mapping
from notes_zoho_sync.services.mapping.metadata import Fields
from notes_zoho_sync.services.records import Name
from notes_zoho_sync.services.sync.ports import FeedPort, NotesPort, ZohoPort
from notes_zoho_sync.services.sync.settings import AccountSettings
from notes_zoho_sync.services.zoho.companies import Companies
from notes_zoho_sync.services.zoho.datacenters import data_center
from notes_zoho_sync.services.zoho.feed import ZohoFeed
from notes_zoho_sync.services.zoho.metadata import Metadata
from notes_zoho_sync.services.zoho.oauth import SCOPES, Client, OAuth, Token, Tokens
from notes_zoho_sync.services.zoho.records import Records
from notes_zoho_sync.services.zoho.session import ZohoSession
from notes_zoho_sync.services.zoho.side import ZohoSide
from notes_zoho_sync.services.zoho.transport import Limits, Transport
from tests.services.zoho_support import (
    LONG_AGO,
    MemoryCompanies,
    MemoryMetadata,
    MemoryTokens,
)
from tests.simulators.common import Clock as ServerClock
from tests.simulators.common import FaultRule
from tests.simulators.domino import DominoSimulator
from tests.simulators.zoho import ZohoSimulator

from .bench import Bench
from .store import MemoryStore, OrgStore
from .world import INSTALLATION, KIND

USER, PASSWORD = "Ada Byron", "Analytical-1"
#: How the machine calls the account's Zoho user, and everybody else.
MINE, ANOTHERS = "1", "2"
#: Failures of a server that last longer than its session's patience.
LASTING = 3


class Clock:
    """One frozen clock for both servers; every request takes a while."""

    def __init__(self) -> None:
        start = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        self.servers = ServerClock(start, frozen=True)

    @property
    def at(self) -> datetime:
        return self.servers.now()

    def tick(self, seconds: float = 1) -> datetime:
        return self.servers.advance(seconds=seconds)


@dataclass
class Seen:
    """A record as a person sees it, whatever the server."""

    key: str
    values: dict[str, Any]
    private: bool = False
    owner: str = MINE
    deleted: bool = False


# -- what goes wrong ---------------------------------------------------------------


@dataclass
class Faults:
    """What goes wrong at the n-th request from now on, both servers together."""

    plan: dict[int, str] = field(default_factory=dict)
    #: the same, counting only requests that ask for a change
    plan_writes: dict[int, str] = field(default_factory=dict)
    calls: int = 0
    writes: int = 0
    hit: Counter[str] = field(default_factory=Counter)
    crash: Callable[[str], None] = lambda where: None
    lasting: dict[str, tuple[str, int]] = field(default_factory=dict)

    def clear(self) -> None:
        """All is well from now on."""
        for planned in (self.plan, self.plan_writes, self.lasting):
            planned.clear()

    def next(self, side: str, writes: bool) -> str:
        """The fault of this request: a key of ``RULES``, "down" or nothing."""
        self.calls += 1
        fault = self.plan.pop(self.calls, "")
        if writes:
            self.writes += 1
            fault = self.plan_writes.pop(self.writes, fault)
        if fault in ("down", "throttled", "maintenance"):
            self.lasting[side] = fault, LASTING
        name, left = self.lasting.pop(side, ("", 0))
        if left > 1:
            self.lasting[side] = name, left - 1
        return fault or name


def _rule(kind: str, **values: Any) -> Callable[[], FaultRule]:
    return lambda: FaultRule(kind, **values)


_SERVER_ERROR = {
    "code": 500,
    "text": "Internal Server Error",
    "message": "Notes error: The database is busy",
}
_REFUSAL = {"code": 400, "text": "Bad Request", "message": "Field is too large"}
#: Fault to the simulators' rule, by side; where one is lacking, nothing happens.
RULES: Mapping[str, Mapping[str, Callable[[], FaultRule]]] = {
    "notes": {
        "hiccup": _rule("drop_before"),
        "lost": _rule("drop_after"),
        "refuse": _rule(
            "status", status=400, body=_REFUSAL, method="POST,PUT,PATCH,DELETE"
        ),
        "throttled": _rule("throttle", status=503, retry_after=120),
        "maintenance": _rule("html", status=503),
        "broken": _rule("status", status=500, body=_SERVER_ERROR, when="after"),
        "proxy": _rule("html", status=502, when="after"),
        "half": _rule("bad_json"),
        "challenge": _rule("login_form"),
        "raced": _rule("lost_race", options={"items": {"Location": "Tower"}}),
    },
    "zoho": {
        "hiccup": _rule("drop_before"),
        "lost": _rule("drop_after"),
        "refuse": _rule("item_error", options={"items": [0]}),
        "throttled": _rule("too_many_requests"),
        "maintenance": _rule("maintenance"),
        "broken": _rule("internal_error", when="after"),
        "proxy": _rule("html", status=502, when="after"),
        "half": _rule("bad_json"),
        "challenge": _rule("token_expired"),
    },
}
FAULTS = ("down", *RULES["notes"])


def _refused(url: str) -> requests.ConnectionError:
    """What a connection that nobody accepts becomes."""
    cause = NewConnectionError(None, "Connection refused")  # type: ignore[arg-type]
    cause.__cause__ = ConnectionRefusedError()
    return requests.ConnectionError(MaxRetryError(None, url, cause))  # type: ignore[arg-type]


class Tap(BaseAdapter):
    """Stands between a session and its connections: counts, disturbs, kills."""

    def __init__(self, inner: BaseAdapter, world: World) -> None:
        super().__init__()
        self.inner, self.world = inner, world

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any):
        world, faults = self.world, self.world.faults
        writes = world.asks_for_change(request)
        act = f"{'writing' if writes else 'reading'} {world.name}"
        world.clock.tick(0.5 if writes else 0.2)
        faults.crash(f"before {act}")
        fault = faults.next(world.name, writes)
        if fault == "down":
            faults.hit[f"down {act}"] += 1
            raise _refused(str(request.url))
        rule = None
        if fault in RULES[world.name]:
            rule = world.sim.faults.add(RULES[world.name][fault]())
        try:
            return self.inner.send(request, *args, **options)
        finally:
            if rule is not None:
                world.sim.faults.remove(rule)
                faults.hit[f"{fault} {act}"] += rule.fired
            if writes:
                world.remember()
                faults.crash(f"after {act}")

    def close(self) -> None:
        self.inner.close()


def tap(session: requests.Session, url: str, world: World) -> None:
    """Let all requests to ``url`` pass by the bench."""
    session.mount(f"{url}/", Tap(session.get_adapter(f"{url}/"), world))


# -- the worlds --------------------------------------------------------------------


class World:
    """One simulator as people know it: records that they look at and change."""

    name = ""

    def __init__(self, sim: Any, clock: Clock, faults: Faults) -> None:
        self.sim, self.clock, self.faults = sim, clock, faults
        self.history: set[str] = set()
        self._known: dict[str, Seen] = {}

    @property
    def writes(self) -> Counter[str]:
        """Requests that asked for a change, whatever became of them."""
        return Counter({"requests": self.sim.log.writes()})

    @property
    def requests(self) -> int:
        return self.sim.log.count()

    @property
    def records(self) -> dict[str, Seen]:
        """Everything that there ever was, by key, the oldest first."""
        there = self.look()
        for key, known in self._known.items():
            if key not in there:
                self._known[key] = replace(known, deleted=True)
        self._known.update(there)
        return dict(self._known)

    def live(self) -> list[Seen]:
        return [record for record in self.records.values() if not record.deleted]

    def remember(self) -> None:
        """Note every value that stands anywhere now."""
        for record in self.records.values():
            self.history.update(str(value) for value in record.values.values())

    def asks_for_change(self, request: requests.PreparedRequest) -> bool:
        raise NotImplementedError

    def look(self) -> dict[str, Seen]:
        raise NotImplementedError

    def create(self, values: Mapping[str, Any]) -> str:
        raise NotImplementedError

    def edit(self, key: str, values: Mapping[str, Any]) -> None:
        raise NotImplementedError

    # -- people

    def person_creates(self, **values: Any) -> Seen:
        self.clock.tick()
        key = self.create(values)
        self.remember()
        return self.records[key]

    def person_edits(self, key: str, **values: Any) -> None:
        self.clock.tick()
        self.edit(key, values)
        self.remember()


ITEMS = {
    "job_title": "JobTitle",
    "department": "Department",
    "company": "CompanyName",
    "assistant": "Assistant",
    "fax": "OfficeFAXPhoneNumber",
    "description": "Comment",
}
FIELDS = {
    "job_title": "Title",
    "department": "Department",
    "company": "Account_Name",
    "assistant": "Assistant",
    "fax": "Fax",
    "description": "Description",
}


class NotesWorld(World):
    """A mail file."""

    name = "notes"

    def __init__(self, sim: DominoSimulator, clock: Clock, faults: Faults) -> None:
        super().__init__(sim, clock, faults)
        self.mail_file = sim.act.add_user(USER, PASSWORD)

    def asks_for_change(self, request: requests.PreparedRequest) -> bool:
        return request.method != "GET" and "?Login" not in str(request.url)

    def look(self) -> dict[str, Seen]:
        found = {}
        for trash in (False, True):
            for document in self.sim.documents(self.mail_file, "Person", trash=trash):
                if not document["conflict"]:
                    found[document["unid"]] = self._seen(document, trash)
        return found

    def _seen(self, document: Mapping[str, Any], trash: bool) -> Seen:
        items = {name.casefold(): v for name, v in document["items"].items()}

        def text(name: str) -> str:
            value = next(iter(items.get(name.casefold(), [])), "")
            return str(value["text"] if isinstance(value, dict) else value)

        addresses = (text("MailAddress"), text("InternetAddress"))
        values: dict[str, Any] = {unit: text(item) for unit, item in ITEMS.items()}
        values["name"] = Name(text("FirstName"), text("LastName"))
        values["emails"] = tuple(filter(None, addresses))
        private = text("Confidential") == "1"
        return Seen(document["unid"], values, private, deleted=trash)

    def _items(self, values: Mapping[str, Any]) -> dict[str, Any]:
        items = {ITEMS[unit]: values[unit] for unit in ITEMS if unit in values}
        if "<img>" in items.get("Comment", ""):
            html = items["Comment"].replace("<img>", '<img src="/icon.gif">')
            items["Comment"] = {"type": "richtext", "html": html}
        if "name" in values:
            items["FirstName"] = values["name"].first
            items["LastName"] = values["name"].last
        if "emails" in values:
            padded = (*values["emails"], "", "")
            items["MailAddress"], items["InternetAddress"] = padded[:2]
        return items

    def create(self, values: Mapping[str, Any]) -> str:
        made: str = self.sim.act.create_contact(self.mail_file, **self._items(values))
        return made

    def edit(self, key: str, values: Mapping[str, Any]) -> None:
        self.sim.act.edit(key, **self._items(values))

    def person_deletes(self, key: str) -> None:
        self.clock.tick()
        self.sim.act.delete(key)

    def person_restores(self, key: str) -> None:
        """Out of the trash, if it is there still."""
        self.clock.tick()
        with suppress(LookupError):
            self.sim.act.restore(key)

    def person_hides(self, key: str, private: bool) -> None:
        self.clock.tick()
        act = self.sim.act.mark_private if private else self.sim.act.mark_public
        act(key)

    def person_pastes(self, key: str) -> Seen:
        """Cut and pasted: whatever stands on the document goes along."""
        self.clock.tick()
        made: str = self.sim.act.cut_and_paste(key)
        self.remember()
        return self.records[made]

    def mail_arrives(self, number: int) -> None:
        self.clock.tick()
        self.sim.act.receive_mail(self.mail_file, n=number)


class ZohoWorld(World):
    """An organisation with the account's user and another one."""

    name = "zoho"

    def __init__(self, sim: ZohoSimulator, clock: Clock, faults: Faults) -> None:
        super().__init__(sim, clock, faults)
        self.owner = sim.act.add_user("ada@kontor.example", "Ada", "Byron")
        self.other = sim.act.add_user("ben@kontor.example", "Ben", "Kontor")

    def asks_for_change(self, request: requests.PreparedRequest) -> bool:
        url = str(request.url)
        return request.method != "GET" and "/oauth/" not in url and "/coql" not in url

    def look(self) -> dict[str, Seen]:
        table = self.sim.world.tables["Contacts"]
        found = {}
        for record in self.sim.records("Contacts"):
            found[record["id"]] = self._seen(record)
        with self.sim.lock:
            binned = [self.sim._plain(record) for record in table.bin.values()]
        for record in binned:
            found[record["id"]] = replace(self._seen(record), deleted=True)
        return found

    def _seen(self, record: Mapping[str, Any]) -> Seen:
        company = (record["Account_Name"] or {}).get("name") or ""
        values = {unit: record[name] or "" for unit, name in FIELDS.items()}
        values["company"] = company
        values["name"] = Name(record["First_Name"] or "", record["Last_Name"] or "")
        addresses = (record["Email"], record["Secondary_Email"])
        values["emails"] = tuple(filter(None, addresses))
        owner = MINE if record["Owner"]["id"] == self.owner else ANOTHERS
        return Seen(record["id"], values, "Private" in record["Tag"], owner)

    def _fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        named = {FIELDS[unit]: values[unit] for unit in FIELDS if unit in values}
        fields: dict[str, Any] = {name: text or None for name, text in named.items()}
        if "name" in values:
            name = values["name"]
            fields["First_Name"] = name.first if name.last else None
            fields["Last_Name"] = name.last or name.first
        if "emails" in values:
            padded = (*values["emails"], None, None)
            fields["Email"], fields["Secondary_Email"] = padded[:2]
        return fields

    def create(self, values: Mapping[str, Any]) -> str:
        fields = self._fields(values)
        made: str = self.sim.act.create("Contacts", owner=self.owner, **fields)
        return made

    def edit(self, key: str, values: Mapping[str, Any]) -> None:
        self.sim.act.edit("Contacts", key, **self._fields(values))

    def person_deletes(self, key: str) -> None:
        self.clock.tick()
        self.sim.act.delete("Contacts", key)

    def person_restores(self, key: str) -> None:
        """Out of the recycle bin, if it is there still."""
        self.clock.tick()
        with suppress(LookupError):
            self.sim.act.restore("Contacts", key)

    def person_hides(self, key: str, private: bool) -> None:
        self.clock.tick()
        if private:
            self.sim.act.tag_private("Contacts", key)
        else:
            self.sim.act.untag("Contacts", key)

    def person_gives_away(self, key: str, owner: str) -> None:
        self.clock.tick()
        to = self.owner if owner == MINE else self.other
        self.sim.act.change_owner("Contacts", key, to)


# -- the bench ---------------------------------------------------------------------


class _Session(DominoSession):
    """A session whose server's clock stands still between two answers."""

    def now(self) -> datetime:
        super().now()
        return self._clock[0] if self._clock else datetime.now(UTC)


class HttpBench(Bench):
    """Both simulators, one account, and the services between them.

    :param domino: knobs of the Domino simulator; ``zoho``: of the other one.
    :param settings: of the account.
    """

    modules = ("Contacts", "Accounts")

    def __init__(
        self,
        domino: Mapping[str, Any] | None = None,
        zoho: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        self.clock = Clock()  # type: ignore[assignment]
        self.faults = Faults()  # type: ignore[assignment]
        servers = self.clock.servers
        knobs = {"auth": "session", **(domino or {})}
        self.domino = DominoSimulator(clock=servers, keep_bodies=True, **knobs)
        self.crm = ZohoSimulator(clock=servers, keep_bodies=True, **(zoho or {}))
        self.domino.start()
        self.crm.start()
        self.notes = NotesWorld(self.domino, self.clock, self.faults)
        self.zoho = ZohoWorld(self.crm, self.clock, self.faults)
        self.tokens = MemoryTokens(self.grant())
        self.companies = MemoryCompanies()
        self.metadata = MemoryMetadata()
        self.features: dict[str, bool] = {}
        self.password = PASSWORD
        self.domino_options: dict[str, Any] = {}
        self.transport = Transport(
            clock=servers.now, limits=Limits(connect=2, read=10, total=20)
        )
        tap(self.transport._http, self.crm.url, self.zoho)
        self._sessions: list[DominoSession] = []
        self.org = OrgStore(lambda record: (record.get("Owner") or {}).get("id", ""))
        self.store = MemoryStore(self.org, self.zoho.owner)
        self.settings = replace(
            AccountSettings(
                zoho_user=self.zoho.owner,
                zgid=self.crm.world.zgid,
                integration_user=self.crm.world.person(None).id,
                installation=INSTALLATION,
                source=f"{self.domino.url}/{self.notes.mail_file}",
            ),
            **settings,
        )
        self.situations: Counter[str] = Counter()
        self.slice_after = 0

    def grant(self) -> Token:
        """A grant that a person has just given."""
        refresh = self.crm.act.make_refresh_token(scope=",".join(SCOPES))
        return Token("", refresh, LONG_AGO, self.crm.url, self.crm.url)

    def connect(self) -> tuple[FeedPort, NotesPort, ZohoPort]:
        """New sessions, as every process has its own; what is stored stays."""
        self._hang_up()
        client = Client(self.crm.client_id, self.crm.client_secret)
        center = data_center("custom", self.crm.url, self.crm.url)
        tokens = Tokens(OAuth(client, center, self.transport), self.tokens)
        zoho = ZohoSession(tokens, transport=self.transport, sleep=self.clock.tick)
        metadata = Metadata(zoho, Fields.parse, self.metadata)
        feed = ZohoFeed(zoho, zoho_mapping, metadata, self.companies)
        crm = ZohoSide(
            zoho,
            zoho_mapping,
            metadata,
            Companies(Records(zoho), metadata, self.companies),
            owner=self.zoho.owner,
            integration_user=self.settings.integration_user,
        )
        notes = DominoSide(
            self._domino_session(),
            f"/{self.notes.mail_file}",
            mapping=notes_mapping.for_org(metadata.fields),  # type: ignore[arg-type]
            kinds={"contact": KIND},
            installation=INSTALLATION,
            views={"contact": "($Contacts)"},
        )
        return feed, notes, crm

    def _domino_session(self) -> DominoSession:
        """One connection, so that requests follow one another in a known order."""
        options: dict[str, Any] = {
            "allow_http": True,
            "max_connections": 1,
            "timeouts": (2.0, 10.0),
            "sleep": self.clock.tick,
            **self.domino_options,
        }
        session = _Session(self.domino.url, USER, self.password, **options)
        session.features = self.features
        tap(session._http, self.domino.url, self.notes)
        self._sessions.append(session)
        return session

    def crm_fields_change(self) -> None:
        """An administrator adds a field; what was read of the fields is a day old."""
        number = len(self.crm.world.modules["Contacts"].fields)
        self.crm.act.add_field("Contacts", f"Extra_{number}")
        self.metadata.answers.clear()

    def _hang_up(self) -> None:
        while self._sessions:
            self._sessions.pop().close()

    def close(self) -> None:
        self._hang_up()
        self.transport.close()
        self.domino.stop()
        self.crm.stop()
