"""Check the lines of a large file in several processes, in order and without requests."""

import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

from tokcheck.checks.checker import Checker
from tokcheck.cli.commands.validate.lines import CheckedLine, check_line
from tokcheck.core.errors import UsageError

_BATCH = 256
_BATCH_CHARACTERS = 128 << 10  # or one long line and more, so that memory is bounded
_BATCHES_AHEAD = 4  # of each process, so that none waits while a long line is checked

_checkers: list[Checker] = []  # of this process, if it is such a copy


def check_in_processes(
    checker: Checker, lines: Iterator[str], processes: int
) -> Iterator[Iterable[CheckedLine]]:
    """Check every line in copies of this process; yield them in batches, in order."""
    pool = ProcessPoolExecutor(
        processes, get_context("fork"), initializer=_begin, initargs=(checker,)
    )
    waiting: deque[Future[list[CheckedLine]]] = deque()
    failure: UsageError | None = None
    try:
        try:
            for batch in _batches(lines):
                waiting.append(pool.submit(_check_batch, batch))
                if len(waiting) > processes * _BATCHES_AHEAD:
                    yield waiting.popleft().result()
        except UsageError as error:  # such as a line that is too long; those before it count
            failure = error
        while waiting:
            yield waiting.popleft().result()
    finally:
        # Without waiting, the end of the interpreter may find the pipe to its processes closed.
        pool.shutdown(cancel_futures=True)
    if failure is not None:
        raise failure


def _batches(lines: Iterator[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    try:
        for line in lines:
            batch.append(line)
            size += len(line)
            if len(batch) >= _BATCH or size >= _BATCH_CHARACTERS:
                yield batch
                batch, size = [], 0
    except UsageError:
        yield batch
        raise
    if batch:
        yield batch


def _begin(checker: Checker) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends its copies
    _checkers.append(checker)


def _check_batch(lines: list[str]) -> list[CheckedLine]:
    return [check_line(_checkers[0], line) for line in lines]
