"""An archive as a stream of members: none is kept, and what belongs to none is kept apart."""

from collections.abc import Iterator
from typing import NamedTuple

from tokcheck.scan.sources.archives.bounds import Read

_SKIPPED_AT_ONCE = 1 << 20
_MOST_OTHERS = 8 << 20


class StreamMember(NamedTuple):
    """A file in an archive, to be read before the next one is requested."""

    name: str
    read: Read


class MemberStream:
    """Reads an archive from its beginning to its end."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._left = 0  # of the current member
        self.others = bytearray()
        """The bytes that belong to no member."""
        self.rest = b""
        """The block at which reading stopped."""
        self.is_damaged = False

    def members(self) -> Iterator[StreamMember]:
        """Yield the members; after an error, the rest of the stream can be read as it is."""
        raise NotImplementedError

    def read_rest(self, count: int) -> bytes:
        """Read what is left where reading stopped."""
        data, self.rest = self.rest[:count], self.rest[count:]
        return data or self._read(count)

    def _member(self, name: str, size: int, padding: int) -> Iterator[StreamMember]:
        """Yield the member that follows, and skip what of it is not read."""
        self._left = size
        yield StreamMember(name, self._read_member)
        while self._left and self._read_member(_SKIPPED_AT_ONCE):
            pass
        self._skip(padding)

    def _read_member(self, count: int) -> bytes:
        data = self._read(min(count, self._left)) if self._left else b""
        if not data and self._left:
            self._left = 0
            raise EOFError
        self._left -= len(data)
        return data

    def _skip(self, count: int) -> None:
        while count and (data := self._read(min(count, _SKIPPED_AT_ONCE))):
            count -= len(data)

    def _add(self, data: bytes) -> None:
        if data and len(self.others) < _MOST_OTHERS:
            self.others += data[:_MOST_OTHERS] + b"\n"


def to_name(name: bytes) -> str:
    """Return the name of a member as Python decodes file names."""
    return name.decode("utf-8", "surrogateescape")
