"""The view of one account at one moment, for the page, the terminal and JSON alike.

Every sentence with a number in it is rendered here, when it is shown.
"""

from typing import NamedTuple

from tokcheck.accounts.grant_errors import BrokenExplanation
from tokcheck.core.expiry import is_expired
from tokcheck.core.report import Quota, Verdict
from tokcheck.exporter.display.next_probe import NextProbe, describe_next_probe
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.account_summary import Summary, summarize
from tokcheck.exporter.state.forecast import first_exhaustion
from tokcheck.exporter.state.remediation import (
    Remediation,
    consent_ends_soon,
    explain_broken_grant,
    find_remediation,
    refresh_not_before,
)
from tokcheck.exporter.state.severity import (
    SIGNS,
    Severity,
    assess_severity,
    leading_quota,
    shown_verdict,
)
from tokcheck.storage.shell_words import quote

_FIXED_BY_GRANT = {Verdict.EXPIRED, Verdict.REVOKED_OR_INVALID, Verdict.GRANT_BROKEN}
_ADDED_WORDS = {Severity.RATE_LIMITED, Severity.RUNNING_OUT, Severity.EXPIRES_SOON}


_SLOW_DOWN = "Slow down the program that sends the requests, or wait for the reset."
_RENEW = "Renew the token before it expires: nothing has renewed it so far."


class AccountView(NamedTuple):
    """The view of an account; all moments are Unix seconds."""

    state: AccountState
    severity: Severity
    words: str
    """The verdict, with further facts, in words: ``valid, running out``."""
    summary: Summary
    broken: BrokenExplanation | None
    """Why the account cannot be refreshed; ``None`` if it can."""
    remedy: Remediation | None
    """The next step of the user for the account's grant; ``None`` if there is none."""
    runs_out_at: float | None
    """When the first window runs out at the present rate, if that is before its reset.

    ``None`` once that moment has passed, since nothing says before the next observation that it
    came true.
    """
    quota: Quota | None
    """The window that runs out then, or the one with the smallest share left."""
    refresh_not_before: float | None
    """The moment before which no refresh is sent, if that matters."""
    next_probe: NextProbe


def view_account(state: AccountState, now: float) -> AccountView:
    """Return the view of an account at ``now``."""
    severity = assess_severity(state, now)
    remedy, exhausted = find_remediation(state, now), first_exhaustion(state, now)
    summary, broken = summarize(state, now), explain_broken_grant(state)
    # Where the grant's own advice fixes it, that on the token would lead nowhere.
    advice = () if broken is not None and state.verdict in _FIXED_BY_GRANT else summary.advice
    return AccountView(
        state,
        severity,
        _verdict_words(state, severity, remedy, now),
        summary._replace(advice=(*advice, *_first_steps(state, severity, remedy))),
        broken,
        remedy,
        exhausted.at if exhausted is not None and exhausted.at > now else None,
        leading_quota(state, now),
        refresh_not_before(state, now),
        describe_next_probe(state, now),
    )


def _verdict_words(
    state: AccountState, severity: Severity, remedy: Remediation | None, now: float
) -> str:
    shown = shown_verdict(state)
    if is_expired(state.expires_at, now) and state.usable is not False:
        word = "expired"  # since the last turn of the engine
    elif shown is not None:
        word = shown.value.replace("_", " ")
    else:
        word = "cannot be read" if state.source_error else "not probed yet"
    if consent_ends_soon(state, now):
        return f"{word}, consent ends soon"
    if remedy is not None:
        return f"{word}, {remedy.needs}" if shown is not None else remedy.needs
    is_added = severity in _ADDED_WORDS and shown is not Verdict.RATE_LIMITED
    return f"{word}, {SIGNS[severity][1]}" if is_added else word


def _first_steps(
    state: AccountState, severity: Severity, remedy: Remediation | None
) -> tuple[str, ...]:
    """Return advice on a severity that no verdict and no remedy explains."""
    if severity is Severity.RUNNING_OUT:
        return (_SLOW_DOWN,)
    if severity is not Severity.EXPIRES_SOON or remedy is not None:
        return ()
    if not state.refreshes:
        return (_RENEW,)
    return (
        f"It was not refreshed. This reports why: tokcheck accounts refresh {quote(state.name)}",
    )
