"""OAuth 2.0 of a provider: consent, tokens and revocation."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from tokcheck.declarations.tables.check_tables import CheckTable, CredentialTable
from tokcheck.declarations.tables.language_table import Conflict, LanguageTable
from tokcheck.declarations.tables.response_tables import IdentityTable, TokenRefusalTable
from tokcheck.declarations.value_forms import (
    Address,
    DocumentAddress,
    FormField,
    JsonPath,
    Pattern,
    ScopeName,
    UrlPath,
    Words,
)


class RevocationTable(LanguageTable):
    """The endpoint that revokes an access token and its grant, if it is not one of RFC 7009."""

    address: Address = Field(description="its address, with https://")
    method: Literal["POST", "DELETE"] = Field(default="POST", description="POST or DELETE")
    field: FormField | None = Field(
        default=None,
        description="the field of the form that holds the token; without it, the token is sent as "
        "with the check",
    )

    @classmethod
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
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
        description="true if a login may return an access token without an expiry and without a "
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
        description="the check of a login's tokens: a path that begins with /, without #, or a "
        "table with it",
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
    def find_conflicts(cls, table: Mapping[str, Any]) -> Iterator[str | Conflict]:
        """Yield the forms that the table must have if its scopes or its checks conflict."""
        usual, known = table.get("default_scopes", []), table.get("scopes", [])
        are_lists = isinstance(usual, list) and isinstance(known, list)
        if are_lists and not set(map(str, usual)) <= set(map(str, known)):
            yield "a table with default_scopes that are all in scopes"
        own = table.keys() & {"check", "pattern", "credential", "identity"}
        if own and not {"check", "pattern"} <= own:
            yield "a table with both check and pattern, or with neither"
