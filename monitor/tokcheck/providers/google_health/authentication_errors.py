"""The verdict that follows from a 401 of the API.

The reasons are those of
https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto .
"""

from collections.abc import Mapping

from tokcheck.core.report import Claims, Outcome, Verdict
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.api_responses import responses
from tokcheck.providers.base import Response
from tokcheck.providers.google_health.advice import (
    ACCOUNT_DISABLED,
    CONSENT_ENDED,
    NOT_EXPIRED,
    REFRESH_ONCE,
    SESSION_COOKIE,
    UNSUPPORTED_TYPE,
)

BAD_TOKEN = "expired, revoked or never issued; Google does not say which"  # noqa: S105 - a clause

# Status words and older reasons, which are the same for every refusal.
_SILENT_REASONS = {
    "", "UNAUTHENTICATED", "authError", "invalidCredentials", "invalid_token", "required",
}  # fmt: skip
_COOKIE = Outcome(
    Verdict.UNDETERMINED,
    "the server received a session cookie that is not valid, instead of the token",
    remedy=(SESSION_COOKIE,),
)
_BY_REASON: Mapping[str, Outcome] = {
    "CREDENTIALS_MISSING": Outcome(
        Verdict.UNDETERMINED,
        "the token did not reach the server",
        ("A proxy may have removed the Authorization header. Check the proxies on the way.",),
    ),
    "SESSION_COOKIE_INVALID": _COOKIE,
    "SESSION_COOKIE_EXPIRED": _COOKIE,
}
_BY_OWN_REASON: Mapping[str, Outcome] = {
    "ACCESS_TOKEN_EXPIRED": Outcome(Verdict.EXPIRED, "the server reports ACCESS_TOKEN_EXPIRED"),
    "ACCOUNT_STATE_INVALID": Outcome(
        Verdict.NOT_PERMITTED,
        "the user's Google account is disabled or deleted (ACCOUNT_STATE_INVALID)",
        remedy=(ACCOUNT_DISABLED,),
    ),
    "ACCESS_TOKEN_TYPE_UNSUPPORTED": Outcome(
        Verdict.REVOKED_OR_INVALID,
        "it is of a type that the API does not accept (ACCESS_TOKEN_TYPE_UNSUPPORTED)",
        remedy=(UNSUPPORTED_TYPE,),
    ),
}


def authentication_outcome(
    response: Response, error: ApiError, token_claims: Claims | None
) -> Outcome | None:
    """Return the outcome of a 401; ``None`` if it is not the API's own."""
    reason = error.type or ""
    if reason in _BY_REASON:
        return _BY_REASON[reason]
    if not responses.is_api_refusal(response):
        return None
    if reason in _BY_OWN_REASON:
        return _BY_OWN_REASON[reason]
    if reason not in _SILENT_REASONS:
        message = f": {error.message}" if responses.has_telling_message(error) else ""
        return Outcome(
            Verdict.REVOKED_OR_INVALID, f"{reason}{message}", remedy=(REFRESH_ONCE, CONSENT_ENDED)
        )
    left = token_claims.seconds_left(response.received_at) if token_claims else None
    is_alive = left is not None and left > 0
    remedy = (NOT_EXPIRED, CONSENT_ENDED) if is_alive else None
    return Outcome(Verdict.REVOKED_OR_INVALID, BAD_TOKEN, remedy=remedy)
