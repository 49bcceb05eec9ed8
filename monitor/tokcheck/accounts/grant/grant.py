"""Grants: one account's consent and its current tokens. Pure values."""

from math import inf
from typing import NamedTuple

from tokcheck.core.claims import read_claims
from tokcheck.core.expiry import (
    cautious_expiry,
    earliest,
    is_in_future,
    is_valid_for,
    known_expiry,
)
from tokcheck.core.secret import Secret


class Client(NamedTuple):
    """An application that is registered at a provider.

    ``secret`` is ``None`` for a public client, which PKCE alone protects.
    """

    provider: str
    client_id: str
    secret: Secret | None


class Tokens(NamedTuple):
    """The response of a token endpoint; lifetimes in seconds, ``None`` for missing fields."""

    access: Secret
    refresh: Secret | None = None
    expires_in: float | None = None
    refresh_expires_in: float | None = None
    scopes: tuple[str, ...] | None = None
    user_id: str | None = None
    clock_skew: float | None = None
    """The server's clock minus this computer's, if the response had a date."""


class Grant(NamedTuple):
    """One account's consent and its current tokens; times are Unix seconds.

    ``scopes`` are in the provider's notation. ``refresh_expires_at`` is known only if the
    provider limits the life of the refresh token.
    """

    name: str
    client: Client
    access: Secret
    refresh: Secret | None
    expires_at: float | None
    """As it was recorded; decisions need :meth:`known_expiry`."""
    refresh_expires_at: float | None
    scopes: tuple[str, ...]
    user_id: str | None
    obtained_at: float
    clock_skew: float | None = None
    """The server's clock minus this computer's in seconds, when ``expires_at`` was counted by the
    latter; ``None`` if that is not known, if the token itself contains the expiry, or if this
    computer's clock was not set since."""

    @property
    def is_lasting(self) -> bool:
        """Whether its access token has no known end, and there is no refresh token.

        Such a token is of use until the API refuses it; only a new login replaces it.
        """
        return self.refresh is None and self.expires_at is None and len(self.access) > 0

    def known_expiry(self, now: float) -> float | None:
        """Return when the access token expires; ``None`` if that is not known at ``now``."""
        return known_expiry(self.expires_at, self.obtained_at, now, self.clock_skew)

    def known_refresh_expiry(self, now: float) -> float | None:
        """Return when the refresh token expires; ``None`` if that is not known at ``now``."""
        return known_expiry(self.refresh_expires_at, self.obtained_at, now, self.clock_skew)

    def is_valid_for(self, seconds: float, now: float) -> bool:
        """Return whether the access token is valid for more than ``seconds`` from ``now``.

        A lasting one is, as far as anybody knows.
        """
        if self.is_lasting:
            return True
        ends = self.known_expiry(now)
        return ends is not None and is_valid_for(
            cautious_expiry(ends, self.clock_skew), seconds, now
        )

    def with_tokens(self, tokens: Tokens, obtained_at: float) -> "Grant":
        """Return the grant with the tokens from a refresh; fields missing there are unchanged."""
        has_refresh_token = tokens.refresh is not None
        refresh_expires_at = _after(tokens.refresh_expires_in, obtained_at)
        return self._replace(
            access=tokens.access,
            refresh=tokens.refresh if has_refresh_token else self.refresh,
            expires_at=_token_expiry(tokens, obtained_at),
            refresh_expires_at=refresh_expires_at
            if has_refresh_token or refresh_expires_at
            else self.refresh_expires_at,
            scopes=self.scopes if tokens.scopes is None else tokens.scopes,
            user_id=tokens.user_id or self.user_id,
            obtained_at=obtained_at,
            clock_skew=_skew_of_expiry(tokens, obtained_at),
        )


def grant_from_tokens(name: str, client: Client, tokens: Tokens, obtained_at: float) -> Grant:
    """Return the grant for tokens from a code exchange at ``obtained_at`` (Unix seconds)."""
    return Grant(
        name=name,
        client=client,
        access=tokens.access,
        refresh=tokens.refresh,
        expires_at=_token_expiry(tokens, obtained_at),
        refresh_expires_at=_after(tokens.refresh_expires_in, obtained_at),
        scopes=tokens.scopes or (),
        user_id=tokens.user_id,
        obtained_at=obtained_at,
        clock_skew=_skew_of_expiry(tokens, obtained_at),
    )


def _token_expiry(tokens: Tokens, obtained_at: float) -> float | None:
    """Return the earlier one of the token's own expiry and of the end of its lifetime.

    If its own had passed when it came, this computer's clock is ahead: the lifetime counts alone.
    """
    own, counted = own_expiry(tokens.access), _after(tokens.expires_in, obtained_at)
    is_disproved = counted is not None and is_in_future(obtained_at, own or inf)
    return counted if is_disproved else earliest(own, counted)


def _skew_of_expiry(tokens: Tokens, obtained_at: float) -> float | None:
    """Return the skew, if the expiry is the end of a lifetime; a token's own is the server's."""
    own, ends = own_expiry(tokens.access), _token_expiry(tokens, obtained_at)
    if own == ends:
        return None
    if tokens.clock_skew is None and own is not None and ends is not None and own < ends:
        return own - ends
    return tokens.clock_skew


def own_expiry(access: Secret) -> float | None:
    """Return the expiry that a signed token contains, in Unix seconds of its issuer's clock."""
    claims = read_claims(access) if access.is_signed else None
    return None if claims is None or claims.expires_at is None else claims.expires_at.timestamp()


def _after(seconds: float | None, moment: float) -> float | None:
    return None if seconds is None else moment + seconds
