"""Share the sources of a scan among processes."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

from tokcheck.core.errors import ExitCode, TokcheckError
from tokcheck.scan.finding import ScanResult
from tokcheck.scan.sources.chunks import Source

ScanOne = Callable[[Source], ScanResult]

_LEAST_SOURCES = 2
# A copy of this process is made in some milliseconds, in which it reads so many bytes; Apple's
# libraries do not work in one. Another process loads all modules again.
_CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"
_WORTH = (8 if _CAN_FORK else 128) << 20
# A pipe has room for so many numbers of four bytes.
_MOST_TURNS = 8_000
_NUMBER = 4


def scan_in_processes(
    sources: Iterator[Source], scan_one: ScanOne, jobs: int, worth: int | None = None
) -> Iterator[ScanResult]:
    """Yield the results of all sources, in any order, from several processes if there is enough.

    A source of weight 0 is read in this process.
    """
    # All are listed first: listing may run git, and a new process would keep its pipes open.
    known = list(sources)
    shared = [source for source in known if source.weight]
    least = _WORTH if worth is None else worth
    if len(shared) < _LEAST_SOURCES or sum(source.weight for source in shared) < least:
        yield from map(scan_one, known)
        return
    own = [source for source in known if not source.weight]
    share = _scan_in_copies if _CAN_FORK else _scan_in_pool
    yield from share(own, shared, scan_one, jobs)


def _scan_in_copies(
    own: Sequence[Source], shared: Sequence[Source], scan_one: ScanOne, jobs: int
) -> Iterator[ScanResult]:
    """Scan in this process and in copies of it, each of which takes the next turn when it is free.

    A turn is a number in a pipe that all of them read.
    """
    length = -(-len(shared) // _MOST_TURNS)
    turns = range(0, len(shared), length)
    queue, feed = os.pipe()
    os.write(feed, b"".join(turn.to_bytes(_NUMBER, "big") for turn in turns))
    os.close(feed)

    def take_turns() -> Iterator[ScanResult]:
        while number := os.read(queue, _NUMBER):
            first = int.from_bytes(number, "big")
            yield from map(scan_one, shared[first : first + length])

    copies: dict[int, int] = {}  # the process that writes to a pipe
    try:
        for _ in range(min(jobs, len(turns)) - 1):
            reader, writer = os.pipe()
            process = os.fork()
            if not process:
                _work_as_copy(take_turns, writer)
            os.close(writer)
            copies[reader] = process
        yield from map(scan_one, own)
        yield from take_turns()
        while copies:
            reader, process = copies.popitem()
            yield from _results_of(reader, process)
    finally:
        os.close(queue)
        for reader, process in copies.items():
            os.close(reader)
            os.kill(process, _KILL)
            os.waitpid(process, 0)


_KILL = 9  # SIGKILL; signal is not loaded for it


def _work_as_copy(take_turns: Callable[[], Iterator[ScanResult]], writer: int) -> NoReturn:
    """Send the results of all turns, or the error that ended them, and end the process."""
    import pickle

    _ignore_interrupts()
    outcome: list[ScanResult] | BaseException
    try:
        try:
            outcome = list(take_turns())
        except BaseException as error:  # noqa: BLE001 - raised again by the other process
            outcome = error
        with open(writer, "wb") as pipe:
            pickle.dump(outcome, pipe)
        os._exit(0)
    finally:
        os._exit(1)


def _results_of(reader: int, process: int) -> Iterator[ScanResult]:
    """Yield what a copy sends, and wait for its end."""
    import pickle  # few scans are shared

    with open(reader, "rb") as pipe:
        sent = pipe.read()
    if os.waitpid(process, 0)[1]:
        raise _worker_lost()
    outcome = pickle.loads(sent)  # noqa: S301 - from a copy of this process
    if isinstance(outcome, BaseException):
        raise outcome
    yield from outcome


def _scan_in_pool(
    own: Sequence[Source], shared: Sequence[Source], scan_one: ScanOne, jobs: int
) -> Iterator[ScanResult]:
    """Scan in processes that load everything again, and what cannot be sent to them in this one."""
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

    with ProcessPoolExecutor(jobs, initializer=_begin_worker) as pool:
        try:
            results = pool.map(scan_one, shared)
            yield from map(scan_one, own)
            yield from results
        except BrokenExecutor:
            raise _worker_lost() from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class WorkerLostError(TokcheckError):
    """A worker process was killed, so that its files were not scanned."""

    exit_code = ExitCode.COULD_NOT_TELL


def _worker_lost() -> WorkerLostError:
    return WorkerLostError(
        "A worker process was killed, probably for lack of memory.",
        "Scan with one process: --jobs 1.",
    )


def _begin_worker() -> None:
    """Ignore Ctrl-C, and end with the main process: a killed one closes no queue."""
    import multiprocessing
    import threading

    _ignore_interrupts()
    main = multiprocessing.parent_process()

    def end_with_main() -> None:
        if main is not None:
            main.join()
            os._exit(1)

    threading.Thread(target=end_with_main, daemon=True).start()


def _ignore_interrupts() -> None:
    """Ignore Ctrl-C in a worker process; the main process handles it."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
