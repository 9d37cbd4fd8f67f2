"""The Zoho simulator against what is known of Zoho CRM v8, one behaviour a test."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulators.common import Clock, ControlClient
from tests.simulators.zoho import ZohoSimulator

START = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
CALLBACK = "https://odoo.example/zoho/callback"
PHONES_TAKEN = ["9900000000", "91(987)654321", "+49 (0)89 123-45", "030-1 ext 5"]
PHONES_REFUSED = ["+49 89/1234", "030 - 12", ".12", "++1", "12  34"]


class Api:
    """A plain HTTP client of one simulator."""

    def __init__(self, sim: ZohoSimulator, **token: Any) -> None:
        self.sim = sim
        self.http = requests.Session()
        access = sim.act.make_access_token(**token)
        self.http.headers["Authorization"] = f"Zoho-oauthtoken {access}"

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.http.request(method, f"{self.sim.url}/crm/v8{path}", **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self("GET", path, **more)

    def insert(self, *items: Any, **keys: Any) -> requests.Response:
        body = {"data": list(items), "trigger": [], **keys}
        return self("POST", "/Contacts", json=body)

    def update(
        self, *items: Any, since: str | None = None, **keys: Any
    ) -> requests.Response:
        headers = {} if since is None else {"If-Unmodified-Since": since}
        body = {"data": list(items), "trigger": [], **keys}
        return self("PUT", "/Contacts", json=body, headers=headers)

    def read(self, record_id: str, module: str = "Contacts") -> dict[str, Any]:
        answer = self.get(f"/{module}/{record_id}")
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()["data"][0]
        return found

    def coql(self, query: str) -> requests.Response:
        return self("POST", "/coql", json={"select_query": query})

    def walk(self, path: str, **more: Any) -> list[dict[str, Any]]:
        """All pages of a list by page tokens."""
        rows: list[dict[str, Any]] = []
        token: str | None = None
        while True:
            target = f"{path}&page_token={token}" if token else path
            answer = self.get(target, **more)
            assert answer.status_code == 200, answer.text
            rows += answer.json()["data"]
            token = answer.json()["info"]["next_page_token"]
            if token is None:
                return rows


def make(**knobs: Any) -> ZohoSimulator:
    return ZohoSimulator(clock=Clock(START, frozen=True), **knobs)


@pytest.fixture
def sim() -> Iterator[ZohoSimulator]:
    with make() as running:
        yield running


@pytest.fixture
def api(sim: ZohoSimulator) -> Api:
    return Api(sim)


def first(answer: requests.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["data"][0]
    return found


def fault(answer: requests.Response) -> tuple[int, str, dict[str, Any]]:
    """Status, code and details of a whole-request error."""
    body = answer.json()
    assert set(body) == {"code", "details", "message", "status"}
    assert body["status"] == "error"
    return answer.status_code, body["code"], body["details"]


def many(sim: ZohoSimulator, count: int) -> list[str]:
    return [sim.act.create("Contacts", Last_Name=f"Name {n}") for n in range(count)]


# -- accounts server -----------------------------------------------------------


def token(sim: ZohoSimulator, **form: str) -> requests.Response:
    values = {"client_id": sim.client_id, "client_secret": sim.client_secret, **form}
    return requests.post(f"{sim.url}/oauth/v2/token", data=values)


def refresh(sim: ZohoSimulator, grant: str) -> requests.Response:
    return token(sim, grant_type="refresh_token", refresh_token=grant)


def consent(sim: ZohoSimulator, **change: str) -> requests.Response:
    query = {
        "scope": "ZohoCRM.modules.ALL,ZohoCRM.users.READ",
        "client_id": sim.client_id,
        "response_type": "code",
        "access_type": "offline",
        "prompt": "consent",
        "redirect_uri": CALLBACK,
        "state": "s-1",
        **change,
    }
    url = f"{sim.url}/oauth/v2/auth"
    return requests.get(url, params=query, allow_redirects=False)


def returned(answer: requests.Response) -> dict[str, str]:
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {k: v[0] for k, v in query.items()}


def exchange(sim: ZohoSimulator, code: str, uri: str | None = CALLBACK) -> Any:
    form = {"grant_type": "authorization_code", "code": code}
    if uri is not None:
        form["redirect_uri"] = uri
    return token(sim, **form)


def test_consent_redirects_with_code_location_server_and_state(
    sim: ZohoSimulator,
) -> None:
    answer = consent(sim)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(CALLBACK + "?")
    found = returned(answer)
    assert found["location"] == "us"
    assert found["accounts-server"] == sim.url
    assert found["state"] == "s-1"
    assert found["code"].startswith("1000.")


def test_consent_names_the_data_centre() -> None:
    with make(dc="eu") as sim:
        assert returned(consent(sim))["location"] == "eu"


def test_denied_consent_comes_back_as_access_denied() -> None:
    with make(consent="deny") as sim:
        found = returned(consent(sim))
    assert found == {"error": "access_denied", "state": "s-1"}


def test_consent_page_has_links_for_a_person() -> None:
    with make(consent="page") as sim:
        page = consent(sim)
        assert page.status_code == 200
        assert 'id="accept"' in page.text
        assert "code" in returned(consent(sim, consent_choice="accept"))


def test_consent_refuses_an_unregistered_redirect_uri(sim: ZohoSimulator) -> None:
    sim.act.add_client("1000.OTHER", "s", redirect_uris=[CALLBACK])
    answer = consent(sim, client_id="1000.OTHER", redirect_uri="https://evil.example")
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_code_exchange_gives_both_tokens_and_the_own_api_domain(
    sim: ZohoSimulator,
) -> None:
    body = exchange(sim, returned(consent(sim))["code"]).json()
    assert body["api_domain"] == sim.url
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3600
    assert body["scope"] == "ZohoCRM.modules.ALL ZohoCRM.users.READ"
    assert {"access_token", "refresh_token"} <= set(body)


def test_token_endpoint_reads_query_parameters_too(sim: ZohoSimulator) -> None:
    query = {
        "grant_type": "refresh_token",
        "client_id": sim.client_id,
        "client_secret": sim.client_secret,
        "refresh_token": sim.act.make_refresh_token(),
    }
    answer = requests.post(f"{sim.url}/oauth/v2/token", params=query, json={})
    assert "access_token" in answer.json()


def test_code_works_once(sim: ZohoSimulator) -> None:
    code = returned(consent(sim))["code"]
    exchange(sim, code)
    again = exchange(sim, code)
    assert (again.status_code, again.json()) == (200, {"error": "invalid_code"})


def test_code_dies_after_three_minutes(sim: ZohoSimulator) -> None:
    code = returned(consent(sim))["code"]
    sim.clock.advance(seconds=181)
    assert exchange(sim, code).json() == {"error": "invalid_code"}


def test_code_is_bound_to_its_redirect_uri(sim: ZohoSimulator) -> None:
    code = returned(consent(sim))["code"]
    answer = exchange(sim, code, "https://elsewhere.example")
    assert answer.json() == {"error": "invalid_redirect_uri"}


def test_self_client_code_needs_no_redirect_uri(sim: ZohoSimulator) -> None:
    code = sim.act.make_self_client_code("ZohoCRM.modules.ALL", minutes=10)
    sim.clock.advance(minutes=9)
    assert "refresh_token" in exchange(sim, code, None).json()


def test_self_client_code_lives_as_long_as_chosen(sim: ZohoSimulator) -> None:
    code = sim.act.make_self_client_code("ZohoCRM.modules.ALL", minutes=3)
    sim.clock.advance(minutes=4)
    assert exchange(sim, code, None).json() == {"error": "invalid_code"}


def test_online_access_gets_no_refresh_token(sim: ZohoSimulator) -> None:
    code = returned(consent(sim, access_type="online"))["code"]
    assert "refresh_token" not in exchange(sim, code).json()


def test_repeated_consent_without_prompt_gets_no_refresh_token(
    sim: ZohoSimulator,
) -> None:
    exchange(sim, returned(consent(sim, prompt=""))["code"])
    again = exchange(sim, returned(consent(sim, prompt=""))["code"]).json()
    assert "access_token" in again
    assert "refresh_token" not in again


def test_eleventh_code_in_ten_minutes_is_denied(sim: ZohoSimulator) -> None:
    for _ in range(10):
        assert "code" in returned(consent(sim))
    assert returned(consent(sim))["error"] == "access_denied"
    sim.clock.advance(minutes=11)
    assert "code" in returned(consent(sim))


def test_refresh_gives_no_new_refresh_token(sim: ZohoSimulator) -> None:
    body = refresh(sim, sim.act.make_refresh_token()).json()
    assert "access_token" in body
    assert "refresh_token" not in body


def test_unknown_refresh_token_is_an_error_under_status_200(
    sim: ZohoSimulator,
) -> None:
    answer = refresh(sim, "1000.no.such")
    assert (answer.status_code, answer.json()) == (200, {"error": "invalid_code"})


def test_wrong_client_and_wrong_secret_are_told_apart(sim: ZohoSimulator) -> None:
    grant = sim.act.make_refresh_token()
    form = {"grant_type": "refresh_token", "refresh_token": grant}
    assert token(sim, **form, client_id="1000.X").json() == {"error": "invalid_client"}
    wrong = token(sim, **form, client_secret="no").json()
    assert wrong == {"error": "invalid_client_secret"}


def test_client_of_another_data_centre_is_invalid() -> None:
    with make(dc="eu") as sim:
        sim.act.add_client("1000.US", "s", dcs=["us"])
        answer = token(sim, client_id="1000.US", client_secret="s")
    assert answer.json() == {"error": "invalid_client"}


@pytest.mark.parametrize("status", [400, 200])
def test_eleventh_access_token_in_ten_minutes_is_throttled(status: int) -> None:
    with make(token_limit_status=status) as sim:
        grant = sim.act.make_refresh_token()
        for _ in range(10):
            assert "access_token" in refresh(sim, grant).json()
        answer = refresh(sim, grant)
        assert answer.status_code == status
        assert answer.json()["error"] == "Access Denied"
        assert answer.json()["status"] == "failure"
        sim.clock.advance(minutes=10, seconds=1)
        assert "access_token" in refresh(sim, grant).json()


def test_sixteenth_live_access_token_kills_the_oldest(sim: ZohoSimulator) -> None:
    grant = sim.act.make_refresh_token()
    made = []
    for _ in range(16):
        made.append(refresh(sim, grant).json()["access_token"])
        sim.clock.advance(minutes=2)

    def status(access: str) -> int:
        headers = {"Authorization": f"Zoho-oauthtoken {access}"}
        return requests.get(f"{sim.url}/crm/v8/org", headers=headers).status_code

    assert status(made[0]) == 401
    assert status(made[1]) == 200


def test_twenty_first_refresh_token_kills_the_oldest() -> None:
    with make(refresh_per_window=100) as sim:
        made = []
        for _ in range(21):
            made.append(sim.act.make_refresh_token())
            sim.clock.advance(seconds=1)
        assert refresh(sim, made[0]).json() == {"error": "invalid_code"}
        assert "access_token" in refresh(sim, made[1]).json()


def test_eleventh_refresh_token_in_ten_minutes_is_throttled(
    sim: ZohoSimulator,
) -> None:
    codes = [sim.act.make_self_client_code() for _ in range(10)]
    for code in codes:
        assert "refresh_token" in exchange(sim, code, None).json()
    sim.clock.advance(minutes=9)
    sim.knobs.codes_per_window = 99
    code = sim.act.make_self_client_code()
    assert exchange(sim, code, None).json()["error"] == "Access Denied"


def test_access_token_expires_by_the_clock(sim: ZohoSimulator, api: Api) -> None:
    sim.clock.advance(seconds=3599)
    assert api.get("/org").status_code == 200
    sim.clock.advance(seconds=1)
    assert fault(api.get("/org")) == (401, "INVALID_TOKEN", {})


def test_revoke_ends_refresh_and_access_tokens(sim: ZohoSimulator) -> None:
    grant = sim.act.make_refresh_token()
    access = refresh(sim, grant).json()["access_token"]
    url = f"{sim.url}/oauth/v2/token/revoke"
    assert requests.post(url, data={"token": grant}).json() == {"status": "success"}
    assert refresh(sim, grant).json() == {"error": "invalid_code"}
    headers = {"Authorization": f"Zoho-oauthtoken {access}"}
    assert requests.get(f"{sim.url}/crm/v8/org", headers=headers).status_code == 401


def test_old_answers_count_expiry_in_milliseconds() -> None:
    with make(old_expires=True) as sim:
        body = refresh(sim, sim.act.make_refresh_token()).json()
    assert (body["expires_in_sec"], body["expires_in"]) == (3600, 3_600_000)


# -- authority -----------------------------------------------------------------


def test_call_without_token_is_an_authentication_failure(sim: ZohoSimulator) -> None:
    answer = requests.get(f"{sim.url}/crm/v8/org")
    assert fault(answer) == (401, "AUTHENTICATION_FAILURE", {})


def test_call_with_a_made_up_token_is_invalid_token(sim: ZohoSimulator) -> None:
    headers = {"Authorization": "Zoho-oauthtoken 1000.no"}
    answer = requests.get(f"{sim.url}/crm/v8/org", headers=headers)
    assert fault(answer) == (401, "INVALID_TOKEN", {})


def test_bearer_is_taken_too(sim: ZohoSimulator) -> None:
    headers = {"Authorization": f"Bearer {sim.act.make_access_token()}"}
    answer = requests.get(f"{sim.url}/crm/v8/org", headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("scope", "allowed", "refused"),
    [
        ("ZohoCRM.modules.contacts.READ", "/Contacts?fields=id", "/Accounts?fields=id"),
        ("ZohoCRM.Modules.Contacts.ALL", "/Contacts?fields=id", "/org"),
        ("ZohoCRM.modules.READ", "/Accounts?fields=id", "/users"),
        ("ZohoCRM.settings.fields.READ", "/settings/fields?module=Contacts", "/users"),
        ("ZohoCRM.users.READ", "/users", "/settings/modules"),
        ("ZohoCRM.modules.ALL", "/Contacts?fields=id", "/Contacts/search?word=x"),
    ],
)
def test_scopes_are_checked(
    sim: ZohoSimulator, scope: str, allowed: str, refused: str
) -> None:
    api = Api(sim, scope=scope)
    assert api.get(allowed).status_code in (200, 204)
    assert fault(api.get(refused)) == (401, "OAUTH_SCOPE_MISMATCH", {})


def test_read_scope_does_not_write(sim: ZohoSimulator) -> None:
    api = Api(sim, scope="ZohoCRM.modules.READ")
    assert api.insert({"Last_Name": "A"}).status_code == 401
    assert sim.records("Contacts") == []


def test_coql_needs_its_own_scope_and_the_modules(sim: ZohoSimulator) -> None:
    query = "select id from Contacts where id is not null"
    for scope in ("ZohoCRM.modules.ALL", "ZohoCRM.coql.READ"):
        assert Api(sim, scope=scope).coql(query).status_code == 401
    both = Api(sim, scope="ZohoCRM.modules.ALL,ZohoCRM.coql.READ")
    assert both.coql(query).status_code == 204


def test_inactive_user_is_locked_out(sim: ZohoSimulator) -> None:
    sim.act.add_user("ben@fjordlicht.example", "Ben", "Berg")
    api = Api(sim, user="ben@fjordlicht.example")
    sim.act.deactivate_user("ben@fjordlicht.example")
    assert fault(api.get("/org"))[1] == "AUTHENTICATION_FAILURE"


# -- the wire ------------------------------------------------------------------


def test_answers_carry_the_headers_of_the_real_server(api: Api) -> None:
    headers = api.get("/org").headers
    assert headers["Content-Type"] == "application/json;charset=UTF-8"
    assert headers["Server"] == "ZGS"
    assert headers["Content-Disposition"] == "attachment; filename=response.json"
    assert headers["X-ACCESSTOKEN-RESET"] == "2026-01-15T11:30:00+01:00"
    assert headers["Date"] == "Thu, 15 Jan 2026 09:30:00 GMT"


def test_empty_answer_has_neither_body_nor_content_type(api: Api) -> None:
    answer = api.get("/Contacts?fields=id")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers


def test_json_is_compact_utf8(sim: ZohoSimulator, api: Api) -> None:
    sim.act.create("Contacts", Last_Name="Őry 山田")
    text = api.get("/Contacts?fields=Last_Name").content.decode()
    assert '"Last_Name":"Őry 山田"' in text


@pytest.mark.parametrize("path", ["/Campaigns?fields=id", "/Nothing/deleted"])
def test_unknown_module_is_refused(api: Api, path: str) -> None:
    expected = (400, "INVALID_MODULE", {"resource_path_index": 0})
    assert fault(api.get(path)) == expected


def test_unknown_path_is_404(api: Api) -> None:
    assert fault(api.get("/Contacts/actions/nothing"))[:2] == (
        404,
        "INVALID_URL_PATTERN",
    )


def test_wrong_method_is_refused(api: Api) -> None:
    assert fault(api("PATCH", "/Contacts"))[:2] == (400, "INVALID_REQUEST_METHOD")


def test_other_versions_are_not_served(sim: ZohoSimulator, api: Api) -> None:
    answer = api.http.get(f"{sim.url}/crm/v2/Contacts")
    assert fault(answer)[1] == "API_NOT_SUPPORTED"


# -- lists ---------------------------------------------------------------------


def test_list_needs_fields(api: Api) -> None:
    expected = (400, "REQUIRED_PARAM_MISSING", {"param_name": "fields"})
    assert fault(api.get("/Contacts")) == expected


def test_list_takes_fifty_fields(sim: ZohoSimulator, api: Api) -> None:
    many(sim, 1)
    names = [f"Field_{n}" for n in range(50)]
    assert api.get(f"/Contacts?fields={','.join(names)}").status_code == 200
    answer = api.get(f"/Contacts?fields={','.join(names)},One_More")
    assert fault(answer) == (
        400,
        "LIMIT_EXCEEDED",
        {"limit": 50, "param_name": "fields"},
    )


def test_list_has_the_fields_asked_for_and_the_id(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    row = first(api.get("/Contacts?fields=Last_Name,Email"))
    assert row == {"id": record_id, "Last_Name": "Name 0", "Email": None}


def test_list_answers_dollar_keys_that_were_asked_for(
    sim: ZohoSimulator, api: Api
) -> None:
    many(sim, 1)
    row = first(api.get("/Contacts?fields=Last_Name,$approval_state"))
    assert row["$approval_state"] == "approved"


def test_list_info_counts_the_page(sim: ZohoSimulator, api: Api) -> None:
    many(sim, 5)
    info = api.get("/Contacts?fields=id&per_page=2").json()["info"]
    token_ = info.pop("next_page_token")
    assert isinstance(token_, str)
    assert info == {
        "call": False,
        "per_page": 2,
        "count": 2,
        "sort_by": "id",
        "page": 1,
        "previous_page_token": None,
        "page_token_expiry": "2026-01-16T10:30:00+01:00",
        "sort_order": "desc",
        "email": False,
        "more_records": True,
    }


def test_last_page_has_no_token(sim: ZohoSimulator, api: Api) -> None:
    many(sim, 2)
    info = api.get("/Contacts?fields=id").json()["info"]
    assert info["more_records"] is False
    assert info["next_page_token"] is None


def test_list_is_by_id_descending_unless_asked(sim: ZohoSimulator, api: Api) -> None:
    made = many(sim, 3)
    rows = api.get("/Contacts?fields=id").json()["data"]
    assert [r["id"] for r in rows] == made[::-1]
    rows = api.get("/Contacts?fields=id&sort_order=asc").json()["data"]
    assert [r["id"] for r in rows] == made


def test_list_sorts_by_modified_time(sim: ZohoSimulator, api: Api) -> None:
    made = many(sim, 3)
    sim.clock.advance(minutes=1)
    sim.act.edit("Contacts", made[0], Title="x")
    path = "/Contacts?fields=id&sort_by=Modified_Time&sort_order=asc"
    rows = api.get(path).json()["data"]
    assert [r["id"] for r in rows] == [made[1], made[2], made[0]]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("sort_by=Last_Name", "sort_by"),
        ("sort_order=up", "sort_order"),
        ("per_page=201", "per_page"),
        ("per_page=0", "per_page"),
        ("page=x", "page"),
        ("cvid=1", "cvid"),
        ("ids=abc", "ids"),
        ("converted=maybe", "converted"),
    ],
)
def test_bad_list_parameter_is_named(api: Api, query: str, name: str) -> None:
    status, code, details = fault(api.get(f"/Contacts?fields=id&{query}"))
    assert (status, code, details["param_name"]) == (400, "INVALID_DATA", name)


def test_sort_and_view_exclude_each_other(api: Api) -> None:
    answer = api.get("/Contacts?fields=id&sort_by=id&cvid=1")
    assert fault(answer)[1] == "AMBIGUITY_DURING_PROCESSING"


def test_page_and_token_exclude_each_other(api: Api) -> None:
    status, code, details = fault(api.get("/Contacts?fields=id&page=1&page_token=x"))
    assert code == "AMBIGUITY_DURING_PROCESSING"
    names = [d["param_name"] for d in details["ambiguity_due_to"]]
    assert names == ["page", "page_token"]


def test_page_parameter_ends_at_record_2000(api: Api) -> None:
    assert api.get("/Contacts?fields=id&page=10").status_code == 204
    expected = (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": 2000})
    assert fault(api.get("/Contacts?fields=id&page=11")) == expected


def test_tokens_go_past_record_2000(sim: ZohoSimulator, api: Api) -> None:
    made = many(sim, 2450)
    rows = api.walk("/Contacts?fields=id&sort_order=asc")
    assert [r["id"] for r in rows] == made


def test_tokens_end_at_the_ceiling() -> None:
    with make(pagination_ceiling=4) as sim:
        api = Api(sim)
        many(sim, 6)
        path = "/Contacts?fields=id&per_page=2"
        token_ = api.get(path).json()["info"]["next_page_token"]
        token_ = api.get(f"{path}&page_token={token_}").json()["info"][
            "next_page_token"
        ]
        answer = api.get(f"{path}&page_token={token_}")
    assert fault(answer)[:2] == (400, "PAGINATION_LIMIT_EXCEEDED")


def page_token(api: Api, path: str, **more: Any) -> str:
    found: str = api.get(path, **more).json()["info"]["next_page_token"]
    return found


@pytest.mark.parametrize(
    "change", ["fields=id,Email&per_page=1", "fields=id", "fields=id&per_page=2"]
)
def test_page_token_is_bound_to_all_parameters(
    sim: ZohoSimulator, api: Api, change: str
) -> None:
    many(sim, 3)
    token_ = page_token(api, "/Contacts?fields=id&per_page=1")
    answer = api.get(f"/Contacts?{change}&page_token={token_}")
    assert fault(answer) == (
        400,
        "TOKEN_BOUND_DATA_MISMATCH",
        {"param_name": "page_token"},
    )


@pytest.mark.parametrize("bound", [True, False])
def test_page_token_may_be_bound_to_the_header(bound: bool) -> None:
    with make(page_token_bound_to_header=bound) as sim:
        api = Api(sim)
        many(sim, 3)
        path = "/Contacts?fields=id&per_page=1"
        since = {"If-Modified-Since": "2026-01-01T00:00:00+00:00"}
        token_ = page_token(api, path, headers=since)
        status = api.get(f"{path}&page_token={token_}").status_code
    assert status == (400 if bound else 200)


def test_page_token_is_bound_to_the_user(sim: ZohoSimulator, api: Api) -> None:
    many(sim, 3)
    sim.act.add_user("ben@fjordlicht.example", "Ben", "Berg")
    path = "/Contacts?fields=id&per_page=1"
    token_ = page_token(api, path)
    other = Api(sim, user="ben@fjordlicht.example")
    answer = other.get(f"{path}&page_token={token_}")
    assert fault(answer) == (400, "INVALID_DATA", {"param_name": "page_token"})


def test_page_token_expires_after_a_day(sim: ZohoSimulator, api: Api) -> None:
    many(sim, 3)
    path = "/Contacts?fields=id&per_page=1"
    token_ = page_token(api, path)
    sim.clock.advance(hours=24)
    answer = Api(sim).get(f"{path}&page_token={token_}")
    assert fault(answer) == (
        400,
        "EXPIRED_VALUE",
        {"api_name": "page_token", "json_path": "$.query.page_token"},
    )


def test_second_page_knows_its_number_and_the_one_before(
    sim: ZohoSimulator, api: Api
) -> None:
    many(sim, 3)
    path = "/Contacts?fields=id&per_page=1"
    token_ = page_token(api, path)
    info = api.get(f"{path}&page_token={token_}").json()["info"]
    assert info["page"] == 2
    back = api.get(f"{path}&page_token={info['previous_page_token']}").json()
    assert back["info"]["page"] == 1
    assert back["data"] == api.get(path).json()["data"]


def test_record_changed_in_mid_walk_comes_again_at_the_end(
    sim: ZohoSimulator, api: Api
) -> None:
    made = many(sim, 4)
    path = "/Contacts?fields=id&per_page=2&sort_by=Modified_Time&sort_order=asc"
    page = api.get(path).json()
    sim.clock.advance(seconds=5)
    sim.act.edit("Contacts", made[0], Title="x")
    rest = api.walk(f"{path}&page_token={page['info']['next_page_token']}")
    assert [r["id"] for r in page["data"]] == made[:2]
    assert [r["id"] for r in rest] == [made[2], made[3], made[0]]


def test_rows_slip_between_numbered_pages(sim: ZohoSimulator, api: Api) -> None:
    made = many(sim, 4)
    path = "/Contacts?fields=id&per_page=2&sort_by=Modified_Time&sort_order=asc"
    api.get(f"{path}&page=1")
    sim.clock.advance(seconds=5)
    sim.act.edit("Contacts", made[0], Title="x")
    rows = api.get(f"{path}&page=2").json()["data"]
    assert made[2] not in [r["id"] for r in rows]


def test_ids_lists_just_these(sim: ZohoSimulator, api: Api) -> None:
    made = many(sim, 4)
    wanted = f"{made[0]},{made[2]},5460920000000999999"
    rows = api.get(f"/Contacts?fields=id&ids={wanted}").json()["data"]
    assert [r["id"] for r in rows] == [made[2], made[0]]


def test_ids_takes_a_hundred(api: Api) -> None:
    ids = ",".join(str(5460920000000900000 + n) for n in range(101))
    assert fault(api.get(f"/Contacts?fields=id&ids={ids}"))[1] == "LIMIT_EXCEEDED"


def test_view_costs_three_credits(sim: ZohoSimulator, api: Api) -> None:
    many(sim, 1)
    view = sim.world.modules["Contacts"].view_id
    assert api.get(f"/Contacts?fields=id&cvid={view}").status_code == 200
    assert sim.credits.total == 3


# -- conditional lists ---------------------------------------------------------


def since(text: str) -> dict[str, Any]:
    return {"headers": {"If-Modified-Since": text}}


def test_if_modified_since_is_inclusive(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    rows = api.get("/Contacts?fields=id", **since("2026-01-15T10:30:00+01:00"))
    assert [r["id"] for r in rows.json()["data"]] == [record_id]


def test_if_modified_since_leaves_older_records_out(
    sim: ZohoSimulator, api: Api
) -> None:
    many(sim, 2)
    sim.clock.advance(minutes=1)
    new = sim.act.create("Contacts", Last_Name="New")
    rows = api.get("/Contacts?fields=id", **since("2026-01-15T09:30:01+00:00"))
    assert [r["id"] for r in rows.json()["data"]] == [new]


def test_nothing_changed_is_304(sim: ZohoSimulator, api: Api) -> None:
    many(sim, 1)
    answer = api.get("/Contacts?fields=id", **since("2026-01-15T09:30:01+00:00"))
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    "text",
    [
        "Thu, 15 Jan 2026 09:30:00 GMT",
        "2026-01-15T09:30:00",
        "2026-01-15T09:30:00Z",
        "2026-01-15T09:30:00.250+00:00",
    ],
)
def test_header_must_be_iso_with_an_offset(api: Api, text: str) -> None:
    assert fault(api.get("/Contacts?fields=id", **since(text)))[0] == 400


def test_unreadable_header_may_be_ignored() -> None:
    with make(bad_since="ignore") as sim:
        many(sim, 1)
        answer = Api(sim).get("/Contacts?fields=id", **since("yesterday"))
    assert answer.status_code == 200


def test_late_commit_appears_with_an_older_time(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    sim.clock.advance(minutes=10)
    sim.act.edit("Contacts", record_id, Title="x", at="2026-01-15T09:35:00+00:00")
    assert api.read(record_id)["Modified_Time"] == "2026-01-15T10:35:00+01:00"


# -- single records ------------------------------------------------------------


def test_single_record_has_all_fields_and_no_info(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    answer = api.get(f"/Contacts/{record_id}").json()
    assert set(answer) == {"data"}
    row = answer["data"][0]
    names = {f.api_name for f in sim.world.modules["Contacts"].shown()}
    assert names <= set(row)
    assert row["$approval_state"] == "approved"
    assert row["Record_Status__s"] == "Available"


@pytest.mark.parametrize("status", [204, 400, 404])
def test_missing_record_is_204_or_what_the_knob_says(status: int) -> None:
    with make(missing_record_status=status) as sim:
        answer = Api(sim).get("/Contacts/5460920000000999999")
    assert answer.status_code == status


@pytest.mark.parametrize("status", [204, 400, 404])
def test_malformed_id_is_what_the_knob_says(status: int) -> None:
    with make(malformed_id_status=status) as sim:
        answer = Api(sim).get("/Contacts/not-an-id")
    assert answer.status_code == status


def test_deleted_record_reads_as_missing(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    sim.act.delete("Contacts", record_id)
    assert api.get(f"/Contacts/{record_id}").status_code == 204


def test_hidden_record_reads_as_missing_and_is_not_in_deleted(
    sim: ZohoSimulator, api: Api
) -> None:
    made = many(sim, 2)
    sim.act.hide_record(made[0], "integration@fjordlicht.example")
    assert api.get(f"/Contacts/{made[0]}").status_code == 204
    assert api.get("/Contacts/deleted").status_code == 204
    rows = api.get("/Contacts?fields=id").json()["data"]
    assert [r["id"] for r in rows] == made[1:]


@pytest.mark.parametrize("status", [403, 400])
def test_lost_module_is_no_permission(status: int) -> None:
    with make(permission_status=status) as sim:
        sim.act.deny_module("Contacts", "integration@fjordlicht.example")
        answer = Api(sim).get("/Contacts?fields=id")
    assert fault(answer) == (
        status,
        "NO_PERMISSION",
        {"permissions": ["Crm_Implied_View_Contacts"]},
    )


def test_private_sharing_shows_own_records_only() -> None:
    with make(sharing="private") as sim:
        sim.act.add_user("ben@fjordlicht.example", "Ben", "Berg")
        many(sim, 1)
        own = sim.act.create(
            "Contacts", owner="ben@fjordlicht.example", Last_Name="Mine"
        )
        api = Api(sim, user="ben@fjordlicht.example")
        rows = api.get("/Contacts?fields=id").json()["data"]
        assert [r["id"] for r in rows] == [own]
        assert len(Api(sim).get("/Contacts?fields=id").json()["data"]) == 2


def test_owner_and_users_have_name_id_and_email(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    row = api.read(record_id)
    for name in ("Owner", "Created_By", "Modified_By"):
        assert set(row[name]) == {"name", "id", "email"}


def test_lookup_is_name_and_id_and_empty_when_its_target_is_deleted(
    sim: ZohoSimulator, api: Api
) -> None:
    company = sim.act.create("Accounts", Account_Name="Nordwind")
    contact = sim.act.create("Contacts", Last_Name="A", Account_Name=company)
    assert api.read(contact)["Account_Name"] == {"name": "Nordwind", "id": company}
    sim.act.delete("Accounts", company)
    assert api.read(contact)["Account_Name"] is None


def test_tags_read_as_objects(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    sim.act.tag_private("Contacts", record_id)
    row = first(api.get("/Contacts?fields=Tag"))
    assert [t["name"] for t in row["Tag"]] == ["Private"]
    assert set(row["Tag"][0]) == {"name", "id", "color_code"}


def test_last_activity_moves_without_modified_time(
    sim: ZohoSimulator, api: Api
) -> None:
    (record_id,) = many(sim, 1)
    sim.clock.advance(minutes=5)
    sim.act.touch_activity("Contacts", record_id)
    row = api.read(record_id)
    assert row["Last_Activity_Time"] == "2026-01-15T10:35:00+01:00"
    assert row["Modified_Time"] == "2026-01-15T10:30:00+01:00"


# -- times ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [
        ("Europe/Berlin", "2026-01-15T10:30:00+01:00", "2026-07-15T11:30:00+02:00"),
        (
            "America/Los_Angeles",
            "2026-01-15T01:30:00-08:00",
            "2026-07-15T02:30:00-07:00",
        ),
        ("Asia/Kolkata", "2026-01-15T15:00:00+05:30", "2026-07-15T15:00:00+05:30"),
    ],
)
def test_times_come_in_the_users_offset_of_that_date(
    sim: ZohoSimulator, zone: str, winter: str, summer: str
) -> None:
    sim.act.change_time_zone("integration@fjordlicht.example", zone)
    made = many(sim, 1)
    sim.clock.set(datetime(2026, 7, 15, 9, 30, tzinfo=UTC))
    made += many(sim, 1)
    api = Api(sim)
    assert api.read(made[0])["Created_Time"] == winter
    assert api.read(made[1])["Created_Time"] == summer


def test_times_are_whole_seconds(sim: ZohoSimulator, api: Api) -> None:
    sim.clock.advance(milliseconds=700)
    details = first(api.insert({"Last_Name": "A"}))["details"]
    assert details["Modified_Time"] == "2026-01-15T10:30:00+01:00"


# -- insert --------------------------------------------------------------------


def test_insert_answers_201_with_the_success_item(api: Api) -> None:
    answer = api.insert({"Last_Name": "A"})
    item = first(answer)
    assert answer.status_code == 201
    assert item["code"] == "SUCCESS"
    assert item["message"] == "record added"
    assert set(item["details"]) == {
        "Modified_Time",
        "Modified_By",
        "Created_Time",
        "id",
        "Created_By",
        "$approval_state",
    }
    assert set(item["details"]["Created_By"]) == {"name", "id"}
    assert isinstance(item["details"]["id"], str)


def test_mixed_batch_is_207_in_request_order(sim: ZohoSimulator, api: Api) -> None:
    answer = api.insert({"Last_Name": "A"}, {"First_Name": "B"}, {"Last_Name": "C"})
    assert answer.status_code == 207
    codes = [i["code"] for i in answer.json()["data"]]
    assert codes == ["SUCCESS", "MANDATORY_NOT_FOUND", "SUCCESS"]
    assert [r["Last_Name"] for r in sim.records("Contacts")] == ["A", "C"]


def test_batch_with_no_success_is_400(api: Api) -> None:
    answer = api.insert({"First_Name": "B"})
    assert answer.status_code == 400
    assert first(answer)["details"] == {
        "api_name": "Last_Name",
        "json_path": "$.data[0].Last_Name",
    }


def test_old_statuses_hide_the_failure() -> None:
    with make(old_write_status=True) as sim:
        api = Api(sim)
        assert api.insert({"Last_Name": "A"}).status_code == 200
        assert api.insert({"First_Name": "B"}).status_code == 202


def test_malformed_body_is_a_flat_400(api: Api) -> None:
    answer = api("POST", "/Contacts", data=b"no json")
    assert answer.content == (
        b'{"code":"INVALID_DATA","details":{"expected_data_type":"jsonobject"},'
        b'"message":"body","status":"error"}'
    )


def test_json_is_read_without_content_type(api: Api) -> None:
    answer = api("POST", "/Contacts", data=b'{"data":[{"Last_Name":"A"}]}')
    assert answer.status_code == 201


def test_hundred_and_one_records_are_too_many(sim: ZohoSimulator, api: Api) -> None:
    item = {"Last_Name": "A"}
    assert api.insert(*[item] * 100).status_code == 201
    answer = api.insert(*[item] * 101)
    assert first(answer)["code"] == "LIMIT_EXCEEDED"
    assert first(answer)["details"] == {"maximum_length": 100, "api_name": "data"}
    assert len(sim.records("Contacts")) == 100


@pytest.mark.parametrize("data", [None, [], "x"])
def test_body_without_records_is_refused(api: Api, data: Any) -> None:
    answer = api("POST", "/Contacts", json={"data": data})
    assert fault(answer)[2]["api_name"] == "data"


def test_too_long_text_is_refused_with_the_length(api: Api) -> None:
    item = first(api.insert({"Last_Name": "x" * 81}))
    assert item["code"] == "INVALID_DATA"
    assert item["details"] == {
        "maximum_length": 80,
        "api_name": "Last_Name",
        "json_path": "$.data[0].Last_Name",
    }


@pytest.mark.parametrize(("unit", "status"), [("codepoints", 201), ("utf16", 400)])
def test_length_unit_is_a_knob(unit: str, status: int) -> None:
    with make(length_unit=unit) as sim:
        answer = Api(sim).insert({"Last_Name": "😀" * 80})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("Last_Name", 5, "string"),
        ("Email", "no address", "email"),
        ("Email", "a@b", "email"),
        ("Phone", "030/12345", "phone"),
        ("Date_of_Birth", "12.04.1985", "date"),
        ("Date_of_Birth", "1985-02-30", "date"),
        ("Email_Opt_Out", "yes", "boolean"),
        ("Account_Name", "Nordwind", "jsonobject"),
        ("Owner", "me", "jsonobject"),
        ("Tag", "Private", "jsonarray"),
    ],
)
def test_wrong_type_is_refused_with_the_expected(
    api: Api, field: str, value: Any, expected: str
) -> None:
    item = first(api.insert({"Last_Name": "A", field: value}))
    assert item["code"] == "INVALID_DATA"
    assert item["details"]["expected_data_type"] == expected
    assert item["details"]["api_name"] == field


@pytest.mark.parametrize("phone", PHONES_TAKEN)
def test_phone_pattern_takes(api: Api, phone: str) -> None:
    assert api.insert({"Last_Name": "A", "Phone": phone}).status_code == 201


@pytest.mark.parametrize("phone", PHONES_REFUSED)
def test_phone_pattern_refuses(api: Api, phone: str) -> None:
    assert api.insert({"Last_Name": "A", "Phone": phone}).status_code == 400


@pytest.mark.parametrize(
    "email", ["a@b.co", "zoë@exämple.example", "anna.o'neil+x@sub.example.com"]
)
def test_email_pattern_takes(api: Api, email: str) -> None:
    assert api.insert({"Last_Name": "A", "Email": email}).status_code == 201


def test_first_fault_of_an_item_is_told(api: Api) -> None:
    item = first(api.insert({"Email": "x", "Phone": "/"}))
    assert (item["code"], item["details"]["api_name"]) == ("INVALID_DATA", "Email")


def test_all_faults_of_an_item_may_be_told() -> None:
    with make(multiple_errors=True) as sim:
        item = first(Api(sim).insert({"Email": "x", "Phone": "/"}))
    assert item["code"] == "MULTIPLE_OR_MULTI_ERRORS"
    codes = [e["code"] for e in item["details"]["errors"]]
    assert codes == ["INVALID_DATA", "INVALID_DATA", "MANDATORY_NOT_FOUND"]


def test_owner_defaults_to_the_tokens_user(sim: ZohoSimulator, api: Api) -> None:
    record_id = first(api.insert({"Last_Name": "A"}))["details"]["id"]
    assert api.read(record_id)["Owner"]["email"] == "integration@fjordlicht.example"


def test_owner_may_be_given(sim: ZohoSimulator, api: Api) -> None:
    user = sim.act.add_user("ben@fjordlicht.example", "Ben", "Berg")
    record_id = first(api.insert({"Last_Name": "A", "Owner": {"id": user}}))["details"][
        "id"
    ]
    row = api.read(record_id)
    assert row["Owner"]["id"] == user
    assert row["Created_By"]["email"] == "integration@fjordlicht.example"


@pytest.mark.parametrize("deleted", [False, True])
def test_inactive_owner_is_refused(sim: ZohoSimulator, api: Api, deleted: bool) -> None:
    user = sim.act.add_user("ben@fjordlicht.example", "Ben", "Berg")
    sim.act.deactivate_user(user, deleted=deleted)
    item = first(api.insert({"Last_Name": "A", "Owner": {"id": user}}))
    assert (item["code"], item["details"]["api_name"]) == ("INVALID_DATA", "Owner")


def test_unknown_owner_is_refused(api: Api) -> None:
    item = first(api.insert({"Last_Name": "A", "Owner": {"id": "123"}}))
    assert item["details"]["api_name"] == "Owner"


@pytest.mark.parametrize("as_number", [True, False])
def test_lookup_id_may_be_number_or_text(
    sim: ZohoSimulator, api: Api, as_number: bool
) -> None:
    company = sim.act.create("Accounts", Account_Name="Nordwind")
    value = int(company) if as_number else company
    answer = api.insert({"Last_Name": "A", "Account_Name": {"id": value}})
    record_id = first(answer)["details"]["id"]
    assert api.read(record_id)["Account_Name"]["id"] == company


def test_unknown_lookup_id_is_refused(api: Api) -> None:
    item = first(api.insert({"Last_Name": "A", "Account_Name": {"id": "12345"}}))
    assert item["code"] == "INVALID_DATA"
    assert item["details"]["api_name"] == "Account_Name"


@pytest.mark.parametrize(
    ("knob", "known", "status"),
    [
        ("refuse", True, 400),
        ("match", True, 201),
        ("match", False, 400),
        ("create", False, 201),
    ],
)
def test_lookup_by_name_is_a_knob(knob: str, known: bool, status: int) -> None:
    with make(lookup_by_name=knob) as sim:
        if known:
            sim.act.create("Accounts", Account_Name="Nordwind")
        item = {"Last_Name": "A", "Account_Name": {"name": "Nordwind"}}
        assert Api(sim).insert(item).status_code == status


def test_full_name_is_made_of_the_parts_whatever_is_sent(api: Api) -> None:
    item = {"First_Name": "Anna", "Last_Name": "Holm", "Full_Name": "Somebody"}
    record_id = first(api.insert(item))["details"]["id"]
    assert api.read(record_id)["Full_Name"] == "Anna Holm"


@pytest.mark.parametrize(("knob", "status"), [("ignore", 201), ("refuse", 400)])
def test_read_only_field_is_a_knob(knob: str, status: int) -> None:
    with make(read_only_fields=knob) as sim:
        answer = Api(sim).insert({"Last_Name": "A", "Full_Name": "B"})
    assert answer.status_code == status


@pytest.mark.parametrize(("knob", "status"), [("ignore", 201), ("refuse", 400)])
def test_unknown_field_is_a_knob(knob: str, status: int) -> None:
    with make(unknown_fields=knob) as sim:
        answer = Api(sim).insert({"Last_Name": "A", "Nonsense": "B"})
    assert answer.status_code == status


def test_none_pick_means_empty(api: Api) -> None:
    answer = api.insert({"Last_Name": "A", "Salutation": "-None-"})
    assert api.read(first(answer)["details"]["id"])["Salutation"] is None


@pytest.mark.parametrize(
    ("knob", "status", "added"),
    [("accept", 201, False), ("add", 201, True), ("refuse", 400, False)],
)
def test_foreign_pick_is_a_knob(knob: str, status: int, added: bool) -> None:
    with make(picklist=knob) as sim:
        api = Api(sim)
        answer = api.insert({"Last_Name": "A", "Salutation": "Graf"})
        assert answer.status_code == status
        fields = api.get("/settings/fields?module=Contacts").json()["fields"]
    picks = next(f for f in fields if f["api_name"] == "Salutation")
    values = [p["actual_value"] for p in picks["pick_list_values"]]
    assert ("Graf" in values) is added


@pytest.mark.parametrize(
    ("knob", "stored"),
    [
        ("keep", "<b>A&B</b>"),
        ("escape", "&lt;b&gt;A&amp;B&lt;/b&gt;"),
        ("strip", "A&B"),
    ],
)
def test_html_in_plain_fields_is_a_knob(knob: str, stored: str) -> None:
    with make(html=knob) as sim:
        api = Api(sim)
        answer = api.insert({"Last_Name": "A", "Description": "<b>A&B</b>"})
        assert api.read(first(answer)["details"]["id"])["Description"] == stored


@pytest.mark.parametrize(
    ("knob", "stored"),
    [("keep", "a\nb\r\nc "), ("crlf", "a\r\nb\r\nc "), ("lf", "a\nb\nc ")],
)
def test_line_ends_are_a_knob(knob: str, stored: str) -> None:
    with make(line_ends=knob) as sim:
        api = Api(sim)
        answer = api.insert({"Last_Name": "A", "Description": "a\nb\r\nc "})
        assert api.read(first(answer)["details"]["id"])["Description"] == stored


def test_text_may_be_trimmed() -> None:
    with make(trim=True) as sim:
        api = Api(sim)
        answer = api.insert({"Last_Name": " A "})
        assert api.read(first(answer)["details"]["id"])["Last_Name"] == "A"


def test_custom_mandatory_field_is_asked_for(sim: ZohoSimulator, api: Api) -> None:
    field_id = sim.act.add_field("Contacts", "Region", mandatory=True)
    item = first(api.insert({"Last_Name": "A"}))
    assert item["code"] == "MANDATORY_NOT_FOUND"
    assert item["details"]["api_name"] == "Region"
    assert item["details"]["id"] == field_id
    assert api.insert({"Last_Name": "A", "Region": "Nord"}).status_code == 201


def test_layout_mandatory_field_counts_only_with_the_layout(
    sim: ZohoSimulator, api: Api
) -> None:
    sim.act.add_field("Contacts", "Region", required=True)
    layout = sim.world.modules["Contacts"].layout_id
    assert api.insert({"Last_Name": "A"}).status_code == 201
    item = first(api.insert({"Last_Name": "A", "Layout": {"id": layout}}))
    assert item["code"] == "MANDATORY_NOT_FOUND"


def test_either_name_may_do() -> None:
    with make(name_rule="either") as sim:
        api = Api(sim)
        assert api.insert({"First_Name": "Anna"}).status_code == 201
        assert first(api.insert({"Title": "x"}))["code"] == "MANDATORY_NOT_FOUND"


def test_unique_email_is_refused_as_duplicate() -> None:
    with make(unique_email=True) as sim:
        api = Api(sim)
        answer = api.insert(
            {"Last_Name": "A", "Email": "a@b.co"}, {"Last_Name": "B", "Email": "A@B.co"}
        )
        assert answer.status_code == 207
        good, bad = answer.json()["data"]
    assert bad["code"] == "DUPLICATE_DATA"
    details = bad["details"]
    assert details["api_name"] == "Email"
    assert details["duplicate_record"]["id"] == good["details"]["id"]
    assert details["duplicate_record"]["module"]["api_name"] == "Contacts"
    assert set(details["duplicate_record"]["Owner"]) == {"name", "id", "zuid"}
    assert details["more_records"] is False


def test_email_is_not_unique_by_itself(api: Api) -> None:
    item = {"Last_Name": "A", "Email": "a@b.co"}
    assert api.insert(item, item).status_code == 201


def test_unique_field_may_be_made_later(sim: ZohoSimulator, api: Api) -> None:
    sim.act.create("Contacts", Last_Name="A", Email="a@b.co")
    sim.act.change_field("Contacts", "Email", unique=True)
    item = first(api.insert({"Last_Name": "B", "Email": "a@b.co"}))
    assert item["code"] == "DUPLICATE_DATA"


def test_deleted_twin_does_not_count(sim: ZohoSimulator, api: Api) -> None:
    sim.act.change_field("Contacts", "Email", unique=True)
    record_id = sim.act.create("Contacts", Last_Name="A", Email="a@b.co")
    sim.act.delete("Contacts", record_id)
    assert api.insert({"Last_Name": "B", "Email": "a@b.co"}).status_code == 201


def test_hidden_field_is_gone_from_metadata_and_records(
    sim: ZohoSimulator, api: Api
) -> None:
    record_id = sim.act.create("Contacts", Last_Name="A", Title="Chef")
    sim.act.hide_field("Contacts", "Title")
    fields = api.get("/settings/fields?module=Contacts").json()["fields"]
    assert "Title" not in {f["api_name"] for f in fields}
    assert "Title" not in api.read(record_id)


def test_storage_of_the_organisation_ends() -> None:
    with make(max_records=1) as sim:
        answer = Api(sim).insert({"Last_Name": "A"}, {"Last_Name": "B"})
    item = answer.json()["data"][1]
    assert item["code"] == "MAX_RECORDS_LIMIT_REACHED"
    assert item["details"] == {"max_no_of_records": 1}


def test_repeated_post_makes_a_second_record(sim: ZohoSimulator, api: Api) -> None:
    api.insert({"Last_Name": "A"})
    api.insert({"Last_Name": "A"})
    assert len(sim.records("Contacts")) == 2


def test_record_may_start_in_approval(api: Api) -> None:
    item = first(api.insert({"Last_Name": "A", "$approved": False}))
    assert item["details"]["$approval_state"] == "approval_pending"
    changed = first(api.update({"id": item["details"]["id"], "Title": "x"}))
    assert changed["code"] == "NOT_APPROVED"


# -- update --------------------------------------------------------------------


def test_update_changes_only_what_is_sent(sim: ZohoSimulator, api: Api) -> None:
    record_id = sim.act.create("Contacts", Last_Name="A", Title="Chef", Fax="1")
    answer = api.update({"id": record_id, "Title": "Boss", "Fax": None})
    assert answer.status_code == 200
    assert first(answer)["message"] == "record updated"
    assert "$approval_state" not in first(answer)["details"]
    row = api.read(record_id)
    assert (row["Last_Name"], row["Title"], row["Fax"]) == ("A", "Boss", None)


def test_update_takes_ids_as_numbers(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    assert api.update({"id": int(record_id), "Title": "x"}).status_code == 200


def test_update_moves_modified_time_and_user(sim: ZohoSimulator) -> None:
    (record_id,) = many(sim, 1)
    sim.act.add_user("ben@fjordlicht.example", "Ben", "Berg")
    sim.clock.advance(seconds=90)
    api = Api(sim, user="ben@fjordlicht.example")
    api.update({"id": record_id, "Title": "x"})
    row = api.read(record_id)
    assert row["Modified_Time"] == "2026-01-15T10:31:30+01:00"
    assert row["Modified_By"]["email"] == "ben@fjordlicht.example"
    assert row["Created_Time"] == "2026-01-15T10:30:00+01:00"


@pytest.mark.parametrize("bumps", [True, False])
def test_update_without_change_may_move_modified_time(bumps: bool) -> None:
    with make(noop_bumps=bumps) as sim:
        (record_id,) = many(sim, 1)
        sim.clock.advance(seconds=60)
        api = Api(sim)
        api.update({"id": record_id, "Last_Name": "Name 0"})
        moved = api.read(record_id)["Modified_Time"] == "2026-01-15T10:31:00+01:00"
    assert moved is bumps


def test_update_without_id_is_mandatory_not_found(api: Api) -> None:
    item = first(api.update({"Title": "x"}))
    assert (item["code"], item["details"]["api_name"]) == ("MANDATORY_NOT_FOUND", "id")


def test_update_of_an_unknown_id_is_invalid(api: Api) -> None:
    item = first(api.update({"id": "5460920000000999999", "Title": "x"}))
    assert item["code"] == "INVALID_DATA"
    assert item["message"] == "the id given seems to be invalid"


def test_update_cannot_empty_a_mandatory_field(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    item = first(api.update({"id": record_id, "Last_Name": None}))
    assert item["code"] == "MANDATORY_NOT_FOUND"


def test_single_form_takes_the_id_from_the_path(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    body = {"data": [{"Title": "x"}], "trigger": []}
    answer = api("PUT", f"/Contacts/{record_id}", json=body)
    assert answer.status_code == 200
    assert api.read(record_id)["Title"] == "x"


def test_single_form_on_a_deleted_record(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    sim.act.delete("Contacts", record_id)
    answer = api("PUT", f"/Contacts/{record_id}", json={"data": [{"Title": "x"}]})
    assert answer.status_code == 400
    assert first(answer)["code"] == "INVALID_DATA"
    assert first(answer)["message"] == "record not deleted"
    assert first(answer)["details"] == {"resource_path_index": 1}


def test_unmodified_record_is_updated(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    seen = api.read(record_id)["Modified_Time"]
    sim.clock.advance(seconds=60)
    assert api.update({"id": record_id, "Title": "x"}, since=seen).status_code == 200


def test_modified_record_is_412(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    seen = api.read(record_id)["Modified_Time"]
    sim.clock.advance(seconds=60)
    sim.act.edit("Contacts", record_id, Title="theirs")
    answer = api.update({"id": record_id, "Title": "mine"}, since=seen)
    assert answer.status_code == 412
    item = first(answer)
    assert item["code"] == "ALREADY_MODIFIED"
    assert item["details"]["Modified_Time"] == "2026-01-15T10:31:00+01:00"
    assert api.read(record_id)["Title"] == "theirs"


def test_modified_record_in_a_batch_is_an_item_of_207(
    sim: ZohoSimulator, api: Api
) -> None:
    made = many(sim, 2)
    sim.clock.advance(seconds=60)
    sim.act.edit("Contacts", made[0], Title="theirs")
    answer = api.update(
        *({"id": i, "Title": "mine"} for i in made), since="2026-01-15T09:30:00+00:00"
    )
    assert answer.status_code == 207
    codes = [i["code"] for i in answer.json()["data"]]
    assert codes == ["ALREADY_MODIFIED", "SUCCESS"]


def test_change_within_the_same_second_is_not_noticed(
    sim: ZohoSimulator, api: Api
) -> None:
    (record_id,) = many(sim, 1)
    seen = api.read(record_id)["Modified_Time"]
    sim.clock.advance(milliseconds=500)
    sim.act.edit("Contacts", record_id, Title="theirs")
    assert api.update({"id": record_id, "Title": "x"}, since=seen).status_code == 200


def test_locked_record_is_refused(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    sim.act.lock("Contacts", record_id)
    item = first(api.update({"id": record_id, "Title": "x"}))
    assert item["code"] == "RECORD_LOCKED"
    assert item["details"]["action"] == "record_locking"
    item = first(api("DELETE", f"/Contacts?ids={record_id}"))
    assert item["code"] == "RECORD_LOCKED"


def test_null_unlinks_a_lookup(sim: ZohoSimulator, api: Api) -> None:
    record_id = sim.act.create("Contacts", Last_Name="A", Account_Name="Nordwind")
    assert api.read(record_id)["Account_Name"]["name"] == "Nordwind"
    api.update({"id": record_id, "Account_Name": None})
    assert api.read(record_id)["Account_Name"] is None


@pytest.mark.parametrize(
    ("knob", "names"), [("replace", ["New"]), ("add", ["Private", "New"])]
)
def test_tag_on_update_replaces_or_adds(knob: str, names: list[str]) -> None:
    with make(tag_update=knob) as sim:
        api = Api(sim)
        record_id = sim.act.create("Contacts", tags=["Private"], Last_Name="A")
        api.update({"id": record_id, "Tag": [{"name": "New"}]})
        assert [t["name"] for t in api.read(record_id)["Tag"]] == names


def test_update_without_tag_leaves_tags(sim: ZohoSimulator, api: Api) -> None:
    record_id = sim.act.create("Contacts", tags=["Private"], Last_Name="A")
    api.update({"id": record_id, "Title": "x"})
    assert [t["name"] for t in api.read(record_id)["Tag"]] == ["Private"]


def test_change_of_owner_moves_modified_time(sim: ZohoSimulator, api: Api) -> None:
    user = sim.act.add_user("ben@fjordlicht.example", "Ben", "Berg")
    (record_id,) = many(sim, 1)
    sim.clock.advance(seconds=60)
    sim.act.change_owner("Contacts", record_id, user)
    row = api.read(record_id)
    assert row["Owner"]["id"] == user
    assert row["Modified_Time"] == "2026-01-15T10:31:00+01:00"


# -- upsert --------------------------------------------------------------------


def upsert(api: Api, *items: Any, module: str = "Contacts", **keys: Any) -> Any:
    body = {"data": list(items), "trigger": [], **keys}
    return api("POST", f"/{module}/upsert", json=body)


def test_upsert_inserts_and_updates_by_email(sim: ZohoSimulator, api: Api) -> None:
    old = sim.act.create("Contacts", Last_Name="A", Email="a@b.co")
    answer = upsert(
        api,
        {"Last_Name": "AA", "Email": "A@b.co"},
        {"Last_Name": "B", "Email": "b@b.co"},
        duplicate_check_fields=["Email"],
    )
    assert answer.status_code == 200
    one, two = answer.json()["data"]
    assert (one["action"], one["duplicate_field"]) == ("update", "Email")
    assert one["details"]["id"] == old
    assert (two["action"], two["duplicate_field"]) == ("insert", None)


def test_upsert_of_companies_by_name(sim: ZohoSimulator, api: Api) -> None:
    old = sim.act.create("Accounts", Account_Name="Nordwind")
    answer = upsert(
        api,
        {"Account_Name": "Nordwind"},
        {"Account_Name": "Südwind"},
        {"Account_Name": "Südwind"},
        module="Accounts",
        duplicate_check_fields=["Account_Name"],
    )
    ids = [i["details"]["id"] for i in answer.json()["data"]]
    assert ids[0] == old
    assert ids[1] == ids[2]
    assert len(sim.records("Accounts")) == 2


def test_upsert_by_id(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    item = first(upsert(api, {"id": record_id, "Last_Name": "B"}))
    assert (item["action"], item["details"]["id"]) == ("update", record_id)


def test_upsert_with_keys_of_two_records_is_a_duplicate(
    sim: ZohoSimulator, api: Api
) -> None:
    sim.act.add_field("Contacts", "Notes_Key", unique=True)
    sim.act.create("Contacts", Last_Name="A", Email="a@b.co", Notes_Key="k1")
    sim.act.create("Contacts", Last_Name="B", Email="b@b.co", Notes_Key="k2")
    item = first(upsert(api, {"Last_Name": "C", "Email": "a@b.co", "Notes_Key": "k2"}))
    assert item["code"] == "DUPLICATE_DATA"


def test_upsert_checks_unique_fields_that_are_not_named(
    sim: ZohoSimulator, api: Api
) -> None:
    sim.act.add_field("Contacts", "Notes_Key", unique=True)
    old = sim.act.create("Contacts", Last_Name="A", Notes_Key="k1")
    item = first(
        upsert(
            api,
            {"Last_Name": "B", "Notes_Key": "k1"},
            duplicate_check_fields=["Email"],
        )
    )
    assert (item["duplicate_field"], item["details"]["id"]) == ("Notes_Key", old)


def test_upsert_by_a_field_that_is_not_unique_is_refused(api: Api) -> None:
    answer = upsert(api, {"Last_Name": "A"}, duplicate_check_fields=["Title"])
    assert fault(answer)[2]["api_name"] == "duplicate_check_fields"


# -- delete, bin, deleted list -------------------------------------------------


def test_delete_moves_records_to_the_bin(sim: ZohoSimulator, api: Api) -> None:
    made = many(sim, 2)
    answer = api("DELETE", f"/Contacts?ids={','.join(made)}&wf_trigger=False")
    assert answer.status_code == 200
    assert answer.json()["data"] == [
        {
            "code": "SUCCESS",
            "details": {"id": i},
            "message": "record deleted",
            "status": "success",
        }
        for i in made
    ]
    assert {d["type"] for d in sim.deleted("Contacts")} == {"recycle"}


def test_delete_of_a_mix_is_207(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    answer = api("DELETE", f"/Contacts?ids={record_id},5460920000000999999")
    assert answer.status_code == 207
    item = answer.json()["data"][1]
    assert (item["code"], item["message"]) == ("INVALID_DATA", "record not deleted")


def test_delete_single_form(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    assert api("DELETE", f"/Contacts/{record_id}").status_code == 200
    again = api("DELETE", f"/Contacts/{record_id}")
    assert fault(again) == (400, "INVALID_DATA", {"resource_path_index": 1})


def test_delete_needs_ids(api: Api) -> None:
    assert fault(api("DELETE", "/Contacts"))[1] == "REQUIRED_PARAM_MISSING"
    bad = api("DELETE", "/Contacts?ids=a,b")
    assert fault(bad)[1] == "UNABLE_TO_PARSE_DATA_TYPE"


def test_delete_changes_no_list(sim: ZohoSimulator, api: Api) -> None:
    made = many(sim, 2)
    sim.clock.advance(minutes=1)
    api("DELETE", f"/Contacts?ids={made[0]}")
    answer = api.get("/Contacts?fields=id", **since("2026-01-15T09:31:00+00:00"))
    assert answer.status_code == 304


def test_deleted_list_has_the_bin_and_the_purged(sim: ZohoSimulator, api: Api) -> None:
    made = many(sim, 2)
    sim.act.delete("Contacts", made[0])
    sim.act.purge("Contacts", made[1])
    rows = {d["id"]: d for d in api.get("/Contacts/deleted").json()["data"]}
    user = {"name": "Inga Integration", "id": sim.world.person(None).id}
    assert rows[made[0]] == {
        "deleted_by": user,
        "id": made[0],
        "display_name": "Name 0",
        "type": "recycle",
        "created_by": user,
        "deleted_time": "2026-01-15T10:30:00+01:00",
    }
    assert rows[made[1]] == {
        "deleted_by": None,
        "id": made[1],
        "display_name": None,
        "type": "permanent",
        "created_by": None,
        "deleted_time": "2026-01-15T10:30:00+01:00",
    }


def test_deleted_list_filters_by_type(sim: ZohoSimulator, api: Api) -> None:
    made = many(sim, 2)
    sim.act.delete("Contacts", made[0])
    sim.act.purge("Contacts", made[1])
    for kind, expected in (("recycle", made[0]), ("permanent", made[1])):
        rows = api.get(f"/Contacts/deleted?type={kind}").json()["data"]
        assert [r["id"] for r in rows] == [expected]
    assert fault(api.get("/Contacts/deleted?type=x"))[1] == "PATTERN_NOT_MATCHED"


def test_deleted_list_pages_by_number_only(sim: ZohoSimulator, api: Api) -> None:
    for record_id in many(sim, 3):
        sim.act.delete("Contacts", record_id)
    info = api.get("/Contacts/deleted?per_page=2").json()["info"]
    assert info == {"per_page": 2, "count": 2, "page": 1, "more_records": True}
    rows = api.get("/Contacts/deleted?per_page=2&page=2").json()
    assert rows["info"]["more_records"] is False
    assert len(rows["data"]) == 1


def test_deleted_list_filters_by_deletion_time(sim: ZohoSimulator, api: Api) -> None:
    made = many(sim, 2)
    sim.act.delete("Contacts", made[0])
    sim.clock.advance(minutes=1)
    sim.act.delete("Contacts", made[1])
    rows = api.get("/Contacts/deleted", **since("2026-01-15T09:31:00+00:00"))
    assert [r["id"] for r in rows.json()["data"]] == [made[1]]


@pytest.mark.parametrize(("knob", "status"), [(False, 204), (True, 304)])
def test_empty_deleted_list_may_be_304(knob: bool, status: int) -> None:
    with make(deleted_304=knob) as sim:
        api = Api(sim)
        answer = api.get("/Contacts/deleted", **since("2026-01-15T09:31:00+00:00"))
        assert answer.status_code == status
        assert api.get("/Contacts/deleted").status_code == 204


def test_deleted_errors_may_be_wrapped() -> None:
    with make(deleted_errors_wrapped=True) as sim:
        answer = Api(sim).get("/Contacts/deleted?type=x")
    assert first(answer)["code"] == "PATTERN_NOT_MATCHED"


def test_bin_empties_itself_after_sixty_days(sim: ZohoSimulator) -> None:
    (record_id,) = many(sim, 1)
    sim.act.delete("Contacts", record_id)
    sim.clock.advance(days=59)
    assert first(Api(sim).get("/Contacts/deleted"))["type"] == "recycle"
    sim.clock.advance(days=1)
    assert first(Api(sim).get("/Contacts/deleted"))["type"] == "permanent"


def test_permanent_entries_vanish_after_a_hundred_and_twenty_days(
    sim: ZohoSimulator,
) -> None:
    (record_id,) = many(sim, 1)
    sim.act.purge("Contacts", record_id)
    sim.clock.advance(days=119)
    assert Api(sim).get("/Contacts/deleted").status_code == 200
    sim.clock.advance(days=1)
    assert Api(sim).get("/Contacts/deleted").status_code == 204


@pytest.mark.parametrize("bumps", [False, True])
def test_restored_record_is_back_under_its_id(bumps: bool) -> None:
    with make(restore_bumps=bumps) as sim:
        api = Api(sim)
        (record_id,) = many(sim, 1)
        sim.act.delete("Contacts", record_id)
        sim.clock.advance(minutes=1)
        sim.act.restore("Contacts", record_id)
        assert api.get("/Contacts/deleted").status_code == 204
        moved = api.read(record_id)["Modified_Time"] == "2026-01-15T10:31:00+01:00"
    assert moved is bumps


def test_merge_keeps_the_master_and_deletes_the_other(
    sim: ZohoSimulator, api: Api
) -> None:
    master = sim.act.create("Contacts", Last_Name="A", Title="Chef")
    other = sim.act.create("Contacts", Last_Name="B", Title="x", Fax="12")
    sim.act.merge("Contacts", master, [other])
    row = api.read(master)
    assert (row["Last_Name"], row["Title"], row["Fax"]) == ("A", "Chef", "12")
    assert first(api.get("/Contacts/deleted"))["id"] == other


def test_recycle_bin_lists_and_purges(sim: ZohoSimulator, api: Api) -> None:
    (record_id,) = many(sim, 1)
    sim.act.delete("Contacts", record_id)
    row = api.get("/settings/recycle_bin").json()["recycle_bin"][0]
    assert (row["id"], row["module"]["api_name"]) == (record_id, "Contacts")
    api("DELETE", f"/settings/recycle_bin?ids={record_id}")
    assert sim.deleted("Contacts")[0]["type"] == "permanent"


# -- triggers and mails --------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "mails"),
    [
        ({}, 1),
        ({"trigger": []}, 0),
        ({"trigger": ["approval"]}, 0),
        ({"trigger": ["workflow", "blueprint"]}, 1),
        ({"wf_trigger": False}, 0),
    ],
)
def test_workflow_mails_follow_the_trigger(
    sim: ZohoSimulator, api: Api, keys: dict[str, Any], mails: int
) -> None:
    api("POST", "/Contacts", json={"data": [{"Last_Name": "A"}], **keys})
    assert len(sim.log.mails) == mails


@pytest.mark.parametrize(
    ("query", "mails"), [("", 1), ("&wf_trigger=true", 1), ("&wf_trigger=False", 0)]
)
def test_delete_runs_workflows_unless_told(
    sim: ZohoSimulator, api: Api, query: str, mails: int
) -> None:
    (record_id,) = many(sim, 1)
    api("DELETE", f"/Contacts?ids={record_id}{query}")
    assert len(sim.log.mails) == mails


def test_unknown_trigger_is_refused(api: Api) -> None:
    answer = api.insert({"Last_Name": "A"}, trigger=["everything"])
    assert fault(answer)[2]["api_name"] == "trigger"


def test_writes_seen_keep_the_switches(sim: ZohoSimulator, api: Api) -> None:
    api("POST", "/Contacts", json={"data": [{"Last_Name": "A"}]})
    api.insert({"Last_Name": "B", "$send_notification": False})
    without, with_ = sim.writes_seen
    assert without["trigger"] == "(missing)"
    assert with_["trigger"] == []
    assert with_["send_notification"] == [False]
    assert with_["items"][0]["Last_Name"] == "B"


def test_workflow_changes_the_record_later(sim: ZohoSimulator, api: Api) -> None:
    sim.act.add_workflow("Contacts", {"Title": "by rule"}, delay=2)
    answer = api("POST", "/Contacts", json={"data": [{"Last_Name": "A"}]})
    record_id = first(answer)["details"]["id"]
    assert api.read(record_id)["Title"] is None
    sim.clock.advance(seconds=3)
    row = api.read(record_id)
    assert row["Title"] == "by rule"
    assert row["Modified_Time"] == "2026-01-15T10:30:02+01:00"


def test_formula_may_touch_a_record_after_a_write() -> None:
    with make(touch_after=1) as sim:
        api = Api(sim)
        record_id = first(api.insert({"Last_Name": "A"}))["details"]["id"]
        sim.clock.advance(seconds=5)
        row = api.read(record_id)
        assert row["Modified_Time"] == "2026-01-15T10:30:01+01:00"


# -- search and count ----------------------------------------------------------


def test_search_is_late(sim: ZohoSimulator, api: Api) -> None:
    sim.act.create("Contacts", Last_Name="Holm", Email="h@b.co")
    assert api.get("/Contacts/search?email=h@b.co").status_code == 204
    sim.clock.advance(seconds=60)
    assert first(api.get("/Contacts/search?email=h@b.co"))["Last_Name"] == "Holm"


def test_search_finds_by_the_old_value_for_a_while(
    sim: ZohoSimulator, api: Api
) -> None:
    record_id = sim.act.create("Contacts", Last_Name="Old")
    sim.clock.advance(minutes=5)
    sim.act.edit("Contacts", record_id, Last_Name="New")
    assert first(api.get("/Contacts/search?word=Old"))["Last_Name"] == "New"
    assert api.get("/Contacts/search?word=New").status_code == 204


@pytest.fixture
def prompt_api() -> Iterator[Api]:
    with make(search_lag=0, count_lag=0) as sim:
        for first_name, last in (("Anna", "Burns"), ("Mia", "Burns, B"), ("Mo", "Ash")):
            sim.act.create("Contacts", First_Name=first_name, Last_Name=last)
        yield Api(sim)


@pytest.mark.parametrize(
    ("criteria", "names"),
    [
        ("(Last_Name:equals:Burns)", {"Burns", "Burns, B"}),
        ("(Last_Name:equals:urn)", {"Burns", "Burns, B"}),
        ("(Last_Name:equals:Burns\\, B)", {"Burns, B"}),
        ("(Last_Name:starts_with:As)", {"Ash"}),
        ("((Last_Name:equals:Burns)and(First_Name:starts_with:M))", {"Burns, B"}),
        ("((Last_Name:equals:Ash)or(First_Name:equals:Anna))", {"Burns", "Ash"}),
        ("(Last_Name:not_equal:Burns)", {"Ash"}),
        ("(Last_Name:in:ash,nobody)", {"Ash"}),
    ],
)
def test_search_criteria(prompt_api: Api, criteria: str, names: set[str]) -> None:
    answer = prompt_api("GET", "/Contacts/search", params={"criteria": criteria})
    assert {r["Last_Name"] for r in answer.json()["data"]} == names


def test_search_needs_a_question(api: Api) -> None:
    assert fault(api.get("/Contacts/search"))[1] == "REQUIRED_PARAM_MISSING"


def test_count_counts(prompt_api: Api) -> None:
    assert prompt_api.get("/Contacts/actions/count").json() == {"count": 3}


def test_count_is_late(sim: ZohoSimulator, api: Api) -> None:
    many(sim, 2)
    assert api.get("/Contacts/actions/count").json() == {"count": 0}
    sim.clock.advance(minutes=2)
    assert api.get("/Contacts/actions/count").json() == {"count": 2}


# -- COQL ----------------------------------------------------------------------


def rows_of(answer: requests.Response) -> list[dict[str, Any]]:
    if answer.status_code == 204:
        return []
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def test_coql_lists_ids_of_an_owner_from_an_id_on(sim: ZohoSimulator, api: Api) -> None:
    user = sim.act.add_user("ben@fjordlicht.example", "Ben", "Berg")
    many(sim, 2)
    mine = [sim.act.create("Contacts", owner=user, Last_Name="M") for _ in range(5)]
    query = (
        f"select id from Contacts where Owner = '{user}' and id > '{mine[1]}'"
        " order by id limit 2"
    )
    answer = api.coql(query)
    assert [r["id"] for r in rows_of(answer)] == mine[2:4]
    assert answer.json()["info"] == {"count": 2, "more_records": True}


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Last_Name = 'Ash'", ["Ash"]),
        ("Last_Name != 'Ash'", ["Burns", "Cole"]),
        ("Last_Name in ('Ash', 'Cole')", ["Ash", "Cole"]),
        ("Last_Name not in ('Ash', 'Cole')", ["Burns"]),
        ("Last_Name like 'B%'", ["Burns"]),
        ("Last_Name like '%o%'", ["Cole"]),
        ("Email is null", ["Burns", "Cole"]),
        ("Email is not null", ["Ash"]),
        ("Created_Time >= '2026-01-15T10:32:00+01:00'", ["Cole"]),
        ("Created_Time < '2026-01-15T09:31:00+00:00'", ["Ash"]),
        ("Date_of_Birth between '1980-01-01' and '1990-01-01'", ["Burns"]),
        ("Email_Opt_Out = false", ["Ash", "Burns", "Cole"]),
        ("Account_Name.Account_Name = 'Nordwind'", ["Cole"]),
        ("(Last_Name = 'Ash' or Last_Name = 'Cole') and Email is null", ["Cole"]),
        ("Last_Name = 'O''Neil'", []),
        ("Last_Name = 'O\\'Neil'", []),
    ],
)
def test_coql_conditions(
    sim: ZohoSimulator, api: Api, where: str, names: list[str]
) -> None:
    sim.act.create("Contacts", Last_Name="Ash", Email="a@b.co")
    sim.clock.advance(minutes=1)
    sim.act.create("Contacts", Last_Name="Burns", Date_of_Birth="1985-04-12")
    sim.clock.advance(minutes=1)
    sim.act.create("Contacts", Last_Name="Cole", Account_Name="Nordwind")
    answer = api.coql(f"select Last_Name from Contacts where {where} order by id asc")
    assert [r["Last_Name"] for r in rows_of(answer)] == names


def test_coql_lookups_answer_only_their_id(sim: ZohoSimulator, api: Api) -> None:
    company = sim.act.create("Accounts", Account_Name="Nordwind")
    sim.act.create("Contacts", Last_Name="A", Account_Name=company)
    query = (
        "select Account_Name, Account_Name.Account_Name, Owner, Modified_Time"
        " from Contacts where id is not null"
    )
    (row,) = rows_of(api.coql(query))
    assert row["Account_Name"] == {"id": company}
    assert row["Account_Name.Account_Name"] == "Nordwind"
    assert set(row["Owner"]) == {"id"}
    assert row["Modified_Time"] == "2026-01-15T10:30:00+01:00"
    assert "id" in row


@pytest.mark.parametrize("form", ["limit 2, 2", "limit 2 offset 2"])
def test_coql_offset(sim: ZohoSimulator, api: Api, form: str) -> None:
    made = many(sim, 5)
    query = f"select id from Contacts where id is not null order by id {form}"
    assert [r["id"] for r in rows_of(api.coql(query))] == made[2:4]


def test_coql_defaults_to_two_hundred(sim: ZohoSimulator, api: Api) -> None:
    many(sim, 201)
    answer = api.coql("select id from Contacts where id is not null")
    assert answer.json()["info"] == {"count": 200, "more_records": True}


def test_coql_orders_by_several_columns(sim: ZohoSimulator, api: Api) -> None:
    for last, title in (("B", "1"), ("A", "1"), ("A", "2")):
        sim.act.create("Contacts", Last_Name=last, Title=title)
    query = (
        "select Last_Name, Title from Contacts where id is not null"
        " order by Last_Name asc, Title desc"
    )
    rows = rows_of(api.coql(query))
    assert [(r["Last_Name"], r["Title"]) for r in rows] == [
        ("A", "2"),
        ("A", "1"),
        ("B", "1"),
    ]


@pytest.mark.parametrize("cap", [2000, 200])
def test_coql_limit_is_capped(cap: int) -> None:
    with make(coql_limit=cap) as sim:
        many(sim, 1)
        api = Api(sim)
        query = "select id from Contacts where id is not null limit "
        assert api.coql(query + str(cap)).status_code == 200
        answer = api.coql(query + str(cap + 1))
    assert fault(answer)[:2] == (400, "LIMIT_EXCEEDED")


def test_coql_in_list_is_capped(api: Api) -> None:
    values = ", ".join(f"'{n}'" for n in range(51))
    answer = api.coql(f"select id from Contacts where Last_Name in ({values})")
    assert fault(answer)[1] == "LIMIT_EXCEEDED"


def test_coql_needs_brackets_for_three_conditions(api: Api) -> None:
    loose = "Last_Name = 'A' and Title = 'B' and Fax = 'C'"
    answer = api.coql(f"select id from Contacts where {loose}")
    assert fault(answer)[1] == "SYNTAX_ERROR"
    tight = "(Last_Name = 'A' and Title = 'B') and Fax = 'C'"
    assert api.coql(f"select id from Contacts where {tight}").status_code == 204


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select id from Contacts", "SYNTAX_ERROR"),
        ("select from Contacts where id is not null", "SYNTAX_ERROR"),
        ("update Contacts set a = 1", "SYNTAX_ERROR"),
        ("select id from Contacts where id ~ '1'", "SYNTAX_ERROR"),
        ("select Nonsense from Contacts where id is not null", "INVALID_QUERY"),
        ("select Tag from Contacts where id is not null", "INVALID_QUERY"),
        ("select id from Contacts where Description = 'x'", "INVALID_QUERY"),
        ("select id from Contacts where Created_Time > 'today'", "INVALID_QUERY"),
        ("select id from Campaigns where id is not null", "INVALID_MODULE"),
    ],
)
def test_coql_refuses(api: Api, query: str, code: str) -> None:
    assert fault(api.coql(query))[:2] == (400, code)


def test_coql_does_not_see_deleted_rows(sim: ZohoSimulator, api: Api) -> None:
    made = many(sim, 2)
    sim.act.delete("Contacts", made[0])
    rows = rows_of(api.coql("select id from Contacts where id is not null"))
    assert [r["id"] for r in rows] == made[1:]


def test_coql_may_be_late() -> None:
    with make(coql_lag=60) as sim:
        api = Api(sim)
        many(sim, 1)
        query = "select id from Contacts where id is not null"
        assert api.coql(query).status_code == 204
        sim.clock.advance(seconds=61)
        assert api.coql(query).status_code == 200


def test_coql_metadata_comes_with_the_answer(sim: ZohoSimulator, api: Api) -> None:
    many(sim, 1)
    body = {
        "select_query": "select Last_Name from Contacts where id is not null",
        "include_meta": ["fields"],
    }
    fields = api("POST", "/coql", json=body).json()["fields"]
    assert fields["Last_Name"]["length"] == 80


def test_coql_is_no_write(sim: ZohoSimulator, api: Api) -> None:
    api.coql("select id from Contacts where id is not null")
    assert sim.log.writes() == 0


# -- metadata, users, organisation ---------------------------------------------


def field_of(api: Api, name: str, module: str = "Contacts") -> dict[str, Any]:
    fields = api.get(f"/settings/fields?module={module}").json()["fields"]
    return next(f for f in fields if f["api_name"] == name)


@pytest.mark.parametrize(
    ("name", "data_type", "length"),
    [
        ("Last_Name", "text", 80),
        ("First_Name", "text", 40),
        ("Email", "email", 100),
        ("Phone", "phone", 30),
        ("Fax", "text", 30),
        ("Mailing_Street", "text", 250),
        ("Description", "textarea", 32000),
        ("Date_of_Birth", "date", 20),
        ("id", "bigint", 18),
        ("Owner", "ownerlookup", 120),
    ],
)
def test_field_types_and_lengths(
    api: Api, name: str, data_type: str, length: int
) -> None:
    field = field_of(api, name)
    assert (field["data_type"], field["length"]) == (data_type, length)


def test_mandatory_fields_are_marked(api: Api) -> None:
    assert field_of(api, "Last_Name")["system_mandatory"] is True
    assert field_of(api, "Email")["system_mandatory"] is False
    assert field_of(api, "Account_Name", "Accounts")["system_mandatory"] is True


def test_read_only_fields_are_marked(api: Api) -> None:
    for name in ("Full_Name", "Created_Time", "Modified_By", "id"):
        assert not any(field_of(api, name)["operation_type"].values())
    assert all(field_of(api, "Title")["operation_type"].values())


def test_read_only_flags_of_metadata_mislead_as_the_real_ones_do(api: Api) -> None:
    assert field_of(api, "Owner")["field_read_only"] is True
    assert field_of(api, "Created_By")["field_read_only"] is False


def test_picklist_values_are_listed(api: Api) -> None:
    picks = field_of(api, "Salutation")["pick_list_values"]
    assert picks[0]["actual_value"] == "-None-"
    assert {"display_value", "reference_value", "id", "sequence_number", "type"} <= set(
        picks[0]
    )
    field_id = field_of(api, "Salutation")["id"]
    path = f"/settings/fields/{field_id}/pick_list_values?module=Contacts"
    assert api.get(path).json()["pick_list_values"] == picks


def test_lookup_names_its_module(sim: ZohoSimulator, api: Api) -> None:
    lookup = field_of(api, "Account_Name")["lookup"]
    accounts = sim.world.modules["Accounts"]
    assert lookup["module"] == {"api_name": "Accounts", "id": accounts.id}


def test_uniqueness_is_in_the_metadata(sim: ZohoSimulator, api: Api) -> None:
    assert field_of(api, "Email")["unique"] == {}
    sim.act.change_field("Contacts", "Email", unique=True)
    assert field_of(api, "Email")["unique"] == {"case_sensitive": False}


def test_custom_field_is_listed(sim: ZohoSimulator, api: Api) -> None:
    sim.act.add_field("Contacts", "Notes_Key", length=64, unique=True)
    field = field_of(api, "Notes_Key")
    assert (field["custom_field"], field["length"]) == (True, 64)


def test_fields_need_a_known_module(api: Api) -> None:
    assert fault(api.get("/settings/fields"))[1] == "REQUIRED_PARAM_MISSING"
    assert fault(api.get("/settings/fields?module=X"))[1] == "INVALID_MODULE"


def test_layout_says_what_is_required(sim: ZohoSimulator, api: Api) -> None:
    sim.act.add_field("Contacts", "Region", required=True)
    (layout,) = api.get("/settings/layouts?module=Contacts").json()["layouts"]
    fields = [f for s in layout["sections"] for f in s["fields"]]
    required = {f["api_name"] for f in fields if f["required"]}
    assert required == {"Last_Name", "Region"}


def test_modules_are_listed_and_conditional(sim: ZohoSimulator, api: Api) -> None:
    modules = api.get("/settings/modules").json()["modules"]
    assert {"Contacts", "Accounts"} <= {m["api_name"] for m in modules}
    later = since("2026-01-15T09:30:01+00:00")
    assert api.get("/settings/modules", **later).status_code == 304
    sim.clock.advance(minutes=1)
    sim.act.add_field("Contacts", "Region")
    changed = api.get("/settings/modules", **later).json()["modules"]
    assert [m["api_name"] for m in changed] == ["Contacts"]


def test_module_switched_off_is_marked_and_refused(
    sim: ZohoSimulator, api: Api
) -> None:
    sim.act.set_module("Contacts", supported=False)
    (module,) = api.get("/settings/modules/Contacts").json()["modules"]
    assert module["api_supported"] is False
    assert fault(api.get("/Contacts?fields=id"))[1] == "INVALID_MODULE"


def test_related_lists_name_the_modules_that_look_up(api: Api) -> None:
    path = "/settings/related_lists?module=Accounts"
    lists = api.get(path).json()["related_lists"]
    assert "Contacts" in {r["module"]["api_name"] for r in lists}


@pytest.fixture
def people(sim: ZohoSimulator) -> dict[str, str]:
    add = sim.act.add_user
    return {
        "ben": add("ben@fjordlicht.example", "Ben", "Berg", "Asia/Kolkata"),
        "new": add("new@fjordlicht.example", "Neu", "Noch", confirmed=False),
        "out": add("out@fjordlicht.example", "Olga", "Out"),
        "del": add("del@fjordlicht.example", "Dan", "Del"),
    }


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("AllUsers", {"me", "ben", "new", "out", "del"}),
        ("ActiveUsers", {"me", "ben", "new"}),
        ("DeactiveUsers", {"out"}),
        ("DeletedUsers", {"del"}),
        ("ActiveConfirmedUsers", {"me", "ben"}),
        ("NotConfirmedUsers", {"new"}),
        ("AdminUsers", {"me"}),
        ("CurrentUser", {"me"}),
    ],
)
def test_user_types(
    sim: ZohoSimulator, api: Api, people: dict[str, str], kind: str, names: set[str]
) -> None:
    sim.act.deactivate_user(people["out"])
    sim.act.deactivate_user(people["del"], deleted=True)
    ids = {"me": sim.world.person(None).id, **people}
    users = api.get(f"/users?type={kind}").json()["users"]
    assert {u["id"] for u in users} == {ids[n] for n in names}


def test_user_has_zone_and_todays_offset(api: Api, people: dict[str, str]) -> None:
    (user,) = api.get(f"/users?ids={people['ben']}").json()["users"]
    assert user["time_zone"] == "Asia/Kolkata"
    assert user["offset"] == 19_800_000
    assert user["full_name"] == "Ben Berg"
    assert user["status"] == "active"


def test_users_come_in_pages(api: Api, people: dict[str, str]) -> None:
    answer = api.get("/users?type=AllUsers&per_page=2&page=2").json()
    assert answer["info"] == {
        "per_page": 2,
        "count": 2,
        "page": 2,
        "more_records": True,
    }


def test_no_such_users_is_204(api: Api) -> None:
    assert api.get("/users?type=DeletedUsers").status_code == 204


def test_unknown_user_type_is_refused(api: Api) -> None:
    assert fault(api.get("/users?type=Everybody"))[2]["param_name"] == "type"


def test_org_names_edition_and_zgid() -> None:
    with make(edition="free", licenses=3) as sim:
        (org,) = Api(sim).get("/org").json()["org"]
    assert org["zgid"].isdecimal()
    assert org["license_details"]["paid_type"] == "free"
    assert org["license_details"]["paid"] is False
    assert org["license_details"]["users_license_purchased"] == 3


# -- credits and limits --------------------------------------------------------


@pytest.mark.parametrize(("count", "cost"), [(1, 1), (10, 1), (11, 2), (100, 10)])
def test_insert_costs_one_credit_for_ten_records(
    sim: ZohoSimulator, api: Api, count: int, cost: int
) -> None:
    api.insert(*[{"Last_Name": "A"}] * count)
    assert sim.credits.total == cost


def test_deleted_list_costs_two(sim: ZohoSimulator, api: Api) -> None:
    api.get("/Contacts/deleted")
    api.get("/Contacts?fields=id")
    assert dict(sim.credits.by_route) == {"Contacts/deleted": 2, "Contacts": 1}


def test_token_calls_cost_nothing(sim: ZohoSimulator) -> None:
    refresh(sim, sim.act.make_refresh_token())
    assert sim.credits.total == 0


@pytest.mark.parametrize(
    ("edition", "licenses", "limit"),
    [
        ("free", 3, 5_000),
        ("standard", 4, 51_000),
        ("standard", 1000, 100_000),
        ("enterprise", 10, 60_000),
        ("ultimate", 10_000, 20_050_000),
    ],
)
def test_edition_and_licences_make_the_limit(
    edition: str, licenses: int, limit: int
) -> None:
    assert make(edition=edition, licenses=licenses).credits.limit == limit


def test_remaining_credits_show_past_half() -> None:
    with make(daily_limit=4) as sim:
        api = Api(sim)
        seen = [
            api.get("/org").headers.get("X-API-CREDITS-REMAINING") for _ in range(3)
        ]
    assert seen == [None, None, "1"]


def test_used_up_credits_are_429_for_a_rolling_day() -> None:
    with make(daily_limit=2) as sim:
        for _ in range(2):
            assert Api(sim).get("/org").status_code == 200
        assert fault(Api(sim).get("/org"))[:2] == (429, "TOO_MANY_REQUESTS")
        sim.clock.advance(hours=24, seconds=1)
        assert Api(sim).get("/org").status_code == 200


def test_concurrency_beyond_the_limit_is_429() -> None:
    with make(concurrency=2) as sim:
        sim.latency = 0.3
        apis = [Api(sim) for _ in range(4)]
        barrier = threading.Barrier(4)

        def call(api: Api) -> int:
            barrier.wait()
            return api.get("/org").status_code

        with ThreadPoolExecutor(4) as pool:
            statuses = sorted(pool.map(call, apis))
    assert statuses == [200, 200, 429, 429]


@pytest.mark.parametrize(
    ("knobs", "code", "header"),
    [
        ({"limit_body": "details", "retry_after": 7}, "TOO_MANY_REQUESTS", "7"),
        ({"limit_body": "plain"}, "RATE_LIMIT_EXCEEDED", None),
    ],
)
def test_429_has_the_shape_of_the_knob(
    knobs: dict[str, Any], code: str, header: str | None
) -> None:
    with make(**knobs) as sim:
        sim.faults.add("too_many_requests")
        answer = Api(sim).get("/org")
    assert fault(answer)[:2] == (429, code)
    assert answer.headers.get("Retry-After") == header


# -- faults --------------------------------------------------------------------


def test_token_expired_fault_strikes_once_and_kills_the_token(
    sim: ZohoSimulator, api: Api
) -> None:
    sim.faults.add("token_expired")
    assert fault(api.get("/org")) == (401, "INVALID_TOKEN", {})
    assert api.get("/org").status_code == 401
    assert Api(sim).get("/org").status_code == 200


def test_token_throttled_fault_strikes_the_token_endpoint(sim: ZohoSimulator) -> None:
    sim.faults.add("token_throttled")
    grant = sim.act.make_refresh_token()
    assert refresh(sim, grant).json()["error"] == "Access Denied"
    assert "access_token" in refresh(sim, grant).json()


def test_internal_error_may_come_after_the_write_was_applied(
    sim: ZohoSimulator, api: Api
) -> None:
    sim.faults.add("internal_error", route="Contacts", method="POST", when="after")
    answer = api.insert({"Last_Name": "A"})
    assert fault(answer)[:2] == (500, "INTERNAL_ERROR")
    assert len(sim.records("Contacts")) == 1


@pytest.mark.parametrize(("kind", "count"), [("drop_before", 0), ("drop_after", 1)])
def test_connection_may_be_cut_before_or_after_the_write(
    sim: ZohoSimulator, api: Api, kind: str, count: int
) -> None:
    sim.faults.add(kind, route="Contacts", method="POST")
    with pytest.raises(requests.ConnectionError):
        api.insert({"Last_Name": "A"})
    assert len(sim.records("Contacts")) == count


def test_proxy_page_is_html(sim: ZohoSimulator, api: Api) -> None:
    sim.faults.add("html", status=502)
    answer = api.get("/org")
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")


def test_maintenance_is_503(sim: ZohoSimulator, api: Api) -> None:
    sim.faults.add("maintenance")
    assert fault(api.get("/org"))[:2] == (503, "SERVICE_UNAVAILABLE")


def test_item_error_refuses_chosen_items(sim: ZohoSimulator, api: Api) -> None:
    options = {"items": [1], "code": "CANNOT_PERFORM_ACTION"}
    sim.faults.add("item_error", route="Contacts", options=options)
    answer = api.insert({"Last_Name": "A"}, {"Last_Name": "B"})
    codes = [i["code"] for i in answer.json()["data"]]
    assert codes == ["SUCCESS", "CANNOT_PERFORM_ACTION"]


def test_faults_can_name_one_route(sim: ZohoSimulator, api: Api) -> None:
    sim.faults.add("status", route="Contacts/deleted", status=418, count=None)
    assert api.get("/Contacts?fields=id").status_code == 204
    assert api.get("/Contacts/deleted").status_code == 418


# -- log, dump, control --------------------------------------------------------


def test_log_counts_requests_and_writes_by_route(sim: ZohoSimulator, api: Api) -> None:
    refresh(sim, sim.act.make_refresh_token())
    (record_id,) = many(sim, 1)
    api.get(f"/Contacts/{record_id}")
    api.insert({"Last_Name": "A"})
    api("DELETE", f"/Contacts?ids={record_id}")
    assert sim.log.counts() == {
        "POST oauth/token": 1,
        "GET Contacts/{id}": 1,
        "POST Contacts": 1,
        "DELETE Contacts": 1,
    }
    assert sim.log.writes() == 2


def test_dump_has_plain_records_for_a_comparer(sim: ZohoSimulator) -> None:
    sim.act.create("Contacts", tags=["Private"], Last_Name="A", Account_Name="Nordwind")
    dump = json.loads(json.dumps(sim.dump()))
    (record,) = dump["records"]["Contacts"]
    assert record["Tag"] == ["Private"]
    assert record["Account_Name"]["name"] == "Nordwind"
    assert record["Modified_Time"] == "2026-01-15T09:30:00+00:00"


def test_acts_and_clock_work_over_http(sim: ZohoSimulator, api: Api) -> None:
    control = ControlClient(sim.url)
    record_id = control.act("create", module="Contacts", Last_Name="Remote")
    control.clock(advance={"minutes": 2})
    control.act("edit", module="Contacts", record_id=record_id, Title="x")
    row = api.read(record_id)
    assert row["Modified_Time"] == "2026-01-15T10:32:00+01:00"


def test_clearing_the_log_over_http_forgets_writes_too(
    sim: ZohoSimulator, api: Api
) -> None:
    api.insert({"Last_Name": "A"})
    ControlClient(sim.url).clear_log()
    assert sim.writes_seen == []
    assert sim.log.count() == 0


def test_seed_fills_the_organisation(sim: ZohoSimulator) -> None:
    made = sim.act.seed(
        users=[{"email": "ben@fjordlicht.example", "first_name": "Ben"}],
        records={
            "Contacts": [
                {
                    "owner": "ben@fjordlicht.example",
                    "Last_Name": "A",
                    "Account_Name": "Nordwind",
                }
            ]
        },
    )
    (record,) = sim.records("Contacts")
    assert made == {"Contacts": [record["id"]]}
    assert record["Owner"]["email"] == "ben@fjordlicht.example"


def test_listing_reads_no_more_records_than_a_page(sim: ZohoSimulator) -> None:
    many(sim, 3000)
    api = Api(sim)
    seen: list[str] = []
    sees = sim.world.sees

    def counting(user: Any, record: Any) -> bool:
        seen.append(record.id)
        return sees(user, record)

    sim.world.sees = counting  # type: ignore[method-assign]
    rows = api.walk("/Contacts?fields=id&sort_by=Modified_Time&sort_order=asc")
    assert len(rows) == 3000
    assert len(seen) <= 3000 + 20


def test_many_clients_write_at_once_without_losing_a_record(
    sim: ZohoSimulator,
) -> None:
    apis = [Api(sim) for _ in range(8)]

    def work(api: Api) -> None:
        for n in range(10):
            assert api.insert({"Last_Name": f"N{n}"}).status_code == 201

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, apis))
    ids = [r["id"] for r in sim.records("Contacts")]
    assert len(set(ids)) == 80


def test_simulator_runs_alone_and_says_how_to_reach_it(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text('{"records": {"Contacts": [{"Last_Name": "Seeded"}]}}')
    command = [sys.executable, "-m", "tests.simulators.zoho", "--knob", "dc=eu"]
    alone = subprocess.Popen(
        [*command, "--seed", str(seed)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert alone.stdout is not None
        ready = json.loads(alone.stdout.readline())
        form = {"grant_type": "refresh_token"}
        form |= {k: ready[k] for k in ("client_id", "client_secret", "refresh_token")}
        token_ = requests.post(f"{ready['url']}/oauth/v2/token", data=form).json()
        answer = requests.get(
            f"{token_['api_domain']}/crm/v8/Contacts?fields=Last_Name",
            headers={"Authorization": f"Zoho-oauthtoken {token_['access_token']}"},
        )
    finally:
        alone.terminate()
        alone.communicate()
    assert first(answer)["Last_Name"] == "Seeded"


KINDS = ("create", "edit", "delete", "restore", "purge", "owner", "wait")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 9)), max_size=60))
def test_indexes_agree_with_the_records_after_any_acts(
    steps: list[tuple[str, int]],
) -> None:
    sim = make(unique_email=True)
    other = sim.act.add_user("ben@fjordlicht.example", "Ben", "Berg")
    owners = ["integration@fjordlicht.example", other]
    table = sim.world.tables["Contacts"]
    for kind, n in steps:
        live, binned = list(table.ids), list(table.bin)
        if kind == "create":
            sim.act.create("Contacts", Last_Name="L", Email=f"m{n}@b.co")
        elif kind == "wait":
            sim.clock.advance(seconds=n)
        elif kind == "restore" and binned:
            sim.act.restore("Contacts", binned[n % len(binned)])
        elif kind in ("edit", "delete", "purge", "owner") and live:
            record_id = live[n % len(live)]
            if kind == "edit":
                sim.act.edit("Contacts", record_id, Email=f"m{n}@b.co")
            elif kind == "owner":
                sim.act.change_owner("Contacts", record_id, owners[n % 2])
            else:
                getattr(sim.act, kind)("Contacts", record_id)
    rows = table.rows.values()
    assert table.ids == sorted(table.rows)
    assert table.by_modified == sorted((r.modified, r.id) for r in rows)
    assert table.by_created == sorted((r.created, r.id) for r in rows)
    for owner, ids in table.by_owner.items():
        assert ids == sorted(r.id for r in rows if r.owner == owner)
    for email, found in table.keys.get("Email", {}).items():
        assert found == {r.id for r in rows if r.values.get("Email") == email}
    assert not set(table.rows) & set(table.bin)


def test_clock_ticks_by_itself_unless_frozen() -> None:
    with ZohoSimulator() as sim:
        before = sim.clock.now()
        time.sleep(0.01)
        assert sim.clock.now() > before


def test_a_distant_server_is_busy_for_longer_and_the_load_is_counted() -> None:
    with make() as sim:
        control = ControlClient(sim.url)
        control.latency(0.3)
        apis = [Api(sim) for _ in range(3)]
        barrier = threading.Barrier(3)

        def call(api: Api) -> int:
            barrier.wait()
            return api.get("/org").status_code

        with ThreadPoolExecutor(3) as pool:
            assert set(pool.map(call, apis)) == {200}
        log = control.log()
        assert (log["peak_requests"], log["peak_connections"]) == (3, 3)
        control.clear_log()
        control.latency(0)
        assert apis[0].get("/org").status_code == 200
        assert control.log()["peak_requests"] == 1
