"""The common interface of connections to SQLite and PostgreSQL."""

from collections.abc import Iterator
from typing import Any, Protocol


class SqlRow(Protocol):
    """A row: its values are read by the names of its columns, or iterated over."""

    def __getitem__(self, key: str, /) -> Any: ...  # noqa: ANN401 - of any column

    def __iter__(self) -> Iterator[Any]: ...


class SqlResult(Protocol):
    """The rows of a statement."""

    def fetchone(self) -> Any:  # noqa: ANN401 - of any columns
        """Return the next row, or ``None``."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class SqlConnection(Protocol):
    """The common interface of connections to SQLite and PostgreSQL; parameters are ``?``."""

    def execute(self, sql: str, parameters: Any = (), /) -> SqlResult:  # noqa: ANN401 - as sqlite3
        """Run a statement."""
        ...
