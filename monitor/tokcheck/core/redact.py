"""Make text from outside fit to be shown: no secret, no control character, a bounded length."""

import re
import unicodedata

from tokcheck.core.lazy_regex import LazyRegex
from tokcheck.core.secret import Secret

_REDACTED = "[redacted]"
# Anything that looks like a credential of these APIs. Too wide on purpose: a message that lacks a
# word is still readable, but a token that was shown is compromised.
_SECRET_LIKE = LazyRegex(
    r"""
    eyJ[\w.=-]*
    | ya29[.%][\w.%-]*
    | (?:1|4)(?:/|%2[Ff]){1,2}[\w-]{8,}
    | GOCSPX[\w-]*
    | AIza[\w-]*
    | (?i:basic|bearer)\s+[\w.~+/=-]{8,}
    | [0-9a-fA-F]{32,}
    | (?=[A-Za-z_-]*[0-9])[\w-]{20,}
    | [\w-]{40,}
    """,
    re.VERBOSE,
)
_LONGEST = 300


def redact(text: str, *secrets: Secret) -> str:
    """Return a text without the given secrets and anything else that looks like one.

    An upstream error body repeats the token that was sent, so this runs before anything else
    sees one. The result is also :func:`plain`.
    """
    for secret in secrets:
        raw = secret.reveal()
        if raw:
            text = text.replace(raw, _REDACTED)
    return plain(_SECRET_LIKE.compiled.sub(_REDACTED, plain(text, longest=10_000)))


def plain(text: str, *, longest: int = _LONGEST) -> str:
    """Return a text on one line without control and invisible characters, cut to ``longest``."""
    if len(text) <= longest and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # by far the most
    kept = "".join(
        " " if character.isspace() else character
        for character in text[: longest * 4]
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    kept = " ".join(kept.split())
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"
