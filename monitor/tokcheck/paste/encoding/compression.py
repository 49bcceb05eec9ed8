"""Undo the compression of a paste, which may have been compressed several times."""

from collections.abc import Callable
from typing import Protocol

from tokcheck.core.errors import UsageError
from tokcheck.paste.encoding import encoding_of

LONGEST_PASTE = 1024 * 1024
"""How many bytes a paste may have, from any source."""

GZIP = b"\x1f\x8b\x08"
"""The first bytes of a file that gzip compressed (RFC 1952)."""

_BZIP2 = (b"1AY&SY", b"\x17rE8P\x90")
_XZ = b"\xfd7zXZ\0"
ZIP = b"PK\x03\x04"
"""The first bytes of a zip archive."""
# Forms that the standard library does not unpack.
_OTHERS = {
    b"(\xb5/\xfd": "Zstandard", b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!\x1a\x07": "RAR",
    b"\x04\x22M\x18": "LZ4", b"\x1f\x9d": "compress",
}  # fmt: skip
_MOST_PACKED = 3
_XZ_MEMORY = 64 << 20


def packer_of(data: bytes) -> str:
    """Return the name of the program or format that compressed the data; empty for none."""
    if data.startswith(GZIP):
        return "gzip"
    if data.startswith(b"BZh") and data[4:10] in _BZIP2:
        return "bzip2"
    if data.startswith(_XZ):
        return "xz"
    if data.startswith(ZIP):
        return "zip"
    return next((name for head, name in _OTHERS.items() if data.startswith(head)), "")


def decode_paste(
    data: bytes, describe: Callable[[], str], note: Callable[[str], object] = str
) -> str:
    """Return the text of a paste of at most 1 MiB, which may be compressed, also several times.

    Bytes that are no text of its encoding become replacement characters: they may stand beside a
    token that is whole. ``describe`` returns the name of the source for an error. ``note`` gets the
    name of each compression that was undone, the outermost first, for a list of what was stripped.

    :raises UsageError: if it is larger, damaged, or compressed in another way.
    """
    hint = "Paste only the part that has the token."
    if len(data) > LONGEST_PASTE:
        raise UsageError(f"{describe()} is larger than 1 MiB.", hint)
    for _ in range(_MOST_PACKED):
        packer = packer_of(data[:16])
        if not packer:
            break
        if packer in _OTHERS.values():
            raise UsageError(f"{describe()} is compressed by {packer}.", "Unpack it first.")
        data = _unpack(data, packer, describe)
        note(f"the {packer} compression")
        if len(data) > LONGEST_PASTE:
            raise UsageError(f"{describe()} unpacks to more than 1 MiB.", hint)
    return data.decode(encoding_of(data[:4]), "replace")


def _unpack(data: bytes, packer: str, describe: Callable[[], str]) -> bytes:
    """Return what was compressed, and no more than a little above the size of a paste."""
    import zlib  # noqa: PLC0415 - seldom needed

    errors: tuple[type[Exception], ...] = (zlib.error, OSError, EOFError, ValueError)
    if packer == "xz":
        import lzma  # noqa: PLC0415 - seldom needed

        errors += (lzma.LZMAError,)
    elif packer == "zip":
        import zipfile  # noqa: PLC0415 - seldom needed

        errors += (zipfile.BadZipFile,)
    try:
        return _unpack_zip(data) if packer == "zip" else _unpack_streams(data, packer, describe)
    except (RuntimeError, NotImplementedError):
        raise UsageError(
            f"{describe()} is a zip file with a password, or of an unusual form.",
            "Unpack it first.",
        ) from None
    except errors:
        raise UsageError(
            f"{describe()} is damaged: {packer} cannot unpack it.", PACK_AGAIN
        ) from None


def _unpack_streams(data: bytes, packer: str, describe: Callable[[], str]) -> bytes:
    """Return what gzip, bzip2 or xz compressed, which may be several pieces in a row."""
    parts: list[bytes] = []
    left = LONGEST_PASTE + 1
    while packer_of(data[:16]) == packer and left > 0:
        unpacker = _unpacker(packer)
        parts.append(unpacker.decompress(data, left))
        left -= len(parts[-1])
        if not unpacker.eof and left > 0:
            raise UsageError(f"{describe()} ends within its compressed data.", PACK_AGAIN)
        data = unpacker.unused_data.lstrip(b"\0")
    return b"".join(parts)


class _Unpacker(Protocol):
    """The common interface of the standard library's decompressors."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, limit: int, /) -> bytes: ...


def _unpacker(packer: str) -> _Unpacker:
    if packer == "gzip":
        import zlib  # noqa: PLC0415 - seldom needed

        return zlib.decompressobj(wbits=31)
    if packer == "bzip2":
        import bz2  # noqa: PLC0415 - seldom needed

        return bz2.BZ2Decompressor()
    import lzma  # noqa: PLC0415 - seldom needed

    return lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY)


def _unpack_zip(data: bytes) -> bytes:
    """Return the members of a zip file, one behind the other."""
    import io  # noqa: PLC0415 - seldom needed
    import zipfile  # noqa: PLC0415 - seldom needed

    parts: list[bytes] = []
    left = LONGEST_PASTE + 1
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            with archive.open(member) as stream:
                content = stream.read(left)
            left -= len(content)
            parts.append(content.decode(encoding_of(content[:4]), "replace").encode())
            if left <= 0:
                break
    return b"\n".join(parts)


PACK_AGAIN = "Copy or compress it again."
