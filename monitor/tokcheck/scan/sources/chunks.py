"""Sources of a scan, read in overlapping chunks: bounded memory, and no token is lost."""

from collections.abc import Callable, Iterator
from typing import Protocol

from tokcheck.core.escape import encode_text
from tokcheck.scan.finding import Chunk, Unreadable

# Bytes of a chunk, and how many of them the next one repeats. Both are multiples of four,
# so that text in UTF-16 and UTF-32 is cut between characters.
CHUNK = 16 << 20
OVERLAP = 32 << 10
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")

Read = Callable[[int], bytes]
PathFilter = Callable[[str], bool]
"""Whether a path is to be scanned."""


class Source(Protocol):
    """Something to scan: iterating it reads it, chunk by chunk."""

    weight: int
    """Its size in bytes, roughly; 0 if only this process can read it (others are picklable)."""

    def __iter__(self) -> Iterator[Chunk | Unreadable]: ...


class Sieve(Protocol):
    """Separates what is worth a search from what has no credential for certain."""

    @property
    def reach(self) -> int:
        """Return from how far around a place the data decides whether it is one."""

    def places(self, data: memoryview, /) -> list[int]:
        """Return the places that may belong to credentials."""

    def names_provider(self, path: str, /) -> bool:
        """Return whether a path names a provider, so that more of the file counts."""


class InMemorySource:
    """A source of chunks that are in memory already; only this process can read it."""

    __slots__ = ("_chunks", "weight")

    def __init__(self, *chunks: Chunk | Unreadable) -> None:
        self._chunks = chunks
        self.weight = 0

    def __iter__(self) -> Iterator[Chunk | Unreadable]:
        return iter(self._chunks)


class Name(Chunk):
    """A file's name as a chunk of its own, since names hold tokens too: ``data`` is ``path``.

    A path may hold lone surrogates and control characters, as Python decodes file names; the
    output formats escape them.
    """

    __slots__ = ()
    place = "It is in the file's name."
    """Where it stands, as a sentence of the advice."""


class Head(Name):
    """The head of a commit or a tag, in front of its message: people, addresses, a merged tag."""

    __slots__ = ()
    place = "It is in front of the message: in a name, an address or a tag that was merged."


class ReferenceName(Name):
    """The name of a branch, a tag or another reference."""

    __slots__ = ()
    place = "It is in the name of a branch or a tag."


def name_chunk(path: str) -> Name:
    """Return the chunk of a file's name."""
    return Name(path, encode_text(path))


def read_chunks(
    path: str, read: Read, *, size: int = CHUNK, overlap: int = OVERLAP, expected: int | None = None
) -> Iterator[Chunk]:
    """Yield a stream in chunks of ``size`` bytes that overlap by at least ``overlap``.

    ``read`` returns up to so many bytes, and none at the end. A token of up to ``overlap`` bytes
    is whole in at least one chunk. ``expected`` is the probable length of the stream, so that a
    short one allocates no more.
    """
    wanted = size if expected is None else min(size, expected + 1)
    data = read_up_to(read, wanted)
    ended = len(data) < wanted
    line = column = 1
    seen = 0
    while True:
        yield Chunk(path, data, line, column, seen)
        if ended:
            return
        more = read_up_to(read, size - overlap)
        if not more:
            return
        ended = len(more) < size - overlap
        start = _boundary(data, max(0, len(data) - overlap))
        line, column = _place(data, start, line, column)
        seen = len(data) - start
        data = data[start:] + more
        del more


def put_back(first: Chunk, parts: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield a chunk and those after it; itertools.chain would keep the first one to the end."""
    yield first
    del first
    yield from parts


def read_up_to(read: Read, count: int) -> bytes:
    """Read ``count`` bytes, or all to the end: one read of a pipe may return fewer."""
    data = read(count)
    if not data or len(data) == count:
        return data
    parts = [data]
    missing = count - len(data)
    while missing and (data := read(missing)):
        parts.append(data)
        missing -= len(data)
    return b"".join(parts) if len(parts) > 1 else parts[0]


def _boundary(data: bytes, start: int) -> int:
    """Return the last cut at or before ``start`` that splits no UTF-8 character."""
    if data.startswith(_WIDE_MARKS):
        return start  # UTF-16 or UTF-32: their bytes may look like those of UTF-8
    for cut in range(start, max(-1, start - 4), -1):
        if not 0x80 <= data[cut] < 0xC0:  # noqa: PLR2004 - UTF-8's own
            return cut
    # More continuation bytes than a character has: the one at the cut belongs to none.
    return start


def _place(data: bytes, end: int, line: int, column: int) -> tuple[int, int]:
    """Return the line and column of ``data[end]``, given those of ``data[0]``."""
    from tokcheck.scan import columns  # few files have more than one chunk

    newlines = data.count(b"\n", 0, end)
    begin = data.rfind(b"\n", 0, end) + 1
    return line + newlines, (1 if newlines else column) + columns.count(data, begin, end)
