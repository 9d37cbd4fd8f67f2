"""Which servers may be trusted with a grant."""

from __future__ import annotations

import pytest

from notes_zoho_sync.services.errors import Misconfigured
from notes_zoho_sync.services.zoho.datacenters import (
    DATA_CENTERS,
    data_center,
    record_url,
)


@pytest.mark.parametrize(
    ("code", "accounts", "api"),
    [
        ("us", "https://accounts.zoho.com", "https://www.zohoapis.com"),
        ("eu", "https://accounts.zoho.eu", "https://www.zohoapis.eu"),
        ("in", "https://accounts.zoho.in", "https://www.zohoapis.in"),
        ("au", "https://accounts.zoho.com.au", "https://www.zohoapis.com.au"),
        ("jp", "https://accounts.zoho.jp", "https://www.zohoapis.jp"),
        ("cn", "https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn"),
        ("ca", "https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
        ("sa", "https://accounts.zoho.sa", "https://www.zohoapis.sa"),
        ("uk", "https://accounts.zoho.uk", "https://www.zohoapis.uk"),
    ],
)
def test_each_data_center_has_its_servers(code: str, accounts: str, api: str) -> None:
    center = data_center(code)
    assert (center.accounts_url, center.api_url) == (accounts, api)


def test_no_other_data_center_is_known() -> None:
    assert len(DATA_CENTERS) == 9
    with pytest.raises(Misconfigured) as failure:
        data_center("mars")
    assert failure.value.setting == "data_center"
    assert "mars" in str(failure.value)


def test_a_user_of_another_data_center_is_followed_there() -> None:
    center = data_center("us")
    assert center.check_accounts_server("https://accounts.zoho.eu") == (
        "https://accounts.zoho.eu"
    )


@pytest.mark.parametrize("environment", ["www", "sandbox", "developer"])
def test_all_environments_of_zoho_are_accepted(environment: str) -> None:
    url = f"https://{environment}.zohoapis.in"
    assert data_center("us").check_api_domain(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://accounts.zoho.com.evil.example",
        "https://evil.example/accounts.zoho.com",
        "https://accounts.zoho.com@evil.example",
        "https://user:word@accounts.zoho.com",
        "http://accounts.zoho.com",
        "https://accounts.zoho.com:8443",
        "https://accounts.zoho.com/oauth",
        "https://accounts.zoho.com?next=x",
        "https://accounts.zoho.com#x",
        "https://accounts.zoho.com:port",
        "javascript:alert(1)",
        "accounts.zoho.com",
        "",
    ],
)
def test_a_foreign_accounts_server_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured):
        data_center("us").check_accounts_server(url)


@pytest.mark.parametrize(
    "url",
    ["https://www.zohoapis.com.evil.example", "https://evil.example", "http://[::1"],
)
def test_a_foreign_api_domain_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured):
        data_center("eu").check_api_domain(url)


def test_the_refusal_does_not_repeat_a_password_in_the_address() -> None:
    with pytest.raises(Misconfigured) as failure:
        data_center("us").check_api_domain("https://me:geheim@evil.example/x")
    assert "geheim" not in str(failure.value)


def test_custom_servers_are_taken_as_entered_and_no_others() -> None:
    center = data_center("custom", "http://localhost:8001/", "HTTP://LOCALHOST:8001")
    assert center.accounts_url == "http://localhost:8001"
    assert center.check_api_domain("http://localhost:8001") == "http://localhost:8001"
    with pytest.raises(Misconfigured):
        center.check_api_domain("https://www.zohoapis.com")
    with pytest.raises(Misconfigured):
        center.check_accounts_server("https://accounts.zoho.com")


@pytest.mark.parametrize("url", ["", "zoho.local", "ftp://zoho.local"])
def test_custom_needs_whole_addresses(url: str) -> None:
    with pytest.raises(Misconfigured) as failure:
        data_center("custom", url, "https://api.local")
    assert failure.value.reason.code == "zoho_custom_server"


def test_a_default_port_is_the_same_server() -> None:
    center = data_center("us")
    assert center.check_api_domain("https://www.zohoapis.com:443") == (
        "https://www.zohoapis.com"
    )


def test_a_records_page_is_where_people_of_that_data_centre_open_it() -> None:
    for code, host in (
        ("us", "zoho.com"),
        ("au", "zoho.com.au"),
        ("ca", "zohocloud.ca"),
    ):
        crm = DATA_CENTERS[code].crm_url
        page = record_url(crm, "Contacts", "4711")
        assert page == f"https://crm.{host}/crm/tab/Contacts/4711"
    assert record_url("https://x.test/", "Events", "1/../2?a") == (
        "https://x.test/crm/tab/Events/1%2F..%2F2%3Fa"
    )
