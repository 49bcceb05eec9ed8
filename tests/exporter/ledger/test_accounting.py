"""Budget accounting: a spend is recorded before its probe; a failing ledger is logged once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.exporter.builders import AT, HOUR, probed_state, quota, report
from tokcheck.accounts.grant import Broken, BrokenReason
from tokcheck.core.report import Verdict
from tokcheck.exporter.ledger import Ledger
from tokcheck.exporter.ledger.accounting import Accounting, KeptState
from tokcheck.exporter.ledger.ledger import Ticket
from tokcheck.exporter.log.events import log_messages
from tokcheck.exporter.scheduling import RecentSpend
from tokcheck.exporter.sources import Policy
from tokcheck.exporter.state import AccountState, ProbeResult, RefreshResult, SkipReason
from tokcheck.providers import REGISTRY

POLICY = Policy()
NEW = AccountState("anna", provider="fitbit", version="v1", subject="s")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def ledger(home: Path) -> Iterator[Ledger]:
    with Ledger(home / "exporter.sqlite3") as opened:
        yield opened


@pytest.fixture
def accounting(ledger: Ledger, log: list[str]) -> Accounting:
    return Accounting(ledger, REGISTRY, log_messages(log.append))


def break_ledger(home: Path, ledger: Ledger) -> None:
    ledger.__exit__(None, None, None)
    shutil.rmtree(home, ignore_errors=True)
    home.write_text("a file where the folder was")


def test_a_spend_is_recorded_before_its_probe_and_settled_after(
    accounting: Accounting,
) -> None:
    ticket = accounting.take(NEW, POLICY, AT)
    assert isinstance(ticket, Ticket)
    assert 1 == accounting.recent_spend(NEW, POLICY, AT).count(AT)
    accounting.settle(ticket, report(requests=None), NEW._replace(subject="s"), AT + 1)
    assert 0 == accounting.recent_spend(NEW, POLICY, AT).count(AT)


def test_a_withheld_probe_has_a_reason_and_spends_nothing(accounting: Accounting) -> None:
    ended = NEW._replace(expires_at=AT - 1)
    assert SkipReason.EXPIRED is accounting.take(ended, POLICY, AT)
    assert RecentSpend() == accounting.recent_spend(NEW, POLICY, AT)
    for _ in range(5):
        assert isinstance(accounting.take(NEW, POLICY, AT), Ticket)
    assert SkipReason.BUDGET is accounting.take(NEW, POLICY, AT), "one is kept for the next window"


def test_a_paste_without_a_provider_spends_nothing(accounting: Accounting) -> None:
    assert 0 == accounting.pace(AccountState("anna"), POLICY).requests


def test_a_failing_ledger_prevents_every_probe_and_is_logged_once(
    accounting: Accounting, ledger: Ledger, home: Path, log: list[str]
) -> None:
    break_ledger(home, ledger)
    for _ in range(3):
        assert SkipReason.LEDGER is accounting.take(NEW, POLICY, AT)
        assert RecentSpend() == accounting.recent_spend(NEW, POLICY, AT)
        assert KeptState(None, is_read=False) == accounting.recall("anna", "v1")
        assert NEW is accounting.adopt_newer_state(NEW)
        accounting.remember(NEW)
        accounting.forget("anna")
        accounting.settle(Ticket(1, "s", 1), report(), NEW, AT)
    (line,) = log
    assert str(home) in line
    home.unlink()
    assert isinstance(accounting.take(NEW, POLICY, AT), Ticket)
    break_ledger(home, ledger)
    assert SkipReason.LEDGER is accounting.take(NEW, POLICY, AT)
    recovery = f"The ledger {home / 'exporter.sqlite3'} works again."
    assert [line, recovery, line] == log, "it is logged again"


def test_a_newer_state_of_another_process_is_adopted_without_its_counts(
    accounting: Accounting,
) -> None:
    own = probed_state(Verdict.VALID, quota(140))._replace(
        probes={ProbeResult.SUCCESS: 7}, refreshes={RefreshResult.SUCCESS: 2},
        refresh_expires_at=AT + 5,
        broken=Broken(AT, BrokenReason.REFUSED), source_error="The file is missing.",
    )  # fmt: skip
    other = probed_state(
        Verdict.RATE_LIMITED, quota(0), probed_at=AT + HOUR, probes={ProbeResult.SUCCESS: 1}
    )
    accounting.remember(other)
    learned = accounting.adopt_newer_state(own)
    assert (Verdict.RATE_LIMITED, AT + HOUR) == (learned.verdict, learned.probed_at)
    for field in ("probes", "skipped", "source_error", "refreshes", "refresh_expires_at", "broken"):
        assert getattr(own, field) == getattr(learned, field), field
    assert learned is accounting.adopt_newer_state(learned), "it changes nothing twice"
    accounting.forget("anna")
    assert own is accounting.adopt_newer_state(own)
