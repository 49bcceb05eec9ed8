"""The configured window is that of every reported quota, whoever sent the requests."""

from pathlib import Path

import pytest

from tests.support.exporter.simulated_exporter import settings, simulated_exporter
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.core.report import Quota
from tokcheck.exporter.scheduling.configured_window import traffic_of_account
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.sources.registry import Selection
from tokcheck.providers import REGISTRY
from tokcheck.providers.observed.traffic import EarlierWindow, ObservedQuota, Traffic
from tokcheck.sandbox import Sandbox
from tokcheck.sandbox.state.rate_limits import RateLimitRule

pytestmark = pytest.mark.anyio
_LENGTH = "tokcheck_quota_window_seconds"
_MISMATCH = "tokcheck_quota_window_mismatch"


def _headers(reset: int) -> dict[str, str]:
    return {
        "fitbit-rate-limit-limit": "40",
        "fitbit-rate-limit-remaining": "31",
        "fitbit-rate-limit-reset": str(reset),
    }


@pytest.mark.parametrize("is_probed", [True, False])
@pytest.mark.parametrize(
    ("window", "label", "seconds"), [("15s", "15s", 15.0), ("90m", "5400s", 5_400.0)]
)
async def test_an_observation_counts_by_the_configured_window(
    tmp_path: Path,
    virtual: VirtualTime,
    sandbox: Sandbox,
    *,
    window: str,
    label: str,
    seconds: float,
    is_probed: bool,
) -> None:
    config = tmp_path / "accounts.toml"
    config.write_text(f'defaults.window = "{window}"\ndefaults.share = 0.5\n')
    selection = Selection(config, variables={"va": "VA"})
    sandbox.state.set_rate_limit("fitbit", RateLimitRule(40, seconds))
    chosen = settings(
        sandbox.url, selection, tmp_path, {"VA": sandbox.state.issue_fitbit_token(lifetime=200_000)}
    )
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.poll_sources()
        if is_probed:
            await exporter.run_for(5)
        assert await exporter.service.engine.observe("va", 200, _headers(int(seconds) - 6))
        assert seconds == exporter.metric(_LENGTH, window=label)
        assert exporter.metric(_LENGTH, window="hour") is None
        assert 31 == exporter.metric("tokcheck_quota_remaining_requests", window=label)
        assert 0 == exporter.metric(_MISMATCH, account="va")
        virtual.moment += 1
        await exporter.service.engine.observe("va", 200, _headers(int(seconds) * 2))
        assert 1 == exporter.metric(_MISMATCH, window=label), "as for the resets of probes"
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.poll_sources()
        assert exporter.metric(_LENGTH, window="hour") is None, "nor after a restart"
        assert seconds == exporter.metric(_LENGTH, window=label)


def test_only_the_window_of_the_pace_is_configured() -> None:
    hour = Quota("hour", 40, 1, None, "observed")
    quotas = (hour, hour._replace(window="day"), hour._replace(owner="project"))
    latest = ObservedQuota(1.0, 200, quotas, earlier=(EarlierWindow(0.5, quotas[0]),))
    traffic = Traffic("fitbit", latest, {"2xx": 1}, {})
    after = traffic_of_account(traffic, REGISTRY["fitbit"], Policy(window=15.0)).latest
    assert after is not None
    assert ["15s", "day", "hour"] == [quota.window for quota in after.quotas]
    assert ["15s"] == [each.quota.window for each in after.earlier]
    assert traffic == traffic_of_account(traffic, REGISTRY["fitbit"], Policy())


async def test_a_response_counts_once_though_further_requests_are_reported(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    config = tmp_path / "accounts.toml"
    config.write_text('defaults.window = "90m"\n')
    token = sandbox.state.issue_fitbit_token(lifetime=200_000)
    chosen = settings(
        sandbox.url, Selection(config, variables={"va": "VA"}), tmp_path, {"VA": token}
    )
    async with simulated_exporter(chosen, virtual) as exporter:
        engine = exporter.service.engine
        await engine.poll_sources()
        assert await engine.observe("va", 200, _headers(3_600))
        (before,) = engine.account_states()
        engine.parts.ledger.observe("va", Traffic("fitbit", None, {"2xx": 1}, {}), virtual.moment)
        await engine.poll_sources()
        (after,) = engine.account_states()
    assert (("2xx", 2),) == after.observed_requests
    assert before.history == after.history
    assert before.trail == after.trail
