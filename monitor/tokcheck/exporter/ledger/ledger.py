"""The ledger: a file with the spend of probes and the state of accounts, kept over restarts.

Several processes share the file. The worst case of a probe is written before it is sent, so a
process that is killed in between has spent all of it. Killing a process loses nothing; a power
failure may lose the last moments before it.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from threading import Lock

from tokcheck.exporter.ledger.database import Database, OnLoss
from tokcheck.exporter.ledger.ledger_errors import (
    LedgerError,
    LedgerLockedError,
    explain_ledger_error,
    is_damage,
    is_lack_of_table,
    is_locked,
)
from tokcheck.exporter.ledger.request_ledger import RequestLedger, Ticket
from tokcheck.storage.errors import StorageError

__all__ = ["Ledger", "LedgerError", "Ticket", "uptime"]

_BUSY_SECONDS = 1.0
_LAST_SECONDS = 2.0


class Ledger(RequestLedger):
    """The file at ``path``; every method may raise :class:`LedgerError`.

    ``steady`` returns the seconds of a steady clock, which nobody sets, the same for all processes
    of this machine, such as :func:`uptime`. With it the budget holds even when the machine's clock
    is set forward, which otherwise looks as if the time had passed. If another process holds the
    file's lock for longer than ``busy`` seconds, every use fails at once for as long again, by the
    monotonic clock ``timer``: many callers in a row must not each wait. ``on_loss`` is called when
    a file was lost, with its path and the one that a damaged file was renamed to.
    """

    def __init__(
        self,
        path: Path,
        *,
        steady: Callable[[], float] | None = None,
        busy: float = _BUSY_SECONDS,
        on_loss: OnLoss | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._busy = busy
        self._timer = timer
        self._locked_until = -inf
        self._database = Database(path, busy=busy, on_loss=on_loss)
        self._steady = steady
        self._lock = Lock()

    def close(self) -> None:
        """Close the file, unless a thread waits for it."""
        # A thread that waits for a disk which does not answer must not keep this one.
        if self._lock.acquire(timeout=_LAST_SECONDS):
            try:
                self._database.close()
            finally:
                self._lock.release()

    def is_failing_fast(self) -> bool:
        """Return whether every use fails at once, because the file was locked a moment ago."""
        return self._timer() < self._locked_until

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    @contextmanager
    def _transaction(self, *subjects: str) -> Iterator[sqlite3.Connection]:
        """Run the block in one write transaction, which has the whole file."""
        del subjects
        with self._lock:
            try:
                if self.is_failing_fast():
                    raise LedgerLockedError(self._database.path, self._busy)
                connection = self._database.connection()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
            except LedgerError:
                self.errors += 1
                raise
            except (sqlite3.Error, OSError, StorageError) as error:
                self.errors += 1
                if is_locked(error):
                    self._locked_until = self._timer() + self._busy
                    raise LedgerLockedError(self._database.path, self._busy) from error
                if is_damage(error) or is_lack_of_table(error):
                    self._database.close()  # the next opening checks it and sets it aside
                raise explain_ledger_error(error, self._database.path) from error

    def _read_ticks(self) -> float | None:
        return None if self._steady is None else self._steady()


def uptime() -> float:
    """Return the seconds since the machine was started, those asleep included."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)  # of Linux; elsewhere sleep may not count
    return time.monotonic() if clock is None else time.clock_gettime(clock)
