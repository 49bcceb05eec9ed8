"""The sentence about an account and the advice, rendered for the moment at which they are shown.

They say how long it is until a reset or since an expiry, so they are never stored.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from tokcheck.check import verdict as verdicts
from tokcheck.check.verdict import Conclusion
from tokcheck.core.expiry import is_expired
from tokcheck.core.humanize import moment_in_utc
from tokcheck.core.report import Claims, Outcome, Verdict
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.severity import is_past_reset
from tokcheck.providers import REGISTRY

_FIRST_REFUSAL = 300  # HTTP statuses from here on are no success


class Summary(NamedTuple):
    """One sentence, and whole sentences of advice."""

    sentence: str = ""
    advice: tuple[str, ...] = ()


def summarize(state: AccountState, now: float) -> Summary:
    """Return what to say about an account at ``now``, in Unix seconds.

    What only a check can know, such as the server's own message, is said until a restart. After
    that, the sentence follows from the stored facts alone.
    """
    if state.verdict is None:
        return Summary(state.source_error)
    known = _conclude(state, state.verdict, now)
    sentence = state.source_error or state.finding or known.summary
    return Summary(sentence, state.advice or known.advice)


def _conclude(state: AccountState, verdict: Verdict, now: float) -> Conclusion:
    """Conclude from the facts of a state."""
    provider = REGISTRY.get(state.provider or "")
    title, remedies = (provider.title, provider.remedies) if provider else ("access", {})
    at = datetime.fromtimestamp(now, UTC)
    ends = None if state.expires_at is None else moment_in_utc(state.expires_at)
    if verdict is Verdict.EXPIRED and ends is not None and is_expired(ends, at):
        advice = remedies.get(Verdict.EXPIRED, ())
        return verdicts.conclude_expired(Claims(expires_at=ends), at, title, advice)
    if verdict is Verdict.UNVERIFIED:
        return verdicts.conclude_unverified(Claims(expires_at=ends), at, title)
    counts = tuple(quota for quota in state.quota if not is_past_reset(quota, now))
    outcome = Outcome(verdict, _response_clause(state, verdict), quota=counts)
    return verdicts.conclude_from_outcome(outcome, at, title, remedies)


def _response_clause(state: AccountState, verdict: Verdict) -> str:
    """Return the status and the error of the response that the verdict follows from."""
    if verdict is not state.probed_verdict or verdict in {Verdict.VALID, Verdict.RATE_LIMITED}:
        return ""
    # A response of success refuses nothing: what is wrong with the token is in its contents.
    is_refusal = state.status is not None and state.status >= _FIRST_REFUSAL
    status = f"HTTP {state.status}" if is_refusal else ""
    return ", ".join(filter(None, (status, state.error_type)))
