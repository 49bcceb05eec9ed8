"""Servers in processes of their own, which a benchmark talks to."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import NamedTuple


class Server(NamedTuple):
    """A running server: the first line of its output, and its process id."""

    first_line: str
    pid: int


@contextmanager
def run_server(
    words: Sequence[str], stdin: bytes = b"", cores: AbstractSet[int] = frozenset()
) -> Iterator[Server]:
    """Run a command as a server, on these cores if any are given; give it ``stdin``."""
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        if cores:
            os.sched_setaffinity(server.pid, cores)
        server.stdin.write(stdin)
        server.stdin.close()
        try:
            yield Server(server.stdout.readline().decode().strip(), server.pid)
        finally:
            server.terminate()
