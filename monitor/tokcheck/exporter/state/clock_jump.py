"""A clock of this computer that was set back, which recorded moments in the future show."""

from datetime import timedelta

from tokcheck.core.report import Quota
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.forecast import WINDOW_SECONDS

# A moment that was recorded and lies further ahead than this shows that the clock was set back.
SKEW_SECONDS = 60.0


def undo_clock_jump(state: AccountState, now: float) -> AccountState:
    """Shift recorded moments that now lie in the future back, as the clock was set back."""
    recorded = [moment for moment in (state.probed_at, state.observed_at) if moment]
    shift = max(recorded, default=now) - now
    if shift <= SKEW_SECONDS:
        return state

    def shift_back(moment: float | None) -> float | None:
        return None if moment is None else moment - shift

    return state._replace(
        probed_at=shift_back(state.probed_at),
        succeeded_at=shift_back(state.succeeded_at),
        observed_at=shift_back(state.observed_at),
        pause_until=shift_back(state.pause_until),
        next_probe_at=None,
        history=tuple(point._replace(at=point.at - shift) for point in state.history),
        quota=tuple(_set_back_reset(quota, shift, now) for quota in state.quota),
    )


def _set_back_reset(quota: Quota, shift: float, now: float) -> Quota:
    """Shift a reset that lies further ahead than a window's length, which is impossible.

    Any other reset was counted from the server's date and does not depend on this clock.
    """
    reset = quota.reset_at
    if reset is None or reset.timestamp() - now <= WINDOW_SECONDS[quota.window]:
        return quota
    return quota._replace(reset_at=reset - timedelta(seconds=shift))
