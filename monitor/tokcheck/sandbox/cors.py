"""Requests of web pages of other origins (CORS), which both APIs take, and declared ones as well.

A browser sends a preflight request before one with a token: OPTIONS without any credential. It
costs nothing of a rate limit. Google's front end names the origin and allows credentials and a few
exposed headers, which the rate limits of neither API are among; of Fitbit's responses, only that
they name the origin and allow no credentials is known.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS
"""

from dataclasses import replace

from tokcheck.sandbox.faults.fault import DECLARED, FITBIT, Area
from tokcheck.sandbox.http_messages import Headers, HttpRequest, HttpResponse

# A browser goes to a consent page itself; no page reads it.
_PAGES = {Area.FITBIT_CONSENT, Area.GOOGLE_CONSENT, Area.DECLARED_CONSENT}
_METHODS = "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"
_EXPOSED = "vary,vary,vary,content-encoding,date,server,content-length"
_MAX_AGE_SECONDS = "3600"


def preflight_response(request: HttpRequest, area: Area | None) -> HttpResponse | None:
    """Return the response to a preflight request; ``None`` if the request is none."""
    method = request.headers.get("access-control-request-method")
    if request.method != "OPTIONS" or method is None or not _headers(request, area):
        return None
    names = request.headers.get("access-control-request-headers")
    allowed = () if names is None else (("Access-Control-Allow-Headers", names),)
    return HttpResponse(
        200,
        (
            ("Access-Control-Allow-Methods", _METHODS),
            *allowed,
            ("Access-Control-Max-Age", _MAX_AGE_SECONDS),
        ),
    )


def allow_origin(response: HttpResponse, request: HttpRequest, area: Area | None) -> HttpResponse:
    """Return the response to a request with the headers that let the page of its origin read it."""
    return replace(response, headers=(*response.headers, *_headers(request, area)))


def _headers(request: HttpRequest, area: Area | None) -> Headers:
    origin = request.headers.get("origin")
    if origin is None or area is None or area in _PAGES:
        return ()
    allowed = (("Access-Control-Allow-Origin", origin), ("Vary", "Origin"))
    if area in FITBIT | DECLARED:
        return allowed
    return (
        *allowed,
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", _EXPOSED),
    )
