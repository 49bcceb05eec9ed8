"""Read the values of a text, reading by reading, the most certain first. Pure.

The reading of a known form comes first, then those of tables and labels, then the tokens that their
own form gives away. A text that is encoded is decoded and read again.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus

from tokcheck.accounts.token_files.fields import Fields
from tokcheck.accounts.token_files.notations.broken_values import continues_with
from tokcheck.accounts.token_files.notations.header_rows import read_columns
from tokcheck.accounts.token_files.notations.labelled_values import read_labelled_values
from tokcheck.accounts.token_files.notations.text_forms import (
    begins_as_json,
    begins_with_value,
    read_forms,
    yaml_values,
)
from tokcheck.core.credential import Credential, Kind
from tokcheck.core.documents import DocumentError, parse_json
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.encoding.base64_text import decode_base64_runs
from tokcheck.providers.base import Provider, finder_for

_MOST_LAYERS = 3
_SHORTEST = 16
_YAML_START = re.compile(r"\s*\{\s*[A-Za-z_]")
# An object of another notation than JSON's, with its last bracket.
_OTHER_NOTATION = LazyRegex(r"\s*+[{\[]\s*+(?:[^\s\"{\[]|\"[^\"\n]{0,100}\"\s{0,4}=>)")
_CLOSED = LazyRegex(r"[)\]}>][\s;,.]{0,8}\Z")
_HTML = LazyRegex(r"&(?:quot|apos|#34|#39|#[Xx]2[27]);")
_PERCENT = LazyRegex(r"%(?:25){0,2}(?:22|27|3[AaDd]|7[Bb])")
_FIELD_OF_KIND = {
    Kind.REFRESH_TOKEN: "refresh_token",
    Kind.ACCESS_TOKEN: "access_token",
    Kind.CLIENT_ID: "client_id",
    Kind.CLIENT_SECRET: "client_secret",
}
# The fields of an error: RFC 6749, section 5.2, and Fitbit's and Google's own.
_ERROR = LazyRegex(
    r"[\"']errors?\\?[\"']\s*:\s*(?:\\?[\"'][a-z_]{4,60}\\?[\"']|\[\s*\{|\{)|[\"']errorType\\?[\"']\s*:"
)


class FoundValues(NamedTuple):
    """The values that one reader found in a text."""

    values: Sequence[Any]
    is_whole: bool = False
    """Whether the notation says where each value begins and ends."""


def read_values(text: str, providers: Mapping[str, Provider]) -> Iterator[FoundValues]:
    """Yield the values of a text, reading by reading."""
    if _is_broken(text):
        # A broken notation is reported, not guessed at: its pieces would be taken for the whole.
        # YAML's own notation may begin in the same way, with a name without quotes.
        yield FoundValues(yaml_values(text) if _YAML_START.match(text) else [])
        return
    layers = [text, *_decoded_layers(text)]
    for layer in layers:
        yield from _read_layer(layer)
    if is_error_message(text):
        return
    for layer in layers:
        yield FoundValues(read_columns(layer))
        yield FoundValues(read_labelled_values(layer))
    for layer in layers:
        yield FoundValues(_values_by_form(finder_for(providers).find_every(layer), layer))


def is_error_message(text: str) -> bool:
    """Return whether a text has the fields of an error of a token endpoint or an API."""
    return _ERROR.search(text) is not None


def _read_layer(text: str) -> Iterator[FoundValues]:
    try:
        value = parse_json(text)
    except DocumentError:
        value = text
    if isinstance(value, str):
        yield from (FoundValues(*form) for form in read_forms(value))
    else:
        yield FoundValues([value], is_whole=True)


def _is_broken(text: str) -> bool:
    """Return whether a text begins as JSON does and is none, nor complete in another notation."""
    if not begins_as_json(text) or begins_with_value(text):
        return False
    return not (_OTHER_NOTATION.match(text) and _CLOSED.search(text[-100:]))


def _decoded_layers(text: str) -> Iterator[str]:
    """Yield a text with HTML, percent-encoding and Base64 decoded, layer by layer."""
    for _ in range(_MOST_LAYERS):
        if _HTML.search(text) is not None:
            text = unescape(text)
        elif _PERCENT.search(text) is not None:
            text = unquote(text) if " " in text.strip() else unquote_plus(text)
        elif (decoded := decode_base64_runs(text)) is not None and not decoded.is_part:
            text = decoded.text
        else:
            return
        yield text


def _values_by_form(found: Sequence[Credential], text: str) -> list[Fields]:
    """Return the only grant with tokens of forms that no other text has."""
    fields: dict[str, set[str]] = {}
    for each in found:
        if each.kind in _FIELD_OF_KIND and each.flaw is None and each.provider is not None:
            fields.setdefault(_FIELD_OF_KIND[each.kind], set()).add(
                _as_written(each.secret.reveal(), text)
            )
    if len(fields.get("refresh_token", ())) != 1:
        return []
    return [{name: next(iter(texts)) for name, texts in fields.items() if len(texts) == 1}]


def _as_written(value: str, text: str) -> str:
    """Return a value with the break in its middle, or its first line if that is whole."""
    if value in text:
        return value
    parts = (word for word in text.split() if len(word) >= _SHORTEST and value.startswith(word))
    part = max(parts, key=len, default=value)
    rest = value[len(part) :]
    if not rest:
        return value
    return f"{part}\n{rest}" if continues_with(part, [rest]) else part
