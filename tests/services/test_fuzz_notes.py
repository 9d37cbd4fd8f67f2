"""Whatever a Domino server answers: no crash, no hang, a typed error or a reading."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notes_zoho_sync.services.domino.answer import Answer
from notes_zoho_sync.services.domino.calendar import CalendarService
from notes_zoho_sync.services.domino.data import DataService
from notes_zoho_sync.services.domino.diagnosis import diagnose
from notes_zoho_sync.services.domino.discovery import (
    find_mail_file,
    normalise_path,
    services,
    stored_spelling,
)
from notes_zoho_sync.services.domino.freebusy import busy_times
from notes_zoho_sync.services.domino.session import DominoSession
from notes_zoho_sync.services.errors import Bug, Misconfigured, SyncError
from notes_zoho_sync.services.mapping import body, notes
from notes_zoho_sync.services.mapping.metadata import documented
from notes_zoho_sync.services.records import contact_kind, task_kind

from .fuzz import EXAMPLES, WORD, json_values, some
from .hostile import answer, hostile

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
KINDS = {"contact": contact_kind("DE"), "task": task_kind()}
HANG = 10.0

# -- documents and rich text -----------------------------------------------------------

MARKUP = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<br>",
            "<!--",
            "-->",
            "<![",
            "<!DOCTYPE",
            "<?",
            "<a ",
            "<",
            ">",
        ]
        + [
            "<img src='x'>",
            "<b>",
            "</",
            "&",
            "&#",
            "&#x110000;",
            "&#0;",
            "&lt;script&gt;",
        ]
        + ["<script>", "</script>", "<style>", "'", '"', "=", "\x00", "\ud800", "text"]
        + ["<table>", "<body>", "]]>", "<title>", "</title>", "/>", "\u00a0"]
    ),
    max_size=30,
).map("".join)
PART = st.fixed_dictionaries(
    {},
    optional={
        "contentType": some(
            st.sampled_from(
                [
                    "text/plain",
                    "text/html; charset=utf-8",
                    "multipart/mixed",
                    "image/gif",
                ]
                + [f"text/plain; charset={name}" for name in ("idna", "undefined")]
                + ["text/html; charset=punycode", "text/plain; charset=utf-7", "x"]
                + ["text/plain; charset=unicode_escape", "text/plain; charset=rot13"]
            )
        ),
        "contentTransferEncoding": some(
            st.sampled_from(["base64", "quoted-printable", "8bit", "x-uuencode"])
        ),
        "contentDisposition": some(st.sampled_from(["attachment", "inline", ""])),
        "data": some(st.one_of(MARKUP, st.sampled_from(["=ff=", "/////w==", "a"]))),
    },
)
RICH = st.fixed_dictionaries(
    {"type": st.sampled_from(["richtext", "multipart", "x"])},
    optional={
        "contentType": some(st.sampled_from(["text/html", "text/plain"])),
        "data": some(MARKUP),
        "content": some(st.lists(some(PART), max_size=4)),
        "attachments": some(json_values()),
    },
)


@EXAMPLES
@given(some(RICH))
def test_no_rich_text_breaks_the_reading(value: Any) -> None:
    found = body.read(value)
    assert "\x00" not in found.text
    found.text.encode()


@EXAMPLES
@given(st.text())
def test_text_that_is_written_as_rich_text_is_read_as_that_text(text: str) -> None:
    written = body.write(body.clean.text(text))
    again = body.read(written)
    assert again.kept == []
    assert again.text.split() == body.clean.text(text).split()


@pytest.mark.parametrize(
    "unit",
    ["<a ", "<!--", "<![", "<a b=", "<div a='", "<", "</", "<!", "<?", "&", "&#x"],
)
def test_html_is_read_in_a_time_that_grows_with_its_length_only(unit: str) -> None:
    data = unit * (500_000 // len(unit))
    started = time.process_time()
    body.read({"type": "richtext", "contentType": "text/html", "data": data})
    assert time.process_time() - started < HANG


ITEMS = sorted(
    {*notes.fields_needed("contact"), *notes.fields_needed("task")}
    | {"@unid", "@form", "@modified", "@parentid", "$Conflict", "$PublicAccess"}
    | {"$Alarm", "$AlarmTime", "$AlarmOffset", "$AlarmUnit", "FullName", "$x"}
)
DATED = st.fixed_dictionaries({"type": st.just("datetime"), "data": some(WORD)})
VALUE = st.one_of(WORD, st.lists(WORD, max_size=3), DATED, RICH, json_values())
DOCUMENT = st.dictionaries(st.one_of(st.sampled_from(ITEMS), WORD), VALUE, max_size=12)
MAPPING = notes.for_org(documented, ZoneInfo("Pacific/Apia"), today=NOW.date())


@EXAMPLES
@given(st.sampled_from(list(KINDS)), DOCUMENT, DOCUMENT)
def test_no_document_breaks_reading_fitting_or_writing(
    kind: str, document: dict[str, Any], other: dict[str, Any]
) -> None:
    reading = MAPPING.read(kind, document)
    json.dumps(KINDS[kind].dump(reading.values))
    for reason in (*reading.remarks, *reading.locked.values()):
        assert str(reason)
    there = MAPPING.read(kind, other).values
    if reading.private or not there:
        return
    fitted = MAPPING.fit(kind, there, reading.values).values
    json.dumps(MAPPING.write(kind, fitted, document))


@EXAMPLES
@given(st.one_of(WORD, st.text(), st.sampled_from(["mail/%2e%2e/x", "http://[/x"])))
def test_a_path_of_a_mail_file_is_safe_or_refused(text: str) -> None:
    try:
        path = normalise_path(text)
    except Misconfigured:
        return
    assert path.startswith("/") and path.lower().endswith(".nsf")
    assert not {"", ".", ".."} & set(path[1:].split("/"))
    assert not set(path) & set("\r\n\x00?#\\")
    path.encode()


# -- answers ---------------------------------------------------------------------------

HEADER = st.text(
    st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=30
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(["application/json", "text/html", "", ";"]),
        "Date": st.one_of(
            HEADER,
            st.sampled_from(
                ["Mon, 04 May 2026 10:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 +1400"]
                + ["Mon, 04 May 2026 10:00:00 +99999999999999", "1 Jan 99999 1:1:1"]
                + ["Fri, 31 Dec 9999 23:59:59 -1400", f"1 Jan {'9' * 5000} 1:1:1 +1"]
            ),
        ),
        "Retry-After": st.one_of(
            HEADER, st.sampled_from(["5", "\u00b2", "9" * 5000, "-1", "1e9"])
        ),
        "Location": st.one_of(
            HEADER, st.sampled_from(["/names.nsf?Login", "http://[", "?open" * 500])
        ),
        "Last-Modified": HEADER,
        "Content-Range": st.one_of(
            HEADER,
            st.sampled_from(["items 0-0/1", "items 0-99/100", "items 5-1/-1"])
            | st.integers(1, 5000).map(lambda n: f"items 0-{'9' * n}/{'9' * n}"),
        ),
        "WWW-Authenticate": st.sampled_from(["Basic realm=x", "Negotiate", ""]),
        "Set-Cookie": st.one_of(
            HEADER, st.sampled_from(["DomAuthSessId=0", "LtpaToken=x; domain=.com"])
        ),
    },
)
PAGE = st.lists(
    st.sampled_from(
        [b"<html>", b"<form action='/names.nsf?Login'>", b"<input name=password>"]
        + [b"action=", b"<input ", b"_DominoForm", b"<", b"\xff\xfe", b"\x00", b"{"]
    ),
    max_size=12,
).map(b"".join)
STATUS = st.sampled_from(
    [200] * 8
    + [201, 204, 301, 302, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415]
    + [429, 500, 502, 503]
)


@EXAMPLES
@given(STATUS, HEADERS, st.one_of(PAGE, st.binary(max_size=50)))
@example(200, {"Content-Type": "text/html"}, b"<" + b"action=" * 9000)
@example(200, {"Content-Type": "text/html"}, b"<input " * 9000)
def test_whatever_an_answer_is_it_can_be_looked_at(
    status: int, headers: dict[str, str], content: bytes
) -> None:
    started = time.process_time()
    found = Answer(status, headers, content, {})
    assert found.wants_sign_in in (True, False)
    assert found.wants_basic in (True, False)
    assert found.message.isprintable()
    assert found.date is None or found.date.tzinfo is UTC
    after = found.retry_after
    assert after is None or NOW + timedelta(seconds=after)
    assert found.calendar_error is None or found.error is not None
    assert time.process_time() - started < HANG


class Stage:
    """A server that answers as it was told last, and a session with it."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.url = ""

    def script(self, send: Callable[[bytes], None], request: bytes) -> None:
        send(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])

    def session(self, mode: str) -> DominoSession:
        return DominoSession(
            self.url,
            "Jane",
            "secret",
            auth_mode=mode,  # type: ignore[arg-type]
            allow_http=True,
            sleep=lambda _: None,
            timeouts=(2.0, 2.0),
        )


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    made = Stage()
    with hostile(made.script) as url:
        made.url = url
        yield made


