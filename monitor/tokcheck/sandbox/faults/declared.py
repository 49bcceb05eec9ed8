"""The faults of declared providers: the refusals that a declaration has, by verdict."""

from tokcheck.sandbox.faults.fault import Area, Fault, html_content

_API = frozenset({Area.DECLARED_API})
# The names are those of the same faults of the other APIs; the statuses are the usual ones.
_REFUSALS = {
    "expired-token": (401, "expired", "the token has expired"),
    "invalid-token": (401, "revoked_or_invalid", "the token is revoked or invalid"),
    "insufficient-scope": (403, "insufficient_scope", "the token lacks the scope"),
    "too-many-requests": (429, "rate_limited", "the requests of a window are used up"),
    "service-gone": (410, "service_gone", "the API was switched off"),
    "api-disabled": (403, "api_disabled", "the API is off in the client's project"),
    "account-not-linked": (403, "account_not_linked", "the account is not linked"),
    "profile-missing": (403, "profile_missing", "the user's profile is not set up"),
    "grant-broken": (403, "grant_broken", "the grant is broken; only a new consent repairs it"),
    "permission-denied": (403, "not_permitted", "the user or the application may not use the API"),
    "server-error": (500, "undetermined", "the service failed"),
}

DECLARED_FAULTS = (
    *(
        Fault(name, f"{title}, as declared", _API, status, verdict=verdict)
        for name, (status, verdict, title) in _REFUSALS.items()
    ),
    Fault(
        "unavailable",
        "the service is down, in HTML",
        _API,
        503,
        *html_content("503 Service Unavailable", "The server could not handle the request."),
    ),
)
