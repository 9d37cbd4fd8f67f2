"""The Domino simulator against the DAS fact sheet, one behaviour a test.

Driven with plain HTTP; payloads are invented. Section numbers are those of the
DAS fact sheet.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from tests.simulators.common import ControlClient
from tests.simulators.domino import DominoSimulator, wire

MAIL = "mail/jdoe.nsf"
AUTH = ("Jane Doe", "secret")
START = datetime(2026, 3, 10, 9, 0, 0, tzinfo=UTC)

Maker = Callable[..., DominoSimulator]


@pytest.fixture
def make() -> Iterator[Maker]:
    """Starts simulators with one user, Jane Doe, and stops them afterwards."""
    started: list[DominoSimulator] = []

    def start(**knobs: Any) -> DominoSimulator:
        sim = DominoSimulator(keep_bodies=True, **knobs)
        sim.clock.freeze(START)
        sim.act.add_user("Jane Doe", "secret")
        sim.start()
        started.append(sim)
        return sim

    yield start
    for sim in started:
        sim.stop()


@pytest.fixture
def sim(make: Maker) -> DominoSimulator:
    """A server with Basic authentication."""
    return make()


def call(
    sim: DominoSimulator, path: str, method: str = "GET", **options: Any
) -> requests.Response:
    """A request in Jane's name; `path` without a slash is below her data service."""
    if not path.startswith("/"):
        path = f"/{MAIL}/api/data/{path}"
    options.setdefault("auth", AUTH)
    options.setdefault("allow_redirects", False)
    return requests.request(method, sim.url + path, timeout=10, **options)


def wait_for(condition: Callable[[], bool]) -> None:
    """Waits for what another thread is about to do; fails after 30 s."""
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it never happened")


def contact(sim: DominoSimulator, last: str = "Brook", **items: Any) -> str:
    """A contact in Jane's mail file."""
    return sim.act.create_contact(MAIL, LastName=last, **items)


def doc(unid: str, query: str = "") -> str:
    """Address of a document below the data service."""
    return f"documents/unid/{unid}{query}"


CONTACTS = "collections/name/%28%24Contacts%29"


# -- 1.2, 1.3 service roots ------------------------------------------------------------


def test_api_root_lists_installed_services_with_relative_links(make: Maker) -> None:
    sim = make(services=("data",), absolute_urls=True)
    found = {s["name"]: s for s in call(sim, "/api").json()["services"]}
    assert found["Core"] == {
        "name": "Core",
        "enabled": True,
        "version": "9.0.1",
        "href": "/api/core",
    }
    assert found["Data"]["enabled"] is True
    assert found["Calendar"]["enabled"] is False


def test_api_root_is_open_to_anonymous_unless_the_site_says_no(make: Maker) -> None:
    assert call(make(), "/api", auth=None).status_code == 200
    assert call(make(anonymous_root=False), "/api", auth=None).status_code == 401


def test_wrong_credentials_are_refused_even_where_anonymous_is_let_in(
    sim: DominoSimulator,
) -> None:
    assert call(sim, "/api", auth=("Jane Doe", "wrong")).status_code == 401


def test_api_root_behind_a_database_is_404(sim: DominoSimulator) -> None:
    answer = call(sim, f"/{MAIL}/api")
    assert answer.status_code == 404
    assert answer.json()["message"] == "Database context not allowed."


def test_core_root_names_nonce(sim: DominoSimulator) -> None:
    links = {r["rel"]: r["href"] for r in call(sim, "/api/core").json()["links"]}
    assert links["nonce"] == "/api/core/nonce"


# -- 1.4 three levels of enabling ------------------------------------------------------


def test_disabled_service_is_403_with_short_json(make: Maker) -> None:
    sim = make(services=("Calendar",))
    answer = call(sim, "documents")
    assert answer.status_code == 403
    assert answer.json() == {"code": 403, "text": "Forbidden"}


def test_disabled_service_may_answer_with_an_html_page(make: Maker) -> None:
    answer = call(make(services=(), forbidden_body="html"), "documents")
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/html")


def test_service_names_in_the_site_document_ignore_case(make: Maker) -> None:
    assert call(make(services=("DATA",)), "documents").status_code == 200


def test_core_cannot_be_switched_off(make: Maker) -> None:
    assert call(make(services=()), "/api/core").status_code == 200


@pytest.mark.parametrize("name", ["nothing", "directory", "mail"])
def test_unknown_or_missing_service_is_404(sim: DominoSimulator, name: str) -> None:
    assert call(sim, f"/api/{name}").status_code == 404


def test_an_unknown_calendar_resource_is_404(sim: DominoSimulator) -> None:
    assert call(sim, f"/{MAIL}/api/calendar/todos").status_code == 404


def test_database_switched_off_is_403_with_its_message(sim: DominoSimulator) -> None:
    sim.act.set_level(MAIL, 0)
    for path in ("documents", "collections", CONTACTS, doc("0" * 32)):
        answer = call(sim, path)
        assert answer.status_code == 403
        assert answer.json()["message"] == (
            "The Domino data service is not enabled for this database."
        )


def test_views_only_database_lists_documents_but_opens_none(
    sim: DominoSimulator,
) -> None:
    unid = contact(sim)
    sim.act.set_level(MAIL, 1)
    assert call(sim, "documents").status_code == 200
    assert call(sim, CONTACTS).status_code == 200
    for method in ("GET", "PUT", "DELETE"):
        answer = call(sim, doc(unid), method, json=None if method != "PUT" else {})
        assert answer.status_code == 403
        assert answer.json()["message"] == "Cannot access resource"
    assert call(sim, "documents", "POST", json={}).status_code == 403


def test_view_without_its_flag_is_403_and_named(sim: DominoSimulator) -> None:
    sim.act.set_view(MAIL, "($Contacts)", False)
    answer = call(sim, CONTACTS)
    assert answer.status_code == 403
    assert answer.json()["message"] == (
        "The Domino data service is not enabled for this view [($Contacts)]."
    )


def test_database_level_is_checked_before_the_view(sim: DominoSimulator) -> None:
    sim.act.set_level(MAIL, 0)
    assert call(sim, "collections/name/none").status_code == 403


def test_view_is_checked_before_parameters(sim: DominoSimulator) -> None:
    sim.act.set_view(MAIL, "($Contacts)", False)
    assert call(sim, f"{CONTACTS}?count=x").status_code == 403


def test_calendar_root_needs_no_switch_of_the_mail_file(sim: DominoSimulator) -> None:
    sim.act.set_level(MAIL, 0)
    assert call(sim, "/api/calendar").status_code == 200


# -- 1.5 methods -----------------------------------------------------------------------


def test_method_the_site_does_not_allow_is_405_from_the_http_task(
    make: Maker,
) -> None:
    sim = make(methods=("GET", "HEAD", "POST", "OPTIONS"))
    unid = contact(sim)
    for method in ("PUT", "DELETE", "PATCH"):
        answer = call(sim, doc(unid), method, json={})
        assert answer.status_code == 405
        assert answer.headers["Content-Type"].startswith("text/html")


def test_site_method_check_comes_before_authentication(sim: DominoSimulator) -> None:
    assert call(sim, doc("0" * 32), "PATCH", json={}, auth=None).status_code == 405


def test_patch_is_no_choice_of_the_site_by_default(sim: DominoSimulator) -> None:
    assert call(sim, doc(contact(sim)), "PATCH", json={}).status_code == 405


def test_patch_works_where_the_site_allows_it(make: Maker) -> None:
    sim = make(methods=("GET", "PATCH"))
    unid = contact(sim)
    assert call(sim, doc(unid), "PATCH", json={"City": "Bonn"}).status_code == 200
    assert sim.document(unid)["items"]["City"] == ["Bonn"]


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_override_header_on_post_stands_for_any_method(
    make: Maker, method: str
) -> None:
    sim = make(methods=("GET", "POST"))
    unid = contact(sim)
    headers = {"X-HTTP-Method-Override": method}
    assert call(sim, doc(unid), "POST", json={}, headers=headers).status_code == 200
    assert sim.log.count(route="document", method=method) == 1


def test_override_header_is_ignored_on_other_methods(sim: DominoSimulator) -> None:
    unid = contact(sim)
    headers = {"X-HTTP-Method-Override": "DELETE"}
    assert call(sim, doc(unid), headers=headers).json()["@unid"] == unid
    assert sim.documents(MAIL)


def test_head_answers_like_get_without_body(sim: DominoSimulator) -> None:
    answer = call(sim, doc(contact(sim)), "HEAD")
    assert answer.status_code == 200
    assert "Last-Modified" in answer.headers
    assert answer.content == b""


def test_options_names_the_methods_of_a_resource(sim: DominoSimulator) -> None:
    allowed = call(sim, doc("0" * 32), "OPTIONS").headers["Allow"]
    assert {"GET", "PUT", "PATCH", "DELETE"} <= set(allowed.split(", "))


def test_wrong_content_type_is_415(sim: DominoSimulator) -> None:
    answer = call(
        sim, "documents", "POST", data="x", headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 415
    assert answer.content == b""


def test_accept_without_json_is_406(sim: DominoSimulator) -> None:
    answer = call(sim, "documents", headers={"Accept": "text/calendar"})
    assert answer.status_code == 406


def test_posting_to_a_document_is_405(sim: DominoSimulator) -> None:
    assert call(sim, doc(contact(sim)), "POST", json={}).status_code == 405


def test_method_is_checked_before_content_type(sim: DominoSimulator) -> None:
    answer = call(
        sim, doc("0" * 32), "POST", data="x", headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 405


# -- 1.6 error bodies ------------------------------------------------------------------


def test_message_form_on_the_wire(sim: DominoSimulator) -> None:
    answer = call(sim, "collections/name/none")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.text == (
        '\n{\n    "code":404,\n    "text":"Not Found",\n'
        '    "message":"The URI must refer to an existing view."\n}'
    )


def test_exception_form_carries_a_java_stack(sim: DominoSimulator) -> None:
    answer = call(sim, doc("0" * 32))
    assert answer.status_code == 404
    body = answer.json()
    assert list(body) == ["code", "text", "message", "type", "data"]
    assert body["type"] == "text"
    assert body["data"].startswith("NotesException: Invalid universal id\n\tat ")
    assert answer.text.startswith('\n{\n    "code":404,\n    "text":"Not Found",\n')


def test_stack_traces_can_be_off(make: Maker) -> None:
    body = call(make(stack_traces=False), doc("0" * 32)).json()
    assert list(body) == ["code", "text", "message"]


def test_missing_document_text_is_a_choice(make: Maker) -> None:
    sim = make(missing_text="Document not found")
    assert call(sim, doc("0" * 32)).json()["message"] == "Document not found"


# -- 1.7 JSON writing ------------------------------------------------------------------


def test_documents_are_ascii_with_escaped_slashes(sim: DominoSimulator) -> None:
    unid = contact(sim, "Böhm", CompanyName="A/B", JobTitle="李\U0001f600\t\x01")
    raw = call(sim, doc(unid)).content
    assert raw.isascii()
    assert b'"LastName":"B\\u00F6hm"' in raw
    assert b'"CompanyName":"A\\/B"' in raw
    assert b'"JobTitle":"\\u674E\\uD83D\\uDE00\\t\\u0001"' in raw


def test_character_128_is_the_last_one_written_plainly() -> None:
    assert wire.text("\x7f\x80\x81") == '"\x7f\x80\\u0081"'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (14.0, "14"),
        (7, "7"),
        (1.75, "1.75"),
        (1.0e10, "10000000000"),
        (1.5e-5, "1.5E-5"),
        (123456789.5, "1.234567895E8"),
        (1e22, "1.0E22"),
        (-0.25, "-0.25"),
    ],
)
def test_numbers_look_like_java(value: float, written: str) -> None:
    assert wire.number(value) == written


