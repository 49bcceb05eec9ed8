"""Limits on client connections: how many may be open, and for how long each may take.

:mod:`~tokcheck.exporter.web.connection` reports what one connection is doing; this module decides
which connections are closed.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, Protocol


class Phase(StrEnum):
    """The phases of a connection; each has a time limit of its own."""

    HEAD = "head"  # a TLS handshake, a request line or headers
    IDLE = "idle"  # between two requests
    RESPONSE = "response"  # a request is being answered
    STALLED = "stalled"  # the client does not read the response


class Limits(NamedTuple):
    """The limits of the web server; times are in seconds."""

    connections: int = 128
    """Connections open at once."""
    readers: int = 16
    """Stalled connections at once; each holds a whole body in memory."""
    head_bytes: int = 16_384
    """Size of a request line with its headers."""
    head: float = 10.0
    """For a request line with its headers, and for a TLS handshake."""
    idle: float = 90.0
    """Between two requests on one connection."""
    stalled: float = 10.0
    """For which a client may read nothing of a response."""
    response: float = 60.0
    """For a whole request, until its response is sent."""
    grace: float = 2.0
    """For requests under way when the exporter stops."""
    check: float = 1.0
    """Between two checks of these limits and of the web configuration's files."""

    def seconds(self, phase: Phase) -> float:
        """Return how long a connection may stay in a phase."""
        return {
            Phase.HEAD: self.head,
            Phase.IDLE: self.idle,
            Phase.RESPONSE: self.response,
            Phase.STALLED: self.stalled,
        }[phase]


class LimitedConnection(Protocol):
    """The interface of a connection for the limiter."""

    @property
    def phase(self) -> Phase:
        """The present phase of the connection."""
        ...

    @property
    def is_new(self) -> bool:
        """Whether it has never sent a complete request."""
        ...

    def seconds_in_phase(self, now: float) -> float:
        """Return for how many seconds it has been in its phase."""
        ...

    def seconds_responding(self, now: float) -> float:
        """Return for how many seconds the present request has been under way; 0 without one."""
        ...

    def abort(self) -> None:
        """Close it at once."""
        ...


class ConnectionLimiter:
    """Holds all open connections and closes those that exceed the limits.

    When there are too many, the least useful one is closed: first one that sends nothing, then
    an idle one, then one that does not read its response. Slow clients cannot keep others out.
    ``timer`` is a monotonic clock in seconds.
    """

    def __init__(self, limits: Limits, timer: Callable[[], float]) -> None:
        self.timer = timer
        self._limits = limits
        self._connections: dict[LimitedConnection, None] = {}
        self._stalled: dict[LimitedConnection, None] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._connections)

    def add(self, connection: LimitedConnection) -> bool:
        """Add a connection, closing another one if need be.

        Return ``False``, and add nothing, if every other one is being answered.
        """
        if len(self._connections) >= self._limits.connections:
            victim = self._least_useful()
            if victim is None:
                return False
            self.remove(victim)
            victim.abort()
        self._connections[connection] = None
        self._empty.clear()
        return True

    def remove(self, connection: LimitedConnection) -> None:
        """Forget a connection that has ended; do nothing if it is not known."""
        self._connections.pop(connection, None)
        self._stalled.pop(connection, None)
        if not self._connections:
            self._empty.set()

    def mark_stalled(self, connection: LimitedConnection) -> None:
        """Note that a client stopped reading; of too many, abort the one that stopped first."""
        self._stalled[connection] = None
        if len(self._stalled) > self._limits.readers:
            first = next(iter(self._stalled))
            del self._stalled[first]
            first.abort()

    def mark_reading(self, connection: LimitedConnection) -> None:
        """Note that a client reads again."""
        self._stalled.pop(connection, None)

    def abort_overdue(self) -> None:
        """Abort every connection that exceeds the time limit of its phase or of a request."""
        now = self.timer()
        for connection in self.connections():
            phase_limit = self._limits.seconds(connection.phase)
            is_slow = connection.seconds_in_phase(now) > phase_limit
            if is_slow or connection.seconds_responding(now) > self._limits.response:
                connection.abort()

    def connections(self) -> tuple[LimitedConnection, ...]:
        """Return all open connections, the oldest first."""
        return tuple(self._connections)

    async def wait_until_empty(self) -> None:
        """Wait until every connection has ended."""
        await self._empty.wait()

    def _least_useful(self) -> LimitedConnection | None:
        """Return the connection to close for another; ``None`` if all are being answered."""
        now = self.timer()
        ranked = [
            (
                _RANK[connection.phase] - connection.is_new,
                connection.seconds_in_phase(now),
                connection,
            )
            for connection in self._connections
            if connection.phase is not Phase.RESPONSE
        ]
        if not ranked:
            return None
        lowest = min(rank for rank, _, _ in ranked)
        return max((entry for entry in ranked if entry[0] == lowest), key=lambda entry: entry[1])[2]


# The lowest is closed first; a connection that never sent a request ranks one lower.
_RANK = {Phase.HEAD: 2, Phase.IDLE: 2, Phase.STALLED: 4}
