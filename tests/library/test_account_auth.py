"""The auth of a stored account: a fresh token, one refresh, one retry, and no other server."""

import asyncio
import logging
import math
import pickle
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

import httpx
import pytest
import requests
import trio

import tokcheck
from tests.support.accounts.stored_accounts import DEVICES, GOOGLE, StoredAccounts
from tests.support.attack.leaks import find_leaks
from tests.support.tokens import FITBIT, GOOGLE_REFRESH
from tests.support.transport.auth_clients import (
    UNUSED_ADDRESS,
    Answer,
    SendWith,
    make_auth,
    send_by_httpx,
    send_by_requests,
)
from tests.support.transport.fixed_responses import FixedResponse, serve_fixed_responses
from tokcheck.library.account_auth import AccountAuth


def test_a_request_gets_the_token_of_the_account(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.add("alex")
    answer = send_with(make_auth(accounts), accounts.sandbox.url + DEVICES)
    assert 200 == answer.status_code
    assert "Charge 5" == answer.json()[0]["deviceVersion"]
    assert (0, {200: 1}) == (accounts.refreshes(), accounts.statuses())


def test_a_notebook_needs_two_lines(
    accounts: StoredAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.add("alex")
    for name, value in accounts.environment.items():
        monkeypatch.setenv(name, value)
    client = httpx.Client(base_url=accounts.sandbox.url, auth=tokcheck.auth("alex"))
    assert 2 == len(client.get(DEVICES).json())
    client.close()


def test_it_works_on_the_event_loop_of_trio(accounts: StoredAccounts) -> None:
    accounts.sandbox.state.revoke(accounts.add("alex").access.reveal())

    async def send() -> int:
        async with httpx.AsyncClient(auth=make_auth(accounts)) as client:
            return (await client.get(accounts.sandbox.url + DEVICES)).status_code

    assert (200, 1) == (trio.run(send), accounts.refreshes())


def test_the_other_provider_works_as_well(accounts: StoredAccounts, send_with: SendWith) -> None:
    accounts.add("gina", GOOGLE, left=-10)
    answer = send_with(make_auth(accounts, "gina"), f"{accounts.sandbox.url}/v4/users/me/identity")
    assert (200, 1) == (answer.status_code, accounts.refreshes())


@pytest.mark.parametrize("left", [-10, 0, 299])
def test_a_token_that_ends_soon_is_refreshed_first(
    accounts: StoredAccounts, send_with: SendWith, left: float
) -> None:
    before = accounts.add("alex", left=left)
    answer = send_with(make_auth(accounts), accounts.sandbox.url + DEVICES)
    assert (200, 1, {200: 1}) == (answer.status_code, accounts.refreshes(), accounts.statuses())
    assert before.access.reveal() != accounts.token("alex")


@pytest.mark.parametrize(
    ("refreshes", "min_ttl"), [(0, 10.0), (0, timedelta(seconds=10)), (1, 600.0)]
)
def test_the_life_that_is_needed_can_be_chosen(
    accounts: StoredAccounts, refreshes: int, min_ttl: float | timedelta
) -> None:
    accounts.add("alex", left=200)
    send_by_httpx(make_auth(accounts, min_ttl=min_ttl), accounts.sandbox.url + DEVICES)
    assert refreshes == accounts.refreshes()


def test_the_clock_can_be_chosen(accounts: StoredAccounts) -> None:
    grant = accounts.add("alex")
    assert grant.expires_at is not None
    near_the_end = datetime.fromtimestamp(grant.expires_at - 60, UTC)
    send_by_httpx(make_auth(accounts, now=lambda: near_the_end), accounts.sandbox.url + DEVICES)
    assert 1 == accounts.refreshes()


def test_a_refused_token_is_replaced_and_the_request_sent_again(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.sandbox.state.revoke(accounts.add("alex").access.reveal())
    answer = send_with(make_auth(accounts), accounts.sandbox.url + DEVICES)
    assert 200 == answer.status_code
    assert (1, {401: 1, 200: 1}) == (accounts.refreshes(), accounts.statuses())


def _send_here(accounts: StoredAccounts, send_with: SendWith, url: str) -> int:
    """Send one request with an auth of its own, and return the status of the response."""
    return send_with(make_auth(accounts, api_url=url), f"{url}/here").status_code


def test_an_api_that_refuses_every_token_causes_one_refresh(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    """Each request has an auth of its own, as in a script that calls ``httpx.get``."""
    accounts.add("alex")
    with serve_fixed_responses(GET_here=FixedResponse(401)) as server:
        send = partial(_send_here, accounts, send_with, server.url)
        assert [401] * 4 == [send() for _ in range(4)]
        assert (5, 1) == (len(server.received), accounts.refreshes())
        accounts.add("alex")  # a new token may be accepted
        assert [401] * 3 == [send() for _ in range(3)]
        assert (5 + 4, 2) == (len(server.received), accounts.refreshes())


def test_a_replacement_that_was_accepted_is_replaced_when_it_is_refused(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.sandbox.state.revoke(accounts.add("alex").access.reveal())
    url = accounts.sandbox.url + DEVICES
    assert 200 == send_with(make_auth(accounts), url).status_code
    accounts.sandbox.state.revoke(accounts.token("alex"))
    assert 200 == send_with(make_auth(accounts), url).status_code
    assert (2, {401: 2, 200: 2}) == (accounts.refreshes(), accounts.statuses())


def test_a_replacement_that_works_after_an_outage_is_replaced_when_it_is_refused(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.add("alex")
    with serve_fixed_responses(GET_here=FixedResponse(401)) as server:
        send = partial(_send_here, accounts, send_with, server.url)
        assert [401] * 2 == [send(), send()]
        server.responses["GET /here"] = FixedResponse(200)
        assert (200, 1) == (send(), accounts.refreshes())
        server.once["GET /here"] = FixedResponse(401)
        assert (200, 2) == (send(), accounts.refreshes())


def test_a_resource_that_refuses_every_token_causes_one_refresh_beside_one_that_works(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.add("alex")
    responses = {"GET_closed": FixedResponse(401), "GET_open": FixedResponse(200)}
    with serve_fixed_responses(**responses) as server:
        for _ in range(4):
            auth = make_auth(accounts, api_url=server.url)
            closed = send_with(auth, f"{server.url}/closed")
            opened = send_with(auth, f"{server.url}/open")
            assert (401, 200) == (closed.status_code, opened.status_code)
        assert 1 == accounts.refreshes()
        server.once["GET /open"] = FixedResponse(401)
        assert 200 == send_with(auth, f"{server.url}/open").status_code
        assert 2 == accounts.refreshes()


def test_a_body_in_memory_is_sent_again(accounts: StoredAccounts, send_with: SendWith) -> None:
    accounts.add("alex")
    with serve_fixed_responses(POST_log=FixedResponse(401)) as server:
        send_with(make_auth(accounts, api_url=server.url), f"{server.url}/log", body=b"weight=70")
        assert [{"weight": "70"}] * 2 == [request.form for request in server.received]


def _stream() -> Iterator[bytes]:
    yield b"weight=70"


async def _async_stream() -> AsyncIterator[bytes]:
    yield b"weight=70"


def test_a_streaming_body_is_never_sent_again(accounts: StoredAccounts) -> None:
    """The token is replaced once all the same, so that the caller's next attempt works."""
    length = {"Content-Length": "9"}
    accounts.add("alex")

    async def send_async(url: str, auth: AccountAuth) -> int:
        async with httpx.AsyncClient(auth=auth) as client:
            return (await client.post(url, content=_async_stream(), headers=length)).status_code

    with serve_fixed_responses(POST_log=FixedResponse(401)) as server:
        url = f"{server.url}/log"

        def send_stream(auth: AccountAuth) -> Answer:
            return httpx.post(url, content=_stream(), headers=length, auth=auth)

        def send_file(auth: AccountAuth) -> Answer:
            return requests.post(url, BytesIO(b"weight=70"), headers=length, auth=auth, timeout=30)

        for number, send in enumerate((send_stream, send_file), start=1):
            assert 401 == send(make_auth(accounts, api_url=server.url)).status_code
            assert (number, 1) == (len(server.received), accounts.refreshes())
        assert 401 == asyncio.run(send_async(url, make_auth(accounts, api_url=server.url)))
        assert [{"weight": "70"}] * 3 == [request.form for request in server.received]


def test_an_account_that_is_missing_is_named(accounts: StoredAccounts, send_with: SendWith) -> None:
    accounts.add("alex")
    with pytest.raises(tokcheck.UsageError, match="alexa") as caught:
        send_with(make_auth(accounts, "alexa"), accounts.sandbox.url + DEVICES)
    assert "Did you mean alex?" in caught.value.hint


def test_nothing_is_printed(accounts: StoredAccounts, capfd: pytest.CaptureFixture[str]) -> None:
    accounts.add("alex", left=60)
    environment = accounts.environment | {"TOKCHECK_FITBIT_URL": UNUSED_ADDRESS}
    logging.getLogger("tokcheck")
    with serve_fixed_responses(GET_here=FixedResponse(200)) as own:
        send_by_httpx(
            tokcheck.auth("alex", environment=environment, api_url=own.url), f"{own.url}/here"
        )
    assert ("", "") == tuple(capfd.readouterr())


def test_a_folder_that_others_can_read_is_refused(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.add("alex")
    accounts.home.chmod(0o755)
    with pytest.raises(tokcheck.StoreError, match="accessible"):
        send_with(make_auth(accounts), accounts.sandbox.url + DEVICES)


def test_no_error_shows_a_secret(accounts: StoredAccounts, send_with: SendWith) -> None:
    """Neither its texts nor its pickle do, nor the variables of the package in a traceback."""
    grant = accounts.add("alex", left=-10)
    assert grant.refresh is not None
    assert grant.client.secret is not None
    secrets = [each.reveal() for each in (grant.access, grant.refresh, grant.client.secret)]
    url = accounts.sandbox.url + DEVICES
    nowhere = accounts.environment | {"TOKCHECK_FITBIT_URL": UNUSED_ADDRESS}
    leaks: dict[str, list[str]] = {}

    def collect(auth: AccountAuth, address: str) -> None:
        with pytest.raises(tokcheck.TokcheckError) as caught:
            send_with(auth, address)
        leaks[type(caught.value).__name__] = find_leaks(caught.value, *secrets)

    collect(make_auth(accounts), "http://127.0.0.1:9/")
    collect(tokcheck.auth("alex", environment=nowhere), UNUSED_ADDRESS)
    accounts.sandbox.state.revoke_grant(grant.refresh.reveal())
    collect(make_auth(accounts), url)
    accounts.home.chmod(0o755)
    collect(make_auth(accounts), url)
    expected = ("UsageError", "NetError", "GrantError", "StoreError")
    assert {name: [] for name in expected} == leaks


@pytest.mark.parametrize("token", [FITBIT, GOOGLE_REFRESH])
def test_a_token_in_place_of_a_name_is_refused_at_once(token: str) -> None:
    with pytest.raises(tokcheck.UsageError) as raised:
        tokcheck.auth(token)
    assert token not in repr(vars(raised.value))


def test_an_auth_has_no_token_in_it_and_can_be_pickled(accounts: StoredAccounts) -> None:
    token = accounts.add("alex").access.reveal()
    auth, url = make_auth(accounts), accounts.sandbox.url + DEVICES
    send_by_httpx(auth, url)
    assert "tokcheck.auth('alex')" == repr(auth)
    assert token not in repr(vars(auth._tokens))  # noqa: SLF001 - all that it remembers
    assert token.encode() not in pickle.dumps(auth)
    assert 200 == send_by_requests(pickle.loads(pickle.dumps(auth)), url).status_code
    response = requests.get(url, auth=auth, timeout=30)
    assert 200 == pickle.loads(pickle.dumps(response)).status_code


@pytest.mark.parametrize("min_ttl", [-5, timedelta(seconds=-1), math.nan])
def test_a_time_to_live_that_is_none_is_an_error(min_ttl: Any) -> None:
    with pytest.raises(tokcheck.UsageError, match="min_ttl is"):
        tokcheck.auth("alex", min_ttl=min_ttl)
