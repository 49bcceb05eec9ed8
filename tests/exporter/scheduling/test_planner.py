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


def wakes(
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


def between(low: float, high: float, planned: list[ProbePlan]) -> None:
    """Hold every next probe between two numbers of seconds from ``AT``, and not all at one."""
    moments = [wake.probe_at - AT for wake in planned if wake.probe_at is not None]
    assert DRAWS == len(moments)
    assert low <= min(moments)
    assert max(moments) <= high
    assert max(moments) - min(moments) > (high - low) / 2


_NOTHING_SPENT = RecentSpend()


def why(
    state: AccountState, now: float = AT, spent: RecentSpend = _NOTHING_SPENT, **more: Any
) -> SkipReason | None:
    policy = more.get("policy", Policy())
    return planner.find_skip_reason(state, more.get("pace", FITBIT_PACE), policy, spent, now)


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
    assert {ProbePlan(AT, AT, None)} == set(wakes(NEW))
    assert why(NEW) is None
    between(0, 20, wakes(NEW, among=1001))
    between(0, 30, wakes(NEW, among=100_000))


def test_the_usual_interval_has_jitter() -> None:
    between(1080, 1320, wakes(probed_state()))
    between(1080, 1320, wakes(probed_state(), AT + 600))
    between(90, 110, wakes(probed_state(), policy=Policy(every=100)))
    between(270, 330, wakes(probed_state(), pace=GOOGLE_PACE))


def test_the_interval_of_an_unchanged_account_grows_up_to_a_window() -> None:
    between(2160, 2640, wakes(probed_state(unchanged_probes=1)))
    between(3240, 3960, wakes(probed_state(unchanged_probes=2)))
    between(3240, 3960, wakes(probed_state(unchanged_probes=10**9)))
    between(
        0.9 * 7200, 1.1 * 7200, wakes(probed_state(unchanged_probes=5), policy=Policy(every=7200))
    )
    between(
        270, 330, wakes(probed_state(unchanged_probes=9), pace=GOOGLE_PACE)
    )  # its responses report no quota


def test_a_probe_follows_soon_after_the_reset() -> None:
    soon = probed_state(Verdict.VALID, quota(reset=AT + 500))
    between(530, 620, wakes(soon))
    between(530, 620, wakes(soon._replace(unchanged_probes=9)))
    # An ordinary probe shortly before it is not worth its request.
    between(1230, 1320, wakes(probed_state(Verdict.VALID, quota(reset=AT + 1200))))
    between(1080, 1320, wakes(probed_state(Verdict.VALID, quota(reset=AT + 3000))))
    # Shorter windows are waited out by their length.
    short = Policy(window=60, every=20)
    between(20.5, 22, wakes(probed_state(Verdict.VALID, quota(reset=AT + 20)), policy=short))


def test_a_reset_in_the_past_is_ignored() -> None:
    between(1080, 1320, wakes(probed_state(Verdict.VALID, quota(reset=AT - 100))))


def test_a_quota_that_will_not_last_is_probed_before_it_runs_out() -> None:
    falls = probed_state(
        Verdict.VALID,
        quota(40, reset=AT + 3000),
        history=(Observation(AT - 600, 121), Observation(AT, 40)),
    )
    between(
        270, 300, wakes(falls)
    )  # it runs out in 300 s, and the budget allows no shorter interval
    slower = falls._replace(history=(Observation(AT - 600, 71), Observation(AT, 40)))
    between(360, 400, wakes(slower))  # it runs out in 800 s
    lasts = falls._replace(history=(Observation(AT - 600, 43), Observation(AT, 40)))
    between(1080, 1320, wakes(lasts))


def test_the_last_requests_are_reserved_until_the_reset() -> None:
    low = probed_state(Verdict.VALID, quota(5))
    assert SkipReason.RESERVE is why(low, AT + 1799)
    assert why(low, AT + 1800) is None
    assert why(low, policy=Policy(reserve=4)) is None
    assert why(probed_state(Verdict.VALID, quota(6))) is None
    between(1830, 1920, wakes(low))
    assert {SkipReason.RESERVE} == {wake.waiting for wake in wakes(low)}
    assert why(NEW._replace(quota=(quota(0, None),))) is None  # never observed
    # Without a reset time, the wait is a window's length; a reset further ahead is waited for.
    for reset, wait in ((None, HOUR), (AT + 9 * HOUR, 9 * HOUR)):
        seen = wakes(probed_state(Verdict.VALID, quota(5, reset=reset)))
        between(wait + 30, wait + 120, seen)
    seen = wakes(probed_state(Verdict.RATE_LIMITED, quota(0, AT + HOUR)), policy=Policy(window=15))
    between(HOUR + 0.1, HOUR + 0.6, seen)


def test_after_a_429_none_is_sent_before_the_reset() -> None:
    limited = probed_state(Verdict.RATE_LIMITED, quota(0))
    assert SkipReason.RATE_LIMITED is why(limited, AT + 1799)
    assert why(limited, AT + 1800) is None
    between(1830, 1920, wakes(limited))
    between(3630, 3720, wakes(probed_state(Verdict.RATE_LIMITED, quota(0, reset=None))))
    unknown = probed_state(Verdict.RATE_LIMITED)
    assert SkipReason.RATE_LIMITED is why(unknown, AT + 3599)
    assert why(unknown, AT + 3600) is None
    # Each probe that would have been due is counted.
    for wake in wakes(limited):
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
    assert SkipReason.RATE_LIMITED is why(state, AT + 1799)
    assert why(state, AT + 1800) is None


def test_a_pause_that_the_response_wants_is_kept() -> None:
    unclear = probed_state(Verdict.UNDETERMINED, failures=1, pause_until=AT + 900)
    assert SkipReason.PAUSED is why(unclear, AT + 899)
    assert why(unclear, AT + 900) is None
    assert {AT + 900} == {wake.probe_at for wake in wakes(unclear)}
    assert why(unclear._replace(pause_until=None), AT + 300) is None
    # A clock that is far ahead at the server must not end the probes.
    assert why(unclear._replace(pause_until=AT + 99 * DAY), AT + DAY) is None
    limited = probed_state(Verdict.RATE_LIMITED, quota(0), pause_until=AT + 3000)
    assert SkipReason.RATE_LIMITED is why(limited, AT + 2999)
    alone = probed_state(Verdict.RATE_LIMITED, pause_until=AT)
    assert why(alone, AT) is None, "Retry-After: 0, without a reset"


def test_the_limit_of_a_project_is_no_budget_of_an_account() -> None:
    day = Quota("day", 86_400_000, 0, None, "headers", "project")
    limited = probed_state(Verdict.RATE_LIMITED, day)
    usual = backoff.allowance(probed_state(), GOOGLE_PACE, Policy())
    assert usual == backoff.allowance(limited, GOOGLE_PACE, Policy())
    assert SkipReason.RATE_LIMITED is why(limited, AT + HOUR, pace=GOOGLE_PACE)
    assert why(limited, AT + 6 * HOUR, pace=GOOGLE_PACE) is None


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
    assert reason is why(state, AT + DAY)
    for wake in wakes(state, AT + DAY):
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
    between(low, high, wakes(state))
    for wake in wakes(state):
        assert reason is wake.waiting
        assert wake.at - AT <= 1320
        known = transitions.apply_plan(state, wake)
        assert wake.probe_at is not None
        assert reason is why(known, wake.probe_at - 2)
        assert why(known, wake.probe_at) is None
        # Planning again in between keeps the time.
        assert {wake.probe_at} == {again.probe_at for again in wakes(known, AT + low / 2)}


def test_a_new_token_is_probed_at_once() -> None:
    assert (
        why(
            probed_state(Verdict.UNDETERMINED)._replace(
                verdict=None, failures=0, probed_verdict=None
            )
        )
        is None
    )
    fresh = probed_state(Verdict.VALID)._replace(verdict=None, probed_verdict=None)
    assert {ProbePlan(AT, AT, None)} == set(wakes(fresh))


def test_ordinary_probes_leave_room_for_one_after_the_reset() -> None:
    frees = RecentSpend(tuple(AT + 600 + n for n in range(5)))
    known = probed_state(Verdict.VALID, quota(reset=AT + 100))
    assert SkipReason.BUDGET is why(known, AT + 99, frees)
    assert why(known, AT + 100, frees) is None
    assert why(known, AT + 99, RecentSpend(frees.freed_at[1:])) is None
    full = RecentSpend(tuple(AT + 600 + n for n in range(6)))
    assert SkipReason.BUDGET is why(known, AT + 100, full)
    between(604, 613, wakes(probed_state(Verdict.VALID, probed_at=AT - 1200), spent=full))
    assert {SkipReason.BUDGET} == {wake.waiting for wake in wakes(known, spent=full)}
    # Without reported quota, or with room for one probe only, nothing is left for the reset.
    assert why(probed_state(), AT, RecentSpend((AT + 9,) * 9), pace=GOOGLE_PACE) is None
    assert why(known, AT, RecentSpend(), policy=Policy(share=0)) is None


def test_nothing_is_spent_for_a_window_after_the_ledger_was_lost() -> None:
    assert SkipReason.COUNTS_LOST is why(NEW, AT, RecentSpend((), AT + HOUR))
    between(HOUR + 3, HOUR + 12, wakes(NEW, spent=RecentSpend((), AT + HOUR)))


@pytest.mark.parametrize("skip", [SkipReason.LEDGER, SkipReason.BUDGET])
def test_a_probe_that_the_ledger_refused_is_retried_soon(skip: SkipReason) -> None:
    refused = transitions.count_skip(NEW, skip)
    between(30, 60, wakes(refused))
    assert {skip} == {wake.waiting for wake in wakes(refused)}
    between(2.5, 5, wakes(refused, policy=Policy(every=5)))


def test_the_expiry_is_processed_without_a_probe() -> None:
    for wake in wakes(probed_state(expires_at=AT + 500)):
        assert wake == ProbePlan(AT + 501, None, SkipReason.EXPIRED)
    between(1080, 1320, wakes(probed_state(expires_at=AT + 1400)))


def test_missed_probes_are_not_made_up_for() -> None:
    late = AT + 5 * DAY
    assert {ProbePlan(late, late, None)} == set(wakes(probed_state(next_probe_at=AT + 1200), late))


def test_a_shorter_interval_replaces_the_plan() -> None:
    between(90, 110, wakes(probed_state(next_probe_at=AT + 1200), policy=Policy(every=100)))
    kept = probed_state(next_probe_at=AT + 1200)
    assert {AT + 1200} == {wake.probe_at for wake in wakes(kept, AT + 900)}


SHARED_PACE = Pace(
    "read 900s", 900, 100, requests=1, every=1200, reports_remaining=True, owner="project",
    shortest=1200,
    further=(PaceWindow("read day", DAY, 1000), PaceWindow("points hour", HOUR, 50, 5)),
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
        assert reason == planner.find_skip_reason(state, free, Policy(), RecentSpend(), at)
    # What was not answered is tried again sooner.
    silent = state._replace(status=None)
    assert planner.find_skip_reason(silent, free, Policy(), RecentSpend(), AT) is None


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
