"""The tables of the declaration language that describe responses.

They say where a value is in a response, and what a response means.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

from pydantic import Field

from tokcheck.declarations.tables.language_table import Conflict, LanguageTable
from tokcheck.declarations.value_forms import (
    HEADER_NAME,
    HeaderName,
    JsonPath,
    PlainValue,
    ResetForm,
    Statuses,
    ValuePattern,
    Words,
)

_OF_A_LIST = {"item", "where", "parameter"}
# The forms of a time after a response, which no token has.
_NO_MOMENTS = ["seconds", "milliseconds", "duration", "aligned"]

Verdicts = Literal[
    "expired",
    "revoked_or_invalid",
    "insufficient_scope",
    "rate_limited",
    "service_gone",
    "api_disabled",
    "account_not_linked",
    "profile_missing",
    "grant_broken",
    "not_permitted",
    "undetermined",
]


# Those of RFC 6749, and what this program calls a limit and a failure.
TokenErrors = Literal[
    "invalid_grant",
    "invalid_client",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
    "redirect_uri_mismatch",
    "access_denied",
    "rate_limit_exceeded",
    "temporarily_unavailable",
]


def _find_two_ways(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a table must be that finds a value in a header in two ways."""
    if "item" in table and "where" in table:
        yield "a table with item or with where, not with both"
    if "header" in table and "pattern" in table and table.keys() & _OF_A_LIST:
        yield "a table with pattern, or with item, where and parameter, not with both"


class SourceTable(LanguageTable):
    """Where a value is in a response."""

    header: HeaderName | None = Field(default=None, description=HEADER_NAME)
    path: JsonPath | None = Field(
        default=None, description="a path of the JSON body: keys with dots between, such as a.0.b"
    )
    item: int | None = Field(default=None, ge=0, le=63, description="a position in a list, from 0")
    where: dict[str, int] | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="a parameter of the item and its number, such as {window = 60}",
    )
    parameter: str | None = Field(
        default=None, pattern=r"^[a-z*][a-z0-9_.*-]*$", description="the name of a parameter"
    )
    pattern: ValuePattern | None = Field(
        default=None, description="a regular expression with the value as its first group"
    )

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
        """Yield what a table with no place, or with several, must be."""
        if ("header" in table) == ("path" in table):
            yield "a table with either header or path"
        if "path" in table and table.keys() & _OF_A_LIST:
            yield "a table with item, where and parameter only beside header"
        else:
            yield from _find_two_ways(table)


class ResetTable(SourceTable):
    """Where a window's reset is, and its form."""

    form: ResetForm = Field(
        description="the form of the reset: seconds, milliseconds, epoch, epoch-ms, rfc3339, "
        "http-date, duration or aligned"
    )

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
        """Yield what a table must be that has a place for a reset that is not written, or none."""
        if table.get("form") != "aligned":
            yield from super().find_conflicts(table)
        elif table.keys() != {"form"}:
            yield "a table with form alone, because the reset is aligned"


class ClaimTable(SourceTable):
    """Where an id, scopes or an expiry are."""

    claim: str | None = Field(
        default=None, min_length=1, description="the name of a claim of the token"
    )
    separator: str | None = Field(
        default=None, min_length=1, max_length=3, description="the separator of scopes"
    )
    form: ResetForm | Literal["date"] | None = Field(
        default=None,
        description="the form of an expiry, as of a reset, or date; usually rfc3339, and epoch for "
        "a claim",
    )

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
        """Yield what a table with no place, or with several, must be."""
        if len(table.keys() & {"header", "path", "claim"}) != 1:
            yield "a table with exactly one of header, path and claim"
        elif "claim" in table and table.keys() & {*_OF_A_LIST, "pattern"}:
            yield "a table that has claim and none of item, where, parameter and pattern"
        elif "claim" in table and table.get("form") in _NO_MOMENTS:
            yield (
                "a table with the form of a moment, such as epoch: a claim is no time after a "
                "response"
            )
        elif "claim" not in table:
            yield from super().find_conflicts(table)


class SuccessTable(LanguageTable):
    """The response to an accepted check request."""

    status: Statuses = Field(
        default=200, description="an HTTP status from 100 to 599, or a list of them"
    )
    path: JsonPath | None = Field(default=None, description="a path of the JSON body")
    equals: PlainValue | None = Field(default=None, description="the value at path")

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
        """Yield what a table with a value and no place for it must be."""
        if "equals" in table and "path" not in table:
            yield "a table with path, to which equals applies"


class ConditionTable(LanguageTable):
    """A condition on a response: everything that it names must hold."""

    status: Statuses | None = Field(
        default=None, description="an HTTP status from 100 to 599, or a list of them"
    )
    path: JsonPath | None = Field(default=None, description="a path of the JSON body")
    header: HeaderName | None = Field(default=None, description=HEADER_NAME)
    equals: PlainValue | list[PlainValue] | None = Field(
        default=None, description="the value there, or a list of such values"
    )
    contains: Words | None = Field(default=None, description="a text in the value there")

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
        """Yield what a table must be that does not say when, or where, or says it twice."""
        has_place = bool(table.keys() & {"path", "header"})
        if "path" in table and "header" in table:
            yield "a table with path or with header, not with both"
        if "equals" in table and not has_place:
            yield "a table with path or header, to which equals applies"
        if "equals" in table and "contains" in table:
            yield "a table with equals or with contains, not with both"
        if not has_place and not table.keys() & {"status", "contains"}:
            yield "a table with status, path, header or contains"


class RefusalTable(ConditionTable):
    """A response that means a verdict."""

    verdict: Verdicts = Field(description=f"one of {', '.join(get_args(Verdicts))}")
    check_only: bool = Field(
        default=False, description="true if only a response to the check means this"
    )
    reason: Words | None = Field(default=None, description="a clause about what it means")
    advice: list[Words] = Field(default=[], description="a list of sentences")


class TokenRefusalTable(ConditionTable):
    """A response of the token endpoint that means an error of OAuth (RFC 6749, section 5.2)."""

    error: TokenErrors = Field(
        description="an error code, such as invalid_grant (the code or the refresh token) or "
        "invalid_client (the application)"
    )


class IdentityTable(LanguageTable):
    """The user, the scopes and the expiry in an accepted response."""

    user: JsonPath | ClaimTable | None = Field(
        default=None, description="where to read the user's id: a path or a table"
    )
    scopes: JsonPath | ClaimTable | None = Field(
        default=None, description="where to read the scopes: a path or a table"
    )
    expires: JsonPath | ClaimTable | None = Field(
        default=None, description="where to read the expiry: a path or a table"
    )