def test_document_layout_on_the_wire(sim: DominoSimulator) -> None:
    unid = sim.act.create_document(MAIL, "Person", Phones=["1", "2"], N=2.0)
    noteid = sim.document(unid)["noteid"]
    href = f"\\/mail\\/jdoe.nsf\\/api\\/data\\/documents\\/unid\\/{unid}"
    assert call(sim, doc(unid)).text == (
        "\n{\n"
        f'    "@href":"{href}",\n'
        f'    "@unid":"{unid}",\n'
        f'    "@noteid":"{noteid}",\n'
        '    "@created":"2026-03-10T09:00:00Z",\n'
        '    "@modified":"2026-03-10T09:00:00Z",\n'
        '    "@authors":"CN=Jane Doe\\/O=Acme",\n'
        '    "@form":"Person",\n'
        '    "Phones":\n    ["1","2"\n    ],\n'
        '    "N":2\n}'
    )


def test_list_layout_on_the_wire(sim: DominoSimulator) -> None:
    unid = contact(sim)
    href = f"\\/mail\\/jdoe.nsf\\/api\\/data\\/documents\\/unid\\/{unid}"
    assert call(sim, "documents").text == (
        "\n[\n  {\n"
        '      "@modified":"2026-03-10T09:00:00Z",\n'
        f'      "@unid":"{unid}",\n'
        f'      "@href":"{href}"\n'
        "  }\n]"
    )


def test_compact_strips_white_space(sim: DominoSimulator) -> None:
    unid = contact(sim, Categories=["a", "b"])
    for path in ("documents", doc(unid), CONTACTS, "collections", "/api/data"):
        text = call(sim, f"{path}?compact=TRUE").text
        assert not re.search(r'[\[{,:]\s|\s[\]}"]', text.replace(" , ", ""))
        assert json.loads(text) == call(sim, path).json()


def test_empty_list_is_an_empty_array(sim: DominoSimulator) -> None:
    assert call(sim, "documents").text == "\n[\n]"


def test_roots_put_a_blank_before_nested_braces(sim: DominoSimulator) -> None:
    text = call(sim, "/api/calendar").text
    assert '      "owner": {\n        "displayName":"Jane Doe"' in text
    assert '      "links": [\n                {\n          "rel":"events"' in text


# -- 1.8 links -------------------------------------------------------------------------


def test_links_in_bodies_can_be_absolute(make: Maker) -> None:
    sim = make(absolute_urls=True)
    unid = contact(sim)
    address = f"{sim.url}/{MAIL}/api/data/documents/unid/{unid}"
    assert call(sim, "documents").json()[0]["@href"] == address
    row = call(sim, CONTACTS).json()[0]
    assert row["@link"]["href"] == address
    assert row["@href"].startswith(f"{sim.url}/{MAIL}/api/data/collections/name/")


def test_location_is_always_absolute_and_may_name_a_wrong_host(make: Maker) -> None:
    answer = call(make(), "documents?form=Person", "POST", json={"LastName": "A"})
    assert answer.headers["Location"].startswith("http://127.0.0.1:")
    sim = make(public_origin="http://inner.example")
    answer = call(sim, "documents?form=Person", "POST", json={"LastName": "A"})
    assert answer.headers["Location"].startswith(
        f"http://inner.example/{MAIL}/api/data/documents/unid/"
    )


# -- 1.9 compression -------------------------------------------------------------------


def raw_get(sim: DominoSimulator, path: str, *headers: str) -> tuple[str, bytes]:
    """A GET over a bare socket: header block and body as sent."""
    host = ("127.0.0.1", sim.port)
    token = "SmFuZSBEb2U6c2VjcmV0"
    with socket.create_connection(host, timeout=10) as link:
        lines = [
            f"GET {path} HTTP/1.1",
            "Host: notes.example",
            f"Authorization: Basic {token}",
            "Connection: close",
            *headers,
        ]
        link.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        data = b""
        while part := link.recv(65536):
            data += part
    head, _, body = data.partition(b"\r\n\r\n")
    return head.decode("latin-1"), body


def test_gzip_and_deflate_when_the_client_takes_them(sim: DominoSimulator) -> None:
    contact(sim)
    path = f"/{MAIL}/api/data/documents"
    plain = raw_get(sim, path)[1]
    head, body = raw_get(sim, path, "Accept-Encoding: gzip")
    assert "\r\nVary: Accept-Encoding" in head
    assert "\r\nContent-Encoding: gzip" in head
    assert gzip.decompress(body) == plain
    head, body = raw_get(sim, path, "Accept-Encoding: deflate")
    assert "\r\nContent-Encoding: deflate" in head
    assert zlib.decompress(body) == plain
    head, body = raw_get(sim, path, "Accept-Encoding: *")
    assert "\r\nContent-Encoding: gzip" in head


def test_no_coding_header_without_accept_encoding(sim: DominoSimulator) -> None:
    head, _ = raw_get(sim, f"/{MAIL}/api/data/documents")
    assert "Content-Encoding" not in head
    assert "Vary" not in head


def test_identity_gets_an_empty_content_encoding_header(make: Maker) -> None:
    path = f"/{MAIL}/api/data/documents"
    head, body = raw_get(make(), path, "Accept-Encoding: identity")
    assert re.search(r"\r\nContent-Encoding: ?(\r\n|$)", head)
    assert json.loads(body) == []
    sim = make(empty_content_encoding=False)
    assert "Content-Encoding" not in raw_get(sim, path, "Accept-Encoding: identity")[0]


def test_gzip_can_be_prevented(make: Maker) -> None:
    sim = make(prevent_gzip=True)
    head, _ = raw_get(sim, f"/{MAIL}/api/data/documents", "Accept-Encoding: gzip")
    assert "Content-Encoding" not in head


def test_answers_carry_a_length_unless_streamed(sim: DominoSimulator) -> None:
    path = f"/{MAIL}/api/data/documents"
    assert "\r\nContent-Length: 4\r\n" in raw_get(sim, path)[0] + "\r\n"
    head, _ = raw_get(sim, f"{path}?streaming=true")
    assert "Transfer-Encoding: chunked" in head
    assert "Content-Length" not in head


# -- 2.1, 2.2, 2.4 databases, views, design --------------------------------------------


def test_database_list(sim: DominoSimulator) -> None:
    (row,) = call(sim, "/api/data").json()
    assert list(row) == ["@title", "@filepath", "@replicaid", "@template", "@href"]
    assert row["@filepath"] == MAIL
    assert re.fullmatch(r"[0-9A-F]{16}", row["@replicaid"])
    assert row["@href"] == f"/{MAIL}/api/data/collections"


def test_database_list_shows_switched_off_but_not_unlisted_files(
    sim: DominoSimulator,
) -> None:
    sim.act.set_level(MAIL, 0)
    assert len(call(sim, "/api/data").json()) == 1
    sim.act.set_file(MAIL, listed=False)
    assert call(sim, "/api/data").json() == []


def test_database_list_challenges_anonymous(make: Maker) -> None:
    assert call(make(), "/api/data", auth=None).status_code == 401
    sim = make(anonymous_data=True)
    assert call(sim, "/api/data", auth=None).status_code == 200


def test_database_list_inside_a_database_is_400(sim: DominoSimulator) -> None:
    answer = call(sim, f"/{MAIL}/api/data")
    assert answer.status_code == 400
    assert answer.json()["message"] == "URI path must not include a database."


def test_view_list_shows_hidden_and_switched_off_views(sim: DominoSimulator) -> None:
    sim.act.set_view(MAIL, "($Contacts)", False)
    rows = {r["@title"]: r for r in call(sim, "collections").json()}
    row = rows["($Contacts)"]
    assert list(row) == [
        "@title",
        "@folder",
        "@private",
        "@modified",
        "@unid",
        "@href",
    ]
    assert row["@href"].endswith(f"/api/data/collections/unid/{row['@unid']}")
    assert row["@folder"] is False
    assert rows["($Inbox)"]["@folder"] is True
    assert {"($ToDo)", "($SoftDeletions)", "($All)"} <= set(rows)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/data/collections", 400),
        ("/api/data/documents", 400),
        ("/api/data/collections/name/x", 404),
    ],
)
def test_resources_without_a_database(
    sim: DominoSimulator, path: str, status: int
) -> None:
    answer = call(sim, path)
    assert answer.status_code == status
    assert answer.json()["message"] == "URI path must include a database."


def test_design_lists_columns_hidden_ones_too(sim: DominoSimulator) -> None:
    rows = call(sim, f"{CONTACTS}/design").json()
    assert [r["@columnNumber"] for r in rows] == [1, 2, 3, 4, 5]
    assert rows[0]["@name"] == "$126"
    assert {r["@name"]: r["@hidden"] for r in rows}["$22"] is True


# -- 2.3 view entries ------------------------------------------------------------------


def people(sim: DominoSimulator, count: int) -> list[str]:
    """Contacts L000, L001, ... in view order."""
    return [contact(sim, f"L{n:03}") for n in range(count)]


def names(answer: requests.Response) -> list[str]:
    """The first column of the entries."""
    return [row["$126"] for row in answer.json()]


def test_view_opens_by_name_alias_and_unid(sim: DominoSimulator) -> None:
    people(sim, 1)
    views = call(sim, "collections").json()
    unid = next(v["@unid"] for v in views if v["@title"] == "($Contacts)")
    for path in (CONTACTS, "collections/name/People", f"collections/unid/{unid}"):
        assert names(call(sim, path)) == ["L000"]


def test_other_query_method_is_404_with_its_word(sim: DominoSimulator) -> None:
    answer = call(sim, "collections/title/People")
    assert answer.status_code == 404
    assert answer.json()["message"] == "The query method title not supported"


