"""The one place where Odoo's records meet the service layer's sessions."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo.exceptions import UserError

from ..services.domino.diagnosis import Diagnosis
from ..services.domino.diagnosis import diagnose as run_diagnosis
from ..services.domino.discovery import services
from ..services.domino.meeting import MeetingDesk
from ..services.domino.session import DominoSession
from ..services.domino.side import DominoSide
from ..services.errors import Bug, Misconfigured, NeedsSignIn, SyncError
from ..services.mapping import calendar as calendar_mapping
from ..services.mapping import notes as notes_mapping
from ..services.mapping import zoho as zoho_mapping
from ..services.mapping.meeting import MeetingMapping
from ..services.mapping.metadata import Fields
from ..services.reasons import register
from ..services.sync.settings import AccountSettings
from ..services.zoho.companies import Companies
from ..services.zoho.credits import allowance
from ..services.zoho.datacenters import DATA_CENTERS, DataCenter, data_center
from ..services.zoho.feed import ZohoFeed
from ..services.zoho.metadata import (
    Metadata,
    User,
    current_user,
    list_users,
    organisation,
)
from ..services.zoho.oauth import SCOPES, Client, OAuth, Token, Tokens
from ..services.zoho.records import Records
from ..services.zoho.session import ZohoSession
from ..services.zoho.side import ZohoSide
from . import zoho_store
from .store import aware, naive
from .words import Told, reason_of, say

register({"odoo": "%(detail)s"})


def as_sync_error(error: Exception) -> SyncError:
    """Whatever was raised, as the runner understands it: what Odoo's side refuses (a
    missing key) is for a person to mend, what nobody foresaw is our bug."""
    if isinstance(error, SyncError):
        return error
    if isinstance(error, UserError):
        return Misconfigured(reason_of(error), "odoo")
    return Bug(type(error).__name__)


def addresses(code: str) -> tuple[str, str]:
    """Accounts server and API of one of Zoho's data centres."""
    center = DATA_CENTERS[code]
    return center.accounts_url, center.api_url


def crm_address(code: str) -> str:
    """Where people open the CRM of one of Zoho's data centres."""
    return DATA_CENTERS[code].crm_url


def host(url: str) -> str | None:
    """The host name of an address, if it is one."""
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None


def is_web_address(
    url: str | bool, *, plain: bool = False, plain_here: bool = False
) -> bool:
    """Whether this is scheme, host and port and nothing else.

    :param plain: whether http is allowed.
    :param plain_here: whether it is allowed for this very machine.
    """
    try:
        parts = urlsplit((url or "").strip())
        port = parts.port or 443
    except ValueError:
        return False
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    http = plain or (plain_here and local)
    schemes = ("https", "http") if http else ("https",)
    return bool(
        parts.scheme in schemes
        and parts.hostname
        and port
        and "@" not in parts.netloc
        and parts.path in ("", "/")
        and not parts.query
        and not parts.fragment
    )


# -- IBM Notes ---------------------------------------------------------------------


def domino_session(
    server: Any, username: str, password: str, *, known_mode: str = ""
) -> DominoSession:
    """A session with a listed server as this user.

    :raises Misconfigured: the server's record is unusable.
    """
    server = server.sudo()
    verify: bool | str = server.verify_tls
    if server.verify_tls and server.ca_file:
        verify = server.ca_file
    return DominoSession(
        server.base_url,
        username,
        password,
        auth_mode=server.auth_mode,
        known_mode=known_mode if known_mode in ("basic", "session") else "",
        verify=verify,
        allow_http=server.allow_http,
        max_connections=server.max_connections,
    )


def views(server: Any, kinds: Iterable[str]) -> dict[str, str]:
    """The views in which the server keeps these kinds of documents."""
    server = server.sudo()
    names = {"contact": server.contact_view, "task": server.task_view}
    return {kind: names[kind] for kind in kinds if kind in names}


def diagnose(
    server: Any,
    username: str,
    password: str,
    mail_file: str = "",
    kinds: Collection[str] = ("contact",),
) -> Diagnosis:
    """Check a server, a user and the mail file; writes nothing there.

    :param mail_file: as an administrator set it; empty: as the server says.
    :param kinds: what is to be synced.
    """
    with domino_session(server, username, password) as session:
        return run_diagnosis(
            session,
            mail_file=mail_file,
            views=views(server, kinds),
            events="event" in kinds,
        )


def probe(server: Any) -> str:
    """What keeps a server from answering, in words; empty when it answers."""
    try:
        with domino_session(server, "", "") as session:
            services(session)
    except NeedsSignIn:
        return ""  # it answers, but tells nothing before the sign-in
    except SyncError as error:
        return say(server.env, error.reason)
    return ""


