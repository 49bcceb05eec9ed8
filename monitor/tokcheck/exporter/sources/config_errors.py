"""The problems of a configuration file as one error, each with its line and key."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tokcheck.core.documents import Place, key_lines
from tokcheck.core.errors import UsageError, lines
from tokcheck.exporter.sources.reading import redact_path

_MOST_SHOWN = 100


class ConfigProblem(NamedTuple):
    """One problem; ``sentence`` continues after the key and has no full stop."""

    place: Place
    sentence: str
    within: str = ""
    """The rest of the key, as text, where it lies inside a declaration."""
    line: int = 0
    """The line, if it is known already."""


def error_from_problems(found: Sequence[ConfigProblem], text: str, where: str) -> UsageError:
    """Return one error for all problems, in the order of the file's lines."""
    rows = key_lines(text)
    placed = sorted(
        {
            (
                problem.line or _line_of(problem.place, rows),
                format_key(problem.place) + problem.within,
                problem.sentence,
            )
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
