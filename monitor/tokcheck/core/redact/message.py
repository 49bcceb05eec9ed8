"""Make text from outside fit to be shown: no secret, no control character, a bounded length."""

import re
import unicodedata
from collections.abc import Iterator

from tokcheck.core.escape import printable
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact.pieces import REDACTED, redact_known, without_spans
from tokcheck.core.redact.random_text import random_runs
from tokcheck.core.redact.spellings import Span, spelled_spans
from tokcheck.core.secret import Secret

# The name of a limit is no secret, though it has a number: ReadPer5MinPerUserPerRegion.
_LIMIT = (
    r"(?P<limit>(?<![\w.-])(?:[A-Z][a-z]{1,12}){1,6}"
    r"(?:Per[0-9]{0,5}(?:[A-Z][a-z]{1,12}){1,3}){1,4}(?![\w.-]))"
)
# Anything that looks like a credential of these APIs. Too wide on purpose: a message that lacks a
# word is still readable, but a token that was shown is compromised.
_SECRET_LIKE = LazyRegex(
    rf"""
    {_LIMIT}
    | eyJ[\w.=-]*
    | ya29[.%][\w.%-]*
    | (?:1|4)(?:/|%2[Ff]){{1,2}}[\w-]{{8,}}
    | GOCSPX[\w-]*
    | AIza[\w-]*
    | (?i:basic|bearer)\s+(?!undefined(?![\w~+/=-]|\.\w))[\w.~+/=-]{{8,}}
    | [0-9a-fA-F]{{32,}}
    | (?=[A-Za-z_-]*[0-9])[\w-]{{20,}}
    | [\w-]{{40,}}
    """,
    re.VERBOSE,
)
# The rest of a token around its redacted parts: the scraps glued to them, and the other parts of a
# signed token.
_PART = rf"(?:{re.escape(REDACTED)}|[A-Za-z0-9_-]{{1,64}}+)++"
_DOTTED = LazyRegex(rf"{_PART}(?:\.{_PART})*+")
_BEHIND_DOT = LazyRegex(r"(?<=\.)[A-Za-z0-9_-]{16,19}+(?![A-Za-z0-9_-])")
# A piece that something tore off a token beside it, by any sign or a blank between them.
_TORN = LazyRegex(rf"{_LIMIT}|[A-Za-z0-9_-]{{16,}}")
_LONGEST = 300
# How Python decodes them.
_BYTES = LazyRegex("[\udc80-\udcff]")


def redact(text: str, *secrets: Secret) -> str:
    """Return a text without the given secrets and anything else that looks like one.

    An upstream error body repeats the token that was sent, so this runs before anything else
    sees one. Beside what is redacted, so is each run of 16 or more letters and digits in no order:
    it may be a piece of the same token. The result is also :func:`plain`.
    """
    whole = _BYTES.compiled.sub("", text)
    if whole != text and (shown := redact(whole, *secrets)) != plain(whole):
        return shown  # bytes between the characters of a secret
    text = redact_known(plain(text, longest=10_000), *secrets)
    text = without_spans(text, spelled_spans(text, _secret_like_spans))
    text = _SECRET_LIKE.compiled.sub(lambda match: match["limit"] or REDACTED, text)
    # A piece of a token with a dot between fewer characters than those above.
    text = _BEHIND_DOT.compiled.sub(
        lambda run: REDACTED if random_runs(run.group()) else run.group(), text
    )
    if REDACTED in text:
        text = _DOTTED.compiled.sub(
            lambda run: REDACTED if REDACTED in run.group() else run.group(), text
        )
        text = without_spans(text, [*_torn_spans(text), *spelled_spans(text, _torn_spans)])
    return plain(text)


def _secret_like_spans(text: str) -> Iterator[Span]:
    found = _SECRET_LIKE.compiled.finditer(text)
    return (match.span() for match in found if match["limit"] is None)


def _torn_spans(text: str) -> Iterator[Span]:
    for match in _TORN.compiled.finditer(text):
        if match["limit"] is None and random_runs(match.group()):
            yield match.span()


# Letters, then at most one number: base64 and hexadecimal mix the two.
_JOINED_WORDS = LazyRegex(r"[^\W\d_]*[0-9]*(?:[-_.@ ][^\W\d_]*[0-9]*)*")


def looks_secret(text: str) -> bool:
    """Return whether a text looks like a token and not just like words that are joined."""
    clean = plain(text)
    if redact(clean) == clean:
        return False
    words = plain(clean.replace("-", " ").replace("_", " "))
    return _JOINED_WORDS.fullmatch(clean) is None or redact(words) != words


def plain(text: str, *, longest: int = _LONGEST) -> str:
    r"""Return a text on one line without control and invisible characters, cut to ``longest``.

    Of a name, a byte that is no UTF-8 becomes ``\xff``.
    """
    if len(text) <= longest and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # by far the most
    text = text[: longest * 4]
    text = _BYTES.compiled.sub(lambda byte: printable(byte.group()), text)
    kept = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    kept = " ".join(kept.split())
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"
