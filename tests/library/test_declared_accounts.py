"""The auth of an account of a declared provider: its own header, refreshes, no other server."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import requests

import tokcheck
from tests.support.exporter.sandbox_store import put
from tests.support.transport.fixed_responses import FixedResponse, serve_fixed_responses
from tokcheck.accounts.grant import Client, Grant, Tokens, grant_from_tokens
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret
from tokcheck.sandbox import Sandbox, SandboxState, serve_in_thread
from tokcheck.sandbox.state.clients import DECLARED_SECRET

_HEADER = "X-Acme-Key"
_URI = "http://127.0.0.1:19152/callback"
_DECLARATION = f"""
name = "acme"
address = "https://api.acme.example"
check = "/me"
credential = {{ header = "{_HEADER}" }}
[oauth]
authorize = "https://acme.example/authorize"
token = "https://acme.example/token"
single_use = true
"""

Send = Callable[[Any, str], int]


def _by_httpx(auth: Any, url: str) -> int:
    with httpx.Client(auth=auth, follow_redirects=True) as client:
        return client.get(url).status_code


def _by_async_httpx(auth: Any, url: str) -> int:
    async def send() -> int:
        async with httpx.AsyncClient(auth=auth, follow_redirects=True) as client:
            return (await client.get(url)).status_code

    return asyncio.run(send())


def _by_requests(auth: Any, url: str) -> int:
    return requests.get(url, auth=auth, timeout=30).status_code


@pytest.fixture(params=[_by_httpx, _by_async_httpx, _by_requests], ids=lambda send: send.__name__)
def send(request: pytest.FixtureRequest) -> Send:
    chosen: Send = request.param
    return chosen


class DeclaredAccount(NamedTuple):
    """The account ``alex`` of the API ``acme``, which the sandbox fakes."""

    sandbox: Sandbox
    home: Path
    environment: Mapping[str, str]
    url: str
    """The address of the API."""

    def auth(self, **options: Any) -> Any:
        return tokcheck.auth("alex", environment=self.environment, **options)

    def read(self) -> Grant:
        with Store(self.home) as store:
            return store.grant("alex")


@pytest.fixture
def account(tmp_path: Path) -> Iterator[DeclaredAccount]:
    declaration = tmp_path / "acme.toml"
    declaration.write_text(_DECLARATION)
    declaration.chmod(0o600)
    table = {
        "name": "acme",
        "address": "https://api.acme.example",
        "check": "/me",
        "credential": {"header": _HEADER},
        "oauth": {
            "authorize": "https://acme.example/authorize",
            "token": "https://acme.example/token",
            "single_use": True,
        },
    }
    with serve_in_thread(SandboxState(declared=[table])) as sandbox:
        url = f"{sandbox.url}/providers/acme"
        code = sandbox.state.issue_code("acme-sandbox", redirect_uri=_URI)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": _URI}
        application = {"client_id": "acme-sandbox", "client_secret": DECLARED_SECRET}
        issued = httpx.post(f"{url}/token", data=form | application).json()
        client = Client("acme", "acme-sandbox", Secret(DECLARED_SECRET))
        tokens = Tokens(
            Secret(issued["access_token"]), Secret(issued["refresh_token"]), expires_in=3600
        )
        home = tmp_path / "home"
        put(home, grant_from_tokens("alex", client, tokens, sandbox.state.now()))
        environment = {
            "TOKCHECK_HOME": str(home),
            "TOKCHECK_PROVIDERS": str(declaration),
            "TOKCHECK_ACME_URL": url,
            "TOKCHECK_ACME_OAUTH_URL": url,
        }
        yield DeclaredAccount(sandbox, home, environment, url)


def test_a_token_is_in_the_header_that_is_declared(account: DeclaredAccount, send: Send) -> None:
    token = account.read().access.reveal()
    assert 200 == send(account.auth(), f"{account.url}/me")
    with serve_fixed_responses(GET_me=FixedResponse(200)) as server:
        assert 200 == send(account.auth(api_url=server.url), f"{server.url}/me")
        (received,) = server.received
    assert token == received.headers[_HEADER]
    assert "Authorization" not in received.headers


def test_a_refused_token_is_replaced_once(account: DeclaredAccount, send: Send) -> None:
    before = account.read()
    account.sandbox.state.revoke(before.access.reveal())
    assert 200 == send(account.auth(), f"{account.url}/me")
    after = account.read()
    assert before.access.reveal() != after.access.reveal()
    assert before.refresh is not None
    assert after.refresh is not None
    assert before.refresh.reveal() != after.refresh.reveal(), "the old one is used up"
    assert 200 == send(account.auth(), f"{account.url}/me")
    assert after.access.reveal() == account.read().access.reveal()


@pytest.mark.parametrize("is_refused_first", [False, True])
def test_a_redirect_to_another_server_takes_no_token_along(
    account: DeclaredAccount, send: Send, *, is_refused_first: bool
) -> None:
    with (
        serve_fixed_responses(GET_there=FixedResponse(200)) as other,
        serve_fixed_responses() as own,
    ):
        own.responses["GET /here"] = FixedResponse(302, "", {"Location": f"{other.url}/there"})
        own.responses["GET /back"] = FixedResponse(302, "", {"Location": f"{own.url}/here"})
        if is_refused_first:
            refused = FixedResponse(401)
            own.once["GET /back"] = refused
        assert 200 == send(account.auth(api_url=own.url), f"{own.url}/back")
        seen = [request.headers.get(_HEADER) is not None for request in own.received]
        assert [True] * (3 if is_refused_first else 2) == seen
        assert [None] == [request.headers.get(_HEADER) for request in other.received]
        tokens = account.read().access.reveal()
        assert tokens not in str(other.received)


def test_a_trace_of_the_caller_is_still_called(account: DeclaredAccount) -> None:
    events: list[str] = []
    with httpx.Client(auth=account.auth()) as client:
        trace = {"trace": lambda event, _info: events.append(event)}
        assert 200 == client.get(f"{account.url}/me", extensions=trace).status_code
    assert "http11.send_request_headers.started" in events


def test_hooks_of_an_account_without_its_declaration_say_why_they_count_nothing(
    account: DeclaredAccount, caplog: pytest.LogCaptureFixture
) -> None:
    environment = {"TOKCHECK_HOME": str(account.home)}
    with caplog.at_level("WARNING", "tokcheck"):
        hooks = tokcheck.observe("alex", environment=environment)
        with httpx.Client(event_hooks=hooks) as client:
            for _ in range(2):
                client.get(f"{account.url}/me")
    assert [
        "Requests of the account alex are not observed: there is no provider acme. Set "
        "TOKCHECK_PROVIDERS to the path of its declaration."
    ] == [record.getMessage() for record in caplog.records]
