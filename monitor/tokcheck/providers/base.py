"""The interface of a provider, and the requests and responses of its probe.

A probe is sans-IO: a generator that yields :class:`Request` values, is sent a
:class:`Response` for each (or has a :class:`~tokcheck.core.errors.NetError` thrown in), and
returns an :class:`~tokcheck.core.report.Outcome`. Its caller owns the network and the clock.
"""

import re
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Literal, NamedTuple, TypeAlias

from tokcheck.core.claims import read_claims
from tokcheck.core.credential import Credential, CredentialForm, Kind, KnownService
from tokcheck.core.errors import UsageError
from tokcheck.core.report import Claims, Outcome, Quota, Scope, Verdict
from tokcheck.core.secret import Secret
from tokcheck.paste.finder import CredentialFinder, Issuer
from tokcheck.providers.api_errors import ApiError


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

    method: Literal["GET", "HEAD", "POST", "DELETE"]
    service: str
    path: str
    bearer: Secret | None = None
    form: Mapping[str, Secret] | None = None
    basic: tuple[str, Secret] | None = None
    key: tuple[str, str, Secret] | None = None
    """Another header that holds a secret, the word in front of it (or none), and the secret."""
    headers: Mapping[str, str] | None = None
    """Further headers without a secret."""
    fields: Mapping[str, str] | None = None
    """Further fields of the form without a secret."""
    json: str = ""
    """The body as JSON, in place of a form."""


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


class PaceWindow(NamedTuple):
    """A further rate-limit window in which the same requests count."""

    window: str
    """As in :class:`~tokcheck.core.report.Quota`."""
    seconds: float
    """The length of the window."""
    limit: int
    """The documented limit of the window."""
    cost: int = 1
    """How much of it one request costs."""


