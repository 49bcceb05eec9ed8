"""The id and the secret of an application in a header of HTTP Basic authentication."""

import binascii
from collections.abc import Iterator
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import BASIC_GAP

_BASIC = LazyRegex(rf"(?i:basic){BASIC_GAP}([A-Za-z0-9+/_-]{{48,60}}={{0,2}})(?![A-Za-z0-9+/_-])")
# With characters of UTF-8 inside, as editors and messengers leave them there.
_FOREIGN_BASIC = LazyRegex(
    rf"(?i:basic){BASIC_GAP}((?:[A-Za-z0-9+/_-]|[\x80-\xff]){{48,120}}={{0,2}})"
)
_FOREIGN = LazyRegex(r"[^A-Za-z0-9+/=]")
_DAMAGED_PAIR = LazyRegex(r"(?s:(?=2[23]|.{6}:).{39})")
_MOST_WRONG = 6
_FITBIT_PAIR = LazyRegex(r"2[23][0-9A-Z]{4}:[0-9a-f]{32}")


class BasicCredentials(NamedTuple):
    """The encoded credentials of a header, and their place in the text."""

    start: int
    end: int
    raw: str
    """What was read: the longest piece without foreign characters if it is not whole."""
    is_whole: bool


def basic_credentials_in(text: str) -> Iterator[BasicCredentials]:
    """Yield the credentials of a text, and what may be damaged ones."""
    for match in _BASIC.compiled.finditer(text):
        if _is_pair(match[1]):
            yield BasicCredentials(*match.span(1), match[1], is_whole=True)
    for match in _FOREIGN_BASIC.compiled.finditer(text):
        raw = _plain_characters(match[1])
        is_whole = _is_pair(raw)
        if raw == match[1] or not (is_whole or _may_be_pair(raw)):
            continue
        raw = raw if is_whole else max(_FOREIGN.compiled.split(raw), key=len)
        yield BasicCredentials(*match.span(1), raw, is_whole)


def _plain_characters(raw: str) -> str:
    """Return what stands in bytes without invisible characters, and with ligatures as letters."""
    if raw.isascii():
        return raw
    from tokcheck.paste.context.substitutes import with_ligatures
    from tokcheck.paste.invisible import strip_invisible

    return with_ligatures(strip_invisible(raw.encode("latin-1").decode("utf-8", "replace")))


def _may_be_pair(damaged: str) -> bool:
    """Return whether a text is such an id and secret but for its foreign characters.

    Each stands in the place of one character, and takes up to two bytes of the pair.
    """
    try:
        data = binascii.a2b_base64(_FOREIGN.compiled.sub("0", damaged) + "==")
    except ValueError:
        return False
    if _DAMAGED_PAIR.fullmatch(data.decode("latin-1")) is None:
        return False
    wrong = sum(byte not in b"0123456789abcdef" for byte in data[-32:])
    return wrong <= 2 * len(_FOREIGN.compiled.findall(damaged)) <= _MOST_WRONG


def _is_pair(encoded: str) -> bool:
    """Return whether a text is the id and the secret of one of the provider's applications."""
    try:
        data = binascii.a2b_base64(encoded.replace("-", "+").replace("_", "/") + "==")
        return _FITBIT_PAIR.fullmatch(data.decode("ascii")) is not None
    except ValueError:
        return False
