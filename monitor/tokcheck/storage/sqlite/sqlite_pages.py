"""Read the pages of a damaged SQLite file and of its write-ahead log. Pure.

SQLite itself refuses a file with a damaged header, and ignores everything in a log behind a damaged
frame. The file need not be whole for this: every page is read by itself.
(https://www.sqlite.org/fileformat2.html)
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple

MAGIC = b"SQLite format 3\0"
PAGE_SIZES = tuple(1 << power for power in range(9, 17))
USUAL_PAGE_SIZE = 4096
HEADER_BYTES = 100
_VERSION_AT = 60
LOG_HEADER, FRAME_HEADER = 32, 24
_MOST_PAGES = 1 << 18
_LOG_MAGICS = (0x377F0682, 0x377F0683)


class DatabaseBytes(NamedTuple):
    """The bytes of a database file and of its write-ahead log."""

    file: bytes
    log: bytes = b""


class Log(NamedTuple):
    """The content of a write-ahead log."""

    page_size: int
    pages: Mapping[int, bytes]
    """The last committed content of each page, by its number from 1 on."""
    is_damaged: bool
    """Whether a frame is damaged before the last committed one."""


_NO_LOG = Log(0, {}, is_damaged=False)


def read_log(log: bytes) -> Log:
    """Return the committed pages of a write-ahead log.

    Each frame is checked by the sum of the frame before it, so that one damaged frame does not make
    those behind it unreadable.
    """
    if len(log) < LOG_HEADER:
        return _NO_LOG
    magic, _, page_size, _, *salts, sum_0, sum_1 = struct.unpack(">8I", log[:LOG_HEADER])
    has_header = magic in _LOG_MAGICS and page_size in PAGE_SIZES
    order = ">" if magic & 1 or not has_header else "<"
    if has_header:
        has_header = _checksum(log[:24], (0, 0), order) == (sum_0, sum_1)
    sizes = (page_size,) if has_header else PAGE_SIZES
    orders = (order,) if has_header else "<>"
    before = (sum_0, sum_1) if has_header else None
    logs = [
        _read_frames(log, size, order, tuple(salts) if has_header else None, before)
        for size in sizes
        for order in orders
    ]
    best = max(logs, key=lambda found: len(found.pages))
    return best if has_header else best._replace(is_damaged=True)


def _read_frames(
    log: bytes,
    page_size: int,
    order: str,
    salts: tuple[int, ...] | None,
    before: tuple[int, int] | None,
) -> Log:
    committed: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    damaged_at: list[int] = []
    last_commit = -1
    for number, start in enumerate(range(LOG_HEADER, len(log), FRAME_HEADER + page_size)):
        frame = log[start : start + FRAME_HEADER + page_size]
        if len(frame) < FRAME_HEADER + page_size:
            break
        page, size, salt_0, salt_1, *sums = struct.unpack(">6I", frame[:FRAME_HEADER])
        if (
            before is not None
            and salts in {None, (salt_0, salt_1)}
            and _is_whole(frame, before, order, sums)
        ):
            # Without a header, the first whole frame names the salts: those behind the last one of
            # this log may be an earlier log's.
            salts = (salt_0, salt_1)
            pending[page] = frame[FRAME_HEADER:]
            if size:  # the frame ends a transaction
                committed |= pending
                pending.clear()
                last_commit = number
        else:
            damaged_at.append(number)
        before = (sums[0], sums[1])
    is_damaged = any(number < last_commit for number in damaged_at)
    return Log(page_size, committed, is_damaged=is_damaged)


def _is_whole(frame: bytes, before: tuple[int, int], order: str, sums: list[int]) -> bool:
    expected = _checksum(frame[FRAME_HEADER:], _checksum(frame[:8], before, order), order)
    return expected == (sums[0], sums[1])


def _checksum(data: bytes, start: tuple[int, int], order: str) -> tuple[int, int]:
    one, two = start
    for even, odd in struct.iter_unpack(f"{order}2I", data):
        one = (one + even + two) & 0xFFFFFFFF
        two = (two + odd + one) & 0xFFFFFFFF
    return one, two


def page_size_of(file: bytes) -> int | None:
    """Return the size of a page that a file's header states; ``None`` if the header is damaged."""
    if len(file) < HEADER_BYTES or not file.startswith(MAGIC):
        return None
    (size,) = struct.unpack(">H", file[16:18])
    size = full_page_size(size)
    return size if size in PAGE_SIZES else None


def full_page_size(stated: int) -> int:
    """Return the size of a page that 16 bits state: the largest one does not fit into them."""
    return PAGE_SIZES[-1] if stated == 1 else stated


def user_version_of(file: bytes) -> int | None:
    """Return the user version that a file's header states; ``None`` if the header is damaged."""
    if page_size_of(file) is None:
        return None
    return int(struct.unpack(">i", file[_VERSION_AT : _VERSION_AT + 4])[0])


def join_pages(file: bytes, page_size: int, log: Log) -> list[bytes]:
    """Return the pages of a database: those of its log in place of those of its file."""
    pages = [file[start : start + page_size] for start in range(0, len(file), page_size)]
    blank = bytes(page_size)
    if log.page_size == page_size:
        # The file may have lost more pages than the log has. A number beyond any store's is a
        # damaged one, and must not make a list of billions.
        numbers = [number for number in log.pages if 0 < number <= _MOST_PAGES]
        pages += [blank] * (max(numbers, default=0) - len(pages))
        for number in numbers:
            pages[number - 1] = log.pages[number]
    return [page if len(page) == page_size else page.ljust(page_size, b"\0") for page in pages]
