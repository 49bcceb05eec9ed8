"""A character inside a token that no token has, in any notation: what it is, and how it is named.

A token continues behind it without a gap, so that what stands in front is only a part of it.
"""

import unicodedata
from typing import NamedTuple

from tokcheck.core.credential import Flaw
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact.spellings import NAMED_SIGNS
from tokcheck.paste.flaws import Diagnosis, hyphen_became, odd_letter_at, plain_base64_at
from tokcheck.paste.grammar import DASHES, QUOTES, TOKEN_CHARS, joint_at
from tokcheck.paste.invisible import INVISIBLE, WRITTEN_INVISIBLE
from tokcheck.paste.wrapping.word_shapes import is_random_line, looks_random

WRITTEN = (
    r"\\{1,4}(?:u\{[0-9A-Fa-f]{1,6}\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})"
    r"|&\#(?:[xX][0-9A-Fa-f]{1,6}|[0-9]{1,7});"
    rf"|&(?:{'|'.join(NAMED_SIGNS)});"
)
"""A character as source code or HTML writes it."""

_WRITTEN = LazyRegex(WRITTEN)
_CODE = LazyRegex(r"(?:u\{|u|x|\#[xX])([0-9A-Fa-f]+)|\#([0-9]+)")
_PERCENT = LazyRegex(r"(?:%(?:25){0,2}[0-9A-Fa-f]{2})++")
_HEX = LazyRegex(r"[0-9A-Fa-f]{2}(?=%|\Z)")
# The separators behind a token: another value follows.
_DELIMITER = LazyRegex(rf"[\s{QUOTES}()\[\]{{}}<>,;&|:=/+]")
# Signs that are rare inside a token: it continues behind one only with random characters.
_DOUBTFUL = frozenset("@!?^#~")
_SKIPPED = LazyRegex(rf"[{INVISIBLE}]*+")
_INVISIBLE = LazyRegex(rf"[{INVISIBLE}]|{WRITTEN_INVISIBLE}")
# So much of a rest shows what it is; one of many that follow each other is not read to its end.
_MOST_READ = 512
_BODY = LazyRegex(rf"[A-Za-z0-9_.-]{{1,{_MOST_READ}}}+")
_PLAIN = LazyRegex(rf"[A-Za-z0-9_.+/=-]{{1,{_MOST_READ}}}+")
_NO_PLAIN = str.maketrans("", "", "+/=")
_LEAST_REST = 8
_MOST = 8
# Behind the last character of Unicode.
_BEYOND = 0x110000
_ONE_PERCENT = len("%5F")


class Character(NamedTuple):
    """A character of a text, where its notation ends, and the notation."""

    value: str
    end: int
    notation: str


def character_at(text: str, at: int) -> Character | None:
    """Return the character that stands or is written at a place; ``None`` at the end."""
    first = text[at : at + 1]
    if first in "\\&" and (match := _WRITTEN.match(text, at)) is not None:
        return Character(decode_written(match.group()), match.end(), match.group())
    if first == "%" and (match := _PERCENT.match(text, at)) is not None:
        codes = _HEX.compiled.findall(match.group())
        # One character has at most four bytes.
        decoded = bytes.fromhex("".join(codes[:4])).decode("utf-8", "replace")
        value = decoded[:1]
        taken = 1 if value == "\ufffd" else len(value.encode())
        end = _ONE_PERCENT * taken + at if "%25" not in match.group() else match.end()
        return Character(value, end, text[at:end])
    if first == "\\" and text[at + 1 : at + 2]:
        value = {"0": "\0", "a": "\a", "b": "\b", "e": "\x1b"}.get(text[at + 1], text[at + 1])
        return Character(value, at + 2, text[at : at + 2])
    return Character(first, at + 1, first) if first else None


def decode_written(notation: str) -> str:
    """Return the character that source code or HTML writes so."""
    code = _CODE.search(notation)
    if code is None:
        return NAMED_SIGNS.get(notation.strip("&;"), notation)
    number = int(code.group(1), 16) if code.group(1) else int(code.group(2))
    is_character = number in range(0xD800) or number in range(0xE000, _BEYOND)
    return chr(number) if is_character else "\ufffd"


