"""Remembered facts belong to the server that reported them, and to the length of its window."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.exporter.simulated_exporter import (
    HOUR,
    SimulatedExporter,
    device_requests,
    settings,
    simulated_exporter,
)
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.core.report import Verdict
from tokcheck.exporter import ExporterSettings
from tokcheck.exporter.sources.registry import Selection
from tokcheck.exporter.state import AccountState
from tokcheck.sandbox import Sandbox, serve_in_thread
from tokcheck.sandbox import SandboxState as Upstream
from tokcheck.sandbox.state.rate_limits import RateLimitRule

pytestmark = pytest.mark.anyio
REMAINING = "tokcheck_quota_remaining_requests"
_NEW_FIELDS = (
    "expiry_is_counted",
    "origin",
    "refresh_limit",
    "expiry_age",
    "trail",
    "reported_reset",
    "other_window",
    "source_unread",
    "record_unread",
    "traffic_at",
    "observed_requests",
    "further_histories",
    "declared",
    "last_refusal",
    "former_limit",
    "counting_window",
)


@contextmanager
def serve_upstream(virtual: VirtualTime) -> Iterator[Sandbox]:
    with serve_in_thread(Upstream(now=virtual.now)) as started:
        yield started


@pytest.fixture
def first_sandbox(virtual: VirtualTime) -> Iterator[Sandbox]:
    with serve_upstream(virtual) as started:
        yield started


@pytest.fixture
def second_sandbox(virtual: VirtualTime) -> Iterator[Sandbox]:
    with serve_upstream(virtual) as started:
        yield started


def write_config(folder: Path, settings_of_anna: str) -> Path:
    path = folder / "accounts.toml"
    path.write_text(f'[accounts.anna]\nenv = "ANNA"\n{settings_of_anna}\n')
    return path


def make_settings(
    tmp_path: Path, sandbox: Sandbox, token: str, config: str = ""
) -> ExporterSettings:
    path = write_config(tmp_path, config)
    return settings(sandbox.url, Selection(config=path), tmp_path, {"ANNA": token})


async def start_once(chosen: ExporterSettings, virtual: VirtualTime) -> AccountState:
    """Return the account's state after one start of the exporter."""
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        (state,) = exporter.service.account_states()
    return state


async def test_a_refusal_of_another_server_is_not_remembered(
    tmp_path: Path, virtual: VirtualTime, first_sandbox: Sandbox, second_sandbox: Sandbox
) -> None:
    token = second_sandbox.state.issue_fitbit_token()
    refused = await start_once(make_settings(tmp_path, first_sandbox, token), virtual)
    assert Verdict.REVOKED_OR_INVALID is refused.verdict
    again = await start_once(make_settings(tmp_path, first_sandbox, token), virtual)
    assert Verdict.REVOKED_OR_INVALID is again.verdict
    assert 1 == device_requests(first_sandbox.state), "the refusal is remembered for its own server"
    moved = await start_once(make_settings(tmp_path, second_sandbox, token), virtual)
    assert Verdict.VALID is moved.verdict
    assert 1 == device_requests(second_sandbox.state)


async def test_a_service_that_is_gone_elsewhere_is_probed_here(
    tmp_path: Path, virtual: VirtualTime, first_sandbox: Sandbox, second_sandbox: Sandbox
) -> None:
    first_sandbox.state.faults.add("service-gone")
    token = second_sandbox.state.issue_fitbit_token()
    gone = await start_once(make_settings(tmp_path, first_sandbox, token), virtual)
    assert Verdict.SERVICE_GONE is gone.verdict
    moved = await start_once(make_settings(tmp_path, second_sandbox, token), virtual)
    assert Verdict.VALID is moved.verdict


async def test_a_change_of_the_server_is_probed_inside_the_budget(
    tmp_path: Path, virtual: VirtualTime, first_sandbox: Sandbox, second_sandbox: Sandbox
) -> None:
    first_sandbox.state.faults.add("service-gone")
    second_sandbox.state.faults.add("service-gone")
    token = second_sandbox.state.issue_fitbit_token()
    for sandbox in (first_sandbox, second_sandbox) * 10:
        await start_once(make_settings(tmp_path, sandbox, token), virtual)
    assert 2 <= sum(device_requests(one.state) for one in (first_sandbox, second_sandbox)) <= 6


