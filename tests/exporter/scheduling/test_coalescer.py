import asyncio

import pytest

from tokcheck.exporter.scheduling.coalescer import Coalescer

pytestmark = pytest.mark.anyio


class _Action:
    """Runs until it is released, and counts its runs."""

    def __init__(self) -> None:
        self.runs = 0
        self.at_once = 0
        self.release = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> None:
        self.runs += 1
        self.at_once += 1
        assert 1 == self.at_once
        await self.release.wait()
        self.at_once -= 1
        if self.error is not None:
            raise self.error


async def _yield() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_callers_during_a_run_share_one_further_run() -> None:
    action = _Action()
    reload = Coalescer(action)
    first = asyncio.create_task(reload())
    await _yield()
    others = [asyncio.create_task(reload()) for _ in range(200)]
    await _yield()
    assert 1 == action.runs
    action.release.set()
    await asyncio.gather(first, *others)
    assert 2 == action.runs
    await reload()
    assert 3 == action.runs


async def test_all_callers_get_the_error_and_the_next_run_is_new() -> None:
    action = _Action()
    action.release.set()
    action.error = LookupError("x")
    reload = Coalescer(action)
    results = await asyncio.gather(reload(), reload(), return_exceptions=True)
    assert [LookupError, LookupError] == [type(result) for result in results]
    assert 1 == action.runs
    action.error = None
    await reload()


async def test_a_caller_who_gives_up_ends_nothing_for_the_others() -> None:
    action = _Action()
    reload = Coalescer(action)
    one, two = asyncio.create_task(reload()), asyncio.create_task(reload())
    await _yield()
    one.cancel()
    await _yield()
    action.release.set()
    await two
    assert 1 == action.runs
