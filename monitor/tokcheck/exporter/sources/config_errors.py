"""The problems of a configuration file as one error, each with its line and key.

The standard library's TOML parser does not report the line of a key. Here the same parser
reads the document statement by statement, so that no second TOML grammar is needed.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from tokcheck.core.documents import DocumentError, parse_toml
from tokcheck.core.errors import UsageError, lines
from tokcheck.exporter.sources.reading import redact_path

Place: TypeAlias = tuple[str, ...]

# Longer values are not searched: the effort grows with the square of their lines.
_LONGEST_VALUE = 200
_MOST_PARSED = 16 << 20  # characters; the lines of what comes after them stay unknown


def key_lines(text: str) -> Mapping[Place, int]:
    """Return the first line, counted from 1, that names each table and each key.

    ``text`` is a valid document. Keys after a value of very many lines are left out.
    """
    found: dict[Place, int] = {}
    rows = text.replace("\r\n", "\n").split("\n")
    table: Place = ()
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
            table = _table_path(statement)
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


_MOST_SHOWN = 100


class ConfigProblem(NamedTuple):
    """One problem; ``sentence`` continues after the key and has no full stop."""

    place: Place
    sentence: str


def error_from_problems(found: Sequence[ConfigProblem], text: str, where: str) -> UsageError:
    """Return one error for all problems, in the order of the file's lines."""
    rows = key_lines(text)
    placed = sorted(
        {
            (_line_of(problem.place, rows), format_key(problem.place), problem.sentence)
            for problem in found
        }
    )
    messages = [f"{f'line {line}: ' if line else ''}{key} {what}." for line, key, what in placed]
    hint = "Correct the file; until then nothing of it is used."
    if len(messages) == 1:
        return UsageError(f"{redact_path(where)}, {messages[0]}", hint)
    more = len(messages) - _MOST_SHOWN
    if more > 0:
        messages[_MOST_SHOWN:] = [f"And {more} more."]
    return UsageError(lines(f"{redact_path(where)} has {len(placed)} problems:", *messages), hint)


def format_key(place: Place) -> str:
    """Return a key in TOML syntax, with parts that may be tokens redacted."""
    return ".".join(
        step if step.isascii() and step.replace("-", "").replace("_", "").isalnum() else f'"{step}"'
        for step in map(redact_path, place)
    )


def _line_of(place: Place, rows: Mapping[Place, int]) -> int:
    """Return the line of a key, or of the table around it; 0 if neither is known."""
    while place and place not in rows:
        place = place[:-1]
    return rows.get(place, 0)
