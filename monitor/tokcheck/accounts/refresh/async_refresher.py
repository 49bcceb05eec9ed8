"""The asynchronous driver of a refresh, and the threads that do its work on the disk."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from tokcheck.accounts.grant import Grant
from tokcheck.accounts.refresh.refresh_context import RefreshContext
from tokcheck.accounts.refresh.refresh_flow import refresh_flow
from tokcheck.accounts.refresh.refresher import PATIENCE_SECONDS, holder_name
from tokcheck.accounts.refresh.steps import (
    ChangeStore,
    RunOnDisk,
    RunOnFile,
    SendRequest,
    Step,
)
from tokcheck.accounts.store.grant_store import GrantStore, outcome
from tokcheck.core.flow import await_result, drive_async
from tokcheck.providers.base import Provider, Request, Response

# Per kind and batch: another process waits for the store as long as one batch takes.
MAX_BATCH = 32
# A file system syncs files at once that several threads have written.
_FILE_THREADS = 8

_Result = TypeVar("_Result")


class _Job(NamedTuple):
    work: Callable[[], Any]
    result: "asyncio.Future[Any]"


class DiskThread:
    """Runs jobs in one thread for one event loop.

    Jobs that arrive while the thread is busy form its next batch. The changes of the store in a
    batch share one transaction, and so one sync of the disk.
    """

    def __init__(self, store: GrantStore) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1, "tokcheck-store")
        self._tasks: deque[_Job] = deque()
        self._changes: deque[_Job] = deque()
        self._is_running = False

    def close(self) -> None:
        """Finish all submitted jobs, and end the thread."""
        self._thread.shutdown()

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """Run ``work``, which does not change the store, and return its result.

        A cancelled caller still waits until the work is done: otherwise an account's lock would
        be released while a write still runs.
        """
        return await self._submit(self._tasks, work)

    async def change(self, work: Callable[[], _Result]) -> _Result:
        """Run ``work``, a change for :meth:`GrantStore.apply_changes`, else like :meth:`run`."""
        return await self._submit(self._changes, work)

    async def _submit(self, queue: deque[_Job], work: Callable[[], _Result]) -> _Result:
        result: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        queue.append(_Job(work, result))
        if not self._is_running:
            self._start_batch()
        return await _await_end(result)

    def _start_batch(self) -> None:
        tasks, changes = _take_batch(self._tasks), _take_batch(self._changes)
        self._is_running = bool(tasks or changes)
        if self._is_running:
            asyncio.get_running_loop().run_in_executor(
                self._thread,
                self._run_batch,
                [job.work for job in tasks],
                [job.work for job in changes],
            ).add_done_callback(partial(self._deliver, tasks + changes))

    def _run_batch(
        self, tasks: Sequence[Callable[[], Any]], changes: Sequence[Callable[[], Any]]
    ) -> list[Any]:
        return [*map(outcome, tasks), *self._store.apply_changes(changes)]

    def _deliver(self, jobs: list[_Job], batch: "asyncio.Future[list[Any]]") -> None:
        error = batch.exception()
        results = batch.result() if error is None else [error] * len(jobs)
        for job, result in zip(jobs, results, strict=True):
            if isinstance(result, BaseException):
                job.result.set_exception(result)
            else:
                job.result.set_result(result)
        self._start_batch()


async def _await_end(result: "asyncio.Future[_Result]") -> _Result:
    """Return a result; a cancelled caller waits for it, too."""
    try:
        return await await_result(result)
    except asyncio.CancelledError:
        await asyncio.wait([result])
        result.exception()  # or asyncio warns that it was never retrieved
        raise


def _take_batch(queue: deque[_Job]) -> list[_Job]:
    return [queue.popleft() for _ in range(min(MAX_BATCH, len(queue)))]


SendAsync = Callable[[Provider, Request], Awaitable[Response]]


class AsyncRefresher:
    """Like :class:`~tokcheck.accounts.refresh.refresher.Refresher`, for asyncio.

    An asynchronous context manager; it owns the threads that work on the disk.
    """

    def __init__(  # noqa: PLR0913 - each is replaced by a test
        self,
        store: GrantStore,
        providers: Mapping[str, Provider],
        send: SendAsync,
        now: Callable[[], float] = time.time,
        *,
        timer: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience: float = PATIENCE_SECONDS,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._store = store
        self._send = send
        self._now = now
        self._pause = pause
        self._context = RefreshContext(
            store, providers, now, timer, patience, holder_name(shared=store.is_shared), environment
        )
        self._disk = DiskThread(store)
        self._files = ThreadPoolExecutor(_FILE_THREADS, "tokcheck-files")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._disk.close()
        self._files.shutdown()

    async def fresh_grant(self, name: str, min_ttl: float) -> Grant:
        """Return a grant with an access token that is valid for more than ``min_ttl`` seconds.

        Refreshes and raises like
        :meth:`~tokcheck.accounts.refresh.refresher.Refresher.fresh_grant`.
        """
        account = await self._disk.run(lambda: self._store.account(name))
        if account.needs_no_refresh(min_ttl, self._now()):
            return account.grant
        # Closing the flow releases the account's lock.
        with closing(refresh_flow(self._context, account, min_ttl)) as flow:
            return await drive_async(flow, self._perform)

    async def _perform(self, step: Step) -> object:
        if isinstance(step, ChangeStore):
            return await self._disk.change(step.work)
        if isinstance(step, RunOnDisk):
            return await self._disk.run(step.work)
        if isinstance(step, RunOnFile):
            loop = asyncio.get_running_loop()
            return await _await_end(loop.run_in_executor(self._files, step.work))
        if isinstance(step, SendRequest):
            return await self._send(step.provider, step.request)
        await self._pause(step.seconds)
        return None
