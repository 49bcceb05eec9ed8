"""The declaration language, as pydantic models.

Each field's description completes the sentence that begins with the field's name and "must be".
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from tokcheck.core.humanize import parse_duration
from tokcheck.declarations.language_table import LanguageTable
from tokcheck.declarations.response_tables import (
    IdentityTable,
    RefusalTable,
    SuccessTable,
    TokenRefusalTable,
    WindowTable,
)
from tokcheck.declarations.value_forms import (
    HEADER_NAME,
    Address,
    DocumentAddress,
    Duration,
    FormField,
    HeaderName,
    HeaderValue,
    JsonPath,
    JsonTable,
    OwnHeaderName,
    Pattern,
    ProviderName,
    ScopeName,
    UrlPath,
    Words,
    is_window_length,
)

_Kinds = Literal[
    "access_token",
    "refresh_token",
    "authorization_code",
    "client_id",
    "client_secret",
    "api_key",
]


class CheckTable(LanguageTable):
    """The request that finds out whether a token works."""

    path: UrlPath = Field(description="a path that begins with /")
    method: Literal["GET", "HEAD", "POST"] = Field(default="GET", description="GET, HEAD or POST")
    headers: dict[OwnHeaderName, HeaderValue] = Field(
        default={},
        description="a table of headers: names in letters, digits and hyphens, values in ASCII, "
        "and none which tokcheck writes itself, such as Authorization and Host",
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
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str]:
        """Yield what a table with two bodies, or with one that is not sent, must be."""
        if "form" in table and "body" in table:
            yield "a table with form or with body, not with both"
        elif table.keys() & {"form", "body"} and table.get("method", "GET") != "POST":
            yield 'a table with method = "POST", which sends form or body'


class CredentialTable(LanguageTable):
    """How a token is sent."""

    header: HeaderName = Field(default="Authorization", description=HEADER_NAME)
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
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str]:
        """Yield what a table with issuers of tokens that are not signed must be."""
        if table.get("issuers") and table.get("signed") is not True:
            yield "a table with signed = true, where issuers stands"


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
        description="a regular expression for what follows the prefix of tokens of the usual "
        "length: such a one is whole, even if the text behind it may continue it",
    )
    words: Words | None = Field(default=None, description="what it is, such as: an Acme API key")

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str]:
        """Yield what a table without a form must be."""
        if not table.keys() & {"prefix", "pattern"}:
            yield "a table with prefix, with pattern, or with both"
        if "whole" in table and "prefix" not in table:
            yield "a table with prefix, because it has whole"


class RevocationTable(LanguageTable):
    """The endpoint at which an access token ends its grant, if it is not one of RFC 7009."""

    address: Address = Field(description="its address, with https://")
    method: Literal["POST", "DELETE"] = Field(default="POST", description="POST or DELETE")
    field: FormField | None = Field(
        default=None,
        description="the field of the form that holds the token; without it, the token is sent as "
        "with the check",
    )

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str]:
        """Yield what a table with a field and no body for it must be."""
        if "field" in table and table.get("method") == "DELETE":
            yield 'a table with method = "POST", which sends the field'


class OAuthTable(LanguageTable):
    """How a user's consent is obtained and tokens are refreshed (OAuth 2.0).

    Tokens of the form ``pattern`` are checked by its own ``check``, if it has one.
    """

    authorize: Address = Field(
        description="the address of the consent page, with https:// and without a query"
    )
    token: Address = Field(
        description="the address of the token endpoint, with https:// and without a query"
    )
    revoke: Address | RevocationTable | None = Field(
        default=None,
        description="the https:// address of a revocation endpoint of RFC 7009, or a table with "
        "the address of one that takes an access token in another way",
    )
    registration: DocumentAddress | None = Field(
        default=None, description="the https:// address where applications are registered"
    )
    client_login: Literal["basic", "body"] = Field(
        default="body", description="basic or body: where an application's secret is sent"
    )
    needs_secret: bool = Field(
        default=False, description="true if no application without a secret is accepted"
    )
    pkce: bool = Field(default=True, description="false if a code challenge is not sent")
    single_use: bool = Field(
        default=True, description="false if a refresh token works more than once"
    )
    lasting_tokens: bool = Field(
        default=False,
        description="true if a login may bring an access token without an expiry and without a "
        "refresh token",
    )
    scopes: list[ScopeName] = Field(
        default=[], max_length=200, description="a list of the names of scopes, without spaces"
    )
    default_scopes: list[ScopeName] = Field(
        default=[], max_length=200, description="a list of the scopes that a login requests"
    )
    separator: Literal[" ", ","] = Field(
        default=" ", description="a space or a comma: the separator of requested scopes"
    )
    parameters: dict[FormField, Words] = Field(
        default={},
        description="a table of parameters of the authorization request that OAuth itself "
        "does not have",
    )
    token_form: dict[FormField, Words] = Field(
        default={},
        description="a table of fields of every request for tokens that OAuth itself does not have",
    )
    refresh_form: dict[FormField, Words] = Field(
        default={}, description="a table of fields of a refresh that OAuth itself does not require"
    )
    answer: JsonPath | None = Field(
        default=None, description="the path of the object that holds the tokens in a response"
    )
    user: JsonPath | None = Field(
        default=None, description="the path of the user's id in that object"
    )
    refusals: list[TokenRefusalTable] = Field(
        default=[],
        max_length=60,
        description="tables [[oauth.refusals]], for a token endpoint with other error responses "
        "than OAuth's",
    )

    check: UrlPath | CheckTable | None = Field(
        default=None,
        description="the check of a login's tokens: a path that begins with /, or a table with it",
    )
    pattern: Pattern | None = Field(
        default=None, description="a regular expression of the tokens that check is for"
    )
    credential: CredentialTable = Field(
        default=CredentialTable(),
        description="how such a token is sent: header, scheme, signed and issuers",
    )
    identity: IdentityTable = Field(
        default=IdentityTable(), description="a table with user, scopes and expires of such a token"
    )

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str]:
        """Yield the forms that the table must have if its scopes or its checks conflict."""
        usual, known = table.get("default_scopes", []), table.get("scopes", [])
        are_lists = isinstance(usual, list) and isinstance(known, list)
        if are_lists and not set(map(str, usual)) <= set(map(str, known)):
            yield "a table with default_scopes that are all in scopes"
        own = table.keys() & {"check", "pattern", "credential", "identity"}
        if own and not {"check", "pattern"} <= own:
            yield "a table with both check and pattern, or with neither"


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
    check: UrlPath | CheckTable = Field(description="a path that begins with /, or a table with it")
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
    tokens: list[TokenFormTable] = Field(default=[], max_length=40, description="tables [[tokens]]")
    windows: list[WindowTable] = Field(default=[], max_length=20, description="tables [[windows]]")
    dialect: Literal["ietf"] | None = Field(
        default=None, description='"ietf", if the API has the standard rate-limit fields'
    )
    refusals: list[RefusalTable] = Field(
        default=[], max_length=60, description="tables [[refusals]]"
    )
    oauth: OAuthTable | None = Field(default=None, description="a table with authorize and token")
    sources: list[DocumentAddress] = Field(
        default=[], description="a list of addresses of documents"
    )

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str]:
        """Yield what a declaration must be with windows, or headers, that stand there twice."""
        windows = table.get("windows")
        known = [
            (str(window.get("name")), parse_duration(length))
            for window in (windows if isinstance(windows, list) else ())
            if isinstance(window, dict)
            and isinstance(length := window.get("length"), str)
            and is_window_length(length)
        ]
        if len(set(known)) < len(known):
            yield "a table with [[windows]] of different names or lengths"
        holder = _key_of(table, "credential", "header")
        headers = _key_of(table, "check", "headers")
        for name in headers if isinstance(headers, dict) and isinstance(holder, str) else ():
            if name.lower() == str(holder).lower():
                yield f"a table with check.headers without {name}, the header of the token"


def _key_of(table: Mapping[str, Any], name: str, key: str) -> object:
    """Return the value of a key of a table inside another one, if there is one."""
    inner = table.get(name)
    return inner.get(key) if isinstance(inner, dict) else None
