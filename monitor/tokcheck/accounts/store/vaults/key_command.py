"""The command that prints the key of a store: no shell, no input, a deadline, a bounded output."""

import os
from collections.abc import Mapping
from typing import IO

from tokcheck.core.errors import UsageError

_LONGEST_WAIT_SECONDS = 30.0
_LONGEST_OUTPUT = 4096
_PIECE = 1024


def run_key_command(
    command: str, environment: Mapping[str, str], wait_seconds: float = _LONGEST_WAIT_SECONDS
) -> str:
    """Return what a command prints on standard output.

    :raises UsageError: if it fails, prints too much, or does not end in time. No message contains
        what it printed.
    """
    try:
        output, exit_code = _run(_words(command), environment, wait_seconds)
    except ValueError:
        why = "cannot be read: check its quotes"
    except TimeoutError:
        why = f"did not end within {wait_seconds:.0f} s"
    except OSError as error:
        why = f"could not be started: {error.strerror}"
    else:
        if len(output) > _LONGEST_OUTPUT:
            why = f"printed more than {_LONGEST_OUTPUT} bytes"
        elif exit_code:
            why = f"ended with exit code {exit_code}"
        else:
            return output.decode("utf-8", "replace")
    raise UsageError(
        f"The command of the key {why}.", "Run it by itself: it has to print the key."
    ) from None


def _words(command: str) -> "str | list[str]":
    """Return a command as the system takes it: Windows splits it by itself.

    :raises ValueError: if it is empty, or a quote has no end.
    """
    import shlex

    if not command.strip():
        raise ValueError
    return command if os.name == "nt" else shlex.split(command)


def _run(
    words: "str | list[str]", environment: Mapping[str, str], wait_seconds: float
) -> tuple[bytes, int]:
    """Return the output, or a part of it that is too long already, and the exit code.

    :raises TimeoutError: if it does not end in time; then it is ended.
    :raises OSError: if it could not be started.
    """
    import subprocess
    import time

    from tokcheck.storage.child_job import CREATION_FLAGS, ChildJob

    end = time.monotonic() + wait_seconds
    with subprocess.Popen(  # noqa: S603 - the user's own command
        words,
        bufsize=0,  # a buffer that a thread waits in cannot be closed
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it may hold the key
        env=dict(environment),
        creationflags=CREATION_FLAGS,
    ) as process:
        job = ChildJob(process.pid)
        try:
            output = _read_within(wait_seconds, process.stdout)
            if len(output) > _LONGEST_OUTPUT:
                process.kill()
            process.wait(max(end - time.monotonic(), 0))
        except BaseException as error:
            job.kill()
            process.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                raise TimeoutError from None
            raise
        finally:
            job.release()
    return output, process.returncode


def _read_within(seconds: float, stream: IO[bytes] | None) -> bytes:
    """Return what a pipe has, or its first part and a few bytes more.

    :raises TimeoutError: if it has no end within ``seconds``.
    """
    import threading

    output = bytearray()
    # A thread, since Windows cannot wait for a pipe with a deadline.
    reader = threading.Thread(target=_read, args=(stream, output), daemon=True)
    reader.start()
    reader.join(seconds)
    if reader.is_alive():
        raise TimeoutError
    return bytes(output)


def _read(stream: IO[bytes], output: bytearray) -> None:
    while len(output) <= _LONGEST_OUTPUT and (piece := stream.read(_PIECE)):
        output += piece
