"""The auth of a stored account: a fresh token, one refresh, one retry, and no other server."""

import asyncio
import logging
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, Protocol

import httpx
import pytest
import requests
import trio

import tokcheck
from tests.support.accounts.stored_accounts import DEVICES, GOOGLE, StoredAccounts
from tests.support.attack.leaks import find_leaks
from tests.support.paths import ROOT
from tests.support.tokens import FITBIT, GOOGLE_REFRESH
from tests.support.transport.fixed_responses import FixedResponse, serve_fixed_responses
from tokcheck.accounts.store import Store
from tokcheck.library.account_auth import AccountAuth

_UNLIKELY = "http://127.0.0.1:9"  # the discard port: nothing listens there


Answer = httpx.Response | requests.Response


class SendWith(Protocol):
    """Send a request with an auth by one of the libraries."""

    def __call__(
        self, auth: AccountAuth, url: str, *, body: bytes | None = None, follow: bool = False
    ) -> Answer: ...


def _by_httpx(
    auth: AccountAuth, url: str, *, body: bytes | None = None, follow: bool = False
) -> Answer:
    with httpx.Client(auth=auth, follow_redirects=follow) as client:
        return client.request("POST" if body else "GET", url, content=body)


def _by_async_httpx(
    auth: AccountAuth, url: str, *, body: bytes | None = None, follow: bool = False
) -> Answer:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(auth=auth, follow_redirects=follow) as client:
            return await client.request("POST" if body else "GET", url, content=body)

    return asyncio.run(send())


def _by_requests(
    auth: AccountAuth, url: str, *, body: bytes | None = None, follow: bool = False
) -> Answer:
    with requests.Session() as session:
        session.auth = auth
        method = "POST" if body else "GET"
        return session.request(method, url, data=body, allow_redirects=follow, timeout=30)


@pytest.fixture(params=[_by_httpx, _by_async_httpx, _by_requests], ids=lambda send: send.__name__)
def send_with(request: pytest.FixtureRequest) -> SendWith:
    send: SendWith = request.param
    return send


def _auth(accounts: StoredAccounts, name: str = "alex", **options: Any) -> AccountAuth:
    return tokcheck.auth(name, environment=accounts.environment, **options)


