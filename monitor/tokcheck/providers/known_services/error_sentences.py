"""Sentences of errors that one service alone writes, as its own programs print them.

They come without the JSON of the response, and often without its status.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex

_MOST = 16
_LONGEST = 400


# How gh and spotipy end the line.
_STATUS = LazyRegex(r" \(HTTP \d{3}\)|, reason: None\Z")


class _Form(NamedTuple):
    """A sentence: its pattern, its service, and the status of the response that has it."""

    pattern: LazyRegex
    owner: str
    status: int
    path: str = "message"
    """Where the response has it."""


class ServiceSentence(NamedTuple):
    """A sentence of a service's response that a text contains."""

    at: int
    detail: str
    owner: str
    """The name of the ready-made provider."""
    status: int
    path: str


_FORMS = (
    # https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
    _Form(LazyRegex(r"(?<=\bgh: )Bad credentials\b"), "github", 401),
    _Form(LazyRegex(r"(?<=\bHttpError: )Bad credentials\b"), "github", 401),
    _Form(LazyRegex(r"(?<=\[HttpError\]: )Bad credentials\b"), "github", 401),
    _Form(
        LazyRegex(r"\bAPI rate limit (?:already )?exceeded for (?:user|installation|site|\d)"),
        "github",
        403,
    ),
    _Form(LazyRegex(r"\b[Yy]ou have exceeded a secondary rate limit\b"), "github", 403),
    _Form(LazyRegex(r"\bResource protected by organization SAML enforcement\b"), "github", 403),
    _Form(LazyRegex(r"\borganization has enabled or enforced SAML SSO\b"), "github", 403),
    _Form(
        LazyRegex(r"\bYour token has not been granted the required scopes to execute this query\b"),
        "github",
        403,
    ),
    # https://github.com/cli/cli
    _Form(
        LazyRegex(
            r"(?<=\berror validating token: )missing required scopes?\b"
            r"|\byour authentication token is missing required scopes\b"
            r"|\bMissing required token scopes\b"
            r"|\bThis API operation needs the \"[\w:]{2,40}\" scope\b"
        ),
        "github",
        403,
    ),
    _Form(
        LazyRegex(
            r"\brefusing to allow an? [A-Z][\w ]{3,40} to create or update workflow\b[^\n)]{0,200}"
        ),
        "github",
        403,
    ),
    # https://docs.gitlab.com/user/profile/account/two_factor_authentication_troubleshooting/
    _Form(LazyRegex(r"\bHTTP Basic: Access denied\b"), "gitlab", 401),
    # https://docs.docker.com/docker-hub/usage/
    _Form(
        LazyRegex(r"\b[Yy]ou have reached your (?:\w{1,20} )?pull rate limit\b"),
        "docker-hub",
        429,
    ),
    _Form(LazyRegex(r"\bunauthorized: incorrect username or password\b"), "docker-hub", 401),
    # https://github.com/spotipy-dev/spotipy
    _Form(
        LazyRegex(
            r"(?<=:\n )The access token expired(?=, reason: None)"
            r"|(?<=: )The access token expired(?=, reason: None)"
        ),
        "spotify",
        401,
        "error.message",
    ),
    # https://github.com/stravalib/stravalib: its exceptions for a status
    _Form(LazyRegex(r"\bstravalib\.exc\.AccessUnauthorized\b"), "strava", 401),
    _Form(LazyRegex(r"\bstravalib\.exc\.RateLimit(?:Exceeded|Timeout)\b"), "strava", 429),
)


def find_service_sentences(text: str) -> Iterator[ServiceSentence]:
    """Yield the sentences in a text that one service alone writes, the last ones of each."""
    for pattern, owner, status, path in _FORMS:
        for match in list(pattern.compiled.finditer(text))[-_MOST:]:
            start = match.start()
            line = text[start : start + _LONGEST].partition("\n")[0]
            detail = _STATUS.compiled.sub("", line).strip(" '\")")
            yield ServiceSentence(start, detail, owner, status, path)
