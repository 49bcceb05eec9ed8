"""On which line of a TOML document each key stands.

The parser of the standard library does not tell. Here the same parser reads the document
statement by statement, so that no second idea of TOML's grammar is needed.
"""

import tomllib
from collections.abc import Mapping
from typing import Any, TypeAlias

Place: TypeAlias = tuple[str, ...]

# A value of more lines than this is not looked through: the effort would grow with its square.
_LONGEST_VALUE = 200


def lines(text: str) -> Mapping[Place, int]:
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
            statement = _parsed("\n".join(rows[start:end]))
            if statement is not None:
                break
        else:
            return found
        if rows[start].lstrip().startswith("["):
            table = _header(statement)
            for depth in range(1, len(table) + 1):
                found.setdefault(table[:depth], start + 1)
        else:
            for place in _places(statement):
                found.setdefault(table + place, start + 1)
        start = end
    return found


def _parsed(statement: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(statement)
    except (ValueError, RecursionError):
        return None


def _header(parsed: object) -> Place:
    """Return the path in a header: one key in the other, down to an empty table."""
    path: list[str] = []
    while parsed:
        if isinstance(parsed, dict):
            ((key, parsed),) = parsed.items()
            path.append(key)
        elif isinstance(parsed, list):
            parsed = parsed[0]
    return tuple(path)


def _places(parsed: dict[str, Any]) -> list[Place]:
    places: list[Place] = []
    open_tables: list[tuple[Place, dict[str, Any]]] = [((), parsed)]
    while open_tables:
        place, table = open_tables.pop()
        for key, value in table.items():
            places.append((*place, key))
            if isinstance(value, dict):
                open_tables.append(((*place, key), value))
    return places
