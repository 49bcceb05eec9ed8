"""What a provider supplies, and the requests and responses of its probe.

A probe is sans-IO: a generator that yields :class:`Request` values, is sent a
:class:`Response` for each (or has a :class:`~tokcheck.core.errors.NetError` thrown in), and
returns an :class:`~tokcheck.core.report.Outcome`. Its caller owns the network and the clock.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from tokcheck.core.credential import Credential, CredentialForm, Kind, KnownService
from tokcheck.core.report import Claims, Outcome, Scope, Verdict
from tokcheck.core.secret import Secret
from tokcheck.paste.finder import CredentialFinder, Issuer


class ServiceAddress(NamedTuple):
    """One base address of a provider: the default, and the variable that replaces it."""

    address: str
    variable: str

    def in_use(self, environment: Mapping[str, str]) -> str:
        """Return the address that an environment sets, or the default; no slash at its end."""
        return (environment.get(self.variable) or self.address).strip().rstrip("/")


class Request(NamedTuple):
    """One request. ``service`` names one of the provider's; secrets are revealed by the sender.

    ``basic`` is a name and a secret for HTTP's Basic authentication.
    """

    method: Literal["GET", "POST"]
    service: str
    path: str
    bearer: Secret | None = None
    form: Mapping[str, Secret] | None = None
    basic: tuple[str, Secret] | None = None


class Response(NamedTuple):
    """One response."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    received_at: datetime
    """When its headers arrived, by this computer's clock."""
    cut: bool = False
    """Whether the body is incomplete."""
    elapsed_seconds: float = 0.0
    """How long before ``received_at`` the request was begun."""


class Pace(NamedTuple):
    """A provider's documented rate limit, and how often a probe may use it."""

    window: Literal["minute", "hour"]
    seconds: float
    """The length of the window."""
    limit: int
    """Requests of one user in a window."""
    requests: int
    """The most requests that one probe sends."""
    every: float
    """The usual number of seconds between two probes of one account."""
    reports_remaining: bool
    """Whether responses hold the number of remaining requests."""


class OAuth(NamedTuple):
    """The OAuth 2.0 endpoints of a provider (RFC 6749) and their particulars."""

    authorize: ServiceAddress
    """The authorization endpoint: the consent page's address with its path."""
    service: str
    """The provider's service that ``token`` and ``revoke`` are paths of."""
    token: str
    """The path of the token endpoint."""
    revoke: str
    """The path of the revocation endpoint."""
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
    any_port: bool = False
    """Whether a desktop application may be redirected to any port of loopback."""
    successor: str | None = None
    """The name of the provider that replaces this one."""

    def variable(self, what: str) -> str:
        """Return the name of an application's variable that ends in ``what``, as ``CLIENT_ID``."""
        return self.authorize.variable.removesuffix("AUTHORIZE_URL") + what


ProbeFlow: TypeAlias = Generator[Request, Response, Outcome]


class Provider(NamedTuple):
    """An API that tokcheck can check tokens of."""

    name: str
    """The name in commands, configuration and JSON, such as ``google-health``."""
    title: str
    """The name in sentences, such as ``Google Health API``."""
    services: Mapping[str, ServiceAddress]
    """The base addresses by the name that a :class:`Request` uses."""
    pace: Pace
    """The documented rate limit."""
    forms: tuple[CredentialForm, ...]
    """The forms of its opaque credentials."""
    issuers: Mapping[str, Issuer]
    """The issuers of its signed tokens, by their ``iss`` claim."""
    probe: Callable[[Credential, Claims | None], ProbeFlow]
    """Checks a credential at the API, given the credential's own claims."""
    scope: Callable[[str], Scope]
    """Explains one scope as the provider writes it."""
    scopes: tuple[str, ...]
    """The names of all scopes."""
    remedies: Mapping[Verdict, tuple[str, ...]]
    """Advice after a verdict."""
    instead: Mapping[Kind, str]
    """Advice for a credential that is not an access token."""
    same_access: Callable[[Sequence[Scope]], Mapping[str, tuple[str, ...]]]
    """Maps granted scopes to those of a successor, by the successor's title."""
    leaked: Mapping[Kind, str]
    """Advice for a credential that others may have seen."""
    oauth: OAuth
    """The OAuth endpoints that issue and revoke its tokens."""
    read_error: Callable[[Response], Outcome]
    """Reads an error response of the API without the request, as a message reports it."""
    error_signs: tuple[str, ...]
    """What names the provider in an error message, in lower case: hosts, headers, libraries."""
    error_name: str
    """The word for it that such a message holds at least, in lower case."""
    token_title: Callable[[Claims | None], str] | None = None
    """Names a token by its claims, if tokens of its form may be for other APIs, too."""
    issuer_title: str = ""
    """Who issues its credentials, if that is known by their form and the API is not."""

    def title_of(self, claims: Claims | None) -> str:
        """Return the name that stands before the word token in sentences."""
        return self.title if self.token_title is None else self.token_title(claims)

    def describe(self, words: str, claims: Claims | None = None) -> str:
        """Return a kind of credential with its API, or with its issuer if the API is not known."""
        if self.issuer_title and self.title_of(claims) != self.title:
            return f"a {self.issuer_title} {words.partition(' ')[2]}"
        return f"{words} of the {self.title}"


def finder_for(providers: Mapping[str, Provider]) -> CredentialFinder:
    """Return the finder of these providers' credentials."""
    issuers: dict[str, Issuer] = {}
    for provider in providers.values():
        issuers |= provider.issuers
    return CredentialFinder(
        {name: provider.forms for name, provider in providers.items()}, issuers, _load_services
    )


def _load_services() -> Sequence[KnownService]:
    # Most pastes hold a provider's token alone.
    from tokcheck.providers.known_services import KNOWN_SERVICES  # noqa: PLC0415

    return KNOWN_SERVICES


Send = Callable[[Provider, Request], Response]
