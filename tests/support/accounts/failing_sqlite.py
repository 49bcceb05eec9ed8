"""SQLite connections and limits that fail at a chosen moment."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

UPDATE = "\n    UPDATE grants"  # of the transaction that writes new tokens


class Crash(BaseException):
    """The simulated end of a process."""


class Steps:
    """Counts the steps of a process, and ends it at one of them."""

    def __init__(self, crash_at: int | None = None) -> None:
        self.crash_at = crash_at
        self.done = 0
        self.counting = False

    def step(self) -> None:
        if not self.counting:
            return
        if self.done == self.crash_at:
            raise Crash
        self.done += 1


def stepping_connection(steps: Steps) -> type[sqlite3.Connection]:
    """Make connections for which every statement is a step."""

    class Stepping(sqlite3.Connection):
        def execute(self, *args: Any) -> sqlite3.Cursor:
            steps.step()
            return super().execute(*args)

    return Stepping


def failing_connection(*failures: str) -> type[sqlite3.Connection]:
    """Make connections with failing statements, one for each of these beginnings in turn."""
    left = list(failures)

    class Failing(sqlite3.Connection):
        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            if left and sql.startswith(left[0]):
                left.pop(0)
                raise sqlite3.OperationalError("disk I/O error")
            return super().execute(sql, *args)

    return Failing


def recording_connection(made: list[sqlite3.Connection]) -> type[sqlite3.Connection]:
    """Make connections that are appended to ``made``."""

    class Kept(sqlite3.Connection):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            made.append(self)

    return Kept


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Limit the size of every file to ``size`` bytes in the block, like a full disk."""
    resource = pytest.importorskip("resource", reason="no limit on the size of files")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
