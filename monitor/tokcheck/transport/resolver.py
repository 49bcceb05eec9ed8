"""Names to addresses, by the system, in threads that nobody has to wait for."""

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, TypeAlias

Address: TypeAlias = tuple[int, int, int, str, Any]
Lookup: TypeAlias = Callable[..., Sequence[Address]]


class Names:
    """Resolves the names of hosts, as ``lookup`` does (default: the system).

    A system's lookup cannot be interrupted, and one that is stuck would hold a thread of the
    executor that a whole program shares, and the end of the program. So each name has a thread
    of its own while it is looked up, one at most: whoever asks for it meanwhile waits for the
    same answer, and leaves when time is up. No answer is kept; that is the system's to do.
    """

    def __init__(self, lookup: Lookup = socket.getaddrinfo) -> None:
        self._lookup = lookup
        self._under_way: dict[tuple[str, int], asyncio.Future[Sequence[Address] | Exception]] = {}

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """Return the addresses of a host for a stream, the preferred one first.

        :raises OSError: if it has none.
        """
        if _is_literal(host):
            return socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
        answer = self._under_way.get((host, port))
        if answer is None:
            answer = self._begun(host, port)
        found = await asyncio.shield(answer)
        if isinstance(found, Exception):
            raise found
        return found

    def _begun(self, host: str, port: int) -> "asyncio.Future[Sequence[Address] | Exception]":
        loop = asyncio.get_running_loop()
        answer = self._under_way[host, port] = loop.create_future()

        def end(found: Sequence[Address] | Exception) -> None:
            del self._under_way[host, port]
            answer.set_result(found)

        def work() -> None:
            found: Sequence[Address] | Exception
            try:
                found = self._lookup(host, port, type=socket.SOCK_STREAM)
            except Exception as error:  # noqa: BLE001 - handed to whoever waits
                found = error
            with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                loop.call_soon_threadsafe(end, found)

        threading.Thread(target=work, daemon=True, name="tokcheck-name").start()
        return answer


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
