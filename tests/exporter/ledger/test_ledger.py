"""The ledger: never more than the budget, for any process and after any failure of the file."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.suite.thoroughness import inputs
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Broken, BrokenReason
from tokcheck.accounts.store import Store
from tokcheck.core.report import Device, Quota, Verdict
from tokcheck.exporter.ledger import Ledger, uptime
from tokcheck.exporter.ledger.ledger import LedgerError
from tokcheck.exporter.ledger.ledger_errors import explain_ledger_error
from tokcheck.exporter.ledger.request_ledger import RequestLedger
from tokcheck.exporter.ledger.tables.spend_table import ReportedLimit, ReportedLimits
from tokcheck.exporter.scheduling import RecentSpend
from tokcheck.exporter.scheduling.budget import CountedWindow, WindowBudget
from tokcheck.exporter.state import AccountState, Observation, ProbeResult, SkipReason
from tokcheck.storage import shell_words

HOUR = 3600.0
NOW = 1_768_478_400.0
STATE = AccountState(
    "anna",
    provider="fitbit",
    version="v1",
    verdict=Verdict.VALID,
    usable=True,
    expires_at=NOW + 100,
    quota=(Quota("hour", 150, 140, datetime.fromtimestamp(NOW, UTC), "headers"),),
    history=(Observation(NOW, 140),),
    devices=(Device("Charge 5", None, "High", 90, "2026-01-15T10:00:00.000", "account-local"),),
    probes=MappingProxyType({ProbeResult.SUCCESS: 3}),
    skipped=MappingProxyType({SkipReason.BUDGET: 1}),
    verdicts=(Verdict.VALID,),
    status=401,
    error_type="invalid_token",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.sqlite"


OpenLedger = Callable[[], RequestLedger]


@pytest.fixture(params=["sqlite", "postgres"])
def open_ledger(request: pytest.FixtureRequest, path: Path) -> OpenLedger:
    """Return a function that opens the ledger, in a file or in a database: both do the same."""
    if request.param == "sqlite":
        return lambda: Ledger(path)
    return request.getfixturevalue("open_postgres_ledger")  # type: ignore[no-any-return] # a fixture


@pytest.fixture
def open_postgres_ledger(database_url: str) -> OpenLedger:
    from tokcheck.exporter.ledger.postgres_ledger import PostgresLedger  # noqa: PLC0415
    from tokcheck.storage.postgres.database_address import (  # noqa: PLC0415 - not everywhere
        parse_database_address,
    )

    return lambda: PostgresLedger(parse_database_address(database_url, {}))


def count_takes(ledger: RequestLedger, budget: int, now: float, name: str = "s") -> int:
    """Take one request at a time until refused; return how many were granted."""
    count = 0
    while ledger.take(name, 1, budget, HOUR, now) is not None:
        count += 1
    return count


def test_a_window_grants_no_more_than_the_budget(open_ledger: OpenLedger) -> None:
    with open_ledger() as ledger:
        assert 6 == count_takes(ledger, 6, NOW)
        assert 0 == count_takes(ledger, 6, NOW + HOUR - 1)
        assert 6 == count_takes(ledger, 6, NOW, "another")


def test_a_settled_spend_counts_for_a_window_from_its_end(open_ledger: OpenLedger) -> None:
    with open_ledger() as ledger:
        ticket = ledger.take("s", 3, 6, HOUR, NOW)
        assert ticket is not None
        ledger.settle(ticket, 2)
        assert ledger.recent_spend("s", HOUR, NOW) == RecentSpend((NOW + HOUR,) * 2)
        ledger.settle(ticket, 2, now=NOW + 10)
        assert ledger.recent_spend("s", HOUR, NOW + 11) == RecentSpend((NOW + 10 + HOUR,) * 2)
        assert RecentSpend() == ledger.recent_spend("s", HOUR, NOW + 10 + HOUR)


def test_an_unsettled_spend_counts_longer_and_in_full(open_ledger: OpenLedger) -> None:
    with open_ledger() as ledger:
        assert ledger.take("s", 3, 6, HOUR, NOW) is not None
        assert 3 == ledger.recent_spend("s", HOUR, NOW + HOUR + 59).count(NOW + HOUR + 59)
        assert RecentSpend() == ledger.recent_spend("s", HOUR, NOW + HOUR + 60)


def test_an_unused_spend_is_returned(open_ledger: OpenLedger) -> None:
    with open_ledger() as ledger:
        ticket = ledger.take("s", 3, 3, HOUR, NOW)
        assert ticket is not None
        assert ledger.take("s", 3, 3, HOUR, NOW) is None
        ledger.settle(ticket, 0)
        assert ledger.take("s", 3, 3, HOUR, NOW) is not None


def test_a_spend_moves_to_the_subject_that_the_response_reveals(open_ledger: OpenLedger) -> None:
    with open_ledger() as ledger:
        ticket = ledger.take("account", 3, 6, HOUR, NOW)
        assert ticket is not None
        ledger.settle(ticket, 3, now=NOW, subject="user")
        assert RecentSpend() == ledger.recent_spend("account", HOUR, NOW)
        assert 3 == len(ledger.recent_spend("user", HOUR, NOW).freed_at)


def test_a_spend_of_an_application_is_one_of_its_user_as_well(open_ledger: OpenLedger) -> None:
    of_user, of_other = (WindowBudget(6 * HOUR, 2, each) for each in ("anna", "bert"))
    with open_ledger() as ledger:
        ticket = ledger.take("app", 1, 40, HOUR, NOW, [of_user])
        assert ticket is not None
        ledger.settle(ticket, 1, now=NOW)
        assert ledger.take("app", 1, 40, HOUR, NOW, [of_user]) is not None
        assert ledger.take("app", 1, 40, HOUR, NOW, [of_user]) is None
        assert ledger.take("app", 1, 3, HOUR, NOW, [of_other]) is not None
        assert ledger.take("app", 1, 3, HOUR, NOW, [of_other]) is None
        windows = [CountedWindow(6 * HOUR, each) for each in ("anna", "bert", "app")]
        spent = ledger.recent_spend("app", HOUR, NOW + HOUR + 60, further=windows)
        assert [0, 2, 1, 3] == [len(spent.freed_at), *map(len, spent.further)]


def test_a_cost_above_the_budget_is_refused(open_ledger: OpenLedger) -> None:
    with open_ledger() as ledger:
        assert ledger.take("s", 3, 2, HOUR, NOW) is None


def test_the_spend_survives_a_restart(open_ledger: OpenLedger) -> None:
    with open_ledger() as ledger:
        assert 6 == count_takes(ledger, 6, NOW)
    with open_ledger() as ledger:
        assert 0 == count_takes(ledger, 6, NOW + 60)


@settings(max_examples=inputs(60), deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.floats(0, 2000), st.integers(1, 3), st.integers(0, 3), st.floats(0, 30)),
        max_size=40,
    )
)
def test_no_period_of_a_windows_length_exceeds_the_budget(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[float, int, int, float]]
) -> None:
    sent: list[float] = []
    now = NOW
    with Ledger(tmp_path_factory.mktemp("ledger") / "l") as ledger:
        for wait, cost, used, lasts in steps:
            now += wait
            ticket = ledger.take("s", cost, 6, HOUR, now)
            if ticket is not None:
                sent += [now + lasts] * min(used, cost)
                now += lasts
                ledger.settle(ticket, min(used, cost), now=now)
    for at in sent:
        assert sum(at <= other < at + HOUR for other in sent) <= 6


@pytest.mark.parametrize("steady", [None, lambda: 5000.0])
def test_a_clock_set_back_blocks_no_spend_for_long(
    path: Path, steady: Callable[[], float] | None
) -> None:
    with Ledger(path, steady=steady) as ledger:
        assert 6 == count_takes(ledger, 6, NOW)
        earlier = NOW - 10 * HOUR
        assert 0 == count_takes(ledger, 6, earlier)
        frees = ledger.recent_spend("s", HOUR, earlier).freed_at
        assert {earlier + HOUR + 60} == set(frees)


def test_a_steady_clock_detects_a_clock_set_back(path: Path) -> None:
    ticks = 5000.0
    with Ledger(path, steady=lambda: ticks) as ledger:
        assert 6 == count_takes(ledger, 6, NOW)
        ticks += 1000
        frees = ledger.recent_spend("s", HOUR, NOW - 5 * HOUR).freed_at
        assert {NOW - 5 * HOUR - 1000 + HOUR + 60} == set(frees)


def test_with_a_steady_clock_a_clock_set_forward_frees_nothing(path: Path) -> None:
    with Ledger(path, steady=lambda: 5000.0) as ledger:
        assert 6 == count_takes(ledger, 6, NOW)
        for days in (1, 30):
            assert 0 == count_takes(ledger, 6, NOW + days * 86_400)
    with Ledger(path, steady=lambda: 100.0) as ledger:  # after the machine was started anew
        assert 6 == count_takes(ledger, 6, NOW + 86_400)


def test_uptime_increases() -> None:
    assert 0 < uptime() <= uptime()


def test_old_rows_are_deleted(path: Path) -> None:
    with Ledger(path) as ledger:
        for n in range(2000):
            ticket = ledger.take("s", 1, 6, HOUR, NOW + n * HOUR)
            assert ticket is not None
            ledger.settle(ticket, 1, now=NOW + n * HOUR)
        assert ledger.take("another", 1, 6, HOUR, NOW + 1) is not None
        for n in range(1001):
            ledger.take("full", 2, 1, HOUR, NOW + (2000 + n) * HOUR)
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT subject, count(*) FROM spend GROUP BY 1").fetchall()
    connection.close()
    assert {} == {name: count for name, count in rows if count > 20 or name == "another"}


def test_the_file_is_private(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.remember(STATE)
        beside = sorted(path.parent.iterdir())
        assert ["ledger.sqlite", "ledger.sqlite-shm", "ledger.sqlite-wal"] == [
            each.name for each in beside
        ]
        assert {0o600} == {stat.S_IMODE(each.stat().st_mode) for each in beside}
        assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)


@pytest.mark.parametrize("name", ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"])
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o666])
def test_a_file_accessible_to_others_is_refused(path: Path, name: str, mode: int) -> None:
    with Ledger(path) as ledger:
        assert ledger.take("s", 1, 1, HOUR, NOW) is not None
        file = path.with_name(name)
        file.chmod(mode)
        with Ledger(path) as other:
            with pytest.raises(LedgerError) as caught:
                other.take("s", 1, 2, HOUR, NOW)
            assert f"it must be private, but is accessible to other users (mode {mode:04o})" in str(
                caught.value
            )
            assert f"Run: chmod 600 {file}" == caught.value.hint
            assert mode == stat.S_IMODE(file.stat().st_mode)
            file.chmod(0o600)  # as the hint says; no restart is needed
            assert other.take("s", 1, 2, HOUR, NOW) is not None


@pytest.mark.parametrize("mode", [0o701, 0o710, 0o755, 0o777])
def test_a_folder_accessible_to_others_is_refused_as_the_store_refuses_it(
    path: Path, mode: int
) -> None:
    folder = path.parent
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(StoreError) as store_error:
        Store(folder)
    with Ledger(path) as ledger:
        with pytest.raises(LedgerError) as caught:
            ledger.take("s", 1, 1, HOUR, NOW)
        assert str(store_error.value) == str(caught.value)
        assert f"{folder} must be private, but is accessible to other users (mode {mode:04o})." == (
            caught.value.message
        )
        assert f"Run: chmod 700 {folder}" == caught.value.hint == store_error.value.hint
        assert [] == list(folder.iterdir())
        folder.chmod(0o700)  # as the hint says; no restart is needed
        assert ledger.take("s", 1, 1, HOUR, NOW) is not None


def test_the_last_reported_limits_of_a_subject_are_known_whatever_the_accounts_name(
    open_ledger: OpenLedger,
) -> None:
    def limits(at: float, requests: int) -> list[ReportedLimits]:
        return [ReportedLimits("s", "server", (ReportedLimit("hour", at, requests),))]

    with open_ledger() as ledger:
        assert () == ledger.recent_spend("s", HOUR, NOW, "server").limits
        ledger.remember(STATE, limits(NOW, 40), NOW)
        ledger.remember(STATE._replace(name="bo"), limits(NOW - 100, 150), NOW)
        ledger.forget("anna")
        assert (("hour", 40),) == ledger.recent_spend("s", HOUR, NOW, "server").limits
        assert () == ledger.recent_spend("s", HOUR, NOW, "other").limits
        assert () == ledger.recent_spend("t", HOUR, NOW, "server").limits
        ticket = ledger.take("s", 1, 6, HOUR, NOW)
        assert ticket is not None
        ledger.settle(ticket, 1, now=NOW + 1, limits=limits(NOW + 1, 10**12))
        assert (("hour", 10**12),) == ledger.recent_spend("s", HOUR, NOW, "server").limits
        # The clock was set back: what it wrote before is of no later moment.
        ledger.remember(STATE, limits(NOW - HOUR, 60), NOW - HOUR)
        assert (("hour", 60),) == ledger.recent_spend("s", HOUR, NOW, "server").limits


def test_the_state_survives_a_restart(open_ledger: OpenLedger) -> None:
    with open_ledger() as ledger:
        ledger.remember(STATE._replace(verdict=None))
        ledger.remember(STATE)
    with open_ledger() as ledger:
        known = ledger.read_state("anna", "v1")
        assert STATE == known
        assert known is not None
        assert isinstance(known.probes, MappingProxyType)
        assert ledger.read_state("anna", "v2") is None
        assert ledger.read_state("ben", "v1") is None
        ledger.forget("anna")
        assert ledger.read_state("anna", "v1") is None


_SENTENCES: dict[str, Any] = {
    "finding": "It works: 140 are left; it resets in 1 h.",
    "advice": ["This machine's clock says 12:00."],
    "source_error": "It is gone.",
}


@pytest.mark.parametrize("broken", [None, [], ["It was refused.", "Log in again."]])
def test_the_sentences_that_an_older_version_stored_are_dropped_and_the_spend_is_kept(
    path: Path, broken: list[str] | None
) -> None:
    with Ledger(path) as ledger:
        assert ledger.take("s", 6, 6, HOUR, NOW) is not None
        ledger.remember(STATE)
        with closing(sqlite3.connect(path)) as connection, connection:
            (body,) = connection.execute("SELECT body FROM standing").fetchone()
            row = dict(zip(AccountState._fields, json.loads(body), strict=True))
            row |= {**_SENTENCES, "broken": broken}
            older = list(row.values())[: AccountState._fields.index("broken") + 1]
            connection.execute("UPDATE standing SET body = ?", (json.dumps(older),))
    with Ledger(path) as ledger:
        assert STATE._replace(status=None, error_type="") == ledger.read_state("anna", "v1")
        assert 0 == count_takes(ledger, 6, NOW + 60)


def test_no_sentence_is_stored(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.remember(STATE._replace(**_SENTENCES))
        assert STATE == ledger.read_state("anna", "v1")
        contents = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"Charge 5" in contents, "a fact"
    assert b"It works" not in contents
    assert b"clock says" not in contents
    assert b"It is gone" not in contents


def test_the_reason_of_a_broken_grant_is_not_stored(path: Path) -> None:
    broken = Broken(NOW, BrokenReason.REFUSED, "Its own words.")
    with Ledger(path) as ledger:
        ledger.remember(STATE._replace(broken=broken))
        assert STATE == ledger.read_state("anna", "v1")
    assert b"Its own words." not in path.read_bytes()


@pytest.mark.parametrize("window", ["100s", "1s"])
def test_a_window_of_any_length_survives_a_restart(window: str, path: Path) -> None:
    state = STATE._replace(quota=(STATE.quota[0]._replace(window=window),))
    with Ledger(path) as ledger:
        ledger.remember(state)
        assert state == ledger.read_state("anna", "v1")


@pytest.mark.parametrize("window", ["fortnight", "0s", "-5s", "s", "infs"])
def test_a_record_with_an_unknown_window_counts_as_missing(window: str, path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.remember(STATE._replace(quota=(STATE.quota[0]._replace(window=window),)))
        assert ledger.read_state("anna", "v1") is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'["a",1,2,3]', b'["anna"' + b",null" * 99])
def test_an_unreadable_record_counts_as_missing(path: Path, body: bytes) -> None:
    with Ledger(path) as ledger:
        ledger.remember(STATE)
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE standing SET body = ?", (body,))
        connection.close()
        assert ledger.read_state("anna", "v1") is None


_CHILD = """
import os, signal, sys
from pathlib import Path
from tokcheck.exporter.ledger.ledger import Ledger
how, path = sys.argv[1], Path(sys.argv[2])
with Ledger(path, busy=30) as ledger:
    print("ready", flush=True)
    sys.stdin.readline()
    taken = 0
    for now in range(400):
        taken += ledger.take("s", 1, 100, 3600.0, 1768478400.0 + now / 1000) is not None
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
    print(taken)
