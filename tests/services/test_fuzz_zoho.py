"""Whatever Zoho answers: no crash, no hang, a typed error or a reading."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notes_zoho_sync.services.errors import Misconfigured, RetryLater, SyncError
from notes_zoho_sync.services.mapping import zoho as mapping
from notes_zoho_sync.services.mapping.metadata import Fields, documented
from notes_zoho_sync.services.records import contact_kind, event_kind, task_kind
from notes_zoho_sync.services.sync.item import Change, NewRecord, Removal
from notes_zoho_sync.services.zoho import metadata, records
from notes_zoho_sync.services.zoho.companies import Companies
from notes_zoho_sync.services.zoho.datacenters import DATA_CENTERS, data_center
from notes_zoho_sync.services.zoho.feed import ZohoFeed
from notes_zoho_sync.services.zoho.judge import Accepted, judge, judge_all
from notes_zoho_sync.services.zoho.metadata import (
    Metadata,
    current_user,
    list_users,
    organisation,
)
from notes_zoho_sync.services.zoho.oauth import Client, OAuth, Token, Tokens
from notes_zoho_sync.services.zoho.records import Records
from notes_zoho_sync.services.zoho.session import ZohoSession
from notes_zoho_sync.services.zoho.side import ZohoSide
from notes_zoho_sync.services.zoho.transport import Answer, Limits, Transport

from .fuzz import EXAMPLES, WORD, json_values, some
from .hostile import answer, hostile
from .test_fuzz_notes import HEADERS, STATUS
from .zoho_support import MemoryCompanies, MemoryMetadata, MemoryTokens

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
KINDS = {"contact": contact_kind("DE"), "task": task_kind(), "event": event_kind()}
MODULES = {"contact": "Contacts", "task": "Tasks", "event": "Events"}
HANG = 10.0
STAMPED = "2026-05-04T10:00:00+02:00"
SECRET = "zoho-client-secret"

STAMP = st.sampled_from(
    ["2026-05-04T10:00:00+02:00", "2026-05-04T10:00:00", "0001-01-01T00:00:00+14:00"]
    + ["9999-12-31T23:59:59-14:00", "2026-05-04", "x", ""]
)
ID = st.sampled_from(["4711001", "4711002", "../../org", "a b", "", "\u00b2", "9" * 40])
USER = st.fixed_dictionaries(
    {},
    optional={
        "id": some(ID),
        "email": some(WORD),
        "full_name": some(WORD),
        "name": some(WORD),
        "status": some(st.just("active")),
        "time_zone": some(st.sampled_from(["Europe/Berlin", "../../etc/passwd", "x"])),
        "zgid": some(ID),
        "license_details": some(st.dictionaries(WORD, json_values(), max_size=2)),
    },
)
PERSON = st.fixed_dictionaries(
    {},
    optional={
        "type": some(st.sampled_from(["email", "user", "contact", "lead"])),
        "participant": some(WORD),
        "Email": some(WORD),
        "name": some(WORD),
        "invited": some(st.booleans()),
        "status": some(WORD),
    },
)
ALARM = st.fixed_dictionaries(
    {},
    optional={
        "ALARM": some(
            st.sampled_from(
                ["FREQ=NONE;ACTION=POPUP;TRIGGER=DATE-TIME:2026-05-04T10:00:00+02:00"]
                + ["TRIGGER=DATE-TIME:0001-01-01T00:00:00+14:00", ";;;==", "TRIGGER"]
            )
        ),
        "unit": some(st.integers(-(10**10), 10**10)),
        "period": some(st.sampled_from(["minutes", "hours", "days", "weeks"])),
        "time": some(st.sampled_from(["10:00", "99:99", "1.30"])),
    },
)
NAMES = sorted(
    {
        name
        for kind in KINDS
        for name in mapping.ZohoMapping().fields(kind, documented(MODULES[kind]))
    }
)
SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "id": some(ID),
    "Owner": some(USER),
    "Created_By": some(USER),
    "Account_Name": some(USER),
    "Tag": some(st.lists(some(USER), max_size=2)),
    "Participants": some(st.lists(some(PERSON), max_size=3)),
    "Remind_At": some(st.one_of(ALARM, STAMP)),
    "All_day": some(st.booleans()),
    "Recurring_Activity": some(ALARM),
    **{
        name: some(STAMP)
        for name in ("Modified_Time", "Created_Time", "Start_DateTime", "End_DateTime")
    },
    **{name: some(STAMP) for name in ("Due_Date", "Date_of_Birth", "deleted_time")},
}
RECORD = st.fixed_dictionaries(
    {},
    optional={
        name: SPECIAL.get(name, some(WORD))
        for name in [*NAMES, "deleted_time", "Recurring_Activity"]
    },
)
SPARSE = st.dictionaries(
    st.sampled_from(["id", "Owner", "Modified_Time", "Participants", "x"]),
    json_values(),
    max_size=4,
)
FIELD = st.fixed_dictionaries(
    {},
    optional={
        "api_name": some(st.sampled_from(NAMES)),
        "data_type": some(st.sampled_from(["text", "picklist", "lookup", "datetime"])),
        "length": some(st.integers(-5, 300)),
        "system_mandatory": some(st.booleans()),
        "pick_list_values": some(
            st.lists(
                some(
                    st.fixed_dictionaries(
                        {}, optional={"actual_value": some(WORD), "type": some(WORD)}
                    )
                ),
                max_size=2,
            )
        ),
        "operation_type": some(st.dictionaries(WORD, json_values(), max_size=2)),
        "lookup": some(st.dictionaries(WORD, json_values(), max_size=2)),
        "default_value": some(WORD),
    },
)
CODES = st.sampled_from(
    [
        "SUCCESS",
        "INVALID_DATA",
        "DUPLICATE_DATA",
        "MANDATORY_NOT_FOUND",
        "INVALID_TOKEN",
    ]
    + [
        "MULTIPLE_OR_MULTI_ERRORS",
        "ALREADY_MODIFIED",
        "LIMIT_EXCEEDED",
        "NO_PERMISSION",
    ]
    + [
        "EXPIRED_VALUE",
        "OAUTH_SCOPE_MISMATCH",
        "DAILY_LIMIT_EXCEEDED",
        "INVALID_MODULE",
    ]
    + ["RECORD_LOCKED", "INTERNAL_ERROR", "INVALID_HOST", "FEATURE_NOT_SUPPORTED"]
)
DETAILS = st.fixed_dictionaries(
    {},
    optional={
        "id": some(ID),
        "api_name": some(st.sampled_from(["Email", "Owner", "id"])),
        "param_name": some(WORD),
        "duplicate_record": some(USER),
        "errors": some(st.lists(json_values(), max_size=2)),
        "maximum_length": some(st.integers()),
        "retry_after": some(st.sampled_from([5, -1, 10**400, "x", 1e300])),
        "Modified_Time": some(STAMP),
        "permissions": some(WORD),
    },
)
ITEM = st.fixed_dictionaries(
    {"status": some(st.sampled_from(["success", "error"])), "code": some(CODES)},
    optional={
        "details": some(DETAILS),
        "action": some(st.sampled_from(["insert", "update"])),
        "message": some(WORD),
    },
)
BODY = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "data": some(st.lists(some(st.one_of(ITEM, RECORD, SPARSE)), max_size=3)),
            "info": some(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "more_records": some(st.booleans()),
                        "next_page_token": some(WORD),
                    },
                )
            ),
            "users": some(st.lists(some(USER), max_size=2)),
            "org": some(st.lists(some(USER), max_size=2)),
            "fields": some(st.lists(some(FIELD), max_size=4)),
        },
    ),
    ITEM,
    json_values(),
)
GRANT = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "access_token": some(WORD),
            "refresh_token": some(WORD),
            "expires_in": some(
                st.sampled_from([3600, "3600", 3600000, -1, 10**400, "9" * 5000, 1e300])
            ),
            "expires_in_sec": some(st.integers()),
            "api_domain": some(
                st.sampled_from(
                    ["https://www.zohoapis.eu", "https://evil.example", "//"]
                )
            ),
            "scope": some(WORD),
            "error": some(
                st.sampled_from(["invalid_code", "Access Denied", "invalid_client"])
            ),
            "error_description": some(WORD),
            "status": some(st.sampled_from(["success", "failure"])),
        },
    ),
    json_values(),
)


# -- records ---------------------------------------------------------------------------


@EXAMPLES
@given(st.sampled_from(list(KINDS)), RECORD, RECORD)
def test_no_record_breaks_reading_fitting_or_writing(
    kind: str, record: dict[str, Any], other: dict[str, Any]
) -> None:
    fields = documented(MODULES[kind])
    reading = mapping.read(kind, record, fields)
    json.dumps(KINDS[kind].dump(reading.values))
    for reason in reading.remarks:
        assert str(reason)
    there = mapping.read(kind, other, fields)
    if reading.private or there.private:
        return
    fitted = mapping.fit(kind, there.values, reading.values, fields).values
    written = mapping.ZohoMapping().write(kind, fitted, fields, reading.values)
    json.dumps(written.fields)


@EXAMPLES
@given(some(st.lists(some(FIELD), max_size=5)))
def test_no_description_of_fields_breaks_the_metadata(rows: Any) -> None:
    view = Fields.parse({"fields": rows})
    assert isinstance(view.version, str)
    for name in NAMES:
        assert view.writable(name) in (True, False)
        view.length(name), view.picklist(name), view.default(name)


@EXAMPLES
@given(some(ITEM), STATUS, some(st.lists(some(ITEM), max_size=3)))
def test_every_verdict_is_one_we_know(item: Any, status: int, rows: Any) -> None:
    assert isinstance(judge(item), Accepted | SyncError)
    told = Answer(status, {}, {"data": rows}, NOW, False)
    judged = judge_all(told, 2)
    assert len(judged) == 2
    assert all(isinstance(each, Accepted | SyncError) for each in judged)
    for each in judged:
        if isinstance(each, Accepted):
            assert each.key.isdecimal()


@EXAMPLES
@given(STATUS, HEADERS, BODY)
def test_a_wait_is_one_that_can_be_waited_for(
    status: int, headers: dict[str, str], data: Any
) -> None:
    after = Answer(status, headers, data, NOW, False).retry_after()
    assert after is None or NOW + timedelta(seconds=after)


# -- answers ---------------------------------------------------------------------------


class Stage:
    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.url = ""

    def script(self, send: Callable[[bytes], None], request: bytes) -> None:
        send(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])

    def oauth(self) -> OAuth:
        center = data_center("custom", self.url, self.url)
        limits = Limits(connect=2, read=2, total=10)
        return OAuth(Client("1000.X", SECRET), center, Transport(limits=limits))

    def token(self) -> Token:
        return Token(
            "1000.a", "1000.r", datetime.now(UTC) + timedelta(1), self.url, self.url
        )

    def session(self) -> ZohoSession:
        oauth = self.oauth()
        tokens = Tokens(oauth, MemoryTokens(self.token()))
        return ZohoSession(tokens, transport=oauth.transport, sleep=lambda _: None)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    made = Stage()
    with hostile(made.script) as url:
        made.url = url
        yield made


def told(said: list[tuple[int, dict[str, str], Any]]) -> list[bytes]:
    return [
        answer(
            data if isinstance(data, bytes) else json.dumps(data).encode(),
            f"{status} Told",
            **{
                name.replace("-", "_"): value
                for name, value in headers.items()
                if name != "Content-Type"
            },
        )
        for status, headers, data in said
    ]


def side(session: ZohoSession) -> ZohoSide:
    metadata = Metadata(session, Fields.parse, MemoryMetadata())
    metadata._views.update({module: documented(module) for module in MODULES.values()})
    records = Records(session)
    companies = Companies(records, metadata, MemoryCompanies(), create=True)
    return ZohoSide(
        session,
        mapping.ZohoMapping(),
        metadata,
        companies,
        owner="4711001",
        integration_user="4711002",
    )


def feed(session: ZohoSession) -> ZohoFeed:
    metadata = Metadata(session, Fields.parse, MemoryMetadata())
    metadata._views.update({module: documented(module) for module in MODULES.values()})
    return ZohoFeed(session, mapping, metadata, MemoryCompanies())


def made(kind: str) -> NewRecord:
    record = {
        "Last_Name": "X",
        "Subject": "X",
        "Event_Title": "X",
        "Account_Name": {"name": "Y"},
    }
    values = mapping.read(kind, record, documented(MODULES[kind])).values
    return NewRecord(values=values, sync_key=f"key:{MODULES[kind]}:1:0")


ACTS: dict[str, Callable[[ZohoSession], Any]] = {
    "current_user": current_user,
    "list_users": list_users,
    "organisation": organisation,
    "metadata": lambda s: Metadata(s, Fields.parse, MemoryMetadata()).fields("Tasks"),
    "owned": lambda s: side(s).list_keys("contact", ""),
    "created": lambda s: side(s).created_since("event", NOW),
    "companies": lambda s: side(s).companies.ids(["Y"], "4711001"),
    **{
        f"{act} {kind}": run
        for kind in KINDS
        for act, run in {
            "read": lambda s, kind=kind: side(s).read(kind, ["4711001", "4711002"]),
            "create": lambda s, kind=kind: side(s).create(kind, [made(kind)]),
            "update": lambda s, kind=kind: side(s).update(
                kind, [Change("4711001", made(kind).values, {}, STAMPED, NOW)]
            ),
            "delete": lambda s, kind=kind: side(s).delete(
                kind, [Removal("4711001", STAMPED, NOW)]
            ),
        }.items()
    },
    **{
        f"feed {module}": run
        for module in (*MODULES.values(), "Accounts")
        for run in [lambda s, module=module: feed(s).modified(module, NOW, "")]
    },
    "deleted": lambda s: feed(s).deleted("Contacts", NOW, ""),
}


@EXAMPLES
@given(
    st.sampled_from(sorted(ACTS)),
    st.lists(
        st.tuples(STATUS, HEADERS, st.one_of(BODY, BODY, st.binary(max_size=9))),
        min_size=1,
        max_size=4,
    ),
)
def test_whatever_zoho_answers_an_act_ends_with_a_result_or_a_typed_error(
    stage: Stage, act: str, said: list[tuple[int, dict[str, str], Any]]
) -> None:
    # What comes last comes for ever: nothing may wait for another page then.
    stage.answers = told([*said, (500, {}, {})])
    started = time.process_time()
    session = stage.session()
    try:
        ACTS[act](session)
    except SyncError as error:
        assert SECRET not in str(error.reason)
        json.dumps(error.reason.to_json()).encode()
    finally:
        session.close()
    assert time.process_time() - started < HANG


@EXAMPLES
@given(
    st.sampled_from(["exchange", "refresh", "revoke"]),
    st.tuples(STATUS, HEADERS, st.one_of(GRANT, GRANT, st.binary(max_size=9))),
)
@example("revoke", (200, {}, {"error": []}))
def test_whatever_the_accounts_server_answers_there_is_a_token_or_a_typed_error(
    stage: Stage, act: str, said: tuple[int, dict[str, str], Any]
) -> None:
    stage.answers = told([said])
    oauth = stage.oauth()
    try:
        if act == "exchange":
            token = oauth.exchange("code", "https://odoo.example/x")
        elif act == "refresh":
            token = oauth.refresh(stage.token())
        else:
            oauth.revoke(stage.token())
            return
    except SyncError as error:
        assert SECRET not in str(error.reason)
        json.dumps(error.reason.to_json()).encode()
        return
    finally:
        oauth.transport.close()
    assert token.api_domain == stage.url
    assert isinstance(token.access_token, str) and token.access_token
    assert token.expires - datetime.now(UTC) < timedelta(days=2)


@EXAMPLES
@given(
    st.one_of(
        WORD,
        st.sampled_from(
            ["https://accounts.zoho.eu", "https://accounts.zoho.eu.evil.example"]
            + ["https://accounts.zoho.eu@evil.example", "http://accounts.zoho.eu"]
            + ["https://accounts.zoho.eu:444", "https://accounts.zoho.eu/x", "//["]
            + ["https://accounts.zoho.eu\\@evil.example", "HTTPS://ACCOUNTS.ZOHO.EU/"]
        ),
        st.builds("https://{}zoho.eu{}".format, WORD, WORD),
    )
)
def test_a_server_that_is_named_is_one_of_zohos_or_refused(url: str) -> None:
    center = DATA_CENTERS["eu"]
    known = {each.accounts_url for each in DATA_CENTERS.values()}
    try:
        assert center.check_accounts_server(url) in known
    except Misconfigured as error:
        assert str(error.reason)


@pytest.mark.parametrize("act", ["list_users", "created"])
def test_a_list_without_end_is_given_up(
    stage: Stage, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "PAGES", 5)
    monkeypatch.setattr(records, "PAGES", 5)
    more = {"more_records": True, "next_page_token": "again"}
    user = {"id": "1", "status": "active"}
    page = {"data": [{"id": "1"}], "users": [user], "info": more}
    stage.answers = told([(200, {}, page)])
    session = stage.session()
    with pytest.raises(RetryLater):
        ACTS[act](session)
    session.close()
