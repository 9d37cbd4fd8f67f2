"""The DAS check: what of a server, a user and a mail file is ready for the sync.

One line a step, and for what is wrong where in Notes, Designer or Domino
Administrator it is switched (DAS: three levels of enabling; mail file schema: where
contacts live). It only reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from ..errors import Misconfigured, NeedsSignIn, SyncError
from ..reasons import Reason, _lt, reason, register
from . import texts  # noqa: F401  (registers the sentences)
from .calendar import CalendarService
from .data import NO_UNID, TRASH_VIEW, DataService
from .discovery import (
    MailFile,
    find_mail_file,
    normalise_path,
    services,
    stored_spelling,
)
from .session import DominoSession, ResolvedMode
from .side import VIEWS, reads_in_part

Outcome = Literal["ok", "warning", "failed", "skipped"]

register(
    {
        "check_server": _lt("Server reachable"),
        "check_sign_in": _lt("Sign-in"),
        "check_data_service": _lt("Data service on"),
        "check_calendar_service": _lt("Calendar service on"),
        "check_mail_file": _lt("Mail file found"),
        "check_database": _lt("Mail file allows views and documents"),
        "check_view": _lt("View %(view)s"),
        "check_contacts": _lt("Contacts copied to the server"),
        "check_calendar": _lt("Calendar can be listed"),
        "check_trash": _lt("Trash can be looked into"),
        "check_needs": _lt("Not looked at: %(what)s has to work first."),
        "found_count": _lt("%(count)s entries."),
        "found_mail_file": "%(mail_file)s",
        "no_contacts": _lt("The mail file holds no contacts."),
        "calendar_not_needed": _lt(
            "The Calendar service is off on %(server)s; it is needed only for events."
        ),
        "mail_file_elsewhere": _lt(" (the directory says its home server is %(home)s)"),
        "events_without_data": _lt(
            "Events are synced without it, but an edit of an event's text may take a "
            "day to be noticed."
        ),
        "trash_closed": _lt(
            "The view %(view)s cannot be read, so a contact in the trash may count as "
            "still there until the trash is emptied."
        ),
        "advice_address": _lt(
            "Enter the server's address as a browser opens it, https://host, and ask "
            "the administrator whether the HTTP task runs."
        ),
        "advice_tls": _lt(
            "Domino Administrator: renew the server's certificate, or give the server "
            "record here the CA's file."
        ),
        "advice_password": _lt(
            "Use the Internet password: Domino Directory, Person document, Basics tab. "
            "Users change it in Notes under File > Security > User Security."
        ),
        "advice_auth_mode": _lt(
            "Set the sign-in of the server record to automatic. For Basic on a session "
            "server: a Web Site rule, type Override Session Authentication, for /api* "
            "and */api*."
        ),
        "advice_data_service": _lt(
            "Domino Administrator: Web Site document, Configuration tab, Domino Access "
            "Services, Enabled services: add Data (without Internet Sites: Server "
            "document, Internet Protocols > Domino Web Engine). Then: tell http "
            "restart."
        ),
        "advice_calendar_service": _lt(
            "Domino Administrator: Web Site document, Configuration tab, Domino Access "
            "Services, Enabled services: add Calendar (without Internet Sites: Server "
            "document, Internet Protocols > Domino Web Engine). Then: tell http "
            "restart."
        ),
        "advice_das": _lt(
            "Domino Administrator: check that the server runs Domino 9.0.1 or later "
            "with Domino Access Services, and that the HTTP task loads OSGi."
        ),
        "advice_mail_file": _lt(
            "Ask the administrator for the mail file's path and home server (Domino "
            "Directory, Person document, Mail tab), enter the path in the account, and "
            "use the home server's address."
        ),
        "advice_access": _lt(
            "Notes: open the mail file, File > Application > Access Control: Editor or "
            "higher with Delete documents; on the Advanced tab, Maximum Internet name "
            "and password: Editor or higher."
        ),
        "advice_database": _lt(
            "Domino Designer: open the mail file, Application Configuration > "
            "Application Properties, Advanced tab, Allow Domino Data Service: Views "
            "and documents."
        ),
        "advice_view": _lt(
            "Domino Designer: open the mail file, open the view %(view)s, View "
            "Properties, Advanced tab, Web Access: tick Allow Domino Data Service "
            "operations. Do it in the mail template as well, or a design refresh turns "
            "it off again."
        ),
        "advice_view_missing": _lt(
            "Ask the administrator which view of the mail template lists these "
            "documents, and enter its name in the server record."
        ),
        "advice_contacts": _lt(
            "Notes: on the Replicator page, tick Enable for Synchronize Contacts and "
            "replicate; the contacts are then copied into the mail file."
        ),
        "advice_later": _lt(
            "Try again later; if it stays, ask the Domino administrator."
        ),
    }
)

_ADVICE = {
    "address": "advice_address",
    "tls": "advice_tls",
    "auth_mode": "advice_auth_mode",
    "das": "advice_das",
    "data_service": "advice_data_service",
    "calendar_service": "advice_calendar_service",
    "mail_file": "advice_mail_file",
    "database": "advice_database",
    "database_level": "advice_database",
    "write_access": "advice_access",
}


@dataclass(frozen=True)
class Check:
    """One step.

    :param code: ``server``, ``sign_in``, ``data_service``, ``calendar_service``,
        ``mail_file``, ``database``, ``view_<kind>``, ``contacts``, ``calendar``,
        ``trash``.
    :param label: what people call it.
    :param reason: what was found; ``advice``: where to put it right.
    """

    code: str
    outcome: Outcome
    label: Reason | None = None
    reason: Reason | None = None
    advice: Reason | None = None


@dataclass
class Diagnosis:
    """The whole report.

    :param mail_file: path from the root, empty if it was not found.
    :param auth_mode: how the server signs people in, once known.
    :param features: what was learned of the server, to be given to later sessions.
    :param error: the first error that stopped a step, for callers that act on types.
    """

    checks: list[Check] = field(default_factory=list)
    mail_file: str = ""
    home_server: str = ""
    auth_mode: ResolvedMode = ""
    features: dict[str, bool] = field(default_factory=dict)
    error: SyncError | None = None

    @property
    def ok(self) -> bool:
        """Whether the sync can work."""
        return not any(check.outcome in ("failed", "skipped") for check in self.checks)

    @property
    def first_failure(self) -> Check | None:
        return next((c for c in self.checks if c.outcome == "failed"), None)

    def check(self, code: str) -> Check:
        """The step of that code."""
        return next(check for check in self.checks if check.code == code)


def diagnose(
    session: DominoSession,
    *,
    mail_file: str = "",
    views: Mapping[str, str] = VIEWS,
    events: bool = False,
) -> Diagnosis:
    """Check everything in order; raises nothing of the server's doing.

    At most 11 requests with two views, whatever is wrong, and one for events.

    :param mail_file: as the user or administrator entered it; empty: discover it.
    :param views: the views that are to be synced, by kind.
    :param events: whether events are to be synced, which need the Calendar service;
        if nothing else is, they do without the Data service.
    """
    return _Doctor(session, mail_file, views, events).run()


class _Doctor:
    """Takes the steps in order; a step that cannot be taken is left out and comes
    into the report as skipped."""

    def __init__(
        self,
        session: DominoSession,
        mail_file: str,
        views: Mapping[str, str],
        events: bool,
    ) -> None:
        self.session = session
        self.given = mail_file
        self.views = views
        self.events = events
        self.result = Diagnosis()
        self.done: dict[str, Check] = {}

    def run(self) -> Diagnosis:
        offered = self._server()
        if offered is not None:
            self._services(offered)
            file = self._mail_file(offered)
            service = self._database(file) if file and offered.get("data") else None
            if service is not None:
                self._look_into(service)
            if file and self.events and offered.get("calendar"):
                self._calendar(service.mail_file if service else file.path)
        result = self.result
        if self.events and not self.views:
            self._do_without_data()
        result.checks = self._in_order()
        result.auth_mode = self.session.resolved_mode
        result.features = dict(self.session.features)
        return result

    def _in_order(self) -> list[Check]:
        labels = {
            code: reason(f"check_{code}")
            for code in (
                "server",
                "sign_in",
                "data_service",
                "calendar_service",
                "mail_file",
                "database",
            )
        }
        for kind, view in self.views.items():
            labels[f"view_{kind}"] = reason("check_view", view=view)
        if "contact" in self.views:
            labels["contacts"] = reason("check_contacts")
        if self.events:
            labels["calendar"] = reason("check_calendar")
        labels["trash"] = reason("check_trash")
        failed = [code for code in labels if self._outcome(code) == "failed"]
        checks = []
        for code, label in labels.items():
            check = self.done.get(code)
            if check is None:
                why = None
                if failed:
                    why = reason("check_needs", what=labels[failed[0]])
                check = Check(code, "skipped", reason=why)
            checks.append(replace(check, label=label))
        return checks

    def _outcome(self, code: str) -> Outcome | None:
        check = self.done.get(code)
        return check.outcome if check else None

    # -- steps -----------------------------------------------------------------------

    def _server(self) -> dict[str, bool] | None:
        """The services offered; ``None``: nothing more can be asked."""
        try:
            offered = services(self.session)
        except SyncError as error:
            refused = _no_sign_in(error)
            if refused:  # it answers, but shows nothing before the sign-in
                self._add("server", "ok")
            self._fail("sign_in" if refused else "server", error)
            return None
        self._add("server", "ok")
        return offered

    def _services(self, offered: Mapping[str, bool]) -> None:
        where = {"server": self.session.server}
        if offered.get("data"):
            self._add("data_service", "ok")
        else:
            why = reason("domino_data_off", **where)
            self._fail("data_service", Misconfigured(why, "data_service"))
        if offered.get("calendar"):
            self._add("calendar_service", "ok")
        elif self.events or not self.given:
            why = reason("domino_calendar_off", **where)
            self._fail("calendar_service", Misconfigured(why, "calendar_service"))
        else:
            self._add(
                "calendar_service",
                "warning",
                reason("calendar_not_needed", **where),
                reason("advice_calendar_service"),
            )

    def _mail_file(self, offered: Mapping[str, bool]) -> MailFile | None:
        """Where the mail file should be. Asking for it signs in; a path that was
        given is asked about only where nothing later would sign in."""
        try:
            if self.given:
                given = MailFile(normalise_path(self.given))
                if not offered.get("data") and offered.get("calendar"):
                    find_mail_file(self.session)
                    self._add("sign_in", "ok")
                return given
            found = find_mail_file(self.session)
        except SyncError as error:
            if _no_sign_in(error):
                self._fail("sign_in", error)
                return None
            if self.session.proven:
                self._add("sign_in", "ok")
            self._fail("mail_file", error)
            return None
        self._add("sign_in", "ok")
        self._found(found.path)
        self.result.home_server = found.home_server
        return found

    def _database(self, file: MailFile) -> DataService | None:
        """Open a document that does not exist: only at the full level the API says
        that there is none, and no view is needed for that.

        :returns: the mail file, if its views can be looked into.
        """
        try:
            service = self._open(file)
        except SyncError as error:
            return self._not_open(file, error)
        self._add("sign_in", "ok")
        self._found(service.mail_file)
        self._add("database", "ok")
        return service

    def _not_open(self, file: MailFile, error: SyncError) -> DataService | None:
        if _no_sign_in(error):
            self._fail("sign_in", error)
            return None
        if self.session.proven:
            self._add("sign_in", "ok")
        if isinstance(error, NeedsSignIn):
            self._fail("mail_file", error, reason("advice_access"))
            return None
        if not isinstance(error, Misconfigured):
            self._fail("database", error)
            return None
        self._add("sign_in", "ok")  # the API looks at its switches after that
        if error.setting == "mail_file":
            self._fail("mail_file", self._elsewhere(error, file))
            return None
        self._found(file.path)
        self._fail("database", error)
        if error.setting == "database_level":
            return DataService(self.session, file.path)
        return None

    def _open(self, file: MailFile) -> DataService:
        service = DataService(self.session, file.path)
        try:
            service.get(NO_UNID)
        except Misconfigured as error:
            spelling = None
            if error.setting == "mail_file":
                spelling = stored_spelling(self.session, file.path)
            if spelling in (None, file.path):
                raise
            service = DataService(self.session, str(spelling))
            service.get(NO_UNID)
        return service

    def _elsewhere(self, error: Misconfigured, file: MailFile) -> Misconfigured:
        """The directory may have named a file of another server (DAS: calendar
        service root, home server)."""
        self.result.mail_file = ""
        if not file.home_server:
            return error
        home = reason("mail_file_elsewhere", home=file.home_server)
        params = {**error.reason.params, "elsewhere": home}
        return Misconfigured(Reason(error.reason.code, params), error.setting)

    def _look_into(self, service: DataService) -> None:
        """The views, and with a document of one what the server can do."""
        known = ""
        for kind, view in self.views.items():
            code = f"view_{kind}"
            try:
                first, count = service.first(view)
            except SyncError as error:
                self._fail(code, error, self._view_advice(error, view))
                continue
            known = known or first
            found = reason("found_count", count=count)
            self._add(code, "ok", found)
            if kind == "contact" and count:
                self._add("contacts", "ok", found)
            elif kind == "contact":
                # None copied is the usual cause; having none is no fault.
                advice = reason("advice_contacts")
                self._add("contacts", "warning", reason("no_contacts"), advice)
        try:
            service.count(TRASH_VIEW)
        except SyncError:
            why = reason("trash_closed", view=TRASH_VIEW)
            advice = reason("advice_view", view=TRASH_VIEW)
            self._add("trash", "warning", why, advice)
        else:
            self._add("trash", "ok")
        if known and self._outcome("database") == "ok":
            self._learn(service, known)

    def _calendar(self, mail_file: str) -> None:
        """List a day of the calendar, which needs no switch of the mail file."""
        now = self.session.now()
        service = CalendarService(self.session, mail_file)
        try:
            service.ends_at(now, now + timedelta(days=1), 0)
        except SyncError as error:
            if _no_sign_in(error):
                self._fail("sign_in", error)
            elif self._outcome("mail_file") != "failed":
                advice = None
                if isinstance(error, NeedsSignIn):
                    advice = reason("advice_access")
                self._fail("calendar", error, advice)
            return
        self._add("sign_in", "ok")
        self._found(mail_file)
        self._add("calendar", "ok")

    def _do_without_data(self) -> None:
        """What only the data service is needed for is no obstacle to events."""
        if self._outcome("calendar") != "ok":
            return
        for code in ("data_service", "database", "trash"):
            check = self.done.get(code)
            if check is None or check.outcome == "failed":
                advice = check.advice if check else None
                advice = advice or reason("advice_data_service")
                self._add(code, "warning", reason("events_without_data"), advice)
        if not any(check.outcome == "failed" for check in self.done.values()):
            self.result.error = None

    @staticmethod
    def _view_advice(error: SyncError, view: str) -> Reason | None:
        if not isinstance(error, Misconfigured) or error.setting != "view":
            return None
        if error.reason.code == "domino_view_missing":
            return reason("advice_view_missing")
        return reason("advice_view", view=view)

    def _learn(self, service: DataService, known: str) -> None:
        try:
            answer = reads_in_part(service, known)
        except SyncError:
            return  # nothing learned; the first run asks again
        if answer is not None:
            self.session.features["fields"] = answer

    # -- writing it down ---------------------------------------------------------------

    def _found(self, path: str) -> None:
        self.result.mail_file = path
        self._add("mail_file", "ok", reason("found_mail_file", mail_file=path))

    def _fail(self, code: str, error: SyncError, advice: Reason | None = None) -> None:
        self.result.error = self.result.error or error
        if advice is None:
            name = "advice_later"
            if isinstance(error, NeedsSignIn):
                name = "advice_password"
            elif isinstance(error, Misconfigured):
                name = _ADVICE.get(error.setting, name)
            elif code == "server":
                name = "advice_address"
            advice = reason(name)
        self._add(code, "failed", error.reason, advice)

    def _add(
        self,
        code: str,
        outcome: Outcome,
        why: Reason | None = None,
        advice: Reason | None = None,
    ) -> None:
        self.done[code] = Check(code, outcome, reason=why, advice=advice)


def _no_sign_in(error: SyncError) -> bool:
    """Whether an error means that the user could not sign in at all."""
    if isinstance(error, NeedsSignIn):
        return error.reason.code != "domino_no_access"
    return isinstance(error, Misconfigured) and error.setting == "auth_mode"
