"""Read the fields of a grant from a text by their labels alone, whatever its notation. Pure.

This is the way of the paste reader: a name, what may stand between a label and its value, and a
value that can be one of that field. It reads XML, property lists, tables of two columns, commands,
the notations of programs and prose, and is tried where no form of a file was found.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from tokcheck.accounts.token_files.fields import MOST_FIELDS, group_pairs, our_name, written_names
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.notations.label_gap import LABEL_GAP
from tokcheck.paste.wrapping.word_shapes import looks_random

_TOKEN = LazyRegex(r"[A-Za-z0-9._~+/=-]{20,4096}")
_SECRET = LazyRegex(r"[A-Za-z0-9._~+/=-]{16,256}")
_NUMBER = LazyRegex(r"\d{1,16}(?:\.\d{1,9})?")
GOOGLE_CLIENT_ID = r"\d+(?:-\w+)?\.apps\.googleusercontent\.com"
_SHAPES = {
    "refresh_token": _TOKEN,
    "access_token": _TOKEN,
    "client_secret": _SECRET,
    "client_id": LazyRegex(rf"[0-9A-Za-z]{{4,19}}|{GOOGLE_CLIENT_ID}"),
    "user_id": LazyRegex(r"[0-9A-Z]{4,19}"),
    "expires_in": _NUMBER,
    "expires_at": LazyRegex(r"\d{9,16}(?:\.\d{1,9})?|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+)?"),
    "refresh_expires_in": _NUMBER,
}
# The forms of the client ids of declared providers.
_ENCLOSED_ID = LazyRegex(r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}")
_LITERAL = LazyRegex(r"([\"'`])(?:(?!\1)\S){16,4096}\1|>[^\s<>]{16,4096}</")
_SEPARATORS = LazyRegex(r"[,;\t|]")
_LONGEST_LINE = 200
_LONGEST_RECORD = 16_384
_COMMENTED = LazyRegex(r"(?:^|\n)[ \t]*(?:#(?!define)|;|//|-(?!-))[^\n]*\Z")


def read_labelled_values(text: str) -> list[Any]:
    """Return the fields with values in a text; a repeated name begins a new mapping."""
    return group_pairs(_labels_with_values(text))


def _labels_with_values(text: str) -> Iterator[tuple[str, str]]:
    return ((label, value) for label, value, _ in _find_values(text))


def _find_values(text: str) -> Iterator[tuple[str, str, int]]:
    for match in islice(_pattern().finditer(text), MOST_FIELDS):
        label, value = match["label"], match["value"].rstrip(".")
        is_value = _is_enclosed_id(text, match) or _is_value(label, value)
        if is_value and not _is_column(text, match):
            yield label, value, match.start()


def find_unread(text: str, name: str) -> int | None:
    """Return where a text has the name of a field with a value that could not be read.

    A word of a sentence is no value, and a value that is read elsewhere is not missing.
    """
    unread = None
    for match in islice(_pattern().finditer(text), MOST_FIELDS):
        label, value = match["label"], match["value"].rstrip(".")
        if our_name(label) != name or our_name(value) is not None:
            continue
        if _is_value(label, value):
            return None
        if unread is None and (looks_random(value) or _is_literal(text, match.start("value"))):
            unread = match.start()
    return unread


def _is_literal(text: str, start: int) -> bool:
    """Return whether a long literal or element without blanks begins there, and no sentence."""
    return _LITERAL.match(text, start - 1) is not None


def has_another(text: str, name: str, value: str) -> bool:
    """Return whether a text gives a field two values, of which one is ``value``.

    A line that is commented out gives none.
    """
    found = {
        (label, other)
        for label, other, start in _find_values(text)
        if our_name(label) == name and _COMMENTED.search(text[max(0, start - 40) : start]) is None
    }
    labels = {label for label, other in found if other == value}
    return any(
        label in labels and other not in value and value not in other for label, other in found
    )


def read_application(text: str, token: str) -> list[Any]:
    """Return the application that the line of a token names, if it is the only one there."""
    at = text.find(token)
    if at < 0:
        return []
    start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    line = text[max(start, at - _LONGEST_RECORD) : at + _LONGEST_RECORD if end < 0 else end]
    values: dict[str, set[str]] = {}
    for label, value in _labels_with_values(line[:_LONGEST_RECORD]):
        values.setdefault(label, set()).add(value)
    names = {our_name(label): label for label in values}
    if not {"client_id", "client_secret"} <= names.keys():
        return []
    labels = [names["client_id"], names["client_secret"]]
    if any(len(values[label]) > 1 for label in labels):
        return []
    return [{label: next(iter(values[label])) for label in labels}]


def _is_enclosed_id(text: str, match: "re.Match[str]") -> bool:
    """Return whether a value is a client id, whatever its form, since nothing else can be there.

    It is alone in an element of XML or in quotation marks, or the argument of an option.
    """
    if our_name(match["label"]) != "client_id" or our_name(match["value"]) is not None:
        return False
    opening, closing = text[match.start("value") - 1], text[match.end("value") :][:2]
    is_alone = (opening == ">" and closing == "</") or (
        opening in {'"', "'"} and closing[:1] == opening
    )
    is_argument = text.startswith("--", max(0, match.start("label") - 2))
    return (is_alone or is_argument) and _ENCLOSED_ID.fullmatch(match["value"]) is not None


def _is_value(label: str, value: str) -> bool:
    """Return whether a value can be that of a field: a word of a sentence is none."""
    name = our_name(label) or ""
    shape = _SHAPES.get(name)
    if shape is None or shape.fullmatch(value) is None or our_name(value) is not None:
        return False
    return looks_random(value) or (value.isdecimal() and name != "access_token")


def _is_column(text: str, match: "re.Match[str]") -> bool:
    """Return whether a label is the last one of a table's header, with its value in no line."""
    if "\n" not in text[match.end("label") : match.start("value")]:
        return False
    start = match.start("label")
    line = text[max(0, start - _LONGEST_LINE) : start].rpartition("\n")[2]
    return _SEPARATORS.search(line.lstrip("| \t")) is not None


@lru_cache(maxsize=1)
def _pattern() -> "re.Pattern[str]":
    # Names begin with few different letters, so that a text is passed over quickly.
    words = "|".join(name.replace("_", "[ _.-]?") for name in written_names())
    before = r"(?<![A-Za-z0-9])(?:[A-Za-z][A-Za-z0-9]{0,30}[_.:-]){0,4}(?:[a-z]{1,20}(?=[A-Z]))?"
    value = r"[^\s\"'`\\,;&<>{}()\[\]|*%]{1,4096}+"
    return re.compile(
        rf"(?P<label>{before}(?i:{words})(?:_\w{{1,30}})?)(?![A-Za-z0-9])"
        rf"{LABEL_GAP}(?=(?P<value>{value}))"
    )
