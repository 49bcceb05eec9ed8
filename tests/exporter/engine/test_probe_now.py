"""A probe on request: inside the budget, and with the reason if it is not sent."""

import asyncio
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
from tokcheck.exporter.assembly import ExporterSettings
from tokcheck.exporter.sources.registry import Selection
from tokcheck.exporter.web.actions import RequestedProbe
from tokcheck.sandbox import Sandbox

pytestmark = pytest.mark.anyio


def _settings(sandbox: Sandbox, folder: Path, token: str) -> ExporterSettings:
    """Return the settings of an exporter with one account, anna, which has this token."""
    selection = Selection(variables={"anna": "ANNA"})
    return settings(sandbox.url, selection, folder, {"ANNA": token})


async def _probe(exporter: SimulatedExporter, name: str = "anna") -> RequestedProbe | None:
    """Request a probe while the exporter runs for a second."""
    answer = asyncio.create_task(exporter.service.probe(name))
    await asyncio.sleep(0)
    await exporter.run_for(1)
    return await answer


async def test_probes_on_request_stay_inside_the_budget(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token()
    async with simulated_exporter(_settings(sandbox, tmp_path, token), virtual) as exporter:
        await exporter.run_for(10)
        assert 1 == device_requests(sandbox.state)
        answer = await _probe(exporter)
        assert answer is not None
        assert answer.sent
        assert answer.sentence.startswith("anna: valid: ")
        assert 2 == device_requests(sandbox.state)
        answers = [await _probe(exporter) for _ in range(40)]
        spent = device_requests(sandbox.state)
        assert spent <= 15, "a tenth of 150, the default share"
        refused = answers[-1]
        assert frozenset() == exporter.service.probeable_accounts()
        assert refused is not None
        assert not refused.sent
        assert refused.sentence.startswith("Not probed: its budget is spent. Next probe: in ")
        assert refused.sentence.endswith(", within its budget.")
        assert refused.retry_after is not None
        await exporter.run_for(HOUR)
        assert device_requests(sandbox.state) - spent <= 15


async def test_a_refusal_says_when_a_probe_can_be_requested_again(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token()
    async with simulated_exporter(_settings(sandbox, tmp_path, token), virtual) as exporter:
        await exporter.run_for(10)
        await exporter.service.engine.observe("anna", 429, {"retry-after": "12"})
        refused = await _probe(exporter)
        assert refused is not None
        assert refused.sentence.startswith("Not probed: the server has requested a pause. Next ")
        assert refused.sentence.endswith(" It can be requested in 12 s.")
        assert refused.retry_after == pytest.approx(12)
        assert refused.retry_after is not None
        await exporter.run_for(refused.retry_after)
        answer = await _probe(exporter)
        assert answer is not None
        assert answer.sent


async def test_a_token_that_cannot_work_is_not_probed_on_request(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token()
    sandbox.state.revoke(token)
    async with simulated_exporter(_settings(sandbox, tmp_path, token), virtual) as exporter:
        await exporter.run_for(10)
        expected = RequestedProbe(
            "Not probed: refused, waiting for a new token. Next probe: with a new token.",
            sent=False,
        )
        assert expected == await _probe(exporter)
        assert await _probe(exporter, "nobody") is None
        assert 1 == device_requests(sandbox.state)
        assert frozenset() == exporter.service.probeable_accounts()


async def test_a_living_token_that_expires_before_the_next_probe_is_not_called_expired(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=1_200)
    async with simulated_exporter(_settings(sandbox, tmp_path, token), virtual) as exporter:
        await exporter.run_for(10)
        answers = [await _probe(exporter) for _ in range(20)]
        expected = RequestedProbe(
            "Not probed: its budget is spent. Next probe: none: the token expires first.",
            sent=False,
        )
        assert expected == answers[-1]


async def test_a_source_that_cannot_be_read_is_named_and_not_called_no_token(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    folder = tmp_path / "tokens"
    folder.mkdir(mode=0o700)
    (folder / "anna").symlink_to(tmp_path / "missing")
    wanted = settings(sandbox.url, Selection(tokens_dir=folder), tmp_path, {})
    async with simulated_exporter(wanted, virtual) as exporter:
        await exporter.run_for(10)
        (state,) = exporter.service.account_states()
        answer = await _probe(exporter)
        expected = RequestedProbe(
            f"Not probed: {state.source_error} Next probe: with a token.", sent=False
        )
        assert expected == answer
        assert "missing" in state.source_error


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ("server-error", "undetermined"),
        ("broken-json", "undetermined"),
        ("api-disabled", "api_disabled"),
        ("account-not-linked", "account_not_linked"),
        ("grant-broken", "grant_broken"),
    ],
)
async def test_a_probe_on_request_waits_for_no_pause_of_the_exporters_own(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, fault: str, verdict: str
) -> None:
    token = sandbox.state.issue_google_token()
    sandbox.state.faults.add(fault)
    async with simulated_exporter(_settings(sandbox, tmp_path, token), virtual) as exporter:
        await exporter.run_for(10)
        (state,) = exporter.service.account_states()
        assert verdict == state.verdict
        assert state.next_probe_at is None or state.next_probe_at > virtual.moment + 20
        assert {"anna"} == exporter.service.probeable_accounts()
        sandbox.state.faults.clear()
        answer = await _probe(exporter)
        assert answer is not None
        assert answer.sent
        assert answer.sentence.startswith("anna: valid: ")


@pytest.mark.parametrize("fault", ["service-gone", "unknown-error"])
async def test_a_probe_on_request_finds_that_a_service_is_back(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, fault: str
) -> None:
    token = sandbox.state.issue_fitbit_token()
    sandbox.state.faults.add(fault)
    async with simulated_exporter(_settings(sandbox, tmp_path, token), virtual) as exporter:
        await exporter.run_for(10)
        sandbox.state.faults.clear()
        answer = await _probe(exporter)
        assert answer is not None
        assert answer.sentence.startswith("anna: valid: ")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("unavailable-retry-info", "the server has requested a pause"),
        ("too-many-requests-retry-info", "rate-limited"),
    ],
)
async def test_a_probe_on_request_waits_for_a_pause_that_the_provider_wants(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, fault: str, reason: str
) -> None:
    token = sandbox.state.issue_google_token()
    sandbox.state.faults.add(fault)
    async with simulated_exporter(_settings(sandbox, tmp_path, token), virtual) as exporter:
        await exporter.run_for(1)
        sandbox.state.faults.clear()
        answer = await _probe(exporter)
        assert answer is not None
        assert not answer.sent
        assert reason in answer.sentence
        assert answer.retry_after is not None
        assert frozenset() == exporter.service.probeable_accounts()


