"""The errors of token endpoints: a sentence and a hint for each.

Fitbit's:
https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-handling/ . Google's
follow RFC 6749: https://developers.google.com/identity/protocols/oauth2/web-server .
"""

from tokcheck.accounts.oauth.cause import Cause

_AGAIN = "Log in again:"
_OTHER_ID = "{check_id} {other_application}"
_COPY_AGAIN = (
    "An application that is registered without a secret needs none. Otherwise copy the secret from "
    "the application's registration again (it may have been reset), set {variable} to it, and "
    "{again}"
)
_NOT_SENT = "The {title} requires the application's secret, and none was sent."
_SET_VARIABLE = "Set {variable} to the secret from the application's registration, and {again}"

# A token endpoint that has these refuses for now, whatever was sent.
LIMIT_CODES = frozenset({"rate_limit_exceeded", "slow_down", "RESOURCE_EXHAUSTED"})
FAILURE_CODES = frozenset({"server_error", "temporarily_unavailable", "internal_failure"})
TEMPORARY_CODES = LIMIT_CODES | FAILURE_CODES

# Those that a request with the code of another device gets (RFC 8628, section 3.5), and no other.
DEVICE_CODES = frozenset({"authorization_pending", "expired_token"})

# The first match applies. ``{title}`` is the provider's title, ``{variable}`` the environment
# variable of the client secret, ``{again}`` what repeats the request, ``{check_id}`` how to find a
# wrong client id, and ``{other_application}`` how to log in with another one. A command stands
# behind its hint, so that it can be copied.
TOKEN_CAUSES = (
    Cause(
        "invalid_grant",
        ("rapt",),
        "The {title} requires the user to sign in again: their organization limits how long a "
        "session lasts.",
        "Only the organization's administrator can exempt the application. " + _AGAIN,
        command="login",
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
        "The {title} did not accept the code verifier (PKCE).",
        "The code belongs to another login. " + _AGAIN,
        command="login",
        requests=("code",),
    ),
    Cause(
        "invalid_grant",
        ("expired",),
        "The authorization code has expired.",
        "It is valid for a few minutes. " + _AGAIN,
        command="login",
        requests=("code",),
    ),
    Cause(
        "invalid_grant",
        (),
        "The {title} refused the authorization code: it was used already, has expired, is "
        "incomplete, or belongs to another application.",
        "It works once, and only for a few minutes. " + _AGAIN,
        command="login",
        requests=("code",),
    ),
    Cause(
        "invalid_grant",
        ("account", "deleted"),
        "The {title} refused the refresh token, because the user's account was deleted.",
        "Nothing brings its consent back. If the user has another account, log in with it:",
        command="login",
        is_final=True,
    ),
    *(
        Cause(
            "invalid_grant",
            ("account", word),
            f"The {{title}} refused the refresh token, because the user's account is {word}.",
            "Once that has ended, log in again:",
            command="login",
        )
        for word in ("disabled", "restricted", "suspended")
    ),
    Cause(
        "invalid_grant",
        (),
        "The {title} refused the refresh token: it was revoked, has expired, or belongs to another "
        "application.",  # it may be used more than once
        _AGAIN,
        command="login",
        provider="google-health",
    ),
    Cause(
        "invalid_grant",
        (),
        "The {title} refused the refresh token: it was revoked, has expired, was used already, or "
        "belongs to another application.",
        _AGAIN,
        command="login",
    ),
    Cause("invalid_client", ("secret", "missing"), _NOT_SENT, _SET_VARIABLE, command="again"),
    *(
        Cause(
            "invalid_client",
            (words,),
            _NOT_SENT,
            _SET_VARIABLE,
            command="again",
            secret_sent=False,
        )
        for words in ("authorization header", "unauthorized")
    ),
    *(
        Cause(
            "invalid_client",
            (words,),
            "The {title} did not accept the application's secret.",
            _COPY_AGAIN,
            command="again",
        )
        for words in ("secret", "unauthorized")
    ),
    Cause(
        "invalid_client",
        ("client id",),
        "The {title} does not know this client id.",
        _OTHER_ID,
        command="other_application",
    ),
    Cause(
        "invalid_client",
        ("header",),
        "The {title} did not accept how the application authenticated.",
        _COPY_AGAIN,
        command="again",
    ),
    *(
        Cause(
            "invalid_client",
            (words,),
            "The {title} does not allow this type of application to do that.",
            "A login with a code on another device needs an application of the type TVs and "
            "Limited Input devices; every other login needs another type. {other_application}",
            command="other_application",
        )
        for words in ("client type", "clients of type")
    ),
    Cause(
        "invalid_client",
        ("not found",),
        "The {title} does not know this client id.",
        _OTHER_ID,
        command="other_application",
    ),
    Cause(
        "invalid_client",
        ("client_id",),
        "The {title} does not know this client id.",
        _OTHER_ID,
        command="other_application",
    ),
    Cause(
        "invalid_client",
        (),
        "The {title} does not know the application, or its secret is wrong or missing.",
        f"{{check_id}} {_COPY_AGAIN}",
        command="again",
    ),
    Cause(
        "deleted_client",
        (),
        "The application was deleted at Google.",
        "Register another one for all its accounts. {other_application}",
        command="other_application",
    ),
    Cause(
        "disabled_client",
        (),
        "The {title} has disabled the application.",
        "Enable it in the Google Cloud console, under Clients. An application that is not verified "
        "is disabled when more than 100 people use it.",
        "google-health",
    ),
    Cause(
        "disabled_client",
        (),
        "The {title} has disabled the application.",
        "Read the reason in the application's registration, and enable it there.",
    ),
    Cause(
        "insufficient_permissions",
        (),
        "The {title} does not allow this application to send the request.",
        "Check the type and the permissions in the application's registration.",
    ),
    Cause(
        "unauthorized_client",
        (),
        "The {title} does not allow this application to do that: the client id is another "
        "provider's or of another type, or the refresh token belongs to another application.",
        _OTHER_ID,
        command="other_application",
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
    Cause("invalid_request", ("client_secret",), _NOT_SENT, _SET_VARIABLE, command="again"),
    Cause(
        "invalid_request",
        ("authorization header",),
        _NOT_SENT,
        _SET_VARIABLE,
        command="again",
        secret_sent=False,
    ),
    Cause(
        "invalid_request",
        ("authorization header",),
        "The {title} requires the application's secret, and none arrived.",
        "It was sent, so a proxy may have removed the header. Check the proxies in between.",
    ),
    Cause(
        "invalid_request",
        (),
        "The {title} did not understand the request.",
        "The response is the provider's own: check the parameters of the request and the "
        "application's registration.",
    ),
    Cause(
        "unsupported_grant_type",
        (),
        "The {title} does not exchange this kind of credential for tokens.",
        "Check the endpoint's URL and the application's type.",
    ),
    Cause(
        "invalid_scope",
        (),
        "The {title} does not know a requested scope, or the scope exceeds the consent.",
        "Check the names of the requested scopes. " + _AGAIN,
        command="login",
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
        command="login",
    ),
    Cause(
        "authorization_pending",
        (),
        "The user has not confirmed the login on the other device yet.",
        "This is no failure: repeat the request, at the interval that came with the device's code.",
        requests=("device",),
    ),
    Cause(
        "expired_token",
        (),
        "The code of a login on another device, or the token, has expired.",
        "Start the login again in the program that shows the code, or refresh the token.",
        requests=("device",),
    ),
    Cause(
        "invalid_token",
        (),
        "The {title} does not know this token any more.",
        "Nothing is left to revoke.",
        requests=("revoke",),
    ),
)
