"""The token endpoints of the sandbox, over HTTP, with every fault that they have."""

import time
from collections.abc import Iterator
from math import inf

import pytest

from tests.support.accounts.kill_harness import NO_CERTIFICATES, endpoints
from tests.support.accounts.kill_run import FITBIT, GOOGLE, fill, unlimited_state
from tokcheck.accounts.errors import GrantError, OAuthError
from tokcheck.accounts.grant import BrokenReason, Client, Grant
from tokcheck.accounts.oauth import exchange_code, refresh_tokens, revoke_token
from tokcheck.accounts.refresh import Refresher
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.errors import NetError, TokcheckError
from tokcheck.core.flow import drive
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.sandbox import (
    FAULTS,
    FITBIT_PUBLIC_CLIENT,
    REDIRECT_URIS,
    Area,
    Fault,
    Sandbox,
    serve_in_thread,
)
from tokcheck.transport import Net

PUBLIC = Client("fitbit", FITBIT_PUBLIC_CLIENT, None)
OAUTH = {Area.FITBIT_OAUTH: FITBIT, Area.GOOGLE_OAUTH: GOOGLE}
# Faults after which the refresh repeats its request, within its patience.
SURVIVED = {"answer-lost", "answer-cut", "conflict", "token-server-error", "token-unavailable"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve_in_thread(unlimited_state(), slow_seconds=0.1) as started:
        yield started


@pytest.fixture(scope="module")
def net(sandbox: Sandbox) -> Iterator[Net]:
    with Net(endpoints(sandbox.url), timeout=5, pause=time.sleep, verify=NO_CERTIFICATES) as net:
        yield net


def store_grant(store: GrantStore, sandbox: Sandbox, client: Client) -> Grant:
    fill(store, sandbox.state, client, 1)
    return store.grants()[0]


def exchange(sandbox: Sandbox, net: Net, client: Client, **changed: str) -> None:
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # of the verifier, RFC 7636's
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    code = sandbox.state.issue_code(client.client_id, challenge=challenge)
    uri = changed.get("uri", REDIRECT_URIS[0])
    provider = REGISTRY[client.provider]
    tokens = drive(
        exchange_code(
            provider,
            client,
            Secret(changed.get("code", code)),
            uri,
            Secret(changed.get("verifier", verifier)),
        ),
        lambda request: net.send(provider, request),
    )
    assert tokens.refresh is not None
    assert tokens.expires_in is not None
    assert tokens.scopes


@pytest.mark.parametrize("client", [FITBIT, PUBLIC, GOOGLE], ids=lambda c: c.client_id)
def test_a_code_is_exchanged_once(sandbox: Sandbox, net: Net, client: Client) -> None:
    exchange(sandbox, net, client)
    for changed, words in (
        ({"code": "0" * 40}, "refused the authorization code"),
        ({"uri": "https://localhost:1/other"}, "redirect URI"),
        ({"verifier": "x" * 43}, "(PKCE)"),
    ):
        with pytest.raises(OAuthError) as caught:
            exchange(sandbox, net, client, **changed)
        assert words in caught.value.message
        assert caught.value.refused


@pytest.mark.parametrize("client", [FITBIT, GOOGLE], ids=lambda c: c.provider)
def test_the_wrong_application_is_refused(
    sandbox: Sandbox, net: Net, store: GrantStore, client: Client
) -> None:
    grant = store_grant(store, sandbox, client)
    other = GOOGLE if client is FITBIT else FITBIT
    for wrong, words in (
        (client._replace(client_id=other.client_id), "know"),
        (client._replace(secret=Secret("5e" * 16)), "secret"),
        (client._replace(secret=None), ""),
    ):
        store.put(grant._replace(client=wrong))
        with pytest.raises(GrantError) as caught:
            Refresher(store, REGISTRY, net.send).fresh_grant(grant.name, inf)
        assert words in caught.value.message
        account = store.account(grant.name)
        assert account.intent is None
        assert account.broken is not None
        assert BrokenReason.APPLICATION is account.broken.reason
    store.put(grant)
    Refresher(store, REGISTRY, net.send).fresh_grant(grant.name, inf)


def attempt(refresher: Refresher, name: str) -> Grant | TokcheckError:
    try:
        return refresher.fresh_grant(name, inf)
    except TokcheckError as error:
        return error


@pytest.mark.parametrize(
    ("fault", "client"),
    [
        pytest.param(fault, client, id=f"{client.provider}-{fault.name}")
        for fault in FAULTS
        for area, client in OAUTH.items()
        if area in fault.areas
    ],
)
def test_no_fault_of_a_token_endpoint_loses_the_grant(
    sandbox: Sandbox, net: Net, store: GrantStore, fault: Fault, client: Client
) -> None:
    grant = store_grant(store, sandbox, client)
    pauses: list[float] = []
    later = [0.0]
    refresher = Refresher(
        store,
        REGISTRY,
        net.send,
        lambda: time.time() + sum(later),
        pause=pauses.append,
        timer=lambda: sum(pauses),
        patience=10,
    )
    sandbox.state.faults.add(fault.name, 1)
    outcome = attempt(refresher, grant.name)
    sandbox.state.faults.clear()
    assert not isinstance(outcome, NetError)
    if isinstance(outcome, GrantError):
        broken = store.account(grant.name).broken
        assert broken is not None
        assert broken.reason.is_of_grant == ("invalid_grant" == broken.code)
        assert "tokcheck" in outcome.hint
    elif isinstance(outcome, OAuthError):
        assert fault.name not in SURVIVED
        assert outcome.hint
        later.append(outcome.retry_after or 0.0)
    # Nothing was lost, whatever the error.
    fresh = refresher.fresh_grant(grant.name, inf)
    assert fresh.refresh is not None
    assert sandbox.state.can_refresh(fresh.refresh.reveal())


@pytest.mark.parametrize("client", [FITBIT, GOOGLE], ids=lambda c: c.provider)
def test_a_revoked_token_is_refused_and_can_be_revoked_again(
    sandbox: Sandbox, net: Net, store: GrantStore, client: Client
) -> None:
    grant = store_grant(store, sandbox, client)
    assert grant.refresh is not None
    provider = REGISTRY[client.provider]
    for _ in range(2):
        drive(revoke_token(provider, client, grant.refresh), lambda r: net.send(provider, r))
    with pytest.raises(OAuthError, match="refused the refresh token"):
        drive(refresh_tokens(provider, client, grant.refresh), lambda r: net.send(provider, r))
    with pytest.raises(GrantError, match="needs a new login"):
        Refresher(store, REGISTRY, net.send).fresh_grant(grant.name, inf)
