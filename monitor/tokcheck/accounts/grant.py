"""Grants: what a person consented to, as an account keeps it. Pure values.

How a stored account stands: its grant, and what is under way or wrong with it.
"""

from enum import StrEnum
from typing import NamedTuple

from tokcheck.core.expiry import is_valid_for
from tokcheck.core.secret import Secret


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

    def is_valid_for(self, seconds: float, now: float) -> bool:
        """Tell whether the access token is known to live for more than ``seconds`` from now."""
        return is_valid_for(self.expires_at, seconds, now)

    def with_tokens(self, tokens: Tokens, obtained_at: float) -> "Grant":
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


def grant_from_tokens(name: str, client: Client, tokens: Tokens, obtained_at: float) -> Grant:
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


def _after(seconds: float | None, moment: float) -> float | None:
    return None if seconds is None else moment + seconds


class Intent(NamedTuple):
    """A refresh that was begun and is not known to have ended.

    ``fingerprint`` is that of the refresh token which is used for it; ``began_at`` is in Unix
    seconds, ``holder`` says who began it.
    """

    fingerprint: str
    began_at: float
    holder: str


class BrokenReason(StrEnum):
    """Why a grant cannot be refreshed any more; the values are stored."""

    REFUSED = "refused"
    """The provider refused the refresh token."""

    SIGN_IN_REQUIRED = "sign_in_required"
    """The user's organization ended the session; the user has to sign in again."""

    INTERRUPTED = "interrupted"
    """The response to a refresh was lost, and with it the next refresh token."""

    DUPLICATE = "duplicate"
    """Another account has the same refresh token."""

    SECRET_LOST = "secret_lost"  # noqa: S105 - the name of a reason
    """The vault does not hold a secret any more; found out at each read, never stored."""

    @property
    def code(self) -> str:
        """The code in JSON output: the protocol's error code where there is one."""
        own = {BrokenReason.DUPLICATE, BrokenReason.SECRET_LOST}
        return self.value if self in own else "invalid_grant"


class Broken(NamedTuple):
    """Why and since when a grant cannot be refreshed any more; no text that is shown as it is."""

    at: float
    """When that was found out, in Unix seconds."""

    reason: BrokenReason

    detail: str = ""
    """The provider's own words (refused), the other account's name (duplicate), or the vault
    (secret_lost)."""

    intent: Intent | None = None
    """The refresh of which the response was lost (interrupted)."""


class StoredAccount(NamedTuple):
    """One account as the store has it; ``revision`` grows with every change of its tokens."""

    grant: Grant
    revision: int
    intent: Intent | None
    broken: Broken | None

    def needs_no_refresh(self, min_ttl: float, now: float) -> bool:
        """Tell whether there is nothing to do.

        That is so if the access token lives for more than ``min_ttl`` seconds from ``now`` and no
        refresh was left behind.
        """
        return self.intent is None and self.grant.is_valid_for(min_ttl, now)
