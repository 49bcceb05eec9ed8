"""The writer of observed responses: threads, processes, forks, and a ledger that cannot be used."""

import multiprocessing
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

import tokcheck
from tests.support.accounts.stored_accounts import DEVICES, StoredAccounts
from tests.support.exporter.observed_traffic import quota_numbers, read_traffic
from tests.support.paths import ROOT
from tokcheck.declarations.known_providers import known_providers
from tokcheck.exporter.ledger import Ledger
from tokcheck.exporter.ledger.ledger_errors import LedgerLockedError
from tokcheck.exporter.ledger.request_ledger import RequestLedger
from tokcheck.library.observing.observation_writer import WRITER, ObservationWriter
from tokcheck.library.observing.seen_responses import LedgerPlace, SeenResponse
from tokcheck.providers import REGISTRY

NOW = datetime(2026, 11, 28, 12, 0, 30, tzinfo=UTC)
_RETRY_AT = NOW.timestamp() + 20


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    hooks = tokcheck.observe(
        "alex", provider="fitbit", environment={"TOKCHECK_HOME": str(tmp_path / "home")}
    )

    request = httpx.Request("GET", "https://api.fitbit.com/a")

    def work() -> None:
        for _ in range(100):
            hooks["response"][0](httpx.Response(200, request=request))
            WRITER.flush(0)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {"2xx": 800} == read_traffic(tmp_path / "home")["alex"].classes


_PROGRAM = """
import httpx, sys, tokcheck
with httpx.Client(auth=tokcheck.auth("alex"), event_hooks=tokcheck.observe("alex")) as client:
    for _ in range(5):
        client.get(sys.argv[1])
"""


def test_processes_write_what_they_have_when_they_end(accounts: StoredAccounts) -> None:
    accounts.add("alex")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, accounts.sandbox.url + DEVICES],
            env=accounts.environment | {"PYTHONPATH": str(ROOT / "monitor"), "PATH": ""},
        )
        for _ in range(3)
    ]
    assert [0] * 3 == [process.wait(timeout=60) for process in processes]
    traffic = read_traffic(accounts.home)["alex"]
    window, limit, left = quota_numbers(traffic)
    assert ({"2xx": 15}, "hour", 150) == (traffic.classes, window, limit)
    # Responses to different processes may overtake each other.
    assert left is not None
    assert 135 <= left <= 137


_FORKING = """
import httpx, multiprocessing, os, sys, tokcheck
hook = tokcheck.observe("alex", provider="fitbit")["response"][0]

def see(count):
    for _ in range(count):
        request = httpx.Request("GET", "https://api.fitbit.com/a")
        hook(httpx.Response(200, request=request))

see(1)
children = [multiprocessing.get_context("fork").Process(target=see, args=(10,)) for _ in range(3)]
for child in children:
    child.start()
see(100)
for child in children:
    child.join()
"""


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="there is no fork here"
)
def test_a_fork_writes_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", _FORKING],
        env={"PYTHONPATH": str(ROOT / "monitor"), "TOKCHECK_HOME": str(tmp_path / "home")},
        check=True, timeout=60,
    )  # fmt: skip
    assert {"2xx": 131} == read_traffic(tmp_path / "home")["alex"].classes


class _LockedPlace(LedgerPlace):
    """A ledger that other processes have locked for some attempts."""

    def __init__(self, home: Path, attempts: int) -> None:
        super().__init__({"TOKCHECK_HOME": str(home)})
        self.attempts = attempts

    def open(self) -> RequestLedger:
        self.attempts -= 1
        if self.attempts >= 0:
            raise LedgerLockedError(Path("exporter.sqlite3"), 1.0)
        return super().open()


@pytest.mark.parametrize(("attempts", "expected"), [(1, 5), (2, 5), (1000, 0)])
def test_a_process_that_ends_waits_some_time_for_a_locked_ledger(
    tmp_path: Path, attempts: int, expected: int
) -> None:
    writer = ObservationWriter(lambda _: threading.Event().wait())
    place = _LockedPlace(tmp_path / "home", attempts)
    for _ in range(5):
        writer.add(_seen_response(place, NOW.timestamp()))
    writer.finish()
    traffic = read_traffic(tmp_path / "home")
    assert expected == (traffic["alex"].classes["2xx"] if traffic else 0)


def _seen_response(ledger: LedgerPlace, at: float) -> SeenResponse:
    return SeenResponse(ledger, "alex", REGISTRY["fitbit"], at, 200, ())


def test_the_memory_is_bounded(tmp_path: Path) -> None:
    """While the ledger cannot be written, the latest 10,000 responses are kept."""
    writer = ObservationWriter(lambda _: threading.Event().wait())
    ledger = tmp_path / "home" / "exporter.sqlite3"
    ledger.mkdir(parents=True)
    place = LedgerPlace({"TOKCHECK_HOME": str(ledger.parent)})
    for _ in range(3):
        for number in range(6_000):
            writer.add(_seen_response(place, NOW.timestamp() + number / 1000))
        assert not writer.flush()
    ledger.rmdir()
    ledger.parent.chmod(0o700)
    assert writer.flush()
    with Ledger(ledger) as opened:
        (stored,) = opened.observations(0, NOW.timestamp())
    assert {"2xx": 10_000} == stored.traffic.classes


@pytest.mark.parametrize(
    ("waits", "expected"), [(0, _RETRY_AT), (3, _RETRY_AT), (10, _RETRY_AT), (11, None)]
)
def test_a_body_that_is_read_after_the_hook_is_waited_for(
    tmp_path: Path, waits: int, expected: float | None
) -> None:
    """A write between the hook and the end of the body is no reason to overlook a refusal."""
    writer = ObservationWriter(lambda _: threading.Event().wait())
    place = LedgerPlace({"TOKCHECK_HOME": str(tmp_path / "home")})
    bodies: Iterator[bytes | None] = iter([*[None] * waits, b'{"status": 601, "body": {}}'])
    writer.add(_refused_response(place, lambda: next(bodies)))
    for _ in range(11):
        assert writer.flush()
    latest = read_traffic(tmp_path / "home")["alex"].latest
    assert expected == (latest and latest.retry_at)


def test_a_process_that_ends_waits_for_no_body(tmp_path: Path) -> None:
    writer = ObservationWriter(lambda _: threading.Event().wait())
    writer.add(_refused_response(LedgerPlace({"TOKCHECK_HOME": str(tmp_path / "home")}), _no_body))
    assert writer.flush()
    assert {} == read_traffic(tmp_path / "home"), "another writer's"
    writer.finish()
    assert {"2xx": 1} == read_traffic(tmp_path / "home")["alex"].classes


def _no_body() -> None:
    return None


def _refused_response(ledger: LedgerPlace, read_body: Callable[[], bytes | None]) -> SeenResponse:
    """A refusal that only its body shows."""
    headers = [("retry-after", "20")]
    withings = known_providers(None, {})["withings"].provider
    return SeenResponse(ledger, "alex", withings, NOW.timestamp(), 200, headers, read_body)
