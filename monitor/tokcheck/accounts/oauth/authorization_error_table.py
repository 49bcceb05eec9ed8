"""The errors of authorization requests: a sentence and a hint for each.

Fitbit's: https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-messages .
Google's: https://developers.google.com/identity/protocols/oauth2/web-server#authorization-errors
and https://support.google.com/accounts/answer/16668185 .
"""

from tokcheck.accounts.oauth.cause import COMPARE_ID, Cause

GONE = "service_gone"
LIMITED = "rate_limit_exceeded"
# Codes of tokcheck's own, for errors without a code on the page.
UNNAMED = {GONE, "unverified_app", "blocked_app"}


_AGAIN = "Log in again: {login}"
_EQUAL_URIS = "Both must be equal to the last slash; localhost and 127.0.0.1 differ."
# Parts of hints that depend on the sender of the authorization request: a login of tokcheck, or
# another program, if its error was pasted.
OWN_REQUEST = {
    "same_uri": "Register the redirect URI that the login prints, or pass the registered one with "
    f"--redirect-uri. {_EQUAL_URIS}",
    "bug": "Please report this bug: tokcheck wrote the request. Check that no proxy changes URLs.",
    "denied": "Nothing was stored. To try again:",
}
FOREIGN_REQUEST = {
    "same_uri": f"Register exactly the redirect URI that the program sends. {_EQUAL_URIS}",
    "bug": "The program sent a request with a wrong or missing parameter: compare it with the "
    "provider's documentation.",
    "denied": "Have the user consent again, and choose Allow. With tokcheck:",
}
_ADD_TESTER = (
    "Add the account under Audience > Test users in the Google Cloud console. Then log in again: "
    "{login}"
)

# The first match applies. ``{title}`` is the provider's title, ``{login}`` the command that logs in
# again, and ``{login:google-health}`` the one for that provider. A command ends its hint, so that
# it can be copied. The other names are those of the parts above.
_NOT_VERIFIED = "Google has not verified the application, and admits only its testers."
# The beginning of *verified*, or of *tester*, where it is another word than in English.
_VERIFIED_ELSEWHERE = (
    "valid", "vérif", "überprüf", "ověř", "overen", "ellenőr", "provjer", "doğrula", "xác minh",
    "провер", "подтвержд", "перевір", "επαληθ", "確認", "検証", "验证", "驗證", "확인", "인증",
    "tarkist", "vahvist", "staðfest", "patikrin", "pārbaud", "kinnita",
)  # fmt: skip

