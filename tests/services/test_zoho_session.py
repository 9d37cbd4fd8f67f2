"""Calls of the API: what is repeated, what is not, and what a failure means."""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notes_zoho_sync.services.errors import (
    Misconfigured,
    NeedsSignIn,
    NotSent,
    OutcomeUnknown,
    RetryLater,
    Throttled,
)
from notes_zoho_sync.services.zoho.session import ApiRefused, ZohoSession
from notes_zoho_sync.services.zoho.transport import Limits, Transport
from tests.services.zoho_support import Bench
from tests.simulators.zoho import ZohoSimulator

BODY = {"data": [{"Last_Name": "Petersen"}], "trigger": []}


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def read(bench: Bench) -> Any:
    return bench.session.read("/org").data


def write(bench: Bench) -> Any:
    return bench.session.write("/Contacts", body=BODY).data


# -- signing in --------------------------------------------------------------------


def test_an_expired_token_is_renewed_and_the_read_repeated(bench: Bench) -> None:
    read(bench)
    bench.sim.act.expire_access_tokens()
    assert read(bench)["org"]
    assert bench.sim.log.count("oauth/token") == 2


def test_a_write_that_met_an_expired_token_is_done_once(bench: Bench) -> None:
    read(bench)
    bench.sim.act.expire_access_tokens()
    write(bench)
    assert len(bench.sim.records("Contacts")) == 1
    assert bench.sim.log.count("Contacts", "POST") == 2


@pytest.mark.parametrize("act", [read, write])
def test_a_token_refused_twice_disconnects_nobody(bench: Bench, act: Any) -> None:
    bench.sim.faults.add("token_expired", path="/crm/", count=None)
    with pytest.raises(NotSent) as failure:
        act(bench)
    assert failure.value.reason.code == "zoho_token_refused"
    assert bench.sim.log.count("oauth/token") == 2
    assert bench.sim.log.count() == 4


def test_a_proxy_that_wants_a_password_disconnects_nobody(bench: Bench) -> None:
    page = "<html>sign in</html>"
    bench.sim.faults.add("status", route="org", status=401, body=page, count=None)
    with pytest.raises(RetryLater):
        read(bench)


def test_a_missing_scope_asks_for_consent_and_is_not_repeated(bench: Bench) -> None:
    bench.sim.faults.add("scope_mismatch", route="org")
    with pytest.raises(NeedsSignIn) as failure:
        read(bench)
    assert failure.value.reason.code == "zoho_scope"
    assert bench.sim.log.count("org") == 1


def test_an_inactive_integration_user_needs_a_person(bench: Bench) -> None:
    read(bench)
    bench.sim.act.deactivate_user("integration@fjordlicht.example")
    with pytest.raises(NeedsSignIn) as failure:
        read(bench)
    assert failure.value.reason.code == "zoho_grant_ended"


def test_a_write_without_any_token_was_not_sent(bench: Bench) -> None:
    bench.sim.faults.add("html", route="oauth/token", count=None)
    with pytest.raises(NotSent):
        write(bench)
    assert bench.sim.log.count("Contacts") == 0


def test_the_token_goes_in_the_header_alone(bench: Bench) -> None:
    read(bench)
    entry = bench.sim.log.select("org")[0]
    assert bench.store.token is not None
    token = bench.store.token.access_token
    assert entry.headers["Authorization"] == f"Zoho-oauthtoken {token}"
    assert token not in entry.query + entry.path


