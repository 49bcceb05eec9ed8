"""The exporter where clocks are wrong: the server's, or this computer's for a while."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.exporter.sandbox_store import FITBIT, GOOGLE, consented_grant, put
from tests.support.exporter.simulated_exporter import (
    HOUR,
    SELDOM_POLLED,
    device_requests,
    settings,
    simulated_exporter,
)
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.accounts.grant import Client
from tokcheck.accounts.store import Store
from tokcheck.core.report import Verdict
from tokcheck.exporter import ExporterSettings
from tokcheck.exporter.display.account_view import view_account
from tokcheck.exporter.sources.registry import Selection
from tokcheck.exporter.web.page.row import row
from tokcheck.sandbox import Sandbox, serve_in_thread
from tokcheck.sandbox import SandboxState as Upstream

pytestmark = pytest.mark.anyio
DAY = 24 * HOUR
JUMPS = (2 * HOUR, DAY, 10 * DAY)
REMAINING = "tokcheck_quota_remaining_requests"


@pytest.fixture
def skew() -> float:
    """The server's clock minus the true time; tests set it by parameters."""
    return 0.0


@pytest.fixture
def sandbox(virtual: VirtualTime, skew: float) -> Iterator[Sandbox]:
    with serve_in_thread(Upstream(now=lambda: virtual.true_now() + skew)) as started:
        yield started


def make_settings(
    tmp_path: Path, sandbox: Sandbox, token: str, *, url: str | None = None
) -> ExporterSettings:
    selection = Selection(variables={"anna": "ANNA"})
    chosen = settings(url or sandbox.url, selection, tmp_path, {"ANNA": token})
    return chosen._replace(poll_interval=SELDOM_POLLED)


def make_store_settings(tmp_path: Path, sandbox: Sandbox) -> ExporterSettings:
    selection = Selection(home=tmp_path / "home", accounts=True)
    return settings(sandbox.url, selection, tmp_path, {})._replace(poll_interval=SELDOM_POLLED)


@pytest.mark.parametrize("skew", [-2 * DAY, -HOUR, -600.0, 0.0, 600.0, HOUR, 2 * DAY])
async def test_the_quota_is_shown_whatever_the_servers_clock_says(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, skew: float
) -> None:
    chosen = make_settings(
        tmp_path, sandbox, sandbox.state.issue_fitbit_token(lifetime=int(9 * DAY))
    )
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        assert 149 == exporter.metric(REMAINING)
        reset = exporter.metric("tokcheck_quota_reset_timestamp_seconds")
        assert reset is not None
        assert HOUR - 2 <= reset - virtual.now() <= HOUR
        (state,) = exporter.service.account_states()
        page = row(view_account(state, virtual.now()), {}, virtual.now())
    assert bool(skew) == ("The server&#x27;s clock is" in page)


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("minutes", [10, 90])
async def test_after_a_clock_that_was_ahead_probes_go_on(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, jump: float, minutes: int
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=int(30 * DAY))
    async with simulated_exporter(make_settings(tmp_path, sandbox, token), virtual) as exporter:
        await exporter.run_for(HOUR)
        virtual.ahead = jump
        await exporter.run_for(minutes * 60)
        virtual.ahead = 0.0
        before = device_requests(sandbox.state)
        await exporter.run_for(2 * HOUR)
        assert 1 <= device_requests(sandbox.state) - before <= 2 * 6
        assert exporter.metric(REMAINING) is not None
        planned = exporter.metric("tokcheck_probe_next_timestamp_seconds")
        assert planned is not None
        assert planned <= virtual.now() + 1.2 * HOUR
        succeeded = exporter.metric("tokcheck_probe_last_success_timestamp_seconds")
        assert succeeded is not None
        assert virtual.now() - 1.2 * HOUR <= succeeded <= virtual.now() + 1
        assert 1 == exporter.metric("tokcheck_token_valid")
    assert 1 == sum("set back" in line for line in exporter.log)


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_ledger_of_the_future_does_not_silence_the_next_start(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, jump: float
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=int(30 * DAY))
    chosen = make_settings(tmp_path, sandbox, token)
    virtual.ahead = jump
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(HOUR)
    virtual.ahead = 0.0
    before = device_requests(sandbox.state)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(2 * HOUR)
        assert 1 <= device_requests(sandbox.state) - before <= 2 * 6
        assert exporter.metric(REMAINING) is not None


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_ledger_of_the_future_does_not_silence_many_short_runs(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, jump: float
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=int(30 * DAY))
    chosen = make_settings(tmp_path, sandbox, token)
    virtual.ahead = jump
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
    virtual.ahead = 0.0
    for _ in range(20):
        virtual.moment += 300
        async with simulated_exporter(chosen, virtual) as exporter:
            await exporter.service.engine.run_once()
    assert 2 <= device_requests(sandbox.state) <= 6


