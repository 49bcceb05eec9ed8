"""The codes that errors have, and the HTTP status that each comes with."""

from collections.abc import Mapping
from types import MappingProxyType

from tokcheck.accounts.oauth.authorization_error_table import AUTHORIZATION_CAUSES, UNNAMED
from tokcheck.accounts.oauth.token_error_table import TEMPORARY_CODES, TOKEN_CAUSES
from tokcheck.core.lazy import LazyRegex

# The codes of token endpoints and consent pages that the tables explain.
_CAUSES = (*TOKEN_CAUSES, *AUTHORIZATION_CAUSES)
OAUTH_CODES = frozenset({cause.code for cause in _CAUSES} - UNNAMED) | TEMPORARY_CODES
# Those that occur in no other context, so that they need no other sign of an error.
DISTINCT_CODES = OAUTH_CODES - {
    "access_denied", "access_not_configured", "consent_required", "interaction_required",
    "invalid_request", "invalid_scope", "invalid_token", "login_required", "org_internal",
    "policy_enforced", "rate_limit_exceeded", "server_error", "temporarily_unavailable",
}  # fmt: skip

STATUSES: Mapping[str, int] = MappingProxyType(
    {
        # Fitbit's types
        "expired_token": 401,
        "invalid_token": 401,
        "insufficient_scope": 403,
        "insufficient_permissions": 403,
        "invalid_grant": 400,
        "invalid_client": 401,
        "not_found": 404,
        "validation": 400,
        # Google's status words: https://google.aip.dev/193
        "INVALID_ARGUMENT": 400,
        "FAILED_PRECONDITION": 400,
        "UNAUTHENTICATED": 401,
        "PERMISSION_DENIED": 403,
        "NOT_FOUND": 404,
        "RESOURCE_EXHAUSTED": 429,
        "INTERNAL": 500,
        "UNAVAILABLE": 503,
        "DEADLINE_EXCEEDED": 504,
        # and reasons
        "ACCESS_TOKEN_EXPIRED": 401,
        "CREDENTIALS_MISSING": 401,
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT": 403,
        "MISSING_OAUTH_SCOPE": 403,
        "insufficientPermissions": 403,
        "SERVICE_DISABLED": 403,
        "accessNotConfigured": 403,
        "ACCOUNT_NOT_LINKED": 400,
        "RESOURCE_PERMISSION_DENIED": 403,
        "CONSUMER_INVALID": 403,
        "CONSUMER_SUSPENDED": 403,
        "BILLING_DISABLED": 403,
        "USER_PROJECT_DENIED": 403,
        "RATE_LIMIT_EXCEEDED": 429,
        "rateLimitExceeded": 403,
        "userRateLimitExceeded": 403,
        "authError": 401,
    }
)

# How Google's endpoints describe errors of OAuth in this form, which many services use.
_GOOGLE_DESCRIPTIONS = LazyRegex(
    r"Token has been (?:expired or )?revoked|Bad Request|Unauthorized|Forbidden"
    r"|Precondition Required|Invalid Value|Malformed auth code|The OAuth client was \w+"
    r"|The provided client secret is invalid|Account has been (?:deleted|disabled)"
    r"|reauth related error \(invalid_rapt\)|Some requested scopes (?:were invalid|cannot be shown)"
    r"[^\n]*|Empty or missing scope not allowed|Invalid grant_type: ?[^\n]*"
    r"|Missing required parameter: ?\w*|Could not determine client ID from request"
    r"|client_secret is missing|(?:Missing|Invalid) code verifier"
    r"|code_verifier or verifier is not needed|Invalid parameter value for redirect_uri: [^\n]*"
    r"|Invalid client type|Only clients of type [^\n]*"
    r"|This client is restricted to users within its organization"
)
# Codes that only Google has.
_GOOGLE_CODES = frozenset(
    {"admin_policy_enforced", "deleted_client", "disabled_client", "disallowed_useragent",
     "org_internal"}
)  # fmt: skip


def owner_of_words(description: str) -> str | None:
    """Return the only provider that describes an error of OAuth so; ``None`` if others do."""
    is_google = _GOOGLE_DESCRIPTIONS.fullmatch(description.rstrip(".")) is not None
    return "google-health" if is_google else None


def owner_of_code(code: str) -> str | None:
    """Return the only provider that has this code of OAuth; ``None`` if others do."""
    return "google-health" if code in _GOOGLE_CODES else None
