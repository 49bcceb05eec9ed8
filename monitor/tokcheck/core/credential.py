"""Credentials: their kinds, how they look, and one that was found in a text.

A provider describes its opaque credentials as :class:`CredentialForm` values, for which ``paste``
searches. A signed token (JWT) needs none: its issuer claim decides.
"""

from enum import StrEnum
from typing import NamedTuple

from tokcheck.core.secret import Secret


class Kind(StrEnum):
    """The kinds of credentials; the values are part of the public interface."""

    ACCESS_TOKEN = "access_token"  # noqa: S105 - a kind's name
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - a kind's name
    AUTHORIZATION_CODE = "authorization_code"
    CLIENT_ID = "client_id"
    CLIENT_SECRET = "client_secret"  # noqa: S105 - a kind's name
    ID_TOKEN = "id_token"  # noqa: S105 - a kind's name
    API_KEY = "api_key"
    BASIC_CREDENTIALS = "basic_credentials"
    JWT_OTHER = "jwt_other"
    PLACEHOLDER = "placeholder"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        """The kind in words, with an article."""
        return _WORDS[self]


_WORDS = {
    Kind.ACCESS_TOKEN: "an access token",
    Kind.REFRESH_TOKEN: "a refresh token",
    Kind.AUTHORIZATION_CODE: "an authorization code",
    Kind.CLIENT_ID: "a client id",
    Kind.CLIENT_SECRET: "a client secret",
    Kind.ID_TOKEN: "an ID token",
    Kind.API_KEY: "an API key",
    Kind.BASIC_CREDENTIALS: "Basic credentials (client id and secret)",
    Kind.JWT_OTHER: "another service's token",
    Kind.PLACEHOLDER: "a placeholder",
    Kind.UNKNOWN: "a string of unknown kind",
}


class CredentialForm(NamedTuple):
    """How one kind of a provider's opaque credentials looks."""

    kind: Kind
    anchors: tuple[str, ...]
    """Literals that every one contains; the search looks for these first."""
    pattern: str
    """A regular expression with the credential as group 1, matched at an anchor."""
    alone: str = ""
    """Matches a paste that is nothing but the credential, where only a label identifies it."""
    reach: int = 0
    """How many characters before the anchor the pattern may begin."""
    shortest: int = 0
    """The length of the shortest complete one; a shorter one was cut off."""
    usual: int = 0
    """The length of the shortest usual one; a shorter one may be cut off."""
    decisive: bool = True
    """Whether its characters identify the provider; otherwise the text around it has to."""


class ServiceForm(NamedTuple):
    """How one kind of a known service's tokens looks."""

    words: str
    """A noun with its article and the service's name."""
    prefix: str
    """The literal that every one begins with."""
    rest: str
    """A regular expression for what follows the prefix."""
    kind: Kind = Kind.API_KEY
    whole: str = ""
    """A regular expression for what follows the prefix of those that are whole, whatever follows
    them: tokens have this length."""
    is_secret: bool = True
    """Whether it gives access; an id that only names an account does not."""
    alike: tuple["ServiceForm", ...] = ()
    """The declared forms with its prefix and kind, if they are several; each has its own words."""


class KnownService(NamedTuple):
    """A service with tokens that are recognised; without ``provider`` they are sent nowhere."""

    title: str
    """Its name in sentences."""
    names: tuple[str, ...]
    """The words that name it in a host, a key or a label, in lower case."""
    forms: tuple[ServiceForm, ...] = ()
    """Its tokens that have a prefix of their own."""
    provider: str = ""
    """The name of the declared provider that it is."""
    bare: tuple[ServiceForm, ...] = ()
    """Its tokens without a prefix: its own only where the text around them names it."""
    signed: bool = False
    """Whether its access tokens are signed ones: its own by their issuer, or by the text around."""
    issuers: tuple[str, ...] = ()
    """The ``iss`` claims of its signed tokens; empty if they are not declared."""
    hosts: tuple[str, ...] = ()
    """The hosts of its declared addresses, in lower case."""
    sent_in: tuple[tuple[str, str], ...] = ()
    """The headers of its own that hold its tokens, in lower case, and the word before a token."""


class Flaw(StrEnum):
    """Flaws of the text of a credential."""

    CUT_OFF = "incomplete"
    DAMAGED = "malformed"


class Credential(NamedTuple):
    """A credential found in a paste."""

    kind: Kind
    secret: Secret
    provider: str | None = None
    """The name of its provider; ``None`` if neither its form nor its issuer identifies one."""
    flaw: Flaw | None = None
    reason: str = ""
    """A clause that explains the flaw; what a placeholder is, as a sentence without its end."""
    remedy: str = ""
    """A sentence: what to do about the flaw or the placeholder."""
    service: str = ""
    """Its description, if it was issued by a service that is not a provider; it is sent nowhere."""
    form: str = ""
    """A clause that describes the form of one that could be several services'."""
    doubt: str = ""
    """A sentence about what may be wrong with it, if that is not certain."""
    is_sent_elsewhere: bool = False
    """Whether the text around it sends it to a host of no known provider."""
    sharing: tuple[str, ...] = ()
    """The names of the providers that share its prefix, if nothing says which one issued it."""

    @property
    def words(self) -> str:
        """Its kind in words, with an article."""
        return self.service or self.kind.words

    @property
    def is_secret(self) -> bool:
        """Whether it must not be shown where it stands in the place of another value.

        A text of unknown kind may be a name, unless it looks like a token that was damaged.
        """
        if self.kind is Kind.UNKNOWN:
            return self.flaw is not None or bool(self.service or self.form)
        return self.kind not in {Kind.PLACEHOLDER, Kind.CLIENT_ID}


# Where a response is read without the request that it belongs to.
NO_CREDENTIAL = Credential(Kind.UNKNOWN, Secret(""))
