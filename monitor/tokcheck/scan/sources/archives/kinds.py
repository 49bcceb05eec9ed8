"""Which archives there are, recognized by their bytes; loaded by every scan of files."""

from enum import Enum

from tokcheck.core.lazy import LazyBytesRegex
from tokcheck.scan.sources.archives.zip_end import ZipSpan, zip_spans

TAR_BLOCK = 512
_CHECKSUM = slice(148, 156)
_TAR_CHECKSUM_ENDS = (b"\0 ", b" \0")
_TAR_MARK = b"ustar"
HEAD_BYTES = 262
"""The first bytes of a file that show whether it may be an archive."""


class ArchiveKind(Enum):
    """A format that holds other files, or one compressed one."""

    ZIP = "zip"
    TAR = "tar"
    AR = "ar"
    CPIO = "cpio"
    RPM = "RPM"
    PDF = "PDF"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    LZMA = "LZMA"
    ZSTANDARD = "Zstandard"
    ZLIB = "zlib"
    # Python has nothing to read these.
    SEVEN_ZIP = "7-Zip"
    RAR = "RAR"
    LZ4 = "LZ4"
    LZIP = "lzip"
    COMPRESS = "compress"
    SNAPPY = "Snappy"
    CABINET = "Cabinet"
    XAR = "xar"
    SQUASHFS = "SquashFS"
    LHA = "LHA"
    # Most of what these hold are differences from other objects, which only git puts together.
    GIT_PACK = "pack"
    GIT_BUNDLE = "bundle"


_MARKS = {
    b"PK\x03\x04": ArchiveKind.ZIP,
    b"PK\x05\x06": ArchiveKind.ZIP,
    b"\x1f\x8b\x08": ArchiveKind.GZIP,
    b"\xfd7zXZ\x00": ArchiveKind.XZ,
    b"\x28\xb5\x2f\xfd": ArchiveKind.ZSTANDARD,
    b"7z\xbc\xaf\x27\x1c": ArchiveKind.SEVEN_ZIP,
    b"Rar!\x1a\x07": ArchiveKind.RAR,
    b"\x04\x22\x4d\x18": ArchiveKind.LZ4,
    b"LZIP\x01": ArchiveKind.LZIP,
    b"\x1f\x9d\x90": ArchiveKind.COMPRESS,
    b"!<arch>\n": ArchiveKind.AR,
    b"\xed\xab\xee\xdb": ArchiveKind.RPM,
    b"\xff\x06\0\0sNaPpY": ArchiveKind.SNAPPY,
    b"MSCF\0\0\0\0": ArchiveKind.CABINET,
    b"xar!\0\x1c": ArchiveKind.XAR,
    b"hsqs": ArchiveKind.SQUASHFS,
    b"%PDF-": ArchiveKind.PDF,
    # https://git-scm.com/docs/gitformat-pack and gitformat-bundle
    b"PACK\0\0\0\x02": ArchiveKind.GIT_PACK,
    b"PACK\0\0\0\x03": ArchiveKind.GIT_PACK,
    b"# v2 git bundle\n": ArchiveKind.GIT_BUNDLE,
    b"# v3 git bundle\n": ArchiveKind.GIT_BUNDLE,
}
# The block size is a digit, and the first block or the end of an empty file follows.
_BZIP2 = b"BZh"
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
_LZMA = b"]\0\0"
# The levels of compression; git keeps each object in such a file until it packs them.
_ZLIB = (b"x\x01", b"x^", b"x\x9c", b"x\xda")
_ZLIB_SAMPLE, _ZLIB_LEAST = 4_096, 200
_CPIO_BEGINNING = b"07070"
_BEGINNINGS = (*_MARKS, _BZIP2)
_LHA = (b"-lh5-", b"-lh6-", b"-lh7-")
_SCRIPT = b"#!"
_ANY_BEGINNING = (*_BEGINNINGS, _LZMA, *_ZLIB, _CPIO_BEGINNING, _SCRIPT)
# The end of a script, and what is compressed behind it, as in installers that unpack themselves.
_BEHIND_SCRIPT = LazyBytesRegex(rb"\n(?=\x1f\x8b\x08|\xfd7zXZ\0|BZh[1-9]1AY&SY|\x28\xb5\x2f\xfd)")
# With or without a name; the time, the level and the system follow (RFC 1952, 2.3).
GZIP_MARKS = (b"\x1f\x8b\x08\x00", b"\x1f\x8b\x08\x08")
"""What a stream of gzip inside of other data begins with."""
_GZIP = LazyBytesRegex(rb"(?s:\x1f\x8b\x08[\x00\x08].{4}[\x00\x02\x04][\x00-\x0d\xff])")
_GZIP_SAMPLE, _LEAST_UNPACKED = 1_024, 24
_MARK = 16  # bytes that show what a compressed file is
_CPIO = LazyBytesRegex(rb"07070[12][0-9A-Fa-f]{104}|070707[0-7]{70}")


