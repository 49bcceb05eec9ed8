"""A clock of this computer that was set back, which recorded moments in the future show."""

from datetime import timedelta

from tokcheck.core.expiry import is_in_future
from tokcheck.core.report import Quota
from tokcheck.exporter.state.account_state import AccountState


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

    quota = state.quota
    if state.observed_at is not None and state.observed_at > now:
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
        pause_until=pause_until,
        next_probe_at=None,
        history=tuple(
            point if point.at <= now else point._replace(at=point.at - shift)
            for point in state.history
        ),
        quota=quota,
        expires_at=expires_at,
    )


def _shift_reset(quota: Quota, shift: float) -> Quota:
    if quota.reset_at is None:
        return quota
    return quota._replace(reset_at=quota.reset_at - timedelta(seconds=shift))
