"""The meaning of an HTTP status in a message without the body of its response."""

from http import HTTPStatus

from tokcheck.accounts.explanation.statuses.http_statuses import FoundStatus
from tokcheck.accounts.grant_errors import usual_reason
from tokcheck.core.humanize import end_sentence
from tokcheck.core.report import ErrorExplanation, Outcome, Verdict
from tokcheck.providers.base import Provider

SHOW_BODY = (
    "The message does not contain the body of the response, which names the cause: print it, and "
    "paste that."
)
# A 429 may come from any server on the way.
LIMIT_OWNER_NOTE = (
    "The body of the response, which the message does not contain, shows which limit it is: a "
    "server in front of the API, such as Cloudflare's, has one of its own."
)
# The types of errors of a server that fails.
_FAILURES = frozenset({"system", "INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED"})
_LATER = "This says nothing about the token. Try again in a few minutes."
UNCLEAR_STATUSES = frozenset({400, 401, 403, 404, 409, 412})
# The codes of errors that a request without a token gets; all others say more.
UNSENT_CODES = frozenset(
    {"", "CREDENTIALS_MISSING", "PERMISSION_DENIED", "UNAUTHENTICATED", "authError",
     "forbidden", "invalid_client", "invalid_request", "invalid_token", "required"}
)  # fmt: skip
_USUAL_CAUSES = {
    400: "Most often a parameter of the request is wrong.",
    403: (
        "Most often the token lacks a scope that the request needs, or the application may not use "
        "this part of the API."
    ),
    404: "Most often the address of the request is wrong.",
    409: "Most often two requests of one user collided. Repeat it.",
}


def explain_api_status(found: FoundStatus, provider: Provider) -> ErrorExplanation | None:
    """Explain a status of the API that has several causes; ``None`` for any other."""
    status, detail = found.status, found.detail
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not found.is_reported:
        what = f": {detail}" if detail else ", and the message does not contain the HTTP status"
        summary = end_sentence(f"The {provider.title} failed{what}")
        return ErrorExplanation(provider.name, Verdict.UNDETERMINED, summary, (_LATER,))
    cause = _USUAL_CAUSES.get(status)
    if cause is None:
        return None
    if not detail:
        return _unclear(provider, _refusal(found), cause)
    summary = end_sentence(f"The {provider.title} {_refusal(found)}: {detail}")
    return ErrorExplanation(provider.name, Verdict.UNDETERMINED, summary, (cause,))


def explain_part(found: FoundStatus, provider: Provider) -> ErrorExplanation | None:
    """Explain a refusal of the API of which the text has a part of the body, without a reason.

    ``None`` if the status is one of a single meaning.
    """
    # Of the providers with code of their own: there is no profile.
    means_one = not provider.is_declared and found.status == HTTPStatus.PRECONDITION_FAILED
    if found.status not in UNCLEAR_STATUSES or means_one:
        return None
    return ErrorExplanation(
        provider.name,
        Verdict.UNDETERMINED,
        f"The {provider.title} {_refusal(found)}, and the body of the response is cut or wrapped "
        "in the text, so that it does not show the cause.",
        ("Paste the whole body of the response, as it was sent.",),
    )


def explain_unsent_token(provider: Provider) -> ErrorExplanation:
    """Explain the response of an API to a request that carried no token."""
    return ErrorExplanation(
        provider.name,
        Verdict.NO_TOKEN,
        f"The request to the {provider.title} carried no token, so the token is not the cause.",
        (
            "Most likely the variable that should contain the token was empty or not defined where "
            "the request was made. Print its length there before the request; if the response with "
            "the token was an error, that one is the cause.",
            "If the token was sent, a proxy may have removed it: check the proxies on the way.",
        ),
    )


def explain_token_status(status: int, provider: Provider) -> ErrorExplanation | None:
    """Explain a refusal of the token endpoint; ``None`` for any other status."""
    if status not in UNCLEAR_STATUSES:
        return None
    refusal = f"refused to issue tokens (HTTP {status})"
    used = "was used already, " if provider.oauth.single_use else ""
    usual = (
        f"Most often the refresh token {used}was revoked or has expired, or the application's id "
        "or secret is wrong."
    )
    return _unclear(provider, refusal, usual, usual_reason(provider))


def explain_unknown_error(provider: Provider, outcome: Outcome) -> ErrorExplanation | None:
    """Explain an error without a status, of a type that says nothing about the token.

    ``None`` if its text does: the outcome explains that without a status.
    """
    if outcome.error is None:
        return None
    code, detail = outcome.error.type, outcome.error.message or ""
    if "authorization header" in detail.lower():
        return None
    has_failed = code in _FAILURES
    what = "failed" if has_failed else f"refused the request{f' ({code})' if code else ''}"
    return ErrorExplanation(
        provider.name,
        Verdict.UNDETERMINED,
        end_sentence(f"The {provider.title} {what}{f': {detail}' if detail else ''}"),
        (_LATER,) if has_failed else outcome.advice,
    )


def _refusal(found: FoundStatus) -> str:
    """Return the clause about a request that the API refused, with the status if it is reported."""
    return f"refused the request{f' (HTTP {found.status})' if found.is_reported else ''}"


def _unclear(provider: Provider, refusal: str, *causes: str) -> ErrorExplanation:
    return ErrorExplanation(
        provider.name,
        Verdict.UNDETERMINED,
        f"The {provider.title} {refusal}, and the message does not say why.",
        (*filter(None, causes), SHOW_BODY),
    )
