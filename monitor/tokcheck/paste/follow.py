"""Following an opaque token over the joints in it.

Nothing in such a token tells where it ends. So a joint is followed only where what stands behind
it can hardly be anything but the rest: inside quotation marks that opened in front of the token,
behind the operator of a string literal that goes on, or where it looks as random as a token does.
"""

import re
from typing import NamedTuple

from tokcheck.lazy import Lazy
from tokcheck.paste.chars import BLANK, BREAK, ENDING, JOINT, QUOTES
from tokcheck.paste.ending import is_key, is_option

BODY = Lazy(r"(?:[A-Za-z0-9_-]++|\.(?!\.))++")
# What is never inside a token that goes on: the beginning of another credential.
_OTHER = Lazy(r"eyJ|ya29\.|\AGOCSPX-|\AAIza|\A1//0|\.apps\.googleusercontent\.")
_LAST_ON_ITS_LINE = Lazy(rf"{BLANK}*+(?:\Z|{BREAK}|[{QUOTES}\\^,;)\]}}])")
_LOOSE = Lazy(r"[\s\"'`]*+\Z")
_WORD = Lazy(r"[A-Za-z]?[a-z]{3,}+\.?|[A-Z]{4,}+\.?")
# The marks with which shells and mail say that a line goes on.
_CONTINUED = Lazy(r"[\\^`=][\r\n]")
# A rest this long is judged by its characters alone.
_LEAST_LINE = 20
# Google's tokens have at most 2,048 characters.
_LONGEST = 4096
_LINE = 200
# What joins two string literals, and what only stands between them.
_OPERATORS = frozenset({"+", "&", ".", "||", "..", "++", "<>", "~"})
_SEPARATORS = frozenset({",", ";"})


class Followed(NamedTuple):
    """A token's pieces, the joints between them, and the end of the last piece."""

    pieces: list[str]
    joints: tuple[str, ...]
    end: int


def follow(text: str, start: int, end: int, first: str) -> Followed:
    """Follow the token that begins at ``start``, whose ``first`` piece ends at ``end``."""
    joints: list[str] = []
    pieces = [first]
    quoted: int | None = None
    while end - start < _LONGEST and (joint := JOINT.match(text, end)):
        piece = BODY.match(text, joint.end())
        if piece is None or _is_other(text, joint, piece):
            break
        if quoted is None:
            quoted = _quoted_until(text, end, _open_quote(text, start))
        if piece.end() > quoted and not _goes_on(text, joint, piece, pieces):
            break
        pieces.append(piece.group())
        joints.append(joint.group())
        end = piece.end()
    return Followed(pieces, tuple(joints), end)


def _open_quote(text: str, start: int) -> str:
    """Return the quotation mark that opened on the token's line and is not closed before it."""
    before = re.split(r"[\r\n]", text[max(0, start - _LINE) : start])[-1]
    marks = [character for character in before if character in "\"'`"]
    if not marks:
        return ""
    return marks[-1] if marks.count(marks[-1]) % 2 else ""


def _quoted_until(text: str, end: int, quote: str) -> int:
    """Return how far the lines of one quoted text reach that can only be the token."""
    until = -1
    last = end + _LONGEST
    while quote and end < last and (joint := JOINT.match(text, end)):
        piece = None if joint.lastgroup == "literal" else BODY.match(text, joint.end())
        plain = joint.lastgroup == "blank" and piece and not _random(piece.group())
        if piece is None or plain or _is_other(text, joint, piece):
            break
        end = piece.end()
        if text[end : end + 4].lstrip("\\^").startswith(quote):
            until = end
    return until


def _is_other(text: str, joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Tell whether a piece is another credential, an option, or a list's bullet."""
    word = piece.group()
    if _OTHER.search(word) or is_option(joint, piece):
        return True
    return not word.strip("-") and text[piece.end() : piece.end() + 1].isspace()


def _goes_on(
    text: str,
    joint: re.Match[str],
    piece: re.Match[str],
    pieces: list[str],
) -> bool:
    """Tell whether a piece that no quotation marks hold is the rest of the token."""
    if joint.lastgroup == "invisible":
        return True
    if joint.lastgroup == "literal":
        if is_key(joint, piece) or not ENDING.match(text, piece.end()):
            return False
        sign = joint["sign"] or joint["late"] or ""
        if sign in _OPERATORS or sign in _SEPARATORS:
            return sign in _OPERATORS
    elif _CONTINUED.match(joint.group()):
        return True
    elif not _LAST_ON_ITS_LINE.match(text, piece.end()):
        return False
    rest = piece.group()
    if len(rest) >= _LEAST_LINE:
        return _random(rest) and rest != rest.lower()
    return joint.lastgroup != "blank" and _is_next_line(text, joint, piece, pieces)


def _is_next_line(text: str, joint: re.Match[str], piece: re.Match[str], pieces: list[str]) -> bool:
    """Tell whether a short line is one of a wrapped token's."""
    rest = piece.group()
    if len(rest) == len(pieces[-1]):
        return True
    # Only the last of the wrapped lines is shorter; the first may begin with other text.
    many = len(pieces) > 1
    ended = len(pieces) > 2 and len(pieces[-1]) < len(pieces[-2])  # noqa: PLR2004 - two whole lines
    if ended or len(rest) > len(pieces[-1]):
        return False
    if _random(rest) or (many and joint.lastgroup == "literal"):
        return True
    alone = _LOOSE.match(text, piece.end()) is not None
    return (many or alone) and not _WORD.fullmatch(rest)


def _random(piece: str) -> bool:
    """Tell whether characters look drawn by lot: a digit among letters, or a capital inside."""
    digits = any(character.isdigit() for character in piece)
    letters = any(character.isalpha() for character in piece)
    return (digits and letters) or re.search("[a-z][A-Z]|[A-Z][A-Z][a-z]", piece) is not None
