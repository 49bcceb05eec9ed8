"""The names of an archive's members."""

from collections.abc import Iterator

from tokcheck.scan.finding import Chunk
from tokcheck.scan.sources.chunks import name_chunk

_SHORTEST_TOKEN = 24  # a shorter member name holds none
_SUFFIXES = {
    ".tgz": ".tar",
    ".tbz": ".tar",
    ".tbz2": ".tar",
    ".txz": ".tar",
    ".tzst": ".tar",
    ".gz": "",
    ".bz2": "",
    ".xz": "",
    ".zst": "",
    ".lzma": "",
}


def name_chunks(path: str, inner: str) -> Iterator[Chunk]:
    """Yield the name of the member ``inner`` of ``path`` as a chunk, if it can hold a token."""
    if len(inner) - len(path) > _SHORTEST_TOKEN:
        yield name_chunk(inner)


def inner_name(path: str) -> str:
    """Return the name of what a compressed file holds."""
    name = path.rpartition("!")[2].rpartition("/")[2]
    for suffix, instead in _SUFFIXES.items():
        if name.lower().endswith(suffix):
            return name[: -len(suffix)] + instead
    return name
