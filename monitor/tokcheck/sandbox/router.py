"""Route a request to its fault, if it has one, or to the API that its path belongs to."""

import re
from dataclasses import replace
from email.utils import formatdate

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.cors import allow_origin, preflight_response
from tokcheck.sandbox.declared.dispatch import DeclaredRoute, find_route
from tokcheck.sandbox.faults.catalogue import find_fault
from tokcheck.sandbox.faults.fault import Area, Fault, area_of, current_path
from tokcheck.sandbox.fitbit import api as fitbit_api
from tokcheck.sandbox.fitbit import consent as fitbit_consent
from tokcheck.sandbox.fitbit import oauth as fitbit_oauth
from tokcheck.sandbox.google import api as google_api
from tokcheck.sandbox.google import consent as google_consent
from tokcheck.sandbox.google import oauth as google_oauth
from tokcheck.sandbox.google import openid as google_openid
from tokcheck.sandbox.google import tokeninfo
from tokcheck.sandbox.http_messages import HttpRequest, HttpResponse, json_response
from tokcheck.sandbox.state.sandbox_state import SandboxState

_PREFIX = re.compile(r"/~([^/]*)(/.*)?", re.DOTALL)
_WITH_HEAD = (Area.FITBIT_API, Area.GOOGLE_API, Area.GOOGLE_OPENID)
_TOKEN_ENDPOINTS = (Area.FITBIT_OAUTH, Area.GOOGLE_OAUTH, Area.DECLARED_OAUTH)
_WITHOUT_EFFECT = {"GET", "HEAD", "OPTIONS"}
_SHORT_SEGMENT = re.compile(r"[A-Za-z0-9.:_-]{1,24}")


def handle_request(state: SandboxState, request: HttpRequest) -> HttpResponse:
    """Return the response to a request to any API, dated by the sandbox's clock, and count it.

    A path ``/~NAME/…`` fails with the fault of that name; a request without the prefix fails with
    the next fault that was requested through the control API, if there is one.
    """
    name, request = _split_fault_prefix(request)
    written, request = request.path, replace(request, path=current_path(request.path))
    route = find_route(state, request.path)
    area = area_of(request.path) if route is None else route.area
    # No fault fails it, or the request that it precedes would not be sent.
    response = preflight_response(request, area) or _respond(state, request, route, area, name)
    response = allow_origin(response, request, area)
    state.record(request.method, redact_url_path(written), response.status)
    date = ("Date", formatdate(state.now(), usegmt=True))
    return replace(response, headers=(date, *response.headers))


def _respond(
    state: SandboxState,
    request: HttpRequest,
    route: DeclaredRoute | None,
    area: Area | None,
    fault_name: str | None,
) -> HttpResponse:
    try:
        fault = _find_fault(state, request, area, fault_name)
    except UsageError as error:
        return json_response(400, {"error": error.message, "hint": error.hint})
    if route is not None:
        return route.respond(state, request, fault)

    def respond() -> HttpResponse:
        return _dispatch(state, _as_get(request, area), area)

    return respond() if fault is None else fault.respond(request, respond)


def _find_fault(
    state: SandboxState, request: HttpRequest, area: Area | None, name: str | None
) -> Fault | None:
    """Return the fault of a request: the one of that name, or the next one in the queue.

    No fault fails a request to a token endpoint that no token is requested by: `login` sends one
    to find out whether the endpoint responds.

    :raises UsageError: if the name is unknown.
    """
    has_effect = area not in _TOKEN_ENDPOINTS or request.method not in _WITHOUT_EFFECT
    if name is None:
        return state.faults.take(area) if has_effect else None
    fault = find_fault(name, area)
    return fault if has_effect else None


def _as_get(request: HttpRequest, area: Area | None) -> HttpRequest:
    """Return a HEAD request to an API as the GET request for which it stands."""
    is_head = request.method == "HEAD" and area in _WITH_HEAD
    return replace(request, method="GET") if is_head else request


def redact_url_path(path: str) -> str:
    """Return ``path`` for the request counts: what might be a secret becomes an ellipsis.

    The shortest credential of both APIs has 28 characters, so short plain segments may stay.
    """
    parts = path.split("/")[:20]
    return "/".join(part if not part or _SHORT_SEGMENT.fullmatch(part) else "…" for part in parts)


def _split_fault_prefix(request: HttpRequest) -> tuple[str | None, HttpRequest]:
    match = _PREFIX.fullmatch(request.path)
    if match is None:
        return None, request
    return match[1], replace(request, path=match[2] or "/")


def _dispatch(state: SandboxState, request: HttpRequest, area: Area | None) -> HttpResponse:
    if area is Area.FITBIT_API:
        return fitbit_api.handle_request(state, request)
    if area is Area.GOOGLE_API:
        return google_api.handle_request(state, request)
    # Both APIs check the token before they send a canned response; elsewhere it needs none.
    canned = state.canned_responses.find(request.method, request.path)
    if canned is not None:
        return canned.response()
    match area:
        case Area.TOKENINFO:
            return tokeninfo.handle_request(state, request)
        case Area.FITBIT_OAUTH:
            return fitbit_oauth.handle_request(state, request)
        case Area.GOOGLE_OAUTH:
            return google_oauth.handle_request(state, request)
        case Area.GOOGLE_OPENID:
            return google_openid.handle_request(state, request)
        case Area.FITBIT_CONSENT:
            return fitbit_consent.handle_request(state, request)
        case Area.GOOGLE_CONSENT:
            return google_consent.handle_request(state, request)
        case _:
            return google_api.html_not_found()
