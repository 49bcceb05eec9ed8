"""The forecast: the present rate without the exporter's own probes, and whether the quota lasts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.core.report import Quota
from tokcheck.exporter.state import AccountState, Observation
from tokcheck.exporter.state.account_state import WindowHistory
from tokcheck.exporter.state.forecast import Forecast, first_exhaustion
from tokcheck.exporter.state.forecast import forecast as forecast_quota

NOW = 1_768_478_400.0
RESET = NOW + 3000


def state(*seen: tuple[float, int], reset: float | None = RESET, limit: int = 150) -> AccountState:
    """Return a state with observations of the requests left at seconds from now."""
    moment = None if reset is None else datetime.fromtimestamp(reset, UTC)
    history = tuple(Observation(NOW + at, remaining) for at, remaining in seen)
    quota = Quota("hour", limit, seen[-1][1] if seen else None, moment, "headers")
    return AccountState("anna", quota=(quota,), history=history)


def forecast(known: AccountState, now: float, *, window: float | None = None) -> Forecast:
    (quota,) = known.quota
    return forecast_quota(quota, known.history, now, window=window)


def exhaustion_time(known: AccountState, now: float) -> float | None:
    found = first_exhaustion(known, now)
    return None if found is None else found.at


def test_the_rate_gives_the_time_of_exhaustion() -> None:
    # 60 requests in ten minutes, beside the probe itself.
    assert Forecast(0.1, NOW + 890, before_reset=True) == forecast(state((-600, 150), (0, 89)), NOW)


def test_a_quota_may_last_until_the_reset() -> None:
    assert Forecast(0.01, NOW + 14_300, before_reset=False) == forecast(
        state((-600, 150), (0, 143)), NOW
    )


def test_the_exporters_own_probes_do_not_count() -> None:
    seen = forecast(state((-900, 149), (-600, 148), (-300, 147), (0, 146)), NOW)
    assert Forecast(0.0, None, before_reset=False) == seen


def test_only_recent_observations_count() -> None:
    # 50 requests long ago, and only our own since then.
    seen = forecast(state((-2000, 150), (-1900, 99), (-1000, 98), (0, 97)), NOW)
    assert seen.rate == 0.0
    # But with one point in the last third of a window, the one before it counts.
    seen = forecast(state((-3000, 150), (-1500, 100), (0, 69)), NOW)
    assert seen.rate == pytest.approx(30 / 1500)


def test_one_observation_gives_the_rate_since_the_window_began() -> None:
    assert Forecast(0.1, NOW + 890, before_reset=True) == forecast(state((0, 89)), NOW)
    # A window that has just begun gives no rate.
    assert Forecast() == forecast(state((0, 100), reset=NOW + 3590), NOW)
    # Neither does an impossible reset.
    assert Forecast() == forecast(state((0, 100), reset=NOW + 9000), NOW)


def test_a_window_may_have_another_length() -> None:
    seen = forecast(state((0, 119), reset=NOW + 30), NOW, window=60)
    assert Forecast(1.0, NOW + 119, before_reset=False) == seen


def test_without_a_reset_time_the_order_is_unknown() -> None:
    seen = forecast(state((-600, 150), (0, 89), reset=None), NOW)
    assert Forecast(0.1, NOW + 890, None) == seen
    assert Forecast() == forecast(state((0, 89), reset=None), NOW)
    assert Forecast() == forecast(state((-600, 150), (0, 89), reset=None), NOW + 3600)


def test_a_quota_that_is_used_up_has_run_out() -> None:
    assert Forecast(None, NOW, before_reset=True) == forecast(state((-60, 9), (0, 0)), NOW + 5)


def test_a_window_that_is_over_or_unknown_has_no_forecast() -> None:
    known = state((-600, 150), (0, 89))
    assert Forecast() == forecast(known, RESET)
    assert Forecast() == forecast(state(), NOW)


def test_a_rise_or_a_clock_jump_starts_a_new_history() -> None:
    seen = forecast(state((-1200, 10), (-600, 150), (0, 89)), NOW)
    assert seen.rate == pytest.approx(0.1)
    seen = forecast(state((900, 150), (-600, 150), (0, 89)), NOW)
    assert seen.rate == pytest.approx(0.1)


@given(
    st.lists(st.tuples(st.floats(-7200, 0), st.integers(0, 10**15)), max_size=12),
    st.none() | st.floats(-5000, 9000),
    st.floats(0, 5000),
)
def test_any_history_gives_a_valid_forecast(
    seen: list[tuple[float, int]], reset: float | None, later: float
) -> None:
    known = state(*seen, reset=None if reset is None else NOW + reset)
    said = forecast(known, NOW + later)
    assert said.rate is None or said.rate >= 0
    if said.runs_out_at is not None:
        assert said.runs_out_at >= known.history[-1].at
        if said.before_reset and said.rate is not None:
            assert reset is not None
            assert said.runs_out_at < NOW + reset


@pytest.mark.parametrize(
    ("seen", "reset", "expected"),
    [
        # 100 requests in 15 minutes leave 50 for 7.5 minutes
        ([(-900, 150), (-450, 100), (0, 50)], 3_000, 450),
        ([(-900, 150), (0, 50)], 3_000, None),  # seen to fall once
        ([(-900, 150), (-450, 149), (0, 148)], 3_000, None),  # by less than a twentieth
        ([(-900, 150), (-450, 100), (0, 50)], 740, None),  # 290 s before the reset
        ([(-900, 150), (-450, 100), (0, 0)], 3_000, None),  # used up
        ([(-900, 50), (-450, 50), (0, 50)], 3_000, None),
        ([(0, 50)], 3_000, None),
        # what is older than 25 minutes only gives the number of requests at the start
        ([(-3_000, 150), (-2_000, 148), (-500, 110), (0, 70)], 3_400, 1_795),
    ],
)
def test_a_quota_runs_out_if_it_clearly_falls(
    seen: list[tuple[float, int]], reset: float, expected: float | None
) -> None:
    moment = exhaustion_time(state(*seen, reset=NOW + reset), NOW)
    assert expected == (None if moment is None else round(moment - NOW))


def test_a_short_window_has_its_part_of_each_time() -> None:
    falling = state((-90, 150), (-45, 100), (0, 50), reset=NOW + 200)
    (quota,) = falling.quota
    short = falling._replace(quota=(quota._replace(window="300s"),))
    assert NOW + 45 == exhaustion_time(short, NOW)
    near = quota._replace(window="300s", reset_at=datetime.fromtimestamp(NOW + 65, UTC))
    assert exhaustion_time(short._replace(quota=(near,)), NOW) is None


def test_a_forecast_that_has_come_true_stays_until_the_next_observation() -> None:
    falling = state((-900, 150), (-450, 100), (0, 50))
    assert NOW + 450 == exhaustion_time(falling, NOW + 460)
    assert exhaustion_time(falling, NOW + 2_800) is None


def test_what_has_run_out_or_is_unknown_runs_out_no_more() -> None:
    falling = state((-900, 150), (-450, 100), (0, 50))
    assert exhaustion_time(falling, RESET) is None
    assert exhaustion_time(AccountState("anna"), NOW) is None
    assert exhaustion_time(state((-900, 150), (0, 50), reset=None), NOW) is None


def test_the_window_that_runs_out_first_counts() -> None:
    lasts = state((-900, 150), (-450, 148), (0, 146))
    falls = state((-900, 150), (-450, 100), (0, 50))
    sooner = state((-900, 150), (-450, 90), (0, 30))

    def both(first: AccountState, second: AccountState) -> tuple[str, int] | None:
        (quota,) = second.quota
        further = WindowHistory("day", second.history)
        known = first._replace(
            quota=(*first.quota, quota._replace(window="day")), further_histories=(further,)
        )
        found = first_exhaustion(known, NOW)
        return None if found is None else (found.quota.window, round(found.at - NOW))

    assert ("day", 450) == both(lasts, falls)
    assert ("day", 225) == both(falls, sooner)
    assert ("hour", 225) == both(sooner, falls)
    assert ("hour", 450) == both(falls, lasts)
    assert both(lasts, lasts) is None
