"""What goes wrong on the way to Domino, and what it means for a write."""

import datetime
import ipaddress
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notes_zoho_sync.services.domino.session import DominoSession
from notes_zoho_sync.services.errors import (
    Bug,
    ChangedMeanwhile,
    Gone,
    Misconfigured,
    NotSent,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Throttled,
)
from tests.simulators.common import FaultRule
from tests.simulators.domino import DominoSimulator

from .domino_support import MAIL, PASSWORD, USER, connect, server

LIST = f"/{MAIL}/api/data/documents"
NO_DOCUMENT = f"{LIST}/unid/{'A' * 32}"


@pytest.fixture
def domino():
    with server() as simulator:
        yield simulator


def read(session):
    return session.get(LIST, {}, shape=lambda data: isinstance(data, list))


def write(session):
    return session.send("POST", LIST, {"form": "Person"}, body={"LastName": "Brook"})


def count(simulator):
    return len(simulator.documents(MAIL))


def bare(url, **options):
    options = {"allow_http": True, "sleep": lambda _: None, **options}
    return DominoSession(url, USER, PASSWORD, **options)


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# -- no connection -----------------------------------------------------------------


@pytest.mark.parametrize("act", [read, write])
def test_an_unknown_host_is_named(act):
    with pytest.raises(NotSent) as caught:
        act(bare("http://nowhere.invalid"))
    assert caught.value.reason.code == "domino_dns"
    assert "nowhere.invalid" in str(caught.value)


@pytest.mark.parametrize("act", [read, write])
def test_a_refused_connection_is_named(act):
    with pytest.raises(NotSent) as caught:
        act(bare(f"http://127.0.0.1:{closed_port()}"))
    assert caught.value.reason.code == "domino_refused"


def test_a_connection_that_nobody_answers_is_a_time_out_of_its_own(monkeypatch):
    attempts = []

    def nobody(*_, **__):
        attempts.append(1)
        raise TimeoutError

    monkeypatch.setattr("urllib3.util.connection.create_connection", nobody)
    with pytest.raises(NotSent) as caught:
        write(bare("http://127.0.0.1:9"))
    assert caught.value.reason.code == "domino_connect_timeout"
    assert len(attempts) == 1  # time-outs add up: no second try


@pytest.mark.parametrize("act", [read, write])
def test_a_handshake_that_breaks_off_may_pass(act):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up():
            for _ in range(3):
                peer, _ = listener.accept()
                peer.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(NotSent) as caught:
            act(bare(f"https://127.0.0.1:{listener.getsockname()[1]}"))
        thread.join()
    assert caught.value.reason.code == "domino_connection"


def test_a_server_that_comes_back_is_reached_even_by_a_write(domino):
    port, pauses = domino.port, []

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            domino.start(port)

    domino.stop()
    write(bare(f"http://127.0.0.1:{port}", sleep=sleep))
    assert count(domino) == 1


# -- TLS ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1: (certificate file, key file)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "domino.example")])
    start = datetime.datetime(2020, 1, 1)
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(17)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return str(folder / "cert.pem"), str(folder / "key.pem")


