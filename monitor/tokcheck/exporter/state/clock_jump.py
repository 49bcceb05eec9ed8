"""A clock of this computer that was set back, which recorded moments in the future show."""

from collections.abc import Callable
from datetime import timedelta

from tokcheck.core.expiry import is_in_future
from tokcheck.core.report import Quota
from tokcheck.exporter.state.account_state import (
    AccountState,
    LimitRefusal,
    Observation,
    WindowHistory,
)


def undo_clock_jump(state: AccountState, now: float) -> AccountState:
    """Shift moments that now lie in the future back, as the clock was set back.

    The same object if there are none. A reset, a pause and a lifetime count from the probe that
    reported them, so they are shifted with it. By how much the clock was ahead is not known
    exactly: the latest moment is taken to be the present one, so nothing is due too early.
    """
    if not any(is_in_future(moment, now) for moment in (state.probed_at, state.observed_at)):
        return state
    shift = max(state.probed_at or now, state.observed_at or now) - now

    def shift_back(moment: float | None) -> float | None:
        return moment if moment is None or moment <= now else moment - shift

    def shift_back_all(points: tuple[Observation, ...]) -> tuple[Observation, ...]:
        return tuple(
            point if point.at <= now else point._replace(at=point.at - shift) for point in points
        )

    quota, reported_reset = state.quota, state.reported_reset
    if state.observed_at is not None and state.observed_at > now:
        reported_reset = None if reported_reset is None else reported_reset - shift
        quota = tuple(_shift_reset(one, shift) for one in quota)
    expires_at, pause_until = state.expires_at, state.pause_until
    if state.probed_at is not None and state.probed_at > now:
        pause_until = None if pause_until is None else pause_until - shift
        if state.expiry_is_counted and expires_at is not None:
            expires_at -= shift
    return state._replace(
        probed_at=shift_back(state.probed_at),
        succeeded_at=shift_back(state.succeeded_at),
        observed_at=shift_back(state.observed_at),
        traffic_at=shift_back(state.traffic_at),
        last_refusal=_move_refusal(state, shift_back),
        pause_until=pause_until,
        next_probe_at=None,
        history=shift_back_all(state.history),
        further_histories=tuple(
            each._replace(
                history=shift_back_all(each.history), observed_at=shift_back(each.observed_at)
            )
            for each in state.further_histories
        ),
        quota=quota,
        reported_reset=reported_reset,
        expires_at=expires_at,
    )


def shift_moments(state: AccountState, seconds: float) -> AccountState:
    """Return a state with every moment that this computer's clock has counted moved."""
    if not seconds:
        return state

    def shift(moment: float | None) -> float | None:
        return None if moment is None else moment + seconds

    def shift_all(points: tuple[Observation, ...]) -> tuple[Observation, ...]:
        return tuple(point._replace(at=point.at + seconds) for point in points)

    return state._replace(
        expires_at=shift(state.expires_at) if state.expiry_is_counted else state.expires_at,
        quota=tuple(_shift_reset(one, -seconds) for one in state.quota),
        observed_at=shift(state.observed_at),
        history=shift_all(state.history),
        trail=shift_all(state.trail),
        further_histories=tuple(
            WindowHistory(
                each.window,
                shift_all(each.history),
                shift_all(each.trail),
                shift(each.observed_at),
            )
            for each in state.further_histories
        ),
        probed_at=shift(state.probed_at),
        succeeded_at=shift(state.succeeded_at),
        next_probe_at=shift(state.next_probe_at),
        pause_until=shift(state.pause_until),
        last_refusal=_move_refusal(state, shift),
        refresh_expires_at=shift(state.refresh_expires_at),
    )


def _move_refusal(
    state: AccountState, move: Callable[[float | None], float | None]
) -> LimitRefusal | None:
    refusal = state.last_refusal
    at = None if refusal is None else move(refusal.at)
    return None if refusal is None or at is None else refusal._replace(at=at)


def _shift_reset(quota: Quota, shift: float) -> Quota:
    if quota.reset_at is None:
        return quota
    return quota._replace(reset_at=quota.reset_at - timedelta(seconds=shift))
