"""Name resolution by the system, in threads that block neither other lookups nor the exit."""

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, TypeAlias

Address: TypeAlias = tuple[int, int, int, str, Any]
Lookup: TypeAlias = Callable[..., Sequence[Address]]


class Resolver:
    """Resolves host names by ``lookup`` (default: the system).

    A system lookup cannot be interrupted. One that hangs would hold a thread of the executor that
    the whole program shares, and would delay the exit. So each lookup has a daemon thread of its
    own, at most one for each name: requests for the same name wait for the same result, each
    until its own deadline. Results are not cached; that is left to the system.
    """

    def __init__(self, lookup: Lookup = socket.getaddrinfo) -> None:
        self._lookup = lookup
        self._pending: dict[tuple[str, int], asyncio.Future[Sequence[Address] | Exception]] = {}

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """Return the addresses of a host for TCP, the preferred one first.

        :raises OSError: if it has none.
        """
        if _is_literal(host):
            return socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
        result = self._pending.get((host, port))
        if result is None:
            result = self._start_lookup(host, port)
        outcome = await asyncio.shield(result)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _start_lookup(
        self, host: str, port: int
    ) -> "asyncio.Future[Sequence[Address] | Exception]":
        loop = asyncio.get_running_loop()
        result = self._pending[host, port] = loop.create_future()

        def finish(outcome: Sequence[Address] | Exception) -> None:
            del self._pending[host, port]
            result.set_result(outcome)

        def look_up() -> None:
            outcome: Sequence[Address] | Exception
            try:
                outcome = self._lookup(host, port, type=socket.SOCK_STREAM)
            except Exception as error:  # noqa: BLE001 - raised by resolve()
                outcome = error
            with suppress(RuntimeError):  # the loop has ended, so that nothing waits
                loop.call_soon_threadsafe(finish, outcome)

        threading.Thread(target=look_up, daemon=True, name="tokcheck-name").start()
        return result


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
