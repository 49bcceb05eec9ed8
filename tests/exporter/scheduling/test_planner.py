"""When an account is probed: each rule by itself."""

from random import Random
from typing import Any

import pytest

from tests.support.checks import Sender, check
from tests.support.exporter.builders import (
    AT,
    DAY,
    FITBIT_PACE,
    GOOGLE_PACE,
    HOUR,
    moment,
    probed_state,
    quota,
    watched_account,
)
from tests.support.providers.probe_responses import respond
from tests.support.tokens import FITBIT
from tokcheck.core.report import Quota, Verdict
from tokcheck.exporter.metrics.samples import account_samples
from tokcheck.exporter.scheduling import backoff, planner
from tokcheck.exporter.scheduling.budget import learned_pace
from tokcheck.exporter.scheduling.planner import RecentSpend, budget
from tokcheck.exporter.sources import Policy
from tokcheck.exporter.state import (
    AccountState,
    Observation,
    ProbePlan,
    ProbeResult,
    SkipReason,
    source_change,
    transitions,
)
from tokcheck.providers.base import Pace, PaceWindow

NEW = AccountState("anna", version="v1")
DRAWS = 50


def plan_many(
    state: AccountState,
    now: float = AT,
    spent: RecentSpend = RecentSpend(),  # noqa: B008 - a value
    pace: Pace = FITBIT_PACE,
    policy: Policy = Policy(),  # noqa: B008 - a value
    **more: Any,
) -> list[ProbePlan]:
    """Plan many times, each with another seed."""
    draws = [Random(seed) for seed in range(DRAWS)]
    return [
        planner.plan_next_probe(state, pace, policy, spent, now, draw, **more) for draw in draws
    ]


def assert_between(low: float, high: float, planned: list[ProbePlan]) -> None:
    """Check that the next probes lie between two numbers of seconds from ``AT``, spread out."""
    moments = [wake.probe_at - AT for wake in planned if wake.probe_at is not None]
    assert DRAWS == len(moments)
    assert low <= min(moments)
    assert max(moments) <= high
    assert max(moments) - min(moments) > (high - low) / 2


_NOTHING_SPENT = RecentSpend()


def find_skip_reason(
    state: AccountState, now: float = AT, spent: RecentSpend = _NOTHING_SPENT, **more: Any
) -> SkipReason | None:
    policy = more.get("policy", Policy())
    skip = planner.find_skip(state, more.get("pace", FITBIT_PACE), policy, spent, now)
    return None if skip is None else skip.reason


@pytest.mark.parametrize(
    ("expected", "pace", "policy", "limit"),
    [
        (6, FITBIT_PACE, Policy(), None),
        (6, FITBIT_PACE, Policy(), 150),
        (12, FITBIT_PACE, Policy(), 300),
        (1, FITBIT_PACE, Policy(), 10),
        (1, FITBIT_PACE, Policy(), 0),
        (29, FITBIT_PACE, Policy(share=0.29), 100),
        (1, FITBIT_PACE, Policy(share=0), None),
        (12, GOOGLE_PACE, Policy(), None),
        (3, GOOGLE_PACE, Policy(share=0.001), None),
    ],
)
def test_the_budget_is_a_share_and_at_least_one_probe(
    expected: int, pace: Pace, policy: Policy, limit: int | None
) -> None:
    assert expected == budget(pace, policy, limit)


def test_a_single_account_is_probed_at_once_and_many_are_spread() -> None:
    assert {ProbePlan(AT, AT, None)} == set(plan_many(NEW))
    assert find_skip_reason(NEW) is None
    assert_between(0, 20, plan_many(NEW, among=1001))
    assert_between(0, 30, plan_many(NEW, among=100_000))


def test_a_new_token_is_probed_soon_unless_a_request_with_it_comes_first() -> None:
    new = NEW._replace(verdict=Verdict.UNVERIFIED, traffic_at=AT - 60)
    assert {AT + 60} == {plan.at for plan in plan_many(new)}
    assert {AT} == {plan.at for plan in plan_many(new._replace(traffic_at=AT - HOUR))}
    assert {AT + 30} == {plan.at for plan in plan_many(new, policy=Policy(every=90))}
    known = new._replace(verdict=Verdict.VALID, usable=True)
    assert_between(1080 - 60, 1320 - 60, plan_many(known))


def test_the_usual_interval_has_jitter() -> None:
    assert_between(1080, 1320, plan_many(probed_state()))
    assert_between(1080, 1320, plan_many(probed_state(), AT + 600))
    assert_between(90, 110, plan_many(probed_state(), policy=Policy(every=100)))
    assert_between(270, 330, plan_many(probed_state(), pace=GOOGLE_PACE))


