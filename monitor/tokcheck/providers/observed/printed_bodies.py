"""Find where the body of a printed response ends, and what behind it is the next response.

A body may contain what looks like a response: an example of a documentation, or a log. Its length
shows that it is none; without a length, its form and the ends of the lines do.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from tokcheck.core.escape import encode_text

STATUS_LINE = r"HTTP/[0-9](?:\.[0-9])? (?P<status>[1-5][0-9]{2})(?: [^\r\n]*)?(?=[\r\n]|\Z)"
_LONGEST_LENGTH = 9  # digits
# The body of a response may end without a line break, and curl prints the next response there.
_NEXT_LINE = r"HTTP/[0-9](?:\.[0-9])? [1-5][0-9]{2}(?: [^\r\n\"\\<>{}]{0,100})?"
_NEXT = re.compile(_NEXT_LINE + r"\r?\n[\w-]+:")
_NEXT_WITH_CR = re.compile(_NEXT_LINE + r"\r\n[\w-]+:")
_STATUS_LINE = re.compile(STATUS_LINE)
_BLANKS = re.compile(r"\s*")
_CHUNK = re.compile(r"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_END_OF_PAGE = re.compile(r"</html\s*>", re.IGNORECASE)


class PrintedBody(NamedTuple):
    """The places of a body, and of the response behind it, in a text."""

    end: int
    next_start: int
    """The length of the text if there is no further response."""


def find_body(text: str, start: int, headers: Mapping[str, str], *, has_cr: bool) -> PrintedBody:
    """Find the body that begins at ``start``, behind headers (names in lower case).

    ``has_cr`` is whether the lines of the headers end with CR and LF, as curl prints them: those of
    the next response do, too.
    """
    ends = (_end_by_length(text, start, headers), _end_by_chunks(text, start, headers))
    known = next((end for end in ends if end is not None), None)
    if known is not None and known <= len(text):
        behind = _skip_blanks(text, known)
        if behind == len(text) or _STATUS_LINE.match(text, behind):
            return PrintedBody(known, behind)
    pattern = _NEXT_WITH_CR if has_cr else _NEXT
    first = _skip_blanks(text, start)
    if pattern.match(text, first):  # the bodies were not printed
        return PrintedBody(start, first)
    if known is None:
        known = _end_by_form(text, start, headers)
    later = pattern.search(text, known)
    end = later.start() if later else len(text)
    return PrintedBody(end, end)


def _end_by_length(text: str, start: int, headers: Mapping[str, str]) -> int | None:
    """Return the end by ``Content-Length``, which is in bytes; beyond the text if that is cut off.

    It is the length of no body that a program has unpacked.
    """
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()) or len(length) > _LONGEST_LENGTH:
        return None
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        return None
    # Characters are at most as many as bytes.
    cut = encode_text(text[start : start + int(length)])
    if len(cut) < int(length):
        return len(text) + 1
    return start + len(cut[: int(length)].decode(errors="surrogateescape"))


def _end_by_chunks(text: str, start: int, headers: Mapping[str, str]) -> int | None:
    """Return the end of chunks, which curl prints with ``--raw`` alone (RFC 9112, section 7.1)."""
    if "chunked" not in headers.get("transfer-encoding", "").lower():
        return None
    at = start
    while (chunk := _CHUNK.match(text, at)) is not None:
        length = int(chunk[1], 16)
        cut = encode_text(text[chunk.end() : chunk.end() + length])
        at = chunk.end() + len(cut[:length].decode(errors="surrogateescape"))
        at += len("\r\n") if text.startswith("\r\n", at) else 1
        if not length:
            return min(at, len(text))
    return None


def _end_by_form(text: str, start: int, headers: Mapping[str, str]) -> int:
    """Return where the body ends at the earliest: behind the end of a page."""
    if "html" not in headers.get("content-type", "").lower():
        return start
    end = _END_OF_PAGE.search(text, start)
    return end.end() if end else start


def _skip_blanks(text: str, start: int) -> int:
    blanks = _BLANKS.match(text, start)
    return blanks.end() if blanks else start