def test_no_password_file_of_the_machine_replaces_the_token(
    bench: Bench, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert read(bench)["org"]
    assert bench.sim.log.count("org") == 1


# -- slowing down ------------------------------------------------------------------


def test_a_short_wait_is_slept_through_by_a_read(bench: Bench) -> None:
    bench.sim.faults.add("throttle", route="org", retry_after=7)
    assert read(bench)["org"]
    assert bench.slept == [7.0]


def test_a_long_wait_is_handed_on(bench: Bench) -> None:
    bench.sim.faults.add("throttle", route="org", retry_after=120)
    with pytest.raises(Throttled) as failure:
        read(bench)
    assert failure.value.after == 120
    assert bench.slept == []


def test_waits_have_a_common_limit(bench: Bench) -> None:
    bench.sim.faults.add("throttle", route="org", retry_after=15, count=None)
    with pytest.raises(Throttled):
        read(bench)
    assert bench.slept == [15.0]


def test_a_wait_may_stand_in_the_body(bench: Bench) -> None:
    bench.sim.knobs.retry_after = None
    bench.sim.faults.add("too_many_requests", route="org")
    with pytest.raises(Throttled) as failure:
        read(bench)
    assert failure.value.after == 60


def test_a_wait_may_be_a_date(bench: Bench) -> None:
    bench.sim.clock.freeze()
    when = bench.sim.clock.now() + timedelta(seconds=9)
    text = when.strftime("%a, %d %b %Y %H:%M:%S GMT")
    bench.sim.faults.add("throttle", route="org", retry_after=text)
    read(bench)
    assert 8 <= bench.slept[0] <= 9


def test_without_a_named_wait_each_one_is_longer(bench: Bench) -> None:
    bench.sim.knobs.limit_body = "plain"
    bench.sim.faults.add("too_many_requests", route="org", count=2)
    assert read(bench)["org"]
    assert len(bench.slept) == 2 and bench.slept[0] < bench.slept[1]


def test_a_write_is_not_repeated_for_a_throttle(bench: Bench) -> None:
    bench.sim.faults.add("throttle", route="Contacts", retry_after=1)
    with pytest.raises(Throttled) as failure:
        write(bench)
    assert failure.value.after == 1
    assert bench.sim.log.count("Contacts") == 1


def test_the_days_limit_is_a_throttle(bench: Bench) -> None:
    bench.sim.knobs.daily_limit = 1
    read(bench)
    with pytest.raises(Throttled):
        read(bench)


# -- failures ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["html", "bad_json", "drop_after", "internal_error"])
def test_a_read_survives_one_failure(bench: Bench, kind: str) -> None:
    bench.sim.faults.add(kind, route="org")
    assert read(bench)["org"]
    assert bench.sim.log.count("org") == 2


@pytest.mark.parametrize("kind", ["html", "bad_json", "drop_before", "maintenance"])
def test_a_read_gives_up_after_a_few_failures(bench: Bench, kind: str) -> None:
    bench.sim.faults.add(kind, route="org", count=None)
    with pytest.raises(RetryLater):
        read(bench)
    assert bench.sim.log.count("org") == 3


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("drop_after", {}),
        ("drop_before", {}),
        ("bad_json", {}),
        ("html", {}),
        ("html", {"when": "after"}),
        ("html", {"status": 200, "when": "after"}),
        ("internal_error", {"when": "after"}),
        ("status", {"status": 302, "headers": {"Location": "/elsewhere"}}),
        ("status", {"status": 403, "body": "<html>proxy</html>"}),
        ("status", {"status": 200, "body": {"data": "none"}}),
    ],
)
def test_a_write_without_a_clear_answer_is_of_unknown_outcome(
    bench: Bench, kind: str, more: dict[str, Any]
) -> None:
    bench.sim.faults.add(kind, route="Contacts", **more)
    with pytest.raises(OutcomeUnknown):
        write(bench)
    assert bench.sim.log.count("Contacts") == 1


def test_a_slow_answer_to_a_write_is_of_unknown_outcome(bench: Bench) -> None:
    read(bench)
    bench.transport.limits = Limits(read=0.05)
    bench.sim.faults.add("slow", route="Contacts", seconds=0.5)
    with pytest.raises(OutcomeUnknown) as failure:
        write(bench)
    assert failure.value.reason.code == "timed_out"


def test_a_slow_answer_to_a_read_is_not_waited_for_again(bench: Bench) -> None:
    read(bench)
    bench.transport.limits = Limits(read=0.05)
    bench.sim.faults.add("slow", route="org", seconds=0.5, count=None)
    with pytest.raises(RetryLater) as failure:
        read(bench)
    assert failure.value.reason.code == "timed_out"
    assert not isinstance(failure.value, OutcomeUnknown)
    assert bench.sim.faults.rules[0].fired == 1


def test_a_server_that_is_not_there_was_not_sent_anything(bench: Bench) -> None:
    read(bench)
    bench.sim.stop()
    bench.transport.close()
    with pytest.raises(NotSent) as failure:
        write(bench)
    assert failure.value.reason.code == "unreachable"


def test_an_unknown_host_was_not_sent_anything() -> None:
    transport = Transport(limits=Limits(connect=2))
    with pytest.raises(NotSent):
        transport.send("POST", "http://zoho.invalid/crm", json_body={})


def test_a_connection_that_cannot_be_made_in_time_was_not_sent_anything() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        queue = [socket.socket() for _ in range(4)]
        for waiting in queue:
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        transport = Transport(limits=Limits(connect=0.2, read=5))
        with pytest.raises(NotSent) as failure:
            transport.send("POST", f"http://127.0.0.1:{port}/x", json_body={})
        for waiting in queue:
            waiting.close()
    assert failure.value.reason.code == "timed_out"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with a self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "zoho.example")])
    start = datetime(2020, 1, 1)
    host = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(18)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        made.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    )
    return str(path)


