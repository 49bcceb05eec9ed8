"""Text of which every character is encoded: percent-encoding, escapes, entities, hexadecimal."""

import re
from collections.abc import Iterator
from functools import partial

from tokcheck.core.lazy import LazyRegex

# No token has fewer characters. A sign of a token may have been decoded before.
_LEAST = 40
_PERCENT = r"%(?:25)?([0-9A-Fa-f]{2})"
_ESCAPE = r"\\(?:u00|x)([0-9A-Fa-f]{2})"
_ENTITY = r"&#(?:[xX]([0-9A-Fa-f]{2,6})|([0-9]{2,7}));"
_PAIR = r"([0-9A-Fa-f]{2})[ :]?"
_PRINTABLE = LazyRegex(r"[\t\n\r -~]+")


def _run_of(code: str, front: str = "") -> LazyRegex:
    plain = code.replace("(?:", "(").replace("(", "(?:")
    return LazyRegex(rf"{front}(?:{plain}|[._-]){{{_LEAST},}}")


_FORMS = (
    (_run_of(_PERCENT), LazyRegex(_PERCENT), "percent-encoding around it"),
    (_run_of(_ESCAPE), LazyRegex(_ESCAPE), "escapes around it"),
    (_run_of(_ENTITY), LazyRegex(_ENTITY), "entities of HTML around it"),
    (
        _run_of(_PAIR, r"(?<![0-9A-Za-z])(?:0x)?"),
        LazyRegex(rf"(?:\A0x)?{_PAIR}"),
        "hexadecimal encoding around it",
    ),
)


def decode_all(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the text with each such run decoded, and a note, for each form that it has."""
    for run, code, note in _FORMS:
        decoded = run.compiled.sub(partial(_decode, code), text)
        if decoded != text:
            yield decoded, (note,)


def _decode(code: LazyRegex, run: re.Match[str]) -> str:
    raw = run.group()
    decoded = code.compiled.sub(_character, raw)
    return decoded if _PRINTABLE.fullmatch(decoded) else raw


def _character(match: re.Match[str]) -> str:
    in_base_16 = match.group(1)
    number = int(in_base_16, 16) if in_base_16 else int(match.group(2))
    return chr(number) if number < 0x7F else "\0"  # noqa: PLR2004 - ASCII
