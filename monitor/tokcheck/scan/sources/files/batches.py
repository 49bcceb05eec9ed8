"""Files that lie behind one another in one buffer, so that one search goes through many of them.

Nearly all files of a scan are small and have nothing in them. An object for each, and memory that
the system has to clear first, would take longer than the search.
"""

import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from stat import S_ISREG

from tokcheck.core.escape import encode_text
from tokcheck.paste.encoding import WIDE_HEAD, bytes_a_character
from tokcheck.scan.finding import Clean, Unreadable
from tokcheck.scan.sources.archives.kinds import (
    HEAD_BYTES,
    is_archive,
    may_hold_files,
)
from tokcheck.scan.sources.chunks import Sieve
from tokcheck.scan.sources.files.endless import has_known_size
from tokcheck.scan.sources.files.listing import FileEntry
from tokcheck.scan.sources.lfs import may_be_pointer

# It stays in the processor's cache while it is searched.
_BUFFER = 512 << 10
# No anchor has this byte, so that none continues in the next file.
_BETWEEN = 0xFF

CAN_READ_INTO = hasattr(os, "readv")
"""Whether the system can read a file into a buffer."""


def sift_files(
    entries: Iterable[FileEntry | Unreadable], sieve: Sieve, flags: int, *, size: int = _BUFFER
) -> Iterator[FileEntry | Clean | Unreadable]:
    """Yield the files that have to be read one by one, and the others as read.

    ``flags`` are those to open a file with. A file that is not regular, cannot be read or holds
    other files is one to read, as is one with something in it.
    """
    batch = _Batch(sieve, size)
    for entry in entries:
        if isinstance(entry, Unreadable):
            yield entry
            continue
        try:
            descriptor = os.open(entry[0], flags)
            try:
                status = os.fstat(descriptor)
                if status.st_size >= batch.room:
                    yield from batch.search()
                is_read = (
                    batch.add_large(entry, descriptor, status)
                    if status.st_size >= batch.room
                    else batch.add(entry, descriptor, status)
                )
            finally:
                os.close(descriptor)
        except OSError:
            is_read = False  # reading it reports why
        if not is_read:
            yield entry
    yield from batch.search()


def _is_wide(head: bytes | bytearray) -> bool:
    return bytes_a_character(bytes(head[:WIDE_HEAD])) > 1


class _Batch:
    """The files that are in the buffer, each with the place where it ends."""

    def __init__(self, sieve: Sieve, size: int) -> None:
        self._sieve = sieve
        self._buffer = bytearray(size)
        self._view = memoryview(self._buffer)
        # The search copies what can be written to.
        self._searched = self._view.toreadonly()
        self._end = 0
        self._entries: list[FileEntry] = []
        self._ends: list[int] = []
        self._sizes: list[int] = []
        self.room = size
        """A file that is shorter has room."""

    def add(self, entry: FileEntry, descriptor: int, status: os.stat_result) -> bool:
        """Read a file; return whether the search of the buffer is enough for it."""
        length = status.st_size
        if not S_ISREG(status.st_mode):
            return False
        begin = self._end
        # One byte more shows that it has grown, or does not say how long it is.
        count = os.readv(descriptor, [self._view[begin : begin + length + 1]])
        if count > length or self._needs_own_search(begin, count):
            return False
        end = begin + count
        self._buffer[end] = _BETWEEN
        self._end = end + 1
        self.room = len(self._buffer) - end - 1
        self._entries.append(entry)
        self._ends.append(end)
        self._sizes.append(count)
        return True

    def _needs_own_search(self, begin: int, count: int) -> bool:
        """Return whether a file in the buffer holds others, points to one or is in UTF-16."""
        head = self._buffer[begin : begin + min(count, HEAD_BYTES)]
        if may_be_pointer(head) or _is_wide(head):
            return True
        if not may_hold_files(head):
            return False
        return is_archive(bytes(self._searched[begin : begin + count]))

    def add_large(self, entry: FileEntry, descriptor: int, status: os.stat_result) -> bool:
        """Read a file that is larger than the buffer part by part, and search each part.

        Return whether that is enough. Nothing else is in the buffer.
        """
        if not has_known_size(status):
            return False
        kept = total = 0
        while count := os.readv(descriptor, [self._view[kept:]]):
            head = b"" if total else self._buffer[:HEAD_BYTES]
            if head and (may_hold_files(head) or _is_wide(head)):
                return False
            total += count
            end = kept + count
            if self._sieve.places(self._searched[:end]):
                return False
            kept = min(end, 2 * self._sieve.reach)
            self._buffer[:kept] = self._buffer[end - kept : end]
        # Only its name is left to search.
        self._entries.append(entry)
        self._ends.append(0)
        self._sizes.append(total)
        return True

    def search(self) -> Iterator[FileEntry | Clean]:
        """Yield the files that have to be read one by one, and the others; empty the buffer."""
        if not self._entries:
            return
        places = self._sieve.places(self._searched[: self._end])
        found = {bisect_right(self._ends, place) for place in places} | self._found_in_names()
        sizes = self._sizes
        paths = [entry[1] for entry in self._entries]
        if found:
            yield from (self._entries[number] for number in sorted(found))
            others = [number for number in range(len(paths)) if number not in found]
            sizes, paths = [sizes[at] for at in others], [paths[at] for at in others]
        yield Clean(tuple(paths), sum(sizes))
        self._entries, self._ends, self._sizes = [], [], []
        self._end = 0
        self.room = len(self._buffer)

    def _found_in_names(self) -> set[int]:
        """Return the numbers of the files with names that count."""
        paths = [entry[1] for entry in self._entries]
        names = [encode_text(path) for path in paths]
        found: set[int] = set()
        places = self._sieve.places(memoryview(bytes([_BETWEEN]).join(names)))
        if places:
            ends = [*accumulate(len(name) + 1 for name in names)]
            found = {bisect_right(ends, place) for place in places}
        if self._sieve.names_provider("\n".join(paths)):
            found |= {at for at, path in enumerate(paths) if self._sieve.names_provider(path)}
        return found
