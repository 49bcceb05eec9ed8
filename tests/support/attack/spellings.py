"""A secret with characters spelled in other ways, and a text with all of that undone."""

import html
import re
from functools import partial
from urllib.parse import unquote

# Each is for the number of a character.
SPELLINGS = (
    "%{:02x}", "%{:02X}", "%25{:02x}", "%2525{:02X}", "\\x{:02x}", "\\x{:02X}", "\\u{:04x}",
    "\\\\u{:04X}", "\\U{:08x}", "\\u{{{:x}}}", "\\x{{{:02x}}}", "&#{};", "&#x{:x};", "&#X{:04X};",
    "&amp;#{};", "={:02X}", "\\{:03o}", "%5Cx{:02x}", "%26%23{};", "\\u0025{:02x}",
)  # fmt: skip
_CODES = (
    (re.compile(r"\\+(?:[uxU]\{?|U0000)([0-9A-Fa-f]{2,8})\}?"), 16),
    (re.compile(r"=([0-9A-F]{2})"), 16),
    (re.compile(r"\\+([01][0-7]{2})"), 8),
)
_MOST_LAYERS = 4


def spell(secret: str, form: str, every: int = 1) -> str:
    """Return a secret with every so many of its characters in this form, from the first on."""
    return "".join(
        letter if at % every else form.format(ord(letter)) for at, letter in enumerate(secret)
    )


def unspell(text: str) -> str:
    """Return a text in which nothing is spelled in another way any more."""
    for _ in range(_MOST_LAYERS):
        text = html.unescape(unquote(text))
        for pattern, base in _CODES:
            text = pattern.sub(partial(_character, base=base), text)
    return text


def _character(match: re.Match[str], base: int) -> str:
    code = int(match[1], base)
    return chr(code) if code < 0x80 else "\ufffd"
