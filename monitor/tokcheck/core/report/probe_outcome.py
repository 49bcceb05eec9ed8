"""The result of a provider's probe: its verdict, and what the responses say."""

from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from tokcheck.core.report.quotas import Quota


class Verdict(StrEnum):
    """The conclusion of a check; the values are part of the public interface."""

    VALID = "valid"
    UNVERIFIED = "unverified"
    EXPIRED = "expired"
    REVOKED_OR_INVALID = "revoked_or_invalid"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    RATE_LIMITED = "rate_limited"
    SERVICE_GONE = "service_gone"
    API_DISABLED = "api_disabled"
    ACCOUNT_NOT_LINKED = "account_not_linked"
    PROFILE_MISSING = "profile_missing"
    GRANT_BROKEN = "grant_broken"
    NOT_PERMITTED = "not_permitted"
    MALFORMED = "malformed"
    INCOMPLETE = "incomplete"
    WRONG_KIND = "wrong_kind"
    WRONG_PROVIDER = "wrong_provider"
    PLACEHOLDER = "placeholder"
    NO_TOKEN = "no_token"  # noqa: S105 - a verdict's name
    AMBIGUOUS = "ambiguous"
    UNDETERMINED = "undetermined"


class Claims(NamedTuple):
    """The claims of an access token about itself: never proof.

    A signed token carries them; those of an opaque one come from its issuer's tokeninfo. A claim is
    ``None`` if it is missing or cannot be read.
    """

    client_id: str | None = None
    """The application that the token was issued to."""
    user_id: str | None = None
    """The user that the token gives access to."""
    issued_at: datetime | None = None
    """When the token was issued."""
    expires_at: datetime | None = None
    """When the token expires."""
    scopes: tuple[str, ...] | None = None
    """The granted scopes, as the provider writes them."""
    notes: tuple[str, ...] = ()
    """Sentences about claims of a wrong type."""

    @property
    def lifetime_seconds(self) -> int | None:
        """Seconds from issue to expiry."""
        if self.issued_at is None or self.expires_at is None:
            return None
        return round((self.expires_at - self.issued_at).total_seconds())

    def seconds_left(self, now: datetime) -> float | None:
        """Seconds from ``now`` to the expiry, negative if it is past; ``None`` if not known."""
        return None if self.expires_at is None else (self.expires_at - now).total_seconds()


class Device(NamedTuple):
    """One paired device.

    ``last_sync`` is the time as the provider wrote it: RFC 3339 if ``last_sync_zone`` is ``utc``;
    a local time without a zone, in the account's own time, if it is ``account-local``.
    """

    name: str
    type: str | None
    battery: str | None
    battery_percent: int | None
    last_sync: str | None
    last_sync_zone: Literal["utc", "account-local"] | None


class ProbeError(NamedTuple):
    """The error that an upstream response names, redacted."""

    type: str | None
    message: str | None


class Outcome(NamedTuple):
    """The result of a provider's probe."""

    verdict: Verdict
    """The conclusion about the token."""
    detail: str = ""
    """A clause that completes the verdict: the name of a missing scope, or a reason."""
    advice: tuple[str, ...] = ()
    """Whole sentences: what to do, or what the probe noticed."""
    status: int | None = None
    """The HTTP status of the deciding response; ``None`` if there was none."""
    error: ProbeError | None = None
    """The error that the deciding response names."""
    quota: tuple[Quota, ...] = ()
    """The rate-limit windows, from response headers or as documented."""
    devices: tuple[Device, ...] = ()
    """The account's paired devices."""
    claims: Claims | None = None
    """Claims that replace the token's own, where the provider knows more."""
    devices_failed: bool = False
    """Whether the request for the devices failed, so that ``devices`` means nothing."""
    retry_at: datetime | None = None
    """The moment before which the server wants no further request."""
    remedy: tuple[str, ...] | None = None
    """Advice in place of the provider's usual one for the verdict; ``None`` for the usual one."""
    missing_scopes: tuple[str, ...] = ()
    """The scopes that the server requires and the token lacks, as far as that is known."""
    limits: tuple[str, ...] = ()
    """The names of the limits that the response reports as exceeded."""
