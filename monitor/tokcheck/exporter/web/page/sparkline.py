"""A small drawing of an account's quota over the last windows, as SVG without script or style."""

from itertools import pairwise

from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.quota_window import TRAIL_WINDOWS
from tokcheck.exporter.state.severity import LOW_SHARE, leading_quota

_WIDTH, _HEIGHT = 120, 20
_FEWEST = 2  # observations: a single one is no course
_SHORTEST_WINDOWS = 0.25  # since the first of them; what is narrower cannot be made out


def sparkline(state: AccountState, now: float) -> str:
    """Return the drawing of the leading window's requests left; empty if there is no course yet.

    Between two observations nothing is known, so each value is drawn until the next one.
    """
    quota = leading_quota(state, now)
    if quota is None or not quota.limit:
        return ""
    span = TRAIL_WINDOWS * quota.window_seconds
    seen = [point for point in state.history_of(quota).trail if now - span <= point.at <= now]
    if len(seen) < _FEWEST or now - seen[0].at < _SHORTEST_WINDOWS * quota.window_seconds:
        return ""

    def x(at: float) -> str:
        return f"{_WIDTH * (1 - (now - at) / span):.1f}".removesuffix(".0")

    def y(remaining: float) -> str:
        share = min(1.0, max(0.0, remaining / (quota.limit or 1)))
        return f"{1 + (_HEIGHT - 2) * (1 - share):.1f}".removesuffix(".0")

    path = f"M{x(seen[0].at)} {y(seen[0].remaining)}" + "".join(
        f"H{x(after.at)}"
        + (f"V{y(after.remaining)}" if after.remaining != before.remaining else "")
        for before, after in pairwise(seen)
    )
    low = y(quota.limit * LOW_SHARE)
    least = min(point.remaining for point in seen)
    words = f"Requests left over the last {TRAIL_WINDOWS} windows; the fewest: {least:,}"
    return (
        f'<svg class="trail" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" '
        f'role="img" aria-label="{words}">'
        f'<path class="low-line" d="M0 {low}H{_WIDTH}"/><path d="{path}H{_WIDTH}"/></svg>'
    )