@contextmanager
def meeting_desk(
    account: Any, before_write: Callable[[], None] = lambda: None
) -> Iterator[MeetingDesk]:
    """Where the account's person calls, changes and cancels meetings.

    :param before_write: called before each request that may change something.
    :raises UserError: the password cannot be read. :raises Misconfigured: a record is
        unusable.
    """
    with domino_session(
        account.server_id,
        account.notes_username,
        account._get_secret("notes_password"),
        known_mode=account.notes_auth_mode or "",
    ) as session:
        session.before_write = before_write
        session.features.update(account.notes_features or {})
        yield MeetingDesk(
            session,
            account.mail_file,
            mapping=MeetingMapping(),
            kind=account._engine_kinds()["event"],
            home=zone(account),
        )


# -- Zoho CRM ------------------------------------------------------------------------


def scopes() -> str:
    """What a grant must allow, as Zoho's console wants it."""
    return ",".join(SCOPES)


def _center(org: Any) -> DataCenter:
    return data_center(org.data_center, org.accounts_url or "", org.api_url or "")


def _oauth(org: Any) -> OAuth:
    """:raises UserError: the client is not entered, or its secret cannot be read."""
    org = org.sudo()
    secret = org._get_secret("client_secret")
    if not (org.client_id and secret):
        raise UserError(org.env._("Enter the client ID and the client secret first."))
    return OAuth(Client(org.client_id, secret), _center(org))


def consent_url(org: Any, redirect_uri: str, state: str) -> str:
    """Zoho's page where a person grants access."""
    return _oauth(org).authorization_url(redirect_uri, state)


def exchange(
    org: Any, code: str, redirect_uri: str | None, accounts_server: str | None
) -> None:
    """Turn a code into a grant and store whose it is.

    :raises UserError: Zoho refused, in words.
    """
    try:
        oauth = _oauth(org)
        token = oauth.exchange(code, redirect_uri or "", accounts_server or "")
        session = ZohoSession(Tokens(oauth, _Once(token)))
        try:
            user = current_user(session)
            about = organisation(session)
        finally:
            session.close()
    except SyncError as error:
        raise Told(org.env, error.reason) from None
    org = org.sudo()
    if org.zgid and org.zgid != about.zgid and org.account_ids:
        raise UserError(
            org.env._(
                "This is another organisation (%(new)s) than the accounts are linked "
                "with (%(old)s). Make a new record for it.",
                new=about.name or about.zgid,
                old=org.zoho_org_name or org.zgid,
            )
        )
    first = not org.zgid
    org.write(
        {
            **token_values(token),
            "state": "connected",
            "error": False,
            "retry_at": False,
            "failures": 0,
            "zgid": about.zgid,
            "zoho_org_name": about.name,
            "edition": about.edition,
            "licenses": about.licenses,
            "zoho_user_id": user.id,
            "zoho_user_name": f"{user.name} <{user.email}>",
            **({"pull_interval": 15} if first and about.edition == "free" else {}),
        }
    )
    org._settle("consent", "feed")
    org.account_ids._request_run()


def credits_spent(org: Any) -> tuple[int, int | None, int | None]:
    """Credits spent here in 24 hours, what may be spent, what Zoho said is left."""
    spent, left = zoho_store.OdooCredits(org).spent()
    return spent, allowance(org.edition or "", org.licenses), left


def revoke(org: Any) -> None:
    """Hand the grant back, if there is one.

    :raises SyncError: no word from Zoho. :raises UserError: the key is missing.
    """
    token = load_token(org.sudo())
    if token is not None:
        _oauth(org).revoke(token)


def load_token(org: Any) -> Token | None:
    """The stored grant; ``None`` when the organisation is not connected."""
    refresh = org._get_secret("refresh_token")
    if not refresh:
        return None
    return Token(
        access_token=org._get_secret("access_token"),
        refresh_token=refresh,
        expires=aware(org.token_expires) or aware(org.create_date),
        api_domain=org.token_domain or org.api_url,
        accounts_url=org.token_server or org.accounts_url,
        scopes=tuple((org.scopes or "").split()),
        issued=tuple(map(zoho_store.instant, org.token_issued or ())),
        skew=timedelta(seconds=org.token_skew),
    )


def token_values(token: Token) -> dict[str, Any]:
    """A grant as the organisation's fields."""
    return {
        "refresh_token": token.refresh_token,
        "access_token": token.access_token,
        "token_expires": naive(token.expires).replace(microsecond=0),
        "token_domain": token.api_domain,
        "token_server": token.accounts_url,
        "scopes": " ".join(token.scopes),
        "token_issued": [instant.isoformat() for instant in token.issued],
        "token_skew": token.skew.total_seconds(),
    }


class _Once:
    """A token that was given just now and is not stored yet."""

    def __init__(self, token: Token) -> None:
        self.token = token

    def load(self) -> Token:
        return self.token

    @contextmanager
    def refresh_locked(self) -> Iterator[Token]:
        yield self.token

    def save(self, token: Token) -> None:
        self.token = token


