"""The sentence about an account and the advice, rendered for the moment at which they are shown.

They say how long it is until a reset or since an expiry, so they are never stored.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import ceil
from typing import NamedTuple

from tokcheck.accounts.login_command import account_remedies
from tokcheck.checks import verdict as verdicts
from tokcheck.checks.verdict import Conclusion
from tokcheck.core.expiry import is_expired
from tokcheck.core.humanize import (
    DatedSentence,
    format_duration,
    format_relative_to_minute,
    moment_in_utc,
)
from tokcheck.core.report import Claims, Outcome, Verdict, limit_reset
from tokcheck.exporter.state.account_state import AccountState, SkipReason
from tokcheck.exporter.state.severity import is_past_reset, leading_quota
from tokcheck.providers.base import Provider
from tokcheck.providers.ready_made_providers import find_packaged

_MINUTE = 60.0
_HOW_TO_GET_ONE = (
    "Put an access token there, or take the account out of the configuration. Files and commands "
    "are read again by themselves; a variable needs a restart."
)
_NO_END = ("No response says when the limit ends. Wait for some minutes, then try again once.",)
_FIRST_REFUSAL = 300  # HTTP statuses from here on are no success


class Summary(NamedTuple):
    """One sentence, and whole sentences of advice."""

    sentence: str = ""
    advice: tuple[str, ...] = ()


def summarize(state: AccountState, now: float) -> Summary:
    """Return the summary of an account at ``now``, in Unix seconds.

    Facts that only a check can know, such as the server's own message, are shown until a restart.
    After that, the sentence follows from the stored facts alone.
    """
    hints = tuple(filter(None, (hold_hint(state, now), window_hint(state))))
    if state.verdict is None:
        return Summary(state.source_error, hints)
    known = _conclude(state, state.verdict, now)
    sentence = state.source_error or state.finding or known.summary
    lines = state.advice or known.advice
    if state.verdict is Verdict.NO_TOKEN and state.source_error:
        lines = (_HOW_TO_GET_ONE,)
    advice = tuple(filter(None, (_render(line, now) for line in lines)))
    return Summary(sentence, (*advice, *hints))


def _render(sentence: str, now: float) -> str:
    """Return a sentence as it is at ``now``."""
    if not isinstance(sentence, DatedSentence):
        return sentence
    return sentence.at(datetime.fromtimestamp(now, UTC))


def hold_hint(state: AccountState, now: float) -> str:
    """Return why probes are held back if neither verdict nor quota shows it; else nothing."""
    match state.waiting:
        case SkipReason.LEDGER:
            return (
                "No probe is sent, because its requests cannot be counted: the ledger cannot be "
                "used. The log names the cause, such as another process that locks it."
            )
        case SkipReason.COUNTS_LOST:
            why = "The request counts were lost with the ledger"
            return f"{why}, so no probe is sent until {_moment_words(state.next_probe_at, now)}."
        case SkipReason.PAUSED | SkipReason.RATE_LIMITED | SkipReason.BACKOFF | SkipReason.BUDGET:
            until = state.pause_until
            if until is None or until <= now or state.verdict is Verdict.RATE_LIMITED:
                return ""
            why = "The server has requested a pause of this user's requests"
            return f"{why} until {_moment_words(until, now)}. A new token does not end it."
    return ""


def _moment_words(moment: float | None, now: float) -> str:
    when = None if moment is None else moment_in_utc(moment)
    if when is None or moment is None:
        return "a window has passed"
    return f"{when:%H:%M} UTC, {format_relative_to_minute(max(0.0, moment - now))}"


def window_hint(state: AccountState) -> str:
    """Return that the reported resets do not fit the account's window; empty if they do."""
    if state.other_window is None or not state.quota:
        return ""
    window = state.quota[0].window_seconds
    unit = _MINUTE if state.other_window > _MINUTE else 1.0
    other = format_duration(ceil(state.other_window / unit) * unit)
    # One reset shows how long a window is at least; two show how long it is at most.
    bound = "at least" if state.other_window > window else "at most"
    return (
        f"The server's resets fit a window of {bound} {other}, but tokcheck counts requests in "
        f"windows of {format_duration(window)}. In the configuration, set window to the length of "
        "the server's."
    )


def _conclude(state: AccountState, verdict: Verdict, now: float) -> Conclusion:
    """Conclude from the facts of a state."""
    title, remedies = _describe_provider(state)
    at = datetime.fromtimestamp(now, UTC)
    ends = None if state.expires_at is None else moment_in_utc(state.expires_at)
    if verdict is Verdict.EXPIRED and ends is not None and is_expired(ends, at):
        advice = remedies.get(Verdict.EXPIRED, ())
        return verdicts.conclude_expired(Claims(expires_at=ends), at, title, advice)
    if verdict is Verdict.UNVERIFIED:
        return verdicts.conclude_unverified(Claims(expires_at=ends).seconds_left(at), title)
    leading = leading_quota(state, now)
    counts = tuple(quota for quota in state.quota if not is_past_reset(quota, state, now))
    counts = tuple(sorted(counts, key=lambda quota: quota is not leading))  # it is described
    pause = None if state.pause_until is None else moment_in_utc(state.pause_until)
    is_limited = verdict is Verdict.RATE_LIMITED
    is_endless = is_limited and state.pause_until is None and limit_reset(counts) is None
    remedy = _NO_END if is_endless and _names_reset(state) else None
    clause = _response_clause(state, verdict)
    outcome = Outcome(verdict, clause, quota=counts, retry_at=pause, remedy=remedy)
    return verdicts.conclude_from_outcome(outcome, at, title, remedies)


def _names_reset(state: AccountState) -> bool:
    """Return whether the provider's own advice on a rate limit is about a reset."""
    known = _find_provider(state)
    return known is None or known.is_declared or known.pace.reports_remaining


def _describe_provider(
    state: AccountState,
) -> tuple[str, Mapping[Verdict, tuple[str, ...]]]:
    """Return the title of an account's provider, and its advice by verdict."""
    name = state.provider
    if name is None:
        return "access", {}
    known = _find_provider(state)
    if known is not None and state.refreshes:
        return known.title, account_remedies(known, state.name)
    if known is not None:
        return known.title, known.remedies
    # The record of an earlier run has no more of a declaration than its name.
    from tokcheck.providers.declared.declared_provider import declared_remedies  # noqa: PLC0415
    from tokcheck.providers.known_services.recognition import title_of  # noqa: PLC0415

    title = title_of({"name": name})
    return title, declared_remedies(title)


def _find_provider(state: AccountState) -> Provider | None:
    """Return an account's provider, if it comes with tokcheck or its declaration was read."""
    return state.declared or find_packaged(state.provider or "")


def provider_title(state: AccountState) -> str:
    """Return the title of an account's provider; empty if the provider is not known yet."""
    return "" if state.provider is None else _describe_provider(state)[0]


def _response_clause(state: AccountState, verdict: Verdict) -> str:
    """Return the status and the error of the response that the verdict follows from."""
    if verdict is not state.probed_verdict or verdict in {Verdict.VALID, Verdict.RATE_LIMITED}:
        return ""
    # A response of success refuses nothing: the problem of the token is in its contents.
    is_refusal = state.status is not None and state.status >= _FIRST_REFUSAL
    status = f"HTTP {state.status}" if is_refusal else ""
    return ", ".join(filter(None, (status, state.error_type)))
