"""What a command that ran left behind."""

from typing import NamedTuple


class RunResult(NamedTuple):
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str
