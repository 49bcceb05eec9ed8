"""The web server: accepts connections, keeps them within limits, and shuts down gracefully."""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

import bcrypt
from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import ServerState

from tokcheck.exporter.log.events import Event, EventLog
from tokcheck.exporter.web.basic_auth import PasswordCheck
from tokcheck.exporter.web.config import tls
from tokcheck.exporter.web.config.reloader import ConfigReloader
from tokcheck.exporter.web.connection import Connection, reset_on_close
from tokcheck.exporter.web.connection_limits import ConnectionLimiter, Limits
from tokcheck.exporter.web.listening.address import Address
from tokcheck.exporter.web.listening.listener import Listener, open_listeners, url
from tokcheck.exporter.web.middleware import Middleware
from tokcheck.exporter.web.options import WebOptions

_ACCEPT_RETRY = 0.1  # seconds before the next attempt where no connection can be accepted
_NEVER = 10**9  # for uvicorn's own keep-alive timeout; the connection limits replace it


async def serve(  # noqa: PLR0913 - three are optional
    app: ASGIApp,
    options: WebOptions,
    stop: asyncio.Event,
    announce: EventLog,
    *,
    environment: Mapping[str, str] = os.environ,
    listening: asyncio.Event | None = None,
    limits: Limits | None = None,
    check_password: PasswordCheck = bcrypt.checkpw,
    show_connections: Callable[[ConnectionLimiter], None] | None = None,
) -> None:
    """Serve ``app`` until ``stop`` is set; then finish the requests under way and return.

    ``listening`` is set once connections are accepted. ``show_connections`` is called with the open
    connections, which have a length.

    ``announce`` receives events: ``Listening on http://…`` once connections are
    accepted, a warning if others can connect without TLS or authentication, each reload, and
    ``Stopping``.

    :raises UsageError: if the address is not available or the web configuration is invalid.
    """
    timer = asyncio.get_running_loop().time
    with open_listeners(options.targets, environment) as listeners:
        reloader = ConfigReloader(options.config, announce, timer, check_password)
        server = _ConnectionServer(app, options, reloader, announce, limits or Limits())
        if show_connections is not None:
            show_connections(server.limiter)
        server.open(listeners)
        tasks = [asyncio.create_task(server.accept_connections(one)) for one in listeners]
        tasks.append(asyncio.create_task(server.check_periodically()))
        for one in listeners:
            address = url(one.address, one.socket, tls=reloader.settings.context is not None)
            every = one.address.wildcard if isinstance(one.address, Address) else ""
            words = f"{every}: {address}" if every else address
            announce(Event.LISTENING, f"Listening on {words}", url=address)
        if listening is not None:
            listening.set()
        try:
            await stop.wait()
            announce(Event.STOPPING, "Stopping")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for one in listeners:
                one.socket.close()
            await server.shut_down()


