"""Read the text of a declaration: a table of valid values, or one error for all faults.

A message names what is allowed. It never repeats a value, which may be a token in the wrong place.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError

from tokcheck.core.documents import DocumentError, Place, key_lines, parse_toml
from tokcheck.core.errors import UsageError, lines
from tokcheck.core.redact import plain, redact
from tokcheck.declarations.language import DeclarationTable
from tokcheck.declarations.language_table import LanguageTable

_MOST_SHOWN = 100
_HINT = "Correct the file; until then nothing of it is used."


class DeclarationFault(NamedTuple):
    """One fault of a declaration; ``line`` is 0 if unknown, ``sentence`` has no full stop."""

    line: int
    key: str
    sentence: str

    @property
    def words(self) -> str:
        """The fault as a sentence with its line."""
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.key} {self.sentence}."


class FaultyDeclarationError(UsageError):
    """A declaration has faults."""

    def __init__(self, where: str, faults: tuple[DeclarationFault, ...]) -> None:
        self.faults = faults
        shown = [fault.words for fault in faults[:_MOST_SHOWN]]
        if len(faults) > _MOST_SHOWN:
            shown.append(f"And {len(faults) - _MOST_SHOWN} more.")
        if len(faults) == 1:
            super().__init__(f"{where}, {shown[0]}", _HINT)
        else:
            super().__init__(lines(f"{where} has {len(faults)} faults:", *shown), _HINT)


def read_declaration(text: str, where: str) -> dict[str, Any]:
    """Return the table of a declaration's text; ``where`` names it in messages.

    :raises UsageError: if it is no TOML.
    :raises FaultyDeclarationError: with all of its faults.
    """
    try:
        table = parse_toml(text)
    except DocumentError as error:
        failure = DocumentError(redact(error.reason), error.line, error.column)
    else:
        return _validate(table, text, where)
    raise failure.usage_error(
        where, "TOML", "Put texts in quotes, and each key on a line of its own."
    )


def _validate(table: dict[str, Any], text: str, where: str) -> dict[str, Any]:
    valid, faults = read_table(table, key_lines(text))
    if valid is None:
        raise FaultyDeclarationError(where, faults)
    return valid


def read_table(
    table: dict[str, Any], rows: Mapping[Place, int]
) -> tuple[dict[str, Any] | None, tuple[DeclarationFault, ...]]:
    """Return the table of valid values, or ``None`` and its faults.

    ``rows`` are the lines of the table's keys in its file.
    """
    try:
        declaration = DeclarationTable.model_validate(table)
    except ValidationError as error:
        # Only what names a place: the library's error contains the values.
        problems = [(each["loc"], each["type"], each["msg"]) for each in error.errors()]
    else:
        return declaration.model_dump(exclude_unset=True), ()
    found: dict[Place, DeclarationFault] = {}
    conflicts: dict[Place, list[DeclarationFault]] = {}
    for location, kind, message in problems:
        place, model = _place_of(location)
        fault = _describe(place, model, kind, message, _line_of(place, rows))
        if kind == "conflict":
            conflicts.setdefault(place, []).append(fault)
        elif place not in found:
            found[place] = fault
    # A value that may have several forms has a problem for each; the table's own says most.
    places = {*found, *conflicts}
    within = {place[:length] for place in places for length in range(len(place))}
    faults = [each for place, each in found.items() if place not in {*within, *conflicts}]
    return None, tuple(sorted([*faults, *(each for some in conflicts.values() for each in some)]))


def _describe(
    place: Place, model: type[LanguageTable], kind: str, message: str, line: int
) -> DeclarationFault:
    """Return the fault of a key: what it should be."""
    key = _format_key(place)
    if kind == "missing":
        # The key is not there: the line is that of its table.
        description = model.model_fields[place[-1]].description
        return DeclarationFault(line, key, f"is missing: it must be {description}")
    if kind == "extra_forbidden":
        return DeclarationFault(
            line, key, f"is not a known key; these are: {', '.join(model.model_fields)}"
        )
    if kind == "conflict" or (kind == "value_error" and "refused" not in message):
        return DeclarationFault(line, key, f"must be {message.removeprefix('Value error, ')}")
    if not place or place[-1] not in model.model_fields:
        return DeclarationFault(line, key, "must be a table")
    return DeclarationFault(line, key, f"must be {model.model_fields[place[-1]].description}")


def _place_of(location: tuple[int | str, ...]) -> tuple[Place, type[LanguageTable]]:
    """Return the path of a fault in the file, and the model of the table around its last key.

    Pydantic's locations also hold the names of a union's members, which no file has.
    """
    place: list[str] = []
    model: type[LanguageTable] = DeclarationTable
    around = model
    for step in location:
        if isinstance(step, int):
            place.append(str(step))
        elif step in model.model_fields:
            around = model
            place.append(step)
            model = _model_within(model, step) or _NoTable
        elif model is _NoTable or step.endswith("Table") or "[" in step or "-" in step:
            continue
        else:
            around = model
            place.append(step)
    # The positions of a list of values are no keys.
    while place and place[-1].isdecimal() and model is _NoTable:
        place.pop()
    return tuple(place), around


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


def _format_key(place: Place) -> str:
    """Return a key as people count: the first of several tables is 1."""
    steps = [
        f"[{int(step) + 1}]" if step.isdecimal() else f".{plain(redact(step), longest=60)}"
        for step in place
    ]
    return "".join(steps).removeprefix(".") or "the file"


def _line_of(place: Place, rows: Mapping[Place, int]) -> int:
    """Return the line of a key, or of the table around it; 0 if neither is known."""
    while place and place not in rows:
        place = place[:-1]
    return rows.get(place, 0)
