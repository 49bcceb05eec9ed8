"""A child process and its pipes.

The standard library's subprocess does this and much more, but loading it takes as long as git
takes to list the staged changes, and a commit waits for both.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import IO, Protocol

_BLOCK = 1 << 16
_KILL = 9  # SIGKILL; signal is not loaded for it
# git opens whatever is called .gitignore, and would wait for ever for a pipe of that name.
_PATIENCE_SECONDS = 60.0


class Process(Protocol):
    """A running program; this process writes its standard input and keeps its standard error."""

    stdout: IO[bytes]

    def write(self, data: bytes) -> None:
        """Write to its standard input; an :class:`OSError` if it no longer reads."""

    def blocks(self) -> Iterator[bytes]:
        """Yield its output to the end, and wait for its exit.

        :raises TimeoutError: if it writes nothing for minutes.
        """

    def end(self) -> None:
        """Kill it if it still runs, and close its pipes."""

    @property
    def code(self) -> int:
        """Its exit code once it has ended, negative for a signal."""

    @property
    def errors(self) -> bytes:
        """Its output on standard error while :meth:`blocks` read."""


class Spawned:
    """A process by ``posix_spawn``; without ``keep_errors`` its standard error is discarded."""

    def __init__(
        self,
        words: Sequence[str],
        variables: Mapping[str, str],
        *,
        keep_errors: bool = True,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self.errors = b""
        self.code = 0
        self._patience = patience
        self._pid = 0
        ours: list[int] = []
        theirs: list[int] = []
        try:
            for write in (True, False, *([False] if keep_errors else [])):
                reader, writer = os.pipe()
                ours.append(writer if write else reader)
                theirs.append(reader if write else writer)
            if not keep_errors:
                theirs.append(os.open(os.devnull, os.O_WRONLY))
            actions = [(os.POSIX_SPAWN_DUP2, end, number) for number, end in enumerate(theirs)]
            self._pid = os.posix_spawn(words[0], list(words), variables, file_actions=actions)
        except OSError:
            for end in ours:
                os.close(end)
            raise
        finally:
            for end in theirs:
                os.close(end)
        self._stdin = ours[0]
        self.stdout: IO[bytes] = os.fdopen(ours[1], "rb")
        self._stderr = ours[2] if keep_errors else -1

    def write(self, data: bytes) -> None:
        """Write to its standard input."""
        while data:
            data = data[os.write(self._stdin, data) :]

    def blocks(self) -> Iterator[bytes]:
        """Yield its output to the end, and wait for its exit."""
        from select import select

        os.close(self._stdin)
        self._stdin = -1
        output = self.stdout.fileno()
        # Both pipes at once: while one is full, the program writes nothing to the other.
        pipes = [output] if self._stderr < 0 else [output, self._stderr]
        while pipes:
            waiting = select(pipes, [], [], self._patience)[0]
            if not waiting:
                self.end()
                raise TimeoutError
            for ready in waiting:
                block = os.read(ready, _BLOCK)
                if not block:
                    pipes.remove(ready)
                elif ready == output:
                    yield block
                else:
                    self.errors += block
        self._wait()
        self.end()

    def end(self) -> None:
        """Kill it if it still runs, and close its pipes."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, _KILL)
            self._wait()
        self.stdout.close()
        for end in (self._stdin, self._stderr):
            if end >= 0:
                os.close(end)
        self._stdin = self._stderr = -1

    def _wait(self) -> None:
        self.code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        self._pid = 0

    def __del__(self) -> None:
        if hasattr(self, "_stdin"):  # it was started
            self.end()


class Portable:
    """A process by the module subprocess, for systems without ``posix_spawn``."""

    def __init__(
        self, words: Sequence[str], variables: Mapping[str, str], *, keep_errors: bool = True
    ) -> None:
        import subprocess

        from tokcheck.storage.child_job import CREATION_FLAGS, ChildJob

        self.errors = b""
        self._process = subprocess.Popen(  # noqa: S603 - no shell; the callers check the words
            words,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if keep_errors else subprocess.DEVNULL,
            creationflags=CREATION_FLAGS,
        )
        self._job = ChildJob(self._process.pid)
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise AssertionError
        self._stdin: IO[bytes] = stdin
        self.stdout: IO[bytes] = stdout

    @property
    def code(self) -> int:
        """Its exit code once it has ended."""
        return self._process.returncode or 0

    def write(self, data: bytes) -> None:
        """Write to its standard input."""
        self._stdin.write(data)
        self._stdin.flush()

    def blocks(self) -> Iterator[bytes]:
        """Yield its output to the end, and wait for its exit."""
        output, errors = self._process.communicate()
        self.errors = errors or b""
        self._job.release()
        yield output

    def end(self) -> None:
        """Kill it if it still runs, and close its pipes."""
        self._process.kill()
        self._process.wait()
        self._job.release()
        for pipe in (self._stdin, self.stdout, self._process.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def start(
    words: Sequence[str], variables: Mapping[str, str], *, keep_errors: bool = True
) -> Process:
    """Start a program by its absolute path; an :class:`OSError` if that fails."""
    kind = Spawned if hasattr(os, "posix_spawn") else Portable
    return kind(words, variables, keep_errors=keep_errors)
