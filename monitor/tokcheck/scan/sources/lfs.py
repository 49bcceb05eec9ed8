"""Git LFS: a pointer stands in place of a file, which lies in a store beside the repository.

https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
"""

import os
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from tokcheck.scan.finding import Chunk, Unreadable
from tokcheck.scan.sources import git
from tokcheck.scan.sources.archives import with_members
from tokcheck.scan.sources.chunks import put_back, read_chunks
from tokcheck.storage.regular_files import open_regular_file, reason_of

_BEGINNING = b"version https://"
_MOST_BYTES = 1024
_FETCH = "Fetch it: git lfs fetch --all"
_MISSING = f"It is a Git LFS pointer, and its object is not here. {_FETCH}"
_POINTER = (
    rb"version https://(?:git-lfs|hawser)\.github\.com/spec/v1\r?\n"
    rb"(?:ext-\d-[\w.-]{1,20} sha256:[0-9a-f]{64}\r?\n)*"
    rb"oid sha256:([0-9a-f]{64})\r?\nsize (\d{1,19})(?:\r?\n)?"
)


def may_be_pointer(data: bytes | bytearray) -> bool:
    """Return whether a file begins as a pointer does."""
    return data.startswith(_BEGINNING)


class Pointer(NamedTuple):
    """What a pointer names."""

    object: str
    """The id of the object."""
    size: int


def read_pointer(data: bytes) -> Pointer | None:
    """Return what a pointer names; ``None`` if a file is no pointer."""
    if len(data) > _MOST_BYTES or not data.startswith(_BEGINNING):
        return None
    match = re.fullmatch(_POINTER, data)
    return match and Pointer(match[1].decode("ascii"), int(match[2]))


def with_content(
    parts: Iterator[Chunk],
    reopen: Callable[[], BinaryIO | None],
    repository: Callable[[], str | None],
    *,
    size: int,
    overlap: int,
) -> Iterator[Chunk | Unreadable]:
    """Yield the chunks of a file with its members, or those of the object that it points to.

    ``repository`` returns a folder of it, ``None`` for the current one; it is called only for a
    pointer. The other parameters are those of :func:`with_members`.
    """
    first = next(parts)
    pointer = read_pointer(first.data)
    if pointer is None:
        path = first.path
        every = put_back(first, parts)
        del first
        for part in with_members(every, reopen, size=size, overlap=overlap):
            # The repository of what an archive holds is not known.
            inner = part.path
            is_pointer = isinstance(part, Chunk) and inner != path and read_pointer(part.data)
            yield part
            del part
            if is_pointer:
                yield Unreadable(inner, _MISSING)
        return
    wanted = pointer.object
    store = _store(repository(), os.getcwd())
    location = store and os.path.join(store, wanted[:2], wanted[2:4], wanted)
    if not location or not os.path.lexists(location):
        yield Unreadable(first.path, _MISSING)
        return
    try:
        with open(open_regular_file(location), "rb", buffering=0) as file:

            def reopen_object() -> BinaryIO:
                file.seek(0)
                return file

            read = read_chunks(first.path, file.read, size=size, overlap=overlap)
            yield from with_members(read, reopen_object, size=size, overlap=overlap)
            if os.fstat(file.fileno()).st_size != pointer.size:
                yield Unreadable(first.path, f"Its Git LFS object is damaged. {_FETCH}")
    except OSError as error:
        yield Unreadable(first.path, f"Its Git LFS object cannot be read: {reason_of(error)}.")


@lru_cache(maxsize=64)
def _store(folder: str | None, here: str) -> str | None:
    """Return the folder of a repository's LFS objects."""
    common = git.try_run("rev-parse", "--git-common-dir", folder=folder)
    if common is None:
        return None
    start = os.path.join(folder or here, os.fsdecode(common.rstrip(b"\n")))
    configured = git.try_run("config", "--path", "lfs.storage", folder=folder)
    storage = "lfs" if configured is None else os.fsdecode(configured.rstrip(b"\n"))
    return os.path.join(start, storage, "objects")
