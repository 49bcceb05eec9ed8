"""Bytes in pieces: a bound on memory that loses no token and no place in the file."""

from collections.abc import Callable, Iterator
from typing import Protocol

from tokcheck.scan.finding import Piece, Unreadable

# How much is held at once, and how much of it the next piece repeats. Both are multiples of four,
# so that text in UTF-16 and UTF-32 is cut between characters.
PIECE = 16 << 20
OVERLAP = 32 << 10

Read = Callable[[int], bytes]


class Source(Protocol):
    """Something to look through: iterating it reads it, piece by piece.

    ``weight`` is about how many bytes it holds; 0 says that it can be read here alone and not by
    another process, to which all others can be sent.
    """

    weight: int

    def __iter__(self) -> Iterator[Piece | Unreadable]: ...


class Here:
    """A source that only this process can read, such as standard input."""

    __slots__ = ("_found", "weight")

    def __init__(self, *found: Piece | Unreadable) -> None:
        self._found = found
        self.weight = 0

    def __iter__(self) -> Iterator[Piece | Unreadable]:
        return iter(self._found)


class Name(Piece):
    """The name of a file as a piece of its own: ``data`` is ``path``, for names hold tokens too.

    A path is what Python makes of a file's name, lone surrogates and control characters included;
    outputs escape them, so that two different names never look alike.
    """

    __slots__ = ()


def name(path: str) -> Name:
    """Return the piece that stands for a file's name."""
    return Name(path, path.encode("utf-8", "surrogateescape"))


def pieces(
    path: str, read: Read, *, size: int = PIECE, overlap: int = OVERLAP, expected: int | None = None
) -> Iterator[Piece]:
    """Read a stream to its end in pieces of ``size`` bytes that overlap by ``overlap`` and more.

    ``read`` returns up to so many bytes and none at the end. A token of up to ``overlap`` bytes
    stands whole in one piece at least. ``expected`` is how long the stream probably is; it saves
    the room that a short one does not need.
    """
    wanted = size if expected is None else min(size, expected + 1)
    data = _fill(read, wanted)
    ended = len(data) < wanted
    line = column = 1
    seen = 0
    while True:
        yield Piece(path, data, line, column, seen)
        if ended:
            return
        more = _fill(read, size - overlap)
        if not more:
            return
        ended = len(more) < size - overlap
        start = _boundary(data, max(0, len(data) - overlap))
        line, column = _place(data, start, line, column)
        seen = len(data) - start
        data = data[start:] + more
        del more


def _fill(read: Read, count: int) -> bytes:
    """Read until there are so many bytes or no more: a pipe gives fewer than are asked for."""
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
    """Return the cut at or before ``start`` that splits no UTF-8 character."""
    for cut in range(start, max(-1, start - 4), -1):
        if not 0x80 <= data[cut] < 0xC0:  # noqa: PLR2004 - UTF-8's own
            return cut
    # More continuation bytes than a character has: the one at the cut belongs to none.
    return start


def _place(data: bytes, end: int, line: int, column: int) -> tuple[int, int]:
    """Return the line and column of ``data[end]``, given those of ``data[0]``."""
    from tokcheck.scan import columns  # few files have more than one piece

    newlines = data.count(b"\n", 0, end)
    begin = data.rfind(b"\n", 0, end) + 1
    return line + newlines, (1 if newlines else column) + columns.count(data, begin, end)