def test_entry_keys_come_in_order(sim: DominoSimulator) -> None:
    unid = contact(sim, "Brook", FirstName="Ada", OfficePhoneNumber="+49 30 1")
    (row,) = call(sim, CONTACTS).json()
    assert list(row) == [
        "@href",
        "@link",
        "@entryid",
        "@unid",
        "@noteid",
        "@position",
        "@siblings",
        "@form",
        "$126",
        "$19",
        "$20",
        "$21",
        "$22",
    ]
    assert row["@href"] == f"/{MAIL}/api/data/{CONTACTS}/unid/{unid}"
    assert row["@link"] == {
        "rel": "document",
        "href": f"/{MAIL}/api/data/documents/unid/{unid}",
    }
    assert row["@entryid"] == f"1-{unid}"
    assert row["$126"] == "Brook , Ada"
    assert row["$20"] == ""


def test_entry_link_layout_on_the_wire(sim: DominoSimulator) -> None:
    contact(sim)
    text = call(sim, CONTACTS).text
    assert text.startswith('\n[\n  {\n      "@href":"\\/mail\\/')
    assert '      "@link":\n      {\n          "rel":"document",\n' in text


def test_default_page_is_ten_with_range_header(sim: DominoSimulator) -> None:
    people(sim, 12)
    answer = call(sim, CONTACTS)
    assert len(answer.json()) == 10
    assert answer.headers["Content-Range"] == "items 0-9/12"


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("start=3&count=4", 3, 6),
        ("ps=5&page=1", 5, 9),
        ("count=3&ps=5", 0, 4),
        ("ps=5&page=1&si=2", 7, 11),
        ("start=10&count=10", 10, 11),
    ],
)
def test_paging_parameters(
    sim: DominoSimulator, query: str, first: int, last: int
) -> None:
    people(sim, 12)
    answer = call(sim, f"{CONTACTS}?{query}")
    assert answer.headers["Content-Range"] == f"items {first}-{last}/12"
    assert names(answer) == [f"L{n:03}" for n in range(first, last + 1)]


def test_range_header_wins_over_parameters(sim: DominoSimulator) -> None:
    people(sim, 12)
    answer = call(sim, f"{CONTACTS}?count=1", headers={"Range": "items=2-4"})
    assert names(answer) == ["L002", "L003", "L004"]


def test_malformed_range_header_is_500(sim: DominoSimulator) -> None:
    assert call(sim, CONTACTS, headers={"Range": "items=a-b"}).status_code == 500


def test_past_the_end_is_an_empty_list_without_range(sim: DominoSimulator) -> None:
    people(sim, 2)
    answer = call(sim, f"{CONTACTS}?start=2")
    assert answer.json() == []
    assert "Content-Range" not in answer.headers


def test_empty_view_has_no_range(sim: DominoSimulator) -> None:
    answer = call(sim, CONTACTS)
    assert answer.json() == []
    assert "Content-Range" not in answer.headers


def test_entrycount_false_drops_the_range(sim: DominoSimulator) -> None:
    people(sim, 2)
    answer = call(sim, f"{CONTACTS}?entrycount=false")
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize("query", ["start=-1", "count=x", "page=x", "si=-2"])
def test_bad_number_is_400_with_name_and_value(
    sim: DominoSimulator, query: str
) -> None:
    answer = call(sim, f"{CONTACTS}?{query}")
    name, _, value = query.partition("=")
    assert answer.status_code == 400
    assert answer.json()["message"] == f"Invalid parameter {name}: {value}"


def test_more_than_a_hundred_is_400_with_two_blanks(sim: DominoSimulator) -> None:
    answer = call(sim, f"{CONTACTS}?count=101")
    assert answer.status_code == 400
    assert answer.json()["message"] == (
        "Limit exceeded.  Cannot read more than 100 entries."
    )


def test_page_limit_is_configurable_and_absent_on_old_servers(make: Maker) -> None:
    assert call(make(max_view_entries=50), f"{CONTACTS}?count=51").status_code == 400
    assert call(make(max_view_entries=500), f"{CONTACTS}?ps=500").status_code == 200
    assert call(make(max_view_entries=5), f"{CONTACTS}?ps=100").status_code == 200
    assert call(make(fp=7), f"{CONTACTS}?count=1000").status_code == 200


def test_system_columns_are_a_mask(sim: DominoSimulator) -> None:
    people(sim, 1)
    (row,) = call(sim, f"{CONTACTS}?systemcolumns=0x3").json()
    assert [k for k in row if k.startswith("@")] == ["@entryid", "@unid", "@noteid"]
    (row,) = call(sim, f"{CONTACTS}?systemcolumns=2").json()
    assert [k for k in row if k.startswith("@")] == ["@entryid", "@unid"]
    (row,) = call(sim, f"{CONTACTS}?systemcolumns=2058").json()
    assert "@href" in row


def test_read_mark_shows_only_when_read(sim: DominoSimulator) -> None:
    unid = contact(sim)
    call(sim, doc(unid, "?markread=false"))
    assert "@read" not in call(sim, CONTACTS).json()[0]
    call(sim, doc(unid))
    assert call(sim, CONTACTS).json()[0]["@read"] is True


def test_keys_match_by_prefix_and_keep_global_position(sim: DominoSimulator) -> None:
    people(sim, 3)
    contact(sim, "Zed")
    answer = call(sim, f"{CONTACTS}?keys=ze")
    (row,) = answer.json()
    assert row["@position"] == "4"
    assert answer.headers["Content-Range"] == "items 0-3/4"
    assert call(sim, f"{CONTACTS}?keys=Ze&keysexactmatch=true").json() == []
    assert len(call(sim, f"{CONTACTS}?keys=Zed&keysexactmatch=true").json()) == 1


def test_sortcolumn_sorts_resortable_columns_only(sim: DominoSimulator) -> None:
    people(sim, 3)
    answer = call(sim, f"{CONTACTS}?sortcolumn=%24126&sortorder=descending")
    assert names(answer) == ["L002", "L001", "L000"]
    answer = call(sim, f"{CONTACTS}?sortcolumn=%2420&sortorder=descending")
    assert names(answer) == ["L000", "L001", "L002"]


def test_startkeys_start_at_the_key_or_at_the_beginning(sim: DominoSimulator) -> None:
    people(sim, 3)
    sort = f"{CONTACTS}?sortcolumn=%24126&startkeys="
    assert names(call(sim, f"{sort}L0015")) == ["L002"]
    assert names(call(sim, f"{sort}Z")) == ["L000", "L001", "L002"]


def test_search_in_a_view_needs_an_index(sim: DominoSimulator) -> None:
    contact(sim, "Brook", CompanyName="Tall Trees")
    contact(sim, "Other")
    assert names(call(sim, f"{CONTACTS}?search=trees")) == ["Brook"]
    sim.act.set_file(MAIL, full_text=False)
    answer = call(sim, f"{CONTACTS}?search=trees")
    assert answer.status_code == 400
    assert answer.json()["message"] == "Database is not full text indexed."


def test_parentid_lists_responses(sim: DominoSimulator) -> None:
    unid = contact(sim)
    loser = sim.act.make_conflict(unid, City="Bonn")
    rows = call(sim, f"{CONTACTS}?parentid={unid}").json()
    assert [r["@unid"] for r in rows] == [loser]


def test_date_only_column_is_noon_local_as_an_instant(sim: DominoSimulator) -> None:
    sim.act.create_document(
        MAIL, "Task", Subject="S", DueDateTime={"type": "date", "data": "2026-07-01"}
    )
    (row,) = call(sim, "collections/name/%28%24ToDo%29").json()
    assert row["DueDateTime"] == "2026-07-01T10:00:00Z"


def test_view_entries_follow_edits(sim: DominoSimulator) -> None:
    first, second = people(sim, 2)
    sim.act.edit(first, LastName="Z")
    assert names(call(sim, CONTACTS)) == ["L001", "Z"]
    sim.act.edit(second, Form="Memo")
    assert names(call(sim, CONTACTS)) == ["Z"]


# -- 2.5 writing through a view --------------------------------------------------------


def test_entry_address_has_no_get_and_no_patch(make: Maker) -> None:
    sim = make(methods=("GET", "PATCH"))
    path = f"{CONTACTS}/unid/{contact(sim)}"
    assert call(sim, path).status_code == 405
    assert call(sim, path, "PATCH", json={}).status_code == 405


def test_entry_delete_and_put(sim: DominoSimulator) -> None:
    unid = sim.act.create_todo(MAIL, "Old")
    path = f"collections/name/Tasks/unid/{unid}"
    body = {"$187": "New", "$188": "formula column"}
    assert call(sim, path, "PUT", json=body).status_code == 200
    assert sim.document(unid)["items"]["Subject"] == ["New"]
    assert call(sim, path, "DELETE").status_code == 200
    assert call(sim, path, "DELETE").status_code == 404


def test_entry_delete_needs_documents_but_put_only_views(
    sim: DominoSimulator,
) -> None:
    path = f"collections/name/Tasks/unid/{sim.act.create_todo(MAIL, 'Old')}"
    sim.act.set_level(MAIL, 1)
    assert call(sim, path, "DELETE").status_code == 403
    assert call(sim, path, "PUT", json={"$187": "New"}).status_code == 200


def test_post_to_a_view_maps_columns_to_items(sim: DominoSimulator) -> None:
    sim.act.set_level(MAIL, 1)
    body = {"$187": "Call", "$188": "formula", "Unknown": 1}
    answer = call(sim, "collections/name/Tasks?form=Task", "POST", json=body)
    assert answer.status_code == 201
    assert f"/{MAIL}/api/data/documents/unid/" in answer.headers["Location"]
    (task,) = sim.documents(MAIL, "Task")
    assert task["items"]["Subject"] == ["Call"]
    assert "Unknown" not in task["items"]


def test_folder_operations_work_on_folders_only(sim: DominoSimulator) -> None:
    unid = contact(sim)
    sim.act.set_view(MAIL, "($Inbox)", True)
    inbox = "collections/name/%28%24Inbox%29"
    assert call(sim, inbox, "PUT", json={"add": [unid]}).status_code == 200
    assert [r["@unid"] for r in call(sim, inbox).json()] == [unid]
    answer = call(sim, inbox, "PUT", json={"remove": [unid, "0" * 32]})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Error(s) performing 1 of 2 folder operation(s)."
    answer = call(sim, CONTACTS, "PUT", json={"add": [unid]})
    assert answer.json()["message"] == "Cannot perform folder operations on a view."


# -- 2.6 document list -----------------------------------------------------------------


def test_document_list_has_three_keys_and_every_form(sim: DominoSimulator) -> None:
    contact(sim)
    sim.act.receive_mail(MAIL, "Hi", "text", n=3)
    rows = call(sim, "documents").json()
    assert len(rows) == 4
    assert all(list(r) == ["@modified", "@unid", "@href"] for r in rows)


