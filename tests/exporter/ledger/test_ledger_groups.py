"""Uses of the ledger that wait together are recorded together, and before any of them returns."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tokcheck.exporter.ledger.ledger_thread import LedgerThread

pytestmark = pytest.mark.anyio


class Groups:
    """Records which groups were committed, and fails those that hold a key of ``failing``."""

    def __init__(self, failing: Iterable[str] = ()) -> None:
        self.committed: list[list[str]] = []
        self.is_open = False
        self._failing = set(failing)

    @contextmanager
    def open(self, keys: Iterable[str]) -> Iterator[None]:
        self.is_open = True
        try:
            yield
        finally:
            self.is_open = False
        if self._failing.intersection(keys):
            raise ConnectionError
        self.committed.append(sorted(keys))


@pytest.fixture
def first() -> Iterator[threading.Event]:
    """The event for which the first call waits, so that the later ones wait together."""
    event = threading.Event()
    yield event
    event.set()


async def _run_after_first(
    thread: LedgerThread, first: threading.Event, calls: Iterable[tuple[str, Callable[[], str]]]
) -> list[str]:
    begun = threading.Event()

    def wait() -> str:
        begun.set()
        first.wait(30)
        return "first"

    tasks = [asyncio.create_task(thread.run(wait, "late", keys={"first"}))]
    await asyncio.to_thread(begun.wait, 30)
    tasks += [asyncio.create_task(thread.run(call, "late", keys={key})) for key, call in calls]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.set()
    return await asyncio.gather(*tasks)


async def test_calls_that_wait_are_one_group_and_return_after_it(first: threading.Event) -> None:
    groups = Groups()
    thread = LedgerThread(lambda _: None, group=groups.open)
    was_open: list[bool] = []

    def call() -> str:
        was_open.append(groups.is_open)
        return "done"

    results = await _run_after_first(thread, first, [(f"key {n}", call) for n in range(5)])
    assert ["first", *["done"] * 5] == results
    assert [[f"key {n}" for n in range(5)]] == groups.committed
    assert [True] * 5 == was_open
    thread.close()


async def test_calls_of_a_group_that_fails_are_repeated_one_by_one(first: threading.Event) -> None:
    groups = Groups(failing={"key 1"})
    thread = LedgerThread(lambda _: None, group=groups.open)
    was_open: list[bool] = []

    def call() -> str:
        was_open.append(groups.is_open)
        return "done"

    results = await _run_after_first(thread, first, [(f"key {n}", call) for n in range(3)])
    assert ["first", *["done"] * 3] == results
    assert [] == groups.committed
    assert [True] * 3 + [False] * 3 == was_open
    thread.close()


async def test_an_error_of_one_call_is_raised_there_alone(first: threading.Event) -> None:
    groups = Groups()
    thread = LedgerThread(lambda _: None, group=groups.open)

    def fail() -> str:
        raise LookupError

    tasks = _run_after_first(thread, first, [("a", lambda: "done"), ("b", fail)])
    with pytest.raises(LookupError):
        await tasks
    assert [] == groups.committed
    thread.close()


async def test_a_group_that_takes_long_ends_early(first: threading.Event) -> None:
    groups = Groups()
    moments = iter(range(1000))
    thread = LedgerThread(lambda _: None, group=groups.open, timer=lambda: float(next(moments)))
    keys = [f"key {n}" for n in range(4)]
    results = await _run_after_first(thread, first, [(key, lambda: "done") for key in keys])
    assert ["first", *["done"] * 4] == results
    # Each starts with one call, after which a second has passed.
    assert [keys, keys[1:], keys[2:]] == groups.committed
    thread.close()


async def test_a_call_without_keys_is_alone(first: threading.Event) -> None:
    groups = Groups()
    thread = LedgerThread(lambda _: None, group=groups.open)
    lone = asyncio.create_task(thread.run(lambda: groups.is_open, None))
    results = await _run_after_first(thread, first, [("a", lambda: "done"), ("b", lambda: "done")])
    assert ["first", "done", "done"] == results
    assert False is await lone
    assert [["a", "b"]] == groups.committed
    thread.close()


async def test_calls_that_nobody_waits_for_any_longer_are_not_repeated() -> None:
    server, begun = threading.Event(), threading.Event()
    calls: list[str] = []

    @contextmanager
    def stall(_keys: Iterable[str]) -> Iterator[None]:
        yield
        begun.set()
        server.wait(30)
        raise ConnectionError

    thread = LedgerThread(lambda _: None, patience=0.2, group=stall)
    release = threading.Event()

    def call(name: str) -> str:
        calls.append(name)
        return name

    def wait() -> str:
        release.wait(30)
        return "first"

    tasks = [asyncio.create_task(thread.run(wait, "late"))]
    tasks += [
        asyncio.create_task(thread.run(partial(call, name), "late", keys={name}))
        for name in ("a", "b")
    ]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    release.set()
    assert ["first", "late", "late"] == await asyncio.gather(*tasks)
    server.set()
    while await thread.run(lambda: 1, -1) != 1:  # noqa: ASYNC110 - the thread is another one
        await asyncio.sleep(0.001)
    assert ["a", "b"] == calls
    thread.close()
