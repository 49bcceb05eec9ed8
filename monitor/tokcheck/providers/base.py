"""What a provider supplies, and the requests and responses of its probe.

A probe is sans-IO: a generator that yields :class:`Request` values, is sent a
:class:`Response` for each (or has a :class:`~tokcheck.core.errors.NetError` thrown in), and
returns an :class:`~tokcheck.core.report.Outcome`. Its caller owns the network and the clock.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from tokcheck.core.credential import Credential, CredentialForm, Kind
from tokcheck.core.report import Claims, Outcome, Scope, Verdict
from tokcheck.core.secret import Secret
from tokcheck.paste.finder import CredentialFinder, Issuer


class Service(NamedTuple):
    """One base address of a provider: the default, and the variable that replaces it."""

    address: str
    variable: str


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
    """One response: ``headers`` by lower-case name, ``cut`` if the body is incomplete."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    cut: bool = False


class Pace(NamedTuple):
    """A provider's documented rate limit, and how often a probe may use it."""

    window: Literal["minute", "hour"]
    seconds: float
    """The length of the window."""
    limit: int
    """Calls of one user in a window."""
    requests: int
    """The most requests that one probe sends."""
    every: float
    """The usual number of seconds between two probes of one account."""
    reports_remaining: bool
    """Whether responses hold the number of remaining calls."""


class OAuth(NamedTuple):
    """The OAuth 2.0 endpoints of a provider (RFC 6749) and their particulars."""

    authorize: Service
    """The authorization endpoint: the consent page's address with its path."""
    service: str
    """The provider's service that ``token`` and ``revoke`` are paths of."""
    token: str
    revoke: str
    scopes: Mapping[str, str]
    """What is sent for each name that people write."""
    default_scopes: tuple[str, ...]
    """Names of ``scopes`` that a login requests by default."""
    extra: Mapping[str, str]
    """Parameters of the authorization request that only this provider has."""
    client_login: Literal["basic", "body"]
    """Where a client's secret is sent: in HTTP's Basic authentication or in the body."""
    single_use: bool
    """Whether a refresh token works once."""
    grace: float
    """For so many seconds a repeated refresh gets the response of the first one."""
    any_port: bool = False
    """Whether a desktop application may be redirected to any port of loopback."""
    successor: str | None = None
    """The name of the provider that replaces this one."""

    def variable(self, what: str) -> str:
        """Return the name of a variable of an application: of its ``CLIENT_ID`` or so."""
        return self.authorize.variable.removesuffix("AUTHORIZE_URL") + what


ProbeFlow: TypeAlias = Generator[Request, Response, Outcome]


class Provider(NamedTuple):
    """An API that tokcheck can check tokens of.

    ``forms`` and ``issuers`` describe its credentials; ``probe`` checks one at the API, given its
    own claims; ``scope`` explains one scope as the provider writes it, and ``scopes`` are the names
    of all; ``same_access`` maps granted scopes to those of a successor, by its title. ``pace`` is
    its rate limit, ``oauth`` its endpoints for tokens. ``remedies`` is the advice after a verdict,
    ``instead`` that for a credential of the wrong kind, ``leaked`` that for one that others may
    have seen.
    """

    name: str
    title: str
    services: Mapping[str, Service]
    pace: Pace
    forms: tuple[CredentialForm, ...]
    issuers: Mapping[str, Issuer]
    probe: Callable[[Credential, Claims | None], ProbeFlow]
    scope: Callable[[str], Scope]
    scopes: tuple[str, ...]
    remedies: Mapping[Verdict, tuple[str, ...]]
    instead: Mapping[Kind, str]
    same_access: Callable[[Sequence[Scope]], Mapping[str, tuple[str, ...]]]
    leaked: Mapping[Kind, str]
    oauth: OAuth


def finder_for(providers: Mapping[str, Provider]) -> CredentialFinder:
    """Return the finder of these providers' credentials."""
    issuers: dict[str, Issuer] = {}
    for provider in providers.values():
        issuers |= provider.issuers
    return CredentialFinder({name: provider.forms for name, provider in providers.items()}, issuers)


Send = Callable[[Provider, Request], Response]
