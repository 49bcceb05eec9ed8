"""Tar archives as streams: no member is kept, and what belongs to none is kept apart.

https://www.gnu.org/software/tar/manual/html_node/Standard.html and POSIX.1-2001, pax
"""

from collections.abc import Iterator

from tokcheck.scan.sources.archives.kinds import TAR_BLOCK, tar_checksum_holds
from tokcheck.scan.sources.archives.member_stream import MemberStream, StreamMember, to_name
from tokcheck.scan.sources.chunks import read_up_to

_LONGEST_NAME = 1 << 20
_SKIPPED_AT_ONCE = 1 << 20
# Links, devices, folders and pipes: their size is that of something else.
_WITHOUT_DATA = b"123456"
_GNU_NAME, _GNU_LINK, _PAX, _PAX_FOR_ALL, _SPARSE = b"L", b"K", b"x", b"g", b"S"


class TarReader(MemberStream):
    """Reads a tar archive; the others are the targets of links, comments, bytes behind the end."""

    def members(self) -> Iterator[StreamMember]:
        """Yield the members; after an error, the rest of the stream can be read as it is."""
        name, size = "", None
        while header := self._next_header():
            kind, length = header[156:157], _number(header[124:136])
            if kind in {_GNU_NAME, _GNU_LINK, _PAX, _PAX_FOR_ALL}:
                text = self._text(length)
                if kind == _GNU_NAME:
                    name = to_name(text.rstrip(b"\0"))
                elif kind == _PAX:
                    records = dict(_pax_records(text))
                    name = records.pop("path", name)
                    size = _decimal(records.pop("size", ""), size)
                    self._add("\n".join(records.values()).encode("utf-8", "surrogateescape"))
                else:
                    self._add(text)
                continue
            if kind == _SPARSE:
                self._skip_sparse_map(header)
            self._add(header[157:257].rstrip(b"\0"))
            length = 0 if kind in _WITHOUT_DATA else length if size is None else size
            yield from self._member(name or _name_in(header), length, -length % TAR_BLOCK)
            name, size = "", None

    def _next_header(self) -> bytes:
        """Return the next header, or nothing at the end of the archive or where it is damaged."""
        header = read_up_to(self._read, TAR_BLOCK)
        if not header.strip(b"\0"):
            # The end is marked by two such blocks; what follows may be anything.
            while block := self._read(_SKIPPED_AT_ONCE):
                self._add(block.strip(b"\0"))
            return b""
        if not tar_checksum_holds(header):
            self.is_damaged = True
            self.rest = header
            return b""
        return header

    def _text(self, length: int) -> bytes:
        text = read_up_to(self._read, min(length, _LONGEST_NAME))
        self._skip(max(0, length - _LONGEST_NAME) + -length % TAR_BLOCK)
        return text

    def _skip_sparse_map(self, header: bytes) -> None:
        more = header[482:483]
        while more.strip(b"\0"):
            more = read_up_to(self._read, TAR_BLOCK)[504:505]


def _name_in(header: bytes) -> str:
    name = header[:100].partition(b"\0")[0]
    prefix = header[345:500].partition(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    return to_name(prefix + b"/" + name if prefix else name)


def _number(field: bytes) -> int:
    """Return a number in octal digits, or in binary where its first bit is set; 0 for no number."""
    if field[:1] >= b"\x80":
        return max(0, int.from_bytes(field[1:], "big"))
    return _octal(field.strip(b" \0"))


def _octal(digits: bytes) -> int:
    try:
        return max(0, int(digits or b"0", 8))
    except ValueError:
        return 0


def _decimal(digits: str, other: int | None) -> int | None:
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 20 else other  # noqa: PLR2004


def _pax_records(text: bytes) -> Iterator[tuple[str, str]]:
    r"""Yield the keys and values of records as ``30 path=…\n``."""
    while text:
        digits, space, _ = text.partition(b" ")
        length = int(digits) if space and digits.isdigit() and len(digits) < 9 else 0  # noqa: PLR2004
        record = text[len(digits) + 1 : length]
        if not record:
            return
        key, _, value = record.removesuffix(b"\n").partition(b"=")
        yield to_name(key), to_name(value)
        text = text[length:]