LINK = st.fixed_dictionaries(
    {},
    optional={
        "rel": some(st.sampled_from(["events", "inbox"])),
        "href": some(
            st.sampled_from(["/mail/jdoe.nsf/api", "http://[", "http://x/a.nsf", "//"])
        ),
    },
)
OWNER = st.dictionaries(
    st.sampled_from(["distinguishedName", "email", "homeServer"]), json_values()
)
FILES = st.lists(
    some(
        st.fixed_dictionaries(
            {},
            optional={
                "links": some(st.lists(some(LINK), max_size=2)),
                "owner": some(OWNER),
            },
        )
    ),
    max_size=2,
)
ROW = st.fixed_dictionaries(
    {},
    optional={
        "@unid": some(st.sampled_from(["A" * 32, "b" * 32, ""])),
        "@modified": some(WORD),
        "@filepath": some(st.sampled_from(["mail/jdoe.nsf", "MAIL/JDOE.NSF", "a?"])),
    },
)
BUSY = st.fixed_dictionaries(
    {},
    optional={
        name: some(
            st.fixed_dictionaries(
                {"utc": some(st.just(True))},
                optional={
                    "date": some(st.sampled_from(["2026-05-04", "0001-01-01"])),
                    "time": some(st.sampled_from(["10:00:00", "10:00:00+05:00", "x"])),
                },
            )
        )
        for name in ("start", "end")
    },
)
ANSWER = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "calendars": some(FILES),
            "mailboxes": some(FILES),
            "services": some(st.lists(some(st.dictionaries(WORD, json_values())))),
            "events": some(st.lists(some(st.dictionaries(WORD, json_values())))),
            "busyTimes": some(st.lists(some(BUSY), max_size=3)),
            "start": some(BUSY),
            "end": some(BUSY),
            "@unid": some(WORD),
            "@modified": some(WORD),
            "code": some(st.sampled_from([200, 400, 404, 500])),
            "message": some(WORD),
            "cserror": some(st.sampled_from([1026, 1029, 1030, 1032])),
            "status": some(st.sampled_from(["401", 401])),
        },
    ),
    st.lists(some(ROW), max_size=3),
    json_values(),
)
SAID = st.tuples(
    STATUS,
    HEADERS,
    st.one_of(ANSWER.map(lambda value: json.dumps(value).encode()), PAGE),
)

