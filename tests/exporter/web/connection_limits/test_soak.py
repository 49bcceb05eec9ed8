"""Bursts and malformed requests leave nothing behind; benchmarks.exporter.soak is the long form."""

import asyncio
import gc
import socket
import struct
import sys
from random import Random

import pytest

from tests.support.exporter.fake_backend import (
    FakeBackend,
    RunningServer,
    run_in_loop,
    serving,
    wait_until,
)
from tests.support.exporter.soak import burst, measure, send_malformed
from tokcheck.exporter.web import Limits
from tokcheck.exporter.web.connection import Connection

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="handles are counted in /proc")
_LIMITS = Limits(connections=16, check=0.05)


def _handles() -> int:
    return measure().handles


@needs_proc
@run_in_loop
async def test_connections_that_are_evicted_before_they_start_are_closed() -> None:
    async with serving(FakeBackend(), limits=_LIMITS) as server:
        before = _handles()
        for _ in range(3):
            burst(server.port, 120)
            await asyncio.sleep(0)
        await wait_until(lambda: _handles() <= before)


@run_in_loop
async def test_a_client_that_is_evicted_gets_a_reset() -> None:
    async with serving(FakeBackend(), limits=_LIMITS._replace(connections=1)) as server:
        first = await asyncio.open_connection("127.0.0.1", server.port)
        first[1].write(b"GET /met")
        await wait_until(lambda: _is_connected(server))
        second = await asyncio.open_connection("127.0.0.1", server.port)
        with pytest.raises(ConnectionResetError):
            await first[0].read()
        second[1].close()
        first[1].close()


def _is_connected(server: RunningServer) -> bool:
    """Return whether the server has taken what was sent; a new connection has a later turn."""
    with socket.create_connection(("127.0.0.1", server.port)):
        return True


@needs_proc
@run_in_loop
async def test_malformed_requests_leave_no_handle_and_no_line_in_the_log() -> None:
    noticed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noticed.append(context))
    async with serving(FakeBackend(), limits=Limits(check=0.05)) as server:
        before = _handles()
        assert 150 < await send_malformed(server.port, Random(7), 400)
        await wait_until(lambda: _handles() <= before)
        assert [f"Listening on {server.url}"] == server.lines
    assert [] == noticed


@run_in_loop
async def test_the_memory_of_a_request_is_freed_without_the_garbage_collector() -> None:
    async with serving(FakeBackend(), limits=Limits(check=0.05)) as server:
        await send_malformed(server.port, Random(7), 1)  # loads what is loaded once
        gc.collect()
        gc.disable()
        try:
            await send_malformed(server.port, Random(8), 400)
            await _reset_while_idle(server)
            await wait_until(lambda: _connections() <= 1)
        finally:
            gc.enable()


async def _reset_while_idle(server: RunningServer) -> None:
    """Send requests, each on a connection that is reset when it is answered."""
    for _ in range(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.read(1)
        client = writer.get_extra_info("socket")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


def _connections() -> int:
    """Return how many connections are in memory, those that have ended included."""
    return sum(type(one) is Connection for one in gc.get_objects())
