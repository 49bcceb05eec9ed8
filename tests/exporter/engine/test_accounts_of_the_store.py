"""Accounts from the store: refreshed before they expire, over simulated days."""

import time
from contextlib import suppress
from math import inf
from pathlib import Path

import pytest

from tests.support.exporter.sandbox_store import FITBIT, GOOGLE, consented_grant, put, refresh_token
from tests.support.exporter.simulated_exporter import (
    HOUR,
    SELDOM_POLLED,
    START,
    SimulatedExporter,
    device_requests,
    settings,
    simulated_exporter,
)
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.accounts.errors import GrantError
from tokcheck.accounts.grant import Client, Grant, Intent
from tokcheck.accounts.refresh import Refresher
from tokcheck.accounts.store import Store
from tokcheck.core.report import Verdict
from tokcheck.exporter import ExporterSettings
from tokcheck.exporter.display.account_view import view_account
from tokcheck.exporter.sources.registry import Selection
from tokcheck.exporter.state import RefreshResult, Severity, assess_severity
from tokcheck.exporter.web.page.row import row
from tokcheck.providers import REGISTRY
from tokcheck.sandbox import Sandbox
from tokcheck.sandbox import SandboxState as Upstream
from tokcheck.transport import Net

pytestmark = pytest.mark.anyio
EXPIRY = "tokcheck_token_expiry_timestamp_seconds"
CONSENT_END = "tokcheck_refresh_token_expiry_timestamp_seconds"
BROKEN_SINCE = "tokcheck_refresh_broken_timestamp_seconds"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def exporter_settings(tmp_path: Path, home: Path, sandbox: Sandbox) -> ExporterSettings:
    return settings(sandbox.url, Selection(home=home, accounts=True), tmp_path, {})


@pytest.fixture
def seldom_polled(exporter_settings: ExporterSettings) -> ExporterSettings:
    return exporter_settings._replace(poll_interval=SELDOM_POLLED)


def _output(exporter: SimulatedExporter) -> str:
    """Return all output: metrics, page and log."""
    metrics = exporter.service.respond_to_scrape("", "").body.decode()
    now = exporter.virtual.now()
    rows = [row(view_account(one, now), {}, now) for one in exporter.service.account_states()]
    return "\n".join((metrics, *rows, *exporter.log))


def _texts(sandbox_state: Upstream, *grants: Grant) -> set[str]:
    """Return every token that was ever issued."""
    issued = {token.text for token, _ in sandbox_state.tokens()}
    return issued | {g.refresh.reveal() for g in grants if g.refresh is not None}


@pytest.mark.parametrize(
    ("client", "hours", "refreshes"), [(FITBIT, 48, 6), (GOOGLE, 6, 6)], ids=["fitbit", "google"]
)
async def test_a_grant_is_refreshed_before_its_token_expires(
    virtual: VirtualTime,
    sandbox: Sandbox,
    home: Path,
    seldom_polled: ExporterSettings,
    client: Client,
    hours: int,
    refreshes: int,
) -> None:
    grant = consented_grant(sandbox.state, client)
    put(home, grant)
    left: list[float] = []
    async with simulated_exporter(seldom_polled, virtual) as exporter:

        def meanwhile(now: float) -> None:
            ends = exporter.metric(EXPIRY)
            if ends is not None:
                left.append(ends - now)

        virtual.meanwhile = meanwhile
        await exporter.run_for(hours * HOUR)
        assert 1.0 == exporter.metric("tokcheck_token_valid")
        assert refreshes == exporter.metric("tokcheck_refresh_total", result="success")
        assert 0.0 == exporter.metric("tokcheck_refresh_total", result="refused")
        assert 0.0 == exporter.metric("tokcheck_refresh_total", result="failed")
        (state,) = exporter.service.account_states()
        assert Verdict.EXPIRED not in state.verdicts
        texts = _texts(sandbox.state, grant) | {refresh_token(home)}
        assert [] == [text for text in texts if text in _output(exporter)]
    assert min(left) > 240, "each was refreshed minutes ahead"
    assert (refreshes, 0, 0) == sandbox.state.refresh_counts()
    assert sandbox.state.can_refresh(refresh_token(home))