@pytest.mark.parametrize("jump", JUMPS)
async def test_an_opaque_tokens_expiry_returns_with_the_clock(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, jump: float
) -> None:
    token = sandbox.state.issue_google_token(lifetime=int(3 * HOUR))
    chosen = make_settings(tmp_path, sandbox, token)
    virtual.ahead = jump
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
    virtual.ahead = 0.0
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.poll_sources()
        expiry = exporter.metric("tokcheck_token_expiry_timestamp_seconds")
        assert expiry is not None
        assert abs(expiry - virtual.now() - 3 * HOUR) < 5


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_service_gone_in_the_future_is_probed_a_day_later(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, jump: float
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=int(30 * DAY))
    sandbox.state.faults.add("service-gone", 1)
    chosen = make_settings(tmp_path, sandbox, token)
    virtual.ahead = jump
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        assert [Verdict.SERVICE_GONE] == [s.verdict for s in exporter.service.account_states()]
    virtual.ahead = 0.0
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(1.2 * DAY)
        assert [Verdict.VALID] == [s.verdict for s in exporter.service.account_states()]


@pytest.mark.parametrize("client", [FITBIT, GOOGLE], ids=lambda client: client.provider)
@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("restart", [False, True])
async def test_grants_are_refreshed_soon_after_the_clock_was_set_back(
    tmp_path: Path,
    virtual: VirtualTime,
    sandbox: Sandbox,
    client: Client,
    jump: float,
    *,
    restart: bool,
) -> None:
    put(tmp_path / "home", consented_grant(sandbox.state, client))
    chosen = make_store_settings(tmp_path, sandbox)

    def works() -> bool:
        with Store(tmp_path / "home") as store:
            grant = store.grant("anna")
        return any(
            token.text == grant.access.reveal() and token.expires_at > virtual.moment
            for token, _ in sandbox.state.tokens()
        ) and grant.is_valid_for(0, virtual.now())

    virtual.ahead = jump
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(600)
        if not restart:
            virtual.ahead = 0.0
            await exporter.run_for(300)
            assert works()
    if restart:
        virtual.ahead = 0.0
        async with simulated_exporter(chosen, virtual) as exporter:
            await exporter.run_for(300)
            assert works()


async def test_a_clock_that_stays_ahead_refreshes_in_no_loop(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    put(tmp_path / "home", consented_grant(sandbox.state, FITBIT))
    virtual.ahead = DAY
    async with simulated_exporter(make_store_settings(tmp_path, sandbox), virtual) as exporter:
        await exporter.run_for(4 * HOUR)
    assert 1 <= sandbox.state.refresh_counts().renewed <= 10


@pytest.mark.parametrize("client", [FITBIT, GOOGLE], ids=lambda client: client.provider)
@pytest.mark.parametrize("ahead", [9 * HOUR, DAY, 400 * DAY])
@pytest.mark.parametrize("restart", [False, True])
async def test_a_token_that_was_dead_on_arrival_by_this_clock_is_valid(
    tmp_path: Path,
    virtual: VirtualTime,
    sandbox: Sandbox,
    client: Client,
    ahead: float,
    *,
    restart: bool,
) -> None:
    put(tmp_path / "home", consented_grant(sandbox.state, client))
    chosen = make_store_settings(tmp_path, sandbox)
    virtual.ahead = ahead
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(HOUR)
        before = sandbox.state.refresh_counts().renewed
        (state,) = exporter.service.account_states()
        assert any("The server's clock is" in note for note in state.advice)
        for _ in range(0 if restart else 10):
            assert 1 == exporter.metric("tokcheck_token_valid")
            await exporter.run_for(HOUR)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(600)
        assert 1 == exporter.metric("tokcheck_token_valid")
        assert exporter.metric("tokcheck_probe_last_success_timestamp_seconds") is not None
        (state,) = exporter.service.account_states()
        assert Verdict.VALID is state.verdict
        assert virtual.now() < (state.expires_at or 0) <= virtual.now() + 8 * HOUR
    assert 1 <= before <= 2
    assert sandbox.state.refresh_counts().renewed - before <= (15 if client is GOOGLE else 2)
