"""Why a consent page gave no code: one sentence and one hint for each cause.

Some errors come back with the redirect, others are shown by the page and nothing comes back at
all; those are recognised where somebody pastes what the page says. Fitbit's errors:
https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-messages . Google's:
https://developers.google.com/identity/protocols/oauth2/web-server#authorization-errors .
"""

from typing import NamedTuple

from tokcheck.errors import ExitCode, TokcheckError
from tokcheck.providers.base import Provider
from tokcheck.redact import redact
from tokcheck.words import duration


class ConsentError(TokcheckError):
    """There is no consent, and no code was used; ``code`` is the protocol's name of the error."""

    def __init__(
        self, code: str, message: str, hint: str = "", *, exit_code: ExitCode = ExitCode.NOT_USABLE
    ) -> None:
        super().__init__(message, hint)
        self.code = code
        self.exit_code = exit_code


class Cause(NamedTuple):
    """Why a consent page refuses.

    ``code`` is its name and ``words`` are what else has to stand there, in lower case.
    ``provider`` is ``None`` where both may say so; ``shown`` tells that the page only shows it.
    """

    code: str
    words: tuple[str, ...]
    sentence: str
    hint: str
    provider: str | None = None
    shown: bool = False


_AGAIN = "Begin again with: tokcheck login {name}."
_SAME_ADDRESS = (
    "Register the very address that the login says it waits at, or name the registered one with "
    "--redirect-uri: the same to the last slash, localhost and 127.0.0.1 told apart."
)
_BUG = "Please report it: tokcheck wrote the request. Check that no proxy changes addresses."

# The first that fits is taken. ``{title}`` is the provider's title, ``{name}`` its name.
CAUSES = (
    Cause(
        "unauthorized_client",
        ("client_id",),
        "{title} does not know this client id.",
        "Copy it from dev.fitbit.com/apps: it has 6 characters. A Google client id belongs to: "
        "tokcheck login google-health.",
        "fitbit",
        shown=True,
    ),
    Cause(
        "unauthorized_client",
        ("method",),
        "{title} lets this application ask only for tokens that cannot be refreshed.",
        "Register it as Personal, Client or Server; the type decides which answers it may have.",
        "fitbit",
        shown=True,
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
        shown=True,
    ),
    Cause(
        "invalid_request",
        ("redirect_uri",),
        "The application is not registered with the redirect address that was sent.",
        _SAME_ADDRESS,
        shown=True,
    ),
    Cause(
        "invalid_request",
        ("challenge",),
        "{title} did not accept the proof that the code is for this program (PKCE).",
        _BUG,
        shown=True,
    ),
    Cause(
        "invalid_request",
        ("response_type",),
        "{title} does not give this application an authorization code.",
        "Check its type in the registration.",
        shown=True,
    ),
    Cause(
        "invalid_request",
        ("comply",),
        "{title} blocks the application: its registration does not meet Google's rules.",
        "Most often the redirect address is not a loopback one or not encrypted. " + _SAME_ADDRESS,
        "google-health",
        shown=True,
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
        shown=True,
    ),
    Cause(
        "deleted_client",
        (),
        "The application was deleted at {title}.",
        "Make another client in the Google Cloud console, or restore it there within 30 days.",
        "google-health",
        shown=True,
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
        shown=True,
    ),
    Cause(
        "admin_policy_enforced",
        (),
        "The person's organization does not let this application have what it asks for.",
        "Its administrator can allow the client id in the Google Workspace console.",
        "google-health",
        shown=True,
    ),
    Cause(
        "disallowed_useragent",
        (),
        "{title} does not show its consent page in a window inside another program.",
        "Open the address in an ordinary browser.",
        "google-health",
        shown=True,
    ),
    Cause(
        "access_denied",
        ("test",),
        "The application is being tested, and this account is not among its testers.",
        "Add the account under Audience > Test users in the Google Cloud console, then begin "
        "again.",
        "google-health",
        shown=True,
    ),
    Cause(
        "access_denied",
        ("verif",),
        "Google has not verified the application, and lets only its testers in.",
        "Add the account under Audience > Test users in the Google Cloud console, then begin "
        "again.",
        "google-health",
        shown=True,
    ),
    Cause(
        "access_denied",
        (),
        "The access was denied: somebody chose Deny or Cancel, or a rule of the account did.",
        "Nothing was stored. To try once more: tokcheck login {name}.",
    ),
    Cause(
        "hasn",
        ("verified this app",),
        "Google has not verified the application, and warns of it.",
        "That is so for every application of one's own. If it is yours: choose Advanced, then Go "
        "to (its name). Up to 100 people may use it so.",
        "google-health",
        shown=True,
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
# As the manual of Fitbit prints it.
_SPELLINGS = {"unauthorize_client": "unauthorized_client"}
_LATER = {"server_error", "temporarily_unavailable"}


def denied(code: str, description: str, provider: Provider) -> ConsentError:
    """Return the error that came back with a redirect."""
    name = _SPELLINGS.get(code, code)
    told = f"{description} {name}".lower()
    for cause in _of(provider):
        if cause.code == name and all(word in told for word in cause.words):
            return _explained(cause, provider)
    shown = redact(": ".join(filter(None, (code, description)))) or "an error without a name"
    return ConsentError(
        "unknown",
        f"{provider.title} refused the consent. It says: {shown}",
        "Check the application's registration, then begin again.",
    )


def described(text: str, provider: Provider) -> ConsentError | None:
    """Return the error that a pasted text of the consent page tells of, if it tells of one."""
    told = text.lower()
    for spelling, code in _SPELLINGS.items():
        told = told.replace(spelling, code)
    for cause in _of(provider):
        if cause.code in told and all(word in told for word in cause.words):
            return _explained(cause, provider)
    return None


def unanswered(seconds: float, provider: Provider) -> ConsentError:
    """Return the error of a consent page from which nothing came back in time.

    What such a page may have shown stands in the hint.
    """
    causes = [cause for cause in _of(provider) if cause.shown]
    named = dict.fromkeys(
        f"  {' … '.join((cause.code, *cause.words))}: {_filled(cause.sentence, provider)}"
        for cause in causes
        if cause.code != "hasn"
    )
    return ConsentError(
        "timeout",
        f"Nothing came back from the consent page within {duration(seconds)}.",
        "\n".join(
            (
                f"Begin again with: tokcheck login {provider.name}, with --timeout for more time. "
                "If the browser runs on another computer, add --no-browser and paste the address "
                "that it ends at. If the page shows an error, paste that there; it may be:",
                *named,
            )
        ),
        exit_code=ExitCode.COULD_NOT_TELL,
    )


def _of(provider: Provider) -> list[Cause]:
    return [cause for cause in CAUSES if cause.provider in {None, provider.name}]


def _explained(cause: Cause, provider: Provider) -> ConsentError:
    exit_code = ExitCode.COULD_NOT_TELL if cause.code in _LATER else ExitCode.NOT_USABLE
    return ConsentError(
        "unverified_app" if cause.code == "hasn" else cause.code,
        _filled(cause.sentence, provider),
        _filled(cause.hint, provider),
        exit_code=exit_code,
    )


def _filled(text: str, provider: Provider) -> str:
    return text.format_map({"title": provider.title, "name": provider.name})
