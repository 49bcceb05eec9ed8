"""Credentials: what kinds there are, how they look, and one that was found.

A provider describes the credentials that its users hold as :class:`Form` values; the paste room
looks for them. A signed token (JWT) needs no form: its issuer claim decides.
"""

from enum import StrEnum
from typing import NamedTuple

from tokcheck.core.secret import Secret


class Kind(StrEnum):
    """What a credential is; the values are part of the public interface."""

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
        """The kind in words, with its article."""
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
    Kind.UNKNOWN: "a text of unknown kind",
}


class Form(NamedTuple):
    """How one kind of a provider's opaque credentials looks.

    ``anchors`` are literals that it cannot be without: the search looks for them and then matches
    ``pattern`` (a regular expression whose group 1 is the credential) from ``reach`` characters
    before one. ``alone`` matches a paste that holds the bare credential and nothing else, for
    forms that only a label tells from other texts. ``shortest`` is how many characters a whole
    one has at least; a shorter one was cut off.
    """

    kind: Kind
    anchors: tuple[str, ...]
    pattern: str
    alone: str = ""
    reach: int = 0
    shortest: int = 0


class Flaw(StrEnum):
    """What is wrong with the text of a credential that was found."""

    CUT_OFF = "incomplete"
    DAMAGED = "malformed"


class Credential(NamedTuple):
    """A credential found in a paste.

    ``provider`` is the name of the provider that it belongs to, where its form or its issuer
    tells. ``flaw`` and ``reason`` (a clause in words) say what is wrong with it as it stands there;
    ``remedy`` is the sentence that says what to do about it.
    """

    kind: Kind
    secret: Secret
    provider: str | None = None
    flaw: Flaw | None = None
    reason: str = ""
    remedy: str = ""
