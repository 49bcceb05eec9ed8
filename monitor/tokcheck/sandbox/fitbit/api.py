"""The Fitbit Web API: the resources of a user, and token introspection.

https://dev.fitbit.com/build/reference/web-api/ and
https://dev.fitbit.com/build/reference/web-api/authorization/introspect/
"""

from tokcheck.sandbox.faults import fitbit_bodies
from tokcheck.sandbox.faults.fault import json_headers
from tokcheck.sandbox.fitbit.resources.path_scopes import READING, PathScope, scope_of_path
from tokcheck.sandbox.fitbit.resources.resource_request import (
    InvalidParameterError,
    ResourceRequest,
)
from tokcheck.sandbox.fitbit.resources.table import Body, find_resource
from tokcheck.sandbox.http_messages import (
    Headers,
    HttpRequest,
    HttpResponse,
    encode_json,
    json_response,
)
from tokcheck.sandbox.state.rate_limits import WindowState
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.scopes import FITBIT_SCOPE_CODES
from tokcheck.sandbox.state.tokens import AccessToken, TokenProblem
from tokcheck.sandbox.state.users import User

_INTROSPECT = "/1.1/oauth2/introspect"
_SCOPE_NAMES = {code: name for name, code in FITBIT_SCOPE_CODES.items()}


def handle_request(state: SandboxState, request: HttpRequest) -> HttpResponse:
    """Return the response to one request.

    Each request with a valid token counts against the rate limit, failed ones included. Those
    that end with 401 or 404 do not count and have no rate-limit headers; no recording shows
    otherwise. A canned response replaces the body, and makes a path known.
    """
    found = find_resource(request.path) if request.method == "GET" else None
    introspects = request.method == "POST" and request.path == _INTROSPECT
    canned = state.canned_responses.find(request.method, request.path)
    if found is None and not introspects and canned is None:
        return HttpResponse(404, json_headers(), fitbit_bodies.not_found())
    token = _authenticate(state, request)
    if isinstance(token, HttpResponse):
        return token
    window = state.count_request(token)
    rate = rate_headers(window)
    if not window.allowed:
        retry = ("Retry-After", str(window.reset_in_seconds))
        return HttpResponse(429, json_headers(*rate, retry), fitbit_bodies.too_many_requests())
    account = state.account(token.account)
    if found is not None:
        refusal = _refusal(request, account, token, PathScope(found.user, found.resource.scope))
    elif introspects:
        refusal = None
    else:
        path_scope = scope_of_path(request.path)
        writes = request.method not in READING
        refusal = _refusal(request, account, token, path_scope, writes=writes)
    if refusal is not None:
        return HttpResponse(403, json_headers(*rate), refusal)
    if canned is not None:
        return canned.response(rate)
    if found is None:
        return _introspection(state, request, rate)
    resource_request = ResourceRequest(
        account, state.now(), found.version, found.fields, request.params
    )
    return _resource(resource_request, found.resource.body, rate)


def rate_headers(window: WindowState) -> Headers:
    """Return the three rate-limit headers; the reset is in seconds from now."""
    return (
        ("Fitbit-Rate-Limit-Limit", str(window.limit)),
        ("Fitbit-Rate-Limit-Remaining", str(window.remaining)),
        ("Fitbit-Rate-Limit-Reset", str(window.reset_in_seconds)),
    )


def _authenticate(state: SandboxState, request: HttpRequest) -> AccessToken | HttpResponse:
    if request.authorization is None:
        return HttpResponse(401, json_headers(), fitbit_bodies.authorization_missing(request))
    text = request.bearer
    if text is None:
        return HttpResponse(401, json_headers(), fitbit_bodies.authorization_format(request))
    match state.find_token("fitbit", text):
        case TokenProblem.EXPIRED:
            return HttpResponse(401, json_headers(), fitbit_bodies.expired_token(text))
        case TokenProblem.INVALID:
            return HttpResponse(401, json_headers(), fitbit_bodies.invalid_token(text))
        case token:
            return token


def _refusal(
    request: HttpRequest,
    account: User,
    token: AccessToken,
    needed: PathScope,
    *,
    writes: bool = False,
) -> bytes | None:
    """Return the body of the 403 for another user's data or a missing scope, or ``None``."""
    if needed.user not in {"-", account.user_id}:
        return fitbit_bodies.not_permitted()
    code = FITBIT_SCOPE_CODES.get(needed.scope)
    if code is None or f"w{code}" in token.scopes:
        return None
    if f"r{code}" not in token.scopes:
        return fitbit_bodies.scope_missing(needed.scope)
    return fitbit_bodies.read_only(request) if writes else None


def _resource(request: ResourceRequest, body: Body, rate: Headers) -> HttpResponse:
    try:
        return json_response(200, body(request), rate)
    except InvalidParameterError as error:
        refusal = fitbit_bodies.invalid_parameter(error.field, error.message)
        return HttpResponse(400, json_headers(*rate), refusal)


def _introspection(state: SandboxState, request: HttpRequest, rate: Headers) -> HttpResponse:
    """Return the token's state in the service's own scope format, with times in milliseconds."""
    text = request.form.get("token")
    if not text:
        return HttpResponse(400, json_headers(*rate), fitbit_bodies.parameter_missing("token"))
    token = state.find_token("fitbit", text)
    if isinstance(token, TokenProblem):
        return json_response(200, {"active": False}, rate)
    modes = {"r": "READ", "w": "READ_WRITE"}
    scopes = ", ".join(
        f"{_SCOPE_NAMES[code[1:]].upper()}={modes[code[0]]}" for code in token.scopes
    )
    body = encode_json(
        {
            "active": True,
            "scope": f"{{{scopes}}}",
            "client_id": token.client_id,
            "user_id": state.account(token.account).user_id,
            "token_type": "access_token",
            "exp": token.expires_at * 1000,
            "iat": token.issued_at * 1000,
        }
    )
    return HttpResponse(200, json_headers(*rate), body)
