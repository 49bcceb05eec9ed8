"""The worker pool: bounded, and discarded names are not handled."""

import asyncio

import pytest

from tokcheck.exporter.scheduling.worker_pool import WorkerPool

pytestmark = pytest.mark.anyio


class _Gate:
    """Handles names once it is open, and records who is inside."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.inside = 0
        self.most = 0
        self.handled: list[str] = []

    async def handle(self, name: str) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.open.wait()
        self.inside -= 1
        self.handled.append(name)


async def test_no_more_names_are_handled_at_once_than_there_are_workers() -> None:
    gate = _Gate()
    pool = WorkerPool(gate.handle, 2)
    pool.start()
    for name in "abcde":
        pool.put(name)
    await asyncio.sleep(0)
    gate.open.set()
    await pool.wait_idle()
    await pool.stop()
    assert 2 == gate.most
    assert list("abcde") == sorted(gate.handled)


async def test_discarded_names_are_not_handled_and_waiting_has_a_bound() -> None:
    gate = _Gate()
    pool = WorkerPool(gate.handle, 1)
    pool.start()
    for name in "abc":
        pool.put(name)
    await asyncio.sleep(0)
    pool.discard_queued()
    await pool.wait_idle(0)
    assert (1, []) == (gate.inside, gate.handled)
    gate.open.set()
    await pool.wait_idle()
    await pool.stop()
    assert ["a"] == gate.handled
