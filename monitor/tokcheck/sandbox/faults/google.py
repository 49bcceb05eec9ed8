"""The faults of the Google Health API, of tokeninfo and of Google's token endpoint.

https://developers.google.com/health/reference/rest/v4/errors
"""

from tokcheck.sandbox.faults import google_bodies as errors
from tokcheck.sandbox.faults.fault import Area, Body, Fault, fixed, json_headers
from tokcheck.sandbox.messages import HTML

_API = frozenset({Area.GOOGLE_API})
_TOKENINFO = frozenset({Area.TOKENINFO})
_OAUTH = frozenset({Area.GOOGLE_OAUTH})

_NO_TOKEN = ("WWW-Authenticate", errors.REALM)
_BAD_TOKEN = ("WWW-Authenticate", f'{errors.REALM}, error="invalid_token"')


def _row(name: str, title: str, status: int, body: Body, *headers: tuple[str, str]) -> Fault:
    return Fault(name, title, _API, status, json_headers(*headers), body)


def _tokeninfo_row(name: str, title: str, status: int, body: bytes) -> Fault:
    return Fault(name, title, _TOKENINFO, status, json_headers(), fixed(body))


def _oauth_row(name: str, title: str, status: int, body: bytes) -> Fault:
    return Fault(name, title, _OAUTH, status, json_headers(), fixed(body))


AUTHORIZATION = (
    _row(
        "expired-token", "the token is past its expiry", 401, fixed(errors.bad_bearer()), _BAD_TOKEN
    ),
    _row(
        "invalid-token",
        "the token is revoked or no token",
        401,
        fixed(errors.bad_bearer()),
        _BAD_TOKEN,
    ),
    _row(
        "authorization-missing",
        "no Authorization header came",
        401,
        errors.credentials_missing,
        _NO_TOKEN,
    ),
    _row("api-key-refused", "an API key came in place of a token", 401, errors.api_key, _NO_TOKEN),
    _row("insufficient-scope", "the token lacks the scope", 403, errors.scope_missing),
    _row(
        "insufficient-scope-missing",
        "the token lacks the scope, with the reason MISSING_OAUTH_SCOPE",
        403,
        lambda a: errors.scope_missing(a, "MISSING_OAUTH_SCOPE"),
    ),
    _row(
        "insufficient-scope-legacy",
        "the token lacks the scope, in the form of older services",
        403,
        fixed(errors.legacy("Insufficient Permission", "insufficientPermissions")),
    ),
    _row(
        "api-disabled", "the API is off in the client's project", 403, fixed(errors.api_disabled())
    ),
    _row(
        "permission-denied",
        "a legacy Fitbit account gave the consent",
        403,
        fixed(errors.not_permitted()),
    ),
    _row("grant-broken", "only a new consent mends the grant", 403, fixed(errors.grant_broken())),
    _row(
        "account-not-linked",
        "the Google account has no Google Health",
        400,
        fixed(errors.not_linked()),
    ),
    _row(
        "profile-missing",
        "the Google Health profile is not set up",
        412,
        fixed(errors.profile_missing()),
    ),
)

QUOTA = (
    _row(
        "too-many-requests",
        "the minute's calls are used up",
        429,
        fixed(errors.quota(errors.quota_info())),
    ),
    _row(
        "too-many-requests-retry-info",
        "the minute's calls are used up, with a delay in the body",
        429,
        fixed(errors.quota(errors.quota_info(), errors.retry_info("32s"))),
    ),
    _row(
        "too-many-requests-message-only",
        "the minute's calls are used up, a message and no details",
        429,
        fixed(errors.quota()),
    ),
    _row(
        "too-many-requests-retry-after",
        "the minute's calls are used up, with a Retry-After header",
        429,
        fixed(errors.quota(errors.quota_info())),
        ("Retry-After", "32"),
    ),
    _row(
        "rate-limit-legacy",
        "calls are used up, as a 403 of older services",
        403,
        fixed(errors.legacy("Rate Limit Exceeded", "rateLimitExceeded")),
    ),
    _row(
        "user-rate-limit-legacy",
        "one user's calls are used up, as a 403 of older services",
        403,
        fixed(errors.legacy("User Rate Limit Exceeded", "userRateLimitExceeded")),
    ),
)

SERVER = (
    _row("invalid-argument", "the request itself is wrong", 400, fixed(errors.invalid_argument())),
    Fault(
        "not-found",
        "the path does not exist, in HTML",
        _API,
        404,
        (("Content-Type", HTML),),
        fixed(errors.HTML_NOT_FOUND),
    ),
    _row(
        "server-error",
        "the service failed",
        500,
        fixed(errors.status(500, "INTERNAL", "Internal error encountered.")),
    ),
    _row(
        "unavailable",
        "the service is down",
        503,
        fixed(errors.status(503, "UNAVAILABLE", "The service is currently unavailable.")),
    ),
    _row(
        "gateway-timeout",
        "the service took too long",
        504,
        fixed(
            errors.status(
                504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."
            )
        ),
    ),
)

TOKENINFO = (
    _tokeninfo_row(
        "tokeninfo-invalid-token",
        "tokeninfo does not know the token",
        400,
        errors.oauth("invalid_token", "Invalid Value"),
    ),
    _tokeninfo_row(
        "tokeninfo-invalid-token-bare",
        "tokeninfo does not know the token and does not say more",
        400,
        errors.oauth("invalid_token"),
    ),
    _tokeninfo_row(
        "tokeninfo-token-missing",
        "tokeninfo got no token",
        400,
        errors.oauth("invalid_request", "either access_token, id_token, or token_handle required"),
    ),
    _tokeninfo_row(
        "tokeninfo-server-error", "tokeninfo failed", 500, errors.oauth("internal_failure")
    ),
)

OAUTH = (
    _oauth_row(
        "refresh-token-invalid",
        "the refresh token is expired or revoked",
        400,
        errors.oauth("invalid_grant", "Token has been expired or revoked."),
    ),
    _oauth_row(
        "session-expired",
        "the refresh token ended by a session-control rule",
        400,
        errors.oauth(
            "invalid_grant", "reauth related error (invalid_rapt)", error_subtype="invalid_rapt"
        ),
    ),
    _oauth_row(
        "admin-policy-enforced",
        "an administrator forbids the application",
        400,
        errors.oauth("admin_policy_enforced"),
    ),
    _oauth_row(
        "client-deleted",
        "the application was deleted",
        401,
        errors.oauth("deleted_client", "The OAuth client was deleted."),
    ),
    # Recorded by https://github.com/openpubkey/opkssh/issues/617
    _oauth_row(
        "client-disabled",
        "the application was disabled",
        401,
        errors.oauth("disabled_client", "The OAuth client was disabled."),
    ),
)

GOOGLE_FAULTS = (*AUTHORIZATION, *QUOTA, *SERVER, *TOKENINFO, *OAUTH)
