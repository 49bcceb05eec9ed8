"""The state of one watched account: the one value from which metrics, page and table are rendered.

A state is immutable; every event replaces it. A renderer may therefore cache its output for as
long as the object is the same. All moments are Unix seconds.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from tokcheck.accounts.grant import Broken, RefreshLimit
from tokcheck.core.report import Device, Quota, Verdict

# The provider refuses the token, but the cause can be fixed elsewhere without a new token.
RECOVERABLE_VERDICTS = {
    Verdict.API_DISABLED,
    Verdict.ACCOUNT_NOT_LINKED,
    Verdict.PROFILE_MISSING,
    Verdict.GRANT_BROKEN,
    Verdict.NOT_PERMITTED,
}


_NONE: Mapping[Any, int] = MappingProxyType({})


class ProbeResult(StrEnum):
    """How a probe ended: the values of the label ``result``."""

    SUCCESS = "success"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    UNDETERMINED = "undetermined"


class SkipReason(StrEnum):
    """Why a probe that was due was not sent: the values of the label ``reason``."""

    BUDGET = "budget"  # the account's share of this window is spent
    RESERVE = "reserve"  # too few requests are left to spend one on a probe
    PACE = "pace"  # the last probe is not as long ago as the provider's declaration wants
    RATE_LIMITED = "rate_limited"  # by the provider, until the reset
    EXPIRED = "expired"  # known without a request, until the text changes
    REFUSED = "refused"  # by the provider, until the text changes
    NO_TOKEN = "no_token"  # noqa: S105 - the source gave nothing that could be tried
    SERVICE_GONE = "service_gone"  # probed once a day
    COUNTS_LOST = "counts_lost"  # with the ledger; for the length of a window
    PAUSED = "paused"  # a response wants no request of this user for a while
    BACKOFF = "backoff"  # after network errors
    LEDGER = "ledger"  # the spend could not be recorded first


class SkipWords(NamedTuple):
    """A reason in words for people."""

    short: str
    """The event that the next probe waits for: its moment, or behind that."""
    long: str
    """Why a probe that was due was not sent."""


SKIP_WORDS: Mapping[SkipReason, SkipWords] = MappingProxyType(
    {
        SkipReason.BUDGET: SkipWords("within its budget", "its budget is spent"),
        SkipReason.RESERVE: SkipWords("after the reset", "few requests are left"),
        SkipReason.PACE: SkipWords(
            "after the declared pause", "the pause between two probes that is declared lasts"
        ),
        SkipReason.RATE_LIMITED: SkipWords("after the reset", "rate-limited"),
        SkipReason.EXPIRED: SkipWords("with a new token", "expired, waiting for a new token"),
        SkipReason.REFUSED: SkipWords("with a new token", "refused, waiting for a new token"),
        SkipReason.NO_TOKEN: SkipWords("with a token", "no usable token"),
        SkipReason.SERVICE_GONE: SkipWords("once a day", "the service was shut down"),
        SkipReason.COUNTS_LOST: SkipWords(
            "after a whole window", "request counts were lost with the ledger"
        ),
        SkipReason.PAUSED: SkipWords("after the pause", "the server has requested a pause"),
        SkipReason.BACKOFF: SkipWords("after errors", "it backs off after errors"),
        SkipReason.LEDGER: SkipWords(
            "once requests can be counted", "request counts cannot be saved"
        ),
    }
)


class ProbePlan(NamedTuple):
    """When to consider an account again, and when its next probe is sent."""

    at: float
    """When to consider the account again: while probes are withheld, once in a usual interval, so
    that each withheld probe is counted."""
    probe_at: float | None
    """When the next probe is sent if nothing changes; ``None`` if none will be."""
    waiting: SkipReason | None
    """Why there is no next probe, or why it is later than the usual interval."""


class RefreshResult(StrEnum):
    """How a refresh of a stored account ended: the values of the label ``result``."""

    SUCCESS = "success"
    REFUSED = "refused"  # by the provider
    FAILED = "failed"  # the result is unknown, or something is missing; it is retried


class Observation(NamedTuple):
    """How many requests were left at a moment, as the provider reported."""

    at: float
    remaining: int


class WindowHistory(NamedTuple):
    """The requests left in one window, as responses reported them."""

    window: str
    """Its name, as in a quota: a response may report the windows in another order."""
    history: tuple[Observation, ...] = ()
    """The observations of the current window, oldest first."""
    trail: tuple[Observation, ...] = ()
    """The observations of the last windows, oldest first, to be drawn."""
    observed_at: float | None = None
    """When a response last reported its number; ``None`` if that is not known."""


class LimitRefusal(NamedTuple):
    """A response that reported limits of the provider as exceeded, by their names."""

    at: float
    limits: tuple[str, ...]


class ExpiryAge(NamedTuple):
    """Since when an account's token has had its expiry."""

    expires_at: float
    since: float
    was_renewed: bool
    """Whether it replaced an earlier one: then some program renews the token."""


