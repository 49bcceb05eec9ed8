"""The request of a refresh, repeated until its outcome is known."""

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeAlias

from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.grant import Grant, Intent, LimitCode, RefreshLimit, Tokens
from tokcheck.accounts.oauth.secret_sources import refusal_to_report
from tokcheck.accounts.oauth.token_endpoint import refresh_tokens
from tokcheck.accounts.refresh.steps import Pause, SendRequest, Step
from tokcheck.core.errors import NetError
from tokcheck.core.flow import map_requests
from tokcheck.core.humanize import format_duration
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
# How long to wait if a rate-limited endpoint does not say how long.
_UNNAMED_PAUSE = 60.0
# How long to repeat a request after responses without tokens, where someone waits.
_ANSWERED_PATIENCE = 10.0

Secrets: TypeAlias = tuple[Secret | None, ...]
"""The secrets of the application to try, the best first; ``None`` for none."""


class NewTokens(NamedTuple):
    """The tokens of a response, and with which application they were requested."""

    grant: Grant
    """The grant before the refresh, with the secret that worked."""
    tokens: Tokens
    sent_at: float
    """The earliest moment from which they may be valid: a repeated response is as old as the
    first."""


class RepeatedRequest:
    """The request of one refresh, and whether the provider may have carried it out.

    ``now`` returns Unix seconds, ``timer`` the seconds of a monotonic clock. No request is
    repeated after ``deadline``, a moment of the timer; nor after ``safe_deadline`` if the grant
    cannot be lost. It can if its refresh token works once and may be used up: the provider repeats
    its response for a short time only. If each request got a response, though without tokens, that
    is less likely: then ``deadline`` counts only for a caller who waits that long anyway.
    """

    def __init__(
        self,
        provider: Provider,
        now: Callable[[], float],
        timer: Callable[[], float],
        deadline: float,
        safe_deadline: float,
    ) -> None:
        self._provider = provider
        self._now = now
        self._timer = timer
        self.deadline = deadline
        self._safe_deadline = safe_deadline
        self._answered_deadline = max(safe_deadline, timer() + _ANSWERED_PATIENCE)
        self._has_noted = False
        # Whether a request of this process may have been carried out without a response.
        self.is_unanswered = False
        # Whether an earlier request of the intent may have used the refresh token.
        self.may_be_used = False
        # The same, but for servers that were unavailable and said until when.
        self.is_at_stake = False

    def limit_to_one_try(self) -> None:
        """Repeat no request."""
        self.deadline = self._timer()

    def send(
        self, grant: Grant, secrets: Secrets, intent: Intent
    ) -> Generator[Step, Any, NewTokens]:
        """Send the request with one secret of the application after the other.

        A provider that refuses the application has not used the refresh token.

        :raises OAuthError: if the provider refused, or its response was not a valid one.
        :raises NetError: if there was no response.
        """
        refusal: OAuthError | None = None
        for secret in secrets[:-1]:
            try:
                return (yield from self._send_until_answered(_with_secret(grant, secret), intent))
            except OAuthError as error:
                if not error.refused or error.code in {"invalid_grant", "service_gone"}:
                    raise
                refusal = error
        last = secrets[-1]
        try:
            return (yield from self._send_until_answered(_with_secret(grant, last), intent))
        except OAuthError as error:
            raise refusal_to_report(refusal, error, last) from None

    def _send_until_answered(self, grant: Grant, intent: Intent) -> Generator[Step, Any, NewTokens]:
        """Send the same request again until its outcome is known."""
        assert grant.refresh is not None  # noqa: S101 - an intent needs one
        pause = FIRST_PAUSE
        while True:
            sent_at = self._timer()
            token_flow = refresh_tokens(
                self._provider, grant.client, grant.refresh, access=grant.access, name=grant.name
            )
            problem: NetError | OAuthError
            is_limited = False
            try:
                tokens = yield from map_requests(
                    token_flow, lambda request: SendRequest(self._provider, request)
                )
            except NetError as error:
                self.may_be_used = self.may_be_used or error.reached
                self.is_unanswered = self.is_unanswered or error.reached
                self.is_at_stake = self.is_at_stake or error.reached
                problem = error
            except OAuthError as error:
                if error.refused:
                    raise
                is_limited = error.code == "rate_limited"  # so it was not carried out
                self.may_be_used = self.may_be_used or not is_limited
                self.is_at_stake = self.is_at_stake or _limit_code(error) is None
                if error.is_lasting:
                    raise
                requested = error.retry_after
                if requested is None:
                    requested = _UNNAMED_PAUSE if is_limited else 0.0
                pause = max(pause, requested)
                problem = error
            else:
                last_sent_at = self._now() - (self._timer() - sent_at)
                issued_at = intent.issued_at(last_sent_at, self._provider.oauth.grace)
                return NewTokens(grant, tokens, issued_at)
            if not (self.may_be_used or is_limited):
                raise problem
            yield self._pause(pause, grant, problem)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _pause(self, seconds: float, grant: Grant, problem: NetError | OAuthError) -> Pause:
        """Return the pause before the request is repeated; raise ``problem`` if it may not be."""
        is_at_stake = self.may_be_used and self._provider.oauth.single_use
        deadline = self.deadline
        if not is_at_stake:
            deadline = min(deadline, self._safe_deadline)
        elif not self.is_unanswered:
            deadline = min(deadline, self._answered_deadline)
        if self._timer() + seconds > deadline:
            raise problem
        if not is_at_stake or self._has_noted:
            return Pause(seconds)
        self._has_noted = True
        return Pause(seconds, self._note_on_stake(grant, deadline))

    def _note_on_stake(self, grant: Grant, deadline: float) -> str:
        title, seconds = self._provider.title, format_duration(deadline - self._timer())
        why = "no response arrived" if self.is_unanswered else "its response contains no tokens"
        return (
            f"The {title} may have carried out the refresh of {grant.name}, but {why}. The request "
            f"is repeated for up to {seconds}, because the refresh token works once."
        )


def limit_from(
    error: Exception, now: float, address: str, *, covers_intent: bool
) -> RefreshLimit | None:
    """Return the limit that an error reports; ``None`` if the endpoint names none."""
    code = _limit_code(error) if isinstance(error, OAuthError) else None
    if code is None or not isinstance(error, OAuthError):
        return None
    seconds = _UNNAMED_PAUSE if error.retry_after is None else error.retry_after
    return RefreshLimit(now, now + seconds, address, code, covers_intent)


def _limit_code(error: OAuthError) -> LimitCode | None:
    """Return why the endpoint wants no refresh for a while, if it does."""
    if error.code == LimitCode.SERVER_ERROR and not error.retry_after:
        return None
    return LimitCode(error.code) if error.code in tuple(LimitCode) else None


def _with_secret(grant: Grant, secret: Secret | None) -> Grant:
    return grant._replace(client=grant.client._replace(secret=secret))
