"""The clients of the package: opened for the first request, since few calls need one."""

from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import format_duration
from tokcheck.providers.base import Provider, Request, Response
from tokcheck.transport.endpoints import Endpoints, resolve_endpoints

if TYPE_CHECKING:
    from ssl import SSLContext
    from types import TracebackType

    from tokcheck.transport import AsyncNet, Net

_SHORTEST, _LONGEST = 0.001, 3600.0


def read_endpoints(
    providers: Mapping[str, Provider], environment: Mapping[str, str], api_url: str | None
) -> Endpoints:
    """Return the addresses of the providers.

    :raises UsageError: if one is not ``https://``, or ``http://`` on loopback.
    """
    return resolve_endpoints(providers, environment, api_url, option="api_url")


def check_timeout(seconds: object) -> float:
    """Return the deadline of a request.

    :raises UsageError: if it is out of range.
    """
    if isinstance(seconds, int | float) and _SHORTEST <= seconds <= _LONGEST:
        return seconds
    raise UsageError(
        "timeout is out of range.",
        f"Pass seconds from {_SHORTEST:g} to {_LONGEST:g} ({format_duration(_LONGEST)}).",
    )


def seconds_of_min_ttl(min_ttl: float | timedelta) -> float:
    """Return a time to live in seconds.

    :raises UsageError: if it is negative, or no number.
    """
    seconds = min_ttl.total_seconds() if isinstance(min_ttl, timedelta) else min_ttl
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise UsageError("min_ttl is not a number.", "Pass seconds, or a timedelta.")
    if not seconds >= 0:  # or NaN
        raise UsageError("min_ttl is negative.", "Pass seconds from 0.")
    return seconds


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
            from time import sleep

            from tokcheck.transport.client import Net

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
            from asyncio import sleep

            from tokcheck.transport.async_client import AsyncNet

            net = AsyncNet(
                self._endpoints, timeout=self._timeout, pause=sleep, verify=_certificates()
            )
            self._net = await self._stack.enter_async_context(net)
        return await self._net.send(provider, request)


def _certificates() -> "SSLContext":
    """Return the certificates to trust, which take as long to load as a request."""
    import os

    return _load_trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=4)
def _load_trusted(_file: str | None, _folder: str | None) -> "SSLContext":
    from tokcheck.transport.request import load_certificates

    return load_certificates()
