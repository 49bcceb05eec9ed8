"""How programs write a token's own signs, though none needs it: one table of sign and notation.

A sign may be percent-encoded, an escape of a string, an entity of HTML, quoted-printable, or behind
the backslash of Markdown, LaTeX and regular expressions.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact.spellings import NAMED_SIGNS

LOOK_ALIKES = {".": "\uff0e\u2024", "-": "\uff0d\ufe63", "_": "\uff3f", "/": "\uff0f"}
"""Characters that are certainly a token's own sign by another code point."""

_SIGNS = tuple(LOOK_ALIKES)
# The commands of LaTeX, behind the backslash.
_COMMANDS = {"_": r"|textunderscore(?:\{\}|[ ])?"}


def spelling(sign: str) -> str:
    """Return a regular expression for the notations of a sign other than itself."""
    names = "|".join(name for name, named in NAMED_SIGNS.items() if named == sign)
    code = f"{ord(sign):02x}"
    octal = f"{ord(sign):o}"
    # With three digits, no other one belongs to it.
    behind = "" if len(octal) > 2 else "(?![0-7])"  # noqa: PLR2004
    digits = "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in code)
    return (
        rf"%(?:(?:25){{0,2}}|[uU]00){digits}"
        rf"|\\{{1,4}}(?:[ux]\{{0{{0,4}}{digits}\}}|u00{digits}|U000000{digits}|x{digits}"
        rf"|(?:0{octal}|{octal}{behind})|0{{0,4}}{digits}\x20"
        rf"|{re.escape(sign)}{_COMMANDS.get(sign, '')})"
        # A number needs no semicolon behind it, if no digit follows.
        rf"|&(?:amp;)?(?:(?:{names});|\#(?:[xX]0{{0,6}}{digits}(?:;|(?![0-9A-Fa-f;]))"
        rf"|0{{0,5}}{ord(sign)}(?:;|(?![0-9;]))))"
        # A group of LaTeX, or a set of one character in a regular expression.
        rf"|[{{\[]\\?{re.escape(sign)}[}}\]]"
        rf"|=(?:3[Dd])?{digits}|[{LOOK_ALIKES[sign]}]"
    )


_ONE = LazyRegex("|".join(f"({spelling(sign)})" for sign in _SIGNS))
_ANY = "|".join(spelling(sign) for sign in _SIGNS)
# In a row behind a token's character, and in front of one or at the end of a token.
_RUN = LazyRegex(rf"(?<=[A-Za-z0-9_./-])(?:{_ANY}){{1,16}}+(?=[A-Za-z0-9_.-]|(?![A-Za-z0-9_-]))")
# The first characters of the notations.
FIRST = LazyRegex(f"[\\\\&%={{\\[{''.join(LOOK_ALIKES.values())}]")


class PlainText:
    """A text with a token's signs written plainly; each character has its place in the original."""

    def __init__(self, text: str, edges: list[tuple[int, int]]) -> None:
        self.text = text
        # Where a stretch begins in this text and in the original.
        self._edges = edges

    def place_of(self, at: int) -> int:
        """Return the place of a character in the original."""
        begin, place = self._edges[bisect_right(self._edges, (at, 1 << 62)) - 1]
        return place + at - begin

    def find_place(self, place: int) -> int:
        """Return where a character of the original stands in this text."""
        begin, first = max(edge for edge in self._edges if edge[1] <= place)
        return begin + place - first


def without_stretches(text: str, stretches: Iterable[tuple[int, int]]) -> PlainText:
    """Return the text without some stretches of it, which come in their order."""
    pieces: list[str] = []
    edges = [(0, 0)]
    length = done = 0
    for begin, end in stretches:
        pieces.append(text[done:begin])
        length += begin - done
        edges.append((length, end))
        done = end
    return PlainText("".join((*pieces, text[done:])), edges)


def plain_text(text: str, start: int = 0) -> PlainText | None:
    """Return the text with the signs from ``start`` on written plainly; ``None`` if all are."""
    plain = with_signs(text, _signs(text, start))
    return None if plain.text is text else plain


def with_signs(text: str, signs: Iterable[tuple[int, int, str]]) -> PlainText:
    """Return the text with one sign in the place of each stretch; these come in their order."""
    pieces: list[str] = []
    edges = [(0, 0)]
    length = done = 0
    for begin, end, sign in signs:
        pieces += (text[done:begin], sign)
        length += begin - done + 1
        done = end
        edges += ((length - 1, begin), (length, end))
    return PlainText("".join((*pieces, text[done:])) if pieces else text, edges)


def _signs(text: str, start: int) -> Iterator[tuple[int, int, str]]:
    """Yield where each sign is written in another notation, and the sign."""
    for run in _RUN.compiled.finditer(text, start):
        found = [
            (match.start(), match.end(), _SIGNS[(match.lastindex or 1) - 1])
            for match in _ONE.compiled.finditer(text, run.start(), run.end())
        ]
        # At its end, a token has a hyphen or an underscore of its own, and no full stop.
        if text[run.end() : run.end() + 1] not in _INSIDE:
            while found and (found[-1][2] in "./" or text[found[-1][0]] in "{["):
                found.pop()
        yield from found


_INSIDE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.")
