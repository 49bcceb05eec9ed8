"""Bounds of unpacking: bytes, members and levels, for one file and all that is in it."""

import io
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

Read = Callable[[int], bytes]


class Bounds(NamedTuple):
    """The limits of one archive, with the archives in it."""

    unpacked: int = 256 << 20
    """Bytes that all members together unpack to."""
    members: int = 10_000
    """Members that are read."""
    ratio: int = 200
    """Unpacked bytes of a member for each packed one."""
    free: int = 8 << 20
    """Bytes that a member may unpack to at any ratio, as a table of zeros does."""
    depth: int = 8
    """Levels of archives in archives; a compressed tar archive has two."""
    buffered: int = 64 << 20
    """Bytes of an archive in an archive, which is unpacked in memory."""


BOUNDS = Bounds()


class BoundError(Exception):
    """A bound was reached."""


class UnpackMeter:
    """Counts what an archive unpacks to, and stops at its bounds."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._left = bounds.unpacked
        self._members = 0

    @property
    def is_exhausted(self) -> bool:
        """Return whether nothing more may be unpacked."""
        return self._left < 0

    def count_member(self) -> bool:
        """Count a member, and return whether it may be read."""
        self._members += 1
        return self._members <= self._bounds.members

    def limit(self, read: Read, packed: int) -> Read:
        """Return ``read`` with the bounds of a member of ``packed`` bytes."""
        allowed = max(self._bounds.free, packed * self._bounds.ratio)
        unpacked = 0

        def read_within_bounds(count: int) -> bytes:
            nonlocal unpacked
            data = read(count)
            unpacked += len(data)
            self._left -= len(data)
            if self._left < 0:
                limit = self._bounds.unpacked >> 20
                raise BoundError(
                    f"The archive unpacks to more than {limit} MiB; the rest was not scanned."
                )
            if unpacked > allowed:
                raise BoundError(
                    f"It unpacks to more than {self._bounds.ratio} times its size, as a "
                    "decompression bomb does; the rest was not scanned."
                )
            return data

        return read_within_bounds


class KeptBytes:
    """The bytes of a file, as long as they are no more than a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] | None = []

    def add(self, data: bytes, start: int = 0) -> None:
        """Keep some bytes from ``start`` on."""
        self._limit -= len(data) - start
        if self._limit < 0:
            self._parts = None
        elif self._parts is not None:
            self._parts.append(data[start:])

    def as_file(self) -> BinaryIO | None:
        """Return them as a file; ``None`` if they were more."""
        return None if self._parts is None else io.BytesIO(b"".join(self._parts))