@pytest.fixture
def secure(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    simulator = DominoSimulator()
    simulator.act.add_user(USER, PASSWORD)
    simulator.start(ssl_context=context)
    with simulator:
        yield simulator


def test_a_given_ca_file_makes_https_work(secure, certificate):
    session = connect(secure, verify=certificate[0], allow_http=False)
    assert read(session).data == []


@pytest.mark.parametrize("act", [read, write])
def test_a_certificate_that_is_not_trusted_is_named(secure, act):
    with pytest.raises(Misconfigured) as caught:
        act(connect(secure))
    assert caught.value.reason.code == "domino_certificate"
    assert "self-signed" in str(caught.value)
    assert secure.log.count() == 0


def test_an_unchecked_certificate_is_the_administrators_choice(secure):
    with pytest.warns(Warning, match="Unverified HTTPS"):
        assert read(connect(secure, verify=False)).data == []


def test_plain_http_at_the_secure_port_is_named(domino):
    url = domino.url.replace("http:", "https:")
    with pytest.raises(Misconfigured) as caught:
        read(connect(domino, url=url))
    assert caught.value.reason.code == "domino_no_tls"


# -- reading again -----------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_before"},
        {"kind": "drop_after"},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 502},
        {"kind": "throttle", "status": 503},
        {"kind": "throttle", "status": 429, "retry_after": 2},
        {"kind": "html"},
        {"kind": "html", "status": 200},
        {"kind": "bad_json"},
        {"kind": "status", "status": 200},
    ],
    ids=str,
)
def test_a_read_survives_one_mishap(domino, fault):
    domino.act.create_contact(MAIL, LastName="Brook")
    rule = domino.faults.add(FaultRule(route="documents", **fault))
    assert len(read(connect(domino)).data) == 1
    assert rule.fired == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_before"},
        {"kind": "status", "status": 500},
        {"kind": "html"},
        {"kind": "html", "status": 200},
        {"kind": "bad_json"},
        {"kind": "status", "status": 200},
    ],
    ids=str,
)
def test_a_read_gives_up_after_a_few_attempts(domino, fault):
    domino.act.create_contact(MAIL, LastName="Brook")
    rule = domino.faults.add(FaultRule(route="documents", count=None, **fault))
    with pytest.raises(RetryLater):
        read(connect(domino))
    assert 2 <= rule.fired <= 3


def test_an_error_of_the_api_itself_is_not_asked_for_again(domino):
    body = {"code": 500, "text": "Internal Server Error", "message": "Out of memory"}
    rule = domino.faults.add(
        "status", route="documents", status=500, body=body, count=None
    )
    with pytest.raises(RetryLater) as caught:
        read(connect(domino))
    assert rule.fired == 1
    assert "Out of memory" in str(caught.value)


def test_a_java_stack_is_not_shown(domino):
    body = {"code": 500, "message": "", "type": "text", "data": "java.lang.Oops\n at"}
    domino.faults.add("status", route="documents", status=500, body=body)
    with pytest.raises(RetryLater) as caught:
        read(connect(domino))
    assert "java" not in str(caught.value)


def test_a_slow_read_is_not_waited_for_several_times(domino):
    rule = domino.faults.add("slow", route="documents", seconds=1.0, count=None)
    with pytest.raises(RetryLater) as caught:
        read(connect(domino, timeouts=(1.0, 0.1)))
    assert caught.value.reason.code == "timed_out"
    assert rule.fired == 1


def test_an_answer_that_takes_too_long_in_all_is_given_up(domino):
    with pytest.raises(RetryLater) as caught:
        read(connect(domino, total_timeout=-1.0))
    assert caught.value.reason.code == "timed_out"


def test_an_answer_that_is_too_big_is_given_up(domino):
    domino.act.create_contact(MAIL, LastName="Brook")
    with pytest.raises(RetryLater) as caught:
        read(connect(domino, max_bytes=20))
    assert caught.value.reason.code == "domino_too_big"


def test_throttling_says_for_how_long(domino):
    domino.faults.add("throttle", route="documents", retry_after=90, count=None)
    with pytest.raises(Throttled) as caught:
        read(connect(domino))
    assert caught.value.after == 90
    assert domino.log.count() == 1


def test_throttling_until_an_instant_is_understood(domino):
    domino.clock.freeze(datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC))
    until = "Sun, 01 Mar 2026 12:05:00 GMT"
    domino.faults.add("throttle", route="documents", retry_after=until)
    with pytest.raises(Throttled) as caught:
        read(connect(domino))
    assert caught.value.after == 300


# -- writing -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "applied"),
    [
        ({"kind": "drop_before"}, 0),
        ({"kind": "drop_after"}, 1),
        ({"kind": "status", "status": 502}, 0),
        ({"kind": "status", "status": 502, "when": "after"}, 1),
        ({"kind": "throttle", "status": 503}, 0),
        ({"kind": "html", "status": 200, "when": "after"}, 1),
        ({"kind": "status", "status": 418}, 0),
    ],
    ids=str,
)
def test_a_write_whose_answer_is_lost_is_never_repeated(domino, fault, applied):
    rule = domino.faults.add(
        FaultRule(route="documents", method="POST", count=None, **fault)
    )
    with pytest.raises(OutcomeUnknown):
        write(connect(domino))
    assert rule.fired == 1
    assert count(domino) == applied


