"""When a grant is refreshed: always ahead of its token's end, and never all at one moment."""

from math import inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.accounts.grant import Broken, BrokenReason
from tokcheck.exporter import auto_refresh
from tokcheck.exporter.sources.account import StoredGrant

AT = 1_780_000_000.0
FITBIT_LIFE, GOOGLE_LIFE = 28_800.0, 3_600.0
BROKEN = Broken(AT, BrokenReason.REFUSED)
_LIVES = st.floats(0, 90 * 86_400)
_SEEDS = st.integers().map(Random)


def grant(life: float | None = FITBIT_LIFE, **fields: object) -> StoredGrant:
    ends = None if life is None else AT + life
    return StoredGrant(AT, ends, renewable=True)._replace(**fields)  # type: ignore[arg-type]


@given(st.floats(5_400, 90 * 86_400), _SEEDS)
def test_a_token_of_a_usual_life_is_refreshed_5_to_15_minutes_ahead(
    life: float, random: Random
) -> None:
    ahead = AT + life - auto_refresh.refresh_time(grant(life), random)
    assert 300 - 1e-3 <= ahead <= 900 + 1e-3


@given(_LIVES, _SEEDS)
def test_a_lead_takes_a_sixth_of_the_life_at_most_and_half_of_that_at_least(
    life: float, random: Random
) -> None:
    ahead = AT + life - auto_refresh.refresh_time(grant(life), random)
    assert min(300, life / 12) - 1e-3 <= ahead <= life / 6 + 1e-3


@pytest.mark.parametrize(
    ("life", "shortest", "longest"), [(FITBIT_LIFE, 300, 900), (GOOGLE_LIFE, 300, 600)]
)
def test_the_moments_of_many_accounts_fill_the_whole_lead(
    life: float, shortest: float, longest: float
) -> None:
    random = Random(1)
    leads = sorted(AT + life - auto_refresh.refresh_time(grant(life), random) for _ in range(400))
    fifth = (longest - shortest) / 5
    for n in range(5):
        low = shortest + n * fifth
        within = [one for one in leads if low <= one <= low + fifth]
        assert 40 <= len(within), f"{low} to {low + fifth} s"


def test_the_moment_is_drawn_by_the_chance_that_comes_in() -> None:
    assert auto_refresh.refresh_time(grant(), Random(1)) == auto_refresh.refresh_time(
        grant(), Random(1)
    )
    assert auto_refresh.refresh_time(grant(), Random(1)) != auto_refresh.refresh_time(
        grant(), Random(2)
    )


@given(_LIVES, _SEEDS)
def test_what_cannot_be_refreshed_is_never_due(life: float, random: Random) -> None:
    assert inf == auto_refresh.refresh_time(grant(life, renewable=False), random)
    assert inf == auto_refresh.refresh_time(grant(life, broken=BROKEN), random)
    # Whatever else is known of it.
    assert inf == auto_refresh.refresh_time(grant(life, renewable=False, begun_at=AT), random)
    assert inf == auto_refresh.refresh_time(grant(None, broken=BROKEN), random)


def test_a_token_of_an_unknown_life_is_refreshed_before_the_shortest_known_one_ends() -> None:
    assert AT + GOOGLE_LIFE / 2 == auto_refresh.refresh_time(grant(None), Random(1))


@given(st.one_of(st.none(), _LIVES), st.floats(-3_600, 90 * 86_400), _SEEDS)
def test_a_refresh_that_was_left_behind_is_taken_up_within_half_a_minute(
    life: float | None, begun: float, random: Random
) -> None:
    due = auto_refresh.refresh_time(grant(life, begun_at=AT + begun), random)
    assert due <= AT + begun + 30
    ends = AT + 1_800 if life is None else AT + life
    assert due <= ends, "and never later than without it"


def test_whoever_began_a_refresh_is_given_the_time_to_end_it() -> None:
    assert AT + 30 == auto_refresh.refresh_time(grant(begun_at=AT), Random(1))


def test_a_token_that_ended_before_it_was_obtained_has_no_lead() -> None:
    assert AT - 60 == auto_refresh.refresh_time(grant(-60), Random(1))


@given(st.integers(0, 10**9), _SEEDS)
def test_pauses_double_from_a_minute_to_an_hour_and_half_of_each_is_chance(
    failures: int, random: Random
) -> None:
    longest = min(3_600, 60 * 2 ** min(max(failures, 1) - 1, 20))
    assert longest / 2 <= auto_refresh.retry_delay(failures, random) <= longest


@given(st.integers(2, 100), st.floats(-1e9, 1e9), _SEEDS)
def test_a_provider_may_ask_for_a_longer_pause_of_an_hour_at_most(
    failures: int, asked: float, random: Random
) -> None:
    pause = auto_refresh.retry_delay(failures, random, asked)
    assert 60 <= pause <= 3_600
    assert min(asked, 3_600) <= pause


@given(st.integers(0, 1), st.floats(0, 1e9), _SEEDS)
def test_the_second_try_comes_while_an_answer_that_was_lost_is_still_repeated(
    failures: int, asked: float, random: Random
) -> None:
    # 30 seconds go by in the first one, and Fitbit repeats an answer for 120.
    assert 30 + auto_refresh.retry_delay(failures, random, asked) <= 90


@pytest.mark.parametrize(("failures", "longest"), [(1, 60), (2, 120), (3, 240), (40, 3_600)])
def test_many_that_failed_together_do_not_come_back_together(failures: int, longest: int) -> None:
    random = Random(1)
    pauses = [auto_refresh.retry_delay(failures, random) for _ in range(200)]
    assert min(pauses) < longest * 0.55
    assert max(pauses) > longest * 0.95
