"""Real processes that are alive as long as their connections: a command and its children."""

import select
import socket
import sys
from contextlib import ExitStack, suppress

_SECONDS = 60
_CONNECT = """
import socket, subprocess, sys, time
link = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
link.sendall(b"alive")
"""
CHILD = _CONNECT + "link.recv(1)\n"
"""A script for ``-c`` with the port as its argument; it ends when its connection is closed."""

PARENT = _CONNECT + f"subprocess.Popen([sys.executable, '-c', {CHILD!r}, *sys.argv[1:]])\n"
"""The same, with a child that outlives it; what follows in it is the test's."""


class ProcessFamily:
    """Listens to processes, which connect to ``port`` of the loopback address when they start."""

    def __init__(self, size: int = 2) -> None:
        self._size = size
        self._open = ExitStack()
        self._server = self._open.enter_context(socket.create_server(("127.0.0.1", 0)))
        self._server.settimeout(_SECONDS)
        self._links: list[socket.socket] = []
        self.port = str(self._server.getsockname()[1])

    def wait_alive(self) -> None:
        """Wait until all of them have connected."""
        while len(self._links) < self._size:
            link = self._open.enter_context(self._server.accept()[0])
            link.settimeout(_SECONDS)
            assert b"alive" == link.recv(5, socket.MSG_WAITALL)
            self._links.append(link)

    def wait_dead(self) -> None:
        """Wait until all of them have ended, by whatever end."""
        self.wait_alive()
        for link in self._links:
            # Windows resets the connections of a process that is killed.
            with suppress(ConnectionError):
                assert b"" == link.recv(1)

    def alive_count(self) -> int:
        """Return how many of them have not ended."""
        return len(self._links) - len(select.select(self._links, [], [], 0)[0])

    def close(self) -> None:
        """Close all connections, which ends those that still run."""
        self._open.close()


def child_words(port: str, script: str = CHILD) -> list[str]:
    """Return the command line of a process that connects to a port."""
    return [sys.executable, "-c", script, port]
