"""A clock that was ahead during a refresh and was set back: no dead token is returned."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.accounts.conftest import MakeRefresher
from tests.support.accounts.fake_token_endpoint import (
    LIFE,
    START,
    FakeClock,
    FakeTokenEndpoint,
    dropped_connection,
)
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import fitbit
from tokcheck.accounts.errors import GrantError
from tokcheck.accounts.grant import Intent, Tokens
from tokcheck.accounts.refresh.recovery_file import RecoveryFile
from tokcheck.accounts.store import Store, fast_read
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.errors import NetError
from tokcheck.core.secret import Secret

HOUR, DAY = 3600.0, 86_400.0


@given(jump=st.floats(120, 10 * DAY), share=st.floats(0, 0.99))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_after_the_clock_was_set_back_the_token_is_refreshed(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    clock: FakeClock,
    jump: float,
    share: float,
) -> None:
    clock.seconds = START + jump
    store.put(token_endpoint.grant("kim", left=0))
    refresher = make_refresher(store)
    ahead = refresher.fresh_grant("kim", 300)
    assert START + jump + LIFE == ahead.expires_at
    # Back to the true time, at any moment until it reaches the one that was recorded.
    clock.seconds = START + share * (jump - 61)
    fresh = refresher.fresh_grant("kim", 300)
    assert ahead.access.fingerprint != fresh.access.fingerprint
    assert clock.seconds + LIFE == fresh.expires_at
    assert fresh.access.fingerprint == refresher.fresh_grant("kim", 300).access.fingerprint
    store.remove("kim")


@given(
    ahead=st.floats(0, 10 * DAY),
    times=st.tuples(st.floats(0, 12 * DAY), st.sampled_from([3600, 28_800]), st.booleans()),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=inputs(60))
def test_a_clock_that_was_ahead_at_the_refresh_prolongs_no_token(
    folder: Path,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    clock: FakeClock,
    ahead: float,
    times: tuple[float, int, bool],
) -> None:
    """The clock was put right since, or still is ahead as it was."""
    elapsed, life, corrected = times
    booted_at = [START - DAY + ahead]
    with Store(folder, boot_moment=lambda: booted_at[0]) as store:
        clock.seconds = START + ahead
        old = token_endpoint.grant("kim", left=0)
        tokens = Tokens(Secret("ya29.opaque"), None, life, clock_skew=-ahead)
        store.put(old.with_tokens(tokens, clock.seconds))
        if corrected:
            booted_at[0] -= ahead
        clock.seconds = START + elapsed + (0 if corrected else ahead)
        grant = make_refresher(store).fresh_grant("kim", 300)
        is_old = grant.access.fingerprint == tokens.access.fingerprint
        if corrected:
            assert not is_old or elapsed <= life - 300 + 60
        else:
            assert is_old == (elapsed < life - 300)
        fast = fast_read.read_fresh_token(str(folder), "kim", 300, clock.seconds)
        assert fast is None or fast.fingerprint == store.grant("kim").access.fingerprint
        store.remove("kim")


def test_a_token_that_contains_its_expiry_needs_no_skew(token_endpoint: FakeTokenEndpoint) -> None:
    signed = Tokens(Secret(fitbit(exp=int(START) + 3600)), None, 28_800, clock_skew=-DAY)
    grant = token_endpoint.grant("kim").with_tokens(signed, START)
    assert (START + 3600, None) == (grant.expires_at, grant.clock_skew)
    counted = Tokens(Secret(fitbit(exp=int(START) + 28_800)), None, 600, clock_skew=-DAY)
    grant = token_endpoint.grant("kim").with_tokens(counted, START)
    assert (START + 600, -DAY) == (grant.expires_at, grant.clock_skew)


def test_a_token_that_had_expired_when_it_came_lives_as_long_as_its_response_says(
    token_endpoint: FakeTokenEndpoint,
) -> None:
    wrong = []
    old = token_endpoint.grant("kim")
    for own, life, skew, expected in (
        (-HOUR, 28_800, -9 * HOUR, (28_800, -9 * HOUR)),
        (-HOUR, 28_800, None, (28_800, -9 * HOUR)),  # without a date
        (-400 * DAY, 28_800, -400 * DAY, (28_800, -400 * DAY)),
        (-HOUR, None, -9 * HOUR, (-HOUR, None)),  # it is not known how long
        (-30, 28_800, -8 * HOUR, (-30, None)),  # clocks differ a little everywhere
        (HOUR, 28_800, -7 * HOUR, (HOUR, None)),
    ):
        tokens = Tokens(Secret(fitbit(exp=int(START + own))), None, life, clock_skew=skew)
        grant = old.with_tokens(tokens, START)
        assert grant.expires_at is not None
        if expected != (grant.expires_at - START, grant.clock_skew):
            wrong.append((own, life, skew, grant.expires_at - START, grant.clock_skew))
    assert [] == wrong


def test_a_token_of_a_future_is_not_returned_if_the_refresh_fails(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    clock: FakeClock,
) -> None:
    clock.seconds = START + DAY
    store.put(token_endpoint.grant("kim"))
    clock.seconds = START
    token_endpoint.faults = [dropped_connection()] * 50
    with pytest.raises(NetError):
        make_refresher(store).fresh_grant("kim", 300)


def test_a_token_of_a_future_without_a_refresh_token_needs_a_login(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    clock: FakeClock,
) -> None:
    clock.seconds = START + DAY
    store.put(token_endpoint.grant("kim")._replace(refresh=None))
    clock.seconds = START
    with pytest.raises(GrantError):
        make_refresher(store).fresh_grant("kim", 300)


def test_tokens_of_a_recovery_file_that_were_obtained_in_the_future_are_refreshed(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    clock: FakeClock,
) -> None:
    clock.seconds = START + DAY
    old, saved = token_endpoint.grant("kim", left=0), token_endpoint.grant("kim")
    assert old.refresh is not None
    store.put(old)
    intent = Intent(old.refresh.fingerprint, clock.seconds, "process 1")
    store.begin("kim", intent)
    recovery_file = RecoveryFile(store.folder, "kim")
    recovery_file.reserve()
    recovery_file.save(intent, saved)
    clock.seconds = START
    refresher = make_refresher(store)
    assert saved.access.fingerprint == refresher.fresh_grant("kim", 300).access.fingerprint
    fresh = refresher.fresh_grant("kim", 300)
    assert saved.access.fingerprint != fresh.access.fingerprint
    assert START + LIFE == fresh.expires_at


def test_a_refresh_that_began_in_the_future_yields_no_later_expiry(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
) -> None:
    grant = token_endpoint.grant("kim", left=0)
    assert grant.refresh is not None
    store.put(grant)
    store.begin("kim", Intent(grant.refresh.fingerprint, START + DAY, "process 1"))
    fresh = make_refresher(store).fresh_grant("kim", 300)
    assert START + LIFE - 120 == fresh.expires_at, "as old as the provider may repeat a response"


def test_a_lifetime_counts_from_the_clock_at_the_receipt(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    clock: FakeClock,
) -> None:
    grant = token_endpoint.grant("kim", left=0)
    store.put(grant)
    timer = [0.0]
    token_endpoint.before = lambda: setattr(clock, "seconds", START + DAY)  # set during the request
    refresher = make_refresher(store)
    refresher._timer = lambda: timer[0]  # noqa: SLF001 - a clock that nobody sets
    assert START + DAY + LIFE == refresher.fresh_grant("kim", 300).expires_at
