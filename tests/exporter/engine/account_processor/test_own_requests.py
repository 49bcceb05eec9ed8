"""Accounts with observed requests of their own: probed seldom, and never with an older quota."""

from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.exporter.observed_traffic import REMAINING, ObservedClient, QuotaAges
from tests.support.exporter.sandbox_store import FITBIT, consented_grant, put
from tests.support.exporter.simulated_exporter import (
    HOUR,
    START,
    device_requests,
    settings,
    simulated_exporter,
)
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.core.report import Quota
from tokcheck.exporter import ExporterSettings
from tokcheck.exporter.ledger import Ledger
from tokcheck.exporter.sources.registry import Selection
from tokcheck.providers.observed.traffic import ObservedQuota, Traffic
from tokcheck.sandbox import Sandbox

pytestmark = pytest.mark.anyio
_POLL = 60.0


@pytest.fixture
def virtual() -> VirtualTime:
    return VirtualTime(START, START + 6 * HOUR)


class WatchedToken(NamedTuple):
    """A token, and the settings of an exporter that watches it as the account ``anna``."""

    text: str
    settings: ExporterSettings


@pytest.fixture
def watched_token(tmp_path: Path, sandbox: Sandbox) -> WatchedToken:
    token = sandbox.state.issue_fitbit_token(lifetime=200_000)
    selection = Selection(variables={"anna": "ANNA"})
    chosen = settings(sandbox.url, selection, tmp_path, {"ANNA": token})
    chosen.ledger.parent.mkdir(mode=0o700)
    return WatchedToken(token, chosen)


