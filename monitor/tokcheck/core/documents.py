"""Parse JSON and TOML from anywhere: a value, or one error for any unusable text.

The standard library's parsers raise errors of several classes for what is too large or nested too
deeply, and its TOML parser takes a time and a memory that grow with the square of a key's parts.
"""

from collections.abc import Callable
from math import isfinite
from typing import Any

from tokcheck.core.errors import UsageError
from tokcheck.core.lazy import LazyRegex

_LONGEST_INTEGER = 400
_MOST_PARTS = 32
# As many parts of a key, each with the dot behind it. A start lies behind no character of a part,
# so that no text is read again and again.
_LONG_KEY = LazyRegex(
    r"""(?<![\w\\-])(?:(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+)"""
    f"{{{_MOST_PARTS}}}"
)
_TOO_LARGE = "A value is too large or nested too deeply"


class DocumentError(ValueError):
    """A text is not valid JSON or TOML; line and column count from 1, and are 0 if unknown.

    ``reason`` is a sentence without its full stop. It may name a key of the text.
    """

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column

    def usage_error(self, name: str, form: str, hint: str) -> UsageError:
        """Return the error for a user; ``name`` is the file's, ``form`` is JSON or TOML."""
        place = f", line {self.line}" if self.line else ""
        place += f", column {self.column}" if self.column else ""
        return UsageError(f"{name}{place}: not valid {form}. {self.reason}.", hint)


def parse_json(
    text: str, *, pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None
) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of a JSON text; ``pairs_hook`` makes objects of their pairs.

    An integer of more than 400 digits becomes a float, which is infinite: one odd field must not
    make the others unreadable.

    :raises DocumentError: if it is not JSON.
    """
    import json  # noqa: PLC0415 - many commands read none

    try:
        return json.loads(text, parse_int=_parse_integer, object_pairs_hook=pairs_hook)
    except json.JSONDecodeError as error:
        # Some messages end with the place that the library adds to them.
        reason = error.msg.removesuffix(" at").removesuffix(" starting")
        failure = DocumentError(reason, error.lineno, error.colno)
    except (ValueError, RecursionError):
        failure = DocumentError(_TOO_LARGE)
    raise failure  # outside of the handlers: the library's error holds the text


def parse_toml(text: str) -> dict[str, Any]:
    """Return the table of a TOML document.

    :raises DocumentError: if it is not TOML, or has a key of 33 or more parts.
    """
    import tomllib  # noqa: PLC0415 - most commands read none

    deep = _LONG_KEY.compiled.search(text)
    if deep is not None:
        line = text.count("\n", 0, deep.start()) + 1
        raise DocumentError(f"A key has more than {_MOST_PARTS} parts", line)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        failure = _toml_error(str(error), text)
    except (ValueError, RecursionError):
        failure = DocumentError(_TOO_LARGE)
    raise failure


def parse_seconds(value: object) -> float | None:
    """Return a finite number of seconds, also one written as text; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if isfinite(seconds) else None


def _parse_integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


def _toml_error(message: str, text: str) -> DocumentError:
    """Return the error for a message such as ``Invalid value (at line 3, column 7)``."""
    reason, _, place = message.removesuffix(")").partition(" (at ")
    if place == "end of document":
        return DocumentError(reason, text.count("\n") + 1, len(text.rpartition("\n")[2]) + 1)
    line, _, column = place.removeprefix("line ").partition(", column ")
    if not (line.isdecimal() and column.isdecimal()):
        return DocumentError(reason)
    return DocumentError(reason, int(line), int(column))
