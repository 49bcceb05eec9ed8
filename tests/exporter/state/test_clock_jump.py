"""Moments in the future, which a clock that was set back leaves behind."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.support.exporter.builders import AT, DAY, FITBIT_PACE, HOUR, probed_state, quota
from tokcheck.core.report import Verdict
from tokcheck.exporter.scheduling.budget import RecentSpend
from tokcheck.exporter.scheduling.planner import plan_next_probe
from tokcheck.exporter.sources import Policy
from tokcheck.exporter.state.account_state import AccountState, Observation
from tokcheck.exporter.state.clock_jump import undo_clock_jump
from tokcheck.exporter.state.transitions import advance_time

_AHEAD = st.floats(-30 * DAY, 30 * DAY)
_VERDICTS = st.sampled_from(
    [Verdict.VALID, Verdict.RATE_LIMITED, Verdict.UNDETERMINED, Verdict.SERVICE_GONE]
)


@st.composite
def states(draw: st.DrawFn) -> AccountState:
    """Return states with moments of a clock that was ahead for some of them."""
    probed, observed = AT + draw(_AHEAD), AT + draw(_AHEAD)
    return probed_state(
        draw(_VERDICTS),
        quota(draw(st.integers(0, 150)), observed + draw(st.floats(0, HOUR))),
        probed_at=probed,
        succeeded_at=draw(st.none() | st.just(probed) | _AHEAD.map(lambda ahead: AT + ahead)),
        observed_at=observed,
        next_probe_at=AT + draw(_AHEAD),
        history=(Observation(observed, 100),),
        expires_at=probed + DAY,
        expiry_is_counted=draw(st.booleans()),
        failures=draw(st.integers(0, 50)),
        unchanged_probes=draw(st.integers(0, 50)),
    )


@given(state=states())
def test_no_moment_stays_in_the_future(state: AccountState) -> None:
    after = undo_clock_jump(state, AT)
    moments = [after.probed_at, after.observed_at, *(point.at for point in after.history)]
    assert [] == [moment for moment in moments if moment is not None and moment > AT + 60]
    reset = after.quota[0].reset_at
    assert reset is not None
    assert reset.timestamp() <= AT + HOUR + 61
    assert undo_clock_jump(after, AT) is after


@given(state=states())
def test_moments_of_the_past_are_unchanged(state: AccountState) -> None:
    after = undo_clock_jump(state, AT)
    for name in ("probed_at", "succeeded_at", "observed_at"):
        before = getattr(state, name)
        assert before is None or before > AT or before == getattr(after, name)
    if not state.expiry_is_counted:
        assert state.expires_at == after.expires_at, "the token contains it"


@given(state=states(), seed=st.integers())
def test_the_next_probe_is_never_planned_beyond_the_usual_pauses(
    state: AccountState, seed: int
) -> None:
    now = AT
    after = advance_time(state, now)
    plan = plan_next_probe(after, FITBIT_PACE, Policy(), RecentSpend(), now, Random(seed))
    if plan.probe_at is None:
        assert after.verdict is Verdict.EXPIRED or after.expires_at is not None
    else:
        longest = 1.05 * DAY if after.verdict is Verdict.SERVICE_GONE else 2 * HOUR
        assert now <= plan.probe_at <= now + longest + 200
