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
from tokcheck.providers.declared.declared_provider import provider_of

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


_BOTH_OWNERS = {
    "name": "acme",
    "title": "Acme",
    "address": "https://api.acme.example",
    "check": {"path": "/v1/me", "every": "1m"},
    "windows": [
        {"name": "own", "length": "6h", "documented": 60},
        {"name": "shared", "length": "1h", "documented": 1000, "owner": "application"},
    ],
}


def take_at(accounting: Accounting, users: dict[str, str], minutes: range) -> dict[str, list[int]]:
    """Return in which minutes the accounts, each of a user's subject, were probed."""
    probed: dict[str, list[int]] = {name: [] for name in users}
    for minute in minutes:
        for name, subject in users.items():
            at = AT + 60 * minute
            state = AccountState(name, provider="acme", version="v1", subject=subject)
            ticket = accounting.take(state, Policy(every=60), at)
            if isinstance(ticket, Ticket):
                probed[name].append(minute)
                accounting.settle(ticket, report(), state, at)
    return probed


def test_the_budget_of_a_user_holds_beside_that_of_the_application(ledger: Ledger) -> None:
    accounting = Accounting(ledger, {"acme": provider_of(_BOTH_OWNERS)}, log_messages(print))
    # 4 % of 60: two in each user's 6 hours, also if two accounts are of one user.
    users = {"anna": "user:a", "again": "user:a", "bert": "user:b"}
    probed = take_at(accounting, users, range(8 * 60))
    assert {"anna": [0, 360], "again": [0, 360], "bert": [0, 1, 360, 361]} == probed


def test_the_budget_of_an_application_holds_beside_those_of_its_users(ledger: Ledger) -> None:
    accounting = Accounting(ledger, {"acme": provider_of(_BOTH_OWNERS)}, log_messages(print))
    # 4 % of 1000: 40 an hour of all users together.
    users = {f"user{number}": f"user:{number}" for number in range(30)}
    probed = take_at(accounting, users, range(59))
    assert 40 == sum(map(len, probed.values()))
    assert 2 == max(map(len, probed.values()))


def test_the_user_that_a_response_reveals_has_spent_the_request(ledger: Ledger) -> None:
    accounting = Accounting(ledger, {"acme": provider_of(_BOTH_OWNERS)}, log_messages(print))
    unknown = AccountState("anna", provider="acme", version="v1", subject="account:anna")
    revealed = unknown._replace(subject="user:a")
    ticket = accounting.take(unknown, POLICY, AT)
    assert isinstance(ticket, Ticket)
    accounting.settle(ticket, report(), revealed, AT)
    for state, counts in ((unknown, [1, 0]), (revealed, [1, 1])):
        spent = accounting.recent_spend(state, POLICY, AT)
        assert counts == [len(spent.freed_at), *map(len, spent.further)]
    ticket = accounting.take(revealed, POLICY, AT)
    accounting.give_back(ticket or SkipReason.BUDGET)
    spent = accounting.recent_spend(revealed, POLICY, AT)
    assert [1, 1] == [len(spent.freed_at), *map(len, spent.further)]


def test_a_reported_limit_is_of_the_user_or_of_the_application(ledger: Ledger) -> None:
    accounting = Accounting(ledger, {"acme": provider_of(_BOTH_OWNERS)}, log_messages(print))
    quotas = (
        quota(90, limit=100, window="own 21600s"),
        quota(90, limit=500, window="shared hour", owner="project"),
    )
    anna = probed_state(Verdict.VALID, *quotas, name="anna", provider="acme", subject="user:a")
    accounting.remember(anna)
    # Another account of the same user, and one of another user.
    for subject, limits in (("user:a", [500, 100]), ("user:b", [500, 60])):
        other = AccountState("other", provider="acme", version="v1", subject=subject)
        pace = accounting.pacing.pace(other, POLICY, accounting.recent_spend(other, POLICY, AT))
        assert limits == [pace.limit, *(each.limit for each in pace.further)]


def test_a_paste_without_a_provider_spends_nothing(accounting: Accounting) -> None:
    assert 0 == accounting.pacing.pace(AccountState("anna"), POLICY).requests


def test_a_failing_ledger_prevents_every_probe_and_is_logged_once(
    accounting: Accounting, ledger: Ledger, home: Path, log: list[str]
) -> None:
    break_ledger(home, ledger)
    for _ in range(3):
        assert SkipReason.LEDGER is accounting.take(NEW, POLICY, AT)
        assert RecentSpend() == accounting.recent_spend(NEW, POLICY, AT)
        assert KeptState(None, is_read=False) == accounting.read_state("anna", "v1")
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
        observed_requests=(("2xx", 50),),
    )  # fmt: skip
    other = probed_state(
        Verdict.RATE_LIMITED, quota(0), probed_at=AT + HOUR, probes={ProbeResult.SUCCESS: 1}
    )
    accounting.remember(other)
    learned = accounting.adopt_newer_state(own)
    assert (Verdict.RATE_LIMITED, AT + HOUR) == (learned.verdict, learned.probed_at)
    for field in (
        "probes", "skipped", "source_error", "refreshes", "refresh_expires_at", "broken",
        "observed_requests",
    ):  # fmt: skip
        assert getattr(own, field) == getattr(learned, field), field
    assert learned is accounting.adopt_newer_state(learned), "it changes nothing twice"
    accounting.forget("anna")
    assert own is accounting.adopt_newer_state(own)
