"""Which archives there are, recognized by their bytes; loaded by every scan of files."""

from enum import Enum

TAR_BLOCK = 512
_CHECKSUM = slice(148, 156)


class ArchiveKind(Enum):
    """A format that holds other files, or one compressed one."""

    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTANDARD = "Zstandard"
    # Python has nothing to read these.
    SEVEN_ZIP = "7-Zip"
    RAR = "RAR"
    LZ4 = "LZ4"
    LZIP = "lzip"
    COMPRESS = "compress"


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
}
# The block size is a digit, and the first block or the end of an empty file follows.
_BZIP2 = b"BZh"
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
_BEGINNINGS = (*_MARKS, _BZIP2)
_ZIP_END = b"PK\x05\x06"
ZIP_END_BYTES = 22 + 0xFFFF
"""How far from the end of a zip archive its own end record may begin."""
# A script or program in front of a zip archive: a zipapp, a self-extracting archive.
_PROGRAMS = (b"#!", b"MZ", b"\x7fELF")


def archive_kind(data: bytes) -> ArchiveKind | None:
    """Return what a file is that begins with these bytes; ``None`` if it is no archive."""
    if data.startswith(_BEGINNINGS):
        for mark, kind in _MARKS.items():
            if data.startswith(mark):
                return kind
        return (
            ArchiveKind.BZIP2 if data[3:4].isdigit() and data.startswith(_BZIP2_BLOCKS, 4) else None
        )
    return ArchiveKind.TAR if _is_tar(data) else None


def is_program(data: bytes) -> bool:
    """Return whether a file that begins with these bytes may have a zip archive at its end."""
    return data.startswith(_PROGRAMS)


def has_zip_end(tail: bytes) -> bool:
    """Return whether these last bytes of a file are those of a zip archive."""
    return tail.rfind(_ZIP_END, max(0, len(tail) - ZIP_END_BYTES)) >= 0


def is_archive(data: bytes) -> bool:
    """Return whether a file of these bytes is an archive."""
    return archive_kind(data) is not None or (is_program(data) and has_zip_end(data))


def _is_tar(data: bytes) -> bool:
    # The checksum ends in this way in all dialects, and in hardly any other file.
    if data[154:156] not in {b"\0 ", b" \0"} and data[257:262] != b"ustar":
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
