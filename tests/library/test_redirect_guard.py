"""The token of an account goes to its own provider, and to no other server."""

from typing import Any

import pytest

import tokcheck
from tests.support.accounts.stored_accounts import DEVICES, StoredAccounts
from tests.support.transport.auth_clients import SendWith, make_auth
from tests.support.transport.fixed_responses import FixedResponse, serve_fixed_responses


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
        send_with(make_auth(accounts), url)
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
        answer = send_with(make_auth(accounts, api_url=own.url), f"{own.url}/here", follow=True)
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
        auth = make_auth(accounts, api_url=own.url)
        replacement = auth._tokens.replacement  # noqa: SLF001 - to act between two requests

        def replace(*arguments: Any) -> Any:
            refuse_once()
            return replacement(*arguments)

        auth._tokens.replacement = replace  # type: ignore[assignment, method-assign]  # noqa: SLF001
        assert 200 == send_with(auth, f"{own.url}/start", follow=True).status_code
        sent = [request.headers["Authorization"] for request in own.received]
    assert [f"Bearer {accounts.token('alex')}"] * 2 == sent[1:]
    assert 3 == len(sent)


def test_an_address_that_is_not_safe_is_refused(
    accounts: StoredAccounts, send_with: SendWith
) -> None:
    accounts.add("alex")
    auth = make_auth(accounts, api_url="http://api.example.org")
    with pytest.raises(tokcheck.UsageError, match="api_url is unencrypted"):
        send_with(auth, "http://api.example.org/")
