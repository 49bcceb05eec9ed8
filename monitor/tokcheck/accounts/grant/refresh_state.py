"""The state of a grant's refresh, and the stored account that has both. Pure values."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from tokcheck.accounts.grant.grant import Grant
from tokcheck.core.expiry import (
    is_in_future,
)

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
    """A refusal that is not about the grant: if its cause changes, a refresh is tried again."""

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
    """The refresh with the lost response (interrupted)."""

    refused: Refused | None = None
    """The refusal (application, service_gone)."""

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


class LimitCode(StrEnum):
    """Why a token endpoint wants no refresh before a moment; the values are stored."""

    RATE_LIMITED = "rate_limited"
    """It has received too many requests."""

    SERVER_ERROR = "server_error"
    """It was unavailable."""


class RefreshLimit(NamedTuple):
    """The moment before which no refresh is sent, as the token endpoint requested."""

    since: float
    """When the response came that says so, in Unix seconds."""

    until: float
    """The moment, in Unix seconds."""

    address: str
    """The base address of the token endpoint."""

    code: LimitCode = LimitCode.RATE_LIMITED

    covers_intent: bool = False
    """Whether the endpoint responded so to every request of an unfinished refresh.

    It waits then; if not, one of the requests may have been carried out."""

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
