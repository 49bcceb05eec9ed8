"""What Google's library for Python raises when it refreshes a token.

https://googleapis.dev/python/google-auth/latest/reference/google.auth.exceptions.html
"""

from tokcheck.accounts.explanation.client_errors.client_error import ClientError
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Verdict

# In front of the scopes, in the message about them.
MISSING_SCOPES = "missing scopes "
_SHOW = "Print the response's status and body, and paste that."

GOOGLE_ERRORS = (
    ClientError(
        "google_no_access_token",
        LazyRegex(r"\bRefreshError: \(?['\"]?No access token in response\b"),
        Verdict.UNDETERMINED,
        "The response of the token endpoint contains no access token, although it is not an error.",
        "Check that the token_uri of the credentials is `https://oauth2.googleapis.com/token`. "
        f"{_SHOW}",
        "google-health",
    ),
    ClientError(
        "google_no_id_token",
        LazyRegex(r"\bRefreshError: \(?['\"]?No ID token in response\b"),
        Verdict.UNDETERMINED,
        "The response of the token endpoint contains no ID token.",
        "Google issues one only to a request with the scope openid, or with a target_audience. An "
        "API with a user's data requires the access token, not the ID token.",
        "google-health",
    ),
    ClientError(
        "google_scopes_not_granted",
        LazyRegex(
            r"\bNot all requested scopes were granted by the authorization server\b"
            rf"(?:, {MISSING_SCOPES}[\w:/.-]{{1,200}}+(?:, ?[\w:/.-]{{1,200}}+){{0,50}}+)?+"
        ),
        Verdict.INSUFFICIENT_SCOPE,
        "The user did not grant all requested scopes, so the client library refuses the token.",
        "Have the user consent again, with the scopes ticked that the message names, or leave them "
        "out of the credentials: `tokcheck login google-health --scope NAME,NAME`.",
        "google-health",
    ),
    ClientError(
        "google_handler_expired",
        LazyRegex(r"\breturned by the refresh_handler are already expired\b"),
        Verdict.EXPIRED,
        "The program's own refresh_handler returned a token that has expired already.",
        "Let it fetch a new token, and return the expiry in UTC without a time zone.",
        "google-health",
    ),
    ClientError(
        "google_handler",
        LazyRegex(r"\bThe refresh_handler returned (?:token is not a string|expiry is not)\b"),
        Verdict.UNDETERMINED,
        "The program's own refresh_handler returned something other than a token and its expiry.",
        "Return the token as a string, and the expiry as a datetime in UTC without a time zone.",
        "google-health",
    ),
    ClientError(
        "google_metadata",
        LazyRegex(r"\bmetadata\.google\.internal\b|\bCompute Engine metadata s(?:erver|ervice)\b"),
        Verdict.NO_TOKEN,
        "Google's client library looked for the service account of a virtual machine at Google "
        "Cloud, and found none, so nothing was sent to the API.",
        "Give it the user's own credentials: a service account has no access to users' data.",
        "google-health",
    ),
)
