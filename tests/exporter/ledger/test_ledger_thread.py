"""A disk that does not answer is waited for in a thread, and not for ever."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tokcheck.exporter.ledger.ledger import Ledger, Ticket
from tokcheck.exporter.ledger.ledger_thread import LedgerThread

pytestmark = pytest.mark.anyio


@pytest.fixture
def disk() -> Iterator[threading.Event]:
    """A disk that does not answer until the event is set."""
    event = threading.Event()
    yield event
    event.set()


async def test_the_loop_goes_on_while_the_disk_does_not_answer(disk: threading.Event) -> None:
    slow: list[float] = []
    thread = LedgerThread(slow.append, patience=0.05)

    def hang() -> int:
        disk.wait(30)
        return 1

    waiting = [asyncio.create_task(thread.run(hang, -1)) for _ in range(200)]
    longest = 0.0
    while not all(task.done() for task in waiting):
        started = time.monotonic()
        await asyncio.sleep(0.001)
        longest = max(longest, time.monotonic() - started)
    assert {-1} == {task.result() for task in waiting}
    assert [0.05] == slow, "one call hangs, and the others are not begun"
    assert longest < 1.0
    assert -1 == await thread.run(lambda: 1, -1), "nothing waits behind it"
    disk.set()
    while await thread.run(lambda: 1, -1) != 1:  # noqa: ASYNC110 - the thread is another one
        await asyncio.sleep(0.001)
    thread.close()


async def test_a_spend_that_is_recorded_too_late_is_given_back(
    tmp_path: Path, disk: threading.Event
) -> None:
    thread = LedgerThread(lambda _: None, patience=0.05)
    with Ledger(tmp_path / "home" / "ledger.sqlite") as ledger:

        def take() -> Ticket | None:
            disk.wait(30)
            return ledger.take("s", 1, 6, 3600.0, 1000.0)

        def give_back(ticket: Ticket | None) -> None:
            assert ticket is not None
            ledger.settle(ticket, 0)

        assert await thread.run(take, None, undo=give_back) is None
        disk.set()
        while (await thread.run(lambda: ledger.recent_spend("s", 3600.0, 1000.0), None)) is None:  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.001)
        assert () == ledger.recent_spend("s", 3600.0, 1000.0).freed_at
    thread.close()
