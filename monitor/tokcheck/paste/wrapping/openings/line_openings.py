"""Take off what a log, a pager or a shell's prompt puts in front of each line of a wrapped token.

An opening is taken off where it repeats in consecutive lines, or is a prompt that shells are known
to show while a line continues. Numbers in it may differ from line to line, as those of a time do.
"""

import re
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import TOKEN_CHARS
from tokcheck.paste.notations.signs import PlainText, without_stretches
from tokcheck.paste.wrapping.openings.grep_output import file_name_at, grep_openings
from tokcheck.paste.wrapping.openings.shell_prompts import PROMPT, is_prompt_of_line
from tokcheck.paste.wrapping.other_text import (
    begins_other_credential,
    is_certain,
    may_begin_other_credential,
)
from tokcheck.paste.wrapping.token_lines import BREAKS, FIRST_OPENING, LINE
from tokcheck.paste.wrapping.word_shapes import is_random_line

NOTE = "openings of lines inside it"

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
_NUMBER = LazyRegex(r"\x20{0,8}[0-9]{1,20}")
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
        length = similar_opening_length(text, line.start, line.end, opening) if opening else 0
        if length:
            before = lines[number - 1]
            first = 0 if opening == known else _first_opening(text, before, line.start, opening)
            # Its own opening is no part of the first line's width.
            if first and not (removed and removed[-1][1] > before.start):
                removed.append((before.start, before.start + first))
            if before.size and _CONTINUED.match(text, before.last, before.end):
                removed.append((before.last, before.end))
            removed.append((line.start, line.start + length))
    return without_stretches(text, removed) if removed else None


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
    if known and similar_opening_length(text, line.start, line.end, known):
        return known
    if not before.size or not line.size:
        return ""
    if grep := grep_openings(text, before.start, line.start)[1]:
        return grep
    own = text[line.start : line.word]
    if own and len(own) <= _LONGEST and is_prompt_of_line(text[before.start : before.word], own):
        return own
    if not similar_opening_length(text, before.start, before.word, own):
        own = file_name_at(text, line.start, line.end, before.start) or own
    # A quotation mark closes at the end of its own line.
    closed = own[-1:] in _QUOTES and own[-1:] in text[line.last : line.end]
    if closed or not own.strip() or len(own) > _LONGEST:
        return ""
    if is_certain(text, line.word):
        return ""
    wide = before.end - before.start > _WIDEST
    if similar_opening_length(text, before.start, before.end, own):
        full = _are_full(lines, number, of_all=True)
        return own if full or not (wide or _LABEL.search(own)) else ""
    return own if not wide and _is_repeated(text, lines, number, own) else ""


def _is_repeated(text: str, lines: list[_TokenLine], number: int, own: str) -> bool:
    """Return whether the opening of the second line of a token repeats in the third one."""
    if number + 1 == len(lines):
        return False
    if not (_are_full(lines, number, of_all=False) or _are_as_wide(text, lines, number)):
        return False
    line, following = lines[number], lines[number + 1]
    alike = similar_opening_length(text, following.start, following.word, own)
    return bool(alike and following.size and is_random_line(text[line.word : line.last]))


def _first_opening(text: str, before: _TokenLine, start: int, opening: str) -> int:
    """Return the length of what opens the first line of a token: as the others, or a prompt.

    0 if the token does not begin in that line.
    """
    alike = similar_opening_length(text, before.start, before.word, opening)
    if alike:
        at = before.start + alike
        begins = before.word > at or begins_other_credential(text, at, "")
        return alike if begins or may_begin_other_credential(text, at) else 0
    own, following = grep_openings(text, before.start, start)
    if own and following == opening:
        return len(own)
    prompt = FIRST_OPENING.match(text, before.start, before.word)
    return len(prompt.group()) if prompt and PROMPT.fullmatch(opening) else 0


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


def similar_opening_length(text: str, start: int, end: int, opening: str) -> int:
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
