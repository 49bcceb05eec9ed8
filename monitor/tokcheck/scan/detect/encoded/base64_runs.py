"""Texts in Base64, in one line or over the joints that wrap any token, and what stands in them."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex, compile_regex
from tokcheck.paste.encoding import encoding_of
from tokcheck.paste.encoding.base64_text import read_base64
from tokcheck.paste.grammar import is_key, joint_at

_PIECE = LazyRegex(r"[A-Za-z0-9+/_-]+={0,2}")
# A sign of quoted-printable that continues a line of this length (RFC 2045, 6.7).
_SOFT_BREAK = LazyRegex(r"=\r?\n(?=[A-Za-z0-9+/_-])")
_MAIL_LINE = 76
# Read backwards: what stands in front of a place, and the line in front of that.
_CHARS = re.compile(rb"[A-Za-z0-9+/_-]*+")
_LINE_BEFORE = compile_regex(
    rb"((?:[nr]\\{1,4}){1,2}+|\n\r?=|[^A-Za-z0-9+/=_-]{1,40}+)[A-Za-z0-9+/_-]{40,200}+"
)
# A short literal in front of the one that is read from its beginning.
_LITERAL_BEFORE = re.compile(
    rb"([\"'`][ \t\r\n+.&~\\]{0,40}[\"'`][A-Za-z0-9+/_-]{1,39}+)(?=[\"'`])"
)
# A line of an encoded text is shorter; a text in one line may be searched in parts.
_BEFORE = 256
_LONGEST = 32_768
# Compressed data can be read from its beginning only.
_LONGEST_COMPRESSED = 4 << 20
_GROUP = 4
_SHORTEST = 12


class EncodedText(NamedTuple):
    """A text in Base64 in the data, up to ``end``: what it stands for, and where that is.

    ``cut`` is whether it may continue.
    """

    inner: bytes
    end: int
    edges: list[tuple[int, int]]
    cut: bool

    def place_of(self, at: int) -> int:
        """Return the place in the data of the group that holds a decoded byte."""
        character = at * _GROUP // 3
        begin, place = self.edges[bisect_right(self.edges, (character, 1 << 62)) - 1]
        return place + character - begin


def read_run(data: bytes, at: int, *, whole: bool = False) -> Iterator[EncodedText]:
    """Yield the readings of the text in Base64 that holds the place ``at``, the likeliest first.

    They differ in where the first group of four characters begins. Of a longer text only a part is
    read, unless the ``whole`` of it counts, which begins at the place.
    """
    if whole:
        begin = at
    else:
        begin = at - _length(_CHARS, data[max(0, at - _BEFORE) : at])
        front = data[max(0, begin - _BEFORE) : begin]
        begin -= _length(_LINE_BEFORE, front) or _length(_LITERAL_BEFORE, front)
    run = _follow(data, begin, _LONGEST)
    if whole and run.is_cut:
        run = _follow(data, begin, _LONGEST_COMPRESSED)
    if len(run.text) < _SHORTEST:
        return
    for skipped in range(_GROUP):
        try:
            inner = read_base64(run.text[skipped:].encode())
        except ValueError:
            continue
        shifted = [(max(0, character - skipped), begin + place) for character, place in run.edges]
        shifted[0] = (0, begin + skipped)
        yield EncodedText(_as_utf8(inner), begin + run.end, shifted, run.is_cut)


def _length(pattern: re.Pattern[bytes], front: bytes) -> int:
    """Return how much of the end of a text a pattern for its reverse matches."""
    match = pattern.match(front[::-1])
    return match.end() if match is not None else 0


class _Run(NamedTuple):
    """A text in Base64: its characters, where each piece of it begins, and where it ends."""

    text: str
    edges: list[tuple[int, int]]
    end: int
    is_cut: bool


def _follow(data: bytes, begin: int, longest: int) -> _Run:
    """Return the text in Base64 at a place of the data, up to so many characters."""
    text = data[begin : begin + longest + longest // 8].decode("latin-1")
    pieces: list[str] = []
    edges: list[tuple[int, int]] = []
    length = end = 0
    at = 0
    joint: re.Match[str] | None = None
    while length < longest:
        piece = _PIECE.match(text, at)
        # Two hyphens begin the line behind the last one, of a key or of a message's part.
        if piece is None or (edges and text.startswith("--", at)):
            break
        if joint is not None and is_key(joint, piece):
            break
        raw = piece.group().rstrip("=")[: longest - length]
        pieces.append(raw)
        edges.append((length, at))
        length += len(raw)
        end = piece.end()
        if piece.group().endswith("="):
            soft = _SOFT_BREAK.match(text, end - 1)
            if soft is None or not _is_full(data, begin + end):
                break
            joint, at = None, soft.end()
            continue
        joint = joint_at(text, end)
        if joint is None or joint.lastgroup == "blank":
            break
        at = joint.end()
        # Behind an escaped line break, the literal or its line may end, too.
        seam = joint_at(text, at) if joint.lastgroup == "wrap" else None
        if seam is not None and seam.lastgroup != "blank":
            at = seam.end()
    return _Run("".join(pieces), edges or [(0, 0)], end, length >= longest)


def _is_full(data: bytes, end: int) -> bool:
    """Return whether the line that ends there is as long as quoted-printable has it."""
    return end - data.rfind(b"\n", max(0, end - _BEFORE), end) - 1 == _MAIL_LINE


def _as_utf8(inner: bytes) -> bytes:
    """Return a text without its UTF-16, as Windows encodes a command, or its UTF-32."""
    name = encoding_of(inner[:4])
    if not name.startswith(("utf-16", "utf-32")):
        return inner
    return inner.decode(name, "replace").encode()
