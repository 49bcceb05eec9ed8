"""Texts in Base64 or base64url, encoded once or several times, and what they stand for."""

import binascii
from typing import TYPE_CHECKING, NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.encoding import encoding_of
from tokcheck.paste.encoding.compression import LONGEST_PASTE
from tokcheck.paste.encoding.deflated import inflate
from tokcheck.paste.grammar import LAST_CHARACTERS

if TYPE_CHECKING:
    import re

# base64url's two characters of its own, as plain Base64 writes them.
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
# A text in Base64 once more, wrapped at one of the widths that encoders use, or in one line.
_WIDTHS = (76, 64)
_BASE64 = "[A-Za-z0-9+/]"
_RUN = LazyRegex(
    r"(?<![\w+/.-])(?:"
    + "|".join(rf"(?:{_BASE64}{{{width}}}\r?\n[ \t]{{0,40}})+{_BASE64}++" for width in _WIDTHS)
    + r"|[A-Za-z0-9+/_-]{24,}+)={0,2}+(?!\.?[\w+/=-])"
)
_BLANKS = LazyRegex(r"\s+")
_TEXT = LazyRegex(r"[\t\n\r -~]+")
# The text behind a run that may continue there.
_MORE = LazyRegex(r"\s*\n[ \t]*[A-Za-z0-9+/_-]+={0,2}[ \t]*(?:\r?\n|\Z)")
_GROUP = 4
_MOST_LAYERS = 3
# Letters and digits alone may be random.
_SIGNS = LazyRegex(r"[^A-Za-z0-9]")


def read_base64(encoded: bytes) -> bytes:
    """Return what a text in Base64 or base64url stands for; an incomplete group is left out.

    :raises ValueError: if it is none.
    """
    encoded = encoded.rstrip(b"=").translate(_URL_SAFE)
    left = len(encoded) % _GROUP
    whole, last = encoded[: len(encoded) - left], encoded[len(encoded) - left :]
    if left > 1:
        whole += last + b"=" * (_GROUP - left)
    return binascii.a2b_base64(whole)


class DecodedText(NamedTuple):
    """A text in which each text in Base64 is decoded; ``cut`` if one of them may continue."""

    text: str
    cut: bool
    is_part: bool = False
    """Whether a compressed text is cut or damaged: what can be read of it is here."""
    breaks: tuple[int, ...] = ()
    """Where such texts break off."""


def decode_base64_runs(text: str) -> DecodedText | None:
    """Decode each text in Base64, as in the data of a Kubernetes secret; ``None`` without one.

    Text that was encoded several times is decoded as often; compressed data is unpacked, up to 1
    MiB in all.
    """
    decoded: DecodedText | None = None
    for _ in range(_MOST_LAYERS):
        inner = _decode_layer(text)
        if inner is None:
            break
        if decoded is not None:
            inner = inner._replace(
                cut=inner.cut or decoded.cut, is_part=inner.is_part or decoded.is_part
            )
        decoded = inner
        text = inner.text
    return decoded


def decode_word(word: str) -> str | None:
    """Return the text that a word in Base64 stands for; ``None`` if it is none, or one word."""
    match = _RUN.fullmatch(word)
    inner = _decode_run(match.group()) if match is not None else None
    return inner.text if inner is not None and _SIGNS.search(inner.text) else None


def _decode_layer(text: str) -> DecodedText | None:
    pieces: list[str] = []
    breaks: list[int] = []
    done = length = 0
    cut = is_part = False
    left = LONGEST_PASTE
    for match in _RUN.compiled.finditer(text):
        run = _BLANKS.compiled.sub("", match.group())
        inner = _decode_run(run, left)
        if inner is None:
            continue
        pieces += (text[done : match.start()], inner.text.strip())
        length += match.start() - done + len(pieces[-1])
        done = match.end()
        is_part = is_part or inner.is_part
        if inner.is_part:
            breaks.append(length)
        left -= len(inner.text)
        cut = cut or inner.cut
        if not inner.is_inflated:
            cut = cut or not (inner.text.endswith("\n") or _ends(text, match, run))
    if not pieces:
        return None
    return DecodedText("".join((*pieces, text[done:])), cut, is_part, tuple(breaks))


class _DecodedRun(NamedTuple):
    text: str
    cut: bool = False
    is_inflated: bool = False
    is_part: bool = False


def _decode_run(run: str, most: int = LONGEST_PASTE) -> _DecodedRun | None:
    """Return what stands encoded in a run, as Windows' UTF-16 too; ``None`` if it is no text."""
    try:
        data = read_base64(run.encode())
        inflated = inflate(data, most)
        if inflated is not None:
            # That it could be unpacked is sign enough.
            text = inflated.data.decode(encoding_of(inflated.data[:4]), "replace")
            is_part = inflated.is_part_of_text
            cut = not inflated.is_whole and not is_part
            return _DecodedRun(text, cut, is_inflated=True, is_part=is_part)
        inner = data.decode(encoding_of(data[:4])).encode("ascii").decode()
    except ValueError:  # of any of them
        return None
    return _DecodedRun(inner) if _TEXT.fullmatch(inner) else None


def _ends(text: str, match: "re.Match[str]", run: str) -> bool:
    """Return whether a text in Base64 is complete, as far as its form shows."""
    if run.endswith("="):
        return len(run) % _GROUP == 0
    left = len(run) % _GROUP  # without its padding, or cut
    if left and run[-1] not in LAST_CHARACTERS.get(left, ""):  # it has bits of more characters
        return False
    last = len(match.group().rsplit("\n", 1)[-1].strip())
    return last not in _WIDTHS and _MORE.match(text, match.end()) is None
