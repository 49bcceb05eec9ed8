"""Commands that print a paste, run periodically in the background.

A command gets no shell, no input, a deadline and a limit on its output. Its standard error is
discarded, since that may contain the token.
"""

import asyncio
import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from tokcheck.core.flow import await_result
from tokcheck.core.humanize import format_duration
from tokcheck.exporter.sources.account import CommandSource
from tokcheck.exporter.sources.reading import SourceReading, paste_from_bytes, redact_path
from tokcheck.paste.encoding.compression import LONGEST_PASTE
from tokcheck.storage.child_job import CREATION_FLAGS, ChildJob

_AT_ONCE = 6
# Commands that timed out last time have slots of their own, so that they do not delay others.
_HUNG_AT_ONCE = 2
_KILL_SECONDS = 5.0
_WHY = {
    errno.ENOENT: "was not found",
    errno.EACCES: "is not executable by this user",
    errno.EPERM: "is not executable by this user",
    errno.ENOEXEC: "is not a program that this system can run",
}


class CommandResult(NamedTuple):
    """The output of a command, and whether it had to be killed."""

    reading: SourceReading
    hung: bool = False


@dataclass(slots=True)
class _CommandState:
    """One account's command: its last reading and its next run."""

    source: CommandSource
    reading: SourceReading
    due: float
    hung: bool = False
    task: asyncio.Task[CommandResult] | None = None


class CommandRunner:
    """Runs the commands of all accounts, a few at once.

    ``environ`` is their environment; ``timer`` returns the seconds of a monotonic clock.
    """

    def __init__(self, *, environ: Mapping[str, str], timer: Callable[[], float]) -> None:
        self._environ = environ
        self._timer = timer
        self._states: dict[str, _CommandState] = {}
        self._stopping: set[asyncio.Task[CommandResult]] = set()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._hung_slots = asyncio.Semaphore(_HUNG_AT_ONCE)

    def poll(self, wanted: Mapping[str, CommandSource]) -> dict[str, SourceReading]:
        """Start due commands, stop those not in ``wanted``, and return the latest readings.

        A command that fails after it worked leaves its last paste in use, beside the error.
        """
        for name in self._states.keys() - wanted.keys():
            self._drop(self._states.pop(name))
        now = self._timer()
        for name, source in wanted.items():
            state = self._states.get(name)
            if state is None or state.source.words != source.words:
                if state is not None:
                    self._drop(state)
                pending = _unread(f"The command {_program(source)} has not ended yet.")
                state = self._states[name] = _CommandState(source, pending, now)
            state.source = source
            _collect_result(state)
            if state.task is None and state.due <= now:
                state.due = now + source.every
                slots = self._hung_slots if state.hung else self._slots
                state.task = asyncio.create_task(self._run(source, slots))
        return {name: state.reading for name, state in self._states.items()}

    def run_all_now(self) -> None:
        """Make every command due now."""
        for state in self._states.values():
            state.due = self._timer()

    async def wait_idle(self) -> None:
        """Wait until no command is running, waiting to run, or being killed."""
        running = {state.task for state in self._states.values() if state.task is not None}
        await asyncio.gather(*running, *self._stopping, return_exceptions=True)

    async def aclose(self) -> None:
        """Kill every command that is still running."""
        for state in self._states.values():
            self._drop(state)
        self._states = {}
        await self.wait_idle()

    def _drop(self, state: _CommandState) -> None:
        if state.task is not None:
            state.task.cancel()
            self._stopping.add(state.task)
            state.task.add_done_callback(self._stopping.discard)

    async def _run(self, source: CommandSource, slots: asyncio.Semaphore) -> CommandResult:
        async with slots:
            return await run(source, self._environ)


def check_program(source: CommandSource, environ: Mapping[str, str]) -> SourceReading:
    """Return a reading with a problem if the command's program cannot be run; it is not run."""
    path = environ.get("PATH")
    if shutil.which(source.words[0], path=path) is not None:
        return SourceReading()
    exists = shutil.which(source.words[0], os.F_OK, path) is not None
    why = _WHY[errno.EACCES if exists else errno.ENOENT]
    return SourceReading(problem=f"The command {_program(source)} {why}.")