def archive_kind(data: bytes) -> ArchiveKind | None:
    """Return what a file is that begins with these bytes; ``None`` if it is no archive."""
    if data.startswith(_BEGINNINGS):
        for mark, kind in _MARKS.items():
            if data.startswith(mark):
                return kind
        return (
            ArchiveKind.BZIP2 if data[3:4].isdigit() and data.startswith(_BZIP2_BLOCKS, 4) else None
        )
    if data.startswith(_LZMA):
        return ArchiveKind.LZMA if _is_lzma(data) else None
    if data.startswith(_ZLIB):
        return ArchiveKind.ZLIB if _is_zlib(data) else None
    if data.startswith(_CPIO_BEGINNING):
        return ArchiveKind.CPIO if _CPIO.compiled.match(data) else None
    if data[2:7] in _LHA:
        return ArchiveKind.LHA
    return ArchiveKind.TAR if _is_tar(data) else None


def may_hold_files(head: bytes | bytearray) -> bool:
    """Return whether a file with these first bytes could be an archive, or a script with one.

    They are :data:`HEAD_BYTES`; every file is tested. A zip archive may also be at its end.
    """
    return (
        head.startswith(_ANY_BEGINNING)
        or head[154:156] in _TAR_CHECKSUM_ENDS
        or head[257:262] == _TAR_MARK
        or head[2:7] in _LHA
    )


def is_script(data: bytes) -> bool:
    """Return whether a file that begins with these bytes is a script."""
    return data.startswith(_SCRIPT)


def compressed_behind_script(data: bytes) -> tuple[ArchiveKind | None, int]:
    """Return what is compressed behind a script that begins so, and its place."""
    match = _BEHIND_SCRIPT.compiled.search(data) if is_script(data) else None
    if match is None:
        return None, 0
    return archive_kind(data[match.end() : match.end() + _MARK]), match.end()


def gzip_starts(data: bytes, offset: int = 0) -> list[int]:
    """Return where streams of gzip begin in some data, which begins at ``offset`` of a file."""
    return [
        offset + match.start()
        for match in _GZIP.compiled.finditer(data)
        if _begins_gzip(data[match.start() : match.start() + _GZIP_SAMPLE])
    ]


def _begins_gzip(data: bytes) -> bool:
    """Return whether a stream of gzip begins so: its first bytes can be unpacked."""
    import zlib

    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        return len(unpacker.decompress(data, _GZIP_SAMPLE)) >= _LEAST_UNPACKED
    except zlib.error:
        return False


def is_archive(data: bytes) -> bool:
    """Return whether a file of these bytes is an archive, or ends with one."""
    return (
        archive_kind(data) is not None
        or compressed_behind_script(data)[1] > 0
        or bool(zip_spans(data))
        or bool(gzip_starts(data))
    )


def _is_lzma(data: bytes) -> bool:
    # Its size is unknown, or below a terabyte.
    return data[5:13] == b"\xff" * 8 or (data[10:13] == b"\0" * 3 and data[5:10] != b"\0" * 5)


def _is_zlib(data: bytes) -> bool:
    import zlib

    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(data[:_ZLIB_SAMPLE], _ZLIB_LEAST)
    except zlib.error:
        return False
    # What is shorter may be a text.
    return unpacker.eof or len(unpacked) >= _ZLIB_LEAST


def _is_tar(data: bytes) -> bool:
    # The checksum ends in this way in all dialects, and in hardly any other file.
    if data[154:156] not in _TAR_CHECKSUM_ENDS and data[257:262] != _TAR_MARK:
        return False
    return tar_checksum_holds(data[:TAR_BLOCK])


def tar_checksum_holds(header: bytes) -> bool:
    """Return whether a header of a tar archive is intact."""
    try:
        expected = int(header[_CHECKSUM].strip(b" \0"), 8)
    except ValueError:
        return False
    return len(header) == TAR_BLOCK and expected == (
        sum(header) - sum(header[_CHECKSUM]) + 8 * ord(" ")
    )


class EmbeddedArchives:
    """The archives that stand in a file of a kind, or of none, among other data."""

    def __init__(self, kind: ArchiveKind | None) -> None:
        self._kind = kind
        self.zips: list[ZipSpan] = []
        self.streams: list[int] = []

    def add(self, data: bytes, offset: int = 0) -> None:
        """Search a part of the file."""
        if self._kind in {None, ArchiveKind.ZIP}:
            self.zips += zip_spans(data, offset)
        if self._kind is None:
            self.streams += gzip_starts(data, offset)

    def kind_or(
        self, behind_script: tuple[ArchiveKind | None, int]
    ) -> tuple[ArchiveKind | None, int]:
        """Return the kind of the file or of what is in it, and where that begins."""
        if self._kind is not None or self.zips:
            return self._kind or ArchiveKind.ZIP, 0
        if behind_script[0] is None and self.streams:
            return ArchiveKind.GZIP, 0
        return behind_script
