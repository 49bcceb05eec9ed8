"""The sentences of advice: after a verdict, and for a credential that is not an access token."""

from types import MappingProxyType

from tokcheck.core.credential import Kind
from tokcheck.core.report import Verdict

_MIGRATE = (
    "Move to the Google Health API. Every user has to consent again, because tokens cannot be "
    "migrated. See https://developers.google.com/health/migration."
)
_RENEW = "Refresh it with its refresh token, or have the user authorize the application again."

_DOCUMENTED = (
    "By the documentation, the limit is 150 requests an hour for each user and application."
)
# Where no reset is known.
WAIT_FOR_WINDOW = (f"Wait for an hour, the length of the window. {_DOCUMENTED}",)
USED_UP = "The rate limit is reached, too: the next request is refused until it resets."

REMEDIES = MappingProxyType(
    {
        Verdict.EXPIRED: (_RENEW,),
        Verdict.REVOKED_OR_INVALID: (
            "Have the user authorize the application again. Tokens become invalid when the "
            "user revokes the consent or the application's access mode is changed.",
        ),
        Verdict.INSUFFICIENT_SCOPE: (
            "Have the user authorize again with this scope in the request, and ticked on the "
            "consent page: users can untick any scope.",
        ),
        Verdict.RATE_LIMITED: (
            f"Wait until a minute after the reset, because clocks differ. {_DOCUMENTED}",
        ),
        Verdict.SERVICE_GONE: (
            _MIGRATE,
            "If you use another server that implements this API, set its address with "
            "TOKCHECK_FITBIT_URL, or with tokcheck validate --api-url.",
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
    "version, and the application's settings at https://dev.fitbit.com/apps.",
)

INSTEAD = MappingProxyType(
    {
        Kind.REFRESH_TOKEN: (
            "Exchange it at /oauth2/token (grant_type=refresh_token) and check the "
            "access_token in the response. It works once: keep the new refresh token."
        ),
        Kind.AUTHORIZATION_CODE: (
            "Exchange it at /oauth2/token within 10 minutes and check the access_token in "
            "the response. It works once."
        ),
        Kind.BASIC_CREDENTIALS: (
            "They authenticate an application at /oauth2/token. Paste the access token that "
            "the endpoint returns, and reset the secret if others have seen it."
        ),
        Kind.CLIENT_ID: (
            "It identifies an application. Have a user authorize that application, and paste "
            "the access token that results."
        ),
        Kind.CLIENT_SECRET: (
            "It belongs in the application's configuration and nowhere else: reset it if "
            "others have seen it. Paste the access token, which begins with eyJ."
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
            "tokens that it was exchanged for."
        ),
        Kind.CLIENT_SECRET: "Reset the client secret in the application's settings.",
        Kind.BASIC_CREDENTIALS: "Reset the client secret in the application's settings.",
    }
)
