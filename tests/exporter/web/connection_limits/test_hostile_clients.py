"""Clients that are slow, huge, malformed and too many: by raw sockets, with short deadlines."""

import asyncio
import socket
from contextlib import suppress

import httpx
import pytest

from tests.support.exporter.fake_backend import (
    FakeBackend,
    RunningServer,
    run_in_loop,
    serving,
    wait_until,
)
from tokcheck.exporter.web import Limits

QUICK = Limits(head=0.3, idle=0.6, stalled=0.3, response=5, check=0.05, grace=0.3)
PATIENT = Limits(connections=8, head=60, idle=60, stalled=60, check=0.05)
GET = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _open(
    server: RunningServer, text: bytes = b"", *, buffer: int | None = None, limit: int = 1_024
) -> Streams:
    raw = socket.socket()
    if buffer is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    raw.setblocking(False)  # noqa: FBT003 - the socket's own interface
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", server.port))
    reader, writer = await asyncio.open_connection(sock=raw, limit=limit)
    writer.write(text)
    return reader, writer


async def _read_all(streams: Streams) -> bytes:
    """Return what the server sends until it closes the connection."""
    parts: list[bytes] = []
    with suppress(ConnectionError):
        while part := await streams[0].read(65_536):
            parts.append(part)
    return b"".join(parts)


async def _close(*connections: Streams) -> None:
    for _, writer in connections:
        writer.close()
    for _, writer in connections:
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _scrape(server: RunningServer) -> int:
    async with httpx.AsyncClient(base_url=server.url, timeout=10) as client:
        return (await client.get("/metrics")).status_code