@pytest.mark.parametrize("minutes_left", [12, 25])
async def test_an_imported_token_is_refreshed_before_the_expiry_that_a_probe_finds(
    virtual: VirtualTime,
    sandbox: Sandbox,
    home: Path,
    exporter_settings: ExporterSettings,
    minutes_left: int,
) -> None:
    grant = consented_grant(sandbox.state, GOOGLE)
    virtual.moment += HOUR - minutes_left * 60
    put(home, grant._replace(expires_at=None, obtained_at=virtual.now()))
    async with simulated_exporter(exporter_settings, virtual) as exporter:
        await exporter.run_for(minutes_left * 60 - 30)
        assert 1.0 == exporter.metric("tokcheck_refresh_total", result="success")
        (state,) = exporter.service.account_states()
        assert Verdict.EXPIRED not in state.verdicts


@pytest.mark.parametrize("calls_an_hour", [400, 1000])
async def test_the_verdict_is_kept_across_a_refresh_even_without_a_probe(
    virtual: VirtualTime,
    sandbox: Sandbox,
    home: Path,
    seldom_polled: ExporterSettings,
    calls_an_hour: int,
) -> None:
    put(home, consented_grant(sandbox.state, FITBIT))
    spent = 0
    valid: list[float | None] = []
    async with simulated_exporter(seldom_polled, virtual) as exporter:

        def meanwhile(now: float) -> None:
            nonlocal spent
            token = [token for token, _ in sandbox.state.tokens()][-1]
            while spent < (now - START) / HOUR * calls_an_hour:
                spent += 1
                sandbox.state.count_request(token)
            valid.append(exporter.metric("tokcheck_token_valid"))

        virtual.meanwhile = meanwhile
        await exporter.run_for(34 * HOUR)
        assert 4.0 == exporter.metric("tokcheck_refresh_total", result="success")
    known = valid.index(1.0)
    assert {1.0} == set(valid[known:])


async def test_a_token_from_another_process_has_no_verdict_until_it_is_probed(
    virtual: VirtualTime, sandbox: Sandbox, home: Path, exporter_settings: ExporterSettings
) -> None:
    put(home, consented_grant(sandbox.state, FITBIT))
    async with simulated_exporter(exporter_settings, virtual) as exporter:
        await exporter.run_for(9 * HOUR)
        assert 1.0 == exporter.metric("tokcheck_token_valid")
        dead = consented_grant(sandbox.state, FITBIT)
        sandbox.state.revoke(dead.access.reveal())
        put(home, dead)
        await exporter.service.engine.poll_sources()
        assert exporter.metric("tokcheck_token_valid") is None
        await exporter.run_for(60)
        assert 0.0 == exporter.metric("tokcheck_token_valid")


async def test_a_revoked_grant_is_refused_and_logged_once(
    virtual: VirtualTime, sandbox: Sandbox, home: Path, exporter_settings: ExporterSettings
) -> None:
    grant = consented_grant(sandbox.state, FITBIT)
    put(home, grant)
    async with simulated_exporter(exporter_settings, virtual) as exporter:
        await exporter.run_for(HOUR)
        assert grant.refresh is not None
        sandbox.state.grants.revoke("alex", FITBIT.client_id)
        await exporter.run_for(6.9 * HOUR)
        assert 1.0 == exporter.metric("tokcheck_refresh_total", result="refused")
        (state,) = exporter.service.account_states()
        assert Verdict.VALID is state.verdict, "its token still works"
        assert Severity.LOGIN_NEEDED is assess_severity(state, virtual.now())
        shown = row(view_account(state, virtual.now()), {}, virtual.now())
        assert "tokcheck login fitbit --name anna" in shown, shown
        await exporter.run_for(24 * HOUR)
        assert 1.0 == exporter.metric("tokcheck_refresh_total", result="refused")
        (state,) = exporter.service.account_states()
        assert Verdict.EXPIRED is state.verdict
        lines = [line for line in exporter.log if "needs a new login" in line]
        assert 1 == len(lines), lines
        assert "tokcheck login fitbit --name anna" in lines[0]
        assert (0, 0, 1) == sandbox.state.refresh_counts()
        put(home, consented_grant(sandbox.state, FITBIT))
        await exporter.run_for(120)
        assert 1.0 == exporter.metric("tokcheck_token_valid"), "a new login fixes it"
        await exporter.run_for(8 * HOUR)
        assert 1.0 == exporter.metric("tokcheck_refresh_total", result="success")
        assert [] == [t for t in _texts(sandbox.state, grant) if t in _output(exporter)]
    async with simulated_exporter(exporter_settings, virtual) as exporter:
        await exporter.run_for(60)
        assert [] == [line for line in exporter.log if "needs a new login" in line]