def test_the_interval_of_an_unchanged_account_grows_up_to_a_window() -> None:
    assert_between(2160, 2640, plan_many(probed_state(unchanged_probes=1)))
    assert_between(3240, 3960, plan_many(probed_state(unchanged_probes=2)))
    assert_between(3240, 3960, plan_many(probed_state(unchanged_probes=10**9)))
    assert_between(
        0.9 * 7200,
        1.1 * 7200,
        plan_many(probed_state(unchanged_probes=5), policy=Policy(every=7200)),
    )
    assert_between(
        270, 330, plan_many(probed_state(unchanged_probes=9), pace=GOOGLE_PACE)
    )  # its responses report no quota


def test_a_probe_follows_soon_after_the_reset() -> None:
    soon = probed_state(Verdict.VALID, quota(reset=AT + 500))
    assert_between(530, 620, plan_many(soon))
    assert_between(530, 620, plan_many(soon._replace(unchanged_probes=9)))
    # An ordinary probe shortly before it is not worth its request.
    assert_between(1230, 1320, plan_many(probed_state(Verdict.VALID, quota(reset=AT + 1200))))
    assert_between(1080, 1320, plan_many(probed_state(Verdict.VALID, quota(reset=AT + 3000))))
    # Shorter windows are waited out by their length.
    short = Policy(window=60, every=20)
    assert_between(
        20.5, 22, plan_many(probed_state(Verdict.VALID, quota(reset=AT + 20)), policy=short)
    )


def test_a_reset_in_the_past_is_ignored() -> None:
    assert_between(1080, 1320, plan_many(probed_state(Verdict.VALID, quota(reset=AT - 100))))


def test_a_quota_that_will_not_last_is_probed_before_it_runs_out() -> None:
    falls = probed_state(
        Verdict.VALID,
        quota(40, reset=AT + 3000),
        history=(Observation(AT - 600, 121), Observation(AT, 40)),
    )
    assert_between(
        270, 300, plan_many(falls)
    )  # it runs out in 300 s, and the budget allows no shorter interval
    slower = falls._replace(history=(Observation(AT - 600, 71), Observation(AT, 40)))
    assert_between(360, 400, plan_many(slower))  # it runs out in 800 s
    lasts = falls._replace(history=(Observation(AT - 600, 43), Observation(AT, 40)))
    assert_between(1080, 1320, plan_many(lasts))


def test_the_last_requests_are_reserved_until_the_reset() -> None:
    low = probed_state(Verdict.VALID, quota(5))
    assert SkipReason.RESERVE is find_skip_reason(low, AT + 1799)
    assert find_skip_reason(low, AT + 1800) is None
    assert find_skip_reason(low, policy=Policy(reserve=4)) is None
    assert find_skip_reason(probed_state(Verdict.VALID, quota(6))) is None
    assert_between(1830, 1920, plan_many(low))
    assert {SkipReason.RESERVE} == {wake.waiting for wake in plan_many(low)}
    assert find_skip_reason(NEW._replace(quota=(quota(0, None),))) is None  # never observed
    # Without a reset time, the wait is a window's length; a reset further ahead is waited for.
    for reset, wait in ((None, HOUR), (AT + 9 * HOUR, 9 * HOUR)):
        seen = plan_many(probed_state(Verdict.VALID, quota(5, reset=reset)))
        assert_between(wait + 30, wait + 120, seen)
    seen = plan_many(
        probed_state(Verdict.RATE_LIMITED, quota(0, AT + HOUR)), policy=Policy(window=15)
    )
    assert_between(HOUR + 0.1, HOUR + 0.6, seen)


def test_after_a_429_none_is_sent_before_the_reset() -> None:
    limited = probed_state(Verdict.RATE_LIMITED, quota(0))
    assert SkipReason.RATE_LIMITED is find_skip_reason(limited, AT + 1799)
    assert find_skip_reason(limited, AT + 1800) is None
    assert_between(1830, 1920, plan_many(limited))
    assert_between(3630, 3720, plan_many(probed_state(Verdict.RATE_LIMITED, quota(0, reset=None))))
    unknown = probed_state(Verdict.RATE_LIMITED)
    assert SkipReason.RATE_LIMITED is find_skip_reason(unknown, AT + 3599)
    assert find_skip_reason(unknown, AT + 3600) is None
    # Each probe that would have been due is counted.
    for wake in plan_many(limited):
        assert 1080 <= wake.at - AT <= 1320
        assert wake.waiting is SkipReason.RATE_LIMITED


