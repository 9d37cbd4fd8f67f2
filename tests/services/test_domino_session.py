"""Signing in to Domino, and staying signed in."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from notes_zoho_sync.services.domino.session import DominoSession, Request
from notes_zoho_sync.services.errors import (
    Gone,
    Misconfigured,
    NeedsSignIn,
    NotSent,
    RetryLater,
)

from .domino_support import MAIL, PASSWORD, USER, connect, server

LIST = f"/{MAIL}/api/data/documents"
SINCE = {"since": "2020-01-01T00:00:00Z"}


def rows(data):
    return isinstance(data, list)


def read(session, path=LIST, params=SINCE, shape=rows, **options):
    return session.get(path, params, shape=shape, **options)


@pytest.fixture
def basic():
    with server(auth="basic") as simulator:
        yield simulator


@pytest.fixture
def form():
    with server(auth="session") as simulator:
        yield simulator


# -- finding out how ---------------------------------------------------------------


def test_a_basic_server_is_read_in_one_request(basic):
    session = connect(basic)
    assert read(session).data == []
    assert basic.log.counts() == {"GET documents": 1}
    assert session.resolved_mode == "basic"


def test_a_form_server_is_found_out_by_its_form(form):
    session = connect(form)
    assert read(session).data == []
    assert form.log.counts() == {"GET documents": 2, "POST login": 1}
    assert session.resolved_mode == "session"


def test_a_form_server_that_is_known_gets_the_login_first(form):
    session = connect(form, known_mode="session")
    read(session)
    assert form.log.counts() == {"POST login": 1, "GET documents": 1}


def test_a_set_session_mode_signs_in_first(form):
    session = connect(form, auth_mode="session")
    read(session)
    assert form.log.counts() == {"POST login": 1, "GET documents": 1}


def test_an_override_site_takes_basic():
    with server(auth="session_override") as simulator:
        session = connect(simulator)
        read(session)
        assert simulator.log.counts() == {"GET documents": 1}
        assert session.resolved_mode == "basic"


@pytest.mark.parametrize("login_form", ["html", "json"])
@pytest.mark.parametrize("force401", [False, True])
def test_every_sort_of_login_form_is_recognised(login_form, force401):
    knobs = {"auth": "session", "login_form": login_form, "force401": force401}
    with server(**knobs) as simulator:
        session = connect(simulator)
        assert read(session).data == []
        assert session.resolved_mode == "session"


@pytest.mark.parametrize("cookie", ["DomAuthSessId", "LtpaToken", "LtpaToken2"])
def test_every_login_cookie_counts(cookie):
    with server(auth="session", session_cookie=cookie) as simulator:
        assert read(connect(simulator)).data == []


def test_a_site_form_that_nobody_foresaw_is_tried_as_a_form(form):
    body = {"please": "identify yourself"}
    form.faults.add("status", route="documents", status=200, body=body)
    session = connect(form)
    assert read(session).data == []
    assert form.log.counts() == {"GET documents": 2, "POST login": 1}
    assert session.resolved_mode == "session"


def test_a_remembered_form_login_gives_way_when_the_server_went_basic(basic):
    session = connect(basic, known_mode="session")
    assert read(session).data == []
    assert session.resolved_mode == "basic"


def test_a_remembered_basic_login_gives_way_when_the_server_went_to_forms(form):
    session = connect(form, known_mode="basic")
    assert read(session).data == []
    assert session.resolved_mode == "session"


def test_what_anybody_may_read_proves_no_sign_in(form):
    session = connect(form)
    session.get("/api", shape=lambda data: "services" in data)
    assert session.resolved_mode == ""


def test_a_set_basic_mode_says_that_the_server_wants_forms(form):
    with pytest.raises(Misconfigured) as caught:
        read(connect(form, auth_mode="basic"))
    assert caught.value.reason.code == "domino_wants_form"
    assert form.log.count("login") == 0


def test_a_set_session_mode_says_that_the_server_has_no_form(basic):
    with pytest.raises(Misconfigured) as caught:
        read(connect(basic, auth_mode="session"))
    assert caught.value.reason.code == "domino_wants_basic"


def test_a_login_cookie_for_another_host_is_named():
    knobs = {"session_cookie": "LtpaToken", "cookie_domain": ".acme.example"}
    with server(auth="session", **knobs) as simulator:
        with pytest.raises(Misconfigured) as caught:
            read(connect(simulator))
        assert caught.value.reason.code == "domino_cookie"


# -- refusals ----------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["basic", "session", "session_override"])
def test_a_wrong_password_needs_a_new_sign_in(mode):
    with server(auth=mode) as simulator:
        with pytest.raises(NeedsSignIn) as caught:
            read(connect(simulator, password="Winter-17"))
        assert caught.value.reason.code == "sign_in"
        assert USER in str(caught.value)


def test_a_refused_password_is_sent_once_only(form):
    session = connect(form, password="Winter-17", known_mode="session")
    for _ in range(3):
        with pytest.raises(NeedsSignIn):
            read(session)
    assert form.log.count() == 1


def test_threads_do_not_all_try_a_refused_password(form):
    session = connect(form, password="Winter-17", known_mode="session")
    form.faults.add("slow", route="login", seconds=0.1, count=None)

    def ask(_):
        with pytest.raises(NeedsSignIn):
            read(session)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(8)))
    assert form.log.count("login") == 1


@pytest.mark.parametrize("mode", ["basic", "session"])
def test_no_access_is_told_from_a_wrong_password(mode):
    with server(auth=mode) as simulator:
        session = connect(simulator)
        session.get("/api/calendar", shape=lambda data: "calendars" in data)
        simulator.act.set_access(MAIL, USER, 0)
        with pytest.raises(NeedsSignIn) as caught:
            read(session)
        assert caught.value.reason.code == "domino_no_access"


def test_no_access_ends_after_one_fresh_login(form):
    form.act.set_access(MAIL, USER, 0)
    with pytest.raises(NeedsSignIn):
        read(connect(form, known_mode="session"))
    assert form.log.counts() == {"POST login": 2, "GET documents": 2}


def test_a_bare_401_is_a_refusal_even_if_it_does_not_ask(basic):
    body = "<html><h1>Error 401</h1>You are not authorized.</html>"
    basic.faults.add("status", route="documents", status=401, body=body)
    with pytest.raises(NeedsSignIn):
        read(connect(basic, auth_mode="basic"))


# -- in mid-run --------------------------------------------------------------------


def test_an_expired_session_is_renewed_and_the_read_repeated(form):
    session = connect(form)
    read(session)
    form.act.expire_sessions()
    form.log.clear()
    assert read(session).data == []
    assert form.log.counts() == {"GET documents": 2, "POST login": 1}


def test_an_idle_session_is_renewed(form):
    session = connect(form)
    read(session)
    form.clock.advance(minutes=31)
    assert read(session).data == []


def test_a_write_that_met_the_form_is_sent_again(form):
    session = connect(form)
    read(session)
    form.act.expire_sessions()
    session.send("POST", LIST, {"form": "Person"}, body={"LastName": "Brook"})
    assert [d["form"] for d in form.documents(MAIL)] == ["Person"]


def test_threads_renew_an_expired_session_once(form):
    session = connect(form)
    read(session)
    form.act.expire_sessions()
    form.log.clear()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: read(session).data, range(12)))
    assert answers == [[]] * 12
    assert form.log.count("login") == 1


def test_a_form_in_mid_run_on_a_basic_server_is_answered_with_a_login():
    with server(auth="session_override") as simulator:
        session = connect(simulator)
        read(session)
        simulator.faults.add("login_form", route="documents")
        assert read(session).data == []


def test_a_redirect_to_the_login_page_is_a_login_form(form):
    headers = {"Location": f"{form.url}/names.nsf?Login&RedirectTo=/x"}
    form.faults.add("status", route="documents", status=302, headers=headers)
    session = connect(form)
    assert read(session).data == []
    assert form.log.count("login") == 1


# -- connections -------------------------------------------------------------------


def test_parallel_reads_use_no_more_connections_than_allowed(basic):
    session = connect(basic, max_connections=2)
    most = 0
    lock = threading.Lock()
    handle = basic.handle

    async def watched(request):
        nonlocal most
        with lock:
            most = max(most, basic.in_flight)
        return await handle(request)

    basic.handle = watched
    basic.faults.add("slow", seconds=0.02, count=None)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: read(session), range(16)))
    assert most == 2


def test_connections_are_kept_alive(basic):
    seen = []
    handle = basic.handle

    async def watched(request):
        seen.append(request.transport)
        return await handle(request)

    basic.handle = watched
    session = connect(basic, max_connections=1)
    for _ in range(3):
        read(session)
    assert len(seen) == 3
    assert len(set(seen)) == 1


def test_the_client_says_who_it_is_and_takes_gzip(basic):
    basic.log.keep_bodies = True
    answer = read(connect(basic))
    [entry] = basic.log.entries
    assert entry.headers["User-Agent"].startswith("notes-zoho-sync/")
    assert answer.header("Content-Encoding") == "gzip"


def test_no_csrf_token_is_ever_needed(basic):
    session = connect(basic)
    session.send("POST", LIST, {"form": "Person"}, body={"LastName": "Brook"})
    assert basic.log.count("nonce") == 0


def test_a_csrf_cookie_is_matched_by_the_header(basic):
    session = connect(basic)
    session._exchange(Request("GET", "/api/core/nonce"))
    assert read(session).data == []


def test_the_clock_is_the_servers(basic):
    basic.clock.advance(days=400)
    session = connect(basic)
    assert abs((session.now() - basic.clock.now()).total_seconds()) < 60


@pytest.mark.parametrize("known", ["", "session"])
def test_asking_for_the_time_of_a_form_server_costs_only_the_login(form, known):
    session = connect(form, known_mode=known)
    session.now()
    session.now()
    read(session)
    assert form.log.counts() == {"POST login": 1, "GET documents": 1}


@pytest.mark.parametrize("known", ["", "basic"])
def test_asking_for_the_time_of_a_basic_server_costs_one_request(basic, known):
    session = connect(basic, known_mode=known)
    session.now()
    session.now()
    assert read(session).data == []
    assert basic.log.count() == 2
    assert session.resolved_mode == "basic"


def test_a_form_login_that_the_api_does_not_heed_gives_way_to_basic():
    with server(auth="session_override") as simulator:
        session = connect(simulator)
        session.now()
        simulator.act.expire_sessions()  # as if the API did not look at the cookie
        assert read(session).data == []
        assert session.resolved_mode == "basic"


# -- methods -----------------------------------------------------------------------


def test_a_blocked_method_goes_another_way_and_is_remembered(basic):
    basic.act.set_knob("methods", ["GET", "POST"])
    session = connect(basic)
    unids = [basic.act.create_contact(MAIL, LastName=name) for name in ("A", "B")]
    for unid in unids:
        session.send("PATCH", f"{LIST}/unid/{unid}", body={"JobTitle": "Buyer"})
    for unid in unids:
        session.send("DELETE", f"{LIST}/unid/{unid}")
    assert basic.documents(MAIL) == []
    refused = [e.method for e in basic.log.entries if e.status == 405]
    assert refused == ["PATCH", "DELETE"]


def test_what_was_learned_of_a_blocked_method_serves_the_next_session(basic):
    basic.act.set_knob("methods", ["GET", "POST"])
    unid = basic.act.create_contact(MAIL, LastName="A")
    first, second = connect(basic), connect(basic)
    for session in (first, second):
        session.features.update(first.features)
        session.send("PATCH", f"{LIST}/unid/{unid}", body={"JobTitle": "Buyer"})
    assert [e.method for e in basic.log.entries if e.status == 405] == ["PATCH"]


def test_a_site_that_blocks_post_as_well_is_named(basic):
    basic.act.set_knob("methods", ["GET"])
    session = connect(basic)
    with pytest.raises(Misconfigured) as caught:
        session.send("PATCH", f"{LIST}/unid/{'A' * 32}", body={})
    assert caught.value.reason.code == "domino_method_blocked"
    assert session.features == {}, "the next session finds out anew"


# -- secrets -----------------------------------------------------------------------


def test_no_secret_is_shown(basic, caplog):
    caplog.set_level(logging.DEBUG)
    session = connect(basic, password="Herbst-99")
    with pytest.raises(NeedsSignIn) as caught:
        read(session)
    shown = f"{session!r} {caught.value!r} {caught.value} {caplog.text}"
    assert "Herbst-99" not in shown
    assert "SGVyYnN0" not in shown  # base64


def test_an_exception_holds_no_request_of_the_http_library():
    session = DominoSession(
        "http://127.0.0.1:1", USER, PASSWORD, allow_http=True, sleep=lambda _: None
    )
    with pytest.raises(NotSent) as caught:
        read(session)
    error = caught.value
    while error is not None:
        assert not hasattr(error, "request")
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    "address",
    [
        "http://domino.example",
        "ftp://domino.example",
        "domino.example",
        "https://jdoe:pw@domino.example",
        "https://domino.example/mail",
        "https://domino.example:port",
        "https://" + "a" * 70 + ".example",
        "https://domino example",
        "https://.domino.example",
        "https://",
        "",
    ],
)
def test_an_unusable_address_is_refused(address):
    with pytest.raises(Misconfigured) as caught:
        DominoSession(address, USER, PASSWORD)
    assert caught.value.setting == "address"
    assert "pw" not in str(caught.value)


def test_a_missing_ca_file_is_named():
    with pytest.raises(Misconfigured) as caught:
        DominoSession("https://d.example", USER, PASSWORD, verify="/no/such.pem")
    assert "/no/such.pem" in str(caught.value)


def test_credentials_do_not_follow_a_redirect(basic):
    with server(auth="basic") as other:
        headers = {"Location": f"{other.url}/{MAIL}/api/data/documents"}
        basic.faults.add("status", route="documents", status=302, headers=headers)
        with pytest.raises(Misconfigured) as caught:
            read(connect(basic))
        assert caught.value.reason.code == "domino_redirect"
        assert other.log.count() == 0


def test_the_environment_sends_nothing_elsewhere(basic, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert read(connect(basic)).data == []


def test_a_missing_document_is_gone(basic):
    with pytest.raises(Gone):
        read(connect(basic), f"{LIST}/unid/{'A' * 32}", {})


def test_a_missing_mail_file_is_no_missing_document(basic):
    with pytest.raises(Misconfigured) as caught:
        read(connect(basic), f"/mail/other.nsf/api/data/documents/unid/{'A' * 32}")
    assert caught.value.setting == "mail_file"


def test_what_nobody_foresaw_is_tried_later(basic):
    basic.faults.add("status", route="documents", status=418, count=None)
    with pytest.raises(RetryLater):
        read(connect(basic))
