"""Conclude: turn findings into a verdict, a summary line and advice.

Unknown is never invalid: ``usable`` is ``None`` unless something is known.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tokcheck.core.errors import ExitCode, NetError
from tokcheck.core.humanize import end_sentence, format_duration, format_moment, format_wait
from tokcheck.core.report import Claims, Outcome, Quota, Verdict, outlasts_reset

_USABLE: Mapping[Verdict, bool | None] = {
    Verdict.VALID: True,
    Verdict.RATE_LIMITED: True,
    Verdict.UNVERIFIED: None,
    Verdict.UNDETERMINED: None,
}
_HEADLINES = {
    Verdict.VALID: "{This} {token} token works",
    Verdict.UNVERIFIED: "{This} {token} token looks right, but was not tried",
    Verdict.EXPIRED: "{This} {token} token has expired",
    Verdict.REVOKED_OR_INVALID: "The {title} rejects {this} token",
    Verdict.INSUFFICIENT_SCOPE: "{This} {token} token lacks a required scope",
    Verdict.RATE_LIMITED: "{This} {token} token has reached its rate limit",
    Verdict.SERVICE_GONE: "The {title} has been switched off",
    Verdict.API_DISABLED: "{This} token's Google Cloud project cannot use the {title}",
    Verdict.ACCOUNT_NOT_LINKED: "{This} token's account is not linked to Google Health",
    Verdict.PROFILE_MISSING: "{This} token's account has no Google Health profile yet",
    Verdict.GRANT_BROKEN: "{This} token's consent is broken, although the token can be refreshed",
    Verdict.NOT_PERMITTED: "The {title} denies access to {this} token's application or account",
    Verdict.UNDETERMINED: "Could not tell whether {this} {token} token works",
}


def _headline(verdict: Verdict, title: str, token: str | None = None, *, this: str = "this") -> str:
    """Return how a summary begins; ``this`` is "the" for a token that was not pasted."""
    form = _HEADLINES.get(verdict, _NO_HEADLINE)
    return form.format(title=title, token=token or title, this=this, This=this.capitalize())


_NO_HEADLINE = "This text contains no access token that can be tried"
# A clock that is wrong is more often off by days than by minutes, after an empty battery.
_CLOCK_DOUBT_SECONDS = 6 * 7 * 86_400


class Conclusion(NamedTuple):
    """A verdict, whether the token is usable, one line, and whole sentences of advice."""

    verdict: Verdict
    usable: bool | None
    summary: str
    advice: tuple[str, ...] = ()
    expires_too_soon: bool = False
    """Whether the token works but lives shorter than the caller requires."""


def exit_code(verdict: Verdict, usable: bool | None) -> ExitCode:  # noqa: FBT001 - three states
    """Return the exit code: the table is part of the public interface."""
    if usable is False:
        return ExitCode.NOT_USABLE
    if verdict is Verdict.RATE_LIMITED:
        return ExitCode.RATE_LIMITED
    if usable is None:
        # No flaw was found, and --offline can find out no more.
        return ExitCode.USABLE if verdict is Verdict.UNVERIFIED else ExitCode.COULD_NOT_TELL
    return ExitCode.USABLE


_PAUSED = ("Send no request until this pause has ended. Requests that are left do not shorten it.",)
_PAUSE_ENDED = ("The requested pause has ended. The next request shows whether the limit has.",)


def conclude(verdict: Verdict, summary: str, advice: tuple[str, ...] = ()) -> Conclusion:
    """Return a conclusion, in which the verdict decides whether the token is usable."""
    return Conclusion(verdict, _USABLE.get(verdict, False), summary, advice)


def conclude_nothing_pasted() -> Conclusion:
    """Conclude for a prompt that a person ended without a paste."""
    advice = "Paste the token, or text that contains it, before you end the input."
    return conclude(Verdict.NO_TOKEN, "Nothing was pasted.", (advice,))


def conclude_other_provider(own: str, expected: str, *, is_detected: bool = True) -> Conclusion:
    """Conclude for a token of another provider than the caller named; ``own`` describes it.

    ``is_detected`` is whether the token shows its provider to one who names none.
    """
    advice = (
        "Name no provider, neither with `tokcheck validate --provider` nor in the exporter's "
        "configuration: it is detected from the token."
        if is_detected
        else "Name its own provider, with `tokcheck validate --provider` or in the exporter's "
        "configuration."
    )
    return conclude(Verdict.WRONG_PROVIDER, f"This is {own}, not one of the {expected}.", (advice,))


def conclude_expired(
    claims: Claims, now: datetime, title: str, remedies: Sequence[str]
) -> Conclusion:
    """Conclude for a token that is expired according to its claims, which is not probed."""
    assert claims.expires_at is not None  # noqa: S101 - the caller has compared it
    ago = (now - claims.expires_at).total_seconds()
    advice = list(remedies)
    if ago < _CLOCK_DOUBT_SECONDS:
        advice.append(
            f"This computer's clock says {format_moment(now)}. If that is wrong, set it and retry."
        )
    return conclude(
        Verdict.EXPIRED,
        f"This {title} token expired {format_duration(ago)} ago "
        f"({format_moment(claims.expires_at)}).",
        tuple(advice),
    )


def conclude_unverified(seconds_left: float | None, title: str) -> Conclusion:
    """Conclude for a token that looks right and was not probed; ``None`` is an unknown expiry."""
    headline = _headline(Verdict.UNVERIFIED, title)
    known = "" if seconds_left is None else f"; it expires in {format_wait(seconds_left)}"
    return conclude(Verdict.UNVERIFIED, f"{headline}{known}.")


def explain_outcome(
    outcome: Outcome, now: datetime, title: str, remedies: Mapping[Verdict, tuple[str, ...]]
) -> Conclusion:
    """Conclude from the outcome of a response that an error message reports."""
    return conclude_from_outcome(outcome, now, title, remedies, this="the")


def conclude_from_outcome(
    outcome: Outcome,
    now: datetime,
    title: str,
    remedies: Mapping[Verdict, tuple[str, ...]],
    token: str | None = None,
    *,
    this: str = "this",
) -> Conclusion:
    """Conclude from a probe's outcome.

    ``token`` is the token's title, if it is not the API's; ``this`` is "the" for a token that was
    not pasted.
    """
    verdict = outcome.verdict
    if verdict is Verdict.VALID and _is_used_up(outcome.quota, now):
        verdict = Verdict.RATE_LIMITED  # the check took the last request; the next one is refused
    summary = _headline(verdict, title, token, this=this)
    if outcome.detail:
        summary += f": {outcome.detail}"
    elif verdict is Verdict.RATE_LIMITED and _is_only_paused(outcome):
        wait = _seconds_left(outcome.retry_at, now)
        summary += f": the response says to wait {format_wait(wait)}" if wait > 0 else ""
        remedies = {**remedies, verdict: _PAUSED if wait > 0 else _PAUSE_ENDED}
    elif verdict in {Verdict.VALID, Verdict.RATE_LIMITED}:
        summary += _remaining_requests(outcome.quota, now, outcome.retry_at)
    remedy = remedies.get(verdict, ()) if outcome.remedy is None else outcome.remedy
    return conclude(verdict, end_sentence(summary), (*outcome.advice, *remedy))


def conclude_from_net_error(error: NetError, title: str) -> Conclusion:
    """Conclude from a request without a response."""
    headline = _headline(Verdict.UNDETERMINED, title)
    advice: tuple[str, ...] = (error.hint,) if error.hint else ()
    if error.kind == "timeout":
        advice += (
            "To wait longer, pass a longer time with `tokcheck validate --timeout`; in the "
            "exporter's configuration, it is timeout.",
        )
    return conclude(Verdict.UNDETERMINED, end_sentence(f"{headline}: {error.message}"), advice)


def _is_only_paused(outcome: Outcome) -> bool:
    """Return whether a refusal names a pause, and no reported window had nothing left.

    If none is reported either, the provider's own advice may name the pause.
    """
    used_up = any(window.remaining == 0 for window in outcome.quota)
    has_left = any(window.remaining for window in outcome.quota)
    return outcome.retry_at is not None and not used_up and (has_left or not outcome.advice)


def _seconds_left(until: datetime | None, now: datetime) -> float:
    return 0.0 if until is None else (until - now).total_seconds()


def _is_used_up(quota: Sequence[Quota], now: datetime) -> bool:
    """Return whether a response reported that no request is left until a reset."""
    return any(window.source == "headers" and window.is_used_up(now) for window in quota)


def _remaining_requests(quota: Sequence[Quota], now: datetime, pause_end: datetime | None) -> str:
    """Return the clause about the first window; of those that are used up, about the longest.

    A pause that the response requests is named if it ends noticeably later than the window.
    """
    named = [window for window in quota if window.remaining_words]
    if not named:
        return ""
    used_up = [window for window in named if window.is_used_up(now)]
    window = max(used_up, key=lambda each: each.reset_at or now, default=named[0])
    reset = ""
    if window.reset_at is not None:
        words = format_wait(_seconds_left(window.reset_at, now))
        wait = format_wait(_seconds_left(pause_end, now))
        reset = f"; it resets in {words}"
        if outlasts_reset(pause_end, window.reset_at) and wait != words:
            reset += f", but the response says to wait {wait}"
    # Of requests that are counted, unreported ones are used up as well.
    most = "at most " if window.source == "counted" else ""
    return f": {most}{window.remaining_words} are left{reset}"
