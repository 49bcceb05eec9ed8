"""The forecast: the present rate without the exporter's own probes, and whether the quota lasts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.core.report import Quota
from tokcheck.exporter.state import AccountState, Observation
from tokcheck.exporter.state.forecast import Forecast, forecast

NOW = 1_768_478_400.0
RESET = NOW + 3000


def state(*seen: tuple[float, int], reset: float | None = RESET, limit: int = 150) -> AccountState:
    """Return a state with observations of the requests left at seconds from now."""
    moment = None if reset is None else datetime.fromtimestamp(reset, UTC)
    history = tuple(Observation(NOW + at, remaining) for at, remaining in seen)
    quota = Quota("hour", limit, seen[-1][1] if seen else None, moment, "headers")
    return AccountState("anna", quota=(quota,), history=history)


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
    assert forecast(known._replace(reset_lag=100.0), RESET) != Forecast()
    assert Forecast() == forecast(AccountState("anna"), NOW)
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
