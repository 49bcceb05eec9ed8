"""Writes the responses that the hooks of ``tokcheck.observe`` see to the ledger, in the background.

A response is put into memory; a thread writes new ones about once a second. If the process is
killed, unwritten ones are lost: also if :meth:`multiprocessing.pool.Pool.terminate` does so. The
hooks run before the body is read, so a response waits for its body for some time if that matters.
"""

import atexit
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock, RLock, Thread, local

from tokcheck.core.errors import TokcheckError
from tokcheck.library.application_log import LOG
from tokcheck.library.observing.seen_responses import LedgerPlace, SeenResponse, with_body

_EVERY_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0  # between two attempts, while the ledger cannot be written
_PATIENCE_SECONDS = 2.0  # at the end of the process, and before a fork
_LAST_ATTEMPTS = 3  # each waits a second for a locked ledger
_MOST_RESPONSES = 10_000
_MOST_WAITS = 10  # for a body; a response that is read as a stream never has one


class ObservationWriter:
    """Takes responses from any number of threads, and writes them from one of its own.

    It keeps the latest 10,000 that are not written. ``pause`` waits between two writes.
    """

    def __init__(self, pause: Callable[[float], object] = time.sleep) -> None:
        self._pause = pause
        self._at_fork = local()
        self._reset()

    def _reset(self) -> None:
        self._seen: deque[SeenResponse] = deque(maxlen=_MOST_RESPONSES)
        self._unread: list[SeenResponse] = []
        self._unwritten: list[SeenResponse] = []
        self._last_warning = ""
        self._has_more = Event()
        # Whether the thread runs and will look for more: to read an event takes longer.
        self._is_awake = False
        self._thread: Thread | None = None
        self._starting = Lock()
        # Held while the ledger is written. A thread that writes may fork: thus not a plain lock.
        self._writing = RLock()

    def add(self, seen: SeenResponse) -> None:
        """Take one response."""
        self._seen.append(seen)
        if not self._is_awake:
            self._wake()

    def _wake(self) -> None:
        if self._thread is None:
            self._start()
        self._is_awake = True
        self._has_more.set()

    def flush(self, patience: float = -1) -> bool:
        """Write the new responses; return whether each of them could be written.

        Those that wait for their bodies come later. If another thread writes for more than
        ``patience`` seconds, nothing is done.
        """
        return self._flush(patience, _MOST_WAITS)

    def _flush(self, patience: float, most_waits: int) -> bool:
        if not self._writing.acquire(timeout=patience):
            return False
        try:
            self._write(most_waits)
            return not self._unwritten
        finally:
            self._writing.release()

    def finish(self) -> None:
        """Write the last responses, at the end of the process.

        Other processes that write may end at the same moment, and lock the ledger for long.
        """
        for _ in range(_LAST_ATTEMPTS):
            if self._flush(_PATIENCE_SECONDS, most_waits=0):
                return

    def wait_before_fork(self) -> None:
        """Let no process be forked in the middle of a write: SQLite forbids to use it further."""
        self._at_fork.is_locked = self._writing.acquire(timeout=_PATIENCE_SECONDS)

    def continue_after_fork(self) -> None:
        """Let the parent process write again."""
        if getattr(self._at_fork, "is_locked", False):
            self._writing.release()

    def restart_after_fork(self) -> None:
        """Begin again in the child process: the parent writes earlier responses."""
        self._reset()

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None:
                return
            thread = Thread(target=self._run, name="tokcheck-observe", daemon=True)
            thread.start()
            self._thread = thread
        atexit.register(self.finish)
        multiprocessing = sys.modules.get("multiprocessing.util")
        if multiprocessing is not None:  # its processes end without atexit
            multiprocessing.Finalize(None, self.finish, exitpriority=0)

    def _run(self) -> None:
        wait = _EVERY_SECONDS
        while True:
            if not self._unwritten and not self._unread:
                self._has_more.wait()
            self._pause(wait)
            # In this order: what is added before the second is written now, what comes after wakes.
            self._has_more.clear()
            self._is_awake = False
            is_done = self.flush()
            wait = _EVERY_SECONDS if is_done else min(2 * wait, _LONGEST_PAUSE_SECONDS)

    def _write(self, most_waits: int) -> None:
        waiting, self._unread = self._unread, []
        while self._seen:
            waiting.append(self._seen.popleft())
        for seen in waiting[-_MOST_RESPONSES:]:
            complete = with_body(seen)
            if complete is None and seen.waits < most_waits:
                self._unread.append(seen._replace(waits=seen.waits + 1))
            else:
                self._unwritten.append(complete or seen._replace(read_body=None))
        groups: dict[tuple[LedgerPlace, str, str], list[SeenResponse]] = {}
        for seen in self._unwritten[-_MOST_RESPONSES:]:
            key = (seen.ledger, seen.account, seen.provider.name)
            groups.setdefault(key, []).append(seen)
        self._unwritten = [
            seen._replace(body=b"")
            for group in groups.values()
            if not self._write_group(group)
            for seen in group
        ]

    def _write_group(self, group: Sequence[SeenResponse]) -> bool:
        """Write the responses of one account; return whether they need not be written again."""
        try:
            write_responses(group)
        except TokcheckError as error:
            if error.message != self._last_warning:
                LOG.warning("%s %s", error.message, error.hint)
            self._last_warning = error.message
            return False
        except Exception as error:  # noqa: BLE001 - an error here must not end the application's thread
            LOG.warning("Requests of the application were not observed: %s", type(error).__name__)
            return True
        self._last_warning = ""
        return True


def write_responses(group: Sequence[SeenResponse]) -> None:
    """Write responses of one account and provider to its ledger.

    :raises LedgerError: if it cannot be written.
    """
    from tokcheck.library.observing.response_batch import summarize_batch

    first = group[0]
    traffic = summarize_batch(group)
    if not traffic.classes:  # all of them are from a cache
        return
    # Opened for each write, so that no connection is open when the process forks.
    with first.ledger.open() as ledger:
        ledger.observe(first.account, traffic, max(seen.at for seen in group))


WRITER = ObservationWriter()
"""The writer of this process."""

if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(
        before=WRITER.wait_before_fork,
        after_in_parent=WRITER.continue_after_fork,
        after_in_child=WRITER.restart_after_fork,
    )
