"""Take off what a log, a pager or a shell's prompt puts in front of each line of a wrapped token.

An opening is taken off where it repeats in consecutive lines, or is a prompt that shells are known
to show while a line continues. Numbers in it may differ from line to line, as those of a time do.
"""

import re
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import TOKEN_CHARS
from tokcheck.paste.notations.signs import PlainText
from tokcheck.paste.wrapping.other_text import (
    begins_other_credential,
    is_certain,
    may_begin_other_credential,
)
from tokcheck.paste.wrapping.token_lines import BREAKS, FIRST_OPENING, LINE
from tokcheck.paste.wrapping.word_shapes import is_random_line

NOTE = "openings of lines inside it"

# The prompts of shells and interpreters in front of the next line of an unfinished command; zsh
# names what is unfinished.
_ZSH = (
    "dquote|quote|bquote|cmdand|cmdor|pipe|heredoc|cmdsubst|subsh|cursh|for|while|until|if|then|"
    "elif|else|case|select|function|repeat|array|braceparam|mathsubst|math|error|errbrace|always"
)
PROMPT = LazyRegex(
    rf"(?:(?:{_ZSH})\x20){{0,6}}(?:{_ZSH})>\x20|More\?\x20|>>?>?\x20|\.\.\.>?\x20|\x20*->\x20"
    r"|\x20*[\"'`]>\x20|\x20*\.\.\.(?:>|:)\x20|[a-z]\w{0,20}[-'\"(][#>]\x20"
    r"|irb\([^()\s]{1,20}\):\d{1,5}(?::\d{1,3})?[\"'`*>]\x20?>?\x20?|ghci\|\x20|\x20*\|\x20"
    r"|(?:\x1b\[[0-9;]{0,12}m){1,8}"
)
# A prompt that may also be the last line of a token, with a comment behind it: the name of a
# database, a word of zsh with less than four letters, a hyphen.
_LINE_OR_PROMPT = LazyRegex(r"(?![a-z]{4,}(?:>|\x20))([A-Za-z0-9_]*)(?:[-'\"(]?[#>]\x20)")
# A name and a number in front of the lines of a file, as grep writes them.
_FILE = LazyRegex(r"(?=[^\s:]{0,79}[A-Za-z])[^\s:]{1,80}?([:-])[0-9]{1,7}\1")
_GREP = LazyRegex(
    r"(?:(?P<name>[^\s:]{1,80}?)[:-])?(?P<number>[0-9]{1,7})[:-]|(?P<file>[^\s:]{1,79}):"
)
# The name of a value: lines with the same name may hold one value each.
_LABEL = LazyRegex(r"(?i)token|secret|key|bearer|auth|code|password|access|refresh|jwt|\bid\b")
_CLOSING = " \t\"'`\\^=+|,;.)>&\x1b"
_QUOTES = frozenset("\"'`")
_CHARACTERS = "".join(TOKEN_CHARS)
_COLOUR_END = LazyRegex(r"\x1b\[[0-9;]{0,12}m\Z")
_COLOUR = LazyRegex(r"\x1b\[[0-9;]{0,12}[A-Za-z]")
# The letters and digits that write another character are none of a token's, and stay the same from
# line to line.
_WRITTEN_CODE = LazyRegex(
    r"(?<=%)(?:25){0,2}[0-9A-Fa-f]{2}|(?<=\\)(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|t)"
)
_LONGEST = 80
# Hardly a line that is wrapped is longer.
_WIDEST = 132


