"""A server in the test's own event loop, and a count of what a loop leaves open."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tests.support.transport.client_calls import NO_CERTIFICATES, endpoints_at
from tokcheck.transport import AsyncNet

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"


class AsyncServer(NamedTuple):
    """A server's address, its open connections, and all connections it ever had."""

    url: str
    port: int
    open: set[asyncio.StreamWriter]
    ever: list[asyncio.StreamWriter]


Talk = Callable[[AsyncServer, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def run_async_server(
    talk: Talk, tls: ssl.SSLContext | None = None
) -> AsyncIterator[AsyncServer]:
    """Run ``talk`` for every connection while the block runs; then cancel all of them."""
    tasks: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place.open.add(writer)
        place.ever.append(writer)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await talk(place, reader, writer)
        finally:
            place.open.discard(writer)
            writer.transport.abort()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(one(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0, backlog=1000, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    place = AsyncServer(f"http://127.0.0.1:{port}", port, set(), [])
    try:
        yield place
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


async def respond_to_all(
    _: AsyncServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Respond to every request."""
    while True:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(RESPONSE)


async def never_respond(
    _: AsyncServer, reader: asyncio.StreamReader, __: asyncio.StreamWriter
) -> None:
    """Read and never respond, until the peer closes the connection."""
    await reader.read(-1)


class ResourceCounts(NamedTuple):
    """The number of tasks, threads and open files."""

    tasks: int
    threads: int
    files: int


def _files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


async def count_resources() -> ResourceCounts:
    """Count what is open, after everything that has ended is cleaned up."""
    for _ in range(5):  # a connection is closed some rounds of the loop after its end
        await asyncio.sleep(0)
    return ResourceCounts(len(asyncio.all_tasks()), threading.active_count(), _files())


async def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until ``condition`` is true, for at most 5 seconds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0)


async def no_pause(_: float) -> None:
    pass


def net_to(url: str, *, timeout: float = 5.0, connections: int = 4) -> AsyncNet:
    return AsyncNet(
        endpoints_at(url),
        timeout=timeout,
        pause=no_pause,
        connections=connections,
        verify=NO_CERTIFICATES,
    )