async def test_traffic_of_its_own_spares_all_probes_for_hours(
    watched_token: WatchedToken, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    client = ObservedClient(sandbox.state, watched_token.text, watched_token.settings.ledger)
    client(START)
    async with simulated_exporter(watched_token.settings, virtual) as exporter:
        ages = QuotaAges(exporter, client)
        virtual.meanwhile = ages
        await exporter.service.engine.run(virtual.stop)
        source = exporter.metric("tokcheck_quota_source", account="anna", source="observed")
        requests = exporter.metric(
            "tokcheck_observed_requests_total", account="anna", code_class="2xx"
        )
        assert 1 == exporter.metric("tokcheck_token_valid", account="anna")
    assert 0 == device_requests(sandbox.state)
    assert _POLL >= max(ages.seconds), "what was reported is known at the next poll"
    assert 1 == source
    assert requests is not None
    assert len(client.reported) - 3 <= requests <= len(client.reported), "but for the last poll"


async def test_a_posted_response_is_as_old_as_its_date(
    watched_token: WatchedToken, virtual: VirtualTime
) -> None:
    """As one of a proxy's log is."""

    def headers(remaining: int, seconds_ago: int) -> dict[str, str]:
        moment = datetime.fromtimestamp(virtual.now() - seconds_ago, UTC)
        return {
            "fitbit-rate-limit-limit": "150",
            "fitbit-rate-limit-remaining": str(remaining),
            "fitbit-rate-limit-reset": "1800",
            "date": format_datetime(moment, usegmt=True),
        }

    async with simulated_exporter(watched_token.settings, virtual) as exporter:
        await exporter.run_for(60)
        observe = exporter.service.engine.observe
        for remaining, seconds_ago, is_latest in ((90, 5, True), (140, 400, False)):
            summary = await observe("anna", 200, headers(remaining, seconds_ago))
            assert summary is not None
            assert is_latest is summary.is_latest
        assert 90 == exporter.metric(REMAINING, account="anna", window="hour")
        seen_at = exporter.metric("tokcheck_quota_observed_timestamp_seconds", account="anna")
    assert seen_at is not None
    assert 4 <= virtual.now() - seen_at <= 6


async def test_what_was_observed_before_the_start_spares_the_first_probe(
    watched_token: WatchedToken, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    ObservedClient(sandbox.state, watched_token.text, watched_token.settings.ledger)(START)
    async with simulated_exporter(watched_token.settings, virtual) as exporter:
        await exporter.run_for(600)
        assert exporter.service.is_ready(), "it waits for no probe"
        assert 0 == device_requests(sandbox.state)
        await exporter.run_for(HOUR)
        assert 1 <= device_requests(sandbox.state), "once the observation is too old"


async def test_one_run_sends_no_probe_that_an_observation_makes_needless(
    watched_token: WatchedToken, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    ObservedClient(sandbox.state, watched_token.text, watched_token.settings.ledger)(START)
    async with simulated_exporter(watched_token.settings, virtual) as exporter:
        await exporter.service.engine.run_once()
        assert 1 == exporter.metric("tokcheck_token_valid", account="anna")
        assert 149 == exporter.metric(REMAINING, account="anna")
    assert 0 == device_requests(sandbox.state)


async def test_traffic_does_not_show_the_scopes_that_an_account_requires(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_google_token(lifetime=200_000)
    (tmp_path / "token").write_text(token)
    configuration = tmp_path / "tokcheck.toml"
    configuration.write_text(
        '[accounts.gina]\nprovider = "google-health"\nfile = "token"\nrequire_scopes = ["sleep"]\n'
    )
    configuration.chmod(0o600)
    (tmp_path / "token").chmod(0o600)
    chosen = settings(sandbox.url, Selection(config=configuration), tmp_path, {})
    chosen.ledger.parent.mkdir(mode=0o700)
    traffic = Traffic("google-health", None, {"2xx": 1}, {int(START // 60): 1})
    with Ledger(chosen.ledger) as ledger:
        ledger.observe("gina", traffic, START)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        assert 1 == exporter.metric("tokcheck_probe_success", account="gina")


async def test_a_probe_is_sent_when_the_traffic_has_ended(
    watched_token: WatchedToken, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    client = ObservedClient(sandbox.state, watched_token.text, watched_token.settings.ledger)
    async with simulated_exporter(watched_token.settings, virtual) as exporter:
        virtual.meanwhile = client
        await exporter.run_for(HOUR)
        assert 1 >= device_requests(sandbox.state)
        virtual.meanwhile = lambda _: None
        await exporter.run_for(HOUR)
    assert 1 <= device_requests(sandbox.state) <= 5


async def test_a_refusal_of_a_request_of_its_own_is_a_pause(
    watched_token: WatchedToken, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    async with simulated_exporter(watched_token.settings, virtual) as exporter:
        await exporter.run_for(60)
        now = virtual.moment
        reset_at = datetime.fromtimestamp(now + 3000, UTC)
        refused = ObservedQuota(now, 429, (Quota("hour", 150, 0, reset_at, "headers"),), now + 3000)
        with Ledger(watched_token.settings.ledger) as ledger:
            ledger.observe("anna", Traffic("fitbit", refused, {"4xx": 1}, {}), now)
        before = device_requests(sandbox.state)
        await exporter.run_for(2900)
        assert before == device_requests(sandbox.state)
        verdict = exporter.metric("tokcheck_token_verdict", account="anna", verdict="rate_limited")
        assert 1 == verdict
        await exporter.run_for(600)
        assert before + 1 == device_requests(sandbox.state)


async def test_accepted_requests_end_a_refusal_where_no_response_reports_a_quota(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_google_token(lifetime=200_000)
    chosen = settings(sandbox.url, Selection(variables={"gina": "GINA"}), tmp_path, {"GINA": token})
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)

        def observe(latest: ObservedQuota | None, code_class: str) -> None:
            moment = virtual.moment
            traffic = Traffic("google-health", latest, {code_class: 1}, {int(moment // 60): 1})
            with Ledger(chosen.ledger) as ledger:
                ledger.observe("gina", traffic, moment)

        def is_limited() -> bool:
            name = "tokcheck_token_verdict"
            return exporter.metric(name, account="gina", verdict="rate_limited") == 1

        now = virtual.moment
        observe(ObservedQuota(now, 429, (), now + 90), "4xx")
        await exporter.run_for(45)
        assert is_limited()
        observe(None, "2xx")
        await exporter.run_for(40)
        assert is_limited(), "the pause lasts"
        virtual.meanwhile = lambda _: observe(None, "2xx")
        await exporter.run_for(2 * _POLL)
        assert not is_limited()
        source = exporter.metric("tokcheck_quota_source", account="gina", source="counted")
        assert 1 == source


@pytest.mark.parametrize("an_hour", [100, 0])
async def test_a_token_that_another_process_refreshed_is_known_to_work_soon(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, an_hour: float
) -> None:
    """By the next request with it; if none comes, by a probe."""
    home = tmp_path / "home"
    put(home, consented_grant(sandbox.state, FITBIT, "anna"))
    chosen = settings(sandbox.url, Selection(home=home, accounts=True), tmp_path, {})
    async with simulated_exporter(chosen, virtual) as exporter:

        def use(now: float) -> None:
            quota = Quota("hour", 150, 100, datetime.fromtimestamp(now + 60, UTC), "headers")
            seen = ObservedQuota(now, 200, (quota,))
            with Ledger(chosen.ledger) as ledger:
                ledger.observe("anna", Traffic("fitbit", seen, {"2xx": 1}, {}), now)

        unknown: list[float] = []

        def meanwhile(now: float) -> None:
            if an_hour:
                use(now)
            if exporter.metric("tokcheck_token_valid", account="anna") is None:
                unknown.append(now)

        use(START)
        virtual.meanwhile = use
        await exporter.run_for(HOUR)
        probes, refreshed_at = device_requests(sandbox.state), virtual.moment
        renewed = consented_grant(sandbox.state, FITBIT, "anna")
        put(home, renewed._replace(obtained_at=virtual.moment + 1))
        virtual.meanwhile = meanwhile
        await exporter.run_for(HOUR / 4)
        assert 1 == exporter.metric("tokcheck_token_valid", account="anna")
        assert all(at <= refreshed_at + 3 * _POLL for at in unknown)
        assert (probes if an_hour else probes + 1) == device_requests(sandbox.state)
