"""The web server: accepts connections, keeps them within limits, and shuts down gracefully."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import bcrypt
from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import ServerState

from tokcheck.exporter.web.basic_auth import PasswordCheck
from tokcheck.exporter.web.config import tls
from tokcheck.exporter.web.config.reloader import ConfigReloader, WebSettings
from tokcheck.exporter.web.connection import Connection
from tokcheck.exporter.web.connection_limits import ConnectionLimiter, Limits
from tokcheck.exporter.web.listener import Address, listen, url
from tokcheck.exporter.web.middleware import Middleware

_ACCEPT_RETRY = 0.1  # seconds before the next attempt where no connection can be accepted
_NEVER = 10**9  # for uvicorn's own keep-alive timeout; the connection limits replace it


async def serve(  # noqa: PLR0913 - three are optional
    app: ASGIApp,
    address: Address,
    web_config: Path | None,
    stop: asyncio.Event,
    announce: Callable[[str], None],
    *,
    listening: asyncio.Event | None = None,
    limits: Limits | None = None,
    check_password: PasswordCheck = bcrypt.checkpw,
) -> None:
    """Serve ``app`` until ``stop`` is set; then finish the requests under way and return.

    ``listening`` is set once connections are accepted.

    ``announce`` receives lines for people: ``Listening on http://…`` once connections are
    accepted, a warning if others can connect without TLS or authentication, and each reload.

    :raises UsageError: if the address is not available or the web configuration is invalid.
    """
    timer = asyncio.get_running_loop().time
    with listen(address) as listener:
        reloader = ConfigReloader(web_config, announce, timer, check_password)
        server = _ConnectionServer(app, address, reloader, announce, limits or Limits())
        listening_url = url(address, listener, tls=reloader.settings.context is not None)
        server.warn_if_exposed()
        accepting = asyncio.create_task(server.accept_connections(listener))
        checking = asyncio.create_task(server.check_periodically())
        announce(f"Listening on {listening_url}")
        if listening is not None:
            listening.set()
        try:
            await stop.wait()
        finally:
            for task in (accepting, checking):
                task.cancel()
            await asyncio.gather(accepting, checking, return_exceptions=True)
            listener.close()
            await server.shut_down()


class _ConnectionServer:
    """Accepts connections, keeps them within the limits, and closes them at the end."""

    def __init__(
        self,
        app: ASGIApp,
        address: Address,
        reloader: ConfigReloader,
        announce: Callable[[str], None],
        limits: Limits,
    ) -> None:
        self._address = address
        self._reloader = reloader
        self._announce = announce
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._limiter = ConnectionLimiter(limits, self._loop.time)
        self._state = ServerState()
        middleware = Middleware(app, reloader, address, announce, limits.head_bytes)
        self._config = _uvicorn_config(middleware, limits)
        self._accept_tasks: set[asyncio.Task[None]] = set()

    def warn_if_exposed(self) -> None:
        """Announce what is missing if others can connect without TLS or authentication."""
        settings = self._reloader.settings
        missing = [
            *([] if settings.context else ["TLS"]),
            *([] if _authenticates(settings) else ["authentication"]),
        ]
        if missing and not self._address.loopback:
            self._announce(
                f"Warning: other computers can reach {self._address} "
                f"without {' and without '.join(missing)}. Set up both with --web-config."
            )

    async def accept_connections(self, listener: socket.socket) -> None:
        """Accept connections until cancelled."""
        while True:
            try:
                client, _ = await self._loop.sock_accept(listener)
            except OSError:  # out of file descriptors, or the client has gone
                await asyncio.sleep(_ACCEPT_RETRY)
                continue
            self._reloader.reload_if_changed()
            self._start_connection(client)

    async def check_periodically(self) -> None:
        """Enforce the time limits and reload changed files until cancelled."""
        while True:
            await asyncio.sleep(self._limits.check)
            self._limiter.abort_overdue()
            before = self._reloader.settings
            self._reloader.reload_if_changed()
            if self._reloader.settings is not before:
                self.warn_if_exposed()

    async def shut_down(self) -> None:
        """Let requests under way finish within the grace period, then close everything."""
        for connection in self._connections():
            connection.close_when_done()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._limiter.wait_until_empty(), self._limits.grace)
        for connection in self._connections():
            connection.abort()
        for task in (*self._state.tasks, *self._accept_tasks):
            task.cancel()
        await asyncio.gather(*self._state.tasks, *self._accept_tasks, return_exceptions=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._limiter.wait_until_empty(), self._limits.grace)

    def _connections(self) -> list[Connection]:
        return [one for one in self._limiter.connections() if isinstance(one, Connection)]

    def _start_connection(self, client: socket.socket) -> None:
        """Start the handshake of an accepted socket, or close it if there are too many."""
        settings = self._reloader.settings

        def admits(transport: asyncio.BaseTransport) -> bool:
            sans = settings.config.tls.client_allowed_sans if settings.config.tls else ()
            return tls.has_allowed_san(transport.get_extra_info("peercert"), sans)

        connection = Connection(self._config, self._state, self._limiter, admits)
        if not self._limiter.add(connection):
            client.close()
            return
        task = self._loop.create_task(self._connect(connection, client, settings.context))
        connection.accept_task = task
        self._accept_tasks.add(task)
        task.add_done_callback(self._accept_tasks.discard)

    async def _connect(
        self, connection: Connection, client: socket.socket, context: ssl.SSLContext | None
    ) -> None:
        timeout = self._limits.head if context is not None else None
        try:
            with suppress(OSError):  # a failed handshake concerns the client alone
                await self._loop.connect_accepted_socket(
                    lambda: connection,
                    client,
                    ssl=context,
                    ssl_handshake_timeout=timeout,
                    ssl_shutdown_timeout=timeout,
                )
        finally:
            if not connection.is_connected:
                self._limiter.remove(connection)


def _authenticates(settings: WebSettings) -> bool:
    """Return whether clients need a password or a certificate."""
    return bool(settings.basic_auth) or (
        settings.context is not None and settings.context.verify_mode is ssl.CERT_REQUIRED
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
