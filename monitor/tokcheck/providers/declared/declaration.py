"""What a declaration says of its provider, as values."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from tokcheck.core.credential import Kind
from tokcheck.core.report import Verdict
from tokcheck.providers.rate_limits.windows import FieldSource, ResetForm, WindowForm


class TokenForm(NamedTuple):
    """How one kind of a provider's credentials looks."""

    kind: Kind
    prefix: str
    """The literal that every one begins with; empty if there is none."""
    pattern: str
    """A regular expression for what follows the prefix."""
    words: str
    """A noun with its article; empty for the words of its kind."""


class Success(NamedTuple):
    """The response to an accepted check request."""

    statuses: tuple[int, ...] = (200,)
    path: str = ""
    """A path of the JSON body that must be there; empty if the status is enough."""
    equals: object = None
    """The value that must stand there; ``None`` for any."""


class Check(NamedTuple):
    """The request that finds out whether a token works."""

    path: str
    method: Literal["GET", "HEAD", "POST"] = "GET"
    headers: Mapping[str, str] = {}
    form: Mapping[str, str] | None = None
    json: str = ""
    """The body as JSON; empty if there is none."""
    cost: int = 1
    """How many requests of a window it costs."""
    every: float = 0.0
    """The shortest pause between two probes in seconds; 0 for a usual one."""
    scope: str = ""
    """The scope that it needs."""
    success: Success = Success()


class ClaimSource(NamedTuple):
    """Where a response, or a signed token, holds an id, the scopes or an expiry."""

    field: FieldSource
    claim: str = ""
    """The token's claim, if it is that."""
    separator: str = ""
    """The separator of scopes; empty for spaces, or for a list of JSON."""
    form: ResetForm = ResetForm.RFC3339
    """The form of an expiry."""


class RefusalRule(NamedTuple):
    """A response that means a verdict."""

    verdict: Verdict
    statuses: tuple[int, ...] = ()
    path: str = ""
    header: str = ""
    equals: tuple[object, ...] = ()
    contains: str = ""
    reason: str = ""
    """A clause that completes the verdict."""
    advice: tuple[str, ...] = ()
    check_only: bool = False
    """Whether only a response to the check means this, not one to another request."""


class TokenRefusalRule(NamedTuple):
    """A response of the token endpoint that means an error of OAuth."""

    code: str
    """The error code of RFC 6749, section 5.2, or of this program's table of them."""
    statuses: tuple[int, ...] = ()
    path: str = ""
    header: str = ""
    equals: tuple[object, ...] = ()
    contains: str = ""


class RevocationDeclaration(NamedTuple):
    """How a grant is ended at the provider."""

    address: str
    is_standard: bool = True
    """Whether it is an endpoint of RFC 7009; another takes an access token alone."""
    method: Literal["POST", "DELETE"] = "POST"
    field: str = ""
    """The field of the form that holds the token; empty if it is sent as to the API."""


class OAuthDeclaration(NamedTuple):
    """How a user's consent is obtained and tokens are refreshed."""

    authorize: str
    token: str
    revoke: RevocationDeclaration | None = None
    registration: str = ""
    client_login: Literal["basic", "body"] = "body"
    needs_secret: bool = False
    pkce: bool = True
    single_use: bool = True
    lasting_tokens: bool = False
    scopes: tuple[str, ...] = ()
    default_scopes: tuple[str, ...] = ()
    separator: str = " "
    parameters: Mapping[str, str] = {}
    token_form: Mapping[str, str] = {}
    refresh_form: Mapping[str, str] = {}
    answer: str = ""
    user: str = ""
    pattern: str = ""
    """The form of its access tokens, if those are checked in another way than others."""
    refusals: tuple[TokenRefusalRule, ...] = ()
    """The refusals of the token endpoint that have a form of their own."""


class Declaration(NamedTuple):
    """One declared provider."""

    name: str
    title: str
    address: str
    check: Check
    names: tuple[str, ...] = ()
    """The words that name it in a host, a key or a label, in lower case."""
    scheme: str = "Bearer"
    """The word in front of the token in ``Authorization``; empty for none."""
    header: str = "Authorization"
    """The header that holds the token."""
    tokens: tuple[TokenForm, ...] = ()
    signed: bool = False
    """Whether its access tokens are signed ones (JWT)."""
    issuers: tuple[str, ...] = ()
    """The issuers of those; empty if they are not declared."""
    windows: tuple[WindowForm, ...] = ()
    dialect: str = ""
    """``ietf`` to read the standard rate-limit fields."""
    user: ClaimSource | None = None
    scopes: ClaimSource | None = None
    expires: ClaimSource | None = None
    refusals: tuple[RefusalRule, ...] = ()
    oauth: OAuthDeclaration | None = None
    of_logins: "Declaration | None" = None
    """The declaration of a login's tokens, if those are checked in another way."""
    contained_scopes: Mapping[str, frozenset[str]] = {}
    """The scopes that a scope grants as well, directly or through others; all in lower case."""
    sources: tuple[str, ...] = ()
    """The addresses of the documents that the declaration follows."""
