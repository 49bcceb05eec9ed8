"""The tables of the declaration language that describe responses.

They say where a value stands in a response, and what a response means.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tokcheck.declarations.value_forms import (
    HeaderName,
    JsonPath,
    PlainValue,
    ResetForm,
    Statuses,
    ValuePattern,
    WindowLength,
    Words,
)

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


class LanguageTable(BaseModel):
    """One table of a declaration."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class SourceTable(LanguageTable):
    """Where a value stands in a response."""

    header: HeaderName | None = Field(default=None, description="the name of a header")
    path: JsonPath | None = Field(
        default=None, description="a path of the JSON body: keys with dots between, such as a.0.b"
    )
    item: int | None = Field(default=None, ge=0, le=63, description="a position in a list, from 0")
    where: dict[str, int] | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="one parameter of an item and its number, such as {window = 60}",
    )
    parameter: str | None = Field(
        default=None, pattern=r"^[a-z*][a-z0-9_.*-]*$", description="the name of a parameter"
    )
    pattern: ValuePattern | None = Field(
        default=None, description="a regular expression whose first group is the value"
    )

    @model_validator(mode="after")
    def _has_one_place(self) -> "SourceTable":
        if not self.is_complete:
            raise ValueError("a table with either header or path")
        if self.path and (self.item is not None or self.where or self.parameter):
            raise ValueError("a table in which item, where and parameter stand beside header alone")
        return self

    @property
    def is_complete(self) -> bool:
        """Whether the table names exactly one place."""
        return (self.header is None) != (self.path is None)


class ResetTable(SourceTable):
    """Where a window's reset stands, and its form."""

    form: ResetForm = Field(
        description="the form of the reset: seconds, milliseconds, epoch, epoch-ms, rfc3339, "
        "http-date, duration or aligned"
    )

    @property
    def is_complete(self) -> bool:
        """Whether the table names one place; none for a window of the clock."""
        if self.form == "aligned":
            return self.header is None and self.path is None
        return super().is_complete


class ClaimTable(SourceTable):
    """Where an id, the scopes or an expiry stand."""

    claim: str | None = Field(
        default=None, min_length=1, description="the name of a claim of the token"
    )
    separator: str | None = Field(
        default=None, min_length=1, max_length=3, description="what stands between scopes"
    )
    form: ResetForm | None = Field(
        default=None,
        description="the form of an expiry, as of a reset; usually rfc3339, and epoch for a claim",
    )

    @property
    def is_complete(self) -> bool:
        """Whether the table names exactly one place."""
        return [self.header, self.path, self.claim].count(None) == 2  # noqa: PLR2004


class SuccessTable(LanguageTable):
    """What an accepted check request looks like."""

    status: Statuses = Field(default=200, description="an HTTP status or a list of them")
    path: JsonPath | None = Field(default=None, description="a path of the JSON body")
    equals: PlainValue | None = Field(default=None, description="the value that stands at path")


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
        description="a length such as 15m, of at most 31d, or where its seconds stand",
    )
    limit: HeaderName | SourceTable | None = Field(
        default=None, description="where the limit stands: a header or a table"
    )
    remaining: HeaderName | SourceTable | None = Field(
        default=None, description="where the remaining ones stand: a header or a table"
    )
    used: HeaderName | SourceTable | None = Field(
        default=None, description="where the used ones stand: a header or a table"
    )
    reset: Literal["aligned"] | ResetTable | None = Field(
        default=None, description='a table with the form of the reset, or "aligned"'
    )
    current: HeaderName | SourceTable | None = Field(
        default=None, description="where the limit of the reported window stands"
    )
    documented: int | None = Field(
        default=None, ge=1, le=10**12, description="the limit by the documentation"
    )
    owner: Literal["user", "application"] = Field(
        default="user", description="user or application: whose requests count"
    )
    cost: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="how much the check costs in this window, if not what check.cost says",
    )

    @model_validator(mode="after")
    def _has_numbers(self) -> "WindowTable":
        if self.remaining is not None and self.used is not None:
            raise ValueError("a table with remaining or with used, not with both")
        if self.used is not None and self.limit is None:
            raise ValueError("a table with limit, which used is taken from")
        is_aligned = self.reset == "aligned" or (
            isinstance(self.reset, ResetTable) and self.reset.form == "aligned"
        )
        if is_aligned and not isinstance(self.length, str):
            raise ValueError("a table with length, such as 15m, because its reset is aligned")
        if self.limit is None and self.remaining is None and self.documented is None:
            raise ValueError("a table with limit, remaining or documented")
        return self


class ConditionTable(LanguageTable):
    """Which response is meant: all that is named has to be so."""

    status: Statuses | None = Field(default=None, description="an HTTP status or a list of them")
    path: JsonPath | None = Field(default=None, description="a path of the JSON body")
    header: HeaderName | None = Field(default=None, description="the name of a header")
    equals: PlainValue | list[PlainValue] | None = Field(
        default=None, description="the value that stands there, or a list of such values"
    )
    contains: Words | None = Field(default=None, description="a text that stands there")

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.path and self.header:
            raise ValueError("a table with path or with header, not with both")
        if self.equals is not None and not (self.path or self.header):
            raise ValueError("a table with path or header, where equals stands")
        if self.status is None and not (self.path or self.header or self.contains):
            raise ValueError("a table with status, path, header or contains")
        return self


class RefusalTable(ConditionTable):
    """A response that means a verdict."""

    verdict: Verdicts = Field(description="a verdict, such as expired or not_permitted")
    reason: Words | None = Field(default=None, description="a clause about what it means")
    advice: list[Words] = Field(default=[], description="a list of sentences")


class TokenRefusalTable(ConditionTable):
    """A response of the token endpoint that means an error of OAuth (RFC 6749, section 5.2)."""

    error: TokenErrors = Field(
        description="an error code, such as invalid_grant (the code or the refresh token) or "
        "invalid_client (the application)"
    )


class IdentityTable(LanguageTable):
    """What an accepted response says of the token."""

    user: JsonPath | ClaimTable | None = Field(
        default=None, description="where the user's id stands: a path or a table"
    )
    scopes: JsonPath | ClaimTable | None = Field(
        default=None, description="where the scopes stand: a path or a table"
    )
    expires: JsonPath | ClaimTable | None = Field(
        default=None, description="where the expiry stands: a path or a table"
    )