@contextmanager
def zoho_session(org: Any) -> Iterator[ZohoSession]:
    """A session with the organisation's grant."""
    store = zoho_store.OdooTokenStore(org, load_token, token_values)
    session = ZohoSession(Tokens(_oauth(org), store))
    try:
        yield session
    finally:
        session.close()


@contextmanager
def _counted_session(org: Any) -> Iterator[ZohoSession]:
    """A session that counts what it spends, for the many calls of a run."""
    with zoho_session(org) as session:
        try:
            yield session
        finally:
            zoho_store.OdooCredits(org).add(session.credits, session.credits_left)


def zoho_users(org: Any) -> list[User]:
    """The organisation's active users.

    :raises UserError: Zoho cannot be asked, in words.
    """
    try:
        with zoho_session(org) as session:
            return list_users(session, "ActiveUsers")
    except SyncError as error:
        raise Told(org.env, error.reason) from None


def _metadata(org: Any, session: ZohoSession) -> Metadata:
    return Metadata(session, Fields.parse, zoho_store.OdooMetadataCache(org))


@contextmanager
def feed(org: Any) -> Iterator[tuple[ZohoFeed, Callable[[], datetime]]]:
    """The organisation's feed and Zoho's clock.

    The companies it brings are kept by ``store.OdooFeedStore``, with the rows.
    """
    with _counted_session(org) as session:
        yield (
            ZohoFeed(
                session,
                zoho_mapping,
                _metadata(org, session),
                private_tag=org.private_tag,
            ),
            session.now,
        )


def zone(account: Any) -> ZoneInfo:
    """The account's time zone; UTC where this machine does not know it."""
    try:
        return ZoneInfo(account.tz or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _zoho_side(
    account: Any,
    session: ZohoSession,
    metadata: Metadata,
    completed_before: date | None,
) -> ZohoSide:
    org = account.org_id
    companies = Companies(
        Records(session),
        metadata,
        zoho_store.OdooCompanyCache(org),
        create=org.create_companies and account.create_companies,
    )
    return ZohoSide(
        session,
        zoho_mapping.for_account(completed_before=completed_before),
        metadata,
        companies,
        owner=account.zoho_user_id,
        integration_user=org.zoho_user_id,
        private_tag=org.private_tag,
    )


# -- for the engine --------------------------------------------------------------------


class Sided:
    """A port whose errors tell which side they come from (``error.side``)."""

    def __init__(self, port: Any, side: str) -> None:
        self._port = port
        self._side = side

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if not callable(value):
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            with self._marked():
                result = value(*args, **kwargs)
            if isinstance(result, list):
                for item in result:
                    if isinstance(item, SyncError):
                        item.side = self._side
            elif isinstance(result, Iterator):
                return self._walk(result)
            return result

        return call

    def _walk(self, items: Iterator[Any]) -> Iterator[Any]:
        with self._marked():
            yield from items

    @contextmanager
    def _marked(self) -> Iterator[None]:
        try:
            yield
        except SyncError as error:
            error.side = self._side
            raise


@dataclass(frozen=True)
class Ports:
    """Both sides of one account."""

    notes: Any
    zoho: Any
    session: DominoSession


@contextmanager
def ports(
    account: Any,
    settings: AccountSettings,
    before_write: Callable[[], None] = lambda: None,
) -> Iterator[Ports]:
    """Both sides of an account, signed in as needed.

    :param settings: of the run, with its window.
    :param before_write: called before each request that may change something.
    :raises UserError: a secret cannot be read. :raises Misconfigured: a record is
        unusable.
    """
    org = account.org_id
    kinds = account._engine_kinds()
    here = zone(account)
    today = datetime.now(here).date()
    days = account.old_task_days
    completed_before = today - timedelta(days=days) if days else None
    with (
        domino_session(
            account.server_id,
            account.notes_username,
            account._get_secret("notes_password"),
            known_mode=account.notes_auth_mode or "",
        ) as session,
        _counted_session(org) as zoho,
    ):
        session.before_write = zoho.before_write = before_write
        session.features.update(account.notes_features or {})
        metadata = _metadata(org, zoho)
        notes = DominoSide(
            session,
            account.mail_file,
            mapping=notes_mapping.for_org(
                metadata.fields,
                here,
                today=today,
                completed_before=completed_before,
            ),
            kinds=kinds,
            installation=account._installation(),
            views=views(account.server_id, settings.kinds),
            calendar=(
                calendar_mapping.for_org(metadata.fields)
                if settings.window is not None
                else None
            ),
            window=settings.window,
        )
        yield Ports(
            notes=Sided(notes, "notes"),
            zoho=Sided(_zoho_side(account, zoho, metadata, completed_before), "zoho"),
            session=session,
        )
