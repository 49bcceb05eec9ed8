"""The value types of a report, the result of one check. All times are aware, in UTC."""

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

    def ends_by(self, expires_at: datetime | None) -> "Claims":
        """Return the claims with the earlier of their own expiry and ``expires_at``."""
        if expires_at is None or (self.expires_at is not None and self.expires_at <= expires_at):
            return self
        return self._replace(expires_at=expires_at)


class Scope(NamedTuple):
    """One granted scope. ``code`` is how the token writes it; ``access`` is ``None`` if unknown."""

    name: str
    code: str
    access: Literal["read", "read-write", "write"] | None
    description: str | None


# The rate-limit windows that have a word, by their seconds.
_WINDOWS = {60: "minute", 3_600: "hour", 86_400: "day"}
_SECONDS = {word: float(seconds) for seconds, word in _WINDOWS.items()}


def window_of(seconds: int) -> str:
    """Return the name of the rate-limit window of a length: ``hour``, or ``100s``."""
    return _WINDOWS.get(seconds, f"{seconds}s")


class Quota(NamedTuple):
    """One rate-limit window. ``limit``, ``remaining`` and ``reset_at`` are ``None`` if unknown."""

    window: str
    """``minute``, ``hour``, ``day``, or a number of seconds such as ``100s``."""
    limit: int | None
    remaining: int | None
    reset_at: datetime | None
    source: Literal["headers", "documented"]
    """Whether a response reported the numbers, or only the documentation does."""
    owner: Literal["user", "project"] = "user"
    """Whose requests the window counts: the user's, or those of all users of the project."""

    @property
    def window_seconds(self) -> float:
        """The length of the window."""
        return _SECONDS.get(self.window) or float(int(self.window.removesuffix("s")))

    @property
    def each_window(self) -> str:
        """The window as in *150 requests an hour*."""
        if self.window not in _SECONDS:
            return f"in {self.window.removesuffix('s')} seconds"
        return f"{'an' if self.window == 'hour' else 'a'} {self.window}"


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


class Probe(NamedTuple):
    """A probe's requests: how many, the deciding status, the error, and the time they took."""

    requests: int
    status: int | None
    error: ProbeError | None
    duration_seconds: float


class ErrorExplanation(NamedTuple):
    """What an error message means that was pasted without a token.

    ``provider`` is the name of the one that wrote it, or whose client library did; ``None`` if that
    is not known.
    """

    provider: str | None
    verdict: Verdict
    summary: str
    advice: tuple[str, ...] = ()


class Report(NamedTuple):
    """The complete result of one check.

    ``devices_failed`` and ``retry_at`` are those of :class:`Outcome`. ``expires_too_soon`` is
    whether the token works but lives shorter than the caller requires; ``usable`` is then false.
    ``explains`` is the meaning of an error message that was pasted instead of a token.
    ``clock_skew_seconds`` is the server's clock minus this computer's, ``None`` if no response had
    a date. ``seconds_left`` is how long the token lives by the clock that finds less, if another
    one than this computer's does, and ``is_expiry_counted`` whether its expiry is a lifetime from a
    response, which is the same by any clock.
    """

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
    expires_too_soon: bool = False
    retry_at: datetime | None = None
    explains: ErrorExplanation | None = None
    clock_skew_seconds: int | None = None
    seconds_left: float | None = None
    is_expiry_counted: bool = False

    @property
    def expires_in_seconds(self) -> int | None:
        """Seconds from the check to the expiry; negative if it is past.

        If the clocks are known to differ, it is by the one that finds fewer.
        """
        left = self.seconds_left
        if left is None and self.claims is not None:
            left = self.claims.seconds_left(self.checked_at)
        return None if left is None else int(left // 1)
