"""One client connection: uvicorn's HTTP protocol, which also reports what it is doing.

It closes nothing by itself; :mod:`~tokcheck.exporter.web.connection_limits` decides that.
It builds on internals of uvicorn, which tests/exporter/web/test_uvicorn_internals.py checks.
"""

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from tokcheck.exporter.web.connection_limits import ConnectionLimiter, Phase

# struct linger: on, and 0 seconds. Windows has shorter numbers in it.
_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Connection(H11Protocol):
    """A client's connection.

    ``admits`` is called after the handshake and returns whether this client may send requests.
    """

    accept_task: asyncio.Task[None] | None
    """The task that sets the connection up; cancelling it ends a handshake."""

    def __init__(
        self,
        config: Config,
        state: ServerState,
        limiter: ConnectionLimiter,
        admits: Callable[[asyncio.BaseTransport], bool],
    ) -> None:
        super().__init__(config, state, {})
        self.accept_task = None
        self._limiter = limiter
        self._admits = admits
        self._responses = 0
        self._is_stalled = False
        self._stalls = 0
        self._progress = (Phase.HEAD, 0, 0)
        self._phase_since = limiter.timer()
        self._request_since: tuple[RequestResponseCycle, float] | None = None

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection, and not merely a handshake."""
        return bool(self.transport)

    @property
    def is_new(self) -> bool:
        """Whether it has never sent a complete request."""
        return not isinstance(self.cycle, RequestResponseCycle)

    @property
    def phase(self) -> Phase:
        """The present phase of the connection."""
        if not self.is_connected:
            return Phase.HEAD
        if self._is_stalled or self.transport.is_closing():
            return Phase.STALLED
        if self.is_new:
            return Phase.HEAD
        if not self.cycle.response_complete:
            return Phase.RESPONSE
        return Phase.HEAD if self.conn.trailing_data[0] else Phase.IDLE

    def seconds_in_phase(self, now: float) -> float:
        """Return the seconds since the first call that saw it in its present phase.

        The count starts again for a client that reads some of a response and stalls once more.
        """
        progress = (self.phase, self._responses, self._stalls)
        if progress != self._progress:
            self._progress, self._phase_since = progress, now
        return now - self._phase_since

    def seconds_responding(self, now: float) -> float:
        """Return the seconds since the first call that saw the present request; 0 without one."""
        if self.is_new or self.cycle.response_complete:
            return 0.0
        if self._request_since is None or self._request_since[0] is not self.cycle:
            self._request_since = self.cycle, now
        return now - self._request_since[1]

    def abort(self) -> None:
        """Close it at once, also in the middle of a response.

        The client gets a reset, unless a whole response may still be on its way to it.
        """
        if self.is_connected:
            if self.is_new or self.phase in {Phase.RESPONSE, Phase.STALLED}:
                reset_on_close(self.transport.get_extra_info("socket"))
            self.transport.abort()
        elif self.accept_task is not None:
            self.accept_task.cancel()

    def close_when_done(self) -> None:
        """Close it as soon as the request under way is answered; at once without one."""
        if not self.is_connected:
            self.abort()
        elif not self.is_new and not self.cycle.response_complete:
            self.cycle.keep_alive = False
        else:
            self.transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own
        """Start the connection, or abort it if this client is not admitted."""
        super().connection_made(transport)
        if not self._admits(transport):
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove it from the open connections, and let its memory be freed."""
        self._limiter.remove(self)
        super().connection_lost(exc)
        self._unset_keepalive_if_required()  # uvicorn leaves it after a reset
        self._release()

    def _release(self) -> None:
        """Break the reference cycles of a connection that has ended.

        Its request may be large, and the garbage collector comes late to so few objects.
        """
        self._request_since = None
        if not self.is_new and self.cycle.response_complete:
            self.cycle = None  # type: ignore[assignment]  # as before the first request

    def data_received(self, data: bytes) -> None:
        """Handle bytes from the client, unless it is being closed or was not admitted."""
        if not self.transport.is_closing():
            super().data_received(data)

    def handle_events(self) -> None:
        """Handle the events of h11; abort on a client's error that uvicorn does not catch."""
        try:
            super().handle_events()
        except Exception:  # noqa: BLE001 - the client's error, found while it is being answered
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Answer a malformed request; without an answer if its response has begun.

        The application's own response is dropped, since one request has one response.
        """
        if (error := sys.exception()) is not None:
            # h11's error refers to itself through a frame that holds the whole request.
            error.with_traceback(None)
        if not self.is_new and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.abort()
                return
        super().send_400_response(msg)

    def on_response_complete(self) -> None:
        """Count the response, and continue with the next request."""
        self._responses += 1
        super().on_response_complete()
        if self not in self.connections:
            self._release()

    def pause_writing(self) -> None:
        """Note that the client does not read."""
        super().pause_writing()
        self._is_stalled = True
        self._stalls += 1
        self._limiter.mark_stalled(self)

    def resume_writing(self) -> None:
        """Note that the client reads again."""
        super().resume_writing()
        self._is_stalled = False
        self._limiter.mark_reading(self)


def reset_on_close(client: socket.socket | None) -> None:
    """Make a socket send a reset when it is closed, so that the client need not guess."""
    if client is not None:
        with suppress(OSError):  # it is closed, or of another family
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
