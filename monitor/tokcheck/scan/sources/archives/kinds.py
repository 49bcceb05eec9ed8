"""Which archives there are, recognized by their bytes; loaded by every scan of files."""

from enum import Enum

from tokcheck.core.lazy import LazyBytesRegex
from tokcheck.scan.sources.archives.zip_end import last_zip_end

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
}
# The block size is a digit, and the first block or the end of an empty file follows.
_BZIP2 = b"BZh"
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
_LZMA = b"]\0\0"
_CPIO_BEGINNING = b"07070"
_BEGINNINGS = (*_MARKS, _BZIP2)
_LHA = (b"-lh5-", b"-lh6-", b"-lh7-")
_SCRIPT = b"#!"
_ANY_BEGINNING = (*_BEGINNINGS, _LZMA, _CPIO_BEGINNING, _SCRIPT)
# The end of a script, and what is compressed behind it, as in installers that unpack themselves.
_BEHIND_SCRIPT = LazyBytesRegex(rb"\n(?=\x1f\x8b\x08|\xfd7zXZ\0|BZh[1-9]1AY&SY|\x28\xb5\x2f\xfd)")
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


def compressed_behind_script(data: bytes) -> int | None:
    """Return where a compressed file begins behind a script."""
    match = _BEHIND_SCRIPT.compiled.search(data) if is_script(data) else None
    return None if match is None else match.end()


def is_archive(data: bytes) -> bool:
    """Return whether a file of these bytes is an archive, or ends with one."""
    return (
        archive_kind(data) is not None
        or compressed_behind_script(data) is not None
        or last_zip_end(data) is not None
    )


def _is_lzma(data: bytes) -> bool:
    # Its size is unknown, or below a terabyte.
    return data[5:13] == b"\xff" * 8 or (data[10:13] == b"\0" * 3 and data[5:10] != b"\0" * 5)


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
