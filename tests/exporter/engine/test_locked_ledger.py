"""A ledger that another process locks prevents probes and keeps no event loop."""

import asyncio
import io
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from tests.support.exporter.sandbox_store import FITBIT, consented_grant
from tests.support.exporter.simulated_exporter import (
    HOUR,
    SimulatedExporter,
    device_requests,
    settings,
    simulated_exporter,
)
from tests.support.exporter.virtual_time import VirtualTime
from tests.support.suite.postgres_server import (
    PostgresServer,
    run_server,
    skip_without_postgres,
)
from tokcheck.exporter import ExporterSettings
from tokcheck.exporter.display.terminal.screen import Messages, Screen, draw
from tokcheck.exporter.ledger.database import Database
from tokcheck.exporter.ledger.ledger import Ledger
from tokcheck.exporter.ledger.ledger_errors import LedgerError
from tokcheck.exporter.ledger.tables.spend_table import SpendTable
from tokcheck.exporter.sources.registry import Selection
from tokcheck.exporter.state import ProbeResult, SkipReason
from tokcheck.exporter.web.actions import ClientObservation, RequestedProbe
from tokcheck.exporter.web.page import document
from tokcheck.exporter.web.page.document import View
from tokcheck.sandbox import Sandbox

pytestmark = pytest.mark.anyio


def _watch_anna(sandbox: Sandbox, folder: Path) -> ExporterSettings:
    """Return the settings of an exporter with one account, of a token that outlives the test."""
    token = sandbox.state.issue_fitbit_token(lifetime=72 * 3600)
    return settings(sandbox.url, Selection(variables={"anna": "ANNA"}), folder, {"ANNA": token})


def _fail_for_want_of_space(_database: Database, *, lost: bool) -> sqlite3.Connection:
    error = sqlite3.OperationalError(f"full, {lost}")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    raise error


