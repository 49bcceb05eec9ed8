"""The errors of consent pages, with a sentence and a hint for each.

Fitbit's: https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-messages .
Google's: https://developers.google.com/identity/protocols/oauth2/web-server#authorization-errors
and https://support.google.com/accounts/answer/16668185 .
"""

from tokcheck.accounts.oauth.cause import Cause

GONE = "service_gone"
LIMITED = "rate_limit_exceeded"
# Codes of our own, for what no page calls by a name.
UNNAMED = {GONE, "unverified_app", "blocked_app"}


_AGAIN = "Begin again with: tokcheck login {name}."
_SAME_ADDRESS = (
    "Register the very address that the login says it waits at, or name the registered one with "
    "--redirect-uri: the same to the last slash, localhost and 127.0.0.1 told apart."
)
_BUG = "Please report it: tokcheck wrote the request. Check that no proxy changes addresses."

# The first that fits is taken. ``{title}`` is the provider's title, ``{name}`` its name.
CAUSES = (
    Cause(
        GONE,
        (),
        "{title} was switched off, its consent page included.",
        "The way on is the Google Health API, where every person consents again: tokcheck login "
        "google-health. With --like it asks for what an old token gave. Another server that "
        "speaks this API is named by TOKCHECK_FITBIT_URL and TOKCHECK_FITBIT_AUTHORIZE_URL.",
        "fitbit",
        is_shown=True,
        signs=("http 410", "410 gone", "http error 410", "has been turned off"),
    ),
    Cause(
        "unauthorized_client",
        ("client_id",),
        "{title} does not know this client id.",
        "Copy it from dev.fitbit.com/apps: it has 6 characters. A Google client id belongs to: "
        "tokcheck login google-health.",
        "fitbit",
        is_shown=True,
        signs=("invalid client_id",),
    ),
    Cause(
        "unauthorized_client",
        ("method",),
        "{title} lets this application ask only for tokens that cannot be refreshed.",
        "Register it as Personal, Client or Server; the type decides which answers it may have.",
        "fitbit",
        is_shown=True,
    ),
    Cause(
        "unauthorized_client",
        (),
        "{title} does not let this application ask for consent, or does not know it.",
        "Compare the client id with the application's registration, and the provider with the "
        "id's form: a Fitbit one has 6 characters, a Google one ends in "
        ".apps.googleusercontent.com.",
    ),
    Cause(
        "redirect_uri_mismatch",
        (),
        "The application is not registered with the redirect address that was sent.",
        "In the Google Cloud console, an application of the type Desktop takes any loopback "
        "address; one of the type Web takes those on its list alone. " + _SAME_ADDRESS,
        "google-health",
        is_shown=True,
    ),
    Cause(
        "invalid_request",
        ("redirect_uri",),
        "The application is not registered with the redirect address that was sent.",
        _SAME_ADDRESS,
        is_shown=True,
        signs=("invalid redirect_uri", "missing redirect_uri"),
    ),
    Cause(
        "invalid_request",
        ("challenge",),
        "{title} did not accept the proof that the code is for this program (PKCE).",
        _BUG,
        is_shown=True,
    ),
    Cause(
        "invalid_request",
        ("response_type",),
        "{title} does not give this application an authorization code.",
        "Check its type in the registration.",
        is_shown=True,
    ),
    Cause(
        "invalid_request",
        ("comply",),
        "{title} blocks the application: its registration does not meet Google's rules.",
        "Most often the redirect address is not a loopback one or not encrypted. " + _SAME_ADDRESS,
        "google-health",
        is_shown=True,
    ),
    Cause("invalid_request", (), "{title} did not understand the request.", _BUG),
    Cause("unsupported_response_type", (), "{title} gives no authorization codes here.", _BUG),
    Cause(
        "invalid_client",
        (),
        "{title} does not know this client id.",
        "Copy it from the Google Cloud console, under Clients: it ends in "
        ".apps.googleusercontent.com. A Fitbit client id belongs to: tokcheck login fitbit.",
        "google-health",
        is_shown=True,
        signs=("oauth client was not found",),
    ),
    Cause(
        "deleted_client",
        (),
        "The application was deleted at Google.",
        "Make another client in the Google Cloud console, or restore it there within 30 days.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        "disabled_client",
        (),
        "Google has disabled the application's client.",
        "Enable it in the Google Cloud console, under Clients, or make another one. An "
        "application that is not verified is disabled when more than 100 people use it.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        "invalid_scope",
        (),
        "{title} does not know a scope that was asked for, or does not give it to this "
        "application.",
        "tokcheck login {name} --help lists the scopes. Add them to the application's "
        "registration where it keeps a list, and see that the API is enabled.",
    ),
    Cause(
        "org_internal",
        (),
        "The application is for members of its own organization only.",
        "Sign in with an account of that organization, or make the application external.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        "admin_policy_enforced",
        (),
        "The person's organization does not let this application have what it asks for.",
        "Its administrator can allow the client id in the Google Workspace console.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        "policy_enforced",
        (),
        "The account is in Google's Advanced Protection Program, which keeps out every "
        "application that Google has not approved.",
        "Consent with another account, or leave the program with this one.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        "access_not_configured",
        (),
        "The person's school has not decided yet whether this application may be used.",
        "Its administrator can allow the client id in the Google Workspace console.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        LIMITED,
        (),
        "The application has had too many new sign-ins for now.",
        "Try again in some hours. The limit can be raised in the Google Cloud console.",
        "google-health",
        is_shown=True,
        signs=("sign-in rate limit",),
    ),
    Cause(
        "disallowed_useragent",
        (),
        "{title} does not show its consent page in a window inside another program.",
        "Open the address in an ordinary browser.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        "access_denied",
        ("test",),
        "The application is being tested, and this account is not among its testers.",
        "Add the account under Audience > Test users in the Google Cloud console, then begin "
        "again.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        "access_denied",
        ("verif",),
        "Google has not verified the application, and lets only its testers in.",
        "Add the account under Audience > Test users in the Google Cloud console, then begin "
        "again.",
        "google-health",
        is_shown=True,
        signs=("google verification process",),
    ),
    Cause(
        "access_denied",
        (),
        "The access was denied: somebody chose Deny or Cancel, or a rule of the account did.",
        "Nothing was stored. To try once more: tokcheck login {name}.",
    ),
    Cause(
        "unverified_app",
        (),
        "Google has not verified the application, and warns of it.",
        "That is so for every application of one's own. If it is yours: choose Advanced, then Go "
        "to (its name). Up to 100 people may use it so.",
        "google-health",
        is_shown=True,
        signs=("hasn't verified this app", "app isn't verified"),
    ),
    Cause(
        "blocked_app",
        (),
        "Google blocks the application, for it asks for health data and is not verified.",
        "Add the account under Audience > Test users in the Google Cloud console, then begin "
        "again.",
        "google-health",
        is_shown=True,
        signs=("google blocked this access",),
    ),
    Cause(
        "login_required",
        (),
        "{title} wants the person to sign in first.",
        "Sign in with the browser, then begin again.",
    ),
    Cause(
        "consent_required",
        (),
        "{title} wants the person to consent, and was not allowed to ask.",
        _AGAIN,
    ),
    Cause(
        "interaction_required",
        (),
        "{title} has a question for the person, and was not allowed to ask.",
        _AGAIN,
    ),
    Cause(
        "server_error",
        (),
        "{title} failed while it asked for the consent.",
        "This says nothing about the application. Try again soon.",
    ),
    Cause(
        "temporarily_unavailable",
        (),
        "{title} is too busy to ask for the consent.",
        "Try again in a few minutes.",
    ),
)
