"""Clients that are opened for the first request: to load httpx takes longer than most checks."""

import os
from contextlib import AsyncExitStack, ExitStack
from functools import lru_cache
from time import sleep
from typing import TYPE_CHECKING, Self

from tokcheck.providers.base import Provider, Request, Response
from tokcheck.transport.endpoints import Endpoints

if TYPE_CHECKING:
    from ssl import SSLContext
    from types import TracebackType

    from tokcheck.transport import AsyncNet, Net


class LazyNet:
    """Sends requests one at a time; a context manager. It is opened for the first request."""

    def __init__(self, endpoints: Endpoints, timeout: float) -> None:
        self._endpoints = endpoints
        self._timeout = timeout
        self._stack = ExitStack()
        self._net: Net | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        self._stack.close()

    def send(self, provider: Provider, request: Request) -> Response:
        """Send one request and return its response.

        :raises NetError: if there is no response within the deadline.
        """
        if self._net is None:
            from tokcheck.transport.client import Net  # noqa: PLC0415 - see above

            net = Net(self._endpoints, timeout=self._timeout, pause=sleep, verify=_certificates())
            self._net = self._stack.enter_context(net)
        return self._net.send(provider, request)


class LazyAsyncNet:
    """Sends requests; an asynchronous context manager. It is opened for the first request."""

    def __init__(self, endpoints: Endpoints, timeout: float) -> None:
        self._endpoints = endpoints
        self._timeout = timeout
        self._stack = AsyncExitStack()
        self._net: AsyncNet | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        await self._stack.aclose()

    async def send(self, provider: Provider, request: Request) -> Response:
        """Send one request and return its response.

        :raises NetError: if there is no response within the deadline.
        """
        if self._net is None:
            import asyncio  # noqa: PLC0415 - see above

            from tokcheck.transport.async_client import AsyncNet  # noqa: PLC0415 - see above

            net = AsyncNet(
                self._endpoints,
                timeout=self._timeout,
                pause=asyncio.sleep,
                verify=_certificates(),
            )
            self._net = await self._stack.enter_async_context(net)
        return await self._net.send(provider, request)


def _certificates() -> "SSLContext":
    """Return the certificates to trust, which take as long to load as a request."""
    return _load_trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=4)
def _load_trusted(_file: str | None, _folder: str | None) -> "SSLContext":
    from tokcheck.transport.request import load_certificates  # noqa: PLC0415 - see above

    return load_certificates()