def refresh_elsewhere(home: Path, exporter_settings: ExporterSettings, now: float) -> None:
    """Refresh anna's token as `tokcheck accounts refresh anna` does."""
    with (
        Net(exporter_settings.endpoints, timeout=5, pause=time.sleep) as net,
        Store(home) as store,
        suppress(GrantError),
    ):
        Refresher(store, REGISTRY, net.send, lambda: now).fresh_grant("anna", inf)


@pytest.mark.parametrize(
    ("fault", "verdict", "words", "elsewhere"),
    [
        ("service-gone", "service_gone", "was switched off", True),
        ("client-secret-invalid", "not_permitted", "did not accept the application", True),
        ("client-secret-invalid", "not_permitted", "did not accept the application", False),
    ],
)
async def test_a_refused_application_is_shown_until_a_refresh_succeeds(  # noqa: PLR0913 - fixtures
    virtual: VirtualTime,
    sandbox: Sandbox,
    home: Path,
    exporter_settings: ExporterSettings,
    fault: str,
    verdict: str,
    words: str,
    *,
    elsewhere: bool,
) -> None:
    put(home, consented_grant(sandbox.state, FITBIT))
    async with simulated_exporter(exporter_settings, virtual) as exporter:
        await exporter.run_for(7.5 * HOUR)
        sandbox.state.faults.add(fault, 1)
        if elsewhere:
            refresh_elsewhere(home, exporter_settings, virtual.now())
        await exporter.run_for(0.4 * HOUR)
        sent = 0.0 if elsewhere else 1.0
        assert sent == exporter.metric("tokcheck_refresh_total", result="refused")
        assert 1.0 == exporter.metric("tokcheck_token_valid"), "its token still works"
        assert 1.0 == exporter.metric("tokcheck_token_verdict", verdict="valid")
        assert None is exporter.metric(CONSENT_END), "the consent has not ended"
        reason = "service_gone" if fault == "service-gone" else "application"
        since = exporter.metric(BROKEN_SINCE, reason=reason)
        assert since is not None
        assert 0 <= virtual.now() - since <= 0.4 * HOUR
        await exporter.run_for(24 * HOUR)
        assert since == exporter.metric(BROKEN_SINCE, reason=reason), "also without a live token"
        assert sent == exporter.metric("tokcheck_refresh_total", result="refused"), "sent once"
        assert (0, 0, 0) == sandbox.state.refresh_counts(), "the fault came before"
        assert 0.0 == exporter.metric("tokcheck_token_valid")
        assert 1.0 == exporter.metric("tokcheck_token_verdict", verdict=verdict)
        assert 0.0 == exporter.metric("tokcheck_token_verdict", verdict="expired")
        (line,) = [line for line in exporter.log if words in line]
        assert line.startswith("anna: ")
        refresh_elsewhere(home, exporter_settings, virtual.now())
        await exporter.run_for(120)
        assert 1.0 == exporter.metric("tokcheck_token_valid")
        assert 0.0 == exporter.metric("tokcheck_token_verdict", verdict=verdict)
        assert None is exporter.metric(CONSENT_END)
        await exporter.run_for(8 * HOUR)
        assert 1.0 == exporter.metric("tokcheck_refresh_total", result="success")


