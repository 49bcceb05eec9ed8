"""What a provider supplies, and the requests and responses that its probe exchanges.

A probe is sans-IO: a generator that yields :class:`Request` values, is sent a
:class:`Response` for each (or has a :class:`~tokcheck.errors.NetError` thrown in), and returns
an :class:`~tokcheck.report.Outcome`. Whoever drives it owns the network and the clock.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from tokcheck.core.credential import Credential, Form, Kind
from tokcheck.core.report import Claims, Outcome, Scope, Verdict
from tokcheck.core.secret import Secret
from tokcheck.paste.finder import CredentialFinder, Issuer


class Service(NamedTuple):
    """One base address of a provider: its default, and the variable that replaces it."""

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
    """One answer: ``headers`` by lower-case name, ``cut`` if the body did not arrive whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    cut: bool = False


class Pace(NamedTuple):
    """How a provider counts calls, as documented, and how a probe is paced by that.

    A ``window`` of ``seconds`` allows ``limit`` calls of one user. A probe sends at most
    ``requests``. ``every`` is the usual number of seconds between two probes of one account,
    ``tells`` whether answers say how many calls are left.
    """

    window: Literal["minute", "hour"]
    seconds: float
    limit: int
    requests: int
    every: float
    tells: bool


class OAuth(NamedTuple):
    """Where and how a provider gives consent and tokens (OAuth 2.0, RFC 6749).

    ``authorize`` is the address of the consent page with its path, ``extra`` what that page is
    sent beside what every provider's is. ``token`` and ``revoke`` are paths of the provider's
    ``service``. ``scopes`` maps the names that people write to what is sent; ``default_scopes``
    are such names. ``client_login`` tells where a client's secret goes: in HTTP's Basic
    authentication or in the body. With ``single_use``, a refresh token works once; a request
    repeated within ``grace`` seconds gets the answer that the first one got. ``any_port`` tells
    that an application on a desktop may be sent back to any port of loopback. ``successor`` is the
    name of the provider where its users go on.
    """

    authorize: Service
    service: str
    token: str
    revoke: str
    scopes: Mapping[str, str]
    default_scopes: tuple[str, ...]
    extra: Mapping[str, str]
    client_login: Literal["basic", "body"]
    single_use: bool
    grace: float
    any_port: bool = False
    successor: str | None = None

    def variable(self, what: str) -> str:
        """Return the name of a variable of an application: of its ``CLIENT_ID`` or so."""
        return self.authorize.variable.removesuffix("AUTHORIZE_URL") + what


ProbeFlow: TypeAlias = Generator[Request, Response, Outcome]


class Provider(NamedTuple):
    """An API that tokcheck knows how to ask.

    ``forms`` and ``issuers`` say how its credentials look; ``probe`` asks about one, given what
    the token says about itself; ``scope`` explains one scope as the provider writes it, and
    ``scopes`` are the names of all; ``same_access`` maps granted scopes to those of a successor,
    by its title. ``pace`` is how it counts calls, ``oauth`` how it gives tokens. ``remedies`` are
    the sentences that say what to do after a verdict, and ``instead`` those after a credential of
    the wrong kind; ``leaked`` says what to do about one that others may have seen.
    """

    name: str
    title: str
    services: Mapping[str, Service]
    pace: Pace
    forms: tuple[Form, ...]
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
