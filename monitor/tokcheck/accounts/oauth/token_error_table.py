"""The errors of token endpoints: a sentence and a hint for each.

Fitbit's:
https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-handling/ . Google's
follow RFC 6749: https://developers.google.com/identity/protocols/oauth2/web-server .
"""

from tokcheck.accounts.oauth.cause import Cause

_AGAIN = "Log in again: tokcheck login {name}."
_CHECK_ID = (
    "Compare the client id with the application's registration, and check the provider: a Fitbit "
    "client id has 6 characters, a Google one ends in .apps.googleusercontent.com."
)
_COPY_AGAIN = (
    "Copy the secret from the application's registration again (it may have been reset), set "
    "{variable} to it, and log in again: tokcheck login {name}. An application that is registered "
    "without a secret needs none."
)
_NOT_SENT = "{title} requires the application's secret, and none was sent."
_SET_VARIABLE = (
    "Set {variable} to the secret from the application's registration, or enter it at the prompt "
    "of: tokcheck login {name}."
)

# The first match applies. ``{title}`` is the provider's title, ``{name}`` its name, and
# ``{variable}`` the environment variable of the client secret.
CAUSES = (
    Cause(
        "invalid_grant",
        ("rapt",),
        "{title} requires the user to sign in again: their organization limits how long a session "
        "lasts.",
        "Log in again: tokcheck login {name}. Only the organization's administrator can exempt the "
        "application.",
        sign_in=True,
    ),
    Cause(
        "invalid_grant",
        ("redirect",),
        "The redirect URI is not the one in the authorization request.",
        "Use exactly the redirect URI that the application is registered with, to the last slash.",
        requests=("code",),
    ),
    Cause(
        "invalid_grant",
        ("verifier",),
        "{title} did not accept the code verifier (PKCE).",
        "The code belongs to another login. " + _AGAIN,
        requests=("code",),
    ),
    Cause(
        "invalid_grant",
        ("expired",),
        "The authorization code has expired.",
        "It is valid for a few minutes. " + _AGAIN,
        requests=("code",),
    ),
    Cause(
        "invalid_grant",
        (),
        "{title} refused the authorization code: it was used already, has expired, is "
        "incomplete, or belongs to another application.",
        "It works once, and only for a few minutes. " + _AGAIN,
        requests=("code",),
    ),
    Cause(
        "invalid_grant",
        (),
        "{title} refused the refresh token: it was revoked, has expired, was used already, or "
        "belongs to another application.",
        _AGAIN,
    ),
    Cause("invalid_client", ("secret", "missing"), _NOT_SENT, _SET_VARIABLE),
    Cause("invalid_client", ("authorization header",), _NOT_SENT, _SET_VARIABLE, secret_sent=False),
    Cause("invalid_client", ("unauthorized",), _NOT_SENT, _SET_VARIABLE, secret_sent=False),
    Cause(
        "invalid_client",
        ("secret",),
        "{title} did not accept the application's secret.",
        _COPY_AGAIN,
    ),
    Cause(
        "invalid_client",
        ("unauthorized",),
        "{title} did not accept the application's secret.",
        _COPY_AGAIN,
    ),
    Cause(
        "invalid_client",
        ("header",),
        "{title} did not accept how the application authenticated.",
        _COPY_AGAIN,
    ),
    Cause(
        "invalid_client",
        ("not found",),
        "{title} does not know this client id.",
        _CHECK_ID,
    ),
    Cause(
        "invalid_client",
        ("client_id",),
        "{title} does not know this client id.",
        _CHECK_ID,
    ),
    Cause(
        "invalid_client",
        (),
        "{title} does not know the application, or its secret is wrong or missing.",
        f"{_CHECK_ID} {_COPY_AGAIN}",
    ),
    Cause(
        "deleted_client",
        (),
        "The application was deleted at Google.",
        "Register another one, and log in to it again with every account.",
    ),
    Cause(
        "disabled_client",
        (),
        "{title} has disabled the application.",
        "Enable it in the Google Cloud console, under Clients. An application that is not verified "
        "is disabled when more than 100 people use it.",
    ),
    Cause(
        "insufficient_permissions",
        (),
        "{title} does not permit this application the request.",
        "Check the type and the permissions in the application's registration.",
    ),
    Cause(
        "unauthorized_client",
        (),
        "{title} does not allow this application to do that: the client id is another provider's "
        "or of another type, or the refresh token belongs to another application.",
        _CHECK_ID,
    ),
    Cause(
        "redirect_uri_mismatch",
        (),
        "The application is not registered with the redirect URI that was sent.",
        "Use exactly the redirect URI that the application is registered with, to the last slash.",
    ),
    Cause(
        "invalid_request",
        ("redirect",),
        "The application is not registered with the redirect URI that was sent.",
        "Use exactly the redirect URI that the application is registered with, to the last slash.",
    ),
    Cause("invalid_request", ("client_secret",), _NOT_SENT, _SET_VARIABLE),
    Cause(
        "invalid_request",
        ("authorization header",),
        _NOT_SENT,
        _SET_VARIABLE,
        secret_sent=False,
    ),
    Cause(
        "invalid_request",
        ("authorization header",),
        "{title} requires the application's secret, and none arrived.",
        "It was sent, so a proxy may have removed the header. Check the proxies in between.",
    ),
    Cause(
        "invalid_request",
        (),
        "{title} did not understand the request.",
        "Check the endpoint's URL, and whether a proxy is in between.",
    ),
    Cause(
        "unsupported_grant_type",
        (),
        "{title} does not exchange this kind of credential.",
        "Check the endpoint's URL and the application's type.",
    ),
    Cause(
        "invalid_scope",
        (),
        "{title} does not know a requested scope, or the scope exceeds the consent.",
        _AGAIN,
    ),
    Cause(
        "admin_policy_enforced",
        (),
        "The user's organization does not allow this application the requested access.",
        "Its administrator can allow the client id in the Google Workspace console.",
    ),
    Cause(
        "org_internal",
        (),
        "The application is for members of its own organization only.",
        "Sign in with an account of that organization, or make the application external.",
    ),
    Cause(
        "access_denied",
        (),
        "The user, or a rule of their account, denied the access.",
        _AGAIN,
    ),
    Cause(
        "invalid_token",
        (),
        "{title} does not know this token any more.",
        "Nothing is left to revoke.",
        requests=("revoke",),
    ),
)
