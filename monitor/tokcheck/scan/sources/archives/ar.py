"""Archives of ``ar``, as Debian packages and static libraries are: members behind short headers.

https://man7.org/linux/man-pages/man5/deb.5.html and ar.h
"""

from collections.abc import Iterator

from tokcheck.scan.sources.archives.member_stream import MemberStream, StreamMember, to_name
from tokcheck.scan.sources.chunks import read_up_to

_MARK = b"!<arch>\n"
_HEADER = 60
_HEADER_END = b"`\n"
_LONGEST_NAME = 1 << 16
# GNU's table of long names, and BSD's names in front of the data.
_NAMES = b"//"
_BSD = b"#1/"


class ArReader(MemberStream):
    """Reads an archive from its beginning to its end."""

    def members(self) -> Iterator[StreamMember]:
        """Yield the members."""
        read_up_to(self._read, len(_MARK))
        names = b""
        while header := self._next_header():
            name, size = header[:16].rstrip(b" "), int(header[48:58])
            padding = size % 2
            if name == _NAMES and size <= _LONGEST_NAME:
                names = read_up_to(self._read, size)
                self._add(names)
                self._skip(padding)
                continue
            if name.startswith(_BSD) and name[3:].isdigit():
                length = min(size, int(name[3:]), _LONGEST_NAME)
                name = read_up_to(self._read, length).rstrip(b"\0")
                size -= length
            elif name[:1] == b"/" and name[1:].isdigit():
                name = names[int(name[1:]) :].partition(b"\n")[0]
            yield from self._member(to_name(name.removesuffix(b"/")), size, padding)

    def _next_header(self) -> bytes:
        header = read_up_to(self._read, _HEADER)
        if (
            len(header) == _HEADER
            and header[58:] == _HEADER_END
            and header[48:58].strip().isdigit()
        ):
            return header
        self.is_damaged, self.rest = bool(header), header
        return b""