"""


def child(how: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, how, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_at_once_share_one_budget(path: Path) -> None:
    children = [child("take", path) for _ in range(2)]
    for each in children:
        assert each.stdout is not None
        assert "ready\n" == each.stdout.readline()
    for each in children:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    outputs = [each.communicate(timeout=600)[0] for each in children]
    assert [0, 0] == [each.returncode for each in children]
    assert 100 == sum(int(text) for text in outputs)


def test_a_spend_of_a_killed_process_counts(path: Path) -> None:
    killed = child("kill", path)
    killed.communicate("go\n", timeout=600)
    assert -9 == killed.returncode
    with Ledger(path) as ledger:
        assert 1 == len(ledger.recent_spend("s", HOUR, NOW).freed_at)
        assert 99 == count_takes(ledger, 100, NOW)


def test_thousands_of_spends_do_not_grow_the_file(path: Path) -> None:
    with Ledger(path) as ledger:
        for n in range(1200):
            assert ledger.take("s", 1, 6, HOUR, NOW + n * HOUR * 1.1) is not None
    assert path.stat().st_size < 100_000
    assert not os.path.exists(f"{path}-wal")  # noqa: PTH110 - a name, not a path


@pytest.mark.parametrize("error", [PermissionError(13, "denied"), OSError(30, "read-only")])
def test_a_hint_keeps_its_command_apart_from_the_sentences(tmp_path: Path, error: OSError) -> None:
    explained = explain_ledger_error(error, tmp_path / "ledger")
    assert explained.hint.startswith("Until this is fixed, no probe is sent")
    listing = "icacls" if os.name == "nt" else "ls -la"
    assert explained.hint.endswith(f"Run `{listing} {shell_words.quote(str(tmp_path))}`.")


def test_an_error_names_the_file_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ledger_path = tmp_path / "file" / "below" / "ledger"
    with Ledger(ledger_path) as ledger, pytest.raises(LedgerError) as caught:
        ledger.take("s", 1, 1, HOUR, NOW)
    assert (
        f"{ledger_path.parent} cannot be created: {tmp_path / 'file'} is not a folder."
        == caught.value.message
    )
    assert "TOKCHECK_HOME" in caught.value.hint
    with Ledger(tmp_path / "file" / "ledger") as ledger, pytest.raises(LedgerError) as caught:
        ledger.take("s", 1, 1, HOUR, NOW)
    assert f"{tmp_path / 'file'} is not a folder." == caught.value.message
    assert "TOKCHECK_HOME" in caught.value.hint
