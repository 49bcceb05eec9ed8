"""The shape of a piece of text: a word or a name, or random characters."""

import re

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import BREAK, KEY, PARAGRAPH, QUOTES, SPACE

NO_WORD_BEFORE = (
    r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrtbfv])|(?<=%[0-9A-Fa-f]{2})"
    r"|(?<=\\u00[0-9A-Fa-f]{2})|(?<=\\x[0-9A-Fa-f]{2}))"
)
"""Matches where a prefix may begin: behind an escape, or where no word can continue."""
# Words as sentences, headers and programs write them, and such words joined to a name.
WORD = LazyRegex(r"[A-Za-z]?[a-z]{3,}+\.?|[A-Z]{4,}+\.?")
NAME = LazyRegex(r"(?=.{3})(?:(?:[A-Z]?[a-z]{2,}+|[A-Z]{2,}+[a-z]*+|[A-Z](?=[_-]))[_.-]?+)++")
PLAIN_NAME = LazyRegex(r"(?:[A-Z]?[a-z]{2,}+(?:[_.-]|(?=[A-Z]|\Z)))++|[A-Z]{2,}+(?:_[A-Z]{2,}+)*+")
# A rest this long is judged by its characters alone.
_LEAST_LINE = 20
_DATE = LazyRegex(
    r"[12][0-9]{3}[.-][01]?[0-9](?:[.-][0-3]?[0-9])?|[0-3]?[0-9]\.[01]?[0-9]\.[0-9]{2,4}"
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
)
_VALUE = LazyRegex(rf"{KEY.pattern}(?!//|%(?:25){{0,2}}2F){SPACE}*+(?!\Z|{BREAK})")
_SENTENCE = LazyRegex(rf"[,.;:!?)]|\s|\Z|{BREAK}|[\\^]{{0,4}}[{QUOTES}]")
_SPACED = LazyRegex(rf"{SPACE}\Z")
_LONGEST_SPACE = 16
# A word, and what may be stuck to its end.
_ROUGH_WORD = LazyRegex(r"[A-Z]?[a-z]{5,}+.{0,8}")
# Fewer letters in a row may be chance.
LEAST_NAME = 6
# Words, capitals or digits in a row. A version, a date or the name of a thing has up to three.
_RUN = LazyRegex(r"[A-Z]?[a-z]++|[A-Z]++|[0-9]++")
_LEAST_RUNS = 4
_DIGIT = LazyRegex(r"\d")
_LETTER = LazyRegex(r"[^\W\d_]")
_CHANGE = LazyRegex(r"[a-z][A-Z]|[A-Z][A-Z][a-z]")


def is_plain(word: str) -> bool:
    """Return whether a piece does not look random."""
    return not looks_random(word) or NAME.fullmatch(word) is not None


def is_random_line(word: str) -> bool:
    """Return whether a piece is so long and irregular that only a credential looks like it."""
    return len(word) >= _LEAST_LINE and word != word.lower() and not is_plain(word)


def looks_random(piece: str) -> bool:
    """Return whether characters look random: a digit among letters, or a capital inside."""
    if _DIGIT.search(piece) and _LETTER.search(piece):
        return True
    return _CHANGE.search(piece) is not None


def is_irregular(word: str, *, expected: bool = False) -> bool:
    """Return whether a piece, even a short one, is so irregular that no person would write it.

    With ``expected``, it stands where a credential most likely continues.
    """
    if is_plain(word) or word in {word.lower(), word.upper()}:
        return False
    least = _LEAST_RUNS if len(word) >= LEAST_NAME else _LEAST_RUNS - 1 - expected
    return len(_RUN.compiled.findall(word)) >= least


def begins_text(joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Return whether a word follows an empty line or an indentation."""
    apart = PARAGRAPH.fullmatch(joint.group()) or _SPACED.search(joint.group()[-_LONGEST_SPACE:])
    return bool(apart and _ROUGH_WORD.fullmatch(piece.group()))


def is_evident(text: str, joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Return whether a line is evidently other text: a name with a value, an address, a date."""
    word = piece.group()
    if NAME.fullmatch(word):
        if len(word) < LEAST_NAME or not PLAIN_NAME.fullmatch(word):
            return False
        if _VALUE.match(text, piece.end()):
            return True
        sentence = PARAGRAPH.fullmatch(joint.group()) and WORD.fullmatch(word)
        return bool(sentence and _SENTENCE.match(text, piece.end()))
    return _DATE.fullmatch(word) is not None
