"""Waiting on standard streams that do not block.

The program that starts a command may have set its pipe or terminal to ``O_NONBLOCK``, as those with
an event loop do. Python's streams then report part of the input as all of it, and fail while
writing. The setting belongs to the other program as well, so it stays as it is.
"""

import io
from collections.abc import Callable
from functools import partial
from typing import Any, TextIO, TypeVar

T = TypeVar("T")
_PART = 64 << 10


def waiting_stream(stream: TextIO) -> TextIO:
    """Return a text stream of the same file and manner with reads and writes that wait."""
    if stream.writable():
        stream.flush()
    raw = _WaitingFile(stream.fileno(), "rb" if stream.readable() else "wb", closefd=False)
    binary = io.BufferedReader(raw) if raw.readable() else io.BufferedWriter(raw)
    return io.TextIOWrapper(
        binary,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=bool(getattr(stream, "line_buffering", False)),
        write_through=bool(getattr(stream, "write_through", False)),
    )


class _WaitingFile(io.FileIO):
    """A file with reads and writes that wait until there is something, or room."""

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - as in io
        count: int = self._wait(partial(super().readinto, buffer), writes=False)
        return count

    def read(self, size: int | None = -1, /) -> bytes:
        limit = -1 if size is None else size
        data: bytes = self._wait(partial(super().read, limit), writes=False)
        return data

    def readall(self) -> bytes:
        return b"".join(iter(partial(self.read, _PART), b""))

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - as in io
        count: int = self._wait(partial(super().write, data), writes=True)
        return count

    def _wait(self, attempt: Callable[[], T | None], *, writes: bool) -> T:
        import select  # it is rare

        while (done := attempt()) is None:  # the result of a file that would have to block
            select.select([] if writes else [self], [self] if writes else [], [])
        return done
