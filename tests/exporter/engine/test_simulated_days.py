"""Simulated days against a fake upstream: the budget holds and probes are well timed."""

import itertools
from functools import partial
from pathlib import Path
from random import Random

import pytest

from tests.support.exporter.simulated_days import (
    DAY,
    HOUR,
    START,
    Rate,
    SimulatedProcess,
    Upstream,
    burst_rate,
    exhausting_rate,
    idle_rate,
    resets_seen,
    restart_event,
    run,
    steady_rate,
    worst_stretch,
    worst_window,
)
from tests.support.tokens import fitbit
from tokcheck.core.report import Verdict
from tokcheck.exporter.state import ProbeResult, SkipReason

# Days of what the tests of its parts measure line by line.
pytestmark = pytest.mark.untraced

BUDGET = 6
SKEWS = (-240.0, -60.0, 0.0, 60.0)


def simulate(folder: Path, upstream: Upstream, days: float = 1, seed: int = 1) -> SimulatedProcess:
    process = SimulatedProcess(upstream, folder, random=Random(seed))
    run([process], days * DAY)
    return process


@pytest.mark.parametrize("ahead", SKEWS)
@pytest.mark.parametrize("rate", [idle_rate, steady_rate, burst_rate, exhausting_rate])
def test_the_budget_holds_and_resets_are_observed_soon(
    tmp_path: Path, rate: Rate, ahead: float
) -> None:
    upstream = Upstream(ahead=ahead, rate=rate)
    simulate(tmp_path, upstream, days=2, seed=int(ahead))
    assert worst_stretch(upstream.requests) <= BUDGET
    assert worst_window(upstream) <= BUDGET
    seen = resets_seen(upstream)
    assert len(seen) >= 46  # of 48: hardly a window passes unseen
    assert sum(after < 300 for after in seen) >= 38


def test_an_idle_account_is_probed_once_an_hour(tmp_path: Path) -> None:
    upstream = Upstream()
    simulate(tmp_path, upstream, days=3)
    assert 72 <= len(upstream.requests) <= 84


def test_a_falling_quota_is_probed_more_often(tmp_path: Path) -> None:
    upstream = Upstream(rate=burst_rate)
    simulate(tmp_path, upstream, days=3)
    busy = [at for at in upstream.requests if burst_rate(at)]
    hours_busy = 24
    quiet = [at for at in upstream.requests if not burst_rate(at)]
    assert len(busy) / hours_busy > 2.5 * len(quiet) / (72 - hours_busy)
    # A quota that is used up within half an hour is seen on the way, not only before and after.
    statuses = [status for at, status in upstream.answered if burst_rate(at)]
    assert statuses.count(429) < len(statuses) / 3


def test_after_a_429_none_is_sent_before_the_reset(tmp_path: Path) -> None:
    upstream = Upstream(rate=exhausting_rate)
    process = simulate(tmp_path, upstream, days=2)
    limited = [at for at, status in upstream.answered if status == 429]
    assert limited
    for at in limited:
        reset = at - at % HOUR + HOUR
        assert not [other for other in upstream.requests if at < other < reset]
    assert process.states["anna"].skipped[SkipReason.RATE_LIMITED] > 0


@pytest.mark.parametrize(
    ("status", "requests", "verdict", "skip"),
    [
        (401, 1, Verdict.REVOKED_OR_INVALID, SkipReason.REFUSED),
        (410, 3, Verdict.SERVICE_GONE, SkipReason.SERVICE_GONE),
    ],
)
def test_a_refused_token_or_a_closed_service_is_hardly_probed(
    tmp_path: Path, status: int, requests: int, verdict: Verdict, skip: SkipReason
) -> None:
    upstream = Upstream(status=lambda true: status)  # noqa: ARG005 - always the same
    state = simulate(tmp_path, upstream, days=3).states["anna"]
    assert requests == len(upstream.requests)
    assert verdict is state.verdict
    # Each probe that the usual pause would have sent is counted: three an hour.
    assert 200 <= state.skipped[skip] <= 232


def test_probes_back_off_during_an_outage_and_recover(tmp_path: Path) -> None:
    upstream = Upstream(status=lambda true: 0 if true < START + DAY / 2 else None)
    state = simulate(tmp_path, upstream).states["anna"]
    assert worst_stretch(upstream.requests) <= BUDGET
    failed = state.probes[ProbeResult.UNDETERMINED]
    assert 12 <= failed <= 30  # in 12 hours
    assert state.verdict is Verdict.VALID
    assert min(at for at, _ in upstream.answered) < START + DAY / 2 + HOUR


