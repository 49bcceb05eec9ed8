"""Machines that refresh the same accounts in a database while something goes wrong."""

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import NamedTuple

from tests.support.accounts.kill_harness import (
    NO_CERTIFICATES,
    endpoints,
    find_lost_grants,
    request_with_token,
)
from tests.support.accounts.kill_run import FITBIT, GOOGLE, fill, unlimited_state
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.refresh import Refresher
from tokcheck.accounts.store.environment import open_store
from tokcheck.core.errors import TokcheckError
from tokcheck.providers import REGISTRY
from tokcheck.sandbox import serve_in_thread
from tokcheck.transport import Net


class FleetRun(NamedTuple):
    """The work of machines while they were disturbed."""

    refreshes: int
    outages: int
    """How many refreshes ended because the database could not be used."""
    faults: list[str]
    """Every other error, and the grants that were lost."""
    renewed: int
    refused: int
    longest_seconds: float
    """The longest time that one refresh took."""


class _Machine(threading.Thread):
    """A machine with a data folder of its own: it refreshes in a loop and uses each token."""

    def __init__(
        self, url: str, database: str, home: Path, seed: int, stop: threading.Event
    ) -> None:
        super().__init__()
        self._url, self._home, self._stopping = url, home, stop
        self._environment: Mapping[str, str] = {"TOKCHECK_DATABASE": database}
        self._order = random.Random(seed)
        self.refreshes = self.outages = 0
        self.longest = 0.0
        self.faults: list[str] = []

    def run(self) -> None:
        with Net(endpoints(self._url), timeout=10, pause=time.sleep, verify=NO_CERTIFICATES) as net:
            while not self._stopping.is_set():
                try:
                    with open_store(self._environment, self._home) as store:
                        names = [grant.name for grant in store.grants()]
                        refresher = Refresher(store, REGISTRY, net.send)
                        while not self._stopping.is_set():
                            self._refresh(net, refresher, self._order.choice(names))
                except StoreError:
                    self.outages += 1
                    self._stopping.wait(0.02)
                except TokcheckError as error:
                    self.faults.append(f"{type(error).__name__}: {error.message}")

    def _refresh(self, net: Net, refresher: Refresher, name: str) -> None:
        started = time.monotonic()
        try:
            grant = refresher.fresh_grant(name, inf)
        finally:
            self.longest = max(self.longest, time.monotonic() - started)
        self.refreshes += 1
        status = net.send(*request_with_token(grant)).status
        # Another machine may have refreshed again meanwhile, which ends no token of the sandbox.
        if status != 200:
            self.faults.append(f"a new token of {name} got HTTP {status}")


def refresh_while(
    disturb: Callable[[], None], databases: Sequence[str], folder: Path, *, final: str = ""
) -> FleetRun:
    """Let one machine for each of ``databases``, URLs of the same, refresh until it returns.

    ``final`` is the URL by which lost grants are searched at the end.
    """
    state = unlimited_state()
    environment = {"TOKCHECK_DATABASE": final or databases[0]}
    with open_store(environment, folder / "final") as store:
        fill(store, state, FITBIT, 3)
        fill(store, state, GOOGLE, 1)
    stop = threading.Event()
    with serve_in_thread(state) as sandbox:
        machines = [
            _Machine(sandbox.url, database, folder / f"home-{number}", number, stop)
            for number, database in enumerate(databases)
        ]
        for machine in machines:
            machine.start()
        try:
            disturb()
        finally:
            stop.set()
            for machine in machines:
                machine.join()
        lost = find_lost_grants(sandbox.url, folder / "final", environment)
        counts = state.refresh_counts()
    return FleetRun(
        sum(machine.refreshes for machine in machines),
        sum(machine.outages for machine in machines),
        [*(fault for machine in machines for fault in machine.faults), *lost],
        counts.renewed,
        counts.refused,
        max(machine.longest for machine in machines),
    )


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for a condition, which the machines bring about."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


class StallingProxy:
    """A TCP proxy that forwards, delays, swallows or breaks what passes it."""

    def __init__(self, port: int) -> None:
        import socket  # noqa: PLC0415 - one place

        self._socket = socket
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.delay = 0.0
        self.is_stalled = threading.Event()
        self.broken_count = 0
        """How many connections were broken."""
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = self._socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            self._pairs.append((near, far))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, one: "object", other: "object") -> None:
        with suppress(OSError):
            while chunk := one.recv(65536):  # type: ignore[attr-defined] # a socket
                if self.is_stalled.is_set():
                    continue  # it is acknowledged, and never arrives
                time.sleep(self.delay)
                other.sendall(chunk)  # type: ignore[attr-defined] # a socket
        # Closed alone, it would stay open for the thread that waits for its bytes.
        with suppress(OSError):
            other.shutdown(self._socket.SHUT_RDWR)  # type: ignore[attr-defined] # a socket
        other.close()  # type: ignore[attr-defined] # a socket

    def break_connections(self) -> None:
        """Break every connection, without a word in between."""
        pairs, self._pairs = self._pairs, []
        self.broken_count += len(pairs)
        for near, far in pairs:
            for end in (near, far):
                with suppress(OSError):
                    end.shutdown(self._socket.SHUT_RDWR)
                end.close()

    def close(self) -> None:
        """Stop forwarding, and refuse connections."""
        with suppress(OSError):  # or the thread that waits would accept one more
            self._listener.shutdown(self._socket.SHUT_RDWR)
        self._listener.close()
        self.break_connections()