ACTS: dict[str, Callable[[DominoSession], Any]] = {
    "services": services,
    "find_mail_file": find_mail_file,
    "stored_spelling": lambda s: stored_spelling(s, "/mail/jdoe.nsf"),
    "busy_times": lambda s: busy_times(s, "a@x.test", NOW, NOW + timedelta(1)),
    "since": lambda s: DataService(s, "/m.nsf").since(NOW),
    "get": lambda s: DataService(s, "/m.nsf").get("A" * 32),
    "create": lambda s: DataService(s, "/m.nsf").create("Person", {"a": "b"}),
    "patch": lambda s: DataService(s, "/m.nsf").patch("A" * 32, {"a": "b"}, "v"),
    "delete": lambda s: DataService(s, "/m.nsf").delete("A" * 32, "v"),
    "entries": lambda s: DataService(s, "/m.nsf").entries("($Contacts)"),
    "calendar": lambda s: CalendarService(s, "/m.nsf").entries(NOW, NOW),
    "detail": lambda s: CalendarService(s, "/m.nsf").get("x", "y"),
    "event": lambda s: CalendarService(s, "/m.nsf").create({}, "x"),
    "change": lambda s: CalendarService(s, "/m.nsf").change("x", "", {}),
    "cancel": lambda s: CalendarService(s, "/m.nsf").cancel("x", ""),
    "diagnose": lambda s: diagnose(s, views={"contact": "($Contacts)"}, events=True),
    "now": lambda s: s.now(),
}


@EXAMPLES
@given(
    st.sampled_from(sorted(ACTS)),
    st.sampled_from(["auto", "basic", "session"]),
    st.lists(SAID, min_size=1, max_size=5),
)
def test_whatever_domino_answers_an_act_ends_with_a_result_or_a_typed_error(
    stage: Stage, act: str, mode: str, said: list[tuple[int, dict[str, str], bytes]]
) -> None:
    stage.answers = [
        answer(
            content,
            f"{status} Told",
            headers.get("Content-Type", "application/json"),
            **{
                name.replace("-", "_"): value
                for name, value in headers.items()
                if name != "Content-Type"
            },
        )
        for status, headers, content in said
    ]
    started = time.process_time()
    with stage.session(mode) as session:
        try:
            ACTS[act](session)
        except Bug:
            # 406 and 415 alone mean that we asked wrongly.
            assert any(status in (406, 415) for status, _, _ in said)
        except SyncError as error:
            assert "secret" not in str(error.reason)
            json.dumps(error.reason.to_json()).encode()
    assert time.process_time() - started < HANG