def unids(answer: requests.Response) -> list[str]:
    """UNIDs of a list."""
    return [row["@unid"] for row in answer.json()]


def since(moment: datetime) -> str:
    """The document list from an instant on."""
    return f"documents?since={wire.instant(moment)}"


def test_since_lists_what_changed_from_then_on(sim: DominoSimulator) -> None:
    old = contact(sim, "Old")
    sim.clock.advance(minutes=10)
    new = contact(sim, "New")
    assert unids(call(sim, since(START + timedelta(minutes=5)))) == [new]
    sim.clock.advance(minutes=10)
    sim.act.edit(old, City="Bonn")
    assert unids(call(sim, since(START + timedelta(minutes=5)))) == [new, old]


def test_since_boundary_is_a_choice(make: Maker) -> None:
    for inclusive, expected in ((True, 1), (False, 0)):
        sim = make(since_inclusive=inclusive)
        contact(sim)
        assert len(call(sim, since(START)).json()) == expected


def test_since_looks_at_the_time_in_this_file(make: Maker) -> None:
    for replica, expected in ((True, 1), (False, 0)):
        sim = make(replica_time=replica)
        unid = sim.act.replicate_in(MAIL, START - timedelta(days=3), LastName="Far")
        rows = call(sim, since(START - timedelta(minutes=5))).json()
        assert len(rows) == expected
        shown = call(sim, doc(unid)).json()["@modified"]
        assert shown == "2026-03-07T09:00:00Z"


@pytest.mark.parametrize("value", ["yesterday", "2026-13-40T00:00:00Z", "1773133200"])
def test_bad_since_is_400(sim: DominoSimulator, value: str) -> None:
    assert call(sim, f"documents?since={value}").status_code == 400


def test_search_filters_the_list_and_scores_since_fp9(make: Maker) -> None:
    for fp in (8, 9):
        sim = make(fp=fp)
        unid = contact(sim, "Brook", City="Bonn")
        contact(sim, "Other", City="Köln")
        (row,) = call(sim, 'documents?search=[City]="bonn"').json()
        assert row["@unid"] == unid
        assert ("@score" in row) == (fp >= 9)


def test_since_and_search_combine(sim: DominoSimulator) -> None:
    contact(sim, "One", City="Bonn")
    sim.clock.advance(hours=1)
    later = contact(sim, "Two", City="Bonn")
    contact(sim, "Three", City="Köln")
    path = since(START + timedelta(minutes=1)) + "&search=bonn"
    assert unids(call(sim, path)) == [later]


def test_full_text_index_may_lag(make: Maker) -> None:
    sim = make(full_text_lag_seconds=60)
    contact(sim, "Brook", City="Bonn")
    assert call(sim, "documents?search=bonn").json() == []
    sim.clock.advance(seconds=61)
    assert len(call(sim, "documents?search=bonn").json()) == 1


def test_deletions_leave_no_trace_in_the_list(sim: DominoSimulator) -> None:
    soft, hard = contact(sim, "Soft"), contact(sim, "Hard")
    sim.act.delete(soft)
    sim.act.hard_delete(hard)
    assert call(sim, "documents").json() == []
    assert call(sim, since(START - timedelta(days=1))).json() == []


def test_reader_fields_hide_documents_everywhere(sim: DominoSimulator) -> None:
    sim.act.add_user("John Roe", "pw", create_file=False)
    unid = contact(sim)
    sim.act.hide(unid, ["John Roe"])
    assert call(sim, "documents").json() == []
    assert call(sim, since(START)).json() == []
    answer = call(sim, CONTACTS)
    assert answer.json() == []
    assert "Content-Range" not in answer.headers
    assert call(sim, doc(unid)).status_code == 404
    sim.act.unhide(unid)
    assert call(sim, doc(unid)).status_code == 200


# -- 2.7, 2.8 reading a document -------------------------------------------------------


def test_document_keys_come_in_order(sim: DominoSimulator) -> None:
    unid = contact(sim, "Brook", City="Bonn")
    body = call(sim, doc(unid)).json()
    assert list(body)[:7] == [
        "@href",
        "@unid",
        "@noteid",
        "@created",
        "@modified",
        "@authors",
        "@form",
    ]
    assert "Form" not in body
    assert not any(k.startswith("$") for k in body)


def test_hidden_shows_dollar_items_before_the_others(sim: DominoSimulator) -> None:
    keys = list(call(sim, doc(contact(sim), "?hidden=true")).json())
    assert keys.index("$PublicAccess") < keys.index("Type")
    assert "$UpdatedBy" in keys


def test_note_id_is_plain_hex(sim: DominoSimulator) -> None:
    assert re.fullmatch(
        r"[1-9A-F][0-9A-F]*", call(sim, doc(contact(sim))).json()["@noteid"]
    )


def test_authors_become_an_array_when_several(sim: DominoSimulator) -> None:
    sim.act.add_user("John Roe", "pw", create_file=False)
    unid = contact(sim)
    sim.act.edit(unid, by="John Roe", City="Bonn")
    assert call(sim, doc(unid)).json()["@authors"] == [
        "CN=Jane Doe/O=Acme",
        "CN=John Roe/O=Acme",
    ]


def test_one_value_is_a_scalar_and_several_an_array(sim: DominoSimulator) -> None:
    one = contact(sim, Categories=["A"])
    two = contact(sim, Categories=["A", "B"])
    assert call(sim, doc(one)).json()["Categories"] == "A"
    assert call(sim, doc(two)).json()["Categories"] == ["A", "B"]


def test_item_without_value_is_absent_and_empty_text_is_not(
    sim: DominoSimulator,
) -> None:
    body = call(sim, doc(contact(sim, City="", Suffix=[]))).json()
    assert body["City"] == ""
    assert "Suffix" not in body


def test_dates_by_type(sim: DominoSimulator) -> None:
    unid = contact(
        sim,
        When=datetime(2026, 3, 1, 12, 30, 15, 990000, tzinfo=UTC),
        Birthday={"type": "date", "data": "1980-02-03"},
        Alarm={"type": "time", "data": "20:21:00"},
    )
    body = call(sim, doc(unid)).json()
    assert body["When"] == "2026-03-01T12:30:15Z"
    assert body["Birthday"] == "1980-02-03"
    assert body["Alarm"] == "20:21:00"


def test_strongtype_wraps_every_date(sim: DominoSimulator) -> None:
    days = {"type": "date", "data": ["1980-02-03", "1980-02-04"]}
    body = call(sim, doc(contact(sim, Days=days), "?strongtype=true")).json()
    assert body["@created"] == {"data": "2026-03-10T09:00:00Z", "type": "datetime"}
    assert body["Days"] == {"data": days["data"], "type": "datetime"}


def test_lowercasefields_changes_item_keys_only(sim: DominoSimulator) -> None:
    body = call(sim, doc(contact(sim, country="DE"), "?lowercasefields=true")).json()
    assert "lastname" in body
    assert "LastName" not in body
    assert "@noteid" in body


def test_fields_select_ignoring_case_and_keep_system_keys(
    sim: DominoSimulator,
) -> None:
    path = doc(contact(sim, City="Bonn"), "?fields=lastname,TYPE")
    body = call(sim, path).json()
    assert [k for k in body if not k.startswith("@")] == ["Type", "LastName"]
    assert body["@form"] == "Person"


def test_fields_refuses_dollar_names(sim: DominoSimulator) -> None:
    assert call(sim, doc(contact(sim), "?fields=%24Conflict")).status_code == 400


def test_old_servers_ignore_fields_and_lowercasefields(make: Maker) -> None:
    sim = make(fp=7)
    path = doc(contact(sim, City="Bonn"), "?fields=LastName&lowercasefields=true")
    assert "City" in call(sim, path).json()


def test_markread_takes_true_and_false_only(sim: DominoSimulator) -> None:
    answer = call(sim, doc(contact(sim), "?markread=no"))
    assert answer.status_code == 400
    assert answer.json()["message"] == "Invalid parameter."


def test_last_modified_and_not_modified(sim: DominoSimulator) -> None:
    sim.clock.advance(milliseconds=450)
    unid = contact(sim)
    stamp = call(sim, doc(unid)).headers["Last-Modified"]
    assert stamp == "Tue, 10 Mar 2026 09:00:00 GMT"
    answer = call(sim, doc(unid), headers={"If-Modified-Since": stamp})
    assert answer.status_code == 304
    assert answer.content == b""
    later = {"If-Modified-Since": "Tue, 10 Mar 2026 10:00:00 GMT"}
    assert call(sim, doc(unid), headers=later).status_code == 304
    earlier = {"If-Modified-Since": "Tue, 10 Mar 2026 08:00:00 GMT"}
    assert call(sim, doc(unid), headers=earlier).status_code == 200


def test_response_documents_name_their_parent(sim: DominoSimulator) -> None:
    unid = contact(sim)
    loser = sim.act.make_conflict(unid)
    body = call(sim, doc(loser, "?hidden=true")).json()
    assert body["@parentid"] == unid
    assert "$Conflict" in body
    assert body["@form"] == "Person"
    assert "@parentid" not in call(sim, doc(unid)).json()


def test_unid_is_found_in_either_case(sim: DominoSimulator) -> None:
    unid = contact(sim)
    assert call(sim, doc(unid.lower())).json()["@unid"] == unid


def test_native_rich_text_comes_as_flat_encoded_parts(sim: DominoSimulator) -> None:
    rich = {"type": "richtext", "text": "Größe: 5\nEnde"}
    body = call(sim, doc(contact(sim, Comment=rich))).json()["Comment"]
    assert body["type"] == "multipart"
    outer, plain, html = body["content"]
    assert "data" not in outer
    boundary = re.search(r'Boundary="([^"]+)"', outer["contentType"])
    assert boundary is not None
    assert plain["boundary"] == html["boundary"] == f"--{boundary[1]}"
    assert plain["contentType"] == "text/plain; charset=ISO-8859-1"
    assert html["contentTransferEncoding"] == "quoted-printable"
    assert "Gr=F6=DFe: 5" in plain["data"]
    assert 'face=3D"sans-serif"' in html["data"]


def test_multipart_false_gives_one_html_part(sim: DominoSimulator) -> None:
    rich = {"type": "richtext", "text": "A < B"}
    path = doc(contact(sim, Comment=rich), "?multipart=false")
    body = call(sim, path).json()["Comment"]
    assert body["type"] == "richtext"
    assert body["contentType"] == "text/html"
    assert "A &lt; B" in body["data"]
    assert "attachments" not in body


PICTURE = {
    "type": "richtext",
    "text": "See",
    "attachments": [{"name": "a.png", "content_type": "image/png", "data": "AAEC"}],
}


