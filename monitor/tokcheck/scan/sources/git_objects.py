"""Git objects as sources of chunks.

They come from one ``git cat-file --batch``: one object is requested at a time, so that neither
pipe can fill while the other side waits.
"""

import io
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, NamedTuple, Self

from tokcheck.scan.finding import BlobOrigin, Chunk, Unreadable
from tokcheck.scan.sources import git
from tokcheck.scan.sources.chunks import CHUNK, OVERLAP, Head, name_chunk, read_chunks
from tokcheck.scan.sources.lfs import with_content

# An archive among the objects is unpacked in memory, up to this size.
_LARGEST_ARCHIVE = 4 * CHUNK
_LINKS = (b"tree ", b"parent ", b"object ")
_WEIGHT = 16 << 10  # an object's usual size; to request each would cost a process


class ObjectEntry(NamedTuple):
    """An object to read."""

    object: str
    """Its id."""
    path: str
    """The name that findings report."""
    commit: bool = False
    """Whether it is a commit or a tag: its head and its message are searched."""
    origin: BlobOrigin | None = None
    """The commit that adds it; ``None`` for what is staged."""


class ObjectSource:
    """A source of some objects, which are read when it is iterated."""

    __slots__ = ("_folder", "_objects", "_overlap", "_size", "entries", "weight")

    def __init__(
        self,
        entries: tuple[ObjectEntry | Unreadable, ...],
        *,
        size: int = CHUNK,
        overlap: int = OVERLAP,
        objects: "ObjectReader | None" = None,
        folder: str | None = None,
    ) -> None:
        """``folder`` is one of the repository, ``None`` for the current one."""
        self.entries = entries
        self._objects = objects
        self._folder = folder
        self._size = size
        self._overlap = overlap
        # Another process could neither share the pipes of a reader that runs already, nor end it.
        self.weight = max(1, len(entries) * _WEIGHT) if objects is None else 0

    def __iter__(self) -> Iterator[Chunk | Unreadable]:
        # A reader serves once; a source that is iterated again starts another one.
        reader, self._objects = self._objects, None
        with reader or ObjectReader(self._folder) as objects:
            for entry in self.entries:
                if isinstance(entry, Unreadable):
                    yield entry
                    continue
                with_origin = partial(_with_origin, origin=entry.origin)
                if not entry.commit:
                    yield with_origin(name_chunk(entry.path))
                try:
                    # A loop would keep one chunk while the next is read.
                    yield from map(with_origin, self._object(objects, entry))
                except _ObjectError as error:
                    yield Unreadable(entry.path, str(error))

    def _object(self, objects: "ObjectReader", entry: ObjectEntry) -> Iterator[Chunk | Unreadable]:
        length = objects.request(entry.object)
        read = read_chunks(
            entry.path, objects.read, size=self._size, overlap=self._overlap, expected=length
        )
        if entry.commit:
            for chunk in read:
                yield from [chunk] if chunk.seen else _head_and_message(chunk)
            return

        def reopen() -> BinaryIO | None:
            if length > _LARGEST_ARCHIVE:
                return None
            objects.request(entry.object)
            return io.BytesIO(objects.read(length))

        yield from with_content(
            read, reopen, lambda: self._folder, size=self._size, overlap=self._overlap
        )


def _head_and_message(chunk: Chunk) -> tuple[Chunk, Chunk]:
    """Divide a commit or a tag; the ids that its head begins with are no credentials."""
    head, _, message = chunk.data.partition(b"\n\n")
    lines = head.split(b"\n")
    kept = [line for line in lines if not line.startswith(_LINKS)]
    return Head(chunk.path, b"\n".join(kept)), chunk._replace(data=message)


def _with_origin(chunk: Chunk | Unreadable, origin: BlobOrigin | None) -> Chunk | Unreadable:
    if origin is None or isinstance(chunk, Unreadable):
        return chunk
    return chunk._replace(origin=origin._replace(head=isinstance(chunk, Head)))


class _ObjectError(Exception):
    """An object could not be read."""


class ObjectReader:
    """One ``git cat-file --batch``: an object is read to its end before the next is requested.

    https://git-scm.com/docs/git-cat-file#_batch_output
    """

    def __init__(self, folder: str | None = None) -> None:
        # An error shows in the missing output, so standard error is not read.
        self._process = git.start("cat-file", "--batch", folder=folder, keep_errors=False)
        self._left = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        # A reader that stopped early leaves git with a full pipe.
        self._process.end()

    def request(self, wanted: str) -> int:
        """Request an object and return its size in bytes."""
        while self.read(CHUNK):
            pass  # the unread rest of the previous object
        try:
            self._process.write(f"{wanted}\n".encode())
            answer = self._process.stdout.readline()
        except OSError:
            answer = b""
        size = parse_header(answer, wanted)
        if isinstance(size, str):
            raise _ObjectError(size)
        # The newline after it is read together with its last byte.
        self._left = size
        if not size:
            self._process.stdout.read(1)
        return size

    def read(self, count: int) -> bytes:
        """Return the next bytes of the requested object, at most ``count``; none at its end."""
        if not self._left:
            return b""
        stdout = self._process.stdout
        data = stdout.read(min(count, self._left))
        self._left -= len(data)
        if not data:
            self._left = 0
            raise _ObjectError(
                "git ended before the object did; git fsck --full lists what is damaged."
            )
        if not self._left:
            stdout.read(1)
        return data


def parse_header(answer: bytes, wanted: str) -> int | str:
    """Return the size that a header of ``cat-file --batch`` announces, or an error message."""
    words = answer.split()
    if answer.endswith(b"\n") and len(words) == 3 and words[2].isdigit():  # noqa: PLR2004
        return int(words[2])
    if words[1:] == [b"missing"]:
        return f"Git object {wanted[:12]} is missing; git fsck --full lists what is damaged."
    return (
        f"git ended before it returned object {wanted[:12]}; git fetch --refetch "
        "--no-filter fetches what a partial clone lacks."
    )