async def run(source: CommandSource, environ: Mapping[str, str]) -> CommandResult:
    """Run one command to its end, or kill it and all its children."""
    program = _program(source)
    try:
        transport, output = await _start(source, environ)
    except OSError as error:
        why = _WHY.get(error.errno or 0, f"cannot be run: {error.strerror}")
        return CommandResult(_unread(f"The command {program} {why}."))
    except ValueError:  # a character that this system's encoding lacks
        return CommandResult(
            _unread(f"The command {program} has arguments that cannot be encoded here.")
        )
    hung = False
    try:
        async with asyncio.timeout(source.timeout):
            await output.ended.wait()
    except TimeoutError:
        hung = True
    finally:
        await _kill(transport, output)
    if hung:
        why = f"did not end within {_period(source.timeout)}, so it was killed"
        return CommandResult(_unread(f"The command {program} {why}."), hung=True)
    return CommandResult(_read_output(program, transport.get_returncode() or 0, bytes(output.data)))


async def _start(
    source: CommandSource, environ: Mapping[str, str]
) -> "tuple[asyncio.SubprocessTransport, _Output]":
    starting = asyncio.ensure_future(_execute(source, environ))
    try:
        return await await_result(starting)
    except asyncio.CancelledError:
        # It may run already, with children: asyncio would kill it alone, and wait for them.
        with suppress(OSError, ValueError):
            await _kill(*await starting)
        raise


async def _execute(
    source: CommandSource, environ: Mapping[str, str]
) -> "tuple[asyncio.SubprocessTransport, _Output]":
    transport, output = await asyncio.get_running_loop().subprocess_exec(
        _Output,
        *source.words,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=dict(environ),
        start_new_session=True,
        creationflags=CREATION_FLAGS,
    )
    output.job = ChildJob(transport.get_pid())
    return transport, output


class _Output(asyncio.SubprocessProtocol):
    """Collects the output of a command.

    It has ended when it exited and its output is closed, or when it printed too much.
    """

    job: ChildJob

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended = asyncio.Event()
        self.exited = asyncio.Event()
        self.closed = False

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002 - the interface's
        self.data += data
        if len(self.data) > LONGEST_PASTE:
            self.ended.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002 - the same
        self.closed = True
        self._end_if_closed()

    def process_exited(self) -> None:
        self.exited.set()
        self._end_if_closed()

    def _end_if_closed(self) -> None:
        if self.closed and self.exited.is_set():
            self.ended.set()


async def _kill(transport: asyncio.SubprocessTransport, output: _Output) -> None:
    """Kill the rest of a command, its children included, and wait for its exit."""
    try:
        if not (output.closed and output.exited.is_set()):
            if sys.platform == "win32":
                output.job.kill()
            else:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(transport.get_pid(), signal.SIGKILL)
            # One that the system cannot kill must not be waited for without end.
            with suppress(TimeoutError):
                async with asyncio.timeout(_KILL_SECONDS):
                    await output.exited.wait()
    finally:
        output.job.release()
        transport.close()


def _read_output(program: str, code: int, data: bytes) -> SourceReading:
    if len(data) > LONGEST_PASTE:
        return _unread(f"The command {program} printed more than 1 MiB, so it was killed.")
    if code < 0:
        return _unread(f"The command {program} was ended by signal {-code}.")
    if code > 0:
        return _unread(f"The command {program} failed with exit code {code}.")
    if not data.strip():
        return SourceReading(problem=f"The command {program} printed nothing.")
    return paste_from_bytes(data, lambda: f"The output of the command {program}")


def _unread(problem: str) -> SourceReading:
    return SourceReading(problem=problem, unread=True)


def _collect_result(state: _CommandState) -> None:
    """Store the result of a command that has ended."""
    if state.task is None or not state.task.done():
        return
    result = state.task.result()
    state.task, state.hung = None, result.hung
    if result.reading.paste is None and state.reading.paste is not None:
        state.reading = state.reading._replace(problem=result.reading.problem, unread=True)
    else:
        state.reading = result.reading


def _program(source: CommandSource) -> str:
    """Return the program's name alone: the arguments may contain secrets."""
    return redact_path(source.words[0])


def _period(seconds: float) -> str:
    return format_duration(seconds) if seconds >= 1 else f"{seconds:g} s"
