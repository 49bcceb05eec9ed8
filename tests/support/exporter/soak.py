"""Bursts of connections and malformed requests, and what a process keeps of them."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

_AT_ONCE = 50
_PATIENCE = 2.0  # seconds for an answer
_HEAD = b" HTTP/1.1\r\nHost: localhost\r\n"
_CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
_MALFORMED = (
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64) + b"\r\n\r\n",),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", bytes(9)),
    (b"GET /metrics HTTP/9.9\r\n\r\n",),
    (b"GET /metrics\r\n\r\n",),
    (b"GET /metrics" + _HEAD + b"Host: b\r\n\r\n",),
    (b"GET /metrics" + _HEAD + b"Content-Length: -1\r\n\r\n",),
    (b"GET /metrics" + _HEAD + _CHUNKED + b"zzz\r\n",),
    (b"POST /-/reload" + _HEAD + _CHUNKED, b"zzz\r\n"),
    (b"GET /-/healthy" + _HEAD + b"\r\nnonsense\r\n\r\n",),
    (b"GET http://localhost" + _HEAD + b"X : a\r\n\r\n",),
    (b"GET /" + b"a" * 20_000 + _HEAD + b"\r\n",),
    (b"GET /" + b"a" * 100_000 + _HEAD + b"\r\n",),
    (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",),
    (b"GET /metrics" + _HEAD + b"X-A: b\r\n" * 4_000 + b"\r\n",),
    (b"GET /metr",),
)


class Footprint(NamedTuple):
    """The open files and the memory of a process."""

    handles: int
    kibibytes: int


def measure(pid: int | str = "self") -> Footprint:
    """Return the open handles and the resident memory of a process; Linux only."""
    process = Path(f"/proc/{pid}")
    status = (process / "status").read_text().split("VmRSS:")[1].split()[0]
    return Footprint(len(list((process / "fd").iterdir())), int(status))


def burst(port: int, count: int) -> None:
    """Open connections faster than the server accepts them, and close them all."""
    clients = [socket.socket() for _ in range(count)]
    try:
        for client in clients:
            client.setblocking(False)  # noqa: FBT003 - the socket's own interface
            client.connect_ex(("127.0.0.1", port))
    finally:
        for client in clients:
            client.close()


def malformed_requests(random: Random, count: int) -> Iterator[tuple[bytes, ...]]:
    """Yield requests as the pieces in which they are sent; some are changed at random places."""
    for _ in range(count):
        pieces = list(random.choice(_MALFORMED))
        if random.random() < 0.5:
            text = bytearray(pieces[0])
            for _ in range(random.randint(1, 4)):
                text[random.randrange(len(text))] = random.randrange(256)
            pieces[0] = bytes(text)
        yield tuple(pieces)


async def send_malformed(port: int, random: Random, count: int) -> int:
    """Send malformed requests, each on a connection of its own; return how many were answered."""
    turns, answered = asyncio.Semaphore(_AT_ONCE), 0

    async def send(pieces: tuple[bytes, ...]) -> None:
        nonlocal answered
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with suppress(ConnectionError, TimeoutError):
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                is_complete = any(b"\r\n\r\n" in piece for piece in pieces)
                async with asyncio.timeout(_PATIENCE if is_complete else 0):
                    start = await reader.read(12)
                answered += start.startswith(b"HTTP/1.1")
            writer.close()
            with suppress(ConnectionError, TimeoutError):
                await writer.wait_closed()
        finally:
            turns.release()

    async with asyncio.TaskGroup() as group:
        for pieces in malformed_requests(random, count):
            await turns.acquire()
            group.create_task(send(pieces))
    return answered