async def test_an_exporter_started_with_another_address_refreshes_what_was_refused(
    virtual: VirtualTime, sandbox: Sandbox, home: Path, exporter_settings: ExporterSettings
) -> None:
    put(home, consented_grant(sandbox.state, FITBIT))
    sandbox.state.faults.add("service-gone", 1)
    refresh_elsewhere(home, exporter_settings, virtual.now())
    virtual.moment += 7.95 * HOUR
    for _ in range(2):
        async with simulated_exporter(exporter_settings, virtual) as exporter:
            await exporter.run_for(60)
            assert 1 == len([line for line in exporter.log if "was switched off" in line])
    assert (0, 0, 0) == sandbox.state.refresh_counts()
    moved = exporter_settings._replace(
        environment={**exporter_settings.environment, "TOKCHECK_FITBIT_URL": "http://localhost:1"}
    )
    async with simulated_exporter(moved, virtual) as exporter:
        await exporter.run_for(60)
        assert 1.0 == exporter.metric("tokcheck_refresh_total", result="success")
    assert (1, 0, 0) == sandbox.state.refresh_counts()


async def test_a_grant_that_is_broken_at_the_start_is_logged_and_not_refreshed(
    virtual: VirtualTime, sandbox: Sandbox, home: Path, exporter_settings: ExporterSettings
) -> None:
    put(home, consented_grant(sandbox.state, FITBIT))
    sandbox.state.grants.revoke("alex", FITBIT.client_id)
    virtual.moment += 7.9 * HOUR
    for _ in range(2):
        async with simulated_exporter(exporter_settings, virtual) as exporter:
            await exporter.run_for(60)
            assert 1 == len([line for line in exporter.log if "needs a new login" in line])
    assert (0, 0, 1) == sandbox.state.refresh_counts()


async def test_an_exporter_started_after_the_refusal_reports_when_the_grant_ended(
    virtual: VirtualTime, sandbox: Sandbox, home: Path, exporter_settings: ExporterSettings
) -> None:
    put(home, consented_grant(sandbox.state, FITBIT))
    sandbox.state.grants.revoke("alex", FITBIT.client_id)
    virtual.moment += 7.9 * HOUR
    refused_at = virtual.moment
    async with simulated_exporter(exporter_settings, virtual) as exporter:
        await exporter.run_for(60)
    other = exporter_settings._replace(ledger=home.parent / "other" / "exporter.sqlite3")
    async with simulated_exporter(other, virtual) as exporter:
        await exporter.run_for(60)
        assert 0.0 == exporter.metric("tokcheck_refresh_total", result="refused")
        assert refused_at == exporter.metric(CONSENT_END)
        put(home, consented_grant(sandbox.state, FITBIT))
        await exporter.run_for(60)
        assert exporter.metric(CONSENT_END) is None, "the new one has no known end"


async def test_a_token_that_expired_while_nothing_ran_is_not_reported_as_revoked(
    virtual: VirtualTime, sandbox: Sandbox, home: Path, exporter_settings: ExporterSettings
) -> None:
    put(home, consented_grant(sandbox.state, GOOGLE))
    virtual.moment += 2 * HOUR
    sandbox.state.faults.add("token-unavailable", 10_000)
    async with simulated_exporter(exporter_settings, virtual) as exporter:
        await exporter.run_for(600)
        (state,) = exporter.service.account_states()
        assert Verdict.EXPIRED is state.verdict
        assert Verdict.REVOKED_OR_INVALID not in state.verdicts
        assert START + HOUR == exporter.metric(EXPIRY)


async def test_accounts_are_added_and_removed_with_the_store(
    virtual: VirtualTime, sandbox: Sandbox, home: Path, exporter_settings: ExporterSettings
) -> None:
    async with simulated_exporter(exporter_settings, virtual) as exporter:
        await exporter.run_for(120)
        assert [] == list(exporter.service.account_states())
        put(
            home,
            consented_grant(sandbox.state, FITBIT),
            consented_grant(sandbox.state, GOOGLE, "bo"),
        )
        await exporter.run_for(120)
        assert 1.0 == exporter.metric("tokcheck_token_valid", account="anna", provider="fitbit")
        assert 1.0 == exporter.metric("tokcheck_token_valid", account="bo")
        with Store(home) as store:
            store.remove("anna")
        await exporter.run_for(120)
        assert b"anna" not in exporter.service.respond_to_scrape("", "").body
        assert 1.0 == exporter.metric("tokcheck_token_valid", account="bo")
        await exporter.run_for(12 * HOUR)
        with Store(home) as store:
            store.remove("bo")
        await exporter.run_for(120)
        assert inf == exporter.service.engine.parts.auto_refresh.next_at, (
            "nothing is left to refresh"
        )
    assert 0 == sandbox.state.refresh_counts(client_id=FITBIT.client_id).renewed


