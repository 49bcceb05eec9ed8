"""Commands forked from a process that has loaded the libraries (see ``fork_server``)."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal, Self, TextIO, cast

from tests.support.cli.coverage_hook import COVERAGE_HOOK
from tests.support.cli.fork_server import ANSWER
from tests.support.paths import ROOT


@cache
def fork_server(mode: Literal["measured", "plain"]) -> socket.socket:
    """Start the process that is forked, once; it ends after all that have its socket."""
    ours, theirs = socket.socketpair()
    with theirs:
        subprocess.run(
            [
                *(sys.executable, "-m", "tests.support.cli.fork_server", str(theirs.fileno())),
                mode,
            ],
            cwd=ROOT,
            # The forks are measured, and not what is forked.
            env={name: value for name, value in os.environ.items() if name != COVERAGE_HOOK},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return ours


def shell_words() -> tuple[list[str], list[int]]:
    """Return the words by which a shell runs tokcheck in a fork, and the descriptors to pass on."""
    server = fork_server("plain").fileno()
    script = ROOT / "tests" / "support" / "docs" / "fork_script.py"
    return [sys.executable, "-I", "-S", str(script), str(server)], [server]


class Fork:
    """``python -m tokcheck`` in a fork, used as one uses a ``subprocess.Popen``.

    ``given`` are its stdin, stdout and stderr, which stay open here; on a ``terminal`` it leads a
    session of its own.
    """

    def __init__(
        self,
        words: Sequence[str],
        env: Mapping[str, str],
        given: tuple[int, int, int],
        *,
        terminal: bool = False,
    ) -> None:
        command = {
            "words": list(words),
            "environment": dict(env),
            "folder": str(Path.cwd()),
            "terminal": terminal,
        }
        self.returncode: int | None = None
        self._words = words
        self._answers, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(
                fork_server("measured" if COVERAGE_HOOK in os.environ else "plain"),
                [b"."],
                [theirs.fileno(), *given],
            )
        self._answers.sendall(json.dumps(command).encode())
        self._answers.shutdown(socket.SHUT_WR)
        self.pid = self._answer()

    def _answer(self) -> int:
        number: int = ANSWER.unpack(self._answers.recv(ANSWER.size, socket.MSG_WAITALL))[0]
        return number

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, so many seconds at most, and return the exit code."""
        if self.returncode is None:
            self._answers.settimeout(timeout)
            try:
                self.returncode = self._answer()
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(self._words, timeout or 0) from None
            self._answers.close()
        return self.returncode

    def poll(self) -> int | None:
        """Return the exit code if it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *raised: object) -> None:
        if kind is not None:  # nobody types or reads any more what it waits for
            self.kill()
        self.wait()


class Piped(Fork):
    """One with pipes, which carry UTF-8; ``errors`` are those of decoding what it says."""

    def __init__(
        self, words: Sequence[str], env: Mapping[str, str], *, errors: str = "strict"
    ) -> None:
        ends = [os.pipe() for _ in range(3)]
        self.stdin = self._open_stream(ends[0][1], "w", errors)
        self.stdout = self._open_stream(ends[1][0], "r", errors)
        self.stderr = self._open_stream(ends[2][0], "r", errors)
        given = (ends[0][0], ends[1][1], ends[2][1])
        try:
            super().__init__(words, env, given)
        finally:
            for descriptor in given:
                os.close(descriptor)

    @staticmethod
    def _open_stream(descriptor: int, mode: str, errors: str) -> TextIO:
        return cast("TextIO", open(descriptor, mode, -1, "utf-8", errors, "\n"))

    def communicate(self, typed: str | bytes = "", timeout: float | None = None) -> tuple[str, str]:
        """Hand it all that is typed, and return what it says until its end."""
        with ThreadPoolExecutor(3) as at_once:
            typing = at_once.submit(self._type, typed)
            reading = [at_once.submit(self._read, one) for one in (self.stdout, self.stderr)]
            try:
                typing.result(timeout)
                out, err = (said.result(timeout) for said in reading)
            except TimeoutError:
                self.kill()
                raise
        self.wait(timeout)
        return out, err

    def _type(self, typed: str | bytes) -> None:
        if self.stdin.closed:
            return
        with suppress(BrokenPipeError), self.stdin:
            if typed:
                self.stdin.buffer.write(typed.encode() if isinstance(typed, str) else typed)

    def _read(self, stream: TextIO) -> str:
        if stream.closed:
            return ""
        with stream:
            return stream.read()

    def __exit__(self, kind: type[BaseException] | None, *raised: object) -> None:
        for stream in (self.stdout, self.stderr):
            stream.close()
        with suppress(BrokenPipeError):
            self.stdin.close()
        super().__exit__(kind, *raised)
