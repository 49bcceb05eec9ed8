"""Flaws of the id and the secret of Basic credentials, as far as their form shows them."""

from collections.abc import Iterator
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.encoding.base64_text import read_base64
from tokcheck.paste.flaws import flaw_sentences
from tokcheck.paste.wrapping.foreign_character import character_at, describe_character, foreign_flaw
from tokcheck.paste.wrapping.word_shapes import looks_random

_SAMPLE = LazyRegex(r"(?i)(?:client|consumer|app)?[_ -]?(?:id|key):\w{0,8}[_ -]?secret")
_MISSING = LazyRegex(r"(?:None|null|undefined|nil|NaN)")
_FITBIT = LazyRegex(r"[0-9A-Z]{6}:[0-9a-f]{2,64}")
_FITBIT_LENGTH = 32
_LEAST_HALF = 4
_QUOTES = "\"'"

# What stands together: a blank that is none of ASCII's may be inside.
RUN = r"[^ \t\r\n\"'`\\<>(){}\[\],;&|]{2,1024}"
_RUN = LazyRegex(RUN)
# Signs and letters that Base64 does not have, or only at its end.
_FOREIGN = LazyRegex(r"[^A-Za-z0-9+/_=-]|=(?=[A-Za-z0-9+/_-])")
_BASE64 = LazyRegex(r"[A-Za-z0-9+/_-]")
# Behind one of these, another text may follow.
_ENDS_SENTENCE = frozenset(".:!?\u2026")


def damage_at(text: str, start: int) -> str:
    """Return a sentence about a character in Base64 that it does not have; empty if none is."""
    run = _RUN.match(text, start)
    sign = _FOREIGN.search(run.group()) if run is not None else None
    if run is None or sign is None:
        return ""
    rest = run.group()[sign.end() :]
    is_end = sign.group() in _ENDS_SENTENCE or sign.group().isspace()
    if _BASE64.search(rest) is None or (is_end and not looks_random(rest)):
        return ""
    character = character_at(text, start + sign.start())
    words = describe_character(character) if character is not None else sign.group()
    return flaw_sentences(foreign_flaw("= before its end" if sign.group() == "=" else words))


def without_foreign(run: str) -> str:
    """Return a text without the characters that Base64 does not have."""
    return _FOREIGN.compiled.sub("", run)


# An id and a secret in front of the host of an address, and where programs take them plainly.
_IN_ADDRESS = LazyRegex(
    r"(?i:https?)(?:://|%3[Aa]%2[Ff]%2[Ff])([^\s/?#@:\"'`\\]{0,200}:[^\s/?#@\"'`\\]{0,400})"
    r"(?:@|%40)(?=[A-Za-z0-9\[])"
)
_IN_OPTION = LazyRegex(
    r"(?<![\w-])(?:-u|--user|-a|--auth)[ =]?[\"']?"
    r"([^\s:\"'`<>{}$\\/]{3,200}:[^\s\"'`<>{}$\\]{8,400})(?=[\"'\s]|\Z)"
)
_AUTH = LazyRegex(
    r"(?i:\bauth\s{0,4}=|basic_?auth)\s{0,4}\(\s{0,4}[\"']([^\s\"'\\]{3,200})[\"']\s{0,4},\s{0,4}"
    r"[\"']([^\s\"'\\]{8,400})[\"']"
)
_ADDRESS_NOTE = (
    "They stand in an address, in front of the host, where logs and histories keep them."
)


_VARIABLE = LazyRegex(r"[<>{}$]|%[A-Za-z_]{3,}%")
_UNREPLACED = "A variable or a placeholder in them was not replaced with its value."


class PlainPair(NamedTuple):
    """An id and a secret that are not encoded: their text, where it stands, and what is wrong."""

    raw: str
    start: int
    end: int
    doubt: str


def find_plain(text: str) -> Iterator[PlainPair]:
    """Yield each id and secret that an address, an option or a program's code has plainly."""
    for match in _IN_ADDRESS.compiled.finditer(text):
        name, _, secret = match[1].partition(":")
        doubt = _UNREPLACED if _VARIABLE.search(match[1]) else ""
        if not doubt and not (name and secret):
            doubt = doubt_of_pair(match[1])
        yield PlainPair(match[1], *match.span(1), f"{_ADDRESS_NOTE} {doubt}".strip())
    for match in _IN_OPTION.compiled.finditer(text):
        yield PlainPair(match[1], *match.span(1), _foreign_in_pair(match[1]))
    for match in _AUTH.compiled.finditer(text):
        pair = f"{match[1]}:{match[2]}"
        yield PlainPair(pair, match.start(1), match.end(2), _foreign_in_pair(pair))


def _foreign_in_pair(pair: str) -> str:
    """Return a sentence about a letter that no id and no secret has, or what else is wrong."""
    at = next((at for at, letter in enumerate(pair) if not letter.isascii()), None)
    character = character_at(pair, at) if at is not None else None
    if character is None:
        return doubt_of_pair(pair)
    return flaw_sentences(foreign_flaw(describe_character(character)))


def decode_pair(encoded: str) -> str | None:
    """Return what Basic credentials encode; ``None`` if it is no text."""
    try:
        return read_base64(encoded.encode("ascii")).decode("ascii")
    except ValueError:  # of either
        return None


def doubt_of_pair(pair: str) -> str:
    """Return a sentence about what is wrong with an id and a secret; empty if nothing shows."""
    bare = pair.strip()
    name, colon, secret = bare.partition(":")
    if _SAMPLE.fullmatch(bare):
        return "They are a sample of documentation: it stands for an id and a secret of your own."
    if not colon:
        inner = decode_pair(bare)
        if inner is not None and ":" in inner:
            return "They are encoded twice: encode the id, a colon and the secret once."
        return "They have no colon, so that a part of them is missing."
    if not name and not secret:
        return "The id and the secret are empty: two variables were probably not set."
    if not name or not secret:
        return f"The {'id' if secret else 'secret'} is empty: a variable was probably not set."
    if min(len(name), len(secret)) < _LEAST_HALF:
        return "The id or the secret is too short: a part of it is missing."
    return _doubt_of_halves(pair, name, secret)


def _doubt_of_halves(pair: str, name: str, secret: str) -> str:
    """Return a sentence about an id and a secret of which each has its usual length at least."""
    bare = pair.strip()
    if pair != bare:
        return "A line break or a blank is encoded with them: use printf or echo -n, not echo."
    if " " in bare:
        return "A blank is encoded with them: the id, a colon and the secret are one word."
    if any(_MISSING.fullmatch(half) for half in (name, secret)):
        return "The id or the secret is what a program writes for a value that is missing."
    if any(half[0] in _QUOTES and half[-1] in _QUOTES for half in (name, secret)):
        return "Quotation marks are encoded with them: leave them out."
    fitbit = _FITBIT.fullmatch(bare)
    if fitbit is not None and len(secret) != _FITBIT_LENGTH:
        return (
            f"The secret has {len(secret)} characters in the place of {_FITBIT_LENGTH}: copy it "
            "again."
        )
    return ""
