"""The problems of a configuration file as one error, each with its line and key."""

from collections.abc import Sequence
from typing import NamedTuple

from tokcheck.core.documents import CORRECTION_HINT, Place, key_lines, line_of_key, list_problems
from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources.reading import redact_path


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
                problem.line or line_of_key(problem.place, rows),
                format_key(problem.place) + problem.within,
                problem.sentence,
            )
            for problem in found
        }
    )
    messages = [f"{f'line {line}: ' if line else ''}{key} {what}." for line, key, what in placed]
    return UsageError(list_problems(redact_path(where), messages), CORRECTION_HINT)


def format_key(place: Place) -> str:
    """Return a key in TOML syntax, with parts that may be tokens redacted."""
    return ".".join(
        step if step.isascii() and step.replace("-", "").replace("_", "").isalnum() else f'"{step}"'
        for step in map(redact_path, place)
    )
