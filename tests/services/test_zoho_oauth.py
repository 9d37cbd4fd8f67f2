"""The grant: consent, code, tokens, and how each failure is told apart."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from notes_zoho_sync.services.errors import (
    Misconfigured,
    NeedsSignIn,
    NotSent,
    RetryLater,
    Throttled,
)
from notes_zoho_sync.services.zoho.datacenters import data_center
from notes_zoho_sync.services.zoho.metadata import current_user
from notes_zoho_sync.services.zoho.oauth import SCOPES, Client, OAuth, Tokens
from tests.services.zoho_support import LONG_AGO, Bench, MemoryTokens

REDIRECT = "https://odoo.example/notes_zoho_sync/oauth"


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def consent(bench: Bench) -> dict[str, str]:
    """What Zoho's redirect brings after a person agreed."""
    url = bench.oauth.authorization_url(REDIRECT, "state-1")
    answer = requests.get(url, allow_redirects=False, timeout=5)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def test_the_consent_address_asks_for_a_lasting_grant() -> None:
    oauth = OAuth(Client("id-1", "secret-1"), data_center("eu"))
    url = urlsplit(oauth.authorization_url(REDIRECT, "s t&1"))
    assert f"{url.scheme}://{url.netloc}" == "https://accounts.zoho.eu"
    query = parse_qs(url.query)
    assert query["access_type"] == ["offline"]
    assert query["prompt"] == ["consent"]
    assert query["scope"] == [",".join(SCOPES)]
    assert query["state"] == ["s t&1"]
    assert query["redirect_uri"] == [REDIRECT]
    assert "secret-1" not in url.query


def test_a_code_becomes_a_token_that_works(bench: Bench) -> None:
    back = consent(bench)
    token = bench.oauth.exchange(back["code"], REDIRECT, back["accounts-server"])
    bench.store.token = token
    assert token.api_domain == bench.sim.url
    assert set(token.scopes) == set(SCOPES)
    assert current_user(bench.session).email == "integration@fjordlicht.example"
    assert bench.store.saves == 0


def test_a_self_clients_code_needs_no_redirect_address(bench: Bench) -> None:
    code = bench.sim.act.make_self_client_code()
    token = bench.oauth.exchange(f" {code}\n")
    assert token.refresh_token and token.fresh(bench.clock())


def test_a_code_serves_once(bench: Bench) -> None:
    code = bench.sim.act.make_self_client_code()
    bench.oauth.exchange(code)
    with pytest.raises(Misconfigured) as failure:
        bench.oauth.exchange(code)
    assert failure.value.reason.code == "zoho_code_refused"


def test_an_old_code_says_what_to_do(bench: Bench) -> None:
    code = bench.sim.act.make_self_client_code(minutes=3)
    bench.sim.clock.advance(minutes=4)
    with pytest.raises(Misconfigured, match="make a new one"):
        bench.oauth.exchange(code)


def test_a_wrong_secret_names_the_client(bench: Bench) -> None:
    oauth = replace_secret(bench, "wrong")
    with pytest.raises(Misconfigured) as failure:
        oauth.exchange(bench.sim.act.make_self_client_code())
    assert failure.value.setting == "client_id"
    assert "wrong" not in str(failure.value)


def replace_secret(bench: Bench, secret: str) -> OAuth:
    client = Client(bench.sim.client_id, secret)
    return OAuth(client, bench.oauth.center, bench.transport)


def test_an_unregistered_redirect_address_is_named(bench: Bench) -> None:
    back = consent(bench)
    other = "https://odoo.example/other"
    with pytest.raises(Misconfigured, match="odoo.example/other"):
        bench.oauth.exchange(back["code"], other, back["accounts-server"])


def test_a_redirect_that_names_a_foreign_server_sends_nothing(bench: Bench) -> None:
    with pytest.raises(Misconfigured):
        bench.oauth.exchange("code", REDIRECT, "https://accounts.evil.example")
    assert bench.sim.log.count("oauth/token") == 0


