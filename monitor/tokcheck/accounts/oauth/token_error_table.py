"""The errors of token endpoints, with a sentence and a hint for each.

Fitbit's:
https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-handling/ . Google's
follow RFC 6749: https://developers.google.com/identity/protocols/oauth2/web-server .
"""

from tokcheck.accounts.oauth.cause import Cause

_AGAIN = "Begin again with: tokcheck login {name}."
_ID = (
    "Compare it with the application's registration, and the provider with the client id's form: "
    "a Fitbit client id has 6 characters, a Google one ends in .apps.googleusercontent.com."
)
_COPY = (
    "Copy the secret from the application's registration again, for it may have been reset, and "
    "log in with it in {variable}: tokcheck login {name}. An application registered without a "
    "secret is used without one."
)
_WANTED = "{title} wants the application's secret, and none was sent."
_GIVE = (
    "Give the secret of the application's registration in {variable}, or where this asks for it: "
    "tokcheck login {name}."
)

# The first that fits is taken. ``{title}`` is the provider's title, ``{name}`` its name, and
# ``{variable}`` holds a secret.
CAUSES = (
    Cause(
        "invalid_grant",
        ("rapt",),
        "{title} wants the person to sign in anew: their organization limits how long a session "
        "lasts.",
        "Have them consent again with: tokcheck login {name}. Only the organization's "
        "administrator can exempt the application.",
        sign_in=True,
    ),
    Cause(
        "invalid_grant",
        ("redirect",),
        "{title} was given another redirect address than the one that the consent began with.",
        "Use exactly the address that the application is registered with, to the last slash.",
        requests=("code",),
    ),
    Cause(
        "invalid_grant",
        ("verifier",),
        "{title} did not accept the proof that this program began the consent (PKCE).",
        "The code belongs to another attempt. " + _AGAIN,
        requests=("code",),
    ),
    Cause(
        "invalid_grant",
        ("expired",),
        "The authorization code has expired.",
        "It lives for minutes. " + _AGAIN,
        requests=("code",),
    ),
    Cause(
        "invalid_grant",
        (),
        "{title} refused the authorization code: it was used already, has expired, is "
        "incomplete, or belongs to another application.",
        "It works once and lives for minutes. " + _AGAIN,
        requests=("code",),
    ),
    Cause(
        "invalid_grant",
        (),
        "{title} refused the refresh token: it was revoked, has expired, was used already, or "
        "belongs to another application.",
        "Have the person consent again with: tokcheck login {name}.",
    ),
    Cause("invalid_client", ("secret", "missing"), _WANTED, _GIVE),
    Cause("invalid_client", ("authorization header",), _WANTED, _GIVE, secret_sent=False),
    Cause("invalid_client", ("unauthorized",), _WANTED, _GIVE, secret_sent=False),
    Cause(
        "invalid_client",
        ("secret",),
        "{title} did not accept the application's secret.",
        _COPY,
    ),
    Cause(
        "invalid_client",
        ("unauthorized",),
        "{title} did not accept the application's secret.",
        _COPY,
    ),
    Cause(
        "invalid_client",
        ("header",),
        "{title} did not accept how the application signed in.",
        _COPY,
    ),
    Cause(
        "invalid_client",
        ("not found",),
        "{title} does not know this client id.",
        _ID,
    ),
    Cause(
        "invalid_client",
        ("client_id",),
        "{title} does not know this client id.",
        _ID,
    ),
    Cause(
        "invalid_client",
        (),
        "{title} does not know the application, or its secret is wrong or missing.",
        f"{_ID} {_COPY}",
    ),
    Cause(
        "deleted_client",
        (),
        "The application was deleted at Google.",
        "Register another one, and have every person consent to it.",
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
        "{title} does not permit this application what it asks for.",
        "Check its type and its access in the application's registration.",
    ),
    Cause(
        "unauthorized_client",
        (),
        "{title} does not let this application do that: it is another provider's or another "
        "kind's client id, or the refresh token belongs to another application.",
        _ID,
    ),
    Cause(
        "redirect_uri_mismatch",
        (),
        "{title} was given a redirect address that the application is not registered with.",
        "Use exactly the address that the application is registered with, to the last slash.",
    ),
    Cause(
        "invalid_request",
        ("redirect",),
        "{title} was given a redirect address that the application is not registered with.",
        "Use exactly the address that the application is registered with, to the last slash.",
    ),
    Cause("invalid_request", ("client_secret",), _WANTED, _GIVE),
    Cause("invalid_request", ("authorization header",), _WANTED, _GIVE, secret_sent=False),
    Cause(
        "invalid_request",
        ("authorization header",),
        "{title} wants the application's secret, and none arrived.",
        "It was sent: a proxy may have removed the header. Check what stands between.",
    ),
    Cause(
        "invalid_request",
        (),
        "{title} did not understand the request.",
        "Check the endpoint's address, and whether a proxy stands between.",
    ),
    Cause(
        "unsupported_grant_type",
        (),
        "{title} does not exchange this kind of credential.",
        "Check the endpoint's address and the application's type.",
    ),
    Cause(
        "invalid_scope",
        (),
        "{title} does not know a scope that was asked for, or it goes beyond the consent.",
        _AGAIN,
    ),
    Cause(
        "admin_policy_enforced",
        (),
        "The person's organization does not let this application have what it asks for.",
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
        "The person, or a rule of their account, denied the access.",
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
