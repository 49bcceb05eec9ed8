"""What is wrong with a configuration file, as one error: every fault with its line and place."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.exporter.names import shown
from tokcheck.exporter.toml_lines import Place, lines

_MOST_SHOWN = 100


class Fault(NamedTuple):
    """One fault; ``sentence`` goes on from the place and has no full stop."""

    place: Place
    sentence: str


def as_error(found: Sequence[Fault], text: str, where: str) -> UsageError:
    """Make one error of all faults, in the order of the file's lines."""
    rows = lines(text)
    placed = sorted(
        {(_line_of(fault.place, rows), dotted(fault.place), fault.sentence) for fault in found}
    )
    said = [f"{f'line {line}: ' if line else ''}{key} {what}." for line, key, what in placed]
    hint = "Nothing of this file is used until it is corrected."
    if len(said) == 1:
        return UsageError(f"{shown(where)}, {said[0]}", hint)
    more = len(said) - _MOST_SHOWN
    if more > 0:
        said[_MOST_SHOWN:] = [f"And {more} more."]
    return UsageError("\n".join([f"{shown(where)} has {len(placed)} faults:", *said]), hint)


def dotted(place: Place) -> str:
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
