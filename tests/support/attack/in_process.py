"""Command lines that run in the process of the tests: many of them in the time of one start."""

import contextlib
import io
import os
import signal
import sys
from collections.abc import Sequence
from functools import cache
from unittest.mock import patch

from typer.core import TyperGroup

from tests.support.cli.run_result import RunResult
from tokcheck.cli import typer_app
from tokcheck.cli.main import main

_SECONDS = 20
_build_parser = cache(typer_app.build)


def _build(names: Sequence[str], second: str | None = None) -> TyperGroup:
    """Return the parser of earlier command lines: to build one takes longer than most commands."""
    whole = _build_parser(tuple(names))
    inner = [command for command in whole.commands.values() if isinstance(command, TyperGroup)]
    is_named = any(second in group.commands for group in inner)
    return _build_parser(tuple(names), second) if is_named else whole


def run_in_process(words: Sequence[str]) -> RunResult:
    """Run a command line without input; one that does not end is interrupted as by Ctrl-C."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    before = sys.stdin
    previous = signal.signal(signal.SIGALRM, _interrupt)
    sys.stdin = io.TextIOWrapper(io.BytesIO())
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        with (
            patch.object(typer_app, "build", _build),
            patch.dict(os.environ),  # --no-color sets a variable
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = main(words)
            sys.stderr.flush()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        sys.stdin = before
    return RunResult(code, *(_text(stream) for stream in (out, err)))


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    content: bytes = stream.buffer.getvalue()  # type: ignore[attr-defined]
    return content.decode()
