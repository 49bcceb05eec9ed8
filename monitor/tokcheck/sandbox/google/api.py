"""The Google Health API, version 4: the resources of a user.

https://developers.google.com/health/reference/rest/v4
"""

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.faults import google_bodies
from tokcheck.sandbox.faults.fault import json_headers
from tokcheck.sandbox.google.resources import (
    EntityNotFoundError,
    HealthRequest,
    HealthResource,
    PathAccess,
    find_resource,
    scope_of_path,
)
from tokcheck.sandbox.http_messages import HTML, HttpRequest, HttpResponse, indented_json
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.scopes import HEALTH_SCOPE
from tokcheck.sandbox.state.tokens import AccessToken, TokenProblem
from tokcheck.sandbox.state.users import Health

_ACCOUNT_ERRORS = {
    Health.NOT_LINKED: (400, google_bodies.not_linked()),
    Health.PROFILE_MISSING: (412, google_bodies.profile_missing()),
    Health.LEGACY: (403, google_bodies.not_permitted()),
    Health.GRANT_BROKEN: (403, google_bodies.grant_broken()),
}


def html_not_found() -> HttpResponse:
    """Return the HTML page for an unknown path or method."""
    return HttpResponse(404, (("Content-Type", HTML),), google_bodies.HTML_NOT_FOUND)


def handle_request(state: SandboxState, request: HttpRequest) -> HttpResponse:
    """Return the response to one request.

    Routing comes before authentication, as probes of the live service showed; then the token,
    the client's project, the rate limit, the scope and the account, in this order. No header
    reports the rate limit: https://developers.google.com/health/rate-limits . A canned response
    replaces the body, and makes a path known.
    """
    found = find_resource(request.method, request.path)
    canned = state.canned_responses.find(request.method, request.path)
    if found is None and canned is None:
        return html_not_found()
    token = _authenticate(state, request)
    if isinstance(token, HttpResponse):
        return token
    error = _find_error(state, request, token, found)
    if error is not None:
        return error
    if canned is not None:
        return canned.response()
    return html_not_found() if found is None else _resource(state, request, token, found)


def _authenticate(state: SandboxState, request: HttpRequest) -> AccessToken | HttpResponse:
    if request.bearer is None:
        body = (
            google_bodies.api_key if "key" in request.params else google_bodies.credentials_missing
        )
        return HttpResponse(
            401, json_headers(("WWW-Authenticate", google_bodies.REALM)), body(request)
        )
    token = state.find_token("google-health", request.bearer)
    if isinstance(token, TokenProblem):
        realm = ("WWW-Authenticate", f'{google_bodies.REALM}, error="invalid_token"')
        return HttpResponse(401, json_headers(realm), google_bodies.bad_bearer())
    return token


def _find_error(
    state: SandboxState, request: HttpRequest, token: AccessToken, found: HealthResource | None
) -> HttpResponse | None:
    project = token.client_id.partition("-")[0]
    if not state.is_api_enabled(token.client_id):
        return HttpResponse(403, json_headers(), google_bodies.api_disabled(project))
    if not state.count_request(token).allowed:
        detail = google_bodies.quota_info(project)
        return HttpResponse(429, json_headers(), google_bodies.quota(detail, project=project))
    known = scope_of_path(request.method, request.path)
    needed = known if found is None else PathAccess(found.user, found.scope, writes=False)
    if not _has_scope(token, needed, is_known=found is not None):
        return HttpResponse(403, json_headers(), google_bodies.scope_missing(request))
    account = state.account(token.account)
    if account.health in _ACCOUNT_ERRORS:
        status, body = _ACCOUNT_ERRORS[account.health]
        return HttpResponse(status, json_headers(), body)
    if needed.user not in {"me", account.health_user_id}:
        return HttpResponse(403, json_headers(), google_bodies.not_permitted())
    return None


def _has_scope(token: AccessToken, needed: PathAccess, *, is_known: bool) -> bool:
    """Return whether a token has the scope that a path needs.

    Where no certain scope is needed, one that reads is; for an unknown path, any one.
    """
    mode = ".writeonly" if needed.writes else ".readonly"
    if needed.scope:
        return f"{HEALTH_SCOPE}{needed.scope}{mode}" in token.scopes
    own = [scope for scope in token.scopes if scope.startswith(HEALTH_SCOPE)]
    return any(not is_known or scope.endswith(".readonly") for scope in own)


def _resource(
    state: SandboxState, request: HttpRequest, token: AccessToken, found: HealthResource
) -> HttpResponse:
    account = state.account(token.account)
    try:
        return indented_json(
            found.body(HealthRequest(account, state.now(), found.fields, request.params))
        )
    except EntityNotFoundError:
        body = google_bodies.status(404, "NOT_FOUND", "Requested entity was not found.")
        return HttpResponse(404, json_headers(), body)
    except UsageError as error:
        return HttpResponse(400, json_headers(), google_bodies.invalid_argument(error.message))
