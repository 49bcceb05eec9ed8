"""The lines of a token that may be wrapped: their lengths, and what those show."""

import re
from functools import cached_property

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import BREAK, CONTINUED, PARAGRAPH, SPACE
from tokcheck.paste.invisible import INVISIBLE

# The characters of opaque access tokens, in which full stops stand alone.
BODY = LazyRegex(r"(?:[A-Za-z0-9_-]++|\.(?!\.))++")
BREAKS = LazyRegex(BREAK)
# The first characters of all breaks but the plain ones.
_WRITTEN_BREAK = LazyRegex(r"[\\<%&\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
# A hyphen in front of a line that begins neither an option nor a list's item.
_REMOVED = LazyRegex(r"\s*+-(?!-[A-Za-z]|[A-Za-z][\s\"'])")
APART = LazyRegex(rf"(?![{INVISIBLE}])(?:{SPACE}|{BREAK}|\Z)")
_BEHIND_NUMBER = LazyRegex(rf"{SPACE}++(?!\Z|{BREAK})|[:|.)\]]")
_NUMBERED = LazyRegex(r"([0-9]{1,7})-")
_FIRST_NUMBER = LazyRegex(r"\s*+([0-9]{1,7}+)(?![A-Za-z0-9_])")
# The prompt of psql: the name of the database, and that of a statement that goes on.
_DATABASE = LazyRegex(r"([a-z]\w{0,20})=[#>]\x20", re.ASCII)
_UNFINISHED = LazyRegex(r"[-'\"(][#>]\x20")
# A prompt or blanks in front of the first line of a command; the next lines have other ones.
FIRST_OPENING = LazyRegex(
    r"(?:(?:PS\x20)?[^\s\"'`:]{0,40}[>#$%\u276f]\x20|In\x20\[\d{1,5}\]:\x20"
    r"|irb\([^()\s]{1,20}\):[\d:]{1,9}>\x20|\s{1,40})?"
)
# Mail programs, editors and most terminals wrap text to less than this. A token that is longer in
# one line was most likely not wrapped, so what reads as text in the next line is none of it.
_WIDE = 120
# Few lines are wrapped behind this.
_WIDE_TERMINAL = 132
# No usual terminal is wider than this.
_WIDEST = 200
# How much of the text in front of a token is read.
LINE = 200


class Lines:
    """The lines of a token, as far as it was followed; ``widths`` are their lengths."""

    def __init__(self, text: str, start: int, widths: list[int]) -> None:
        self._text = text
        self._start = start
        self.widths = widths
        self.margin = 0
        self.paragraphs = self.blanks = False
        self._wrap: re.Match[str] | None = None

    @classmethod
    def of_torn(cls, text: str, start: int, seam: str, sizes: tuple[int, int]) -> "Lines":
        """Return the lines of a token with a wrapped prefix: ``seam`` stands between two."""
        lines = cls(text, start, list(sizes))
        lines.margin = _margin(seam)
        return lines

    def copy(self) -> "Lines":
        """Return the same lines, to which others can be added."""
        lines = Lines.__new__(Lines)  # the module copy takes long to load
        lines.__dict__.update(self.__dict__)
        lines.widths = list(self.widths)
        return lines

    def add(self, joint: re.Match[str], size: int) -> None:
        """Add a piece behind a joint."""
        if joint.lastgroup == "invisible":
            self.widths[-1] += size
            return
        self.margin = _margin(joint.group())
        self.blanks = self.blanks or joint.lastgroup == "blank"
        self.paragraphs = self.paragraphs or PARAGRAPH.fullmatch(joint.group()) is not None
        self.widths.append(size)
        if joint.lastgroup == "wrap":
            self._wrap = self._wrap or joint

    def are_wrapped_otherwise(
        self, joint: re.Match[str], first: re.Match[str] | None = None
    ) -> bool:
        """Return whether the lines were broken in another way than at this joint.

        ``first`` is the first break of lines that were not added.
        """
        wrap = self._wrap or first
        if joint.lastgroup != "wrap" or wrap is None:
            return False
        return joint.group().lstrip(" \t") != wrap.group().lstrip(" \t")

    @property
    def are_broken_plainly(self) -> bool:
        """Whether the lines were broken without a mark that a shell continues them."""
        return self._wrap is not None and CONTINUED.match(self._wrap.group()) is None

    @cached_property
    def before(self) -> str:
        """The text in front of the token on its line."""
        text = self._text[max(0, self._start - LINE) : self._start]
        # A line break as source code writes it may stand around one.
        last = text.rfind("\n")
        text = text[text.rfind("\n", 0, max(0, last)) + 1 :]
        return text[len(text) - _margin(text) :]

    @property
    def last_length(self) -> int:
        """The length of the last line, with the text in front of the token in the first one."""
        return self.widths[-1] + (len(self.before) if self.is_single else 0)

    @property
    def is_single(self) -> bool:
        """Whether nothing shows yet that the token is wrapped."""
        return len(self.widths) == 1

    @property
    def is_wide(self) -> bool:
        """Whether the token stands in one line that is longer than most wrapped ones."""
        return self.is_single and self.widths[0] > _WIDE

    @property
    def is_rarely_wrapped(self) -> bool:
        """Whether the token stands in one line that is longer than most terminals are wide."""
        return self.is_single and len(self.before) + self.widths[0] > _WIDE_TERMINAL

    @property
    def is_unwrapped(self) -> bool:
        """Whether the token stands in one line that is longer than any wrapped one."""
        return self.is_single and self.widths[0] > _WIDEST

    @property
    def has_ended(self) -> bool:
        """Whether the last line is shorter than the one before it, as only the last one is."""
        if self.is_single:
            return False
        last, previous = self.widths[-1], self.widths[-2]
        if len(self.widths) > 2:  # noqa: PLR2004 - the first line may begin with other text
            return last < previous
        return last < len(self.before) + previous and last not in self._full_widths

    @property
    def are_ragged(self) -> bool:
        """Whether the lines are of different lengths, so that none of them shows which is last."""
        if not self.is_certain:
            return False
        column = len(self.before) + self.widths[0]
        inner = set(self.widths[1:-1])
        return len(inner) > 1 or inner.isdisjoint(self._full_widths | {column})

    @property
    def _full_widths(self) -> set[int]:
        """How many characters a line may have that is as wide as the first one is in all."""
        column = len(self.before) + self.widths[0]
        opening = FIRST_OPENING.match(self.before)
        assert opening is not None  # noqa: S101 - it may be empty
        return {self.widths[0], column - self.margin, column - opening.end()}

    @property
    def is_certain(self) -> bool:
        """Whether there are enough lines to be certain of their length."""
        return len(self.widths) > 2  # noqa: PLR2004 - the first and the last may be shorter

    def is_margin(self, text: str, piece: re.Match[str]) -> bool:
        """Return whether a piece is the number of its line."""
        number = piece.group().removesuffix(".")
        if not number.isdecimal():
            return False
        if number != piece.group():
            return APART.match(text, piece.end()) is not None
        return self._have_number(number) or _BEHIND_NUMBER.match(text, piece.end()) is not None

    def _is_numbered(self, piece: re.Match[str]) -> bool:
        """Return whether a piece begins with the number of its line and a hyphen, as grep's do."""
        number = _NUMBERED.match(piece.group())
        return number is not None and self._have_number(number[1])

    def _is_removed(self, piece: re.Match[str]) -> bool:
        """Return whether a piece begins with a hyphen that marks a line, as in a diff."""
        return piece.group().startswith("-") and _REMOVED.match(self.before) is not None

    def begins_with_mark(self, text: str, piece: re.Match[str]) -> bool:
        """Return whether a piece begins with a diff's hyphen, its line's number or a prompt."""
        return self._is_removed(piece) or self._is_numbered(piece) or self._is_prompt(text, piece)

    def _is_prompt(self, text: str, piece: re.Match[str]) -> bool:
        """Return whether a piece is the name in the prompt of a database, as in the first line."""
        first = _DATABASE.match(self.before)
        return bool(first and first[1] == piece.group() and _UNFINISHED.match(text, piece.end()))

    def _have_number(self, number: str) -> bool:
        """Return whether a number follows the one that stands in front of the last line."""
        first = _FIRST_NUMBER.match(self.before)
        return first is not None and int(first[1]) + len(self.widths) == int(number[-9:])


def _margin(text: str) -> int:
    """Return how many characters stand behind the last line break of a text."""
    if _WRITTEN_BREAK.search(text) is None:
        return len(text) - max(text.rfind("\n"), text.rfind("\r")) - 1
    return len(text) - max((match.end() for match in BREAKS.compiled.finditer(text)), default=0)
