"""Where a provider is reached: its base addresses and its OAuth 2.0 endpoints (RFC 6749)."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from tokcheck.core.secret import Secret
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.base.messages import Response


class ServiceAddress(NamedTuple):
    """One base address of a provider: the default, and the variable that replaces it."""

    address: str
    variable: str

    def in_use(self, environment: Mapping[str, str]) -> str:
        """Return the address that an environment sets, or the default; no slash at its end."""
        return (environment.get(self.variable) or self.address).strip().rstrip("/")


class Deauthorization(NamedTuple):
    """How the bearer of an access token ends its grant, where there is no endpoint of RFC 7009."""

    method: Literal["POST", "DELETE"] = "POST"
    field: str = ""
    """The field of the form that holds the token; empty if it is sent as to the API."""


class OAuth(NamedTuple):
    """The OAuth 2.0 endpoints of a provider (RFC 6749) and their particulars."""

    authorize: ServiceAddress
    """The authorization endpoint: the consent page's address with its path."""
    service: str
    """The provider's service that ``token`` is a path of, and ``revoke`` if it has none."""
    token: str
    """The path of the token endpoint."""
    revoke: str
    """The path of the revocation endpoint; empty if there is none."""
    scopes: Mapping[str, str]
    """The scope that is sent, by the name that people write."""
    default_scopes: tuple[str, ...]
    """Names of ``scopes`` that a login requests by default."""
    extra: Mapping[str, str]
    """Parameters of the authorization request that only this provider has."""
    client_login: Literal["basic", "body"]
    """Where a client's secret is sent: in HTTP's Basic authentication or in the body."""
    single_use: bool
    """Whether a refresh token works once."""
    grace: float
    """Seconds in which a repeated refresh gets the response of the first one."""
    registration: str
    """The address of the page where applications are registered."""
    testing_days: int = 0
    """Days after which a consent ends while the application is in testing; 0 without that limit."""
    lasting_tokens: bool = False
    """Whether a login may bring an access token without an expiry and without a refresh token."""
    needs_secret: bool = False
    """Whether the token endpoint accepts no application without a secret."""
    any_port: bool = False
    """Whether a desktop application may be redirected to any port of loopback."""
    successor: str | None = None
    """The name of the provider that replaces this one."""
    migration: str = ""
    """The advice to move to that provider; the command that logs in there follows."""
    separator: str = " "
    """The separator of scopes in an authorization request."""
    pkce: bool = True
    """Whether the authorization request has a code challenge (RFC 7636)."""
    token_fields: Mapping[str, str] = {}
    """Fields of every request to the token endpoint that only this provider has."""
    refresh_fields: Mapping[str, str] = {}
    """Further fields of a refresh."""
    answer: str = ""
    """The path of the object with the tokens in a JSON response; empty for the whole of it."""
    user: str = "user_id"
    """The path of the user's id in that object."""
    read_refusal: Callable[[Response, tuple[Secret, ...]], ApiError | None] | None = None
    """Reads a refusal of the token endpoint, if it has not OAuth's own form; redacts secrets."""
    revoke_service: str = ""
    """The service that ``revoke`` is a path of, if that is another."""
    deauthorization: Deauthorization | None = None
    """How ``revoke`` takes a token; ``None`` for an endpoint of RFC 7009."""

    def variable(self, what: str) -> str:
        """Return the name of an application's variable that ends in ``what``, as ``CLIENT_ID``."""
        return self.authorize.variable.removesuffix("AUTHORIZE_URL") + what
