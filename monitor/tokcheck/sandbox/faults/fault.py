"""A fault: an error response with a name, and the areas of the APIs that it applies to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from tokcheck.sandbox.http_messages import HTML, JSON, Headers, HttpRequest, HttpResponse, html_page


class Area(StrEnum):
    """A group of paths that fail together."""

    FITBIT_API = "fitbit-api"
    FITBIT_OAUTH = "fitbit-oauth"
    FITBIT_CONSENT = "fitbit-consent"
    GOOGLE_API = "google-api"
    TOKENINFO = "google-tokeninfo"
    GOOGLE_OAUTH = "google-oauth"
    GOOGLE_OPENID = "google-openid"
    GOOGLE_CONSENT = "google-consent"
    DECLARED_API = "declared-api"
    DECLARED_OAUTH = "declared-oauth"
    DECLARED_CONSENT = "declared-consent"


FITBIT = frozenset({Area.FITBIT_API, Area.FITBIT_OAUTH, Area.FITBIT_CONSENT})
DECLARED = frozenset({Area.DECLARED_API, Area.DECLARED_OAUTH, Area.DECLARED_CONSENT})
GOOGLE = frozenset(
    {
        Area.GOOGLE_API,
        Area.TOKENINFO,
        Area.GOOGLE_OAUTH,
        Area.GOOGLE_OPENID,
        Area.GOOGLE_CONSENT,
    }
)

_EXACT = {
    "/oauth2/authorize": Area.FITBIT_CONSENT,
    "/o/oauth2/v2/auth": Area.GOOGLE_CONSENT,
    "/tokeninfo": Area.TOKENINFO,
    "/oauth2/v1/tokeninfo": Area.TOKENINFO,
    "/oauth2/v2/tokeninfo": Area.TOKENINFO,
    "/oauth2/v3/tokeninfo": Area.TOKENINFO,
    "/token": Area.GOOGLE_OAUTH,
    "/revoke": Area.GOOGLE_OAUTH,
    "/.well-known/openid-configuration": Area.GOOGLE_OPENID,
    "/oauth2/v1/certs": Area.GOOGLE_OPENID,
    "/oauth2/v3/certs": Area.GOOGLE_OPENID,
    "/oauth2/v2/userinfo": Area.GOOGLE_OPENID,
    "/oauth2/v3/userinfo": Area.GOOGLE_OPENID,
    "/v1/userinfo": Area.GOOGLE_OPENID,
}
# What Google's files of applications, its older libraries and its guides have had.
_OLDER = {
    "/o/oauth2/auth": "/o/oauth2/v2/auth",
    "/o/oauth2/token": "/token",
    "/oauth2/v3/token": "/token",
    "/oauth2/v4/token": "/token",
    "/o/oauth2/revoke": "/revoke",
    "/oauth2/v1/userinfo": "/oauth2/v2/userinfo",
}
_PREFIXES = {
    "/1/": Area.FITBIT_API,
    "/1.1/": Area.FITBIT_API,
    "/1.2/": Area.FITBIT_API,
    "/oauth2/": Area.FITBIT_OAUTH,
    "/v4/": Area.GOOGLE_API,
}


def current_path(path: str) -> str:
    """Return the path of today for an older one of Google's, which means the same."""
    return _OLDER.get(path, path)


def area_of(path: str) -> Area | None:
    """Return the area of ``path``; ``None`` for a path of neither API."""
    path = current_path(path)
    if path in _EXACT:
        return _EXACT[path]
    return next((area for start, area in _PREFIXES.items() if path.startswith(start)), None)


Body = Callable[[HttpRequest], bytes]


def _keep_response(response: HttpResponse) -> HttpResponse:
    return response


@dataclass(frozen=True, slots=True)
class Fault:
    """One way for a request to fail.

    A fault with a ``body`` replaces the normal response by ``status``, ``headers`` and ``body``.
    One without a ``body`` keeps the normal response, which counts against the rate limit.
    ``alter`` then changes either.
    """

    name: str
    title: str
    areas: frozenset[Area]
    status: int = 200
    """The HTTP status of the response; 0 if there is no response."""
    headers: Headers = ()
    body: Body | None = field(default=None, repr=False)
    """Makes the body from the request, because real bodies repeat its token."""
    alter: Callable[[HttpResponse], HttpResponse] = field(default=_keep_response, repr=False)
    verdict: str = ""
    """The verdict of the refusal that a declared provider gives instead; empty for none."""
    number: int = 1
    """Which of the declared refusals with that verdict."""

    @property
    def provider(self) -> str:
        """``fitbit``, ``google-health``, ``declared``, or ``both``, which declared ones share."""
        if self.areas <= DECLARED:
            return "declared"
        if self.areas <= FITBIT:
            return "fitbit"
        return "google-health" if self.areas <= GOOGLE else "both"

    @property
    def concerns(self) -> str:
        """Return which requests fail: ``requests`` to the resources, or only those to others."""
        if self.areas & {Area.FITBIT_API, Area.GOOGLE_API, Area.DECLARED_API}:
            return "requests"
        return "tokeninfo" if Area.TOKENINFO in self.areas else "token endpoint"

    def applies_to(self, area: Area | None) -> bool:
        """Return whether a request in ``area`` fails; a path of neither API always does."""
        return area is None or area in self.areas

    def respond(self, request: HttpRequest, normal: Callable[[], HttpResponse]) -> HttpResponse:
        """Return the error response; ``normal`` is called only if it is needed."""
        if self.body is None:
            return self.alter(normal())
        return self.alter(HttpResponse(self.status, self.headers, self.body(request)))


def constant_body(body: bytes) -> Body:
    """Return a body that is the same for every request."""
    return lambda _: body


def json_headers(*more: tuple[str, str]) -> Headers:
    """Return the headers of a JSON response, and ``more``."""
    return (("Content-Type", JSON), *more)


def html_content(title: str, text: str) -> tuple[Headers, Body]:
    """Return the headers and the body of a front end's HTML page."""
    return (("Content-Type", HTML),), constant_body(html_page(title, text))
