"""The sentences of advice: after a verdict, and for a credential that is not an access token."""

from types import MappingProxyType

from tokcheck.core.credential import Kind
from tokcheck.core.humanize import format_duration
from tokcheck.core.report import Verdict

_CONSENT_AGAIN = (
    "Have the user consent again with the missing scope beside the others, and ticked on the "
    "consent page, where users can untick any: `tokcheck login google-health --scope NAME,NAME`."
)

BACK_OFF = "Wait, then retry with exponential backoff."
# https://docs.cloud.google.com/docs/quotas/overview
_NOT_BEFORE_MIDNIGHT = (
    "Wait until the day is over: Google's daily quotas reset at midnight Pacific time. Retries "
    "before that are refused"
)


def daily_remedy(pause: float | None) -> str:
    """Return the advice after a limit of a day; ``pause`` is what the response says of retries."""
    if pause is None:
        return f"{_NOT_BEFORE_MIDNIGHT}."
    return (
        f"{_NOT_BEFORE_MIDNIGHT}, even after the {format_duration(pause)} that the response names."
    )


NO_REQUESTS = (
    "Waiting does not help. Have the limit raised by the owner of the Google Cloud project of the "
    "OAuth client that requested the token (https://console.cloud.google.com/iam-admin/quotas)."
)

# https://developers.google.com/identity/protocols/oauth2#expiration
TESTING_DAYS = 7
CONSENT_ENDED = (
    "If the refresh fails with invalid_grant, the user has to consent again: `tokcheck login "
    "google-health`. While the OAuth consent screen is in Testing, consent expires after "
    f"{TESTING_DAYS} days."
)
NOT_EXPIRED = (
    "tokeninfo reports that it has not expired, so it may have been revoked a moment ago. Refresh "
    "it (`tokcheck accounts import FILE`): the new token is valid for one hour."
)
REFRESH_ONCE = (
    "Refresh it once (`tokcheck accounts import FILE`). If the new token is refused as well, the "
    "reason above counts."
)
ACCOUNT_DISABLED = (
    "Refreshing does not help. The user has to restore the account "
    "(https://accounts.google.com/signin/recovery), or to consent with another one."
)
UNSUPPORTED_TYPE = (
    "Refreshing does not help. Use an access token that an OAuth client obtained with the consent "
    "of a user: `tokcheck login google-health`."
)
SESSION_COOKIE = "A proxy may have replaced the Authorization header. Check the proxies on the way."
WITHOUT_KEY = (
    "This says nothing about the token. Leave the key out: the API takes an access token alone, in "
    "the header Authorization."
)
# Where the API's message is the reason.
OWN_REASON = (
    "The reason is the API's own. If it concerns the account, check whether the user's Fitbit "
    "account has been moved to Google; if it concerns the project, check the one of the OAuth "
    "client that requested the token.",
)

REMEDIES = MappingProxyType(
    {
        Verdict.EXPIRED: (
            "Log in again, and tokcheck refreshes the tokens from then on: `tokcheck login "
            "google-health`. A Google access token is valid for one hour.",
            "Refresh it with its refresh token: `tokcheck accounts import FILE` stores both tokens "
            "and refreshes them. Other programs do it at https://oauth2.googleapis.com/token with "
            "the id and secret of the OAuth client that requested it.",
        ),
        Verdict.REVOKED_OR_INVALID: (
            "Refresh it first (`tokcheck accounts import FILE`): a Google access token is valid "
            "for one hour, so it has most likely expired.",
            CONSENT_ENDED,
        ),
        Verdict.INSUFFICIENT_SCOPE: (_CONSENT_AGAIN,),
        Verdict.RATE_LIMITED: (BACK_OFF,),
        Verdict.ACCOUNT_NOT_LINKED: (
            "The token itself is valid. Most often the user consented with the wrong Google "
            "account: sign in with the one that the Google Health app uses, or link this one "
            "(https://fitbit.google.com/auth/signup).",
        ),
        Verdict.PROFILE_MISSING: (
            "The token itself is valid. Set up the Google Health app with this account, then "
            "try again.",
        ),
        Verdict.GRANT_BROKEN: (
            "Remove the application at https://myaccount.google.com/connections and have the "
            "user consent again: `tokcheck login google-health`. Refreshing does not fix it.",
        ),
        Verdict.NOT_PERMITTED: (
            "Most often the user's Fitbit account has not been moved to Google. Move it, then "
            "have the user consent again: `tokcheck login google-health`.",
        ),
        Verdict.SERVICE_GONE: ("Check the API's address.",),
    }
)