def test_after_the_last_request_of_a_window_the_token_is_valid_and_none_is_sent() -> None:
    headers = {
        "fitbit-rate-limit-limit": "150",
        "fitbit-rate-limit-remaining": "0",
        "fitbit-rate-limit-reset": "1800",
    }
    report = check(FITBIT, Sender(respond(200, [], headers)))
    before = source_change.apply_source(None, watched_account())
    state = transitions.apply_report(before, report, AT)
    assert (Verdict.RATE_LIMITED, True, True) == (state.verdict, state.usable, state.success)
    assert {ProbeResult.SUCCESS: 1} == state.probes
    values = {each.family: each.value for each in account_samples(state, AT)}
    assert (1, 0) == (
        values["tokcheck_token_valid"],
        values["tokcheck_quota_remaining_requests"],
    )
    assert SkipReason.RATE_LIMITED is find_skip_reason(state, AT + 1799)
    assert find_skip_reason(state, AT + 1800) is None


def test_a_pause_that_the_response_wants_is_kept() -> None:
    unclear = probed_state(Verdict.UNDETERMINED, failures=1, pause_until=AT + 900)
    assert SkipReason.PAUSED is find_skip_reason(unclear, AT + 899)
    assert find_skip_reason(unclear, AT + 900) is None
    assert {AT + 900} == {wake.probe_at for wake in plan_many(unclear)}
    assert find_skip_reason(unclear._replace(pause_until=None), AT + 300) is None
    # A clock that is far ahead at the server must not end the probes.
    assert find_skip_reason(unclear._replace(pause_until=AT + 99 * DAY), AT + DAY) is None
    limited = probed_state(Verdict.RATE_LIMITED, quota(0), pause_until=AT + 3000)
    assert SkipReason.RATE_LIMITED is find_skip_reason(limited, AT + 2999)
    alone = probed_state(Verdict.RATE_LIMITED, pause_until=AT)
    assert find_skip_reason(alone, AT) is None, "Retry-After: 0, without a reset"


def test_a_refusal_with_a_pause_alone_waits_for_that_pause() -> None:
    for known in ((), (quota(60),), (quota(None, reset=None),)):
        limited = probed_state(Verdict.RATE_LIMITED, *known, pause_until=AT + 900)
        assert SkipReason.PAUSED is find_skip_reason(limited, AT + 899)
        assert {SkipReason.PAUSED} == {wake.waiting for wake in plan_many(limited)}


def test_after_a_refusal_of_the_users_own_the_next_probe_follows_its_pause() -> None:
    refused = probed_state(
        Verdict.RATE_LIMITED, probed_verdict=Verdict.VALID, probed_at=AT - DAY / 2, traffic_at=AT
    )
    assert_between(120, 240, plan_many(refused._replace(pause_until=AT + 120)))
    # Once in a usual interval: a program may be refused every few seconds.
    soon = refused._replace(pause_until=AT + 120, probed_at=AT - 60)
    assert_between(1000, 1300, plan_many(soon))


def test_the_limit_of_a_project_is_no_budget_of_an_account() -> None:
    day = Quota("day", 86_400_000, 0, None, "headers", "project")
    limited = probed_state(Verdict.RATE_LIMITED, day)
    usual = backoff.allowance(probed_state(), GOOGLE_PACE, Policy())
    assert usual == backoff.allowance(limited, GOOGLE_PACE, Policy())
    assert SkipReason.RATE_LIMITED is find_skip_reason(limited, AT + HOUR, pace=GOOGLE_PACE)
    assert find_skip_reason(limited, AT + 6 * HOUR, pace=GOOGLE_PACE) is None


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (probed_state(Verdict.EXPIRED), SkipReason.EXPIRED),
        (probed_state(expires_at=AT), SkipReason.EXPIRED),
        (probed_state(Verdict.SERVICE_GONE, expires_at=AT), SkipReason.EXPIRED),
        (probed_state(Verdict.REVOKED_OR_INVALID), SkipReason.REFUSED),
        (probed_state(Verdict.INSUFFICIENT_SCOPE), SkipReason.REFUSED),
        (probed_state(Verdict.MALFORMED, probed_verdict=None), SkipReason.NO_TOKEN),
        (probed_state(Verdict.NO_TOKEN, probed_verdict=None), SkipReason.NO_TOKEN),
        (probed_state(Verdict.WRONG_KIND, probed_verdict=None), SkipReason.NO_TOKEN),
        (probed_state(Verdict.UNDETERMINED, probed_verdict=None, failures=0), SkipReason.NO_TOKEN),
    ],
)
def test_an_account_that_needs_a_new_token_is_never_probed_and_each_skip_is_counted(
    state: AccountState, reason: SkipReason
) -> None:
    assert reason is find_skip_reason(state, AT + DAY)
    for wake in plan_many(state, AT + DAY):
        assert (None, reason) == (wake.probe_at, wake.waiting)
        assert 1080 <= wake.at - AT - DAY <= 1320