def test_a_grant_without_refresh_token_is_refused(bench: Bench) -> None:
    url = bench.oauth.authorization_url(REDIRECT, "s").replace("offline", "online")
    answer = requests.get(url, allow_redirects=False, timeout=5)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    with pytest.raises(Misconfigured) as failure:
        bench.oauth.exchange(code, REDIRECT)
    assert failure.value.reason.code == "zoho_no_refresh_token"


def test_refreshing_keeps_the_refresh_token(bench: Bench) -> None:
    before = bench.grant()
    after = bench.oauth.refresh(before)
    assert after.refresh_token == before.refresh_token
    assert after.access_token and after.fresh(bench.clock())
    assert len(after.issued) == 1


@pytest.mark.parametrize("old", [False, True])
def test_the_life_of_a_token_is_read_in_seconds(bench: Bench, old: bool) -> None:
    bench.sim.knobs.old_expires = old
    bench.sim.clock.freeze()
    token = bench.oauth.refresh(bench.grant())
    assert token.expires - bench.clock() == timedelta(hours=1)


@pytest.mark.parametrize("status", [200, 400, 401])
def test_a_revoked_grant_needs_a_person_whatever_the_status(
    bench: Bench, status: int
) -> None:
    bench.sim.knobs.token_error_status = status
    token = bench.grant()
    bench.sim.act.revoke(token.refresh_token)
    with pytest.raises(NeedsSignIn) as failure:
        bench.oauth.refresh(token)
    assert failure.value.reason.code == "zoho_grant_ended"


@pytest.mark.parametrize("status", [200, 400])
def test_the_token_throttle_disconnects_nobody(bench: Bench, status: int) -> None:
    bench.sim.knobs.token_limit_status = status
    bench.sim.faults.add("token_throttled")
    with pytest.raises(Throttled) as failure:
        bench.oauth.refresh(bench.grant())
    assert failure.value.after == 600


def test_a_changed_secret_is_a_setting_and_not_a_dead_grant(bench: Bench) -> None:
    with pytest.raises(Misconfigured) as failure:
        replace_secret(bench, "changed").refresh(bench.grant())
    assert failure.value.setting == "client_id"


@pytest.mark.parametrize("kind", ["html", "bad_json", "drop_after", "status"])
def test_an_unreadable_token_answer_is_tried_again_later(
    bench: Bench, kind: str
) -> None:
    bench.sim.faults.add(kind, route="oauth/token")
    with pytest.raises(RetryLater):
        bench.oauth.refresh(bench.grant())


def test_a_silent_accounts_server_is_unreachable(bench: Bench) -> None:
    token = bench.grant()
    bench.sim.stop()
    with pytest.raises(NotSent):
        bench.oauth.refresh(token)


def test_a_foreign_api_domain_in_the_answer_is_refused(bench: Bench) -> None:
    bench.sim.knobs.base_url = "https://api.evil.example"
    with pytest.raises(Misconfigured) as failure:
        bench.oauth.refresh(bench.grant())
    assert failure.value.setting == "data_center"


def test_revoking_ends_the_grant(bench: Bench) -> None:
    token = bench.grant()
    bench.oauth.revoke(token)
    with pytest.raises(NeedsSignIn):
        bench.oauth.refresh(token)


def test_revoking_a_dead_grant_is_no_error(bench: Bench) -> None:
    token = bench.grant()
    bench.sim.act.revoke(token.refresh_token)
    bench.oauth.revoke(token)
    assert bench.sim.log.count("oauth/revoke") == 1


def test_revoking_without_an_answer_says_so(bench: Bench) -> None:
    bench.sim.faults.add("status", route="oauth/revoke", status=500)
    with pytest.raises(RetryLater):
        bench.oauth.revoke(bench.grant())


