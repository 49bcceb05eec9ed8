"""The value types of a report: what one check found out. All times are aware, in UTC."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from tokcheck.core.credential import Credential


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
    """What an access token says about itself: never proof.

    A signed token carries them; those of an opaque one come from its issuer's tokeninfo.
    ``scopes`` are written as the provider writes them, ``None`` if unknown; ``notes`` are sentences
    about claims of a wrong type.
    """

    client_id: str | None = None
    user_id: str | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    scopes: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    @property
    def lifetime_seconds(self) -> int | None:
        """Seconds from issue to expiry."""
        if self.issued_at is None or self.expires_at is None:
            return None
        return round((self.expires_at - self.issued_at).total_seconds())

    def seconds_left(self, now: datetime) -> float | None:
        """Seconds from ``now`` to the expiry, negative if it is past; ``None`` if not known."""
        return None if self.expires_at is None else (self.expires_at - now).total_seconds()


class Scope(NamedTuple):
    """One granted scope. ``code`` is how the token writes it; ``access`` is ``None`` if unknown."""

    name: str
    code: str
    access: Literal["read", "read-write", "write"] | None
    description: str | None


class Quota(NamedTuple):
    """One rate-limit window. ``remaining`` and ``reset_at`` are ``None`` if unknown."""

    window: Literal["minute", "hour"]
    limit: int | None
    remaining: int | None
    reset_at: datetime | None
    source: Literal["headers", "documented"]


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
    """The error that an upstream answer names, redacted."""

    type: str | None
    message: str | None


class Outcome(NamedTuple):
    """What a provider's probe found out.

    ``detail`` is a clause that completes the verdict (a missing scope's name, a reason);
    ``advice`` are whole sentences. ``devices_failed`` means that the request for the devices
    failed, so ``devices`` says nothing. ``claims`` replace those of the token itself where the
    provider knows more.
    """

    verdict: Verdict
    detail: str = ""
    advice: tuple[str, ...] = ()
    status: int | None = None
    error: ProbeError | None = None
    quota: tuple[Quota, ...] = ()
    devices: tuple[Device, ...] = ()
    claims: Claims | None = None
    devices_failed: bool = False


class Probe(NamedTuple):
    """A probe's requests: how many, the deciding status, the error, and the time they took."""

    requests: int
    status: int | None
    error: ProbeError | None
    duration_seconds: float


class Report(NamedTuple):
    """Everything that one check found out; ``devices_failed`` is that of :class:`Outcome`."""

    verdict: Verdict
    usable: bool | None
    summary: str
    advice: tuple[str, ...]
    provider: str | None
    credential: Credential | None
    cleaned: tuple[str, ...]
    claims: Claims | None
    checked_at: datetime
    scopes: tuple[Scope, ...]
    probe: Probe | None
    quota: tuple[Quota, ...]
    devices: tuple[Device, ...]
    successors: Mapping[str, tuple[str, ...]]
    devices_failed: bool = False

    @property
    def expires_in_seconds(self) -> int | None:
        """Seconds from the check to the expiry; negative if it is past."""
        left = self.claims.seconds_left(self.checked_at) if self.claims else None
        return None if left is None else int(left // 1)
