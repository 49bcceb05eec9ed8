"""The faults of the Google Health API, of tokeninfo and of Google's token endpoint.

https://developers.google.com/health/reference/rest/v4/errors
"""

from tokcheck.sandbox.faults import google_bodies
from tokcheck.sandbox.faults.fault import Area, Body, Fault, constant_body, json_headers
from tokcheck.sandbox.http_messages import HTML

_API = frozenset({Area.GOOGLE_API})
_TOKENINFO = frozenset({Area.TOKENINFO})
_OAUTH = frozenset({Area.GOOGLE_OAUTH})

_NO_TOKEN = ("WWW-Authenticate", google_bodies.REALM)
_BAD_TOKEN = ("WWW-Authenticate", f'{google_bodies.REALM}, error="invalid_token"')


def api_fault(name: str, title: str, status: int, body: Body, *headers: tuple[str, str]) -> Fault:
    """Return a fault of the API with a JSON body."""
    return Fault(name, title, _API, status, json_headers(*headers), body)


def _tokeninfo_fault(name: str, title: str, status: int, body: bytes) -> Fault:
    return Fault(name, title, _TOKENINFO, status, json_headers(), constant_body(body))


def _oauth_fault(name: str, title: str, status: int, body: bytes) -> Fault:
    return Fault(name, title, _OAUTH, status, json_headers(), constant_body(body))


AUTHORIZATION = (
    api_fault(
        "expired-token",
        "the token has expired",
        401,
        constant_body(google_bodies.bad_bearer()),
        _BAD_TOKEN,
    ),
    api_fault(
        "invalid-token",
        "the token is revoked or invalid",
        401,
        constant_body(google_bodies.bad_bearer()),
        _BAD_TOKEN,
    ),
    api_fault(
        "authorization-missing",
        "the Authorization header is missing",
        401,
        google_bodies.credentials_missing,
        _NO_TOKEN,
    ),
    api_fault(
        "api-key-refused",
        "an API key is sent in place of a token",
        401,
        google_bodies.api_key,
        _NO_TOKEN,
    ),
    api_fault("insufficient-scope", "the token lacks the scope", 403, google_bodies.scope_missing),
    api_fault(
        "insufficient-scope-missing",
        "the token lacks the scope, with the reason MISSING_OAUTH_SCOPE",
        403,
        lambda a: google_bodies.scope_missing(a, "MISSING_OAUTH_SCOPE"),
    ),
    api_fault(
        "insufficient-scope-legacy",
        "the token lacks the scope, in the form of older services",
        403,
        constant_body(google_bodies.legacy("Insufficient Permission", "insufficientPermissions")),
    ),
    api_fault(
        "api-disabled",
        "the API is off in the client's project",
        403,
        constant_body(google_bodies.api_disabled()),
    ),
    api_fault(
        "project-deleted",
        "the client's project does not exist or was deleted (CONSUMER_INVALID)",
        403,
        constant_body(google_bodies.project_fault("CONSUMER_INVALID", "Project is deleted.")),
    ),
    api_fault(
        "billing-disabled",
        "billing is off in the client's project",
        403,
        constant_body(
            google_bodies.project_fault("BILLING_DISABLED", "This API method requires billing.")
        ),
    ),
    api_fault(
        "user-project-denied",
        "the user may not use the project that the request names",
        403,
        constant_body(
            google_bodies.project_fault(
                "USER_PROJECT_DENIED", "Caller does not have required permission to use project."
            )
        ),
    ),
    api_fault(
        "permission-denied",
        "the consent is from a legacy Fitbit account",
        403,
        constant_body(google_bodies.not_permitted()),
    ),
    api_fault(
        "grant-broken",
        "the grant is broken; only a new consent repairs it",
        403,
        constant_body(google_bodies.grant_broken()),
    ),
    api_fault(
        "account-not-linked",
        "the Google account has no Google Health",
        400,
        constant_body(google_bodies.not_linked()),
    ),
    api_fault(
        "profile-missing",
        "the Google Health profile is not set up",
        412,
        constant_body(google_bodies.profile_missing()),
    ),
)

SERVER = (
    api_fault(
        "invalid-argument",
        "the request itself is wrong",
        400,
        constant_body(google_bodies.invalid_argument()),
    ),
    Fault(
        "not-found",
        "the path does not exist, in HTML",
        _API,
        404,
        (("Content-Type", HTML),),
        constant_body(google_bodies.HTML_NOT_FOUND),
    ),
    api_fault(
        "server-error",
        "the service failed",
        500,
        constant_body(google_bodies.status(500, "INTERNAL", "Internal error encountered.")),
    ),
    api_fault(
        "unavailable",
        "the service is down",
        503,
        constant_body(
            google_bodies.status(503, "UNAVAILABLE", "The service is currently unavailable.")
        ),
    ),
    api_fault(
        "unavailable-retry-info",
        "the service is down, with a delay in the body",
        503,
        constant_body(
            google_bodies.status(
                503,
                "UNAVAILABLE",
                "The service is currently unavailable.",
                google_bodies.retry_info("40s"),
            )
        ),
    ),
    api_fault(
        "gateway-timeout",
        "the service took too long",
        504,
        constant_body(
            google_bodies.status(
                504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."
            )
        ),
    ),
)

TOKENINFO = (
    _tokeninfo_fault(
        "tokeninfo-invalid-token",
        "tokeninfo does not know the token",
        400,
        google_bodies.oauth("invalid_token", "Invalid Value"),
    ),
    _tokeninfo_fault(
        "tokeninfo-invalid-token-bare",
        "tokeninfo does not know the token and gives no description",
        400,
        google_bodies.oauth("invalid_token"),
    ),
    _tokeninfo_fault(
        "tokeninfo-token-missing",
        "tokeninfo got no token",
        400,
        google_bodies.oauth(
            "invalid_request", "either access_token, id_token, or token_handle required"
        ),
    ),
    _tokeninfo_fault(
        "tokeninfo-server-error", "tokeninfo failed", 500, google_bodies.oauth("internal_failure")
    ),
)

OAUTH = (
    _oauth_fault(
        "refresh-token-invalid",
        "the refresh token is expired or revoked",
        400,
        google_bodies.oauth("invalid_grant", "Token has been expired or revoked."),
    ),
    _oauth_fault(
        "session-expired",
        "a session-control rule ended the refresh token",
        400,
        google_bodies.oauth(
            "invalid_grant", "reauth related error (invalid_rapt)", error_subtype="invalid_rapt"
        ),
    ),
    _oauth_fault(
        "admin-policy-enforced",
        "an administrator forbids the application",
        400,
        google_bodies.oauth("admin_policy_enforced"),
    ),
    _oauth_fault(
        "client-deleted",
        "the application was deleted",
        401,
        google_bodies.oauth("deleted_client", "The OAuth client was deleted."),
    ),
    # Recorded by https://github.com/openpubkey/opkssh/issues/617
    _oauth_fault(
        "client-disabled",
        "the application was disabled",
        401,
        google_bodies.oauth("disabled_client", "The OAuth client was disabled."),
    ),
)

GOOGLE_FAULTS = (*AUTHORIZATION, *SERVER, *TOKENINFO, *OAUTH)