@pytest.mark.parametrize("text", [b"", b"GET /metr", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "])
@run_in_loop
async def test_an_unfinished_request_is_aborted(text: bytes) -> None:
    async with serving(FakeBackend(), limits=QUICK) as server:
        slow = await _open(server, text)
        assert b"" == await _read_all(slow)
        await _close(slow)


@run_in_loop
async def test_a_request_that_arrives_in_driblets_is_aborted() -> None:
    async with serving(FakeBackend(), limits=QUICK) as server:
        slow = await _open(server, GET[:-2])
        ended = asyncio.create_task(_read_all(slow))
        while not ended.done():
            with suppress(ConnectionError):
                slow[1].write(b"X-A: b\r\n")
                await slow[1].drain()
            await asyncio.wait([ended], timeout=0.02)
        assert b"" == ended.result()
        await _close(slow)


@run_in_loop
async def test_a_second_request_has_the_same_deadline_and_an_idle_connection_a_longer_one() -> None:
    async with serving(FakeBackend(), limits=QUICK) as server:
        loop = asyncio.get_running_loop()
        slow, resting = await _open(server, GET + b"GET"), await _open(server, GET)
        started = loop.time()
        assert 1 == (await _read_all(slow)).count(b"200 OK")
        first = loop.time() - started
        assert 1 == (await _read_all(resting)).count(b"200 OK")
        assert first < loop.time() - started
        await _close(slow, resting)


@run_in_loop
async def test_a_connection_with_quick_requests_outlives_every_deadline() -> None:
    async with serving(FakeBackend(), limits=QUICK) as server:
        loop = asyncio.get_running_loop()
        ends = loop.time() + 3 * QUICK.head
        async with httpx.AsyncClient(base_url=server.url) as client:
            while loop.time() < ends:
                got = await client.get("/metrics")
                assert 200 == got.status_code


@run_in_loop
async def test_a_client_that_does_not_read_is_aborted() -> None:
    backend = FakeBackend(body=b"x" * 20_000_000)
    async with serving(backend, limits=QUICK) as server:
        slow = await _open(server, GET, buffer=4_096)
        slow[1].transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport has it
        await asyncio.sleep(QUICK.stalled + 10 * QUICK.check)
        slow[1].transport.resume_reading()  # type: ignore[attr-defined]  # the same
        assert len(backend.body) > len(await _read_all(slow))
        await _close(slow)


@run_in_loop
async def test_of_many_stalled_connections_only_some_hold_a_body() -> None:
    backend = FakeBackend(body=b"x" * 8_000_000)
    async with serving(backend, limits=PATIENT._replace(readers=2)) as server:
        slow = [await _open(server, GET, buffer=4_096) for _ in range(6)]
        for streams in slow:
            streams[1].transport.pause_reading()  # type: ignore[attr-defined]  # as above
        await wait_until(lambda: 6 == len(backend.scrapes))
        for _ in range(3):  # answered, although the slow ones are not done
            assert 200 == await _scrape(server)
        cut = 0
        for streams in slow:
            streams[1].transport.resume_reading()  # type: ignore[attr-defined]  # as above
            cut += len(backend.body) > len(await _read_up_to(streams, len(backend.body)))
        assert cut >= 3
        await _close(*slow)


async def _read_up_to(streams: Streams, size: int) -> bytes:
    """Return ``size`` bytes or more, or fewer if the server closes the connection."""
    parts = 0
    with suppress(ConnectionError):
        while parts < size and (part := await streams[0].read(65_536)):
            parts += len(part)
    return b"x" * parts


@run_in_loop
async def test_a_scrape_works_while_five_hundred_slow_connections_are_open() -> None:
    async with serving(FakeBackend(), limits=PATIENT._replace(connections=64)) as server:
        slow = [await _open(server, b"GET /metrics HT") for _ in range(500)]
        assert 200 == await _scrape(server)
        # The newest stay open.
        slow[-1][1].write(b"TP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in await _read_all(slow[-1])
        assert b"" == await _read_all(slow[0])
        await _close(*slow)
        assert 200 == await _scrape(server)


@run_in_loop
async def test_while_all_are_being_answered_one_more_is_closed_at_once() -> None:
    go_on = asyncio.Event()
    loop = asyncio.get_running_loop()
    backend = FakeBackend(
        before=lambda: asyncio.run_coroutine_threadsafe(_wait(go_on), loop).result(10)
    )
    async with serving(backend, limits=PATIENT) as server:
        busy = [await _open(server, GET) for _ in range(PATIENT.connections)]
        await wait_until(lambda: 2 == len(backend.scrapes))
        late = await _open(server, GET)
        assert b"" == await _read_all(late)
        go_on.set()
        for streams in busy:
            assert b"200 OK" in await streams[0].readline()
        await _close(late, *busy)
        assert 200 == await _scrape(server)


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


@pytest.mark.parametrize(
    "text",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64) + b"\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /metrics\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: b\r\n" * 4_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 40_000,
    ],
)
@run_in_loop
async def test_a_malformed_or_too_large_request_gets_an_error_and_is_closed(text: bytes) -> None:
    backend = FakeBackend()
    async with serving(backend, limits=PATIENT) as server:
        streams = await _open(server, text)
        answer = await _read_all(streams)
        assert answer[9:12] in {b"400", b"404", b"431", b"505", b""}
        await _close(streams)
        assert 200 == await _scrape(server)
    assert 1 == len(backend.scrapes)


@run_in_loop
async def test_a_malformed_body_after_a_response_closes_the_connection_quietly() -> None:
    noticed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noticed.append(context))
    async with serving(FakeBackend(), limits=PATIENT) as server:
        head = b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        streams = await _open(server, head + b"nonsense\r\n\r\n")
        await _read_all(streams)
        await _close(streams)
        pipelined = await _open(server, GET + b"nonsense\r\n\r\n")
        assert b"200 OK" in await _read_all(pipelined)
        await _close(pipelined)
    assert [] == noticed


@run_in_loop
async def test_a_request_body_is_not_read_and_closes_the_connection() -> None:
    async with serving(FakeBackend(), limits=PATIENT) as server:
        head = b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"
        streams = await _open(server, head + b"x" * 1_000)
        answer = await _read_all(streams)
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert b"connection: close" in answer.lower()
        await _close(streams)


