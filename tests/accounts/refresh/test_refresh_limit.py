"""A token endpoint that is rate-limited gets no refresh before the moment that it names."""

from math import inf

import pytest

from tests.accounts.conftest import MakeRefresher
from tests.support.accounts.fake_token_endpoint import (
    LIFE,
    START,
    FakeClock,
    FakeTokenEndpoint,
    Fault,
    dropped_connection,
    response,
)
from tokcheck.accounts.display.status import AccountStatus, account_status, causes, moment_text
from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.grant import Grant, LimitCode, RefreshLimit
from tokcheck.accounts.refresh import Refresher
from tokcheck.accounts.store.grant_store import GrantStore
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
    store: GrantStore,
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
    limit = store.account("kim").limit
    assert limit is not None
    assert (START, START + seconds, FITBIT, LimitCode.RATE_LIMITED) == limit[:4]
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


def put_limited(store: GrantStore, grant: Grant, since: float) -> None:
    store.put(grant)
    assert grant.refresh is not None
    limit = RefreshLimit(since, since + 1800, FITBIT)
    store.record_limit("kim", grant.refresh.fingerprint, limit, keep_intent=False)


def test_a_token_that_lives_long_enough_is_returned_meanwhile(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    put_limited(store, token_endpoint.grant("kim", left=600), START)
    assert START + 600 == make_refresher(store).fresh_grant("kim", 300).expires_at
    assert [] == token_endpoint.requests


def test_another_server_or_a_clock_that_was_set_back_or_a_new_login_ends_it(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
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
    store: GrantStore,
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
    store: GrantStore,
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


def unavailable_error(refresher: Refresher, min_ttl: float = 300) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        refresher.fresh_grant("kim", min_ttl)
    assert "server_error" == caught.value.code
    assert Verdict.UNDETERMINED is failure_verdict(caught.value)
    return caught.value


@pytest.mark.parametrize("min_ttl", [300, inf])
def test_an_unavailable_server_gets_no_refresh_before_the_moment_that_it_named(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
    min_ttl: float,
) -> None:
    for status in (503, 502, 500):
        for provider in ("fitbit", "google-health"):
            for seconds in (45.0, 600.0):  # before and after the grace of a single use
                start = clock.seconds
                store.put(token_endpoint.grant("kim", left=0, provider=provider))
                token_endpoint.requests.clear()
                token_endpoint.faults = [response(status, {}, retry_after=f"{seconds:.0f}")]
                first = unavailable_error(make_refresher(store))
                assert (start + seconds, False) == (first.retry_at, first.is_known)
                assert "Before then" not in first.hint  # it would contradict the server's wish
                for later in (1.0, 40.0, seconds - 1):  # a job of every minute
                    clock.seconds = start + later
                    known = unavailable_error(make_refresher(store), min_ttl)
                    assert (start + seconds, seconds - later, True) == (
                        known.retry_at,
                        known.retry_after,
                        known.is_known,
                    )
                    assert "failed (HTTP" not in known.message
                    assert "too many requests" not in known.message
                    assert "tokcheck accounts refresh kim" in known.hint
                assert 1 == len(token_endpoint.requests)
                clock.seconds = start + seconds
                make_refresher(store).fresh_grant("kim", min_ttl)
                assert 2 == len(token_endpoint.requests)
                assert (None, None) == (store.account("kim").limit, store.account("kim").intent)


def test_a_request_without_a_response_is_repeated_although_the_server_is_unavailable(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
) -> None:
    busy = response(503, {}, retry_after="600")
    for faults in ([dropped_connection(), busy], [response(500, {}), busy]):
        start = clock.seconds
        store.put(token_endpoint.grant("kim", left=0))
        token_endpoint.requests.clear()
        token_endpoint.faults = [*faults]
        assert None is unavailable_error(make_refresher(store)).retry_at
        clock.seconds = start + 100
        make_refresher(store).fresh_grant("kim", 300)
        assert (3, None) == (len(token_endpoint.requests), store.account("kim").intent)


def test_a_process_that_dies_while_it_repeats_the_request_leaves_one_without_a_response(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
) -> None:
    busy = response(503, {}, retry_after="31")
    store.put(token_endpoint.grant("kim", left=0))
    token_endpoint.faults = [busy]
    unavailable_error(make_refresher(store))
    intent = store.account("kim").intent
    assert intent is not None
    clock.seconds = START + 31
    store.begin("kim", intent.taken_up_by("process 2"))  # it dies after that
    token_endpoint.faults = [busy]
    unavailable_error(make_refresher(store))
    clock.seconds = START + 40
    make_refresher(store).fresh_grant("kim", 300)
    assert 3 == len(token_endpoint.requests)


def test_an_unavailable_server_is_shown_with_the_moment(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim", left=0))
    token_endpoint.faults = [response(503, {}, retry_after="600")]
    unavailable_error(make_refresher(store))
    account = store.account("kim")
    assert AccountStatus.REFRESHING is account_status(account, START)
    [cause] = causes(account, None, START)
    assert f"no refresh is sent before {moment_text(START + 600)}." in cause
    assert "unavailable" in cause


_UNUSABLE: dict[str, Fault] = {
    "a failing server": response(500, {}),
    "an unavailable one": response(503, {}),
    "one of a moment": response(503, {}, retry_after="2"),
    "no tokens": response(200, {"foo": 1}),
    "no JSON": response(200, b"<html>Sign in</html>"),
    "a conflict": response(409, {}),
    "a web page": response(502, b"<html>Bad gateway</html>"),
}
_DROPPED = dropped_connection()


@pytest.mark.parametrize("safe_patience", [0.0, 10.0])
def test_a_refresh_is_repeated_longer_only_if_the_grant_is_at_stake(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, clock: FakeClock, safe_patience: float
) -> None:
    def failed_refresh(provider: str, faults: list[Fault]) -> tuple[float, list[str]]:
        """Return how long a refresh was repeated, and its notes."""
        store.put(token_endpoint.grant("kim", left=LIFE, provider=provider))
        token_endpoint.faults = [*faults]
        notes: list[str] = []
        refresher = Refresher(
            store,
            REGISTRY,
            token_endpoint.send,
            clock.now,
            timer=clock.now,
            pause=clock.pause,
            safe_patience=safe_patience,
            report=notes.append,
        )
        clock.pauses.clear()
        with pytest.raises((NetError, OAuthError)):
            refresher.fresh_grant("kim", inf)
        assert store.account("kim").intent is not None
        return sum(clock.pauses), notes

    wrong = []
    for provider, single_use in (("fitbit", True), ("google-health", False)):
        cases: dict[str, tuple[list[Fault], float, str]] = {
            "no response": ([_DROPPED] * 30, 30, "no response arrived"),
            **{
                name: ([fault] * 30, 10, "its response contains no tokens")
                for name, fault in _UNUSABLE.items()
            },
            "first no response": (
                [_DROPPED, *[response(500, {})] * 30],
                30,
                "no response arrived",
            ),
            "no response at last": (
                [response(500, {}), *[_DROPPED] * 30],
                30,
                "its response contains no tokens",
            ),
        }
        for name, (faults, at_stake, why) in cases.items():
            longest = at_stake if single_use else safe_patience
            seconds, notes = failed_refresh(provider, faults)
            is_right = longest - 8 <= seconds <= longest and len(notes) == single_use
            if not is_right or not all(why in note and "works once" in note for note in notes):
                wrong.append((provider, name, seconds, notes))
        # A pause that the server requests and that is too long ends it at once.
        busy: list[Fault] = [response(503, {}, retry_after="20")] * 30
        if failed_refresh(provider, busy) != (0, []):
            wrong.append((provider, "a server that requests a pause", 0, []))
    assert [] == wrong


def test_the_pause_that_a_failing_server_requests_is_kept(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
) -> None:
    store.put(token_endpoint.grant("kim", left=0))
    token_endpoint.faults = [response(503, {}, retry_after="20")]
    make_refresher(store).fresh_grant("kim", 300)
    assert [20] == clock.pauses


def test_the_verdict_of_a_known_limit() -> None:
    limited = OAuthError("rate_limited", "x", refused=False, retry_at=START, is_known=True)
    assert Verdict.RATE_LIMITED is failure_verdict(limited)