async def test_a_quota_of_another_server_is_not_shown(
    tmp_path: Path, virtual: VirtualTime, first_sandbox: Sandbox, second_sandbox: Sandbox
) -> None:
    token = first_sandbox.state.issue_fitbit_token()
    await start_once(make_settings(tmp_path, first_sandbox, token), virtual)
    async with simulated_exporter(
        make_settings(tmp_path, second_sandbox, token), virtual
    ) as exporter:
        await exporter.service.engine.poll_sources()
        assert exporter.metric(REMAINING) is None
        assert exporter.metric("tokcheck_token_valid") is None
        assert exporter.metric("tokcheck_token_expiry_timestamp_seconds") is not None


async def reload_with(exporter: SimulatedExporter, folder: Path, config: str) -> AccountState:
    write_config(folder, config)
    await exporter.service.reload()
    (state,) = exporter.service.account_states()
    return state


async def test_a_reload_with_another_window_sets_aside_the_quota_alone_and_says_so(
    tmp_path: Path, virtual: VirtualTime, first_sandbox: Sandbox
) -> None:
    chosen = make_settings(tmp_path, first_sandbox, first_sandbox.state.issue_fitbit_token())
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        before = await reload_with(exporter, tmp_path, "reserve = 3")
        assert (Verdict.VALID, 1) == (before.probed_verdict, len(before.quota))
        del exporter.log[:]
        after = await reload_with(exporter, tmp_path, 'window = "10m"')
        assert [
            "anna: set aside its quota: its window is 10 min, no longer 1 h",
            "Configuration reloaded.",
        ] == exporter.log
        assert ((), (), ()) == (after.quota, after.history, after.trail)
        assert (before.verdict, before.probed_verdict, before.expires_at, before.devices) == (
            after.verdict,
            after.probed_verdict,
            after.expires_at,
            after.devices,
        )
        assert exporter.metric(REMAINING) is None
        assert 1 == exporter.metric("tokcheck_token_valid")
        await exporter.run_for(60)
        assert exporter.metric(REMAINING, window="600s") is not None, "it is probed soon"
        assert 2 == device_requests(first_sandbox.state)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'window = "2h"'),
        ("", 'provider = "fitbit"'),
        ('provider = "fitbit"', ""),
        ("", 'require_scopes = ["settings"]'),
    ],
)
async def test_a_reload_and_a_restart_with_another_definition_end_no_alert_of_a_refused_token(
    tmp_path: Path, virtual: VirtualTime, first_sandbox: Sandbox, before: str, after: str
) -> None:
    token = first_sandbox.state.issue_fitbit_token()
    first_sandbox.state.revoke(token)
    chosen = make_settings(tmp_path, first_sandbox, token, before)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        del exporter.log[:]
        await reload_with(exporter, tmp_path, after)
        assert ["Configuration reloaded."] == exporter.log, "there is no quota to set aside"
        assert 0 == exporter.metric("tokcheck_token_valid")
        await exporter.run_for(HOUR)
        assert 0 == exporter.metric("tokcheck_token_valid")
    write_config(tmp_path, before)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        assert 0 == exporter.metric("tokcheck_token_valid")
    assert 1 == device_requests(first_sandbox.state)


async def test_a_limit_that_was_reached_lasts_over_a_change_of_the_window(
    tmp_path: Path, virtual: VirtualTime, first_sandbox: Sandbox
) -> None:
    first_sandbox.state.set_rate_limit("fitbit", RateLimitRule(0, HOUR))
    chosen = make_settings(tmp_path, first_sandbox, first_sandbox.state.issue_fitbit_token())
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        assert 1 == exporter.metric("tokcheck_token_verdict", verdict="rate_limited")
        await reload_with(exporter, tmp_path, 'window = "10m"')
        await exporter.run_for(20 * 60)
        assert 1 == exporter.metric("tokcheck_token_verdict", verdict="rate_limited")
        assert 1 == device_requests(first_sandbox.state), "no probe before the reported reset"


