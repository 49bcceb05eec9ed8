"""Clients that are slow, huge, malformed and too many: by raw sockets, with short deadlines."""

import asyncio
import socket
from contextlib import suppress

import httpx
import pytest

from tests.support.exporter.fake_site import FakeSite, Served, in_loop, serving, until
from tokcheck.exporter.web.connection_limits import Limits

QUICK = Limits(head=0.3, idle=0.6, stalled=0.3, answer=5, check=0.05, grace=0.3)
PATIENT = Limits(connections=8, head=60, idle=60, stalled=60, check=0.05)
GET = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _open(
    served: Served, text: bytes = b"", *, buffer: int | None = None, limit: int = 1_024
) -> Streams:
    raw = socket.socket()
    if buffer is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    raw.setblocking(False)  # noqa: FBT003 - the socket's own interface
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", served.port))
    reader, writer = await asyncio.open_connection(sock=raw, limit=limit)
    writer.write(text)
    return reader, writer


async def _rest(streams: Streams) -> bytes:
    """Return what comes until the server ends the connection."""
    parts: list[bytes] = []
    with suppress(ConnectionError):
        while part := await streams[0].read(65_536):
            parts.append(part)
    return b"".join(parts)


async def _leave(*everybody: Streams) -> None:
    for _, writer in everybody:
        writer.close()
    for _, writer in everybody:
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _scrape(served: Served) -> int:
    async with httpx.AsyncClient(base_url=served.url, timeout=10) as client:
        return (await client.get("/metrics")).status_code


