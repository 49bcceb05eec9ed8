"""Inline comments that allow a finding: tokcheck's own and those of other scanners.

``tokcheck: allow`` and detect-secrets' ``pragma: allowlist secret`` are matched in any case, in a
comment or outside one; ``gitleaks:allow``, ``betterleaks:allow``, ``trufflehog:ignore``,
``kingfisher:ignore`` and ``ggignore`` as their programs do it: the text, anywhere in the line.

https://github.com/Yelp/detect-secrets#inline-allowlisting
https://github.com/gitleaks/gitleaks#gitleaksallow
https://github.com/trufflesecurity/trufflehog#how-can-i-ignore-specific-secrets
https://github.com/betterleaks/betterleaks
https://github.com/mongodb/kingfisher
https://docs.gitguardian.com/ggshield-docs/reference/secret/ignore
"""

from tokcheck.scan.finding import Piece

_MARK = (
    r"(?i:tokcheck:[ \t]*allow)(?![\w-])"
    r"|(?i:pragma:[ ]?(?:allow|white)list[ -](?P<next>nextline[ -])?secret)"
    r"|gitleaks:allow"
    r"|betterleaks:allow"
    r"|trufflehog:ignore"
    r"|(?i:kingfisher:(?:ignore|allow))"
    r"|(?<![\w.])ggignore(?![\w-])"
)
# The ends of a comment in its line; after one, code follows and the comment is not alone.
_CLOSERS = ("*/", "-->", "*)", "#}", "%>", "}}")
_OPENING_WORDS = {"rem", "@rem", "dnl"}
# A line may be a whole minified file, so a comment is searched only within so many characters
# before and after the start of a token; the longest JWTs have about 2000.
_BEFORE = 1_024
_AFTER = 4_096
_LONGEST_ALONE = 4_096
_BLOCK = 65_536


class InlineComments:
    """Decides whether a comment allows the finding at a place of a piece.

    A comment applies to its own line and, if it is alone there, to the next one; ``nextline``
    applies only to the next one. Lines and columns are those of findings (see ``scan.columns``).
    Lookups are fastest in the order of their places.
    """

    def __init__(self) -> None:
        self._data = b""
        self._line = 1
        self._start = 0
        self._text: str | None = None

    def allow(self, piece: Piece, line: int, column: int) -> bool:
        """Return whether a comment allows the place; line and column count from 1."""
        if not self._seek_line(piece, line):
            return False
        if self._text is None:
            end = self._data.find(b"\n", self._start)
            self._text = _decode(self._data[self._start : end if end >= 0 else None])
        at = column - (piece.first_column if self._start == 0 else 1)
        if _allows_own_line(self._text[max(0, at - _BEFORE) : max(0, at) + _AFTER]):
            return True
        return _allows_next_line(self._previous_line())

    def _seek_line(self, piece: Piece, line: int) -> bool:
        """Find the start of a line, and return whether the piece has it."""
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

    def _previous_line(self) -> str:
        """Return the previous line, or nothing if it is too long to be only a comment."""
        end = self._start - 1
        if end < 0:
            return ""
        start = self._data.rfind(b"\n", max(0, end - _LONGEST_ALONE), end) + 1
        return _decode(self._data[start:end]) if start or end <= _LONGEST_ALONE else ""


def _decode(line: bytes) -> str:
    from tokcheck.scan import columns  # only where there is a finding

    return columns.decode(line)


def _allows_own_line(text: str) -> bool:
    """Return whether a text has a comment that applies to its own line."""
    import re  # compiled once there is a finding; re keeps it

    return any(not mark["next"] for mark in re.finditer(_MARK, text))


def _allows_next_line(text: str) -> bool:
    """Return whether a text has a comment that applies to the next line."""
    import re

    return any(mark["next"] or _is_alone(text, *mark.span()) for mark in re.finditer(_MARK, text))


def _is_alone(text: str, start: int, end: int) -> bool:
    """Return whether a line has nothing but the comment at ``start`` to ``end``."""
    before, after = text[:start], text[end:]
    if any(map(str.isalnum, before)) and before.strip().lower() not in _OPENING_WORDS:
        return False
    closed = min((at for at in map(after.find, _CLOSERS) if at >= 0), default=len(after))
    return not any(map(str.isalnum, after[closed:]))
