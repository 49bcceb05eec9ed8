"""Logs of a database that count as damaged: real ones of SQLite, put together by the tests."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tokcheck.storage.sqlite.write_ahead_log import has_damaged_log

_FRAME = 24 + 4096


class Files(NamedTuple):
    """A database with its log and the log's index."""

    database: bytes
    log: bytes
    log_index: bytes


@contextmanager
def writing(path: Path) -> Generator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    try:
        yield connection
    finally:
        connection.close()


def files_of(path: Path) -> Files:
    return Files(*(Path(f"{path}{suffix}").read_bytes() for suffix in ("", "-wal", "-shm")))


def put(path: Path, files: Files) -> str:
    for suffix, data in zip(("", "-wal", "-shm"), files, strict=True):
        Path(f"{path}{suffix}").write_bytes(data)
    return str(path)


def insert(connection: sqlite3.Connection, *lengths: int) -> None:
    connection.execute("BEGIN")
    for length in lengths:
        connection.execute("INSERT INTO texts VALUES (?)", ("x" * length,))
    connection.execute("COMMIT")


@pytest.fixture
def states(tmp_path: Path) -> tuple[Files, Files]:
    """A log, and the same with a transaction of many pages behind it."""
    path = tmp_path / "first.sqlite3"
    with writing(path) as connection:
        connection.execute("CREATE TABLE texts (text)")
        insert(connection, 10)
        short = files_of(path)
        insert(connection, *[3000] * 8)
        return short, files_of(path)


def test_a_whole_log_is_not_damaged(tmp_path: Path, states: tuple[Files, Files]) -> None:
    for number, files in enumerate(states):
        assert not has_damaged_log(put(tmp_path / f"{number}.sqlite3", files))
    assert not has_damaged_log(str(tmp_path / "missing.sqlite3"))


@pytest.mark.parametrize("has_index", [True, False])
def test_a_damaged_frame_before_a_transaction_is_reported(
    tmp_path: Path, states: tuple[Files, Files], *, has_index: bool
) -> None:
    _, long = states
    log = bytearray(long.log)
    log[32 + _FRAME + 100] ^= 1
    files = Files(long.database, bytes(log), long.log_index if has_index else b"")
    assert has_damaged_log(put(tmp_path / "damaged.sqlite3", files))


def test_what_a_killed_process_left_behind_the_end_is_no_damage(
    tmp_path: Path, states: tuple[Files, Files]
) -> None:
    short, long = states
    # A process is killed when its transaction is in the log and not in the index yet; the next
    # transaction is shorter.
    path = tmp_path / "next.sqlite3"
    put(path, short)
    with writing(path) as connection:
        insert(connection, 20)
        after = files_of(path)
    left = Files(after.database, after.log + long.log[len(after.log) :], after.log_index)
    assert len(short.log) < len(after.log) < len(left.log) - _FRAME
    database = put(tmp_path / "left.sqlite3", left)
    assert not has_damaged_log(database)
    with writing(Path(database)) as connection:
        assert (2,) == connection.execute("SELECT COUNT(*) FROM texts").fetchone()
