"""Decode a paste: the bytes of clipboards, shells and editors, and needless escapes.

Some encoders write escapes for characters of a token, though none needs one.
"""

import binascii
import codecs
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tokcheck.core.errors import UsageError
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import LAST_CHARACTERS

if TYPE_CHECKING:
    import re

_CHARACTERS = {"2e": ".", "2d": "-", "5f": "_"}
_ESCAPED = LazyRegex(r"(?:%(?:25){0,2}|\\u00)(2[EeDd]|5[Ff])")


def unescape(text: str) -> tuple[str, int]:
    """Return the text without such escapes, and how many there were."""
    return _ESCAPED.compiled.subn(lambda match: _CHARACTERS[match.group(1).lower()], text)


# UTF-32's mark begins with UTF-16's, so it is looked for first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(head: bytes) -> str:
    """Return the encoding of a text by its first bytes: its mark, or where its zeros are."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if len(head) >= 4 and b"\0" in head[:4]:  # noqa: PLR2004 - two UTF-16 characters
        if head[1:4:2] == b"\0\0" and head[2]:
            return "utf-16-le"
        if head[0:3:2] == b"\0\0" and head[1]:
            return "utf-16-be"
    return "utf-8"


LONGEST_PASTE = 1024 * 1024
"""How many bytes a paste may have, from any source."""


GZIP = b"\x1f\x8b\x08"
"""The first bytes of a file that gzip compressed (RFC 1952)."""


_BZIP2 = (b"1AY&SY", b"\x17rE8P\x90")
_XZ = b"\xfd7zXZ\0"
_ZIP = b"PK\x03\x04"
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
    if data.startswith(_ZIP):
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
    """What the standard library's modules for compressed data have in common."""

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

# base64url's two characters of its own, as plain Base64 writes them.
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
# A text in Base64 once more, wrapped at one of the widths that encoders use, or in one line.
_WIDTHS = (76, 64)
_BASE64 = "[A-Za-z0-9+/]"
_RUN = LazyRegex(
    r"(?<![\w+/.-])(?:"
    + "|".join(rf"(?:{_BASE64}{{{width}}}\r?\n[ \t]{{0,40}})+{_BASE64}++" for width in _WIDTHS)
    + r"|[A-Za-z0-9+/_-]{24,}+)={0,2}+(?!\.?[\w+/=-])"
)
_BLANKS = LazyRegex(r"\s+")
_TEXT = LazyRegex(r"[\t\n\r -~]+")
# What stands behind a run that may go on there.
_MORE = LazyRegex(r"\s*\n[ \t]*[A-Za-z0-9+/_-]+={0,2}[ \t]*(?:\r?\n|\Z)")
_GROUP = 4
_MOST_LAYERS = 3
# Letters and digits alone may have been drawn by lot.
_SIGNS = LazyRegex(r"[^A-Za-z0-9]")


def read_base64(encoded: bytes) -> bytes:
    """Return what a text in Base64 or base64url stands for; an incomplete group is left out.

    :raises ValueError: if it is none.
    """
    encoded = encoded.rstrip(b"=").translate(_URL_SAFE)
    left = len(encoded) % _GROUP
    whole, last = encoded[: len(encoded) - left], encoded[len(encoded) - left :]
    if left > 1:
        whole += last + b"=" * (_GROUP - left)
    return binascii.a2b_base64(whole)


class DecodedText(NamedTuple):
    """A text in which each text in Base64 is decoded; ``cut`` if one of them may go on."""

    text: str
    cut: bool


def decode_base64_runs(text: str) -> DecodedText | None:
    """Decode each text in Base64, as in the data of a Kubernetes secret; ``None`` without one.

    What was encoded several times is decoded as often.
    """
    decoded: DecodedText | None = None
    for _ in range(_MOST_LAYERS):
        inner = _decode_layer(text)
        if inner is None:
            break
        decoded = DecodedText(inner.text, inner.cut or (decoded is not None and decoded.cut))
        text = inner.text
    return decoded


def decode_word(word: str) -> str | None:
    """Return the text that a word in Base64 stands for; ``None`` if it is none, or one word."""
    match = _RUN.fullmatch(word)
    inner = _decode_run(match.group()) if match is not None else None
    return inner if inner is not None and _SIGNS.search(inner) else None


def _decode_layer(text: str) -> DecodedText | None:
    pieces: list[str] = []
    done = 0
    cut = False
    for match in _RUN.compiled.finditer(text):
        run = _BLANKS.compiled.sub("", match.group())
        inner = _decode_run(run)
        if inner is not None:
            pieces += (text[done : match.start()], inner.strip())
            done = match.end()
            cut = cut or not (inner.endswith("\n") or _ends(text, match, run))
    return DecodedText("".join((*pieces, text[done:])), cut) if pieces else None


def _decode_run(run: str) -> str | None:
    """Return what stands encoded in a run, as Windows' UTF-16 too; ``None`` if it is no text."""
    try:
        data = read_base64(run.encode())
        inner = data.decode(encoding_of(data[:4])).encode("ascii").decode()
    except ValueError:  # of any of them
        return None
    return inner if _TEXT.fullmatch(inner) else None


def _ends(text: str, match: "re.Match[str]", run: str) -> bool:
    """Return whether a text in Base64 is complete, as far as its form shows."""
    if run.endswith("="):
        return len(run) % _GROUP == 0
    left = len(run) % _GROUP  # without its padding, or cut
    if left and run[-1] not in LAST_CHARACTERS.get(left, ""):  # it has bits of more characters
        return False
    last = len(match.group().rsplit("\n", 1)[-1].strip())
    return last not in _WIDTHS and _MORE.match(text, match.end()) is None