# https://developers.google.com/health/rate-limits
DOCUMENTED_LIMITS = (
    "The documented limit is 300 requests a minute for each user; 150 while the "
    "application is unverified."
)
PROJECT_LIMIT = (
    "All users of the Google Cloud project share this limit. It can be seen and "
    "raised in the console (https://console.cloud.google.com/iam-admin/quotas)."
)
OF_CLIENT = "The project is the one of the OAuth client that requested the token."
# After an error of the API's own form that is in no table.
OWN_ERROR = (
    "This says nothing about the token. The error is the API's own: check the request, and the "
    "Google Cloud project of the OAuth client that requested the token: whether it exists, has the "
    "API enabled, and is restricted by a rule of its organization.",
)

INSTEAD = MappingProxyType(
    {
        Kind.REFRESH_TOKEN: (
            "`tokcheck accounts import FILE` stores it from the file that contains it, and keeps "
            "its access tokens fresh. Other programs exchange it at "
            "https://oauth2.googleapis.com/token (grant_type=refresh_token) with the id and secret "
            "of the OAuth client that requested it; the access_token in the response begins with "
            "ya29."
        ),
        Kind.AUTHORIZATION_CODE: (
            "`tokcheck login google-health` obtains one and exchanges it by itself. Other programs "
            "exchange it within minutes at https://oauth2.googleapis.com/token with the id and "
            "secret of the OAuth client that requested it. It works once."
        ),
        Kind.CLIENT_ID: (
            "It identifies an application. Log in with it and its secret, and consent to that "
            "application: `tokcheck login google-health --client-id ID`."
        ),
        Kind.CLIENT_SECRET: (
            "It belongs in the application's configuration, for tokcheck in "
            "TOKCHECK_GOOGLE_CLIENT_SECRET, and nowhere else: if others have seen it, replace it "
            "(https://console.cloud.google.com/auth/clients). Paste the access token, which begins "
            "with ya29."
        ),
        Kind.API_KEY: (
            "The Google Health API accepts no API keys. Paste an OAuth access token, which "
            "begins with ya29."
        ),
        Kind.ID_TOKEN: (
            "An ID token identifies the user who signed in and gives no access to an API. "
            "Paste the access_token from the same response; it begins with ya29."
        ),
    }
)

# For a credential that others may have seen.
# https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
LEAKED = MappingProxyType(
    {
        Kind.ACCESS_TOKEN: "Revoking an access token ends the whole grant.",
        Kind.REFRESH_TOKEN: (
            "Revoking a refresh token ends the whole grant; until then it yields new access tokens."
        ),
        Kind.AUTHORIZATION_CODE: (
            "An authorization code works once, within minutes: authorize again, and revoke the "
            "tokens that it was exchanged for: `tokcheck revoke` takes them."
        ),
        Kind.CLIENT_SECRET: (
            "Create a new client secret in the Google Cloud console "
            "(https://console.cloud.google.com/auth/clients) and delete this one."
        ),
        Kind.API_KEY: (
            "Create a new API key in the Google Cloud console "
            "(https://console.cloud.google.com/apis/credentials) and delete this one."
        ),
        Kind.ID_TOKEN: (
            "An ID token identifies its user and is valid for an hour; do not store it."
        ),
    }
)
