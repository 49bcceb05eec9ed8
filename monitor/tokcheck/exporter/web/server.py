"""Serving the application on an address until it is told to stop."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import ServerState

from tokcheck.exporter.web.config import tls
from tokcheck.exporter.web.config.reloader import Current, Settings
from tokcheck.exporter.web.connection import Connection
from tokcheck.exporter.web.connection_limits import Crowd, Limits
from tokcheck.exporter.web.listen import Address, listen, url
from tokcheck.exporter.web.middleware import Door

_BREATH = 0.1  # seconds before the next try where no connection can be taken
_NEVER = 10**9  # uvicorn's own deadline; the crowd keeps better ones


async def serve(
    app: ASGIApp,
    address: Address,
    web_config: Path | None,
    stop: asyncio.Event,
    announce: Callable[[str], None],
    *,
    limits: Limits | None = None,
) -> None:
    """Serve ``app`` until ``stop`` is set, then answer what is under way and end.

    ``announce`` is given lines for people: where it listens (``Listening on http://…``, when
    connections are taken), what is open to others, what became of a changed file.

    :raises UsageError: if the address cannot be had or the web configuration is broken.
    """
    timer = asyncio.get_running_loop().time
    current = Current(web_config, announce, timer)
    with listen(address) as listener:
        server = _Server(app, address, current, announce, limits or Limits())
        where = url(address, listener, tls=current.settings.context is not None)
        server.warn()
        accepting = asyncio.create_task(server.accept(listener))
        watching = asyncio.create_task(server.watch())
        announce(f"Listening on {where}")
        try:
            await stop.wait()
        finally:
            for task in (accepting, watching):
                task.cancel()
            await asyncio.gather(accepting, watching, return_exceptions=True)
            listener.close()
            await server.finish()


class _Server:
    """Takes connections, keeps them within their limits, and ends them."""

    def __init__(
        self,
        app: ASGIApp,
        address: Address,
        current: Current,
        announce: Callable[[str], None],
        limits: Limits,
    ) -> None:
        self._address = address
        self._current = current
        self._announce = announce
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._crowd = Crowd(limits, self._loop.time)
        self._state = ServerState()
        self._config = _config(Door(app, current, address, announce, limits.head_bytes), limits)
        self._admissions: set[asyncio.Task[None]] = set()

    def warn(self) -> None:
        """Say what of it is open to others, if it is and they can reach it."""
        settings = self._current.settings
        lacks = [
            *([] if settings.context else ["TLS"]),
            *([] if _knows_its_clients(settings) else ["authentication"]),
        ]
        if lacks and not self._address.loopback:
            self._announce(
                f"Warning: {self._address} can be reached by others, "
                f"without {' and without '.join(lacks)}; --web-config adds both."
            )

    async def accept(self, listener: socket.socket) -> None:
        """Take connections for ever."""
        while True:
            try:
                accepted, _ = await self._loop.sock_accept(listener)
            except OSError:  # no file handles are left, or the client has gone
                await asyncio.sleep(_BREATH)
                continue
            self._current.check()
            self._admit(accepted)

    async def watch(self) -> None:
        """Look at the clock and at the files for ever."""
        while True:
            await asyncio.sleep(self._limits.check)
            self._crowd.sweep()
            before = self._current.settings
            self._current.check()
            if self._current.settings is not before:
                self.warn()

    async def finish(self) -> None:
        """Let what is under way be answered, for a short while, and end the rest."""
        for connection in self._here():
            connection.finish()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._crowd.emptied(), self._limits.grace)
        for connection in self._here():
            connection.cut()
        for task in (*self._state.tasks, *self._admissions):
            task.cancel()
        await asyncio.gather(*self._state.tasks, *self._admissions, return_exceptions=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._crowd.emptied(), self._limits.grace)

    def _here(self) -> list[Connection]:
        return [member for member in self._crowd.members() if isinstance(member, Connection)]

    def _admit(self, accepted: socket.socket) -> None:
        settings = self._current.settings

        def welcome(transport: asyncio.BaseTransport) -> bool:
            wanted = settings.config.tls.client_allowed_sans if settings.config.tls else ()
            return tls.allowed(transport.get_extra_info("peercert"), wanted)

        connection = Connection(self._config, self._state, self._crowd, welcome)
        if not self._crowd.enter(connection):
            accepted.close()
            return
        task = self._loop.create_task(self._connect(connection, accepted, settings.context))
        connection.admission = task
        self._admissions.add(task)
        task.add_done_callback(self._admissions.discard)

    async def _connect(
        self, connection: Connection, accepted: socket.socket, context: ssl.SSLContext | None
    ) -> None:
        seconds = self._limits.head if context is not None else None
        try:
            with suppress(OSError):  # a handshake that failed is the client's to deal with
                await self._loop.connect_accepted_socket(
                    lambda: connection,
                    accepted,
                    ssl=context,
                    ssl_handshake_timeout=seconds,
                    ssl_shutdown_timeout=seconds,
                )
        finally:
            if not connection.made:
                self._crowd.leave(connection)


def _knows_its_clients(settings: Settings) -> bool:
    return bool(settings.users) or (
        settings.context is not None and settings.context.verify_mode is ssl.CERT_REQUIRED
    )


def _config(door: Door, limits: Limits) -> Config:
    """Return uvicorn's settings; its loggers are shared with every other server of the process."""
    config = Config(
        door,
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        proxy_headers=False,
        access_log=False,
        log_config=None,
        log_level="critical",  # what clients do wrong is not for the log; the door tells of bugs
        timeout_keep_alive=_NEVER,
        h11_max_incomplete_event_size=limits.head_bytes,
    )
    config.load()
    return config
