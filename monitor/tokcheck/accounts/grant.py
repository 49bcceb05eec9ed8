"""Grants: what a person consented to, as an account keeps it. Pure values."""

from typing import NamedTuple

from tokcheck.errors import UsageError
from tokcheck.lazy import Lazy
from tokcheck.redact import plain, redact
from tokcheck.secret import Secret

LONGEST_NAME = 100

# Words with a number at their end, joined: no token is made so, however long the name gets.
_WORDS = Lazy(r"[^\W\d_]*[0-9]*(?:[-_.@ ][^\W\d_]*[0-9]*)*")


class Client(NamedTuple):
    """An application as its provider knows it.

    ``secret`` is ``None`` for an application that cannot keep one: PKCE alone protects it.
    """

    provider: str
    client_id: str
    secret: Secret | None


class Tokens(NamedTuple):
    """What a token endpoint handed out; lifetimes in seconds, ``None`` for what it did not say."""

    access: Secret
    refresh: Secret | None = None
    expires_in: float | None = None
    refresh_expires_in: float | None = None
    scopes: tuple[str, ...] | None = None
    user_id: str | None = None


class Grant(NamedTuple):
    """One account's consent and its present tokens; moments are Unix seconds.

    ``scopes`` are written as the provider writes them. ``refresh_expires_at`` is known only
    where the provider limits the refresh token's life.
    """

    name: str
    client: Client
    access: Secret
    refresh: Secret | None
    expires_at: float | None
    refresh_expires_at: float | None
    scopes: tuple[str, ...]
    user_id: str | None
    obtained_at: float

    def lives(self, seconds: float, now: float) -> bool:
        """Tell whether the access token is known to live for more than ``seconds`` from now."""
        return self.expires_at is not None and self.expires_at - now > seconds

    def renewed(self, tokens: Tokens, obtained_at: float) -> "Grant":
        """Return the grant with the answer to a refresh; what that does not name stays."""
        refreshed = tokens.refresh is not None
        ends = _after(tokens.refresh_expires_in, obtained_at)
        return self._replace(
            access=tokens.access,
            refresh=tokens.refresh if refreshed else self.refresh,
            expires_at=_after(tokens.expires_in, obtained_at),
            refresh_expires_at=ends if refreshed or ends else self.refresh_expires_at,
            scopes=self.scopes if tokens.scopes is None else tokens.scopes,
            user_id=tokens.user_id or self.user_id,
            obtained_at=obtained_at,
        )


def granted(name: str, client: Client, tokens: Tokens, obtained_at: float) -> Grant:
    """Return the grant that a code was exchanged for at ``obtained_at`` (Unix seconds)."""
    return Grant(
        name=name,
        client=client,
        access=tokens.access,
        refresh=tokens.refresh,
        expires_at=_after(tokens.expires_in, obtained_at),
        refresh_expires_at=_after(tokens.refresh_expires_in, obtained_at),
        scopes=tokens.scopes or (),
        user_id=tokens.user_id,
        obtained_at=obtained_at,
    )


def checked_name(name: str) -> str:
    """Return an account's name if it can be one.

    :raises UsageError: if it is empty, too long, not all printable, or looks like a token.
    """
    flaw = _flaw(name)
    if flaw:
        raise UsageError(
            f"This cannot be the name of an account: {flaw}.",
            f"Choose up to {LONGEST_NAME} visible characters, such as a first name or a number.",
        )
    return name


def _flaw(name: str) -> str:
    if not name:
        return "it is empty"
    if _looks_like_a_token(name):
        return "it looks like a token, and names are shown to everybody"
    if len(name) > LONGEST_NAME:
        return f"it is longer than {LONGEST_NAME} characters"
    if not name.isprintable() or name != plain(name):
        return "it holds what nobody can see, or spaces at an end or side by side"
    return ""


def _looks_like_a_token(name: str) -> bool:
    clean = plain(name)
    if redact(clean) == clean:
        return False
    parts = plain(clean.replace("-", " ").replace("_", " "))
    return _WORDS.fullmatch(clean) is None or redact(parts) != parts


def _after(seconds: float | None, moment: float) -> float | None:
    return None if seconds is None else moment + seconds
