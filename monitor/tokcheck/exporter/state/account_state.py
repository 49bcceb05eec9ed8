"""What is known about one account at present: the one value that everything is shown from.

A standing never changes; whatever happens puts a new one in its place. So who shows it may keep
what was made of it for as long as the object is the same. All moments are Unix seconds.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from tokcheck.accounts.grant import Broken
from tokcheck.core.report import Device, Quota, Verdict

# The provider refuses, but what is wrong may be mended elsewhere and the token stays the same.
RECOVERABLE_VERDICTS = {
    Verdict.API_DISABLED,
    Verdict.ACCOUNT_NOT_LINKED,
    Verdict.PROFILE_MISSING,
    Verdict.GRANT_BROKEN,
    Verdict.NOT_PERMITTED,
}


_NONE: Mapping[Any, int] = MappingProxyType({})


class Result(StrEnum):
    """How a probe ended: the values of the label ``result``."""

    SUCCESS = "success"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    UNDETERMINED = "undetermined"


class Skip(StrEnum):
    """Why a probe that was due was not sent: the values of the label ``reason``."""

    BUDGET = "budget"  # the account's share of this window is spent
    RESERVE = "reserve"  # too few calls are left to spend one on looking
    RATE_LIMITED = "rate_limited"  # the provider said so, until the reset
    EXPIRED = "expired"  # known without asking, until the text changes
    REFUSED = "refused"  # the provider said so, until the text changes
    NO_TOKEN = "no_token"  # noqa: S105 - the source gave nothing that could be tried
    SERVICE_GONE = "service_gone"  # asked once a day
    BACKOFF = "backoff"  # after errors of the network
    LEDGER = "ledger"  # the spend could not be written down first


class ProbePlan(NamedTuple):
    """When to look at an account again.

    ``probe_at`` is when the next probe will be sent if nothing changes, ``None`` if none will be;
    ``waiting`` tells why there is none or why it is later than its pace asks. All the while it is
    set, the account wakes once in a usual pause, so that each withheld probe is counted.
    """

    at: float
    probe_at: float | None
    waiting: Skip | None


class Refresh(StrEnum):
    """How a refresh of a stored account ended: the values of the label ``result``."""

    SUCCESS = "success"
    REFUSED = "refused"  # the provider said no
    FAILED = "failed"  # nobody knows, or what was needed is missing; it is tried again


class Observation(NamedTuple):
    """How many calls were left at a moment, as the provider said."""

    at: float
    remaining: int


class Standing(NamedTuple):
    """What is known about one account.

    ``verdict`` is ``None`` before anything was found out; ``usable`` as in a report. ``quota``
    and ``observed_at`` are from the last answer that told, ``history`` from the present window
    and oldest first. ``success`` tells whether the last probe brought an answer that could be
    understood. ``next_probe_at`` is ``None`` where none will be sent until something changes;
    ``waiting`` then, or while one is held back, tells why. ``probes`` counts requests by result,
    ``skipped`` probes by reason, ``verdicts`` are all that the account has had. ``fault`` says
    why there is no paste.

    ``refreshes`` counts by result and holds every result; it is empty for an account that is not
    from the store, or has no refresh token there. ``refresh_expires_at`` is when the refresh token
    ends or was found to have ended, where it is known, and ``broken`` says why the grant cannot be
    refreshed any more and what mends it.

    For the schedule alone: ``told`` is the verdict of the last probe about this text, ``None``
    before the first. ``quiet`` counts the probes in a row that found nothing changed. ``lag`` is
    by how many seconds resets were seen later than told, as where clocks differ. ``subject`` is
    whose calls a probe spends, as a hash; ``terms`` is what the account asks of its token.
    """

    name: str
    provider: str | None = None
    version: str = ""
    verdict: Verdict | None = None
    usable: bool | None = None
    summary: str = ""
    advice: tuple[str, ...] = ()
    masked: str = ""
    expires_at: float | None = None
    scopes: int | None = None
    quota: tuple[Quota, ...] = ()
    observed_at: float | None = None
    history: tuple[Observation, ...] = ()
    devices: tuple[Device, ...] = ()
    timezone: str | None = None
    success: bool | None = None
    duration: float | None = None
    probed_at: float | None = None
    succeeded_at: float | None = None
    failures: int = 0
    next_probe_at: float | None = None
    waiting: Skip | None = None
    probes: Mapping[Result, int] = _NONE
    skipped: Mapping[Skip, int] = _NONE
    verdicts: tuple[Verdict, ...] = ()
    fault: str = ""
    probed_verdict: Verdict | None = None
    unchanged_probes: int = 0
    reset_lag: float = 0.0
    subject: str = ""
    requirements: str = ""
    refreshes: Mapping[Refresh, int] = _NONE
    refresh_expires_at: float | None = None
    broken: Broken | None = None


class Exporter(NamedTuple):
    """What the exporter says about itself; ``reloaded_at`` in Unix seconds."""

    reload_successful: bool
    reloaded_at: float
    version: str
    python_version: str