def test_a_request_gets_the_token_of_the_account(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.add("alex")
    answer = send_with(_auth(accounts), accounts.sandbox.url + DEVICES)
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
        async with httpx.AsyncClient(auth=_auth(accounts)) as client:
            return (await client.get(accounts.sandbox.url + DEVICES)).status_code

    assert (200, 1) == (trio.run(send), accounts.refreshes())


def test_the_other_provider_works_as_well(accounts: StoredAccounts, send_with: SendWith) -> None:
    accounts.add("gina", GOOGLE, left=-10)
    answer = send_with(_auth(accounts, "gina"), f"{accounts.sandbox.url}/v4/users/me/identity")
    assert (200, 1) == (answer.status_code, accounts.refreshes())


@pytest.mark.parametrize("left", [-10, 0, 299])
def test_a_token_that_ends_soon_is_refreshed_first(
    accounts: StoredAccounts, send_with: SendWith, left: float
) -> None:
    before = accounts.add("alex", left=left)
    answer = send_with(_auth(accounts), accounts.sandbox.url + DEVICES)
    assert (200, 1, {200: 1}) == (answer.status_code, accounts.refreshes(), accounts.statuses())
    assert before.access.reveal() != accounts.token("alex")


@pytest.mark.parametrize(
    ("refreshes", "min_ttl"), [(0, 10.0), (0, timedelta(seconds=10)), (1, 600.0)]
)
def test_the_life_that_is_needed_can_be_chosen(
    accounts: StoredAccounts, refreshes: int, min_ttl: float | timedelta
) -> None:
    accounts.add("alex", left=200)
    _by_httpx(_auth(accounts, min_ttl=min_ttl), accounts.sandbox.url + DEVICES)
    assert refreshes == accounts.refreshes()


def test_the_clock_can_be_chosen(accounts: StoredAccounts) -> None:
    grant = accounts.add("alex")
    assert grant.expires_at is not None
    near_the_end = datetime.fromtimestamp(grant.expires_at - 60, UTC)
    _by_httpx(_auth(accounts, now=lambda: near_the_end), accounts.sandbox.url + DEVICES)
    assert 1 == accounts.refreshes()


def test_a_refused_token_is_replaced_and_the_request_sent_again(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.sandbox.state.revoke(accounts.add("alex").access.reveal())
    answer = send_with(_auth(accounts), accounts.sandbox.url + DEVICES)
    assert 200 == answer.status_code
    assert (1, {401: 1, 200: 1}) == (accounts.refreshes(), accounts.statuses())


def test_a_token_that_another_process_replaced_is_used_without_a_refresh(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    """Its request was on its way when the store got the newer token."""
    old = accounts.add("alex")
    url = accounts.sandbox.url + DEVICES

    class DelayedAuth(AccountAuth):
        def __init__(self) -> None:
            super().__init__(_auth(accounts)._tokens)  # noqa: SLF001 - the same account

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
    auth, url = _auth(accounts), accounts.sandbox.url + DEVICES
    together = threading.Barrier(8)
    statuses: list[int] = []

    def work(send: Callable[[], Answer]) -> None:
        together.wait(30)
        statuses.append(send().status_code)

    threads = [
        threading.Thread(target=work, args=(lambda send=send: send(auth, url),))
        for send in (_by_httpx, _by_requests) * 4
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
        async with httpx.AsyncClient(auth=_auth(accounts)) as client:
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
        auth = _auth(accounts, api_url=server.url)
        answers = [send_with(auth, f"{server.url}/closed") for _ in range(3)]
        assert [(401, "no")] * 3 == [(answer.status_code, answer.text) for answer in answers]
        assert (1, 4) == (accounts.refreshes(), len(server.received))


def test_a_body_in_memory_is_sent_again(accounts: StoredAccounts, send_with: SendWith) -> None:
    accounts.add("alex")
    with serve_fixed_responses(POST_log=FixedResponse(401)) as server:
        send_with(_auth(accounts, api_url=server.url), f"{server.url}/log", body=b"weight=70")
        assert [{"weight": "70"}] * 2 == [request.form for request in server.received]


def _stream() -> Iterator[bytes]:
    yield b"weight=70"


async def _async_stream() -> AsyncIterator[bytes]:
    yield b"weight=70"


def test_a_streaming_body_is_never_sent_again(accounts: StoredAccounts) -> None:
    """The token is replaced all the same, so that the caller's next attempt works."""
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
            assert 401 == send(_auth(accounts, api_url=server.url)).status_code
            assert (number, number) == (len(server.received), accounts.refreshes())
        assert 401 == asyncio.run(send_async(url, _auth(accounts, api_url=server.url)))
        assert [{"weight": "70"}] * 3 == [request.form for request in server.received]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/1/user/-/devices.json",
        "http://localhost:{port}/",
        "https://127.0.0.1:{port}/",
        "http://127.0.0.1.example.org:{port}/",
        "http://127.0.0.1:{port}@127.0.0.1:9/",
        "http://127.0.0.1:9/?127.0.0.1:{port}",
        "http://[::1]:{port}/",
    ],
)
def test_a_token_never_goes_to_another_server(
    accounts: StoredAccounts, send_with: SendWith, address: str
) -> None:
    grant = accounts.add("alex", left=-10)
    url = address.format(port=accounts.sandbox.port)
    with pytest.raises(tokcheck.UsageError, match="is not sent to") as caught:
        send_with(_auth(accounts), url)
    assert accounts.sandbox.url in caught.value.message
    assert "api_url" in caught.value.hint
    assert 0 == accounts.refreshes()
    assert accounts.token("alex") == grant.access.reveal()


def test_by_default_a_token_goes_to_the_real_provider_alone(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.add("alex")
    auth = tokcheck.auth("alex", environment={"TOKCHECK_HOME": str(accounts.home)})
    with pytest.raises(tokcheck.UsageError, match=r"which is at https://api\.fitbit\.com\."):
        send_with(auth, accounts.sandbox.url + DEVICES)
    assert {} == accounts.statuses()


def test_a_redirect_to_another_server_takes_no_token_along(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.add("alex")
    with (
        serve_fixed_responses(GET_there=FixedResponse(401)) as other,
        serve_fixed_responses() as own,
    ):
        own.responses["GET /here"] = FixedResponse(302, "", {"Location": f"{other.url}/there"})
        answer = send_with(_auth(accounts, api_url=own.url), f"{own.url}/here", follow=True)
        assert (401, 1) == (answer.status_code, len(other.received))
        assert "Authorization" in own.received[0].headers
        assert "Authorization" not in other.received[0].headers
    assert 0 == accounts.refreshes(), "what another server answers says nothing about the token"


def test_a_redirect_on_the_same_server_keeps_the_newer_token(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.sandbox.state.revoke(accounts.add("alex").access.reveal())

    with serve_fixed_responses(GET_end=FixedResponse(200)) as own:

        def refuse_once() -> None:
            own.responses["GET /start"] = FixedResponse(302, "", {"Location": "/end"})

        own.responses["GET /start"] = FixedResponse(401)
        auth = _auth(accounts, api_url=own.url)
        replacement = auth._tokens.replacement  # noqa: SLF001 - to act between two requests

        def replace(*arguments: Any) -> Any:
            refuse_once()
            return replacement(*arguments)

        auth._tokens.replacement = replace  # type: ignore[assignment, method-assign]  # noqa: SLF001
        assert 200 == send_with(auth, f"{own.url}/start", follow=True).status_code
        sent = [request.headers["Authorization"] for request in own.received]
    assert [f"Bearer {accounts.token('alex')}"] * 2 == sent[1:]
    assert 3 == len(sent)


def test_an_account_that_is_another_providers_now_is_noticed(accounts: StoredAccounts) -> None:
    accounts.add("alex")
    environment = accounts.environment | {"TOKCHECK_GOOGLE_HEALTH_URL": _UNLIKELY}
    environment["TOKCHECK_GOOGLE_OAUTH_URL"] = _UNLIKELY
    auth = tokcheck.auth("alex", environment=environment)
    url = accounts.sandbox.url + DEVICES
    assert 200 == _by_httpx(auth, url).status_code
    accounts.remove("alex")
    accounts.add("alex", GOOGLE)
    with pytest.raises(tokcheck.UsageError, match="Google Health API"):
        _by_httpx(auth, url)


def test_an_address_that_is_not_safe_is_refused(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.add("alex")
    auth = _auth(accounts, api_url="http://api.example.org")
    with pytest.raises(tokcheck.UsageError, match="api_url is unencrypted"):
        send_with(auth, "http://api.example.org/")


def test_an_account_that_is_missing_is_named(accounts: StoredAccounts, send_with: SendWith) -> None:
    accounts.add("alex")
    with pytest.raises(tokcheck.UsageError, match="alexa") as caught:
        send_with(_auth(accounts, "alexa"), accounts.sandbox.url + DEVICES)
    assert "Did you mean alex?" in caught.value.hint


def test_a_grant_that_ended_is_an_error_with_the_next_step(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    grant = accounts.add("alex", left=-10)
    assert grant.refresh is not None
    accounts.sandbox.state.revoke_grant(grant.refresh.reveal())
    for _ in range(2):
        with pytest.raises(tokcheck.GrantError, match="alex") as caught:
            send_with(_auth(accounts), accounts.sandbox.url + DEVICES)
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
    auth = _auth(accounts)
    for _ in range(3):
        with pytest.raises(tokcheck.GrantError):
            send_with(auth, accounts.sandbox.url + DEVICES)
    tokens = sum(accounts.statuses("/oauth2/token").values())
    assert (1, {401: 3}) == (tokens, accounts.statuses())


def test_a_token_that_still_works_is_used_where_the_refresh_fails(
    accounts: StoredAccounts, send_with: SendWith, caplog: pytest.LogCaptureFixture
) -> None:
    grant = accounts.add("alex", left=60)
    environment = accounts.environment | {"TOKCHECK_FITBIT_URL": _UNLIKELY}
    with serve_fixed_responses(GET_here=FixedResponse(200)) as own:
        auth = tokcheck.auth("alex", environment=environment, api_url=own.url)
        for _ in range(2):
            assert 200 == send_with(auth, f"{own.url}/here").status_code
        sent = {request.headers["Authorization"] for request in own.received}
    assert {f"Bearer {grant.access.reveal()}"} == sent
    warnings = [record.getMessage() for record in caplog.records if record.name == "tokcheck"]
    assert 1 == len(warnings), warnings
    assert "127.0.0.1" in warnings[0]


def test_nothing_is_printed(accounts: StoredAccounts, capfd: pytest.CaptureFixture[str]) -> None:
    accounts.add("alex", left=60)
    environment = accounts.environment | {"TOKCHECK_FITBIT_URL": _UNLIKELY}
    logging.getLogger("tokcheck")
    with serve_fixed_responses(GET_here=FixedResponse(200)) as own:
        _by_httpx(
            tokcheck.auth("alex", environment=environment, api_url=own.url), f"{own.url}/here"
        )
    assert ("", "") == tuple(capfd.readouterr())


def test_an_expired_token_without_a_network_is_an_error(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.add("alex", left=-10)
    environment = accounts.environment | {"TOKCHECK_FITBIT_URL": _UNLIKELY}
    with pytest.raises(tokcheck.NetError, match="127"):
        send_with(tokcheck.auth("alex", environment=environment), f"{_UNLIKELY}/here")


def test_a_folder_that_others_can_read_is_refused(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.add("alex")
    accounts.home.chmod(0o755)
    with pytest.raises(tokcheck.StoreError, match="accessible"):
        send_with(_auth(accounts), accounts.sandbox.url + DEVICES)


def test_no_error_shows_a_secret(accounts: StoredAccounts, send_with: SendWith) -> None:
    """Neither its texts nor its pickle do, nor the variables of the package in a traceback."""
    grant = accounts.add("alex", left=-10)
    assert grant.refresh is not None
    assert grant.client.secret is not None
    secrets = [each.reveal() for each in (grant.access, grant.refresh, grant.client.secret)]
    url = accounts.sandbox.url + DEVICES
    nowhere = accounts.environment | {"TOKCHECK_FITBIT_URL": _UNLIKELY}
    leaks: dict[str, list[str]] = {}

    def collect(auth: AccountAuth, address: str) -> None:
        with pytest.raises(tokcheck.TokcheckError) as caught:
            send_with(auth, address)
        leaks[type(caught.value).__name__] = find_leaks(caught.value, *secrets)

    collect(_auth(accounts), "http://127.0.0.1:9/")
    collect(tokcheck.auth("alex", environment=nowhere), _UNLIKELY)
    accounts.sandbox.state.revoke_grant(grant.refresh.reveal())
    collect(_auth(accounts), url)
    accounts.home.chmod(0o755)
    collect(_auth(accounts), url)
    expected = ("UsageError", "NetError", "GrantError", "StoreError")
    assert {name: [] for name in expected} == leaks


@pytest.mark.parametrize("token", [FITBIT, GOOGLE_REFRESH])
def test_a_token_in_place_of_a_name_is_refused_at_once(token: str) -> None:
    with pytest.raises(tokcheck.UsageError) as raised:
        tokcheck.auth(token)
    assert token not in repr(vars(raised.value))


def test_an_auth_has_no_token_in_it_and_can_be_pickled(accounts: StoredAccounts) -> None:
    token = accounts.add("alex").access.reveal()
    auth, url = _auth(accounts), accounts.sandbox.url + DEVICES
    _by_httpx(auth, url)
    assert "tokcheck.auth('alex')" == repr(auth)
    assert token not in repr(vars(auth._tokens))  # noqa: SLF001 - all that it remembers
    assert token.encode() not in pickle.dumps(auth)
    assert 200 == _by_requests(pickle.loads(pickle.dumps(auth)), url).status_code
    response = requests.get(url, auth=auth, timeout=30)
    assert 200 == pickle.loads(pickle.dumps(response)).status_code


def test_each_request_reads_the_store(accounts: StoredAccounts) -> None:
    """A login or a refresh elsewhere counts at once."""
    accounts.add("alex")
    auth, url = _auth(accounts), accounts.sandbox.url + DEVICES
    _by_httpx(auth, url)
    newer = accounts.add("alex")
    with Store(accounts.home) as store:
        store.put(newer._replace(obtained_at=time.time()))
    with httpx.Client() as client:
        request = client.build_request("GET", url)
        client.send(request, auth=auth)
    assert f"Bearer {newer.access.reveal()}" == request.headers["Authorization"]
