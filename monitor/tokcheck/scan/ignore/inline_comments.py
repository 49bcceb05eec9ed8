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

from tokcheck.scan.finding import Chunk

_MARK = (
    r"(?i:tokcheck:[ \t]*allow)(?![\w-])"
    r"|(?i:pragma:[ ]?(?:allow|white)list[ -](?P<next>nextline[ -])?secret)"
    r"|gitleaks:allow"
    r"|betterleaks:allow"
    r"|trufflehog:ignore"
    r"|(?i:kingfisher:(?:ignore|allow))"
    r"|(?<![\w.])ggignore(?![\w-])"
)
# Every mark has one of these, in any case. Without letters that are others' in another case, as the
# dotless i is.
_PARTS = (b"allow", b"pragma", b"gnore")
# The ends of a comment in its line; after one, code follows and the comment is not alone.
_CLOSERS = ("*/", "-->", "*)", "#}", "%>", "}}")
_OPENING_WORDS = {"rem", "@rem", "dnl"}
# A line may be a whole minified file, so a comment is searched only within so many characters
# before and after the start of a token; the longest JWTs have about 2000.
_BEFORE = 1_024
_AFTER = 4_096
_LONGEST_ALONE = 4_096
_LONGEST_MARK = 64
_FIRST_BLOCK, _BLOCK = 256, 65_536


class InlineComments:
    """Decides whether a comment allows the finding at a place of a chunk.

    A comment applies to its own line and, if it is alone there, to the next one; ``nextline``
    applies only to the next one. Lines and columns are those of findings (see ``scan.columns``).
    Lookups are fastest in the order of their places.
    """

    def __init__(self) -> None:
        self._data = self._searched = b""
        self._has_marks = False
        self._first_line = 1
        self._line = 1
        self._start = 0
        self._own: _Line | None = None

    def allow(self, chunk: Chunk, line: int, column: int) -> bool:
        """Return whether a comment allows the place; line and column count from 1."""
        if chunk.data is not self._searched:
            self._searched, self._has_marks = chunk.data, _may_have_marks(chunk.data)
        if not self._has_marks or not self._seek_line(chunk, line):
            return False
        if self._own is None:
            end = self._data.find(b"\n", self._start)
            text = _decode(self._data[self._start : end if end >= 0 else None])
            self._own = _Line(text, is_allowed=_allows_next_line(self._previous_line()))
        at = column - (chunk.first_column if self._start == 0 else 1)
        return self._own.is_allowed or self._own.has_comment_near(max(0, at))

    def _seek_line(self, chunk: Chunk, line: int) -> bool:
        """Find the start of a line, and return whether the chunk has it."""
        known = chunk.data is self._data and chunk.first_line == self._first_line
        if not known or line < self._line:
            self._data, self._first_line, self._own = chunk.data, chunk.first_line, None
            self._line, self._start = chunk.first_line, 0
        missing = line - self._line
        if missing < 0:
            return False
        if missing:
            self._own = None
        place = self._start
        block = _FIRST_BLOCK
        while missing:
            # Counting is many times faster than going from line to line.
            newlines = self._data.count(b"\n", place, place + block)
            if newlines < missing and place + block < len(self._data):
                missing -= newlines
                place += block
                block = min(2 * block, _BLOCK)
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


def _may_have_marks(data: bytes) -> bool:
    """Return whether a mark may stand anywhere, which spares most findings the search for one."""
    # In UTF-16 and UTF-32, zeros stand between the letters.
    folded = data.replace(b"\0", b"").lower()
    return any(part in folded for part in _PARTS)


def _decode(line: bytes) -> str:
    from tokcheck.scan import columns  # only where there is a finding

    return columns.decode(line)


class _Line:
    """A line with findings; comments are searched near these alone, and once.

    ``is_allowed`` is whether the previous line allows all of it.
    """

    def __init__(self, text: str, *, is_allowed: bool) -> None:
        self.is_allowed = is_allowed
        self._text = text
        # Where the comments begin and end that were found between two places.
        self._comments: list[tuple[int, int]] = []
        self._from = self._until = 0

    def has_comment_near(self, at: int) -> bool:
        """Return whether a comment that applies to the line is near a place of it."""
        first, last = max(0, at - _BEFORE), at + _AFTER
        if first < self._from or first > self._until:
            self._comments, self._from, self._until = [], first, first
        if last > self._until:
            import re  # compiled once there is a finding; re keeps it

            marks = re.compile(_MARK).finditer(self._text, self._until, last + _LONGEST_MARK)
            self._comments += [mark.span() for mark in marks if not mark["next"]]
            self._until = last
        # Those in front of this place are in front of all that follow it, too.
        self._comments = [span for span in self._comments if span[0] >= first]
        self._from = first
        return any(end <= last for _, end in self._comments)


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
