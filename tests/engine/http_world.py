"""The two simulators as worlds of the bench, reached over real HTTP.

What persons see and do goes past our code (``http_servers``). The runs go through the
real sessions, sides and mapping.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from notes_zoho_sync.services.domino.session import DominoSession
from notes_zoho_sync.services.domino.side import VIEWS, DominoSide
from notes_zoho_sync.services.mapping import calendar as calendar_mapping
from notes_zoho_sync.services.mapping import notes as notes_mapping
from notes_zoho_sync.services.mapping import zoho as zoho_mapping
from notes_zoho_sync.services.mapping.metadata import Fields
from notes_zoho_sync.services.records import Kind, event_kind, task_kind
from notes_zoho_sync.services.sync.ports import FeedPort, NotesPort, ZohoPort
from notes_zoho_sync.services.sync.settings import AccountSettings
from notes_zoho_sync.services.sync.window import window_for
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
from tests.simulators.domino import DominoSimulator
from tests.simulators.zoho import ZohoSimulator

from .bench import Bench
from .http_calendars import NotesCalendar, ZohoEvents
from .http_people import NotesPeople, ZohoPeople
from .http_servers import ANOTHERS, FAULTS, MINE, RULES, Clock, Faults, Seen, tap
from .http_todos import NotesTodos, ZohoTasks
from .store import MODULES, MemoryStore, OrgStore
from .world import INSTALLATION, KIND

USER, PASSWORD = "Ada Byron", "Analytical-1"
KINDS: Mapping[str, Kind] = {
    "contact": KIND,
    "task": task_kind(),
    "event": event_kind(),
}
WORLDS: Mapping[str, Any] = {
    "contact": (NotesPeople, ZohoPeople),
    "task": (NotesTodos, ZohoTasks),
    "event": (NotesCalendar, ZohoEvents),
}


class _Session(DominoSession):
    """A session whose server's clock stands still between two answers."""

    def now(self) -> datetime:
        super().now()
        return self._clock[0] if self._clock else datetime.now(UTC)


