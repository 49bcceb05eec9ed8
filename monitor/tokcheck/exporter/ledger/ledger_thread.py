"""The thread in which an event loop uses the ledger, so that a lock or a disk never blocks it."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, TypeAlias, TypeVar

_Result = TypeVar("_Result")

_LONGEST_QUEUE = 64
_LARGEST_GROUP = 32
# A group has the locks of all its calls, for which other machines may wait.
_LONGEST_GROUP_SECONDS = 0.1

OpenGroup: TypeAlias = Callable[[Iterable[str]], AbstractContextManager[None]]


class LedgerThread:
    """Runs calls one after the other in a thread of its own.

    At most 64 of them wait; further callers wait before their turn. A call that takes longer than
    ``patience`` seconds is given up: its caller continues with a fallback, and so does every other
    one until it has ended. ``on_slow`` is called once for each call that is given up.

    Calls that wait are made in one ``group``, a context manager, if there is one: none of them
    returns before it ends. It is given the keys of its calls. If it fails, nothing of it is
    recorded, and each call is made again without it.
    """

    def __init__(
        self,
        on_slow: Callable[[float], None],
        *,
        patience: float = 5.0,
        group: OpenGroup | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_slow = on_slow
        self.patience = patience
        """For how many seconds a caller waits."""
        self._group = group
        self._timer = timer
        self._executor: ThreadPoolExecutor | None = None
        self._slots = asyncio.Semaphore(_LONGEST_QUEUE)
        self._waiting: deque[_Call] = deque()
        self._stuck: Future[Any] | None = None

    async def run(
        self,
        call: Callable[[], _Result],
        fallback: _Result,
        *,
        undo: Callable[[_Result], None] | None = None,
        keys: Collection[str] = (),
    ) -> _Result:
        """Return the result of a call, or ``fallback`` if the thread does not answer in time.

        ``undo`` is called in the thread with the result of a call that ended too late. ``keys``
        name what the call may change; without them, it is in no group.
        """
        async with self._slots:
            if self._stuck is not None and not self._stuck.done():
                return fallback
            waiting = self._submit(call, keys)
            future: Future[_Result] = waiting.future
            try:
                # It is cancelled if it has not begun; one that has begun continues.
                return await asyncio.wait_for(asyncio.wrap_future(future), self.patience)
            except TimeoutError:
                if not future.cancelled():
                    waiting.is_given_up = True
                    self._give_up(future, undo)
                return fallback

    def _submit(self, call: Callable[[], Any], keys: Collection[str]) -> "_Call":
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        waiting = _Call(call, keys)
        self._waiting.append(waiting)
        self._executor.submit(self._run_waiting)  # it may find that an earlier one has run the call
        return waiting

    def _give_up(self, future: Future[_Result], undo: Callable[[_Result], None] | None) -> None:
        self._stuck = future
        self._on_slow(self.patience)
        if undo is not None:

            def take_back(ended: Future[_Result]) -> None:
                if not ended.cancelled() and ended.exception() is None:
                    undo(ended.result())

            future.add_done_callback(take_back)

    def _run_waiting(self) -> None:
        """Run the first of the waiting calls, and those that may be in a group with it."""
        calls = self._pop_waiting()
        while len(calls) > 1:
            count = self._run_in_group(calls)
            if not count:
                break
            calls = calls[count:]
        for call in calls:
            call.run_alone()

    def _pop_waiting(self) -> "list[_Call]":
        calls: list[_Call] = []
        while self._waiting and len(calls) < _LARGEST_GROUP:
            if calls and not (self._group and calls[0].keys and self._waiting[0].keys):
                break
            call = self._waiting.popleft()
            if call.future.set_running_or_notify_cancel():
                calls.append(call)
        return calls

    def _run_in_group(self, calls: "Sequence[_Call]") -> int:
        """Run the first calls in a group; return how many were, which is none if it failed."""
        assert self._group is not None  # noqa: S101 - there are several calls only with one
        results: list[Any] = []
        end = self._timer() + _LONGEST_GROUP_SECONDS
        try:
            with self._group({key for call in calls for key in call.keys}):
                for call in calls:
                    results.append(call.run())
                    if self._timer() > end:
                        break
        except Exception:  # noqa: BLE001 - whichever call it is of, it raises it again alone
            return 0
        for call, result in zip(calls, results, strict=False):
            call.future.set_result(result)
        return len(results)

    def close(self) -> None:
        """Let the thread end once it is done; a later call starts another one."""
        if self._executor is not None:
            while self._waiting:
                self._waiting.popleft().future.cancel()
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None


class _Call:
    """A call that waits for the thread."""

    def __init__(self, run: Callable[[], Any], keys: Collection[str]) -> None:
        self.run = run
        self.keys = keys
        self.future: Future[Any] = Future()
        self.is_given_up = False
        """Whether its caller has continued without the result."""

    def run_alone(self) -> None:
        """Run it, unless its group has failed and nobody waits any more."""
        if self.is_given_up:
            self.future.set_exception(TimeoutError())
            return
        try:
            result = self.run()
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            self.future.set_exception(error)
        else:
            self.future.set_result(result)
