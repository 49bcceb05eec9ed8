"""The verdict that follows from an error response."""

from collections.abc import Sequence

from tokcheck.core.credential import NO_CREDENTIAL, Credential
from tokcheck.core.report import Outcome, Verdict
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.api_responses import responses, unclear_responses
from tokcheck.providers.api_responses.unsent_token import received_no_token
from tokcheck.providers.base import Response
from tokcheck.providers.fitbit.advice import OWN_ERROR, USED_UP, WRONG_PARAMETER
from tokcheck.providers.fitbit.quota import (
    conclude_rate_limited,
    is_used_up,
    quota_from_headers,
)
from tokcheck.providers.rate_limits.limit_names import read_limits

# The meaning of each error type, the most specific first: a response may name several.
_BY_TYPE = {
    "expired_token": (Verdict.EXPIRED, "the server reports expired_token"),
    "invalid_token": (
        Verdict.REVOKED_OR_INVALID,
        "it was revoked, or the application's settings changed, or it was never issued",
    ),
    "UNAUTHENTICATED": (
        Verdict.REVOKED_OR_INVALID,
        "expired, revoked or never issued; the response does not say which",
    ),
    "insufficient_scope": (Verdict.INSUFFICIENT_SCOPE, ""),
    "insufficient_permissions": (
        Verdict.NOT_PERMITTED,
        "the application may not use this part of the API",
    ),
    "PERMISSION_DENIED": (
        Verdict.NOT_PERMITTED,
        "it returns PERMISSION_DENIED without a reason",
    ),
}


def read_error_response(response: Response, credential: Credential) -> Outcome:
    """Return the outcome of any response but the expected one."""
    errors = responses.parse_errors(response, credential.secret)
    first = errors[0] if errors else None
    reading = quota_from_headers(response)
    if response.status == 429:
        # A front end passes the API's headers on; its own limit is exceeded where theirs is not.
        is_foreign = unclear_responses.is_front_end_limit(response)
        if is_foreign and not is_used_up(reading.quota):
            outcome = unclear_responses.front_end_limit_outcome(response)
            outcome = outcome._replace(quota=(reading.quota,) if reading.quota else ())
        else:
            is_own = responses.has_error_form(response)
            outcome = conclude_rate_limited(
                response, reading, is_own=is_own, limits=read_limits(first) if first else ()
            )
    elif response.status == 410:
        return Outcome(
            Verdict.SERVICE_GONE,
            "the server returns HTTP 410 Gone; the shutdown was announced for 2026-11-02",
            status=410,
            quota=(reading.quota,) if reading.quota else (),
            error=first.probe_error if first else None,
        )
    else:
        outcome = _outcome_by_type(response, errors)
        outcome = outcome._replace(
            advice=(
                *outcome.advice,
                *reading.notes,
                *((USED_UP,) if is_used_up(reading.quota) else ()),
            ),
            quota=(reading.quota,) if reading.quota else (),
        )
    return outcome._replace(
        status=response.status, error=outcome.error or (first.probe_error if first else None)
    )


def read_error(response: Response) -> Outcome:
    """Return the outcome of an error response without its request."""
    return read_error_response(response, NO_CREDENTIAL)


def _outcome_by_type(response: Response, errors: Sequence[ApiError]) -> Outcome:
    if response.status == 401 and not responses.is_api_refusal(response):
        return unclear_responses.undetermined_outcome(response, errors[0] if errors else None)
    if 400 <= response.status < 500 and (named := _most_specific(errors)) is not None:
        return named
    if any(_is_about_header(error, response.status) for error in errors):
        is_empty = any(received_no_token(error.message or "") for error in errors)
        return Outcome(
            Verdict.UNDETERMINED,
            "the token did not reach the server: the Authorization header is missing or empty"
            if is_empty
            else "the server did not understand the Authorization header",
            ("A proxy may have removed or changed it. Check the proxies on the way to the API.",),
        )
    if response.status == 401:
        message = errors[0].message if errors else None
        reason = f"HTTP 401: {message}" if message else "HTTP 401 without a reason"
        return Outcome(Verdict.REVOKED_OR_INVALID, reason)
    is_parameter = any(error.type == "validation" for error in errors)
    advice = WRONG_PARAMETER if is_parameter else OWN_ERROR
    return unclear_responses.undetermined_outcome(response, errors[0] if errors else None, advice)


def _is_about_header(error: ApiError, status: int) -> bool:
    if error.type not in {"invalid_request", "invalid_client"}:
        return False
    # Seen with 401; the page on error handling says 400, which other faults have as well:
    # https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-handling/
    named = "authorization header" in (error.message or "").lower()
    return status == 401 or (status == 400 and named)


def _most_specific(errors: Sequence[ApiError]) -> Outcome | None:
    """Return the outcome of the most specific error that is known by its type."""
    by_type = {error.type: error for error in reversed(errors)}
    for kind, (verdict, detail) in _BY_TYPE.items():
        if (error := by_type.get(kind)) is not None:
            missing = () if detail else (_missing_scope(error),)
            reason = detail or _scope_clause(error)
            if kind == "PERMISSION_DENIED" and responses.has_telling_message(error):
                reason = f"{kind}: {error.message}"
            return Outcome(verdict, reason, error=error.probe_error, missing_scopes=missing)
    for error in errors:  # as this came in 2015: status 401, type authorization
        if "does not have permission to access" in (error.message or ""):
            return Outcome(
                Verdict.INSUFFICIENT_SCOPE,
                _scope_clause(error),
                error=error.probe_error,
                missing_scopes=(_missing_scope(error),),
            )
    return None


def _missing_scope(error: ApiError) -> str:
    words = (error.message or "").partition("permission to access ")[2].split(" data")[0].split()
    return words[0] if len(words) == 1 else "settings"


def _scope_clause(error: ApiError) -> str:
    return f"the server requires {_missing_scope(error)}"
