"""Run the sandbox in a thread."""

import asyncio
import socket
import threading
from asyncio import Transport
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from tokcheck.core.addresses import bind_error, check_port, handle_loop_error, loopback_address
from tokcheck.core.errors import UsageError
from tokcheck.sandbox.app import ABORT_CONNECTION, build_app
from tokcheck.sandbox.state.sandbox_state import SandboxState


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox; ``url`` has no trailing slash."""

    url: str
    port: int
    state: SandboxState


class _Protocol(H11Protocol):
    """Lets the application close the connection without a response."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        self.app_state = {**self.app_state, ABORT_CONNECTION: transport.abort}


class _SandboxServer(uvicorn.Server):
    """A server that signals when it is ready and stops at once, both without polling."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(handle_loop_error)
        self._stop_requested = asyncio.Event()
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self._stop_requested.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # idle connections are closed now
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)

    def stop(self) -> None:
        """Stop the server; may be called from any thread."""
        with suppress(RuntimeError):  # the server has stopped by itself
            self._loop.call_soon_threadsafe(self._stop_requested.set)

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            # That of Windows stops listening when a client is gone before it is accepted.
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self.serve(sockets))
        finally:
            self.ready.set()  # also if it could not start, so that no caller waits for it


@contextmanager
def serve_in_thread(
    state: SandboxState | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    slow_seconds: float = 1.0,
) -> Iterator[Sandbox]:
    """Serve ``state`` (default: a new one) from a thread while the block runs.

    Port 0 means any free port; the fault ``slow`` waits ``slow_seconds``. Raises
    :class:`UsageError` if the host is not loopback or the port cannot be used.
    """
    state = SandboxState() if state is None else state
    with _open_listener(host, port) as listener:
        # Accepted sockets inherit this; asyncio sets it only if the socket names its protocol.
        # Without it, the two writes of head and body cost the client 40 ms a request.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        address, bound_port = listener.getsockname()[:2]
        authority = f"[{address}]" if ":" in address else address
        server = _SandboxServer(_uvicorn_config(state, slow_seconds))
        thread = threading.Thread(
            target=server.run, args=([listener],), name="tokcheck-sandbox", daemon=True
        )
        thread.start()
        server.ready.wait()
        if not server.started:
            raise RuntimeError("the sandbox's server stopped before it accepted requests")
        try:
            yield Sandbox(f"http://{authority}:{bound_port}", bound_port, state)
        finally:
            server.stop()
            thread.join()


def _uvicorn_config(state: SandboxState, slow_seconds: float) -> uvicorn.Config:
    """Return the settings: no access log, and no Date header, which the router sets."""
    return uvicorn.Config(
        build_app(state, slow_seconds=slow_seconds),
        http=_Protocol,  # h11 keeps the letter case of header names
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="critical",  # a closed connection may be a fault on purpose
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )


def _open_listener(host: str, port: int) -> socket.socket:
    address = _loopback_address(host)
    check_port("--port", str(port))
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        raise bind_error(
            error, address, port, port_option="--port", address_option="--host"
        ) from error


def _loopback_address(host: str) -> str:
    """Return ``host`` as a loopback address.

    Other addresses are refused, because the control API has no authentication.
    """
    address = loopback_address(host.strip("[]"))
    if address is None:
        raise UsageError(
            f"The sandbox listens on loopback only, and {host!r} is not loopback.",
            "Use 127.0.0.1, ::1 or localhost.",
        )
    return address