@pytest.mark.parametrize("trusted", [True, False])
def test_only_a_trusted_certificate_gets_to_see_the_request(
    certificate: str, trusted: bool
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    simulator = ZohoSimulator()
    simulator.start(ssl_context=context)
    transport = Transport(verify=certificate if trusted else True)
    with simulator:
        if trusted:
            assert transport.send("POST", simulator.url, json_body={}).status == 404
        else:
            with pytest.raises(NotSent) as failure:
                transport.send("POST", simulator.url, json_body={})
            assert failure.value.reason.code == "zoho_certificate"
            assert "self-signed" in str(failure.value)
        transport.close()
    assert simulator.log.count() == trusted


def test_an_answer_that_stops_half_way_is_a_timeout(bench: Bench) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        port = listener.getsockname()[1]

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
                closed.wait()

        closed = threading.Event()
        server = threading.Thread(target=serve)
        server.start()
        transport = Transport(limits=Limits(read=0.1))
        with pytest.raises(OutcomeUnknown) as failure:
            transport.send("POST", f"http://127.0.0.1:{port}/x", json_body={})
        closed.set()
        server.join()
        transport.close()
    assert failure.value.reason.code == "timed_out"


def test_an_answer_without_end_is_cut_off(bench: Bench) -> None:
    read(bench)
    bench.transport.limits = Limits(size=10)
    with pytest.raises(RetryLater, match="too big"):
        read(bench)


def test_a_redirect_is_not_followed(bench: Bench) -> None:
    where = {"Location": "https://evil.example/crm/v8/org"}
    bench.sim.faults.add("status", route="org", status=307, headers=where, count=None)
    with pytest.raises(RetryLater):
        read(bench)


def test_no_module_is_a_setting(bench: Bench) -> None:
    with pytest.raises(Misconfigured) as failure:
        bench.session.read("/Contakts", {"fields": "Email"})
    assert failure.value.setting == "module"


@pytest.mark.parametrize("status", [403, 400])
def test_a_lost_permission_is_a_setting(bench: Bench, status: int) -> None:
    bench.sim.knobs.permission_status = status
    bench.sim.act.deny_module("Contacts", "integration@fjordlicht.example")
    with pytest.raises(Misconfigured) as failure:
        bench.session.read("/Contacts", {"fields": "Email"})
    assert failure.value.setting == "permission"
    assert "Contacts" in str(failure.value)


def test_a_malformed_request_is_our_mistake(bench: Bench) -> None:
    with pytest.raises(ApiRefused) as failure:
        bench.session.read("/Contacts")
    assert failure.value.api_code == "REQUIRED_PARAM_MISSING"


def test_an_unknown_refusal_is_tried_again_later(bench: Bench) -> None:
    body = {"code": "NEW_THING", "details": {}, "message": "?", "status": "error"}
    bench.sim.faults.add("status", route="org", status=400, body=body, count=None)
    with pytest.raises(RetryLater, match="NEW_THING"):
        read(bench)


@pytest.mark.parametrize("status", [204, 304])
def test_an_empty_answer_is_none(bench: Bench, status: int) -> None:
    bench.sim.faults.add("status", route="org", status=status)
    assert read(bench) is None


# -- clock, credits, concurrency ---------------------------------------------------


def test_the_clock_is_zohos(bench: Bench) -> None:
    bench.sim.clock.freeze()
    before = bench.session.now()
    read(bench)
    assert before == bench.clock()
    now = bench.sim.clock.now()
    assert now - timedelta(seconds=1) < bench.session.now() <= now


def test_the_clock_is_known_from_the_token_without_a_call(bench: Bench) -> None:
    bench.sim.clock.freeze()
    read(bench)
    bench.sim.clear_log()
    now = bench.sim.clock.now()
    assert now - timedelta(seconds=1) < bench.new_session().now() <= now
    assert bench.sim.log.count() == 0


def test_without_a_grant_the_clock_is_this_machines(bench: Bench) -> None:
    bench.store.token = None
    bench.sim.clock.freeze()
    assert bench.session.now() == bench.clock()


def test_credits_are_counted_as_zoho_does(bench: Bench) -> None:
    read(bench)
    bench.session.write(
        "/Contacts",
        body={"data": [{"Last_Name": "x"}] * 100, "trigger": []},
        cost=10,
    )
    assert bench.session.credits == bench.sim.credits.total == 11


def test_what_zoho_says_is_left_is_remembered(bench: Bench) -> None:
    bench.sim.knobs.daily_limit = 4
    read(bench)
    assert bench.session.credits_left is None
    for _ in range(2):
        read(bench)
    assert bench.session.credits_left == 1


def test_calls_under_way_at_once_are_bounded(bench: Bench) -> None:
    bench.sim.knobs.concurrency = 2
    bench.sim.latency = 0.02
    session = bench.new_session(concurrency=2)
    failures = []

    def work() -> None:
        for _ in range(3):
            try:
                session.read("/org")
            except Throttled as error:
                failures.append(error)

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == [] and bench.slept == []
    assert bench.sim.log.count("org") == 18


def test_no_secret_is_shown(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bench.sim.faults.add("drop_after", route="org", count=None)
    with pytest.raises(RetryLater) as failure:
        read(bench)
    assert bench.store.token is not None
    shown = f"{failure.value!r} {caplog.text} {vars(bench.session)}"
    assert bench.store.token.access_token not in shown
    assert bench.store.token.refresh_token not in shown


def test_a_session_makes_its_own_connections_and_closes_them(bench: Bench) -> None:
    session = ZohoSession(bench.session.tokens)
    assert session.read("/org").data["org"]
    session.close()
