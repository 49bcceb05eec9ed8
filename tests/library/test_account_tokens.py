"""The tokens of an account: one refresh for many requests, in threads, tasks and processes."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import tokcheck
from tests.support.accounts.stored_accounts import DEVICES, GOOGLE, StoredAccounts
from tests.support.paths import ROOT
from tests.support.transport.auth_clients import (
    UNUSED_ADDRESS,
    Answer,
    SendWith,
    make_auth,
    send_by_httpx,
    send_by_requests,
)
from tests.support.transport.fixed_responses import FixedResponse, serve_fixed_responses
from tokcheck.accounts.store import Store
from tokcheck.library.account_auth import AccountAuth


def test_a_token_that_another_process_replaced_is_used_without_a_refresh(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    """Its request was on its way when the store got the newer token."""
    old = accounts.add("alex")
    url = accounts.sandbox.url + DEVICES

    class DelayedAuth(AccountAuth):
        def __init__(self) -> None:
            super().__init__(make_auth(accounts)._tokens)  # noqa: SLF001 - the same account

        def __call__(self, request: Any) -> Any:
            prepared = super().__call__(request)
            replace_once()
            return prepared

        def _authorize(self, request: httpx.Request, *, is_async: bool = False) -> str:
            fingerprint = super()._authorize(request, is_async=is_async)
            replace_once()
            return fingerprint

    def replace_once() -> None:
        if accounts.token("alex") == old.access.reveal():
            accounts.sandbox.state.revoke(old.access.reveal())
            accounts.add("alex")

    assert 200 == send_with(DelayedAuth(), url).status_code
    assert (0, {401: 1, 200: 1}) == (accounts.refreshes(), accounts.statuses())


@pytest.mark.parametrize("refused", [False, True])
def test_many_threads_refresh_once(accounts: StoredAccounts, *, refused: bool) -> None:
    grant = accounts.add("alex", left=None if refused else -10)
    if refused:
        accounts.sandbox.state.revoke(grant.access.reveal())
    auth, url = make_auth(accounts), accounts.sandbox.url + DEVICES
    together = threading.Barrier(8)
    statuses: list[int] = []

    def work(send: Callable[[], Answer]) -> None:
        together.wait(30)
        statuses.append(send().status_code)

    threads = [
        threading.Thread(target=work, args=(lambda send=send: send(auth, url),))
        for send in (send_by_httpx, send_by_requests) * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ([200] * 8, 1) == (statuses, accounts.refreshes())


@pytest.mark.parametrize("refused", [False, True])
def test_many_tasks_refresh_once(accounts: StoredAccounts, *, refused: bool) -> None:
    grant = accounts.add("alex", left=None if refused else -10)
    if refused:
        accounts.sandbox.state.revoke(grant.access.reveal())

    async def send_all() -> list[int]:
        async with httpx.AsyncClient(auth=make_auth(accounts)) as client:
            url = accounts.sandbox.url + DEVICES
            responses = await asyncio.gather(*(client.get(url) for _ in range(20)))
            return [response.status_code for response in responses]

    assert ([200] * 20, 1) == (asyncio.run(send_all()), accounts.refreshes())


_PROGRAM = """
import sys, httpx, tokcheck
with httpx.Client(auth=tokcheck.auth("alex")) as client:
    sys.stdin.readline()
    print(client.get(sys.argv[1]).status_code, flush=True)
