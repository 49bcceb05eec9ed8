"""File locks that end with the process that holds them: one refresh per account at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from tokcheck.accounts.errors import busy_error, explain_errors
from tokcheck.accounts.store.account_file import account_file
from tokcheck.storage.atomic_write import PRIVATE_FILE_MODE


@contextmanager
def hold_lock(path: Path, patience: float) -> Iterator[None]:
    """Hold a lock while the block runs.

    :raises StoreError: if another process does not release it within ``patience`` seconds.
    """
    with explain_errors(path):
        lock = FileLock(path, mode=PRIVATE_FILE_MODE, timeout=patience)
        try:
            lock.acquire()
        except Timeout:
            raise busy_error(path) from None
    try:
        yield
    finally:
        lock.release()


class AccountLock:
    """The lock of one account.

    The system locks the open file, so the lock is released when its process dies. The file is
    never deleted: otherwise two processes could hold locks on two files of the same name.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = account_file(folder, name, "lock")
        # An asynchronous caller takes and releases it on different threads.
        self._lock = FileLock(self._path, mode=PRIVATE_FILE_MODE, thread_local=False)

    def take(self) -> bool:
        """Take the lock without waiting; return whether it was free."""
        with explain_errors(self._path):
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                return False
        return True

    def is_taken(self) -> bool:
        """Return whether a process has the lock now."""
        if not self._path.exists():
            return False
        if self.take():
            self.release()
            return False
        return True

    def release(self) -> None:
        """Release the lock if this object has it."""
        if self._lock.is_locked:
            self._lock.release()