AUTHORIZATION_CAUSES = (
    Cause(
        GONE,
        (),
        "The {title} was switched off, its consent page included.",
        "If you use another server with this API, set TOKCHECK_FITBIT_URL and "
        "TOKCHECK_FITBIT_AUTHORIZE_URL to its addresses. The successor is the Google Health API, "
        "where every user consents again; `tokcheck login --like` requests the scopes of an old "
        "token. To log in there, run: "
        "{login:google-health}",
        "fitbit",
        is_shown=True,
        signs=("http 410", "410 gone", "http error 410", "has been turned off"),
    ),
    Cause(
        "unauthorized_client",
        ("client_id",),
        "The {title} does not know this client id.",
        "Copy it from dev.fitbit.com/apps: it has 6 characters. For a Google client id, run: "
        "{login:google-health}",
        "fitbit",
        is_shown=True,
        signs=("invalid client_id",),
    ),
    Cause(
        "unauthorized_client",
        ("method",),
        "The {title} gives this application only tokens that cannot be refreshed.",
        "Register it at dev.fitbit.com/apps as Personal, Client or Server: the type decides "
        "whether it may use an authorization code.",
        "fitbit",
        is_shown=True,
    ),
    Cause(
        "unauthorized_client",
        (),
        "The {title} does not allow this application to request consent, or does not know it.",
        COMPARE_ID,
    ),
    Cause(
        "redirect_uri_mismatch",
        (),
        "The application is not registered with the redirect URI that was sent.",
        "In the Google Cloud console, an application of the type Desktop accepts any loopback "
        "address; one of the type Web accepts only those on its list. {same_uri}",
        "google-health",
        is_shown=True,
    ),
    Cause(
        "invalid_request",
        ("redirect_uri",),
        "The application is not registered with the redirect URI that was sent.",
        "{same_uri}",
        is_shown=True,
        signs=("invalid redirect_uri", "missing redirect_uri"),
    ),
    Cause(
        "invalid_request",
        ("challenge",),
        "The {title} did not accept the code challenge (PKCE).",
        "{bug}",
        is_shown=True,
    ),
    Cause(
        "invalid_request",
        ("response_type",),
        "The {title} does not issue authorization codes to this application.",
        "Check the type in the application's registration.",
        is_shown=True,
    ),
    Cause(
        "invalid_request",
        ("comply",),
        "The {title} blocks the application: its registration does not meet Google's rules.",
        "Usually, the redirect URI is neither a loopback address nor an HTTPS one. {same_uri}",
        "google-health",
        is_shown=True,
    ),
    Cause("invalid_request", (), "The {title} did not understand the request.", "{bug}"),
    Cause(
        "unsupported_response_type", (), "The {title} issues no authorization codes here.", "{bug}"
    ),
    Cause(
        "invalid_client",
        (),
        "The {title} does not know this client id.",
        "Copy it from the Google Cloud console, under Clients: it ends in "
        ".apps.googleusercontent.com. For a Fitbit client id, run: {login:fitbit}",
        "google-health",
        is_shown=True,
        signs=("oauth client was not found",),
    ),
    Cause(
        "deleted_client",
        (),
        "The application was deleted at Google.",
        "Create another client in the Google Cloud console, or restore it there within 30 days.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        "disabled_client",
        (),
        "Google has disabled the application's client.",
        "Enable it in the Google Cloud console, under Clients, or create another one. An "
        "application that is not verified is disabled when more than 100 people use it.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        "invalid_scope",
        (),
        "The {title} does not know a requested scope, or does not grant it to this application.",
        "If the application's registration has a list of scopes, add the requested ones there, and "
        "check that the API is enabled. To list the scopes, run: tokcheck login --help",
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
        "The user's organization does not allow this application the requested access.",
        "Its administrator can allow the client id in the Google Workspace console.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        "policy_enforced",
        (),
        "The account is in Google's Advanced Protection Program, which blocks every application "
        "that Google has not approved.",
        "Use another account, or take this one out of the program.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        "access_not_configured",
        (),
        "The user's school has not decided yet whether this application may be used.",
        "Its administrator can allow the client id in the Google Workspace console.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        LIMITED,
        (),
        "The application has had too many new sign-ins for now.",
        "The limit can be raised in the Google Cloud console. Wait a few hours, then log in again: "
        "{login}",
        "google-health",
        is_shown=True,
        signs=("sign-in rate limit",),
    ),
    Cause(
        "disallowed_useragent",
        (),
        "The {title} does not show its consent page in a window inside another program.",
        "Open the address in an ordinary browser, such as Firefox or Chrome.",
        "google-health",
        is_shown=True,
    ),
    Cause(
        "access_denied",
        ("test",),
        "The application is in testing, and this account is not among its testers.",
        _ADD_TESTER,
        "google-health",
        is_shown=True,
    ),
    Cause(
        "access_denied",
        ("verif",),
        _NOT_VERIFIED,
        _ADD_TESTER,
        "google-health",
        is_shown=True,
        signs=("google verification process",),
    ),
    # The page is in the language of the browser; timeouts list it once.
    *(
        Cause("access_denied", (words,), _NOT_VERIFIED, _ADD_TESTER, "google-health")
        for words in _VERIFIED_ELSEWHERE
    ),
    Cause(
        "access_denied",
        (),
        "The access was denied: by the user, with Deny or Cancel, or by a rule of the account.",
        "{denied} {login}",
    ),
    Cause(
        "unverified_app",
        (),
        "Google has not verified the application, and warns of it.",
        "This is normal for your own application: choose Advanced, then Go to (its name). Up to "
        "100 people may use an unverified application.",
        "google-health",
        is_shown=True,
        signs=("hasn't verified this app", "app isn't verified"),
    ),
    Cause(
        "blocked_app",
        (),
        "Google blocks the application, because it requests health data and is not verified.",
        _ADD_TESTER,
        "google-health",
        is_shown=True,
        signs=("google blocked this access",),
    ),
    Cause(
        "login_required",
        (),
        "The {title} requires the user to sign in first.",
        "Sign in with the browser. Then log in again: {login}",
    ),
    Cause(
        "consent_required",
        (),
        "The {title} requires the user's consent, but the request allowed no prompt.",
        _AGAIN,
    ),
    Cause(
        "interaction_required",
        (),
        "The {title} has a question for the user, but the request allowed no prompt.",
        _AGAIN,
    ),
    Cause(
        "server_error",
        (),
        "The {title} failed during the consent.",
        "The application is not the cause. Wait a moment, then log in again: {login}",
    ),
    Cause(
        "temporarily_unavailable",
        (),
        "The {title} is temporarily unavailable.",
        "Wait a few minutes, then log in again: {login}",
    ),
)
