"""Read values in Python's own notation, as a program prints a dictionary. Pure.

A text is checked token by token before ``ast.literal_eval`` gets it: nested or chained deeply
enough, an expression ends the interpreter itself.

The tolerant reader of ``accounts/explanation/error_messages/literals.py`` cannot do this: it also
reads what was cut off, and a file that ends within a token must be refused instead of imported.
"""

import ast
import warnings
from collections.abc import Iterator
from typing import Any

from tokcheck.core.lazy import LazyRegex

_DEEPEST = 32
_MOST_FAILURES = 64
_OPENING, _CLOSING = "{[(", "}])"
_TOKEN = LazyRegex(
    r"""\s++|[{}\[\](),:]"""
    r"""|[uU]?(?:'(?:[^'\\\n]|\\.)*+'|"(?:[^"\\\n]|\\.)*+")"""
    r"""|-?\d[\d_]*+(?:\.\d*+)?(?:[eE][+-]?\d++)?|(?:None|True|False)\b"""
)
_START = LazyRegex(r"[{\[]")


def find_python_values(text: str) -> Iterator[Any]:
    """Yield the dictionaries and lists in a text that are written as Python prints them."""
    position, failures = 0, 0
    while failures < _MOST_FAILURES:
        start = _START.compiled.search(text, position)
        if start is None:
            return
        end = _end_of_literal(text, start.start())
        value = None if end is None else _value_of(text[start.start() : end])
        if value is None:
            failures += 1
            position = start.end()
        else:
            yield value
            position = end or start.end()


def read_literal(text: str) -> Iterator[Any]:
    """Yield the value of a text that is one dictionary or list as Python prints it."""
    text = text.strip()
    if text.startswith(("{", "[")) and _end_of_literal(text, 0) == len(text):
        value = _value_of(text)
        if value is not None:
            yield value


def begins_with_literal(text: str) -> bool:
    """Return whether a text begins with a dictionary or a list as Python prints it."""
    end = _end_of_literal(text, 0)
    return end is not None and _value_of(text[:end]) is not None


def _end_of_literal(text: str, start: int) -> int | None:
    """Return where a literal ends; ``None`` if it is not complete, or anything but plain values."""
    position, depth, after_value = start, 0, False
    while True:
        token = _TOKEN.compiled.match(text, position)
        if token is None:
            return None
        position, written = token.end(), token.group()
        if written.isspace():
            continue
        if written in _OPENING:
            depth += 1
            if depth > _DEEPEST or after_value:
                return None
        elif written in _CLOSING:
            depth -= 1
            after_value = True
            if depth == 0:
                return position
        elif written in ",:":
            after_value = False
        elif after_value:  # two values without a comma are a sum, or a text in pieces
            return None
        else:
            after_value = True


def _value_of(literal: str) -> Any:  # noqa: ANN401 - any value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about escapes, with the text that has them
        try:
            return ast.literal_eval(literal)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return None
