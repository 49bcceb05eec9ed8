"""The network backend of :class:`AsyncNet`: connections on asyncio alone, and cancellation.

httpcore, which httpx is built on, accepts other network backends:
https://www.encode.io/httpcore/network-backends/ . This one replaces httpcore's own for three
reasons:

- httpcore resolves names in the thread pool that the whole program shares.
- It leaves a socket open if a TLS handshake is cancelled.
- Its layer over two kinds of event loop takes a third of the time of a request:
  https://github.com/encode/httpcore/pull/930

A request is never cancelled as a task. httpcore loses a connection for good if a task is
cancelled between two of its own steps: the connection stays in the pool, counted as in use, until
every request fails with ``PoolTimeout``: https://github.com/encode/httpcore/issues/1093 and
https://github.com/encode/httpcore/issues/830 . Instead, :class:`Cancellation` makes the network
operation that the request waits for fail with a timeout, which httpcore handles.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
from aiohappyeyeballs import start_connection

from tokcheck.transport.resolver import Resolver


class Cancellation:
    """Cancels one request, at any time; may be called more than once."""

    def __init__(self) -> None:
        self.is_cancelled = False
        self._interrupt: Callable[[], None] | None = None

    def cancel(self) -> None:
        """Interrupt the operation that the request waits for, and every later one."""
        self.is_cancelled = True
        if self._interrupt is not None:
            self._interrupt()

    @asynccontextmanager
    async def interruptible(self, seconds: float | None = None) -> AsyncIterator[None]:
        """Let the block wait at most ``seconds``, and at most until the request is cancelled.

        :raises TimeoutError: if the block waits longer.
        """
        async with asyncio.timeout(0 if self.is_cancelled else seconds) as limit:

            def interrupt() -> None:
                if not limit.expired():
                    limit.reschedule(0)

            self._interrupt = interrupt
            try:
                yield
            finally:
                self._interrupt = None


CURRENT_CANCELLATION: ContextVar[Cancellation] = ContextVar("tokcheck-request")
"""The cancellation of the request that the current task sends."""


_NEXT_ADDRESS_SECONDS = 0.25  # as RFC 8305 recommends
_READ_BUFFER_LIMIT = 65_536


class NetworkBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to the addresses of a name, by Happy Eyeballs (RFC 8305)."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,  # noqa: ARG002 - httpcore's signature; unused
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - httpcore's signature; unused
    ) -> httpcore.AsyncNetworkStream:
        """Open a connection within ``timeout`` seconds, name resolution included."""
        loop = asyncio.get_running_loop()
        with _httpcore_errors():
            async with CURRENT_CANCELLATION.get().interruptible(timeout):
                addresses = await self._resolver.resolve(host, port)
                connected_socket = await start_connection(
                    addresses, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS
                )
                _, stream = await loop.create_connection(_Stream, sock=connected_socket)
        return stream


class _Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection. Reads have no timeout of their own, because the whole request has one."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._data = bytearray()
        self._eof = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a TCP transport
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        if len(self._data) > _READ_BUFFER_LIMIT:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._eof = True
        self._wake()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._eof = True
        self._error = error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - httpcore's signature
        """Return at most ``max_bytes`` of what has arrived; empty at the end of the stream."""
        cancellation = CURRENT_CANCELLATION.get()
        while not self._data or cancellation.is_cancelled:
            if self._error is not None:
                raise httpcore.ReadError from self._error
            if self._eof:
                return b""
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                async with cancellation.interruptible():
                    await self._waiter
            except TimeoutError as error:
                raise httpcore.ReadTimeout from error
        chunk = bytes(self._data[:max_bytes])
        del self._data[:max_bytes]
        if not self._eof:
            self._transport.resume_reading()
        return chunk

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - httpcore's signature
        """Send ``buffer``; asyncio keeps what the socket does not accept yet."""
        if self._transport.is_closing():
            raise httpcore.WriteError
        self._transport.write(buffer)

    async def aclose(self) -> None:
        """Close at once, without sending or receiving what is pending."""
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """Encrypt the connection within ``timeout`` seconds, or close it."""
        plain = self._transport
        try:
            with _httpcore_errors():
                async with CURRENT_CANCELLATION.get().interruptible(timeout):
                    transport = await _start_tls(plain, self, ssl_context, server_hostname)
        except BaseException:
            plain.abort()
            raise
        self._transport = transport
        return self

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        """Return one of the details that httpcore reads."""
        if info == "is_readable":  # a readable idle connection is closed or out of sync
            return bool(self._data) or self._eof or self._transport.is_closing()
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._transport.get_extra_info(names.get(info, info))


async def _start_tls(
    plain: asyncio.Transport,
    stream: asyncio.Protocol,
    ssl_context: ssl.SSLContext,
    server_hostname: str | None,
) -> asyncio.Transport:
    loop = asyncio.get_running_loop()
    try:
        transport = await loop.start_tls(
            plain, stream, ssl_context, server_hostname=server_hostname
        )
    except ConnectionResetError as error:
        if error.errno is None:  # how asyncio reports a handshake that the peer ended
            raise ssl.SSLEOFError from error
        raise
    if transport is None:  # pragma: no cover - the connection was lost just now
        raise ConnectionResetError
    return transport


@contextmanager
def _httpcore_errors() -> Iterator[None]:
    """Turn timeouts and system errors of the block into httpcore's exceptions."""
    try:
        yield
    except TimeoutError as error:
        raise httpcore.ConnectTimeout from error
    except OSError as error:  # includes errors of TLS and of name resolution
        raise httpcore.ConnectError from error
