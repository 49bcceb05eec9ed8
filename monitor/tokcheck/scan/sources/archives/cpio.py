"""Archives of ``cpio``, as an RPM package and an initial file system of Linux have them.

https://www.kernel.org/doc/Documentation/driver-api/early-userspace/buffer-format.rst
"""

from collections.abc import Iterator

from tokcheck.scan.sources.archives.member_stream import MemberStream, StreamMember, to_name
from tokcheck.scan.sources.chunks import read_up_to

_LONGEST_NAME = 1 << 16
_END = "TRAILER!!!"
_BLOCK = 1 << 20


class CpioReader(MemberStream):
    """Reads an archive in the new format, or in that of POSIX, from its beginning to its end."""

    def members(self) -> Iterator[StreamMember]:
        """Yield the members."""
        while magic := read_up_to(self._read, 6):
            if magic in {b"070701", b"070702"}:
                header = read_up_to(self._read, 104)
                fields, base, align = (header[48:56], header[88:96]), 16, 4
            elif magic == b"070707":
                header = read_up_to(self._read, 70)
                fields, base, align = (header[59:70], header[53:59]), 8, 1
            else:
                header, fields, base, align = b"", (b"", b""), 10, 1
            try:
                size, length = (int(field, base) for field in fields)
            except ValueError:
                self.is_damaged, self.rest = True, magic + header
                return
            name = to_name(read_up_to(self._read, min(length, _LONGEST_NAME)).rstrip(b"\0"))
            self._skip(
                max(0, length - _LONGEST_NAME) + -(len(magic) + len(header) + length) % align
            )
            if name == _END:
                self._after_end()
                return
            yield from self._member(name, size, -size % align)

    def _after_end(self) -> None:
        """Keep what follows the end: mostly zeros, or another archive."""
        while block := self._read(_BLOCK):
            if block := block.lstrip(b"\0"):
                self.rest = block
                return
