"""The queue of accounts with a turn to take, and of clients that wait for a requested probe."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

from tokcheck.exporter.scheduling.worker_pool import WorkerPool
from tokcheck.exporter.state.account_state import SkipReason


class TurnResult(NamedTuple):
    """The result of an account's turn."""

    was_probed: bool = False
    skip: SkipReason | None = None
    """Why no probe was sent although it was due."""


class TakeTurn(Protocol):
    """Takes an account's turn, and never raises."""

    def __call__(self, name: str, *, is_requested: bool) -> Awaitable[TurnResult]:
        """Return the result; a probe that is requested is due."""
        ...


class TurnQueue:
    """Takes the turns of accounts, each account's one after the other, ``workers`` at once.

    ``on_end`` is called after each turn.
    """

    def __init__(self, take_turn: TakeTurn, workers: int, on_end: Callable[[], None]) -> None:
        self._take_turn = take_turn
        self._on_end = on_end
        self._workers = WorkerPool(self._handle, workers)
        self._queued: set[str] = set()
        self._requests: dict[str, list[asyncio.Future[TurnResult]]] = {}

    @property
    def busy(self) -> bool:
        """Whether an account waits for a worker or has its turn."""
        return bool(self._queued)

    def start(self) -> None:
        """Start the workers."""
        self._workers.start()

    def put(self, name: str) -> None:
        """Queue an account, unless it waits or has its turn already."""
        if name not in self._queued:
            self._queued.add(name)
            self._workers.put(name)

    async def request_probe(self, name: str) -> TurnResult:
        """Request a probe of an account and wait for it; several requests at once are one."""
        request: asyncio.Future[TurnResult] = asyncio.get_running_loop().create_future()
        self._requests.setdefault(name, []).append(request)
        self.put(name)
        return await request

    def forget(self, name: str) -> None:
        """End the requests for an account that is gone."""
        _resolve(self._requests.pop(name, ()), TurnResult())

    async def wait_idle(self, seconds: float | None = None) -> None:
        """Wait until the queue is empty, at most ``seconds`` if given."""
        await self._workers.wait_idle(seconds)

    async def stop(self, seconds: float) -> None:
        """Drop waiting accounts, and let current turns end within ``seconds``."""
        self._workers.discard_queued()
        for name in tuple(self._requests):
            self.forget(name)
        await self._workers.wait_idle(seconds)
        await self._workers.stop()
        self._queued.clear()

    async def _handle(self, name: str) -> None:
        # A client that comes later may have missed the moment at which it was due.
        requests = self._requests.pop(name, [])
        result = TurnResult()
        try:
            result = await self._take_turn(name, is_requested=bool(requests))
        finally:
            self._queued.discard(name)
            if result.was_probed:
                requests += self._requests.pop(name, [])
            elif name in self._requests:
                self.put(name)
            _resolve(requests, result)
            self._on_end()


def _resolve(requests: Sequence[asyncio.Future[TurnResult]], result: TurnResult) -> None:
    for request in requests:
        if not request.done():  # as where its client has gone
            request.set_result(result)
