"""What an HTTP status means that a message shows without the body of its response."""

from tokcheck.accounts.grant_errors import usual_reason
from tokcheck.core.report import ErrorExplanation, Verdict
from tokcheck.providers.base import Provider

SHOW_BODY = (
    "The message does not contain the body of the response, which names the cause: print it, and "
    "paste that."
)
# A 429 may be anybody's on the way.
WHOSE_LIMIT = (
    "The body of the response, which the message does not contain, shows whose limit it is: a "
    "server in front of the API, such as Cloudflare's, has one of its own."
)
UNCLEAR_STATUSES = frozenset({400, 401, 403, 404, 409, 412})
_USUAL_CAUSES = {
    400: "Most often a parameter of the request is wrong.",
    403: (
        "Most often the token lacks a scope that the request needs, or the application may not use "
        "this part of the API."
    ),
    404: "Most often the address of the request is wrong.",
    409: "Most often two requests of one user collided. Repeat it.",
}


def explain_api_status(status: int, provider: Provider) -> ErrorExplanation | None:
    """Explain a status of the API that has several causes; ``None`` for any other."""
    cause = _USUAL_CAUSES.get(status)
    return (
        None if cause is None else _unclear(provider, f"refused the request (HTTP {status})", cause)
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


def _unclear(provider: Provider, refusal: str, *causes: str) -> ErrorExplanation:
    return ErrorExplanation(
        provider.name,
        Verdict.UNDETERMINED,
        f"The {provider.title} {refusal}, and the message does not say why.",
        (*causes, SHOW_BODY),
    )
