"""States in the log: changes without a probe, a restart, a lost ledger, a folder."""

from pathlib import Path

import pytest

from tests.support.exporter.simulated_exporter import HOUR, settings, simulated_exporter
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.exporter.assembly import ExporterSettings
from tokcheck.exporter.display.overview import build_overview
from tokcheck.exporter.sources.registry import Selection
from tokcheck.sandbox import Sandbox

pytestmark = pytest.mark.anyio


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    folder = tmp_path / "tokens"
    folder.mkdir()
    return folder


@pytest.fixture
def folder_settings(tmp_path: Path, tokens: Path, sandbox: Sandbox) -> ExporterSettings:
    return settings(sandbox.url, Selection(tokens_dir=tokens), tmp_path, {})


async def test_an_expiry_and_a_restart(
    folder_settings: ExporterSettings, tokens: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    (tokens / "anna").write_text(sandbox.state.issue_fitbit_token(lifetime=3600))
    (tokens / "bo").write_text(sandbox.state.issue_fitbit_token())
    (tokens / "cy").write_text("<your token>")
    async with simulated_exporter(folder_settings, virtual) as exporter:
        await exporter.run_for(2 * HOUR)
        starts = [line.partition(": ")[2].partition(":")[0] for line in exporter.log]
        assert {"valid": 2, "expired": 1, "placeholder": 1} == {
            word: starts.count(word) for word in ("valid", "expired", "placeholder")
        }
    async with simulated_exporter(folder_settings, virtual) as exporter:
        await exporter.run_for(60)
        (line,) = [line for line in exporter.log if line.startswith("Watching")]
        assert line.startswith("Watching 3 accounts; verdicts kept from before: ")
        assert "1 valid" in line
        assert "1 expired" in line
        assert [] == [line for line in exporter.log if line.startswith(("anna: ", "bo: ", "cy: "))]


async def test_a_folder_that_is_gone_and_back(
    folder_settings: ExporterSettings, tokens: Path, virtual: VirtualTime
) -> None:
    async with simulated_exporter(folder_settings, virtual) as exporter:
        await exporter.run_for(60)
        away = tokens.rename(tokens.with_name("away"))  # noqa: ASYNC240 - a test
        await exporter.run_for(60)
        (gone,) = [line for line in exporter.log if "stay as they were" in line]
        away.rename(tokens)
        await exporter.run_for(60)
        assert (f"{tokens} can be read again.", True) == (exporter.log[-1], str(tokens) in gone)


async def test_a_damaged_ledger_and_what_it_costs(
    folder_settings: ExporterSettings, virtual: VirtualTime
) -> None:
    folder_settings.ledger.parent.mkdir(mode=0o700, exist_ok=True)
    folder_settings.ledger.write_bytes(b"no database" * 1_000)
    folder_settings.ledger.chmod(0o600)
    async with simulated_exporter(folder_settings, virtual) as exporter:
        (line,) = [line for line in exporter.log if "ledger" in line]
        assert "was damaged and is kept as exporter.sqlite3.damaged-1. " in line
        assert "until a whole window of its rate limit has passed" in line


async def test_a_ledger_that_is_deleted_while_in_use(
    folder_settings: ExporterSettings, tokens: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    (tokens / "anna").write_text(sandbox.state.issue_fitbit_token())
    async with simulated_exporter(folder_settings, virtual) as exporter:
        await exporter.run_for(60)
        for file in folder_settings.ledger.parent.glob(f"{folder_settings.ledger.name}*"):
            file.unlink()
        await exporter.run_for(2 * HOUR)
        assert 1 == len([line for line in exporter.log if "was deleted while in use" in line])


async def test_lost_counts_are_shown_as_a_warning_with_the_moment(
    folder_settings: ExporterSettings, tokens: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    (tokens / "anna").write_text(sandbox.state.issue_fitbit_token())
    folder_settings.ledger.parent.mkdir(mode=0o700, exist_ok=True)
    folder_settings.ledger.write_bytes(b"no database" * 1_000)
    folder_settings.ledger.chmod(0o600)
    async with simulated_exporter(folder_settings, virtual) as exporter:
        await exporter.run_for(60)
        states, now = exporter.service.account_states(), exporter.service.now()
        overview = build_overview(states, now)
        assert "1 warning" == overview.trouble
        (view,) = overview.views(states)
        lost = "The request counts were lost with the ledger, so no probe is sent until 13:0"
        assert view.summary.advice[-1].startswith(lost)
        await exporter.run_for(2 * HOUR)
        assert (
            "No problem"
            == build_overview(exporter.service.account_states(), now + 2 * HOUR).trouble
        )


async def test_probes_that_lost_counts_withhold_are_counted_for_the_alert(
    folder_settings: ExporterSettings, tokens: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    (tokens / "anna").write_text(sandbox.state.issue_fitbit_token())
    folder_settings.ledger.parent.mkdir(mode=0o700, exist_ok=True)
    folder_settings.ledger.write_bytes(b"no database" * 1_000)
    folder_settings.ledger.chmod(0o600)
    async with simulated_exporter(folder_settings, virtual) as exporter:
        counts = []
        for _ in range(5):
            await exporter.run_for(HOUR / 4)
            counts.append(exporter.metric("tokcheck_probes_skipped_total", reason="counts_lost"))
        assert 3.0 == counts[0], "each five minutes: the alert looks at ten"
        assert counts == sorted(counts, key=lambda count: count or 0)
        assert 11.0 <= (counts[3] or 0) <= 13.0
        assert counts[3] == counts[4]
        assert 1.0 == exporter.metric("tokcheck_token_valid")