async def test_a_start_on_a_full_disk_serves_and_probes_once_there_is_space(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = _watch_anna(sandbox, tmp_path)
    with monkeypatch.context() as disk:
        disk.setattr(Database, "_open", _fail_for_want_of_space)
        async with simulated_exporter(chosen, virtual) as exporter:
            await exporter.run_for(60)
            assert 0 == device_requests(sandbox.state)
            assert 1 == sum("no space left" in line for line in exporter.log)
            assert 0 < (exporter.metric("tokcheck_probes_skipped_total", reason="ledger") or 0)
            disk.undo()
            await exporter.run_for(HOUR)
            assert 1 <= device_requests(sandbox.state)


async def test_each_probe_that_a_ledger_withholds_is_counted_also_with_an_earlier_record(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = _watch_anna(sandbox, tmp_path)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
    monkeypatch.setattr(Database, "_open", _fail_for_want_of_space)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(HOUR)
        # The alert TokcheckCannotProbe counts on one in half an hour at least.
        assert 40 <= (exporter.metric("tokcheck_probes_skipped_total", reason="ledger") or 0)


async def test_a_locked_ledger_prevents_probes_names_the_cause_and_passes(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    chosen = _watch_anna(sandbox, tmp_path)
    with Ledger(chosen.ledger) as ledger:
        ledger.read_state("", "")
    async with simulated_exporter(chosen, virtual) as exporter:
        used = exporter.service.engine.parts.ledger
        with closing(sqlite3.connect(chosen.ledger, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            running = asyncio.create_task(exporter.run_for(60))
            longest = 0.0
            while not running.done():
                started = time.monotonic()
                await asyncio.sleep(0.001)
                longest = max(longest, time.monotonic() - started)
            other.execute("ROLLBACK")
        assert longest < 0.8, "the lock is waited for during a second, elsewhere"
        assert 0 == device_requests(sandbox.state)
        assert used.errors
        assert not exporter.service.is_ready()
        assert 1 == sum("another process has locked it" in line for line in exporter.log)
        assert 0 < (exporter.metric("tokcheck_probes_skipped_total", reason="ledger") or 0)
        while used.is_failing_fast():  # noqa: ASYNC110 - for a second of the real time
            await asyncio.sleep(0.01)
        await exporter.run_for(HOUR)
        assert 1 <= device_requests(sandbox.state)
        assert exporter.service.is_ready()
        assert 1 == sum(" works again." in line for line in exporter.log)
        assert exporter.metric("tokcheck_quota_remaining_requests") is not None


async def test_errors_are_counted_while_the_ledger_is_locked_and_no_probe_is_due(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    chosen = _watch_anna(sandbox, tmp_path)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        assert 1 == device_requests(sandbox.state)
        used = exporter.service.engine.parts.ledger
        assert 0 == used.errors
        with _lock(chosen.ledger):
            for minute in range(1, 6):  # by which TokcheckCannotProbe fires
                before = used.errors
                await exporter.run_for(60)
                assert before < used.errors, minute
            page = _page(exporter)
            assert "No problem" not in page
            assert "1 account, requests cannot be counted" in page
            assert "because its requests could not be counted." in page, "the whole sentence"
            assert "1 account, requests cannot be counted" in _screen(exporter)
        assert not exporter.metric("tokcheck_probes_skipped_total", reason="ledger")


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


async def _probe(exporter: SimulatedExporter, name: str) -> RequestedProbe | None:
    answer = asyncio.create_task(exporter.service.probe(name))
    await asyncio.sleep(0)
    await exporter.run_for(1)
    return await answer


def _page(exporter: SimulatedExporter) -> str:
    service = exporter.service
    html = document.render(
        service.account_states(), {}, View(service.now()), notices=service.notices()
    )
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL))


def _screen(exporter: SimulatedExporter) -> str:
    service, console = exporter.service, Console(file=io.StringIO(), width=200, height=40)
    states, now = service.account_states(), service.now()
    frame = draw(states, now, Screen(), console, messages=Messages(notices=service.notices()))
    console.print(frame.content)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_what_earlier_runs_knew_is_unknown_while_locked_and_read_within_a_minute(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    fine = sandbox.state.issue_fitbit_token(lifetime=72 * 3600)
    gone = sandbox.state.issue_fitbit_token(lifetime=60)
    variables = Selection(variables={"anna": "ANNA", "bo": "BO"})
    chosen = settings(sandbox.url, variables, tmp_path, {"ANNA": fine, "BO": gone})
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(30)
        before = {state.name: state for state in exporter.service.account_states()}
        assert {1} == {state.probes[ProbeResult.SUCCESS] for state in before.values()}
    virtual.moment += 120  # bo's token expires: it will not be probed again
    requests = device_requests(sandbox.state)
    async with AsyncExitStack() as stack:
        lock = stack.enter_context(ExitStack())
        lock.enter_context(_lock(chosen.ledger))
        exporter = await stack.enter_async_context(simulated_exporter(chosen, virtual))
        await exporter.run_for(20)
        page = _page(exporter)
        assert 2 == page.count("Last result unknown")
        assert "never" not in page
        assert 1 == page.count("another process has locked it")
        assert "another process has locked it" in _screen(exporter)
        assert frozenset() == exporter.service.probeable_accounts()
        answers = [await _probe(exporter, name) for name in ("anna", "bo")]
        failed, expired = (answer for answer in answers if answer is not None)
        assert (False, True) == (failed.sent, failed.is_failure)
        assert failed.retry_after is None, "the lock may end long before the next probe is due"
        assert failed.sentence.startswith("Not probed: request counts cannot be saved. ")
        assert "another process has locked it" in failed.sentence
        assert (False, False) == (expired.sent, expired.is_failure)
        assert expired.sentence.startswith("Not probed: expired")
        lock.close()
        while exporter.service.engine.parts.ledger.is_failing_fast():  # noqa: ASYNC110 - real time
            await asyncio.sleep(0.01)
        await exporter.run_for(60)
        after = {state.name: state for state in exporter.service.account_states()}
        assert [state.succeeded_at for state in before.values()] == [
            state.succeeded_at for state in after.values()
        ]
        assert after["bo"].probes == before["bo"].probes
        assert 1 <= after["anna"].skipped[SkipReason.LEDGER]
        assert "locked" not in _page(exporter) + _screen(exporter)
        assert 1 == sum(" works again." in line for line in exporter.log)
        assert [] == [line for line in exporter.log if "anna: valid" in line], "logged before"
        assert requests == device_requests(sandbox.state)


async def test_a_kept_state_that_could_not_be_read_is_not_overwritten(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=72 * 3600)
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(30)
    with Ledger(chosen.ledger) as ledger:
        known = ledger.read_state("anna", None)
    other = sandbox.state.issue_fitbit_token(lifetime=72 * 3600)
    renewed = chosen._replace(environment={"ANNA": other})
    virtual.moment += 10
    with _lock(chosen.ledger):
        async with simulated_exporter(renewed, virtual) as exporter:
            await exporter.run_for(20)
    with Ledger(chosen.ledger) as ledger:
        assert known == ledger.read_state("anna", None)
    async with simulated_exporter(renewed, virtual) as exporter:
        await exporter.run_for(30)
        (state,) = exporter.service.account_states()
    assert known is not None
    assert 2 == state.probes[ProbeResult.SUCCESS], "counts go on with another token"


async def _wait_until_unlocked(exporter: SimulatedExporter) -> None:
    while exporter.service.engine.parts.ledger.is_failing_fast():  # noqa: ASYNC110 - real time
        await asyncio.sleep(0.01)


async def test_a_ledger_that_works_again_is_noticed_at_the_next_poll_though_no_probe_is_due(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    chosen = _watch_anna(sandbox, tmp_path)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        with _lock(chosen.ledger):
            await exporter.run_for(120)
            assert "requests cannot be counted" in _page(exporter)
        await _wait_until_unlocked(exporter)
        await exporter.run_for(60)
        assert 1 == device_requests(sandbox.state), "no probe was due"
        assert "requests cannot be counted" not in _page(exporter) + _screen(exporter)
        assert 1 == sum(" works again." in line for line in exporter.log)


async def test_spends_that_can_be_written_again_are_noticed_at_the_next_poll_and_not_before(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = _watch_anna(sandbox, tmp_path)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        with monkeypatch.context() as disk:
            disk.setattr(SpendTable, "insert", _fail_to_write)
            await exporter.run_for(2 * HOUR)
            assert 1 == device_requests(sandbox.state)
            assert "requests cannot be counted" in _page(exporter), "the rest can be written"
            assert 0 == sum(" works again." in line for line in exporter.log)
        await exporter.run_for(60)
        assert "requests cannot be counted" not in _page(exporter)
        assert 1 == sum(" works again." in line for line in exporter.log)


def _fail_to_write(_table: SpendTable, subject: str, requests: int) -> int:
    error = sqlite3.OperationalError(f"broken, {subject}, {requests}")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    raise error


async def test_an_account_that_waits_for_the_ledger_is_probed_once_it_works_again(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    chosen = _watch_anna(sandbox, tmp_path)
    async with simulated_exporter(chosen._replace(poll_interval=5), virtual) as exporter:
        with _lock(chosen.ledger):
            await exporter.run_for(120)
        await _wait_until_unlocked(exporter)
        await exporter.run_for(6)
        assert 1 == device_requests(sandbox.state)
        assert "No probe is sent" not in _page(exporter)


async def test_a_response_that_is_recorded_shows_that_the_ledger_works_again(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    chosen = _watch_anna(sandbox, tmp_path)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        with _lock(chosen.ledger):
            await exporter.run_for(120)
        await _wait_until_unlocked(exporter)
        observed = ClientObservation("anna", 200, {"Fitbit-Rate-Limit-Limit": "150"})
        assert "anna: recorded." == await exporter.service.observe(observed)
        assert "requests cannot be counted" not in _page(exporter)
        assert 1 == sum(" works again." in line for line in exporter.log)


async def test_a_response_that_cannot_be_recorded_is_an_error_of_the_ledger(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    chosen = _watch_anna(sandbox, tmp_path)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        with _lock(chosen.ledger):
            with pytest.raises(LedgerError, match="another process has locked it"):
                await exporter.service.observe(ClientObservation("anna", 200, {}))
            assert "requests cannot be counted" in _page(exporter)
            assert 1 == sum("another process has locked it" in line for line in exporter.log)


@pytest.mark.parametrize("is_at_start", [False, True])
async def test_probes_that_a_lock_withheld_for_long_are_said_to_be_sent_again(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, *, is_at_start: bool
) -> None:
    chosen = _watch_anna(sandbox, tmp_path)
    async with AsyncExitStack() as stack:
        exporter = await stack.enter_async_context(simulated_exporter(chosen, virtual))
        await exporter.run_for(60)
        if is_at_start:
            await stack.aclose()
        with _lock(chosen.ledger):
            if is_at_start:
                exporter = await stack.enter_async_context(simulated_exporter(chosen, virtual))
            await exporter.run_for(4 * HOUR)
            assert 1 == sum("anna: no probe for " in line for line in exporter.log)
        await _wait_until_unlocked(exporter)
        await exporter.run_for(HOUR)
        assert 1 == sum("anna: probed again, after 4 h" in line for line in exporter.log)


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """Run a server that the test may stop."""
    skip_without_postgres()
    with run_server() as server:
        yield server


def in_database(chosen: ExporterSettings, url: str) -> ExporterSettings:
    """Return settings by which accounts and ledger are in a database."""
    from tokcheck.accounts.store.postgres.postgres_store import (  # noqa: PLC0415 - not everywhere
        PostgresStore,
    )
    from tokcheck.exporter.ledger.postgres_ledger import PostgresLedger  # noqa: PLC0415 - the same
    from tokcheck.storage.postgres.database_address import (  # noqa: PLC0415 - the same
        parse_database_address,
    )

    address = parse_database_address(url, {})
    return chosen._replace(
        open_store=partial(PostgresStore, address), open_ledger=partial(PostgresLedger, address)
    )


async def test_a_database_that_is_away_prevents_probes_and_comes_back(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, own_server: PostgresServer
) -> None:
    home = tmp_path / "home"
    chosen = in_database(
        settings(sandbox.url, Selection(home=home, accounts=True), tmp_path, {}),
        own_server.url(own_server.new_schema()),
    )
    with chosen.open_store(home) as store:
        store.put(consented_grant(sandbox.state, FITBIT))
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(1800)
        assert exporter.service.is_ready()
        assert not exporter.service.is_database_away()
        probed = device_requests(sandbox.state)
        refreshed = sandbox.state.refresh_counts().renewed
        assert probed
        logged = len(exporter.log)

        own_server.stop("immediate")
        await exporter.run_for(600)
        assert exporter.service.is_database_away()
        assert probed == device_requests(sandbox.state), "none is sent without its record"
        assert refreshed == sandbox.state.refresh_counts().renewed
        assert 1 == exporter.metric("tokcheck_token_valid"), "what is known stays"
        lines = exporter.log[logged:]
        assert 9 <= len(lines) <= 11, lines
        assert {True} == {"cannot be reached" in line for line in lines}

        logged = len(exporter.log)
        own_server.start()
        while exporter.service.engine.parts.ledger.is_failing_fast():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
        await exporter.run_for(7200)
        assert not exporter.service.is_database_away()
        assert device_requests(sandbox.state) > probed
        lines = exporter.log[logged:]
        (back,) = (number for number, line in enumerate(lines) if "works again" in line)
        assert not [line for line in lines[back:] if "cannot be reached" in line]
