from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.core.errors import UsageError
from tokcheck.sandbox import RateLimitRule, SandboxState
from tokcheck.sandbox.state.rate_limits import RateLimitWindow, WindowState, read_window_length
from tokcheck.sandbox.state.tokens import AccessToken

HOUR = RateLimitRule(3, 3600)


def test_a_window_begins_with_its_first_request_and_not_with_the_hour() -> None:
    window = RateLimitWindow()
    assert window.count_request(HOUR, 1777.5) == WindowState(3, 2, 3600, allowed=True)
    assert window.count_request(HOUR, 1778.0) == WindowState(3, 1, 3600, allowed=True)
    assert window.count_request(HOUR, 5377.4) == WindowState(3, 0, 1, allowed=True)
    assert window.count_request(HOUR, 5377.4) == WindowState(3, 0, 1, allowed=False)
    assert window.count_request(HOUR, 5377.5) == WindowState(3, 2, 3600, allowed=True)


def test_reading_the_state_costs_no_quota() -> None:
    window = RateLimitWindow()
    assert window.peek(HOUR, 0.0) == WindowState(3, 3, 3600, allowed=True)
    window.count_request(HOUR, 0.0)
    assert window.peek(HOUR, 10.0) == WindowState(3, 2, 3590, allowed=True)
    assert window.peek(HOUR, 10.0) == WindowState(3, 2, 3590, allowed=True)


@given(
    st.integers(0, 20),
    st.integers(1, 100),
    st.lists(st.floats(0, 50, allow_nan=False), max_size=60),
)
def test_no_window_ever_allows_more_than_its_limit(
    limit: int, seconds: int, pauses: list[float]
) -> None:
    window, rule, now, allowed = RateLimitWindow(), RateLimitRule(limit, seconds), 0.0, 0
    began = None
    for pause in pauses:
        now += pause
        if began is None or now - began >= seconds:
            began, allowed = now, 0
        reading = window.count_request(rule, now)
        allowed += reading.allowed
        assert allowed <= limit
        assert reading.remaining == limit - allowed
        assert 1 <= reading.reset_in_seconds <= seconds


def test_a_smaller_limit_in_a_running_window_leaves_nothing_rather_than_less() -> None:
    window = RateLimitWindow()
    window.count_request(HOUR, 0.0)
    window.count_request(HOUR, 0.0)
    assert window.count_request(RateLimitRule(1, 3600), 0.0) == WindowState(
        1, 0, 3600, allowed=False
    )


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5m", 300), ("1h", 3600), ("2d", 172_800)]
)
def test_the_length_of_a_window(text: str, seconds: int) -> None:
    length = read_window_length("--window", text)
    assert (seconds, int) == (length, type(length))


@pytest.mark.parametrize("text", ["0s", "0.5s", "100001d"])
def test_a_length_out_of_range_is_an_error(text: str) -> None:
    with pytest.raises(UsageError, match="is out of range") as caught:
        read_window_length("--window", text)
    assert caught.value.hint.startswith(("Give 1s to 100000d.", "Give 0s to 100000d, "))


@pytest.mark.parametrize(
    ("limit", "seconds"), [(-1, 60), (1, 0), (1, -5), (1, float("nan")), (1, float("inf"))]
)
def test_impossible_rules_are_refused(limit: int, seconds: float) -> None:
    with pytest.raises(UsageError):
        RateLimitRule(limit, seconds)


def test_threads_are_counted_exactly(state: SandboxState) -> None:
    state.set_rate_limit("fitbit", RateLimitRule(1000, 3600))
    token = state.find_token("fitbit", state.issue_fitbit_token())
    assert isinstance(token, AccessToken)

    def many(_: int) -> int:
        return sum(state.count_request(token).allowed for _ in range(200))

    with ThreadPoolExecutor(8) as pool:
        allowed = sum(pool.map(many, range(8)))
    assert allowed == 1000
    assert [usage.total for usage in state.usage()] == [1000]


def test_each_account_and_client_has_its_own_window(state: SandboxState) -> None:
    for account, client in [("alex", "22AAAA"), ("alex", "22BBBB"), ("bo", "22AAAA")]:
        token = state.find_token(
            "fitbit", state.issue_fitbit_token(account=account, client_id=client)
        )
        assert isinstance(token, AccessToken)
        assert state.count_request(token).remaining == 149
    same = state.find_token("fitbit", state.issue_fitbit_token(account="bo", client_id="22AAAA"))
    assert isinstance(same, AccessToken)
    assert state.count_request(same).remaining == 148
    state.reset_windows("bo")
    assert {("alex", "22AAAA"), ("alex", "22BBBB")} == {
        (usage.account, usage.client_id) for usage in state.usage()
    }
    state.reset_windows()
    assert state.usage() == ()