async def test_a_failing_token_endpoint_is_retried_with_growing_delays(
    virtual: VirtualTime, sandbox: Sandbox, home: Path, seldom_polled: ExporterSettings
) -> None:
    put(home, consented_grant(sandbox.state, GOOGLE))
    async with simulated_exporter(seldom_polled, virtual) as exporter:
        await exporter.run_for(HOUR / 2)
        sandbox.state.faults.add("token-unavailable", 10_000)

        def meanwhile(now: float) -> None:  # noqa: ARG001 - at every moment
            (state,) = exporter.service.account_states()
            counted = state.refreshes[RefreshResult.FAILED]
            assert counted == exporter.metric("tokcheck_refresh_total", result="failed")

        virtual.meanwhile = meanwhile
        await exporter.run_for(12 * HOUR)
        failed = exporter.metric("tokcheck_refresh_total", result="failed")
        assert failed is not None
        assert 8 <= failed <= 40
        assert 0.0 == exporter.metric("tokcheck_refresh_total", result="refused")
        assert 1 == len([line for line in exporter.log if "not refreshed" in line])
        sandbox.state.faults.clear()
        await exporter.run_for(2 * HOUR)
        assert 1.0 == exporter.metric("tokcheck_token_valid")
    assert sandbox.state.can_refresh(refresh_token(home))


async def test_a_refresh_of_a_killed_process_is_finished(
    virtual: VirtualTime, sandbox: Sandbox, home: Path, exporter_settings: ExporterSettings
) -> None:
    grant = consented_grant(sandbox.state, FITBIT)
    assert grant.refresh is not None
    put(home, grant)
    with Store(home) as store:
        assert store.begin("anna", Intent(grant.refresh.fingerprint, START, "process 1"))
    sandbox.state.refresh(FITBIT.client_id, grant.refresh.reveal())  # and its response is lost
    async with simulated_exporter(exporter_settings, virtual) as exporter:
        await exporter.run_for(110)
        assert 1.0 == exporter.metric("tokcheck_refresh_total", result="success")
    assert (1, 1, 0) == sandbox.state.refresh_counts()
    assert sandbox.state.can_refresh(refresh_token(home))


async def test_run_once_refreshes_due_grants_first(
    virtual: VirtualTime, sandbox: Sandbox, home: Path, exporter_settings: ExporterSettings
) -> None:
    put(home, *(consented_grant(sandbox.state, FITBIT, f"p{n}", account=a.name)
                for n, a in enumerate(sandbox.state.accounts()[:6])))  # fmt: skip
    virtual.moment += 9 * HOUR
    async with simulated_exporter(exporter_settings, virtual) as exporter:
        await exporter.service.engine.run_once()
        assert 6 == len(exporter.service.account_states())
        assert all(state.usable for state in exporter.service.account_states())
    assert 6 == sandbox.state.refresh_counts().renewed
    assert 6 <= device_requests(sandbox.state)


async def test_two_exporters_refresh_a_grant_once(
    virtual: VirtualTime,
    sandbox: Sandbox,
    home: Path,
    exporter_settings: ExporterSettings,
    tmp_path: Path,
) -> None:
    put(home, consented_grant(sandbox.state, FITBIT))
    virtual.moment += 9 * HOUR
    other = exporter_settings._replace(ledger=tmp_path / "other" / "exporter.sqlite3")
    async with (
        simulated_exporter(exporter_settings, virtual) as one,
        simulated_exporter(other, virtual) as two,
    ):
        await one.service.engine.run_once()
        await two.service.engine.run_once()
    assert (1, 0, 0) == sandbox.state.refresh_counts()