class HttpBench(Bench):
    """Both simulators, one account, and the services between them.

    ``notes`` and ``zoho`` are the worlds of the first kind, ``worlds`` those of all.

    :param domino: knobs of the Domino simulator; ``zoho``: of the other one.
    :param kinds: what the account syncs, in run order.
    :param user: name of the account's user, on both sides.
    :param zone: the account's (IANA); its window is ``choice``, ``back``, ``ahead``.
    :param beside: another account's bench, whose servers and organisation it shares.
    :param settings: of the account.
    """

    def __init__(
        self,
        domino: Mapping[str, Any] | None = None,
        zoho: Mapping[str, Any] | None = None,
        *,
        kinds: Sequence[str] = ("contact",),
        user: str = USER,
        zone: str = "Europe/Berlin",
        choice: Any = "all",
        back: int = 10,
        ahead: int = 30,
        at: datetime | None = None,
        beside: HttpBench | None = None,
        **settings: Any,
    ) -> None:
        self.kinds = {kind: KINDS[kind] for kind in kinds}
        self.modules = tuple(MODULES[kind] for kind in kinds)
        if "contact" in kinds:
            self.modules += ("Accounts",)
        self.user, self.zone = user, ZoneInfo(zone)
        self.choice, self.back, self.ahead = choice, back, ahead
        self.old_task_days = 0
        self.faults = Faults()  # type: ignore[assignment]
        self._own_servers = beside is None
        if beside is None:
            self._start(domino or {}, zoho or {}, at)
        else:
            self._share(beside)
        self._register(kinds)
        self.features: dict[str, bool] = {}
        self.password = PASSWORD
        self.domino_options: dict[str, Any] = {}
        self.transport = Transport(
            clock=self.clock.servers.now, limits=Limits(connect=2, read=10, total=20)
        )
        tap(self.transport._http, self.crm.url, self.zoho)
        self._sessions: list[DominoSession] = []
        self.store = MemoryStore(self.org, self.zoho.owner)
        self.store.organiser = self.email
        self.settings = replace(
            AccountSettings(
                zoho_user=self.zoho.owner,
                zgid=self.crm.world.zgid,
                integration_user=self.crm.world.person(None).id,
                installation=INSTALLATION,
                source=f"{self.domino.url}/{self.mail_file}",
                kinds=tuple(kinds),
            ),
            **settings,
        )
        self.situations: Counter[str] = Counter()
        self.slice_after = 0

    def _start(
        self,
        domino: Mapping[str, Any],
        zoho: Mapping[str, Any],
        at: datetime | None,
    ) -> None:
        self.clock = Clock()  # type: ignore[assignment]
        servers = self.clock.servers
        if at is not None:
            servers.set(at)
        knobs = {"auth": "session", **domino}
        self.domino = DominoSimulator(clock=servers, keep_bodies=True, **knobs)
        self.crm = ZohoSimulator(clock=servers, keep_bodies=True, **zoho)
        self.domino.start()
        self.crm.start()
        self.other = self.crm.act.add_user("ben@kontor.example", "Ben", "Kontor")
        self.tokens = MemoryTokens(self.grant())
        self.companies = MemoryCompanies()
        self.metadata = MemoryMetadata()
        self.org = OrgStore(lambda record: (record.get("Owner") or {}).get("id", ""))

    def _share(self, beside: HttpBench) -> None:
        for name in (
            "clock",
            "domino",
            "crm",
            "other",
            "tokens",
            "companies",
            "metadata",
            "org",
        ):
            setattr(self, name, getattr(beside, name))

    def _register(self, kinds: Sequence[str]) -> None:
        """The user at both servers, and how people there see the records."""
        first, _, last = self.user.partition(" ")
        self.email = f"{first.lower()}@kontor.example"
        self.mail_file = self.domino.act.add_user(self.user, PASSWORD, email=self.email)
        owner = self.crm.act.add_user(self.email, first, last)
        self.worlds = {
            kind: (
                WORLDS[kind][0](self.domino, self.clock, self.faults, self.mail_file),
                WORLDS[kind][1](self.crm, self.clock, self.faults, owner, self.other),
            )
            for kind in kinds
        }
        self.notes, self.zoho = self.worlds[kinds[0]]

    def grant(self) -> Token:
        """A grant that a person has just given."""
        refresh = self.crm.act.make_refresh_token(scope=",".join(SCOPES))
        return Token("", refresh, LONG_AGO, self.crm.url, self.crm.url)

    def run(self) -> Any:
        self.look_at_the_day()
        return super().run()

    def preview(self) -> Any:
        """Nothing is kept, not even what was learnt of the server."""
        self.look_at_the_day()
        known = dict(self.features)
        try:
            return super().preview()
        finally:
            self.features = known

    def look_at_the_day(self) -> None:
        """The window of a run that begins now."""
        if "event" not in self.kinds:
            return
        at = self.clock.at
        window = window_for(self.choice, at, self.zone, self.back, self.ahead)
        self.settings = replace(self.settings, window=window)
        self.worlds["event"][0].window = window

    def connect(self) -> tuple[FeedPort, NotesPort, ZohoPort]:
        """New sessions, as every process has its own; what is stored stays."""
        self._hang_up()
        client = Client(self.crm.client_id, self.crm.client_secret)
        center = data_center("custom", self.crm.url, self.crm.url)
        tokens = Tokens(OAuth(client, center, self.transport), self.tokens)
        zoho = ZohoSession(tokens, transport=self.transport, sleep=self.clock.tick)
        metadata = Metadata(zoho, Fields.parse, self.metadata)
        feed = ZohoFeed(zoho, zoho_mapping, metadata, self.companies)
        today = self.clock.at.astimezone(self.zone).date()
        before = today - timedelta(self.old_task_days) if self.old_task_days else None
        crm = ZohoSide(
            zoho,
            zoho_mapping.for_account(completed_before=before),
            metadata,
            Companies(Records(zoho), metadata, self.companies),
            owner=self.zoho.owner,
            integration_user=self.settings.integration_user,
        )
        fields: Any = metadata.fields
        notes = DominoSide(
            self._domino_session(),
            f"/{self.mail_file}",
            mapping=notes_mapping.for_org(
                fields, self.zone, today=today, completed_before=before
            ),
            kinds=self.kinds,
            installation=INSTALLATION,
            views={kind: name for kind, name in VIEWS.items() if kind in self.kinds},
            calendar=(
                calendar_mapping.for_org(fields) if "event" in self.kinds else None
            ),
            window=self.settings.window,
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
        session = _Session(self.domino.url, self.user, self.password, **options)
        session.features = self.features
        tap(session._http, self.domino.url, self.notes)
        self._sessions.append(session)
        return session

    def crm_fields_change(self) -> None:
        """An administrator adds a field; what was read of the fields is a day old."""
        module = self.zoho.module
        number = len(self.crm.world.modules[module].fields)
        self.crm.act.add_field(module, f"Extra_{number}")
        self.metadata.answers.clear()

    def mails(self) -> list[Any]:
        """What either server would have sent to people."""
        return [*self.domino.log.mails, *self.crm.log.mails]

    def _hang_up(self) -> None:
        while self._sessions:
            self._sessions.pop().close()

    def close(self) -> None:
        self._hang_up()
        self.transport.close()
        if self._own_servers:
            self.domino.stop()
            self.crm.stop()


__all__ = ["ANOTHERS", "FAULTS", "MINE", "PASSWORD", "RULES", "HttpBench", "Seen"]
