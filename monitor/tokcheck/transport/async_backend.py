"""The network below httpx for many calls at once, on asyncio alone.

httpx would leave names to the executor that the whole program shares, and would leave a socket
open when a handshake is cancelled; and its own network, made for two kinds of event loop, costs
a third of a call. httpcore, on which httpx stands, takes another one for that reason:
https://www.encode.io/httpcore/network-backends/

Ending a call from outside: where it waits for the network, and nowhere else.

httpcore loses a connection for good when it is cancelled between two steps of its own, be it by
asyncio or by anyio: one that is open, used by nobody, and counted as in use. So a call is never
cancelled. What it waits for fails, as a network does, and httpcore is made for that.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
from aiohappyeyeballs import start_connection

from tokcheck.transport.resolver import Names


class Ending:
    """Ends one call, at any time and as often as one likes."""

    def __init__(self) -> None:
        self.ended = False
        self._interrupt: Callable[[], None] | None = None

    def end(self) -> None:
        """End what the call waits for, now and from now on."""
        self.ended = True
        if self._interrupt is not None:
            self._interrupt()

    @asynccontextmanager
    async def bounding(self, seconds: float | None = None) -> AsyncIterator[None]:
        """Let the block wait until the call is ended, or for so many seconds.

        :raises TimeoutError: if it waited longer.
        """
        async with asyncio.timeout(0 if self.ended else seconds) as bound:

            def interrupt() -> None:
                if not bound.expired():
                    bound.reschedule(0)

            self._interrupt = interrupt
            try:
                yield
            finally:
                self._interrupt = None


CURRENT: ContextVar[Ending] = ContextVar("tokcheck-call")
"""The ending of the call that a task makes."""


_NEXT_ADDRESS_SECONDS = 0.25  # as RFC 8305 recommends
_ENOUGH = 65_536


class Backend(httpcore.AsyncNetworkBackend):
    """Opens connections: the name looked up by ``names``, its addresses tried side by side."""

    def __init__(self, names: Names) -> None:
        self._names = names

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore has it
        local_address: str | None = None,  # noqa: ARG002 - the same, and never asked for here
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - the same
    ) -> httpcore.AsyncNetworkStream:
        """Open a connection within ``timeout`` seconds, the name's resolution included."""
        loop = asyncio.get_running_loop()
        with _as_httpcore_has_it():
            async with CURRENT.get().bounding(timeout):
                addresses = await self._names.resolve(host, port)
                opened = await start_connection(
                    addresses, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS
                )
                _, stream = await loop.create_connection(_Stream, sock=opened)
        return stream


class _Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection. Reads have no time limits of their own: the whole call has one."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._data = bytearray()
        self._ended = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a stream is given
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        if len(self._data) > _ENOUGH:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._ended = True
        self._wake()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._ended = True
        self._error = error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - as httpcore has it
        """Return what has come, at most so many bytes; nothing at the end."""
        ending = CURRENT.get()
        while not self._data or ending.ended:
            if self._error is not None:
                raise httpcore.ReadError from self._error
            if self._ended:
                return b""
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                async with ending.bounding():
                    await self._waiter
            except TimeoutError as error:
                raise httpcore.ReadTimeout from error
        taken = bytes(self._data[:max_bytes])
        del self._data[:max_bytes]
        if not self._ended:
            self._transport.resume_reading()
        return taken

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - as httpcore has it
        """Send; whatever the system does not take at once is kept, and a request is small."""
        if self._transport.is_closing():
            raise httpcore.WriteError
        self._transport.write(buffer)

    async def aclose(self) -> None:
        """Close at once: whoever closes wants neither to send nor to hear any more."""
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore has it
    ) -> httpcore.AsyncNetworkStream:
        """Encrypt the connection within ``timeout`` seconds, or close it."""
        plain = self._transport
        try:
            with _as_httpcore_has_it():
                async with CURRENT.get().bounding(timeout):
                    transport = await _encrypted(plain, self, ssl_context, server_hostname)
        except BaseException:
            plain.abort()
            raise
        self._transport = transport
        return self

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore has it
        """Return what httpcore asks for."""
        if info == "is_readable":  # an idle connection that is has ended, or is out of step
            return bool(self._data) or self._ended or self._transport.is_closing()
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._transport.get_extra_info(names.get(info, info))


async def _encrypted(
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
        if error.errno is None:  # asyncio's word for a handshake that the other side ended
            raise ssl.SSLEOFError from error
        raise
    if transport is None:  # pragma: no cover - a connection lost in the very moment
        raise ConnectionResetError
    return transport


@contextmanager
def _as_httpcore_has_it() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise httpcore.ConnectTimeout from error
    except OSError as error:  # those of TLS and of names are among them
        raise httpcore.ConnectError from error
