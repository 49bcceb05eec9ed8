"""Parse JSON and TOML from anywhere: a value, or one error for any unusable text.

The standard library's parsers raise errors of several classes for what is too large or nested too
deeply, and its TOML parser takes a time and a memory that grow with the square of a key's parts.
"""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, TypeAlias

from tokcheck.core.errors import UsageError, join_lines
from tokcheck.core.lazy import LazyRegex

TOML_HINT = "Put texts in quotes, and each key on a line of its own."
CORRECTION_HINT = "Correct the file; until then nothing of it is used."

_LONGEST_INTEGER = 400
_MOST_PARTS = 32
# As many parts of a key, each with the dot behind it. A start lies behind no character of a part,
# so that no text is read again and again.
_LONG_KEY = LazyRegex(
    r"""(?<![\w\\-])(?:(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+)"""
    f"{{{_MOST_PARTS}}}"
)
_TOO_LARGE = "A value is too large or nested too deeply"

# The path of a table or a key; an element of an array has its position as a step.
Place: TypeAlias = tuple[str, ...]

# Longer values are not searched: the effort grows with the square of their lines.
_LONGEST_VALUE = 200
_MOST_SHOWN = 100
_MOST_PARSED = 16 << 20  # characters; the lines of what comes after them stay unknown


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


def list_problems(where: str, problems: Sequence[str]) -> str:
    """Return one message for the problems of a file; each names its line and ends a sentence."""
    if len(problems) == 1:
        return f"{where}, {problems[0]}"
    more = len(problems) - _MOST_SHOWN
    rest = [f"And {more} more."] if more > 0 else []
    return join_lines(f"{where} has {len(problems)} problems:", *problems[:_MOST_SHOWN], *rest)


def line_of_key(place: Place, rows: Mapping[Place, int]) -> int:
    """Return the line of a key, or of the table around it; 0 if neither is known.

    ``rows`` are the lines of :func:`key_lines`.
    """
    while place and place not in rows:
        place = place[:-1]
    return rows.get(place, 0)


def key_lines(text: str) -> Mapping[Place, int]:
    """Return the first line, counted from 1, that names each table and each key.

    ``text`` is a valid document. A table of an array has its position, from 0, as a step of its
    path. Keys after a value of very many lines are left out.

    The standard library's parser does not report the line of a key. Here the same parser reads the
    document statement by statement, so that no second grammar is needed.
    """
    found: dict[Place, int] = {}
    rows = text.replace("\r\n", "\n").split("\n")
    table: Place = ()
    counts: dict[Place, int] = {}
    start = parsed = 0
    while start < len(rows):
        for end in range(start + 1, min(start + _LONGEST_VALUE, len(rows)) + 1):
            text = "\n".join(rows[start:end])
            parsed += len(text)
            if parsed > _MOST_PARSED:
                return found
            statement = _parse_statement(text)
            if statement is not None:
                break
        else:
            return found
        if rows[start].lstrip().startswith("["):
            is_element = rows[start].lstrip().startswith("[[")
            table = _element_path(_table_path(statement), counts, is_element=is_element)
            for depth in range(1, len(table) + 1):
                found.setdefault(table[:depth], start + 1)
        else:
            for place in _key_paths(statement):
                found.setdefault(table + place, start + 1)
        start = end
    return found


def _parse_statement(statement: str) -> dict[str, Any] | None:
    try:
        return parse_toml(statement)
    except DocumentError:
        return None


def _element_path(path: Place, counts: dict[Place, int], *, is_element: bool) -> Place:
    """Return a table's path with the positions of the elements of arrays that it is in."""
    full: Place = ()
    for depth, step in enumerate(path, 1):
        full = (*full, step)
        if is_element and depth == len(path):
            counts[full] = counts.get(full, -1) + 1
        if full in counts:
            full = (*full, str(counts[full]))
    return full


def _table_path(parsed: object) -> Place:
    """Return the path of a table header from its nested keys."""
    path: list[str] = []
    while parsed:
        if isinstance(parsed, dict):
            ((key, parsed),) = parsed.items()
            path.append(key)
        elif isinstance(parsed, list):
            parsed = parsed[0]
    return tuple(path)


def _key_paths(parsed: dict[str, Any]) -> list[Place]:
    places: list[Place] = []
    open_tables: list[tuple[Place, dict[str, Any]]] = [((), parsed)]
    while open_tables:
        place, table = open_tables.pop()
        for key, value in table.items():
            places.append((*place, key))
            if isinstance(value, dict):
                open_tables.append(((*place, key), value))
    return places
