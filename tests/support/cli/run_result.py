"""The result of a command: its exit code and its output."""

from typing import NamedTuple


class RunResult(NamedTuple):
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str
