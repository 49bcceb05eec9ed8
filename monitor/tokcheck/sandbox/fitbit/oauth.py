"""Fitbit's token and revoke endpoints, with parameters in the body or in the query.

https://dev.fitbit.com/build/reference/web-api/authorization/oauth2-token/ ,
https://dev.fitbit.com/build/reference/web-api/authorization/refresh-token/ and
https://dev.fitbit.com/build/reference/web-api/authorization/revoke-token/
"""

from dataclasses import replace

from tokcheck.sandbox.faults import fitbit_bodies
from tokcheck.sandbox.faults.fault import Body, json_headers
from tokcheck.sandbox.http_messages import HttpRequest, HttpResponse, json_response
from tokcheck.sandbox.state.clients import RegisteredClient
from tokcheck.sandbox.state.codes import GrantProblem, TokenRequestError
from tokcheck.sandbox.state.grants import IssuedTokens
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.user_tokens import FITBIT_SECONDS


def _redirect_error(request: HttpRequest) -> bytes:
    given = request.fields.get("redirect_uri")
    return (
        fitbit_bodies.redirect_mismatch(request)
        if given
        else fitbit_bodies.parameter_missing("redirect_uri")
    )


_ERRORS: dict[GrantProblem, tuple[int, Body]] = {
    GrantProblem.CODE_UNKNOWN: (400, fitbit_bodies.authorization_code),
    GrantProblem.CODE_DEAD: (400, fitbit_bodies.authorization_code),
    GrantProblem.REDIRECT_MISMATCH: (400, _redirect_error),
    GrantProblem.VERIFIER_MISSING: (
        400,
        lambda _: fitbit_bodies.parameter_missing("code_verifier"),
    ),
    GrantProblem.VERIFIER_WRONG: (400, fitbit_bodies.code_verifier),
    GrantProblem.REFRESH_UNKNOWN: (400, fitbit_bodies.refresh_token),
    GrantProblem.REFRESH_DEAD: (400, fitbit_bodies.refresh_token),
    GrantProblem.CONFLICT: (409, fitbit_bodies.conflict),
}


def handle_request(state: SandboxState, request: HttpRequest) -> HttpResponse:
    """Return the response to one request; no endpoint counts against the rate limit."""
    handlers = {"/oauth2/token": _handle_token, "/oauth2/revoke": _handle_revoke}
    handler = handlers.get(request.path) if request.method == "POST" else None
    if handler is None:
        return HttpResponse(404, json_headers(), fitbit_bodies.not_found())
    if request.body and not request.form_pairs:
        return _error_response(400, fitbit_bodies.body_unreadable(request))
    client = _authenticate_client(state, request)
    return client if isinstance(client, HttpResponse) else handler(state, request, client)


def _error_response(status: int, body: bytes) -> HttpResponse:
    return HttpResponse(status, json_headers(), body)


def _authenticate_client(
    state: SandboxState, request: HttpRequest
) -> RegisteredClient | HttpResponse:
    """Return the client: a server application by Basic, any other by the id in the form."""
    if request.authorization is None:
        client_id = request.fields.get("client_id")
        if not client_id:
            return _error_response(400, fitbit_bodies.parameter_missing("client_id"))
        client = state.clients.find(client_id, "fitbit")
        if client is not None and client.needs_secret:
            return _error_response(401, fitbit_bodies.authorization_format(request))
        return client or _error_response(401, fitbit_bodies.client_unknown(client_id))
    if request.basic is None:
        return _error_response(401, fitbit_bodies.authorization_format(request))
    client_id, secret = request.basic
    client = state.clients.find(client_id, "fitbit")
    if client is None:
        return _error_response(401, fitbit_bodies.client_unknown(client_id))
    # A type that needs no secret is accepted with any, unless one is registered for it.
    if client.secret and secret != client.secret:
        return _error_response(401, fitbit_bodies.client_secret(request))
    return client


def _handle_token(
    state: SandboxState, request: HttpRequest, client: RegisteredClient
) -> HttpResponse:
    form = request.fields
    parameter = {
        "authorization_code": "code",
        "refresh_token": "refresh_token",
    }.get(form.get("grant_type", ""))
    if not form.get("grant_type"):
        return _error_response(400, fitbit_bodies.parameter_missing("grant_type"))
    if parameter is None:
        return _error_response(400, fitbit_bodies.grant_type(request))
    if not form.get(parameter):
        return _error_response(400, fitbit_bodies.parameter_missing(parameter))
    refresh_token = form["refresh_token"] if parameter == "refresh_token" else ""
    try:
        issued = state.grants.exchange(client, form, refresh_token)
    except TokenRequestError as error:
        # A grant of another client looks like an unknown one.
        fallback = (
            fitbit_bodies.refresh_token if refresh_token else fitbit_bodies.authorization_code
        )
        status, body = _ERRORS.get(error.problem, (400, fallback))
        return _error_response(status, body(request))
    return replace(json_response(200, _token_fields(state, issued)), refresh_token=refresh_token)


def _token_fields(state: SandboxState, issued: IssuedTokens) -> dict[str, str | int | None]:
    return {
        "access_token": issued.access,
        "expires_in": FITBIT_SECONDS,
        "refresh_token": issued.refresh,
        "scope": " ".join(issued.scopes),
        "token_type": "Bearer",
        "user_id": state.account(issued.account).user_id,
    }


def _handle_revoke(
    state: SandboxState, request: HttpRequest, client: RegisteredClient
) -> HttpResponse:
    """Revoke the grant; an unknown token is not an error (RFC 7009)."""
    token = request.fields.get("token")
    if not token:
        return _error_response(400, fitbit_bodies.parameter_missing("token"))
    state.revoke_grant(token, client_id=client.client_id)
    return HttpResponse(200, json_headers())
