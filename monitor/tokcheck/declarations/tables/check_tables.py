"""The check of a token: its request, and how the token is sent."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from tokcheck.declarations.tables.language_table import Conflict, LanguageTable
from tokcheck.declarations.tables.response_tables import SuccessTable
from tokcheck.declarations.value_forms import (
    HEADER_NAME,
    CredentialHeaderName,
    Duration,
    HeaderValue,
    JsonTable,
    OwnHeaderName,
    UrlPath,
    Words,
)


class CheckTable(LanguageTable):
    """The request that finds out whether a token works."""

    path: UrlPath = Field(description="a path that begins with /, without #")
    method: Literal["GET", "HEAD", "POST"] = Field(default="GET", description="GET, HEAD or POST")
    headers: dict[OwnHeaderName, HeaderValue] = Field(
        default={},
        description="a table of headers: names in letters, digits and hyphens, values in ASCII, "
        "and none that tokcheck sets itself, such as Authorization and Host",
    )
    form: dict[str, Words] | None = Field(default=None, description="a table of form fields")
    body: JsonTable | None = Field(
        default=None,
        description='a table that is sent as JSON, such as { query = "{ viewer { id } }" }',
    )
    cost: int = Field(
        default=1, ge=0, le=1000, description="how many requests the check costs, from 0 to 1000"
    )
    every: Duration | None = Field(
        default=None, description="the pause between two probes, such as 20m"
    )
    scope: Words | None = Field(default=None, description="the scope that the request needs")
    success: SuccessTable = Field(
        default=SuccessTable(), description="a table with status, path and equals"
    )

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
        """Yield what a table with two bodies, or with one that is not sent, must be."""
        if "form" in table and "body" in table:
            yield "a table with form or with body, not with both"
        elif table.keys() & {"form", "body"} and table.get("method", "GET") != "POST":
            yield 'a table with method = "POST", which sends form or body'


class CredentialTable(LanguageTable):
    """How a token is sent."""

    header: CredentialHeaderName = Field(
        default="Authorization",
        description=f"{HEADER_NAME}, and none with another meaning, such as Host, Cookie and "
        "User-Agent",
    )
    scheme: str = Field(
        default="Bearer",
        pattern=r"^[A-Za-z][A-Za-z0-9-]{0,30}$|^$",
        description="the word before the token, without spaces, or an empty text",
    )
    signed: bool = Field(default=False, description="true if access tokens are signed (JWT)")
    issuers: list[Words] = Field(
        default=[],
        max_length=20,
        description="a list of the issuers (iss) of the signed tokens, and of no others",
    )

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
        """Yield what a table with issuers of tokens that are not signed must be."""
        if table.get("issuers") and table.get("signed") is not True:
            yield "a table with signed = true, where issuers stands"
