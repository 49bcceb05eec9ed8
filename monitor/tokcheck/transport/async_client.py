"""The client for many requests at once, on an event loop."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from types import TracebackType
from typing import Self

import httpx

from tokcheck.core.errors import NetError
from tokcheck.core.flow import await_result
from tokcheck.providers.base import Provider, Request, Response
from tokcheck.transport import errors
from tokcheck.transport.async_backend import CURRENT_CANCELLATION, Cancellation, NetworkBackend
from tokcheck.transport.endpoints import Endpoints
from tokcheck.transport.request import (
    CONNECT_SHARE,
    CONNECTIONS_PER_POOL,
    ClientSettings,
    OutgoingRequest,
    build_request,
    client_settings,
    environment_errors,
)
from tokcheck.transport.resolver import Lookup, Resolver
from tokcheck.transport.response import (
    DEFAULT_RECEPTION,
    Body,
    Reception,
    Stopwatch,
    build_response,
    keep_location_async,
)


class _Pool:
    """An httpx client with few connections, and the number of its current requests."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.requests = 0


class AsyncNet:
    """Sends requests to providers; a context manager that owns its connections.

    ``timeout`` is the deadline of one request in seconds, its one retry included. A request is
    sent again only if the first certainly did not reach the server; ``pause`` waits before a
    retry. At most ``connections`` are open at a time; further requests wait for one, which counts
    towards their deadline. A request that is cancelled closes its connection. ``lookup`` resolves
    names, in the way of ``socket.getaddrinfo``.

    Leaving the context cancels all current requests at once.

    :raises UsageError: if the environment's proxies or certificates cannot be used.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        *,
        timeout: float,
        pause: Callable[[float], Awaitable[None]],
        connections: int = CONNECTIONS_PER_POOL,
        verify: ssl.SSLContext | bool = True,
        lookup: Lookup = socket.getaddrinfo,
        reception: Reception = DEFAULT_RECEPTION,
    ) -> None:
        self._reception = reception
        self.connections = connections
        self._endpoints = endpoints
        self._timeout = timeout
        self._pause = pause
        self._connection_slots = asyncio.Semaphore(connections)
        self._requests: dict[asyncio.Task[Response], Cancellation] = {}
        self._closing = False
        backend = NetworkBackend(Resolver(lookup))
        with environment_errors():
            settings = client_settings(verify)
            self._pools = [
                _Pool(_build_client(size, timeout, settings, backend))
                for size in pool_sizes(connections)
            ]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing = True
        for cancellation in self._requests.values():
            cancellation.cancel()
        try:
            if self._requests:
                await asyncio.wait(self._requests)
        finally:
            for pool in self._pools:
                await pool.client.aclose()

    async def send(self, provider: Provider, request: Request) -> Response:
        """Send one request and return its response.

        :raises NetError: if there is no response within the deadline.
        """
        outgoing = build_request(self._endpoints, provider, request)
        if self._closing:
            raise errors.cancellation_error(outgoing.host, reached=False)
        cancellation = Cancellation()
        task = asyncio.create_task(self._send_within_deadline(outgoing, cancellation))
        self._requests[task] = cancellation
        task.add_done_callback(self._on_done)
        try:
            response = await await_result(task)
        except asyncio.CancelledError:
            cancellation.cancel()
            await asyncio.wait([task])
            raise
        self._reception.observe(response)
        return response

    def _on_done(self, task: asyncio.Task[Response]) -> None:
        del self._requests[task]
        if not task.cancelled():
            task.exception()  # or asyncio logs an exception that was never retrieved

    async def _send_within_deadline(
        self, outgoing: OutgoingRequest, cancellation: Cancellation
    ) -> Response:
        CURRENT_CANCELLATION.set(cancellation)
        deadline = asyncio.get_running_loop().call_later(self._timeout, cancellation.cancel)
        try:
            return await self._send_with_slot(outgoing, cancellation)
        except NetError as error:
            if self._closing and cancellation.is_cancelled:
                raise errors.cancellation_error(outgoing.host, reached=error.reached) from None
            raise
        finally:
            deadline.cancel()

    async def _send_with_slot(
        self, outgoing: OutgoingRequest, cancellation: Cancellation
    ) -> Response:
        try:
            async with cancellation.interruptible(self._timeout * CONNECT_SHARE):
                await self._connection_slots.acquire()
        except TimeoutError:
            raise errors.connect_timeout_error(outgoing.host) from None
        pool = min(self._pools, key=lambda pool: pool.requests)
        pool.requests += 1
        try:
            return await self._send_with_retry(pool.client, outgoing, cancellation)
        finally:
            pool.requests -= 1
            self._connection_slots.release()

    async def _send_with_retry(
        self, client: httpx.AsyncClient, outgoing: OutgoingRequest, cancellation: Cancellation
    ) -> Response:
        try:
            return await self._send_once(client, outgoing)
        except NetError as error:
            if not errors.is_retryable(error):
                raise
        try:
            async with cancellation.interruptible():
                await self._pause(errors.RETRY_PAUSE_SECONDS)
        except TimeoutError:
            raise errors.timeout_error(outgoing.host, self._timeout) from None
        return await self._send_once(client, outgoing)

    async def _send_once(self, client: httpx.AsyncClient, outgoing: OutgoingRequest) -> Response:
        body, stopwatch = Body(), Stopwatch(self._reception.now)
        with errors.convert_errors(outgoing.host, self._timeout):
            async with aclosing(
                await client.send(outgoing.http_request, stream=True)
            ) as http_response:
                arrival = stopwatch.arrival()
                with body.receiving():
                    async for chunk in http_response.aiter_raw():
                        if not body.append(chunk):
                            break
        return build_response(http_response, body, arrival)


def pool_sizes(connections: int) -> list[int]:
    """Return the sizes of as few pools as possible, none above ``CONNECTIONS_PER_POOL``."""
    pools = -(-connections // CONNECTIONS_PER_POOL)
    return [connections // pools + (number < connections % pools) for number in range(pools)]


def _build_client(
    size: int, timeout: float, settings: ClientSettings, backend: NetworkBackend
) -> httpx.AsyncClient:
    connect_timeout = timeout * CONNECT_SHARE
    client = httpx.AsyncClient(
        timeout=httpx.Timeout(None, connect=connect_timeout, pool=connect_timeout),
        limits=httpx.Limits(max_connections=size, max_keepalive_connections=size),
        event_hooks={"response": [keep_location_async]},
        **settings,
    )
    # httpx has no option for httpcore's network backend: https://github.com/encode/httpx/pull/3749
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001 - see above
        if isinstance(transport, httpx.AsyncHTTPTransport):
            pool = transport._pool  # noqa: SLF001 - see above
            assert pool._network_backend is not None  # noqa: S101, SLF001 - or it was renamed
            pool._network_backend = backend  # noqa: SLF001 - see above
    return client
