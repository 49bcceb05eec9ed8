"""What a piece of text looks like: a word or a name, or characters drawn by lot."""

import re

from tokcheck.core.lazy import LazyRegex

# Words as sentences, headers and programs write them, and such words joined to a name.
WORD = LazyRegex(r"[A-Za-z]?[a-z]{3,}+\.?|[A-Z]{4,}+\.?")
SIMPLE_WORD = LazyRegex(r"[A-Za-z][a-z]{2,}+")
NAME = LazyRegex(r"(?=.{3})(?:(?:[A-Z]?[a-z]{2,}+|[A-Z]{2,}+[a-z]*+|[A-Z](?=[_-]))[_.-]?+)++")
PLAIN_NAME = LazyRegex(r"(?:[A-Z]?[a-z]{2,}+(?:[_.-]|(?=[A-Z]|\Z)))++|[A-Z]{2,}+(?:_[A-Z]{2,}+)*+")
# A rest this long is judged by its characters alone.
_LEAST_LINE = 20


def is_plain(word: str) -> bool:
    """Return whether a piece does not look drawn by lot."""
    return not looks_random(word) or NAME.fullmatch(word) is not None


def is_random_line(word: str) -> bool:
    """Return whether a piece is so long and irregular that only a credential looks like it."""
    return len(word) >= _LEAST_LINE and word != word.lower() and not is_plain(word)


def looks_random(piece: str) -> bool:
    """Return whether characters look drawn by lot: a digit among letters, or a capital inside."""
    digits = any(character.isdigit() for character in piece)
    letters = any(character.isalpha() for character in piece)
    return (digits and letters) or re.search("[a-z][A-Z]|[A-Z][A-Z][a-z]", piece) is not None
