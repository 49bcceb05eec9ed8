"""An API that tokcheck can check tokens of: its facts, its documented rate limit, its probe."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from tokcheck.core.claims import read_claims
from tokcheck.core.credential import Credential, CredentialForm, Kind, KnownService
from tokcheck.core.errors import UsageError
from tokcheck.core.report import Claims, Outcome, Quota, Scope, Verdict
from tokcheck.core.secret import Secret
from tokcheck.paste.finder import Issuer
from tokcheck.providers.base.messages import ProbeFlow, Request, Response
from tokcheck.providers.base.provider_addresses import OAuth, ServiceAddress


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
    owner: Literal["user", "project"] = "user"
    """As in a pace."""


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
    """Whether the window counts one user's requests, or those of all users of an application."""
    shortest: float = 0.0
    """The least number of seconds between two probes of one account."""
    further: tuple[PaceWindow, ...] = ()
    """The other windows. If there is one of an application, the first is, too."""


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
    contained_scopes: Mapping[str, frozenset[str]] = {}
    """The scopes that a declared scope grants as well, all in lower case."""
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
                "A login needs [oauth] in a declaration of your own. To check an access token: "
                "tokcheck validate",
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
            for merged in forms
            for form in merged.alike or (merged,)
            if form.kind is credential.kind
            and credential.secret.has_form(f"{re.escape(form.prefix)}(?:{form.rest})")
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


Send = Callable[[Provider, Request], Response]
