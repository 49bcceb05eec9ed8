"""The end record of a zip archive, before and behind which anything may stand.

So an archive that extracts itself begins with a program. A program that reads zip archives has the
mark of the record, too, so that the record must agree with itself. APPNOTE.TXT 4.3.16,
https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from collections.abc import Iterable
from typing import NamedTuple

ZIP_END = b"PK\x05\x06"
"""The mark with which it begins."""
ZIP_END_RECORD = 22
"""How long it is without its comment."""
ZIP_END_BYTES = ZIP_END_RECORD + 0xFFFF
"""How far from the end of a zip archive its own record may begin."""
_ENTRY, _ENTRY_MARK = 46, b"PK\x01\x02"
_LONGEST_ENTRY = _ENTRY + 3 * 0xFFFF
_IN_ZIP64 = 0xFFFFFFFF
_ZIP64_LOCATOR_BYTES, _ZIP64_LOCATOR = 20, b"PK\x06\x07"


class ZipSpan(NamedTuple):
    """Where a zip archive begins, as far as its end record says so, and where that record is."""

    start: int
    end: int


def zip_spans(data: bytes, offset: int = 0) -> list[ZipSpan]:
    """Return the zip archives with members that end in some data, which begins at ``offset``."""
    spans: list[ZipSpan] = []
    # A text, which has no NUL, is passed at once; a search backwards is several times slower.
    at = data.find(ZIP_END) if b"\0" in data else -1
    while at >= 0:
        if _is_zip_end(data, at):
            size, front = (int.from_bytes(data[at + n : at + n + 4], "little") for n in (12, 16))
            spans.append(ZipSpan(max(0, offset + at - size - front), offset + at))
        at = data.find(ZIP_END, at + 1)
    return spans


def outer_spans(spans: Iterable[ZipSpan]) -> list[ZipSpan]:
    """Return the archives in their order that stand in no other one, as uncompressed members do."""
    outer: list[ZipSpan] = []
    for span in sorted({*spans}, key=lambda each: each.end, reverse=True):
        if not outer or span.end < outer[-1].start:
            outer.append(span)
    return outer[::-1]


def _is_zip_end(data: bytes, at: int) -> bool:
    """Return whether the record at a place agrees with itself and what is in front of it.

    If the archive is longer than the data in front, its record alone counts.
    """
    record = data[at : at + ZIP_END_RECORD]
    if len(record) < ZIP_END_RECORD:
        return False
    if data.startswith(_ZIP64_LOCATOR, max(0, at - _ZIP64_LOCATOR_BYTES)):
        return True
    count, size = (int.from_bytes(record[a:b], "little") for a, b in ((10, 12), (12, 16)))
    is_whole = record[4:6] == record[6:8] and record[8:10] == record[10:12]
    if not is_whole or not count * _ENTRY <= size <= count * _LONGEST_ENTRY or not size:
        return False
    if size > at:
        return size != _IN_ZIP64
    return data.startswith(_ENTRY_MARK, at - size)
