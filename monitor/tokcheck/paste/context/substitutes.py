"""Substitutes for the characters of a token: ligatures, dashes, look-alikes and plain Base64.

Editors, PDF files and encoders write them. They are put right where that is certain: a ligature has
one spelling, and a signed token's lengths and JSON show whether a guess was right.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.flaws import Diagnosis, odd_letter_at
from tokcheck.paste.grammar import (
    DASHES,
    LAST_CHARACTERS,
    PIECE,
    TOKEN_CHARS,
    decode_segment,
    signature_length,
)
from tokcheck.paste.notations.signs import LOOK_ALIKES
from tokcheck.paste.wrapping.foreign_character import WRITTEN, decode_written

if TYPE_CHECKING:
    import re

_LIGATURES = {
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl",
    "\ufb05": "st", "\ufb06": "st",
}  # fmt: skip
# A hyphen by another name; all other dashes may also stand for two.
_HYPHENS = "\u2010\u2011"
_SPELLINGS = str.maketrans(_LIGATURES)
_LIGATURE = LazyRegex("[\ufb00-\ufb06]")
# Behind a token, a hyphen is none of its own.
_HYPHEN = LazyRegex(f"(?<=[A-Za-z0-9_.-])[{_HYPHENS}](?=[A-Za-z0-9_-])")

# Signs that are one of a token's by another name: certain, wherever a token continues behind them.
_EQUALS = {alike: sign for sign in "._-" for alike in LOOK_ALIKES[sign]}
_NOTATION = rf"\\{{1,4}}[_.-]|{WRITTEN}|[{''.join(_EQUALS)}]"
_ONE = LazyRegex(_NOTATION)
_ESCAPED = LazyRegex(
    rf"(?<=[A-Za-z0-9_.-])(?:{_NOTATION}){{1,16}}+(?=[A-Za-z0-9_.-]|(?<=[_-])(?![A-Za-z0-9_-]))"
)
# Signs that only a signed token's JSON and lengths prove to be one of its own.
_GUESSES = {"\u00b7": ".", "\u3002": ".", "\uff61": ".", "\u2022": ".", ",": ".", "\u2017": "_"}
_GUESSED = str.maketrans(_GUESSES)
_GUESS = "".join(_GUESSES)

# The prefix of a Google token with another sign for its full stop, a blank, or a capital of an
# editor, in front of what is no word.
_PREFIX = LazyRegex(
    r"(?<![A-Za-z0-9_-])([Yy]a[ ]?29)"
    rf"(?P<sign>[ ]{{0,2}}(?:[.{_GUESS}\u2026\u30fb]|[\[({{](?:\.|dot)[\])}}]|[ ]dot[ ])[ ]{{0,2}})"
    r"(?=[A-Za-z0-9_-]{60})"
)
_WRITTEN_STOP = LazyRegex(r"(?<=[A-Za-z0-9_-])[\[({](?:\.|dot)[\])}](?=[A-Za-z0-9_-]{20})")
_DASH = "".join(sorted(DASHES))
_PLAIN = r"[+/=]|%(?:25){0,2}(?:2[BbFf]|3[Dd])|\\/|\\u00(?:3[Dd]|2[BbFf])"
_STRETCH = LazyRegex(rf"eyJ(?:[A-Za-z0-9_.{_DASH}{_GUESS}-]|{_PLAIN}){{20,16384}}")
_LIGATURES_AND_EQUALS = "".join((*_LIGATURES, *_EQUALS))
_LONG_STRETCH = LazyRegex(
    rf"(?:[A-Za-z0-9_.{_DASH}{_GUESS}{_LIGATURES_AND_EQUALS}-]|{_PLAIN}|{_NOTATION}){{20,16384}}"
)
_OPAQUE_STRETCH = LazyRegex(
    rf"(?:[A-Za-z0-9_.{_HYPHENS}{_LIGATURES_AND_EQUALS}-]|{_NOTATION}){{20,4096}}"
)
_SOME_WRITTEN = LazyRegex(rf"{_PLAIN}|{_NOTATION}|[{_DASH}{_GUESS}{_LIGATURES_AND_EQUALS}]")
_PLUS = LazyRegex(r"\+|%(?:25){0,2}2[Bb]|\\u002[Bb]")
_SLASH = LazyRegex(r"\\?/|%(?:25){0,2}2[Ff]|\\u002[Ff]")
_PADDING = LazyRegex(r"=|%(?:25){0,2}3[Dd]|\\u003[Dd]")
_PADDING_AT_END = LazyRegex(rf"(?:{_PADDING.pattern})+\Z")
_DASH_ANY = LazyRegex(f"[{_DASH}]")
_SOME_PLAIN = LazyRegex(rf"{_PLAIN}|[{_DASH}{_GUESS}]")
_PARTS = 3
_MOST_NOTES = 4

# Letters of other scripts that look like one of ours, each above it.
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0458\u0455\u0501\u04bb\u0432\u043a\u043c"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u0406\u0408\u0405"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf",
    "aeopcxyijsdhbkmABEKMHOPCTXYIJSABEZHIKMNOPTYXo",
) | {0xFF01 + at: 0x21 + at for at in range(94)}


def restore(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text with what certainly stands for a token's characters put right, and notes."""
    notes: list[str] = []
    if not text.isascii():
        if _LIGATURE.search(text):
            notes.append("a ligature inside it")
        if _HYPHEN.search(text):
            notes.append("another character for a hyphen inside it")
        text = _HYPHEN.compiled.sub("-", text.translate(_SPELLINGS))
    text, repairs = _without_escapes(text)
    notes += repairs
    text, repairs = _with_full_stops(text)
    notes += repairs
    if "eyJ" not in text or _SOME_PLAIN.search(text) is None:
        return text, tuple(notes)
    pieces: list[str] = []
    done = 0
    for match in _STRETCH.compiled.finditer(text):
        found = _restore_signed(match.group())
        if found is not None:
            pieces += (text[done : match.start()], found[0])
            done = match.end()
            notes += found[1]
    return "".join((*pieces, text[done:])), tuple(dict.fromkeys(notes))


