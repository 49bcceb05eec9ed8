"""A process that is forked for each command that the tests run.

To start an interpreter under coverage and to import the libraries takes several times as long as
a command itself, and so does the import of tokcheck's modules. This process has all of that behind
it; each fork runs ``__main__`` as ``python -m tokcheck`` does, and ends as an interpreter ends,
except that it does not free its memory first: that alone would take a third of its time. Which
modules a command imports, and in which order, is tested with processes of their own.

A request is the descriptors of a socket, of stdin, of stdout and of stderr. What shall run comes
on that socket, as JSON up to its end. The answers are the fork's id and, at its end, its exit code.
"""

import atexit
import fcntl
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import sys
import termios
import time
from contextlib import suppress
from typing import TextIO

import coverage

import tokcheck
from tokcheck.core.lazy import LazyBytesRegex, LazyRegex
from tokcheck.providers import FINDER

# Modules of others that the commands import. A name that is missing here only costs time.
LIBRARIES = (
    "ahocorasick_rs", "aiohappyeyeballs", "anyio._backends._asyncio", "argparse", "bcrypt",
    "encodings.idna", "filelock", "h11", "httpcore",
    "httpx", "jwt", "oauthlib.oauth2", "platformdirs", "prometheus_client", "pydantic",
    "rich.live", "rich.table", "sqlite3", "starlette.applications", "typer.main",
    "typer.rich_utils", "uvicorn", "uvicorn.lifespan.on", "uvicorn.protocols.http.h11_impl",
    "webbrowser", "yaml",
)  # fmt: skip

ANSWER = struct.Struct("=i")


def request(control: socket.socket) -> tuple[socket.socket, list[int]] | None:
    """Fork for each request; return it in the fork, and nothing where no more can come."""
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    forks: dict[int, socket.socket] = {}
    while True:
        ready = select.select([control.fileno(), ended], [], [])[0]
        if ended in ready:
            os.read(ended, 4096)
            while forks and (found := os.waitpid(-1, os.WNOHANG))[0]:
                with forks.pop(found[0]) as asking:
                    asking.sendall(ANSWER.pack(os.waitstatus_to_exitcode(found[1])))
        if control.fileno() not in ready:
            continue
        descriptors = socket.recv_fds(control, 1, 4)[1]
        if not descriptors:
            return None
        asking = socket.socket(fileno=descriptors.pop(0))
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for other in (control, *forks.values()):
                other.close()
            os.close(ended)
            os.close(wake)
            return asking, descriptors
        for descriptor in descriptors:
            os.close(descriptor)
        asking.sendall(ANSWER.pack(pid))
        forks[pid] = asking


def open_stream(stream: TextIO, *, line_buffering: bool) -> TextIO:
    """Open a standard stream as the interpreter does at its start: it leads elsewhere now."""
    unbuffered = isinstance(stream.buffer, io.RawIOBase)
    return io.TextIOWrapper(
        os.fdopen(stream.fileno(), "wb", 0 if unbuffered else -1, closefd=False),
        stream.encoding,
        stream.errors,
        line_buffering=line_buffering and not unbuffered,
        write_through=unbuffered,
    )


def run_requested_command(asking: socket.socket, descriptors: list[int]) -> None:
    """Run the requested command in place of this interpreter."""
    with asking, asking.makefile("rb") as words:
        command = json.load(words)
    for standard, descriptor in enumerate(descriptors):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    if command["terminal"]:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # or Ctrl-C would be a character like any other
    sys.stdin = os.fdopen(0, "r", -1, sys.stdin.encoding, sys.stdin.errors, closefd=False)
    sys.stdout = open_stream(sys.stdout, line_buffering=os.isatty(1))
    sys.stderr = open_stream(sys.stderr, line_buffering=True)
    os.environ.clear()
    os.environ.update(command["environment"])
    time.tzset()
    os.chdir(command["folder"])
    if "mask" in command:
        os.umask(command["mask"])
    sys.path[0] = command["folder"]
    sys.argv[1:] = command["words"]
    runpy.run_module("tokcheck", run_name="__main__", alter_sys=True)


def module_names() -> list[str]:
    """Return the names of tokcheck's modules; that of ``python -m`` runs in each fork."""
    modules = pkgutil.walk_packages(tokcheck.__path__, "tokcheck.")
    return [each.name for each in modules if each.name != "tokcheck.__main__"]


def start_measuring() -> coverage.Coverage | None:
    """Measure from here on, if the tests do."""
    if sys.argv[2] != "measured":
        return None
    # As it is measured everywhere, without a walk through the whole package at every end.
    measuring = coverage.Coverage(
        config_file="pyproject.toml", source_pkgs=[], include=["monitor/tokcheck/*"]
    )
    measuring.start()
    return measuring


def compile_patterns() -> None:
    """Fill the caches that commands fill at their first paste, most with regular expressions.

    They take many times as long as all else that a command does.
    """
    for pattern in [
        each for each in gc.get_objects() if isinstance(each, (LazyRegex, LazyBytesRegex))
    ]:
        _ = pattern.compiled
    for text in ("a", "a\n1", f"Bearer {'x' * 20}", f"token: {'0123456789abcdef' * 2}"):
        FINDER.find(text)


class QuickExit:
    """Ends the process after all else that an interpreter does at its end.

    It only does so if that end has an exit code, and not after an uncaught error or with a message:
    these are the interpreter's.
    """

    def __init__(self) -> None:
        self.code: object = None
        # The first function that is registered runs last.
        atexit.register(self._exit)

    def _exit(self) -> None:
        if isinstance(self.code, int):
            # Where this fails, the interpreter fails at it once more, and reports it.
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(self.code)


if __name__ == "__main__":
    quick_exit = QuickExit()
    # The tests look for what is left of their children: this is none of them.
    if os.fork():
        os._exit(0)
    for name in LIBRARIES:
        importlib.import_module(name)
    importing = start_measuring()
    for name in module_names():
        importlib.import_module(name)
    if importing:
        importing.stop()
        importing.save()
    compile_patterns()
    measuring = start_measuring()
    gc.freeze()
    if command := request(socket.socket(fileno=int(sys.argv[1]))):
        if measuring:
            atexit.register(measuring.save)
        try:
            run_requested_command(*command)
            quick_exit.code = 0
        except SystemExit as ended:
            quick_exit.code = ended.code or 0
            raise