@run_in_loop
async def test_pipelined_requests_are_answered_in_order() -> None:
    async with serving(FakeBackend(), limits=PATIENT) as server:
        last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        streams = await _open(server, GET * 20 + last)
        assert 21 == (await _read_all(streams)).count(b"200 OK")
        await _close(streams)


@run_in_loop
async def test_a_malformed_body_during_a_response_closes_the_connection_quietly() -> None:
    noticed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noticed.append(context))
    backend = FakeBackend(body=b"x" * 20_000_000)
    async with serving(backend, limits=PATIENT) as server:
        chunked = GET.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        streams = await _open(server, chunked, buffer=4_096)
        assert b"HTTP/1.1 200 OK\r\n" == await streams[0].readline()
        streams[1].write(b"nonsense\r\n\r\n")
        assert len(backend.body) > len(await _read_all(streams))
        await _close(streams)
    assert [] == noticed


@run_in_loop
async def test_a_malformed_body_before_the_response_is_no_bug() -> None:
    async with serving(FakeBackend(), limits=PATIENT) as server:
        chunked = GET.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        streams = await _open(server, chunked + b"nonsense\r\n\r\n")
        answer = await _read_all(streams)
        assert (b"HTTP/1.1 400", 1) == (answer[:12], answer.count(b"HTTP/1.1"))
        await _close(streams)
        assert [f"Listening on {server.url}"] == server.lines


@run_in_loop
async def test_a_preface_of_http2_is_answered_and_closed() -> None:
    async with serving(FakeBackend(), limits=PATIENT) as server:
        streams = await _open(server, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        answer = await streams[0].read()  # without a reset
        assert answer.startswith(b"HTTP/1.1 505 ")
        assert b"connection: close" in answer.lower()
        await _close(streams)


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        (b"http://localhost/metrics", b"localhost", b"200"),
        (b"HTTP://127.0.0.1:19150/metrics?name%5B%5D=a", b"localhost", b"200"),
        (b"https://localhost", b"localhost", b"200"),
        (b"http://localhost?refresh=0", b"localhost", b"200"),
        (b"http://localhost/-/nothing", b"localhost", b"404"),
        (b"http://localhost/metrics", b"evil.example", b"200"),
        (b"http://evil.example/metrics", b"localhost", b"421"),
        (b"http://user@localhost/metrics", b"localhost", b"421"),
        (b"ftp://localhost/metrics", b"localhost", b"404"),
        (b"http:///metrics", b"localhost", b"404"),
    ],
)
@run_in_loop
async def test_a_whole_address_as_the_target_is_answered_for_its_own_host(
    target: bytes, host: bytes, status: bytes
) -> None:
    async with serving(FakeBackend(), limits=PATIENT) as server:
        lines = b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
        streams = await _open(server, lines)
        assert status == (await _read_all(streams))[9:12]
        await _close(streams)


@run_in_loop
async def test_a_slow_reader_gets_everything_within_the_limit() -> None:
    backend = FakeBackend(body=b"x" * 6_000_000)
    patient = QUICK._replace(response=20, stalled=1.5)  # more than a busy machine takes off
    async with serving(backend, limits=patient) as server:
        slow = await _open(server, GET, buffer=65_536, limit=100_000)
        loop = asyncio.get_running_loop()
        started, got = loop.time(), 0
        while got < len(backend.body) and (part := await slow[0].read(100_000)):
            got += len(part)
            if loop.time() - started < 3 * patient.stalled:
                await asyncio.sleep(patient.stalled / 20)
        assert got >= len(backend.body)
        assert loop.time() - started > 2 * patient.stalled
        await _close(slow)


@run_in_loop
async def test_a_client_that_reads_too_slowly_is_aborted() -> None:
    backend = FakeBackend(body=b"x" * 60_000_000)
    async with serving(backend, limits=QUICK._replace(response=0.5, stalled=5)) as server:
        slow = await _open(server, GET, buffer=4_096)
        got = 0
        with suppress(ConnectionError):
            while part := await slow[0].read(65_536):
                got += len(part)
                await asyncio.sleep(QUICK.check / 10)
        assert 0 < got < len(backend.body)
        await _close(slow)