@pytest.mark.parametrize(
    ("low", "high", "state", "reason"),
    [
        (DAY, 1.05 * DAY, probed_state(Verdict.SERVICE_GONE), SkipReason.SERVICE_GONE),
        (HOUR, 1.1 * HOUR, probed_state(Verdict.API_DISABLED), SkipReason.BACKOFF),
        (
            4 * HOUR,
            4.4 * HOUR,
            probed_state(Verdict.NOT_PERMITTED, unchanged_probes=2),
            SkipReason.BACKOFF,
        ),
        (
            6 * HOUR,
            6.6 * HOUR,
            probed_state(Verdict.GRANT_BROKEN, unchanged_probes=99),
            SkipReason.BACKOFF,
        ),
        (300, 600, probed_state(Verdict.UNDETERMINED), SkipReason.BACKOFF),
        (300, 1200, probed_state(Verdict.UNDETERMINED, failures=2), SkipReason.BACKOFF),
        (300, 3600, probed_state(Verdict.UNDETERMINED, failures=10**9), SkipReason.BACKOFF),
    ],
)
def test_a_recoverable_account_is_probed_rarely(
    low: float, high: float, state: AccountState, reason: SkipReason
) -> None:
    assert_between(low, high, plan_many(state))
    for wake in plan_many(state):
        assert reason is wake.waiting
        assert wake.at - AT <= 1320
        known = transitions.apply_plan(state, wake)
        assert wake.probe_at is not None
        assert reason is find_skip_reason(known, wake.probe_at - 2)
        assert find_skip_reason(known, wake.probe_at) is None
        # Planning again in between keeps the time.
        assert {wake.probe_at} == {again.probe_at for again in plan_many(known, AT + low / 2)}


def test_a_new_token_is_probed_at_once() -> None:
    assert (
        find_skip_reason(
            probed_state(Verdict.UNDETERMINED)._replace(
                verdict=None, failures=0, probed_verdict=None
            )
        )
        is None
    )
    fresh = probed_state(Verdict.VALID)._replace(verdict=None, probed_verdict=None)
    assert {ProbePlan(AT, AT, None)} == set(plan_many(fresh))


def test_ordinary_probes_leave_room_for_one_after_the_reset() -> None:
    frees = RecentSpend(tuple(AT + 600 + n for n in range(5)))
    known = probed_state(Verdict.VALID, quota(reset=AT + 100))
    assert SkipReason.BUDGET is find_skip_reason(known, AT + 99, frees)
    assert find_skip_reason(known, AT + 100, frees) is None
    assert find_skip_reason(known, AT + 99, RecentSpend(frees.freed_at[1:])) is None
    full = RecentSpend(tuple(AT + 600 + n for n in range(6)))
    assert SkipReason.BUDGET is find_skip_reason(known, AT + 100, full)
    assert_between(
        604, 613, plan_many(probed_state(Verdict.VALID, probed_at=AT - 1200), spent=full)
    )
    assert {SkipReason.BUDGET} == {wake.waiting for wake in plan_many(known, spent=full)}
    # Without reported quota, or with room for one probe only, nothing is left for the reset.
    assert (
        find_skip_reason(probed_state(), AT, RecentSpend((AT + 9,) * 9), pace=GOOGLE_PACE) is None
    )
    assert find_skip_reason(known, AT, RecentSpend(), policy=Policy(share=0)) is None


def test_nothing_is_spent_for_a_window_after_the_ledger_was_lost() -> None:
    assert SkipReason.COUNTS_LOST is find_skip_reason(NEW, AT, RecentSpend((), AT + HOUR))
    assert_between(HOUR + 3, HOUR + 12, plan_many(NEW, spent=RecentSpend((), AT + HOUR)))


@pytest.mark.parametrize("skip", [SkipReason.LEDGER, SkipReason.BUDGET])
def test_a_probe_that_the_ledger_refused_is_retried_soon(skip: SkipReason) -> None:
    refused = transitions.count_skip(NEW, skip)
    assert_between(30, 60, plan_many(refused))
    assert {skip} == {wake.waiting for wake in plan_many(refused)}
    assert_between(2.5, 5, plan_many(refused, policy=Policy(every=5)))


