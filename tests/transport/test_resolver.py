"""How the client for many requests at once finds a host: names, and addresses side by side."""

import asyncio
import socket
import threading
import time
import traceback
from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.transport.async_server import (
    count_resources,
    no_pause,
    respond_to_all,
    run_async_server,
)
from tests.support.transport.client_calls import (
    DEVICES,
    NO_CERTIFICATES,
    SHORT,
    check_silent,
    endpoints_at,
)
from tests.support.transport.raw_socket_server import respond_with, response, run_raw_server
from tokcheck.core.errors import NetError
from tokcheck.providers import REGISTRY
from tokcheck.transport import AsyncNet
from tokcheck.transport.resolver import Address, Lookup

STREAM = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")


def net_by(lookup: Lookup, url: str, *, timeout: float = 5.0) -> AsyncNet:
    return AsyncNet(
        endpoints_at(url), timeout=timeout, pause=no_pause, verify=NO_CERTIFICATES, lookup=lookup
    )


async def outcome(net: AsyncNet) -> int | NetError:
    try:
        return (await net.send(REGISTRY["fitbit"], DEVICES)).status
    except NetError as error:
        check_silent(error, traceback.format_exc())
        return error


def names() -> list[str]:
    return sorted(thread.name for thread in threading.enumerate())


def test_a_stuck_lookup_holds_neither_the_deadline_nor_more_than_one_thread() -> None:
    stuck = threading.Event()

    def lookup(*_: Any, **__: Any) -> Sequence[Address]:
        stuck.wait(20)
        raise socket.gaierror

    async def main() -> list[str]:
        async with net_by(lookup, "http://elsewhere.invalid", timeout=SHORT) as net:
            for _ in range(3):
                for error in await asyncio.gather(*(outcome(net) for _ in range(8))):
                    assert isinstance(error, NetError)
                    assert ("connect-timeout", False) == (error.kind, error.reached)
        return names()

    before, started = names(), time.monotonic()
    during = asyncio.run(main())  # it would also wait here for an executor's threads
    assert time.monotonic() - started < 10
    assert sorted([*before, "tokcheck-name"]) == during
    (thread,) = (t for t in threading.enumerate() if t.name == "tokcheck-name")
    stuck.set()  # and its answer comes to a loop that has ended
    thread.join(5)
    assert not thread.is_alive()


def test_requests_at_the_same_time_share_one_lookup() -> None:
    requested: list[tuple[Any, ...]] = []
    together = threading.Event()

    async def main() -> list[int | NetError]:
        async with run_async_server(respond_to_all) as place:

            def lookup(*words: Any, **_: Any) -> Sequence[Address]:
                requested.append(words)
                together.wait(5)
                return [(*STREAM, ("127.0.0.1", place.port))]

            async with net_by(lookup, "http://elsewhere.invalid:1234") as net:
                tasks = [asyncio.create_task(outcome(net)) for _ in range(4)]
                await count_resources()
                together.set()
                return list(await asyncio.gather(*tasks))

    assert [200] * 4 == asyncio.run(main())
    assert [("elsewhere.invalid", 1234)] == requested


def test_an_unknown_name_is_reported_to_each_caller_and_looked_up_again() -> None:
    requested = 0

    def lookup(*_: Any, **__: Any) -> Sequence[Address]:
        nonlocal requested
        requested += 1
        raise socket.gaierror(-2, "Name or service not known")

    async def main() -> int | NetError:
        async with net_by(lookup, "http://elsewhere.invalid") as net:
            return await outcome(net)

    error = asyncio.run(main())
    assert isinstance(error, NetError)
    assert ("dns", False) == (error.kind, error.reached)
    assert 2 == requested


def test_a_numeric_address_is_not_looked_up() -> None:
    def lookup(*_: Any, **__: Any) -> Sequence[Address]:
        raise AssertionError("a resolver was called")

    async def main() -> int | NetError:
        async with run_async_server(respond_to_all) as place, net_by(lookup, place.url) as net:
            return await outcome(net)

    assert 200 == asyncio.run(main())


@pytest.mark.parametrize("first", ["refuses", "hangs"])
def test_an_address_that_does_not_answer_does_not_keep_from_the_next(first: str) -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
            port = full.getsockname()[1]
            fillers = [socket.socket() for _ in range(3 if first == "hangs" else 0)]
            for filler in fillers:  # a full queue lets nobody in
                filler.settimeout(0)
                filler.connect_ex(("127.0.0.1", port))
            if first == "refuses":
                full.close()
            async with run_async_server(respond_to_all) as place:
                before = await count_resources()

                def lookup(*_: Any, **__: Any) -> Sequence[Address]:
                    return [(*STREAM, ("127.0.0.1", wrong)) for wrong in (port, place.port)]

                async with net_by(lookup, "http://elsewhere.invalid") as net:
                    assert 200 == await outcome(net)
                    task = asyncio.create_task(outcome(net))
                    await asyncio.sleep(0)
                    task.cancel()
                    await asyncio.wait([task])
                await count_resources()
                assert before.tasks >= (await count_resources()).tasks - len(place.open)
            for filler in fillers:
                filler.close()

    asyncio.run(main())


def test_the_name_of_a_proxy_is_looked_up_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    requested: list[tuple[Any, ...]] = []

    async def main(port: int) -> int | NetError:
        def lookup(*words: Any, **_: Any) -> Sequence[Address]:
            requested.append(words)
            return [(*STREAM, ("127.0.0.1", port))]

        async with net_by(lookup, "https://elsewhere.invalid") as net:
            return await outcome(net)

    with run_raw_server(respond_with(response(b"", status="403 Forbidden"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://proxy.invalid:{proxy.port}")
        error = asyncio.run(main(proxy.port))
    assert isinstance(error, NetError)
    assert "proxy" == error.kind
    assert [("proxy.invalid", proxy.port)] * 2 == requested
