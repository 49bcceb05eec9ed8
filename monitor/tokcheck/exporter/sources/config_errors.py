"""What is wrong with a configuration file, as one error: every fault with its line and place.

On which line of a TOML document each key stands.

The parser of the standard library does not tell. Here the same parser reads the document
statement by statement, so that no second idea of TOML's grammar is needed.
"""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources.reading import shown

Place: TypeAlias = tuple[str, ...]

# A value of more lines than this is not looked through: the effort would grow with its square.
_LONGEST_VALUE = 200


def key_lines(text: str) -> Mapping[Place, int]:
    """Return the first line, counted from 1, that names each table and each key.

    ``text`` is a document that the parser takes as a whole. What stands behind a value of very
    many lines is left out.
    """
    found: dict[Place, int] = {}
    rows = text.replace("\r\n", "\n").split("\n")
    table: Place = ()
    start = 0
    while start < len(rows):
        for end in range(start + 1, min(start + _LONGEST_VALUE, len(rows)) + 1):
            statement = _parse_statement("\n".join(rows[start:end]))
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
        return tomllib.loads(statement)
    except (ValueError, RecursionError):
        return None


def _table_path(parsed: object) -> Place:
    """Return the path in a header: one key in the other, down to an empty table."""
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
    """One fault; ``sentence`` goes on from the place and has no full stop."""

    place: Place
    sentence: str


def error_from_problems(found: Sequence[ConfigProblem], text: str, where: str) -> UsageError:
    """Make one error of all faults, in the order of the file's lines."""
    rows = key_lines(text)
    placed = sorted(
        {
            (_line_of(problem.place, rows), format_key(problem.place), problem.sentence)
            for problem in found
        }
    )
    messages = [f"{f'line {line}: ' if line else ''}{key} {what}." for line, key, what in placed]
    hint = "Nothing of this file is used until it is corrected."
    if len(messages) == 1:
        return UsageError(f"{shown(where)}, {messages[0]}", hint)
    more = len(messages) - _MOST_SHOWN
    if more > 0:
        messages[_MOST_SHOWN:] = [f"And {more} more."]
    return UsageError("\n".join([f"{shown(where)} has {len(placed)} faults:", *messages]), hint)


def format_key(place: Place) -> str:
    """Write a place as TOML does, with nothing in it that looks like a token."""
    return ".".join(
        step if step.isascii() and step.replace("-", "").replace("_", "").isalnum() else f'"{step}"'
        for step in map(shown, place)
    )


def _line_of(place: Place, rows: Mapping[Place, int]) -> int:
    """Return the line of a key or else of the table around it; 0 if neither is known."""
    while place and place not in rows:
        place = place[:-1]
    return rows.get(place, 0)