def test_attachments_come_inline_or_as_links_since_fp9(make: Maker) -> None:
    for fp, inline in ((8, True), (9, False)):
        sim = make(fp=fp)
        path = doc(contact(sim, Comment=PICTURE), "?attachmentlinks=true")
        file = call(sim, path).json()["Comment"]["content"][-1]
        assert file["contentDisposition"] == 'attachment; filename="a.png"'
        assert ("data" in file) is inline


# -- 2.9 creating ----------------------------------------------------------------------


def post(
    sim: DominoSimulator, body: Any, query: str = "?form=Person"
) -> requests.Response:
    """POST a document."""
    return call(sim, f"documents{query}", "POST", json=body)


def created(answer: requests.Response) -> str:
    """UNID from the Location of a 201."""
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"].rpartition("/")[2]


def test_post_creates_with_form_and_no_body(sim: DominoSimulator) -> None:
    answer = post(sim, {"LastName": "Brook", "Number": 1.75, "Tags": ["a", "b"]})
    unid = created(answer)
    assert answer.content == b""
    assert answer.headers["Location"].startswith(sim.url)
    stored = sim.document(unid)
    assert stored["form"] == "Person"
    assert stored["items"]["Number"] == [1.75]
    assert stored["items"]["Tags"] == ["a", "b"]
    assert stored["items"]["$UpdatedBy"] == ["CN=Jane Doe/O=Acme"]


def test_post_repeated_creates_a_second_document(sim: DominoSimulator) -> None:
    assert created(post(sim, {"LastName": "A"})) != created(
        post(sim, {"LastName": "A"})
    )
    assert len(sim.documents(MAIL)) == 2


