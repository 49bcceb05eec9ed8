"""Files that do not say how long they are: those of ``/proc`` and ``/sys``, and streams."""

import os
from collections.abc import Callable
from stat import S_ISREG

_MOST = 64 << 20
# Some files of /proc and /sys refuse to be read in larger blocks, or in smaller ones.
_BLOCK = 1 << 16


def has_known_size(status: os.stat_result) -> bool:
    """Return whether the size of a file says how much it holds.

    Some files of ``/proc`` have a size of many terabytes, and as those without any, no blocks.
    """
    blocks = getattr(status, "st_blocks", 1)
    return (
        S_ISREG(status.st_mode) and status.st_size > 0 and bool(blocks or status.st_size <= _MOST)
    )


class EndlessRead:
    """Reads a file that may have no end: up to a limit, and no longer than it has something.

    ``complaint`` says why the rest was not read; it is empty if all was.
    """

    def __init__(self, read: Callable[[int], bytes | None], *, most: int = _MOST) -> None:
        self._read = read
        self._left = most
        self._most = most
        self.complaint = ""

    def __call__(self, count: int) -> bytes:
        """Return up to so many bytes, and none at the end."""
        if self.complaint:
            return b""
        data = self._read(min(count, _BLOCK))
        if data is None:  # a stream of events, which was opened so that it does not block
            self.complaint = "It is a stream without an end; the rest was not scanned."
            return b""
        self._left -= len(data)
        if self._left < 0:
            self.complaint = (
                f"It has more than {self._most >> 20} MiB and no end; the rest was not scanned."
            )
        return data
