"""The DAS check, with each switch off in turn."""

import socket

import pytest

from notes_zoho_sync.services.domino.diagnosis import diagnose
from notes_zoho_sync.services.errors import NeedsSignIn, NotSent

from .domino_support import MAIL, USER, connect, people, server

LIMIT = 11
EXPECTED = [
    "server",
    "sign_in",
    "data_service",
    "calendar_service",
    "mail_file",
    "database",
    "view_contact",
    "view_task",
    "contacts",
    "calendar",
    "trash",
]


@pytest.fixture
def domino():
    with server(auth="session") as simulator:
        people(simulator, 3)
        yield simulator


def outcomes(diagnosis):
    return {check.code: check.outcome for check in diagnosis.checks}


def examine(simulator, session=None, **options):
    """A diagnosis, with what holds for every one."""
    before = simulator.dump()
    diagnosis = diagnose(session or connect(simulator), **options)
    events = options.get("events", False)
    expected = [
        code
        for code in EXPECTED
        if (code != "calendar" or events)
        and ("views" not in options or not code.startswith(("view_", "contacts")))
    ]
    assert [check.code for check in diagnosis.checks] == expected
    assert simulator.log.count() <= LIMIT + events
    assert simulator.log.writes() == 0
    assert simulator.dump() == before
    for check in diagnosis.checks:
        assert str(check.label)
        if check.outcome in ("failed", "warning"):
            assert str(check.reason) and str(check.advice)
        if check.outcome == "skipped":
            assert "has to work first" in str(check.reason)
    return diagnosis


@pytest.mark.parametrize("mode", ["basic", "session", "session_override"])
def test_a_server_that_is_ready_passes_everything(mode):
    with server(auth=mode) as simulator:
        people(simulator, 3)
        diagnosis = examine(simulator)
        assert set(outcomes(diagnosis).values()) == {"ok"}
        assert diagnosis.ok
        assert diagnosis.mail_file == "/mail/jdoe.nsf"
        resolved = "session" if mode == "session" else "basic"
        assert diagnosis.auth_mode == resolved
        assert diagnosis.features == {"fields": True}


def test_an_old_server_is_told_apart():
    with server(fp=7) as simulator:
        people(simulator, 1)
        assert examine(simulator).features == {"fields": False}


def test_a_server_that_is_not_there_fails_at_once():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with server() as simulator:
        session = connect(simulator, url=f"http://127.0.0.1:{port}")
        diagnosis = examine(simulator, session, events=True)
    assert outcomes(diagnosis) == {"server": "failed"} | dict.fromkeys(
        EXPECTED[1:], "skipped"
    )
    assert isinstance(diagnosis.error, NotSent)
    assert diagnosis.first_failure.reason.code == "domino_refused"


def test_an_unknown_host_is_named():
    with server() as simulator:
        session = connect(simulator, url="http://nowhere.invalid")
        failure = examine(simulator, session).first_failure
    assert (failure.code, failure.reason.code) == ("server", "domino_dns")


def test_a_server_without_the_services_is_named(domino):
    domino.faults.add("status", path="^/api", status=404, count=None)
    failure = examine(domino).first_failure
    assert (failure.code, failure.reason.code) == ("server", "domino_no_das")


@pytest.mark.parametrize("mode", ["basic", "session", "session_override"])
def test_a_wrong_password_fails_the_sign_in_only(mode):
    with server(auth=mode) as simulator:
        diagnosis = examine(simulator, connect(simulator, password="Winter-17"))
        assert outcomes(diagnosis)["server"] == "ok"
        assert outcomes(diagnosis)["sign_in"] == "failed"
        assert outcomes(diagnosis)["mail_file"] == "skipped"
        assert isinstance(diagnosis.error, NeedsSignIn)
        assert "Internet password" in str(diagnosis.first_failure.advice)


