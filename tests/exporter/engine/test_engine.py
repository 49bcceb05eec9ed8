"""The engine: what it does when accounts, responses, the ledger or the time change."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.support.exporter.simulated_exporter import (
    HOUR,
    START,
    device_requests,
    settings,
    simulated_exporter,
)
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.core.errors import UsageError
from tokcheck.core.report import Verdict
from tokcheck.exporter.display.overview import build_overview
from tokcheck.exporter.sources.registry import Selection
from tokcheck.sandbox import Sandbox, serve_in_thread
from tokcheck.sandbox import SandboxState as Upstream
from tokcheck.transport.endpoints import Endpoints

pytestmark = pytest.mark.anyio


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    folder = tmp_path / "tokens"
    folder.mkdir()
    return folder


async def test_an_account_is_added_and_removed_with_its_file(
    tmp_path: Path, tokens: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    chosen = settings(sandbox.url, Selection(tokens_dir=tokens), tmp_path, {})
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(120)
        assert exporter.metric("tokcheck_token_valid", account="anna") is None
        (tokens / "anna").write_text(sandbox.state.issue_fitbit_token())
        await exporter.run_for(120)
        assert 1.0 == exporter.metric("tokcheck_token_valid", account="anna")
        (tokens / "anna").unlink()
        await exporter.run_for(120)
        assert b"anna" not in exporter.service.respond_to_scrape("", "").body
    assert 1 == device_requests(sandbox.state)


async def test_until_the_accounts_are_read_it_says_so(
    tmp_path: Path, tokens: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    chosen = settings(sandbox.url, Selection(tokens_dir=tokens), tmp_path, {})
    async with simulated_exporter(chosen, virtual) as exporter:
        (notice,) = exporter.service.notices()
        assert "The accounts are being read." == notice.sentence
        overview = build_overview(exporter.service.account_states(), 0, notices=[notice])
        assert "No accounts, still reading" == overview.headline
        await exporter.run_for(1)
        assert () == exporter.service.notices()


async def test_a_refused_token_is_not_tried_again_until_its_text_changes(
    tmp_path: Path, tokens: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    revoked = sandbox.state.issue_fitbit_token()
    sandbox.state.revoke(revoked)
    (tokens / "anna").write_text(revoked)
    chosen = settings(sandbox.url, Selection(tokens_dir=tokens), tmp_path, {})
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(6 * HOUR)
        assert 1 == device_requests(sandbox.state)
        assert 0.0 == exporter.metric("tokcheck_token_valid")
        assert exporter.metric("tokcheck_probe_next_timestamp_seconds") is None
        skipped = exporter.metric("tokcheck_probes_skipped_total", reason="refused")
        assert skipped is not None
        assert 5 <= skipped, "each withheld probe is counted"
        (tokens / "anna").write_text(sandbox.state.issue_fitbit_token())
        await exporter.run_for(120)
        assert 1.0 == exporter.metric("tokcheck_token_valid")
        verdict = "tokcheck_token_verdict"
        assert 0.0 == exporter.metric(verdict, verdict="revoked_or_invalid")
        assert 1.0 == exporter.metric(verdict, verdict="valid")


async def test_a_token_expires_without_a_probe(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=600)
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(590)
        assert 1.0 == exporter.metric("tokcheck_token_valid")
        requests = device_requests(sandbox.state)
        await exporter.run_for(15)
        assert 0.0 == exporter.metric("tokcheck_token_valid")
        assert START + 600 == exporter.metric("tokcheck_token_expiry_timestamp_seconds")
        await exporter.run_for(2 * HOUR)
        assert requests == device_requests(sandbox.state)


async def test_the_remaining_requests_are_absent_after_the_reset_and_the_expiry_stays(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token()
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        assert 149.0 == exporter.metric("tokcheck_quota_remaining_requests")
        virtual.moment += HOUR + 1
        assert exporter.metric("tokcheck_quota_remaining_requests") is None
        assert 150.0 == exporter.metric("tokcheck_quota_limit_requests")
        assert START + 28_800 == exporter.metric("tokcheck_token_expiry_timestamp_seconds")


async def test_probes_back_off_without_a_network_and_recover(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token()
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    nowhere = dict.fromkeys(chosen.endpoints.addresses, "http://127.0.0.1:1")
    async with simulated_exporter(
        chosen._replace(endpoints=Endpoints(nowhere)), virtual
    ) as exporter:
        await exporter.run_for(3 * HOUR)
        assert 0.0 == exporter.metric("tokcheck_probe_success")
        assert exporter.metric("tokcheck_token_valid") is None, "unknown is not invalid"
        tried = exporter.metric("tokcheck_probes_total", result="undetermined")
        assert tried is not None
        assert 2 <= tried <= 18
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(HOUR * 2)
        assert 1.0 == exporter.metric("tokcheck_token_valid")


async def test_a_ledger_that_cannot_be_written_prevents_every_probe(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token()
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    async with simulated_exporter(chosen, virtual) as exporter:
        exporter.service.engine.parts.ledger.__exit__(None, None, None)
        shutil.rmtree(chosen.ledger.parent)
        chosen.ledger.parent.write_text("a file where the folder was")
        await exporter.run_for(2 * HOUR)
        assert 0 == device_requests(sandbox.state)
        skipped = exporter.metric("tokcheck_probes_skipped_total", reason="ledger")
        assert skipped is not None
        assert 1 <= skipped
        assert 3 == len(exporter.log), exporter.log  # each once, however long it lasts


async def test_the_exporter_is_ready_after_the_first_round(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token()
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    async with simulated_exporter(chosen, virtual) as exporter:
        assert not exporter.service.is_ready()
        await exporter.service.engine.turn()
        assert not exporter.service.is_ready()
        await exporter.run_for(10)
        assert exporter.service.is_ready()


async def test_a_failed_reload_changes_nothing_and_is_reported(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    config = tmp_path / "accounts.toml"
    config.write_text('[accounts]\nanna = { env = "ANNA" }\nbo = { env = "BO" }\n')
    environment = {
        "ANNA": sandbox.state.issue_fitbit_token(),
        "BO": sandbox.state.issue_google_token(),
    }
    chosen = settings(sandbox.url, Selection(config), tmp_path, environment)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        assert 1.0 == exporter.metric("tokcheck_config_last_reload_successful")
        config.write_text('[accounts]\nanna = { envy = "ANNA" }\n')
        with pytest.raises(UsageError, match=r"accounts\.anna"):
            await exporter.service.reload()
        assert 0.0 == exporter.metric("tokcheck_config_last_reload_successful")
        assert START == exporter.metric("tokcheck_config_last_reload_success_timestamp_seconds")
        await exporter.run_for(60)
        assert 1.0 == exporter.metric("tokcheck_token_valid", account="bo")
        config.write_text('[accounts]\nanna = { env = "ANNA" }\n')
        await exporter.service.reload()
        assert b'account="bo"' not in exporter.service.respond_to_scrape("", "").body, "at once"
        assert 1.0 == exporter.metric("tokcheck_config_last_reload_successful")
        await exporter.run_for(60)
        assert 1.0 == exporter.metric("tokcheck_token_valid", account="anna")


async def test_a_paste_that_changes_during_its_probe_is_probed_again(
    tmp_path: Path, tokens: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    (tokens / "anna").write_text(sandbox.state.issue_fitbit_token())
    chosen = settings(sandbox.url, Selection(tokens_dir=tokens), tmp_path, {})
    async with simulated_exporter(chosen, virtual) as exporter:
        engine = exporter.service.engine
        asking = asyncio.create_task(exporter.run_for(120))
        while not engine.busy:  # noqa: ASYNC110 - a property has no event
            await asyncio.sleep(0)
        (tokens / "anna").write_text("Bearer " + sandbox.state.issue_fitbit_token(account="bo"))
        await engine.poll_sources()
        await asking
        assert 1.0 == exporter.metric("tokcheck_token_valid")
        assert 2.0 == exporter.metric("tokcheck_probes_total", result="success")
        assert Verdict.VALID is exporter.service.account_states()[0].verdict


async def test_an_account_removed_during_its_probe_stays_removed(
    tmp_path: Path, tokens: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    (tokens / "anna").write_text(sandbox.state.issue_fitbit_token())
    chosen = settings(sandbox.url, Selection(tokens_dir=tokens), tmp_path, {})
    async with simulated_exporter(chosen, virtual) as exporter:
        engine = exporter.service.engine
        asking = asyncio.create_task(exporter.run_for(120))
        while not engine.busy:  # noqa: ASYNC110 - a property has no event
            await asyncio.sleep(0)
        (tokens / "anna").unlink()
        await engine.poll_sources()
        await asking
        assert b'account="anna"' not in exporter.service.respond_to_scrape("", "").body
    assert 1 == device_requests(sandbox.state)


async def test_stopping_does_not_wait_for_a_server_that_never_answers(
    tmp_path: Path, virtual: VirtualTime
) -> None:
    request_received = asyncio.Event()

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request_received.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(never, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with serve_in_thread(Upstream(now=virtual.now)) as sandbox:
        token = sandbox.state.issue_fitbit_token()
    chosen = settings(url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    async with server, simulated_exporter(chosen, virtual) as exporter:
        working = asyncio.create_task(exporter.service.engine.run(virtual.stop))
        await request_received.wait()
        virtual.stop.set()
        await asyncio.wait_for(working, 5)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.poll_sources()
        (state,) = exporter.service.account_states()
        spent = exporter.service.engine.parts.ledger.recent_spend(state.subject, HOUR, START)
        assert 1 == spent.count(START), "it was written before it was sent"
