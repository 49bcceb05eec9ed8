"""Access tokens without a form of their own that labels show, as in a file of variables."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tokcheck.core.credential import Kind
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.context.owners.label_words import NAME_APART, label_apart
from tokcheck.paste.context.value_ends import value_of_no_form
from tokcheck.paste.opaque_credentials import LABELLED, kind_of_name
from tokcheck.paste.opaque_credentials.found_credential import OpaqueCredential

if TYPE_CHECKING:
    import re

# More of them add nothing to what is reported.
_MOST = 64
_VALUE = LazyRegex(
    r"(?<![\w.$-])([A-Za-z_][\w.-]{0,80})[\"'\]\\]{0,3}[ \t]{0,8}(?:=>|:?=|:)"
    r"[ \t]{0,8}(?:[bfrBFR]{0,2}[\"'`\\]{1,2})?(?:(?i:bearer|token)[ \t]{1,4})?"
    r"([A-Za-z0-9._~+/-]{16,4096}=*)(?![\w.~+/(=\[-])"
)
_APART = LazyRegex(rf"{NAME_APART}(?P<raw>[A-Za-z0-9._~+/-]{{16,4096}}=*)(?![\w.~+/(=\[-])")
_TOKEN = LazyRegex(r"(?i)token|bearer|authorization")
_OTHER = LazyRegex(
    r"(?i)id[_-]?token|hash|sha\d|digest|file|path|ur[il]|type|csrf|xsrf|page|sync|push|device|expir"
    r"|endpoint|scope|name|count|secret"
)
_DIGIT, _LETTER = LazyRegex(r"[0-9]"), LazyRegex(r"[A-Za-z]")
_PATH = LazyRegex(r"\.{0,2}/|~|[\w.-]*/[\w./-]*\.\w{1,5}\Z")
_ASSIGNMENT = LazyRegex(r"[A-Za-z_][\w.-]*=+[^=]")
# The label of a refresh token in two words, of which the last one alone is that of any token.
_REFRESH_LABEL = LazyRegex(
    r"(?i)\brefresh[ \t]token[\"'`*_]{0,3}[ \t]{0,8}[:=]\s{0,8}[\"'`*]{0,2}\Z"
)
_LONGEST_LABEL = 48
_NO_OPAQUE = LazyRegex(r"eyJ[\w-]{8,}\.|[A-Za-z]{2,12}://")


def find(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[OpaqueCredential]:
    """Yield what labels call an access token, apart from the places that are taken."""
    seen: set[str] = set()
    spans = [*taken]
    for start, end in sorted({*_places(text)}):
        if any(first < end and start < last for first, last in spans) or len(seen) == _MOST:
            continue
        raw = text[start:end]
        spans.append((start, end))
        if raw not in seen and _may_be_token(raw):
            seen.add(raw)
            yield _credential(text, start, raw)


def _places(text: str) -> Iterator[tuple[int, int]]:
    for match in _VALUE.compiled.finditer(text):
        if _names_token(match[1]):
            yield _span(match, 2)
    for match in _APART.compiled.finditer(text):
        if _names_token(label_apart(match)):
            yield _span(match, "raw")
    for match in LABELLED.compiled.finditer(text):
        yield _span(match, 1)


def _names_token(label: str) -> bool:
    is_other = _OTHER.search(label) is not None or kind_of_name(label) is not None
    return _TOKEN.search(label) is not None and not is_other


def _span(match: "re.Match[str]", group: int | str) -> tuple[int, int]:
    start = match.start(group)
    return start, start + len(match[group].rstrip("."))


def _may_be_token(raw: str) -> bool:
    return (
        _DIGIT.search(raw) is not None
        and _LETTER.search(raw) is not None
        and _PATH.match(raw) is None
        and _NO_OPAQUE.match(raw) is None
        and _ASSIGNMENT.match(raw) is None
    )


def _credential(text: str, start: int, raw: str) -> OpaqueCredential:
    end = start + len(raw)
    label = _REFRESH_LABEL.search(text, max(0, start - _LONGEST_LABEL), start)
    kind = Kind.UNKNOWN if label is None else Kind.REFRESH_TOKEN
    return value_of_no_form(text, start, end, kind)
