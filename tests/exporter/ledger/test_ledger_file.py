"""A damaged, missing or locked ledger file: no spend goes uncounted."""

import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tokcheck.exporter.ledger import Ledger
from tokcheck.exporter.ledger.ledger import LedgerError
from tokcheck.exporter.state import AccountState

HOUR = 3600.0
NOW = 1_768_478_400.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def fill_ledger(path: Path) -> None:
    with Ledger(path) as ledger:
        for n in range(200):
            assert ledger.take(f"s{n}", 1, 6, HOUR, NOW) is not None
            ledger.remember(AccountState(f"s{n}", version="1"))


@pytest.mark.parametrize("damage", ["text", "torn", "header"])
def test_a_damaged_file_is_renamed_and_a_window_counts_as_spent(path: Path, damage: str) -> None:
    fill_ledger(path)
    whole = path.read_bytes()
    torn = {
        "text": b"this is no database, whatever its name says" * 100,
        "torn": whole[: len(whole) // 2],
        "header": b"\xff" * 200 + whole[200:],
    }[damage]
    path.write_bytes(torn)
    with Ledger(path) as ledger:
        assert ledger.recent_spend("s1", HOUR, NOW + 1).closed_until == NOW + 1 + HOUR
        assert ledger.take("s1", 1, 6, HOUR, NOW + 2) is None
        assert ledger.read_state("s1", "1") is None
        ledger.remember(AccountState("s1", version="1"))
        assert ledger.take("s1", 1, 6, HOUR, NOW + 1 + HOUR) is not None
    assert torn == Path(f"{path}.damaged-1").read_bytes()


@pytest.mark.parametrize("table", ["spend", "standing", "lost"])
@pytest.mark.parametrize("is_open", [True, False])
def test_a_file_without_one_of_its_tables_is_renamed(
    path: Path, table: str, *, is_open: bool
) -> None:
    fill_ledger(path)
    with Ledger(path) as ledger:
        if is_open:
            ledger.recent_spend("s1", HOUR, NOW)
        with closing(sqlite3.connect(path)) as other, other:
            other.execute(f"DROP TABLE {table}")
        for _ in range(2 if is_open else 0):
            with suppress(LedgerError):
                ledger.take("s1", 1, 6, HOUR, NOW + 1)
                ledger.read_state("s1", "1")
        assert ledger.recent_spend("s1", HOUR, NOW + 1).closed_until == NOW + 1 + HOUR
        assert ledger.read_state("s1", "1") is None
    assert Path(f"{path}.damaged-1").exists()


def test_damage_found_in_use_raises_once_and_the_file_is_then_renamed(path: Path) -> None:
    fill_ledger(path)
    with Ledger(path) as ledger:
        ledger.recent_spend("s1", HOUR, NOW)
        size = path.stat().st_size
        with path.open("r+b") as file:  # beneath the open connection
            file.seek(4096)
            file.write(b"\xff" * (size - 4096))
        with closing(sqlite3.connect(path)) as other:
            other.execute("PRAGMA user_version = 1")  # what is cached is now out of date
        with pytest.raises(LedgerError):
            ledger.take("s1", 1, 6, HOUR, NOW + 1)
        assert ledger.take("s1", 1, 6, HOUR, NOW + 2) is None
        assert ledger.take("s1", 1, 6, HOUR, NOW + 2 + HOUR) is not None
    assert Path(f"{path}.damaged-1").exists()


def test_the_log_of_a_damaged_file_is_renamed_with_it(path: Path) -> None:
    fill_ledger(path)
    whole = path.read_bytes()
    # Another process that has the file open keeps the log from being emptied.
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version").fetchone()
        with Ledger(path) as ledger:
            ledger.remember(AccountState("s1", version="2"))
        log = Path(f"{path}-wal").read_bytes()
        assert log
        path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
        with Ledger(path) as ledger:
            assert ledger.read_state("s1", "2") is None
        assert log == Path(f"{path}.damaged-1-wal").read_bytes()


def test_a_second_damaged_file_takes_another_name(path: Path) -> None:
    path.touch(0o600)
    for _ in range(2):
        path.write_bytes(b"no database" * 1000)
        with Ledger(path) as ledger:
            assert ledger.take("s", 1, 6, HOUR, NOW) is None
    assert Path(f"{path}.damaged-2").exists()


def test_after_damage_and_a_clock_set_back_only_one_window_is_lost(path: Path) -> None:
    path.touch(0o600)
    path.write_bytes(b"no database" * 1000)
    with Ledger(path) as ledger:
        assert ledger.take("s", 1, 6, HOUR, NOW) is None
        earlier = NOW - 10 * HOUR
        assert ledger.take("s", 1, 6, HOUR, earlier) is None
        assert ledger.take("s", 1, 6, HOUR, earlier + HOUR) is not None


def test_a_file_deleted_in_use_counts_as_lost(path: Path) -> None:
    fill_ledger(path)
    with Ledger(path) as ledger, Ledger(path) as other:
        ledger.recent_spend("s", HOUR, NOW)
        other.recent_spend("s", HOUR, NOW)
        for each in path.parent.iterdir():
            each.unlink()
        assert ledger.take("new", 1, 6, HOUR, NOW) is None
        assert other.take("new", 1, 6, HOUR, NOW) is None
        assert ledger.take("new", 1, 1, HOUR, NOW + HOUR) is not None
        assert other.take("new", 1, 1, HOUR, NOW + HOUR) is None  # they share the new file


def test_a_file_of_a_newer_version_is_not_changed(path: Path) -> None:
    fill_ledger(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with Ledger(path) as ledger, pytest.raises(LedgerError, match="newer version"):
        ledger.take("s", 1, 6, HOUR, NOW)
    assert [path] == list(path.parent.iterdir())


def test_a_file_locked_by_another_process_is_a_temporary_error(path: Path) -> None:
    now = [0.0]
    with Ledger(path, busy=0.01, timer=lambda: now[0]) as ledger:
        assert ledger.take("s", 1, 6, HOUR, NOW) is not None
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for use in (
                lambda: ledger.take("s", 1, 6, HOUR, NOW),
                lambda: ledger.recent_spend("s", HOUR, NOW),
                lambda: ledger.remember(AccountState("s")),
                lambda: ledger.read_state("s", ""),
                lambda: ledger.forget("s"),
            ):
                with pytest.raises(LedgerError, match="another process has locked it"):
                    use()
            other.execute("ROLLBACK")
            with pytest.raises(LedgerError, match="locked"):  # without a wait, and a try
                ledger.read_state("s", "")
        assert 6 == ledger.errors
        now[0] = 0.01
        assert ledger.take("s", 1, 6, HOUR, NOW) is not None
        assert 2 == len(ledger.recent_spend("s", HOUR, NOW).freed_at)


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger, pytest.raises(LedgerError):  # a folder
        ledger.take("s", 1, 6, HOUR, NOW)


_FULL = """
import resource, sys
from pathlib import Path
from tokcheck.exporter.ledger.ledger import Ledger, LedgerError
before = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, before[1]))
with Ledger(Path(sys.argv[1])) as ledger:
    given, refused = 0, 0
    for n in range(3000):
        try:
            given += ledger.take(f"s{n}", 1, 6, 3600.0, 1768478400.0) is not None
        except LedgerError as error:
            refused += 1
resource.setrlimit(resource.RLIMIT_FSIZE, before)  # coverage data is larger
print(given, refused)
"""


def test_on_a_full_disk_no_spend_is_granted(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    given, refused = map(int, done.stdout.split())
    assert given > 0
    assert refused > 0
    with closing(sqlite3.connect(path)) as connection:
        assert given == connection.execute("SELECT count(*) FROM spend").fetchone()[0]
