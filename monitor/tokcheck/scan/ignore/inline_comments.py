"""Marks in a file that let a finding pass: our own and those that people already have.

``tokcheck: allow`` and detect-secrets' ``pragma: allowlist secret`` are read in any case and in
any comment, or in none; ``gitleaks:allow`` and ``trufflehog:ignore`` as their programs read them:
the exact text, anywhere in the line.

https://github.com/Yelp/detect-secrets#inline-allowlisting
https://github.com/gitleaks/gitleaks#gitleaksallow
https://github.com/trufflesecurity/trufflehog#how-can-i-ignore-specific-secrets
"""

from tokcheck.scan.finding import Piece

_MARK = (
    r"(?i:tokcheck:[ \t]*allow)(?![\w-])"
    r"|(?i:pragma:[ ]?(?:allow|white)list[ -](?P<next>nextline[ -])?secret)"
    r"|gitleaks:allow"
    r"|trufflehog:ignore"
)
# Where a comment ends on its line; what follows one is code, and the mark's line is not alone.
_CLOSERS = ("*/", "-->", "*)", "#}", "%>", "}}")
_OPENING_WORDS = {"rem", "@rem", "dnl"}
# A line may be a whole minified file. The mark of somebody else's token is not looked for beyond
# these many characters before and after the place where a token begins; the longest JWTs have
# about 2000.
_BEFORE = 1_024
_AFTER = 4_096
_LONGEST_ALONE = 4_096
_BLOCK = 65_536


class Marks:
    """Tells whether a mark lets pass what begins at a place of a piece.

    A mark concerns its own line and, if that holds nothing but the comment, the one that follows;
    ``nextline`` concerns the one that follows alone. Lines and columns are counted as findings
    count them, in any encoding that writes ASCII characters as ASCII with or without NULs. The
    places of one piece are looked up fastest in their order.
    """

    def __init__(self) -> None:
        self._data = b""
        self._line = 1
        self._start = 0
        self._text: str | None = None

    def allow(self, piece: Piece, line: int, column: int) -> bool:
        """Tell whether the place, both numbers from 1 as in a finding, is marked."""
        if not self._go_to(piece, line):
            return False
        if self._text is None:
            end = self._data.find(b"\n", self._start)
            self._text = _decode(self._data[self._start : end if end >= 0 else None])
        at = column - (piece.first_column if self._start == 0 else 1)
        if _marked(self._text[max(0, at - _BEFORE) : max(0, at) + _AFTER]):
            return True
        return _marked_for_next(self._before())

    def _go_to(self, piece: Piece, line: int) -> bool:
        """Find the start of a line; tell whether the piece has it."""
        if piece.data is not self._data or line < self._line or self._start == 0:
            self._data, self._line, self._start, self._text = piece.data, piece.first_line, 0, None
        missing = line - self._line
        if missing < 0:
            return False
        if missing:
            self._text = None
        place = self._start
        while missing:
            # Counting is many times faster than going from line to line.
            newlines = self._data.count(b"\n", place, place + _BLOCK)
            if newlines < missing and place + _BLOCK < len(self._data):
                missing -= newlines
                place += _BLOCK
                continue
            place = self._data.find(b"\n", place) + 1
            if not place:
                return False
            missing -= 1
        self._line, self._start = line, place
        return True

    def _before(self) -> str:
        """Return the line before, or nothing if it is too long for a comment of its own."""
        end = self._start - 1
        if end < 0:
            return ""
        start = self._data.rfind(b"\n", max(0, end - _LONGEST_ALONE), end) + 1
        return _decode(self._data[start:end]) if start or end <= _LONGEST_ALONE else ""


def _decode(line: bytes) -> str:
    from tokcheck.scan import columns  # only where there is a finding

    return columns.decode(line)


def _marked(text: str) -> bool:
    import re  # compiled once there is a finding; re keeps it

    return any(not mark["next"] for mark in re.finditer(_MARK, text))


def _marked_for_next(text: str) -> bool:
    import re

    return any(mark["next"] or _alone(text, *mark.span()) for mark in re.finditer(_MARK, text))


def _alone(text: str, start: int, end: int) -> bool:
    """Tell whether a line holds nothing but the comment with a mark, its reason included."""
    before, after = text[:start], text[end:]
    if any(map(str.isalnum, before)) and before.strip().lower() not in _OPENING_WORDS:
        return False
    closed = min((at for at in map(after.find, _CLOSERS) if at >= 0), default=len(after))
    return not any(map(str.isalnum, after[closed:]))
