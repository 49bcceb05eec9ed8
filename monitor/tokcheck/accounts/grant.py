"""Grants, and stored accounts with the state of their refresh. Pure values."""

from collections.abc import Sequence
from enum import StrEnum
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

    def known_expiry(self, now: float) -> float | None:
        """Return when the access token expires; ``None`` if that is not known at ``now``."""
        return known_expiry(self.expires_at, self.obtained_at, now, self.clock_skew)

    def known_refresh_expiry(self, now: float) -> float | None:
        """Return when the refresh token expires; ``None`` if that is not known at ``now``."""
        return known_expiry(self.refresh_expires_at, self.obtained_at, now, self.clock_skew)

    def is_valid_for(self, seconds: float, now: float) -> bool:
        """Return whether the access token is valid for more than ``seconds`` from ``now``."""
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
    """Return the earlier one of the token's own expiry and of the end of its lifetime."""
    return earliest(own_expiry(tokens.access), _after(tokens.expires_in, obtained_at))


def _skew_of_expiry(tokens: Tokens, obtained_at: float) -> float | None:
    """Return the skew, if the expiry is the end of a lifetime; a token's own is the server's."""
    is_own = _token_expiry(tokens, obtained_at) == own_expiry(tokens.access)
    return None if is_own else tokens.clock_skew


def own_expiry(access: Secret) -> float | None:
    """Return the expiry that a signed token contains, in Unix seconds of its issuer's clock."""
    claims = read_claims(access) if access.is_signed else None
    return None if claims is None or claims.expires_at is None else claims.expires_at.timestamp()


def _after(seconds: float | None, moment: float) -> float | None:
    return None if seconds is None else moment + seconds


_TAKEN_UP = ", then "


class Intent(NamedTuple):
    """An unfinished refresh: its request may have been sent, and no response was stored.

    ``fingerprint`` is that of its refresh token, ``began_at`` is in Unix seconds, and ``holder``
    names the process.
    """

    fingerprint: str
    began_at: float
    holder: str

    def issued_at(self, last_sent_at: float, grace: float) -> float:
        """Return the earliest moment at which the tokens of the last request may have been issued.

        Within ``grace`` seconds, a response repeats that of the first request.
        """
        if is_in_future(self.began_at, last_sent_at):  # the clock was set back since
            return last_sent_at - grace
        return self.began_at if last_sent_at - self.began_at <= grace else last_sent_at

    def taken_up_by(self, holder: str) -> "Intent":
        """Return the intent with the process that finishes it beside the one that began it."""
        first = self.holder.partition(_TAKEN_UP)[0]
        return self if holder == first else self._replace(holder=f"{first}{_TAKEN_UP}{holder}")


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
    """The vault does not hold a secret any more; detected at each read, never stored."""

    APPLICATION = "application"
    """The provider refused the application: its id, its secret or the whole of it."""

    SERVICE_GONE = "service_gone"
    """The token endpoint was switched off (HTTP 410)."""

    @property
    def is_of_grant(self) -> bool:
        """Whether the grant itself is broken, so that nothing but another one helps."""
        return self not in {BrokenReason.APPLICATION, BrokenReason.SERVICE_GONE}


class Refused(NamedTuple):
    """What a provider refused besides the grant: if it changes, a refresh is tried again."""

    code: str
    """The error code of the response."""

    address: str
    """The base address of the token endpoint."""

    secrets: tuple[str, ...] = ()
    """The fingerprints of the application's secrets that were tried; an empty one for none."""


class Broken(NamedTuple):
    """Why and since when an account cannot be refreshed; facts: sentences are rendered later."""

    at: float
    """When that was detected, in Unix seconds."""

    reason: BrokenReason

    detail: str = ""
    """The provider's text (refused, application), the other account's name (duplicate), or the
    vault (secret_lost)."""

    intent: Intent | None = None
    """The refresh whose response was lost (interrupted)."""

    refused: Refused | None = None
    """What was refused (application, service_gone)."""

    @property
    def code(self) -> str:
        """The code in JSON output: the protocol's error code where there is one."""
        if self.refused is not None:
            return self.refused.code
        own_codes = {BrokenReason.DUPLICATE, BrokenReason.SECRET_LOST}
        return self.reason.value if self.reason in own_codes else "invalid_grant"

    def applies_to(self, address: str, secrets: Sequence[str]) -> bool:
        """Return whether a refresh would only repeat what was refused.

        ``address`` is the base address of the token endpoint now, and ``secrets`` are the
        fingerprints of the secrets that would be tried.
        """
        if self.refused is None:
            return True
        if address != self.refused.address:
            return False
        return self.reason is BrokenReason.SERVICE_GONE or set(secrets) <= set(self.refused.secrets)

    def is_known_by(self, other: "Broken | None") -> bool:
        """Return whether ``other`` is the same cause, detected before."""
        if other is None or (self.reason, self.code) != (other.reason, other.code):
            return False
        if self.intent is not None:  # each lost response is a cause of its own
            return False
        addresses = [one.refused and one.refused.address for one in (self, other)]
        return addresses[0] == addresses[1]


class RefreshLimit(NamedTuple):
    """The moment before which no refresh is sent, since the token endpoint is rate-limited."""

    since: float
    """When the response came that says so, in Unix seconds."""

    until: float
    """The moment, in Unix seconds."""

    address: str
    """The base address of the token endpoint."""

    def applies_to(self, address: str, now: float) -> bool:
        """Return whether a refresh at ``now`` comes too early for the endpoint at ``address``."""
        return address == self.address and self.is_in_force(now)

    def is_in_force(self, now: float) -> bool:
        """Return whether the moment has not come; it is not known if the clock was set back."""
        return now < self.until and not is_in_future(self.since, now)


class StoredAccount(NamedTuple):
    """One account in the store; ``revision`` grows with every change of its tokens.

    ``is_refreshing`` is whether a process was seen to refresh it now; the store does not know that.
    """

    grant: Grant
    revision: int
    intent: Intent | None
    broken: Broken | None
    limit: RefreshLimit | None = None
    is_refreshing: bool = False

    def needs_no_refresh(self, min_ttl: float, now: float) -> bool:
        """Return whether no refresh is needed.

        That is the case if none is unfinished and the access token is valid for more than
        ``min_ttl`` seconds from ``now``.
        """
        return self.intent is None and self.grant.is_valid_for(min_ttl, now)