"""


def test_several_processes_refresh_once(accounts: StoredAccounts) -> None:
    accounts.sandbox.state.revoke(accounts.add("alex").access.reveal())
    environment = accounts.environment | {"PYTHONPATH": str(ROOT / "monitor"), "PATH": ""}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, accounts.sandbox.url + DEVICES],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert (["200\n"] * 3, 1) == (outputs, accounts.refreshes())


def test_a_response_that_is_always_401_costs_one_refresh(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.add("alex")
    with serve_fixed_responses(GET_closed=FixedResponse(401, "no")) as server:
        auth = make_auth(accounts, api_url=server.url)
        answers = [send_with(auth, f"{server.url}/closed") for _ in range(3)]
        assert [(401, "no")] * 3 == [(answer.status_code, answer.text) for answer in answers]
        assert (1, 4) == (accounts.refreshes(), len(server.received))


def test_an_account_that_is_another_providers_now_is_noticed(accounts: StoredAccounts) -> None:
    accounts.add("alex")
    environment = accounts.environment | {"TOKCHECK_GOOGLE_HEALTH_URL": UNUSED_ADDRESS}
    environment["TOKCHECK_GOOGLE_OAUTH_URL"] = UNUSED_ADDRESS
    auth = tokcheck.auth("alex", environment=environment)
    url = accounts.sandbox.url + DEVICES
    assert 200 == send_by_httpx(auth, url).status_code
    accounts.remove("alex")
    accounts.add("alex", GOOGLE)
    with pytest.raises(tokcheck.UsageError, match="Google Health API"):
        send_by_httpx(auth, url)


def test_a_grant_that_ended_is_an_error_with_the_next_step(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    grant = accounts.add("alex", left=-10)
    assert grant.refresh is not None
    accounts.sandbox.state.revoke_grant(grant.refresh.reveal())
    for _ in range(2):
        with pytest.raises(tokcheck.GrantError, match="alex") as caught:
            send_with(make_auth(accounts), accounts.sandbox.url + DEVICES)
        assert "tokcheck login fitbit" in caught.value.hint
    assert {} == accounts.statuses()
    refused = accounts.sandbox.state.refresh_counts().refused
    assert refused <= 1, "a grant that is known to be broken is not tried again"


def test_a_refused_token_of_a_broken_grant_is_refreshed_no_more(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    grant = accounts.add("alex")
    assert grant.refresh is not None
    accounts.sandbox.state.revoke_grant(grant.refresh.reveal())
    auth = make_auth(accounts)
    for _ in range(3):
        with pytest.raises(tokcheck.GrantError):
            send_with(auth, accounts.sandbox.url + DEVICES)
    tokens = sum(accounts.statuses("/oauth2/token").values())
    assert (1, {401: 3}) == (tokens, accounts.statuses())


def test_a_token_that_still_works_is_used_where_the_refresh_fails(
    accounts: StoredAccounts, send_with: SendWith, caplog: pytest.LogCaptureFixture
) -> None:
    grant = accounts.add("alex", left=60)
    environment = accounts.environment | {"TOKCHECK_FITBIT_URL": UNUSED_ADDRESS}
    with serve_fixed_responses(GET_here=FixedResponse(200)) as own:
        auth = tokcheck.auth("alex", environment=environment, api_url=own.url)
        for _ in range(2):
            assert 200 == send_with(auth, f"{own.url}/here").status_code
        sent = {request.headers["Authorization"] for request in own.received}
    assert {f"Bearer {grant.access.reveal()}"} == sent
    warnings = [record.getMessage() for record in caplog.records if record.name == "tokcheck"]
    assert 1 == len(warnings), warnings
    assert "127.0.0.1" in warnings[0]


def test_an_expired_token_without_a_network_is_an_error(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.add("alex", left=-10)
    environment = accounts.environment | {"TOKCHECK_FITBIT_URL": UNUSED_ADDRESS}
    with pytest.raises(tokcheck.NetError, match="127"):
        send_with(tokcheck.auth("alex", environment=environment), f"{UNUSED_ADDRESS}/here")


def test_each_request_reads_the_store(accounts: StoredAccounts) -> None:
    """A login or a refresh elsewhere counts at once."""
    accounts.add("alex")
    auth, url = make_auth(accounts), accounts.sandbox.url + DEVICES
    send_by_httpx(auth, url)
    newer = accounts.add("alex")
    with Store(accounts.home) as store:
        store.put(newer._replace(obtained_at=time.time()))
    with httpx.Client() as client:
        request = client.build_request("GET", url)
        client.send(request, auth=auth)
    assert f"Bearer {newer.access.reveal()}" == request.headers["Authorization"]
