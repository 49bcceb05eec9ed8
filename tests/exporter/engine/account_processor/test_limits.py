"""The effect of a limit that is reached: verdict, metrics, and the time of the next probe."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.exporter.simulated_exporter import (
    HOUR,
    START,
    settings,
    simulated_exporter,
)
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.exporter.sources.registry import Selection
from tokcheck.sandbox import Sandbox
from tokcheck.sandbox.state.canned_responses import CannedResponse
from tokcheck.sandbox.state.rate_limits import RateLimitRule

pytestmark = pytest.mark.anyio
_DEVICES = "/1/user/-/devices.json"
_IDENTITY = "/v4/users/me/identity"
_LIMIT, _REMAINING, _RESET = (
    f"tokcheck_quota_{name}" for name in ("limit_requests", "remaining_requests", "reset_timestamp")
)


class ReachedLimit(NamedTuple):
    """A fault, and what the exporter makes of it."""

    fault: str
    verdict: str
    valid: float | None
    window: str
    quota: tuple[float | None, float | None, float | None]
    """Limit, requests left, and the seconds from now to the reset."""
    pause: float
    """For how many seconds at least no probe is sent."""
    path: str = _IDENTITY


LIMITS = [
    ReachedLimit(
        "rate-headers-used-up", "rate_limited", 1.0, "hour", (150, 0, 1201), 1201, _DEVICES
    ),
    ReachedLimit("too-many-requests", "rate_limited", 1.0, "hour", (150, 0, 1201), 1201, _DEVICES),
    ReachedLimit("too-many-requests-100-seconds", "rate_limited", 1.0, "100s", (500, 0, 41), 41),
    # The delay of 32 s that comes with it is no end of the day.
    ReachedLimit("too-many-requests-day", "rate_limited", 1.0, "day", (86_400_000, 0, None), HOUR),
    ReachedLimit("too-many-requests-retry-after", "rate_limited", 1.0, "minute", (None, 0, 32), 32),
    ReachedLimit("front-end-limit", "undetermined", None, "hour", (None,) * 3, 30, _DEVICES),
    ReachedLimit("front-end-limit-json", "undetermined", None, "hour", (None,) * 3, 30, _DEVICES),
    ReachedLimit("unavailable-retry-info", "undetermined", None, "minute", (None,) * 3, 40),
]


def probes(sandbox: Sandbox, path: str) -> int:
    return sum(n for (_, each, _), n in sandbox.state.request_counts().items() if each == path)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.fault)
async def test_a_limit_is_shown_as_reported_and_waited_for(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, limit: ReachedLimit
) -> None:
    sandbox_state = sandbox.state
    mint = (
        sandbox_state.issue_fitbit_token
        if limit.path == _DEVICES
        else sandbox_state.issue_google_token
    )
    token = mint(lifetime=48 * 3600)
    sandbox_state.faults.add(limit.fault)
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        assert 1 == probes(sandbox, limit.path)
        assert limit.valid == exporter.metric("tokcheck_token_valid")
        assert 1.0 == exporter.metric("tokcheck_token_verdict", verdict=limit.verdict)
        success = exporter.metric("tokcheck_probe_success")
        assert (0.0 if limit.valid is None else 1.0) == success
        count, left, reset = (
            exporter.metric(name, window=limit.window) for name in (_LIMIT, _REMAINING, _RESET)
        )
        assert limit.quota == (count, left, None if reset is None else reset - START)
        await exporter.run_for(limit.pause - 2)
        assert 1 == probes(sandbox, limit.path), "nothing is sent before"
        planned = exporter.metric("tokcheck_probe_next_timestamp_seconds")
        assert planned is not None
        sandbox_state.faults.clear()
        await exporter.run_for(planned + 60 - virtual.moment)
        assert 1 < probes(sandbox, limit.path)
        assert 1.0 == exporter.metric("tokcheck_token_verdict", verdict="valid")


async def test_the_pause_of_a_failing_server_is_kept_and_is_no_quota(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=48 * 3600)
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    sandbox.state.canned_responses.put(
        "GET", _DEVICES, CannedResponse(503, (("Retry-After", "5400"),), b"")
    )
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        assert 0.0 == exporter.metric("tokcheck_probe_success")
        assert exporter.metric("tokcheck_token_valid") is None, "a 503 says nothing about it"
        # The rate-limit headers came along.
        known = [exporter.metric(name, window="hour") for name in (_LIMIT, _REMAINING, _RESET)]
        assert [150.0, 149.0, START + HOUR] == known
        sandbox.state.canned_responses.remove()
        await exporter.run_for(5400 - 120)
        assert 1 == probes(sandbox, _DEVICES)
        await exporter.run_for(2 * HOUR)
        assert 1 < probes(sandbox, _DEVICES)
        assert 1.0 == exporter.metric("tokcheck_probe_success")


async def _start_for(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, names: tuple[str, ...], seconds: float
) -> None:
    """Watch one user's accounts of these names for a while, with tokens of their own."""
    tokens = {name.upper(): sandbox.state.issue_fitbit_token(lifetime=400_000) for name in names}
    variables = Selection(variables={name: name.upper() for name in names})
    async with simulated_exporter(
        settings(sandbox.url, variables, tmp_path, tokens), virtual
    ) as exporter:
        await exporter.run_for(seconds)


async def test_new_names_of_one_user_start_from_the_limit_that_was_reported(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    sandbox.state.set_rate_limit("fitbit", RateLimitRule(40, HOUR))
    await _start_for(tmp_path, virtual, sandbox, ("anna",), 60)
    assert 1 == probes(sandbox, _DEVICES)
    for number in range(6):  # in an hour
        await _start_for(tmp_path, virtual, sandbox, (f"anna-{number}", f"bo-{number}"), 590)
    assert probes(sandbox, _DEVICES) <= 2, "4 % of 40 is one an hour; 4 % of the documented 150 six"


async def test_a_new_name_beside_the_old_one_starts_from_the_limit_that_was_reported(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    sandbox.state.set_rate_limit("fitbit", RateLimitRule(40, HOUR))
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    (tokens / "anna").write_text(sandbox.state.issue_fitbit_token(lifetime=400_000))
    chosen = settings(sandbox.url, Selection(tokens_dir=tokens), tmp_path, {})
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        for name in ("bo", "cy", "dee"):
            (tokens / name).write_text(sandbox.state.issue_fitbit_token(lifetime=400_000))
            await exporter.run_for(600)
        assert 1 == probes(sandbox, _DEVICES)