def test_a_wrong_password_is_seen_where_even_the_services_need_one():
    with server(auth="session", anonymous_root=False) as simulator:
        diagnosis = examine(simulator, connect(simulator, password="Winter-17"))
        assert outcomes(diagnosis)["server"] == "ok"
        assert outcomes(diagnosis)["sign_in"] == "failed"


def test_a_wrong_sign_in_mode_is_named(domino):
    failure = examine(domino, connect(domino, auth_mode="basic")).first_failure
    assert (failure.code, failure.reason.code) == ("sign_in", "domino_wants_form")
    assert "Override Session" in str(failure.advice)


def test_the_data_service_that_is_off_is_named(domino):
    domino.act.set_knob("services", ["Calendar"])
    diagnosis = examine(domino)
    assert diagnosis.first_failure.code == "data_service"
    assert "Enabled services" in str(diagnosis.first_failure.advice)
    assert outcomes(diagnosis)["mail_file"] == "ok"
    assert outcomes(diagnosis)["database"] == "skipped"
    assert not diagnosis.ok


def test_a_given_mail_file_is_signed_in_to_even_without_the_data_service(domino):
    domino.act.set_knob("services", ["Calendar"])
    session = connect(domino, password="Winter-17")
    diagnosis = examine(domino, session, mail_file=MAIL)
    assert outcomes(diagnosis)["sign_in"] == "failed"


def test_the_calendar_service_that_is_off_is_named(domino):
    domino.act.set_knob("services", ["Data"])
    diagnosis = examine(domino)
    assert diagnosis.first_failure.code == "calendar_service"
    assert outcomes(diagnosis)["mail_file"] == "failed"


def test_without_events_a_given_mail_file_needs_no_calendar_service(domino):
    domino.act.set_knob("services", ["Data"])
    diagnosis = examine(domino, mail_file="mail\\jdoe")
    assert outcomes(diagnosis)["calendar_service"] == "warning"
    assert diagnosis.ok
    assert diagnosis.mail_file == "/mail/jdoe.nsf"


def test_events_need_the_calendar_service(domino):
    domino.act.set_knob("services", ["Data"])
    diagnosis = examine(domino, mail_file=MAIL, events=True)
    assert diagnosis.first_failure.code == "calendar_service"


def test_the_calendar_is_listed_for_events(domino):
    diagnosis = examine(domino, mail_file=MAIL, events=True)
    assert set(outcomes(diagnosis).values()) == {"ok"}
    domino.log.clear()
    body = {"code": 500, "text": "Internal Server Error", "message": "Sick"}
    domino.faults.add("status", route="events", status=500, body=body)
    diagnosis = examine(domino, mail_file=MAIL, events=True)
    assert diagnosis.first_failure.code == "calendar"


def test_a_calendar_that_may_not_be_read_is_named(domino):
    domino.act.set_access(MAIL, USER, 0)
    diagnosis = examine(domino, mail_file=MAIL, events=True, views={})
    assert not diagnosis.ok
    assert "access" in str(diagnosis.first_failure.reason).lower()


@pytest.mark.parametrize("off", ["service", "database"])
def test_events_alone_do_without_the_data_service(domino, off):
    if off == "service":
        domino.act.set_knob("services", ["Calendar"])
    else:
        domino.act.set_level(MAIL, 0)
    diagnosis = examine(domino, mail_file=MAIL, events=True, views={})
    assert diagnosis.ok and diagnosis.error is None
    found = outcomes(diagnosis)
    assert found["calendar"] == found["sign_in"] == found["mail_file"] == "ok"
    assert found["database"] == "warning"
    assert "a day" in str(diagnosis.check("database").reason)
    assert not diagnose(connect(domino), mail_file=MAIL, events=True).ok


def test_a_person_without_mail_file_is_named(domino):
    domino.act.move_user(USER, mail_file=None)
    diagnosis = examine(domino)
    assert outcomes(diagnosis)["sign_in"] == "ok"
    assert diagnosis.first_failure.code == "mail_file"