def test_the_expiry_is_processed_without_a_probe() -> None:
    for wake in plan_many(probed_state(expires_at=AT + 500)):
        assert wake == ProbePlan(AT + 501, None, SkipReason.EXPIRED)
    assert_between(1080, 1320, plan_many(probed_state(expires_at=AT + 1400)))


def test_missed_probes_are_not_made_up_for() -> None:
    late = AT + 5 * DAY
    assert {ProbePlan(late, late, None)} == set(
        plan_many(probed_state(next_probe_at=AT + 1200), late)
    )


def test_a_shorter_interval_replaces_the_plan() -> None:
    assert_between(
        90, 110, plan_many(probed_state(next_probe_at=AT + 1200), policy=Policy(every=100))
    )
    kept = probed_state(next_probe_at=AT + 1200)
    assert {AT + 1200} == {wake.probe_at for wake in plan_many(kept, AT + 900)}


SHARED_PACE = Pace(
    "read 900s", 900, 100, requests=1, every=1200, reports_remaining=True, owner="project",
    shortest=1200,
    further=(
        PaceWindow("read day", DAY, 1000, owner="project"),
        PaceWindow("points hour", HOUR, 50, 5, owner="project"),
    ),
)  # fmt: skip


def _window(label: str, limit: int, remaining: int, **fields: Any) -> Quota:
    return quota(remaining, limit=limit, window=label, owner="project", **fields)


@pytest.mark.parametrize(
    ("first", "further", "quotas"),
    [
        (4, [40, 1], ()),
        (8, [40, 1], (_window("read 900s", 200, 200),)),
        # The limit that a response reports of each window; one of another owner is none of these.
        (8, [80, 4], tuple(_window(*one) for one in (
            ("read 900s", 200, 200), ("read day", 2000, 9), ("points hour", 500, 9)))),
        (4, [40, 1], (_window("read 900s", 200, 200)._replace(owner="user"),)),
    ],
)  # fmt: skip
def test_each_window_has_a_budget(
    first: int, further: list[int], quotas: tuple[Quota, ...]
) -> None:
    state = NEW._replace(quota=quotas)
    assert first == backoff.allowance(state, SHARED_PACE, Policy())
    budgets = backoff.further_allowances(state, SHARED_PACE, Policy())
    assert further == [each.requests for each in budgets]
    assert [DAY, HOUR] == [each.seconds for each in budgets]


def test_a_check_that_costs_nothing_is_limited_by_its_pause_alone() -> None:
    free = FITBIT_PACE._replace(cost=0, limit=1, shortest=600)
    assert backoff.allowance(NEW, free, Policy()) > 10**6
    state = probed_state(Verdict.VALID, status=200, probed_at=AT - 100)
    for at, reason in ((AT, SkipReason.PACE), (AT + 500, None)):
        assert reason == find_skip_reason(state, at, pace=free)
    # A probe without a response is sent again sooner.
    silent = state._replace(status=None)
    assert find_skip_reason(silent, pace=free) is None


def test_room_is_where_every_window_has_it() -> None:
    spent = RecentSpend((AT + 10, AT + 20), further=((AT + 100, AT + 300), (AT + 50,)))
    assert AT + 100 == spent.further_room([1, 1], AT)
    assert AT + 300 == spent.further_room([0, 1], AT)
    assert AT == spent.further_room([2, 1], AT)


@pytest.mark.parametrize("remaining", [0, 5, 6])
def test_few_requests_in_any_window_hold_probes_back_until_its_reset(remaining: int) -> None:
    day = _window("read day", 1000, remaining, reset_at=moment(AT + 9 * HOUR))
    state = probed_state(Verdict.VALID, _window("read 900s", 100, 90), day)
    held = backoff.find_backoff(state, SHARED_PACE, Policy(), AT + 1)
    expected = (SkipReason.RESERVE, AT + 9 * HOUR) if remaining <= 5 else None
    assert expected == (held and tuple(held))


def test_reported_limits_take_the_place_of_documented_ones_by_window() -> None:
    pace = Pace(
        "hour", 3600.0, 150, requests=1, every=900.0, reports_remaining=True,
        further=(PaceWindow("day", 86_400.0, 1000),),
    )  # fmt: skip
    assert pace is learned_pace(pace, ())
    assert [(40, 1000), (300, 500), (40, 1000), (150, 1000), (150, 200)] == [
        (learned.limit, learned.further[0].limit)
        for limits in (
            (("hour", 40),),
            (("day", 500), ("hour", 300)),
            (("7200s", 40), ("600s", 90)),
            (("7200s", 400),),
            (("day", 200),),
        )
        for learned in [learned_pace(pace, limits)]
    ]