class _ConnectionServer:
    """Accepts connections, keeps them within the limits, and closes them at the end."""

    def __init__(
        self,
        app: ASGIApp,
        options: WebOptions,
        reloader: ConfigReloader,
        announce: EventLog,
        limits: Limits,
    ) -> None:
        self._app = app
        self._options = options
        self._listeners: Sequence[Listener] = ()
        self._configs: dict[Listener, Config] = {}
        self._reloader = reloader
        self._announce = announce
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self.limiter = ConnectionLimiter(limits, self._loop.time)
        self._state = ServerState()
        self._accept_tasks: set[asyncio.Task[None]] = set()

    def open(self, listeners: Sequence[Listener]) -> None:
        """Take over the listeners, and announce those that others can reach unprotected."""
        self._listeners = listeners
        for listener in listeners:
            middleware = Middleware(
                self._app,
                self._reloader,
                listener.address,
                self._options,
                self._announce,
                self._limits.head_bytes,
            )
            self._configs[listener] = _uvicorn_config(middleware, self._limits)
        self.warn_if_exposed()

    def warn_if_exposed(self) -> None:
        """Warn if others can connect without TLS or authentication."""
        settings = self._reloader.settings
        missing = [
            *([] if settings.context else ["TLS"]),
            *([] if settings.authenticates else ["authentication"]),
        ]
        for address in [one.address for one in self._listeners if not one.address.loopback]:
            if missing:
                self._announce(
                    Event.EXPOSED,
                    f"Warning: other computers can reach {address} "
                    f"without {' and without '.join(missing)}. "
                    f"Set {'it' if len(missing) == 1 else 'both'} up with --web-config.",
                    address=str(address),
                )

    async def accept_connections(self, listener: Listener) -> None:
        """Accept connections until cancelled."""
        while True:
            try:
                client, _ = await self._loop.sock_accept(listener.socket)
            except OSError:  # out of file descriptors, or the client has gone
                await asyncio.sleep(_ACCEPT_RETRY)
                continue
            self._reloader.reload_if_changed()
            self._start_connection(client, self._configs[listener])

    async def check_periodically(self) -> None:
        """Enforce the time limits and reload changed files until cancelled."""
        while True:
            await asyncio.sleep(self._limits.check)
            self.limiter.abort_overdue()
            before = self._reloader.settings
            self._reloader.reload_if_changed()
            if self._reloader.settings is not before:
                self.warn_if_exposed()

    async def shut_down(self) -> None:
        """Let requests under way finish within the grace period, then close everything."""
        for connection in self._connections():
            connection.close_when_done()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.limiter.wait_until_empty(), self._limits.grace)
        for connection in self._connections():
            connection.abort()
        for task in (*self._state.tasks, *self._accept_tasks):
            task.cancel()
        await asyncio.gather(*self._state.tasks, *self._accept_tasks, return_exceptions=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.limiter.wait_until_empty(), self._limits.grace)

    def _connections(self) -> list[Connection]:
        return [one for one in self.limiter.connections() if isinstance(one, Connection)]

    def _start_connection(self, client: socket.socket, config: Config) -> None:
        """Start the handshake of an accepted socket, or close it if there are too many."""
        settings = self._reloader.settings

        def admits(transport: asyncio.BaseTransport) -> bool:
            sans = settings.config.tls.client_allowed_sans if settings.config.tls else ()
            return tls.has_allowed_san(transport.get_extra_info("peercert"), sans)

        connection = Connection(config, self._state, self.limiter, admits)
        if not self.limiter.add(connection):
            reset_on_close(client)
            client.close()
            return
        task = self._loop.create_task(self._connect(connection, client, settings.context))
        connection.accept_task = task
        self._accept_tasks.add(task)
        task.add_done_callback(partial(self._finish_accept, connection, client))

    def _finish_accept(
        self, connection: Connection, client: socket.socket, task: asyncio.Task[None]
    ) -> None:
        """Close the socket of a client that did not get as far as a connection.

        Not at the end of :meth:`_connect`: a task that is cancelled before it starts never runs.
        """
        self._accept_tasks.discard(task)
        connection.accept_task = None
        if not connection.is_connected:
            self.limiter.remove(connection)
            reset_on_close(client)
            client.close()

    async def _connect(
        self, connection: Connection, client: socket.socket, context: ssl.SSLContext | None
    ) -> None:
        timeout = self._limits.head if context is not None else None
        with suppress(OSError):  # a failed handshake concerns the client alone
            await self._loop.connect_accepted_socket(
                lambda: connection,
                client,
                ssl=context,
                ssl_handshake_timeout=timeout,
                ssl_shutdown_timeout=timeout,
            )


def _uvicorn_config(middleware: Middleware, limits: Limits) -> Config:
    """Return uvicorn's settings; its loggers are shared with every other server of the process."""
    config = Config(
        middleware,
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        proxy_headers=False,
        access_log=False,
        log_config=None,
        log_level="critical",  # clients' errors are not logged; the middleware announces bugs
        timeout_keep_alive=_NEVER,
        h11_max_incomplete_event_size=limits.head_bytes,
    )
    config.load()
    return config