@pytest.mark.parametrize("seed", range(3))
def test_processes_restarts_and_reloads_share_one_budget(tmp_path: Path, seed: int) -> None:
    upstream = Upstream(
        ahead=Random(seed).uniform(-200, 200),
        rate=burst_rate,
        status=lambda true: {3: 0, 5: 429, 6: 503}.get(int(true // 700 % 9)),
    )
    processes = [
        SimulatedProcess(upstream, tmp_path, ("anna", "ben"), Random(seed * 2 + n), killed=0.2)
        for n in range(2)
    ]
    random = Random(seed)
    events = [(random.uniform(0, 2 * DAY), restart_event(processes[n % 2])) for n in range(40)]
    for n in range(40):
        token = fitbit(exp=int(START) + 90 * 86_400 + n)  # another text of the same user
        reload = partial(processes[n % 2].reload, token)
        events.append((random.uniform(0, 2 * DAY), reload))
    # A crash loop, and somebody who reloads all the time.
    events += [(DAY + n, restart_event(processes[0])) for n in range(60)]
    events += [(DAY + HOUR + n, processes[1].reload) for n in range(60)]
    run(processes, 2 * DAY, events)
    assert 48 < len(upstream.requests)
    assert worst_stretch(upstream.requests) <= BUDGET
    assert worst_window(upstream) <= BUDGET


@pytest.mark.parametrize("jump", [-9 * HOUR, -HOUR, -600.0, 600.0, HOUR, 9 * HOUR])
@pytest.mark.parametrize("rate", [idle_rate, burst_rate])
def test_setting_the_clock_causes_no_burst_and_no_stall(
    tmp_path: Path, jump: float, rate: Rate
) -> None:
    upstream = Upstream(rate=rate)
    process = SimulatedProcess(
        upstream, tmp_path, steady=True, skew=lambda true: jump if true > START + DAY / 2 else 0.0
    )
    run([process], DAY)
    assert int(jump < 0) == process.replans
    assert worst_stretch(upstream.requests) <= BUDGET
    pauses = [b - a for a, b in zip(upstream.requests, upstream.requests[1:], strict=False)]
    assert max(pauses) < 2.2 * HOUR


def _clock_lead(jumps: list[float], true: float) -> float:
    """Return by how much a clock is ahead that is set every four hours."""
    return jumps[int((true - START) // (4 * HOUR))]


def test_clocks_that_jump_every_few_hours_cause_no_burst_and_no_stall(tmp_path: Path) -> None:
    for seed in range(6):
        random = Random(seed)
        jumps = [random.choice((-1, 1)) * random.uniform(60, 9 * HOUR) for _ in range(13)]
        upstream = Upstream(rate=random.choice((idle_rate, steady_rate, burst_rate)))
        process = SimulatedProcess(
            upstream,
            tmp_path / str(seed),
            random=random,
            steady=True,
            skew=partial(_clock_lead, jumps),
        )
        run([process], 2 * DAY)
        back = sum(after < before - 120 for before, after in itertools.pairwise(jumps[:12]))
        assert back <= process.replans <= back + 2, seed
        assert worst_stretch(upstream.requests) <= BUDGET, seed
        pauses = [b - a for a, b in itertools.pairwise(upstream.requests)]
        assert max(pauses) < 2.2 * HOUR, seed


@pytest.mark.parametrize("jump", [-9 * HOUR, 9 * HOUR])
def test_a_token_is_expired_only_while_the_clock_says_so(tmp_path: Path, jump: float) -> None:
    upstream = Upstream()
    process = SimulatedProcess(
        upstream,
        tmp_path,
        token=fitbit(exp=int(START) + 8 * 3600),
        skew=lambda true: jump if true < START + HOUR else 0.0,
    )
    run([process], 10 * HOUR)
    state = process.states["anna"]
    late = [at for at in upstream.requests if at > START + 8 * HOUR]
    assert [] == late
    assert [at for at in upstream.requests if START + HOUR < at < START + 4 * HOUR]
    assert state.verdict is Verdict.EXPIRED
    assert state.expires_at == START + 8 * HOUR
    assert state.skipped[SkipReason.EXPIRED] > 3


def test_a_thousand_accounts_are_spread_at_the_start(tmp_path: Path) -> None:
    upstream = Upstream()
    names = [f"user-{n}" for n in range(1000)]
    # Without a budget in the way: all belong to one user, and their requests are counted together.
    process = SimulatedProcess(upstream, tmp_path, names)
    process.start(START)
    first = [at for at, _ in process.wakes]
    process.stop()
    assert 15 < max(first) - START < 21
    assert worst_stretch(first, 1.0) < 100