@pytest.mark.parametrize("raw", ["{", "[]", "", "3"])
def test_body_that_is_no_json_object_is_400(sim: DominoSimulator, raw: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = call(sim, "documents", "POST", data=raw, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Error while parsing the JSON content"
    assert sim.documents(MAIL) == []


def test_special_keys_and_form_in_a_body_are_ignored(sim: DominoSimulator) -> None:
    body = {"$Alarm": 1, "@form": "Memo", "Form": "Memo", "LastName": "A"}
    stored = sim.document(created(post(sim, body)))
    assert stored["form"] == "Person"
    assert "$Alarm" not in stored["items"]


def test_post_with_parent_makes_a_response(sim: DominoSimulator) -> None:
    unid = contact(sim)
    child = created(post(sim, {"Subject": "x"}, f"?parentid={unid}"))
    assert call(sim, doc(child)).json()["@parentid"] == unid
    assert post(sim, {}, f"?parentid={'0' * 32}").status_code == 400


def test_computewithform_may_add_public_access_or_refuse(make: Maker) -> None:
    sim = make(
        compute_adds_public_access=True, required_items={"Person": ("LastName",)}
    )
    unid = created(post(sim, {"LastName": "A"}, "?form=Person&computewithform=true"))
    assert sim.document(unid)["items"]["$PublicAccess"] == ["1"]
    answer = post(sim, {"FirstName": "A"}, "?form=Person&computewithform=true")
    assert answer.status_code == 400
    assert len(sim.documents(MAIL)) == 1


def test_created_document_has_no_public_access(sim: DominoSimulator) -> None:
    unid = created(post(sim, {"LastName": "A"}))
    assert "$PublicAccess" not in sim.document(unid)["items"]


# -- 2.10 updating ---------------------------------------------------------------------


def patch(
    sim: DominoSimulator, unid: str, body: Any, query: str = "", **headers: str
) -> requests.Response:
    """PATCH by the override header."""
    sent = {"X-HTTP-Method-Override": "PATCH"}
    sent.update({k.replace("_", "-"): v for k, v in headers.items()})
    return call(sim, doc(unid, query), "POST", json=body, headers=sent)


def test_patch_changes_given_items_only(sim: DominoSimulator) -> None:
    unid = contact(sim, City="Bonn", State="NW")
    answer = patch(sim, unid, {"City": "Köln"})
    assert (answer.status_code, answer.content) == (200, b"")
    items = sim.document(unid)["items"]
    assert (items["City"], items["State"]) == (["Köln"], ["NW"])


def test_patch_ignores_case_and_keeps_the_stored_spelling(
    sim: DominoSimulator,
) -> None:
    unid = contact(sim, City="Bonn")
    patch(sim, unid, {"CITY": "Köln"})
    items = sim.document(unid)["items"]
    assert items["City"] == ["Köln"]
    assert "CITY" not in items


def test_put_removes_what_the_body_does_not_name(sim: DominoSimulator) -> None:
    unid = contact(sim, City="Bonn")
    assert call(sim, doc(unid), "PUT", json={"LastName": "New"}).status_code == 200
    items = sim.document(unid)["items"]
    assert "City" not in items
    assert items["Form"] == ["Person"]
    assert items["$PublicAccess"] == ["1"]


def test_put_with_keys_in_another_case_loses_the_item(sim: DominoSimulator) -> None:
    unid = contact(sim, City="Bonn")
    call(sim, doc(unid), "PUT", json={"city": "Köln", "LastName": "Brook"})
    assert "City" not in sim.document(unid)["items"]
    assert "city" not in sim.document(unid)["items"]


def test_read_document_can_be_put_back(sim: DominoSimulator) -> None:
    unid = contact(sim, City="Bonn", Categories=["a", "b"])
    before = sim.document(unid)["items"]
    body = call(sim, doc(unid)).json()
    assert call(sim, doc(unid), "PUT", json=body).status_code == 200
    after = sim.document(unid)["items"]
    assert {k: v for k, v in after.items() if k != "$Revisions"} == before


def test_form_changes_by_query_only(sim: DominoSimulator) -> None:
    unid = contact(sim)
    patch(sim, unid, {"@form": "Memo"})
    assert sim.document(unid)["form"] == "Person"
    patch(sim, unid, {}, "?form=Memo")
    assert sim.document(unid)["form"] == "Memo"


def test_update_of_a_missing_document_is_404(sim: DominoSimulator) -> None:
    assert patch(sim, "0" * 32, {}).status_code == 404


def test_update_moves_the_times(sim: DominoSimulator) -> None:
    unid = contact(sim)
    sim.clock.advance(hours=1)
    patch(sim, unid, {"City": "Köln"})
    assert call(sim, doc(unid)).json()["@modified"] == "2026-03-10T10:00:00Z"


def test_if_unmodified_since_stops_a_late_update_without_body(
    sim: DominoSimulator,
) -> None:
    unid = contact(sim, City="Bonn")
    stamp = call(sim, doc(unid)).headers["Last-Modified"]
    sim.clock.advance(seconds=2)
    sim.act.edit(unid, City="Ulm")
    answer = patch(sim, unid, {"City": "Köln"}, If_Unmodified_Since=stamp)
    assert (answer.status_code, answer.content) == (412, b"")
    assert sim.document(unid)["items"]["City"] == ["Ulm"]
    answer = call(sim, doc(unid), "DELETE", headers={"If-Unmodified-Since": stamp})
    assert answer.status_code == 412


def test_header_text_as_sent_passes_though_notes_stores_hundredths(
    sim: DominoSimulator,
) -> None:
    sim.clock.advance(milliseconds=370)
    unid = contact(sim)
    stamp = call(sim, doc(unid)).headers["Last-Modified"]
    assert patch(sim, unid, {}, If_Unmodified_Since=stamp).status_code == 200


def test_same_instant_written_differently_is_refused_for_its_hundredths(
    sim: DominoSimulator,
) -> None:
    sim.clock.advance(milliseconds=370)
    unid = contact(sim)
    other = "Tuesday, 10-Mar-26 09:00:00 GMT"
    assert patch(sim, unid, {}, If_Unmodified_Since=other).status_code == 412


def test_edit_within_the_same_second_goes_unnoticed(sim: DominoSimulator) -> None:
    unid = contact(sim, City="Bonn")
    stamp = call(sim, doc(unid)).headers["Last-Modified"]
    sim.clock.advance(milliseconds=400)
    sim.act.edit(unid, City="Ulm")
    answer = patch(sim, unid, {"City": "Köln"}, If_Unmodified_Since=stamp)
    assert answer.status_code == 200
    assert sim.document(unid)["items"]["City"] == ["Köln"]


def test_unreadable_unmodified_since_is_412(sim: DominoSimulator) -> None:
    unid = contact(sim)
    assert patch(sim, unid, {}, If_Unmodified_Since="soon").status_code == 412


def test_bad_value_leaves_the_document_untouched(sim: DominoSimulator) -> None:
    unid = contact(sim, City="Bonn")
    answer = patch(sim, unid, {"City": "Köln", "Flag": True})
    assert answer.status_code == 400
    assert sim.document(unid)["items"]["City"] == ["Bonn"]


def test_lost_race_answers_200_though_another_edit_won(sim: DominoSimulator) -> None:
    unid = contact(sim, City="Bonn")
    sim.faults.add("lost_race", options={"items": {"City": "Ulm"}, "conflict": True})
    assert patch(sim, unid, {"City": "Köln"}).status_code == 200
    assert sim.document(unid)["items"]["City"] == ["Ulm"]
    (loser,) = [d for d in sim.documents(MAIL) if d["conflict"]]
    assert loser["items"]["City"] == ["Köln"]
    assert loser["parent"] == unid


# -- 2.11 values in bodies -------------------------------------------------------------


def stored(sim: DominoSimulator, unid: str, name: str) -> Any:
    """An item's values, None when absent."""
    return sim.document(unid)["items"].get(name)


def test_date_text_stays_text_unless_the_form_says_date(sim: DominoSimulator) -> None:
    text = "2026-05-04T10:00:00Z"
    unid = created(post(sim, {"Subject": text, "DueDate": text}, "?form=Task"))
    assert stored(sim, unid, "Subject") == [text]
    assert stored(sim, unid, "DueDate") == [datetime(2026, 5, 4, 10, tzinfo=UTC)]


def test_typed_dates_work_on_any_item(sim: DominoSimulator) -> None:
    unid = contact(sim)
    stamps = ["2026-05-04T10:00:00Z", "2026-05-05T10:00:00Z"]
    patch(sim, unid, {"Any": {"type": "datetime", "data": stamps}})
    assert [wire.instant(v) for v in stored(sim, unid, "Any")] == stamps


def test_date_only_text_goes_by_the_servers_locale(make: Maker) -> None:
    sim = make()
    unid = contact(sim)
    patch(sim, unid, {"Birthday": "1980-02-03"})
    assert call(sim, doc(unid)).json()["Birthday"] == "1980-02-03"
    patch(sim, unid, {"Birthday": "04/03/1980"})
    assert call(sim, doc(unid)).json()["Birthday"] == "1980-03-04"
    sim = make(iso_dates=False, day_first=False)
    unid = contact(sim)
    assert patch(sim, unid, {"Birthday": "1980-02-03"}).status_code == 400
    patch(sim, unid, {"Birthday": "04/03/1980"})
    assert call(sim, doc(unid)).json()["Birthday"] == "1980-04-03"


def test_unreadable_date_is_400(sim: DominoSimulator) -> None:
    assert patch(sim, contact(sim), {"Birthday": "soon"}).status_code == 400


@pytest.mark.parametrize(
    ("choice", "expected"), [("empty", [""]), ("remove", None), ("error", ["Bonn"])]
)
def test_null_is_a_choice(make: Maker, choice: str, expected: Any) -> None:
    sim = make(null_value=choice)
    unid = contact(sim, City="Bonn")
    answer = patch(sim, unid, {"City": None})
    assert answer.status_code == (400 if choice == "error" else 200)
    assert stored(sim, unid, "City") == expected


@pytest.mark.parametrize(
    ("choice", "expected"), [("text", ["true"]), ("number", [1]), ("error", None)]
)
def test_boolean_is_a_choice(make: Maker, choice: str, expected: Any) -> None:
    sim = make(boolean_value=choice)
    unid = contact(sim)
    answer = patch(sim, unid, {"Flag": True})
    assert answer.status_code == (400 if choice == "error" else 200)
    assert stored(sim, unid, "Flag") == expected


@pytest.mark.parametrize(
    ("choice", "expected"), [("empty", ""), ("remove", None), ("error", "1980-02-03")]
)
def test_empty_text_in_a_date_field_is_a_choice(
    make: Maker, choice: str, expected: Any
) -> None:
    sim = make(empty_date=choice)
    unid = contact(sim, Birthday={"type": "date", "data": "1980-02-03"})
    patch(sim, unid, {"Birthday": ""})
    assert call(sim, doc(unid)).json().get("Birthday") == expected


def test_rich_text_write_replaces_the_item_by_one_html_part(
    sim: DominoSimulator,
) -> None:
    unid = contact(sim, Comment={"type": "richtext", "text": "old"})
    patch(sim, unid, {"Comment": {"type": "richtext", "data": "<b>new</b> ü"}})
    outer, part = call(sim, doc(unid)).json()["Comment"]["content"]
    assert outer["contentType"].startswith("multipart/mixed")
    assert part["data"] == "<b>new</b> ü"
    assert part["contentType"].startswith("text/html")


def test_empty_rich_text_becomes_one_blank(sim: DominoSimulator) -> None:
    unid = contact(sim)
    patch(sim, unid, {"Comment": {"type": "richtext", "data": ""}})
    assert call(sim, doc(unid)).json()["Comment"]["content"][1]["data"] == " "


def test_rich_text_with_attachments_cannot_be_replaced(sim: DominoSimulator) -> None:
    unid = contact(sim, Comment=PICTURE)
    answer = patch(sim, unid, {"Comment": {"type": "richtext", "data": "x"}})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Updating embedded objects is not supported."
    other = contact(sim)
    body = {
        "Comment": {"type": "richtext", "data": "x", "attachments": [{"href": "y"}]}
    }
    assert patch(sim, other, body).status_code == 400


def test_mime_parts_come_back_as_sent(sim: DominoSimulator) -> None:
    parts = [
        {"contentType": 'multipart/mixed; Boundary="b1"'},
        {
            "contentType": "text/html; charset=UTF-8",
            "contentTransferEncoding": "quoted-printable",
            "data": "gr=C3=BCn",
            "boundary": "--b1",
        },
    ]
    unid = contact(sim)
    patch(sim, unid, {"Body": {"type": "multipart", "content": parts}})
    assert call(sim, doc(unid)).json()["Body"]["content"] == parts
    assert stored(sim, unid, "Body")[0]["text"] == "grün"


def test_object_without_type_is_ignored(sim: DominoSimulator) -> None:
    unid = contact(sim, City="Bonn")
    assert patch(sim, unid, {"City": {"data": "Köln"}}).status_code == 200
    assert stored(sim, unid, "City") == ["Bonn"]


# -- 2.12, 6.3 deletion and trash ------------------------------------------------------


def test_delete_answers_200_then_404(sim: DominoSimulator) -> None:
    unid = contact(sim)
    answer = call(sim, doc(unid), "DELETE")
    assert (answer.status_code, answer.content) == (200, b"")
    assert call(sim, doc(unid), "DELETE").status_code == 404
    assert call(sim, doc(unid)).status_code == 404


def test_delete_is_soft_where_the_file_keeps_a_trash(make: Maker) -> None:
    for soft, expected in ((True, 1), (False, 0)):
        sim = make(delete_to_trash=soft)
        call(sim, doc(contact(sim)), "DELETE")
        assert len(sim.documents(MAIL, trash=True)) == expected


def test_delete_conflict_is_409_and_keeps_the_document(sim: DominoSimulator) -> None:
    unid = contact(sim)
    sim.faults.add("delete_conflict")
    answer = call(sim, doc(unid), "DELETE")
    assert answer.status_code == 409
    assert answer.json()["message"] == (
        "Document is not deleted because another user modified it."
    )
    assert sim.documents(MAIL)


TRASH = "collections/name/%28%24SoftDeletions%29"


def test_trashed_document_leaves_its_view_for_the_trash(sim: DominoSimulator) -> None:
    unid = contact(sim)
    sim.act.delete(unid)
    assert call(sim, CONTACTS).json() == []
    assert unids(call(sim, TRASH)) == [unid]


def test_get_of_a_trashed_document_is_a_choice(make: Maker) -> None:
    for choice, status in (("404", 404), ("document", 200)):
        sim = make(trashed_get=choice)
        unid = contact(sim)
        sim.act.delete(unid)
        assert call(sim, doc(unid)).status_code == status


def test_restored_document_is_back_under_its_unid(make: Maker) -> None:
    for touches, listed in ((True, 1), (False, 0)):
        sim = make(restore_touches_file=touches)
        unid = contact(sim)
        sim.act.delete(unid)
        sim.clock.advance(hours=1)
        sim.act.restore(unid)
        assert unids(call(sim, CONTACTS)) == [unid]
        assert call(sim, TRASH).json() == []
        rows = call(sim, since(START + timedelta(minutes=30))).json()
        assert len(rows) == listed


def test_trash_expires(sim: DominoSimulator) -> None:
    unid = contact(sim)
    sim.act.delete(unid)
    sim.clock.advance(hours=47)
    assert len(call(sim, TRASH).json()) == 1
    sim.clock.advance(hours=2)
    assert call(sim, TRASH).json() == []
    with pytest.raises(LookupError):
        sim.act.restore(unid)


def test_file_without_soft_deletes_deletes_for_good(sim: DominoSimulator) -> None:
    sim.act.set_file(MAIL, soft_deletes=False)
    sim.act.delete(contact(sim))
    assert sim.documents(MAIL, trash=True) == []


def test_parent_goes_without_its_children(sim: DominoSimulator) -> None:
    unid = contact(sim)
    loser = sim.act.make_conflict(unid)
    call(sim, doc(unid), "DELETE")
    assert unids(call(sim, "documents")) == [loser]


# -- 3.2 mail file discovery -----------------------------------------------------------


def test_calendar_root_names_the_callers_mail_file(sim: DominoSimulator) -> None:
    (entry,) = call(sim, "/api/calendar").json()["calendars"]
    assert entry["owner"] == {
        "displayName": "Jane Doe",
        "distinguishedName": "Jane Doe/Acme",
        "homeServer": "Mail1/Acme",
        "email": "jane.doe@acme.example",
    }
    assert entry["links"] == [
        {"rel": "events", "href": f"/{MAIL}/api/calendar/events"},
        {"rel": "invitations", "href": f"/{MAIL}/api/calendar/invitations"},
    ]


def test_calendar_root_lower_cases_the_path_and_may_hide_the_server(
    make: Maker,
) -> None:
    sim = make(home_server_shown=False)
    sim.act.move_user("Jane Doe", "Mail/JDoe.nsf")
    (entry,) = call(sim, "/api/calendar").json()["calendars"]
    assert entry["links"][0]["href"] == f"/{MAIL}/api/calendar/events"
    assert "homeServer" not in entry["owner"]


def test_owner_asks_for_another_person(sim: DominoSimulator) -> None:
    sim.act.add_user("John Roe", "pw")
    (entry,) = call(sim, "/api/calendar?owner=John+Roe/Acme").json()["calendars"]
    assert entry["links"][0]["href"] == "/mail/jroe.nsf/api/calendar/events"
    answer = call(sim, "/api/calendar?owner=Nobody")
    assert answer.status_code == 400
    assert answer.json()["message"] == "Name not found."


def test_wrong_home_server_gives_a_link_to_a_file_that_is_not_here(
    make: Maker,
) -> None:
    for absolute, link in (
        (False, "/mail/far.nsf/api/calendar/events"),
        (True, "http://mail9/mail/far.nsf/api/calendar/events"),
    ):
        sim = make(absolute_urls=absolute)
        sim.act.move_user("Jane Doe", "mail/far.nsf", home_server="Mail9/Acme")
        (entry,) = call(sim, "/api/calendar").json()["calendars"]
        assert entry["owner"]["homeServer"] == "Mail9/Acme"
        assert entry["links"][0]["href"] == link
    assert call(sim, "/mail/far.nsf/api/data/documents").status_code == 404


@pytest.mark.parametrize(
    ("moved", "message"),
    [
        ({"mail_file": None}, "Cannot build service resource address."),
        ({"mail_file": MAIL, "home_known": False}, "Server not found."),
    ],
)
def test_incomplete_person_documents_are_500(
    sim: DominoSimulator, moved: dict[str, Any], message: str
) -> None:
    sim.act.move_user("Jane Doe", **moved)
    answer = call(sim, "/api/calendar")
    assert answer.status_code == 500
    assert answer.json()["message"] == message


def test_calendar_root_and_contexts(sim: DominoSimulator) -> None:
    assert call(sim, "/api/calendar", auth=None).status_code == 401
    answer = call(sim, f"/{MAIL}/api/calendar")
    assert answer.json()["message"] == "Database context not allowed."
    answer = call(sim, "/api/calendar/events")
    assert answer.json()["message"] == "No database context."


# -- 5.1 Basic -------------------------------------------------------------------------


def test_basic_refusal_is_401_with_an_html_page(sim: DominoSimulator) -> None:
    for auth in (None, ("Jane Doe", "wrong"), ("Nobody", "secret"), ("Jane Doe", "")):
        answer = call(sim, "documents", auth=auth)
        assert answer.status_code == 401
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
        assert "<h1>Error 401</h1>You are not authorized" in answer.text


@pytest.mark.parametrize(
    "name",
    [
        "Jane Doe",
        "jane doe",
        "CN=Jane Doe/O=Acme",
        "Jane Doe/Acme",
        "jdoe",
        "jane.doe@acme.example",
    ],
)
def test_every_name_form_of_the_directory_logs_in(
    sim: DominoSimulator, name: str
) -> None:
    assert call(sim, "documents", auth=(name, "secret")).status_code == 200


def test_low_access_looks_like_a_wrong_password(sim: DominoSimulator) -> None:
    sim.act.add_user("John Roe", "pw")
    refused = call(sim, "documents", auth=("John Roe", "wrong"))
    low = call(sim, "documents", auth=("John Roe", "pw"))
    assert (low.status_code, low.text) == (refused.status_code, refused.text)


def test_reader_may_read_but_not_write(sim: DominoSimulator) -> None:
    unid = contact(sim, City="Bonn")
    sim.act.set_access(MAIL, "Jane Doe", 2)
    assert call(sim, doc(unid)).status_code == 200
    assert patch(sim, unid, {"City": "Ulm"}).status_code == 400
    assert call(sim, doc(unid), "DELETE").status_code == 400
    assert post(sim, {}).status_code == 400
    assert stored(sim, unid, "City") == ["Bonn"]


def test_delete_can_be_denied_to_an_editor(sim: DominoSimulator) -> None:
    unid = contact(sim)
    sim.act.set_access(MAIL, "Jane Doe", 4, can_delete=False)
    assert patch(sim, unid, {}).status_code == 200
    assert call(sim, doc(unid), "DELETE").status_code == 400


def test_missing_database_is_404_html_after_login(sim: DominoSimulator) -> None:
    path = "/mail/none.nsf/api/data/documents"
    answer = call(sim, path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert call(sim, path, auth=None).status_code == 401


def test_password_change_takes_effect_at_once(sim: DominoSimulator) -> None:
    sim.act.change_password("Jane Doe", "new")
    assert call(sim, "documents").status_code == 401
    assert call(sim, "documents", auth=("Jane Doe", "new")).status_code == 200


# -- 5.2 session login -----------------------------------------------------------------


def login(sim: DominoSimulator, password: str = "secret", **fields: str) -> Any:
    """POST of the login form; the session and the answer."""
    session = requests.Session()
    form = {"Username": "Jane Doe", "Password": password, **fields}
    answer = session.post(
        f"{sim.url}/names.nsf?Login", data=form, allow_redirects=False, timeout=10
    )
    return session, answer


def is_form(answer: requests.Response) -> bool:
    """Whether an answer is the login form."""
    return 'name="_DominoForm"' in answer.text


DOCUMENTS = f"/{MAIL}/api/data/documents"


def test_api_call_without_session_gets_a_form_under_200(make: Maker) -> None:
    answer = call(make(auth="session"), "documents?compact=true", auth=None)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Expires"] == "Tue, 01 Jan 1980 06:00:00 GMT"
    assert is_form(answer)
    for name in ("%%ModDate", "Username", "Password", "RedirectTo"):
        assert f'name="{name}"' in answer.text
    assert f"{DOCUMENTS}?compact=true" in answer.text


def test_login_answers_302_with_a_session_cookie(make: Maker) -> None:
    sim = make(auth="session")
    session, answer = login(sim, RedirectTo=DOCUMENTS)
    assert answer.status_code == 302
    assert answer.content == b""
    assert answer.headers["Location"] == sim.url + DOCUMENTS
    assert re.fullmatch(
        r"DomAuthSessId=[0-9A-F]{32}; path=/", answer.headers["Set-Cookie"]
    )
    assert session.get(sim.url + DOCUMENTS, timeout=10).json() == []


def test_wrong_password_is_200_with_the_form_and_no_cookie(make: Maker) -> None:
    session, answer = login(make(auth="session"), "wrong")
    assert answer.status_code == 200
    assert is_form(answer)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("name", ["LtpaToken", "LtpaToken2"])
def test_single_sign_on_uses_another_cookie(make: Maker, name: str) -> None:
    sim = make(auth="session", session_cookie=name)
    session, _ = login(sim)
    assert name in session.cookies
    assert session.get(sim.url + DOCUMENTS, timeout=10).json() == []


def test_cookie_may_carry_a_domain(make: Maker) -> None:
    _, answer = login(make(auth="session", cookie_domain=".acme.example"))
    assert answer.headers["Set-Cookie"].endswith("; domain=.acme.example")


def test_session_ends_after_idle_time(make: Maker) -> None:
    sim = make(auth="session", session_idle_minutes=30)
    session, _ = login(sim)
    for _ in range(3):
        sim.clock.advance(minutes=20)
        assert session.get(sim.url + DOCUMENTS, timeout=10).json() == []
    sim.clock.advance(minutes=31)
    answer = session.get(sim.url + DOCUMENTS, timeout=10)
    assert answer.status_code == 200
    assert is_form(answer)


def test_force401_gives_the_form_the_status_401(make: Maker) -> None:
    answer = call(make(auth="session", force401=True), "documents", auth=None)
    assert answer.status_code == 401
    assert is_form(answer)


def test_site_may_have_a_json_login_form_under_200(make: Maker) -> None:
    answer = call(make(auth="session", login_form="json"), "documents", auth=None)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json()["status"] == "401"


def test_session_server_ignores_basic_unless_told_otherwise(make: Maker) -> None:
    assert is_form(call(make(auth="session"), "documents"))
    sim = make(auth="session", basic_on_session=True)
    assert call(sim, "documents").json() == []


def test_override_rule_serves_the_api_by_basic_and_pages_by_form(
    make: Maker,
) -> None:
    sim = make(auth="session_override")
    assert call(sim, "documents").json() == []
    assert call(sim, "documents", auth=None).status_code == 401
    assert is_form(call(sim, f"/{MAIL}?OpenDatabase", auth=None))


def test_session_with_low_access_gets_the_form_again(make: Maker) -> None:
    sim = make(auth="session")
    session, _ = login(sim)
    sim.act.set_access(MAIL, "Jane Doe", 0)
    answer = session.get(sim.url + DOCUMENTS, timeout=10)
    assert answer.status_code == 200
    assert is_form(answer)


def test_logout_ends_the_session(make: Maker) -> None:
    sim = make(auth="session")
    session, _ = login(sim)
    token = session.cookies["DomAuthSessId"]
    session.get(f"{sim.url}/names.nsf?Logout", timeout=10)
    cookies = {"DomAuthSessId": token}
    assert is_form(call(sim, "documents", auth=None, cookies=cookies))


def test_api_answers_set_a_session_id_that_is_no_login(make: Maker) -> None:
    sim = make(auth="session")
    answer = call(sim, "/api", auth=None)
    assert re.fullmatch(
        r"SessionID=[0-9A-F]{40}; path=/; HttpOnly", answer.headers["Set-Cookie"]
    )
    assert is_form(call(sim, "documents", auth=None, cookies=answer.cookies))


# -- 5.4 CSRF token --------------------------------------------------------------------


def test_nonce_sets_a_token_that_the_header_must_then_match(
    sim: DominoSimulator,
) -> None:
    assert call(sim, "/api/core/nonce", auth=None).status_code == 401
    answer = call(sim, "/api/core/nonce")
    assert (answer.status_code, answer.content) == (200, b"")
    cookies = {"DasToken": answer.cookies["DasToken"]}
    for path in ("documents", "/api/data", "/api"):
        refused = call(sim, path, cookies=cookies)
        assert refused.status_code == 403
        headers = {"X-DAS-Token": cookies["DasToken"]}
        assert call(sim, path, cookies=cookies, headers=headers).status_code == 200
    assert call(sim, "documents").status_code == 200


# -- faults ----------------------------------------------------------------------------


def test_login_form_fault_ends_the_session_in_mid_run(make: Maker) -> None:
    sim = make(auth="session")
    session, _ = login(sim)
    rule = sim.faults.add("login_form", route="documents", nth=2)
    assert session.get(sim.url + DOCUMENTS, timeout=10).json() == []
    assert is_form(session.get(sim.url + DOCUMENTS, timeout=10))
    assert rule.fired == 1
    assert is_form(session.get(sim.url + DOCUMENTS, timeout=10))


def test_drop_before_applies_nothing_and_is_logged_as_a_write(
    sim: DominoSimulator,
) -> None:
    sim.faults.add("drop_before", method="POST")
    with pytest.raises(requests.ConnectionError):
        post(sim, {"LastName": "A"})
    assert sim.documents(MAIL) == []
    (entry,) = sim.log.select("documents")
    assert (entry.status, entry.write, entry.fault) == (0, True, "drop_before")


def test_drop_after_applies_without_an_answer(sim: DominoSimulator) -> None:
    sim.faults.add("drop_after", route="documents", method="POST")
    with pytest.raises(requests.ConnectionError):
        post(sim, {"LastName": "A"})
    assert len(sim.documents(MAIL)) == 1


def test_throttle_with_and_without_retry_after(sim: DominoSimulator) -> None:
    sim.faults.add("throttle", status=503, retry_after=7)
    answer = call(sim, "documents")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    sim.faults.add("throttle")
    answer = call(sim, "documents")
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers
    assert call(sim, "documents").status_code == 200


def test_bad_json_cuts_the_body(sim: DominoSimulator) -> None:
    contact(sim)
    sim.faults.add("bad_json")
    with pytest.raises(ValueError):
        call(sim, "documents").json()


def test_html_from_a_proxy_with_any_status(sim: DominoSimulator) -> None:
    sim.faults.add("html", status=200)
    answer = call(sim, "documents")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert not is_form(answer)


def test_status_after_applies_first(sim: DominoSimulator) -> None:
    sim.faults.add("status", status=500, body={"a": 1}, when="after", method="POST")
    answer = post(sim, {"LastName": "A"})
    assert (answer.status_code, answer.json()) == (500, {"a": 1})
    assert len(sim.documents(MAIL)) == 1


def test_slow_answer_outlasts_the_client(sim: DominoSimulator) -> None:
    sim.faults.add("slow", seconds=30, when="after", method="POST")
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{sim.url}{DOCUMENTS}?form=Person", json={}, auth=AUTH, timeout=(10, 0.3)
        )
    wait_for(lambda: len(sim.documents(MAIL)) == 1)


def test_rules_count_skip_and_match(sim: DominoSimulator) -> None:
    rule = sim.faults.add("status", status=500, path="since=", skip=1, count=2)
    codes = [call(sim, since(START)).status_code for _ in range(4)]
    assert codes == [200, 500, 500, 200]
    assert call(sim, "documents").status_code == 200
    assert (rule.seen, rule.fired) == (4, 2)


def test_probability_repeats_from_its_seed(sim: DominoSimulator) -> None:
    runs = []
    for _ in range(2):
        sim.faults.clear()
        sim.faults.add("status", status=500, count=None, probability=0.5, seed=7)
        runs.append([call(sim, "documents").status_code for _ in range(12)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


def test_unknown_fault_kind_is_refused(sim: DominoSimulator) -> None:
    with pytest.raises(ValueError):
        sim.faults.add("no_such_thing")


# -- log, clock, control ---------------------------------------------------------------


def test_log_counts_routes_and_writes_without_logins(make: Maker) -> None:
    sim = make(auth="session")
    session, _ = login(sim)
    unid = contact(sim)
    session.get(sim.url + DOCUMENTS, timeout=10)
    address = f"{sim.url}/{MAIL}/api/data/documents/unid/{unid}"
    headers = {"X-HTTP-Method-Override": "PATCH"}
    session.post(address, json={"City": "Ulm"}, headers=headers, timeout=10)
    assert sim.log.counts() == {
        "POST login": 1,
        "GET documents": 1,
        "PATCH document": 1,
    }
    assert sim.log.writes() == 1
    entry = sim.log.entries[-1]
    assert entry.user == "Jane Doe"
    assert entry.request_body == b'{"City": "Ulm"}'
    sim.log.clear()
    assert sim.log.count() == 0


def test_refused_write_counts_as_a_write(sim: DominoSimulator) -> None:
    patch(sim, "0" * 32, {})
    assert sim.log.writes() == 1


def test_date_header_follows_the_clock(sim: DominoSimulator) -> None:
    sim.clock.advance(days=30)
    stamp = parsedate_to_datetime(call(sim, "documents").headers["Date"])
    assert stamp == START + timedelta(days=30)


def test_clock_ticks_unless_frozen() -> None:
    sim = DominoSimulator()
    sim.clock.set(START)
    first = sim.clock.now()
    time.sleep(0.02)
    assert START <= first < sim.clock.now() < START + timedelta(days=1)


def test_control_endpoint_acts_looks_and_is_not_logged(sim: DominoSimulator) -> None:
    control = ControlClient(sim.url)
    unid = control.act("create_contact", mailfile=MAIL, LastName="Brook")
    control.act("edit", unid=unid, City="Bonn")
    stamp = control.clock(advance={"hours": 1})["now"]
    assert stamp == (START + timedelta(hours=1)).isoformat()
    control.add_fault("status", status=503)
    assert call(sim, "documents").status_code == 503
    assert control.faults()[0]["fired"] == 1
    control.clear_faults()
    assert control.log(entries=True)["counts"] == {"GET documents": 1}
    file = control.dump()["mail_files"][MAIL]
    assert file["documents"][0]["items"]["City"] == ["Bonn"]
    control.clear_log()
    assert control.log()["requests"] == 0


def test_control_endpoint_refuses_unknown_acts_and_bad_arguments(
    sim: DominoSimulator,
) -> None:
    base = f"{sim.url}/__sim__/act/"
    assert requests.post(f"{base}_put", json={}, timeout=10).status_code == 404
    answer = requests.post(f"{base}edit", json={"unid": "0" * 32}, timeout=10)
    assert answer.status_code == 400
    assert "LookupError" in answer.json()["error"]


# -- acts of persons -------------------------------------------------------------------


def test_private_marks_of_contacts_and_to_dos(make: Maker) -> None:
    for choice, access in (("remove", None), ("keep", "1"), ("zero", "0")):
        sim = make(private_contact_access=choice)
        unid = contact(sim)
        sim.act.mark_private(unid)
        body = call(sim, doc(unid, "?hidden=true")).json()
        assert body["Confidential"] == "1"
        assert body.get("$PublicAccess") == access
        sim.act.mark_public(unid)
        body = call(sim, doc(unid, "?hidden=true")).json()
        assert (body["Confidential"], body["$PublicAccess"]) == ("", "1")
    todo = sim.act.create_todo(MAIL, "Secret")
    sim.act.mark_private(todo)
    body = call(sim, doc(todo, "?hidden=true")).json()
    assert body["OrgConfidential"] == "1"
    assert "$PublicAccess" not in body


def test_todo_looks_like_one_made_in_notes(sim: DominoSimulator) -> None:
    due = datetime(2026, 4, 1, 10, tzinfo=UTC)
    unid = sim.act.create_todo(MAIL, "Call", due=due, start=START, body="Bring cake")
    body = call(sim, doc(unid)).json()
    assert body["@form"] == "Task"
    assert body["DueDate"] == body["DueDateTime"] == "2026-04-01T10:00:00Z"
    assert body["STARTDATETIME"] == "2026-03-10T09:00:00Z"
    assert body["DueState"] == 2
    assert body["Body"]["type"] == "multipart"
    sim.act.complete_todo(unid)
    (row,) = call(sim, "collections/name/Tasks").json()
    assert row["$188"] == "Completed"


def test_group_stands_among_the_contacts(sim: DominoSimulator) -> None:
    sim.act.create_group(MAIL, "Team", ["Jane Doe/Acme"])
    (row,) = call(sim, CONTACTS).json()
    assert (row["@form"], row["$22"]) == ("Group", "Group")


def test_mail_arrives_outside_the_contacts(sim: DominoSimulator) -> None:
    sim.act.receive_mail(MAIL, "Offer", "text", n=25)
    assert call(sim, CONTACTS).json() == []
    assert len(call(sim, "documents").json()) == 25


def test_conflict_document_is_an_ordinary_row_of_the_view(
    sim: DominoSimulator,
) -> None:
    unid = contact(sim, City="Bonn")
    loser = sim.act.make_conflict(unid, City="Ulm")
    rows = call(sim, CONTACTS).json()
    assert {r["@unid"] for r in rows} == {unid, loser}
    assert {tuple(r) for r in rows} == {tuple(rows[0])}


def test_replicated_edit_keeps_its_older_time(sim: DominoSimulator) -> None:
    unid = contact(sim, City="Bonn")
    sim.clock.advance(hours=2)
    sim.act.replicate_in(MAIL, START + timedelta(minutes=1), unid=unid, City="Ulm")
    (row,) = call(sim, since(START + timedelta(hours=1))).json()
    assert row["@modified"] == "2026-03-10T09:01:00Z"
    assert stored(sim, unid, "City") == ["Ulm"]


def test_cut_and_paste_keeps_content_under_another_unid(sim: DominoSimulator) -> None:
    old = contact(sim, City="Bonn")
    new = sim.act.cut_and_paste(old)
    assert call(sim, doc(old)).status_code == 404
    assert call(sim, doc(new)).json()["City"] == "Bonn"
    assert unids(call(sim, CONTACTS)) == [new]


def test_lost_view_is_404(sim: DominoSimulator) -> None:
    sim.act.remove_view(MAIL, "($Contacts)")
    assert call(sim, CONTACTS).status_code == 404


def test_seed_fills_users_and_documents() -> None:
    sim = DominoSimulator()
    seed = {
        "users": [{"name": "Ann Lee", "password": "pw"}],
        "acts": [
            [
                "create_contact",
                {"mailfile": "mail/alee.nsf", "LastName": "Brook", "as": "b"},
            ],
            ["edit", {"unid": "@b", "City": "Bonn"}],
        ],
    }
    known = sim.act.load(seed)
    assert sim.document(known["b"])["items"]["City"] == ["Bonn"]


def test_indexes_agree_with_a_plain_look_after_any_acts(sim: DominoSimulator) -> None:
    chance = random.Random(11)
    alive: list[str] = []
    trashed: list[str] = []
    moments = [sim.clock.now()]
    for step in range(400):
        sim.clock.advance(milliseconds=chance.choice((0, 10, 5000)))
        act = chance.choice(("new", "new", "edit", "edit", "delete", "restore", "gone"))
        if act == "new":
            alive.append(contact(sim, f"N{chance.randrange(50):02}"))
        elif act == "edit" and alive:
            sim.act.edit(chance.choice(alive), LastName=f"N{chance.randrange(50):02}")
        elif act == "delete" and alive:
            trashed.append(alive.pop(chance.randrange(len(alive))))
            sim.act.delete(trashed[-1])
        elif act == "restore" and trashed:
            alive.append(trashed.pop(chance.randrange(len(trashed))))
            sim.act.restore(alive[-1])
        elif act == "gone" and alive and step % 3 == 0:
            sim.act.hard_delete(alive.pop(chance.randrange(len(alive))))
        moments.append(sim.clock.now())
    everything = sim.documents(MAIL)
    assert {d["unid"] for d in everything} == set(alive)
    rows: list[dict[str, Any]] = []
    while page := call(sim, f"{CONTACTS}?count=100&start={len(rows)}").json():
        rows += page
    expected = sorted((d["items"]["LastName"][0], d["unid"]) for d in everything)
    assert [(r["$126"], r["@unid"]) for r in rows] == expected
    for moment in chance.sample(moments, 20):
        second = moment.replace(microsecond=0)
        found = set(unids(call(sim, since(second))))
        assert found == {d["unid"] for d in everything if d["in_file"] >= second}


# -- transport -------------------------------------------------------------------------


def test_connection_is_kept_alive(sim: DominoSimulator) -> None:
    request = (
        f"GET {DOCUMENTS} HTTP/1.1\r\nHost: x\r\n"
        "Authorization: Basic SmFuZSBEb2U6c2VjcmV0\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", sim.port), timeout=10) as link:
        for _ in range(3):
            link.sendall(request)
            data = b""
            while not data.endswith(b"\n[\n]"):
                data += link.recv(65536)
            assert data.startswith(b"HTTP/1.1 200 OK\r\nServer: Lotus-Domino\r\n")


def test_requests_run_at_the_same_time(sim: DominoSimulator) -> None:
    arrived = threading.Event()
    sim.faults.add("slow", seconds=60, route="documents")

    def wait() -> None:
        try:
            requests.get(sim.url + DOCUMENTS, auth=AUTH, timeout=20)
        except requests.ConnectionError:
            arrived.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    wait_for(lambda: sim.faults.rules[0].fired == 1)
    assert call(sim, "/api").status_code == 200
    sim.stop()
    waiting.join()
    assert arrived.is_set()


def test_server_comes_back_on_its_port_with_its_state(sim: DominoSimulator) -> None:
    contact(sim)
    port = sim.port
    sim.stop()
    with pytest.raises(requests.ConnectionError):
        call(sim, "documents")
    sim.start(port)
    assert len(call(sim, "documents").json()) == 1


def test_runs_alone_from_the_command_line() -> None:
    command = [sys.executable, "-m", "tests.simulators.domino", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        path = f"/{MAIL}/api/data/documents"
        assert len(requests.get(url + path, auth=AUTH, timeout=10).json()) == 1
    finally:
        process.terminate()
        process.communicate()
