"""The contents of sources, in forms that are easy to compare."""

from collections.abc import Iterable

from tokcheck.scan import Piece, Unreadable
from tokcheck.scan.sources.chunks import Name, Source


def contents(sources: Iterable[Source]) -> dict[str, bytes]:
    """Return what was read, by path; the pieces of a file joined without their overlap."""
    read: dict[str, bytes] = {}
    for piece in read_all(sources):
        if isinstance(piece, Piece) and not isinstance(piece, Name):
            assert (piece.path in read) == bool(piece.seen), f"{piece.path} was read twice"
            read[piece.path] = read.get(piece.path, b"") + piece.data[piece.seen :]
    return read


def unreadable(sources: Iterable[Source]) -> dict[str, str]:
    """Return what could not be read, and why."""
    return {
        piece.path: piece.message for piece in read_all(sources) if isinstance(piece, Unreadable)
    }


def names(sources: Iterable[Source]) -> list[str]:
    """Return the names that are looked through as texts."""
    return [piece.path for piece in read_all(sources) if isinstance(piece, Name)]


def read_all(sources: Iterable[Source]) -> list[Piece | Unreadable]:
    """Return all pieces of the sources."""
    return [piece for source in sources for piece in source]
