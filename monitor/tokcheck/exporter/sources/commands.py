"""Commands that print a paste: run in the background, each again every so often.

A command is foreign code. It gets no shell, no input, a deadline and a bound on its output; what
it says on standard error is not shown, since that may hold the token.
"""

import asyncio
import errno
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from tokcheck.core.humanize import duration
from tokcheck.exporter.sources.account import CommandSource
from tokcheck.exporter.sources.reading import LONGEST, Given, from_bytes, shown

_AT_ONCE = 6
# Those that hung last time wait for each other, not the others for them.
_HUNG_AT_ONCE = 2
_BURIAL_SECONDS = 5.0
_WHY = {
    errno.ENOENT: "was not found",
    errno.EACCES: "may not be run by this user",
    errno.EPERM: "may not be run by this user",
    errno.ENOEXEC: "is no program that this system can run",
}


class Ended(NamedTuple):
    """What a command gave, and whether it had to be ended."""

    given: Given
    hung: bool = False


@dataclass(slots=True)
class _Kept:
    """What is kept of one account's command."""

    source: CommandSource
    given: Given
    due: float
    hung: bool = False
    task: asyncio.Task[Ended] | None = None


class Commands:
    """Runs the commands of all accounts, a few at once.

    ``environ`` are the variables that they see; ``timer`` returns the seconds of a clock that
    never goes back.
    """

    def __init__(self, *, environ: Mapping[str, str], timer: Callable[[], float]) -> None:
        self._environ = environ
        self._timer = timer
        self._kept: dict[str, _Kept] = {}
        self._ending: set[asyncio.Task[Ended]] = set()
        self._lane = asyncio.Semaphore(_AT_ONCE)
        self._hung_lane = asyncio.Semaphore(_HUNG_AT_ONCE)

    def look(self, wanted: Mapping[str, CommandSource]) -> dict[str, Given]:
        """Start what is due, drop what is not wanted, and return what each has given so far.

        A command that fails after it worked leaves its last paste in use, with the fault beside it.
        """
        for name in self._kept.keys() - wanted.keys():
            self._drop(self._kept.pop(name))
        now = self._timer()
        for name, source in wanted.items():
            kept = self._kept.get(name)
            if kept is None or kept.source.words != source.words:
                if kept is not None:
                    self._drop(kept)
                pending = Given(fault=f"The command {_program(source)} has not ended yet.")
                kept = self._kept[name] = _Kept(source, pending, now)
            kept.source = source
            _gather(kept)
            if kept.task is None and kept.due <= now:
                kept.due = now + source.every
                lane = self._hung_lane if kept.hung else self._lane
                kept.task = asyncio.create_task(self._run(source, lane))
        return {name: kept.given for name, kept in self._kept.items()}

    def hurry(self) -> None:
        """Let every command be due."""
        for kept in self._kept.values():
            kept.due = self._timer()

    async def settle(self) -> None:
        """Wait until no command is running, or waiting to run, or being killed."""
        running = {kept.task for kept in self._kept.values() if kept.task is not None}
        await asyncio.gather(*running, *self._ending, return_exceptions=True)

    async def aclose(self) -> None:
        """End every command that is still running."""
        for kept in self._kept.values():
            self._drop(kept)
        self._kept = {}
        await self.settle()

    def _drop(self, kept: _Kept) -> None:
        if kept.task is not None:
            kept.task.cancel()
            self._ending.add(kept.task)
            kept.task.add_done_callback(self._ending.discard)

    async def _run(self, source: CommandSource, lane: asyncio.Semaphore) -> Ended:
        async with lane:
            return await run(source, self._environ)


async def run(source: CommandSource, environ: Mapping[str, str]) -> Ended:
    """Run one command to its end, or end it and all that it started."""
    program = _program(source)
    try:
        transport, output = await _begun(source, environ)
    except OSError as error:
        why = _WHY.get(error.errno or 0, f"cannot be run: {error.strerror}")
        return Ended(Given(fault=f"The command {program} {why}."))
    except ValueError:  # a character that this system's encoding lacks
        return Ended(Given(fault=f"The command {program} has words that this system cannot write."))
    hung = False
    try:
        async with asyncio.timeout(source.timeout):
            await output.ended.wait()
    except TimeoutError:
        hung = True
    finally:
        await _bury(transport, output)
    if hung:
        why = f"did not end within {_period(source.timeout)}, so it was killed"
        return Ended(Given(fault=f"The command {program} {why}."), hung=True)
    return Ended(_given(program, transport.get_returncode() or 0, bytes(output.data)))


async def _begun(
    source: CommandSource, environ: Mapping[str, str]
) -> "tuple[asyncio.SubprocessTransport, _Output]":
    beginning = asyncio.ensure_future(
        asyncio.get_running_loop().subprocess_exec(
            _Output,
            *source.words,
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=dict(environ),
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(beginning)
    except asyncio.CancelledError:
        # It may run already, with children: asyncio would kill it alone, and wait for them.
        with suppress(OSError, ValueError):
            await _bury(*await beginning)
        raise


class _Output(asyncio.SubprocessProtocol):
    """Collects what a command prints.

    It has ended when it is gone and nobody else holds its output, or when it printed too much.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended = asyncio.Event()
        self.exited = asyncio.Event()
        self.closed = False

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002 - the interface's
        self.data += data
        if len(self.data) > LONGEST:
            self.ended.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002 - the same
        self.closed = True
        self._look()

    def process_exited(self) -> None:
        self.exited.set()
        self._look()

    def _look(self) -> None:
        if self.closed and self.exited.is_set():
            self.ended.set()


async def _bury(transport: asyncio.SubprocessTransport, output: _Output) -> None:
    """Kill whatever of a command still lives, its own children included, and wait for its end."""
    try:
        if not (output.closed and output.exited.is_set()):
            if sys.platform == "win32":
                transport.kill()
            else:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(transport.get_pid(), signal.SIGKILL)
            # One that the system cannot kill must not be waited for without end.
            with suppress(TimeoutError):
                async with asyncio.timeout(_BURIAL_SECONDS):
                    await output.exited.wait()
    finally:
        transport.close()


def _given(program: str, code: int, data: bytes) -> Given:
    if len(data) > LONGEST:
        return Given(fault=f"The command {program} printed more than 1 MiB, so it was killed.")
    if code < 0:
        return Given(fault=f"The command {program} was ended by signal {-code}.")
    if code > 0:
        return Given(fault=f"The command {program} failed with exit code {code}.")
    if not data.strip():
        return Given(fault=f"The command {program} printed nothing.")
    return from_bytes(data, lambda: f"The output of the command {program}")


def _gather(kept: _Kept) -> None:
    """Take what a command that ended has given."""
    if kept.task is None or not kept.task.done():
        return
    ended = kept.task.result()
    kept.task, kept.hung = None, ended.hung
    if ended.given.paste is None and kept.given.paste is not None:
        kept.given = kept.given._replace(fault=ended.given.fault)
    else:
        kept.given = ended.given


def _program(source: CommandSource) -> str:
    """Name the program alone: its other words may tell too much."""
    return shown(source.words[0])


def _period(seconds: float) -> str:
    return duration(seconds) if seconds >= 1 else f"{seconds:g} s"
