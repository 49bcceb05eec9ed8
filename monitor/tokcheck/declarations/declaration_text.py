"""Read the text of a declaration: a table of valid values, or one error for all problems.

A message names what is allowed. It never repeats a value, which may be a token in the wrong place.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import ValidationError

from tokcheck.core.documents import (
    CORRECTION_HINT,
    TOML_HINT,
    DocumentError,
    Place,
    key_lines,
    line_of_key,
    list_problems,
    parse_toml,
)
from tokcheck.core.errors import UsageError
from tokcheck.core.redact import plain, redact
from tokcheck.declarations.language import DeclarationTable
from tokcheck.declarations.tables.language_table import LanguageTable

# The kinds of errors that name what must be there; all others are described by their field.
_OWN_MESSAGES = {"conflict", "reserved_name", "slow_pattern", "unfit_pattern", "unread_form"}
# No list of a file of the greatest size is longer.
_LONGEST_POSITION = 6


class DeclarationProblem(NamedTuple):
    """One problem of a declaration; ``line`` is 0 if unknown, ``sentence`` has no full stop."""

    line: int
    key: str
    sentence: str

    @property
    def words(self) -> str:
        """The problem as a sentence with its line."""
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.key} {self.sentence}."


class DeclarationError(UsageError):
    """A declaration has problems."""

    def __init__(self, where: str, problems: tuple[DeclarationProblem, ...]) -> None:
        self.problems = problems
        super().__init__(
            list_problems(where, [problem.words for problem in problems]), CORRECTION_HINT
        )


def read_declaration(text: str, where: str) -> dict[str, Any]:
    """Return the table of a declaration's text; ``where`` names it in messages.

    :raises UsageError: if it is no TOML.
    :raises DeclarationError: with all of its problems.
    """
    try:
        table = parse_toml(text)
    except DocumentError as error:
        failure = DocumentError(redact(error.reason), error.line, error.column)
    else:
        return _validate(table, text, where)
    raise failure.usage_error(where, "TOML", TOML_HINT)


def _validate(table: dict[str, Any], text: str, where: str) -> dict[str, Any]:
    valid, problems = read_table(table, key_lines(text))
    if valid is None:
        raise DeclarationError(where, problems)
    return valid


def read_table(
    table: dict[str, Any], rows: Mapping[Place, int]
) -> tuple[dict[str, Any] | None, tuple[DeclarationProblem, ...]]:
    """Return the table of valid values, or ``None`` and its problems.

    ``rows`` are the lines of the table's keys in its file.
    """
    try:
        declaration = DeclarationTable.model_validate(table)
    except ValidationError as error:
        # Only what names a place: the library's error contains the values.
        errors = [(each["loc"], each["type"], each["msg"]) for each in error.errors()]
    else:
        return declaration.model_dump(exclude_unset=True), ()
    found: dict[Place, DeclarationProblem] = {}
    conflicts: dict[Place, list[DeclarationProblem]] = {}
    for location, kind, message in errors:
        place, model, field = _place_of(location)
        problem = _describe(place, model, field, kind, message, line_of_key(place, rows))
        if kind == "conflict":
            conflicts.setdefault(place, []).append(problem)
        elif place not in found:
            found[place] = problem
    # A value that may have several forms has a problem for each; the table's own says most.
    places = {*found, *conflicts}
    within = {place[:length] for place in places for length in range(len(place))}
    problems = [each for place, each in found.items() if place not in {*within, *conflicts}]
    return None, tuple(sorted([*problems, *(each for some in conflicts.values() for each in some)]))


def _describe(
    place: Place, model: type[LanguageTable], field: str, kind: str, message: str, line: int
) -> DeclarationProblem:
    """Return the problem of a key: what it should be."""
    key = _format_key(place)
    if kind == "missing":
        # The key is not there: the line is that of its table.
        description = model.model_fields[field].description
        return DeclarationProblem(line, key, f"is missing: it must be {description}")
    if kind == "extra_forbidden":
        return DeclarationProblem(
            line, key, f"is not a known key; these are: {', '.join(model.model_fields)}"
        )
    if kind in _OWN_MESSAGES:
        return DeclarationProblem(line, key, f"must be {message}")
    if field not in model.model_fields:
        return DeclarationProblem(line, key, "must be a table")
    return DeclarationProblem(line, key, f"must be {model.model_fields[field].description}")


def _place_of(location: tuple[int | str, ...]) -> tuple[Place, type[LanguageTable], str]:
    """Return the path of a problem in the file, the model of the table around it, and its field.

    A field may hold a table with keys that the file chooses; the path then ends with one of those.
    Pydantic's locations also hold the names of a union's members, which no file has.
    """
    place: list[str] = []
    model: type[LanguageTable] = DeclarationTable
    around = model
    for number, step in enumerate(location, 1):
        if isinstance(step, int):
            place.append(str(step))
        elif step in model.model_fields:
            around = model
            place.append(step)
            if _has_own_keys(model, step) and number < len(location):
                return (*place, str(location[number])), around, step
            model = _model_within(model, step) or _NoTable
        elif model is _NoTable or step.endswith("Table") or "[" in step or "-" in step:
            continue
        else:
            around = model
            place.append(step)
    # The positions of a list of values are no keys.
    while place and _is_position(place[-1]) and model is _NoTable:
        place.pop()
    return tuple(place), around, place[-1] if place else ""


class _NoTable(LanguageTable):
    """Stands for what is no table."""


def _model_within(model: type[LanguageTable], field: str) -> type[LanguageTable] | None:
    """Return the table that a field may hold, alone, in a union or in a list."""
    found = [model.model_fields[field].annotation]
    while found:
        annotation = found.pop()
        if isinstance(annotation, type) and issubclass(annotation, LanguageTable):
            return annotation
        found += get_args(annotation)
    return None


def _has_own_keys(model: type[LanguageTable], field: str) -> bool:
    """Return whether a field holds a table with keys that the file chooses."""
    annotation = model.model_fields[field].annotation
    return any(get_origin(each) is dict for each in (annotation, *get_args(annotation)))


def _format_key(place: Place) -> str:
    """Return a key as people count: the first of several tables is 1."""
    steps = [
        f"[{int(step) + 1}]" if _is_position(step) else f".{plain(redact(step), longest=60)}"
        for step in place
    ]
    return "".join(steps).removeprefix(".") or "the file"


def _is_position(step: str) -> bool:
    """Return whether a step is a position in a list; a file's own key may have any digits."""
    return step.isdecimal() and len(step) <= _LONGEST_POSITION
