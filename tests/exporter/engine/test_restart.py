"""A restart: what is shown then is true then, and comes from the ledger without a request."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.exporter.simulated_exporter import (
    SimulatedExporter,
    device_requests,
    settings,
    simulated_exporter,
)
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.exporter import ExporterSettings
from tokcheck.exporter.display import build_overview
from tokcheck.exporter.display.terminal.account_table import render_accounts
from tokcheck.exporter.sources.registry import Selection
from tokcheck.exporter.web.page.document import View, render
from tokcheck.sandbox import Sandbox

pytestmark = pytest.mark.anyio


def _settings(tmp_path: Path, sandbox: Sandbox, token: str) -> ExporterSettings:
    return settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})


async def _output(chosen: ExporterSettings, virtual: VirtualTime) -> str:
    """Return what one start of the exporter shows: page, metrics, table and log."""
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        return _page_metrics_table_and_log(exporter)


def _page_metrics_table_and_log(exporter: SimulatedExporter) -> str:
    states, now = exporter.service.account_states(), exporter.virtual.now()
    overview = build_overview(states, now)
    table = render_accounts(overview.views(overview.ranked), now, width=200)
    metrics = exporter.service.respond_to_scrape("", "").body.decode()
    page = render(states, {}, View(now))
    return "\n".join((page, metrics, *(line.plain for line in table), *exporter.log))


async def test_after_a_restart_the_times_are_those_of_the_moment(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    chosen = _settings(tmp_path, sandbox, sandbox.state.issue_fitbit_token())
    assert "it resets in 1 h." in await _output(chosen, virtual)
    virtual.moment += 120
    after = await _output(chosen, virtual)
    assert 1 == device_requests(sandbox.state), "the second start sent nothing"
    assert "149 of 150 requests an hour are left; it resets in 58 min" in after
    assert "resets in 1 h" not in after


async def test_while_it_runs_the_times_are_those_of_the_moment(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    chosen = _settings(tmp_path, sandbox, sandbox.state.issue_fitbit_token())
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        exporter.log.clear()
        virtual.moment += 120
        shown = _page_metrics_table_and_log(exporter)
    assert "it resets in 58 min" in shown
    assert "resets in 1 h" not in shown


async def test_the_ledger_contains_facts_and_no_sentence(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token()
    sandbox.state.revoke(token)
    chosen = _settings(tmp_path, sandbox, token)
    before = await _output(chosen, virtual)
    assert "it was revoked, or the application&#x27;s settings changed" in before
    with closing(sqlite3.connect(chosen.ledger)) as connection:
        (body,) = connection.execute("SELECT body FROM standing").fetchone()
    assert b"it was revoked" not in body
    assert b"authorize" not in body
    after = await _output(chosen, virtual)
    assert 1 == device_requests(sandbox.state)
    assert "The Fitbit Web API rejects this token: HTTP 401, invalid_token." in after
    assert "tokcheck login fitbit" in after, "its advice"