def restore_at(text: str, start: int) -> tuple[str, int] | None:
    """Return the token that begins at ``start`` with its own characters, and where it ends.

    ``None`` if nothing in it is to be put right, or if a signed one is still not whole.
    """
    signed = text.startswith("eyJ", start)
    match = (_LONG_STRETCH if signed else _OPAQUE_STRETCH).match(text, start)
    if match is None or _SOME_WRITTEN.search(match.group()) is None:
        return None
    raw = match.group()
    plain, _ = _without_escapes(_HYPHEN.compiled.sub("-", raw.translate(_SPELLINGS)))
    if not signed:
        return (plain, match.end()) if plain != raw else None
    restored = _restore_signed(plain.rstrip(_GUESS))
    return (restored[0], start + len(raw.rstrip(_GUESS))) if restored is not None else None


def _without_escapes(text: str) -> tuple[str, list[str]]:
    """Return a text in which a token's characters are written plainly, and notes."""
    notes: list[str] = []

    def plain(match: "re.Match[str]") -> str:
        notation = match.group()
        value = _EQUALS.get(notation) or notation.lstrip("\\")
        if len(value) > 1:
            value = decode_written(notation)
        if value not in TOKEN_CHARS | {"."}:
            return notation
        notes.append(f"{notation} for {value} inside it")
        return value

    text = _ESCAPED.compiled.sub(lambda run: _ONE.compiled.sub(plain, run.group()), text)
    return text, list(dict.fromkeys(notes))[:_MOST_NOTES]


def _with_full_stops(text: str) -> tuple[str, list[str]]:
    """Return a text in which a token's full stops are written plainly, and notes."""
    notes: list[str] = []

    def prefix(match: "re.Match[str]") -> str:
        sign = match["sign"].strip()
        if sign != ".":
            notes.append(f"{sign} for . inside it")
        if " " in match.group().removesuffix(" dot "):
            notes.append("a space inside it")
        if match.group().startswith("Y"):
            notes.append("Y for y at its beginning")
        return "ya29."

    def full_stop(match: "re.Match[str]") -> str:
        notes.append(f"{match.group()} for . inside it")
        return "."

    if "a29" in text or "a 29" in text:
        text = _PREFIX.compiled.sub(prefix, text)
    if "eyJ" in text:
        text = _WRITTEN_STOP.compiled.sub(full_stop, text)
    return text, list(dict.fromkeys(notes))


def _restore_signed(raw: str) -> tuple[str, list[str]] | None:
    """Return a signed token with its own characters, if its lengths and JSON prove it."""
    parts = raw.translate(_GUESSED).split(".")
    while parts and not parts[-1]:  # full stops behind it
        parts.pop()
    if len(parts) != _PARTS:
        return None
    head = next((part for part in _spellings(parts[0]) if decode_segment(part)), None)
    length = signature_length(decode_segment(head)) if head else None
    body = next((part for part in _spellings(parts[1]) if decode_segment(part) is not None), None)
    signature = next((part for part in _spellings(parts[2]) if _is_whole(part, length)), None)
    if head is None or body is None or signature is None:
        return None
    notes = [f"{sign} for {own} inside it" for sign, own in _GUESSES.items() if sign in raw]
    if _DASH_ANY.search(raw):
        notes.append("a dash for a hyphen inside it")
    if _PLUS.search(raw) or _SLASH.search(raw) or _PADDING.search(raw):
        notes.append("plain Base64 inside it (+, / or =)")
    return f"{head}.{body}.{signature}", notes


def _is_whole(signature: str, length: int | None) -> bool:
    """Return whether a signature has its length, and an end that no sign behind it can be."""
    if len(signature) != length:
        return False
    ends = LAST_CHARACTERS[len(signature) % 4]
    return signature[-1] in ends and signature[-1] not in "-_"


def _spellings(part: str) -> Iterator[str]:
    """Yield the readings of one part: a dash is one hyphen, or else two."""
    part = _PADDING_AT_END.compiled.sub("", part)
    part = _SLASH.compiled.sub("_", _PLUS.compiled.sub("-", part))
    for hyphens in ("-", "--") if _DASH_ANY.search(part) else ("-",):
        spelling = _DASH_ANY.compiled.sub(hyphens, part)
        if (match := PIECE.fullmatch(spelling)) is not None:
            yield match.group()


def with_ligatures(text: str) -> str:
    """Return a text in which each ligature is the letters that it stands for."""
    return text.translate(_SPELLINGS)


def without_look_alikes(text: str) -> str:
    """Return a text of the same length in which look-alikes are the letters that they look like."""
    return text if text.isascii() else text.translate(_LOOK_ALIKES)


def odd_letter_in(text: str) -> Diagnosis | None:
    """Return the flaw of a token with a letter that no token has."""
    for at, letter in enumerate(text):
        if not letter.isascii() and (flaw := odd_letter_at(text, at)) is not None:
            return flaw
    return None
