"""A token endpoint that is rate-limited gets no refresh before the moment that it names."""

from math import inf

import pytest

from tests.accounts.conftest import MakeRefresher
from tests.support.accounts.fake_token_endpoint import (
    LIFE,
    START,
    FakeClock,
    FakeTokenEndpoint,
    dropped_connection,
    response,
)
from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.grant import Grant, RefreshLimit
from tokcheck.accounts.refresh import Refresher
from tokcheck.accounts.store import Store
from tokcheck.cli.commands.validate.stored_account import failure_verdict
from tokcheck.core.errors import NetError
from tokcheck.core.report import Verdict
from tokcheck.providers import REGISTRY

FITBIT = "https://api.fitbit.com"
MINUTE, DAY = 60.0, 86_400.0


def limited_error(refresher: Refresher, min_ttl: float = 300) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        refresher.fresh_grant("kim", min_ttl)
    assert "rate_limited" == caught.value.code
    return caught.value


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("1800", 1800.0),
        ("45", 45.0),
        (None, MINUTE),
        ("soon", MINUTE),
        ("86400", DAY),
        ("259200", DAY),
        ("99999999", DAY),
    ],
)
@pytest.mark.parametrize("min_ttl", [300, inf])
def test_no_refresh_is_sent_before_the_moment(
    store: Store,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
    retry_after: str | None,
    seconds: float,
    min_ttl: float,
) -> None:
    store.put(token_endpoint.grant("kim", left=0))
    token_endpoint.faults = [
        response(429, {}, **({} if retry_after is None else {"retry_after": retry_after}))
    ]
    first = limited_error(make_refresher(store))
    assert (START + seconds, False) == (first.retry_at, first.is_known)
    assert RefreshLimit(START, START + seconds, FITBIT) == store.account("kim").limit
    for later in (1.0, seconds - 1):
        clock.seconds = START + later
        known = limited_error(make_refresher(store), min_ttl)
        assert (START + seconds, seconds - later, True) == (
            known.retry_at,
            known.retry_after,
            known.is_known,
        )
        assert "tokcheck accounts refresh kim" in known.hint
    assert 1 == len(token_endpoint.requests)
    clock.seconds = START + seconds
    make_refresher(store).fresh_grant("kim", min_ttl)
    assert 2 == len(token_endpoint.requests)
    assert store.account("kim").limit is None


def put_limited(store: Store, grant: Grant, since: float) -> None:
    store.put(grant)
    assert grant.refresh is not None
    limit = RefreshLimit(since, since + 1800, FITBIT)
    store.record_limit("kim", grant.refresh.fingerprint, limit, keep_intent=False)


def test_a_token_that_lives_long_enough_is_returned_meanwhile(
    store: Store, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    put_limited(store, token_endpoint.grant("kim", left=600), START)
    assert START + 600 == make_refresher(store).fresh_grant("kim", 300).expires_at
    assert [] == token_endpoint.requests


def test_another_server_or_a_clock_that_was_set_back_or_a_new_login_ends_it(
    store: Store, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    put_limited(store, token_endpoint.grant("kim", left=0), START)
    other = {"TOKCHECK_FITBIT_URL": "http://127.0.0.1:9"}
    make_refresher(store, **other).fresh_grant("kim", 300)
    put_limited(store, token_endpoint.grant("kim", left=0), START + 3600)
    make_refresher(store).fresh_grant("kim", 300)
    put_limited(store, token_endpoint.grant("kim", left=0), START)
    store.put(token_endpoint.grant("kim", left=0))
    make_refresher(store).fresh_grant("kim", 300)
    assert 3 == len(token_endpoint.requests)


def test_a_refresh_token_that_may_be_used_up_is_tried_while_the_response_is_repeated(
    store: Store,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
) -> None:
    store.put(token_endpoint.grant("kim", left=0))
    token_endpoint.faults = [dropped_connection(), response(429, {}, retry_after="600")]
    assert None is limited_error(make_refresher(store)).retry_at
    assert store.account("kim").intent is not None
    clock.seconds = START + 100
    make_refresher(store).fresh_grant("kim", 300)
    assert (3, None) == (len(token_endpoint.requests), store.account("kim").intent)


def test_after_that_the_moment_counts(
    store: Store,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
) -> None:
    store.put(token_endpoint.grant("kim", left=0))
    token_endpoint.faults = [dropped_connection(), response(429, {}, retry_after="600")]
    limited_error(make_refresher(store))
    clock.seconds = START + 130
    assert limited_error(make_refresher(store)).is_known
    assert 2 == len(token_endpoint.requests)


@pytest.mark.parametrize(("provider", "longest"), [("fitbit", 30), ("google-health", 10)])
def test_a_refresh_is_repeated_longer_only_if_the_grant_is_at_stake(
    store: Store, token_endpoint: FakeTokenEndpoint, clock: FakeClock, provider: str, longest: float
) -> None:
    store.put(token_endpoint.grant("kim", left=LIFE, provider=provider))
    token_endpoint.faults = [dropped_connection()] * 30
    notes: list[str] = []
    refresher = Refresher(
        store,
        REGISTRY,
        token_endpoint.send,
        clock.now,
        timer=clock.now,
        pause=clock.pause,
        safe_patience=10,
        report=notes.append,
    )
    with pytest.raises(NetError):
        refresher.fresh_grant("kim", inf)
    assert longest - 8 <= sum(clock.pauses) <= longest
    assert (provider == "fitbit") == (len(notes) == 1)
    assert all("because the refresh token works once" in note for note in notes)


def test_the_verdict_of_a_known_limit() -> None:
    limited = OAuthError("rate_limited", "x", refused=False, retry_at=START, is_known=True)
    assert Verdict.RATE_LIMITED is failure_verdict(limited)
