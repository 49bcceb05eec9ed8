"""A source that cannot be read says nothing about its token, and costs no request afterwards."""

import sys
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
from tokcheck.exporter.sources.registry import Selection
from tokcheck.exporter.state import AccountState
from tokcheck.sandbox import Sandbox

pytestmark = pytest.mark.anyio
_READABLE = "tokcheck_source_readable"
_VALID = "tokcheck_token_valid"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tokens").mkdir()
    return tmp_path / "tokens"


def only_state(exporter: SimulatedExporter) -> AccountState:
    (state,) = exporter.service.account_states()
    return state


async def test_an_unreadable_file_keeps_the_verdict_and_costs_no_request(
    tmp_path: Path, folder: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=72 * 3600)
    (folder / "anna").write_text(token)
    chosen = settings(sandbox.url, Selection(tokens_dir=folder), tmp_path, {})
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(300)
        assert 1 == device_requests(sandbox.state)
        assert (1, 1) == (exporter.metric(_READABLE), exporter.metric(_VALID))
        (folder / "anna").unlink()
        (folder / "anna").symlink_to(tmp_path / "nowhere")
        await exporter.run_for(300)
        assert (0, 1) == (exporter.metric(_READABLE), exporter.metric(_VALID))
        assert Verdict.VALID is only_state(exporter).verdict
        assert "cannot be read" in only_state(exporter).source_error
        (tmp_path / "nowhere").write_text(token)
        await exporter.run_for(300)
        assert (1, 1) == (exporter.metric(_READABLE), exporter.metric(_VALID))
        assert "" == only_state(exporter).source_error
        assert 1 == device_requests(sandbox.state), "nothing was learned that needs another one"
        assert exporter.metric("tokcheck_token_verdict", verdict="no_token") is None


async def test_after_a_restart_an_unreadable_file_has_no_verdict_and_its_ledger_keeps(
    tmp_path: Path, folder: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=72 * 3600)
    (folder / "anna").write_text(token)
    chosen = settings(sandbox.url, Selection(tokens_dir=folder), tmp_path, {})
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
    (folder / "anna").rename(tmp_path / "elsewhere")
    (folder / "anna").symlink_to(tmp_path / "nowhere")
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(2 * HOUR)
        assert (0, None) == (exporter.metric(_READABLE), exporter.metric(_VALID))
        assert only_state(exporter).verdict is None
        assert 0 < (exporter.metric("tokcheck_probes_skipped_total", reason="no_token") or 0)
    virtual.moment -= 2 * HOUR - 300
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        (tmp_path / "elsewhere").rename(tmp_path / "nowhere")
        await exporter.run_for(120)
        assert (1, 1) == (exporter.metric(_READABLE), exporter.metric(_VALID))
    assert 1 == device_requests(sandbox.state)


async def test_short_runs_with_a_command_probe_no_more_often_than_others(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = tmp_path / "token"
    token.write_text(sandbox.state.issue_fitbit_token(lifetime=72 * 3600))
    program = f"print(open({str(token)!r}).read())"
    config = tmp_path / "accounts.toml"
    config.write_text(f"[accounts.anna]\ncommand = {[sys.executable, '-c', program]!r}\n")
    chosen = settings(sandbox.url, Selection(config), tmp_path, {})
    for _ in range(3):
        async with simulated_exporter(chosen, virtual) as exporter:
            await exporter.service.engine.run_once()
            assert Verdict.VALID is only_state(exporter).verdict
        virtual.moment += 60
    assert 1 == device_requests(sandbox.state)
    token.unlink()
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        assert only_state(exporter).verdict is None
        assert 0 == exporter.metric(_READABLE)


async def test_a_token_that_is_readable_again_after_a_restart_has_not_changed(
    tmp_path: Path, folder: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token, other = (sandbox.state.issue_fitbit_token(lifetime=72 * 3600) for _ in range(2))
    (folder / "anna").write_text(token)
    chosen = settings(sandbox.url, Selection(tokens_dir=folder), tmp_path, {})
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(300)
    (folder / "anna").unlink()
    (folder / "anna").symlink_to(tmp_path / "nowhere")
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(300)
        (tmp_path / "nowhere").write_text(token)
        await exporter.run_for(300)
        assert "anna: its source can be read again" in exporter.log
        assert "anna: its token changed" not in exporter.log
        (tmp_path / "nowhere").write_text(other)
        await exporter.run_for(300)
        assert "anna: its token changed" in exporter.log
