"""The members of archives, and of archives in them, within bounds that stop a bomb."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from tokcheck.scan.finding import Chunk, Unreadable
from tokcheck.scan.sources.archives.bounds import BOUNDS, Bounds
from tokcheck.scan.sources.archives.kinds import (
    GZIP_MARKS,
    archive_kind,
    is_archive,
    is_script,
)
from tokcheck.scan.sources.archives.zip_end import ZIP_END
from tokcheck.scan.sources.chunks import CHUNK, OVERLAP, put_back

__all__ = ["BOUNDS", "Bounds", "is_archive", "with_members"]


def with_members(
    parts: Iterator[Chunk],
    reopen: Callable[[], BinaryIO | None],
    bounds: Bounds = BOUNDS,
    *,
    size: int = CHUNK,
    overlap: int = OVERLAP,
) -> Iterator[Chunk | Unreadable]:
    """Yield the chunks of a file and, where it is an archive, those of its members.

    The bytes of a tar archive are those of its members; other archives are read before them.
    ``reopen`` returns the file from its beginning, or ``None`` if it cannot; it is called only for
    an archive that is larger than a chunk.
    """
    first = next(parts)
    data = first.data
    is_plain = archive_kind(data) is None and not is_script(data)
    # Of a large file, the end is not here.
    if is_plain and len(data) < size and not any(mark in data for mark in (ZIP_END, *GZIP_MARKS)):
        del data
        yield first
        del first
        yield from parts
        return
    from tokcheck.scan.sources.archives.unpacking import Unpacker  # archives are rare

    every = put_back(first, parts)
    del first, data
    yield from Unpacker(bounds, size, overlap).file(every, reopen)
