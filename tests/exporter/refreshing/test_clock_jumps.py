"""Automatic refresh while this computer's clock is ahead, and after it was set back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.exporter.fake_auto_refresh import (
    AT,
    LIFE,
    AutoRefreshHarness,
    harness_with_anna,
    unreachable_error,
)
from tests.support.suite.thoroughness import inputs

pytestmark = pytest.mark.anyio
DAY = 86_400.0
_JUMPS = st.floats(120, 20 * DAY)


@given(jump=_JUMPS, minutes=st.floats(1, 600))
@settings(max_examples=inputs(50))
async def test_after_a_jump_the_token_of_the_future_is_refreshed_within_a_minute(
    jump: float, minutes: float
) -> None:
    harness = harness_with_anna()
    harness.now += jump
    harness.grants["anna"] = harness.renew(harness.grants["anna"])  # while the clock is ahead
    harness.poll()
    harness.begin()
    await harness.advance(minutes)
    harness.now -= jump
    harness.begin()  # as the engine does every few seconds
    if harness.grants["anna"].obtained_at <= harness.now + 60:
        return  # the jump was shorter than the time since
    before = len(harness.requests)
    await harness.advance(62)
    assert before + 1 == len(harness.requests)
    assert harness.now - 62 <= harness.grants["anna"].obtained_at <= harness.now


@given(jump=_JUMPS)
@settings(max_examples=inputs(50))
async def test_retries_that_were_planned_in_the_future_are_planned_anew(jump: float) -> None:
    harness = harness_with_anna()
    harness.outcomes["anna"] = [unreachable_error()] * 3
    harness.now += jump + LIFE
    harness.begin()
    await harness.auto_refresh.wait_idle()
    harness.now -= jump
    harness.begin()
    assert harness.auto_refresh.next_at <= harness.now + 3600


@given(ahead=st.floats(61, 20 * DAY), began=st.floats(-DAY, 20 * DAY))
@settings(max_examples=inputs(50))
async def test_a_refresh_that_began_in_the_future_is_finished_soon(
    ahead: float, began: float
) -> None:
    harness = AutoRefreshHarness()
    harness.login("anna", obtained_at=AT, expires_at=AT + ahead + LIFE)
    harness.poll(begun_at=AT + began)
    assert harness.auto_refresh.next_at <= AT + 30


async def test_a_small_correction_of_the_clock_plans_nothing_anew() -> None:
    harness = harness_with_anna()
    harness.begin()
    planned = harness.auto_refresh.next_at
    harness.now -= 60
    harness.begin()
    assert planned == harness.auto_refresh.next_at
