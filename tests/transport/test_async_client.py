"""The client for many requests at once, where it differs."""

import asyncio
import gc
import logging
import time
import traceback
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tokens import FITBIT, GOOGLE
from tests.support.transport.async_server import (
    RESPONSE,
    AsyncServer,
    count_resources,
    net_to,
    never_respond,
    no_pause,
    respond_to_all,
    run_async_server,
    wait_until,
)
from tests.support.transport.client_calls import (
    DEVICES,
    FORM,
    NO_CERTIFICATES,
    SHORT,
    check_silent,
    endpoints_at,
)
from tests.support.transport.raw_socket_server import (
    bind_refusing_socket,
    respond_with,
    response,
    run_raw_server,
)
from tests.transport.test_proxies_and_tls import certificate
from tokcheck.core.errors import NetError
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Request, Response
from tokcheck.transport import AsyncNet
from tokcheck.transport.async_client import pool_sizes
from tokcheck.transport.response import MAX_BODY_BYTES

BEGUN = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
PROVIDER = REGISTRY["fitbit"]


async def refusal(net: AsyncNet, request: Request = DEVICES) -> NetError:
    try:
        await net.send(PROVIDER, request)
    except NetError as error:
        check_silent(error, traceback.format_exc(), request)
        return error
    raise AssertionError("the request went through")


def test_a_thousand_dripping_requests_leave_nothing_behind() -> None:
    async def drip(
        place: AsyncServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        in_headers = len(place.ever) % 2
        writer.write(b"HTTP/1.1 200 OK\r\n" if in_headers else BEGUN)
        while True:
            writer.write(b"X-Wait: 1\r\n" if in_headers else b" ")
            await writer.drain()  # raises once the client has hung up
            await asyncio.sleep(0.02)

    async def main() -> None:
        kinds: Counter[str] = Counter()
        async with run_async_server(drip) as place:
            before = await count_resources()
            async with net_to(place.url, timeout=0.2, connections=50) as net:
                for _ in range(20):
                    kinds.update(
                        e.kind for e in await asyncio.gather(*(refusal(net) for _ in range(50)))
                    )
                await wait_until(lambda: not place.open)
                assert before == await count_resources()
        # A busy machine does not get all of them connected in time.
        assert {"timeout", "connect-timeout"} >= set(kinds)
        assert (1000, True) == (kinds.total(), kinds["timeout"] > 100)

    asyncio.run(main())


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "tls"])
def test_a_request_that_is_cancelled_at_any_step_leaves_nothing_behind(
    *, encrypted: bool, tmp_path: Path
) -> None:
    server, client = certificate(tmp_path, "IP:127.0.0.1") if encrypted else (None, NO_CERTIFICATES)

    async def main() -> tuple[int, int]:
        ended: Counter[bool] = Counter()
        async with run_async_server(respond_to_all, server) as place:
            before = await count_resources()
            url = f"{'https' if encrypted else 'http'}://127.0.0.1:{place.port}"
            async with AsyncNet(
                endpoints_at(url), timeout=5, pause=no_pause, connections=1, verify=client
            ) as net:
                for steps in range(60):
                    task = asyncio.create_task(net.send(PROVIDER, DEVICES))
                    for _ in range(steps):
                        await asyncio.sleep(0.0005 if steps % 2 else 0)
                    task.cancel()
                    await asyncio.wait([task])
                    ended[task.cancelled()] += 1
                    assert before.tasks >= (await count_resources()).tasks - len(place.open)
                    assert b"[]" == (await net.send(PROVIDER, DEVICES)).body
            await wait_until(lambda: not place.open)
            assert before == await count_resources()
        return ended[True], ended[False]

    cancelled, answered = asyncio.run(main())
    assert cancelled > 5
    assert answered > 5


