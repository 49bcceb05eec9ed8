"""Private SQLite files: created private, migrated whole or not at all, refused if not ours."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tokcheck.storage import StorageError
from tokcheck.storage.sqlite.private_database import Migration, connect, migrate, version_of


def fill_second(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO second VALUES ('by a function')")


_FIRST: Migration = ("CREATE TABLE first (value TEXT)",)
_SECOND: Migration = (
    "CREATE TABLE second (value TEXT)",
    fill_second,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.sqlite3"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path, timeout=1)) as opened:
        yield opened


def tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_master ORDER BY name")
    return [name for (name,) in found]


def test_it_is_created_private(path: Path, connection: sqlite3.Connection) -> None:
    migrate(connection, path, [_FIRST])
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("name", ["file.sqlite3", "file.sqlite3-wal", "file.sqlite3-shm"])
def test_a_file_that_others_can_access_is_refused(path: Path, name: str) -> None:
    path.with_name(name).touch(0o600)
    path.with_name(name).chmod(0o644)
    with pytest.raises(StorageError, match=f"{name} must be private"):
        connect(path, timeout=1)


def test_only_the_migrations_that_are_missing_run(
    path: Path, connection: sqlite3.Connection
) -> None:
    migrate(connection, path, [_FIRST])
    assert (1, ["first"]) == (version_of(connection), tables(connection))
    migrate(connection, path, [_FIRST, _SECOND])
    migrate(connection, path, [_FIRST, _SECOND])
    assert (2, ["first", "second"]) == (version_of(connection), tables(connection))
    assert [("by a function",)] == connection.execute("SELECT * FROM second").fetchall()


def test_other_statements_belong_to_the_same_transaction(
    path: Path, connection: sqlite3.Connection
) -> None:
    migrate(connection, path, [_FIRST], also=["INSERT INTO first VALUES ('beside')"])
    assert [("beside",)] == connection.execute("SELECT * FROM first").fetchall()
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, path, [_FIRST, _SECOND], also=["no statement"])
    assert (1, ["first"]) == (version_of(connection), tables(connection))


def test_a_migration_that_fails_changes_nothing(path: Path, connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, path, [_FIRST, ("CREATE TABLE second (x)", "no statement")])
    assert (0, []) == (version_of(connection), tables(connection))
    assert not connection.in_transaction


def test_a_newer_version_is_refused(path: Path, connection: sqlite3.Connection) -> None:
    migrate(connection, path, [_FIRST, _SECOND])
    with pytest.raises(StorageError, match="written by a newer version of tokcheck") as caught:
        migrate(connection, path, [_FIRST])
    assert "Update tokcheck" in caught.value.hint


@pytest.mark.parametrize("version", [-1, 0])
def test_a_file_of_another_program_is_refused(
    path: Path, connection: sqlite3.Connection, version: int
) -> None:
    connection.execute("CREATE TABLE another (value TEXT)")
    connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(StorageError, match="does not contain the data that tokcheck needs"):
        migrate(connection, path, [_FIRST])
    assert ["another"] == tables(connection)
