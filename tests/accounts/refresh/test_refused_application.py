"""A refused application and a service that is gone are states of an account, like a lost grant."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import pytest

from tests.accounts.conftest import MakeRefresher
from tests.support.accounts.fake_token_endpoint import (
    LIFE,
    START,
    FakeClock,
    FakeTokenEndpoint,
    Fault,
    dropped_connection,
    refused_connection,
    response,
)
from tokcheck.accounts.errors import GrantError, OAuthError
from tokcheck.accounts.grant import Broken, BrokenReason, Refused
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.errors import ExitCode, NetError, UsageError
from tokcheck.core.secret import Secret

STORED = "5e" * 16  # of the fake endpoint's grants
OTHER = "0f" * 16
FITBIT = "https://api.fitbit.com"
VARIABLE = "TOKCHECK_FITBIT_CLIENT_SECRET"


class RefusedRefresh(NamedTuple):
    """A refusal of a provider, and what is said about it."""

    provider: str
    fault: Fault
    sentence: str
    command: str


def fitbit(status: int, kind: str, message: str) -> Fault:
    return response(status, {"errors": [{"errorType": kind, "message": message}]})


def google(status: int, error: str, description: str = "") -> Fault:
    return response(status, {"error": error, "error_description": description})


REFUSALS = [
    pytest.param(
        RefusedRefresh(
            "fitbit",
            fitbit(401, "invalid_client", "Invalid authorization header. Client secret invalid."),
            "did not accept the application's secret",
            f"set {VARIABLE} to it, and run: tokcheck accounts refresh 'kim o'",
        ),
        id="secret",
    ),
    pytest.param(
        RefusedRefresh(
            "fitbit",
            fitbit(401, "invalid_client", "Invalid client_id: 23TEST"),
            "does not know this client id",
            "its client id: tokcheck login fitbit --name 'kim o' --client-id ID",
        ),
        id="client id",
    ),
    pytest.param(
        RefusedRefresh(
            "google-health",
            google(401, "deleted_client", "The OAuth client was deleted."),
            "The application was deleted",
            "its client id: tokcheck login google-health --name 'kim o' --client-id ID",
        ),
        id="deleted",
    ),
    pytest.param(
        RefusedRefresh(
            "google-health",
            google(401, "disabled_client"),
            "has disabled the application",
            "Then run: tokcheck accounts refresh 'kim o'",
        ),
        id="disabled",
    ),
    pytest.param(
        RefusedRefresh(
            "google-health",
            google(401, "unauthorized_client", "Unauthorized"),
            "does not allow this application to do that",
            "its client id: tokcheck login google-health --name 'kim o' --client-id ID",
        ),
        id="unauthorized",
    ),
    pytest.param(
        RefusedRefresh(
            "google-health",
            google(400, "admin_policy_enforced"),
            "organization does not allow this application",
            "Then run: tokcheck accounts refresh 'kim o'",
        ),
        id="policy",
    ),
    pytest.param(
        RefusedRefresh(
            "fitbit",
            response(410, b"<!DOCTYPE html><title>410 Gone</title>"),
            "was switched off",
            "tokcheck login google-health --name 'kim o-google-health'",
        ),
        id="gone",
    ),
    pytest.param(
        RefusedRefresh(
            "google-health",
            response(410, b""),
            "was switched off",
            "tokcheck login google-health --name 'kim o'",
        ),
        id="google gone",
    ),
]
# Refusals that pass by themselves.
TRANSIENT = [
    pytest.param(dropped_connection(), id="no answer"),
    pytest.param(refused_connection(), id="out of reach"),
    pytest.param(response(500, b""), id="500"),
    pytest.param(response(503, b"<html>"), id="503"),
    pytest.param(response(429, {}, retry_after="60"), id="429"),
    pytest.param(response(409, {}), id="409"),
    pytest.param(google(400, "who_knows"), id="unknown error"),
    pytest.param(response(200, b"<html>sign in"), id="page"),
]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_remembered_and_not_repeated(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
    refusal: RefusedRefresh,
) -> None:
    store.put(token_endpoint.grant("kim o", left=100, provider=refusal.provider))
    token_endpoint.faults = [refusal.fault]
    with pytest.raises(GrantError) as first:
        make_refresher(store).fresh_grant("kim o", 300)
    assert ExitCode.NOT_USABLE is first.value.exit_code
    clock.seconds += 60
    with pytest.raises(GrantError) as later:
        make_refresher(store).fresh_grant("kim o", 300)
    assert 1 == len(token_endpoint.requests)
    assert not first.value.is_known
    assert later.value.is_known
    assert "The account kim o cannot be refreshed (since 2026-05-28 20:26 UTC). " in (
        later.value.message
    )
    for error in (first.value, later.value):
        assert refusal.sentence in error.message
        assert error.hint.endswith(refusal.command)
    account = store.account("kim o")
    assert account.broken is not None
    assert not account.broken.reason.is_of_grant
    assert START == account.broken.at
    assert account.intent is None
    # The token is used while it lives, and the grant is not lost.
    assert START + 100 == make_refresher(store).fresh_grant("kim o", 30).expires_at
    assert token_endpoint.would_refresh(account.grant)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_forced_refresh_tries_again_and_a_success_clears_the_state(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
    refusal: RefusedRefresh,
) -> None:
    store.put(token_endpoint.grant("kim", provider=refusal.provider))
    token_endpoint.faults = [refusal.fault, refusal.fault]
    for _ in range(2):
        with pytest.raises(GrantError):
            make_refresher(store).fresh_grant("kim", inf)
        clock.seconds += 3600
    assert 2 == len(token_endpoint.requests)
    broken = store.account("kim").broken
    assert START == (broken and broken.at)  # the first time that it was refused
    assert clock.now() + LIFE == make_refresher(store).fresh_grant("kim", inf).expires_at
    assert store.account("kim").broken is None


@pytest.mark.parametrize("fault", TRANSIENT)
def test_what_passes_by_itself_is_no_state(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
    fault: Fault,
) -> None:
    store.put(token_endpoint.grant("kim", left=0))
    token_endpoint.faults = [fault] * 9
    with pytest.raises((NetError, OAuthError)):
        make_refresher(store, patience=3).fresh_grant("kim", 300)
    assert store.account("kim").broken is None
    token_endpoint.faults = []
    clock.seconds += 60
    assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", 300))


def application(*secrets: str, address: str = FITBIT) -> Broken:
    tried = tuple(secret and Secret(secret).fingerprint for secret in secrets)
    refused = Refused("invalid_client", address, tried)
    return Broken(START, BrokenReason.APPLICATION, "Client secret invalid.", refused=refused)


def gone_service(address: str = FITBIT) -> Broken:
    refused = Refused("service_gone", address, ("",))
    return Broken(START, BrokenReason.SERVICE_GONE, refused=refused)


@pytest.mark.parametrize(
    ("sent", "broken", "environment"),
    [
        ([], application(STORED), {}),
        ([OTHER], application(STORED), {VARIABLE: OTHER}),
        ([], application(OTHER, STORED), {VARIABLE: OTHER}),
        ([], application(OTHER, STORED), {}),
        ([], application(STORED), {VARIABLE: STORED}),
        ([], application(STORED), {VARIABLE: OTHER, "TOKCHECK_FITBIT_CLIENT_ID": "23BCDE"}),
        ([OTHER], application(STORED), {VARIABLE: OTHER, "TOKCHECK_FITBIT_CLIENT_ID": "23TEST"}),
        ([STORED], application(STORED), {"TOKCHECK_FITBIT_URL": "http://127.0.0.1:9"}),
        ([STORED], application(STORED, address="http://127.0.0.1:9"), {}),
        ([], application(STORED), {"TOKCHECK_FITBIT_URL": f"{FITBIT}/"}),
        ([], gone_service(), {}),
        ([], gone_service(), {VARIABLE: OTHER}),
        ([STORED], gone_service(), {"TOKCHECK_FITBIT_URL": "http://127.0.0.1:9"}),
        ([STORED], gone_service("http://127.0.0.1:9"), {}),
    ],
)
def test_a_refusal_is_forgotten_when_what_was_refused_changes(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    sent: Sequence[str],
    broken: Broken,
    environment: dict[str, str],
) -> None:
    grant = token_endpoint.grant("kim", left=0)
    store.put(grant)
    assert grant.refresh is not None
    store.mark_broken("kim", grant.refresh.fingerprint, broken)
    refresher = make_refresher(store, **environment)
    if sent:
        assert START + LIFE == refresher.fresh_grant("kim", 300).expires_at
        assert store.account("kim").broken is None
    else:
        with pytest.raises(GrantError):
            refresher.fresh_grant("kim", 300)
        assert broken == store.account("kim").broken
    assert sent == token_endpoint.secrets


def test_a_new_login_forgets_a_refusal(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim", left=0))
    token_endpoint.faults = [response(410, b"")]
    with pytest.raises(GrantError):
        make_refresher(store).fresh_grant("kim", 300)
    store.put(token_endpoint.grant("kim", left=0))
    assert store.account("kim").broken is None
    assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", 300))


@pytest.mark.parametrize(
    ("sent", "stored", "accepted", "environment"),
    [
        ([STORED], STORED, STORED, {}),
        ([OTHER], STORED, OTHER, {VARIABLE: OTHER}),
        ([OTHER], STORED, OTHER, {VARIABLE: f" {OTHER}\n"}),
        ([OTHER, STORED], STORED, STORED, {VARIABLE: OTHER}),  # another application's
        ([STORED], STORED, STORED, {VARIABLE: "  "}),
        ([STORED], STORED, STORED, {"TOKCHECK_GOOGLE_CLIENT_SECRET": OTHER}),
        ([OTHER], None, OTHER, {VARIABLE: OTHER}),
        ([OTHER, None], None, None, {VARIABLE: OTHER}),  # a public client
        ([None], None, None, {}),
    ],
)
def test_a_refresh_takes_the_secret_of_the_variable_first(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    sent: list[str | None],
    stored: str | None,
    accepted: str | None,
    environment: dict[str, str],
) -> None:
    grant = token_endpoint.grant("kim", left=0)
    secret = None if stored is None else Secret(stored)
    store.put(grant._replace(client=grant.client._replace(secret=secret)))
    if accepted is None:
        token_endpoint.faults = [google(401, "invalid_client")] * (len(sent) - 1)
    token_endpoint.accepted_secret = accepted
    grant = make_refresher(store, **environment).fresh_grant("kim", 300)
    assert sent == token_endpoint.secrets
    assert token_endpoint.would_refresh(grant)
    # The secret that worked is stored, so that the next refresh needs no variable.
    kept = store.grant("kim").client.secret
    assert accepted == (kept and kept.reveal())
    make_refresher(store).fresh_grant("kim", inf)
    assert accepted == token_endpoint.secrets[-1]


def test_a_refused_secret_is_reported_though_none_was_tried_after_it(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    grant = token_endpoint.grant("kim", left=0)
    store.put(grant._replace(client=grant.client._replace(secret=None)))
    token_endpoint.faults = [
        fitbit(401, "invalid_client", "Invalid authorization header. Client secret invalid."),
        fitbit(401, "invalid_client", "Invalid authorization header format."),
    ]
    with pytest.raises(GrantError, match="did not accept the application's secret"):
        make_refresher(store, **{VARIABLE: OTHER}).fresh_grant("kim", 300)
    assert [OTHER, None] == token_endpoint.secrets


def test_a_secret_that_is_none_is_named_with_its_variable(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim", left=0))
    with pytest.raises(UsageError, match=VARIABLE):
        make_refresher(store, **{VARIABLE: "two words"}).fresh_grant("kim", 300)
    assert [] == token_endpoint.requests
    assert store.account("kim").intent is None


def test_a_secret_in_the_environment_that_was_not_used_is_named(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    refused_secret = fitbit(401, "invalid_client", "Client secret invalid.")
    refused_id = google(401, "disabled_client")
    other_id = {VARIABLE: OTHER, "TOKCHECK_FITBIT_CLIENT_ID": "22ZZZZ"}
    for_import = {"TOKCHECK_CLIENT_SECRET": OTHER}
    of_other_id = (
        f"{VARIABLE} was not used: TOKCHECK_FITBIT_CLIENT_ID names the application 22ZZZZ, and the "
        "account belongs to 23TEST."
    )
    of_import = "TOKCHECK_CLIENT_SECRET was not used: only accounts import reads it."
    wrong = []
    for note, fault, environment in (
        (of_other_id, refused_secret, other_id),
        (of_import, refused_secret, for_import),
        (of_other_id, refused_secret, other_id | for_import),
        ("", refused_secret, {}),
        ("", refused_secret, {"TOKCHECK_CLIENT_SECRET": " "}),
        ("", refused_secret, {"TOKCHECK_CLIENT_SECRET": f'"{STORED}"'}),
        ("", refused_secret, {VARIABLE: OTHER}),
        ("", refused_secret, {VARIABLE: STORED, "TOKCHECK_FITBIT_CLIENT_ID": "23TEST"}),
        ("", refused_id, other_id | for_import),
    ):
        store.put(token_endpoint.grant("kim", left=0))
        token_endpoint.faults = [fault, fault]
        for _ in range(2):  # the second error is of what is known
            with pytest.raises(GrantError) as caught:
                make_refresher(store, **environment).fresh_grant("kim", 300)
            if not (
                caught.value.message.endswith(note)
                and ("not used" in str(caught.value)) == bool(note)
            ):
                wrong.append((environment, caught.value.message))
    assert [] == wrong
