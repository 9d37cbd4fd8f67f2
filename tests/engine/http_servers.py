"""Both simulators as the bench knows them: one clock, what goes wrong, what people see.

What persons see and do goes past our code: by the simulators' acts, and by a reader
of its own.
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

from tests.simulators.common import Clock as ServerClock
from tests.simulators.common import FaultRule
from tests.simulators.domino import DominoSimulator
from tests.simulators.zoho import ZohoSimulator

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
    sync_key: str = ""


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
        #: whether every value that ever stood here is noted
        self.remembers = True
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
        if not self.remembers:
            return
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


class MailFile(World):
    """A user's mail file."""

    name = "notes"

    def __init__(
        self, sim: DominoSimulator, clock: Clock, faults: Faults, mail_file: str
    ) -> None:
        super().__init__(sim, clock, faults)
        self.mail_file = mail_file

    def asks_for_change(self, request: requests.PreparedRequest) -> bool:
        return request.method != "GET" and "?Login" not in str(request.url)

    def mail_arrives(self, number: int) -> None:
        self.clock.tick()
        self.sim.act.receive_mail(self.mail_file, n=number)


class Documents(MailFile):
    """Records that are documents of one form."""

    form = ""

    def look(self) -> dict[str, Seen]:
        found = {}
        for trash in (False, True):
            for document in self.sim.documents(self.mail_file, self.form, trash=trash):
                if not document["conflict"]:
                    found[document["unid"]] = self.seen(document, trash)
        return found

    def seen(self, document: Mapping[str, Any], trash: bool) -> Seen:
        raise NotImplementedError

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


def texts(document: Mapping[str, Any]) -> Callable[[str], str]:
    """The first value of an item of a plain document, as text."""
    items = {name.casefold(): value for name, value in document["items"].items()}

    def text(name: str) -> str:
        value = next(iter(items.get(name.casefold(), [])), "")
        return str(value["text"] if isinstance(value, dict) else value)

    return text


class Crm(World):
    """A module of the organisation, with the account's user and another one."""

    name = "zoho"
    module = ""

    def __init__(
        self, sim: ZohoSimulator, clock: Clock, faults: Faults, owner: str, other: str
    ) -> None:
        super().__init__(sim, clock, faults)
        self.owner, self.other = owner, other

    def asks_for_change(self, request: requests.PreparedRequest) -> bool:
        url = str(request.url)
        return request.method != "GET" and "/oauth/" not in url and "/coql" not in url

    def look(self) -> dict[str, Seen]:
        table = self.sim.world.tables[self.module]
        found = {}
        for record in self.sim.records(self.module):
            found[record["id"]] = self._seen(record)
        with self.sim.lock:
            binned = [self.sim._plain(record) for record in table.bin.values()]
        for record in binned:
            found[record["id"]] = replace(self._seen(record), deleted=True)
        return found

    def _seen(self, record: Mapping[str, Any]) -> Seen:
        owner = MINE if record["Owner"]["id"] == self.owner else ANOTHERS
        private = "Private" in record["Tag"]
        return Seen(record["id"], self.values(record), private, owner)

    def values(self, record: Mapping[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def create(self, values: Mapping[str, Any]) -> str:
        fields = self.fields(values)
        made: str = self.sim.act.create(self.module, owner=self.owner, **fields)
        return made

    def edit(self, key: str, values: Mapping[str, Any]) -> None:
        self.sim.act.edit(self.module, key, **self.fields(values))

    def person_deletes(self, key: str) -> None:
        self.clock.tick()
        self.sim.act.delete(self.module, key)

    def person_restores(self, key: str) -> None:
        """Out of the recycle bin, if it is there still."""
        self.clock.tick()
        with suppress(LookupError):
            self.sim.act.restore(self.module, key)

    def person_hides(self, key: str, private: bool) -> None:
        self.clock.tick()
        if private:
            self.sim.act.tag_private(self.module, key)
        else:
            self.sim.act.untag(self.module, key)

    def person_gives_away(self, key: str, owner: str) -> None:
        self.clock.tick()
        to = self.owner if owner == MINE else self.other
        self.sim.act.change_owner(self.module, key, to)