@pytest.mark.parametrize("text", [b"", b"GET /metr", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "])
@in_loop
async def test_an_unfinished_request_is_cut(text: bytes) -> None:
    async with serving(FakeSite(), limits=QUICK) as served:
        slow = await _open(served, text)
        assert b"" == await _rest(slow)
        await _leave(slow)


@in_loop
async def test_a_dribbled_request_is_cut_however_lively_it_is() -> None:
    async with serving(FakeSite(), limits=QUICK) as served:
        slow = await _open(served, GET[:-2])
        ended = asyncio.create_task(_rest(slow))
        while not ended.done():
            with suppress(ConnectionError):
                slow[1].write(b"X-A: b\r\n")
                await slow[1].drain()
            await asyncio.wait([ended], timeout=0.02)
        assert b"" == ended.result()
        await _leave(slow)


@in_loop
async def test_a_second_request_has_the_same_deadline_and_a_rest_a_longer_one() -> None:
    async with serving(FakeSite(), limits=QUICK) as served:
        loop = asyncio.get_running_loop()
        slow, resting = await _open(served, GET + b"GET"), await _open(served, GET)
        started = loop.time()
        assert 1 == (await _rest(slow)).count(b"200 OK")
        first = loop.time() - started
        assert 1 == (await _rest(resting)).count(b"200 OK")
        assert first < loop.time() - started
        await _leave(slow, resting)


@in_loop
async def test_requests_on_one_connection_go_on_beyond_every_deadline() -> None:
    async with serving(FakeSite(), limits=QUICK) as served:
        loop = asyncio.get_running_loop()
        ends = loop.time() + 3 * QUICK.head
        async with httpx.AsyncClient(base_url=served.url) as client:
            while loop.time() < ends:
                got = await client.get("/metrics")
                assert 200 == got.status_code


@in_loop
async def test_a_client_that_does_not_read_is_cut() -> None:
    site = FakeSite(body=b"x" * 20_000_000)
    async with serving(site, limits=QUICK) as served:
        slow = await _open(served, GET, buffer=4_096)
        slow[1].transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport has it
        await asyncio.sleep(QUICK.stalled + 10 * QUICK.check)
        slow[1].transport.resume_reading()  # type: ignore[attr-defined]  # the same
        assert len(site.body) > len(await _rest(slow))
        await _leave(slow)


@in_loop
async def test_of_many_who_do_not_read_only_some_hold_a_body() -> None:
    site = FakeSite(body=b"x" * 8_000_000)
    async with serving(site, limits=PATIENT._replace(readers=2)) as served:
        slow = [await _open(served, GET, buffer=4_096) for _ in range(6)]
        for streams in slow:
            streams[1].transport.pause_reading()  # type: ignore[attr-defined]  # as above
        await until(lambda: 6 == len(site.asked))
        for _ in range(3):  # while these are answered, so are the slow ones
            assert 200 == await _scrape(served)
        cut = 0
        for streams in slow:
            streams[1].transport.resume_reading()  # type: ignore[attr-defined]  # as above
            cut += len(site.body) > len(await _rest_of(streams, len(site.body)))
        assert cut >= 3
        await _leave(*slow)


async def _rest_of(streams: Streams, size: int) -> bytes:
    """Return what comes until the end or until a whole body has."""
    parts = 0
    with suppress(ConnectionError):
        while parts < size and (part := await streams[0].read(65_536)):
            parts += len(part)
    return b"x" * parts


@in_loop
async def test_a_scrape_works_while_five_hundred_slow_connections_are_open() -> None:
    async with serving(FakeSite(), limits=PATIENT._replace(connections=64)) as served:
        slow = [await _open(served, b"GET /metrics HT") for _ in range(500)]
        assert 200 == await _scrape(served)
        # The newest stay, until somebody needs the place.
        slow[-1][1].write(b"TP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in await _rest(slow[-1])
        assert b"" == await _rest(slow[0])
        await _leave(*slow)
        assert 200 == await _scrape(served)


@in_loop
async def test_while_everybody_is_answered_one_more_is_closed_at_once() -> None:
    go_on = asyncio.Event()
    loop = asyncio.get_running_loop()
    site = FakeSite(before=lambda: asyncio.run_coroutine_threadsafe(_wait(go_on), loop).result(10))
    async with serving(site, limits=PATIENT) as served:
        busy = [await _open(served, GET) for _ in range(PATIENT.connections)]
        await until(lambda: 2 == len(site.asked))
        late = await _open(served, GET)
        assert b"" == await _rest(late)
        go_on.set()
        for streams in busy:
            assert b"200 OK" in await streams[0].readline()
        await _leave(late, *busy)
        assert 200 == await _scrape(served)


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
@in_loop
async def test_what_is_malformed_or_too_big_gets_an_error_and_the_end(text: bytes) -> None:
    site = FakeSite()
    async with serving(site, limits=PATIENT) as served:
        streams = await _open(served, text)
        answer = await _rest(streams)
        assert answer[9:12] in {b"400", b"404", b"431", b""}
        await _leave(streams)
        assert 200 == await _scrape(served)
    assert 1 == len(site.asked)


@in_loop
async def test_a_broken_body_behind_an_answer_ends_the_connection_quietly() -> None:
    noticed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noticed.append(context))
    async with serving(FakeSite(), limits=PATIENT) as served:
        head = b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        streams = await _open(served, head + b"nonsense\r\n\r\n")
        await _rest(streams)
        await _leave(streams)
        pipelined = await _open(served, GET + b"nonsense\r\n\r\n")
        assert b"200 OK" in await _rest(pipelined)
        await _leave(pipelined)
    assert [] == noticed


@in_loop
async def test_a_body_is_not_read_and_ends_the_connection() -> None:
    async with serving(FakeSite(), limits=PATIENT) as served:
        head = b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"
        streams = await _open(served, head + b"x" * 1_000)
        answer = await _rest(streams)
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert b"connection: close" in answer.lower()
        await _leave(streams)


@in_loop
async def test_pipelined_requests_are_answered_in_order() -> None:
    async with serving(FakeSite(), limits=PATIENT) as served:
        last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        streams = await _open(served, GET * 20 + last)
        assert 21 == (await _rest(streams)).count(b"200 OK")
        await _leave(streams)


@in_loop
async def test_a_broken_body_beside_an_answer_ends_the_connection_quietly() -> None:
    noticed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noticed.append(context))
    site = FakeSite(body=b"x" * 20_000_000)
    async with serving(site, limits=PATIENT) as served:
        chunked = GET.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        streams = await _open(served, chunked, buffer=4_096)
        assert b"HTTP/1.1 200 OK\r\n" == await streams[0].readline()
        streams[1].write(b"nonsense\r\n\r\n")
        assert len(site.body) > len(await _rest(streams))
        await _leave(streams)
    assert [] == noticed


@in_loop
async def test_a_client_that_reads_slowly_gets_everything_within_its_time() -> None:
    site = FakeSite(body=b"x" * 6_000_000)
    patient = QUICK._replace(answer=20, stalled=1.5)  # more than a busy machine takes off
    async with serving(site, limits=patient) as served:
        slow = await _open(served, GET, buffer=65_536, limit=100_000)
        loop = asyncio.get_running_loop()
        started, got = loop.time(), 0
        while got < len(site.body) and (part := await slow[0].read(100_000)):
            got += len(part)
            if loop.time() - started < 3 * patient.stalled:
                await asyncio.sleep(patient.stalled / 20)
        assert got >= len(site.body)
        assert loop.time() - started > 2 * patient.stalled
        await _leave(slow)


@in_loop
async def test_a_client_that_reads_too_slowly_is_cut_all_the_same() -> None:
    site = FakeSite(body=b"x" * 60_000_000)
    async with serving(site, limits=QUICK._replace(answer=0.5, stalled=5)) as served:
        slow = await _open(served, GET, buffer=4_096)
        got = 0
        with suppress(ConnectionError):
            while part := await slow[0].read(65_536):
                got += len(part)
                await asyncio.sleep(QUICK.check / 10)
        assert 0 < got < len(site.body)
        await _leave(slow)
