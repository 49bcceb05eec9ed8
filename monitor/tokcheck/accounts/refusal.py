"""Why a token endpoint gave no tokens: one sentence and one hint for each cause.

Fitbit's errors:
https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-handling/ . Google's
follow RFC 6749: https://developers.google.com/identity/protocols/oauth2/web-server .
"""

from typing import Literal, NamedTuple

from tokcheck.errors import ExitCode, TokcheckError
from tokcheck.providers import answer
from tokcheck.providers.base import Provider, Response
from tokcheck.quota import retry_after
from tokcheck.redact import redact
from tokcheck.secret import Secret


class OAuthError(TokcheckError):
    """The token endpoint gave no tokens.

    ``code`` is the protocol's name of the error, or ``server_error``, ``rate_limited``,
    ``conflict``, ``service_gone``, ``redirected`` or ``malformed``. ``refused`` tells that the
    provider understood the request and did not carry it out; without it, nobody knows, and a
    refresh token may have been used. ``retry_after`` is how many seconds the provider asks for.
    """

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        refused: bool,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.code = code
        self.refused = refused
        self.retry_after = retry_after
        self.exit_code = ExitCode.NOT_USABLE if refused else ExitCode.COULD_NOT_TELL
        if code == "rate_limited":
            self.exit_code = ExitCode.RATE_LIMITED


class Asked(NamedTuple):
    """Whom a request asked and for what; ``secrets`` are those that the answer may repeat."""

    provider: Provider
    what: Literal["code", "refresh", "revoke"]
    secrets: tuple[Secret, ...]


class _Cause(NamedTuple):
    """A cause: its code and, where these tell it apart, words in the provider's message."""

    code: str
    words: tuple[str, ...]
    sentence: str
    hint: str
    what: tuple[str, ...] = ("code", "refresh", "revoke")


_AGAIN = "Begin again with: tokcheck login {name}."
_ID = (
    "Compare it with the application's registration, and the provider with the client id's form: "
    "a Fitbit client id has 6 characters, a Google one ends in .apps.googleusercontent.com."
)
_COPY = (
    "Copy the secret from the application's registration again; it may have been reset. An "
    "application registered without a secret is used without one."
)

# The first that fits is taken. ``{title}`` is the provider's title, ``{name}`` its name.
_CAUSES = (
    _Cause(
        "invalid_grant",
        ("redirect",),
        "{title} was given another redirect address than the one that the consent began with.",
        "Use exactly the address that the application is registered with, to the last slash.",
        ("code",),
    ),
    _Cause(
        "invalid_grant",
        ("verifier",),
        "{title} did not accept the proof that this program began the consent (PKCE).",
        "The code belongs to another attempt. " + _AGAIN,
        ("code",),
    ),
    _Cause(
        "invalid_grant",
        ("expired",),
        "The authorization code has expired.",
        "It lives for minutes. " + _AGAIN,
        ("code",),
    ),
    _Cause(
        "invalid_grant",
        (),
        "{title} refused the authorization code: it was used already, has expired, is "
        "incomplete, or belongs to another application.",
        "It works once and lives for minutes. " + _AGAIN,
        ("code",),
    ),
    _Cause(
        "invalid_grant",
        ("rapt",),
        "{title} wants the person to sign in anew: their organization limits how long a session "
        "lasts.",
        "Have them consent again with: tokcheck login {name}. Only the organization's "
        "administrator can exempt the application.",
    ),
    _Cause(
        "invalid_grant",
        (),
        "{title} refused the refresh token: it was revoked, has expired, was used already, or "
        "belongs to another application.",
        "Have the person consent again with: tokcheck login {name}.",
    ),
    _Cause(
        "invalid_client",
        ("secret", "missing"),
        "{title} wants the application's secret, and none was sent.",
        "Give the secret of the application's registration.",
    ),
    _Cause(
        "invalid_client",
        ("secret",),
        "{title} did not accept the application's secret.",
        _COPY,
    ),
    _Cause(
        "invalid_client",
        ("header",),
        "{title} did not accept how the application signed in.",
        _COPY,
    ),
    _Cause(
        "invalid_client",
        ("not found",),
        "{title} does not know this client id.",
        _ID,
    ),
    _Cause(
        "invalid_client",
        (),
        "{title} does not know the application, or its secret is wrong or missing.",
        f"{_ID} {_COPY}",
    ),
    _Cause(
        "deleted_client",
        (),
        "The application was deleted at {title}.",
        "Register another one, and have every person consent to it.",
    ),
    _Cause(
        "unauthorized_client",
        (),
        "{title} does not let this application do that: it is another provider's or another "
        "kind's client id, or the refresh token belongs to another application.",
        _ID,
    ),
    _Cause(
        "redirect_uri_mismatch",
        (),
        "{title} was given a redirect address that the application is not registered with.",
        "Use exactly the address that the application is registered with, to the last slash.",
    ),
    _Cause(
        "invalid_request",
        ("redirect",),
        "{title} was given a redirect address that the application is not registered with.",
        "Use exactly the address that the application is registered with, to the last slash.",
    ),
    _Cause(
        "invalid_request",
        ("client_secret",),
        "{title} wants the application's secret, and none was sent.",
        "Give the secret of the application's registration.",
    ),
    _Cause(
        "invalid_request",
        ("authorization header",),
        "{title} wants the application's secret, and none arrived.",
        "Give the secret of the application's registration; a proxy may also have removed it.",
    ),
    _Cause(
        "invalid_request",
        (),
        "{title} did not understand the request.",
        "Check the endpoint's address, and whether a proxy stands between.",
    ),
    _Cause(
        "unsupported_grant_type",
        (),
        "{title} does not exchange this kind of credential.",
        "Check the endpoint's address and the application's type.",
    ),
    _Cause(
        "invalid_scope",
        (),
        "{title} does not know a scope that was asked for, or it goes beyond the consent.",
        _AGAIN,
    ),
    _Cause(
        "admin_policy_enforced",
        (),
        "The person's organization does not let this application have what it asks for.",
        "Its administrator can allow the client id in the Google Workspace console.",
    ),
    _Cause(
        "org_internal",
        (),
        "The application is for members of its own organization only.",
        "Sign in with an account of that organization, or make the application external.",
    ),
    _Cause(
        "access_denied",
        (),
        "The person, or a rule of their account, denied the access.",
        _AGAIN,
    ),
    _Cause(
        "invalid_token",
        (),
        "{title} does not know this token any more.",
        "Nothing is left to revoke.",
        ("revoke",),
    ),
)


