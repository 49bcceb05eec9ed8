"""Files that are compressed as a whole, as streams; no step unpacks more than is requested."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from tokcheck.scan.sources.archives.bounds import BoundError, Read
from tokcheck.scan.sources.archives.kinds import ArchiveKind

_BLOCK = 1 << 16
_MOST_MEMORY = 128 << 20  # of a dictionary; xz -9 needs half of it
_MODULES = {
    ArchiveKind.BZIP2: ("bz2", "BZ2Decompressor"),
    ArchiveKind.XZ: ("lzma", "LZMADecompressor"),
    ArchiveKind.LZMA: ("lzma", "LZMADecompressor"),
    ArchiveKind.ZSTANDARD: ("compression.zstd", "ZstdDecompressor"),  # from Python 3.14 on
}


class Readable(Protocol):
    """A file, or a part of one."""

    def read(self, count: int, /) -> bytes:
        """Return up to so many bytes."""


class UnsupportedError(Exception):
    """The format cannot be unpacked here."""


def open_compressed(kind: ArchiveKind, file: Readable) -> Read:
    """Return the function that reads what a file holds, unpacked.

    :raises UnsupportedError: if this Python cannot.
    """
    if kind is ArchiveKind.GZIP:
        return _Decompressed(file, _GzipDecompressor).read
    if kind is ArchiveKind.ZLIB:
        return _Decompressed(file, _ZlibDecompressor).read
    if kind not in _MODULES:
        raise UnsupportedError(f"It is compressed with {kind.value}, and was not unpacked.")
    module, name = _MODULES[kind]
    try:
        make = getattr(import_module(module), name)
    except ImportError:
        raise UnsupportedError(
            f"It is compressed with {kind.value}, for which this Python lacks the module "
            f"{module}, and was not unpacked."
        ) from None
    options = {"memlimit": _MOST_MEMORY} if module == "lzma" else {}
    return _Decompressed(file, lambda: make(**options)).read


def open_gzip_stream(file: Readable) -> Read:
    """Return the function that reads one stream of gzip, whatever follows it."""
    return _Decompressed(file, _GzipDecompressor, is_alone=True).read


class _ZlibDecompressor:
    """Unpacks a stream of zlib, as the decompressors of the other modules do theirs."""

    _header = 0

    def __init__(self) -> None:
        import zlib

        self._unpacker = zlib.decompressobj(self._header + zlib.MAX_WBITS)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._unpacker.eof

    @property
    def unused_data(self) -> bytes:
        return self._unpacker.unused_data

    def decompress(self, packed: bytes, count: int) -> bytes:
        data = self._unpacker.decompress(self._unpacker.unconsumed_tail + packed, count)
        self.needs_input = not self._unpacker.unconsumed_tail and len(data) < count
        return data


class _GzipDecompressor(_ZlibDecompressor):
    """Unpacks a stream of gzip."""

    _header = 16


class _Decompressed:
    """A compressed file of one or more streams."""

    def __init__(self, file: Readable, make: Callable[[], Any], *, is_alone: bool = False) -> None:
        self._is_alone = is_alone
        self._file = file
        self._make = make
        self._decompressor = make()
        self._is_first = True

    def read(self, count: int) -> bytes:
        """Return up to so many bytes, and none at the end."""
        packed = b""
        while True:
            if self._decompressor.eof:
                packed = b"" if self._is_alone else self._begin_stream()
                if not packed:
                    return b""
            elif self._decompressor.needs_input and not (packed := self._file.read(_BLOCK)):
                raise EOFError
            try:
                data: bytes = self._decompressor.decompress(packed, count)
            except Exception as error:
                if "emory" in str(error):  # lzma has one exception for all that can happen
                    limit = _MOST_MEMORY >> 20
                    message = f"It needs more than {limit} MiB of memory to be unpacked."
                    raise BoundError(message) from None
                if self._is_first:
                    raise
                return b""  # other bytes follow, as all programs accept it
            packed = b""
            if data:
                return data

    def _begin_stream(self) -> bytes:
        """Return the first bytes of the next stream, behind any padding."""
        packed: bytes = self._decompressor.unused_data.lstrip(b"\0")
        while not packed and (block := self._file.read(_BLOCK)):
            packed = block.lstrip(b"\0")
        self._decompressor = self._make()
        self._is_first = False
        return packed
