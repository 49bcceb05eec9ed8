"""The tables of the declaration language that describe rate-limit windows."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from tokcheck.core.humanize import parse_duration
from tokcheck.declarations.tables.language_table import Conflict, LanguageTable
from tokcheck.declarations.tables.response_tables import ResetTable, SourceTable
from tokcheck.declarations.value_forms import (
    HEADER_NAME,
    HeaderName,
    WindowLength,
    Words,
    is_window_length,
)

_COMPARED = "to which current is compared"
_LONGEST_ALIGNED = 86_400.0


class BucketTable(LanguageTable):
    """The header that names the limit of a response."""

    header: HeaderName = Field(description=HEADER_NAME)
    equals: Words = Field(description="the value there, in any letter case")


Limit = Annotated[
    HeaderName | SourceTable | None,
    Field(description="where to read the limit: a header or a table"),
]
Remaining = Annotated[
    HeaderName | SourceTable | None,
    Field(description="where to read the remaining number: a header or a table"),
]
Used = Annotated[
    HeaderName | SourceTable | None,
    Field(description="where to read the used number: a header or a table"),
]


def _find_double_count(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a table of a window must be that counts what is left and what is used."""
    if "remaining" in table and "used" in table:
        yield "a table with remaining or with used, not with both"


class ElsewhereTable(LanguageTable):
    """Where responses to other requests than the check report a window."""

    when: BucketTable | None = Field(
        default=None, description="a table with the header that names the window, and its value"
    )
    limit: Limit = None
    remaining: Remaining = None
    used: Used = None
    reset: ResetTable | None = Field(default=None, description="a table with the form of the reset")

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
        """Yield what a table without numbers, or with too many, must be."""
        yield from _find_double_count(table)
        if not table.keys() & {"limit", "remaining"}:
            yield "a table with limit or remaining"


class WindowTable(LanguageTable):
    """One rate-limit window."""

    name: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{1,40}$",
        description="the name of a family of limits, in letters, digits, - and _",
    )
    unit: str = Field(
        default="requests", pattern=r"^[a-z][a-z ]{0,39}$", description="what is counted, in words"
    )
    length: WindowLength | SourceTable | None = Field(
        default=None,
        description="a length such as 15m, of at most 31d, or where to read its seconds",
    )
    limit: Limit = None
    remaining: Remaining = None
    used: Used = None
    reset: Literal["aligned"] | ResetTable | None = Field(
        default=None, description='a table with the form of the reset, or "aligned"'
    )
    elsewhere: ElsewhereTable | None = Field(
        default=None,
        description="a table of the places in responses to other requests, if they differ",
    )
    current: HeaderName | SourceTable | None = Field(
        default=None, description="where to read the limit of the reported window"
    )
    documented: int | None = Field(
        default=None,
        ge=1,
        le=10**12,
        description="the documented limit, a whole number from 1",
    )
    owner: Literal["user", "application"] = Field(
        default="user", description="user or application: what the limit applies to"
    )
    cost: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="how much the check costs in this window, from 0, if not check.cost",
    )

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
        """Yield the forms that the table must have if its numbers or its reset conflict."""
        yield from _find_double_count(table)
        for key, clause in (("used", "from which used is subtracted"), ("current", _COMPARED)):
            if key in table and "limit" not in table:
                yield f"a table with limit, {clause}"
        if not table.keys() & {"limit", "remaining", "used", "current", "documented"}:
            yield "a table with limit, remaining or documented"
        reset, length = table.get("reset"), table.get("length")
        if reset != "aligned" and not (isinstance(reset, dict) and reset.get("form") == "aligned"):
            return
        if not isinstance(length, str):
            yield "a table with length, such as 15m, because the reset is aligned"
        elif is_window_length(length) and parse_duration(length) > _LONGEST_ALIGNED:
            yield "a table with a length of at most 1d, because the reset is aligned to midnight"
