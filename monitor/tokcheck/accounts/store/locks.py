"""One refresh of an account at a time, across processes: a lock that dies with its holder."""

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

    :raises StoreError: if another process does not give it back within ``patience`` seconds.
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

    It is the system's own on an open file, so it is free again the moment its holder dies. Its
    file stays: whoever deleted it would let two holders in.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = account_file(folder, name, "lock")
        # Taken and released on different threads where the caller is asynchronous.
        self._lock = FileLock(self._path, mode=PRIVATE_FILE_MODE, thread_local=False)

    def take(self) -> bool:
        """Take the lock if it is free, without waiting; tell whether that was so."""
        with explain_errors(self._path):
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                return False
        return True

    def release(self) -> None:
        """Release the lock if it is held."""
        if self._lock.is_locked:
            self._lock.release()