class Pace(NamedTuple):
    """A provider's documented rate limit, and how often a probe may use it."""

    window: str
    """As in :class:`~tokcheck.core.report.Quota`."""
    seconds: float
    """The length of the window."""
    limit: int
    """Requests of one user in a window, or of all of an application's users."""
    requests: int
    """The most requests that one probe sends."""
    every: float
    """The usual number of seconds between two probes of one account."""
    reports_remaining: bool
    """Whether responses hold the number of remaining requests."""
    cost: int = 1
    """How much of the window one request costs; 0 if it does not count."""
    owner: Literal["user", "project"] = "user"
    """Whether the windows count one user's requests, or those of all users of an application."""
    shortest: float = 0.0
    """The least number of seconds between two probes of one account."""
    further: tuple[PaceWindow, ...] = ()
    """The other windows."""


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
    endpoints: OAuth | None
    """The OAuth endpoints that issue and revoke its tokens; ``None`` if they are not declared."""
    read_error: Callable[[Response], Outcome]
    """Reads an error response of the API without the request, as a message reports it."""
    read_quota: Callable[[Response], tuple[Quota, ...]]
    """Reads the rate limits that an accepted response to any request of the API reports."""
    error_signs: tuple[str, ...]
    """Words that name it in an error message, in lower case: hosts, headers, libraries."""
    error_name: str
    """The word for it that such a message holds at least, in lower case."""
    error_marks: frozenset[str] = frozenset()
    """Texts that occur in the values of its errors alone: hosts of its documentation, and words.
    In lower case."""
    token_title: Callable[[Claims | None], str] | None = None
    """Names a token by its claims, if tokens of its form may be for other APIs, too."""
    issuer_title: str = ""
    """The issuer of its credentials, if their form shows that and not the API."""
    recognition: KnownService | None = None
    """How the credentials of a declared provider look, and what names it in a text."""
    quota_headers: frozenset[str] = frozenset()
    """Headers, in lower case, that hold its rate limits under names of their own."""
    quota_buckets: frozenset[tuple[str, str]] = frozenset()
    """Headers that name a limit, and their values in responses about one that is read."""
    credential_header: str = "Authorization"
    """The header of a request that holds a token of a login."""
    credential_scheme: str = "Bearer"
    """The word in front of that token; empty for none."""
    quota_in_body: bool = False
    """Whether the JSON of an accepted response may hold rate limits."""
    refuses_in_success: bool = False
    """Whether a response with a status of success may be a refusal, which its body shows."""
    accepts_signed: bool = False
    """Whether a signed token of an unknown issuer may be its access token."""
    token_seconds: float | None = None
    """How long its access tokens live, where that is documented and no token says it."""
    check_scope: str = ""
    """The scope without which a probe is refused, where no response reports scopes."""
    reports_scopes: bool = False
    """Whether responses of a declared API report the scopes of some tokens."""
    read_claims: Callable[[Secret], Claims | None] = read_claims
    """Returns what a signed token says of itself; ``None`` if it cannot be decoded."""
    set_addresses: Mapping[str, str] = {}
    """The base addresses, by service, that the user sets in place of its own."""

    def address_of(self, service: str) -> str:
        """Return the base address of a service that is in use."""
        return self.set_addresses.get(service, self.services[service].address)

    @property
    def oauth(self) -> OAuth:
        """The OAuth endpoints.

        :raises UsageError: if the declaration of the provider has none.
        """
        return self.require_oauth()

    @property
    def has_lasting_tokens(self) -> bool:
        """Whether a login may bring a token that does not expire, and no refresh token."""
        return self.endpoints is not None and self.endpoints.lasting_tokens

    def require_oauth(self) -> OAuth:
        """Return the OAuth endpoints; raises :class:`UsageError` if none are declared."""
        if self.endpoints is None:
            raise UsageError(
                f"The declaration of the {self.title} has no OAuth endpoints.",
                "Add [oauth] to it, or check an access token: tokcheck validate",
            )
        return self.endpoints

    @property
    def revocable(self) -> frozenset[Kind]:
        """The kinds of tokens that end their grant at the provider."""
        if self.endpoints is None or not self.endpoints.revoke:
            return frozenset()
        if self.endpoints.deauthorization is not None:
            return frozenset({Kind.ACCESS_TOKEN})
        return frozenset({Kind.ACCESS_TOKEN, Kind.REFRESH_TOKEN})

    def may_own(self, credential: Credential) -> bool:
        """Return whether a credential of no known form may be its access token."""
        is_signed = credential.kind is Kind.JWT_OTHER and self.accepts_signed
        is_of_no_form = credential.kind is Kind.UNKNOWN or is_signed
        return is_of_no_form and credential.flaw is None and not credential.service

    @property
    def is_declared(self) -> bool:
        """Whether the provider is a declaration."""
        return self.recognition is not None

    def form_words(self, credential: Credential) -> str:
        """Return what a declaration calls a credential of this form; empty if it does not say."""
        forms = self.recognition.forms if self.recognition is not None else ()
        named = (
            form.words
            for form in forms
            if form.kind is credential.kind
            and credential.secret.has_form(re.escape(form.prefix) + form.rest)
        )
        return next(named, "")

    def title_of(self, claims: Claims | None) -> str:
        """Return the name that stands before the word token in sentences."""
        return self.title if self.token_title is None else self.token_title(claims)

    def describe(self, words: str, claims: Claims | None = None) -> str:
        """Return a kind of credential with its API, or with its issuer if the API is not known."""
        if self.issuer_title and self.title_of(claims) != self.title:
            return f"a {self.issuer_title} {words.partition(' ')[2]}"
        return f"{words} of the {self.title}"


def provider_key(name: str) -> str:
    """Return a provider's name as tables have it, for one as people write it: ``Google_Health``."""
    return name.strip().lower().replace("_", "-")


def finder_for(providers: Mapping[str, Provider]) -> CredentialFinder:
    """Return the finder of these providers' credentials."""
    issuers: dict[str, Issuer] = {}
    for provider in providers.values():
        issuers |= provider.issuers
    declared = tuple(each.recognition for each in providers.values() if each.recognition)
    return CredentialFinder(
        {name: provider.forms for name, provider in providers.items()},
        issuers,
        partial(_load_services, declared),
        partial(providers_at_addresses, tuple(providers.values())),
    )


def providers_at_addresses(providers: Iterable[Provider]) -> Mapping[str, frozenset[str]]:
    """Return the names of the providers at each address in use, by its host and port."""
    from tokcheck.paste.context.owners.hosts import address_key  # noqa: PLC0415 - seldom needed

    in_use: dict[str, frozenset[str]] = {}
    for provider in providers:
        for service in provider.services:
            key = address_key(provider.address_of(service))
            in_use[key] = in_use.get(key, frozenset()) | {provider.name}
    in_use.pop("", None)
    return in_use


def _load_services(declared: tuple[KnownService, ...]) -> Sequence[KnownService]:
    """Return the services of declared providers that are in use, and those only recognised."""
    # Most pastes hold a provider's token alone.
    from tokcheck.providers.known_services import KNOWN_SERVICES  # noqa: PLC0415

    if not declared:
        return KNOWN_SERVICES
    names = {name for service in declared for name in service.names}
    return (*declared, *(each for each in KNOWN_SERVICES if not names & set(each.names)))


Send = Callable[[Provider, Request], Response]
