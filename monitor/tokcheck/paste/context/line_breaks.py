"""Line breaks that are no joints of a token: in hexadecimal digits, and in quoted-printable."""

import re

from tokcheck.core.lazy import LazyRegex

# The lengths that hexadecimal credentials have.
LENGTHS = (32, 40, 64)
_NEXT = LazyRegex(
    r"([\"']?[ \t]{0,8}[\\^`+.]?[ \t]{0,8}\r?\n[ \t>|]{0,40}[\"']?)"
    r"([0-9a-f]{1,63})(?![A-Za-z0-9_-])"
)
_FIRST = LazyRegex(r"\s*([0-9a-f]{16,63})(?![A-Za-z0-9_-])")
# Alone, fewer are anything.
_LEAST_ALONE = 40
_LONGEST_TEXT = 200
# Mail programs break a line behind the sign, and write the sign itself as digits.
_QUOTED = LazyRegex(r"=(?:\r?\n|([0-9A-F]{2}))")
_QUOTED_SIGN = LazyRegex(r"=\r?\n|=3D")


def rest_of_digits(text: str, raw: str, end: int) -> re.Match[str] | None:
    """Return the digits in the next line with which a credential has one of its usual lengths.

    The first group is what stands between.
    """
    match = _NEXT.match(text, end)
    if match is None or len(raw) >= max(LENGTHS) or len(raw + match.group(2)) not in LENGTHS:
        return None
    return match


def join_digits(text: str) -> str | None:
    """Return the digits of a text that has nothing but two lines of them; ``None`` for others."""
    first = _FIRST.match(text) if len(text) < _LONGEST_TEXT else None
    rest = rest_of_digits(text, first.group(1), first.end()) if first is not None else None
    if first is None or rest is None or text[rest.end() :].strip():
        return None
    digits = first.group(1) + rest.group(2)
    return digits if len(digits) >= _LEAST_ALONE else None


def decode_quoted_printable(text: str) -> str | None:
    """Return the text of a mail in quoted-printable (RFC 2045); ``None`` if it is none."""
    if _QUOTED_SIGN.search(text) is None:
        return None
    return _QUOTED.compiled.sub(
        lambda match: chr(int(match.group(1), 16)) if match.group(1) else "", text
    )