def test_a_request_that_is_cancelled_has_ended_when_its_caller_goes_on() -> None:
    ended: list[float] = []

    async def main() -> None:
        paused = asyncio.Event()

        async def pause(seconds: float) -> None:
            paused.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(seconds)

        with bind_refusing_socket() as bound:
            endpoints = endpoints_at(f"http://127.0.0.1:{bound.getsockname()[1]}")
            net = AsyncNet(endpoints, timeout=5, pause=pause, verify=NO_CERTIFICATES)
            async with net:
                task = asyncio.create_task(net.send(PROVIDER, DEVICES))
                await paused.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert [0.3] == ended

    asyncio.run(main())


def test_a_handshake_that_is_cancelled_closes_its_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        async with run_async_server(never_respond) as place:
            before = await count_resources()
            async with net_to(f"https://127.0.0.1:{place.port}") as net:
                task = asyncio.create_task(net.send(PROVIDER, DEVICES))
                await wait_until(lambda: bool(place.open))
                task.cancel()
                await asyncio.wait([task])
                await wait_until(lambda: not place.open)
            assert before == await count_resources()

    asyncio.run(main())
    gc.collect()  # nor is there an error that nobody looked at
    assert [] == [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize(("scheme", "reached"), [("http", 4), ("https", 0)])
def test_leaving_ends_the_requests_that_nobody_answers(scheme: str, reached: int) -> None:
    async def main() -> None:
        async with run_async_server(never_respond) as place:
            started = time.monotonic()
            async with net_to(f"{scheme}://127.0.0.1:{place.port}", timeout=60) as net:
                tasks = [asyncio.create_task(refusal(net)) for _ in range(6)]
                await wait_until(lambda: len(place.open) == 4)
            assert time.monotonic() - started < 30, "long before the timeout"
            assert all(task.done() for task in tasks)
            assert {"given-up"} == {task.result().kind for task in tasks}
            assert reached == sum(task.result().reached for task in tasks)
            late = await refusal(net)
            assert ("given-up", False) == (late.kind, late.reached)
            await wait_until(lambda: not place.open)

    asyncio.run(main())


def test_the_deadline_holds_for_the_pause_before_the_second_try() -> None:
    async def main() -> NetError:
        async with AsyncNet(
            endpoints_at(f"http://127.0.0.1:{port}"),
            timeout=0.1,
            pause=wait_for_ever,
            verify=NO_CERTIFICATES,
        ) as net:
            return await refusal(net)

    async def wait_for_ever(_: float) -> None:
        await asyncio.Event().wait()

    with bind_refusing_socket() as bound:
        port = bound.getsockname()[1]
        assert "timeout" == asyncio.run(main()).kind


def test_leaving_as_a_deadline_passes_is_no_error() -> None:
    async def main() -> None:
        async with run_async_server(never_respond) as place:
            net = net_to(place.url, timeout=0.05)
            task = asyncio.create_task(refusal(net))
            await wait_until(lambda: bool(place.open))
            time.sleep(0.1)  # noqa: ASYNC251 - the deadline passes unseen by the loop
            asyncio.get_running_loop().call_soon(
                lambda: leaving.append(asyncio.create_task(net.__aexit__(None, None, None)))
            )
            # On a busy machine the deadline can pass before the client sees its connection.
            assert (await task).kind in {"timeout", "connect-timeout", "given-up"}
            await asyncio.gather(*leaving)

    leaving: list[asyncio.Task[None]] = []
    asyncio.run(main())


def test_no_more_connections_than_configured() -> None:
    most = 0

    async def slow(
        place: AsyncServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal most
        while True:
            await reader.readuntil(b"\r\n\r\n")
            most = max(most, len(place.open))
            await asyncio.sleep(0.001)
            writer.write(RESPONSE)

    async def main() -> None:
        async with run_async_server(slow) as place, net_to(place.url, connections=6) as net:
            answers = await asyncio.gather(*(net.send(PROVIDER, DEVICES) for _ in range(60)))
            assert {b"[]"} == {answered.body for answered in answers}
            assert 6 == len(place.ever)

    asyncio.run(main())
    assert 6 == most


def test_a_request_for_which_there_is_no_connection_has_not_reached_the_server() -> None:
    async def main() -> None:
        async with (
            run_async_server(never_respond) as place,
            net_to(place.url, timeout=SHORT, connections=1) as net,
        ):
            first, second = await asyncio.gather(refusal(net), refusal(net))
            assert ("timeout", True) == (first.kind, first.reached)
            assert ("connect-timeout", False) == (second.kind, second.reached)

    asyncio.run(main())


@given(st.integers(1, 500))
def test_connections_are_shared_out_evenly_over_few_small_pools(connections: int) -> None:
    shared = pool_sizes(connections)
    assert connections == sum(shared)
    assert max(shared) <= 4
    assert max(shared) - min(shared) <= 1
    assert len(shared) == -(-connections // 4)


def test_an_unsolicited_response_is_not_used() -> None:
    async def send_unsolicited(
        _: AsyncServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(RESPONSE)
        await requested.wait()
        writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        said.set()
        await reader.read()

    async def main() -> None:
        async with run_async_server(send_unsolicited) as place, net_to(place.url) as net:
            await net.send(PROVIDER, DEVICES)
            requested.set()
            await said.wait()
            await count_resources()
            assert 200 == (await net.send(PROVIDER, DEVICES)).status
            assert 2 == len(place.ever)

    requested, said = asyncio.Event(), asyncio.Event()
    asyncio.run(main())


def test_a_connection_is_used_again_and_given_up_once_the_server_closed_it() -> None:
    async def respond_three_times(
        _: AsyncServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for __ in range(3):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(RESPONSE)
            await writer.drain()

    async def main() -> None:
        async with run_async_server(respond_three_times) as place, net_to(place.url) as net:
            for number in range(9):
                assert 200 == (await net.send(PROVIDER, DEVICES)).status
                assert number // 3 + 1 == len(place.ever)
                if number % 3 == 2:
                    await wait_until(lambda: not place.open)
                await count_resources()

    asyncio.run(main())


def test_a_large_body_comes_through_an_encrypted_connection(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "IP:127.0.0.1")

    async def main(port: int) -> Response:
        url = f"https://127.0.0.1:{port}"
        async with AsyncNet(endpoints_at(url), timeout=5, pause=no_pause, verify=client) as net:
            return await net.send(PROVIDER, DEVICES)

    with run_raw_server(respond_with(response(b"x" * MAX_BODY_BYTES)), tls=server) as raw_server:
        answered = asyncio.run(main(raw_server.port))
    assert (MAX_BODY_BYTES, False) == (len(answered.body), answered.cut)


@given(st.lists(st.integers(1, 60), max_size=6), st.binary(max_size=40))
def test_an_answer_is_the_same_however_it_is_cut_up(cuts: list[int], body: bytes) -> None:
    raw = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    places = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})

    async def talk(
        _: AsyncServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for start, end in pairwise(places):
            writer.write(raw[start:end])
            await asyncio.sleep(0)

    async def main() -> Response:
        async with run_async_server(talk) as place, net_to(place.url) as net:
            return await net.send(PROVIDER, DEVICES)

    answered = asyncio.run(main())
    assert (200, body, False) == (answered.status, answered.body, answered.cut)


def test_neither_logs_nor_forgotten_requests_show_a_token(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)

    async def main() -> None:
        async with run_async_server(respond_to_all) as place, net_to(place.url) as net:
            for request in (DEVICES, FORM):
                task = asyncio.create_task(net.send(PROVIDER, request))
                await asyncio.sleep(0)
                logging.getLogger("test").debug("%r %r", task, asyncio.all_tasks())
                await task
        async with run_async_server(never_respond) as place, net_to(place.url, timeout=0.05) as net:
            for request in (DEVICES, FORM):
                task = asyncio.create_task(net.send(PROVIDER, request))
                await asyncio.wait([task])
                del task
                gc.collect()  # now asyncio complains of an error that nobody looked at

    asyncio.run(main(), debug=True)
    printed = caplog.text + "".join(capfd.readouterr())
    assert "HTTP Request" in caplog.text
    assert "Task exception was never retrieved" in caplog.text
    for token in (FITBIT, GOOGLE):
        assert [part for part in (token, token[:20], token[-20:]) if part in printed] == []