def refusal(response: Response, asked: Asked) -> OAuthError:
    """Return the error that an answer without tokens means."""
    errors = answer.errors(response, *asked.secrets)
    status, title = response.status, asked.provider.title
    if 300 <= status < 400:
        return OAuthError(
            "redirected",
            f"{title} answered with a redirect (HTTP {status}), which is not followed.",
            "Check the address, and whether a login page of this network stands between.",
            refused=False,
        )
    if status == 410:
        return OAuthError(
            "service_gone",
            f"{title} was switched off: its token endpoint answers HTTP 410 Gone.",
            "Tokens cannot be carried over; see https://developers.google.com/health/migration. "
            "Another server that speaks this API is named by the variables in --help.",
            refused=True,
        )
    later = _later(response, errors, title)
    if later is not None:
        return later
    for error in errors:
        cause = _cause(error, _subtype(response), asked.what)
        if cause is not None:
            return _explained(cause, error, asked.provider)
    if errors and 400 <= status < 500:
        return _unknown(errors[0], response, asked)
    return malformed(response, asked)


def malformed(response: Response, asked: Asked, why: str = "") -> OAuthError:
    """Return the error of an answer that nobody understands."""
    what = why or answer.describe_body(response)
    return OAuthError(
        "malformed",
        f"The answer of {asked.provider.title} (HTTP {response.status}) cannot be understood: "
        f"{what}.",
        "Try again soon. Check the address, and whether a proxy or a login page stands between.",
        refused=False,
    )


def _later(response: Response, errors: list[answer.ApiError], title: str) -> OAuthError | None:
    """Return the error of an answer that may be another one in a while."""
    status = response.status
    codes = {error.type for error in errors}
    if status == 429 or codes & {"rate_limit_exceeded", "slow_down", "RESOURCE_EXHAUSTED"}:
        until = retry_after(response.headers, response.received_at)
        seconds = None if until is None else (until - response.received_at).total_seconds()
        return OAuthError(
            "rate_limited",
            f"{title} has had too many requests (HTTP {status}).",
            "Wait, then try again.",
            refused=False,
            retry_after=seconds,
        )
    if status == 409:
        return OAuthError(
            "conflict",
            f"{title} is busy with another request for the same token (HTTP 409).",
            "Try again in a few seconds.",
            refused=False,
        )
    if status >= 500 or codes & {"server_error", "temporarily_unavailable", "internal_failure"}:
        return OAuthError(
            "server_error",
            f"{title} failed (HTTP {status}).",
            "This says nothing about the tokens. Try again soon.",
            refused=False,
        )
    return None


def _cause(error: answer.ApiError, subtype: str, what: str) -> _Cause | None:
    told = f"{error.message or ''} {subtype}".lower()
    for cause in _CAUSES:
        if (
            cause.code == error.type
            and what in cause.what
            and all(word in told for word in cause.words)
        ):
            return cause
    return None


def _explained(cause: _Cause, error: answer.ApiError, provider: Provider) -> OAuthError:
    names = {"title": provider.title, "name": provider.name}
    sentence = cause.sentence.format_map(names)
    if not cause.words and error.message:  # of several meanings: the provider's own words help
        sentence = f"{sentence} It says: {_ended(error.message)}"
    return OAuthError(cause.code, sentence, cause.hint.format_map(names), refused=True)


def _unknown(error: answer.ApiError, response: Response, asked: Asked) -> OAuthError:
    told = ": ".join(filter(None, (error.type, error.message)))
    return OAuthError(
        error.type or "unknown",
        f"{asked.provider.title} refused (HTTP {response.status})"
        f"{f': {_ended(told)}' if told else ' without a reason.'}",
        "Check the application's registration and the address of the endpoint.",
        refused=False,  # what is not known may also have been carried out
    )


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _subtype(response: Response) -> str:
    value = answer.parsed(response)
    subtype = value.get("error_subtype") if isinstance(value, dict) else None
    return redact(subtype) if isinstance(subtype, str) else ""
