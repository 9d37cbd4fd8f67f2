"""Both clients against a server that means harm."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime

import pytest

from notes_zoho_sync.services import bounded
from notes_zoho_sync.services.domino.data import DataService
from notes_zoho_sync.services.domino.discovery import find_mail_file, stored_spelling
from notes_zoho_sync.services.domino.session import DominoSession
from notes_zoho_sync.services.errors import (
    Misconfigured,
    NeedsSignIn,
    OutcomeUnknown,
    RetryLater,
    SyncError,
)
from notes_zoho_sync.services.zoho.transport import Limits, Transport

from .hostile import Script, answer, hostile

MEGABYTE = 1024 * 1024
PASSWORD = "Sommer-17"
EMPTY = answer(b"[]")


def session(url: str, **options: object) -> DominoSession:
    values: dict[str, object] = {
        "allow_http": True,
        "auth_mode": "basic",
        "timeouts": (2.0, 2.0),
        "total_timeout": 0.6,
        "max_bytes": MEGABYTE,
        "sleep": lambda _: None,
        **options,
    }
    return DominoSession(url, "Jane Doe", PASSWORD, **values)  # type: ignore[arg-type]


def read(url: str, **options: object) -> object:
    with session(url, **options) as it:
        return it.get("/api/data", shape=lambda data: isinstance(data, list)).data


def ask_zoho(url: str) -> object:
    limits = Limits(connect=2, read=2, total=0.6, size=MEGABYTE)
    transport = Transport(limits=limits)
    try:
        return transport.send("GET", f"{url}/crm/v8/org").data
    finally:
        transport.close()


ASK = [pytest.param(read, id="domino"), pytest.param(ask_zoho, id="zoho")]


def endless(head: bytes, piece: bytes, pause: float = 0.0) -> Script:
    def script(send, request):
        send(head)
        while True:
            send(piece)
            time.sleep(pause)

    return script


def once(data: bytes) -> Script:
    return lambda send, request: send(data)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("ask", ASK)
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(endless(b"HTTP/1.1 200 O", b"K", 0.02), id="status line"),
        pytest.param(endless(HEAD + b"X: ", b"x", 0.02), id="header"),
        pytest.param(
            endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="interim answers"
        ),
        pytest.param(
            endless(HEAD + b"Content-Length: 9000000\r\n\r\n", b" ", 0.02), id="body"
        ),
        pytest.param(endless(HEAD + b"\r\n", b" ", 0.02), id="body without length"),
        pytest.param(endless(CHUNKED, b"1\r\n \r\n", 0.02), id="chunks"),
        pytest.param(
            endless(CHUNKED + b"2\r\n[]\r\n0\r\n", b"X: y\r\n", 0.02), id="trailer"
        ),
    ],
)
def test_an_answer_that_drips_ends_when_its_time_is_over(ask, script):
    with hostile(script) as url, pytest.raises(RetryLater) as caught:
        ask(url)
    assert caught.value.reason.code in ("timed_out", "domino_connection")


@pytest.mark.parametrize("ask", ASK)
def test_an_endless_answer_is_dropped_at_the_limit(ask):
    script = endless(HEAD + b"\r\n", b" " * 65536)
    with hostile(script) as url, pytest.raises(RetryLater) as caught:
        ask(url)
    assert caught.value.reason.code in ("domino_too_big", "unexpected_answer")


@pytest.mark.parametrize("ask", ASK)
def test_the_body_of_a_redirect_is_bounded_as_well(ask):
    taken = 0

    def script(send, request):
        nonlocal taken
        send(b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\n\r\n")
        while taken < 64 * MEGABYTE:
            send(b" " * 65536)
            taken += 65536

    with hostile(script) as url, pytest.raises(SyncError):
        ask(url)
    assert taken < 16 * MEGABYTE


@pytest.mark.parametrize("ask", ASK)
@pytest.mark.parametrize("coding", ["gzip, gzip", "deflate, gzip", "br", "GZIP,GZIP"])
def test_an_answer_packed_several_times_is_not_unpacked(ask, coding):
    bomb = gzip.compress(gzip.compress(b" " * (64 * MEGABYTE)))
    data = answer(bomb, Content_Encoding=coding)
    with hostile(once(data)) as url, pytest.raises(RetryLater) as caught:
        ask(url)
    assert caught.value.reason.code in ("domino_too_big", "unexpected_answer")


@pytest.mark.parametrize("ask", ASK)
def test_an_answer_that_grows_when_unpacked_stops_at_the_limit(ask):
    data = answer(gzip.compress(b" " * (64 * MEGABYTE)), Content_Encoding="gzip")
    with hostile(once(data)) as url, pytest.raises(RetryLater) as caught:
        ask(url)
    assert caught.value.reason.code in ("domino_too_big", "unexpected_answer")


@pytest.mark.parametrize("deep", [b"[" * 200 + b"]" * 200, b'{"a":' * 100_000])
def test_deep_json_is_no_answer(deep):
    with hostile(once(answer(deep))) as url:
        with pytest.raises(RetryLater):
            read(url)
        assert ask_zoho(url) is None


@pytest.mark.parametrize(
    "where",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//evil.example/x",
        "https://evil.example/names.nsf?Login",
        "/names.nsf?Login",
        "http://[",
        "gopher://evil.example",
    ],
)
def test_a_redirect_is_never_followed_and_no_password_goes_elsewhere(where):
    asked = []

    def elsewhere(send, request):
        asked.append(request)
        send(EMPTY)

    requests = []

    with hostile(elsewhere) as other:
        moved = where.replace("http://169.254.169.254", other)

        def script(send, request):
            requests.append(request)
            send(answer(b"", "302 Found", Location=moved))

        with hostile(script) as url:
            with pytest.raises((Misconfigured, NeedsSignIn, RetryLater)):
                read(url)
            with pytest.raises((Misconfigured, NeedsSignIn, RetryLater)):
                read(url, auth_mode="session")
        assert asked == []
    lines = {request.split(b"\r\n")[0].split(b" ")[1] for request in requests}
    assert lines <= {b"/api/data", b"/names.nsf?Login"}


def test_links_in_answers_choose_a_path_and_never_a_server():
    asked = []
    body = (
        b'{"calendars": [{"owner": {}, "links": [{"rel": "events", '
        b'"href": "http://evil.example/mail/jdoe.nsf/api/calendar/events"}]}]}'
    )

    def script(send, request):
        asked.append(request)
        send(answer(body))

    with hostile(script) as url, session(url) as it:
        assert find_mail_file(it).path == "/mail/jdoe.nsf"
    assert b"evil" not in asked[0]


def test_the_address_of_a_new_document_counts_by_its_unid_only():
    where = f"http://evil.example/other.nsf/api/data/documents/unid/{'A' * 32}"
    asked = []

    def script(send, request):
        asked.append(request.split(b"\r\n")[0])
        send(answer(b"", "201 Created", Location=where))

    with hostile(script) as url, session(url) as it:
        data = DataService(it, "/mail/jdoe.nsf")
        assert data.create("Person", {}) == "A" * 32
        with pytest.raises(SyncError):
            data.get("A" * 32)
    assert all(line.split(b" ")[1].startswith(b"/mail/jdoe.nsf/") for line in asked)


@pytest.mark.parametrize(
    "link",
    [
        "/mail/../names.nsf/x",
        "/mail/%2e%2e/names.nsf",
        "/mail/a%0d%0aX: y.nsf",
        "/mail/\\ud800.nsf",
        "http://[/mail/x.nsf",
        "/.nsf",
    ],
)
def test_a_mail_file_of_a_tricky_name_is_refused(link):
    body = (
        f'{{"calendars": [{{"links": [{{"rel": "events", "href": "{link}"}}]}}]}}'
    ).encode()
    with hostile(once(answer(body))) as url, session(url) as it:
        with pytest.raises((Misconfigured, RetryLater)):
            found = find_mail_file(it)
            assert found.path == "/mail/.nsf"  # half a character is dropped
            raise Misconfigured(_any_reason(), "")


def _any_reason():
    from notes_zoho_sync.services.reasons import reason

    return reason("timed_out", server="x")


def test_odd_names_of_other_databases_do_not_hide_the_mail_file():
    body = (
        b'[{"@filepath": "a?b.nsf"}, 7, {"@filepath": null}, "x", '
        b'{"@filepath": "Mail/JDoe.nsf"}]'
    )
    with hostile(once(answer(body))) as url, session(url) as it:
        assert stored_spelling(it, "/mail/jdoe.nsf") == "/Mail/JDoe.nsf"


@pytest.mark.parametrize("breaks", ["\r\n X-Evil: 1", "\r\n\tX-Evil: 1", "\n X: 1"])
def test_a_folded_header_is_one_line_when_it_is_sent_back(breaks):
    asked = []
    version = f"Mon, 01 Jun 2026{breaks}"

    def script(send, request):
        asked.append(request)
        data = b'{"@unid": "' + b"A" * 32 + b'"}'
        send(answer(data, Last_Modified=version))

    with hostile(script) as url, session(url) as it:
        data = DataService(it, "/mail/jdoe.nsf")
        document = data.get("A" * 32)
        assert document is not None
        assert "\n" not in document.version and "\r" not in document.version
        data.patch("A" * 32, {"JobTitle": "x"}, document.version)
    lines = asked[-1].partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert not [line for line in lines if line.lstrip().startswith(b"X")]


@pytest.mark.parametrize("name", ["Jane\r\nX-Evil: 1", "Jane\x00", "J\u00e4ne:x"])
def test_a_user_name_is_never_part_of_a_header_line(name):
    asked = []

    def script(send, request):
        asked.append(request)
        send(EMPTY)

    with hostile(script) as url:
        with DominoSession(
            url, name, "p\r\nX-Evil: 1", allow_http=True, auth_mode="basic"
        ) as it:
            it.get("/api/data", shape=lambda data: isinstance(data, list))
    assert b"X-Evil" not in asked[0]


@pytest.mark.parametrize("unid", ["../../names.nsf", "a\r\nb", "x?y#z", "%2e%2e/"])
def test_an_id_is_one_step_of_a_path(unid):
    asked = []

    def script(send, request):
        asked.append(request.split(b"\r\n")[0])
        send(EMPTY)

    with hostile(script) as url, session(url) as it:
        with pytest.raises(SyncError):
            DataService(it, "/mail/jdoe.nsf").get(unid)
    path = asked[0].split(b" ")[1].partition(b"?")[0]
    assert path.startswith(b"/mail/jdoe.nsf/api/data/documents/unid/")
    assert path.count(b"/") == 7


def test_only_a_few_small_cookies_are_kept():
    sent = []
    many = "\r\n".join(f"Set-Cookie: c{n}={'x' * 100}" for n in range(90))

    def script(send, request):
        sent.append(request)
        head = f"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{many}"
        send(f"{head}\r\nSet-Cookie: big={'x' * 9000}\r\n\r\n[]".encode())

    with hostile(script) as url, session(url) as it:
        for _ in range(3):
            it.get("/api/data", shape=lambda data: isinstance(data, list))
    assert len(sent[-1]) < 2 * bounded.COOKIES * 120
    assert b"big=" not in sent[-1]


def test_zoho_sets_no_cookies():
    sent = []

    def script(send, request):
        sent.append(request)
        send(answer(b"{}", Set_Cookie="c=1"))

    with hostile(script) as url:
        transport = Transport()
        for _ in range(2):
            transport.send("GET", url)
        transport.close()
    assert b"Cookie" not in sent[-1]


@pytest.mark.parametrize(
    "shown",
    ["items 0-99/99999999999", f"items 0-99/{'9' * 5000}", "items 99-0/5"],
)
def test_a_view_that_never_ends_is_given_up(shown):
    def script(send, request):
        start = int(request.partition(b"start=")[2].partition(b"&")[0] or b"0")
        rows = ",".join(f'{{"@unid": "{start + n:032X}"}}' for n in range(100))
        send(answer(f"[{rows}]".encode(), Content_Range=shown))

    with hostile(script) as url, session(url, total_timeout=30.0) as it:
        data = DataService(it, "/mail/jdoe.nsf")
        data.most = 2000
        with pytest.raises(SyncError):
            data.entries("($Contacts)")


@pytest.mark.parametrize("shown", ["items 0-99", f"items 0-{'9' * 5000}", "items 5-1"])
@pytest.mark.parametrize("rows", ["[]", "[{}]", "full"])
def test_a_calendar_that_never_ends_is_given_up(shown, rows):
    from notes_zoho_sync.services.domino.calendar import CalendarService

    def script(send, request):
        start = int(request.partition(b"start=")[2].partition(b"&")[0] or b"0")
        found = rows
        if rows == "full":
            each = (f'{{"id": "{start + n}"}}' for n in range(100))
            found = f"[{','.join(each)}]"
        send(answer(f'{{"events": {found}}}'.encode(), Content_Range=shown))

    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with hostile(script) as url, session(url, total_timeout=30.0) as it:
        service = CalendarService(it, "/mail/jdoe.nsf")
        service.most = 2000
        try:
            listed = service.entries(moment, moment)
        except SyncError:
            return
    assert len(listed.rows) <= 2000


def test_a_write_whose_answer_drips_may_have_been_applied():
    script = endless(HEAD + b"X: ", b"x", 0.02)
    with hostile(script) as url, session(url) as it:
        with pytest.raises(OutcomeUnknown):
            it.send("POST", "/mail/jdoe.nsf/api/data/documents", body={})


def test_no_password_is_in_what_is_said_of_any_of_this():
    with hostile(once(b"HTTP/1.1 500 " + PASSWORD.encode() + b"\r\n\r\n")) as url:
        with pytest.raises(SyncError) as caught:
            read(url)
    seen: list[BaseException | None] = [caught.value]
    while error := seen.pop():
        assert PASSWORD not in f"{error!r} {error}"
        seen += [error.__cause__, error.__context__]
