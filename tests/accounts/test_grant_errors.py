"""Grants that cannot be refreshed: what was lost, and which command repairs it."""

from math import inf, isinf
from pathlib import Path

import pytest

from tests.accounts.conftest import MakeRefresher
from tests.support.accounts.failing_sqlite import failing_connection
from tests.support.accounts.fake_token_endpoint import (
    START,
    FakeClock,
    FakeTokenEndpoint,
    Late,
    dropped_connection,
    invalid_grant_response,
)
from tests.support.tokens import NOW
from tokcheck.accounts.errors import GrantError
from tokcheck.accounts.explanation import explain_message
from tokcheck.accounts.grant import Broken, BrokenReason, Intent, Refused
from tokcheck.accounts.grant_errors import explain, usual_reason
from tokcheck.accounts.store import Store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.errors import NetError
from tokcheck.providers import REGISTRY


def test_a_refused_refresh_token_breaks_the_grant(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    grant = token_endpoint.grant("kim o", left=10)
    store.put(grant)
    assert grant.refresh is not None
    token_endpoint.faults = [invalid_grant_response(grant.refresh.reveal())]
    with pytest.raises(GrantError) as caught:
        make_refresher(store).fresh_grant("kim o", 300)
    assert "The account kim o needs a new login." in caught.value.message
    assert "tokcheck login fitbit --name 'kim o'" in caught.value.hint
    assert grant.refresh.reveal() not in repr(caught.value) + caught.value.hint
    account = store.account("kim o")
    assert account.broken is not None
    assert ("refused", "invalid_grant") == (account.broken.reason, account.broken.code)
    assert account.intent is None
    # Nothing more is sent; while the access token lives, it is handed out.
    with pytest.raises(GrantError, match=r"needs a new login \(since 2026-05-28"):
        make_refresher(store).fresh_grant("kim o", 300)
    assert 1 == len(token_endpoint.requests)
    assert START + 10 == make_refresher(store).fresh_grant("kim o", 5).expires_at


def test_a_broken_grant_can_be_refreshed_by_force_or_replaced(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim"))
    token_endpoint.faults = [invalid_grant_response("x" * 64)]
    with pytest.raises(GrantError):
        make_refresher(store).fresh_grant("kim", inf)
    assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", inf))
    assert store.account("kim").broken is None
    token_endpoint.faults = [invalid_grant_response("x" * 64)]
    with pytest.raises(GrantError):
        make_refresher(store).fresh_grant("kim", inf)
    store.put(token_endpoint.grant("kim"))
    assert store.account("kim").broken is None


def test_a_lost_response_is_explained_exactly(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
) -> None:
    grant = token_endpoint.grant("kim")
    store.put(grant)
    assert grant.refresh is not None
    token_endpoint.faults = [Late(dropped_connection()), dropped_connection()]
    with pytest.raises(NetError):
        make_refresher(store, patience=1.0).fresh_grant("kim", inf)
    clock.seconds += 3600
    with pytest.raises(GrantError) as caught:
        make_refresher(store).fresh_grant("kim", 0)
    for words in (
        f"The refresh token {grant.refresh.fingerprint} was sent at 2026-05-28 20:26 UTC by",
        "Fitbit Web API repeats a response for 2 min; 1 h later, it refused.",
        "is lost, and with it the consent.",
    ):
        assert words in caught.value.message
    assert "tokcheck login fitbit --name kim" in caught.value.hint


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_lost_grant_is_reported_even_if_it_cannot_be_stored(
    folder: Path,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    *,
    is_stored: bool,
) -> None:
    failures = () if is_stored else ("\n    INSERT INTO broken",)
    with Store(folder, connection=failing_connection(*failures)) as store:
        store.put(token_endpoint.grant("kim"))
        token_endpoint.faults = [invalid_grant_response("x" * 64)]
        with pytest.raises(GrantError):
            make_refresher(store).fresh_grant("kim", inf)
        assert is_stored == (store.account("kim").broken is not None)
        assert is_stored == (store.account("kim").intent is None)


def test_a_refresh_with_the_tokens_of_another_account_does_not_change_that(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    grant = token_endpoint.grant("kim")
    store.put(grant)
    renewed = make_refresher(store).fresh_grant("kim", inf)
    store.put(grant._replace(name="bo o"))  # as from a file that was copied before
    for min_ttl in (inf, 30_000):  # found out, then remembered
        with pytest.raises(GrantError) as caught:
            make_refresher(store).fresh_grant("bo o", min_ttl)
        assert "The account kim has the same refresh token" in caught.value.message
        assert "tokcheck accounts remove 'bo o' --forget" in caught.value.hint
    account = store.account("bo o")
    assert (None, "duplicate") == (account.intent, account.broken and account.broken.code)
    assert renewed.access.fingerprint == store.grant("kim").access.fingerprint
    assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", inf))


def test_a_duplicate_does_not_affect_other_changes_of_its_batch(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    grant, third = token_endpoint.grant("kim"), token_endpoint.grant("cy")
    store.put(grant)
    renewed = make_refresher(store).fresh_grant("kim", inf)
    copy = grant._replace(name="bo")
    for one in (copy, third):
        store.put(one)
        assert one.refresh is not None
        store.begin(one.name, Intent(one.refresh.fingerprint, START, "process 1"))
    assert grant.refresh is not None
    assert third.refresh is not None
    old, other = grant.refresh.fingerprint, third.refresh.fingerprint
    new = token_endpoint.grant("cy")
    assert [False, True] == store.apply_changes(
        [
            lambda: store.finish(old, renewed._replace(name="bo")),
            lambda: store.finish(other, new),
        ]
    )
    assert new.access.fingerprint == store.grant("cy").access.fingerprint


_TESTING, _COPIES = "in testing", "works once"
_SIGN_IN = BrokenReason.SIGN_IN_REQUIRED


@pytest.mark.parametrize(
    ("provider", "detail", "sentence", "note", "is_retried"),
    [
        ("google-health", "Token has been expired or revoked.", "or belongs to", _TESTING, True),
        ("google-health", "Bad Request", "or belongs to", _TESTING, True),
        ("google-health", "Account has been deleted", "account was deleted", "", False),
        ("google-health", "account disabled.", "account is disabled", "", True),
        ("google-health", "Account Restricted", "account is restricted", "", True),
        ("google-health", "The account is suspended", "account is suspended", "", True),
        ("fitbit", "Refresh token invalid: x.", "was used already", _COPIES, True),
        ("fitbit", "", "was used already", _COPIES, True),
    ],
)
def test_a_refusal_gets_the_advice_of_its_cause(
    provider: str,
    detail: str,
    sentence: str,
    note: str,
    is_retried: bool,  # noqa: FBT001 - a row
) -> None:
    words = explain(Broken(START, BrokenReason.REFUSED, detail), "kim", provider)
    assert sentence in words.sentence
    assert (provider == "fitbit") == ("used already" in words.sentence + words.note)
    assert note in words.note
    assert bool(note) == bool(words.note)
    assert is_retried == ("accounts refresh kim" in words.hint)
    assert words.hint.endswith(f"tokcheck login {provider} --name kim")


def test_a_session_that_ended_gets_no_advice_about_testing() -> None:
    words = explain(Broken(START, _SIGN_IN, "reauth related error"), "kim", "google-health")
    assert "sign in again" in words.sentence
    assert "" == words.note
    assert "administrator can exempt" in words.advice


def test_a_provider_without_a_limit_in_testing_gets_no_advice_about_it() -> None:
    google = REGISTRY["google-health"]
    assert "7 days" in usual_reason(google)
    other = google._replace(endpoints=google.oauth._replace(testing_days=0))
    assert "" == usual_reason(other)
    text = '{"error": "invalid_grant", "error_description": "The refresh token was refused."}'
    advice = {}
    for name, provider in (("with", google), ("without", other)):
        found = explain_message(text, {"google-health": provider}, NOW, "google-health")
        assert found is not None
        advice[name] = found.advice
    assert len(advice["with"]) == len(advice["without"]) + 1
    assert all(advice["without"])


@pytest.mark.parametrize("min_ttl", [300, inf])
def test_the_command_that_tries_once_more_is_not_advised_by_itself(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    min_ttl: float,
) -> None:
    store.put(token_endpoint.grant("kim", left=10))
    token_endpoint.faults = [invalid_grant_response("x" * 64)]
    with pytest.raises(GrantError) as caught:
        make_refresher(store).fresh_grant("kim", min_ttl)
    assert isinf(min_ttl) != ("tokcheck accounts refresh kim" in caught.value.hint)


def test_a_remembered_refusal_names_the_address_if_that_is_not_the_providers_own() -> None:
    gone = Broken(
        1.0, BrokenReason.SERVICE_GONE, refused=Refused("service_gone", "https://f.example")
    )
    assert "The address was https://f.example;" in explain(gone, "alex", "fitbit").sentence
    assert gone.refused is not None
    own = gone._replace(refused=gone.refused._replace(address="https://api.fitbit.com"))
    assert "address" not in explain(own, "alex", "fitbit").sentence
