"""The configured window is that of every reported quota, whoever sent the requests."""

from pathlib import Path

import pytest

from tests.support.exporter.simulated_exporter import settings, simulated_exporter
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.core.report import Quota
from tokcheck.exporter import ExporterSettings
from tokcheck.exporter.scheduling.budget import effective_pace, window_seconds
from tokcheck.exporter.scheduling.configured_window import quotas_of_account, traffic_of_account
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.sources.registry import Selection
from tokcheck.exporter.web.actions import ClientObservation
from tokcheck.providers import REGISTRY
from tokcheck.providers.observed.traffic import EarlierWindow, ObservedQuota, Traffic
from tokcheck.providers.ready_made_providers import load_packaged
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


def _settings(sandbox: Sandbox, folder: Path, config: Path | None = None) -> ExporterSettings:
    """Return settings of an exporter that watches a Fitbit token as the account ``va``."""
    token = sandbox.state.issue_fitbit_token(lifetime=200_000)
    selection = Selection(config, variables={"va": "VA"})
    return settings(sandbox.url, selection, folder, {"VA": token})


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
    sandbox.state.set_rate_limit("fitbit", RateLimitRule(40, seconds))
    chosen = _settings(sandbox, tmp_path, config)
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


def test_a_configured_window_keeps_its_family() -> None:
    github = load_packaged()["github"]
    core = Quota("core hour", 5_000, 4_990, None, "headers")
    for quotas, labels in (((core,), ["core 15s"]), ((core._replace(window="hour"),), ["hour"])):
        after = quotas_of_account(quotas, github.pace, Policy(window=15.0))
        assert labels == [quota.window for quota in after]
    pace = effective_pace(github.pace, Policy(window=15.0))
    assert ("core 15s", 15.0) == (pace.window, pace.seconds)


def test_the_window_of_a_whole_application_stays_the_declared_one() -> None:
    """As with ``defaults.window``, which is for the other accounts."""
    strava = load_packaged()["strava"]
    policy = Policy(window=15.0)
    assert strava.pace == effective_pace(strava.pace, policy)
    assert 900.0 == window_seconds(strava.pace, policy)


async def test_a_response_counts_once_though_further_requests_are_reported(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    config = tmp_path / "accounts.toml"
    config.write_text('defaults.window = "90m"\n')
    chosen = _settings(sandbox, tmp_path, config)
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


async def test_the_reply_to_an_observation_says_that_a_newer_one_stays(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    chosen = _settings(sandbox, tmp_path)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.poll_sources()
        replies = [
            await exporter.service.observe(ClientObservation("va", 200, headers))
            for headers in (
                _headers(600) | {"date": "Thu, 15 Jan 2026 11:59:50 GMT"},
                _headers(900) | {"date": "Thu, 15 Jan 2026 11:50:00 GMT"},
                {"date": "Thu, 15 Jan 2026 11:59:55 GMT"},
            )
        ]
        assert await exporter.service.observe(ClientObservation("vb", 200, {})) is None
    newer = "The rate limits of a newer response are known, and stay as they are."
    assert ["va: recorded.", f"va: recorded. {newer}", "va: recorded."] == replies


_CACHED = (
    "va: no response of the Fitbit Web API to record. 1 response is from a cache and left out."
)
_UNREAD = (
    "va: recorded. The value of fitbit-rate-limit-remaining cannot be read as a rate limit of the "
    "Fitbit Web API."
)


async def test_the_reply_to_an_observation_has_the_notes_of_the_command(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    """A response of a cache is neither counted nor taken over."""
    chosen = _settings(sandbox, tmp_path)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.poll_sources()
        for name, value, reply, count in (
            ("age", "0", "va: recorded.", 1),
            ("age", "7", _CACHED, 1),
            ("x-cache", "HIT", _CACHED, 1),
            ("cf-cache-status", "HIT", _CACHED, 1),
            ("fitbit-rate-limit-remaining", "abc", _UNREAD, 2),
            ("fitbit-rate-limit-remaining", "-5", _UNREAD, 3),
            ("fitbit-rate-limit-remaining", "500", _UNREAD, 4),
        ):
            observed = ClientObservation("va", 200, _headers(600) | {name: value})
            assert reply == await exporter.service.observe(observed)
            (state,) = exporter.service.engine.account_states()
            assert (("2xx", count),) == state.observed_requests


async def test_the_refusal_of_a_declared_provider_reports_what_is_left(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    """But for one that another server wrote."""
    headers = {
        "x-ratelimit-resource": "core",
        "x-ratelimit-limit": "5000",
        "x-ratelimit-reset": str(int(virtual.moment) + 600),
    }
    chosen = settings(
        sandbox.url, Selection(variables={"va": "VA"}), tmp_path, {"VA": f"ghp_{'a1B2' * 9}"}
    )._replace(providers=load_packaged())
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.poll_sources()
        for left, status in enumerate((200, 400, 401, 403, 404, 422, 429, 500), 1):
            virtual.moment += 1
            observed = headers | {"x-ratelimit-remaining": str(left)}
            page = observed | {"x-ratelimit-remaining": "77", "content-type": "text/html"}
            for each in (observed, page) if status >= 400 else (observed,):
                await exporter.service.observe(ClientObservation("va", status, each))
            assert left == exporter.metric("tokcheck_quota_remaining_requests"), status
