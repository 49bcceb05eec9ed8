"""Builders of account states and reports for tests of single rules."""

from datetime import UTC, datetime
from typing import Any

from tests.support.tokens import FITBIT, NOW
from tokcheck.core.credential import Credential, Kind
from tokcheck.core.report import (
    Claims,
    Probe,
    Quota,
    Report,
    Scope,
    Verdict,
    describe_credential,
)
from tokcheck.core.secret import Secret
from tokcheck.exporter.sources import Account, Policy, VariableSource, WatchedAccount
from tokcheck.exporter.state import AccountState
from tokcheck.providers.base import Pace

AT = NOW.timestamp()
HOUR = 3600.0
DAY = 86_400.0
FITBIT_PACE = Pace("hour", HOUR, 150, requests=1, every=1200, reports_remaining=True)
GOOGLE_PACE = Pace("minute", 60, 300, requests=3, every=300, reports_remaining=False)
CLAIMS = Claims("23TEST", "7TESTS", None, datetime.fromtimestamp(AT + 7 * HOUR, UTC), ("rset",))
REFUSED = set(Verdict) - {
    Verdict.VALID,
    Verdict.UNVERIFIED,
    Verdict.RATE_LIMITED,
    Verdict.UNDETERMINED,
}


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def quota(remaining: int | None = 140, reset: float | None = AT + 1800, **fields: Any) -> Quota:
    hourly = Quota("hour", 150, remaining, None if reset is None else moment(reset), "headers")
    return hourly._replace(**fields)


DOCUMENTED = Quota("hour", 150, None, None, "documented")


def is_usable(verdict: Verdict) -> bool | None:
    if verdict in REFUSED:
        return False
    return True if verdict in {Verdict.VALID, Verdict.RATE_LIMITED} else None


def report(
    verdict: Verdict = Verdict.VALID, *quotas: Quota, requests: int | None = 1, **fields: Any
) -> Report:
    """Return a report; ``requests`` is ``None`` for one without a probe."""
    status = 429 if verdict is Verdict.RATE_LIMITED else 200
    made = Report(
        verdict,
        is_usable(verdict),
        f"It is {verdict}.",
        ("Do this.",),
        "fitbit",
        describe_credential(Credential(Kind.ACCESS_TOKEN, Secret(FITBIT), "fitbit")),
        (),
        CLAIMS,
        NOW,
        (Scope("settings", "rset", "read", None),),
        None if requests is None else Probe(requests, status, None, 0.25),
        quotas,
        (),
        (),
    )
    return made._replace(**fields)


def watched_account(
    text: str | None = FITBIT, version: str = "v1", **fields: Any
) -> WatchedAccount:
    account = Account("anna", VariableSource("T"), "fitbit", policy=Policy())._replace(**fields)
    if text is None:
        return WatchedAccount(account, None, "", "The file is missing.")
    return WatchedAccount(account, Secret(text), version)


def probed_state(verdict: Verdict = Verdict.VALID, *quotas: Quota, **fields: Any) -> AccountState:
    """Return a state after a probe at ``AT``."""
    made = AccountState(
        "anna",
        provider="fitbit",
        version="v1",
        verdict=verdict,
        usable=is_usable(verdict),
        probed_verdict=verdict,
        probed_at=AT,
        failures=int(verdict is Verdict.UNDETERMINED),
        quota=quotas,
        observed_at=AT if quotas else None,
    )
    return made._replace(**fields)
