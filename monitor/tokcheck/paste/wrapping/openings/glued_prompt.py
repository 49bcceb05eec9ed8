"""A shell's prompt directly behind a token: a program printed the token without a line break.

The characters of the prompt's first word are also those of a token. So it is cut off only where its
form shows where it begins, or where the same prompt begins another line.
"""

import re

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import TOKEN_CHARS

# The rest of a prompt behind its first word, for certain ...
_TAIL = LazyRegex(
    r"@[A-Za-z0-9_.-]{1,64}(?:\x1b\[[0-9;]{0,12}m)?[:\x20\])][^\r\n]{0,80}?[$#%>\u276f](?=\s|\Z)"
    r"|:(?:~|/)[^\r\n\"'`]{0,80}?[$#%>](?=\s|\Z)|\x20~[^\r\n\"'`]{0,80}?[$#%>](?=\s|\Z)"
    r"|:\\[^\r\n<>\"'`|]{0,100}>|\x20(?:[A-Z]:\\|/|~)[^\r\n<>\"'`|]{0,100}>"
    r"|=[#>*](?:\x20|\Z)|(?:\.\d{1,3}){1,3}(?::\d{2,5})?[$#%>](?:\x20|\Z)|\x20?\[[^\]\r\n]{1,64}\](?:>|:)(?:\x20|\Z)"
    r"|\([^()\r\n]{1,40}\)(?::\d{1,5}){0,2}[>*](?:\x20|\Z)|:\d{2,5}>(?:\x20|\Z)"
)
# ... and behind a word, or a known one.
_SIGN = LazyRegex(r"[$#%>](?:\x20|\Z)")
_LAST_WORD = LazyRegex(r"(?:[a-z]{3}|sh-\d\.\d{1,2})\Z")
# Of ksh and zsh, the first letter may be the token's.
_VERSION = LazyRegex(r"(?:ba|da|(?<![kz]))sh-\d\.\d{1,2}\Z")
_WORD = LazyRegex(r"[A-Za-z0-9_.-]{1,40}")
_PLAIN_WORD = LazyRegex(r"[a-z]{3,}|[a-z]{0,3}sh-\d\.\d{1,2}")
_PLAIN_SIGN = LazyRegex(r"[$#>](?:\x20|\Z)|%\x20")
# The first words that show where a prompt begins. The end of one is never another one, so that no
# character of a token is taken for a part of it.
_WORDS = (
    ("PS", LazyRegex(r"\x20(?:[A-Z]:\\|/|~)[^\r\n<>\"'`|]{0,100}>")),
    ("MariaDB", LazyRegex(r"\x20\[[^\]\r\n]{1,64}\]>")),
    ("irb", LazyRegex(r"\([^()\r\n]{1,20}\):\d{1,5}(?::\d{1,3})?[>*]")),
    ("iex", LazyRegex(r"\(\d{1,5}\)>\x20")),
    ("postgres", LazyRegex(r"=[#>](?:\x20|\Z)")),
    ("root", LazyRegex(r"@[A-Za-z0-9_.-]{1,64}[:\x20][^\r\n]{0,80}?#(?:\x20|\Z)")),
    *(
        (name, LazyRegex(r">(?:\x20|\Z)"))
        for name in ("mysql", "sqlite", "redis", "scala", "julia", "ghci")
    ),
)
_FOLDER = LazyRegex(r":\\[^\r\n<>\"'`|]{0,100}>")
_AROUND = 4_096
_LONGEST = 40


def find_prompt(text: str, start: int, end: int) -> int | None:
    """Return where the prompt begins that is glued to the token at ``start`` to ``end``.

    It is ``end`` if that is not certain, and ``None`` if there is none.
    """
    piece = text[max(start, end - _LONGEST) : end]
    known = _known_word(text, end, piece)
    if known:
        return end - known
    tail = _TAIL.match(text, end)
    if tail is None:
        # The mark that opened closes it, as does one behind the last line of a wrapped token.
        closed = text[start - 1 : start] == "<" or (
            end + 1 == len(text) and "\n" in text[start:end]
        )
        is_closed = closed and text[end : end + 1] == ">"
        tail = _SIGN.match(text, end) if _LAST_WORD.search(piece) and not is_closed else None
    if tail is None:
        return None
    return end - _repeated_word(text, start, tail, piece)


def is_prompt(text: str, start: int, end: int) -> bool:
    """Return whether a whole prompt with a first word up to ``end`` stands at a place."""
    if not 0 < end - start <= _LONGEST or _WORD.match(text, start, end) is None:
        return False
    first = text[start:end]
    known = any(word == first and tail.match(text, end) for word, tail in _WORDS)
    return known or (_TAIL.match(text, end) or _SIGN.match(text, end)) is not None


def is_certain_prompt(text: str, start: int, end: int, last: int) -> bool:
    """Return whether a prompt with a first word up to ``last`` stands behind a token."""
    if not is_prompt(text, end, last):
        return False
    if _TAIL.match(text, last) or _known_word(text, last, text[end:last]) == last - end:
        return True
    # A mark that opened in front of the token closes here.
    is_closed = text[start - 1 : start] == "<" and text[last] == ">"
    is_plain = _PLAIN_WORD.fullmatch(text, end, last) and _PLAIN_SIGN.match(text, last)
    return is_plain is not None and not is_closed


def _known_word(text: str, end: int, piece: str) -> int:
    """Return the length of a known first word of a prompt; 0 if there is none."""
    for word, tail in _WORDS:
        if piece.endswith(word) and tail.match(text, end):
            return len(word)
    if piece[-1:].isupper() and _FOLDER.match(text, end):
        return 1
    version = _VERSION.search(piece) if _SIGN.match(text, end) else None
    return len(version.group()) if version else 0


def _repeated_word(text: str, start: int, tail: re.Match[str], piece: str) -> int:
    """Return the length of the first word of the same prompt at the beginning of another line."""
    around = text[max(0, start - _AROUND) : start], text[tail.end() : tail.end() + _AROUND]
    for line in (*around[0].splitlines(), *around[1].splitlines()[1:]):
        at = line.find(tail.group(), 1, _LONGEST + len(tail.group()))
        word = line[:at]
        if at > 0 and TOKEN_CHARS.issuperset(word) and piece.endswith(word):
            return at
    return 0