def test_a_write_that_times_out_may_have_been_applied(domino):
    domino.faults.add("slow", route="documents", seconds=0.5, when="after")
    with pytest.raises(OutcomeUnknown):
        write(connect(domino, timeouts=(1.0, 0.1)))
    assert count(domino) == 1


def test_a_throttled_write_was_not_applied(domino):
    domino.faults.add("throttle", route="documents", status=429, retry_after=7)
    with pytest.raises(Throttled) as caught:
        write(connect(domino))
    assert caught.value.after == 7
    assert not isinstance(caught.value, OutcomeUnknown)


def test_a_write_that_waits_for_a_lost_login_was_not_sent():
    with server(auth="session") as simulator:
        simulator.faults.add("drop_before", route="login", count=None)
        with pytest.raises(NotSent):
            write(connect(simulator, known_mode="session"))
        assert count(simulator) == 0


def test_a_proxy_page_instead_of_a_login_is_no_wrong_password():
    with server(auth="session") as simulator:
        simulator.faults.add("html", route="login", status=200, count=None)
        with pytest.raises(NotSent):
            read(connect(simulator, known_mode="session"))


def test_a_login_whose_answer_was_lost_is_repeated():
    with server(auth="session") as simulator:
        simulator.faults.add("drop_after", route="login")
        assert read(connect(simulator, known_mode="session")).data == []


def test_a_refused_value_is_the_records_fault(domino):
    with pytest.raises(Rejected) as caught:
        connect(domino).send("POST", LIST, body=["no", "object"])
    assert "parsing the JSON" in str(caught.value)


def test_a_changed_document_is_changed_meanwhile(domino):
    unid = domino.act.create_contact(MAIL, LastName="Brook")
    with pytest.raises(ChangedMeanwhile):
        connect(domino).send(
            "DELETE",
            f"{LIST}/unid/{unid}",
            unmodified_since="Thu, 01 Jan 2015 00:00:00 GMT",
        )
    assert count(domino) == 1


def test_a_delete_that_another_change_stopped_is_changed_meanwhile(domino):
    unid = domino.act.create_contact(MAIL, LastName="Brook")
    domino.faults.add("delete_conflict", route="document")
    with pytest.raises(ChangedMeanwhile):
        connect(domino).send("DELETE", f"{LIST}/unid/{unid}")


def test_writing_to_a_missing_document_is_gone(domino):
    with pytest.raises(Gone):
        connect(domino).send("PATCH", NO_DOCUMENT, body={"JobTitle": "Buyer"})


def test_missing_rights_to_write_are_named(domino):
    domino.act.set_access(MAIL, USER, 2)
    with pytest.raises(Misconfigured) as caught:
        write(connect(domino))
    assert caught.value.setting == "write_access"


def test_a_content_type_the_server_refuses_is_our_bug(domino):
    domino.faults.add("status", route="documents", status=415)
    with pytest.raises(Bug):
        write(connect(domino))


@pytest.mark.parametrize("body", ["json", "html"])
def test_a_service_that_is_off_is_named(body):
    with server(services=("Calendar",), forbidden_body=body) as simulator:
        with pytest.raises(Misconfigured) as caught:
            read(connect(simulator))
        assert caught.value.reason.code == "domino_data_off"


def test_a_database_that_is_off_is_named(domino):
    domino.act.set_level(MAIL, 0)
    with pytest.raises(Misconfigured) as caught:
        read(connect(domino))
    assert caught.value.setting == "database"


def test_a_database_for_views_only_is_named(domino):
    domino.act.set_level(MAIL, 1)
    with pytest.raises(Misconfigured) as caught:
        connect(domino).get(NO_DOCUMENT, shape=bool)
    assert caught.value.setting == "database_level"
