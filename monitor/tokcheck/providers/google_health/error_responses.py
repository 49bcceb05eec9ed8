"""The verdict that follows from an error response of the API."""

from tokcheck.core.credential import NO_CREDENTIAL, Credential
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Claims, Outcome, Verdict
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.api_responses import responses, unclear_responses
from tokcheck.providers.base import Response
from tokcheck.providers.google_health.advice import OWN_ERROR, OWN_REASON, WITHOUT_KEY
from tokcheck.providers.google_health.authentication_errors import (
    BAD_TOKEN,
    authentication_outcome,
)
from tokcheck.providers.google_health.project_errors import project_problem_outcome
from tokcheck.providers.google_health.quota import DOCUMENTED_QUOTA, conclude_rate_limited
from tokcheck.providers.google_health.scopes import PREFIX
from tokcheck.providers.google_health.token_origin import (
    conclude_own_project,
    explain_origin,
    google_tool,
)

_SCOPE_REASONS = {
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    "MISSING_OAUTH_SCOPE",
    "insufficientPermissions",
    "insufficient_scope",  # RFC 6750, in a header
}
# The message of these reasons, which some responses and libraries have without its details.
_SCOPE_WORDS = "insufficient authentication scopes"
_QUOTA_REASONS = {
    "RATE_LIMIT_EXCEEDED",
    "dailyLimitExceeded",
    "quotaExceeded",
    "rateLimitExceeded",
    "userRateLimitExceeded",
}
_PROJECT = LazyRegex(r"\bproject(?:s/|_number:| )(\d{1,20})\b")


def read_error_response(
    response: Response, credential: Credential, token_claims: Claims | None
) -> Outcome:
    """Return the outcome of any response of the API but the expected one."""
    errors = responses.parse_errors(response, credential.secret)
    error = errors[0] if errors else ApiError(None, None, {})
    outcome = _outcome_by_reason(response, error, token_claims)
    shown = error.probe_error if errors else None
    outcome = outcome._replace(status=response.status, error=outcome.error or shown)
    return explain_origin(outcome, token_claims)


def read_error(response: Response) -> Outcome:
    """Return the outcome of an error response of the API or of tokeninfo without its request."""
    outcome = read_error_response(response, NO_CREDENTIAL, None)
    error = outcome.error
    if response.status in (400, 401) and error is not None and error.type == "invalid_token":
        return outcome._replace(verdict=Verdict.REVOKED_OR_INVALID, detail=BAD_TOKEN, advice=())
    if outcome.verdict is Verdict.INSUFFICIENT_SCOPE:
        errors = responses.parse_errors(response)
        method = errors[0].details.get("method", "").rpartition(".")[2] if errors else ""
        needs = f"the method {method} needs one" if method else "the request needs one"
        return outcome._replace(detail=f"{needs} that was not granted", missing_scopes=())
    return outcome


def _outcome_by_reason(response: Response, error: ApiError, token_claims: Claims | None) -> Outcome:
    status, reason = response.status, error.type
    undetermined = unclear_responses.undetermined_outcome(
        response, error if error.type else None, OWN_ERROR
    )
    if not 400 <= status < 500:  # not a refusal, so its body does not count
        return undetermined
    if unclear_responses.is_front_end_limit(response):
        return unclear_responses.front_end_limit_outcome(response)
    if status == 429 or (status == 403 and reason in _QUOTA_REASONS):
        return conclude_rate_limited(response, error)
    if status == 410:
        return Outcome(Verdict.SERVICE_GONE, "the server returns HTTP 410 Gone")
    if status == 401:
        return authentication_outcome(response, error, token_claims) or undetermined
    return _refusal_outcome(response, error, token_claims) or undetermined


def _refusal_outcome(
    response: Response, error: ApiError, token_claims: Claims | None
) -> Outcome | None:
    """Return the outcome of a refusal of a token that is valid; ``None`` for an unknown error."""
    status, reason = response.status, error.type
    is_about_scopes = status == 403 and _SCOPE_WORDS in (error.message or "").lower()
    if reason in _SCOPE_REASONS or is_about_scopes:
        return _scope_missing(token_claims)
    if status == 403 and (
        reason in {"SERVICE_DISABLED", "accessNotConfigured"}
        or "has not been used in project" in (error.message or "")
    ):
        return _api_disabled(error, token_claims)
    if reason == "ACCOUNT_NOT_LINKED":
        return Outcome(Verdict.ACCOUNT_NOT_LINKED)
    if status == 412 and responses.has_error_form(response):
        return Outcome(Verdict.PROFILE_MISSING)
    if reason == "RESOURCE_PERMISSION_DENIED":
        return Outcome(Verdict.GRANT_BROKEN)
    if (reason or "").startswith("API_KEY_"):
        detail = f"the request contains an API key, which Google refuses ({reason})"
        return Outcome(Verdict.UNDETERMINED, detail, (WITHOUT_KEY,))
    if (problem := project_problem_outcome(error)) is not None:
        return problem
    if status == 403 and reason == "PERMISSION_DENIED":
        if responses.has_telling_message(error):
            detail = f"PERMISSION_DENIED: {error.message}"
            return Outcome(Verdict.NOT_PERMITTED, detail, remedy=OWN_REASON)
        return Outcome(Verdict.NOT_PERMITTED, "it returns PERMISSION_DENIED without a reason")
    return None


def _scope_missing(token_claims: Claims | None) -> Outcome:
    """Conclude for a token that identity rejects; its other granted scopes may still work."""
    granted = [
        name for name in (token_claims and token_claims.scopes) or () if name.startswith(PREFIX)
    ]
    if not granted or PREFIX + "profile.readonly" in granted:
        return Outcome(
            Verdict.INSUFFICIENT_SCOPE,
            "the API requires a Google Health read scope, such as profile.readonly",
            missing_scopes=("profile.readonly",),
        )
    reads = any(name.endswith(".readonly") for name in granted)
    # By its description any read scope will do; one client's list requires profile.readonly.
    wanted = "the scope profile.readonly" if reads else "a read scope"
    note = (
        f"The identity endpoint needs {wanted}, which this token lacks; tokeninfo reports that "
        "the token itself is valid."
    )
    return Outcome(Verdict.VALID, advice=(note,), quota=(DOCUMENTED_QUOTA,))


def _api_disabled(error: ApiError, token_claims: Claims | None) -> Outcome:
    match = _PROJECT.search(error.details.get("consumer", "")) or _PROJECT.search(
        error.message or ""
    )
    number = match.group(1) if match else None
    if number is None and token_claims is not None and token_claims.client_id:
        # By convention a client id begins with the number of its project.
        head = token_claims.client_id.partition("-")[0]
        number = head if head.isdigit() else None
    source = google_tool(token_claims, number)
    if source is not None:
        return conclude_own_project(source)
    where = f"?project={number}" if number else ""
    return Outcome(
        Verdict.API_DISABLED,
        f"it is not enabled in {f'project number {number}' if number else 'the project'}",
        (
            "Enable it at https://console.cloud.google.com/apis/library/health.googleapis.com"
            f"{where} and try again in a few minutes. It must be enabled in the project of the "
            "OAuth client that requested the token.",
        ),
    )