def foreign_at(text: str, at: int, *, signed: bool = False) -> Diagnosis | None:
    """Return the flaw of a token that continues behind a character that no token has.

    With ``signed``, the token is known to be incomplete, so that any sign may be the cause.
    """
    first = character_at(text, at)
    if first is None or first.notation in TOKEN_CHARS or first.notation == ".":
        return None
    if _INVISIBLE.match(text, at) or joint_at(text, at) is not None:
        return None
    certain = _is_certain(first)
    delimiter = _DELIMITER.match(first.value) is not None
    if delimiter and (not signed or first.value.isspace()):
        return None
    # The second character of a mere escape is the token's own.
    escaped = first.notation == f"\\{first.value}" and first.value in TOKEN_CHARS
    end = at + 1 if escaped else _end_of_others(text, first)
    body = _BODY.match(text, end)
    if body is None or not (certain or is_random_line(body.group())):
        return None
    return foreign_flaw(describe_character(first))


def flaw_behind(text: str, at: int) -> Diagnosis | None:
    """Return the flaw of an opaque credential that continues behind ``at``, of whatever kind."""
    first = character_at(text, at)
    if (
        first is not None
        and first.value in DASHES
        and text[first.end : first.end + 1] in TOKEN_CHARS
    ):
        return hyphen_became(first.value)
    odd = odd_letter_at(text, at) or foreign_at(text, at)
    if odd is not None:
        return odd
    flaw = plain_base64_at(text, at)
    rest = _rest_behind_sign(text, at) if flaw is not None else ""
    return flaw if len(rest) >= _LEAST_REST and looks_random(rest) else None


def random_behind_sign(text: str, at: int) -> Diagnosis | None:
    """Return the flaw of an access token that continues behind a sign of plain Base64.

    What may be another text, such as the rest of an address, does not count.
    """
    flaw = plain_base64_at(text, at)
    return flaw if flaw is not None and is_random_line(_rest_behind_sign(text, at)) else None


def foreign_in_header(word: str) -> Diagnosis | None:
    """Return the flaw of a signed token of which the header has a character that no token has."""
    for at, letter in enumerate(word):
        if letter in TOKEN_CHARS:
            continue
        # Another sign stands in an address or a label as well.
        if letter == "+" or not letter.isascii() or (at < len("eyJh") and word[0] == "e"):
            character = character_at(word, at)
            return foreign_flaw(describe_character(character)) if character is not None else None
    return None


def foreign_flaw(words: str) -> Diagnosis:
    """Return the flaw of a token with a character that no token has; ``words`` name it."""
    return (
        Flaw.DAMAGED,
        f"it contains a character that no token has: {words}",
        "Copy it again from where it was issued, as plain text.",
    )


def _rest_behind_sign(text: str, at: int) -> str:
    """Return what continues there, without that sign and others of plain Base64."""
    rest = _PLAIN.match(text, at)
    return rest.group().translate(_NO_PLAIN) if rest is not None else ""


def _end_of_others(text: str, first: Character) -> int:
    """Return where a few characters end that no token has: some signs are several."""
    end = first.end
    for _ in range(_MOST):
        end = max(end, match.end() if (match := _SKIPPED.match(text, end)) else end)
        following = character_at(text, end)
        if following is None or following.value in TOKEN_CHARS or not _is_certain(following):
            break
        end = following.end
    return end


def _is_certain(character: Character) -> bool:
    """Return whether the character is never what stands behind a token in a sentence."""
    value, _, notation = character
    if value in _DOUBTFUL or _DELIMITER.match(value):
        return False
    if notation[:1] == "\\" and len(notation) == 2 and value.islower():  # noqa: PLR2004
        return False  # a command of a text format, such as \par
    return value.isascii() or not unicodedata.category(value).startswith(("P", "Lo", "Z"))


def describe_character(character: Character) -> str:
    """Return a character in words: itself, its code and its name."""
    value, _, notation = character
    if notation != value:
        return notation
    name = unicodedata.name(value, "a control character").lower()
    code = f"U+{ord(value):04X}, {name}"
    if value.isascii():
        return value if value.isprintable() else code
    shown = value.isprintable() and not unicodedata.category(value).startswith("M")
    return f"{value} ({code})" if shown else code