# Behind a stretch of a token's characters: the end of the line, and an opening in the next one.
_OPENED = LazyRegex(
    rf"[{re.escape(_CLOSING)}]{{0,8}}(?:\r?\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])"
    r"(?:[^\s:]{0,80}?[0-9]{1,7}-|[^\s:]{1,79}\.[A-Za-z]{1,8}-"
    r"|(?=[^\r\n]{1,160}[A-Za-z0-9_-])[^\r\n]{0,80}?[^A-Za-z0-9_-])"
)
_LINE_END = LazyRegex(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# The continuation of a command, apart from the token.
_CONTINUED = LazyRegex(r"[\x20\t]++[\\^`]\Z")
_STRETCH = LazyRegex(r"[A-Za-z0-9_./-]++")
_LEAST_STRETCH = 12
# A token has hardly more lines or characters.
_MOST_LINES = 48
_MOST_CHARACTERS = 12_000


class _TokenLine(NamedTuple):
    """A line of a text: its place, and where the token's characters at its end begin."""

    start: int
    end: int
    word: int
    last: int

    @property
    def size(self) -> int:
        """How many characters of a token stand at its end."""
        return self.last - self.word


def without_openings(text: str, start: int = 0) -> PlainText | None:
    """Return the text from ``start`` on without the openings of its lines; ``None`` if none is."""
    lines = _lines(text, start)
    removed: list[tuple[int, int]] = []
    opening = ""
    for number, line in enumerate(lines[1:], 1):
        known, opening = opening, _opening_of(text, lines, number, opening)
        length = length_alike(text, line.start, line.end, opening) if opening else 0
        if length:
            before = lines[number - 1]
            first = 0 if opening == known else _first_opening(text, before, line.start, opening)
            # Its own opening is no part of the first line's width.
            if first and not (removed and removed[-1][1] > before.start):
                removed.append((before.start, before.start + first))
            if before.size and _CONTINUED.match(text, before.last, before.end):
                removed.append((before.last, before.end))
            removed.append((line.start, line.start + length))
    if not removed:
        return None
    pieces: list[str] = []
    edges = [(0, 0)]
    size = done = 0
    for first, last in removed:
        pieces.append(text[done:first])
        size += first - done
        edges.append((size, last))
        done = last
    return PlainText("".join((*pieces, text[done:])), edges)


def unwrapped_at(text: str, start: int) -> tuple[PlainText, int, int] | None:
    """Return the lines from that of a token on without their openings, and where they begin.

    The last number is the place of the token in them.
    ``None`` if there are no openings in the lines behind the one of the token.
    """
    stretch = _STRETCH.match(text, start)
    if stretch is None or stretch.end() - start < _LEAST_STRETCH:
        return None
    if _OPENED.match(text, stretch.end()) is None:
        return None
    first = max(0, start - LINE)
    first = max(
        (match.end() for match in _LINE_END.compiled.finditer(text, first, start)), default=first
    )
    last = stretch.end()
    for _ in range(_MOST_LINES):
        following = text.find("\n", last + 1, start + _MOST_CHARACTERS)
        if following < 0:
            last = min(len(text), start + _MOST_CHARACTERS)
            break
        last = following
    plain = without_openings(text[first:last])
    return None if plain is None else (plain, first, plain.find_place(start - first))


def _lines(text: str, start: int) -> list[_TokenLine]:
    lines: list[_TokenLine] = []
    at = start
    for match in BREAKS.compiled.finditer(text, start):
        lines.append(_line(text, at, match.start()))
        at = match.end()
    lines.append(_line(text, at, len(text)))
    return lines


def _line(text: str, start: int, end: int) -> _TokenLine:
    shown = text[start:end]
    colour = _COLOUR_END.search(shown[-16:])
    plain = shown[: len(shown) - len(colour.group())] if colour else shown
    closed = plain.rstrip(_CLOSING)
    word = closed.rstrip(_CHARACTERS + ".")
    begin = start + len(word)
    # The last letter of a colour's code is one of a token's characters.
    if (code := word.rfind("\x1b[")) >= 0 and (match := _COLOUR.match(text, start + code, end)):
        begin = max(begin, match.end())
    if written := _WRITTEN_CODE.match(text, begin, end):
        begin = written.end()
    return _TokenLine(start, end, begin, max(begin, start + len(closed)))


def _opening_of(text: str, lines: list[_TokenLine], number: int, known: str) -> str:
    """Return the opening that is taken off a line: that of the line before it, or its own."""
    line, before = lines[number], lines[number - 1]
    if known and length_alike(text, line.start, line.end, known):
        return known
    if not before.size or not line.size:
        return ""
    if grep := _grep_openings(text, before.start, line.start)[1]:
        return grep
    own = text[line.start : line.word]
    if own and len(own) <= _LONGEST and _is_prompt(text, before, own):
        return own
    if not length_alike(text, before.start, before.word, own):
        own = _file_name(text, line, before) or own
    # A quotation mark closes at the end of its own line.
    closed = own[-1:] in _QUOTES and own[-1:] in text[line.last : line.end]
    if closed or not own.strip() or len(own) > _LONGEST:
        return ""
    if is_certain(text, line.word):
        return ""
    wide = before.end - before.start > _WIDEST
    if length_alike(text, before.start, before.end, own):
        full = _are_full(lines, number, of_all=True)
        return own if full or not (wide or _LABEL.search(own)) else ""
    return own if not wide and _is_repeated(text, lines, number, own) else ""


def _is_prompt(text: str, before: _TokenLine, own: str) -> bool:
    """Return whether an opening is the prompt of an unfinished command, and no line of a token.

    A name is that of a database only if the prompt of the line before has it as well.
    """
    if PROMPT.fullmatch(own) is None:
        return False
    name = _LINE_OR_PROMPT.match(own)
    if name is None or not (name[1] or own.startswith("-")):
        return True
    first = re.match(rf"{re.escape(name[1])}[=*'\"(-][#>]\x20", text[before.start : before.word])
    return bool(name[1]) and first is not None


def _is_repeated(text: str, lines: list[_TokenLine], number: int, own: str) -> bool:
    """Return whether the opening of the second line of a token repeats in the third one."""
    if number + 1 == len(lines):
        return False
    if not (_are_full(lines, number, of_all=False) or _are_as_wide(text, lines, number)):
        return False
    line, following = lines[number], lines[number + 1]
    alike = length_alike(text, following.start, following.word, own)
    return bool(alike and following.size and is_random_line(text[line.word : line.last]))


def _first_opening(text: str, before: _TokenLine, start: int, opening: str) -> int:
    """Return the length of what opens the first line of a token: as the others, or a prompt.

    0 if the token does not begin in that line.
    """
    alike = length_alike(text, before.start, before.word, opening)
    if alike:
        at = before.start + alike
        begins = before.word > at or begins_other_credential(text, at, "")
        return alike if begins or may_begin_other_credential(text, at) else 0
    own, following = _grep_openings(text, before.start, start)
    if own and following == opening:
        return len(own)
    prompt = FIRST_OPENING.match(text, before.start, before.word)
    return len(prompt.group()) if prompt and PROMPT.fullmatch(opening) else 0


def _grep_openings(text: str, before: int, start: int) -> tuple[str, str]:
    """Return what grep writes in front of a line and of the one behind; empty if it does not.

    That is the file's name and the line's number: with colons if it matches, or else with hyphens.
    """
    own = _GREP.match(text, before)
    if own is None:
        return "", ""
    number = f"{int(own['number']) + 1}-" if own["number"] else ""
    name = own["name"] or own["file"]
    name = f"{name}-" if name else ""
    if name + number and text.startswith(name + number, start):
        return own.group(), name + number
    return "", ""


def _file_name(text: str, line: _TokenLine, before: _TokenLine) -> str:
    """Return what names the file and the line, if the line in front names the same file."""
    file = _FILE.match(text, line.start, line.end)
    if file is None or not text.startswith(text[line.start : file.start(1)], before.start):
        return ""
    return file.group()


def _are_full(lines: list[_TokenLine], number: int, *, of_all: bool) -> bool:
    """Return whether the lines around one are of one length, as those of a wrapped text are."""
    line, before = lines[number], lines[number - 1]
    if number + 1 == len(lines) or not lines[number + 1].size:
        return False
    whole = of_all and line.end - line.start == before.end - before.start
    return (whole or line.size == before.size) and lines[number + 1].size <= line.size


def _are_as_wide(text: str, lines: list[_TokenLine], number: int) -> bool:
    """Return whether a line has as many characters of a token as the one in front has in all."""
    line, before = lines[number], lines[number - 1]
    opening = FIRST_OPENING.match(text, before.start, before.word)
    width = before.last - before.start
    indented = width - (len(opening.group()) if opening else 0)
    return line.size in {width, indented} and 0 < lines[number + 1].size <= line.size


def length_alike(text: str, start: int, end: int, opening: str) -> int:
    """Return the length of what is like an opening at ``start``; 0 if that is none.

    The numbers in it may be other ones, with blanks in front.
    """
    at, place = start, 0
    while place < len(opening):
        behind_sign = opening[max(0, place - 1) : place] in {"%", "\\"}
        if behind_sign and (code := _WRITTEN_CODE.match(opening, place)) is not None:
            if not text.startswith(code.group(), at, end):
                return 0
            place, at = code.end(), at + len(code.group())
        elif opening[place] in " 0123456789" and (run := _NUMBER.match(opening, place)):
            other = _NUMBER.match(text, at, end)
            if other is None:
                return 0
            place, at = run.end(), other.end()
        elif at < end and text[at] == opening[place]:
            place, at = place + 1, at + 1
        else:
            return 0
    return at - start


_NUMBER = LazyRegex(r"\x20{0,8}[0-9]{1,20}")
