"""What a fault is: a wrong answer with a name, and the part of the APIs that it belongs to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from tokcheck.sandbox.messages import HTML, JSON, Answer, Asked, Headers, page


class Area(StrEnum):
    """A group of paths that fail together."""

    FITBIT_API = "fitbit-api"
    FITBIT_OAUTH = "fitbit-oauth"
    FITBIT_CONSENT = "fitbit-consent"
    GOOGLE_API = "google-api"
    TOKENINFO = "google-tokeninfo"
    GOOGLE_OAUTH = "google-oauth"
    GOOGLE_CONSENT = "google-consent"


FITBIT = frozenset({Area.FITBIT_API, Area.FITBIT_OAUTH, Area.FITBIT_CONSENT})
GOOGLE = frozenset({Area.GOOGLE_API, Area.TOKENINFO, Area.GOOGLE_OAUTH, Area.GOOGLE_CONSENT})

_EXACT = {
    "/oauth2/authorize": Area.FITBIT_CONSENT,
    "/o/oauth2/v2/auth": Area.GOOGLE_CONSENT,
    "/tokeninfo": Area.TOKENINFO,
    "/oauth2/v3/tokeninfo": Area.TOKENINFO,
    "/token": Area.GOOGLE_OAUTH,
    "/revoke": Area.GOOGLE_OAUTH,
}
_PREFIXES = {
    "/1/": Area.FITBIT_API,
    "/1.1/": Area.FITBIT_API,
    "/1.2/": Area.FITBIT_API,
    "/oauth2/": Area.FITBIT_OAUTH,
    "/v4/": Area.GOOGLE_API,
}


def area_of(path: str) -> Area | None:
    """Return the area of ``path``; ``None`` for a path of neither API."""
    if path in _EXACT:
        return _EXACT[path]
    return next((area for start, area in _PREFIXES.items() if path.startswith(start)), None)


Body = Callable[[Asked], bytes]


def _unchanged(answer: Answer) -> Answer:
    return answer


@dataclass(frozen=True, slots=True)
class Fault:
    """One way for a request to go wrong.

    With a ``body`` (a function, since real bodies repeat the request's token) the answer is
    ``status``, ``headers`` and that body; without one it is the normal answer, which costs quota
    as ever. ``alter`` then changes either. The status 0 stands for no answer at all.
    """

    name: str
    title: str
    areas: frozenset[Area]
    status: int = 200
    headers: Headers = ()
    body: Body | None = field(default=None, repr=False)
    alter: Callable[[Answer], Answer] = field(default=_unchanged, repr=False)

    @property
    def provider(self) -> str:
        """``fitbit``, ``google-health`` or ``both``."""
        if self.areas <= FITBIT:
            return "fitbit"
        return "google-health" if self.areas <= GOOGLE else "both"

    def concerns(self, area: Area | None) -> bool:
        """Tell whether a request in ``area`` fails; a path of neither API always does."""
        return area is None or area in self.areas

    def answer(self, asked: Asked, normal: Callable[[], Answer]) -> Answer:
        """Return the wrong answer; ``normal`` is called only when it is needed."""
        if self.body is None:
            return self.alter(normal())
        return self.alter(Answer(self.status, self.headers, self.body(asked)))


def fixed(body: bytes) -> Body:
    """Return a body that is the same for every request."""
    return lambda _: body


def json_headers(*more: tuple[str, str]) -> Headers:
    """Return the headers of a JSON answer, and ``more``."""
    return (("Content-Type", JSON), *more)


def html(title: str, text: str) -> tuple[Headers, Body]:
    """Return the headers and the body of a front end's HTML page."""
    return (("Content-Type", HTML),), fixed(page(title, text))
