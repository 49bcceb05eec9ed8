"""When a grant is refreshed: always before its token expires, and spread over time."""

from math import inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.accounts.grant import Broken, BrokenReason
from tokcheck.exporter.scheduling import refresh_times
from tokcheck.exporter.sources import StoredGrant

AT = 1_780_000_000.0
FITBIT_LIFE, GOOGLE_LIFE = 28_800.0, 3_600.0
BROKEN = Broken(AT, BrokenReason.REFUSED)
_LIVES = st.floats(0, 90 * 86_400)
_SEEDS = st.integers().map(Random)


def grant(life: float | None = FITBIT_LIFE, **fields: object) -> StoredGrant:
    ends = None if life is None else AT + life
    return StoredGrant(AT, ends, renewable=True)._replace(**fields)  # type: ignore[arg-type]


@given(st.floats(5_400, 90 * 86_400), _SEEDS)
def test_a_token_of_usual_lifetime_is_refreshed_5_to_15_minutes_before_expiry(
    life: float, random: Random
) -> None:
    ahead = AT + life - refresh_times.refresh_time(grant(life), random)
    assert 300 - 1e-3 <= ahead <= 900 + 1e-3


@given(_LIVES, _SEEDS)
def test_the_margin_is_between_a_twelfth_and_a_sixth_of_the_lifetime(
    life: float, random: Random
) -> None:
    ahead = AT + life - refresh_times.refresh_time(grant(life), random)
    assert min(300, life / 12) - 1e-3 <= ahead <= life / 6 + 1e-3


@pytest.mark.parametrize(
    ("life", "shortest", "longest"), [(FITBIT_LIFE, 300, 900), (GOOGLE_LIFE, 300, 600)]
)
def test_refresh_times_of_many_accounts_spread_over_the_margin(
    life: float, shortest: float, longest: float
) -> None:
    random = Random(1)
    leads = sorted(AT + life - refresh_times.refresh_time(grant(life), random) for _ in range(400))
    fifth = (longest - shortest) / 5
    for n in range(5):
        low = shortest + n * fifth
        within = [one for one in leads if low <= one <= low + fifth]
        assert 40 <= len(within), f"{low} to {low + fifth} s"


def test_the_refresh_time_depends_on_the_given_random_source() -> None:
    assert refresh_times.refresh_time(grant(), Random(1)) == refresh_times.refresh_time(
        grant(), Random(1)
    )
    assert refresh_times.refresh_time(grant(), Random(1)) != refresh_times.refresh_time(
        grant(), Random(2)
    )


@given(_LIVES, _SEEDS)
def test_what_cannot_be_refreshed_is_never_due(life: float, random: Random) -> None:
    assert inf == refresh_times.refresh_time(grant(life, renewable=False), random)
    assert inf == refresh_times.refresh_time(grant(life, broken=BROKEN), random)
    # Regardless of the other facts.
    assert inf == refresh_times.refresh_time(grant(life, renewable=False, begun_at=AT), random)
    assert inf == refresh_times.refresh_time(grant(None, broken=BROKEN), random)


def test_a_token_of_unknown_lifetime_is_refreshed_before_the_shortest_known_lifetime() -> None:
    assert AT + GOOGLE_LIFE / 2 == refresh_times.refresh_time(grant(None), Random(1))


@given(st.one_of(st.none(), _LIVES), st.floats(-3_600, 90 * 86_400), _SEEDS)
def test_an_abandoned_refresh_is_finished_after_half_a_minute(
    life: float | None, begun: float, random: Random
) -> None:
    due = refresh_times.refresh_time(grant(life, begun_at=AT + begun), random)
    assert due <= AT + begun + 30
    ends = AT + 1_800 if life is None else AT + life
    assert due <= ends, "and never later than without it"


def test_a_process_has_time_to_finish_its_own_refresh() -> None:
    assert AT + 30 == refresh_times.refresh_time(grant(begun_at=AT), Random(1))


def test_a_token_that_expired_before_it_was_obtained_has_no_margin() -> None:
    assert AT - 60 == refresh_times.refresh_time(grant(-60), Random(1))


@given(st.integers(0, 10**9), _SEEDS)
def test_delays_double_from_a_minute_to_an_hour_with_jitter(failures: int, random: Random) -> None:
    longest = min(3_600, 60 * 2 ** min(max(failures, 1) - 1, 20))
    assert longest / 2 <= refresh_times.retry_delay(failures, random) <= longest


@given(st.integers(0, 100), st.floats(-1e9, 1e9), _SEEDS)
def test_retry_after_extends_a_delay_to_at_most_an_hour(
    failures: int, retry_after: float, random: Random
) -> None:
    pause = refresh_times.retry_delay(failures, random, retry_after)
    assert 30 <= pause <= 3_600
    assert min(retry_after, 3_600) <= pause


@given(st.integers(0, 1), _SEEDS)
def test_the_second_attempt_is_within_the_providers_grace_period(
    failures: int, random: Random
) -> None:
    # 30 seconds go by in the first one, and Fitbit repeats an answer for 120.
    assert 30 + refresh_times.retry_delay(failures, random) <= 90


@pytest.mark.parametrize(("failures", "longest"), [(1, 60), (2, 120), (3, 240), (40, 3_600)])
def test_accounts_that_failed_together_are_retried_apart(failures: int, longest: int) -> None:
    random = Random(1)
    pauses = [refresh_times.retry_delay(failures, random) for _ in range(200)]
    assert min(pauses) < longest * 0.55
    assert max(pauses) > longest * 0.95


@given(st.floats(60.1, 1e6), st.floats(0, 1e6), _SEEDS)
def test_a_token_whose_expiry_is_in_doubt_is_refreshed_within_a_minute(
    ahead: float, elapsed: float, random: Random
) -> None:
    doubtful = grant()._replace(clock_skew=-ahead)
    now = AT + elapsed
    due = refresh_times.refresh_time(doubtful, random, now)
    assert doubtful.expires_at is not None
    if doubtful.known_expiry(now) is None:
        assert now <= due <= now + 60
    else:
        assert due <= doubtful.expires_at
