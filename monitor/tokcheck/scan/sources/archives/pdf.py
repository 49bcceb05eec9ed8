"""PDF documents: the streams that Flate compressed, and their text in one piece.

ISO 32000-1, 7.3.8 and 9.4.3:
https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tokcheck.paste.encoding.deflated import inflate

LARGEST = 16 << 20
"""How many bytes of a stream are read, unpacked."""
# In front of a stream stands its dictionary, which has other dictionaries in it.
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_DICTIONARY_BYTES = 1_024
# The one filter, or the first of several.
_FLATE = re.compile(rb"/Filter\s*\[?\s*/(?:FlateDecode|Fl)\b")
_IMAGE = re.compile(rb"/Subtype\s*/Image\b")
_ENCRYPTED = re.compile(rb"/Encrypt\s+\d+\s+\d+\s+R\b")
# A word is cut where the distance of two letters differs from the usual one, in thousandths of a
# letter's height. A distance as wide as a blank is one.
_DISTANCE = re.compile(rb"\)\s*(-?\d{1,5}(?:\.\d*)?)\s*\(|>\s*(-?\d{1,5}(?:\.\d*)?)\s*<")
_BLANK = -150
_DIGITS = re.compile(rb"<((?:[0-9A-Fa-f]{2}){8,})>(?=\s*(?:\]\s*TJ|Tj))")


class PdfStream(NamedTuple):
    """A stream of a document, unpacked, with its number from 1."""

    number: int
    packed: int
    """How many bytes it has at most, compressed."""
    data: bytes
    is_cut: bool


def is_encrypted(data: bytes) -> bool:
    """Return whether a document cannot be read without its password."""
    return _ENCRYPTED.search(data) is not None


def streams(data: bytes) -> Iterator[PdfStream]:
    """Yield the compressed streams of a document that are no images."""
    end = 0
    for number, match in enumerate(_STREAM.finditer(data), 1):
        start = match.end()
        front = data[max(0, start - _DICTIONARY_BYTES) : match.start()]
        dictionary = front.rpartition(b"obj")[2]
        if start < end or not _FLATE.search(dictionary) or _IMAGE.search(dictionary):
            continue
        end = data.find(b"endstream", start)
        end = len(data) if end < 0 else end
        inflated = inflate(data[start:end], LARGEST)
        if inflated is not None:
            is_cut = not inflated.is_whole and len(inflated.data) >= LARGEST
            yield PdfStream(number, end - start, join_text(inflated.data), is_cut)


def join_text(data: bytes) -> bytes:
    """Return a stream of text with its words in one piece, and its digits as letters."""
    if b"TJ" not in data and b"Tj" not in data:
        return data
    return _DIGITS.sub(_letters, _DISTANCE.sub(_without_distance, data))


def _without_distance(match: re.Match[bytes]) -> bytes:
    is_blank = float(match.group(1) or match.group(2)) <= _BLANK
    if match.group(2):
        return b"20" * is_blank
    return b" " * is_blank


def _letters(match: re.Match[bytes]) -> bytes:
    return b"(" + bytes.fromhex(match.group(1).decode("ascii")) + b")"
