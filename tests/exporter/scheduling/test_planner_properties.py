"""Properties of every plan in any state."""

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.exporter.builders import AT, DAY, FITBIT_PACE, GOOGLE_PACE, is_usable, quota
from tests.support.suite.thoroughness import inputs
from tokcheck.core.report import Verdict
from tokcheck.exporter.scheduling import planner
from tokcheck.exporter.scheduling.planner import RecentSpend, budget
from tokcheck.exporter.sources import Policy
from tokcheck.exporter.state import AccountState, Observation, SkipReason, transitions
from tokcheck.providers.base import Pace

_moments = st.none() | st.floats(AT - 2 * DAY, AT + 2 * DAY)


def _error_text(verdict: Verdict | None, **fields: Any) -> AccountState:
    return AccountState(
        "anna", verdict=verdict, usable=is_usable(verdict) if verdict else None, **fields
    )


_standings = st.builds(
    _error_text,
    verdict=st.none() | st.sampled_from(Verdict),
    probed_verdict=st.none() | st.sampled_from(Verdict),
    expires_at=_moments,
    observed_at=_moments,
    probed_at=_moments,
    next_probe_at=_moments,
    waiting=st.none() | st.sampled_from(SkipReason),
    failures=st.integers(0, 2000),
    unchanged_probes=st.integers(0, 2000),
    reset_lag=st.floats(0, 900),
    history=st.lists(
        st.builds(Observation, st.floats(AT - DAY, AT + DAY), st.integers(0, 200)), max_size=5
    ).map(tuple),
    quota=st.tuples(
        st.builds(
            quota, st.none() | st.integers(0, 200), _moments, limit=st.none() | st.integers(0, 999)
        )
    )
    | st.just(()),
)
_policies = st.builds(
    Policy,
    st.floats(0, 1),
    st.integers(0, 200),
    st.none() | st.floats(1, DAY),
    st.none() | st.floats(1, 7 * DAY),
)


@settings(max_examples=inputs(400), derandomize=True, deadline=None)
@given(
    _standings,
    _policies,
    st.sampled_from([FITBIT_PACE, GOOGLE_PACE]),
    st.lists(st.floats(AT - 100, AT + DAY), max_size=30),
    _moments,
    st.integers(),
)
def test_every_plan_is_in_the_future_within_a_day_and_within_the_budget(
    state: AccountState,
    policy: Policy,
    pace: Pace,
    frees: list[float],
    closed: float | None,
    seed: int,
) -> None:
    spent = RecentSpend(tuple(sorted(frees)), closed)
    state = transitions.advance_time(state, AT)
    wake = planner.plan_next_probe(state, pace, policy, spent, AT, Random(seed), among=9)
    assert AT <= wake.at <= AT + 1.5 * DAY
    assert wake.waiting is not None or wake.probe_at == wake.at
    if wake.probe_at is not None:
        assert wake.probe_at >= wake.at
        own = [quota.limit for quota in state.quota if quota.window == pace.window]
        limit = own[0] if own else None
        assert spent.count(wake.probe_at) + pace.requests <= budget(pace, policy, limit)
        assert closed is None or wake.probe_at >= closed
        # The planned probe may then be sent, if nothing changes.
        known = transitions.apply_plan(state, wake)
        assert planner.find_skip(known, pace, policy, spent, wake.probe_at) is None


@settings(max_examples=inputs(400), derandomize=True, deadline=None)
@given(
    _standings,
    _policies,
    st.sampled_from([FITBIT_PACE, GOOGLE_PACE]),
    st.lists(st.floats(AT - 100, AT + DAY), max_size=30),
    _moments,
)
def test_a_skip_ends_when_it_says(
    state: AccountState, policy: Policy, pace: Pace, frees: list[float], closed: float | None
) -> None:
    spent = RecentSpend(tuple(sorted(frees)), closed)
    state = transitions.advance_time(state, AT)._replace(next_probe_at=AT)
    skip = planner.find_skip(state, pace, policy, spent, AT)
    if skip is None or skip.until is None:
        return
    assert skip.until > AT
    later = planner.find_skip(state._replace(expires_at=None), pace, policy, spent, skip.until)
    assert later is None
