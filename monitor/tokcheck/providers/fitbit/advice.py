"""The sentences of advice: after a verdict, and for a credential that is not an access token."""

from types import MappingProxyType

from tokcheck.core.credential import Kind
from tokcheck.core.report import Verdict

_MOVE = (
    "Move to the Google Health API. Every user has to consent again, because tokens cannot be "
    "migrated (https://developers.google.com/health/migration)"
)
MIGRATION = f"{_MOVE}."
_MIGRATE = f"{_MOVE}: `tokcheck login google-health`."
_RENEW = (
    "Log in again, and tokcheck refreshes the tokens from then on: `tokcheck login fitbit`.",
    "Refresh it with its refresh token: `tokcheck accounts import FILE` stores both tokens and "
    "refreshes them. Other programs do it at https://api.fitbit.com/oauth2/token with the id "
    "and secret of the application that it was issued to.",
)

_DOCUMENTED = "The documented limit is 150 requests an hour for each user and application."
# Where no reset is known.
WAIT_FOR_WINDOW = (f"Wait for an hour, the documented length of the window. {_DOCUMENTED}",)
# Where the response names a time that is longer than a day.
WAIT_A_DAY = (
    "Wait for at least a day: the response names a time that is longer still, which is more often "
    f"wrong than right. {_DOCUMENTED}",
)
USED_UP = "The rate limit is reached, too: the next request is refused until it resets."

REMEDIES = MappingProxyType(
    {
        Verdict.EXPIRED: _RENEW,
        Verdict.REVOKED_OR_INVALID: (
            "Have the user consent to the application again: `tokcheck login fitbit`. Tokens "
            "become invalid when the user revokes the consent or the application's access mode is "
            "changed.",
        ),
        Verdict.INSUFFICIENT_SCOPE: (
            "Have the user consent again with the missing scope beside the others, and ticked on "
            "the consent page, where users can untick any: `tokcheck login fitbit --scope "
            "NAME,NAME`.",
        ),
        Verdict.RATE_LIMITED: (
            f"Wait until a minute after the reset, because clocks differ. {_DOCUMENTED}",
        ),
        Verdict.SERVICE_GONE: (
            _MIGRATE,
            "If you use another server that implements this API, set its address with "
            "TOKCHECK_FITBIT_URL, or with `tokcheck validate --api-url URL`.",
        ),
        Verdict.NOT_PERMITTED: (
            "Other endpoints may still work. Check the application's type and settings; "
            "since April 2026 some endpoints deny every caller.",
            _MIGRATE,
        ),
    }
)

WRONG_PARAMETER = (
    "This says nothing about the token. Correct the parameter of the request that the message "
    "names.",
)
# After an error of the API's own form that is in no table.
OWN_ERROR = (
    "This says nothing about the token. The error is the API's own: check the API's address and "
    "version, and the application's settings (https://dev.fitbit.com/apps).",
)

INSTEAD = MappingProxyType(
    {
        Kind.REFRESH_TOKEN: (
            "`tokcheck accounts import FILE` stores it from the file that contains it, and keeps "
            "its access tokens fresh. Other programs exchange it at "
            "https://api.fitbit.com/oauth2/token (grant_type=refresh_token) with the id and secret "
            "of the application that it was issued to. It works once: keep the new refresh token."
        ),
        Kind.AUTHORIZATION_CODE: (
            "`tokcheck login fitbit` obtains one and exchanges it by itself. Other programs "
            "exchange it within 10 minutes at https://api.fitbit.com/oauth2/token with the id and "
            "secret of the application that requested it. It works once."
        ),
        Kind.BASIC_CREDENTIALS: (
            "They authenticate an application (at https://api.fitbit.com/oauth2/token). Paste the "
            "access token that it returns. If others have seen the secret, reset it "
            "(https://dev.fitbit.com/apps)."
        ),
        Kind.CLIENT_ID: (
            "It identifies an application. Log in with it, and consent to that application: "
            "`tokcheck login fitbit --client-id ID`."
        ),
        Kind.CLIENT_SECRET: (
            "It belongs in the application's configuration, for tokcheck in "
            "TOKCHECK_FITBIT_CLIENT_SECRET, and nowhere else: if others have seen it, reset it "
            "(https://dev.fitbit.com/apps). Paste the access token, which begins with eyJ."
        ),
    }
)

# For a credential that others may have seen.
LEAKED = MappingProxyType(
    {
        Kind.ACCESS_TOKEN: ("Revoking an access token ends the user's consent and all its tokens."),
        Kind.REFRESH_TOKEN: (
            "Revoking a refresh token ends the user's consent and all its tokens; until then it "
            "yields new access tokens."
        ),
        Kind.AUTHORIZATION_CODE: (
            "An authorization code works once, within 10 minutes: authorize again, and revoke the "
            "tokens that it was exchanged for: `tokcheck revoke` takes them."
        ),
        Kind.CLIENT_SECRET: "Reset the client secret in the application's settings (https://dev.fitbit.com/apps).",
        Kind.BASIC_CREDENTIALS: "Reset the client secret in the application's settings (https://dev.fitbit.com/apps).",
    }
)
