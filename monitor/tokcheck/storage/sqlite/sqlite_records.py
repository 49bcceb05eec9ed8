"""Read the rows in the pages of a damaged SQLite file. Pure.

Rows are read from every page that has some, whether or not another page still points to it. A row
that is not whole is left out. (https://www.sqlite.org/fileformat2.html)
"""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from tokcheck.storage.sqlite.sqlite_pages import MAGIC

Value: TypeAlias = int | float | str | bytes | None

_INDEX_BRANCH, _TABLE_BRANCH, _INDEX_LEAF, _TABLE_LEAF = 2, 5, 10, 13
_WITH_ROWS = (_TABLE_LEAF, _INDEX_LEAF, _INDEX_BRANCH)
_FILE_HEADER = 100
_SHORTEST_ROW, _LONGEST_ROW = 2, 1 << 20
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_FIRST_BLOB = 12
_MULTIBYTE = 0x80
"""The least first byte of a varint of several bytes."""


class Row(NamedTuple):
    """A row of a table, or an entry of an index, which has no number."""

    number: int | None
    values: tuple[Value, ...]


class _DamagedError(ValueError):
    """The bytes are not a row."""


def read_rows(pages: Sequence[bytes], reserved: int = 0) -> Iterator[Row]:
    """Yield the rows in all pages; ``reserved`` bytes at the end of each page are not used."""
    for number, page in enumerate(pages, 1):
        start = _FILE_HEADER if number == 1 and _has_header(page) else 0
        kinds = (page[start],) if page[start] in _WITH_ROWS else (_TABLE_LEAF, _INDEX_LEAF)
        if page[start] == _TABLE_BRANCH or not any(page):
            continue
        for kind in kinds:
            yield from _rows_of_page(pages, page, start, kind, reserved)


def _has_header(page: bytes) -> bool:
    """Return whether a first page has the header of the file, even if that is damaged."""
    same = sum(one == other for one, other in zip(page, MAGIC, strict=False))
    return same >= len(MAGIC) // 2 or page[0] not in _WITH_ROWS


def _rows_of_page(
    pages: Sequence[bytes], page: bytes, start: int, kind: int, reserved: int
) -> Iterator[Row]:
    usable = len(page) - reserved
    first = start + (12 if kind == _INDEX_BRANCH else 8)
    (count,) = struct.unpack(">H", page[start + 3 : start + 5])
    slots = struct.unpack_from(f">{min(_most_cells(usable), (usable - first) // 2)}H", page, first)
    cells: dict[int, tuple[Row, int]] = {}
    rows_of_header, covered = 0, 0
    for position, offset in enumerate(slots):
        if position >= count and (covered == _used_bytes(page, start, usable) and rows_of_header):
            break  # the cells of the header fill the page: nothing is missing
        if not first <= offset < usable:
            if position >= count:
                break
            continue
        if offset in cells:
            continue
        try:
            cells[offset] = cell = _read_cell(pages, page, offset, kind, usable)
        except (_DamagedError, IndexError, struct.error):
            continue
        if position < count:
            rows_of_header += 1
            covered += cell[1]
    for row, _ in cells.values():
        yield row


def _most_cells(usable: int) -> int:
    return usable // 6  # four bytes and a slot are the least that a cell takes


def _used_bytes(page: bytes, start: int, usable: int) -> int:
    """Return how many bytes the cells of a page take by its header: all that is not free."""
    free, content, fragments = (
        *struct.unpack(">H", page[start + 1 : start + 3]),
        *struct.unpack(">H", page[start + 5 : start + 7]),
        page[start + 7],
    )
    total = usable - (content or 1 << 16) - fragments
    while free and free + 4 <= usable:
        following, size = struct.unpack(">HH", page[free : free + 4])
        total -= size
        if following <= free:
            break
        free = following
    return int(total)


def _read_cell(
    pages: Sequence[bytes], page: bytes, offset: int, kind: int, usable: int
) -> tuple[Row, int]:
    """Return the row of a cell, and how many bytes the cell takes in its page."""
    position = offset + (4 if kind == _INDEX_BRANCH else 0)
    length, position = _read_varint(page, position)
    number = None
    if kind == _TABLE_LEAF:
        number, position = _read_varint(page, position)
        number -= (number >> 63) << 64
    if not _SHORTEST_ROW <= length <= _LONGEST_ROW:
        raise _DamagedError
    local = _local_size(length, usable, is_table=kind == _TABLE_LEAF)
    payload = page[position : min(position + local, usable)]
    if len(payload) < local:
        raise _DamagedError
    end = position + local
    if local < length:
        (following,) = struct.unpack(">I", page[end : end + 4])
        payload += _read_overflow(pages, following, length - local, usable)
        end += 4
    return Row(number, _read_record(payload)), max(4, end - offset)


def _local_size(length: int, usable: int, *, is_table: bool) -> int:
    """Return how much of a row is in its page; the rest is in a chain of others."""
    most = usable - 35 if is_table else (usable - 12) * 64 // 255 - 23
    if length <= most:
        return length
    least = (usable - 12) * 32 // 255 - 23
    size = least + (length - least) % (usable - 4)
    return size if size <= most else least


def _read_overflow(pages: Sequence[bytes], number: int, length: int, usable: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        if not 0 < number <= len(pages):
            raise _DamagedError
        page = pages[number - 1]
        parts += page[4:usable]
        (number,) = struct.unpack(">I", page[:4])
    return bytes(parts[:length])


def _read_record(payload: bytes) -> tuple[Value, ...]:
    end, position = _read_varint(payload, 0)
    if end > len(payload):
        raise _DamagedError
    types = []
    while position < end:
        kind = payload[position]
        if kind < _MULTIBYTE:
            position += 1
        else:
            kind, position = _read_varint(payload, position)
        types.append(kind)
    if position != end:
        raise _DamagedError
    values: list[Value] = []
    for kind in types:
        value, position = _read_value(payload, position, kind)
        values.append(value)
    if position != len(payload):
        raise _DamagedError
    return tuple(values)


def _read_value(payload: bytes, position: int, kind: int) -> tuple[Value, int]:
    if kind == 0:
        return None, position
    if kind in (8, 9):
        return kind - 8, position
    size = 8 if kind == 7 else _INTEGERS.get(kind, (kind - _FIRST_BLOB) // 2)  # noqa: PLR2004 - a real number
    if kind in (10, 11) or size < 0 or position + size > len(payload):
        raise _DamagedError
    data = payload[position : position + size]
    position += size
    if kind == 7:  # noqa: PLR2004 - a real number
        return float(struct.unpack(">d", data)[0]), position
    if kind in _INTEGERS:
        return int.from_bytes(data, "big", signed=True), position
    if kind % 2 == 0:
        return data, position
    try:
        return data.decode(), position
    except UnicodeDecodeError:
        return data, position


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for count in range(9):
        byte = data[position + count]
        if count == 8:  # noqa: PLR2004 - the ninth byte has eight bits
            return value << 8 | byte, position + 9
        value = value << 7 | byte & 0x7F
        if byte < _MULTIBYTE:  # the last one
            return value, position + count + 1
    raise _DamagedError
