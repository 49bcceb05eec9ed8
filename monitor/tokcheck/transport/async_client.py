"""Many calls at once, for whatever runs on an event loop."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from types import TracebackType
from typing import Self

import httpx

from tokcheck.core.errors import NetError
from tokcheck.providers.base import Provider, Request, Response
from tokcheck.transport import errors
from tokcheck.transport import request as outgoing
from tokcheck.transport.async_backend import CURRENT, Backend, Ending
from tokcheck.transport.endpoints import Endpoints
from tokcheck.transport.request import Call
from tokcheck.transport.resolver import Lookup, Names
from tokcheck.transport.response import Body, answered


class _Pool:
    """A client with few connections, and how many calls it has at present."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.calls = 0


class AsyncNet:
    """Sends requests to their providers; a context manager that owns its connections.

    ``timeout`` is the deadline of one call in seconds, its one retry included. A call is sent
    again only if the first certainly did not reach the server. At most ``connections`` are open
    at a time; a call beyond that waits for one, and its time runs. A call that is cancelled
    closes its connection. ``lookup`` resolves names, as the system does.

    Leaving the context ends the calls that are still under way, at once.

    :raises UsageError: if the environment's proxies or certificates cannot be used.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        *,
        timeout: float,
        pause: Callable[[float], Awaitable[None]],
        connections: int = outgoing.AT_ONCE,
        verify: ssl.SSLContext | bool = True,
        lookup: Lookup = socket.getaddrinfo,
    ) -> None:
        self.connections = connections
        self._endpoints = endpoints
        self._timeout = timeout
        self._pause = pause
        self._turns = asyncio.Semaphore(connections)
        self._calls: dict[asyncio.Task[Response], Ending] = {}
        self._closing = False
        backend = Backend(Names(lookup))
        with outgoing.from_environment():
            settings = outgoing.settings(verify)
            self._pools = [
                _Pool(_client(size, timeout, settings, backend)) for size in sizes(connections)
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
        for ending in self._calls.values():
            ending.end()
        try:
            if self._calls:
                await asyncio.wait(self._calls)
        finally:
            for pool in self._pools:
                await pool.client.aclose()

    async def send(self, provider: Provider, request: Request) -> Response:
        """Send one request and return its answer.

        :raises NetError: if there was no answer within the deadline.
        """
        call = outgoing.call(self._endpoints, provider, request)
        if self._closing:
            raise errors.given_up(call.host, reached=False)
        ending = Ending()
        task = asyncio.create_task(self._within_deadline(call, ending))
        self._calls[task] = ending
        task.add_done_callback(self._done)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            ending.end()
            await asyncio.wait([task])
            raise

    def _done(self, task: asyncio.Task[Response]) -> None:
        del self._calls[task]
        if not task.cancelled():
            task.exception()  # or asyncio complains where nobody waits for it any more

    async def _within_deadline(self, call: Call, ending: Ending) -> Response:
        CURRENT.set(ending)
        deadline = asyncio.get_running_loop().call_later(self._timeout, ending.end)
        try:
            return await self._in_turn(call, ending)
        except NetError as error:
            if self._closing and ending.ended:
                raise errors.given_up(call.host, reached=error.reached) from None
            raise
        finally:
            deadline.cancel()

    async def _in_turn(self, call: Call, ending: Ending) -> Response:
        try:
            async with ending.bounding(self._timeout * outgoing.CONNECT_SHARE):
                await self._turns.acquire()
        except TimeoutError:
            raise errors.no_connection(call.host) from None
        pool = min(self._pools, key=lambda pool: pool.calls)
        pool.calls += 1
        try:
            return await self._with_retry(pool.client, call, ending)
        finally:
            pool.calls -= 1
            self._turns.release()

    async def _with_retry(self, client: httpx.AsyncClient, call: Call, ending: Ending) -> Response:
        try:
            return await self._once(client, call)
        except NetError as error:
            if not errors.worth_a_retry(error):
                raise
        try:
            async with ending.bounding():
                await self._pause(errors.RETRY_PAUSE_SECONDS)
        except TimeoutError:
            raise errors.timed_out(call.host, self._timeout) from None
        return await self._once(client, call)

    async def _once(self, client: httpx.AsyncClient, call: Call) -> Response:
        body = Body()
        with errors.explained(call.host, self._timeout):
            async with aclosing(await client.send(call.request, stream=True)) as answer:
                with body.arriving():
                    async for chunk in answer.aiter_raw():
                        if not body.take(chunk):
                            break
        return answered(answer, body)


def sizes(connections: int) -> list[int]:
    """Share connections out evenly over as few pools as can be, none of them large."""
    pools = -(-connections // outgoing.AT_ONCE)
    return [connections // pools + (number < connections % pools) for number in range(pools)]


def _client(
    size: int, timeout: float, settings: outgoing.Settings, backend: Backend
) -> httpx.AsyncClient:
    bound = timeout * outgoing.CONNECT_SHARE
    client = httpx.AsyncClient(
        timeout=httpx.Timeout(None, connect=bound, pool=bound),
        limits=httpx.Limits(max_connections=size, max_keepalive_connections=size),
        **settings,
    )
    # httpx has no way to pass a backend on; httpcore, which it stands on, has.
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001 - see above
        if isinstance(transport, httpx.AsyncHTTPTransport):
            pool = transport._pool  # noqa: SLF001 - see above
            assert pool._network_backend is not None  # noqa: S101, SLF001 - or it was renamed
            pool._network_backend = backend  # noqa: SLF001 - see above
    return client
