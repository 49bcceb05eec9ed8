"""The contents of sources, in forms that are easy to compare."""

from collections.abc import Iterable

from tokcheck.scan import Chunk, Unreadable
from tokcheck.scan.sources.chunks import Name, Source


def contents(sources: Iterable[Source]) -> dict[str, bytes]:
    """Return what was read, by path; the chunks of a file joined without their overlap."""
    read: dict[str, bytes] = {}
    for chunk in read_all(sources):
        if isinstance(chunk, Chunk) and not isinstance(chunk, Name):
            assert (chunk.path in read) == bool(chunk.seen), f"{chunk.path} was read twice"
            read[chunk.path] = read.get(chunk.path, b"") + chunk.data[chunk.seen :]
    return read


def unreadable(sources: Iterable[Source]) -> dict[str, str]:
    """Return what could not be read, and why."""
    return {
        chunk.path: chunk.message for chunk in read_all(sources) if isinstance(chunk, Unreadable)
    }


def names(sources: Iterable[Source]) -> list[str]:
    """Return the names that are looked through as texts."""
    return [chunk.path for chunk in read_all(sources) if isinstance(chunk, Name)]


def read_all(sources: Iterable[Source]) -> list[Chunk | Unreadable]:
    """Return all chunks of the sources."""
    return [chunk for source in sources for chunk in source]