async def test_the_budget_is_the_reason_also_after_errors(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token()
    sandbox.state.faults.add("server-error")
    async with simulated_exporter(_settings(sandbox, tmp_path, token), virtual) as exporter:
        await exporter.run_for(10)
        answers = [await _probe(exporter) for _ in range(10)]
        refused = answers[-1]
        assert refused is not None
        assert not refused.sent
        assert refused.sentence.startswith("Not probed: its budget is spent. Next probe: in ")
        assert refused.sentence.endswith(", within its budget.")


async def test_an_account_that_goes_meanwhile_is_not_said_to_be_probed(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    folder = tmp_path / "tokens"
    folder.mkdir()
    (folder / "anna").write_text(sandbox.state.issue_fitbit_token())
    chosen = settings(sandbox.url, Selection(tokens_dir=folder), tmp_path, {})
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(10)
        assert {"anna"} == exporter.service.probeable_accounts()
        (folder / "anna").unlink()
        await exporter.service.engine.poll_sources()
        answer = asyncio.create_task(exporter.service.probe("anna"))
        await asyncio.sleep(0)
        await exporter.service.engine.poll_sources()
        assert await asyncio.wait_for(answer, 5) is None


async def test_a_probe_that_another_process_sent_meanwhile_does_not_count_as_the_requested_one(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token()
    chosen = _settings(sandbox, tmp_path, token)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(10)
        (own,) = exporter.service.account_states()
        newer = own._replace(probed_at=virtual.moment, next_probe_at=virtual.moment + 300)
        exporter.service.engine.parts.ledger.remember(newer)
        answer = await _probe(exporter)
        assert answer is not None
        assert answer.sent
        assert 2 == device_requests(sandbox.state)


async def test_many_requests_at_once_are_one_probe(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token()
    async with simulated_exporter(_settings(sandbox, tmp_path, token), virtual) as exporter:
        await exporter.run_for(10)
        requests = [asyncio.create_task(exporter.service.probe("anna")) for _ in range(50)]
        requests[0].cancel()
        await asyncio.sleep(0)
        await exporter.run_for(1)
        answers = await asyncio.gather(*requests[1:])
        assert {True} == {answer is not None and answer.sent for answer in answers}
        assert 2 == device_requests(sandbox.state)