async def test_what_a_change_of_provider_scopes_or_servers_sets_aside_is_logged(
    tmp_path: Path, virtual: VirtualTime, first_sandbox: Sandbox, second_sandbox: Sandbox
) -> None:
    token = first_sandbox.state.issue_fitbit_token()
    chosen = make_settings(tmp_path, first_sandbox, token)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        del exporter.log[:]
        await reload_with(exporter, tmp_path, 'require_scopes = ["settings"]')
        assert "anna: set aside its verdict: it requires other scopes" == exporter.log[0]
        await exporter.run_for(HOUR)
        del exporter.log[:]
        await reload_with(exporter, tmp_path, 'provider = "google-health"')
        assert (
            "anna: set aside its verdict: its provider is google-health, no longer fitbit"
            == exporter.log[0]
        )
        await reload_with(exporter, tmp_path, "")
        await exporter.run_for(HOUR)
        assert 1 == exporter.metric("tokcheck_token_valid")
    moved = make_settings(tmp_path, second_sandbox, token)
    async with simulated_exporter(moved, virtual) as exporter:
        await exporter.service.engine.poll_sources()
        assert (
            "anna: set aside its verdict and quota: its provider has another address"
            in exporter.log
        )


async def test_changes_of_the_window_stay_inside_the_budget_of_the_limit_that_was_reported(
    tmp_path: Path, virtual: VirtualTime, first_sandbox: Sandbox
) -> None:
    first_sandbox.state.set_rate_limit("fitbit", RateLimitRule(40, HOUR))
    token = first_sandbox.state.issue_fitbit_token(lifetime=400_000)
    chosen = make_settings(tmp_path, first_sandbox, token)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        assert 1 == device_requests(first_sandbox.state)
        for hours in (2, 3, 4, 5, 1):
            await reload_with(exporter, tmp_path, f'window = "{hours}h"')
            await exporter.run_for(60)
        assert 1 == device_requests(first_sandbox.state), "4 % of 40 is one an hour"
        await reload_with(exporter, tmp_path, 'window = "2h"')
    async with simulated_exporter(chosen, virtual) as exporter:  # the limit is in the ledger
        await exporter.run_for(1.5 * HOUR)
        assert 1 == device_requests(first_sandbox.state)
        await exporter.run_for(HOUR)
        assert 2 == device_requests(first_sandbox.state)
        (state,) = exporter.service.account_states()
    assert ["7200s"] == [quota.window for quota in state.quota]


def forget_new_fields(path: Path) -> None:
    """Rewrite the states of a ledger as the previous version stored them."""
    assert _NEW_FIELDS == AccountState._fields[-len(_NEW_FIELDS) :]
    with closing(sqlite3.connect(path)) as connection, connection:
        for name, body in connection.execute("SELECT name, body FROM standing").fetchall():
            fields = json.loads(body)[: -len(_NEW_FIELDS)]
            connection.execute(
                "UPDATE standing SET body = ? WHERE name = ?", (json.dumps(fields).encode(), name)
            )


@pytest.mark.parametrize(("requests", "revoked"), [(1, False), (2, True)], ids=["valid", "refused"])
async def test_a_ledger_of_the_previous_version_opens_and_only_its_refusals_are_probed_again(
    tmp_path: Path, virtual: VirtualTime, first_sandbox: Sandbox, requests: int, *, revoked: bool
) -> None:
    token = first_sandbox.state.issue_fitbit_token()
    if revoked:
        first_sandbox.state.revoke(token)
    chosen = make_settings(tmp_path, first_sandbox, token)
    before = await start_once(chosen, virtual)
    forget_new_fields(chosen.ledger)
    after = await start_once(chosen, virtual)
    assert requests == device_requests(first_sandbox.state)
    assert (before.verdict, before.quota != ()) == (after.verdict, after.quota != ())
    assert after.origin