def test_a_mail_file_of_another_server_is_named_with_its_home(domino):
    domino.act.move_user(USER, mail_file="mail/away.nsf", home_server="Mail9/Acme")
    failure = examine(domino).first_failure
    assert failure.code == "mail_file"
    assert "Mail9/Acme" in str(failure.reason)


def test_a_path_that_discovery_put_in_lower_case_is_found(domino):
    file = domino.act.add_mail_file("Mail/Jane.nsf", owner=USER)
    domino.act.move_user(USER, mail_file=file)
    find = domino.world.file
    domino.world.file = lambda path: None if path == "mail/jane.nsf" else find(path)
    diagnosis = examine(domino)
    assert diagnosis.mail_file == "/Mail/Jane.nsf"
    assert diagnosis.ok


def test_a_mistyped_mail_file_is_named(domino):
    failure = examine(domino, mail_file="mail/jode.nsf").first_failure
    assert failure.code == "mail_file"
    assert "mail/jode.nsf" in str(failure.reason)


def test_no_access_to_the_mail_file_is_no_wrong_password(domino):
    domino.act.set_access(MAIL, USER, 0)
    diagnosis = examine(domino)
    assert outcomes(diagnosis)["sign_in"] == "ok"
    assert diagnosis.first_failure.code == "mail_file"
    assert "Access Control" in str(diagnosis.first_failure.advice)


def test_the_database_property_that_is_off_is_named(domino):
    domino.act.set_level(MAIL, 0)
    diagnosis = examine(domino)
    assert diagnosis.first_failure.reason.code == "domino_database_off"
    assert diagnosis.auth_mode == "session"
    assert "Allow Domino Data Service" in str(diagnosis.first_failure.advice)
    assert outcomes(diagnosis)["mail_file"] == "ok"
    assert outcomes(diagnosis)["view_contact"] == "skipped"


def test_how_to_sign_in_is_known_even_if_nothing_else_works():
    with server(auth="basic") as simulator:
        simulator.act.set_level(MAIL, 0)
        assert examine(simulator, mail_file=MAIL).auth_mode == "basic"


def test_a_database_for_views_only_is_named_with_its_level(domino):
    domino.act.set_level(MAIL, 1)
    diagnosis = examine(domino)
    assert diagnosis.first_failure.reason.code == "domino_views_only"
    assert "Views and documents" in str(diagnosis.first_failure.advice)
    assert outcomes(diagnosis)["view_contact"] == "ok"


@pytest.mark.parametrize(
    ("kind", "view"), [("contact", "($Contacts)"), ("task", "($ToDo)")]
)
def test_a_view_that_is_off_is_named(domino, kind, view):
    domino.act.set_view(MAIL, view, False)
    diagnosis = examine(domino)
    assert diagnosis.first_failure.code == f"view_{kind}"
    assert view in str(diagnosis.first_failure.advice)
    assert "Allow Domino Data Service operations" in str(diagnosis.first_failure.advice)


def test_a_view_that_does_not_exist_is_named(domino):
    domino.act.remove_view(MAIL, "($ToDo)")
    failure = examine(domino).first_failure
    assert failure.reason.code == "domino_view_missing"


def test_no_contacts_is_a_warning_about_the_replicator():
    with server() as simulator:
        diagnosis = examine(simulator)
        check = diagnosis.check("contacts")
        assert check.outcome == "warning"
        assert "Synchronize Contacts" in str(check.advice)
        assert diagnosis.ok


def test_a_closed_trash_is_a_warning(domino):
    domino.act.set_view(MAIL, "($SoftDeletions)", False)
    diagnosis = examine(domino)
    assert diagnosis.check("trash").outcome == "warning"
    assert diagnosis.ok


def test_an_answer_that_is_no_json_fails_the_step(domino):
    domino.faults.add("html", route="api", status=200, count=None)
    failure = examine(domino).first_failure
    assert (failure.code, failure.reason.code) == ("server", "unexpected_answer")