# -- one token for all workers -----------------------------------------------------


def test_a_token_serves_until_shortly_before_its_end(bench: Bench) -> None:
    tokens = Tokens(bench.oauth, bench.store)
    first = tokens.current()
    bench.sim.clock.advance(minutes=58)
    assert tokens.current() == first
    bench.sim.clock.advance(seconds=61)
    assert tokens.current() != first
    assert bench.sim.log.count("oauth/token") == 2


def test_a_refused_token_that_another_worker_replaced_is_not_renewed(
    bench: Bench,
) -> None:
    tokens = Tokens(bench.oauth, bench.store)
    first = tokens.current()
    second = tokens.renew(first.access_token)
    assert tokens.renew(first.access_token) == second
    assert bench.sim.log.count("oauth/token") == 2


def test_many_workers_make_one_token(bench: Bench) -> None:
    start = threading.Barrier(8)
    seen = []

    def work() -> None:
        tokens = Tokens(bench.oauth, bench.store)
        start.wait()
        seen.append(tokens.current().access_token)

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(set(seen)) == 1
    assert bench.store.saves == 1


def test_the_eleventh_token_in_ten_minutes_is_not_asked_for(bench: Bench) -> None:
    tokens = Tokens(bench.oauth, bench.store)
    refused = tokens.current().access_token
    for _ in range(9):
        refused = tokens.renew(refused).access_token
    with pytest.raises(Throttled) as failure:
        tokens.renew(refused)
    assert failure.value.after is not None and 0 < failure.value.after <= 600
    assert bench.sim.log.count("oauth/token") == 10


def test_after_ten_minutes_tokens_may_be_made_again(bench: Bench) -> None:
    tokens = Tokens(bench.oauth, bench.store)
    refused = tokens.current().access_token
    for _ in range(9):
        refused = tokens.renew(refused).access_token
    bench.sim.clock.advance(minutes=10, seconds=1)
    assert tokens.renew(refused).access_token != refused


def test_no_organisation_connected_is_said_in_words(bench: Bench) -> None:
    with pytest.raises(NeedsSignIn) as failure:
        Tokens(bench.oauth, MemoryTokens()).current()
    assert failure.value.reason.code == "zoho_not_connected"


def test_a_dead_grant_is_tried_once_for_all_accounts(bench: Bench) -> None:
    assert bench.store.token is not None
    bench.sim.act.revoke(bench.store.token.refresh_token)
    tokens = Tokens(bench.oauth, bench.store)
    for _ in range(3):
        with pytest.raises(NeedsSignIn):
            tokens.current()
    assert bench.sim.log.count("oauth/token") == 1


def test_connecting_again_revives_the_same_worker(bench: Bench) -> None:
    assert bench.store.token is not None
    bench.sim.act.revoke(bench.store.token.refresh_token)
    tokens = Tokens(bench.oauth, bench.store)
    with pytest.raises(NeedsSignIn):
        tokens.current()
    bench.store.token = bench.grant()
    assert tokens.current().access_token


def test_a_moved_organisation_is_followed(bench: Bench) -> None:
    bench.store.token = bench.grant(api_domain="https://www.zohoapis.com")
    assert Tokens(bench.oauth, bench.store).current().api_domain == bench.sim.url


def test_no_secret_is_shown(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = Tokens(bench.oauth, bench.store).current()
    with pytest.raises(Misconfigured) as failure:
        replace_secret(bench, "falsch-42").refresh(token)
    shown = f"{token} {failure.value!r} {bench.oauth.client} {caplog.text}"
    for secret in (
        token.access_token,
        token.refresh_token,
        bench.sim.client_secret,
        "falsch-42",
    ):
        assert secret not in shown


def test_an_ended_token_is_not_fresh(bench: Bench) -> None:
    token = replace(bench.grant(), access_token="x", expires=LONG_AGO)
    assert not token.fresh(bench.clock())
