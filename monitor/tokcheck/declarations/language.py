"""The declaration language, as pydantic models.

Each field's description completes the sentence that begins with the field's name and "must be".
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from tokcheck.declarations.tables.check_tables import CheckTable, CredentialTable
from tokcheck.declarations.tables.contradictions import find_contradictions
from tokcheck.declarations.tables.language_table import Conflict, LanguageTable
from tokcheck.declarations.tables.oauth_tables import OAuthTable
from tokcheck.declarations.tables.response_tables import (
    IdentityTable,
    RefusalTable,
)
from tokcheck.declarations.tables.token_pattern import describe_misfit
from tokcheck.declarations.tables.window_tables import WindowTable
from tokcheck.declarations.value_forms import (
    Address,
    DocumentAddress,
    Pattern,
    ProviderName,
    ScopeName,
    UrlPath,
    Words,
)
from tokcheck.providers.known_services.recognition import ANY_TOKEN

_Kinds = Literal[
    "access_token",
    "refresh_token",
    "authorization_code",
    "client_id",
    "client_secret",
    "api_key",
]


class ScopesTable(LanguageTable):
    """The scopes that include others."""

    contains: dict[ScopeName, Annotated[list[ScopeName], Field(min_length=1, max_length=60)]] = (
        Field(
            default={},
            max_length=200,
            description="a table of scopes, each with a list of the scopes that it includes; "
            "what these include need not be repeated",
        )
    )


class TokenFormTable(LanguageTable):
    """One form of a provider's credentials."""

    kind: _Kinds = Field(
        default="access_token", description=f"one of {', '.join(get_args(_Kinds))}"
    )
    prefix: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_.|-]{2,40}$",
        description="what every such token begins with: 2 to 40 letters, digits or _ . | -",
    )
    pattern: Pattern | None = Field(
        default=None, description="a regular expression for what follows the prefix"
    )
    whole: Pattern | None = Field(
        default=None,
        description="a regular expression for what follows the prefix in tokens of the usual "
        "length: such a token is complete, even if the text behind it could continue it",
    )
    words: Words | None = Field(default=None, description="what it is, such as: an Acme API key")

    @field_validator("pattern", "whole")
    @classmethod
    def _reject_misfit(cls, pattern: str | None, info: ValidationInfo) -> str | None:
        """Reject a regular expression that finds no tokens in a text."""
        # An invalid prefix is a problem of its own.
        has_prefix = info.data.get("prefix", "") is not None
        is_all = info.field_name == "pattern"
        if pattern is None:
            return pattern
        misfit = describe_misfit(pattern, has_prefix=has_prefix, is_all=is_all)
        if misfit:
            raise PydanticCustomError("unfit_pattern", "{words}", {"words": misfit})
        return pattern

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
        """Yield what a table without a form must be."""
        if not table.keys() & {"prefix", "pattern"}:
            yield "a table with prefix, with pattern, or with both"
        if "whole" in table and "prefix" not in table:
            yield "a table with prefix, because it has whole"


class DeclarationTable(LanguageTable):
    """One declaration: a provider."""

    name: ProviderName = Field(description="a name in lower-case letters, digits and hyphens")
    title: Words | None = Field(default=None, description="the API's name in sentences")
    service: Words | None = Field(
        default=None, description="the name of the service that issues its tokens"
    )
    address: Address = Field(
        description="an address with https:// (http:// on this computer alone), a host and a path"
    )
    check: UrlPath | CheckTable = Field(
        description="a path that begins with /, without #, or a table with it"
    )
    names: list[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{2,60}$")]] = Field(
        default=[],
        description="a list of names of the API in hosts, keys or labels, in lower case",
    )
    credential: CredentialTable = Field(
        default=CredentialTable(), description="a table with header, scheme, signed and issuers"
    )
    identity: IdentityTable = Field(
        default=IdentityTable(), description="a table with user, scopes and expires"
    )
    scopes: ScopesTable = Field(
        default=ScopesTable(), description="a table with the scopes that contain others"
    )
    tokens: list[TokenFormTable] = Field(default=[], max_length=40, description="tables [[tokens]]")
    windows: list[WindowTable] = Field(default=[], max_length=20, description="tables [[windows]]")
    dialect: Literal["ietf"] | None = Field(
        default=None,
        description='"ietf", if the API has the standard rate-limit fields, or fields with the '
        "window in their name, such as X-RateLimit-Remaining-Minute",
    )
    refusals: list[RefusalTable] = Field(
        default=[], max_length=60, description="tables [[refusals]]"
    )
    oauth: OAuthTable | None = Field(default=None, description="a table with authorize and token")
    sources: list[DocumentAddress] = Field(
        default=[], description="a list of addresses of documents"
    )

    @field_validator("tokens")
    @classmethod
    def _reject_unread_form(cls, tokens: list[TokenFormTable]) -> list[TokenFormTable]:
        """Reject a form of which no token is ever read, because all are read as another kind."""
        kinds: dict[tuple[str, str], str] = {}
        for form in tokens:
            if form.prefix is None:
                continue  # a label decides
            kind = kinds.setdefault((form.prefix, form.pattern or ANY_TOKEN), form.kind)
            if kind != form.kind:
                words = (
                    "tables [[tokens]] that differ in prefix or pattern if they do in kind: with "
                    f"one form for both, {form.kind} is never read, as each is read as {kind}"
                )
                raise PydanticCustomError("unread_form", "{words}", {"words": words})
        return tokens

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
        """Yield what its tables must be that contradict each other, or have a header twice."""
        yield from find_contradictions(table)
        holder = _key_of(table, "credential", "header")
        headers = _key_of(table, "check", "headers")
        for name in headers if isinstance(headers, dict) and isinstance(holder, str) else ():
            if name.lower() == str(holder).lower():
                yield f"a table with check.headers without {name}, the header of the token"


def _key_of(table: Mapping[str, Any], name: str, key: str) -> object:
    """Return the value of a key of a table inside another one, if there is one."""
    inner = table.get(name)
    return inner.get(key) if isinstance(inner, dict) else None
