"""Google's token and revoke endpoints.

https://developers.google.com/identity/protocols/oauth2/web-server#exchange-authorization-code
and, for the errors, what clients have recorded:
https://github.com/googleworkspace/go-samples/issues/85 ,
https://github.com/erebusnz/gapi-google-analytics-php-interface/issues/149 ,
https://github.com/AlphaTiles/AlphaTiles/pull/107
"""

from tokcheck.sandbox.faults import google_bodies
from tokcheck.sandbox.faults.fault import json_headers
from tokcheck.sandbox.google.api import html_not_found
from tokcheck.sandbox.google.id_token import access_token_hash, encode_id_token
from tokcheck.sandbox.google.openid import ISSUER, identity_claims
from tokcheck.sandbox.http_messages import HttpRequest, HttpResponse, indented_json
from tokcheck.sandbox.state.clients import RegisteredClient
from tokcheck.sandbox.state.codes import GrantProblem, TokenRequestError
from tokcheck.sandbox.state.grants import IssuedTokens
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.scopes import SIGN_IN, requested_google_scopes
from tokcheck.sandbox.state.user_tokens import GOOGLE_SECONDS

_BAD_REQUEST = (400, "invalid_grant", "Bad Request")
_ERRORS = {
    GrantProblem.CODE_UNKNOWN: (400, "invalid_grant", "Malformed auth code."),
    # Google reports a revoked token as such for some hours, and later as an unknown one.
    GrantProblem.REFRESH_DEAD: (400, "invalid_grant", "Token has been expired or revoked."),
    GrantProblem.REDIRECT_MISMATCH: (400, "redirect_uri_mismatch", "Bad Request"),
    GrantProblem.VERIFIER_MISSING: (400, "invalid_grant", "Missing code verifier."),
    GrantProblem.VERIFIER_WRONG: (400, "invalid_grant", "Invalid code verifier."),
    GrantProblem.VERIFIER_UNEXPECTED: (
        400,
        "invalid_grant",
        "code_verifier or verifier is not needed.",
    ),
    GrantProblem.SCOPE_EXCEEDED: (400, "invalid_scope", "Bad Request"),
    GrantProblem.CLIENT_MISMATCH: (401, "unauthorized_client", "Unauthorized"),
}


def handle_request(state: SandboxState, request: HttpRequest) -> HttpResponse:
    """Return the response to one request; every method but POST is 404."""
    if request.method != "POST":
        return html_not_found()
    if request.path == "/revoke":
        return _handle_revoke(state, request)
    client = _authenticate_client(state, request)
    return client if isinstance(client, HttpResponse) else _handle_token(state, request, client)


def _error_response(status: int, error: str, description: str) -> HttpResponse:
    return HttpResponse(status, json_headers(), google_bodies.oauth(error, description))


def _authenticate_client(
    state: SandboxState, request: HttpRequest
) -> RegisteredClient | HttpResponse:
    """Return the client; its id and secret are in the form, or in a Basic header."""
    form = request.form
    client_id, secret = request.basic or (form.get("client_id"), form.get("client_secret"))
    if not client_id:
        return _error_response(
            400, "invalid_request", "Could not determine client ID from request."
        )
    client = state.clients.find(client_id, "google-health")
    if client is None:
        return _error_response(401, "invalid_client", "The OAuth client was not found.")
    if not secret:
        return _error_response(400, "invalid_request", "client_secret is missing.")
    if secret != client.secret:
        return _error_response(401, "invalid_client", "Unauthorized")
    return client


def _handle_token(
    state: SandboxState, request: HttpRequest, client: RegisteredClient
) -> HttpResponse:
    form = request.form
    grant_type = form.get("grant_type")
    missing = "Missing required parameter: {}"
    if not grant_type:
        return _error_response(400, "invalid_request", missing.format("grant_type"))
    try:
        if grant_type == "refresh_token":
            if not form.get("refresh_token"):
                return _error_response(400, "invalid_request", missing.format("refresh_token"))
            scopes = requested_google_scopes(form.get("scope", ""))
            issued = state.grants.refresh(client, form["refresh_token"], scopes)
            return indented_json(_token_fields(state, issued, refreshed=True))
        if grant_type != "authorization_code":
            return _error_response(
                400, "unsupported_grant_type", f"Invalid grant_type: {grant_type}"
            )
        if not form.get("code"):
            return _error_response(400, "invalid_request", missing.format("code"))
        if not form.get("redirect_uri"):
            return _error_response(400, "invalid_request", "Missing parameter: redirect_uri")
        issued = state.grants.redeem(
            client, form["code"], form["redirect_uri"], form.get("code_verifier")
        )
        return indented_json(_token_fields(state, issued, refreshed=False))
    except TokenRequestError as error:
        return _error_response(*_ERRORS.get(error.problem, _BAD_REQUEST))


def _token_fields(
    state: SandboxState, issued: IssuedTokens, *, refreshed: bool
) -> dict[str, object]:
    """Return the response: a refresh token is in the first one only, its expiry in each."""
    fields: dict[str, object] = {
        "access_token": issued.access,
        "expires_in": GOOGLE_SECONDS - 1,
    }
    if issued.refresh is not None and not refreshed:
        fields["refresh_token"] = issued.refresh
    fields |= {"scope": " ".join(issued.scopes), "token_type": "Bearer"}
    if SIGN_IN["openid"] in issued.scopes:
        fields["id_token"] = _id_token(state, issued)
    if issued.refresh_expires_at is not None:
        fields["refresh_token_expires_in"] = int(issued.refresh_expires_at - state.now()) - 1
    return fields


def _id_token(state: SandboxState, issued: IssuedTokens) -> str:
    now = int(state.now())
    claims: dict[str, object] = {
        "iss": ISSUER,
        "azp": issued.client_id,
        "aud": issued.client_id,
        **identity_claims(state.account(issued.account), issued.scopes),
        "at_hash": access_token_hash(issued.access),
    }
    if issued.nonce:
        claims["nonce"] = issued.nonce
    return encode_id_token(claims | {"iat": now, "exp": now + GOOGLE_SECONDS})


def _handle_revoke(state: SandboxState, request: HttpRequest) -> HttpResponse:
    """Revoke the grant; the token alone is enough, in the form or in the query.

    https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
    """
    token = request.form.get("token") or request.params.get("token")
    if not token:
        return _error_response(400, "invalid_request", "Missing required parameter: token")
    if not state.revoke_grant(token, provider="google-health"):
        return _error_response(400, "invalid_token", "Token expired or revoked")
    return indented_json({})
