"""Running the sandbox: in a thread for a test, or until interrupted for a person."""

import asyncio
import errno
import signal
import socket
import threading
from asyncio import Transport
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from tokcheck.core.addresses import loopback_address
from tokcheck.core.errors import UsageError
from tokcheck.sandbox.app import CUT, build_app
from tokcheck.sandbox.state.world import World

_WAKE_SECONDS = 0.5
_LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox; ``url`` has no slash at its end."""

    url: str
    port: int
    world: World


class _Protocol(H11Protocol):
    """Lets the application end the connection, for an answer that never comes."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        self.app_state = {**self.app_state, CUT: transport.abort}


class _Server(uvicorn.Server):
    """Tells when it takes requests, and hears at once that it shall end: neither has to poll."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self._ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # those that are not being answered are gone now
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)

    def end(self) -> None:
        """End it, from any thread."""
        with suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._ended.set)

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            self.ready.set()  # a server that could not start must not be waited for


@contextmanager
def running(
    world: World | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    slow_seconds: float = 1.0,
) -> Iterator[Sandbox]:
    """Serve ``world`` (default: a fresh one) from a thread while the block runs.

    Port 0 means any free one; the fault ``slow`` waits ``slow_seconds``. Raises
    :class:`UsageError` for an address that is not loopback or a port that cannot be had.
    """
    world = World() if world is None else world
    with _listener(host, port) as listener:
        # Accepted sockets inherit this; asyncio sets it itself only where the socket names its
        # protocol. Without it, head and body in two writes cost the client 40 ms a request.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        bound, taken = listener.getsockname()[:2]
        url = f"http://[{bound}]:{taken}" if ":" in bound else f"http://{bound}:{taken}"
        server = _Server(_config(world, slow_seconds))
        thread = threading.Thread(
            target=server.run, args=([listener],), name="tokcheck-sandbox", daemon=True
        )
        thread.start()
        server.ready.wait()
        if not server.started:
            raise RuntimeError("the sandbox's server ended before it took requests")
        try:
            yield Sandbox(url, taken, world)
        finally:
            server.end()
            thread.join()


def serve(
    world: World | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 19151,
    slow_seconds: float = 1.0,
    announce: Callable[[Sandbox], None],
) -> None:
    """Serve until SIGINT or SIGTERM, then end gracefully; call it from the main thread.

    ``announce`` is called once, when requests are taken. Raises as :func:`running` does.
    """
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with running(world, host=host, port=port, slow_seconds=slow_seconds) as sandbox:
            announce(sandbox)
            # Waiting in steps, because an endless wait cannot be interrupted on Windows.
            while not stop.wait(_WAKE_SECONDS):
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _config(world: World, slow_seconds: float) -> uvicorn.Config:
    """Return the settings: no log of requests, and no Date but the one of the world's clock."""
    return uvicorn.Config(
        build_app(world, slow_seconds=slow_seconds),
        http=_Protocol,  # h11 keeps the letter case of header names
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="critical",  # a cut connection is a feature here, not an error to report
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )


def _listener(host: str, port: int) -> socket.socket:
    address = _loopback(host)
    if not 0 <= port <= _LAST_PORT:
        raise UsageError(f"{port} is not a port.", f"Choose one from 0 to {_LAST_PORT}.")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        why = {
            errno.EADDRINUSE: "is already in use",
            errno.EACCES: "needs more rights than this user has",
        }.get(error.errno or 0, "cannot be used")
        raise UsageError(
            f"Port {port} on {address} {why}.", "Choose another port; 0 means any free one."
        ) from error


def _loopback(host: str) -> str:
    """Return ``host`` as an address; the sandbox's tokens and controls are open to anybody."""
    address = loopback_address(host.strip("[]"))
    if address is None:
        raise UsageError(
            f"The sandbox listens on loopback only, and {host!r} is not loopback.",
            "Use 127.0.0.1, ::1 or localhost.",
        )
    return address