class AccountState(NamedTuple):
    """The state of one account.

    The ledger stores the fields by their places: a new one is the last, and has a default.
    """

    name: str
    provider: str | None = None
    version: str = ""
    """The version of the paste; empty without one."""
    verdict: Verdict | None = None
    """``None`` before the first check."""
    usable: bool | None = None
    """As in a report."""
    finding: str = ""
    """The last check's summary where it says more than the verdict does; in memory only. The
    sentence to show is :func:`~tokcheck.exporter.state.account_summary.summarize`'s."""
    advice: tuple[str, ...] = ()
    """The last check's advice; in memory only."""
    masked: str = ""
    expires_at: float | None = None
    scopes: int | None = None
    quota: tuple[Quota, ...] = ()
    """From the last response that reported it. The reset of the first is the moment at which it is
    expected by this computer's clock, at most a day after the response."""
    observed_at: float | None = None
    """When that response came. It reports the first; others may be known from earlier ones."""
    history: tuple[Observation, ...] = ()
    """The observations of the first quota's current window, oldest first."""
    devices: tuple[Device, ...] = ()
    timezone: str | None = None
    success: bool | None = None
    """Whether the last probe got a response that could be understood."""
    duration: float | None = None
    probed_at: float | None = None
    succeeded_at: float | None = None
    failures: int = 0
    """Failed probes in a row."""
    next_probe_at: float | None = None
    """``None`` if none will be sent until something changes."""
    waiting: SkipReason | None = None
    """Why there is no next probe, or why it is held back."""
    probes: Mapping[ProbeResult, int] = _NONE
    """Requests by result."""
    skipped: Mapping[SkipReason, int] = _NONE
    """Withheld probes by reason."""
    verdicts: tuple[Verdict, ...] = ()
    """All verdicts that the account has had."""
    source_error: str = ""
    """Why its source could not be read; in memory only."""
    probed_verdict: Verdict | None = None
    """The verdict of the last probe of this text; ``None`` before the first. For the planner."""
    unchanged_probes: int = 0
    """Probes in a row that found nothing changed. For the planner."""
    reset_lag: float = 0.0
    """By how many seconds resets were seen later than announced, as where clocks differ."""
    subject: str = ""
    """A hash of the user and application that a probe's requests are counted for."""
    requirements: str = ""
    """The account's requirements of its token: a provider and scopes."""
    refreshes: Mapping[RefreshResult, int] = _NONE
    """Refreshes by result, zeros included; empty for an account that cannot be refreshed."""
    refresh_expires_at: float | None = None
    """When the refresh token expires, or was found to have expired."""
    broken: Broken | None = None
    """Why the grant can no longer be refreshed; in memory only, since the store records it."""
    status: int | None = None
    """The HTTP status that decided the last probe."""
    error_type: str = ""
    """The type of the error that the last probe's response named, in the provider's words."""
    pause_until: float | None = None
    """The moment before which the last probe's response wants no further request: the end of the
    pause that it requests, or the reset after a rate limit; at most a day after it."""
    expiry_is_counted: bool = False
    """Whether ``expires_at`` was counted by this computer's clock from a response; if not, the
    token itself contains it."""
    origin: str = ""
    """A hash of the addresses of the servers that all this was learned from."""
    refresh_limit: RefreshLimit | None = None
    """The moment before which no refresh is sent; in memory only, since the store records it."""
    expiry_age: ExpiryAge | None = None
    """Since when the expiry is known; ``None`` before the first one."""
    trail: tuple[Observation, ...] = ()
    """The observations of the first quota's last windows, oldest first, to be drawn."""

    reported_reset: float | None = None
    """The reset of the first quota as the response reported it."""
    other_window: float | None = None
    """The length in seconds of the server's window, as far as resets show it, where they do not fit
    the length by which the account is counted; ``None`` where they do."""
    source_unread: bool = False
    """Whether its source could not be read at the last try, which says nothing about the token; in
    memory only."""
    record_unread: bool = False
    """Whether the record of earlier runs could not be read from the ledger yet; in memory only."""
    traffic_at: float | None = None
    """When a request of the user's own was last accepted, as far as programs report them."""
    observed_requests: tuple[tuple[str, int], ...] = ()
    """Such requests by the class of their status, such as ``2xx``, in its order; the ledger counts
    them."""
    further_histories: tuple[WindowHistory, ...] = ()
    """The observations of the other windows than the first quota's."""
    declared: Any = None
    """Its :class:`Provider`, if that is a declared one, for sentences; in memory only."""
    last_refusal: LimitRefusal | None = None
    """The last response to any request that named the limits it had exceeded."""
    former_limit: int | None = None
    """The lowest limit of the quotas that were set aside when the window or the servers changed:
    none above it is assumed until a response reports one."""
    counting_window: float | None = None
    """The length in seconds of the window by which all this was counted; ``None`` in ledgers of
    earlier versions."""

    @property
    def is_unverified(self) -> bool:
        """Whether neither a probe nor a request of the user's has shown that the token works."""
        return self.probed_verdict is None and (
            self.traffic_at is None or self.verdict is Verdict.UNVERIFIED
        )

    def history_of(self, quota: Quota) -> WindowHistory:
        """Return the observations of one of the account's windows."""
        if self.quota and quota.window == self.quota[0].window:
            return WindowHistory(quota.window, self.history, self.trail, self.observed_at)
        named = (each for each in self.further_histories if each.window == quota.window)
        return next(named, WindowHistory(quota.window))

    def observed_at_of(self, quota: Quota) -> float | None:
        """Return when one of the account's windows was last reported, in Unix seconds."""
        at = self.history_of(quota).observed_at
        return self.observed_at if at is None else at


class StateSink(Protocol):
    """Receives the states of accounts, such as the metrics."""

    def put(self, state: AccountState) -> None:
        """Replace the account's previous state."""

    def remove(self, name: str) -> None:
        """Remove an account."""


class ExporterInfo(NamedTuple):
    """The exporter's own facts; ``reloaded_at`` in Unix seconds."""

    reload_successful: bool
    reloaded_at: float
    version: str
    python_version: str
