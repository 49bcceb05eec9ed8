"""A session of PostgreSQL: its rows, and a limit to every wait."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg


class PostgresRow:
    """A row with values by the names of their columns, as sqlite3.Row has them."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: dict[str, int], values: Sequence[Any]) -> None:
        self._places = places
        self._values = tuple(values)

    def __getitem__(self, key: str | int) -> Any:  # noqa: ANN401 - of any column
        if isinstance(key, int):
            return self._values[key]
        try:
            return self._values[self._places[key]]
        except KeyError:
            raise IndexError(key) from None

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return self._values == (other._values if isinstance(other, PostgresRow) else other)

    def __hash__(self) -> int:
        return hash(self._values)


def make_row(cursor: "psycopg.Cursor[Any]") -> Callable[[Sequence[Any]], PostgresRow]:
    """Return the function that makes the rows of a result."""
    places = {column.name: place for place, column in enumerate(cursor.description or ())}
    return lambda values: PostgresRow(places, values)


class PostgresSession(psycopg.Connection[PostgresRow]):
    """A connection that bounds every wait: the server responds in time, or counts as gone."""

    longest_wait = 60.0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ANN401 - as psycopg types it
        """Wait for the server, and give up after :attr:`longest_wait` seconds."""
        return super().wait(gen, interval, self.longest_wait if timeout is None else timeout)
